"""Small made-up results that together have every table, column and figure of the engine."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry import MultiPolygon, box

from ewcm import pipeline
from ewcm.analysis.areas import whole_grid
from ewcm.analysis.islands import islands_finding
from ewcm.analysis.reach import reach_table, zones_finding
from ewcm.analysis.second_channel import second_channel_finding
from ewcm.core.finding import Finding
from ewcm.core.fraction import CASES, LEVELS
from ewcm.core.record import InputRecord
from ewcm.core.zones import polygons
from ewcm.countries import country
from ewcm.coverage.broadcast import GroundModel
from ewcm.coverage.combine import Coverage
from ewcm.inputs.country_data import CountryData
from ewcm.result import CountryResult
from ewcm.settings import Settings
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.cell_sites import SITE_COLUMNS
from ewcm.sources.cells import Sites
from ewcm.sources.hazards import ArraySource, Hazard
from ewcm.sources.official import Official, OfficialFigure
from ewcm.sources.places import Places
from ewcm.sources.points import POINT_COLUMNS, Points
from ewcm.sources.population import Population

_WEST, _NORTH, _STEP = 32.0, 1.0, 1 / 120
_ROWS, _COLS = 24, 36


def example_results() -> tuple[CountryResult, ...]:
    """One result with everything, one with estimated coverage, one without any, and one where nobody lives."""
    people = np.full((_ROWS, _COLS), 200.0, np.float32)
    whole = _data(people)
    nobody = _population(np.zeros_like(people))
    complete = pipeline.run(whole, Settings(coldspot_services=("any", "4G")))
    zone = gpd.GeoDataFrame({"name": ["Zone"]}, geometry=[box(32.0, 0.9, 32.1, 1.0)], crs="EPSG:4326")
    in_zone = reach_table(people, complete.coverage, polygons(zone, complete.geobox))
    assert whole.sites is not None, "it has a site"
    cells = InputRecord("cells", "cells", facts={"cells": {"2G": 1}})
    reported = Official((OfficialFigure("2G", 0.8, 2023, "Regulator"),), whole.official.records)
    unknown = _of_elsewhere(whole.hazards)
    crowd_sourced = replace(whole, sites=replace(whole.sites, records=(cells,)), official=reported, hazards=unknown)
    pieces = [box(west, 0.81, west + 0.07, 0.99) for west in (32.01, 32.11, 32.21)]
    outline = gpd.GeoDataFrame(geometry=[MultiPolygon(pieces)], crs="EPSG:4326")
    one_area = whole_grid(complete.geobox, "Area", "A")
    of_islands = islands_finding(outline, people, complete.coverage, "any", one_area, None)
    return (
        complete.with_finding(zones_finding(in_zone)).with_finding(of_islands).with_finding(_channels(complete)),
        pipeline.run(crowd_sourced, Settings()),
        pipeline.run(CountryData(whole.country, whole.population), Settings(coldspot_services=("3G",))),
        pipeline.run(replace(whole, population=nobody), Settings()),
    )


def _channels(result: CountryResult) -> Finding:
    """A second channel that is everywhere."""
    sky = dict.fromkeys(CASES, np.full((_ROWS, _COLS), LEVELS, np.uint16))
    chosen = {**result.coverage.chosen, "satellite": GroundModel("satellite", "declared", sky)}
    coverage = Coverage(result.geobox, chosen, result.coverage.missing)
    return second_channel_finding(result.data.population.people, coverage, result.zones)


def _data(people: np.ndarray) -> CountryData:
    middle = (_NORTH - _ROWS / 2 * _STEP, _WEST + _STEP)
    site = {"site_id": "1", "lat": middle[0], "lon": middle[1], "technology": "2G", "operator": "Operator"}
    area = {"level": 1, "area_id": "A", "name": "Area", "parent_id": "", "geometry": box(32.0, 0.8, 32.3, 1.0)}
    place = {"name": "Place", "lat": middle[0], "lon": middle[1], "population": np.nan, "rank": 3}
    point = ("1", "School", "school", 90.0, np.nan, *middle)
    return CountryData(
        country("UGA"),
        _population(people),
        sites=Sites(pd.DataFrame([site]).reindex(columns=list(SITE_COLUMNS)), (_record("sites"),)),
        boundaries=Boundaries(gpd.GeoDataFrame([area], crs="EPSG:4326"), (_record("boundaries"),)),
        places=Places(pd.DataFrame([place]), (_record("places"),)),
        points=Points(pd.DataFrame([point], columns=list(POINT_COLUMNS)), {"with no position": 1}, (_record("poi"),)),
        hazards=(*_hazards("flood", "m", 0.15, (10.0, 100.0)), *_hazards("earthquake", "MMI", 6.0, (475.0,))),
        official=Official(
            (OfficialFigure("2G", 0.99, 2023, "Regulator"), OfficialFigure("4G", 0.5, None, "Regulator")),
            (_record("official"),),
        ),
    )


def _hazards(kind: str, unit: str, threshold: float, periods: tuple[float, ...]) -> tuple[Hazard, ...]:
    """Maps that reach more of the country the rarer they are."""
    column = np.broadcast_to(np.arange(_COLS, dtype=np.float32), (_ROWS, _COLS))
    return tuple(
        Hazard(
            kind,
            kind,
            unit,
            (threshold,),
            ArraySource(
                np.where(column < 6 + place, threshold, 0).astype(np.float32),
                Affine(_STEP, 0, _WEST, 0, -_STEP, _NORTH),
                coarse=False,
            ),
            _record("hazard"),
            return_period=period,
        )
        for place, period in enumerate(periods)
    )


def _of_elsewhere(hazards: tuple[Hazard, ...]) -> tuple[Hazard, ...]:
    """The same maps, which say nothing of this country."""
    nothing = np.full((_ROWS, _COLS), np.nan, np.float32)
    transform = Affine(_STEP, 0, _WEST, 0, -_STEP, _NORTH)
    return tuple(replace(hazard, source=ArraySource(nothing, transform, coarse=False)) for hazard in hazards)


def _population(people: np.ndarray) -> Population:
    geobox = GeoBox(people.shape, Affine(_STEP, 0, _WEST, 0, -_STEP, _NORTH), "EPSG:4326")
    return Population(people, geobox, _record("population"))


def _record(layer: str) -> InputRecord:
    return InputRecord(layer, layer, crs="EPSG:4326")
