"""The structure of an HDF5 file (netCDF-4), looked through before the library is: whatever of it lies in other files is refused.

Data sets may keep their values in any other file (external storage, virtual data sets) and groups may link into one; the
library would follow without a word. The walk is that of the HDF5 File Format Specification (The HDF Group), version 3.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ewcm.errors import InputError

_SIGNATURE = b"\x89HDF\r\n\x1a\n"

#: Message types of object headers that matter here.
_LINK_INFO, _LINK, _EXTERNAL, _LAYOUT, _CONTINUATION, _SYMBOLS, _DRIVER = 0x02, 0x06, 0x07, 0x08, 0x10, 0x11, 0x14

#: The layout of a data set that is put together from others.
_VIRTUAL = 3

_HARD, _SOFT = 0, 1

#: More nodes than this (groups, data sets, their headers and indexes) are no raster.
_MOST_NODES = 20_000

#: No header, index or block of names is longer.
_LONGEST_BYTES = 1 << 24


class _Damaged(Exception):
    """What stands there is no HDF5, or a kind of it that is not followed."""


class _Elsewhere(Exception):
    """Part of the file lies in another one."""


class _Bytes:
    """Numbers one after the other, little-endian."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise _Damaged
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def left(self) -> int:
        return len(self.data) - self.at


class _Walk:
    """Everything that can be reached from the root group, once each."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self._size = stream, size
        self._offset = self._length = 8
        self._waiting: list[int] = []
        self._seen: set[int] = set()

    def run(self) -> None:
        """To the end; raises :class:`_Elsewhere` or :class:`_Damaged`."""
        self._superblock()
        while self._waiting:
            for kind, data in self._messages(self._waiting.pop()):
                self._message(kind, _Bytes(data))

    def _read(self, address: int, size: int, mark: bytes = b"") -> _Bytes:
        if not (0 <= address < self._size and 0 < size <= _LONGEST_BYTES):
            raise _Damaged
        self._stream.seek(address)
        found = _Bytes(self._stream.read(size))
        if found.take(len(mark)) != mark:
            raise _Damaged
        return found

    def _visit(self, address: int) -> bool:
        """Whether a node is met for the first time."""
        if address in self._seen:
            return False
        self._seen.add(address)
        if len(self._seen) > _MOST_NODES:
            raise _Damaged
        return True

    def _object(self, address: int) -> None:
        if self._visit(address):
            self._waiting.append(address)

    def _undefined(self, address: int) -> bool:
        return address == (1 << 8 * self._offset) - 1

    def _superblock(self) -> None:
        head = self._read(0, min(200, self._size), _SIGNATURE)
        version = head.number(1)
        if version > 3:
            raise _Damaged
        if version < 2:
            head.take(4)
        self._offset, self._length = head.number(1), head.number(1)
        if self._offset not in (2, 4, 8) or self._length not in (2, 4, 8):
            raise _Damaged
        head.take({0: 9, 1: 13}.get(version, 1))
        base, extension, _, last = (head.number(self._offset) for _ in range(4))
        if base:
            raise _Damaged
        if version < 2:
            if not self._undefined(last):  # the block of a driver that shares the data out to several files
                raise _Elsewhere
            head.take(self._offset)
            last = head.number(self._offset)
        elif not self._undefined(extension):
            self._object(extension)
        self._object(last)

    def _messages(self, address: int) -> Iterator[tuple[int, bytes]]:
        """Type and content of each message of an object header."""
        modern = self._read(address, 4).data == b"OHDR"
        if modern:
            head = self._read(address, 64, b"OHDR")
            if head.number(1) != 2:
                raise _Damaged
            flags = head.number(1)
            head.take((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
            size = head.number(1 << (flags & 3))
            blocks, order = [(address + head.at, size, b"")], 2 if flags & 4 else 0
        else:
            head = self._read(address, 16)
            if head.number(1) != 1:
                raise _Damaged
            head.take(7)
            blocks, order = [(address + 16, head.number(4), b"")], 0
        while blocks:
            start, size, mark = blocks.pop()
            if not size:
                continue
            block = self._read(start, size, mark)
            end = len(block.data) - (4 if mark else 0)
            prefix = 4 + order if modern else 8
            while block.at + prefix <= end:
                kind, length = block.number(1 if modern else 2), block.number(2)
                block.take(1 + order if modern else 4)
                data = block.take(length)
                if kind == _CONTINUATION:
                    where = _Bytes(data)
                    start = where.number(self._offset)
                    if self._visit(start):
                        blocks.append((start, where.number(self._length), b"OCHK" if modern else b""))
                else:
                    yield kind, data

    def _message(self, kind: int, data: _Bytes) -> None:
        if kind in (_EXTERNAL, _DRIVER):
            raise _Elsewhere
        if kind == _LAYOUT:
            version = data.number(1)
            data.take(1 if version < 3 else 0)
            if data.number(1) == _VIRTUAL:
                raise _Elsewhere
        elif kind == _LINK:
            self._link(data)
        elif kind == _SYMBOLS:
            self._symbols(data.number(self._offset))
        elif kind == _LINK_INFO:
            data.take(1)
            data.take(8 if data.number(1) & 1 else 0)
            heap, index = data.number(self._offset), data.number(self._offset)
            if not self._undefined(heap):
                self._many_links(heap, index)

    def _link(self, data: _Bytes) -> None:
        if data.number(1) != 1:
            raise _Damaged
        flags = data.number(1)
        kind = data.number(1) if flags & 8 else _HARD
        data.take((8 if flags & 4 else 0) + (1 if flags & 0x10 else 0))
        data.take(data.number(1 << (flags & 3)))
        if kind == _HARD:
            self._object(data.number(self._offset))
        elif kind != _SOFT:
            raise _Elsewhere

    def _symbols(self, address: int) -> None:
        """A group of the older kind: a tree whose leaves list objects."""
        if not self._visit(address):
            return
        head = self._read(address, 8 + 2 * self._offset, b"TREE")
        kind, level, used = head.number(1), head.number(1), head.number(2)
        if kind:
            raise _Damaged
        pairs = self._read(address + len(head.data), used * (self._length + self._offset) or 1)
        for _ in range(used):
            pairs.take(self._length)
            child = pairs.number(self._offset)
            if level:
                self._symbols(child)
            elif self._visit(child):
                self._listed(child)

    def _listed(self, address: int) -> None:
        head = self._read(address, 8, b"SNOD")
        head.take(2)
        count = head.number(2)
        entries = self._read(address + 8, count * (2 * self._offset + 24) or 1)
        for _ in range(count):
            entries.take(self._offset)
            target = entries.number(self._offset)
            soft = entries.number(4) == 2
            entries.take(20)
            if not soft:
                self._object(target)

    def _many_links(self, heap: int, index: int) -> None:
        """A group of the newer kind with many links: they lie in a heap, and a tree says where."""
        objects = _Heap(self, heap)
        head = self._read(index, 16 + self._offset + 2 + self._length, b"BTHD")
        head.take(6)
        record, depth = head.number(2), head.number(2)
        head.take(2)
        root, count = head.number(self._offset), head.number(2)
        if depth > 1 or record != 4 + objects.id_bytes:
            raise _Damaged
        nodes = [(root, count, depth)] if count else []
        while nodes:
            address, count, level = nodes.pop()
            pointers = (count + 1) * (self._offset + 1) if level else 0
            node = self._read(address, 6 + count * record + pointers, b"BTIN" if level else b"BTLF")
            node.take(2)
            for _ in range(count):
                node.take(4)
                self._link(_Bytes(objects.at(node.take(objects.id_bytes))))
            if level:
                nodes += [(node.number(self._offset), node.number(1), 0) for _ in range(count + 1)]

    # What a heap needs of the file.
    def block(self, address: int, size: int, mark: bytes) -> _Bytes:
        return self._read(address, size, mark)

    @property
    def sizes(self) -> tuple[int, int]:
        return self._offset, self._length


class _Heap:
    """A fractal heap without filters, whose objects lie in blocks of doubling size."""

    def __init__(self, walk: _Walk, address: int) -> None:
        self._walk = walk
        offset, length = walk.sizes
        self._offset = offset
        head = walk.block(address, 22 + 12 * length + 3 * offset, b"FRHP")
        head.take(1)
        self.id_bytes, filters = head.number(2), head.number(2)
        head.take(5 + length + offset + length + offset + 8 * length)
        self._width = head.number(2)
        self._first, self._largest = head.number(length), head.number(length)
        bits = head.number(2)
        head.take(2)
        self._root, self._rows = head.number(offset), head.number(2)
        self._place_bytes = (bits + 7) // 8
        if filters or not self._width or not self._first or self.id_bytes <= 1 + self._place_bytes:
            raise _Damaged

    def at(self, name: bytes) -> bytes:
        """An object by its identifier."""
        kind = name[0] >> 4 & 3
        if kind == 2:  # so small that it is its own identifier
            return name[1 : 2 + (name[0] & 15)]
        if kind:
            raise _Damaged
        place = int.from_bytes(name[1 : 1 + self._place_bytes], "little")
        size = int.from_bytes(name[1 + self._place_bytes :], "little")
        start, address = self._block_of(place)
        return self._walk.block(address + place - start, size, b"").data

    def _block_of(self, place: int) -> tuple[int, int]:
        """Where the block with a place of the heap begins, in the heap and in the file."""
        if not self._rows:
            return 0, self._root
        head = 5 + self._offset + self._place_bytes
        start, size = 0, self._first
        for row in range(self._rows):
            size = self._first << max(0, row - 1)
            if size > self._largest:
                break
            if place < start + size * self._width:
                number = (place - start) // size
                entry = head + (row * self._width + number) * self._offset
                table = self._walk.block(self._root, entry + self._offset, b"FHIB")
                table.take(entry - 4)
                return start + number * size, table.number(self._offset)
            start += size * self._width
        raise _Damaged


def check_hdf5(path: Path) -> None:
    """Refuse an HDF5 file that keeps anything in other files, or that cannot be followed. Raises :class:`InputError`."""
    try:
        with path.open("rb") as stream:
            _Walk(stream, path.stat().st_size).run()
    except _Elsewhere:
        raise InputError(
            f"{path}: keeps part of its data in another file, which is not followed; export it as one GeoTIFF"
        ) from None
    except (_Damaged, struct.error, RecursionError, MemoryError):
        raise InputError(
            f"{path}: its HDF5 structure is damaged or too large to be looked through; export it as a GeoTIFF"
        ) from None
