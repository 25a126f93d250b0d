"""Tables: the same figures in every format, marked, safe for a spreadsheet, and the same bytes each time."""

import csv
import dataclasses
import errno
import io
import json
import math
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from rich.console import Console

from ewcm import pipeline
from ewcm.batch import table as batch_table
from ewcm.batch.outcome import CountryOutcome, Status
from ewcm.core.texts import texts_of
from ewcm.countries import LANGUAGES
from ewcm.report.escape import for_cell
from ewcm.report.headings import heading
from ewcm.report.headline import headline
from ewcm.report.numbers import rounded, rounded_column
from ewcm.report.overview import write_overview
from ewcm.report.tables import grade, write_csv, write_summary, write_workbook
from ewcm.report.webmap.atlas import row_of
from ewcm.settings import Settings
from tests.conftest import ROOT
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid
from tests.report.make_result import made_result


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _sheet(path: Path, title: str) -> list[dict[str, object]]:
    rows = list(openpyxl.load_workbook(path)[title].values)
    return [dict(zip(rows[1], row, strict=True)) for row in rows[2:]]  # words, machine names, values


def test_csv_and_workbook_hold_the_same_figures(result, tmp_path):
    write_workbook(result, tmp_path / "tables.xlsx")
    for title, frame in (("Areas", result.areas), ("Coldspots", result.coldspots)):
        write_csv(frame, "user", tmp_path / "table.csv")
        plain, sheet = _csv(tmp_path / "table.csv"), _sheet(tmp_path / "tables.xlsx", title)
        assert len(plain) == len(sheet) == len(frame) > 0
        for one, other in zip(plain, sheet, strict=True):
            assert list(one) == list(other)
            for name, text in one.items():
                value = other[name]
                assert (float(text) == value) if isinstance(value, int | float) else (text == (value or ""))


def test_rounded_ledger_still_closes(result, tmp_path):
    write_csv(result.areas, "user", tmp_path / "areas.csv")
    write_summary(result, tmp_path / "summary.json")
    areas = pd.read_csv(tmp_path / "areas.csv", keep_default_na=False)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    parts = areas[areas["level"] == 1]
    ledger = summary["ledger"]
    assert ledger["covered"] + ledger["uncovered"] + ledger["unknown"] == pytest.approx(ledger["people"], rel=1e-9)
    for name in ("covered", "uncovered", "unknown"):
        assert parts[f"{name}_any"].sum() == pytest.approx(ledger[name], rel=1e-9, abs=1e-6)
    assert parts["people"].sum() == pytest.approx(summary["people"], rel=1e-9)


def test_same_inputs_same_bytes(tmp_path):
    for run in ("first", "second"):
        result = made_result(rows=40, cols=60)
        (tmp_path / run).mkdir()
        write_csv(result.areas, "user", tmp_path / run / "areas.csv")
        write_workbook(result, tmp_path / run / "tables.xlsx")
        write_summary(result, tmp_path / run / "summary.json")
    for first in sorted((tmp_path / "first").iterdir()):
        assert first.read_bytes() == (tmp_path / "second" / first.name).read_bytes(), first.name


def test_workbook_bytes_do_not_depend_on_the_clock(result, tmp_path):
    write_workbook(result, tmp_path / "tables.xlsx")
    with zipfile.ZipFile(tmp_path / "tables.xlsx") as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
        parts = b"".join(book.read(name) for name in book.namelist())
    assert set(re.findall(rb"(\d{4})-\d\d-\d\dT\d\d:\d\d", parts)) == {b"1980"}


def test_no_file_is_left_beside_a_workbook_and_a_fault_of_the_disk_stays_one(result, tmp_path, monkeypatch):
    write_workbook(result, tmp_path / "tables.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["tables.xlsx"]

    def full(*args, **keywords):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(OSError, match="No space left"):
        write_workbook(result, tmp_path / "other.xlsx")


def test_names_are_never_formulas(hostile, tmp_path):
    write_csv(hostile.areas, "starter", tmp_path / "areas.csv")
    write_workbook(hostile, tmp_path / "tables.xlsx")
    for row in _csv(tmp_path / "areas.csv"):
        assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert {row["name"] for row in _csv(tmp_path / "areas.csv")} >= {
        "'=1+1",
        "<script>alert(1)</script>",
        "محافظة الشمال",
    }
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@given(st.text())
def test_no_text_starts_a_formula_or_breaks_a_row(text):
    cell = for_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", " "))
    assert cell.isprintable() or not any(ord(character) < 32 for character in cell)
    cell.encode("utf-8")
    assert for_cell(cell) == cell


@pytest.mark.parametrize("text", ["\t=1", "\r=1", " =1", "\n+1", "=1", "-1", "@x", "＝1"])
def test_hidden_formulas_are_found(text):
    assert for_cell(text).startswith("'")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_rounded_is_json_and_stays_near(value):
    plain = rounded(value)
    json.dumps(plain, allow_nan=False)
    if isinstance(value, float) and math.isfinite(value):
        assert abs(plain - value) <= 0.5e-6 + abs(value) * 1e-15
    assert rounded(plain) == plain


@given(st.lists(st.floats()), st.sampled_from(["people", "uncovered_share"]))
def test_a_column_is_rounded_as_each_of_its_values(values, name):
    column = rounded_column(pd.Series(values, dtype=float), name)
    assert [repr(value) for value in column] == [repr(rounded(value, name)) for value in values]


def test_every_table_is_marked(hostile, result, tmp_path):
    for case, mark in ((hostile, "starter"), (result, "user")):
        assert grade(case) == mark
        write_csv(case.coldspots, grade(case), tmp_path / "coldspots.csv")
        assert {row["data_grade"] for row in _csv(tmp_path / "coldspots.csv")} == {mark}
        write_workbook(case, tmp_path / "tables.xlsx")
        for title in ("Areas", "Coldspots", "Inputs"):
            assert {row["data_grade"] for row in _sheet(tmp_path / "tables.xlsx", title)} == {mark}
        first = [row[0] for row in openpyxl.load_workbook(tmp_path / "tables.xlsx")["Summary"].values]
        assert any(str(text).startswith("STARTER DATA") for text in first) == (mark == "starter")
        write_summary(case, tmp_path / "summary.json")
        assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["data_grade"] == mark


def test_unknown_country_has_empty_coldspots_and_empty_figures(unknown, tmp_path):
    write_csv(unknown.coldspots, "user", tmp_path / "coldspots.csv")
    assert _csv(tmp_path / "coldspots.csv") == []
    write_csv(unknown.areas, "user", tmp_path / "areas.csv")
    for row in _csv(tmp_path / "areas.csv"):
        assert row["covered_any"] == row["uncovered_any"] == row["uncovered_any_low"] == ""
        assert float(row["unknown_any"]) == pytest.approx(float(row["people"]), rel=1e-9)
    write_workbook(unknown, tmp_path / "tables.xlsx")


@pytest.fixture(scope="module")
def of_4g():
    """A map of 4G alone, which leaves open whom an older network reaches."""
    grid = made_grid(20, 30)
    areas = made_areas((1, "West", cell_box(grid, 0, 0, 20, 15)), (1, "East", cell_box(grid, 0, 15, 20, 30)))
    declared = (made_declared("4G", "", cell_box(grid, 0, 0, 20, 11)),)
    return pipeline.run(made_data(np.full(grid.shape, 1000.0), grid, boundaries=areas, declared=declared), Settings())


def test_headlines_name_the_service_the_share_and_who_is_unknown(of_4g, tmp_path):
    assert of_4g.headline_service == "4G+"
    write_workbook(of_4g, tmp_path / "tables.xlsx")
    rows = [row[0] for row in openpyxl.load_workbook(tmp_path / "tables.xlsx")["Summary"].values]
    (line,) = [row for row in rows if row and "4G+ coverage" in str(row)]
    assert line == headline(of_4g).splitlines()[0]
    assert line.endswith("live without 4G+ coverage, 63% of all; coverage unknown, any network: about 380,000")


def test_the_slide_names_the_service_of_which_nobody_is_unknown(of_4g, tmp_path, monkeypatch):
    said = []
    write = Axes.text
    monkeypatch.setattr(
        Axes, "text", lambda axes, x, y, text, *a, **k: (said.append(text), write(axes, x, y, text, *a, **k))[1]
    )
    write_overview(of_4g, tmp_path / "overview.png")
    assert "Who has 4G+ coverage" in said and "4G+ coverage not known" in said
    assert "any network: not known for 380,000 (63%)" in said


def test_the_row_of_a_batch_says_how_many_are_unknown_for_any_network(of_4g):
    outcome = CountryOutcome("SOM").with_figures(rounded(of_4g.summary), Status.DONE)
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(batch_table([outcome]))
    text = console.export_text()
    assert "0 for 4G+" in text and "380,000 for any" in text


def test_where_nearly_nobody_is_out_of_reach_a_newer_network_leads_and_it_is_said(tmp_path, monkeypatch):
    """About 0 people were out of reach, the headline of a country said, whose people without 3G were in a table only."""
    grid = made_grid(20, 30)
    people = np.full(grid.shape, 1000.0)
    people[0, 29] = 100
    declared = (
        made_declared("2G", "", cell_box(grid, 0, 0, 20, 29), cell_box(grid, 1, 29, 20, 30)),
        made_declared("3G", "", cell_box(grid, 0, 0, 20, 11)),
        made_declared("4G", "", cell_box(grid, 0, 0, 20, 5)),
    )
    found = pipeline.run(made_data(people, grid, declared=declared), Settings())
    assert round(found.services["any"].uncovered) == 100
    assert (found.summary["headline_service"], found.summary["nearly_all_covered"]) == ("3G+", ["any"])
    line = headline(found).splitlines()[0]
    assert "about 380,000 people" in line and "without 3G+ coverage" in line
    assert "nearly everyone of whom it is known lives within reach of a mobile network (all but 100;" in line
    said = []
    write = Axes.text
    monkeypatch.setattr(
        Axes, "text", lambda axes, x, y, text, *a, **k: (said.append(text), write(axes, x, y, text, *a, **k))[1]
    )
    write_overview(found, tmp_path / "overview.png")
    assert "nearly everyone is within reach of a wider service (any network: 100 out of reach)" in said
    outcome = CountryOutcome("SOM").with_figures(rounded(found.summary), Status.DONE)
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(batch_table([outcome]))
    text = console.export_text()
    assert "379,100 without 3G+" in text and "100 without any" in text
    assert row_of(found.summary)["newer"]["service"] == "3G+"
    # More than a thousandth is not nearly nobody; and where everybody has everything the widest leads.
    people[0, 29] = 1000
    assert pipeline.run(made_data(people, grid, declared=declared), Settings()).headline_service == "any"
    everywhere = tuple(made_declared(name, "", cell_box(grid, 0, 0, 20, 30)) for name in ("2G", "3G", "4G"))
    assert pipeline.run(made_data(people, grid, declared=everywhere), Settings()).headline_service == "any"


def test_the_workbook_is_for_people_and_for_programs(result, unknown, tmp_path):
    """Words over machine names, filters, heads that stay, per cents; the words in every language on a sheet of their own."""
    french = dataclasses.replace(
        result, data=dataclasses.replace(result.data, country=dataclasses.replace(result.data.country, language="fr"))
    )
    write_workbook(french, tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames[:2] == ["Summary", "Key figures"] and book.sheetnames[-1] == "Headings"
    for sheet in book.worksheets[1:-1]:
        rows, cols = sheet.max_row, sheet.max_column
        assert sheet.auto_filter.ref == f"A2:{openpyxl.utils.get_column_letter(cols)}{rows}"
        assert sheet.freeze_panes[-1] == "3" and sheet.freeze_panes[0] > "A", sheet.title
        words, names = ([cell.value for cell in row] for row in sheet.iter_rows(max_row=2))
        assert all(words) and names[0] == "data_grade" and words[0] == "Nature des données"
        for column, name in enumerate(names, start=1):
            forms = {sheet.cell(row, column).number_format for row in range(3, rows + 1)} - {"General"}
            assert not name.endswith("share") or forms <= {"0.0%"}, name
    words, _, *values = book["Key figures"].values
    key = [dict(zip(words, row, strict=True)) for row in values]
    area = result.areas.iloc[0]
    assert key[0]["Habitants hors de portée (toutes technologies confondues)"] == pytest.approx(
        area["uncovered_any"], abs=1e-6
    )
    share = key[0]["% d’habitants hors de portée (toutes technologies confondues)"]
    assert share == pytest.approx(area["uncovered_any"] / area["people"], abs=1e-8)
    assert {row["Fait partie de"] for row in key[1:]} == {result.areas.iloc[0]["name"]}
    headings = list(book["Headings"].values)
    assert headings[0] == ("Sheet", "Column", "en", "fr", "es", "pt", "ar")
    of_4g = next(row for row in headings if row[:2] == ("Areas", "uncovered_4Gplus_low"))
    assert of_4g[2:5] == (
        "People out of reach of 4G or newer, at least",
        "Habitants hors de portée (4G ou plus), au moins",
        "Habitantes fuera de alcance (4G o posterior), como mínimo",
    )
    write_workbook(unknown, tmp_path / "unknown.xlsx")
    row = _sheet(tmp_path / "unknown.xlsx", "Key figures")[0]
    assert row["uncovered_any"] is row["uncovered_any_share"] is row["covered_2G_share"] is None
    assert row["unknown_any_share"] == 1


def test_every_column_of_a_table_has_words_in_every_language(result):
    """A new column brings its heading, or its name stands there in every language."""
    of_english = texts_of("headings")["en"]
    for language in LANGUAGES:
        texts = texts_of("headings")[language]
        assert texts.keys() == of_english.keys()
        assert all(text.count("{") == of_english[key].count("{") for key, text in texts.items())
    for finding in result.findings:
        for each in finding.tables:
            for name in each.frame.columns:
                if name != "geometry":
                    found = {heading(name, result.coverage.services, language) for language in LANGUAGES}
                    assert len(found) > 1 or found == {name.replace("_", " ").capitalize()}, name
                    assert f"heading.{name}" in of_english or "_" in name, name


@pytest.mark.long
def test_libreoffice_opens_the_workbook(result, tmp_path):
    """Another program than the one that reads it in the other tests: every value of a sheet, as it shows it."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not here (Debian: libreoffice-calc)")
    write_workbook(result, tmp_path / "tables.xlsx")
    to_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    command = [office, "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", to_csv]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(tmp_path / "tables.xlsx")], check=True, capture_output=True
    )
    (written,) = tmp_path.glob("tables*.csv")
    words, names, first, *_ = csv.reader(io.StringIO(written.read_text(encoding="utf-8-sig")))
    shown = dict(zip(names, first, strict=True))
    assert words[0] == "Kind of data" and shown["name"] == result.areas.iloc[0]["name"]
    assert shown["uncovered_any_share"].endswith("%")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_and_the_page_call_a_service_by_the_same_words(language):
    page = json.loads((ROOT / "ewcm/report/webmap/languages" / f"{language}.json").read_text(encoding="utf-8"))
    words = texts_of("headings")[language]
    assert [words["service.any"], words["service.newer"]] == [page["any"], page["or_newer"]]
