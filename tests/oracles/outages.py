"""What networks that lose sites still cover, by trying every state of every site: slow, obvious, for a few sites."""

import itertools

import numpy as np


def brute_force(shares, most, beyond, group, off, stand_on, stand_off, parent):
    """Expected kept and lost share of one grid cell, over all 2^n states of its sites and all places of U of each group.

    Arrays of one length, a site each; see ``ewcm_kernels.outages``.
    """
    sites, groups = range(len(shares)), sorted(set(group))
    edges = {g: sorted({0.0, 1.0, *(off[i] for i in sites if group[i] == g)}) for g in groups}
    spans = [list(itertools.pairwise(edges[g])) for g in groups]
    kept = lost = 0.0
    for places in itertools.product(*spans):
        weight = np.prod([high - low for low, high in places])
        u = dict(zip(groups, [(low + high) / 2 for low, high in places], strict=True))
        stand = [stand_off[i] if u[group[i]] < off[i] else stand_on[i] for i in sites]
        for state in itertools.product((0, 1), repeat=len(shares)):
            chance = weight * np.prod([p if up else 1 - p for p, up in zip(stand, state, strict=True)])
            if chance == 0:
                continue
            covered = max([min(shares[i], most) for i in sites if _stands(i, state, parent)], default=0.0)
            held = max([min(share, most) for share in shares], default=0.0)
            kept += chance * covered
            lost += chance * max(0.0, held - max(covered, beyond))
    return kept, lost


def _stands(site, state, parent):
    while site >= 0:
        if not state[site]:
            return False
        site = parent[site]
    return True


def extremes(shares, most, stand):
    """Least and most of the expected share over every joint law of the sites with these chances to stand, for footprints that
    hold the smaller ones: two linear programmes over all 2^n states."""
    from scipy.optimize import linprog

    states = list(itertools.product((0, 1), repeat=len(shares)))
    value = [max([min(c, most) for c, up in zip(shares, state, strict=True) if up], default=0.0) for state in states]
    rows = [[state[i] for state in states] for i in range(len(shares))] + [[1] * len(states)]
    law = {"A_eq": rows, "b_eq": [*stand, 1.0], "bounds": (0, 1)}
    low, high = linprog(value, **law), linprog([-v for v in value], **law)
    return low.fun, -high.fun
