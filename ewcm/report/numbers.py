"""The one rule by which figures are rounded in every file."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

#: Decimals of every figure: persons, km², km and degrees alike. A millionth of a person keeps the ledger closed to 1e-9
#: when the areas of a file are added up; programs that show figures to people show fewer.
DECIMALS = 6

#: Decimals of a share (0..1), recognised by its name.
SHARE_DECIMALS = 9


def decimals(name: str) -> int:
    """How many decimals a column or key of this name has."""
    return SHARE_DECIMALS if name == "share" or name.endswith("_share") else DECIMALS


def rounded(value: object, name: str = "") -> object:
    """``value`` with every number in it rounded, as plain JSON types; NaN and infinities, which JSON lacks, become None."""
    if isinstance(value, Mapping):
        return {str(key): rounded(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, name) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float):
        # Adding zero turns -0.0 into 0.0.
        return round(value, decimals(name)) + 0.0 if math.isfinite(value) else None
    return value


def rounded_column(column: pd.Series, name: str) -> list[float | None]:
    """The values of a column of floats, rounded as :func:`rounded` does it."""
    places = decimals(name)
    # Adding zero turns -0.0 into 0.0.
    return [
        round(value, places) + 0.0 if finite else None
        for value, finite in zip(column.tolist(), np.isfinite(column.to_numpy(np.float64)).tolist(), strict=True)
    ]
