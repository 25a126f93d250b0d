"""The engine from inputs in memory to a result: what must hold for every country."""

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from pyproj import Geod
from shapely.geometry import MultiPolygon, box

from ewcm import pipeline
from ewcm.core.channels import SERVICES
from ewcm.errors import SettingsError
from ewcm.settings import Settings
from tests.made import cell_box, level_of, made_areas, made_data, made_declared, made_grid, made_places, made_sites

GRID = made_grid()


#: Lists of coldspots take most of the time of a small country; what is looked at here is in one of them too.
ONE_LIST = {"coldspot_services": ("any",)}


def run(data, **changes):
    return pipeline.run(data, Settings(**{"min_people": 1.0, **changes}))


def any_(result):
    return result.summary["services"]["any"]


def test_without_coverage_data_everyone_is_unknown():
    result = run(made_data(np.ones(GRID.shape), GRID))
    for service in SERVICES:
        figures = result.summary["services"][service]
        assert (figures["covered"], figures["uncovered"], figures["unknown"]) == (None, None, 2400)
        assert figures["model"] == "unknown"
    assert result.coldspots.empty
    assert "unknown_everywhere" in [caveat["code"] for caveat in result.summary["caveats"]]


def test_fractions_of_the_layers_give_the_figures_back():
    declared = (made_declared("4G", "", cell_box(GRID, 0, 0, 10.5, 60)),)
    people = np.random.default_rng(3).uniform(0, 9, GRID.shape)
    result = run(made_data(people, GRID, declared=declared))
    covered = float((result.layers["people"].astype("float64") * result.fraction("any")).sum())
    assert covered == pytest.approx(any_(result)["covered"], rel=1e-6)
    assert result.fraction("2G").isnull().all()
    with pytest.raises(SettingsError, match="7G"):
        result.fraction("7G")


def test_a_circle_covers_the_cells_whose_centres_lie_inside():
    lat, lon = 1.8, 30.2
    result = run(made_data(np.ones(GRID.shape), GRID, sites=made_sites((lat, lon, "2G", ""))), radius_km={"2G": 7.0})
    geod = Geod(a=6371008.8, b=6371008.8)
    row, col = np.mgrid[: GRID.shape[0], : GRID.shape[1]] + 0.5
    x, y = GRID.affine @ (col, row)
    distance = geod.inv(np.full(x.shape, lon), np.full(x.shape, lat), x, y)[2]
    assert any_(result)["covered"] == (distance <= 7000).sum()
    assert result.summary["services"]["4G"]["unknown"] == 2400


def test_halves_declared_by_two_operators_cover_a_cell_whole():
    people = np.full(GRID.shape, 10.0)
    declared = (
        made_declared("4G", "North", cell_box(GRID, 0, 0, 10.5, 60)),
        made_declared("4G", "South", cell_box(GRID, 10.5, 0, 20, 60)),
    )
    result = run(made_data(people, GRID, declared=declared))
    assert any_(result)["covered"] == pytest.approx(20 * 60 * 10, rel=1e-9)
    best = result.summary["sdg_9c1"]["4G"]
    assert best["operator"] == "North"
    assert best["people"] == pytest.approx(10.5 * 60 * 10, rel=1e-9)


def test_at_least_3g_is_the_union_of_3g_4g_and_5g():
    declared = (
        made_declared("2G", "", cell_box(GRID, 0, 0, 40, 60)),
        made_declared("3G", "", cell_box(GRID, 0, 0, 10, 60)),
        made_declared("4G", "", cell_box(GRID, 5, 0, 15, 60)),
    )
    services = run(made_data(np.ones(GRID.shape), GRID, declared=declared)).summary["services"]
    covered = {service: figures["covered"] and round(figures["covered"] / 60) for service, figures in services.items()}
    assert covered == {"any": 40, "2G": 40, "3G": 10, "4G": 10, "5G": None, "3G+": 15, "4G+": 10}
    assert services["5G"]["unknown_share"] == 1.0


def test_coldspots_are_joined_over_corners_ranked_and_named():
    people = np.zeros(GRID.shape)
    people[2, 2], people[3, 3] = 30, 10  # one group over a corner
    people[30, 50] = 100
    people[20, 30] = 0.5  # too few
    data = made_data(
        people,
        GRID,
        sites=made_sites((1.95, 30.45, "2G", "")),
        places=made_places(("Small", 1.98, 30.02), ("Big", 1.75, 30.42)),
        boundaries=made_areas((1, "West", cell_box(GRID, 0, 0, 40, 30)), (1, "East", cell_box(GRID, 0, 30, 40, 60))),
    )
    result = run(data, radius_km={"2G": 3.0}, radius_low=1.0, radius_high=1.0)
    spots = result.coldspots[result.coldspots["case"] == "central"]
    assert spots["people"].tolist() == [100, 40]
    assert spots["place"].tolist() == ["Big", "Small"]
    assert spots["area_name"].tolist() == ["East", "West"]
    assert spots["cells"].tolist() == [1, 2]
    assert spots["rank"].tolist() == [1, 2]
    lon, lat = GRID.affine @ (2.5, 2.5)  # the cell with most people
    assert (spots["lat"][1], spots["lon"][1]) == pytest.approx((lat, lon))
    assert spots["area_km2"][0] == pytest.approx(0.855, abs=0.003)
    # The nearest covered cell lies 3 km (and less than a cell) around the site, along the great circle.
    geod = Geod(a=6371008.8, b=6371008.8)
    to_site = geod.inv(spots["lon"][0], spots["lat"][0], 30.45, 1.95)[2] / 1000
    assert spots["distance_to_coverage_km"][0] == pytest.approx(to_site - 3, abs=0.93)
    assert spots.geometry.is_valid.all()


def test_across_180_people_are_reached_from_the_other_side_and_counted_once():
    """A site at 179.99° serves people at −179.99°; polygons are split at 180°; the grid runs in 0..360 in one piece."""
    geobox = GeoBox((40, 120), Affine(1 / 120, 0, 179.5, 0, -1 / 120, -16.0), "EPSG:4326")
    west_of_line = box(179.5, -16.4, 180.0, -16.0)
    east_of_line = box(180.0, -16.4, 180.5, -16.0)
    people = np.ones(geobox.shape)
    data = made_data(
        people,
        geobox,
        sites=made_sites((-16.2, 179.99, "2G", "")),
        boundaries=made_areas((0, "Islands", MultiPolygon([west_of_line, east_of_line]).buffer(0))),
        declared=(made_declared("4G", "", box(-180.0, -16.4, -179.9, -16.0), box(179.9, -16.4, 180.0, -16.0)),),
    )
    result = run(data, radius_km={"2G": 10.0})
    assert result.summary["people"] == pytest.approx(4800)
    level = level_of(result, "2G")
    east = level[:, 60:]
    assert (east > 0).sum() > 0.4 * (level > 0).sum()
    assert result.summary["services"]["4G"]["covered"] == pytest.approx(24 * 40, rel=1e-6)
    assert len(result.coldspots) >= 1
    assert result.coldspots.total_bounds[2] > 180


def test_a_projected_grid_agrees_with_great_circles():
    geobox = GeoBox((80, 80), Affine(1000, 0, 460_000, 0, -1000, 240_000), "EPSG:32636")
    sites = made_sites((1.8, 33.0, "2G", ""), (1.75, 33.2, "2G", ""))
    result = run(made_data(np.ones(geobox.shape), geobox, sites=sites), radius_km={"2G": 11.0})
    x, y = geobox.affine @ tuple(np.mgrid[:80, :80][::-1] + 0.5)
    from pyproj import Transformer

    lon, lat = Transformer.from_crs("EPSG:32636", "EPSG:4326", always_xy=True).transform(x, y)
    geod = Geod(a=6371008.8, b=6371008.8)
    covered = np.zeros(x.shape, dtype=bool)
    for site_lat, site_lon in ((1.8, 33.0), (1.75, 33.2)):
        covered |= geod.inv(np.full(x.shape, site_lon), np.full(x.shape, site_lat), lon, lat)[2] <= 11_000
    assert any_(result)["covered"] == covered.sum()


@given(
    st.lists(
        st.tuples(
            st.floats(1.6, 2.1), st.floats(29.9, 30.6), st.sampled_from(["2G", "3G", "4G"]), st.sampled_from("ab")
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 1000),
)
def test_ledger_closes_and_more_sites_never_reach_fewer(rows, seed):
    random = np.random.default_rng(seed)
    people = np.where(random.uniform(size=GRID.shape) < 0.3, random.lognormal(3, 2, GRID.shape), 0)
    people[random.uniform(size=GRID.shape) < 0.1] = np.nan
    areas = made_areas(
        (1, "A", cell_box(GRID, -1, -1, 17.3, 61)),
        (1, "B", cell_box(GRID, 17.3, -1, 41, 22.7)),
        (1, "C", cell_box(GRID, 17.3, 22.7, 41, 61)),
    )
    radius = {"2G": 9.0, "3G": 6.0, "4G": 4.0}
    result = run(made_data(people, GRID, sites=made_sites(*rows), boundaries=areas), radius_km=radius, **ONE_LIST)
    ledger = result.summary["ledger"]
    total = float(np.nansum(people.astype(np.float32), dtype=np.float64))
    assert ledger["people"] == pytest.approx(total, rel=1e-9)
    told = [ledger[part] for part in ("covered", "uncovered", "unknown", "outside")]
    assert sum(part for part in told if part is not None) == pytest.approx(total, rel=1e-9)
    table = result.areas
    for service in ("any", "2G", "3G", "4G", "5G", "3Gplus", "4Gplus"):
        parts = table[[f"covered_{service}", f"uncovered_{service}", f"unknown_{service}"]]
        assert np.allclose(parts.sum(axis=1), table["people"], rtol=1e-9)
        for column in parts:
            by_level = table.groupby("level")[column].sum()
            assert by_level[1] == pytest.approx(by_level[0], rel=1e-9, abs=1e-9)
        figures = table[[f"uncovered_{service}_low", f"uncovered_{service}", f"uncovered_{service}_high"]].dropna()
        assert (figures.diff(axis=1).iloc[:, 1:] >= -1e-9).all(axis=None)
    for name, best in result.summary["sdg_9c1"].items():
        union = result.summary["services"][{"2G": "any", "3G": "3G+", "4G": "4G+"}[name]]["covered"]
        assert best is None or best["people"] <= union * (1 + 1e-12)  # where a best one is, a union is
    fewer = (
        run(made_data(people, GRID, sites=made_sites(*rows[:-1]), boundaries=areas), radius_km=radius, **ONE_LIST)
        if rows[:-1]
        else None
    )
    if fewer is not None:
        assert (any_(fewer)["covered"] or 0.0) <= (any_(result)["covered"] or 0.0) * (1 + 1e-12)
