"""Every control of the map, by mouse and by keyboard, in the five languages."""

import csv
import io
import re

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ewcm.countries import LANGUAGES
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from tests.browser.open_page import click, driven_in, open_page, saved_file, text_of, wait_for

pytestmark = pytest.mark.browser

#: How a reader acts on a control: with the mouse, and with the key that the control answers to.
CLICK, PRESS = click, (lambda node: node.send_keys(Keys.ENTER))


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    found = tmp_path_factory.mktemp("controls") / "index.html"
    found.write_text(render(result), encoding="utf-8")
    return found


@pytest.fixture
def browser(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    return browser


def by(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def rows_of(browser, table):
    return [
        [cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")]
        for row in browser.find_elements(By.CSS_SELECTOR, f"#tab-{table} tbody tr")
    ]


def saved_table(browser, folder, table, act):
    """The rows of the CSV file that the button of ``table`` saves."""
    path = saved_file(browser, folder, lambda: act(browser.find_element(By.ID, f"csv-{table}")))
    assert path.name == f"XYZ_{table}_any_central.csv"
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def as_shown(browser, number):
    """A number of people as the page writes it."""
    script = """
        const language = document.documentElement.lang + "-XY";
        return new Intl.NumberFormat(language, {maximumFractionDigits: 0}).format(arguments[0]);
    """
    return browser.execute_script(script, float(number))


@driven_in("fr")
@pytest.mark.parametrize("act", [CLICK, PRESS], ids=["mouse", "keyboard"])
def test_areas_are_sorted_and_saved_as_they_stand(browser, result, language, tmp_path, act):
    words = strings()[language]
    act(by(browser, "#to-areas"))
    shown = [row[0] for row in rows_of(browser, "areas")]
    by_unreached = result.areas[result.areas["level"] == 1].sort_values("uncovered_any", ascending=False)
    assert shown == by_unreached["name"].tolist()
    act(by(browser, "#sort-areas-name"))
    assert by(browser, "#tab-areas th.name").get_attribute("aria-sort") == "ascending"
    assert browser.switch_to.active_element.get_attribute("id") == "sort-areas-name"
    act(browser.switch_to.active_element)
    shown = rows_of(browser, "areas")
    assert [row[0] for row in shown] == sorted((row[0] for row in shown), reverse=True)
    titles, *saved = saved_table(browser, tmp_path, "areas", act)
    assert titles[:3] == [words["area"], words["people"], words["unreached"]]
    for line, row in zip(saved, shown, strict=True):
        assert line[0] == row[0]
        assert [as_shown(browser, value) for value in line[1:3]] == row[1:3]
        figures = result.areas[(result.areas["level"] == 1) & (result.areas["name"] == line[0])].iloc[0]
        for title, column in (("low", "uncovered_any_low"), ("high", "uncovered_any_high"), ("covered", "covered_any")):
            assert float(line[titles.index(words[title])]) == pytest.approx(figures[column], abs=0.06)
    assert text_of(browser, "#live") == words["saved"]


@driven_in("en")
@pytest.mark.parametrize("act", [CLICK, PRESS], ids=["mouse", "keyboard"])
def test_an_area_and_a_coldspot_lead_to_the_map(browser, result, language, tmp_path, act):
    act(by(browser, "#to-areas"))
    by(browser, "#filter-areas").send_keys("HIL")
    assert [row[0] for row in rows_of(browser, "areas")] == ["Hill"]
    act(by(browser, "#tab-areas tbody button"))
    wait_for(browser, "return document.querySelector('#details h3')?.textContent === 'Hill'")
    wait_for(browser, "return location.hash.includes('at=')")
    assert browser.switch_to.active_element.text == "Hill"
    act(by(browser, "#to-coldspots"))
    before = browser.current_url
    act(by(browser, "#tab-coldspots tbody button"))
    wait_for(browser, f"return location.href !== {before!r} && document.querySelector('#tab-coldspots tr.selected')")
    first = result.coldspots.iloc[0]
    assert as_shown(browser, round(first["people"], 1)) in text_of(browser, "#details")
    lat, lon = (float(part) for part in re.search(r"at=[\d.]+_([-\d.]+)_([-\d.]+)", browser.current_url).groups())
    assert abs(lat - first["lat"]) < 0.5 and abs(lon - first["lon"]) < 0.5
    saved = saved_table(browser, tmp_path, "coldspots", act)
    shown = result.coldspots[(result.coldspots["service"] == "any") & (result.coldspots["case"] == "central")]
    assert len(saved) - 1 == len(shown)
    assert float(saved[1][2]) == pytest.approx(first["people"], abs=0.06)
    # The panel closes by its button and, on the map, with Escape; Back opens it again.
    act(by(browser, "#details-close"))
    assert not by(browser, "#details").is_displayed() and "pick=" not in browser.current_url
    browser.back()
    wait_for(browser, "return !document.getElementById('details').hidden && location.hash.includes('pick=coldspot')")
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    badge = browser.find_elements(By.CSS_SELECTOR, ".badge")[0]
    browser.execute_script("arguments[0].focus()", badge)
    act(badge) if act is PRESS else browser.execute_script("arguments[0].click()", badge)
    assert by(browser, "#details").is_displayed()
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert not by(browser, "#details").is_displayed()


@driven_in("fr")
def test_what_is_written_meanwhile_does_not_undo_back(browser, language):
    """Back changes the address before the page is told; a map at rest in between had the last word, and nothing opened."""
    click(by(browser, "#to-coldspots"))
    click(by(browser, "#tab-coldspots tbody button"))
    wait_for(browser, "return !document.getElementById('details').hidden && location.hash.includes('pick=coldspot')")
    chosen = browser.execute_script("return location.hash")
    click(by(browser, "#details-close"))
    assert not by(browser, "#details").is_displayed()
    browser.execute_script("location.hash = arguments[0]; document.getElementById('to-areas').click()", chosen)
    wait_for(browser, "return !document.getElementById('details').hidden && location.hash.includes('pick=coldspot')")


@driven_in("es")
@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_search(browser, language, how):
    box = by(browser, "#search-box")
    assert box.get_attribute("placeholder") == strings()[language]["search"]
    box.send_keys("xqz")
    assert text_of(browser, "#search-list") == strings()[language]["nothing_found"]
    box.send_keys(Keys.ESCAPE, "lAk")
    assert box.get_attribute("aria-expanded") == "true"
    if how == "mouse":
        click(by(browser, "#search-list li"))
    else:
        box.send_keys(Keys.DOWN)
        assert box.get_attribute("aria-activedescendant") == "suggestion-0"
        box.send_keys(Keys.ENTER)
    wait_for(browser, "return document.querySelector('#details h3')?.textContent === 'Lake'")
    assert box.get_attribute("aria-expanded") == "false"


@driven_in("pt")
def test_the_case_is_one_of_three_steps_below_the_band(browser, result, language):
    """By mouse and by arrow keys; the more people are out of reach, the more ground has their colours."""
    words = strings()[language]
    brown = """
        const canvas = document.querySelector(".leaflet-mosaic-pane canvas");
        const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {willReadFrequently: true});
        pen.drawImage(canvas, 0, 0);
        const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
        let found = 0;
        for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] && pixels[i] > pixels[i + 2] + 40) found++;
        return found;
    """
    found = {"central": browser.execute_script(brown)}
    steps = browser.find_elements(By.CSS_SELECTOR, "#cases label span")
    assert [step.text.splitlines()[0] for step in steps] == [words[f"case_{one}"] for one in ("high", "central", "low")]
    click(browser.find_elements(By.CSS_SELECTOR, "#cases label")[2])
    assert "case=low" in browser.current_url and words["headline_case_low"] in text_of(browser, "#headline-text")
    assert text_of(browser, "#case-meaning") == words["case_means_low"]
    found["low"] = browser.execute_script(brown)
    for _ in range(2):
        browser.switch_to.active_element.send_keys(Keys.UP)
    assert browser.switch_to.active_element.get_attribute("id") == "case-high"
    assert "case=high" in browser.current_url
    found["high"] = browser.execute_script(brown)
    assert found["low"] > found["central"] > found["high"] > 0
    low, high = (round(result.summary["services"]["any"][f"uncovered_{end}"]) for end in ("low", "high"))
    label = by(browser, "#band").get_attribute("aria-label")
    assert all(as_shown(browser, figure) in label for figure in (low, high))


@driven_in("fr")
def test_shading_and_legend(browser, language):
    by(browser, "#shade").send_keys(Keys.DOWN)
    assert "shade=share" in browser.current_url
    assert by(browser, '[data-layer="shade"] .ramp').is_displayed()
    Select(by(browser, "#shade")).select_by_value("number")
    assert "shade=number" in browser.current_url
    for act in (CLICK, PRESS):
        assert by(browser, "#legend-body").is_displayed()
        act(by(browser, "#legend-toggle"))
        assert by(browser, "#legend-toggle").get_attribute("aria-expanded") == "false"
        assert not by(browser, "#legend-body").is_displayed()
        act(browser.switch_to.active_element)


@driven_in("es")
def test_the_map_moves_and_zooms(browser, language):
    zoom = "Number(/at=([\\d.]+)_/.exec(location.hash)[1])"
    for act in (CLICK, PRESS):
        act(by(browser, "#zoom-home"))
        wait_for(browser, "return location.hash.includes('at=')")
        home = browser.execute_script(f"return {zoom}")
        act(by(browser, "#zoom-in"))
        wait_for(browser, f"return {zoom} > {home} && !document.querySelector('.leaflet-zoom-anim')")
        act(by(browser, "#zoom-out"))
        wait_for(browser, f"return {zoom} === {home} && !document.querySelector('.leaflet-zoom-anim')")
    browser.execute_script("document.getElementById('map').focus()")
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_UP, "+"):
        before = browser.current_url
        ActionChains(browser).send_keys(key).perform()
        wait_for(browser, f"return location.href !== {before!r}")
    right = browser.execute_script("return document.querySelector('.map-tools').getBoundingClientRect().left > 700")
    assert right == (language == "ar")


@driven_in("en")
def test_language_print_and_share(browser, path, language):
    other = LANGUAGES[(LANGUAGES.index(language) + 1) % len(LANGUAGES)]
    for act in (CLICK, PRESS):
        browser.execute_script("window.printed = 0; window.print = () => window.printed++")
        act(by(browser, "#print"))
        assert browser.execute_script("return window.printed") == 1
        act(by(browser, "#share"))
        said = [strings()[language][key] for key in ("copied", "copy_by_hand")]
        live = "document.getElementById('live').textContent"
        # The code is copied a moment after the click; until then what was said of the copy before still stands.
        code = "document.getElementById('view-code').textContent"
        wait_for(browser, f"return {said!r}.some((words) => {live}.startsWith(words)) && {live}.includes({code})")
        assert text_of(browser, "#view-code") in text_of(browser, "#live")
    click(by(browser, "#layer-people"))
    click(by(browser, "#technologies label:nth-child(3)"))
    click(by(browser, "#zoom-in"))
    wait_for(browser, "return location.hash.includes('at=') && !document.querySelector('.leaflet-zoom-anim')")
    shared = browser.current_url
    open_page(browser, path, "#" + shared.partition("#")[2])
    assert browser.current_url == shared
    assert by(browser, "#layer-people").is_selected()
    assert by(browser, "#technology-3G").is_selected()
    by(browser, "#language").send_keys(strings()[other]["own_name"][:2])
    assert browser.execute_script("return document.documentElement.lang") == other
    assert text_of(browser, "#print") == strings()[other]["print"]
    Select(by(browser, "#language")).select_by_value(language)
    assert text_of(browser, "#print") == strings()[language]["print"]
