"""A whole country, as a process of its own: Uganda with its real population and cells, every output written."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.row import Row
from tests.conftest import TEST_DATA

#: Real country data.
REAL = TEST_DATA / "real"


def make_uganda(*, cold: bool) -> None:
    """``ewcm run UGA``; ``cold``: the first time on a machine, with no kernel compiled yet."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder} if cold else None
        command = [sys.executable, "-m", "ewcm", "run", "UGA", "--inputs", str(REAL / "UGA")]
        subprocess.run(
            [*command, "--output", str(Path(folder) / "maps")], check=True, capture_output=True, env=environment
        )


def rows(scale: float) -> Iterator[Row]:
    """``scale`` does not bear on a country; nothing is timed where the real data are not at hand."""
    if not (REAL / "UGA").is_dir():
        print(f"Uganda: not timed, there is no {REAL / 'UGA'}\n")
        return
    for state, most_s in (("warm", 10.0), ("cold", 25.0)):
        yield Row(
            f"Uganda, 42,238 cells, all outputs, {state}",
            lambda state=state: make_uganda(cold=state == "cold"),  # type: ignore[misc]
            {},
            most_s=most_s,
        )
