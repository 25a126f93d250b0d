"""Made-up inputs: small countries on known grids, for tests of everything to the right of the readers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry import box

from ewcm.core.record import InputRecord
from ewcm.countries import Country
from ewcm.inputs.country_data import CountryData
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.cell_sites import SITE_COLUMNS
from ewcm.sources.cells import Sites
from ewcm.sources.coverage_maps import CoveragePolygons
from ewcm.sources.places import Places
from ewcm.sources.population import Population

NOWHERE = Country(
    iso3="XYZ",
    iso2="XY",
    m49="999",
    names={"en": "Nowhere", "fr": "Nulle part", "es": "Ninguna parte", "pt": "Lugar nenhum", "ar": "لا مكان"},
    mccs=(999,),
    language="en",
    crosses_180=False,
    membership="",
)


def made_grid(rows: int = 40, cols: int = 60, west: float = 30.0, north: float = 2.0, step: float = 1 / 120) -> GeoBox:
    """A geographic grid of ``step`` degrees."""
    return GeoBox((rows, cols), Affine(step, 0, west, 0, -step, north), "EPSG:4326")


def made_record(layer: str) -> InputRecord:
    """The record of a file that was never there."""
    return InputRecord(layer=layer, path=f"{layer}.test", crs="EPSG:4326")


def made_sites(*rows: tuple[float, float, str, str]) -> Sites:
    """Sites from (lat, lon, technology, operator)."""
    table = pd.DataFrame(
        [
            {"site_id": str(i), "lat": lat, "lon": lon, "technology": tech, "operator": operator}
            for i, (lat, lon, tech, operator) in enumerate(rows)
        ]
    )
    return Sites(table.reindex(columns=list(SITE_COLUMNS)), (made_record("sites"),))


def made_areas(*rows: tuple[int, str, object]) -> Boundaries:
    """Areas from (level, name, geometry); the name is the id too."""
    table = gpd.GeoDataFrame(
        [
            {"level": level, "area_id": name, "name": name, "parent_id": "", "geometry": shape}
            for level, name, shape in rows
        ],
        crs="EPSG:4326",
    )
    return Boundaries(table, (made_record("boundaries"),))


def made_places(*rows: tuple[str, float, float]) -> Places:
    """Places from (name, lat, lon)."""
    table = pd.DataFrame(
        [{"name": name, "lat": lat, "lon": lon, "population": np.nan, "rank": 3} for name, lat, lon in rows]
    )
    return Places(table, (made_record("places"),))


def made_declared(technology: str, operator: str, *shapes: object) -> CoveragePolygons:
    """A declared map of polygons."""
    return CoveragePolygons(
        technology, operator, gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:4326"), made_record("coverage")
    )


def made_data(people: np.ndarray, geobox: GeoBox, **others: object) -> CountryData:
    """The inputs of a made-up country."""
    population = Population(np.asarray(people, dtype=np.float32), geobox, made_record("population"))
    return CountryData(country=NOWHERE, population=population, **others)  # type: ignore[arg-type]


def cell_box(geobox: GeoBox, row0: float, col0: float, row1: float, col1: float) -> object:
    """A rectangle given in (fractional) rows and columns."""
    west, north = geobox.affine @ (col0, row0)
    east, south = geobox.affine @ (col1, row1)
    return box(west, south, east, north)


def level_of(result: object, service: str, case: str = "central") -> np.ndarray:
    """Coverage levels (uint16) of a service on the whole grid."""
    coverage = result.coverage  # type: ignore[attr-defined]
    return coverage.shares(service, case, slice(0, coverage.geobox.shape[0])).covered
