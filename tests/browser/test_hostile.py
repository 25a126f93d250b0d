"""Names from strangers' files are text wherever they appear, in the map and in the atlas, and none of them runs."""

import csv
import io
import json
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ewcm import basemap
from ewcm.core.finding import Caveat
from ewcm.report.numbers import rounded
from ewcm.report.webmap.atlas import render_atlas
from ewcm.report.webmap.map import render
from tests.browser.open_page import click, complaints, open_page, requests, resize, saved_file, text_of, wait_for
from tests.report.make_result import changed, made_result

pytestmark = pytest.mark.browser

HOSTILE = (
    "${1+1}",
    "${window.hacked=1}",
    "\\x3cimg src=x onerror=window.hacked=1\\x3e",
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "`${window.hacked=1}`",
    "{{7*7}}",
    "{{ 7*7 }}{% raw %}",
    "a\u2028b\u2029c",
    "\u202egnirts\u202c \u200fx\u200e",
    "🚨 ⚠️ 👩‍👩‍👧",
    "Baʼidoa",
    "'\"&amp;<!--",
    '=HYPERLINK("x")',
)


@pytest.fixture(scope="module")
def result():
    plain = made_result()
    first = plain.areas[plain.areas["level"] == 0]
    copies = plain.areas[plain.areas["level"] == 1].iloc[[i % 6 for i in range(len(HOSTILE))]].copy()
    copies["area_id"] = [f"X-{number}" for number in range(len(HOSTILE))]
    copies["name"] = HOSTILE
    one_list = plain.coldspots[(plain.coldspots["service"] == "any") & (plain.coldspots["case"] == "central")]
    spots = one_list.iloc[[i % len(one_list) for i in range(len(HOSTILE))]].copy()
    spots["rank"] = range(1, len(HOSTILE) + 1)
    spots["place"], spots["area_name"], spots["area_id"] = HOSTILE, HOSTILE[::-1], ""
    places = plain.data.places.table.iloc[[i % 6 for i in range(len(HOSTILE))]].copy()
    places["name"] = HOSTILE
    places["lat"] = [1.25 + 0.05 * i for i in range(len(HOSTILE))]
    country = replace(plain.data.country, names={**plain.data.country.names, "en": HOSTILE[4]})
    inputs = [
        {**plain.summary["inputs"][0], "path": name, "attribution": name, "licence": name, "source": name}
        for name in HOSTILE
    ]
    return changed(
        replace(plain, data=replace(plain.data, country=country, places=replace(plain.data.places, table=places))),
        tables={
            "areas": gpd.GeoDataFrame(pd.concat([first, copies], ignore_index=True), crs="EPSG:4326"),
            "coldspots": gpd.GeoDataFrame(spots.reset_index(drop=True), crs="EPSG:4326"),
        },
        figures={"inputs": inputs, "sdg_9c1": {"2G": {"operator": HOSTILE[3], "people": 1.0, "share": 0.5}}},
        caveats=[Caveat("no_such_code", name) for name in HOSTILE],
    )


@pytest.fixture
def browser(page):
    resize(page, 1366, 768)
    yield page
    assert not page.execute_script("return window.hacked")
    assert page.execute_script("return document.querySelectorAll('img, main script').length") == 0
    assert complaints(page) == []
    assert requests(page) == []


def texts(browser, selector):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((node) => node.textContent)", selector
    )


def saved(browser, folder, button):
    folder.mkdir()
    path = saved_file(browser, folder, lambda: click(browser.find_element(By.ID, button)))
    assert path.suffix == ".csv"
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def in_csv(name):
    return "'" + name if name.startswith("=") else name


def test_in_the_map(browser, result, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(render(result), encoding="utf-8")
    open_page(browser, path, "#tab=areas")
    assert browser.execute_script("return document.title").startswith(" ".join(HOSTILE[4].split()))
    assert text_of(browser, "#country") == HOSTILE[4]
    assert set(texts(browser, "#tab-areas tbody button")) == set(HOSTILE)
    rows = saved(browser, tmp_path / "areas", "csv-areas")
    assert {row[0] for row in rows[1:]} == {in_csv(name) for name in HOSTILE}
    for number in range(len(HOSTILE)):
        name = browser.execute_script(
            "const b = document.querySelectorAll('#tab-areas tbody button')[arguments[0]]; b.click(); return b.textContent",
            number,
        )
        shown = "document.querySelector('#details h3')?.textContent"
        wait_for(browser, f"return {shown} === {json.dumps(name)}")
        assert name in text_of(browser, "#live")
    open_page(browser, path, "#tab=coldspots")
    assert set(HOSTILE) <= set(texts(browser, "#tab-coldspots tbody th bdi"))
    rows = saved(browser, tmp_path / "spots", "csv-coldspots")
    assert {row[1] for row in rows[1:]} == {in_csv(name) for name in HOSTILE}
    labels = browser.execute_script(
        "return [...document.querySelectorAll('.badge')].map((n) => n.getAttribute('aria-label'))"
    )
    assert labels and all(any(name in label for name in HOSTILE) for label in labels)
    written = texts(browser, ".place-name b")
    assert written and set(written) <= set(HOSTILE)
    for name in (HOSTILE[3], HOSTILE[4], HOSTILE[6]):
        box = browser.find_element(By.ID, "search-box")
        box.send_keys(Keys.ESCAPE, name[:12])
        assert name in texts(browser, "#search-list li bdi")
        box.send_keys(Keys.ENTER)
        wait_for(browser, f"return document.querySelector('#details h3')?.textContent === {name!r}")
    for tab, selector in (("sources", "#tab-sources bdi"), ("overview", ".caveats li")):
        open_page(browser, path, f"#tab={tab}")
        assert set(HOSTILE) <= set(texts(browser, selector))
    assert HOSTILE[3] in texts(browser, "#tab-overview bdi")
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert set(HOSTILE[:10]) <= set(texts(browser, "#sheet bdi"))
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_in_the_atlas(browser, result, tmp_path):
    summary = rounded(result.summary)
    codes = ("UGA", "FJI", "GTM", "SDN", "NPL", "MDG", "KIR", "SOM", "ETH", "TJK", "BGD", "HTI", "GUY", "TON")
    entries = [
        {**summary, "iso3": code, "names": dict.fromkeys(("en", "fr", "es", "pt", "ar"), name)}
        for code, name in zip(codes, HOSTILE, strict=True)
    ]
    path = tmp_path / "index.html"
    path.write_text(render_atlas(entries, basemap.world()), encoding="utf-8")
    open_page(browser, path)
    assert set(texts(browser, "#countries tbody a")) == set(HOSTILE)
    assert {row[1] for row in saved(browser, tmp_path / "csv", "csv")[1:]} == {in_csv(name) for name in HOSTILE}
    for dot in browser.find_elements(By.CSS_SELECTOR, ".country-dot")[:3]:
        ActionChains(browser).move_to_element(dot).perform()
        wait_for(browser, "return document.querySelector('.country-label')")
        assert any(name in text_of(browser, ".country-label") for name in HOSTILE)
        assert any(name in dot.get_attribute("aria-label") for name in HOSTILE)
