"""Which points of interest have a signal, against every distance; unknown is unknown; real clinics against a tree of sites."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ewcm.core import grid
from ewcm.countries import country
from ewcm.pipeline import run
from ewcm.planning import Request, plan_of
from ewcm.report.publish import write
from ewcm.report.read import open_result
from ewcm.settings import Settings
from ewcm.sources.points import POINT_COLUMNS, Points, read_points
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_record, made_sites

GRID = made_grid(60, 60)
SITES = (
    (1.8, 30.1, "2G", "Red"), (1.8, 30.1, "4G", "Red"), (1.7, 30.3, "2G", "Blue"), (1.6, 30.45, "3G", ""),
)  # fmt: skip
RADIUS_KM = {"2G": 9.0, "3G": 6.0, "4G": 4.0}


def made_points(count=60, seed=1):
    random = np.random.default_rng(seed)
    rows = [
        (str(i), f"Point {i}", ("school", "health")[i % 2], np.nan, np.nan, lat, lon)
        for i, (lat, lon) in enumerate(
            zip(random.uniform(1.5, 2.0, count), random.uniform(30, 30.5, count), strict=True)
        )
    ]
    rows.append(("off", "Off the grid", "school", 5.0, np.nan, 0.9, 30.2))
    return Points(pd.DataFrame(rows, columns=list(POINT_COLUMNS)), {"with no position": 3}, (made_record("poi"),))


def made_country(**others):
    areas = made_areas((1, "West", cell_box(GRID, -1, -1, 61, 30)), (1, "East", cell_box(GRID, -1, 30, 61, 61)))
    return made_data(np.full(GRID.shape, 20.0), GRID, boundaries=areas, points=made_points(), **others)


@pytest.fixture(scope="module")
def result():
    return run(made_country(sites=made_sites(*SITES)), Settings(radius_km=RADIUS_KM))


def nearest_gap(points, technologies):
    """Distance [km] from each point to the rim of the nearest circle, every distance worked out."""
    lat, lon = points["lat"].to_numpy(), points["lon"].to_numpy()
    gaps = [
        grid.distance_km(lat, lon, np.float64(row[0]), np.float64(row[1])) - RADIUS_KM[row[2]]
        for row in SITES
        if row[2] in technologies
    ]
    return np.maximum(np.min(gaps, axis=0), 0.0)


def test_signal_and_distance_are_those_of_every_circle_at_the_very_position(result):
    points = result.table("points")
    assert len(points) == 61 and set(points["known_at"]) == {"position"}
    gap = nearest_gap(points, ("2G", "3G", "4G"))
    assert (points["signal"] == np.where(gap > 0, "no", "yes")).all()
    assert points["distance_to_coverage_km"].to_numpy() == pytest.approx(gap, abs=1e-6)
    for column, technologies in (("signal_3Gplus", ("3G", "4G")), ("signal_4Gplus", ("4G",))):
        assert (points[column] == np.where(nearest_gap(points, technologies) > 0, "no", "yes")).all()
    red = grid.distance_km(points["lat"], points["lon"], np.float64(1.8), np.float64(30.1)) <= 9
    assert (points["operators"].str.contains("Red") == red).all()


def test_people_around_rank_and_direction(result):
    points = result.table("points")
    without = points[points["signal"] == "no"]
    assert without["rank"].tolist() == list(range(1, len(without) + 1))
    assert points.loc[points["signal"] != "no", "rank"].isna().all()
    assert (np.diff(without["unreached_within_5km"]) <= 1e-9).all()
    lat, lon = grid.cell_positions(GRID, slice(0, 60))
    uncovered = 20.0 * result.coverage.shares("any", "central", slice(0, 60)).uncovered_level() / 60000
    row = without.iloc[0]
    near = grid.distance_km(lat, lon, np.float64(row["lat"]), np.float64(row["lon"])) <= 5
    assert row["unreached_within_5km"] == pytest.approx(float((uncovered * near).sum()))
    assert (without["coverage_direction"] != "").all()
    assert (points["unreached_in_siren_sound"] <= points["unreached_within_5km"] + 1e-6).all()


def test_numbers_by_area_add_up_and_no_row_is_lost(result):
    figures, by_area = result.summary["points"], result.table("points_by_area")
    assert figures["points"] == by_area["points"].sum() == 61
    for name in ("no_signal", "unknown", "with_signal"):
        assert figures[name] == by_area[name].sum()
    assert (figures["not_used"], figures["outside"]) == (3, 1)
    assert figures["not_used_reasons"] == [{"reason": "with no position", "rows": 3}]
    assert set(by_area["area_name"]) == {"", "West", "East"}


def test_where_coverage_is_unknown_so_is_the_signal():
    nothing = run(made_country(), Settings())
    assert set(nothing.table("points")["signal"]) == {"unknown"}
    assert nothing.table("points")["rank"].isna().all()
    partly = np.broadcast_to(np.where(np.arange(60) < 20, 1.0, np.where(np.arange(60) < 40, 0.0, np.nan)), GRID.shape)
    half = run(made_country(given={"2G": partly}), Settings())
    points = half.table("points")
    row, col = grid.cells_at(GRID, points["lat"].to_numpy(), points["lon"].to_numpy())
    expected = np.where((row < 60) & (col < 20), "yes", np.where((row < 60) & (col < 40), "no", "unknown"))
    assert points["signal"].tolist() == expected.tolist()
    assert set(points["known_at"]) == {"grid cell"}
    assert points["signal"].tolist() == sorted(points["signal"], key=("no", "unknown", "yes").index)


def test_a_declared_map_speaks_by_its_grid_cell():
    result = run(made_country(declared=(made_declared("2G", "", cell_box(GRID, 0, 0, 60, 20)),)), Settings())
    points = result.table("points")
    col = grid.cells_at(GRID, points["lat"].to_numpy(), points["lon"].to_numpy())[1]
    on_grid = points["lat"] > 1.4
    assert ((points["signal"] == "yes") == ((col < 20) & on_grid)).all()
    inland = points[on_grid & (col > 25)]
    assert (inland["distance_to_coverage_km"] > 4).all() and set(inland["coverage_direction"]) <= {"W", "NW", "SW"}


def test_points_come_back_with_a_published_country_and_may_be_candidates(result, tmp_path):
    again = open_result(write(result, tmp_path / "maps"))
    assert again.summary["points"] == result.summary["points"]
    assert again.table("points")["name"].tolist() == result.table("points")["name"].tolist()
    plan = plan_of(again, Request(towers=2, origins=("points",), radius_km=5.0))
    assert set(plan.table["origin"]) == {"points"} and plan.table["name"].str.startswith("Point").all()


def test_without_points_there_is_no_table(result):
    bare = run(replace(made_country(sites=made_sites(*SITES)), points=None), Settings())
    assert bare.summary["points"] == {}
    with pytest.raises(KeyError):
        bare.table("points")


@pytest.mark.real
@pytest.mark.parametrize(
    ("path", "iso3", "used", "without"),
    [
        ("real/UGA/health_facilities.csv", "UGA", 3677, 115), ("real/SOM/health_facilities.csv", "SOM", 840, 39),
        ("hazards/poi/osm_schools_nepal_kathmandu.csv", "NPL", 794, 0),
        ("hazards/poi/osm_schools_nepal_lumbini.geojson", "NPL", 48, 0),
    ],
)  # fmt: skip
def test_points_equal_a_tree_of_sites_and_none_is_lost(real_data, path, iso3, used, without):
    points = read_points(real_data.parent / path, country(iso3), kind="health")
    assert len(points.table) == used
    assert sum(points.not_used.values()) == points.not_used.get("with no position", 0) == without
    random = np.random.default_rng(0)
    box = points.table[["lat", "lon"]].agg(["min", "max"])
    step = 0.05
    shape = tuple(int(np.ceil((box[name]["max"] - box[name]["min"]) / step)) + 2 for name in ("lat", "lon"))
    geobox = made_grid(*shape, west=box["lon"]["min"] - step, north=box["lat"]["max"] + step, step=step)
    lat, lon = (random.uniform(box[name]["min"], box[name]["max"], 300) for name in ("lat", "lon"))
    sites = made_sites(*((one, two, "2G", "") for one, two in zip(lat, lon, strict=True)))
    data = made_data(np.ones(geobox.shape), geobox, sites=sites, points=points)
    table = run(data, Settings(next_sites=0)).table("points")
    far = np.min(
        [
            grid.distance_km(table["lat"], table["lon"], np.float64(a), np.float64(b))
            for a, b in zip(lat, lon, strict=True)
        ],
        axis=0,
    )
    assert ((far <= 15.0) == (table["signal"] == "yes")).all()
    assert table["distance_to_coverage_km"].to_numpy() == pytest.approx(np.maximum(far - 15.0, 0.0), abs=1e-6)
