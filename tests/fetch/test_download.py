"""Transfer of one file: broken, slow, redirected, damaged and resumed."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from ewcm.errors import FetchError
from ewcm.fetch import fetch
from ewcm.fetch.archives import gunzipped
from ewcm.fetch.checks import check_format
from ewcm.fetch.download import NotFound, Web
from ewcm.fetch.part import PartFile
from tests.fetch import made
from tests.fetch.made import QUICK
from tests.fetch.server import Reply, Server

URL = "https://data.example/file.bin"
BODY = bytes(range(256)) * 400


@pytest.fixture
def web(server: Server):  # type: ignore[no-untyped-def]
    with Web(mirror=server.address, retry_policy=QUICK) as opened:
        yield opened


def get(web: Web, target: Path, check=lambda path: None, **options: object) -> bytes:  # type: ignore[no-untyped-def]
    web.get(URL, target, check, **({"max_bytes": 10_000_000} | options))  # type: ignore[arg-type]
    return target.read_bytes()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_leaves_nothing_beside_it(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, BODY)
    received = web.get(URL, tmp_path / "a/file.bin", lambda path: None, max_bytes=10_000_000)
    assert (received.size, received.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    assert left(tmp_path / "a") == ["file.bin"]


def test_a_run_that_ends_as_the_file_gets_its_name_leaves_nothing_beside_it(
    web: Web, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def rename_and_die(part: Path, target: Path) -> None:
        part.replace(target)
        raise Killed

    server.put(URL, Reply(BODY, ranges=True))
    monkeypatch.setattr("ewcm.fetch.download.put_in_place", rename_and_die)
    with pytest.raises(Killed):
        get(web, tmp_path / "f")
    assert left(tmp_path) == ["f"] and (tmp_path / "f").read_bytes() == BODY


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_trouble_that_passes_is_waited_out(web: Web, server: Server, tmp_path: Path, status: int) -> None:
    server.put(URL, Reply(b"busy", status), Reply(b"busy", status), Reply(BODY))
    assert get(web, tmp_path / "f") == BODY


@pytest.mark.parametrize("when", ["0", "date"])
def test_retry_after_is_heeded_in_both_forms(web: Web, server: Server, tmp_path: Path, when: str) -> None:
    value = formatdate(time.time(), usegmt=True) if when == "date" else when
    server.put(URL, Reply(b"", 429, {"Retry-After": value}), Reply(BODY))
    assert get(web, tmp_path / "f") == BODY


def test_retry_after_of_a_day_is_told_to_the_user(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(b"", 503, {"Retry-After": formatdate(time.time() + 86400, usegmt=True)}))
    with pytest.raises(FetchError, match=r"in (1439|1440) minutes"):
        get(web, tmp_path / "f")
    assert server.asked == ["data.example/file.bin"]


def test_a_missing_file_is_told_apart_and_not_asked_for_twice(web: Web, server: Server, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        get(web, tmp_path / "f")
    assert len(server.asked) == 1 and left(tmp_path) == []


def test_a_broken_download_is_resumed_where_the_server_can(web: Web, server: Server, tmp_path: Path) -> None:
    whole = Reply(BODY, ranges=True)
    server.put(URL, replace(whole, cut=30_000), replace(whole, cut=20_000), whole)
    assert get(web, tmp_path / "f") == BODY
    assert server.ranges == ["bytes=30000-", "bytes=50000-"]


def test_a_broken_download_starts_again_where_the_server_cannot_resume(
    web: Web, server: Server, tmp_path: Path
) -> None:
    server.put(URL, Reply(BODY, cut=30_000), Reply(BODY))
    assert get(web, tmp_path / "f") == BODY
    assert server.ranges == []


def test_a_file_that_changed_meanwhile_is_never_joined_to_the_old_one(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(BODY, ranges=True, cut=30_000), Reply(BODY[::-1], ranges=True))
    assert get(web, tmp_path / "f") == BODY[::-1]


def test_a_later_run_resumes_what_an_earlier_one_left(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(BODY, ranges=True, cut=30_000), Reply(b"", 404))
    with pytest.raises(NotFound):
        get(web, tmp_path / "f")
    assert left(tmp_path) == ["f.part", "f.part.json"]
    server.put(URL, Reply(BODY, ranges=True))
    assert get(web, tmp_path / "f") == BODY
    assert server.ranges[-1] == "bytes=30000-" and left(tmp_path) == ["f"]


def test_a_part_of_another_address_is_not_continued(web: Web, server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"other")
    (tmp_path / "f.part.json").write_text('{"url": "https://data.example/other", "validator": "\\"x\\""}')
    server.put(URL, Reply(BODY, ranges=True))
    assert get(web, tmp_path / "f") == BODY and server.ranges == []


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": 3}', "\x00"])
def test_a_damaged_note_of_a_part_does_no_harm(web: Web, server: Server, tmp_path: Path, note: str) -> None:
    (tmp_path / "f.part").write_bytes(b"other")
    (tmp_path / "f.part.json").write_text(note)
    server.put(URL, BODY)
    assert get(web, tmp_path / "f") == BODY


def test_a_stalled_connection_is_given_up(server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(BODY, stall=10_000))
    retry_policy = replace(QUICK, read_s=0.5)
    with Web(mirror=server.address, retry_policy=retry_policy) as web, pytest.raises(FetchError, match="stalled"):
        get(web, tmp_path / "f")
    assert left(tmp_path) == []


def test_a_dribbling_connection_is_given_up(server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(BODY, pause=0.05))
    retry_policy = replace(QUICK, slow_bytes=200_000, slow_s=0.1, tries=1)
    with (
        Web(mirror=server.address, retry_policy=retry_policy) as web,
        pytest.raises(FetchError, match="all but stalled"),
    ):
        get(web, tmp_path / "f")


def test_redirects_are_followed_and_loops_are_not(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(b"", 302, {"Location": "https://b.example/x"}))
    server.put("https://b.example/x", Reply(b"", 301, {"Location": "y"}))
    server.put("https://b.example/y", BODY)
    assert get(web, tmp_path / "f") == BODY
    server.put("https://b.example/y", Reply(b"", 302, {"Location": URL}))
    with pytest.raises(FetchError, match="redirect loop"):
        get(web, tmp_path / "g")
    for number in range(20):
        server.put(f"https://c.example/{number}", Reply(b"", 302, {"Location": f"https://c.example/{number + 1}"}))
    server.put(URL, Reply(b"", 302, {"Location": "https://c.example/0"}))
    with pytest.raises(FetchError, match="more than 8 times"):
        get(web, tmp_path / "g")


@pytest.mark.parametrize("place", ["http://plain.example/x", "file:///etc/passwd", "ftp://example.org/x"])
def test_redirects_out_of_https_are_refused(web: Web, server: Server, tmp_path: Path, place: str) -> None:
    server.put(URL, Reply(b"", 302, {"Location": place}))
    with pytest.raises(FetchError, match="unprotected"):
        get(web, tmp_path / "f")


def test_more_than_a_file_can_sensibly_have_is_refused(web: Web, server: Server, tmp_path: Path) -> None:
    for length in (True, False):
        server.put(URL, Reply(BODY, length=length))
        with pytest.raises(FetchError, match="more than"):
            get(web, tmp_path / "f", max_bytes=50_000)
    assert left(tmp_path) == []


def _flipped(at: int = 50_000) -> bytes:
    damaged = bytearray(BODY)
    damaged[at] ^= 0x10
    return bytes(damaged)


def _checksum_headers() -> dict[str, dict[str, str]]:
    md5, sha256 = hashlib.md5(BODY), hashlib.sha256(BODY)
    in64 = {each.name: base64.b64encode(each.digest()).decode() for each in (md5, sha256)}
    return {
        "Content-MD5": {"Content-MD5": in64["md5"]},
        "S3 ETag": {"ETag": f'"{md5.hexdigest()}"', "Server": "AmazonS3"},
        "x-amz": {"x-amz-checksum-sha256": in64["sha256"]},
        "Google": {"x-goog-hash": f"crc32c=AAAAAA==, md5={in64['md5']}"},
        "RFC 9530": {"Repr-Digest": f"sha-256=:{in64['sha256']}:"},
        "RFC 3230": {"Digest": f"SHA-256={in64['sha256']}"},
    }


@pytest.mark.parametrize("kind", ["Content-MD5", "S3 ETag", "x-amz", "Google", "RFC 9530", "RFC 3230"])
def test_a_flipped_byte_is_found_where_the_server_states_a_checksum(
    web: Web, server: Server, tmp_path: Path, kind: str
) -> None:
    headers = _checksum_headers()[kind]
    server.put(URL, Reply(_flipped(), headers=headers), Reply(BODY, headers=headers))
    assert get(web, tmp_path / "f") == BODY  # asked for again
    server.put(URL, Reply(_flipped(), headers=headers))
    with pytest.raises(FetchError, match="not the one the server states"):
        get(web, tmp_path / "g")
    assert left(tmp_path) == ["f"]


def test_a_file_that_fails_its_check_twice_leaves_nothing(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, Reply(b"\x1f\x8b\x08" + bytes(50), ranges=True))

    def check(path: Path) -> None:
        check_format(path, "gzip")
        list(gunzipped(path))

    with pytest.raises(FetchError, match="gzip"):
        get(web, tmp_path / "f", check)
    assert left(tmp_path) == [] and len(server.asked) == 2


def test_a_disk_without_room_is_said_before_the_download(
    web: Web, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(URL, BODY)
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr("ewcm.fetch.download.shutil.disk_usage", lambda path: usage)
    with pytest.raises(FetchError, match="make room"):
        get(web, tmp_path / "f")


def test_two_fetches_do_not_write_the_same_file(web: Web, server: Server, tmp_path: Path) -> None:
    server.put(URL, BODY)
    with PartFile(tmp_path / "f", URL), pytest.raises(FetchError, match="another fetch"):
        get(web, tmp_path / "f")


def test_whoever_watches_sees_sizes_and_labels(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[object, ...]] = []

    class Watcher:
        def begin(self, label: str) -> int:
            seen.append((label,))
            return 7

        def size(self, task: int, done: int, total: int | None) -> None:
            seen.append((task, done, total))

        def end(self, task: int) -> None:
            seen.append((task, "end"))

    server.put(URL, BODY)
    with Web(mirror=server.address, retry_policy=QUICK, progress=Watcher()) as web:
        get(web, tmp_path / "f")
    assert seen[0] == ("f",) and seen[1] == (7, 0, len(BODY)) and seen[-2] == (7, len(BODY), len(BODY))
    assert seen[-1] == (7, "end")


def test_nobody_listens(tmp_path: Path) -> None:
    with (
        Web(mirror="http://127.0.0.1:9", retry_policy=QUICK) as web,
        pytest.raises(FetchError, match="cannot be reached"),
    ):
        get(web, tmp_path / "f")


# ---------------------------------------------------------------------- killed at any moment

#: Loads everything once; then, for every line it is given, forks a process that fetches, and says its number and its end.
NURSERY = """
import os, sys
from pathlib import Path
from ewcm.fetch import fetch
from tests.fetch.made import QUICK, TOKEN
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        report = fetch("BRB", folder=Path(sys.argv[1]), mirror=sys.argv[2], token=TOKEN, retry_policy=QUICK)
        os._exit(report.exit_code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_what_a_run_left_that_was_killed_while_it_wrote_a_note_goes(tmp_path: Path) -> None:
    """Its note had a name made up for the moment, which nobody found again."""
    for ends in (lambda part: part.remember("etag", {}), lambda part: None):
        (tmp_path / "people.tif.part.json.new").write_bytes(b'{"url": "ht')
        with PartFile(tmp_path / "people.tif", "http://127.0.0.1/people.tif") as part:
            ends(part)
            part.discard()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["fetched.json", "inputs.toml"])
def test_what_a_run_left_that_was_killed_while_it_wrote_what_it_fetched_goes(server, tmp_path, name) -> None:
    made.play_barbados(server)
    folder = tmp_path / "BRB"
    folder.mkdir()
    for ending in ("new", "lock"):
        (folder / f".{name}.{ending}").write_bytes(b"{" if ending == "new" else b"")
    report = fetch("BRB", folder=folder, mirror=server.address, token=made.TOKEN, retry_policy=QUICK)
    assert report.exit_code == 0
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_killed_at_any_moment_it_never_leaves_a_half_file_under_its_name(server: Server, tmp_path: Path) -> None:
    """SIGKILL after ever longer times, each on what the last one left; then one run to the end."""
    made.play_barbados(server)
    for replies in server.replies.values():
        replies[:] = [replace(reply, pause=0.004, ranges=True) for reply in replies]
    whole = {hashlib.sha256(reply.body).hexdigest() for replies in server.replies.values() for reply in replies}
    folder = tmp_path / "BRB"
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'kernels'}"}
    command = [sys.executable, "-c", NURSERY, str(folder), server.address]
    made_here = {"places.csv", "official.json", "inputs.toml", "fetched.json"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None

        def run(life_s: float | None) -> int:
            nursery.stdin.write(b"go\n")  # type: ignore[union-attr]
            nursery.stdin.flush()  # type: ignore[union-attr]
            child = int(nursery.stdout.readline())  # type: ignore[union-attr]
            if life_s is not None:
                time.sleep(life_s)
                with contextlib.suppress(ProcessLookupError):  # it may have come to its end first
                    os.kill(child, signal.SIGKILL)
            return int(nursery.stdout.readline())  # type: ignore[union-attr]

        for life_s in (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
            run(life_s)
            for path in folder.rglob("*") if folder.exists() else ():
                growing = path.name.endswith((".part", ".part.json", ".new", ".making")) or path.name.startswith(".")
                if path.is_file() and not growing and path.name not in made_here:
                    assert hashlib.sha256(path.read_bytes()).hexdigest() in whole, path.name
            if (folder / "inputs.toml").exists():
                tomllib.loads((folder / "inputs.toml").read_text(encoding="utf-8"))
        assert run(None) == 0
        unfinished = (".part", ".part.json", ".new", ".making", ".lock")
        assert [path.name for path in folder.rglob("*") if path.name.endswith(unfinished)] == []
        asked = len(server.asked)
        assert run(None) == 0 and len(server.asked) == asked
        nursery.stdin.close()
