"""Years in the texts of cells: of dates in any usual form, and alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

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


#: A day in figures, the year first or last, with or without its hours; or a month and a year.
_DAY = re.compile(
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})|\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d)(?:[T ][\d:.Z]+)?"
)


def is_day(text: str) -> bool:
    """Whether a text is a day in figures and nothing else."""
    return _DAY.fullmatch(text.strip()) is not None


def is_to_come(text: str) -> bool:
    """Whether a text names a day or a year that lies ahead; of this year only days that are written as ISO 8601 has them."""
    today = datetime.now(UTC).date()
    found = _DAY.fullmatch(text.strip())
    if found and found["iso"]:
        return found["iso"] > today.isoformat()
    return any(year > today.year for year in (*years_in(text), year_of_day(text)))
