"""The files that ``ewcm learn`` writes, and whose the ones are that stand in their place."""

from __future__ import annotations

import json
from pathlib import Path

from ewcm.core.drivers import opened_raster
from ewcm.core.modelled import TAG

#: By kind; the card first.
FILES = {
    "coverage": ("coverage.json", "coverage_reliability.png", "coverage_map.png"),
    "people": ("people.json", "people.tif", "people_ledger.csv", "people_units.csv", "people.png"),
    "propagation": ("propagation.json", "propagation.csv", "propagation.toml", "propagation.png"),
}


def foreign_file(folder: Path, kind: str) -> str:
    """The name of a file in ``folder`` that would be replaced and that is somebody else's; "" where there is none. The card says
    that they are the engine's; where it is not there yet, the raster of people does, by its mark."""
    there = [name for name in FILES[kind] if (folder / name).exists() or (folder / name).is_symlink()]
    if not there or _is_card(folder / FILES[kind][0], kind):
        return ""
    killed_before_its_card = (
        FILES[kind][0] not in there and "people.tif" in there and _is_modelled(folder / "people.tif")
    )
    return "" if killed_before_its_card else there[0]


def _is_card(path: Path, kind: str) -> bool:
    try:
        found = json.loads(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "card" in found and found.get("kind") == kind


def _is_modelled(path: Path) -> bool:
    try:
        with opened_raster(path, alone=True) as raster:
            return TAG in raster.tags()
    except (OSError, ValueError):
        return False
