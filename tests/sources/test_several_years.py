"""Lists and maps that hold several years, several tables, or one table in two sheets: read rightly, or said in one line."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import Choice, read_declared
from ewcm.sources.coverage_truth import read_truth
from ewcm.sources.site_lists import read_sites
from tests.sources.files import UGA
from tests.sources.office_files import ENGLISH, SITES, plain, written

PLAIN = ["Site ID", "Latitude", "Longitude", "Technology"]
ROWS = [list(row[:4]) for row in SITES]


def transmitters(sites):
    """Position, technology, frequency and height of each."""
    table = sites.table[["lat", "lon", "technology", "frequency_mhz", "height_m"]]
    return sorted(map(tuple, table.fillna(0).round(4).to_numpy().tolist()))


def codes(record):
    return {getattr(warning, "code", "") for warning in record.warnings}


def boxes(*wests, width=0.1):
    return [shapely.box(west, 1, west + width, 1.1) for west in wests]


def layer(folder, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_file(folder / "a.geojson")
    return folder / "a.geojson"


def wests(maps):
    return sorted(round(west, 3) for one in maps for west in one.polygons.bounds["minx"])


@pytest.mark.parametrize(
    "heading",
    [
        [*PLAIN, "", *PLAIN],
        [*PLAIN, *[f"{name}.1" for name in PLAIN]],
        [*PLAIN, *[f"{name}_1" for name in PLAIN]],
        [*PLAIN, "", "Latitude", "People"],
    ],
)
def test_two_tables_side_by_side_are_refused_with_what_to_do(tmp_path, heading):
    """Of headings that a program has numbered the first table alone was read."""
    rows = [[*left, *([""] * heading.count("")), *right] for left, right in zip(ROWS[:3], ROWS[3:], strict=True)]
    with pytest.raises(
        InputError, match=r"two tables side by side .* stands in columns [AB] and [EFG]\); put one below"
    ):
        read_sites(written(tmp_path / "s.csv", [heading, *rows]), UGA)


def test_technologies_of_several_years_are_asked_for(tmp_path):
    path = layer(tmp_path, boxes(31, 31.2), **{"2G 2022": ["yes", "no"], "2G 2024": ["yes", "yes"]})
    for technology in (None, "2G"):  # stated, as by the name of the file, all shapes were taken
        with pytest.raises(InputError, match=r"""columns 2G 2022, 2G 2024 .* where = "\[2G 2024\] = 'yes'\""""):
            read_declared(path, technology, UGA)
    chosen = read_declared(path, "2G", UGA, choice=Choice(where="[2G 2022] = 'yes'"))
    assert wests(chosen) == [31.0] and not codes(chosen[0].record)
    path = layer(
        tmp_path, boxes(31, 31.2), **{"4G_pct": [98.2, 12.0]}
    )  # a heading that begins with a digit, as advised
    assert wests(read_declared(path, "4G", UGA, choice=Choice(where="[4G_pct] >= 50"))) == [31.0]
    path = layer(tmp_path, boxes(31, 31.2), TECH=["4G", "4G"], **{"4G_2022": [1, 0], "4G_2024": [1, 1]})
    assert "technology_years" in codes(read_declared(path, None, UGA)[0].record)
    rows = [[*row[:3], 1, 0] for row in ROWS]
    with pytest.raises(InputError, match=r"columns 4G 2022, 4G 2024 .* by the technology alone, as in '4G'"):
        read_sites(written(tmp_path / "s.csv", [[*PLAIN[:3], "4G 2022", "4G 2024"], *rows]), UGA)
    listed = written(tmp_path / "s.csv", [[*PLAIN, "4G 2022"], *[[*row, 1] for row in ROWS]])
    assert "technology_years" in codes(read_sites(listed, UGA).records[0])


def test_maps_of_several_years_in_one_layer_are_a_doubt(tmp_path):
    """All were united without a word."""
    nested = [shapely.box(31, 1, 31 + width, 1.1) for width in (0.1, 0.2, 0.3)]
    path = layer(tmp_path, nested, YEAR=[2021, 2022, 2023], TECH=["4G"] * 3)
    (found,) = read_declared(path, None, UGA)
    assert "vintages" in codes(found.record) and 'where = "YEAR = 2023"' in " ".join(found.record.warnings)
    assert not codes(read_declared(path, None, UGA, choice=Choice(where="YEAR = 2023"))[0].record)
    for path in (
        layer(tmp_path, boxes(31, 31.1, 31.2), YEAR=[2021, 2022, 2023], TECH=["4G"] * 3),  # each year elsewhere
        layer(tmp_path, nested[:2], YEAR=[2010, 2020], TECH=["2G", "4G"]),  # each year another technology
    ):
        assert "vintages" not in codes(read_declared(path, None, UGA)[0].record)


def test_lists_of_several_years_in_one_table_are_a_doubt(tmp_path):
    def doubted(rows):
        return "vintage_sites" in codes(
            read_sites(written(tmp_path / "s.csv", [["Year", *PLAIN], *rows]), UGA).records[0]
        )

    assert doubted([[year, *row] for year in (2022, 2023) for row in ROWS[year - 2022 :]])
    assert not doubted([[year, *row] for year in (2022, 2023) for row in ROWS[: 5 + year - 2022]])  # none has gone
    assert not doubted([[2020 + number, *row] for number, row in enumerate(ROWS)])


@pytest.mark.parametrize(("yes", "no"), [("C", "NC"), ("c", "n/c"), ("C", "SC"), ("CC", "SC")])
def test_letters_for_covered_and_not_covered(tmp_path, yes, no):
    """Of a map NC was taken as covered, as if the cell were empty; a list of places was refused."""
    for columns in ({"Couverture": [yes, no]}, {"4G": [yes, no]}):
        assert wests(read_declared(layer(tmp_path, boxes(31, 31.2), **columns), "4G", UGA)) == [31.0]
    places = [["lat", "lon", "2G", "4G"], [0.5, 32.5, yes, no], [0.7, 32.6, no, no], [0.9, 32.7, yes, yes]]
    found = read_truth(written(tmp_path / "p.csv", places), UGA, "declared, 2024")
    assert found.table["2G"].tolist() == [1, 0, 1] and found.table["4G"].tolist() == [0, 0, 1]


def esri(path, **more):
    ring = [list(map(list, shape.exterior.coords)) for shape in boxes(31)]
    feature = {"attributes": {"TECH": "4G"}, "geometry": {"rings": ring}}
    fields = [{"name": "TECH", "type": "esriFieldTypeString", "alias": "TECH", "length": 5}]
    whole = {
        "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, "fields": fields, "features": [feature]
    }  # fmt: skip
    path.write_text(json.dumps(whole | more, indent=1))
    return path


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"exceededTransferLimit": True}, r"holds only the first part of the layer \(exceededTransferLimit\)"),
        ({"spatialReference": {"url": "http://127.0.0.1:1/x"}}, "tells no coordinate system by its number"),
        ({"spatialReference": {"wkt": "http://127.0.0.1:1/x"}}, "tells no coordinate system by its number"),
        ({"features": None}, "without shapes"),
        ({"features": [{"geometry": {"curveRings": []}}]}, "holds curves"),
    ],
)
def test_json_of_arcgis_is_read_where_it_is_whole(tmp_path, more, message):
    (found,) = read_declared(esri(tmp_path / "a.json"), None, UGA)
    assert wests([found]) == [31.0] and found.technology == "4G"
    with pytest.raises(InputError, match=message):
        read_declared(esri(tmp_path / "a.json", **more), None, UGA)


def test_geojson_of_which_a_server_sent_a_part_is_refused(tmp_path):
    path = layer(tmp_path, boxes(31), TECH=["4G"])
    whole = json.loads(path.read_text())
    for more in ({"exceededTransferLimit": True}, {"properties": {"exceededTransferLimit": True}}):
        path.write_text(json.dumps(whole | more))
        with pytest.raises(InputError, match="holds only the first part of the layer"):
            read_declared(path, None, UGA)


def two_sheets(path, unknown=()):
    book = openpyxl.Workbook()
    book.active.title = "Sites"
    book.active.append(["Name", "Longitude", "Latitude", "Altitude (m)"])
    for name, lat, lon in dict.fromkeys(row[:3] for row in SITES):
        book.active.append([name, lon, lat, 1100])
    sheet = book.create_sheet("Transmitters")
    sheet.append(["Site", "Transmitter", "Frequency Band", "Height (m)", "Technology"])
    for number, (name, _, _, technology, _, mhz, height) in enumerate((*SITES, *unknown)):
        sheet.append([name, f"{name}_{number}", f"{technology} {mhz}", height, technology])
    book.save(path)
    return path


def test_sheets_of_sites_and_of_transmitters_are_joined_by_the_names_of_sites(tmp_path):
    """Planning tools export them so; such a workbook was refused."""
    expected = transmitters(read_sites(plain(tmp_path)[0], UGA))
    found = read_sites(two_sheets(tmp_path / "s.xlsx"), UGA)
    assert transmitters(found) == expected and not codes(found.records[0])
    assert "by the names of the sites in columns 'Site' and 'Name'" in " ".join(found.records[0].assumptions)
    found = read_sites(two_sheets(tmp_path / "s.xlsx", [("K9", 0, 0, "4G", "", 800, 30)]), UGA)
    assert transmitters(found) == expected and "1 row of sheet 'Transmitters' name" in " ".join(
        found.records[0].warnings
    )


def test_cells_of_each_technology_in_a_sheet_of_their_own_are_all_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Site ID", "Site Name", "Latitude", "Longitude"])
    for name, lat, lon in dict.fromkeys(row[:3] for row in SITES):
        book.active.append([f"X{name}", name, lat, lon])
    for technologies, heading in (("2G", "RAT"), ("3G4G", "Technology")):
        sheet = book.create_sheet(f"Cells {technologies}")
        sheet.append(["Site Name", "Cell", heading, "Height (m)"])
        for number, (name, _, _, technology, _, _, height) in enumerate(SITES):
            if technology in technologies:
                sheet.append([name, number, technology, height])
    book.save(tmp_path / "s.xlsx")
    expected = [(*row[:3], row[4]) for row in transmitters(read_sites(plain(tmp_path)[0], UGA))]
    found = [(*row[:3], row[4]) for row in transmitters(read_sites(tmp_path / "s.xlsx", UGA))]
    assert found == expected


@pytest.mark.parametrize("heading", ["2G/3G/4G", "2G, 3G, 4G", "GSM/UMTS/LTE"])
def test_cells_below_a_heading_of_several_technologies_mean_those_that_they_name(tmp_path, heading):
    """Each site counted for all of them."""
    expected = [one[:3] for one in transmitters(read_sites(written(tmp_path / "s.csv", [PLAIN, *ROWS]), UGA))]
    table = [[*PLAIN[:3], f'"{heading}"'], *ROWS]
    assert [one[:3] for one in transmitters(read_sites(written(tmp_path / "s.csv", table), UGA))] == expected


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("Coordonnées géographiques (Latitude)", "Coordonnées géographiques (Longitude)"),
        ("Coord. Y (Latitud)", "Coord. X (Longitud)"),
        ("Coordenadas: Lat", "Coordenadas: Long"),
    ],
)
def test_headings_of_positions_with_further_words(tmp_path, lat, lon):
    found = read_sites(written(tmp_path / "s.csv", [["Site", lat, lon, "Technology"], *ROWS], ";"), UGA)
    assert len(found.table) == len(ROWS)


def test_degrees_and_minutes_in_one_number_are_named_as_such(tmp_path):
    """They were called degrees without their decimal sign."""
    rows = [[name, f"{int(lat):02d}{lat % 1 * 60:07.4f}", f"{int(lon):03d}{lon % 1 * 60:07.4f}", technology]
            for name, lat, lon, technology in ROWS if lat > 0]  # fmt: skip
    with pytest.raises(InputError, match=r"degrees and minutes in one number \(DDMM.mmmm\)"):
        read_sites(written(tmp_path / "s.csv", [PLAIN, *rows]), UGA)


def test_a_rule_that_strikes_cells_through_is_a_doubt(tmp_path):
    book = openpyxl.Workbook()
    for row in (ENGLISH, *SITES):
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    assert "struck_by_rule" not in codes(read_sites(tmp_path / "s.xlsx", UGA).records[0])
    book.active.conditional_formatting.add("A2:G9", FormulaRule(formula=['$A2="K4"'], font=Font(strike=True)))
    book.save(tmp_path / "s.xlsx")
    assert "struck_by_rule" in codes(read_sites(tmp_path / "s.xlsx", UGA).records[0])


def warned(folder, rows, separator=","):
    return codes(read_sites(written(folder / "s.csv", rows, separator), UGA).records[0])


def test_technologies_of_a_second_tenant_are_a_doubt(tmp_path):
    """Those of the first tenant alone were read."""
    head = ["Tower", "Lat", "Long", "Tenant 1 Technologies", "Tenant 2 Technologies"]
    assert "technologies_not_read" in warned(
        tmp_path, [head, ["T1", 0.9, 32.1, "2G/3G", "4G"], ["T2", 0.8, 32.3, "2G", ""]]
    )
    assert "technologies_not_read" not in warned(
        tmp_path, [head, ["T1", 0.9, 32.1, "2G/3G", "2G"], ["T2", 0.8, 32.3, "2G", ""]]
    )


@pytest.mark.parametrize(
    ("above", "head", "cells", "below", "code"),
    [
        ("", "", "", "* planned for 2027", "planned_note"),
        ("", "", "", "* exported by the office", ""),
        ("Annex B: localities to be covered", "", "", "", "planned_name"),
        ("", "Deadline", "31/12/2099", "", "site_maybe_planned"),
        ("", "Avg RSRP (dBm)", "-95", "", "levels_of_phones"),
        ("", "Moyenne RxLev", "-85", "", "levels_of_phones"),
    ],
)
def test_what_stands_around_a_list_of_plans_or_of_measurements_is_a_doubt(tmp_path, above, head, cells, below, code):
    """All of them were taken as sites in service without a word."""
    rows = [[*row, cells] for row in ROWS]
    table = [*([[above]] if above else []), [*PLAIN, head or "Remark"], *rows, *([[below]] if below else [])]
    assert warned(tmp_path, table) == ({code} if code else set())


def test_words_for_under_way_after_in(tmp_path):
    path = layer(tmp_path, boxes(31, 31.2), Situação=["Licenciada", "Em licenciamento"], TECH=["4G", "4G"])
    assert wests(read_declared(path, None, UGA)) == [31.0]


def test_ground_without_a_server_is_not_covered(tmp_path):
    path = layer(tmp_path, boxes(31, 31.2), BestServer=["K1_2", "No Server"], TECH=["4G", "4G"])
    assert wests(read_declared(path, None, UGA)) == [31.0]


def test_exports_of_forms_of_a_survey(tmp_path):
    expected = [one[:3] for one in transmitters(read_sites(written(tmp_path / "s.csv", [PLAIN, *ROWS]), UGA))]
    groups = ["start", "site/site_name", "site/_gps_latitude", "site/_gps_longitude", "site/_gps_altitude", "net/tech"]
    in_groups = [["2024-01-01", name, lat, lon, 1180, technology.lower()] for name, lat, lon, technology in ROWS]
    in_one = [[name, f"{lat} {lon} 1180.0 4.5", technology] for name, lat, lon, technology in ROWS]
    flags = ["site/site_name", "_gps", "net/tech/2g", "net/tech/3g", "net/tech/4g"]
    as_flags = [[name, f"{lat} {lon} 0 0", *(int(technology == one) for one in ("2G", "3G", "4G"))]
                for name, lat, lon, technology in ROWS]  # fmt: skip
    for head, rows in ((groups, in_groups), (["site_name", "_gps", "tech"], in_one), (flags, as_flags)):
        found = transmitters(read_sites(written(tmp_path / "s.csv", [head, *rows]), UGA))
        assert [one[:3] for one in found] == expected, head


def test_a_table_turned_over_is_refused_as_such(tmp_path):
    turned = [[name, *cells] for name, cells in zip(PLAIN, zip(*ROWS, strict=True), strict=True)]
    with pytest.raises(
        InputError, match=r"stand below each other in the first column \(Site ID, Latitude, .*turn the table"
    ):
        read_sites(written(tmp_path / "s.csv", turned), UGA)


def test_headings_with_signs_that_turn_the_direction_of_a_text(tmp_path):
    found = read_sites(written(tmp_path / "s.csv", [[f"\u200f{name}" for name in PLAIN], *ROWS]), UGA)
    assert "\u200f" not in " ".join(found.records[0].assumptions) and len(found.table) == len(ROWS)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"Host operator": ["MTN"] * 6, "Guest operators": ["Airtel"] * 6}, "further_operators"),
        ({"Owner": ["ATC"] * 6, "Operator": ["Airtel"] * 6}, ""),
        ({"Feb-24": ["Up"] * 6, "Mar-24": [*["Up"] * 5, "Down"]}, "site_maybe_planned"),
        ({"Availability (%)": [*["99.5"] * 5, "0 %"]}, "site_maybe_planned"),
        ({"Traffic (Erl)": [*["10.5"] * 5, "0"]}, "site_maybe_planned"),
        ({"Licence expiry": [*["31/12/2099"] * 5, "31/12/2019"]}, "site_maybe_planned"),
        ({"DataValidade": [*["2099-01-01"] * 5, "2020-01-01"]}, "site_maybe_planned"),
        ({"DataValidade": ["2099-01-01"] * 6}, ""),
        ({"Zone": ["Up", "Up", "Down", "North", "East", "West"]}, ""),
    ],
)
def test_columns_that_say_more_of_a_site_than_is_read_are_a_doubt(tmp_path, columns, code):
    """Who else is on the mast, and that it did not work, were among the columns that are not read."""
    rows = [[*row, *cells] for row, cells in zip(ROWS, zip(*columns.values(), strict=True), strict=True)]
    assert warned(tmp_path, [[*PLAIN, *columns], *rows]) == ({code} if code else set())


@pytest.mark.parametrize(
    ("name", "planned"), [("coverage_4G_target", True), ("cobertura_4G_futuro", True), ("couverture_4G_2099", True),
                          ("coverage_4G_2020", False), ("coverage_4G_north", False)]
)  # fmt: skip
def test_maps_called_by_what_is_aimed_at_are_a_doubt(tmp_path, name, planned):
    path = layer(tmp_path, boxes(31)).rename(tmp_path / f"{name}.geojson")
    assert ("planned_name" in codes(read_declared(path, "4G", UGA)[0].record)) == planned


def test_cells_of_a_map_and_areas_are_no_sites(tmp_path):
    """Each cell that says yes had a circle of kilometres around it."""
    cells = [[0.6 + row / 100, 32 + column / 100, int(column < 6)] for row in range(12) for column in range(12)]
    with pytest.raises(InputError, match=r"its positions fill a grid \(12 latitudes by 12 longitudes\)"):
        read_sites(written(tmp_path / "s.csv", [["lat", "lon", "4G"], *cells]), UGA)
    places = np.random.default_rng(2).integers(0, 20, (400, 2))  # masts of a town, rounded to 0.01 degrees
    masts = [[0.3 + row / 100, 32.5 + column / 100, "4G"] for row, column in places]
    read_sites(written(tmp_path / "s.csv", [["lat", "lon", "technology"], *masts]), UGA)
    areas = [["4G", f'"{shape.wkt}"'] for shape in boxes(31, 32)]
    with pytest.raises(InputError, match=r"holds areas \(WKT\), and sites are points; save it as a GeoPackage"):
        read_sites(written(tmp_path / "s.csv", [["TECH", "wkt"], *areas]), UGA)
