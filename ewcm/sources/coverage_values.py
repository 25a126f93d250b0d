"""What the values of a declared raster of coverage may be: pictures and masks are named as such, with the mend that fits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import rasterio
from rasterio.enums import ColorInterp

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line

#: What the values of a declared raster may mean.
VALUES = ("covered", "mce", "dbm", "fraction", "percent")

#: The largest value of those that are shares of a cell, or probabilities that it is covered.
SHARES = {"fraction": 1.0, "percent": 100.0}

#: Values each kind of class raster may hold beside its nodata.
CLASSES = {"covered": {0, 1}, "mce": {0, 1, 2}}

#: A received level outdoors lies between these [dBm], themselves excluded: both are used to mark missing data, and 0 dBm is
#: what a phone receives a few metres from a mast.
DBM_LIMITS = (-200.0, 0.0)

#: Numbers that mark missing data in many files.
_FILLS = (15, 127, 128, 254, 255)

_OF_PICTURES = {
    *(ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.hue, ColorInterp.saturation, ColorInterp.lightness),
    *(ColorInterp.cyan, ColorInterp.magenta, ColorInterp.yellow, ColorInterp.black),
    *(ColorInterp.Y, ColorInterp.Cb, ColorInterp.Cr),
}  # fmt: skip


def refuse_picture(path: Path, dataset: rasterio.DatasetReader) -> None:
    """Refuse a picture of a map: its bands are colours, and none of their numbers says covered."""
    shown = sum(band in _OF_PICTURES for band in dataset.colorinterp)
    if shown or (dataset.count in (3, 4) and set(dataset.dtypes) == {"uint8"}):
        raise InputError(
            f"{path}: is a picture of a map ({dataset.count} bands of colours), and no number in it says covered; ask for "
            "the data behind it (polygons, or a raster of 1 and 0), or write 1 where its colour means covered and 0 "
            "elsewhere (gdal_calc.py)"
        )


def refuse_other_unit(path: Path, values: str, dataset: rasterio.DatasetReader) -> None:
    """Refuse a raster that states another unit than that of the values that are stated."""
    own = (dataset.units[0] or "").strip()
    if values == "dbm" and own and own.lower().replace(" ", "") not in ("dbm", "dbmw"):
        raise InputError(f"{path}: says that its values are in '{one_line(own, 40)}', not in dBm; bring them to dBm")
    if values == "fraction" and own.lower() in ("%", "percent", "per cent", "pct"):
        raise InputError(f"{path}: says that its values are in '{own}'; state values = \"percent\"")


def refuse_other_values(
    path: Path,
    values: str,
    counts: Mapping[float, int],
    low: float,
    high: float,
    dataset: rasterio.DatasetReader,
) -> None:
    """Refuse a raster whose values are not what is stated. ``counts``: how often each occurs (levels, shares: all as one)."""
    if not counts:
        return
    if values == "dbm":
        _refuse_no_levels(path, low, high)
    elif values in SHARES:
        if not (low >= 0 and high <= SHARES[values] * (1 + 1e-6)):
            raise InputError(
                f'{path}: holds values of {low:g}..{high:g}, and values = "{values}" means 0..{SHARES[values]:g}; state other '
                f"values{_if_nodata(low, high)}"
            )
        if values == "percent" and 0 < high <= 1:
            raise InputError(
                f'{path}: holds no value above {high:g}, so that it is no per cent; state values = "fraction"'
            )
    else:
        undeclared = sorted(value for value in counts if value not in CLASSES[values])
        if undeclared:
            raise _other_classes(path, values, counts, undeclared, dataset)


def _refuse_no_levels(path: Path, low: float, high: float) -> None:
    lowest, highest = DBM_LIMITS
    if lowest < low and high < highest:
        return
    what = f"{path}: holds values of {low:g}..{high:g}, which are no levels in dBm (between -200 and 0); "
    if low >= 20 and high < 200:
        raise InputError(
            f"{what}they may be levels without their sign, or path losses: of levels write the sign ({_calculated('-1.0*A')})"
        )
    if -2000 < low < -200 and high < -200:
        raise InputError(
            f"{what}they may be tenths of dBm: write levels in dBm ({_calculated('A/10.0')}, after gdal_translate -ot Float32)"
        )
    if lowest < low and high == highest:
        raise InputError(
            f"{what}0 is no level: where it means that nothing is received write -199 in its place "
            f"({_calculated('where(A==0,-199,A)')}), where it means that nothing is known declare it as "
            "nodata (gdal_edit.py -a_nodata 0)"
        )
    raise InputError(f'{what}state other values than "dbm"{_if_nodata(low, high)}')


def _if_nodata(low: float, high: float) -> str:
    """The mend for a value that may mark missing data; "" where none looks so."""
    odd = low if low < 0 else high
    if odd not in _FILLS and not (odd < 0 or odd > 1000):
        return ""
    return f", or where {odd:g} means that nothing is known declare it as nodata (gdal_edit.py -a_nodata {odd:g})"


def _calculated(expression: str, *, unset: bool = False) -> str:
    first = "gdal_edit.py -unsetnodata, then " if unset else ""
    return f'{first}gdal_calc.py -A in.tif --calc="{expression}" --outfile=out.tif'


def _other_classes(
    path: Path, values: str, counts: Mapping[float, int], undeclared: list[float], dataset: rasterio.DatasetReader
) -> InputError:
    """The refusal of values that the stated kind does not have."""
    shown = ", ".join(f"{value:g}" for value in undeclared[:5])
    allowed = ", ".join(str(value) for value in sorted(CLASSES[values]))
    holds = f'{path}: holds {shown}, but values = "{values}" allows {allowed}'
    if dataset.colorinterp[0] == ColorInterp.palette:
        colours = dataset.colormap(1)
        named = ", ".join(f"{value:g} is {_colour(colours.get(int(value)))}" for value in sorted(counts)[:5])
        return InputError(
            f"{holds}; it has a table of colours, and its numbers are places in it ({named}): write 1 for the covered ones and "
            f"0 for the others ({_calculated(f'A=={max(counts):g}')})"
        )
    if set(counts) <= {0.0, 255.0}:
        return InputError(
            f"{holds}; it is a mask, where 255 usually means covered: write 1 in its place ({_calculated('A==255')}); as nodata "
            "it would turn the map inside out"
        )
    low, high = min(counts), max(counts)
    if high <= 0 and DBM_LIMITS[0] < low <= -30:
        return InputError(f'{holds}; they look like levels: state values = "dbm" with threshold_dbm, such as -105')
    whole = all(float(value).is_integer() for value in counts)
    if not whole and low >= 0 and high <= 1:
        return InputError(f'{holds}; they look like shares: state values = "fraction"')
    # Numbers of cells or classes end anywhere, shares near the whole.
    if whole and low >= 0 and 90 <= high <= 100 and len(counts) > 8:
        return InputError(f'{holds}; they look like shares: state values = "percent"')
    if set(counts) == {1.0, 2.0}:
        return InputError(
            f"{holds}; say what they are: where 2 means not covered write 0 in its place ({_calculated('A==1')}), where it means "
            'variable coverage state values = "mce"'
        )
    return InputError(
        f'{holds}; state what they are: "mce", "dbm" (with threshold_dbm), "fraction" or "percent", or write 1 for covered and 0 '
        f"for not covered{_if_nodata(low, high)}"
    )


def _colour(colour: tuple[int, ...] | None) -> str:
    return "without a colour" if colour is None else "rgb " + " ".join(str(part) for part in colour[:3])


def warnings_of_values(
    values: str, counts: Mapping[float, int], low: float, high: float, missing: int, threshold_dbm: float | None
) -> tuple[InputWarning, ...]:
    """What is to be said of a raster that says the same of all its known cells."""
    if not counts:
        return ()
    if values == "dbm":
        assert threshold_dbm is not None
        nobody, all_of_it = high < threshold_dbm, low >= threshold_dbm
    elif values in SHARES:
        nobody, all_of_it = high == 0, low > 0 and low == high
    else:
        nobody, all_of_it = set(counts) == {0.0}, 0.0 not in counts and not (set(counts) == {1.0} and missing)
    held = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    if nobody:
        text = (
            f"No known cell of it is covered (it holds {held}); check its band, its values, its nodata (in a mask 255 is "
            "often what is covered) and its threshold."
        )
        return (InputWarning("covers_nobody", text, {"held": held}),)
    if all_of_it:
        text = f"Every known cell of it is covered (it holds {held}); check what its values mean, and its threshold."
        return (InputWarning("covers_all", text, {"held": held}),)
    return ()


def warnings_of_bands(dataset: rasterio.DatasetReader) -> tuple[InputWarning, ...]:
    """That one of several bands was read."""
    if dataset.count < 2:
        return ()
    names = [name for name in dataset.descriptions if name]
    shown = f" ({', '.join(names[:6])})" if names else ""
    text = f"Band 1 of {dataset.count} was read{shown}; what the others hold is in none of the figures."
    return (InputWarning("bands", text, {"count": dataset.count}),)


def notes_on_transparent(
    values: str, counts: Mapping[float, int], dataset: rasterio.DatasetReader
) -> tuple[tuple[str, ...], tuple[InputWarning, ...]]:
    """What is to be said of values that the raster's own table of colours leaves transparent: nobody who opens it sees them.
    What stands for no coverage is mostly drawn so; of what counts as covered it is a doubt."""
    if values not in CLASSES or dataset.colorinterp[0] != ColorInterp.palette:
        return (), ()
    colours = dataset.colormap(1)
    unseen = [value for value in sorted(counts) if len(one := colours.get(int(value), ())) == 4 and one[3] == 0]
    said: tuple[str, ...] = ()
    doubts: tuple[InputWarning, ...] = ()
    for value in unseen:
        count = counts[value]
        if value == 0:
            said += (
                f"Value 0 is transparent in its table of colours ({count} cells) and was taken as not covered; where it means "
                "that nothing is known, declare it as nodata (gdal_edit.py -a_nodata 0).",
            )
            continue
        text = (
            f"Value {value:g} is transparent in its table of colours ({count} cells), so that nobody sees it on the map, and was "
            "taken as covered; where it means not covered write 0 in its place, where nothing is known declare it as nodata."
        )
        doubts += (InputWarning("transparent", text, {"value": f"{value:g}", "cells": count}),)
    return said, doubts
