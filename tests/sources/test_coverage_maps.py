"""Declared coverage maps."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import CoveragePolygons, CoverageRaster, read_declared
from tests.sources.files import UGA, raster


def read(path, technology="4G", **more):
    (found,) = read_declared(path, technology, UGA, **more)
    return found


def shapes(path, *geometries, crs=4326):
    gpd.GeoDataFrame(geometry=list(geometries), crs=crs).to_file(path)
    return path


@pytest.mark.parametrize("name", ["c.gpkg", "c.geojson", "c.shp", "c.fgb"])
def test_polygons(tmp_path, name):
    declared = read(shapes(tmp_path / name, shapely.box(31, 0, 32, 1)), "LTE", operator="MTN")
    assert isinstance(declared, CoveragePolygons)
    assert (declared.technology, declared.operator) == ("4G", "MTN")
    assert list(declared.polygons.columns) == ["geometry"]
    assert declared.polygons.geometry[0].area == pytest.approx(1)
    assert declared.record.layer == "coverage"


def test_polygons_are_reprojected_and_mended(tmp_path):
    bow = shapely.Polygon([(400_000, 0), (500_000, 100_000), (500_000, 0), (400_000, 100_000)])
    declared = read(shapes(tmp_path / "c.gpkg", bow, crs=32636))
    assert declared.polygons.geometry.is_valid.all()
    assert declared.record.crs == "EPSG:32636"
    assert str(declared.polygons.crs) == "EPSG:4326"


def test_points_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no polygons"):
        read(shapes(tmp_path / "c.gpkg", shapely.Point(31, 0)))


@pytest.mark.parametrize(
    ("west", "south", "message"),
    [(50, 30, r"lies outside Uganda .*50.00..51.00 east, 30.00..31.00 north"), (1, 31, "swapped")],
)
def test_polygons_elsewhere_are_refused(tmp_path, west, south, message):
    with pytest.raises(InputError, match=message):
        read(shapes(tmp_path / "c.gpkg", shapely.box(west, south, west + 1, south + 1)))


def test_a_raster_of_1_and_0(tmp_path):
    declared = read(raster(tmp_path / "c.tif", np.eye(3, dtype="uint8")))
    assert isinstance(declared, CoverageRaster)
    assert (declared.nodata, declared.nodata_is_uncovered, declared.threshold_dbm) == (None, False, None)
    assert declared.record.facts["counts"] == {"0": 6, "1": 3}


def test_bare_ones_make_nodata_uncovered_and_say_so(tmp_path):
    declared = read(raster(tmp_path / "c.tif", np.eye(3, dtype="uint8"), nodata=0))
    assert declared.nodata_is_uncovered
    assert any("nodata was taken as not covered" in text for text in map(str, declared.record.warnings))


def test_nodata_beside_0_and_1_is_unknown(tmp_path):
    values = np.eye(3, dtype="uint8")
    values[0, 2] = 255
    declared = read(raster(tmp_path / "c.tif", values, nodata=255))
    assert not declared.nodata_is_uncovered
    assert any("1 cell is nodata; coverage there counts as unknown" in text for text in declared.record.assumptions)


def test_mce_classes(tmp_path):
    path = raster(tmp_path / "c.tif", np.array([[0, 1], [2, 1]], dtype="uint8"))
    assert read(path, values="mce").values == "mce"
    with pytest.raises(InputError, match='holds 2, but values = "covered" allows 0, 1; state what they are: "mce"'):
        read(path)


def test_levels(tmp_path):
    path = raster(tmp_path / "c.tif", np.array([[-80, -110], [-999, -95]], dtype="float32"), nodata=-999)
    declared = read(path, values="dbm", threshold_dbm=-105)
    assert declared.threshold_dbm == -105
    assert declared.record.facts["range"] == [-110, -80]
    for more in ({"values": "dbm"}, {"threshold_dbm": -105}):
        with pytest.raises(InputError, match="go together"):
            read(path, **more)
    with pytest.raises(InputError, match="no levels in dBm"):
        read(raster(tmp_path / "d.tif", np.array([[40, 900]], dtype="int16")), values="dbm", threshold_dbm=-105)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"technology": "6G"}, "technology '6G' is not known"),
        ({"values": "yes"}, "values = 'yes' is not known"),
    ],
)
def test_unknown_words_are_refused(tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        read(raster(tmp_path / "c.tif", np.eye(3, dtype="uint8")), **more)


@pytest.mark.parametrize(
    ("values", "change", "message"),
    [
        (np.eye(3), {"crs": None}, "no coordinate system"),
        (np.eye(3), {"west": 60.0}, "lies outside Uganda"),
        (np.eye(3), {"west": 2.0, "north": 31.0}, "swapped"),
        (np.zeros((2, 2)), {"nodata": 0}, "nothing but nodata"),
    ],
)
def test_bad_rasters_are_refused(tmp_path, values, change, message):
    with pytest.raises(InputError, match=message):
        read(raster(tmp_path / "c.tif", values.astype("uint8"), **change))


def test_a_raster_of_the_whole_continent_is_fine(tmp_path):
    declared = read(raster(tmp_path / "c.tif", np.eye(80, dtype="uint8"), west=-20, north=40, step=1.0))
    assert declared.record.warnings == ()


def test_a_text_named_tif_is_refused(tmp_path):
    (tmp_path / "c.tif").write_text("coverage")
    with pytest.raises(InputError, match="is a text file, not a raster"):
        read(tmp_path / "c.tif")
