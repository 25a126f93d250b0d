"""Tables of totals as statistical offices publish them: titles above, sub-totals between, totals below; and the units in them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.errors import InputError, one_line
from ewcm.sources.files import read_text
from ewcm.sources.headed import SEPARATORS, is_workbook
from ewcm.sources.headings import words_of
from ewcm.sources.people_columns import column_of_people, doubts_of_people, people_in, refuse_unsaid_thousands
from ewcm.sources.plain_words import plain_words
from ewcm.sources.quantities import number_of
from ewcm.sources.sheet_doubts import doubts_of_sheet
from ewcm.sources.tables import MOST_COLUMNS
from ewcm.sources.unit_names import UnitNames, listed, names_in
from ewcm.sources.workbooks import sheets_of

#: Words that begin a row of all units together.
_ALL = re.compile(
    r"\b(?:(?:grand|sub|sous|national|overall) ?)?(?:total|totals|totaux|totales|totais|somme|suma|soma|sum|national|nationwide"
    r"|ensemble|المجموع|الاجمالي|اجمالي)\b"
)

#: A total may differ from the sum of its units by this share without a word, and by that with one.
_EXACT, _NEAR = 0.001, 0.02

_NO_SUCH_COLUMN = "shares no column of codes or names with"


@dataclass(frozen=True)
class Totals:
    """``people`` of each unit, ``key``: the column of the outlines by which they were found; what is to be said; ``format``."""

    people: np.ndarray
    key: str
    notes: tuple[str, ...]
    rows: int
    format: str


@dataclass(frozen=True)
class _Match:
    """Which column of a sheet names the units by which column of their outlines."""

    sheet: str
    column: int
    key: str
    names: UnitNames
    units: int


def read_totals(path: Path, outlines: Path, frame: pd.DataFrame, column: str | None) -> Totals:
    """People of each unit of ``frame`` (a row each) from a table of text or a workbook. The rows of the table are found by what
    stands in them, whatever its columns are called.

    Raises :class:`InputError` where a unit has no row or a row no unit, so that nobody is lost or counted twice.
    """
    sheets, kind, notes = rows_of(path)
    match = _match(path, outlines, sheets, frame)
    rows = sheets[match.sheet]
    place = np.array([match.names.find(row[match.column]) if match.column < len(row) else -1 for row in rows])
    match.names.said.clear()
    heading, first = _heading(rows, int(np.argmax(place >= 0)))
    body, place = rows[first:], place[first:]
    width = max(len(heading), *(len(row) for row in body))
    long = sum(1 for row in body if any(row[len(heading) :]))
    if long:
        raise InputError(
            f"{path}: {long} rows have more fields than the heading has columns; where commas stand between thousands, put the "
            "numbers into quotes, or write them without"
        )
    table = pd.DataFrame(
        [[*row, *[""] * (width - len(row))] for row in body], columns=_unique(heading, width), dtype=object
    )
    _check_lacking(path, outlines, match, place, table)
    for text in table.iloc[:, match.column][place >= 0]:
        match.names.find(text)
    chosen = column_of_people(path, table[place >= 0], column, needed=True)
    assert chosen is not None
    people, said = _people_by_unit(path, outlines, match, place, table, chosen)
    _check_against_codes(path, match, place, table, frame)
    of_units = table[place >= 0]
    said += doubts_of_people(of_units, chosen, people[place[place >= 0]])
    around = [
        cell for row in (*rows[:first], *np.array(body, dtype=object)[place < 0]) for cell in row if _has_letters(cell)
    ]
    refuse_unsaid_thousands(path, chosen, people, around)
    notes += match.names.notes()
    if len(sheets) > 1:
        notes += (f"Sheet '{one_line(match.sheet, 60)}' of {len(sheets)} was read.",)
    plain = " ".join(words_of(chosen))
    notes += () if plain in ("people", "population") else (f"Column '{one_line(chosen, 60)}' was taken for people.",)
    return Totals(people, match.key, (*notes, *said), len(table), kind)


def rows_of(path: Path) -> tuple[dict[str, list[list[str]]], str, tuple[str, ...]]:
    """The rows of a table of text (one sheet of the name ""), or of the sheets of a workbook that are seen."""
    if is_workbook(path):
        sheets = sheets_of(path)
        seen = {name: sheet for name, sheet in sheets.items() if not sheet.hidden and sheet.rows}
        said = tuple(doubt for name, sheet in seen.items() for doubt in doubts_of_sheet(name, sheet))
        return {name: sheet.rows for name, sheet in seen.items()}, "workbook", said
    text, notes = read_text(path)
    lines = [line for line in text.split("\n") if line.strip()]
    best: tuple[int, int, list[list[str]]] | None = None
    for separator in SEPARATORS:
        if sum(separator in line for line in lines[:50]) < 1:
            continue
        try:
            rows = [
                [cell.strip() for cell in row]
                for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)
                if any(row)
            ]
        except csv.Error:
            continue
        widths = [len(row) for row in rows if len(row) > 1]
        if not widths or max(widths) > MOST_COLUMNS:
            continue
        usual = max(set(widths), key=widths.count)
        if best is None or (widths.count(usual), usual) > best[:2]:
            best = widths.count(usual), usual, rows
    if best is None:
        raise InputError(f"{path}: has no row with several columns; export it as CSV with commas")
    return {"": best[2]}, "CSV", notes


def _match(path: Path, outlines: Path, sheets: Mapping[str, list[list[str]]], frame: pd.DataFrame) -> _Match:
    """The column of the table, and that of the outlines, that have most units in common."""
    found: list[tuple[tuple[int, int, int, int], _Match]] = []
    columns_of = {
        (sheet, column): {row[column] for row in rows if column < len(row) and row[column]}
        for sheet, rows in sheets.items()
        for column in range(max(map(len, rows), default=0))
    }
    of_words = {at for at, cells in columns_of.items() if sum(map(_has_letters, cells)) > 0.3 * len(cells)}
    of_codes = {at for at in columns_of if _is_code(sheets[at[0]], at[1])}
    for key in frame.columns:
        if key == "geometry":
            continue
        texts = names_in(frame[key])
        unique = int(texts.is_unique and (texts != "").all())
        names = UnitNames(texts.tolist())
        has_words = texts.map(_has_letters).mean() > 0.5
        for (sheet, column), cells in columns_of.items():
            rows = sheets[sheet]
            alike = any(column < len(row) and plain_words(row[column]) == plain_words(str(key)) for row in rows[:40])
            # Numbers are codes only where the heading says so: a column that counts the rows matches any other.
            if alike or (sheet, column) in (of_words if has_words else of_codes):
                units = names.matched(cells)
                if units:
                    # A sheet of the level below names each unit in many rows.
                    named = sum(names.find(row[column]) >= 0 for row in rows if column < len(row))
                    once = int(named <= 1.1 * units + 2)
                    found.append(((once, units, unique, int(alike)), _Match(sheet, column, str(key), names, units)))
    if not found:
        _refuse_names_of_several(path, outlines, frame, set().union(*columns_of.values()))
        columns = next((row for rows in sheets.values() for row in rows[:1]), [])
        raise InputError(
            f"{path}: {_NO_SUCH_COLUMN} {outlines.name} (columns: "
            f"{', '.join(one_line(cell, 30) for cell in columns[:8])}); write the "
            "units as the outlines do"
        )
    found.sort(key=lambda one: one[0], reverse=True)
    best = found[0][1]
    twice = pd.Series(best.names.names)
    if twice.duplicated().any():
        name = one_line(str(twice[twice.duplicated()].iloc[0]), 60)
        raise InputError(
            f"{outlines}: '{name}' stands twice in column {best.key}; join its shapes, or give each a name of its own"
        )
    best_once = found[0][0][0]
    others = [
        one.sheet
        for rank, one in found
        if one.sheet != best.sheet and one.units >= 0.9 * best.units and rank[0] == best_once
    ]
    if others:
        raise InputError(
            f"{path}: several sheets name the units ('{one_line(best.sheet, 40)}', '{one_line(others[0], 40)}'); save the "
            "one that is "
            "meant as a file of its own"
        )
    return best


def _refuse_names_of_several(path: Path, outlines: Path, frame: pd.DataFrame, cells: set[str]) -> None:
    """Refuse names by which several units go, as districts of different provinces do."""
    for key in frame.columns.drop("geometry", errors="ignore"):
        texts = names_in(frame[key])
        if texts.map(_has_letters).mean() <= 0.5 or UnitNames(list(dict.fromkeys(texts))).matched(cells) < 2:
            continue
        if len(several := texts[texts.duplicated()]):
            raise InputError(
                f"{path}: names units by '{one_line(str(key), 40)}', and of {outlines.name} several are called "
                f"'{one_line(several.iloc[0], 60)}' (as in different provinces); add a column of codes to both"
            )


def _has_letters(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _is_code(rows: Sequence[Sequence[str]], column: int) -> bool:
    words = {word for row in rows[:40] if column < len(row) for word in words_of(row[column])}
    return bool({"code", "pcode", "codigo", "cod", "geocode", "hasc", "iso", "رمز", "الرمز"} & words) or any(
        word.endswith(("code", "pcode")) for word in words
    )


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row holds a number that is no year and no number of a column ("(1)")."""
    numbers = [number_of(cell) for cell in row if cell]
    return any(one is not None and not one[1] and not 1900 <= one[0] <= 2100 and not 0 < one[0] < 30 for one in numbers)


def _heading(rows: Sequence[Sequence[str]], first: int) -> tuple[list[str], int]:
    """The heading above a row of the table, of one row or of two, and where the rows begin."""
    at = first - 1
    while at >= 0 and (_is_data(rows[at]) or sum(map(bool, rows[at])) < 2):
        at -= 1
    # A row that counts the columns stands below their names.
    if at > 0 and all(re.fullmatch(r"\(?\d{1,2}\)?|", cell) for cell in rows[at]):
        at -= 1
    if at < 0:
        return [f"column {number + 1}" for number in range(len(rows[first]))], 0
    lower, upper = list(rows[at]), list(rows[at - 1]) if at else []
    if sum(map(bool, upper)) < 2 or _is_data(upper):
        return lower, at + 1
    cells, group = [], ""
    for column in range(max(len(lower), len(upper))):
        above = upper[column] if column < len(upper) else ""
        below = lower[column] if column < len(lower) else ""
        group = above or (group if below else "")
        cells.append(below if below == group else f"{group} {below}".strip())
    return cells, at + 1


def _unique(heading: Sequence[str], width: int) -> list[str]:
    names: list[str] = []
    for number in range(width):
        name = re.sub(r"\s+", " ", heading[number] if number < len(heading) else "").strip() or f"column {number + 1}"
        names.append(f"{name} ({number + 1})" if name in names else name)
    return names


def _check_lacking(path: Path, outlines: Path, match: _Match, place: np.ndarray, table: pd.DataFrame) -> None:
    lacking = sorted(set(range(len(match.names.names))) - set(place.tolist()))
    if not lacking:
        return
    named = pd.Series(place[place >= 0])
    if named.duplicated().any():
        name, column = match.names.names[int(named[named.duplicated()].iloc[0])], str(table.columns[match.column])
        raise InputError(
            f"{path}: '{one_line(name, 60)}' stands twice in column {one_line(column, 40)}; keep one row a unit"
        )
    texts = [
        str(text) for text in table.iloc[:, match.column][place < 0] if str(text) and not _ALL.search(plain_words(text))
    ]
    foreign = UnitNames(list(dict.fromkeys(texts)))
    raise InputError(
        f"{path}: has no total of {len(lacking)} units of {outlines.name} (first: "
        f"{listed([match.names.names[one] for one in lacking], foreign)}); add it, or write the name as the outlines do"
    )


def _people_by_unit(
    path: Path, outlines: Path, match: _Match, place: np.ndarray, table: pd.DataFrame, heading: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """People of each unit; rows of totals are left out, any other row without a unit is refused."""
    own = place >= 0
    people_in(path, heading, table[heading][own], needed=True)
    digits = table[heading].astype(str).str.fullmatch(r"[\d٠-٩][\d٠-٩\s.,'’\u00a0\u202f]*").to_numpy(bool)
    values = np.full(len(table), np.nan)
    values[own | digits], notes = people_in(path, heading, table[heading][own | digits], needed=False)
    own, once = _once(path, match, place, own, values, table)
    result = np.full(len(match.names.names), np.nan)
    result[place[own]] = values[own]
    before = np.concatenate([[0.0], np.cumsum(np.where(own, np.nan_to_num(values), 0.0))])
    everybody, sums, off = float(before[-1]), 0, ""
    strange: list[str] = []
    others = [
        int(row) for row in np.flatnonzero(~own) if place[row] < 0 and np.isfinite(values[row]) and values[row] > 0
    ]
    ends = [0, len(table), *others]
    for row in others:
        parts = [abs(float(before[end] - before[row])) for end in ends if end != row]
        name = str(table.iloc[row, match.column]) or next((cell for cell in map(str, table.iloc[row]) if cell), "")
        if any(abs(part - values[row]) <= max(0.5, _EXACT * values[row]) for part in parts):
            sums += 1
        elif _ALL.search(plain_words(name)) and abs(values[row] - everybody) <= _NEAR * everybody:
            sums += 1
            off = f"Row '{one_line(name, 40)}' says {values[row]:,.0f} people and its units add up to {everybody:,.0f}."
        else:
            strange.append(name)
    if strange:
        raise InputError(
            f"{path}: {len(strange)} rows are neither units of {outlines.name} nor the sum of some "
            f"({listed(strange, match.names)}); "
            "write them as the outlines do; of units that were split since add the people of their parts; else people "
            "would be lost"
        )
    said = (f"{sums} rows of totals and sub-totals were left out; they are the sums of their units.",) if sums else ()
    return result, (*notes, *once, *said, *((off,) if off else ()))


def _once(
    path: Path, match: _Match, place: np.ndarray, own: np.ndarray, values: np.ndarray, table: pd.DataFrame
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Rows with each unit once: one that stands twice with the same people (a region of one district) counts once."""
    seen: dict[int, int] = {}
    kept, again = own.copy(), 0
    for row in np.flatnonzero(own):
        first = seen.setdefault(int(place[row]), int(row))
        if first == row:
            continue
        if values[first] != values[row]:
            name = str(table.iloc[row, match.column])
            raise InputError(
                f"{path}: '{one_line(name, 60)}' stands twice in column {one_line(str(table.columns[match.column]), 40)} "
                "with other people; "
                "keep one row a unit"
            )
        kept[first] = False
        seen[int(place[row])] = int(row)
        again += 1
    if again >= max(2, len(seen)):
        name = one_line(str(table.iloc[int(np.flatnonzero(own)[0]), match.column]), 60)
        raise InputError(
            f"{path}: every unit stands more than once with the same people (such as '{name}'), as of men and women, or of towns "
            "and countryside; keep one row a unit, with all its people"
        )
    return kept, (f"{again} units stand twice with the same people and were counted once.",) if again else ()


def _check_against_codes(
    path: Path, match: _Match, place: np.ndarray, table: pd.DataFrame, frame: pd.DataFrame
) -> None:
    """Refuses rows whose code is of one unit and whose name of another, as where a column was sorted by itself."""
    for key in frame.columns:
        texts = names_in(frame[key]) if key not in ("geometry", match.key) else pd.Series(dtype=str)
        if not len(texts) or not texts.is_unique or texts.map(_has_letters).mean() <= 0.5:
            continue
        names = UnitNames(texts.tolist())
        for column in range(table.shape[1]):
            cells = names_in(table.iloc[:, column])
            if column == match.column or names.matched(cells[place >= 0]) < 0.5 * len(texts):
                continue
            other = np.array([names.find(cell) for cell in cells])
            wrong = np.flatnonzero((place >= 0) & (other >= 0) & (other != place))
            if wrong.size:
                row = int(wrong[0])
                raise InputError(
                    f"{path}: {wrong.size} rows name one unit by '{one_line(str(table.columns[match.column]), 30)}' and "
                    "another by "
                    f"'{one_line(str(table.columns[column]), 30)}' (first: '{one_line(str(table.iloc[row, match.column]), 30)}', "
                    f"'{one_line(str(cells.iloc[row]), 30)}'); correct them"
                )
