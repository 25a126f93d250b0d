"""Text from inputs on its way into a table: every name of an area, place, operator or file goes through here."""

from __future__ import annotations

#: What a spreadsheet takes for the start of a formula, the full-width forms of East Asian keyboards included.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

#: Control characters: they end a row early, hide a formula or are forbidden in XML. Each becomes a space.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFFFE, 0xFFFF], " ")


def for_cell(text: object) -> str:
    """Text for a cell of a table: what would start a formula gets a leading apostrophe (OWASP, CSV injection)."""
    plain = str(text).translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8").strip()
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def from_cell(text: str) -> str:
    """The text that :func:`for_cell` has made a cell of: without the apostrophe before what would start a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
