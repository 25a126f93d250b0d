"""The best choice of sites there is, or how far from it a choice can be at most, by a solver of integer programmes (HiGHS).

Prices of the people (`ewcm_kernels.siting_prices`) leave few of the candidates open, fewer the better the choice that is known:
random exchanges (`ewcm_kernels.siting_annealing`) look for one first. The solver is asked for what is open alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from ewcm_kernels.siting import Problem, served
from ewcm_kernels.siting_annealing import annealed
from ewcm_kernels.siting_prices import (
    Rows,
    best_sum,
    entries_in_levels,
    in_levels,
    is_allowed,
    merged,
    priced,
    settled,
)

from ewcm.errors import SettingsError

#: Rows of demand, identical ones merged, above which the solver is not asked: it would not get far in minutes.
MOST_ROWS = 200_000

#: Entries of what is left open above which it is not either: it looks at the clock too seldom there.
_MOST_ENTRIES = 500_000

#: Entries above which exchanges at random are not tried, and how many are.
_MOST_EXCHANGED, _TRIALS = 2_000_000, 1_000_000

#: The solver stops where its choice and its bound differ by less than this share.
_GAP = 1e-9

#: Steps of the search for prices.
_STEPS = 1000


class Exact(NamedTuple):
    """``chosen``: candidates, rising. ``people``: whom they serve. ``bound``: nobody can serve more. ``optimal``: whether no
    choice serves more. ``rows``: of demand that the solver was asked for, and ``open``: candidates; 0 where it was not needed.
    ``asked``: whether it was; False where too much is left open too."""

    chosen: np.ndarray
    people: float
    bound: float
    optimal: bool
    rows: int
    open: int
    asked: bool


def exact(problem: Problem, limits: np.ndarray, budget: float, time_limit_s: float, known: np.ndarray) -> Exact:
    """Solve ``max Σ w_r z_r``, ``z_r ≤ Σ x_i`` over the candidates of row r, within limits by kind and a budget.

    ``known``: an allowed choice; the one that is found serves no fewer. A share of a row counts by levels: a row that candidates
    serve by 0.3 and 0.8 is 0.3 of a row of both and 0.5 of a row of the second. Raises :class:`ewcm.errors.SettingsError` where
    there are more than ``MOST_ROWS`` rows.
    """
    rows = merged(problem.offsets, problem.row, problem.share, problem.weight)
    if rows.weight.size > MOST_ROWS:
        raise SettingsError(
            f"--exact: {rows.weight.size:,} different rows of demand are more than {MOST_ROWS:,}; name fewer candidates, or "
            "leave --exact"
        )
    limits, known = np.asarray(limits, np.int64), np.asarray(known, np.int64)
    found = priced(rows, problem.kind, problem.cost, limits, budget, known, _STEPS)
    last, part, _ = best_sum(found.profit, problem.kind, problem.cost, limits, budget)
    last = last[part == 1.0]
    tried = [found.chosen, *([last] if is_allowed(last, problem.kind, problem.cost, limits, budget) else [])]
    chosen, people = _better(problem, known, *tried)
    bound = max(found.bound, people)
    never, always = np.zeros(problem.cost.size, bool), np.zeros(problem.cost.size, bool)
    if not math.isfinite(budget):
        if not _is_best(people, bound) and entries_in_levels(rows) <= _MOST_EXCHANGED:
            other = annealed(in_levels(rows), problem.kind, chosen, people, _TRIALS)
            chosen, people = _better(problem, chosen, other)
            bound = max(found.bound, people)
        never, always = settled(found, problem.kind, limits, people)
    kept = np.flatnonzero(~never)
    if _is_best(people, bound) or not (~never & ~always).any() or not rows.weight.size:
        return Exact(np.sort(chosen), people, max(people, min(bound, people * (1.0 + _GAP))), True, 0, 0, False)
    small, still_open = _of_some(rows, kept), int((~never & ~always).sum())
    if entries_in_levels(small) > _MOST_ENTRIES:
        return Exact(np.sort(chosen), people, bound, False, small.weight.size, still_open, False)
    small = in_levels(small)
    solved, upper, ended = _solved(
        small, problem.kind[kept], problem.cost[kept], always[kept], limits, budget, time_limit_s
    )
    chosen, people = _better(problem, chosen, kept[solved])
    # What was left aside serves no more than what was known.
    bound = max(people, min(bound, upper))
    return Exact(np.sort(chosen), people, bound, ended or _is_best(people, bound), small.weight.size, still_open, True)


def _is_best(people: float, bound: float) -> bool:
    return bound <= people * (1.0 + _GAP)


def _better(problem: Problem, known: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, float]:
    """Of some choices the one that serves most, the first of equals, and whom it serves [persons]."""
    chosen, people = known, _people(problem, known)
    for other in others:
        if (more := _people(problem, other)) > people * (1.0 + _GAP):
            chosen, people = other, more
    return chosen, people


def _people(problem: Problem, chosen: np.ndarray) -> float:
    return float((problem.weight * served(problem, chosen)).sum())


def _of_some(rows: Rows, kept: np.ndarray) -> Rows:
    """The rows of some candidates alone, identical ones merged again."""
    entries = np.concatenate([np.arange(rows.offsets[one], rows.offsets[one + 1]) for one in kept])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.diff(rows.offsets)[kept])])
    return merged(offsets, rows.row[entries], rows.share[entries], rows.weight)


def _solved(
    rows: Rows,
    kind: np.ndarray,
    cost: np.ndarray,
    certain: np.ndarray,
    limits: np.ndarray,
    budget: float,
    time_limit_s: float,
) -> tuple[np.ndarray, float, bool]:
    """The choice that HiGHS finds, its bound [people], and whether it ended before its time did.

    ``rows``: in levels. ``certain``: a mask of the candidates that are in it.
    """
    # scipy's solver takes half a second to import, which most runs need not.
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csc_array, hstack, identity

    many, size = kind.size, rows.weight.size
    if size == 0:
        return np.zeros(0, np.int64), 0.0, True
    reach = csc_array((-np.ones(rows.row.size), rows.row, rows.offsets), shape=(size, many))
    by_kind = np.stack([(kind == one).astype(float) for one in range(limits.size)])
    constraints = [
        LinearConstraint(hstack([reach, identity(size)]).tocsr(), -np.inf, 0.0),
        LinearConstraint(np.hstack([by_kind, np.zeros((limits.size, size))]), -np.inf, limits.astype(float)),
    ]
    if math.isfinite(budget):
        constraints.append(LinearConstraint(np.append(cost, np.zeros(size)), -np.inf, budget))
    scale = float(rows.weight.sum())
    found = milp(
        np.append(np.zeros(many), -rows.weight / scale),
        integrality=np.append(np.ones(many), np.zeros(size)),
        bounds=Bounds(np.append(certain.astype(float), np.zeros(size)), 1.0),
        constraints=constraints,
        options={"time_limit": time_limit_s, "mip_rel_gap": _GAP},
    )
    bound = scale if found.mip_dual_bound is None else min(scale, -float(found.mip_dual_bound) * scale)
    chosen = np.zeros(0, np.int64) if found.x is None else np.flatnonzero(found.x[:many] > 0.5)
    return chosen, bound, found.status == 0
