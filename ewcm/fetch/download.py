"""Transfer: one address to one file, whole or not at all.

A file grows beside its place as ``NAME.part`` and is renamed only once it is complete, on disk and checked. A transfer that
broke goes on where it stopped if the server can (``Accept-Ranges`` with a validator), also in a later run, and starts again
if it cannot. Secrets (tokens in addresses) are replaced by ``***`` in everything that leaves this module.
"""

from __future__ import annotations

import email.utils
import logging
import shutil
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import httpx

from ewcm.core.files import put_in_place
from ewcm.errors import FetchError, one_line
from ewcm.fetch.checks import Damaged
from ewcm.fetch.checksums import checked_sha256, stated_checksums
from ewcm.fetch.part import PartFile

#: Loggers of the HTTP library that may print addresses and headers.
_LOGGERS = ("httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks")

#: Statuses that another try may mend.
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class NotFound(FetchError):
    """The server is there and has no such file."""


class _TryAgain(Exception):
    """A transfer failed in a way that passes. ``wait_s``: what the server asked for; ``reached``: it answered at all."""

    def __init__(self, why: str, wait_s: float | None = None, *, reached: bool = True) -> None:
        super().__init__(why)
        self.wait_s = wait_s
        self.reached = reached


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait, and how often to try."""

    connect_s: float = 15.0
    read_s: float = 30.0  # a connection that brings nothing for so long has stalled
    slow_bytes: int = 10_000  # fewer than these …
    slow_s: float = 60.0  # … in so long is as good as stalled
    tries: int = 5  # without progress between them
    backoff_s: float = 1.0  # doubled from try to try
    longest_wait_s: float = 120.0  # a server that asks for more is taken at its word: come back later
    redirects: int = 8
    all_tries: int = 200  # with progress between them


class Progress(Protocol):
    """Someone who watches bytes come in; called from several threads."""

    def begin(self, label: str) -> int:
        """A transfer starts; returns its number."""

    def size(self, task: int, done: int, total: int | None) -> None:
        """Where the transfer stands, and how large it will be [bytes]."""

    def end(self, task: int) -> None:
        """The transfer is over, for good or ill."""


class Silent:
    """Nobody watches."""

    def begin(self, label: str) -> int:
        return 0

    def size(self, task: int, done: int, total: int | None) -> None:
        return None

    def end(self, task: int) -> None:
        return None


class Sink(Protocol):
    """Where bytes go."""

    size: int  # bytes taken so far
    validator: str  # for If-Range; "" when the server cannot resume

    def write(self, block: bytes) -> None: ...

    def restart(self) -> None:
        """Forget everything; raises :class:`FetchError` if that cannot be."""

    def remember(self, validator: str, checksums: Mapping[str, str]) -> None: ...


@dataclass
class Buffer:
    """A sink in memory, for small answers."""

    size: int = 0
    validator: str = ""
    _blocks: list[bytes] = field(default_factory=list)

    def write(self, block: bytes) -> None:
        self._blocks.append(block)
        self.size += len(block)

    def restart(self) -> None:
        self._blocks.clear()
        self.size = 0

    def remember(self, validator: str, checksums: Mapping[str, str]) -> None:
        self.validator = validator

    @property
    def data(self) -> bytes:
        """Everything so far."""
        return b"".join(self._blocks)


@dataclass(frozen=True)
class Received:
    """A file that came: its place, size [bytes], SHA-256, and the address without secrets."""

    path: Path
    size: int
    sha256: str
    url: str


@cache
def _trusted() -> ssl.SSLContext:
    """Who is believed to be who they say: read once, not for every country."""
    return httpx.create_ssl_context()


class Web:
    """The way out. ``mirror``: an address under which every host has a folder, as ``wget -x`` makes them:
    ``https://host/path`` is then asked for as ``MIRROR/host/path``. ``secrets`` never leave it."""

    def __init__(
        self,
        *,
        mirror: str = "",
        secrets: tuple[str, ...] = (),
        retry_policy: RetryPolicy | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._mirror = mirror.rstrip("/")
        self._secrets = tuple({form for secret in secrets if secret for form in (secret, quote(secret, safe=""))})
        self.retry_policy = retry_policy or RetryPolicy()
        self._progress = progress or Silent()
        self._client: httpx.Client | None = None

    def __enter__(self) -> Web:
        waits = httpx.Timeout(self.retry_policy.read_s, connect=self.retry_policy.connect_s)
        headers = {"User-Agent": "ewcm (open Early Warning Connectivity Map engine)", "Accept-Encoding": "identity"}
        self._client = httpx.Client(verify=_trusted(), timeout=waits, headers=headers, follow_redirects=False)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._hide_in_log)
        return self

    def __exit__(self, *_: object) -> None:
        if self._client:
            self._client.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._hide_in_log)

    def hide(self, text: object) -> str:
        """``text`` with every secret replaced by ``***``."""
        shown = str(text)
        for secret in self._secrets:
            shown = shown.replace(secret, "***")
        return shown

    def _hide_in_log(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.hide(record.getMessage()), ()
        return True

    # ------------------------------------------------------------------ whole files and small answers

    def get(
        self,
        url: str,
        target: Path,
        check: Callable[[Path], None],
        *,
        max_bytes: int,
        sha256: str = "",
        label: str = "",
    ) -> Received:
        """Bring ``url`` to ``target``. ``check`` sees the finished part file and raises if it is not what was wanted.

        A damaged file is asked for once more from the start. Raises :class:`NotFound` or :class:`FetchError`.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        for last_try in (False, True):
            with PartFile(target, self.hide(url)) as part:
                self.transfer(url, part, max_bytes=max_bytes, label=label or target.name)
                try:
                    part.finish()
                    stated = part.checksums | ({"sha256": sha256} if sha256 else {})
                    found = checked_sha256(part.path, stated)
                    check(part.path)
                except Damaged:
                    part.discard()
                    if last_try:
                        raise
                    continue
                except FetchError:
                    part.discard()
                    raise
                part.forget()  # first: a run that ends between the two leaves no note beside a finished file
                put_in_place(part.path, target)
                return Received(target, target.stat().st_size, found, self.hide(url))
        raise AssertionError("the second try returns or raises")

    def read(self, url: str, *, max_bytes: int, label: str = "") -> bytes:
        """A small answer, in memory."""
        buffer = Buffer()
        self.transfer(url, buffer, max_bytes=max_bytes, label=label or "asking")
        return buffer.data

    # ------------------------------------------------------------------ transfer

    def transfer(self, url: str, sink: Sink, *, max_bytes: int, label: str) -> None:
        """Bring all of ``url`` into ``sink``, trying again as :class:`RetryPolicy` says."""
        task = self._progress.begin(self.hide(label))
        try:
            failures = 0
            for _ in range(self.retry_policy.all_tries):
                before = sink.size
                try:
                    self._once(url, sink, max_bytes, task)
                    return
                except _TryAgain as failure:
                    failures = 1 if sink.size > before and sink.validator else failures + 1
                    allowed = self.retry_policy.tries if failure.reached else min(self.retry_policy.tries, 2)
                    if failures >= allowed:
                        raise FetchError(f"{failure}; run the command again later") from None
                    wait_s = failure.wait_s
                    if wait_s is None:
                        wait_s = self.retry_policy.backoff_s * 2 ** (failures - 1)
                    if wait_s > self.retry_policy.longest_wait_s:
                        raise FetchError(f"{failure}; run the command again in {wait_s / 60:.0f} minutes") from None
                    time.sleep(wait_s)
            raise FetchError("the connection broke again and again; run the command again later")
        finally:
            self._progress.end(task)

    def _once(self, url: str, sink: Sink, max_bytes: int, task: int) -> None:
        headers = {}
        if sink.size and sink.validator:
            headers = {"Range": f"bytes={sink.size}-", "If-Range": sink.validator}
        elif sink.size:
            sink.restart()
        with self._open(url, headers) as response:
            if response.status_code == 416 and sink.size:
                if response.headers.get("content-range", "") == f"bytes */{sink.size}":
                    return  # every byte is here already: the last run ended between the last byte and the renaming
                sink.restart()
                raise _TryAgain("the server cannot resume there")
            _check_status(response)
            if response.status_code == 206 and not _goes_on_at(response, sink.size):
                sink.restart()
                raise _TryAgain("the server resumed at the wrong place")
            if response.status_code == 200 and sink.size:
                sink.restart()
            length = _length(response)
            total = None if length is None else sink.size + length
            if total is not None and total > max_bytes:
                raise FetchError(
                    f"the file has {total / 1e6:,.0f} MB, more than the {max_bytes / 1e6:,.0f} MB that it can sensibly have"
                )
            if isinstance(sink, PartFile):
                _check_room(sink.path, length)
            sink.remember(_validator(response), stated_checksums(response.headers, whole=response.status_code == 200))
            self._progress.size(task, sink.size, total)
            for block in self._blocks(response, sink, total):
                sink.write(block)
                if sink.size > max_bytes:
                    raise FetchError(f"more than {max_bytes / 1e6:,.0f} MB came, and still no end; it was stopped")
                self._progress.size(task, sink.size, total)
        if total is not None and sink.size != total:
            raise _TryAgain(_broke(sink.size, total))

    def _blocks(self, response: httpx.Response, sink: Sink, total: int | None) -> Iterator[bytes]:
        """Raw bytes of a response; a stalled, dribbling or broken connection is a :class:`_TryAgain`."""
        since, then = time.monotonic(), 0
        received = 0
        try:
            for block in response.iter_raw():
                yield block
                received += len(block)
                now = time.monotonic()
                if now - since > self.retry_policy.slow_s:
                    if received - then < self.retry_policy.slow_bytes:
                        raise _TryAgain(f"the connection all but stalled after {sink.size:,} bytes")
                    since, then = now, received
        except httpx.TimeoutException:
            raise _TryAgain(f"the connection stalled: nothing came for {self.retry_policy.read_s:g} s") from None
        except httpx.TransportError:
            raise _TryAgain(_broke(sink.size, total)) from None

    @contextmanager
    def _open(self, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """A response that is no redirect. Redirects are followed by hand, so that each hop can be looked at."""
        assert self._client is not None, "use Web as a context manager"
        seen: set[str] = set()
        for _ in range(self.retry_policy.redirects + 1):
            if url in seen:
                raise FetchError(
                    "the server sends the request round in a circle (redirect loop); report it to the source"
                )
            seen.add(url)
            try:
                request = self._client.build_request("GET", self._route(url), headers=headers)
                response = self._client.send(request, stream=True)
            except httpx.TimeoutException:
                raise _TryAgain(f"{_host(url)} does not answer", reached=False) from None
            except (httpx.UnsupportedProtocol, httpx.InvalidURL):
                raise FetchError("the address is no web address; check the catalogue or the mirror") from None
            except httpx.TransportError as error:
                why = one_line(self.hide(error), 80)
                raise _TryAgain(
                    f"{_host(url)} cannot be reached ({why}); check the connection", reached=False
                ) from None
            if not response.has_redirect_location:
                try:
                    yield response
                finally:
                    response.close()
                return
            response.close()
            url = self._next(url, response.headers["location"])
        raise FetchError(f"the server redirects more than {self.retry_policy.redirects} times; report it to the source")

    def _route(self, url: str) -> str:
        if not self._mirror or url.startswith(self._mirror + "/"):
            return url
        return f"{self._mirror}/{url.split('://', 1)[1]}"

    def _next(self, url: str, location: str) -> str:
        try:
            following = str(httpx.URL(url).join(location))
        except (httpx.InvalidURL, ValueError):
            raise FetchError("the server redirects to no web address; report it to the source") from None
        if self._mirror and following.startswith(self._mirror + "/"):
            return following
        if not following.startswith("https://") and url.startswith("https://"):
            raise FetchError("the server redirects from https to an unprotected address, which is refused")
        return following


# ---------------------------------------------------------------------- reading responses


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in (200, 206):
        return
    if status in (404, 410):
        raise NotFound(f"the server has no such file (status {status})")
    if status in _TRANSIENT:
        asks = _retry_after(response.headers.get("retry-after", ""))
        busy = "is busy (too many requests)" if status == 429 else "has trouble"
        raise _TryAgain(f"the server {busy}, status {status}", asks)
    raise FetchError(f"the server refuses (status {status}); open the address in a browser to see why, or try later")


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from either form of the header."""
    if value.strip().isdigit():
        return float(value)
    with suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None


def _length(response: httpx.Response) -> int | None:
    value = response.headers.get("content-length", "")
    return int(value) if value.isdigit() else None


def _validator(response: httpx.Response) -> str:
    """What may be said in If-Range, or "" when the server does not promise to resume."""
    if response.headers.get("accept-ranges", "").lower() != "bytes" and response.status_code != 206:
        return ""
    etag = str(response.headers.get("etag", ""))
    return etag if etag.startswith('"') else str(response.headers.get("last-modified", ""))


def _goes_on_at(response: httpx.Response, offset: int) -> bool:
    return str(response.headers.get("content-range", "")).startswith(f"bytes {offset}-")


def _check_room(path: Path, length: int | None) -> None:
    free = shutil.disk_usage(path.parent).free
    if length is not None and length > free:
        raise FetchError(
            f"the file needs {length / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB left; make room and run it again"
        )


def _broke(size: int, total: int | None) -> str:
    of = f" of {total:,}" if total is not None else ""
    return f"the connection broke after {size:,}{of} bytes"


def _host(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].split("@")[-1]
