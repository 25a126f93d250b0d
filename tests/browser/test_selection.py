"""What is chosen on the map, found by search, read out, and how much of the screen the map has."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from tests.browser.open_page import axe_violations, driven_in, open_page, resize, text_of, wait_for
from tests.report.make_result import made_result

WORDS = strings()["en"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("selection") / "index.html"
    found.write_text(render(made_result(starter=True)), encoding="utf-8")
    return found


def details(browser):
    return browser.execute_script(
        "const box = document.getElementById('details'); return box.hidden ? null : box.innerText"
    )


def searched(browser, text):
    """The suggestions for a text."""
    box = browser.find_element(By.ID, "search-box")
    box.send_keys(Keys.ESCAPE)
    browser.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].focus(); arguments[0].dispatchEvent(new Event('input'))",
        box,
        text,
    )
    return browser.execute_script(
        "return [...document.querySelectorAll('#search-list li')].map((one) => one.innerText)"
    )


def test_positions_in_every_usual_form_lead_to_one_place(browser, path):
    open_page(browser, path, "#lang=en")
    for text in (
        "1.5, 30.5", "1.5 30.5", "1,5 30,5", "1,5; 30,5", "1.5;30.5", "N1.5 E30.5", "1.5N 30.5E", "1.5° N, 30.5° E",
        "1°30'N 30°30'E", "1° 30′ 0″ N 30° 30′ 0″ E", "E30.5 N1.5", "30.5E, 1.5N", "1 30 0 N, 30 30 0 E",
        "lat 1.5, lon 30.5", "١٫٥ ٣٠٫٥", "1.5 north 30.5 east", "1,5 N 30,5 E", "1°30' 30°30'", "(1.5, 30.5)",
        # With the longitude first, where it is called so; degrees in words.
        "lon 30.5, lat 1.5", "longitude: 30.5 latitude: 1.5", '{"lng": 30.5, "lat": 1.5}', "خط الطول 30.5 خط العرض 1.5",
        "1.5 degrees north, 30.5 degrees east", "1 degree 30 minutes north and 30 degrees 30 minutes east", "+1.5, +30.5",
        "1,5 degrés nord et 30,5 degrés est", "1,5 grados norte y 30,5 grados este", "1,5 graus norte, 30,5 graus leste",
        "1.5 درجة شمالا و30.5 درجة شرقا", "Latitud 1°30'0\" N, Longitud 30°30'0\" E",
        # UTM, by the half of the earth or by the band.
        "36N 221818.5 165954.4", "36N 221818.5E 165954.4N", "36 N 221818.5 mE 165954.4 mN", "UTM zone 36N E221818.5 N165954.4",
        "36n 221,818.5 165,954.4", "36N, 221818.5, 165954.4",
        # Other programs and links of maps.
        "POINT(30.5 1.5)", "SRID=4326;POINT (30.5 1.5)", "Point Z (30.5 1.5 1200)", "geo:1.5,30.5", "geo:1.5,30.5?z=12",
        "geo:0,0?q=1.5,30.5(Site)",
        "https://www.google.com/maps/@1.5,30.5,12z",
        "https://www.google.com/maps/place/X/@9,39,9z/data=!3m1!3d1.5!4d30.5", "/@1.5,30.5,12z",
        "https://maps.google.com/?q=1.5,30.5", "?q=1.5,30.5",
        "https://maps.google.com/maps?q=loc:1.5%2C30.5&z=3", "#map=12/1.5/30.5",
        "https://www.openstreetmap.org/?mlat=1.5&mlon=30.5#map=12/9.0/39.0", "mlat=1.5&mlon=30.5",
        "https://www.openstreetmap.org/#map=12/1.5/30.5",
        "https://www.bing.com/maps?cp=1.5~30.5&lvl=11", "https://maps.apple.com/?ll=1.5,30.5",
    ):  # fmt: skip
        found = searched(browser, text)
        assert len(found) == 1 and "1.5; 30.5" in found[0], (text, found)
    for text, said in (
        ("89, 30.5", "outside_map"),
        ("-1.5, -30.5", "outside_map"),
        ("91 30", "nothing_found"),
        ("1 75 N 30 E", "nothing_found"),
        ("61N 221818 165954", "nothing_found"),
        ("POINT(1.5 30.5)", "outside_map"),  # the longitude stands first there
        ("33N 221818 165954", "outside_map"),
        ("https://www.openstreetmap.org/", "nothing_found"),
    ):
        assert searched(browser, text) == [WORDS[said]], text
    searched(browser, "1.6, 30.3")
    browser.find_element(By.ID, "search-box").send_keys(Keys.ENTER)
    assert "1.6; 30.3" in details(browser) and "pick=place%2F1.6000%2F30.3000" in browser.current_url
    near = """
        const at = /at=[\\d.]+_([\\d.]+)_([\\d.]+)/.exec(location.hash);
        return at && Math.hypot(at[1] - 1.6, at[2] - 30.3) < 0.01;
    """
    wait_for(browser, near)


def test_search_forgives_slips_and_finds_coldspots(browser, path):
    open_page(browser, path, "#lang=en")
    for text in ("Forest", "forrest", "Forset", "fôrest", "Foresr", "orest"):
        assert any("Forest" in one for one in searched(browser, text)), text
    assert searched(browser, "xqzk") == [WORDS["nothing_found"]]
    assert searched(browser, "Lke") == [WORDS["nothing_found"]]  # of three letters none is left to guess by
    found = searched(browser, "coldspot 2")
    assert found[0].startswith("Coldspot 2")
    browser.find_element(By.ID, "search-box").send_keys(Keys.ENTER)
    assert "Coldspot 2" in details(browser)


@driven_in("es")
def test_the_keyboard_reads_and_chooses_on_the_map(browser, path, language):
    words = strings()[language]
    open_page(browser, path, f"#lang={language}&layers=coverage+unreached+areas")
    browser.execute_script("document.getElementById('map').focus()")
    assert browser.execute_script("return getComputedStyle(document.getElementById('cross')).display") == "block"
    first = text_of(browser, "#readout")
    assert any(words[key] in first for key in ("state_covered", "state_uncovered", "state_partly")), first
    assert text_of(browser, "#live") == first
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    area = text_of(browser, "#details h3")
    assert area in first and "pick=area" in browser.current_url
    before = browser.current_url
    ActionChains(browser).send_keys(*[Keys.ARROW_LEFT] * 6).perform()
    wait_for(browser, f"return location.href !== {before!r} && !document.querySelector('.leaflet-pan-anim')")
    wait_for(browser, f"return document.getElementById('readout').textContent !== {first!r}")
    assert axe_violations(browser) == []
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert details(browser) is None


def test_land_in_a_coldspot_leads_to_its_area_and_the_coldspot_to_it(browser, path):
    open_page(browser, path, "#lang=en&tab=coldspots")
    browser.find_element(By.CSS_SELECTOR, "#tab-coldspots tbody button").click()
    wait_for(browser, "return location.hash.includes('at=') && !document.querySelector('.leaflet-zoom-anim')")
    assert details(browser).startswith("Coldspot 1")
    badge = browser.find_element(By.CSS_SELECTOR, '.badge[aria-label^="Coldspot 1,"]')
    # Beside the number, on the ground of the coldspot.
    ActionChains(browser).move_to_element_with_offset(badge, 60, 0).click().perform()
    wait_for(browser, "return location.hash.includes('pick=area')")
    assert "Coldspot 1" in text_of(browser, "#details")
    name = text_of(browser, "#details h3")
    browser.find_element(By.XPATH, "//*[@id='details']//button[text()='Coldspot 1']").click()
    assert details(browser).startswith("Coldspot 1")
    browser.find_element(By.XPATH, f"//*[@id='details']//dd//button[.='{name}']").click()
    assert text_of(browser, "#details h3") == name
    browser.back()
    wait_for(browser, "return document.getElementById('details').innerText.startsWith('Coldspot 1')")
    kept = browser.current_url
    open_page(browser, path, "#" + kept.partition("#")[2])
    assert details(browser).startswith("Coldspot 1")


def test_the_pointer_reads_out_what_lies_below_it(browser, path):
    open_page(browser, path, "#lang=en")
    assert text_of(browser, "#readout") == WORDS["readout_hint"]
    ActionChains(browser).move_to_element_with_offset(browser.find_element(By.ID, "map"), -60, 20).perform()
    wait_for(browser, f"return document.getElementById('readout').textContent !== {WORDS['readout_hint']!r}")
    said = text_of(browser, "#readout")
    assert WORDS["per_km2"].split("{")[0] in said or WORDS["nobody_here"] in said
    assert WORDS["covered_here"].partition("}")[2] in said


#: A window [CSS pixels] and the least share of it that the map has: an old screen, a laptop.
SHARES = ((1024, 768, 0.45), (1280, 720, 0.50))

#: Low windows: a page at 200 % on both, and phones lying down. The map is on the first screen there.
LOW = ((512, 384), (640, 360), (683, 384), (844, 390), (667, 375))


def box_of(browser, selector):
    return browser.execute_script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector
    )


@pytest.mark.parametrize("language", ["ar", "es"])
def test_the_map_has_its_share_of_the_screen(browser, path, language):
    for width, height, share in SHARES:
        resize(browser, width, height)
        open_page(browser, path, f"#lang={language}")
        box = box_of(browser, "#map")
        assert box["width"] * box["height"] >= share * width * height, (width, height, box)
        legend = box_of(browser, "#legend")
        assert legend["height"] <= 0.8 * box["height"]
        assert browser.execute_script("return document.documentElement.scrollHeight") <= height
    for width, height in LOW:
        resize(browser, width, height)
        open_page(browser, path, f"#lang={language}")
        box = box_of(browser, "#map")
        seen = min(box["bottom"], height) - max(box["top"], 0)
        assert seen >= 0.4 * height and seen * box["width"] >= 0.3 * width * height, (width, height, box)
        assert browser.find_element(By.ID, "legend-toggle").get_attribute("aria-expanded") == "false"
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_only_what_is_drawn_is_in_the_legend(browser, path, tmp_path):
    open_page(browser, path, "#lang=en")
    shown = text_of(browser, "#legend")
    assert WORDS["legend_unknown"] not in shown and WORDS["legend_estimated"] not in shown
    unknown = tmp_path / "index.html"
    unknown.write_text(render(made_result(known=False)), encoding="utf-8")
    open_page(browser, unknown, "#lang=en")
    shown = text_of(browser, "#legend")
    assert WORDS["legend_unknown"] in shown
    assert not browser.find_elements(By.CSS_SELECTOR, '[data-layer="unreached"] .ramp')
    assert WORDS["legend_covered"].partition(" (")[0] not in shown.replace(WORDS["layer_coverage"], "")


def test_colours_of_the_readers_own_leave_the_samples_as_the_map_has_them(browser, path):
    forced = [{"name": "forced-colors", "value": "active"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": forced})
    try:
        open_page(browser, path, "#lang=en")
        first = "return getComputedStyle(document.querySelector('.ramp i')).backgroundColor"
        assert browser.execute_script(first) == "rgb(231, 116, 24)"
        chosen = "return getComputedStyle(document.querySelector('#cases input:checked + span')).backgroundColor"
        other = "return getComputedStyle(document.querySelector('#cases input:not(:checked) + span')).backgroundColor"
        assert browser.execute_script(chosen) != browser.execute_script(other)
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
