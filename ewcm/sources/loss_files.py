"""Files about a loss of sites: lists of lost sites, what operators state of theirs, tables of fragility, and whole scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ewcm.core.number import is_number
from ewcm.errors import InputError, unknown_key
from ewcm.loss_settings import STATED_NUMBERS, STATED_TEXTS
from ewcm.sources.files import read_text
from ewcm.sources.headings import field_of
from ewcm.sources.lost_sites import lost_rows
from ewcm.sources.small_toml import read_small_toml
from ewcm.sources.tables import decimal_numbers, numbers, read_headed, read_heading

#: Rows of one list.
_MOST_ROWS = 2_000_000

#: Bounds of what is stated of a site.
_BOUNDS = {"battery_hours": 10_000.0, "fuel_hours": 10_000.0}

#: Yes and no in the languages of the engine.
_WORDS = dict.fromkeys(("yes", "true", "y", "oui", "si", "sí", "sim"), 1.0) | dict.fromkeys(
    ("no", "false", "n", "non", "não"), 0.0
)

#: Other names of the columns that name a site.
_NAMES = {
    "latitude": "lat", "y": "lat", "longitude": "lon", "lng": "lon", "long": "lon", "x": "lon", "site": "site_id",
    "siteid": "site_id", "site id": "site_id", "id": "site_id",
}  # fmt: skip

#: Keys of a scenario beside the settings of a loss.
SCENARIO_KEYS = ("sites", "hazard", "kind", "event", "unit", "threshold", "values", "fragility", "hours")


@dataclass(frozen=True)
class SiteRows:
    """``table``: ``site_id`` ("" where none is stated), ``lat``, ``lon`` (NaN where none), and, of a file that states something
    of its sites, ``STATED_NUMBERS`` (NaN) and ``STATED_TEXTS`` (""). ``said``: what was assumed or left out."""

    path: Path
    table: pd.DataFrame
    notes: tuple[str, ...]


def read_site_rows(path: Path, lost: bool = False) -> SiteRows:
    """A table of sites with a header: ``site_id``, or ``lat`` and ``lon``; and what is stated of each.

    ``lost``: it is a list of lost sites: rows that say that their site stands are left out, and nothing else is stated.

    Raises :class:`InputError` in one line that names the file, the row and the value.
    """
    text, notes = read_text(path)
    table, long_lines = _of_one_column(text), 0
    if table is None:
        table, long_lines = read_headed(path, text)
    if long_lines > len(table):
        raise InputError(
            f"{path}: {long_lines} of {long_lines + len(table)} rows have more fields than the header; put identifiers that hold "
            'a comma in quotes ("site,1"), or leave site_id as the only column'
        )
    table = table.rename(columns={name: _NAMES[name] for name in table if name in _NAMES and _NAMES[name] not in table})
    if not {"site_id", "lat", "lon"} & set(table.columns):
        table = table.rename(columns=_told_by_headings([str(name) for name in table]))
    if "site_id" not in table and not {"lat", "lon"} <= set(table.columns):
        raise InputError(f"{path}: has no column site_id (nor lat and lon); name the sites by one of them")
    if not len(table):
        raise InputError(f"{path}: holds no sites; fill it")
    if len(table) > _MOST_ROWS:
        raise InputError(f"{path}: holds more than {_MOST_ROWS:,} rows; keep those of the country")
    if lost:
        table, standing = lost_rows(path, table)
        notes = (*notes, *standing)
    found = pd.DataFrame({"site_id": table["site_id"].str.strip() if "site_id" in table else ""}, index=table.index)
    for axis, most in (("lat", 90.0), ("lon", 540.0)):
        values = decimal_numbers(table[axis]) if axis in table else np.full(len(table), np.nan)
        if (beyond := np.flatnonzero(np.abs(values) > most)).size:
            row = int(beyond[0])
            raise InputError(
                f"{path}: row {table.index[row] + 2}: {axis} is {values[row]:g}, which is none; are lat and lon exchanged, or in "
                "metres?"
            )
        found[axis] = values
    named = (found["site_id"] != "") | (found["lat"].notna() & found["lon"].notna())
    if not named.all():
        row = int(found.index[np.flatnonzero(~named)[0]]) + 2
        raise InputError(f"{path}: row {row} has no site_id and no position; mend it, or leave it out")
    for name in STATED_NUMBERS:
        found[name] = _stated(path, name, table[name]) if name in table and not lost else np.nan
    for name in STATED_TEXTS:
        found[name] = table[name].str.strip() if name in table and not lost else ""
    if long_lines:
        notes = (*notes, f"{path.name}: {long_lines} rows with too many fields were left out.")
    return SiteRows(path, found.reset_index(drop=True), tuple(notes))


def read_stated(path: Path) -> SiteRows:
    """What operators state of their sites. Raises :class:`InputError`, too where no column states anything."""
    found = read_site_rows(path)
    known = (*STATED_NUMBERS, *STATED_TEXTS)
    separator, names = ", ", read_heading(path, read_text(path)[0])[0]
    unread = [name for name in names if name not in known and _NAMES.get(name, name) not in ("site_id", "lat", "lon")]
    if not set(known) & set(names):
        raise InputError(
            f"{path}: states nothing of its sites: no column is one of {separator.join(known)} (there are: "
            f"{separator.join(names)[:120]}); name one so"
        )
    if not unread:
        return found
    return replace(
        found, notes=(*found.notes, f"{path.name}: columns that are not read: {separator.join(unread)[:120]}.")
    )


def names_sites(path: Path) -> bool:
    """Whether a table is headed by what names sites."""
    try:
        text, _ = read_text(path)
        names = {"site_id"} if _of_one_column(text) is not None else set(read_heading(path, text)[0])
    except InputError:
        return False
    found = {_NAMES.get(name, name) for name in names}
    return "site_id" in found or {"lat", "lon"} <= found


def _told_by_headings(names: list[str]) -> dict[str, str]:
    """The columns that name a site by the headings of lists of sites in the languages of the engine, the likeliest of each."""
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        meaning = field_of(name)
        if meaning is not None and meaning[0] in ("site_id", "lat", "lon"):
            found[meaning[0]] = min(found.get(meaning[0], (meaning[1], name)), (meaning[1], name))
    return {name: field for field, (_, name) in found.items()}


def _of_one_column(text: str) -> pd.DataFrame | None:
    """A list of identifiers alone, one a line, whatever stands in them; None for a table of several columns."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0].strip('"').lower() != "site_id":
        return None
    rows = [
        line[1:-1].replace('""', '"') if len(line) > 1 and line[0] == line[-1] == '"' else line for line in lines[1:]
    ]
    return pd.DataFrame({"site_id": rows}, dtype=object)


def _stated(path: Path, name: str, column: pd.Series) -> np.ndarray:
    """A column of numbers, or of yes and no; NaN where it is empty."""
    text = column.str.strip().str.lower()
    values = text.map(_WORDS).to_numpy(np.float64)
    values = np.where(np.isnan(values), decimal_numbers(text.str.replace("%", "", regex=False)), values)
    values = np.where(text.str.endswith("%"), values / 100.0, values)
    most = _BOUNDS.get(name, 1.0)
    wrong = (text != "").to_numpy() & ~((values >= 0) & (values <= most))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        what = f"hours from 0 to {most:,.0f}" if name in _BOUNDS else "a share from 0 to 1, yes or no"
        raise InputError(f"{path}: row {row + 2}: {name} is '{column.iloc[row][:40]}'; write {what}")
    return values


def read_fragility(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Lower edges of bands of intensity (rising), and the shares of sites lost in each (n, 3): fewest, central, most.

    Columns ``lower``, ``low``, ``central``, ``high``. Raises :class:`InputError`.
    """
    table, _ = read_headed(path, read_text(path)[0])
    wanted = ("lower", "low", "central", "high")
    if lacking := [name for name in wanted if name not in table]:
        raise InputError(
            f"{path}: has no column {lacking[0]}; a table of fragility has lower, low, central, high: the lower edge of each "
            "band of intensity and the share of sites lost in it"
        )
    lower = numbers(table["lower"])
    shares = np.stack([numbers(table[name]) for name in wanted[1:]], axis=1)
    if not len(table) or not np.isfinite(lower).all() or (np.diff(lower) <= 0).any():
        raise InputError(f"{path}: lower is not a rising column of numbers; correct it")
    if not ((shares >= 0) & (shares <= 1)).all() or (np.diff(shares, axis=1) < 0).any():
        raise InputError(f"{path}: low, central and high are not shares with low <= central <= high; correct them")
    if (np.diff(shares, axis=0) < 0).any():
        raise InputError(f"{path}: loses fewer sites in a higher band than in a lower one; correct it")
    return lower, shares


def read_scenario(path: Path) -> dict[str, Any]:
    """The keys of a scenario (TOML); files that it names stand beside it. Raises :class:`InputError`."""
    content = read_small_toml(path, "the keys of a loss", "docs/method-loss.md")
    for key in content:
        if key not in SCENARIO_KEYS and key != "settings":
            raise InputError(f"{path}: {unknown_key(key, [*SCENARIO_KEYS, 'settings'])}")
    for key in ("sites", "hazard", "kind", "event", "unit", "values", "fragility"):
        if key in content and (not isinstance(content[key], str) or not content[key].strip()):
            raise InputError(f"{path}: {key} is {str(content[key])[:60]!r}; write a text")
    threshold = content.get("threshold", 0.0)
    if not is_number(threshold):
        raise InputError(f"{path}: threshold is {str(threshold)[:40]!r}; write a number in the unit of the hazard")
    if not isinstance(content.get("settings", {}), Mapping):
        raise InputError(f"{path}: settings is not a table; write [settings]")
    for key in ("sites", "values", "fragility", "hazard"):
        beside = path.parent / str(content.get(key, ""))
        if key in content and (key != "hazard" or beside.is_file()):
            content[key] = str(beside)
    return content
