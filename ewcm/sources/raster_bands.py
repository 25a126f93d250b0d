"""Rasters that hold a map of each technology in a band of its own, called by it (``2G``, ``MTN 4G``)."""

from __future__ import annotations

from pathlib import Path

import rasterio

from ewcm.errors import EwcmError, InputError, one_line
from ewcm.sources.rasters import open_raster
from ewcm.sources.technologies import technologies_of


def technologies_of_bands(dataset: rasterio.DatasetReader) -> dict[str, int]:
    """The technologies by which the bands of a raster are called, each with the number of its band; empty where any is called by
    none, by several, or by that of another."""
    told = [technologies_of(str(name or "")).technologies for name in dataset.descriptions]
    if dataset.count < 2 or any(len(one) != 1 for one in told):
        return {}
    found = {one[0]: number for number, one in enumerate(told, start=1)}
    return found if len(found) == dataset.count else {}


def bands_of_file(path: Path) -> dict[str, int]:
    """The same of a file; empty where it cannot be read, as whoever reads it says."""
    try:
        with open_raster(path) as dataset:
            return technologies_of_bands(dataset)
    except (EwcmError, OSError):
        return {}


def band_of(path: Path, dataset: rasterio.DatasetReader, technology: str) -> int:
    """The band that a technology is read from: the one that is called by it, else the first. Raises :class:`InputError` where
    the bands are called by others."""
    told = technologies_of_bands(dataset)
    if told and technology not in told:
        names = ", ".join(one_line(str(name), 40) for name in dataset.descriptions[:8])
        raise InputError(
            f"{path}: its bands are called {names}, and technology = '{technology}' is stated; state one of theirs"
        )
    return told.get(technology, 1)
