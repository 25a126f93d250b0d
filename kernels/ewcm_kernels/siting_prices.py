"""A close upper bound of how many people any allowed choice of sites can serve, from what is sure of each row of demand.

A choice serves Σ w·max s over the rows. Whatever ``sure_r`` (0 to the most that a candidate serves of the row), it serves no
more than

    L(sure) = Σ sure_r + the largest sum of profits of an allowed choice,  profit_i = Σ_r max(0, w_r·s_ir − sure_r)

since of those who serve a row one at most counts (G. Cornuejols, M. L. Fisher and G. L. Nemhauser, "Location of bank accounts to
optimize float", 1977; M. L. Fisher, "The Lagrangian relaxation method for solving integer programming problems", 1981). The
least L is the bound of linear programming. Steps go down along the subgradient, smoothed over the last ones: of a row that
several of the chosen serve more becomes sure, of one that nobody serves less. Profits also tell which candidates no better
choice can hold, or lack (:func:`settled`).
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.compiled import njit

#: Part of the last direction that is kept in the next.
_SMOOTH = 0.5

#: Steps without a lower bound after which the length of the steps is halved.
_PATIENCE = 10

#: A bound counts as lower from such a share on.
_LOWER = 1e-5

#: Length of the steps, as a share of the distance to the people served, at which the search ends.
_SHORTEST = 1e-4


class Rows(NamedTuple):
    """Candidate i serves ``share`` (above 0, to 1) of the rows ``row[offsets[i]]`` to before ``row[offsets[i + 1]]``, of
    ``weight`` people each."""

    offsets: np.ndarray  # i64[candidates + 1]
    row: np.ndarray  # i32[entries]
    share: np.ndarray  # f64[entries]
    weight: np.ndarray  # f64[rows], above 0


class Prices(NamedTuple):
    """``bound``: no allowed choice serves more. ``profit``: f64[candidates], which show it. ``chosen``: candidates of the best
    allowed choice met on the way, which serve ``people``."""

    bound: float
    profit: np.ndarray
    chosen: np.ndarray
    people: float


@njit(cache=True, nogil=True)
def _keys(offsets, row, bits, code, out):
    """The sum (modulo 2⁶⁴) of the codes of the candidates of each row, by their shares: rows that the same candidates serve
    alike have the same."""
    for candidate in range(offsets.size - 1):
        for entry in range(offsets[candidate], offsets[candidate + 1]):
            for one in range(2):
                out[row[entry], one] += code[one, candidate] * bits[entry]


@njit(cache=True, nogil=True)
def _profits(offsets, row, share, weight, sure, out):
    for candidate in range(out.size):
        total = 0.0
        for entry in range(offsets[candidate], offsets[candidate + 1]):
            here = row[entry]
            more = weight[here] * share[entry] - sure[here]
            if more > 0.0:
                total += more
        out[candidate] = total


@njit(cache=True, nogil=True)
def _served(offsets, row, share, weight, sure, chosen, part, cover, best):
    """How many of the chosen (each by its ``part``) serve more of each row than is sure, into ``cover``, and the largest share of
    each row, into ``best``; returns the people whom they serve."""
    cover[:] = 0.0
    best[:] = 0.0
    for place in range(chosen.size):
        for entry in range(offsets[chosen[place]], offsets[chosen[place] + 1]):
            here = row[entry]
            if weight[here] * share[entry] > sure[here]:
                cover[here] += part[place]
            if share[entry] > best[here]:
                best[here] = share[entry]
    people = 0.0
    for here in range(weight.size):
        people += weight[here] * best[here]
    return people


@njit(cache=True, nogil=True)
def _largest(offsets, row, share, weight, out):
    """The most that one candidate serves of each row [persons]."""
    out[:] = 0.0
    for entry in range(row.size):
        out[row[entry]] = max(out[row[entry]], weight[row[entry]] * share[entry])


@njit(cache=True, nogil=True)
def _step(weight, most, cover, way, sure, gap, length, smooth):
    """One step along the subgradient; returns whether there is a way to go."""
    norm = 0.0
    for here in range(weight.size):
        way[here] = smooth * way[here] + (1.0 - smooth) * (1.0 - cover[here])
        if (way[here] > 0.0 and sure[here] > 0.0) or (way[here] < 0.0 and sure[here] < most[here]):
            norm += weight[here] * way[here] * way[here]
    if norm <= 0.0:
        return False
    scale = length * gap / norm
    for here in range(weight.size):
        sure[here] = min(most[here], max(0.0, sure[here] - scale * weight[here] * way[here]))
    return True


def merged(offsets: np.ndarray, row: np.ndarray, share: np.ndarray, weight: np.ndarray) -> Rows:
    """Rows of demand that the same candidates serve by the same shares as one; those without people, or that nobody serves, are
    left out."""
    many = offsets.size - 1
    starts, share = np.asarray(offsets, np.int64), np.ascontiguousarray(share, np.float64)
    # Which candidates a row has, as two sums of random numbers of 64 bits, one for each candidate.
    code = np.random.default_rng(0).integers(0, 2**63, (2, many), dtype=np.uint64)
    key = np.zeros((weight.size, 2), np.uint64)
    _keys(starts, row, np.where(share > 0, share, 0.0).view(np.uint64) | np.uint64(1), code, key)
    found = np.flatnonzero(key.any(axis=1) & (weight > 0))
    by_key = found[np.lexsort((key[found, 1], key[found, 0]))]
    begins = np.append(True, (key[by_key[1:]] != key[by_key[:-1]]).any(axis=1))[: by_key.size]
    same = np.cumsum(begins) - 1
    first = by_key[begins]
    number = np.full(weight.size, -1, np.int64)
    number[first] = np.arange(first.size)
    numbered = number[row]
    kept = (numbered >= 0) & (share > 0)
    counts = np.bincount(np.repeat(np.arange(many), np.diff(starts))[kept], minlength=many)
    return Rows(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        numbered[kept].astype(np.int32),
        share[kept],
        np.bincount(same, weights=weight[by_key], minlength=first.size),
    )


def entries_in_levels(rows: Rows) -> int:
    """How many entries :func:`in_levels` makes at most."""
    if (rows.share == 1.0).all():
        return rows.row.size
    count = np.bincount(rows.row, minlength=rows.weight.size)
    return int((count * (count + 1) // 2).sum())


def in_levels(rows: Rows) -> Rows:
    """The same with rows that are served whole or not at all: one that candidates serve by 0.3 and 0.8 becomes one of 0.3 of its
    people, which both serve, and one of 0.5 of them, which the second does."""
    if (rows.share == 1.0).all():
        return rows
    many = rows.offsets.size - 1
    candidate = np.repeat(np.arange(many), np.diff(rows.offsets))
    order = np.lexsort((candidate, -rows.share, rows.row))
    candidate, row, share = candidate[order], rows.row[order], rows.share[order]
    # A level ends where the next share of the row is smaller; its candidates are the first of the row up to there.
    last_of_row = np.append(row[1:] != row[:-1], True)
    end = np.flatnonzero(last_of_row | np.append(share[1:] < share[:-1], True))
    begin = np.maximum.accumulate(np.where(np.append(True, last_of_row[:-1]), np.arange(row.size), 0))[end]
    following = np.where(last_of_row[end], 0.0, share[np.minimum(end + 1, row.size - 1)])
    size = end + 1 - begin
    level = np.repeat(np.arange(end.size), size)
    entry = np.arange(level.size) - np.repeat(np.cumsum(size) - size, size) + np.repeat(begin, size)
    order = np.argsort(candidate[entry], kind="stable")
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(candidate[entry], minlength=many))])
    return merged(starts, level[order], np.ones(level.size), rows.weight[row[end]] * (share[end] - following))


def best_sum(
    profit: np.ndarray, kind: np.ndarray, cost: np.ndarray, limits: np.ndarray, budget: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """At most so much is the sum of profits of any allowed choice, and the candidates (with parts of them) that show it: the
    largest of each kind, or with a budget those of the fractional knapsack, whichever is less."""
    rank = np.argsort(-profit, kind="stable")
    rank = rank[(profit[rank] > 0) & (cost[rank] <= budget)]
    taken = [rank[kind[rank] == one][: max(0, int(limit))] for one, limit in enumerate(limits)]
    chosen = np.concatenate([np.zeros(0, np.int64), *taken])
    part, value = np.ones(chosen.size), float(profit[chosen].sum())
    if math.isfinite(budget) and float(cost[chosen].sum()) > budget:
        rank = rank[np.argsort(-(profit[rank] / cost[rank]), kind="stable")]
        fits = np.clip((budget - (np.cumsum(cost[rank]) - cost[rank])) / cost[rank], 0.0, 1.0)
        all_in = float((profit[rank] * fits).sum())
        if all_in < value:
            return rank[fits > 0], fits[fits > 0], all_in
    return chosen, part, value


def is_allowed(chosen: np.ndarray, kind: np.ndarray, cost: np.ndarray, limits: np.ndarray, budget: float) -> bool:
    """Whether a choice keeps the limits by kind and the budget."""
    counts = np.bincount(kind[chosen], minlength=limits.size)
    return bool((counts <= limits).all()) and float(cost[chosen].sum()) <= budget


def priced(
    rows: Rows,
    kind: np.ndarray,
    cost: np.ndarray,
    limits: np.ndarray,
    budget: float,
    known: np.ndarray,
    steps: int,
) -> Prices:
    """The bound after at most so many steps. ``known``: candidates of an allowed choice, from which the search starts."""
    offsets, row, share, weight = rows
    cover, way, best = np.zeros(weight.size), np.zeros(weight.size), np.zeros(weight.size)
    most, sure = np.empty(weight.size), np.zeros(weight.size)
    _largest(offsets, row, share, weight, most)
    known = np.asarray(known, np.int64)
    people, chosen = _served(offsets, row, share, weight, sure, known, np.ones(known.size), cover, best), known
    # Of whom one alone serves something in between is sure; of whom several do, all; of whom nobody does, nothing.
    sure = weight * best * np.where(cover == 0, 0.0, np.where(cover == 1, 0.5, 1.0))
    profit = np.empty(offsets.size - 1)
    bound, least, least_profit = math.inf, sure.copy(), np.full(profit.size, np.inf)
    length, since = 1.0, 0
    for _ in range(steps):
        _profits(offsets, row, share, weight, sure, profit)
        members, part, value = best_sum(profit, kind, cost, limits, budget)
        here = float(sure.sum()) + value
        since = 0 if here < bound * (1.0 - _LOWER) else since + 1
        if here < bound:
            bound, least, least_profit = here, sure.copy(), profit.copy()
        if bound <= people * (1.0 + 1e-12):
            break
        if since >= _PATIENCE:
            length, since, sure = 0.5 * length, 0, least.copy()
            way[:] = 0.0
            if length < _SHORTEST:
                break
            continue
        met = _served(offsets, row, share, weight, sure, members, part, cover, best)
        if met > people and (part == 1.0).all() and is_allowed(members, kind, cost, limits, budget):
            people, chosen = met, members.copy()
        if not _step(weight, most, cover, way, sure, here - people, length, _SMOOTH):
            break
    return Prices(max(bound, people), least_profit, chosen, people)


def settled(found: Prices, kind: np.ndarray, limits: np.ndarray, people: float) -> tuple[np.ndarray, np.ndarray]:
    """Masks of the candidates that no choice which serves more than ``people`` holds, and that every such choice holds.

    Without a budget. A candidate that is not among the largest profits of its kind takes the place of the least of them; the
    bound falls by the difference.
    """
    never, always = np.zeros(kind.size, bool), np.zeros(kind.size, bool)
    for one, limit in enumerate(limits):
        own = np.flatnonzero(kind == one)
        count = max(0, int(limit))
        if count == 0:
            never[own] = True
            continue
        falling = np.sort(np.maximum(found.profit[own], 0.0))[::-1]
        least = falling[count - 1] if own.size >= count else 0.0
        following = falling[count] if own.size > count else 0.0
        # Somewhat more than rounding is left for sums in another order.
        spare = people * (1.0 - 1e-9)
        never[own] = found.bound - np.maximum(least - found.profit[own], 0.0) < spare
        always[own] = (found.bound - np.maximum(found.profit[own] - following, 0.0) < spare) & ~never[own]
    return never, always
