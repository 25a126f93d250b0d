"""Hazards: rasters of intensities, classes or shares, polygons, ShakeMaps, tracks of cyclones, events of GDACS.

A reader returns :class:`Hazard` objects: one map each, that of a return period or of an event, with the thresholds at and above
which ground counts as exposed. What is on disk stays there; it comes onto the grid in ``ewcm.analysis.hazard_shares``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError, one_line
from ewcm.sources.band_units import refuse_picture, scale_said
from ewcm.sources.coverage_values import warnings_of_bands
from ewcm.sources.gdacs import read_gdacs
from ewcm.sources.ground_source import GROUND, GroundSource
from ewcm.sources.hazard_rows import exposed_polygons
from ewcm.sources.hazard_units import check_thresholds, unit_of, unit_of_field
from ewcm.sources.hazard_values import (
    KINDS,
    Seen,
    assumptions,
    check_bands,
    check_values,
    doubts_of_values,
    reaches,
    scan,
    warnings_of,
)
from ewcm.sources.netcdf_series import has_variable
from ewcm.sources.rasters import (
    MAX_CELLS,
    bounds_in_degrees,
    check_plain_grid,
    crs_name,
    grade_of_raster,
    open_raster,
    own_crs,
)
from ewcm.sources.shakemap import read_shakemap
from ewcm.sources.sidecars import sidecar_warnings
from ewcm.sources.tracks import FIRST_SEASON, Tracks, check_near, doubts_of_history, read_tracks
from ewcm.sources.vectors import VECTOR_SUFFIXES, polygons_only, read_vector

#: What the values of a file may be: intensities, classes or shares of the cell (0..1, or per cent) in a raster, tracks of
#: cyclones in a netCDF file.
VALUES = ("intensity", "class", "fraction", "percent", "tracks")

#: What a cell without data may mean: nothing is known of it, or the hazard does not reach it.
NODATA_IS = ("unknown", "none")

#: Models of the wind of a cyclone, the default first.
WIND_MODELS = ("H08", "H1980", "H10")

#: What the winds of tracks are called where the inputs give them no name.
TRACK_WINDS = "cyclone winds"

#: Return periods [years] of winds from a history of tracks: no longer ones than the record holds.
HISTORY_PERIODS = (5.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True)
class RasterSource:
    """A raster on disk. Values times ``factor`` are in the hazard's unit. ``coarse``: its cells are larger than those of the
    grid, which get the value at their middle; otherwise each gets the exact share of its ground."""

    path: Path
    values: str
    factor: float
    nodata_is: str
    coarse: bool


@dataclass(frozen=True)
class ArraySource:
    """Intensities (float32, row 0 in the north) on a grid of degrees; see ``coarse`` of :class:`RasterSource`."""

    intensity: np.ndarray
    transform: Affine
    coarse: bool


@dataclass(frozen=True)
class PolygonSource:
    """Ground inside polygons (EPSG:4326) is exposed, all other is not."""

    polygons: gpd.GeoDataFrame


@dataclass(frozen=True)
class TrackSource:
    """Winds of a table of tracks: of one storm, or where a return period is stated from the yearly maxima of all."""

    tracks: Tracks
    model: str


Source = RasterSource | ArraySource | PolygonSource | TrackSource | GroundSource


@dataclass(frozen=True)
class Hazard:
    """One map of a hazard.

    ``name``: of the hazard; maps of one name differ by ``return_period`` [years]. ``thresholds``: in ``unit``, rising, the first
    is that of maps and coldspots; NaN alone where ground is in the hazard or not. ``event``: what a map without a return period
    shows.
    """

    name: str
    kind: str
    unit: str
    thresholds: tuple[float, ...]
    source: Source
    record: InputRecord
    return_period: float | None = None
    event: str = ""
    scenario: str = ""
    year: int | None = None
    shares: tuple[float, ...] = field(default=(), compare=False)  # of the file's known cells at or above each threshold


def read_hazard(
    path: Path, kind: str, geobox: GeoBox, *, meta: Meta | None = None, **stated: Any
) -> tuple[Hazard, ...]:
    """Read one file of a hazard, told by its content and name.

    ``geobox``: the analysis grid, which the file must meet. ``stated``: further keys of ``[[hazard]]``
    (:mod:`ewcm.inputs.schema`). Raises :class:`InputError` where the file is not what is said of it.
    """
    meta = meta or Meta()
    if kind not in KINDS:
        raise InputError(f"{path}: kind = '{kind[:40]}' is not known; use {', '.join(KINDS)}")
    if kind == "ground":
        raise InputError(f'{path}: kind = "ground" needs values; state one of {", ".join(GROUND)}')
    asked = {key: value for key, value in stated.items() if value is not None}
    period = asked.get("return_period")
    if period is not None and not 1 <= period <= 1e6:
        raise InputError(f"{path}: return_period = {period:g} is no number of years from 1 to 1,000,000; correct it")
    if path.name.lower().endswith((".xml.gz", ".xml.zip")):
        raise InputError(f"{path}: is a packed ShakeMap or feed; unpack it, and name the .xml")
    if path.suffix.lower() == ".xml":
        found = (
            _gdacs(path, kind, geobox, meta, asked)
            if _says(path, b"<rss")
            else _shakemap(path, kind, geobox, meta, asked)
        )
    elif _is_table(path) or asked.get("values") == "tracks" or (kind == "wind" and _holds_tracks(path)):
        found = _tracks(path, kind, geobox, meta, asked)
    elif path.suffix.lower() in VECTOR_SUFFIXES and not (path.suffix.lower() == ".gpkg" and "values" in asked):
        found = _polygons(path, kind, geobox, meta, asked)
    else:
        found = (_raster(path, kind, geobox, meta, asked),)
    return found


def _says(path: Path, words: bytes) -> bool:
    """Whether words stand at the beginning of a file."""
    try:
        with path.open("rb") as stream:
            return words in stream.read(2000)
    except OSError:
        return False


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith((".csv", ".csv.gz", ".txt", ".dat", ".tsv"))


def _holds_tracks(path: Path) -> bool:
    """Whether a netCDF file has the variables of tracks, which no raster of winds has."""
    return path.suffix.lower() == ".nc" and any(has_variable(path, name) for name in ("usa_wind", "max_sustained_wind"))


def _named(kind: str, asked: Mapping[str, Any]) -> str:
    """The name of a hazard: that stated, else its kind with whatever tells it from others of the kind."""
    parts = [kind, asked.get("scenario", ""), str(asked.get("year", "") or ""), asked.get("event", "")]
    return str(asked.get("name") or " ".join(part for part in parts if part))


def _thresholds(
    path: Path, kind: str, unit: str, asked: Mapping[str, Any], usual: bool = True, factor: float = 1.0
) -> tuple[float, ...]:
    """The thresholds that are stated, in the unit that is, times ``factor``: in that of the hazard. Else those of the kind."""
    stated = asked.get("thresholds")
    found = KINDS[kind].thresholds if usual else ()
    if stated:  # nine digits: 15 cm are 0.15 m
        found = tuple(sorted({float(f"{float(value) * factor:.9g}") for value in stated}))
    if not found:
        raise InputError(
            f"{path}: no threshold is usual for {kind} in '{unit}'; state at least one, as in thresholds = [0.5]"
        )
    if not np.isfinite(found).all():
        raise InputError(f"{path}: thresholds hold a number that is not finite; correct it")
    if found[0] < 0:
        raise InputError(f"{path}: thresholds hold {found[0]:g}, at or above which all ground lies; correct it")
    return found


def _common(kind: str, unit: str, thresholds: tuple[float, ...], asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _named(kind, asked),
        "kind": kind,
        "unit": unit,
        "thresholds": thresholds,
        "return_period": asked.get("return_period"),
        "event": str(asked.get("event", "")),
        "scenario": str(asked.get("scenario", "")),
        "year": asked.get("year"),
    }


def _facts(hazard: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What the manifest says of a hazard."""
    keys = ("name", "kind", "unit", "return_period", "event", "scenario", "year")
    thresholds = [value for value in hazard["thresholds"] if np.isfinite(value)]
    return {key: hazard[key] for key in keys} | {"thresholds": thresholds} | more


# --- rasters ----------------------------------------------------------------------------------------------------------


def _raster(path: Path, kind: str, geobox: GeoBox, meta: Meta, asked: Mapping[str, Any]) -> Hazard:
    values, nodata_is = asked.get("values", "intensity"), asked.get("nodata_is", "unknown")
    for key, value, known in (("values", values, VALUES), ("nodata_is", nodata_is, NODATA_IS)):
        if value not in known:
            raise InputError(f"{path}: {key} = '{value[:40]}' is not known; use {', '.join(known)}")
    with open_raster(path) as dataset:
        crs = own_crs(dataset, path)
        check_plain_grid(dataset, path, crs)
        if dataset.width * dataset.height > MAX_CELLS:
            raise InputError(f"{path}: has more than {MAX_CELLS:.0e} cells; clip it to the country")
        _check_place(path, bounds_in_degrees(dataset.bounds, crs, path), geobox)
        check_bands(path, dataset.descriptions)
        thresholds: tuple[float, ...] = (float("nan"),)
        if values in ("fraction", "percent"):
            unit, factor, about = "1", 1.0 if values == "fraction" else 0.01, None
        elif values == "class":
            unit, factor, about = "class", 1.0, None
            thresholds = _thresholds(path, kind, unit, asked, kind == "landslide")
        else:
            about = unit_of(path, kind, asked, dataset)
            unit, factor = about.name, about.factor
            thresholds = _thresholds(path, kind, unit, asked, about.usual, about.of_thresholds)
        seen = scan(dataset, factor, thresholds)
        if about is not None:
            check_thresholds(path, unit, thresholds, seen.high)
        common = _common(kind, unit, thresholds, asked)
        check_values(path, common, seen, asked)
        if values != "class" and not (seen.whole and seen.high <= 1):  # a class or an extent may well have colours
            refuse_picture(dataset, path, "intensities")
        coarse = _is_coarse(_cell_km2(dataset.transform, crs_name(crs), dataset.shape), geobox)
        notes = scale_said(dataset) + (() if about is None else about.notes)
        notes += assumptions(seen, nodata_is, coarse, asked)
        driver, nodata, grade = dataset.driver, dataset.nodata, grade_of_raster(dataset)
        warnings = sidecar_warnings(dataset, path) + warnings_of_bands(dataset)
        warnings += () if about is None else about.warnings
    record = record_of(
        "hazard",
        path,
        meta,
        format=driver,
        crs=crs_name(crs),
        nodata="" if nodata is None else f"{nodata:.9g}",
        assumptions=notes,
        warnings=(*warnings, *warnings_of(path, common, seen, asked)),
        grade=grade,
        facts=_facts(
            common, values=values, known_cells=seen.known, missing_cells=seen.missing, range=[seen.low, seen.high]
        ),
    )
    return Hazard(
        **common,
        source=RasterSource(path, "fraction" if values == "percent" else values, factor, nodata_is, coarse),
        record=record,
        shares=seen.shares,
    )


def _check_place(path: Path, bounds: tuple[float, float, float, float], geobox: GeoBox) -> None:
    """Refuse a file that does not touch the grid, longitudes modulo 360."""
    west, south, east, north = bounds
    if not longitude.boxes_meet(bounds, grid.box_deg(geobox)):
        raise InputError(
            f"{path}: lies elsewhere ({west:.2f}..{east:.2f} east, {south:.2f}..{north:.2f} north) and not where the people are; "
            "check that it is a file of this country"
        )


def _cell_km2(transform: Affine, crs: str, shape: tuple[int, int]) -> float:
    box = GeoBox((shape[0], shape[1]), transform, crs)
    return float(grid.row_cell_area_km2(box)[shape[0] // 2])


def _is_coarse(cell_km2: float, geobox: GeoBox) -> bool:
    """Whether cells are larger than those of the grid, by more than a rounding of either."""
    return cell_km2 > 1.05 * float(grid.row_cell_area_km2(geobox)[geobox.shape[0] // 2])


# --- everything else -----------------------------------------------------------------------------------------------------


def _event_of(stated: Mapping[str, str]) -> str:
    """An earthquake in words: an identifier alone tells a reader nothing. ``stated``: as of :class:`ShakeMap`."""
    magnitude, place, day = stated["magnitude"], stated["event_description"], stated["event_timestamp"][:10]
    words = [f"M {magnitude}" if magnitude else "", one_line(place, 60), day]
    told = " ".join(word for word in words if word)
    return f"{told} ({stated['event_id']})" if place and stated["event_id"] else stated["event_id"] or told


def _shakemap(path: Path, kind: str, geobox: GeoBox, meta: Meta, asked: Mapping[str, Any]) -> tuple[Hazard, ...]:
    if kind != "earthquake":
        what = "a ShakeMap" if _says(path, b"shakemap") else "XML, and no feed of GDACS"
        mend = 'state kind = "earthquake"' if "ShakeMap" in what else "give tracks as IBTrACS does (CSV), or a raster"
        raise InputError(f"{path}: is {what}; {mend}")
    found = read_shakemap(path)
    name = str(asked.get("field", "MMI")).upper()
    if name not in found.fields:
        raise InputError(f"{path}: has no field {name[:20]}; it has {', '.join(found.fields)}")
    values, transform = found.fields[name], found.transform
    unit = unit_of_field(path, name, found.units[name], asked.get("unit"), values)
    rows, cols = values.shape
    west, north = transform.c, transform.f
    _check_place(path, (west, north + rows * transform.e, west + cols * transform.a, north), geobox)
    if name == "MMI" and not (values.min() >= 0 and values.max() <= 12):
        raise InputError(
            f"{path}: holds MMI of {values.min():g}..{values.max():g}, which is no scale of 1..12; download it again"
        )
    thresholds = _thresholds(path, kind, unit, asked, name == "MMI")
    check_thresholds(path, unit, thresholds, float(values.max()))
    about = {**asked, "event": asked.get("event") or _event_of(found.event)}
    common = _common(kind, unit, thresholds, about)
    coarse = _is_coarse(_cell_km2(transform, "EPSG:4326", values.shape), geobox)
    record = record_of(
        "hazard",
        path,
        meta,
        format="ShakeMap",
        crs="EPSG:4326",
        assumptions=(
            *assumptions(Seen(0, 0, 1, 0, False, ()), "unknown", coarse, {}),
            "Ground beyond the edges of the ShakeMap is unknown.",
        ),
        warnings=doubts_of_values(common, _seen(values, thresholds), asked),
        facts=_facts(common, field=name, rows=rows, cols=cols, **found.event),
    )
    return (Hazard(**common, source=ArraySource(values, transform, coarse), record=record),)


def _seen(values: np.ndarray, thresholds: tuple[float, ...]) -> Seen:
    shares = tuple(float(reaches(values, threshold).mean()) for threshold in thresholds)
    return Seen(float(values.min()), float(values.max()), values.size, 0, False, shares)


def _gdacs(path: Path, kind: str, geobox: GeoBox, meta: Meta, asked: Mapping[str, Any]) -> tuple[Hazard, ...]:
    found = read_gdacs(path)
    event = str(asked.get("event", ""))
    here = found.table[found.table["event"] == event] if event else found.table[found.table["kind"] == kind]
    if here.empty:
        raise InputError(
            f"{path}: has no event {event or 'of kind ' + kind}; it has {', '.join(found.table['event'][:8])}"
        )
    box = grid.box_deg(geobox)
    near = np.array([longitude.boxes_meet(frame.bounds, box) for frame in here.geometry])
    if not near.any():
        raise InputError(
            f"{path}: its events of this kind lie elsewhere ({', '.join(here['event'][:8])}), and none where the people are; "
            "check that it is of this country and these days"
        )
    elsewhere, here = int((~near).sum()), here[near]
    common = _common(kind, "", (float("nan"),), asked)
    record = record_of(
        "hazard",
        path,
        meta,
        format="GDACS",
        crs="EPSG:4326",
        assumptions=(
            "A feed of GDACS gives the frame of an event and no footprint: people inside the frame are not all in danger.",
            *((f"{elsewhere} events lie elsewhere and were left out.",) if elsewhere else ()),
            *((f"{found.broken} events without a frame were left out.",) if found.broken else ()),
        ),
        facts=_facts(common, events=list(here["event"])),
    )
    return (Hazard(**common, source=PolygonSource(here[["geometry"]].reset_index(drop=True)), record=record),)


def _polygons(path: Path, kind: str, geobox: GeoBox, meta: Meta, asked: Mapping[str, Any]) -> tuple[Hazard, ...]:
    if asked.get("thresholds"):
        raise InputError(
            f"{path}: thresholds are for rasters; polygons are exposed ground as they are, choose some with where, as in "
            'where = "DEPTH >= 0.5"'
        )
    vector = read_vector(path, asked.get("layer"))
    if kind == "wind" and (vector.frame.geom_type == "Point").all():
        raise InputError(f'{path}: holds points and no areas; where they are those of a track, state values = "tracks"')
    chosen, rows, doubts = exposed_polygons(path, vector.frame, asked.get("where"))
    frame, mended = polygons_only(path, chosen)
    west, south, east, north = (float(value) for value in frame.total_bounds)
    _check_place(path, (west, south, east, north), geobox)
    common = _common(kind, "", (float("nan"),), asked)
    record = record_of(
        "hazard",
        path,
        meta,
        format=vector.format,
        crs=vector.crs,
        assumptions=(
            *vector.assumptions,
            *rows,
            *mended,
            "Ground outside the polygons was taken as ground that the hazard does not reach.",
        ),
        warnings=doubts,
        grade=vector.grade,
        facts=_facts(common, polygons=len(frame)),
    )
    polygons = gpd.GeoDataFrame(geometry=frame.geometry.to_numpy(), crs="EPSG:4326")
    return (Hazard(**common, source=PolygonSource(polygons), record=record),)


def _tracks(path: Path, kind: str, geobox: GeoBox, meta: Meta, asked: Mapping[str, Any]) -> tuple[Hazard, ...]:
    if kind != "wind":
        raise InputError(f'{path}: holds tracks of cyclones; state kind = "wind"')
    return winds_of(read_tracks(path, meta, asked.get("averaging_minutes")), geobox, asked)


def winds_of(tracks: Tracks, geobox: GeoBox, asked: Mapping[str, Any]) -> tuple[Hazard, ...]:
    """The winds of one storm of a table (``event``), or those of some return periods by its history.

    Raises :class:`InputError` where the table has no storm near the grid.
    """
    path = tracks.record.path
    model = asked.get("model", WIND_MODELS[0])
    if model not in WIND_MODELS:
        raise InputError(f"{path}: model = '{model[:20]}' is not known; use {', '.join(WIND_MODELS)}")
    if asked.get("unit", "m/s") != "m/s":
        raise InputError(f"{path}: winds of tracks are in m/s; remove the unit from inputs.toml")
    thresholds = _thresholds(Path(path), "wind", "m/s", asked)
    event = asked.get("event")
    asked = {**asked, "name": asked.get("name") or (f"{TRACK_WINDS} {event}" if event else TRACK_WINDS)}
    chosen = tracks.of(event) if event else tracks
    single = bool(event) or chosen.table["storm"].nunique() == 1
    if single and not event:
        first = chosen.table.iloc[0]
        asked = {**asked, "event": f"{first['name']} {first['season']}"}
    if single:
        check_near(chosen, geobox)
        return (
            Hazard(
                **_common("wind", "m/s", thresholds, asked), source=TrackSource(chosen, model), record=chosen.record
            ),
        )
    if not (chosen.table["season"] >= FIRST_SEASON).any():
        raise InputError(
            f"{path}: has no season since {FIRST_SEASON}, before which storms were missed; name one with event"
        )
    check_near(chosen, geobox)
    record = replace(chosen.record, warnings=(*chosen.record.warnings, *doubts_of_history(chosen)))
    stated = asked.get("return_period")
    periods = HISTORY_PERIODS if stated is None else (float(stated),)
    return tuple(
        Hazard(
            **{**_common("wind", "m/s", thresholds, asked), "return_period": period},
            source=TrackSource(chosen, model),
            record=record,
        )
        for period in periods
    )


def checked(hazards: Sequence[Hazard]) -> tuple[Hazard, ...]:
    """Hazards by name and return period.

    Raises :class:`InputError` for maps of one name that contradict each other: a period twice, other units or thresholds, ground
    of which a rarer event reaches less by more than a twentieth.
    """
    found: dict[str, list[Hazard]] = {}
    for hazard in hazards:
        found.setdefault(hazard.name, []).append(hazard)
    ordered: list[Hazard] = []
    for maps in found.values():
        maps.sort(key=lambda hazard: hazard.return_period or 0.0)
        for before, after in zip(maps, maps[1:], strict=False):
            _check_pair(before, after)
        ordered += maps
    return tuple(ordered)


def _check_pair(before: Hazard, after: Hazard) -> None:
    """Refuse two maps of one hazard, by rising return period, that contradict each other."""
    about, other = f"{after.record.path}: hazard '{after.name}'", before.record.path
    if before.return_period == after.return_period:
        what = "without a return period" if after.return_period is None else f"of {after.return_period:g} years"
        raise InputError(f"{about} has two maps {what} (the other is {other}); state return_period, event or name")
    if before.return_period is None:
        raise InputError(f"{about} has a return period and {other} has none; state return_period, event or name")
    same = np.array_equal(before.thresholds, after.thresholds, equal_nan=True)
    if before.unit != after.unit or not same:
        raise InputError(f"{about} has another unit or other thresholds than {other}; state a name for each")
    same = before.record.sha256 == after.record.sha256 != ""
    if same and isinstance(after.source, RasterSource) and after.shares and after.shares[0] > 0:
        raise InputError(
            f"{about} of {after.return_period:g} years is the same map as {other}; name the file of each period"
        )
    if before.shares and after.shares and after.shares[0] < 0.95 * before.shares[0]:
        raise InputError(
            f"{about} reaches {100 * after.shares[0]:.4g} % of the ground in {after.return_period:g} years and "
            f"{100 * before.shares[0]:.4g} % in {before.return_period:g} ({other}); correct the return periods"
        )
