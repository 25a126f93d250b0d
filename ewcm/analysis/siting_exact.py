"""The best choice of sites there is, or how far from it a choice can be at most, by a solver of integer programmes (HiGHS)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from ewcm_kernels.siting import Problem, served

from ewcm.errors import SettingsError

#: Rows of demand, identical ones merged, above which the solver is not asked: it would not get far in minutes.
MOST_ROWS = 200_000

#: The solver stops where its choice and its bound differ by less than this share.
_GAP = 1e-9


class Exact(NamedTuple):
    """``chosen``: candidates, rising. ``people``: whom they serve. ``bound``: nobody can serve more. ``optimal``: whether the
    solver ended before its time did. ``rows``: of demand, identical ones merged."""

    chosen: np.ndarray
    people: float
    bound: float
    optimal: bool
    rows: int


class _Merged(NamedTuple):
    weight: np.ndarray
    offsets: np.ndarray  # of each row into ``candidate``
    candidate: np.ndarray


def exact(problem: Problem, limits: np.ndarray, budget: float, time_limit_s: float) -> Exact:
    """Solve ``max Σ w_r z_r``, ``z_r ≤ Σ x_i`` over the candidates of row r, within limits by kind and a budget.

    A share of a row counts by levels: a row that candidates serve by 0.3 and 0.8 is 0.3 of a row of both and 0.5 of a row of the
    second. Raises :class:`ewcm.errors.SettingsError` where there are more than ``MOST_ROWS`` rows.
    """
    # scipy's solver takes half a second to import, which most runs need not.
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, hstack

    rows = _merged(problem)
    many, size = problem.cost.size, rows.weight.size
    if size > MOST_ROWS:
        raise SettingsError(
            f"--exact: {size:,} different rows of demand are more than {MOST_ROWS:,}; name fewer candidates, or leave --exact"
        )
    if size == 0:
        return Exact(np.zeros(0, np.int64), 0.0, 0.0, True, 0)
    reach = csr_array((-np.ones(rows.candidate.size), rows.candidate, rows.offsets), shape=(size, many))
    unit = csr_array((np.ones(size), np.arange(size), np.arange(size + 1)), shape=(size, size))
    by_kind = np.stack([(problem.kind == kind).astype(float) for kind in range(limits.size)])
    constraints = [
        LinearConstraint(hstack([reach, unit]).tocsr(), -np.inf, 0.0),
        LinearConstraint(np.hstack([by_kind, np.zeros((limits.size, size))]), -np.inf, limits.astype(float)),
    ]
    if math.isfinite(budget):
        constraints.append(LinearConstraint(np.append(problem.cost, np.zeros(size)), -np.inf, budget))
    scale = float(rows.weight.sum())
    found = milp(
        np.append(np.zeros(many), -rows.weight / scale),
        integrality=np.append(np.ones(many), np.zeros(size)),
        bounds=Bounds(0.0, 1.0),
        constraints=constraints,
        options={"time_limit": time_limit_s, "mip_rel_gap": _GAP},
    )
    bound = scale if found.mip_dual_bound is None else min(scale, -float(found.mip_dual_bound) * scale)
    chosen = np.zeros(0, np.int64) if found.x is None else np.flatnonzero(found.x[:many] > 0.5)
    people = float((problem.weight * served(problem, chosen)).sum())
    return Exact(chosen, people, max(bound, people), found.status == 0, size)


def _merged(problem: Problem) -> _Merged:
    """Rows of demand by levels of shares; those with the same candidates are one."""
    order = np.lexsort((-problem.share, problem.row))
    candidate = np.repeat(np.arange(problem.cost.size), np.diff(problem.offsets))[order]
    row, share = problem.row[order], problem.share[order]
    kept = (problem.weight[row] > 0) & (share > 0)
    candidate, row, share = candidate[kept], row[kept], share[kept]
    if not row.size:
        return _Merged(np.zeros(0), np.zeros(1, np.int64), np.zeros(0, np.int64))
    # A level ends where the next share of the row is smaller; its candidates are the first of the row up to there.
    last_of_row = np.append(row[1:] != row[:-1], True)
    last = last_of_row | np.append(share[1:] < share[:-1], True)
    first_of_row = np.maximum.accumulate(np.where(np.append(True, last_of_row[:-1]), np.arange(row.size), 0))
    end = np.flatnonzero(last)
    begin = first_of_row[end]
    following = np.where(last_of_row[end], 0.0, share[np.minimum(end + 1, row.size - 1)])
    weight = problem.weight[row[end]] * (share[end] - following)
    # Which candidates a level has, as two sums of random numbers of 64 bits, one for each candidate.
    code = np.random.default_rng(0).integers(0, 2**63, (2, problem.cost.size), dtype=np.uint64)
    summed = np.concatenate(
        [np.zeros((2, 1), np.uint64), np.cumsum(code[:, candidate], axis=1, dtype=np.uint64)], axis=1
    )
    key = summed[:, end + 1] - summed[:, begin]
    _, example, same = np.unique(key.T, axis=0, return_index=True, return_inverse=True)
    total = np.bincount(same.ravel(), weights=weight)
    members = [np.sort(candidate[begin[one] : end[one] + 1]) for one in example]
    offsets = np.cumsum([0, *(part.size for part in members)], dtype=np.int64)
    return _Merged(total, offsets, np.concatenate(members))
