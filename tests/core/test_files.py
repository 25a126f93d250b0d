"""Atomic writes, exchange of folders, locks."""

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ewcm.core import files
from ewcm.core.files import LockHeldError, exchange, lock_open_file, only_one, replacing, write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "a.json"
    for content in (b"first", b"second"):
        write_atomically(target, content)
        assert target.read_bytes() == content
    assert names(tmp_path) == ["a.json"]


def test_what_a_killed_process_left_of_a_small_file_goes_when_nobody_can_be_writing_it(tmp_path):
    old, new = ".a.json.0123abcd.part", ".a.json.89abcdef.part"
    others = [
        ".b.json.0123abcd.part",
        ".a.json.part",
        "a.json.0123abcd.part",
        ".a.json.notes.part",
        ".a.json.0123abcd.part.txt",
    ]
    for name in (old, new, *others):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / ".a.json.00000000.part").symlink_to(tmp_path / "elsewhere")
    for name in (old, *others):
        os.utime(tmp_path / name, (0, 0))
    write_atomically(tmp_path / "a.json", b"whole")
    assert names(tmp_path) == sorted(["a.json", new, *others, ".a.json.00000000.part"])


def test_a_file_has_the_mode_that_any_new_file_has(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a") as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert (tmp_path / "a").read_text() == "old" and names(tmp_path) == ["a"]


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    with replacing(tmp_path / "a") as first, replacing(tmp_path / "a") as second:
        first.write_text("1")
        second.write_text("2")
    assert (tmp_path / "a").read_text() == "1" and names(tmp_path) == ["a"]


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "file").write_text(text)
    return path


@pytest.mark.parametrize("can_exchange", [True, False])
def test_folders_are_exchanged(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(files, "_exchange_names", lambda *_: False)
    fresh, old = folder(tmp_path / "fresh", "new"), folder(tmp_path / "place", "old")
    exchange(fresh, old)
    assert (old / "file").read_text() == "new" and (fresh / "file").read_text() == "old"
    assert names(tmp_path) == ["fresh", "place"]


def test_a_folder_comes_where_none_was(tmp_path):
    exchange(folder(tmp_path / "fresh", "new"), tmp_path / "place")
    assert names(tmp_path) == ["place"]


def test_a_lock_refuses_the_second_and_leaves_no_file(tmp_path):
    with only_one(tmp_path / "lock", 0.0), pytest.raises(LockHeldError), only_one(tmp_path / "lock", 0.1):
        pass
    assert names(tmp_path) == []
    with only_one(tmp_path / "lock", 0.0):
        pass


def test_the_second_waits_for_the_first(tmp_path):
    inside, order = threading.Event(), []

    def first():
        with only_one(tmp_path / "lock", 0.0):
            inside.set()
            second_waits.wait(30)
            order.append("first")

    second_waits = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(30)
    second_waits.set()
    with only_one(tmp_path / "lock", 60.0):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def count(path: Path, times: int) -> None:
    """Read, add, write: lost counts show that two were inside at once."""
    for _ in range(times):
        with only_one(path.with_name("lock"), 120.0):
            number = int(path.read_text())
            path.write_text(str(number + 1))


def test_never_two_at_once(tmp_path):
    counter = tmp_path / "count"
    counter.write_text("0")
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=count, args=(counter, 25)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counter.read_text() == "75" and names(tmp_path) == ["count"]


def test_a_killed_process_leaves_no_lock_that_blocks(tmp_path):
    code = (
        "import os, pathlib, signal, sys; from ewcm.core.files import only_one\n"
        "with only_one(pathlib.Path(sys.argv[1]), 0.0): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], check=False)
    assert names(tmp_path) == ["lock"]
    with only_one(tmp_path / "lock", 0.0):
        pass
    assert names(tmp_path) == []


def test_an_open_file_is_locked_until_it_is_closed(tmp_path):
    with (tmp_path / "a").open("ab") as first, (tmp_path / "a").open("ab") as second:
        assert lock_open_file(first.fileno())
        assert not lock_open_file(second.fileno())
        first.close()
        assert lock_open_file(second.fileno())


def test_no_module_of_one_system_is_needed_to_import():
    """macOS has no renameat2, Windows neither fcntl nor a libc to ask."""
    code = (
        "import sys; sys.modules['fcntl'] = sys.modules['ctypes'] = None; import ewcm.core.files; "
        "sys.exit('filelock' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
