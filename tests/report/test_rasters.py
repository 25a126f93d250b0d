"""Rasters of the map: every pixel is one grid cell, in its place, whatever the grid."""

import base64
import io

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox
from PIL import Image
from pyproj import Transformer

from ewcm.core.fraction import LEVELS, UNKNOWN, Shares
from ewcm.report.webmap import rasters

#: West, north and step [degrees] of grids where a page may go wrong.
GRIDS = {
    "equator": (29.5, 4.3, 1 / 120),
    "Nepal": (80.0, 30.5, 1 / 120),
    "across 180": (176.9, -12.4, 1 / 120),
    "far north": (-20.0, 70.0, 1 / 60),
}


def mercator(lat):
    return np.arctanh(np.sin(np.radians(lat)))


def centre_of_pixel(frame, row, col):
    """Latitude and longitude of a pixel's centre where a Web Mercator map draws the picture between its bounds."""
    west, south, east, north = frame.bounds
    height, width = frame.source.shape
    y = mercator(north) + (row + 0.5) / height * (mercator(south) - mercator(north))
    return np.degrees(np.arcsin(np.tanh(y))), west + (col + 0.5) / width * (east - west)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("longest_side", [2048, 100])
def test_every_pixel_lies_on_the_cell_it_shows(name, longest_side):
    west, north, step = GRIDS[name]
    geobox = GeoBox((437, 391), Affine(step, 0, west, 0, -step, north), "EPSG:4326")
    people = np.random.default_rng(1).gamma(0.3, 30, geobox.shape).astype(np.float32)
    frame = rasters.frame(geobox, people, longest_side)
    factor = -(-437 // longest_side)
    height, width = frame.source.shape
    assert max(height, width) <= longest_side * 1.5
    row, col = np.mgrid[:height, :width]
    lat, lon = centre_of_pixel(frame, row, col)
    cell_row, cell_col = np.divmod(frame.source, 391)
    assert np.abs((north - lat) / step - (cell_row + 0.5)).max() <= factor
    assert np.abs((lon - west) / step - (cell_col + 0.5)).max() <= factor
    # No row and no column of cells is passed over.
    assert np.unique(cell_row // factor).size == -(-437 // factor)
    assert np.unique(cell_col // factor).size == -(-391 // factor)


@pytest.mark.parametrize("name", GRIDS)
def test_the_corners_of_the_picture_are_the_corners_of_the_grid(name):
    west, north, step = GRIDS[name]
    geobox = GeoBox((437, 391), Affine(step, 0, west, 0, -step, north), "EPSG:4326")
    frame = rasters.frame(geobox, np.ones(geobox.shape, dtype=np.float32))
    assert frame.bounds == pytest.approx((west, north - 437 * step, west + 391 * step, north), abs=1e-9)
    assert frame.source[0, 0] == 0
    assert frame.source[-1, -1] == 437 * 391 - 1


@pytest.mark.parametrize(("crs", "x", "y"), [("EPSG:32645", 300_000, 3_300_000), ("ESRI:54009", 2_900_000, 500_000)])
def test_a_projected_grid_lies_where_its_cells_are(crs, x, y):
    geobox = GeoBox((300, 260), Affine(1000, 0, x, 0, -1000, y), crs)
    frame = rasters.frame(geobox, np.ones(geobox.shape, dtype=np.float32))
    shown = frame.source >= 0
    row, col = np.nonzero(shown)
    lat, lon = centre_of_pixel(frame, row, col)
    grid_x, grid_y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    source_col, source_row = ~geobox.affine @ (grid_x, grid_y)
    cell_row, cell_col = np.divmod(frame.source[shown], 260)
    assert np.abs(source_row - (cell_row + 0.5)).max() < 0.51
    assert np.abs(source_col - (cell_col + 0.5)).max() < 0.51
    assert np.unique(frame.source[shown]).size > 0.99 * 300 * 260


def test_a_village_in_a_fine_grid_is_not_lost_between_samples():
    geobox = GeoBox((1000, 1000), Affine(1 / 1200, 0, 30, 0, -1 / 1200, 1), "EPSG:4326")
    people = np.zeros(geobox.shape, dtype=np.float32)
    people[::50, ::50] = 7
    people[501, 333] = np.nan
    frame = rasters.frame(geobox, people, 100)
    assert (people.ravel()[frame.source] == 7).sum() >= 400


def test_pictures_hold_classes_and_never_a_mixture():
    people = np.array([[np.nan, 0, 0.5, 5], [50, 500, 5000, 1]], dtype=np.float32)
    classes = rasters.people_classes(people, np.ones(2))
    assert classes.tolist() == [[0, 1, 2, 3], [4, 5, 6, 3]]
    level = np.array([[0, 0, 1, LEVELS // 2], [LEVELS, UNKNOWN, LEVELS // 2 - 1, 0]], dtype=np.uint16)
    state = rasters.state_classes(Shares(level), people, 0.5)
    assert state.tolist() == [[0, 1, 2, 3], [3, 4, 2, 1]]
    address = rasters.png(classes, rasters.PEOPLE_COLOURS)
    image = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,"))))
    assert image.mode == "P"
    assert np.array_equal(np.array(image), classes)
    assert image.convert("RGBA").getpixel((0, 0))[3] == 0
    assert image.convert("RGBA").getpixel((1, 1)) == (*rasters.PEOPLE_COLOURS[5], 255)


def test_one_picture_holds_the_low_the_central_and_the_high_case():
    people = np.array([np.nan, 1, 1, 1, 1], dtype=np.float32)
    low = np.array([0, 0, 0, UNKNOWN, LEVELS], dtype=np.uint16)
    central = np.array([0, 0, 1, UNKNOWN, LEVELS], dtype=np.uint16)
    high = np.array([0, 1, LEVELS, UNKNOWN, LEVELS], dtype=np.uint16)
    classes = rasters.standing_classes([Shares(level) for level in (low, central, high)], people, 0.5)
    assert [rasters.STANDINGS[number] for number in classes] == [
        (0, 0, 0), (1, 1, 2), (1, 2, 3), (4, 4, 4), (3, 3, 3),
    ]  # fmt: skip
    assert len(set(rasters.STANDING_COLOURS)) == len(rasters.STANDINGS) <= 16


def test_blocks_of_a_frame_show_every_pixel_once():
    geobox = GeoBox((1300, 40), Affine(1 / 120, 0, 30, 0, -1 / 120, 5), "EPSG:4326")
    frame = rasters.frame(geobox, np.ones(geobox.shape, dtype=np.float32))
    picture = np.full(frame.source.size, -1, dtype=np.int64)
    for rows, pixels, cells in frame.blocks(geobox.shape):
        assert (picture[pixels] == -1).all()
        picture[pixels] = cells + rows.start * 40
    assert np.array_equal(picture.reshape(frame.source.shape), frame.source)
