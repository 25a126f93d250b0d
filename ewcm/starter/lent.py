"""What the pack lends to a user who brings none: boundaries, named places, official figures, the base map.

These are facts of others, not modelled, so that a result made with them is not STARTER DATA. The modelled people and network are
never lent: they serve together, and only where there is no folder at all.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm import basemap
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.record import InputRecord, sha256_of
from ewcm.countries import LANGUAGES, country
from ewcm.packaged import BASEMAP, STARTER, Package, areas_file, available, outline
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.official import Official, OfficialFigure
from ewcm.sources.places import Places
from ewcm.starter import pack

NATURAL_EARTH = "Made with Natural Earth (1:10m)."
GEONAMES = "Place names and sizes: GeoNames."
WORLDPOP = "WorldPop, University of Southampton."

#: How the official figures ask to be cited.
SDG = "ITU, via the UN Global SDG Database, indicator 9.c.1"


def boundaries(iso3: str) -> Boundaries:
    """The country and its admin-1 units."""
    areas = pack.areas(iso3)
    names = [f"name_{language}" for language in LANGUAGES]
    level0 = {"level": 0, "area_id": iso3, "name": country(iso3).name, "parent_id": "", "geometry": outline(iso3)}
    level0 |= {f"name_{language}": text for language, text in country(iso3).names.items()}
    level1 = areas.assign(level=1, area_id=area_ids(areas), parent_id=iso3)
    columns = ["level", "area_id", "name", "parent_id", *names, "geometry"]
    rows = [level0, *level1[columns].to_dict("records")]
    record = _record(
        "boundaries",
        STARTER,
        areas_file(iso3),
        format="GeoJSON",
        crs="EPSG:4326",
        licence="public domain (Natural Earth); CC BY 4.0 (WorldPop outlines of islands)",
        attribution=f"{NATURAL_EARTH} {WORLDPOP}",
        source="Natural Earth 1:10m admin-1; WorldPop country outlines, 500 m",
        assumptions=(
            "Admin-1 units are those of Natural Earth, which may be older than the country's present division; borders do "
            "not imply an opinion on the status of any territory.",
        ),
        facts={"areas": len(areas)},
    )
    return Boundaries(table=gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:4326"), records=(record,))


def area_ids(areas: gpd.GeoDataFrame) -> np.ndarray:
    """ISO 3166-2 where the unit has one of its own, else Natural Earth's code."""
    iso = areas["iso_3166_2"].fillna("")
    own = ~iso.duplicated(keep=False) & ~iso.str.contains("~") & ~iso.str.startswith("-") & (iso != "")
    return np.where(own, iso, areas["adm1_code"])


def places(iso3: str) -> Places:
    """The named places."""
    table = pack.places(iso3)
    record = _record(
        "places",
        STARTER,
        pack.places_file(iso3),
        format="CSV",
        crs="EPSG:4326",
        licence="CC BY 4.0",
        attribution=GEONAMES,
        source="GeoNames cities500",
        assumptions=(
            "The largest place of each admin-1 unit is taken for its seat: the source does not say which place is.",
            "The source does not say the language of a place's other names: the map takes for the Arabic one a name in Arabic "
            "letters only, which another language may have as well.",
        ),
        facts={"places": len(table)},
    )
    return Places(table=table.drop(columns="geonameid"), records=(record,))


def has_places(iso3: str) -> bool:
    """Whether there are places to lend."""
    return not pack.places(iso3).empty


def has_base_map(iso3: str) -> bool:
    """Whether there is a base map to lend: of all countries of which the engine knows the outline."""
    return basemap.outline(iso3) is not None


def official(iso3: str) -> Official:
    """The official figures that were reported last, each with its own year."""
    row = pack.official(iso3)
    figures = tuple(
        OfficialFigure(name, float(row[name]) / 100, int(row[f"year_{name}"]), SDG, lent=True)
        for name in TECHNOLOGIES
        if name in row and pd.notna(row[name])
    )
    if not figures:
        return Official()
    record = _record(
        "official",
        STARTER,
        pack.OFFICIAL,
        format="CSV",
        licence="facts as reported; to be cited",
        attribution=SDG,
        source="https://unstats.un.org/sdgs/dataportal",
        date=str(max(figure.year or 0 for figure in figures)),
        assumptions=(
            "The figures are those that were reported last; some are old, and many are carried forward from year to year.",
        ),
        facts={figure.technology: round(100 * figure.share, 2) for figure in figures}
        | {f"year of {figure.technology}": str(figure.year) for figure in figures},
    )
    return Official(figures, (record,))


def base_map(iso3: str) -> InputRecord:
    """The record of the land, lakes and borders that the map shows around the country; no figure is made of them."""
    if iso3 in available():
        file, further = basemap.file_of(iso3), ((BASEMAP, basemap.WORLD), (STARTER, areas_file(iso3)))
        licence, attribution, source = "public domain", NATURAL_EARTH, "Natural Earth 1:10m"
        assumptions: tuple[str, ...] = ()
    else:
        file, further = basemap.countries_file(iso3), ((BASEMAP, basemap.WORLD), (BASEMAP, basemap.LAKES))
        licence, attribution = "CC BY 4.0 (outlines); public domain (lakes)", f"{WORLDPOP} {NATURAL_EARTH}"
        source = "WorldPop country outlines, 500 m, coarsened; Natural Earth 1:10m lakes, coarsened"
        assumptions = ("Outlines and lakes around the country are coarse: about 1.5 km.",)
    return _record(
        "basemap",
        BASEMAP,
        file,
        format="JSON",
        crs="EPSG:4326",
        licence=licence,
        attribution=attribution,
        source=source,
        assumptions=assumptions,
        facts={"made_from": {package.label(name): sha256_of(package.path_of(name)) for package, name in further}},
    )


def _record(layer: str, package: Package, name: str, **fields: Any) -> InputRecord:
    """The record of a layer, made from the file ``name`` of a package."""
    return package.record(layer, name, lent=True, **fields)
