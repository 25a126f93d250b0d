"""How far the estimated share of a district may be from the true one: bands by conformal prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ewcm.coverage.district_bands import deviation
from ewcm.learning.blocks import folds, squares

#: Share of districts that a band should hold.
HOLDS = 0.9

#: Districts are left out by whole blocks of this side [degrees], in so many groups, so many times anew.
_BLOCK_DEG, _FOLDS, _SEEDS = 0.3, 5, 10

#: Fewer districts than this give no band.
LEAST = 10


@dataclass(frozen=True)
class DistrictBand:
    """``factor``: half the width of a band, in standard deviations of :func:`deviation`. ``districts``: that it was made of.
    ``held``: share of them that lie within the band made of the others, those of whole blocks left out together. ``places``: of
    a district, in the median."""

    factor: float
    districts: int
    held: float
    places: float


def district_band(
    predicted: np.ndarray, truth: np.ndarray, district: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> DistrictBand | None:
    """The band of districts, from predictions of places (at ``lat``, ``lon``) whose blocks were left out; None for fewer than
    ``LEAST``.

    The score of a district is |mean truth − mean prediction| over its deviation; the band's factor is the ⌈(n +
    1)·0.9⌉-th smallest
    (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005; J. Lei et al., JASA 113, 2018).
    """
    _, number, places = np.unique(district, return_inverse=True, return_counts=True)
    if places.size < LEAST:
        return None
    mean = np.bincount(number, predicted) / places
    score = np.abs(np.bincount(number, truth) / places - mean) / deviation(mean, places)
    block = squares(np.bincount(number, lat) / places, np.bincount(number, lon) / places, _BLOCK_DEG)
    held = [_held(score, folds(block, seed, _FOLDS)) for seed in range(_SEEDS)]
    return DistrictBand(_quantile(score), int(score.size), float(np.mean(held)), float(np.median(places)))


def _held(score: np.ndarray, group: np.ndarray) -> float:
    """Share of districts within the band of the others, group by group left out. One district left out at a time would be
    within it in 90 % of cases whatever the model: that would show nothing."""
    within = [score[group == one] <= _quantile(score[group != one]) for one in np.unique(group) if (group != one).any()]
    return float(np.mean(np.concatenate(within))) if within else 0.0


def _quantile(score: np.ndarray) -> float:
    rank = min(score.size, math.ceil((score.size + 1) * HOLDS))
    return float(np.sort(score)[rank - 1])
