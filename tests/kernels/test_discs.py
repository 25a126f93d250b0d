import numpy as np
import pytest
from ewcm_kernels.discs import paint_discs, paint_discs_scattered
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.kernels.threads import under_threads
from tests.oracles.discs import distance_to_rim_km

RIM_KM = 1e-9  # closer to the rim than this, rounding decides


def painted(site_lat, site_lon, radius_km, north, lat_step, west, lon_step, shape):
    out = np.zeros(shape, np.uint8)
    paint_discs(np.asarray(site_lat), np.asarray(site_lon), radius_km, north, lat_step, west, lon_step, out)
    return out


def assert_true_discs(out, site_lat, site_lon, radius_km, cell_lat, cell_lon, rim_km=RIM_KM):
    beyond = distance_to_rim_km(site_lat, site_lon, radius_km, cell_lat, cell_lon)
    wrong = (out != 0) != (beyond <= 0)
    assert not wrong[np.abs(beyond) > rim_km].any()


def cells(north, lat_step, west, lon_step, shape):
    lat = north + lat_step * np.arange(shape[0])
    lon = west + lon_step * np.arange(shape[1])
    return np.broadcast_arrays(lat[:, None], lon[None, :])


@examples(6)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    step=st.sampled_from([1 / 1200, 1 / 120, 0.1, 1.0]),
    north=st.floats(-80, 89),
    west=st.sampled_from([-180.0, 179.9, 0.0, 33.3]),
)
def test_cells_within_the_great_circle_radius_and_no_others(seed, shape, step, north, west):
    random = np.random.default_rng(seed)
    shape = (min(shape[0], int((north + 90) / step) + 1), shape[1])
    lat_mid, lon_mid = north - step * shape[0] / 2, west + step * shape[1] / 2
    sites = int(random.integers(1, 6))
    site_lat = np.clip(lat_mid + step * random.normal(0, 20, sites), -90, 90)
    site_lon = lon_mid + step * random.normal(0, 20, sites) + 360 * random.integers(-2, 3, sites)
    radius = 111.2 * step * random.uniform(0, 30, sites)
    out = painted(site_lat, site_lon, radius, north, -step, west, step, shape)
    assert_true_discs(out, site_lat, site_lon, radius, *cells(north, -step, west, step, shape))


def test_a_disc_over_the_180th_meridian_on_grids_of_either_kind():
    for west in (-180.0, 0.0, 179.0):
        grid = (-15.0, -0.1, west, 0.1, (30, 3600))
        out = painted([-16.5, -16.5], [179.99, -179.5], 50.0, *grid)
        assert out.any(axis=0).sum() > 5
        assert_true_discs(out, [-16.5, -16.5], [179.99, -179.5], 50.0, *cells(*grid))


def test_a_grid_that_runs_twice_round_the_earth():
    out = painted([5.0], [10.0], 300.0, 10.0, -1.0, -180.0, 1.0, (11, 720))
    assert np.array_equal(out[:, :360], out[:, 360:]) and out.any()


@pytest.mark.parametrize("radius_km", [0.5, 300.0, 1500.0, 9000.0, 15000.0, 20000.0, 30000.0])
@pytest.mark.parametrize("lat", [90.0, -90.0, 89.9, -85.0, 0.0])
def test_poles_and_discs_larger_than_a_hemisphere(lat, radius_km):
    grid = (90.0, -1.0, -180.0, 1.0, (181, 360))
    out = painted([lat], [77.7], radius_km, *grid)
    assert_true_discs(out, [lat], [77.7], radius_km, *cells(*grid), rim_km=1e-6)


def test_tiny_radii_and_a_site_on_a_cell_centre():
    step = 1 / 1200
    grid = (10.0, -step, 20.0, step, (9, 9))
    site_lat, site_lon = 10.0 - 4 * step, 20.0 + 4 * step
    for radius_km, count in ((0.0, 1), (1e-6, 1), (0.0920, 3), (0.0930, 5)):
        assert painted([site_lat], [site_lon], radius_km, *grid).sum() == count
    assert painted([site_lat], [site_lon], -1.0, *grid).sum() == 0


def test_rows_may_run_northwards_and_painting_adds_to_what_is_there():
    out = np.zeros((20, 20), bool)
    out[0, 0] = True
    paint_discs(np.array([1.0]), np.array([1.0]), 30.0, 0.0, 0.1, 0.0, 0.1, out)
    assert out[0, 0] and out[10, 10] and out.sum() > 10
    assert_true_discs(out[1:], [1.0], [1.0], 30.0, *cells(0.1, 0.1, 0.0, 0.1, (19, 20)))


def test_no_sites_and_bad_sites():
    assert painted([], [], 10.0, 0.0, -1.0, 0.0, 1.0, (3, 3)).sum() == 0
    with pytest.raises(ValueError, match="numbers"):
        painted([np.nan], [0.0], 10.0, 0.0, -1.0, 0.0, 1.0, (3, 3))
    with pytest.raises(ValueError, match="positive"):
        painted([1.0], [0.0], 10.0, 0.0, -1.0, 0.0, -1.0, (3, 3))


@examples(2.4)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 30))
def test_scattered_cells(seed, rows, cols):
    random = np.random.default_rng(seed)
    cell_lat = random.uniform(-2, 2, (rows, cols)) + random.choice([0, 60, -88])
    cell_lon = random.uniform(178, 182, (rows, cols))
    site_lat, site_lon = random.choice(cell_lat.ravel(), 4), random.uniform(178, 182, 4) - 360
    radius = random.uniform(0, 200, 4)
    out = np.zeros((rows, cols), np.uint8)
    everywhere = np.tile([-3, rows + 9, -1, cols + 2], (4, 1))
    paint_discs_scattered(site_lat, site_lon, radius, everywhere, cell_lat, cell_lon, out)
    assert_true_discs(out, site_lat, site_lon, radius, cell_lat, cell_lon)


def test_scattered_cells_outside_the_window_or_without_a_place_are_left_alone():
    lat, lon = (grid.copy() for grid in np.broadcast_arrays(np.linspace(1, 0, 11)[:, None], np.linspace(0, 1, 11)))
    lat[5, 5] = np.nan
    out = np.zeros((11, 11), np.uint8)
    paint_discs_scattered(np.array([0.5]), np.array([0.5]), 500.0, np.array([[4, 7, 4, 7]]), lat, lon, out)
    assert out.sum() == 8 and out[4:7, 4:7].sum() == 8


def test_any_number_of_threads_paints_the_same():
    random = np.random.default_rng(7)
    site_lat, site_lon = random.uniform(0, 10, 300), random.uniform(20, 30, 300)
    first, *others = under_threads(lambda: painted(site_lat, site_lon, 12.0, 10.0, -0.01, 20.0, 0.01, (1000, 1000)))
    assert first.any() and all(np.array_equal(first, other) for other in others)
