"""Blocks of places that are left out together, so that no place is judged by what its neighbours taught.

Neighbours resemble each other: leaving out single places at random would flatter every model. Whole squares (or districts)
are left out instead, and a gain counts only where it is larger than one standard error over the blocks.
"""

from __future__ import annotations

import math

import numpy as np

#: Sides of squares [degrees], the widest first; about 33 km to 33 m.
SIDES_DEG = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)

#: So many blocks are wanted at least.
LEAST_BLOCKS = 8

#: Blocks are left out in at most so many groups.
MOST_FOLDS = 10


def squares(lat: np.ndarray, lon: np.ndarray, side_deg: float) -> np.ndarray:
    """The number (0, 1, …) of the square in which each place lies, int64. Squares are fixed to the world, not to the data."""
    row = np.floor(np.asarray(lat) / side_deg).astype(np.int64)
    col = np.floor(np.asarray(lon) / side_deg).astype(np.int64)
    return np.unique(np.stack([row, col], axis=1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def side_of(lat: np.ndarray, lon: np.ndarray, least: int = LEAST_BLOCKS) -> float:
    """The widest side [degrees] that gives at least ``least`` squares; the smallest one where none does."""
    for side_deg in SIDES_DEG:
        if squares(lat, lon, side_deg).max(initial=-1) + 1 >= least:
            return side_deg
    return SIDES_DEG[-1]


def next_side(side_deg: float) -> float:
    """The next smaller side of the list."""
    smaller = [side for side in SIDES_DEG if side < side_deg]
    return smaller[0] if smaller else side_deg


def folds(block: np.ndarray, seed: int, most: int = MOST_FOLDS) -> np.ndarray:
    """In which group each place is left out, int64: whole blocks, large ones first to the smallest group so far.

    The same for any order of the rows. With at most ``most`` blocks each is a group of its own.
    """
    numbers, size = np.unique(block, return_counts=True)
    order = np.random.default_rng(seed).permutation(numbers.size)
    order = order[np.argsort(-size[order], kind="stable")]
    groups = min(most, numbers.size)
    load = np.zeros(groups)
    group_of = np.zeros(numbers.size, dtype=np.int64)
    for number in order:
        smallest = int(np.argmin(load))
        group_of[number] = smallest
        load[smallest] += size[number]
    return group_of[np.searchsorted(numbers, block)]


def gain(before: np.ndarray, after: np.ndarray, block: np.ndarray) -> tuple[float, float]:
    """How much smaller the errors of ``after`` are than those of ``before`` (of each place, such as squares), and the standard
    error of that.

    The gain is the mean over the places, d = Σ(before − after)/n. With the sum D of each of the B blocks and its n its standard
    error is √(B/(B−1) · Σ(D − d·n)²)/Σn (ratio of sums; Cochran, Sampling Techniques, 1977, eq. 2.39): infinite with one block.
    """
    index = np.unique(block, return_inverse=True)[1].reshape(-1)
    size = np.bincount(index)
    total = np.bincount(index, weights=before - after)
    mean = float(total.sum() / size.sum())
    if size.size < 2:
        return mean, math.inf
    spread = float(np.sum((total - mean * size) ** 2)) * size.size / (size.size - 1)
    return mean, math.sqrt(spread) / float(size.sum())


def is_gain(before: np.ndarray, after: np.ndarray, block: np.ndarray) -> bool:
    """Whether the gain is above one standard error."""
    mean, error = gain(before, after, block)
    return mean > error
