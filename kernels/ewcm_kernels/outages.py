"""What networks that lose sites still cover: for each grid cell the expected share that a standing site covers, and its bounds.

The places of a grid cell are numbered 0..1 so that a footprint of share c holds those below c: the larger footprint holds the
smaller, as everywhere in the engine. Sites fail in groups: a number U, even on 0..1, is drawn for each group, and the power at
site i is off where U < off_i. Given U sites stand or fall by themselves, but a site falls with the one that it hangs on (its
``parent``, of the same group).
"""

import numpy as np

from ewcm_kernels.bands import run
from ewcm_kernels.compiled import njit

#: Cells that one thread works on together.
_CELLS_AT_A_TIME = 2048


def expected_share(offsets, sites, shares, most, beyond, group, off, stand_on, stand_off, parent, depth):
    """For each cell the share that a standing site covers (float64), and of the rest up to ``most`` that above ``beyond``.

    Cell i has the entries ``offsets[i]`` to before ``offsets[i + 1]`` of ``sites`` (i32, rising) and ``shares`` (f64, 0..1).
    ``most``: f64 (cells), nothing above it counts. ``beyond``: f64 (cells), what lies above it is lost with the sites. Of each
    site: ``group`` (i64; sites stand in the order of their groups, and in a group by falling ``off``), ``off`` (chance that its
    power is off), ``stand_on`` and ``stand_off`` (chance to stand while its power is on, or off), ``parent`` (i64, −1: none),
    ``depth`` (i64, how many it hangs on, one behind another).
    """
    cells = offsets.size - 1
    kept, lost = np.zeros(cells), np.zeros(cells)
    tree = bool((parent >= 0).any())
    common = (offsets, sites, shares, most, beyond, group, off, stand_on, stand_off, parent, depth, tree, kept, lost)
    starts = range(0, cells, _CELLS_AT_A_TIME)
    jobs = [(start, min(cells, start + _CELLS_AT_A_TIME), *common) for start in starts]
    run(_expected, jobs)
    return kept, lost


def bounds(offsets, sites, shares, most, stand):
    """Least and most of the same share, whatever the dependence of the sites and wherever in the cell their footprints lie.

    ``stand``: f64, the chance of each site to stand. With footprints c, chances s and their union f (``most``): at most
    min(f, Σ c s); at least ∫₀¹ max(largest c of sites with s > t, f − Σ c of those with s ≤ t, 0) dt.
    """
    cells = offsets.size - 1
    low, high = np.zeros(cells), np.zeros(cells)
    jobs = [
        (start, min(cells, start + _CELLS_AT_A_TIME), offsets, sites, shares, most, stand, low, high)
        for start in range(0, cells, _CELLS_AT_A_TIME)
    ]
    run(_bounds, jobs)
    return low, high


def chance_to_stand(group, off, stand_on, stand_off, parent, depth):
    """The chance of each site to stand, those that it hangs on included (f64)."""
    count = group.size
    offsets = np.arange(count + 1, dtype=np.int64)
    one = np.ones(count)
    sites = np.arange(count, dtype=np.int32)
    return expected_share(offsets, sites, one, one, one, group, off, stand_on, stand_off, parent, depth)[0]


@njit(cache=True, nogil=True)
def _expected(
    first, past, offsets, sites, shares, most, beyond, group, off, stand_on, stand_off, parent, depth, tree, kept, lost
):
    for cell in range(first, past):
        begin, end = offsets[cell], offsets[cell + 1]
        top = 0.0
        for entry in range(begin, end):
            top = max(top, min(shares[entry], most[cell]))
        # Layer by layer from the top: those places are covered by the sites whose share reaches so high.
        while top > 0.0:
            below = 0.0
            for entry in range(begin, end):
                share = min(shares[entry], most[cell])
                if share < top:
                    below = max(below, share)
            if tree:
                none = _none_of_trees(begin, end, sites, shares, top, group, off, stand_on, stand_off, parent, depth)
            else:
                none = _none_stands(begin, end, sites, shares, top, group, off, stand_on, stand_off)
            kept[cell] += (top - below) * (1.0 - none)
            lost[cell] += max(0.0, top - max(below, beyond[cell])) * none
            top = below


@njit(cache=True, nogil=True)
def _none_stands(begin, end, sites, shares, top, group, off, stand_on, stand_off):
    """Chance that none of the sites stands that cover places up to ``top``, where none hangs on another."""
    none = 1.0
    falls_on = np.empty(end - begin + 1)  # chance that those from here on fall with their power on
    here = np.empty(end - begin, np.int64)
    entry = begin
    while entry < end and none > 0.0:
        of_group = group[sites[entry]]
        count = 0
        while entry < end and group[sites[entry]] == of_group:
            if shares[entry] >= top:
                here[count] = sites[entry]
                count += 1
            entry += 1
        if count == 0:
            continue
        falls_on[count] = 1.0
        for place in range(count - 1, -1, -1):
            falls_on[place] = falls_on[place + 1] * (1.0 - stand_on[here[place]])
        chance, falls_off, above = 0.0, 1.0, 1.0
        for place in range(count):
            # U from off of this site up to that of the one before: the power is off at those before.
            chance += (above - off[here[place]]) * falls_off * falls_on[place]
            above = off[here[place]]
            falls_off *= 1.0 - stand_off[here[place]]
        none *= chance + above * falls_off
    return none


@njit(cache=True, nogil=True)
def _none_of_trees(begin, end, sites, shares, top, group, off, stand_on, stand_off, parent, depth):
    """The same where sites hang on others."""
    none = 1.0
    entry = begin
    while entry < end and none > 0.0:
        of_group = group[sites[entry]]
        start, size = entry, 0
        while entry < end and group[sites[entry]] == of_group:
            if shares[entry] >= top:
                size += 1 + depth[sites[entry]]
            entry += 1
        if size == 0:
            continue
        nodes, covers = np.empty(size, np.int64), np.zeros(size, np.bool_)
        count = 0
        for place in range(start, entry):
            if shares[place] < top:
                continue
            node, own = np.int64(sites[place]), True
            while node >= 0:
                at = 0
                while at < count and nodes[at] != node:
                    at += 1
                if at == count:
                    nodes[count] = node
                    count += 1
                covers[at] = covers[at] or own
                node, own = parent[node], False
        none *= _none_of_group(nodes[:count], covers[:count], off, stand_on, stand_off, parent, depth)
    return none


@njit(cache=True, nogil=True)
def _none_of_group(nodes, covers, off, stand_on, stand_off, parent, depth):
    """Chance that no site of one group that covers stands: the sum over where U lies among the chances of no power."""
    edges = np.empty(nodes.size + 2)
    deepest = 0
    for at in range(nodes.size):
        edges[at] = off[nodes[at]]
        deepest = max(deepest, depth[nodes[at]])
    edges[nodes.size], edges[nodes.size + 1] = 0.0, 1.0
    edges = np.sort(edges)
    none = 0.0
    below = np.empty(nodes.size)  # chance that none below a site stands, given that the site does
    for step in range(edges.size - 1):
        width = edges[step + 1] - edges[step]
        if width <= 0.0:
            continue
        u = 0.5 * (edges[step] + edges[step + 1])
        below[:] = 1.0
        chance = 1.0
        for level in range(deepest, -1, -1):
            for at in range(nodes.size):
                node = nodes[at]
                if depth[node] != level:
                    continue
                stands = stand_off[node] if u < off[node] else stand_on[node]
                silent = 1.0 - stands if covers[at] else (1.0 - stands) + stands * below[at]
                if parent[node] < 0:
                    chance *= silent
                    continue
                for other in range(nodes.size):
                    if nodes[other] == parent[node]:
                        below[other] *= silent
        none += width * chance
    return none


@njit(cache=True, nogil=True)
def _bounds(first, past, offsets, sites, shares, most, stand, low, high):
    for cell in range(first, past):
        begin, end = offsets[cell], offsets[cell + 1]
        count = end - begin
        if count == 0:
            continue
        chance, share = np.empty(count), np.empty(count)
        for place in range(count):
            chance[place] = stand[sites[begin + place]]
            share[place] = min(shares[begin + place], most[cell])
        order = np.argsort(chance)
        total = 0.0
        for place in range(count):
            total += chance[place] * share[place]
        high[cell] = min(most[cell], total)
        # From t = 0 up: sites leave as their chance is passed.
        largest = np.zeros(count + 1)
        for place in range(count - 1, -1, -1):
            largest[place] = max(largest[place + 1], share[order[place]])
        gone, t, found = 0.0, 0.0, 0.0
        for place in range(count):
            following = min(1.0, chance[order[place]])
            found += max(0.0, following - t) * max(largest[place], most[cell] - gone, 0.0)
            t = max(t, following)
            gone += share[order[place]]
        found += (1.0 - t) * max(most[cell] - gone, 0.0)
        low[cell] = min(found, high[cell])
