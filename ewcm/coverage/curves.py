"""From evidence to log-odds of coverage, by the curves of a model card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ewcm.sources.coverage_cards import FEATURES, NEAREST_OF, Curve

#: Places whose log-odds are worked out at once.
_PIECE = 1 << 14


def log_odds(curve: Curve, evidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of coverage and their standard error, float64 (…), of evidence (…, 4)."""
    flat = evidence.reshape(-1, evidence.shape[-1])
    centre, variance = np.empty(len(flat)), np.empty(len(flat))
    # By pieces that fit into the caches of a processor, term by term: a country of 4·10⁷ grid cells waits for this.
    for first in range(0, len(flat), _PIECE):
        here = slice(first, first + _PIECE)
        _add_up(curve, flat[here], centre[here], variance[here])
    error = np.sqrt(np.maximum(variance, 0.0))
    return centre.reshape(evidence.shape[:-1]), error.reshape(evidence.shape[:-1])


def _add_up(curve: Curve, evidence: np.ndarray, centre: np.ndarray, variance: np.ndarray) -> None:
    """Put log-odds and their variance, of evidence (places, 4), into two arrays (places,)."""
    names = curve.features
    x = [forest_log_odds(curve.trees, evidence)] if curve.trees else [_feature(evidence, name) for name in names]
    centre[:], variance[:] = curve.weights[-1], curve.covariance[-1, -1]
    for i, feature in enumerate(x):
        centre += curve.weights[i] * feature
        part = curve.covariance[i, i] * feature
        part += 2.0 * curve.covariance[i, -1]
        for j in range(i + 1, len(x)):
            part += (2.0 * curve.covariance[i, j]) * x[j]
        part *= feature
        variance += part


def features_of(evidence: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The numbers of these names, float64 (…, names), of evidence (…, 4)."""
    return np.stack([_feature(evidence, name) for name in names], axis=-1)


def _feature(evidence: np.ndarray, name: str) -> np.ndarray:
    """One of the numbers, float64 (…)."""
    columns = [FEATURES.index(one) for one in NEAREST_OF.get(name, (name,))]
    least: np.ndarray = evidence[..., columns[0]].astype(np.float64)
    for column in columns[1:]:
        np.minimum(least, evidence[..., column], out=least)
    return least


def forest_log_odds(trees: Sequence[Mapping[str, np.ndarray]], evidence: np.ndarray) -> np.ndarray:
    """Log-odds of the mean share of the leaves that evidence (…, 4) comes to, float64 (…); shares within 0.5 to 99.5 %."""
    flat = evidence.reshape(-1, evidence.shape[-1]).astype(np.float32)
    total = np.zeros(len(flat))
    for tree in trees:
        node = np.zeros(len(flat), np.int64)
        while (inner := tree["feature"][node] >= 0).any():
            here = np.flatnonzero(inner)
            at = node[here]
            goes_left = flat[here, tree["feature"][at]] <= tree["threshold"][at]
            node[here] = np.where(goes_left, tree["left"][at], tree["right"][at])
        total += tree["share"][node]
    share = np.clip(total / len(trees), 0.005, 0.995)
    return np.log(share / (1.0 - share)).reshape(evidence.shape[:-1])


def logit(share: float) -> float:
    """Log-odds of a share, which is taken as no less than 0.5 and no more than 99.5 %."""
    inner = min(max(share, 0.005), 0.995)
    return math.log(inner / (1.0 - inner))
