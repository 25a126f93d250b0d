"""Checks of rasters that came from outside: GDAL may use one driver, and every block is read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ewcm.core import grid, longitude
from ewcm.core.drivers import opened_raster
from ewcm.countries import Country
from ewcm.errors import FetchError, one_line
from ewcm.fetch.checks import Damaged, check_format, check_references

#: More people than this per km² in one grid cell is damage: the densest quarters on earth stay below 2e5.
_DENSEST_PER_KM2 = 1e6

#: A national total may differ from the registry's by this factor (years, definitions).
_TOTAL_FACTOR = 4.0

#: Grid cells read at once.
_BLOCK_CELLS = 1 << 24

#: Around the box of a country: boxes are rounded, islets forgotten.
_MARGIN_DEG = 0.5


@contextmanager
def opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    """A GeoTIFF and nothing else: no VRT, no other driver, no side files."""
    check_format(path, "TIFF")
    check_references(path)
    try:
        with opened_raster(path, alone=True) as dataset:
            yield dataset
    except (RasterioError, OSError, ValueError, MemoryError) as error:
        raise Damaged(f"the raster is damaged or cut off ({one_line(error, 80)}); run the command again") from None


def strips(dataset: rasterio.DatasetReader) -> Iterator[tuple[Window, np.ndarray]]:
    """Windows of whole block rows from top to bottom, with the first band in them."""
    block_rows = dataset.block_shapes[0][0]
    rows = max(block_rows, _BLOCK_CELLS // dataset.width // block_rows * block_rows)
    for first in range(0, dataset.height, rows):
        window = Window(0, first, dataset.width, min(rows, dataset.height - first))
        yield window, dataset.read(1, window=window)


def check_population(path: Path, country: Country, *, crs: str, step_deg: float, nodata: float) -> None:
    """A population grid of ``country``: right CRS and step, every value a plausible number of people, in the right place."""
    with opened(path) as dataset:
        _check_grid(dataset, crs, step_deg)
        if dataset.nodata is not None and not np.isclose(dataset.nodata, nodata):
            raise FetchError(
                f"its nodata value is {dataset.nodata:g} and should be {nodata:g}; report it to the source"
            )
        rows_lat = dataset.transform.f + (np.arange(dataset.height) + 0.5) * dataset.transform.e
        area_km2 = (step_deg * grid.KM_PER_DEG) ** 2 * np.maximum(np.cos(np.radians(rows_lat)), 0.01)
        people_by_row = np.zeros(dataset.height)
        people_by_column = np.zeros(dataset.width)
        for window, values in strips(dataset):
            people = np.where(np.isnan(values) | np.isclose(values, nodata, rtol=1e-6), 0.0, values).astype(np.float64)
            rows = slice(int(window.row_off), int(window.row_off + window.height))
            highest = people.max(axis=1, initial=0.0)
            if people.min(initial=0.0) < 0 or not np.all(highest <= area_km2[rows] * _DENSEST_PER_KM2 + 1000):
                raise Damaged(
                    "it holds negative or impossible numbers of people, so it is damaged; run the command again"
                )
            people_by_row[rows] = people.sum(axis=1)
            people_by_column += people.sum(axis=0)
        columns_lon = dataset.transform.c + (np.arange(dataset.width) + 0.5) * dataset.transform.a
    _check_place(country, rows_lat, people_by_row, columns_lon, people_by_column)


def _check_grid(dataset: rasterio.DatasetReader, crs: str, step_deg: float) -> None:
    if dataset.count != 1:
        raise FetchError(f"it has {dataset.count} bands instead of one; report it to the source")
    if dataset.crs != CRS.from_user_input(crs):
        raise FetchError(
            f"its coordinate system is {one_line(dataset.crs, 40)} and should be {crs}; report it to the source"
        )
    found = dataset.transform
    if abs(found.a / step_deg - 1) > 0.01 or abs(-found.e / step_deg - 1) > 0.01 or found.b or found.d:
        raise FetchError(
            f"its grid step is {found.a:.6g} degrees and should be {step_deg:.6g} (wrong resolution); try another --resolution"
        )


def _check_place(
    country: Country, lat: np.ndarray, people_by_row: np.ndarray, lon: np.ndarray, people_by_column: np.ndarray
) -> None:
    """People must live where the country is, over most of its extent, and be about as many."""
    total = float(people_by_row.sum())
    if total <= 0:
        raise FetchError("nobody lives in it; report it to the source")
    if country.bbox is None:
        return
    west, south, east, north = country.bbox
    where = (
        f"{lon[people_by_column > 0].min():.1f}..{lon[people_by_column > 0].max():.1f} east, "
        f"{lat[people_by_row > 0].min():.1f}..{lat[people_by_row > 0].max():.1f} north"
    )
    wrong = FetchError(f"it lies elsewhere ({where}) and is not the grid of {country.name}; report it to the source")
    in_lat = (lat >= south - _MARGIN_DEG) & (lat <= north + _MARGIN_DEG)
    in_lon = longitude.is_within(lon, west, east, _MARGIN_DEG)
    if min(people_by_row[in_lat].sum(), people_by_column[in_lon].sum()) < 0.9 * total:
        raise wrong
    # A small neighbour lies inside the box too, but fills little of it. Scattered islands may fill one direction only.
    settled_lat = lat[people_by_row > 0]
    settled_lon = longitude.to_360(lon[people_by_column > 0] - (west - _MARGIN_DEG))
    if np.ptp(settled_lat) < 0.5 * (north - south) - 0.1 and np.ptp(settled_lon) < 0.5 * (east - west) - 0.1:
        raise wrong
    if country.people and not 1 / _TOTAL_FACTOR < total / country.people < _TOTAL_FACTOR:
        raise FetchError(
            f"it holds {total:,.0f} people where about {country.people:,.0f} live in {country.name}; report it to the source"
        )


def check_tile(path: Path, south: int, west: int, rows: int) -> None:
    """An elevation tile of one degree whose south-west corner is ``south``, ``west``, with ``rows`` rows."""
    with opened(path) as dataset:
        if dataset.crs != CRS.from_epsg(4326) or dataset.count != 1:
            raise FetchError("the tile is no single band in EPSG:4326; report it to the source")
        if dataset.height != rows or not rows / 10 <= dataset.width <= rows:
            raise FetchError(
                f"the tile has {dataset.height} x {dataset.width} grid cells and should have {rows} rows (wrong "
                "resolution); report it to the source"
            )
        left, bottom, right, top = dataset.bounds
        if not np.allclose([left, bottom, right, top], [west, south, west + 1, south + 1], atol=0.01):
            raise FetchError(
                f"the tile lies at {left:.2f}..{right:.2f} east, {bottom:.2f}..{top:.2f} north, elsewhere than its name "
                "says; report it to the source"
            )
        for _, values in strips(dataset):
            heights = values if dataset.nodata is None else values[values != dataset.nodata]
            if heights.size and not (heights.min() > -600 and heights.max() < 9000):  # NaN fails too
                raise Damaged("the tile holds impossible heights, so it is damaged; run the command again")


def settled_degrees(path: Path) -> set[tuple[int, int]]:
    """South-west corners (latitude, longitude in -180..179) of the one-degree squares in which people live."""
    with opened(path) as dataset:
        if dataset.crs is None:
            raise FetchError(f"{path.name}: has no coordinate system; give it one before fetching terrain")
        found: set[tuple[int, int]] = set()
        for window, values in strips(dataset):
            missing = np.isnan(values) if dataset.nodata is None else values == dataset.nodata
            rows, columns = np.nonzero(~missing & (values > 0))
            if not rows.size:
                continue
            place = dataset.window_transform(window)
            x = place.c + place.a * (columns + 0.5) + place.b * (rows + 0.5)
            y = place.f + place.d * (columns + 0.5) + place.e * (rows + 0.5)
            if not dataset.crs.is_geographic:
                lon, lat = rasterio.warp.transform(dataset.crs, "EPSG:4326", x, y)
                x, y = np.asarray(lon), np.asarray(lat)
            corners = np.unique(np.stack([np.floor(y), longitude.to_180(np.floor(x))], axis=1), axis=0)
            found |= {(int(south), int(west)) for south, west in corners}
        return found
