"""The memory of a worker: how much a country took at most, and a stop for one that takes too much."""

from __future__ import annotations

import ctypes
import math
import resource
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from ewcm.core import storage

#: Seconds between two looks at the memory.
_PERIOD_S = 0.05

#: Above this share of the limit, and above this much in any case [bytes], large arrays are made to leave memory.
_RELEASE_AT = 0.6
_RELEASE_ABOVE = 5 * 2**28

#: Less than this of files in memory is not worth it [bytes]: libraries, and pages that would come back at once.
_WORTH = 3 * 2**27

#: A country that is told to stop is told again after this many looks: library code may have swallowed the first.
_TELL_AGAIN = 20


class OverMemory(BaseException):
    """Raised in the thread of a country that takes more memory than its worker has. Not an ``Exception``: code that
    makes the best of errors must not make the best of this one."""


def resident_bytes() -> int:
    """Resident memory of this process [bytes], with the parts of files that are in memory for it."""
    return _pages(1)


def _of_files() -> int:
    """The part of the resident memory that is of files [bytes]."""
    return _pages(2)


def _pages(field: int) -> int:
    return int(Path("/proc/self/statm").read_text().split()[field]) * resource.getpagesize()


class MemoryWatch:
    """While open, watches this process; raises :class:`OverMemory` in the thread that opened it above ``limit_bytes``.

    The thread is met between two steps of Python: a long call into a library ends first. Dask's nanny, which ends the
    whole worker, stands behind for what cannot be stopped so.
    """

    def __init__(self, limit_bytes: int | None, tell: Callable[[int], None] = lambda resident_bytes: None) -> None:
        """``tell`` is called once, from another thread, before the stop."""
        self.limit_bytes = limit_bytes
        self._announce = tell
        self._sampled = 0
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="memory-watch")
        self._watched = 0
        self._marked = False

    @property
    def peak_bytes(self) -> int:
        """The most resident memory since the watch was opened [bytes]."""
        return max(self._sampled, _high_water_bytes() if self._marked else 0)

    def __enter__(self) -> Self:
        self._watched = threading.get_ident()
        self._marked = _reset_high_water()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Under the guard, so that nobody is told to stop who has finished.
        with self._guard:
            self._closed.set()

    def _watch(self) -> None:
        looks = 0
        room = min(_RELEASE_ABOVE, _RELEASE_AT * (self.limit_bytes or math.inf))
        while not self._closed.wait(_PERIOD_S):
            resident = resident_bytes()
            self._sampled = max(self._sampled, resident)
            if resident > room and _of_files() > _WORTH:
                storage.release()
                resident = resident_bytes()
            if self.limit_bytes is not None and resident > self.limit_bytes:
                if looks == 0:
                    self._announce(resident)
                if looks % _TELL_AGAIN == 0:
                    self._stop()
                looks += 1

    def _stop(self) -> None:
        with self._guard:
            if not self._closed.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._watched), ctypes.py_object(OverMemory))


def _reset_high_water() -> bool:
    """Let the kernel's high-water mark of this process start anew; False where that is not allowed (proc(5))."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _high_water_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
