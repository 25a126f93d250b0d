"""People of units by a smooth function of their covariates, in closed form.

The logarithm of people over a base is taken to be a Gaussian process with a constant, a linear and a smooth part:

    t = ln(people/base) = f(x) + e,   cov f = 100 + a·x·x′/p + b·exp(−|x − x′|²/(2p)),   var e = ν/w

with p standardised covariates, w = √people over its mean (large units count more), and the noise ν (Rasmussen and Williams,
Gaussian Processes for Machine Learning, 2006, eq. 2.25). With b = 0 it is ridge regression: a log-linear model. The mean of two
noises is taken: to choose one of them by the same few districts loses more than it gains (docs/method-learning.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Variance of the constant.
_CONSTANT = 100.0

#: Shapes: the weights of the linear and the smooth part.
LINEAR, BOTH = (1.0, 0.0), (1.0, 1.0)

#: Noises.
NOISES = (0.1, 0.3)


@dataclass(frozen=True)
class Choice:
    """Weights of the linear and of the smooth part, and the noise."""

    linear: float
    smooth: float
    noise: float


def choices(units: int) -> tuple[Choice, ...]:
    """What is averaged for so many units: with fewer than 200 the log-linear part only."""
    shape = LINEAR if units < 200 else BOTH
    return tuple(Choice(*shape, noise) for noise in NOISES)


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


def predicted(x: np.ndarray, t: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    """f at some places (covariates ``at``) after t at the units (``x``): the mean of all choices. Nothing lies beyond the
    smallest and the largest t."""
    inner, across = parts(x, x), parts(at, x)
    every = choices(t.size)
    total = np.zeros(at.shape[0])
    for choice in every:
        noise = np.diag(choice.noise / weight)
        total += covariance(*across, choice) @ np.linalg.solve(covariance(*inner, choice) + noise, t)
    return np.clip(total / len(every), t.min(), t.max())
