import numpy as np
import pytest
from ewcm_kernels.centres import Groups, Lattice, choose, disc_sums
from ewcm_kernels.claims import FREE, NOT_GROUND, claims, rims
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.threads import under_threads
from tests.oracles import centres as oracle

NO_GROUPS = Groups(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


@st.composite
def grounds(draw):
    """People on a small lattice, in whole numbers with many equals, some groups, a radius and a margin."""
    rows, cols = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people = random.integers(0, draw(st.sampled_from([2, 5, 1000])), (rows, cols)).astype(float)
    people[random.random((rows, cols)) < draw(st.sampled_from([0.0, 0.5, 0.95]))] = 0.0
    step = draw(st.sampled_from([1 / 120, 1 / 24]))
    north = draw(st.sampled_from([0.3, 60.0, -45.0, 88.0]))
    lat = north - step * np.arange(rows)
    if draw(st.booleans()):
        lat = lat[::-1].copy()
    radius = draw(st.sampled_from([1.0, 3.0, 9.0, 40.0]))
    count = draw(st.integers(0, 4))
    groups = Groups(
        random.integers(0, rows, count),
        random.integers(0, cols, count),
        random.integers(1, 500, count).astype(float),
        np.round(random.uniform(0, radius, count), 3),
    )
    margin = np.full(rows, draw(st.sampled_from([0.0, 0.3, 0.9])))
    return people, groups, Lattice(lat, step, cols), radius, margin


@given(grounds())
def test_centres_are_those_of_the_plain_way(made):
    people, groups, lattice, radius, margin = made
    found = choose(people, groups, lattice, radius, margin)
    centres, owner, group_owner = oracle.choose(people, groups, lattice.row_lat_deg, lattice.step_deg, radius, margin)
    assert list(zip(found.row, found.col, strict=True)) == centres
    assert np.array_equal(found.owner, owner)
    assert np.array_equal(found.group_owner, group_owner)


def test_the_same_for_any_number_of_threads():
    random = np.random.default_rng(5)
    people = np.round(random.gamma(0.3, 100.0, (300, 260)) * 2**20) / 2**20
    people[random.random(people.shape) < 0.4] = 0.0
    lattice = Lattice(9.0 - np.arange(300) / 120, 1 / 120, 260)
    first, *others = under_threads(lambda: choose(people, NO_GROUPS, lattice, 15.0))
    for other in others:
        assert all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))
    assert (first.owner[people > 0] >= 0).all()
    served = np.bincount(first.owner[people > 0], weights=people[people > 0])
    assert (np.diff(served) <= 0).all()


def test_across_the_edge_of_a_lattice_that_goes_round_the_earth():
    people = np.zeros((3, 3600))
    people[1, 0], people[1, -1], people[1, 1800] = 5.0, 4.0, 3.0
    lattice = Lattice(np.array([0.1, 0.0, -0.1]), 0.1, 3600)
    found = choose(people, NO_GROUPS, lattice, 12.0)
    assert list(zip(found.row, found.col, strict=True)) == [(1, 0), (1, 1800)]
    assert found.owner[1, -1] == 0
    assert disc_sums(people, found.row, found.col, lattice, np.full(3, 12.0)).tolist() == [9.0, 3.0]


@given(grounds(), st.integers(2, 5))
def test_cells_beside_their_points_go_to_the_first_centre_in_the_radius(made, fine):
    """Each point stands for fine × fine cells; the margin is half of a point's diagonal."""
    people, _, lattice, _, _ = made
    lat, step = lattice.row_lat_deg, lattice.step_deg
    down = lat[1] - lat[0] if lat.size > 1 else -step
    margin = np.maximum(*(oracle.distance_km(lat, 0.0, lat + side * step / 2, step / 2) for side in (-1, 1))) + 1e-6
    radius = max(9.0, 2.1 * margin.max())
    found = choose(people, NO_GROUPS, lattice, radius, margin)
    row, col = np.divmod(np.arange(people.size * fine**2).reshape(people.shape[0] * fine, -1), people.shape[1] * fine)
    cell_lat, cell_lon = lat[0] + down * ((row + 0.5) / fine - 0.5), step * ((col + 0.5) / fine - 0.5)
    point = row // fine, col // fine
    weight = people[point] / 4
    code = np.where(weight > 0, FREE, NOT_GROUND).astype(np.int32)
    rim = rims(found.row, found.col, lattice, radius, margin)
    centre_deg = lat[found.row], found.col * step
    whose, at_rim = claims(
        code, np.zeros(code.shape, bool), weight, (cell_lat, cell_lon), point, found.owner, rim, centre_deg, radius
    )
    far_km = oracle.distance_km(cell_lat[..., None], cell_lon[..., None], *centre_deg)
    within = far_km <= radius + 1e-6
    expected = np.where(
        weight > 0, np.where(within.any(axis=-1), within.argmax(axis=-1), -1) if found.row.size else -1, -1
    )
    assert np.array_equal(whose, expected)
    assert (whose[weight > 0] >= 0).all()
    held = np.array([weight[within[..., number]].sum() for number in range(found.row.size)])
    sums = disc_sums(people / 4 * fine**2, found.row, found.col, lattice, radius - margin) + at_rim
    np.testing.assert_allclose(sums, held, rtol=1e-12)


def test_what_cannot_be_chosen_is_refused():
    lattice = Lattice(np.zeros(1), 0.1, 2)
    with pytest.raises(ValueError, match="each point"):
        choose(np.zeros((2, 2)), NO_GROUPS, lattice, 1.0)
    with pytest.raises(ValueError, match="fit in the radius"):
        choose(np.zeros((1, 2)), Groups(*np.zeros((2, 1), np.int64), np.ones(1), np.full(1, 2.0)), lattice, 1.0)
    with pytest.raises(ValueError, match="margin"):
        choose(np.ones((1, 2)), NO_GROUPS, lattice, 1.0, np.full(1, 2.0))
