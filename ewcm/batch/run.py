"""The batch itself: hold the place of results, give the countries to workers, gather outcomes, keep the atlas up to date."""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from distributed import Future
from distributed.scheduler import KilledWorker
from rich.console import Console

from ewcm.batch import cluster, lock
from ewcm.batch.atlas import publish_atlas
from ewcm.batch.display import Display
from ewcm.batch.fingerprint import engine
from ewcm.batch.outcome import BatchReport, CountryOutcome, Status, is_report
from ewcm.batch.share import Share
from ewcm.batch.store import Store, made_scratch, open_store
from ewcm.batch.work import GIB, Task, run_country
from ewcm.core.files import write_atomically
from ewcm.countries import countries, country
from ewcm.errors import BatchError, EwcmError
from ewcm.inputs.find import DATA, folder_in
from ewcm.progress import Style
from ewcm.settings import Settings

#: Seconds between two looks at the cluster.
_LOOK_S = 0.5

#: A cluster that has lost all its workers gets this long to bring one back [s].
_NO_WORKER_S = 240.0

#: A country whose worker dies is given to another one until it has been tried this often.
_MOST_TRIES = 4


class BatchStoppedError(KeyboardInterrupt):
    """Ctrl-C has ended a batch; ``report`` says how far it came. What is published stays, and the next batch goes on."""

    def __init__(self, report: BatchReport) -> None:
        super().__init__("stopped by Ctrl-C")
        self.report = report


def run_batch(
    iso3s: Sequence[str] | None = None,
    *,
    inputs: str | Path | None = None,
    allow_starter: bool = False,
    output: str | Path = "maps",
    workers: int | None = None,
    scheduler: str | None = None,
    fresh: bool = False,
    keep_going: bool = True,
    memory_limit: int | None = None,
    settings: Settings | None = None,
    report: str | Path | None = None,
    changes: Mapping[str, Any] | None = None,
    console: Console | None = None,
    progress: Style = Style.AUTO,
) -> BatchReport:
    """Bring countries up to date: all of the registry, or those of ``iso3s``.

    ``inputs``: folder with one folder a country; where it is not named it is ``data``, and countries without a folder there
    are made from the starter pack. They fail where ``inputs`` was named, or where what is published was made from a user's
    files, unless ``allow_starter``. ``output``: folder or fsspec address. ``workers``: processes on this machine, at most one
    a core (default); or ``scheduler``: address of a running Dask scheduler, whose workers see the same paths. A country that is
    published from the same inputs, settings and version is left as it is unless ``fresh``. ``keep_going`` false: after the
    first failure no other is begun. ``memory_limit``: bytes that each worker of this machine may take; a country that takes
    more fails. ``settings`` replace those of every country, ``changes`` some of them (by name). ``report``: file for
    :meth:`BatchReport.to_json`. ``console``: where progress is shown, and ``progress``: how.

    A country that fails is part of the report, not an error. Raises :class:`BatchError` when the batch cannot start
    (another one holds the place, no worker, a memory limit for workers that somebody else has started),
    :class:`SettingsError` for changes that cannot be, :class:`CountryError` for a code that does not exist, and
    :class:`BatchStoppedError`, which holds the report, after Ctrl-C.
    """
    if workers is not None and workers < 1:
        raise BatchError(f"a batch needs at least one worker, not {workers}; leave --workers away for one a core")
    Settings().changed(**(changes or {}))  # refused before the work
    selected = list(dict.fromkeys(country(iso3).iso3 for iso3 in iso3s)) if iso3s else [c.iso3 for c in countries()]
    store = open_store(output)
    if report is not None:
        _try_report(Path(report))
    batch = f"ewcm-{uuid.uuid4().hex[:12]}"
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    stopped, trouble, count, threads = False, "", 0, 0
    outcomes = {iso3: CountryOutcome(iso3, name=country(iso3).name) for iso3 in selected}
    with store.hold(lock.holder(batch, started)):
        store.sweep()
        try:
            with (
                _workers(scheduler, workers, memory_limit, store) as found,
                Display(console or Console(stderr=True), outcomes, progress) as display,
            ):
                count, threads = found.count, found.threads
                blank = Task(
                    batch, "", None, store.address, settings, fresh, engine(), allow_starter, dict(changes or {})
                )
                tasks = [replace(blank, iso3=iso3, inputs=_inputs_of(inputs, iso3)) for iso3 in selected]
                trouble = _Batch(found, store, outcomes, display, keep_going).run(_heavy_first(tasks))
        except KeyboardInterrupt:
            stopped, trouble = True, "stopped by Ctrl-C"
        finally:
            # What was published is shown, even when somebody has ended the batch.
            atlas_trouble = _publish_atlas(store, outcomes)
            store.sweep()
    trouble = trouble or atlas_trouble
    _close(outcomes, trouble)
    result = BatchReport(
        engine=engine(),
        output=store.address,
        started=started,
        seconds=time.monotonic() - clock,
        workers=count,
        threads=threads,
        countries=tuple(outcomes.values()),
        trouble=trouble,
    )
    if report is not None:
        _write_report(Path(report), result)
    if stopped:
        raise BatchStoppedError(result)
    return result


def _close(outcomes: dict[str, CountryOutcome], trouble: str) -> None:
    """Say of every country that did not come to its end that it was not run, and why."""
    for iso3, outcome in outcomes.items():
        if outcome.status in (Status.WAITING, Status.RUNNING):
            outcomes[iso3] = replace(outcome, status=Status.NOT_RUN, cause=outcome.cause or trouble)


def _workers(
    scheduler: str | None, workers: int | None, memory_limit: int | None, store: Store
) -> AbstractContextManager[cluster.Workers]:
    """The workers of a running scheduler, or some of this machine's own."""
    if scheduler is not None and memory_limit is not None:
        raise BatchError(
            f"a memory limit is for workers that the batch starts; those of {scheduler} keep to the one that they were "
            "started with (dask worker --memory-limit)"
        )
    if scheduler is None:
        return cluster.local(workers, memory_limit, made_scratch(store.scratch))
    return cluster.external(scheduler)


def _inputs_of(root: str | Path | None, iso3: str) -> Path | None:
    """The folder of a country, there or not; None where nobody meant it to have one."""
    found = folder_in(DATA if root is None else Path(root), iso3)
    if found is None and root is not None:
        found = Path(root) / iso3
    return None if found is None else found.absolute()


def _heavy_first(tasks: list[Task]) -> list[Task]:
    """The country with most bytes of input first, so that the last to end is a small one."""

    def weight(task: Task) -> tuple[float, float]:
        size = 0
        with suppress(OSError):  # what cannot be looked through is said by the worker
            files = task.inputs.rglob("*") if task.inputs else ()
            size = sum(path.stat().st_size for path in files if path.is_file())
        return size, country(task.iso3).people or 0.0

    return sorted(tasks, key=weight, reverse=True)


def _publish_atlas(store: Store, outcomes: dict[str, CountryOutcome]) -> str:
    """Bring the atlas up to date, and keep of which countries it shows older figures; why that cannot be done, or ""."""
    try:
        before = store.failures()
        failures = dict(before)
        for iso3, outcome in outcomes.items():
            if outcome.status in (Status.DONE, Status.CURRENT):
                failures.pop(iso3, None)
            elif outcome.status == Status.FAILED:
                failures[iso3] = outcome.cause
        if failures != before:
            store.keep_failures(failures)
        publish_atlas(store, failures)
    except (OSError, EwcmError) as error:
        return f"the atlas could not be written ({getattr(error, 'strerror', None) or error})"
    return ""


def _try_report(path: Path) -> None:
    """Raise :class:`BatchError` where the report could not be written, before the work, or would take the place of somebody
    else's file. Leaves everything as it was."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if path.is_symlink() or path.exists():
            plain = path.is_file() and not path.is_symlink()
            if not plain or not is_report(path.read_bytes()):
                raise BatchError(
                    f"{path}: is there already, and is not the report of a batch; move it away, or give --report another file"
                )
        trial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            trial.write_bytes(b"")
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise BatchError(
            f"{path}: the report cannot be written ({error.strerror}); give --report another file"
        ) from None


def _write_report(path: Path, report: BatchReport) -> None:
    try:
        write_atomically(path, report.to_json().encode())
    except OSError as error:
        raise BatchError(f"{path}: the report cannot be written ({error.strerror})") from None


class _Batch:
    """One batch under way. As many countries are with Dask as there are workers, so that a worker that dies takes no more
    than the country that it has with it."""

    def __init__(
        self,
        workers: cluster.Workers,
        store: Store,
        outcomes: dict[str, CountryOutcome],
        display: Display,
        keep_going: bool,
    ) -> None:
        self._client = workers.client
        self._threads = workers.threads
        self._replace_lost = workers.replace_lost
        self._store = store
        self._outcomes = outcomes
        self._display = display
        self._keep_going = keep_going
        self._waiting: deque[Task] = deque()
        self._under_way: dict[str, tuple[Task, Future]] = {}
        self._tries: Counter[str] = Counter()
        self._ended: SimpleQueue[str] = SimpleQueue()
        self._memory_limits: dict[str, int] = {}  # bytes, by address of worker
        # What events tell, by country: its worker, the memory seen last, and that with which its worker was ended [bytes].
        self._worker_of: dict[str, str] = {}
        self._resident: dict[str, int] = {}
        self._over_memory: dict[str, tuple[int, int | None]] = {}

    def run(self, tasks: list[Task]) -> str:
        """Do all tasks; what kept the batch from its end, or ""."""
        self._waiting.extend(tasks)
        try:
            with cluster.scheduler_errors(self._client):
                self._client.subscribe_topic(tasks[0].batch, self._note_progress)
                self._client.subscribe_topic(cluster.MEMORY_TOPIC, self._note_memory)
            return self._until_done()
        except cluster.LostError as error:
            return str(error)

    def _until_done(self) -> str:
        """Begin countries and take outcomes until there are no more; what kept the batch from its end, or ""."""
        without_workers_since: float | None = None
        while self._waiting or self._under_way:
            workers = self._workers()
            self._submit(workers)
            with suppress(Empty):
                self._settle(self._ended.get(timeout=_LOOK_S), workers)
            if workers:
                without_workers_since = None
                continue
            without_workers_since = without_workers_since or time.monotonic()
            self._replace_lost()
            if time.monotonic() - without_workers_since > _NO_WORKER_S:
                return "the cluster has lost all its workers; start some, then start the batch again to go on"
        return ""

    def _submit(self, workers: dict[str, dict[str, Any]]) -> None:
        """Give Dask the next countries, until there is one for each worker."""
        workers_here = max(Counter(worker["host"] for worker in workers.values()).values(), default=1)
        share = Share(self._threads, workers_here)
        while self._waiting and len(self._under_way) < len(workers):
            task = self._waiting.popleft()
            key = f"{task.batch}-{task.iso3}-{self._tries[task.iso3]}"
            with cluster.scheduler_errors(self._client):
                future = self._client.submit(run_country, task, share, key=key, pure=False)
            self._under_way[task.iso3] = task, future
            self._note_end(task.iso3, future)

    def _note_end(self, iso3: str, future: Future) -> None:
        future.add_done_callback(lambda _: self._ended.put(iso3))

    def _settle(self, iso3: str, workers: dict[str, dict[str, Any]]) -> None:
        """Take the outcome of a country whose task has come to an end."""
        task, future = self._under_way[iso3]
        if not future.done():
            # A worker that was killed just then took the outcome with it: Dask runs the task again.
            self._note_end(iso3, future)
            return
        outcome = self._outcome_of(iso3, future)
        del self._under_way[iso3]
        if outcome is None:
            self._waiting.appendleft(task)
            return
        self._outcomes[iso3] = outcome
        self._display.finished(outcome)
        if outcome.status == Status.FAILED and not self._keep_going:
            self._begin_no_other()
        self._submit(workers)
        if outcome.status == Status.DONE:
            _publish_atlas(self._store, self._outcomes)

    def _outcome_of(self, iso3: str, future: Future) -> CountryOutcome | None:
        """What became of a country; None where its worker died and it is to be tried again."""
        with cluster.scheduler_errors(self._client):
            error = future.exception()
            if error is None:
                try:
                    return future.result()
                except KilledWorker as lost:  # the worker that held it died in the meantime
                    error = lost
        outcome = self._outcomes[iso3]
        if not isinstance(error, KilledWorker):
            return outcome.failed(
                f"the workers cannot run it ({type(error).__name__}: {error}); install the same ewcm everywhere"
            )
        if iso3 in self._over_memory:
            used, limit = self._over_memory[iso3]
            return replace(outcome.failed(_over_memory(used, limit)), peak_bytes=used)
        self._tries[iso3] += error.allowed_failures + 1
        if self._tries[iso3] < _MOST_TRIES:
            return None
        seen = self._resident.get(iso3)
        used_last = f", last seen with {seen / GIB:.2f} GiB" if seen else ""
        return outcome.failed(
            f"its worker died each time it was tried{used_last}: out of memory, or a fault in a library"
        )

    def _begin_no_other(self) -> None:
        """Leave out what waits; the countries under way go on to their end."""
        for task in self._waiting:
            waiting = self._outcomes[task.iso3]
            self._outcomes[task.iso3] = replace(waiting, status=Status.NOT_RUN, cause="stopped after a failure")
        self._waiting.clear()

    def _note_progress(self, event: tuple[float, dict[str, Any]]) -> None:
        """A worker tells how far its country is. Called in the client's own thread."""
        progress = event[1]
        iso3 = progress["iso3"]
        if self._outcomes[iso3].status in (Status.WAITING, Status.RUNNING):
            self._outcomes[iso3] = replace(self._outcomes[iso3], status=Status.RUNNING)
            self._worker_of[iso3] = progress["worker"]
            self._resident[iso3] = progress["resident"]
            self._display.step(iso3, progress["step"], progress["done"])

    def _note_memory(self, event: tuple[float, dict[str, Any]]) -> None:
        """A nanny has ended a worker that took too much memory. Called in the client's own thread."""
        address = event[1]["worker"]
        for iso3, worker in self._worker_of.items():
            if worker == address and iso3 in self._under_way:
                self._over_memory[iso3] = event[1]["rss"], self._memory_limits.get(address)

    def _workers(self) -> dict[str, dict[str, Any]]:
        """What the scheduler knows of each worker, by address."""
        with cluster.scheduler_errors(self._client):
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self._memory_limits.update({address: worker["memory_limit"] for address, worker in workers.items()})
        return workers


def _over_memory(used: int, limit: int | None) -> str:
    """The cause of a country that took too much memory [bytes]."""
    of_limit = f", the limit is {limit / GIB:.2f} GiB" if limit else ""
    return (
        f"took more memory than its worker has ({used / GIB:.2f} GiB{of_limit}); "
        "give fewer workers or a higher memory limit (--memory-limit)"
    )
