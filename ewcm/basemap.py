"""The base map: land, lakes and borders around a country, the land of the world, and coarse outlines of all countries.

``data/basemap/`` has one file a country, named by its ISO 3166-1 alpha-3 code, ``world.json`` and ``countries.geojsonl.gz``.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from itertools import chain

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from ewcm import packaged
from ewcm.core import longitude
from ewcm.core.geojson import geometries
from ewcm.countries import country

WORLD = "world.json"

#: Coarse outlines of all countries, a GeoJSON feature a line.
COUNTRIES = "countries.geojsonl.gz"


def file_of(iso3: str) -> str:
    """Neighbours' land, lakes and borders, JSON."""
    return f"{iso3}.json"


def window(bounds: tuple[float, float, float, float] | np.ndarray) -> tuple[float, float, float, float]:
    """West, south, east and north of the base map of a country with these bounds [degrees].

    Half of the longer side of the country around it, at least 1.5°: what a window of another shape shows beside it.
    """
    west, south, east, north = (float(edge) for edge in bounds)
    margin = max(1.5, max(east - west, north - south) / 2)
    return west - margin, max(south - margin, -90.0), east + margin, min(north + margin, 90.0)


@cache
def world() -> dict:
    """Land of the world at the scale of an atlas, a GeoJSON FeatureCollection; read once a process, not to be changed."""
    collection: dict = json.loads(packaged.BASEMAP.path_of(WORLD).read_text(encoding="utf-8"))
    return collection


def around(iso3: str) -> dict[str, dict] | None:
    """GeoJSON FeatureCollections ``land``, ``lakes`` and ``borders`` within the :func:`window` of the country, and ``far``:
    coarse land beyond it, for whoever zooms out.

    Longitudes follow the country's grid (0..360 where it crosses 180°). The country's own land is the feature of ``land``
    whose ``iso_a3`` is its code. None for a country without a base map.
    """
    if iso3 not in packaged.available():
        return None
    layers = _read(iso3)
    own = packaged.outline(iso3)
    names = {f"name_{language}": text for language, text in country(iso3).names.items()}
    geometry = shapely.geometry.mapping(own)
    layers["land"]["features"].append(
        {"type": "Feature", "properties": {**names, "iso_a3": iso3}, "geometry": geometry}
    )
    return {**layers, "far": _far(window(own.bounds))}


@cache
def land(iso3: str) -> np.ndarray:
    """All land that is known around a country, and coarse land far from it: shapely polygons in degrees, each three times, a
    turn of 360° apart. Of a country without a base map the land of the world."""
    layers = around(iso3)
    if layers is None:
        return np.array(_turned_land(), dtype=object)
    shapes = geometries([feature["geometry"] for part in ("land", "far") for feature in layers[part]["features"]])
    return np.array(list(chain.from_iterable(map(longitude.turned, shapes))), dtype=object)


def lakes(iso3: str) -> list[BaseGeometry]:
    """The lakes in and around a country that has a base map."""
    return list(geometries([feature["geometry"] for feature in _read(iso3)["lakes"]["features"]]))


@cache
def outline(iso3: str) -> BaseGeometry | None:
    """The coarse outline of a country or territory of ISO 3166-1 [degrees, −180..180]; None where the engine has none."""
    line = _countries().get(iso3)
    return None if line is None else shapely.from_geojson(line)


def countries_in(box: tuple[float, float, float, float]) -> dict[str, BaseGeometry]:
    """The coarse outlines of the countries and territories that a box (west, south, east, north; any turn) meets, by their
    codes, cut to it and moved to where it is.

    Two that ISO 3166-1 does not know are among them: ``KOS`` (Kosovo) and ``SPR`` (Spratly Islands).
    """
    found: dict[str, BaseGeometry] = {}
    for iso3, line in _countries().items():
        west, south, east, north = json.loads(line[line.index('"bbox":') + 7 : line.index("]") + 1])
        turns = longitude.turns_onto((west, east), (box[0], box[2]))
        if north <= box[1] or south >= box[3] or not turns:
            continue
        whole = outline(iso3)
        cut = [shapely.clip_by_rect(affinity.translate(whole, turn), *box) for turn in turns]
        parts = shapely.get_parts(shapely.get_parts(cut))  # a cut that meets the rim holds lines and points too
        land = [part for part in parts if part.geom_type == "Polygon"]
        if land:
            found[iso3] = shapely.make_valid(shapely.MultiPolygon(land))
    return found


@cache
def _countries() -> dict[str, str]:
    """The feature of each country as GeoJSON, by its code."""
    lines = gzip.decompress(packaged.BASEMAP.path_of(COUNTRIES).read_bytes()).decode().splitlines()
    return {line[line.index('"id":"') + 6 :][:3]: line for line in lines}


def _read(iso3: str) -> dict[str, dict]:
    layers: dict[str, dict] = json.loads(packaged.BASEMAP.path_of(file_of(iso3)).read_text(encoding="utf-8"))
    return layers


def _far(window: tuple[float, float, float, float]) -> dict:
    """Land of the world around ``window``, four times as far in every direction."""
    west, south, east, north = window
    width, height = 4 * (east - west), 4 * (north - south)
    around = (west - width, max(-85.0, south - height), east + width, min(85.0, north + height))
    cut = shapely.difference(shapely.clip_by_rect(_turned_land(), *around), shapely.box(*window))
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for shape in cut
        if not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


@cache
def _turned_land() -> tuple[BaseGeometry, ...]:
    """Land of the world, each polygon three times, a turn of 360° apart: read once for all countries of a process."""
    land = geometries([feature["geometry"] for feature in world()["features"]])
    return tuple(chain.from_iterable(map(longitude.turned, land)))
