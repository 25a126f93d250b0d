"""A file that somebody writes to while it is read: refused by its name, whenever that happens, and nothing is published."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import rasterio

from ewcm import cli, pipeline
from ewcm.batch import run_batch
from ewcm.core.record import sha256_of
from ewcm.inputs import read
from ewcm.report import publish
from tests.batch.made import make_country

FILES = (
    *("people.tif", "people.tif.aux.xml", "sites.csv", "areas.geojson", "dem.tif", "inputs.toml"),
    *("official.json", "4g.gpkg", "3g.zip", "points.csv"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = make_country(tmp_path_factory.mktemp("changed"), "UGA", rows=20, cols=24)
    with rasterio.open(folder / "people.tif") as people:
        heights, profile = people.read(1) * 0 + 1200, people.profile | {"nodata": None}
    with rasterio.open(folder / "dem.tif", "w", **profile) as terrain:
        terrain.write(heights.clip(1200, 1200), 1)
    (folder / "people.tif.aux.xml").write_text("<PAMDataset></PAMDataset>")
    text = (folder / "inputs.toml").read_text().replace("[settings]\n", "[settings]\nallow_coarse_terrain = true\n")
    (folder / "official.json").write_text('{"2G": 90, "year": 2023}')
    (folder / "points.csv").write_text("name,lat,lon\nA school,1.4,32.3\n")
    covered = gpd.read_file(folder / "areas.geojson")
    covered.to_file(folder / "4g.gpkg")
    covered.to_file(folder / "3g.geojson")
    with zipfile.ZipFile(folder / "3g.zip", "w") as archive:
        archive.write(folder / "3g.geojson", "3g.geojson")
    (folder / "3g.geojson").unlink()
    named = '[terrain]\npath = "dem.tif"\n[[official]]\npath = "official.json"\n[[poi]]\npath = "points.csv"\n'
    named += "".join(
        f'[[coverage]]\npath = "{name}"\ntechnology = "{name[:2].upper()}"\n' for name in ("4g.gpkg", "3g.zip")
    )
    (folder / "inputs.toml").write_text(f"{text}max_range_km = 5.0\n{named}")
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data" / "UGA"))


def grown(path: Path) -> None:
    """As by a download that goes on."""
    with path.open("ab") as stream:
        stream.write(b"\n")


def replaced(path: Path) -> None:
    """By a file of the same size and time, in one step."""
    times = path.stat()
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(path)


def cut(path: Path) -> None:
    """As by somebody who begins to write it anew."""
    os.truncate(path, path.stat().st_size // 2)


def gone(path: Path) -> None:
    path.unlink()


def when(monkeypatch: pytest.MonkeyPatch, module: object, step: str, change) -> None:
    """Before a step of the work the change happens."""
    whole = getattr(module, step)

    def changed(*arguments, **options):
        change()
        return whole(*arguments, **options)

    monkeypatch.setattr(module, step, changed)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *((name, grown) for name in FILES),
        *((name, change) for name in ("people.tif", "4g.gpkg", "inputs.toml") for change in (cut, replaced, gone)),
    ],
)
def test_a_file_that_changes_while_the_inputs_are_read_is_named(folder, monkeypatch, capsys, name, change):
    when(monkeypatch, read, "completed", lambda: change(folder / name))
    assert cli.main(["check", "UGA", "--inputs", str(folder)]) == 2
    found = capsys.readouterr()
    assert found.err.count("\n") == 1 and "Traceback" not in found.err
    assert f"{name}: was changed while it was read; run again" in found.err


def test_a_description_that_changes_before_the_files_are_read_is_named(folder, monkeypatch, capsys):
    """What it said is what is read."""
    when(monkeypatch, read, "load", lambda: grown(folder / "inputs.toml"))
    assert cli.main(["check", "UGA", "--inputs", str(folder)]) == 2
    assert "inputs.toml: was changed while it was read; run again" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["people.tif", "dem.tif"])
def test_a_file_that_changes_while_the_country_is_computed_is_named(folder, monkeypatch, tmp_path, capsys, name):
    when(monkeypatch, pipeline, "coldspots", lambda: grown(folder / name))
    assert cli.main(["run", "UGA", "--quiet", "--inputs", str(folder), "--output", str(tmp_path / "maps" / "UGA")]) == 2
    assert f"{name}: was changed while it was read" in capsys.readouterr().err
    assert not (tmp_path / "maps" / "UGA").exists()


def test_terrain_that_changes_while_the_result_is_written_is_named(folder, monkeypatch, tmp_path, capsys):
    """Propagation of the files of a result is computed when they are written."""
    when(monkeypatch, publish, "write_geopackage", lambda: grown(folder / "dem.tif"))
    assert cli.main(["run", "UGA", "--quiet", "--inputs", str(folder), "--output", str(tmp_path / "maps" / "UGA")]) == 2
    assert "dem.tif: was changed while it was read" in capsys.readouterr().err
    assert list((tmp_path / "maps").iterdir()) == []


def test_in_a_batch_the_country_fails_and_is_made_by_the_next(folder, monkeypatch, tmp_path, scheduler):
    with monkeypatch.context() as patch:
        when(patch, read, "completed", lambda: grown(folder / "sites.csv"))
        report = run_batch(["UGA"], inputs=tmp_path / "data", output=tmp_path / "maps", scheduler=scheduler)
    assert "sites.csv: was changed while it was read" in report.failed[0].cause
    assert not (tmp_path / "maps" / "UGA").exists()
    report = run_batch(["UGA"], inputs=tmp_path / "data", output=tmp_path / "maps", scheduler=scheduler)
    assert report.exit_code == 0
    for entry in json.loads((tmp_path / "maps" / "UGA" / "manifest.json").read_text())["inputs"]:
        if (path := folder / entry["path"]).is_file():
            assert entry["sha256"] == sha256_of(path)
