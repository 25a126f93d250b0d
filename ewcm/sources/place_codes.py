"""Positions as codes of a grid (MGRS, Plus Codes, geohash, three words), which are not read and are named as what they are."""

from __future__ import annotations

import re

import pandas as pd

from ewcm.errors import one_line
from ewcm.sources.quantities import is_nothing

_CODES = {
    "MGRS": re.compile(r"\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?:\d{2,5}\s?\d{2,5})", re.IGNORECASE),
    "Plus Codes": re.compile(
        r"(?:[23456789CFGHJMPQRVWX]{2}){1,4}\+[23456789CFGHJMPQRVWX]{0,3}(?:[ ,].*)?", re.IGNORECASE
    ),
    "words of what3words": re.compile(r"/{0,3}[^\W\d_]+\.[^\W\d_]+\.[^\W\d_]+"),
    "geohashes": re.compile(r"(?=.*\d)(?=.*[b-hjkmnp-z])[0-9b-hjkmnp-z]{6,12}"),
    "Maidenhead locators": re.compile(r"[A-R]{2}\d{2}[A-X]{2}(?:\d{2})?", re.IGNORECASE),
}

#: A geohash, or a locator, may be any code, unless its heading says it.
_BY_HEADING = {
    "geohashes": re.compile("geo ?hash", re.IGNORECASE),
    "Maidenhead locators": re.compile("locator|maidenhead|qth", re.IGNORECASE),
}


def code_of_place(text: str) -> str:
    """What kind of code of a place a text is, whatever column it stands in; "" for any other text."""
    return next((kind for kind, form in _CODES.items() if kind not in _BY_HEADING and form.fullmatch(text.strip())), "")


def not_read(kind: str, example: str) -> str:
    """The end of a sentence about a column, or a file, of such codes."""
    return (
        f"holds positions as {kind} (such as '{one_line(example, 40)}'), which are not read; bring them to degrees, in columns "
        "lat and lon"
    )


def columns_of_codes(table: pd.DataFrame) -> str:
    """The end of a sentence that names the column which holds the places of a table as codes; "" where none does."""
    for heading in map(str, table.columns):
        texts = [text.strip() for text in table[heading].astype(str).unique()[:200] if not is_nothing(text)]
        for kind, form in _CODES.items():
            told = _BY_HEADING.get(kind)
            if told is not None and not told.search(heading):
                continue
            if texts and sum(form.fullmatch(text) is not None for text in texts) >= 0.8 * len(texts):
                return f"column '{one_line(heading, 40)}' {not_read(kind, texts[0])}"
    return ""
