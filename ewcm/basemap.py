"""The base map: land, lakes and borders around a country, land and lakes of the world, and coarse outlines of all countries.

``data/basemap/`` has one file for each country of the starter pack, named by its ISO 3166-1 alpha-3 code, ``world.json`` and
``lakes.json``; ``countries/`` has the outlines of all countries, one file for each first letter of their codes.
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
from ewcm.core.clipped import clipped
from ewcm.core.geojson import geometries
from ewcm.countries import LANGUAGES, country
from ewcm.errors import CountryError

WORLD = "world.json"

#: Lakes of the world, coarsened, for countries without a file of their own.
LAKES = "lakes.json"


def countries_file(iso3: str) -> str:
    """Coarse outlines of the countries whose codes begin with the same letter, a GeoJSON feature a line."""
    return f"countries/{iso3[0]}.geojsonl.gz"


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
    whose ``iso_a3`` is its code. For a country without a file of its own: the coarse outlines of all countries, which show
    their borders themselves, and coarse lakes. None where the engine does not know the country.
    """
    if iso3 not in packaged.available():
        return _around_coarse(iso3)
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
    if iso3 not in packaged.available():
        return np.array(_turned_land(), dtype=object)
    layers = around(iso3)
    assert layers is not None, "a country of the pack has a base map"
    shapes = geometries([feature["geometry"] for part in ("land", "far") for feature in layers[part]["features"]])
    return np.array(list(chain.from_iterable(map(longitude.turned, shapes))), dtype=object)


def lakes(iso3: str) -> list[BaseGeometry]:
    """The lakes in and around a country that has a base map."""
    return list(geometries([feature["geometry"] for feature in _read(iso3)["lakes"]["features"]]))


@cache
def outline(iso3: str) -> BaseGeometry | None:
    """The coarse outline of a country or territory of ISO 3166-1 [degrees, −180..180]; None where the engine has none."""
    if iso3[:1] not in _INITIALS:
        return None
    line = _countries(iso3[0]).get(iso3)
    return None if line is None else shapely.from_geojson(line)


def countries_in(box: tuple[float, float, float, float]) -> dict[str, BaseGeometry]:
    """The coarse outlines of the countries and territories that a box (west, south, east, north; any turn) meets, by their
    codes, cut to it and moved to where it is.

    Two that ISO 3166-1 does not know are among them: ``KOS`` (Kosovo) and ``SPR`` (Spratly Islands).
    """
    found: dict[str, BaseGeometry] = {}
    for iso3, line in chain.from_iterable(_countries(initial).items() for initial in _INITIALS):
        west, south, east, north = json.loads(line[line.index('"bbox":') + 7 : line.index("]") + 1])
        turns = longitude.turns_onto((west, east), (box[0], box[2]))
        if north <= box[1] or south >= box[3] or not turns:
            continue
        whole = outline(iso3)
        cut = [clipped(affinity.translate(whole, turn), *box) for turn in turns]
        parts = shapely.get_parts(shapely.get_parts(cut))  # a cut that meets the rim holds lines and points too
        land = [part for part in parts if part.geom_type == "Polygon"]
        if land:
            found[iso3] = shapely.make_valid(shapely.MultiPolygon(land))
    return found


#: First letters of the codes of countries; none begins with X.
_INITIALS = "ABCDEFGHIJKLMNOPQRSTUVWYZ"


@cache
def _countries(initial: str) -> dict[str, str]:
    """The feature of each country whose code begins with this letter as GeoJSON, by its code."""
    lines = gzip.decompress(packaged.BASEMAP.path_of(countries_file(initial)).read_bytes()).decode().splitlines()
    return {line[line.index('"id":"') + 6 :][:3]: line for line in lines}


def _read(iso3: str) -> dict[str, dict]:
    layers: dict[str, dict] = json.loads(packaged.BASEMAP.path_of(file_of(iso3)).read_text(encoding="utf-8"))
    return layers


def _around_coarse(iso3: str) -> dict[str, dict] | None:
    """The base map of a country of which only the coarse outline is known."""
    own = outline(iso3)
    if own is None:
        return None
    if country(iso3).crosses_180:
        own = shapely.MultiPolygon(list(longitude.corners_to_360(shapely.get_parts(own))))
    box = window(country(iso3).bbox or own.bounds)
    land = []
    for code, shape in countries_in(box).items():
        try:
            names = country(code).names
        except CountryError:
            names = dict.fromkeys(LANGUAGES, "")  # land that is no country of ISO 3166-1
        whole = own if code == iso3 else shape  # not only what the window holds
        properties = {"iso_a3": code, **{f"name_{language}": text for language, text in names.items()}}
        land.append({"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(whole)})
    water = []
    for feature in json.loads(packaged.BASEMAP.path_of(LAKES).read_text(encoding="utf-8"))["features"]:
        lake = longitude.shape_onto(shapely.geometry.shape(feature["geometry"]), (box[0], box[2]))
        if shapely.intersects(lake, shapely.box(*box)):
            water.append({**feature, "geometry": shapely.geometry.mapping(lake)})
    nothing: dict = {"type": "FeatureCollection", "features": []}
    return {
        "land": {**nothing, "features": land},
        "lakes": {**nothing, "features": water},
        "borders": nothing,
        "far": _far(box),
    }


def _far(window: tuple[float, float, float, float]) -> dict:
    """Land of the world around ``window``, four times as far in every direction."""
    west, south, east, north = window
    width, height = 4 * (east - west), 4 * (north - south)
    around = (west - width, max(-85.0, south - height), east + width, min(85.0, north + height))
    cut = shapely.difference(clipped(_turned_land(), *around), shapely.box(*window))
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
