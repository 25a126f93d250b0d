"""Positions, technologies and operators in further words of offices: the same sites, or one line that names the value and the
mend."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from ewcm.errors import InputError
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.site_lists import Options, read_sites
from tests.sources.files import UGA

#: 24 places, more than a doubt of rounded positions needs.
LAT = np.round(0.21 + 0.0137 * np.arange(24), 5)
LON = np.round(32.31 + 0.0213 * np.arange(24), 5)


def read(tmp_path, columns, **options):
    table = pd.DataFrame({"technology": ["2G", "3G", "4G"] * 8} | columns)
    table = table.drop(columns="technology") if columns.keys() & {"Generation", "Gen"} else table
    table.to_csv(tmp_path / "sites.csv", index=False)
    return read_sites(tmp_path / "sites.csv", UGA, options=Options(**options))


def utm(code):
    x, y = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(LON, LAT)
    return np.round(x, 1), np.round(y, 1)


def doubts(found):
    return [warning.code for warning in found.records[0].warnings]


@pytest.mark.parametrize(
    "columns",
    [
        {"Latitude / خط العرض": LAT, "Longitude / خط الطول": LON},
        {"Latitude (خط العرض)": LAT, "Longitude (خط الطول)": LON},
        {"Широта / Latitude": LAT, "Долгота / Longitude": LON},
        {"GPS_N": LAT, "GPS_E": LON},
        {"Coordinates (Long, Lat)": [f"{lon}, {lat}" for lat, lon in zip(LAT, LON, strict=True)]},
        {"Location": [f"Lat: {lat} Long: {lon}" for lat, lon in zip(LAT, LON, strict=True)]},
        {"Location": [f"Longitude = {lon}; Latitude = {lat}" for lat, lon in zip(LAT, LON, strict=True)]},
        {
            "Latitude(0.000001 degree)": np.rint(LAT * 1e6).astype(int),
            "Longitude(0.000001 degree)": np.rint(LON * 1e6).astype(int),
        },
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_headings_and_cells_of_positions(tmp_path, columns):
    found = read(tmp_path, columns)
    np.testing.assert_allclose(found.table[["lat", "lon"]], np.stack([LAT, LON], axis=1), atol=1e-9)
    assert doubts(found) == []


@pytest.mark.parametrize(
    ("code", "x", "y", "more"),
    [
        (32636, "Easting UTM 36N", "Northing UTM 36N", {}),
        (32636, "UTM36N_X", "UTM36N_Y", {}),
        (21096, "Easting (Arc 1960 / UTM zone 36N)", "Northing (Arc 1960 / UTM zone 36N)", {}),
        (32636, "Easting (m)", "Northing (m)", {"UTM Zone": "36N"}),
        (32636, "Easting (m)", "Northing (m)", {"UTM Zone": "36N", "Datum": "WGS 84"}),
    ],
)
def test_zones_and_datums_in_headings(tmp_path, code, x, y, more):
    """Metres with one decimal were a doubt, as if they were degrees rounded to 11 km."""
    east, north = utm(code)
    found = read(tmp_path, {x: east, y: north} | more)
    np.testing.assert_allclose(found.table[["lat", "lon"]], np.stack([LAT, LON], axis=1), atol=2e-6)
    assert doubts(found) == []


@pytest.mark.parametrize("suffix", ["", " (km)"])
def test_kilometres_of_a_projection_are_read_as_such(tmp_path, suffix):
    """As metres they stood some 400 km away, near enough to the country not to be refused."""
    east, north = utm(32636)
    columns = {f"Easting{suffix}": east / 1000, f"Northing{suffix}": north / 1000}
    for more, options in (({"Zone": "36N"}, {}), ({}, {"crs": "EPSG:32636"})):
        found = read(tmp_path, columns | more, **options).table
        assert np.allclose(found["lat"], LAT, atol=1e-5) and np.allclose(found["lon"], LON, atol=1e-5)


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("UTM", "36N {x} {y}"),
        ("UTM coordinates", "36 N {x}E {y}N"),
        ("Coordonnées", "Zone 36N, {x}, {y}"),
        ("Location", "{x} mE {y} mN (36N)"),
    ],
)
def test_zone_and_metres_in_one_text(tmp_path, heading, form):
    east, north = utm(32636)
    texts = [form.format(x=f"{x:.1f}", y=f"{y:.1f}") for x, y in zip(east, north, strict=True)]
    found = read(tmp_path, {heading: [*texts[:-1], "near Gulu"]})
    assert np.allclose(found.table["lat"], LAT[:-1], atol=1e-5) and np.allclose(found.table["lon"], LON[:-1], atol=1e-5)
    assert "near Gulu" in " ".join(found.records[0].warnings)


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("technology", "{0} {1}"),
        ("Network", "{0}-{1}"),
        ("Service", "{1} ({0})"),
        ("operator", "{0}_{1}"),
        ("Tech", "{0}{1}"),
    ],
)
def test_operator_and_technology_in_one_cell(tmp_path, heading, form):
    pairs = [("MTN", "2G"), ("Airtel", "4G"), ("Uganda Telecom", "3G")] * 8
    table = pd.DataFrame({"lat": LAT, "lon": LON, heading: [form.format(*pair) for pair in pairs]})
    table.to_csv(tmp_path / "sites.csv", index=False)
    found = read_sites(tmp_path / "sites.csv", UGA)
    assert list(zip(found.table["operator"], found.table["technology"], strict=True)) == pairs
    assert not doubts(found)


@pytest.mark.parametrize(("zone", "crs"), [(None, "EPSG:4210"), ("36N", "EPSG:21096")])
def test_a_column_of_another_datum_is_a_doubt_with_its_code(tmp_path, zone, crs):
    """Positions of Arc 1960 were taken as those of WGS 84, some 300 m off, without a word."""
    if zone is None:
        columns = {"lat": LAT, "lon": LON, "Datum": "Arc 1960"}
    else:
        columns = {**dict(zip(("x", "y"), utm(21096), strict=True)), "zone": zone, "Datum": "ARC 1960"}
    (warning,) = [one for one in read(tmp_path, columns).records[0].warnings if one.code == "other_datum"]
    assert "says 'A" in warning and f'state crs = "{crs}"' in warning
    assert "other_datum" not in doubts(read(tmp_path, columns, crs=crs))


@pytest.mark.parametrize(
    ("heading", "value", "kind"),
    [
        ("MGRS", "36N VF 45564 26671", "MGRS"),
        ("Coordinates", "36NVF4556426671", "MGRS"),
        ("Plus Code", "6GGJ8GQH+2V", "Plus Codes"),
        ("GPS", "6GGJ8GQH+2V", "Plus Codes"),
        ("geohash", "sb7j2k8q1", "geohashes"),
        ("what3words", "///filled.count.soap", "words of what3words"),
    ],
)
def test_codes_of_places_are_named(tmp_path, heading, value, kind):
    with pytest.raises(InputError) as error:
        read(tmp_path, {heading: value})
    assert f"holds positions as {kind} (such as '{value}')" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("heading", ["Generation", "Gen", "technology"])
def test_generations_by_their_numbers(tmp_path, heading):
    columns = {"lat": LAT, "lon": LON, heading: [2, 3, 4] * 8}
    assert read(tmp_path, columns).records[0].facts["technologies"] == {"2G": 8, "3G": 8, "4G": 8}
    frame = gpd.GeoDataFrame(
        {heading: [2, 4]}, geometry=[shapely.box(32, 0, 33, 1), shapely.box(31, 0, 32, 1)], crs=4326
    )
    frame.to_file(tmp_path / "coverage.gpkg")
    assert {one.technology for one in read_declared(tmp_path / "coverage.gpkg", None, UGA)} == {"2G", "4G"}


@pytest.mark.parametrize("heading", ["PLMN", "PLMN ID", "MCC-MNC"])
@pytest.mark.parametrize("code", ["64110", "641-10", "641/10"])
def test_codes_of_networks_are_operators(tmp_path, heading, code):
    """They were not read, and the sites of two operators were those of one."""
    found = read(tmp_path, {"lat": LAT, "lon": LON, heading: [code, "64101"] * 12})
    assert found.records[0].facts["operators"] == ["641-01", "641-10"]


def test_days_as_numbers_of_excel_are_days_to_come(tmp_path):
    found = read(tmp_path, {"lat": LAT, "lon": LON, "Date of commissioning": [43586] * 22 + [54000] * 2})
    assert doubts(found) == ["site_maybe_planned"]


@pytest.mark.parametrize(
    "name",
    ["4G_gaps", "4G_no_coverage", "4G_sombra", "4G exclusion", "4G_sans_reseau", "trous_4G", "4G_sem_sinal", "unconnected_4G"],
)  # fmt: skip
def test_maps_called_by_the_ground_without_coverage(tmp_path, name):
    """They counted as covered."""
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(32, 0, 33, 1)], crs=4326)
    frame.to_file(tmp_path / f"{name}.gpkg")
    with pytest.raises(InputError, match="its name speaks of ground without coverage"):
        read_declared(tmp_path / f"{name}.gpkg", "4G", UGA)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("4G_tender_lots", "planned_name"),
        ("4G_appel_d_offres", "planned_name"),
        ("4G_licitacao_2025", "planned_name"),
        ("4G_phase_2", "planned_name"),
        ("4G_مناقصة", "planned_name"),
        ("coverage_4G_roaming", "roaming_name"),
        ("itinérance 4G", "roaming_name"),
    ],
)
def test_maps_called_by_what_is_not_there_or_not_their_own(tmp_path, name, code):
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(32, 0, 33, 1)], crs=4326)
    frame.to_file(tmp_path / f"{name}.gpkg")
    (found,) = read_declared(tmp_path / f"{name}.gpkg", "4G", UGA)
    assert code in [warning.code for warning in found.record.warnings]


def test_a_workbook_under_another_ending_is_named(tmp_path):
    pd.DataFrame({"lat": LAT, "lon": LON, "technology": "2G"}).to_excel(tmp_path / "sites.xlsx", index=False)
    (tmp_path / "sites.xlsx").rename(tmp_path / "sites.csv")
    with pytest.raises(InputError, match=r"is a workbook or an archive by its content; call it \.xlsx"):
        read_sites(tmp_path / "sites.csv", UGA)


def test_totals_that_count_rows_below_the_heading_of_an_axis_are_no_sites(tmp_path):
    columns = {"site": [f"K{number}" for number in range(24)], "lat": LAT, "lon": LON, "technology": "2G"}
    lines = pd.DataFrame(columns).to_csv(index=False).splitlines()
    lines = [*lines[:9], "Sub-total Kampala,8,,", *lines[9:], "GRAND TOTAL,24,,"]
    (tmp_path / "sites.csv").write_text("\n".join(lines))
    found = read_sites(tmp_path / "sites.csv", UGA).records[0]
    assert found.facts["sites"] == 24 and [warning.code for warning in found.warnings] == []


def test_points_that_stand_elsewhere_than_their_columns_say_are_a_doubt(tmp_path):
    table = {"technology": ["4G"] * 24, "lat": LAT, "lon": LON}
    for shift, code in ((0.3, ["other_positions"]), (0.001, [])):
        points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(LON + shift, LAT), crs=4326)
        points.to_file(tmp_path / "sites.gpkg")
        found = read_sites(tmp_path / "sites.gpkg", UGA)
        assert np.allclose(found.table["lon"], LON + shift) and doubts(found) == code
