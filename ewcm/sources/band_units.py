"""What a raster says of its band: colours of a picture, a unit, a scale. Numbers of another kind are refused, or brought to ours
and said."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from ewcm.errors import InputError, one_line
from ewcm.sources.rasters import crs_name

#: Units of heights and depths by what rasters call them (small letters, without points), in metres.
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
    *(ColorInterp.palette, ColorInterp.red, ColorInterp.green, ColorInterp.blue),
    *(ColorInterp.hue, ColorInterp.saturation, ColorInterp.lightness, ColorInterp.Y, ColorInterp.Cb, ColorInterp.Cr),
    *(ColorInterp.cyan, ColorInterp.magenta, ColorInterp.yellow, ColorInterp.black),
}

#: How a raster says that its people are a density, and that they are no plain numbers of people.
_DENSITY = re.compile(
    r"(/|per|par|por|pro)[\s_]*(sq\w*\W*)?(km|kilom|quil[oó]m|ha\b|hect|mile|mi\b|acre)|\bkm\W{0,2}-?[2²]|densit|densid|كثافة",
    re.IGNORECASE,
)
_NO_PEOPLE = re.compile(
    r"thousand|million|millier|miles de|milhares|\bx ?1,?000\b|'000\b|\(000s?\)|\blog|\bln\b|sqrt"
    r"|square root|ra[ií]z (?:cua|qua)drada|racine carr|percent|per cent|%|dollar|usd|radiance|\bnw\b"
    # What the whole is called, and not what people were counted by.
    r"|^\W*(?:(?:total|mean|average|number|nombre|n[úu]mero|terrain|ground|building)\W+(?:of\W+|de\W+)?)?"
    r"(?:households?|dwellings?|m[ée]nages|hogares|domic[íi]lios|(?:digital )?elevation|altitude|height|slope"
    r"|night\W?(?:time)?\W?lights?|lights? at night|lumi[èe]res? nocturnes?|luces nocturnas|luzes noc?turnas)\b(?! population)",
    re.IGNORECASE,
)

#: Units of hazards by what rasters call them (small letters, without points), as inputs.toml has them.
_OF_HAZARDS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "m"),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), "cm"),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), "mm"),
    **dict.fromkeys(("ft", "foot", "feet"), "ft"),
    **dict.fromkeys(("mph", "miles per hour", "mi/h"), "mph"),
    **dict.fromkeys(("m/s", "m s-1", "m s**-1", "ms-1", "mps", "metres per second", "meters per second"), "m/s"),
    **dict.fromkeys(("km/h", "km h-1", "kmh", "kph", "kmph", "kilometres per hour", "kilometers per hour"), "km/h"),
    **dict.fromkeys(("kt", "kts", "knot", "knots", "kn"), "kt"),
    **dict.fromkeys(("mmi", "mercalli"), "MMI"),
    **dict.fromkeys(("%g", "pctg"), "%g"),
    "g": "g",
    "class": "class",
}

#: Compressions that change the numbers, as those of pictures do.
_LOSSY = ("JPEG", "WEBP", "JXL")


def refuse_picture(dataset: rasterio.DatasetReader, path: Path, what: str) -> None:
    """Refuse colours, and numbers that were compressed as a picture. ``what``: what the raster should hold. Raises
    :class:`InputError`."""
    shown = [band for band in dataset.colorinterp if band in _COLOURS]
    # Three or four bands of bytes, or of words that nobody has given a name of their own, are the colours of an image.
    like_colours = dataset.count in (3, 4) and (
        set(dataset.dtypes) == {"uint8"} or (set(dataset.dtypes) == {"uint16"} and not any(dataset.descriptions))
    )
    if shown or like_colours:
        thing = what.removeprefix("numbers of ")
        colours = "colours" if like_colours or len(shown) > 1 else f"a band of colours ({shown[0].name})"
        raise InputError(
            f"{path}: is a picture, with {colours}, and holds no {what}; give the raster of {thing} itself"
        )
    structure = dataset.tags(ns="IMAGE_STRUCTURE")
    compression = structure.get("COMPRESSION", "").upper()
    if any(word in compression for word in _LOSSY) and structure.get("COMPRESSION_REVERSIBILITY") != "LOSSLESS":
        raise InputError(
            f"{path}: is compressed as a picture ({compression}), which changes its numbers; export it with DEFLATE or LZW"
        )


def refuse_other_people(dataset: rasterio.DatasetReader, path: Path, unit: str) -> None:
    """Refuse people that the raster calls a density, where they are taken as numbers in each grid cell, and what it calls no
    numbers of people. Raises :class:`InputError`."""
    called = [text for text in (dataset.units[0], dataset.descriptions[0]) if text]
    # Every grid of a GeoPackage is called "Height" by those who write it, unless they say more.
    words = " ".join(text for text in called if not (dataset.driver == "GPKG" and text == "Height"))
    if unit == "people" and _DENSITY.search(words):
        raise InputError(
            f"{path}: calls its values '{one_line(words, 80)}', which are no people in each grid cell; state "
            'unit = "people_per_km2" where they are people per km², else multiply them by the area of the cells'
        )
    if found := _NO_PEOPLE.search(words):
        raise InputError(
            f"{path}: calls its values '{one_line(words, 80)}' ({found[0]}); write numbers of people into the raster, or correct "
            "what it says (gdal_edit.py)"
        )


def unit_of_hazard(dataset: rasterio.DatasetReader) -> str:
    """The unit that a raster states for its band, as units of hazards are written; any other one as it stands, "" for none."""
    own = (dataset.units[0] or "").strip()
    return _OF_HAZARDS.get(own.lower().replace(".", ""), own)


def metres_of(dataset: rasterio.DatasetReader) -> tuple[float, str]:
    """The factor that makes metres of a raster's values (scale and offset applied), and the unit as the raster calls it.

    That of its band, else of the heights of its coordinate system; 1 and "" where it states none, NaN where it is no unit of
    heights."""
    stated = (dataset.units[0] or "").strip()
    if stated:
        return _UNITS.get(stated.lower().replace(".", ""), float("nan")), stated
    return _vertical(dataset.crs)


@lru_cache(maxsize=32)
def _vertical(crs: CRS | None) -> tuple[float, str]:
    """Kept, as heights are read window by window."""
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
    refuse_picture(dataset, path, "heights")
    factor, unit = metres_of(dataset)
    if not np.isfinite(factor):
        raise InputError(
            f"{path}: says that its values are in '{unit[:40]}', which is no unit of heights; give heights in metres"
        )
    notes = scale_said(dataset)
    if factor != 1.0:
        notes += (f"Values were multiplied by {factor:.6g}: the raster says that they are in '{unit}'.",)
    return notes


def scale_said(dataset: rasterio.DatasetReader) -> tuple[str, ...]:
    """That the raster's own scale and offset were applied, where it has any."""
    scale, offset = dataset.scales[0], dataset.offsets[0]
    if (scale, offset) == (1.0, 0.0):
        return ()
    return (f"Values were multiplied by {scale:g} and {offset:g} was added, as the raster states.",)
