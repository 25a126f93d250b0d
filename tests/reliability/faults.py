"""A process that publishes a country in a batch's place, in which one file-system call fails, or is its last.

Run as ``python -m tests.reliability.faults PLACE`` it reads one JSON request a line (``{"call": 7, "kind": "fail"}``), does the
whole in a process of its own, and answers with one line: how many calls there were, which one it was, and how it ended. Calls
are those that Python makes below PLACE or beside it (its audit events, and each time something is brought to disk).
"""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.reliability.forked import ONE_THREAD, copied

FAIL, KILL, NOTHING = "fail", "kill", "nothing"

#: Audit events of Python that are calls of the file system, and the country that is published.
EVENTS = (
    "open", "os.chmod", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir", "os.symlink",
    "os.truncate", "os.utime", "fcntl.flock", "fcntl.lockf",
)  # fmt: skip
ISO3 = "UGA"

#: An answer takes a second; on a machine with much else to do a minute [s].
PATIENCE_S = 180


@dataclass(frozen=True)
class Outcome:
    """``calls``: how many were made; ``call``: the one that failed, in words; ``error``: one line, or a traceback; ``killed``."""

    calls: int
    call: str
    error: str
    known: bool
    killed: bool


class Publisher:
    """The process, started when first asked."""

    def __init__(self, place: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.faults", str(place)],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "kernels"))),
                **ONE_THREAD,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, kind: str, call: int = 0, version: int = 0) -> Outcome:
        """Publish the country of one ``version`` of its data; the call number ``call`` fails or is the last."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"kind": kind, "call": call, "version": version}) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], PATIENCE_S)[0]:
            raise TimeoutError(f"no answer within {PATIENCE_S} s: {kind} at call {call}")
        return Outcome(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


# --- in the process ----------------------------------------------------------------------------------------------------


class _Faults:
    """Counts calls, and makes one of them fail."""

    def __init__(self, place: Path, kind: str, call: int) -> None:
        self._place, self._kind, self._call = str(place), kind, call
        self.calls, self.said, self.on = 0, "", True

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and event in EVENTS and (event.startswith("fcntl") or self._concerns(arguments)):
            self.happen(f"{event} {arguments[:2]}")

    def happen(self, what: str) -> None:
        self.calls += 1
        if self.calls != self._call:
            return
        self.said = what
        if self._kind == KILL:
            self.report("", known=True, killed=True)
            os._exit(0)
        if self._kind == FAIL:
            raise OSError(errno.EIO, os.strerror(errno.EIO), self._place)

    def report(self, error: str, *, known: bool, killed: bool = False) -> None:
        self.on = False
        answer = {"calls": self.calls, "call": self.said, "error": error, "known": known, "killed": killed}
        os.write(1, (json.dumps(answer) + "\n").encode())

    def _concerns(self, arguments: tuple[Any, ...]) -> bool:
        return any(
            os.fsdecode(one).startswith(self._place) for one in arguments if isinstance(one, str | bytes | os.PathLike)
        )


def _publish(results: list[Any], place: Path, request: dict[str, Any]) -> None:
    from ewcm.batch import lock
    from ewcm.batch.atlas import publish_atlas
    from ewcm.batch.store import open_store
    from ewcm.errors import EwcmError

    faults = _Faults(place, request["kind"], request["call"])
    to_disk = os.fsync

    def fsync(handle: int) -> None:
        if faults.on:
            faults.happen("fsync")
        to_disk(handle)

    os.fsync = fsync
    sys.addaudithook(faults.audit)
    try:
        store = open_store(place)
        with store.hold(lock.holder("test", "2026-01-02T03:04:05+00:00")):
            store.sweep()
            try:
                store.publish(results[request["version"]], ISO3, f"fingerprint {request['version']}")
            finally:
                publish_atlas(store, store.failures())
                store.sweep()
    except EwcmError as error:
        faults.report(str(error), known=True)
    except OSError as error:
        faults.report(f"{type(error).__name__}: {error}", known=True)
    except BaseException as error:
        faults.report(repr(error), known=False)
    else:
        faults.report("", known=True)


def main(place: Path) -> None:
    """Serve until the input ends."""
    from ewcm.batch import lock
    from ewcm.batch.atlas import publish_atlas
    from ewcm.batch.store import open_store
    from tests.report.make_result import made_result

    results = []
    for made in (made_result(rows=24, cols=32), made_result(rows=24, cols=40)):
        data = replace(made.data, country=replace(made.data.country, iso3=ISO3))
        results.append(replace(made, data=data))
    with tempfile.TemporaryDirectory() as elsewhere:  # modules that are imported late, for all the processes to come
        store = open_store(Path(elsewhere))
        with store.hold(lock.holder("warm", "")):
            store.publish(results[0], ISO3, "")
            publish_atlas(store, store.failures())
    for line in sys.stdin:
        child = copied()
        if not child:
            faulthandler.dump_traceback_later(0.9 * PATIENCE_S, exit=True)  # says where it waits
            try:
                _publish(results, place, json.loads(line))
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
