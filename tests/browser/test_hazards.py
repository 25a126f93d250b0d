"""The layer of a hazard on the page: its slider of return periods, by keyboard, in two languages, without a network."""

from dataclasses import replace

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ewcm.core.finding import Finding
from ewcm.core.layer import Layer
from ewcm.report.webmap.map import render
from tests.browser.open_page import axe_violations, driven_in, open_page

PERIODS = (10, 100, 1000)


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    rows, cols = result.geobox.shape
    shares = np.stack([np.where(np.arange(cols) < cols * (place + 1) // 3, 1.0, 0.0) for place in range(3)])
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


def coloured(browser):
    """How many pixels of the map carry the colour of the layer's higher class."""
    return browser.execute_script(
        """let count = 0;
        for (const canvas of document.querySelectorAll("#map canvas")) {
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
          for (let i = 0; i < data.length; i += 4)
            if (data[i] === 63 && data[i + 1] === 1 && data[i + 2] === 67 && data[i + 3] === 255) count++;
        }
        return count;"""
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
    assert browser.find_element(By.CSS_SELECTOR, ".steps output").text == slider.get_attribute("aria-valuetext")
    assert axe_violations(browser) == []
