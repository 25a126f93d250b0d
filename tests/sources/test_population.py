"""Population rasters: values, geometry, and what is refused."""

import dataclasses
import math

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from ewcm.core import grid
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.extent import with_extent
from ewcm.sources.population import read_population
from tests.sources.files import NORTH, STEP, UGA, WEST, raster, text

FJI = country("FJI")

#: A country the engine knows nothing about.
NOWHERE = dataclasses.replace(UGA, iso3="XAA", mccs=(), bbox=None, people=None, membership="")


def people(*shape):
    return np.arange(1, math.prod(shape) + 1, dtype="float32").reshape(shape)


def read(path, where=UGA, **more):
    return read_population(path, where, **more)


def test_people_grid_and_record(tmp_path):
    values = people(4, 5)
    values[0, 0] = -99999
    result = read(raster(tmp_path / "p.tif", values, nodata=-99999))
    assert result.people.dtype == np.float32
    assert np.isnan(result.people[0, 0])
    assert np.nansum(result.people) == values.sum() + 99999
    assert result.geobox.shape == (4, 5)
    assert (result.geobox.affine.c, result.geobox.affine.f) == (WEST, NORTH)
    record = result.record
    assert (record.layer, record.path, record.format, record.crs, record.nodata) == (
        "population",
        "p.tif",
        "GTiff",
        "EPSG:4326",
        "-99999",
    )
    assert len(record.sha256) == 64
    assert record.facts["people"] == values.sum() + 99999
    assert record.assumptions == ()


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64", "uint16", "uint8"])
def test_types_of_values(tmp_path, dtype):
    result = read(raster(tmp_path / "p.tif", people(3, 3).astype(dtype)))
    np.testing.assert_array_equal(result.people, people(3, 3))


@pytest.mark.parametrize(
    ("dtype", "stored", "declared"),
    [
        ("float32", -99999, -99999),
        ("float32", -200, -200),
        ("float32", -9999, -9999),
        ("float32", 255, 255),
        ("float32", 0, 0),
        ("float32", np.nan, None),
        ("float32", np.nan, np.nan),
        ("float32", -np.inf, -np.inf),
        ("uint8", 255, 255),
        ("int16", -200, -200),
        ("float32", np.finfo("float32").min, -3.4028230607370965e38),
        ("float32", np.nextafter(np.float32(-99999.9), np.float32(0)), -99999.9),
    ],
)
def test_declared_nodata(tmp_path, dtype, stored, declared):
    values = people(3, 3).astype(dtype)
    values[1, 1] = stored
    result = read(raster(tmp_path / "p.tif", values, nodata=declared))
    assert np.flatnonzero(np.isnan(result.people)).tolist() == [4]
    assert np.nansum(result.people) == 40
    assert result.record.assumptions == ()


def test_an_integer_raster_with_a_nodata_stated_as_a_float(tmp_path):
    values = people(3, 3).astype("int16")
    values[0, 0] = -200
    result = read(raster(tmp_path / "p.tif", values), nodata=-200.00001)
    assert np.isnan(result.people[0, 0])
    assert np.nansum(result.people) == 44


def test_a_nodata_outside_the_type_hides_nothing(tmp_path):
    result = read(raster(tmp_path / "p.tif", people(2, 2).astype("uint8")), nodata=-99999)
    assert not np.isnan(result.people).any()


@pytest.mark.parametrize(
    ("dtype", "sentinel"), [("float32", -99999), ("float32", -200), ("int32", -9999), ("uint8", 255)]
)
def test_an_undeclared_sentinel_is_taken_and_said(tmp_path, dtype, sentinel):
    values = people(3, 3).astype(dtype)
    values[0, :2] = sentinel
    result = read(raster(tmp_path / "p.tif", values))
    assert np.isnan(result.people).sum() == 2
    assert any(f"2 cells hold {sentinel:g}" in said for said in result.record.assumptions)


def test_negative_people_are_refused_with_their_count(tmp_path):
    values = people(3, 3)
    values[0] = -1.5
    with pytest.raises(InputError, match=r"p\.tif: 3 cells hold negative people \(lowest -1\.5\).*nodata"):
        read(raster(tmp_path / "p.tif", values, nodata=-99999))
    assert np.isnan(read(tmp_path / "p.tif", nodata=-1.5).people[0]).all()


@pytest.mark.parametrize(("value", "message"), [(np.inf, "infinity"), (3e38, "more people than the world")])
def test_impossible_people_are_refused(tmp_path, value, message):
    values = people(3, 3)
    values[0, 0] = value
    with pytest.raises(InputError, match=message):
        read(raster(tmp_path / "p.tif", values))


def test_a_crowd_beyond_belief_gets_a_warning(tmp_path):
    values = people(3, 3)
    values[1, 1] = 2e6
    warnings = read(raster(tmp_path / "p.tif", values)).record.warnings
    assert any("1 grid cell holds more than a million people per km²" in said for said in warnings)


def test_an_implausible_total_gets_a_warning(tmp_path):
    assert any("has about 52,072,000 (2025)" in said for said in _warnings(tmp_path, 1.0))
    assert not any("has about" in said for said in _warnings(tmp_path, 52_000_000 / 9))


def _warnings(tmp_path, value):
    found = read(raster(tmp_path / "p.tif", np.full((3, 3), value, "float32"), west=32.5))
    return with_extent(CountryData(UGA, found)).population.record.warnings


def test_density_is_multiplied_by_true_areas(tmp_path):
    result = read(raster(tmp_path / "p.tif", np.ones((3, 2), "float32")), unit="people_per_km2")
    geod = Geod(ellps="WGS84")
    for row in range(3):
        top, bottom, east = NORTH - row * STEP, NORTH - (row + 1) * STEP, WEST + STEP
        area, _ = geod.geometry_area_perimeter(shapely.box(WEST, bottom, east, top))
        assert result.people[row, 0] == pytest.approx(abs(area) / 1e6, rel=1e-5)


def test_density_on_an_equal_area_grid_is_the_plane_area(tmp_path):
    x, y = _mollweide(31.5, 1.5)
    path = raster(tmp_path / "p.tif", np.full((4, 4), 2.0, "float32"), west=x, north=y, step=1000.0, crs="ESRI:54009")
    result = read(path, unit="people_per_km2")
    assert result.record.crs == "ESRI:54009"
    np.testing.assert_allclose(result.people, 2.0, rtol=1e-6)


def _mollweide(lon, lat):
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:4326", "ESRI:54009", always_xy=True).transform(lon, lat)


def test_utm(tmp_path):
    path = raster(tmp_path / "p.tif", people(4, 4), west=300_000, north=150_000, step=1000.0, crs="EPSG:32636")
    assert np.nansum(read(path).people) == people(4, 4).sum()


@given(rows=st.integers(1, 6), cols=st.integers(1, 6))
def test_south_up_is_flipped_exactly(tmp_path_factory, rows, cols):
    folder = tmp_path_factory.mktemp("flip")
    values = people(rows, cols)
    north_up = read(raster(folder / "n.tif", values))
    south = NORTH - rows * STEP
    flipped = Affine(STEP, 0, WEST, 0, STEP, south)
    south_up = read(raster(folder / "s.tif", values[::-1].copy(), transform=flipped))
    np.testing.assert_array_equal(north_up.people, south_up.people)
    assert south_up.geobox.affine.f == pytest.approx(NORTH)
    assert south_up.geobox.affine.e < 0


def test_a_rotated_raster_is_refused(tmp_path):
    rotated = Affine.translation(WEST, NORTH) @ Affine.rotation(5) @ Affine.scale(STEP, -STEP)
    with pytest.raises(InputError, match=r"p\.tif: its grid is rotated; warp it"):
        read(raster(tmp_path / "p.tif", people(3, 3), transform=rotated))


def test_cells_that_are_not_square(tmp_path):
    values = people(3, 3)
    result = read(raster(tmp_path / "p.tif", values, transform=Affine(STEP, 0, WEST, 0, -2 * STEP, NORTH)))
    assert (result.geobox.affine.a, result.geobox.affine.e) == (STEP, -2 * STEP)


def test_longitudes_of_0_to_360(tmp_path):
    samoa = country("WSM")
    result = read(raster(tmp_path / "p.tif", people(3, 3), west=188.0, north=-13.5, step=0.05), samoa)
    assert result.geobox.affine.c == pytest.approx(-172.0)
    assert np.nansum(result.people) == 45


def test_a_country_astride_greenwich_in_a_0_to_360_raster(tmp_path):
    niger = country("NER")  # 0.1 .. 16.1: with the margin its window reaches west of 0
    values = np.zeros((20, 360), "float32")
    values[10, 5] = 7
    values[10, 359] = 3  # within the margin, in the last column of the file
    path = raster(tmp_path / "p.tif", values, west=0.0, north=26.0, step=1.0)
    result = read(path, niger, boundaries=gpd.GeoDataFrame(geometry=[shapely.box(-1, 11, 16, 24)], crs="EPSG:4326"))
    assert np.nansum(result.people) == 10
    assert result.geobox.affine.c == pytest.approx(-1.0)


def fiji(**more):
    """A raster of -180..180 at 1° with 10 people west and 5 east of the 180th meridian."""
    values = np.zeros((10, 360), "float32")
    values[4, 358:] = 5
    values[4, 0] = 5
    return values


def test_a_raster_across_180_becomes_one_piece(tmp_path):
    result = read(raster(tmp_path / "p.tif", fiji(), west=-180.0, north=-12.0, step=1.0), FJI)
    assert result.beyond_180
    assert np.nansum(result.people) == 15
    assert result.geobox.affine.c == pytest.approx(177.0)
    assert result.geobox.shape == (3, 5)
    np.testing.assert_array_equal(result.people[1, 1:4], [5, 5, 5])


def test_people_at_both_ends_of_the_world_are_joined_for_any_country(tmp_path):
    result = read(raster(tmp_path / "p.tif", fiji(), west=-180.0, north=-12.0, step=1.0), NOWHERE)
    assert result.beyond_180
    np.testing.assert_array_equal(result.people[1], [0, 5, 5, 5, 0])
    assert result.geobox.affine.c == pytest.approx(177.0)


def test_a_gap_at_180_stays_a_gap(tmp_path):
    values = fiji()[:, :-1]  # the file ends at 179°
    result = read(raster(tmp_path / "p.tif", values, west=-180.0, north=-12.0, step=1.0), FJI)
    np.testing.assert_array_equal(result.people[1], [0, 5, np.nan, 5, 0])
    joined = read(tmp_path / "p.tif", NOWHERE)
    np.testing.assert_array_equal(joined.people[1], [0, 5, np.nan, 5, 0])


def test_a_half_cell_shift_keeps_every_column(tmp_path):
    half = raster(tmp_path / "p.tif", fiji(), west=-180.0 - 0.5, north=-12.0, step=1.0)
    assert np.nansum(read(half, FJI).people) == 15


def world():
    values = np.zeros((180, 360), "float32")
    values[88:92, 209:216] = 1  # Uganda and around
    values[40, 100] = 1000  # somebody else
    return values


def test_a_world_raster_is_cut_by_the_boundaries(tmp_path):
    path = raster(tmp_path / "p.tif", world(), west=-180.0, north=90.0, step=1.0)
    areas = gpd.GeoDataFrame(geometry=[shapely.box(30.2, 0.2, 33.8, 1.8)], crs="EPSG:4326")
    result = read(path, boundaries=areas)
    assert np.nansum(result.people) == 8
    assert any("cut to the grid cells of Uganda (8 of " in said for said in result.record.warnings)
    assert result.cut
    assert result.geobox.shape == (4, 6)


def test_a_world_raster_without_boundaries_is_refused(tmp_path):
    path = raster(tmp_path / "p.tif", world(), west=-180.0, north=90.0, step=1.0)
    with pytest.raises(InputError, match=r"far outside Uganda .* boundaries"):
        read(path)


def test_a_projected_world_raster_is_cut(tmp_path):
    x, y = _mollweide(32.0, 1.0)
    values = np.zeros((180, 360), "float32")
    transform = Affine(100_000.0, 0, -18_000_000.0, 0, -100_000.0, 9_000_000.0)
    col, row = ~transform @ (x, y)
    values[int(row), int(col)] = 9
    values[10, 200] = 50
    path = raster(tmp_path / "p.tif", values, transform=transform, crs="ESRI:54009")
    areas = gpd.GeoDataFrame(geometry=[shapely.box(30, -1, 34, 4)], crs="EPSG:4326")
    result = read(path, boundaries=areas)
    assert np.nansum(result.people) == 9
    lat, lon = grid.latlon(result.geobox, *(np.argwhere(result.people == 9)[0] + 0.5))
    assert abs(lat - 1.0) < 1 and abs(lon - 32.0) < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crs": None}, r'no coordinate system \(CRS\); state it in inputs.toml, as in crs = "EPSG:4326"'),
        ({"west": 44.0, "north": 5.0}, "lies outside Uganda"),
        ({"west": 2.0, "north": 31.5}, "latitude and longitude are swapped"),
        ({"west": 500_000.0, "north": 200_000.0, "step": 1000.0}, "not degrees"),
    ],
)
def test_wrong_places_are_refused(tmp_path, change, message):
    with pytest.raises(InputError, match=message) as error:
        read(raster(tmp_path / "p.tif", people(20, 20), **change))
    assert str(tmp_path / "p.tif") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_local_coordinate_system_is_refused(tmp_path):
    local = 'LOCAL_CS["site grid",UNIT["metre",1]]'
    with pytest.raises(InputError, match=r"a local one|no coordinate system"):
        read(raster(tmp_path / "p.tif", people(3, 3), crs=None), crs=local)


def test_a_stated_crs_makes_up_for_a_missing_one(tmp_path):
    result = read(raster(tmp_path / "p.tif", people(3, 3), crs=None), crs="EPSG:4326")
    assert any("has no CRS" in said for said in result.record.assumptions)
    with pytest.raises(InputError, match="'EPSG:99999999' is not a coordinate system"):
        read(tmp_path / "p.tif", crs="EPSG:99999999")


def test_an_ascii_grid_with_a_stated_crs(tmp_path):
    header = ["ncols 2", "nrows 2", "xllcorner 31", "yllcorner 1", "cellsize 0.01", "NODATA_value -9999"]
    path = text(tmp_path / "p.asc", *header, "1 2", "-9999 4")
    with pytest.raises(InputError, match="no coordinate system"):
        read(path)
    result = read(path, crs="EPSG:4326")
    np.testing.assert_array_equal(result.people, [[1, 2], [np.nan, 4]])
    assert result.record.format == "AAIGrid"


def test_a_mask_of_the_file_is_nodata(tmp_path):
    path = raster(tmp_path / "p.tif", people(3, 3))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as dataset:
        mask = np.full((3, 3), 255, "uint8")
        mask[0, 0] = 0
        dataset.write_mask(mask)
    result = read(path)
    assert np.isnan(result.people[0, 0])
    assert np.nansum(result.people) == 44


def test_a_scaled_raster(tmp_path):
    path = raster(tmp_path / "p.tif", people(2, 2).astype("int16"))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.5,), (1.0,)
    np.testing.assert_array_equal(read(path).people, people(2, 2) * 0.5 + 1)


def test_nobody_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no people at all"):
        read(raster(tmp_path / "p.tif", np.zeros((3, 3), "float32")))


def test_complex_values_are_refused(tmp_path):
    with pytest.raises(InputError, match="complex64, not plain numbers"):
        read(raster(tmp_path / "p.tif", np.ones((3, 3), "complex64")))


def test_an_unknown_unit_is_refused(tmp_path):
    with pytest.raises(InputError, match="use people or people_per_km2"):
        read(raster(tmp_path / "p.tif", people(3, 3)), unit="heads")


@pytest.mark.parametrize("side", [25_000, 1_000_000])
def test_a_raster_that_claims_too_much_is_refused_before_it_is_read(tmp_path, side):
    path = tmp_path / "p.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=1,
        dtype="uint8",
        crs="EPSG:4326",
        transform=Affine(5 / side, 0, 30, 0, -5 / side, 4),
        tiled=True,
        blockxsize=16384,
        blockysize=16384,
        sparse_ok=True,
        BIGTIFF="YES",
    ):
        pass
    with pytest.raises(InputError, match=r"p\.tif.*(claims|above the limit)"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is a text\n", "is a text file, not a raster"),
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"<VRTDataset rasterXSize='1' rasterYSize='1'/>", "not a raster"),
        (b"\x00\x01\x02\x03", "no raster format"),
        (b"II*\x00\x08\x00\x00\x00\xff\xff", "cannot be read|not a raster"),
    ],
)
def test_what_is_no_raster_is_refused(tmp_path, content, message):
    path = tmp_path / "p.tif"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "p.tif")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)


def test_a_cut_off_file_is_refused(tmp_path):
    path = raster(tmp_path / "p.tif", people(200, 200), compress="deflate")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"p\.tif"):
        read(path)


@given(st.data())
def test_no_damage_gets_past_as_anything_but_an_input_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    path = raster(folder / "p.tif", people(8, 8))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        read(path)
    except InputError as error:
        assert "\n" not in str(error)


def test_a_link_out_of_the_folder_is_followed_and_said(tmp_path):
    from ewcm.core.record import Meta

    (tmp_path / "in").mkdir()
    target = raster(tmp_path / "p.tif", people(3, 3))
    link = tmp_path / "in" / "p.tif"
    link.symlink_to(target)
    record = read(link, meta=Meta(root=tmp_path / "in")).record
    assert record.path == "p.tif"
    assert any("symbolic link" in said for said in record.assumptions)


@pytest.mark.real
@pytest.mark.parametrize(
    ("iso3", "name", "total", "shape"),
    [
        ("UGA", "uga_ppp_2020_1km_Aggregated_UNadj.tif", 45_741_000, (686, 651)),
        ("SOM", "som_ppp_2020_1km_Aggregated_UNadj.tif", 15_893_220, (1637, 1253)),
        ("NPL", "npl_ppp_2020_1km_Aggregated_UNadj.tif", 29_136_808, (491, 978)),
    ],
)
def test_real_rasters(real_data, iso3, name, total, shape):
    result = read(real_data / iso3 / name, country(iso3))
    assert result.people.shape == shape
    assert np.nansum(result.people, dtype=np.float64) == pytest.approx(total, abs=2)
    assert result.record.assumptions == result.record.warnings == ()


@pytest.mark.parametrize("kind", ["NC", "NC2", "NC4", "NC4C"])
def test_every_kind_of_netcdf_is_read(tmp_path, kind):
    people = np.arange(12, dtype="float32").reshape(3, 4)
    with rasterio.open(raster(tmp_path / "p.tif", people, nodata=-99999)) as source:
        rasterio.shutil.copy(source, tmp_path / "p.nc", driver="netCDF", FORMAT=kind)
    assert np.nansum(read(tmp_path / "p.nc").people) == people.sum()


def test_a_value_that_stands_in_many_cells_is_a_doubt(tmp_path):
    """Cells of 255, which the raster does not declare as no data, were people, and nothing said so."""
    people = np.random.default_rng(0).gamma(0.5, 60.0, (30, 30)).astype("float32")
    people[:3] = 255.0
    said = read(raster(tmp_path / "p.tif", people, west=32.5)).record.warnings
    (found,) = [warning for warning in said if warning.code == "repeated_value"]
    assert found.values == {"cells": 90, "value": 255, "people": 22950}
    people = np.random.default_rng(0).integers(200, 300, (60, 60)).astype("float32")
    assert "repeated_value" not in {
        one.code for one in read(raster(tmp_path / "q.tif", people, west=32.5)).record.warnings
    }
