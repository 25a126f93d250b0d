"""Areas whose names, parents or level are not where they are looked for: said, with the key that mends it."""

from __future__ import annotations

import geopandas as gpd
from shapely.geometry import box

from ewcm.sources.boundaries import joined, read_boundaries
from tests.sources.files import UGA


def halves(**columns):
    """Two areas side by side."""
    return gpd.GeoDataFrame(columns, geometry=[box(31, 0, 32, 1), box(32, 0, 33, 1)], crs=4326)


def quarters(**columns):
    """Each of the halves in two."""
    return gpd.GeoDataFrame(columns, geometry=[box(31 + k / 2, 0, 31.5 + k / 2, 1) for k in range(4)], crs=4326)


def read(path, frame, level, **more):
    frame.to_file(path / f"l{level}.geojson")
    return read_boundaries(path / f"l{level}.geojson", level, UGA, **more)


def warned(found):
    return {warning.code: str(warning) for record in found.records for warning in record.warnings}


FIRST = halves(name=["West", "East"], code=["A1", "A2"])


def test_the_area_above_is_not_read_from_the_areas_own_code(tmp_path):
    """With columns name, code, parent every area became its own parent."""
    second = quarters(name=list("abcd"), code=list("wxyz"), parent=["A1", "A1", "A2", "A2"])
    found = joined([read(tmp_path, FIRST, 1), read(tmp_path, second, 2)])
    assert found.table["parent_id"].tolist() == ["UGA", "UGA", "A1", "A1", "A2", "A2"] and not warned(found)
    without = joined([read(tmp_path, FIRST, 1), read(tmp_path, second.drop(columns="parent"), 2)])
    assert without.table["parent_id"].tolist()[2:] == [""] * 4


def test_the_name_of_the_area_above_stands_for_its_code(tmp_path):
    second = quarters(NAME_1=["West", "West", "East", "East"], NAME_2=list("abcd"), code=list("wxyz"))
    found = joined([read(tmp_path, FIRST, 1), read(tmp_path, second, 2)])
    assert found.table["parent_id"].tolist()[2:] == ["A1", "A1", "A2", "A2"]


def test_areas_above_that_are_not_there_are_named_where_a_level_is_left_out(tmp_path):
    fourth = quarters(name=list("abcd"), code=list("wxyz"), parent=["B1", "B2", "B3", "B4"])
    assert (
        "4 areas of level 4 name an area above them"
        in warned(joined([read(tmp_path, FIRST, 1), read(tmp_path, fourth, 4)]))["parents"]
    )


def test_a_level_with_an_area_missing_is_doubted(tmp_path):
    """Holes were looked for among the areas alone: what lacks at the rim was counted to the neighbours without a word."""
    country = gpd.GeoDataFrame({"name": ["U"]}, geometry=[box(31, 0, 33, 1)], crs=4326)
    whole = [read(tmp_path, country, 0), read(tmp_path, FIRST, 1)]
    assert not warned(joined(whole))
    said = warned(joined([whole[0], read(tmp_path, FIRST.iloc[:1], 1)]))["gap"]
    assert "leave 50% of the ground" in said and "is an area missing?" in said


def test_columns_are_listed_where_none_was_taken_for_the_names(tmp_path):
    frame = halves(OBJECTID=[1, 2], DNAME2014=["Alpha", "Beta"], Shape_Area=[1.0, 2.0])
    said = warned(read(tmp_path, frame, 1))["no_names"]
    assert "OBJECTID, DNAME2014, Shape_Area" in said and 'name = "DNAME2014"' in said
    assert not warned(read(tmp_path, frame, 1, name="DNAME2014"))


def test_areas_of_one_name_and_areas_of_a_finer_level_are_doubted(tmp_path):
    assert "'North'" in warned(read(tmp_path, halves(name=["North", "North"]), 1))["same_names"]
    finer = quarters(ADM2_EN=list("abcd"), ADM2_PCODE=list("wxyz"), ADM1_EN=list("mnop"), ADM1_PCODE=list("qrst"))
    said = warned(read(tmp_path, finer, 1))
    assert set(said) == {"finer_level"} and "state level = 2" in said["finer_level"]
