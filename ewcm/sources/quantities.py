"""Numbers as people write them in tables: decimal commas, thousands, units beside them, words for "nothing"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputNote

#: What stands in a cell that holds nothing, in small letters.
_NOTHING = {
    *("", "n/a", "na", "n.a.", "n.a", "#n/a", "n/d", "nd", "n.d.", "s/d", "sd", "s/o"),
    *("so", "s.o.", "none", "null", "nan", "nil", "-"),
    *("--", "---", "–", "—", "_", ".", "..", "?", "??", "/"),
    *("unknown", "inconnu", "inconnue", "desconocido", "desconhecido", "tbd"),
    *("tbc", "nc", "n/c", "not available", "non disponible", "no disponible"),
    *("não disponível", "sin dato", "sin datos", "sem dados"),
    *("#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!", "(null)", "<null>", "<na>", "nat", "missing", "vide", "vacío"),
}  # fmt: skip

#: Signs between groups of three digits that are no comma and no point.
_GROUPING = re.compile(r"(?<=\d)[\s  ’'`](?=\d{3}(?!\d))")

#: Decimals behind a point that are no thousands, as nearly all positions are written: read at once.
_PLAIN_DECIMALS = re.compile(r"-?[0-9]{1,3}\.[0-9]{4,12}")

#: Digits in groups of three, by the sign between them.
_GROUPED = {sign: re.compile(rf"[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+") for sign in ",."}

_NUMBER = re.compile(r"([-+−]?)\s*(\d[\d.,]*|[.,]\d+)(e[-+]?\d{1,3})?\s*([a-zµ°º'\"/ .]*)", re.IGNORECASE)

#: Digits and signs of numbers in Arabic and Persian tables.
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")

#: Factors onto the unit that a column is kept in, by the unit that stands in the heading or beside the number.
UNITS: dict[str, Mapping[str, float]] = {
    "height_m": {
        **dict.fromkeys(("", "m", "mt", "mts", "mtr", "mtrs", "metre", "metres", "meter", "meters", "metro", "metros"), 1.0),
        "magl": 1.0,
        **dict.fromkeys(("m agl", "m.", "mètres", "mètre"), 1.0),
        **dict.fromkeys(("ft", "feet", "foot", "'", "pieds", "pies", "pés", "ft."), 0.3048),
    },
    "frequency_mhz": {"": 1.0, "mhz": 1.0, "ghz": 1000.0, "khz": 0.001, "hz": 1e-6, "m": 1.0},
    "azimuth_deg": dict.fromkeys(("", "°", "º", "deg", "degree", "degrees", "d", "degrés", "grados", "graus", "°n", "degn"), 1.0),
    "beamwidth_deg": dict.fromkeys(("", "°", "º", "deg", "degree", "degrees", "d", "degrés", "grados", "graus"), 1.0),
    "eirp_dbm": dict.fromkeys(("", "dbm", "dbw", "w", "kw", "watt", "watts", "dbm eirp", "mw"), 1.0),
    "degrees": dict.fromkeys(("", "°", "º", "deg", "dd"), 1.0),
    "": {"": 1.0},
}  # fmt: skip


@dataclass
class Numbers:
    """Numbers of a column. ``values``: NaN where there is none; ``unread``: how many texts are no number of this column, and
    ``example``: one of them; ``units``: what stood beside the numbers, by row ("" where nothing did)."""

    values: np.ndarray
    units: np.ndarray
    unread: int = 0
    example: str = ""
    assumptions: list[str] = field(default_factory=list)


def is_nothing(text: str) -> bool:
    """Whether a cell says that it holds nothing."""
    return text.strip().casefold() in _NOTHING


def decimal_sign(texts: Iterable[str]) -> str:
    """The sign before decimals that a table uses, by numbers that can be read in one way only: "," or "."; "" where both or
    neither occur."""
    commas = points = False
    for text in texts:
        if _PLAIN_DECIMALS.fullmatch(text):
            points = True
            continue
        found = _NUMBER.fullmatch(_GROUPING.sub("", text.strip().translate(_DIGITS)))
        if found is None:
            continue
        digits = found[2]
        comma, point = digits.rfind(","), digits.rfind(".")
        if comma >= 0 and point >= 0:
            commas, points = commas or comma > point, points or point > comma
        elif max(digits.count(","), digits.count(".")) > 1 and _may_be_grouped(digits, digits[max(comma, point)]):
            # What stands between thousands more than once stands before no decimals.
            commas, points = commas or point >= 0, points or comma >= 0
        elif comma >= 0 and digits.count(",") == 1 and not _may_be_grouped(digits, ","):
            commas = True
        elif point >= 0 and digits.count(".") == 1 and not _may_be_grouped(digits, "."):
            points = True
    return "" if commas == points else "," if commas else "."


def notes_on_numbers(texts: Iterable[str], decimal: str, stated: bool = False) -> tuple[str, ...]:
    """A sentence each, with an example, for commas that are read as decimal signs, and for signs that are read as grouping
    thousands, in the numbers of a table. ``decimal``, ``stated``: as of :func:`numbers_of`."""
    commas = grouped = ""
    for text in texts:
        if _PLAIN_DECIMALS.fullmatch(text):
            continue
        found = _NUMBER.fullmatch(_GROUPING.sub("", text.strip().translate(_DIGITS)))
        if found is None or not ("," in found[2] or found[2].count(".") > 1):
            continue
        readings = _plain(found[2], decimal, stated)
        if not readings:
            continue
        plain = readings[0]
        if not commas and "," in found[2] and plain.endswith("." + found[2].rsplit(",", 1)[1]):
            commas = text.strip()[:40]
        elif not grouped and "." not in plain:
            grouped = text.strip()[:40]
    notes: tuple[str, ...] = ()
    if commas:
        text = f"Commas were read as decimal signs, such as '{commas}'."
        notes += (InputNote("decimal_commas", text, {"example": commas}),)
    if grouped:
        text = f"Signs between groups of three digits were read as thousands, such as '{grouped}'."
        notes += (InputNote("thousands", text, {"example": grouped}),)
    return notes


def read_columns(
    table: pd.DataFrame, columns: Mapping[str, str], decimal: str = ""
) -> tuple[dict[str, np.ndarray], dict[str, tuple[int, str]], tuple[str, ...]]:
    """Columns of texts as numbers, NaN where there is none; by column how many texts are no number, with one of them; and what
    is to be said of their commas.

    ``columns``: headings by what they hold, of which ``lat`` and ``lon`` are positions. ``decimal``: the sign as stated; where it
    is "" that which the numbers of the table show.
    """
    texts = [str(text) for heading in columns.values() for text in table[heading].astype(str).unique()]
    sign = decimal or decimal_sign(texts)
    values: dict[str, np.ndarray] = {}
    unread: dict[str, tuple[int, str]] = {}
    for name, heading in columns.items():
        if name in ("lat", "lon"):
            limits = (-90.0, 90.0) if name == "lat" else (-360.0, 360.0)
            code, unique = pd.factorize(table[heading].astype(str))
            read = [number_of(text, sign, bool(decimal), limits, True) for text in unique]
            one = np.array([np.nan if found is None or found[1] not in ("", "°") else found[0] for found in read])
            values[name] = one[code] if len(unique) else np.full(len(table), np.nan)
            continue
        found = numbers_of(table[heading], "", sign, bool(decimal))
        values[name] = found.values
        if found.unread:
            unread[name] = (found.unread, found.example)
    return values, unread, notes_on_numbers(texts, sign, bool(decimal))


def _may_be_grouped(digits: str, sign: str) -> bool:
    """Whether a sign may stand between thousands."""
    return _GROUPED[sign].fullmatch(digits) is not None


def numbers_of(
    column: pd.Series, name: str, decimal: str, stated: bool, limits: tuple[float, float] | None = None
) -> Numbers:
    """A column of texts as numbers. ``name``: of :data:`UNITS`; ``decimal``: the table's sign ("" unknown), ``stated`` by the
    user or seen; ``limits``: what a number of this column can be, where a text can be read in two ways."""
    code, texts = pd.factorize(column.astype(str))
    allowed = UNITS.get(name, UNITS[""])
    values, units = np.full(len(texts), np.nan), [""] * len(texts)
    bad = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        found = number_of(text, decimal, stated, limits)
        if found is None or found[1] not in allowed:
            bad[row] = not is_nothing(text)
            continue
        values[row], units[row] = found[0] * allowed[found[1]], found[1]
    wrong = bad[code]
    example = str(column.iloc[int(wrong.argmax())])[:40] if wrong.any() else ""
    return Numbers(values[code], np.array(units, dtype=object)[code], int(wrong.sum()), example)


@lru_cache(maxsize=100_000)
def number_of(
    text: str, decimal: str = "", stated: bool = False, limits: tuple[float, float] | None = None, angle: bool = False
) -> tuple[float, str] | None:
    """The number that a text holds, and the unit beside it in small letters; None where it is none, or may be two. ``angle``: of
    a position, for which ``32,582`` is no thousands whatever else the table does."""
    if _PLAIN_DECIMALS.fullmatch(text) and not (stated and decimal == ","):
        return float(text), ""
    found = _NUMBER.fullmatch(_GROUPING.sub("", text.strip()[:80].translate(_DIGITS)))
    if found is None:
        return None
    sign, digits, power, unit = found[1], found[2], found[3] or "", found[4].strip().casefold()
    readings = [float(f"{plain}{power}") for plain in _plain(digits, decimal, stated)]
    if len(readings) > 1 and limits is not None and (angle or "." in digits):
        # What the table does elsewhere comes first, and what the column can hold decides where that does not fit.
        inside = [value for value in readings if limits[0] <= value <= limits[1]]
        readings = inside[:1] if decimal or "." in digits else inside
    elif decimal or "," not in digits:
        readings = readings[:1]
    if len(readings) != 1 or not np.isfinite(readings[0]):
        return None
    return (-readings[0] if sign in ("-", "−") else readings[0]), unit


def _plain(digits: str, decimal: str, stated: bool) -> list[str]:
    """The ways to read digits with commas and points, the likeliest first, as Python writes them."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma < 0 and point < 0:
        return [digits]
    last = "," if comma > point else "."
    other = "." if last == "," else ","
    if comma >= 0 and point >= 0:
        whole, fraction = digits.rsplit(last, 1)
        if (stated and last != decimal) or not _may_be_grouped(whole, other) or not fraction.isdigit():
            return []
        return [whole.replace(other, "") + "." + fraction]
    if digits.count(last) > 1:
        return (
            [digits.replace(last, "")] if _may_be_grouped(digits, last) and last != (decimal if stated else "") else []
        )
    with_decimals, grouped = digits.replace(last, "."), digits.replace(last, "")
    if stated:
        return [with_decimals] if last == decimal else [grouped] if _may_be_grouped(digits, last) else []
    if not _may_be_grouped(digits, last):
        return [with_decimals]
    if (decimal or ".") == last:
        return [with_decimals, grouped]
    return [grouped, with_decimals]
