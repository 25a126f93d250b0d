"""Small problems of where to build, for every choice to be tried."""

import numpy as np
from ewcm_kernels.siting import Problem
from hypothesis import strategies as st


def made_problem(serves, weight, kind=None, cost=None):
    """A problem from a mapping of rows to shares for each candidate."""
    rows = [sorted(one) for one in serves]
    return Problem(
        np.cumsum([0, *(len(one) for one in rows)], dtype=np.int64),
        np.array([row for one in rows for row in one], np.int32),
        np.array([serves[i][row] for i, one in enumerate(rows) for row in one], np.float64),
        np.array(weight, np.float64),
        np.array([0] * len(serves) if kind is None else kind, np.int64),
        np.ones(len(serves)) if cost is None else np.array(cost, np.float64),
    )


@st.composite
def problems(draw, candidates=7, rows=9):
    """Small cases with ties (whole people), parts of cells, two kinds and costs."""
    many = draw(st.integers(1, candidates))
    shares = st.sampled_from([1.0, 1.0, 0.5, 0.25])
    serves = draw(st.lists(st.dictionaries(st.integers(0, rows - 1), shares, max_size=6), min_size=many, max_size=many))
    weight = draw(st.lists(st.integers(0, 9), min_size=rows, max_size=rows))
    kind = draw(st.lists(st.integers(0, 1), min_size=many, max_size=many))
    limits = draw(st.tuples(st.integers(0, 3), st.integers(0, 2)))
    cost = draw(st.lists(st.integers(1, 5), min_size=many, max_size=many))
    return serves, weight, kind, limits, cost
