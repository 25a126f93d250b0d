"""Make the starter pack and the base map from the pinned packages: ``python -m ewcm.starter.build``.

The pack is the same bit for bit whenever it is made from the same archives: coordinates are rounded, keys sorted, and
no file carries a time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from ewcm import basemap
from ewcm.core import longitude
from ewcm.countries import LANGUAGES, Country, country
from ewcm.packaged import BASEMAP, GRID_DEG, STARTER, areas_file, environment_file
from ewcm.starter import gazetteer, pack
from ewcm.starter import world as every_country
from ewcm.starter.areas import unit_areas
from ewcm.starter.packages import fetch, pinned, unpack
from ewcm.starter.surface import between

#: What is known of every country of ISO 3166-1.
REGISTRY = Path(__file__).parents[1] / "iso3166.csv"

#: Countries made of islands: their land is WorldPop's outline.
ISLANDS = frozenset(("ATG", "BRB", "COM", "FJI", "KIR", "MDG", "MDV", "MUS", "SLB", "TON", "VUT", "WSM"))

#: Natural Earth's codes of the land that each country's people live on, where they differ from ISO 3166-1.
NATURAL_EARTH_CODES = {"SSD": ("SDS",), "SOM": ("SOM", "SOL")}

#: Land of a country that lies farther than this from its main land [degrees] goes by the name of its own unit: the first
#: for a unit that Natural Earth tells from the country, the second for every unit.
OVERSEAS_DEG, ANYWAY_OVERSEAS_DEG = 8.0, 40.0

#: Lakes for countries without a base map of their own: coarsened by this [degrees], smaller ones left out [square degrees].
COARSE_LAKES_DEG, SMALLEST_LAKE_DEG2 = 0.02, 0.01

STEP_DEG = 1 / 12  # of the environment grid
MARGIN = 3  # cells of the environment grid around the country


def build(cache: Path, target: Path, report: Callable[[str], None] = print, registry: Path = REGISTRY) -> None:
    """Write the pack and the base map into folders of ``target`` from the archives in ``cache`` (fetched where they are
    missing), and what is known of every country into ``registry``, over itself.

    Raises FetchError when an archive cannot be had or is not the pinned one.
    """
    starter, around = target / STARTER.name, target / BASEMAP.name
    figures = pd.read_csv(STARTER.path_of(pack.POPULATION))
    with tempfile.TemporaryDirectory() as scratch:
        source = {key: unpack(package, fetch(package, cache), Path(scratch)) for key, package in pinned().items()}
        units = _units(source["natural-earth-areas"], figures)
        outlines = gpd.read_feather(source["worldpop-outlines"])
        world = _World.read(source["natural-earth-basemap"], source["natural-earth-areas"])
        environment = _Environment.read(source["altitude"], source["climate"])
        lands = {}
        for iso3 in sorted(figures["iso3"].unique()):
            here = country(iso3)
            table = _areas(units[units["iso3"] == iso3], outlines[outlines["iso3"] == iso3], here)
            lands[iso3] = table
            _write_areas(starter / areas_file(iso3), table)
            _write(around / basemap.file_of(iso3), world.around(table, here))
            environment.write(starter / environment_file(iso3), table.total_bounds)
            report(f"{iso3}: {len(table)} areas")
        _write(around / basemap.WORLD, world.whole())
        _write(around / basemap.LAKES, world.lakes_of_the_world())
        countries = gpd.read_file(source["natural-earth-basemap"] / "cultural" / "ne_10m_admin_0_countries.shp")
        every_country.write(around, registry, outlines, countries, source["mobile-country-codes"])
        codes = pd.read_csv(registry, usecols=["iso3"])["iso3"]
        gazetteer.write(starter, source["geonames"], lands, codes)


def _admin1(path: Path) -> gpd.GeoDataFrame:
    """All admin-1 units of the world."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")


def _units(path: Path, figures: pd.DataFrame) -> gpd.GeoDataFrame:
    """The admin-1 units that have a figure, in the figures' order."""
    table = _admin1(path)
    table = table[["adm1_code", *(f"name_{language}" for language in LANGUAGES), "geometry"]]
    joined = figures.merge(table, on="adm1_code", how="left", validate="one_to_one")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs="EPSG:4326")


def _areas(units: gpd.GeoDataFrame, outline: gpd.GeoDataFrame, here: Country) -> gpd.GeoDataFrame:
    """The areas of one country (see ``ewcm.starter.areas``)."""
    shapes = units.geometry.to_numpy()
    lands = shapely.get_parts(outline.geometry.to_numpy())
    if here.crosses_180:
        shapes, lands = longitude.corners_to_360(shapes), longitude.corners_to_360(lands)
    return units.assign(geometry=unit_areas(shapes, lands, here.iso3 in ISLANDS)).reset_index(drop=True)


def _write_areas(path: Path, table: gpd.GeoDataFrame) -> None:
    names = ["adm1_code", "iso_3166_2", "name", "type", *(f"name_{language}" for language in LANGUAGES)]
    rows = table[names].astype(object).where(table[names].notna(), "").to_dict("records")
    _write(path, _collection(table.geometry, rows))


def _collection(geometries: Iterable[BaseGeometry], properties: list[dict]) -> dict:
    """A GeoJSON FeatureCollection."""
    features = [
        {"type": "Feature", "properties": row, "geometry": _geojson(shape)}
        for shape, row in zip(geometries, properties, strict=True)
        if not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


def _geojson(shape: BaseGeometry) -> dict:
    """The geometry as GeoJSON with rounded coordinates."""

    def rounded(value: Any) -> object:
        return [rounded(item) for item in value] if isinstance(value, (list, tuple)) else round(float(value), 4)

    mapped = shapely.geometry.mapping(shape)
    return {"type": mapped["type"], "coordinates": rounded(mapped["coordinates"])}


def _write(path: Path, content: dict) -> None:
    """JSON with one feature a line, so that a change of one is a change of one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text(text.replace('{"geometry":', '\n{"geometry":') + "\n", encoding="utf-8", newline="\n")


class _World:
    """Land, lakes and borders of the world, for what a map shows around a country."""

    def __init__(self, land: gpd.GeoDataFrame, lakes: gpd.GeoDataFrame, borders: gpd.GeoDataFrame) -> None:
        self.land, self.lakes, self.borders = land, lakes, borders

    @classmethod
    def read(cls, folder: Path, areas: Path) -> _World:
        land = gpd.read_file(folder / "cultural" / "ne_10m_admin_0_countries.shp")
        lakes = gpd.read_file(folder / "physical" / "ne_10m_lakes.shp")
        borders = gpd.read_file(folder / "cultural" / "ne_10m_admin_0_boundary_lines_land.shp")
        # Natural Earth's own name of a lake is the English one; its name_en calls Lake Victoria "Nyanza".
        lakes = lakes.assign(name_en=lakes["name"].fillna(lakes["name_en"]))
        named = _named(land.rename(columns=str.lower), _admin1(areas))
        borders = borders.rename(columns=str.lower)
        within = [borders["adm0_a3_l"].isin(codes) & borders["adm0_a3_r"].isin(codes) for codes in _JOINED]
        return cls(named, lakes, borders[~np.any(within, axis=0)])

    def whole(self) -> dict:
        """All land, as coarse as one page of the world bears; islands too small for it are left out."""
        land = shapely.union_all(shapely.buffer(shapely.make_valid(self.land.geometry.to_numpy()), 0.05, quad_segs=1))
        coarse = shapely.get_parts(shapely.union_all(shapely.simplify(land, 0.1), grid_size=0.05))
        seen = coarse[(shapely.area(coarse) > 0.08) & (shapely.bounds(coarse)[:, 3] > -60)]
        return _collection([shapely.MultiPolygon([_without_slivers(part) for part in seen])], [{}])

    def lakes_of_the_world(self) -> dict:
        """All lakes that can be seen on the map of a country, coarsened; names by language."""
        shapes = shapely.simplify(shapely.make_valid(self.lakes.geometry.to_numpy()), COARSE_LAKES_DEG)
        whole = shapely.set_precision(shapes, COARSE_LAKES_DEG / 4)
        seen = np.flatnonzero(shapely.area(whole) > SMALLEST_LAKE_DEG2)
        names = self.lakes[[f"name_{language}" for language in LANGUAGES]].fillna("").to_dict("records")
        return _collection(whole[seen], [names[row] for row in seen])

    def around(self, table: gpd.GeoDataFrame, here: Country) -> dict[str, dict]:
        """Neighbours' land, lakes and borders within half of the country's extent around it, at least 1.5°."""
        west, south, east, north = table.total_bounds
        extent = max(east - west, north - south)
        window = basemap.window(table.total_bounds)
        tolerance = min(0.02, max(0.002, extent / 1500))
        own = NATURAL_EARTH_CODES.get(here.iso3, (here.iso3,))
        land = self.land[~self.land["adm0_a3"].isin(own)]
        named = [f"name_{language}" for language in LANGUAGES]
        return {
            "land": _clipped(land, window, tolerance, [*named, "iso_a3"]),
            "lakes": _clipped(self.lakes, window, 0.002, named),
            "borders": _clipped(self.borders, window, tolerance, []),
        }


#: Codes of Natural Earth that are one country in ISO 3166-1.
_JOINED = tuple(codes for codes in NATURAL_EARTH_CODES.values() if len(codes) > 1)


def _named(land: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Land under the names it goes by, one row a country or territory.

    Natural Earth counts lands overseas to their country (Réunion to France): they get the names of their admin-1 unit. What
    ISO 3166-1 does not know belongs to its country there or has no name.
    """
    names = [f"name_{language}" for language in LANGUAGES]
    land = land[["adm0_a3", "iso_a3", "iso_a3_eh", *names, "geometry"]].copy()
    for code, *others in _JOINED:
        own = land["adm0_a3"] == code
        joined = shapely.union_all(land.geometry[own | land["adm0_a3"].isin(others)].to_numpy())
        land.loc[own, "geometry"] = gpd.GeoSeries([joined], index=land.index[own], crs=land.crs)
        land = land[~land["adm0_a3"].isin(others)]
    land.loc[land["iso_a3_eh"] == "-99", names] = ""
    tree, group = shapely.STRtree(units.geometry.to_numpy()), units["gu_a3"].to_numpy()
    overseas = []
    for row, land_of in land.iterrows():
        parts = shapely.get_parts(land_of.geometry)
        unit = tree.nearest(shapely.point_on_surface(parts))
        home = np.argmax(shapely.area(parts))
        away = np.min([shapely.distance(parts, main) for main in longitude.turned(parts[home])], axis=0)
        apart = away > np.where(group[unit] != group[unit[home]], OVERSEAS_DEG, ANYWAY_OVERSEAS_DEG)
        for index in np.unique(unit[apart]):
            named = {name: units[name].iloc[index] for name in names}
            shape = shapely.MultiPolygon(list(parts[apart & (unit == index)]))
            overseas.append({"adm0_a3": land_of["adm0_a3"], "iso_a3": "", **named, "geometry": shape})
        if apart.any():
            land.at[row, "geometry"] = shapely.MultiPolygon(list(parts[~apart]))
    return pd.concat([land, gpd.GeoDataFrame(overseas, crs=land.crs)], ignore_index=True)


def _without_slivers(land: shapely.Polygon) -> shapely.Polygon:
    """Land without the gaps between coarsened countries; inland seas stay."""
    return shapely.Polygon(land.exterior, [hole for hole in land.interiors if shapely.Polygon(hole).area > 3])


def _clipped(table: gpd.GeoDataFrame, window: tuple, tolerance: float, columns: list[str]) -> dict:
    """What of ``table`` lies in ``window`` (which may reach beyond ±180°), simplified, as GeoJSON."""
    found: dict[int, list] = {}
    for turn in longitude.TURNS:
        box = (window[0] - turn, window[1], window[2] - turn, window[3])
        near = table.iloc[np.sort(table.sindex.query(shapely.box(*box)))]
        cut = shapely.clip_by_rect(shapely.make_valid(near.geometry.to_numpy()), *box)
        for index, shape in zip(near.index, cut, strict=True):
            if not shape.is_empty:
                found.setdefault(index, []).append(affinity.translate(shape, turn))
    shapes, rows = [], []
    for index in sorted(found):
        whole = shapely.union_all(shapely.simplify(found[index], tolerance), grid_size=GRID_DEG)
        shapes.append(whole)
        rows.append({name: text if isinstance(text := table.at[index, name], str) else "" for name in columns})
    return _collection(shapes, rows)


class _Environment:
    """Altitude, yearly rain and temperature of the world."""

    def __init__(self, altitude_m: np.ndarray, rain_mm: np.ndarray, temperature_c: np.ndarray) -> None:
        self.altitude_m, self.rain_mm, self.temperature_c = altitude_m, rain_mm, temperature_c

    @classmethod
    def read(cls, altitude: Path, climate: Path) -> _Environment:
        """``altitude``: 5′ cells, steps of 28 m from −450 m, 255 = none (sea). ``climate``: monthly means, 0.25°."""
        with rasterio.open(f"HDF5:{altitude}://Altitude") as raster:
            steps = raster.read(1)
        altitude_m = np.where(steps == 255, 0.0, np.maximum(steps * 28.0 - 450.0, 0.0))
        with rasterio.open(f"netcdf:{climate}:tp") as raster:
            rain_mm = raster.read().astype(np.float64).sum(axis=0)
        with rasterio.open(f"netcdf:{climate}:t2m") as raster:
            temperature_c = raster.read().astype(np.float64).mean(axis=0)
        return cls(altitude_m, rain_mm, temperature_c)

    def write(self, path: Path, bounds: np.ndarray) -> None:
        """Crop to ``bounds`` and a margin, onto 5′ cells. Bands: altitude [m], rain [mm], temperature [0.1 °C]."""
        west, north = np.floor(bounds[0] / STEP_DEG) - MARGIN, np.ceil(bounds[3] / STEP_DEG) + MARGIN
        east, south = np.ceil(bounds[2] / STEP_DEG) + MARGIN, np.floor(bounds[1] / STEP_DEG) - MARGIN
        lat = (np.arange(north, south, -1) - 0.5) * STEP_DEG
        lon = (np.arange(west, east) + 0.5) * STEP_DEG
        row = np.rint((90.0 - lat) / STEP_DEG - 0.5).astype(int)
        col = np.rint((lon + 180.0) / STEP_DEG - 0.5).astype(int) % self.altitude_m.shape[1]
        altitude = self.altitude_m[np.ix_(row, col)]
        around = [
            np.ix_(np.clip(row + down, 0, 2159), (col + right) % 4320) for down in (-1, 0, 1) for right in (-1, 0, 1)
        ]
        broad = sum(self.altitude_m[cells] for cells in around) / len(around)
        # The climate knows the ground at 0.25° only; the 5′ ground is warmer or colder by 6.5 °C a km (ISO 2533).
        temperature = _at(self.temperature_c, lat, lon) + 6.5e-3 * (broad - altitude)
        bands = np.stack([altitude, _at(self.rain_mm, lat, lon), temperature * 10])
        path.parent.mkdir(parents=True, exist_ok=True)
        affine = Affine(STEP_DEG, 0, west * STEP_DEG, 0, -STEP_DEG, north * STEP_DEG)
        profile = {"driver": "GTiff", "dtype": "int16", "count": 3, "crs": "EPSG:4326", "transform": affine}
        with rasterio.open(path, "w", height=lat.size, width=lon.size, **profile) as raster:
            raster.write(np.rint(bands).astype(np.int16))
            for band, name in enumerate(("altitude_m", "rain_mm_a_year", "temperature_0.1_degC"), start=1):
                raster.set_band_description(band, name)


def _at(quarter_deg: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Bilinear values of a 0.25° grid of points (90°N first, 0°E first) at the crossings of ``lat`` and ``lon``."""
    wrapped = np.concatenate([quarter_deg, quarter_deg[:, :1]], axis=1)
    return between(between(wrapped, (90.0 - lat) * 4).T, longitude.to_360(lon) * 4).T


def main(arguments: list[str] | None = None) -> int:
    """Command line of the builder."""
    parser = argparse.ArgumentParser(prog="python -m ewcm.starter.build", description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path("build/starter"), help="where the archives are kept")
    parser.add_argument("--target", type=Path, default=STARTER.folder.parent, help="where both are written")
    options = parser.parse_args(arguments)
    build(options.cache, options.target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
