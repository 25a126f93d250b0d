"""Maps of coverage in the forms that offices have: nothing is counted as what it is not."""

from __future__ import annotations

import json
import os
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ewcm.core.fraction import decode
from ewcm.coverage.declared import DeclaredModel
from ewcm.errors import InputError
from ewcm.sources.coverage_maps import Choice, read_declared
from ewcm.sources.crs_texts import unknown_name
from ewcm.sources.vectors import layers_of, read_vector
from tests.sources.files import UGA, raster

#: Two operators with three technologies in one layer, a square each.
ALL = gpd.GeoDataFrame(
    {"TECH": ["2G", "3G", "LTE"] * 2, "OPERATOR": ["Red"] * 3 + ["Blue"] * 3},
    geometry=[shapely.box(31 + 0.2 * number, 1, 31.1 + 0.2 * number, 1.1) for number in range(6)],
    crs=4326,
)


def read(path, technology="4G", operator="", **choice):
    return read_declared(path, technology, UGA, operator=operator, choice=Choice(**choice))


def told(maps):
    """Technology, operator and west edge of each polygon."""
    return {(one.technology, one.operator, round(west, 3)) for one in maps for west in one.polygons.bounds["minx"]}


def said(maps):
    return " ".join((*maps[0].record.warnings, *maps[0].record.assumptions))


def as_answer_of_arcgis(frame):
    """What a service of ArcGIS answers, whose outer rings run clockwise."""
    columns = [name for name in frame if name != "geometry"]
    features = [
        {"attributes": {name: row[name] for name in columns},
         "geometry": {"rings": [list(row["geometry"].exterior.coords)[::-1]]}}
        for _, row in frame.iterrows()
    ]  # fmt: skip
    fields = [{"name": name, "type": "esriFieldTypeString", "alias": name, "length": 9} for name in columns]
    about = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}}
    return {**about, "fields": fields, "features": features}


OF_4G = {("4G", "Red", 31.4), ("4G", "Blue", 32.0)}


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        *(("a.gpkg", "GPKG"), ("a.shp", "ESRI Shapefile"), ("a.geojson", "GeoJSON"), ("a.fgb", "FlatGeobuf")),
        *(("a.kml", "LIBKML"), ("a.kmz", "LIBKML")),
        *(("a.mif", "MapInfo File"), ("a.tab", "MapInfo File"), ("a.gdb", "OpenFileGDB"), ("a.gml", "GML")),
        *(("a.json", "ArcGIS"), ("a.zip", "ESRI Shapefile")),
    ],
)  # fmt: skip
def test_one_technology_of_a_layer_of_all_is_not_all(tmp_path, name, driver):
    if driver == "ArcGIS":
        (tmp_path / name).write_text(json.dumps(as_answer_of_arcgis(ALL)))
    elif name.endswith(".zip"):
        ALL.to_file(tmp_path / "a.shp")
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for suffix in ("shp", "shx", "dbf", "prj"):
                archive.write(tmp_path / f"a.{suffix}", f"a.{suffix}")
    else:
        ALL.to_file(tmp_path / name, driver=driver)
    maps = read(tmp_path / name)
    assert told(maps) == OF_4G
    assert "'TECH' tells several technologies: the 2 shapes of 4G were used, 4 of others were left out" in said(maps)
    assert "'OPERATOR' tells the operator (Blue, Red)" in said(maps)


def test_without_a_stated_technology_each_row_is_its_own(tmp_path):
    ALL.to_file(tmp_path / "a.gpkg")
    maps = read(tmp_path / "a.gpkg", None)
    assert len(told(maps)) == 6 and {one.technology for one in maps} == {"2G", "3G", "4G"}
    assert len({id(one.record) for one in maps}) == 1
    assert told(read(tmp_path / "a.gpkg", "4G", "red")) == {("4G", "red", 31.4)}


def test_columns_by_other_names_and_several_technologies_in_a_cell(tmp_path):
    frame = ALL.rename(columns={"TECH": "Génération", "OPERATOR": "Titulaire_licence"})
    frame["Génération"] = ["2G/3G", "2G+3G+4G", "LTE800", "GSM900", "WiMAX", None]
    frame.to_file(tmp_path / "a.gpkg")
    maps = read(tmp_path / "a.gpkg", None, operator_column="titulaire_licence", technology_column="Génération")
    assert told(maps) == {
        *(("2G", "Red", 31.0), ("3G", "Red", 31.0), ("2G", "Red", 31.2), ("3G", "Red", 31.2), ("4G", "Red", 31.2)),
        *(("4G", "Red", 31.4), ("2G", "Blue", 31.6)),
    }
    assert "2 of 6 rows were not used: 2 of no known technology ('Génération') (such as 'WiMAX')" in said(maps)


def test_words_of_operators_that_are_not_used_are_a_doubt(tmp_path):
    frame = ALL[["geometry"]].assign(Layer=["Red_4G", "Red_3G", "Red_2G", "Blue 4G", "Blue 3G", "Blue 2G"])
    frame.to_file(tmp_path / "a.gpkg")
    maps = read(tmp_path / "a.gpkg")
    assert told(maps) == {("4G", "", 31.0), ("4G", "", 31.6)}
    assert "'Layer' may name operators too (such as 'Red_4G')" in said(maps)


@pytest.mark.parametrize(
    ("technology", "operator", "choice", "message"),
    [
        ("5G", "", {}, "technology = '5G' is stated and column TECH holds 2G, 3G, LTE"),
        ("4G", "Green", {}, "operator = 'Green' is stated and column OPERATOR holds Blue, Red"),
        ("4G", "", {"where": "TECH = '6G'"}, "column TECH never holds '6G'; it holds 2G, 3G, LTE"),
        ("4G", "", {"where": "TECH LIKE '4%'"}, "no condition that is read"),
        ("4G", "", {"where": "1=1; DROP TABLE a"}, "no condition that is read"),
        ("4G", "", {"where": "NAME = 'a'"}, "has no column 'NAME'; it has TECH, OPERATOR"),
        ("4G", "", {"technology_column": "TECHN"}, "has no column 'TECHN'"),
        ("4G", "", {"layer": "b"}, "has no layer 'b'; it has a"),
        ("4G", "", {"crs": "EPSG:32636"}, "its coordinates are degrees"),
    ],
)
def test_what_contradicts_is_asked_in_one_line(tmp_path, technology, operator, choice, message):
    ALL.to_file(tmp_path / "a.gpkg", layer="a")
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path / "a.gpkg", technology, operator, **choice)
    assert "\n" not in str(error.value)


def test_rows_by_a_condition(tmp_path):
    ALL.assign(dbm=[-95, -105, -100, -95, -105, -110]).to_file(tmp_path / "a.gpkg")
    where = "\"TECH\" IN ('LTE', '5G') AND dbm >= -105"
    maps = read(tmp_path / "a.gpkg", where=where)
    assert told(maps) == {("4G", "Red", 31.4)} and "Rows were chosen by" in said(maps)


def test_levels_in_dbm_are_asked_for(tmp_path):
    ALL[["geometry"]].assign(RSRP=[-95, -105, -115] * 2).to_file(tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r'column RSRP holds levels \(-115 to -95\); .* where = "RSRP >= -105"'):
        read(tmp_path / "a.gpkg")


@pytest.mark.parametrize(
    ("column", "values"),
    [("DN", [0, 1] * 3), ("Couverture", ["non", "oui"] * 3), ("status", ["No coverage", "Covered"] * 3)],
)
def test_polygons_that_are_not_covered_by_their_own_words_are_left_out(tmp_path, column, values):
    ALL[["geometry"]].assign(**{column: values}).to_file(tmp_path / "a.gpkg")
    maps = read(tmp_path / "a.gpkg")
    assert {west for *_, west in told(maps)} == {31.2, 31.6, 32.0}
    assert f"3 not covered by their own '{column}'" in said(maps)


def test_several_shapefiles_in_folders_of_an_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for technology in ("2G", "LTE"):
            (tmp_path / technology).mkdir()
            ALL[ALL["TECH"] == technology].to_file(tmp_path / technology / f"{technology}_2025.shp")
            for file in sorted((tmp_path / technology).iterdir()):
                archive.write(file, f"Coverage/{technology}/{file.name}")
    with pytest.raises(InputError, match=r'several files: Coverage/2G/2G_2025.shp, Coverage/LTE/.*layer = "2G_2025"'):
        read(tmp_path / "a.zip")
    assert told(read(tmp_path / "a.zip", layer="LTE_2025")) == OF_4G
    with pytest.raises(InputError, match="has no file 'NR'; it has"):
        read(tmp_path / "a.zip", layer="NR")


def test_metres_without_a_system_are_asked_for_and_stated(tmp_path):
    ALL.to_crs(32636).set_crs(None, allow_override=True).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink(missing_ok=True)
    with pytest.raises(InputError, match=r'is not in degrees .*state it, as in crs = "EPSG:32636"'):
        read(tmp_path / "a.shp")
    assert told(read(tmp_path / "a.shp", crs="EPSG:32636")) == OF_4G


@pytest.mark.parametrize(("values", "most"), [("fraction", 1.0), ("percent", 100.0)])
def test_shares_and_probabilities(tmp_path, values, most):
    share = np.array([[0.0, 0.25], [0.5, 1.0]], "float32")
    path = raster(tmp_path / "a.tif", share * most)
    (declared,) = read_declared(path, "4G", UGA, values=values)
    from odc.geo.geobox import GeoBox
    from rasterio.transform import from_origin

    from tests.sources.files import NORTH, STEP, WEST

    grid = GeoBox((2, 2), from_origin(WEST, NORTH, STEP, STEP), "EPSG:4326")
    found = DeclaredModel((declared,), grid).shares(("4G",), None, "central", slice(0, 2))
    assert np.allclose(decode(found.covered), share, atol=1e-4)


@pytest.mark.parametrize(
    ("cells", "values", "message"),
    [
        ([[0, 0.5], [1, 1]], "covered", 'look like shares: state values = "fraction"'),
        ([[0, 50], [100, 1]], "fraction", 'values of 0..100, and values = "fraction" means 0..1'),
        ([[0, 0.5], [1, 1]], "percent", 'state values = "fraction"'),
        ([[0, -1], [1, 1]], "fraction", "declare it as nodata"),
    ],
)
def test_shares_that_are_none(tmp_path, cells, values, message):
    with pytest.raises(InputError, match=message):
        read_declared(raster(tmp_path / "a.tif", np.array(cells, "float32")), "4G", UGA, values=values)


def kml(path, inside):
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    path.write_text(f"{head}{inside}</Document></kml>")
    return path


def placemark(name, description, west):
    ring = " ".join(f"{x},{y},0" for x, y in shapely.box(west, 1, west + 0.1, 1.1).exterior.coords)
    return (
        f"<Placemark><name>{name}</name><description><![CDATA[{description}]]></description><Polygon><outerBoundaryIs>"
        f"<LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )


@pytest.mark.parametrize(
    "form",
    [
        "<html><body><table><tr><td>TECH</td><td>{}</td></tr><tr><td>OPERATOR</td><td>{}</td></tr></table></body></html>",
        "<b>Tech</b>: {}<br/><b>Operator</b>: {}",
        "Tech: {}\nOperator: {}",
    ],
)
def test_the_descriptions_of_a_kml_are_its_columns(tmp_path, form):
    """Operators in them were lost, and the map spoke for all networks together."""
    inside = placemark("a", form.format("2G", "Red"), 31) + placemark("b", form.format("4G", "Blue"), 31.2)
    maps = read_declared(kml(tmp_path / "a.kml", inside), None, UGA)
    assert [(one.technology, one.operator) for one in maps] == [("2G", "Red"), ("4G", "Blue")]
    assert "read from the descriptions" in " ".join(maps[0].record.assumptions)


def test_a_picture_laid_over_the_map_is_no_coverage(tmp_path):
    """Its frame was read as ground that is covered: the whole country."""
    box = "<LatLonBox><north>4</north><south>-1</south><east>35</east><west>29</west></LatLonBox>"
    path = kml(
        tmp_path / "a.kml", f"<GroundOverlay><name>4G</name><Icon><href>a.png</href></Icon>{box}</GroundOverlay>"
    )
    with pytest.raises(InputError, match="GroundOverlay"):
        read_declared(path, "4G", UGA)


@pytest.mark.parametrize("name", ["no_coverage_4G", "zones_blanches_4G", "coverage gaps 4G", "zonas sin cobertura 4G"])
def test_a_map_that_is_called_by_the_ground_without_coverage_is_refused(tmp_path, name):
    """What it holds counted as covered: the map inside out."""
    gpd.GeoDataFrame(geometry=[shapely.box(31, 1, 32, 2)], crs=4326).to_file(tmp_path / f"{name}.geojson")
    with pytest.raises(InputError, match="ground without coverage"):
        read_declared(tmp_path / f"{name}.geojson", "4G", UGA)


def with_an_unknown_system(folder, frame, form):
    """A map whose file, or the ``.prj`` beside it, names a coordinate system that there is not."""
    path = folder / f"4G.{form}"
    if form == "geojson":
        content = json.loads(frame.to_json())
        content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}}
        path.write_text(json.dumps(content))
    else:
        frame.to_file(path)
        named = path.with_suffix(".prj") if form == "shp" else path
        text = path.read_text() if form == "gml" else "EPSG:4326"
        named.write_text(text.replace("EPSG::4326", "EPSG::999999").replace("EPSG:4326", "EPSG:999999"))
    return path


@pytest.mark.parametrize("form", ["geojson", "shp"])
def test_a_coordinate_system_that_is_not_known_is_named(form, tmp_path):
    path = with_an_unknown_system(tmp_path, ALL[ALL.TECH == "LTE"], form)
    assert "999999'); its coordinates were taken as degrees" in said(read(path))
    assert "is not known" not in said(read(path, crs="EPSG:4326"))
    ALL[ALL.TECH == "LTE"].to_file(tmp_path / "known.geojson")
    assert "coordinates were taken" not in said(read(tmp_path / "known.geojson"))


@pytest.mark.parametrize("form", ["geojson", "shp"])
def test_metres_of_a_system_that_is_not_known_are_refused(form, tmp_path):
    metres = ALL[ALL.TECH == "LTE"].to_crs(32636)
    with pytest.raises(InputError, match=r"names a coordinate system .*999999.* and is not in degrees"):
        read(with_an_unknown_system(tmp_path, metres, form))


def test_a_coordinate_system_that_is_not_known_or_cut_off_is_refused_where_axes_or_shapes_depend_on_it(tmp_path):
    with pytest.raises(InputError, match=r"that is not known \(urn:ogc:def:crs:EPSG::999999\); correct that"):
        read(with_an_unknown_system(tmp_path, ALL, "gml"))
    ALL.to_file(tmp_path / "4G.shp")
    (tmp_path / "4G.prj").write_text('GEOGCS["cut off')
    with pytest.raises(InputError, match=r"names a coordinate system .* that is not known .*cut off"):
        read(tmp_path / "4G.shp")


@pytest.mark.parametrize(
    "name", ["4G_indoor", "LTE In-Car", "Red 4G en interiores", "4G_deep_indoor", "4G داخل المباني"]
)
def test_coverage_inside_buildings_is_less_than_a_network_reaches(name, tmp_path):
    path = tmp_path / f"{name}.geojson"
    ALL[ALL.TECH == "LTE"].to_file(path)
    assert "inside buildings or cars" in said(read(path))


@pytest.mark.parametrize(
    "name", ["4G_indoor_outdoor", "4G_outdoor", "4G Interior", "4G ministère de l'intérieur", "4G carte"]
)
def test_other_names_say_nothing_of_buildings(name, tmp_path):
    path = tmp_path / f"{name}.geojson"
    ALL[ALL.TECH == "LTE"].to_file(path)
    assert "inside buildings" not in said(read(path))


@pytest.mark.parametrize("named", ['GEOGCS["x",PARAMETERFILE["y","{0}"]', "+init={0}:1", "marked:4326"])
def test_a_coordinate_system_that_leads_to_a_file_is_none(named, tmp_path):
    os.mkfifo(tmp_path / "target")  # whoever opens it waits for ever
    ALL.to_file(tmp_path / "4G.shp")
    (tmp_path / "4G.prj").write_text(named.format(tmp_path / "target"))
    assert unknown_name(tmp_path / "4G.shp", "ESRI Shapefile").startswith(named[:6])


@pytest.mark.parametrize("named", ["EPSG:4326", "WGS 84", "CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_names_of_degrees_are_known(named, tmp_path):
    content = json.loads(ALL[ALL.TECH == "LTE"].to_json())
    content["crs"] = {"type": "name", "properties": {"name": named}}
    (tmp_path / "4G.geojson").write_text(json.dumps(content))
    assert "is not known" not in said(read(tmp_path / "4G.geojson"))


@pytest.mark.parametrize("opened", [layers_of, read_vector])
def test_what_is_wrong_with_a_file_in_an_archive_is_said_of_the_archive(opened, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside/4g.geojson", '{"type": "Topology"}')
    with pytest.raises(InputError, match="is TopoJSON") as error:
        opened(path)
    assert str(error.value).startswith(f"{path}: 4g.geojson: ")
