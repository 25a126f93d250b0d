"""Every tool of the page while it is open: no finding of axe, and (as of every page here) no console message and no request."""

import re
from dataclasses import replace

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ewcm.core.finding import Finding, figures_of
from ewcm.core.layer import Layer
from ewcm.core.texts import words_in
from ewcm.countries import LANGUAGES
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from tests.browser.open_page import axe_violations, click, driven_in, open_page, wait_for
from tests.report.make_archipelago import archipelago

#: Some of what a page can show beside its figures.
SOME_LAYERS = "coverage+unknown+unreached+coldspots+next_sites+points+sites+areas+places+hazards%2Fhazard_1"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Islands with insets, next sites, points of interest, a hazard of three return periods, and an estimate."""
    result = archipelago()
    estimate = {"mode": "assumed_shape", "set_to_share": 0.9, "covered_circles": 1234.0, "low_coverage_leads": False}
    result = result.with_finding(Finding("estimated", tuple(figures_of({"estimated": {"any": estimate}}))))
    rows, cols = result.geobox.shape
    flooded = np.stack([np.full((rows, cols), 1.0 if place else 0.4, np.float32) for place in range(3)])
    layer = Layer(
        "hazard_1", "1", result.geobox, flooded, dims={"return_period": (10, 100, 1000)}, edges=(0.01, 0.5)
    )  # fmt: skip
    (own,) = [finding for finding in result.findings if finding.name == "hazards"]
    texts = {language: {"layer.hazard_1": "Flood"} for language in LANGUAGES}
    page = tmp_path_factory.mktemp("every") / "index.html"
    page.write_text(render(result.with_finding(replace(own, layers=(layer,), texts=texts))), encoding="utf-8")
    return page


def menu(browser):
    click(browser.find_element(By.ID, "menu-toggle"))


def measure(browser):
    menu(browser)
    click(browser.find_element(By.ID, "tool-measure"))
    browser.find_element(By.ID, "map").send_keys(Keys.ENTER, Keys.ARROW_RIGHT, Keys.ENTER)


def beside(browser):
    menu(browser)
    click(browser.find_element(By.ID, "tool-beside"))
    choice = Select(browser.find_element(By.ID, "swipe-with"))
    choice.select_by_index(len(choice.options) - 1)


def picture(browser):
    browser.execute_script("HTMLAnchorElement.prototype.click = () => document.body.setAttribute('data-saved', 'yes')")
    menu(browser)
    click(browser.find_element(By.ID, "tool-picture"))
    wait_for(browser, "return document.body.dataset.saved === 'yes'")


def searching(browser):
    browser.find_element(By.ID, "search-box").send_keys("a", Keys.DOWN)
    wait_for(browser, "return document.querySelector('#search-list [aria-selected=true]')")


def in_vain(browser):
    browser.find_element(By.ID, "search-box").send_keys("99, 999")


def chosen(browser):
    browser.find_element(By.ID, "search-box").send_keys("suv", Keys.DOWN, Keys.ENTER)
    wait_for(browser, "return !document.getElementById('details').hidden")


def chosen_area(browser):
    browser.find_element(By.ID, "to-areas").click()
    click(browser.find_element(By.CSS_SELECTOR, "#tab-areas tbody button"))


def slid(browser):
    browser.find_element(By.CSS_SELECTOR, "#legend input[type=range]").send_keys(Keys.HOME)


def answered(browser):
    click(browser.find_element(By.ID, "place-here"))
    click(browser.find_element(By.ID, "answer-place"))


def linked(browser):
    click(browser.find_element(By.ID, "share"))
    wait_for(browser, "return !document.getElementById('strip').hidden")


def credited(browser):
    click(browser.find_element(By.CSS_SELECTOR, "#foot summary"))


#: What is open: the address, and what a reader does there.
TOOLS = {
    "menu": ("", menu),
    "measure": ("", measure),
    "beside": ("", beside),
    "picture": ("", picture),
    "searching": ("", searching),
    "in vain": ("", in_vain),
    "chosen": ("", chosen),
    "area": ("", chosen_area),
    "layers": (f"&layers={SOME_LAYERS}", slid),
    "findings": ("&tab=findings", None),
    "coldspots": ("&tab=coldspots", None),
    "sources": ("&tab=sources", credited),
    "tour": ("&do=tour", None),
    "exercise": ("&do=exercise", answered),
    "mast": ("&do=build/4G/30/-17.7/177", None),
    "trainer's sheet": ("&do=sheet", None),
    "link": ("", linked),
}

#: Which of them are looked at always, and in which language; in the long form each is in each language.
QUICK = {"chosen": "fr", "layers": "ar", "beside": "es", "exercise": "pt", "mast": "en"}


@pytest.mark.parametrize(
    ("tool", "language"),
    [
        pytest.param(tool, language, marks=() if QUICK.get(tool) == language else pytest.mark.long)
        for tool in TOOLS
        for language in LANGUAGES
    ],
)
def test_axe_finds_nothing_while_a_tool_is_open(browser, path, tool, language):
    """After a choice by keys the search box named a suggestion that was no longer there."""
    view, act = TOOLS[tool]
    open_page(browser, path, f"#lang={language}{view}")
    if act:
        act(browser)
    assert axe_violations(browser) == []


@driven_in("en")
def test_further_findings_speak_in_words_and_show_no_names_that_programs_read(browser, path, language):
    """Columns were headed by the documentation of files ("`tower` or `siren`"), figures by their keys ("covered circles")."""
    open_page(browser, path, f"#lang={language}&tab=findings")
    tab = browser.find_element(By.ID, "tab-findings")
    said = [tab.text, *(one.get_attribute("title") for one in tab.find_elements(By.CSS_SELECTOR, "[title]"))]
    assert not [text for text in said if "`" in text]
    keys = re.compile(
        r"\b(null|[a-z]+_[a-z_]+|mode|shift|lattice|tower|siren)\b"
        if language != "en"
        else r"\b(null|[a-z]+_[a-z_]+)\b"
    )
    assert not [keys.findall(text) for text in said if keys.search(text)]
    words, texts = (
        strings()[language],
        {name: words_in(language, name) for name in ("estimated", "next_sites", "points")},
    )
    for text in (
        texts["estimated"]["mode.assumed_shape"], texts["next_sites"]["kind.tower"], texts["points"]["signal.no"], words["no"],
        words["any"] + " · " + texts["estimated"]["figure.estimated.covered_circles"], words["direction_E"],
    ):  # fmt: skip
        assert text in tab.text, text
    shown = {one.get_attribute("data-finding") for one in tab.find_elements(By.TAG_NAME, "section")}
    assert "second_channel" not in shown and {"estimated", "next_sites", "points", "islands"} <= shown
