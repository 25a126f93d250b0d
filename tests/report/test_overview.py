"""overview.png: the size of a slide, the same bytes each time, marked when it shows starter data."""

import warnings

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox
from PIL import Image
from shapely.geometry import box, mapping

from ewcm import pipeline
from ewcm.report.overview import HEIGHT, WIDTH, write_overview
from ewcm.settings import Settings
from tests.made import made_data, made_grid, made_sites
from tests.report.make_result import made_result


def _pixels(result, path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        write_overview(result, path)
    with Image.open(path) as image:
        assert image.size == (WIDTH, HEIGHT)
        return np.asarray(image.convert("RGB"))


def test_same_bytes(result, tmp_path):
    for name in ("a", "b"):
        write_overview(result, tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_starter_data_has_a_band(hostile, result, tmp_path):
    assert tuple(_pixels(hostile, tmp_path / "hostile.png")[5, 5]) == (0xFF, 0xC1, 0x07)
    assert tuple(_pixels(result, tmp_path / "result.png")[5, 5]) != (0xFF, 0xC1, 0x07)


def test_unknown_is_grey_and_not_red(unknown, tmp_path):
    pixels = _pixels(unknown, tmp_path / "unknown.png")[:, :900].astype(int)
    red = (pixels[..., 0] - pixels[..., 2] > 60).sum()
    grey = ((abs(pixels[..., 0] - pixels[..., 2]) < 12) & (pixels[..., 0] < 200)).sum()
    assert red == 0 and grey > 1000


@pytest.mark.parametrize("west", [178.5, 179.5])
def test_country_across_180_fills_the_map(west, tmp_path):
    pixels = _pixels(made_result(west=west), tmp_path / "map.png")[100:900, :900].astype(int)
    coloured = (pixels.max(axis=2) - pixels.min(axis=2) > 60).any(axis=0)
    assert coloured.mean() > 0.6


def test_islets_are_dots_that_can_be_seen(tmp_path):
    people = np.full((400, 400), np.nan)
    for row, col in ((10, 10), (200, 390), (390, 60)):
        people[row, col] = 50  # too few for a coldspot and its number
    data = made_data(people, made_grid(400, 400), sites=made_sites((1.5, 40.0, "2G", "A")))
    pixels = _pixels(pipeline.run(data, Settings()), tmp_path / "map.png")[:, :990].astype(int)
    orange = (pixels[..., 0] - pixels[..., 2] > 100) & (pixels[..., 0] > 180)
    # Three dots of a few pixels each, where a cell of the grid would be about two pixels wide.
    assert orange.sum() > 3 * 12


def test_the_basemap_lies_around_the_country(result, tmp_path):
    land = {"type": "Feature", "properties": {}, "geometry": mapping(box(20, -10, 40, 10))}
    write_overview(result, tmp_path / "map.png", {"land": {"features": [land]}})
    with Image.open(tmp_path / "map.png") as image:
        assert image.convert("RGB").getpixel((30, 500)) == (0xE9, 0xE6, 0xDF)


def test_projected_grid_and_nobody(tmp_path):
    geobox = GeoBox((30, 40), Affine(1000, 0, 3_000_000, 0, -1000, 200_000), "ESRI:54009")
    for people in (np.full((30, 40), 5.0), np.full((30, 40), np.nan)):
        data = made_data(people, geobox, sites=made_sites((1.5, 30.0, "2G", "A")))
        _pixels(pipeline.run(data, Settings()), tmp_path / "map.png")
