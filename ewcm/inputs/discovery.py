"""Guessing what the files of a folder are, when no inputs.toml says it. Every guess becomes a line to print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewcm.core import grid
from ewcm.core.drivers import folder_format
from ewcm.core.record import companions_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.inputs.boundary_levels import levels_of_layers
from ewcm.inputs.kind_of_file import (
    CLUTTER_WORDS,
    OF_COVERAGE,
    OF_TERRAIN,
    RASTER_SUFFIXES,
    clutter_values,
    is_called_areas,
    kind_of,
    kind_of_coverage,
    technology_of_name,
    words_of_name,
)
from ewcm.inputs.operators_of_files import with_operators_of_names
from ewcm.inputs.same_files import same_file
from ewcm.inputs.schema import Tables
from ewcm.inputs.several_layers import NOBODYS, each_layer, tells_operators
from ewcm.sources.editions import editions_among, without_edition
from ewcm.sources.operator_brands import operator_named
from ewcm.sources.plain_words import plain_words
from ewcm.sources.raster_bands import bands_of_file
from ewcm.sources.rasters import open_raster
from ewcm.sources.vectors import VECTOR_SUFFIXES

#: Words in names of files of people that are no raster that is read.
_IN_POPULATION = re.compile(
    r"\b(?:ppp|pop|population|people|hrsl|worldpop|census|recensement|poblacion|censo|populacao|سكان|السكان|تعداد)\b"
)

#: Coarser terrain than this [m] is not used for propagation without the user's word.
_COARSE_M = 300.0


@dataclass(frozen=True)
class Found:
    """What the files of a folder are taken for: ``tables`` as of an inputs.toml, the ``lines`` that say what was taken as what
    and why, a sentence for each thing that only the user can decide, and the files among which he has to choose."""

    tables: Tables
    lines: tuple[str, ...]
    undecided: tuple[str, ...] = ()
    to_choose: frozenset[Path] = frozenset()


def discover(country: Country, folder: Path) -> tuple[Tables, tuple[str, ...]]:
    """Tables as of an inputs.toml for the files of ``folder``, and the lines that say what was taken as what and why.

    Raises :class:`InputError` when there is no population raster or more than one, or something else is undecided.
    """
    found = look_through(country, folder)
    if found.undecided:
        raise InputError(found.undecided[0])
    return found.tables, found.lines


def look_through(country: Country, folder: Path) -> Found:
    """The same without an error where something is undecided."""
    found: dict[str, list[dict[str, Any]]] = {}
    lines: list[str] = []
    undecided: list[str] = []
    terrain: list[Path] = []
    clutter: dict[str, list[Path]] = {}
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    beside = companions(paths)
    for path in paths:
        if path.name in beside:
            continue
        is_folder = path.is_dir() and folder_format(path) is None
        # Excel keeps a copy that begins with ~$ beside a workbook that is open.
        if path.name.startswith((".", "~$")) or path.name.lower().startswith("readme") or is_folder:
            values = clutter_values(words_of_name(path.name))
            if path.is_dir() and values:
                clutter.setdefault(values, []).append(path)
            elif path.is_dir() and OF_TERRAIN.search(words_of_name(path.name)):
                terrain.append(path)
            elif is_folder and (own := _told_by_folder(path, country)) is not None:
                _look_into(path, own, country, found, lines, path.name)
            elif path.is_dir() and path.suffix.lower() in RASTER_SUFFIXES:
                lines.append(f"{path.name}: not used (it is a folder).")
            continue
        layer, table, why = kind_of(path, country)
        if layer == "terrain":
            terrain.append(path)
        elif layer == "clutter":
            clutter.setdefault(table["values"], []).append(path)
        elif layer in ("sites", "cells", "coverage") and (copied := same_file(path, found.get(layer, []))):
            lines.append(f"{path.name}: not used (it is the same file as {copied}).")
        elif layer:
            tables = _tables_of(layer, path, table, country)
            found.setdefault(layer, []).extend(tables)
            parts = f"; its {len(tables)} layers by their names" if len(tables) > 1 else ""
            lines.append(f"{path.name}: taken as {layer} ({why}{parts}).")
        else:
            lines.append(f"{path.name}: not used ({why}).")
    lines += with_operators_of_names(found, country)
    undecided += _choose_population(folder, found.get("population", []), lines)
    of_today, to_choose = _choose_edition(folder, [*found.get("coverage", []), *found.get("sites", [])])
    undecided += of_today
    for level in range(5):
        same = [table["path"].name for table in found.get("boundaries", []) if table["level"] == level]
        if len(same) > 1:
            undecided.append(
                f"{folder}: {' and '.join(same)} both look like boundaries of level {level}; write an inputs.toml"
            )
    if terrain:
        lines += _terrain(terrain, found)
    if len(clutter) > 1:
        undecided.append(f"{folder}: holds both land cover and heights of clutter; name one in an inputs.toml")
    for values, paths in clutter.items():
        found.setdefault("clutter", []).append({"paths": tuple(paths), "values": values})
        lines.append(f"{_some(paths)}: taken as clutter ({CLUTTER_WORDS[values]}).")
    found_tables: Tables = {name: tuple(entries) for name, entries in found.items()}
    return Found(found_tables, tuple(one_line(line) for line in lines), tuple(undecided), to_choose)


def _tables_of(layer: str, path: Path, table: dict[str, Any], country: Country) -> list[dict[str, Any]]:
    """The tables of one file: one for each layer where its layers tell what they are."""
    if layer == "coverage" and "technology" not in table and path.suffix.lower() in RASTER_SUFFIXES:
        return [{**table, "technology": technology} for technology in bands_of_file(path)]
    if layer in ("sites", "coverage"):
        return each_layer(path, table, country)
    if layer == "boundaries" and "level" not in table:
        return [
            {**table, "level": level, "layer": name}
            for name, level in levels_of_layers(path, is_called_areas(words_of_name(path.stem))).items()
        ]
    return [table]


#: Folders within that are looked into.
_DEEPEST = 4

#: Further words of folders that say nothing more than what kinds of files are in them.
_OF_FOLDERS = {
    *("maps", "carte", "cartes", "mapa", "mapas", "coverages", "files", "layers", "lists", "listes", "listas", "operators"),
    *("operateurs", "operadores", "boundaries", "limites", "administrative", "admin", "population", "poblacion", "populacao"),
    *("gis", "sig", "inputs", "input", "shapefile", "shapefiles", "kml", "geojson", "gpkg", "donnees", "datos", "dados", "of"),
    *("de", "du", "des", "el", "los", "las", "les", "and", "et", "reseaux", "redes", "red", "networks"),
}  # fmt: skip


def _told_by_folder(folder: Path, country: Country) -> dict[str, str] | None:
    """What the name of a folder tells of the files in it: an operator, a technology, or nothing but what kind they are; None of
    a folder that is called by anything else, which nobody looks into."""
    if owner := operator_named(folder.name, country.names.values()):
        return {"operator": owner}
    technology = technology_of_name(words_of_name(folder.name))
    if technology is not None:
        rest = " ".join(word for word in plain_words(folder.name).split() if technology_of_name(word) is None)
        owner = operator_named(rest, country.names.values())
        return {"technology": technology} | ({"operator": owner} if owner else {})
    names = {word for name in (*country.names.values(), country.iso3) for word in plain_words(name).split()}
    if without_edition(folder.name)[1]:
        return None  # what is old is not of today
    return {} if set(plain_words(folder.name).split()) <= NOBODYS | _OF_FOLDERS | names else None


def _look_into(
    folder: Path,
    own: dict[str, str],
    country: Country,
    found: dict[str, list[dict[str, Any]]],
    lines: list[str],
    shown: str,
) -> None:
    """The files of a folder that is called by an operator, a technology or the kind of its files. What it is called by holds for
    lists of sites and maps of coverage, unless their own columns name operators, or their own names a technology. ``shown``: the
    folder as the lines call it."""
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    beside = companions(paths)
    for path in paths:
        name = f"{shown}/{path.name}"
        if path.name in beside or path.name.startswith((".", "~$")) or path.name.lower().startswith("readme"):
            continue
        if path.is_dir() and folder_format(path) is None:
            further = _told_by_folder(path, country)
            if further is not None and name.count("/") < _DEEPEST and not path.is_symlink():
                _look_into(path, own | further, country, found, lines, name)
            continue
        layer, table, why = kind_of(path, country)
        called = operator_named(path.name.split(".")[0], country.names.values())
        owner = called or own.get("operator", "")
        if not layer and "technology" in own and owner and path.suffix.lower() in VECTOR_SUFFIXES:
            layer, table, why = "coverage", {"path": path}, f"its name; of {owner}"
        stem = words_of_name(path.name.split(".")[0])
        if (
            not layer
            and "technology" in own
            and path.suffix.lower() in RASTER_SUFFIXES
            and (owner or OF_COVERAGE.search(stem))
        ):
            layer, table, why = kind_of_coverage(path, f"{stem}_{own['technology'].lower()}")
        # What a folder is called by says nothing of the people in it, or of its areas.
        if layer not in ("sites", "coverage", *(() if own else ("population", "boundaries", "poi", "cells"))):
            lines.append(f"{name}: not used ({why if not layer else 'it looks like ' + layer}).")
        # Two operators may have maps of the same bytes, in folders of their own.
        elif copied := same_file(path, [one for one in found.get(layer, []) if own.items() <= one.items()]):
            lines.append(f"{name}: not used (it is the same file as {copied}).")
        else:
            tables = _tables_of(layer, path, table, country)
            more = own | ({"operator": called} if called and "operator" not in own else {})
            if "operator" in more and (any("operator" in one for one in tables) or tells_operators(path)):
                more = {key: value for key, value in more.items() if key != "operator"}
            found.setdefault(layer, []).extend({**more, **one} for one in tables)
            told = ", ".join(own.values())
            lines.append(f"{name}: taken as {layer} ({why}{f'; the folder names {told}' if told else ''}).")


def companions(paths: list[Path]) -> set[str]:
    """Names of the files that are read with another one of them (``roads.dbf`` with ``roads.shp``)."""
    endings = (*RASTER_SUFFIXES, *VECTOR_SUFFIXES)
    if not any(path.suffix.lower() not in endings for path in paths):
        return set()  # a folder of nothing but tiles
    return {
        companion.name
        for path in paths
        if path.suffix.lower() in endings and path.is_file()
        for companion in companions_of(path).values()
    }


def _choose_population(folder: Path, tables: list[dict[str, Any]], lines: Sequence[str]) -> list[str]:
    """Why the population is undecided; empty where it is not."""
    if not tables:
        left = [line.partition(": not used (")[0] for line in lines if ": not used (" in line]
        alike = [name for name in left if _IN_POPULATION.search(plain_words(Path(name).name))]
        seen = (
            f"; {', '.join(alike[:3])} cannot be taken for one: people by area, or packed, are not read"
            if alike
            else ""
        )
        return [
            f"{folder}: no population raster found (a .tif with ppp, pop or population in its name){seen}; add one or write an "
            "inputs.toml"
        ]
    if len(tables) > 1:
        names = ", ".join(table["path"].name for table in tables)
        return [f"{folder}: several files look like population ({names}); name one in an inputs.toml"]
    return []


def _choose_edition(folder: Path, tables: list[dict[str, Any]]) -> tuple[list[str], frozenset[Path]]:
    """Why files that differ by a year, a month or a version in their names alone are undecided: the older one is not of today;
    and these files."""
    paths = {
        path.relative_to(folder).with_name(path.name.split(".")[0]).as_posix(): path
        for path in (table["path"] for table in tables)
    }
    sentences, to_choose = [], set[Path]()
    for names in editions_among(paths):
        files = sorted(paths[name] for name in names)
        to_choose.update(files)
        shown = " and ".join(path.relative_to(folder).as_posix() for path in files)
        sentences.append(
            f"{folder}: {shown} differ by the year, month or version in their names alone, and would count together; keep the "
            "one that holds for today, or write an inputs.toml"
        )
    return sentences, frozenset(to_choose)


def _terrain(paths: list[Path], found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Terrain is taken when it is fine enough for propagation; coarser terrain is left out and said."""
    steps = [_step_m(path) for path in paths]
    names = _some(paths)
    coarse = [step for step in steps if step is not None and step > _COARSE_M]
    if coarse:
        return [
            f"{names}: terrain with a step of about {max(coarse):.0f} m, too coarse for propagation; not used (set "
            "allow_coarse = true in an inputs.toml to use it)."
        ]
    found["terrain"] = [{"paths": tuple(paths), "allow_coarse": False}]
    return [f"{names}: taken as terrain (its name)."]


def _some(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")


def _step_m(path: Path) -> float | None:
    """Grid step [m] of a terrain raster, None for a folder or an archive (the terrain reader looks into those)."""
    if path.is_dir() or path.suffix.lower() in (".hgt", ".zip"):
        return None
    with open_raster(path) as dataset:
        step = abs(dataset.transform.e)
        return step * grid.M_PER_DEG if dataset.crs is None or dataset.crs.is_geographic else step
