"""Writing files so that nobody ever sees half of one: atomic writes, exchange of folders, locks."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ewcm.core.signals import undisturbed

#: How often a process that waits for a lock looks again [s].
_LOOK_S = 0.05

#: Age [s] from which a part of a small file is one that a killed process left.
_LEFT_S = 3600.0


class LockHeldError(Exception):
    """Another process holds the lock."""


# --- one file --------------------------------------------------------------------------------------------------------


def regular_bytes(path: Path) -> bytes:
    """The content of a file that may be somebody else's. Raises :class:`FileNotFoundError` for what is no regular file: a pipe
    or a device would be read for ever."""
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "it is no regular file", str(path))
    return path.read_bytes()


@contextlib.contextmanager
def replacing(target: Path, part: Path | None = None) -> Iterator[Path]:
    """A path beside ``target`` to write to; when the block ends well, that file is put in the place of ``target``.

    A reader sees the old file or the new one, whatever happens. ``part``: the path to write to, where a later run must find
    and overwrite what a killed one left; two processes must then not write ``target`` at once.
    """
    part = part or target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        put_in_place(part, target)
    finally:
        with undisturbed():
            part.unlink(missing_ok=True)


def write_atomically(target: Path, content: bytes) -> None:
    """Write a small file so that a reader sees the old one or the new one, never half of either. What a process left that was
    killed while it wrote the same file goes, an hour later."""
    _remove_left_parts(target)
    with replacing(target) as part:
        part.write_bytes(content)


def _remove_left_parts(target: Path) -> None:
    """Remove the parts of a small file that nobody writes any more: writing one never takes so long."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.part")
    with contextlib.suppress(OSError), os.scandir(target.parent) as siblings:
        for each in siblings:
            if ours.fullmatch(each.name) and each.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    if time.time() - each.stat().st_mtime > _LEFT_S:
                        Path(each.path).unlink()


def write_new(target: Path, content: bytes) -> None:
    """Write a small file that is not there yet, whole or not at all. Raises :class:`FileExistsError` where it is."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(content)
        to_disk(part)
        try:
            target.hardlink_to(part)  # fails where the name is taken, in one step
        except (NotImplementedError, PermissionError, OSError) as error:
            if isinstance(error, FileExistsError) or target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            part.replace(target)  # a file system without links
        to_disk(target.parent)
    finally:
        with undisturbed():
            part.unlink(missing_ok=True)


def put_in_place(part: Path, target: Path) -> None:
    """Bring a complete file to the disk, give it its final name in one step, and make that last.

    Raises :class:`FileExistsError` where a device, a pipe or a folder has that name.
    """
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "it is no regular file", str(target))
    to_disk(part)
    part.replace(target)
    to_disk(target.parent)


def to_disk(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    posix = os.name == "posix"
    if not posix and path.is_dir():
        return  # Windows cannot do this for a folder
    handle = os.open(path, os.O_RDONLY if posix else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- a folder --------------------------------------------------------------------------------------------------------


def exchange(fresh: Path, folder: Path) -> None:
    """Put a folder of files in the place of ``folder``, in one step; what stood there is then in the place of ``fresh``.

    Where the file system cannot exchange two folders, the old one stands aside (:func:`aside`) for a moment.
    """
    for path in [*sorted(fresh.iterdir()), fresh]:
        to_disk(path)
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchange_names(fresh, folder):
        folder.rename(aside(fresh))
        try:
            fresh.rename(folder)
        except OSError:
            aside(fresh).rename(folder)
            raise
        aside(fresh).rename(fresh)
    to_disk(folder.parent)


def aside(fresh: Path) -> Path:
    """Where the old folder stands, beside the new one, while a file system that cannot exchange gets that."""
    return fresh.with_name(f"{fresh.name}.old")


def _exchange_names(first: Path, second: Path) -> bool:
    """Exchange two folders in one step (renameat2, Linux 3.15); false where the system or file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # not every Python of every system has it

    rename: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    at_cwd, both = -100, 2
    if rename(at_cwd, os.fsencode(first), at_cwd, os.fsencode(second), both) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(second))


# --- locks -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one(path: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock file ``path``, which is there only meanwhile; the system gives it back when the process is killed.

    Raises :class:`LockHeldError` when another process still holds it after ``wait_s``, OSError where files cannot be locked and
    where ``path`` is somebody else's (a lock file is empty).
    """
    from filelock import FileLock, Timeout  # takes a tenth of a second to import

    if path.is_symlink() or (path.exists() and (not path.is_file() or path.stat().st_size)):
        raise FileExistsError(errno.EEXIST, f"{path.name} beside it is not a lock of ewcm", str(path))
    # Without flock a lock would be a file that a killed run leaves: then rather none at all.
    lock = FileLock(path, timeout=wait_s, poll_interval=_LOOK_S, fallback_to_soft=False)
    try:
        try:
            lock.acquire()
        except Timeout:
            raise LockHeldError from None
        yield
    finally:
        with undisturbed():
            if lock.is_locked:
                # Removed while it is held: whoever has it open finds that it is gone, and opens the next one.
                with contextlib.suppress(OSError):
                    path.unlink()
                lock.release()


def lock_open_file(descriptor: int) -> bool:
    """Lock an open file until it is closed or its process ends; false when another process holds it.

    Raises OSError where the file system cannot lock files.
    """
    from filelock import lock_descriptor

    return lock_descriptor(descriptor, blocking=False)
