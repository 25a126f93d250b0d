"""Named settlements, for naming coldspots and labelling the map."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ewcm.sources.record import InputRecord


@dataclass(frozen=True)
class Places:
    """``table`` columns: ``name`` (str), ``lat``, ``lon`` (degrees), ``population`` (persons, NaN when not known),
    ``rank`` (int: 0 national capital, 1 seat of a level-1 area, 2 of a level-2 area, 3 any other place)."""

    table: pd.DataFrame
    records: tuple[InputRecord, ...]
