"""Cells of a workbook that are struck through: how many offices mark what is removed."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from ewcm.sources.xml import outermost_of, parse_xml

#: A table of texts may be as large as the workbook itself.
_LARGEST = 600_000_000

#: Content of an .ods that is looked through for what is struck; as a tree it takes ten times its size in memory.
_LARGEST_TREE = 100_000_000

_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(?P<tag>row|c)(?=[ />])(?P<about>[^>]*?)/?>")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})?(\d{1,7})[\"']")
_STYLE = re.compile(rb"\bs=[\"'](\d{1,6})[\"']")
_TYPE = re.compile(rb"\bt=[\"'](\w+)[\"']")
_RULE = re.compile(rb"<(?:\w+:)?cfRule\s[^>]*?dxfId=[\"'](\d{1,6})[\"']")
_SHARED = re.compile(rb"[^<]*<(?:\w+:)?v>(\d{1,9})<")

#: No sheet that is read has longer rows, or more of them.
_MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576


@dataclass(frozen=True)
class Struck:
    """Cells by (row, column), both counted from 0: struck through wholly, or in a part of their text; ``by_rule``:
    whether a rule (conditional formatting) strikes through further ones, of which nobody has looked which they are."""

    whole: frozenset[tuple[int, int]] = frozenset()
    partly: frozenset[tuple[int, int]] = frozenset()
    by_rule: bool = False

    def rows(self, table: list[list[str]], first: int) -> tuple[list[int], list[tuple[int, int]]]:
        """Of the rows of a table from ``first`` on: those of which at least half of what is filled is struck through, and the
        struck cells of all others (wholly or in part)."""
        whole = {place for place in self.whole if _is_filled(table, place) and place[0] >= first}
        counted = Counter(row for row, _ in whole)
        rows = sorted(row for row, count in counted.items() if 2 * count >= sum(map(bool, table[row])))
        partly = {place for place in self.partly if _is_filled(table, place) and place[0] >= first}
        return rows, sorted(place for place in whole | partly if place[0] not in set(rows))


NONE_STRUCK = Struck()


def _is_filled(table: list[list[str]], place: tuple[int, int]) -> bool:
    row, column = place
    return row < len(table) and column < len(table[row]) and bool(table[row][column])


@dataclass(frozen=True)
class Strikes:
    """What of an .xlsx is struck through in any of its sheets: ``formats`` of cells by number, and ``texts`` that cells share, by
    number, with whether all of the text is; ``rules``: formats of rules, by number."""

    formats: set[int]
    texts: dict[int, bool]
    rules: set[int]


def strikes_of(path: Path, styles: bytes, strings: bytes) -> Strikes:
    """Of a workbook: its parts of styles and of shared texts (empty where it has none)."""
    formats, rules = _struck_formats(path, styles)
    return Strikes(formats, _struck_texts(path, strings), rules)


def struck_in_xlsx(part: bytes, strikes: Strikes) -> Struck:
    """Of the part of a sheet."""
    formats, texts = strikes.formats, strikes.texts
    by_rule = any(int(number) in strikes.rules for number in _RULE.findall(part)) if strikes.rules else False
    if not formats and not texts:
        return Struck(by_rule=by_rule)
    whole, partly = set[tuple[int, int]](), set[tuple[int, int]]()
    row = column = -1
    for found in _ROW_OR_CELL.finditer(part):
        named = _PLACE.search(found["about"])
        if found["tag"] == b"row":
            row, column = (int(named[2]) - 1 if named else row + 1), -1
            continue
        column = _column(named[1]) if named and named[1] else column + 1
        style, kind = _STYLE.search(found["about"]), _TYPE.search(found["about"])
        if style and int(style[1]) in formats:
            whole.add((row, column))
        elif texts and kind and kind[1] == b"s" and (shared := _SHARED.match(part, found.end())):
            is_whole = texts.get(int(shared[1]))
            if is_whole is not None:
                (whole if is_whole else partly).add((row, column))
    return Struck(frozenset(whole), frozenset(partly), by_rule)


def _struck_formats(path: Path, styles: bytes) -> tuple[set[int], set[int]]:
    """The formats of cells, and those of rules, whose font is struck through, by number."""
    if b"strike" not in styles:
        return set(), set()
    book = parse_xml(styles, path, "workbook", max_bytes=_LARGEST)
    fonts = _children(book, "fonts")
    struck = {number for number, font in enumerate(fonts) if _strikes(font)}
    formats = _children(book, "cellXfs")
    rules = {
        number
        for number, one in enumerate(_children(book, "dxfs"))
        if any(_strikes(font) for font in one if _name(font) == "font")
    }
    return {
        number
        for number, one in enumerate(formats)
        if one.get("fontId", "").isdigit() and int(one.get("fontId", "")) in struck
    }, rules


def _struck_texts(path: Path, strings: bytes) -> dict[int, bool]:
    """The shared texts of which a part is struck through, by number, and whether all of it is."""
    if b"strike" not in strings:
        return {}
    outermost_of(strings, path, "workbook", max_bytes=_LARGEST)
    found: dict[int, bool] = {}
    number = -1
    # One text after the other: as a whole the tree would take ten times their size in memory.
    for _, text in ET.iterparse(io.BytesIO(strings)):
        if _name(text) != "si":
            continue
        number += 1
        runs = [run for run in text if _name(run) in ("r", "t") and "".join(run.itertext()).strip()]
        struck = [_name(run) == "r" and any(_strikes(node) for node in run) for run in runs]
        if any(struck):
            found[number] = all(struck)
        text.clear()
    return found


def _children(book: ET.Element, name: str) -> list[ET.Element]:
    return [child for node in book if _name(node) == name for child in node]


def _strikes(font: ET.Element) -> bool:
    return any(_name(node) == "strike" and node.get("val", "1").lower() not in ("0", "false") for node in font)


def _name(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1


def struck_in_ods(path: Path, content: bytes) -> dict[str, Struck]:
    """Of each sheet of an .ods by name. ``content``: its content.xml."""
    if b"text-line-through" not in content or len(content) > _LARGEST_TREE:
        return {}
    document = parse_xml(content, path, "workbook", max_bytes=_LARGEST_TREE)
    struck = {
        _attribute(style, "name")
        for style in document.iter()
        if _name(style) == "style"
        and any(
            _attribute(node, "text-line-through-style") not in ("", "none")
            or _attribute(node, "text-line-through-type") not in ("", "none")
            for node in style
        )
    }
    if not struck:
        return {}
    return {_attribute(table, "name"): _of_table(table, struck) for table in document.iter() if _name(table) == "table"}


def _of_table(table: ET.Element, struck: set[str]) -> Struck:
    whole, partly = set[tuple[int, int]](), set[tuple[int, int]]()
    defaults = list[str]()
    for node in table.iter():
        if _name(node) == "table-column" and len(defaults) < _MOST_COLUMNS:
            times = min(_times(node, "number-columns-repeated"), _MOST_COLUMNS)
            defaults += [_attribute(node, "default-cell-style-name")] * times
    row = 0
    for node in table.iter():
        if _name(node) != "table-row" or row > _MOST_ROWS:
            continue
        own = _attribute(node, "default-cell-style-name")
        repeated = _times(node, "number-rows-repeated")
        for column, cell in _cells(node):
            style = _attribute(cell, "style-name") or own or (defaults[column] if column < len(defaults) else "")
            spans = [_attribute(span, "style-name") in struck for span in cell.iter() if _name(span) == "span"]
            outside = any((text.text or "").strip() for text in cell if _name(text) == "p")
            if style in struck or (spans and all(spans) and not outside):
                whole |= {(row + down, column) for down in range(min(repeated, 1000))}
            elif any(spans):
                partly.add((row, column))
        row += repeated
    return Struck(frozenset(whole), frozenset(partly))


def _cells(row: ET.Element) -> Iterator[tuple[int, ET.Element]]:
    """The cells of a row that hold a text, with their columns."""
    column = 0
    for cell in row:
        if _name(cell) not in ("table-cell", "covered-table-cell"):
            continue
        times = _times(cell, "number-columns-repeated")
        if any(_name(node) == "p" for node in cell):
            yield from ((column + number, cell) for number in range(min(times, 500)))
        column += times


def _times(node: ET.Element, name: str) -> int:
    text = _attribute(node, name)
    return int(text) if text.isdigit() else 1


def _attribute(node: ET.Element, name: str) -> str:
    attributes: Mapping[str, str] = node.attrib
    return next((value for key, value in attributes.items() if key.rpartition("}")[2] == name), "")
