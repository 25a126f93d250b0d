"""Kinds of hazards, and what the values of a raster of one may be: looked at before its figures are relied on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from ewcm.core import grid
from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.rasters import read_values
from ewcm.sources.tracks import TEN_MINUTES

_DEPTH = {"m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048}
_WIND = {"m/s": 1.0, "km/h": 1 / 3.6, "kt": 1852 / 3600, "mph": 0.44704}


@dataclass(frozen=True)
class Kind:
    """A kind of hazard: its units with the factor to the first of them, what no real intensity exceeds (in that unit), and the
    default thresholds."""

    units: Mapping[str, float]
    most: float
    thresholds: tuple[float, ...]


#: Kinds of hazards. Depths of water that stop a car, that reach the knee and the waist. Winds of a hurricane (64 kt) and of its
#: third category. Shaking that everybody feels, with slight damage (VI), and heavy damage to ordinary buildings (VIII).
#: Landslides: the class "high" of 1 to 5.
KINDS = {
    "flood": Kind(_DEPTH, 100.0, (0.15, 0.5, 1.0)),
    "coastal": Kind(_DEPTH, 100.0, (0.15, 0.5, 1.0)),
    "tsunami": Kind(_DEPTH, 100.0, (0.15, 0.5, 1.0)),
    "wind": Kind(_WIND, 110.0, (33.0, 50.0)),
    "earthquake": Kind({"MMI": 1.0}, 12.0, (6.0, 8.0)),
    "landslide": Kind({"class": 1.0}, 10.0, (4.0,)),
    "volcano": Kind({}, np.inf, ()),
    "other": Kind({}, np.inf, ()),
    "ground": Kind({}, np.inf, ()),
}

#: Water deeper than this [m] and winds above this [m/s] are doubted: hardly any town stands where a river rises so far, and no
#: wind of a cyclone over land was higher.
_DOUBTFUL = {"m": 20.0, "m/s": 85.0}

#: Thresholds below these are doubted: water of a centimetre [m], a breeze [m/s].
_LEAST = {"m": 0.01, "m/s": 10.0}

#: Maps of shorter return periods than this may well reach nobody.
_RARE_YEARS = 50.0

#: A return period in the name of a file in small letters with ``_`` between its words: ``rp100``, ``rp00100``, ``100yr``.
_RETURN_PERIOD = re.compile(r"(^|_)rp_?(\d{1,6})(y|yr|years)?(_|$)|(^|_)(\d{1,6})_?(y|yr|years)(_|$)")

#: Acceleration of the ground, for which no threshold is usual.
SHAKING = {"%g": 1.0, "g": 100.0}


#: A climate scenario, and the year that a map of it holds for, as in ``rcp4p5_MIROC-ESM-CHEM_2030``.
_SCENARIO = re.compile(r"(?:^|_)(?:(rcp)_?(\d)[p_]?(\d)|(ssp)(\d)_?(\d)?[p_]?(\d)?)(?:_|$)")
_YEAR = re.compile(r"(?:^|_)(20[2-9]\d|2100)(?:_|$)")


@dataclass(frozen=True)
class Seen:
    """What the cells of a raster hold, in the hazard's unit. ``shares``: of the known cells at or above each threshold."""

    low: float
    high: float
    known: int
    missing: int
    whole: bool
    shares: tuple[float, ...]

    @property
    def extent(self) -> bool:
        """Whether the file tells ground in the hazard from other ground and no more: by 0 and 1, or by 1 and nodata."""
        return self.whole and self.high == 1 and (self.low == 0 or (self.low == 1 and self.missing > 0))


def in_first_unit(kind: str, unit: str | None, value: float) -> float:
    """An intensity that is stated in a unit of its kind, in the first of them; as it is where the unit is none or not known."""
    units = SHAKING if kind == "earthquake" and unit in SHAKING else KINDS[kind].units
    return value * units.get(unit or "", 1.0)


def period_of_name(stem: str) -> int | None:
    """The return period [years] that the name of a file tells; None where it tells none."""
    found = _RETURN_PERIOD.search(re.sub(r"[\W_]+", "_", stem.lower()))
    return int(found.group(2) or found.group(6)) if found else None


def scenario_of_name(stem: str) -> tuple[str, int | None]:
    """The climate scenario that the name of a file tells, such as RCP4.5, and the year that its map holds for; "" and None where
    it tells none."""
    plain = re.sub(r"[\W_]+", "_", stem.lower())
    found = _SCENARIO.search(plain)
    if found is None:
        return "", None
    parts = [part for part in found.groups() if part]
    year = _YEAR.search(plain)
    name = parts[0].upper() + (".".join(parts[1:]) if parts[0] == "rcp" else "-".join(parts[1:]))
    return name, None if year is None else int(year.group(1))


def scan(dataset: rasterio.DatasetReader, factor: float, thresholds: Sequence[float]) -> Seen:
    low, high, known, missing, whole = np.inf, -np.inf, 0, 0, True
    above = np.zeros(len(thresholds), dtype=np.int64)
    for rows in grid.blocks(dataset.height):
        window = Window(0, rows.start, dataset.width, rows.stop - rows.start)
        raw, gone = read_values(dataset, window)
        values = raw[~gone].astype(np.float64) * factor
        missing += int(gone.sum())
        if values.size:
            known += values.size
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            whole &= bool((values == np.rint(values)).all())
            above += [int(reaches(values.astype(np.float32), threshold).sum()) for threshold in thresholds]
    return Seen(low, high, known, missing, whole, tuple((above / max(1, known)).tolist()))


def reaches(intensity: np.ndarray, threshold: float) -> np.ndarray:
    """Where intensities (float32) are at or above a threshold; above it where it is 0, which ground out of the hazard has too."""
    least = np.float32(threshold)  # 0.15 is stored as float32, and must reach a threshold of 0.15
    return np.asarray(intensity > least if threshold == 0 else intensity >= least)


def check_bands(path: Path, names: Sequence[str | None]) -> None:
    """Refuse a raster whose bands are called by several return periods: the first alone would stand for all of them."""
    periods = [period_of_name(name or "") for name in names]
    if len({period for period in periods if period is not None}) > 1:
        told = ", ".join(one_line(name, 30) for name in names[:6] if name)
        raise InputError(
            f"{path}: holds maps of several return periods in its bands ({told}); write each band to a file of its own "
            "(gdal_translate -b 2), and state its return_period"
        )


def check_values(path: Path, hazard: Mapping[str, Any], seen: Seen, asked: Mapping[str, Any]) -> None:
    """Refuse values that are not what they are said to be. ``asked``: what the inputs state; where they state no ``values``, they
    are taken for intensities."""
    kind, unit, stated = hazard["kind"], hazard["unit"], asked.get("values")
    values = stated or "intensity"
    if not seen.known:
        raise InputError(f"{path}: holds nothing but nodata; check the file")
    span = f"holds values of {seen.low:g}..{seen.high:g}"
    if not np.isfinite([seen.low, seen.high]).all():
        raise InputError(
            f"{path}: {span}, which are not finite; declare its nodata in the file (gdal_edit.py -a_nodata)"
        )
    if values == "fraction" and not (seen.low >= 0 and seen.high <= 1 + 1e-6):
        mend = 'values = "percent"' if seen.low >= 0 and seen.high <= 100 else 'values = "intensity", or nodata'
        raise InputError(f"{path}: {span}, which are no shares of a cell (0..1); state {mend}")
    if values == "percent" and not (seen.low >= 0 and seen.high <= 1 + 1e-6):
        raise InputError(
            f"{path}: holds values of {100 * seen.low:g}..{100 * seen.high:g}, which are no per cent; correct values"
        )
    if values == "class" and not (seen.whole and seen.low >= 0 and seen.high <= 255):
        raise InputError(f"{path}: {span}, which are no classes (whole numbers from 0 to 255); state other values")
    if values == "class" and seen.high == 255 > max(hazard["thresholds"]):
        raise InputError(
            f"{path}: holds a class 255, which is mostly ground without data; declare it as nodata in the file (gdal_edit.py "
            "-a_nodata 255), or state thresholds = [255] where it is the hazard"
        )
    if values == "intensity" and unit == "class" and not seen.whole and not asked.get("thresholds"):
        raise InputError(
            f'{path}: {span}, which are no classes (whole numbers); state values = "fraction" where they are shares of the cell, '
            "or thresholds on their own scale"
        )
    if stated is None and unit == "m" and seen.extent:
        raise InputError(
            f'{path}: holds nothing but 0 and 1, an extent and no depths; state values = "fraction" (1: the whole cell), with '
            'nodata_is = "none" where its nodata is dry ground, or values = "intensity" where they are metres'
        )
    if values == "intensity" and KINDS[kind].units:
        most = KINDS[kind].most if unit not in SHAKING else 1000.0
        if not (seen.low >= 0 and seen.high <= most):
            raise InputError(
                f"{path}: {span}, which are none of {kind} in {unit} (0..{most:g}); state the unit of the file, or declare its "
                "nodata in it (gdal_edit.py -a_nodata)"
            )


def assumptions(seen: Seen, nodata_is: str, coarse: bool, asked: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    if seen.missing:
        meaning = (
            "was taken as ground that the hazard does not reach, as stated" if nodata_is == "none" else "is unknown"
        )
        notes.append(f"{seen.missing} cells are nodata; the hazard there {meaning}.")
    notes.append(
        "Its cells are larger than those of the grid: each grid cell has the value at its middle."
        if coarse
        else "Of each grid cell the exact share of its ground at or above the threshold was taken."
    )
    if asked.get("averaging_minutes") == 10:
        notes.append(f"Its winds are 10-min means; they were divided by {TEN_MINUTES} for 1-min means.")
    return tuple(notes)


def warnings_of(
    path: Path, hazard: Mapping[str, Any], seen: Seen, asked: Mapping[str, Any]
) -> tuple[InputWarning, ...]:
    """What to doubt of a raster. ``asked``: what the inputs state."""
    named, period = period_of_name(path.stem), hazard["return_period"]
    doubts = doubts_of_values(hazard, seen, asked)
    scenario, year = scenario_of_name(path.stem)
    if scenario and not hazard["scenario"]:
        about = f"{scenario}, {year}" if year else scenario
        text = (
            f"Its name tells a projection ({about}), the inputs state no scenario, so that it stands there as the hazard of "
            f'today; state it, as in scenario = "{scenario}"' + (f", year = {year}." if year else ".")
        )
        doubts += (InputWarning("scenario_of_name", text, {"about": about}),)
    if named is None or hazard["event"] or (period is not None and round(period) == named):
        return doubts
    values = {"named": named, "stated": "–" if period is None else round(period)}
    text = (
        f"Its name tells a return period of {named} years, the inputs state {values['stated']}; the inputs were followed: state "
        "return_period as it is."
    )
    return (*doubts, InputWarning("period_of_name", text, values))


def doubts_of_values(hazard: Mapping[str, Any], seen: Seen, asked: Mapping[str, Any]) -> tuple[InputWarning, ...]:
    """What to doubt of intensities. ``asked``: what the inputs state."""
    often = hazard["return_period"] is not None and hazard["return_period"] < _RARE_YEARS
    lowest = hazard["thresholds"][0]
    if asked.get("thresholds") and 0 < lowest < _LEAST.get(hazard["unit"], 0.0):
        values = {"lowest": f"{lowest:.3g}", "unit": hazard["unit"]}
        text = (
            f"Its lowest threshold is {values['lowest']} {values['unit']}, which is hardly a danger; thresholds are in the unit "
            "that is stated for the values."
        )
        return (InputWarning("low_threshold", text, values),)
    if asked.get("values") == "percent" and 0 < seen.high <= 0.01:
        values = {"most": f"{100 * seen.high:.3g}"}
        text = (
            f"Its values end at {values['most']}, taken for per cent; where they are shares of the cell (0 to 1), state "
            'values = "fraction".'
        )
        return (InputWarning("maybe_shares", text, values),)
    if seen.low > 0 and seen.shares and min(seen.shares[:1]) == 1.0 and np.isfinite(hazard["thresholds"][0]):
        text = "Every known cell is at or above the lowest threshold; check its unit, or what its nodata means (nodata_is)."
        return (InputWarning("all_exposed", text),)
    if hazard["unit"] == "m/s" and seen.high > _DOUBTFUL["m/s"]:
        text = (
            f"Its winds reach {seen.high:.4g} m/s, more than any storm had over land; check that they are no km/h and "
            "no knots."
        )
        return (InputWarning("fast", text, {"speed": round(seen.high)}),)
    if hazard["unit"] == "m" and seen.high > _DOUBTFUL["m"]:
        text = f"Its depths reach {seen.high:.4g} m; check that its values are metres, and neither centimetres nor per cent."
        return (InputWarning("deep", text, {"metres": round(seen.high)}),)
    settled = "values" in asked and "unit" in asked
    if hazard["unit"] == "m" and not settled and seen.whole and seen.high > 1:
        text = (
            f"Its values are whole numbers up to {seen.high:g}, taken for metres of water; where they are classes, state "
            'values = "class" and thresholds, where they are centimetres, unit = "cm" (metres: values = "intensity", unit = "m").'
        )
        return (InputWarning("maybe_classes", text, {"most": round(seen.high)}),)
    if seen.shares and max(seen.shares[:1]) == 0.0 and np.isfinite(hazard["thresholds"][0]) and not often:
        text = f"No known cell is at or above the lowest threshold (its values end at {seen.high:.4g}); check its unit."
        return (InputWarning("none_exposed", text, {"most": f"{seen.high:.4g}"}),)
    return ()
