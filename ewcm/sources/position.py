"""Is this file in that country? The check that catches wrong files and swapped coordinates."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np

from ewcm.core import longitude
from ewcm.core.input_warning import InputWarning
from ewcm.countries import Country
from ewcm.errors import InputError

Bbox = tuple[float, float, float, float]  # west, south, east, north [degrees]; east may exceed 180

#: Degrees around the country that still count as inside: boxes are rounded, islets forgotten.
MARGIN_DEG = 1.0


def share_inside(bbox: Bbox, lat: np.ndarray, lon: np.ndarray, margin_deg: float = MARGIN_DEG) -> float:
    """Share (0..1) of points inside a box widened by a margin; longitudes are compared modulo 360."""
    if lat.size == 0:
        return 0.0
    west, south, east, north = bbox
    in_lat = (lat >= south - margin_deg) & (lat <= north + margin_deg)
    in_lon = longitude.is_within(lon, west, east, margin_deg)
    return float(np.mean(in_lat & in_lon))


def exchanged(lat: np.ndarray, lon: np.ndarray, bbox: Bbox | None) -> np.ndarray:
    """Rows outside the country that lie in it once latitude and longitude are exchanged, where most others lie in it as they
    are. None where most are exchanged: that whole file is refused by :func:`check_position`."""
    if bbox is None:
        return np.zeros(len(lat), dtype=bool)
    west, south, east, north = bbox

    def within(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return (y >= south - MARGIN_DEG) & (y <= north + MARGIN_DEG) & longitude.is_within(x, west, east, MARGIN_DEG)

    safe_lat, safe_lon = np.nan_to_num(lat, nan=999.0), np.nan_to_num(lon, nan=999.0)
    inside = within(safe_lat, safe_lon)
    other: np.ndarray = ~inside & within(safe_lon, safe_lat)
    return np.zeros(len(lat), dtype=bool) if other.sum() > inside.sum() else other


def extent_of(shapes: gpd.GeoDataFrame) -> Bbox:
    """The box around all corners of some shapes in EPSG:4326."""
    west, south, east, north = (float(value) for value in shapes.total_bounds)
    return west, south, east, north


def check_position(
    path: Path,
    what: str,
    lat: np.ndarray,
    lon: np.ndarray,
    country: Country,
    bbox: Bbox | None,
    extent: Bbox | None = None,
) -> tuple[InputWarning, ...]:
    """Refuse a file most of whose points lie outside the country; warn of one with many outside.

    ``bbox``: where the country is (by its boundaries or the registry); None leaves the file unchecked. ``extent``: of the
    shapes whose points these are, as they reach farther; it is what an error names. Returns warnings.
    """
    if bbox is None or lat.size == 0:
        return ()
    inside = share_inside(bbox, lat, lon)
    if inside < 0.5:
        west, south, east, north = extent or (np.min(lon), np.min(lat), np.max(lon), np.max(lat))
        where = f"{west:.2f}..{east:.2f} east, {south:.2f}..{north:.2f} north"
        if share_inside(bbox, lon, lat) > max(inside, 0.5):
            raise InputError(f"{path}: latitude and longitude are swapped ({where}); exchange the two")
        raise InputError(
            f"{path}: lies outside {country.name} ({what}: {where}); check that it is the file of {country.iso3}"
        )
    if inside < 0.95:
        percent = round((1 - inside) * 100)
        text = f"{percent} % of the {what} lie outside {country.name}'s bounding box."
        return (InputWarning("elsewhere", text, {"percent": percent}),)
    return ()


#: A list of a country has at least so many places, and a side of the equator that is left empty at least this share of the
#: country's width.
_PLACES, _SHARE_OF_SIDE = 20, 0.15


def signs_lost(lat: np.ndarray, lon: np.ndarray, country: Country, bbox: Bbox | None) -> tuple[InputWarning, ...]:
    """A doubt where all positions lie on one side of the equator (or of the meridian of Greenwich), on both of which the country
    lies, and reach from there over most of that side: their signs may be lost, or turned round."""
    if bbox is None or lat.size < _PLACES:
        return ()
    west, south, east, north = bbox
    found: tuple[InputWarning, ...] = ()
    for code, side, values, empty, filled in (
        ("none_south", "south of the equator", lat, -south, north),
        ("none_north", "north of the equator", -lat, north, -south),
        ("none_west", "west of the meridian of Greenwich", lon, -west, east),
        ("none_east", "east of the meridian of Greenwich", -lon, east, -west),
    ):
        width = empty + filled
        if min(empty, filled) <= 0 or empty < _SHARE_OF_SIDE * width:
            continue
        if values.min() >= 0 and values.min() < 0.1 * width and values.max() > 0.5 * filled:
            percent = round(100 * empty / width)
            text = (
                f"None of its {lat.size} positions lies {side}, where {percent} % of {country.name} stretches; if signs or "
                "letters of the compass were lost, some stand on the wrong side."
            )
            found += (InputWarning(code, text, {"count": int(lat.size), "percent": percent}),)
    found = found or _turned_round(lat, lon, country, bbox)
    # Counted last: of millions of positions it takes long.
    return found if found and np.unique(np.stack([lat, lon]), axis=1).shape[1] >= _PLACES else ()


#: Degrees around the country within which it is counted how many positions lie in it one way and the other, and by how much the
#: other way has to be better.
_NEAR_DEG, _BETTER = 0.1, 0.1


def _turned_round(lat: np.ndarray, lon: np.ndarray, country: Country, bbox: Bbox) -> tuple[InputWarning, ...]:
    """A doubt where more positions would lie in the country with the sign of one axis turned round."""
    here = share_inside(bbox, lat, lon, _NEAR_DEG)
    for axis, north, east in (("latitudes", -lat, lon), ("longitudes", lat, -lon)):
        there = share_inside(bbox, north, east, _NEAR_DEG)
        if there > here + _BETTER:
            now, then = round(100 * here), round(100 * there)
            text = (
                f"{now} % of its positions lie in the box around {country.name}, and {then} % would with the signs of its {axis} "
                "turned round; are they?"
            )
            return (InputWarning(f"turned_{axis}", text, {"percent": now, "turned": then}),)
    return ()
