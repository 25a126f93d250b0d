"""A reader of text under a fuzzer that watches its branches: only errors meant for users may come out.

Each reader has a test file of its own (``test_fuzz_….py``), so that testers share them out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

#: The limit of memory counts the most that a process ever had, in which the system counts what its parent had: that of a tester
#: which has computed a country of the size of Sudan. The parent is a shell here.
_OF_ITS_OWN = ("sh", "-c", '"$@"; exit $?', "sh")

#: Seconds a reader.
SECONDS = 300


def fuzz(target: str, folder: Path) -> None:
    """Run the fuzzer on one of the readers of :mod:`tests.reliability.fuzz`; skips where there is none."""
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python or machine")
    limits = [f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=4096", "-verbosity=0"]
    done = subprocess.run(
        [*_OF_ITS_OWN, sys.executable, "-m", "tests.reliability.fuzz", target, str(folder), *limits],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "kernels"))), "NUMBA_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS + 600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not [path.name for path in folder.iterdir() if path.name.startswith(("crash-", "timeout-", "oom-", "leak-"))]
