import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.core.fraction import UNKNOWN, decode
from ewcm.coverage.declared import DeclaredModel
from ewcm.sources.coverage_maps import CoverageRaster
from tests.made import cell_box, made_declared, made_grid, made_record
from tests.sources import files

GRID = made_grid(8, 12)
ALL = slice(0, 8)


def raster(tmp_path, values, *, transform=None, nodata=None, kind="covered", crs="EPSG:4326", **others):
    path = files.raster(tmp_path / "coverage.tif", values, transform=transform or GRID.affine, nodata=nodata, crs=crs)
    options = {"threshold_dbm": None, "nodata_is_uncovered": False} | others
    return CoverageRaster("4G", "", path, kind, options["threshold_dbm"], nodata, options["nodata_is_uncovered"],
                          made_record("coverage"))  # fmt: skip


def fraction(declared, variant="central", geobox=GRID):
    return decode(DeclaredModel((declared,), geobox).shares(("4G",), None, variant, slice(0, geobox.shape[0])).covered)


def test_polygons_give_the_exact_share_of_each_cell():
    model = DeclaredModel((made_declared("4G", "", cell_box(GRID, 1, 2.75, 3.5, 6)),), GRID)
    level = decode(model.shares(("4G",), None, "central", ALL).covered)
    assert level[1, 1:7].tolist() == pytest.approx([0, 0.25, 1, 1, 1, 0], abs=1e-5)
    assert level[3, 2:4].tolist() == pytest.approx([0.125, 0.5], abs=2e-5)
    assert not level[4:].any()


def test_overlapping_polygons_are_not_counted_twice():
    shapes = cell_box(GRID, 0, 0, 8, 3.5), cell_box(GRID, 0, 3.25, 8, 3.75)
    level = decode(
        DeclaredModel((made_declared("4G", "", *shapes),), GRID).shares(("4G",), None, "central", ALL).covered
    )
    assert level[0, 3] == pytest.approx(0.75, abs=1e-5)


def test_a_finer_raster_becomes_the_mean_of_its_cells(tmp_path):
    values = np.zeros((80, 120), dtype=np.uint8)
    values[:5, :10] = 1
    found = fraction(raster(tmp_path, values, transform=GRID.affine @ Affine.scale(0.1)))
    assert found[0, 0] == pytest.approx(0.5, abs=1e-4)
    assert found[1:].max() == 0


def test_nodata_is_unknown_and_not_uncovered(tmp_path):
    values = np.zeros((8, 12), dtype=np.uint8)
    values[:4], values[4:6] = 255, 1
    declared = raster(tmp_path, values, nodata=255)
    level = DeclaredModel((declared,), GRID).shares(("4G",), None, "central", ALL).covered
    assert (level[:4] == UNKNOWN).all()
    assert decode(level[4:])[:, 0].tolist() == [1, 1, 0, 0]


def test_in_a_raster_of_bare_ones_nodata_is_uncovered(tmp_path):
    values = np.zeros((8, 12), dtype=np.uint8)
    values[:4] = 1
    found = fraction(raster(tmp_path, values, nodata=0, nodata_is_uncovered=True))
    assert found[:, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_variable_coverage_counts_except_in_the_low_variant(tmp_path):
    values = np.zeros((8, 12), dtype=np.uint8)
    values[0], values[1] = 1, 2
    declared = raster(tmp_path, values, kind="mce")
    assert fraction(declared)[:3, 0].tolist() == [1, 1, 0]
    assert fraction(declared, "low")[:3, 0].tolist() == [1, 0, 0]
    assert fraction(declared, "high")[:3, 0].tolist() == [1, 1, 0]


def test_levels_in_dbm_are_cut_at_the_threshold_before_they_are_averaged(tmp_path):
    values = np.full((16, 24), -130, dtype=np.float32)
    values[:2, :2] = [[-104, -60], [-106, -130]]  # mean −100 would be covered; two of four are
    declared = raster(
        tmp_path, values, transform=GRID.affine @ Affine.scale(0.5), kind="dbm", threshold_dbm=-105.0, nodata=-9999.0
    )
    assert fraction(declared)[0, 0] == pytest.approx(0.5, abs=1e-4)
    assert fraction(declared, "low")[0, 0] == pytest.approx(0.25, abs=1e-4)
    assert fraction(declared, "high")[0, 0] == pytest.approx(0.75, abs=1e-4)


def test_a_raster_reaches_a_grid_beyond_180(tmp_path):
    geobox = GeoBox((8, 12), Affine(0.1, 0, 179.4, 0, -0.1, -16.0), "EPSG:4326")
    values = np.zeros((8, 3600), dtype=np.uint8)
    values[:, 0], values[:, -1] = 1, 1  # −180..−179.9 and 179.9..180
    found = fraction(raster(tmp_path, values, transform=Affine(0.1, 0, -180, 0, -0.1, -16.0)), geobox=geobox)
    assert found[0].tolist() == pytest.approx([0] * 5 + [1, 1] + [0] * 5, abs=1e-4)


def test_a_raster_in_metres_meets_a_grid_in_degrees(tmp_path):
    # A band of 10 km in UTM zone 36N, read on a grid of 1/120°.
    geobox = made_grid(40, 60, west=32.9, north=1.2)
    values = np.ones((100, 100), dtype=np.uint8)
    declared = raster(
        tmp_path,
        values,
        transform=Affine(100, 0, 495_000, 0, -100, 115_000),
        crs="EPSG:32636",
        nodata=0,
        nodata_is_uncovered=True,
    )
    level = DeclaredModel((declared,), geobox).shares(("4G",), None, "central", slice(0, 40)).covered
    covered_km2 = np.nansum(decode(level)) * 0.9277 * 0.9216
    assert covered_km2 == pytest.approx(100, rel=0.01)


def test_a_raster_speaks_for_its_own_ground_only(tmp_path):
    """Seven tenths of a cell's width lie inside: its mean is that of the inside, and its neighbour is unknown."""
    values = np.zeros((40, 67), dtype=np.uint8)
    values[:, 60:] = 1
    found = fraction(raster(tmp_path, values, transform=GRID.affine @ Affine.scale(0.1), nodata=255))
    assert found[:4, 6] == pytest.approx(np.ones(4)) and found[:4, :6].max() == 0
    assert np.isnan(found[4:]).all() and np.isnan(found[:, 7:]).all()


def test_how_many_rows_are_read_at_a_time_changes_nothing(tmp_path, monkeypatch):
    values = (np.random.default_rng(3).random((80, 120)) < 0.5).astype(np.uint8)
    declared = raster(tmp_path, values, transform=GRID.affine @ Affine.scale(0.1))
    whole = fraction(declared)
    monkeypatch.setattr("ewcm.sources.onto_grid.CELLS_AT_A_TIME", 1)
    assert np.array_equal(fraction(declared), whole)
    assert whole == pytest.approx(values.reshape(8, 10, 12, 10).mean(axis=(1, 3)), abs=1e-4)
