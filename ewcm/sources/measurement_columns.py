"""Which column of a table of measurements is what, as drive tests, apps of phones and campaigns head them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.errors import InputError, one_line
from ewcm.sources.headings import ALIASES, Column, Found, words_of
from ewcm.sources.plain_words import LONGEST

#: Columns of a table of measurements. Absent numbers are NaN, absent texts "".
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
#: Columns by which rows are left out: whether a row is of a neighbour of the cell that serves, or of that cell, and how far its
#: position may be off.
DOUBTS = ("neighbour", "serving", "accuracy_m")

#: Other names of columns, without blanks and accents, the likeliest first. Those of the transmitter and of what was computed are
#: looked for before those of the phone.
_ALSO: dict[str, tuple[str, ...]] = {
    "computed_loss_db": ("p1812db", "p1812lossdb", "predictedlossdb"),
    "computed_level_dbm": ("p1812dbm", "predicteddbm", "computeddbm"),
    "site_lat": ("txlat", "sitelatitude", "txlatitude"),
    "site_lon": ("txlon", "sitelongitude", "txlongitude"),
    "site_height_m": ("txheightm", "txheight"),
    "phone_height_m": ("rxheightm", "rxheight"),
    "loss_db": ("measuredlossdb", "pathlossdb", "pathloss"),
    "lat": ("latitude", *ALIASES["lat"]),
    "lon": ("longitude", "lng", *ALIASES["lon"]),
    "technology": (
        *("networktech", "rat", "rattype", "tech", "radio", "networktype", "act", "moderat", "system", "networkmode"),
        *("connectiontype", "connectiontypename", "postconnectiontypename", "dataconnectiontype"),
        *ALIASES["technology"],
    ),
    "operator": (
        *("operatorname", "operator", "network", "carrier", "provider"),
        *("simoperatorcommonname", "simoperatorname", "networkoperatorname"),
        *(name for name in ALIASES["operator"] if name != "isp"),
    ),
    "site": ("siteid", "station", "cellsite"),
    "device": ("phone", "model", "handset", "devicemodel", "phonemodel"),
    "time": ("timestamp", "date", "datetime"),
    "clutter": ("clutterclass", "landcover"),
    "clutter_m": ("clutterheightm", "clutterheight"),
    "sensitivity_dbm": ("sensitivity",),
    "neighbour": ("neighbouring", "neighboring", "neighbor", "isneighbour", "isneighbor", "isneighbouring", "isneighboring"),
    "serving": ("isserving", "registered", "isregistered", "servingcell", "isservingcell"),
    "accuracy_m": ("accuracy", "locationaccuracy", "gpsaccuracy", "horizontalaccuracy", "positionaccuracy", "precision"),
}  # fmt: skip

#: Headings of levels: what is measured of one technology, what a program calls a level without saying of what, and what is of the
#: whole channel. Of 2G that is the level of the carrier; of newer technologies it holds every cell and all that is sent, and lies
#: above RSCP by Ec/Io and above RSRP by 20 to 30 dB (3GPP TS 25.215 and 36.214, section 5.1).
_LEVELS_OF: dict[str, tuple[str, ...]] = {
    "2G": ("rxlev", "rxlevel", "rxlevsub", "rxlevfull", "gsmrxlev", "gsmrxlevel", "gsmrssi", "2grxlev"),
    "3G": ("rscp", "cpichrscp", "wcdmarscp", "umtsrscp", "3grscp"),
    "4G": ("rsrp", "ltersrp", "4grsrp"),
    "5G": ("ssrsrp", "nrrsrp", "nrssrsrp", "5grsrp", "5gssrsrp", "nr5grsrp"),
}  # fmt: skip
_STATED = ("leveldbm", "dbm")
_LEVELS = (
    *("signaldbm", "signalstrength", "signallevel", "signal", "level", "receivedpower", "rxpower"),
    *("niveaudesignal", "niveaudusignal", "niveausignal", "niveau", "puissancerecue", "intensitedusignal"),
    *("niveldesenal", "nivelsenal", "nivel", "potencia", "potenciarecibida", "potenciadesenal", "intensidaddesenal"),
    *("niveldesinal", "nivelsinal", "niveldosinal", "potenciarecebida", "potenciadosinal", "intensidadedesinal"),
    *("مستوىالاشارة", "قوةالاشارة"),
)  # fmt: skip
_WHOLE_CHANNEL = ("rssi", "rssidbm")

#: Words that programs put around the name of a quantity, and that say nothing more. Not those of neighbours, of second carriers,
#: of the least or the largest of several.
_AROUND = {
    *("all", "ms", "ms1", "ue", "serving", "server", "cell", "primary", "pcell", "pcc", "client", "attr", "location", "best"),
    *("avg", "average", "mean", "median", "moyen", "moyenne", "medio", "media", "measured", "user", "phone", "decimal", "degree"),
    *("degrees", "gps", "wgs84", "result", "current"),
}  # fmt: skip

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

#: How the columns are called where it is said which were taken.
_WORDS = {
    "level_dbm": "level",
    "loss_db": "measured loss",
    "computed_loss_db": "computed loss",
    "computed_level_dbm": "computed level",
}


@dataclass
class Headings:
    """``of``: the heading of each of ``TEXTS``, ``NUMBERS`` and ``DOUBTS`` that the table has, but the level. ``levels``: the
    headings of levels by the technology they are of, ``"stated"``, ``""`` (of any) or ``"channel"``. ``notes``: what is to be
    said."""

    of: dict[str, str] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def level_for(self, technology: str) -> tuple[str, bool] | None:
        """The heading of the level of a technology, and whether it is that of the whole channel."""
        kinds = [kind for kind in TECHNOLOGIES if kind in self.levels]
        own = (technology, "4G") if technology == "5G" else (technology,)
        # One quantity alone stands for whatever the rows are of: apps write each level into it.
        for kind in ("stated", *own, "", *(kinds if len(kinds) == 1 else ())):
            if kind in self.levels:
                return self.levels[kind], False
        return (self.levels["channel"], True) if "channel" in self.levels else None

    def sentences(self) -> tuple[str, ...]:
        """Which columns were taken for what, where they are not called so; and what else is to be said."""
        other = [
            f"'{one_line(heading, 40)}' as {_WORDS.get(name, name)}"
            for name, heading in self.of.items()
            if name not in ("lat", "lon") and _condensed(heading) not in (name.replace("_", ""), _condensed(name))
        ]
        used = {technology: self.level_for(technology) for technology in TECHNOLOGIES}
        levels = list(dict.fromkeys(one[0] for one in used.values() if one is not None))
        if len(levels) == 1 and _condensed(levels[0]) not in _STATED:
            other.append(f"'{one_line(levels[0], 40)}' as level")
        notes = [f"Columns were taken for others: {', '.join(other)}."] if other else []
        if len(levels) > 1:
            by_level = {
                one: [name for name, found in used.items() if found is not None and found[0] == one] for one in levels
            }
            listed = ", ".join(
                f"of {' and '.join(names)} from '{one_line(one, 30)}'" for one, names in by_level.items()
            )
            notes.append(f"Levels were read by technology: {listed}.")
        return (*notes, *self.notes)


def headings_of(path: Path, headings: Iterable[str], computed: str | None) -> Headings:
    """Which column is what. ``computed``: the one of the losses by P.1812, as the user names it."""
    found = Headings()
    left = {heading: split_unit(heading) for heading in headings}
    if computed is not None:
        named = next((heading for heading in left if heading.casefold() == computed.strip().casefold()), None)
        if named is None:
            raise InputError(f"{path}: has no column '{computed[:60]}'; name the one with the losses by P.1812")
        found.of["computed_loss_db"] = named
        left.pop(named)
    for name in (*(one for one in _ALSO if one in NUMBERS), *NUMBERS, *TEXTS, *DOUBTS):
        if name != "level_dbm" and name not in found.of:
            own, also = name.replace("_", ""), _ALSO.get(name, ())
            heading = _likeliest(left, also if own in also else (own, *also), name, found.notes)
            if heading is not None:
                found.of[name] = heading
                left.pop(heading)
    kinds: Mapping[str, tuple[str, ...]] = {"stated": _STATED, **_LEVELS_OF, "": _LEVELS, "channel": _WHOLE_CHANNEL}
    for kind, aliases in kinds.items():
        heading = _likeliest(left, aliases, "level_dbm", found.notes)
        if heading is not None:
            found.levels[kind] = heading
            left.pop(heading)
    return found


def _likeliest(
    left: Mapping[str, tuple[str, str]], aliases: tuple[str, ...], name: str, notes: list[str]
) -> str | None:
    """The heading that is one of the aliases, the likeliest first; else the one that is when words around are left out."""
    for bare in (False, True):
        for alias in aliases:
            for heading, (word, unit) in left.items():
                if _condensed(word, bare=bare) != alias:
                    continue
                if unit and name in NUMBERS and unit not in units_of(name):
                    text = f"Column '{heading[:60]}' was not used: it is wanted in {units_of(name)[0]}."
                    if text not in notes:
                        notes.append(text)
                    continue
                return heading
    return None


def _condensed(heading: str, *, bare: bool = False) -> str:
    return "".join(word for word in words_of(heading) if not (bare and word in _AROUND))


def split_unit(heading: str) -> tuple[str, str]:
    """A heading without its unit in brackets; and that unit in small letters."""
    unit = re.search(r"[\[(]([^\])]*)[\])]\s*$", heading) if len(heading) <= LONGEST else None
    return (heading[: unit.start()].strip(), unit[1].strip().casefold()) if unit else (heading, "")


def units_of(name: str) -> tuple[str, ...]:
    """The units that a column may have."""
    return _UNITS_OF[name.rsplit("_", 1)[-1]]


def without_units(column: pd.Series, name: str) -> pd.Series:
    """Texts of a column of numbers without the unit beside them."""
    units = "|".join(re.escape(unit) for unit in units_of(name))
    return column.astype(str).str.replace(rf"(?<=\d)\s*(?:{units})\s*$", "", case=False, regex=True)


def place_columns(headings: Headings, found: Found) -> Found:
    """The columns of the position of the phone: latitude and longitude, else degrees in parts, metres or pairs as
    ``found`` has them, without columns that were taken for something else (the position of the site)."""
    if {"lat", "lon"} <= headings.of.keys():
        own = {name: found.columns.get(name) for name in ("lat", "lon")}
        return Found(
            {
                **{name: column for name, column in found.columns.items() if name in ("lat_sign", "lon_sign")},
                **{
                    name: column
                    if column is not None and column.heading == headings.of[name]
                    else Column(headings.of[name])
                    for name, column in own.items()
                },
            }
        )
    taken = {*headings.of.values(), *headings.levels.values()}
    return Found({name: column for name, column in found.columns.items() if column.heading not in taken})
