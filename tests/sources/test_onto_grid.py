"""Rasters that come onto a grid: means, nearest cells, scales, masks, and the 180th meridian."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from ewcm.sources import onto_grid
from tests.made import made_grid
from tests.sources import files

GRID = made_grid(8, 12)
FINER = GRID.affine @ Affine.scale(0.25)


def whole(blocks, geobox=GRID):
    """All rows of what comes block by block, each row once."""
    result = np.full(geobox.shape, np.inf, np.float32)
    for rows, values in blocks:
        assert np.isinf(result[rows]).all() and values.dtype == np.float32
        result[rows] = values
    assert not np.isinf(result).any()
    return result


def finer(tmp_path: Path, **options) -> tuple[Path, np.ndarray]:
    values = np.random.default_rng(1).integers(1, 200, (32, 48)).astype(np.uint8)
    return files.raster(tmp_path / "values.tif", values, transform=FINER, **options), values


def means(values: np.ndarray) -> np.ndarray:
    return np.nanmean(values.reshape(8, 4, 12, 4), axis=(1, 3))


def test_a_cell_of_the_grid_gets_the_mean_of_the_cells_in_it(tmp_path):
    path, values = finer(tmp_path)
    assert whole(onto_grid.mean_onto(path, GRID)) == pytest.approx(means(values), rel=1e-5)


def test_values_are_classified_before_they_are_averaged(tmp_path):
    path, values = finer(tmp_path)
    found = whole(onto_grid.mean_onto(path, GRID, lambda value: value > 100))
    assert found == pytest.approx(means(values > 100), abs=1e-5)


def test_what_is_classified_has_its_scale_and_offset_applied(tmp_path):
    path, values = finer(tmp_path)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.5,), (-10.0,)
    assert whole(onto_grid.mean_onto(path, GRID)) == pytest.approx(means(values * 0.5 - 10), rel=1e-5)


def test_missing_cells_do_not_weigh_unless_they_have_a_number(tmp_path):
    path, values = finer(tmp_path, nodata=0)
    with rasterio.open(path, "r+") as dataset:
        values[:4, :4], values[4:6, :4] = 0, 0  # a whole cell of the grid, and half of the next
        dataset.write(values, 1)
    known = np.where(values == 0, np.nan, values)
    with pytest.warns(RuntimeWarning, match="empty slice"):
        expected = means(known)
    found = whole(onto_grid.mean_onto(path, GRID))
    assert np.isnan(found[0, 0]) and found == pytest.approx(expected, rel=1e-5, nan_ok=True)
    assert whole(onto_grid.mean_onto(path, GRID, missing_is=0.0)) == pytest.approx(means(values), rel=1e-5)


def test_nan_from_the_classes_is_missing(tmp_path):
    path, values = finer(tmp_path)
    found = whole(onto_grid.mean_onto(path, GRID, lambda value: np.where(value > 100, np.nan, value)))
    assert found == pytest.approx(means(np.where(values > 100, np.nan, values)), rel=1e-5)


def test_the_nearest_cell_keeps_its_own_number(tmp_path):
    values = np.arange(96, dtype=np.uint8).reshape(8, 12)
    path = files.raster(tmp_path / "classes.tif", values, transform=GRID.affine @ Affine.translation(0.2, -0.2))
    assert whole(onto_grid.nearest_onto(path, GRID)).tolist() == values.tolist()


@pytest.mark.parametrize("west", [-180.0, 0.0])
def test_both_sides_of_180_come_onto_one_grid_from_either_frame(tmp_path, west):
    geobox = GeoBox((8, 12), Affine(0.1, 0, 179.4, 0, -0.1, -16.0), "EPSG:4326")
    lon = west + 0.1 * (np.arange(3600) + 0.5)
    values = np.broadcast_to((lon % 360).astype(np.float32), (8, 3600))  # each cell holds its own longitude, 0..360
    path = files.raster(tmp_path / "world.tif", values, transform=Affine(0.1, 0, west, 0, -0.1, -16.0))
    expected = np.broadcast_to(179.45 + 0.1 * np.arange(12), (8, 12))
    assert whole(onto_grid.mean_onto(path, geobox), geobox) == pytest.approx(expected, abs=1e-3)
    assert whole(onto_grid.nearest_onto(path, geobox), geobox) == pytest.approx(expected, abs=1e-3)


SHAPES = st.tuples(st.integers(1, 50), st.integers(1, 50))


@given(SHAPES, st.floats(-80, 80), st.floats(-80, 80), st.floats(0, 60), st.floats(0, 60), st.integers(0, 5))
def test_the_part_that_meets_a_box_holds_every_cell_that_does(shape, west, south, width, height, margin):
    transform = Affine(1, 0, 0, 0, -1, 0)
    box = (west, south, west + width, south + height)
    part = onto_grid.part_that_meets(transform, shape, box, margin)
    row, col = np.mgrid[: shape[0], : shape[1]]
    meets = (col + 1 > box[0]) & (col < box[2]) & (-row > box[1]) & (-row - 1 < box[3])
    if part is None:
        assert not meets.any()
        return
    rows, cols = onto_grid.within(part, shape)
    assert 0 <= rows.start < rows.stop <= shape[0] and 0 <= cols.start < cols.stop <= shape[1]
    meets[rows, cols] = False
    assert not meets.any()


def test_a_box_that_a_projection_cannot_show_is_looked_for_everywhere():
    part = onto_grid.part_that_meets(Affine(1, 0, 0, 0, -1, 0), (5, 7), (np.inf, np.inf, np.inf, np.inf), 2)
    assert part is not None and onto_grid.within(part, (5, 7)) == (slice(0, 5), slice(0, 7))
