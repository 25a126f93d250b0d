"""Being asked to end: whatever is under way cleans up behind itself and is not disturbed at it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

#: Signals that end a command in order; HUP comes when a terminal is closed. Windows has no HUP.
_ASKED = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ALL = {signal.SIGINT, *_ASKED}


def _stop(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """TERM and HUP raise SystemExit(128 + number) meanwhile, as INT raises KeyboardInterrupt, so that ``finally`` is reached.

    A signal that whoever started the process has had ignored (nohup) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ASKED}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that come meanwhile are delivered after it: for the removal of what a run leaves."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ALL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
