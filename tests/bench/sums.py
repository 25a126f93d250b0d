"""Masked, block, zonal and reach sums."""

from collections.abc import Iterator

import numpy as np
from ewcm_kernels.bands import run
from ewcm_kernels.sums import block_sum, masked_sum, reach_sum, zonal_sum
from numba import njit
from scipy import ndimage

from tests.bench.made import full_side, people
from tests.bench.row import Budget, Row


@njit(nogil=True)
def _read(words, first, past_last):
    mixed = np.int64(0)
    for word in words[first:past_last]:
        mixed ^= word
    return mixed


def read_all(values: np.ndarray) -> int:
    """Read every byte once and do next to nothing with it: the memory's read bandwidth, on all threads."""
    words = values.reshape(-1).view(np.int64)
    cuts = [words.size * part // 64 for part in range(65)]
    return sum(run(_read, [(words, first, past_last) for first, past_last in zip(cuts, cuts[1:], strict=False)]))


def rows(scale: float) -> Iterator[Row]:
    side = full_side(scale) // 100 * 100
    values = people(side)
    name = f"{side} x {side} float32"
    yield Row(
        f"masked sum, {name} ({values.nbytes / 1e6:.0f} MB)",
        lambda: masked_sum(values),
        {
            "reading every byte": lambda: read_all(values),
            "numpy nansum float64": lambda: np.nansum(values, dtype=float),
        },
        Budget("at least 80 % of the read bandwidth", "reading every byte", 1 / 0.8),
        lambda: f"relative difference from numpy: {masked_sum(values) / np.nansum(values, dtype=float) - 1:.1e}",
        values.nbytes,
    )
    filled = np.nan_to_num(values)
    yield Row(
        f"block sum by 10 x 10, {name}",
        lambda: block_sum(filled, 10),
        {
            "numpy reshape and sum": lambda: filled.reshape(side // 10, 10, side // 10, 10).sum(axis=(1, 3)),
            "numpy reshape and sum in float64": lambda: filled.reshape(side // 10, 10, side // 10, 10).sum(
                axis=(1, 3), dtype=float
            ),
        },
        Budget("at least 8 times as fast", "numpy reshape and sum", 1 / 8),
    )
    block = side // 10
    labels = (np.arange(side)[:, None] // block * 10 + np.arange(side) // block).astype(np.int32)
    yield Row(
        f"zonal sum of 100 zones, {name}",
        lambda: zonal_sum(values, labels, 100),
        {
            "numpy bincount": lambda: np.bincount(labels.ravel(), np.nan_to_num(values).ravel(), 100),
            "scipy.ndimage.sum_labels": lambda: ndimage.sum_labels(values, labels, np.arange(100)),
        },
    )
    level = np.random.default_rng(1).integers(0, 65_536, (side, side), dtype=np.uint16)

    def numpy_reach():
        known = level != 65_535
        covered = np.nan_to_num(values) * (level / np.float32(60_000))
        zones = labels.ravel()
        return [
            np.bincount(zones, np.where(known, covered, 0).ravel(), 100),
            np.bincount(zones, np.where(known, values - covered, 0).ravel(), 100),
            np.bincount(zones, np.where(known, 0, values).ravel(), 100),
        ]

    yield Row(
        f"people covered, uncovered and unknown in 100 zones, {name}",
        lambda: reach_sum(values, level, labels, 100),
        {"numpy bincount": numpy_reach},
    )
