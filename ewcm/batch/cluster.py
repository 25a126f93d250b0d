"""The Dask cluster of a batch: workers of this machine, or a scheduler that somebody else runs."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import dask
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster
from distributed.client import ClosedClientError
from distributed.system import MEMORY_LIMIT

from ewcm.errors import BatchError

#: Share of Dask's memory limit at which a worker stops its country. Dask's nanny ends the whole worker at 0.95; what lies
#: between is for the step that the country is in, which ends first.
STOP_AT = 0.8

#: Dask watches its own processes, and nobody reads what it notes. It looks at the stacks of a worker's threads 100 times a
#: second: in CPython 3.11 (seen with 3.11.7) that may stop the process for ever, when the garbage collector runs meanwhile.
#: The rest takes some 1.5 % of a core in every process.
NO_SAMPLES = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "60s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.tick.interval": "1s",
}

#: A scheduler that somebody else runs has this long to answer, and to have a worker [s].
_PATIENCE_S = 30


#: What a call raises when the scheduler dies during it, or just before. Each call raises another of them: a closed
#: connection and a wait in vain are OSErrors, futures of a lost scheduler are cancelled, a client that gave up is closed.
_LOST = (OSError, RuntimeError, asyncio.CancelledError, concurrent.futures.CancelledError, ClosedClientError)


class LostError(BatchError):
    """The scheduler is gone."""

    def __init__(self) -> None:
        super().__init__("the connection to the scheduler was lost; start the batch again to go on")


@contextmanager
def asking(client: Client) -> Iterator[None]:
    """Around every call that needs the scheduler: raises :class:`LostError` when it is lost, whatever the call says."""
    if client.status != "running":  # it would wait for a scheduler that may come back, but not with this batch
        raise LostError
    try:
        yield
    except _LOST:
        raise LostError from None


@dataclass(frozen=True)
class Crew:
    """A client and what stands behind it. ``threads``: how many each worker may use at most, 0: as its host allows."""

    client: Client
    workers: int
    threads: int


@contextmanager
def local(workers: int | None, memory_limit: int | None, scratch: Path) -> Iterator[Crew]:
    """Worker processes of this machine, each with one country at a time and its share of the cores.

    ``memory_limit``: bytes at which a country is stopped, of each worker; without it the memory is shared out.
    """
    workers = min(workers or CPU_COUNT, CPU_COUNT)
    threads = max(1, CPU_COUNT // workers)
    limit = int(memory_limit / STOP_AT) if memory_limit else int(MEMORY_LIMIT / workers)
    quiet = {
        # One thread a worker is Dask's; those of GDAL share out the cores here, those of the kernels in each task.
        "distributed.nanny.pre-spawn-environ.GDAL_NUM_THREADS": threads,
        # A worker holds no data between countries: nothing to spill, nothing to wait for.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 0.95,
        "distributed.comm.timeouts.connect": "30s",
        **NO_SAMPLES,
    }
    with dask.config.set(quiet):
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=limit,
                host="127.0.0.1",
                dashboard_address=None,
                # Dask always has a page of figures; this one is on a port that nobody else wants.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                local_directory=str(scratch),
                silence_logs=logging.CRITICAL,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise BatchError(f"the workers of this machine did not start: {error}") from None
        with cluster, Client(cluster) as client:
            yield Crew(client, workers, threads)


@contextmanager
def external(address: str) -> Iterator[Crew]:
    """The workers of the scheduler at ``address``. They are left running at the end."""
    with _silence():
        yield from _crew_at(address)


def _crew_at(address: str) -> Iterator[Crew]:
    try:
        client = Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (*_LOST, ValueError) as error:
        raise BatchError(
            f"{address}: no scheduler answers there ({_first_line(error)}); start one with 'dask scheduler'"
        ) from None
    try:
        with asking(client):
            try:
                client.wait_for_workers(1, timeout=_PATIENCE_S)
            except TimeoutError:
                raise BatchError(
                    f"{address}: the scheduler has no worker; start some with 'dask worker {address}'"
                ) from None
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
        yield Crew(client, workers, 0)
    finally:
        with suppress(*_LOST):
            client.close()


@contextmanager
def _silence() -> Iterator[None]:
    """What Dask has to say of a lost connection is a page of tracebacks; the batch says it in one line."""
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
