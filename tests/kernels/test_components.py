import numpy as np
import pytest
from ewcm_kernels.components import components, label_image, runs_of
from hypothesis import given

from tests.kernels.strategies import members
from tests.kernels.threads import under_threads
from tests.oracles.components import label


@given(members())
def test_groups_and_what_they_hold(member):
    labels, count = label(member)
    random = np.random.default_rng(member.sum())
    people, weight = random.gamma(0.3, 100.0, (2, *member.shape)).astype(np.float32)
    people[random.random(member.shape) < 0.1] = np.nan
    row_area_km2 = random.random(member.shape[0])
    found = components(member, (people, weight), row_area_km2)
    assert found.cells.size == count
    image = label_image(found.run_row, found.run_start, found.run_stop, found.run_component, member.shape)
    assert np.array_equal(image, labels)
    rows, cols = np.indices(member.shape)
    for group in range(count):
        inside = labels == group
        persons = people[inside].astype(float)
        assert found.cells[group] == inside.sum()
        assert found.box[group].tolist() == [
            rows[inside].min(),
            rows[inside].max() + 1,
            cols[inside].min(),
            cols[inside].max() + 1,
        ]
        expected = [
            np.nansum(persons),
            weight[inside].sum(dtype=float),
            np.nansum(persons * rows[inside]),
            np.nansum(persons * cols[inside]),
            row_area_km2[rows[inside]].sum(),
        ]
        got = [*found.sums[:, group], found.row_moment[group], found.col_moment[group], found.area_km2[group]]
        np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_neighbours_at_corners_and_shapes_that_meet_late():
    picture = """
        x.x.x....x
        .x.x.x..x.
        ..........
        x.x.x.x.x.
        x.x.x.x.x.
        xxxxxxxxx.
        .........x
    """
    member = np.array([[cell == "x" for cell in line] for line in picture.split()])
    found = components(member)
    assert found.cells.tolist() == [6, 2, 20]
    assert found.box.tolist() == [[0, 2, 0, 6], [0, 2, 8, 10], [3, 7, 0, 10]]
    assert found.sums.shape == (0, 3) and found.area_km2.tolist() == [0, 0, 0]


def test_wanted_groups_in_the_wanted_order():
    member = np.zeros((5, 9), np.uint8)
    member[0, 0:2] = member[2, 3:5] = member[4, 7:9] = 1
    row, start, stop, place = runs_of(components(member), np.array([2, 0]))
    assert np.stack([row, start, stop, place], axis=1).tolist() == [[0, 0, 2, 1], [4, 7, 9, 0]]


def test_weights_may_come_stacked_and_nothing_at_all_is_a_grid_too():
    member = np.ones((3, 4), bool)
    stacked = np.ones((2, 3, 4), np.float32)
    assert components(member, stacked).sums.tolist() == [[12.0], [12.0]]
    for shape in ((0, 4), (4, 0), (3, 3)):
        found = components(np.zeros(shape, bool), (np.zeros(shape),))
        assert found.cells.size == 0 and found.sums.shape == (1, 0)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="shape"):
        components(np.ones((3, 4), bool), (np.ones((4, 3)),))
    with pytest.raises(ValueError, match="row"):
        components(np.ones((3, 4), bool), (), np.ones(4))


def test_one_group_through_every_band_and_any_number_of_threads():
    random = np.random.default_rng(7)
    member = random.random((2000, 1500)) < 0.4  # just below percolation: groups of every size
    people = random.random(member.shape, dtype=np.float32)
    first, *others = under_threads(lambda: components(member, (people,), np.ones(2000)))
    assert all(np.array_equal(a, b) for other in others for a, b in zip(first, other, strict=True))
    assert first.cells.sum() == member.sum()
    snake = np.zeros((2001, 1500), bool)
    snake[::2] = True
    snake[1::4, -1] = snake[3::4, 0] = True
    assert components(snake).cells.tolist() == [snake.sum()]
