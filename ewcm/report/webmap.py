"""The map of one country: one HTML file that needs no network."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from ewcm import grid
from ewcm.analysis.coldspots import COLUMNS as COLDSPOT_COLUMNS
from ewcm.countries import LANGUAGES
from ewcm.report import rasters, shapes
from ewcm.report.numbers import rounded
from ewcm.report.page import OfflineMap, Page, strings
from ewcm.result import CountryResult
from ewcm.settings import SERVICES

#: Coldspots in the page, by people; the others stay in coldspots.csv, and the page says so.
COLDSPOTS_LISTED = 2000

#: Budgets of vertices, which bound the size of the page.
AREA_VERTICES = 40_000
COLDSPOT_VERTICES = 60_000
BASEMAP_VERTICES = 20_000

#: Places in the page, the most important first.
PLACES_LISTED = 3000

#: Files of ``templates/``, in the order in which they are written into the page.
STYLES = ["base.css", "map.css", "print.css"]
SCRIPTS = [
    "dom.js",
    "words.js",
    "state.js",
    "mosaic.js",
    "labels.js",
    "charts.js",
    "figures.js",
    "layers.js",
    "tables.js",
    "about.js",
    "search.js",
    "map_main.js",
]

#: A GeoJSON-like frame around the country: FeatureCollections ``land``, ``lakes``, ``borders`` (each may be absent).
Basemap = dict[str, dict[str, Any]]


def render(result: CountryResult, basemap: Basemap | None = None) -> str:
    """The map of one country as the text of one HTML file.

    ``basemap``: land of the neighbours, lakes and borders around the country, in the longitudes of its grid (0..360 for
    one that crosses 180°). Every figure in the page comes from ``result``.
    """
    summary: dict[str, Any] = result.summary
    language = str(summary["language"]) if summary["language"] in strings() else "en"
    page = Page(
        title=f"{summary['names'].get(language, summary['name'])} · {strings()[language]['product']}",
        language=language,
        body="map.html",
        styles=STYLES,
        scripts=SCRIPTS,
        data=_data(result, basemap or {}, language),
    )
    page.add_child(
        OfflineMap(
            zoom_control=False,
            zoom_snap=0.25,
            zoom_delta=0.5,
            min_zoom=2,
            max_zoom=14,
            attribution_control=False,
            fade_animation=False,
        )
    )
    return page.render()


def _data(result: CountryResult, basemap: Basemap, language: str) -> dict[str, object]:
    """Everything the page knows: once, for the map and for the panel."""
    geobox = result.data.population.geobox
    pictures = _pictures(result)
    west, south, east, north = _bounds(result, pictures["bounds"])  # type: ignore[arg-type]
    return {
        "language": language,
        "iso2": result.data.country.iso2,
        "strings": strings(),
        "summary": rounded(result.summary),
        "services": {name: list(technologies) for name, technologies in SERVICES.items()},
        "threshold": result.settings.coldspot_fraction,
        "bounds": [[south, west], [north, east]],
        "cell_km": [round(float(np.median(size)), 3) for size in grid.row_cell_size_km(geobox)],
        "pictures": pictures,
        "areas": _areas(result),
        "coldspots": _coldspots(result, east),
        "places": _places(result, west, east),
        "basemap": _basemap(result, basemap),
        "neighbours": _neighbours(basemap, result),
        "scale": shapes.SCALE,
    }


def _pictures(result: CountryResult) -> dict[str, object]:
    """The rasters as PNGs: classes of people, and states of the grid cells for every service that is known."""
    people = result.data.population.people
    geobox = result.data.population.geobox
    frame = rasters.frame(geobox, people)
    west, south, east, north = frame.bounds
    images: list[str] = []
    state: dict[str, int] = {}
    for service in SERVICES:
        if f"level_{service}" not in result.layers:
            continue
        level = result.layers[f"level_{service}"].to_numpy()
        classes = rasters.state_classes(level, people, result.settings.coldspot_fraction)
        image = rasters.png(frame.take(classes), rasters.STATE_COLOURS)
        if image not in images:
            images.append(image)
        state[service] = images.index(image)
    people_classes = rasters.people_classes(people, grid.row_cell_area_km2(geobox))
    return {
        "bounds": [[south, west], [north, east]],
        "people": rasters.png(frame.take(people_classes), rasters.PEOPLE_COLOURS),
        "people_colours": rasters.PEOPLE_COLOURS,
        "people_edges": rasters.PEOPLE_EDGES,
        "state": state,
        "state_images": images,
        "state_colours": rasters.STATE_COLOURS,
    }


def _bounds(result: CountryResult, picture: list[list[float]]) -> tuple[float, float, float, float]:
    """Where the country is: its boundaries when given, its grid otherwise."""
    (south, west), (north, east) = picture
    if result.data.boundaries is None or result.areas.empty:
        return west, south, east, north
    a_west, a_south, a_east, a_north = result.areas.total_bounds
    return max(west, a_west), max(south, a_south), min(east, a_east), min(north, a_north)


def _number(value: object, digits: int = 1) -> float | None:
    """A number of a table for JSON: rounded, None where it is not known."""
    number = float(value)  # type: ignore[arg-type]
    return round(number, digits) if math.isfinite(number) else None


def _areas(result: CountryResult) -> list[dict[str, object]]:
    """Every area with its figures, ``[covered, uncovered, unknown, uncovered low, uncovered high]`` by service."""
    found: list[dict[str, object]] = []
    known = result.data.boundaries is not None
    for level, table in result.areas.groupby("level", sort=True):
        outlines = shapes.simplify_together(table.geometry.to_numpy(), AREA_VERTICES)
        for position, (_, row) in enumerate(table.iterrows()):
            figures = {}
            for service in SERVICES:
                name = service.replace("+", "plus")
                columns = (
                    f"covered_{name}",
                    f"uncovered_{name}",
                    f"unknown_{name}",
                    f"uncovered_{name}_low",
                    f"uncovered_{name}_high",
                )
                figures[service] = [_number(row[column]) for column in columns]
            found.append(
                {
                    "level": int(level),  # type: ignore[call-overload]
                    "id": str(row["area_id"]),
                    "name": str(row["name"]),
                    "parent": str(row["parent_id"]),
                    "people": _number(row["people"]),
                    "km2": _number(row["area_km2"]),
                    "figures": figures,
                    # Without boundaries the only area is the frame of the grid, which is no shape to draw.
                    "shape": shapes.encode(outlines[position]) if known else [],
                    "box": [round(float(edge), 5) for edge in row.geometry.bounds]
                    if not row.geometry.is_empty
                    else None,
                }
            )
    return found


def _coldspots(result: CountryResult, east: float) -> dict[str, object]:
    """The largest coldspots of every service, as rows of ``COLDSPOT_COLUMNS``, and as many outlines as the budget allows."""
    spots = result.coldspots
    kept = [table.head(COLDSPOTS_LISTED) for _, table in spots.groupby("service", sort=False)]
    listed = gpd.GeoDataFrame(pd.concat(kept)) if kept else spots
    step = grid.row_cell_size_km(result.data.population.geobox)[0].mean() / 111.2
    outlines = shapes.simplify_apart(listed.geometry.to_numpy(), COLDSPOT_VERTICES, step)
    rows = []
    for _, spot in listed.iterrows():
        row: list[object] = []
        for column in COLDSPOT_COLUMNS:
            value = spot[column]
            if column in ("rank", "cells"):
                row.append(int(value))
            elif isinstance(value, str):
                row.append(value)
            else:
                row.append(_number(value, 5 if column in ("lat", "lon") else 1))
        rows.append(row)
    longitude = COLDSPOT_COLUMNS.index("lon")
    for row in rows:
        row[longitude] = _beside(row[longitude], east)  # type: ignore[arg-type]
    return {
        "columns": COLDSPOT_COLUMNS,
        "rows": rows,
        "outlines": [shapes.encode(outline) for outline in outlines],
        "outlined": int(sum(outline is not None for outline in outlines)),
    }


def _basemap(result: CountryResult, basemap: Basemap) -> dict[str, object]:
    """Land, lakes and borders; the country's own land apart, for a country without boundaries."""
    land = (basemap.get("land") or {}).get("features", [])
    own = [feature for feature in land if _is_own(feature, result)] if result.data.boundaries is None else []
    layers = {**basemap, "own": {"features": own}}
    return {
        name: shapes.encode_collection(layers.get(name), BASEMAP_VERTICES)
        for name in ("land", "own", "lakes", "borders")
    }


def _is_own(feature: dict[str, dict[str, object]], result: CountryResult) -> bool:
    return bool((feature.get("properties") or {}).get("iso_a3") == result.data.country.iso3)


def _neighbours(basemap: Basemap, result: CountryResult) -> list[dict[str, object]]:
    """Where the names of the other countries stand, and the names by language."""
    found: list[dict[str, object]] = []
    for feature in (basemap.get("land") or {}).get("features", []):
        properties = feature.get("properties") or {}
        names = {code: str(properties.get(f"name_{code}") or "") for code in LANGUAGES}
        if not feature.get("geometry") or not names["en"] or _is_own(feature, result):
            continue
        point = shapely.point_on_surface(max(shapely.get_parts(shape(feature["geometry"])), key=shapely.area))
        found.append({"names": names, "lat": round(point.y, 3), "lon": round(point.x, 3)})
    return found


def _beside(longitude: float, east: float) -> float:
    """A longitude (−180..180) on the country's side of the 180th meridian."""
    return round(longitude + 360, 5) if east > 180 and longitude < east - 360 + 1 else longitude


def _places(result: CountryResult, west: float, east: float) -> list[list[object]]:
    """``[name, latitude, longitude, rank]`` of the places, the most important first."""
    if result.data.places is None:
        return []
    table = result.data.places.table.sort_values(["rank", "population"], ascending=[True, False], na_position="last")
    return [
        [str(row.name_), round(float(row.lat), 4), _beside(round(float(row.lon), 4), east), int(row.rank_)]
        for row in table.rename(columns={"name": "name_", "rank": "rank_"}).head(PLACES_LISTED).itertuples()
    ]
