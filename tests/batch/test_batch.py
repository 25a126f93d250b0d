"""A batch of countries: what is made, what is left as it is, what fails and what that does to the others."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import rasterio
from distributed import Client, Future
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker
from rich.console import Console

from ewcm import cli, pipeline
from ewcm.batch import BatchReport, Status, cluster, run_batch, table
from ewcm.batch import run as batch_run
from ewcm.errors import BatchError, CountryError
from ewcm.settings import Settings
from tests.batch.conftest import COUNTRIES
from tests.batch.made import hashes, make_country

#: Countries of a batch that is to be stopped in the middle.
CHAIN = ("ETH", "TCD", "MWI", "MOZ", "NER")


def statuses(report: BatchReport) -> dict[str, str]:
    return {outcome.iso3: str(outcome.status) for outcome in report.countries}


@pytest.fixture
def place(undisturbed: Path, tmp_path: Path) -> Path:
    """A place of results where all is up to date."""
    return Path(shutil.copytree(undisturbed, tmp_path / "maps"))


def test_every_country_is_published_with_its_figures(undisturbed, inputs, scheduler, place):
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    for outcome in report.countries:
        summary = json.loads((place / outcome.iso3 / "summary.json").read_text())
        assert outcome.people == summary["people"] > 0
        assert outcome.unreached_low <= outcome.unreached <= outcome.unreached_high
        assert outcome.unreached == summary["services"]["any"]["uncovered"]
    assert sorted(path.name for path in (place / ".batch").iterdir()) == sorted(
        [*(f"{c}.json" for c in COUNTRIES), "lock"]
    )
    assert (place / ".batch" / "lock").read_text() == ""


def test_what_is_up_to_date_is_not_touched(inputs, scheduler, place):
    before = {path: path.stat().st_ino for path in place.rglob("*") if path.parent.name in COUNTRIES}
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    assert set(statuses(report).values()) == {"current"}
    assert {path: path.stat().st_ino for path in before} == before
    assert report.exit_code == 0


def test_fresh_makes_every_country_again_with_the_same_bytes(inputs, scheduler, place, undisturbed):
    report = run_batch(["SOM", "HTI"], inputs=inputs, output=place, scheduler=scheduler, fresh=True)
    assert statuses(report) == {"SOM": "done", "HTI": "done"}
    assert hashes(place) == hashes(undisturbed)


def test_a_changed_input_is_noticed_whatever_the_clock_says(inputs, scheduler, place, tmp_path):
    changed = Path(shutil.copytree(inputs, tmp_path / "data"))
    sites = changed / "UGA" / "sites.csv"
    sites.write_text(sites.read_text().rsplit("\n", 2)[0] + "\n")
    for path in changed.rglob("*"):
        os.utime(path, (1, 1))  # long before the results were made
    for path in place.rglob("*.json"):
        os.utime(path, (4e9, 4e9))  # made by a clock of the next century
    report = run_batch(COUNTRIES, inputs=changed, output=place, scheduler=scheduler)
    assert statuses(report) == {"UGA": "done", "SOM": "current", "NPL": "current", "HTI": "current"}


def test_settings_reach_the_readers_too(scheduler, tmp_path):
    """Coarse terrain is accepted by a setting; it was, by inputs.toml only."""
    folder = make_country(tmp_path / "data", "UGA")
    with rasterio.open(folder / "people.tif") as people:
        profile = people.profile | {"dtype": "float32", "nodata": None}
    with rasterio.open(folder / "dem.tif", "w", **profile) as terrain:
        terrain.write(np.full(terrain.shape, 1200, np.float32), 1)
    with (folder / "inputs.toml").open("a") as inputs:
        inputs.write('[terrain]\npath = "dem.tif"\n')
    refused = run_batch(["UGA"], inputs=tmp_path / "data", output=tmp_path / "maps", scheduler=scheduler)
    assert "allow_coarse_terrain" in str(refused.countries[0].cause)
    accepted = run_batch(
        ["UGA"],
        inputs=tmp_path / "data",
        output=tmp_path / "maps",
        scheduler=scheduler,
        settings=Settings(allow_coarse_terrain=True, max_range_km=5.0),
    )
    assert accepted.exit_code == 0, accepted.to_json()


def test_changed_settings_are_noticed(inputs, scheduler, place, tmp_path):
    changed = Path(shutil.copytree(inputs, tmp_path / "data"))
    with (changed / "NPL" / "inputs.toml").open("a") as file:
        file.write("min_people = 55\n")
    report = run_batch(COUNTRIES, inputs=changed, output=place, scheduler=scheduler)
    assert statuses(report) == {"UGA": "current", "SOM": "current", "NPL": "done", "HTI": "current"}
    for expected in ("done", "current"):
        for_all = run_batch(["UGA"], inputs=inputs, output=place, scheduler=scheduler, settings=Settings(min_people=7))
        assert statuses(for_all) == {"UGA": expected}


def test_a_companion_of_an_input_counts_as_input(inputs, scheduler, place, tmp_path):
    changed = Path(shutil.copytree(inputs, tmp_path / "data"))
    (changed / "SOM" / "people.tif.aux.xml").write_text("<PAMDataset></PAMDataset>")
    report = run_batch(COUNTRIES, inputs=changed, output=place, scheduler=scheduler)
    assert statuses(report) == {"UGA": "current", "SOM": "done", "NPL": "current", "HTI": "current"}


def test_damaged_results_are_made_again(inputs, scheduler, place, undisturbed):
    (place / "UGA" / "areas.csv").write_text("people")
    (place / "SOM" / "overview.png").unlink()
    (place / "NPL" / "manifest.json").unlink()
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    assert statuses(report) == {"UGA": "done", "SOM": "done", "NPL": "done", "HTI": "current"}
    assert hashes(place) == hashes(undisturbed)


def test_a_result_without_a_true_mark_is_made_again(inputs, scheduler, place, undisturbed):
    (place / ".batch" / "UGA.json").unlink()
    torn = place / ".batch" / "SOM.json"
    torn.write_bytes(torn.read_bytes()[:40])
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    assert statuses(report) == {"UGA": "done", "SOM": "done", "NPL": "current", "HTI": "current"}
    assert hashes(place) == hashes(undisturbed)


def test_what_somebody_else_put_there_is_left_alone(inputs, scheduler, place):
    (place / "HTI" / "notes.txt").write_text("mine")
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    assert set(statuses(report).values()) == {"current"}
    report = run_batch(["HTI"], inputs=inputs, output=place, scheduler=scheduler, fresh=True)
    assert "notes.txt" in report.failed[0].cause
    assert (place / "HTI" / "notes.txt").read_text() == "mine"


def test_one_corrupt_input_does_not_stop_the_others(inputs, scheduler, place, undisturbed, tmp_path):
    corrupt = Path(shutil.copytree(inputs, tmp_path / "data"))
    raster = corrupt / "SOM" / "people.tif"
    raster.write_bytes(raster.read_bytes()[:300])
    make_country(corrupt, "UGA", seed=2)
    report = run_batch(COUNTRIES, inputs=corrupt, output=place, scheduler=scheduler)
    assert statuses(report) == {"UGA": "done", "SOM": "failed", "NPL": "current", "HTI": "current"}
    assert report.exit_code == 1
    (failed,) = report.failed
    assert "people.tif" in failed.cause
    assert "\n" not in failed.cause
    assert failed.detail == ""
    # What was there before stays.
    assert (place / "SOM" / "areas.csv").read_bytes() == (undisturbed / "SOM" / "areas.csv").read_bytes()


def test_without_keep_going_nothing_new_is_begun_after_a_failure(scheduler, tmp_path):
    for iso3 in CHAIN:
        make_country(tmp_path / "data", iso3, seed=1)
    # The largest goes first.
    (tmp_path / "data" / "ETH" / "people.tif").write_bytes(b"II*\0" + bytes(10**6))
    report = run_batch(CHAIN, inputs=tmp_path / "data", output=tmp_path / "maps", scheduler=scheduler, keep_going=False)
    found = statuses(report)
    assert found["ETH"] == "failed"
    assert "not run" in found.values()
    assert report.exit_code == 1


def test_an_error_nobody_foresaw_is_one_line_and_a_traceback(inputs, scheduler, tmp_path, monkeypatch):
    def broken(data, settings, progress):
        raise ZeroDivisionError("in\nthe middle")

    monkeypatch.setattr(pipeline, "run", broken)
    report = run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
    (outcome,) = report.countries
    assert outcome.cause.startswith("unforeseen ZeroDivisionError: in the middle")
    assert "Traceback" in outcome.detail
    assert not (tmp_path / "maps" / "UGA").exists()


def test_workers_of_another_version_are_refused(inputs, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(batch_run, "engine", lambda: "9.9.9 (other)")
    report = run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
    assert "install the same version" in report.countries[0].cause


def test_a_scheduler_that_is_lost_at_any_call_is_one_word(inputs, scheduler, place, monkeypatch):
    """The calls to the scheduler fail from the first on, then from the second, and so on until none fails."""
    ask = Client.sync
    lost = (
        CommClosedError("in <TCP>: ConnectionResetError"),
        FutureCancelledError("key", "lost"),
        RuntimeError("closed"),
    )

    def from_call(first: int) -> None:
        calls = itertools.count()

        def sync(self, *arguments, **options):
            if next(calls) >= first:
                raise lost[first % len(lost)]
            return ask(self, *arguments, **options)

        monkeypatch.setattr(Client, "sync", sync)

    for first in range(100):  # far more than there are
        from_call(first)
        try:
            report = run_batch(["UGA"], inputs=inputs, output=place, scheduler=scheduler)
        except BatchError as error:
            words = str(error)
        else:
            if report.exit_code == 0:
                break
            words = report.trouble
            assert statuses(report) == {"UGA": "not run"}
            assert report.countries[0].cause == words
        assert words.endswith("start the batch again to go on")
        assert "\n" not in words
    assert first >= 3


def test_a_worker_that_dies_with_a_finished_country_ends_no_batch(inputs, scheduler, place, monkeypatch):
    """The outcome was there and went with its worker: a KilledWorker out of the batch. The country is tried again."""
    result, asked = Future.result, []

    def lost_at_first(self, *arguments, **options):
        asked.append(self.key)
        if len(asked) <= lost:
            raise KilledWorker(self.key, None, 0)
        return result(self, *arguments, **options)

    monkeypatch.setattr(Future, "result", lost_at_first)
    for lost, (status, cause) in {1: ("current", ""), 9: ("failed", "its worker died each time it was tried")}.items():
        asked.clear()
        (outcome,) = run_batch(["UGA"], inputs=inputs, output=place, scheduler=scheduler).countries
        assert (str(outcome.status), outcome.cause[:38]) == (status, cause[:38])
        assert len(asked) == {1: 2, 9: batch_run._MOST_TRIES}[lost]


def test_countries_without_a_folder_are_made_from_the_starter_pack(scheduler, tmp_path, monkeypatch):
    """A fresh checkout; and where inputs were meant to be, when that is allowed."""
    monkeypatch.chdir(tmp_path)
    report = run_batch(["TON"], output=tmp_path / "maps", scheduler=scheduler)
    (outcome,) = report.countries
    assert (outcome.status, outcome.starter) == (Status.DONE, True)
    report = run_batch(
        ["TON"], inputs=tmp_path / "none", output=tmp_path / "maps", scheduler=scheduler, allow_starter=True
    )
    assert [str(outcome.status) for outcome in report.countries] == ["current"]


def _unmounted(root: Path) -> None:
    root.rename(root.with_name("disk"))
    root.symlink_to(root.with_name("gone"))


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda root: (root / "SOM").rename(root / "SMO"), "SOM"),
        (lambda root: (root / "SOM").rename(root / "SOM (1)"), r"'SOM (1)' beside it may be meant"),
        (lambda root: (root / "SOM").rename(root.with_name("away")) and (root / "SOM").mkdir(), "no population raster"),
        (
            lambda root: (root / "SOM").rename(root / "x") and (root / "SOM").symlink_to(root / "gone"),
            "link to nothing",
        ),
        (lambda root: (root / "SOM").rename(root / "x") and (root / "SOM").write_text("a path"), "is a file"),
        (lambda root: root.rename(root.with_name("away")), "SOM"),
        (_unmounted, "no such folder"),
    ],
    ids=["mistyped", "a second copy", "empty", "dangling", "file", "no root", "unmounted root"],
)
def test_starter_data_never_take_the_place_of_a_users_own(
    inputs, scheduler, place, tmp_path, monkeypatch, named, change, cause
):
    shutil.copytree(inputs, tmp_path / "data")
    before = hashes(place / "SOM")
    change(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    report = run_batch(["SOM"], inputs=tmp_path / "data" if named else None, output=place, scheduler=scheduler)
    (outcome,) = report.countries
    assert outcome.status == Status.FAILED and report.exit_code == 1
    assert cause in outcome.cause and "\n" not in outcome.cause
    assert hashes(place / "SOM") == before


@pytest.mark.parametrize("name", ["TON.zip", "TON ", "TON (1)", "Tonga", "tonga_2024", "TON-old"])
def test_a_name_much_like_that_of_the_folder_is_no_absence(tmp_path, monkeypatch, capsys, name):
    """Nothing was published before: starter data were, without a word of what lies there."""
    (tmp_path / "data" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "TON", "--quiet"]) == 2
    said = capsys.readouterr().err
    assert f"'{name}' beside it may be meant: call it TON" in said and said.count("\n") == 1
    assert not (tmp_path / "maps" / "TON").exists()


def test_a_folder_in_small_letters_is_the_folder(inputs, scheduler, place, tmp_path, monkeypatch):
    shutil.copytree(inputs / "SOM", tmp_path / "data" / "som")
    monkeypatch.chdir(tmp_path)
    report = run_batch(["SOM"], output=place, scheduler=scheduler)
    assert [str(outcome.status) for outcome in report.countries] == ["current"]


def test_one_country_is_not_run_from_starter_data_over_a_users_own(inputs, place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = hashes(place / "SOM")
    assert cli.main(["run", "SOM", "--quiet", "--output", str(place / "SOM")]) == 2
    assert "put them back" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "SOM").symlink_to(tmp_path / "gone")
    assert cli.main(["run", "SOM", "--quiet"]) == 2
    assert "--allow-starter" in capsys.readouterr().err
    assert hashes(place / "SOM") == before


def test_what_cannot_start_is_one_error(inputs, tmp_path):
    with pytest.raises(CountryError):
        run_batch(["XXX"], inputs=inputs, output=tmp_path / "maps")
    (tmp_path / "file").write_text("")
    with pytest.raises(BatchError, match="cannot be written"):
        run_batch(["UGA"], inputs=inputs, output=tmp_path / "file" / "maps")
    with pytest.raises(BatchError, match="cannot be used"):
        run_batch(["UGA"], inputs=inputs, output="nosuch://bucket")
    with pytest.raises(BatchError, match="dask worker --memory-limit"):
        run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler="tcp://127.0.0.1:1", memory_limit=2**30)


def test_nobody_answers(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_ANSWER_TIMEOUT_S", 1)
    with pytest.raises(BatchError, match="no scheduler answers"):
        run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler="tcp://127.0.0.1:1")


def test_the_command_line_makes_nothing_twice_and_leaves_a_log(inputs, scheduler, place, tmp_path, capsys):
    """It made all again: of --resume and --fresh, which set one value, the default of the first was that of --fresh."""
    shutil.rmtree(place / "HTI")
    common = ["batch", *COUNTRIES, "--inputs", str(inputs), "--output", str(place), "--scheduler", scheduler]
    assert cli.main(common) == 0
    first = capsys.readouterr()
    assert "1 done, 3 current" in first.out
    lines = first.err.splitlines()
    assert lines and all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line) for line in lines)
    assert any(re.search(r"Z HTI done, \d+\.\d s$", line) for line in lines)
    before = {path: path.stat().st_ino for path in place.rglob("*") if path.parent.name in COUNTRIES}
    assert cli.main([*common, "--resume", "--quiet", "--json"]) == 0
    second = capsys.readouterr()
    assert second.err == ""
    assert {entry["status"] for entry in json.loads(second.out)["countries"]} == {"current"}
    assert {path: path.stat().st_ino for path in before} == before
    one = [
        "batch",
        "HTI",
        "--inputs",
        str(inputs),
        "--output",
        str(place),
        "--scheduler",
        scheduler,
        "--progress",
        "json",
    ]
    assert cli.main([*one, "--fresh"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["event"] for event in (events[0], events[-1])] == ["begun", "finished"]
    assert events[-1]["country"] == "HTI" and events[-1]["status"] == "done" and events[-1]["seconds"] > 0
    assert {event["step"] for event in events if event["event"] == "step"} >= {"inputs", "writing"}


def test_settings_of_the_command_line_reach_every_country(inputs, scheduler, place, capsys):
    common = [
        "batch",
        "UGA",
        "SOM",
        "--inputs",
        str(inputs),
        "--output",
        str(place),
        "--scheduler",
        scheduler,
        "--json",
    ]
    assert cli.main([*common, "--min-people", "-1"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert cli.main([*common, "--radius-km", "2G=7", "--min-people", "41"]) == 0
    for iso3 in ("UGA", "SOM"):
        settings = json.loads((place / iso3 / "manifest.json").read_text())["settings"]
        assert settings["radius_km"]["2G"] == 7.0 and settings["radius_km"]["3G"] == 10.0
        assert settings["min_people"] == 41.0


def test_quiet_says_what_has_failed_and_nothing_else(scheduler, tmp_path, capsys):
    (tmp_path / "data" / "SOM").mkdir(parents=True)
    arguments = ["--inputs", str(tmp_path / "data"), "--output", str(tmp_path / "maps"), "--scheduler", scheduler]
    assert cli.main(["batch", "SOM", *arguments, "--quiet"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("ewcm: SOM failed: ") and "no population raster" in line


def test_after_ctrl_c_a_table_and_how_to_go_on(inputs, scheduler, place, tmp_path, capsys, monkeypatch):
    settle = batch_run._Batch._settle

    def interrupted(batch, iso3, workers):
        settle(batch, iso3, workers)
        raise KeyboardInterrupt

    monkeypatch.setattr(batch_run._Batch, "_settle", interrupted)
    report = tmp_path / "batch.json"
    arguments = ["--inputs", str(inputs), "--output", str(place), "--scheduler", scheduler, "--report", str(report)]
    assert cli.main(["batch", *COUNTRIES, *arguments]) == 130
    said = capsys.readouterr()
    assert "UGA Uganda" in said.out and "3 not run" in said.out and "stopped by Ctrl-C" in said.out
    assert "the same command goes on" in said.err.splitlines()[-1]
    assert json.loads(report.read_text())["trouble"] == "stopped by Ctrl-C"
    assert (place / ".batch" / "lock").read_text() == ""


@pytest.mark.parametrize("number", ["0", "-2", "two", "1.5"])
def test_a_batch_without_workers_is_refused(number, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["batch", "UGA", f"--workers={number}"])
    assert stop.value.code == 2 and "--workers" in capsys.readouterr().err
    if number == "0":
        with pytest.raises(BatchError, match="at least one worker"):
            run_batch(["UGA"], workers=0)


@pytest.mark.parametrize("arguments", [[], ["UGA", "--all"]])
def test_countries_or_all(arguments, capsys):
    assert cli.main(["batch", *arguments]) == 2
    assert "--all" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "size"), [("2GiB", 2**31), ("1500MB", 1_500_000_000), ("1.5G", 3 * 2**29)])
def test_sizes(text, size):
    assert cli._bytes(text) == size


def test_table_marks_starter_data_and_unknown_coverage(undisturbed, inputs, scheduler, place):
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    first = replace(report.countries[0], starter=True, service=None, unreached=None, unknown=report.countries[0].people)
    console = Console(record=True, width=160, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(table([first, *report.countries[1:]]))
    text = console.export_text()
    assert "STARTER DATA" in text
    assert "unknown" in text
    assert f"{report.countries[1].people:,.0f}" in text


def test_the_table_has_value_year_role_and_source_of_official_figures(inputs, scheduler, place):
    """They are lent: the folders of these countries bring none."""
    report = run_batch(COUNTRIES, inputs=inputs, output=place, scheduler=scheduler)
    console = Console(record=True, width=200, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(table(report.countries))
    text = console.export_text()
    assert "[1] ITU, via the UN Global SDG Database, indicator 9.c.1" in text
    with (place / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = {row["iso3"]: row for row in csv.DictReader(file)}
    for outcome in report.countries:
        official = json.loads((place / outcome.iso3 / "summary.json").read_text())["official"]
        assert outcome.official == official and set(official) == {"2G", "3G", "4G"}
        for technology, figure in official.items():
            position = "" if figure["position"] in (None, "within") else f"{figure['position']}, "
            assert f"{technology} {figure['share']:.1%} ({figure['year']}, {position}check, [1])" in text
            row = rows[outcome.iso3]
            assert float(row[f"official_{technology}_share"]) == figure["share"]
            assert row[f"official_{technology}_year"] == str(figure["year"])
            assert row[f"official_{technology}_role"] == "check" and "ITU" in row[f"official_{technology}_source"]


def test_the_atlas_and_the_tables_show_what_is_published(inputs, scheduler, place, tmp_path):
    """A country that fails, or is not asked for, keeps its row as long as it is published."""
    corrupt = Path(shutil.copytree(inputs, tmp_path / "data"))
    (corrupt / "SOM" / "people.tif").write_bytes(b"nothing")
    shutil.rmtree(place / "NPL")
    (place / "summary.csv").unlink()
    run_batch(["SOM"], inputs=corrupt, output=place, scheduler=scheduler)
    with (place / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = {row["iso3"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["HTI", "SOM", "UGA"]
    for iso3, row in rows.items():
        figures = json.loads((place / iso3 / "summary.json").read_text())["services"]["any"]
        assert float(row["uncovered_any"]) == figures["uncovered"]
        assert row["data_grade"] == "user"
    page = (place / "index.html").read_text()
    assert all((iso3 != "NPL") == (f'"iso3":"{iso3}"' in page) for iso3 in COUNTRIES)
    sheet = openpyxl.load_workbook(place / "summary.xlsx")["Countries"]
    assert [row[1] for row in sheet.iter_rows(values_only=True)] == ["iso3", "HTI", "SOM", "UGA"]


def test_older_figures_of_a_country_whose_last_run_failed_are_said(inputs, scheduler, place, tmp_path):
    """The atlas and the tables showed them like the others; a batch of another country does not forget it either."""

    def shown():
        with (place / "summary.csv").open(encoding="utf-8-sig") as file:
            marked = [row["iso3"] for row in csv.DictReader(file) if row["last_run"] == "failed"]
        assert (place / "index.html").read_text().count('"older":true') == len(marked)
        return marked

    corrupt = Path(shutil.copytree(inputs, tmp_path / "data"))
    (corrupt / "SOM" / "people.tif").write_bytes(b"nothing")
    run_batch(["SOM"], inputs=corrupt, output=place, scheduler=scheduler)
    assert shown() == ["SOM"]
    run_batch(["HTI"], inputs=inputs, output=place, scheduler=scheduler)
    assert shown() == ["SOM"]
    run_batch(["SOM"], inputs=inputs, output=place, scheduler=scheduler)
    assert shown() == []


def test_workers_take_no_samples_of_themselves(tmp_path):
    """Dask's profiler stopped a worker for ever, now and then, while a country was being written."""
    with cluster.local(1, None, tmp_path) as workers:
        seen = workers.client.run(lambda dask_worker: "profile" in dask_worker.periodic_callbacks)
    assert list(seen.values()) == [False]
