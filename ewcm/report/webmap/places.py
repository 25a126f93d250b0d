"""Names on the map: places, neighbours and lakes, each in every language that its source has it in."""

from __future__ import annotations

from typing import Any

import shapely

from ewcm.core import longitude
from ewcm.core.geojson import geometries
from ewcm.countries import LANGUAGES
from ewcm.report.numbers import DECIMALS, shortened
from ewcm.result import CountryResult

#: Places in the page, the most important first.
PLACES_LISTED = 3000

#: Lakes smaller than this [degrees across] get no name.
_LAKE_DEG = 0.05


def places(result: CountryResult, east: float) -> list[list[object]]:
    """``[name, latitude, longitude, rank, names by language]`` of the places, the most important first; ``east``: edge of the
    map."""
    if result.data.places is None:
        return []
    table = result.data.places.table.sort_values(["rank", "population"], ascending=[True, False], na_position="last")
    languages = [language for language in LANGUAGES if f"name_{language}" in table.columns]
    found: list[list[object]] = []
    for row in table.head(PLACES_LISTED).to_dict("records"):
        others = {language: row[f"name_{language}"] for language in languages}
        names = {language: text for language, text in others.items() if isinstance(text, str) and text}
        place: list[object] = [
            str(row["name"]),
            shortened(float(row["lat"]), 4),
            beside(shortened(float(row["lon"]), 4), east),
        ]
        found.append([*place, int(row["rank"]), *([names] if names else [])])
    return found


def area_names(result: CountryResult) -> dict[tuple[int, str], dict[str, str]]:
    """Names by language of the areas (by level and code) for which the boundaries hold them."""
    if result.data.boundaries is None:
        return {}
    table = result.data.boundaries.table
    columns = {language: f"name_{language}" for language in LANGUAGES if f"name_{language}" in table.columns}
    return {
        (int(row["level"]), str(row["area_id"])): {
            language: row[column]
            for language, column in columns.items()
            if isinstance(row[column], str) and row[column]
        }
        for _, row in table.iterrows()
    }


def land_and_water(basemap: dict[str, dict[str, Any]], own: str) -> list[dict[str, object]]:
    """Where the names of the other countries and of the lakes stand, the names by language, and their size [degrees]; ``own``:
    the code of the country itself, which its page names already."""
    found: list[dict[str, object]] = []
    for kind in ("land", "lakes"):
        for feature in (basemap.get(kind) or {}).get("features", []):
            properties = feature.get("properties") or {}
            names = {code: str(properties.get(f"name_{code}") or "") for code in LANGUAGES}
            if not feature.get("geometry") or not names["en"] or properties.get("iso_a3") == own:
                continue
            largest = max(shapely.get_parts(geometries([feature["geometry"]])), key=shapely.area)
            west, south, east, north = largest.bounds
            size = round(max(east - west, north - south), 3)
            if kind == "lakes" and size < _LAKE_DEG:
                continue
            point = shapely.point_on_surface(largest)
            entry = {"names": names, "lat": round(point.y, 3), "lon": round(point.x, 3), "size": size}
            found.append(entry | ({"water": 1} if kind == "lakes" else {}))
    return found


def beside(lon: float, east: float) -> float:
    """A longitude (−180..180) on the country's side of the 180th meridian, of five decimals."""
    return shortened(float(longitude.on_map(shortened(lon, DECIMALS), east)), 5)
