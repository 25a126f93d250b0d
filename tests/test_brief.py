"""ewcm brief: a page of A4 for each area, what it prints and refuses, and what becomes of the PDF."""

import json
import re
from dataclasses import replace

import pytest

import ewcm
from ewcm.cli import main
from ewcm.countries import country
from ewcm.errors import EwcmError
from ewcm.report import chromium
from ewcm.report.publish import write
from tests.report.conftest import with_a_plain_page
from tests.report.make_result import HOSTILE, made_result


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A made country with hostile names under the code of a real one, marked as starter data."""
    result = made_result(starter=True, hostile=True)
    with pytest.MonkeyPatch.context() as patch:
        with_a_plain_page(patch)
        patch.setattr(
            "ewcm.report.overview.write_overview", lambda result, path, basemap=None: path.write_bytes(b"picture")
        )
        result = replace(result, data=replace(result.data, country=country("UGA")))
        return write(result, tmp_path_factory.mktemp("brief") / "maps" / "UGA")


def data_of(page):
    return json.loads(re.search(r'id="page-data">(.*?)</script>', page, re.S)[1])


def brief(published, output, *more):
    return main(["brief", "UGA", "--results", str(published), "--output", str(output), *map(str, more)])


def test_it_writes_a_sheet_for_every_area_and_says_so(published, tmp_path, capsys):
    assert brief(published, tmp_path / "out", "--no-pdf", "--language", "fr") == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "DONNÉES DE DÉPART (STARTER DATA) : modélisées, non mesurées. Ouganda : fiches des territoires (6), une page chacune.",
        str(tmp_path / "out" / "brief.html"),
    ]
    assert printed.err == ""
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["brief.html", "brief.json"]
    content = json.loads((tmp_path / "out" / "brief.json").read_text())
    assert [area["name"] for area in content["areas"]] == list(HOSTILE) and content["pdf"] is False
    assert content["data_grade"] == "starter" and content["service"] == "any" and content["case"] == "central"
    page = (tmp_path / "out" / "brief.html").read_text(encoding="utf-8")
    assert '<html lang="fr"' in page and "<script>alert(1)" not in page
    data = data_of(page)
    assert data["brief"]["areas"] == [f"{area['level']}/{area['area_id']}" for area in content["areas"]]
    assert data["version"] == ewcm.__version__


def test_of_every_area_the_largest_coldspots_are_there_however_many_the_country_has(published, monkeypatch):
    monkeypatch.setattr("ewcm.report.webmap.map.COLDSPOTS_LISTED", 1)
    result = ewcm.open_result(published)
    data = data_of(ewcm.brief(result, made="2026-01-02").html("en"))
    column = data["coldspots"]["columns"].index
    rows = [
        row for row in data["coldspots"]["rows"] if row[column("service")] == "any" and row[column("case")] == "central"
    ]
    spots = result.coldspots[(result.coldspots["service"] == "any") & (result.coldspots["case"] == "central")]
    for code, wanted in spots.groupby("area_id"):
        found = [row[column("coldspot_id")] for row in rows if row[column("area_id")] == code]
        assert found == wanted.sort_values("rank")["coldspot_id"].head(5).tolist()
        assert data["coldspots"]["counts"]["any/central"][code] == len(wanted)
    assert len(rows) > 1 and data["coldspots"]["all"] is True and data["brief"]["made"] == "2026-01-02"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--area", "no such"], "no area has the code 'no such'"),
        (["--level", "7"], "no areas of level 7 here; use one of 0, 1"),
        (["--service", "6G"], "no service '6G'; use one of any"),
        (["--area", HOSTILE[5].upper()], "has the code"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(published, tmp_path, capsys, more, words):
    assert brief(published, tmp_path / "out", *more) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_left_alone(published, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert brief(published, tmp_path, "--no-pdf") == 2
    assert "mine.txt" in capsys.readouterr().err and [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(EwcmError, match="the case is 'likely'"):
        ewcm.brief(published, case="likely")


def test_one_area_has_a_folder_of_its_own_and_the_reason_for_no_pdf_is_said(published, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    monkeypatch.chdir(tmp_path)
    code = ewcm.open_result(published).areas.query("level == 1")["area_id"].iloc[2]
    assert main(["brief", "UGA", "--results", str(published), "--area", code, "--language", "en"]) == 0
    printed = capsys.readouterr()
    assert "there is no Chromium or Chrome on this machine. Open the page" in printed.err
    (folder,) = (tmp_path / "briefings").iterdir()
    assert folder.name.startswith("UGA_") and not (folder / "brief.pdf").exists()
    assert len(json.loads((folder / "brief.json").read_text())["areas"]) == 1


def a_browser(folder, lines):
    path = folder / "browser"
    path.write_text("#!/bin/sh\n" + lines)
    path.chmod(0o755)
    return str(path)


#: What a browser leaves in the place of the document, when it ends, and what is said of it.
PRINTS = 'for a in "$@"; do case $a in --print-to-pdf=*) printf "{}" > "${{a#*=}}";; esac; done\n'


@pytest.mark.parametrize(
    ("lines", "seconds", "words"),
    [
        ("exit 1\n", 60, "without a whole document"),
        (PRINTS.format("%%PDF-1.4"), 60, "without a whole document"),
        (PRINTS.format("%%PDF-1.4 /Type /Page /Type /Pages %%%%EOF"), 60, "has 1 pages where 6 were expected"),
        ("sleep 600 & sleep 600\n", 0.2, "longer than"),
    ],
)
def test_a_browser_that_makes_no_whole_document_leaves_none(published, tmp_path, monkeypatch, lines, seconds, words):
    browser = a_browser(tmp_path, lines)
    monkeypatch.setattr(chromium, "find_chromium", lambda: browser)
    monkeypatch.setattr("ewcm.report.brief.Briefing.html", lambda self, language="": "<!doctype html>")
    written = ewcm.brief(published).write(tmp_path / "out", "en", seconds=seconds)
    assert words in written.no_pdf and not (tmp_path / "out" / "brief.pdf").exists()
    assert json.loads((tmp_path / "out" / "brief.json").read_text())["pdf"] is False
