"""The tools of the map in a real browser: two maps side by side, a page from a file, distances, the picture, view codes."""

import base64
import io
import json
import re
import time
from dataclasses import replace
from urllib.parse import parse_qs, quote

import numpy as np
import pyproj
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ewcm import pipeline
from ewcm.report.publish import OUTPUTS
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from ewcm.settings import Settings
from tests.browser.open_page import axe_violations, begin, click, driven_in, open_page, saved_file, text_of, wait_for
from tests.made import made_data, made_grid
from tests.report.make_result import made_result

pytestmark = pytest.mark.browser


def as_shown(browser, number, sign="auto"):
    options = "{maximumFractionDigits: 0, signDisplay: arguments[1]}"
    script = f"return new Intl.NumberFormat(document.documentElement.lang + '-XY', {options}).format(arguments[0])"
    return browser.execute_script(script, float(round(number)), sign)


@driven_in("ar")
def test_two_cases_stand_side_by_side_with_the_difference_between_them(browser, path, result, language):
    open_page(browser, path, f"#lang={language}")
    shown = browser.execute_script("return location.hash")
    click(browser.find_element(By.ID, "menu-toggle"))
    assert browser.switch_to.active_element.get_attribute("id") == "tool-measure"
    ActionChains(browser).send_keys(Keys.TAB, Keys.ENTER).perform()
    figures = result.services["any"]
    assert browser.switch_to.active_element.get_attribute("id") == "swipe"
    change = as_shown(browser, figures.uncovered_high - figures.uncovered, "exceptZero")
    assert change in text_of(browser, "#swipe-difference")
    assert as_shown(browser, figures.uncovered) in text_of(browser, "#strip")
    Select(browser.find_element(By.ID, "swipe-with")).select_by_value("own/4G+/high")
    other = result.services["4G+"]
    wait_for(browser, "return document.activeElement.id === 'swipe-with'")
    assert as_shown(browser, other.uncovered_low - figures.uncovered, "exceptZero") in text_of(
        browser, "#swipe-difference"
    )
    # The bar moves by keys, and cuts both maps where it stands.
    bar = browser.find_element(By.ID, "swipe")
    bar.send_keys(Keys.HOME)
    clip = "document.querySelector('.leaflet-' + pane + '-pane').style.clip"
    script = f"return ['mosaic', 'beside'].map((pane) => {clip}.match(/-?[\\d.]+/g).map(Number))"
    left, right = browser.execute_script(script)
    assert left[1] - left[3] == 0 and right[1] - right[3] > 100 and bar.get_attribute("aria-valuetext")
    assert axe_violations(browser) == []
    # The page's own switch changes the left side, and closing brings back what was there.
    click(browser.find_element(By.CSS_SELECTOR, "label:has(#technology-3G)"))
    assert as_shown(browser, result.services["3G+"].uncovered) in text_of(browser, "#strip") or as_shown(
        browser, result.services["3G"].uncovered
    ) in text_of(browser, "#strip")
    click(browser.find_element(By.CSS_SELECTOR, "label:has(#technology-any)"))
    click(browser.find_element(By.ID, "swipe-end"))
    assert not browser.find_element(By.ID, "strip").is_displayed()
    layers = parse_qs(shown[1:])["layers"]
    assert parse_qs(browser.execute_script("return location.hash")[1:])["layers"] == layers
    assert browser.execute_script("return document.querySelector('.leaflet-mosaic-pane').style.clip") == ""


def pick(browser, file):
    browser.find_element(By.ID, "other-file").send_keys(str(file))


@driven_in("ar")
def test_another_page_of_the_country_is_picked_from_a_folder(browser, path, result, tmp_path, language):
    people = result.data.population.people
    grown = replace(result.data, population=replace(result.data.population, people=people * np.float32(1.5)))
    from ewcm import pipeline

    later = pipeline.run(grown, result.settings)
    other = tmp_path / "later.html"
    other.write_text(render(later), encoding="utf-8")
    open_page(browser, path, f"#lang={language}")
    begin(browser, "beside")
    pick(browser, other)
    wait_for(browser, "return document.getElementById('swipe-with').value.startsWith('other/')")
    change = later.services["any"].uncovered - result.services["any"].uncovered
    assert as_shown(browser, change, "exceptZero") in text_of(browser, "#swipe-difference")
    notes = text_of(browser, "#swipe-notes")
    assert (
        as_shown(browser, later.inhabitants) in notes
        and as_shown(browser, result.inhabitants) in notes
        and "later.html" in notes
    )
    pen = "document.querySelector('.leaflet-beside-pane canvas').getContext('2d')"
    wait_for(browser, f"return {pen}.getImageData(0, 0, 2000, 2000).data.some((value) => value)")


def hostile_pages(text):
    """Pages that nobody should trust: no page, other countries, damaged and deceitful data, with what is said of each."""
    mark, end = 'id="page-data">', "</script>"
    start = text.index(mark) + len(mark)
    data = json.loads(text[start : text.index(end, start)])

    def page(**changes):
        return text[:start] + json.dumps({**data, **changes}).replace("<", "\\u003c") + text[text.index(end, start) :]

    pictures = data["pictures"]
    bomb = base64.b64decode(pictures["people"].partition(",")[2])
    bomb = bomb[:16] + (60_000).to_bytes(4, "big") + (60_000).to_bytes(4, "big") + bomb[24:]
    bomb_address = "data:image/png;base64," + base64.b64encode(bomb).decode()
    yield "empty.html", "", "other_no_page"
    yield "script.html", "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>", "other_no_page"
    yield "cut.html", text[: start + 5000], "other_no_page"
    yield "country.html", page(summary={**data["summary"], "iso3": "FJI"}), "other_country"
    yield "figures.html", page(figures={"any": [["<b>1</b>", 1, 1]] * 3}), "other_no_page"
    yield "address.html", page(pictures={**pictures, "people": "https://example.org/x.png"}), "other_no_page"
    yield "svg.html", page(pictures={**pictures, "people": "data:image/svg+xml;base64,PHN2Zz4="}), "other_no_page"
    yield "bomb.html", page(pictures={**pictures, "people": bomb_address}), "other_no_page"
    yield "parts.html", page(pictures={**pictures, "parts": [[0, 0, 1e9, 1e9, 0, 0, 1, 1]]}), "other_no_page"
    yield "version.html", page(pictures={**pictures, "standings": [[1, 1, 1]]}), "other_version"
    yield "proto.html", page(services={"__proto__": ["2G"]}, figures={"__proto__": 1}), "other_no_page"


def test_a_file_that_is_no_page_of_this_country_is_refused_in_one_sentence(browser, path, page_text, tmp_path):
    open_page(browser, path, "#lang=en")
    begin(browser, "beside")
    before = text_of(browser, "#swipe-difference")
    for name, content, key in hostile_pages(page_text):
        (tmp_path / name).write_text(content, encoding="utf-8")
        browser.execute_script("document.querySelector('.refused')?.remove()")
        pick(browser, tmp_path / name)
        wait_for(browser, "return document.querySelector('.refused')")
        words = strings()["en"][key].partition("{")[0].strip()
        assert text_of(browser, ".refused").startswith(words), name
        assert text_of(browser, "#swipe-difference") == before
    assert not browser.execute_script("return window.hacked")


@driven_in("pt")
def test_a_distance_is_measured_by_mouse_and_by_keys(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    words = strings()[language]
    begin(browser, "measure")
    assert text_of(browser, "#measured") == words["measure_first"]
    assert browser.switch_to.active_element.get_attribute("id") == "map"
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert text_of(browser, "#measured") == words["measure_second"]
    first = browser.execute_script("return location.hash")
    ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
    wait_for(browser, f"return location.hash !== {first!r}")
    time.sleep(0.4)  # the map comes to rest
    second = browser.execute_script("return location.hash")
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    places = [
        [float(part) for part in parse_qs(text[1:])["at"][0].split("_")[1:]]
        for text in (first, second)
        if "at=" in text
    ]
    said = text_of(browser, "#measured")
    assert words["measure_distance"] in said
    if len(places) == 2:
        metres = pyproj.Geod(ellps="WGS84").inv(places[0][1], places[0][0], places[1][1], places[1][0])[2]
        assert as_shown(browser, metres / 1000)[:2] in said
    assert "pick=" not in browser.current_url  # nothing was chosen meanwhile
    click(browser.find_element(By.ID, "measure-back"))
    assert text_of(browser, "#measured") == words["measure_second"]
    browser.find_element(By.ID, "map").send_keys(Keys.ESCAPE)
    assert not browser.find_element(By.ID, "strip").is_displayed()


def test_distances_are_those_of_the_ellipsoid(browser, path, tmp_path):
    """The function itself, against pyproj: short and long, over the equator, over 180 degrees, near the poles."""
    from ewcm.report.webmap.page import template

    pairs = [
        (0, 0, 0, 1),
        (2.77, 32.3, 2.78, 32.31),
        (60, 20, -35, 140),
        (-17, 177, -18, 182),
        (85, 0, 85, 179),
        (1, 30, 1, 30),
        (0, 0, 0, 90),
    ]
    open_page(browser, path)
    script = (
        template("geodesic.js")
        + "; return arguments[0].map(([a, b, c, d]) => geodesicMetres({lat: a, lng: b}, {lat: c, lng: d}));"
    )
    found = browser.execute_script(script, pairs)
    for (lat, lon, lat2, lon2), metres in zip(pairs, found, strict=True):
        assert metres == pytest.approx(pyproj.Geod(ellps="WGS84").inv(lon, lat, lon2, lat2)[2], abs=1e-3)


@driven_in("ar")
def test_the_picture_is_saved_at_its_size_and_the_map_stays_as_it_was(browser, path, result, tmp_path, language):
    open_page(browser, path, f"#lang={language}&case=low")
    before = browser.execute_script("return location.hash")
    saved = saved_file(browser, tmp_path, lambda: begin(browser, "picture"))
    assert saved.name == "XYZ_any_low_coverage.png"
    image = np.asarray(Image.open(io.BytesIO(saved.read_bytes())).convert("RGB"))
    assert image.shape == (1080, 1920, 3)
    colours = {tuple(int(part) for part in colour) for colour in np.unique(image.reshape(-1, 3), axis=0)}
    assert {(0xC0, 0xDC, 0xF5), (0x3D, 0x12, 0x60)} <= colours  # covered ground, and a coldspot
    title = image[20:160] if language != "ar" else image[20:160, 960:]
    assert (title.min(axis=2) < 80).sum() > 500
    assert browser.execute_script("return location.hash") == before
    assert browser.execute_script("return document.querySelector('.picturing')") is None
    assert text_of(browser, "#live") == strings()[language]["picture_saved"]


@driven_in("pt")
def test_the_picture_of_two_maps_holds_both(browser, path, result, tmp_path, language):
    """To save a picture ended the comparison."""
    open_page(browser, path, f"#lang={language}")
    starter = tmp_path / "starter.html"
    starter.write_text(
        render(replace(made_result(starter=True), data=replace(result.data, starter=True))), encoding="utf-8"
    )
    begin(browser, "beside")
    pick(browser, starter)
    mark = strings()[language]["starter_short"]
    wait_for(browser, f"return document.getElementById('swipe-notes').textContent.includes({json.dumps(mark)})")
    folder = tmp_path / "saved"
    folder.mkdir()
    saved = saved_file(browser, folder, lambda: begin(browser, "picture"))
    assert browser.find_element(By.ID, "swipe-difference").is_displayed()
    image = np.asarray(Image.open(io.BytesIO(saved.read_bytes())).convert("RGB"))
    assert (image[:30, :200] == (0xFF, 0xD3, 0x4D)).all(axis=2).mean() > 0.5  # the mark of the data on the right
    bar = (image[200:940] == (0x11, 0x11, 0x11)).all(axis=2).sum(axis=0)
    assert bar.max() > 600  # the line between the two maps


@driven_in("fr")
def test_the_legend_tells_the_colours_of_both_maps(browser, tmp_path, language):
    """It told those of the left one only: where everybody is covered there, the brown of the right one was not explained."""
    shape = (30, 40)
    data = made_data(np.full(shape, 50.0), made_grid(*shape), given={"2G": np.ones(shape), "4G": np.zeros(shape)})
    page = tmp_path / "index.html"
    page.write_text(render(pipeline.run(data, Settings())), encoding="utf-8")
    open_page(browser, page, f"#lang={language}&s=any")
    ramp = "return document.querySelector('[data-layer=unreached] .ramp') !== null"
    assert not browser.execute_script(ramp)
    begin(browser, "beside")
    Select(browser.find_element(By.ID, "swipe-with")).select_by_value("own/4G+/central")
    wait_for(browser, ramp)
    click(browser.find_element(By.ID, "swipe-end"))
    wait_for(browser, ramp.replace("!==", "==="))


@driven_in("ar")
def test_a_view_code_shows_the_same_view_in_any_copy_of_the_page(browser, path, page_text, result, tmp_path, language):
    spot = result.coldspots.query("service == 'any' and case == 'low_coverage'").iloc[0]["coldspot_id"]
    area = result.areas[result.areas["level"] == 1]["area_id"].iloc[4]
    views = [
        f"#lang={language}&s=4G%2B&case=high&layers=coverage+people&shade=share&tab=guide&at=9.25_0.4321_30.5&pick=area%2F1%2F{area}",
        f"#lang={language}&case=low&at=8_0.4_30.5&pick=coldspot%2F{quote(spot)}",
        f"#lang={language}&at=8_0.4_30.5&pick=place%2F0.4_30.5".replace("0.4_30.5", "0.4000/30.5000").replace(
            "at=8_0.4000/30.5000", "at=8_0.4_30.5"
        ),
    ]
    copy = tmp_path / "copy.html"
    copy.write_text(page_text, encoding="utf-8")
    for view in views:
        open_page(browser, path, view)
        wanted = parse_qs(browser.execute_script("return location.hash")[1:])
        click(browser.find_element(By.ID, "share"))
        code = text_of(browser, "#view-code")
        assert re.fullmatch(r"XYZ(-[0-9A-Z]{1,5})+", code) and len(code) < 36
        open_page(browser, copy, "#lang=en")
        box = browser.find_element(By.ID, "search-box")
        box.send_keys(code.lower().replace("0", "o"))
        box.send_keys(Keys.ENTER)
        wait_for(browser, "return document.getElementById('search-box').value.startsWith('XYZ')")
        found = parse_qs(browser.execute_script("return location.hash")[1:])
        assert found["lang"] == ["en"]  # the reader's own
        for key in ("s", "case", "layers", "shade", "tab", "level"):
            assert found.get(key) == wanted.get(key), key
        if "pick" in wanted and "place" not in wanted["pick"][0]:
            assert found["pick"] == wanted["pick"]
        assert ("pick" in found) == ("pick" in wanted)
        if "at" in wanted:
            places = [[float(part) for part in one["at"][0].split("_")] for one in (wanted, found)]
            assert places[0] == pytest.approx(places[1], abs=0.01)
        if view != views[0]:
            continue  # once is enough
        open_page(browser, copy, f"#{code}")
        assert parse_qs(browser.execute_script("return location.hash")[1:])["s"] == wanted["s"]


def test_a_view_code_with_a_slip_or_of_another_country_is_said(browser, path):
    open_page(browser, path, "#lang=en")
    click(browser.find_element(By.ID, "share"))
    code = text_of(browser, "#view-code")
    for wrong in (
        code[:-1] + ("0" if code[-1] != "0" else "1"),
        code[:6] + ("7" if code[6] != "7" else "8") + code[7:],
    ):
        box = browser.find_element(By.ID, "search-box")
        box.send_keys(Keys.ESCAPE, wrong)
        assert text_of(browser, "#search-list") == strings()["en"]["code_wrong"]
    box.send_keys(Keys.ESCAPE, code.replace("XYZ", "FJI"))
    assert "FJI" in text_of(browser, "#search-list")


def test_links_lead_to_the_files_beside_the_page_and_back_to_the_atlas(browser, path, result):
    open_page(browser, path, "#lang=en&tab=sources")
    links = browser.execute_script(
        "return [...document.querySelectorAll('.files a')].map((link) => link.getAttribute('href'))"
    )
    written = {name for name in OUTPUTS if name != "index.html"}
    assert written <= set(links) and all("/" not in link for link in links)
    assert not browser.find_element(By.ID, "to-atlas").is_displayed()
    open_page(browser, path, "#from=atlas&lang=fr")
    assert browser.find_element(By.ID, "to-atlas").get_attribute("href").endswith("/index.html#lang=fr")
    assert "from=atlas" in browser.execute_script("return location.hash")


def test_without_coverage_there_is_one_map_only(browser, tmp_path):
    page = tmp_path / "index.html"
    page.write_text(render(made_result(known=False)), encoding="utf-8")
    open_page(browser, page, "#lang=en")
    begin(browser, "beside")
    assert text_of(browser, "#live") == strings()["en"]["swipe_nothing"]
    assert not browser.find_element(By.ID, "strip").is_displayed()


def test_escape_ends_one_thing_at_a_time(browser, path):
    """Two maps side by side and the code of a view stayed, and what was chosen took the practice with it."""
    open_page(browser, path, "#lang=en&do=build/4G/30/0.4/30.5")

    def there():
        hidden = "return ['strip', 'details', 'activity'].map((id) => !document.getElementById(id).hidden)"
        return browser.execute_script(hidden)

    for tool in ("tool-measure", "tool-beside"):
        click(browser.find_element(By.ID, "menu-toggle"))
        click(browser.find_element(By.ID, tool))
        assert there() == [True, False, True]
        browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        assert there() == [False, False, True]
    click(browser.find_element(By.ID, "share"))
    wait_for(browser, "return !document.getElementById('strip').hidden")
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert there() == [False, False, True]
    assert browser.switch_to.active_element.get_attribute("id") == "share"
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert there() == [False, False, False]
