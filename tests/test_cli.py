"""The command line: what it prints, what it leaves behind, and what it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ewcm.cli import main
from tests.made_files import write_country, write_population, write_sites

TABLES = ("summary.json", "areas.csv", "coldspots.csv")


def run(folder: Path, output: Path, *more: str, iso3: str = "UGA") -> int:
    return main(["run", iso3, "--inputs", str(folder), "--output", str(output), "--progress", "none", *more])


def test_run_writes_everything_and_says_what_it_found(tmp_path, capsys):
    assert run(write_country(tmp_path / "in"), tmp_path / "out") == 0
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(
        [
            "index.html",
            "summary.json",
            "areas.csv",
            "coldspots.csv",
            "coldspot_areas.csv",
            "next_sites.csv",
            "places.csv",
            "tables.xlsx",
            "layers.gpkg",
            "reach.tif",
            "coverage.tif",
            "overview.png",
            "manifest.json",
        ]
    )
    printed = capsys.readouterr().out
    assert "taken as population" in printed
    assert "Uganda: " in printed and "out of reach" in printed
    assert "index.html" in printed


@pytest.mark.long  # in the quick form: tests/reliability/test_machines.py
def test_tables_are_the_same_bytes_for_one_and_two_threads(tmp_path):
    """Two threads here, or as many as this machine has; larger grids and more threads: tests/reliability/test_machines.py."""
    folder = write_country(tmp_path / "in")
    arguments = ["run", "UGA", "--inputs", str(folder), "--quiet", "--output"]
    environment = os.environ | {"NUMBA_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "ewcm", *arguments, str(tmp_path / "one")]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    assert main([*arguments, str(tmp_path / "two")]) == 0
    for table in (*TABLES, "tables.xlsx", "layers.gpkg", "reach.tif"):
        assert (tmp_path / "two" / table).read_bytes() == (tmp_path / "one" / table).read_bytes(), table


def missing(folder):
    (folder / "uga_ppp_2020.tif").unlink()
    return "population"


def no_crs(folder):
    write_population(folder / "uga_ppp_2020.tif", crs=None)
    return "uga_ppp_2020.tif"


def text_named_tif(folder):
    (folder / "uga_ppp_2020.tif").write_text("people\n1\n")
    return "uga_ppp_2020.tif"


def empty_csv(folder):
    (folder / "sites.csv").write_text("")
    return "sites.csv"


def swapped_sites(folder):
    write_sites(folder / "sites.csv", [("K1", 32.10, 0.90, "2G", "Blue"), ("K2", 32.35, 0.80, "2G", "Red")])
    return "sites.csv"


@pytest.mark.parametrize("spoil", [missing, no_crs, text_named_tif, empty_csv, swapped_sites])
def test_bad_input_is_one_line_with_the_file_and_nothing_is_overwritten(spoil, tmp_path, capsys):
    folder = write_country(tmp_path / "in")
    assert run(folder, tmp_path / "out") == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    capsys.readouterr()
    named = spoil(folder)
    assert run(folder, tmp_path / "out") == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("ewcm: ")
    assert named in errors[0]
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_the_wrong_country_is_named(tmp_path, capsys):
    assert run(write_country(tmp_path / "in"), tmp_path / "out", iso3="NPL") == 2
    assert "Nepal" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", ["XXZ", "../../x", "SOM;rm", "", "ug"])
def test_an_unknown_code_is_refused(code, tmp_path, capsys):
    assert run(tmp_path, tmp_path / "out", iso3=code) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_broken_rows_are_counted(tmp_path, capsys):
    folder = write_country(tmp_path / "in")
    with (folder / "sites.csv").open("a", encoding="utf-8") as stream:
        stream.write("K9,abc,32.1,2G,Blue\nK10,0.9\n")
    assert run(folder, tmp_path / "out") == 0
    reasons = r"1 with a position that cannot be read \(such as 'abc'\), 1 with no position\."
    assert re.search(r"sites\.csv: 2 of \d+ rows were not used: " + reasons, capsys.readouterr().out)


def test_settings_that_cannot_be_are_refused(tmp_path, capsys):
    folder = write_country(tmp_path / "in")
    for arguments in (
        ["--radius-km", "-3"],
        ["--radius-km", "6G=3"],
        ["--radius-km", "far"],
        ["--radius-km", "2G=far"],
        ["--radius-km", "inf"],
        ["--coldspots", "7G"],
        ["--models", "magic"],
        ["--min-people", "many"],
        ["--min-people", "-1"],
    ):
        assert run(folder, tmp_path / "out", *arguments) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_check_reads_and_writes_nothing(tmp_path, capsys):
    folder = write_country(tmp_path / "in")
    before = sorted(folder.iterdir())
    assert main(["check", "UGA", "--inputs", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "EPSG:4326" in printed and "people" in printed
    assert sorted(folder.iterdir()) == before


def test_countries_lists_the_registry(capsys):
    assert main(["countries"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 33
    assert any(line.startswith("SOM  Somalia") for line in lines)


def test_the_command_line_changes_only_what_it_names(tmp_path):
    folder = write_country(tmp_path / "in")
    with (folder / "inputs.toml").open("w") as stream:
        stream.write('[population]\npath = "uga_ppp_2020.tif"\n[settings]\nradius_km = { "3G" = 5 }\nmin_people = 9\n')
    assert run(folder, tmp_path / "out", "--radius-km", "2G=7") == 0
    settings = json.loads((tmp_path / "out" / "manifest.json").read_text())["settings"]
    assert settings["radius_km"] == {"2G": 7.0, "3G": 5.0, "4G": 8.0, "5G": 3.0}
    assert settings["min_people"] == 9.0


def test_json_is_all_that_is_printed(tmp_path, capsys):
    folder = write_country(tmp_path / "in")
    assert run(folder, tmp_path / "out", "--json") == 0
    assert capsys.readouterr().out == (tmp_path / "out" / "summary.json").read_text()
    assert main(["check", "UGA", "--inputs", str(folder), "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["iso3"] == "UGA" and "terrain" in checked["not_given"]
    assert {record["layer"] for record in checked["inputs"]} >= {"population", "sites"}
    assert main(["countries", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 33


def test_quiet_is_quiet_and_a_log_has_the_time_of_each_step(tmp_path, capsys):
    folder = write_country(tmp_path / "in")
    arguments = ["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out")]
    assert main([*arguments, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main([*arguments, "--progress", "plain"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ UGA [\w ]+", line) for line in lines)
    assert [lines[0].split()[-1], lines[-1].split()[-1]] == ["inputs", "writing"]


@pytest.mark.parametrize("command", ["run", "check", "batch", "fetch", "countries"])
def test_every_command_has_a_traceback_for_those_who_ask(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "--debug" in capsys.readouterr().out


def test_a_folder_that_holds_another_country_is_named_before_it_is_replaced(tmp_path, capsys):
    write_country(tmp_path / "uganda")
    assert run(tmp_path / "uganda", tmp_path / "out") == 0
    capsys.readouterr()

    # Starter data never take the place of what a user's files made, and the line names the country that is there.
    assert main(["run", "TON", "--output", str(tmp_path / "out")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"{tmp_path / 'out'}: holds UGA, made from files of a user" in line and "--output" in line
    assert json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["iso3"] == "UGA"

    assert main(["run", "TON", "--output", str(tmp_path / "out"), "--allow-starter", "--quiet"]) == 0
    assert "holds UGA, and TON takes its place" in capsys.readouterr().err
