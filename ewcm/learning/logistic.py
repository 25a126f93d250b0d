"""Logistic regression by Newton's method, with standard errors by block."""

from __future__ import annotations

import numpy as np

#: Precision of the prior of every weight but the constant, around 0 (ridge): a feature that is the same everywhere gets none.
RIDGE = 1e-2

_STEPS = 50
_NEAR = 1e-10


def probability(odds: np.ndarray) -> np.ndarray:
    """The probability of some log-odds."""
    found: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))
    return found


def fit(features: np.ndarray, truth: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Weights, the constant last, float64 (features + 1,), that make ``truth`` (0..1) most likely.

    ``features``: float64 (places, features). J. A. Nelder and R. W. M. Wedderburn, J. R. Stat. Soc. A 135(3), 1972.
    """
    x = _with_constant(features)
    penalty = np.append(np.full(x.shape[1] - 1, ridge), 1e-6)
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        share = probability(x @ weights)
        slope = x.T @ (truth - share) - penalty * weights
        curvature = _squares(x, share * (1.0 - share)) + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        # A step that is too long is a sign of classes that part cleanly; the prior ends it.
        weights += step / max(1.0, float(np.abs(step).max()) / 5.0)
        if float(np.abs(step).max()) < _NEAR:
            break
    return weights


def covariance_by_block(features: np.ndarray, truth: np.ndarray, weights: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Covariance of the weights, float64, where places of one ``block`` (numbers) may go astray together.

    The sandwich of P. J. Huber (1967) with the sums of the scores by block (K.-Y. Liang and S. L. Zeger, Biometrika 73, 1986),
    times B/(B − 1) for B blocks.
    """
    x = _with_constant(features)
    share = probability(x @ weights)
    inverse = np.linalg.inv(_squares(x, share * (1.0 - share)) + 1e-6 * np.eye(x.shape[1]))
    _, number = np.unique(block, return_inverse=True)
    count = int(number.max()) + 1
    scores = np.zeros((count, x.shape[1]))
    np.add.at(scores, number, x * (truth - share)[:, None])
    found: np.ndarray = inverse @ (scores.T @ scores) @ inverse * (count / max(1, count - 1))
    return found


def _squares(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Xᵀ·diag(weight)·X, by plain loops: a library of linear algebra would start threads for it, and round as it likes."""
    found: np.ndarray = np.einsum("ni,nj->ij", x * weight[:, None], x)
    return found


def _with_constant(features: np.ndarray) -> np.ndarray:
    return np.column_stack([features, np.ones(len(features))])
