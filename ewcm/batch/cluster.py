"""The Dask cluster of a batch: workers of this machine, or a scheduler that somebody else runs."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster
from distributed.client import ClosedClientError
from distributed.system import MEMORY_LIMIT

from ewcm.batch.keys import throw_away_keys
from ewcm.errors import BatchError

#: Share of this machine's memory that its workers may take together; the rest is for the batch itself and the system.
_SHARE_OF_MEMORY = 0.8

#: Dask samples its own processes for a dashboard that is off here. Its profiler reads the stacks of a worker's threads 100
#: times a second: in CPython 3.11 (seen with 3.11.7) that may stop the process for ever, when the garbage collector runs
#: meanwhile. The rest takes some 1.5 % of a core in every process.
NO_SELF_PROFILING = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "60s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.tick.interval": "1s",
}

#: The topic of Dask's events that tells of workers that a nanny has ended because they took too much memory.
MEMORY_TOPIC = "worker-restart-memory"

#: A scheduler that somebody else runs has this long to answer, and to have a worker [s].
_ANSWER_TIMEOUT_S = 30


#: How often the workers of this machine are started: one that is killed meanwhile does not end the batch.
_STARTS = 3

#: What a call raises when the scheduler dies during it, or just before. Each call raises another of them: a closed
#: connection and a wait in vain are OSErrors, futures of a lost scheduler are cancelled, a client that gave up is closed.
_LOST = (OSError, RuntimeError, asyncio.CancelledError, concurrent.futures.CancelledError, ClosedClientError)


class LostError(BatchError):
    """The scheduler is gone."""

    def __init__(self) -> None:
        super().__init__("the connection to the scheduler was lost; start the batch again to go on")


@contextmanager
def scheduler_errors(client: Client) -> Iterator[None]:
    """Around every call that needs the scheduler: raises :class:`LostError` when it is lost, whatever the call says."""
    if client.status != "running":  # the call would wait for a scheduler that may come back, but without this batch
        raise LostError
    try:
        yield
    except _LOST:
        raise LostError from None


@dataclass(frozen=True)
class Workers:
    """The workers of a batch and the client that reaches them. ``count`` of them at the start. ``threads``: how many each may
    use at most, 0: as its host allows. ``replace_lost`` starts others in the place of those that Dask has given up."""

    client: Client
    count: int
    threads: int
    replace_lost: Callable[[], None] = lambda: None


@contextmanager
def local(workers: int | None, memory_limit: int | None, scratch: Path) -> Iterator[Workers]:
    """Worker processes of this machine, each with one country at a time and its share of the cores.

    ``memory_limit``: bytes that each worker may take; without it 80 % of the memory are shared out. Dask's nanny ends a worker
    that takes more, tells the topic :data:`MEMORY_TOPIC`, and starts another one. All ports are those of 127.0.0.1, and talk to
    holders of the batch's own key only (:mod:`ewcm.batch.keys`): another user of this machine can neither give work nor take it.
    """
    workers = min(workers or CPU_COUNT, CPU_COUNT)
    threads = max(1, CPU_COUNT // workers)
    limit = memory_limit or int(_SHARE_OF_MEMORY * MEMORY_LIMIT / workers)
    options = {
        # One thread a worker is Dask's; those of GDAL share out the cores here, those of the kernels in each task.
        "distributed.nanny.pre-spawn-environ.GDAL_NUM_THREADS": threads,
        # A worker holds no data between countries: nothing to spill, nothing to wait for.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 1.0,
        "distributed.worker.memory.monitor-interval": "50ms",
        # The batch decides whether a country whose worker died is tried again: not when it took too much memory.
        "distributed.scheduler.allowed-failures": 0,
        "distributed.comm.timeouts.connect": "30s",
        # A worker takes a minute to start where the machine has much else to do.
        "distributed.deploy.lost-worker-timeout": "60s",
        # Pages of figures, which anybody on this machine could read: none.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        **NO_SELF_PROFILING,
    }
    with dask.config.set(options):
        cluster = _started(workers, limit, scratch)
        with cluster, Client(cluster) as client:
            # Dask closes the nanny of a worker that died while it started, or took long to, and starts no other by itself.
            yield Workers(client, workers, threads, lambda: cluster.scale(workers))


def _started(workers: int, limit: int, scratch: Path) -> LocalCluster:
    """The scheduler and its workers, begun again where one of them died before it was there."""
    for tries_left in reversed(range(_STARTS)):
        try:
            return LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=limit,
                host="127.0.0.1",
                protocol="tls://",
                security=throw_away_keys(),
                dashboard_address=None,
                # Dask always serves pages; these are empty, on a port that nobody else wants.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                local_directory=str(scratch),
                silence_logs=logging.CRITICAL,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            if not tries_left:
                raise BatchError(f"the workers of this machine did not start: {error}") from None
    raise AssertionError("unreachable")


class _ClosingClient(Client):
    """Closed where it could not be made: one that is not waits for ever when Python ends."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        try:
            super().__init__(*arguments, **options)
        except BaseException:
            self.close()
            raise


@contextmanager
def external(address: str) -> Iterator[Workers]:
    """The workers of the scheduler at ``address``. They are left running at the end."""
    with _without_log():
        yield from _workers_at(address)


def _workers_at(address: str) -> Iterator[Workers]:
    try:
        client = _ClosingClient(address, timeout=_ANSWER_TIMEOUT_S, set_as_default=False)
    except (*_LOST, TypeError, ValueError) as error:  # TypeError: no keys are set for a tls:// address
        raise BatchError(
            f"{address}: no scheduler answers there ({_first_line(error)}); start one with 'dask scheduler'"
        ) from None
    try:
        with scheduler_errors(client):
            try:
                client.wait_for_workers(1, timeout=_ANSWER_TIMEOUT_S)
            except TimeoutError:
                raise BatchError(
                    f"{address}: the scheduler has no worker; start some with 'dask worker {address}'"
                ) from None
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
        yield Workers(client, workers, 0)
    finally:
        with suppress(*_LOST):
            client.close()


@contextmanager
def _without_log() -> Iterator[None]:
    """Dask logs a page of tracebacks for a lost connection; the batch reports it in one line."""
    names = ("distributed", "distributed.client", "distributed.core", "distributed.utils", "distributed.comm")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
