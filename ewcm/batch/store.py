"""Where a batch puts its results: a folder, or an address of fsspec (``s3://…``, ``memory://…``).

Both hold the same things: one folder a country, the atlas beside them, and ``.batch/`` with a lock, one mark a published
country and nothing else. A mark says what the country was made from and what its files are; a country without a true
mark is made again. Marks, like all results but ``manifest.json``, hold no times.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import fsspec
from fsspec.utils import get_protocol

from ewcm.batch import lock
from ewcm.batch.ownership import (
    LEFTOVER_MARK,
    codes_among,
    refuse_foreign_atlas,
    refuse_foreign_mark,
    summary_in,
)
from ewcm.core import extras, work_folder
from ewcm.core.files import put_in_place, write_atomically
from ewcm.core.record import sha256_of
from ewcm.errors import BatchError, PublishError
from ewcm.report import publish
from ewcm.report.publication import about_published, outputs_in, refuse_strangers
from ewcm.result import CountryResult

#: ``summary.json`` of a country.
Summary = dict[str, object]

STATE = ".batch"
FAILURES = "failures.json"
MANIFEST = "manifest.json"
SUMMARY = "summary.json"

#: Ending of the note at an address that names a country's files while they are put there.
_UNDER_WAY = ".under-way"

#: Two batches that lock an address at the same moment see each other after this time [s].
_SETTLE_S = 1.0


class Store(Protocol):
    """What a batch asks of the place of its results."""

    @property
    def address(self) -> str:
        """The place, as another process of the same cluster must be told it."""

    @property
    def scratch(self) -> Path:
        """A folder of this host for what is worth nothing after the batch; the next batch clears it if this one cannot."""

    def hold(self, me: dict[str, object]) -> AbstractContextManager[None]:
        """Lock the place for one batch. Raises :class:`BatchError` when another one holds it."""

    def held_by(self) -> str:
        """The batch that holds the place, "" when none does."""

    def sweep(self) -> None:
        """Remove what killed processes left half written. Only for the holder, while no worker writes."""

    def mark_of(self, iso3: str) -> dict[str, object]:
        """The mark of a published country, empty when there is none."""

    def hashes_of(self, iso3: str, names: Iterable[str]) -> dict[str, str]:
        """SHA-256 of those files of a published country that are there, by name; empty without a manifest."""

    def refuse_strangers(self, iso3: str) -> None:
        """Raise :class:`ewcm.errors.PublishError` where a country's place holds what the engine has not put there."""

    def publish(self, result: CountryResult, iso3: str, fingerprint: str) -> None:
        """Put a country in its place and mark it. Raises as :meth:`refuse_strangers` does."""

    def summary(self, iso3: str) -> Summary:
        """``summary.json`` of a published country."""

    def grade_of(self, iso3: str) -> str:
        """``user`` or ``starter``, as the published country is graded; "" where there is none."""

    def failures(self) -> dict[str, str]:
        """Countries whose last run failed, and why: what is published of them is older."""

    def keep_failures(self, failures: Mapping[str, str]) -> None:
        """Keep them for the next batch. Only for the holder."""

    def beside(self) -> AbstractContextManager[tuple[dict[str, Summary], Path]]:
        """The summary of every published country by ISO3, and an empty folder; the files that are written to the folder
        stand beside the countries afterwards, each of them whole at any time. What else lies there is not counted."""


def open_store(output: str | Path) -> Store:
    """The store of a folder or an address. Raises :class:`BatchError` where that cannot be used."""
    text = str(output)
    protocol = get_protocol(text)
    if protocol in ("file", "local"):
        root = Path(fsspec.core.strip_protocol(text) if "://" in text else text).absolute()
        try:
            publish.check_name(root)
        except PublishError as error:
            raise BatchError(str(error)) from None
        return FolderStore(root)
    try:
        return AddressStore(text)
    except (ImportError, ValueError) as error:
        if protocol == "s3":
            extras.need("s3", f"{text}: an object store")
        raise BatchError(f"{text}: this kind of address cannot be used ({error}); give a folder") from None


def is_current(store: Store, iso3: str, fingerprint: str) -> bool:
    """Whether a country is published from just these inputs, settings and version, and every file of it is whole."""
    mark = store.mark_of(iso3)
    files = mark.get("files")
    return mark.get("fingerprint") == fingerprint and isinstance(files, dict) and files == store.hashes_of(iso3, files)


def _mark(fingerprint: str, files: dict[str, str]) -> bytes:
    return (json.dumps({"fingerprint": fingerprint, "files": files}, indent=1) + "\n").encode()


def _files_of(mark: Mapping[str, object]) -> dict[str, str]:
    """The files that a mark names, and their SHA-256."""
    files = mark.get("files")
    return {str(name): str(digest) for name, digest in files.items()} if isinstance(files, dict) else {}


def _as_failures(text: bytes) -> dict[str, str]:
    return {iso3: str(cause) for iso3, cause in _parsed(text).items() if codes_among([iso3])}


def _parsed(text: bytes) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    if not (folder / MANIFEST).is_file():
        return {}
    return {name: sha256_of(folder / name) for name in names if (folder / name).is_file()}


def _made(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a country just made; the manifest, which holds the time, is not among them."""
    return _hashes(folder, sorted(path.name for path in folder.iterdir() if path.name != MANIFEST))


def made_scratch(scratch: Path) -> Path:
    """The scratch folder of a store, made and marked. Raises :class:`BatchError` where somebody else's stands in its place."""
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        if not work_folder.is_ours(scratch):
            raise BatchError(f"{scratch}: holds files that are not ewcm's; move them away")
        work_folder.mark(scratch)
    except OSError as error:
        raise BatchError(f"{scratch}: cannot be written to ({error.strerror}); make room for it") from None
    return scratch


@contextmanager
def _emptied(scratch: Path, name: str) -> Iterator[Path]:
    """A folder of the scratch folder that is empty before and gone after."""
    folder = made_scratch(scratch) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class FolderStore:
    """A folder; on a cluster, one that every worker sees under the same path."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._state = root / STATE

    @property
    def address(self) -> str:
        return str(self._root)

    @property
    def scratch(self) -> Path:
        return self._state / "scratch"

    @contextmanager
    def hold(self, me: dict[str, object]) -> Iterator[None]:
        refuse_foreign_atlas(self.address, self._bytes)
        try:
            self._state.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise BatchError(
                f"{self._root}: a file, or a link to nothing, stands where a folder should be ({STATE} in it included); give "
                "--output another folder"
            ) from None
        except OSError as error:
            raise BatchError(
                f"{self._root}: cannot be written to ({error.strerror}); give --output another folder"
            ) from None
        with lock.file_lock(self._state / "lock", me):
            yield

    def held_by(self) -> str:
        try:
            return str(lock.contents_of((self._state / "lock").read_text(errors="replace")).get("batch", ""))
        except OSError:
            return ""

    def sweep(self) -> None:
        for leftover in self._state.iterdir():
            if LEFTOVER_MARK.fullmatch(leftover.name) and leftover.is_file():
                leftover.unlink(missing_ok=True)
        work_folder.remove(self.scratch)
        publish.sweep(self._root)

    def mark_of(self, iso3: str) -> dict[str, object]:
        mark = self._state / f"{iso3}.json"
        try:
            return _parsed(mark.read_bytes()) if mark.is_file() else {}
        except OSError:
            return {}

    def hashes_of(self, iso3: str, names: Iterable[str]) -> dict[str, str]:
        return _hashes(self._root / iso3, names)

    def refuse_strangers(self, iso3: str) -> None:
        mark = self._state / f"{iso3}.json"
        if mark.is_symlink() or mark.exists():
            refuse_foreign_mark(str(mark), mark.read_bytes() if mark.is_file() and not mark.is_symlink() else b"")
        refuse_strangers(self._root / iso3, _files_of(self.mark_of(iso3)))

    def publish(self, result: CountryResult, iso3: str, fingerprint: str) -> None:
        self.refuse_strangers(iso3)
        folder = publish.write(result, self._root / iso3, digests=_files_of(self.mark_of(iso3)))
        self._state.mkdir(parents=True, exist_ok=True)
        write_atomically(self._state / f"{iso3}.json", _mark(fingerprint, _made(folder)))

    def failures(self) -> dict[str, str]:
        return _as_failures(self._bytes(f"{STATE}/{FAILURES}") or b"")

    def keep_failures(self, failures: Mapping[str, str]) -> None:
        if failures:
            write_atomically(self._state / FAILURES, json.dumps(failures, sort_keys=True).encode())
        else:
            (self._state / FAILURES).unlink(missing_ok=True)

    def grade_of(self, iso3: str) -> str:
        return about_published(self._bytes(f"{iso3}/{SUMMARY}") or b"").grade

    def summary(self, iso3: str) -> Summary:
        return _parsed((self._root / iso3 / SUMMARY).read_bytes())

    @contextmanager
    def beside(self) -> Iterator[tuple[dict[str, Summary], Path]]:
        published = {}
        for iso3 in codes_among(path.name for path in self._root.iterdir()):
            manifest, summary = self._bytes(f"{iso3}/{MANIFEST}"), self._bytes(f"{iso3}/{SUMMARY}")
            digest = (outputs_in(manifest or b"") or {}).get(SUMMARY)
            if summary is not None and (found := summary_in(summary, digest, iso3)):
                published[iso3] = found
        with _emptied(self.scratch, "beside") as folder:
            yield published, folder
            for path in sorted(folder.iterdir()):
                put_in_place(path, self._root / path.name)

    def _bytes(self, name: str) -> bytes | None:
        """The content of a file below the place; None where there is none that can be read."""
        try:
            path = self._root / name
            if path.is_file():
                return path.read_bytes()
            return b"" if "/" not in name and (path.exists() or path.is_symlink()) else None
        except OSError:
            return b"" if "/" not in name else None


class AddressStore:
    """An address of fsspec. Such a place has no rename: a country's files are put one by one (each whole or not at all),
    and the mark that makes them valid is taken away before and put back after."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._files, path = fsspec.core.url_to_fs(self._address)
        self._root = str(path).rstrip("/")

    @property
    def address(self) -> str:
        return self._address

    @property
    def scratch(self) -> Path:
        return Path(tempfile.gettempdir()) / f"ewcm-{hashlib.sha256(self._address.encode()).hexdigest()[:16]}"

    @contextmanager
    def hold(self, me: dict[str, object]) -> Iterator[None]:
        refuse_foreign_atlas(self.address, self._bytes)
        path = self._path(STATE, "lock")
        mend = f"wait for its end; if its host is gone, remove {path}"
        held = lock.contents_of(self._text(path))
        if not held and self._text(path).strip():
            raise BatchError(f"{path}: is not a lock of ewcm; move it away, or give --output another place")
        if held and not lock.is_stale(held):
            raise lock.refusal(self._address, held, mend)
        self._put(path, json.dumps(me).encode())
        time.sleep(_SETTLE_S)
        held = lock.contents_of(self._text(path))
        if held != me:
            raise lock.refusal(self._address, held, mend)
        try:
            yield
        finally:
            if self.held_by() == me["batch"]:
                self._files.rm_file(path)

    def held_by(self) -> str:
        return str(lock.contents_of(self._text(self._path(STATE, "lock"))).get("batch", ""))

    def sweep(self) -> None:
        """Nothing is ever half written at an address; only this host may have leftovers."""
        work_folder.remove(self.scratch)

    def mark_of(self, iso3: str) -> dict[str, object]:
        return _parsed(self._text(self._path(STATE, f"{iso3}.json")).encode())

    def hashes_of(self, iso3: str, names: Iterable[str]) -> dict[str, str]:
        there = set(self._list(iso3))
        if MANIFEST not in there:
            return {}
        hashes = {}
        for name in there.intersection(names):
            hashes[name] = self._digest(iso3, name)
        return hashes

    def refuse_strangers(self, iso3: str) -> None:
        mark = self._path(STATE, f"{iso3}.json")
        if text := self._text(mark):
            refuse_foreign_mark(mark, text.encode())
        self._own_files(iso3)

    def _own_files(self, iso3: str) -> set[str]:
        """The files at a country's place; raises :class:`PublishError` where one of them is somebody else's."""
        there = set(self._list(iso3))
        marked = _files_of(self.mark_of(iso3))
        under_way = _files_of(_parsed(self._text(self._path(STATE, f"{iso3}{_UNDER_WAY}")).encode()))
        outputs = outputs_in(self._text(self._path(iso3, MANIFEST))) if MANIFEST in there else None
        known = set(under_way) | set(outputs or ()) | ({MANIFEST} if outputs is not None or under_way else set())
        if outputs is not None:
            known |= set(marked)
        elif there - known:  # without a manifest a file is known by its digest
            known |= {name for name in there & set(marked) if self._digest(iso3, name) == marked[name]}
        if strangers := sorted(there - known):
            raise PublishError(
                f"{self._path(iso3)}: holds files that are not a published country's ({', '.join(strangers[:3])}); move them "
                "away, or give --output another place"
            )
        return there

    def publish(self, result: CountryResult, iso3: str, fingerprint: str) -> None:
        mark, under_way = self._path(STATE, f"{iso3}.json"), self._path(STATE, f"{iso3}{_UNDER_WAY}")
        with _emptied(self.scratch, iso3) as scratch:
            folder = publish.write(result, scratch / iso3)
            files = _made(folder)
            before = self._own_files(iso3)
            # Says whose the files are, should this process be killed between them.
            self._put(under_way, _mark("", {**dict.fromkeys(before, ""), **files}))
            with suppress(FileNotFoundError):
                self._files.rm_file(mark)
            for name in [*files, MANIFEST]:
                self._send(folder / name, self._path(iso3, name))
        for name in before - set(files) - {MANIFEST}:
            self._files.rm_file(self._path(iso3, name))
        self._put(mark, _mark(fingerprint, files))
        self._files.rm_file(under_way)

    def failures(self) -> dict[str, str]:
        return _as_failures(self._text(self._path(STATE, FAILURES)).encode())

    def keep_failures(self, failures: Mapping[str, str]) -> None:
        if failures:
            self._put(self._path(STATE, FAILURES), json.dumps(failures, sort_keys=True).encode())
        else:
            self._files.rm_file(self._path(STATE, FAILURES))

    def grade_of(self, iso3: str) -> str:
        return about_published(self._bytes(f"{iso3}/{SUMMARY}") or b"").grade

    def summary(self, iso3: str) -> Summary:
        return _parsed(self._text(self._path(iso3, SUMMARY)).encode())

    @contextmanager
    def beside(self) -> Iterator[tuple[dict[str, Summary], Path]]:
        published = {}
        for iso3 in codes_among(mark.removesuffix(".json") for mark in self._list(STATE) if mark.endswith(".json")):
            digest = _files_of(self.mark_of(iso3)).get(SUMMARY)
            summary = self._bytes(f"{iso3}/{SUMMARY}")
            if summary is not None and (found := summary_in(summary, digest, iso3)):
                published[iso3] = found
        with _emptied(self.scratch, "beside") as folder:
            yield published, folder
            for path in sorted(folder.iterdir()):
                self._send(path, self._path(path.name))

    def _path(self, *names: str) -> str:
        return "/".join([self._root, *names])

    def _digest(self, iso3: str, name: str) -> str:
        with self._files.open(self._path(iso3, name), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _bytes(self, name: str) -> bytes | None:
        try:
            return bytes(self._files.cat_file(self._path(name)))
        except FileNotFoundError:
            return None

    def _put(self, path: str, content: bytes) -> None:
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(path, content)

    def _send(self, file: Path, path: str) -> None:
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.put_file(str(file), path)

    def _text(self, path: str) -> str:
        try:
            return self._files.cat_file(path).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _list(self, name: str) -> list[str]:
        """Paths of all files below a folder of the place, relative to it, sorted."""
        base = self._path(name)
        # Somebody else may have written since this process last asked.
        self._files.invalidate_cache()
        try:
            found = self._files.find(base)
        except FileNotFoundError:
            return []
        return sorted(path[path.index(base) + len(base) + 1 :] for path in found)
