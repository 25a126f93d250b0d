"""Files of several layers, sheets or members that are called by their technologies (``2G``, ``MTN_4G``) or operators (``MTN``):
a table for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ewcm.countries import Country
from ewcm.errors import EwcmError
from ewcm.sources.editions import editions_among, without_edition
from ewcm.sources.headed import is_workbook, read_any_table, sheets_with_lists
from ewcm.sources.headings import Found, columns_of
from ewcm.sources.joined_sheets import with_transmitters
from ewcm.sources.list_doubts import is_planned_name
from ewcm.sources.operator_brands import brands_in, operator_named
from ewcm.sources.plain_words import plain_words
from ewcm.sources.site_words import tells_technologies
from ewcm.sources.status_words import is_gone
from ewcm.sources.technologies import serves_no_phones, technologies_of
from ewcm.sources.vectors import VECTOR_SUFFIXES, layers_of, read_vector
from ewcm.sources.years import years_in

#: Words of such names that are of nobody.
NOBODYS = {
    *("coverage", "cover", "cov", "couverture", "cobertura", "site", "sites", "list", "layer", "map", "sheet", "network"),
    *("reseau", "rede", "outdoor", "indoor", "polygon", "polygons", "shp", "final", "export", "data", "tower", "towers"),
    *("bts", "cells", "mobile", "area", "areas", "all", "total", "voice"),
    *("north", "south", "east", "west", "central", "northern", "southern", "eastern", "western", "nord", "sud", "est", "ouest"),
    *("norte", "sur", "sul", "este", "leste", "oeste", "region", "urban", "rural", "urbain", "urbano", "strong", "weak", "good"),
    *("poor", "fair", "high", "low", "medium", "old", "new", "current", "existing", "existant", "existente", "actual"),
}  # fmt: skip


def each_layer(path: Path, table: Mapping[str, Any], country: Country) -> list[dict[str, Any]]:
    """The tables of a file: one for each of its layers where every one is called by one technology, with the operators whose
    names stand beside, or by one operator; else the one that is given."""
    same = [dict(table)]
    try:
        layers = {name: name for name in sheets_with_lists(path)} if is_workbook(path) else layers_of(path)
    except (EwcmError, OSError):
        return same  # whoever reads it says why
    if len(layers) < 2:
        return same
    # What it is called by stands last where a layer lies in folders.
    called = {
        name: operator_named(within.rsplit("/", 1)[-1], country.names.values()) for name, within in layers.items()
    }
    if "operator" not in table and all(called.values()) and len(set(called.values())) == len(layers):
        return [
            {**table, "layer": name, **({} if tells_operators(path, name) else {"operator": operator})}
            for name, operator in called.items()
        ]
    parts = [{**table, "layer": name} for name in layers]
    if "technology" in table:
        return parts if are_parts(path, layers) else same
    told = {name: _technology_and_rest(within) for name, within in layers.items()}
    if not any(told.values()) and not any(called.values()) and are_parts(path, layers):
        return parts
    if any(one is None for one in told.values()) or any(map(is_planned_name, layers.values())):
        return same
    if editions_among(layers.values()):
        return same  # one map of several days, of which the user has to choose
    owners = [one[1] for one in told.values() if one is not None]
    are_brands = all(map(brands_in, owners))
    are_named = "" not in owners and len(set(owners)) > 1 and (are_brands or len(set(told.values())) == len(layers))
    return [
        {**table, "layer": name, "technology": one[0], **({"operator": one[1]} if are_named else {})}
        for name, one in told.items()
        if one is not None
    ]


#: Words of sheets that hold what others hold too.
_OF_ALL = {
    *("all", "total", "summary", "national", "combined", "master", "consolidated", "overall", "global", "general", "nacional"),
    *("tous", "toutes", "ensemble", "synthese", "consolide", "todos", "todas", "resumen", "resumo", "consolidado", "geral"),
    *("example", "exemple", "ejemplo", "exemplo", "template", "modele", "plantilla", "modelo", "sample", "test"),
}  # fmt: skip


def are_parts(path: Path, layers: Mapping[str, str]) -> bool:
    """Whether the sheets or layers of a file are parts of one list of sites (one for each district): with the same columns and
    no row in common, and with names that say nothing of days, of plans or of all. ``layers``: their names by that to state."""
    for name in layers.values():
        if is_planned_name(name) or is_gone(name, status=True) or without_edition(name)[1] or years_in(name):
            return False
        if set(plain_words(name).split()) & _OF_ALL:
            return False
    seen: set[tuple[object, ...]] = set()
    understood: set[frozenset[str]] = set()
    for name in layers:
        try:
            fields, rows = _rows_of_points(path, name)
        except (EwcmError, OSError):
            return False  # whoever reads it says why
        understood.add(fields)
        if not rows or rows & seen or len(understood) > 1:
            return False
        seen |= rows
    return True


def _rows_of_points(path: Path, layer: str) -> tuple[frozenset[str], set[tuple[object, ...]]]:
    """What the columns of a list of points are, and its rows as these tell them; no rows of a layer of anything else."""
    if is_workbook(path):
        headed = read_any_table(path, layer)
        table, found = headed.table, headed.found
        place: list[object] = [""] * len(table)
    else:
        frame = read_vector(path, layer).frame
        if not frame.geometry.geom_type.isin(("Point", "MultiPoint")).all():
            return frozenset(), set()
        table, found = frame.drop(columns=frame.geometry.name), columns_of([str(name) for name in frame.columns])
        place = frame.geometry.to_wkb().tolist()
    flags = {*found.flags, *found.owned}
    used = [column.heading for column in found.columns.values() if column.heading in table]
    used += [heading for heading in flags if heading in table]
    cells = table[used].astype(str).itertuples(index=False, name=None)
    return frozenset((*found.columns, *flags)), {(at, *row) for at, row in zip(place, cells, strict=True)}


def sites_of_name(path: Path, technology: str | None) -> tuple[dict[str, Any], str]:
    """The table of a list of sites, and by what it was guessed: of the technology in its name where nothing in it tells one."""
    if technology is not None and not _tells_technologies(path):
        return {"path": path, "technology": technology}, f"its name; {technology}"
    return {"path": path}, "its name"


def _tells_technologies(path: Path) -> bool:
    """Whether a list has columns of technologies; also of one that cannot be read, or has several sheets."""
    try:
        if path.suffix.lower() in VECTOR_SUFFIXES:
            found = columns_of([str(name) for name in read_vector(path).frame.columns])
        else:
            found, _ = columns_of_table(path)
    except (EwcmError, OSError):
        return True  # whoever reads it says why
    return "technology" in found.columns or bool(found.flags) or bool(found.owned)


def has_transmitters(path: Path) -> bool:
    """Whether a further sheet of a workbook tells the technologies of the sites, which their own sheet does not."""
    try:
        headed = read_any_table(path)
        return with_transmitters(path, headed, tells_technologies) is not headed
    except (EwcmError, OSError):
        return False


def columns_of_table(path: Path, layer: str | None = None) -> tuple[Found, frozenset[str]]:
    """The columns of a table wherever its heading stands, and the headings of those that hold anything; read once for all who
    ask. Raises :class:`EwcmError` or :class:`OSError`."""
    about = path.stat()
    return _columns_as_of(path, layer, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=64)
def _columns_as_of(path: Path, layer: str | None, size: int, time_ns: int) -> tuple[Found, frozenset[str]]:
    """``size``, ``time_ns``: of the file, so that another one in its place is read again."""
    headed = read_any_table(path, layer)
    return headed.found, frozenset(str(name) for name in headed.table if (headed.table[name] != "").any())


def tells_operators(path: Path, layer: str | None = None) -> bool:
    """Whether a list or a map has a column of operators, which tells more than its name."""
    try:
        if path.suffix.lower() not in VECTOR_SUFFIXES:
            found, filled = columns_of_table(path, layer)
            return "operator" in found.columns and found.columns["operator"].heading in filled
        frame = read_vector(path, layer).frame
        columns = columns_of([str(name) for name in frame.columns]).columns
        return "operator" in columns and bool(frame[columns["operator"].heading].notna().any())
    except (EwcmError, OSError):
        return False  # whoever reads it says why


def _technology_and_rest(name: str) -> tuple[str, str] | None:
    """The one technology that a name tells and the further words that may be an operator's; None where it tells none, or
    several."""
    words = [word for word in re.split(r"[\s_().:/-]+", name) if word]
    technologies = {one for word in words for one in technologies_of(word).technologies}
    if len(technologies) != 1 or serves_no_phones(name):
        return None
    if len(brands := brands_in(name)) == 1:
        return technologies.pop(), brands[0]
    rest = [
        word
        for word in words
        if not technologies_of(word).technologies
        and word.casefold() not in NOBODYS
        and re.fullmatch(r"[^\W\d_]+", word)
    ]
    return technologies.pop(), " ".join(rest)
