"""Findings: what an analysis returns. Every writer iterates over them, so that a new analysis needs no change of any writer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ewcm.core.layer import Layer
from ewcm.errors import InputError
from ewcm.of_one import of_one

#: Kinds of geometry that a table may have, and the files in which it may stand.
_GEOMETRIES = ("", "Point", "MultiLineString", "MultiPolygon")
_FILES = ("csv", "workbook", "geopackage", "page")

#: Names become names of files.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")

#: What JSON can hold.
Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True)
class Figure:
    """One figure, or a curve of figures, of a finding.

    ``path``: its keys in summary.json, from the outside in. ``value``: JSON types; None where it is not known. ``units``: such
    as ``persons`` or ``1`` for a share. What it means is said in the texts of the analysis, by the last part of the path.
    """

    path: tuple[str, ...]
    value: Json
    units: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a finding: a CSV file, a sheet of the workbook and, where its rows are places, a layer of the GeoPackage.

    ``name``: of the file and the layer. ``frame``: a row each; a GeoDataFrame in EPSG:4326 where ``geometry`` names its kind
    (``Point``, ``MultiLineString`` or ``MultiPolygon``; ``""`` for rows that are no places). ``units``: by column. ``files``:
    in which of them it stands.
    """

    name: str
    frame: pd.DataFrame
    units: Mapping[str, str] = field(default_factory=dict)
    geometry: str = ""
    files: tuple[str, ...] = ("csv", "workbook", "geopackage", "page")

    def __post_init__(self) -> None:
        _check_name("table", self.name)
        if self.geometry not in _GEOMETRIES:
            raise InputError(
                f"table {self.name}: geometry is '{self.geometry}'; use one of {', '.join(_GEOMETRIES[1:])}"
            )
        if unknown := set(self.files) - set(_FILES):
            raise InputError(f"table {self.name}: files has {sorted(unknown)[0]!r}; use some of {', '.join(_FILES)}")
        columns = [str(column) for column in self.frame.columns]
        if len(set(columns)) < len(columns) or any(not isinstance(column, str) for column in self.frame.columns):
            raise InputError(f"table {self.name}: two columns have one name, or a name is no text; rename them")
        if "data_grade" in columns:
            raise InputError(f"table {self.name}: the column data_grade is written by the engine; rename yours")
        if bool(self.geometry) != ("geometry" in columns):
            raise InputError(f"table {self.name}: geometry= and a column geometry go together; give both or neither")
        if self.geometry:
            self._check_places()

    def _check_places(self) -> None:
        crs = getattr(self.frame, "crs", None)
        if crs is None or crs.to_epsg() != 4326:
            raise InputError(f"table {self.name}: its places are not in EPSG:4326; use frame.to_crs('EPSG:4326')")
        if self.frame["geometry"].isna().any():
            raise InputError(f"table {self.name}: a row has no geometry; leave it out, or give it an empty one")


@dataclass(frozen=True)
class Caveat:
    """What a reader must know before using figures: a ``code``, by which other languages say it, the sentence in English, and
    the ``values`` in it."""

    code: str
    text: str
    values: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", of_one(self.text))

    def to_dict(self) -> dict[str, Json]:
        """As it stands in summary.json and the files of other commands."""
        return {"code": self.code, "text": self.text, "values": dict(self.values)}


#: Texts of an analysis by language and then by key: ``title``, ``text``, and the names of figures, columns and layers.
Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Finding:
    """What an analysis has found.

    ``name``: of the analysis, such as ``reach``. ``figures``: in the order in which summary.json shows them. ``layers``: grids
    for the GeoTIFF of this name and, where they have classes, for the page. ``texts``: the words for it by language, English
    at least, or those beside the file of the analysis (``ewcm/texts``); None where all stand there.
    """

    name: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    layers: tuple[Layer, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    texts: Texts | None = None

    def __post_init__(self) -> None:
        _check_name("finding", self.name)

    def table(self, name: str) -> pd.DataFrame | None:
        """The table of a name, None where the finding has none."""
        return next((table.frame for table in self.tables if table.name == name), None)


def nested(figures: Iterable[Figure]) -> dict[str, Json]:
    """Figures as nested mappings, by their paths."""
    found: dict[str, Json] = {}
    for figure in figures:
        place = found
        for key in figure.path[:-1]:
            inner = place.setdefault(key, {})
            assert isinstance(inner, dict), f"{'.'.join(figure.path)} lies within a figure"
            place = inner
        place[figure.path[-1]] = figure.value
    return found


def figures_of(content: Mapping[str, Json], path: tuple[str, ...] = ()) -> Iterator[Figure]:
    """The figures of nested mappings; an empty mapping is a figure."""
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from figures_of(value, (*path, key))
        else:
            yield Figure((*path, key), value)


def _check_name(what: str, name: str) -> None:
    """Raises InputError for a name that cannot be one of a file."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{what} '{name[:40]}': names are letters, digits, - and _, at most 61, such as people_by_altitude"
        )
