"""What columns of years and dates say of a map of coverage: shapes whose network begins in a year to come, or has ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_words import is_of_launch, name_in_where
from ewcm.sources.headings import words_of
from ewcm.sources.status_words import heads_what_is_over
from ewcm.sources.technologies import technologies_of
from ewcm.sources.years import is_day, is_to_come, year_of_day, years_in

#: A year, or a date with one.
_DATE = re.compile(
    r"(?:\d{1,2}[-/. ]\d{1,2}[-/. ])?(?:19|20)\d\d(?:[-/. ]\d{1,2}(?:[-/. ]\d{1,2})?(?:[T ][\d:.Z+]*)?)?(?:\.0)?"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|[A-Za-zÀ-ÿ]{3,10}[-/. ](?:19|20)\d\d"
    r"|(?:Q[1-4]|[TS][1-4])[-/. ]?(?:19|20)\d\d",
    re.IGNORECASE,
)

#: Words of headings of dates of any kind, and of those on which something ends.
_DATE_WORDS = {
    *("date", "dates", "year", "years", "annee", "ano", "anio", "fecha", "data", "datum"),
    *("تاريخ", "سنه", "السنه", "عام"),
}  # fmt: skip
_END_WORDS = {
    *("end", "ends", "until", "expiry", "expires", "expired", "closing", "closure", "closed", "shutdown", "to", "fin", "fim"),
    *("expiration", "fermeture", "cierre", "encerramento", "decommission", "decommissioning", "sunset", "switchoff"),
}  # fmt: skip


@dataclass(frozen=True)
class Dates:
    """What a column of dates says. ``warning``: None where it says nothing that changes what is covered."""

    warning: InputWarning | None


def dates_in(path: Path, heading: str, values: Sequence[str]) -> Dates | None:
    """What a column says that is headed by a word for dates, or by a technology, and holds years or dates; None for any other.

    Raises :class:`InputError` where it tells when the network begins, and shapes of years to come are among its rows.
    """
    words = set(words_of(heading))
    is_launch = is_of_launch(heading) or bool(technologies_of(" ".join(words_of(heading))).technologies)
    is_end = bool(words & _END_WORDS) or heads_what_is_over(heading)
    if not is_launch and not is_end and not words & _DATE_WORDS:
        return _to_come(heading, values)
    dates = [value for value in values if _DATE.fullmatch(value.strip())]
    if not dates or 2 * len(dates) < len(values):
        return None
    now = datetime.now(UTC).year
    year_of = {value: _year(value) for value in dates}
    low, high = min(year_of.values()), max(year_of.values())
    if is_end:
        ended = [value for value in dates if 0 < year_of[value] < now]
        return Dates(_warning(heading, low, high, _without(heading, ended)) if ended else None)
    later = [value for value in dates if year_of[value] > now]
    mend = _until(heading, dates, later, now)
    if later and is_launch:
        raise InputError(
            f"{path}: column {one_line(heading, 60)} tells when the network begins ({low} to {high}), which is not yet for all "
            f"of it; say which shapes are in service, as in {mend}"
        )
    if later or (is_launch and low < high):
        return Dates(_warning(heading, low, high, mend))
    return Dates(None) if is_launch and len(dates) > 1 else None


def _year(value: str) -> int:
    """The last year that a date names (``20270601`` too); 0 where it names none."""
    return int(value.strip()[:4]) if re.fullmatch(r"\d{8}", value.strip()) else max(years_in(value), default=0)


def _to_come(heading: str, values: Sequence[str]) -> Dates | None:
    """What a column of days or quarters under any other heading (``validfrom``) says, where some of them are to come."""
    days = [
        value for value in values if is_day(value) or (_DATE.fullmatch(value.strip()) and not value.strip().isdigit())
    ]
    if 2 * len(days) <= len(values):
        return None
    later = [value for value in days if is_to_come(value) or max(years_in(value), default=0) > datetime.now(UTC).year]
    years = [year for value in days for year in years_in(value) or (year_of_day(value),)]
    return Dates(_warning(heading, min(years), max(years), _without(heading, later))) if later else None


def _warning(heading: str, low: int, high: int, mend: str) -> InputWarning:
    values = {"column": heading, "low": str(low), "high": str(high), "mend": mend}
    text = (
        f"Column '{heading}' tells when the network begins or ends ({low} to {high}): shapes of every year were taken as "
        f"covered, those that are not in service too; choose with where, as in {mend}."
    )
    return InputWarning("launches", text, values)


def _until(heading: str, dates: Sequence[str], later: Sequence[str], now: int) -> str:
    if all(re.fullmatch(r"\d{4}(?:\.0)?", value.strip()) for value in dates):
        return f'where = "{name_in_where(heading)} <= {now}"'
    return _without(heading, later) if later else f"where = \"{name_in_where(heading)} = '{dates[0]}'\""


def _without(heading: str, values: Sequence[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values[:5]) + (", …" if len(values) > 5 else "")
    return f'where = "{name_in_where(heading)} NOT IN ({listed})"'
