"""Official figures beside the coverage that was found: one outside the range is always said, an unknown one is never 0."""

import csv
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ewcm.analysis.official import compared, official_finding
from ewcm.analysis.reach import ServiceFigures
from ewcm.batch import table
from ewcm.batch.outcome import CountryOutcome, Status
from ewcm.countries import countries
from ewcm.packaged import STARTER
from ewcm.report.numbers import rounded
from ewcm.report.summaries import row_of
from ewcm.report.webmap.map import render
from ewcm.sources.official import Official, OfficialFigure
from ewcm.starter import lent
from tests.report.make_result import made_result
from tests.report.test_webmap import data_of

PEOPLE = 1000.0


def service(covered, unknown=0.0, low=None, high=None):
    """Figures of a service as the analysis of reach gives them, from people covered in each case."""
    low, high = covered if low is None else low, covered if high is None else high
    uncovered = PEOPLE - covered - unknown
    return ServiceFigures(
        model="radius",
        covered=covered,
        covered_share=covered / PEOPLE,
        uncovered=uncovered,
        uncovered_share=uncovered / PEOPLE,
        unknown=unknown,
        unknown_share=unknown / PEOPLE,
        covered_low=low,
        covered_high=high,
        uncovered_low=PEOPLE - high - unknown,
        uncovered_high=PEOPLE - low - unknown,
        unknown_low=unknown,
        unknown_high=unknown,
    )


def official(share, **more):
    return OfficialFigure("2G", share, 2023, "Regulator", **more)


@pytest.fixture(scope="module")
def result():
    return made_result(rows=24, cols=32)


def with_official(result, figures):
    """The result, had its inputs held these official figures."""
    finding = official_finding(figures, result.services, result.inhabitants)
    return replace(result.with_finding(finding), data=replace(result.data, official=figures))


@given(
    shares=st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted),
    known=st.floats(0, 1),
    share=st.floats(0, 1),
    role=st.sampled_from(["check", "target"]),
)
def test_a_figure_is_outside_the_range_only_if_no_case_agrees_with_it(shares, known, share, role):
    low, covered, high = (PEOPLE * known * part for part in shares)
    found = compared(official(share, role=role), service(covered, PEOPLE * (1 - known), low, high), PEOPLE)
    if found.union_share is None:
        assert found.position is None and found.gap_points is None and found.gap_people is None
        return
    most = (high + PEOPLE * (1 - known)) / PEOPLE  # everybody unknown may be covered
    assert found.union_share_low <= found.union_share <= found.union_share_high
    assert (found.position == "below") == (share < low / PEOPLE - 5e-5)
    assert (found.position == "above") == (share > most + 5e-5) or abs(share - most - 5e-5) < 1e-9
    assert (found.gap_points is None) == (role == "target" or 1 - known > 0.01) or abs(1 - known - 0.01) < 1e-9
    if found.gap_points is not None:
        assert found.gap_points == pytest.approx(100 * (covered / PEOPLE - share), abs=1e-9)
        assert found.gap_people == pytest.approx(found.gap_points / 100 * PEOPLE, abs=1e-6)


@pytest.mark.parametrize(
    ("share", "position"), [(0.49995, "within"), (0.4999, "below"), (0.7, "within"), (0.7001, "above")]
)
def test_what_is_reported_to_a_hundredth_is_not_outside_by_a_rounding(share, position):
    assert compared(official(share), service(600, low=500, high=700), PEOPLE).position == position


def test_a_service_nothing_is_known_of_has_nothing_to_compare():
    found = compared(official(0.9), service(0, unknown=PEOPLE), PEOPLE)
    assert (found.union_share, found.position, found.gap_people) == (None, None, None)
    assert compared(official(0.9), service(0), 0.0).union_share is None  # nobody lives there


def test_a_technology_without_a_figure_is_unknown_and_never_0(result):
    found = with_official(result, Official((OfficialFigure("3G", 0.0, None, "Regulator"),)))
    assert found.summary["official"]["2G"] is None and found.summary["official"]["4G"] is None
    assert found.summary["official"]["3G"]["share"] == 0.0 and found.summary["official"]["3G"]["year"] is None
    row = row_of(found.summary)
    assert row["official_2G_share"] is None and row["official_3G_share"] == 0.0
    outcome = CountryOutcome("UGA", "Uganda").with_figures(found.summary, Status.DONE)
    assert "2G unknown" in shown(outcome) and "3G 0.0%" in shown(outcome)


def test_a_figure_that_a_model_was_set_to_has_no_gap_and_is_said_all_the_same(result):
    check = Official((OfficialFigure("2G", 0.1, 2023, "Regulator"),))
    by_role = {
        role: with_official(result, figures) for role, figures in (("check", check), ("target", check.as_target("2G")))
    }
    for role, found in by_role.items():
        stated = found.summary["official"]["2G"]
        assert stated["role"] == role and stated["position"] == "below"
        assert (stated["gap_points"] is None) == (stated["gap_people"] is None) == (role == "target")
        (said,) = [caveat for caveat in found.caveats if caveat.code == "official_below"]
        assert "at least 2G, 10 % of the people (2023), lies below our model range" in said.text
        outcome = CountryOutcome("UGA", "Uganda").with_figures(found.summary, Status.DONE)
        assert f"2G 10.0% (2023, below, {role}, [1])" in shown(outcome)
        assert row_of(found.summary)["official_2G_position"] == "below"


def shown(*outcomes):
    """The table of a batch as a log has it."""
    console = Console(record=True, width=200, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(table(outcomes))
    return console.export_text()


def test_every_country_of_the_pack_has_value_year_source_and_role_in_every_output(result):
    with STARTER.path_of("official_9c1.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["iso3"]: row for row in csv.DictReader(stream)}
    assert sorted(rows) == sorted(country.iso3 for country in countries())
    for iso3, row in rows.items():
        found = with_official(result, lent.official(iso3))
        outcome = CountryOutcome(iso3, "").with_figures(found.summary, Status.DONE)
        columns, printed = row_of(found.summary), shown(outcome)
        assert "[1] ITU, via the UN Global SDG Database, indicator 9.c.1" in printed
        for technology in ("2G", "3G", "4G"):
            stated = found.summary["official"][technology]
            expected = {"share": float(row[technology]) / 100, "year": int(row[f"year_{technology}"]), "role": "check"}
            assert expected.items() <= stated.items() and stated["lent"] is True
            assert stated["source"] == lent.SDG
            assert all(columns[f"official_{technology}_{key}"] == stated[key] for key in (*expected, "source"))
            assert f"{technology} {expected['share']:.1%} ({expected['year']}" in printed and "check" in printed
        if iso3 in ("ATG", "NER", "WSM"):  # the page holds the summary as it is
            assert data_of(render(found))["summary"]["official"] == rounded(found.summary["official"])


@pytest.mark.parametrize(
    ("model", "figures", "code", "said"),
    [
        (
            "radius",
            {"low": 322.1, "high": 322.3},
            "official_above_figure",
            "our figure of 32.2 % (no range known). Sites",
        ),
        ("radius", {"low": 300, "high": 400}, "official_above", "our model range of 30 to 40 %. Sites may be missing"),
        (
            "declared",
            {},
            "official_above_given_figure",
            "our figure of 32.2 % (no range known). The coverage that was given",
        ),
        ("declared", {"unknown": 100.0}, "official_above_given", "our model range of 32.2 to 42.2 %. The coverage"),
    ],
)
def test_the_sentence_of_a_figure_above_fits_the_range_and_the_sources(model, figures, code, said):
    found = replace(service(322.2, **figures), model=model)
    finding = official_finding(Official((official(0.9),)), {"any": found}, PEOPLE)
    caveats = {caveat.code: caveat for caveat in finding.caveats}
    assert set(caveats) == {code} | ({"official_unknown"} if "unknown" in figures else set())
    assert said in caveats[code].text and ("Sites" in caveats[code].text) == (model == "radius")
