"""Phones report only where there is a signal: what a fit must allow for so that weak places are not forgotten.

Of levels that are seen only above a floor the mean is too high, by σ·φ(α)/(1 − Φ(α)) with α = (floor − mean)/σ (Johnson, Kotz
and Balakrishnan 1994, eq. 13.134); of a place where a phone looked and found nothing the level lies below it (Tobin,
*Econometrica* 26, 1958). The offsets are fitted again and again to what they themselves make of each measurement, until they
no longer change: the likeliest ones are where that comes to rest (Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ewcm.learning.offsets import Fit

#: The correction of one measurement is at most this many standard deviations.
_MOST = 2.0

#: Rounds, and the change [dB] at which they end.
_ROUNDS, _ENOUGH_DB = 40, 0.02


def hazard(alpha: np.ndarray) -> np.ndarray:
    """φ(α)/(1 − Φ(α)), for −∞ < α; its asymptote beyond 5."""
    clipped = np.clip(alpha, -30.0, 5.0)
    tail = 0.5 * np.array([math.erfc(value / math.sqrt(2.0)) for value in clipped])
    found = np.exp(-0.5 * clipped**2) / math.sqrt(2.0 * math.pi) / tail
    return np.where(alpha > 5.0, alpha + 1.0 / np.maximum(alpha, 5.0), found)


def seen_above_db(mean: np.ndarray, spread_db: float | np.ndarray, floor_db: np.ndarray) -> np.ndarray:
    """By how much [dB] the mean of what is seen above a floor exceeds the mean of all; 0 without a floor (−inf)."""
    alpha = np.where(np.isfinite(floor_db), (floor_db - mean) / spread_db, -30.0)
    found: np.ndarray = spread_db * np.minimum(np.where(alpha < -6.0, 0.0, hazard(alpha)), _MOST)
    return found


def fitted(
    fit: Callable[[np.ndarray], Fit],
    predict: Callable[[Fit], np.ndarray],
    offset_db: np.ndarray,
    floor_db: np.ndarray,
    silent: np.ndarray,
) -> tuple[Fit, np.ndarray]:
    """The fit, and the offsets it was made to in the end.

    ``fit``: from offsets; ``predict``: means of a fit. ``offset_db``: measured − computed (any number where ``silent``).
    ``floor_db``: the least offset that could be seen (−inf: all). ``silent``: a phone found nothing.
    """
    cut = np.isfinite(floor_db) & ~silent
    if not cut.any() and not silent.any():
        return fit(offset_db), offset_db
    values = np.where(silent, floor_db, offset_db)
    found = fit(values)
    mean = predict(found)
    for _ in range(_ROUNDS):
        spread = found.spread_db
        above = np.where(cut, seen_above_db(mean, spread, floor_db), 0.0)
        alpha = np.where(np.isfinite(floor_db), (floor_db - mean) / spread, 30.0)
        below = spread * np.minimum(hazard(-alpha), _MOST)
        values = np.where(silent, mean - below, offset_db - above)
        # What a correction takes from the spread: of the seen λ(λ − α) of the variance, of the silent all but λ².
        ratio = above / spread
        kept = np.where(cut, np.clip(1.0 - ratio * (ratio - np.where(cut, alpha, 0.0)), 0.2, 1.0), 1.0)
        kept = np.where(silent, np.clip((below / spread) ** 2, 0.2, 1.0), kept)
        found = fit(values)
        found = replace(found, spread_db=found.spread_db / math.sqrt(float(kept.mean())))
        after = predict(found)
        change = float(np.abs(after - mean).max())
        mean = 0.5 * (mean + after)
        if change < _ENOUGH_DB:
            break
    return found, values
