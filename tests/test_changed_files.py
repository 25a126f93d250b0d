"""A file that somebody writes to while a command other than ``run`` reads it: refused by its name, and nothing is written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import ewcm.api
from ewcm import cli, planning
from ewcm.core.file_states import FileStates
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.learning import coverage, displacement, people_grid, propagation
from ewcm.option_files import states_of_options
from ewcm.report import read
from ewcm.report.publish import write
from tests.batch.made import make_country
from tests.batch.test_changed import grown
from tests.learning.test_people import write_country
from tests.learning.test_propagation import campaign
from tests.report.make_result import made_result


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    result = made_result()
    result = replace(result, data=replace(result.data, country=country("UGA")))
    return write(result, tmp_path_factory.mktemp("changed") / "maps" / "UGA")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = make_country(tmp_path_factory.mktemp("learnt"), "UGA", rows=20, cols=24)
    write_country(folder.parent)
    campaign().to_csv(folder.parent / "measured.csv", index=False)
    (folder.parent / "places.csv").write_text("lat,lon,4G\n1.0,32.0,1\n1.1,32.1,0\n")
    (folder.parent / "moves.csv").write_text("from,to,people\nD00,D01,5\n")
    return folder.parent


#: Of each command the step of its work during which a file changes, and that file. Nothing is made of the step's answer.
COMMANDS = {
    "loss": (ewcm.api, "loss", "lost.csv", "loss UGA --results maps --sites lost.csv"),
    "loss: hazard": (ewcm.api, "loss", "winds.tif", "loss UGA --results maps --hazard winds.tif --kind wind"),
    "loss: scenario": (ewcm.api, "loss", "lost.csv", "loss UGA --results maps --scenario scenario.toml"),
    "alert": (ewcm.api, "alert", "alert.xml", "alert alert.xml --results maps"),
    "alert: loss": (ewcm.api, "alert", "lost.csv", "alert alert.xml --results maps --loss lost.csv"),
    "plan": (planning, "plan_of", "own.csv", "plan UGA --results maps --candidates own.csv"),
    "propagation": (propagation, "learn", "measured.csv", "learn propagation UGA measured.csv"),
    "propagation: card": (
        propagation,
        "learn",
        "card.json",
        "learn propagation UGA measured.csv --elsewhere card.json",
    ),
    "coverage": (
        coverage,
        "learn_from_places",
        "places.csv",
        "learn coverage UGA places.csv --inputs UGA --definition heard",
    ),
    "coverage: inputs": (
        coverage,
        "learn_from_places",
        "UGA/sites.csv",
        "learn coverage UGA places.csv --inputs UGA --definition heard",
    ),
    "people": (
        people_grid,
        "make",
        "totals.csv",
        "learn people UGA --units districts.geojson --totals totals.csv --no-grid",
    ),
    "people: covariate": (
        people_grid,
        "make",
        "lights.tif",
        "learn people UGA --units districts.geojson --totals totals.csv --no-grid --covariate lights.tif",
    ),
    "people: moves": (
        displacement,
        "moved",
        "moves.csv",
        "learn people UGA --units districts.geojson --moves moves.csv --grid people.tif",
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_changes_while_a_command_reads_it_is_named(command, made, published, tmp_path, monkeypatch, capsys):
    module, step, name, words = COMMANDS[command]
    folder = Path(shutil.copytree(made, tmp_path / "work"))
    (folder / "maps").symlink_to(published)
    (folder / "lost.csv").write_text("site_id\n0\n")
    (folder / "scenario.toml").write_text('sites = "lost.csv"')
    (folder / "own.csv").write_text("lat,lon\n1.0,32.0\n")
    (folder / "card.json").write_text('{"kind": "propagation", "calibration": [{"technology": "4G", "offset_db": 1}]}')
    shutil.copy(folder / "people.tif", folder / "winds.tif")
    (folder / "alert.xml").write_text("<alert/>")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(module, step, lambda *_, **__: grown(folder / name) or (None, None))
    assert cli.main([*words.split(), "--output", "out"]) == 2
    found = capsys.readouterr()
    assert f"{name}: was changed while it was read; run again" in found.err and found.err.count("\n") == 1
    assert not (folder / "out").exists()


@pytest.mark.parametrize("name", ["summary.json", "coverage.tif", "layers.gpkg", "areas.csv"])
def test_a_published_country_that_is_replaced_while_it_is_opened_is_no_mixture(name, published, tmp_path, monkeypatch):
    """As by a run that ends meanwhile: after the files were compared with the manifest, before they were read."""
    folder = Path(shutil.copytree(published, tmp_path / "UGA"))
    compared = read._manifest

    def then_changed(*arguments):
        found = compared(*arguments)
        (folder / "new").write_bytes((folder / name).read_bytes())
        (folder / "new").rename(folder / name)
        return found

    monkeypatch.setattr(read, "_manifest", then_changed)
    with pytest.raises(InputError, match=f"{name}: was changed"):
        ewcm.api.open_result(folder)


def test_a_layer_of_a_published_country_that_changes_later_is_refused(published, tmp_path):
    raster = Path(shutil.copy(published / "reach.tif", tmp_path))
    stated = {"name": "people", "units": "", "dims": {}, "title": "", "edges": []}
    (layer,) = read._layers(raster, [stated], FileStates.of([raster]))
    layer.block(slice(0, 2))
    grown(raster)
    with pytest.raises(InputError, match=r"reach\.tif: was changed since the result was opened"):
        layer.block(slice(0, 2))


def test_a_storm_is_no_file(tmp_path):
    states = states_of_options({"hazard": "PAM 2015", "sites": None, "covariate": [tmp_path / "a"], "iso3": "UGA"})
    assert set(states.states) == {Path("PAM 2015"), tmp_path / "a"}
    states.refuse_changed()
