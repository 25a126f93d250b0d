"""Unpacking what came from outside: never more than a cap, never outside the folder, never through a link."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ewcm.errors import FetchError, one_line
from ewcm.fetch.checks import Damaged, check_format
from ewcm.sources.files import UNZIP_ERRORS


@dataclass(frozen=True)
class Limits:
    """Caps on what an archive may unpack to. A ratio below ``free_bytes`` unpacked is nobody's concern."""

    ratio: float = 200.0
    total_bytes: int = 20_000_000_000
    members: int = 10_000
    free_bytes: int = 4_000_000

    def check(self, packed: int, unpacked: int) -> None:
        """Refuse ``unpacked`` bytes out of ``packed`` ones."""
        if unpacked > self.total_bytes:
            raise FetchError(f"the archive unpacks to more than {self.total_bytes / 1e6:,.0f} MB and is refused")
        if unpacked > self.free_bytes and unpacked > self.ratio * packed:
            raise FetchError(f"the archive unpacks to more than {self.ratio:g} times its size (a bomb?) and is refused")


LIMITS = Limits()


@contextmanager
def _damage_told() -> Iterator[None]:
    """What Python raises at a damaged archive becomes :class:`Damaged`; errors of the disk stay what they are."""
    try:
        yield
    except UNZIP_ERRORS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Damaged(f"the ZIP archive is damaged or cut off ({one_line(error, 80)}); run the command again") from None


def check_zip(path: Path, limits: Limits = LIMITS) -> None:
    """A ZIP archive with a whole list of contents, all of them harmless."""
    check_format(path, "ZIP")
    with _damage_told(), zipfile.ZipFile(path) as opened:
        _vetted(opened, limits)


def extract_one(archive: Path, suffix: str, target: Path, limits: Limits = LIMITS) -> str:
    """Write the only member of a ZIP whose name ends in ``suffix`` to ``target``; returns the member's name.

    Every member is vetted, also those that are not wanted: an archive with one absolute path, ``..``, symbolic link or
    encrypted member is refused whole.
    """
    with _damage_told(), zipfile.ZipFile(archive) as opened:
        wanted = [info for info in _vetted(opened, limits) if info.filename.lower().endswith(suffix.lower())]
        if len(wanted) != 1:
            raise FetchError(f"the archive holds {len(wanted)} files *{suffix} instead of one; report it to the source")
        unpacked = 0
        with opened.open(wanted[0]) as member, target.open("wb") as stream:
            while block := member.read(1 << 20):
                unpacked += len(block)
                limits.check(max(wanted[0].compress_size, 1), unpacked)
                stream.write(block)
        return wanted[0].filename


def _vetted(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > limits.members:
        raise FetchError(f"the archive holds {len(members)} files, more than {limits.members}, and is refused")
    for info in members:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        name = one_line(info.filename, 60)
        if path.is_absolute() or ".." in path.parts or ":" in info.filename or "\x00" in info.orig_filename:
            raise FetchError(f"the archive holds a file that would leave its folder ('{name}') and is refused")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise FetchError(f"the archive holds a symbolic link ('{name}') and is refused")
        if info.flag_bits & 1:
            raise FetchError(f"the archive holds an encrypted file ('{name}') and is refused")
        limits.check(max(info.compress_size, 1), info.file_size)
    limits.check(archive.start_dir + 1, sum(info.file_size for info in members))
    return members


class Gunzip:
    """Unpack gzip piece by piece (any number of members, one after the other) under :class:`Limits`."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._member = zlib.decompressobj(wbits=31)
        self._packed = 0
        self._unpacked = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The unpacked blocks (of at most 1 MiB) of the next piece of the file."""
        self._packed += len(data)
        while data:
            if self._member.eof:  # another member follows, unless only zero padding does
                data = data.lstrip(b"\x00")
                if not data:
                    return
                self._member = zlib.decompressobj(wbits=31)
            try:
                block = self._member.decompress(data, 1 << 20)
            except zlib.error as error:
                raise Damaged(f"the gzip file is damaged ({one_line(error, 80)}); run the command again") from None
            self._unpacked += len(block)
            self._limits.check(self._packed, self._unpacked)
            if block:
                yield block
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def finish(self) -> None:
        """Raise :class:`Damaged` unless the last member ended where it should (its CRC was then compared too)."""
        if not self._member.eof:
            raise Damaged("the gzip file is cut off; run the command again")


def gunzipped(path: Path, limits: Limits = LIMITS) -> Iterator[bytes]:
    """The unpacked blocks of a gzip file."""
    unpacker = Gunzip(limits)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            yield from unpacker.feed(block)
    unpacker.finish()
