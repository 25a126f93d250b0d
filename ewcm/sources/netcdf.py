"""The header of a classic netCDF file, looked at before the library is: with counts that no file can hold it crashed."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

from ewcm.errors import InputError

#: Bytes of one value of each type: byte, char, short, int, float, double, and those of CDF-5.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}

_DIMENSION, _VARIABLE, _ATTRIBUTE = 10, 11, 12

#: Dimensions of one variable, and bytes of one name, at most (NC_MAX_VAR_DIMS and NC_MAX_NAME of the library).
_MOST_DIMENSIONS, _LONGEST_NAME = 1024, 256


class _Damaged(Exception):
    """What stands there is no header."""


class _Header:
    """A walk through the header: each count must fit in what is left of the file."""

    def __init__(self, stream: IO[bytes], size: int, version: int) -> None:
        self._stream, self._size = stream, size
        self._count = ">q" if version == 5 else ">i"
        self._offset = ">i" if version == 1 else ">q"

    def _number(self, form: str) -> int:
        try:
            return int(struct.unpack(form, self._stream.read(struct.calcsize(form)))[0])
        except struct.error:
            raise _Damaged from None

    def _counted(self, least_bytes: int, most: int | None = None) -> int:
        """A count of things of at least so many bytes each."""
        count = self._number(self._count)
        left = self._size - self._stream.tell()
        if count < 0 or count * least_bytes > left or (most is not None and count > most):
            raise _Damaged
        return count

    def _listed(self, tag: int, least_bytes: int) -> int:
        """The length of a list that starts with its tag, or with two zeros where it is absent."""
        found = self._number(">i")
        count = self._counted(least_bytes)
        if found != tag and (found or count):
            raise _Damaged
        return count

    def _skip(self, size: int) -> None:
        """Pass over so many bytes and the padding to four."""
        end = self._stream.tell() + size + -size % 4
        if end > self._size:
            raise _Damaged
        self._stream.seek(end)

    def _name(self) -> None:
        self._skip(self._counted(1, _LONGEST_NAME))

    def _attributes(self) -> None:
        for _ in range(self._listed(_ATTRIBUTE, 12)):
            self._name()
            size = _SIZES.get(self._number(">i"))
            if size is None:
                raise _Damaged
            self._skip(size * self._counted(size))

    def walk(self) -> None:
        """To the end of the header (NetCDF Classic Format Specification, UCAR)."""
        self._number(self._count)  # records; −1 while it is written
        dimensions = self._listed(_DIMENSION, 8)
        for _ in range(dimensions):
            self._name()
            if self._number(self._count) < 0:
                raise _Damaged
        self._attributes()
        for _ in range(self._listed(_VARIABLE, 24)):
            self._name()
            for _ in range(self._counted(4, _MOST_DIMENSIONS)):
                if not 0 <= self._number(self._count) < dimensions:
                    raise _Damaged
            self._attributes()
            if self._number(">i") not in _SIZES:
                raise _Damaged
            self._number(self._count)  # size, which large variables do not state rightly
            if not 0 <= self._number(self._offset) <= self._size:
                raise _Damaged


def check_netcdf(path: Path) -> None:
    """Refuse a classic netCDF file (CDF-1, CDF-2, CDF-5) whose header is damaged. Raises :class:`InputError`."""
    with path.open("rb") as stream:
        mark = stream.read(4)
        if mark[:3] != b"CDF":
            return
        try:
            if mark[3:] not in (b"\x01", b"\x02", b"\x05"):
                raise _Damaged
            _Header(stream, path.stat().st_size, mark[3]).walk()
        except _Damaged:
            raise InputError(f"{path}: its netCDF header is damaged; download it again or give a GeoTIFF") from None
