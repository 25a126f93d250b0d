"""Files of a folder that are copies of each other."""

from __future__ import annotations

import filecmp
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ewcm.core.record import companions_of


def same_file(path: Path, tables: Sequence[Mapping[str, Any]]) -> str:
    """The name of the file among those of some tables that holds the same bytes, with all that is read beside it; "" where there
    is none. What a .tab, or a shapefile, says of its shapes stands in the files beside it."""
    if not path.is_file():
        return ""
    others = (table["path"] for table in tables if table["path"].is_file())
    return next((other.name for other in others if _all_equal(path, other)), "")


def _all_equal(path: Path, other: Path) -> bool:
    if path.stat().st_size != other.stat().st_size or not filecmp.cmp(path, other, shallow=False):
        return False
    mine, its = companions_of(path), companions_of(other)
    return mine.keys() == its.keys() and all(filecmp.cmp(mine[key], its[key], shallow=False) for key in mine)
