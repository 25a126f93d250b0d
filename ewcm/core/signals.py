"""Being asked to end: whatever is under way cleans up behind itself and is not disturbed at it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ewcm.errors import EwcmError

#: Signals that end a command in order; HUP comes when a terminal is closed. Windows has no HUP.
_ASKED = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

#: Where nothing may be raised. Modules in C make an error of their own of it while they are imported, say it with a traceback, or
#: end the process on the spot; LLVM, which calls Python back when it loads compiled kernels, crashes.
_CLOSED = "<frozen importlib", f"{os.sep}llvmlite{os.sep}binding{os.sep}"

#: The signal of the timer that looks again, after so long [s], at one that came while nothing could be raised.
_TIMER = getattr(signal, "SIGALRM", None)
_AGAIN_S = 0.02

#: Whatever may end a command.
_ALL = {signal.SIGINT, *_ASKED, *([] if _TIMER is None else [_TIMER])}


class _Request:
    """The last signal that has asked the command to end, and the frame in which that command was begun."""

    number: int | None = None
    beginning: FrameType | None = None


def _handle(number: int, frame: FrameType | None) -> None:
    """End the command, or look again a little later where nothing may be raised."""
    if number != _TIMER:
        _Request.number = number
    if not (_is_closed(frame) and _look_again()):
        end_if_asked()


def _is_closed(frame: FrameType | None) -> bool:
    while frame is not None and frame is not _Request.beginning:
        if any(place in frame.f_code.co_filename for place in _CLOSED):
            return True
        frame = frame.f_back
    return False


def _look_again() -> bool:
    """Set the timer; false where there is none."""
    if _TIMER is None or signal.getsignal(_TIMER) is not _handle:
        return False
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    return True


@contextlib.contextmanager
def _nothing_lost() -> Iterator[None]:
    """What is raised while C calls Python back, or while an object is taken away, goes no farther than into a note on standard
    error: a signal that comes then is raised again a little later, without the note."""
    before = sys.unraisablehook

    def lost(what: Any) -> None:
        if not (_Request.number and isinstance(what.exc_value, SystemExit | KeyboardInterrupt) and _look_again()):
            before(what)

    sys.unraisablehook = lost
    try:
        yield
    finally:
        sys.unraisablehook = before


def _is_ours_to_handle(number: int, handler: object) -> bool:
    if number in _ASKED:
        return handler not in (signal.SIG_IGN, None)  # None: that of another program, of which Python is a part
    return handler is (signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def end_if_asked() -> None:
    """End the command if a signal has asked for it. For code that catches errors of every kind and goes on: one of them may be
    what became of the signal on its way through a library. Other threads than the main one go on."""
    if _Request.number is None or threading.current_thread() is not threading.main_thread():
        return
    if _Request.number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + _Request.number)


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """TERM and HUP raise SystemExit(128 + number) meanwhile, and INT KeyboardInterrupt, so that ``finally`` is reached.

    The block ends with that, whatever a library has made of it and whether or not the work was done all the same; after INT
    the block may also end well, or with an error of the engine. A signal that whoever started the process has had ignored
    (nohup) stays ignored, and INT and the timer stay with whoever has a handler for them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ALL}
    before = {number: handler for number, handler in before.items() if _is_ours_to_handle(number, handler)}
    _Request.number, _Request.beginning = None, sys._getframe(2)  # that of the ``with``; between them is contextlib
    for number in before:
        signal.signal(number, _handle)
    try:
        with _nothing_lost():
            yield
        if _Request.number != signal.SIGINT:
            end_if_asked()
    except EwcmError:
        if _Request.number != signal.SIGINT:
            end_if_asked()
        raise
    except Exception:
        end_if_asked()
        raise
    finally:
        if _TIMER is not None and _Request.number is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        _Request.number, _Request.beginning = None, None


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
