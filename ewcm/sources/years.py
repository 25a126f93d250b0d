"""Years in the texts of cells: of dates in any usual form, and alone."""

from __future__ import annotations

import re
from datetime import date, timedelta

_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20\d\d)(?!\d)")


#: Days of Excel from 1990 to 2079, as numbers that a workbook shows where the form of a date was lost.
_DAYS = re.compile(r"(3[3-9]|[45]\d|6[0-5])\d{3}(?:\.\d+)?")


def year_of_day(text: str) -> int:
    """The year of a day that stands there as the number of Excel; 0 of any other text."""
    if _DAYS.fullmatch(text.strip()) is None:
        return 0
    return (date(1899, 12, 30) + timedelta(days=int(float(text)))).year


def years_in(text: str) -> tuple[int, ...]:
    """The years that a text names, from 1950 to 2099."""
    return tuple(int(found) for found in _YEAR.findall(text[:200]))
