"""``ewcm init`` and the end of ``ewcm check``: what a folder is taken for, what a run will make of it, and what is not read."""

import json
import shutil
import tomllib

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from ewcm.cli import main
from ewcm.inputs.init import _value
from tests.made_files import COLS, ROWS, write_areas, write_country, write_population, write_sites


@pytest.fixture
def folder(tmp_path):
    """A folder of files as they lie about: a layer with companions, a table nobody knows, a picture, an old folder."""
    found = write_country(tmp_path / "Uganda")
    # As many people as the country has: a doubt less.
    write_population(found / "uga_ppp_2020.tif", np.full((ROWS, COLS), 52e6 / (ROWS * COLS)))
    layer = gpd.GeoDataFrame({"name": ["all"]}, geometry=[box(32.0, 0.6, 32.3, 1.0)], crs="EPSG:4326")
    layer.to_file(found / "coverage_4G.shp")
    return found


@pytest.fixture
def untidy(folder):
    """The same with files that nobody can place."""
    shutil.copy(folder / "coverage_4G.dbf", folder / "unknown.dbf")
    for ending in ("shp", "shx", "dbf", "prj", "cpg"):
        shutil.copy(folder / f"coverage_4G.{ending}", folder / f"Réseau.{ending}")
    (folder / "Liste des relais.xlsx").write_bytes(b"PK")
    (folder / "letter.pdf").write_bytes(b"%PDF")
    (folder / "old").mkdir()
    (folder / "old" / "sites.csv").write_text("lat\n")
    return folder


def check(folder, capsys, *more):
    status = main(["check", "UGA", "--inputs", str(folder), *more])
    return status, capsys.readouterr().out


def test_init_writes_what_discovery_finds_and_a_run_reads_the_same(folder, capsys):
    _, before = check(folder, capsys, "--json")
    assert main(["init", "UGA", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "coverage_4G.shp: taken as coverage" in said and said.splitlines()[-1].endswith(
        f"ewcm check UGA --inputs {folder}"
    )
    text = (folder / "inputs.toml").read_text(encoding="utf-8")
    assert {"country", "population", "sites", "coverage", "boundaries"} == set(tomllib.loads(text))
    assert "# licence = " in text and "# [settings]" in text
    status, after = check(folder, capsys, "--json", "--strict")
    first, second = json.loads(before), json.loads(after)
    assert status == 0 and second["doubts"] == [] and second["guesses"] == []
    assert second["inputs"] == first["inputs"] and second["computed"] == first["computed"]


def test_init_changes_nothing_that_is_there(folder, capsys):
    (folder / "inputs.toml").write_text("mine")
    assert main(["init", "UGA", str(folder)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (folder / "inputs.toml").read_text() == "mine"
    (folder / "inputs.toml").unlink()
    (folder / "inputs.toml").symlink_to(folder / "elsewhere.toml")
    assert main(["init", "UGA", str(folder)]) == 2
    assert not (folder / "elsewhere.toml").exists()


@pytest.mark.parametrize("there", [False, True])
def test_init_where_there_is_nothing_is_one_line(there, tmp_path, capsys):
    folder = tmp_path / "UGA"
    if there:
        folder.mkdir()
        (folder / "notes.docx").write_bytes(b"x")
    assert main(["init", "UGA", str(folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(folder) in line and ("notes.docx" in line) is there
    assert not (folder / "inputs.toml").exists()


def test_what_only_the_user_can_decide_is_left_open(folder, capsys):
    write_population(folder / "pop_2025.tif")
    write_areas(folder / "adm1_old.geojson")
    write_sites(folder / 'towers "north".csv', [("N1", 0.95, 32.30, "2G", "Blue")])
    assert main(["init", "UGA", str(folder)]) == 0
    said = capsys.readouterr().out
    assert (
        said.count("to decide: ") == 2 and "several files look like population (pop_2025.tif, uga_ppp_2020.tif)" in said
    )
    text = (folder / "inputs.toml").read_text(encoding="utf-8")
    assert text.count("# TO DECIDE: ") == 2
    stated = tomllib.loads(text)
    assert "population" not in stated and "boundaries" not in stated
    assert {table["path"] for table in stated["sites"]} == {"sites.csv", 'towers "north".csv'}
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(folder.parent / "out"), "--quiet"]) == 2
    assert "has no [population] table" in capsys.readouterr().err
    chosen = text.replace("# [population]", "[population]", 1).replace(
        '# path = "pop_2025.tif"', 'path = "pop_2025.tif"'
    )
    assert tomllib.loads(chosen)["population"] == {"path": "pop_2025.tif"}


def test_check_ends_with_what_will_be_computed_what_is_missing_and_what_is_not_read(untidy, capsys):
    """It ended with status 0 while the only list of sites was not read."""
    status, said = check(untidy, capsys)
    assert status == 0
    end = said[said.index("What will be computed") :].splitlines()
    assert "  2G: circles of 15 km around 2 transmitters" in end
    assert "  4G: as declared: 1 map; not used: 1 transmitter of it in lists" in end
    assert "  5G: unknown: no source tells it" in end and "  not given: terrain" in end
    doubts = end[end.index("Doubts: 4") + 1 :]
    assert [line.split(". ", 1)[1].split(":")[0] for line in doubts] == [
        "Liste des relais.xlsx",
        "Réseau.shp",
        "old/",
        "unknown.dbf",
    ]
    assert "coverage_4G.dbf" not in said and "coverage_4G.prj: not used" not in said
    assert check(untidy, capsys, "--strict")[0] == 1
    assert check(untidy, capsys, "--strict", "--quiet") == (1, "")
    assert main(["init", "UGA", str(untidy), "--quiet"]) == 0
    status, said = check(untidy, capsys, "--strict", "--json")
    found = json.loads(said)
    assert status == 1 and len(found["doubts"]) == 4
    assert {file["path"]: file["data"] for file in found["ignored"]} == {
        "Liste des relais.xlsx": True,
        "Réseau.shp": True,
        "letter.pdf": False,
        "old/": True,
        "unknown.dbf": True,
    }


def test_people_without_a_network_are_a_doubt(tmp_path, capsys):
    write_population(tmp_path / "ppp.tif")
    status, said = check(tmp_path, capsys, "--strict")
    assert status == 1 and "it is unknown whether an alert reaches them" in said


def test_files_in_folders_that_a_table_names_are_read_and_the_others_beside_them_are_not(folder, capsys):
    (folder / "network").mkdir()
    for name in (
        "sites.csv",
        "coverage_4G.shp",
        "coverage_4G.shx",
        "coverage_4G.dbf",
        "coverage_4G.prj",
        "coverage_4G.cpg",
    ):
        (folder / name).rename(folder / "network" / name)
    (folder / "inputs.toml").write_text(
        '[population]\npath = "uga_ppp_2020.tif"\n[[sites]]\npath = "network/sites.csv"\n[[boundaries]]\nlevel = 1\n'
        'path = "admin1.geojson"\n'
    )
    _, said = check(folder, capsys, "--json")
    assert json.loads(said)["ignored"] == [
        {"path": "network/coverage_4G.shp", "why": "inputs.toml does not name it", "data": True}
    ]


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=30))
def test_every_name_comes_back_from_the_file_that_was_written(name):
    assert tomllib.loads(f"path = {_value(name)}") == {"path": name}


def stated(folder):
    assert main(["init", "UGA", str(folder)]) == 0
    return tomllib.loads((folder / "inputs.toml").read_text(encoding="utf-8"))


def test_layers_and_sheets_that_are_called_by_technologies_are_a_table_each(folder, capsys):
    """They were refused in `check`, after `init` had written one table for all of them."""
    for ending in ("shp", "shx", "dbf", "prj", "cpg"):
        (folder / f"coverage_4G.{ending}").unlink()
    (folder / "sites.csv").unlink()
    layer = gpd.GeoDataFrame({"name": ["all"]}, geometry=[box(32.0, 0.6, 32.3, 1.0)], crs="EPSG:4326")
    for name in ("Red_2G", "Red_4G", "Blue_2G"):
        layer.to_file(folder / "coverage.gpkg", layer=name)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for technology in ("2G", "3G"):
        sheet = book.create_sheet(technology)
        sheet.append(["Site", "Lat", "Lon", "Operator"])
        sheet.append(["N1", 0.95, 32.3, "Blue"])
    book.create_sheet("Summary").append(["Sites", 2])
    book.save(folder / "sites.xlsx")
    found = stated(folder)
    assert [(one["layer"], one["technology"], one["operator"]) for one in found["coverage"]] == [
        ("Red_2G", "2G", "Red"), ("Red_4G", "4G", "Red"), ("Blue_2G", "2G", "Blue")
    ]  # fmt: skip
    assert [(one["layer"], one["technology"]) for one in found["sites"]] == [("2G", "2G"), ("3G", "3G")]
    capsys.readouterr()
    status, said = check(folder, capsys, "--json")
    assert status == 0
    maps = [one["facts"]["technology"] for one in json.loads(said)["inputs"] if one["layer"] == "coverage"]
    assert maps == ["2G", "4G", "2G"]


def test_layers_of_years_or_plans_are_asked_for(folder, capsys):
    layer = gpd.GeoDataFrame({"name": ["all"]}, geometry=[box(32.0, 0.6, 32.3, 1.0)], crs="EPSG:4326")
    for name in ("4G", "4G planned"):
        layer.to_file(folder / "coverage.gpkg", layer=name)
    assert "layer" not in {key for one in stated(folder)["coverage"] for key in one}
    assert check(folder, capsys)[0] == 2


def test_lists_of_schools_and_clinics_are_points_of_interest_in_every_form(folder):
    rows = pd.DataFrame({"Name": ["A", "B"], "Latitude": [0.7, 0.8], "Longitude": [32.1, 32.2]})
    rows.to_excel(folder / "clinics.xlsx", index=False, startrow=3)
    rows.to_csv(folder / "schools.csv", index=False, sep=";")
    rows.to_csv(folder / "العيادات.csv", index=False)
    (folder / "ecoles.csv").write_text("Ministère\n\n" + rows.to_csv(index=False))
    gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["Longitude"], rows["Latitude"]), crs=4326).to_file(
        folder / "hospitais.geojson"
    )
    assert {one["path"] for one in stated(folder)["poi"]} == {
        "clinics.xlsx", "schools.csv", "العيادات.csv", "ecoles.csv", "hospitais.geojson"
    }  # fmt: skip
