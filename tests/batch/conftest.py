"""Clusters and countries that the tests of the batch share."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from ewcm.batch import run_batch
from ewcm.batch.cluster import NO_SELF_PROFILING
from tests.batch.made import make_country

COUNTRIES = ("UGA", "SOM", "NPL", "HTI")

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """Address of a scheduler with two workers in this very process: quick to start, and open to monkeypatching."""
    with (
        dask.config.set(NO_SELF_PROFILING),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=None
        ) as cluster,
    ):
        yield cluster.scheduler_address


def shared(tmp_path_factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], None]) -> Path:
    """A folder for all testers of a run: the first that asks fills it, the others wait. Nobody may change it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not lock.read():
            fill(folder)
            lock.write("filled")
    return folder


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of four countries. Tests that change inputs make their own."""

    def fill(root: Path) -> None:
        for iso3 in COUNTRIES:
            make_country(root, iso3)

    return shared(tmp_path_factory, "inputs", fill)


@pytest.fixture(scope="session")
def undisturbed(inputs: Path, scheduler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a batch that nobody disturbs leaves behind."""

    def fill(output: Path) -> None:
        report = run_batch(COUNTRIES, inputs=inputs, output=output, scheduler=scheduler)
        assert report.exit_code == 0, report.to_json()

    return shared(tmp_path_factory, "undisturbed", fill)


def start(
    *arguments: str, cwd: Path, before: Callable[[], None] | None = None, **environment: str
) -> subprocess.Popen[str]:
    """A process of this Python with the engine in reach, its words kept."""
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "kernels")])
    # A file, not a pipe: workers that outlive a killed batch would keep a pipe open.
    log = (cwd / "log.txt").open("a+")
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
            **environment,
        },
        stdout=log,
        stderr=log,
        text=True,
        preexec_fn=before,
    )
    process.log = cwd / "log.txt"
    return process


def said(cwd: Path) -> str:
    """What the processes started in a folder have said."""
    return (cwd / "log.txt").read_text()
