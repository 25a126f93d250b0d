"""Channels of a country beside mobile networks, from files: ground of radio and TV, lists of transmitters, lists of sirens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.core import longitude
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.of_one import of_one
from ewcm.sources.files import read_text
from ewcm.sources.lost_sites import out_of_order
from ewcm.sources.position import Bbox, check_position
from ewcm.sources.tables import grade_of_table, numbers, read_headed
from ewcm.sources.vectors import VECTOR_SUFFIXES, polygons_only, read_vector

#: Channels that may stand in inputs.toml: those that do not nest.
NAMES = ("FM", "AM", "TV", "siren", "satellite")

#: Fields [dB(µV/m)] with which broadcasting is planned in open country, by channel: FM in stereo (ITU-R BS.412-9), digital TV of
#: 600 MHz (a usual value, none of a Recommendation).
FIELD_DBUV = {"FM": 54.0, "TV": 56.0}

#: What a list of transmitters does not say: frequency [MHz], e.i.r.p. [dBm] (1 kW), height of the antenna [m].
TRANSMITTER = {"FM": (98.0, 60.0, 60.0), "TV": (600.0, 60.0, 60.0)}

#: Rows of one list.
_MOST_ROWS = 20_000


@dataclass(frozen=True)
class Broadcast:
    """One channel of the inputs.

    ``ground``: polygons (EPSG:4326) that it covers; None where it has none. ``sites``: ``lat``, ``lon``, of sirens ``level_db``
    (dB(C) at 100 feet), of transmitters ``frequency_mhz``, ``eirp_dbm``, ``height_m`` (NaN: not stated). ``radius_km``: of every
    site, in the place of a model. ``everywhere``: the sky is its ground. ``threshold``: of sirens dB(C), None by the density of
    people; of transmitters dB(µV/m).
    """

    name: str
    ground: gpd.GeoDataFrame | None
    sites: pd.DataFrame | None
    radius_km: float | None
    everywhere: bool
    threshold: float | None
    record: InputRecord


def read_broadcast(
    path: Path | None,
    name: str,
    country: Country,
    *,
    stated_in: Path,
    everywhere: bool = False,
    radius_km: float | None = None,
    threshold: float | None = None,
    devices: float | None = None,
    meta: Meta | None = None,
    bbox: Bbox | None = None,
) -> Broadcast:
    """One channel. ``stated_in``: the file that names it. ``devices``: share of people (0..1) who have its device and have it on,
    kept in the record for alerts. Raises :class:`InputError` in one line."""
    where = f"{stated_in}: [[channel]]"
    known = {each.lower(): each for each in NAMES}
    if name.strip().lower() not in known:
        raise InputError(f"{where}: '{name[:40]}' is not known; use {', '.join(NAMES)} (mobile ones are coverage)")
    name = known[name.strip().lower()]
    if (path is None) != everywhere:
        mend = "keep one of path and everywhere" if everywhere else "state path, or everywhere = true"
        raise InputError(f"{where}: {name} does not say where it is; {mend}")
    if devices is not None and not 0 <= devices <= 1:
        raise InputError(f"{where}: devices of {name} is {devices:g}; write a share of people from 0 to 1")
    meta = meta or Meta()
    facts: dict[str, object] = {"channel": name} if devices is None else {"channel": name, "devices": devices}
    if path is None:
        taken = (f"{name} is taken to be everywhere.",)
        record = record_of("channel", stated_in, meta, format="TOML", assumptions=taken, facts=facts)
        return Broadcast(name, None, None, None, True, None, record)
    if path.suffix.lower() in VECTOR_SUFFIXES:
        vector = read_vector(path)
        frame, mended = polygons_only(path, vector.frame)
        record = record_of(
            "channel", path, meta, format=vector.format, crs=vector.crs, assumptions=(*vector.assumptions, *mended),
            grade=vector.grade, facts=facts,
        )  # fmt: skip
        return Broadcast(name, frame[["geometry"]].reset_index(drop=True), None, None, False, None, record)
    sites, notes, grade = _sites(path, name)
    if name not in ("siren", "FM", "TV") and radius_km is None:
        raise InputError(f"{path}: how far a site of {name} reaches is not known; state radius_km, or give polygons")
    lat, lon = sites["lat"].to_numpy(), sites["lon"].to_numpy()
    warnings = check_position(path, "sites", lat, lon, country, bbox or country.bbox)
    record = record_of(
        "channel", path, meta, format="CSV", crs="EPSG:4326", assumptions=notes, warnings=warnings, grade=grade,
        facts={**facts, "sites": len(sites)},
    )  # fmt: skip
    return Broadcast(name, None, sites, radius_km, False, threshold, record)


def _sites(path: Path, name: str) -> tuple[pd.DataFrame, tuple[str, ...], str]:
    text, notes = read_text(path)
    table, long_lines = read_headed(path, text)
    wanted = ("lat", "lon", "level_db") if name == "siren" else ("lat", "lon")
    if lacking := [column for column in wanted if column not in table]:
        raise InputError(f"{path}: has no column {lacking[0]}; a list of {name} has {', '.join(wanted)}")
    if not 0 < len(table) <= _MOST_ROWS:
        raise InputError(f"{path}: holds {len(table)} sites; give 1 to {_MOST_ROWS:,}")
    out, example = out_of_order(table)
    if out.all():
        raise InputError(f"{path}: says of every row that it does not work ({example}); list those that do")
    if out.any():
        notes = (
            *notes,
            of_one(f"{int(out.sum())} rows were left out, which say that theirs does not work ({example})."),
        )
        table = table[~out]
    optional = () if name == "siren" else ("frequency_mhz", "eirp_dbm", "height_m")
    found = pd.DataFrame({column: numbers(table[column]) for column in wanted}, index=table.index)
    for column in optional:
        found[column] = numbers(table[column]) if column in table else np.nan
    bad = ~((found["lat"].abs() <= 90) & (found["lon"].abs() <= 360)).to_numpy()
    if name == "siren":
        bad |= ~found["level_db"].between(80, 150).to_numpy()
    if bad.any():
        what = "a position and a level from 80 to 150 dB" if name == "siren" else "a position"
        raise InputError(
            f"{path}: row {int(table.index[np.flatnonzero(bad)[0]]) + 2} lacks {what}; mend it, or leave it out"
        )
    found["lon"] = longitude.to_180(found["lon"])
    if long_lines:
        notes = (*notes, f"{long_lines} rows with too many fields were left out.")
    return found.reset_index(drop=True), tuple(notes), grade_of_table(table)
