"""A plan over terrain: what a new tower serves is what a run with that tower covers, and a ridge changes the choice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine

from ewcm.core.record import Meta
from ewcm.coverage.p1812.candidates import Radio, candidate_footprints, with_budget
from ewcm.errors import SettingsError
from ewcm.pipeline import run
from ewcm.planning import Request, plan_of
from ewcm.report.plan_page import render_plan
from ewcm.settings import Settings
from ewcm.sources.terrain import open_terrain
from tests.made import cell_box, made_areas, made_data, made_grid, made_sites

STEP = 1 / 1200

#: Behind the ridge, and in the open plain; about 25 km from the only mast.
BEHIND, OPEN = (1.925, 30.06), (1.925, 30.24)


@pytest.fixture(scope="module")
def terrain(tmp_path_factory):
    """Flat ground with a wall of 900 m, 2 km east of the first place."""
    path = tmp_path_factory.mktemp("terrain") / "dem.tif"
    heights = np.full((400, 800), 100, np.int16)
    east = 29.85 + (np.arange(800) + 0.5) * STEP
    heights[:, (east > 30.075) & (east < 30.085)] = 1000
    with rasterio.open(
        path, "w", driver="GTiff", height=400, width=800, count=1, dtype="int16", crs="EPSG:4326",
        transform=Affine(STEP, 0, 29.85, 0, -STEP, 2.1),
    ) as target:  # fmt: skip
        target.write(heights, 1)
    return open_terrain([path], False, Meta())


def country(terrain, *more):
    """Most people live east of the wall, fewer around the open place."""
    geobox = made_grid(18, 48)
    people = np.zeros((18, 48))
    people[4:14, 11:18] = 90.0
    people[4:14, 24:36] = 12.0
    areas = made_areas((1, "A", cell_box(geobox, -1, -1, 19, 49)))
    sites = made_sites((1.86, 30.02, "4G", ""), *more)
    settings = Settings(max_range_km=10.0, models=("p1812", "radius"), radius_km=8.0)
    return run(made_data(people, geobox, boundaries=areas, sites=sites, terrain=terrain), settings)


@pytest.fixture(scope="module")
def result(terrain):
    return country(terrain)


def own(*places):
    lat, lon = np.array(places).T
    ids = [f"place {number}" for number in range(len(places))]
    return pd.DataFrame(
        {"candidate_id": ids, "origin": "list", "name": ids, "kind": "", "lat": lat, "lon": lon, "cost": np.nan}
    )


def test_a_ridge_changes_the_choice_and_the_plan_says_why(result, terrain):
    asked = {"towers": 1, "service": "4G+", "own": own(BEHIND, OPEN), "eirp_dbm": 20.0}
    flat = plan_of(result, Request(towers=1, service="4G+", own=own(BEHIND, OPEN)))
    found = plan_of(result, Request(terrain=terrain, **asked))
    assert flat.table["candidate_id"].tolist() == ["place 0"]
    assert found.table["candidate_id"].tolist() == ["place 1"]
    beside = found.circles
    assert (beside.shared, beside.chosen["candidate_id"].tolist()) == (0, ["place 0"])
    assert beside.claimed == pytest.approx(flat.people) and beside.served < 0.7 * beside.claimed
    assert beside.served < found.people
    assert found.table["radius_km"].isna().all()
    row = found.table.iloc[0]
    assert row["people_alone"] == pytest.approx(row["people"])
    assert row["people_low"] <= row["people"] <= row["people_high"]
    assert "1812" in found.caveats[0].text and "20 dBm" in found.caveats[0].text
    # What is drawn is what each choice serves, behind the wall or not, people or not.
    chosen, by_circles = found.drawn
    col = chosen.cell % result.own_people.shape[1]
    assert chosen.cell.size > by_circles.cell.size > 0 and (np.diff(chosen.cell) > 0).all()
    assert col.min() > 12 and (by_circles.cell % result.own_people.shape[1]).min() < 6
    page = render_plan(result, found, "fr")
    assert '"circles":"data:image/png' in page and "ITU-R P.1812" in page and "UIT-R P.1812" in page


def test_what_is_asked_about_is_the_same_and_nothing_else_is_computed(result, terrain):
    """Footprints where people are out of reach, beside those of the whole grid."""
    towers, radio = own(BEHIND, OPEN), with_budget(Radio("4G"), result.settings)
    wanted = np.flatnonzero(np.random.default_rng(4).random(result.own_people.shape) < 0.2)
    whole, of_row = candidate_footprints(towers, radio, terrain, result.geobox, result.settings)
    some, same_row = candidate_footprints(towers, radio, terrain, result.geobox, result.settings, wanted)
    assert of_row.tolist() == same_row.tolist() == [0, 1]
    for number in range(2):
        cell, share = whole.of(number)
        kept = np.isin(cell, wanted)
        assert 0 < kept.sum() < 0.4 * cell.size
        assert np.array_equal(some.of(number)[0], cell[kept])
        assert np.abs(some.of(number)[1].astype(int) - share[kept]).max() <= 1


def test_it_serves_whom_a_run_with_that_tower_covers(result, terrain):
    found = plan_of(result, Request(towers=1, service="4G+", own=own(OPEN), terrain=terrain))
    after = country(terrain, (*OPEN, "4G", ""))
    fewer = result.services["4G+"].uncovered - after.services["4G+"].uncovered
    assert fewer > 100
    assert found.people == pytest.approx(fewer, rel=0.005)  # shares of footprints are kept in steps of 1/250


def test_grids_finer_than_the_points_are_summed_to_them(terrain):
    """A grid of a fifth of 30″: the people whom a tower serves are those of its cells, not of the points."""
    geobox = made_grid(90, 90, west=30.15, step=1 / 600)
    people = np.random.default_rng(3).uniform(0, 4, (90, 90))
    areas = made_areas((1, "A", cell_box(geobox, -1, -1, 91, 91)))
    far = made_sites((1.86, 30.02, "4G", ""))
    settings = Settings(max_range_km=10.0, models=("p1812", "radius"))
    before = run(made_data(people, geobox, boundaries=areas, sites=far, terrain=terrain), settings)
    place = (1.925, 30.22)
    found = plan_of(before, Request(towers=1, service="4G+", own=own(place), terrain=terrain, eirp_dbm=5.0))
    sites = replace(
        far, table=pd.concat([far.table, made_sites((*place, "4G", "")).table.assign(site_id="new", eirp_dbm=5.0)])
    )
    after = run(made_data(people, geobox, boundaries=areas, sites=sites, terrain=terrain), settings)
    fewer = before.services["4G+"].uncovered - after.services["4G+"].uncovered
    assert 0.05 < fewer / people.sum() < 0.95
    assert found.people == pytest.approx(fewer, rel=0.005)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"frequency_mhz": 28000.0}, "frequency_mhz is 28000; give 30 to 6000"),
        ({"height_m": 0.0}, "height_m is 0"),
        ({"height_m": 20.0, "terrain": None}, "height_m counts over terrain only"),
        ({"technology": "FM", "radius_km": 60.0}, "a tower of FM does not bring 4G\\+; use one of 4G, 5G"),
        ({"weight": "exposed"}, "none is known here"),
        ({"weight": "money"}, "'money'"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_line(result, terrain, asked, text):
    with pytest.raises(SettingsError, match=text):
        plan_of(result, Request(**({"towers": 1, "service": "4G+", "own": own(OPEN), "terrain": terrain} | asked)))
