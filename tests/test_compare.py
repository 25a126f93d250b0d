"""Two results compared: parts without a rest, brute force, what is no change, and the command from end to end."""

import csv
import json
import re
from copy import copy
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

import ewcm
from ewcm import pipeline
from ewcm.analysis.compare import FIGURES, Levels, became_known
from ewcm.cli import main
from ewcm.comparison import DIFFERENCE, compare_results
from ewcm.core.finding import Caveat, Finding
from ewcm.core.fraction import LEVELS
from ewcm.core.texts import language_of_user, number_text, texts_of
from ewcm.errors import InputError, SettingsError
from ewcm.report import compare as comparison_report
from ewcm.report import publish
from ewcm.settings import Settings
from tests.conftest import ROOT
from tests.examples import examples
from tests.made import made_areas, made_data, made_grid

GEOBOX = made_grid(rows=24, cols=30, step=1 / 20)  # 30.0 to 31.5 E, 0.8 to 2.0 N
AREAS = made_areas((1, "West", shapely.box(30, 0.8, 30.68, 2)), (1, "East", shapely.box(30.68, 0.8, 31.5, 2)))


def _result(seed, *, coverage=True, known=True, boundaries=AREAS, geobox=GEOBOX, **others):
    """A country with random people and random shares, the north unknown unless ``known``."""
    generator = np.random.default_rng(seed)
    people = generator.gamma(0.5, 300, geobox.shape.yx).astype(np.float32)
    covered = generator.uniform(0, 1, geobox.shape.yx).astype(np.float32)
    covered[generator.uniform(size=covered.shape) < 0.3] = 0
    if not known:
        covered[:6] = np.nan
    data = made_data(people, geobox, boundaries=boundaries, given={"2G": covered} if coverage else {}, **others)
    return pipeline.run(data, Settings(min_people=1, coldspot_services=("any",), next_sites=0))


@pytest.fixture(scope="module")
def pair():
    return _result(1, known=False), _result(2)


@pytest.fixture(scope="module")
def compared(pair):
    return ewcm.compare(*pair)


def test_the_parts_add_up_to_the_change_in_every_row(compared):
    table = compared.table
    assert set(table["name"]) == {"Nowhere", "West", "East"} and compared.kind == "change"
    for name in ("uncovered", "covered"):
        parts = table[[f"{name}_by_people", f"{name}_by_coverage", f"{name}_newly_known"]].sum(axis=1)
        change = table[f"{name}_after"] - table[f"{name}_before"]
        assert np.abs(parts - change).max() <= 1e-9 * table["people_before"].max()
    parts = table["unknown_by_people"] + table["unknown_newly_known"]
    assert np.abs(parts - (table["unknown_after"] - table["unknown_before"])).max() < 1e-6
    for column in (name for name in FIGURES if not name.endswith(("low", "high"))):
        areas = table[table["level"] == 1].groupby("service")[column].sum()
        country = table[table["level"] == 0].set_index("service")[column]
        assert np.allclose(areas, country[areas.index], rtol=1e-9, atol=1e-6), column


def test_the_country_is_that_of_each_cell_on_its_own(pair, compared):
    """Cells one by one: the split as it is written in the method."""
    row, (before, after) = compared.row("any"), pair
    by_people = by_coverage = newly = 0.0
    shares = [each.coverage.shares("any", "central", slice(0, 24)) for each in pair]
    for cell in np.ndindex(24, 30):
        p, q = (float(each.data.population.people[cell]) for each in (before, after))
        (n, u), (m, v) = ((float(s.uncovered_level()[cell]), float(s.unknown_level()[cell])) for s in shares)
        known = min(max(m - n, min(u - v, 0)), max(u - v, 0))
        by_people += (q - p) * (n + m) / 2 / LEVELS
        newly += (p + q) / 2 * known / LEVELS
        by_coverage += (p + q) / 2 * (m - n - known) / LEVELS
    assert row["uncovered_by_people"] == pytest.approx(by_people, rel=1e-9)
    assert row["uncovered_by_coverage"] == pytest.approx(by_coverage, rel=1e-9)
    assert row["uncovered_newly_known"] == pytest.approx(newly, rel=1e-9)
    assert row["newly_known"] > 0 and row["newly_unknown"] == 0


def test_the_other_order_changes_the_sign_only_and_the_same_is_nothing(pair, compared):
    turned = ewcm.compare(pair[1], pair[0]).table
    other = {"uncovered_change_low": "uncovered_change_high", "uncovered_change_high": "uncovered_change_low"}
    for name in FIGURES:
        if name.endswith(("_before", "_after")) or name in ("newly_known", "newly_unknown"):
            continue
        assert np.allclose(compared.table[name], -turned[other.get(name, name)], rtol=0, atol=1e-8), name
    assert np.allclose(compared.table["newly_known"], turned["newly_unknown"])
    same = ewcm.compare(pair[0], pair[0])
    assert not same.table[[name for name in FIGURES if not name.endswith(("_before", "_after"))]].to_numpy().any()


_SHARES = st.tuples(st.integers(0, LEVELS), st.integers(0, LEVELS)).filter(lambda two: sum(two) <= LEVELS)


@examples(10)
@given(_SHARES, _SHARES)
def test_what_became_known_is_never_more_than_became_known(one, two):
    before, after = (Levels(*(np.array([x]) for x in (c, LEVELS - c - u, u))) for c, u in (one, two))
    known = became_known(before, after)
    gained = before.unknown - after.unknown
    assert known.covered + known.uncovered + known.unknown == 0 and known.covered + known.uncovered == gained
    for part in (known.covered, known.uncovered):
        assert min(gained, 0) <= part <= max(gained, 0)
    # What is left is change of coverage, of which one gains what the other loses.
    assert (after.covered - before.covered - known.covered) == -(after.uncovered - before.uncovered - known.uncovered)
    turned = became_known(after, before)
    assert turned.uncovered == -known.uncovered and turned.covered == -known.covered


def test_people_alone_and_coverage_alone(pair):
    before = pair[1]
    grown = replace(before.data, population=replace(before.data.population, people=before.data.population.people * 1.5))
    more = compare_results(before, replace(before, data=grown)).row("any")
    assert more["uncovered_by_coverage"] == more["uncovered_newly_known"] == 0
    assert more["uncovered_change"] == pytest.approx(more["uncovered_before"] / 2, rel=1e-6)
    wider = replace(before, coverage=pair[0].coverage)
    other = compare_results(before, wider).row("any")
    assert other["uncovered_by_people"] == 0 and other["newly_unknown"] > 0


def test_a_grid_that_reaches_less_far_is_placed_and_another_is_refused(pair):
    small = made_grid(rows=20, cols=30, step=1 / 20, north=1.9)
    inner = _result(5, geobox=small)
    found = ewcm.compare(pair[1], inner)
    assert "compare_grids" in [each.code for each in found.caveats]
    row = found.row("any")
    parts = row["uncovered_by_people"] + row["uncovered_by_coverage"] + row["uncovered_newly_known"]
    assert parts == pytest.approx(row["uncovered_after"] - row["uncovered_before"], rel=1e-9)
    for name, rows, step in (("of cells", 12, 1 / 10), ("apart", 24, 1 / 20)):
        geobox = made_grid(rows=rows, cols=rows + 3, step=step, west=30.0 if name == "of cells" else 30.013)
        with pytest.raises(InputError, match="on one grid") as error:
            ewcm.compare(pair[1], _result(6, geobox=geobox))
        assert "\n" not in str(error.value)


def test_areas_of_other_ground_are_named_and_not_compared(pair):
    other = made_areas((1, "West", shapely.box(30, 0.8, 30.9, 2)), (1, "North", shapely.box(30.9, 0.8, 31.5, 2)))
    found = ewcm.compare(pair[1], _result(2, boundaries=other))
    assert dict(found.not_comparable) == {"West": "ground", "East": "before", "North": "after"} or (
        # Codes are numbers where none were given: the second area of each is then of other ground.
        dict(found.not_comparable) == {"West": "ground", "East": "ground"}
    )
    assert set(found.table["level"]) == {0}
    assert "West" in next(each.text for each in found.caveats if each.code == "compare_areas")


def test_where_nobody_can_be_known_out_of_reach_nothing_is_made_up(pair):
    nothing = _result(3, coverage=False)
    row = ewcm.compare(nothing, pair[1]).row("any")
    assert row["uncovered_before"] is None and row["uncovered_change"] is None and row["uncovered_by_coverage"] is None
    assert row["uncovered_after"] is not None and row["newly_known"] > 0
    with pytest.raises(InputError, match="nothing is known"):
        ewcm.compare(nothing, nothing)


def test_an_area_of_which_nothing_is_known_has_no_zero_and_is_not_as_many(pair):
    """The west, of which the first result knows nothing, was 0 people out of reach before, and among the areas with as many."""
    after = pair[1]
    east = after.coverage.shares("2G", "central", slice(0, 24)).covered.astype(np.float32) / LEVELS
    east[:, :14] = np.nan
    data = made_data(after.data.population.people, GEOBOX, boundaries=AREAS, given={"2G": east})
    before = pipeline.run(data, Settings(min_people=1, coldspot_services=("any",), next_sites=0))
    comparison = ewcm.compare(before, after)
    west = comparison.table[(comparison.table["name"] == "West") & (comparison.table["service"] == "any")].iloc[0]
    assert np.isnan([west[f"{name}_before"] for name in ("uncovered", "covered")]).all()
    assert west["uncovered_after"] > 0 and west["uncovered_newly_known"] == pytest.approx(west["uncovered_after"])
    counts = comparison_report.area_counts(comparison, "any")
    assert counts == {"areas_fewer": 0, "areas_more": 1, "areas_same": 0, "areas_unknown": 1}
    said = " ".join(comparison_report.compare_lines(comparison))
    assert "1 more, 0 as many. Areas of which that is not known, before or after: 1." in said
    both = ewcm.compare(before, before).table
    nowhere = both[(both["name"] == "West") & (both["service"] == "any")].iloc[0]
    assert nowhere[[name for name in FIGURES if name.startswith(("uncovered", "covered"))]].isna().all()


def test_other_methods_are_no_change(pair):
    one, two = pair
    model = next(iter(two.coverage.chosen.values()))

    class Other:
        name = "radius"

        def __getattr__(self, key):
            return getattr(model, key)

    coverage = copy(two.coverage)
    coverage.chosen = {**two.coverage.chosen, "2G": Other()}
    other = replace(two, coverage=coverage)
    with pytest.raises(InputError, match=r"given, then radius.*--difference"):
        ewcm.compare(one, other)
    shown = ewcm.compare(one, other, difference=True)
    assert shown.kind == DIFFERENCE and set(shown.table["kind"]) == {DIFFERENCE}
    assert {"compare_difference", "compare_methods_shown"} <= {each.code for each in shown.caveats}
    # The same model with another radius is another method too.
    first, second = (replace(other, settings=Settings(radius_km={"2G": radius})) for radius in (10, 12))
    with pytest.raises(InputError, match=r"2G: radius_km 10.* then 12"):
        ewcm.compare(first, second)


def test_sources_of_some_operators_that_were_taken_as_all_are_told(pair):
    alone = Caveat("operators_taken_as_all", "", {"technologies": ["2G"], "operators": ["Red", "Blue"]})
    one = pair[0].with_finding(Finding("note", (), caveats=(alone,)))
    (told,) = (each for each in ewcm.compare(one, pair[1]).caveats if each.code == "compare_operators")
    assert "Red, Blue only, taken as all" in told.text
    assert not [each for each in ewcm.compare(*pair).caveats if each.code == "compare_operators"]


def test_operators_and_services_are_those_that_are_there(pair):
    with pytest.raises(SettingsError, match="is no operator"):
        ewcm.compare(*pair, operators=["Nobody"])
    with pytest.raises(SettingsError, match="known in neither"):
        ewcm.compare(*pair, services=["FM"])
    with pytest.raises(InputError, match="two countries"):
        kenya = replace(pair[1].data, country=ewcm.country("KEN"))
        ewcm.compare(pair[0], replace(pair[1], data=kenya))


def test_the_command_from_published_folders_to_files(pair, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ewcm.report.webmap.map.render", lambda result, basemap: "<!doctype html><title>page</title>")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "es_PE.UTF-8")
    for year, result in zip(("2024", "2026"), pair, strict=True):
        publish.write(result, tmp_path / year / "UGA")
    assert main(["compare", "2024/UGA", "2026/UGA"]) == 0
    said = capsys.readouterr().out
    assert "cualquier red: " in said and "recién conocido" in said
    folder = tmp_path / "comparisons" / "XYZ"
    content = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
    assert (content["before"]["name"], content["after"]["name"], content["kind"]) == ("2024", "2026", "change")
    jsonschema.validate(content, json.loads((ROOT / "docs" / "compare.schema.json").read_text(encoding="utf-8")))
    row = content["services"]["any"]
    with (folder / "compare.csv").open(encoding="utf-8-sig", newline="") as stream:
        country = next(row for row in csv.DictReader(stream) if row["service"] == "any")
    assert float(country["uncovered_change"]) == pytest.approx(row["uncovered_change"], abs=1e-5)
    with rasterio.open(folder / "compare.tif") as raster:
        assert raster.descriptions[:3] == ("uncovered_before_any", "uncovered_after_any", "uncovered_change_any")
        both = raster.read(3, masked=False)
    # The layer leaves out what is unknown on one side, and sums to the change elsewhere.
    assert np.isnan(both[:6]).all() and np.isfinite(both[6:]).all()
    assert main(["compare", "2024/UGA", "2026/UGA", "--language", "fr", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["services"]["any"]["uncovered_change"] == row["uncovered_change"]
    (folder / "mine.txt").write_text("kept")
    assert main(["compare", "2024/UGA", "2026/UGA"]) == 2 and "mine.txt" in capsys.readouterr().err
    assert main(["compare", "2024/UGA", "nowhere"]) == 2


def test_the_language_of_the_user_and_its_numbers():
    assert language_of_user(None, {"LANG": "fr_BF.UTF-8"}) == "fr"
    assert language_of_user(None, {"LANG": "fr_FR", "LC_ALL": "C"}) == "en"
    assert language_of_user(None, {"LANG": "sw_KE"}) == language_of_user(None, {}) == "en"
    assert language_of_user("ar", {"LANG": "fr_FR"}) == "ar"
    assert number_text(-1234567.4, "fr", signed=True) == "−1\u00a0234\u00a0567"
    assert number_text(1234.0, signed=True) == "+1,234" and number_text(None) == "–" and number_text(-0.2) == "0"


def test_every_language_has_every_word():
    texts = texts_of("compare")
    for language, words in texts.items():
        assert set(words) == set(texts["en"]), language
        for key, text in words.items():
            blanks = sorted(re.findall(r"\{\w+\}", texts["en"][key]))
            assert sorted(re.findall(r"\{\w+\}", text)) == blanks, (language, key)
