"""How each source is brought: one function a source, ``Job -> Product``, by the name in the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from ewcm.fetch.job import Job
from ewcm.fetch.ledger import Product
from ewcm.fetch.recipes.boundaries import cod_ab, gadm, geoboundaries
from ewcm.fetch.recipes.cells import mls, opencellid
from ewcm.fetch.recipes.hazards import aqueduct, ibtracs, jrc_floods, landslides, storm_winds
from ewcm.fetch.recipes.masts import osm_masts
from ewcm.fetch.recipes.official import sdg
from ewcm.fetch.recipes.places import geonames
from ewcm.fetch.recipes.population import ghs_pop, population
from ewcm.fetch.recipes.terrain import copernicus

RECIPES: dict[str, Callable[[Job], Product]] = {
    recipe.__name__: recipe
    for recipe in (
        geoboundaries,
        cod_ab,
        gadm,
        population,
        ghs_pop,
        opencellid,
        mls,
        osm_masts,
        geonames,
        sdg,
        copernicus,
        jrc_floods,
        aqueduct,
        ibtracs,
        storm_winds,
        landslides,
    )
}
