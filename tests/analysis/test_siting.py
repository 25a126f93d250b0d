"""Where to build next: whom sites serve against every distance, what is unknown, small discs, the finding of each run."""

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import ewcm
from ewcm.analysis.areas import inside
from ewcm.analysis.sirens import radii_km
from ewcm.analysis.siting_candidates import among_people, at_masts, candidates_at
from ewcm.analysis.siting_demand import demand_of
from ewcm.analysis.siting_reach import reach_of
from ewcm.api import with_methods
from ewcm.core import grid
from ewcm.core.finding import Finding, Table
from ewcm.errors import SettingsError
from ewcm.pipeline import run
from ewcm.planning import Request, plan_of
from ewcm.settings import Settings
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_places, made_sites
from tests.report.make_result import made_result


@pytest.fixture(scope="module")
def result():
    return made_result()


@pytest.fixture(scope="module")
def found(result):
    return plan_of(result, Request(towers=3, sirens=2, radius_km=12.0, most=60))


def served_by_distance(result, table, case="central", factor=1.0):
    """People out of reach of any within the radius of at least one tower, every distance worked out."""
    people = inside(result.data.population.people, result.zones[0]).astype(float)
    rows = slice(0, people.shape[0])
    uncovered = result.coverage.shares("any", case, rows).uncovered_level() / 60000
    lat, lon = grid.cell_positions(result.geobox, rows)
    near = np.zeros(people.shape, bool)
    for row in table.itertuples():
        near |= grid.distance_km(lat, lon, np.float64(row.lat), np.float64(row.lon)) <= row.radius_km * factor
    return float(np.nansum(people * uncovered * near))


def test_people_are_those_within_the_radius_and_gains_add_up(result):
    plan = plan_of(result, Request(towers=4, radius_km=9.0, most=50))
    table = plan.table
    assert len(table) == 4 and (table["kind"] == "tower").all()
    assert plan.people == pytest.approx(served_by_distance(result, table), rel=1e-6)
    assert table["people"].sum() == pytest.approx(plan.people, abs=1e-9)
    assert (np.diff(table["people"]) <= 0).all()
    settings = result.settings
    for figure, case, factor in (("low", "high", settings.radius_low), ("high", "low", settings.radius_high)):
        expected = served_by_distance(result, table, case, factor)
        assert table[f"cumulative_{figure}"].iloc[-1] == pytest.approx(expected, rel=1e-6)
    for name in ("people", "cumulative"):
        assert (table[f"{name}_low"] <= table[name]).all() and (table[name] <= table[f"{name}_high"]).all()
    assert table["remaining"].iloc[-1] + plan.people == pytest.approx(result.services["any"].uncovered, rel=1e-6)


def test_the_solver_never_serves_fewer_and_its_bound_is_no_higher(result):
    plain = plan_of(result, Request(towers=4, radius_km=9.0, most=50))
    exact = plan_of(result, Request(towers=4, radius_km=9.0, most=50, exact_s=60.0))
    assert exact.optimal and exact.at_least == pytest.approx(1.0)
    assert plain.people <= exact.people + 1e-9 <= plain.bound + 1e-6
    assert plain.at_least <= plain.people / exact.people + 1e-12
    assert plain.people >= 0.985 * exact.people


def test_towers_and_sirens_stand_in_one_list(found):
    assert found.table["kind"].value_counts().to_dict() == {"tower": 3, "siren": 2}
    assert found.table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert (found.table["people"] > 0).all()
    assert (found.table["areas_that_gain"] != "").all()


def test_every_run_lists_the_next_sites(result):
    figures = result.summary["next_sites"]
    table = result.table("next_sites")
    assert figures["sites"] == len(table) == 10
    assert figures["people"] == pytest.approx(table["people"].sum())
    assert figures["people_low"] <= figures["people"] <= figures["people_high"]
    assert 0.5 < figures["at_least"] <= 1.0
    quiet = made_result(known=False)
    assert quiet.summary["next_sites"] == {} and quiet.table("next_sites").empty


def test_a_country_across_180_has_its_points_on_the_map():
    table = made_result(west=178.5).table("next_sites")
    assert len(table) == 10
    assert (table.geometry.x > 178).all() and table["lon"].between(-180, 180).all()


def half_known(people=10.0):
    """4G is known in the west half only, and covers a quarter; 2G and 3G nowhere."""
    geobox = made_grid(20, 40)
    whole = np.full((20, 40), people)
    data = made_data(whole, geobox, boundaries=made_areas((1, "A", cell_box(geobox, -1, -1, 21, 41))))
    share = np.where(np.arange(40) < 10, 1.0, np.where(np.arange(40) < 20, 0.0, np.nan))
    covered = np.broadcast_to(share, (20, 40))
    return run(replace(data, given={"2G": covered}), Settings(coldspot_services=("any",)))


def test_people_of_unknown_coverage_are_never_gained_and_their_share_is_told():
    result = half_known()
    candidate = candidates_at("list", np.array([1.92]), np.array([30.0 + 20 / 120]))  # between known and unknown
    plan = plan_of(result, Request(towers=1, radius_km=5.0, own=candidate.assign(kind="", cost=np.nan)))
    lat, lon = grid.cell_positions(result.geobox, slice(0, 20))
    near = grid.distance_km(lat, lon, np.float64(1.92), candidate["lon"].to_numpy()[0]) <= 5.0
    columns = np.broadcast_to(np.arange(40), (20, 40))
    assert plan.people == pytest.approx(10.0 * (near & (columns >= 10) & (columns < 20)).sum())
    unknown = 10.0 * (near & (columns >= 20)).sum()
    assert plan.table["unknown_people"].sum() == pytest.approx(unknown)
    assert plan.unknown_share == pytest.approx(unknown / (unknown + plan.people))
    assert plan.people <= plan.total[1]


def test_budget_costs_and_the_stop_rule(result):
    own = candidates_at("list", np.array([1.9, 1.7, 1.5, 1.3]), np.array([30.2, 30.5, 30.8, 30.3])).assign(kind="tower")
    own = own.assign(cost=[4.0, 1.0, np.nan, 2.0])
    plan = plan_of(result, Request(towers=4, own=own, budget=4.0, tower_cost=3.0, radius_km=8.0))
    assert plan.table["cost"].sum() <= 4.0
    assert set(plan.table["cost"]) <= {4.0, 1.0, 3.0, 2.0}
    assert plan.table["people_per_cost"].tolist() == pytest.approx((plan.table["people"] / plan.table["cost"]).tolist())
    with pytest.raises(SettingsError, match="state no cost, which a budget needs"):
        plan_of(result, Request(towers=4, own=own, budget=4.0, radius_km=8.0))
    every = plan_of(result, Request(towers=50, radius_km=12.0, most=60))
    least = float(every.table["people"].iloc[3])
    stopped = plan_of(result, Request(towers=50, radius_km=12.0, most=60, least=least))
    assert 1 <= len(stopped.table) < len(every.table) and (stopped.table["people"] >= least).all()


def test_a_small_disc_in_a_large_cell_serves_its_part_of_the_ground():
    geobox = made_grid(6, 6, step=0.1)
    data = made_data(np.full((6, 6), 1000.0), geobox, sites=made_sites((1.95, 30.05, "2G", "")))
    result = run(data, Settings(radius_km=2.0))
    demand = demand_of("any", data.population.people, result.coverage, result.zones[-1])
    low, radius, high = radii_km(124.0, 70.0)
    _, point, share = reach_of(demand, np.array([1.65]), np.array([30.25]), np.array([radius]))
    ground = float((demand.width_km[point] * demand.height_km[point] * share).sum())
    assert ground == pytest.approx(math.pi * radius**2, rel=0.01)
    assert low < radius < high


@pytest.mark.parametrize(
    ("level", "low", "central", "high"),
    [(115, 410, 690, 2500), (120, 547, 975, 3400), (124, 690, 1287, 4100), (130, 975, 1951, 5400)],
)
def test_radii_of_sirens(level, low, central, high):
    """FEMA's 10 dB a doubling, 12 dB, and 6 dB with the air's own loss, at 70 dB(C)."""
    found = [1000 * radius for radius in radii_km(level, 70.0)]
    assert found[:2] == pytest.approx([low, central], rel=0.002)
    assert found[2] == pytest.approx(high, rel=0.03)


def test_candidates_among_people_and_at_masts(result):
    people = inside(result.data.population.people, result.zones[0])
    demand = demand_of("any", people, result.coverage, result.zones[-1])
    few, left_out = among_people(demand, 10.0, 5)
    assert len(few) == 5 and left_out > 0 and few["candidate_id"].is_unique
    masts = at_masts(result.data.sites.table, ("4G", "5G"))
    assert len(masts) == 2  # three positions, one has 4G
    assert at_masts(None, ("4G",)).empty
    lacking = plan_of(result, Request(towers=1, service="4G+", origins=("masts",)))
    assert lacking.table["origin"].tolist() == ["masts"] and lacking.table["nearest_site_km"].iloc[0] == 0.0


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"towers": 0}, "no towers and no sirens"),
        ({"towers": -1}, "towers is -1"),
        ({"service": "9G"}, "'9G' is no service"),
        ({"radius_km": 0.0}, "radius_km is 0"),
        ({"budget": math.nan}, "budget is nan"),
        ({"origins": ("roads",)}, "'roads' is no source of candidates"),
        ({"siren_db": 10.0}, "sirens of 10 dB"),
        ({"service": "5G", "towers": 1}, "is unknown"),
        ({"service": "4G+", "technology": "2G"}, "a tower of 2G does not bring 4G\\+; use one of 4G, 5G"),
        ({"least": -1.0}, "min_gain is -1"),
        ({"budget": 4.0, "tower_cost": 5.0}, "the budget is 4, and the cheapest candidate costs 5"),
        ({"loss_hours": 8.0}, "loss_hours counts after a loss only"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_one_line(result, asked, text):
    with pytest.raises(SettingsError, match=text) as error:
        plan_of(result, Request(**asked))
    assert "\n" not in str(error.value)


def crowded_south():
    """Nobody has a signal, and more people live the further south: a list that is cut from the north misses most of them."""
    geobox = made_grid(60, 60)
    people = np.repeat(np.arange(1.0, 61.0), 60).reshape(60, 60)
    data = made_data(people, geobox, boundaries=made_areas((1, "A", cell_box(geobox, -1, -1, 61, 61))))
    data = replace(data, given={"2G": np.zeros((60, 60))})
    return run(data, Settings(coldspot_services=("any",), min_people=10, radius_km=4.0))


def test_of_more_candidates_than_may_be_looked_at_those_that_serve_most_are_kept_wherever_they_lie():
    """Squares were left out from the north on, as many as there were coldspots before them."""
    result = crowded_south()
    every = plan_of(result, Request(towers=4, radius_km=4.0))
    most = every.candidates // 3
    few = plan_of(result, Request(towers=4, radius_km=4.0, most=most))
    assert (every.left_out, few.left_out, few.candidates) == (0, every.candidates - most, most)
    assert few.people >= 0.97 * every.people
    assert [one.code for one in few.caveats] == ["left_out"] and not every.caveats
    squares = plan_of(result, Request(towers=4, radius_km=4.0, origins=("lattice",)))
    assert few.people >= 0.97 * squares.people


def test_points_of_interest_do_not_take_the_places_of_all_squares(result):
    """With more points than candidates no square was left, and a plan served fewer people than the list of the run."""
    box = result.geobox.boundingbox
    lat, lon = np.meshgrid(np.linspace(box.bottom, box.top, 12), np.linspace(box.left, box.right, 12))
    listed = pd.DataFrame({"lat": lat.ravel(), "lon": lon.ravel(), "name": "School", "signal": "no"})
    points = gpd.GeoDataFrame(listed, geometry=gpd.points_from_xy(listed["lon"], listed["lat"]), crs="EPSG:4326")
    with_points = replace(
        result, findings=(*result.findings, Finding("more", tables=(Table("points", points, {}, geometry="Point"),)))
    )
    plain = plan_of(result, Request(towers=5, radius_km=9.0, most=100))
    crowded = plan_of(with_points, Request(towers=5, radius_km=9.0, most=100))
    assert crowded.left_out > 0 and crowded.people >= 0.97 * plain.people


def test_python_has_it_as_a_method(result):
    mine = with_methods(result)
    assert isinstance(mine, ewcm.Result)
    assert len(mine.plan(towers=2, radius_km=9.0).table) == 2
    with pytest.raises(SettingsError, match="towrs"):
        mine.plan(towrs=2)


def test_nobody_out_of_reach_needs_no_site():
    geobox = made_grid(12, 12)
    data = made_data(
        np.full((12, 12), 5.0), geobox, declared=(made_declared("2G", "", cell_box(geobox, -2, -2, 14, 14)),),
        places=made_places(("Town", 1.95, 30.05)),
    )  # fmt: skip
    result = run(data, Settings())
    plan = plan_of(result, Request(towers=3))
    assert (len(plan.table), plan.people, plan.at_least) == (0, 0.0, 1.0)
    assert result.summary["next_sites"]["sites"] == 0
    assert isinstance(result.table("next_sites"), pd.DataFrame)
