"""Tour, exercise, "what if we build here" and the trainer's sheet in a real browser, against the engine's own figures."""

import base64
import json
import re

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ewcm.core.fraction import CASES
from ewcm.course.folder import MAPS, texts
from ewcm.report.course_pages import sheets_page, slides_page, start_page
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings, to_json
from tests.browser.open_page import axe_violations, click, driven_in, open_page, resize, text_of, wait_for
from tests.oracles.circle_people import best_circle, people_out_of_reach
from tests.report.make_result import made_result

pytestmark = pytest.mark.browser


def by(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def press(browser, *keys):
    ActionChains(browser).send_keys(*keys).perform()


def focused(browser):
    return browser.execute_script("return document.activeElement.id")


def is_kept_nowhere(browser):
    return browser.execute_script("return !document.cookie && !localStorage.length && !sessionStorage.length")


@driven_in("fr")
def test_the_tour_has_five_steps_by_keyboard_and_keeps_nothing(browser, path, language):
    words = strings()[language]
    open_page(browser, path, f"#lang={language}&tab=guide")
    by(browser, "#start-tour").send_keys(Keys.ENTER)
    marked = []
    for step in range(1, 6):
        assert focused(browser) == "tour-title" and text_of(browser, "#tour-title") == words[f"tour_{step}_title"]
        assert words[f"tour_{step}"] in text_of(browser, "#tour")
        marked += browser.execute_script("return [...document.querySelectorAll('.tour-target')].map((one) => one.id)")
        if step == 3:
            assert axe_violations(browser) == []
        forth = Keys.ARROW_LEFT if language == "ar" else Keys.ARROW_RIGHT
        press(browser, forth) if step % 2 else press(browser, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    assert marked == ["headline", "switch", "canvas", "tabs", "cards"] and "do=tour" in browser.current_url
    assert text_of(browser, "#tour-title") == words["tour_5_title"]  # there is no sixth
    click(by(browser, "#tour-back"))
    assert text_of(browser, "#tour-title") == words["tour_4_title"]
    press(browser, Keys.ESCAPE)
    assert not by(browser, "#tour").is_displayed() and "do=" not in browser.current_url
    assert not browser.find_elements(By.CSS_SELECTOR, ".tour-target")
    assert is_kept_nowhere(browser)


def test_what_a_reader_began_ends_with_the_focus_where_it_was(browser, path):
    open_page(browser, path, "#lang=en&tab=guide")
    for name in ("exercise", "build", "sheet"):
        by(browser, f"#start-{name}").send_keys(Keys.ENTER)
        assert focused(browser) in ("activity-title", "trainer-title") and f"do={name}" in browser.current_url
        press(browser, Keys.ESCAPE)
        if name == "exercise":  # a slip of the finger takes no answers away
            assert "do=exercise" in browser.current_url
            by(browser, ".activity-close").send_keys(Keys.ENTER)
        assert focused(browser) == f"start-{name}" and "do=" not in browser.current_url


def built(browser):
    """The figures of the mast's table by case and service, and the radii."""
    wait_for(browser, "return document.querySelector('#build-result table')")
    cells = browser.execute_script(
        "return [...document.querySelectorAll('#build-result td[data-value]')]"
        ".map((one) => [one.parentNode.dataset.case, one.dataset.service, Number(one.dataset.value)])"
    )
    return {(case, service): people for case, service, people in cells}


@driven_in("ar")
def test_a_mast_counts_the_people_of_its_circle(browser, path, result, language):
    open_page(browser, path, f"#lang={language}&do=build&at=9_1.5000_30.5000")
    assert strings()[language]["build_hint"] in text_of(browser, "#build-result")
    browser.execute_script("document.getElementById('map').focus()")
    press(browser, Keys.ENTER)  # what lies under the cross
    wait_for(browser, "return /do=build%2F2G%2F30%2F[\\d.]+%2F[\\d.]+/.test(location.hash)")
    lat, lon = map(float, re.search(r"do=build%2F2G%2F30%2F([\d.]+)%2F([\d.]+)", browser.current_url).groups())
    built(browser)
    assert text_of(browser, ".build-warning").startswith(strings()[language]["build_circle"].partition("{")[0])
    assert len(browser.find_elements(By.CSS_SELECTOR, ".leaflet-overlay-pane path")) == 4
    for technology, km in (("2G", 15.0), ("4G", 8.0)):
        Select(by(browser, "#build-technology")).select_by_value(technology)
        found = built(browser)
        asked = {"2G": ["any"], "4G": ["any", "3G+", "4G+"]}[technology]
        assert {service for _, service in found} == set(asked)
        for case, factor in zip(CASES, (0.7, 1.0, 1.3), strict=True):
            for service in asked:
                people = people_out_of_reach(result, lat, lon, km * factor, service, case)
                assert found[case, service] == pytest.approx(people, rel=0.02, abs=1.0), (case, service)
    lower = found["central", "4G+"]
    by(browser, "#build-height").send_keys(Keys.CONTROL, "a")
    by(browser, "#build-height").send_keys("90", Keys.ENTER)
    assert "build%2F4G%2F90" in browser.current_url
    assert built(browser)["central", "4G+"] > lower
    assert axe_violations(browser) == []
    # The address leads to the same mast.
    kept, there = built(browser), browser.current_url
    open_page(browser, path, "#" + there.partition("#")[2])
    assert built(browser) == kept
    # A position that is searched for meanwhile is one for the mast.
    by(browser, "#search-box").send_keys("1.4321, 30.4321", Keys.ENTER)
    wait_for(browser, "return /do=build%2F4G%2F90%2F1.4321%2F30.4321/.test(location.hash)")


def test_what_is_not_known_of_a_mast_is_said(browser, tmp_path):
    found = tmp_path / "index.html"
    found.write_text(render(made_result(known=False)), encoding="utf-8")
    open_page(browser, found, "#lang=en&do=build/4G/30/1.5000/30.5000")
    wait_for(browser, "return document.querySelectorAll('#build-result .note').length > 2")
    said = text_of(browser, "#build-result")
    assert "do not say who is out of reach of any technology" in said and not browser.find_elements(
        By.CSS_SELECTOR, "#build-result table"
    )
    open_page(browser, found, "#lang=en&do=exercise")
    assert "There is no exercise for this service" in text_of(browser, "#activity")
    assert not browser.find_elements(By.CSS_SELECTOR, ".question")


@driven_in("ar")
def test_choices_are_scored_against_the_figures_of_the_page(browser, path, result, language):
    words = strings()[language]
    open_page(browser, path, f"#lang={language}&do=exercise&layers=coverage+coldspots+areas")
    areas = result.areas[result.areas["level"] == 1].sort_values("uncovered_any", ascending=False)
    shown = browser.execute_script("return document.body.innerText")
    assert words["card_where"] not in shown and not browser.find_elements(By.CSS_SELECTOR, ".badge")
    assert axe_violations(browser) == []
    best, second = areas.iloc[0], areas.iloc[1]
    Select(by(browser, "#choose-number")).select_by_visible_text(second["name"])
    click(by(browser, "#answer-number"))
    points = round(100 * second["uncovered_any"] / best["uncovered_any"])
    assert focused(browser) == "why-number" and int(by(browser, "#why-number").get_attribute("data-points")) == points
    assert best["name"] in text_of(browser, "#why-number")
    share = areas["uncovered_any"] / areas["people"]
    Select(by(browser, "#choose-share")).select_by_visible_text(areas["name"][share.idxmax()])
    click(by(browser, "#answer-share"))
    assert by(browser, "#why-share").get_attribute("data-points") == "100"
    # The siren: under the cross, by keyboard. What is read out there gives no answer away.
    browser.execute_script("document.getElementById('map').focus()")
    read = text_of(browser, "#readout")
    assert any(name in read for name in areas["name"]) and words["covered_here"].partition("}")[2].strip() not in read
    press(browser, Keys.ENTER)
    click(by(browser, "#answer-place"))
    wait_for(browser, "return document.getElementById('why-place')")
    assert words["exercise_compares_place"].partition("{")[0].strip() in text_of(browser, "#why-place")
    assert text_of(browser, "#exercise-total")
    assert axe_violations(browser) == []
    click(by(browser, "#exercise-end"))
    assert by(browser, "#headline").is_displayed() and browser.find_elements(By.CSS_SELECTOR, ".badge")
    assert is_kept_nowhere(browser)


def test_the_best_circle_is_the_best_there_is(browser, path, result):
    open_page(browser, path, "#lang=en&do=sheet")
    wait_for(browser, "return document.querySelector('#trainer-place p')")
    said = re.search(r"about ([\d,]+) people", text_of(browser, "#trainer-place"))
    assert int(said[1].replace(",", "")) == pytest.approx(best_circle(result, 1.287, "any", "central"), rel=0.05)


def test_unknown_is_never_a_right_answer(browser, page_text, tmp_path):
    start, data, end = re.split(r'(?<=id="page-data">)(.*?)(?=</script>)', page_text, maxsplit=1, flags=re.DOTALL)
    page = json.loads(data)
    worst = max((area for area in page["areas"] if area["level"] == 1), key=lambda area: area["figures"]["any"][1][1])
    worst["figures"]["any"] = [[0.0, None, worst["people"]]] * 3
    found = tmp_path / "index.html"
    found.write_text(start + to_json(page) + end, encoding="utf-8")
    open_page(browser, found, "#lang=en&do=exercise")
    for question in ("number", "share"):
        Select(by(browser, f"#choose-{question}")).select_by_visible_text(worst["name"])
        click(by(browser, f"#answer-{question}"))
        assert by(browser, f"#why-{question}").get_attribute("data-points") == "0"
        said = text_of(browser, f"#why-{question}")
        assert (
            "Unknown is never a right answer" in said
            and f"Best answer among the areas that are known: \u2068{worst['name']}" not in said
        )
    open_page(browser, found, "#lang=en&do=sheet")
    (never,) = [one.text for one in browser.find_elements(By.CSS_SELECTOR, "#trainer > p") if "Never" in one.text]
    assert worst["name"] in never


@driven_in("ar")
def test_the_trainers_sheet_is_one_page_with_the_answers(browser, path, result, language):
    words = strings()[language]
    resize(browser, 390, 800)
    open_page(browser, path, f"#lang={language}&do=sheet")
    wait_for(browser, "return document.querySelector('#trainer-place p')")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    rows = browser.execute_script(
        "const names = (table) => [...table.rows].map((row) => row.cells[1].textContent);"
        "return [...document.querySelectorAll('#trainer tbody')].map(names)"
    )
    areas = result.areas[result.areas["level"] == 1]
    areas = areas.assign(share=areas["uncovered_any"] / areas["people"])
    for names, column in zip(rows, ("uncovered_any", "share"), strict=True):
        assert names == areas.sort_values(column, ascending=False)["name"].head(len(names)).tolist()
    assert words["trainer_ask_4"] in text_of(browser, "#trainer") and not re.search(
        r"\{\w+\}|NaN|undefined", text_of(browser, "#trainer")
    )
    assert axe_violations(browser) == []
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})["data"]
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(printed))) == 1


@driven_in("ar")
def test_slides_and_sheets_of_the_course(browser, tmp_path, language):
    words = texts()[language]
    pages = {"slides": slides_page(words, language), "sheets": sheets_page(words, language)}
    for kind, text in {**pages, "index": start_page(texts(), MAPS)}.items():
        (tmp_path / f"{kind}.html").write_text(text, encoding="utf-8")
        resize(browser, 390, 800)
        browser.get((tmp_path / f"{kind}.html").as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        assert axe_violations(browser) == []
        if kind == "slides":
            printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
            assert len(re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(printed))) == 16


@driven_in("fr")
def test_what_is_made_up_says_so_on_everything_that_is_printed(browser, page_text, tmp_path, language):
    """The country, the sheet of an area and the trainer's sheet carry the banner on paper."""
    page = tmp_path / "index.html"
    assert page_text.count('"exercise":false') == 1
    page.write_text(page_text.replace('"exercise":false', '"exercise":true'), encoding="utf-8")
    banner = strings()[language]["made_up_banner"]
    shown = """return [...document.querySelectorAll('.starter')].filter((node) => node.offsetHeight > 10
        && getComputedStyle(node).backgroundColor === 'rgb(255, 211, 77)').map((node) => node.textContent)"""
    try:
        for view, printed in (("", None), ("&do=sheet", None), ("", "area")):
            open_page(browser, page, f"#lang={language}{view}")
            if printed:
                browser.execute_script("window.print = () => dispatchEvent(new Event('beforeprint'))")
                click(by(browser, "#to-areas"))
                click(by(browser, "#tab-areas tbody button"))
                click(by(browser, "#print-area"))
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
            assert browser.execute_script(shown) == [banner], (view, printed)
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
