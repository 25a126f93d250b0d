"""Offsets by groups within groups, shrunk towards each other in closed form.

A measured level differs from the computed one by an offset of its technology, of the place, the operator, the clutter and
the site, by what neighbours have in common (their block, their device) and by chance:

    y = Z·u + e,   u of factor k ~ N(0, λₖ·σ²),   e ~ N(0, σ²),   ν₀·s₀²/σ² ~ χ²(ν₀)

Given the ratios λ everything is in closed form (Lindley and Smith, J. R. Stat. Soc. B 34, 1972): the effects are normal, the
predictions Student's t. The ratios are those of a short list that make the data likeliest. See docs/method-learning.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solve_triangular

#: What the spread of links about a place's own offset is before anything is measured [dB], and how many links that is worth.
#: Between the 8.6 and 12.8 dB that published campaigns leave after an offset.
SPREAD_DB, SPREAD_WORTH = 10.5, 8.0

#: Ratios of variances that are tried, by factor; the first is where the search begins. That of a technology is wide: 30 dB.
RATIOS: dict[str, tuple[float, ...]] = {
    "technology": (8.0,),
    "place": (8.0, 0.8, 0.2, 0.0),
    "operator": (0.0, 0.05, 0.2, 0.8),
    "clutter": (0.0, 0.05, 0.2, 0.8),
    "site": (0.0, 0.05, 0.2, 0.8),
    "block": (0.0, 0.05, 0.2, 0.8),
    "device": (0.0, 0.05, 0.2, 0.8),
}

#: Factors that explain what neighbours have in common, and are no part of a prediction elsewhere.
NUISANCE = ("block", "device")

#: Ratio of variances of a slope [per decade of distance]: 10 dB.
SLOPE_RATIO = 0.9

#: Rounds of the search over the ratios.
_ROUNDS = 2


@dataclass(frozen=True)
class Fit:
    """Effects by factor and level, the spread, and how sure they are.

    ``effects``: of each factor, by level [dB]. ``slope``: dB per decade, 0 where there is none. ``covariance`` is that of all
    effects in units of ``spread_db``²; ``place_of``: row of it by factor and level; the slope has the last one. ``freedom``:
    degrees of freedom of Student's t. ``unknown``: ratio of variances of each factor, for levels that were not met.
    """

    effects: Mapping[str, Mapping[str, float]]
    slope: float
    spread_db: float
    freedom: float
    unknown: Mapping[str, float]
    covariance: np.ndarray
    place_of: Mapping[str, Mapping[str, int]]

    def predict(self, levels: Mapping[str, np.ndarray], decades: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Offset [dB] of links and its scale [dB], each f64[links]: the scale holds the spread of single links, the doubt of the
        effects, and the levels and neighbourhoods that were not met. ``decades``: log₁₀ of the distance, as in :func:`fit`."""
        count = decades.size
        mean = self.slope * decades
        variance = np.ones(count)
        columns = np.full((count, len(self.unknown)), -1)
        for number, (factor, ratio) in enumerate(self.unknown.items()):
            if factor in NUISANCE or factor not in levels:
                variance += ratio
                continue
            known = self.place_of[factor]
            column = np.array([known.get(level, -1) for level in levels[factor]])
            columns[:, number] = column
            effect = np.array([self.effects[factor].get(level, 0.0) for level in levels[factor]])
            mean = mean + effect
            variance += np.where(column < 0, ratio, 0.0)
        size = self.covariance.shape[0]
        padded = np.zeros((size + 1, size + 1))
        padded[:size, :size] = self.covariance
        for one in range(columns.shape[1]):
            variance += 2.0 * decades * padded[columns[:, one], size - 1]
            for two in range(columns.shape[1]):
                variance += padded[columns[:, one], columns[:, two]]
        variance += decades**2 * self.covariance[-1, -1]
        return mean, self.spread_db * np.sqrt(np.maximum(variance, 1.0))

    def half_width_db(self, factor: str, level: str, share: float = 0.9) -> float:
        """Half the width of the interval of one effect [dB]."""
        column = self.place_of[factor][level]
        scale = self.spread_db * math.sqrt(max(0.0, float(self.covariance[column, column])))
        return student_quantile(0.5 + share / 2, self.freedom) * scale


def fit(
    offset_db: np.ndarray,
    levels: Mapping[str, np.ndarray],
    decades: np.ndarray,
    *,
    slope: bool = False,
    equal_weights: bool = False,
) -> Fit:
    """Fit the offsets [dB] of links. ``levels``: the level (text) of each link by factor of ``RATIOS``, in that order.
    ``decades``: log₁₀ of the distance, counted from a middle one. ``slope``: whether there is one.
    ``equal_weights``: whether each link counts as much as any other, whatever it has in common with its neighbours; the doubt
    holds that all the same."""
    design = _design(levels, decades)
    ratios = _ratios(design, offset_db, slope)
    found = _fitted(design, offset_db, ratios, slope)
    if not equal_weights:
        return found
    alone = {factor: 0.0 if factor in NUISANCE else ratio for factor, ratio in ratios.items()}
    plain = _fitted(design, offset_db, alone, slope)
    return replace(found, effects=plain.effects, slope=plain.slope)


@dataclass(frozen=True)
class _Design:
    """Which column of Z each link has of each factor, the names of the columns, and ZᵀZ."""

    columns: np.ndarray  # int64[factors, links]
    factor_of: np.ndarray  # int64[columns]; the slope is −1
    names: tuple[str, ...]  # of the factors
    place_of: dict[str, dict[str, int]]
    decades: np.ndarray
    gram: np.ndarray

    def times(self, values: np.ndarray) -> np.ndarray:
        """Zᵀ·values."""
        size = self.factor_of.size
        total = np.zeros(size)
        for column in self.columns:
            total += np.bincount(column, weights=values, minlength=size)
        total[-1] = float(self.decades @ values)
        return total


def _design(levels: Mapping[str, np.ndarray], decades: np.ndarray) -> _Design:
    columns, factor_of, place_of = [], [], {}
    start = 0
    for number, (factor, level) in enumerate(levels.items()):
        names, index = np.unique(level.astype(str), return_inverse=True)
        columns.append(index.reshape(-1) + start)
        factor_of += [number] * names.size
        place_of[factor] = {str(name): start + place for place, name in enumerate(names)}
        start += names.size
    size = start + 1
    gram = np.zeros((size, size))
    for one in columns:
        for two in columns:
            gram += np.bincount(one * size + two, minlength=size * size).reshape(size, size)
        slope = np.bincount(one, weights=decades, minlength=size)
        gram[:, -1] += slope
        gram[-1, :] += slope
    gram[-1, -1] = float(decades @ decades)
    return _Design(np.array(columns), np.array([*factor_of, -1]), tuple(levels), place_of, decades, gram)


def _ratios(design: _Design, offset_db: np.ndarray, slope: bool) -> dict[str, float]:
    """The ratio of each factor that makes the data likeliest, found one after the other."""
    chosen = {factor: RATIOS[factor][0] for factor in design.names}
    moment, square = design.times(offset_db), float(offset_db @ offset_db)
    best = _log_evidence(design, chosen, slope, moment, square, offset_db.size)
    for _ in range(_ROUNDS):
        before = dict(chosen)
        for factor in design.names:
            if len(design.place_of[factor]) < 2:
                continue
            for ratio in RATIOS[factor]:
                if ratio != chosen[factor]:
                    found = _log_evidence(design, chosen | {factor: ratio}, slope, moment, square, offset_db.size)
                    if found > best + 1e-9:
                        best, chosen = found, chosen | {factor: ratio}
        if chosen == before:
            break
    return chosen


def _roots(design: _Design, ratios: Mapping[str, float], slope: bool) -> np.ndarray:
    """√λ of every column."""
    by_factor = np.array([ratios[factor] for factor in design.names] + [SLOPE_RATIO if slope else 0.0])
    return np.sqrt(by_factor[design.factor_of])


def _log_evidence(
    design: _Design, ratios: Mapping[str, float], slope: bool, moment: np.ndarray, square: float, count: int
) -> float:
    """The logarithm of the probability of the data, but for a constant: −½·log|I + ZΛZᵀ| − ½(ν₀ + n)·log(ν₀s₀² + Q)."""
    root = _roots(design, ratios, slope)
    used = root > 0
    matrix = np.eye(int(used.sum())) + root[used, None] * design.gram[np.ix_(used, used)] * root[used]
    factor = np.linalg.cholesky(matrix)
    half = solve_triangular(factor, root[used] * moment[used], lower=True, check_finite=False)
    rest = max(0.0, square - float(half @ half))
    spread = math.log(SPREAD_WORTH * SPREAD_DB**2 + rest)
    return -float(np.log(np.diag(factor)).sum()) - 0.5 * (SPREAD_WORTH + count) * spread


def _fitted(design: _Design, offset_db: np.ndarray, ratios: Mapping[str, float], slope: bool) -> Fit:
    root = _roots(design, ratios, slope)
    inner = np.linalg.inv(np.eye(root.size) + root[:, None] * design.gram * root)
    covariance = root[:, None] * inner * root
    moment = design.times(offset_db)
    effect = covariance @ moment
    rest = max(0.0, float(offset_db @ offset_db) - float(moment @ effect))
    freedom = SPREAD_WORTH + offset_db.size
    spread_db = math.sqrt((SPREAD_WORTH * SPREAD_DB**2 + rest) / freedom)
    effects = {
        factor: {level: float(effect[column]) for level, column in known.items()}
        for factor, known in design.place_of.items()
    }
    return Fit(effects, float(effect[-1]), spread_db, freedom, dict(ratios), covariance, design.place_of)


def student_quantile(share: float, freedom: float) -> float:
    """Quantile of Student's t by the Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5): below 0.002 off from 8 degrees
    of freedom on."""
    x = _normal_quantile(share)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def _normal_quantile(share: float) -> float:
    """Quantile of the normal distribution, by bisection on its error function."""
    low, high = -10.0, 10.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if 0.5 * math.erfc(-middle / math.sqrt(2.0)) < share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def factors_in(levels: Mapping[str, np.ndarray], wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """The factors of a step, in the order of ``RATIOS``."""
    return {factor: levels[factor] for factor in RATIOS if factor in wanted and factor in levels}
