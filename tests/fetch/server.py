"""A web server on the loopback that plays every source, and every fault, from a table of replies.

It is used as a mirror: ``https://host/path?query`` is asked of it as ``/host/path?query``.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer


@dataclass(frozen=True)
class Reply:
    """What to answer. ``cut``: close the connection after so many bytes. ``stall``: stop sending there instead.
    ``length``: whether Content-Length is sent. ``ranges``: whether a download can be resumed. ``pause``: seconds between
    blocks of 4 kB."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: int | None = None
    length: bool = True
    ranges: bool = False
    pause: float = 0.0

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind, without asking for the name of this machine, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class Server:
    """Replies by address (without ``https://``); a list is played in order, its last reply for ever."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.count: dict[str, int] = defaultdict(int)
        self._over = threading.Event()
        self._http = _Http(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def put(self, url: str, *replies: Reply | bytes) -> None:
        """Answer ``url`` with these replies."""
        self.replies[url.removeprefix("https://")] = [
            reply if isinstance(reply, Reply) else Reply(reply) for reply in replies
        ]

    def change(self, url: str, **changes: object) -> None:
        """Change the first reply of ``url``."""
        key = url.removeprefix("https://")
        self.replies[key] = [replace(self.replies[key][0], **changes)]  # type: ignore[arg-type]

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.close_connection = True
                key = self.path.removeprefix("/")
                server.asked.append(key)
                replies = server.replies.get(key, [Reply(b"not here", 404)])
                reply = replies[min(server.count[key], len(replies) - 1)]
                server.count[key] += 1
                with suppress(BrokenPipeError, ConnectionResetError):
                    self._answer(reply)

            def _answer(self, reply: Reply) -> None:
                start = self._start(reply)
                body = reply.body[start:]
                self.send_response_only(206 if start else reply.status)
                if reply.length:
                    self.send_header("Content-Length", str(len(body)))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(reply.body) - 1}/{len(reply.body)}")
                if reply.ranges:
                    self.send_header("Accept-Ranges", "bytes")
                    self.send_header("ETag", reply.etag)
                self.send_header("Connection", "close")
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                end = min(x for x in (len(body), reply.cut, reply.stall) if x is not None)
                for at in range(0, end, 4096):
                    self.wfile.write(body[at : min(at + 4096, end)])
                    if reply.pause:
                        self.wfile.flush()
                        time.sleep(reply.pause)
                self.wfile.flush()
                if reply.stall is not None:
                    server._over.wait(5)

            def _start(self, reply: Reply) -> int:
                asked = self.headers.get("Range", "")
                if not asked:
                    return 0
                server.ranges.append(asked)
                if not reply.ranges or self.headers.get("If-Range") != reply.etag:
                    return 0
                return int(asked.removeprefix("bytes=").rstrip("-"))

        return Handler
