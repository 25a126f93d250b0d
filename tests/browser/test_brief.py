"""The sheets of areas in a real browser: one page each, with the figures of the tables, also from the country's page."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

import ewcm
from ewcm.pipeline import run
from ewcm.report.chromium import print_pdf
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings, to_json
from ewcm.sources.points import POINT_COLUMNS, Points
from tests.browser.open_page import axe_violations, driven_in, open_page, text_of, wait_for
from tests.made import made_record
from tests.report.make_result import made_result

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    found = tmp_path_factory.mktemp("sheets") / "brief.html"
    codes = result.areas[result.areas["level"] == 1]["area_id"].head(3)
    found.write_text(ewcm.brief(result, list(codes), made="2026-02-03").html("en"), encoding="utf-8")
    return found


def as_shown(browser, number):
    script = "return new Intl.NumberFormat(document.documentElement.lang + '-XY', {maximumFractionDigits: 0})"
    return browser.execute_script(f"{script}.format(arguments[0])", float(number))


@driven_in("ar")
def test_every_area_has_one_page_with_its_own_figures(browser, path, result, language):
    open_page(browser, path, f"#lang={language}")
    words = strings()[language]
    sheets = browser.find_elements(By.CSS_SELECTOR, ".area-sheet")
    areas = result.areas[result.areas["level"] == 1].set_index("area_id")
    assert len(sheets) == 3
    for sheet in sheets:
        row = areas.loc[sheet.get_attribute("data-area").partition("/")[2]]
        assert sheet.find_element(By.TAG_NAME, "h2").text == row["name"]
        figures = [cell.text for cell in sheet.find_elements(By.CSS_SELECTOR, ".sheet-figures tr.strong td")]
        assert figures[:2] == [as_shown(browser, row["covered_any"]), as_shown(browser, row["uncovered_any"])]
        assert browser.execute_script("return arguments[0].scrollHeight <= arguments[0].clientHeight + 1", sheet)
        said = " ".join(sheet.text.split())
        assert words["brief_scale"].partition("{")[0].strip() in said
        assert " ".join(words["brief_no_hazard"].split()) in said
        assert f"population.test ({words['licence_not_stated']})" in sheet.text  # its source
        spots = result.coldspots.query("service == 'any' and case == 'central'")
        mine = spots[spots["area_id"] == row.name].sort_values("rank").head(5)
        shown = [cell.text for cell in sheet.find_elements(By.CSS_SELECTOR, ".sheet-spots tbody td:nth-of-type(2)")]
        assert shown == [as_shown(browser, people) for people in mine["people"]]
        assert len(sheet.find_elements(By.CSS_SELECTOR, ".area-map .round-text")) == len(mine)
    ids = browser.execute_script("return [...document.querySelectorAll('clipPath')].map((node) => node.id)")
    assert len(ids) == len(set(ids)) >= 3
    assert axe_violations(browser) == []
    document = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", document)) == 3


def test_the_legend_of_a_sheet_lists_what_is_drawn_on_it_and_nothing_else(browser, path, result, tmp_path):
    """Each sheet listed every class there is, also where all of an area was of one."""
    words = strings()["en"]
    share = {"share": f"{result.settings.coldspot_fraction:.0%}"}
    signs = {name: words[f"legend_{name}"].format(**share) for name in ("covered", "partly", "unknown", "estimated")}

    def legends(page):
        open_page(browser, page, "#lang=en")
        for sheet in browser.find_elements(By.CSS_SELECTOR, ".area-sheet"):
            listed = [one.text for one in sheet.find_elements(By.CSS_SELECTOR, ".sheet-legend .key li")]
            drawn = len(sheet.find_elements(By.CSS_SELECTOR, ".area-map .round-text"))
            assert (words["layer_coldspots"] in " ".join(listed)) == (drawn > 0)
            ramp = sheet.find_elements(By.CSS_SELECTOR, ".sheet-legend .ramp")
            code = sheet.get_attribute("data-area").partition("/")[2]
            yield code, {name for name, text in signs.items() if text in listed}, len(ramp)

    areas = result.areas.set_index("area_id")
    for code, listed, ramps in legends(path):
        assert {"unknown", "estimated"}.isdisjoint(listed) and ramps == 1
        assert ("covered" in listed) == (areas.loc[code, "covered_any"] > 0)
    nothing = tmp_path / "brief.html"
    nothing.write_text(ewcm.brief(made_result(known=False)).html("en"), encoding="utf-8")
    assert [(listed, ramps) for _, listed, ramps in legends(nothing)] == [({"unknown"}, 0)] * 6


def test_one_area_can_be_chosen_and_the_language_changes(browser, path):
    open_page(browser, path)
    chosen = Select(browser.find_element(By.ID, "area"))
    assert [option.text for option in chosen.options][1:] == sorted(option.text for option in chosen.options[1:])
    chosen.select_by_visible_text("Hill")
    wait_for(
        browser,
        "return document.documentElement.dataset.ready === 'yes' && document.querySelectorAll('.area-sheet').length === 1",
    )
    Select(browser.find_element(By.ID, "language")).select_by_value("ar")
    wait_for(browser, "return document.querySelector('.area-sheet')?.dir === 'rtl'")
    assert text_of(browser, ".area-sheet h2") == "Hill"


@driven_in("ar")
def test_the_country_page_prints_the_sheet_of_the_area_that_is_chosen(browser, result, tmp_path, language):
    page = tmp_path / "index.html"
    page.write_text(render(result), encoding="utf-8")
    code = result.areas[result.areas["level"] == 1]["area_id"].iloc[1]
    open_page(browser, page, f"#lang={language}&case=low&pick=area/1/{code}")
    browser.execute_script("window.print = () => window.dispatchEvent(new Event('beforeprint'))")
    browser.find_element(By.ID, "print-area").click()
    sheet = browser.find_element(By.CSS_SELECTOR, "#area-paper .area-sheet")
    row = result.areas.set_index("area_id").loc[code]
    cells = [cell.text for cell in sheet.find_elements(By.CSS_SELECTOR, ".sheet-figures tr.strong td")]
    assert cells[1] == as_shown(browser, row["uncovered_any_high"])  # of the low-coverage case, as the rest of the page
    assert strings()[language]["headline_case_low"] in sheet.text
    assert browser.execute_script("return arguments[0].scrollHeight <= arguments[0].clientHeight + 1", sheet)
    document = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", document)) == 1
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert (
        not browser.find_elements(By.CSS_SELECTOR, ".area-sheet") and browser.find_element(By.ID, "map").is_displayed()
    )


def test_an_area_whose_people_belong_to_coldspots_of_others_says_so(browser, path, result, tmp_path):
    """Where the coldspots of an area are all told under its neighbours the sheet said that there was nobody to list."""
    start, data, end = re.split(
        r'(?<=id="page-data">)(.*?)(?=</script>)', path.read_text(), maxsplit=1, flags=re.DOTALL
    )
    page = json.loads(data)
    page["coldspots"] |= {"rows": [], "outlines": [], "counts": {}, "outlined": 0}
    found = tmp_path / "brief.html"
    found.write_text(start + to_json(page) + end, encoding="utf-8")
    open_page(browser, found, "#lang=en")
    areas = result.areas[result.areas["level"] == 1].set_index("area_id")
    least = result.settings.min_people
    for sheet in browser.find_elements(By.CSS_SELECTOR, ".area-sheet"):
        left = areas.loc[sheet.get_attribute("data-area").partition("/")[2]]["uncovered_any"]
        assert ("belong to coldspots of other areas" in sheet.text) == (left >= least)
        assert ("no group of at least" in sheet.text) == (left < least)
    assert max(areas["uncovered_any"]) >= least


def test_a_chromium_that_is_installed_prints_it_without_being_driven(chromium, path, tmp_path):
    print_pdf(path, tmp_path / "brief.pdf", pages=3, seconds=120)
    assert (tmp_path / "brief.pdf").stat().st_size > 10_000


@pytest.mark.long
@pytest.mark.real
def test_every_district_of_uganda_has_exactly_one_page(chromium, real_data, tmp_path):
    result = ewcm.run("UGA", inputs=real_data / "UGA")
    briefing = ewcm.brief(result)
    assert len(briefing.areas) > 100
    assert briefing.write(tmp_path / "out", "ar", seconds=1800).no_pdf == ""


@pytest.mark.long
def test_a_country_without_outlines_has_a_sheet_without_a_map(browser, tmp_path):
    result = made_result(known=False, hostile=True)
    page = tmp_path / "brief.html"
    page.write_text(ewcm.brief(result).html("en"), encoding="utf-8")
    open_page(browser, page)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".area-sheet")) == 6
    assert not browser.execute_script("return window.hacked")


def test_a_sheet_names_the_schools_and_clinics_without_a_signal(browser, result, tmp_path):
    """The names of those whom nobody can call stood in points.csv alone."""
    wide = {"point_id": "", "people": np.nan, "cost": np.nan}
    rows = [
        {**wide, "name": f"School <{i}>", "kind": "school", "lat": lat, "lon": lon}
        for i, (lat, lon) in enumerate(
            (lat, lon) for lat in np.arange(1.25, 2, 0.05) for lon in np.arange(30.05, 31, 0.05)
        )
    ]
    points = Points(pd.DataFrame(rows)[list(POINT_COLUMNS)], {}, (made_record("poi"),))
    found = run(replace(result.data, points=points), result.settings)
    table = found.table("points")
    silent = table[table["signal"] == "no"]
    area = silent["area_id"].value_counts().index[0]
    mine = silent[silent["area_id"] == area].sort_values("rank")
    page = tmp_path / "brief.html"
    page.write_text(ewcm.brief(found, [area], made="2026-02-03").html("en"), encoding="utf-8")
    open_page(browser, page, "#lang=en")
    names = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, ".sheet-points tbody th")]
    assert names == mine["name"].head(5).tolist()
    assert f"5 of {len(mine)}" in text_of(browser, ".sheet-points h3")
    here = table[table["area_id"] == area]
    unknown = int((here["signal"] == "unknown").sum())
    assert f"Points of interest here: {len(here)}; of {unknown} it is not known" in text_of(
        browser, ".sheet-points .note"
    )
    sheet = browser.find_element(By.CSS_SELECTOR, ".area-sheet")
    assert browser.execute_script("return arguments[0].scrollHeight <= arguments[0].clientHeight + 1", sheet)
