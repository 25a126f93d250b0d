"""Zones: any polygons and classes hold exactly the people inside them, and parts of zones add up."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import Point, Polygon, box

from ewcm.analysis.areas import partition
from ewcm.core.fraction import Shares, encode, shares_of
from ewcm.core.zones import classes, polygons
from ewcm.errors import InputError
from tests.examples import examples
from tests.made import cell_box, made_areas, made_grid

GRID = made_grid(20, 30)
ROWS = slice(0, 20)


def people_of(seed=0, grid=GRID):
    random = np.random.default_rng(seed)
    people = random.uniform(0, 100, grid.shape).astype(np.float32)
    people[random.uniform(size=grid.shape) < 0.2] = np.nan  # lakes, and what lies beyond the border
    return people


def zones_of(*shapes, grid=GRID):
    return polygons(gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:4326"), grid)


def brute_force(people, shape, grid):
    """People × the share of each cell inside a polygon, by shapely, cell by cell."""
    total = 0.0
    for row, col in np.argwhere(np.isfinite(people)):
        cell = cell_box(grid, row, col, row + 1, col + 1)
        total += float(people[row, col]) * shapely.intersection(cell, shape).area / cell.area
    return total


@examples(0.6)
@given(
    st.lists(st.tuples(st.floats(-3, 23), st.floats(-3, 33)), min_size=3, max_size=7, unique=True), st.integers(0, 99)
)
def test_a_polygon_counts_exactly_the_people_inside(corners, seed):
    """Over holes in the population and beyond the edge of the grid; nobody outside is adopted."""
    shape = shapely.convex_hull(shapely.MultiPoint([GRID.affine @ (col, row) for row, col in corners]))
    if not isinstance(shape, Polygon):
        return
    people = people_of(seed)
    found = zones_of(shape).sum(people, ROWS)[0]
    assert found == pytest.approx(brute_force(people, shape, GRID), rel=1e-9, abs=1e-6)


def test_a_polygon_that_is_no_area_is_not_adopted_by_its_neighbours():
    people = np.ones(GRID.shape, np.float32)
    half = cell_box(GRID, 4, 4, 8, 8.5)
    assert zones_of(half).sum(people, ROWS).tolist() == pytest.approx([18.0])
    # as an administrative area it takes border cells whole, and the people near it
    adopted = partition(made_areas((1, "box", half)).table, people, GRID, 25.0)
    assert adopted.sum(people, ROWS)[0] > 100


@examples(0.6)
@given(st.floats(1, 29), st.integers(0, 99))
def test_a_polygon_cut_in_two_adds_up(col, seed):
    whole = cell_box(GRID, 1.3, 0.4, 18.2, 29.7)
    parts = [cell_box(GRID, 1.3, 0.4, 18.2, max(0.4, col)), cell_box(GRID, 1.3, max(0.4, col), 18.2, 29.7)]
    people = people_of(seed)
    level = Shares(encode(np.random.default_rng(seed).uniform(size=GRID.shape)))
    two, one = zones_of(*parts), zones_of(whole)
    assert two.sum(people, ROWS).sum() == pytest.approx(one.sum(people, ROWS)[0], rel=1e-9)
    assert two.reach(people, level, ROWS).sum(axis=0) == pytest.approx(one.reach(people, level, ROWS)[0], rel=1e-9)


def test_overlapping_polygons_each_hold_all_of_their_people():
    people = people_of()
    shapes = [cell_box(GRID, 2, 2, 12.5, 14), cell_box(GRID, 6.2, 8, 18, 21.1), cell_box(GRID, 0, 0, 20, 30)]
    together = zones_of(*shapes)
    alone = [zones_of(shape).sum(people, ROWS)[0] for shape in shapes]
    assert together.sum(people, ROWS) == pytest.approx(alone, rel=1e-12)
    assert not together.exclusive


def test_across_180_a_polygon_counts_the_same_on_either_side():
    grid = GeoBox((20, 60), Affine(1 / 60, 0, 179.5, 0, -1 / 60, -16.0), "EPSG:4326")
    people = people_of(3, grid)
    eastern = box(179.7, -16.3, 180.25, -16.05)
    split = shapely.MultiPolygon([box(179.7, -16.3, 180.0, -16.05), box(-180.0, -16.3, -179.75, -16.05)])
    rows = slice(0, 20)
    counts = [zones_of(shape, grid=grid).sum(people, rows)[0] for shape in (eastern, split)]
    assert counts == pytest.approx([brute_force(people, eastern, grid)] * 2, rel=1e-9)


def test_zones_of_classes_and_of_areas_intersect_and_add_up():
    random = np.random.default_rng(5)
    people = people_of(5)
    flood = classes(random.integers(0, 3, GRID.shape), pd.DataFrame({"name": ["dry", "wet", "deep"]}))
    areas = partition(
        made_areas((1, "West", cell_box(GRID, 0, 0, 20, 11.3)), (1, "East", cell_box(GRID, 0, 11.3, 20, 30))).table,
        people,
        GRID,
        25.0,
    )
    both = flood & areas
    parts = pd.Series(both.sum(people, ROWS))
    assert parts.groupby(both.table["first"].to_numpy()).sum().tolist() == pytest.approx(
        flood.sum(people, ROWS).tolist(), rel=1e-9
    )
    assert parts.groupby(both.table["second"].to_numpy()).sum().tolist() == pytest.approx(
        areas.sum(people, ROWS).tolist(), rel=1e-9
    )
    assert "wet / East" in both.table["name"].tolist()


def test_two_sets_of_polygons_intersect_where_both_split_a_cell():
    people = people_of(8)
    first = zones_of(cell_box(GRID, 0, 0, 9.5, 30), cell_box(GRID, 9.5, 0, 20, 30))
    second = zones_of(cell_box(GRID, 0, 0, 20, 14.25), cell_box(GRID, 0, 14.25, 20, 30))
    both = first & second
    assert both.size == 4
    for key, zones in (("first", first), ("second", second)):
        added = pd.Series(both.sum(people, ROWS)).groupby(both.table[key].to_numpy()).sum()
        assert added.tolist() == pytest.approx(zones.sum(people, ROWS).tolist(), rel=1e-9)


def test_classes_leave_out_what_has_none_and_refuse_what_has_no_name():
    codes = np.full(GRID.shape, -1)
    codes[3, 4] = 0
    people = np.ones(GRID.shape, np.float32)
    assert classes(codes, pd.DataFrame({"name": ["wet"]})).sum(people, ROWS).tolist() == [1.0]
    codes[5, 5] = 3
    with pytest.raises(InputError, match="class 3"):
        classes(codes, pd.DataFrame({"name": ["wet"]}))


def test_a_bow_tie_and_overlapping_parts_count_nobody_twice():
    people = np.ones(GRID.shape, np.float32)
    parts = shapely.MultiPolygon([cell_box(GRID, 2, 2, 6, 6), cell_box(GRID, 4, 4, 8, 8)])
    assert zones_of(parts).sum(people, ROWS)[0] == pytest.approx(28.0)
    tie = Polygon([GRID.affine @ corner for corner in ((0, 0), (10, 10), (10, 0), (0, 10))])
    assert zones_of(tie).sum(people, ROWS)[0] == pytest.approx(50.0)


@pytest.mark.parametrize("shape", [Point(30, 2), shapely.LineString([(30, 2), (30.1, 1.9)]), Polygon()])
def test_what_is_no_polygon_is_refused(shape):
    with pytest.raises(InputError, match="no polygon"):
        zones_of(shape)


def test_polygons_without_a_crs_are_refused():
    with pytest.raises(InputError, match="no CRS"):
        polygons(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]), GRID)


@examples(0.6)
@given(st.integers(0, 999))
def test_the_ledger_closes_where_cells_are_known_in_part(seed):
    random = np.random.default_rng(seed)
    people = people_of(seed)
    covered = random.integers(0, 60_001, GRID.shape)
    unknown = np.minimum(random.integers(0, 60_001, GRID.shape) * (random.random(GRID.shape) < 0.7), 60_000 - covered)
    zones = zones_of(cell_box(GRID, 1.5, 2.5, 15, 22.2), cell_box(GRID, 8, 8, 20, 30))
    reached = zones.reach(people, shares_of(covered, unknown), ROWS)
    assert reached.sum(axis=1) == pytest.approx(zones.sum(people, ROWS), rel=1e-9)
    expected = zones.sum(people * (unknown / 60_000).astype(np.float32), ROWS)
    assert reached[:, 2] == pytest.approx(expected, rel=1e-5)
