"""Standard output and standard error that are closed, full or without a reader: the work goes on, and the status tells."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO


class Stream:
    """A text stream that never raises for want of room or of a reader: it keeps the first error and takes no more."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.error: OSError | None = None
        with contextlib.suppress(AttributeError, ValueError, OSError):
            # A name that is no text (bytes, a lone surrogate) is shown by its number; the terminal may know ASCII only.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def write(self, text: str) -> int:
        """Write and flush, so that an error is known at once."""
        if self._stream is None:
            self.error = self.error or OSError(errno.EBADF, "it is closed")
        elif self.error is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self.error = error
            except ValueError as error:  # closed by somebody in this process
                self.error = OSError(errno.EBADF, str(error))
        return len(text)

    def flush(self) -> None:
        """Bring what was written to its end."""
        if self._stream is None or self.error is not None:
            return
        try:
            self._stream.flush()
        except OSError as error:
            self.error = error
        except ValueError as error:
            self.error = OSError(errno.EBADF, str(error))

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        if self._stream is None:
            raise AttributeError(name)
        return getattr(self._stream, name)

    def give_up(self) -> None:
        """Let what could not be written go to nowhere: the interpreter would try again at its end, and complain."""
        if self.error is None or self._stream is None:
            return
        with contextlib.suppress(OSError, ValueError, AttributeError):
            number = self._stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)
            self._stream.flush()


@contextlib.contextmanager
def guarded() -> Iterator[tuple[Stream, Stream]]:
    """Standard output and standard error as :class:`Stream` meanwhile."""
    _open_all()
    before = sys.stdout, sys.stderr
    out, err = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield out, err
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before
        out.give_up()
        err.give_up()


def _open_all() -> None:
    """Give the numbers 0 to 2 to nobody's file where they are closed: the next file that is opened would get them, and what a
    library prints would end up in it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
