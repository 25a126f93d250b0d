"""The inputs of a country: what ``data/<ISO3>/inputs.toml`` may say, what is guessed without it, and how they are read."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import EwcmError, InputError, SettingsError, one_line
from ewcm.inputs.country_data import CountryData
from ewcm.settings import LinkBudget, Settings
from ewcm.sources import boundaries as boundary_files
from ewcm.sources import cells as cell_files
from ewcm.sources import places as place_files
from ewcm.sources.boundaries import Boundaries, read_boundaries
from ewcm.sources.cells import read_cells, read_sites
from ewcm.sources.clutter import Clutter, open_clutter
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.files import check_file, read_text
from ewcm.sources.places import read_places
from ewcm.sources.population import read_population
from ewcm.sources.position import Bbox
from ewcm.sources.terrain import Terrain, open_terrain

#: The file that describes a folder of inputs.
INPUTS_FILE = "inputs.toml"

#: Where the folder of a country is, unless the user names another.
DATA = Path("data")

_TEXT, _NUMBER, _FLAG, _INTEGER = (str,), (int, float), (bool,), (int,)
_PATHS = (str, list)

#: What may stand in every table.
_PROVENANCE: dict[str, tuple[type, ...]] = {
    "licence": _TEXT,
    "attribution": _TEXT,
    "source": _TEXT,
    "date": (str, int),
    "redistributable": _FLAG,
    "non_commercial": _FLAG,
}

#: Keys of every table of inputs.toml, with their types; the first is needed.
_TABLES: dict[str, dict[str, tuple[type, ...]]] = {
    "population": {"path": _TEXT, "unit": _TEXT, "nodata": _NUMBER, "crs": _TEXT, "year": _INTEGER},
    "cells": {"path": _TEXT},
    "sites": {"path": _TEXT},
    "coverage": {
        "path": _TEXT,
        "technology": _TEXT,
        "operator": _TEXT,
        "layer": _TEXT,
        "values": _TEXT,
        "threshold_dbm": _NUMBER,
    },
    "terrain": {"path": _PATHS, "allow_coarse": _FLAG},
    "clutter": {"path": _PATHS, "values": _TEXT},
    "boundaries": {"path": _TEXT, "level": _INTEGER, "name": _TEXT, "code": _TEXT, "parent": _TEXT, "layer": _TEXT},
    "places": {"path": _TEXT},
    "official": {"path": _TEXT},
}

#: Tables that may stand several times (``[[cells]]``).
_REPEATED = ("cells", "sites", "coverage", "boundaries", "places")

#: Further keys that are needed.
_NEEDED = {"coverage": ("technology",), "boundaries": ("level",)}

#: Signs of an inputs.toml, and dots in one of its lines: the time that a key takes grows with the square of its dotted parts.
_LONGEST_TOML, _MOST_DOTS = 1_000_000, 200

#: No whole number of inputs.toml is larger: above it floating point cannot hold them.
_LARGEST = 10**300

_TYPE_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list of paths"}


@dataclass(frozen=True)
class Inputs:
    """What is to be read for one country, not yet read.

    ``tables``: as in inputs.toml, each with an absolute ``path`` (terrain, clutter: ``paths``). ``settings``: the defaults
    with the changes of ``[settings]``. ``guesses``: one line for every file that was taken (or left) by its name, to be
    printed; empty when inputs.toml said it all. ``starter``: no folder, so the embedded pack serves.
    """

    country: Country
    folder: Path | None
    tables: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    guesses: tuple[str, ...] = ()

    @property
    def starter(self) -> bool:
        """Whether the embedded starter pack serves, because there is no folder."""
        return self.folder is None

    def of(self, table: str) -> tuple[Mapping[str, Any], ...]:
        """The tables of one name, empty when there is none."""
        return self.tables.get(table, ())


def find_inputs(country: Country, folder: Path | None = None) -> Inputs:
    """The inputs of a country: of ``folder``, else of ``data/<ISO3>``, else the starter pack.

    Raises :class:`InputError` when the folder named is not there, or what it holds cannot be inputs.
    """
    try:
        if folder is None:
            folder = DATA / country.iso3
            if not folder.is_dir() and not folder.is_symlink():
                return Inputs(country, None, guesses=(f"No folder {folder.as_posix()}: the starter pack serves.",))
        if folder.is_file():
            raise InputError(f"{folder}: is a file; name the folder that holds it")
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; check the name given to --inputs")
        described = folder / INPUTS_FILE
        if (
            described.exists() or described.is_symlink()
        ):  # a link to nothing is a slip, not a wish to have files guessed
            return parse(described, country)
        return _discovered(country, folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be looked through ({error.strerror}); check its permissions") from error


def _discovered(country: Country, folder: Path) -> Inputs:
    from ewcm.inputs.discovery import (
        discover,
    )  # discovery builds Inputs; imported late so that neither module needs the other whole

    tables, guesses = discover(country, folder)
    return Inputs(country, folder, tables, Settings(), guesses)


def parse(path: Path, country: Country) -> Inputs:
    """Read an inputs.toml, strictly: an unknown key, a wrong type or a path that is not there is an error."""
    text, _ = read_text(path)
    if len(text) > _LONGEST_TOML or any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise InputError(f"{path}: is no description of a country's inputs; see data/templates/inputs.toml")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5000 digits is a bare ValueError
        raise InputError(f"{path}: is not valid TOML ({str(error)[:120]}); correct that line") from error
    known = ["country", "settings", *_TABLES]
    for key in content:
        _check_key(path, "", key, known)
    stated = content.get("country", country.iso3)
    if str(stated).upper() != country.iso3:
        raise InputError(f"{path}: is for country '{stated}', not {country.iso3}; correct it or the folder")
    if "population" not in content:
        raise InputError(
            f"{path}: has no [population] table; add one, or let `ewcm fetch {country.iso3}` (make data "
            f"country={country.iso3}) bring a population raster"
        )
    tables: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for name in _TABLES:
        if name in content:
            tables[name] = tuple(_table(path, name, table) for table in _as_list(path, name, content[name]))
            _refuse_doubles(path, name, tables[name])
    return Inputs(country, path.parent, tables, _settings(path, content.get("settings", {})))


def _as_list(path: Path, name: str, value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError(
            f"{path}: {name} is not a table; write [{'[' * (name in _REPEATED)}{name}{']' * (name in _REPEATED)}]"
        )
    if name not in _REPEATED:
        raise InputError(f"{path}: [[{name}]] may stand only once; write [{name}]")
    return value


def _table(path: Path, name: str, table: dict[str, Any]) -> Mapping[str, Any]:
    """One table with its types checked and its paths found."""
    types = _TABLES[name] | _PROVENANCE
    for key, value in table.items():
        _check_key(path, f"[{name}] ", key, list(types))
        wanted = types[key]
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            raise InputError(f"{path}: [{name}] {key} must be {_TYPE_NAMES[wanted[0]]}, not {str(value)[:40]!r}")
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise InputError(f"{path}: [{name}] {key} is a number of {len(str(value))} digits; correct it")
    for key in ("path", *_NEEDED.get(name, ())):
        if key not in table:
            raise InputError(f"{path}: [{name}] has no {key}; add it")
    if name == "boundaries" and table["level"] not in (0, 1, 2):
        raise InputError(f"{path}: [boundaries] level is {table['level']}; it must be 0, 1 or 2")
    found = dict(table)
    if types["path"] == _PATHS:
        entries = table["path"] if isinstance(table["path"], list) else [table["path"]]
        if not entries or not all(isinstance(entry, str) for entry in entries):
            raise InputError(f"{path}: [{name}] path must be a path or a list of paths")
        found["paths"] = tuple(_located(path, name, entry) for entry in entries)
        del found["path"]
    else:
        found["path"] = _located(path, name, table["path"])
        if found["path"].is_dir():
            raise InputError(f"{path}: [{name}] path '{table['path']}' is a folder; name the file in it")
    return found


def _refuse_doubles(path: Path, name: str, tables: tuple[Mapping[str, Any], ...]) -> None:
    """Sites, places and coverage that are named twice would be counted twice."""
    seen: set[tuple[object, ...]] = set()
    for table in tables if name in _REPEATED else ():
        same = (table["path"].resolve(), *(table.get(key) for key in ("layer", "technology", "operator", "level")))
        if same in seen:
            raise InputError(f"{path}: [[{name}]] names the file '{table['path'].name}' twice; remove one")
        seen.add(same)


def _located(path: Path, name: str, stated: str) -> Path:
    """A path of inputs.toml, relative to it, that is there."""
    if not stated or "\x00" in stated or stated.startswith("/vsi") or re.match(r"[A-Za-z]{2,}:", stated):
        raise InputError(
            f"{path}: [{name}] path '{stated[:60]}' is not a file on this machine; download it and name it here"
        )
    found = path.parent / stated
    try:
        there = found.exists() or found.is_symlink()  # of a link to nothing its reader will say so
    except OSError:
        there = False
    if not there:
        raise InputError(f"{path}: [{name}] path '{stated[:200]}' does not exist beside it; check the name")
    return found


def _check_key(path: Path, where: str, key: str, known: list[str]) -> None:
    if key in known:
        return
    close = [name for name in known if name.lower() == key.lower()] or difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    raise InputError(f"{path}: {where}'{key[:60]}' is not a key that is read; {hint}")


# --- settings --------------------------------------------------------------------------------------------------------


def _settings(path: Path, changes: object) -> Settings:
    """The defaults with the changes of ``[settings]``; tables (radii, link budgets) are merged over their defaults."""
    if not isinstance(changes, dict):
        raise InputError(f"{path}: settings is not a table; write [settings]")
    defaults = Settings()
    values: dict[str, Any] = {}
    for key, value in changes.items():
        _check_key(path, "[settings] ", key, [entry.name for entry in fields(Settings)])
        values[key] = _setting(path, key, value, getattr(defaults, key))
    try:
        return replace(defaults, **values)
    except SettingsError as error:
        raise SettingsError(f"{path}: [settings] {error}") from error


def _setting(path: Path, key: str, value: object, default: object) -> object:
    """One setting, of the type of its default."""
    if isinstance(default, dict):
        if not isinstance(value, dict):
            raise InputError(f'{path}: [settings] {key} must be a table, such as {{ "2G" = … }}')
        for technology in value:
            _check_key(path, f"[settings] {key} ", technology, list(default))
        return default | {name: _setting(path, f"{key} {name}", part, default[name]) for name, part in value.items()}
    if isinstance(default, LinkBudget):
        if not isinstance(value, dict):
            raise InputError(f"{path}: [settings] {key} must be a table, such as {{ eirp_dbm = 58 }}")
        for name in value:
            _check_key(path, f"[settings] {key} ", name, [entry.name for entry in fields(LinkBudget)])
        parts: dict[str, Any] = {
            name: _setting(path, f"{key} {name}", part, getattr(default, name)) for name, part in value.items()
        }
        return replace(default, **parts)
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise InputError(f"{path}: [settings] {key} must be a list of texts, such as {json.dumps(list(default))}")
        return tuple(value)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise InputError(f"{path}: [settings] {key} must be true or false, not {str(value)[:40]!r}")
        return value
    if isinstance(default, float):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise InputError(f"{path}: [settings] {key} must be a number, not {str(value)[:40]!r}")
        return float(value)
    if not isinstance(value, str):
        raise InputError(f"{path}: [settings] {key} must be text, such as {default!r}")
    return value


# --- reading ---------------------------------------------------------------------------------------------------------


def load(inputs: Inputs) -> CountryData:
    """Read and check every input. Raises :class:`EwcmError` subclasses; reads only."""
    country = inputs.country
    if inputs.starter:
        from ewcm import starter  # only where the pack serves, so that a run on real files does not need it

        return CountryData(country, **vars(starter.layers(country.iso3)))
    if not inputs.of("population"):
        raise InputError(f"{inputs.folder}: holds no population raster; add one and name it in {INPUTS_FILE}")
    areas = boundary_files.joined([_read_boundaries(inputs, table) for table in inputs.of("boundaries")])
    _check_levels(inputs)
    table = inputs.of("population")[0]
    population = read_population(
        table["path"],
        country,
        unit=table.get("unit", "people"),
        nodata=table.get("nodata"),
        crs=table.get("crs"),
        meta=_meta(inputs, table),
        boundaries=areas.table if areas else None,
    )
    if areas and population.beyond_180 and not country.crosses_180:
        areas = boundary_files.wrapped(areas)
    bbox = country.bbox or _bbox_of(areas)
    sites = [read_cells(table["path"], country, _meta(inputs, table), bbox) for table in inputs.of("cells")]
    sites += [read_sites(table["path"], country, _meta(inputs, table), bbox) for table in inputs.of("sites")]
    official, official_record = _official(inputs)
    return CountryData(
        country=country,
        population=population,
        sites=cell_files.joined(sites),
        declared=tuple(
            read_declared(
                table["path"],
                table["technology"],
                country,
                operator=table.get("operator", ""),
                layer=table.get("layer"),
                values=table.get("values", "covered"),
                threshold_dbm=table.get("threshold_dbm"),
                meta=_meta(inputs, table),
                bbox=bbox,
            )
            for table in inputs.of("coverage")
        ),
        terrain=_terrain(inputs),
        clutter=_clutter(inputs),
        boundaries=areas,
        places=place_files.joined(
            [read_places(table["path"], country, _meta(inputs, table), bbox) for table in inputs.of("places")]
        ),
        official=official,
        official_record=official_record,
    )


def _meta(inputs: Inputs, table: Mapping[str, Any]) -> Meta:
    stated = {key: table[key] for key in _PROVENANCE if key in table}
    if "year" in table and "date" not in stated:
        stated["date"] = table["year"]
    if "date" in stated:
        stated["date"] = str(stated["date"])
    return Meta(root=inputs.folder, **stated)


def _read_boundaries(inputs: Inputs, table: Mapping[str, Any]) -> Boundaries:
    return read_boundaries(
        table["path"],
        table["level"],
        inputs.country,
        name=table.get("name"),
        code=table.get("code"),
        parent=table.get("parent"),
        layer=table.get("layer"),
        meta=_meta(inputs, table),
    )


def _check_levels(inputs: Inputs) -> None:
    levels = [table["level"] for table in inputs.of("boundaries")]
    if len(set(levels)) < len(levels):
        raise InputError(f"{inputs.folder}: boundaries of one level are given twice; keep one file a level")


def _bbox_of(areas: Boundaries | None) -> Bbox | None:
    if areas is None:
        return None
    west, south, east, north = (float(value) for value in areas.table.total_bounds)
    return west, south, east, north


def _terrain(inputs: Inputs) -> Terrain | None:
    if not inputs.of("terrain"):
        return None
    table = inputs.of("terrain")[0]
    allow_coarse = table.get("allow_coarse", False) or inputs.settings.allow_coarse_terrain
    return open_terrain(table["paths"], allow_coarse, _meta(inputs, table))


def _clutter(inputs: Inputs) -> Clutter | None:
    if not inputs.of("clutter"):
        return None
    table = inputs.of("clutter")[0]
    return open_clutter(table["paths"], table.get("values", "worldcover"), _meta(inputs, table))


def _official(inputs: Inputs) -> tuple[dict[str, float], InputRecord | None]:
    """The official SDG 9.c.1 figures: a JSON object of per cents by technology, and the year."""
    if not inputs.of("official"):
        return {}, None
    table = inputs.of("official")[0]
    path = table["path"]
    check_file(path)
    text, assumptions = read_text(path)
    known = ("2G", "3G", "4G", "5G", "year")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f'{path}: is not valid JSON; write {{"2G": 98.0, "4G": 61.0, "year": 2023}}') from error
    if not isinstance(content, dict):
        raise InputError(f'{path}: is not a JSON object; write {{"2G": 98.0, "4G": 61.0, "year": 2023}}')
    figures: dict[str, float] = {}
    for key, value in content.items():
        _check_key(path, "", key, list(known))
        top = 2200 if key == "year" else 100
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= top:
            raise InputError(
                f"{path}: {key} is {str(value)[:40]!r}; it must be a {'year' if key == 'year' else 'per cent'}"
            )
        figures[key] = int(value) if key == "year" else float(value)
    meta = _meta(inputs, table)
    if not meta.date and "year" in figures:
        meta = replace(meta, date=str(figures["year"]))
    record = record_of("official", path, meta, format="JSON", assumptions=assumptions, facts=dict(figures))
    return figures, record


# --- what `ewcm check` prints ----------------------------------------------------------------------------------------


def describe(data: CountryData, inputs: Inputs) -> str:
    """Every input of a country in plain text: what it is, its CRS, extent, sums, broken rows, assumptions and warnings."""
    where = inputs.folder.as_posix() if inputs.folder else "starter pack"
    lines = [f"{data.country.iso3} {data.country.name}: inputs from {where}"]
    lines += [f"  {guess}" for guess in inputs.guesses]
    for record in data.records:
        lines += ["", f"{record.layer}: {record.path}"]
        about = [record.format, record.crs, f"{record.size_bytes:,} bytes"]
        about += [f"nodata {record.nodata}"] if record.nodata else []
        lines.append("  " + ", ".join(part for part in about if part))
        rights = [f"licence {record.licence}", record.attribution, record.source, record.date]
        rights += ["non-commercial use only"] if record.non_commercial else []
        rights += [] if record.redistributable else ["not to be passed on"]
        lines.append("  " + "; ".join(part for part in rights if part))
        lines += [f"  {name.replace('_', ' ')}: {_shown(value)}" for name, value in record.facts.items() if value != ""]
        lines += [f"  assumed: {text}" for text in record.assumptions]
        lines += [f"  WARNING: {text}" for text in record.warnings]
    lines += ["", *(f"not given: {name}" for name in _absent(data))]
    return "\n".join(one_line(line) for line in lines).rstrip()


def _absent(data: CountryData) -> list[str]:
    layers = {
        "cells, sites or coverage (all coverage is then unknown)": data.sites is None and not data.declared,
        "terrain": data.terrain is None,
        "clutter (coverage computed from terrain is then too good)": data.terrain is not None and data.clutter is None,
        "boundaries": data.boundaries is None,
        "places": data.places is None,
        "official figures": not data.official,
    }
    return [name for name, absent in layers.items() if absent]


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(part) for part in value) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) and value >= 10_000 else str(value)


__all__ = ["EwcmError", "Inputs", "describe", "find_inputs", "load", "parse"]
