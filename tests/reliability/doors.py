"""The doors through which files come in, by name, and a process that opens them under limits.

Run as ``python -m tests.reliability.doors`` it reads one JSON request a line (``{"door": …, "path": …}``) and answers each
with one line: what became of it. A reader that crashes takes down that process, not the tests.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

#: Memory [bytes] that the process may take beyond what its imports took.
MEMORY_BYTES = 2 << 30

#: Longest time [s] that one file may take: far above what any good file of these tests needs.
PATIENCE_S = 60.0

#: How a file can end: it was read, or refused with one line. Everything else is a fault.
READ, REFUSED, FAULT, DIED, HUNG = "read", "refused", "fault", "died", "hung"


@dataclass(frozen=True)
class Answer:
    """What became of one file. ``text``: the message of a refusal, the traceback of a fault. ``seconds``: of the processor."""

    outcome: str
    text: str = ""
    peak_bytes: int = 0
    seconds: float = 0.0

    @property
    def fine(self) -> bool:
        return self.outcome in (READ, REFUSED)


class Doors:
    """A process that opens files on request. It is started when first asked, and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._empty = tempfile.TemporaryDirectory(prefix="ewcm-doors-")

    @property
    def folder(self) -> Path:
        """The process's working folder, empty unless somebody wrote into it."""
        return Path(self._empty.name)

    def ask(self, door: str, path: Path, patience_s: float = PATIENCE_S) -> Answer:
        """Open ``path`` through a door."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({"door": door, "path": os.fspath(path)}) + "\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(patience_s):
                self.close()
                return Answer(HUNG, f"{door}: no answer in {patience_s:g} s")
        line = process.stdout.readline()
        if not line:
            status = process.wait()
            self.close()
            return Answer(DIED, f"{door}: the process ended with status {status}")
        return Answer(**json.loads(line))

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.reliability.doors"],
                cwd=self.folder,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "kernels"))),
                    "NUMBA_NUM_THREADS": "1",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert self._process.stdout is not None
            assert self._process.stdout.readline() == "ready\n", "the process did not start"
        return self._process


# --- in the process ----------------------------------------------------------------------------------------------------


def _doors() -> dict[str, Callable[[Path], object]]:
    import numpy as np
    from affine import Affine
    from odc.geo.geobox import GeoBox

    from ewcm import pipeline
    from ewcm.analysis.hazard_shares import HazardShares
    from ewcm.core.record import Meta
    from ewcm.countries import country
    from ewcm.fetch.ledger import Ledger, write_inputs
    from ewcm.inputs.check import describe
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.outlook import outlook
    from ewcm.inputs.read import load
    from ewcm.sources.alert_channels import read_channels
    from ewcm.sources.alert_files import read_alerts
    from ewcm.sources.boundaries import read_boundaries
    from ewcm.sources.cells import read_cells
    from ewcm.sources.coverage_maps import read_declared
    from ewcm.sources.coverage_truth import read_truth
    from ewcm.sources.hazards import read_hazard
    from ewcm.sources.loss_files import read_stated
    from ewcm.sources.measurements import read_measurements
    from ewcm.sources.places import read_places
    from ewcm.sources.points import read_points
    from ewcm.sources.population import read_population
    from ewcm.sources.population_points import read_population_points
    from ewcm.sources.site_lists import read_sites
    from ewcm.sources.terrain import open_terrain
    from ewcm.sources.totals import read_units
    from tests.sources.files import NORTH, WEST

    uganda = country("UGA")

    def terrain(path: Path) -> object:
        found = open_terrain([path], True, Meta())
        return found.window(31.005, 1.985, 31.015, 1.995), found.window(32.1, 0.1, 32.11, 0.11)

    def hazard(kind: str, **stated: object) -> Callable[[Path], object]:
        def opened(path: Path) -> object:
            grid = GeoBox((12, 12), Affine(1 / 60, 0, WEST, 0, -1 / 60, NORTH), "EPSG:4326")
            maps = read_hazard(path, kind, grid, **stated)
            shares = HazardShares(maps, np.ones(grid.shape, np.float32), grid)
            return [shares.exposed(number, 0, slice(0, 12)) for number in range(len(maps))]

        return opened

    def check(path: Path) -> str:
        inputs = find_inputs(uganda, path.parent)
        data = load(inputs)
        return describe(data, inputs, outlook(data, inputs))

    def run(path: Path) -> object:
        inputs = find_inputs(uganda, path.parent)
        return pipeline.run(load(inputs), inputs.settings)

    return {
        "population": lambda path: read_population(path, uganda),
        "population with a CRS": lambda path: read_population(path, uganda, crs="EPSG:4326"),
        "people as points": lambda path: read_population_points(path, uganda),
        "cells": lambda path: read_cells(path, uganda),
        "sites": lambda path: read_sites(path, uganda),
        "coverage": lambda path: read_declared(path, "4G", uganda),
        "terrain": terrain,
        "boundaries": lambda path: read_boundaries(path, 1, uganda),
        "places": lambda path: read_places(path, uganda),
        "alert": read_alerts,
        "channels": read_channels,
        "measurements": lambda path: read_measurements(path, uganda),
        "places of known coverage": lambda path: read_truth(path, uganda, "heard"),
        "totals": lambda path: read_units(path.with_name("units.geojson"), uganda, totals=path, layer="units"),
        "what operators state": read_stated,
        "candidates": lambda path: read_points(path, uganda, role="candidates"),
        "flood": hazard("flood"),
        "earthquake": hazard("earthquake"),
        "wind": hazard("wind"),
        "inputs": lambda path: find_inputs(uganda, path.parent),
        "check": check,
        "run": run,
        "ledger": lambda path: write_inputs(Ledger.read(path.parent), "UGA"),
    }


def _answer(open_door: Callable[[Path], object], path: Path) -> Answer:
    from ewcm.errors import EwcmError

    begun = time.process_time()
    try:
        open_door(path)
        outcome, text = READ, ""
    except EwcmError as error:
        outcome, text = REFUSED, str(error)
    except Exception:
        outcome, text = FAULT, traceback.format_exc()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Answer(outcome, text, peak, time.process_time() - begun)


def main() -> None:
    """Serve until the input ends."""
    doors = _doors()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_BYTES, taken + MEMORY_BYTES))
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(vars(_answer(doors[request["door"]], Path(request["path"])))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
