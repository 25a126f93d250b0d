"""Rasters for a GIS: reach.tif, and a file for each further finding that has layers."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.windows import Window

from ewcm.analysis.areas import inside
from ewcm.core import grid
from ewcm.core.drivers import opened_raster
from ewcm.core.fraction import LEVELS
from ewcm.core.layer import Layer, Rows
from ewcm.errors import PublishError
from ewcm.report.tables import grade
from ewcm.result import CountryResult

#: Edge of a tile of reach.tif [pixels].
_TILE = 512


def reach_layers(result: CountryResult) -> list[Layer]:
    """The bands of reach.tif, in order: people, people of the country known to be out of reach of any technology (NaN where
    that is not known, and everywhere where the oldest technology has no source), the coverage fraction of any technology and
    of each that is known, and of each hazard the map that stands for it."""
    coverage, people = result.coverage, result.people
    counted = result.data.population.people
    if result.outside > 0:
        counted = inside(counted, result.zones[0])

    def uncovered(rows: slice) -> np.ndarray:
        everybody = people.block(rows)
        if not coverage.tells_uncovered("any"):
            return np.full(everybody.shape, np.nan, dtype=np.float32)
        here = np.where(np.isnan(everybody), np.float32(np.nan), counted[rows])
        shares = coverage.shares("any", "central", rows)
        level = shares.uncovered_level()
        # Nobody known to be out of reach is no figure where it is not known of some.
        known = (level > 0) | (shares.unknown_level() == 0)
        return np.where(known, here * (level / np.float32(LEVELS)), np.nan).astype(np.float32)

    known = [name for name in coverage.services if coverage.known(name) and not name.endswith("+")]
    return [
        people,
        Layer("uncovered_people", "persons", result.geobox, uncovered),
        *(replace(result.fraction_layer(name), name=f"fraction_{name}") for name in known),
        *_hazard_layers(result),
    ]


def _hazard_layers(result: CountryResult) -> list[Layer]:
    """Of each hazard the map of the longest return period up to that of the settings, else of the shortest."""
    found = []
    for finding in result.findings:
        for layer in finding.layers if finding.name == "hazards" else ():
            periods = layer.dims.get("return_period", ())
            place = max(0, sum(period <= result.settings.hazard_return_period for period in periods) - 1)
            end = f" return_period={periods[place]:g}" if periods else ""
            source = _one_map(layer, place) if periods else layer.source
            found.append(replace(layer, name=f"{layer.name}{end}", source=source, dims={}))
    return found


def _one_map(layer: Layer, place: int) -> Rows:
    return lambda rows: layer.block(rows)[place]


def write_reach(result: CountryResult, path: Path, threads: int) -> None:
    """Write reach.tif: see :func:`reach_layers`; float32 on the population grid, NaN where nothing is known."""
    write_layers(result, reach_layers(result), path, threads)


def write_findings(result: CountryResult, folder: Path, threads: int) -> None:
    """Write the layers of every finding that has some, in a file of its name."""
    for finding in result.findings:
        if finding.layers:
            write_layers(result, finding.layers, folder / f"{finding.name}.tif", threads)


def write_layers(result: CountryResult, layers: Sequence[Layer], path: Path, threads: int) -> None:
    """Write a Cloud-Optimised GeoTIFF on the population grid: see :func:`write_bands`."""
    crs = result.data.population.record.crs or str(result.geobox.crs)
    write_bands(layers, result.geobox, crs, tags_of(result), path, threads)


def tags_of(result: CountryResult) -> dict[str, str]:
    """What every raster of a country says of itself: whose it is, and the grade of the data it was made from."""
    return {"iso3": result.data.country.iso3, "data_grade": grade(result)}


def write_bands(
    layers: Sequence[Layer], geobox: GeoBox, crs: str, tags: Mapping[str, str], path: Path, threads: int
) -> None:
    """Write a Cloud-Optimised GeoTIFF of float32, NaN where nothing is known, a band a layer (or a coordinate of its further
    dimensions); all layers lie on ``geobox``.

    Overviews are averages: sum the full resolution only. Blocks of rows are written one at a time, so that memory stays at a
    few rows of tiles. The bytes do not depend on ``threads``.
    """
    bands = [(layer, place) for layer in layers for place in product(*(range(len(at)) for at in layer.dims.values()))]
    with tempfile.TemporaryDirectory(prefix=".reach-", dir=path.parent) as folder:
        # GDAL takes most of its time for averages of floats with gaps: it gets them made.
        plain = Path(folder) / "rows.tif"
        shapes = _halvings(geobox.shape.yx)
        with contextlib.ExitStack() as stack:
            levels = []
            for number, (rows, cols) in enumerate(shapes):
                profile = {
                    "driver": "GTiff",
                    "dtype": "float32",
                    "count": len(bands),
                    "height": rows,
                    "width": cols,
                    "crs": crs,
                    "transform": geobox.affine @ Affine.scale(geobox.shape[1] / cols, geobox.shape[0] / rows),
                    "nodata": float("nan"),
                    "tiled": True,
                    "blockxsize": _TILE,
                    "blockysize": max(16, grid.BLOCK_ROWS >> number),  # one block of rows fills one row of tiles
                    "compress": "zstd",
                    "zstd_level": 1,
                    "interleave": "band",
                    "num_threads": threads,
                    "BIGTIFF": "IF_SAFER",
                }
                levels.append(stack.enter_context(rasterio.open(_level(plain, number), "w", **profile)))
            levels[0].update_tags(**tags)
            for index, (layer, place) in enumerate(bands, start=1):
                levels[0].set_band_description(index, _description(layer, place))
                levels[0].set_band_unit(index, layer.units)
                for block in grid.blocks(geobox.shape[0]):
                    _write_levels(levels, index, block.start, layer.decoded(block)[place].astype(np.float32))
        rasterio.shutil.copy(
            _with_overviews(plain, len(shapes)),
            path,
            driver="COG",
            blocksize=_TILE,
            compress="deflate",
            # Harder, or by differences of floats, takes twice as long for a hundredth of the size (of 100 m: for a larger file).
            level=1,
            num_threads=threads,
            BIGTIFF="IF_SAFER",
        )
    check_readable(path)


def _description(layer: Layer, place: tuple[int, ...]) -> str:
    """The name of a band, with the coordinates of the layer's further dimensions."""
    at = [f"{name}={values[index]}" for (name, values), index in zip(layer.dims.items(), place, strict=True)]
    return " ".join([layer.name, *at])


def _halvings(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The shapes of a grid and of its overviews, each half the one before, until one tile holds all."""
    shapes = [(shape[0], shape[1])]
    while max(shapes[-1]) > _TILE:
        rows, cols = shapes[-1]
        shapes.append((-(-rows // 2), -(-cols // 2)))
    return shapes


def _level(plain: Path, number: int) -> Path:
    return plain.with_suffix(f".{number}.tif") if number else plain


def _write_levels(levels: list[rasterio.io.DatasetWriter], index: int, start: int, values: np.ndarray) -> None:
    """Write a block of rows of one band to the full resolution, and its averages to every overview."""
    for number, target in enumerate(levels):
        if number:
            values = _halved(values)
        window = Window(0, start >> number, values.shape[1], values.shape[0])
        target.write(values, index, window=window)


def _halved(values: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 cells (float32), of those that are known; NaN where none is."""
    rows, cols = values.shape
    values = np.pad(values, ((0, rows % 2), (0, cols % 2)), constant_values=np.nan)
    four = [values[row::2, col::2] for row in (0, 1) for col in (0, 1)]
    total, known = np.zeros((2, *four[0].shape), np.float32)
    for part in four:
        missing = np.isnan(part)
        total += np.where(missing, np.float32(0), part)
        known += ~missing
    with np.errstate(invalid="ignore"):
        return total / known


def _with_overviews(plain: Path, count: int) -> Path:
    """A virtual raster (VRT) of ``plain`` that names its overviews."""
    virtual = plain.with_suffix(".vrt")
    rasterio.shutil.copy(plain, virtual, driver="VRT")
    tree = ET.parse(virtual)
    for band in tree.getroot().iter("VRTRasterBand"):
        for number in range(1, count):
            overview = ET.SubElement(band, "Overview")
            name = ET.SubElement(overview, "SourceFilename", relativeToVRT="1")
            name.text = _level(plain, number).name
            ET.SubElement(overview, "SourceBand").text = band.attrib["band"]
    tree.write(virtual)
    return virtual


def check_readable(path: Path) -> None:
    """A full disk may cut a file short without a word: its last tile tells."""
    try:
        with opened_raster(path) as source:
            source.read(source.count, window=Window(source.width - 1, source.height - 1, 1, 1))
    except rasterio.errors.RasterioError as error:
        raise PublishError(f"{path}: could not be written whole ({error}); is the disk full?") from error
