"""The pieces of a large country, done by its own worker and by the idle ones among the other workers of the cluster.

The country's worker goes through the pieces in order. The next few are given to Dask as tasks for the other workers;
meanwhile it does later pieces itself. A piece that is needed next and that no other worker has begun is done here after all:
so a cluster that is busy, shrinks or is lost can only make a country slower. So is a piece that failed elsewhere: an error
shows as it would without help. Why Dask does not place all pieces: docs/adr/0003-large-countries.md.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from distributed import Client, Future, get_client, get_worker, wait

from ewcm.batch import cluster
from ewcm.batch.share import Share, process_alone
from ewcm.errors import BatchError

#: Pieces given to each other worker: one that it works on, and the one after that.
_PIECES_FOR_EACH = 2

#: Results of later pieces that the country's worker keeps until it is their turn; more would fill its memory.
_MOST_KEPT = 2

#: Dask's priority of a piece: before anything else that waits for a worker.
_PRIORITY = 1_000_000

#: A piece that is needed next gets this long to be begun by another worker [s].
_TIME_TO_BEGIN_S = 0.2

#: Seconds between two looks whether a piece is done, or begun by a worker that is still there.
_LOOK_S = 0.1


def shared(function: Callable[[Any], Any], pieces: Sequence[Any], share: Share) -> Iterator[Any]:
    """``function`` of every piece, in order (see ``ewcm.core.pieces``). Called on a worker, for the country that it has."""
    if len(pieces) < 2:
        return map(function, pieces)
    try:
        client = get_client()
        others = sorted(_workers(client) - {get_worker().address})
    except (OSError, ValueError, BatchError):
        return map(function, pieces)
    return _SharedPieces(function, pieces, client, others, share).results() if others else map(function, pieces)


def _workers(client: Client) -> set[str]:
    """Addresses of the workers of the cluster."""
    with cluster.scheduler_errors(client):
        return set(client.scheduler_info(n_workers=-1)["workers"])


def _do_elsewhere(function: Callable[[Any], Any], piece: Any, index: int, topic: str, share: Share) -> Any:
    """One piece, on another worker than that of its country, which is told that the piece is begun."""
    worker = get_worker()
    with process_alone(share):
        worker.log_event(topic, {"index": index, "worker": worker.address})
        return function(piece)


class _SharedPieces:
    """One set of pieces under way."""

    def __init__(
        self, function: Callable[[Any], Any], pieces: Sequence[Any], client: Client, others: list[str], share: Share
    ) -> None:
        self._function = function
        self._pieces = pieces
        self._client = client
        self._others = others
        self._share = share
        self._name = f"ewcm-piece-{uuid.uuid4().hex}"
        self._next = 0  # the first piece that nobody has taken
        self._most_elsewhere = _PIECES_FOR_EACH * len(others)
        self._elsewhere: dict[int, Future] = {}
        self._begun: dict[int, str] = {}  # address of the worker, by piece
        self._kept: dict[int, Any] = {}

    def results(self) -> Iterator[Any]:
        """The results in order, each as soon as it and those before it are there."""
        begun = self._begun  # and not self: the client keeps what hears of a topic for as long as it lives

        def note_begun(event: tuple[float, dict[str, Any]]) -> None:
            begun[event[1]["index"]] = event[1]["worker"]

        with suppress(BatchError), cluster.scheduler_errors(self._client):
            self._client.subscribe_topic(self._name, note_begun)
        try:
            for index in range(len(self._pieces)):
                if index == self._next:
                    self._do_next()
                while index in self._elsewhere and not self._elsewhere[index].done() and self._may_do_more():
                    self._do_next()
                yield self._kept.pop(index) if index in self._kept else self._from_elsewhere(index)
        finally:
            self._give_up(list(self._elsewhere))
            with suppress(BatchError), cluster.scheduler_errors(self._client):
                self._client.unsubscribe_topic(self._name)

    def _may_do_more(self) -> bool:
        return self._next < len(self._pieces) and len(self._kept) < _MOST_KEPT

    def _do_next(self) -> None:
        """Do the first piece here that nobody has taken, and have others do those after it."""
        index = self._next
        self._next += 1
        self._fill_others()
        self._kept[index] = self._function(self._pieces[index])

    def _fill_others(self) -> None:
        while self._next < len(self._pieces) and len(self._elsewhere) < self._most_elsewhere:
            index = self._next
            try:
                with cluster.scheduler_errors(self._client):
                    self._elsewhere[index] = self._client.submit(
                        *(_do_elsewhere, self._function, self._pieces[index], index, self._name, self._share),
                        key=f"{self._name}-{index}",
                        workers=self._others,
                        priority=_PRIORITY,
                        pure=False,
                    )
            except BatchError:
                self._most_elsewhere = 0
                return
            self._next += 1

    def _is_begun(self, index: int) -> bool:
        """Whether another worker, which is still there, is at work on a piece."""
        try:
            return index in self._begun and self._begun[index] in _workers(self._client)
        except BatchError:
            return False

    def _from_elsewhere(self, index: int) -> Any:
        """The result of a piece that was given to the other workers. Where they do not bring it, it is made here."""
        future = self._elsewhere[index]
        needed_since = time.monotonic()
        while not future.done() and (time.monotonic() < needed_since + _TIME_TO_BEGIN_S or self._is_begun(index)):
            # An error says "not yet", or that the scheduler is lost, which the next look whether it is begun notices.
            with suppress(BatchError), cluster.scheduler_errors(self._client):
                wait(future, timeout=_LOOK_S)
        if future.done():
            try:
                with cluster.scheduler_errors(self._client):
                    result = future.result()
            except Exception:  # whatever happened there: an error of the piece itself is raised here once more
                pass
            else:
                del self._elsewhere[index]
                return result
        self._give_up([index])
        self._most_elsewhere -= 1
        self._fill_others()
        return self._function(self._pieces[index])

    def _give_up(self, indices: list[int]) -> None:
        futures = [self._elsewhere.pop(index) for index in indices]
        with suppress(BatchError), cluster.scheduler_errors(self._client):
            self._client.cancel(futures)
