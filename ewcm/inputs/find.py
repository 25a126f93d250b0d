"""Which files are the inputs of a country: those of its folder, described or guessed, or the starter pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.inputs.discovery import discover
from ewcm.inputs.schema import Tables
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
    with the changes of ``[settings]``. ``guesses``: one line for every file that was taken (or left) by its name, to be
    printed; empty when inputs.toml said it all. ``starter``: no folder, so the embedded pack serves.
    """

    country: Country
    folder: Path | None
    tables: Tables = field(default_factory=dict)
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
        if described.exists() or described.is_symlink():
            # A link to nothing is a slip, not a wish to have files guessed.
            return Inputs(country, folder, *read_toml(described, country))
        tables, guesses = discover(country, folder)
        return Inputs(country, folder, tables, guesses=guesses)
    except OSError as error:
        raise InputError(f"{folder}: cannot be looked through ({error.strerror}); check its permissions") from error
