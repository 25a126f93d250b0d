"""The record of one input: what was read, and what was assumed about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class InputRecord:
    """Everything the manifest says of one input file.

    ``assumptions`` are the things the reader decided because the file did not say them; ``doubts`` are the things that
    look wrong but do not stop a run. Both are full sentences, shown to the user.
    """

    layer: str  # population, cells, sites, coverage, terrain, boundaries, places, official
    path: str  # relative to the inputs folder where possible, never an absolute path of a machine
    sha256: str = ""
    size_bytes: int = 0
    format: str = ""  # GDAL driver or "CSV"
    crs: str = ""
    nodata: str = ""
    licence: str = "not stated"
    attribution: str = ""
    source: str = ""  # address or citation
    date: str = ""  # of the data, ISO 8601 (a year will do)
    redistributable: bool = True
    non_commercial: bool = False
    assumptions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)  # layer-specific: sums, counts, extents, broken rows


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal, read in blocks so that a 10 GB raster needs no memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
