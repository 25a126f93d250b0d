"""People of a published country, read when they are asked for: an alert asks for those around it alone."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path

import numpy as np
from odc.geo.geobox import GeoBox
from rasterio.windows import Window

from ewcm.core.drivers import opened_raster
from ewcm.core.file_states import State, state_of
from ewcm.core.record import InputRecord
from ewcm.errors import InputError
from ewcm.sources.population import Population


class StoredPopulation(Population):
    """See :class:`ewcm.sources.population.Population`; the first band of ``reach.tif``.

    Raises :class:`InputError` where the file has changed since it was opened.
    """

    def __init__(self, path: Path, state: State, record: InputRecord) -> None:
        """``state``: of the file when it was compared with the manifest."""
        with opened_raster(path) as dataset:
            geobox = GeoBox(dataset.shape, dataset.transform, str(dataset.crs))
        self.__dict__.update(geobox=geobox, record=record, cut=False, _path=path, _state=state)

    @cached_property
    def people(self) -> np.ndarray:
        """See :class:`ewcm.sources.population.Population`."""
        rows, cols = self.geobox.shape
        return self._read(slice(0, rows), slice(0, cols))

    def part(self, rows: slice, cols: slice) -> np.ndarray:
        """See :meth:`ewcm.sources.population.Population.part`."""
        if "people" in self.__dict__:
            return super().part(rows, cols)
        # An alert asks for one part several times.
        kept: tuple[tuple[slice, slice], np.ndarray] | None = self.__dict__.get("_part")
        if kept is None or kept[0] != (rows, cols):
            kept = self.__dict__["_part"] = (rows, cols), self._read(rows, cols)
        return kept[1]

    def _read(self, rows: slice, cols: slice) -> np.ndarray:
        path: Path = self.__dict__["_path"]
        if state_of(path) != self.__dict__["_state"]:
            raise InputError(f"{path}: was changed since the result was opened; open it again")
        window = Window(cols.start, rows.start, cols.stop - cols.start, rows.stop - rows.start)
        with opened_raster(path, threads=_threads()) as dataset:
            found: np.ndarray = dataset.read(1, window=window)
        return found


def _threads() -> int:
    """As many threads as kernels may take. Numba, which takes longer to load than an alert to answer, is asked only where it is
    there already."""
    if "numba" in sys.modules:
        return int(sys.modules["numba"].get_num_threads())
    return int(os.environ.get("NUMBA_NUM_THREADS") or os.cpu_count() or 1)
