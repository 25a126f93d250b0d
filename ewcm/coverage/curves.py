"""From evidence to log-odds of coverage, by the curves of a model card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ewcm.sources.coverage_cards import FEATURES, NEAREST_OF, Curve


def log_odds(curve: Curve, evidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of coverage and their standard error, float64 (…), of evidence (…, 4)."""
    of_trees = forest_log_odds(curve.trees, evidence)[..., None] if curve.trees else None
    chosen = features_of(evidence, curve.features) if of_trees is None else of_trees
    x = np.concatenate([chosen, np.ones((*chosen.shape[:-1], 1))], axis=-1)
    variance = np.einsum("...i,ij,...j->...", x, curve.covariance, x)
    return x @ curve.weights, np.sqrt(np.maximum(variance, 0.0))


def features_of(evidence: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The numbers of these names, float64 (…, names), of evidence (…, 4)."""
    found = np.empty((*evidence.shape[:-1], len(names)))
    for place, name in enumerate(names):
        columns = [FEATURES.index(one) for one in NEAREST_OF.get(name, (name,))]
        found[..., place] = evidence[..., columns[0]] if len(columns) == 1 else evidence[..., columns].min(axis=-1)
    return found


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
