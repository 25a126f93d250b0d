"""The exit status and the one line, whatever standard output is and whatever things are called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ewcm import cli
from ewcm.batch import run_batch
from ewcm.core.files import write_atomically
from ewcm.errors import BatchError, InputError, PublishError
from ewcm.fetch.ledger import Ledger, write_inputs
from ewcm.learning import answers as learnt
from ewcm.report import alert_files, compare
from ewcm.report.own_folder import replace_folder
from tests.batch.made import make_country

FULL = Path("/dev/full")


def ewcm(*arguments: str, shell: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """One command with its standard output and error as a shell has put them."""
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$0" -m ewcm "$@" {shell}', sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("status")
    make_country(root / "data", "UGA", rows=20, cols=24)
    return root


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    ("shell", "status", "said"),
    [
        (">/dev/full", 1, "standard output cannot be written (No space left on device)"),
        (">&-", 1, "standard output cannot be written"),
        (">/dev/full 2>/dev/full", 1, ""),
        (">&- 2>&-", 1, ""),
        ("2>/dev/full", 0, ""),
        ("2>&-", 0, ""),
        ("| head -c 0", 0, ""),
    ],
)
@pytest.mark.parametrize("arguments", [["countries", "--json"], pytest.param(["--help"], marks=pytest.mark.long)])
def test_what_could_not_be_said_is_no_success(tmp_path, arguments, shell, status, said):
    found = ewcm(*arguments, shell=shell, cwd=tmp_path)
    assert found.returncode == status, found.stderr
    assert said in found.stderr and "Traceback" not in found.stderr and "Exception" not in found.stderr


@pytest.mark.parametrize(
    "shell",
    [">&- 2>&-", *(pytest.param(shell, marks=pytest.mark.long) for shell in ("2>&-", "2>/dev/full", "| head -c 0"))],
)
def test_an_error_that_nobody_hears_is_still_an_error(tmp_path, shell):
    assert ewcm("run", "XXX", "--quiet", shell=shell, cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    "shell", ["| head -c 0", *(pytest.param(shell, marks=pytest.mark.long) for shell in (">/dev/full", ">&-"))]
)
def test_a_country_is_made_whoever_listens(folder, shell):
    """The first line, printed before the work, ended the run with status 0."""
    (folder / "data" / "UGA" / "inputs.toml").rename(folder / "inputs.toml")
    (folder / "data" / "UGA" / "people.tif").rename(folder / "data" / "UGA" / "uga_ppp.tif")
    try:
        ewcm("run", "UGA", "--output", f"maps/{len(shell)}", shell=shell, cwd=folder)
    finally:
        (folder / "inputs.toml").rename(folder / "data" / "UGA" / "inputs.toml")
        (folder / "data" / "UGA" / "uga_ppp.tif").rename(folder / "data" / "UGA" / "people.tif")
    assert (folder / "maps" / str(len(shell)) / "manifest.json").is_file()


ODD = ["a#b?c", "a::b", "%41", "zip:a", "back\\slash", "-dash", "{a}", "[x]*", "é"]


def test_names_that_mean_something_elsewhere_are_names_here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    place = "/".join(["odd", *ODD, "UGA"])
    assert cli.main(["run", "UGA", "--quiet", "--output", place]) == 0
    assert (Path(place) / "manifest.json").is_file()


def test_a_current_folder_that_is_gone_is_named(tmp_path, monkeypatch, capsys):
    """It said "No such file or directory", of nothing."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert cli.main(["run", "TON", "--quiet"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ewcm: the current folder is not there any more") and said.count("\n") == 1
    monkeypatch.chdir(tmp_path)


BROKEN = {
    "new\nline": "control character",
    "tab\t": "control character",
    "x" * 300: "File name too long",
    "x" * 245: "File name too long",
    os.fsdecode(b"by\xfftes"): "not UTF-8 text",
}


@pytest.mark.parametrize("name", BROKEN, ids=range(len(BROKEN)))
def test_names_that_cannot_be_are_refused_before_the_work(folder, monkeypatch, capsys, name):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("ewcm.inputs.read.load", lambda inputs: pytest.fail("the work has begun"))
    assert cli.main(["run", "UGA", "--quiet", "--output", f"broken/{name}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ewcm: ") and said.count("\n") == 1 and BROKEN[name] in said
    assert cli.main(["check", "UGA", "--inputs", f"broken/{name}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ewcm: ") and said.count("\n") == 1


@pytest.mark.parametrize("name", ["new\nline/maps", os.fsdecode(b"by\xfftes")], ids=range(2))
def test_a_batch_is_refused_before_the_work(folder, name):
    with pytest.raises(BatchError, match=r"(control character|not UTF-8)"):
        run_batch(["UGA"], inputs=folder / "data", output=folder / name, scheduler="tcp://127.0.0.1:1")


def test_the_report_is_tried_before_the_work(folder, tmp_path):
    (tmp_path / "file").write_text("")
    for report in (tmp_path, tmp_path / "none" / "report.json", tmp_path / "file" / "report.json"):
        with pytest.raises(BatchError, match="the report cannot be written"):
            run_batch(["UGA"], inputs=folder / "data", output=tmp_path / "maps", report=report)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("kind", ["input", "link", "pipe", "device"])
def test_the_report_takes_the_place_of_an_earlier_report_only(folder, tmp_path, kind):
    """It replaced whatever was named: a list of sites, a pipe, the device that discards."""
    report, mine = tmp_path / "report.json", tmp_path / "sites.csv"
    mine.write_text("site_id,lat,lon\n")
    if kind == "input":
        report = mine
    elif kind == "link":
        report.symlink_to(mine)
    elif kind == "pipe":
        os.mkfifo(report)
    else:
        report = Path(os.devnull)
    with pytest.raises(BatchError, match="is not the report of a batch"):
        run_batch(
            ["UGA"], inputs=folder / "data", output=tmp_path / "maps", report=report, scheduler="tcp://127.0.0.1:1"
        )
    assert mine.read_text() == "site_id,lat,lon\n"
    assert not report.is_file() or report == mine or report.is_symlink()


def test_no_device_and_no_pipe_is_ever_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        write_atomically(tmp_path / "pipe", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"] and not (tmp_path / "pipe").is_file()
    (tmp_path / "null").symlink_to(os.devnull)
    with pytest.raises(OSError, match="no regular file"):
        write_atomically(tmp_path / "null", b"x")
    assert (tmp_path / "null").is_char_device() and len(list(tmp_path.iterdir())) == 2


def _refused(path: Path) -> None:
    """What the commands say of a place where a pipe has the name of the file that tells whose the place is."""
    with pytest.raises(PublishError, match="choose another"):
        if path.name == "reach.json":
            alert_files.check_place(path.parent)
        elif path.name == "compare.json":
            compare.check_place(path.parent)
        else:
            replace_folder(path.parent, [path.name], path.name, "an answer", lambda fresh: None)


@pytest.mark.parametrize("name", ["plan.json", "reach.json", "compare.json"])
def test_a_pipe_under_the_name_of_an_answer_is_not_waited_for(tmp_path, name):
    """``plan``, ``loss``, ``brief``, ``alert`` and ``compare`` waited for ever for what somebody might write into it."""
    os.mkfifo(tmp_path / name)
    _refused(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    _refused(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["fetched.json", "inputs.toml"])
def test_a_pipe_under_the_name_of_the_ledger_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    ledger = Ledger.read(tmp_path)
    assert ledger.products == []
    if name == "inputs.toml":
        with pytest.raises(InputError, match=r"inputs\.toml: cannot be read"):
            write_inputs(ledger, "UGA")
    assert [path.name for path in tmp_path.iterdir()] == [name]


LEARN = {
    "people": ["--units", "none.geojson", "--totals", "none.csv"],
    "propagation": ["none.csv"],
    "coverage": [],
}


@pytest.mark.parametrize("kind", LEARN)
def test_what_is_learnt_takes_no_file_of_somebody_else(tmp_path, capsys, kind):
    """``--output`` with the folder of inputs would have replaced the raster of people itself."""
    names = learnt.FILES[kind]
    for name in names[1:]:
        (tmp_path / name).write_text("mine")
    assert cli.main(["learn", kind, "UGA", *LEARN[kind], "--output", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"holds a {names[1]} that ewcm learn has not written" in said and said.count("\n") == 1
    (tmp_path / names[0]).write_text('{"mine": true}')
    assert learnt.foreign_file(tmp_path, kind)
    assert all((tmp_path / name).read_text() == "mine" for name in names[1:])
    (tmp_path / names[0]).write_text(json.dumps({"card": 1, "kind": kind}))
    assert not learnt.foreign_file(tmp_path, kind)


@pytest.mark.parametrize("country", ["\ud800", "a\nb", "U" * 100_000, ""])
def test_a_code_that_is_none_is_one_line(capsys, country):
    assert cli.main(["run", country]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and len(said) < 2000


def test_half_of_a_pair_in_the_ledger_is_a_damaged_ledger(tmp_path):
    """It ended in a traceback of UnicodeEncodeError."""
    product = {
        "layer": "population", "source": "s", "variant": "", "absent": [], "notes": [],
        "tables": [{"path": "\ud800"}], "files": [],
    }  # fmt: skip
    (tmp_path / "fetched.json").write_text(json.dumps({"products": [product]}))
    ledger = Ledger.read(tmp_path)
    assert ledger.products == []
    assert write_inputs(ledger, "UGA") == ()


def test_no_memory_left_is_one_line(monkeypatch, capsys):
    """It was a traceback of the library that had asked for more."""

    def hungry(options):
        raise MemoryError("Unable to allocate 4.49 MiB for an array with shape (664, 886)")

    monkeypatch.setattr(cli, "_countries", hungry)
    assert cli.main(["countries"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ewcm: no memory left (Unable to allocate 4.49 MiB") and said.count("\n") == 1
