import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ewcm.core.fraction import LEVELS, UNKNOWN, decode, encode, union

FRACTIONS = arrays(np.float64, (3, 4), elements=st.one_of(st.floats(0, 1), st.just(np.nan)))


@pytest.mark.parametrize("fraction", [0, 0.5, 1 / 3, 0.25, 0.2, 0.1, 0.001, 1])
def test_common_fractions_are_exact_levels(fraction):
    level = int(encode(np.array([[fraction]]))[0, 0])
    assert level / LEVELS == fraction


@given(FRACTIONS)
def test_decoding_gives_the_fraction_back_to_half_a_level(fraction):
    back = decode(encode(fraction))
    assert np.array_equal(np.isnan(back), np.isnan(fraction))
    assert np.nanmax(np.abs(back - fraction), initial=0) <= 0.5 / LEVELS + 1e-7


@given(st.lists(FRACTIONS, min_size=1, max_size=4))
def test_union_is_the_larger_fraction_and_unknown_only_where_all_are(fractions):
    together = union([encode(fraction) for fraction in fractions])
    levels = np.stack([encode(fraction) for fraction in fractions])
    unknown = (levels == UNKNOWN).all(axis=0)
    assert np.array_equal(together == UNKNOWN, unknown)
    largest = np.where(levels == UNKNOWN, -1, levels.astype(int)).max(axis=0)
    assert np.array_equal(together[~unknown], largest[~unknown])


def test_where_nothing_is_known_a_fraction_is_unknown():
    level = encode(np.array([[0.5, 0.5]]), np.array([[True, False]]))
    assert level.tolist() == [[30_000, UNKNOWN]]


def test_union_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no levels"):
        union([])
