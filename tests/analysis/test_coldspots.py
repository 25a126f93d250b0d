"""Coldspots: what one site or team serves, and that it is named, counted and identified as docs/method.md says."""

import numpy as np
import pytest
import shapely
from affine import Affine
from ewcm_kernels.components import components, label_image, runs_of
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import box

from ewcm import pipeline
from ewcm.core import grid
from ewcm.settings import Settings
from tests.examples import examples
from tests.kernels.threads import under_threads
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_places, made_sites
from tests.oracles.centres import distance_km, width_km

#: Slack of a distance between two cells [km].
NEAR = 1e-3


def made_people(shape, seed=0, share=0.5):
    random = np.random.default_rng(seed)
    people = random.gamma(0.5, 40.0, shape).astype(np.float32)
    people[random.random(shape) > share] = 0.0
    return people


def found(people, geobox, radius=4.0, services=("any",), min_people=30.0, **inputs):
    """The result of a country with circles of 2 km around its sites."""
    inputs.setdefault("sites", made_sites((*middle(geobox), "2G", "")))
    settings = Settings(
        min_people=min_people, coldspot_radius_km=radius, coldspot_services=services, radius_km={"2G": 2.0}
    )
    return pipeline.run(made_data(people, geobox, **inputs), settings)


def middle(geobox):
    lat, lon = grid.latlon(geobox, np.array([geobox.shape[0] / 2]), np.array([geobox.shape[1] / 2]))
    return float(lat[0]), float(lon[0])


def listed(result, case="central"):
    return result.coldspots[result.coldspots["case"] == case].reset_index(drop=True)


def ground_people(result, min_people=30.0):
    """Unreached people of the connected groups of cells out of reach that have enough of them, cell by cell."""
    shape = result.data.population.people.shape
    people = np.nan_to_num(result.data.population.people.astype(float))
    covered = result.coverage.shares("any", "central", slice(0, shape[0])).covered / 60_000
    unreached = people * (1 - covered)
    groups = components(((covered < 0.5) & (people > 0)).astype(np.uint8), (unreached,))
    kept = np.flatnonzero(groups.sums[0] >= min_people)
    return np.where(label_image(*runs_of(groups, kept), shape) >= 0, unreached, 0.0)


GRIDS = {
    "30 arc seconds": made_grid(40, 60),
    "3 arc seconds": made_grid(100, 130, step=1 / 1200),
    "6 arc seconds, south": made_grid(90, 120, north=-11.99, step=1 / 600),
    "coarse": made_grid(12, 15, step=1 / 30),
    "UTM": GeoBox((60, 70), Affine(500, 0, 460_000, 0, -500, 240_000), "EPSG:32636"),
    "Mollweide": GeoBox((50, 60), Affine(1000, 0, 7_900_000, 0, -1000, 3_450_000), "ESRI:54009"),
    "beyond 180": GeoBox((40, 120), Affine(1 / 120, 0, 179.5, 0, -1 / 120, -16.0), "EPSG:4326"),
    "fine beyond 180": GeoBox((120, 240), Affine(1 / 600, 0, 179.8, 0, -1 / 600, -16.0), "EPSG:4326"),
}


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("share", [0.15, 0.7])
def test_they_hold_the_ground_and_are_no_wider_than_twice_the_radius(name, share):
    geobox = GRIDS[name]
    result = found(made_people(geobox.shape.yx, share=share), geobox)
    spots = listed(result)
    people = ground_people(result)
    assert spots["people"].sum() == pytest.approx(people.sum(), rel=1e-9)
    assert spots["cells"].sum() == (people > 0).sum()
    assert (np.diff(spots["people"]) <= 0).all() and spots["rank"].tolist() == list(range(1, len(spots) + 1))
    row, col = np.nonzero(people)
    lat, lon = grid.latlon(geobox, row + 0.5, col + 0.5)
    west, _, east, _ = spots.total_bounds
    lon_there = lon + 360.0 * ((lon < west - 1) & (east > 180))
    owners = [shapely.contains_xy(outline, lon_there, lat) for outline in spots.geometry]
    assert np.any(owners, axis=0).all()
    lattice = geobox.crs.projected or geobox.affine.a < 1 / 121
    slack = 4 * 0.66 if lattice else 0.0  # its outline is drawn along cells of 30 arc seconds, which it may share
    for inside in owners:
        assert width_km(lat[inside], lon[inside]) <= 8.0 + NEAR + slack
    best = people[row, col].max()
    there = (row, col) if len(spots) == 0 else np.argwhere(people == best)[0]
    assert (
        len(spots)
        and distance_km(spots["lat"], spots["lon"], *(np.array(grid.latlon(geobox, *(np.array(there) + 0.5))))).min()
        < NEAR
    )


@examples()
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.4, 0.9]))
def test_the_figures_of_one_are_those_of_its_people(seed, share):
    geobox = made_grid(20, 24)
    areas = made_areas((1, "A", cell_box(geobox, 0, 0, 20, 9.5)), (1, "B", cell_box(geobox, 0, 9.5, 20, 24)))
    names = made_places(("P", 1.95, 30.02), ("Q", 1.9, 30.1), ("R", 1.86, 30.19), ("covered", *middle(geobox)))
    result = found(made_people((20, 24), seed, share), geobox, boundaries=areas, places=names)
    people = ground_people(result)
    lat, lon = grid.cell_positions(geobox, slice(0, 20))
    places = result.data.places.table
    for case in ("central", "low_coverage"):
        for spot in listed(result, case).itertuples():
            far_km = distance_km(places["lat"], places["lon"], spot.lat, spot.lon)
            assert spot.place == places["name"][far_km.argmin()]
            assert spot.place_distance_km == pytest.approx(far_km.min(), abs=1e-6)
            assert spot.covered_place == "covered"
            assert spot.people_low <= spot.people <= spot.people_high
            assert spot.people <= spot.people_within_radius
            assert spot.coldspot_id.startswith(f"any-{case}+")
    for spot in listed(result).itertuples():
        inside = shapely.contains_xy(spot.geometry, lon, lat) & (people > 0)
        assert people[inside].sum() == pytest.approx(spot.people, rel=1e-9, abs=1e-6)
        assert inside.sum() == spot.cells
        most = np.argwhere(inside & (people == people[inside].max()))
        assert min(abs(lat[tuple(at)] - spot.lat) + abs(lon[tuple(at)] - spot.lon) for at in most) < 1e-9
        west = people[inside & (np.arange(24) < 9)].sum() + 0.5 * people[inside & (np.arange(24) == 9)].sum()
        share_west = west / people[inside].sum()
        assert spot.area_share == pytest.approx(max(share_west, 1 - share_west), abs=1e-4)
        if abs(share_west - 0.5) > 1e-4:
            assert spot.area_name == ("A" if share_west > 0.5 else "B")


def test_the_area_is_where_most_people_live_and_not_most_cells():
    geobox = made_grid(20, 24)
    people = np.zeros((20, 24))
    people[10, 2:7] = [10, 10, 10, 10, 500]
    areas = made_areas((1, "Wide", cell_box(geobox, 0, 0, 20, 6)), (1, "Full", cell_box(geobox, 0, 6, 20, 24)))
    result = found(people, geobox, boundaries=areas, sites=made_sites((1.99, 30.19, "2G", "")))
    (spot,) = listed(result).itertuples()
    assert (spot.area_name, spot.people) == ("Full", 540)
    assert spot.area_share == pytest.approx(500 / 540)


@pytest.mark.parametrize("name", ["30 arc seconds", "3 arc seconds", pytest.param("UTM", marks=pytest.mark.long)])
def test_the_same_for_any_threads_and_blocks(name, monkeypatch):
    geobox = GRIDS[name]
    people = made_people(geobox.shape.yx)
    first, *others = under_threads(lambda: found(people, geobox).coldspots)
    for rows in (1, 7, 64):
        monkeypatch.setattr(grid, "BLOCK_ROWS", rows)
        others.append(found(people, geobox).coldspots)
    for other in others:
        assert first.drop(columns="geometry").equals(other.drop(columns="geometry"))
        assert first.geometry.to_wkb().tolist() == other.geometry.to_wkb().tolist()


def test_a_site_far_away_changes_no_coldspot_here():
    geobox = made_grid(30, 120)
    people = made_people((30, 120))
    people[:, 50:70] = 0.0
    near = found(people, geobox, sites=made_sites((1.9, 30.2, "2G", ""))).coldspots
    both = found(people, geobox, sites=made_sites((1.9, 30.2, "2G", ""), (1.9, 30.85, "2G", ""))).coldspots
    for case in ("central", "low_coverage"):
        before, after = (
            spots[(spots["case"] == case) & (spots["lon"] < 30.5)].drop(columns=["rank", "covered_place"])
            for spots in (near, both)
        )
        assert before["coldspot_id"].tolist() == after["coldspot_id"].tolist()
        assert before["people"].tolist() == after["people"].tolist()
        assert before.geometry.to_wkb().tolist() == after.geometry.to_wkb().tolist()
        assert near["people"].sum() > both["people"].sum()


def test_a_group_that_fits_goes_whole():
    """A disc that reaches a town, a village and one of the three cells of a hamlet: the hamlet is not cut."""
    geobox = made_grid(9, 60)
    people = np.zeros((9, 60))
    people[4, [27, 30]] = 1000
    people[2, 30] = 90
    people[4, 34:37] = 40  # 3.7, 4.6 and 5.6 km away
    result = found(people, geobox, sites=made_sites((1.99, 30.01, "2G", "")))
    assert listed(result)["people"].tolist() == [2090, 120]
    assert listed(result)["cells"].tolist() == [3, 3]


def test_two_with_one_point_of_the_lattice_have_two_identifiers():
    geobox = made_grid(40, 40, step=1 / 1200)
    people = np.zeros((40, 40))
    people[19, ::2] = 50.0
    result = found(people, geobox, radius=1.0, min_people=0.0, sites=made_sites((2.5, 30.5, "2G", "")))
    names = listed(result)["coldspot_id"]
    assert names.is_unique and len(names) >= 2


def test_services_that_are_not_known_have_no_list():
    geobox = made_grid()
    people = np.ones(geobox.shape.yx)
    declared = (made_declared("4G", "", cell_box(geobox, 0, 0, 10, 60)),)
    lists = pipeline.run(
        made_data(people, geobox, declared=declared), Settings(coldspot_services=("2G", "4G+"))
    ).summary
    assert list(lists["coldspots"]) == ["4G+"]
    nothing = pipeline.run(made_data(people, geobox), Settings())
    assert nothing.summary["coldspots"] == {} and nothing.coldspots.empty and nothing.table("coldspot_areas").empty


def test_the_corners_of_outlines_do_not_grow_with_the_settlement():
    """Half of the inhabited cells of 100 m are empty: outlines along them had millions of corners."""
    geobox = made_grid(400, 400, step=1 / 1200)
    result = found(made_people((400, 400), share=0.5), geobox, sites=made_sites((3.0, 31.0, "2G", "")), radius=15.0)
    assert shapely.get_num_coordinates(listed(result).geometry.to_numpy()).sum() < 1000
    assert listed(result).geometry.is_valid.all()
    assert box(*listed(result).total_bounds).contains(box(30.01, 1.68, 30.32, 1.99))
