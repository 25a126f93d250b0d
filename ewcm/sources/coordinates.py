"""Positions as people write them in tables: degrees with commas, minutes and seconds, letters of the compass, metres on a map."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from ewcm.sources.quantities import is_nothing, number_of

#: Letters of the compass by axis, with the sign they give; O is oeste, ouest; L is leste. Arabic ones: the first of their words.
LETTERS = {
    "lat": {"N": 1.0, "S": -1.0, "ش": 1.0, "ج": -1.0},
    "lon": {"E": 1.0, "L": 1.0, "W": -1.0, "O": -1.0, "ق": 1.0, "غ": -1.0},
}
_WORDS = (
    (re.compile(r"\bNORTH\b|\bNORD\b|\bNORTE\b", re.IGNORECASE), "N"),
    (re.compile(r"\bSOUTH\b|\bSUD\b|\bSUR\b|\bSUL\b", re.IGNORECASE), "S"),
    (re.compile(r"\bWEST\b|\bOUEST\b|\bOESTE\b", re.IGNORECASE), "W"),
    (re.compile(r"\bEAST\b|\bEST\b|\bESTE\b|\bLESTE\b", re.IGNORECASE), "E"),
    (re.compile(r"\bLAT(?:ITUD[E]?)?\.?\s*[:=]?\s*|\bLONG?(?:ITUD[E]?)?\.?\s*[:=]?\s*", re.IGNORECASE), ""),
    (re.compile(r"DEG(?:REE|R[EÉ])?S?\.?|GRADOS?|GRAUS?|درجة|درجه", re.IGNORECASE), "°"),
    (re.compile(r"(?<![A-Z])MIN(?:UTE|UTO)?S?\.?(?![A-Z])|دقيقة|دقيقه", re.IGNORECASE), "'"),
    (re.compile(r"(?<![A-Z])(?:SEC(?:OND|ONDE)?S?|SEG(?:UNDO)?S?)\.?(?![A-Z])|ثانية|ثانيه", re.IGNORECASE), '"'),
)
SIGNS = str.maketrans(
    {"º": "°", "˚": "°", "ø": "°", "∘": "°", "′": "'", "’": "'", "‘": "'", "´": "'", "`": "'", "ʹ": "'", "″": '"', "”": '"',
     "“": '"',     "„": '"', "ʺ": '"', "−": "-", "–": "-", "\xa0": " ", " ": " "}
)  # fmt: skip

#: Degrees, minutes and seconds with any signs or blanks between them.
_PARTS = re.compile(
    r"(-|\+)?\s*(\d{1,3})\s*(?:°|d|:|\s|-)\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:'|m|:|\s|-|$)?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|''|s)?)?\s*",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(-|\+)?(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:[.,]\d+)?)")
#: ``024612N``, ``0323500E``: two or three digits of degrees, two of minutes, two of seconds; ``02N4612`` as ITU writes them.
_PACKED = re.compile(r"(\d{2,3}?)(\d{2})(\d{2}(?:[.,]\d+)?)")
_LETTER_INSIDE = re.compile(r"(\d{1,3})([NSEWO])(\d{2})(\d{2}(?:\.\d+)?)?", re.IGNORECASE)

#: As accounting programs write what is below zero.
_TRAILING_MINUS = re.compile(r"^(\d+(?:[.,]\d+)?)\s?-$")

_PLAIN_PAIR = r"(-?\d{1,3}\.\d+)(?:,|%2C)(?:\+|%20|\s)?(-?\d{1,3}\.\d+)"

#: A place on a map of the web: the pin first, then what was asked for, then the middle of the map.
_LINKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"https?://\S*?!3d(-?\d+\.\d+)!4d(-?\d+\.\d+)",
        r"https?://\S*?[?&]m?lat(?:itude)?=(-?\d+\.\d+)&m?lon(?:g|gitude)?=(-?\d+\.\d+)",
        rf"https?://\S*?(?:[?&](?:q|query|ll|sll|center|daddr|destination|viewpoint|cbll)=|/(?:place|search|dir|maps)/)(?:loc:)?{_PLAIN_PAIR}",
        rf"https?://\S*?@{_PLAIN_PAIR}",
        r"https?://\S*?#map=\d+(?:\.\d+)?/(-?\d+\.\d+)/(-?\d+\.\d+)",
        rf"geo:{_PLAIN_PAIR}",
    )
)

#: A point of GeoJSON in a cell, the longitude first.
_GEOJSON = re.compile(r"\{.*\"coordinates\"\s*:\s*\[\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*(?:,[^\]]*)?\].*\}", re.DOTALL)

#: ``Lat: 0.24 Long: 32.5``, in either order.
_LABELLED = re.compile(
    r"(lat(?:itude?)?(?=.*?[\s,;]lon)|lon(?:g(?:itude?)?)?(?=.*?[\s,;]lat))\.?\s*[:=]?\s*([-+]?\d.*?)[\s,;]+l(?:at|on)[a-z]*\.?\s*[:=]?"
    r"\s*([-+]?\d.*)",
    re.IGNORECASE,
)

_NUMBER, _DECIMAL = re.compile(r"-?\d+(?:\.\d+)?"), re.compile(r"-?\d{1,3}\.\d+")

#: Limits by axis [degrees].
_LIMITS = {"lat": (-90.0, 90.0), "lon": (-360.0, 360.0)}


@dataclass
class Degrees:
    """A column of positions. ``values``: degrees, or what stands there in metres, NaN where nothing can be read; ``unread``:
    rows that hold something that is no position, ``example`` one of them; ``other_axis``: rows with a letter of the other axis;
    ``parts``: rows with minutes."""

    values: np.ndarray
    unread: np.ndarray
    other_axis: np.ndarray
    parts: int = 0
    example: str = ""
    notes: list[str] = field(default_factory=list)


def degrees_of(column: pd.Series, axis: str, decimal: str = "", stated: bool = False, metres: bool = False) -> Degrees:
    """A column of latitudes or longitudes. ``metres``: numbers of a map projection are meant, which have no limits."""
    code, texts = pd.factorize(column.astype(str))
    values = np.full(len(texts), np.nan)
    unread, other, parts = (np.zeros(len(texts), dtype=bool) for _ in range(3))
    for row, text in enumerate(texts):
        if is_nothing(text):
            continue
        found = degree_of(text, axis, decimal, stated, metres)
        if isinstance(found, str):
            unread[row], other[row] = True, found == "other axis"
        else:
            values[row], parts[row] = found
    bad = unread[code]
    example = str(column.iloc[int(bad.argmax())]) if bad.any() else ""
    return Degrees(values[code], bad, other[code], int(parts[code].sum()), example[:60])


@lru_cache(maxsize=200_000)
def degree_of(
    text: str, axis: str, decimal: str = "", stated: bool = False, metres: bool = False
) -> tuple[float, bool] | str:
    """Degrees of a text, and whether it had minutes; else why not: ``unread`` or ``other axis`` (a latitude with an E)."""
    limits = None if metres else _LIMITS[axis]
    text = _TRAILING_MINUS.sub(r"-\1", text.strip())
    plain = number_of(text, decimal, stated, limits, not metres)
    if plain is not None and plain[1] in ("", "°", "º", "m"):
        return plain[0], False
    text = text.strip()[:120].translate(SIGNS)
    for pattern, letter in _WORDS:
        text = pattern.sub(letter, text)
    text = text.strip().upper()
    inside = _LETTER_INSIDE.fullmatch(text.replace(" ", ""))
    if inside:
        text = f"{inside[1]}°{inside[3]}'{inside[4] or 0}\"{inside[2]}"
    letter = next((sign for sign in (text[:1], text[-1:]) if sign.isalpha() and sign not in "DM"), "")
    if letter == "S" and text[-1:] == "S" and axis == "lon":
        letter = ""  # the S of seconds
    sign = 1.0
    if letter:
        if letter not in LETTERS[axis]:
            return "other axis" if letter in LETTERS["lon" if axis == "lat" else "lat"] else "unread"
        sign = LETTERS[axis][letter]
        text = (text[1:] if text[:1] == letter else text[:-1]).strip().strip(",;").strip()
    plain = number_of(text, decimal, stated, limits, not metres)
    if plain is not None and plain[1] in ("", "°", "º") and not (letter and _PACKED.fullmatch(text)):
        value = plain[0]
        return (value if value < 0 else sign * value), False
    return _from_parts(text, sign)


def _from_parts(text: str, sign: float) -> tuple[float, bool] | str:
    found = _PARTS.fullmatch(text) or _DOTTED.fullmatch(text)
    if found is None:
        packed = _PACKED.fullmatch(text)
        if packed is None:
            return "unread"
        degrees, minutes, seconds = (float(part.replace(",", ".")) for part in packed.groups())
    else:
        if found[1] == "-":
            sign = -1.0
        degrees, minutes = float(found[2]), float(found[3].replace(",", "."))
        seconds = float((found[4] or "0").replace(",", "."))
        if found[4] and minutes != int(minutes):
            return "unread"  # decimals of minutes and seconds as well
    # Seconds that were rounded up are 60.
    if minutes >= 60 or seconds > 60:
        return "unread"
    return sign * (degrees + minutes / 60.0 + seconds / 3600.0), True


def pairs_of(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The two halves of a column that holds both: ``2.77, 32.58``, ``N 2°46' E 32°35'``, ``POINT(32.58 2.77)``; "" where a
    text cannot be halved. The first is the latitude, unless letters or WKT say otherwise."""
    halves = {text: pair_of(text) for text in column.astype(str).unique()}
    return column.map(lambda text: halves[str(text)][0]), column.map(lambda text: halves[str(text)][1])


def pair_of(text: str) -> tuple[str, str]:
    """See :func:`pairs_of`."""
    text = text.strip()[:600]
    if link := next((found for pattern in _LINKS if (found := pattern.match(text))), None):
        return link[1], link[2]
    if point := _GEOJSON.fullmatch(text):
        return (point[2], point[1]) if '"Point"' in text else ("", "")
    text = text[:200]
    if labelled := _LABELLED.fullmatch(text):
        halves = (labelled[2].strip(" ,;"), labelled[3].strip(" ,;"))
        return halves if labelled[1].upper().startswith("LA") else (halves[1], halves[0])
    wkt = re.fullmatch(
        r"(?:SRID=4326;)?\s*POINT\s*Z?\s*\(\s*([-+\d.eE]+)[ ,]+([-+\d.eE]+)(?:\s+[-+\d.eE]+)?\s*\)", text, re.IGNORECASE
    )
    if wkt:
        return wkt[2], wkt[1]
    text = text.strip("()[]{} ")
    parts = [part.strip() for part in re.split(r"[;|/]|,\s+|\s+,|\t| - ", text) if part.strip()]
    if len(parts) != 2 and text.count(",") == 1:
        parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 and text.count(",") == 3:  # 2,77,32,58
        numbers = text.split(",")
        parts = [",".join(numbers[:2]), ",".join(numbers[2:])]
    if len(parts) != 2:
        letters = re.fullmatch(r"(.*?[NS])[\s,;]*(.*[EWOL])", text, re.IGNORECASE) or re.fullmatch(
            r"([NS].*?)[\s,;]*([EWOL].*)", text, re.IGNORECASE
        )
        parts = [letters[1], letters[2]] if letters else text.split()
    if len(parts) in (3, 4) and all(map(_DECIMAL.fullmatch, parts[:2])) and all(map(_NUMBER.fullmatch, parts[2:])):
        parts = parts[:2]  # forms of a survey write the altitude and the accuracy behind them
    if len(parts) != 2:
        return "", ""
    first, second = parts
    if re.search(r"[EWOL]$|^[EWOL]", first, re.IGNORECASE) and re.search(r"[NS]$|^[NS]", second, re.IGNORECASE):
        first, second = second, first
    return first, second
