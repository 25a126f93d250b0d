"""The batch itself: hold the place, hand out the countries, gather what became of them, keep the atlas true."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from distributed import Future
from distributed.scheduler import KilledWorker
from rich.console import Console

from ewcm.batch import cluster, lock
from ewcm.batch.atlas import publish_atlas
from ewcm.batch.display import Display
from ewcm.batch.fingerprint import engine
from ewcm.batch.outcome import BatchReport, CountryOutcome, Status
from ewcm.batch.share import Share
from ewcm.batch.store import Store, open_store
from ewcm.batch.work import GIB, Task, run_country
from ewcm.core.files import write_atomically
from ewcm.countries import countries, country
from ewcm.errors import BatchError, EwcmError
from ewcm.settings import Settings

#: Seconds between two looks at the cluster.
_LOOK_S = 0.5

#: A cluster that has lost all its workers gets this long to bring one back [s].
_NO_WORKER_S = 120.0


def run_batch(
    iso3s: Sequence[str] | None = None,
    *,
    inputs: str | Path = "data",
    output: str | Path = "maps",
    workers: int | None = None,
    scheduler: str | None = None,
    fresh: bool = False,
    keep_going: bool = True,
    memory_limit: int | None = None,
    settings: Settings | None = None,
    report: str | Path | None = None,
    console: Console | None = None,
) -> BatchReport:
    """Bring countries up to date: all of the registry, or those of ``iso3s``.

    ``inputs``: folder with one folder a country (those without one are made from the starter pack). ``output``: folder or
    fsspec address. ``workers``: processes on this machine, at most one a core (default); or ``scheduler``: address of a
    running Dask scheduler whose workers see ``inputs`` and ``output`` under the same paths. A country that is published from
    the same inputs, settings and version is left as it is unless ``fresh``. ``keep_going`` false: after the first failure
    no other country is begun. ``memory_limit``: bytes a worker may take; a country that takes more fails. ``settings``
    replace those of every country. ``report``: file for :meth:`BatchReport.to_json`. ``console``: where progress is shown.

    A country that fails is part of the report, not an error. Raises :class:`BatchError` when the batch cannot start
    (another one holds the place, no worker) and :class:`CountryError` for a code that does not exist.
    """
    selected = list(dict.fromkeys(country(iso3).iso3 for iso3 in iso3s)) if iso3s else [c.iso3 for c in countries()]
    store = open_store(output)
    batch = f"ewcm-{uuid.uuid4().hex[:12]}"
    started = datetime.now(UTC).isoformat(timespec="seconds")
    clock = time.monotonic()
    outcomes = {iso3: CountryOutcome(iso3, name=country(iso3).name) for iso3 in selected}
    with store.hold(lock.holder(batch, started)):
        store.sweep()
        crew_of = _crew(scheduler, workers, memory_limit, store)
        try:
            with crew_of as crew, Display(console or Console(stderr=True), outcomes) as display:
                tasks = [
                    Task(
                        batch=batch,
                        iso3=iso3,
                        inputs=_inputs_of(Path(inputs), iso3),
                        output=store.address,
                        settings=settings,
                        fresh=fresh,
                        engine=engine(),
                    )
                    for iso3 in selected
                ]
                shape = (crew.workers, crew.threads)
                trouble = _Batch(crew, memory_limit, store, outcomes, display, keep_going).run(_heavy_first(tasks))
        finally:
            # What was published is shown, even when somebody has ended the batch.
            unshown = _show(store)
            store.sweep()
    trouble = trouble or unshown
    for iso3, outcome in outcomes.items():
        if outcome.status in (Status.WAITING, Status.RUNNING):
            outcomes[iso3] = replace(outcome, status=Status.NOT_RUN, cause=outcome.cause or trouble)
    result = BatchReport(
        engine=engine(),
        output=store.address,
        started=started,
        seconds=time.monotonic() - clock,
        workers=shape[0],
        threads=shape[1],
        countries=tuple(outcomes.values()),
        trouble=trouble,
    )
    if report is not None:
        _write_report(Path(report), result)
    return result


def _crew(
    scheduler: str | None, workers: int | None, memory_limit: int | None, store: Store
) -> AbstractContextManager[cluster.Crew]:
    if scheduler is not None:
        return cluster.external(scheduler)
    return cluster.local(workers, memory_limit, store.scratch)


def _inputs_of(root: Path, iso3: str) -> Path | None:
    folder = (root / iso3).absolute()
    return folder if folder.is_dir() else None


def _heavy_first(tasks: list[Task]) -> list[Task]:
    """The country with most bytes of input first, so that the last to end is a small one."""

    def weight(task: Task) -> tuple[float, float]:
        files = task.inputs.rglob("*") if task.inputs else ()
        return sum(path.stat().st_size for path in files if path.is_file()), country(task.iso3).people or 0.0

    return sorted(tasks, key=weight, reverse=True)


def _show(store: Store) -> str:
    """Bring the atlas up to date; why that cannot be done, or ""."""
    try:
        publish_atlas(store)
    except (OSError, EwcmError) as error:
        return f"the atlas could not be written ({getattr(error, 'strerror', None) or error})"
    return ""


def _write_report(path: Path, report: BatchReport) -> None:
    try:
        write_atomically(path, report.to_json().encode())
    except OSError as error:
        raise BatchError(f"{path}: the report cannot be written ({error.strerror})") from None


class _Batch:
    """One batch under way."""

    def __init__(
        self,
        crew: cluster.Crew,
        memory_limit: int | None,
        store: Store,
        outcomes: dict[str, CountryOutcome],
        display: Display,
        keep_going: bool,
    ) -> None:
        self._client = crew.client
        self._threads = crew.threads
        self._memory_limit = memory_limit
        self._store = store
        self._outcomes = outcomes
        self._display = display
        self._keep_going = keep_going
        self._resident: dict[str, int] = {}
        self._over_memory: dict[str, str] = {}
        self._finished: SimpleQueue[str] = SimpleQueue()

    def run(self, tasks: list[Task]) -> str:
        """Do all tasks; what kept the batch from its end, or ""."""
        try:
            return self._until_done(self._hand_out(tasks))
        except cluster.LostError as error:
            return str(error)

    def _hand_out(self, tasks: list[Task]) -> dict[str, Future]:
        """Submit every task; the futures by ISO3."""
        here = max(Counter(worker["host"] for worker in self._workers().values()).values(), default=1)
        share = Share(self._threads, here, self._memory_limit)
        futures: dict[str, Future] = {}
        with cluster.asking(self._client):
            self._client.subscribe_topic(tasks[0].batch, self._hear)
            for place, task in enumerate(tasks):
                key = f"{task.batch}-{task.iso3}"
                future = self._client.submit(run_country, task, share, key=key, pure=False, priority=-place)
                self._watch(task.iso3, future)
                futures[task.iso3] = future
        return futures

    def _until_done(self, futures: dict[str, Future]) -> str:
        """Take outcomes as they come until there are no more; what kept the batch from its end, or ""."""
        without_workers_since: float | None = None
        while futures:
            try:
                iso3 = self._finished.get(timeout=_LOOK_S)
                if iso3 in futures and futures[iso3].done():  # and not recalled
                    self._settle(iso3, futures.pop(iso3))
                elif iso3 in futures:
                    # A worker that was killed just then took the outcome with it: the task runs again.
                    self._watch(iso3, futures[iso3])
                if not self._keep_going and self._failed():
                    self._recall(futures)
            except Empty:
                pass
            if not futures or self._workers():
                without_workers_since = None
                continue
            without_workers_since = without_workers_since or time.monotonic()
            if time.monotonic() - without_workers_since > _NO_WORKER_S:
                return "the cluster has lost all its workers; start some, then start the batch again to go on"
        return ""

    def _watch(self, iso3: str, future: Future) -> None:
        future.add_done_callback(lambda _: self._finished.put(iso3))

    def _settle(self, iso3: str, future: Future) -> None:
        """Take the outcome of a country whose task has come to an end."""
        outcome = self._outcome_of(iso3, future)
        self._outcomes[iso3] = outcome
        self._display.finished(outcome)
        if outcome.status == Status.DONE:
            _show(self._store)

    def _outcome_of(self, iso3: str, future: Future) -> CountryOutcome:
        with cluster.asking(self._client):
            error = future.exception()
            if error is None:
                return future.result()
        cause = self._over_memory.get(iso3) or self._why(iso3, error)
        return replace(self._outcomes[iso3], status=Status.FAILED, cause=cause)

    def _why(self, iso3: str, error: BaseException) -> str:
        """The cause of a task that did not come back with an outcome."""
        if isinstance(error, KilledWorker):
            seen = self._resident.get(iso3)
            used = f", last seen with {seen / GIB:.2f} GiB" if seen else ""
            return f"its worker died each time it was tried{used}: out of memory, or a fault in a library"
        return f"the workers cannot run it ({type(error).__name__}: {error}); install the same ewcm everywhere"

    def _failed(self) -> bool:
        return any(outcome.status == Status.FAILED for outcome in self._outcomes.values())

    def _recall(self, futures: dict[str, Future]) -> None:
        """Begin no other country; those under way go on to their end."""
        late = [iso3 for iso3 in futures if self._outcomes[iso3].status == Status.WAITING]
        for iso3 in late:
            self._outcomes[iso3] = replace(self._outcomes[iso3], status=Status.NOT_RUN, cause="stopped after a failure")
        with cluster.asking(self._client):
            self._client.cancel([futures.pop(iso3) for iso3 in late])

    def _hear(self, event: tuple[float, dict[str, object]]) -> None:
        """A worker tells how far it is. Called in the client's own thread."""
        word = event[1]
        iso3 = str(word["iso3"])
        if "cause" in word:
            self._over_memory[iso3] = str(word["cause"])
        elif self._outcomes[iso3].status in (Status.WAITING, Status.RUNNING):
            self._outcomes[iso3] = replace(self._outcomes[iso3], status=Status.RUNNING)
            self._resident[iso3] = int(str(word["resident"]))
            self._display.step(iso3, f"{word['step']} {float(str(word['done'])):.0%}")

    def _workers(self) -> dict[str, dict[str, object]]:
        with cluster.asking(self._client):
            return self._client.scheduler_info(n_workers=-1)["workers"]
