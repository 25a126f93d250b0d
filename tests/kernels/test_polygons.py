import numpy as np
import pytest
import shapely
from ewcm_kernels.polygons import polygon_fraction, polygon_sum
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.kernels.threads import under_threads
from tests.oracles import polygons as oracle


def rings(*points):
    """Vertices and offsets of rings given as lists of (x, y)."""
    offsets = np.cumsum([0] + [len(ring) for ring in points])
    x, y = np.concatenate([np.asarray(ring, float) for ring in points]).T
    return x, y, offsets


def whole_grid(x, y, offsets, rows, cols):
    row0, col0, window = polygon_fraction(x, y, offsets, rows, cols)
    grid = np.zeros((rows, cols))
    grid[row0 : row0 + window.shape[0], col0 : col0 + window.shape[1]] = window
    return grid


@st.composite
def stars(draw):
    """A star-shaped shell with, sometimes, a hole inside; either way round, on or off the grid, closed or not."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(3, 12))
    centre = random.uniform(-3, 26, 2)
    turn = np.sort(random.uniform(0, 2 * np.pi, count))
    # No gap of half a turn, so that the centre stays inside.
    turn = np.concatenate([turn, [0.1, 2.2, 4.3]])
    turn.sort()
    reach = random.uniform(2, 16, turn.size)
    snap = draw(st.booleans())
    shell = centre + reach[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if snap:
        # Vertices and edges on the lines between cells; rounding may tangle the outline.
        shell = np.round(shell)
        assume(shapely.Polygon(shell).is_valid)
    points = [shell]
    if draw(st.booleans()) and not snap:
        hole = centre + 0.4 * reach.min() * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        points.append(hole[::-1])
    if draw(st.booleans()):
        points = [ring[::-1] for ring in points]
    if draw(st.booleans()):
        points = [np.concatenate([ring, ring[:1]]) for ring in points]
    return rings(*points)


@examples(2.4)
@given(stars())
def test_shares_equal_clipping_cell_by_cell(polygon):
    rows, cols = 20, 23
    np.testing.assert_allclose(
        whole_grid(*polygon, rows, cols), oracle.polygon_fraction(*polygon, rows, cols), atol=1e-9
    )


@examples(1.6)
@given(stars(), st.integers(0, 2**32 - 1))
def test_the_fused_sum_is_the_sum_over_the_shares(polygon, seed):
    random = np.random.default_rng(seed)
    values = random.gamma(0.3, 100.0, (75, 90)).astype(np.float32)
    values[random.random(values.shape) < 0.1] = np.nan
    expected = np.nansum(values * whole_grid(*polygon, *values.shape))
    assert polygon_sum(values, *polygon) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_neighbours_share_every_person_between_them():
    """Two polygons with a common jagged border: what one does not count, the other does."""
    random = np.random.default_rng(3)
    values = random.random((300, 200))
    border = np.stack([random.uniform(40, 160, 120), np.linspace(0, 300, 120)], axis=1)
    left = rings(np.concatenate([[(0, 0)], border, [(0, 300)]]))
    right = rings(np.concatenate([[(200, 0)], border, [(200, 300)]]))
    assert polygon_sum(values, *left) + polygon_sum(values, *right) == pytest.approx(values.sum(), rel=1e-12)


def test_a_polygon_around_the_whole_grid_counts_all_of_it_however_far_its_edges_are():
    values = np.ones((70, 130))
    for far in (1.0, 1e3, 1e7):
        square = rings([(-far, -far), (130 + far, -far), (130 + far, 70 + far), (-far, 70 + far)])
        assert polygon_sum(values, *square) == pytest.approx(9100, rel=1e-9)


def test_a_hole_and_a_second_shell():
    shell, hole = [(2, 2), (12, 2), (12, 12), (2, 12)], [(4, 4), (4, 8), (8, 8), (8, 4)]
    island = [(20, 20), (23, 20), (23, 21.5), (20, 21.5)]
    for direction in (1, -1):
        polygon = rings(shell[::direction], hole[::direction], island[::direction])
        assert polygon_sum(np.ones((30, 30)), *polygon) == pytest.approx(100 - 16 + 4.5, rel=1e-12)


@pytest.mark.parametrize("shift", [(-50, 0), (50, 0), (0, -50), (0, 50)])
def test_a_polygon_beside_the_grid_counts_nothing(shift):
    polygon = rings(np.array([(2, 2), (12, 2), (12, 12)]) + shift)
    assert polygon_sum(np.ones((30, 30)), *polygon) == 0.0
    assert polygon_fraction(*polygon, 30, 30)[2].shape == (0, 0)


def test_a_sliver_and_a_polygon_of_no_area():
    sliver = rings([(3.2, 1), (3.2 + 1e-7, 1), (3.2 + 1e-7, 29), (3.2, 29)])
    assert polygon_sum(np.ones((30, 30)), *sliver) == pytest.approx(28e-7, rel=1e-6)
    flat = rings([(3, 1), (9, 7), (3, 1)])
    assert polygon_sum(np.ones((30, 30)), *flat) == pytest.approx(0, abs=1e-12)


def test_bad_vertices_are_refused():
    x, y, offsets = rings([(1, 1), (2, 1), (2, np.nan)])
    with pytest.raises(ValueError, match="finite"):
        polygon_sum(np.ones((5, 5)), x, y, offsets)
    with pytest.raises(ValueError, match="length"):
        polygon_sum(np.ones((5, 5)), x, y[:2], offsets)


def test_any_number_of_threads_gives_the_same_bits():
    random = np.random.default_rng(7)
    values = random.random((1500, 1700), dtype=np.float32)
    turn = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    reach = random.uniform(300, 700, turn.size)
    polygon = rings(np.stack([800 + reach * np.cos(turn), 750 + reach * np.sin(turn)], axis=1))
    sums = under_threads(lambda: polygon_sum(values, *polygon))
    assert len(set(sums)) == 1
    shares = under_threads(lambda: polygon_fraction(*polygon, *values.shape)[2])
    assert all(np.array_equal(shares[0], other) for other in shares)
