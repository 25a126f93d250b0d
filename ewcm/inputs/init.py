"""``ewcm init``: an inputs.toml with comments, from what the files of a folder are taken for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewcm.core.files import write_new
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.inputs.discovery import Found, look_through
from ewcm.inputs.find import DATA, INPUTS_FILE, Inputs, folder_in
from ewcm.inputs.ignored import Ignored, ignored
from ewcm.inputs.schema import TABLES, Table

#: Tables of which a country has one; others may stand several times, boundaries once a level.
_ONCE = tuple(name for name, table in TABLES.items() if not table.repeated)


@dataclass(frozen=True)
class Begun:
    """What was written: the path, what was taken as what, what nobody can decide but the user, and what is not read."""

    path: Path
    lines: tuple[str, ...]
    undecided: tuple[str, ...]
    ignored: tuple[Ignored, ...]
    tables: Mapping[str, int]


def write_inputs(country: Country, folder: Path | None = None) -> Begun:
    """Write ``inputs.toml`` into a folder (default: that of the country in ``data``) from what its files are taken for.

    Nothing that is there is changed. Raises :class:`InputError` where there is no folder, nothing in it that could be an input,
    or an inputs.toml already.
    """
    folder = folder or folder_in(DATA, country.iso3) or DATA / country.iso3
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; make it and put the files of {country.name} there")
    path = folder / INPUTS_FILE
    if path.exists() or path.is_symlink():
        raise InputError(f"{path}: is there already and stays as it is; move it away to have another one written")
    try:
        found = look_through(country, folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be looked through ({error.strerror}); check its permissions") from error
    if not found.tables:
        raise InputError(
            f"{folder}: holds no file that is known to be an input ({_some(found.lines)}); see data/README.md"
        )
    left = ignored(Inputs(country, folder, found.tables, guesses=found.lines))
    try:
        write_new(path, text(country, folder, found, left).encode())
    except FileExistsError:
        raise InputError(f"{path}: has come to be there meanwhile and stays as it is") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); check its permissions") from error
    return Begun(path, found.lines, found.undecided, left, {name: len(each) for name, each in found.tables.items()})


def text(country: Country, folder: Path, found: Found, left: tuple[Ignored, ...]) -> str:
    """The file: a table for each input, with what else may be said of it as comments."""
    return "\n".join(line.rstrip() for line in _lines(country, folder, found, left)) + "\n"


def _lines(country: Country, folder: Path, found: Found, left: tuple[Ignored, ...]) -> Iterator[str]:
    yield f"# Inputs of {one_line(country.name)}, written from the names and headings of the files beside it. Look through it:"
    yield f"# `ewcm check {country.iso3}` says what each file holds. Lines that begin with # are not read; paths are relative to"
    yield "# this file."
    yield "# Every key: docs/formats-inputs.md."
    yield ""
    yield f"country = {_value(country.iso3)}"
    yield '# operators = ["Red", "Blue"]  # all mobile operators of the country, as the tables below name them'
    for sentence in found.undecided:
        yield ""
        yield f"# TO DECIDE: {one_line(sentence).removeprefix(f'{folder}: ')}"
    if "population" not in found.tables:
        yield ""
        yield "# [population]"
        yield '# path = "people.tif"'
    for name in TABLES:
        tables = found.tables.get(name, ())
        for table in tables:
            yield ""
            yield from _table(folder, name, table, commented=_is_open(name, table, tables, found))
    if left:
        yield ""
        yield "# Not read:"
        yield from (f"#   {one_line(file.path)}: {one_line(file.why)}" for file in left)
    yield ""
    yield "# [lend]          # what this folder does not bring comes with the engine, unless it is refused here"
    yield "# boundaries = false"
    yield ""
    yield "# [settings]      # any of the settings of docs/formats-inputs.md"
    yield "# min_people = 100"


def _is_open(name: str, table: Mapping[str, Any], tables: tuple[Mapping[str, Any], ...], found: Found) -> bool:
    """Whether a table stands there as one of several of which the user must choose one."""
    if name in ("coverage", "sites") and table["path"] in found.to_choose:
        return True
    if name == "boundaries":
        return sum(other["level"] == table["level"] for other in tables) > 1
    return name in _ONCE and len(tables) > 1


def _table(folder: Path, name: str, table: Mapping[str, Any], *, commented: bool) -> Iterator[str]:
    model = TABLES[name]
    brackets = f"[[{name}]]" if model.repeated else f"[{name}]"
    mark = "# " if commented else ""
    about = (model.__doc__ or "").split("\n")[0]
    yield f"{mark}{brackets}  # {about}"
    for key, value in table.items():
        stated = ("path", [_relative(path, folder) for path in value]) if key == "paths" else (key, value)
        if isinstance(value, Path):
            stated = key, _relative(value, folder)
        if key != "paths" or stated[1]:
            yield f"{mark}{stated[0]} = {_value(stated[1])}"
    for key, field in model.model_fields.items():
        if key in table or key == "path" or field.is_required():
            continue
        example = _value(field.default)
        if field.default in (None, "", "not stated"):
            kinds = str(field.annotation)
            is_text, is_number = (re.search(rf"\b({words})\b", kinds) for words in ("str", "int|float"))
            example = "0" if is_number and not is_text else '"…"' if is_text else "…"
            example = f"[{example}]" if "list[" in kinds and not is_text else example
        if key in Table.model_fields and key not in ("licence", "attribution", "date"):
            continue
        yield f"# {key} = {example}  # {field.description}"


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.absolute().as_posix()


def _value(value: object) -> str:
    """A value as TOML has it; of texts, TOML's basic strings are those of JSON, but for one control character."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return _value(value[0]) if len(value) == 1 else f"[{', '.join(_value(part) for part in value)}]"
    return str(value)


def _some(lines: tuple[str, ...]) -> str:
    shown = "; ".join(line.rstrip(".") for line in lines[:3])
    return f"{shown}; …" if len(lines) > 3 else shown or "it is empty"
