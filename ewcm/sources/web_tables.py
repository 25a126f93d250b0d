"""Tables under the name of an ``.xls`` that are none of Excel's own: web pages with a table, and workbooks of 2003 in XML, as
databases and management systems of networks export them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

from ewcm.errors import InputError
from ewcm.sources.xml import parse_xml

#: No list that is read has more cells.
_MOST_CELLS = 30_000_000

#: A workbook in XML that is larger is no list.
_MOST_BYTES = 300_000_000

#: How many columns or rows a cell may go over.
_MOST_MERGED = 1000

_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


def tables_in(path: Path, text: str) -> dict[str, list[list[str]]]:
    """The tables of such a file by name, each as rows of texts. Raises :class:`InputError` where there is none."""
    if text.lstrip("\ufeff \t\n").startswith("<?xml") or _SPREADSHEET[1:-1] in text[:4096]:
        found = _of_xml(parse_xml(text.encode(), path, "workbook", max_bytes=_MOST_BYTES))
    else:
        page = _Page(path)
        page.feed(text)
        page.close()
        found = {f"table {number}": rows for number, rows in enumerate(page.tables, start=1) if rows}
    if not found:
        raise InputError(f"{path}: is a web page without a table; save the table as .xlsx or CSV")
    return found


class _Page(HTMLParser):
    """The tables of a page; one within a cell of another is a table of its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._path, self._cells = path, 0
        self._cell: list[str] | None = None
        self._over = (1, 1)
        self._below: dict[int, tuple[int, str]] = {}  # by column: how many rows more a cell goes on over, and its text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("table", "tr", "td", "th"):
            self._end_cell()
        if tag == "table":
            self.tables.append([])
            self._below = {}
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
            self._fill()
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            named = dict(attrs)
            self._cell, self._over = [], (_count(named.get("colspan")), _count(named.get("rowspan")))
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("table", "tr", "td", "th"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        row, text = self.tables[-1][-1], " ".join("".join(self._cell).split())
        columns, rows = self._over
        self._cells += columns
        if self._cells > _MOST_CELLS:
            raise InputError(f"{self._path}: holds more cells than any list of sites; save the table as CSV")
        for _ in range(columns):
            if rows > 1:
                self._below[len(row)] = (rows - 1, text)
            row.append(text)
        self._cell = None
        self._fill()

    def _fill(self) -> None:
        """Put the cells of rows above that go on over this row where it has come to them."""
        row = self.tables[-1][-1]
        while len(row) in self._below:
            left, text = self._below.pop(len(row))
            if left > 1:
                self._below[len(row)] = (left - 1, text)
            row.append(text)


def _count(text: str | None) -> int:
    return min(max(int(text), 1), _MOST_MERGED) if text and text.strip().isdigit() else 1


def _of_xml(book: ET.Element) -> dict[str, list[list[str]]]:
    """The sheets of a workbook of 2003 in XML."""
    found: dict[str, list[list[str]]] = {}
    for sheet in book.iter(f"{_SPREADSHEET}Worksheet"):
        rows: list[list[str]] = []
        for node in sheet.iter(f"{_SPREADSHEET}Row"):
            row: list[str] = []
            for cell in node.iter(f"{_SPREADSHEET}Cell"):
                # Cells that are empty are left out, and the next one says where it stands.
                row += [""] * min(_count(cell.get(f"{_SPREADSHEET}Index")) - 1 - len(row), _MOST_MERGED)
                data = cell.find(f"{_SPREADSHEET}Data")
                row.append("" if data is None else " ".join("".join(data.itertext()).split()))
                over = cell.get(f"{_SPREADSHEET}MergeAcross")
                row += [row[-1]] * (min(int(over), _MOST_MERGED) if over and over.isdigit() else 0)
            rows.append(row)
        width = max(map(len, rows), default=0)
        found[sheet.get(f"{_SPREADSHEET}Name", "sheet")] = [row + [""] * (width - len(row)) for row in rows]
    return {name: rows for name, rows in found.items() if rows}
