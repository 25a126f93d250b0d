"""In which unit a raster says that its heights are, and whether they are heights at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from ewcm.errors import InputError
from ewcm.sources.rasters import crs_name

#: Units of heights by what rasters call them (small letters, without points), in metres.
_UNITS = {
    **dict.fromkeys(
        ("m", "metre", "metres", "meter", "meters", "mt", "mts", "masl", "m asl", "metri", "metros", "mètres"), 1.0
    ),
    **dict.fromkeys(("ft", "foot", "feet", "pie", "pies", "pieds", "international foot"), 0.3048),
    **dict.fromkeys(("us survey foot", "us-ft", "us_ft", "ftus", "us survey feet", "foot_us"), 1200 / 3937),
    **dict.fromkeys(("dm", "decimetre", "decimetres", "decimeter", "decimeters"), 0.1),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), 0.01),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), 0.001),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), 1000.0),
}

#: What the bands of a picture are.
_COLOURS = {
    *(ColorInterp.palette, ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha),
    *(ColorInterp.hue, ColorInterp.saturation, ColorInterp.lightness, ColorInterp.Y, ColorInterp.Cb, ColorInterp.Cr),
    *(ColorInterp.cyan, ColorInterp.magenta, ColorInterp.yellow, ColorInterp.black),
}


def metres_of(dataset: rasterio.DatasetReader) -> tuple[float, str]:
    """The factor that makes metres of a raster's values (scale and offset applied), and the unit as the raster calls it.

    That of its band, else of the heights of its coordinate system; 1 and "" where it states none, NaN where it is no unit of
    heights."""
    stated = (dataset.units[0] or "").strip()
    if stated:
        return _UNITS.get(stated.lower().replace(".", ""), float("nan")), stated
    factor, name = _vertical(dataset.crs)
    return factor, name


def _vertical(crs: CRS | None) -> tuple[float, str]:
    if crs is None:
        return 1.0, ""
    system = pyproj.CRS.from_user_input(crs_name(crs))
    axes = [axis for axis in system.axis_info if axis.direction.lower() in ("up", "down")]
    if not axes:
        return 1.0, ""
    return float(axes[0].unit_conversion_factor), axes[0].unit_name


def read_as(dataset: rasterio.DatasetReader, path: Path) -> tuple[str, ...]:
    """What is done to the values of a raster to make heights of them, a sentence each. Raises :class:`InputError` where it says
    that they are none: for a picture of a map, slopes, another unit."""
    shown = sum(band in _COLOURS for band in dataset.colorinterp)
    if shown or (dataset.count in (3, 4) and set(dataset.dtypes) == {"uint8"}):
        raise InputError(
            f"{path}: is a picture ({dataset.count} bands of colours), and holds no heights; give the heights themselves"
        )
    factor, unit = metres_of(dataset)
    if not np.isfinite(factor):
        raise InputError(
            f"{path}: says that its values are in '{unit[:40]}', which is no unit of heights; give heights in metres"
        )
    said: tuple[str, ...] = ()
    scale, offset = dataset.scales[0], dataset.offsets[0]
    if (scale, offset) != (1.0, 0.0):
        said += (f"Values were multiplied by {scale:g} and {offset:g} was added, as the raster states.",)
    if factor != 1.0:
        said += (f"Values were multiplied by {factor:.6g}: the raster says that they are in '{unit}'.",)
    return said
