"""Years in the texts of cells: of dates in any usual form, and alone."""

from __future__ import annotations

import re

_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20\d\d)(?!\d)")


def years_in(text: str) -> tuple[int, ...]:
    """The years that a text names, from 1950 to 2099."""
    return tuple(int(found) for found in _YEAR.findall(text[:200]))
