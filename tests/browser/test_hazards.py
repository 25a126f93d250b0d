"""The layer of a hazard on the page: its slider of return periods, by keyboard, in two languages, without a network; and ground
of which it says nothing, which is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ewcm.core.finding import Finding
from ewcm.core.layer import Layer
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from tests.browser.open_page import axe_violations, begin, driven_in, open_page, saved_file

PERIODS = (1, 100, 1000)


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    rows, cols = result.geobox.shape
    column = np.arange(cols)
    shares = np.stack([np.where(column < cols * (place + 1) // 3, 1.0, 0.0) for place in range(3)])
    shares[2, column >= cols - 2] = 0.0
    shares[1, column >= cols * 5 // 6] = (
        np.nan
    )  # of the second period little is unknown, of the first more, of the third nothing
    shares[0, column >= cols // 2] = np.nan
    layer = Layer(
        "hazard_1", "1", result.geobox, np.repeat(shares[:, None, :], rows, axis=1).astype(np.float32),
        dims={"return_period": PERIODS}, edges=(0.01, 0.5),
    )  # fmt: skip
    (own,) = [finding for finding in result.findings if finding.name == "hazards"]
    texts = {"en": {"layer.hazard_1": "River flood"}, "ar": {"layer.hazard_1": "فيضان نهري"}}
    found = result.with_finding(replace(own, layers=(layer,), texts=texts))
    assert isinstance(own, Finding)
    page = tmp_path_factory.mktemp("page") / "index.html"
    page.write_text(render(found), encoding="utf-8")
    return page


HIGHEST, SQUARES = (63, 1, 67), (43, 43, 43)


def coloured(browser, colour=HIGHEST):
    """How many pixels of the map carry a colour: that of the layer's higher class, or of the squares where it is unknown."""
    return browser.execute_script(
        """let count = 0;
        for (const canvas of document.querySelectorAll("#map canvas")) {
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
          for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] === 255 && arguments[0].every((part, at) => data[i + at] === part)) count++;
        }
        return count;""",
        colour,
    )


@driven_in("fr")
def test_the_slider_changes_the_map_and_says_the_return_period(browser, path, language):
    open_page(browser, path, f"#lang={language}&layers=hazards%2Fhazard_1")
    slider = browser.find_element(By.CSS_SELECTOR, "input[type=range]")
    label = browser.find_element(By.CSS_SELECTOR, f"label[for='{slider.get_attribute('id')}']")
    assert label.text and "100" in slider.get_attribute("aria-valuetext")
    middle = coloured(browser)
    step = Keys.ARROW_LEFT if language == "ar" else Keys.ARROW_RIGHT
    slider.send_keys(step)
    assert "1" in slider.get_attribute("aria-valuetext") and slider.get_attribute("value") == "2"
    assert coloured(browser) > middle * 1.2 > 0
    slider.send_keys(Keys.HOME)
    assert slider.get_attribute("value") == "0" and coloured(browser) < middle
    once_a_year = strings()[language]["return_period_of_one"]
    assert (
        browser.find_element(By.CSS_SELECTOR, ".steps output").text
        == slider.get_attribute("aria-valuetext")
        == once_a_year
    )
    assert axe_violations(browser) == []


def test_unknown_ground_is_drawn_and_told_apart_from_ground_below_the_first_class(browser, path):
    """It was drawn as ground below the first class is: not at all. One sentence in the legend was for both."""
    words = {
        "en": ("does not mean no hazard", "No colour: below 1.0%."),
        "fr": ("ne veut pas dire : aucun aléa", "Sans couleur : moins de 1,0"),
        "es": ("no quiere decir que no haya amenaza", "Sin color: menos de 1,0"),
        "pt": ("não quer dizer que não haja perigo", "Sem cor: menos de 1,0"),
        "ar": ("ولا يعني ذلك عدم وجود خطر", "بلا لون: أقل من"),
    }
    for language, (unknown, blank) in words.items():
        open_page(browser, path, f"#lang={language}&layers=hazards%2Fhazard_1")
        legend = browser.find_element(By.CSS_SELECTOR, "[data-layer='hazards/hazard_1'] .entry").text
        assert unknown in legend and blank in legend
    slider = browser.find_element(By.CSS_SELECTOR, "input[type=range]")
    entry = browser.find_element(By.CSS_SELECTOR, "[data-layer='hazards/hazard_1'] .unknown")
    little = coloured(browser, SQUARES)
    slider.send_keys(Keys.HOME)
    assert coloured(browser, SQUARES) > 1.5 * little > 0 and entry.is_displayed()
    slider.send_keys(Keys.END)
    assert coloured(browser, SQUARES) == 0 and not entry.is_displayed()
    assert coloured(browser) > 0


def test_the_picture_for_a_slide_tells_what_the_colours_of_its_hazard_are(browser, path, tmp_path):
    """They stood on its map, and nothing said of what."""
    open_page(browser, path, "#lang=en&layers=hazards%2Fhazard_1")
    saved = saved_file(browser, tmp_path, lambda: begin(browser, "picture"))
    legend = np.asarray(Image.open(saved).convert("RGB"))[:, 1400:]
    for colour in (HIGHEST, (0xED, 0xF8, 0xFB), SQUARES):
        assert (legend == colour).all(axis=2).sum() > 20
