"""Manifests of commands other than `run`."""

import hashlib
import json
from pathlib import Path

from ewcm.core.record import Meta, record_of
from ewcm.report.manifest import TIME_KEY, command_manifest, write_command_manifest
from ewcm.settings import Settings


def made(folder: Path) -> Path:
    (folder / "tables").mkdir(parents=True)
    (folder / "brief.txt").write_text("brief")
    (folder / "tables" / "a.csv").write_text("a")
    return folder


def test_a_manifest_says_what_was_asked_read_and_written(tmp_path):
    (tmp_path / "alert.xml").write_text("<alert/>")
    record = record_of("alert", tmp_path / "alert.xml", Meta(root=tmp_path))
    folder = made(tmp_path / "out")
    write_command_manifest(
        folder, "alert", {"iso3": "UGA", "file": Path("alert.xml")}, [record], Settings(min_people=5)
    )
    found = json.loads((folder / "manifest.json").read_text())
    assert (found["command"], found["arguments"]) == ("alert", {"iso3": "UGA", "file": "alert.xml"})
    assert found["inputs"][0]["sha256"] == hashlib.sha256(b"<alert/>").hexdigest()
    assert found["settings"]["min_people"] == 5.0
    assert found["versions"]["python"] and found["ewcm_version"] and found[TIME_KEY]
    assert {name: entry["sha256"] for name, entry in found["outputs"].items()} == {
        "brief.txt": hashlib.sha256(b"brief").hexdigest(),
        "tables/a.csv": hashlib.sha256(b"a").hexdigest(),
    }


def test_a_manifest_written_again_does_not_count_itself(tmp_path):
    folder = made(tmp_path / "out")
    for _ in range(2):
        write_command_manifest(folder, "brief", {})
    assert set(json.loads((folder / "manifest.json").read_text())["outputs"]) == {"brief.txt", "tables/a.csv"}


def test_arguments_show_no_place_of_the_machine_and_not_how_a_command_talks(tmp_path):
    options = {
        "command": print,
        "quiet": True,
        "debug": False,
        "json": False,
        "results": tmp_path / "maps" / "UGA",
        "output": Path("out/brief"),
        "others": [str(tmp_path / "a"), "../b/c", "data/d"],
        "towers": 5,
        "year": None,
    }
    found = command_manifest(made(tmp_path / "out"), "2026-01-01T00:00:00+00:00", "plan", options)
    assert found["arguments"] == {"results": "UGA", "output": "out/brief", "others": ["a", "c", "data/d"], "towers": 5}
    assert str(tmp_path) not in json.dumps(found)
    assert "settings" not in found
