import numpy as np
import pytest
from ewcm_kernels.distance import nearest_covered_km
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.strategies import members
from tests.kernels.threads import under_threads
from tests.oracles import distance as oracle
from tests.oracles.discs import great_circle_km


def geographic(north_deg, step_deg, rows):
    """Centre latitudes, heights and widths [km] of the rows."""
    lat = north_deg - step_deg * np.arange(rows)
    degree_km = np.radians(1.0) * 6371.0088
    return lat, np.full(rows, step_deg * degree_km), step_deg * degree_km * np.cos(np.radians(lat))


@given(members(), st.floats(0.01, 100), st.floats(0.01, 100))
def test_exact_on_a_plane(covered, height_km, width_km):
    height, width = np.full(covered.shape[0], height_km), np.full(covered.shape[0], width_km)
    np.testing.assert_allclose(
        nearest_covered_km(covered, height, width), oracle.nearest_covered_km(covered, height, width), rtol=1e-6
    )


@given(members(), st.integers(0, 2**32 - 1))
def test_rows_of_different_heights(covered, seed):
    height, width = np.random.default_rng(seed).uniform(0.5, 2, covered.shape[0]), np.full(covered.shape[0], 1.3)
    np.testing.assert_allclose(
        nearest_covered_km(covered, height, width), oracle.nearest_covered_km(covered, height, width), rtol=1e-6
    )


@given(members(), st.floats(-60, 60), st.sampled_from([1 / 1200, 1 / 120, 0.1]))
def test_widths_that_change_with_latitude(covered, north_deg, step_deg):
    _, height, width = geographic(north_deg, step_deg, covered.shape[0])
    np.testing.assert_allclose(
        nearest_covered_km(covered, height, width), oracle.nearest_covered_km(covered, height, width), rtol=1e-3
    )


@pytest.mark.parametrize("north_deg", [60.0, 30.0, 2.0, -56.0])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_the_great_circle_to_half_a_percent_up_to_300_km(north_deg, seed):
    random = np.random.default_rng(seed)
    rows, cols, step = 100, 160, 0.04
    lat, height, width = geographic(north_deg, step, rows)
    lat, lon = np.broadcast_arrays(lat[:, None], step * np.arange(cols))
    covered = np.zeros((rows, cols), np.uint8)
    covered[random.integers(0, rows, 6), random.integers(0, cols, 6)] = 1
    truth = np.full((rows, cols), np.inf)
    for row, col in zip(*np.nonzero(covered), strict=True):
        truth = np.minimum(truth, great_circle_km(lat[row, col], lon[row, col], lat, lon))
    near = truth <= 300
    np.testing.assert_allclose(nearest_covered_km(covered, height, width)[near], truth[near], rtol=2e-3, atol=1e-3)


def test_nothing_covered_is_infinitely_far_and_everything_covered_is_here():
    size = np.ones(30)
    assert np.isinf(nearest_covered_km(np.zeros((30, 20), bool), size, size)).all()
    assert (nearest_covered_km(np.ones((30, 20), bool), size, size) == 0).all()
    with pytest.raises(ValueError, match="one number a row"):
        nearest_covered_km(np.ones((30, 20), bool), np.ones(20), size)


def test_any_number_of_threads_gives_the_same_bits():
    random = np.random.default_rng(7)
    covered = random.random((1200, 900)) < 2e-4
    _, height, width = geographic(40.0, 1 / 120, 1200)
    first, *others = under_threads(lambda: nearest_covered_km(covered, height, width))
    assert all(np.array_equal(first, other) for other in others)
    assert (first[covered] == 0).all()
