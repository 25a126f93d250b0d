"""The next sites of a country the size of Uganda: lazy greedy, its bound and exchanges, beside a plain greedy in numpy."""

from collections.abc import Iterator

import numpy as np
from ewcm_kernels.siting import Problem, choose, points_within

from tests.bench.row import Row


def rows(scale: float) -> Iterator[Row]:
    random = np.random.default_rng(1)
    points, candidates, count = int(72_520 * scale), int(2000 * scale), 50
    lat, lon = random.uniform(-1.5, 4.2, points), random.uniform(29.5, 35.0, points)
    people = random.lognormal(1.5, 1.5, points)
    chosen = random.choice(points, candidates, replace=False)
    reach = points_within(lat, lon, lat[chosen], lon[chosen], 15.0)
    ones = np.ones(candidates)
    problem = Problem(*reach, np.ones(reach[1].size), people, np.zeros(candidates, np.int64), ones)
    site = np.repeat(np.arange(candidates), np.diff(reach[0]))

    def plain() -> float:
        left = people.copy()
        for _ in range(count):
            gain = np.bincount(site, weights=left[reach[1]], minlength=candidates)
            best = int(gain.argmax())
            left[reach[1][reach[0][best] : reach[0][best + 1]]] = 0.0
        return float(people.sum() - left.sum())

    yield Row(
        f"{count} next sites of {candidates} candidates, {points} grid cells, with bound and exchanges",
        lambda: choose(problem, np.array([count])),
        {"plain greedy, numpy, no bound": plain},
        note=lambda: (
            f"serves {choose(problem, np.array([count])).gain.sum() / plain():.4f} of what plain greedy serves"
        ),
        most_s=1.0,
    )
