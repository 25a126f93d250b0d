"""What a worker may use, and one piece of work at a time that keeps to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numba
import rasterio
from dask.system import CPU_COUNT
from distributed import get_worker

from ewcm.batch.cluster import STOP_AT
from ewcm.batch.memory import MemoryWatch

#: GDAL's memory for blocks of rasters; left alone it takes 5 % of the machine, in each worker.
GDAL_CACHE_MIB = 512

#: One thing at a time in a process, even where a worker was started with several threads: its memory is measured.
_alone = threading.Lock()


@dataclass(frozen=True)
class Share:
    """What a batch lets each worker use. ``threads`` 0: the cores are shared with the other ``workers_here`` workers of
    the host. ``memory_limit`` [bytes]: None is the limit that the worker was started with."""

    threads: int
    workers_here: int
    memory_limit: int | None


@contextmanager
def at_work(
    share: Share, tell: Callable[[MemoryWatch, int], None] = lambda watch, resident: None
) -> Iterator[MemoryWatch]:
    """Have this worker process for oneself, its threads and memory within ``share``. ``tell`` is called once, from another
    thread, before :class:`ewcm.batch.memory.OverMemory` is raised."""
    manager = getattr(get_worker(), "memory_manager", None)
    limit = share.memory_limit or (int(manager.memory_limit * STOP_AT) if manager and manager.memory_limit else None)
    threads = share.threads or max(1, CPU_COUNT // share.workers_here)
    with _alone, rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MIB):
        numba.set_num_threads(min(threads, int(numba.config.NUMBA_NUM_THREADS)))  # type: ignore[attr-defined]
        watch = MemoryWatch(limit, lambda resident: tell(watch, resident))
        with watch:
            yield watch
