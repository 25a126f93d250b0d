"""Whom new sites would serve: the people out of reach of a service, at the points where discs are measured to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ewcm.analysis.cell_points import CellPoints, cell_points
from ewcm.analysis.siting_hazards import ExposedShares
from ewcm.analysis.unreached import unreached_people
from ewcm.core import grid
from ewcm.core.fraction import LEVELS, Case, Shares
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage

#: For each case of a figure, the case of the coverage it comes from: few are out of reach where much is covered.
FIGURES: dict[str, Case] = {"low": "high", "central": "central", "high": "low"}


class Cells(NamedTuple):
    """The grid cells of the points: flat index, rising; the point of each; and its people out of reach, central [persons]."""

    cell: np.ndarray
    point: np.ndarray
    people: np.ndarray


@dataclass(frozen=True)
class Demand:
    """Points with people who are out of reach in some case, or of whom nothing is known. All arrays have a value a point.

    ``people``: out of reach [persons], low, central and high, shape (3, points). ``unknown``: of whom nothing is known.
    ``bare``: of those out of reach with low coverage the people of grid cells where it covers nobody. ``lat``, ``lon`` [degrees];
    ``width_km``, ``height_km``: of the ground of a point. ``area``: number of the area in which most of them
    live, -1 outside. ``margin_km``: how far people may be from their point beyond half a grid cell; 0 where points are cells.
    ``exposed``: of the people out of reach (central) those exposed to a hazard [persons], those expected to be in a year
    [persons a year], and those of whom no hazard is known [persons], shape (3, points); None without hazards. ``cells``: None
    unless they were asked for. ``yearly``: whether the second of ``exposed`` is known anywhere.
    """

    lat: np.ndarray
    lon: np.ndarray
    width_km: np.ndarray
    height_km: np.ndarray
    people: np.ndarray
    unknown: np.ndarray
    bare: np.ndarray
    area: np.ndarray
    margin_km: float
    exposed: np.ndarray | None = None
    cells: Cells | None = None
    yearly: bool = False

    @property
    def size(self) -> int:
        """How many points there are."""
        return int(self.lat.size)

    def people_in(self, case: Case) -> np.ndarray:
        """People out of reach in a case of the coverage [persons]; with low coverage those where it covers nobody."""
        found: np.ndarray = self.bare if case == "low" else self.people[list(FIGURES.values()).index(case)]
        return found

    @property
    def total(self) -> np.ndarray:
        """People out of reach, low, central and high."""
        found: np.ndarray = self.people.sum(axis=1)
        return found


def demand_of(
    service: str,
    people: np.ndarray,
    coverage: Coverage,
    areas: Zones,
    hazards: ExposedShares | None = None,
    with_cells: bool = False,
) -> Demand:
    """The demand of one service. ``people``: of the country alone [persons], shape of the grid. ``areas``: on the same grid.

    Points are the grid cells; on grids finer than 30″ and projected ones the points of the world's lattice of 30″.
    """
    points = cell_points(coverage.geobox)
    blocks = [
        _block(service, people, coverage, areas, points, hazards, rows, with_cells)
        for rows in grid.blocks(people.shape[0])
    ]
    row, col, values, area = (np.concatenate([block[part] for block in blocks], axis=-1) for part in range(4))
    if points.corner is not None:
        row, col, values, area = _joined(row, col, values, area, points.lattice.cols)
    cells = None
    if with_cells:
        cell, at, own = (np.concatenate([block[4][part] for block in blocks]) for part in range(3))
        wide = points.lattice.cols if points.corner is not None else people.shape[1]
        cells = Cells(cell, np.searchsorted(row * wide + col, at), own)
    lat, lon = points.point_deg(row, col)
    central = np.maximum(values[1], 0.0)
    return Demand(
        lat,
        lon,
        abs(points.affine.a) * grid.KM_PER_DEG * np.cos(np.radians(lat)),
        np.full(lat.size, abs(points.affine.e) * grid.KM_PER_DEG),
        np.stack([np.minimum(values[0], central), central, np.maximum(values[2], central)]),
        values[3],
        np.maximum(values[4], 0.0),
        area,
        float(points.margin_km.max(initial=0.0)),
        None if hazards is None else values[5:],
        cells,
        hazards is not None and hazards.yearly,
    )


def to_serve(people: np.ndarray, shares: Shares, case: Case) -> np.ndarray:
    """People out of reach [persons] by which sites are chosen; with low coverage those of grid cells where it covers nobody.
    ``shares``: in that case, of the same shape."""
    left = unreached_people(people, shares)
    return _where_nobody_is_covered(left, shares) if case == "low" else left


def _where_nobody_is_covered(people: np.ndarray, shares: Shares) -> np.ndarray:
    return np.where(shares.covered_level() == 0, people, 0.0)


#: Rows, columns, values and areas of the points of a block; and of its grid cells the flat index, the key of the point, and the
#: people out of reach.
_Block = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]


def _block(
    service: str,
    people: np.ndarray,
    coverage: Coverage,
    areas: Zones,
    points: CellPoints,
    hazards: ExposedShares | None,
    rows: slice,
    with_cells: bool,
) -> _Block:
    """Rows and columns of points, people (low, central, high, unknown, where low coverage covers nobody, and those exposed) and
    areas of the grid cells of a block with any."""
    here = people[rows]
    shares = {case: coverage.shares(service, case, rows) for case in FIGURES.values()}
    unknown = np.nan_to_num(here.astype(np.float64)) * (shares["central"].unknown_level().astype(np.float64) / LEVELS)
    values = np.stack([*(unreached_people(here, shares[case]) for case in FIGURES.values()), unknown])
    values = np.concatenate([values, _where_nobody_is_covered(values[2], shares["low"])[None]])
    if hazards is not None:
        values = np.concatenate([values, np.maximum(values[1], 0.0) * hazards.of_rows(rows)])
    row, col = np.nonzero((values > 0).any(axis=0))
    values = values[:, row, col]
    area = areas.block(rows).area_of(row, col) if areas.size else np.full(row.size, -1)
    at_row, at_col = points.of_cells(row + rows.start, col)
    joined = points.corner is not None
    wide = points.lattice.cols if joined else people.shape[1]
    nothing = np.zeros(0, np.int64)
    cells = (nothing, nothing, np.zeros(0))
    if with_cells:
        cells = ((row + rows.start) * people.shape[1] + col, at_row * wide + at_col, np.maximum(values[1], 0.0))
    if joined:
        at_row, at_col, values, area = _joined(at_row, at_col, values, area, points.lattice.cols)
    return at_row, at_col, values, area, cells


def _joined(
    row: np.ndarray, col: np.ndarray, values: np.ndarray, area: np.ndarray, cols: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each point once, with the sums of its cells and the area of the cell where most are out of reach."""
    key, first = np.unique(row * cols + col, return_inverse=True)
    summed = np.stack([np.bincount(first, weights=part, minlength=key.size) for part in values])
    most = np.full(key.size, -1)
    order = np.argsort(values[2], kind="stable")
    most[first[order]] = area[order]  # the last one stays
    return key // cols, key % cols, summed, most
