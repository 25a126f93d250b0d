"""The people rule: exact totals whatever the units, the pull of places, and how near WorldPop it comes."""

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import example, given
from hypothesis import strategies as st

from ewcm import starter
from ewcm.core import grid
from ewcm.starter import surface

#: Country, its WorldPop raster, the least rank correlation and the largest share displaced by more than 20 km.
COUNTED = [
    ("UGA", "uga_ppp_2020_1km_Aggregated_UNadj.tif", 0.89, 0.026),
    ("SOM", "som_ppp_2020_1km_Aggregated_UNadj.tif", 0.59, 0.14),
    ("NPL", "npl_ppp_2020_1km_Aggregated_UNadj.tif", 0.84, 0.10),
]

#: Cuts at least three cells apart, so that every unit has a cell of its own.
cuts = st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True).flatmap(
    lambda steps: st.tuples(
        *(st.floats(0.0, 0.008).map(lambda shift, step=step: 0.03 + 0.035 * step + shift) for step in steps)
    )
)


@given(cuts=cuts, people=st.lists(st.integers(1, 10**7), min_size=5, max_size=5), seed=st.integers(0, 99))
@example(cuts=(0.135, 0.03, 0.17), people=[1, 1, 12226, 786, 1], seed=0)  # the dense one has two neighbours
def test_units_find_their_figures_when_border_cells_are_split_by_ground(cuts, people, seed):
    edges = [0.0, *sorted(cuts), 0.2]
    units = [shapely.box(west, 0.003, east, 0.1) for west, east in zip(edges, edges[1:], strict=False)]
    figures = np.array(people[: len(units)], dtype=np.float64)
    geobox = surface.grid_of((0.0, 0.0, 0.2, 0.1))
    weight = np.random.default_rng(seed).uniform(0.5, 2.0, geobox.shape)
    found = surface.people(surface.ground(units, [], geobox), weight, figures)
    row, col = np.nonzero(np.nan_to_num(found))
    west, north = geobox.affine @ (col, row)
    cells = shapely.box(west, north - 1 / 120, west + 1 / 120, north)
    share = np.stack([shapely.area(shapely.intersection(cells, unit)) for unit in units])
    by_unit = (found[row, col] * share / share.sum(axis=0)).sum(axis=1)
    np.testing.assert_allclose(by_unit, figures, rtol=1e-6, atol=0.01)


def test_land_has_numbers_and_the_sea_has_none():
    geobox = surface.grid_of((0.0, 0.0, 0.1, 0.1))
    island = shapely.box(0.0301, 0.0301, 0.0302, 0.0302)  # 11 m wide
    found = surface.people(surface.ground([island], [], geobox), np.ones(geobox.shape), np.array([7.0]))
    assert np.isfinite(found).sum() == 1
    assert np.nansum(found) == 7.0


def test_people_of_an_island_that_is_drawn_as_lake_stay_on_it():
    geobox = surface.grid_of((0.0, 0.0, 0.1, 0.1))
    island = shapely.box(0.02, 0.02, 0.04, 0.04)
    ground = surface.ground([island], [shapely.box(0.0, 0.0, 0.1, 0.1)], geobox)
    assert np.nansum(surface.people(ground, np.ones(geobox.shape), np.array([50.0]))) == pytest.approx(50.0)


def test_a_unit_without_people_gets_none_from_its_neighbour():
    geobox = surface.grid_of((0.0, 0.0, 0.1, 0.1))
    units = [shapely.box(0.0, 0.0, 0.052, 0.1), shapely.box(0.052, 0.0, 0.1, 0.1)]
    found = surface.people(surface.ground(units, [], geobox), np.ones(geobox.shape), np.array([100.0, 0.0]))
    assert np.nansum(found) == pytest.approx(100.0)
    assert np.nansum(found[:, 6:]) == 0.0


@given(
    lat=st.floats(0.0, 8.0),
    places=st.lists(st.tuples(st.floats(-0.4, 0.6), st.floats(-0.4, 0.6), st.floats(0, 5e6)), min_size=1, max_size=4),
)
def test_attraction_is_the_sum_over_places(lat, places):
    geobox = surface.grid_of((30.0, lat, 30.2, lat + 0.2))
    place_lat = np.array([lat + place[0] for place in places])
    place_lon = np.array([30.0 + place[1] for place in places])
    people = np.array([place[2] for place in places])
    found = surface.attraction(geobox, place_lat, place_lon, people)
    col, row = (np.floor(axis) + 0.5 for axis in ~geobox.affine @ (place_lon, place_lat))
    centre_lon, centre_lat = geobox.affine @ (col, row)
    cell_lat, cell_lon = grid.cell_positions(geobox, slice(0, geobox.shape[0]))
    expected = np.ones(geobox.shape)
    for at_lat, at_lon, size in zip(centre_lat, centre_lon, people, strict=True):
        far = grid.distance_km(at_lat, at_lon, cell_lat, cell_lon)
        expected += (max(size, 500.0) / 1000.0) ** 0.75 / (1.0 + (far / 5.0) ** 2)
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_hardship_grows_with_cold_slope_dryness_and_remoteness():
    affine = Affine(1 / 12, 0, 30.0, 0, -1 / 12, 1.0)
    geobox = surface.grid_of((30.25, 0.25, 30.75, 0.75))
    mild = np.stack([np.zeros((12, 12)), np.full((12, 12), 900.0), np.full((12, 12), 25.0)])
    steep, dry, cold = mild.copy(), mild.copy(), mild.copy()
    steep[0] += np.arange(12) * 1000.0  # 1 km in each 9.3 km
    dry[1] = 50.0
    cold[2] = 2.0

    def hardship(environment, lat=0.5, lon=30.5):
        return surface.hardship(geobox, environment, affine, np.array([lat]), np.array([lon]))

    assert np.allclose(hardship(mild), 0.0)
    assert np.allclose(hardship(steep), 20.0 / 9.266, rtol=1e-3)
    assert np.allclose(hardship(dry), 0.45 * np.log(10.0))
    assert np.allclose(hardship(cold), 0.85)
    assert np.allclose(hardship(mild, lat=90.0), 0.9 * (89.5 * 111.195 - 50.0) / 100.0, rtol=6e-3)


@pytest.mark.real
@pytest.mark.parametrize(("iso3", "raster", "rank_min", "displaced_max"), COUNTED)
def test_the_surface_is_near_worldpop(real_data, iso3, raster, rank_min, displaced_max):
    from tests.oracles.displaced import agreement  # scipy, which one tester of a run needs

    population = starter.layers(iso3).population
    rank, displaced = agreement(
        population.people, _counted(real_data / iso3 / raster, population.geobox), population.geobox
    )
    assert rank >= rank_min
    assert displaced <= displaced_max


def _counted(path, geobox):
    """WorldPop's people in the cells of ``geobox`` that hold the centres of its own cells."""
    with rasterio.open(path) as raster:
        people = np.where((values := raster.read(1)) == raster.nodata, 0.0, values.astype(np.float64))
        row, col = np.indices(people.shape) + 0.5
        at_col, at_row = ~geobox.affine @ (raster.transform @ (col, row))
    inside = (at_row >= 0) & (at_row < geobox.shape[0]) & (at_col >= 0) & (at_col < geobox.shape[1])
    found = np.zeros(geobox.shape)
    np.add.at(found, (at_row[inside].astype(int), at_col[inside].astype(int)), people[inside])
    return found
