"""The memory of a worker process: how much a country took at most, and letting go of files that are mapped into it.

Nothing here stops a country. Dask's nanny does: it ends a worker process that passes its limit (``ewcm.batch.cluster``).
"""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Self

import psutil

from ewcm.core import storage

#: Seconds between two looks at the memory.
_PERIOD_S = 0.05

#: Above this share of the limit, and above this much in any case [bytes], arrays on disk are made to leave memory.
_RELEASE_AT = 0.6
_RELEASE_ABOVE = 5 * 2**28

#: With less of files in memory than this [bytes] nothing is released: these are libraries, and pages that would be read
#: again at once.
_WORTH_RELEASING = 3 * 2**27


def resident_bytes() -> int:
    """Resident memory of this process [bytes], with the parts of files that are mapped into it."""
    return int(psutil.Process().memory_info().rss)


def _resident_file_bytes() -> int:
    """The part of the resident memory that belongs to files [bytes]; 0 where the system does not tell it apart."""
    return int(getattr(psutil.Process().memory_info(), "shared", 0))


class MemoryWatch:
    """While open, measures the most memory that this process takes, and releases arrays on disk when it takes much.

    ``limit_bytes``: what the process may take; None where nobody has set a limit.
    """

    def __init__(self, limit_bytes: int | None) -> None:
        self._release_above = min(_RELEASE_ABOVE, _RELEASE_AT * (limit_bytes or math.inf))
        self._largest_sample = 0
        self._kernel_measures = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="memory-watch")

    @property
    def peak_bytes(self) -> int:
        """The most resident memory since the watch was opened [bytes]."""
        return max(self._largest_sample, _high_water_bytes() if self._kernel_measures else 0)

    def __enter__(self) -> Self:
        self._kernel_measures = _reset_high_water()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_PERIOD_S):
            resident = resident_bytes()
            self._largest_sample = max(self._largest_sample, resident)
            if resident > self._release_above and _resident_file_bytes() > _WORTH_RELEASING:
                storage.release()


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
