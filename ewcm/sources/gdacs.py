"""Events of GDACS (Global Disaster Alert and Coordination System), from its feeds of GeoRSS.

A feed gives a frame of each event, no footprint: people inside a frame are not people in danger, and every output says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from ewcm.errors import InputError
from ewcm.sources.xml import read_xml

_GDACS = "{http://www.gdacs.org}"

#: Types of events, as kinds of hazards.
KINDS = {
    "EQ": "earthquake",
    "TC": "wind",
    "FL": "flood",
    "VO": "volcano",
    "TS": "tsunami",
    "DR": "other",
    "WF": "other",
}

#: A feed of seven days has some hundred events.
MOST_EVENTS = 20_000


@dataclass(frozen=True)
class Events:
    """``table``: a row an event, EPSG:4326: ``event`` (type and number, such as TC1000642), ``kind``, ``level`` (Green, Orange,
    Red), ``name``, ``iso3``, ``geometry`` (its frame). ``broken``: events without a frame or a number, left out."""

    table: gpd.GeoDataFrame
    broken: int


def read_gdacs(path: Path) -> Events:
    """Read a feed. Raises :class:`InputError` for anything that is no feed of GDACS, and where no event is left."""
    root = read_xml(path, "GDACS")
    items = list(root.iter("item"))
    if root.tag != "rss" or not items:
        raise InputError(f"{path}: is XML but no feed of GDACS with events; download it again")
    if len(items) > MOST_EVENTS:
        raise InputError(f"{path}: has more than {MOST_EVENTS} events, as no feed of GDACS has; download it again")
    rows, broken = [], 0
    for item in items:
        kind, number = (str(item.findtext(f"{_GDACS}{key}") or "").strip() for key in ("eventtype", "eventid"))
        frame = _frame(str(item.findtext(f"{_GDACS}bbox") or ""))
        if kind not in KINDS or not number.isdigit() or frame is None:
            broken += 1
            continue
        rows.append(
            {
                "event": f"{kind}{number}",
                "kind": KINDS[kind],
                "level": str(item.findtext(f"{_GDACS}alertlevel") or "").strip(),
                "name": str(item.findtext(f"{_GDACS}eventname") or item.findtext("title") or "").strip(),
                "iso3": str(item.findtext(f"{_GDACS}iso3") or "").strip(),
                "geometry": frame,
            }
        )
    if not rows:
        raise InputError(f"{path}: holds no event with a frame; download it again")
    return Events(gpd.GeoDataFrame(rows, crs="EPSG:4326"), broken)


def _frame(text: str) -> shapely.Geometry | None:
    """The frame of ``west east south north`` in degrees; across 180° it runs on beyond. None where it is none."""
    try:
        west, east, south, north = (float(part) for part in text.split())
    except ValueError:
        return None
    if not np.isfinite([west, east, south, north]).all() or not -90 <= south < north <= 90:
        return None
    if east < west:
        east += 360.0
    if not (-360 <= west < east <= 540 and east - west <= 360):
        return None
    return shapely.box(west, south, east, north)
