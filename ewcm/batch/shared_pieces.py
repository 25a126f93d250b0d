"""The pieces of a large country: done by its own worker, and by the others of the cluster where they have hands free.

The country's worker takes the pieces in order. The next few are lent to other workers; meanwhile it does those after them,
and whatever does not come back in time, or comes back as an error, it does itself. So a cluster that is busy, shrinks or is
lost can only make a country slower, and an error shows as it would without help. No more than a few results wait for their
turn.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from distributed import Client, Future, get_client, get_worker, wait

from ewcm.batch import cluster
from ewcm.batch.memory import OverMemory
from ewcm.batch.share import Share, at_work
from ewcm.errors import BatchError

#: Pieces lent to each other worker: one to work on, one to go on with.
_LENT_TO_EACH = 2

#: Results of later pieces that the country's worker keeps until it is their turn.
_KEPT = 2

#: Pieces come before countries that wait for a worker.
_FIRST = 1_000_000

#: A lent piece that is needed next gets as long as the slowest one took here, and this much more [s]. After one that was
#: late, one less is lent.
_PATIENCE_S = 2.0


def lend(function: Callable[[Any], Any], pieces: Sequence[Any], batch: str, share: Share) -> Iterator[Any]:
    """``function`` of every piece, in order (see ``ewcm.core.pieces``). Called on a worker, for the country that it has."""
    client, others = _others() if len(pieces) > 1 else (None, [])
    if client is None or not others:
        return map(function, pieces)
    return _Lending(function, pieces, client, others, batch, share).results()


def _others() -> tuple[Client | None, list[str]]:
    """A client of this worker, and the addresses of the other workers of its cluster."""
    try:
        client = get_client()
        with cluster.asking(client):
            known = client.scheduler_info(n_workers=-1)["workers"]
    except (OSError, ValueError, BatchError):
        return None, []
    return client, sorted(set(known) - {get_worker().address})


def _do(function: Callable[[Any], Any], piece: Any, share: Share) -> Any:
    try:
        with at_work(share):
            return function(piece)
    except OverMemory:
        raise MemoryError from None


class _Lending:
    """One set of pieces under way."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        pieces: Sequence[Any],
        client: Client,
        others: list[str],
        batch: str,
        share: Share,
    ) -> None:
        self._function = function
        self._pieces = pieces
        self._client = client
        self._others = others
        self._room = _LENT_TO_EACH * len(others)
        self._name = f"{batch}-piece-{uuid.uuid4().hex[:8]}"
        self._share = share
        self._untaken = 0
        self._lent: dict[int, Future] = {}
        self._kept: dict[int, Any] = {}
        self._slowest_s = 0.0

    def results(self) -> Iterator[Any]:
        try:
            for index in range(len(self._pieces)):
                if index == self._untaken:
                    self._untaken += 1
                    self._kept[index] = self._here(index)
                while index not in self._kept and self._busy_meanwhile(index):
                    pass
                yield self._kept.pop(index) if index in self._kept else self._back(index)
        finally:
            self._recall(list(self._lent))

    def _busy_meanwhile(self, index: int) -> bool:
        """Do a later piece while ``index`` is not back; false where there is none, or it is back."""
        if self._lent[index].done() or self._untaken == len(self._pieces) or len(self._kept) >= _KEPT:
            return False
        later = self._untaken
        self._untaken += 1
        self._kept[later] = self._here(later)
        return True

    def _here(self, index: int) -> Any:
        self._lend()
        start = time.monotonic()
        result = self._function(self._pieces[index])
        self._slowest_s = max(self._slowest_s, time.monotonic() - start)
        return result

    def _back(self, index: int) -> Any:
        """The result of a lent piece."""
        future = self._lent[index]
        try:
            with cluster.asking(self._client):
                wait(future, timeout=self._slowest_s + _PATIENCE_S)
                result = future.result(timeout=self._slowest_s + _PATIENCE_S)
        except Exception:  # whatever happened to it there, here it shows what becomes of it
            self._recall([index])
            self._room -= 1
            return self._here(index)
        del self._lent[index]
        return result

    def _lend(self) -> None:
        while self._untaken < len(self._pieces) and len(self._lent) < self._room:
            index = self._untaken
            try:
                with cluster.asking(self._client):
                    self._lent[index] = self._client.submit(
                        _do,
                        self._function,
                        self._pieces[index],
                        self._share,
                        key=f"{self._name}-{index}",
                        workers=self._others,
                        priority=_FIRST,
                        pure=False,
                    )
            except BatchError:
                self._room = 0
                return
            self._untaken += 1

    def _recall(self, indices: list[int]) -> None:
        futures = [self._lent.pop(index) for index in indices]
        try:
            with cluster.asking(self._client):
                self._client.cancel(futures)
        except BatchError:
            pass
