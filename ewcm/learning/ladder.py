"""The ladder of models of coverage: three distances, a small model, a forest; and how each does on blocks that it has not seen.

A higher step is taken only where whole blocks left out at both sizes show a gain above one standard error (L. Breiman et al.,
Classification and Regression Trees, 1984, section 3.4.3, has the rule of one standard error).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ewcm.coverage.curves import features_of, forest_log_odds
from ewcm.learning import forest
from ewcm.learning.blocks import folds, gain, squares
from ewcm.learning.logistic import fit, probability
from ewcm.sources.coverage_cards import FEATURES

#: Sides of the blocks that are left out [degrees].
SIDES_DEG = (0.1, 0.3)

#: Groups that the blocks are dealt into, each left out once; how often they are dealt anew, and how often for a
#: forest, which takes
#: most of the time.
FOLDS, SEEDS, FOREST_SEEDS = 5, 10, 2

#: The steps that are logistic, each with the features that it takes.
LOGISTIC: dict[str, tuple[str, ...]] = {
    "three_distances": ("ln_km_2G", "ln_km_3G", "ln_km_4G"),
    "small_model": FEATURES,
}
FOREST = "forest"

#: What stands beside the steps: the share of all places, the circle, and the nearest cell of the service's own technologies.
CONSTANT, CIRCLE, NEAREST = "constant", "circle", "nearest_cell"


@dataclass(frozen=True)
class Trial:
    """Predictions of places by models that have not seen their blocks. ``share[name]``: float64 (seeds, places)."""

    side_deg: float
    block: np.ndarray
    share: dict[str, np.ndarray]

    def loss(self, name: str, truth: np.ndarray) -> np.ndarray:
        """Mean squared error of each place over the seeds, float64 (places,): the Brier score is its mean."""
        found: np.ndarray = ((self.share[name] - truth) ** 2).mean(axis=0)
        return found


def trial(
    evidence: np.ndarray, truth: np.ndarray, own_km: np.ndarray, circle: np.ndarray, side_deg: float, block: np.ndarray
) -> Trial:
    """Every model on blocks of one size. ``own_km``: logarithm of the distance to the nearest cell of the service; ``circle``: 1
    within a circle."""
    names = [CONSTANT, NEAREST, *LOGISTIC, *((FOREST,) if forest.available() else ())]
    share = {name: np.empty((FOREST_SEEDS if name == FOREST else SEEDS, truth.size)) for name in names}
    for seed in range(SEEDS):
        part = folds(block, seed, FOLDS)
        for number in np.unique(part):
            away, kept = part == number, part != number
            share[CONSTANT][seed, away] = truth[kept].mean()
            nearest = fit(own_km[kept, None], truth[kept])
            share[NEAREST][seed, away] = probability(nearest[0] * own_km[away] + nearest[1])
            for name, used in LOGISTIC.items():
                x = features_of(evidence, used)
                weights = fit(x[kept], truth[kept])
                share[name][seed, away] = probability(x[away] @ weights[:-1] + weights[-1])
            if FOREST in share and seed < FOREST_SEEDS:
                trees = forest.grown(evidence[kept], truth[kept], seed)
                share[FOREST][seed, away] = probability(forest_log_odds(trees, evidence[away]))
    share[CIRCLE] = np.broadcast_to(circle.astype(np.float64), (SEEDS, truth.size))
    return Trial(side_deg, block, share)


def trials(
    lat: np.ndarray, lon: np.ndarray, evidence: np.ndarray, truth: np.ndarray, own_km: np.ndarray, circle: np.ndarray
) -> list[Trial]:
    """A trial for each size of block."""
    return [trial(evidence, truth, own_km, circle, side, squares(lat, lon, side)) for side in SIDES_DEG]


def is_better(found: Sequence[Trial], truth: np.ndarray, worse: str, better: str) -> bool:
    """Whether a model gains more than one standard error over another at every size of block."""
    gains = [gain(each.loss(worse, truth), each.loss(better, truth), each.block) for each in found]
    return all(mean > error for mean, error in gains)


def chosen_step(found: Sequence[Trial], truth: np.ndarray) -> str:
    """The highest step that is worth taking: each must gain over the one that stands so far. The nearest cell of the service
    alone where that gains over it: coverage may hang on whichever network is nearest, which no sum of three distances tells."""
    steps = [name for name in (*LOGISTIC, FOREST) if name in found[0].share]
    best = steps[0]
    for step in steps[1:]:
        if is_better(found, truth, best, step):
            best = step
    return NEAREST if is_better(found, truth, best, NEAREST) else best


def auc(share: np.ndarray, truth: np.ndarray) -> float | None:
    """The chance that a covered place is told from one that is not (ties half); None without both."""
    yes = truth >= 0.5
    if yes.all() or not yes.any():
        return None
    _, where, counts = np.unique(share, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2.0)[where]
    count = int(yes.sum())
    return float((rank[yes].sum() - count * (count + 1) / 2) / (count * (yes.size - count)))


def is_upside_down(own_km: np.ndarray, truth: np.ndarray) -> bool:
    """Whether places near the cells of a service are covered less often than places far from them, beyond chance: AUC of nearness
    more than two standard errors (of Wilcoxon's rank sum) below a half."""
    found = auc(-own_km, truth)
    yes = int((truth >= 0.5).sum())
    return found is not None and found < 0.5 - 2 * math.sqrt((truth.size + 1) / (12 * yes * (truth.size - yes)))


def scores(found: Sequence[Trial], truth: np.ndarray, chosen: str) -> list[Mapping[str, Any]]:
    """A row a model and size of block: Brier score (mean over the seeds, least and most) and AUC."""
    rows: list[Mapping[str, Any]] = []
    for each in found:
        for name, share in each.share.items():
            brier = ((share - truth) ** 2).mean(axis=1)
            areas = [value for one in share if (value := auc(one, truth)) is not None]
            rows.append(
                {
                    "block_deg": each.side_deg,
                    "model": name,
                    "chosen": name == chosen,
                    "brier": float(brier.mean()),
                    "brier_least": float(brier.min()),
                    "brier_most": float(brier.max()),
                    "auc": float(np.mean(areas)) if areas else None,
                }
            )
    return rows
