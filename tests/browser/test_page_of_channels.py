"""The page of a country that has channels beside mobile networks, and what its charts say of them."""

import numpy as np
import pytest
import shapely

from ewcm import pipeline
from ewcm.countries import LANGUAGES, country
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from ewcm.settings import Settings
from ewcm.sources.broadcast import read_broadcast
from tests.browser.open_page import open_page, resize, text_of
from tests.made import made_areas, made_data, made_grid, made_sites

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A country with FM radio, sirens and a satellite: ten services, two of which are named by four channels."""
    folder = tmp_path_factory.mktemp("channels")
    grid, where = made_grid(24, 30, step=1 / 20), {"stated_in": folder / "inputs.toml"}
    (folder / "inputs.toml").write_text("")
    for name, text in (("FM", "lat,lon\n1.2,30.7\n"), ("siren", "lat,lon,level_db\n1.9,31.3,130\n")):
        (folder / f"{name}.csv").write_text(text)
    data = made_data(
        np.full(grid.shape, 500.0, np.float32),
        grid,
        sites=made_sites((1.2, 30.3, "2G", "Red")),
        boundaries=made_areas((1, "All", shapely.box(30, 0.8, 31.5, 2))),
        channels=(
            read_broadcast(folder / "FM.csv", "FM", country("UGA"), radius_km=30.0, **where),
            read_broadcast(folder / "siren.csv", "siren", country("UGA"), **where),
            read_broadcast(None, "satellite", country("UGA"), everywhere=True, **where),
        ),
    )
    page = folder / "index.html"
    page.write_text(render(pipeline.run(data, Settings(radius_km={"2G": 30.0}))), encoding="utf-8")
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_channels_have_names_and_their_buttons_and_bars_are_whole(browser, path, language):
    """Every language said "siren", the last button lay beyond a window of 1024 pixels, labels of the chart began outside of it,
    and in Arabic "or newer" stood before its technology."""
    resize(browser, 1024, 768)
    open_page(browser, path, f"#lang={language}&s=any")
    words = strings()[language]
    named = [words[f"channel_{channel}"] for channel in ("FM", "siren", "satellite")]
    shown = [node.text for node in browser.find_elements("css selector", "#technologies label")]
    assert len(shown) == 10 and set(named) <= set(shown)
    assert all(name in shown[-1] and name in shown[-2] for name in named)
    assert f"\u2068{named[1]}\u2069" in text_of(browser, '[data-code="radius_model"]')
    beyond = """
        const within = (part, whole) => part.left >= whole.left - 1 && part.right <= whole.right + 1
            && part.bottom <= whole.bottom + 1;
        const boxOf = (node) => node.getBoundingClientRect();
        const outside = (box, inner) => [...box.querySelectorAll(inner)].filter((node) => !within(boxOf(node), boxOf(box)));
        const found = [[...document.querySelectorAll('#switch')], [...document.querySelectorAll('svg.chart')]];
        return found.flatMap((boxes, i) => boxes
            .flatMap((box) => outside(box, i ? 'text' : 'label'))).map((node) => node.textContent);
    """
    assert browser.execute_script(beyond) == []
    directions = browser.execute_script(
        "return [...document.querySelectorAll('svg.chart text')].map((node) => node.getAttribute('direction'))"
    )
    assert set(directions) == {"rtl" if language == "ar" else "ltr"}
