"""Layouts of site lists in which something would be lost: it is read, or a warning names the value and the mend."""

from __future__ import annotations

import re
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from openpyxl.styles import Font

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import Choice, read_declared
from ewcm.sources.site_lists import Options, read_sites
from tests.sources.files import UGA
from tests.sources.office_files import ENGLISH, SITES, written


def sites(path, **options):
    return read_sites(path, UGA, options=Options(**options))


def codes(found):
    return {warning.code for warning in found.records[0].warnings}


def said(found):
    return " ".join(found.records[0].warnings)


def book(path, rows):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(path)
    return path


@pytest.mark.parametrize(("unit", "factor"), [("ft", 0.3048), ("(m)", 1.0)])
def test_a_row_of_units_below_the_heading_is_read(tmp_path, unit, factor):
    """Feet were read as metres, and the row was counted as a site without a position."""
    head = [*ENGLISH[:-1], "Height"]
    units = ["", "decimal degrees", "(deg)", "", "", "MHz", unit]
    found = sites(written(tmp_path / "s.csv", [head, units, *map(list, SITES)]))
    assert found.table["height_m"].max() == pytest.approx(45.5 * factor)
    assert "holds units" in " ".join(found.records[0].assumptions) and not found.records[0].warnings


PART = ["Site", "Lat", "Lon", "Technology"]
ROWS = [[name, lat, lon, technology] for name, lat, lon, technology, *_ in SITES]


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ([PART, ["MTN"], *ROWS[:2], ["Airtel"], *ROWS[2:]], {}),
        ([PART, ["MTN"] * 4, *ROWS[:2], ["Airtel"] * 4, *ROWS[2:]], {}),
        ([["2G SITES"], PART[:3], *(row[:3] for row in ROWS[:2]), ["4G SITES"], PART[:3], *(row[:3] for row in ROWS[2:])],
         {"technology": "2G", "operator": "MTN"}),
        ([PART, *ROWS[:2], ["PLANNED SITES"], *ROWS[2:]], {"operator": "MTN"}),
    ],
)  # fmt: skip
def test_titles_between_the_rows_that_tell_something_are_a_doubt(tmp_path, rows, options):
    """A list in parts was read as one: sites below "4G SITES" were of the stated 2G."""
    rows = [[*row, ""] for row in rows]
    found = sites(book(tmp_path / "s.xlsx", rows), **options)
    assert "titles" in codes(found)


def test_titles_that_a_column_says_too_are_no_doubt(tmp_path):
    head = [*PART, "Operator"]
    rows = [[*row, "MTN"] for row in ROWS]
    assert "titles" not in codes(sites(book(tmp_path / "s.xlsx", [head, ["MTN"], *rows, ["Sub-total", "", "", 6]])))


def test_cells_that_are_filled_once_are_a_doubt(tmp_path):
    rows = [[*row, "MTN" if not number else ""] for number, row in enumerate(ROWS)]
    found = sites(written(tmp_path / "s.csv", [[*PART, "Operator"], *rows]))
    assert "5 rows have no 'Operator', which others have" in said(found)
    rows = [["K1", 0.9, 32.1, "2G"], ["K1", "", "", "3G"], ["", "", "", "4G"], ["K2", 0.8, 32.3, "2G"]]
    found = sites(written(tmp_path / "t.csv", [PART, *rows]))
    assert "2 rows without a position stand below one that has it" in said(found)


def test_numbers_of_channels_are_no_frequencies(tmp_path):
    rows = [["A", 0.3, 32.5, "4G", 6300], ["B", 0.3, 32.6, "2G", 62], ["C", 0.3, 32.7, "3G", 2100]]
    found = sites(written(tmp_path / "s.csv", [[*PART, "Frequency"], *rows]))
    assert found.table["frequency_mhz"].dropna().tolist() == [2100.0]
    assert "2 frequencies are none of their technology" in said(found)


def test_codes_of_one_and_two_are_a_doubt(tmp_path):
    rows = [["A", 0.3, 32.5, 1, 2], ["B", 0.3, 32.6, 1, 1]]
    assert "one_two" in codes(sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "2G", "4G"], *rows])))


def test_of_a_cell_that_names_plans_too_the_rest_is_used(tmp_path):
    rows = [
        ["A", 0.3, 32.5, '"2G, 3G, 4G (planned)"'],
        ["B", 0.3, 32.6, '"2G/no 4G"'],
        ["C", 0.3, 32.7, "2G + CDMA2000"],
    ]
    found = sites(written(tmp_path / "s.csv", [PART, *rows]))
    assert sorted(found.table["technology"]) == ["2G", "2G", "2G", "3G"]
    assert "2 cells of 'Technology' name technologies that are not there yet" in said(found)
    assert "1 cell of 'Technology' names other things" in " ".join(found.records[0].assumptions)


def test_cells_of_several_lines_are_read_and_quotes_that_stay_open_are_a_doubt(tmp_path):
    """What stood in such cells was lost; a quote that stays open does not take the rows below it along."""
    (tmp_path / "s.csv").write_text('Site,Lat,Lon,Technology\nA,0.3,32.5,2G\nB,0.3,32.6,"2G\n3G"\n')
    found = sites(tmp_path / "s.csv")
    assert found.table[["site_id", "technology"]].to_numpy().tolist() == [["A", "2G"], ["B", "2G"], ["B", "3G"]]
    assert "1 row has cells that go on over several lines" in " ".join(found.records[0].assumptions)
    rows = ['A,"Plot 1,0.3,32.5,2G', "B,Plot 2,0.3,32.6,2G", 'C,"Plot 3,0.3,32.7,2G', "D,Plot 4,0.3,32.8,2G"]
    (tmp_path / "t.csv").write_text("\n".join(["Site,Address,Lat,Lon,Technology", *rows]) + "\n")
    found = sites(tmp_path / "t.csv")
    assert {"B", "D"} <= set(found.table["site_id"])
    assert "1 cell goes on over several lines" in said(found)


@pytest.mark.parametrize("name", ["planned_sites_2030.csv", "sites.csv"])
def test_a_list_of_plans_by_its_name_or_title_is_a_doubt(tmp_path, name):
    title = [] if name.startswith("planned") else [["Proposed sites of phase 2", "", "", ""]]
    assert "planned_name" in codes(sites(written(tmp_path / name, [*title, PART, *ROWS])))


@pytest.mark.parametrize("kind", ["sites", "coverage"])
def test_degrees_that_a_file_calls_metres_are_refused(tmp_path, kind):
    """They were read as one point at the origin of the projection, 160 km off the country, and covered nobody."""
    shape = shapely.Point(32.5, 0.3) if kind == "sites" else shapely.box(32, 0.1, 33, 1)
    gpd.GeoDataFrame({"technology": ["4G"]}, geometry=[shape], crs=32636).to_file(tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r'EPSG:32636, which is in metres.*crs = "EPSG:4326"'):
        sites(tmp_path / "a.gpkg") if kind == "sites" else read_declared(tmp_path / "a.gpkg", "4G", UGA)


def changed(path, name, change):
    """A workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as source:
        parts = {one: source.read(one) for one in source.namelist()}
    with zipfile.ZipFile(path, "w") as target:
        for one, part in parts.items():
            target.writestr(one, change(part) if one == name else part)
    return path


def struck_book(path):
    """Two rows are struck through as a whole, one cell wholly and one in part."""
    workbook = openpyxl.Workbook()
    for row in [["Sites in June"], PART, *ROWS]:
        workbook.active.append(row)
    for row in (4, 6):
        for cell in workbook.active[row]:
            cell.font = Font(strike=True)
    workbook.active["D7"].font = Font(strike=True)
    workbook.active["D8"] = "2G, 3G"
    workbook.save(path)
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>2G, </t></r><r><rPr><strike/>'
    with zipfile.ZipFile(path, "a") as target:
        target.writestr("xl/sharedStrings.xml", texts + b"</rPr><t>3G</t></r></si></sst>")
    shared = re.compile(rb'<c r="D8" t="inlineStr">.*?</c>')
    return changed(path, "xl/worksheets/sheet1.xml", lambda part: shared.sub(b'<c r="D8" t="s"><v>0</v></c>', part))


def struck_document(path):
    """The same as .ods."""
    pyogrio.write_dataframe(pd.DataFrame([*ROWS], columns=PART), path, driver="ODS")
    style = b'<style:style style:name="gone" style:family="table-cell">'
    style += b'<style:text-properties style:text-line-through-style="solid"/>'

    def with_style(part):
        rows = part.replace(b"</office:automatic-styles>", style + b"</style:style></office:automatic-styles>").split(
            b"<table:table-row"
        )
        for number in (3, 5):
            rows[number] = rows[number].replace(b"<table:table-cell", b'<table:table-cell table:style-name="gone"')
        return b"<table:table-row".join(rows)

    return changed(path, "content.xml", with_style)


def test_rows_that_are_struck_through_are_a_doubt_that_names_them(tmp_path):
    """Offices strike through what was removed; such rows were counted as all others without a word."""
    found = sites(struck_book(tmp_path / "s.xlsx"))
    assert "2 rows of sheet 'Sheet' are struck through in the workbook (row 4, 6, such as 'K1')" in said(found)
    assert "2 cells of sheet 'Sheet' are struck through, wholly or in part (such as D7, '4G')" in said(found)
    found = sites(struck_document(tmp_path / "s.ods"))
    assert "2 rows of sheet 's' are struck through in the workbook (row 3, 5, such as 'K1')" in said(found)
    assert "struck_cells" not in codes(found)
    assert not {"struck_rows", "struck_cells"} & codes(sites(book(tmp_path / "t.xlsx", [PART, *ROWS])))


@pytest.mark.parametrize(
    ("heading", "cells", "code", "rows"),
    [
        ("coordinates_source", ["GPS", "district centroid", "GPS", "Centroid", "survey", "GPS"], "position_rows", 2),
        ("Precisión GPS", ["exacta", "aproximada", "exacta", "exacta", "exacta", "exacta"], "position_rows", 1),
        ("Estimated location", ["no", "yes", "no", "no", "yes", "no"], "position_rows", 2),
        ("Roaming", ["Yes", "No", "no", "", "no", "Yes"], "roaming_rows", 2),
        ("Itinérance", ["oui", "non", "non", "non", "non", "non"], "roaming_rows", 1),
        ("Remarks", ["National roaming with Airtel", "", "", "", "no roaming", ""], "roaming_rows", 1),
        ("Verified", ["Yes", "No", "Yes", "Yes", "pending", "Yes"], "unverified_rows", 2),
        ("Vérifié", ["oui", "non", "oui", "", "non", "oui"], "unverified_rows", 2),
        ("Verificado", ["sim", "", "", "sim", "sim", "sim"], "unverified_rows", 2),
        ("GPS check", ["ok", "not verified", "", "", "", ""], "unverified_rows", 1),
        ("Test site", ["yes", "no", "no", "no", "no", "no"], "test_rows", 1),
        ("Site category", ["Macro", "Pilot", "Macro", "Temporary", "Macro", "Test"], "test_rows", 3),
        ("Solution", ["Macro", "IBS", "Macro", "In-building", "Macro", "Macro"], "building_rows", 2),
        ("تجوال", ["نعم", "لا", "لا", "لا", "لا", "لا"], "roaming_rows", 1),
        ("Last test date", ["2024-01-01", "2024-02-01", "", "", "", ""], None, 0),
        ("Town", ["Testour", "Pilotville", "Verified Hill", "", "", ""], None, 0),
    ],
)  # fmt: skip
def test_what_columns_say_of_single_sites_is_a_doubt_with_counts(tmp_path, heading, cells, code, rows):
    """Sites that roam on another's network, that nobody verified or that are for tests counted without a word."""
    lines = [[f"S{number}", *row[1:], cell] for number, (row, cell) in enumerate(zip(ROWS, cells, strict=True))]
    found = sites(written(tmp_path / "s.csv", [[*PART, heading], *lines], ";"))
    told = {one.code: one.values["rows"] for one in found.records[0].warnings if one.code.endswith("_rows")}
    assert told == ({code: rows} if code else {})
    assert len(found.table) == len(ROWS)


def test_what_columns_say_of_single_shapes_is_a_doubt_too(tmp_path):
    shapes = [shapely.box(31 + k, 0, 32 + k, 1) for k in range(3)]
    table = {"ROAMING": ["no", "no", "yes"], "VALIDATED": ["no", "yes", "yes"]}
    gpd.GeoDataFrame(table, geometry=shapes, crs=4326).to_file(tmp_path / "c.gpkg")
    warnings = read_declared(tmp_path / "c.gpkg", "4G", UGA)[0].record.warnings
    assert {one.code: one.values["rows"] for one in warnings} == {"roaming_rows": 1, "unverified_rows": 1}
    chosen = read_declared(tmp_path / "c.gpkg", "4G", UGA, choice=Choice(where="ROAMING = 'no'"))[0].record.warnings
    assert {one.code for one in chosen} == {"unverified_rows"}


def test_sectors_below_the_first_row_of_a_site_get_its_name_and_position(tmp_path):
    """Merged cells that were saved as CSV: all sectors but the first of each site were lost, and sites below a planned one were
    in service."""
    head = ["Site", "Lat", "Lon", "Operator", "Status", "Sector", "Azimuth", "Technology", "Beamwidth"]
    rows = [
        ["K1", 0.9, 32.1, "MTN", "on air", 1, 0, "2G", 65],
        ["", "", "", "", "", 2, 120, "2G", 65],
        ["", "", "", "", "", 3, 240, "4G", 65],
        ["K2", 0.8, 32.3, "Airtel", "planned", 1, 0, "2G", 65],
        ["", "", "", "", "", 2, 180, "2G", 65],
    ]
    found = sites(written(tmp_path / "s.csv", [head, *rows]))
    told = found.table[["site_id", "operator", "technology", "azimuth_deg", "lat"]].to_numpy().tolist()
    assert told == [["K1", "MTN", "2G", 0, 0.9], ["K1", "MTN", "2G", 120, 0.9], ["K1", "MTN", "4G", 240, 0.9]]
    assert "3 rows without a name and a position are sectors of the site above them (such as 'K1')" in said(found)
    # A row of another kind, and nothing is filled in.
    found = sites(written(tmp_path / "t.csv", [head, *rows, ["K3", "", "", "MTN", "on air", 1, 0, "2G", 65]]))
    assert len(found.table) == 1 and "3 rows without a position stand below one that has it" in said(found)


def test_positions_that_lost_their_signs_are_a_doubt(tmp_path):
    """Sites south of the equator whose sign was lost stood north of it without a word."""
    lat = [round(-1.2 + n / 5, 4) + 0.0137 for n in range(24)]
    lists = {"plain": lat, "lost": [abs(one) for one in lat], "south": [-abs(one) / 4 for one in lat]}
    lists["turned"] = [-one for one in lat]
    for name, values in lists.items():
        rows = [[f"s{n}", one, 30.0 + n / 7 + 0.001, "2G"] for n, one in enumerate(values)]
        path = written(tmp_path / f"{name}.csv", [["Site", "Lat", "Lon", "Technology"], *rows])
        codes = {warning.code for warning in read_sites(path, UGA).records[0].warnings}
        codes &= {"none_south", "none_north", "turned_latitudes"}
        assert codes == {"lost": {"none_south"}, "south": {"none_north"}, "turned": {"turned_latitudes"}}.get(
            name, set()
        )


def test_examples_totals_and_the_highest_technology_are_doubts(tmp_path):
    head = ["Site", "Lat", "Lon", "Highest technology"]
    rows = [
        ["EXAMPLE", 0.3, 32.5, "4G"],
        ["e.g. UG01", 0.3, 32.6, "4G"],
        ["Total sites: 9", 0.3, 32.7, "2G"],
        ["A", 0.3, 32, "2G"],
    ]
    found = sites(written(tmp_path / "s.csv", [head, *rows]))
    assert "Column 'Site' says of 3 rows that they may be totals, means or examples" in said(found)
    assert "'Highest technology' tells the highest technology of each site alone" in said(found)
