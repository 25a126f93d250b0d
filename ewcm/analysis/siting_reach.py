"""Whom each candidate would serve: everybody within a radius, or what its footprint over the terrain covers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ewcm_kernels.places import SHARE_STEPS
from ewcm_kernels.siting import points_within

from ewcm.analysis.siting_demand import Demand
from ewcm.core import grid, longitude
from ewcm.core.footprints import Footprints
from ewcm.core.fraction import CASES

#: A disc smaller than this many grid cells across is measured by parts of cells.
_FEW_CELLS = 4.0

#: Lines across a grid cell along which a small disc is measured.
_LINES = 32

#: Candidates that are looked at together.
_AT_A_TIME = 1000

#: Candidates by demand: offsets, points and shares.
Reach = tuple[np.ndarray, np.ndarray, np.ndarray]


def reach_of(demand: Demand, lat: np.ndarray, lon: np.ndarray, radius_km: np.ndarray) -> Reach:
    """The points within a radius of each candidate, and which share of their ground.

    A point is within whole where its centre is. Discs that are few grid cells across (sirens) have the share of each cell's
    ground: its people are taken to live evenly on it.
    """
    small = 2 * radius_km < _FEW_CELLS * float(max(demand.width_km.max(initial=0), demand.height_km.max(initial=0)))
    small &= radius_km < 5.0  # towers are counted by centres, as the circle model has it
    beyond = 0.5 * np.hypot(demand.width_km.max(initial=0), demand.height_km.max(initial=0))
    offsets, point = points_within(demand.lat, demand.lon, lat, lon, radius_km + np.where(small, beyond, 0.0))
    share = np.ones(point.size)
    site = np.repeat(np.arange(lat.size), np.diff(offsets))
    parts = np.flatnonzero(small[site])
    share[parts] = _parts(demand, point[parts], lat[site[parts]], lon[site[parts]], radius_km[site[parts]])
    kept = share > 0
    counts = np.bincount(site[kept], minlength=lat.size)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]), point[kept], share[kept]


def _parts(demand: Demand, point: np.ndarray, lat: np.ndarray, lon: np.ndarray, radius_km: np.ndarray) -> np.ndarray:
    """Share of each point's ground within a disc, on the plane around it."""
    north = (demand.lat[point] - lat) * grid.KM_PER_DEG
    east = longitude.near(demand.lon[point] - lon, 0.0) * grid.KM_PER_DEG * np.cos(np.radians(demand.lat[point]))
    found = np.zeros(point.size)
    width, half_height = demand.width_km[point], demand.height_km[point] / 2
    south, top = np.maximum(north - half_height, -radius_km), np.minimum(north + half_height, radius_km)
    high = np.maximum(top - south, 0.0)
    for part in (np.arange(_LINES) + 0.5) / _LINES:
        # Along each line from west to east the part within the disc is exact.
        half = np.sqrt(np.maximum(radius_km**2 - (south + part * high) ** 2, 0.0))
        found += np.maximum(np.minimum(east + width / 2, half) - np.maximum(east - width / 2, -half), 0.0) / width
    found *= high / (2 * half_height * _LINES)
    return found


def footprint_reach(demand: Demand, footprints: Footprints, of_candidate: np.ndarray) -> tuple[Reach, Reach, Reach]:
    """The points that the footprint of each candidate covers, and which share of their people: low coverage, central, high.

    ``of_candidate``: number of the footprint of each, -1 for none. ``demand``: with ``cells``. A point that stands for several
    grid cells is covered by the share of its people out of reach (of all its cells alike where the central case has none).
    """
    assert demand.cells is not None, "the demand was made without its grid cells"
    cell, point, people = demand.cells
    of_point = np.bincount(point, weights=people, minlength=demand.size)
    many = np.bincount(point, minlength=demand.size)
    part = np.where(of_point[point] > 0, people / np.maximum(of_point[point], 1e-300), 1.0 / many[point])
    parts: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in CASES]
    nothing = np.zeros(0, np.int64), np.zeros(0)
    for number in of_candidate:
        if number < 0:
            for each in parts:
                each.append(nothing)
            continue
        covered, share = footprints.of(int(number))
        at = np.searchsorted(cell, covered)
        at[at == cell.size] = 0
        here = cell[at] == covered if cell.size else np.zeros(covered.size, bool)
        at, share = at[here], share[here]
        reached, same = np.unique(point[at], return_inverse=True)
        for case, each in enumerate(parts):
            summed = np.bincount(same, weights=part[at] * (share[:, case] / SHARE_STEPS), minlength=reached.size)
            kept = summed > 0
            each.append((reached[kept], np.minimum(summed[kept], 1.0)))
    low, central, high = (_joined(each) for each in parts)
    return low, central, high


def _joined(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> Reach:
    return (
        np.concatenate([np.zeros(1, np.int64), np.cumsum([point.size for point, _ in parts], dtype=np.int64)]),
        np.concatenate([np.zeros(0, np.int32), *(point.astype(np.int32) for point, _ in parts)]),
        np.concatenate([np.zeros(0), *(share for _, share in parts)]),
    )


def people_of_each(reach: Reach, people: np.ndarray) -> np.ndarray:
    """Whom each candidate would serve alone, of some people at each point."""
    offsets, point, share = reach
    site = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    found: np.ndarray = np.bincount(site, weights=people[point] * share, minlength=offsets.size - 1)
    return found


def people_alone(demand: Demand, lat: np.ndarray, lon: np.ndarray, radius_km: float, people: np.ndarray) -> np.ndarray:
    """Whom each candidate would serve alone within a radius; some at a time, as there may be very many."""
    parts = [slice(start, start + _AT_A_TIME) for start in range(0, lat.size, _AT_A_TIME)]
    each = [
        people_of_each(reach_of(demand, lat[one], lon[one], np.full(lat[one].size, radius_km)), people) for one in parts
    ]
    return np.concatenate([np.zeros(0), *each])


def one_after_the_other(first: Reach, second: Reach) -> Reach:
    """The candidates of two lists as one."""
    return (
        np.concatenate([first[0], first[0][-1] + second[0][1:]]),
        np.concatenate([first[1], second[1]]),
        np.concatenate([first[2], second[2]]),
    )


def only(reach: Reach, chosen: np.ndarray) -> Reach:
    """Some of the candidates, in that order."""
    offsets, point, share = reach
    return _joined([(point[offsets[one] : offsets[one + 1]], share[offsets[one] : offsets[one + 1]]) for one in chosen])
