"""The best sites, the plain way: every candidate asked anew at each step, every choice tried."""

import itertools
import math


def total(serves, weight, chosen):
    """People served by the chosen together. ``serves``: a mapping from rows to shares for each candidate."""
    return math.fsum(w * max((serves[i].get(row, 0.0) for i in chosen), default=0.0) for row, w in enumerate(weight))


def greedy(serves, weight, kind, limits):
    """Choice and gains: each time the candidate that adds most, the first of several; nobody who adds nothing."""
    chosen, gains, left = [], [], list(limits)
    while True:
        now = total(serves, weight, chosen)
        added = [
            (total(serves, weight, [*chosen, i]) - now, -i)
            for i in range(len(serves))
            if i not in chosen and left[kind[i]] > 0
        ]
        if not added or max(added)[0] <= 1e-12:
            return chosen, gains
        gain, minus = max(added)
        chosen.append(-minus)
        gains.append(gain)
        left[kind[-minus]] -= 1


def best(serves, weight, kind, limits, cost=None, budget=math.inf):
    """The most people that any allowed choice serves."""
    most = 0.0
    for size in range(min(len(serves), sum(limits)) + 1):
        for chosen in itertools.combinations(range(len(serves)), size):
            allowed = all(sum(kind[i] == k for i in chosen) <= limit for k, limit in enumerate(limits))
            if allowed and (cost is None or sum(cost[i] for i in chosen) <= budget):
                most = max(most, total(serves, weight, chosen))
    return most


def better(serves, weight, kind, limits, people):
    """Every choice within limits that serves more."""
    for size in range(min(len(serves), sum(limits)) + 1):
        for chosen in itertools.combinations(range(len(serves)), size):
            allowed = all(sum(kind[i] == k for i in chosen) <= limit for k, limit in enumerate(limits))
            if allowed and total(serves, weight, chosen) > people:
                yield chosen
