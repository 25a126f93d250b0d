"""The tables: areas.csv, coldspots.csv, tables.xlsx and summary.json. Same result, same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format

from ewcm.analysis.reach import ServiceFigures
from ewcm.core.finding import Table
from ewcm.core.record import GRADE, STARTER
from ewcm.core.texts import finding_text
from ewcm.report.escape import for_cell
from ewcm.report.headline import headline, oldest_input
from ewcm.report.numbers import rounded, rounded_column
from ewcm.result import CountryResult

#: First column of every table, so that modelled starter data stays marked in any copy.
GRADE_COLUMN = GRADE

#: Rows of a spreadsheet, the heading taken off.
MOST_ROWS = 1_048_575

#: Characters in a cell of a spreadsheet.
_MOST_CHARACTERS = 32_767

#: The moment that stands in for "now" in a workbook (the earliest that a zip archive can hold).
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)

_STARTER_TEXT = "STARTER DATA: people and network are modelled, not measured. Not for decisions."


def grade(result: CountryResult) -> str:
    """``starter`` where any input is modelled starter data, otherwise ``user``."""
    return STARTER if result.data.starter else "user"


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
    """Write tables.xlsx: a summary sheet first, then areas, coldspots and inputs."""
    data_grade = grade(result)
    with _workbook(path) as book:
        _sheet(book, "Summary", _summary_rows(result), widths=(34, *[18] * 14))
        for each in _sheets(result):
            _table_sheet(book, _title(each), table(each.frame.iloc[:MOST_ROWS], data_grade))


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


def _table_sheet(book: Workbook, title: str, plain: pd.DataFrame) -> None:
    rows: Iterable[Iterable[object]] = [list(plain.columns), *_rows(plain)]
    _sheet(book, title, rows, widths=[max(12, len(name) + 2) for name in plain.columns], frozen=True)


@contextmanager
def _workbook(path: Path) -> Iterator[Workbook]:
    """A workbook that is written row by row, its rows so far in files beside it, and that holds no time of day."""
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
        yield [service, of_service.model, *(getattr(of_service, name) for name in columns)]
    yield []
    yield ["SDG 9.c.1: people covered by the best single operator", "operator", "people", "share"]
    for technology in dict.fromkeys(path[1] for path in figures if path[0] == "sdg_9c1"):
        best = [figures.get(("sdg_9c1", technology, key)) for key in ("operator", "people", "share")]
        yield [f"at least {technology}", *([each.value for each in best if each] or ["not known"])]
    yield []
    yield ["SDG 9.c.1: official figures, beside all operators together", *_OFFICIAL]
    for technology in dict.fromkeys(path[1] for path in figures if path[0] == "official"):
        stated = [figures.get(("official", technology, key)) for key in _OFFICIAL]
        yield [f"at least {technology}", *([each.value for each in stated if each] or ["not known"])]
    yield from _other_figures(result)
    yield []
    yield ["What to know before using these figures"]
    for caveat in result.caveats:
        yield [caveat.text]
    for each in _sheets(result):
        if len(each.frame) > MOST_ROWS:
            yield [f"Sheet {_title(each)} holds the first {MOST_ROWS} of {len(each.frame)} rows; the CSV file has all."]


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
    book: Workbook, title: str, rows: Iterable[Iterable[object]], widths: Iterable[float], frozen: bool = False
) -> None:
    """A sheet. The values of a table (``frozen``) are rounded and its texts are safe already, by :func:`table`."""
    sheet = book.add_worksheet(title)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    if frozen:
        sheet.freeze_panes(1, 1)
    heading, warning = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFC107"})
    # Shown to the whole person where that says enough; the cell holds the full figure.
    large, small = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "0.00####"})
    for row, values in enumerate(rows):
        whole: Format | None = heading if row == 0 else None
        for col, given in enumerate(values):
            value = given if frozen else rounded(given)
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, col, value, whole)
            elif isinstance(value, int | float):
                shown = None if isinstance(value, int) else large if abs(value) >= 1000 else small
                sheet.write_number(row, col, value, whole or shown)
            else:
                # Written as a text, never a formula, whatever it begins with.
                text = (str(value) if frozen else for_cell(value))[:_MOST_CHARACTERS]
                sheet.write_string(row, col, text, warning if text == _STARTER_TEXT else whole)
