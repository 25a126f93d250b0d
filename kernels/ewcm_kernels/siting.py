"""The best new sites: which of many candidates together serve most of the people whom nobody serves, and how far that can be
from the best choice there is.

A candidate serves a share of each row of demand; several serve the largest of their shares, so that a set S serves
F(S) = Σ weight · max share. F is monotone and submodular: what a candidate adds never rises while others are chosen. The next
one is found without working all of them out again (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set
functions", 1978), then single candidates are exchanged while that serves more.

**Bound.** Whatever is chosen after a set S of any size adds at most the sum of what its members add to S, so that the best
choice serves at most F(S) plus the k largest gains (of each kind, as many as may be chosen of it), and with a budget F(S) plus
the fractional knapsack of the gains. The least of these over all S that were met, and the bound of prices (``siting_prices``),
which is mostly much lower, is the bound; F / bound is what the choice is sure to reach of the best possible. The choices that
the prices suggest are further starts of the exchanges.
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.compiled import njit
from ewcm_kernels.discs import EARTH_RADIUS_KM
from ewcm_kernels.siting_prices import Rows, best_sum, merged, priced

#: Widens every disc by less than a micrometre, as in ``discs``.
_SLACK_KM = 1e-10

#: An exchange must serve so much more, as a share of all: less is rounding.
_LEAST_BETTER = 1e-12

#: Sets at which the bound is worked out from gains that are all up to date, evenly among the steps.
_BOUND_STEPS = 16

#: Steps of the search for prices: more lower the bound by less than a thousandth (docs/method-siting.md).
PRICE_STEPS = 200


class Problem(NamedTuple):
    """Candidate i serves the entries ``offsets[i]`` to before ``offsets[i + 1]`` of ``row`` (rows of demand) by ``share``."""

    offsets: np.ndarray  # i64[candidates + 1]
    row: np.ndarray  # i32[entries]
    share: np.ndarray  # f64[entries], 0..1
    weight: np.ndarray  # f64[rows], people
    kind: np.ndarray  # i64[candidates], 0, 1, …
    cost: np.ndarray  # f64[candidates], above 0


class Choice(NamedTuple):
    """``chosen``: candidates, in the order in which each adds most (for its cost, with a budget) to those before. ``gain``: what
    each adds; never rises without a budget. ``bound``: nobody can serve more. ``exchanges``: how many improved the choice."""

    chosen: np.ndarray
    gain: np.ndarray
    bound: float
    exchanges: int


@njit(cache=True, nogil=True)
def _gain(offsets, row, share, weight, best, candidate):
    """What a candidate adds to those whose largest shares are ``best``."""
    total = 0.0
    for entry in range(offsets[candidate], offsets[candidate + 1]):
        more = share[entry] - best[row[entry]]
        if more > 0.0:
            total += weight[row[entry]] * more
    return total


@njit(cache=True, nogil=True)
def gains(offsets, row, share, weight, best, out):
    """What each candidate adds to those whose largest shares are ``best`` (f64[rows]), into ``out`` (f64[candidates])."""
    for candidate in range(out.size):
        out[candidate] = _gain(offsets, row, share, weight, best, candidate)


@njit(cache=True, nogil=True)
def _lazy(offsets, row, share, weight, kind, limits, worth, cost, budget, least, best, open_, chosen, gain):
    """Choose one after the other, each time the candidate that adds most × worth, the first of several; returns how many.

    ``limits``: how many may be chosen of each kind (changed). ``worth``: f64[candidates], 1, or 1 / cost. ``best``: largest
    shares so far (changed). ``open_``: u8[candidates], which may be chosen (changed). Stops where nothing adds ``least``.
    """
    many = offsets.size - 1
    upper = np.empty(many)
    fresh = np.full(many, -1, np.int64)
    for candidate in range(many):
        upper[candidate] = np.inf if open_[candidate] else -1.0
    found, left = 0, budget
    while found < chosen.size:
        top = -1
        for candidate in range(many):
            if open_[candidate] and (top < 0 or upper[candidate] > upper[top]):
                top = candidate
        if top < 0:
            break
        if limits[kind[top]] <= 0 or cost[top] > left:
            open_[top] = 0
            continue
        if fresh[top] < found:  # worked out before others were chosen: it may add less by now, never more
            upper[top] = _gain(offsets, row, share, weight, best, top) * worth[top]
            fresh[top] = found
            continue
        added = _gain(offsets, row, share, weight, best, top)
        if added <= 0.0:
            break
        open_[top] = 0
        if added < least:
            continue
        for entry in range(offsets[top], offsets[top + 1]):
            if share[entry] > best[row[entry]]:
                best[row[entry]] = share[entry]
        limits[kind[top]] -= 1
        left -= cost[top]
        chosen[found] = top
        gain[found] = added
        found += 1
    return found


@njit(cache=True, nogil=True)
def _first_and_second(offsets, row, share, chosen, best, owner, second):
    """For each row the largest share of the chosen, the place in ``chosen`` of who has it (-1: nobody), and the next share."""
    best[:] = 0.0
    second[:] = 0.0
    owner[:] = -1
    for place in range(chosen.size):
        for entry in range(offsets[chosen[place]], offsets[chosen[place] + 1]):
            here = row[entry]
            if share[entry] > best[here]:
                second[here] = best[here]
                best[here] = share[entry]
                owner[here] = place
            elif share[entry] > second[here]:
                second[here] = share[entry]


@njit(cache=True, nogil=True)
def _best_exchange(offsets, row, share, weight, kind, limits, cost, left, chosen, best, owner, second):
    """The exchange of one chosen candidate that serves most more: what it adds, the place in ``chosen``, and the other.

    ``limits``: how many more may be chosen of each kind. ``left``: what the chosen leave of the budget.
    """
    many, size = offsets.size - 1, chosen.size
    loss = np.zeros(size)
    for here in range(weight.size):
        if owner[here] >= 0:
            loss[owner[here]] += weight[here] * (best[here] - second[here])
    taken = np.zeros(many, np.uint8)
    for place in range(size):
        taken[chosen[place]] = 1
    back = np.zeros(size)  # what of a loss the other candidate makes up for
    most, at, other = 0.0, -1, -1
    for candidate in range(many):
        if taken[candidate]:
            continue
        back[:] = 0.0
        total = 0.0
        for entry in range(offsets[candidate], offsets[candidate + 1]):
            here = row[entry]
            more = max(0.0, share[entry] - best[here])
            total += weight[here] * more
            if owner[here] >= 0:
                back[owner[here]] += weight[here] * (max(0.0, share[entry] - second[here]) - more)
        for place in range(size):
            added = total + back[place] - loss[place]
            if added <= most:
                continue
            out = chosen[place]
            if kind[out] != kind[candidate] and limits[kind[candidate]] <= 0:
                continue
            if cost[candidate] - cost[out] > left:
                continue
            most, at, other = added, place, candidate
    return most, at, other


@njit(cache=True, nogil=True)
def _discs(point_lon, first_of, order, x, y, z, site_lat, site_lon, radius_km, step, counts, out):
    """Points within discs, by bands of latitude ``step`` degrees high, in which they are sorted by longitude. Counts where
    ``out`` is empty, otherwise fills it from ``counts`` (offsets) on."""
    bands = first_of.size - 1
    for site in range(site_lat.size):
        angle = (radius_km[site] + _SLACK_KM) / EARTH_RADIUS_KM
        whole = angle >= math.pi
        chord2 = np.inf if whole else (2.0 * math.sin(0.5 * angle)) ** 2
        lat, lon = math.radians(site_lat[site]), math.radians(site_lon[site])
        sx, sy, sz = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
        reach = math.degrees(angle)
        polar = abs(site_lat[site]) + reach >= 89.9
        wide = 360.0 if polar or whole else 1e-6 + math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(lat))))
        low = max(0, math.floor((site_lat[site] - reach + 90.0) / step))
        high = min(bands - 1, math.floor((site_lat[site] + reach + 90.0) / step))
        found = np.int64(0)
        for band in range(low, high + 1):
            begin, end = first_of[band], first_of[band + 1]
            for turn in (-360.0, 0.0, 360.0):
                west, east = site_lon[site] + turn - wide, site_lon[site] + turn + wide
                if polar or whole:
                    if turn != 0.0:
                        continue
                    west, east = -np.inf, np.inf
                at, past = begin, end
                while at < past:
                    middle = (at + past) // 2
                    if point_lon[middle] < west:
                        at = middle + 1
                    else:
                        past = middle
                while at < end and point_lon[at] <= east:
                    dx, dy, dz = x[at] - sx, y[at] - sy, z[at] - sz
                    if dx * dx + dy * dy + dz * dz <= chord2:
                        if out.size:
                            out[counts[site] + found] = order[at]
                        found += 1
                    at += 1
        if not out.size:
            counts[site] = found


def points_within(
    point_lat: np.ndarray,
    point_lon: np.ndarray,
    site_lat: np.ndarray,
    site_lon: np.ndarray,
    radius_km: np.ndarray | float,
) -> tuple[np.ndarray, np.ndarray]:
    """The points within a great-circle radius [km] of each site: offsets (i64[sites + 1]) and points (i32).

    Degrees; longitudes in any turn, each point once.
    """
    lat = np.asarray(point_lat, np.float64)
    lon = (np.asarray(point_lon, np.float64) + 180.0) % 360.0 - 180.0
    site_lat = np.ascontiguousarray(site_lat, np.float64)
    site_lon = (np.asarray(site_lon, np.float64) + 180.0) % 360.0 - 180.0
    radius_km = np.ascontiguousarray(np.broadcast_to(np.asarray(radius_km, np.float64), site_lat.shape))
    step = 0.05
    bands = round(180.0 / step) + 1
    band = np.clip(np.floor((lat + 90.0) / step).astype(np.int64), 0, bands - 1)
    order = np.lexsort((lon, band))
    first = np.searchsorted(band[order], np.arange(bands + 1))
    lat_r, lon_r = np.radians(lat[order]), np.radians(lon[order])
    x, y, z = np.cos(lat_r) * np.cos(lon_r), np.cos(lat_r) * np.sin(lon_r), np.sin(lat_r)
    arrays = (lon[order], first, order.astype(np.int32), x, y, z, site_lat, site_lon, radius_km, step)
    counts = np.zeros(site_lat.size, np.int64)
    _discs(*arrays, counts, np.empty(0, np.int32))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    found = np.empty(int(offsets[-1]), np.int32)
    if found.size:
        _discs(*arrays, offsets, found)
    return offsets, found


def served(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    """The largest share of each row among the chosen, f64[rows]."""
    best, second = np.zeros(problem.weight.size), np.zeros(problem.weight.size)
    owner = np.empty(problem.weight.size, np.int64)
    _first_and_second(problem.offsets, problem.row, problem.share, np.asarray(chosen, np.int64), best, owner, second)
    return best


def choose(
    problem: Problem,
    limits: np.ndarray,
    budget: float = math.inf,
    least: float = 0.0,
    most_exchanges: int = 200,
    price_steps: int = PRICE_STEPS,
) -> Choice:
    """The choice of at most ``limits`` (i64) candidates of each kind within a budget.

    ``least``: no candidate is chosen that adds less. Candidates stand in the order of their identifiers: of several that add the
    same the first is chosen. With a budget: the better of the greedy choices by gain and by gain for the cost (which
    includes the best single one). Then exchanges, from there and from what prices suggest (``price_steps``: 0 for none).
    """
    limits = np.asarray(limits, np.int64)
    every = np.ones(problem.cost.size, np.uint8)
    tried = [_greedy(problem, limits, budget, least, every, by_cost=False)]
    if math.isfinite(budget):
        tried.append(_greedy(problem, limits, budget, least, every, by_cost=True))
    totals = [float(gain.sum()) for _, gain in tried]
    chosen = tried[int(np.argmax(totals))][0]
    # Where it ends early by the least gain, the question is for the best of as many as were chosen.
    allowed = limits if least <= 0 else np.bincount(problem.kind[chosen], minlength=limits.size)
    bound = min(_bound(problem, order, allowed, budget) for order, _ in tried)
    with_prices = price_steps > 0 and bound > max(totals) * (1.0 + _LEAST_BETTER)
    # The same with fewer rows, which exchanges and prices go through many times.
    small = _merged(problem) if with_prices else problem
    polished, exchanges = _exchanged(small, chosen, allowed, budget, most_exchanges)
    if exchanges:
        bound = min(bound, _bound(small, polished, allowed, budget, only_last=True))
    order, gain = _in_order(problem, polished, allowed, budget, least)
    if with_prices:
        lower, starts = _from_prices(small, allowed, budget, polished, price_steps)
        bound = min(bound, lower)
        for start in starts:
            other, more = _exchanged(small, start, allowed, budget, most_exchanges)
            found = _in_order(problem, other, allowed, budget, least)
            if float(found[1].sum()) > float(gain.sum()) * (1.0 + _LEAST_BETTER):
                (order, gain), exchanges = found, more
    return Choice(order, gain, max(bound, float(gain.sum())), exchanges)


def _merged(problem: Problem) -> Problem:
    """The problem with rows that the same candidates serve alike as one."""
    rows = merged(problem.offsets, problem.row, problem.share, problem.weight)
    return problem._replace(offsets=rows.offsets, row=rows.row, share=rows.share, weight=rows.weight)


def _from_prices(
    problem: Problem, limits: np.ndarray, budget: float, known: np.ndarray, steps: int
) -> tuple[float, list[np.ndarray]]:
    """The bound of prices, and up to two choices to start exchanges from: the best met on the way, and that of the last prices.

    ``problem``: of :func:`_merged`.
    """
    rows = Rows(problem.offsets, problem.row, problem.share, problem.weight)
    found = priced(rows, problem.kind, problem.cost, limits, budget, known, steps)
    last, part, _ = best_sum(found.profit, problem.kind, problem.cost, limits, budget)
    starts = [np.sort(found.chosen), np.sort(last[part == 1.0])]
    seen = [np.sort(known)]
    fresh = []
    for start in starts:
        if not any(np.array_equal(start, one) for one in seen):
            seen.append(start)
            fresh.append(start)
    return found.bound, fresh


def _in_order(
    problem: Problem, chosen: np.ndarray, limits: np.ndarray, budget: float, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """The chosen in the order in which each adds most to those before, and what it adds."""
    inside = np.zeros(problem.cost.size, np.uint8)
    inside[chosen] = 1
    return _greedy(problem, limits, budget, least, inside, by_cost=math.isfinite(budget))


def _greedy(
    problem: Problem, limits: np.ndarray, budget: float, least: float, may: np.ndarray, by_cost: bool
) -> tuple[np.ndarray, np.ndarray]:
    size = int(min(limits.clip(0).sum(), problem.cost.size))
    chosen, gain = np.empty(size, np.int64), np.empty(size)
    worth = 1.0 / problem.cost if by_cost else np.ones(problem.cost.size)
    best = np.zeros(problem.weight.size)
    found = _lazy(
        problem.offsets, problem.row, problem.share, problem.weight, problem.kind, limits.copy(), worth, problem.cost,
        budget, least, best, may.copy(), chosen, gain,
    )  # fmt: skip
    return chosen[:found], gain[:found]


def _bound(problem: Problem, order: np.ndarray, limits: np.ndarray, budget: float, only_last: bool = False) -> float:
    """The least bound over the sets of the first candidates of an order."""
    steps = np.unique(np.linspace(0, order.size, min(order.size + 1, _BOUND_STEPS)).astype(np.int64))
    least = math.inf
    added = np.empty(problem.cost.size)
    for step in steps[-1:] if only_last else steps:
        best = served(problem, order[:step])
        gains(problem.offsets, problem.row, problem.share, problem.weight, best, added)
        least = min(least, float((problem.weight * best).sum()) + _most_more(problem, added, limits, budget))
    return least


def _most_more(problem: Problem, added: np.ndarray, limits: np.ndarray, budget: float) -> float:
    """At most this much is added by any allowed choice: the largest gains of each kind, or the fractional knapsack of all."""
    affordable = np.where(problem.cost <= budget, added, 0.0)
    most = 0.0
    for kind, limit in enumerate(limits):
        own = affordable[problem.kind == kind]
        count = min(int(limit), own.size)
        if count > 0:
            most += float(np.partition(own, own.size - count)[own.size - count :].sum())
    if math.isfinite(budget):
        order = np.argsort(-affordable / problem.cost, kind="stable")
        spent = np.cumsum(problem.cost[order])
        part = np.clip((budget - (spent - problem.cost[order])) / problem.cost[order], 0.0, 1.0)
        most = min(most, float((affordable[order] * part).sum()))
    return most


def _exchanged(
    problem: Problem, chosen: np.ndarray, limits: np.ndarray, budget: float, most: int
) -> tuple[np.ndarray, int]:
    """The chosen after exchanges of one for another, as long as each serves more, and how many there were."""
    chosen, done = chosen.copy(), 0
    rows = problem.weight.size
    best, second, owner = np.zeros(rows), np.zeros(rows), np.empty(rows, np.int64)
    enough = _LEAST_BETTER * float(problem.weight.sum())
    while chosen.size and done < most:
        _first_and_second(problem.offsets, problem.row, problem.share, chosen, best, owner, second)
        free = limits - np.bincount(problem.kind[chosen], minlength=limits.size)
        left = budget - float(problem.cost[chosen].sum())
        added, place, other = _best_exchange(
            problem.offsets, problem.row, problem.share, problem.weight, problem.kind, free, problem.cost, left, chosen,
            best, owner, second,
        )  # fmt: skip
        if added <= enough:
            break
        chosen[place] = other
        done += 1
    return chosen, done
