"""Service and case choose every number of the page: each is that of the published tables, nothing stays of the choice before."""

import csv
import io
import json
from urllib.parse import quote_plus

import pytest

from ewcm.core.fraction import CASES
from ewcm.report.tables import write_summary, write_tables
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from tests.browser.open_page import open_page, wait_for
from tests.report.make_result import changed

#: Columns of covered and of uncovered people in each case: ``_low`` and ``_high`` name the end of the figure, not the case.
COLUMNS = {"low": ("_low", "_high"), "central": ("", ""), "high": ("_high", "_low")}

#: Everything that the page says now: figures, rows, the docked panel, the readout and the file that it would save.
SAID = """
    const done = arguments[0], byId = (id) => document.getElementById(id);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const values = (selector) => all(selector).map((node) => (node.dataset.value ? Number(node.dataset.value) : null));
    const blobs = [];
    URL.createObjectURL = (blob) => { blobs.push(blob); return "data:,"; };
    HTMLAnchorElement.prototype.click = () => {};
    const said = {};
    byId("to-overview").click();
    Object.assign(said, {
      headline: byId("headline-text").textContent,
      cards: values("#cards .card > .figure"),
      where: values(".card.where li span"),
      steps: values("#cases small"),
      chosen: all("#cases input:checked").map((node) => node.value),
      ledger: values("#tab-overview .plain-table .plain"),
      band: values("#band .band-mark"),
      panel: byId("details").innerText,
      legend: byId("legend").innerText,
    });
    byId("to-areas").click();
    said.areas = all("#tab-areas tbody tr").map((row) => [...row.cells].map((cell) => cell.innerText));
    byId("csv-areas").click();
    byId("to-coldspots").click();
    const first = (cell) => cell.innerText.split("\\n")[0];
    said.coldspots = all("#tab-coldspots tbody tr").map((row) => [first(row.cells[0]), first(row.cells[2])]);
    byId("csv-coldspots").click();
    Promise.all(blobs.map((blob) => blob.text())).then((saved) => done({ ...said, saved }));
"""


@pytest.fixture(scope="module")
def published(result, tmp_path_factory):
    """The page of a country, and its tables as they are read back: summary.json, and rows of areas.csv and coldspots.csv."""
    folder = tmp_path_factory.mktemp("published")
    write_summary(result, folder / "summary.json")
    write_tables(result, folder)
    (folder / "index.html").write_text(render(result), encoding="utf-8")

    def rows(name):
        return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8-sig"), newline="")))

    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return folder / "index.html", summary, rows("areas.csv"), rows("coldspots.csv")


def of_case(row, prefix, case):
    """Covered, uncovered and unknown people of a row; what is empty is not known. They add up to all that is there."""
    ends = COLUMNS[case]
    kinds = ("covered" + prefix, "uncovered" + prefix)
    covered, uncovered = (
        None if row[kind + end] in ("", None) else float(row[kind + end]) for kind, end in zip(kinds, ends, strict=True)
    )
    everybody = sum(float(row[kind] or 0) for kind in (*kinds, "unknown" + prefix))
    return covered, uncovered, everybody - (covered or 0) - (uncovered or 0)


def whole(value):
    return f"{value:,.0f}"


def said_of(browser, path, service, case, more=""):
    hash_ = f"lang=en&s={quote_plus(service)}&case={case}{more}"
    browser.execute_script("location.hash = arguments[0]", hash_)
    wait_for(
        browser, f"return location.hash.includes('&layers=') && location.hash.includes('s={quote_plus(service)}&')"
    )
    return browser.execute_async_script(SAID)


def same(found, wanted):
    """Whether figures are the same; what is not known is not known in both."""
    assert [value is None for value in found] == [value is None for value in wanted]
    assert [value or 0 for value in found] == pytest.approx([value or 0 for value in wanted], abs=0.002)


@pytest.mark.parametrize("case", CASES)
def test_every_number_is_that_of_the_service_and_the_case(browser, published, case):
    path, summary, areas, coldspots = published
    first = [row for row in areas if row["level"] == "1"]
    # An area is chosen all the while: what the panel says of it changes with the rest.
    watched = max(first, key=lambda row: float(row["uncovered_any"]))
    open_page(browser, path)
    seen = set()
    for service, figures in summary["services"].items():
        said = said_of(browser, path, service, case, f"&pick=area%2F1%2F{quote_plus(watched['area_id'])}")
        covered, uncovered, unknown = of_case(figures, "", case)
        same(said["cards"], [summary["people"], uncovered, unknown])
        same(said["ledger"][:3], [covered, uncovered, unknown])
        varies = any(
            figures[kind + "_low"] is not None and round(figures[kind + "_low"]) != round(figures[kind + "_high"])
            for kind in ("covered", "uncovered")
        )
        shown = case if varies else "central"
        assert said["chosen"] == ([case] if varies else [])
        column = "_" + service.replace("+", "plus")
        by_area = {row["area_id"]: of_case(row, column, shown) for row in first}
        if varies and uncovered is not None:
            same(said["steps"], [of_case(figures, "", one)[1] for one in ("high", "central", "low")])
            same(said["band"], [uncovered])
            seen.add(round(uncovered))
            assert (f"headline_case_{case}" in strings()["en"]) == (case != "central")
            if case != "central":
                assert strings()["en"][f"headline_case_{case}"] in said["headline"]
        left = sorted((value for _, value, _ in by_area.values() if value is not None and value >= 1), reverse=True)
        if uncovered is not None and left:
            same(said["where"], left[:3])
        # The table, the file that is saved and the panel.
        names = {row["name"]: row for row in first}
        assert {row[0] for row in said["areas"]} == set(names)
        for name, everybody, outside, _ in said["areas"]:
            figure = by_area[names[name]["area_id"]][1]
            assert everybody == whole(float(names[name]["people"]))
            assert outside == ("unknown" if figure is None else whole(figure))
        saved, saved_spots = (
            list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))) for text in said["saved"]
        )
        words = strings()["en"]
        for row in saved:
            wanted = by_area[row[words["code"]]]
            same(
                [float(row[words[key]]) if row[words[key]] else None for key in ("covered", "unreached", "unknown")],
                wanted,
            )
            assert row[words["switch_short"]] == service and row[words["case"]].split("_")[0] == shown
        _, watched_uncovered, _ = by_area[watched["area_id"]]
        assert ("unknown" if watched_uncovered is None else whole(watched_uncovered)) in said["panel"]
        assert watched["name"] in said["panel"] and (not varies or words[f"case_{case}"] in said["panel"])
        _coldspots_are_those_of(said, saved_spots, summary, coldspots, service, case)
    assert len(seen) > 1


def _coldspots_are_those_of(said, saved, summary, coldspots, service, case):
    """Of the list of the case; high coverage has none, and shows who stays out of reach on the ground of the central one. There
    are none where it is not known who is out of reach."""
    if summary["services"][service]["uncovered"] is None:
        assert said["coldspots"] == [] == saved
        return
    listed = service if service in summary["coldspots"] else "any"
    figures = summary["services"][listed]
    varies = round(figures["uncovered_low"]) != round(figures["uncovered_high"])
    shown = case if varies else "central"
    rows = [
        row
        for row in coldspots
        if row["service"] == listed and row["case"] == ("low_coverage" if shown == "low" else "central")
    ]
    if shown == "high":
        rows = [row for row in rows if float(row["people_low"]) >= 1]
    column = "people_low" if shown == "high" else "people"
    assert said["coldspots"] == [[row["rank"], whole(float(row[column]))] for row in rows][:40]
    assert [float(row[strings()["en"]["people"]]) for row in saved] == pytest.approx(
        [float(row[column]) for row in rows], abs=0.06
    )
    if listed != service:
        assert strings()["en"]["coldspots_of"].split("{")[0] in said["legend"]


def test_a_coldspot_that_is_chosen_is_never_one_of_another_list(browser, published):
    path, _, _, coldspots = published
    spot = next(row for row in coldspots if row["case"] == "central" and row["service"] == "any")
    open_page(browser, path, f"#lang=en&pick=coldspot%2F{quote_plus(spot['coldspot_id'])}")
    panel = "return document.getElementById('details').innerText"
    assert whole(float(spot["people"])) in browser.execute_script(panel)
    for case, wanted in (("high", float(spot["people_low"])), ("low", None)):
        browser.execute_script("document.getElementById(arguments[0]).click()", f"case-{case}")
        text = browser.execute_script(panel)
        if wanted is not None and wanted >= 1:
            assert whole(wanted) in text and strings()["en"]["case_high"] in text
        twin = next(
            (
                row
                for row in coldspots
                if row["case"] == "low_coverage" and row["service"] == "any" and row["lat"] == spot["lat"]
            ),
            None,
        )
        if case == "low":
            assert (whole(float(twin["people"])) if twin else strings()["en"]["ground"]) in text
        assert "central%2B" not in browser.current_url or case != "low"


@pytest.mark.parametrize("view", ["99_95_500", "9_89.9_31", "-3_1_31", "7_1e9_3", "nonsense", "9_0_-150"])
def test_a_view_from_nowhere_ends_in_the_whole_country(browser, published, view):
    path, *_ = published
    open_page(browser, path, f"#at={view}&pick=area%2F7%2Fnobody&case=worst")
    assert not browser.execute_script(
        "return location.hash.includes('pick=') && !document.getElementById('details').hidden"
    )
    coloured = """
        const canvas = document.querySelector(".leaflet-mosaic-pane canvas"), pen = canvas.getContext("2d");
        return pen.getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0);
    """
    assert browser.execute_script(coloured)
    assert "case=" not in browser.current_url


def test_layers_that_an_address_does_not_know_are_left_out_and_the_usual_ones_stand(browser, published):
    """An address of another edition (`#layers=xx`) switched all layers off."""
    path, *_ = published
    shown = "return [...document.querySelectorAll('#legend-body input:checked')].map((node) => node.id.slice(6))"
    open_page(browser, path)
    usual = browser.execute_script(shown)
    assert {"coverage", "unreached", "coldspots"} <= set(usual)
    for words, layers in (("xx", usual), ("xx+areas+__proto__", ["areas"]), ("xx yy", usual), ("", [])):
        browser.execute_script("location.hash = arguments[0]", f"#layers={words}")
        wait_for(browser, f"return [{shown.removeprefix('return ')}].join() === '{','.join(layers)}'", 10)


def test_where_the_list_of_low_coverage_leads_its_figures_say_so(browser, result, tmp_path):
    """The page stands in the central case, the list in that of low coverage: nothing of it is called central."""
    path = tmp_path / "index.html"
    leads = {"any": {"low_coverage_leads": True}}
    path.write_text(render(changed(result, figures={"estimated": leads})), encoding="utf-8")
    open_page(browser, path, "#lang=en&tab=coldspots")
    browser.find_element("css selector", "#tab-coldspots tbody button").click()
    words = strings()["en"]
    said = browser.execute_async_script(SAID)
    assert (
        words["case_low"] in said["panel"].partition(words["people_unreached"])[0]
        and words["coldspots_low"] in said["legend"]
    )
    largest = result.coldspots[(result.coldspots["service"] == "any") & (result.coldspots["case"] == "low_coverage")]
    assert whole(largest["people"].iloc[0]) in said["panel"]
    assert words["coldspots_lead"] in browser.execute_script("return document.getElementById('which-list').textContent")
