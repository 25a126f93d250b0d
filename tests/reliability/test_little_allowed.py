"""A user who may do little: no home to write to, no cache, an installation that belongs to somebody else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.batch.made import hashes, make_country

#: Makes a process of root one that is asked for its rights like anybody else.
ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all")


@pytest.fixture
def ordinary() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    if shutil.which(ORDINARY[0]) is None:
        pytest.skip("root may write everywhere, and there is no setpriv to change that")
    return ORDINARY


@pytest.mark.parametrize("cache", [True, pytest.param(False, marks=pytest.mark.long)])  # without: a minute of compiling
def test_a_country_is_made_without_a_home_to_write_to(cache, ordinary, tmp_path):
    data = make_country(tmp_path / "data", "UGA", rows=20, cols=24)
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    for path in (*data.iterdir(), data, data.parent):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = hashes(data)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MPL", "NUMBA_CACHE"))}
    done = subprocess.run(
        [*ordinary, sys.executable, "-m", "ewcm", "run", "UGA", "--output", str(tmp_path / "maps" / "UGA")],
        cwd=tmp_path,
        env={
            **kept,
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({} if cache else {"NUMBA_CACHE_DIR": os.devnull}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "Matplotlib" not in done.stderr and "rror" not in done.stderr, done.stderr
    assert (tmp_path / "maps" / "UGA" / "index.html").is_file()
    assert hashes(data) == before and not list(home.iterdir())


def test_a_place_that_nobody_may_write_to_is_one_line(ordinary, tmp_path):
    locked = tmp_path / "maps"
    locked.mkdir(mode=0o555)
    done = subprocess.run(
        [*ordinary, sys.executable, "-m", "ewcm", "run", "TON", "--output", str(locked / "TON")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2) and done.stderr.startswith("ewcm: ") and done.stderr.count("\n") == 1, done.stderr
    assert "maps" in done.stderr
