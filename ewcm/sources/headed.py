"""Tables with a heading somewhere: text with any usual separator, or a sheet of a workbook; titles above and totals below."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputNote, InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.files import check_file, is_web_table, read_text
from ewcm.sources.headings import Found, columns_of, field_of, flags_of, owner_of, with_parts_named, words_of
from ewcm.sources.quantities import number_of
from ewcm.sources.sheet_doubts import doubts_of_sheet, letters_of
from ewcm.sources.tables import MOST_COLUMNS, parse_rows
from ewcm.sources.unit_rows import without_units
from ewcm.sources.workbooks import WORKBOOK_SUFFIXES, Sheet, sheets_of

#: The heading of a table stands among its first rows.
_HEADING_ROWS = 40

#: None of these has more letters: the outline of a country as text in a cell has fewer.
_LONGEST_ROW = 20_000_000

#: Signs that may stand between the columns of a text.
SEPARATORS = ",;\t|"

#: Workbooks of before 2007 and others that are not read, by their first bytes.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"

#: Signs that nobody sees: of no width, and those that turn the direction of a text.
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

#: How a spreadsheet marks a number that is to stay a text.
_MARKED_AS_TEXT = re.compile(r"^'(?=[-+]?\d)")

#: A text as a formula, so that a spreadsheet leaves it as it is: ``="0.31"``.
_AS_FORMULA = re.compile(r'^="?([^"]*)"?$')

#: How rows begin that are no sites.
_NOTES = re.compile(
    r"(grand |sub-?|sous-?)?total|totals|totaux|totales|totais|somme|suma\b|soma\b|sum\b|count\b|source"
    r"|fuente|fonte|notes?\b|nota\b"
    r"|remarks?|remarque|observa|generated|printed|exported|prepared|date\b|legend|\*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Headed:
    """A table as texts. ``found``: what its columns are; ``lost``: lines with too many fields; ``notes``: rows that are titles,
    totals, notes or the heading once more, which are left out of ``table``."""

    table: pd.DataFrame
    found: Found
    lost: int
    notes: int
    format: str
    assumptions: tuple[str, ...]
    warnings: tuple[InputWarning, ...] = ()
    titles: tuple[str, ...] = ()  # of parts of the table, which stand alone in their rows
    above: tuple[str, ...] = ()  # what stands above the heading
    footnotes: tuple[str, ...] = ()  # notes between the rows and below them


def is_workbook(path: Path) -> bool:
    """Whether a file is called a workbook."""
    return path.suffix.lower() in WORKBOOK_SUFFIXES


def read_any_table(
    path: Path,
    layer: str | None = None,
    stated: Mapping[str, str] | None = None,
    whole: bool = False,
    *,
    of_inputs: bool = True,
) -> Headed:
    """Read a table of text, or the sheet of a workbook that holds one. ``layer``: the sheet; ``stated``: columns that the user
    names, which must stand in the heading. ``whole``: a row with nothing but a name is one of the list, without a position.
    ``of_inputs``: inputs.toml names the file, so that it can name the sheet too. Raises :class:`InputError`."""
    head = check_file(path)
    wanted = tuple((stated or {}).values())
    if head.startswith(_OLD_WORKBOOK) or path.suffix.lower() in (".xlsb", ".numbers"):
        raise InputError(f"{path}: is a workbook that is not read (of before 2007, or binary); save it as .xlsx or CSV")
    if is_workbook(path) or is_web_table(path, head):
        return _of_workbook(path, layer, wanted, whole, of_inputs)
    if layer is not None:
        raise InputError(f"{path}: is a table of text and has no layer '{layer}'; remove that key")
    return _of_text(path, wanted, whole)


def sheets_with_lists(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook that are not hidden and hold a table with positions."""
    return tuple(
        _with_table({name: sheet for name, sheet in sheets_of(path).items() if not sheet.hidden}, (), placed=True)
    )


def _of_workbook(path: Path, layer: str | None, wanted: Sequence[str], whole: bool, of_inputs: bool) -> Headed:
    sheets = sheets_of(path)
    if layer is not None:
        names = {name.casefold(): name for name in sheets}
        if layer.casefold() not in names:
            raise InputError(f"{path}: has no sheet '{layer}'; it has {_listed(sheets)}")
        chosen = names[layer.casefold()]
    else:
        filled = _with_table({name: sheet for name, sheet in sheets.items() if not sheet.hidden}, wanted, placed=True)
        # What nobody sees who opens the workbook is read only where nothing else can be meant.
        filled = filled or _with_table(sheets, wanted, placed=True) or _with_table(sheets, wanted, placed=False)
        if not filled:
            raise InputError(f"{path}: holds no rows; fill it, or remove it from the inputs")
        if len(filled) > 1:
            how = (
                f'write a table of inputs.toml for each that is meant, with layer = "{one_line(filled[0], 40)}", and with '
                'operator = "…" where sheets are called by operators'
                if of_inputs
                else "save the one that is meant as a file of its own"
            )
            raise InputError(f"{path}: has several sheets with a table ({_listed(filled)}); {how}")
        chosen = filled[0]
    values = {"sheet": one_line(chosen, 60), "sheets": len(sheets)}
    note = InputNote("one_sheet", f"Sheet '{values['sheet']}' of {len(sheets)} was read.", values)
    headed, first = _of_sheet(path, chosen, sheets[chosen], wanted, whole)
    said = (note,) if len(sheets) > 1 else ()
    return replace(
        headed,
        assumptions=(*said, *headed.assumptions),
        warnings=_warnings_of(chosen, sheets, wanted, first, named=layer is not None),
    )


def _of_sheet(path: Path, name: str, sheet: Sheet, wanted: Sequence[str], whole: bool) -> tuple[Headed, int]:
    """A sheet as a table, and the row on which it begins."""
    first, count, found, headings = _heading_of(sheet.rows, wanted)
    _refuse_turned_over(path, sheet.rows, found)
    names_of_columns = _unique(path, headings, found)
    body = [row[: len(headings)] for row in sheet.rows[first + count :]]
    table = pd.DataFrame(body, columns=names_of_columns, dtype=object) if body else _empty(names_of_columns)
    headed = _cleaned(table, columns_of(names_of_columns), 0, "workbook", _above(first), whole)
    return replace(headed, above=(name, *_texts_above(sheet.rows[:first]))), first + count


def other_sheets(path: Path, chosen: str) -> Iterator[tuple[str, Headed]]:
    """The further sheets of a workbook that are not hidden and hold tables, by name. Raises :class:`InputError`."""
    for name, sheet in sheets_of(path).items():
        if name != chosen and not sheet.hidden and len(sheet.rows) > 1:
            yield name, _of_sheet(path, name, sheet, (), False)[0]


def _with_table(sheets: Mapping[str, Sheet], wanted: Sequence[str], *, placed: bool) -> list[str]:
    """The sheets that hold a table with positions; else all that hold anything."""
    if not placed:
        return [name for name, sheet in sheets.items() if sheet.rows]
    return [name for name, sheet in sheets.items() if _heading_of(sheet.rows, wanted)[2].score >= 100]


def _warnings_of(
    chosen: str, sheets: Mapping[str, Sheet], wanted: Sequence[str], first: int, *, named: bool
) -> tuple[InputWarning, ...]:
    """What of a workbook is not as somebody sees it who opens it."""
    sheet, name = sheets[chosen], one_line(chosen, 60)
    found = list(doubts_of_sheet(chosen, sheet, first))
    if sheet.hidden and not named:
        text = f"Sheet '{name}' is hidden in the workbook and was read, as no other was named or holds a list; is it meant?"
        found.append(InputWarning("hidden_sheet", text, {"sheet": name}))
    others = [
        other
        for other in _with_table({key: one for key, one in sheets.items() if one.hidden}, wanted, placed=True)
        if other != chosen
    ]
    if others and not sheet.hidden and not named:
        text = f"Hidden sheets that hold lists too were not read: {_listed(others)}."
        found.append(InputWarning("hidden_lists", text, {"sheets": _listed(others)}))
    return tuple(found)


def _of_text(path: Path, wanted: Sequence[str], whole: bool) -> Headed:
    text, assumptions = read_text(path)
    text = _without_quotes_around_lines(text)
    lines = _first_lines(text)
    longest = max((len(line) for line, _ in lines), default=0)
    if longest > _LONGEST_ROW:
        raise InputError(
            f"{path}: has a line of {longest:,} letters among its first, so it is no table; export it again"
        )
    best: tuple[int, int, str] | None = None
    for separator in SEPARATORS:
        rows = [_fields(line, separator) for line, _ in lines]
        width = max(map(len, rows))
        if width < 2:
            continue
        score = _heading_of(rows, wanted)[2].score
        if best is None or (score, width) > best[:2]:
            best = (score, width, separator)
    if best is None:
        raise InputError(f"{path}: its first line is not a header with several columns; export it as CSV with commas")
    if best[1] > MOST_COLUMNS:
        raise InputError(f"{path}: has more than {MOST_COLUMNS} columns; export only those that are read")
    separator = best[2]
    rows = [_fields(line, separator) for line, _ in lines]
    first, count, found, headings = _heading_of(rows, wanted)
    _refuse_turned_over(path, rows, found)
    start = lines[first + count - 1][1]
    # Rows that end in separators more than the heading does have no more columns for it.
    widest = max((len(row) for row in rows[first + count :] if not any(row[len(headings) :])), default=0)
    names = _unique(path, [*headings, *[""] * (widest - len(headings))], found)
    body, joined = _in_one_line(text[start:], separator, len(headings))
    assumptions += joined
    table, lost = parse_rows(body, names, separator) if body.strip() else (_empty(names), 0)
    if separator == "," and lost > len(table):
        raise InputError(
            f"{path}: most rows have more fields than the heading has columns ({lost} of {lost + len(table)}); where numbers "
            "have decimal commas, export it with semicolons between the columns"
        )
    headed = _cleaned(table, columns_of(names), lost, "CSV", (*assumptions, *_above(first)), whole)
    return replace(headed, above=_texts_above(rows[:first]), warnings=headed.warnings + _of_open_quotes(body))


def _texts_above(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for row in rows for cell in row if cell))


def _of_open_quotes(body: str) -> tuple[InputWarning, ...]:
    """That cells go on over several lines, which are read as rows."""
    if '"' not in body:
        return ()
    count = sum(line.count('"') % 2 for line in body.split("\n")) // 2
    if not count:
        return ()
    text = (
        f"{count} cells go on over several lines, which were read as rows of their own: what stands in them is lost. Write such "
        "cells in one line, or hand in the workbook."
    )
    return (InputWarning("open_quotes", text, {"count": count}),)


def _without_quotes_around_lines(text: str) -> str:
    """A text whose lines are each one cell in quotes, as a spreadsheet saves a table read into one column, without them."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines or not all(line.startswith('"') and line.endswith('"') for line in lines[:_HEADING_ROWS]):
        return text
    cells = [next(csv.reader([line]), []) for line in lines]
    if any(len(cell) != 1 for cell in cells) or not any(sign in cells[0][0] for sign in SEPARATORS):
        return text
    return "\n".join(cell[0] for cell in cells) + "\n"


#: A cell goes on over so many lines at most.
_MOST_LINES = 12


def _in_one_line(body: str, separator: str, columns: int) -> tuple[str, tuple[str, ...]]:
    """The rows of a text, each in one line, where cells in quotes go on over several; and what is to be said. Lines are put
    together only where they are no rows by themselves, so that a quote that stays open costs its own row alone."""
    if not any(line.count('"') % 2 for line in body.split("\n")):
        return body, ()
    rows: list[str] = []
    held: list[str] = []
    joined = 0
    for line in body.split("\n"):
        held.append(line)
        whole = " ".join(held)
        is_open = whole.count('"') % 2 == 1
        if is_open and len(held) < _MOST_LINES:
            continue
        if len(held) > 1 and not is_open and _is_one_row(held, separator, columns):
            rows.append(whole)
            joined += 1
        else:
            rows += held
        held = []
    values = {"count": joined}
    text = f"{joined} rows have cells that go on over several lines, and were read as one each."
    return "\n".join([*rows, *held]), (InputNote("rows_of_lines", text, values),) if joined else ()


def _is_one_row(lines: Sequence[str], separator: str, columns: int) -> bool:
    """Whether lines are one row together: as many cells as the heading has, and not in each line by itself."""
    is_row = [line.count(separator) + 1 >= columns for line in lines]
    alone = any(is_row[1:-1]) or (is_row[0] and is_row[-1])
    return not alone and len(_fields(" ".join(lines), separator)) >= columns


def _above(rows: int) -> tuple[str, ...]:
    return (InputNote("rows_above", f"{rows} rows above the heading were left out.", {"rows": rows}),) if rows else ()


def _empty(names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(names), dtype=object)


def _listed(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(one_line(name, 40) for name in list(names)[:12])


def _first_lines(text: str) -> list[tuple[str, int]]:
    """The first lines with anything in them, each with where it ends; one that ends within quotes goes on in the next."""
    found: list[tuple[str, int]] = []
    at, held = 0, ""
    while at < len(text) and len(found) < _HEADING_ROWS:
        end = text.find("\n", at) + 1 or len(text)
        held += text[at:end]
        at = end
        if held.count('"') % 2 and held.count("\n") < 8 and at < len(text) and len(held) < 20_000:
            continue
        if held.strip():
            found.append((held.rstrip("\n"), at))
        held = ""
    return found


def _fields(line: str, separator: str) -> list[str]:
    if line.count(separator) > 10 * MOST_COLUMNS:
        return line.split(separator, 10 * MOST_COLUMNS)
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]
    except (csv.Error, StopIteration):
        return [field.strip() for field in line.split(separator)]


def _heading_of(rows: Sequence[Sequence[str]], wanted: Sequence[str]) -> tuple[int, int, Found, list[str]]:
    """Where the heading begins, of how many rows it is, its columns, and its cells: the row, or two rows together, of which most
    is understood; else the first row with several cells."""
    words = {"".join(words_of(heading)) for heading in wanted}
    best: tuple[int, int, int, Found, list[str]] | None = None
    for first, row in enumerate(rows[:_HEADING_ROWS]):
        if len(row) > MOST_COLUMNS or sum(map(bool, row)) < 2:
            continue
        above = [list(rows[first - 1])] if first else []
        for count, cells in (
            (1, with_parts_named(row)),
            *((2, with_parts_named(_two_rows(upper, row))) for upper in above),
        ):
            found = columns_of(cells)
            if not found.has_place and sum(map(_is_number, row)) > 1:
                continue  # a row of the table, not its heading
            score = found.score + 200 * sum("".join(words_of(cell)) in words for cell in cells if cell and words)
            if best is None or score > best[0]:
                best = (score, first - count + 1, count, found, cells)
    if best is None:
        return 0, 1, Found(), list(rows[0]) if rows else []
    return best[1:]


def _refuse_turned_over(path: Path, rows: Sequence[Sequence[str]], found: Found) -> None:
    """Raise :class:`InputError` where the first column holds what should be the heading."""
    if found.has_place or len(rows) < 2:
        return
    down = [row[0] if row else "" for row in rows[:_HEADING_ROWS]]
    if columns_of(down).has_place:
        shown = ", ".join(one_line(cell, 30) for cell in down if cell)[:120]
        raise InputError(
            f"{path}: its headings stand below each other in the first column ({shown}); turn the table over"
        )


def _is_number(cell: str) -> bool:
    found = number_of(cell)
    return found is not None and found[1] == ""


def _two_rows(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """The cells of two rows as one heading: what stands above a group of columns holds for each of them."""
    groups, group = [], ""
    for place, below in enumerate(lower):
        above = upper[place] if place < len(upper) else ""
        group = above or (group if below else "")
        groups.append(group)
    # Technologies below several names are columns of operators; below one name ("Services") it says nothing more.
    owners = {group for group, below in zip(groups, lower, strict=True) if flags_of(below)}
    cells = []
    for group, below in zip(groups, lower, strict=True):
        both = f"{group} {below}".strip()
        is_owned = len(owners) > 1 and owner_of(both) is not None
        known = field_of(below) is not None or (bool(flags_of(below)) and not is_owned)
        cells.append(below if known and below else both)
    return cells


def _unique(path: Path, headings: Sequence[str], found: Found) -> list[str]:
    """The names of the columns: an empty one is numbered. Refuses two columns of a name that is understood."""
    names: list[str] = []
    _refuse_doubled(path, headings, found)
    seen: dict[str, int] = {}
    used = {column.heading for column in found.columns.values()} | found.flags.keys()
    for number, heading in enumerate(headings, start=1):
        name = re.sub(r"\s+", " ", _UNSEEN.sub("", heading)).strip() or f"column {number}"
        seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
        if seen[name.casefold()] > 1:
            if heading in used or any(heading.casefold() == other.casefold() for other in used):
                raise _named_twice(path, headings, name, number - 1)
            name = f"{name} ({seen[name.casefold()]})"
        names.append(name)
    return names


#: How programs write a heading that stands there a second time.
_AGAIN = re.compile(r"(?:\.[1-9]|_[1-9]| \([2-9]\))$")


def _refuse_doubled(path: Path, headings: Sequence[str], found: Found) -> None:
    """Raise :class:`InputError` where the columns of the place stand there again (``Latitude.1``): a second table beside the
    first."""
    place = [column.heading for name, column in found.columns.items() if name in ("lat", "lon", "x", "y", "pair")]
    plain = {heading.casefold(): heading for heading in reversed(headings) if heading}
    again = {_AGAIN.sub("", heading.casefold()): heading for heading in reversed(headings) if _AGAIN.search(heading)}
    if place and all(name.casefold() in again and name.casefold() in plain for name in place):
        first, second = (list(headings).index(of[place[0].casefold()]) for of in (plain, again))
        raise _side_by_side(path, place[0], first, second)


def _named_twice(path: Path, headings: Sequence[str], name: str, second: int) -> InputError:
    """The error about a heading that stands there again: two columns of one table, or two tables side by side."""
    first = next(place for place, other in enumerate(headings) if other.casefold() == headings[second].casefold())
    if all(headings[first:second]):
        return InputError(f"{path}: has two columns named '{one_line(name, 60)}'; rename one")
    return _side_by_side(path, name, first, second)


def _side_by_side(path: Path, name: str, first: int, second: int) -> InputError:
    return InputError(
        f"{path}: has two tables side by side ('{one_line(name, 60)}' stands in columns {letters_of(first)} and "
        f"{letters_of(second)}); put one below the other, or each in a file or a sheet of its own"
    )


def _cleaned_column(column: pd.Series) -> pd.Series:
    """The texts of a column without signs that nobody sees, blanks around them, and marks before numbers."""
    texts = column.astype(str).to_numpy(dtype=object)
    whole = "\n".join(texts)
    if _UNSEEN.search(whole):
        texts = [_UNSEEN.sub("", text) for text in texts]
    texts = [text.strip() for text in texts]
    if '="' in whole or "\n=" in whole:
        texts = [_AS_FORMULA.sub(r"\1", text) for text in texts]
    if "'" in whole:
        texts = [_MARKED_AS_TEXT.sub("", text) for text in texts]
    return pd.Series(texts, index=column.index, dtype="str")


def _cleaned(
    table: pd.DataFrame, found: Found, lost: int, kind: str, assumptions: tuple[str, ...], whole: bool
) -> Headed:
    """Without rows that are no data, and without empty ones (of a ``whole`` text these are rows without a position)."""
    table = table.fillna("")
    if not len(table):
        return Headed(table, found, lost, 0, kind, assumptions)
    cells = table.apply(_cleaned_column)
    cells, found, units = without_units(cells, found)
    assumptions += units
    filled = (cells != "").to_numpy()
    count = filled.sum(axis=1)
    first = [next((cell for cell in row if cell), "") for row in cells.iloc[:, : min(8, cells.shape[1])].to_numpy()]
    place = [column.heading for name, column in found.columns.items() if name in ("lat", "lon", "x", "y", "pair")]
    nowhere = ~(cells[place] != "").any(axis=1).to_numpy() if place else np.zeros(len(cells), dtype=bool)
    # A total may count its rows below the heading of one axis.
    one_axis = (cells[place] != "").sum(axis=1).to_numpy() <= ("pair" not in found.columns) if place else nowhere
    is_note = np.array([bool(_NOTES.match(text)) for text in first], dtype=bool) & one_axis
    # A cell that is merged over the whole row holds for each of its columns.
    same = (cells.eq(pd.Series(first, index=cells.index), axis=0) | (cells == "")).all(axis=1).to_numpy() & (count > 2)
    told = [column.heading for name, column in found.columns.items() if name != "site_id"] + list(found.flags)
    untold = (cells[told] == "").all(axis=1).to_numpy() if told else np.ones(len(cells), dtype=bool)
    alone = (((count == 1) & untold) | same) & (table.shape[1] > 3) & (not whole)
    again = np.zeros(len(cells), dtype=bool)
    if place:
        again = np.logical_and.reduce(
            [(cells[heading].str.casefold() == heading.casefold()).to_numpy() for heading in place]
        )
    notes = (is_note | alone | again) & (count > 0)
    is_row = (count > 0) | (whole and kind == "CSV")
    kept = cells[is_row & ~notes].reset_index(drop=True)
    titles = tuple(dict.fromkeys(text for text, title in zip(first, alone & ~is_note, strict=True) if title))
    below = tuple(dict.fromkeys(text for text, note in zip(first, is_note & (count == 1), strict=True) if note))
    count_notes = int(notes.sum()) + bool(units)
    return Headed(kept, found, lost, count_notes, kind, assumptions, titles=titles, footnotes=below)
