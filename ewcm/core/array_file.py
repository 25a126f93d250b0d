"""A few flat arrays in one compressed file that numpy reads (`.npz`), without pickle.

The same arrays give the same bytes. On reading, everything a file states about itself is checked before memory is taken for
it, so that a damaged or hostile one is an :class:`InputError` of one line.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ewcm.errors import InputError

#: The time of every member; zip files know no earlier one.
_WRITTEN = (1980, 1, 1, 0, 0, 0)

#: The header of a row of numbers as numpy writes it (numpy.lib.format, version 1.0): type and length.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<|][iuf][1248])', 'fortran_order': False, 'shape': \((\d{1,15}),\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEADER = 256


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write one-dimensional arrays, in the order of their names. Raises OSError as any writing does."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", _WRITTEN)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            member.create_system = 3
            with archive.open(member, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(arrays[name]), (1, 0), allow_pickle=False)


def read_arrays(path: Path, types: Mapping[str, tuple[str, ...]], most_bytes: int) -> dict[str, np.ndarray]:
    """The one-dimensional arrays of a file of :func:`write_arrays`.

    ``types``: the names that it must have, and the numpy types that each may have (as ``<i4``). ``most_bytes``: of all
    arrays together, unpacked. Raises :class:`InputError` for anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sorted(member.filename for member in members) != sorted(f"{name}.npy" for name in types):
                raise InputError(f"{path}: holds other arrays than {', '.join(sorted(types))}; make the file anew")
            if any(member.flag_bits & 1 for member in members):
                raise InputError(f"{path}: is encrypted; make the file anew")
            if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
                raise InputError(f"{path}: is not compressed by deflate; make the file anew")
            total = sum(member.file_size for member in members)
            if total > most_bytes:
                raise InputError(
                    f"{path}: would be {total / 1e6:.0f} MB unpacked, more than the {most_bytes / 1e6:.0f} MB that are "
                    "read; make the file anew"
                )
            return {member.filename[:-4]: _read(archive, member, types[member.filename[:-4]]) for member in members}
    except FileNotFoundError:
        raise InputError(f"{path}: does not exist; make the file anew") from None
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be read ({reason}); make the file anew") from error


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, types: tuple[str, ...]) -> np.ndarray:
    """One array. Raises ValueError where its header and its content are not what they must be."""
    with archive.open(member) as stream:
        start = stream.read(_LONGEST_HEADER)
        header = _HEADER.match(start)
        if header is None:
            raise ValueError(f"{member.filename} is not a row of numbers")
        dtype, count = header[1].decode(), int(header[2])
        if dtype not in types:
            raise ValueError(f"{member.filename} holds {dtype}, not {' or '.join(types)}")
        size = count * np.dtype(dtype).itemsize
        if header.end() + size != member.file_size:
            raise ValueError(f"{member.filename} is not as long as it states")
        content = start[header.end() :] + stream.read()
        if len(content) != size:
            raise ValueError(f"{member.filename} is not as long as it states")
    return np.frombuffer(content, dtype)
