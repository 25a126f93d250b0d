"""Missing data: what marks it, however it is written, never becomes people, coverage or mountains."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from ewcm import pipeline
from ewcm.cli import main
from ewcm.core.record import Meta
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.settings import Settings
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.population import read_population
from ewcm.sources.terrain import open_terrain
from tests.examples import examples
from tests.made import made_data, made_grid
from tests.reliability import files
from tests.sources.files import NORTH, WEST, raster

UGA = country("UGA")
LOWEST = float(np.finfo(np.float32).min)


def ulp(value, steps):
    """The float32 number some steps beside ``value``."""
    number = np.float32(value)
    for _ in range(abs(steps)):
        number = np.nextafter(number, np.float32(np.inf if steps > 0 else -np.inf))
    return float(number)


#: (type of the raster, what stands in the holes, what the file declares). The people are the same without them.
KINDS = [
    ("float32", -99999.0, -99999.0),
    ("float32", -99999.0, -99999.01),
    ("float32", ulp(-99999.0, 1), -99999.0),
    ("float32", ulp(-99999.0, -1), -99999.0),
    ("float32", -200.0, -200.0),
    ("float32", ulp(-200.0, 1), -200.0),
    ("float32", -9999.0, -9999.0),
    ("float32", LOWEST, LOWEST),
    ("float32", LOWEST, -3.4028234663852886e38),
    ("float32", LOWEST, -3.4e38),
    ("float32", ulp(LOWEST, 1), LOWEST),
    ("float64", -3.4028234663852886e38, -3.4028234663852886e38),
    ("float32", 255.0, 255.0),
    ("uint8", 255, 255),
    ("float32", 0.0, 0.0),
    ("float32", np.nan, np.nan),
    ("float32", np.nan, -99999.0),
    ("int16", -200, -200),
    ("int32", -99999, -99999),
    ("uint16", 65535, 65535),
]  # fmt: skip
UNDECLARED = [
    ("float32", -99999.0),
    ("float32", ulp(-99999.0, 1)),
    ("float32", -9999.0),
    ("float32", -200.0),
    ("float32", LOWEST),
    ("float32", np.nan),
    ("int16", -32768),
    ("int16", 32767),
    ("int32", 2147483647),
    ("uint8", 255),
    ("uint16", 65535),
]


@examples(0.8)
@given(
    st.sampled_from([*KINDS, *((kind, hole, None) for kind, hole in UNDECLARED)]), st.integers(0, 2**16), st.booleans()
)
def test_holes_never_count_as_people(tmp_path_factory, kind, seed, stated):
    dtype, hole, declared = kind
    random = np.random.default_rng(seed)
    values = random.integers(1, 90, (7, 9)).astype(dtype)
    holes = random.uniform(size=values.shape) < 0.4
    holes[0, 0] = False
    values[holes] = hole
    path = tmp_path_factory.mktemp("nodata") / "p.tif"
    said = stated and declared is not None
    raster(path, values, nodata=None if said else declared)
    found = read_population(path, UGA, nodata=declared if said else None)
    expected = float(values[~holes].sum(dtype=np.float64))
    assert np.nansum(found.people, dtype=np.float64) == expected == found.record.facts["people"]
    assert found.record.facts["nodata_cells"] == holes.sum()
    if declared is None and holes.any() and not np.isnan(hole):
        assert any("not declared as nodata" in text for text in found.record.assumptions)


def test_a_nodata_that_is_stated_wins_over_the_files_and_is_said(tmp_path):
    """The file's own was applied too, without a word: 255 people in a cell were lost to a wrong tag."""
    values = files.people()
    values[0, 0], values[0, 1] = 255, -77
    path = raster(tmp_path / "p.tif", values, nodata=255)
    found = read_population(path, UGA, nodata=-77)
    assert found.people[0, 0] == 255 and np.isnan(found.people[0, 1])
    assert any("nodata is 255; -77 was taken" in text for text in found.record.assumptions)


@pytest.mark.parametrize(
    ("stored", "scale", "offset", "message"),
    [
        (3, 1.0, -5.0, "240 cells hold negative people (lowest -2)"),
        (3, -1.0, 0.0, "240 cells hold negative people"),
        (30_000, 1e9, 0.0, "240 cells hold more people than the world"),
    ],
)
def test_people_that_only_scaling_makes_impossible_are_refused(tmp_path, stored, scale, offset, message):
    """The check was made before scale and offset were applied."""
    path = raster(tmp_path / "p.tif", files.people(stored, "int16"))
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (scale,), (offset,)
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace(")", r"\)")):
        read_population(path, UGA)


def test_a_sentinel_that_scaling_makes_possible_is_still_one(tmp_path):
    values = files.people(5, "int16")
    values[0, 0] = -200
    path = raster(tmp_path / "p.tif", values)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (2.0,), (500.0,)
    found = read_population(path, UGA)
    assert np.isnan(found.people[0, 0]) and found.people[0, 1] == 510


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (-3.0, "2 cells hold negative people (lowest -3)"),
        (np.inf, "2 cells hold infinity"),
        (-np.inf, "2 cells hold infinity"),
    ],
)
def test_impossible_people_stop_the_run_with_their_count(tmp_path, capsys, bad, message):
    values = files.people()
    values[3, 3:5] = bad
    assert message in files.refused(files.country(tmp_path / "UGA", values), capsys)


def test_a_crowd_beyond_belief_is_printed(tmp_path, capsys):
    values = files.people()
    values[2, 2] = 2e6
    folder = files.country(tmp_path / "UGA", values)
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--progress", "none"]) == 0
    assert "1 grid cell holds more than a million people per km²" in capsys.readouterr().out


# --- coverage --------------------------------------------------------------------------------------------------------


def shares(path, **options):
    """Covered, uncovered and unknown people of 4G on a grid of 12 × 20 cells with one person each."""
    (declared,) = read_declared(path, "4G", UGA, **options)
    geobox = made_grid(files.ROWS, files.COLS, west=WEST, north=NORTH)
    result = pipeline.run(made_data(np.ones(geobox.shape), geobox, declared=(declared,)), Settings())
    return tuple(round(part) for part in files.figures(result, "4G"))


@pytest.mark.parametrize(
    ("dtype", "hole", "declared"),
    [kind for kind in KINDS if kind[1:] not in ((0.0, 0.0), (np.nan, np.nan))] + [("float32", np.nan, None)],
)
def test_holes_of_a_coverage_raster_are_unknown(tmp_path, dtype, hole, declared):
    """A tag that is off by a rounding of float32 was not recognised."""
    values = np.zeros((files.ROWS, files.COLS), dtype)
    values[:6] = 1
    values[:, 15:] = hole
    assert shares(raster(tmp_path / "c.tif", values, nodata=declared)) == (90, 90, 60)


@pytest.mark.parametrize(("dtype", "hole"), [kind for kind in UNDECLARED if not np.isnan(kind[1])])
def test_undeclared_holes_of_a_coverage_raster_are_refused(tmp_path, dtype, hole):
    values = np.ones((files.ROWS, files.COLS), dtype)
    values[:, 15:] = hole
    with pytest.raises(InputError, match="allows 0, 1"):
        shares(raster(tmp_path / "c.tif", values))


@pytest.mark.parametrize(
    ("dtype", "hole", "declared"),
    [
        ("float32", -9999.0, -9999.0),
        ("float32", ulp(-200.0, 1), -200.0),
        ("float32", -200.0, -200.00001),
        ("float32", 0.0, 0.0),
        ("float32", np.nan, None),
        ("int16", 0, 0),
        ("int16", 255, 255),
    ],
)
def test_holes_of_a_level_raster_are_unknown(tmp_path, dtype, hole, declared):
    """-200.00002 beside a tag of -200 was a level: the people there were uncovered instead of unknown."""
    values = np.full((files.ROWS, files.COLS), -90, dtype)
    values[6:] = -120
    values[:, 15:] = hole
    path = raster(tmp_path / "c.tif", values, nodata=declared)
    assert shares(path, values="dbm", threshold_dbm=-105.0) == (90, 90, 60)


LEVEL_HOLES = [("float32", 0.0), ("int16", 0), ("float32", -200.0), ("float32", -9999.0), ("int16", 255)]


@pytest.mark.parametrize(("dtype", "hole"), LEVEL_HOLES)
def test_undeclared_holes_of_a_level_raster_are_refused(tmp_path, dtype, hole):
    """0 dBm was taken as a strong signal: a raster on a background of zeros covered everybody."""
    values = np.full((files.ROWS, files.COLS), -90, dtype)
    values[:, 15:] = hole
    with pytest.raises(InputError, match="no levels in dBm"):
        shares(raster(tmp_path / "c.tif", values), values="dbm", threshold_dbm=-105.0)


def test_the_mask_of_a_coverage_raster_is_unknown_and_not_uncovered(tmp_path):
    """Only nodata was looked at: whatever a mask hid counted as it stood below, as uncovered."""
    values = np.zeros((files.ROWS, files.COLS), "uint8")
    values[:6] = 1
    path = raster(tmp_path / "c.tif", values)
    mask = np.full(values.shape, 255, "uint8")
    mask[:, 15:] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as target:
        target.write_mask(mask)
    assert shares(path) == (90, 90, 60)


def test_scaled_levels_are_refused_and_further_bands_are_said(tmp_path):
    path = raster(tmp_path / "c.tif", np.full((files.ROWS, files.COLS), -90, "int16"))
    with rasterio.open(path, "r+") as target:
        target.offsets = (-40.0,)
    with pytest.raises(InputError, match="scale or an offset"):
        read_declared(path, "4G", UGA, values="dbm", threshold_dbm=-100.0)
    path = tmp_path / "two.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=4, width=4, count=2, dtype="uint8", crs="EPSG:4326",
        transform=Affine(0.01, 0, WEST, 0, -0.01, NORTH),
    ) as target:  # fmt: skip
        target.write(np.ones((2, 4, 4), "uint8"))
    said = " ".join(map(str, read_declared(path, "4G", UGA)[0].record.warnings))
    assert "Band 1 of 2 was read" in said and "in none of the figures" in said


# --- terrain ---------------------------------------------------------------------------------------------------------


def terrain(path, heights, *, crs, transform, nodata, scale=1.0):
    with rasterio.open(
        path, "w", driver="GTiff", height=heights.shape[0], width=heights.shape[1], count=1, dtype=heights.dtype, crs=crs,
        transform=transform, nodata=nodata,
    ) as target:  # fmt: skip
        target.write(heights, 1)
        target.scales = (scale,)
    return open_terrain([path], False, Meta())


@pytest.mark.parametrize(
    ("crs", "transform", "window"),
    [
        ("EPSG:4326", Affine(1 / 1200, 0, 32.0, 0, -1 / 1200, 1.0), (32.01, 0.93, 32.07, 0.99)),
        ("EPSG:32636", Affine(90, 0, 400_000, 0, -90, 110_000), (32.11, 0.93, 32.16, 0.98)),
    ],
)
@pytest.mark.parametrize(
    ("dtype", "hole", "declared"),
    [
        ("float32", -9999.0, -9999.0),
        ("float32", -9999.0, None),
        ("float32", -99999.0, -99999.01),
        ("float32", ulp(-200.0, 1), -200.0),
        ("float32", LOWEST, None),
        ("float32", np.nan, None),
        ("int16", -32768, None),
        ("int16", -32768, -32768),
        ("int16", 0, 0),
    ],
)
def test_holes_of_a_terrain_are_filled_from_their_rim(tmp_path, crs, transform, window, dtype, hole, declared):
    """In metres an undeclared hole of -9999 m was mixed into its neighbours; off by a rounding it was a pit of -200 m."""
    heights = np.full((120, 120), 1200, dtype)
    heights[40:44, 50:55] = hole
    values = (
        terrain(tmp_path / "dem.tif", heights, crs=crs, transform=transform, nodata=declared).window(*window).values_m
    )
    assert np.nanmin(values) == pytest.approx(1200, abs=0.01) and np.nanmax(values) == pytest.approx(1200, abs=0.01)


def test_terrain_in_decimetres_is_in_metres(tmp_path):
    heights = np.full((120, 120), 12000, "int16")
    dem = terrain(
        tmp_path / "dem.tif", heights, crs="EPSG:4326", transform=Affine(1 / 1200, 0, 32, 0, -1 / 1200, 1), nodata=None,
        scale=0.1,
    )  # fmt: skip
    assert dem.window(32.01, 0.93, 32.07, 0.99).values_m.max() == pytest.approx(1200, abs=0.01)
