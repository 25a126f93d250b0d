"""Workbooks (.xlsx, .ods): every sheet as rows of texts, merged cells filled."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd

from ewcm.core import archive
from ewcm.core.drivers import TABLES, opened_vector, vector_format
from ewcm.core.signals import end_if_asked
from ewcm.errors import InputError
from ewcm.sources.files import check_file, is_web_table, read_text
from ewcm.sources.struck_cells import NONE_STRUCK, Struck, strikes_of, struck_in_ods, struck_in_xlsx
from ewcm.sources.web_tables import tables_in
from ewcm.sources.xml import outermost_of, parse_xml

#: Endings of workbooks that are read.
WORKBOOK_SUFFIXES = tuple(ending for one in TABLES for ending in one.endings)

#: What a workbook may unpack to: a list of 10⁵ sites with 30 columns takes some 100 MB.
_WORKBOOK = archive.Limits(ratio=400.0, total_bytes=600_000_000, members=5000)

#: No workbook that is read has more sheets, rows in one, or cells in one.
_MOST_SHEETS, _MOST_ROWS, _MOST_CELLS = 200, 1_000_000, 30_000_000

#: Words for cells that ODS repeats, with how often; GDAL would write each out.
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated=[\"'](\d{1,12})[\"']")

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")

#: Text of several fonts within the cell itself, of which GDAL reads the first font only.
_FONTS_IN_CELL = re.compile(rb"<(?:\w+:)?is>\s*<(?:\w+:)?r[ >]")

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def check_workbook(path: Path) -> None:
    """Refuse a workbook that is no harmless archive of harmless XML, or larger than any list. Raises :class:`InputError`."""
    try:
        with archive.opened_zip(path) as opened:
            for member in archive.check_members(opened, _WORKBOOK):
                name = member.filename.lower()
                if name.endswith((".xml", ".rels")):
                    data = _member(opened, member.filename)
                    outermost_of(data, path, "workbook", max_bytes=_WORKBOOK.total_bytes)
                    _check_part(path, name, data)
    except (archive.DamagedArchive, OSError) as error:
        raise InputError(f"{path}: is a damaged or cut-off workbook, or one with a password; save it again") from error
    except archive.ArchiveError as error:
        raise InputError(f"{path}: {str(error).removeprefix('the archive ')}; save the table as CSV") from error


def _check_part(path: Path, name: str, data: bytes) -> None:
    if _FONTS_IN_CELL.search(data):
        raise InputError(
            f"{path}: holds cells of several fonts in a form that is not read whole; open it, and save it again"
        )
    if name == "content.xml":
        repeated = sum(int(count) for count in _REPEATED.findall(data) if int(count) < 16_000)
        if repeated > _MOST_ROWS:
            raise InputError(f"{path}: repeats cells more often than any table; save the table as CSV")


def _member(opened: zipfile.ZipFile, name: str) -> bytes:
    target = io.BytesIO()
    archive.unpack(opened, opened.getinfo(name), target, _WORKBOOK)
    return target.getvalue()


#: Formulas without a value: a program wrote them, and none has calculated them since. Of texts an empty one is a value.
_NOT_CALCULATED = re.compile(
    rb"<(?:\w+:)?c(?=[ >])(?![^>]*\st=[\"']str[\"'])[^>]*?\sr=[\"']([A-Z]{1,3}\d{1,7})[\"'][^>]*>\s*"
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_NOT_CALCULATED_ODS = re.compile(
    rb"<table:table-cell(?=\s)(?=[^>]*\stable:formula=)(?![^>]*\soffice:(?:value|string-value|date-value|time-value|boolean-value)=)"
    rb"[^>]*?(?:/>|>\s*(?:<text:p\s*/>|<text:p>\s*</text:p>)?\s*</table:table-cell>)"
)
#: Rows that a filter, or somebody, has hidden.
_HIDDEN_ROW = re.compile(
    rb"<(?:\w+:)?row(?=[ >])[^>]*?\shidden=[\"'](?:1|true)[\"'][^>]*>\s*<|"
    rb"<table:table-row(?=\s)[^>]*?\stable:visibility=[\"'](?:collapse|filter)[\"'][^>]*>\s*<table:table-cell(?=\s)[^>]*office:"
)


@dataclass(frozen=True)
class Sheet:
    """A sheet as rows of texts. ``hidden``: nobody sees it who opens the workbook; ``hidden_rows``: how many such rows of it
    there are; ``not_calculated``: formulas without a value, read as empty, and the first of them ("" where it is not told);
    ``struck``: cells that are struck through."""

    rows: list[list[str]]
    hidden: bool = False
    hidden_rows: int = 0
    not_calculated: int = 0
    formula: str = ""
    struck: Struck = NONE_STRUCK


@dataclass(frozen=True)
class _Part:
    """What a workbook says of a sheet beside its values. ``xml``: as it stands there, "" where it is not found."""

    xml: bytes = b""
    hidden: bool = False
    struck: Struck = NONE_STRUCK


def sheets_of(path: Path) -> dict[str, Sheet]:
    """The sheets by name, each as rows of texts without blanks around them; a cell that is merged with others says the same in
    each of them. Raises :class:`InputError` for whatever is no workbook."""
    head = check_file(path)
    if is_web_table(path, head):
        return {name: Sheet(rows) for name, rows in tables_in(path, read_text(path)[0]).items()}
    chosen = vector_format(path, head)
    if chosen is None or chosen not in TABLES:
        raise InputError(f"{path}: is not the workbook its name says; save it as .xlsx or as CSV")
    check_workbook(path)
    try:
        with opened_vector(path, chosen) as source:
            names = source.layers()
            if len(names) > _MOST_SHEETS:
                raise InputError(f"{path}: has more than {_MOST_SHEETS} sheets; keep the one that is meant")
            tables = {name: source.table(name) for name in names}
    except InputError:
        raise
    except Exception as error:  # GDAL and pandas each have their own; a bad file may raise any of them
        end_if_asked()
        raise InputError(f"{path}: cannot be read as a workbook, so it is damaged; save it again") from error
    parts = _parts_of(path, names) if chosen.driver == "XLSX" else _tables_of(path)
    return {name: _sheet(path, table, parts.get(name, _Part())) for name, table in tables.items()}


def _sheet(path: Path, table: pd.DataFrame, part: _Part) -> Sheet:
    """A sheet, with what its part of the workbook says beside its values."""
    merged = [
        (int(top) - 1, _column(left), int(bottom) - 1, _column(right))
        for left, top, right, bottom in _MERGED.findall(part.xml)
    ]
    formulas = [found.decode() for found in _NOT_CALCULATED.findall(part.xml)]
    of_ods = len(_NOT_CALCULATED_ODS.findall(part.xml))
    return Sheet(
        _rows(path, table, merged),
        part.hidden,
        len(_HIDDEN_ROW.findall(part.xml)),
        len(formulas) + of_ods,
        formulas[0] if formulas else "",
        part.struck,
    )


def _rows(path: Path, table: pd.DataFrame, merged: list[tuple[int, int, int, int]]) -> list[list[str]]:
    if len(table) > _MOST_ROWS or table.size > _MOST_CELLS:
        raise InputError(f"{path}: holds more cells than any list of sites; save the table as CSV")
    rows = [[str(cell).strip() for cell in row] for row in table.itertuples(index=False)]
    for top, left, bottom, right in merged:
        if top >= len(rows) or left >= len(rows[top]) or (bottom - top + 1) * (right - left + 1) > _MOST_ROWS:
            continue
        for row in range(top, min(bottom + 1, len(rows))):
            for column in range(left, min(right + 1, len(rows[row]))):
                rows[row][column] = rows[row][column] or rows[top][left]
    return rows


def _parts_of(path: Path, names: list[str]) -> dict[str, _Part]:
    """The part of each sheet of an .xlsx by name."""
    found: dict[str, _Part] = {}
    try:
        with archive.opened_zip(path) as opened:
            targets = {
                node.get("Id"): node.get("Target", "")
                for node in parse_xml(_member(opened, "xl/_rels/workbook.xml.rels"), path, "workbook")
            }
            book: ET.Element = parse_xml(_member(opened, "xl/workbook.xml"), path, "workbook")
            styles, strings = (
                _member(opened, name) if name in opened.namelist() else b""
                for name in ("xl/styles.xml", "xl/sharedStrings.xml")
            )
            strikes = strikes_of(path, styles, strings)
            sheets = [node for node in book.iter() if node.tag.endswith("}sheet")]
            for name, node in zip(names, sheets, strict=False):
                target = targets.get(node.get(_RELATION), "").lstrip("/")
                member = target if target.startswith("xl/") else f"xl/{target}"
                part = _member(opened, member) if member in opened.namelist() else b""
                struck = struck_in_xlsx(part, strikes)
                found[name] = _Part(part, node.get("state", "visible") != "visible", struck)
    except (archive.ArchiveError, KeyError, OSError):
        return {}  # another way to write a workbook; its merged cells stay as they are stored
    return found


_TABLE = re.compile(rb"<table:table(?=\s)([^>]*)>(.*?)</table:table>", re.DOTALL)
_HIDDEN_STYLE = re.compile(
    rb"<style:style(?=\s)[^>]*?style:name=[\"']([^\"']+)[\"'][^>]*>\s*<style:table-properties[^>]*table:display=[\"']false"
)


def _tables_of(path: Path) -> dict[str, _Part]:
    """The same for an .ods."""
    try:
        with archive.opened_zip(path) as opened:
            content = _member(opened, "content.xml")
    except (archive.ArchiveError, KeyError, OSError):
        return {}
    hidden = set(_HIDDEN_STYLE.findall(content))
    struck = struck_in_ods(path, content)
    found = {}
    for about, part in _TABLE.findall(content):
        name = re.search(rb"table:name=[\"']([^\"']*)[\"']", about)
        style = re.search(rb"table:style-name=[\"']([^\"']*)[\"']", about)
        if name:
            called = unescape(name[1].decode("utf-8", "replace"))
            found[called] = _Part(part, bool(style and style[1] in hidden), struck.get(called, NONE_STRUCK))
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
