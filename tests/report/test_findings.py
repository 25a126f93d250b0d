"""A new analysis of thirty lines appears in every output without a change of any writer; a published country opens again."""

import csv
import json
import re
import shutil

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio

from ewcm.core.finding import Caveat, Figure, Finding, Table
from ewcm.core.layer import Layer
from ewcm.core.texts import analyses, texts_of
from ewcm.core.zones import classes
from ewcm.countries import LANGUAGES
from ewcm.errors import InputError
from ewcm.report import publish
from ewcm.report.geotiff import write_reach
from ewcm.report.read import open_result
from ewcm.report.tables import write_summary, write_tables
from ewcm.report.webmap.map import render
from tests.report.make_result import made_result
from tests.report.test_webmap import data_of

#: Lower edges [m] of the bands of altitude.
EDGES = (0.0, 500.0, 1500.0)


def people_by_altitude(people, coverage, altitude_m):
    """The analysis: people reached and out of reach in bands of altitude."""
    names = [f"from {edge:g} m" for edge in EDGES]
    bands = classes(np.searchsorted(EDGES, altitude_m, side="right") - 1, pd.DataFrame({"name": names}))
    rows = slice(0, altitude_m.shape[0])
    reached = bands.reach(people, coverage.shares("any", "central", rows), rows)
    table = pd.DataFrame({"band": names, "covered": reached[:, 0], "uncovered": reached[:, 1]})
    peak = np.unravel_index(altitude_m.argmax(), altitude_m.shape)
    lon, lat = coverage.geobox.affine @ (peak[1] + 0.5, peak[0] + 0.5)
    peaks = gpd.GeoDataFrame({"name": ["highest"]}, geometry=gpd.points_from_xy([lon], [lat]), crs="EPSG:4326")
    return Finding(
        "altitude",
        tuple(Figure(("altitude", name), float(value), "persons") for name, value in zip(names, reached[:, 1], strict=True)),
        (Table("altitude", table, {"covered": "persons"}), Table("peaks", peaks, geometry="Point", files=("geopackage",))),
        (Layer("altitude", "m", coverage.geobox, altitude_m.astype(np.float32), edges=EDGES),),
        (Caveat("altitude", "Altitude is made up.", {}),),
        {"en": {"title": "People by altitude", "column.band": "Band", "layer.altitude": "Altitude"},
         "fr": {"title": "Habitants par altitude", "column.band": "Tranche"}},
    )  # fmt: skip


@pytest.fixture(scope="module")
def result():
    return made_result()


@pytest.fixture(scope="module")
def with_altitude(result):
    altitude_m = np.add.outer(np.linspace(0, 1500, result.geobox.shape[0]), np.linspace(0, 900, result.geobox.shape[1]))
    return result.with_finding(people_by_altitude(result.data.population.people, result.coverage, altitude_m))


@pytest.fixture(scope="module")
def published(with_altitude, tmp_path_factory):
    return publish.write(with_altitude, tmp_path_factory.mktemp("maps") / "XYZ")


def test_a_toy_analysis_appears_in_every_output(with_altitude, published):
    expected = with_altitude.table("altitude")
    with (published / "altitude.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["uncovered"]) for row in rows] == pytest.approx(expected["uncovered"].tolist(), abs=1e-6)
    book = openpyxl.load_workbook(published / "tables.xlsx", read_only=True)
    assert "Altitude" in book.sheetnames
    first = [[cell for cell in row if cell is not None] for row in book["Summary"].iter_rows(values_only=True)]
    assert ["People by altitude"] in first and any(row and row[0] == "from 500 m" for row in first)
    assert "Altitude is made up." in [row[0] for row in first if row]
    assert gpd.read_file(published / "layers.gpkg", layer="peaks")["name"].tolist() == ["highest"]
    summary = json.loads((published / "summary.json").read_text())
    assert list(summary["altitude"].values()) == pytest.approx(expected["uncovered"].tolist(), abs=1e-6)
    assert summary["caveats"][-1]["code"] == "altitude"
    with rasterio.open(published / "altitude.tif") as source:
        assert source.descriptions == ("altitude",) and source.units == ("m",)
        assert source.read(1).max() == pytest.approx(2400)
    page = re.search(r'id="page-data">(.*?)</script>', (published / "index.html").read_text(), re.DOTALL).group(1)
    (shown,) = [one for one in json.loads(page)["findings"] if one["name"] == "altitude"]
    assert shown["title"]["fr"] == "Habitants par altitude" and shown["title"]["ar"] == "People by altitude"
    assert [row[0] for row in shown["tables"][0]["rows"]] == expected["band"].tolist()
    assert shown["layers"][0]["edges"] == list(EDGES) and len(shown["layers"][0]["pictures"]) == 1
    whole = expected["uncovered"].round().tolist()  # people on the page
    assert [figure["value"] for figure in shown["figures"]] == whole
    assert "altitude.csv" in json.loads((published / "manifest.json").read_text())["outputs"]


def test_a_table_of_the_page_is_called_for_its_readers(result):
    """Its title was the sentence on its file, "One row a site, the one that adds most first; a point." """
    words = {name: texts_of(name) for name in analyses()}
    captioned = {key.partition(".")[2] for texts in words.values() for key in texts["en"] if key.startswith("caption.")}
    assert captioned >= {
        "next_sites",
        "points",
        "points_by_area",
        "hazards_country",
        "hazards_annual",
        "second_channel",
        "zones",
    }
    for texts in words.values():
        for key in (key for key in texts["en"] if key.startswith("caption.")):
            told = [texts[language][key] for language in LANGUAGES]
            assert len(set(told)) >= 4 and not any(one.endswith(".") or "`" in one for one in told)
    shown = {table["name"]: table for finding in data_of(render(result))["findings"] for table in finding["tables"]}
    assert shown["next_sites"]["title"]["fr"] == words["next_sites"]["fr"]["caption.next_sites"]


def test_layers_with_a_further_dimension_have_a_band_and_a_picture_each(result, tmp_path):
    values = np.stack([np.full(result.geobox.shape, depth, np.float32) for depth in (0.5, 2.0)])
    layer = Layer("depth", "m", result.geobox, values, dims={"return_period": (10, 100)}, edges=(0.15, 1.0))
    folder = publish.write(result.with_finding(Finding("flood", layers=(layer,))), tmp_path / "XYZ")
    with rasterio.open(folder / "flood.tif") as source:
        assert source.descriptions == ("depth return_period=10", "depth return_period=100")
        assert source.read(2).max() == 2.0
    page = re.search(r'id="page-data">(.*?)</script>', (folder / "index.html").read_text(), re.DOTALL).group(1)
    (shown,) = [layer for one in json.loads(page)["findings"] for layer in one["layers"]]
    assert shown["steps"] == [10, 100] and shown["dimension"] == "return_period"
    assert shown["places"] == ["return_period 10", "return_period 100"] and len(set(shown["pictures"])) == 2


def test_a_published_country_opens_again_with_the_same_figures(with_altitude, published, tmp_path):
    again = open_result(published)
    np.testing.assert_array_equal(again.data.population.people, with_altitude.data.population.people)
    rows = slice(0, again.geobox.shape[0])
    assert again.coverage.operators == with_altitude.coverage.operators == ("Alpha", "Beta")
    for operator in (None, *again.coverage.operators):
        for service in with_altitude.coverage.services:
            for case in ("low", "central", "high"):
                one, two = (each.coverage.shares(service, case, rows, operator) for each in (again, with_altitude))
                np.testing.assert_array_equal(one.covered, two.covered)
                np.testing.assert_array_equal(one.unknown_level(), two.unknown_level())
    for name, figures in with_altitude.services.items():
        for key, value in vars(figures).items():
            assert getattr(again.services[name], key) == (pytest.approx(value, abs=1e-6) if key != "model" else value)
    assert again.settings == with_altitude.settings and again.data.country == with_altitude.data.country
    assert [areas.table["name"].tolist() for areas in again.zones] == [
        a.table["name"].tolist() for a in with_altitude.zones
    ]
    for mine, before in zip(again.zones, with_altitude.zones, strict=True):
        np.testing.assert_array_equal(mine.labels, before.labels)
    assert again.data.sites.table["operator"].tolist() == with_altitude.data.sites.table["operator"].tolist()
    assert again.data.places.table["name"].tolist() == with_altitude.data.places.table["name"].tolist()
    write_tables(again, tmp_path)
    write_summary(again, tmp_path / "summary.json")
    write_reach(again, tmp_path / "reach.tif", 1)
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (published / file.name).read_bytes(), file.name
    assert {file.name for file in tmp_path.iterdir()} >= {"areas.csv", "coldspots.csv", "altitude.csv", "places.csv"}


def test_hostile_names_come_back_as_they_were(tmp_path):
    hostile = made_result(hostile=True, starter=True)
    again = open_result(publish.write(hostile, tmp_path / "XYZ"))
    assert again.areas["name"].tolist() == hostile.areas["name"].tolist()
    assert again.data.places.table["name"].tolist() == hostile.data.places.table["name"].tolist()
    assert again.data.starter


def test_a_country_of_which_nothing_is_known_opens_again(tmp_path):
    again = open_result(publish.write(made_result(known=False), tmp_path / "XYZ"))
    assert again.services["any"].model == "unknown" and again.data.sites is None and again.coldspots.empty
    assert (again.coverage.shares("4G+", "high", slice(0, 5)).covered == 65_535).all()


@pytest.mark.parametrize("name", ["coverage.tif", "reach.tif", "summary.json", "layers.gpkg", "areas.csv"])
def test_a_file_that_was_changed_is_refused_by_its_name(published, tmp_path, name):
    copy = shutil.copytree(published, tmp_path / "XYZ")
    with (copy / name).open("r+b") as stream:
        stream.seek(100)
        stream.write(b"\x00\x01")
    with pytest.raises(InputError, match=rf"{re.escape(name)}: was changed"):
        open_result(copy)
    (copy / name).unlink()
    with pytest.raises(InputError, match=rf"{re.escape(name)}: is missing"):
        open_result(copy)


def test_an_older_format_and_no_country_at_all_are_said(published, tmp_path):
    copy = shutil.copytree(published, tmp_path / "XYZ")
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 1}))
    with pytest.raises(InputError, match=r"another version of the engine.*run the country again"):
        open_result(copy)
    (copy / "manifest.json").write_text("[]")
    with pytest.raises(InputError, match=r"not the manifest"):
        open_result(copy)
    with pytest.raises(InputError, match="no such folder"):
        open_result(tmp_path / "nowhere")


def test_the_bands_of_coverage_are_named(published):
    with rasterio.open(published / "coverage.tif") as source:
        assert "any/central" in source.descriptions and "any/low/Alpha" in source.descriptions
        assert source.nodata == 65_535 and source.dtypes[0] == "uint16"
    assert [name for name, kind in pyogrio.list_layers(published / "layers.gpkg") if kind] == [
        "areas",
        "coldspots",
        "sites",
        "next_sites",
        "peaks",
    ]
