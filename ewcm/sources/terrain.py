"""Terrain: elevation rasters of any kind, read by window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ewcm.sources.record import InputRecord


@dataclass(frozen=True)
class Terrain:
    """Elevation tiles on disk; nothing is read until a window is asked for.

    ``allow_coarse``: the user accepts a step above 300 m for propagation (see ``docs/method.md`` for the error it makes).
    """

    paths: tuple[Path, ...]
    step_m: float
    allow_coarse: bool
    records: tuple[InputRecord, ...]
