"""Coverage levels: the 16-bit code in which every coverage fraction travels.

A level of 0..60000 is a coverage fraction of level/60000; 65535 means that nothing is known. 60000 = 2⁵·3·5⁴, so halves,
thirds, tenths and thousandths are exact, and a country of 4·10⁸ grid cells takes half the memory of float32. Every sum is
made from levels, so that the tables and the layers agree to the last person (docs/adr/0002).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

LEVELS = 60_000
UNKNOWN = 65_535


def encode(fraction: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
    """Levels (uint16) of coverage fractions (0..1, clipped; NaN is unknown), unknown too where ``known`` is false."""
    missing = np.isnan(fraction)
    if known is not None:
        missing |= ~known
    level = np.rint(np.clip(np.where(missing, 0.0, fraction), 0.0, 1.0) * LEVELS).astype(np.uint16)
    level[missing] = UNKNOWN
    return level


def decode(level: np.ndarray) -> np.ndarray:
    """Coverage fractions (float32, 0..1, NaN where unknown) of levels."""
    fraction = level.astype(np.float32) / np.float32(LEVELS)
    fraction[level == UNKNOWN] = np.nan
    return fraction


def union(levels: Iterable[np.ndarray]) -> np.ndarray:
    """The larger fraction, cell by cell; unknown only where every one of ``levels`` is unknown.

    Networks nest (a 4G site carries 2G, rivals share masts), so the larger of two fractions is the union where one
    footprint holds the other, and a lower bound of it elsewhere.
    """
    result: np.ndarray | None = None
    for level in levels:
        if result is None:
            result = level.copy()
            continue
        # Adding 1 modulo 2¹⁶ sends unknown to 0, below every fraction, so that one maximum does it all.
        np.add(result, np.uint16(1), out=result)
        np.maximum(result, level + np.uint16(1), out=result)
        np.subtract(result, np.uint16(1), out=result)
    if result is None:
        raise ValueError("union of no levels")
    return result
