"""Rasters of people that look like something else: a mask of where people live, a map of classes, shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ewcm.core import grid
from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError

#: So many populated cells are needed to tell. Numbers of people in them are more different ones than classes are.
_CELLS, _MOST_CLASSES = 100, 16


def check_numbers_of_people(path: Path, values: np.ndarray, *, of_bytes: bool) -> tuple[InputWarning, ...]:
    """Doubts whether ``values`` (as the raster has them, NaN: no data) are numbers of people. ``of_bytes``: whether it has whole
    numbers of 8 bits. Raises :class:`InputError` for a mask of those."""
    found, cells = _different(values)
    if found.size > _MOST_CLASSES or cells < _CELLS:
        return _share_warnings(values) if cells >= _CELLS else ()
    if of_bytes and found.tolist() == [1.0]:
        raise InputError(
            f"{path}: holds 1 in each of its {cells} populated cells, so it says where people live and not how many; give a "
            "raster of numbers of people"
        )
    if not np.array_equal(found, np.round(found)):
        return _share_warnings(values)
    shown = ", ".join(f"{value:.0f}" for value in found)
    text = (
        f"{cells} populated cells hold no other numbers than {shown}; masks and classes, such as kinds of land or of "
        "settlements, are no numbers of people."
    )
    return (InputWarning("few_numbers", text, {"cells": cells, "values": shown}),)


def _different(values: np.ndarray) -> tuple[np.ndarray, int]:
    """The different numbers above 0, sorted, as soon as they are too many for classes; and how many cells hold any."""
    found, cells = np.empty(0), 0
    for rows in grid.blocks(values.shape[0]):
        above = values[rows][values[rows] > 0]
        cells += above.size
        for part in (above[:1000], above):  # most rasters of people show in the first thousand what they are
            if found.size <= _MOST_CLASSES:
                found = np.union1d(found, part)
        if found.size > _MOST_CLASSES and cells >= _CELLS:
            break
    return found, cells


def _share_warnings(values: np.ndarray) -> tuple[InputWarning, ...]:
    """That nowhere is more than one person."""
    if any((values[rows] > 1).any() for rows in grid.blocks(values.shape[0])):
        return ()
    text = "No cell holds more than 1; shares and probabilities are no numbers of people."
    return (InputWarning("shares", text),)
