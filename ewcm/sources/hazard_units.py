"""In what unit the intensities of a hazard are: what is stated, what the file says itself, and where the two contradict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.band_units import unit_of_hazard
from ewcm.sources.hazard_values import KINDS, SHAKING
from ewcm.sources.tracks import TEN_MINUTES

#: Logarithms, as files of shaking call them: ``ln(g)``, ``ln(pctg)``, ``log10``, ``lnPGA``.
_LOGARITHM = re.compile(r"\b(ln|log10|log)\b|\b(ln|log)_?(pga|pgv|sa|g)\b", re.IGNORECASE)

#: Units of water and wind by the words of names and descriptions; "" for one that is not read.
_WORDS = {
    **dict.fromkeys(("cm", "cms", "centimetre", "centimetres", "centimeter", "centimeters", "centimetros"), "cm"),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters", "milimetros"), "mm"),
    **dict.fromkeys(("ft", "feet", "foot", "pies", "pieds"), "ft"),
    **dict.fromkeys(("dm", "decimetre", "decimetres", "decimeter", "decimeters"), ""),
    **dict.fromkeys(("kt", "kts", "knot", "knots", "noeuds", "nudos"), "kt"),
    **dict.fromkeys(("kmh", "kph", "kmph"), "km/h"),
    **dict.fromkeys(("mph",), "mph"),
}

#: Measures of shaking that are no MMI, as words of names and descriptions.
_ACCELERATION = re.compile(r"\b(pga|psa|sa\d*|acceleration|aceleraci[oó]n|acc[eé]l[eé]ration)\b", re.IGNORECASE)
_VELOCITY = re.compile(r"\b(pgv|pgd|velocity|displacement|vitesse|velocidad)\b", re.IGNORECASE)

#: What maps of water hold that is no depth, by words of names and descriptions.
_NO_DEPTH = re.compile(
    r"\b(probabilit(?:y|ies)|probabilit[eé]|probabilidade?|likelihood|frequency|velocity|velocities|vitesse|velocidade?"
    r"|arrival|duration|dur[eé]e|duraci[oó]n|dura[cç][aã]o|hand|elevation|wse|dem|dtm|dsm|altitude|altitud)\b",
    re.IGNORECASE,
)

_DEPTH = re.compile(r"depth|profond|profund|hauteur d.eau|altura de agua|tirant", re.IGNORECASE)

#: Words of gusts, which are stronger than means over a minute.
_GUSTS = re.compile(r"\b(gusts?|rafales?|r[aá]fagas?|rajadas?)\b", re.IGNORECASE)

#: Keys of a raster's own words that may tell the unit.
_TAGS = re.compile(r"units?$|long_name|standard_name|description|title|parameter|variable|measure", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """``name``: that of the hazard, the first of its kind. ``factor``: brings the file's values to it. ``of_thresholds``: brings
    thresholds to it, which are in the unit that is stated. ``usual``: whether the thresholds of the kind hold."""

    name: str
    factor: float
    of_thresholds: float
    usual: bool
    notes: tuple[str, ...] = ()
    warnings: tuple[InputWarning, ...] = ()


def unit_of(path: Path, kind: str, asked: Mapping[str, Any], dataset: rasterio.DatasetReader) -> Unit:
    """The unit of a raster's intensities. ``asked``: what the inputs state. Raises :class:`InputError` where it is none of the
    kind, a logarithm, or where the file says that it is another one."""
    own, said = unit_of_hazard(dataset), _own_words(path, dataset)
    units = dict(KINDS[kind].units)
    if kind == "earthquake" and asked.get("unit") in SHAKING:
        units = SHAKING
    stated = asked.get("unit") or next(iter(units), "")
    if units and stated not in units:
        known = [*units, *(SHAKING if kind == "earthquake" else ())]
        raise InputError(f"{path}: unit = '{stated[:30]}' is none of {kind}; use {', '.join(known)}")
    if not stated:
        raise InputError(f'{path}: a hazard of kind {kind} needs its unit stated, as in unit = "kPa"')
    _refuse_logarithm(path, kind, own, said)
    if own in units and own != stated:
        raise InputError(f'{path}: the file says its values are in {own}, inputs.toml {stated}; state unit = "{own}"')
    warnings: tuple[InputWarning, ...] = ()
    if own and units and own not in units:
        if "unit" not in asked:
            raise InputError(
                f"{path}: says that its values are in '{one_line(own, 40)}', which is no unit of {kind} ({', '.join(units)}); "
                "state the one that they are in, or write them anew"
            )
        values = {"own": one_line(own, 40), "unit": stated}
        text = f"It says that its values are in '{values['own']}'; they were taken as {stated}, as stated."
        warnings = (InputWarning("other_unit", text, values),)
    if "unit" not in asked and not own:
        _refuse_words(path, kind, stated, said)
    if kind == "wind" and _GUSTS.search(said):
        text = (
            "It calls its winds gusts; they were taken as means over one minute, of which gusts are 1.1 to 1.5 times."
        )
        warnings += (InputWarning("gusts", text),)
    minutes = asked.get("averaging_minutes", 1)
    if minutes not in (1, 10) or (minutes != 1 and kind != "wind"):
        raise InputError(f"{path}: averaging_minutes = {minutes} is not known; winds are means over 1 or 10 minutes")
    factor = units.get(stated, 1.0)
    several = len(units) > 1 or kind == "earthquake"
    notes = (
        (f"No unit is stated: values were taken as {stated}.",) if several and "unit" not in asked and not own else ()
    )
    of_values = factor / TEN_MINUTES if minutes == 10 else factor
    return Unit(next(iter(units), stated), of_values, factor, units is not SHAKING, notes, warnings)


def _own_words(path: Path, dataset: rasterio.DatasetReader) -> str:
    """What a raster calls itself and its band, in one text of words."""
    tags = {**dataset.tags(), **dataset.tags(1)}
    told = [text for key, text in tags.items() if _TAGS.search(key)]
    texts = [re.sub(r"[_\-.]+", " ", path.stem), dataset.descriptions[0] or "", *told]
    return " ".join(text for text in texts if text)


def _refuse_logarithm(path: Path, kind: str, own: str, said: str) -> None:
    if _LOGARITHM.search(own) or (kind == "earthquake" and _LOGARITHM.search(said)):
        about = one_line(own or said, 60)
        raise InputError(
            f"{path}: calls its values '{about}', which are logarithms; write the values themselves (e to the power of each)"
        )


def _refuse_words(path: Path, kind: str, taken: str, said: str) -> None:
    """Refuse values of no stated unit whose name or description says another than the one they would be taken in."""
    if kind == "earthquake":
        if _VELOCITY.search(said):
            raise InputError(
                f"{path}: calls itself '{one_line(said, 60)}', a speed or a way of the ground; give MMI, or accelerations"
            )
        if _ACCELERATION.search(said):
            raise InputError(
                f"{path}: calls itself '{one_line(said, 60)}', accelerations and no MMI; "
                'state unit = "%g" or "g", and thresholds'
            )
        return
    units = KINDS[kind].units
    if len(units) < 2:
        return
    if "m" in units and (other := _NO_DEPTH.search(said)) and not _DEPTH.search(said):
        raise InputError(
            f"{path}: calls itself '{one_line(said, 60)}', and {other[0].lower()} is no depth; give a map of depths (or state "
            f'unit = "{taken}" where that is what it holds; shares of a cell: values = "fraction")'
        )
    words = re.sub(r"km ?/ ?h\b", "kmh", said.lower())
    for word in re.split(r"[^a-z]+", words):
        found = _WORDS.get(word)
        if found is None or found == taken or (found and found not in units):
            continue
        mend = f'state unit = "{found}", or "{taken}" where they are' if found else "write them in metres"
        raise InputError(
            f"{path}: calls itself '{one_line(said, 60)}', so that its values may be in {found or word}, not in {taken}; {mend}"
        )


def check_thresholds(path: Path, unit: str, thresholds: tuple[float, ...], highest: float) -> None:
    """Refuse thresholds and values that are no MMI, a scale from 1 on, of which those below are nothing that anybody felt."""
    if unit != "MMI":
        return
    if thresholds[0] < 1:
        raise InputError(
            f'{path}: thresholds hold {thresholds[0]:g}, which is no MMI (1 to 12); state unit = "g" or "%g" where the values '
            "are accelerations"
        )
    if 0 < highest < 1:
        raise InputError(
            f'{path}: its values end at {highest:.3g}, which is no MMI (1 to 12); state unit = "g" or "%g" where they are '
            "accelerations, and thresholds"
        )


def unit_of_field(path: Path, name: str, own: str, stated: str | None, values: np.ndarray) -> str:
    """The unit of a field of a ShakeMap: what the file says, else what is stated. Raises :class:`InputError`."""
    if _LOGARITHM.search(own) or (own != "MMI" and values.size and float(values.min()) < 0):
        raise InputError(
            f"{path}: its {name} is in '{own[:20]}' and goes down to {float(values.min()):.3g}: logarithms, which are not read; "
            'use field = "MMI", or a grid.xml whose PGA is in %g'
        )
    known = {"MMI": ("MMI",), "PGV": ("cm/s", "m/s")}.get(name, tuple(SHAKING))
    if not own:
        if stated in known:
            return str(stated)
        raise InputError(f'{path}: states no unit of {name}; state unit = "{known[0]}" where that is what it is in')
    if own not in ("MMI", "cm/s", "m/s", *SHAKING):
        raise InputError(f"{path}: its {name} is in '{own[:20]}', which is not read; use field = \"MMI\", or PGA in %g")
    if stated is not None and stated != own:
        raise InputError(f"{path}: {name} is in {own}, not in '{stated[:20]}'; remove the unit from inputs.toml")
    return own
