"""layers.gpkg and reach.tif: valid for other programs, true to the result, the same bytes each time."""

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio

from ewcm.core.fraction import decode
from ewcm.report.geopackage import write_geopackage
from ewcm.report.geotiff import reach_layers, write_reach
from ewcm.settings import Settings
from tests.made import level_of
from tests.report import cog
from tests.report.make_result import made_result


def test_geopackage_reads_back(hostile, tmp_path):
    path = tmp_path / "layers.gpkg"
    write_geopackage(hostile, path)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["areas", "coldspots", "sites", "next_sites"]
    areas = gpd.read_file(path, layer="areas")
    assert list(areas["name"]) == list(hostile.areas["name"])
    assert set(areas["data_grade"]) == {"starter"}
    np.testing.assert_allclose(areas["people"], hostile.areas["people"], atol=1e-6)
    assert areas.crs.to_epsg() == 4326 and areas.geometry.is_valid.all()
    coldspots = gpd.read_file(path, layer="coldspots")
    np.testing.assert_allclose(coldspots["people"], hostile.coldspots["people"], atol=1e-6)
    assert coldspots.geometry.is_valid.all()
    assert len(gpd.read_file(path, layer="sites")) == len(hostile.data.sites.table)


def test_geopackage_without_sites_or_coldspots(unknown, tmp_path):
    write_geopackage(unknown, tmp_path / "layers.gpkg")
    assert len(gpd.read_file(tmp_path / "layers.gpkg", layer="sites")) == 0
    assert len(gpd.read_file(tmp_path / "layers.gpkg", layer="coldspots")) == 0


def test_country_across_180_stays_in_one_piece(tmp_path):
    write_geopackage(made_result(west=179.5), tmp_path / "layers.gpkg")
    for layer in ("areas", "sites"):
        west, _, east, _ = gpd.read_file(tmp_path / "layers.gpkg", layer=layer).total_bounds
        assert 179 < west < east < 181


def test_reach_is_a_valid_cog_with_the_figures_of_the_summary(result, tmp_path):
    path = tmp_path / "reach.tif"
    write_reach(result, path, threads=1)
    assert cog.complaints(path) == []
    assert [found.name for found in tmp_path.iterdir()] == ["reach.tif"]
    with rasterio.open(path) as source:
        assert source.descriptions == tuple(layer.name for layer in reach_layers(result))
        assert source.descriptions[:3] == ("people", "uncovered_people", "fraction_any")
        assert source.crs.to_epsg() == 4326 and np.isnan(source.nodata)
        assert source.transform == result.data.population.geobox.affine
        assert source.tags()["data_grade"] == "user"
        people, uncovered = source.read(1), source.read(2)
        np.testing.assert_array_equal(people, result.layers["people"].values)
        for index, name in enumerate(source.descriptions[2:], start=3):
            level = level_of(result, name.removeprefix("fraction_"))
            np.testing.assert_array_equal(source.read(index), decode(level))
    figures = result.summary["services"]["any"]
    assert np.nansum(uncovered, dtype=float) == pytest.approx(figures["uncovered"], rel=1e-6)


def test_overviews_are_averages_of_what_is_known(tmp_path):
    """Two overviews of a grid with odd sides and gaps, beside plain means of 2 x 2 cells."""
    path = tmp_path / "reach.tif"
    result = made_result(rows=1101, cols=531, settings=Settings(coldspot_services=()))
    result.data.population.people[3:9, 5:12] = np.nan
    write_reach(result, path, threads=2)
    assert cog.complaints(path) == []
    for index in (1, 2, 3):
        with rasterio.open(path) as source:
            assert source.overviews(index) == [2, 4]
            expected = source.read(index)
        for level in (0, 1):
            rows, cols = expected.shape
            expected = np.pad(expected, ((0, rows % 2), (0, cols % 2)), constant_values=np.nan)
            four = expected.reshape(expected.shape[0] // 2, 2, expected.shape[1] // 2, 2)
            known = np.isfinite(four).sum(axis=(1, 3))
            expected = np.where(known, np.nansum(four, axis=(1, 3)) / np.maximum(known, 1), np.nan)
            with rasterio.open(path, overview_level=level) as source:
                np.testing.assert_allclose(source.read(index), expected, rtol=1e-6)
            assert np.isnan(expected).any() or index == 3 or level


def test_unknown_is_nan_in_the_raster(unknown, tmp_path):
    write_reach(unknown, tmp_path / "reach.tif", threads=1)
    with rasterio.open(tmp_path / "reach.tif") as source:
        assert source.descriptions == ("people", "uncovered_people")
        assert np.isnan(source.read(2)).all()


def test_same_bytes_with_any_number_of_threads(tmp_path):
    result = made_result(rows=560, cols=700, settings=Settings(min_people=3000.0))
    for threads in (1, 2, 8):
        write_reach(result, tmp_path / f"{threads}.tif", threads=threads)
        write_geopackage(result, tmp_path / f"{threads}.gpkg")
    for kind in ("tif", "gpkg"):
        assert len({path.read_bytes() for path in tmp_path.glob(f"*.{kind}")}) == 1, kind
