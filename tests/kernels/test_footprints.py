"""The best of several footprints, entry by entry."""

import numpy as np
from ewcm_kernels.footprints import largest_shares
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import places as oracle


@given(
    st.lists(st.dictionaries(st.integers(0, 59), st.integers(1, 250)), max_size=6), st.data(),
    st.integers(0, 60), st.integers(0, 60),
)  # fmt: skip
def test_largest_shares(made, data, one, other):
    footprints = [
        (np.array(sorted(cells), np.int32), np.array([[cells[cell]] * 3 for cell in sorted(cells)]).reshape(-1, 3))
        for cells in made
    ]
    chosen = data.draw(st.lists(st.integers(0, len(made) - 1), max_size=8)) if made else []
    first, past = min(one, other), max(one, other)
    out = np.zeros(past - first, np.uint8)
    largest_shares(
        np.cumsum([0, *(cells.size for cells, _ in footprints)]),
        np.concatenate([np.empty(0, np.int32), *(cells for cells, _ in footprints)]),
        np.concatenate([np.empty(0, np.uint8), *(share[:, 1].astype(np.uint8) for _, share in footprints)]),
        np.array(chosen, np.int64),
        first,
        past,
        out,
    )
    assert np.array_equal(out, oracle.largest_shares(footprints, chosen, 1, 60)[first:past])
