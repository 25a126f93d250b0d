"""The tables: areas.csv, coldspots.csv, tables.xlsx and summary.json. Same result, same bytes."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ewcm.analysis.reach import ServiceFigures
from ewcm.core.finding import Figure, Table
from ewcm.core.record import GRADE
from ewcm.core.texts import finding_text
from ewcm.countries import LANGUAGES
from ewcm.report.escape import for_cell
from ewcm.report.headings import heading
from ewcm.report.headline import headline, oldest_input
from ewcm.report.key_figures import key_figures
from ewcm.report.numbers import rounded, rounded_column
from ewcm.result import CountryResult

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

#: First column of every table, so that modelled starter data stays marked in any copy.
GRADE_COLUMN = GRADE

#: Rows of a spreadsheet, the two of headings taken off.
MOST_ROWS = 1_048_574

#: Columns that tell what a row is: the columns up to the first of these stay when one scrolls.
_NAMES_A_ROW = ("name", "area_name", "coldspot_id", "site_id", "path")

#: Characters in a cell of a spreadsheet.
_MOST_CHARACTERS = 32_767

#: The moment that stands in for "now" in a workbook (the earliest that a zip archive can hold).
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)

_STARTER_TEXT = "STARTER DATA: people and network are modelled, not measured. Not for decisions."
_EXERCISE_TEXT = "EXERCISE: made-up data for training. Not the real country, and not for decisions."


def grade(result: CountryResult) -> str:
    """``starter`` where any input is modelled starter data, ``exercise`` where any is made up, otherwise ``user``."""
    return result.data.grade


def table(frame: pd.DataFrame, data_grade: str) -> pd.DataFrame:
    """A frame as it is written: graded, without geometry, numbers rounded, texts safe for a spreadsheet."""
    columns: dict[str, list[Any]] = {GRADE_COLUMN: [data_grade] * len(frame)}
    for name in frame.columns:
        if name == "geometry":
            continue
        column = frame[name]
        if pd.api.types.is_float_dtype(column):
            values: list[Any] = rounded_column(column, name)
        elif pd.api.types.is_numeric_dtype(column):
            values = column.tolist()
        else:
            values = ["" if pd.isna(value) else for_cell(value) for value in column]
        columns[for_cell(name)] = values
    return pd.DataFrame(columns, dtype=object)


def write_tables(result: CountryResult, folder: Path) -> None:
    """Write each table of the findings as CSV."""
    for finding in result.findings:
        for each in finding.tables:
            if "csv" in each.files:
                write_csv(each.frame, grade(result), folder / f"{each.name}.csv")


def write_csv(frame: pd.DataFrame, data_grade: str, path: Path) -> None:
    """Write one table as CSV: UTF-8 with a byte-order mark (Excel needs it for names), CRLF, empty where not known."""
    write_plain_csv(table(frame, data_grade), path)


def write_plain_csv(plain: pd.DataFrame, path: Path) -> None:
    """Write as CSV what :func:`table` has made."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(plain.columns)
        writer.writerows(_rows(plain))


def write_summary(result: CountryResult, path: Path) -> None:
    """Write summary.json: UTF-8, keys in the order of docs/formats.md, plus ``data_grade``."""
    path.write_text(json_text({"data_grade": grade(result), **result.summary}), encoding="utf-8")


def json_text(value: object) -> str:
    """JSON with rounded numbers and a final newline."""
    return json.dumps(rounded(value), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write_workbook(result: CountryResult, path: Path) -> None:
    """Write tables.xlsx: a summary and the key figures first, then a sheet for each table, with headings in the language of the
    country over the machine names, and the headings in every language last."""
    data_grade, language = grade(result), result.data.country.language
    services = result.coverage.services
    with _workbook(path) as book:
        _sheet(book, "Summary", _summary_rows(result), widths=(34, *[18] * 14))
        headings: list[list[object]] = []
        sheets = [("Key figures", key_figures(result)), *((_title(each), each.frame) for each in _sheets(result))]
        for title, frame in sheets:
            plain = table(frame.iloc[:MOST_ROWS], data_grade)
            words = {name: [heading(name, services, each) for each in LANGUAGES] for name in plain.columns}
            headings += [[title, name, *words[name]] for name in plain.columns]
            here = [words[name][LANGUAGES.index(language)] for name in plain.columns]
            _table_sheet(book, title, plain, here, right_to_left=language == "ar")
        of_languages = ["Sheet", "Column", *LANGUAGES]
        _table_sheet(book, "Headings", pd.DataFrame(headings, columns=of_languages, dtype=object))


def write_plain_workbook(sheets: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write as a workbook what :func:`table` has made, one sheet a table."""
    with _workbook(path) as book:
        for title, plain in sheets.items():
            _table_sheet(book, title, plain)


def _sheets(result: CountryResult) -> list[Table]:
    """The tables of the workbook, in order."""
    return [each for finding in result.findings for each in finding.tables if "workbook" in each.files]


def _title(each: Table) -> str:
    """The name of a sheet: at most 31 letters, as spreadsheets have it."""
    return each.name.replace("_", " ").capitalize()[:31]


def _table_sheet(
    book: Workbook, title: str, plain: pd.DataFrame, headings: Sequence[str] = (), *, right_to_left: bool = False
) -> None:
    """A table as a sheet: ``headings`` above the names of the columns, which keep their place and filter when one scrolls."""
    heads: list[list[object]] = [list(headings), list(plain.columns)] if headings else [list(plain.columns)]
    widths = [max(12, min(len(name) + 4, 26)) for name in plain.columns]
    _sheet(book, title, (*heads, *_rows(plain)), widths, heads=len(heads), columns=list(plain.columns))
    sheet = book.get_worksheet_by_name(title)
    first = next((number for number, name in enumerate(plain.columns) if name in _NAMES_A_ROW), 0)
    sheet.freeze_panes(len(heads), first + 1 if first < 5 else 1)
    sheet.autofilter(len(heads) - 1, 0, len(heads) - 1 + len(plain), len(plain.columns) - 1)
    if right_to_left:
        sheet.right_to_left()


@contextmanager
def _workbook(path: Path) -> Iterator[Workbook]:
    """A workbook that is written row by row, its rows so far in files beside it, and that holds no time of day."""
    from xlsxwriter import Workbook  # answers to alerts have no workbook
    from xlsxwriter.exceptions import FileCreateError

    book = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
    book.set_properties({"created": _EPOCH})
    book.use_zip64()
    yield book
    try:
        book.close()
    except FileCreateError as fault:
        # A full disk is a full disk, whichever file it is met at.
        raise fault.args[0] from fault


def _rows(plain: pd.DataFrame) -> Iterator[list[object]]:
    for row in plain.itertuples(index=False, name=None):
        yield [None if value is None or value != value else value for value in row]


#: What the first sheet says of the best single operator.
_BEST_OPERATOR = ("operator", "people", "share", "share_at_most")

#: What the first sheet says of each official figure.
_OFFICIAL = (
    "share", "year", "source", "role", "union_share", "union_share_low", "union_share_high", "position", "gap_points",
    "gap_people",
)  # fmt: skip


def _summary_rows(result: CountryResult) -> Iterator[list[object]]:
    yield [f"{result.data.country.name} ({result.data.country.iso3})"]
    yield [GRADE_COLUMN, grade(result)]
    if result.data.starter:
        yield [_STARTER_TEXT]
    if result.data.exercise:
        yield [_EXERCISE_TEXT]
    yield [headline(result).splitlines()[0]]
    yield [oldest_input(result)]
    yield []
    figures = {figure.path: figure for finding in result.findings for figure in finding.figures}
    yield ["People (ledger of any technology)"]
    for path, figure in figures.items():
        if path[0] == "ledger":
            yield [path[1], figure.value]
    yield []
    columns = [field.name for field in fields(ServiceFigures) if field.name != "model"]
    yield ["service", "model", *columns]
    for service, of_service in result.services.items():
        yield [service, of_service.model, *(_shown(name, getattr(of_service, name)) for name in columns)]
    yield []
    yield ["SDG 9.c.1: people covered by the best single operator", *_BEST_OPERATOR]
    for technology in dict.fromkeys(path[1] for path in figures if path[0] == "sdg_9c1"):
        best = [figures.get(("sdg_9c1", technology, key)) for key in _BEST_OPERATOR]
        yield [f"at least {technology}", *(_values(best) or ["not known"])]
    yield []
    yield ["SDG 9.c.1: official figures, beside all operators together", *_OFFICIAL]
    for technology in dict.fromkeys(path[1] for path in figures if path[0] == "official"):
        stated = [figures.get(("official", technology, key)) for key in _OFFICIAL]
        yield [f"at least {technology}", *(_values(stated) or ["not known"])]
    yield from _other_figures(result)
    yield []
    yield ["What to know before using these figures"]
    for caveat in result.caveats:
        yield [caveat.text]
    for each in _sheets(result):
        if len(each.frame) > MOST_ROWS:
            yield [f"Sheet {_title(each)} holds the first {MOST_ROWS} of {len(each.frame)} rows; the CSV file has all."]


def _values(figures: Iterable[Figure | None]) -> list[object]:
    return [_shown(figure.path[-1], figure.value) for figure in figures if figure]


#: Findings that the first sheet and the page show in their own way; every further one is shown by what it says of itself.
OWN_PARTS = ("reach", "official", "coldspots", "inputs", "best_operator", "distance", "sites", "places")


def _other_figures(result: CountryResult) -> Iterator[list[object]]:
    """The figures of every further finding, a row each."""
    for finding in result.findings:
        if finding.name in OWN_PARTS or not finding.figures:
            continue
        yield []
        yield [finding_text(finding, "title")]
        for figure in finding.figures:
            if figure.value is None or isinstance(figure.value, str | int | float):
                yield [" ".join(figure.path[1:] or figure.path), figure.value, figure.units]


def _sheet(
    book: Workbook,
    title: str,
    rows: Iterable[Iterable[object]],
    widths: Iterable[float],
    heads: int = 0,
    columns: Sequence[str] = (),
) -> None:
    """A sheet. The values of a table (``heads`` rows of headings, ``columns``) are rounded and its texts are safe already, by
    :func:`table`."""
    sheet = book.add_worksheet(title)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    head = book.add_format({"bold": True, "text_wrap": heads > 0, "valign": "top"})
    warning, machine = book.add_format({"bg_color": "#FFC107"}), book.add_format({"font_color": "#595959"})
    # Shown to the whole person, or the tenth of a per cent, where that says enough; the cell holds the full figure.
    large, small, percent = (book.add_format({"num_format": form}) for form in ("#,##0", "0.00####", "0.0%"))
    if heads > 1:
        sheet.set_row(0, 48)  # three lines; it wraps
    is_share = [_is_share(name) for name in columns]
    for row, values in enumerate(rows):
        whole: Format | None = head if row == 0 else machine if row < heads else None
        for col, given in enumerate(values):
            value = given if heads else rounded(given)
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, col, value, whole)
            elif isinstance(value, int | float):
                number = None if isinstance(value, int) else large if abs(value) >= 1000 else small
                shown = percent if isinstance(given, _Share) or (is_share and is_share[col]) else number
                sheet.write_number(row, col, value, whole or shown)
            else:
                # Written as a text, never a formula, whatever it begins with.
                text = (str(value) if heads else for_cell(value))[:_MOST_CHARACTERS]
                sheet.write_string(row, col, text, warning if text == _STARTER_TEXT else whole)


class _Share(float):
    """A share (0..1) on the first sheet, which is shown in per cent."""


def _shown(name: str, value: object) -> object:
    """A figure of the first sheet; ``name``: its key."""
    return _Share(value) if _is_share(name) and isinstance(value, float) else value


def _is_share(name: str) -> bool:
    """Whether a column or key of this name holds shares (0..1)."""
    return re.search(r"(^|_)share(_low|_high)?$", name) is not None
