"""Where the rows of a site list stand: degrees in any usual form, both in one column, or metres of a map projection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
from pyproj.exceptions import ProjError

from ewcm.core.input_warning import InputNote, InputWarning
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.coordinates import Degrees, degrees_of, pairs_of
from ewcm.sources.crs_texts import check_crs, no_system, note_on_shift, system_of
from ewcm.sources.datums import crs_in_words, other_datum, zone_of_heading
from ewcm.sources.headings import LON_FIRST, Found, step_of, words_of
from ewcm.sources.position import MARGIN_DEG, Bbox, share_inside
from ewcm.sources.quantities import decimal_sign, notes_on_numbers

#: Numbers beyond these are no degrees.
_MOST = {"lat": 90.0, "lon": 360.0}


@dataclass
class Places:
    """Positions of rows [degrees], NaN where there is none; rows whose text is none (``unread``), with an ``example``, and
    what was assumed."""

    lat: np.ndarray
    lon: np.ndarray
    unread: np.ndarray
    example: str = ""
    assumptions: list[str] = field(default_factory=list)
    warnings: list[InputWarning] = field(default_factory=list)

    def of_rows(self, rows: np.ndarray) -> Places:
        """The positions of some rows, which may come more than once."""
        return replace(self, lat=self.lat[rows], lon=self.lon[rows], unread=self.unread[rows])


@dataclass(frozen=True)
class Stated:
    """What the user states of positions: the coordinate system, and the sign before decimals ("" where not)."""

    crs: str | None
    decimal: str
    is_decimal_stated: bool
    how_crs: str = "crs in inputs.toml"  # how the user can state it


def positions_of(
    path: Path, table: pd.DataFrame, found: Found, country: Country, bbox: Bbox | None, crs: str | None = None
) -> tuple[Places, tuple[str, ...]]:
    """As :func:`places_of` for a file of the command line, with the sign before decimals that the positions show; and what is
    to be said of them. ``crs``: as ``--crs`` states it."""
    headings = [column.heading for name, column in found.columns.items() if name in ("lat", "lon", "x", "y")]
    texts = [text for heading in headings for text in table[heading].astype(str).unique()]
    decimal = decimal_sign(texts)
    place = places_of(path, table, found, Stated(crs, decimal, False, "--crs"), country, bbox)
    if not any(one.code == "rounded_positions" for one in place.warnings):
        place.warnings += _rounded(place, 2)
    return place, (*notes_on_numbers(texts, decimal), *place.assumptions)


def places_of(
    path: Path, table: pd.DataFrame, found: Found, stated: Stated, country: Country, bbox: Bbox | None
) -> Places:
    """The positions of the rows of a table. Raises :class:`InputError` where its columns hold none, or metres of a coordinate
    system that nobody has stated."""
    columns = found.columns
    told = _zones(table, found)
    if {"lat", "lon"} <= columns.keys():
        lat, lon = (table[columns[name].heading] for name in ("lat", "lon"))
    elif {"lat_deg", "lat_min", "lon_deg", "lon_min"} <= columns.keys():
        lat, lon = (_joined(table, found, axis) for axis in ("lat", "lon"))
    elif {"x", "y"} <= columns.keys():
        lat, lon = (table[columns[name].heading] for name in ("y", "x"))
    elif (utm := _utm_of_texts(table[columns["pair"].heading].astype(str))) is not None:
        lat, lon, zones_of_texts = utm
        told = zones_of_texts, "", ""
    else:
        lat, lon = pairs_of(table[columns["pair"].heading])
        if any(first in "".join(words_of(columns["pair"].heading)) for first in LON_FIRST):
            lat, lon = lon, lat
        whole = table[columns["pair"].heading].astype(str)
        lat = lat.where(lat != "", whole)  # so that what cannot be halved is shown
    lat, lon = (_signed(table, found, text, axis) for text, axis in ((lat, "lat"), (lon, "lon")))
    system = None if stated.crs is None else system_of(stated.crs, path)
    steps = [step_of(columns[name].heading) if name in columns else 1.0 for name in ("lat", "lon")]
    metres = (system is not None and not system.is_geographic) or min(steps) < 1.0 or told is not None
    north, east = (
        degrees_of(text, axis, stated.decimal, stated.is_decimal_stated, metres)
        for text, axis in ((lat, "lat"), (lon, "lon"))
    )
    _refuse_exchanged_letters(path, north, east)
    places = Places(
        north.values * steps[0], east.values * steps[1], north.unread | east.unread, north.example or east.example
    )
    for axis, degrees in (("lat", north), ("lon", east)):
        if degrees.parts:
            text = f"{degrees.parts} values of {axis} are in degrees, minutes and seconds."
            places.assumptions.append(InputNote("in_minutes", text, {"count": degrees.parts, "column": axis}))
    if min(steps) < 1.0:
        places.assumptions.append(
            f"Whole numbers were taken in the steps that their headings state ({min(steps):g} degrees)."
        )
    if system is None and not north.parts and not east.parts and _beyond(places) <= 0.5:
        _refuse_whole_degrees(path, places)
        places.warnings += _rounded(places, 1)
        places.warnings += _maybe_packed(np.concatenate([north.values, east.values]))
    _turned(places, found)
    if (system is not None and system.is_projected) or (told is not None and _beyond(places) > 0.5):
        _of_kilometres(places)
    if system is not None:
        _transformed(path, places, system, stated.crs or "")
    elif told is not None and _beyond(places) > 0.5:
        zones, datum, letter = told
        code = crs_in_words(datum, str(zones.iloc[0]), letter, bbox is not None and bbox[3] <= 0) if datum else ""
        if code and not code.startswith(("EPSG:326", "EPSG:327")):
            _transformed(path, places, system_of(code, path), f"{datum}, zone {zones.iloc[0]} ({code})")
            return places
        _from_zones(path, places, zones, country, bbox)
    elif _beyond(places) > 0.5:
        raise _no_system(path, places, country, bbox, stated.how_crs)
    if system is None:
        used = [column.heading for name, column in columns.items() if name in ("lat", "lon", "x", "y", "pair")]
        zones_of = None if "zone" not in columns else table[columns["zone"].heading]
        places.warnings += other_datum(table, used, zones_of, bbox is not None and bbox[3] <= 0)
    return places


def _zones(table: pd.DataFrame, found: Found) -> tuple[pd.Series, str, str] | None:
    """The zones of UTM of the rows, by their column or by the headings of the positions, with the datum and the letter that these
    name; None where neither tells them."""
    if "zone" in found.columns:
        return table[found.columns["zone"].heading], "", ""
    told = zone_of_heading(found.columns["x"].heading) if "x" in found.columns else None
    if told is None:
        return None
    _, datum, zone, letter = told
    return pd.Series(zone, index=table.index), datum, letter


#: Zone and metres of UTM in one text (``36N 456789 38123``, ``36 N 456789E 38123N``), or the zone behind them.
_ZONE = r"(?:(?:zone|zona|fuseau|huso|fuso)\s*)?(\d{1,2}\s?[c-x]?)"
_METRES = r"(\d{6}(?:\.\d+)?)\s*m?\s*[eo]?[\s,;:/]+(\d{1,8}(?:\.\d+)?)\s*m?\s*[ns]?"
_UTM_TEXTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (rf"(?:utm\s*)?{_ZONE}[\s,;:/]+{_METRES}", rf"{_METRES}[\s,;:/(]+{_ZONE}\)?")
)


def _utm_of_texts(texts: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series] | None:
    """Northings, eastings and zones of texts of UTM, as they are ("" and the whole text where one is none); None where most are
    no such texts."""
    for pattern, (zone, x, y) in zip(_UTM_TEXTS, ((1, 2, 3), (3, 1, 2)), strict=True):
        found = texts.str.strip().map(pattern.fullmatch)
        if 2 * found.notna().sum() <= (texts != "").sum():
            continue
        north, east, zones = (
            found.map(lambda one, part=part: one[part] if one else "").astype(object) for part in (y, x, zone)
        )
        return north.where(found.notna(), texts), east, zones
    return None


def _joined(table: pd.DataFrame, found: Found, axis: str) -> pd.Series:
    """Degrees, minutes and seconds of three columns as one text."""
    names = [f"{axis}_{part}" for part in ("deg", "min", "sec") if f"{axis}_{part}" in found.columns]
    signed = [table[found.columns[name].heading].astype(str) for name in names]
    # The sign of a position less than a degree from the equator may stand before its minutes alone.
    below = np.logical_or.reduce([part.str.startswith(("-", "−")).to_numpy(dtype=bool) for part in signed])
    parts = [part.str.lstrip("-−") for part in signed]
    text = (
        pd.Series(np.where(below, "-", ""), index=table.index)
        + parts[0]
        + "°"
        + parts[1].where(parts[1] != "", "0")
        + "'"
    )
    if len(parts) > 2:
        text += parts[2].map(lambda cell: f'{cell}"' if cell else "")
    return text.where(parts[0] != "", "")


def _signed(table: pd.DataFrame, found: Found, text: pd.Series, axis: str) -> pd.Series:
    """With the letter of a column of its own."""
    column = found.columns.get(f"{axis}_sign")
    if column is None:
        return text
    letter = table[column.heading].astype(str).str.strip().str.upper().str[:1]
    return (text.astype(str) + " " + letter).where((text != "") & (letter != ""), text)


def _turned(places: Places, found: Found) -> None:
    """A heading that says south or west, above numbers without a sign."""
    for axis, values in (("lat", places.lat), ("lon", places.lon)):
        column = found.columns.get(axis)
        if column is not None and column.sign < 0 and not (values < 0).any():
            values *= -1.0
            places.assumptions.append(
                f"The heading '{column.heading}' says south or west: its numbers were taken as negative."
            )


def _refuse_exchanged_letters(path: Path, north: Degrees, east: Degrees) -> None:
    wrong = north.other_axis | east.other_axis
    readable = np.isfinite(north.values) & np.isfinite(east.values)
    if wrong.sum() > readable.sum():
        raise InputError(
            f"{path}: latitude and longitude are swapped (such as '{north.example or east.example}'); exchange the two columns"
        )


def _beyond(places: Places) -> float:
    """Share of the positions that are no degrees."""
    readable = np.isfinite(places.lat) & np.isfinite(places.lon)
    if not readable.any():
        return 0.0
    return float(np.mean((np.abs(places.lat[readable]) > _MOST["lat"]) | (np.abs(places.lon[readable]) > _MOST["lon"])))


def _transformed(path: Path, places: Places, system: pyproj.CRS, name: str) -> None:
    readable = np.isfinite(places.lat) & np.isfinite(places.lon)
    check_crs(system.to_wkt(), path)
    try:
        to_degrees = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    except ProjError:
        raise no_system(name, path) from None
    places.assumptions += note_on_shift(system)
    lon, lat = to_degrees.transform(places.lon[readable], places.lat[readable])
    places.lon[readable], places.lat[readable] = lon, lat
    lost = readable & ~(np.isfinite(places.lat) & np.isfinite(places.lon))
    places.lat[lost] = places.lon[lost] = np.nan
    places.unread |= lost
    places.assumptions.append(f"Positions were brought from {name} to degrees, as stated.")


#: Numbers of a projection in metres that all lie below these are kilometres: no country lies so near to where its projection
#: begins, and none spans so little.
_MOST_KM = {"lon": 2_000.0, "lat": 10_100.0}


def _of_kilometres(places: Places) -> None:
    """Kilometres of a map projection as metres."""
    readable = np.isfinite(places.lat) & np.isfinite(places.lon)
    size = {axis: np.abs(getattr(places, axis)[readable]) for axis in _MOST_KM}
    if _beyond(places) == 0.0 or any(size[axis].max() > most for axis, most in _MOST_KM.items()):
        return
    shown = f"{places.lon[readable][0]:g}, {places.lat[readable][0]:g}"
    places.lat *= 1000.0
    places.lon *= 1000.0
    text = f"Positions (such as {shown}) are too small for metres of a map projection and were taken as kilometres."
    places.assumptions.append(InputNote("kilometres", text, {"example": shown}))


def _from_zones(path: Path, places: Places, zones: pd.Series, country: Country, bbox: Bbox | None) -> None:
    """Metres of UTM with a column of zones (``36N``, ``36``): the half of the globe where the country lies, as letters of bands
    and of halves are mixed up."""
    numbers = pd.to_numeric(zones.astype(str).str.extract(r"(\d{1,2})")[0], errors="coerce").to_numpy(dtype=float)
    readable = np.isfinite(places.lat) & np.isfinite(places.lon) & (numbers >= 1) & (numbers <= 60)
    x, y = places.lon.copy(), places.lat.copy()
    south_first = bbox is not None and bbox[3] <= 0
    for zone in np.unique(numbers[readable]).astype(int):
        rows = readable & (numbers == zone)
        halves = []
        for base in (32700, 32600) if south_first else (32600, 32700):
            to_degrees = pyproj.Transformer.from_crs(f"EPSG:{base + zone}", "EPSG:4326", always_xy=True)
            halves.append(to_degrees.transform(x[rows], y[rows]))
        if bbox is None:
            lon, lat = halves[0]
        else:
            within = [
                np.array([share_inside(bbox, np.array([b]), np.array([a])) for a, b in zip(*half, strict=True)])
                for half in halves
            ]
            lon, lat = (np.where(within[0] >= within[1], halves[0][part], halves[1][part]) for part in (0, 1))
        places.lon[rows], places.lat[rows] = lon, lat
    lost = ~readable & np.isfinite(places.lat)
    places.lat[lost] = places.lon[lost] = np.nan
    places.unread |= lost
    shown = ", ".join(str(zone) for zone in np.unique(numbers[readable]).astype(int))
    places.assumptions.append(
        f"Positions were taken as metres of UTM on WGS 84 in zone {shown}, in the half of the globe where {country.name} lies."
    )


def _refuse_whole_degrees(path: Path, places: Places) -> None:
    """Raise :class:`InputError` for positions that are whole degrees: their minutes were lost, or stand elsewhere."""
    readable = np.isfinite(places.lat) & np.isfinite(places.lon)
    lat, lon = places.lat[readable], places.lon[readable]
    if lat.size < 3 or _beyond(places) > 0.5 or (lat != np.rint(lat)).any() or (lon != np.rint(lon)).any():
        return
    raise InputError(
        f"{path}: its positions are whole degrees (such as {lat[0]:g}, {lon[0]:g}), which lie 111 km apart; where minutes and "
        "seconds stand in columns of their own call these Lat Deg, Lat Min, Lat Sec, Lon Deg, Lon Min, Lon Sec, else write "
        "decimal degrees"
    )


#: So many places of which none has more than one or two decimals were rounded.
_ROUNDED = 20


def _has_decimals(values: np.ndarray, most: int) -> bool:
    """Whether no number has more decimals than ``most``."""
    return bool((np.abs(values * 10**most - np.rint(values * 10**most)) <= 1e-6).all())


def _rounded(places: Places, decimals: int) -> list[InputWarning]:
    """A warning where no position has more decimals of a degree than these: 11 km are one, 1 km are two."""
    readable = np.isfinite(places.lat) & np.isfinite(places.lon)
    both = np.unique(np.stack([places.lat[readable], places.lon[readable]]), axis=1)
    if both.shape[1] < _ROUNDED or not _has_decimals(both, decimals):
        return []
    shown, km = f"{both[0, 0]:g}, {both[1, 0]:g}", round(111 / 10**decimals)
    text = (
        f"All positions are rounded to some {km} km (such as {shown}), and what is computed from them is as far off; ask for the "
        "full numbers."
    )
    return [InputWarning("rounded_positions", text, {"example": shown, "km": km})]


#: So many different fractions of degrees, none with minutes or seconds of 60 or more, are no chance; nor are so many tenths
#: of degrees of which none is above the fifth.
_FRACTIONS, _TENTHS = 20, 25


def _maybe_packed(values: np.ndarray) -> list[InputWarning]:
    """A warning where decimals of degrees look like minutes and seconds (0.3045 for 0°30'45\"), or like minutes (0.3075)."""
    values = np.unique(np.abs(values[np.abs(values) <= 360.0]))
    decimals = np.rint(values % 1.0 * 10_000).astype(np.int64)
    if np.unique(decimals).size < _FRACTIONS or (decimals // 100 >= 60).any():
        return []
    has_four = (np.abs(values * 10_000 - np.rint(values * 10_000)) < 1e-6).all() and (decimals % 100 < 60).all()
    if not has_four and np.unique(values * 10 // 1).size < _TENTHS:
        return []
    shown = f"{values[0]:.6g}"
    text = (
        f"No degree of the positions has decimals of 0.6 or more (such as {shown}): they may be minutes, or minutes and seconds, "
        "in one number with the degrees; write decimal degrees."
    )
    return [InputWarning("packed_degrees", text, {"example": shown})]


#: Factors that degrees are multiplied by where their decimal sign was lost.
_LOST_SIGN = tuple(10.0**power for power in range(2, 8))


def _packed(values: np.ndarray) -> np.ndarray:
    """Numbers as degrees, minutes and seconds in one (DDMMSS): degrees, NaN where minutes or seconds are 60 or more."""
    size = np.abs(values)
    degrees, minutes, seconds = size // 10_000, size // 100 % 100, size % 100
    found: np.ndarray = np.where(
        (minutes < 60) & (seconds < 60), np.sign(values) * (degrees + minutes / 60 + seconds / 3600), np.nan
    )
    return found


def _other_degrees(x: np.ndarray, y: np.ndarray, bbox: Bbox) -> str:
    """How numbers that are no degrees would be degrees of the country nearly all the same; "" where they would not."""
    lat, lon = _packed(y), _packed(x)
    if np.isfinite(lat).all() and np.isfinite(lon).all() and share_inside(bbox, lat, lon) > 0.9:
        return "degrees, minutes and seconds in one number (DDMMSS)"
    minutes = [np.abs(axis) % 100 for axis in (x, y)]
    if all((axis < 60).all() and (axis % 1 > 0).any() for axis in minutes):
        lon, lat = (
            np.sign(axis) * (np.abs(axis) // 100 + part / 60) for axis, part in zip((x, y), minutes, strict=True)
        )
        if share_inside(bbox, lat, lon) > 0.9:
            return "degrees and minutes in one number (DDMM.mmmm)"
    for factor, unit in ((3600.0, "seconds"), (60.0, "minutes")):
        if np.abs(x / factor).max() <= 360.0 and share_inside(bbox, y / factor, x / factor) > 0.9:
            return f"{unit} of arc ({factor:.0f} in a degree)"
    for factor in _LOST_SIGN:
        if np.abs(x / factor).max() <= 360.0 and share_inside(bbox, y / factor, x / factor) > 0.9:
            return f"degrees without their decimal sign (times {factor:,.0f})"
    return ""


def _no_system(path: Path, places: Places, country: Country, bbox: Bbox | None, how: str) -> InputError:
    """The error about metres without a system, with the UTM zone in which most of them would lie in the country."""
    readable = np.flatnonzero(np.isfinite(places.lat) & np.isfinite(places.lon))
    x, y = places.lon[readable], places.lat[readable]
    shown = f"x {x[0]:.6g}, y {y[0]:.6g}"
    likely = ""
    if bbox is not None and (way := _other_degrees(x, y, bbox)):
        return InputError(
            f"{path}: its positions are no degrees (such as {shown}); they lie in {country.name} as {way}: write decimal "
            "degrees, or degrees with their signs"
        )
    if bbox is not None:
        zones = range(int((bbox[0] + 180 - MARGIN_DEG) // 6) + 1, int((bbox[2] + 180 + MARGIN_DEG) // 6) + 2)
        codes = [base + (zone - 1) % 60 + 1 for zone in zones for base in (32600, 32700)] + [3857]
        best = max(codes, key=lambda code: _share_by(code, x, y, bbox), default=None)
        if best is not None and _share_by(best, x, y, bbox) > 0.5:
            likely = f" (most of them lie in {country.name} by {_in_words(how, best)})"
    return InputError(
        f"{path}: its positions are no degrees (such as {shown}); state their coordinate system with {how}"
        f"{likely}, or write degrees"
    )


def _in_words(how: str, code: int) -> str:
    return f"{how} EPSG:{code}" if how.startswith("--") else f'crs = "EPSG:{code}"'


def _share_by(code: int, x: np.ndarray, y: np.ndarray, bbox: Bbox) -> float:
    to_degrees = pyproj.Transformer.from_crs(f"EPSG:{code}", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    return share_inside(bbox, np.asarray(lat), np.asarray(lon))
