"""People of units by a smooth function of their covariates, in closed form.

The logarithm of people over a base is taken to be a Gaussian process with a constant, a linear and a smooth part:

    t = ln(people/base) = f(x) + e,   cov f = 100 + a·x·x′/p + b·exp(−|x − x′|²/(2p)),   var e = ν/w

with p standardised covariates, w = √people over its mean (large units count more), and the noise ν (Rasmussen and Williams,
Gaussian Processes for Machine Learning, 2006, eq. 2.25). With b = 0 it is ridge regression: a log-linear model. What it says of
units whose whole group was left out follows from one inverse (ibid., section 5.4.2, for groups).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Variance of the constant.
_CONSTANT = 100.0

#: Shapes that are tried: the weights of the linear and the smooth part.
LINEAR, SMOOTH, BOTH = (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)

#: Noises that are tried.
NOISES = (0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Choice:
    """Weights of the linear and of the smooth part, and the noise."""

    linear: float
    smooth: float
    noise: float

    @property
    def name(self) -> str:
        """What it is, in words."""
        kind = "log-linear" if not self.smooth else "smooth" if not self.linear else "log-linear and smooth"
        return f"{kind}, noise {self.noise:g}"


def choices(units: int) -> tuple[Choice, ...]:
    """What is tried for so many units: with fewer than 200 the log-linear model only."""
    shapes = (LINEAR,) if units < 200 else (LINEAR, SMOOTH, BOTH)
    return tuple(Choice(*shape, noise) for shape in shapes for noise in NOISES)


def standardised(covariates: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Covariates f64[units, p] less their mean over their standard deviation in the ``known`` units; unknown values are the mean.
    Beyond what the known units span they are held at its edge, widened by half a standard deviation: nothing is extrapolated."""
    values = covariates.astype(np.float64)
    with np.errstate(all="ignore"):
        mean, spread = np.nanmean(values[known], axis=0), np.nanstd(values[known], axis=0)
    mean, spread = np.nan_to_num(mean), np.where(np.nan_to_num(spread) > 1e-9, spread, 1.0)
    found = np.nan_to_num((values - mean) / spread)
    limited: np.ndarray = np.clip(found, found[known].min(axis=0) - 0.5, found[known].max(axis=0) + 0.5)
    return limited


def parts(one: np.ndarray, two: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The linear and the smooth part of the covariance of f at two sets of units."""
    p = max(1, one.shape[1])
    product = one @ two.T
    square = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2.0 * product
    return product / p, np.exp(-np.maximum(square, 0.0) / (2.0 * p))


def covariance(linear: np.ndarray, smooth: np.ndarray, choice: Choice) -> np.ndarray:
    """Covariance of f from its two parts (:func:`parts`)."""
    return _CONSTANT + choice.linear * linear + choice.smooth * smooth


def weights(people: np.ndarray) -> np.ndarray:
    """√people over its mean, not below a tenth."""
    root = np.sqrt(np.maximum(people, 0.0))
    found: np.ndarray = np.maximum(root / root.mean(), 0.1)
    return found


def predicted(inner: np.ndarray, t: np.ndarray, weight: np.ndarray, choice: Choice, across: np.ndarray) -> np.ndarray:
    """f at some places after t at the units. ``inner``: covariance of the units; ``across``: of the places with the units.
    Nothing lies beyond the smallest and the largest t."""
    found: np.ndarray = across @ np.linalg.solve(inner + np.diag(choice.noise / weight), t)
    return np.clip(found, t.min(), t.max())


def left_out(inner: np.ndarray, t: np.ndarray, weight: np.ndarray, group: np.ndarray, choice: Choice) -> np.ndarray:
    """f at each unit after all units of other groups: t_B − (C⁻¹)_BB⁻¹·(C⁻¹t)_B."""
    inverse = np.linalg.inv(inner + np.diag(choice.noise / weight))
    inverse = 0.5 * (inverse + inverse.T)
    product = inverse @ t
    found = np.empty(t.size)
    for number in np.unique(group):
        here = np.flatnonzero(group == number)
        found[here] = t[here] - np.linalg.solve(inverse[np.ix_(here, here)], product[here])
    return np.clip(found, t.min(), t.max())
