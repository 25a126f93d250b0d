"""Gazetteers."""

import numpy as np
import pytest

from ewcm.errors import InputError
from ewcm.sources.places import read_places
from tests.sources.files import UGA, text


def dump(name, lat, lon, code="PPL", people=0, kind="P", where="UG"):
    return "\t".join(
        ["1", name, name, "", str(lat), str(lon), kind, code, where, "", "", "", "", "", str(people), "", "1", "Africa/Kampala",
         "2024-01-01"]
    )  # fmt: skip


def test_a_geonames_dump(tmp_path):
    path = text(
        tmp_path / "UG.txt",
        dump("Gulu", 2.77, 32.3, "PPLA", 150_000),
        dump("Kampala", 0.32, 32.58, "PPLC", 1_680_000),
        dump('The "Old" Place', 1.0, 32.0),
        dump("Lake", 1.0, 32.0, kind="H", code="LK"),
        dump("Ruin", 1.0, 32.0, code="PPLH"),
        dump("Nairobi", -1.28, 36.8, "PPLC", where="KE"),
    )
    places = read_places(path, UGA)
    assert places.table["name"].tolist() == ["Kampala", "Gulu", 'The "Old" Place']
    assert places.table["rank"].tolist() == [0, 1, 3]
    assert np.isnan(places.table["population"].tolist()[2])
    assert places.records[0].facts["not_used"] == {"of another country": 1, "that are no populated place": 2}


@pytest.mark.parametrize(
    "lines",
    [
        ["name,lat,lon,population", "Kampala,0.32,32.58,1680000", '"Fort Portal, town",0.66,30.27,'],
        ["Name;Latitude;Longitude;Population", "Kampala;0.32;32.58;1680000", "Fort Portal, town;0.66;30.27;"],
    ],
)
def test_a_csv_with_a_header(tmp_path, lines):
    table = read_places(text(tmp_path / "p.csv", *lines), UGA).table
    assert table["name"].tolist() == ["Kampala", "Fort Portal, town"]
    assert table["population"].tolist()[0] == 1_680_000


def test_names_of_every_script(tmp_path):
    names = ["ኣዲስ", "قرية", "ບ້ານ", "Ñandú", "<b>x</b>", "=1+1"]
    path = text(tmp_path / "p.csv", "name,lat,lon", *(f"{name},1,32" for name in names))
    assert set(read_places(path, UGA).table["name"]) == set(names)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["name,lat", "a,1"], "has no column lon"),
        (["name,lat,lon"], "holds no places"),
        (["name,lat,lon", "a,x,y"], "no usable place of 1 row"),
        (["name,lat,lon", "a,32.5,0.3"], "swapped"),
        (["name,lat,lon", "a,48,2"], "lies outside Uganda"),
    ],
)
def test_bad_files_are_refused(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read_places(text(tmp_path / "p.csv", *lines), UGA)


def test_broken_rows_are_counted(tmp_path):
    path = text(tmp_path / "p.csv", "name,lat,lon", "a,1,32", "b,1,32,too,many", ",1,32", "c,,32")
    record = read_places(path, UGA).records[0]
    assert record.facts["not_used"] == {"with too many fields": 1, "with no name": 1, "with no position": 1}
    assert any("3 of 4 rows" in text for text in record.warnings)
