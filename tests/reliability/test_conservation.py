"""Conservation: nobody is lost and nobody counted twice, and more coverage never reaches fewer, in any country."""

import dataclasses

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import box

from ewcm import pipeline
from ewcm.analysis.coldspot_ground import QUANTUM
from ewcm.core import grid
from ewcm.core.channels import SERVICES
from ewcm.core.record import Meta
from ewcm.settings import Settings
from ewcm.sources.terrain import open_terrain
from tests.examples import examples
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_sites
from tests.reliability.made import Made, countries, site_at

#: Radii of about the size of the made grids.
RADII = {"2G": 9.0, "3G": 6.0, "4G": 4.0, "5G": 2.0}

COLUMNS = {service: service.replace("+", "plus") for service in SERVICES}


#: Lists of coldspots take most of the time of a small country, and no test of more and less coverage looks at them.
NO_LIST = {"coldspot_services": ()}


def run(data, **changes):
    return pipeline.run(data, Settings(**({"min_people": 1.0, "radius_km": RADII} | changes)))


def assert_conserved(result, total):
    """Everything that holds for every result, whatever the inputs."""
    summary, table = result.summary, result.areas
    ledger = summary["ledger"]
    assert ledger["people"] == pytest.approx(total, rel=1e-9)
    parts = [ledger[part] for part in ("covered", "uncovered", "unknown", "outside")]
    assert sum(part for part in parts if part is not None) == pytest.approx(total, rel=1e-9)
    assert summary["people"] + ledger["outside"] == pytest.approx(total, rel=1e-9)
    for service, name in COLUMNS.items():
        figures = summary["services"][service]
        by_level = table.groupby("level")[[f"{part}_{name}" for part in ("covered", "uncovered", "unknown")]].sum()
        for part in ("covered", "uncovered", "unknown"):
            # Each level of areas holds the whole country, part by part.
            assert np.allclose(by_level[f"{part}_{name}"], figures[part] or 0.0, rtol=1e-9, atol=1e-9 * total)
        parts = table[[f"{part}_{name}" for part in ("covered", "uncovered", "unknown")]].sum(axis=1)
        assert np.allclose(parts, table["people"], rtol=1e-9, atol=1e-9 * total)
        assert_told_as_far_as_known(result, service, table)
        for part in ("covered", "uncovered", "unknown"):
            told = table.dropna(subset=f"{part}_{name}")
            assert (told[f"{part}_{name}_low"] <= told[f"{part}_{name}"] + 1e-9 * total).all()
            assert (told[f"{part}_{name}"] <= told[f"{part}_{name}_high"] + 1e-9 * total).all()
            if figures[part] is not None:
                assert figures[f"{part}_low"] <= figures[part] * (1 + 1e-9) + 1e-9
                assert figures[part] <= figures[f"{part}_high"] * (1 + 1e-9) + 1e-9
    assert np.allclose(table.groupby("level")["people"].sum(), summary["people"], rtol=1e-9)
    # At least an older technology is at least as many people as at least a newer one.
    covered = {service: summary["services"][service]["covered"] or 0.0 for service in SERVICES}
    slack = 1e-9 * total
    assert covered["any"] + slack >= covered["3G+"] and covered["3G+"] + slack >= covered["4G+"]
    for end in ("", "_low", "_high"):  # in every area, in every case
        older, newer, newest = (table[f"covered_{name}{end}"].fillna(0.0) for name in ("any", "3Gplus", "4Gplus"))
        assert (older + slack >= newer).all() and (newer + slack >= newest).all()
    for service, asked in SERVICES.items():
        assert all(covered[service] + slack >= covered[technology] for technology in asked.channels)
    for name, union in {"2G": "any", "3G": "3G+", "4G": "4G+"}.items():
        best = summary["sdg_9c1"][name]
        assert best is None or best["people"] <= covered[union] + slack
    every = result.coldspots
    # Coldspots count the people of each cell in whole steps, at least one.
    rounded = QUANTUM * result.data.population.people.size
    spots = every[(every["service"] == "any") & (every["case"] == "central")]
    assert spots["people"].sum() <= (summary["services"]["any"]["uncovered"] or 0.0) + slack + rounded
    listed_services = {name for name in ("any", "3G+", "4G+") if summary["services"][name]["uncovered"] is not None}
    assert summary["coldspots"].keys() == listed_services
    assert (every["people_low"] <= every["people"]).all() and (every["people"] <= every["people_high"]).all()
    assert (every["people"] <= every["people_within_radius"]).all()
    for (service, _), listed in every.groupby(["service", "case"]):
        figures = summary["services"][service]
        assert listed["people_high"].sum() <= figures["uncovered_high"] + slack + rounded
        assert listed["coldspot_id"].is_unique
    districts = result.table("coldspot_areas")
    finest = result.areas[result.areas["level"] == result.areas["level"].max()]
    for (service, case), listed in districts.groupby(["service", "case"]):
        figures = summary["services"][service]
        expected = figures["uncovered" if case == "central" else "uncovered_high"]
        by_district = listed[["in_coldspots", "in_scattered_places", "in_partly_covered_cells"]].sum(
            axis=1, min_count=1
        )
        parts = by_district.sum()
        assert np.allclose(by_district, listed["uncovered"], rtol=1e-9, atol=slack, equal_nan=True)
        told = finest.set_index("area_id").loc[listed["area_id"], f"unknown_{COLUMNS[service]}"].to_numpy()
        if case == "central":
            assert np.allclose(listed["unknown"], told, rtol=1e-9)
            empty = (
                finest.set_index("area_id").loc[listed["area_id"], f"uncovered_{COLUMNS[service]}"].isna().to_numpy()
            )
            assert (listed["uncovered"].isna().to_numpy() >= empty).all()
            of_area = finest.set_index("area_id").loc[listed["area_id"], f"uncovered_{COLUMNS[service]}"].to_numpy()
            assert np.allclose(listed["uncovered"].fillna(0.0), np.nan_to_num(of_area), rtol=1e-9, atol=slack)
        assert parts == pytest.approx(expected, rel=1e-9, abs=slack)
        mine = every[(every["service"] == service) & (every["case"] == case)]
        assert listed["in_coldspots"].sum() == pytest.approx(mine["people"].sum(), rel=1e-9, abs=slack + rounded)
    if summary["distance"] is not None:
        told = sum(row["people"] for row in summary["distance"])
        assert told == pytest.approx(summary["services"]["any"]["uncovered"], rel=1e-9, abs=slack)


def assert_told_as_far_as_known(result, service, table):
    """What is not known is empty, and what is known is not."""
    name, figures, coverage = COLUMNS[service], result.summary["services"][service], result.coverage
    uncovered = ("uncovered", "uncovered_low", "uncovered_high")
    if not coverage.tells_uncovered(service):
        assert all(figures[key] is None for key in (*uncovered, "uncovered_share"))
        assert table[[f"uncovered_{name}", f"uncovered_{name}_low", f"uncovered_{name}_high"]].isna().all(axis=None)
    if not coverage.known(service):
        assert figures["covered"] is None and table[f"covered_{name}"].isna().all()
        assert np.allclose(table[f"unknown_{name}"], table["people"])
    empty = table[f"covered_{name}"].isna()
    assert np.allclose(table.loc[empty, f"unknown_{name}"], table.loc[empty, "people"], rtol=1e-9)
    assert table.loc[~empty & coverage.tells_uncovered(service), f"uncovered_{name}"].notna().all()


@examples(0.6)
@given(countries(most=24))
def test_nobody_is_lost_or_counted_twice_in_any_country(made):
    assert_conserved(run(made.data()), made.total)


@examples(0.32)
@given(countries(most=12), st.floats(-0.2, 1.2), st.floats(-0.2, 1.2), st.sampled_from(["2G", "3G", "4G", "5G"]))
def test_one_more_site_never_lowers_covered_nor_raises_who_is_not(made, down, across, technology):
    """Who was covered stays so, whatever was known before: those who are not, out of reach or unknown, do not become more."""
    more = [*made.sites, site_at(made.geobox, down, across, technology, "b")]
    before, after = run(made.data(), **NO_LIST), run(made.data(more), **NO_LIST)
    for name in COLUMNS.values():
        assert_not_less_covered(before, after, name)
        if before.areas[f"uncovered_{name}"].notna().all():
            for variant in ("", "_low", "_high"):
                column = f"uncovered_{name}{variant}"
                assert np.all(after.areas[column] <= before.areas[column] * (1 + 1e-12) + 1e-9), column


def assert_not_less_covered(before, after, name, slack=1e-9):
    """Covered people are not fewer in any area, and uncovered and unknown ones together are not more."""
    was, now = (table.areas.fillna({f"covered_{name}": 0.0, f"uncovered_{name}": 0.0}) for table in (before, after))
    assert np.all(now[f"covered_{name}"] >= was[f"covered_{name}"] * (1 - 1e-12) - slack)
    not_covered = [found[f"uncovered_{name}"] + found[f"unknown_{name}"] for found in (was, now)]
    assert np.all(not_covered[1] <= not_covered[0] * (1 + 1e-12) + slack)


@examples(0.2)
@given(countries(most=16), st.floats(1.0, 3.0))
def test_larger_circles_never_reach_fewer(made, factor):
    larger = {name: km * factor for name, km in RADII.items()}
    before, after = run(made.data(), **NO_LIST), run(made.data(), radius_km=larger, **NO_LIST)
    for name in COLUMNS.values():
        assert_not_less_covered(before, after, name)
        for column in (f"uncovered_{name}", f"uncovered_{name}_low", f"uncovered_{name}_high"):
            told = before.areas[column].notna()
            assert np.all(after.areas[column][told] <= before.areas[column][told] * (1 + 1e-12) + 1e-9)


@examples(0.2)
@given(countries(most=24), st.sampled_from([1, 2, 5, 7]))
def test_the_size_of_a_block_does_not_count(made, block_rows):
    """A block of rows is how much is worked on at a time; there is no other way to it than the constant."""
    once = run(made.data())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "BLOCK_ROWS", block_rows)
        again = run(made.data())
    for name in once.layers:
        np.testing.assert_array_equal(once.layers[name], again.layers[name])
    numbers = once.areas.select_dtypes("number").columns
    np.testing.assert_allclose(once.areas[numbers], again.areas[numbers], rtol=1e-12, atol=1e-9)
    assert once.coldspots["coldspot_id"].tolist() == again.coldspots["coldspot_id"].tolist()
    np.testing.assert_allclose(once.coldspots["people"], again.coldspots["people"], rtol=1e-12)
    assert_conserved(again, made.total)


@pytest.fixture(scope="module")
def hills(tmp_path_factory):
    """A hilly square of terrain at 30 N of the equator's other side: 12 km of 3 arc seconds."""
    folder = tmp_path_factory.mktemp("hills")
    random = np.random.default_rng(5)
    coarse = np.kron(random.uniform(0, 400, (16, 16)), np.ones((10, 10)))
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", height=160, width=160, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(1 / 1200, 0, 30.0, 0, -1 / 1200, 2.0),
    ) as target:  # fmt: skip
        target.write(coarse.astype(np.float32), 1)
    return open_terrain([folder / "dem.tif"], False, Meta())


@examples(0.2)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["2G", "4G"]), st.sampled_from("ab")),
        min_size=2,
        max_size=3,
    ),
    st.floats(0, 30),
)
def test_more_sites_and_more_power_never_reach_fewer_over_terrain(hills, places, more_db):
    geobox = made_grid(12, 12)
    people = np.random.default_rng(1).lognormal(3, 1, geobox.shape).astype(np.float32)
    made = Made(people, geobox, [], [site_at(geobox, *place) for place in places])
    few = {"max_range_km": 8.0, "models": ("p1812",)}
    weak = run(made.data(terrain=hills), **few)
    assert_conserved(weak, made.total)
    assert weak.summary["services"]["any"]["model"] == "p1812"
    budgets = {
        name: dataclasses.replace(budget, eirp_dbm=budget.eirp_dbm + more_db)
        for name, budget in Settings().link_budgets.items()
    }
    strong = run(made.data(terrain=hills), link_budgets=budgets, **few, **NO_LIST)
    fewer = run(made.data(made.sites[:-1], terrain=hills), **few, **NO_LIST)
    for name, service in COLUMNS.items():
        assert_not_less_covered(weak, strong, service, 1e-6)
        for variant in ("", "_low", "_high") if weak.summary["services"][name]["uncovered"] is not None else ():
            column = f"uncovered_{service}{variant}"
            assert (strong.areas[column] <= weak.areas[column] * (1 + 1e-9)).all()
            if fewer.summary["services"][name]["unknown"] == 0:
                assert (weak.areas[column] <= fewer.areas[column] * (1 + 1e-9)).all()


@examples(0.4)
@given(st.data())
def test_declared_maps_are_conserved_and_their_union_is_monotone(drawn):
    geobox = made_grid(14, 17)
    corner = st.tuples(st.floats(-2, 15), st.floats(-2, 18), st.floats(0.1, 9), st.floats(0.1, 9))
    shapes = [
        (drawn.draw(st.sampled_from(["2G", "3G", "4G"])), operator, cell_box(geobox, row, col, row + high, col + wide))
        for operator in "abc"
        for row, col, high, wide in [drawn.draw(corner)]
    ]
    people = np.random.default_rng(2).lognormal(3, 1, geobox.shape).astype(np.float32)
    maps = [made_declared(technology, operator, shape) for technology, operator, shape in shapes]
    whole, part = (run(made_data(people, geobox, declared=tuple(some))) for some in (maps, maps[:-1]))
    assert_conserved(whole, float(people.sum(dtype=np.float64)))
    for name in COLUMNS.values():
        # A level is one of 60,000: two unions of shapes may fall to neighbouring ones.
        slack = float(people.sum()) / 60_000
        assert_not_less_covered(part, whole, name, slack)


def test_people_outside_every_area_are_in_no_coldspot_and_no_class_of_distance():
    """Neighbours' people in the raster were listed as coldspots, so that these held more people than were unreached."""
    geobox = made_grid(10, 60)
    people = np.zeros(geobox.shape)
    people[5, 2], people[5, 57] = 200.0, 5000.0  # 46 km apart; the second lives in the neighbouring country
    data = made_data(
        people,
        geobox,
        boundaries=made_areas((1, "Here", cell_box(geobox, 0, 0, 10, 10))),
        sites=made_sites((1.0, 30.04, "2G", "")),
    )
    result = run(data)
    assert result.summary["ledger"]["outside"] == pytest.approx(5000)
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["outside_people"] == {"people": pytest.approx(5000)}
    for _, listed in result.coldspots.groupby(["service", "case"]):
        assert listed["people"].tolist() == [pytest.approx(200)]
    assert_conserved(result, 5200.0)


def test_who_lives_off_every_area_and_who_is_claimed_twice_is_said():
    geobox = made_grid(10, 30)
    people = np.ones(geobox.shape, dtype=np.float32)
    half = cell_box(geobox, 0, 0, 10, 15)
    overlap = cell_box(geobox, 0, 10, 10, 15.5)
    result = run(made_data(people, geobox, boundaries=made_areas((1, "A", half), (1, "B", overlap))))
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["areas_nearest"] == {"people": pytest.approx(140.0), "levels": [0, 1]}
    assert said["areas_overlap"] == {"people": pytest.approx(50.0), "levels": [1]}
    assert result.areas.set_index("area_id")["people"].to_dict() == {"XYZ": 300.0, "A": 150.0, "B": 150.0}
    assert_conserved(result, 300.0)


@pytest.mark.parametrize(("each", "codes"), [(0.02, set()), (0.04, {"areas_nearest", "areas_overlap"})])
def test_fewer_than_one_in_a_thousand_off_every_area_or_claimed_twice_are_not_said(each, codes):
    geobox = made_grid(10, 30)
    people = np.ones(geobox.shape, dtype=np.float32)
    people[:, 14] = people[:, 29] = each  # in both areas, and in none
    areas = made_areas((1, "A", cell_box(geobox, 0, 0, 10, 15)), (1, "B", cell_box(geobox, 0, 14, 10, 29)))
    said = {caveat.code for caveat in run(made_data(people, geobox, boundaries=areas)).caveats}
    assert said & {"areas_nearest", "areas_overlap"} == codes


def test_islands_east_of_180_belong_to_their_country_on_a_projected_grid():
    """Their longitudes counted from -180 and the areas' from 0, so that they were far from every area."""
    geobox = GeoBox((40, 120), Affine(1000, 0, 380_000, 0, -1000, 8_220_000), "EPSG:32701")  # UTM 1 S, from 175.9 W
    people = np.zeros(geobox.shape)
    people[20, 5], people[20, 100] = 70.0, 30.0
    lat, lon = (float(part[0]) for part in grid.latlon(geobox, np.array([20.5]), np.array([5.5])))
    assert lon < 0
    # The only area, in 0..360 as the areas of a country across 180° are, is an islet 9 km west of the people.
    islet = box(lon + 360 - 0.10, lat - 0.01, lon + 360 - 0.08, lat + 0.01)
    result = run(made_data(people, geobox, boundaries=made_areas((1, "Islet", islet))), nearest_area_km=25.0)
    assert result.areas["people"].tolist() == [70.0, 70.0]
    assert result.summary["ledger"]["outside"] == pytest.approx(30.0)


def test_a_border_along_a_parallel_is_one_on_a_projected_grid():
    """Only the two corners of the border were projected: the straight line between them ran 4 km south of it."""
    geobox = GeoBox(
        (60, 600), Affine(1000, 0, -300_000, 0, -1000, 30_000), "+proj=lcc +lat_0=30 +lon_0=85 +lat_1=25 +lat_2=35"
    )
    people = np.ones(geobox.shape, dtype=np.float32)
    north, south = box(75, 30, 95, 40), box(75, 20, 95, 30)
    data = made_data(people, geobox, boundaries=made_areas((1, "North", north), (1, "South", south)))
    rows = np.arange(60) + 0.5
    _, col = np.mgrid[:60, :600] + 0.5
    lat, _ = grid.latlon(geobox, np.repeat(rows[:, None], 600, axis=1), col)
    expected = float((lat > 30).sum())
    assert run(data).areas.set_index("area_id")["people"]["North"] == pytest.approx(expected, rel=0.003)
    declared = (made_declared("4G", "", north),)
    covered = run(made_data(people, geobox, declared=declared)).summary["services"]["4G"]["covered"]
    assert covered == pytest.approx(expected, rel=0.003)


def test_layers_and_figures_agree_on_what_is_unknown():
    geobox = made_grid(6, 6)
    result = run(made_data(np.ones(geobox.shape), geobox, sites=made_sites((1.97, 30.02, "4G", ""))))
    assert result.layers["fraction_4G"].notnull().all()
    assert "fraction_2G" not in result.layers
