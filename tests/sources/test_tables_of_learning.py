"""Tables that `ewcm learn` reads, as offices have them: decimal commas, thousands, words; nothing is read wrongly in silence."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.measurements import read_measurements
from ewcm.sources.totals import read_units

UGANDA = country("UGA")


def measured(path, *rows):
    path.write_text("\n".join(["lat;lon;dbm;technology", *rows]) + "\n", encoding="utf-8")
    return read_measurements(path, UGANDA)


def test_measurements_with_decimal_commas_are_read_and_it_is_said(tmp_path):
    rows = [f"0,{31 + i};32,{58 + i};-{80 + i},5;LTE" for i in range(12)]
    found = measured(tmp_path / "m.csv", *rows, "0,5;32,5;no signal;LTE", "0,6;32,6;weak;LTE")
    levels = np.sort(found.table["level_dbm"].dropna())
    np.testing.assert_allclose(levels, [-91.5 + i for i in range(12)])
    assert found.table["silent"].sum() == 1
    assert any("Commas were read as decimal signs" in text for text in found.record.assumptions)
    said = " ".join(map(str, found.record.warnings))
    assert "1 value of level_dbm is no number (such as" in said and "1 without a level that can be" in said


def test_levels_in_other_units_are_refused(tmp_path):
    with pytest.raises(InputError, match="no dBm; convert them"):
        measured(tmp_path / "m.csv", *[f"0,3{i};32,5{i};{20 + i};LTE" for i in range(9)])


@pytest.mark.parametrize(
    ("people", "words"), [("12.345", "thousands or decimals"), ("12 345", None), ("many", "'many'")]
)
def test_totals_with_points_between_thousands_are_no_decimals(people, words, tmp_path):
    """A total of 12.345 people was taken as twelve."""
    shapes = [box(32 + 0.1 * i, 0, 32.1 + 0.1 * i, 0.1) for i in range(3)]
    frame = gpd.GeoDataFrame({"code": ["a", "b", "c"]}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "units.gpkg", driver="GPKG")
    (tmp_path / "totals.csv").write_text(f"code;people\na;{people}\nb;{people}\nc;{people}\n")
    if words is None:
        units, _ = read_units(tmp_path / "units.gpkg", UGANDA, totals=tmp_path / "totals.csv", layer="units")
        assert units.table["people"].tolist() == [12345.0] * 3
        return
    with pytest.raises(InputError, match=words):
        read_units(tmp_path / "units.gpkg", UGANDA, totals=tmp_path / "totals.csv", layer="units")
