"""Which column of a table holds people, and its numbers as offices write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.errors import InputError, one_line
from ewcm.sources.headings import words_of
from ewcm.sources.quantities import is_nothing, number_of

#: How the column of people may begin, the likeliest first; those of one row are as likely.
_PEOPLE: tuple[tuple[str, ...], ...] = (
    ("people", "population", "pop", "poblacion", "populacao", "السكان", "عددالسكان"),
    (
        *("t tl", "total", "persons", "personnes", "personas", "pessoas", "habitants", "habitantes", "inhabitants"),
        *("both sexes", "ensemble"),
    ),
    ("idps", "individuals", "individus", "individuos", "pdi", "pdis", "الأفراد", "النازحين"),
)

#: Words of headings of a part of the people, or of something else than people.
_NOT_ALL = {
    *("m", "f", "h"),
    *("male", "males", "female", "females", "men", "women", "boys", "girls", "homme", "hommes", "femme", "femmes", "masculin"),
    *("feminin", "hombres", "mujeres", "homens", "mulheres", "masculino", "femenino", "feminino", "ذكور", "اناث"),
    *("الذكور", "الاناث"),
    *("household", "households", "hh", "hhs", "menage", "menages", "hogar", "hogares", "vivienda", "viviendas", "domicilio"),
    *("domicilios", "agregado", "agregados", "familia", "familias", "families", "family", "famille", "familles", "اسر"),
    *("الاسر", "dwellings"),
    *("density", "densite", "densidad", "densidade", "growth", "croissance", "crecimiento", "crescimento", "change", "rate"),
    *("ratio", "percent", "pct", "share", "taux", "tasa", "taxa", "area", "km2", "average", "mean", "size", "urban", "urbain"),
    *("urbaine", "urbana", "rural", "rurale", "under", "age", "aged", "children", "code", "source", "sites", "locations", "land"),
    *("sqkm", "superficie", "surface", "enfants", "crianzas", "sex", "km", "الكثافه", "rank", "name", "type", "error"),
}  # fmt: skip

#: Words of headings of the two parts of which every person is of one.
_MEN = {
    "m",
    "h",
    "male",
    "males",
    "men",
    "homme",
    "hommes",
    "masculin",
    "hombres",
    "homens",
    "masculino",
    "ذكور",
    "الذكور",
}
_WOMEN = {
    "f",
    "female",
    "females",
    "women",
    "femme",
    "femmes",
    "feminin",
    "mujeres",
    "mulheres",
    "femenino",
    "feminino",
}
_WOMEN |= {"اناث", "الاناث"}

#: Ages in headings: "0-14", "65+", "00_04".
_AGES = re.compile(r"(?<!\d)\d{1,2} ?[-–_] ?\d{1,2}(?!\d)|(?<!\d)\d{1,2} ?\+")

#: Words of headings whose numbers are millions or thousands of people.
_MILLIONS = re.compile(r"million|millones|milh(?:ões|oes|ao|ão)|مليون|ملايين", re.IGNORECASE)
_THOUSANDS = re.compile(
    r"thousand|millier|millares|en miles|\bmiles\b|milhares|\b000\b|['’]000|بالآلاف|بالالاف", re.IGNORECASE
)

#: No unit has so many thousands of people.
_MOST_THOUSANDS = 100_000.0

#: Miles that are no thousands.
_SQUARE = re.compile(r"\b(?:sq(?:uare|\.)?) ?miles\b|\bmiles2\b", re.IGNORECASE)

#: A mark of a footnote behind a number.
_MARK = re.compile(r"(?<=\d)(?:\s*[*†‡]+|\s+\d{1,2}/|\s*\([a-z]\))$", re.IGNORECASE)

#: Where no unit has so many people and most numbers have up to three decimals, they are thousands; with any decimals and fewer,
#: thousands or millions. Sums of a modelled grid have more decimals.
_LEAST_OF_THOUSANDS, _LEAST_OF_ALL = 10_000.0, 100.0


def column_of_people(path: Path, table: pd.DataFrame, column: str | None, *, needed: bool) -> str | None:
    """The heading of the people of each row; None where there is none and none is ``needed``. ``column``: as the user states it.

    Refuses several that may be meant (two censuses).
    """
    names = [str(name) for name in table.columns if name != "geometry"]
    if column is not None:
        by_name = {name.casefold(): name for name in names}
        if column.strip().casefold() not in by_name:
            raise InputError(f"{path}: has no column '{column[:60]}'; it has {', '.join(names[:12])}")
        return by_name[column.strip().casefold()]
    whole = [
        name for name in names if not _NOT_ALL & set(words_of(name)) and "%" not in name and not _AGES.search(name)
    ]
    for begins in _PEOPLE:
        found = [name for name in whole if _begins(name, begins)]
        found = found or [name for name in whole if any(start in name.casefold() for start in begins if len(start) > 3)]
        if len(found) > 1:
            found = [name for name in found if _has_numbers(table[name])] or found
        if len(found) > 1 and any(not table[name].equals(table[found[0]]) for name in found[1:]):
            shown = ", ".join(f"'{one_line(name, 40)}'" for name in found[:5])
            raise InputError(f"{path}: has several columns of people ({shown}); say which is meant with --column")
        if found:
            return found[0]
    if needed:
        raise InputError(
            f"{path}: has no column of people ({', '.join(one_line(name, 40) for name in names[:12])}); name it people, "
            "or say --column"
        )
    return None


def is_of_people(heading: str) -> bool:
    """Whether a column is headed by a word for people."""
    return any(_begins(heading, begins) for begins in _PEOPLE)


def _begins(name: str, begins: Sequence[str]) -> bool:
    plain = " ".join(words_of(name))
    return plain.startswith(tuple(begins)) or name.casefold().startswith(tuple(begins))


def _has_numbers(column: pd.Series) -> bool:
    filled = [text for text in column.dropna().astype(str).str.strip() if not is_nothing(text)]
    return not filled or sum(any(sign.isdigit() for sign in text[:1]) for text in filled) >= 0.5 * len(filled)


def doubts_of_people(table: pd.DataFrame, heading: str, people: np.ndarray) -> tuple[str, ...]:
    """That another column, or men and women together, say other numbers than the column that was taken for ``people`` (of each
    row): which rows are wrong nobody but the user can tell."""
    said = []
    for names, what in _other_counts(table, heading):
        counts = [_plain_numbers(table[name]) for name in names]
        other = np.sum(counts, axis=0)
        wrong = np.flatnonzero(np.isfinite(other) & np.isfinite(people) & (np.abs(other - people) > 0.5))
        if wrong.size:
            first = int(wrong[0])
            said.append(
                f"{what} {'say' if len(names) > 1 else 'says'} another number than '{one_line(heading, 40)}' for {wrong.size} of "
                f"{len(table)} rows (first: {other[first]:,.0f} beside {people[first]:,.0f}); '{one_line(heading, 40)}' was used."
            )
    return tuple(said)


def _other_counts(table: pd.DataFrame, heading: str) -> list[tuple[list[str], str]]:
    """Columns, or pairs of them, that count the same people as the one of that heading, and how they are called."""
    factor = factor_of_heading(heading)
    others = [str(name) for name in table.columns if str(name) != heading and factor_of_heading(str(name)) == factor]
    whole = [
        name for name in others if not _NOT_ALL & set(words_of(name)) and not _AGES.search(name) and "%" not in name
    ]
    found = [([name], f"Column '{one_line(name, 40)}'") for name in whole if is_of_people(name)]
    men, women = ([name for name in others if words & set(words_of(name))] for words in (_MEN, _WOMEN))
    if len(men) == len(women) == 1:
        found.append(([*men, *women], f"Columns '{one_line(men[0], 40)}' and '{one_line(women[0], 40)}' together"))
    return found


def _plain_numbers(column: pd.Series) -> np.ndarray:
    """The numbers of a column, f64; NaN where there is none."""
    read = [number_of(text, ".", True) for text in column.where(column.notna(), "").astype(str).str.strip()]
    return np.array([math.nan if one is None or one[1] else one[0] for one in read], np.float64)


def factor_of_heading(heading: str) -> tuple[float, str]:
    """How many people one stands for in a column, by its heading, and the word for that: thousands, millions, or "" for one."""
    if _MILLIONS.search(heading):
        return 1e6, "millions"
    return (1e3, "thousands") if _THOUSANDS.search(heading) else (1.0, "")


def people_in(path: Path, heading: str, column: pd.Series, *, needed: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """People of each row, f64; NaN where the cell is empty (refused where ``needed``); and what is to be said."""
    text = column.where(column.notna(), "").astype(str).str.strip()
    empty = text.map(is_nothing).to_numpy(bool) | text.isin(("NaT", "<NA>")).to_numpy(bool)
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(np.float64, na_value=np.nan)
        notes: tuple[str, ...] = ()
    else:
        values, notes = _read(path, heading, text, empty)
    wrong = (~np.isfinite(values) & ~empty) | (values < 0)
    if wrong.any():
        raise InputError(
            f"{path}: column {one_line(heading, 40)} holds '{one_line(str(text[wrong].iloc[0]), 40)}', which is no number "
            "of people; "
            "correct it"
        )
    if needed and empty.any():
        raise InputError(
            f"{path}: column {one_line(heading, 40)} is empty for {int(empty.sum())} units; every unit needs its total"
        )
    factor, name = factor_of_heading(heading)
    parts = values[np.isfinite(values) & (values != np.rint(values))]
    if (
        factor == 1.0
        and parts.size > 0.5 * np.isfinite(values).sum()
        and _are_thousands(parts, float(np.nanmax(values)))
    ):
        raise InputError(
            f"{path}: column {one_line(heading, 40)} holds {parts[0]:g}, and none above {np.nanmax(values):g}; write people, or "
            "say thousands or millions in the heading"
        )
    if name:
        values = values * factor
        notes += (f"Column '{one_line(heading, 60)}' was read as {name} of people.",)
    return np.where(empty, np.nan, values), notes


def _are_thousands(parts: np.ndarray, most: float) -> bool:
    """Whether numbers with decimals are no people, by the largest of the column."""
    few = np.abs(parts * 1000.0 - np.rint(parts * 1000.0)) < 1e-6
    return most < _LEAST_OF_ALL or (most < _LEAST_OF_THOUSANDS and bool(few.all()))


def _read(path: Path, heading: str, text: pd.Series, empty: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    filled = text[~empty]
    marked = filled[filled.str.contains(_MARK)]
    filled = filled.str.replace(_MARK, "", regex=True)
    dotted = filled.str.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+")
    # "12.345" may be thousands or decimals; "1.234.567" beside it shows that they are thousands.
    grouped = filled.str.fullmatch(r"[1-9]\d{0,2}(\.\d{3}){2,}").any() and not filled.str.contains(r"\.\d{0,2}$").any()
    if len(filled) and dotted.mean() > 0.5 and not grouped:
        raise InputError(
            f"{path}: column {one_line(heading, 40)} holds '{one_line(filled.iloc[0], 40)}', which may be thousands or "
            "decimals; write "
            "people without signs between the digits"
        )
    decimal = "," if grouped else "."
    plain = filled.str.replace(r"(?<=\d)[\s\u00a0\u202f\u2009](?=\d{3}(?!\d))", "", regex=True)
    found = {value: number_of(value, decimal, True) for value in plain.unique()}
    read = {value: one[0] if one is not None and not one[1] else np.nan for value, one in found.items()}
    values = np.full(len(text), np.nan)
    values[~empty] = plain.map(read).to_numpy(np.float64)
    signs = filled[filled != plain.where(~plain.str.contains(",") & ~pd.Series(grouped, plain.index), "")]
    notes: tuple[str, ...] = (
        (f"Signs between groups of three digits were read as thousands, such as '{one_line(signs.iloc[0], 40)}'.",)
        if len(signs)
        else ()
    )
    if len(marked):
        notes += (
            f"{len(marked)} marks of footnotes behind numbers were left out, such as '{one_line(marked.iloc[0], 40)}'.",
        )
    return values, notes


def refuse_unsaid_thousands(path: Path, heading: str, values: np.ndarray, texts: Sequence[str]) -> None:
    """Refuse numbers that a title, a row of units or a note calls thousands or millions, and their heading does not.

    ``texts``: what stands around the rows of the units.
    """
    if _MILLIONS.search(heading) or _THOUSANDS.search(heading) or not np.nanmax(values, initial=0.0) < _MOST_THOUSANDS:
        return
    for text in texts:
        of_people = _SQUARE.sub(" ", text)
        if _MILLIONS.search(of_people) or _THOUSANDS.search(of_people):
            raise InputError(
                f"{path}: '{one_line(text, 60)}' speaks of thousands or millions, and column {one_line(heading, 40)} holds none "
                f"above {np.nanmax(values):,.0f}; say so in its heading (as in 'Population (thousands)'), or write people"
            )
