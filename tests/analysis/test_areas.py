import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from ewcm.analysis.areas import geodesic_area_km2, partition
from ewcm.core.fraction import Shares, encode
from ewcm.core.zones import OUTSIDE
from tests.examples import examples
from tests.made import cell_box, made_areas, made_grid

GRID = made_grid(20, 30)
ROWS = slice(0, 20)


def split(*boxes, people=None, nearest_km=25.0):
    people = np.ones(GRID.shape, dtype=np.float32) if people is None else people
    table = made_areas(*[(1, f"A{i}", cell_box(GRID, *corners)) for i, corners in enumerate(boxes)]).table
    return partition(table, people, GRID, nearest_km), people


def test_a_cell_on_a_border_is_split_by_ground():
    areas, people = split((0, 0, 20, 10.25), (0, 10.25, 20, 30))
    assert areas.sum(people, ROWS) == pytest.approx([205.0, 395.0], rel=1e-9)


def test_overlapping_areas_do_not_count_anyone_twice():
    areas, people = split((0, 0, 20, 20), (0, 10, 20, 30))
    assert areas.sum(people, ROWS) == pytest.approx([400.0, 200.0], rel=1e-9)


def test_coastal_people_go_whole_to_the_one_area_that_touches_their_cell():
    areas, people = split((0, 0, 20, 14.5))
    people[:, 15:] = 0
    areas, _ = split((0, 0, 20, 14.5), people=people)
    assert areas.sum(people, ROWS).sum() == pytest.approx(people.sum(), rel=1e-12)


def test_islands_go_to_the_nearest_area_and_far_people_stay_outside():
    people = np.zeros(GRID.shape, dtype=np.float32)
    people[5, 12] = 7  # 2.5 cells (2.3 km) from the first area
    people[5, 29] = 3  # 18 km
    areas, _ = split((0, 0, 20, 10), people=people, nearest_km=5.0)
    assert areas.sum(people, ROWS).tolist() == [7.0]
    assert areas.labels[5, 29] == OUTSIDE
    areas, _ = split((0, 0, 20, 10), people=people, nearest_km=np.inf)
    assert areas.sum(people, ROWS).tolist() == [10.0]


def test_an_islet_smaller_than_a_cell_keeps_its_people():
    people = np.zeros(GRID.shape, dtype=np.float32)
    people[3, 3] = 50
    areas, _ = split((3.4, 3.4, 3.6, 3.6), people=people)
    assert areas.sum(people, ROWS).tolist() == [50.0]


def test_an_enclave_belongs_to_itself():
    ring = Polygon(cell_box(GRID, 0, 0, 20, 20).exterior, [cell_box(GRID, 5, 5, 10, 10).exterior])
    table = made_areas((1, "ring", ring), (1, "enclave", cell_box(GRID, 5, 5, 10, 10))).table
    people = np.ones(GRID.shape, dtype=np.float32)
    areas = partition(table, people, GRID, 0.0)
    assert areas.sum(people, ROWS)[1] == pytest.approx(25.0, rel=1e-9)


@examples(1.2)
@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 30)), min_size=3, max_size=8, unique=True), st.integers(0, 99))
def test_any_areas_hold_everyone_exactly_once(points, seed):
    """Voronoi cells of random points share edges at any angle; together they hold all people, and reach adds up."""
    random = np.random.default_rng(seed)
    people = random.uniform(0, 100, GRID.shape).astype(np.float32)
    people[random.uniform(size=GRID.shape) < 0.2] = np.nan
    whole = cell_box(GRID, 0, 0, 20, 30)
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint([GRID.affine @ (col, row) for row, col in points]), extend_to=whole
    )
    shapes = [shapely.intersection(cell, whole) for cell in shapely.get_parts(cells)]
    areas = partition(made_areas(*[(1, str(i), s) for i, s in enumerate(shapes)]).table, people, GRID, np.inf)
    expected = float(np.nansum(people, dtype=np.float64))
    assert areas.sum(people, ROWS).sum() == pytest.approx(expected, rel=1e-9)
    level = encode(random.uniform(0, 1, GRID.shape), random.uniform(size=GRID.shape) < 0.8)
    assert areas.reach(people, Shares(level), ROWS).sum() == pytest.approx(expected, rel=1e-9)
    assert np.allclose(areas.reach(people, Shares(level), ROWS).sum(axis=1), areas.sum(people, ROWS), rtol=1e-9)


def test_geodesic_area_of_a_degree_at_the_equator():
    assert geodesic_area_km2(made_areas((0, "square", box(0, 0, 1, 1))).table)[0] == pytest.approx(12308.78, abs=0.01)
