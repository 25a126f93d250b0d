"""Declared coverage: polygons or rasters, one a technology (and operator)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.windows import Window

from ewcm.core import grid, longitude
from ewcm.core.fraction import Case
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.cells import TECHNOLOGY_OF
from ewcm.sources.coverage_values import (
    CLASSES,
    DBM_LIMITS,
    SHARES,
    VALUES,
    notes_on_transparent,
    refuse_other_unit,
    refuse_other_values,
    refuse_picture,
    warnings_of_bands,
    warnings_of_values,
)
from ewcm.sources.list_doubts import planned_by_name
from ewcm.sources.names_of_files import of_another_network, of_indoors, of_one_operator, refuse_uncovered
from ewcm.sources.operator_words import means_all
from ewcm.sources.position import Bbox, check_position, extent_of
from ewcm.sources.raster_bands import band_of, technologies_of_bands
from ewcm.sources.rasters import (
    MAX_CELLS,
    check_plain_grid,
    crs_name,
    crs_of,
    grade_of_raster,
    open_raster,
    own_crs,
    read_band,
)
from ewcm.sources.rows_by_value import Chosen, choose
from ewcm.sources.shapes_in_tables import is_table, read_areas
from ewcm.sources.sidecars import sidecar_warnings
from ewcm.sources.vectors import VECTOR_SUFFIXES, Vector, polygons_with_rows, read_vector

#: A declared level map is moved by this much for its cases of low and of high coverage [dB], as the propagation model is.
LEVEL_MARGIN_DB = 5.0


@dataclass(frozen=True)
class CoveragePolygons:
    """Coverage declared as polygons: EPSG:4326, valid, one row a polygon; only the geometry column matters."""

    technology: str
    operator: str  # "" where the file speaks for all operators together
    polygons: gpd.GeoDataFrame
    record: InputRecord


@dataclass(frozen=True)
class CoverageRaster:
    """Coverage declared as a raster, left on disk and read onto the analysis grid by ``coverage.declared``.

    ``values``: ``covered`` (1 = covered, 0 = not), ``mce`` (1 = strong, 2 = variable: covered but weaker, 0 = not), ``dbm``
    (covered where the level is at least ``threshold_dbm``), ``fraction`` (0..1: the share of the cell that is covered, or the
    probability that it is) or ``percent`` (the same of 0..100). Nodata cells are unknown, except that in a raster
    of bare 1s, where nodata is the only other value, nodata means not covered (said in ``record.assumptions``).
    """

    technology: str
    operator: str
    path: Path
    values: str
    threshold_dbm: float | None
    nodata: float | None
    nodata_is_uncovered: bool
    record: InputRecord
    band: int = 1

    def covered(self, values: np.ndarray, case: Case = "central") -> np.ndarray:
        """Where values of the raster (of any shape) say covered: boolean, or the share (0..1) that is."""
        if self.values == "mce":
            # Collins Mobile Coverage Explorer: 1 strong, 2 variable. Variable coverage counts, but not in the case of low
            # coverage.
            return (values == 1) if case == "low" else (values == 1) | (values == 2)
        if self.values == "dbm":
            assert self.threshold_dbm is not None
            margin = {"low": LEVEL_MARGIN_DB, "central": 0.0, "high": -LEVEL_MARGIN_DB}[case]
            return values >= self.threshold_dbm + margin
        if self.values in SHARES:
            return np.clip(values.astype(np.float32) / np.float32(SHARES[self.values]), 0.0, 1.0)
        return values > 0


DeclaredMap = CoveragePolygons | CoverageRaster


@dataclass(frozen=True)
class Choice:
    """What a user states of the rows and layers of a declared map. ``crs``: in place of the file's own."""

    layer: str | None = None
    where: str | None = None
    technology_column: str | None = None
    operator_column: str | None = None
    crs: str | None = None


def read_declared(
    path: Path,
    technology: str | None,
    country: Country,
    *,
    operator: str = "",
    choice: Choice = Choice(),
    values: str = "covered",
    threshold_dbm: float | None = None,
    meta: Meta | None = None,
    bbox: Bbox | None = None,
) -> tuple[DeclaredMap, ...]:
    """Read a declared coverage file: polygons by their name (.gpkg, .geojson, …), anything else as a raster.

    ``technology``: 2G … 5G (or GSM, UMTS, LTE, NR), needed unless the polygons have a column that tells it; where that column
    holds others too, only the polygons of the stated one are read. One map for each technology and operator. ``values`` and
    ``threshold_dbm`` speak of rasters only. Raises :class:`InputError` when the file is not what it is said to be.
    """
    meta = meta or Meta()
    known = None if technology is None else TECHNOLOGY_OF.get(technology.strip().upper())
    if known is None and technology is not None:
        raise InputError(f"{path}: technology '{technology}' is not known; use 2G, 3G, 4G or 5G")
    if values not in VALUES:
        raise InputError(f"{path}: values = '{values}' is not known; use {', '.join(VALUES)}")
    if (values == "dbm") != (threshold_dbm is not None):
        raise InputError(f'{path}: values = "dbm" and threshold_dbm go together; state both (such as -105) or neither')
    if threshold_dbm is not None and not DBM_LIMITS[0] <= threshold_dbm <= DBM_LIMITS[1]:
        raise InputError(f"{path}: threshold_dbm = {threshold_dbm:g} is no level in dBm; give one such as -105")
    bbox = bbox or country.bbox
    if path.suffix.lower() in VECTOR_SUFFIXES and not (path.suffix.lower() == ".gpkg" and values != "covered"):
        return _polygons(path, known, operator, choice, country, meta, bbox)
    if is_table(path):
        return _polygons(path, known, operator, choice, country, meta, bbox)
    if known is None:
        raise InputError(f'{path}: is a raster, which tells no technology; state it, as in technology = "4G"')
    stated = [name for name in ("layer", "where", "technology_column", "operator_column") if getattr(choice, name)]
    if stated:
        raise InputError(f"{path}: is a raster and has no {stated[0]}; remove that key")
    return (_raster(path, known, operator, values, threshold_dbm, choice.crs, country, meta, bbox),)


def _of_colours(vector: Vector) -> tuple[InputWarning, ...]:
    """The doubt that the colours of a KML may be classes."""
    if len(vector.colours) < 2:
        return ()
    shown = ", ".join(
        f"{count} in #{colour[6:8]}{colour[4:6]}{colour[2:4]}" for colour, count in vector.colours.items()
    )
    text = (
        f"Its areas are drawn in {len(vector.colours)} colours ({shown[:200]}), which may mean classes; all were taken as "
        "covered: leave in the file those that are, or give one file each."
    )
    return (InputWarning("colours", text, {"colours": shown[:200], "count": len(vector.colours)}),)


def _polygons(
    path: Path, technology: str | None, operator: str, choice: Choice, country: Country, meta: Meta, bbox: Bbox | None
) -> tuple[CoveragePolygons, ...]:
    refuse_uncovered(path, choice.layer)
    vector = read_areas(path, choice.crs) if is_table(path) else read_vector(path, choice.layer, choice.crs)
    named = operator
    operator = "" if means_all(operator) else operator
    chosen = choose(
        path,
        vector.frame,
        where=choice.where,
        technology=technology,
        technology_column=choice.technology_column,
        operator=operator,
        operator_column=choice.operator_column,
        by_placemark=vector.format == "KML",
    )
    frame, mended, rows = polygons_with_rows(path, chosen.frame)
    points = frame.geometry.representative_point()
    warnings = check_position(
        path, "polygons", points.y.to_numpy(), points.x.to_numpy(), country, bbox, extent_of(frame)
    )
    names = (choice.layer or "", path.stem)
    warnings += vector.warnings + planned_by_name(names) + of_another_network(names) + of_indoors(names)
    if not named and chosen.operators is None:
        warnings += of_one_operator(names, country)
    if choice.where is None:
        warnings += _of_colours(vector)
    lost = sum(chosen.lost.values())
    if lost:
        warnings += (_not_used(chosen, lost, len(vector.frame)),)
    geometry = frame[[frame.geometry.name]]
    technologies = (
        [((technology or ""),)] * len(frame)
        if chosen.technologies is None
        else [chosen.technologies[row] for row in rows]
    )
    operators = [operator] * len(frame) if chosen.operators is None else [chosen.operators[row] for row in rows]
    pairs = sorted({(one, owner) for names, owner in zip(technologies, operators, strict=True) for one in names})
    record = record_of(
        "coverage",
        path,
        meta,
        format=vector.format,
        crs=vector.crs,
        assumptions=vector.assumptions + tuple(chosen.assumptions) + mended,
        warnings=warnings + tuple(chosen.warnings),
        grade=vector.grade,
        facts={
            "technology": ", ".join(dict.fromkeys(one for one, _ in pairs)),
            "operator": ", ".join(dict.fromkeys(owner for _, owner in pairs if owner)),
            "layer": choice.layer or "",
            "polygons": len(frame),
            **{f"{what}_column": column for what, column in chosen.columns.items()},
            **({"not_used": chosen.lost} if lost else {}),
            **({"other_layers": list(vector.others)} if vector.others else {}),
            "extent": [float(value) for value in frame.total_bounds],
        },
    )
    found = []
    for one, owner in pairs:
        mine = [one in names and who == owner for names, who in zip(technologies, operators, strict=True)]
        found.append(CoveragePolygons(one, owner, geometry[mine].reset_index(drop=True), record))
    return tuple(found)


def _not_used(chosen: Chosen, lost: int, rows: int) -> InputWarning:
    """The warning about rows that were left out."""
    reasons = ", ".join(
        f"{count} {reason}" + (f" (such as '{chosen.examples[reason]}')" if reason in chosen.examples else "")
        for reason, count in chosen.lost.items()
        if count
    )
    return InputWarning("rows", f"{lost} of {rows} rows were not used: {reasons}.", {"lost": lost, "rows": rows})


def _raster(
    path: Path,
    technology: str,
    operator: str,
    values: str,
    threshold_dbm: float | None,
    stated_crs: str | None,
    country: Country,
    meta: Meta,
    bbox: Bbox | None,
) -> CoverageRaster:
    assumptions: tuple[str, ...] = ()
    named = operator
    operator = "" if means_all(operator) else operator
    refuse_uncovered(path, None)
    with open_raster(path) as dataset:
        crs = own_crs(dataset, path)
        if stated_crs is not None and crs != crs_of(dataset, path, stated_crs)[0]:
            raise InputError(
                f"{path}: says {crs_name(crs)} and crs = '{stated_crs[:40]}' is stated; write the right one into the raster "
                "(gdal_edit.py -a_srs)"
            )
        check_plain_grid(dataset, path, crs)
        if dataset.width * dataset.height > MAX_CELLS:
            raise InputError(f"{path}: has more than {MAX_CELLS:.0e} cells; clip it to the country or make it coarser")
        if set(zip(dataset.scales, dataset.offsets, strict=True)) != {(1.0, 0.0)}:
            raise InputError(f"{path}: its values have a scale or an offset; write them out (gdal_translate -unscale)")
        band, by_band = band_of(path, dataset, technology), bool(technologies_of_bands(dataset))
        if not by_band:
            refuse_picture(path, dataset)
        refuse_other_unit(path, values, dataset)
        counts, low, high, missing = _histogram(dataset, values, band)
        refuse_other_values(path, values, counts, low, high, dataset)
        nodata, driver = dataset.nodata, dataset.driver
        grade = grade_of_raster(dataset)
        said, unseen = notes_on_transparent(values, counts, dataset)
        assumptions += said
        beside = sidecar_warnings(dataset, path) + unseen
        if by_band:
            assumptions += (
                f"Band {band} was read, which is called '{one_line(str(dataset.descriptions[band - 1]), 40)}'.",
            )
        else:
            beside += warnings_of_bands(dataset)
        box = GeoBox((dataset.height, dataset.width), dataset.transform, crs_name(crs))
    _refuse_elsewhere(path, box, country, bbox)
    if not counts:
        raise InputError(f"{path}: holds nothing but nodata; check the file")
    bare = values == "covered" and set(counts) == {1} and missing > 0
    if bare:
        text = "The raster holds 1 and nodata only; nodata was taken as not covered, and so was the ground beyond its edges."
        beside = (*beside, InputWarning("bare", text))
    elif missing:
        assumptions += (f"{missing} cells are nodata; coverage there counts as unknown.",)
    beside += planned_by_name((path.stem,)) + of_another_network((path.stem,)) + of_indoors((path.stem,))
    if not named:
        beside += of_one_operator((path.stem,), country)
    beside += warnings_of_values(values, counts, low, high, missing, threshold_dbm)
    record = record_of(
        "coverage",
        path,
        meta,
        format=driver,
        crs=crs_name(crs),
        nodata="" if nodata is None else f"{nodata:.9g}",
        assumptions=assumptions,
        warnings=beside,
        grade=grade,
        facts={
            "technology": technology,
            "operator": operator,
            "values": values,
            "threshold_dbm": threshold_dbm,
            "rows": box.shape[0],
            "cols": box.shape[1],
            "counts": {f"{value:g}": count for value, count in sorted(counts.items())} if values in CLASSES else {},
            "range": [low, high],
        },
    )
    return CoverageRaster(technology, operator, path, values, threshold_dbm, nodata, bare, record, band)


def _refuse_elsewhere(path: Path, box: GeoBox, country: Country, bbox: Bbox | None) -> None:
    """Raise :class:`InputError` for a raster that lies outside the country."""
    lattice = (np.linspace(0, edge, 21) for edge in box.shape)
    row, col = (part.ravel() for part in np.meshgrid(*lattice, indexing="ij"))
    lat, lon = grid.latlon(box, row, col)
    if bbox is not None and not _overlaps(lat, lon, bbox):
        check_position(path, "raster", lat, lon, country, bbox)
        raise InputError(f"{path}: lies outside {country.name}; check that it is the file of {country.iso3}")


def _histogram(dataset: rasterio.DatasetReader, values: str, band: int) -> tuple[dict[float, int], float, float, int]:
    """How often each value occurs (at most 100 kinds; of levels and shares all as one), the lowest, the highest, and the
    nodata cells."""
    counts: dict[float, int] = {}
    low, high, missing = np.inf, -np.inf, 0
    for rows in grid.blocks(dataset.height):
        raw, gone = read_band(dataset, Window(0, rows.start, dataset.width, rows.stop - rows.start), band=band)
        missing += int(gone.sum())
        valid = raw[~gone]
        if not valid.size:
            continue
        low, high = min(low, float(valid.min())), max(high, float(valid.max()))
        if values not in CLASSES:
            counts[0.0] = counts.get(0.0, 0) + valid.size
            continue
        for value, count in zip(*np.unique(valid, return_counts=True), strict=True):
            if len(counts) < 100 or float(value) in counts:
                counts[float(value)] = counts.get(float(value), 0) + int(count)
    return counts, low, high, missing


def _overlaps(lat: np.ndarray, lon: np.ndarray, bbox: Bbox) -> bool:
    """Whether the box of some points touches the country's box, longitudes compared modulo 360."""
    west, south, east, north = bbox
    if lat.max() < south or lat.min() > north:
        return False
    return bool(longitude.turns_onto((lon.min(), lon.max()), (west, east), touching=True))
