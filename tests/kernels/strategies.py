"""Small grids of every awkward shape, for Hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)


@st.composite
def people(draw, shape=SHAPES):
    """Persons per grid cell, float32 or float64, some of them NaN."""
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    values = random.gamma(0.3, 100.0, shape).astype(dtype)
    values[random.random(shape) < draw(st.sampled_from([0.0, 0.1, 1.0]))] = np.nan
    return values


@st.composite
def members(draw, shape=SHAPES):
    """Member cells, from none to all."""
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    share = draw(st.sampled_from([0.0, 0.02, 0.2, 0.45, 0.7, 1.0]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    member = random.random(shape) < share
    return member if draw(st.booleans()) else member.astype(np.uint8) * np.uint8(draw(st.integers(1, 255)))
