"""Population grids: WorldPop as it is, GHS-POP put together from tiles and cut to the country."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import rasterize
from rasterio.windows import Window

from ewcm.core.drivers import read_vector_frame
from ewcm.errors import FetchError
from ewcm.fetch.archives import check_zip, extract_one
from ewcm.fetch.download import NotFound
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import Product, described_path
from ewcm.fetch.rasters import check_population, opened

#: The grid of GHS-POP 4326 30 arc seconds: its north-west corner, and the cells of a 10 degree tile.
_GHS_WEST, _GHS_NORTH = -180.00791593, 89.09958318
_GHS_STEP = 1 / 120
_GHS_TILE = 1200
_GHS_COLUMNS = 36


def population(job: Job) -> Product:
    """One GeoTIFF of one country, as WorldPop publishes them."""
    resolution = job.source.variant_of(job.resolution)
    variant = f"{job.effective_year} {resolution}"
    if kept := job.kept(variant):
        return kept
    url = job.address()

    def check(path: Path) -> None:
        check_population(
            path, job.country, crs=job.source.crs, step_deg=job.source.step_deg[resolution], nodata=_nodata(job)
        )

    file = job.bring(url, url.rsplit("/", 1)[1], check)
    return job.product([_table(job, file.path)], [file], variant=variant)


def _nodata(job: Job) -> float:
    return job.source.nodata if job.source.nodata is not None else float("nan")


def _table(job: Job, path: str) -> dict[str, object]:
    return {
        "path": path,
        "unit": "people",
        "year": job.effective_year,
        "nodata": _nodata(job),
        **job.provenance(date=str(job.effective_year)),
    }


def ghs_pop(job: Job) -> Product:
    """The tiles that touch the country, joined cell by cell; grid cells that no area touches become nodata."""
    variant = str(job.effective_year)
    if kept := job.kept(variant):
        return kept
    areas = _areas(job)
    name = f"{job.country.iso3.lower()}_ghs_pop_{job.effective_year}_30ss.tif"
    west, south, east, north = areas.total_bounds
    first_column = int((west - _GHS_WEST) / _GHS_STEP)
    first_row = int((_GHS_NORTH - north) / _GHS_STEP)
    columns = int((east - _GHS_WEST) / _GHS_STEP) - first_column + 1
    rows = int((_GHS_NORTH - south) / _GHS_STEP) - first_row + 1
    people = np.full((rows, columns), _nodata(job), dtype=np.float32)
    for row in range(first_row // _GHS_TILE, (first_row + rows - 1) // _GHS_TILE + 1):
        for column in range(first_column // _GHS_TILE, (first_column + columns - 1) // _GHS_TILE + 1):
            if column < _GHS_COLUMNS and _touches(areas, row, column):
                _place(job, people, row, column, row * _GHS_TILE - first_row, column * _GHS_TILE - first_column)
    transform = rasterio.Affine(
        _GHS_STEP, 0, _GHS_WEST + first_column * _GHS_STEP, 0, -_GHS_STEP, _GHS_NORTH - first_row * _GHS_STEP
    )
    inside = rasterize(areas.geometry, out_shape=people.shape, transform=transform, all_touched=True, dtype="uint8")
    people[inside == 0] = _nodata(job)

    def write(path: Path) -> None:
        with rasterio.open(
            path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32", crs=job.source.crs,
            transform=transform, nodata=_nodata(job), compress="deflate", predictor=3, tiled=True,
        ) as dataset:  # fmt: skip
            dataset.write(people, 1)
        check_population(path, job.country, crs=job.source.crs, step_deg=_GHS_STEP, nodata=_nodata(job))

    file = job.make(name, job.address(ROW="{r}", COLUMN="{c}"), write)
    return job.product([_table(job, file.path)], [file], variant=variant)


def _areas(job: Job) -> gpd.GeoDataFrame:
    """The coarsest boundaries that inputs.toml names."""
    described = described_path(job.folder, "boundaries")
    if not described:
        raise FetchError("needs boundaries to cut the country out; fetch boundaries first (--only boundaries,ghs-pop)")
    path, table = min(described, key=lambda found: int(found[1].get("level", 9)))
    areas = read_vector_frame(path, table.get("layer"))
    return areas.to_crs("EPSG:4326") if areas.crs else areas.set_crs("EPSG:4326")


def _touches(areas: gpd.GeoDataFrame, row: int, column: int) -> bool:
    size = _GHS_TILE * _GHS_STEP
    west, north = _GHS_WEST + column * size, _GHS_NORTH - row * size
    return len(areas.cx[west : west + size, north - size : north]) > 0


def _place(job: Job, people: np.ndarray, row: int, column: int, top: int, left: int) -> None:
    """Copy one tile into ``people``, whose cell (``top``, ``left``) is the tile's first; a tile of bare sea is absent."""
    url = job.address(ROW=row + 1, COLUMN=column + 1)
    try:
        with job.raw(url, url.rsplit("/", 1)[1], check_zip) as archive:
            tile = job.folder / ".tile.tif"
            try:
                extract_one(archive, ".tif", tile)
                with opened(tile) as dataset:
                    corner = (_GHS_WEST + column * 10, _GHS_NORTH - row * 10)
                    found = (dataset.transform.c, dataset.transform.f)
                    if dataset.shape != (_GHS_TILE, _GHS_TILE) or not np.allclose(found, corner, atol=_GHS_STEP / 4):
                        raise FetchError(f"tile R{row + 1}_C{column + 1} is another tile; report it to the source")
                    rows = slice(max(top, 0), min(top + _GHS_TILE, people.shape[0]))
                    columns = slice(max(left, 0), min(left + _GHS_TILE, people.shape[1]))
                    window = Window(
                        columns.start - left, rows.start - top, columns.stop - columns.start, rows.stop - rows.start
                    )
                    people[rows, columns] = dataset.read(1, window=window)
            finally:
                tile.unlink(missing_ok=True)
    except NotFound:
        job.notes.append(f"no tile R{row + 1}_C{column + 1}: sea")
