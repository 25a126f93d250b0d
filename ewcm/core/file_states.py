"""What tells a file from one that has been changed, or has taken its place, since it was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ewcm.core.record import companions_of
from ewcm.errors import InputChangedError

#: Inode, size [bytes] and time of change [ns]; None where there is no file.
State = tuple[int, ...] | None


def state_of(path: Path) -> State:
    """What tells a file from one that has taken its place."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # a name that none can have
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True)
class FileStates:
    """Files as they were before they were read."""

    states: Mapping[Path, State] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[Path]) -> FileStates:
        """Those of ``paths`` as they are now."""
        return cls({path: state_of(path) for path in paths})

    @classmethod
    def of_inputs(cls, paths: Iterable[Path]) -> FileStates:
        """Those of ``paths``, of what stands beside each and is read with it, and of all that is in a folder among them."""
        return cls.of(file for path in paths for file in _read_with(path))

    def refuse_changed(self) -> None:
        """Raise :class:`InputChangedError` for the first file that is not what it was: what was read may be a mixture, and what
        the manifest says of it may be of another file."""
        for path, state in self.states.items():
            if state_of(path) != state:
                raise InputChangedError(
                    f"{path}: was changed while it was read; run again when nobody writes to it any more"
                )


def _read_with(path: Path) -> Iterator[Path]:
    yield from path.rglob("*") if path.is_dir() else (path, *companions_of(path).values())
