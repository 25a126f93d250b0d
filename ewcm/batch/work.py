"""What a worker does for one country: read, compute, publish; and it comes back with an outcome, whatever happens."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numba
import rasterio
from dask.system import CPU_COUNT
from distributed import get_worker

from ewcm import arrays, pipeline
from ewcm.batch.cluster import STOP_AT
from ewcm.batch.fingerprint import engine, fingerprint
from ewcm.batch.memory import MemoryWatch, OverMemory, resident_bytes
from ewcm.batch.outcome import CountryOutcome, Status
from ewcm.batch.store import Store, is_current, open_store
from ewcm.countries import country
from ewcm.errors import EwcmError
from ewcm.inputs import Inputs, find_inputs, load
from ewcm.settings import Settings

GIB = 1024**3

#: GDAL's memory for blocks of rasters; left alone it takes 5 % of the machine, in each worker.
GDAL_CACHE_MIB = 512

#: Seconds between two words to the batch about how far a country is.
_TELL_EVERY_S = 0.5

#: One country at a time in a process, even where a worker was started with several threads: its memory is measured.
_alone = threading.Lock()

#: Told of a step and how much of it is done (0..1); raises where the work must not go on.
Tell = Callable[[str, float], None]


class SupersededError(EwcmError):
    """The batch this country was computed for is gone, and another one may be writing."""


@dataclass(frozen=True)
class Task:
    """One country of one batch. ``inputs``: its folder, None for the starter pack. ``settings``
    replace those of the folder. ``threads`` 0: share the cores with the other ``workers_here`` workers of the host."""

    batch: str
    iso3: str
    inputs: Path | None
    output: str
    settings: Settings | None
    fresh: bool
    engine: str
    threads: int
    memory_limit: int | None


def run_country(task: Task, workers_here: int = 1) -> CountryOutcome:
    """Bring one country up to date in the store. Runs on a worker; every failure becomes an outcome."""
    with _alone:
        return _run_alone(task, workers_here)


def _run_alone(task: Task, workers_here: int) -> CountryOutcome:
    worker = get_worker()
    blank = CountryOutcome(task.iso3, name=country(task.iso3).name)
    manager = getattr(worker, "memory_manager", None)
    limit = task.memory_limit or (int(manager.memory_limit * STOP_AT) if manager and manager.memory_limit else None)
    numba.set_num_threads(min(task.threads or max(1, CPU_COUNT // workers_here), int(numba.config.NUMBA_NUM_THREADS)))  # type: ignore[attr-defined]
    told = 0.0

    def tell(step: str, done: float) -> None:
        nonlocal told
        now = time.monotonic()
        if done == 0.0 or now - told > _TELL_EVERY_S:
            told = now
            worker.log_event(
                task.batch, {"iso3": task.iso3, "step": step, "done": float(done), "resident": resident_bytes()}
            )

    def too_much(resident: int) -> None:
        # Should the worker not live to bring the outcome, the batch knows why.
        worker.log_event(task.batch, {"iso3": task.iso3, "cause": over_memory(resident, limit)})

    watch = MemoryWatch(limit, too_much)
    start = time.monotonic()
    try:
        with watch:
            outcome = _bring_up_to_date(task, blank, tell)
    except OverMemory:
        outcome = replace(blank, status=Status.FAILED, cause=over_memory(watch.peak_bytes, limit))
    except MemoryError as error:
        outcome = replace(blank, status=Status.FAILED, cause=f"no memory left on the worker's host: {_one_line(error)}")
    except EwcmError as error:
        outcome = replace(blank, status=Status.FAILED, cause=_one_line(error))
    except OSError as error:
        outcome = replace(
            blank, status=Status.FAILED, cause=f"{error.filename or task.output}: {error.strerror or error}"
        )
    except Exception as error:
        cause = (
            f"unforeseen {type(error).__name__}: {_one_line(error)} (the report has the traceback; please pass it on)"
        )
        outcome = replace(blank, status=Status.FAILED, cause=cause, detail=traceback.format_exc())
    return replace(outcome, seconds=time.monotonic() - start, peak_bytes=watch.peak_bytes)


def over_memory(used: int, limit: int | None) -> str:
    """The cause of a country that took too much."""
    return (
        f"took more memory than its worker has ({used / GIB:.2f} GiB, the limit is {(limit or 0) / GIB:.2f} GiB); "
        "give fewer workers or a higher --memory-limit"
    )


def _bring_up_to_date(task: Task, blank: CountryOutcome, tell: Tell) -> CountryOutcome:
    tell("inputs", 0.0)
    if task.engine != engine():
        raise EwcmError(
            f"the worker runs ewcm {engine()}, the batch {task.engine}; install the same version everywhere"
        )
    store = open_store(task.output)
    inputs = find_inputs(country(task.iso3), task.inputs) if task.inputs else Inputs(country(task.iso3), None)
    settings = task.settings or inputs.settings
    mark = fingerprint(inputs, settings)
    if not task.fresh and is_current(store, task.iso3, mark):
        return blank.with_figures(store.summary(task.iso3), Status.CURRENT)
    with arrays.on_disk(Path(get_worker().local_directory)), rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MIB):
        result = pipeline.run(load(inputs), settings, tell)
        tell("writing", 0.0)
        _still_wanted(task, store)
        store.publish(result, task.iso3, mark)
    return blank.with_figures(result.summary, Status.DONE)


def _still_wanted(task: Task, store: Store) -> None:
    """A worker may outlive a batch that was killed; what it still computes must not meet the next batch."""
    if store.held_by() != task.batch:
        raise SupersededError("the batch has ended meanwhile; nothing was written")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
