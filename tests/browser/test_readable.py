"""What a reader's eye meets: names beside numbers, sentences in their order, buttons that do not cover one another, paper."""

import base64
import json
import re
from dataclasses import replace

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ewcm import pipeline
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from ewcm.settings import Settings
from tests.browser.open_page import click, driven_in, open_page, resize, text_of
from tests.report.make_result import made_result


def overlap(one, other):
    """Whether two rectangles have ground in common."""
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


@pytest.fixture(scope="module")
def estimated(page_text, tmp_path_factory):
    """The page of a figure that is an estimate, where the list of coldspots is that of the low-coverage case."""
    held = re.compile(r'(<script type="application/json" id="page-data">)(.*?)(</script>)', re.DOTALL)
    data = json.loads(held.search(page_text)[2])
    data["summary"]["estimated"] = {"any": {"set_to_share": 0.98, "low_coverage_leads": True}}
    page = tmp_path_factory.mktemp("estimated") / "index.html"
    page.write_text(held.sub(lambda found: found[1] + json.dumps(data) + found[3], page_text), encoding="utf-8")
    return page


@driven_in("en")
def test_the_capital_is_named_beside_the_number_that_would_hide_it(browser, result, tmp_path, language):
    """Its name was written below the number of a coldspot."""
    spots = result.coldspots
    first = spots[(spots["service"] == "any") & (spots["case"] == "central")].sort_values("rank").iloc[0]
    table = result.data.places.table.copy()
    table.loc[table.index[0], ["name", "lat", "lon", "rank"]] = "Capital", first["lat"], first["lon"] - 0.03, 0
    places = replace(result.data.places, table=table)
    page = tmp_path / "index.html"
    page.write_text(render(replace(result, data=replace(result.data, places=places))), encoding="utf-8")
    open_page(browser, page, f"#lang={language}")
    name = browser.find_element(By.CSS_SELECTOR, ".place-name.rank-0 b").rect
    numbers = [badge.rect for badge in browser.find_elements(By.CSS_SELECTOR, ".badge span")]
    assert numbers and not any(overlap(name, number) for number in numbers)


@driven_in("fr")
def test_what_limits_the_headline_stands_below_it_in_smaller_letters(browser, estimated, language):
    open_page(browser, estimated, f"#lang={language}")
    first = browser.execute_script("return document.getElementById('headline-text').firstChild.textContent")
    said = strings()[language]["headline_estimated_set"].partition("{")[0]
    assert said not in first and said in text_of(browser, "#headline-text .rest")
    sizes = [
        browser.execute_script(
            "return parseFloat(getComputedStyle(document.querySelector(arguments[0])).fontSize)", one
        )
        for one in ("#headline-text", "#headline-text .rest")
    ]
    assert sizes[1] < 0.85 * sizes[0]


@driven_in("pt")
def test_a_list_of_another_case_says_so_on_paper(browser, estimated, path, language):
    """The printed list of the low-coverage case stood below the central figures without a word."""
    for page, expected in ((estimated, True), (path, False)):
        open_page(browser, page, f"#lang={language}")
        browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        assert (strings()[language]["coldspots_lead"] in text_of(browser, "#sheet")) == expected
        browser.execute_script("window.dispatchEvent(new Event('afterprint'))")


@driven_in("fr")
def test_paper_and_pictures_name_every_source(browser, path, result, language):
    """Where inputs state no licence, a saved picture named no source of the people; paper named none at all."""
    open_page(browser, path, f"#lang={language}")
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    said = text_of(browser, ".print-credits")
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    for one in result.summary["inputs"]:
        assert (one["attribution"] or one["path"]).rstrip(".") in said
    assert f"population.test ({strings()[language]['licence_not_stated']})" in said
    # The same list stands below the map, and a picture is given it as well.
    assert "population.test" in text_of(browser, "#foot .credits")


def test_a_long_list_of_sources_leaves_the_country_on_one_page(browser, page_text, tmp_path):
    held = re.compile(r'(<script type="application/json" id="page-data">)(.*?)(</script>)', re.DOTALL)
    data = json.loads(held.search(page_text)[2])
    data["summary"]["inputs"][0]["attribution"] = "University of Somewhere, made with the help of many. " * 18
    text = "Nothing is known of the hills, and people behind them may be counted as covered where they are not. " * 2
    data["summary"]["caveats"] = [{"code": f"own_{number}", "text": text, "values": {}} for number in range(9)]
    page = tmp_path / "index.html"
    page.write_text(held.sub(lambda found: found[1] + json.dumps(data) + found[3], page_text), encoding="utf-8")
    open_page(browser, page, "#lang=fr")
    document = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", document)) == 1


@driven_in("fr")
def test_no_line_of_a_french_sentence_begins_with_a_colon(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    if language == "fr":
        assert not re.search(r" [:;?!»]|« ", text_of(browser, "#panel"))


@driven_in("es")
def test_nothing_lies_over_the_buttons_of_the_map_at_200_per_cent(browser, path, language):
    resize(browser, 683, 384)
    open_page(browser, path, f"#lang={language}")
    legend = browser.find_element(By.ID, "legend").rect
    for tools in browser.find_elements(By.CSS_SELECTOR, ".map-tools"):
        assert not overlap(tools.rect, legend)


@driven_in("fr")
def test_boxes_to_tick_are_of_one_size_whatever_stands_beside_them(browser, path, language):
    open_page(browser, path, f"#lang={language}")
    boxes = browser.find_elements(By.CSS_SELECTOR, "#legend input[type=checkbox]")
    assert {round(box.rect["width"]) for box in boxes} == {17}


def test_places_keep_their_dots_in_colours_of_the_readers_own(browser, path):
    """They became white on pale blue."""

    def dot():
        open_page(browser, path)
        script = "return getComputedStyle(document.querySelector('.place-name i')).backgroundColor"
        return browser.execute_script(script)

    own = dot()
    forced = {"features": [{"name": "forced-colors", "value": "active"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", forced)
    assert dot() == own
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@driven_in("es")
def test_a_sheet_of_unknown_coverage_does_not_say_that_there_is_no_coldspot(browser, tmp_path, language):
    """It said that no group of people out of reach is listed here: who is out of reach is not known."""
    page = tmp_path / "index.html"
    page.write_text(render(made_result(known=False)), encoding="utf-8")
    open_page(browser, page, f"#lang={language}&tab=areas")
    click(browser.find_element(By.CSS_SELECTOR, "#tab-areas tbody button"))
    browser.execute_script("window.print = () => window.dispatchEvent(new Event('beforeprint'))")
    click(browser.find_element(By.ID, "print-area"))
    sheet = text_of(browser, "#area-paper")
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    words = strings()[language]
    assert words["brief_no_coldspot"].partition("{")[0] not in sheet
    assert words["no_data_for"].format(service=words["any"]) in sheet


@driven_in("pt")
def test_numbers_and_heads_of_tables_stay_in_their_columns(browser, path, language):
    """At 1024 pixels people of one column ran into those of the next: "1,119,542420,000"."""
    resize(browser, 1024, 768)
    beyond = """
        for (const cell of document.querySelectorAll('td.people, td.unreached')) cell.textContent = '40,980,487';
        for (const cell of document.querySelectorAll('td.share')) cell.textContent = '100.0%';
        return [...document.querySelectorAll('.rows.areas :is(th, td), .rows.coldspots :is(th, td)')]
            .filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent);
    """
    for tab in ("areas", "coldspots"):
        open_page(browser, path, f"#lang={language}&tab={tab}")
        assert browser.find_elements("css selector", f"#tab-{tab} tbody tr")
        assert browser.execute_script(beyond) == []


#: The words that are broken over two lines or stand beyond their own box, where a word should never be cut.
CUT_WORDS = r"""
    const toggle = document.getElementById('legend-toggle'), cut = new Set(), range = document.createRange();
    if (toggle.getAttribute('aria-expanded') === 'false') toggle.click();
    const watched = '#legend .layer > label > span, .steps-of-case span, .card h3, .card .figure, [role=tab], header button';
    for (const node of document.querySelectorAll(watched)) {
        if (!node.getClientRects().length) continue;
        const box = node.getBoundingClientRect(), walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) for (const word of walker.currentNode.data.matchAll(/[^\s\u00a0\u202f]+/g)) {
            range.setStart(walker.currentNode, word.index);
            range.setEnd(walker.currentNode, word.index + word[0].length);
            const parts = [...range.getClientRects()];
            if (new Set(parts.map((part) => Math.round(part.top))).size > 1) cut.add(word[0]);
            if (parts.some((part) => part.right > box.right + 1.5 || part.left < box.left - 1.5)) cut.add(word[0]);
        }
    }
    return [...cut];
"""


@driven_in("pt")
def test_no_word_of_the_figures_and_of_the_legend_is_cut(browser, path, language):
    """Portuguese read "Desconhecid o" on a wide screen, and at 200 % the words of the three cases ran over their boxes."""
    for width, height in ((1440, 900), (1024, 768), (390, 844), (640, 360)):
        resize(browser, width, height)
        open_page(browser, path, f"#lang={language}")
        assert browser.execute_script(CUT_WORDS) == [], (width, height)


@driven_in("fr")
def test_the_legend_of_an_estimate_speaks_of_chances(browser, page_text, tmp_path, language):
    """It said that half of a grid cell is covered where half a chance was meant, and nothing of people who are nowhere drawn."""
    held = re.compile(r'(<script type="application/json" id="page-data">)(.*?)(</script>)', re.DOTALL)
    data = json.loads(held.search(page_text)[2])
    clear = data["pictures"]["standing_images"][0]
    data["summary"]["estimated"] = {"any": {"set_to_share": 0.98, "low_coverage_leads": True}}
    data["pictures"] |= {"estimated": {"any": 0}, "estimated_images": [clear], "estimated_colours": [[255, 255, 255]]}
    data["pictures"]["standings"] = [
        [3, 3, 3] if 1 in each or 2 in each else each for each in data["pictures"]["standings"]
    ]
    page = tmp_path / "index.html"
    page.write_text(held.sub(lambda found: found[1] + json.dumps(data) + found[3], page_text), encoding="utf-8")
    open_page(browser, page, f"#lang={language}&s=any")
    words, said = strings()[language], text_of(browser, "#legend-body")
    assert words["legend_covered_chance"].partition("{")[0] in said
    assert words["legend_unreached_spread"].partition("{")[0] in said
    assert words["coldspots_low"] in said


@driven_in("es")
def test_the_map_is_the_second_stop_of_the_keyboard_and_the_view_stays(browser, path, language):
    """To skip to the figures put service and case back, and the map stood behind all of them."""
    open_page(browser, path, f"#lang={language}&s=4G%2B&case=low")
    before = browser.execute_script("return location.hash")
    for stop in ("map", "panel"):
        link = browser.find_element(By.CSS_SELECTOR, f"a.skip[href='#{stop}']")
        browser.execute_script("arguments[0].focus()", link)
        link.send_keys(Keys.ENTER)
        assert browser.execute_script("return document.activeElement.id") == stop
    assert browser.execute_script("return location.hash") == before
    assert browser.execute_script("return [...document.querySelectorAll('.skip')].map((link) => link.hash)") == [
        "#panel",
        "#map",
    ]


@driven_in("fr")
def test_coldspots_of_another_case_say_so_wherever_they_stand(browser, estimated, language):
    """An area of 47,519 out of reach listed a coldspot of 75,123 in its panel, without a word of the low-coverage case."""
    open_page(browser, estimated, f"#lang={language}&tab=areas")
    words = strings()[language]
    for row in browser.find_elements(By.CSS_SELECTOR, "#tab-areas tbody button"):
        click(row)
        if words["tab_coldspots"] in text_of(browser, "#details"):
            assert words["coldspots_low"] in text_of(browser, "#details")
            break
    else:
        pytest.fail("no area has a coldspot")


@driven_in("en")
def test_coldspots_are_named_in_the_readers_language(browser, result, tmp_path, language):
    """An Arabic page said "24 km south-east of Kuraymah" in Latin letters although the map beside it had the Arabic name."""
    places = result.data.places
    table = places.table.assign(**{f"name_{language}": "Own " + places.table["name"]})
    page = tmp_path / "index.html"
    page.write_text(
        render(replace(result, data=replace(result.data, places=replace(places, table=table)))), encoding="utf-8"
    )
    open_page(browser, page, f"#lang={language}&tab=coldspots")
    told = text_of(browser, "#tab-coldspots tbody")
    first = result.coldspots["place"].dropna().iloc[0]
    assert f"Own {first}" in told and told.count(str(first)) == told.count(f"Own {first}")


@driven_in("es")
def test_without_areas_and_places_coldspots_are_told_apart(browser, result, tmp_path, language):
    """The card of the areas with most people listed the country three times: "Nowhere 63,000, Nowhere 13,000, Nowhere 12,000"."""
    page = tmp_path / "index.html"
    bare = pipeline.run(replace(result.data, places=None, boundaries=None), Settings())
    page.write_text(render(bare), encoding="utf-8")
    open_page(browser, page, f"#lang={language}")
    card = browser.find_element(By.CSS_SELECTOR, ".card.where")
    named = [link.text for link in card.find_elements(By.CSS_SELECTOR, "li .link")]
    assert len(named) == len(set(named)) == 3 and not {result.data.country.name} & set(named)
    assert strings()[language]["card_where_spots"] in card.text
