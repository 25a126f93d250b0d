"""Files on their way: ``NAME.part`` beside the place where they will stand."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ewcm.core.files import lock_open_file, replacing
from ewcm.errors import FetchError


class PartFile:
    """A download that grows on disk, with what is needed to resume it in ``NAME.part.json``."""

    def __init__(self, target: Path, url: str) -> None:
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        #: A name of its own, not one made up each time: whoever comes after a killed run overwrites or removes it.
        self._new_note = target.with_name(target.name + ".part.json.new")
        self._url = url
        self._stream: IO[bytes] | None = None
        self.size = 0
        self.validator = ""
        self.checksums: dict[str, str] = {}

    def __enter__(self) -> PartFile:
        self._stream = self.path.open("ab")
        lock_or_fail(self._stream, "another fetch is bringing the same file; wait for it to end")
        if not self._is_ours():
            self._stream.close()
            raise FetchError("another fetch has just brought the same file; run the command again")
        self.size = self.path.stat().st_size
        note = self._read_note()
        if note.get("url") == self._url and self.size:
            self.validator = str(note.get("validator", ""))
            self.checksums = {name: str(value) for name, value in dict(note.get("promises", {})).items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream:
            self._stream.close()
        if error is not None and not self.validator:
            self.discard()  # nothing to come back to

    def _is_ours(self) -> bool:
        """Whether the path still names the file that was opened: another process may have renamed it in between."""
        assert self._stream is not None
        try:
            return self.path.stat().st_ino == os.fstat(self._stream.fileno()).st_ino
        except FileNotFoundError:
            return False

    def _read_note(self) -> dict[str, Any]:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return note if isinstance(note, dict) else {}

    def write(self, block: bytes) -> None:
        """Append."""
        assert self._stream is not None
        self._stream.write(block)
        self.size += len(block)

    def restart(self) -> None:
        """Empty the file."""
        assert self._stream is not None
        self._stream.truncate(0)
        self.size = 0
        self.validator = ""
        self._note.unlink(missing_ok=True)

    def remember(self, validator: str, checksums: Mapping[str, str]) -> None:
        """Note how the transfer can be resumed (not at all: "") and which checksums the server states."""
        self.validator, self.checksums = validator, dict(checksums)
        note = {"url": self._url, "validator": validator, "promises": self.checksums}
        if validator:
            with replacing(self._note, part=self._new_note) as new:
                new.write_bytes(json.dumps(note).encode())
        else:
            self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Bring every byte to the disk."""
        assert self._stream is not None
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def discard(self) -> None:
        """Remove the part and its note."""
        self.validator = ""
        self.path.unlink(missing_ok=True)
        self.forget()

    def forget(self) -> None:
        """Remove the note, and one that a killed run was about to write."""
        self._new_note.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def lock_or_fail(stream: IO[bytes], message: str) -> None:
    """Lock an open file for this process (the system lets go of it even if the process is killed), or raise."""
    try:
        free = lock_open_file(stream.fileno())
    except OSError:
        free = False
    if not free:
        stream.close()
        raise FetchError(message)
