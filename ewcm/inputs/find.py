"""Which files are the inputs of a country: those of its folder, described or guessed, or the starter pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ewcm import packaged
from ewcm.core.file_states import FileStates
from ewcm.core.record import EXERCISE
from ewcm.countries import Country
from ewcm.countries import country as find_country
from ewcm.errors import InputError, one_line
from ewcm.inputs.discovery import discover
from ewcm.inputs.schema import Lend, Tables
from ewcm.inputs.toml_file import read_toml
from ewcm.settings import Settings

#: The file that describes a folder of inputs.
INPUTS_FILE = "inputs.toml"

#: Where the folder of a country is, unless the user names another.
DATA = Path("data")


@dataclass(frozen=True)
class Inputs:
    """What is to be read for one country, not yet read.

    ``tables``: as in inputs.toml, each with an absolute ``path`` (terrain, clutter: ``paths``). ``settings``: the defaults
    with the changes of ``[settings]``. ``lend``: which layers that the folder does not bring may come from the pack.
    ``operators``: all operators of the country, where inputs.toml names them. ``guesses``: one line for every file that was taken
    (or left) by its name, to be printed; empty when inputs.toml said it all. ``read_from``: inputs.toml as it was before it was
    read. ``starter``: no folder, so the embedded pack serves.
    """

    country: Country
    folder: Path | None
    tables: Tables = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    lend: Lend = field(default_factory=Lend.model_construct)
    operators: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    read_from: FileStates = field(default_factory=FileStates)

    @property
    def starter(self) -> bool:
        """Whether the embedded starter pack serves, because there is no folder."""
        return self.folder is None

    def of(self, table: str) -> tuple[Mapping[str, Any], ...]:
        """The tables of one name, empty when there is none."""
        return self.tables.get(table, ())

    def paths(self) -> Iterator[Path]:
        """Every file or folder that is named."""
        for tables in self.tables.values():
            for table in tables:
                yield from (table["path"],) if "path" in table else table.get("paths", ())


def find_inputs(country: Country, folder: Path | None = None, *, allow_starter: bool = False) -> Inputs:
    """The inputs of a country: of ``folder``, else of ``data/<ISO3>``, else the starter pack.

    ``allow_starter``: whether the starter pack serves as well where the folder was meant to be and is not there, or is empty.
    Raises :class:`InputError` when it is not there otherwise, or what it holds cannot be inputs.
    """
    try:
        folder = folder or folder_in(DATA, country.iso3)
        if folder is None:
            missing = (DATA / country.iso3).as_posix()
            serves = country.iso3 in packaged.available()  # otherwise the one who reads says so
            return Inputs(country, None, guesses=(f"No folder {missing}: the starter pack serves.",) if serves else ())
        if allow_starter and _holds_nothing(folder):
            return Inputs(country, None, guesses=(f"Nothing in {folder}: the starter pack serves, as allowed.",))
        if folder.is_file():
            raise InputError(f"{folder}: is a file; name the folder that holds it")
        if not folder.is_dir():
            why = " (it is a link to nothing)" if folder.is_symlink() else ""
            if not why and folder.name == country.iso3 and (others := _much_alike(folder.parent, country)):
                why = f" ('{one_line(others[0].name, 60)}' beside it may be meant: call it {country.iso3}, as a folder)"
            raise InputError(
                f"{folder}: no such folder{why}; check the name given to --inputs, or take starter data: --allow-starter"
            )
        described = folder / INPUTS_FILE
        read_from = FileStates.of([described])
        if described.exists() or described.is_symlink():
            # A link to nothing is a slip, not a wish to have files guessed.
            return Inputs(country, folder, *read_toml(described, country), read_from=read_from)
        tables, guesses = discover(country, folder)
        return Inputs(country, folder, tables, guesses=guesses, read_from=read_from)
    except OSError as error:
        raise InputError(f"{folder}: cannot be looked through ({error.strerror}); check its permissions") from error


def folder_in(root: Path, iso3: str) -> Path | None:
    """The folder of a country in a folder of folders, in whatever form it is there: a link to nothing, a file, written in small
    letters, out of reach, under a name much like it (``UGA.zip``, ``UGA (1)``, ``Uganda``). None only where it is certain that
    there is nothing."""
    folder = root / iso3
    try:
        folder.lstat()
    except FileNotFoundError:
        if root.is_symlink() and not root.exists():
            return folder  # the whole root is out of reach
        others = sorted(path for path in root.iterdir() if path.name.upper() == iso3) if root.is_dir() else []
        if not others and _much_alike(root, find_country(iso3)):
            return folder
        return others[0] if others else None
    except OSError:
        return folder
    return folder


def _much_alike(root: Path, country: Country) -> list[Path]:
    """What in a folder of folders may be meant as that of a country: its code with something after it, or its name."""
    words = "|".join(re.escape(word.casefold()) for word in {country.iso3, *country.names.values()})
    alike = re.compile(rf"({words})(\W.*|_.*)?", re.DOTALL)
    return sorted(path for path in root.iterdir() if alike.fullmatch(path.name.casefold())) if root.is_dir() else []


def _holds_nothing(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and all(path.name.startswith(".") for path in folder.iterdir()))


def refuse_starter_in_place_of(inputs: Inputs, place: str, grade: object, holds: str = "") -> None:
    """Raise :class:`InputError` where the starter pack would take the place of what was made from a user's own inputs.

    ``grade``: ``data_grade`` of what is published at ``place``. ``holds``: the country that it is of, where that may be another.
    """
    if inputs.starter and grade in ("user", EXERCISE):
        if holds not in ("", inputs.country.iso3):
            raise InputError(
                f"{place}: holds {holds}, made from files of a user, and {inputs.country.iso3} would take its place with starter "
                "data; choose another --output, or take starter data there: --allow-starter"
            )
        raise InputError(
            f"{place}: was made from files of {(DATA / inputs.country.iso3).as_posix()}, which are not there now; put them back, "
            "name them with --inputs, or take starter data: --allow-starter"
        )
