"""Clutter readers: land cover, heights, windows, and rasters that are not what they are said to be."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from ewcm.core.record import Meta
from ewcm.errors import InputError
from ewcm.sources.clutter import open_clutter
from ewcm.sources.terrain import Heights
from tests.sources.files import raster

STEP = 1 / 1200


def _raster(path, values, west=38.0, north=9.0, step=STEP, turn=0.0, **more):
    transform = Affine(step, turn, west, turn, -step, north)
    return raster(path, values, transform=transform, **more)


def _window(rows=120, cols=120, west=38.0, north=9.0, step=STEP):
    return Heights(np.zeros((rows, cols), np.float32), north - step / 2, west + step / 2, step, step)


def _classes(rows=120, cols=120):
    """Columns of forest, town, grass and water."""
    return np.repeat(np.array([10, 50, 30, 80], np.uint8), cols // 4)[None, :].repeat(rows, axis=0)


def test_classes_become_heights(tmp_path):
    clutter = open_clutter([_raster(tmp_path / "cover.tif", _classes())], "worldcover", Meta())
    found = clutter.window(_window())
    assert found.dtype == np.float32
    assert (found[:, :30] == 15).all() and (found[:, 30:60] == 10).all() and (found[:, 60:] == 0).all()
    assert "15 m" in clutter.records[0].assumptions[0]
    assert clutter.records[0].sha256 and clutter.records[0].crs == "EPSG:4326"


def test_finer_land_cover_gives_its_most_frequent_class(tmp_path):
    values = np.full((1080, 1080), 10, np.uint8)
    values[::3, ::3] = 50  # one in nine
    found = open_clutter([_raster(tmp_path / "cover.tif", values, step=STEP / 9)], "worldcover", Meta()).window(
        _window()
    )
    assert (found == 15).all()


def test_finer_heights_give_their_mean(tmp_path):
    values = np.zeros((240, 240), np.float32)
    values[:, ::2] = 8.0
    found = open_clutter([_raster(tmp_path / "h.tif", values, step=STEP / 2)], "metres", Meta()).window(_window())
    assert found == pytest.approx(np.full((120, 120), 4.0))


def test_where_nothing_is_said_the_land_is_bare(tmp_path):
    values = np.full((120, 60), 12.0, np.float32)
    values[:, 50:] = -1.0
    clutter = open_clutter([_raster(tmp_path / "h.tif", values, nodata=-1.0)], "metres", Meta())
    found = clutter.window(_window())
    assert (found[:, :50] == 12).all() and (found[:, 50:] == 0).all()
    assert (clutter.window(_window(west=50.0)) == 0).all()


def test_tiles_of_a_folder_join(tmp_path):
    _raster(tmp_path / "west.tif", np.full((120, 60), 10, np.uint8))
    _raster(tmp_path / "east.tif", np.full((120, 60), 95, np.uint8), west=38.05)
    assert (open_clutter([tmp_path], "worldcover", Meta()).window(_window()) == 15).all()


def test_across_the_180th_meridian(tmp_path):
    _raster(tmp_path / "west.tif", np.full((120, 60), 10, np.uint8), west=179.95)
    _raster(tmp_path / "east.tif", np.full((120, 60), 50, np.uint8), west=-180.0)
    for west in (179.95, -180.05):
        found = open_clutter([tmp_path], "worldcover", Meta()).window(_window(west=west))
        assert (found[:, :60] == 15).all() and (found[:, 60:] == 10).all()


def test_a_projected_raster(tmp_path):
    path = _raster(tmp_path / "utm.tif", np.full((300, 300), 10, np.uint8), 600_000, 1_000_000, 90.0, crs="EPSG:32637")
    found = open_clutter([path], "worldcover", Meta()).window(_window(60, 60, 39.95, 9.0))
    assert (found == 15).all()


def test_rasters_that_are_something_else(tmp_path):
    heights = _raster(tmp_path / "dem.tif", np.full((50, 50), 1200, np.int16))
    with pytest.raises(InputError, match="1200"):
        open_clutter([heights], "metres", Meta())
    with pytest.raises(InputError, match="no classes of ESA WorldCover"):
        open_clutter([heights], "worldcover", Meta())
    with pytest.raises(InputError, match="is not known; use one of worldcover, metres"):
        open_clutter([heights], "corine", Meta())
    with pytest.raises(InputError, match="coordinate system"):
        open_clutter([_raster(tmp_path / "bare.tif", _classes(), crs=None)], "worldcover", Meta())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no clutter raster"):
        open_clutter([tmp_path / "empty"], "worldcover", Meta())


def test_heights_with_a_scale_are_metres(tmp_path):
    decimetres = _raster(tmp_path / "h.tif", np.full((120, 120), 180, np.uint16))
    with rasterio.open(decimetres, "r+") as dataset:
        dataset.scales = (0.1,)
    found = open_clutter([decimetres], "metres", Meta()).window(_window())
    assert found == pytest.approx(np.full((120, 120), 18.0))


@pytest.mark.parametrize(
    ("said", "options"),
    [("rotated", {"turn": STEP / 10}), ("Greenwich", {"crs": "EPSG:4807"}), ("nowhere on earth", {"step": 1e-9})],
)
def test_a_grid_that_is_none_is_refused(tmp_path, said, options):
    path = _raster(tmp_path / "cover.tif", _classes(), west=2.0, **options)
    with pytest.raises(InputError, match=rf"cover\.tif.*{said}"):
        open_clutter([path], "worldcover", Meta())
