"""Layouts of site lists in which something would be lost: it is read, or a warning names the value and the mend."""

from __future__ import annotations

import geopandas as gpd
import openpyxl
import pytest
import shapely

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import read_declared
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
    rows = [["K1", 0.9, 32.1, "2G"], ["", "", "", "3G"], ["", "", "", "4G"], ["K2", 0.8, 32.3, "2G"]]
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


def test_cells_of_several_lines_are_a_doubt_that_names_them(tmp_path):
    (tmp_path / "s.csv").write_text('Site,Lat,Lon,Technology\nA,0.3,32.5,2G\nB,0.3,32.6,"2G\n3G"\n')
    assert "1 cell goes on over several lines" in said(sites(tmp_path / "s.csv"))


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
