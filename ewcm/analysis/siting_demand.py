"""Whom new sites would serve: the people out of reach of a service, at the points where discs are measured to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ewcm.analysis.cell_points import CellPoints, cell_points
from ewcm.analysis.unreached import unreached_people
from ewcm.core import grid
from ewcm.core.fraction import LEVELS, Case
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage

#: For each case of a figure, the case of the coverage it comes from: few are out of reach where much is covered.
FIGURES: dict[str, Case] = {"low": "high", "central": "central", "high": "low"}


@dataclass(frozen=True)
class Demand:
    """Points with people who are out of reach in some case, or of whom nothing is known. All arrays have a value a point.

    ``people``: out of reach [persons], low, central and high, shape (3, points). ``unknown``: of whom nothing is known. ``lat``,
    ``lon`` [degrees]; ``width_km``, ``height_km``: of the ground of a point. ``area``: number of the area in which most of them
    live, -1 outside. ``margin_km``: how far people may be from their point beyond half a grid cell; 0 where points are cells.
    """

    lat: np.ndarray
    lon: np.ndarray
    width_km: np.ndarray
    height_km: np.ndarray
    people: np.ndarray
    unknown: np.ndarray
    area: np.ndarray
    margin_km: float

    @property
    def size(self) -> int:
        """How many points there are."""
        return int(self.lat.size)

    @property
    def total(self) -> np.ndarray:
        """People out of reach, low, central and high."""
        found: np.ndarray = self.people.sum(axis=1)
        return found


def demand_of(service: str, people: np.ndarray, coverage: Coverage, areas: Zones) -> Demand:
    """The demand of one service. ``people``: of the country alone [persons], shape of the grid. ``areas``: on the same grid.

    Points are the grid cells; on grids finer than 30″ and projected ones the points of the world's lattice of 30″.
    """
    points = cell_points(coverage.geobox)
    blocks = [_block(service, people, coverage, areas, points, rows) for rows in grid.blocks(people.shape[0])]
    row, col, values, area = (np.concatenate([block[part] for block in blocks], axis=-1) for part in range(4))
    if points.corner is not None:
        row, col, values, area = _joined(row, col, values, area, points.lattice.cols)
    lat, lon = points.point_deg(row, col)
    central = np.maximum(values[1], 0.0)
    km = np.radians(1.0) * grid.EARTH_RADIUS_KM
    return Demand(
        lat,
        lon,
        abs(points.affine.a) * km * np.cos(np.radians(lat)),
        np.full(lat.size, abs(points.affine.e) * km),
        np.stack([np.minimum(values[0], central), central, np.maximum(values[2], central)]),
        values[3],
        area,
        float(points.margin_km.max(initial=0.0)),
    )


def _block(
    service: str, people: np.ndarray, coverage: Coverage, areas: Zones, points: CellPoints, rows: slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of points, (low, central, high, unknown) people and areas of the grid cells of a block with any."""
    here = people[rows]
    shares = {case: coverage.shares(service, case, rows) for case in FIGURES.values()}
    unknown = np.nan_to_num(here.astype(np.float64)) * (shares["central"].unknown_level().astype(np.float64) / LEVELS)
    values = np.stack([*(unreached_people(here, shares[case]) for case in FIGURES.values()), unknown])
    row, col = np.nonzero((values > 0).any(axis=0))
    values = values[:, row, col]
    area = areas.block(rows).area_of(row, col) if areas.size else np.full(row.size, -1)
    at_row, at_col = points.of_cells(row + rows.start, col)
    if points.corner is None:
        return at_row, at_col, values, area
    return _joined(at_row, at_col, values, area, points.lattice.cols)


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
