"""Folders of files as offices have them, through the command line: the same figures as the plain files, and nothing unsaid."""

from __future__ import annotations

import json
import shutil
import subprocess

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from affine import Affine

from ewcm.cli import main
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.inputs.discovery import look_through
from ewcm.inputs.find import Inputs, find_inputs
from ewcm.inputs.read import load, read_coverage_table
from ewcm.inputs.several_layers import each_layer
from tests.conftest import ROOT
from tests.made_files import COLS, NORTH, ROWS, STEP, WEST, write_population, write_sites
from tests.sources.office_files import LISTS, semicolons_and_decimal_commas, workbook, written, zipped

TECHNOLOGIES = ("2G", "3G", "4G")
OPERATORS = ("Red", "Blue")


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return write_population(tmp_path_factory.mktemp("people") / "uga_ppp_2020.tif")


def ran(capsys, folder, people, *options):
    """The summary of a run of a folder, which gets the people too."""
    shutil.copy(people, folder / people.name)
    assert (
        main(["run", "UGA", "--inputs", str(folder), "--output", str(folder / "out"), "--json", "--quiet", *options])
        == 0
    )
    return json.loads(capsys.readouterr().out)


def covered(summary, service):
    return summary["services"][service]["covered"]


@pytest.mark.parametrize(
    "make",
    # The other forms of tests/sources/test_site_lists.py, through the command line in the long form.
    [
        semicolons_and_decimal_commas,
        *(pytest.param(form, marks=pytest.mark.long) for form in (workbook, zipped("sites.shp"))),
    ],
    ids=lambda make: make.__name__,
)
def test_a_folder_without_a_line_by_hand_covers_the_same_people(tmp_path, capsys, people, make):
    found = []
    for name, made in (("plain", LISTS[0]), ("office", make)):
        (tmp_path / name / "own").mkdir(parents=True)
        path, options = made(tmp_path / name / "own")
        assert not options
        path.rename(tmp_path / name / f"sites{path.suffix}")
        shutil.rmtree(tmp_path / name / "own")
        found.append(ran(capsys, tmp_path / name, people))
    for service in ("any", "3G+", "4G+"):
        assert covered(found[0], service) > 0
        assert covered(found[1], service) == covered(found[0], service)


def strips():
    """Two operators with three technologies in one layer, in strips of one sixth of the country's width."""
    width = COLS * STEP / 6
    shapes = [
        shapely.box(WEST + number * width, NORTH - ROWS * STEP, WEST + (number + 1) * width, NORTH)
        for number in range(6)
    ]
    names = [(technology, operator) for operator in OPERATORS for technology in TECHNOLOGIES]
    return gpd.GeoDataFrame(names, columns=["RAT", "MNO"], geometry=shapes, crs=4326)


def test_two_operators_with_three_technologies_are_never_one(tmp_path, capsys, people):
    """The whole layer was counted as the technology that was stated: everybody, where a third is true."""
    strips().to_file(tmp_path / "all.gpkg")
    (tmp_path / "inputs.toml").write_text(
        f'[population]\npath = "{people.name}"\n[[coverage]]\npath = "all.gpkg"\ntechnology = "4G"\n'
    )
    summary = ran(capsys, tmp_path, people)
    with rasterio.open(people) as source:
        cells = np.nan_to_num(source.read(1, masked=True).filled(0.0).astype(float))
    twelfth = COLS // 6
    true = cells[:, 2 * twelfth : 3 * twelfth].sum() + cells[:, 5 * twelfth :].sum()
    assert covered(summary, "4G+") == pytest.approx(true, rel=1e-4)
    said = " ".join(caveat["text"] for caveat in summary["caveats"])
    assert "'RAT' tells several technologies: the 2 shapes of 4G were used, 4 of others were left out" in said


def test_what_is_not_used_is_in_the_summary_and_in_check(tmp_path, capsys, people):
    path, _ = semicolons_and_decimal_commas(tmp_path)
    with path.open("a", encoding="cp1252") as stream:
        stream.write("Z;0,3;32,5;FM;UBC;98;30\nY;0,3;32,5;4G;Red;800;trente\n")
    path.rename(tmp_path / "sites.csv")
    summary = ran(capsys, tmp_path, people)
    said = " ".join(caveat["text"] for caveat in summary["caveats"])
    assert "1 of another kind than a mobile network for phones (such as 'FM')" in said
    assert "1 value of 'Hauteur antenne (m)' could not be read (such as 'trente')" in said
    shutil.rmtree(tmp_path / "out")
    assert main(["check", "UGA", "--inputs", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "such as 'FM'" in printed and "such as 'trente'" in printed and "time and memory: About" in printed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("coverage_4g_rsrp_dbm.tif", "say in inputs.toml from which on there is coverage"),
        ("coverage_4g.tif", "taken as coverage (its name; 4G)"),
    ],
)
def test_levels_are_not_guessed_from_a_name(tmp_path, capsys, people, name, said):
    shutil.copy(people, tmp_path / people.name)
    with rasterio.open(people) as source:
        profile = source.profile
    with rasterio.open(tmp_path / name, "w", **profile | {"dtype": "uint8", "nodata": None}) as target:
        target.write(np.ones((1, ROWS, COLS), "uint8"))
    assert main(["check", "UGA", "--inputs", str(tmp_path)]) == 0
    assert said in capsys.readouterr().out


def test_a_map_whose_columns_tell_everything_needs_no_line(tmp_path, capsys, people):
    strips().to_file(tmp_path / "coverage.gpkg")
    summary = ran(capsys, tmp_path, people)
    assert covered(summary, "any") == pytest.approx(summary["people"], rel=1e-4)
    assert covered(summary, "4G+") < 0.5 * summary["people"]


def test_areas_of_every_level_and_people_as_points(tmp_path, capsys):
    points = [
        f"{NORTH - (row + 0.5) * STEP},{WEST + (col + 0.5) * STEP},{1 + col}" for row in range(8) for col in range(8)
    ]
    (tmp_path / "people.csv").write_text("\n".join(["latitude,longitude,population", *points]) + "\n")
    for level in range(1, 5):
        size = 8 * STEP / level
        shapes = [shapely.box(WEST + k * size, NORTH - 8 * STEP, WEST + (k + 1) * size, NORTH) for k in range(level)]
        frame = gpd.GeoDataFrame(
            {
                f"ADM{level}_EN": [f"a{level}{k}" for k in range(level)],
                f"ADM{level}_PCODE": [f"UG{level}{k:02d}" for k in range(level)],
                f"ADM{level - 1}_PCODE": [f"UG{level - 1}00"] * level,
            },
            geometry=shapes,
            crs=4326,
        )
        frame.to_file(tmp_path / f"uga_adm{level}.geojson")
    assert main(["run", "UGA", "--inputs", str(tmp_path), "--output", str(tmp_path / "out"), "--quiet"]) == 0
    capsys.readouterr()
    areas = gpd.pd.read_csv(tmp_path / "out" / "areas.csv", comment="#")
    assert areas.groupby("level")["people"].sum().round().tolist() == [288] * 5
    assert set(areas["area_id"]) >= {"UG100", "UG201", "UG302", "UG403"}
    assert areas[areas["level"] == 4]["parent_id"].unique().tolist() == ["UG300"]


def test_a_country_outside_the_pack_is_as_one_inside(tmp_path, capsys):
    """`make country=PHL inputs=…`: of a country that the pack does not have every figure and file is there."""
    folder, west, north = tmp_path / "in", 121.0, 17.5
    folder.mkdir()
    write_population(folder / "people.tif", transform=Affine(STEP, 0, west, 0, -STEP, north))
    rows = [("K1", north - 0.1, west + 0.1, "2G", "Blue"), ("K3", north - 0.3, west + 0.2, "4G", "Red")]
    write_sites(folder / "sites.csv", rows)
    found = tmp_path / "out"
    assert main(["run", "PHL", "--inputs", str(folder), "--output", str(found), "--json", "--quiet"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["iso3"] == "PHL" and summary["names"]["fr"] == "Philippines" and summary["starter"] is False
    assert summary["headline_service"] == "any" and 0 < covered(summary, "any") < summary["people"]
    assert {name: figures["model"] for name, figures in summary["services"].items() if name in TECHNOLOGIES} == {
        "2G": "radius",
        "3G": "unknown",
        "4G": "radius",
    }
    assert {"index.html", "areas.csv", "coldspots.csv", "layers.gpkg", "reach.tif"} <= {
        path.name for path in found.iterdir()
    }
    asked = subprocess.run(["make", "-n", "country=PHL", "inputs=/a folder"], cwd=ROOT, capture_output=True, text=True)
    assert "run 'PHL' --inputs '/a folder'" in asked.stdout


def test_capitals_and_blanks_do_not_make_another_operator(tmp_path, capsys, people):
    """ "MTN" and "mtn " were two operators, of whom each left people unknown outside of the other's network."""
    shutil.copy(people, tmp_path / people.name)
    half = shapely.box(WEST, NORTH - ROWS * STEP, WEST + COLS * STEP / 2, NORTH)
    gpd.GeoDataFrame({"MNO": ["MTN  Uganda "]}, geometry=[half], crs=4326).to_file(tmp_path / "coverage_3g.gpkg")
    lines = [
        ["a", 0.9, 32.1, "2G", "mtn uganda"],
        ["b", 0.8, 32.2, "2G", "MTN Uganda"],
        ["c", 0.7, 32.2, "2G", "MTN Uganda"],
    ]
    written(tmp_path / "sites.csv", [["Site", "Lat", "Lon", "Technology", "Operator"], *lines])
    assert main(["run", "UGA", "--inputs", str(tmp_path), "--output", str(tmp_path / "out"), "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    said = {one["values"]["written"] for one in found["caveats"] if one["code"] == "input_operator_names"}
    assert said == {"'mtn uganda'", "'MTN  Uganda'"}
    assert "operators_missing" not in {one["code"] for one in found["caveats"]}


def test_a_copy_of_a_list_is_none_and_masts_where_nobody_lives_are_a_doubt(tmp_path, capsys, people):
    """A copy of a list and the lock that Excel keeps beside it were taken as lists; masts in the wrong half of the globe were
    taken as they stood."""
    shutil.copy(people, tmp_path / people.name)
    south = NORTH - ROWS * STEP - 1.0
    lines = [[number, south - number / 50, WEST, "2G", ("MTN", "MTN Uganda")[number % 2]] for number in range(6)]
    written(tmp_path / "sites.csv", [["Site", "Lat", "Lon", "Technology", "Operator"], *lines])
    shutil.copy(tmp_path / "sites.csv", tmp_path / "sites (copy).csv")
    (tmp_path / "~$sites.xlsx").write_bytes(b"lock")
    assert main(["check", "UGA", "--inputs", str(tmp_path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "sites.csv: not read (it is the same file as sites (copy).csv)" in said
    assert "2G: circles of 15 km around 6 transmitters" in said and "~$" not in said
    assert "6 of 6 sites have nobody living within 5 km" in said
    assert "The operators MTN, MTN Uganda may be one" in said


def test_check_names_every_bad_file_and_clinics_are_points_of_interest(tmp_path, capsys, people):
    shutil.copy(people, tmp_path / people.name)
    (tmp_path / "health_facilities.csv").write_text("Facility name,Lat,Long\nHope,0.8,32.2\n")
    assert main(["check", "UGA", "--inputs", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "poi" in [record["layer"] for record in told["inputs"]] and told["errors"] == []
    (tmp_path / "admin1.geojson").write_text("{}")
    (tmp_path / "sites.csv").write_text("a,b\n1,2\n")
    assert main(["check", "UGA", "--inputs", str(tmp_path), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)["errors"]
    assert [next(name for name in ("admin1", "sites") if name in line) for line in said] == ["admin1", "sites"]


def sheets_of_operators(folder):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in ("MTN Uganda", "Airtel"):
        sheet = book.create_sheet(name)
        for row in [["Site", "Lat", "Lon", "Technology"], *(row[:4] for row in OF_TWO if row[4] == name.split()[0])]:
            sheet.append(row)
    book.create_sheet("Summary").append(["Operator", "Sites"])
    book.save(folder / "site_list.xlsx")


def folders_of_operators(folder):
    for name in ("MTN", "Airtel"):
        (folder / name).mkdir()
        rows = [row[:4] for row in OF_TWO if row[4] == name]
        written(folder / name / "sites.csv", [["Site", "Lat", "Lon", "Technology"], *rows])


def folders_of_a_kml(folder):
    """Folders of placemarks, with their columns as extended data."""

    def placemark(site, lat, lon, technology, _):
        data = f'<ExtendedData><Data name="Technology"><value>{technology}</value></Data></ExtendedData>'
        return f"<Placemark><name>{site}</name>{data}<Point><coordinates>{lon},{lat}</coordinates></Point></Placemark>"

    parts = "".join(
        f"<Folder><name>{name}</name>{''.join(placemark(*row) for row in OF_TWO if row[4] == name)}</Folder>"
        for name in ("MTN", "Airtel")
    )
    head = '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    (folder / "sites.kml").write_text(f"{head}{parts}</Document></kml>")


#: Sites of two operators.
OF_TWO = [
    ("K1", 0.9, 32.1, "2G", "MTN"),
    ("K2", 0.8, 32.35, "2G", "MTN"),
    ("K3", 0.65, 32.2, "4G", "Airtel"),
    ("K4", 0.6, 32.5, "2G", "Airtel"),
]


def test_sheets_folders_and_parts_of_a_kml_that_are_called_by_operators(tmp_path, capsys, people):
    """Each needed a table by hand; the sites are the operator's by whose name they are called."""
    found = {}
    for name, make in {
        "plain": lambda folder: written(
            folder / "sites.csv", [["Site", "Lat", "Lon", "Technology", "Operator"], *OF_TWO]
        ),
        "sheets": sheets_of_operators,
        "folders": folders_of_operators,
        "kml": folders_of_a_kml,
    }.items():
        (tmp_path / name).mkdir()
        make(tmp_path / name)
        shutil.copy(people, tmp_path / name / people.name)
        if name != "plain":
            assert main(["init", "UGA", str(tmp_path / name)]) == 0
            assert '\noperator = "MTN"' in (tmp_path / name / "inputs.toml").read_text()
        data = load(find_inputs(country("UGA"), tmp_path / name))
        found[name] = sorted(data.sites.table[["site_id", "lat", "technology", "operator"]].to_numpy().tolist())
    assert len(found["plain"]) == 4
    assert found["sheets"] == found["folders"] == found["kml"] == found["plain"]
    book = openpyxl.load_workbook(tmp_path / "sheets" / "site_list.xlsx")
    book["Airtel"].title = "Blue"
    book.save(tmp_path / "sheets" / "site_list.xlsx")
    (tmp_path / "sheets" / "inputs.toml").unlink()
    assert main(["check", "UGA", "--inputs", str(tmp_path / "sheets")]) == 2
    assert (
        'with layer = "MTN Uganda", and with operator = "…" where sheets are called by operators'
        in capsys.readouterr().err
    )


def test_maps_by_operator_and_technology_in_folders_columns_and_years(tmp_path):
    """Maps of two operators were taken for all networks where their column was called OP, and maps of two years for one."""
    shapes = {("2G", "MTN"): shapely.box(31, 0, 32, 1), ("4G", "Airtel"): shapely.box(32, 0, 32.5, 1)}
    wanted = {key: shape.area for key, shape in shapes.items()}

    def maps(folder):
        inputs = look_through(country("UGA"), folder)
        found = Inputs(country("UGA"), folder, inputs.tables, guesses=inputs.lines)
        read = [one for table in found.of("coverage") for one in read_coverage_table(found, table, None)]
        return {
            (one.technology, one.operator): pytest.approx(one.polygons.area.sum()) for one in read
        }, inputs.undecided

    for name, columns in {
        "headed": {"TECH": ["2G", "4G"], "OP": ["MTN", "Airtel"]},
        "merged": {"layer": ["MTN_2G_coverage", "Airtel_4G_coverage"]},
    }.items():
        (tmp_path / name).mkdir()
        gpd.GeoDataFrame(columns, geometry=list(shapes.values()), crs=4326).to_file(tmp_path / name / "coverage.gpkg")
        assert maps(tmp_path / name)[0] == wanted, name
    for technology, operator in shapes:
        frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapes[technology, operator]], crs=4326)
        (tmp_path / "folders" / technology).mkdir(parents=True)
        frame.to_file(tmp_path / "folders" / technology / f"{operator}.geojson")
        (tmp_path / "years").mkdir(exist_ok=True)
        frame.to_file(tmp_path / "years" / f"couverture_4g_{2020 + len(operator)}.geojson")
        frame.to_file(tmp_path / "layers.gpkg", layer=f"4G_{2020 + len(operator)}")
    assert maps(tmp_path / "folders")[0] == wanted
    (said,) = [line for line in maps(tmp_path / "years")[1] if "couverture" in line]
    assert (
        "couverture_4g_2023.geojson and couverture_4g_2026.geojson differ by the year, month or version in their names"
        in said
    )
    assert len(each_layer(tmp_path / "layers.gpkg", {"path": tmp_path / "layers.gpkg"}, country("UGA"))) == 1


def test_sheets_and_layers_for_each_district_are_one_list(tmp_path, people):
    """Each needed a table by hand. Sheets that may hold what others hold too, or of another day, are asked for as before."""
    head, found = ["Site", "Lat", "Lon", "Technology", "Operator"], {}
    parts = {"Kampala": OF_TWO[:2], "Mbarara": OF_TWO[2:]}
    for name in ("sheets", "layers", "all", "copies", "years"):
        (tmp_path / name).mkdir()
        shutil.copy(people, tmp_path / name / people.name)
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in parts.items():
            if name == "layers":
                points = [shapely.Point(row[2], row[1]) for row in rows]
                columns = {"site_id": [row[0] for row in rows], "tech": [row[3] for row in rows]}
                columns["operator"] = [row[4] for row in rows]
                gpd.GeoDataFrame(columns, geometry=points, crs=4326).to_file(
                    tmp_path / name / "sites.gpkg", layer=title
                )
            sheet = book.create_sheet({"years": {"Kampala": "2023", "Mbarara": "2024"}}.get(name, {}).get(title, title))
            for row in ([f"District of {title}"], head, *(OF_TWO if name == "copies" else rows)):
                sheet.append(row)
        if name == "all":
            for row in (head, *OF_TWO):
                book.create_sheet("All").append(row) if "All" not in book.sheetnames else book["All"].append(row)
        if name != "layers":
            book.save(tmp_path / name / "sites.xlsx")
        if name in ("sheets", "layers"):
            table = load(find_inputs(country("UGA"), tmp_path / name)).sites.table
            found[name] = sorted(table[["site_id", "technology", "operator"]].to_numpy().tolist())
            continue
        with pytest.raises(InputError, match="has several sheets with a table"):
            load(find_inputs(country("UGA"), tmp_path / name))
    assert found["sheets"] == found["layers"] == [[site, tech, owner] for site, _, _, tech, owner in OF_TWO]
