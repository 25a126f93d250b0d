"""Measured signal levels or path losses: drive tests, crowd-sourced phones, campaigns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core import longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.settings import FREQUENCIES_MHZ
from ewcm.sources.cells import TECHNOLOGY_OF
from ewcm.sources.files import read_text
from ewcm.sources.level_codes import is_code, without_piles
from ewcm.sources.position import MARGIN_DEG, check_position
from ewcm.sources.quantities import read_columns
from ewcm.sources.tables import facts_of, read_headed, warning_of

#: Columns of :attr:`Measurements.table`. Absent numbers are NaN, absent texts "".
TEXTS = ("technology", "operator", "site", "device", "time", "clutter")
NUMBERS = (
    "lat",  # of the phone, degrees
    "lon",
    "level_dbm",  # measured
    "loss_db",  # measured, in place of a level
    "computed_loss_db",  # by P.1812, where the file brings it
    "computed_level_dbm",
    "site_lat",  # of the transmitter
    "site_lon",
    "site_height_m",
    "phone_height_m",
    "frequency_mhz",
    "eirp_dbm",
    "sensitivity_dbm",
    "clutter_m",
    "distance_km",
)

#: Other names of columns, as programs and campaigns write them.
_ALSO = {
    "level_dbm": (
        *("dbm", "rsrp", "rscp", "rxlev", "ss_rsrp", "rsrp_dbm", "rscp_dbm", "signal_dbm", "rx_level", "rxlevel"),
        *("serving_rsrp", "lte_rsrp", "nr_rsrp", "signal_strength", "signal", "level", "rssi", "rssi_dbm"),
    ),
    "loss_db": ("measured_loss_db", "path_loss_db", "pathloss"),
    "computed_loss_db": ("p1812_db", "p1812_loss_db", "predicted_loss_db"),
    "computed_level_dbm": ("p1812_dbm", "predicted_dbm", "computed_dbm"),
    "lat": ("latitude",),
    "lon": ("longitude", "lng"),
    "technology": ("radio", "tech", "network_type", "networktech", "network_tech", "rat", "technologie", "tecnologia"),
    "operator": ("network", "carrier", "provider", "operatorname", "operator_name"),
    "site": ("site_id", "station", "cell_site"),
    "device": ("phone", "model", "handset"),
    "time": ("timestamp", "date", "datetime"),
    "clutter": ("clutter_class", "land_cover"),
    "clutter_m": ("clutter_height_m",),
    "site_lat": ("tx_lat",),
    "site_lon": ("tx_lon",),
    "site_height_m": ("tx_height_m",),
    "phone_height_m": ("rx_height_m",),
    "sensitivity_dbm": ("sensitivity",),
}

#: Units of a column by the end of its name, as they stand in brackets behind a heading or beside a number, in small letters.
_UNITS_OF = {
    "dbm": ("dbm",),
    "db": ("db",),
    "mhz": ("mhz",),
    "km": ("km",),
    "m": ("m", "metres", "meters", "mètres", "metros"),
    "lat": ("deg", "°", "degrees", "degrés", "grados", "graus", "dd", "wgs84", "wgs 84"),
}
_UNITS_OF["lon"] = _UNITS_OF["lat"]

#: Columns whose level is that of the whole channel. Of 2G it is that of the carrier; of newer technologies it holds every cell
#: and all that is sent, and lies above RSCP by Ec/Io and above RSRP by 20 to 30 dB (3GPP TS 25.215 and 36.214, section 5.1).
_WHOLE_CHANNEL = ("rssi", "rssi_dbm")

#: Levels [dBm] and losses [dB] that can be.
LEVELS_DBM, LOSSES_DB = (-160.0, -10.0), (20.0, 300.0)

#: Rows within this [degrees, 28 m] of each other of one transmitter are one place.
_THIN_DEG = 1 / 4000


@dataclass(frozen=True)
class Measurements:
    """Measurements, a row each, with the columns of ``TEXTS`` and ``NUMBERS``, and ``rows``: how many of the file are in it.

    ``silent``: a phone looked for the network and found none (``level_dbm`` is NaN).
    """

    table: pd.DataFrame
    record: InputRecord


def read_measurements(
    path: Path,
    country: Country,
    meta: Meta | None = None,
    *,
    technology: str | None = None,
    computed: str | None = None,
) -> Measurements:
    """Read a table of measurements and join repeated ones. ``technology``: of all rows, where no column says it.
    ``computed``: name of the column with the losses by P.1812, where it is none of the known ones.

    Raises :class:`InputError` where columns are missing, or what they hold cannot be levels.
    """
    text, assumptions = read_text(path)
    raw, broken = read_headed(path, text)
    rows = len(raw) + broken
    raw, renamed, notes = _named(path, raw, computed)
    assumptions += notes
    if technology is not None and "technology" not in raw:
        raw["technology"] = technology
        assumptions += (f"No column says the technology; all were taken as {technology}, as stated.",)
    _check_columns(path, raw)
    table = pd.DataFrame({name: _texts(raw, name) for name in TEXTS})
    table["silent"] = _silent(raw)
    values, unread, notes = read_columns(raw, {name: name for name in NUMBERS if name in raw})
    assumptions += notes
    for name in NUMBERS:
        table[name] = values.get(name, np.nan)
    table["technology"] = [TECHNOLOGY_OF.get(name.upper(), "") for name in table["technology"]]
    levels = table["level_dbm"][~is_code(table["level_dbm"].to_numpy())]
    if len(levels) and float(np.mean(levels > 0)) > 0.5:
        raise InputError(
            f"{path}: its levels are mostly above 0 ({levels.max():g}), so they are no dBm; convert them (RSRP of "
            "LTE = ASU − 140)"
        )
    whole = renamed.get("level_dbm", "") in _WHOLE_CHANNEL
    kept, counts = _usable(table, country, whole_channel=whole)
    counts = {"with too many fields": broken, **counts}
    if kept.empty:
        reason = max(counts, key=lambda name: counts[name])
        raise InputError(
            f"{path}: holds {rows} rows, and none of them can be used ({counts[reason]} {reason}); correct the columns"
        )
    warnings = check_position(
        path, "measurements", table["lat"].dropna().to_numpy(), table["lon"].dropna().to_numpy(), country, country.bbox
    )
    heard, piled = without_piles(kept, _squares(kept).pipe(lambda ends: ends.groupby(list(ends)).ngroup()))
    joined = _thinned(heard)
    facts = {"rows": rows, "measurements": len(joined), "columns": renamed, **facts_of(counts)}
    record = record_of(
        "measurements",
        path,
        meta or Meta(),
        format="CSV",
        assumptions=(
            *assumptions,
            f"{len(kept)} rows stand for {len(joined)} places: repeated ones within 28 m of each other were joined (median).",
            *piled,
        ),
        warnings=(*warnings, *warning_of(counts, rows), *_unread(unread, int(table["silent"].sum()))),
        facts=facts,
    )
    return Measurements(joined, record)


def _unread(unread: dict[str, tuple[int, str]], silent: int) -> list[InputWarning]:
    """What is said of values that are no numbers; words for no signal are none of them."""
    found = []
    for name, (count, example) in unread.items():
        count -= silent if name == "level_dbm" else 0
        if count > 0:
            text = f"{count} values of {name} are no numbers (such as '{example}'); they count as not known."
            found.append(InputWarning("values", text, {"count": count, "column": name, "example": example}))
    return found


def _named(path: Path, raw: pd.DataFrame, computed: str | None) -> tuple[pd.DataFrame, dict[str, str], tuple[str, ...]]:
    """The columns by the names of this module, which of the file's they were, and what is to be said of their units."""
    found: dict[str, str] = {}
    if computed is not None:
        if computed.lower() not in raw.columns:
            raise InputError(f"{path}: has no column '{computed[:60]}'; name the one with the losses by P.1812")
        found["computed_loss_db"] = computed.lower()
    plain = {heading: _plain_heading(heading) for heading in raw.columns}
    other: list[str] = []
    for name in (*TEXTS, *NUMBERS):
        for candidate in (name, *_ALSO.get(name, ())):
            for heading, (word, unit) in plain.items():
                if name in found or word != candidate or heading in found.values():
                    continue
                if unit and name in NUMBERS and unit not in _units_of(name):
                    other.append(f"Column '{heading[:60]}' was not used: it is wanted in {_units_of(name)[0]}.")
                    continue
                found[name] = heading
    table = pd.DataFrame({name: raw[column] for name, column in found.items()})
    for name in set(NUMBERS) & set(table.columns):
        units = "|".join(re.escape(unit) for unit in _units_of(name))
        table[name] = table[name].astype(str).str.replace(rf"(?<=\d)\s*(?:{units})\s*$", "", case=False, regex=True)
    renamed = {name: plain[column][0] for name, column in found.items() if name != column}
    return table, renamed, tuple(dict.fromkeys(other))


def _plain_heading(heading: str) -> tuple[str, str]:
    """A heading without its unit in brackets, blanks and hyphens as underscores; and that unit."""
    unit = re.search(r"[\[(]([^\])]*)[\])]\s*$", heading)
    word = heading[: unit.start()] if unit else heading
    return re.sub(r"[\s\-]+", "_", word.strip()), unit[1].strip() if unit else ""


def _units_of(name: str) -> tuple[str, ...]:
    """The units that a column may have."""
    return _UNITS_OF[name.rsplit("_", 1)[-1]]


def _check_columns(path: Path, raw: pd.DataFrame) -> None:
    for name in ("lat", "lon"):
        if name not in raw:
            raise InputError(f"{path}: has no column {name}; measurements need lat,lon,dbm,technology")
    if "level_dbm" not in raw and "loss_db" not in raw:
        raise InputError(f"{path}: has no column dbm (nor measured_loss_db); measurements need lat,lon,dbm,technology")
    if "technology" not in raw:
        raise InputError(f"{path}: has no column technology; add it, or say --technology 4G where all rows are of one")


def _texts(raw: pd.DataFrame, name: str) -> pd.Series:
    if name not in raw:
        return pd.Series("", index=raw.index, dtype=object)
    return raw[name].astype(str).str.strip()


def _silent(raw: pd.DataFrame) -> np.ndarray:
    """Rows that say that there was no signal, in words or by an empty level."""
    if "level_dbm" not in raw:
        return np.zeros(len(raw), bool)
    words = raw["level_dbm"].astype(str).str.strip().str.lower()
    return np.asarray(words.isin(("none", "no signal", "no service", "no_signal")))


def _usable(
    table: pd.DataFrame, country: Country, *, whole_channel: bool = False
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows that can be used, and how many cannot, by reason. ``whole_channel``: the levels are RSSI."""
    level, loss = table["level_dbm"], table["loss_db"]
    good_level = level.between(*LEVELS_DBM)
    good_loss = loss.between(*LOSSES_DB)
    placed = table["lat"].between(-90, 90) & table["lon"].between(-180, 360)
    frequency = table["frequency_mhz"]
    reasons = {
        "without a position": ~placed,
        "of another country": placed & ~_inside(table, country),
        "of no known technology": ~table["technology"].isin(TECHNOLOGIES),
        "with the RSSI of 3G, 4G or 5G, which is no level of one cell (bring RSCP or RSRP)": np.asarray(
            table["technology"] != "2G"
        )
        & good_level
        & whole_channel,
        f"with a code in place of a level{_examples(level)}": is_code(level.to_numpy()) & ~good_loss,
        "without a level that can be": ~(good_level | good_loss | table["silent"]),
        "of a frequency outside P.1812": frequency.notna() & ~frequency.between(*FREQUENCIES_MHZ),
        "with a computed loss that cannot be": table["computed_loss_db"].notna()
        & ~table["computed_loss_db"].between(*LOSSES_DB),
    }
    left = np.ones(len(table), bool)
    counts = {}
    for reason, wrong in reasons.items():
        counts[reason] = int(np.count_nonzero(left & np.asarray(wrong)))
        left &= ~np.asarray(wrong)
    kept = table[left].reset_index(drop=True)
    kept.loc[~kept["level_dbm"].between(*LEVELS_DBM), "level_dbm"] = np.nan
    kept.loc[~kept["loss_db"].between(*LOSSES_DB), "loss_db"] = np.nan
    kept["lon"] = longitude.to_180(kept["lon"].to_numpy())
    return kept, counts


def _inside(table: pd.DataFrame, country: Country) -> np.ndarray:
    if country.bbox is None:
        return np.ones(len(table), bool)
    west, south, east, north = country.bbox
    lon = west + longitude.to_360(table["lon"].to_numpy() - west + MARGIN_DEG) - MARGIN_DEG
    lat = table["lat"].to_numpy()
    inside: np.ndarray = (lat >= south - MARGIN_DEG) & (lat <= north + MARGIN_DEG) & (lon <= east + MARGIN_DEG)
    return inside


def _examples(level: pd.Series) -> str:
    codes = sorted(set(level[is_code(level.to_numpy())]), key=abs)
    return f" (such as {', '.join(f'{code:g}' for code in codes[:3])})" if codes else ""


def _squares(table: pd.DataFrame) -> pd.DataFrame:
    """The square of 28 m of either end of each row."""
    ends = ("lat", "lon", "site_lat", "site_lon")
    return pd.DataFrame({name: np.floor(table[name] / _THIN_DEG).fillna(-(10**9)).astype(np.int64) for name in ends})


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    """Repeated measurements joined: the median of those of one technology, operator, site, device and place. The order of the
    rows does not matter."""
    ends = _squares(table)
    keys = [table[name] for name in ("technology", "operator", "site", "device", "clutter", "silent")]
    keys += [part.rename(f"{name}_square") for name, part in ends.items()]
    keys += [table[name].round(1).fillna(-1.0).rename(f"{name}_key") for name in ("site_height_m", "phone_height_m")]
    keys.append(table["frequency_mhz"].round(0).fillna(0.0).rename("carrier"))
    grouped = table.groupby(keys, sort=True, dropna=False)
    joined = grouped[list(NUMBERS)].median()
    joined["rows"] = grouped.size()
    names = [name for name in joined.index.names if name in (*TEXTS, "silent")]
    joined = joined.reset_index()[[*names, *NUMBERS, "rows"]]
    return joined.assign(time="")
