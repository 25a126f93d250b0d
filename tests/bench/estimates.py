"""The people whom an estimate covers, as the search for its level asks for them, beside the same in numpy."""

from collections.abc import Iterator

import numpy as np
from ewcm_kernels.estimates import ODDS, covered_people

from tests.bench.made import full_side
from tests.bench.row import Budget, Row

_CERTAIN = 0.02


def _probability(odds: np.ndarray) -> np.ndarray:
    share = 1.0 / (1.0 + np.exp(-odds))
    return np.clip((share - _CERTAIN) / (1.0 - 2.0 * _CERTAIN), 0.0, 1.0)


def rows(scale: float) -> Iterator[Row]:
    random = np.random.default_rng(0)
    side = full_side(scale, 6000)
    people = random.gamma(0.3, 100.0, (side, side)).astype(np.float32)
    odds = [random.integers(-5000, 5000, (side, side)).astype(np.int16) for _ in range(3)]
    every = np.arange(-(ODDS // 2), ODDS // 2) * 1e-3

    def ours() -> float:
        return covered_people(people, odds, np.stack([_probability(every)] * 3), [None] * 3)

    def plain() -> float:
        share = np.minimum.reduce([_probability(one * 1e-3) for one in odds])
        return float((people * share).sum(dtype=np.float64))

    yield Row(
        f"people covered by three nested services, {side} x {side}",
        ours,
        {"numpy": plain},
        Budget("at most a fifth of numpy", "numpy", 0.2),
        lambda: f"people: {ours():.6g} ours, {plain():.6g} numpy",
    )
