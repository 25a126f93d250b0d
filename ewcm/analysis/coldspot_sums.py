"""What each coldspot holds, summed over blocks of rows: sums of multiples of small powers of two, exact in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ewcm_kernels.claims import NOT_GROUND, claims

from ewcm.analysis.cell_points import CellPoints
from ewcm.analysis.coldspot_ground import QUANTUM, CodeRuns, counted
from ewcm.analysis.unreached import is_ground, unreached_people
from ewcm.core import grid
from ewcm.core.fraction import CASES, Case, Shares
from ewcm.core.row_blocks import RowBlock
from ewcm.core.zones import MIXED, Zones
from ewcm.coverage.combine import Coverage

#: Areas [km²] and people times distances [persons·km] are counted in these, so that their sums are exact.
_AREA_QUANTUM = 2.0**-30
_DISTANCE_QUANTUM = 2.0**-22


#: Gives shares (0..1) of the people of some cells (flat indices, counted from the first of the rows), of shape (fields, cells),
#: such as who is exposed to hazards.
Fields = Callable[[slice, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class BlockOfClaims(RowBlock):
    """A block of rows with all that is needed to say whose its cells are.

    ``areas``, ``distance_km`` and ``runs`` are of these rows alone. ``first_point_row``, ``owner`` and ``rim``: see
    :func:`ewcm.analysis.coldspot_ground.rows_of`. ``centre_deg``: latitudes and longitudes of the centres. ``fields``: of the
    people out of reach, further shares to be summed.
    """

    coverage: Coverage
    service: str
    case: Case
    fraction: float
    radius_km: float
    points: CellPoints
    areas: Zones
    distance_km: np.ndarray | None
    runs: CodeRuns
    first_point_row: int
    owner: np.ndarray
    rim: tuple[np.ndarray, np.ndarray]
    centre_deg: tuple[np.ndarray, np.ndarray]
    fields: Fields | None = None


class Claimed(NamedTuple):
    """Sums by centre (all of shape (centres,)).

    ``people``: out of reach in the case of the list; ``people_low``, ``people_high``: see docs/formats.md; ``at_rim``: those of
    the ground at the rim of the radius and within it, whoever claims them; ``distance``: people × distance to coverage.
    ``most``, ``lat``, ``lon``: the cell with most people. ``main_area``: area in which most of the people live (-1: none), and
    how many. ``fields``: float64 (fields, centres), people out of reach times each of the fields. ``runs``: row, start, stop
    and centre of the runs of cells, or of points of the lattice, that they are drawn from. ``by_area``: float64 (areas, 3),
    people out of reach in coldspots, in scattered places and in partly covered cells.
    """

    people: np.ndarray
    people_low: np.ndarray
    people_high: np.ndarray
    at_rim: np.ndarray
    distance: np.ndarray
    cells: np.ndarray
    area_km2: np.ndarray
    most: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    main_area: np.ndarray
    main_area_people: np.ndarray
    fields: np.ndarray
    runs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    by_area: np.ndarray


class _Part(NamedTuple):
    """The same of one block, by the centres that have cells there (``centre``). ``votes``: people by centre (place in
    ``centre``) and area. ``drawn``: row, column and centre of the cells, or points of the lattice, to draw."""

    centre: np.ndarray
    sums: dict[str, np.ndarray]
    at_rim: np.ndarray
    extra_centre: np.ndarray
    extra_people: np.ndarray
    best: tuple[np.ndarray, np.ndarray, np.ndarray]
    votes: tuple[np.ndarray, np.ndarray, np.ndarray]
    fields: np.ndarray
    runs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    by_area: np.ndarray


def claims_in(block: BlockOfClaims) -> _Part:
    """Whose the cells of a block are, and what they hold."""
    shares = {case: block.coverage.shares(block.service, case, block.rows) for case in CASES}
    own = unreached_people(block.people, shares[block.case])
    shape = own.shape[0], own.shape[1]
    code = block.runs.image(shape)
    ground = code != NOT_GROUND
    extra = is_ground(block.people, shares["low"], block.fraction) & ~ground
    lat, lon, point_row, point_col = block.points.block(block.rows)
    people = counted(own)
    point = point_row - block.first_point_row, point_col
    centre, at_rim = claims(
        code, extra, people, (lat, lon), point, block.owner, block.rim, block.centre_deg, block.radius_km
    )
    cell = np.flatnonzero(ground)
    of_cell, amount = centre.ravel()[cell], people.ravel()[cell]
    present, place = _compressed(of_cell, at_rim.size)

    def by_centre(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, weights=values, minlength=present.size)

    def out_of_reach(case: Case, cells: np.ndarray) -> np.ndarray:
        here = shares[case].flat(cells)
        one_row = Shares(here.covered[None], None if here.unknown is None else here.unknown[None])
        persons: np.ndarray = (
            np.rint(unreached_people(block.people.ravel()[cells][None], one_row)[0] / QUANTUM) * QUANTUM
        )
        return persons

    # Of the cases of the list the figure is the same to the last digit, and low <= people <= high holds of each cell.
    low = np.minimum(out_of_reach("high", cell), amount)
    high = np.maximum(out_of_reach("low", cell), amount)
    area_km2 = np.rint(grid.cell_area_km2(block.points.geobox, block.rows) / _AREA_QUANTUM) * _AREA_QUANTUM
    sums = {
        "people": by_centre(amount),
        "people_low": by_centre(low),
        "people_high": by_centre(high),
        "cells": np.bincount(place, minlength=present.size),
        "area_km2": by_centre(np.broadcast_to(area_km2, shape).ravel()[cell]),
        "distance": np.zeros(present.size),
    }
    if block.distance_km is not None:
        far = amount * block.distance_km.ravel()[cell].astype(np.float64)
        sums["distance"] = by_centre(np.rint(far / _DISTANCE_QUANTUM) * _DISTANCE_QUANTUM)
    parts = np.zeros((0, cell.size)) if block.fields is None else block.fields(block.rows, cell)
    fields = [by_centre(np.rint(amount * part / QUANTUM) * QUANTUM) for part in parts]
    more = np.flatnonzero(extra & (centre >= 0))
    extra_centre, extra_place = _compressed(centre.ravel()[more], at_rim.size)
    extra_people = out_of_reach("low", more)
    beside = np.bincount(extra_place, weights=extra_people, minlength=extra_centre.size)
    best = _best_cells(cell, place, amount, present.size, lat, lon)
    votes = _votes(cell, place, amount, present.size, block.areas, shape)
    runs = _runs(cell, of_cell, block, (point_row, point_col), shape)
    summed = np.stack(fields) if fields else np.zeros((0, present.size))
    by_area = _by_area(block, shares, own, ground)
    return _Part(present, sums, at_rim, extra_centre, beside, best, votes, summed, runs, by_area)


def _compressed(number: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers (0..count-1) that occur, and the place of each among them."""
    present = np.flatnonzero(np.bincount(number, minlength=count))
    place = np.zeros(count, np.int64)
    place[present] = np.arange(present.size)
    return present, place[number]


def _best_cells(
    cell: np.ndarray, place: np.ndarray, people: np.ndarray, count: int, lat: np.ndarray, lon: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People, latitude and longitude of the cell with most people of each centre; the southern, then the western of equals."""
    most = np.zeros(count)
    np.maximum.at(most, place, people)
    equal = np.flatnonzero(people == most[place])
    row, col = np.divmod(cell[equal], lat.shape[1])
    at_lat, at_lon, of = lat[row, col], lon[row, col], place[equal]
    first = np.lexsort((at_lon, at_lat, of))
    first = first[np.unique(of[first], return_index=True)[1]]
    return most, at_lat[first], at_lon[first]


def _votes(
    cell: np.ndarray, place: np.ndarray, people: np.ndarray, count: int, areas: Zones, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre (place among those present), area, and people of the one in the other; cells on borders are split."""
    label = areas.labels.ravel()[cell].astype(np.int64)
    whole = label >= 0
    votes = np.bincount(place[whole] * areas.size + label[whole], people[whole], minlength=count * areas.size)
    if (label == MIXED).any():
        index = np.full(shape[0] * shape[1], -1, np.int64)
        split = np.flatnonzero(label == MIXED)
        index[cell[split]] = split
        mine = index[areas.mixed["cell"].to_numpy()]
        there = mine >= 0
        mine = mine[there]
        share = np.rint(people[mine] * areas.mixed["share"].to_numpy()[there] / QUANTUM) * QUANTUM
        np.add.at(votes, place[mine] * areas.size + areas.mixed["area"].to_numpy()[there], share)
    found = np.flatnonzero(votes)
    return found // max(1, areas.size), found % max(1, areas.size), votes[found]


def _runs(
    cell: np.ndarray,
    centre: np.ndarray,
    block: BlockOfClaims,
    point: tuple[np.ndarray, np.ndarray],
    shape: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Row, start, stop and centre of the runs to draw: cells of the grid, or points of the lattice, each once a block."""
    row, col = np.divmod(cell, shape[1])
    centre = centre.astype(np.int64)
    if block.points.corner is None:
        return _joined(row + block.rows.start, col, centre)
    at = point[0][row, col] * block.points.lattice.cols + point[1][row, col]
    new = np.flatnonzero((np.diff(at, prepend=-1) != 0) | (np.diff(centre, prepend=-1) != 0))
    code = np.unique(centre[new] * (block.points.lattice.row_lat_deg.size * block.points.lattice.cols) + at[new])
    return _points_drawn(code, block.points)


def _points_drawn(code: np.ndarray, points: CellPoints) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Runs of points from sorted codes, centre · points + row · columns + column."""
    cols = points.lattice.cols
    centre, at = np.divmod(code, points.lattice.row_lat_deg.size * cols)
    return _joined(at // cols, at % cols, centre)


def _joined(
    row: np.ndarray, col: np.ndarray, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Runs of cells that follow each other in a row and belong to one centre."""
    new = np.ones(row.size, dtype=bool)
    new[1:] = (np.diff(row) != 0) | (np.diff(col) != 1) | (np.diff(centre) != 0)
    first = np.flatnonzero(new)
    last = np.append(first[1:], row.size) - 1
    return row[first], col[first], col[last] + 1 if row.size else col[first], centre[first]


def _by_area(block: BlockOfClaims, shares: dict[Case, Shares], own: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """People out of reach by area in coldspots, in scattered places and in partly covered cells."""
    out = is_ground(block.people, shares[block.case], block.fraction)
    parts = (listed, out & ~listed, ~out)
    return np.stack([block.areas.sum(np.where(part, own, 0.0), block.inside) for part in parts], axis=1)


def everything(parts: Iterable[_Part], centres: int, areas: int) -> Claimed:
    """The sums of all blocks."""
    names = ("people", "people_low", "people_high", "cells", "area_km2", "distance")
    sums = {name: np.zeros(centres) for name in names}
    at_rim, most = np.zeros(centres), np.zeros(centres)
    lat, lon = np.full(centres, np.inf), np.full(centres, np.inf)
    by_area = np.zeros((areas, 3))
    fields = np.zeros((0, centres))
    votes, runs = [], []
    for part in parts:
        for name in names:
            sums[name][part.centre] += part.sums[name]
        sums["people_high"][part.extra_centre] += part.extra_people
        if not len(fields):
            fields = np.zeros((len(part.fields), centres))
        fields[:, part.centre] += part.fields
        at_rim += part.at_rim
        people, at_lat, at_lon = part.best
        mine = part.centre
        better = (people > most[mine]) | (
            (people == most[mine]) & ((at_lat < lat[mine]) | ((at_lat == lat[mine]) & (at_lon < lon[mine])))
        )
        most[mine[better]], lat[mine[better]], lon[mine[better]] = people[better], at_lat[better], at_lon[better]
        votes.append((part.centre[part.votes[0]], *part.votes[1:]))
        runs.append(part.runs)
        by_area += part.by_area
    main_area, main_area_people = _main_areas(votes, centres, areas)
    row, start, stop, owner = (np.concatenate([run[number] for run in runs]) for number in range(4))
    cells = sums["cells"].astype(np.int64)
    return Claimed(
        sums["people"], sums["people_low"], sums["people_high"], at_rim, sums["distance"], cells, sums["area_km2"],
        most, lat, lon, main_area, main_area_people, fields, (row, start, stop, owner), by_area,
    )  # fmt: skip


def _main_areas(
    votes: list[tuple[np.ndarray, np.ndarray, np.ndarray]], centres: int, areas: int
) -> tuple[np.ndarray, np.ndarray]:
    """The area in which most people of each centre live (-1: none; the first of equals), and how many."""
    main, most = np.full(centres, -1, np.int64), np.zeros(centres)
    if not votes:
        return main, most
    centre, area, people = (np.concatenate([vote[number] for vote in votes]) for number in range(3))
    code, place = np.unique(centre * max(1, areas) + area, return_inverse=True)
    people = np.bincount(place, weights=people, minlength=code.size)
    centre, area = np.divmod(code, max(1, areas))
    order = np.lexsort((area, -people, centre))
    first = order[np.unique(centre[order], return_index=True)[1]]
    main[centre[first]], most[centre[first]] = area[first], people[first]
    return main, most
