"""Work on one country that is cut into pieces, and who does them: this process one after the other, or a batch's workers.

The result of a piece depends on its argument alone, so that it is the same wherever and however often the piece is done.
Results come in the order of the pieces, so that what is summed from them is the same to the last byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

#: Calls a function with every piece, and gives the results in order. The function is one of a module, so that its name can
#: be sent to another process.
Executor = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]

_executor: ContextVar[Executor] = ContextVar("executor of pieces", default=map)


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
