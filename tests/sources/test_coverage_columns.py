"""Columns that say of a polygon that it is not covered, or not yet: nothing is counted as covered without a word."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import Choice, read_declared
from ewcm.sources.operator_words import means_all, names_in
from ewcm.sources.vectors import read_vector
from tests.sources.files import UGA

#: Two squares; what the second says is under test.
TWO = gpd.GeoDataFrame(geometry=[shapely.box(31, 1, 31.1, 1.1), shapely.box(31.2, 1, 31.3, 1.1)], crs=4326)


def read(path, frame, technology="4G", operator="", **choice):
    frame.to_file(path / "a.geojson")
    return read_declared(path / "a.geojson", technology, UGA, operator=operator, choice=Choice(**choice))


def told(maps):
    """Technology, operator and west edge of each polygon."""
    return {(one.technology, one.operator, round(west, 3)) for one in maps for west in one.polygons.bounds["minx"]}


def said(maps):
    return " ".join(maps[0].record.warnings)


def codes(maps):
    return {getattr(warning, "code", "") for warning in maps[0].record.warnings}


@pytest.mark.parametrize(
    ("column", "yes", "no", "reason"),
    [
        ("STATUS", "live", "planned", "planned or out of service"),
        ("ETAT", "En service", "Projet 2026", "planned or out of service"),
        ("Estado", "en operación", "en construcción", "planned or out of service"),
        ("Situação", "ativa", "desativada", "planned or out of service"),
        ("الحالة", "في الخدمة", "قيد الإنشاء", "planned or out of service"),
        ("COMMENT", "operational", "not yet deployed", "planned or out of service"),
        ("STATUS", "On air", "Not on air", "planned or out of service"),
        ("Estado", "Activo", "Pendiente", "planned or out of service"),
        ("Scenario", "existing", "Target 2030", "planned or out of service"),
        ("PLANNED", "no", "yes", "not covered"),
        ("TECH", "4G", "4G (planned)", "planned or out of service"),
        ("COV", 1, 0, "not covered"),
        ("SERVED", True, False, "not covered"),
        ("cov_pct", 100, 0, "not covered"),
        ("UNSERVED", "no", "yes", "not covered"),
        ("zone_blanche", 0, 1, "not covered"),
        ("Quality", "Good", "None", "not covered"),
        ("Niveau", "Bon", "Nul", "not covered"),
        ("Cobertura", "com cobertura", "sem cobertura", "not covered"),
        ("التغطية", "مغطاة", "غير مغطاة", "not covered"),
        ("Legend", "Served", "White zone (not served)", "not covered"),
        ("TYPE", "Zone couverte", "Zone blanche 2023", "not covered"),
        ("nota", "centro", "sin señal", "not covered"),
        # Such shapes counted as covered.
        ("status", "Good", "None", "not covered"),
        ("Sig", "Excellent", "Nil", "not covered"),
        ("Value", "100%", "0%", "not covered"),
        ("Situação", "Coberto", "Descoberto", "not covered"),
    ],
)
def test_polygons_that_are_not_covered_or_not_yet_are_left_out_and_counted(tmp_path, column, yes, no, reason):
    maps = read(tmp_path, TWO.assign(**{column: [yes, no]}))
    assert {west for *_, west in told(maps)} == {31.0}
    assert f"1 of 2 rows were not used: 1 {reason} by their own '{column}'" in said(maps)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("RSRP_MIN", [-85.0, -120.0], r'column RSRP_MIN holds levels \(-120 to -85\); .* where = "RSRP_MIN >= -105"'),
        ("Rx_Level", [-85.5, -120.5], 'where = "Rx_Level >= -105"'),
        ("rsrp", [85, 120], "perhaps levels without their sign"),
        ("Field_strength_dBuV", [60, 20], r'holds levels \(20 to 60\); .* where = "Field_strength_dBuV >= 60"'),
        ("Range", ["-95 to -85 dBm", "< -120 dBm"], r"""where = "Range = '-95 to -85 dBm'\""""),
        ("Légende", ["]-95 ; -85]", "]-120 ; -105]"], "holds levels"),
        ("couverture_%", [82.5, 12.0], r"holds shares \(12 to 82.5\)"),
        ("COVERAGE", [35, 80], r'holds shares .* where = "COVERAGE >= 50"'),
        ("coverage", [1, 2], "none of them says covered or not"),
        ("STATUS", ["planned", "planned"], "every row is planned or out of service"),
    ],
)
def test_what_would_be_wrong_either_way_is_asked_with_the_key_that_mends_it(tmp_path, column, values, message):
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, TWO.assign(**{column: values}))
    assert "\n" not in str(error.value) and column in str(error.value)


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("Signal", ["Good", "Very poor"], "classes"),
        ("class", [1, 2], "classes"),
        ("ANO_7", [-85, -120], "maybe_levels"),
        ("covered", ["yes", None], "empty_cells"),
        ("Remarks", ["near Gulu", "planned for 2027"], "maybe_planned"),
    ],
)
def test_what_cannot_be_told_is_a_doubt_that_names_the_condition(tmp_path, column, values, code):
    maps = read(tmp_path, TWO.assign(**{column: values}))
    assert len(told(maps)) == 2 and codes(maps) == {code}
    assert column in said(maps) and "where = " in said(maps)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("NAME", ["Plantation", "Baja Verde"]),
        ("LONG", [-65.2, -70.1]),
        ("Estado", ["São Paulo", "Bahia"]),
        ("AREA_COV", [12.5, 80.25]),
        ("Project", ["USF project 3", "USF project 4"]),
        ("Coverage", ["Indoor", "Outdoor"]),
        ("Shape_Area", [0.5, 99.0]),
    ],
)
def test_columns_of_other_things_say_nothing(tmp_path, column, values):
    maps = read(tmp_path, TWO.assign(**{column: values}))
    assert len(told(maps)) == 2 and codes(maps) <= {"maybe_planned"}


def test_a_condition_on_a_column_is_the_last_word_on_it(tmp_path):
    frame = TWO.assign(STATUS=["live", "planned"], RSRP=[-85, -120])
    maps = read(tmp_path, frame, where="STATUS = 'planned' AND RSRP >= -130")
    assert {west for *_, west in told(maps)} == {31.2} and not codes(maps)


# --- columns of technologies ---------------------------------------------------------------------------------------------

FLAGS = TWO.assign(has_2G=["Yes", "Yes"], has_3G=[1, 0], cov_4G=["✓", "non"])


def test_columns_of_yes_and_no_tell_the_technologies_with_and_without_a_stated_one(tmp_path):
    """Who followed the advice to state a technology got every polygon for it."""
    assert told(read(tmp_path, FLAGS, None)) == {
        *(("2G", "", 31.0), ("2G", "", 31.2), ("3G", "", 31.0), ("4G", "", 31.0)),
    }
    maps = read(tmp_path, FLAGS, "4G")
    assert told(maps) == {("4G", "", 31.0)} and "1 without a yes in cov_4G" in said(maps)
    assert told(read(tmp_path, FLAGS, "4G", where="cov_4G = 'non'")) == {("4G", "", 31.2)}


def test_columns_of_operators_and_technologies(tmp_path):
    frame = TWO.assign(**{"MTN 4G": ["Yes", "No"], "Airtel 4G": ["Yes", "Yes"]})
    both = {("4G", "MTN", 31.0), ("4G", "Airtel", 31.0), ("4G", "Airtel", 31.2)}
    assert told(read(tmp_path, frame, None)) == both and told(read(tmp_path, frame, "4G")) == both
    assert told(read(tmp_path, frame, "4G", "MTN")) == {("4G", "MTN", 31.0)}


@pytest.mark.parametrize(
    ("column", "values", "technology", "message"),
    [
        ("has_4G", ["Yes", "No"], "5G", "technology = '5G' is stated, and the columns of yes and no are has_4G"),
        ("4G_pct", [98.2, 12.0], None, r'where = "\[4G_pct\] >= 50"'),
        ("4G", ["MTN", "MTN"], "4G", r"""holds 'MTN', which is neither yes nor no; .* where = "\[4G\] = 'MTN'\""""),
        ("MTN", ["2G", "3G"], "3G", "columns MTN and Orange tell different technologies"),
        ("4G", ["No", "No"], None, "no row says yes in 4G"),
    ],
)
def test_columns_of_technologies_that_say_something_else_are_refused(tmp_path, column, values, technology, message):
    others = {"Orange": ["3G", "2G"]} if column == "MTN" else {}
    with pytest.raises(InputError, match=message):
        read(tmp_path, TWO.assign(**{column: values}, **others), technology)


# --- operators -----------------------------------------------------------------------------------------------------------


def test_words_for_all_operators_mean_the_union_and_shared_names_each_of_them(tmp_path):
    frame = TWO.assign(OPERATOR=["Tous les opérateurs", "MTN/Airtel"])
    maps = read(tmp_path, frame)
    assert told(maps) == {("4G", "", 31.0), ("4G", "MTN", 31.2), ("4G", "Airtel", 31.2)}
    assert "speak for all operators together" in " ".join(maps[0].record.assumptions)
    assert told(read(tmp_path, frame, operator="mtn")) == {("4G", "mtn", 31.2)}
    assert told(read(tmp_path, TWO, operator="All operators")) == {("4G", "", 31.0), ("4G", "", 31.2)}


@pytest.mark.parametrize(
    "name", ["All operators", "TOUS", "todas las operadoras", "Todos os operadores", "جميع المشغلين"]
)
def test_words_for_all_operators(name):
    assert means_all(name)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("MTN/Airtel", ("MTN", "Airtel")),
        ("MTN & Airtel", ("MTN", "Airtel")),
        ("Tigo y Claro", ("Tigo y Claro",)),
        ("AT&T", ("AT&T",)),
        ("Vodafone, Ltd", ("Vodafone, Ltd",)),
        ("All Telecom", ("All Telecom",)),
    ],
)
def test_names_of_several_and_of_one(name, parts):
    assert names_in(name, ("MTN", "Airtel")) == parts and not means_all(name)


def test_a_file_whose_name_speaks_of_plans_is_a_doubt(tmp_path):
    TWO.to_file(tmp_path / "coverage_4G_planned_2027.geojson")
    (found,) = read_declared(tmp_path / "coverage_4G_planned_2027.geojson", "4G", UGA)
    assert [warning.code for warning in found.record.warnings] == ["planned_name"]


@pytest.mark.parametrize(
    ("name", "operator", "brands"),
    [
        ("MTN_2G_coverage.geojson", "", ["MTN"]),
        ("couverture-4G-Orange 2024.geojson", "", ["Orange"]),
        ("nepal_telecom_3g.geojson", "", ["Nepal Telecom"]),
        ("MTN_2G_coverage.geojson", "MTN", []),
        ("MTN_2G_coverage.geojson", "all", []),
        ("MTN_Airtel_2G.geojson", "", []),  # of both together
        ("smart_city_4G.geojson", "", []),
        ("mountains_4G.geojson", "", []),
    ],
)
def test_a_map_called_by_one_operator_and_taken_for_all_is_a_doubt(tmp_path, name, operator, brands):
    TWO.to_file(tmp_path / name)
    (found,) = read_declared(tmp_path / name, "4G", UGA, operator=operator)
    said = [warning for warning in found.record.warnings if warning.code == "operator_in_name"]
    assert [one.values["operator"] for one in said] == brands
    assert found.operator == operator.replace("all", "")


NOW = datetime.now(UTC).year


@pytest.mark.parametrize(("column", "value"), [("deleted", 0), ("outdoor", 1)])
def test_a_column_of_yes_and_no_that_nothing_reads_is_a_doubt_with_its_mend(tmp_path, column, value):
    three = pd.concat([TWO, TWO.iloc[:1]], ignore_index=True)
    maps = read(tmp_path, three.assign(**{column: [value, 1 - value, value]}))
    assert f'where = "{column} = {value}"' in said(maps)


def test_words_for_networks_to_come_leave_rows_out_whatever_their_heading(tmp_path):
    for values in (["Current", "Future"], ["Current", "Historic"], ["4G", "No 4G"]):
        assert len(told(read(tmp_path, TWO.assign(State=values)))) == 1
    with pytest.raises(InputError, match="column LaunchDt tells when the network begins"):
        read(tmp_path, TWO.assign(LaunchDt=[20200101, (NOW + 1) * 10_000 + 601]))


def test_tables_beside_a_layer_are_joined_by_the_column_that_both_have(tmp_path):
    """What they said of the shapes was not known, and nothing was said."""
    path = tmp_path / "a.gpkg"
    TWO.assign(cov_id=[1, 2], tech=[7, 8]).to_file(path, layer="coverage")
    for name, columns in {
        "status": {"cov_id": [2, 1], "status": ["Planned", "On air"]},
        "technologies": {"tech": [7, 8], "technology": ["4G", "5G"]},
        "notes": {"remark": ["all good"]},
    }.items():
        pyogrio.write_dataframe(pd.DataFrame(columns), path, layer=name)
    maps = read_declared(path, None, UGA)
    assert {(one.technology, round(one.polygons.total_bounds[0])) for one in maps} == {("4G", 31)}
    assert "tables without shapes that were not read (notes)" in said(maps)


@pytest.mark.parametrize(
    ("heading", "write"),
    [
        ("WKT", lambda shapes: shapes.to_wkt()),
        ("the_geom", lambda shapes: "SRID=32636;" + shapes.to_crs(32636).to_wkt()),
        ("geom", lambda shapes: shapes.to_wkb(hex=True)),
    ],
)
def test_areas_in_the_cells_of_a_table_are_read(tmp_path, heading, write):
    path = tmp_path / "coverage.csv"
    pd.DataFrame({"technology": ["4G", "2G"], heading: write(TWO.geometry)}).to_csv(path, index=False, sep=";")
    assert told(read_declared(path, None, UGA)) == {("4G", "", 31.0), ("2G", "", 31.2)}
    path.write_text(path.read_text().replace("))", ")").replace("0103", "0109"))
    with pytest.raises(
        InputError, match=r"coverage.csv: (row 1 holds no area that can be read|has no column of areas)"
    ):
        read_declared(path, None, UGA)


@pytest.mark.parametrize(
    ("column", "live", "other", "code"),
    [
        ("STATUS", "Live", "TBC", "status"),
        ("STATUS", "Live", "", "no_status"),
        ("Phase", "Existing", "Phase 2", "status"),
        ("YEAR", 2016, NOW + 1, "launches"),
        ("valid_to", "", f"{NOW - 3}-01-01", "launches"),
        ("Kind", "coverage", "district", "classes"),
        ("Colour", "Green", "Red", "classes"),
        ("fill", "#00FF00", "#FF0000", "classes"),
        ("sig_class", "A", "D", "classes"),
        ("bin", 4, 1, "classes"),
        ("is_hole", "no", "yes", "classes"),
        ("valid", "yes", "no", "classes"),
        ("Scenario", "Baseline", "Upgrade", "classes"),
        ("Layer", "Existing", "Stage 3", "classes"),
        ("bars", 4, 0, "classes"),
        ("DL_Mbps", 20.5, 0.0, "classes"),
        # A number stood before the G of these, and so they were taken for numbers.
        ("name", "4G MTN", "4G MTN planned", "maybe_planned"),
        ("validfrom", "2020-01-01", f"{NOW + 1}-06-01", "launches"),
        ("Quarter", "Q4 2024", f"Q2 {NOW + 1}", "launches"),
    ],
)
def test_what_may_not_be_covered_is_a_doubt(tmp_path, column, live, other, code):
    """Such shapes counted as covered, and nothing was said."""
    maps = read(tmp_path, TWO.assign(**{column: [live, other]}))
    assert len(told(maps)) == 2 and code in codes(maps)


@pytest.mark.parametrize("later", [NOW + 1, f"{NOW + 1}-05-01"])
def test_a_network_that_begins_next_year_is_asked_for(tmp_path, later):
    begun = 2016 if isinstance(later, int) else "2016-02-01"
    frame = TWO.assign(LAUNCH=[begun, later])
    with pytest.raises(InputError) as refused:
        read(tmp_path, frame)
    mend = str(refused.value).split('where = "')[1].rstrip('"')
    maps = read(tmp_path, frame, where=mend)
    assert told(maps) == {("4G", "", 31.0)} and "launches" not in codes(maps)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("DECOMMISSIONED", "2021-01-01", "launches"),
        ("OFF_AIR_DATE", "2021-01-01", "launches"),
        ("REMARK", "coming in 2027", "maybe_planned"),
        ("TOWN", "coming home", None),
    ],
)
def test_networks_that_ended_and_remarks_on_those_to_come_are_a_doubt(tmp_path, column, text, code):
    """Ground of a network that is off the air counted as covered without a word."""
    shapes = [shapely.box(31 + k, 0, 32 + k, 1) for k in range(2)]
    gpd.GeoDataFrame({column: ["", text]}, geometry=shapes, crs=4326).to_file(tmp_path / "c.gpkg")
    (found,) = read_declared(tmp_path / "c.gpkg", "4G", UGA)
    assert {one.code for one in found.record.warnings} == ({code} if code else set())


@pytest.mark.parametrize("column", ["operator", "PLMN", "MCC MNC operator"])
def test_codes_of_networks_are_operators(tmp_path, column):
    """They were numbers, and so nobody's names: the map spoke for all operators together."""
    maps = read(tmp_path, TWO.assign(**{column: [64110, 64101]}))
    assert {one.operator for one in maps} == {"641-10", "641-01"}


def test_a_datum_of_unknown_place_is_said(tmp_path):
    """PROJ leaves positions as they are, without a word."""
    for code, is_known in ((21096, True), (23946, False)):
        frame = TWO.to_crs(32636).set_crs(code, allow_override=True)
        frame.to_file(tmp_path / "b.gpkg")
        found = read_vector(tmp_path / "b.gpkg", None).assumptions
        assert any("how far the datum" in one for one in found) is not is_known
