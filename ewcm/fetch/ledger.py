"""What was fetched for a country: ``fetched.json``, and the part of ``inputs.toml`` that is made from it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ewcm.core.files import LockHeldError, only_one, regular_bytes, replacing
from ewcm.core.record import sha256_of
from ewcm.errors import FetchError, InputError

#: Layers of which a country has one file, or one consistent set: the newest source counts. Of others all count.
_ONE_SOURCE = ("boundaries", "population", "places", "official", "terrain")

#: Layers that are lists of tables in inputs.toml.
_LISTS = ("boundaries", "cells", "sites", "coverage", "hazard")

#: How long [s] another process may take to write one of the two files.
_WAIT_S = 10.0

_BEGIN = "# ---- fetched: `ewcm fetch` writes from here to the next line of dashes; what is outside stays as it is ----"
_END = "# ---- end of fetched ----"


@dataclass(frozen=True)
class File:
    """One file that came: its path relative to the country's folder, size [bytes], SHA-256, where from and when."""

    path: str
    size: int
    sha256: str
    url: str
    date: str
    mtime_ns: int

    def state(self, folder: Path) -> str:
        """``intact``, ``changed`` (by someone, since it came) or ``missing``."""
        path = folder / self.path
        try:
            now = path.stat()
        except OSError:
            return "missing"
        if now.st_size == self.size and (now.st_mtime_ns == self.mtime_ns or sha256_of(path) == self.sha256):
            return "intact"
        return "changed"


@dataclass(frozen=True)
class Product:
    """What one source gave for one country. ``variant`` tells years and resolutions apart; ``tables`` go into
    inputs.toml; ``absent`` names parts that the source does not have, so that they are not asked for again."""

    source: str
    layer: str
    variant: str
    tables: tuple[dict[str, Any], ...]
    files: tuple[File, ...]
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Ledger:
    """The products of a country, oldest first."""

    folder: Path
    products: list[Product] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """The ledger of a folder; an unreadable one counts as none (the files are then checked again)."""
        try:
            rows = json.loads(regular_bytes(folder / "fetched.json"))["products"]
            json.dumps(rows, ensure_ascii=False).encode()  # half of a pair ("\\ud800") is no text: a ValueError
            products = [
                Product(
                    **(
                        row
                        | {"files": tuple(_file(each) for each in row["files"])}
                        | {name: tuple(row[name]) for name in ("tables", "absent", "notes")}
                    )
                )
                for row in rows
            ]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            products = []
        return cls(folder, products)

    def find(self, source: str) -> Product | None:
        """What the source gave last."""
        return next((product for product in self.products if product.source == source), None)

    def file(self, path: str) -> File | None:
        """The entry of one file."""
        return next((each for product in self.products for each in product.files if each.path == path), None)

    def add(self, product: Product) -> None:
        """Put a product in the place of what its source gave before, and write the ledger."""
        if self.products and self.products[-1] == product:
            return
        self.products = [each for each in self.products if each.source != product.source] + [product]
        rows = [asdict(each) for each in self.products]
        text = json.dumps({"schema_version": 1, "products": rows}, indent=1, ensure_ascii=False)
        _write(self.folder / "fetched.json", text + "\n")

    def in_force(self) -> list[Product]:
        """The products that count: whole, and of the newest source where a layer has one source only."""
        whole = [
            product for product in self.products if all(each.state(self.folder) != "missing" for each in product.files)
        ]
        newest = {product.layer: product.source for product in whole}
        return [
            product for product in whole if product.layer not in _ONE_SOURCE or newest[product.layer] == product.source
        ]


def _write(path: Path, text: str) -> None:
    """Write a file in one step, through a name that whoever comes after a killed run overwrites; one process at a time."""
    try:
        lock, part = (path.with_name(f".{path.name}.{ending}") for ending in ("lock", "new"))
        with only_one(lock, _WAIT_S), replacing(path, part=part):
            part.write_bytes(text.encode())
    except LockHeldError:
        raise FetchError(f"{path}: another fetch is writing it; run the command again") from None


def _file(row: dict[str, Any]) -> File:
    """A row of the ledger; a value of another type than it should be is a TypeError."""
    wanted = {"size": int, "mtime_ns": int}
    if not all(isinstance(value, wanted.get(name, str)) for name, value in row.items()):
        raise TypeError("not the types of a ledger")
    return File(**row)


def write_inputs(ledger: Ledger, iso3: str) -> tuple[str, ...]:
    """Bring ``inputs.toml`` up to date; returns what the user should know.

    Only the marked part is rewritten. A layer that the user describes outside it is left to the user.
    """
    path = ledger.folder / "inputs.toml"
    before, after = _outside(path)
    try:
        own = tomllib.loads(before + "\n" + after)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is no valid TOML ({error}); correct it, then fetch again") from None
    if not ledger.in_force() and not (before + after):
        return ()
    notes = []
    lines = [_BEGIN]
    for layer in dict.fromkeys(product.layer for product in ledger.in_force()):
        products = [product for product in ledger.in_force() if product.layer == layer]
        if layer in own:
            notes.append(f"{layer}: inputs.toml names files of your own, which stay; those fetched are not used")
            continue
        for table in (table for product in products for table in product.tables):
            lines += ["", f"[[{layer}]]" if layer in _LISTS else f"[{layer}]"]
            lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
    lines += ["", _END]
    head = before.strip("\n") or f"country = {_toml(iso3)}"
    text = "\n".join([head, "", *lines]) + "\n" + (f"\n{after.strip()}\n" if after.strip() else "")
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{ledger.folder / 'fetched.json'}: is damaged; remove it, then fetch again") from None
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        _write(path, text)
    return tuple(notes)


def _outside(path: Path) -> tuple[str, str]:
    """The text before and after the marked part."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be read for ever
            raise OSError
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "", ""
    except (OSError, UnicodeDecodeError):
        raise InputError(
            f"{path}: cannot be read as UTF-8 text; save it as a file of UTF-8, then fetch again"
        ) from None
    before, begin, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return (before, after) if begin else (text, "")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value.replace("\x7f", " "), ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return repr(value)


def described_path(folder: Path, layer: str) -> list[tuple[Path, dict[str, Any]]]:
    """The files that ``inputs.toml`` names for a layer, with their tables (those that exist)."""
    try:
        tables = tomllib.loads(regular_bytes(folder / "inputs.toml").decode()).get(layer, [])
    except (OSError, ValueError):
        return []
    rows = tables if isinstance(tables, list) else [tables]
    found = [(folder / str(row["path"]), row) for row in rows if isinstance(row, dict) and "path" in row]
    return [(path, row) for path, row in found if path.exists()]
