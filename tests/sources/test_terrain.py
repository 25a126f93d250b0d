"""Terrain readers: SRTM tiles, GeoTIFFs, mosaics, sea, voids, the 180th meridian and coarse rasters."""

import zipfile

import numpy as np
import pytest

from ewcm.core.record import Meta
from ewcm.errors import InputError
from ewcm.sources.terrain import open_terrain
from tests.sources.files import raster


def _geotiff(path, values, west, north, step, **more):
    return raster(path, values, west=west, north=north, step=step, **more)


def _hgt(path, height):
    """An SRTM tile of 3″ with one height everywhere but a slope along its first row."""
    values = np.full((1201, 1201), height, ">i2")
    values[0] = np.arange(1201)
    path.write_bytes(values.tobytes())
    return path


def _plane(rows, cols, west, north, step):
    lat = north - step * (np.arange(rows) + 0.5)
    lon = west + step * (np.arange(cols) + 0.5)
    return (1000 * (lat[:, None] - 9) + 500 * (lon[None, :] - 38)).astype(np.float32)


def test_hgt_tiles_join_without_a_seam(tmp_path):
    _hgt(tmp_path / "N09E038.hgt", 100)
    _hgt(tmp_path / "N09E039.hgt", 200)
    terrain = open_terrain([tmp_path], False, Meta())
    assert terrain.step_m == pytest.approx(92.7, abs=0.1)
    heights = terrain.window(38.9, 9.2, 39.1, 9.4)
    assert set(np.unique(heights.values_m)) == {100.0, 200.0}
    assert heights.north == pytest.approx(9.4, abs=heights.lat_step)
    top = terrain.window(38.5, 9.9, 38.6, 10.0)
    row = round((top.north - 10.0) / top.lat_step)
    col = round((38.5 - top.west) / top.lon_step)
    assert top.values_m[row, col] == 600.0  # the tile's first row holds its column


def test_zipped_hgt_reads_the_same(tmp_path):
    plain = _hgt(tmp_path / "S01W002.hgt", 321)
    with zipfile.ZipFile(tmp_path / "S01W002.hgt.zip", "w") as archive:
        archive.write(plain, "S01W002.hgt")
    box = (-1.8, -0.8, -1.5, -0.5)
    from_plain = open_terrain([plain], False, Meta()).window(*box)
    from_zip = open_terrain([tmp_path / "S01W002.hgt.zip"], False, Meta()).window(*box)
    assert np.array_equal(from_plain.values_m, from_zip.values_m)
    assert (from_plain.values_m == 321).all()


def test_a_missing_tile_between_others_is_sea(tmp_path):
    _hgt(tmp_path / "N09E038.hgt", 100)
    _hgt(tmp_path / "N09E040.hgt", 100)
    heights = open_terrain([tmp_path], False, Meta()).window(38.5, 9.4, 40.5, 9.6)
    lon = heights.west + heights.lon_step * np.arange(heights.values_m.shape[1])
    assert (heights.values_m[:, (lon > 39.01) & (lon < 39.99)] == 0.0).all()


def test_nothing_is_known_beyond_the_tiles(tmp_path):
    _hgt(tmp_path / "N09E038.hgt", 100)
    heights = open_terrain([tmp_path], False, Meta()).window(37.9, 9.4, 38.2, 9.5)
    lon = heights.west + heights.lon_step * np.arange(heights.values_m.shape[1])
    assert np.isnan(heights.values_m[:, lon < 37.99]).all()
    assert np.isfinite(heights.values_m[:, lon > 38.0]).all()


def test_geotiff_heights_at_their_places(tmp_path):
    step = 1 / 1200
    values = _plane(240, 240, 38.0, 9.2, step)
    terrain = open_terrain([_geotiff(tmp_path / "dem.tif", values, 38.0, 9.2, step)], False, Meta(licence="CC0"))
    heights = terrain.window(38.05, 9.05, 38.15, 9.15)
    rows, cols = heights.values_m.shape
    expected = _plane(rows, cols, heights.west - step / 2, heights.north + step / 2, step)
    assert heights.values_m == pytest.approx(expected, abs=1e-2)
    assert terrain.records[0].licence == "CC0"


def test_a_finer_tile_beside_a_coarser_one(tmp_path):
    _geotiff(tmp_path / "a.tif", _plane(240, 240, 38.0, 9.2, 1 / 1200), 38.0, 9.2, 1 / 1200)
    _geotiff(tmp_path / "b.tif", _plane(720, 720, 38.2, 9.2, 1 / 3600), 38.2, 9.2, 1 / 3600)
    heights = open_terrain([tmp_path], False, Meta()).window(38.1, 9.05, 38.3, 9.15)
    assert heights.lat_step == pytest.approx(1 / 3600)
    step = 1 / 3600
    expected = _plane(*heights.values_m.shape, heights.west - step / 2, heights.north + step / 2, step)
    assert heights.values_m == pytest.approx(expected, abs=1.0)


def test_voids_are_filled_and_sea_is_zero(tmp_path):
    values = np.full((240, 240), 700, np.int16)
    values[100:104, 100:104] = -32768
    values[:, 200:] = -32768
    path = _geotiff(tmp_path / "dem.tif", values, 38.0, 9.2, 1 / 1200, nodata=-32768)
    heights = open_terrain([path], False, Meta()).window(38.0, 9.0, 38.2, 9.2).values_m
    known = heights[np.isfinite(heights)]
    assert set(np.unique(known)) == {0.0, 700.0}
    assert (known == 700.0).mean() == pytest.approx(200 / 240, abs=0.01)


def test_a_projected_raster(tmp_path):
    values = np.full((300, 300), 850.0, np.float32)
    path = _geotiff(tmp_path / "utm.tif", values, 500_000, 1_000_000, 90.0, crs="EPSG:32637")
    terrain = open_terrain([path], False, Meta())
    heights = terrain.window(39.05, 8.85, 39.15, 8.95).values_m
    assert heights == pytest.approx(np.full(heights.shape, 850.0))


def test_across_the_180th_meridian(tmp_path):
    _hgt(tmp_path / "S17E179.hgt", 50)
    _hgt(tmp_path / "S17W180.hgt", 60)
    heights = open_terrain([tmp_path], False, Meta()).window(179.9, -16.6, 180.1, -16.5)
    assert set(np.unique(heights.values_m)) == {50.0, 60.0}
    same = open_terrain([tmp_path], False, Meta()).window(-180.1, -16.6, -179.9, -16.5)
    assert set(np.unique(same.values_m)) == {50.0, 60.0}


def test_coarse_terrain_is_refused_unless_accepted(tmp_path):
    path = _geotiff(tmp_path / "coarse.tif", np.zeros((60, 60), np.int16), 38.0, 9.2, 1 / 120)
    with pytest.raises(InputError, match="7 dB"):
        open_terrain([path], False, Meta())
    terrain = open_terrain([path], True, Meta())
    assert terrain.allow_coarse
    assert "too coarse" in terrain.records[0].warnings[0]


def test_broken_files(tmp_path):
    with pytest.raises(InputError, match="holds no elevation raster"):
        open_terrain([tmp_path], False, Meta())
    (tmp_path / "N09E038.hgt").write_bytes(b"\x00" * 1000)
    with pytest.raises(InputError, match="not an SRTM tile"):
        open_terrain([tmp_path / "N09E038.hgt"], False, Meta())
    (tmp_path / "N09E038.hgt.zip").write_bytes(b"PK\x03\x04nonsense")
    with pytest.raises(InputError, match=r"damaged \.zip"):
        open_terrain([tmp_path / "N09E038.hgt.zip"], False, Meta())


def test_a_hole_in_a_window_smaller_than_any_large_hole(tmp_path):
    """GDAL's sieve refuses an image smaller than what it is to sieve."""
    values = np.full((120, 120), 500, np.int16)
    values[60, 60] = -32768
    path = _geotiff(tmp_path / "dem.tif", values, 38.0, 9.0, 1 / 1200, nodata=-32768)
    found = open_terrain([path], False, Meta()).window(38.045, 8.945, 38.055, 8.955)
    assert found.values_m.size < 1000
    assert (found.values_m == 500).all()
