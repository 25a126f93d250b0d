"""What a worker process may use, and having it to oneself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numba
import rasterio
from dask.system import CPU_COUNT
from distributed import get_worker
from ewcm_kernels.compiled import CONFIG

from ewcm.batch.memory import MemoryWatch

#: GDAL's memory for blocks of rasters; left alone it takes 5 % of the machine, in each worker.
GDAL_CACHE_MIB = 512

#: One country or piece at a time in a process, even where a worker was started with several threads: the memory that is
#: measured, and limited, is that of the process.
_process_in_use = threading.Lock()


@dataclass(frozen=True)
class Share:
    """The threads that each worker may use. ``threads`` 0: the cores of a host are shared out to its ``workers_here``
    workers."""

    threads: int
    workers_here: int


@contextmanager
def process_alone(share: Share) -> Iterator[MemoryWatch]:
    """Wait until nothing else is at work in this worker process, then have it alone, with its share of the threads. What is
    yielded measures the memory meanwhile."""
    manager = getattr(get_worker(), "memory_manager", None)
    threads = share.threads or max(1, CPU_COUNT // share.workers_here)
    with _process_in_use, rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MIB):
        numba.set_num_threads(min(threads, int(CONFIG.NUMBA_NUM_THREADS)))
        with MemoryWatch(manager.memory_limit if manager else None) as watch:
            yield watch
