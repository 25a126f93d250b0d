"""Which levels of areas a file holds, by its name, by the names of its layers, or by its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from ewcm.errors import EwcmError
from ewcm.sources.plain_words import plain_words
from ewcm.sources.vectors import layers_of, read_vector

_BY_NAME = re.compile(r"(?:^|_)(?:adm|admin|adm_?in_?|admbnda_adm|gadm(?:\d*_[a-z]{3})?)_?([0-4])(?:_|$)")

#: Names of layers in a file that is called by a word for areas.
_LAYER = re.compile(r"(?:level|lvl|niveau|nivel)_?([0-4])")

#: Names of layers of lines and points, which the common datasets of OCHA have beside those of areas.
_NO_AREAS = re.compile(r"(?:^|_)admbnd[lp](?:_|$)")

#: Names of files of areas of any level.
_OF_AREAS = re.compile(
    r"(?:^|_)(?:boundar(?:y|ies)|borders|limites?|limits|admin(?:istrative)?|divisions?|divisiones|divisoes"
    r"|districts?|distritos?|regions?|regiones|regiao|regioes|provinces?|provincias?|states|estados?|counties|county|communes?"
    r"|municipalit(?:y|ies)|municipios?|departe?ments?|departamentos?|cercles?|prefectures?|wards?|parish(?:es)?|parroquias?"
    r"|cantons?|cantones|sub_?count(?:y|ies)|sub_?districts?|arrondissements?|traditional_authorit(?:y|ies)|chiefdoms?|postos?"
    r"|woredas?|upazilas?|governorates?|gouvernorats?|wilayas?)(?:_|$)"
)

#: Columns of the names and codes of a level, in the words of those who publish boundaries.
_COLUMN = re.compile(
    r"(?:adm(?:in)?_?([0-4])_?(?:en|fr|es|pt|ar|name|nm|pcode|pcod|code|altname|ref|name_en|name_fr|name_es|name_pt|name_ar)?"
    r"|(?:name|nl_name|gid|hasc|type|engtype|varname|id)_([0-4]))"
)
_LEVEL_COLUMN = {"level", "admin_level", "adm_level", "adminlevel", "admlevel", "niveau", "nivel", "lvl"}


def level_of_name(stem: str) -> int | None:
    """The level that a name states (small letters, one _ between its words)."""
    found = _BY_NAME.search(stem)
    return None if found is None else int(found.group(1))


def levels_of_layers(path: Path, called_areas: bool) -> dict[str, int]:
    """The layers of a file that are each of a level of their own, by their names (``ADM_ADM_1``) or, of a file that is
    ``called_areas``, by their columns; empty of any other file."""
    try:
        names = list(layers_of(path))
        if len(names) < 2:
            return {}
        plain = {name: "_".join(plain_words(name).split()) for name in names}
        plain = {name: words for name, words in plain.items() if not _NO_AREAS.search(words)}
        names = list(plain)
        levels = {name: level_of_name(words) for name, words in plain.items()}
        if called_areas and None in levels.values():
            found_in = {name: _LAYER.fullmatch(words) for name, words in plain.items()}
            levels = {name: int(one.group(1)) if one else None for name, one in found_in.items()}
        if called_areas and None in levels.values():
            levels = {name: _finest(read_vector(path, name).frame.columns) for name in names}
    except (EwcmError, OSError):
        return {}  # whoever reads it says why
    found = {name: level for name, level in levels.items() if level is not None}
    return found if len(found) == len(names) and len(set(found.values())) == len(names) else {}


def is_of_areas(stem: str) -> bool:
    """Whether a file is called by a word for areas."""
    return _OF_AREAS.search(stem) is not None


def level_of_columns(path: Path) -> tuple[int | None, str]:
    """The level of a file that is called by a word for areas, by its columns; else None, and why it is not known."""
    mend = "name it under [[boundaries]] with its level"
    try:
        frame = read_vector(path).frame
    except (EwcmError, OSError):
        return None, f"it looks like areas, and has several layers or cannot be read alone; {mend} and its layer"
    if not frame.geometry.geom_type.isin(("Polygon", "MultiPolygon")).any():
        return None, "it is called by a word for areas and holds none"
    if (mixed := _level_column(frame)) is not None:
        return None, (
            f"it holds areas of several levels, by its column '{mixed}'; save each level as a file of its own (adm1, adm2 …)"
        )
    level = _finest(frame.columns)
    return level, "" if level is not None else f"it looks like areas, and nothing in it tells their level; {mend}"


def _finest(columns: Iterable[object]) -> int | None:
    """The finest level of which there is a column."""
    found = [_COLUMN.fullmatch(str(name).casefold()) for name in columns]
    return max((int(one.group(1) or one.group(2)) for one in found if one), default=None)


def _level_column(frame: pd.DataFrame) -> str | None:
    """The column that tells several levels of areas."""
    return next(
        (
            str(name)
            for name in frame.columns
            if str(name).casefold() in _LEVEL_COLUMN and frame[name].dropna().nunique() > 1
        ),
        None,
    )
