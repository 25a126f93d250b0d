"""Nobody else's files: what does not carry the engine's mark is never replaced, renamed or removed, whatever it is called."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ewcm.core import work_folder
from ewcm.errors import PublishError
from ewcm.report import publish

ROOT = Path(__file__).resolve().parents[2]


def tree(root: Path) -> dict[str, str | None]:
    """Every file and folder below a place, with the text of the files."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes().hex() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }


def put(path: Path, text: str = "mine") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def other_manifest(folder: Path, name: str) -> Path:
    """A manifest of another program beside a page."""
    return put(folder / name / "manifest.json", json.dumps({"outputs": {"index.html": {"sha256": "0"}}, "name": "app"}))


@pytest.mark.parametrize(
    "name", ["index.html", "summary.json", "areas.csv", "manifest.json", ".notes", "sub/index.html", ".ewcm-work"]
)
def test_a_folder_of_somebody_else_is_refused_and_left_alone(result, plain_page, tmp_path, name):
    put(tmp_path / "site" / name)
    before = tree(tmp_path)
    for door in (lambda: publish.write(result, tmp_path / "site"), lambda: publish.try_place(tmp_path / "site")):
        with pytest.raises(PublishError, match=r"site: holds files .* move them away or choose another folder"):
            door()
    assert tree(tmp_path) == before


def test_a_manifest_of_another_program_is_no_mark(result, plain_page, tmp_path):
    put(tmp_path / "site" / "index.html")
    other_manifest(tmp_path, "site")
    before = tree(tmp_path)
    with pytest.raises(PublishError, match="holds files"):
        publish.write(result, tmp_path / "site")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["tables.xls", "more/index.html", "more/"])
def test_something_added_to_a_published_country_is_kept(result, published, name):
    if name.endswith("/"):
        (published / name).mkdir()
    else:
        put(published / name)
    before = tree(published)
    with pytest.raises(PublishError, match="holds files"):
        publish.write(result, published)
    assert tree(published) == before


def test_folders_that_are_named_like_leftovers_are_left_alone(result, published):
    """By the sweep of a batch, and by a publisher of the folders that they seem to belong to."""
    parent = published.parent
    for name in (".notes.old", ".work.new-draft", ".XYZ.new-draft", ".XYZ.old", ".UGA.old", ".UGA.new-a1b2c3d4"):
        put(parent / name / "essay.txt")
    other_manifest(parent, ".SOM.old")
    for name in (".mail.lock", ".UGA.lock", ".SOM.ewcm.lock"):
        put(parent / name)
    (parent / ".mail.new-link").symlink_to(parent / ".notes.old")
    before = {path: text for path, text in tree(parent).items() if not path.startswith("XYZ")}
    publish.sweep(parent)
    publish.write(result, published)
    publish.write(result, parent / "mail")
    after = {path: text for path, text in tree(parent).items() if not path.startswith(("XYZ", "mail"))}
    assert after == before


def test_a_place_whose_name_is_a_pattern_is_itself_only(result, plain_page, tmp_path):
    """An output named ``maps/*`` removed the work folders of every publisher in maps/."""
    with work_folder.work_folder(tmp_path, ".UGA.new-") as other:
        (other / "half").write_text("of a country")
        publish.write(result, tmp_path / "*")
        assert (other / "half").is_file()
    assert (tmp_path / "*" / "manifest.json").is_file()


def test_the_lock_of_another_program_is_refused_and_left_alone(result, plain_page, tmp_path):
    put(tmp_path / ".XYZ.ewcm.lock")
    with pytest.raises(PublishError, match=r"XYZ: .*\.XYZ\.ewcm\.lock.* move it away"):
        publish.write(result, tmp_path / "XYZ")
    assert tree(tmp_path) == {".XYZ.ewcm.lock": b"mine".hex()}


def test_leftovers_with_the_mark_are_swept_and_the_old_country_comes_back(published):
    """Killed between the two renames of a file system that cannot exchange, and while a leftover was being removed."""
    parent = published.parent
    published.rename(parent / "UGA")
    before = tree(parent / "UGA")
    work = parent / ".UGA.new-a1b2c3d4"
    work.mkdir()
    work_folder.mark(work)
    (parent / "UGA").rename(work / "country.old")
    put(work / "country" / "areas.csv", "half")
    publish.sweep(parent)
    assert tree(parent / "UGA") == before
    assert sorted(path.name for path in parent.iterdir()) == ["UGA"]


@pytest.mark.parametrize("torn", [0, 7])
def test_a_work_folder_whose_mark_was_not_whole_yet_is_removed(tmp_path, torn):
    """Killed while the mark was written: it was somebody else's for ever."""
    work_folder.mark(tmp_path)
    whole = (tmp_path / work_folder.MARK).read_bytes()
    for name, content in ((".UGA.new-0a1b2c3d", whole[:torn]), (".UGA.new-draft", b"mine")):
        put(tmp_path / "maps" / name / work_folder.MARK).write_bytes(content)
    put(tmp_path / "maps" / ".UGA.new-essay" / work_folder.MARK).write_bytes(whole[:torn])
    put(tmp_path / "maps" / ".UGA.new-essay" / "essay.txt")
    publish.sweep(tmp_path / "maps")
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [".UGA.new-draft", ".UGA.new-essay"]


def test_what_could_not_be_removed_keeps_its_mark(tmp_path, monkeypatch):
    """The mark was taken away all the same, and what was left was nobody's for ever."""
    with monkeypatch.context() as patch, work_folder.work_folder(tmp_path, ".UGA.new-") as work:
        put(work / "country" / "areas.csv", "half")
        patch.setattr(shutil, "rmtree", lambda path, ignore_errors: None)
        work_folder.remove(work)
        assert work_folder.is_ours(work) and (work / "country" / "areas.csv").exists()
    work_folder.remove(work)
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import sys, time, types
from ewcm import cli, pipeline
from ewcm.inputs import estimate, read
from ewcm.report import publish
def slow(result, folder):
    (folder / "areas.csv").write_text("half")
    print("writing", file=sys.__stdout__, flush=True)
    time.sleep(60)
read.load = lambda inputs: None
estimate.estimate = lambda *_: estimate.Estimate(0.0, 0.0, 0, 0)
coverage = types.SimpleNamespace(differs_from_findings=False)
pipeline.run = lambda *_: types.SimpleNamespace(coverage=coverage)
publish.write_files = slow
sys.exit(cli.main(["run", "TON", "--quiet", "--output", sys.argv[1]]))
"""


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(other, marks=pytest.mark.long) for other in (signal.SIGINT, signal.SIGHUP))],
)
def test_a_signal_leaves_nothing_behind(tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "maps" / "TON")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background of a shell ignores signals, and so would its children.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    while "writing" not in process.stdout.readline():
        assert process.poll() is None, process.stderr.read()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, said
    assert "Traceback" not in said
    assert list((tmp_path / "maps").iterdir()) == []


def test_published_again_after_all_that(result, published):
    shutil.copytree(published, published.parent / "copy")
    publish.write(result, published.parent / "copy")
    assert (published.parent / "copy" / "manifest.json").is_file()
