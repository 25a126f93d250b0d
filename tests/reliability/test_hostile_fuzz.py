"""The readers of text under a fuzzer that watches their branches: only errors meant for users may come out."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytest.importorskip("atheris", reason="atheris has no wheel for this Python or machine")

#: Seconds a reader, and the readers: the quick form shows that the fuzzer works, with the one that is most used.
LONG = bool(os.environ.get("EWCM_LONG"))
SECONDS = 300 if LONG else 3
TARGETS = ["cells", "inputs", "sites", "places", "official"][: 5 if LONG else 1]


@pytest.mark.parametrize("target", TARGETS)
def test_a_fuzzer_finds_nothing(target, tmp_path):
    limits = [f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=4096", "-verbosity=0"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.fuzz", target, str(tmp_path), *limits],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "kernels"))), "NUMBA_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS + 600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not [
        path.name for path in tmp_path.iterdir() if path.name.startswith(("crash-", "timeout-", "oom-", "leak-"))
    ]
