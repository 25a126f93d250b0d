"""A close upper bound of how many people any allowed choice of sites can serve, from prices of the people.

Say that each person of row r costs ``price_r`` (0 to the weight of the row) whenever one more of the chosen serves the row.
Whatever the prices, no choice serves more than

    L(price) = Σ (weight_r − price_r) + the largest sum of profits of an allowed choice,  profit_i = Σ price_r over the rows of i

(M. L. Fisher, "The Lagrangian relaxation method for solving integer programming problems", 1981). The least L of all is the
bound that linear programming gives. Steps go down along the subgradient, smoothed over the last ones: a row that several of the
chosen serve becomes cheaper, one that nobody serves dearer. Profits also tell which candidates no better choice can hold, or
lack (:func:`settled`).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

#: Part of the last direction that is kept in the next.
_SMOOTH = 0.5

#: Steps without a lower bound after which the length of the steps is halved.
_PATIENCE = 10

#: A bound counts as lower from such a share on.
_LOWER = 1e-5

#: Length of the steps, as a share of the distance to the people served, at which the search ends.
_SHORTEST = 1e-4


class Rows(NamedTuple):
    """Candidate i serves the rows ``row[offsets[i]]`` to before ``row[offsets[i + 1]]``, each whole, of ``weight`` people."""

    offsets: np.ndarray  # i64[candidates + 1]
    row: np.ndarray  # i32[entries]
    weight: np.ndarray  # f64[rows], above 0


class Prices(NamedTuple):
    """``bound``: no allowed choice serves more. ``price``: f64[rows], which show it; ``profit``: f64[candidates], of them.
    ``chosen``: candidates of the best choice met on the way, which serve ``people``."""

    bound: float
    price: np.ndarray
    profit: np.ndarray
    chosen: np.ndarray
    people: float


@njit(cache=True, nogil=True)
def _keys(offsets, row, code, out):
    """The sum (modulo 2⁶⁴) of the codes of the candidates of each row: rows with the same candidates have the same."""
    for candidate in range(offsets.size - 1):
        for entry in range(offsets[candidate], offsets[candidate + 1]):
            out[row[entry], 0] += code[0, candidate]
            out[row[entry], 1] += code[1, candidate]


@njit(cache=True, nogil=True)
def _profits(offsets, row, price, out):
    for candidate in range(out.size):
        total = 0.0
        for entry in range(offsets[candidate], offsets[candidate + 1]):
            total += price[row[entry]]
        out[candidate] = total


@njit(cache=True, nogil=True)
def _served(offsets, row, weight, chosen, part, cover):
    """How many of the chosen (each by its ``part``) serve each row, into ``cover``; returns the people whom they serve."""
    cover[:] = 0.0
    for place in range(chosen.size):
        for entry in range(offsets[chosen[place]], offsets[chosen[place] + 1]):
            cover[row[entry]] += part[place]
    people = 0.0
    for here in range(weight.size):
        people += weight[here] * min(1.0, cover[here])
    return people


@njit(cache=True, nogil=True)
def _step(weight, cover, way, price, gap, length, smooth):
    """One step of the prices along the subgradient; returns whether there is a way to go."""
    norm = 0.0
    for here in range(weight.size):
        way[here] = smooth * way[here] + (1.0 - smooth) * (cover[here] - 1.0)
        if (way[here] < 0.0 and price[here] < weight[here]) or (way[here] > 0.0 and price[here] > 0.0):
            norm += weight[here] * way[here] * way[here]
    if norm <= 0.0:
        return False
    scale = length * gap / norm
    for here in range(weight.size):
        price[here] = min(weight[here], max(0.0, price[here] - scale * weight[here] * way[here]))
    return True


def merged(offsets: np.ndarray, row: np.ndarray, share: np.ndarray, weight: np.ndarray) -> Rows:
    """Rows of demand with the same candidates as one, and those served by parts as levels.

    A row that candidates serve by 0.3 and 0.8 is 0.3 of a row of both and 0.5 of a row of the second, so that every row is
    served whole or not at all.
    """
    many = offsets.size - 1
    starts = np.asarray(offsets, np.int64)
    if not ((share == 1.0).all() and (weight > 0).all()):
        starts, row, weight = _whole_rows(starts, row, share, weight)
    # Which candidates a row has, as two sums of random numbers of 64 bits, one for each candidate.
    code = np.random.default_rng(0).integers(0, 2**63, (2, many), dtype=np.uint64)
    key = np.zeros((weight.size, 2), np.uint64)
    _keys(starts, row, code, key)
    served = np.flatnonzero(key.any(axis=1))
    by_key = served[np.lexsort((key[served, 1], key[served, 0]))]
    begins = np.append(True, (key[by_key[1:]] != key[by_key[:-1]]).any(axis=1))[: by_key.size]
    same = np.cumsum(begins) - 1
    first = by_key[begins]
    number = np.full(weight.size, -1, np.int64)
    number[first] = np.arange(first.size)
    numbered = number[row]
    kept = numbered >= 0
    counts = np.bincount(np.repeat(np.arange(many), np.diff(starts))[kept], minlength=many)
    return Rows(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        numbered[kept].astype(np.int32),
        np.bincount(same, weights=weight[by_key], minlength=first.size),
    )


def _whole_rows(
    offsets: np.ndarray, row: np.ndarray, share: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, rows and weights with each level of a row that is served by parts as a row of its own."""
    many = offsets.size - 1
    candidate = np.repeat(np.arange(many), np.diff(offsets))
    used = (share > 0) & (weight[row] > 0)
    candidate, row, share = candidate[used], row[used].astype(np.int64), share[used]
    partly = np.zeros(weight.size, bool)
    partly[row[share < 1.0]] = True
    inside = partly[row]
    level_row, level_candidate, level_weight = _levels(row[inside], candidate[inside], share[inside], weight)
    row = np.concatenate([row[~inside], weight.size + level_row])
    candidate = np.concatenate([candidate[~inside], level_candidate])
    order = np.argsort(candidate, kind="stable")
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(candidate, minlength=many))])
    return starts, row[order], np.concatenate([np.where(partly, 0.0, weight), level_weight])


def _levels(
    row: np.ndarray, candidate: np.ndarray, share: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries (row of the level, candidate) and weights of the levels of rows that are served by parts."""
    order = np.lexsort((candidate, -share, row))
    candidate, row, share = candidate[order], row[order], share[order]
    if not row.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    # A level ends where the next share of the row is smaller; its candidates are the first of the row up to there.
    last_of_row = np.append(row[1:] != row[:-1], True)
    end = np.flatnonzero(last_of_row | np.append(share[1:] < share[:-1], True))
    begin = np.maximum.accumulate(np.where(np.append(True, last_of_row[:-1]), np.arange(row.size), 0))[end]
    following = np.where(last_of_row[end], 0.0, share[np.minimum(end + 1, row.size - 1)])
    size = end + 1 - begin
    level = np.repeat(np.arange(end.size), size)
    entry = np.arange(level.size) - np.repeat(np.cumsum(size) - size, size) + np.repeat(begin, size)
    return level, candidate[entry], weight[row[end]] * (share[end] - following)


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


def priced(
    rows: Rows,
    kind: np.ndarray,
    cost: np.ndarray,
    limits: np.ndarray,
    budget: float,
    known: np.ndarray,
    steps: int,
) -> Prices:
    """Prices after at most so many steps. ``known``: candidates of an allowed choice, from which the search starts."""
    offsets, row, weight = rows
    many, total = offsets.size - 1, float(weight.sum())
    cover, way = np.zeros(weight.size), np.zeros(weight.size)
    known = np.asarray(known, np.int64)
    people, chosen = _served(offsets, row, weight, known, np.ones(known.size), cover), known
    # Who is served by one alone is worth something in between; by several, nothing; by nobody, everything.
    price = np.where(cover == 0, weight, np.where(cover == 1, 0.5 * weight, 0.0))
    profit = np.empty(many)
    bound, best, best_profit = math.inf, price.copy(), profit.copy()
    length, since = 1.0, 0
    for _ in range(steps):
        _profits(offsets, row, price, profit)
        members, part, value = best_sum(profit, kind, cost, limits, budget)
        here = total - float(price.sum()) + value
        since = 0 if here < bound * (1.0 - _LOWER) else since + 1
        if here < bound:
            bound, best, best_profit = here, price.copy(), profit.copy()
        if bound <= people * (1.0 + 1e-12):
            break
        if since >= _PATIENCE:
            length, since, price = 0.5 * length, 0, best.copy()
            way[:] = 0.0
            if length < _SHORTEST:
                break
            continue
        met = _served(offsets, row, weight, members, part, cover)
        if met > people and (part == 1.0).all():
            people, chosen = met, members.copy()
        if not _step(weight, cover, way, price, here - people, length, _SMOOTH):
            break
    return Prices(max(bound, people), best, best_profit, chosen, people)


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
