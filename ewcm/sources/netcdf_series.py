"""One variable of a netCDF file that has one dimension, such as the latitudes of a track."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError

from ewcm.core.drivers import opened_raster
from ewcm.errors import InputError
from ewcm.sources.files import check_file
from ewcm.sources.netcdf import check_netcdf


def read_series(path: Path, variable: str, most: int) -> tuple[np.ndarray, str]:
    """The values (float64, NaN where missing) of a variable of one dimension and at most ``most`` values, and its units.

    Raises :class:`InputError` where the file has no such variable.
    """
    check_file(path)
    check_netcdf(path)
    if '"' in str(path):
        raise InputError(f"{path}: has quotes in its name; rename it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with opened_raster(path, "netCDF", variable=variable) as dataset:
                if dataset.count != 1 or dataset.height != 1:
                    raise InputError(f"{path}: its {variable} has more than one dimension; give one track a file")
                if dataset.width > most:
                    raise InputError(f"{path}: its {variable} has more than {most} values; give one track a file")
                values = dataset.read(1, masked=True).astype(np.float64)
                tags = dataset.tags()
    except (RasterioError, CPLE_BaseError, CRSError, ValueError, OSError, TypeError, MemoryError) as error:
        raise InputError(
            f"{path}: has no variable {variable} that can be read; give tracks as IBTrACS (CSV)"
        ) from error
    return np.ma.filled(values, np.nan).reshape(-1), str(tags.get(f"{variable}#units", ""))
