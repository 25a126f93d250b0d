"""Exposure, grid cell by grid cell and area by area, in plain Python; bounds of several hazards by linear programmes."""

import itertools

import numpy as np
from scipy.optimize import linprog


def exposure(people, share, shares, areas):
    """Sums by area (an integer raster): ``share`` exposed (NaN unknown), ``shares[case]`` = (covered, uncovered, unknown)."""
    found = {}
    for cell in np.ndindex(people.shape):
        persons, e = float(people[cell]), float(share[cell])
        row = found.setdefault(areas[cell], dict.fromkeys(
            ("people", "exposed", "unknown_hazard", "exposed_covered", "exposed_uncovered", "exposed_uncovered_low",
             "exposed_uncovered_high", "exposed_unknown_coverage"), 0.0))  # fmt: skip
        if np.isnan(persons):
            continue
        row["people"] += persons
        if np.isnan(e):
            row["unknown_hazard"] += persons
            continue
        covered, uncovered, unknown = (shares["central"][part][cell] for part in range(3))
        row["exposed"] += persons * e
        row["exposed_covered"] += persons * e * covered
        row["exposed_uncovered"] += persons * e * uncovered
        row["exposed_unknown_coverage"] += persons * e * unknown
        row["exposed_uncovered_low"] += persons * max(0.0, e + shares["high"][1][cell] - 1)
        row["exposed_uncovered_high"] += persons * min(e, shares["low"][1][cell])
    return found


def at_least(shares, count):
    """Lowest and highest share that at least ``count`` of the hazards can reach, over all ways in which they may overlap."""
    states = list(itertools.product((0, 1), repeat=len(shares)))
    reached = np.array([sum(state) >= count for state in states], float)
    equal = np.vstack([np.array(states, float).T, np.ones(len(states))])
    right = np.append(shares, 1.0)
    low = linprog(reached, A_eq=equal, b_eq=right, bounds=(0, 1))
    high = linprog(-reached, A_eq=equal, b_eq=right, bounds=(0, 1))
    return low.fun, -high.fun
