"""Work on one country that can be cut: its pieces are done here one after the other, or by every worker of a batch.

A piece is a function of its argument alone, so that it gives the same wherever and however often it is done; results come
in the order of the pieces, so that what is made of them is the same bytes too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

#: Does a function (of a module, so that it can be sent) to every piece, and gives the results in order.
Executor = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]

_executor: ContextVar[Executor] = ContextVar("who does the pieces", default=map)


@contextmanager
def executed_by(executor: Executor) -> Iterator[None]:
    """Pieces that are asked for meanwhile are done by ``executor``."""
    before = _executor.set(executor)
    try:
        yield
    finally:
        _executor.reset(before)


def results_of(function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """``function`` of every piece, in order, each as soon as it and those before it are ready."""
    return iter(_executor.get()(function, pieces))
