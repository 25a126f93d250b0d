"""Exposure to hazards: sums against a plain oracle, ledgers, bounds, return periods with a known answer, several hazards."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from ewcm_kernels.cyclones import Track, finer, max_wind_ms
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import box

from ewcm.analysis.cyclone_winds import STEP_HOURS, Lattice, WindField
from ewcm.analysis.hazard_bounds import annual, at_least
from ewcm.analysis.hazard_coldspots import HazardFields, priority
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.analysis.hazards import exposure, hazards_finding, reference_maps
from ewcm.core.fraction import CASES, LEVELS
from ewcm.core.record import InputRecord
from ewcm.core.zones import classes
from ewcm.coverage.combine import Coverage
from ewcm.sources.hazards import ArraySource, Hazard
from ewcm.starter.tracks import lent
from tests.examples import examples
from tests.oracles import hazards as oracle

SIDE = 9
GEOBOX = GeoBox((SIDE, SIDE), Affine(0.01, 0, 32.0, 0, -0.01, 1.0), "EPSG:4326")


def hazard(intensity, period=None, name="flood", thresholds=(0.5,)):
    """A map on the grid itself; NaN is unknown."""
    return Hazard(
        name, "flood", "m", thresholds, ArraySource(np.asarray(intensity, np.float32), GEOBOX.affine, coarse=False),
        InputRecord("hazard", "made"), return_period=period,
    )  # fmt: skip


def areas(count=3):
    codes = np.minimum(np.arange(SIDE * SIDE).reshape(SIDE, SIDE) // 27, count - 1)
    outlines = [box(32.0, 0.0, 33.0, 1.0)] * count
    names = [f"area {n}" for n in range(count)]
    return classes(codes, gpd.GeoDataFrame({"name": names, "level": 1}, geometry=outlines, crs="EPSG:4326")), codes


def drawn(seed, unknown=True):
    """People, coverage and intensities of a made country."""
    random = np.random.default_rng(seed)
    people = random.uniform(0, 900, (SIDE, SIDE)).astype(np.float32)
    people[random.random((SIDE, SIDE)) < 0.1] = np.nan
    cases = np.sort(random.uniform(-0.3, 1.3, (3, SIDE, SIDE)).clip(0, 1), axis=0)
    missing = np.where(random.random((SIDE, SIDE)) < 0.3, random.random((SIDE, SIDE)) * (1 - cases[2]), 0.0)
    coverage = Coverage.from_layers({"2G": cases}, {"2G": missing} if unknown else None, geobox=GEOBOX)
    intensity = random.gamma(1.0, 0.5, (SIDE, SIDE))
    intensity[random.random((SIDE, SIDE)) < 0.1] = np.nan
    return people, coverage, intensity


def table_of(people, coverage, hazards, services=("any",)):
    zones, codes = areas()
    found = exposure(people, coverage, [zones], HazardShares(hazards, people, GEOBOX), services, 100.0)
    return found, codes


class CoarseShares(HazardShares):
    """Hazards that reach any share of a cell."""

    def __init__(self, hazards, people, shares):
        super().__init__(hazards, people, GEOBOX)
        self.given_shares = shares

    def exposed_at(self, number, threshold, rows, cells):
        return self.given_shares[number][rows].reshape(-1)[cells].astype(np.float32)


@examples(0.6)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 3))
def test_sums_are_those_of_the_oracle_the_ledger_closes_and_bounds_nest(seed, count):
    people, coverage, _ = drawn(seed)
    random = np.random.default_rng(seed + 1)
    shares = random.choice([0.0, 1.0, 0.25, 0.7, np.nan], (count, SIDE, SIDE)).astype(np.float32)
    maps = [hazard(np.zeros((SIDE, SIDE)), name=f"hazard {n}") for n in range(count)]
    zones, codes = areas()
    found = exposure(people, coverage, [zones], CoarseShares(maps, people, shares), ("any",), 100.0)
    rows = slice(0, SIDE)
    levels = {
        case: [
            part / LEVELS
            for part in (
                coverage.shares("any", case, rows).covered_level(),
                coverage.shares("any", case, rows).uncovered_level(),
                coverage.shares("any", case, rows).unknown_level(),
            )
        ]
        for case in CASES
    }
    frame = hazards_finding(found, "UGA", 0.0).table("hazards")
    for number in range(count):
        expected = oracle.exposure(people, shares[number], levels, codes)
        for area in range(zones.size):
            row = frame[(frame["hazard"] == f"hazard {number}") & (frame["area_name"] == f"area {area}")].iloc[0]
            for key in ("people", "exposed", "unknown_hazard", "exposed_covered", "exposed_unknown_coverage"):
                assert row[key] == pytest.approx(expected[area][key], rel=1e-9, abs=1e-6)
            central = expected[area]["exposed_uncovered"]
            assert row["exposed_uncovered"] == pytest.approx(central, rel=1e-9, abs=1e-6)
            # Unknown shares differ by case; the range holds the central figure all the same.
            assert row["exposed_uncovered_low"] <= row["exposed_uncovered"] + 1e-6
            assert row["exposed_uncovered"] <= row["exposed_uncovered_high"] + 1e-6 <= row["exposed"] + 2e-6
            assert row["exposed_uncovered_low"] == pytest.approx(expected[area]["exposed_uncovered_low"], abs=1e-3) or (
                row["exposed_uncovered_low"] < expected[area]["exposed_uncovered_low"]
            )
            parts = row["exposed_covered"] + row["exposed_uncovered"] + row["exposed_unknown_coverage"]
            assert parts == pytest.approx(row["exposed"], rel=1e-9, abs=1e-6)
            assert row["exposed"] + row["not_exposed"] + row["unknown_hazard"] == pytest.approx(row["people"], rel=1e-9)


@examples(0.6)
@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0, 2))
def test_more_hazard_never_means_fewer_exposed(seed, more):
    people, coverage, intensity = drawn(seed)
    before, _ = table_of(people, coverage, [hazard(intensity, thresholds=(0.2, 0.5, 1.0))])
    after, _ = table_of(people, coverage, [hazard(intensity + more, thresholds=(0.2, 0.5, 1.0))])
    assert (after.sums[0] >= before.sums[0] - 1e-6).all()
    # A higher threshold exposes no more.
    assert (np.diff(before.sums[0][:, 0], axis=0) <= 1e-6).all()


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=4), data=st.data())
@examples(1.2)
def test_bounds_of_several_hazards_are_those_of_linear_programmes(shares, data):
    count = data.draw(st.integers(1, len(shares)))
    low, high = at_least(np.array(shares), count)
    expected = oracle.at_least(shares, count)
    assert (low, high) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("power", [0.2, 0.5, 0.8])
def test_a_power_law_whose_yearly_figure_is_known(power):
    periods = np.array([2.0, 5, 10, 20, 50, 100, 200, 500])
    exposed = 1000 * (1 / periods) ** -power / 500**power
    found = annual(exposed, periods, 5000.0)
    c = 1000 / 500**power
    integral = c * ((1 / 2) ** (1 - power) - (1 / 500) ** (1 - power)) / (1 - power)
    tail = c * (1 / 500) ** (1 - power) / (1 - power)
    assert found.low - found.tail <= integral <= found.central - found.tail
    assert found.central - found.tail == pytest.approx(integral, rel=0.13)
    assert found.tail <= tail and found.low <= integral + tail <= found.high
    # Finer periods come nearer.
    many = np.geomspace(2, 500, 400)
    fine = annual(c * many**power, many, 5000.0)
    assert fine.central - fine.tail == pytest.approx(integral, rel=1e-4)


@examples(0.8)
@given(exposed=st.lists(st.floats(0, 1e6), min_size=2, max_size=7), start=st.floats(1, 20), growth=st.floats(1.2, 5))
def test_yearly_bounds_hold_the_yearly_figure(exposed, start, growth):
    periods = start * growth ** np.arange(len(exposed))
    for everybody in (max(exposed), exposed[-1], 0.0):  # of whom the rarest map says nothing may be most of them
        found = annual(np.array(exposed), periods, everybody)
        assert found.low - 1e-6 <= found.central <= found.high + 1e-6


def test_the_map_that_stands_for_a_hazard_and_the_columns_of_coldspots():
    ones = np.ones((SIDE, SIDE))
    maps = [
        hazard(ones, 10.0),
        hazard(ones, 50.0),
        hazard(ones, 500.0),
        hazard(ones, 1000.0, "coastal"),
        hazard(ones, None, "slide"),
    ]
    assert reference_maps(maps, 100.0) == (1, 3, 4)
    people = np.full((SIDE, SIDE), 10.0, np.float32)
    fields = HazardFields(HazardShares(maps, people, GEOBOX), (1, 3, 4))(slice(0, 4), np.arange(3, 30))
    assert fields.shape == (13, 27) and fields[:5].min() == 1 and fields[5:10].max() == 0 and fields[10].min() == 1
    yearly, worst = np.array([0.0, np.nan, 5.0, 9.0]), np.array([0.0, np.nan, 50.0, 90.0])
    columns = {"annual_exposed": yearly, "worst_hazard_people": worst}
    persons = np.array([400.0, 300.0, 200.0, 100.0])
    # Unknown stands neither first nor behind those of whom it is known that nothing threatens them.
    assert priority(persons, columns, "hazard").tolist() == [4, 3, 2, 1]
    assert priority(persons, columns, "people").tolist() == [1, 2, 3, 4]


def test_no_hazard_is_unknown_and_no_coverage_is_unknown():
    people, _, intensity = drawn(3)
    nothing = hazards_finding(None, "UGA", 1234.0)
    assert {figure.path: figure.value for figure in nothing.figures} == {
        ("hazards",): [], ("hazards_annual",): [], ("hazards_unknown",): 1234.0,
    }  # fmt: skip
    assert "ewcm fetch UGA" in nothing.caveats[0].text
    found, _ = table_of(people, Coverage(GEOBOX, {}), [hazard(intensity, 10.0), hazard(intensity + 1, 100.0)])
    frame = hazards_finding(found, "UGA", 0.0).table("hazards")
    assert frame["exposed_uncovered"].isna().all() and frame["exposed_covered"].isna().all()
    assert (frame["exposed_unknown_coverage"] == frame["exposed"]).all()
    yearly = hazards_finding(found, "UGA", 0.0).table("hazards_annual")
    assert yearly["exposed_uncovered_annual"].isna().all() and (yearly["exposed_annual"] > 0).all()


def test_a_service_whose_oldest_technology_is_unknown_has_nobody_known_to_be_out_of_reach():
    people, _, intensity = drawn(3)
    coverage = Coverage.from_layers({"4G": np.full((SIDE, SIDE), 0.5)}, geobox=GEOBOX)
    found, _ = table_of(people, coverage, [hazard(intensity, 10.0), hazard(intensity + 1, 100.0)], ("any", "4G"))
    finding = hazards_finding(found, "UGA", 0.0)
    for name, columns in (
        ("hazards", ("exposed_uncovered", "exposed_uncovered_low", "exposed_uncovered_high")),
        ("hazards_annual", ("exposed_uncovered_annual", "exposed_uncovered_annual_high")),
    ):
        table = finding.table(name)
        for column in columns:
            assert table.loc[table["service"] == "any", column].isna().all(), column
            assert table.loc[table["service"] == "4G", column].notna().all(), column
    table = finding.table("hazards")
    assert (table["exposed_covered"] + table["exposed_unknown_coverage"])[
        table["service"] == "any"
    ].tolist() == pytest.approx(table.loc[table["service"] == "any", "exposed"].tolist())


def test_what_is_doubted():
    people, coverage, _ = drawn(4)
    wet = np.ones((SIDE, SIDE))
    dry = np.zeros((SIDE, SIDE))
    codes = {
        caveat.code for caveat in finding_of(people, coverage, [hazard(wet, p) for p in (2.0, 10.0, 50.0)]).caveats
    }
    assert "hazards_same" in codes
    codes = {caveat.code for caveat in finding_of(people, coverage, [hazard(wet, 10.0), hazard(dry, 50.0)]).caveats}
    assert "hazards_fall" in codes
    partly = np.where(np.arange(SIDE) < 4, np.nan, wet)
    caveats = {caveat.code: caveat for caveat in finding_of(people, coverage, [hazard(partly, 10.0)]).caveats}
    assert caveats["hazards_partly"].values["people"] == pytest.approx(np.nansum(people[:, :4]), abs=1)


def test_where_a_hazard_is_unknown_for_everybody_nobody_is_told_to_be_exposed_nor_not_to_be():
    """An area that no map shows had 0 exposed, 0 out of reach and 0 a year: what a reader takes for safe."""
    people, coverage, _ = drawn(5)
    known = np.full((SIDE, SIDE), np.nan)
    known[:3] = 1.0  # the first of three areas
    maps = [hazard(known, 10.0), hazard(known, 100.0), hazard(np.ones((SIDE, SIDE)), name="slide")]
    finding = finding_of(people, coverage, maps)
    for name in ("hazards", "hazards_annual", "hazards_together"):
        table = finding.table(name)
        table = table[table["hazard"] == "flood"] if "hazard" in table else table
        figures = [one for one in table if one.startswith(("exposed", "not_exposed"))]
        assert len(figures) >= 4
        of_area = [table[table["area_id"] == code][figures] for code in table["area_id"].unique()]
        assert of_area[0].notna().all(axis=None) and all(one.isna().all(axis=None) for one in of_area[1:]), name
    table = finding.table("hazards")
    table = table[(table["hazard"] == "flood") & (table["area_name"] != "area 0")]
    assert (table["unknown_hazard"] == table["people"]).all()


def test_maps_of_return_periods_that_show_different_ground_are_told():
    """A tile that was missing from the rarer map read as fewer people exposed and return periods to be checked."""
    people, coverage, _ = drawn(4)
    wet = np.ones((SIDE, SIDE))
    half = np.where(np.arange(SIDE) < 4, np.nan, wet)
    caveats = {one.code: one for one in finding_of(people, coverage, [hazard(wet, 10.0), hazard(half, 100.0)]).caveats}
    assert "hazards_fall" not in caveats
    assert caveats["hazards_uneven"].values["people"] == pytest.approx(np.nansum(people[:, :4]), abs=1)


def finding_of(people, coverage, hazards):
    return hazards_finding(table_of(people, coverage, hazards)[0], "UGA", 0.0)


def test_winds_of_cells_are_those_of_the_rows_and_unknown_beside_unknown_points():
    points = Lattice(np.array([0, 3, 6, 8]), np.array([0, 3, 6, 8]), np.zeros((4, 4)), np.zeros((4, 4)))
    values = np.random.default_rng(1).uniform(20, 60, (4, 4))
    values[3, 3] = np.nan
    field = WindField(points, values, (SIDE, SIDE))
    whole = field.block(slice(0, SIDE))
    assert np.isnan(whole[7:, 7:]).all() and np.isfinite(whole[:7]).all() and np.isfinite(whole[:, :7]).all()
    assert whole[3, 6] == np.float32(values[1, 2]) and whole[1, 0] == pytest.approx(
        values[0, 0] * 2 / 3 + values[1, 0] / 3
    )
    cells = np.arange(2 * SIDE, dtype=np.int64)
    np.testing.assert_array_equal(field.at(slice(4, 6), cells), whole[4:6].reshape(-1))


@pytest.mark.parametrize("storm", ["2022040S20169", "2012037S17176"])
def test_positions_are_near_enough_to_each_other(storm):
    table = lent("FJI").table
    one = table[table["storm"] == storm]
    columns = ("hours", "lat", "lon", "wind_kt", "central_hpa", "environment_hpa", "radius_nmile")
    track = Track(*(one[name].to_numpy(np.float64) for name in columns))
    minutes = finer(track, 1 / 60)
    random = np.random.default_rng(1)
    place, angle = random.integers(1, len(minutes.hours), 400), random.uniform(0, 2 * np.pi, 400)
    away = minutes.radius_nmile[place] / 60 * random.uniform(0.2, 1.5, 400)
    lat = minutes.lat_deg[place] + away * np.sin(angle)
    lon = minutes.lon_deg[place] + away * np.cos(angle) / np.cos(np.radians(lat))
    coarse, fine = (np.maximum(17.0, max_wind_ms(lat, lon, each)) for each in (finer(track, STEP_HOURS), minutes))
    assert 0 < (fine - coarse).max() <= 0.5


@examples(0.15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_yearly_bound_of_those_out_of_reach_holds_nobody_who_is_within_reach(seed):
    people, coverage, intensity = drawn(seed)
    maps = [hazard(intensity, 10.0), hazard(intensity + 0.3, 50.0)]
    found, _ = table_of(people, coverage, maps)
    finding = hazards_finding(found, "UGA", 0.0)
    yearly, table = finding.table("hazards_annual"), finding.table("hazards")
    known = ~np.isnan(intensity) & (np.nan_to_num(people) > 0)
    shares = coverage.shares("any", "low", slice(0, SIDE)).uncovered_level() / LEVELS
    rarest = (np.nan_to_num(people) * shares)[known].sum()
    high = table.pivot_table(index="area_name", columns="return_period", values="exposed_uncovered_high")
    expected = (high[50.0] * (1 / 10 - 1 / 50)).sum() + rarest / 50 + (high[10.0] * 0.9).sum()
    assert yearly["exposed_uncovered_annual_high"].sum() <= expected * (1 + 1e-9) + 1e-6
    assert (yearly["exposed_uncovered_annual_high"] >= yearly["exposed_uncovered_annual"] - 1e-9).all()
