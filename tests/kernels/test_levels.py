"""Networks put together cell by cell, against the same written with whole arrays."""

import numpy as np
from ewcm_kernels.levels import Networks, capped
from hypothesis import given
from hypothesis import strategies as st

from ewcm.core.fraction import LEVELS, UNKNOWN

SHAPE = (2, 3)
KNOWN = st.one_of(st.sampled_from([0, 1, LEVELS - 1, LEVELS]), st.integers(0, LEVELS))
SIX_KNOWN = st.lists(KNOWN, min_size=6, max_size=6)
SIX = st.lists(KNOWN | st.just(UNKNOWN), min_size=6, max_size=6)
CODES = st.lists(st.integers(0, 255), min_size=6, max_size=6)
LAYER = st.tuples(SIX, CODES, st.booleans())


def as_array(values: list[int], dtype: type) -> np.ndarray:
    return np.array(values, dtype).reshape(SHAPE)


def wanted_of(covered: np.ndarray, unknown: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Levels of the covered share and of what is unknown, the second cut to what the first leaves."""
    left = np.minimum(unknown.astype(int), LEVELS - covered.astype(int))
    is_partly_unknown = bool(((left > 0) & (left < LEVELS)).any())
    return np.where(left == LEVELS, UNKNOWN, covered), left if is_partly_unknown else None


def assert_same(found: tuple[np.ndarray, np.ndarray | None], wanted: tuple[np.ndarray, np.ndarray | None]) -> None:
    assert np.array_equal(found[0], wanted[0]) and found[0].dtype == np.uint16
    assert (found[1] is None) == (wanted[1] is None)
    if found[1] is not None and wanted[1] is not None:
        assert np.array_equal(found[1], wanted[1]) and found[1].dtype == np.uint16


@given(st.lists(st.tuples(st.lists(LAYER, min_size=1, max_size=3), st.booleans()), min_size=1, max_size=4))
def test_networks_are_joined_as_whole_arrays_are(networks) -> None:
    found = Networks(SHAPE)
    covered, is_missing = np.zeros(SHAPE, int), np.zeros(SHAPE, bool)
    for layers, leaves_unknown in networks:
        levels = []
        for values, codes, is_coded in layers:
            level = as_array(values, np.uint16)
            if is_coded:
                code, level_of = as_array(codes, np.uint8), np.resize(level, 256)
                found.add_code(code, level_of)
                level = level_of[code]
            else:
                found.add_level(level)
            levels.append(level)
        found.end_network(leaves_unknown=leaves_unknown)
        is_known = np.array(levels) != UNKNOWN
        covered = np.maximum(covered, np.where(is_known, levels, 0).max(axis=0))
        is_missing |= leaves_unknown & ~is_known.any(axis=0)
    assert_same(found.joined(), wanted_of(covered, np.where(is_missing, LEVELS, 0)))


@given(st.lists(SIX, min_size=1, max_size=3), st.lists(SIX_KNOWN, min_size=1, max_size=3))
def test_what_is_unknown_is_cut_to_what_is_not_covered(covered, unknown) -> None:
    levels = [as_array(values, np.uint16) for values in covered]
    missing = [as_array(values, np.uint16) for values in unknown]
    largest = np.where(np.array(levels) == UNKNOWN, 0, levels).max(axis=0)
    assert_same(capped(levels, missing), wanted_of(largest, np.max(missing, axis=0)))
    assert np.array_equal(levels[0], as_array(covered[0], np.uint16)), "what is given stays as it is"


def test_a_part_of_an_array_that_does_not_lie_in_one_piece() -> None:
    whole = np.arange(24, dtype=np.uint16).reshape(4, 6)
    networks = Networks((4, 3))
    networks.add_level(whole[:, 1:4])
    networks.end_network()
    assert np.array_equal(networks.joined()[0], whole[:, 1:4])
    assert np.array_equal(capped([whole[:, 1:4]], [np.zeros((4, 3), np.uint16)])[0], whole[:, 1:4])


def test_a_block_of_no_rows() -> None:
    networks = Networks((0, 4))
    networks.add_code(np.zeros((0, 4), np.uint8), np.zeros(256, np.uint16))
    networks.end_network()
    covered, unknown = networks.joined()
    assert covered.shape == (0, 4) and unknown is None
