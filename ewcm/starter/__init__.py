"""STARTER DATA: modelled inputs of the 33 countries, so that everything runs before real data is at hand.

The people are modelled (see ``ewcm.starter.surface``), the network too (``ewcm.starter.network``). Neither is for decisions.
What else the pack holds is lent to users' own files as well (``ewcm.starter.lent``). How to bring real data: ``data/README.md``.
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
from ewcm.countries import country
from ewcm.packaged import BASEMAP, STARTER, areas_file, available, environment_file
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.cells import Sites
from ewcm.sources.official import Official
from ewcm.sources.places import Places
from ewcm.sources.population import Population
from ewcm.starter import lent, network, pack, surface

__all__ = ["StarterLayers", "available", "layers"]

_NOT_FOR_DECISIONS = (
    "STARTER DATA: modelled, to show the engine at work; not for decisions. "
    "Put your own files in data/{iso3}/ (see data/README.md) to replace it."
)

_ENVIRONMENT = (
    "Altitude: Terrain Tiles by Mapzen, by way of pvlib. Rain and temperature: contains modified Copernicus Climate Change "
    "Service information (ERA5, 2000-2025)."
)


@dataclass(frozen=True)
class StarterLayers:
    """The layers of one country: modelled people and network, and what the pack lends to anybody."""

    population: Population
    sites: Sites
    boundaries: Boundaries
    places: Places
    official: Official
    basemap: InputRecord


def layers(iso3: str) -> StarterLayers:
    """The inputs of one country that has no others.

    Raises CountryError when the pack has no such country and InputError when a file of the pack is missing.
    """
    iso3 = pack.known(iso3)
    areas, places = pack.areas(iso3), pack.places(iso3)
    population, official = _population(iso3, areas, places), lent.official(iso3)
    return StarterLayers(
        population=population,
        sites=_sites(iso3, population, official),
        boundaries=lent.boundaries(iso3),
        places=lent.places(iso3),
        official=official.as_target(*network.TECHNOLOGIES),
        basemap=lent.base_map(iso3),
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
        attribution=f"{lent.WORLDPOP} United Nations, World Population Prospects 2024. {lent.NATURAL_EARTH} {lent.GEONAMES} "
        f"{_ENVIRONMENT}",
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


def _sites(iso3: str, population: Population, official: Official) -> Sites:
    shares = {figure.technology: figure.share for figure in official.figures}
    table = network.sites(population.people, population.geobox, shares, iso3)
    told = ", ".join(f"{name} {round(100 * share, 2):g} %" for name, share in shares.items())
    record = _record(
        iso3,
        "sites",
        pack.OFFICIAL,
        format="modelled",
        licence="facts as reported; to be cited",
        attribution=lent.SDG,
        source="modelled from the modelled people and official shares",
        assumptions=(
            f"Sites are modelled: as many as the official shares of the country ask for ({told}, together with newer "
            "technologies), where most modelled people live around. No operator, mast or frequency is known; nothing of 5G.",
        ),
        warnings=(
            InputWarning(
                "masts",
                "Where the sites are is made up: how many people are out of reach is the official share, and who they are is a "
                "guess that finds fewer than half of them.",
            ),
        ),
        facts={"sites": int(table["site_id"].nunique())},
    )
    return Sites(table=table, records=(record,))


def _record(iso3: str, layer: str, name: str, *, assumptions: tuple[str, ...], **fields: Any) -> InputRecord:
    """The record of one layer, made from the file ``name`` of the pack."""
    return STARTER.record(
        layer,
        name,
        assumptions=(_NOT_FOR_DECISIONS.format(iso3=iso3), *assumptions),
        starter=True,
        **fields,
    )
