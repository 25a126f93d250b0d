"""Arrays of a whole grid: in memory, or for a large country in a file that the system may drop from memory.

A country of 4·10⁸ grid cells needs a dozen arrays of its grid, one after the other or at once. On disk they are mapped into
memory like any other; what is not worked on may leave it. The numbers are the same wherever an array stands.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numpy as np

#: Grids of more cells than this are kept on disk where a place for them is given.
LARGE_CELLS = 25_000_000

_place: ContextVar[Path | None] = ContextVar("place of large arrays", default=None)
_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """Large arrays that are made meanwhile stand in ``folder``. They have no names there and go when nobody uses them."""
    before = _place.set(folder)
    try:
        yield
    finally:
        _place.reset(before)


def empty(shape: tuple[int, int], dtype: type[np.generic]) -> np.ndarray:
    """An array whose values are still to be set. Raises OSError where the disk has no room for it."""
    cells, folder = math.prod(shape), _place.get()
    if folder is None or cells <= LARGE_CELLS:
        return np.empty(shape, dtype)
    size = cells * np.dtype(dtype).itemsize
    # The file has no name: it cannot be left behind. Its room is taken now: a full disk is an error, not a crash later.
    with tempfile.TemporaryFile(dir=folder) as file:
        os.posix_fallocate(file.fileno(), 0, size)
        mapped = mmap.mmap(file.fileno(), size)
    _mapped.add(mapped)
    return np.frombuffer(mapped, dtype).reshape(shape)


def full(shape: tuple[int, int], value: float, dtype: type[np.generic]) -> np.ndarray:
    """An array of one value."""
    array = empty(shape, dtype)
    array[...] = value
    return array


def release() -> None:
    """Let the arrays on disk leave memory. Whoever uses one finds it as it was. May be called from any thread."""
    for mapped in list(_mapped):
        mapped.madvise(mmap.MADV_DONTNEED)
