"""STARTER DATA is modelled: its mark stands in everything made from it, and nobody can lose it on the way."""

import csv
import dataclasses
import json
import re
import shutil
from pathlib import Path

import geopandas as gpd
import matplotlib.image
import numpy as np
import openpyxl
import pyogrio
import pytest
import rasterio

import ewcm
from ewcm import pipeline
from ewcm.cli import main
from ewcm.countries import country as registered
from ewcm.errors import EwcmError
from ewcm.inputs.find import Inputs
from ewcm.inputs.read import load
from ewcm.packaged import STARTER
from ewcm.report.webmap.atlas import render_atlas
from ewcm.settings import Settings
from ewcm.sources.population import read_population
from tests.reliability.files import country
from tests.sources.files import raster

#: A small country of the pack.
ISO3 = "COM"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The starter country, with options of every kind."""
    out = tmp_path_factory.mktemp("maps") / ISO3
    empty = tmp_path_factory.mktemp("elsewhere")
    options = ["--radius-km", "5", "--models", "radius", "--min-people", "0", "--coldspots", "any,4G+", "--quiet"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(empty)  # where no data folder is
        assert main(["run", ISO3, "--output", str(out), *options]) == 0
    return out


def assert_marked(folder: Path) -> None:
    """The mark in every file of a published country."""
    tables = sorted(folder.glob("*.csv"))
    assert {"areas.csv", "coldspots.csv", "coldspot_areas.csv", "next_sites.csv"} <= {path.name for path in tables}
    for path in tables:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            assert "data_grade" in rows.fieldnames and {row["data_grade"] for row in rows} <= {"starter"}, path.name
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    for title in set(book.sheetnames) - {"Summary", "Headings"}:
        column = [row[0] for row in book[title].iter_rows(values_only=True)]
        assert column[1] == "data_grade" and set(column[2:]) <= {"starter"}, title
    assert "STARTER DATA" in str([cell for row in book["Summary"].iter_rows(values_only=True) for cell in row])
    for layer in [name for name, kind in pyogrio.list_layers(folder / "layers.gpkg") if kind]:
        assert set(gpd.read_file(folder / "layers.gpkg", layer=layer)["data_grade"]) <= {"starter"}, layer
    for path in folder.glob("*.tif"):
        with rasterio.open(path) as source:
            assert source.tags()["data_grade"] == "starter", path.name
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (
        summary["starter"] is True and summary["data_grade"] == "starter" and summary["caveats"][0]["code"] == "starter"
    )
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["data_grade"] == "starter"
    html = (folder / "index.html").read_text(encoding="utf-8")
    held = json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)[1])
    assert held["summary"]["starter"] is True
    top = matplotlib.image.imread(folder / "overview.png")[2, :, :3]
    assert np.abs(top - np.array([0xFF, 0xC1, 0x07]) / 255).max() < 0.01  # the warning band


def test_the_mark_is_in_every_file_whatever_the_options(published):
    assert_marked(published)


def test_the_mark_is_on_the_list_of_countries(published):
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert '"starter":true' in render_atlas([summary])


def own_files(folder: Path, **population: object) -> Path:
    """A user's own grid of Comoros with a site, and nothing else."""
    country(folder, tables='[[sites]]\npath = "s.csv"', west=43.3, north=-11.5, **population)
    (folder / "s.csv").write_text("site_id,lat,lon,technology\nA,-11.55,43.35,2G\n")
    return folder


def as_people(folder: Path, published: Path) -> None:
    shutil.copy(published / "reach.tif", folder / "people.tif")


def as_people_exported_again(folder: Path, published: Path) -> None:
    with rasterio.open(published / "reach.tif") as source:
        profile = {"driver": "GTiff", "height": source.height, "width": source.width, "count": 1, "dtype": "float32"}
        with rasterio.open(
            folder / "people.tif", "w", **profile, crs=source.crs, transform=source.transform, nodata=-1
        ) as target:
            target.write(np.nan_to_num(source.read(1), nan=-1), 1)
            target.update_tags(**source.tags())


def as_sites(folder: Path, published: Path) -> None:
    table = gpd.read_file(published / "layers.gpkg", layer="sites").drop(columns="geometry")
    table.to_csv(folder / "s.csv", index=False)


def as_a_layer_of_sites(folder: Path, published: Path) -> None:
    gpd.read_file(published / "layers.gpkg", layer="sites").to_file(folder / "s.gpkg")
    text = (folder / "inputs.toml").read_text()
    (folder / "inputs.toml").write_text(text.replace("s.csv", "s.gpkg"))


def as_areas(folder: Path, published: Path) -> None:
    gpd.read_file(published / "layers.gpkg", layer="areas").query("level == 1").to_file(folder / "a.geojson")
    with (folder / "inputs.toml").open("a") as stream:
        stream.write('\n[[boundaries]]\npath = "a.geojson"\nlevel = 1\n')


def as_coverage(folder: Path, published: Path) -> None:
    gpd.read_file(published / "layers.gpkg", layer="coldspots").to_file(folder / "Covered.gpkg")
    with (folder / "inputs.toml").open("a") as stream:
        stream.write('\n[[coverage]]\npath = "Covered.gpkg"\ntechnology = "4G"\n')


def as_a_raster_of_coverage(folder: Path, published: Path) -> None:
    """A band of coverage.tif, as another program exports it."""
    with rasterio.open(published / "coverage.tif") as source:
        share = source.read(1, masked=True).filled(0) / 60_000
        profile = {"driver": "GTiff", "height": source.height, "width": source.width, "count": 1, "dtype": "float32"}
        with rasterio.open(folder / "c.tif", "w", **profile, crs=source.crs, transform=source.transform) as target:
            target.write(share.astype(np.float32), 1)
            target.update_tags(**source.tags())
    with (folder / "inputs.toml").open("a") as stream:
        stream.write('\n[[coverage]]\npath = "c.tif"\ntechnology = "4G"\nvalues = "fraction"\n')


@pytest.mark.parametrize(
    "launder",
    [
        *(as_people, as_people_exported_again, as_sites, as_a_layer_of_sites, as_areas, as_coverage),
        as_a_raster_of_coverage,
    ],
)
def test_results_of_starter_data_are_starter_data_when_they_come_back_as_inputs(published, tmp_path, capsys, launder):
    """reach.tif as the population, or the layer of sites as a list of sites, came out as the user's own figures."""
    folder = own_files(tmp_path / ISO3)
    launder(folder, published)
    assert main(["check", ISO3, "--inputs", str(folder)]) == 0
    assert "WARNING: The file was made from STARTER DATA" in capsys.readouterr().out
    result = ewcm.run(ISO3, inputs=folder)
    assert result.data.starter and result.summary["starter"] is True
    assert result.summary["caveats"][0]["code"] == "starter"
    if launder is as_people:
        assert main(["run", ISO3, "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]) == 0
        assert_marked(tmp_path / "out")


def test_a_starter_raster_under_another_name_is_found_and_marked(published, tmp_path):
    """Discovered by its name, without an inputs.toml."""
    shutil.copy(published / "reach.tif", tmp_path / "official_population_2025.tif")
    assert ewcm.run(ISO3, inputs=tmp_path).summary["starter"] is True


def test_mixing_own_and_starter_inputs_in_a_notebook_keeps_the_mark(tmp_path):
    modelled = load(Inputs(registered(ISO3), None))
    own = read_population(own_files(tmp_path / ISO3) / "people.tif", registered(ISO3))
    mixed = dataclasses.replace(modelled, population=own, boundaries=None, places=None, starter=False)
    assert mixed.starter  # of the modelled network
    assert not dataclasses.replace(mixed, sites=None, starter=False).starter  # nothing modelled is left
    only_people = type(modelled)(country=modelled.country, population=modelled.population)
    assert only_people.starter
    assert pipeline.run(mixed, Settings()).summary["caveats"][0]["code"] == "starter"


def test_own_data_is_not_marked(tmp_path):
    result = ewcm.run(ISO3, inputs=own_files(tmp_path / ISO3))
    assert result.summary["starter"] is False


@pytest.mark.parametrize("name", ["starter", "COM", "my_data"])
def test_a_copy_of_the_pack_is_no_folder_of_inputs(tmp_path, capsys, name):
    """It holds no grid of people: the modelled one is made by the engine, which marks it."""
    folder = tmp_path / name
    shutil.copytree(STARTER.folder, folder)
    assert main(["run", ISO3, "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]) == 2
    assert "no population raster found" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    with pytest.raises(EwcmError):
        ewcm.run(ISO3, inputs=folder)


def test_the_tag_is_read_in_any_case_and_an_unmarked_raster_has_none(tmp_path):
    path = raster(tmp_path / "p.tif", np.ones((4, 4), "float32"), west=43.3, north=-11.5)
    assert not read_population(path, registered(ISO3)).record.starter
    with rasterio.open(path, "r+") as target:
        target.update_tags(data_grade="Starter")
    assert read_population(path, registered(ISO3)).record.starter
