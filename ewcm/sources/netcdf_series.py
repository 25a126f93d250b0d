"""One variable of a netCDF file that has one or two dimensions, such as the latitudes of a track or of many."""

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


def has_variable(path: Path, variable: str) -> bool:
    """Whether a file has a variable of numbers of that name. Raises :class:`InputError` for a damaged file."""
    check_file(path)
    check_netcdf(path)
    try:
        _read(path, variable, 0)
    except _TooMany:
        return True
    except InputError:
        return False
    return True


def read_series(path: Path, variable: str, most: int) -> tuple[np.ndarray, str]:
    """The values (float64, NaN where missing) of a variable of one dimension and at most ``most`` values, and its units.

    Raises :class:`InputError` where the file has no such variable.
    """
    values, units = read_rows(path, variable, most)
    if len(values) != 1:
        raise InputError(f"{path}: its {variable} has more than one dimension; give one track a file, or IBTrACS whole")
    return values[0], units


def read_rows(path: Path, variable: str, most: int) -> tuple[np.ndarray, str]:
    """The values (float64, shape (rows, columns), NaN where missing, scaled as the file says) of a variable of one dimension
    (one row) or two, and its units. Which of the rows is the first is not told; it is the same of every variable of a file.

    Raises :class:`InputError` where the file has no such variable, or more than ``most`` values of it.
    """
    check_file(path)
    check_netcdf(path)
    return _read(path, variable, most)


class _TooMany(InputError):
    """A variable has more values than are taken."""


def _read(path: Path, variable: str, most: int) -> tuple[np.ndarray, str]:
    if '"' in str(path):
        raise InputError(f"{path}: has quotes in its name; rename it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with opened_raster(path, "netCDF", variable=variable) as dataset:
                if dataset.count != 1:
                    raise InputError(
                        f"{path}: its {variable} has more than two dimensions; give tracks as IBTrACS does"
                    )
                if dataset.width * dataset.height > most:
                    raise _TooMany(f"{path}: its {variable} has more than {most} values; take the file of one basin")
                values = dataset.read(1, masked=True).astype(np.float64) * dataset.scales[0] + dataset.offsets[0]
                tags = dataset.tags()
    except (RasterioError, CPLE_BaseError, CRSError, ValueError, OSError, TypeError, MemoryError) as error:
        raise InputError(
            f"{path}: has no variable {variable} that can be read; give tracks as IBTrACS (CSV)"
        ) from error
    return np.ma.filled(values, np.nan), str(tags.get(f"{variable}#units", ""))
