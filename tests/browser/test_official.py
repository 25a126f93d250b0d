"""Official figures on the page: value and year, all operators and the best one, the gap, or why there is none."""

import pytest

from ewcm.analysis.official import official_finding
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings
from ewcm.sources.official import Official, OfficialFigure
from tests.browser.open_page import driven_in, open_page, text_of
from tests.report.make_result import changed, made_result

FIGURES = Official(
    (OfficialFigure("2G", 0.123, 2023, "Regulator <b>A</b>"), OfficialFigure("3G", 0.02, None, "Ministry", "target"))
)


@pytest.fixture(scope="module")
def page_file(result, tmp_path_factory):
    """2G far below the range, 3G as a target outside the range, nothing for 4G."""
    found = result.with_finding(official_finding(FIGURES, result.services, result.inhabitants))
    lent = {**found.summary["inputs"][0], "layer": "places", "path": "lent.csv", "licence": "CC BY 4.0", "lent": True}
    inputs = [*found.summary["inputs"], lent]
    path = tmp_path_factory.mktemp("official") / "index.html"
    path.write_text(render(changed(found, figures={"inputs": inputs})), encoding="utf-8")
    return path


@driven_in("fr")
def test_official_figures_stand_beside_ours(browser, page_file, language):
    words = strings()[language]
    open_page(browser, page_file, f"#lang={language}&tab=overview")

    def cells(technology):
        row = f"document.querySelectorAll('#official tr[data-technology=\"{technology}\"] td')"
        return browser.execute_script(f"return [...{row}].map((cell) => cell.innerText)")

    official, union, best, gap = cells("2G")
    assert "12" in official and "2023" in official and union and best
    # The share, and both ends of its range; 4G is as sure as its source, which states no range.
    assert union.count("%") == 3 and words["no_range"] not in union
    assert "%" not in gap and any(digit in gap for digit in "123456789")
    assert cells("3G")[3] == "–"  # a model was set to it
    assert cells("4G")[0] == words["unknown_short"] and cells("4G")[3] == "–"
    text = text_of(browser, "#official")
    for technology in ("2G", "3G"):
        assert words["sdg_below"].format(technology=technology) in text
    assert (
        words["sdg_check"].format(technologies="2G") in text and words["sdg_target"].format(technologies="3G") in text
    )
    assert "Regulator <b>A</b>" in text and "Ministry" in text and words["sdg_why"] in text
    fits = (
        "const box = document.querySelector('#official table'); return box.scrollWidth <= box.parentElement.clientWidth"
    )
    assert browser.execute_script(fits)


def test_without_any_official_figure_the_page_says_so(browser, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(render(made_result(known=False)), encoding="utf-8")
    open_page(browser, path, "#lang=en&tab=overview")
    text = text_of(browser, "#official")
    assert strings()["en"]["sdg_no_official"] in text and "0" not in text_of(browser, "#official tbody").replace(
        "2G", ""
    )


@driven_in("es")
def test_lent_files_are_marked_where_the_sources_are_listed(browser, page_file, language):
    open_page(browser, page_file, f"#lang={language}&tab=sources")
    found = "document.querySelectorAll('#tab-sources .sources tbody tr')"
    rows = browser.execute_script(f"return [...{found}].map((row) => row.innerText)")
    lent = strings()[language]["source_lent"]
    assert [lent in row for row in rows] == [False] * (len(rows) - 1) + [True]
    assert "lent.csv" in rows[-1] and "CC BY 4.0" in rows[-1]
