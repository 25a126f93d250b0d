"""A port of this machine that nobody may call, and which notices whoever does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


class Listener:
    """A listening port; whoever asks it gets no answer."""

    def __init__(self, port: socket.socket) -> None:
        self._socket = port

    @property
    def address(self) -> str:
        """The host and the port, as they stand in an address."""
        host, port = self._socket.getsockname()[:2]
        return f"{host}:{port}"

    def asked(self) -> int:
        """How often somebody has called since this was asked last."""
        calls = 0
        while True:
            try:
                self._socket.accept()[0].close()
            except BlockingIOError:
                return calls
            calls += 1


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port of 127.0.0.1."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        port.listen(20)
        port.setblocking(False)
        yield Listener(port)
