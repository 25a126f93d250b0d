"""The place of results: one batch at a time, folders and addresses alike."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from ewcm.batch import lock, run_batch, store
from ewcm.batch.store import MANIFEST, FolderStore, open_store
from ewcm.errors import BatchError
from tests.batch.made import hashes, make_country

#: Countries whose results are put in different places.
PAIR = ("UGA", "SOM")


@pytest.fixture
def address(monkeypatch) -> str:
    """A place of results in memory; the workers of the test live in this process and see it too."""
    monkeypatch.setattr(store, "_SETTLE_S", 0.01)
    return f"memory://{uuid.uuid4().hex}/maps"


def content(address: str) -> dict[str, bytes]:
    """Every file below an address but the manifests, by path."""
    files, root = fsspec.core.url_to_fs(address)
    files.invalidate_cache()
    return {
        path.removeprefix(root + "/"): files.cat_file(path) for path in files.find(root) if not path.endswith(MANIFEST)
    }


@pytest.fixture(scope="module")
def folder(inputs, scheduler, tmp_path_factory) -> dict[str, bytes]:
    """Every file that a batch of two countries leaves in a folder but the manifests, by path."""
    output = tmp_path_factory.mktemp("folder") / "maps"
    report = run_batch(PAIR, inputs=inputs, output=output, scheduler=scheduler)
    assert report.exit_code == 0, report.to_json()
    return {path: (output / path).read_bytes() for path in hashes(output) if path != ".batch/lock"}


def test_an_address_holds_what_a_folder_holds_and_is_mended(address, inputs, scheduler, folder):
    report = run_batch(PAIR, inputs=inputs, output=address, scheduler=scheduler)
    assert report.exit_code == 0, report.to_json()
    assert content(address) == folder
    assert not open_store(address).scratch.exists()
    again = run_batch(PAIR, inputs=inputs, output=address, scheduler=scheduler)
    assert {str(outcome.status) for outcome in again.countries} == {"current"}
    files, root = fsspec.core.url_to_fs(address)
    files.pipe_file(f"{root}/UGA/areas.csv", b"half of it")
    mended = run_batch(PAIR, inputs=inputs, output=address, scheduler=scheduler)
    assert [str(outcome.status) for outcome in mended.countries] == ["done", "current"]
    assert content(address) == folder


def test_a_file_address_is_a_folder(inputs, scheduler, undisturbed, tmp_path):
    assert isinstance(open_store(f"file://{tmp_path}/maps"), FolderStore)
    report = run_batch(["UGA"], inputs=inputs, output=f"file://{tmp_path}/maps", scheduler=scheduler)
    assert report.exit_code == 0
    assert report.output == str(tmp_path / "maps")
    assert hashes(tmp_path / "maps" / "UGA") == hashes(undisturbed / "UGA")


@pytest.mark.parametrize("kind", ["folder", "address"])
def test_the_second_batch_is_refused_and_told_who_is_first(kind, address, inputs, scheduler, tmp_path):
    output = address if kind == "address" else tmp_path / "maps"
    with (
        open_store(output).hold(lock.holder("first", "2026-01-02T03:04:05+00:00")),
        pytest.raises(BatchError, match=rf"process {os.getpid()} on .* since 2026-01-02"),
    ):
        run_batch(["UGA"], inputs=inputs, output=output, scheduler=scheduler)
    assert run_batch(["UGA"], inputs=inputs, output=output, scheduler=scheduler).exit_code == 0


@pytest.mark.parametrize("kind", ["folder", "address"])
def test_the_lock_of_a_dead_process_is_taken_over(kind, address, inputs, scheduler, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = json.dumps({**lock.holder("dead", "2020-01-01T00:00:00+00:00"), "pid": dead.pid})
    if kind == "folder":
        output: str | Path = tmp_path / "maps"
        (tmp_path / "maps" / ".batch").mkdir(parents=True)
        (tmp_path / "maps" / ".batch" / "lock").write_text(left)
    else:
        output = address
        files, root = fsspec.core.url_to_fs(address)
        files.makedirs(f"{root}/.batch", exist_ok=True)
        files.pipe_file(f"{root}/.batch/lock", left.encode())
    assert run_batch(["UGA"], inputs=inputs, output=output, scheduler=scheduler).exit_code == 0


def test_a_process_of_the_same_number_is_not_the_one_that_died():
    assert not lock.is_stale(lock.holder("mine", ""))
    assert lock.is_stale({**lock.holder("mine", ""), "process": "another boot/1"})
    assert not lock.is_stale({**lock.holder("mine", ""), "host": "elsewhere.example", "process": "another boot/1"})


def test_two_that_lock_an_address_at_once_do_not_both_get_it(address, monkeypatch):
    first, second = open_store(address), open_store(address)

    def other_comes(seconds):
        second._put(second._path(".batch", "lock"), json.dumps(lock.holder("second", "now")).encode())

    monkeypatch.setattr(store.time, "sleep", other_comes)
    with pytest.raises(BatchError, match="another batch"), first.hold(lock.holder("first", "now")):
        pass
    assert second.held_by() == "second"


def test_a_worker_that_outlived_its_batch_writes_nothing(inputs, scheduler, tmp_path, monkeypatch):
    """The batch is killed and another one starts while a worker still computes for the first."""
    from ewcm import pipeline

    whole = pipeline.run

    def slow(data, settings, progress):
        (tmp_path / "maps" / ".batch" / "lock").write_text(json.dumps(lock.holder("next", "now")))
        return whole(data, settings, progress)

    monkeypatch.setattr(pipeline, "run", slow)
    report = run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
    assert "nothing was written" in report.countries[0].cause
    assert not (tmp_path / "maps" / "UGA").exists()


def test_leftovers_of_killed_processes_are_swept(scheduler, tmp_path):
    make_country(tmp_path / "data", "UGA")
    state = tmp_path / "maps" / ".batch"
    (state / "scratch" / "worker-1").mkdir(parents=True)
    (state / ".UGA.json.0a1b2c3d.part").write_text("{")
    (tmp_path / "maps" / ".UGA.new-abc").mkdir()
    (tmp_path / "maps" / ".SOM.new-abc").mkdir()
    (tmp_path / "maps" / ".SOM.lock").write_text("")
    run_batch(["UGA"], inputs=tmp_path / "data", output=tmp_path / "maps", scheduler=scheduler)
    assert sorted(path.name for path in state.iterdir()) == ["UGA.json", "lock"]
    assert sorted(path.name for path in (tmp_path / "maps").iterdir() if path.is_dir()) == [".batch", "UGA"]
    assert not list((tmp_path / "maps").glob(".SOM*"))


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """A bucket of an object store on this machine; its address, for s3fs to find with what is in the environment."""
    from moto.server import ThreadedMotoServer  # one tester of a run needs it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("maps")
        yield "s3://maps/pilot"
    server.stop()


@pytest.mark.parametrize("own_worker", [False, pytest.param(True, marks=pytest.mark.long)])
def test_an_object_store_holds_what_a_folder_holds(own_worker, object_store, inputs, scheduler, folder):
    """In the long form a worker of its own process puts the files there; what is damaged there is mended by others."""
    workers = {"workers": 1} if own_worker else {"scheduler": scheduler}
    place = f"{object_store}/{own_worker}"
    report = run_batch(PAIR, inputs=inputs, output=place, **workers)
    assert report.exit_code == 0, report.to_json()
    assert content(place) == folder
    assert not open_store(place).scratch.exists()
    files, root = fsspec.core.url_to_fs(place)
    files.pipe_file(f"{root}/UGA/areas.csv", b"half of it")
    again = run_batch(PAIR, inputs=inputs, output=place, scheduler=scheduler)
    assert [str(outcome.status) for outcome in again.countries] == ["done", "current"]
    assert content(place) == folder


def test_what_a_batch_finds_at_its_place_and_did_not_put_there_stays(inputs, scheduler, tmp_path):
    """Folders under the names of leftovers, other files in the state folder, and a country's folder of somebody else."""
    maps = tmp_path / "maps"
    mine = [".notes.old/a.txt", ".work.new-draft/a.txt", ".mail.lock", ".batch/notes.txt", ".batch/drafts/a.txt"]
    mine += [".batch/scratch/essay.txt", ".UGA.new-draft/a.txt", "SOM/index.html", "notes/summary.json"]
    for name in mine:
        (maps / name).parent.mkdir(parents=True, exist_ok=True)
        (maps / name).write_text("mine")
    os.utime(maps / "SOM" / "index.html", (1, 1))
    with pytest.raises(BatchError, match=r"scratch: holds files that are not ewcm's"):
        run_batch(PAIR, inputs=inputs, output=maps, workers=1)
    (maps / ".batch" / "scratch" / "essay.txt").rename(tmp_path / "essay.txt")
    report = run_batch(PAIR, inputs=inputs, output=maps, scheduler=scheduler)
    assert [str(outcome.status) for outcome in report.countries] == ["done", "failed"]
    assert "SOM: holds files that are not a published country's (index.html)" in report.countries[1].cause
    assert all((maps / name).read_text() == "mine" for name in mine if "essay" not in name)


@pytest.mark.parametrize("kind", ["folder", "address"])
@pytest.mark.parametrize("name", ["index.html", "summary.csv", "summary.xlsx"])
def test_a_page_of_somebody_else_is_not_replaced_by_the_atlas(kind, name, address, inputs, scheduler, tmp_path):
    output = address if kind == "address" else str(tmp_path / "maps")
    files, root = fsspec.core.url_to_fs(output)
    files.makedirs(root, exist_ok=True)
    files.pipe_file(f"{root}/{name}", b"<html>mine</html>")
    with pytest.raises(BatchError, match=rf"not an atlas of ewcm \({name}\); move them away"):
        run_batch(["UGA"], inputs=inputs, output=output, scheduler=scheduler)
    assert [path.removeprefix(root + "/") for path in files.find(root)] == [name]
    assert files.cat_file(f"{root}/{name}") == b"<html>mine</html>"


def test_objects_of_somebody_else_are_left_alone(address, inputs, scheduler):
    files, root = fsspec.core.url_to_fs(address)
    for name in ("UGA/index.html", "SOM/notes.txt"):
        files.makedirs(f"{root}/{name[:3]}", exist_ok=True)
        files.pipe_file(f"{root}/{name}", b"mine")
    report = run_batch(PAIR, inputs=inputs, output=address, scheduler=scheduler)
    assert all("holds files that are not a published country's" in outcome.cause for outcome in report.countries)
    left = {name: held for name, held in content(address).items() if name != f"{store.STATE}/{store.FAILURES}"}
    assert left == {"UGA/index.html": b"mine", "SOM/notes.txt": b"mine"}


@pytest.mark.long
def test_a_country_half_put_to_an_address_is_put_again(address, inputs, scheduler, folder, monkeypatch):
    """The worker is stopped between two files: what it has put there is known as the engine's own."""
    send = store.AddressStore._send

    def stops(self, file, path):
        if path.endswith("UGA/layers.gpkg"):
            raise OSError("stopped")
        send(self, file, path)

    monkeypatch.setattr(store.AddressStore, "_send", stops)
    assert run_batch(PAIR, inputs=inputs, output=address, scheduler=scheduler).exit_code == 1
    monkeypatch.setattr(store.AddressStore, "_send", send)
    report = run_batch(PAIR, inputs=inputs, output=address, scheduler=scheduler)
    assert [str(outcome.status) for outcome in report.countries] == ["done", "current"]
    assert content(address) == folder


def test_the_atlas_counts_published_countries_only(inputs, scheduler, undisturbed, tmp_path):
    """A publisher at work was counted twice, a copy once more, and a summary.json of another program ended the batch."""
    maps = tmp_path / "maps"
    shutil.copytree(undisturbed, maps)
    shutil.copytree(maps / "UGA", maps / ".UGA.new-a1b2c3d4" / "country")
    shutil.copytree(maps / "UGA", maps / "backup of UGA")
    shutil.copytree(maps / "UGA", maps / "KEN")  # says that it is UGA
    for name, text in {
        "MWI": '{"iso3": "MWI"}',
        "TCD": "[1]",
        "NER": '{"services": ' * 5000,
        "dashboards": "{}",
    }.items():
        (maps / name).mkdir()
        (maps / name / "summary.json").write_text(text)
    (maps / "NPL" / "summary.json").write_text('{"iso3": "NPL", "name": "edited"}')
    assert run_batch(["HTI"], inputs=inputs, output=maps, scheduler=scheduler).trouble == ""
    with (maps / "summary.csv").open(encoding="utf-8-sig") as file:
        assert [row["iso3"] for row in csv.DictReader(file)] == ["HTI", "SOM", "UGA"]


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    (path.parent / "precious").write_text('{"my": "settings"}')
    path.symlink_to(path.parent / "precious")


@pytest.mark.parametrize(
    "make",
    [
        _fifo,
        _link,
        Path.mkdir,
        lambda path: path.write_text('{"my": "settings"}'),
        lambda path: path.write_text("mine"),
    ],
    ids=["pipe", "link", "folder", "json", "text"],
)
@pytest.mark.parametrize("name", ["lock", "UGA.json"])
def test_what_stands_under_the_names_of_the_state_and_is_none_is_refused(name, make, inputs, scheduler, tmp_path):
    """A pipe was waited for without end; a lock or a mark of somebody else was emptied or replaced."""
    state = tmp_path / "maps" / ".batch"
    state.mkdir(parents=True)
    make(state / name)
    before = {path.name: path.is_file() and path.read_bytes() for path in state.iterdir()}
    mend = r"is not a (lock|mark) of ewcm; move it away, or give --output another place"
    if name == "lock":
        with pytest.raises(BatchError, match=mend):
            run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
    else:
        (outcome,) = run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler).countries
        assert re.search(mend, outcome.cause) and not (tmp_path / "maps" / "UGA").exists()
    assert {
        path.name: path.is_file() and path.read_bytes() for path in state.iterdir() if path.name in before
    } == before


def test_drafts_of_somebody_else_in_the_state_folder_stay(tmp_path):
    state = tmp_path / "maps" / ".batch"
    state.mkdir(parents=True)
    names = ("UGA.json.draft.part", ".UGA.json.mine.part", "notes.txt")
    for name in (*names, ".UGA.json.0a1b2c3d.part"):
        (state / name).write_text("mine")
    open_store(tmp_path / "maps").sweep()
    assert sorted(path.name for path in state.iterdir()) == sorted(names)


@pytest.mark.parametrize("name", ["maps", "maps/.batch"])
def test_a_link_to_nothing_in_the_place_of_a_folder_is_named(name, inputs, scheduler, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to(tmp_path / "gone")
    with pytest.raises(BatchError, match="a link to nothing"):
        run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
