"""Rasters of coverage that are pictures, masks or the same everywhere: named as what they are, with the mend that fits."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import read_declared
from tests.sources.files import UGA, raster

ONE = np.eye(3, dtype="uint8")


def read(path, **more):
    (found,) = read_declared(path, "4G", UGA, **more)
    return found


@pytest.mark.parametrize(
    ("values", "options", "more", "message"),
    [
        (ONE * 255, {}, {}, r"holds 255, .* is a mask, where 255 usually means covered: write 1 in its place"),
        (ONE + 1, {}, {}, 'where 2 means not covered write 0 in its place .* state values = "mce"'),
        (ONE * np.float32(0.5), {}, {}, 'look like shares: state values = "fraction"'),
        (-80 - 40 * ONE.astype("float32"), {}, {}, 'look like levels: state values = "dbm" with threshold_dbm'),
        (90 + ONE, {}, {"values": "dbm", "threshold_dbm": -105}, "levels without their sign, or path losses"),
        (-900 - 100 * ONE.astype("int16"), {}, {"values": "dbm", "threshold_dbm": -105}, "tenths of dBm"),
        (-90 * ONE.astype("int16"), {}, {"values": "dbm", "threshold_dbm": -105}, "0 is no level"),
    ],
)
def test_other_values_are_refused_with_the_mend_that_fits(tmp_path, values, options, more, message):
    """The advice was to declare 255 as nodata, which turned the map inside out."""
    with pytest.raises(InputError, match=message) as error:
        read(raster(tmp_path / "c.tif", values, **options), **more)
    assert "\n" not in str(error.value)


def test_pictures_are_called_pictures(tmp_path):
    profile = {"driver": "GTiff", "height": 3, "width": 3, "dtype": "uint8", "crs": "EPSG:4326"}
    profile["transform"] = rasterio.Affine(0.01, 0, 32, 0, -0.01, 2)
    with rasterio.open(tmp_path / "rgb.tif", "w", count=3, photometric="RGB", **profile) as target:
        target.write(np.stack([ONE, ONE, ONE]))
    with pytest.raises(InputError, match="is a picture of a map"):
        read(tmp_path / "rgb.tif")
    with rasterio.open(tmp_path / "colours.tif", "w", count=1, **profile) as target:
        target.write(ONE + 1, 1)
        target.write_colormap(1, {1: (255, 255, 255), 2: (0, 200, 0)})
    with pytest.raises(InputError, match=r"table of colours, .*2 is rgb 0 200 0\): write 1 for the covered"):
        read(tmp_path / "colours.tif")


@pytest.mark.parametrize(
    ("values", "more", "code"),
    [
        (ONE * 0, {}, "covers_nobody"),
        (ONE * 0.0, {"values": "fraction"}, "covers_nobody"),
        (ONE + 1, {"values": "mce"}, "covers_all"),
        (ONE * 0 + 1, {}, "covers_all"),
        (-90 - ONE.astype("float32"), {"values": "dbm", "threshold_dbm": -105}, "covers_all"),
        (-120 - ONE.astype("float32"), {"values": "dbm", "threshold_dbm": -105}, "covers_nobody"),
        (ONE, {}, None),
    ],
)
def test_a_map_of_nobody_or_of_everything_is_doubted(tmp_path, values, more, code):
    found = read(raster(tmp_path / "c.tif", values), **more).record.warnings
    assert [warning.code for warning in found] == ([code] if code else [])


def test_that_one_of_several_bands_was_read_is_a_doubt(tmp_path):
    with rasterio.open(raster(tmp_path / "c.tif", ONE)) as source:
        profile = source.profile | {"count": 2}
    with rasterio.open(tmp_path / "two.tif", "w", **profile) as target:
        target.write(np.stack([ONE * 0, ONE]))
    assert [warning.code for warning in read(tmp_path / "two.tif").record.warnings] == ["bands", "covers_nobody"]


def test_values_that_the_table_of_colours_leaves_transparent_are_said(tmp_path):
    """A 1 that nobody sees who opens the map was read as covered without a word."""
    profile = {"driver": "HFA", "height": 3, "width": 3, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    found = {}
    for unseen in (0, 1):
        with rasterio.open(
            tmp_path / f"c{unseen}.img", "w", transform=rasterio.Affine(0.01, 0, 32, 0, -0.01, 2), **profile
        ) as target:
            target.write(ONE, 1)
            target.write_colormap(1, {value: (0, 200, 0, 0 if value == unseen else 255) for value in (0, 1)})
        found[unseen] = read(tmp_path / f"c{unseen}.img").record
    (doubt,) = found[1].warnings
    assert doubt.code == "transparent" and "Value 1 is transparent in its table of colours (3 cells)" in doubt
    assert not found[0].warnings
    assert "Value 0 is transparent in its table of colours (6 cells)" in " ".join(found[0].assumptions)
