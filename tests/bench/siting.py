"""The next sites of a country the size of Uganda: lazy greedy, its bound and exchanges, beside a plain greedy in numpy."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ewcm_kernels.siting import Problem, choose, points_within

from tests.bench.row import Row

#: Names a Python that has spopt and pulp, which are no dependency of the engine.
SPOPT = "EWCM_BENCH_SPOPT"


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

    few = 200
    part = slice(0, reach[0][few])
    small = Problem(
        reach[0][: few + 1], reach[1][part], np.ones(reach[0][few]), people, np.zeros(few, np.int64), np.ones(few)
    )
    yield Row(
        f"10 next sites of {few} candidates, {points} grid cells, with bound and exchanges",
        lambda: choose(small, np.array([10])),
        {},
        note=lambda: _beside_spopt(small, 10),
    )


def _beside_spopt(problem: Problem, count: int) -> str:
    """The same problem by spopt, once, in a process of its own that counts neither its start nor its imports."""
    python = os.environ.get(SPOPT)
    if not python:
        return f"spopt: not run; name a Python that has spopt and pulp in {SPOPT}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.npz"
        np.savez(path, offsets=problem.offsets, row=problem.row, weight=problem.weight, count=count)
        helper = Path(__file__).with_name("spopt_mclp.py")
        asked = subprocess.run([python, str(helper), str(path)], capture_output=True, text=True, check=False)
    if asked.returncode:
        return f"spopt: {python} did not solve it: {asked.stderr.strip().splitlines()[-1:]}"
    found = json.loads(asked.stdout.splitlines()[-1])
    start = time.perf_counter()
    choice = choose(problem, np.array([count]))
    ours_s = time.perf_counter() - start
    spent = found["build_s"] + found["solve_s"]
    return (
        f"spopt {found['version']}: {found['build_s']:.1f} s to build, {found['solve_s']:.1f} s to solve, {spent / ours_s:,.0f} "
        f"times as long; ours serves {choice.gain.sum() / found['people']:.4f} of its optimum   budget: at least 1,000 times: "
        f"{'met' if spent >= 1000 * ours_s else 'NOT MET here'}"
    )
