"""What can be said of several hazards, or of several return periods, without knowing how they hang together.

Shares and people are arrays; the first axis counts hazards or return periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Annual(NamedTuple):
    """People expected to be exposed in a year. ``central``: the mean of neighbouring maps over the chance between them, and
    ``tail``; ``tail``: the rarest map times its chance, a lower bound of what rarer events add; ``low``, ``high``: bounds of the
    whole that need no more than that rarer events expose no fewer. Never low > central nor central > high."""

    central: np.ndarray
    tail: np.ndarray
    low: np.ndarray
    high: np.ndarray


def annual(exposed: np.ndarray, periods: Sequence[float], people: np.ndarray | float) -> Annual:
    """Expected annual exposed people from those exposed (shape (periods, …)) at rising return periods [years].

    ``people``: all who could be exposed. With maps of yearly maxima this is the expected figure of the largest event of a
    year. Where the figures fall with the return period they are raised to the largest before, so that the bounds stay bounds.
    """
    chance = 1.0 / np.asarray(periods, dtype=np.float64)
    exposed = np.maximum.accumulate(np.asarray(exposed, dtype=np.float64), axis=0)
    steps = (chance[:-1] - chance[1:]).reshape(-1, *[1] * (exposed.ndim - 1))
    tail = exposed[-1] * chance[-1]
    central = ((exposed[:-1] + exposed[1:]) / 2 * steps).sum(axis=0) + tail
    low = (exposed[:-1] * steps).sum(axis=0) + tail
    # A commoner map may expose more than all whom a rarer one knows anything of: they are exposed to a rarer event as well.
    everybody = np.maximum(people, exposed[-1])
    high = (exposed[1:] * steps).sum(axis=0) + everybody * chance[-1] + exposed[0] * (1.0 - chance[0])
    return Annual(central, tail, low, high)


def at_least(shares: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the share that at least ``count`` of several hazards reach, from the share (shape (hazards, …)) that each
    reaches.

    Sharp for what is not known: how the hazards overlap (the bounds of Rüschendorf 1982, of Fréchet for one or all of them).
    """
    return 1.0 - _most(1.0 - shares, shares.shape[0] - count + 1), _most(shares, count)


def _most(shares: np.ndarray, count: int) -> np.ndarray:
    """The largest possible share that at least ``count`` of the hazards reach."""
    falling = -np.sort(-np.asarray(shares, dtype=np.float64), axis=0)
    bounds = [falling[skipped:].sum(axis=0) / (count - skipped) for skipped in range(count)]
    return np.asarray(np.minimum(1.0, np.minimum.reduce(bounds)))


def overlap(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest share that two parts of a grid cell of these shares have in common (Fréchet 1935)."""
    return np.maximum(0.0, first + second - 1.0), np.minimum(first, second)
