"""One value in many cells of a raster of people: mostly a mark of no data that the raster does not declare."""

from __future__ import annotations

import numpy as np

from ewcm.core import grid
from ewcm.core.input_warning import InputWarning

#: Values that programs fill cells without data with.
_MARKS = (127.0, 254.0, 255.0, 999.0, 9999.0, 32766.0, 32767.0, 65534.0, 65535.0, 99999.0, 999999.0)

#: So many cells of one value are no chance where values around it are this many times rarer.
_CELLS, _TIMES = 50, 10


def repeated_values(people: np.ndarray) -> tuple[InputWarning, ...]:
    """A warning for each value of ``people`` (per grid cell) that probably stands for no data."""
    exact, near = dict.fromkeys(_MARKS, 0), dict.fromkeys(_MARKS, 0)
    for rows in grid.blocks(people.shape[0]):
        large = people[rows][people[rows] >= _MARKS[0] - 1.0]
        for value in _MARKS:
            around = large[np.abs(large - value) <= 1.0]
            exact[value] += int(np.count_nonzero(around == value))
            near[value] += int(around.size)
    found: tuple[InputWarning, ...] = ()
    for value, cells in exact.items():
        if cells >= _CELLS and cells > _TIMES * (near[value] - cells):
            text = (
                f"{cells} cells hold exactly {value:g}, {cells * value:,.0f} people in all; if that stands for no data, state "
                f"nodata = {value:g}."
            )
            shown = {"cells": cells, "value": round(value), "people": round(cells * value)}
            found += (InputWarning("repeated_value", text, shown),)
    return found
