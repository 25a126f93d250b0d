"""How far the estimated share of a district may be from the true one: bands by conformal prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ewcm.coverage.district_bands import deviation

#: Share of districts that a band should hold.
HOLDS = 0.9

#: Fewer districts than this give no band.
LEAST = 10


@dataclass(frozen=True)
class DistrictBand:
    """``factor``: half the width of a band, in standard deviations of :func:`deviation`. ``districts``: that it was made of.
    ``held``: share of them that lie within the band made of the others. ``places``: of a district, in the median."""

    factor: float
    districts: int
    held: float
    places: float


def district_band(predicted: np.ndarray, truth: np.ndarray, district: np.ndarray) -> DistrictBand | None:
    """The band of districts, from predictions of places whose blocks were left out; None for fewer than ``LEAST``.

    The score of a district is |mean truth − mean prediction| over its deviation; the band's factor is the ⌈(n +
    1)·0.9⌉-th smallest
    (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005; J. Lei et al., JASA 113, 2018).
    """
    _, number, places = np.unique(district, return_inverse=True, return_counts=True)
    if places.size < LEAST:
        return None
    mean = np.bincount(number, predicted) / places
    score = np.abs(np.bincount(number, truth) / places - mean) / deviation(mean, places)
    held = [score[one] <= _quantile(np.delete(score, one)) for one in range(score.size)]
    return DistrictBand(_quantile(score), int(score.size), float(np.mean(held)), float(np.median(places)))


def _quantile(score: np.ndarray) -> float:
    rank = min(score.size, math.ceil((score.size + 1) * HOLDS))
    return float(np.sort(score)[rank - 1])
