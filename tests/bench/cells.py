"""A large export of cells, read by a process of its own: its time and its most memory are what is asked of it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench.row import Row

#: Rows written at once.
_PIECE = 200_000

HEADER = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"

#: What the process runs: it prints its most memory [bytes], beyond its imports and in all.
_READ = """
import sys
from pathlib import Path
from ewcm.countries import country
from ewcm.sources.cells import read_cells
def most():  # of this program; what getrusage says is also of the process that started it
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
before = most()
sites = read_cells(Path(sys.argv[1]), country("UGA"))
print(most() - before, most(), len(sites.table))
"""


def write_export(path: Path, rows: int) -> Path:
    """An export of cells that all stand at places of their own, a few of them of no use; the same for the same ``rows``."""
    random = np.random.default_rng(1)
    with path.open("w", encoding="ascii") as stream:
        stream.write(HEADER + "\n")
        for first in range(0, rows, _PIECE):
            count = min(_PIECE, rows - first)
            columns = (
                random.choice(["GSM", "UMTS", "LTE", "NR", "CDMA"], count, p=[0.3, 0.25, 0.4, 0.04, 0.01]),
                np.where(random.random(count) < 0.95, 641, 639),
                random.choice([1, 10, 11, 14, 22], count),
                random.integers(1, 60_000, count),
                random.integers(1, 2**27, count),
                random.uniform(29.6, 35, count),
                random.uniform(-1.4, 4.2, count),
                random.integers(1_400_000_000, 1_730_000_000, count),
            )
            stream.writelines(
                f"{radio},{mcc},{net},{area},{number},0,{lon:.6f},{lat:.6f},1000,5,1,1370813385,{updated},0\n"
                for radio, mcc, net, area, number, lon, lat, updated in zip(*(c.tolist() for c in columns), strict=True)
            )
    return path


def read_apart(path: Path) -> tuple[int, int, int]:
    """The most memory [bytes] of a process that reads an export, beyond its imports and in all, and the rows of its sites."""
    done = subprocess.run([sys.executable, "-c", _READ, os.fspath(path)], check=True, capture_output=True, text=True)
    beyond, in_all, sites = map(int, done.stdout.split())
    return beyond, in_all, sites


def rows(scale: float) -> Iterator[Row]:
    """10⁷ rows at full scale: 120 s, 4 GiB."""
    count = max(1000, round(10_000_000 * scale))
    with tempfile.TemporaryDirectory() as folder:
        path = write_export(Path(folder) / "cells.csv", count)
        taken: list[int] = []

        def read() -> int:
            _, in_all, sites = read_apart(path)
            taken.append(in_all)
            return sites

        def note() -> str:
            met = "met" if max(taken) <= 4 * 2**30 else "NOT MET"
            return f"at most {max(taken) / 2**30:.2f} GiB; budget: 4 GiB at full scale: {met}"

        yield Row(f"cells: an export of {count:,} rows", read, {}, note=note, most_s=120.0)
