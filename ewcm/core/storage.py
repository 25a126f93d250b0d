"""Arrays of a whole grid: in memory, or for a large country in a file that the system may drop from memory.

A country of 4·10⁸ grid cells needs a dozen arrays of its grid, one after the other or at once. On disk they are mapped into
memory like any other; what is not worked on may leave it. The numbers are the same wherever an array stands. To another
process of the same machine an array on disk is sent as the name of its file.
"""

from __future__ import annotations

import errno
import math
import mmap
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np

from ewcm.core.machine import running_machine

#: Grids of more cells than this are kept on disk where a place for them is given: 250 000 km² at 100 m.
LARGE_CELLS = 25_000_000

#: The folder of large arrays, and whether other processes open them by name.
_place: ContextVar[tuple[Path, bool] | None] = ContextVar("place of large arrays", default=None)
_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class _File:
    """A file in memory; ``path`` is None where it has no name. One that this process has made goes with the last array in it."""

    def __init__(self, path: str | None, mapped: mmap.mmap) -> None:
        self.path = path
        self._bytes = np.frombuffer(mapped, np.uint8)
        self.start = self._bytes.ctypes.data
        self.stop = self.start + self._bytes.size
        _mapped.add(mapped)

    def array(self, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ArrayOnDisk:
        size = math.prod(shape) * dtype.itemsize
        array = self._bytes[offset : offset + size].view(dtype).reshape(shape).view(ArrayOnDisk)
        array.file = self
        return array


class ArrayOnDisk(np.ndarray):
    """An array, or a part of one, whose values stand in a file."""

    file: _File | None = None

    def __array_finalize__(self, other: object) -> None:
        # Parts of an array come by here, and copies, which lie in no file.
        self.file = getattr(other, "file", None)

    def __array_wrap__(self, array: Any, context: object = None, return_scalar: bool = False) -> Any:
        """What is computed from an array on disk is an array in memory, or a number."""
        return array[()] if return_scalar else np.asarray(array)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        place, file = self.ctypes.data, self.file
        opened_by_name = file is not None and file.path is not None and file.start <= place < file.stop
        if file is None or not opened_by_name or not self.flags.c_contiguous:
            return np.array(self, subok=False).__reduce_ex__(protocol)
        return _opened, (file.path, running_machine(), place - file.start, self.shape, self.dtype)


@contextmanager
def on_disk(folder: Path, *, shared: bool = True) -> Iterator[None]:
    """Large arrays that are made meanwhile stand in files in ``folder``, which go when nobody uses them any more.

    ``shared``: other processes open them by their names, and without room on the disk :func:`empty` raises OSError. Otherwise
    they have no name, so that nothing is left of them however the process ends, and without room arrays stand in memory. Beside
    those without a name as much room again stays free: the result that is written at the end may need the same disk.
    """
    before = _place.set((folder, shared))
    try:
        yield
    finally:
        _place.reset(before)


def empty(shape: tuple[int, int], dtype: type[np.generic]) -> np.ndarray:
    """An array whose values are still to be set. Raises OSError where the disk has no room for it."""
    cells, place = math.prod(shape), _place.get()
    if place is None or cells <= LARGE_CELLS:
        return np.empty(shape, dtype)
    folder, shared = place
    size = cells * np.dtype(dtype).itemsize
    if shared:
        return _named(folder, size).array(0, shape, np.dtype(dtype))
    try:
        return _unnamed(folder, size).array(0, shape, np.dtype(dtype))
    except OSError:
        return np.empty(shape, dtype)


def _unnamed(folder: Path, size: int) -> _File:
    with tempfile.TemporaryFile(dir=folder) as file:
        _take_room(file.fileno(), size)
        if shutil.disk_usage(folder).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return _File(None, mmap.mmap(file.fileno(), size))


def _named(folder: Path, size: int) -> _File:
    descriptor, path = tempfile.mkstemp(prefix="grid-", dir=folder)
    try:
        _take_room(descriptor, size)
        file = _File(path, mmap.mmap(descriptor, size))
    except BaseException:
        _remove(path)
        raise
    finally:
        os.close(descriptor)
    weakref.finalize(file, _remove, path)
    return file


def full(shape: tuple[int, int], value: float, dtype: type[np.generic]) -> np.ndarray:
    """An array of one value."""
    array = empty(shape, dtype)
    array[...] = value
    return array


def release() -> None:
    """Let the arrays on disk leave memory. Whoever uses one finds it as it was. May be called from any thread."""
    if not hasattr(mmap, "MADV_DONTNEED"):  # Windows: the system drops what it needs itself
        return
    for mapped in list(_mapped):
        mapped.madvise(mmap.MADV_DONTNEED)


def _opened(path: str, boot: str, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ArrayOnDisk:
    """An array on disk of another process. Raises OSError where that one is not of this machine: only processes of one
    machine see at once what each of them writes."""
    if boot != running_machine():
        raise OSError(f"{path}: stands on another machine")
    with Path(path).open("r+b") as file:
        return _File(path, mmap.mmap(file.fileno(), 0)).array(offset, shape, dtype)


def _take_room(descriptor: int, size: int) -> None:
    """Give an empty file its size [bytes], with room on the disk for all of it: a full disk is an error, not a crash later."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    zeros = bytes(min(size, 2**20))  # macOS and Windows have no such call
    while size > 0:
        size -= os.write(descriptor, zeros[:size])


def _remove(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink()
