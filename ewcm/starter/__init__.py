"""STARTER DATA: modelled inputs of the 33 countries, so that everything runs before real data is at hand.

The people are modelled (see ``ewcm.starter.surface``), the network too (``ewcm.starter.network``). None of it is for
decisions. How to bring real data: ``data/README.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm import basemap
from ewcm.core import longitude
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, sha256_of
from ewcm.countries import LANGUAGES, country
from ewcm.packaged import BASEMAP, STARTER, areas_file, available, environment_file, outline
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.cells import Sites
from ewcm.sources.places import Places
from ewcm.sources.population import Population
from ewcm.starter import network, pack, surface

__all__ = ["StarterLayers", "available", "layers"]

_NOT_FOR_DECISIONS = (
    "STARTER DATA: modelled, to show the engine at work; not for decisions. "
    "Put your own files in data/{iso3}/ (see data/README.md) to replace it."
)

_NATURAL_EARTH = "Made with Natural Earth (1:10m)."
_GEONAMES = "Place names and sizes: GeoNames."
_WORLDPOP = "WorldPop, University of Southampton."
_ENVIRONMENT = (
    "Altitude: Terrain Tiles by Mapzen, by way of pvlib. Rain and temperature: contains modified Copernicus Climate Change "
    "Service information (ERA5, 2000-2025)."
)


@dataclass(frozen=True)
class StarterLayers:
    """The modelled layers of one country."""

    population: Population
    sites: Sites
    boundaries: Boundaries
    places: Places


def layers(iso3: str) -> StarterLayers:
    """The modelled inputs of one country.

    Raises CountryError when the pack has no such country and InputError when a file of the pack is missing.
    """
    iso3 = pack.known(iso3)
    areas, places = pack.areas(iso3), pack.places(iso3)
    return StarterLayers(
        population=_population(iso3, areas, places),
        sites=_sites(iso3, places),
        boundaries=_boundaries(iso3, areas),
        places=_places(iso3, places),
    )


def _population(iso3: str, areas: gpd.GeoDataFrame, places: pd.DataFrame) -> Population:
    geobox = surface.grid_of(tuple(areas.total_bounds))
    ground = surface.ground(areas.geometry.to_numpy(), basemap.lakes(iso3), geobox)
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    lon = longitude.to_360(lon) if country(iso3).crosses_180 else lon
    attraction = surface.attraction(geobox, lat, lon, places["population"].to_numpy())
    weight = surface.weight(attraction, surface.hardship(geobox, *pack.environment(iso3), lat, lon))
    people = surface.people(ground, weight, areas["people"].to_numpy())
    record = _record(
        iso3,
        "population",
        pack.POPULATION,
        format="modelled",
        crs="EPSG:4326",
        nodata="nan",
        licence="CC BY 4.0",
        attribution=f"{_WORLDPOP} United Nations, World Population Prospects 2024. {_NATURAL_EARTH} {_GEONAMES} {_ENVIRONMENT}",
        source="WorldPop 2020 sums by Natural Earth admin-1 unit, scaled to UN WPP 2024",
        date="2025",
        assumptions=(
            "Within each admin-1 unit people are spread by a rule: land, nearness to named places, cold, steep "
            "and dry ground (data/starter/README.md).",
        ),
        facts={
            "people": float(np.nansum(people, dtype=np.float64)),
            "units": len(areas),
            "made_from": {
                package.label(name): sha256_of(package.path_of(name))
                for package, name in (
                    (STARTER, areas_file(iso3)),
                    (BASEMAP, basemap.file_of(iso3)),
                    (STARTER, environment_file(iso3)),
                    (STARTER, pack.PLACES),
                    (STARTER, pack.POPULATION),
                )
            },
        },
    )
    return Population(people=people, geobox=geobox, record=record)


def _sites(iso3: str, places: pd.DataFrame) -> Sites:
    table = network.sites(places)
    record = _record(
        iso3,
        "sites",
        pack.PLACES,
        format="modelled",
        licence="CC BY 4.0",
        attribution=_GEONAMES,
        source="modelled from GeoNames places",
        assumptions=(
            "There is one modelled site at each named place: 2G at every place, 3G from 5,000 people, 4G from 20,000, 5G from "
            "500,000; a capital and the largest place of a unit have 2G to 4G. No operator, mast or frequency is known.",
        ),
        warnings=(
            InputWarning(
                "masts",
                "Masts away from named places are missing, so that the share of people without coverage is too high, in "
                "sparsely settled countries by far.",
            ),
        ),
        facts={"sites": int(table["site_id"].nunique())},
    )
    return Sites(table=table, records=(record,))


def _boundaries(iso3: str, areas: gpd.GeoDataFrame) -> Boundaries:
    names = [f"name_{language}" for language in LANGUAGES]
    whole = outline(iso3)
    level0 = {"level": 0, "area_id": iso3, "name": country(iso3).name, "parent_id": "", "geometry": whole}
    level0 |= {f"name_{language}": text for language, text in country(iso3).names.items()}
    level1 = areas.assign(level=1, area_id=_area_ids(areas), parent_id=iso3)
    columns = ["level", "area_id", "name", "parent_id", *names, "geometry"]
    rows = [level0, *level1[columns].to_dict("records")]
    record = _record(
        iso3,
        "boundaries",
        areas_file(iso3),
        format="GeoJSON",
        crs="EPSG:4326",
        licence="public domain (Natural Earth); CC BY 4.0 (WorldPop outlines of islands)",
        attribution=f"{_NATURAL_EARTH} {_WORLDPOP}",
        source="Natural Earth 1:10m admin-1; WorldPop country outlines, 500 m",
        assumptions=(
            "Admin-1 units are those of Natural Earth, which may be older than the country's present division; borders do "
            "not imply an opinion on the status of any territory.",
        ),
        facts={"areas": len(areas)},
    )
    return Boundaries(table=gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:4326"), records=(record,))


def _area_ids(areas: gpd.GeoDataFrame) -> np.ndarray:
    """ISO 3166-2 where the unit has one of its own, else Natural Earth's code."""
    iso = areas["iso_3166_2"].fillna("")
    own = ~iso.duplicated(keep=False) & ~iso.str.contains("~") & ~iso.str.startswith("-") & (iso != "")
    return np.where(own, iso, areas["adm1_code"])


def _places(iso3: str, places: pd.DataFrame) -> Places:
    record = _record(
        iso3,
        "places",
        pack.PLACES,
        format="CSV",
        crs="EPSG:4326",
        licence="CC BY 4.0",
        attribution=_GEONAMES,
        source="GeoNames cities500",
        assumptions=(
            "The largest place of each admin-1 unit is taken for its seat: the source does not say which place is.",
        ),
        facts={"places": len(places)},
    )
    table = places[["name", "lat", "lon", "population", "rank"]]
    return Places(table=table.reset_index(drop=True), records=(record,))


def _record(iso3: str, layer: str, name: str, *, assumptions: tuple[str, ...], **fields: Any) -> InputRecord:
    """The record of one layer, made from the file ``name`` of the pack."""
    path = STARTER.path_of(name)
    return InputRecord(
        layer=layer,
        path=STARTER.label(name),
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        assumptions=(_NOT_FOR_DECISIONS.format(iso3=iso3), *assumptions),
        starter=True,
        **fields,
    )
