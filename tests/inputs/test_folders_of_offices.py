"""Maps and lists as they come in folders, archives and layers within each other, and in several editions."""

from __future__ import annotations

import shutil
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from ewcm.cli import main
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.inputs.discovery import discover, look_through
from ewcm.inputs.find import Inputs, find_inputs
from ewcm.inputs.read import load, read_coverage_table
from ewcm.sources.coverage_maps import read_declared
from tests.made_files import COLS, ROWS, write_areas, write_country, write_population, write_sites

UGANDA = country("UGA")
MAPS = {
    ("2G", "MTN"): shapely.box(32.0, 0.6, 32.5, 1.0), ("4G", "MTN"): shapely.box(32.0, 0.6, 32.2, 1.0),
    ("4G", "Airtel"): shapely.box(32.2, 0.6, 32.3, 1.0),
}  # fmt: skip


def frame_of(shape):
    return gpd.GeoDataFrame({"n": [1]}, geometry=[shape], crs=4326)


def in_folders(folder, order="{operator}/{technology}/coverage.shp"):
    for (technology, operator), shape in MAPS.items():
        path = folder / order.format(technology=technology, operator=operator)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame_of(shape).to_file(path)


def in_an_archive(folder):
    in_folders(folder / "own")
    with zipfile.ZipFile(folder / "coverage.zip", "w") as opened:
        for path in sorted((folder / "own").rglob("*.*")):
            inside = path.relative_to(folder / "own")
            opened.write(path, inside)
            opened.writestr(f"__MACOSX/{inside.parent}/._{inside.name}", b"\0\5\x16\x07")
    shutil.rmtree(folder / "own")


def in_a_kml(folder, kind="kml"):
    found = ""
    for technology in ("2G", "4G"):
        found += f"<Folder><name>{technology}</name>"
        for (one, operator), shape in MAPS.items():
            ring = " ".join(f"{x},{y}" for x, y in shape.exterior.coords)
            if one == technology:
                found += (
                    f"<Folder><name>{operator}</name><Folder><name>Central</name><Placemark><name>area</name><Polygon>"
                    f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
                    "</Placemark></Folder></Folder>"
                )
        found += "</Folder>"
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>All</name>{found}</Document></kml>'
    if kind == "kml":
        (folder / "coverage.kml").write_text(text)
        return
    with zipfile.ZipFile(folder / "coverage.kmz", "w") as opened:
        opened.writestr("doc.kml", text)


def in_layers_of_operators(folder):
    for (technology, operator), shape in MAPS.items():
        frame_of(shape).to_file(folder / f"{operator}.gpkg", layer=technology)
    frame_of(MAPS["2G", "MTN"].buffer(-0.1)).to_file(folder / "Airtel.gpkg", layer="3G")


FORMS = {
    "folders": in_folders,
    "technologies first": lambda folder: in_folders(folder, "Coverage maps/{technology}/{operator} Uganda/export.gpkg"),
    "files": lambda folder: in_folders(folder, "Coverage/{operator} {technology}.geojson"),
    "flat files": lambda folder: in_folders(folder, "coverage_{technology}_{operator}.gpkg"),
    "flat files without a blank": lambda folder: in_folders(folder, "{operator}{technology}.gpkg"),
    "flat tables of MapInfo": lambda folder: in_folders(folder, "{operator}_{technology}.tab"),
    "archive": in_an_archive,
    "kml": in_a_kml,
    "kmz": lambda folder: in_a_kml(folder, "kmz"),
}


def maps_of(folder):
    tables, guesses = discover(UGANDA, folder)
    inputs = Inputs(UGANDA, folder, tables, guesses=guesses)
    return {
        (one.technology, one.operator): round(sum(shape.area for shape in one.polygons.geometry), 6)
        for table in inputs.of("coverage")
        for one in read_coverage_table(inputs, table, None)
    }


@pytest.mark.parametrize("form", FORMS)
def test_maps_within_folders_are_those_of_their_operators_and_technologies(tmp_path, form):
    write_population(tmp_path / "uga_ppp_2020.tif")
    FORMS[form](tmp_path)
    assert maps_of(tmp_path) == {key: round(shape.area, 6) for key, shape in MAPS.items()}


def test_a_file_of_an_operator_with_a_layer_for_each_technology(tmp_path):
    write_population(tmp_path / "uga_ppp_2020.tif")
    in_layers_of_operators(tmp_path)
    assert set(maps_of(tmp_path)) == {*MAPS, ("3G", "Airtel")}


def test_one_map_of_one_operator_stays_a_doubt(tmp_path, capsys):
    write_population(tmp_path / "uga_ppp_2020.tif")
    frame_of(MAPS["2G", "MTN"]).to_file(tmp_path / "coverage_2G_64110.gpkg")
    write_sites(tmp_path / "MTN_sites.csv", [("K", 0.9, 32.1, "4G", "")])
    assert main(["check", "UGA", "--inputs", str(tmp_path), "--strict"]) == 1
    said = capsys.readouterr().out
    assert "state operator = '641-10'" in said and "state operator = 'MTN'" in said


def test_what_lies_in_an_old_folder_is_not_read(tmp_path):
    write_country(tmp_path / "UGA")
    for name in ("old", "archive 2019", "Coverage old"):
        (tmp_path / "UGA" / name).mkdir()
        write_sites(tmp_path / "UGA" / name / "sites_b.csv")
    assert [table["path"].name for table in look_through(UGANDA, tmp_path / "UGA").tables["sites"]] == ["sites.csv"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("sites_v1", "sites_v2"),
        ("sites_old", "sites"),
        ("sites", "sites (1)"),
        ("sites_Jan2024", "sites_Jun2024"),
        ("sites_20240131", "sites_20240630"),
        ("sites T1 2024", "sites T3 2024"),
        ("Copie de sites", "sites"),
        ("sites_enero", "sites_mayo"),
        ("sites يناير", "sites مايو"),
    ],
)
def test_editions_of_a_list_do_not_count_together(tmp_path, capsys, older, newer):
    write_population(tmp_path / "uga_ppp_2020.tif")
    write_sites(tmp_path / f"{older}.csv")
    write_sites(tmp_path / f"{newer}.csv", [("K1", 0.90, 32.10, "2G", "Blue")])
    with pytest.raises(InputError, match="differ by the year, month or version in their names alone"):
        discover(UGANDA, tmp_path)
    assert main(["init", "UGA", str(tmp_path)]) == 0
    assert "[[sites]]" not in (tmp_path / "inputs.toml").read_text().replace("# [[sites]]", "")
    assert "to decide: " in capsys.readouterr().out


def test_parts_of_a_country_are_no_editions(tmp_path):
    write_population(tmp_path / "uga_ppp_2020.tif")
    for number, name in enumerate(("sites_1", "sites_2", "sites_north_2024", "sites_south_2024")):
        write_sites(tmp_path / f"{name}.csv", [(f"K{number}", 0.9, 32.1 + 0.1 * number, "2G", "Blue")])
    assert len(discover(UGANDA, tmp_path)[0]["sites"]) == 4


def test_months_and_tenders_among_the_layers_are_asked_for(tmp_path):
    write_population(tmp_path / "uga_ppp_2020.tif")
    for name, layers in {
        "coverage.gpkg": ("4G_Jan2024", "4G_Jun2024"),
        "cover.gpkg": ("4G", "4G_appel_offres"),
    }.items():
        for layer in layers:
            frame_of(MAPS["4G", "MTN"]).to_file(tmp_path / name, layer=layer)
        (table,) = [one for one in look_through(UGANDA, tmp_path).tables["coverage"] if one["path"].name == name]
        assert "layer" not in table


def test_levels_of_boundaries_in_one_file(tmp_path):
    write_population(tmp_path / "uga_ppp_2020.tif")
    areas = gpd.read_file(write_areas(tmp_path / "own.geojson"))
    (tmp_path / "own.geojson").unlink()
    areas.to_file(tmp_path / "gadm41_UGA.gpkg", layer="ADM_ADM_1")
    areas.dissolve().to_file(tmp_path / "gadm41_UGA.gpkg", layer="ADM_ADM_0")
    found = discover(UGANDA, tmp_path)[0]["boundaries"]
    assert sorted((one["level"], one["layer"]) for one in found) == [(0, "ADM_ADM_0"), (1, "ADM_ADM_1")]


def test_bands_called_by_technologies_are_a_map_each(tmp_path):
    people = write_population(tmp_path / "uga_ppp_2020.tif")
    with rasterio.open(people) as source:
        profile = source.profile | {"count": 3, "dtype": "uint8", "nodata": None}
    bands = np.zeros((3, ROWS, COLS), "uint8")
    for number in range(3):
        bands[number, :, : 10 * (number + 1)] = 1
    with rasterio.open(tmp_path / "coverage.tif", "w", **profile) as target:
        target.write(bands)
        target.descriptions = ("2G", "3G", "MTN 4G")
    tables = discover(UGANDA, tmp_path)[0]["coverage"]
    assert [one["technology"] for one in tables] == ["2G", "3G", "4G"]
    for number, table in enumerate(tables):
        (found,) = read_declared(table["path"], table["technology"], UGANDA)
        assert found.record.facts["counts"]["1"] == 10 * (number + 1) * ROWS
    with pytest.raises(InputError, match="its bands are called 2G, 3G, MTN 4G, and technology = '5G' is stated"):
        read_declared(tmp_path / "coverage.tif", "5G", UGANDA)


def test_a_shapefile_that_came_in_part_is_one_line(tmp_path, capsys):
    write_population(tmp_path / "uga_ppp_2020.tif")
    in_folders(tmp_path, "coverage_{technology}_{operator}.shp")
    (tmp_path / "coverage_4G_MTN.shx").unlink()
    assert main(["check", "UGA", "--inputs", str(tmp_path)]) == 2
    assert "coverage_4G_MTN.shx is not beside it" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["population_by_district.csv", "Census 2024.xlsx", "uga_ppp_2020.zip"])
def test_people_by_area_are_named_where_there_is_no_raster(tmp_path, name):
    write_sites(tmp_path / "sites.csv")
    (tmp_path / name).write_text("District,People\nKampala,1500000\n")
    with pytest.raises(InputError, match="people by area, or packed, are not read") as error:
        discover(UGANDA, tmp_path)
    assert name in str(error.value)


@pytest.mark.parametrize("ending", ["csv", "shp"])
def test_lists_called_by_their_technology_and_operator(tmp_path, ending):
    """Such a list was asked for its technology, and points of such a name were taken for a map of coverage."""
    write_population(tmp_path / "uga_ppp_2020.tif")
    for number, (operator, technology) in enumerate((("MTN", "2G"), ("Airtel", "4G"))):
        path = tmp_path / f"{operator}_{technology}_sites.{ending}"
        if ending == "csv":
            path.write_text(f"Site,Lat,Lon\nA{number},0.8,32.{number + 1}\n")
        else:
            points = [shapely.Point(32.1 + number / 10, 0.8)]
            gpd.GeoDataFrame({"site_id": [f"A{number}"]}, geometry=points, crs=4326).to_file(path)
    table = load(find_inputs(UGANDA, tmp_path)).sites.table
    told = table[["site_id", "technology", "operator"]].to_numpy().tolist()
    assert sorted(told) == [["A0", "2G", "MTN"], ["A1", "4G", "Airtel"]]


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (("ADM1_EN", "ADM2_EN"), {"districts.shp": 2, "Provinces 2020.gpkg": 1}),
        (("NAME_1", "NAME_2"), {"gadm41_UGA_2.geojson": 2, "limites.gpkg": 1}),
    ],
)
def test_areas_are_found_by_their_columns(tmp_path, names, files):
    """Nothing of them was read, for want of adm1 in the name of the file."""
    write_population(tmp_path / "uga_ppp_2020.tif")
    areas = gpd.read_file(write_areas(tmp_path / "own.geojson"))
    (tmp_path / "own.geojson").unlink()
    for name, level in files.items():
        areas.assign(**dict.fromkeys(names[:level], areas["name"])).drop(columns="name").to_file(tmp_path / name)
    found = discover(UGANDA, tmp_path)[0]["boundaries"]
    assert {table["path"].name: table["level"] for table in found} == files


def test_levels_of_one_file_are_told_by_columns_and_several_in_one_layer_are_named(tmp_path):
    write_population(tmp_path / "uga_ppp_2020.tif")
    areas = gpd.read_file(write_areas(tmp_path / "own.geojson"))
    (tmp_path / "own.geojson").unlink()
    areas.assign(ADM1_EN="A").to_file(tmp_path / "boundaries.gpkg", layer="regions")
    areas.assign(ADM1_EN="A", ADM2_EN="B").to_file(tmp_path / "boundaries.gpkg", layer="districts")
    for level in (1, 2):
        areas.assign(ADM1_EN="A").to_file(tmp_path / "limites 4G.gpkg", layer=f"level_{level}")
        frame_of(MAPS["4G", "MTN"]).to_file(tmp_path / f"MTN_4G_signal_level_{level}.gpkg")
    areas.assign(level=[1, 1, 2, 2]).to_file(tmp_path / "limits.gpkg")
    areas.to_file(tmp_path / "communes.gpkg")
    tables, said = discover(UGANDA, tmp_path)
    assert {table["layer"]: table["level"] for table in tables["boundaries"]} == {"regions": 1, "districts": 2}
    assert any(
        "limits.gpkg: not used (it holds areas of several levels, by its column 'level'" in line for line in said
    )
    assert any(
        "communes.gpkg: not used (it looks like areas, and nothing in it tells their level" in line for line in said
    )


def test_rasters_within_folders_are_those_of_their_operators_and_technologies(tmp_path):
    """They were not used; of two with the same cells in folders of two operators both are meant."""
    people = write_population(tmp_path / "uga_ppp_2020.tif")
    with rasterio.open(people) as source:
        profile = source.profile | {"dtype": "uint8", "nodata": None}
    for folder in ("Airtel_2G", "MTN_2G", "4G"):
        (tmp_path / folder).mkdir()
        with rasterio.open(tmp_path / folder / "coverage.tif", "w", **profile) as target:
            target.write(np.full((ROWS, COLS), folder != "4G", "uint8"), 1)
    tables = discover(UGANDA, tmp_path)[0]["coverage"]
    assert sorted((one["technology"], one.get("operator", "")) for one in tables) == [
        ("2G", "Airtel"),
        ("2G", "MTN"),
        ("4G", ""),
    ]


@pytest.mark.parametrize("options", [{}, {"FORMAT": "GML3.2"}])
def test_a_map_in_gml_is_found(tmp_path, options):
    """Asking for its layers never came to an end."""
    write_population(tmp_path / "uga_ppp_2020.tif")
    frame_of(MAPS["4G", "MTN"]).assign(technology="4G").to_file(tmp_path / "coverage.gml", driver="GML", **options)
    assert maps_of(tmp_path) == {("4G", ""): round(MAPS["4G", "MTN"].area, 6)}


def test_areas_in_cells_are_a_map_of_coverage(tmp_path):
    write_population(tmp_path / "uga_ppp_2020.tif")
    rows = [f'{technology},{operator},"{shape.wkt}"' for (technology, operator), shape in MAPS.items()]
    (tmp_path / "coverage.csv").write_text("\n".join(["technology,operator,WKT", *rows]) + "\n")
    assert maps_of(tmp_path) == {key: round(shape.area, 6) for key, shape in MAPS.items()}


_NO_PHONES = (
    *("coverage_4g_fwa.gpkg", "4G_FWA.geojson", "nb-iot_lte.gpkg", "LTE-M.gpkg", "5g_wttx.gpkg", "fwa/4G.gpkg"),
    *("couverture_4g_fixe.gpkg", "cobertura_4g_fija.gpkg", "4G_fixo.gpkg"),
)


@pytest.mark.parametrize("name", [*_NO_PHONES, "coverage_4g.gpkg", "4g_coverage_fixed.gpkg", "lte_mtn.gpkg"])
def test_maps_that_are_called_fixed_access_or_things_are_not_taken_for_4g(name, tmp_path):
    """They counted as coverage for phones; a file that was mended may be called fixed."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    frame_of(shapely.box(32.0, 0.6, 32.5, 1.0)).to_file(tmp_path / name)
    found = look_through(UGANDA, tmp_path)
    taken = [table["technology"] for table in found.tables.get("coverage", ())]
    assert taken == ([] if name in _NO_PHONES else ["4G"])
    assert taken or "/" in name or any(name in line and "which reach no phone" in line for line in found.lines)
