import numpy as np
from ewcm_kernels.nearest import nearest_site_km
from hypothesis import given
from hypothesis import strategies as st

from ewcm.core import grid

_PLACES = st.lists(st.tuples(st.floats(-90, 90), st.floats(-200, 400)), min_size=1, max_size=60)


@given(_PLACES, _PLACES)
def test_it_is_the_distance_to_the_nearest_of_all(points, sites):
    lat, lon = np.array(points).T
    site_lat, site_lon = np.array(sites).T
    every = grid.distance_km(lat[:, None], lon[:, None], site_lat[None], site_lon[None])
    np.testing.assert_allclose(nearest_site_km(lat, lon, site_lat, site_lon), every.min(axis=1), rtol=1e-5, atol=2e-3)


def test_many_sites_and_the_same_place_twice():
    random = np.random.default_rng(1)
    site_lat, site_lon = random.uniform(-2, 2, 3000), random.uniform(178, 182, 3000)
    site_lat[:50], site_lon[:50] = 0.5, 179.9
    lat, lon = random.uniform(-3, 3, (20, 30)), random.uniform(177, 183, (20, 30)) - 360.0
    every = grid.distance_km(lat[..., None], lon[..., None], site_lat, site_lon)
    found = nearest_site_km(lat, lon, site_lat, site_lon)
    assert found.shape == (20, 30)
    np.testing.assert_allclose(found, every.min(axis=2), rtol=1e-5, atol=2e-3)


def test_no_site_is_infinitely_far_and_nowhere_is_not_a_number():
    none = np.zeros(0)
    assert np.isinf(nearest_site_km(np.array([1.0]), np.array([2.0]), none, none)).all()
    assert np.isnan(nearest_site_km(np.array([np.nan]), np.array([2.0]), np.array([0.0]), np.array([0.0]))).all()


def test_a_grid_and_its_single_points_have_the_same_digits():
    """A grid is worked on by squares, of which few sites are asked; what lies in a town, or is nowhere, searches for itself."""
    random = np.random.default_rng(2)
    site_lat = np.concatenate([random.uniform(-1, 1, 60), random.normal(0.3, 0.003, 900)])
    site_lon = np.concatenate([random.uniform(29, 31, 60), random.normal(30.2, 0.003, 900)])
    lat, lon = np.meshgrid(0.5 - np.arange(41) / 100, 30.0 + np.arange(53) / 100, indexing="ij")
    lat[7, 9] = np.nan
    alone = nearest_site_km(lat.reshape(-1), lon.reshape(-1), site_lat, site_lon)
    np.testing.assert_array_equal(nearest_site_km(lat, lon, site_lat, site_lon).reshape(-1), alone)
    every = grid.distance_km(lat[..., None], lon[..., None], site_lat, site_lon).min(axis=2)
    np.testing.assert_allclose(alone.reshape(lat.shape), every, rtol=1e-5, atol=2e-3)
