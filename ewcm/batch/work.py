"""What a worker does for one country: read, compute, publish; and it comes back with an outcome, whatever happens."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path

from distributed import get_worker

from ewcm import pipeline
from ewcm.batch.fingerprint import engine, fingerprint
from ewcm.batch.memory import MemoryWatch, OverMemory, resident_bytes
from ewcm.batch.outcome import CountryOutcome, Status
from ewcm.batch.share import Share, at_work
from ewcm.batch.shared_pieces import lend
from ewcm.batch.store import is_current, open_store
from ewcm.core import grid, pieces, storage
from ewcm.countries import country
from ewcm.errors import EwcmError, one_line
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.find import Inputs, find_inputs
from ewcm.inputs.read import load
from ewcm.settings import Settings

GIB = 1024**3

#: Seconds between two words to the batch about how far a country is.
_TELL_EVERY_S = 0.5

#: Seconds between two looks whether the country is still wanted.
_ASK_EVERY_S = 5.0

#: Told of a step and how much of it is done (0..1); raises where the work must not go on.
Tell = Callable[[str, float], None]


class SupersededError(EwcmError):
    """The batch this country was computed for is gone, and another one may be writing."""


@dataclass(frozen=True)
class Task:
    """One country of one batch. ``inputs``: its folder, None for the starter pack. ``settings`` replace those of the
    folder."""

    batch: str
    iso3: str
    inputs: Path | None
    output: str
    settings: Settings | None
    fresh: bool
    engine: str


def run_country(task: Task, share: Share) -> CountryOutcome:
    """Bring one country up to date in the store. Runs on a worker; every failure becomes an outcome."""
    # What only publishing needs is imported before the memory is watched: a stop in the middle would leave half a library.
    import_module("ewcm.report.overview")
    worker = get_worker()
    blank = CountryOutcome(task.iso3, name=country(task.iso3).name)
    told = 0.0
    asked = time.monotonic()

    def tell(step: str, done: float) -> None:
        nonlocal told, asked
        now = time.monotonic()
        if done == 0.0 or now - told > _TELL_EVERY_S:
            told = now
            worker.log_event(
                task.batch, {"iso3": task.iso3, "step": step, "done": float(done), "resident": resident_bytes()}
            )
        if now - asked > _ASK_EVERY_S:
            asked = now
            _still_wanted(task)

    def too_much(watch: MemoryWatch, resident: int) -> None:
        # Should the worker not live to bring the outcome, the batch knows why.
        worker.log_event(task.batch, {"iso3": task.iso3, "cause": over_memory(resident, watch.limit_bytes)})

    start = time.monotonic()
    watch = None
    try:
        with at_work(share, too_much) as watch:
            start = time.monotonic()
            outcome = _bring_up_to_date(task, blank, share, tell)
    except OverMemory:
        assert watch is not None
        outcome = replace(blank, status=Status.FAILED, cause=over_memory(watch.peak_bytes, watch.limit_bytes))
    except MemoryError as error:
        outcome = replace(blank, status=Status.FAILED, cause=f"no memory left on the worker's host: {one_line(error)}")
    except EwcmError as error:
        outcome = replace(blank, status=Status.FAILED, cause=one_line(error))
    except OSError as error:
        outcome = replace(
            blank, status=Status.FAILED, cause=f"{error.filename or task.output}: {error.strerror or error}"
        )
    except Exception as error:
        cause = (
            f"unforeseen {type(error).__name__}: {one_line(error)} (the report has the traceback; please pass it on)"
        )
        outcome = replace(blank, status=Status.FAILED, cause=cause, detail=traceback.format_exc())
    return replace(outcome, seconds=time.monotonic() - start, peak_bytes=watch.peak_bytes if watch else None)


def over_memory(used: int, limit: int | None) -> str:
    """The cause of a country that took too much."""
    return (
        f"took more memory than its worker has ({used / GIB:.2f} GiB, the limit is {(limit or 0) / GIB:.2f} GiB); "
        "give fewer workers or a higher --memory-limit"
    )


def _bring_up_to_date(task: Task, blank: CountryOutcome, share: Share, tell: Tell) -> CountryOutcome:
    tell("inputs", 0.0)
    if task.engine != engine():
        raise EwcmError(
            f"the worker runs ewcm {engine()}, the batch {task.engine}; install the same version everywhere"
        )
    store = open_store(task.output)
    inputs = find_inputs(country(task.iso3), task.inputs) if task.inputs else Inputs(country(task.iso3), None)
    settings = task.settings or inputs.settings
    inputs = replace(inputs, settings=settings)  # readers, too, are told
    mark = fingerprint(inputs, settings)
    if not task.fresh and is_current(store, task.iso3, mark):
        return blank.with_figures(store.summary(task.iso3), Status.CURRENT)
    with storage.on_disk(Path(get_worker().local_directory)):
        data = load(inputs)
        with (
            pieces.executed_by(partial(lend, batch=task.batch, share=share))
            if is_large(data, settings)
            else nullcontext()
        ):
            result = pipeline.run(data, settings, tell)
        tell("writing", 0.0)
        _still_wanted(task)
        store.publish(result, task.iso3, mark)
    return blank.with_figures(result.summary, Status.DONE)


def is_large(data: CountryData, settings: Settings) -> bool:
    """Whether a country is cut into pieces: more than ``storage.LARGE_CELLS`` cells of its grid, or, where propagation is
    computed, at the step of that."""
    geobox = data.population.geobox
    rows, cols = geobox.shape
    finer = 1.0
    if data.sites is not None and data.terrain is not None:
        width_km, height_km = (size[rows // 2] for size in grid.row_cell_size_km(geobox))
        finer = max(1.0, width_km * height_km / (settings.propagation_step_m / 1000.0) ** 2)
    return rows * cols * finer > storage.LARGE_CELLS


def _still_wanted(task: Task) -> None:
    """A worker may outlive a batch that was killed; what it still computes must not meet the next batch."""
    if open_store(task.output).held_by() != task.batch:
        raise SupersededError("the batch has ended meanwhile; nothing was written")
