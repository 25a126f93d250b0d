"""The one way through: inputs → coverage → analysis → result. Pure: it writes nothing."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.analysis.areas import OUTSIDE, Partition, geodesic_area_km2, partition, whole_country, whole_grid
from ewcm.analysis.caveats import caveats
from ewcm.analysis.coldspots import coldspots, covered_cells
from ewcm.analysis.distance import nearest_km, people_by_distance
from ewcm.analysis.reach import COVERED, UNCOVERED, UNKNOWN_PEOPLE, Reach, best_operator, people_in, reach
from ewcm.core import grid, storage
from ewcm.coverage import combine as coverage
from ewcm.coverage.combine import Stack
from ewcm.inputs.country_data import CountryData
from ewcm.result import CountryResult
from ewcm.settings import SERVICES, Settings

SCHEMA_VERSION = 1

#: Called with what is being done and how much of it is done (0..1; 0 where a step begins).
Progress = Callable[[str, float], None]


def silent(step: str, done: float) -> None:
    pass


def run(data: CountryData, settings: Settings, progress: Progress = silent) -> CountryResult:
    """Compute who can be reached in one country.

    Raises :class:`ewcm.errors.EwcmError` subclasses for inputs that cannot be used together.
    """
    people = data.population.people
    progress("coverage", 0.0)
    stack = coverage.build(
        data, settings, lambda done, sites: progress(f"coverage {done} of {sites} sites", done / max(1, sites))
    )
    progress("areas", 0.0)
    partitions = _partitions(data, people, settings)
    reached = reach(people, stack, partitions, lambda done: progress("reach", done))
    country_people = float(reached[0].people.sum())
    total = people_in(people)
    outside = max(0.0, total - country_people)
    # What is lost in adding up 10⁸ numbers is not people.
    outside = outside if outside > 1e-9 * total else 0.0
    areas = _areas(partitions, reached)
    sdg = _sdg(people, stack, partitions[0], country_people)
    warnings = caveats(data, settings, stack, partitions, country_people, outside)
    # A country of 4·10⁸ grid cells fits in memory only if each of its arrays leaves as soon as nobody needs it.
    inside = _inside(people, partitions[0]) if outside else people
    finest = partitions[-1]
    del partitions
    progress("coldspots", 0.0)
    found, by_distance = [], None
    for service in dict.fromkeys(("any", *settings.coldspot_services)):
        distance_km = _distance(service, stack, settings)
        if service == "any" and distance_km is not None:
            by_distance = people_by_distance(inside, distance_km, stack, service)
        if service in settings.coldspot_services:
            found.append(coldspots(service, inside, stack, distance_km, finest, data.places, settings))
    del finest, distance_km, inside
    spots = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs="EPSG:4326")
    summary = _summary(data, settings, stack, reached[0], spots, total, outside)
    summary |= {"caveats": warnings, "sdg_9c1": sdg, "distance": by_distance}
    progress("layers", 0.0)
    levels = _levels(people.shape, stack)
    return CountryResult(
        data=data, settings=settings, summary=summary, areas=areas, coldspots=spots, levels=levels, stack=stack
    )


def _inside(people: np.ndarray, country: Partition) -> np.ndarray:
    """People of the country alone: who is in none of its areas is no part of its coldspots either."""
    inside = storage.empty(people.shape, np.float32)
    for rows in grid.blocks(people.shape[0]):
        inside[rows] = np.where(country.labels[rows] == OUTSIDE, np.float32(0), people[rows])
    return inside


def _partitions(data: CountryData, people: np.ndarray, settings: Settings) -> list[Partition]:
    """The country, then each level of areas given, coarse to fine. Everyone of the country is in an area of each."""
    geobox = data.population.geobox
    country = data.country
    if data.boundaries is None or data.boundaries.table.empty:
        return [whole_grid(geobox, country.name, country.iso3)]
    table = data.boundaries.table
    levels = sorted(table["level"].unique())
    coarsest = partition(table[table["level"] == levels[0]], people, geobox, settings.nearest_area_km)
    partitions = [coarsest] if levels[0] == 0 else [whole_country(coarsest, country.name, country.iso3), coarsest]
    for level in levels[1:]:
        partitions.append(partition(table[table["level"] == level], people, geobox, np.inf, partitions[0]))
    return partitions


def _distance(service: str, stack: Stack, settings: Settings) -> np.ndarray | None:
    """Distance [km] of every grid cell to the nearest covered one; None where nothing is covered."""
    covered = covered_cells(service, stack, settings)
    if not covered.any():
        return None
    return nearest_km(covered, stack.geobox)


def _areas(partitions: list[Partition], reached: list[Reach]) -> gpd.GeoDataFrame:
    tables = []
    for partition_, result in zip(partitions, reached, strict=True):
        table = partition_.table
        figures = {"people": result.people, "area_km2": geodesic_area_km2(table)}
        for service, by_variant in result.by_service.items():
            name = service.replace("+", "plus")
            figures[f"covered_{name}"] = by_variant["central"][:, COVERED]
            figures[f"uncovered_{name}"] = by_variant["central"][:, UNCOVERED]
            figures[f"unknown_{name}"] = by_variant["central"][:, UNKNOWN_PEOPLE]
            figures[f"uncovered_{name}_low"] = by_variant["high"][:, UNCOVERED]
            figures[f"uncovered_{name}_high"] = by_variant["low"][:, UNCOVERED]
        names = table[["level", "area_id", "name", "parent_id"]]
        tables.append(pd.concat([names, pd.DataFrame(figures, index=table.index), table["geometry"]], axis=1))
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs="EPSG:4326")


def _summary(
    data: CountryData,
    settings: Settings,
    stack: Stack,
    country: Reach,
    spots: gpd.GeoDataFrame,
    total: float,
    outside: float,
) -> dict[str, object]:
    people = float(country.people.sum())
    services: dict[str, object] = {}
    for service, by_variant in country.by_service.items():
        central, low, high = (by_variant[variant].sum(axis=0) for variant in ("central", "low", "high"))
        figures: dict[str, object] = {"model": stack.model_of(service)}
        for name, column in (("covered", COVERED), ("uncovered", UNCOVERED), ("unknown", UNKNOWN_PEOPLE)):
            figures[name] = float(central[column])
            figures[f"{name}_share"] = float(central[column]) / people if people else None
        figures["covered_low"], figures["covered_high"] = float(low[COVERED]), float(high[COVERED])
        figures["uncovered_low"], figures["uncovered_high"] = float(high[UNCOVERED]), float(low[UNCOVERED])
        services[service] = figures
    geobox = data.population.geobox
    ledger = {name: services["any"][name] for name in ("covered", "uncovered", "unknown")}  # type: ignore[index]
    return {
        "schema_version": SCHEMA_VERSION,
        "iso3": data.country.iso3,
        "name": data.country.name,
        "names": dict(data.country.names),
        "language": data.country.language,
        "starter": data.starter,
        "people": people,
        "grid": {
            "crs": data.population.record.crs,
            "rows": geobox.shape[0],
            "cols": geobox.shape[1],
            "cell_size_m": [
                round(float(size[geobox.shape[0] // 2]) * 1000, 1) for size in grid.row_cell_size_km(geobox)
            ],
        },
        "services": services,
        "ledger": {"people": total, **ledger, "outside": outside},
        "official": data.official or None,
        "coldspots": {
            service: {
                "count": int((spots["service"] == service).sum()),
                "people": float(spots.loc[spots["service"] == service, "people"].sum()),
                "min_people": settings.min_people,
            }
            for service in settings.coldspot_services
        },
        "inputs": [
            {
                "layer": record.layer,
                "path": record.path,
                "licence": record.licence,
                "attribution": record.attribution,
                "source": record.source,
                "date": record.date,
            }
            for record in data.records
        ],
    }


def _sdg(people: np.ndarray, stack: Stack, country: Partition, total: float) -> dict[str, object]:
    best = best_operator(people, stack, country)
    return {
        name: None
        if leader is None or total == 0
        else {"operator": leader[0], "people": leader[1], "share": leader[1] / total}
        for name, leader in best.items()
    }


def _levels(shape: tuple[int, int], stack: Stack) -> dict[str, np.ndarray]:
    """Levels of each service that is known. Services made of the same known technologies share one array."""
    levels: dict[str, np.ndarray] = {}
    made: dict[tuple[str, ...], np.ndarray] = {}
    for service in SERVICES:
        known = stack.known(service)
        if not known:
            continue
        if known not in made:
            made[known] = storage.empty(shape, np.uint16)
            for rows in grid.blocks(shape[0]):
                made[known][rows] = stack.service(service, "central", rows)
        levels[service] = made[known]
    return levels
