"""Hazards of every source, played by a local server."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio

from tests.fetch import made
from tests.fetch.conftest import Fetch
from tests.fetch.made import inputs, names
from tests.fetch.server import Server


def depths(value: float, side: int = 1200) -> np.ndarray:
    values = np.full((side, side), -9999.0, dtype=np.float32)
    values[side // 2 :] = value
    return values


def test_river_floods_are_joined_from_tiles_and_cut(barbados: Fetch, server: Server) -> None:
    base = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/CEMS-GLOFAS/flood_hazard/"
    corners = [[-60, 10], [-50, 10], [-50, 20], [-60, 20], [-60, 10]]
    elsewhere = [[x + 90, y] for x, y in corners]
    tiles = {
        "type": "FeatureCollection",
        "features": [
            {"properties": {"id": 7, "name": "N20_W60"}, "geometry": {"type": "Polygon", "coordinates": [corners]}},
            {"properties": {"id": 8, "name": "N20_E30"}, "geometry": {"type": "Polygon", "coordinates": [elsewhere]}},
        ],
    }
    server.put(base + "tile_extents.geojson", json.dumps(tiles).encode())
    for number, period in enumerate((10, 20, 50, 100, 200, 500)):
        tile = made.tiff(depths(1.0 + number), -60, 20, 1 / 120, nodata=-9999.0)
        server.put(f"{base}RP{period}/ID7_N20_W60_RP{period}_depth.tif", tile)
    report = barbados(only=("jrc-floods",))
    assert not report.partial, report.outcomes
    tables = inputs(report)["hazard"]
    assert [table["return_period"] for table in tables] == [10, 20, 50, 100, 200, 500]
    assert {(table["kind"], table["nodata_is"], table["licence"]) for table in tables} == {
        ("flood", "none", "CC BY 4.0")
    }
    with rasterio.open(report.folder / tables[-1]["path"]) as dataset:
        west, south, _, north = dataset.bounds
        assert -60 < west < -59.6 and 12.8 < south < 13.1 and north < 13.6 and dataset.read(1).max() == 6
    # A second run asks nobody for anything.
    asked = len(server.asked)
    assert not barbados(only=("jrc-floods",)).partial and len(server.asked) == asked


def test_a_list_of_tiles_and_depths_that_are_none_are_refused(barbados: Fetch, server: Server) -> None:
    base = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/CEMS-GLOFAS/flood_hazard/"
    server.put(base + "tile_extents.geojson", b'{"features": [{"geometry": 5}]}')
    assert "list of tiles" in barbados(only=("jrc-floods",)).outcomes[0].message
    world = "https://wri-projects.s3.amazonaws.com/AqueductFloodTool/download/v2/inuncoast_historical_wtsub_hist_rp0010_0.tif"
    server.put(world, made.tiff(depths(5000.0), -64, 18, 1 / 120, nodata=-9999.0))
    assert "impossible depths" in barbados(only=("aqueduct-coast",)).outcomes[0].message


def test_winds_of_storm_and_landslides_are_cut_out_of_the_world(barbados: Fetch, server: Server) -> None:
    winds = "https://zenodo.org/record/7438145/files/STORM_FIXED_RETURN_PERIODS_constant_{}_YR_RP.tif"
    for period in (10, 20, 50, 100, 200, 500):
        server.put(winds.format(period), made.tiff(depths(20.0 + period / 20, 80), -64, 18, 0.1, nodata=-9999.0))
    classes = np.full((1200, 1200), 127, np.int8)
    classes[600:] = 4
    slides = "https://gpm.nasa.gov/sites/default/files/downloads/global-landslide-susceptibility-map-2-27-23.tif"
    server.put(slides, made.tiff(classes, -64, 18, 1 / 120, nodata=127))
    report = barbados(only=("storm-winds", "landslides"))
    assert not report.partial, report.outcomes
    *winds_of, slide = inputs(report)["hazard"]
    assert [(table["return_period"], table["averaging_minutes"]) for table in winds_of] == [
        (period, 10) for period in (10, 20, 50, 100, 200, 500)
    ]
    assert {table["licence"] for table in winds_of} == {"CC0 1.0"} and "non_commercial" not in winds_of[0]
    assert (slide["kind"], slide["values"]) == ("landslide", "class") and "return_period" not in slide
    with rasterio.open(report.folder / slide["path"]) as dataset:
        assert dataset.read(1).max() == 4 and dataset.width < 100
    asked = len(server.asked)
    assert not barbados(only=("storm-winds", "landslides")).partial and len(server.asked) == asked


@pytest.mark.parametrize(("source", "value", "said"), [("storm-winds", 400.0, "winds"), ("landslides", 9.0, "classes")])
def test_winds_and_classes_that_are_none_are_refused(
    barbados: Fetch, server: Server, source: str, value: float, said: str
) -> None:
    base = "https://zenodo.org/record/7438145/files/STORM_FIXED_RETURN_PERIODS_constant_10_YR_RP.tif"
    slides = "https://gpm.nasa.gov/sites/default/files/downloads/global-landslide-susceptibility-map-2-27-23.tif"
    url = base if source == "storm-winds" else slides
    side, step = (1200, 1 / 120) if said == "classes" else (80, 0.1)
    server.put(url, made.tiff(depths(value, side), -64, 18, step, nodata=-9999.0))
    assert f"impossible {said}" in barbados(only=(source,)).outcomes[0].message


def test_floods_of_aqueduct_are_cut_out_of_the_world_and_tracks_come_by_basin(barbados: Fetch, server: Server) -> None:
    base = "https://wri-projects.s3.amazonaws.com/AqueductFloodTool/download/v2/inunriver_historical_000000000WATCH_1980_rp"
    for period in (10, 50, 100, 500, 1000):
        server.put(f"{base}{period:05d}.tif", made.tiff(depths(period / 1000), -64, 18, 1 / 120, nodata=-9999.0))
    tracks = (
        "https://www.ncei.noaa.gov/data/international-best-track-archive-for-climate-stewardship-ibtracs/v04r01/access/csv/"
        "ibtracs.NA.list.v04r01.csv"
    )
    server.put(tracks, b"SID,SEASON,NUMBER\n")
    report = barbados(only=("aqueduct-rivers", "ibtracs"))
    assert not report.partial, report.outcomes
    tables = inputs(report)["hazard"]
    assert [table.get("return_period") for table in tables] == [10, 50, 100, 500, 1000, None]
    assert tables[-1]["kind"] == "wind" and len({table["name"] for table in tables[:-1]}) == 1
    with rasterio.open(report.folder / tables[0]["path"]) as dataset:
        assert dataset.read(1).max() == np.float32(0.01) and dataset.width < 100
    assert not [name for name in names(report.folder) if name.endswith((".part", ".making"))]
