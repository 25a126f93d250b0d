"""The pages of an alert, a comparison and a plan in a real browser: languages, no request, and what a reader drives by keys."""

import re
from dataclasses import replace

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import ewcm
from ewcm.core.texts import texts_of
from ewcm.countries import LANGUAGES
from ewcm.planning import Request, plan_of
from ewcm.report.plan import write_plan
from tests.browser.open_page import axe_violations, driven_in, open_page, resize, text_of
from tests.made_alerts import cap, info


@pytest.fixture(scope="module")
def alert_page(result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alert")
    headline = "&lt;img src=x onerror=alert(1)>${1+1}{{7*7}}"
    (folder / "alert.xml").write_text(
        cap(info(headline=headline, polygon="1.2,30.1 1.2,30.9 1.9,30.9 1.9,30.1 1.2,30.1"))
    )
    answer = ewcm.alert(folder / "alert.xml", ["UGA"], results={"UGA": result})
    return answer.write(folder / "out") / "index.html"


@pytest.fixture(scope="module")
def compare_page(result, tmp_path_factory):
    people = result.data.population.people
    grown = replace(result.data, population=replace(result.data.population, people=people * 1.2))
    comparison = ewcm.compare(result, replace(result, data=grown), services=["any", "4G+"])
    return comparison.write(tmp_path_factory.mktemp("compare") / "out") / "index.html"


@pytest.fixture(scope="module")
def plan_page(result, tmp_path_factory):
    found = plan_of(result, Request(towers=2, sirens=1))
    return write_plan(result, found, tmp_path_factory.mktemp("plan") / "out") / "plan.html"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_an_alert_speaks_every_language(browser, alert_page, language):
    words = texts_of("alert")[language]
    resize(browser, 390, 800)
    open_page(browser, alert_page, f"#lang={language}")
    assert words["first"] in text_of(browser, "#alerts") and words["together"] in text_of(browser, "#alerts")
    assert len(browser.find_elements(By.CSS_SELECTOR, "ol.steps li")) >= 1
    assert browser.execute_script("return document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert axe_violations(browser) == []


def test_places_of_those_left_stand_with_the_channels_and_not_below_a_loss(browser, result, tmp_path):
    """Below the loss or the choice of sites they would be read as what these leave."""
    (tmp_path / "alert.xml").write_text(cap(info(polygon="1.2,30.1 1.2,30.9 1.9,30.9 1.9,30.1 1.2,30.1")))
    lost = [str(result.data.sites.table["site_id"].iloc[0])]
    (tmp_path / "lost.csv").write_text("site_id\n" + "\n".join(lost))
    asked = {"loss": tmp_path / "lost.csv", "targeting": True}
    answer = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": result}, **asked)
    open_page(browser, answer.write(tmp_path / "out") / "index.html", "#lang=en")
    shown = [each.get_attribute("aria-label") for each in browser.find_elements(By.CSS_SELECTOR, ".table-box")]
    words = texts_of("alert")["en"]
    assert shown[:2] == [words["by_channel"], words["where"]] and shown[-1] == words["targeting"]


def test_people_far_from_the_place_that_names_them_are_not_called_near_it(browser, alert_page, tmp_path):
    """French leaves out the vowel of "de" before another one; places that are near and far read as one sentence."""
    step = '{"code":"left","people":3800,"places":[{"place":"Isangel","distance_km":86},{"place":"Pango","distance_km":null}]}'
    page, changed = re.subn(r'("first_steps":\s*\[)', rf"\1{step},", alert_page.read_text(), count=1)
    assert changed
    (tmp_path / "index.html").write_text(page)
    open_page(browser, tmp_path / "index.html", "#lang=fr")
    first = browser.find_elements(By.CSS_SELECTOR, "ol.steps li")
    assert any(each.text.endswith("d’abord à 86 km d’Isangel et près de Pango.") for each in first)


def test_the_language_of_an_alert_changes_in_place(browser, alert_page):
    open_page(browser, alert_page)
    Select(browser.find_element(By.ID, "language")).select_by_value("fr")
    assert texts_of("alert")["fr"]["first"] in text_of(browser, "#alerts")


@driven_in("fr")
def test_the_page_of_a_comparison_speaks_every_language(browser, compare_page, language):
    words = texts_of("compare")[language]
    resize(browser, 390, 800)
    open_page(browser, compare_page, f"#lang={language}")
    assert words["out_of_reach"] in text_of(browser, "#compare") and words["by_coverage"] in text_of(
        browser, "#compare"
    )
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert axe_violations(browser) == []


def test_people_in_the_headline_of_a_comparison_have_two_figures(browser, compare_page):
    """The table below has every person."""
    open_page(browser, compare_page, "#lang=en")
    people = re.findall(r"\d[\d,]{3,}(?= more| fewer| before| after)", text_of(browser, "#headline"))
    assert len(people) == 3 and all(len(one.replace(",", "").rstrip("0")) <= 2 for one in people)


def test_on_paper_the_map_of_a_comparison_is_whole(browser, compare_page):
    """It was laid out for the screen: the country lay on the right of the sheet, and in part beyond it."""
    open_page(browser, compare_page)
    before = browser.execute_script("return document.getElementById('map').clientWidth")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    middle = """
        const map = document.getElementById('map').getBoundingClientRect();
        const picture = document.querySelector('.leaflet-image-layer').getBoundingClientRect();
        return [(picture.left + picture.right) / 2 - (map.left + map.right) / 2, map.width, picture.width];
    """
    off, width, picture = browser.execute_script(middle)
    assert abs(off) < 3 and picture <= width < before
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script("return document.getElementById('map').clientWidth") == before
    assert abs(browser.execute_script(middle)[0]) < 3


def test_the_border_between_before_and_after_moves_by_keys(browser, compare_page):
    open_page(browser, compare_page)
    slider = browser.find_element(By.ID, "slider")
    clips = "return ['before', 'after'].map((name) => document.querySelector(`.leaflet-${name}-pane`).style.clip)"
    first, said = browser.execute_script(clips), slider.get_attribute("aria-valuetext")
    slider.send_keys(Keys.ARROW_LEFT * 20)
    assert slider.get_attribute("value") == "30"
    moved = browser.execute_script(clips)
    assert moved[0] != first[0] and moved[1] != first[1] and slider.get_attribute("aria-valuetext") != said
    Select(browser.find_element(By.ID, "service")).select_by_value("4G+")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".leaflet-image-layer")) == 2
    words, listed = (
        texts_of("compare")["en"],
        "return [...document.querySelectorAll('#legend li')].map((one) => one.textContent)",
    )
    assert words["state_unknown"] not in browser.execute_script(listed)  # of 4G+ all is known
    assert words["state_uncovered"] in browser.execute_script(listed)
    Select(browser.find_element(By.ID, "view")).select_by_value("moved")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".leaflet-image-layer")) == 1 and not slider.is_displayed()


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_page_of_a_plan_shows_the_sites_where_they_are(browser, plan_page, language):
    words = texts_of("plan")[language]
    resize(browser, 390, 800)
    open_page(browser, plan_page, f"#lang={language}")
    assert words["adds"] in text_of(browser, "#plan") and words["legend_circle"] in text_of(browser, "#legend")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".site-number")) == 3
    assert len(browser.find_elements(By.CSS_SELECTOR, "#plan tbody tr")) == 3
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert axe_violations(browser) == []


def test_sites_all_over_the_country_are_shown_with_the_whole_of_it(browser, plan_page):
    """The map of a plan opened on its sites and cut the edges of the country off."""
    open_page(browser, plan_page)
    script = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
    land, frame = (browser.execute_script(script, one) for one in (".leaflet-land-pane path", "#map"))
    assert frame["left"] <= land["left"] and land["right"] <= frame["right"]
    assert frame["top"] <= land["top"] and land["bottom"] <= frame["bottom"]
