"""Numbers that instruments write in place of a level: codes that no level can be, and levels that far too many places share."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: What phones and programs write for a level that they do not know: 3GPP TS 27.007 (99, 255), Android (2147483647), and the usual
#: words of tables for nothing.
CODES = (
    *(0.0, -1.0, 99.0, 127.0, 255.0, 999.0, 9999.0, -999.0, -9999.0, 32767.0, -32768.0, 65535.0),
    *(2147483647.0, -2147483648.0),
)

#: Levels that pile up on the least one are what a phone writes where it hears nothing: so many places, and more of them than
#: within so many decibels above it.
_PILE_LEAST, _PILE_SHARE, _PILE_DB = 5, 0.05, 5.0

#: A level above the least is a code where so many times more places have it than any of the nearest levels, so many on a side.
_PILE_TIMES, _PILE_SIDE = 4, 2


def is_code(level_dbm: np.ndarray) -> np.ndarray:
    """Whether each number is a code for a level that is not known."""
    return np.isin(level_dbm, CODES)


def without_piles(table: pd.DataFrame, place: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Measurements without levels that are none, and what is to be said of it. ``place``: of each, so that what one place repeats
    is counted once.

    Levels that pile up on the least one of a technology (or of a device) are of places without a signal; those that pile up
    between others are left out, as nothing says what they mean.
    """
    notes: list[str] = []
    for names in (["technology"], ["technology", "device"]):
        for name, part in table[~table["silent"] & table["level_dbm"].notna()].groupby(names, sort=True):
            counts = _counts(part["level_dbm"], place[part.index])
            level = _piled_least(counts)
            # Where no device is named the technology has been looked at already.
            if level is None or (len(names) > 1 and not name[1]):
                continue
            piled = (table.index.isin(part.index)) & (table["level_dbm"] == level).to_numpy(bool)
            table = table.assign(
                silent=table["silent"] | piled,
                sensitivity_dbm=table["sensitivity_dbm"].mask(piled, level),
                level_dbm=table["level_dbm"].mask(piled),
            )
            whose = "file" if len(names) == 1 else f"device '{name[1][:40]}'"
            notes.append(
                f"{int(counts[level])} places of {name[0]} have the least level of the {whose}, {level:g} dBm, and few are just "
                "above it: they were taken as places where the phone heard nothing at that level."
            )
    for name, part in table[~table["silent"] & table["level_dbm"].notna()].groupby("technology", sort=True):
        counts = _counts(part["level_dbm"], place[part.index])
        for level in _piled_between(counts):
            out = ((table["technology"] == name) & (table["level_dbm"] == level)).to_numpy(bool)
            table, place = table[~out], place[~out]
            notes.append(
                f"{int(counts[level])} places of {name} have the level {level:g} dBm and hardly any have one beside it: it was "
                f"taken as a code, and {int(out.sum())} rows were not used; write 'no signal' where that is meant."
            )
    return table.reset_index(drop=True), tuple(notes)


def _counts(level: pd.Series, place: pd.Series) -> pd.Series:
    """At how many places each level was measured, by rising level."""
    once = pd.DataFrame({"level": level, "place": place}).drop_duplicates()
    return once["level"].value_counts().sort_index()


def _piled_least(counts: pd.Series) -> float | None:
    least, count = float(counts.index[0]), int(counts.iloc[0])
    above = int(counts[(counts.index > least) & (counts.index <= least + _PILE_DB)].sum())
    if count < max(_PILE_LEAST, _PILE_SHARE * counts.sum(), above + 1) or count == counts.sum():
        return None
    return least


def _piled_between(counts: pd.Series) -> list[float]:
    number = counts.to_numpy()
    found = []
    for at in range(number.size):
        beside = [*number[max(0, at - _PILE_SIDE) : at], *number[at + 1 : at + 1 + _PILE_SIDE]]
        # A few levels alone (classes) say nothing of what is beside them.
        if len(beside) < _PILE_SIDE + 1 or number.size < 4 * _PILE_SIDE:
            continue
        if number[at] >= max(_PILE_LEAST, _PILE_SHARE * number.sum(), _PILE_TIMES * max(beside)):
            found.append(float(counts.index[at]))
    return found
