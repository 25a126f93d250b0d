"""A forest, where the extra `ewcm[learn]` is installed: grown by scikit-learn, kept as plain numbers that the engine
reads itself."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

#: Trees, and places in a leaf at least: shallow, so that a card is no larger than some hundred kilobytes.
TREES, LEAF = 25, 15

#: Digits of thresholds and shares.
_DIGITS = 6


@cache
def available() -> bool:
    """Whether scikit-learn is installed."""
    return find_spec("sklearn") is not None


def grown(evidence: np.ndarray, truth: np.ndarray, seed: int) -> list[dict[str, np.ndarray]]:
    """Trees as of `ewcm.sources.coverage_cards`, on evidence (places, 4).

    L. Breiman, Random Forests, Machine Learning 45, 2001; of shares, regression trees. One thread, so that it is the
    same anywhere.
    """
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(
        n_estimators=TREES, min_samples_leaf=LEAF, max_features=2, random_state=seed, n_jobs=1
    )
    model.fit(evidence.astype(np.float32), truth)
    return [_plain(one.tree_) for one in model.estimators_]


def _plain(tree: Any) -> dict[str, np.ndarray]:
    names = {"feature": "feature", "left": "children_left", "right": "children_right", "threshold": "threshold"}
    found = {name: np.asarray(getattr(tree, other)) for name, other in names.items()}
    found["feature"] = np.maximum(found["feature"], -1)
    # Rounded as they are in a card, so that a run from the card has the same digits.
    found["threshold"] = _rounded(np.where(found["feature"] < 0, 0.0, found["threshold"]))
    found["share"] = _rounded(np.asarray(tree.value).reshape(-1))
    return found


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.array([float(f"{value:.{_DIGITS}g}") for value in values.tolist()])
