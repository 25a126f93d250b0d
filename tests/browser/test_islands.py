"""A country of islands in a real browser: the first view, the insets, names in the reader's language, the credits."""

import re

import pytest
from selenium.webdriver.common.by import By

from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from tests.browser.open_page import axe_violations, click, driven_in, open_page, resize, saved_file, text_of, wait_for
from tests.report.make_archipelago import ISLANDS, archipelago, people_of


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("islands") / "index.html"
    found.write_text(render(archipelago()), encoding="utf-8")
    return found


def colours_of(browser, selector):
    """How many pixels of a canvas have each colour."""
    return browser.execute_script(
        """
        const canvas = document.querySelector(arguments[0]), found = {};
        const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        for (const pixel of pixels) found[pixel] = (found[pixel] || 0) + 1;
        return found;
        """,
        selector,
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_remote_island_is_an_inset_that_leads_there(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    (inset,) = browser.find_elements(By.CSS_SELECTOR, "#insets .inset")
    scale = ".leaflet-control-scale-line"
    for words in ("#insets small", scale):  # "63,000 people" and "200 km" stood the wrong way round in Arabic
        direction = f"return getComputedStyle(document.querySelector('{words}')).direction"
        assert browser.execute_script(direction) == ("rtl" if language == "ar" else "ltr")
    assert "Far" in inset.text and (str(int(people_of(ISLANDS[4]))) in inset.text)
    assert inset.rect["y"] + inset.rect["height"] <= 768
    assert len(colours_of(browser, "#insets canvas")) > 2  # land and people are in it
    names = {node.text for node in browser.find_elements(By.CSS_SELECTOR, ".place-name b")}
    assert ("سوفا" if language == "ar" else "Suva") in names
    assert "Far" not in names  # it lies outside of the first view
    click(inset)
    wait_for(
        browser, "return [...document.querySelectorAll('.place-name b')].some((node) => node.textContent === 'Far')"
    )
    assert axe_violations(browser) == []


def test_each_source_is_credited_once_with_its_licence_and_the_notes_say_what_is_not_drawn(browser, path):
    open_page(browser, path, "#lang=fr&tab=sources")
    click(browser.find_element(By.CSS_SELECTOR, "#foot summary"))
    lines = [node.text for node in browser.find_elements(By.CSS_SELECTOR, "#foot li")]
    assert all(lines) and len(set(lines)) == len(lines) > 1
    shown = browser.execute_script("return document.querySelector('#foot ul').getBoundingClientRect().toJSON()")
    assert shown["top"] >= 0 and shown["height"] > 0  # it opened above the window, where nobody saw it
    assert strings()["fr"]["ground_missing"] in text_of(browser, "#tab-sources")


def test_on_a_phone_the_insets_are_within_the_map(browser, path):
    resize(browser, 390, 760)
    open_page(browser, path, "#lang=en")
    inset, around = (browser.find_element(By.CSS_SELECTOR, one).rect for one in ("#insets .inset", "#map"))
    assert inset["y"] >= around["y"] and inset["y"] + inset["height"] <= around["y"] + around["height"]
    assert inset["x"] >= 0 and inset["x"] + inset["width"] <= 390
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    resize(browser, 1366, 768)


def test_next_sites_and_points_are_layers_that_the_legend_explains(browser, path):
    open_page(browser, path, "#lang=en&layers=places")
    drawn_on = {"next_sites": ".leaflet-next-pane canvas", "points": ".leaflet-masts-pane canvas"}
    for layer in drawn_on:
        click(browser.find_element(By.ID, f"layer-{layer}"))
    for pane in drawn_on.values():
        assert len(browser.find_elements(By.CSS_SELECTOR, pane)) == 1
        assert len(colours_of(browser, pane)) > 2
    legend = text_of(browser, "#legend")
    assert "no signal: 1" in legend and "with signal: 1" in legend and "15" in legend
    click(browser.find_element(By.ID, "layer-points"))
    assert [len(browser.find_elements(By.CSS_SELECTOR, pane)) for pane in drawn_on.values()] == [1, 0]


def test_on_paper_each_inset_holds_its_picture(browser, path):
    """The pictures that stand for canvases on paper lay over the corner of the map, and hid the names of the insets."""
    open_page(browser, path, "#lang=en")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    inset, picture, words = (
        browser.find_element(By.CSS_SELECTOR, one).rect for one in (".inset", ".inset .on-paper", ".inset b")
    )
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert inset["x"] <= picture["x"] and picture["x"] + picture["width"] <= inset["x"] + inset["width"]
    assert inset["y"] <= picture["y"] and picture["y"] + picture["height"] <= words["y"] + 1


@driven_in("fr")
def test_a_saved_picture_says_which_people_are_not_in_it(browser, path, tmp_path, language):
    """The islands of the small maps were neither in the picture nor named beside a headline that counts them."""
    open_page(browser, path, f"#lang={language}")
    browser.execute_script(
        "const draw = CanvasRenderingContext2D.prototype.fillText; window.drawn = [];"
        "CanvasRenderingContext2D.prototype.fillText = function (text, ...at) { drawn.push(text); draw.call(this, text, ...at); }"
    )
    click(browser.find_element(By.ID, "menu-toggle"))
    saved_file(browser, tmp_path, lambda: click(browser.find_element(By.ID, "tool-picture")))
    said = browser.execute_script("return drawn.join(' ')")
    # A space that does not break keeps the sign with its word: a line of French began with ":".
    assert strings()[language]["picture_outside"].partition(" {")[0] in said
    assert re.search(rf" {people_of(ISLANDS[4]):.0f}(?!\d)", said)
