"""Inputs that a user brings as arrays and tables of Python in place of files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from ewcm.core import grid, longitude
from ewcm.core.channels import channel_name
from ewcm.core.layer import Layer
from ewcm.core.record import InputRecord
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.coverage_maps import CoveragePolygons, DeclaredMap, read_declared
from ewcm.sources.neighbours import lent_outline
from ewcm.sources.population import Population, read_population
from ewcm.sources.position import check_position, extent_of

if TYPE_CHECKING:
    import xarray as xr

#: Units of people that are no persons of a grid cell: those of a density, of thousands, of a share.
_NOT_PERSONS = re.compile(
    r"/|\bper\b(?!.*\b(?:cell|pixel)\b)|km|hectare|\bha\b|\bm-2\b|m\^-?2|m²|m2|thousand|million|\b1e?0{3,}\b|1e[36]|percent|%|density",
    re.IGNORECASE,
)


def population_from(given: str | Path | xr.DataArray | Layer, country: Country) -> Population:
    """People per grid cell: a raster file, or an array with a CRS, NaN where it has no data.

    Raises :class:`InputError` for negative people, a grid that is turned or has its rows from the south, and other arrays that
    cannot be a population.
    """
    if isinstance(given, str | Path):
        outline = lent_outline(country)
        return read_population(Path(given), country, boundaries=None if outline is None else outline.table)
    if not isinstance(given, Layer) and not (hasattr(given, "dims") and hasattr(given, "coords")):
        raise InputError(
            f"population: a {type(given).__name__} was given; give a path, or an xarray.DataArray with coordinates and a CRS"
        )
    layer = given if isinstance(given, Layer) else Layer.from_xarray(given, "population")
    if layer.dims:
        raise InputError(
            f"population: has further dimensions ({', '.join(layer.dims)}); choose one, such as array.isel(band=0)"
        )
    if _NOT_PERSONS.search(layer.units):
        raise InputError(
            f"population: its units are '{one_line(layer.units, 40)}', and persons per grid cell are read; multiply them by what "
            "makes them persons (of a density, the area of each grid cell), and set or drop the attribute units"
        )
    affine = layer.geobox.affine
    if affine.b or affine.d or affine.a <= 0 or affine.e >= 0:
        raise InputError(
            "population: its grid is turned or mirrored; give rows from north to south, columns from west to east"
        )
    people = np.asarray(layer.decoded(slice(0, layer.shape[0])), dtype=np.float32)
    wrong = (people < 0) | np.isinf(people)
    if wrong.any():
        raise InputError(
            f"population: holds the value {float(people[wrong][0]):g}; give persons per grid cell, NaN for no data"
        )
    if not np.isfinite(people).any():
        raise InputError("population: holds no number at all; give persons per grid cell")
    row, col = np.nonzero(people > 0)
    lat, lon = grid.latlon(layer.geobox, row + 0.5, col + 0.5)
    where = check_position(Path("population"), "populated grid cells", lat, lon, country, country.bbox)
    record = InputRecord(
        warnings=where,
        layer="population",
        path="population (an array)",
        sha256=_digest(people.tobytes(), str(affine).encode()),
        size_bytes=people.nbytes,
        format="array",
        crs=str(layer.geobox.crs),
        nodata="nan",
        facts={"people": float(np.nansum(people, dtype=np.float64))},
    )
    return Population(people, layer.geobox, record)


def runs_from_the_south(given: object) -> bool:
    """Whether the rows of an array run from south to north."""
    if not (hasattr(given, "dims") and hasattr(given, "odc")):
        return False
    geobox = given.odc.geobox
    return geobox is not None and geobox.affine.e > 0


def coverage_from(
    given: Mapping[str, Any], country: Country
) -> tuple[dict[str, np.ndarray | xr.DataArray | Layer], tuple[DeclaredMap, ...]]:
    """Coverage by channel: arrays of the share (0..1) of each grid cell that is covered; and what was declared, by polygons
    or in files. A key may be a technology, or a technology and an operator, such as ``("4G", "Red")``."""
    arrays: dict[str, Any] = {}
    declared: list[DeclaredMap] = []
    if not isinstance(given, Mapping):
        raise InputError(f"coverage: a {type(given).__name__} was given; give a mapping such as {{'4G': array}}")
    for key, value in given.items():
        name, operator = key if isinstance(key, tuple) and len(key) == 2 else (key, "")
        channel = channel_name(name)
        if isinstance(value, gpd.GeoDataFrame | gpd.GeoSeries):
            declared.append(_polygons(channel, operator, value, country))
        elif isinstance(value, str | Path):
            declared += read_declared(Path(value), channel, country, operator=operator)
        elif operator:
            raise InputError(f"coverage of {channel}: an array speaks for all operators; give polygons for {operator}")
        elif channel in arrays:
            raise InputError(f"coverage of {channel}: was given twice; give one array")
        else:
            arrays[channel] = value
    both = {one.technology for one in declared} & arrays.keys()
    if both:
        raise InputError(f"coverage of {min(both)}: was given as an array and as a map; give one of them")
    return arrays, tuple(declared)


def boundaries_from(given: gpd.GeoDataFrame, country: Country) -> Boundaries:
    """Areas of one level (1, or the column ``level``), with ``name`` and ``area_id`` where they have them."""
    if not isinstance(given, gpd.GeoDataFrame):
        raise InputError(f"boundaries: a {type(given).__name__} was given; give a GeoDataFrame of areas")
    if given.crs is None:
        raise InputError("boundaries: have no CRS; set one, for example with areas.set_crs('EPSG:4326')")
    if given.empty or given.geometry.isna().any() or not given.geometry.geom_type.str.endswith("Polygon").all():
        raise InputError("boundaries: hold a row that is no polygon; give areas, not points, lines or nothing")
    if "level" in given and not given["level"].isin(range(5)).all():
        raise InputError("boundaries: level must be 0, 1, 2, 3 or 4 in every row")
    frame = given.to_crs("EPSG:4326").reset_index(drop=True)
    numbers = [f"{country.iso3}-{number + 1:03d}" for number in range(len(frame))]
    turn = longitude.shape_to_360 if country.crosses_180 else longitude.shape_to_180
    shapes = [turn(shape) for shape in shapely.make_valid(frame.geometry.to_numpy())]
    columns = {
        "level": frame["level"].astype(int) if "level" in frame else [1] * len(frame),
        "area_id": frame["area_id"].astype(str) if "area_id" in frame else numbers,
        "name": frame["name"].astype(str) if "name" in frame else numbers,
        "parent_id": frame["parent_id"].astype(str) if "parent_id" in frame else [""] * len(frame),
    }
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")
    record = InputRecord(
        layer="boundaries", path="boundaries (a table)", sha256=_digest(*table.geometry.to_wkb()), format="GeoDataFrame",
        crs="EPSG:4326", facts={"areas": len(table)},
    )  # fmt: skip
    return Boundaries(table.sort_values("level", kind="stable").reset_index(drop=True), (record,))


def _polygons(
    channel: str, operator: str, given: gpd.GeoDataFrame | gpd.GeoSeries, country: Country
) -> CoveragePolygons:
    if given.crs is None:
        raise InputError(
            f"coverage of {channel}: the polygons have no CRS; set one, for example with .set_crs('EPSG:4326')"
        )
    parts = shapely.get_parts(shapely.make_valid(shapely.get_parts(given.geometry.to_crs("EPSG:4326").to_numpy())))
    ground = [part for part in parts if part.geom_type.endswith("Polygon") and not part.is_empty]
    if not ground:
        raise InputError(f"coverage of {channel}: holds no polygon; give areas, not points or lines")
    frame = gpd.GeoDataFrame(geometry=ground, crs="EPSG:4326")
    points = frame.geometry.representative_point()
    lat, lon = points.y.to_numpy(), points.x.to_numpy()
    where = check_position(
        Path(f"coverage of {channel}"), "polygons", lat, lon, country, country.bbox, extent_of(frame)
    )
    record = InputRecord(
        warnings=where, layer="coverage", path=f"coverage of {channel} (polygons)", sha256=_digest(*frame.geometry.to_wkb()),
        format="GeoDataFrame", crs="EPSG:4326", facts={"technology": channel, "operator": operator, "polygons": len(frame)},
    )  # fmt: skip
    return CoveragePolygons(channel, operator, frame, record)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
