"""Publishing: whole or not at all, one at a time, and never over somebody else's files."""

import errno
import hashlib
import json
import multiprocessing
import os
import resource
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ewcm.analysis.inputs import places_finding
from ewcm.core import files
from ewcm.errors import PublishError
from ewcm.report import publish, read
from ewcm.report.manifest import TIME_KEY
from ewcm.report.publish import OUTPUTS
from tests.report.make_result import made_result


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_every_file_and_nothing_beside(just_published):
    assert _names(just_published) == set(OUTPUTS)
    assert _names(just_published.parent) == {"XYZ"}
    assert just_published.stat().st_mode & 0o777 == 0o755


def test_only_the_manifest_holds_a_time(result, published):
    before = _digests(published)
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    publish.write(result, published)
    after = _digests(published)
    again = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    for digests in (before, after):
        del digests["manifest.json"]
    assert before == after
    assert manifest.pop(TIME_KEY) <= again.pop(TIME_KEY)
    assert manifest == again


def test_manifest_traces_inputs_settings_and_outputs(result, published):
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["layer"] for entry in manifest["inputs"]] == [record.layer for record in result.data.records]
    assert manifest["settings"]["radius_km"] == result.settings.radius_km
    assert set(manifest["outputs"]) == set(OUTPUTS) - {"manifest.json"}
    for name, entry in manifest["outputs"].items():
        assert entry["sha256"] == hashlib.sha256((published / name).read_bytes()).hexdigest()


def test_a_failure_leaves_the_old_country(result, published, monkeypatch):
    before = _digests(published)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(publish, "write_manifest", full)
    with pytest.raises(PublishError, match="free some space") as caught:
        publish.write(result, published)
    assert "\n" not in str(caught.value)
    assert _digests(published) == before
    assert _names(published.parent) == {"XYZ"}


def test_a_first_failure_leaves_nothing(result, plain_page, tmp_path, monkeypatch):
    monkeypatch.setattr("ewcm.report.overview.write_overview", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish.write(result, tmp_path / "XYZ")
    assert _names(tmp_path) == set()


def test_folder_under_a_file(result, plain_page, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(PublishError, match="cannot be written"):
        publish.write(result, tmp_path / "file" / "XYZ")


def test_folder_with_other_files_is_refused(result, published):
    (published / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PublishError, match=r"notes\.txt"):
        publish.write(result, published)
    assert (published / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_empty_folder_and_link_are_filled(result, plain_page, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert publish.write(result, tmp_path / "link") == tmp_path / "real"
    assert (tmp_path / "link").is_symlink() and _names(tmp_path / "link") == set(OUTPUTS)


def test_file_systems_that_cannot_exchange(result, published, monkeypatch):
    monkeypatch.setattr(files, "_exchange_names", lambda *_: False)
    publish.write(result, published)
    assert _names(published) == set(OUTPUTS)
    assert _names(published.parent) == {"XYZ"}


def test_leftovers_of_a_killed_run_are_cleared(result, published):
    parent = published.parent
    (parent / ".XYZ.new-abc").mkdir()
    published.rename(parent / ".XYZ.old")  # killed between two renames
    publish.write(result, published)
    assert _names(parent) == {"XYZ"} and _names(published) == set(OUTPUTS)


def test_second_publisher_waits_then_refuses(result, published):
    with publish._only_one(published, wait_s=0.0), pytest.raises(PublishError, match="another run"):
        publish.write(result, published, wait_s=0.2)
    publish.write(result, published)
    assert _names(published.parent) == {"XYZ"}


#: A process made by fork would inherit locks that the compiler's and GDAL's threads hold.
SPAWN = multiprocessing.get_context("spawn")


def _publish_small(folder: Path, times: int, started=None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ewcm.report.webmap.map.render", lambda result, basemap: "<!doctype html>")
        result = made_result(rows=24, cols=32)
        if started is not None:
            started.set()
        for _ in range(times):
            publish.write(result, folder)
            time.sleep(0.3)  # who waits for the lock looks every 0.05 s


def _without_manifest(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in _digests(folder).items() if name != "manifest.json"}


def _rival(folder: Path):
    """Another process that publishes the same folder again and again."""
    started = SPAWN.Event()
    worker = SPAWN.Process(target=_publish_small, args=(folder, 1000, started))
    worker.start()
    assert started.wait(200)
    return worker


def test_two_publishers_at_once_and_one_of_them_killed(tmp_path):
    folder = tmp_path / "XYZ"
    _publish_small(folder, 1)
    complete = _without_manifest(folder)
    rival = _rival(folder)
    _publish_small(folder, 2)
    assert rival.is_alive()
    os.kill(rival.pid, signal.SIGKILL)
    rival.join()
    assert _without_manifest(folder) == complete
    _publish_small(folder, 1)
    assert _without_manifest(folder) == complete
    assert _names(tmp_path) == {"XYZ"}


@pytest.mark.long
def test_killed_at_any_moment(tmp_path):
    folder = tmp_path / "XYZ"
    _publish_small(folder, 1)
    complete = _without_manifest(folder)
    for attempt in range(15):
        rival = _rival(folder)
        time.sleep(0.1 * attempt)
        os.kill(rival.pid, signal.SIGKILL)
        rival.join()
        assert _without_manifest(folder) == complete
    _publish_small(folder, 1)
    assert _names(tmp_path) == {"XYZ"}


def _publish_with_small_files(folder: Path, limits: list[int], answer) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from ewcm.report.webmap import map as page

    page.render = lambda result, basemap: "<!doctype html>"
    result = made_result(rows=24, cols=32)
    publish.write(result, folder.with_name("whole"))  # compiled code is cached in files too: not under the limit
    for most_bytes in limits:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
        try:
            publish.write(result, folder)
            answer.put("written")
        except PublishError as error:
            answer.put(str(error))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_files_cut_short_by_the_system(tmp_path):
    """A limit on file size fails writes as a full disk does, in each of the formats in turn."""
    limits = [1_000, 3_500, 6_000, 9_000, 20_000, 60_000, 100_000, 138_000]
    answer = SPAWN.Queue()
    worker = SPAWN.Process(target=_publish_with_small_files, args=(tmp_path / "XYZ", limits, answer))
    worker.start()
    texts = [answer.get(timeout=200) for _ in limits]
    worker.join(30)
    for text in texts:
        assert text != "written" and "\n" not in text and "XYZ" in text
    assert _names(tmp_path) == {"whole"}


def test_a_country_that_is_opened_and_written_again_keeps_names_in_other_languages_and_units(
    result, tmp_path, plain_page
):
    data = result.data
    boundaries = data.boundaries.table.assign(name_fr="Nord", name_ar="", name_es=None)
    places = data.places.table.assign(name_pt="Lugar")
    named = replace(
        data,
        boundaries=replace(data.boundaries, table=boundaries),
        places=replace(data.places, table=places),
    )
    finding = places_finding(places)
    publish.write(replace(result, data=named).with_finding(finding), tmp_path / "XYZ")
    opened = read.open_result(tmp_path / "XYZ")
    assert set(opened.data.boundaries.table["name_fr"]) == {"Nord"} and "name_ar" not in opened.data.boundaries.table
    assert set(opened.data.places.table["name_pt"]) == {"Lugar"}
    units = {figure.path: figure.units for each in result.findings for figure in each.figures}
    assert {figure.path: figure.units for each in opened.findings for figure in each.figures} == units
    publish.write(opened, tmp_path / "again" / "XYZ")
    first, second = (
        json.loads((folder / "XYZ" / "manifest.json").read_text()) for folder in (tmp_path, tmp_path / "again")
    )
    drawn = {"overview.png", "index.html"}  # what they show is looked at by their own tests
    kept = [{name: each for name, each in found["outputs"].items() if name not in drawn} for found in (first, second)]
    assert kept[0] == kept[1] and first["area_names"] == second["area_names"]
