"""What a worker does for one country: read, compute, publish. Every error becomes an outcome of that country."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from distributed import get_worker

from ewcm import pipeline
from ewcm.batch.fingerprint import engine, fingerprint
from ewcm.batch.memory import resident_bytes
from ewcm.batch.outcome import CountryOutcome, Status
from ewcm.batch.share import Share, process_alone
from ewcm.batch.shared_pieces import shared
from ewcm.batch.store import is_current, open_store
from ewcm.core import grid, pieces, storage
from ewcm.countries import country
from ewcm.errors import EwcmError, one_line
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.find import Inputs, find_inputs, refuse_starter_in_place_of
from ewcm.inputs.read import load
from ewcm.settings import Settings

GIB = 1024**3

#: Seconds between two events that tell the batch how far a country is.
_REPORT_EVERY_S = 0.5

#: Seconds between two looks whether the country is still wanted.
_CHECK_EVERY_S = 5.0

#: Called with a step and how much of it is done (0..1); raises where the work must not go on.
Progress = Callable[[str, float], None]


class SupersededError(EwcmError):
    """The batch that a country is computed for has ended, and another one may be writing to its place."""


@dataclass(frozen=True)
class Task:
    """One country of one batch. ``inputs``: its folder, None for the starter pack. ``allow_starter``: see
    :func:`ewcm.batch.run.run_batch`. ``settings`` replace those of the folder, ``changes`` some of them."""

    batch: str
    iso3: str
    inputs: Path | None
    output: str
    settings: Settings | None
    fresh: bool
    engine: str
    allow_starter: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)


def run_country(task: Task, share: Share) -> CountryOutcome:
    """Bring one country up to date in the store. Runs on a worker; every error becomes an outcome."""
    blank = CountryOutcome(task.iso3, name=country(task.iso3).name)
    start = time.monotonic()
    watch = None
    try:
        with process_alone(share) as watch:
            start = time.monotonic()
            outcome = _bring_up_to_date(task, blank, share, _progress(task))
    except MemoryError as error:
        outcome = blank.failed(f"no memory left on the worker's host: {one_line(error)}")
    except EwcmError as error:
        outcome = blank.failed(one_line(error))
    except OSError as error:
        outcome = blank.failed(f"{error.filename or task.output}: {error.strerror or error}")
    except Exception as error:
        cause = (
            f"unforeseen {type(error).__name__}: {one_line(error)} (the report has the traceback; please pass it on)"
        )
        outcome = blank.failed(cause, traceback.format_exc())
    return replace(outcome, seconds=time.monotonic() - start, peak_bytes=watch.peak_bytes if watch else None)


def _progress(task: Task) -> Progress:
    """Tells the batch how far a country is, and raises :class:`SupersededError` when the batch has ended."""
    worker = get_worker()
    reported = 0.0
    checked = time.monotonic()

    def progress(step: str, done: float) -> None:
        nonlocal reported, checked
        now = time.monotonic()
        if done == 0.0 or now - reported > _REPORT_EVERY_S:
            reported = now
            position = {"iso3": task.iso3, "step": step, "done": float(done)}
            worker.log_event(task.batch, {**position, "resident": resident_bytes(), "worker": worker.address})
        if now - checked > _CHECK_EVERY_S:
            checked = now
            _check_still_wanted(task)

    return progress


def _bring_up_to_date(task: Task, blank: CountryOutcome, share: Share, progress: Progress) -> CountryOutcome:
    progress("inputs", 0.0)
    if task.engine != engine():
        raise EwcmError(
            f"the worker runs ewcm {engine()}, the batch {task.engine}; install the same version everywhere"
        )
    store = open_store(task.output)
    inputs = Inputs(country(task.iso3), None)
    if task.inputs:
        inputs = find_inputs(country(task.iso3), task.inputs, allow_starter=task.allow_starter)
    if not task.allow_starter:
        refuse_starter_in_place_of(inputs, f"{store.address}/{task.iso3}", store.grade_of(task.iso3))
    settings = (task.settings or inputs.settings).changed(**task.changes)
    inputs = replace(inputs, settings=settings)  # some settings are for the readers
    mark = fingerprint(inputs, settings)
    if not task.fresh and is_current(store, task.iso3, mark):
        return blank.with_figures(store.summary(task.iso3), Status.CURRENT)
    store.refuse_strangers(task.iso3)  # before the work, and again when it is done
    with storage.on_disk(Path(get_worker().local_directory)):
        data = load(inputs)
        with pieces.executed_by(partial(shared, share=share)) if is_large(data, settings) else nullcontext():
            result = pipeline.run(data, settings, progress)
        progress("writing", 0.0)
        _check_still_wanted(task)
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


def _check_still_wanted(task: Task) -> None:
    """Raise :class:`SupersededError` when the place of results is not held for the batch of this country any more. A worker
    may outlive a batch that was killed; it must not write while the next batch does."""
    if open_store(task.output).held_by() != task.batch:
        raise SupersededError("the batch has ended meanwhile; nothing was written")
