"""Memory, disks and caches that are too small, or not to be written to."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import numpy as np
import psutil
import pytest
from distributed.scheduler import KilledWorker

from ewcm.batch import cluster, run_batch
from ewcm.batch.memory import MemoryWatch, resident_bytes
from ewcm.errors import BatchError
from tests.batch.conftest import COUNTRIES, said, start
from tests.batch.made import hashes, make_country


def hoard(most_bytes: int) -> list[np.ndarray]:
    """Take memory in small steps."""
    held = []
    for _ in range(most_bytes // 2**22):
        held.append(np.ones(2**22, np.uint8))
        time.sleep(0.002)
    return held


def hoard_in_spite_of_errors() -> None:
    """Code that makes the best of every error."""
    while True:
        try:
            hoard(2**30)
        except BaseException:
            continue


#: What two workers may take each [bytes] that know one task from the next.
TIGHT = 2**29


@pytest.fixture(scope="module")
def tight(tmp_path_factory) -> Iterator[cluster.Workers]:
    with cluster.local(2, TIGHT, tmp_path_factory.mktemp("tight")) as workers:
        yield workers


@pytest.mark.parametrize("greedy", [pytest.param(hoard, marks=pytest.mark.long), hoard_in_spite_of_errors])
def test_whoever_takes_too_much_memory_is_stopped_and_nobody_else(greedy, tight):
    known = len(tight.client.get_events(cluster.MEMORY_TOPIC))
    modest = tight.client.submit(hoard, 2**25, pure=False)
    arguments = () if greedy is hoard_in_spite_of_errors else (2**30,)
    with pytest.raises(KilledWorker):
        tight.client.submit(greedy, *arguments, pure=False).result(timeout=120)
    assert len(modest.result(timeout=120)) == 8
    # Another worker takes the place of the one that was ended.
    assert len(tight.client.submit(hoard, 2**25, pure=False).result(timeout=120)) == 8
    tight.client.wait_for_workers(tight.count, timeout=120)
    ended = tight.client.get_events(cluster.MEMORY_TOPIC)[known:]
    assert [event["rss"] > TIGHT for _, event in ended] == [True]


@pytest.mark.long
def test_a_worker_that_dies_while_it_starts_again_is_replaced(tmp_path):
    """Dask gives such a worker up; a batch that lost all of them so ended with "the cluster has lost all its workers"."""
    with cluster.local(1, None, tmp_path) as workers, dask.config.set({"distributed.deploy.lost-worker-timeout": "2s"}):
        me, killed = psutil.Process(), set()
        end = time.monotonic() + 120
        while len(killed) < 2 and time.monotonic() < end:
            for child in me.children():
                if child.pid not in killed and any("spawn_main" in word for word in child.cmdline()):
                    child.kill()
                    killed.add(child.pid)
            time.sleep(0.05)
        assert len(killed) >= 2  # two at one look are one more
        future = workers.client.submit(abs, -3, pure=False)
        while not future.done() and time.monotonic() < end:
            workers.replace_lost()
            time.sleep(1)
        assert future.done()


def test_the_most_memory_is_measured():
    # Far more than the process may have lying about, resident and free, from tests before.
    with MemoryWatch(None) as watch:
        hoard(2**30)
    assert watch.peak_bytes >= resident_bytes() + 2**29


@pytest.mark.long
def test_a_country_too_large_for_its_worker_fails_and_the_others_do_not(tmp_path):
    # Too small for arrays on disk: all of it has to be in memory.
    make_country(tmp_path / "data", "NER", rows=3600, cols=3600, step=1 / 1200)
    make_country(tmp_path / "data", "UGA")
    report = run_batch(
        ["NER", "UGA"], inputs=tmp_path / "data", output=tmp_path / "maps", workers=1, memory_limit=540 * 2**20
    )
    niger, uganda = report.countries
    assert "more memory than its worker has" in niger.cause
    assert "the limit is 0.53 GiB" in niger.cause
    assert niger.peak_bytes > 540 * 2**20
    assert str(uganda.status) == "done"
    assert report.exit_code == 1


@pytest.mark.long  # the formats one by one: tests/report/test_publish.py
def test_files_that_may_not_grow_leave_nothing_behind(inputs, undisturbed, scheduler, tmp_path):
    """What a quota does: every file that passes the limit fails to be written."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))

    process = start(
        "ewcm",
        "batch",
        "UGA",
        "--inputs",
        str(inputs),
        "--output",
        "maps",
        "--workers",
        "1",
        cwd=tmp_path,
        before=limit,
    )
    assert process.wait(240) == 1
    assert "UGA failed" in said(tmp_path)
    assert not (tmp_path / "maps" / "UGA").exists()
    assert not list((tmp_path / "maps").glob(".UGA*"))
    report = run_batch(["UGA"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
    assert report.exit_code == 0
    assert hashes(tmp_path / "maps" / "UGA") == hashes(undisturbed / "UGA")
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == sorted(
        path.name for path in undisturbed.iterdir() if path.name not in COUNTRIES[1:]
    )


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 4 MB: room for about two of the made-up countries."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4000k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("file systems can be mounted by root only")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing(inputs, undisturbed, scheduler, small_disk):
    report = run_batch(COUNTRIES, inputs=inputs, output=small_disk / "maps", scheduler=scheduler)
    assert report.exit_code == 1
    for outcome in report.failed:
        assert "space" in outcome.cause or "disk full" in outcome.cause, outcome.cause
        assert not (small_disk / "maps" / outcome.iso3).exists()
    made = {outcome.iso3 for outcome in report.countries} - {outcome.iso3 for outcome in report.failed}
    there, expected = hashes(small_disk / "maps"), hashes(undisturbed)
    assert made
    assert {name for name in there if name.partition("/")[0] in made} == {
        name for name in expected if name.partition("/")[0] in made
    }
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    again = run_batch(COUNTRIES, inputs=inputs, output=small_disk / "maps", scheduler=scheduler)
    assert {outcome.iso3 for outcome in again.countries if str(outcome.status) == "current"} == made
    assert hashes(small_disk / "maps") == expected


@pytest.mark.long
def test_without_a_folder_for_compiled_kernels(inputs, undisturbed, tmp_path):
    process = start(
        *["ewcm", "batch", "UGA", "--inputs", str(inputs), "--output", "maps", "--workers", "1"],
        cwd=tmp_path,
        NUMBA_CACHE_DIR=os.devnull,
    )
    assert process.wait(600) == 0, said(tmp_path)
    expected = {name: digest for name, digest in hashes(undisturbed).items() if name.startswith("UGA/")}
    assert {name: digest for name, digest in hashes(tmp_path / "maps").items() if name.startswith("UGA/")} == expected


def test_a_worker_that_dies_while_the_workers_start_does_not_end_the_batch(monkeypatch, tmp_path):
    starts = []

    def dying_once(**options):
        starts.append(options)
        if len(starts) == 1:
            raise RuntimeError("Nanny failed to start.")
        return real(**options)

    real = cluster.LocalCluster
    monkeypatch.setattr(cluster, "LocalCluster", dying_once)
    with cluster.local(1, 2**30, tmp_path) as workers:
        assert workers.client.submit(abs, -1).result(timeout=60) == 1
    assert len(starts) == 2


def test_workers_that_never_start_are_one_line(monkeypatch, tmp_path):
    def dying(**options):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(cluster, "LocalCluster", dying)
    with (
        pytest.raises(BatchError, match=r"workers of this machine did not start: Nanny failed"),
        cluster.local(1, 2**30, tmp_path),
    ):
        pass
