"""Reading ``inputs.toml``, strictly: an unknown key, a wrong type or a path that is not there is an error of one line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ewcm.core.drivers import folder_format
from ewcm.countries import Country
from ewcm.errors import InputError, SettingsError, unknown_key
from ewcm.inputs.schema import TABLES, Description, Lend, Tables
from ewcm.settings import Settings
from ewcm.sources.files import read_text

#: What tells two tables of one file from each other.
_TOLD_BY = ("layer", "technology", "operator", "level", "event", "field", "model", "name", "return_period", "where")

#: Signs of an inputs.toml, and dots in one of its lines: the time that a key takes grows with the square of its dotted parts.
_LONGEST_TOML, _MOST_DOTS = 1_000_000, 200


def read_toml(path: Path, country: Country) -> tuple[Tables, Settings, Lend, tuple[str, ...]]:
    """The tables of an inputs.toml, each with an absolute ``path`` (terrain, clutter: ``paths``), its settings, what may be lent,
    and its operators.

    A table holds what the file states, and no defaults. Raises :class:`InputError` or :class:`SettingsError`.
    """
    content = _content(path)
    try:
        found: Any = Description.model_validate(content)
    except SettingsError as error:
        raise SettingsError(f"{path}: [settings] {error}") from None
    except ValidationError as error:
        # What is wrong comes before what is missing: a key with a slip of the pen is both.
        errors = sorted(error.errors(include_url=False), key=lambda each: each["type"] == "missing")
        raise InputError(f"{path}: {_sentence(errors[0], country)}") from None
    if found.country is not None and found.country.upper() != country.iso3:
        raise InputError(f"{path}: is for country '{found.country}', not {country.iso3}; correct it or the folder")
    tables: Tables = {}
    for name in TABLES:
        if name in content:
            stated = [table.model_dump(exclude_unset=True) for table in getattr(found, name)]
            tables[name] = tuple(_with_files(path, name, table) for table in stated)
            _refuse_doubles(path, name, tables[name])
    return tables, found.settings, found.lend, found.operators


def _content(path: Path) -> dict[str, Any]:
    text, _ = read_text(path)
    if len(text) > _LONGEST_TOML or any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise InputError(f"{path}: is no description of a country's inputs; see data/templates/inputs.toml")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5000 digits is a bare ValueError
        raise InputError(f"{path}: is not valid TOML ({str(error)[:120]}); correct that line") from error


def _sentence(error: ErrorDetails, country: Country) -> str:
    """One error of pydantic in one line: the table and key, the offending value, and the mend."""
    kind = error["type"]
    name, *keys = (str(part) for part in error["loc"] if not isinstance(part, int))
    if kind == "shape":
        return error["msg"]
    if kind == "missing" and not keys:
        return (
            f"has no [population] table; add one, or let `ewcm fetch {country.iso3}` (make data "
            f"country={country.iso3}) bring a population raster"
        )
    if kind == "missing":
        return f"[{name}] has no {keys[0]}; add it"
    if kind == "extra_forbidden" and not keys:
        return unknown_key(name, list(Description.model_fields))
    if kind == "extra_forbidden":
        return f"[{name}] {unknown_key(keys[0], list((TABLES | {'lend': Lend})[name].model_fields))}"
    where = f"[{name}] {keys[0]}" if keys else name
    return (
        f"{where} {error['msg']}"
        if kind == "digits"
        else f"{where} must be {error['msg']}, not {str(error['input'])[:40]!r}"
    )


def _with_files(path: Path, name: str, table: dict[str, Any]) -> Mapping[str, Any]:
    """One table with its files found: ``paths`` where there may be several, else ``path``; none where it needs no file."""
    if table.get("path") is None:
        return table
    stated = table.pop("path")
    if TABLES[name].many_files:
        entries = stated if isinstance(stated, list) else [stated]
        return table | {"paths": tuple(_located(path, name, entry) for entry in entries)}
    found = _located(path, name, stated)
    if found.is_dir() and folder_format(found) is None:
        raise InputError(f"{path}: [{name}] path '{stated}' is a folder; name the file in it")
    return table | {"path": found}


def _refuse_doubles(path: Path, name: str, tables: tuple[Mapping[str, Any], ...]) -> None:
    """Sites, places and coverage that are named twice would be counted twice."""
    seen: set[tuple[object, ...]] = set()
    for table in tables if TABLES[name].repeated else ():
        if "path" not in table:
            continue
        same = (os.path.realpath(table["path"]), *(table.get(key) for key in _TOLD_BY))
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
