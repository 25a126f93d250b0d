"""The headline: what is known and what is not, in the reader's words."""

import re

import numpy as np
import pytest
from selenium.webdriver.common.by import By

from ewcm import pipeline
from ewcm.core.finding import Caveat
from ewcm.countries import LANGUAGES
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from ewcm.settings import Settings
from tests.browser.open_page import driven_in, open_page, text_of, wait_for
from tests.made import NOWHERE, cell_box, made_areas, made_data, made_declared, made_grid, made_places, made_sites
from tests.report.make_result import changed

GRID = made_grid(20, 30)
PEOPLE = np.full(GRID.shape, 20_123.0)

#: Inputs by name: population alone, a map of 4G alone, modelled sites.
INPUTS = {
    "population": {},
    "4G": {"declared": (made_declared("4G", "", cell_box(GRID, 0, 0, 20, 11)),)},
    "nearly": {
        "declared": (
            made_declared("2G", "", cell_box(GRID, 0, 0, 20, 30)),
            made_declared("3G", "", cell_box(GRID, 0, 0, 20, 11)),
        )
    },
    "one": {"declared": (made_declared("2G", "", cell_box(GRID, 0, 1, 20, 30)),)},
    "starter": {"sites": made_sites((1.92, 30.12, "2G", "")), "starter": True},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    areas = made_areas((1, "West", cell_box(GRID, 0, 0, 20, 15)), (1, "East", cell_box(GRID, 0, 15, 20, 30)))
    found = {}
    for name, inputs in INPUTS.items():
        people = PEOPLE.copy()
        if name == "one":
            people[:, 0], people[0, 0] = 0.0, 1.0
        result = pipeline.run(made_data(people, GRID, boundaries=areas, **inputs), Settings(radius_km=9.0))
        path = tmp_path_factory.mktemp(name) / "index.html"
        path.write_text(render(result), encoding="utf-8")
        found[name] = path
    return found


def words(language, key, **values):
    """A string with its blanks filled in."""
    return re.sub(r"\{(\w+)\}", lambda blank: values.get(blank[1], blank[0]), strings()[language][key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_headline_says_what_is_not_known(browser, pages, language):
    """With a map of 4G alone it was about people whom no alert can reach, and with people alone about 0 of them."""
    country = NOWHERE.names[language]
    open_page(browser, pages["population"], f"#lang={language}")
    assert text_of(browser, "#headline-text") == words(language, "headline_unknown", country=country)
    assert strings()[language]["unknown_short"] in text_of(browser, ".card.alarm")
    open_page(browser, pages["4G"], f"#lang={language}")
    assert "s=4G%2B&" in browser.current_url
    first = text_of(browser, "#headline-text")
    assert "4G" in first and strings()[language]["no_range"] in first
    browser.execute_script("location.hash = arguments[0]", f"lang={language}&s=any")
    wanted = re.escape(words(language, "headline_untold", country=country)).replace(r"\{covered\}", r".+")
    browser.execute_script("dispatchEvent(new Event('hashchange'))")
    assert re.fullmatch(wanted, text_of(browser, "#headline-text"))
    assert strings()[language]["unknown_short"] in text_of(browser, ".card.alarm")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_headline_of_one_person_is_in_the_singular(browser, pages, language):
    open_page(browser, pages["one"], f"#lang={language}")
    said = words(language, "headline_one", country=NOWHERE.names[language], range=strings()[language]["no_range"])
    shown = re.escape(said).replace(r"\{people\}", r"\S+").replace(r"\{share\}", r".+")
    assert re.match(shown, text_of(browser, "#headline-text"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_headline_leads_with_the_widest_network_that_people_live_without(browser, pages, language):
    open_page(browser, pages["nearly"], f"#lang={language}")
    assert "s=3G%2B&" in browser.current_url
    first = text_of(browser, "#headline-text")
    # Nobody is out of reach of 2G here: of "nearly everyone", all but 0, it cannot be spoken.
    assert "3G" in first and words(language, "headline_all", range=strings()[language]["no_range"]) in first
    browser.execute_script("location.hash = arguments[0]", f"lang={language}&s=any")
    browser.execute_script("dispatchEvent(new Event('hashchange'))")
    limits = [node.text for node in browser.find_elements(By.CSS_SELECTOR, "#headline-text .rest")]
    assert not any(words(language, "headline_all").split("{range}")[0] in text for text in limits)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_headline_of_example_data_says_so_with_two_figures_and_a_range(browser, pages, language):
    open_page(browser, pages["starter"], f"#lang={language}")
    first = text_of(browser, "#headline-text")
    assert first.startswith(words(language, "headline_example", country=NOWHERE.names[language]))
    assert text_of(browser, "#oldest-input") == strings()[language]["oldest_input_unknown"]
    ends = re.escape(words(language, "range")).replace(r"\{low\}", r"(\S+)").replace(r"\{high\}", r"(\S+)")
    low, high = re.search(ends, first).groups()
    assert low != high and strings()[language]["no_range"] not in first
    # 12 million people in all; a share has a digit more, and a per cent sign.
    figures = re.findall(r"[\d.,\u202f\u00a0]*\d", re.sub(r"[\d.,]+[^\w(]*%", "", first))
    assert figures and all(len(re.sub(r"\D", "", figure).strip("0")) <= 2 for figure in figures), figures


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_of_4g_alone_names_4g_where_it_says_that_nobody_is_unknown(browser, pages, language):
    open_page(browser, pages["4G"], f"#lang={language}&tab=overview")
    newer = words(language, "or_newer", technology="4G")
    tile = text_of(browser, ".card.unsure")
    assert words(language, "card_unknown_for", service=newer) in tile
    assert words(language, "nobody_unknown_for", service=newer) in tile
    assert strings()[language]["unknown_any"].split("{people}")[0] in tile and "63" in tile
    # "any" is a code of the program, and no word of any language but English.
    caveat = text_of(browser, '[data-code="uncovered_unknown"]')
    assert strings()[language]["any"] in caveat and "any " not in caveat.replace("any technology", "")


def test_no_coldspots_of_another_service_stand_where_it_is_not_known_who_is_out_of_reach(browser, pages):
    """With a map of 4G alone its coldspots lay over ground of which nothing is known for any network, like an answer."""
    shown = "return document.querySelectorAll('#map .badge').length"
    open_page(browser, pages["4G"], "#lang=en&s=4G%2B&tab=coldspots")
    assert browser.execute_script(shown) > 0
    browser.execute_script("location.hash = '#lang=en&s=any&tab=coldspots&shade=share'")
    wait_for(browser, "return location.hash.includes('s=any')")
    assert browser.execute_script(shown) == 0
    untold = words("en", "untold_for", service=words("en", "any"))
    assert untold in text_of(browser, "#tab-coldspots")
    assert not browser.find_elements(By.CSS_SELECTOR, "[data-layer=shade] .ramp")
    browser.execute_script("location.hash = '#lang=en&s=any&tab=areas'")
    wait_for(browser, "return document.querySelector('#tab-areas tbody button')")
    browser.execute_script("document.querySelector('#tab-areas tbody button').click()")
    assert strings()["en"]["unknown_short"] in text_of(browser, "#details") and "oldspot" not in text_of(
        browser, "#details"
    )


@pytest.fixture(scope="module")
def near_oungoni(tmp_path_factory):
    """A page whose coldspots are named by a place that begins with a vowel, and that doubts the people of 2025."""
    places = made_places(("Oungoni", 1.9, 30.2))
    sites = made_sites((1.92, 30.02, "2G", ""))
    result = pipeline.run(made_data(PEOPLE, GRID, sites=sites, places=places), Settings(radius_km=5.0))
    doubt = Caveat("input_total", "", {"file": "a.tif", "people": 1000, "expected": 9000, "year": 2025})
    path = tmp_path_factory.mktemp("oungoni") / "index.html"
    path.write_text(render(changed(result, caveats=[doubt])), encoding="utf-8")
    return path


@driven_in("fr")
def test_years_are_whole_and_french_elides_and_sets_colons_off(browser, near_oungoni, language):
    open_page(browser, near_oungoni, f"#lang={language}&tab=overview")
    assert "2025" in text_of(browser, '[data-code="input_total"]')
    if language == "fr":
        open_page(browser, near_oungoni, "#lang=fr&tab=coldspots")
        shown = browser.execute_script("return document.body.textContent")
        assert re.search(r"(?:est|sud|ouest|nord|près) d’Oungoni", shown) and "de Oungoni" not in shown
        open_page(browser, near_oungoni, "#lang=fr&tab=sources")
        shown = browser.execute_script("return document.querySelector('#tab-sources').textContent")
        assert "toutes technologies confondues\u00a0: " in shown and "confondues: " not in shown
