"""Hazards: river floods of the JRC from tiles; floods of Aqueduct, winds of STORM and landslides cut out of maps of the world;
tracks of IBTrACS by basin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from ewcm.core import longitude
from ewcm.core.archive import opened_gzip
from ewcm.errors import FetchError
from ewcm.fetch.checks import Damaged
from ewcm.fetch.download import NotFound
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import File, Product
from ewcm.fetch.rasters import opened

#: Return periods [years] that are brought: enough for a yearly figure, not every one there is.
JRC_PERIODS = (10, 20, 50, 100, 200, 500)
AQUEDUCT_PERIODS = (10, 50, 100, 500, 1000)
STORM_PERIODS = (10, 20, 50, 100, 200, 500)

#: Around the box of a country [degrees]: boxes are rounded.
_MARGIN_DEG = 0.1

#: What no value of a map exceeds: depths [m], winds [m/s], classes of landslides.
_DEEPEST_M, _STRONGEST_MS, _LAST_CLASS = 1000.0, 130.0, 5.0

#: Cells of maps are smaller than this [degrees]: those of floods and landslides, and those of winds.
_FINE_DEG, _COARSE_DEG = 0.02, 0.2

#: Basins of IBTrACS by where a country is: west, south, east, north [degrees]. A country may lie in several.
_BASINS = (
    ("NI", (30.0, 0.0, 100.0, 40.0)),
    ("SI", (10.0, -60.0, 135.0, 0.0)),
    ("SP", (135.0, -60.0, 290.0, 0.0)),
    ("WP", (100.0, 0.0, 180.0, 60.0)),
    ("EP", (180.0, 0.0, 282.0, 60.0)),
    ("NA", (258.0, 0.0, 360.0, 60.0)),
)


def jrc_floods(job: Job) -> Product:
    """Depths of river floods, 3″, a file a return period: the tiles that meet the country's box, joined and cut."""
    if kept := job.kept():
        return kept
    tiles = _jrc_tiles(job)
    files, tables = [], []
    for period in JRC_PERIODS:
        name = f"{job.country.iso3.lower()}_jrc_flood_rp{period}.tif"
        url = job.address("tile", PERIOD=period, TILE="{tile}")
        known = job.ledger.file(name)
        if known is not None and known.state(job.folder) == "intact":
            file = known
        else:
            parts = _jrc_parts(job, tiles, period)
            file = job.make(name, url, partial(_write, parts=parts, job=job, what="depths", most=_DEEPEST_M))
        files.append(file)
        tables.append({**_table(job, file, "flood", period), "nodata_is": "none"})
    job.notes.append(
        "streams with basins below 500 km² and small islands are not in these maps; nobody there counts as exposed"
    )
    return job.product(tables, files)


def aqueduct(job: Job) -> Product:
    """Depths of river or coastal floods (which is said by the name of the source), 30″, cut out of a map of the world."""
    if kept := job.kept():
        return kept
    kind = "coastal" if job.source.name.endswith("coast") else "flood"
    files, tables = [], []
    for period in AQUEDUCT_PERIODS:
        file = _cut(
            job, job.address(PERIOD=f"{period:05d}" if kind == "flood" else f"{period:04d}"), "depths", _DEEPEST_M
        )
        files.append(file)
        tables.append(_table(job, file, kind, period))
    return job.product(tables, files)


def storm_winds(job: Job) -> Product:
    """Winds of cyclones by return period from ten thousand synthetic years, 0.1°, cut out of a map of the world.

    They are means over ten minutes, which the table of the inputs says; the reader divides them by 0.88.
    """
    if kept := job.kept():
        return kept
    files, tables = [], []
    for period in STORM_PERIODS:
        file = _cut(job, job.address(PERIOD=period), "winds", _STRONGEST_MS, _COARSE_DEG)
        files.append(file)
        tables.append({**_table(job, file, "wind", period), "averaging_minutes": 10})
    return job.product(tables, files)


def landslides(job: Job) -> Product:
    """Classes of susceptibility to landslides (1 to 5), 30″, cut out of a map of the world: no return period."""
    if kept := job.kept():
        return kept
    file = _cut(job, job.address(), "classes", _LAST_CLASS)
    job.notes.append("susceptibility says where slopes can fail, not how often; it has no return period")
    about = {"kind": "landslide", "name": "landslide susceptibility", "values": "class"}
    return job.product([{"path": file.path, **about, **job.provenance()}], [file])


def _cut(job: Job, url: str, what: str, most: float, step_deg: float = _FINE_DEG) -> File:
    """The country's box out of a map of the world: the file that is there, or one made from ``url``."""
    whole = url.rsplit("/", 1)[1]
    name = f"{job.country.iso3.lower()}_{whole}"
    known = job.ledger.file(name)
    if known is not None and known.state(job.folder) == "intact":
        return known
    with job.raw(url, whole, partial(_check_map, step_deg=step_deg)) as world:
        return job.make(name, url, partial(_write, parts=iter([world]), job=job, what=what, most=most))


def ibtracs(job: Job) -> Product:
    """Best tracks of the basin of the country, as one CSV file; of a country between two basins the one that holds its middle."""
    if kept := job.kept():
        return kept
    west, south, east, north = _box(job)
    lon, lat = longitude.to_360((west + east) / 2), (south + north) / 2
    basin = next((name for name, (w, s, e, n) in _BASINS if w <= lon <= e and s <= lat <= n), None)
    if basin is None:
        raise FetchError(f"no basin of tropical cyclones holds {job.country.name}; its winds need another source")
    url = job.address(BASIN=basin)
    file = job.bring(url, url.rsplit("/", 1)[1], _check_tracks)
    return job.product([{"path": file.path, "kind": "wind", **job.provenance(date=file.date)}], [file])


def _table(job: Job, file: File, kind: str, period: int) -> dict[str, Any]:
    name = {"flood": "river flood", "coastal": "coastal flood", "wind": "cyclone winds"}[kind]
    return {
        "path": file.path,
        "kind": kind,
        "name": f"{name} {job.source.name}",
        "return_period": period,
        **job.provenance(),
    }


def _box(job: Job) -> tuple[float, float, float, float]:
    if job.country.bbox is None:
        raise FetchError(f"where {job.country.name} lies is not in the registry; bring the maps by hand")
    west, south, east, north = job.country.bbox
    return west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG


def _jrc_tiles(job: Job) -> list[str]:
    """Names of the tiles (``ID118_N10_W0``) that meet the country's box, by the service's own list."""
    west, south, east, north = _box(job)
    try:
        features = json.loads(job.read(job.address("tiles"), "list of tiles"))["features"]
        found = []
        for feature in features:
            corners = np.array(feature["geometry"]["coordinates"][0], dtype=np.float64).reshape(-1, 2)
            (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
            if bottom < north and top > south and longitude.turns_onto((left, right), (west, east)):
                found.append(f"ID{int(feature['properties']['id'])}_{feature['properties']['name']}")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise FetchError(
            f"its list of tiles is not what it was ({type(error).__name__}); report it to the source"
        ) from None
    if not found or any(not name.replace("_", "").isalnum() for name in found):
        raise FetchError(f"its list of tiles has none for {job.country.name}; try --only aqueduct-rivers")
    return sorted(found)


def _jrc_parts(job: Job, tiles: list[str], period: int) -> Iterator[Path]:
    for tile in tiles:
        url = job.address("tile", PERIOD=period, TILE=tile)
        try:
            with job.raw(url, url.rsplit("/", 1)[1], _check_map) as path:
                yield path
        except NotFound:
            job.notes.append(f"no tile {tile} of {period} years: sea")


def _check_map(path: Path, step_deg: float = _FINE_DEG) -> None:
    with opened(path) as dataset:
        if (
            dataset.crs != rasterio.CRS.from_epsg(4326)
            or dataset.count != 1
            or dataset.transform.b
            or dataset.transform.d
        ):
            raise FetchError("it is no single band in EPSG:4326; report it to the source")
        if not (0 < dataset.transform.a < step_deg and dataset.width * dataset.height < 2_000_000_000):
            raise FetchError("its grid is not that of the product; report it to the source")


def _write(target: Path, parts: Iterator[Path], job: Job, what: str, most: float) -> None:
    """Join the parts of rasters that meet the country's box, each at its own place, and write them in the turn of the box.

    Raises :class:`Damaged` where ``what`` they hold is not from 0 to ``most``.
    """
    west, south, east, north = _box(job)
    canvas: np.ndarray | None = None
    transform, nodata = rasterio.Affine.identity(), -9999.0
    for path in parts:
        with opened(path) as dataset:
            step_x, step_y = dataset.transform.a, -dataset.transform.e
            if canvas is None:
                # The lattice of the product, counted from its own corner.
                left = dataset.transform.c + np.floor((west - dataset.transform.c) / step_x) * step_x
                top = dataset.transform.f - np.floor((dataset.transform.f - north) / step_y) * step_y
                shape = int(np.ceil((top - south) / step_y)), int(np.ceil((east - left) / step_x))
                canvas = np.full(shape, nodata, np.float32)
                transform = rasterio.Affine(step_x, 0, float(left), 0, -step_y, float(top))
            for turn in longitude.TURNS:
                _place(dataset, canvas, transform, turn, nodata)
    if canvas is None:
        raise FetchError("none of its tiles came; run the command again")
    known = canvas[canvas != nodata]
    if known.size and not (known.min() >= 0 and known.max() <= most):
        raise Damaged(f"it holds impossible {what}, so it is damaged; run the command again")
    with rasterio.open(
        target, "w", driver="GTiff", width=canvas.shape[1], height=canvas.shape[0], count=1, dtype="float32", crs="EPSG:4326",
        transform=transform, nodata=nodata, compress="deflate", predictor=3, tiled=True,
    ) as dataset:  # fmt: skip
        dataset.write(canvas, 1)


def _place(
    dataset: rasterio.DatasetReader, canvas: np.ndarray, transform: rasterio.Affine, turn: float, nodata: float
) -> None:
    """Copy what a raster, moved by a turn of longitude, has on the canvas."""
    left = round((dataset.transform.c + turn - transform.c) / transform.a)
    top = round((transform.f - dataset.transform.f) / -transform.e)
    rows = slice(max(0, top), min(canvas.shape[0], top + dataset.height))
    cols = slice(max(0, left), min(canvas.shape[1], left + dataset.width))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return
    window = Window(cols.start - left, rows.start - top, cols.stop - cols.start, rows.stop - rows.start)
    values = dataset.read(1, window=window).astype(np.float32)
    missing = np.isnan(values) if dataset.nodata is None else np.isnan(values) | np.isclose(values, dataset.nodata)
    canvas[rows, cols] = np.where(missing, canvas[rows, cols], values)


def _check_tracks(path: Path) -> None:
    with path.open("rb") as stream:
        gzipped = stream.read(2) == b"\x1f\x8b"
    if gzipped:
        with opened_gzip(path) as stream:
            head = stream.read(400)
    else:
        with path.open("rb") as stream:
            head = stream.read(400)
    if not head.startswith((b"SID,SEASON", b"\xef\xbb\xbfSID,SEASON")):
        raise FetchError("it is no table of IBTrACS; report it to the source")
