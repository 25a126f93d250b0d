"""Where equal numbers stand in an array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def places_by_number(numbers: np.ndarray, count: int) -> Iterator[tuple[int, np.ndarray]]:
    """Each number (0 .. count − 1) that occurs, in order, and its places in the array, rising."""
    # Numpy sorts numbers of 16 bits by their digits, in a fifth of the time that longer ones take.
    short = numbers.astype(np.uint16 if count <= 1 << 16 else np.int64, copy=False)
    order = np.argsort(short, kind="stable")
    edges = np.flatnonzero(np.diff(short[order])) + 1
    for places in np.split(order, edges) if order.size else ():
        yield int(short[places[0]]), places
