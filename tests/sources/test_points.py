"""Points of interest as users have them: headings, formats, positions that are none; every row is counted."""

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from shapely.geometry import Point, box

from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.points import joined, read_points

UGANDA = country("UGA")


def written(folder, text, name="schools.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_read_by_their_usual_headings_and_every_other_one_is_counted(tmp_path):
    text = (
        "Facility name;Facility type;Lat;Long;Pupils\nNile School;Primary;1.5;32.5;120\nNo place;;;;\nNull;;0;0;\n"
        "Pole;;95;32;\nNile School;Primary;1.5;32.5;90\nHill;;1.6;-327.3;-4\n"
    )
    points = read_points(written(tmp_path, text), UGANDA, kind="school")
    assert points.table["name"].tolist() == ["Nile School", "Hill"]
    assert points.table["kind"].tolist() == ["Primary", "school"]
    assert points.table["point_id"].tolist() == ["schools-1", "schools-6"]
    assert points.table["lon"].tolist() == pytest.approx([32.5, 32.7])
    assert points.table["people"].tolist()[0] == 120 and np.isnan(points.table["people"].iloc[1])
    assert points.not_used == {
        "with no position": 1, "with an impossible position": 1, "at 0° north, 0° east": 1, "that stand there twice": 1,
    }  # fmt: skip
    record = points.records[0]
    assert len(points.table) + sum(points.not_used.values()) == record.facts["rows"] == 6
    assert "4 of 6 rows were not used" in record.warnings[0]
    assert "Facility name as name" in record.assumptions[-1]
    assert any("1 value of Pupils is no number of 0 or more (such as '-4')" in text for text in record.warnings)


def test_a_workbook_of_a_ministry_in_french(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["Ministère de l’Éducation"],
        [],
        ["Nom de l'établissement", "Type d'établissement", "Latitude", "Longitude", "Nombre d'élèves"],
        ["École A", "primaire", "1°30'00\"N", "32°30'00\"E", "1 200"],
        ["École B", "primaire", 1.6, 32.6, "environ 30"],
        ["École C", None, None, None, None],
        ["Total", None, None, None, 1230],
    ):
        book.active.append(row)
    book.save(tmp_path / "ecoles.xlsx")
    points = read_points(tmp_path / "ecoles.xlsx", UGANDA)
    assert points.table["name"].tolist() == ["École A", "École B"]
    assert points.table[["lat", "lon"]].to_numpy() == pytest.approx(np.array([[1.5, 32.5], [1.6, 32.6]]))
    assert points.table["people"].iloc[0] == 1200 and np.isnan(points.table["people"].iloc[1])
    # A school of which only the name is known is a school without a position, and a total is none.
    assert points.not_used == {"that are no points (titles, totals, notes)": 1, "with no position": 1}
    assert any("'environ 30'" in text for text in points.records[0].warnings)


def test_positions_and_numbers_in_other_layouts(tmp_path):
    text = "Escuela;Latitud;Longitud;Matrícula\nA;1,5;32,5;1.200\nB;1,6;32,6;90\nC;32,7;1,7;80\n"
    points = read_points(written(tmp_path, text), UGANDA)
    assert points.table[["lat", "lon", "people"]].to_numpy() == pytest.approx(
        np.array([[1.5, 32.5, 1200], [1.6, 32.6, 90]])
    )
    assert points.not_used == {"with latitude and longitude exchanged": 1}
    metres = read_points(written(tmp_path, "school,easting,northing,zone\nX,500000,200000,36N\n", "utm.csv"), UGANDA)
    assert metres.table[["lat", "lon"]].to_numpy()[0] == pytest.approx([1.8095, 33.0], abs=1e-4)
    parts = read_points(written(tmp_path, "lat,lon,pupils\n1.5,32.5,1.2\n", "parts.csv"), UGANDA)
    assert "no whole numbers (such as 1.2)" in " ".join(parts.records[0].warnings)


@pytest.mark.parametrize("name", ["clinics.gpkg", "clinics.geojson"])
def test_points_and_areas_of_vector_files(tmp_path, name):
    frame = gpd.GeoDataFrame(
        {"Name": ["A", "B", None], "amenity": ["clinic", "", "x"]},
        geometry=[Point(32.5, 1.5), box(32.6, 1.6, 32.7, 1.7), None],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / name)
    points = read_points(tmp_path / name, UGANDA, kind="health")
    assert points.table["kind"].tolist() == ["clinic", "health"]
    assert points.table["lat"].tolist() == pytest.approx([1.5, 1.65])
    assert points.not_used == {"with no position": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,place\nA,B\n", "has no column lat, lon"),
        ("lat,lon\n", "holds no points"),
        ("lat,lon\n,\n0,0\n", "holds no usable point of 2 rows (1 with no position, 1 at 0° north, 0° east)"),
        ("lat,lon\n32.5,1.5\n", "swapped"),
        ("lat,lon\n48.8,2.3\n", "lies outside Uganda"),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_one_line(tmp_path, text, said):
    with pytest.raises(InputError) as error:
        read_points(written(tmp_path, text), UGANDA)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_several_files_are_one(tmp_path):
    one = read_points(written(tmp_path, "lat,lon\n1.5,32.5\n,\n", "a.csv"), UGANDA)
    two = read_points(written(tmp_path, "lat,lon\n1.6,32.5\n,\n0,0\n", "b.csv"), UGANDA)
    both = joined([one, two])
    assert len(both.table) == 2 and both.not_used == {"with no position": 2, "at 0° north, 0° east": 1}
    assert joined([]) is None


def test_points_that_stand_in_two_files_are_a_doubt(tmp_path):
    one = read_points(written(tmp_path, "name,lat,lon\nHope,1.5,32.5\nNile,1.6,32.5\n", "clinics.csv"), UGANDA)
    two = read_points(written(tmp_path, "name,lat,lon\nHOPE,1.50001,32.5\nLira,1.7,32.5\n", "hospitals.csv"), UGANDA)
    (said,) = joined([one, two]).records[1].warnings
    assert said.startswith("1 point stands in another file of points too")
    assert "(such as 'HOPE')" in said
