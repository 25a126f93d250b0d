"""Heights above drainage, levels of the sea and slopes against plain oracles and ground whose answer is known."""

import numpy as np
from ewcm_kernels.drainage import DRY, VOID, filled_flow, height_above_drainage_m, sea_levels, slope_pct
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.examples import examples
from tests.oracles import drainage as oracle

DY = 100.0

shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@st.composite
def grounds(draw):
    """Heights of few different values, so that there are flats and hollows, with voids and sea; and widths of the rows."""
    shape = draw(shapes)
    heights = draw(arrays(np.float32, shape, elements=st.sampled_from([-2, 0, 1, 2, 3, 5, 5.5, 9, np.nan])))
    sea = draw(arrays(np.bool_, shape)) & (heights == 0)
    return heights, sea, np.linspace(80, 100, shape[0])


@examples(4)
@given(grounds())
def test_hollows_are_filled_and_every_cell_drains_down_the_steepest_way(ground):
    heights, sea, dx = ground
    filled, down, order = filled_flow(heights, sea, dx, DY)
    np.testing.assert_array_equal(filled, oracle.filled(heights, sea))
    known = np.flatnonzero(~np.isnan(heights))
    assert sorted(order) == list(known)
    place = {cell: number for number, cell in enumerate(order)}
    for cell in known:
        row, col = divmod(int(cell), heights.shape[1])
        if oracle.leaves(heights, sea, row, col):
            assert down[cell] == cell
            continue
        assert place[down[cell]] < place[cell]
        drops = {
            r * heights.shape[1] + c: (filled[row, col] - filled[r, c]) / np.hypot((r - row) * DY, (c - col) * dx[row])
            for r, c in oracle.neighbours(heights.shape, row, col)
        }
        assert drops[down[cell]] == max(0, *drops.values())


@examples(4)
@given(grounds(), st.sampled_from([0.02, 0.05, 0.2]))
def test_heights_above_drainage_are_those_of_the_oracle(ground, stream_km2):
    heights, sea, dx = ground
    _, down, _ = filled_flow(heights, sea, dx, DY)
    found = height_above_drainage_m(heights, sea, dx, DY, stream_km2)
    np.testing.assert_allclose(found, oracle.above_drainage(heights, sea, down, dx, DY, stream_km2))


@examples(4)
@given(arrays(np.uint8, shapes, elements=st.sampled_from([0, 1, 1, 2, 3, DRY, VOID])), st.booleans())
def test_levels_of_the_sea_are_those_of_the_oracle(classes, voids_pass):
    np.testing.assert_array_equal(sea_levels(classes, voids_pass), oracle.sea_levels(classes, voids_pass))


@examples(2)
@given(arrays(np.float32, shapes, elements=st.sampled_from([0, 1, 4, 10.5, np.nan])))
def test_slopes_are_those_of_the_oracle(heights):
    dx = np.linspace(80, 100, heights.shape[0])
    np.testing.assert_allclose(slope_pct(heights, dx, DY), oracle.slope_pct(heights, dx, DY), rtol=1e-6)


def test_a_tilted_valley():
    """A valley that falls to the south by 0.1 m a cell, its sides rising by 3 m a cell from the stream in the middle."""
    row, col = np.mgrid[0:60, 0:21]
    heights = (30 - 0.1 * row + 3 * abs(col - 10)).astype(np.float32)
    above = height_above_drainage_m(heights, np.zeros((60, 21), bool), np.full(60, 100.0), DY, 0.5)
    # Each row brings 0.2 km² of its inner cells; the sides drain to the stream in their row, one or two further down.
    middle = above[30:50, 5:16]
    np.testing.assert_allclose(middle[:, 5], 0)
    expected = np.broadcast_to(3 * abs(np.arange(-5, 6)), middle.shape)
    np.testing.assert_allclose(middle, expected + 0.1 * abs(np.arange(-5, 6)), atol=0.6)
    assert np.array_equal(middle <= 5, np.broadcast_to(abs(np.arange(-5, 6)) <= 1, middle.shape))


def test_a_dyke_keeps_land_dry_and_a_gap_in_it_does_not():
    classes = np.full((7, 9), 2, np.uint8)
    classes[:, 0] = 0
    classes[:, 3] = DRY
    reached = sea_levels(classes, False)
    assert (reached[:, 1:3] == 2).all() and (reached[:, 3:] == DRY).all()
    classes[4, 3] = 3
    assert (sea_levels(classes, False)[:, 4:] == 3).all()
    classes[4, 3] = VOID
    assert (sea_levels(classes, False)[:, 4:] == DRY).all() and (sea_levels(classes, True)[:, 4:] == 2).all()
