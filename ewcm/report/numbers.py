"""The one rule by which figures are rounded in every file, and the one by which people are told in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

#: Decimals of every figure: persons, km², km and degrees alike. A millionth of a person keeps the ledger closed to 1e-9
#: when the areas of a file are added up; programs that show figures to people show fewer.
DECIMALS = 6

#: What stands for a range where none is known: of declared coverage, say, which brings none.
NO_RANGE = "no range known"

_UNITS = ((1e9, " billion"), (1e6, " million"))

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


def shortened(value: float, places: int) -> float:
    """A figure as the page holds it, with fewer decimals: rounded from what the files hold, so that a country that is opened
    again has the same page."""
    return round(round(value, DECIMALS), places) + 0.0


def rounded_column(column: pd.Series, name: str) -> list[float | None]:
    """The values of a column of floats, rounded as :func:`rounded` does it."""
    places = decimals(name)
    # Adding zero turns -0.0 into 0.0.
    return [
        round(value, places) + 0.0 if finite else None
        for value, finite in zip(column.tolist(), np.isfinite(column.to_numpy(np.float64)).tolist(), strict=True)
    ]


def roughly(people: float | None) -> str:
    """People with two significant figures: ``14 million``, ``8,400``; ``unknown`` where they are not known."""
    if people is None or not math.isfinite(people):
        return "unknown"
    number = two_figures(people)
    for unit, word in _UNITS:
        if number >= unit:
            return f"{number / unit:.2g}{word}" if number < 100 * unit else f"{number / unit:,.0f}{word}"
    return f"{number:,.0f}"


def percent(share: float) -> str:
    """A share (0..1) with one decimal; what is neither none nor all is never shown as such: ``< 0.1%``."""
    if 0 < share < 0.0005:
        return "< 0.1%"
    if 0.9995 < share < 1:
        return "> 99.9%"
    return f"{share:.1%}"


def rough_percent(share: float) -> str:
    """A share (0..1) in a sentence: two significant figures, as people there have. Where these would make it none or all it is
    that of the tables."""
    return percent(share) if share < 0.01 or 0.995 <= share < 1 else f"{float(f'{100 * share:.2g}'):g}%"


def rough_range(low: float | None, high: float | None) -> str:
    """A range of people with two significant figures, the word for its size once: ``8.1 to 24 million``. Whole people where two
    figures do not tell its ends apart, and ``no range known`` where there is none."""
    if low is None or high is None or round(low) == round(high):
        return NO_RANGE
    first, second = roughly(low), roughly(high)
    if first == second:
        return f"{low:,.0f} to {high:,.0f}"
    for _, word in _UNITS:
        if first.endswith(word) and second.endswith(word):
            first = first.removesuffix(word)
    return f"{first} to {second}"


def exact_range(low: float | None, high: float | None) -> str:
    """A range in whole people, or ``no range known``."""
    if low is None or high is None or round(low) == round(high):
        return NO_RANGE
    return f"between {low:,.0f} and {high:,.0f}"


def two_figures(people: float) -> float:
    """People to two significant figures; whole people below ten."""
    if people < 0.5:
        return 0.0
    return float(round(people, 1 - math.floor(math.log10(people)))) if people >= 10 else float(round(people))
