"""Large countries: cut into pieces, shared with the other workers of a cluster, and the same to the last byte."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster, SchedulerPlugin

from ewcm.batch import run_batch, shared_pieces
from ewcm.batch.share import Share
from ewcm.batch.shared_pieces import shared
from ewcm.cli import main
from ewcm.core import pieces, storage
from tests.batch.made import hashes, make_country

#: In each worker: a country of a test is large, and a machine with much else to do is given time.
LARGE = (
    "from ewcm.core import storage; from ewcm.batch import shared_pieces; storage.LARGE_CELLS = 1000; "
    "shared_pieces._TIME_TO_BEGIN_S = 60"
)


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[LocalCluster, Client]]:
    """Two workers, each a process of its own, for which a small grid is large."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            preload=LARGE,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield cluster, client


def at_home(function: Callable, items: list, folder: str | None = None) -> tuple[int, list]:
    """On a worker: ``function`` of every item, with the help of the other one; the process, and the results."""
    with pieces.executed_by(partial(shared, share=Share(1, 2))):
        if folder is None:
            return os.getpid(), list(pieces.results_of(function, items))
        with storage.on_disk(Path(folder)):
            grid = storage.full((1000, 40), 1, np.float32)
            grid[:, 3] = np.arange(1000)
            return os.getpid(), list(pieces.results_of(function, [grid[row : row + 100] for row in items]))


def workers(client: Client) -> list[str]:
    return sorted(client.scheduler_info(n_workers=-1)["workers"])


def first(client: Client) -> int:
    """The process of the worker that has the country."""
    return client.submit(os.getpid, workers=workers(client)[:1], pure=False).result()


def asked_for(client: Client, function: Callable, items: list, *more: object) -> tuple[int, list]:
    """The same, asked for from outside. The worker that has the country is the first."""
    return client.submit(at_home, function, items, *more, workers=workers(client)[:1], pure=False).result(timeout=120)


def who(item: int) -> tuple[int, int]:
    time.sleep(0.1)
    return item, os.getpid()


def in_a_hurry(time_to_begin_s: float = 0.1) -> None:
    shared_pieces._TIME_TO_BEGIN_S = time_to_begin_s


def until_gone(sign: str) -> None:
    """Keeps a worker busy until a file is gone."""
    while Path(sign).exists():
        time.sleep(0.05)


def one_is_bad(item: int) -> int:
    if item == 5:
        raise ZeroDivisionError("piece five")
    return item


def not_elsewhere(item: tuple[int, int]) -> int:
    """Fails in every process but the one that the item names."""
    if os.getpid() != item[1]:
        raise RuntimeError("not here")
    return item[0]


def deadly_elsewhere(item: tuple[int, int]) -> int:
    """Ends the process when it is not the one that the item names."""
    if os.getpid() != item[1]:
        os.kill(os.getpid(), 9)
    return item[0]


def total(part: np.ndarray) -> tuple[float, int]:
    assert isinstance(part, storage.ArrayOnDisk)
    time.sleep(0.05)
    part[0, 0] = -1  # whoever looks later sees it: it is the same file
    return float(part.sum()), os.getpid()


def written(part: np.ndarray) -> float:
    return float(part[0, 0])


class Keys(SchedulerPlugin):
    """Notes what has been done on the cluster."""

    def __init__(self, done: list[str]) -> None:
        self.done = done

    def transition(self, key, start, finish, *arguments, **options):
        if finish == "memory":
            self.done.append(str(key))


def test_pieces_come_back_in_order_from_more_than_one_worker(two):
    _, results = asked_for(two[1], who, list(range(12)))
    assert [item for item, _ in results] == list(range(12))
    assert len({process for _, process in results}) == 2


def test_an_error_of_a_piece_is_that_of_the_country(two):
    with pytest.raises(ZeroDivisionError, match="piece five"):
        asked_for(two[1], one_is_bad, list(range(12)))


def test_what_fails_elsewhere_is_done_at_home(two):
    home = first(two[1])
    assert asked_for(two[1], not_elsewhere, [(item, home) for item in range(12)])[1] == list(range(12))


def test_a_worker_that_is_busy_is_not_waited_for(two, tmp_path):
    sign = tmp_path / "sign"
    sign.touch()
    two[1].run(in_a_hurry)
    busy = two[1].submit(until_gone, str(sign), workers=workers(two[1])[1:], pure=False)
    home, results = asked_for(two[1], who, list(range(6)))
    sign.unlink()
    assert [item for item, _ in results] == list(range(6))
    assert {process for _, process in results} == {home}
    busy.result()
    two[1].run(in_a_hurry, 60.0)


def test_arrays_on_disk_are_read_where_they_stand_and_leave_nothing(two, tmp_path):
    _, results = asked_for(two[1], total, list(range(0, 1000, 100)), str(tmp_path))
    rows = np.arange(1000).reshape(10, 100)
    assert [found for found, _ in results] == [3898 + float(part.sum()) for part in rows]
    assert len({process for _, process in results}) == 2
    two[1].run(gc.collect)
    assert not list(tmp_path.iterdir())


def test_a_country_in_pieces_is_the_same_to_the_last_byte(two, tmp_path):
    make_country(tmp_path / "data", "TCD", rows=1300, cols=90)
    asked: list[str] = []
    two[0].scheduler.add_plugin(Keys(asked), name="keys")
    report = run_batch(["TCD"], inputs=tmp_path / "data", output=tmp_path / "maps", scheduler=two[0].scheduler_address)
    assert report.exit_code == 0, report.to_json()
    whole = ["run", "TCD", "--inputs", str(tmp_path / "data" / "TCD"), "--output", str(tmp_path / "whole"), "--quiet"]
    assert main(whole) == 0
    assert hashes(tmp_path / "maps" / "TCD") == hashes(tmp_path / "whole")
    pieces_done = [key for key in asked if "-piece-" in key]
    assert len(pieces_done) >= 3


def test_a_worker_that_dies_of_a_piece_is_one_helper_less(two):
    home = first(two[1])
    two[1].run(in_a_hurry)
    assert asked_for(two[1], deadly_elsewhere, [(item, home) for item in range(2)])[1] == [0, 1]
