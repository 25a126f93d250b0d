"""Layouts of regulators and operators that were read otherwise than they are meant, or refused with a line that is not true."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely

from ewcm.errors import InputError
from ewcm.inputs.kind_of_file import kind_of
from ewcm.sources.coverage_maps import Choice, read_declared
from ewcm.sources.coverage_values import refuse_other_values
from ewcm.sources.formats import _check_mapinfo_table
from ewcm.sources.site_lists import Options, read_sites
from tests.sources.files import UGA
from tests.sources.office_files import SITES, written

PLAIN = ["Latitude", "Longitude", "2G", "4G"]
PLACED = [[lat, lon, "Yes", "No"] for _, lat, lon, *_ in SITES]


def read(folder, head, rows, name="list.csv"):
    return read_sites(written(folder / name, [head, *rows]), UGA)


def codes(found):
    return {warning.code for warning in found.records[0].warnings}


@pytest.mark.parametrize(
    ("name", "head", "cells"),
    [
        ("cobertura.csv", ["CENTRO_POBLADO", "POBLACION"], ["San Juan", 120]),
        ("localites_couvertes.csv", ["Région", "Localité"], ["Nord", "Kita"]),
        ("survey.csv", ["Village", "Nearest BTS", "Distance (km)"], ["Kitgum", "K12", 4.2]),
        ("connectivity.csv", ["School name", "Enrolment"], ["Nile School", 300]),
        ("network.csv", ["Polling station", "Registered voters"], ["Town hall", 400]),
        ("القرى.csv", ["القرية", "الأسر"], ["كيتغوم", 40]),
    ],
)
def test_places_that_have_signal_are_no_masts(tmp_path, name, head, cells):
    """Villages and schools with a yes below 2G were sites of 15 km each without a word."""
    rows = [[*cells, *row] for row in PLACED]
    assert "served_places" in codes(read(tmp_path, [*head, *PLAIN], rows, name))


@pytest.mark.parametrize(
    ("name", "head", "cells"),
    [
        ("sites.csv", ["Site ID", "Village", "Population served"], ["K12", "Kitgum", 4000]),
        ("villages.csv", ["Tower", "Community", "Population"], ["K12", "Kitgum", 4000]),
        ("ran.csv", ["Cell Name", "Nearest site", "Distance to nearest site"], ["K12_1", "K13", 3.2]),
        ("bts.csv", ["District", "Village"], ["Kitgum", "Kitgum East"]),
    ],
)
def test_lists_of_masts_with_villages_are_no_doubt(tmp_path, name, head, cells):
    rows = [[*cells, *row] for row in PLACED]
    assert "served_places" not in codes(read(tmp_path, [*head, *PLAIN], rows, name))


def test_minutes_as_decimals_of_degrees_are_a_doubt(tmp_path):
    """30.26 for 30°26' was read as degrees; only minutes and seconds with four decimals were seen."""
    degrees = [np.arange(60) * 0.061 + 0.01, 30 + np.arange(60) * 0.677 % 4.5]
    minutes = [np.floor(axis) + axis % 1 * 0.6 for axis in degrees]
    for axes, doubted in ((minutes, True), (degrees, False)):
        rows = [[f"S{at}", f"{y:.5f}", f"{x:.5f}", "2G"] for at, (y, x) in enumerate(zip(*axes, strict=True))]
        found = read(tmp_path, ["Site", "Latitude", "Longitude", "Technology"], rows)
        assert ("packed_degrees" in codes(found)) == doubted


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("2G/3G (4G planned)", {"2G", "3G"}),
        ("2G/3G - 4G upgrade Q3 2027", {"2G", "3G"}),
        ("2G/3G (no 4G)", {"2G", "3G"}),
        ("2G, 3G, 4G (planned)", {"2G", "3G"}),
        ("2G + 3G - planned", {"2G"}),
    ],
)
def test_a_remark_takes_away_its_own_technology_alone(tmp_path, cell, named):
    """The technology before the bracket was lost with the one within, and the line said that it was used."""
    rows = [[name, lat, lon, f'"{cell}"'] for name, lat, lon, *_ in SITES]
    found = read(tmp_path, ["Site", "Lat", "Lon", "Technology"], rows)
    assert set(found.table["technology"]) == named and "parts" in codes(found)


@pytest.mark.parametrize(
    ("heading", "cell", "named"),
    [
        ("Sectors (2G/3G/4G)", "3/0/0", {"2G"}),
        ("4G/3G/2G", "N/Y/Y", {"2G", "3G"}),
        ("Cells 2G-3G-4G", "3-3-0", {"2G", "3G"}),
        ("2G/3G/4G", "2G/4G", {"2G", "4G"}),
    ],
)
def test_one_cell_answers_for_each_technology_of_its_heading(tmp_path, heading, cell, named):
    """Every technology of the heading was taken to stand on every mast."""
    rows = [[name, lat, lon, cell] for name, lat, lon, *_ in SITES]
    assert set(read(tmp_path, ["Site", "Lat", "Lon", heading], rows).table["technology"]) == named


@pytest.mark.parametrize("name", ["cells_export.csv", "Cell_list.csv"])
def test_a_list_of_cells_of_an_operator_is_a_list_of_sites(tmp_path, name):
    """It was refused as no export of OpenCelliD, for its name."""
    rows = [[f"{site}_1", lat, lon, technology] for site, lat, lon, technology, *_ in SITES]
    path = written(tmp_path / name, [["Cell Name", "Lat", "Long", "RAT"], *rows])
    assert kind_of(path, UGA)[0] == "sites"
    path = written(tmp_path / name, [["Cell Name", "Lat", "Long", "PCI"], *rows])
    assert kind_of(path, UGA)[0] == "sites"  # the line then names the column that is lacking
    path = written(tmp_path / name, [["Cell Name", "PCI"], ["K1_1", 4]])
    assert kind_of(path, UGA)[0] == "cells"


def test_offices_and_shops_of_an_operator_are_a_doubt(tmp_path):
    rows = [
        [name, lat, lon, "2G", "Tower" if at else "Data centre / office"]
        for at, (name, lat, lon, *_) in enumerate(SITES)
    ]
    assert "link_rows" in codes(read(tmp_path, ["Site", "Lat", "Lon", "Technology", "Type of site"], rows))


def test_days_on_which_a_technology_was_switched_off_are_a_doubt(tmp_path):
    rows = [[name, lat, lon, "3G", "" if at else "2023-06-30"] for at, (name, lat, lon, *_) in enumerate(SITES)]
    found = read(tmp_path, ["Site", "Lat", "Lon", "Technology", "Deactivation date"], rows)
    assert codes(found) == {"site_maybe_planned"}


def test_a_status_of_each_technology_in_french(tmp_path):
    """It was refused; in English it was read."""
    rows = [[name, lat, lon, "Déployé", "Non déployé"] for name, lat, lon, *_ in SITES]
    found = read(tmp_path, ["Site", "Lat", "Lon", "Statut 2G", "Statut 4G"], rows)
    assert set(found.table["technology"]) == {"2G"}


def test_most_sites_may_be_those_that_have_not_begun(tmp_path):
    """Where more than half had no day on air, nothing was said."""
    for heading, doubted in (("On-air date", True), ("Date de mise en service", True), ("Swap date", False)):
        rows = [[f"S{at}", 0.3 + at / 10, 32.5, "2G", "12/03/2021" if at < 3 else ""] for at in range(9)]
        assert ("no_status" in codes(read(tmp_path, ["Site", "Lat", "Lon", "Technology", heading], rows))) == doubted


@pytest.mark.parametrize(
    ("heading", "done", "not_done"),
    [("Progress (%)", 100, 35), ("Taux d'avancement", "100%", "40%"), ("Completion", 1.0, 0.2)],
)
def test_works_that_are_not_finished_are_a_doubt_and_left_out_where_that_is_stated(tmp_path, heading, done, not_done):
    rows = [[name, lat, lon, "2G", done if at else not_done] for at, (name, lat, lon, *_) in enumerate(SITES)]
    head = ["Site", "Lat", "Lon", "Technology", heading]
    assert codes(read(tmp_path, head, rows)) == {"site_maybe_planned"}
    stated = read_sites(tmp_path / "list.csv", UGA, options=Options(columns={"status": heading}))
    assert len(stated.table) == len(SITES) - 1


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Service", "Fixed wireless"),
        ("Licence type", "Private network"),
        ("Tipo", "Internet fijo"),
        ("Type de réseau", "Réseau privé"),
    ],
)
def test_networks_of_houses_and_firms_in_a_column_of_types_are_a_doubt(tmp_path, heading, cell):
    rows = [[name, lat, lon, "4G", "Mobile" if at else cell] for at, (name, lat, lon, *_) in enumerate(SITES)]
    assert codes(read(tmp_path, ["Site", "Lat", "Lon", "Technology", heading], rows)) == {"link_rows"}


@pytest.mark.parametrize("heading", ["Acceptance date", "Date de recette", "Fecha de aceptación", "Handover"])
def test_sites_that_nobody_has_accepted_yet_are_a_doubt(tmp_path, heading):
    rows = [[name, lat, lon, "2G", "12/03/2021" if at else ""] for at, (name, lat, lon, *_) in enumerate(SITES)]
    assert codes(read(tmp_path, ["Site", "Lat", "Lon", "Technology", heading], rows)) == {"no_status"}


@pytest.mark.parametrize(
    "head",
    [
        ["_Where is it_latitude", "_Where is it_longitude"],
        ["site:gps:Latitude", "site:gps:Longitude"],
        ["mast-gps-Latitude", "mast-gps-Longitude"],
        ["Latitude (Y)", "Longitude (X)"],
    ],
)
def test_headings_of_positions_of_surveys(tmp_path, head):
    rows = [[name, lat, lon, "2G", "submitted_via_web"] for name, lat, lon, *_ in SITES]
    found = read(tmp_path, ["Site name", *head, "Technology", "_status"], rows)
    assert found.table["lat"].tolist() == [row[1] for row in SITES] and not found.records[0].warnings


@pytest.mark.parametrize(
    "head", [["_Start_latitude", "_Mast_latitude", "_Start_longitude", "_Mast_longitude"], ["Latitude (X)"] * 4]
)
def test_positions_of_two_questions_are_asked_for(tmp_path, head):
    rows = [[name, lat, lat, lon, lon, "2G"] for name, lat, lon, *_ in SITES]
    with pytest.raises(InputError, match="has no column lat, lon that is understood"):
        read(tmp_path, ["Site name", *head, "Technology"], rows)


def codes_of(maps):
    return {warning.code for warning in maps[0].record.warnings}


def two(**columns):
    boxes = [shapely.box(31, 1, 31.1, 1.1), shapely.box(31.2, 1, 31.3, 1.1), shapely.box(31.4, 1, 31.5, 1.1)]
    return gpd.GeoDataFrame(columns, geometry=boxes, crs=4326)


def test_shares_of_people_covered_are_asked_for(tmp_path):
    """Every district with any share at all, 0 too, was covered: a heading with a word for people counted something else."""
    two(pop_cov_4G=[0.0, 61.5, 99.1]).to_file(tmp_path / "a.gpkg")
    with pytest.raises(InputError, match="holds shares"):
        read_declared(tmp_path / "a.gpkg", "4G", UGA)
    two(pop_cov=[12000, 61500, 4]).to_file(tmp_path / "b.gpkg")
    assert read_declared(tmp_path / "b.gpkg", "4G", UGA)


def test_headings_that_a_shapefile_has_cut_are_understood(tmp_path):
    """All shapes were covered, those of a probability of 5 too."""
    two(probabilit=[95, 75, 5]).to_file(tmp_path / "a.shp")
    assert "classes" in codes_of(read_declared(tmp_path / "a.shp", "4G", UGA))


def test_a_frame_beside_coverage_in_one_column_is_a_doubt(tmp_path):
    two(LAYER=["LTE_COV", "LTE_COV", "FRAME"]).to_file(tmp_path / "a.gpkg")
    assert "classes" in codes_of(read_declared(tmp_path / "a.gpkg", "4G", UGA))


def test_a_level_that_is_chosen_is_not_asked_for_again(tmp_path):
    """Atoll tells it twice, as a number and in words: the words were asked for with a mend that keeps the strongest alone."""
    frame = two(LEGEND=["Best Signal Level (dBm) >=-75", ">=-95", ">=-115"], THRESHOLD=[-75.0, -95.0, -115.0])
    frame.to_file(tmp_path / "a.gpkg")
    (one,) = read_declared(tmp_path / "a.gpkg", "4G", UGA, choice=Choice(where="THRESHOLD >= -105"))
    assert len(one.polygons) == 2
    with pytest.raises(InputError, match=r"where = \"LEGEND IN \('.* >=-75', '>=-95'\)\""):
        read_declared(tmp_path / "a.gpkg", "4G", UGA)  # the strongest alone stood in the mend


def test_numbers_of_best_servers_are_not_called_shares(tmp_path):
    class Dataset:
        colorinterp = (None,)

    for high, called in ((54, False), (100, True)):
        counts = dict.fromkeys(map(float, range(high + 1)), 1)
        with pytest.raises(InputError) as refused:
            refuse_other_values(tmp_path / "a.tif", "covered", counts, 0.0, float(high), Dataset())
        assert ("look like shares" in str(refused.value)) == called


def test_a_mapinfo_table_may_have_a_column_called_type(tmp_path):
    """It was refused as a table whose data stand elsewhere."""
    two(TYPE=["Indoor", "Outdoor", "Outdoor"]).to_file(tmp_path / "a.tab", driver="MapInfo File")
    assert read_declared(tmp_path / "a.tab", "4G", UGA)
    text = (tmp_path / "a.tab").read_text()
    for other in ("Type LINKED", "Type LINKED ;", ""):
        (tmp_path / "b.tab").write_text(text.replace('Type NATIVE Charset "Neutral"', other))
        with pytest.raises(InputError, match="stand elsewhere"):
            _check_mapinfo_table(tmp_path / "b.tab")


@pytest.mark.parametrize(
    ("states", "left"),
    [
        (["Radiating", "Radiating", "Radiating", "Planned"], 3),
        (["Unblocked", "Unblocked", "Blocked", "Blocked"], 2),
        (["CELL_UNBLOCK", "CELL_BLOCK", "CELL_UNBLOCK", "CELL_BLOCK"], 2),
    ],
)
def test_what_is_gone_by_its_status_is_left_out_beside_words_that_are_not_understood(tmp_path, states, left):
    """Where most words were not understood, planned sites counted, and the doubt named the others alone."""
    rows = [[f"S{at}", 0.3 + at / 10, 32.5, "2G", state] for at, state in enumerate(states)]
    found = read(tmp_path, ["Site", "Lat", "Lon", "Technology", "Site status"], rows)
    assert found.table["site_id"].nunique() == left


@pytest.mark.parametrize(
    "remark",
    ["Site down since the flood", "En panne depuis 2023", "Caída desde enero", "Fora do ar", "Relocated to K13"],
)
def test_a_remark_that_a_site_is_down_is_a_doubt(tmp_path, remark):
    rows = [[name, lat, lon, "2G", "" if at else remark] for at, (name, lat, lon, *_) in enumerate(SITES)]
    assert "site_maybe_planned" in codes(read(tmp_path, ["Site", "Lat", "Lon", "Technology", "Comment"], rows))


@pytest.mark.parametrize(
    "sheets",
    [
        {"Red Mobile": [PLAIN, *PLACED], "Blue Mobile": [PLAIN, *PLACED[:2]]},
        {
            "GSM": [["BTS Name", "Lat", "Long"], ["K1", 0.3, 32.5]],
            "LTE": [["eNodeB", "Lat", "Long"], ["K2", 0.4, 32.6]],
        },
        {
            "Sites": [["Site", "Lat", "Long"], ["K1", 0.3, 32.5]],
            "Sectors": [["Site", "RAT"], ["K1", "2G"], ["K1", "4G"]],
        },
    ],
)
def test_a_workbook_of_several_sheets_is_a_list_whatever_its_name(tmp_path, sheets):
    """Only where the file was called sites or towers; the annex of a regulator was not read."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "Annex 3.xlsx")
    assert kind_of(tmp_path / "Annex 3.xlsx", UGA)[0] == "sites"
