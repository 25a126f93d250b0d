"""Unpacking .zip and .gz files that may be anything: never more than a cap, never outside a folder, never through a link.

Everything that unpacks goes through here. The errors speak of "the archive"; who reads a file puts its name before them.
"""

from __future__ import annotations

import io
import lzma
import math
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ewcm.errors import EwcmError, one_line

#: Unpacked and packed bytes are handled this many at a time.
BLOCK_BYTES = 1 << 20

#: What Python raises at an archive that is damaged, encrypted or packed in a way it does not know.
_UNZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, IndexError,
    struct.error,
)  # fmt: skip


class ArchiveError(EwcmError):
    """An archive that is refused."""


class DamagedArchive(ArchiveError):
    """An archive that is damaged or cut off, so that another copy of it may be whole."""


@dataclass(frozen=True)
class Limits:
    """Caps on what an archive may unpack to. ``ratio``: unpacked bytes per packed one, above ``free_bytes`` unpacked."""

    ratio: float = 200.0
    total_bytes: int = 20_000_000_000
    members: int = 10_000
    free_bytes: int = 4_000_000

    def check(self, packed: int, unpacked: int) -> None:
        """Raise :class:`ArchiveError` at ``unpacked`` bytes out of ``packed`` ones where that is too much."""
        if unpacked > self.total_bytes:
            raise ArchiveError(f"the archive unpacks to more than {self.total_bytes / 1e6:,.0f} MB and is refused")
        if unpacked > self.free_bytes and unpacked > self.ratio * packed:
            raise ArchiveError(
                f"the archive unpacks to more than {self.ratio:g} times its size (a bomb?) and is refused"
            )


#: What is unpacked to disk: rasters and tables of the world.
TO_DISK = Limits()

#: A table of text, which takes about eight times its text in memory; real cell exports reach a ratio of about 4, the largest
#: national one is some hundred MB.
TEXT = Limits(ratio=50.0, total_bytes=1_000_000_000, free_bytes=1_000_000)

#: What GDAL reads inside the archive by itself: a shapefile. Deflate reaches a ratio of 1032 (a table of blanks comes near),
#: so that more means members that overlap.
IN_PLACE = Limits(ratio=1100.0, total_bytes=2_000_000_000)

#: One tile of elevation, read into memory: 3601 x 3601 heights of two bytes; a tile of sea is packed to almost nothing.
TILE = Limits(ratio=math.inf, total_bytes=2 * 3601 * 3601)


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A .zip for reading. What Python raises at a damaged one, here and in the ``with`` block, becomes
    :class:`DamagedArchive`; errors of the disk stay what they are."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except ArchiveError:
        raise
    except _UNZIP_ERRORS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedArchive(f"the ZIP archive is damaged or cut off ({one_line(error, 80)})") from error


def check_sizes(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The members of a .zip, which by what it says of itself keeps the limits; raises :class:`ArchiveError` otherwise."""
    members = archive.infolist()
    if len(members) > limits.members:
        raise ArchiveError(f"the archive holds {len(members)} files, more than {limits.members}, and is refused")
    for info in members:
        limits.check(max(info.compress_size, 1), info.file_size)
    limits.check(archive.start_dir + 1, sum(info.file_size for info in members))
    return members


def check_members(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The members of a .zip that is harmless to unpack; raises :class:`ArchiveError` otherwise.

    One absolute path, ``..``, symbolic link or encrypted member, and the archive is refused whole.
    """
    for info in archive.infolist()[: limits.members]:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        name = one_line(info.filename, 60)
        if path.is_absolute() or ".." in path.parts or ":" in info.filename or "\x00" in info.orig_filename:
            raise ArchiveError(f"the archive holds a file that would leave its folder ('{name}') and is refused")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ArchiveError(f"the archive holds a symbolic link ('{name}') and is refused")
        if info.flag_bits & 1:
            raise ArchiveError(f"the archive holds an encrypted file ('{name}') and is refused")
    return check_sizes(archive, limits)


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: BinaryIO, limits: Limits) -> None:
    """Write one member to ``target``; raises :class:`ArchiveError` as soon as it is more than the limits allow, whatever the
    archive says of itself."""
    unpacked = 0
    with archive.open(member) as stream:
        while block := stream.read(BLOCK_BYTES):
            unpacked += len(block)
            limits.check(max(member.compress_size, 1), unpacked)
            target.write(block)


class Gunzip:
    """Unpack gzip piece by piece (any number of members, one after the other) under :class:`Limits`.

    ``packed_bytes``: the size of the whole file where it is known; else the ratio is that of the pieces so far.
    """

    def __init__(self, limits: Limits = TO_DISK, packed_bytes: int = 0) -> None:
        self._limits = limits
        self._member = zlib.decompressobj(wbits=31)
        self._whole = packed_bytes
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
                block = self._member.decompress(data, BLOCK_BYTES)
            except zlib.error as error:
                raise DamagedArchive(f"the gzip file is damaged ({one_line(error, 80)})") from None
            self._unpacked += len(block)
            self._limits.check(max(self._packed, self._whole), self._unpacked)
            if block:
                yield block
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def finish(self) -> None:
        """Raise :class:`DamagedArchive` unless the last member ended where it should (its CRC was then compared too)."""
        if not self._member.eof:
            raise DamagedArchive("the gzip file is cut off")


def gunzipped(path: Path, limits: Limits = TO_DISK) -> Iterator[bytes]:
    """The unpacked blocks of a gzip file."""
    unpacker = Gunzip(limits, path.stat().st_size)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            yield from unpacker.feed(block)
    unpacker.finish()


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file to read from."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._blocks, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def opened_gzip(path: Path, limits: Limits = TO_DISK) -> io.BufferedReader:
    """A gzip file for reading, as ``gzip.open`` gives one, under :class:`Limits`."""
    return io.BufferedReader(_Blocks(gunzipped(path, limits)), BLOCK_BYTES)
