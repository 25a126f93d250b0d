"""Folders that the engine works in for a while: they carry a mark, and only what carries it is ever removed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from ewcm.core.signals import undisturbed

#: The file that marks a work folder, and what stands in it.
MARK = ".ewcm-work"
_TEXT = b"ewcm works in this folder; what a killed run leaves of it is removed by the next one.\n"


@contextlib.contextmanager
def work_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new marked folder of ``parent``, its name beginning with ``prefix``; gone after the block, however that ends."""
    # Named before it is made, so that a signal between the two finds what is to be removed.
    folder = parent / f"{prefix}{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700)
        mark(folder)
        yield folder
    finally:
        with undisturbed():
            remove(folder)


def mark(folder: Path) -> None:
    """Mark an existing folder as a work folder."""
    (folder / MARK).write_bytes(_TEXT)


def is_ours(folder: Path) -> bool:
    """Whether a folder carries the mark, or holds no file but the beginning of one: a run may be killed before it is whole."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        if (folder / MARK).exists() and not (folder / MARK).is_file():
            return False
        mark = (folder / MARK).read_bytes()
    except FileNotFoundError:
        mark = b""
    except OSError:
        return False
    return mark == _TEXT or (_TEXT.startswith(mark) and not _holds_more(folder))


def _holds_more(folder: Path) -> bool:
    """Whether a folder holds anything but folders and its mark."""
    return any(
        set(files) - ({MARK} if Path(at) == folder else set()) or any(Path(at, name).is_symlink() for name in names)
        for at, names, files in os.walk(folder)
    )


def remove(folder: Path) -> None:
    """Remove a work folder, its mark last, so that a removal that is killed, or that fails, goes on next time. Any other folder
    stays."""
    if not is_ours(folder):
        return
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name == MARK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if all(path.name == MARK for path in folder.iterdir()):
            (folder / MARK).unlink(missing_ok=True)
            folder.rmdir()
