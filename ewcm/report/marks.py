"""What stands above every page and answer that is made from STARTER DATA, or from data that are made up for an exercise."""

from __future__ import annotations

from typing import Literal

from ewcm.core.record import EXERCISE, STARTER
from ewcm.report.webmap.page import strings

#: Keys of the page's words by the grade of the data.
_WORDS = {STARTER: "starter", EXERCISE: "made_up"}


def mark_of(data_grade: str, language: str, length: Literal["banner", "short"] = "banner") -> str:
    """The mark in words; "" for a user's own data."""
    key = _WORDS.get(data_grade)
    return "" if key is None else str(strings()[language][f"{key}_{length}"])
