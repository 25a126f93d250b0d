"""Unknown stays unknown: from any sources, and in every file that is written."""

import contextlib
import csv
import io
import json
import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.console import Console

import ewcm
from ewcm import pipeline
from ewcm.batch.display import table as batch_table
from ewcm.batch.outcome import CountryOutcome, Status
from ewcm.cli import main
from ewcm.core.channels import SERVICES
from ewcm.core.record import Meta
from ewcm.report.numbers import NO_RANGE, exact_range, rough_range, roughly
from ewcm.report.summaries import row_of
from ewcm.report.webmap.atlas import row_of as row_of_atlas
from ewcm.settings import Settings
from ewcm.sources.coverage_maps import read_declared
from tests.examples import examples
from tests.made import NOWHERE, cell_box, made_areas, made_data, made_grid, made_sites
from tests.reliability.files import AREAS_TOML, cells, collection, country

# --- from any sources ------------------------------------------------------------------------------------------------

SHAPE = (3, 4)
GRID = made_grid(*SHAPE)
PEOPLE = np.arange(1.0, 13.0).reshape(SHAPE)
TECHNOLOGIES = ("2G", "3G", "4G")
NODATA = 255


@dataclass(frozen=True)
class Map:
    """A declared raster: 1 covered, 0 not, 255 nothing is known."""

    technology: str
    operator: str
    values: tuple[int, ...]

    @property
    def grid(self) -> np.ndarray:
        return np.array(self.values).reshape(SHAPE)


maps = st.builds(
    Map,
    st.sampled_from(TECHNOLOGIES),
    st.sampled_from(["", "Red", "Blue"]),
    # The first cell says no, so that no raster is one of bare 1s, whose holes are not covered.
    st.lists(st.sampled_from([0, 1, NODATA]), min_size=11, max_size=11).map(lambda values: (0, *values)),
)
masts = st.tuples(st.integers(0, 11), st.sampled_from(TECHNOLOGIES), st.sampled_from(["Red", "Blue", ""]))
sources = st.tuples(
    st.lists(maps, max_size=4), st.lists(masts, max_size=3), st.sampled_from([(), ("Red",), ("Red", "Green")])
)


def result_of(folder, declared, listed, operators):
    """The result of these maps, masts (each covers its own cell) and stated operators."""
    read = []
    for number, one in enumerate(declared):
        path = folder / f"{number}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", height=SHAPE[0], width=SHAPE[1], count=1, dtype="uint8", crs="EPSG:4326",
            transform=GRID.affine, nodata=NODATA,
        ) as target:  # fmt: skip
            target.write(one.grid.astype(np.uint8), 1)
        read += read_declared(path, one.technology, NOWHERE, operator=one.operator, meta=Meta())
    places = [(*divmod(cell, SHAPE[1]), *rest) for cell, *rest in listed]
    rows = [(2.0 - (row + 0.5) / 120, 30.0 + (col + 0.5) / 120, *rest) for row, col, *rest in places]
    data = made_data(
        PEOPLE,
        GRID,
        declared=tuple(read),
        sites=made_sites(*rows) if rows else None,
        operators=operators,
        boundaries=made_areas((1, "West", cell_box(GRID, 0, 0, 3, 2)), (1, "East", cell_box(GRID, 0, 2, 3, 4))),
    )
    return pipeline.run(data, Settings(radius_km=0.3, min_people=1e9, footprints_limit_mb=0))


def told(service, declared, listed, operators):
    """Which cells are known to be covered and which to be uncovered, from what each source says of each; None where nothing can
    be known to be uncovered, and where nothing is known at all."""
    by_list = {technology for _, technology, _ in listed} - {one.technology for one in declared}
    named = {*operators, *(one.operator for one in declared), *(operator for *_, operator in listed)} - {""}
    covered, sourced = np.zeros(SHAPE, dtype=bool), False
    for one in declared:
        if one.technology in SERVICES[service].channels:
            covered |= one.grid == 1
            sourced = True
    for cell, technology, _ in listed:
        if technology in by_list and technology in SERVICES[service].channels:
            covered.reshape(-1)[cell] = True
            sourced = True
    oldest = SERVICES[service].channels[0]
    own = [one for one in declared if one.technology == oldest]
    of_all = [one.grid for one in own if not one.operator]
    if oldest in by_list:
        listing = {operator for *_, operator in listed}
        says_no = None if "" not in listing and named - listing else np.ones(SHAPE, dtype=bool)
    elif of_all:
        says_no = np.any([grid == 0 for grid in of_all], axis=0)
    elif not own or named - {one.operator for one in own}:
        says_no = None
    else:
        says_no = np.all(
            [np.any([one.grid == 0 for one in own if one.operator == name], axis=0) for name in sorted(named)], axis=0
        )
    return (covered if sourced else None), (None if says_no is None else says_no & ~covered)


@examples(0.8)
@given(sources)
def test_nothing_unknown_is_counted_as_covered_or_uncovered(tmp_path_factory, drawn):
    result = result_of(tmp_path_factory.mktemp("maps"), *drawn)
    west = np.arange(4) < 2
    for service, asked in SERVICES.items():
        covered, uncovered = told(service, *drawn)
        areas = result.areas.set_index("name")
        for name, inside in (("Nowhere", west | True), ("West", west), ("East", ~west)):
            row, people = areas.loc[name], np.where(inside, PEOPLE, 0.0)
            known = sum(people[part].sum() for part in (covered, uncovered) if part is not None)
            expected = {
                "covered": None if covered is None or known == 0 else people[covered].sum(),
                "uncovered": None if uncovered is None or known == 0 else people[uncovered].sum(),
            }
            for part, value in expected.items():
                for end in ("", "_low", "_high"):
                    written = row[f"{part}_{asked.column}{end}"]
                    assert np.isnan(written) if value is None else written == pytest.approx(value), (service, part)
            assert row[f"unknown_{asked.column}"] == pytest.approx(people.sum() - known)
    headline = next((name for name in ("any", "3G+", "4G+") if result.services[name].uncovered is not None), None)
    assert result.headline_service == headline == result.summary["headline_service"]


@examples(0.4)
@given(sources, maps)
def test_one_more_source_never_lowers_covered_and_never_raises_who_is_not(tmp_path_factory, drawn, more):
    declared, listed, operators = drawn
    # A map takes the place of a list of sites; it does not come beside it.
    assume(more.technology not in {technology for _, technology, _ in listed} - {one.technology for one in declared})
    before = result_of(tmp_path_factory.mktemp("before"), declared, listed, operators).areas.fillna(0.0)
    after = result_of(tmp_path_factory.mktemp("after"), [*declared, more], listed, operators).areas.fillna(0.0)
    for asked in SERVICES.values():
        name = asked.column
        assert (after[f"covered_{name}"] >= before[f"covered_{name}"] - 1e-9).all()
        not_covered = [found[f"uncovered_{name}"] + found[f"unknown_{name}"] for found in (before, after)]
        assert (not_covered[1] <= not_covered[0] + 1e-9).all()


def test_one_operators_hole_beside_the_map_of_another_stays_unknown(tmp_path):
    """Red says no where Blue's raster has no data: that was counted as out of reach of both."""
    red, blue = Map("2G", "Red", (0,) * 12), Map("2G", "Blue", (0,) * 6 + (NODATA,) * 6)
    figures = result_of(tmp_path, [red, blue], [], ()).services["any"]
    assert (figures.covered, figures.uncovered, figures.unknown) == (0, PEOPLE[:1].sum() + 11, PEOPLE.sum() - 21)


def test_where_nobody_is_known_of_the_district_table_has_no_zero(tmp_path):
    """The map of Red ends in the middle: nobody in the east is known to be within reach or out of it."""
    table = result_of(tmp_path, [Map("2G", "", (0, 0, NODATA, NODATA) * 3)], [], ()).table("coldspot_areas")
    assert set(table["area_name"]) == {"West", "East"}
    parts = ["uncovered", "in_coldspots", "in_scattered_places", "in_partly_covered_cells"]
    for _, row in table.iterrows():
        people = PEOPLE[:, :2].sum() if row["area_name"] == "West" else PEOPLE[:, 2:].sum()
        if row["area_name"] == "West":
            assert row["uncovered"] == row[parts[1:]].sum() == people and row["unknown"] == 0
        else:
            assert row[parts].isna().all() and row["unknown"] == people


def test_the_best_operator_is_a_lower_bound_where_one_is_not_known(tmp_path):
    """Red's own map has a hole, or Blue has none at all: that was told as the indicator itself."""
    whole, hole = Map("2G", "Red", (1, *([0] * 11))), Map("2G", "Red", (1, *([0] * 10), NODATA))
    for drawn, operators, at_most in (
        (whole, ("Red",), 1),
        (hole, ("Red",), 1 + 12),
        (whole, ("Red", "Blue"), PEOPLE.sum()),
    ):
        best = result_of(tmp_path, [drawn], [], operators).summary["sdg_9c1"]["2G"]
        assert (best["operator"], best["people"]) == ("Red", 1)
        assert best["share_at_most"] == pytest.approx(at_most / PEOPLE.sum())


def test_operators_that_no_source_speaks_for_are_said(tmp_path):
    red = Map("2G", "Red", (0, *([1] * 11)))
    said = {caveat.code: caveat.values for caveat in result_of(tmp_path, [red], [], ()).caveats}
    assert said["operators_taken_as_all"] == {"technologies": ["2G"], "operators": ["Red"]}
    said = {caveat.code: caveat.values for caveat in result_of(tmp_path, [red], [], ("Red", "Blue")).caveats}
    assert said["operators_missing"] == {"technologies": ["2G"], "operators": ["Blue"]}
    assert "operators_taken_as_all" not in said
    said = {caveat.code for caveat in result_of(tmp_path, [red], [], ("Red",)).caveats}
    assert not {"operators_missing", "operators_taken_as_all"} & said


# --- in every file ---------------------------------------------------------------------------------------------------

#: Inputs, the services whose people out of reach they leave unknown (of `any`, `3G+`, `4G+`), that of the headline, and people
#: known to be covered by any technology, of 2400.
INPUTS = {
    "population only": ("", ["any", "3G+", "4G+"], None, None),
    "4G only": ('[[coverage]]\npath = "c.geojson"\ntechnology = "4G"', ["any", "3G+"], "4G+", 600),
    "one operator of two": (
        '[[coverage]]\npath = "c.geojson"\ntechnology = "2G"\noperator = "Red"',
        ["any", "3G+", "4G+"],
        None,
        600,
    ),
}


@pytest.fixture(scope="module", params=INPUTS)
def published(request, tmp_path_factory):
    """What the command line makes and prints of each of the inputs."""
    tables, unknown, headline, covered = INPUTS[request.param]
    place = tmp_path_factory.mktemp("unknown")
    folder = country(place / "UGA", tables=f"{AREAS_TOML}\n{tables}")
    collection(folder / "c.geojson", ("Covered", cells(0, 0, 12, 5)))
    collection(folder / "a.geojson", ("West", cells(0, 0, 12, 8)), ("East", cells(0, 8, 12, 20)))
    if request.param == "one operator of two":
        text = (folder / "inputs.toml").read_text()
        (folder / "inputs.toml").write_text('operators = ["Red", "Blue"]\n' + text)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(["run", "UGA", "--inputs", str(folder), "--output", str(place / "out"), "--progress", "none"]) == 0
    return place / "out", printed.getvalue(), unknown, headline, covered


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_summary_and_tables_have_no_figure_of_what_is_unknown(published):
    out, _, unknown, headline, covered = published
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["headline_service"] == headline
    assert summary["ledger"]["covered"] == covered and summary["ledger"]["uncovered"] is None
    assert summary["ledger"]["unknown"] == 2400 - (covered or 0)
    assert summary["distance"] is None
    layers = gpd.read_file(out / "layers.gpkg", layer="areas")
    sheet = list(openpyxl.load_workbook(out / "tables.xlsx")["Areas"].values)[1:]
    head = next(row for row in openpyxl.load_workbook(out / "tables.xlsx")["Summary"].values if row[0] == "any")
    assert head[2] == covered and head[4] is None
    for service in unknown:
        found, name = summary["services"][service], SERVICES[service].column
        assert [found[key] for key in ("uncovered", "uncovered_share", "uncovered_low", "uncovered_high")] == [None] * 4
        assert found["unknown"] == 2400 - (found["covered"] or 0)
        for column in (f"uncovered_{name}", f"uncovered_{name}_low", f"uncovered_{name}_high"):
            assert {row[column] for row in rows(out / "areas.csv")} == {""}
            assert layers[column].isna().all()
            assert {row[sheet[0].index(column)] for row in sheet[1:]} == {None}
        assert service not in {row["service"] for row in rows(out / "coldspots.csv")}
        assert service not in {row["service"] for row in rows(out / "coldspot_areas.csv")}
        assert service not in summary["coldspots"]
    # The area that nothing is known of has no covered people either.
    east = next(row for row in rows(out / "areas.csv") if row["name"] == "East")
    assert east["covered_any"] == "" and float(east["unknown_any"]) == 1440
    if headline:
        assert summary["services"][headline]["uncovered"] == 1800
        assert {row["service"] for row in rows(out / "coldspots.csv")} == {headline}


def test_the_raster_has_no_people_out_of_reach_where_that_is_unknown(published):
    out, _, _, _, covered = published
    with rasterio.open(out / "reach.tif") as source:
        bands = dict(zip(source.descriptions, source.read(), strict=True))
    assert np.isnan(bands["uncovered_people"]).all()
    if covered is None:
        assert list(bands) == ["people", "uncovered_people"]
    else:
        assert np.nansum(bands["fraction_any"] * bands["people"]) == covered
        assert np.isnan(bands["fraction_any"][:, 5:]).all()


def test_a_published_country_that_is_opened_again_knows_as_little(published):
    out, _, unknown, headline, covered = published
    again = ewcm.open_result(out)
    assert again.headline_service == headline and again.services["any"].covered == covered
    assert [name for name in ("any", "3G+", "4G+") if not again.coverage.tells_uncovered(name)] == unknown
    west = again.reach_in(again.areas[again.areas["name"] == "West"])
    assert west["uncovered_any"].isna().all() and west["unknown_any"][0] == pytest.approx(960 - (covered or 0))


def test_the_commands_the_batch_and_the_atlas_say_unknown(published):
    out, printed, _, headline, covered = published
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    first = next(line for line in printed.splitlines() if line.startswith("Uganda"))
    if headline is None:
        assert "coverage unknown" in first and "out of reach of any mobile alert" not in printed
    else:
        said = f"Uganda: about 1,800 people ({NO_RANGE}) live without 4G+ coverage, 75% of all"
        assert first == f"{said}; coverage unknown, any network: about 1,800"
    assert f"coverage unknown, any network: {2400 - (covered or 0):,}" in printed
    console = Console(record=True, width=160, file=io.StringIO())
    console.print(batch_table([CountryOutcome("UGA").with_figures(summary, Status.DONE)]))
    line = next(row for row in console.export_text().splitlines() if row.startswith("UGA"))
    assert ("1,800 without 4G+" in line and NO_RANGE in line) if headline else "unknown" in line
    table = row_of(summary)
    assert table["uncovered_any"] is None and table["headline_service"] == (headline or "")
    atlas = row_of_atlas(summary)
    assert (atlas["unreached"], atlas["share"], atlas["low"], atlas["high"]) == (None,) * 4
    assert atlas["unknown"] == 2400 - (covered or 0)


def test_the_page_has_no_figure_of_what_is_unknown(published):
    out, _, unknown, headline, _ = published
    html = (out / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', html, re.DOTALL)[1])
    assert data["summary"]["headline_service"] == headline
    for area in data["areas"]:
        for service in unknown:
            assert [uncovered for _, uncovered, _ in area["figures"][service]] == [None] * 3  # in each case


# --- in words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "words"),
    [(14_412_345, "14 million"), (8_449, "8,400"), (1_250_000_000, "1.2 billion"), (999_600, "1.0 million"), (7.4, "7"),
     (843, "840"), (123_456_789, "120 million"), (0.2, "0"), (None, "unknown"), (84_321, "84,000")],
)  # fmt: skip
def test_people_in_words_have_two_significant_figures(people, words):
    assert roughly(people) == words.replace("1.0 million", "1 million")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(8_100_000, 24_000_000, "8.1 to 24 million"), (900_000, 2_000_000, "900,000 to 2 million"), (5.0, 5.2, NO_RANGE),
     (14_010_000, 14_020_000, "14,010,000 to 14,020,000"), (0.0, 0.0, NO_RANGE), (None, None, NO_RANGE), (0.0, 93.0, "0 to 93")],
)  # fmt: skip
def test_a_range_in_words_names_its_size_once_and_none_of_no_width(low, high, words):
    assert rough_range(low, high) == words
    assert (exact_range(low, high) == NO_RANGE) == (words == NO_RANGE)
