"""Logs of phones (WiGLE, drive tests) in the place of lists of sites: their positions are where a phone stood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.headings import words_of
from ewcm.sources.quantities import number_of

_WIGLE = ({"currentlatitude", "currentlongitude"}, {"trilat", "trilong"})
_LEVELS = {
    "rsrp", "rscp", "rssi", "rxlev", "rsrq", "sinr", "ecno", "ecio", "ssrsrp", "sssinr", "nrrsrp", "ltersrp",
    "dbm", "signaldbm",
}  # fmt: skip
_LEVEL_BEGINS = ("rsrp", "rscp", "rssi", "rxlev", "receivedlevel", "receivedsignal", "signalstrength")
_TIMES = {
    *("time", "timestamp", "datetime", "firstseen", "lastseen", "measuredat", "testtime", "gpstime", "logtime", "utctime"),
    *("heure", "horodatage", "hora", "fechahora", "datahora", "localtime", "timeutc", "date"),
}  # fmt: skip

#: What stands before the name of a level that is one of several.
_OF_SEVERAL = re.compile(
    r"^(?:average|avg|mean|median|med|minimum|min|maximum|max|best|serving|moyenne|moy|media|promedio|prom)(?:of|de)?"
)

#: Levels that phones receive [dBm].
_RECEIVED = (-160.0, -25.0)


def is_wigle(headings: Sequence[str]) -> bool:
    """Whether headings are those of WiGLE's exports and answers."""
    names = {"".join(words_of(heading)) for heading in headings}
    return any(those <= names for those in _WIGLE) or any(name.startswith("wiglewifi") for name in names)


def refuse_wigle(path: Path, headings: Sequence[str]) -> None:
    """Raise :class:`InputError` for an export of WiGLE."""
    if is_wigle(headings):
        raise InputError(
            f"{path}: is an export of WiGLE, whose positions are those of phones that heard a cell and not of masts; give an "
            "export of OpenCelliD under [[cells]], or a list of sites"
        )


def levels_of_phones(path: Path, table: pd.DataFrame) -> tuple[InputWarning, ...]:
    """A doubt where a column holds levels that phones receive. Raises :class:`InputError` where the rows have a time too: they
    are places along a road, each of which would count as a mast."""
    named = {"".join(words_of(str(name))): str(name) for name in table.columns}
    level = next(
        (
            name
            for word, name in named.items()
            if ((bare := _OF_SEVERAL.sub("", word)) in _LEVELS or bare.startswith(_LEVEL_BEGINS))
            and _is_received(table[name])
        ),
        None,
    )
    if level is None:
        return ()
    time = next((name for word, name in named.items() if word in _TIMES or word.startswith("timestamp")), None)
    if time is not None and table[time].nunique() > 0.5 * len(table):
        raise InputError(
            f"{path}: is a log of measurements (columns {one_line(level, 40)} and {one_line(time, 40)}), whose positions are "
            "those of a phone and not of masts; give a list of sites here; `ewcm learn propagation` is for measurements"
        )
    text = (
        f"Column '{one_line(level, 40)}' holds levels that phones receive: if the rows are places where somebody measured, "
        "they are no sites; take the file out of the inputs."
    )
    return (InputWarning("levels_of_phones", text, {"column": one_line(level, 40)}),)


def _is_received(column: pd.Series) -> bool:
    """Whether a column holds levels of phones and nothing else."""
    numbers = [number_of(str(text)) for text in column.unique()[:500] if str(text)]
    low, high = _RECEIVED
    good = sum(one is not None and low <= one[0] <= high for one in numbers)
    return len(numbers) > 0 and good >= 0.9 * len(numbers)
