"""What tells a file from one that has been changed, or has taken its place, since it was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ewcm.core.record import companions_of
from ewcm.errors import InputChangedError

#: Options whose texts are names of files, or may be.
_TEXTS = ("hazard", "loss", "sites", "values", "fragility")

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

    @classmethod
    def of_options(cls, options: Mapping[str, object]) -> FileStates:
        """Those of the files that the options of a command name, but for folders that it writes to or that have checks of their
        own. Some are texts, which name a file or a storm."""
        found: list[Path] = []
        for name, value in options.items():
            if name in _TEXTS and isinstance(value, str):
                found.append(Path(value))
            elif name not in ("output", "results", "inputs"):
                found += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Path)]
        return cls.of_inputs(found)

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
