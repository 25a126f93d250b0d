"""Channels of an alert beside the mobile signal, from a TOML file: where each is, who has its device, what is not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ewcm.core.channels import TECHNOLOGIES, channel_name
from ewcm.core.fraction import CASES, Case
from ewcm.core.number import is_number
from ewcm.errors import InputError, unknown_key
from ewcm.sources.alert_areas import disc
from ewcm.sources.files import read_text
from ewcm.sources.lost_sites import out_of_order
from ewcm.sources.small_toml import read_small_toml
from ewcm.sources.tables import decimal_numbers, read_headed
from ewcm.sources.vectors import polygons_only, read_vector

#: What travels by mobile networks, and mostly reaches the same phones.
MOBILE, CELL_BROADCAST, SMS = "mobile", "cell broadcast", "SMS"
CARRIED = (MOBILE, CELL_BROADCAST, SMS)

#: Channels beside those that travel by mobile networks.
OTHERS = ("FM", "AM", "TV", "siren", "satellite")

STATES = ("known", "assumed", "unknown")

_KEYS = (
    "name", "state", "technologies", "operators", "polygons", "sites", "everywhere", "share", "messages_per_minute",
    "threshold_db",
)  # fmt: skip

#: Reference distance of the rated level of sirens, 100 feet [km].
_REFERENCE_KM = 0.03048

#: Sound that is heard over a street, dB(C) (FEMA CPG 1-17, 1980).
THRESHOLD_DB = 70.0

#: Absorption by air [dB/km] at 500 Hz, 20 °C, 70 % (ISO 9613-1).
_ABSORPTION_DB_KM = 2.8

#: Sirens of one list.
_MOST_SIRENS = 5_000


@dataclass(frozen=True)
class AlertChannel:
    """A channel: ``technologies`` and ``operators`` that carry it, ``ground`` by case (longitude, latitude), or ``everywhere``.

    ``state``: ``known``, ``assumed`` or ``unknown``. ``devices``: share (0..1) of people who have its device and have it on, by
    case; None where it is not known. ``messages_per_minute``: of SMS. ``of_map``: the channel is one of the country's own map,
    and ``technologies`` names it.
    """

    name: str
    state: str = "known"
    technologies: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    ground: dict[Case, shapely.Geometry] = field(default_factory=dict)
    everywhere: bool = False
    devices: dict[Case, float] | None = None
    messages_per_minute: float | None = None
    of_map: bool = False


#: Where a file says nothing of it: everybody with a signal counts, and what carries the alert is not asked.
SIGNAL = AlertChannel(MOBILE, "assumed", TECHNOLOGIES, devices=dict.fromkeys(CASES, 1.0))


def read_channels(path: Path) -> tuple[AlertChannel, ...]:
    """The channels of a file (docs/formats.md has a template), the mobile signal first.

    Raises :class:`InputError` in one line that names the file, the channel and what is wrong with it.
    """
    content = read_small_toml(path, "[[channel]] tables", "the template in docs/formats.md")
    for key in content:
        if key != "channel":
            raise InputError(f"{path}: {unknown_key(key, ['channel'])}")
    tables = content.get("channel")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{path}: has no [[channel]]; see the template in docs/formats.md")
    found = [_channel(path, table) for table in tables]
    names = [channel.name for channel in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: has two channels '{name}'; join them")
    return tuple(found) if MOBILE in names else (SIGNAL, *found)


def _channel(path: Path, table: dict[str, Any]) -> AlertChannel:
    name = _channel_name(path, table.get("name"))
    where = f"{path}: channel '{name}'"
    for key in table:
        if key not in _KEYS:
            raise InputError(f"{where}: {unknown_key(key, _KEYS)}")
    state = table.get("state", "known")
    if state not in STATES:
        raise InputError(f"{where}: state is {state!r}; write one of {', '.join(STATES)}")
    technologies, operators = (_texts(where, key, table.get(key, [])) for key in ("technologies", "operators"))
    technologies = tuple(_technology(where, text) for text in technologies)
    everywhere = table.get("everywhere", False)
    if not isinstance(everywhere, bool):
        raise InputError(f"{where}: everywhere is {everywhere!r}; write true or false")
    if name in CARRIED and not technologies and (name != CELL_BROADCAST):
        technologies = TECHNOLOGIES
    sources = [key for key in ("polygons", "sites") if key in table]
    stated = len(sources) + everywhere + bool(technologies)
    if stated > 1:
        raise InputError(
            f"{where}: says where it is in two ways; keep one of technologies, polygons, sites, everywhere"
        )
    if operators and not technologies:
        raise InputError(f"{where}: names operators and no technologies; add them, such as technologies = ['4G']")
    if state != "unknown" and not stated:
        raise InputError(
            f"{where}: does not say where it is; add technologies, polygons, sites or everywhere, or state = 'unknown'"
        )
    return AlertChannel(
        name,
        state,
        technologies,
        operators,
        {} if not sources or state == "unknown" else _ground(path, where, sources[0], table),
        everywhere,
        _devices(where, table["share"]) if "share" in table else outdoors(name),
        _rate(where, table.get("messages_per_minute")),
    )


def outdoors(name: str) -> dict[Case, float] | None:
    """A siren needs no device; of every other channel it is not known who has one until it is said."""
    return dict.fromkeys(CASES, 1.0) if name in ("siren", MOBILE) else None


def _channel_name(path: Path, name: object) -> str:
    if isinstance(name, str):
        known = {each.lower(): each for each in (*CARRIED, *OTHERS)}
        word = " ".join(name.lower().replace("_", " ").split())
        if word in known:
            return known[word]
        raise InputError(
            f"{path}: channel {unknown_key(name, list(known.values())).replace('key that is read', 'channel')}"
        )
    raise InputError(f"{path}: a [[channel]] has no name; write one of {', '.join((*CARRIED, *OTHERS))}")


def _texts(where: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise InputError(f"{where}: {key} is {str(value)[:60]!r}; write a list of names, such as ['4G']")
    return tuple(dict.fromkeys(each.strip() for each in value))


def _technology(where: str, text: str) -> str:
    try:
        name = channel_name(text)
    except InputError:
        name = ""
    if name not in TECHNOLOGIES:
        raise InputError(f"{where}: '{text[:40]}' is no technology; use some of {', '.join(TECHNOLOGIES)}")
    return name


def _devices(where: str, value: object) -> dict[Case, float]:
    """Shares of people with the device: one number, or three from low to high."""
    values = value if isinstance(value, list) else [value] * 3
    numbers = [each for each in values if is_number(each)]
    plain = [float(each) for each in numbers if 0 <= each <= 1]
    if not len(values) == len(plain) == 3 or sorted(plain) != plain:
        raise InputError(
            f"{where}: share is {str(value)[:60]}; write a share of people from 0 to 1, or [low, central, high]"
        )
    return dict(zip(CASES, plain, strict=True))


def _rate(where: str, value: object) -> float | None:
    if value is None:
        return None
    if not is_number(value) or not 0 < value < 1e9:
        raise InputError(f"{where}: messages_per_minute is {str(value)[:40]!r}; write how many are sent in a minute")
    return float(value)


def _ground(path: Path, where: str, key: str, table: dict[str, Any]) -> dict[Case, shapely.Geometry]:
    """The ground of polygons or of sirens by case."""
    named = table[key]
    if not isinstance(named, str) or not named:
        raise InputError(f"{where}: {key} is {str(named)[:60]!r}; write the name of a file")
    file = path.parent / named
    if key == "polygons":
        frame, _ = polygons_only(file, read_vector(file).frame)
        whole = shapely.union_all(frame.geometry.to_numpy())
        return dict.fromkeys(CASES, whole)
    if table.get("name", "").lower() != "siren":
        raise InputError(f"{where}: sites are for sirens; give the ground of another channel as polygons")
    threshold = table.get("threshold_db", THRESHOLD_DB)
    if not is_number(threshold) or not 40 <= threshold <= 110:
        raise InputError(f"{where}: threshold_db is {str(threshold)[:40]!r}; write dB(C) from 40 to 110")
    lat, lon, level = _sirens(file)
    return {
        case: shapely.union_all(
            [disc(*each) for each in zip(lat, lon, siren_radius_km(level, case, float(threshold)), strict=True)]
        )
        for case in CASES
    }


def _sirens(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude, longitude [degrees] and level at 100 feet [dB(C)] of a list of sirens."""
    table, _ = read_headed(file, read_text(file)[0])
    table = table.rename(columns=lambda name: str(name).strip().lower())
    for column in ("lat", "lon", "level_db"):
        if column not in table:
            raise InputError(f"{file}: has no column {column}; a list of sirens has lat, lon, level_db (at 100 feet)")
    if not 0 < len(table) <= _MOST_SIRENS:
        raise InputError(f"{file}: holds {len(table)} sirens; give 1 to {_MOST_SIRENS:,}")
    out, example = out_of_order(table)
    if out.any():
        raise InputError(
            f"{file}: {int(out.sum())} of {len(table)} rows say that their siren does not work ({example}); leave them out, "
            "as they would count as heard"
        )
    lat, lon, level = (decimal_numbers(table[column]) for column in ("lat", "lon", "level_db"))
    for column, values, least, most, mend in (
        ("lat", lat, -90, 90, "degrees from -90 to 90; are lat and lon exchanged?"),
        ("lon", lon, -360, 360, "degrees"),
        ("level_db", level, 80, 150, "dB(C) at 100 feet, from 80 to 150"),
    ):
        bad = np.flatnonzero(~((values >= least) & (values <= most)))
        if bad.size:
            row = int(bad[0])
            raise InputError(f"{file}: row {row + 2}: {column} is '{str(table[column].iloc[row])[:40]}'; write {mend}")
    return lat, lon, level


def siren_radius_km(level_db: np.ndarray, case: Case, threshold_db: float = THRESHOLD_DB) -> np.ndarray:
    """How far a siren is heard outdoors [km], for its level at 100 feet [dB(C)].

    Central: 10 dB a doubling of the distance (FEMA CPG 1-17). Low: 12 dB a doubling. High: 6 dB a doubling and the absorption of
    air at 500 Hz (ISO 9613-1), without ground or shadow. A siren below the threshold at 100 feet is heard nowhere.
    """
    loss = np.maximum(np.asarray(level_db, np.float64) - threshold_db, 0.0)
    if case != "high":
        per_decade = (10.0 if case == "central" else 12.0) / np.log10(2)
        return np.where(loss > 0, _REFERENCE_KM * 10 ** (loss / per_decade), 0.001)
    near, far = np.full(loss.shape, _REFERENCE_KM), np.full(loss.shape, 200.0)
    for _ in range(60):
        middle = (near + far) / 2
        heard = 20 * np.log10(middle / _REFERENCE_KM) + _ABSORPTION_DB_KM * (middle - _REFERENCE_KM) < loss
        near, far = np.where(heard, middle, near), np.where(heard, far, middle)
    return np.where(loss > 0, near, 0.001)
