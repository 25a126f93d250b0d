"""The same answer on every machine: however many threads, compiled or not."""

import json
import os
import subprocess
import sys

import pytest


def answers(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.answers", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """What a process with compiled kernels and up to eight threads finds."""
    return answers(tmp_path_factory.mktemp("compiled"), "whole", "threads", NUMBA_NUM_THREADS="8")


def test_tables_are_the_same_bytes_for_1_2_and_8_threads(compiled):
    found = compiled["threads"]
    assert set(found["1"]) == {"areas.csv", "coldspots.csv", "coldspot_areas.csv", "next_sites.csv", "summary.json"}
    assert found["1"] == found["2"] == found["8"]


def numbers(value):
    """Every number in nested lists and tables, in order."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in numbers(part)]
    return [value] if isinstance(value, int | float) else []


def test_compiled_and_interpreted_kernels_agree_from_inputs_to_figures(compiled, tmp_path):
    figures = compiled["whole"]
    interpreted = answers(tmp_path, "whole", NUMBA_DISABLE_JIT="1")["whole"]
    assert figures["terrain"]["services"]["3G"]["model"] == "p1812"
    assert figures["circles"]["services"]["3G"]["model"] == "radius"
    for name in figures:
        ours, theirs = numbers(figures[name]), numbers(interpreted[name])
        assert len(ours) == len(theirs) > 100
        # The compiler may add in another order; a received level that falls on a half step may fall to the other side.
        assert ours == pytest.approx(theirs, rel=1e-3 if name == "terrain" else 1e-9, abs=1e-6, nan_ok=True)
