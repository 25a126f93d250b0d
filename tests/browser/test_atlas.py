"""The atlas in a real browser: the countries on the map and in the table, in five languages, without a network."""

import csv
import io
from functools import partial

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ewcm import basemap
from ewcm.countries import LANGUAGES, country
from ewcm.report.numbers import rounded
from ewcm.report.webmap.atlas import render_atlas
from ewcm.report.webmap.page import strings
from tests.browser.open_page import axe_violations, click, driven_in, open_page, resize, saved_file, text_of
from tests.report.make_result import made_result

CODES = ("UGA", "FJI", "GTM", "SDN")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    summary = rounded(made_result().summary)
    unknown = rounded(made_result(known=False).summary)
    entries = [
        {
            **(unknown if code == "SDN" else summary),
            "iso3": code,
            "names": country(code).names,
            "starter": code == "FJI",
        }
        for code in CODES
    ]
    # Of one the newer networks alone are known: who has them is covered, of the others it is not known.
    entries[3]["services"] = {**unknown["services"], "any": {**unknown["services"]["any"], "covered_share": 0.42}}
    # In one country nobody to speak of is out of reach of any network: it leads with a newer one.
    entries[2] |= {"headline_service": "4G+", "nearly_all_covered": ["any"]}
    # One is an estimate, and counted with one operator.
    alone = {
        "code": "operators_taken_as_all",
        "text": "",
        "values": {"technologies": ["2G"], "operators": ["<b>Alpha</b>"]},
    }
    entries[1] |= {"estimated": {"any": {"set_to_share": 0.98}}, "caveats": [*entries[1]["caveats"], alone]}
    # Each kind of model: that of one had no words, and there was no row of any country.
    for entry, model in zip(entries, ("given", "estimated", "estimated"), strict=False):
        entry["services"] = {**entry["services"], "any": {**entry["services"]["any"], "model": model}}
    entries[0]["names"] = {**entries[0]["names"], "en": "<img src=x onerror=alert(1)>${1+1}{{7*7}}"}
    found = tmp_path_factory.mktemp("atlas") / "index.html"
    found.write_text(render_atlas(entries, basemap.world()), encoding="utf-8")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_is_in_the_table_and_on_the_map(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    rows = browser.find_elements(By.CSS_SELECTOR, "#countries tbody tr")
    assert sorted(row.get_attribute("data-iso3") for row in rows) == sorted(CODES)
    links = browser.find_elements(By.CSS_SELECTOR, "#countries tbody a, .country-dot")
    assert len(links) == 2 * len(CODES)
    for code in CODES:
        assert (
            sum(link.get_attribute("href").endswith(f"/{code}/index.html#from=atlas&lang={language}") for link in links)
            == 2
        )
    assert country("GTM").names[language] in text_of(browser, "#countries tbody")
    assert strings()[language]["grade_starter"] in text_of(browser, '[data-iso3="FJI"]')
    assert strings()[language]["grade_estimated"] in text_of(browser, '[data-iso3="GTM"] .grade')
    assert strings()[language]["unknown_short"] in text_of(browser, '[data-iso3="SDN"]')
    assert "42" in text_of(browser, '[data-iso3="SDN"] .covered')
    assert text_of(browser, '[data-iso3="SDN"] .unreached') == strings()[language]["unknown_short"]
    # The people of a country whose coverage is unknown are counted apart.
    limits = text_of(browser, "#headline .rest")  # all of it was the headline, which filled the screen of a phone
    assert strings()[language]["headline_rest"].split("{people}")[0] in limits
    assert strings()[language]["atlas_nearly"].split("{countries}")[0] in text_of(browser, "#headline")
    assert "4G" in text_of(browser, '[data-iso3="GTM"] .unreached') and "4G" not in text_of(
        browser, '[data-iso3="FJI"]'
    )
    assert strings()[language]["atlas_estimated"].split("{countries}")[0] in text_of(browser, "#headline")
    rests = text_of(browser, '[data-iso3="FJI"] .unreached')
    assert strings()[language]["headline_estimated_set"].split("{share}")[0] in rests and "<b>Alpha</b>" in rests
    assert strings()[language]["headline_estimated_set"].split("{share}")[0] not in text_of(
        browser, '[data-iso3="UGA"]'
    )
    for dot in browser.find_elements(By.CSS_SELECTOR, ".country-dot"):
        box = dot.rect
        assert 0 < box["x"] < 1366
        assert dot.get_attribute("aria-label")


def test_sort_filter_and_language(browser, path):
    open_page(browser, path)
    browser.find_element(By.ID, "sort-name").send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "th.name").get_attribute("aria-sort") == "ascending"
    browser.find_element(By.ID, "filter").send_keys("fij")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#countries tbody tr")) == 1
    Select(browser.find_element(By.ID, "language")).select_by_value("ar")
    assert browser.execute_script("return document.documentElement.dir") == "rtl"
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0


@driven_in("es")
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser, path, language):
    for width in (683, 1366, 390):
        resize(browser, width, 800)
        open_page(browser, path, f"#lang={language}")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    if language in ("en", "es"):
        resize(browser, 1366, 768)
    assert axe_violations(browser) == []


@driven_in("es")
def test_every_control_by_mouse_and_by_keyboard(browser, path, language, tmp_path):
    open_page(browser, path, f"#lang={language}")
    by_unreached = [
        row.get_attribute("data-iso3") for row in browser.find_elements(By.CSS_SELECTOR, "#countries tbody tr")
    ]
    assert by_unreached[-1] == "SDN"  # nothing is known of it
    for act in (click, lambda node: node.send_keys(Keys.ENTER)):
        act(browser.find_element(By.ID, "sort-people"))
        assert browser.switch_to.active_element.get_attribute("id") == "sort-people"
        assert browser.find_element(By.CSS_SELECTOR, "th.people").get_attribute("aria-sort") in (
            "ascending",
            "descending",
        )
    browser.find_element(By.ID, "filter").send_keys("GTM")
    shown = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#countries tbody a")]
    assert shown == [country("GTM").names[language]]
    for number, act in enumerate((click, lambda node: node.send_keys(Keys.ENTER))):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = saved_file(browser, folder, partial(act, browser.find_element(By.ID, "csv")))
        assert path.suffix == ".csv"
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        assert [row[:2] for row in rows[1:]] == [["GTM", country("GTM").names[language]]]
        assert rows[0][1] == strings()[language]["atlas_country"]
    # A circle is a link, reached by the keyboard too.
    dot = browser.find_element(By.CSS_SELECTOR, ".country-dot")
    browser.execute_script("arguments[0].focus()", dot)
    assert browser.switch_to.active_element == dot


@pytest.mark.parametrize("width", [1366, 390])
def test_no_circle_hides_another_and_countries_are_named(browser, tmp_path, width):
    summary = rounded(made_result().summary)
    codes = ("SDN", "SSD", "ETH", "DJI", "SOM", "UGA", "TZA", "MWI", "MOZ", "MDG", "COM", "FJI", "KIR")
    entries = [
        {**summary, "iso3": code, "names": country(code).names, "official": {"2G": {"share": 0.48, "year": 2022}}}
        for code in codes
    ]
    page = tmp_path / "index.html"
    page.write_text(render_atlas(entries, basemap.world()), encoding="utf-8")
    resize(browser, width, 800)
    open_page(browser, page, "#lang=en")
    dots = [dot.rect for dot in browser.find_elements(By.CSS_SELECTOR, ".country-dot")]
    assert len(dots) == len(codes)
    for number, one in enumerate(dots):
        for other in dots[:number]:
            apart = ((one["x"] - other["x"]) ** 2 + (one["y"] - other["y"]) ** 2) ** 0.5
            assert apart > 0.8 * (one["width"] + other["width"]) / 2
    written = {label.text for label in browser.find_elements(By.CSS_SELECTOR, ".country-name")}
    named = [code for code in codes if code in written or country(code).names["en"] in written]
    assert len(named) == len(codes) if width > 1000 else len(named) > len(codes) / 2
    assert browser.find_elements(By.CSS_SELECTOR, "#sizes .size-circle")  # what a size means
    cell = text_of(browser, '[data-iso3="SDN"] td.official')
    assert "48.0" in cell and "2022" in cell
    resize(browser, 1366, 768)


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_who_are_made_up_for_an_exercise_are_in_no_total(browser, tmp_path, language):
    """The total of the atlas counted them with the real ones."""
    summary = rounded(made_result().summary)
    real = [{**summary, "iso3": code, "names": country(code).names} for code in ("UGA", "FJI")]
    made = {**summary, "iso3": "SDN", "names": country("SDN").names, "exercise": True, "people": 7e9}
    said = strings()[language]["atlas_exercises"].split("{countries}")[0]
    pages = {"real": real, "both": [*real, made], "made": [made]}
    shown = {}
    for name, entries in pages.items():
        page = tmp_path / f"{name}.html"
        page.write_text(render_atlas(entries), encoding="utf-8")
        open_page(browser, page, f"#lang={language}")
        shown[name] = text_of(browser, "#headline")
    assert said not in shown["real"]
    assert shown["both"].startswith(shown["real"]) and said in shown["both"]
    assert shown["made"].startswith(said)
