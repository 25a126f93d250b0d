"""Channels and services: what nests, what does not, and the bounds of what is covered by at least one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ewcm import pipeline
from ewcm.core.channels import SERVICES, Service, channel, services_of
from ewcm.core.fraction import CASES, LEVELS, Shares, nested, separate, shares_of, side_by_side
from ewcm.coverage.combine import Coverage
from ewcm.errors import InputError
from ewcm.settings import Settings
from tests.examples import examples
from tests.made import cell_box, made_data, made_declared, made_grid, made_sites

GRID = made_grid(12, 16)
ROWS = slice(0, 12)
SHAPE = (6, 5)
CASE_ARRAYS = arrays(np.float64, (3, 12, 16), elements=st.floats(0, 1))


def test_mobile_technologies_nest_and_others_do_not():
    assert channel("4G").nests and not channel("FM").nests and not channel("village loudspeaker").nests
    assert SERVICES["any"].nested == ("2G", "3G", "4G", "5G") and SERVICES["any"].separate == ()
    found = services_of(["4G", "FM"])
    assert list(found)[:7] == list(SERVICES)
    assert found["FM"] == Service("FM", ("FM",))
    assert found["any or FM"].nested == SERVICES["any"].nested and found["any or FM"].separate == ("FM",)
    assert found["any or FM"].column == "any_or_FM"
    assert found["any and FM"].channels == found["any or FM"].channels and found["any and FM"].both


@st.composite
def share_pairs(draw, count=2):
    """Shares of several channels, known whole, in part, or not at all."""
    found = []
    for _ in range(count):
        covered = draw(arrays(np.int64, SHAPE, elements=st.integers(0, LEVELS)))
        unknown = draw(arrays(np.int64, SHAPE, elements=st.integers(0, LEVELS)))
        found.append(shares_of(covered, np.minimum(unknown, LEVELS - covered)))
    return found


@examples(1.0)
@given(share_pairs(3))
def test_the_bounds_of_channels_that_do_not_nest(parts):
    """max(s) … 1 − Π(1 − s) … min(1, Σs), whatever is unknown, and covered, uncovered and unknown add up to the whole."""
    levels = [part.covered_level().astype(float) / LEVELS for part in parts]
    found = {case: separate(parts, case) for case in CASES}
    covered = {case: shares.covered_level().astype(float) / LEVELS for case, shares in found.items()}
    np.testing.assert_allclose(covered["low"], np.max(levels, axis=0), atol=1 / LEVELS)
    np.testing.assert_allclose(
        covered["central"], 1 - np.prod([1 - level for level in levels], axis=0), atol=1 / LEVELS
    )
    np.testing.assert_allclose(covered["high"], np.minimum(1, np.sum(levels, axis=0)), atol=1 / LEVELS)
    assert (covered["low"] <= covered["central"]).all() and (covered["central"] <= covered["high"]).all()
    uncovered = [found[case].uncovered_level().astype(int) for case in CASES]
    assert (uncovered[0] >= uncovered[1]).all() and (uncovered[1] >= uncovered[2]).all()
    for shares in found.values():
        total = shares.covered_level().astype(int) + shares.uncovered_level() + shares.unknown_level()
        assert (total == LEVELS).all()


@examples(1.0)
@given(share_pairs(3))
def test_the_union_of_what_nests(parts):
    """The largest share is covered; only the oldest says who has none of them."""
    union = nested(parts, parts[0].unknown_level())
    covered, unknown = union.covered_level().astype(int), union.unknown_level().astype(int)
    assert (covered == np.max([part.covered_level() for part in parts], axis=0)).all()
    assert (unknown == np.minimum(parts[0].unknown_level().astype(int), LEVELS - covered)).all()
    known = nested(parts, None)
    assert (known.covered_level() == covered).all() and not known.unknown_level().any()


@examples(1.0)
@given(share_pairs(3))
def test_what_one_operator_leaves_open_stays_so_where_no_other_covers(parts):
    union = side_by_side(parts)
    covered, unknown = union.covered_level().astype(int), union.unknown_level().astype(int)
    assert (covered == np.max([part.covered_level() for part in parts], axis=0)).all()
    most = np.max([part.unknown_level() for part in parts], axis=0).astype(int)
    assert (unknown == np.minimum(most, LEVELS - covered)).all()


def test_an_unknown_channel_neither_reaches_nor_misses_anybody():
    known, nothing = Shares(np.full(SHAPE, 15_000, np.uint16)), Shares(np.full(SHAPE, 65_535, np.uint16))
    for case in CASES:
        found = separate([known, nothing], case)
        assert (found.covered_level() == 15_000).all() and (found.uncovered_level() == 0).all()


def with_fm(people=None, **more):
    """A country with 2G declared in its west and an FM transmitter as a site in the middle."""
    people = np.ones(GRID.shape) if people is None else people
    sites = made_sites((1.95, 30.066, "FM", "Radio"), (1.92, 30.10, "4G", "Red"))
    declared = (made_declared("2G", "", cell_box(GRID, 0, 0, 12, 6)),)
    return pipeline.run(
        made_data(people, GRID, sites=sites, declared=declared),
        Settings(min_people=1.0, radius_km={"FM": 4.0, "4G": 2.0}, **more),
    )


def test_a_channel_that_does_not_nest_has_figures_of_its_own_and_leaves_the_others_alone():
    with_radio = with_fm()
    without = pipeline.run(
        made_data(
            np.ones(GRID.shape),
            GRID,
            sites=made_sites((1.92, 30.10, "4G", "Red")),
            declared=(made_declared("2G", "", cell_box(GRID, 0, 0, 12, 6)),),
        ),
        Settings(min_people=1.0, radius_km={"4G": 2.0}),
    )
    for service, figures in without.services.items():
        assert with_radio.services[service] == figures
    radio, both = with_radio.services["FM"], with_radio.services["any or FM"]
    assert radio.covered > 0 and radio.model == "radius"
    assert with_radio.services["any"].covered < both.covered
    assert both.uncovered_low <= both.uncovered <= both.uncovered_high
    assert both.covered_low <= both.covered <= both.covered_high
    assert {"uncovered_FM", "uncovered_any_or_FM"} <= set(with_radio.areas.columns)


def test_sites_of_two_kinds_are_drawn_each_for_its_own_services():
    import json
    import re

    from ewcm.report.webmap.map import render

    html = render(with_fm())
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', html, re.DOTALL).group(1))
    sites, services = data["sites"], data["services"]
    assert sites["channels"] == ["4G", "FM"]
    names = [{sites["channels"][number] for number in sites["sets"][kind]} for kind in sites["kinds"]]
    assert sorted(map(sorted, names)) == [["4G"], ["FM"]]
    drawn = {name: sum(bool(set(channels) & here) for here in names) for name, channels in services.items()}
    assert drawn["any"] == drawn["4G"] == drawn["FM"] == 1 and drawn["any or FM"] == 2 and drawn["2G"] == 0
    assert sites["counts"]["any"] == sites["counts"]["FM"] == 1 and sites["counts"]["any or FM"] == 2


@examples(0.3)
@given(
    arrays(np.float64, (3, 12, 16), elements=st.floats(0, 1)),
    arrays(np.float64, (3, 12, 16), elements=st.floats(0, 1)),
    st.integers(0, 99),
)
def test_low_central_and_high_are_in_order_for_all_inputs(mobile, radio, seed):
    random = np.random.default_rng(seed)
    missing = random.random(GRID.shape) < 0.3
    layers = {"2G": np.sort(mobile, axis=0), "FM": np.sort(radio, axis=0)}
    layers["2G"][:, missing] = np.nan
    coverage = Coverage.from_layers(layers, geobox=GRID)
    for service in coverage.services:
        covered = [coverage.shares(service, case, ROWS).covered_level().astype(int) for case in CASES]
        uncovered = [coverage.shares(service, case, ROWS).uncovered_level().astype(int) for case in CASES]
        assert (covered[0] <= covered[1]).all() and (covered[1] <= covered[2]).all()
        assert (uncovered[0] >= uncovered[1]).all() and (uncovered[1] >= uncovered[2]).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full(GRID.shape, 1.5), "1.5"),
        (np.full((3, 4), 0.5), r"\(3, 4\)"),
        (np.stack([np.full(GRID.shape, share) for share in (0.5, 0.4, 0.6)]), "low coverage"),
        (np.full(GRID.shape, np.inf), "inf"),
    ],
)
def test_coverage_that_cannot_be_is_refused_in_one_line(values, words):
    with pytest.raises(InputError, match=words):
        Coverage.from_layers({"4G": values}, geobox=GRID)


def test_cells_that_are_known_in_part_keep_both_shares():
    covered, unknown = np.full(GRID.shape, 0.25), np.full(GRID.shape, 0.5)
    coverage = Coverage.from_layers({"2G": covered}, {"2G": unknown}, geobox=GRID)
    shares = coverage.shares("any", "central", ROWS)
    assert (shares.covered_level() == 15_000).all()
    assert (shares.unknown_level() == 30_000).all() and (shares.uncovered_level() == 15_000).all()
    with pytest.raises(InputError, match="more than 1"):
        Coverage.from_layers({"2G": np.full(GRID.shape, 0.75)}, {"2G": unknown}, geobox=GRID)
