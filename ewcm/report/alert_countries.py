"""Which published countries an alert touches, and the ground of codes of areas."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.errors import InputError
from ewcm.report.alert_reach import touches
from ewcm.sources.alert_areas import code_key
from ewcm.sources.alerts import Alert, bounds_of
from ewcm.sources.vectors import polygons_only, read_vector


def folders_of(
    alerts: Sequence[Alert], countries: Sequence[str], maps: Path, of_code: Mapping[str, BaseGeometry]
) -> dict[str, tuple[Path, list[Alert]]]:
    """The folder of each published country that is asked for (or of several), and the alerts that are looked at there.

    Without ``countries`` every published country under ``maps`` that an alert touches, by its shapes or codes of its areas.
    """
    if countries:
        return {iso3: (maps, list(alerts)) for iso3 in countries}
    if not maps.is_dir():
        raise InputError(f"{maps}: no such folder; name the folder of published countries, or run a country first")
    found = {}
    for manifest in _published(maps):
        about = _about(manifest)
        if about is None:
            continue
        iso3, bbox = about
        codes = _codes_in(manifest.parent / "areas.csv")
        mine = [each for each in alerts if touches(each, bbox) or _names(each, codes, of_code)]
        if mine:
            found[iso3] = (manifest.parent, mine)
    return found


def exchanged_in(alert: Alert, maps: Path) -> list[str]:
    """The published countries in whose box an alert would lie if latitude and longitude had been written the other way round."""
    bounds = bounds_of(alert)
    if bounds is None or max(abs(bounds[0]), abs(bounds[2])) > 90:
        return []
    turned = shapely.box(bounds[1], bounds[0], bounds[3], bounds[2])
    area = replace(alert.groups[0].areas[0], shape=turned)
    other = replace(alert, groups=(replace(alert.groups[0], areas=(area,)),))
    published = [about for manifest in _published(maps) if (about := _about(manifest)) is not None]
    return [iso3 for iso3, bbox in published if bbox is not None and touches(other, bbox)]


def areas_without_ground(alert: Alert) -> list[str]:
    """The areas of an alert of which neither a polygon nor a circle says the ground: their codes, else their words. A point and
    what is no shape have notes of their own."""
    found: dict[str, None] = {}
    for area in (area for group in alert.groups for area in group.areas):
        if area.shape is None and not area.points and not area.broken:
            told = [f"{scheme} {code}".strip() for scheme, code in area.codes] or [area.description]
            found.update(dict.fromkeys(text[:60] for text in told if text))
    return list(found)


def _published(maps: Path) -> list[Path]:
    """The manifests of the published countries of a folder, which may be that of one country."""
    own = maps / "manifest.json"
    return [own] if own.is_file() else sorted(maps.glob("*/manifest.json"))


def _about(manifest: Path) -> tuple[str, list[float] | None] | None:
    """The code and the box of a published country; None for a manifest of something else."""
    try:
        country = json.loads(manifest.read_text(encoding="utf-8"))["country"]
        return str(country["iso3"]), country["bbox"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _codes_in(path: Path) -> frozenset[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return frozenset(row["area_id"].upper() for row in csv.DictReader(stream) if row.get("area_id"))
    except (OSError, ValueError, KeyError, csv.Error):
        return frozenset()


def _names(alert: Alert, codes: frozenset[str], of_code: Mapping[str, BaseGeometry]) -> bool:
    """Whether an alert names areas of a country, or areas of a table that somebody gave."""
    named = [code for group in alert.groups for area in group.areas if area.shape is None for code in area.codes]
    return any(
        code.upper() in codes or code_key(scheme, code) in of_code or code_key("", code) in of_code
        for scheme, code in named
    )


def ground_of_codes(path: Path) -> dict[str, BaseGeometry]:
    """The ground of codes from a file of polygons with a column ``code`` (or ``area_id``) and, where it has it, ``scheme``."""
    frame, _ = polygons_only(path, read_vector(path).frame)
    names = {str(name).lower(): name for name in frame.columns}
    column = names.get("code", names.get("area_id"))
    if column is None:
        raise InputError(f"{path}: has no column code; it needs one with the codes of the areas, and may have scheme")
    schemes = frame[names["scheme"]].fillna("").astype(str) if "scheme" in names else [""] * len(frame)
    parts: dict[str, list[BaseGeometry]] = {}
    for scheme, code, shape in zip(schemes, frame[column].astype(str), frame.geometry, strict=True):
        parts.setdefault(code_key(scheme, code), []).append(shape)
    return {key: shapely.union_all(shapes) for key, shapes in parts.items()}
