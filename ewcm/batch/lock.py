"""One batch at a time on one place of results."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ewcm.core.files import lock_open_file
from ewcm.core.machine import running_machine
from ewcm.errors import BatchError


def holder(batch: str, started: str) -> dict[str, object]:
    """Who holds a lock: the batch, its process, its host and since when."""
    return {
        "batch": batch,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "started": started,
        "process": _birth(os.getpid()),
    }


#: What the holder of a lock is told by.
_KEYS = {"batch", "pid", "host"}


def contents_of(text: str) -> dict[str, object]:
    """The holder written in a lock; empty when nobody is, and where the text is no lock of the engine's."""
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.keys() >= _KEYS else {}


def refusal(place: str, held: dict[str, object], mend: str) -> BatchError:
    """The error of the one who comes second."""
    who = f"process {held.get('pid')} on {held.get('host')} since {held.get('started')}" if held else "another process"
    return BatchError(f"{place}: another batch is writing here ({who}); {mend}")


def is_stale(held: dict[str, object]) -> bool:
    """Whether the holder was a process of this host that is no more. Of another host nothing can be known."""
    if held.get("host") != socket.gethostname():
        return False
    birth = _birth(int(str(held.get("pid", 0))))
    return birth is None or birth != held.get("process")


@contextmanager
def file_lock(path: Path, me: dict[str, object]) -> Iterator[None]:
    """Hold the lock file ``path``. The operating system gives it back when the process ends, however it ends.

    The file stays, empty: a lock file that is removed could be locked twice.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):  # a pipe would be waited for
        raise BatchError(f"{path}: is not a lock of ewcm; move it away, or give --output another place")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise BatchError(f"{path}: cannot be written ({error.strerror}); give --output another place") from None
    with os.fdopen(descriptor, "r+", encoding="utf-8", errors="replace") as file:
        try:
            free = lock_open_file(file.fileno())
        except OSError as error:
            raise BatchError(
                f"{path}: the file system cannot lock files ({error.strerror}); put the results on another"
            ) from None
        if not free:
            raise refusal(
                str(path.parent.parent), contents_of(file.read()), "wait for its end, or give --output another place"
            )
        held = file.read()
        if held.strip() and not contents_of(held):
            raise BatchError(f"{path}: is not a lock of ewcm; move it away, or give --output another place")
        try:
            try:
                _rewrite(file.fileno(), json.dumps(me))
            except OSError as error:
                raise BatchError(f"{path}: cannot be written ({error.strerror}); free some space") from None
            yield
        finally:
            _rewrite(file.fileno(), "")


def _rewrite(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())


def _birth(pid: int) -> str | None:
    """What tells a process from a later one of the same number: the machine as it runs and the start of the process. None where
    there is no such process.

    On Linux the start is a clock tick since the boot (proc(5)), which does not change when the clock of the day is set.
    """
    try:
        start: object = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        try:
            start = psutil.Process(pid).create_time()
        except (psutil.NoSuchProcess, ValueError):
            return None
    return f"{running_machine()}/{start}"
