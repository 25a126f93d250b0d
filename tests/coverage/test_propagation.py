"""Propagation levels: from a table of sites and terrain to coverage on the population grid."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.core.fraction import CASES, LEVELS, UNKNOWN
from ewcm.core.record import Meta
from ewcm.coverage.p1812.model import PropagationModel
from ewcm.coverage.p1812.transmitters import pattern_db
from ewcm.errors import InputError
from ewcm.settings import Settings
from ewcm.sources.cell_sites import SITE_COLUMNS
from ewcm.sources.terrain import open_terrain

STEP = 1 / 1200
SETTINGS = Settings(max_range_km=12.0)
GRID = GeoBox((24, 24), Affine(1 / 120, 0, 38.0, 0, -1 / 120, 9.2), "EPSG:4326")


def made_terrain(folder, values, west=38.0, north=9.2):
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float32",
        crs="EPSG:4326", transform=Affine(STEP, 0, west, 0, -STEP, north),
    ) as dataset:  # fmt: skip
        dataset.write(values.astype(np.float32), 1)
    return open_terrain([folder], False, Meta())


@pytest.fixture
def plain(tmp_path):
    return made_terrain(tmp_path, np.full((240, 240), 300.0))


def sites_table(*rows):
    table = pd.DataFrame([{"site_id": f"s{i}", "technology": "4G", "operator": ""} | row for i, row in enumerate(rows)])
    return table.reindex(columns=SITE_COLUMNS)


def _levels(sites, terrain, settings=SETTINGS, geobox=GRID, clutter=None):
    """Low, central and high levels of the whole grid."""
    model = PropagationModel(sites, terrain, clutter, geobox, settings, lambda done, total: None)
    rows = slice(0, geobox.shape[0])
    return tuple(model.shares(("4G",), None, variant, rows).covered for variant in CASES)


CENTRE = {"lat": 9.1, "lon": 38.1}


def test_a_site_on_a_plain(plain):
    low, central, high = _levels(sites_table(CENTRE), plain)
    assert central.dtype == np.uint16 and central.shape == (24, 24)
    assert central[12, 12] == LEVELS  # a receiver on the site itself is covered
    assert central[12, 0] < central[12, 6] <= central[12, 10]
    assert (low <= central).all() and (central <= high).all()
    assert not (central == UNKNOWN).any()


def test_more_power_never_covers_less(plain):
    before = np.zeros((24, 24), np.uint16)
    for eirp in (13.0, 23.0, 33.0, 43.0, 53.0):
        central = _levels(sites_table(CENTRE | {"eirp_dbm": eirp}), plain)[1]
        assert (central >= before).all()
        before = central
    assert before.mean() > LEVELS / 2


def test_a_ridge_throws_a_shadow(tmp_path):
    values = np.full((240, 240), 300.0)
    values[:, 150:156] += 300.0
    with_ridge = _levels(sites_table(CENTRE), made_terrain(tmp_path, values))[1]
    behind, before = with_ridge[:, 17:], with_ridge[:, :7]
    assert behind.mean() < 0.7 * before.mean()
    values[:, 150:156] += 300.0
    higher = _levels(sites_table(CENTRE), made_terrain(tmp_path, values))[1]
    assert (higher[:, 17:] <= with_ridge[:, 17:]).all()


def test_both_methods_agree(tmp_path):
    y, x = np.mgrid[:240, :240]
    terrain = made_terrain(tmp_path, 400 + 90 * np.sin(x / 13) * np.cos(y / 19))
    sweep = _levels(sites_table(CENTRE), terrain)[1].astype(float) / LEVELS
    exact = (
        _levels(sites_table(CENTRE), terrain, replace(SETTINGS, propagation_method="exact"))[1].astype(float) / LEVELS
    )
    assert np.abs(sweep - exact).mean() < 0.02


def test_two_sites_in_one_place_are_the_stronger(plain):
    weak, strong = CENTRE | {"eirp_dbm": 20.0}, CENTRE | {"eirp_dbm": 40.0}
    both = _levels(sites_table(weak, strong), plain)[1]
    assert np.array_equal(both, _levels(sites_table(strong), plain)[1])


def test_operators_are_joined_by_the_better_signal_in_each_fine_cell(tmp_path):
    """Each covers another half of the grid cells under a ridge; the larger of two shares would leave half of them out."""
    heights = np.full((240, 240), 300.0)
    heights[:, 114:118] = 900.0
    terrain = made_terrain(tmp_path, heights)
    west, east = {"lat": 9.1, "lon": 38.06}, {"lat": 9.1, "lon": 38.135}
    apart = sites_table(west | {"operator": "Blue"}, east | {"operator": "Red"})
    joined = _levels(apart, terrain)
    assert [level.tolist() for level in joined] == [
        level.tolist() for level in _levels(apart.assign(operator=""), terrain)
    ]
    alone = [_levels(apart[apart["operator"] == name], terrain)[1] for name in ("Blue", "Red")]
    assert (joined[1] >= np.maximum(*alone)).all()
    assert (joined[1] > np.maximum(*alone).astype(int) + LEVELS // 20).any()


def test_cells_of_one_site_stand_at_their_middle(plain):
    scattered = sites_table(
        {"site_id": "m", "lat": 9.095, "lon": 38.105}, {"site_id": "m", "lat": 9.105, "lon": 38.095}
    )
    assert np.array_equal(_levels(scattered, plain)[1], _levels(sites_table(CENTRE), plain)[1])


def test_a_sector_covers_its_side(plain):
    east = _levels(sites_table(CENTRE | {"azimuth_deg": 90.0, "beamwidth_deg": 65.0, "eirp_dbm": 20.0}), plain)[1]
    assert east[:, 13:].astype(float).mean() > 2 * east[:, :11].astype(float).mean()
    north = _levels(sites_table(CENTRE | {"azimuth_deg": 0.0, "beamwidth_deg": 65.0, "eirp_dbm": 20.0}), plain)[1]
    assert north[:11].astype(float).mean() > 2 * north[13:].astype(float).mean()


def test_antenna_pattern():
    assert pattern_db(np.array([0.0, 32.5, -32.5, 180.0, 327.5]), 65.0) == pytest.approx([0, -3, -3, -25, -3])


def test_unknown_terrain_is_unknown_and_not_uncovered(tmp_path):
    terrain = made_terrain(tmp_path, np.full((240, 120), 300.0))  # the west half only
    central = _levels(sites_table({"lat": 9.1, "lon": 38.09}), terrain)[1]
    assert (central[:, 12:][8:16, :6] == UNKNOWN).all()
    assert (central[:, :11] != UNKNOWN).all()


def test_a_network_out_of_range_settles_nothing_of_one_over_unknown_terrain(tmp_path):
    terrain = made_terrain(tmp_path, np.full((240, 120), 300.0))  # the west half only
    west = {"lat": 9.1, "lon": 38.01, "operator": "Blue"}
    over_nothing = {"lat": 9.1, "lon": 38.19, "operator": "Red"}
    settings = replace(SETTINGS, max_range_km=8.0)
    alone = _levels(sites_table(over_nothing), terrain, settings)[1]
    both = _levels(sites_table(west, over_nothing), terrain, settings)[1]
    assert (alone[8:16, 20:] == UNKNOWN).all() and (both[8:16, 20:] == UNKNOWN).all()
    assert both[12, 1] == LEVELS  # and what one covers is covered


def test_at_sea(tmp_path):
    """A site on a rock: an elevation raster of nothing but 0 m."""
    central = _levels(sites_table(CENTRE), made_terrain(tmp_path, np.zeros((240, 240))))[1]
    assert central[12, 12] == LEVELS


def test_out_of_range_and_off_the_grid(plain):
    assert (_levels(sites_table({"lat": 20.0, "lon": 38.1}), plain)[1] == 0).all()
    outside = _levels(sites_table({"lat": 9.1, "lon": 38.19}), plain, geobox=GRID[:, :12])[1]
    assert outside[12, 11] > 0


def test_a_finer_grid_adds_up_to_the_coarser(plain):
    fine = GeoBox((240, 240), Affine(1 / 1200, 0, 38.0, 0, -1 / 1200, 9.2), "EPSG:4326")
    share = _levels(sites_table(CENTRE), plain, geobox=fine)[1].reshape(24, 10, 24, 10).mean(axis=(1, 3))
    assert _levels(sites_table(CENTRE), plain)[1] == pytest.approx(share, abs=60)


def test_projected_population_grid(plain):
    utm = GeoBox((18, 18), Affine(1000, 0, 393_000, 0, -1000, 1_014_000), "EPSG:32637")
    central = _levels(sites_table(CENTRE), plain, geobox=utm)[1]
    row, col = ((1_014_000 - 1_006_010) // 1000), ((401_090 - 393_000) // 1000)  # the site in UTM zone 37
    assert central[row, col] == LEVELS
    geographic = _levels(sites_table(CENTRE), plain)[1]
    share = central[central != UNKNOWN].mean() / LEVELS
    assert geographic.mean() / LEVELS < share < 1.0  # the grid is the smaller


def test_across_the_180th_meridian(tmp_path):
    there = tmp_path / "there"
    here = tmp_path / "here"
    there.mkdir()
    here.mkdir()
    y, x = np.mgrid[:240, :240]
    values = 400 + 90 * np.sin(x / 13) * np.cos(y / 19)
    grid = GeoBox((24, 24), Affine(1 / 120, 0, 179.9, 0, -1 / 120, 9.2), "EPSG:4326")
    east = _levels(sites_table({"lat": 9.1, "lon": -179.99}), made_terrain(there, values, west=179.9), geobox=grid)[1]
    near = _levels(sites_table({"lat": 9.1, "lon": 38.11}), made_terrain(here, values))[1]
    assert np.abs(east.astype(int) - near.astype(int)).max() < 0.02 * LEVELS


def test_a_frequency_outside_the_recommendation(plain):
    with pytest.raises(InputError, match="30 to 6000 MHz"):
        _levels(sites_table(CENTRE | {"frequency_mhz": 26000.0}), plain)
