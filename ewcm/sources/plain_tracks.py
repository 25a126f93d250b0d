"""Tracks of cyclones in plain tables: a time, a position, and a wind or a pressure a row, whose headings state their units.

A table says little of itself, so that nothing is guessed of it: a wind or a radius without a unit is refused, and so are
positions that no single storm can have taken one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.errors import InputError, one_line
from ewcm.sources.headings import words_of
from ewcm.sources.tables import decimal_numbers

#: Headings of the columns that are no measures, their words written as one.
_HEADINGS = {
    "time": ("time", "datetime", "date", "isotime", "validtime", "timestamp", "dateheure", "heure", "fechahora", "datahora"),
    "lat": ("lat", "latitude", "latitud"),
    "lon": ("lon", "long", "longitude", "longitud", "lng"),
    "storm": ("storm", "name", "stormname", "stormid", "sid", "cyclone", "nom", "nombre", "nome"),
}  # fmt: skip

#: Words that may stand in any heading without changing what it is.
_FILLERS = {"utc", "gmt", "z", "deg", "degrees", "max", "maximum", "maxi", "maximo", "sustained", "speed", "vitesse"} | {
    *("velocidad", "velocidade", "central", "centrale", "centre", "min", "minimum", "minimal", "minimale", "sea", "level"),
    *("mean", "surface", "of", "du", "de", "del", "do", "la"),
}  # fmt: skip


@dataclass(frozen=True)
class _Measure:
    """``heads``: words that tell the column. ``units``: factors to the unit of the tracks, by the other words written as one."""

    heads: frozenset[str]
    units: Mapping[str, float]
    example: str


_KNOT_KM = 1.852
_MEASURES = {
    "radius_nmile": _Measure(
        frozenset({"rmw", "radius", "rayon", "radio", "raio"}),
        {"km": 1 / _KNOT_KM, **dict.fromkeys(("nm", "nmi", "nmile", "nmiles", "nauticalmiles"), 1.0)},
        "rmw_km",
    ),
    "central_hpa": _Measure(
        frozenset({"pressure", "pres", "pression", "presion", "pressao", "mslp", "slp", "pmin"}),
        {**dict.fromkeys(("hpa", "mb", "mbar", "mbars", "millibar", "millibars"), 1.0), "pa": 0.01, "kpa": 10.0},
        "pressure_hpa",
    ),
    "wind_kt": _Measure(
        frozenset({"wind", "winds", "vmax", "windspeed", "vent", "vents", "viento", "vento"}),
        {
            **dict.fromkeys(("kt", "kts", "kn", "knot", "knots", "noeuds", "nudos", "nos"), 1.0),
            **dict.fromkeys(("ms", "mps", "ms1"), 3.6 / _KNOT_KM),
            **dict.fromkeys(("kmh", "kmph", "kph", "kmh1"), 1 / _KNOT_KM),
            "mph": 1.609344 / _KNOT_KM,
        },
        "wind_kt",
    ),
}

#: Words of measures that are none of these: gusts, the pressure outside, radii of a wind of so many knots.
_OTHER = {
    "gust",
    "gusts",
    "rafale",
    "rafales",
    "racha",
    "rachas",
    "rajada",
    "rajadas",
    "environment",
    "env",
    "poci",
    "outer",
}

_MINUTES = re.compile(r"(10|[1-9])(?:minutes|minute|mins|min|mn)")

#: No eye moves faster than this [km/h] from one position to the next.
_FASTEST_KMH = 150.0


def plain_track(
    path: Path, table: pd.DataFrame, averaging_minutes: int | None = None
) -> tuple[pd.DataFrame, int | None, tuple[str, ...]]:
    """Positions by the headings of a table of texts: ``storm``, ``hours`` (since 1970, UTC), ``lat``, ``lon``, ``wind_kt``,
    ``central_hpa``, ``radius_nmile``, NaN where nothing is stated; the minutes over which the winds are means (1 or 10), None
    where nothing says it; and what is to be said.

    ``averaging_minutes``: those that the inputs state. Raises :class:`InputError` where a column or the unit of one is missing.
    """
    words = {str(column): words_of(str(column)) for column in table.columns}
    plain = {name: "".join(word for word in of if word not in _FILLERS) for name, of in words.items()}
    at = {key: next((name for name in words if plain[name] in known), "") for key, known in _HEADINGS.items()}
    measures = {key: _column(path, key, words) for key in _MEASURES}
    lacking = [key for key in ("time", "lat", "lon") if not at[key]]
    lacking += [] if measures["wind_kt"] or measures["central_hpa"] else ["wind or pressure"]
    if lacking:
        raise InputError(
            f"{path}: has no column {', '.join(lacking)}; give tracks as IBTrACS does (CSV, v03 or v04), or a table with time, "
            "lat, lon, wind_kt and pressure_hpa"
        )
    time = pd.to_datetime(table[at["time"]].str.strip(), errors="coerce", format="ISO8601", utc=True)
    raw = pd.DataFrame({"storm": table[at["storm"]].str.strip() if at["storm"] else path.stem}, index=table.index)
    raw["hours"] = (time - pd.Timestamp(1970, 1, 1, tz="UTC")).dt.total_seconds() / 3600.0
    raw["lat"], raw["lon"] = decimal_numbers(table[at["lat"]]), decimal_numbers(table[at["lon"]])
    notes, minutes = [], averaging_minutes
    for key, measure in measures.items():
        raw[key] = decimal_numbers(table[measure[0]]) * measure[1] if measure else np.nan
        if measure:
            notes.append(f"Column '{one_line(measure[0], 40)}' was taken as {measure[2]}.")
    if measures["wind_kt"]:
        said = measures["wind_kt"][3]
        if said and averaging_minutes not in (None, said):
            raise InputError(
                f"{path}: its winds are means over {said} minutes by their heading, inputs.toml says averaging_minutes = "
                f"{averaging_minutes}; correct one"
            )
        minutes = averaging_minutes or said
        if minutes not in (None, 1, 10):
            raise InputError(f"{path}: its winds are means over {minutes} minutes; give means over 1 or 10 minutes")
    _check_way(path, raw, bool(at["storm"]))
    return raw, minutes, tuple(notes)


def _column(path: Path, key: str, words: Mapping[str, list[str]]) -> tuple[str, float, str, int | None] | None:
    """The column of a measure with the factor of its unit, the unit as its heading has it, and the minutes of a mean; None where
    there is none. Of several the first whose unit is known."""
    measure, unknown = _MEASURES[key], ""
    for name, of in words.items():
        if not set(of) & measure.heads or set(of) & _OTHER or (key == "wind_kt" and _is_radius(of)):
            continue
        rest = "".join(word for word in of if word not in measure.heads | _FILLERS and not _of_radius(key, word))
        minutes = _MINUTES.search(rest)
        unit = _MINUTES.sub("", rest)
        if unit in measure.units:
            return name, measure.units[unit], unit, None if minutes is None else int(minutes.group(1))
        unknown = unknown or name
    if not unknown:
        return None
    raise InputError(
        f"{path}: its column '{one_line(unknown, 40)}' does not say its unit, or one that is not read; name it as in "
        f"{measure.example} (units: {', '.join(measure.units)})"
    )


def _is_radius(words: Iterable[str]) -> bool:
    return bool(set(words) & _MEASURES["radius_nmile"].heads)


def _of_radius(key: str, word: str) -> bool:
    """Whether a word belongs to the name of the radius of maximum wind."""
    return key == "radius_nmile" and word in _MEASURES["wind_kt"].heads


def _check_way(path: Path, raw: pd.DataFrame, named: bool) -> None:
    """Refuse positions that no storm can have taken one after the other."""
    for _, storm in raw.dropna(subset=["hours", "lat", "lon"]).sort_values("hours", kind="stable").groupby("storm"):
        hours, lat = storm["hours"].to_numpy(), storm["lat"].to_numpy()
        lon = np.unwrap(storm["lon"].to_numpy(), period=360.0)
        east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
        gone, taken = 111.2 * np.hypot(np.diff(lat), east), np.diff(hours)
        fast = gone > np.maximum(_FASTEST_KMH * taken, 1.0)
        if fast.any():
            place = int(np.argmax(fast))
            mend = "correct them" if named else "name the storm of each in a column storm, or correct them"
            raise InputError(
                f"{path}: goes {gone[place]:.0f} km in {taken[place]:.1f} hours, so that its positions are not those of one "
                f"storm; {mend}"
            )
