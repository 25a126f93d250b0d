"""People in blocks of grid cells, so that the page itself can count who is out of reach within a circle.

The pictures of the map hold classes, from which nothing can be added up. Here the people of each block and the shares of
them that are out of reach are bytes of a grey picture on a logarithmic scale: steps of a few per cent in one block, which
cancel out over the blocks of a circle. Blocks are sums of whole grid cells: nobody is split, and nobody is counted twice.
"""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from PIL import Image

from ewcm.analysis.sirens import radii_km
from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS
from ewcm.planning import HEARD_DB, SIREN_DB
from ewcm.result import CountryResult
from ewcm.settings import Settings

#: Blocks, populated or not, that the page bears: a bound on its size, and on how long a search over all of them takes.
MOST_BLOCKS = 500_000

#: The smallest number of people and the smallest share that the bytes tell from nothing.
LEAST_PEOPLE, LEAST_SHARE = 0.05, 1e-4

#: Bytes from 1 to this stand for values; 0 stands for none.
STEPS = 255

#: Height of a mast [m] that the radii of the settings are meant for (the height of the link budgets' antennas).
MAST_M = 30.0


@dataclass(frozen=True)
class Blocks:
    """A regular net of latitudes and longitudes, from north to south, in the longitudes of the grid.

    ``west``, ``north``: its outer edges; ``lon_step``, ``lat_step``: sides of a block [degrees, both positive]; ``shape``:
    rows and columns; ``factor``: grid cells along a block.
    """

    west: float
    north: float
    lon_step: float
    lat_step: float
    shape: tuple[int, int]
    factor: int

    @classmethod
    def over(cls, geobox: GeoBox, most: int = MOST_BLOCKS) -> Blocks:
        """The finest net over a grid with at most about ``most`` blocks. On a grid in degrees its blocks are whole cells."""
        rows, cols = geobox.shape
        factor = max(1, math.ceil(math.sqrt(rows * cols / most)))
        affine = geobox.affine
        if grid.is_geographic(geobox):
            lat_step, lon_step = abs(affine.e) * factor, abs(affine.a) * factor
            north, west = max(affine.f, affine.f + rows * affine.e), min(affine.c, affine.c + cols * affine.a)
            return cls(west, north, lon_step, lat_step, (-(-rows // factor), -(-cols // factor)), factor)
        edge_row, edge_col = np.meshgrid(np.linspace(0, rows, 17), np.linspace(0, cols, 17), indexing="ij")
        lat, lon = grid.latlon(geobox, edge_row, edge_col)
        if np.nanmax(lon) - np.nanmin(lon) > 180:
            lon = np.where(lon < 0, lon + 360, lon)
        south, north, west, far_east = np.nanmin(lat), np.nanmax(lat), np.nanmin(lon), np.nanmax(lon)
        width, height = (float(np.median(size)) * factor for size in grid.row_cell_size_km(geobox))
        lat_step = math.degrees(height / grid.EARTH_RADIUS_KM)
        lon_step = math.degrees(width / grid.EARTH_RADIUS_KM) / math.cos(math.radians(float(south + north) / 2))
        shape = math.ceil((north - south) / lat_step) + 1, math.ceil((far_east - west) / lon_step) + 1
        return cls(float(west), float(north), lon_step, lat_step, shape, factor)

    def of(self, geobox: GeoBox, rows: slice, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Flat indices of the blocks that hold the middles of some ``cells`` (flat indices within these ``rows``)."""
        row, col = grid.rows_and_columns(geobox, cells)
        lat, lon = grid.latlon(geobox, row + rows.start + 0.5, col + 0.5)
        east = np.mod(lon - self.west, 360.0) / self.lon_step
        down = np.clip(((self.north - lat) / self.lat_step).astype(np.int64), 0, self.shape[0] - 1)
        return down * self.shape[1] + np.clip(east.astype(np.int64), 0, self.shape[1] - 1)


def counts(result: CountryResult) -> dict[str, object] | None:
    """What the page counts circles with; None for a grid without people.

    ``people``: a picture of the people by block; ``services``: for each service of which it is known who is out of reach, its
    place in ``shares``, which hold pictures of the shares out of reach in each of the ``CASES`` and of the share that is
    unknown (None: nobody).
    """
    blocks = Blocks.over(result.geobox)
    asked = _services(result)
    people, uncovered, unknown = _sums(result, blocks, list(asked.values()))
    most = float(people.max())
    if most <= 0:
        return None

    def picture(sums: NDArray[np.float64]) -> str:
        share = np.divide(sums, people, out=np.zeros_like(sums), where=people > 0)
        return _png(codes(share, LEAST_SHARE, 1.0).reshape(blocks.shape))

    return {
        "west": blocks.west,
        "north": blocks.north,
        "lon_step": blocks.lon_step,
        "lat_step": blocks.lat_step,
        "rows": blocks.shape[0],
        "cols": blocks.shape[1],
        "factor": blocks.factor,
        "people": _png(codes(people, LEAST_PEOPLE, most).reshape(blocks.shape)),
        "people_scale": [LEAST_PEOPLE, most],
        "share_scale": [LEAST_SHARE, 1.0],
        "services": {name: list(asked).index(kind) for name, kind in _kinds(result).items()},
        "shares": [
            {"uncovered": [picture(sums) for sums in of_cases], "unknown": picture(rest) if rest.any() else None}
            for of_cases, rest in zip(uncovered, unknown, strict=True)
        ],
        "masts": masts(result.settings),
        "mast_m": MAST_M,
        "siren_km": [round(radius, 3) for radius in radii_km(SIREN_DB, HEARD_DB)],
    }


def masts(settings: Settings) -> dict[str, list[float]]:
    """Radii [km] of a mast of each technology, in each of the ``CASES``."""
    factors = (settings.radius_low, 1.0, settings.radius_high)
    return {name: [round(radius * factor, 3) for factor in factors] for name, radius in settings.radius_km.items()}


def _kinds(result: CountryResult) -> dict[str, Any]:
    """What each service that counts newer networks too depends on, of those of which it is known who is out of reach."""
    known = [name for name, figures in result.services.items() if figures.uncovered is not None]
    return {name: result.coverage.depends_on(name) for name in known if name == "any" or name.endswith("+")}


def _services(result: CountryResult) -> dict[Any, str]:
    """A service for each kind: services that depend on the same have the same shares."""
    return {kind: name for name, kind in reversed(_kinds(result).items())}


def _sums(result: CountryResult, blocks: Blocks, services: list[str]) -> tuple[Any, ...]:
    """People by block; those out of reach by service and case; those unknown by service (the central case)."""
    size = blocks.shape[0] * blocks.shape[1]
    people = np.zeros(size)
    uncovered, unknown = np.zeros((len(services), len(CASES), size)), np.zeros((len(services), size))
    grid_of_people = result.data.population.people
    for rows in grid.blocks(grid_of_people.shape[0]):
        here = grid_of_people[rows].reshape(-1)
        cells = np.flatnonzero(here > 0)
        if not cells.size:
            continue
        held, place = here[cells].astype(np.float64), blocks.of(result.geobox, rows, cells)

        def added(levels: NDArray[Any], held: Any = held, place: Any = place) -> NDArray[np.float64]:
            return np.asarray(np.bincount(place, held * levels / LEVELS, size), np.float64)

        people += np.bincount(place, held, size)
        for number, service in enumerate(services):
            for case_number, case in enumerate(CASES):
                shares = result.coverage.shares(service, case, rows).flat(cells)
                uncovered[number, case_number] += added(shares.uncovered_level())
                if case == "central":
                    unknown[number] += added(shares.unknown_level())
    return people, uncovered, unknown


def codes(values: NDArray[np.float64], least: float, most: float) -> NDArray[np.uint8]:
    """Bytes on a logarithmic scale: 0 below half of ``least``, 1 for ``least``, ``STEPS`` for ``most``."""
    scale = (STEPS - 1) / math.log(max(most / least, 1.001))
    with np.errstate(divide="ignore"):
        steps = 1 + np.rint(np.log(values / least) * scale)
    return np.where(values < least / 2, 0, np.clip(steps, 1, STEPS)).astype(np.uint8)


def _png(grey: NDArray[np.uint8]) -> str:
    stream = io.BytesIO()
    Image.fromarray(grey, mode="L").save(stream, format="PNG", compress_level=7)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
