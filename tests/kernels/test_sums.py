import numpy as np
import pytest
from ewcm_kernels.sums import LEVELS, UNKNOWN, block_sum, masked_sum, reach_sum, zonal_sum
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.strategies import people
from tests.kernels.threads import under_threads
from tests.oracles import sums as oracle


@given(people())
def test_masked_sum_is_the_sum_of_what_is_not_nan(values):
    assert masked_sum(values) == pytest.approx(oracle.masked_sum(values), rel=1e-12)


@given(people(), st.integers(1, 50))
def test_block_sums_and_partial_edges(values, factor):
    blocks = block_sum(values, factor)
    np.testing.assert_allclose(blocks, oracle.block_sum(values, factor), rtol=1e-12)
    assert blocks.sum() == pytest.approx(oracle.masked_sum(values), rel=1e-12)


@given(people(), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_zonal_and_reach_sums(values, zones, seed):
    random = np.random.default_rng(seed)
    labels = random.integers(-2, zones, values.shape).astype(np.int32)
    level = random.integers(0, LEVELS, values.shape, endpoint=True).astype(np.uint16)
    level[random.random(values.shape) < 0.3] = UNKNOWN
    zonal = zonal_sum(values, labels, zones)
    reach = reach_sum(values, level, labels, zones)
    np.testing.assert_allclose(zonal, oracle.zonal_sum(values, labels, zones), rtol=1e-12)
    np.testing.assert_allclose(reach, oracle.reach_sum(values, level, labels, zones), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(reach.sum(axis=1), zonal, rtol=1e-12)


def test_float32_people_are_added_in_float64():
    values = np.full((6000, 1000), 2.7182817, np.float32)
    assert masked_sum(values) == pytest.approx(6e6 * float(values[0, 0]), rel=1e-12)


def test_fully_covered_people_are_covered_to_the_last_one():
    values = np.full((300, 300), 3.0, np.float32)
    reach = reach_sum(values, np.full(values.shape, LEVELS, np.uint16), np.zeros(values.shape, np.int32), 1)
    assert reach.tolist() == [[270000.0, 0.0, 0.0]]


def test_empty_grids_and_no_zones():
    empty = np.zeros((0, 5), np.float32)
    assert masked_sum(empty) == 0.0
    assert block_sum(empty, 3).shape == (0, 2)
    assert zonal_sum(np.ones((4, 4)), np.full((4, 4), -1, np.int32), 0).shape == (0,)


def test_a_label_beyond_the_zones_is_an_error_not_a_loss():
    with pytest.raises(ValueError, match="only 2 zones"):
        zonal_sum(np.ones((3, 3)), np.full((3, 3), 2, np.int32), 2)
    with pytest.raises(ValueError, match="one shape"):
        zonal_sum(np.ones((3, 4)), np.zeros((3, 3), np.int32), 2)
    with pytest.raises(ValueError, match="factor"):
        block_sum(np.ones((3, 3)), 0)


def test_any_number_of_threads_gives_the_same_bits():
    random = np.random.default_rng(7)
    values = random.gamma(0.3, 100.0, (1500, 1700)).astype(np.float32)
    labels = random.integers(-1, 40, values.shape).astype(np.int32)
    level = random.integers(0, LEVELS, values.shape).astype(np.uint16)
    for call in (
        lambda: masked_sum(values),
        lambda: block_sum(values, 10),
        lambda: zonal_sum(values, labels, 40),
        lambda: reach_sum(values, level, labels, 40),
    ):
        first, *others = under_threads(call)
        assert all(np.array_equal(first, other) for other in others)


def test_views_and_read_only_arrays_are_taken_as_they_are():
    values = np.arange(600.0).reshape(20, 30)
    values.flags.writeable = False
    assert masked_sum(values[::2, ::3]) == values[::2, ::3].sum()
