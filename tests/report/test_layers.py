"""layers.gpkg and reach.tif: valid for other programs, true to the result, the same bytes each time."""

import contextlib
import json
import re
import sqlite3
import subprocess
from dataclasses import replace
from itertools import chain
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio

from ewcm.core.fraction import decode
from ewcm.report import styles
from ewcm.report.geopackage import write_geopackage
from ewcm.report.geotiff import reach_layers, write_reach
from ewcm.report.styles import SHARE_CLASSES
from ewcm.settings import Settings
from tests.conftest import ROOT
from tests.made import level_of
from tests.report import cog
from tests.report.make_result import made_result


def test_geopackage_reads_back(hostile, tmp_path):
    path = tmp_path / "layers.gpkg"
    write_geopackage(hostile, path)
    assert [name for name, kind in pyogrio.list_layers(path) if kind] == ["areas", "coldspots", "sites", "next_sites"]
    areas = gpd.read_file(path, layer="areas")
    assert list(areas["name"]) == list(hostile.areas["name"])
    assert set(areas["data_grade"]) == {"starter"}
    np.testing.assert_allclose(areas["people"], hostile.areas["people"], atol=1e-6)
    assert areas.crs.to_epsg() == 4326 and areas.geometry.is_valid.all()
    coldspots = gpd.read_file(path, layer="coldspots")
    np.testing.assert_allclose(coldspots["people"], hostile.coldspots["people"], atol=1e-6)
    assert coldspots.geometry.is_valid.all()
    assert len(gpd.read_file(path, layer="sites")) == len(hostile.data.sites.table)


def _rules(qml: str) -> list[dict[str, str]]:
    return [dict(rule.attrib) for rule in ET.fromstring(qml).iter("rule") if "symbol" in rule.attrib]


def _chosen(database: sqlite3.Connection, table: str, rules: list[dict[str, str]]) -> list[list[int]]:
    """The rows that each rule draws; SQLite reads the expressions of QGIS that are used here."""
    where = [rule.get("filter", "1") for rule in rules]
    return [
        [row[0] for row in database.execute(f'SELECT fid FROM "{table}" WHERE {one} ORDER BY fid')] for one in where
    ]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_geopackage_has_a_style_for_qgis_in_each_layer(result, unknown, language, tmp_path):
    """The table that QGIS looks for; each area of the finest level is drawn once, in its class, and nothing is drawn twice."""
    for number, case in enumerate((result, unknown)):
        country = replace(case.data.country, language=language)
        path = tmp_path / f"{number}.gpkg"
        write_geopackage(replace(case, data=replace(case.data, country=country)), path)
        with contextlib.closing(sqlite3.connect(path)) as database:
            columns = {row[1]: row[2] for row in database.execute("PRAGMA table_info(layer_styles)")}
            assert columns.keys() == {
                *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName"),
                *("styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui", "update_time"),
            }
            assert columns["useAsDefault"] == "BOOLEAN" and columns["update_time"] == "DATETIME"
            kind = database.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone()
            assert kind == ("attributes",)
            # The very words with which QGIS asks.
            ask = (
                "SELECT styleQML FROM layer_styles WHERE f_table_schema='' AND f_table_name=? AND f_geometry_column='geom' "
                "ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END, update_time DESC LIMIT 1"
            )
            stored = {name: database.execute(ask, (name,)).fetchone()[0] for name in ("areas", "coldspots", "sites")}
            rules = {name: _rules(qml) for name, qml in stored.items()}
            drawn = _chosen(database, "areas", rules["areas"])
            assert sorted(chain.from_iterable(drawn)) == list(range(1, len(case.areas) + 1))
            share = case.areas["uncovered_any"] / case.areas["people"]
            classes = np.digitize(share, SHARE_CLASSES)
            for rule, rows in enumerate(drawn[:5]):
                assert all(classes[row - 1] == rule for row in rows)
            if case is unknown:
                assert not any(drawn[:5]) and drawn[5]
            of_spots = list(chain.from_iterable(_chosen(database, "coldspots", rules["coldspots"])))
            wanted = (case.coldspots["service"] == "any") & (case.coldspots["case"] == "central")
            assert of_spots == [number + 1 for number, one in enumerate(wanted) if one]
        words = rules["areas"][0]["label"]
        assert ("out of reach" in words) is (language == "en") and "0% – 5%" in words


def test_the_colours_of_qgis_are_those_of_the_page():
    folder = ROOT / "ewcm" / "report" / "webmap" / "templates"
    colours, sites = ((folder / name).read_text(encoding="utf-8") for name in ("colours.js", "sites.js"))
    assert json.loads(re.search(r"SHADE_COLOURS = (\[.*?\])", colours)[1]) == list(styles.SHADE_COLOURS)
    assert json.loads(re.search(r"SHARE_CLASSES = (\[.*?\])", colours)[1]) == list(SHARE_CLASSES)
    assert styles.SPOT_COLOUR in colours and styles.SITE_COLOUR in sites


#: Opens every layer in QGIS and prints, of each, its style's rules and in how many colours it is drawn.
IN_QGIS = """
import json, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsVectorLayer, QgsMapSettings, QgsMapRendererCustomPainterJob
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QImage, QPainter
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], True)
application.initQgis()
found = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(400, 400))
    image = QImage(QSize(400, 400), QImage.Format_ARGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    QgsMapRendererCustomPainterJob(settings, painter).renderSynchronously()
    painter.end()
    colours = {image.pixelColor(x, y).name() for x in range(0, 400, 2) for y in range(0, 400, 2)}
    rules = [rule.label() for rule in layer.renderer().rootRule().children()]
    found[name] = [layer.isValid(), layer.renderer().type(), rules, sorted(colours)]
print(json.dumps(found), flush=True)
os._exit(0)  # its own end crashes now and then without a screen
"""


@pytest.mark.long
def test_qgis_opens_the_layers_styled(result, tmp_path):
    if subprocess.run(["/usr/bin/python3", "-c", "import qgis.core"], capture_output=True, check=False).returncode:
        pytest.skip("QGIS is not here (Debian: python3-qgis)")
    write_geopackage(result, tmp_path / "layers.gpkg")
    names = ["areas", "coldspots", "sites"]
    command = ["/usr/bin/python3", "-c", IN_QGIS, str(tmp_path / "layers.gpkg"), *names]
    # Its own GDAL and PROJ, not those that a test's environment points to.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(done.stdout.splitlines()[-1])
    for name in names:
        valid, renderer, rules, colours = found[name]
        assert valid and renderer == "RuleRenderer" and len(colours) > 1, name
        assert len(rules) == (7 if name == "areas" else 1)
    assert styles.SITE_COLOUR in found["sites"][3]


def test_geopackage_without_sites_or_coldspots(unknown, tmp_path):
    write_geopackage(unknown, tmp_path / "layers.gpkg")
    assert len(gpd.read_file(tmp_path / "layers.gpkg", layer="sites")) == 0
    assert len(gpd.read_file(tmp_path / "layers.gpkg", layer="coldspots")) == 0


def test_country_across_180_stays_in_one_piece(tmp_path):
    write_geopackage(made_result(west=179.5), tmp_path / "layers.gpkg")
    for layer in ("areas", "sites"):
        west, _, east, _ = gpd.read_file(tmp_path / "layers.gpkg", layer=layer).total_bounds
        assert 179 < west < east < 181


def test_reach_is_a_valid_cog_with_the_figures_of_the_summary(result, tmp_path):
    path = tmp_path / "reach.tif"
    write_reach(result, path, threads=1)
    assert cog.complaints(path) == []
    assert [found.name for found in tmp_path.iterdir()] == ["reach.tif"]
    with rasterio.open(path) as source:
        assert source.descriptions == tuple(layer.name for layer in reach_layers(result))
        assert source.descriptions[:3] == ("people", "uncovered_people", "fraction_any")
        assert source.crs.to_epsg() == 4326 and np.isnan(source.nodata)
        assert source.transform == result.data.population.geobox.affine
        assert source.tags()["data_grade"] == "user"
        people, uncovered = source.read(1), source.read(2)
        np.testing.assert_array_equal(people, result.layers["people"].values)
        for index, name in enumerate(source.descriptions[2:], start=3):
            level = level_of(result, name.removeprefix("fraction_"))
            np.testing.assert_array_equal(source.read(index), decode(level))
    figures = result.summary["services"]["any"]
    assert np.nansum(uncovered, dtype=float) == pytest.approx(figures["uncovered"], rel=1e-6)


def test_overviews_are_averages_of_what_is_known(tmp_path):
    """Two overviews of a grid with odd sides and gaps, beside plain means of 2 x 2 cells."""
    path = tmp_path / "reach.tif"
    result = made_result(rows=1101, cols=531, settings=Settings(coldspot_services=()))
    result.data.population.people[3:9, 5:12] = np.nan
    write_reach(result, path, threads=2)
    assert cog.complaints(path) == []
    for index in (1, 2, 3):
        with rasterio.open(path) as source:
            assert source.overviews(index) == [2, 4]
            expected = source.read(index)
        for level in (0, 1):
            rows, cols = expected.shape
            expected = np.pad(expected, ((0, rows % 2), (0, cols % 2)), constant_values=np.nan)
            four = expected.reshape(expected.shape[0] // 2, 2, expected.shape[1] // 2, 2)
            known = np.isfinite(four).sum(axis=(1, 3))
            expected = np.where(known, np.nansum(four, axis=(1, 3)) / np.maximum(known, 1), np.nan)
            with rasterio.open(path, overview_level=level) as source:
                np.testing.assert_allclose(source.read(index), expected, rtol=1e-6)
            assert np.isnan(expected).any() or index == 3 or level


def test_unknown_is_nan_in_the_raster(unknown, tmp_path):
    write_reach(unknown, tmp_path / "reach.tif", threads=1)
    with rasterio.open(tmp_path / "reach.tif") as source:
        assert source.descriptions == ("people", "uncovered_people")
        assert np.isnan(source.read(2)).all()


def test_same_bytes_with_any_number_of_threads(tmp_path):
    result = made_result(rows=560, cols=700, settings=Settings(min_people=3000.0))
    for threads in (1, 2, 8):
        write_reach(result, tmp_path / f"{threads}.tif", threads=threads)
        write_geopackage(result, tmp_path / f"{threads}.gpkg")
    for kind in ("tif", "gpkg"):
        assert len({path.read_bytes() for path in tmp_path.glob(f"*.{kind}")}) == 1, kind
