"""The command line in processes that begin with the engine imported, so that many of them can be killed in little time.

Run as ``python -m tests.reliability.forked`` it reads one JSON list of arguments a line, runs ``ewcm`` with them in a process of
its own, answers with the number of that process at once, and with its exit status (below 0: the signal) when it has ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT

#: An answer takes seconds; on a machine with much else to do minutes [s].
PATIENCE_S = 240


#: Variables with which no library starts threads. They would be missing in a process that begins as a copy of another one, and
#: what they had locked would stay locked there.
ONE_THREAD = dict.fromkeys(("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GDAL_NUM_THREADS"), "1")


class Commands:
    """Starts commands of ``ewcm`` in a folder, one after the other."""

    def __init__(self, folder: Path) -> None:
        path = os.pathsep.join((str(ROOT), str(ROOT / "kernels")))
        self._log = (folder / "log.txt").open("w+")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.forked"],
            cwd=folder,
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def start(self, *arguments: str) -> int:
        """Begin a command; the number of its process."""
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(arguments) + "\n")
        self._server.stdin.flush()
        return self._answer()

    def end(self, pid: int, after_s: float | None = None, number: int = signal.SIGKILL) -> int:
        """Wait until a command has ended; its exit status. ``after_s``: send it a signal after so many seconds."""
        if after_s is not None:
            time.sleep(after_s)
            # The server takes note of the end only when it is told to, so that the number is nobody else's until then.
            os.kill(pid, number)
        assert self._server.stdin is not None
        self._server.stdin.write("\n")
        self._server.stdin.flush()
        return self._answer()

    def said(self) -> str:
        """What the commands have said."""
        self._log.seek(0)
        return self._log.read()

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()
        self._log.close()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line, self.said()
        return int(line)


def copied() -> int:
    """As ``os.fork``, of a process that has one thread only."""
    threads = [thread.name for thread in Path("/proc/self/task").iterdir()]
    assert len(threads) == 1, f"{len(threads) - 1} threads of libraries would be missing in the copy"
    return os.fork()


def main() -> None:
    """Serve until the input ends."""
    import ewcm.api
    import ewcm.cli
    import ewcm.pipeline
    import ewcm.report.overview
    import ewcm.report.publish
    import ewcm.report.webmap.map

    assert ewcm.api and ewcm.pipeline and ewcm.report  # imported for the processes to come
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        child = copied()
        if not child:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os._exit(_run(json.loads(line)))
        print(child, file=answers, flush=True)
        sys.stdin.readline()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)


def _run(arguments: list[str]) -> int:
    from ewcm import cli

    try:
        return cli.main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    main()
