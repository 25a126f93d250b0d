"""Columns of site lists that say something else, or more than one thing: marks, codes, technologies of years, units."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from ewcm.errors import InputError
from ewcm.sources.site_lists import read_sites
from tests.sources.files import UGA
from tests.sources.office_files import ENGLISH, SITES, comma, written


def test_groups_of_thousands_in_metres(tmp_path):
    """Of metres with points between thousands a tenth was read, a thousandth as large, and put somewhere else."""
    rows = []
    for name, lat, lon, *rest in SITES:
        x, y = pyproj.Transformer.from_crs(4326, 32736 if lat < 0 else 32636, always_xy=True).transform(lon, lat)
        rows.append([name, 36, *(f"{one:,.0f}".replace(",", ".") for one in (x, y)), *rest[:3], comma(rest[3])])
    found = read_sites(written(tmp_path / "s.csv", [["Sitio", "Zona", "Este", "Norte", *ENGLISH[3:]], *rows], ";"), UGA)
    np.testing.assert_allclose(found.table[["lat", "lon"]], [row[1:3] for row in SITES], atol=2e-5)


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        (["Technology", "MTN", "Airtel"], [["2G", "x", ""], ["4G", "", "x"], ["3G", "x", "x"]]),
        (["Technology", "MNC"], [["2G", "10"], ["4G", "01"], ["3G", "10"], ["3G", "01"]]),
        (["Tech1", "Tech2", "Operator"], [["G2", "", "MTN"], ["G4", "", "Airtel"], ["G3", "", "MTN"], ["G3", "", "Airtel"]]),
        (["G900", "L800", "U2100", "Operator"],
         [["0/120/240", "", "", "MTN"], ["", "30/150", "", "Airtel"], ["", "", "2+2+2", "MTN"], ["", "0/0", "1/1", "Airtel"]]),
    ],
)  # fmt: skip
def test_marks_of_operators_codes_and_sectors(tmp_path, head, cells):
    """Such operators were passed over, and such technologies were refused."""
    places = [0, 1, 2] if len(cells) == 3 else [0, 1, 2, 2]
    rows = [[f"s{at}", 0.3, 32.5 + at / 10, *row] for at, row in zip(places, cells, strict=True)]
    found = read_sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", *head], *rows]), UGA).table
    named = found["operator"].replace({"641-10": "MTN", "641-01": "Airtel"})
    told = sorted(zip(found["site_id"], found["technology"], named, strict=True))
    assert told == [("s0", "2G", "MTN"), ("s1", "4G", "Airtel"), ("s2", "3G", "Airtel"), ("s2", "3G", "MTN")]


@pytest.mark.parametrize(
    ("words", "cell"),
    [("Azimuth {}", "0/120/240"), ("{} Cell ID", "10021"), ("{} Height (m)", "30"), ("{} on-air date", "2015-03-01")],
)
def test_columns_of_something_else_of_a_technology_are_read_with_a_doubt(tmp_path, words, cell):
    """Such a list was refused with the advice to state one technology, which made every mast one of it."""
    head = ["Site", "Lat", "Lon", *(words.format(name) for name in ("GSM 900", "LTE 800"))]
    rows = [["a", 0.3, 32.5, cell, "no"], ["b", 0.3, 32.6, cell, cell], ["c", 0.3, 32.7, "TBC", "2049-01-01"]]
    found = read_sites(written(tmp_path / "s.csv", [head, *rows]), UGA)
    told = found.table[["site_id", "technology"]].to_numpy().tolist()
    assert told == [["a", "2G"], ["b", "2G"], ["b", "4G"]]
    assert f"hold something else (such as '{cell}'): each was taken to stand" in " ".join(found.records[0].warnings)


def test_one_place_of_many_sites_is_a_doubt(tmp_path):
    rows = [[f"s{n}", 0.3 if n % 2 else 0.4 + n / 100, 32.5, "2G"] for n in range(40)]
    found = read_sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "Technology"], *rows]), UGA)
    assert "20 sites stand at one place (0.3, 32.5)" in " ".join(found.records[0].warnings)


def test_technologies_of_two_years_are_not_those_of_one(tmp_path):
    head = ["Site", "Lat", "Lon", "Technology 2023", "Technology 2024"]
    found = read_sites(
        written(tmp_path / "s.csv", [head, ["a", 0.3, 32.5, "2G", "4G"], ["b", 0.3, 32.6, "2G", "2G"]]), UGA
    )
    assert list(found.table["technology"]) == ["2G", "2G"]
    assert "names technologies too, and is not read" in " ".join(found.records[0].warnings)


@pytest.mark.parametrize("rows", ["lat,lon,height\ndegrees,degrees,m\n", "site_id,a,height (m)\nm,m,m\n1,2,3\n2,3,4\n"])
def test_a_row_of_units_in_a_table_that_cannot_be_read_is_no_crash(tmp_path, rows):
    """Found by the fuzzer: the row of units had left the table, and was still counted."""
    (tmp_path / "sites.csv").write_text(rows)
    with pytest.raises(InputError, match="has no column"):
        read_sites(tmp_path / "sites.csv", UGA)


@pytest.mark.parametrize(
    "heading", ["4G FWA", "Fixed 4G", "4G fijo", "LTE fixo", "4G fixe", "TD-LTE FWA", "4G IoT", "LTE-M"]
)
def test_a_column_of_fixed_access_or_of_things_is_no_4g(tmp_path, heading):
    """`4G FWA` was a column of an operator called FWA, and its masts served phones."""
    rows = [["Site", "Lat", "Lon", "2G", heading], ["a", 0.3, 32.5, "yes", "yes"], ["b", 0.3, 32.6, "", "yes"]]
    found = read_sites(written(tmp_path / "s.csv", rows), UGA)
    assert found.table[["technology", "operator"]].to_numpy().tolist() == [["2G", ""]]
    assert f"Columns that are not read: {heading}." in found.records[0].assumptions
