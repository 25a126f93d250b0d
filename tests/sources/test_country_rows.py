"""Lists of a whole region: the rows that name another country are left out and counted, whatever the column calls itself."""

import pandas as pd
import pytest

from ewcm.countries import country
from ewcm.sources.points import read_points
from ewcm.sources.site_lists import read_sites
from tests.sources.files import UGA, text

OTHER = "of another country"


@pytest.mark.parametrize(
    ("heading", "own", "other"),
    [
        ("iso3c", "UGA", "TCD"), ("ISO2", "UG", "KE"), ("Country", "Uganda", "Tanzania"), ("Pays", "Ouganda", "Tchad"),
        ("ADM0_PCODE", "UG", "SS"), ("País", "Uganda", "Etiopía"), ("الدولة", "أوغندا", "كينيا"),
    ],
)  # fmt: skip
def test_rows_of_other_countries_are_left_out_of_a_list_of_points(tmp_path, heading, own, other):
    rows = "".join(f"{name},{lat},{lon},{of}\n" for name, lat, lon, of in [
        ("A", 0.4, 32.5, own), ("B", 12.1, 15.0, other), ("C", -6.2, 35.7, other), ("D", 12.3, 15.2, other),
        ("E", "", "", own), ("F", 0.3, 32.6, ""),
    ])  # fmt: skip
    points = read_points(text(tmp_path / "clinics.csv", f"name,lat,lon,{heading}\n{rows}"), UGA)
    assert points.table["name"].tolist() == ["A", "F"]
    assert points.not_used == {OTHER: 3, "with no position": 1}
    assert any("3 of another country" in warning for warning in points.records[0].warnings)


def test_rows_of_other_countries_are_left_out_of_a_list_of_sites(tmp_path):
    rows = "0.4,32.5,2G,UG\n0.5,32.6,4G,UG\n-1.3,36.8,4G,KE\n-1.2,36.7,2G,KE\n-1.4,36.6,2G,KE\n"
    found = read_sites(text(tmp_path / "sites.csv", "lat,lon,technology,country_code\n" + rows), UGA)
    assert len(found.table) == 2
    assert any(
        "3 of 5 rows were not used: 3 of another country (such as 'KE')" in one for one in found.records[0].warnings
    )


def test_a_column_that_never_names_the_country_or_mostly_something_else_leaves_all_rows(tmp_path):
    seat = "lat,lon,technology,country\n0.4,32.5,2G,South Africa\n0.5,32.6,4G,India\n"
    assert len(read_sites(text(tmp_path / "seat.csv", seat), UGA).table) == 2
    words = "name,lat,lon,country\nA,0.4,32.5,Uganda\nB,0.5,32.6,up country\nC,0.6,32.7,down country\n"
    assert len(read_points(text(tmp_path / "words.csv", words), UGA).table) == 3


@pytest.mark.real
def test_one_country_of_the_list_of_health_sites_of_fifteen(hazard_data):
    """The WHO list of public health sites: 28,465 in fifteen countries, 340 of them without a position."""
    path = hazard_data / "poi" / "who_health_facilities_africa15.csv.gz"
    listed = pd.read_csv(path)
    placed = listed.dropna(subset=["lat", "lon"])
    assert len(listed) == 28_465 and len(listed) - len(placed) == 340
    points = read_points(path, country("TCD"))
    own = listed["iso3c"] == "TCD"
    assert len(points.table) == (placed["iso3c"] == "TCD").sum()
    assert points.not_used == {OTHER: (~own).sum(), "with no position": listed["lat"].isna()[own].sum()}
