"""Maps of coverage that are read and in question, through the command line: layers left unread, columns that are missing, maps
of nobody; and what the headline says where most people are known to be covered."""

from __future__ import annotations

import json
import shutil

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from ewcm.cli import main
from tests.made_files import COLS, NORTH, ROWS, STEP, WEST, write_population


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two layers in one file, a shapefile without its table, and a map of the lake."""
    made = tmp_path_factory.mktemp("maps")
    write_population(made / "uga_ppp_2020.tif")
    most = shapely.box(WEST, NORTH - ROWS * STEP, WEST + 0.9 * COLS * STEP, NORTH)
    for layer in ("net_2G", "net_3G"):
        gpd.GeoDataFrame(geometry=[most], crs=4326).to_file(made / "two.gpkg", layer=layer)
    gpd.GeoDataFrame({"OPERATOR": ["Red"]}, geometry=[most], crs=4326).to_file(made / "bare.shp")
    (made / "bare.dbf").unlink()
    gpd.GeoDataFrame(geometry=[shapely.box(30.0, 2.0, 30.1, 2.1)], crs=4326).to_file(made / "lake.geojson")
    (made / "inputs.toml").write_text(
        'operators = ["Red", "Blue"]\n[lend]\nall = false\n[population]\npath = "uga_ppp_2020.tif"\n'
        '[[coverage]]\npath = "two.gpkg"\nlayer = "net_2G"\ntechnology = "2G"\noperator = "Red"\n'
        '[[coverage]]\npath = "bare.shp"\ntechnology = "4G"\noperator = "Red"\n'
        '[[coverage]]\npath = "lake.geojson"\ntechnology = "5G"\noperator = "Red Uganda"\n'
    )
    return made


def test_what_is_in_question_is_a_doubt_and_fails_strict(folder, capsys):
    assert main(["check", "UGA", "--inputs", str(folder), "--strict"]) == 1
    said = capsys.readouterr().out
    assert "two.gpkg: The file holds further layers that are not read: net_3G." in said
    assert "bare.shp: The shapefile came without its columns: bare.dbf is not beside it" in said
    assert "lake.geojson: The 5G map of Red Uganda covers no place where people live" in said
    assert "The operators Red, Red Uganda may be one" in said


def test_the_headline_says_how_many_are_known_to_be_covered(folder, capsys):
    """It said "coverage unknown" where nine in ten were known to be covered."""
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(folder / "out")]) == 0
    said = capsys.readouterr().out
    summary = json.loads((folder / "out" / "summary.json").read_text())
    known = summary["services"]["any"]
    assert known["uncovered"] is None and known["covered_share"] > 0.8
    share = f"({known['covered_share']:.0%}) are known to live within reach of a mobile network"
    assert share in said and "coverage unknown: who of" not in said
    for code in ("input_layers", "input_no_attributes", "input_no_people_covered"):
        assert code in {caveat["code"] for caveat in summary["caveats"]}


@pytest.mark.parametrize("form", ["raster", "polygons"])
def test_a_map_with_covered_and_not_covered_exchanged_is_a_doubt(form, tmp_path, capsys):
    """A raster with 0 for covered and 1 for not was read without a word."""
    write_population(tmp_path / "uga_ppp_2020.tif")
    with rasterio.open(tmp_path / "uga_ppp_2020.tif") as dataset:
        people, profile = dataset.read(1), dataset.profile
    people = np.where(np.arange(people.shape[1]) < people.shape[1] // 2, 900.0, 20.0) * np.ones_like(people)
    with rasterio.open(tmp_path / "uga_ppp_2020.tif", "w", **profile) as dataset:
        dataset.write(people.astype(profile["dtype"]), 1)
    for name, covered in (("right", people > 100), ("exchanged", people < 100)):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(tmp_path / "uga_ppp_2020.tif", folder)
        if form == "raster":
            of_map = {**profile, "dtype": "uint8", "nodata": 255}
            with rasterio.open(folder / "coverage_4g.tif", "w", **of_map) as dataset:
                dataset.write(covered.astype("uint8"), 1)
        else:
            _, columns = np.nonzero(covered)
            west, east = WEST + columns.min() * STEP, WEST + (columns.max() + 1) * STEP
            area = shapely.box(west, NORTH - ROWS * STEP, east, NORTH)
            gpd.GeoDataFrame(geometry=[area], crs=4326).to_file(folder / "coverage_4g.gpkg")
        assert main(["check", "UGA", "--inputs", str(folder)]) == 0
        said = capsys.readouterr().out
        assert ("covers emptier ground than it leaves out" in said) == (name == "exchanged"), said


def test_maps_of_the_best_technology_alone_are_a_doubt(tmp_path, capsys):
    """The ground of 4G was that of no 2G: people were out of reach of 2G where every network is."""
    write_population(tmp_path / "uga_ppp_2020.tif")
    middle, south = WEST + COLS * STEP / 2, NORTH - ROWS * STEP
    whole, part = shapely.box(WEST, south, WEST + 0.9 * COLS * STEP, NORTH), shapely.box(WEST, south, middle, NORTH)
    for name, older in (("rings", whole.difference(part)), ("nested", whole)):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(tmp_path / "uga_ppp_2020.tif", folder)
        for technology, ground in (("2g", older), ("4g", part)):
            gpd.GeoDataFrame(geometry=[ground], crs=4326).to_file(folder / f"coverage_{technology}.gpkg")
        assert main(["check", "UGA", "--inputs", str(folder)]) == 0
        said = capsys.readouterr().out
        assert ("The 2G map leaves out nearly all ground of the 4G map" in said) == (name == "rings"), said


def test_a_density_by_its_name_needs_a_unit(tmp_path, capsys):
    """With an inputs.toml it was read as people in each grid cell, where without one its name was enough."""
    write_population(tmp_path / "uga_pd_2020_1km.tif")
    for unit, status in (("", 2), ('unit = "people"\n', 0)):
        (tmp_path / "inputs.toml").write_text(f'[population]\npath = "uga_pd_2020_1km.tif"\n{unit}')
        assert main(["check", "UGA", "--inputs", str(tmp_path)]) == status
        assert ("inputs.toml states no unit of it" in capsys.readouterr().err) == (status == 2)


def test_districts_and_frames_in_the_place_of_coverage_are_a_doubt(tmp_path, capsys):
    """A map of districts with people who are not covered in a column was ground that is covered all over."""
    write_population(tmp_path / "uga_ppp_2020.tif")
    wide, high = COLS * STEP / 3, ROWS * STEP / 2
    corners = [(WEST + wide * at, NORTH - high * (row + 1)) for at in range(3) for row in range(2)]
    districts = [shapely.box(west, south, west + wide, south + high) for west, south in corners]
    corner = shapely.box(WEST, NORTH - ROWS * STEP, WEST + STEP * 5, NORTH - (ROWS - 5) * STEP)
    whole = shapely.box(WEST, NORTH - ROWS * STEP, WEST + COLS * STEP, NORTH).difference(corner)
    for name, areas, text in (
        ("districts", [one.difference(corner) for one in districts], "lie side by side"),
        ("frame", [whole, districts[0]], "One shape of the 4G map holds"),
        ("coverage", districts[:5], ""),
    ):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(tmp_path / "uga_ppp_2020.tif", folder)
        frame = gpd.GeoDataFrame({"uncovered_people": range(5, 5 + len(areas))}, geometry=areas, crs=4326)
        frame.to_file(folder / "coverage_4g.gpkg")
        assert main(["check", "UGA", "--inputs", str(folder)]) == 0
        said = capsys.readouterr().out
        doubts = {one for one in ("lie side by side", "One shape of the 4G map holds") if one in said}
        assert doubts == ({text} if text else set()), said
