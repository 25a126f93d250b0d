"""How far the people who cannot be reached are from coverage.

The kernel asks for a grid whose columns stand upright on its rows. Grids in degrees do, and those of conformal projections
(UTM, Lambert). On Mollweide's (ESRI:54009, in which GHS-POP comes) rows are parallels but columns lean, at Nepal by 21°,
and the kernel would be out by a fifth: there the cells are first set out by their longitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ewcm_kernels.distance import nearest_covered_km
from odc.geo.geobox import GeoBox

from ewcm.analysis.unreached import unreached_people
from ewcm.core import grid, longitude, storage
from ewcm.core.finding import Figure, Finding
from ewcm.core.row_blocks import RowBlock, summed
from ewcm.coverage.combine import Coverage

#: Edges [km] of the classes of distance; the last class is open.
EDGES_KM = (0.0, 2.0, 5.0, 10.0, 20.0, 50.0, np.inf)

#: Columns that lean less than this [grid cells from the first row to the last] stand upright.
_UPRIGHT = 0.5

#: Leaning columns are set out on columns of longitude as fine as this part of a cell, on large grids of a whole one.
_FINE = 8
_FINE_CELLS = 10_000_000


def nearest_km(covered: np.ndarray, geobox: GeoBox) -> np.ndarray:
    """Distance [km] from the centre of every grid cell to that of the nearest covered one, float32.

    ``covered``: uint8, shape of the grid, with at least one cell that is not 0. On grids in degrees and conformal ones within
    0.5 % of the great circle (see the kernel); on Mollweide's and its like the place of a cell is rounded by a sixteenth of
    its width, or by half of it on grids of more than 10⁷ cells.
    """
    columns = None if grid.is_geographic(geobox) else _columns_of_longitude(geobox)
    if columns is None:
        width_km, height_km = grid.row_cell_size_km(geobox)
        return nearest_covered_km(covered, height_km, width_km, storage.empty(covered.shape, np.float32))
    first, step, unit_deg, latitude = columns
    cols = np.arange(covered.shape[1])
    place = [np.rint(start + cols * across).astype(np.int64) for start, across in zip(first, step, strict=True)]
    upright = np.zeros((covered.shape[0], int(max(row[-1] for row in place)) + 1), np.uint8)
    for row, where in enumerate(place):
        upright[row, where] = covered[row]
    height_km = np.abs(np.gradient(latitude)) * grid.KM_PER_DEG
    found = nearest_covered_km(upright, height_km, unit_deg * grid.KM_PER_DEG * np.cos(np.radians(latitude)))
    out = storage.empty(covered.shape, np.float32)
    for row, where in enumerate(place):
        out[row] = found[row, where]
    return out


def _columns_of_longitude(geobox: GeoBox) -> tuple[np.ndarray, np.ndarray, float, np.ndarray] | None:
    """For a grid whose rows are parallels and whose columns lean: first column and step of each row's cells in columns of
    ``unit`` degrees, that unit, and the latitudes; None for any other grid."""
    rows, cols = geobox.shape
    if rows < 2 or cols < 2:
        return None
    row, col = np.meshgrid(np.arange(rows) + 0.5, np.array([0.5, cols / 2, cols - 0.5]), indexing="ij")
    lat, lon = grid.latlon(geobox, row, col)
    if not np.isfinite(lon).all() or np.abs(lat - lat[:, :1]).max() > 1e-7:
        return None
    lon = longitude.near(lon, lon[:, 1:2])
    step_deg = (lon[:, 2] - lon[:, 0]) / (cols - 1)
    if (step_deg <= 0).any() or np.ptp(lon, axis=0).max() < _UPRIGHT * step_deg.min():
        return None
    unit = float(step_deg.min()) / (_FINE if rows * cols <= _FINE_CELLS else 1)
    return (lon[:, 0] - lon[:, 0].min()) / unit, step_deg / unit, unit, lat[:, 0]


@dataclass(frozen=True)
class _Block(RowBlock):
    coverage: Coverage
    service: str
    distance_km: np.ndarray


def _by_class(block: _Block) -> np.ndarray:
    unreached = unreached_people(block.people, block.coverage.shares(block.service, "central", block.rows))
    inside = unreached > 0
    return np.histogram(block.distance_km[inside], bins=EDGES_KM, weights=unreached[inside])[0]


def people_by_distance(
    people: np.ndarray, distance_km: np.ndarray, coverage: Coverage, service: str
) -> list[dict[str, float | None]]:
    """Uncovered people of a service in classes of distance to the nearest covered grid cell."""
    counts = np.zeros(len(EDGES_KM) - 1)
    blocks = grid.blocks(people.shape[0])
    parts = [_Block(rows, people[rows], coverage, service, distance_km[rows]) for rows in blocks]
    for by_class in summed(_by_class, parts):
        counts += by_class
    return [
        {"from_km": low, "to_km": None if np.isinf(high) else high, "people": float(count)}
        for low, high, count in zip(EDGES_KM[:-1], EDGES_KM[1:], counts, strict=True)
    ]


def distance_finding(classes: list[dict[str, float | None]] | None) -> Finding:
    """People out of reach by their distance to coverage; None where nothing is covered."""
    return Finding("distance", (Figure(("distance",), classes, "persons"),))
