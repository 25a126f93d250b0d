"""kill -9 for real: the batch, its workers, its scheduler. After a resume nothing tells that it ever happened."""

from __future__ import annotations

import contextlib
import json
import random
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from dask.system import CPU_COUNT

from ewcm.batch import run_batch
from tests.batch.conftest import COUNTRIES, said, start
from tests.batch.made import hashes

#: A batch says something more often than this [s], even on a machine with much else to do.
PATIENCE_S = 240

#: In the long form a batch is killed, started again, killed again: so often for each seed; and so many workers of one batch.
BATCH_KILLS, WORKER_KILLS = 5, 3


def long(seeds: int, *more: object) -> list[object]:
    """Cases of the long form: a seed and what else."""
    return [pytest.param(seed, *more, id=str(seed), marks=pytest.mark.long) for seed in range(1, seeds + 1)]


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that a test starts and that end with it."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        family = [*children(process), process] if process.poll() is None else []
        for member in family:
            member.kill()
        process.wait(PATIENCE_S)


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Worker processes that a batch has started (and not the helpers of multiprocessing)."""
    found = []
    for child in children(process):
        try:
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(what, process: subprocess.Popen[str]):
    """Wait until ``what()`` is true or the process has ended, as long as the processes of its folder go on to say something."""
    words, since = -1, time.monotonic()
    while time.monotonic() < since + PATIENCE_S:
        if found := what():
            return found
        if process.poll() is not None:
            return None
        if (now := process.log.stat().st_size) != words:
            words, since = now, time.monotonic()
        time.sleep(0.02)
    raise AssertionError(f"waited too long: {process.log.read_text()}")


def end_of(process: subprocess.Popen[str]) -> int:
    """The exit status."""
    until(lambda: False, process)
    return process.returncode


def batch(tmp_path: Path, inputs: Path, *arguments: str) -> subprocess.Popen[str]:
    return start("ewcm", "batch", *COUNTRIES, "--inputs", str(inputs), "--output", "maps", *arguments, cwd=tmp_path)


def at_a_moment(seed: int, output: Path, process: subprocess.Popen[str]) -> None:
    """Wait for a moment that the seed decides: some time after the start, or while a country is being published."""
    dice = random.Random(seed)
    if seed % 2 == 0:
        published = dice.randrange(len(COUNTRIES))
        until(lambda: len(list(output.glob(".batch/*.json"))) >= published and list(output.glob(".*.new-*")), process)
        time.sleep(dice.uniform(0, 0.4))
    else:
        until(lambda: (output / ".batch" / "lock").exists(), process)
        time.sleep(dice.uniform(0, 12))


def paths(output: Path) -> list[str]:
    """Everything below a place of results: nothing more may be there than an undisturbed batch leaves."""
    return sorted(path.relative_to(output).as_posix() for path in output.rglob("*"))


def resumed(inputs: Path, output: Path, scheduler: str, undisturbed: Path) -> None:
    """Go on after a kill, and compare with a batch that nobody disturbed."""
    report = run_batch(COUNTRIES, inputs=inputs, output=output, scheduler=scheduler)
    assert report.exit_code == 0, report.to_json()
    assert hashes(output) == hashes(undisturbed)
    assert paths(output) == paths(undisturbed)


def are_whole(output: Path, undisturbed: Path) -> bool:
    """Whether each country that is there is the one of an undisturbed batch, every file of it."""
    return all(_is_whole(output / iso3, undisturbed / iso3) for iso3 in COUNTRIES if (output / iso3).exists())


def _is_whole(country: Path, undisturbed: Path) -> bool:
    while True:
        with contextlib.suppress(FileNotFoundError):  # a batch at work has put a new one in its place meanwhile
            return hashes(country) == hashes(undisturbed)


@pytest.mark.parametrize(("seed", "kills"), [pytest.param(0, 1, id="0"), *long(20, BATCH_KILLS)])
def test_the_batch_is_killed(seed, kills, inputs, undisturbed, scheduler, processes, counted, tmp_path):
    killed = 0
    for trial in range(2 * kills):
        if killed == kills:
            break
        process = batch(tmp_path, inputs, "--workers", "2", *(["--fresh"] if trial % 2 else []))
        processes.append(process)
        at_a_moment(seed + 100 * trial, tmp_path / "maps", process)
        family = children(process)
        killed += process.poll() is None
        process.kill()
        process.wait(PATIENCE_S)
        _, left = psutil.wait_procs(family, timeout=PATIENCE_S)
        # A process that has ended may wait a while for whoever takes note of it.
        assert not [member for member in left if alive(member)], "workers outlived their batch"
        assert are_whole(tmp_path / "maps", undisturbed)
    counted("kills of a batch", killed)
    resumed(inputs, tmp_path / "maps", scheduler, undisturbed)


@pytest.mark.parametrize("seed", long(40))
def test_workers_are_killed(seed, inputs, undisturbed, scheduler, processes, counted, tmp_path):
    """A country is given to another worker, which may be killed as well; after four of them it would have failed."""
    dice = random.Random(seed)
    process = batch(tmp_path, inputs, "--workers", "2")
    processes.append(process)
    at_a_moment(seed, tmp_path / "maps", process)
    for _ in range(WORKER_KILLS):
        if victims := until(lambda: workers_of(process), process):
            dice.choice(victims).kill()
            counted("kills of a worker", 1)
        time.sleep(dice.uniform(0, 4))
        assert are_whole(tmp_path / "maps", undisturbed)
    # The batch gives the country to another worker; only one that dies while the workers start ends it, with a word.
    if end_of(process) != 0:
        assert "ewcm: the workers of this machine did not start" in said(tmp_path)
    resumed(inputs, tmp_path / "maps", scheduler, undisturbed)


def trackers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The helpers of multiprocessing that watch over what its processes share: the batch's own and its workers'."""
    found = []
    for child in children(process):
        try:
            if any("resource_tracker" in word for word in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


@pytest.mark.long
@pytest.mark.parametrize("moment", ["early", "late"])
def test_the_resource_tracker_is_killed(moment, inputs, undisturbed, processes, tmp_path):
    """Python starts another one; no country fails for it."""
    process = batch(tmp_path, inputs, "--workers", "2")
    processes.append(process)
    if moment == "late":
        until(lambda: list((tmp_path / "maps").glob(".batch/*.json")), process)
    for tracker in until(lambda: trackers_of(process), process) or ():
        tracker.kill()
    assert end_of(process) == 0, said(tmp_path)
    assert hashes(tmp_path / "maps") == hashes(undisturbed)


def test_a_worker_and_the_resource_trackers_are_killed(inputs, undisturbed, processes, tmp_path):
    """The command line on workers of its own says, and leaves, what one does that nobody disturbs; worker processes give
    the bytes that threads gave, and more workers than cores are not started."""
    process = batch(tmp_path, inputs, "--workers", "64", "--report", "report.json")
    processes.append(process)
    for tracker in until(lambda: trackers_of(process), process):
        tracker.kill()
    assert until(lambda: list((tmp_path / "maps").glob(".batch/*.json")), process), said(tmp_path)
    workers_of(process)[0].kill()
    assert end_of(process) == 0, said(tmp_path)
    assert hashes(tmp_path / "maps") == hashes(undisturbed)
    assert paths(tmp_path / "maps") == paths(undisturbed)
    words = said(tmp_path)
    # A country that was published in the moment its worker was killed is found up to date when another takes it up.
    assert sum(int(count) for count in re.findall(r"\b(\d) (?:done|current)\b", words.splitlines()[-1])) == 4
    assert "UGA Uganda" in words
    assert all(f"{iso3} done" in words or f"{iso3} current" in words for iso3 in COUNTRIES)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["workers"] * report["threads"] <= CPU_COUNT
    assert all(entry["seconds"] > 0 and entry["peak_bytes"] > 1e8 for entry in report["countries"])


def cluster(tmp_path: Path, processes: list[subprocess.Popen[str]], workers: int) -> tuple[str, subprocess.Popen[str]]:
    """A scheduler and some workers, each a process of its own: the address and the scheduler."""
    file = tmp_path / "scheduler.json"
    file.unlink(missing_ok=True)
    loopback = ["--host", "127.0.0.1", "--no-dashboard"]
    head = start(
        *["distributed.cli.dask_scheduler", *loopback, "--port", "0", "--scheduler-file", str(file)], cwd=tmp_path
    )
    processes.append(head)
    until(lambda: file.exists() and file.read_text().strip().endswith("}"), head)
    address = json.loads(file.read_text())["address"]
    for _ in range(workers):
        worker = ["distributed.cli.dask_worker", address, *loopback, "--nworkers", "1", "--nthreads", "1"]
        processes.append(start(*worker, "--death-timeout", "60", "--local-directory", str(tmp_path), cwd=tmp_path))
    return address, head


@pytest.mark.long
def test_a_scheduler_and_a_worker_of_somebody_else(inputs, undisturbed, scheduler, processes, tmp_path):
    """Separate processes give the same bytes; the scheduler is killed in the next batch."""
    address, head = cluster(tmp_path, processes, workers=1)
    first = run_batch(COUNTRIES, inputs=inputs, output=tmp_path / "first", scheduler=address)
    assert first.exit_code == 0, first.to_json()
    assert hashes(tmp_path / "first") == hashes(undisturbed)
    kill_scheduler(0, address, head, inputs, processes, tmp_path)
    resumed(inputs, tmp_path / "maps", scheduler, undisturbed)


@pytest.mark.parametrize("seed", long(30))
def test_the_scheduler_is_killed(seed, inputs, undisturbed, scheduler, processes, counted, tmp_path):
    counted("kills of a scheduler", 1)
    address, head = cluster(tmp_path, processes, workers=2)
    kill_scheduler(seed, address, head, inputs, processes, tmp_path)
    resumed(inputs, tmp_path / "maps", scheduler, undisturbed)


def kill_scheduler(seed, address, head, inputs, processes, tmp_path) -> None:
    process = batch(tmp_path, inputs, "--scheduler", address, "--report", "batch.json")
    processes.append(process)
    at_a_moment(seed, tmp_path / "maps", process)
    head.kill()
    if end_of(process) == 0:
        return  # it was done before
    words = said(tmp_path)
    assert "the connection to the scheduler was lost" in words or "no scheduler answers" in words, words
    # The workers of somebody else write to the same log, and may trip over their own end; the batch itself must not.
    assert "/ewcm/" not in words.split("no scheduler answers")[-1].split("the connection to the scheduler")[-1]


def test_asked_to_end_it_ends_in_order(inputs, processes, tmp_path):
    """SIGTERM, as a service manager sends it: the place is given back and nothing is left of the workers."""
    process = batch(tmp_path, inputs, "--workers", "1")
    processes.append(process)
    until(lambda: list((tmp_path / "maps").glob(".batch/*.json")), process)
    process.terminate()
    assert end_of(process) == 128 + 15
    assert (tmp_path / "maps" / ".batch" / "lock").read_text() == ""
    assert not list((tmp_path / "maps").glob(".*.new-*"))
    assert not (tmp_path / "maps" / ".batch" / "scratch").exists()
