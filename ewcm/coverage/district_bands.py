"""How far the estimated share of a district may be from the true one: what `ewcm learn coverage` scales, and what a run shows."""

from __future__ import annotations

import numpy as np

from ewcm.sources.coverage_cards import Band

#: Spread [share] that a district has beside the chance of its places.
_BETWEEN = 0.05


def deviation(share: np.ndarray, places: np.ndarray | float) -> np.ndarray:
    """How far the mean of a district's places may stray [share], before it is scaled."""
    found: np.ndarray = np.sqrt(share * (1.0 - share) / places + _BETWEEN**2)
    return found


def within(share: np.ndarray, band: Band) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the band (0..1) of districts with these shares; NaN where a share is."""
    half = band.factor * deviation(share, band.places)
    return np.clip(share - half, 0.0, 1.0), np.clip(share + half, 0.0, 1.0)
