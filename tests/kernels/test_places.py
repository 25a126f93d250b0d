"""Codes brought to a grid of people and the mean shares of its cells, against the plain way over the whole grid."""

import numpy as np
import pytest
from ewcm_kernels.places import Nodes, Window, block_shares, nearest_codes, place_shares
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import places as oracle

SHARE_OF_CODE = np.stack([np.linspace(0, 1, 256) ** power for power in (3, 2, 1)], axis=1).astype(np.float32)
SHARE_OF_CODE[:2] = 0.0


def _room(cells):
    return np.empty(cells, np.int64), np.empty((cells, 3), np.uint8)


def _nodes(rows, cols, random, first_row=0):
    """Nodes of a grid that lies askew over a fine grid of 90 × 110 cells, and beyond its rim."""
    down, across = np.arange(0, rows + 16, 16.0), np.arange(0, cols + 16, 16.0)
    fine_row = -5 + 2.4 * down[:, None] + 0.3 * across + random.uniform(-2, 2, (down.size, across.size))
    fine_col = -4 + 2.1 * across - 0.2 * down[:, None] + random.uniform(-2, 2, (down.size, across.size))
    return Nodes(first_row, first_row + rows, 0, cols, fine_row, fine_col)


@given(
    split=st.integers(1, 4), top=st.integers(0, 30), left=st.integers(0, 30), rows=st.integers(1, 25),
    cols=st.integers(1, 25), seed=st.integers(0, 99),
)  # fmt: skip
def test_mean_shares_of_blocks(split, top, left, rows, cols, seed):
    code = np.random.default_rng(seed).integers(0, 256, (rows, cols)).astype(np.uint8)
    code[code < 60] = 0
    whole = np.zeros((60 * split, 60 * split), np.uint8)
    whole[top : top + rows, left : left + cols] = code
    cells, shares = _room((rows // split + 2) * (cols // split + 2))
    found = block_shares(Window(code, top, left), split, 60, SHARE_OF_CODE, cells, shares)
    expected = oracle.mean_shares(whole, split, SHARE_OF_CODE)
    assert np.array_equal(cells[:found], expected[0])
    assert np.abs(shares[:found].astype(int) - expected[1]).max(initial=0) <= 0


@given(
    split=st.integers(1, 3), rows=st.integers(1, 40), cols=st.integers(1, 40), seed=st.integers(0, 99),
    first_row=st.integers(0, 50),
)  # fmt: skip
def test_codes_and_mean_shares_of_places(split, rows, cols, seed, first_row):
    random = np.random.default_rng(seed)
    nodes = _nodes(rows, cols, random, first_row)
    whole = np.zeros((90, 110), np.uint8)
    top, left = int(random.integers(0, 60)), int(random.integers(0, 80))
    code = random.integers(0, 256, (30, 30)).astype(np.uint8)
    whole[top : top + 30, left : left + 30] = code
    expected = oracle.nearest_codes(whole, nodes, split)
    found_codes = np.empty((rows * split, cols * split), np.uint8)
    nearest_codes(whole, nodes, split, found_codes)
    assert np.array_equal(found_codes, expected)
    cells, shares = _room(rows * cols)
    found = place_shares(Window(code, top, left), nodes, split, cols, whole.shape, SHARE_OF_CODE, cells, shares)
    expected_cells, expected_shares = oracle.mean_shares(expected, split, SHARE_OF_CODE)
    assert np.array_equal(cells[:found], expected_cells + first_row * cols)
    assert np.array_equal(shares[:found], expected_shares)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_where_the_projection_shows_nothing_no_code_is_found(bad):
    nodes = _nodes(40, 40, np.random.default_rng(1))
    nodes.fine_row[1, 1] = bad
    found = np.empty((40, 40), np.uint8)
    nearest_codes(np.full((90, 110), 9, np.uint8), nodes, 1, found)
    assert (found[:32, :32] == 0).all() and (found[33:, 3:] == 9).any()
