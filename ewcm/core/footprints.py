"""Footprints: the grid cells that each single transmitter covers, and how much of them.

The best server of a network is the maximum over its footprints, so that a network without some of its transmitters, or with
new ones, needs no new propagation. Footprints are sparse: only grid cells that are covered in some case are kept.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from ewcm.core.array_file import read_arrays, write_arrays
from ewcm.core.fraction import CASES, Case
from ewcm.errors import InputError

#: Columns of the table of transmitters.
TRANSMITTER_COLUMNS = ("technology", "operator", "site_ids", "lat", "lon", "range_km")

#: Unpacked size [bytes] above which a file is not read: half a billion entries.
MOST_BYTES = 2 << 30

_FORMAT = 1

_TYPES = {
    "format": ("<i8",),  # version, rows, columns
    "text": ("|u1",),  # JSON: {"technology": [...], "operator": [...], "site_ids": [...]}
    "lat": ("<f8",),
    "lon": ("<f8",),
    "range_km": ("<f8",),
    "runs": ("<i4",),
    "skip": ("<i4", "<i8"),
    "length": ("<i4",),
    "share": ("|u1",),
}


class SiteFootprints(Protocol):
    """What the footprints of every coverage model give: kept ones (:class:`Footprints`) and circles
    (`ewcm.coverage.circles.CircleFootprints`)."""

    @property
    def transmitters(self) -> pd.DataFrame:
        """One row a transmitter: ``TRANSMITTER_COLUMNS``. See :class:`Footprints`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the population grid."""

    @property
    def nbytes(self) -> int:
        """Memory that they take."""

    def of(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Grid cells (flat index, rising) and shares (uint8, (cells, 3)) of one transmitter."""

    def block(self, rows: slice) -> SiteFootprints:
        """The same transmitters in some rows of the grid alone, which are numbered from 0."""

    def union(self, chosen: np.ndarray, case: Case, rows: slice) -> np.ndarray:
        """Share covered by the best of the chosen transmitters, float32 (rows, columns)."""


@dataclass(frozen=True)
class Footprints:
    """Kept footprints, in compressed sparse rows.

    ``transmitters``: one row an antenna position of one technology and operator: ``technology``; ``operator`` ("" where no
    name is given); ``site_ids`` of the sites behind it, joined by ``;`` (see :func:`join_site_ids`); ``lat``, ``lon``
    [degrees, WGS 84, −180..180]; ``range_km``, beyond which nothing was computed. Transmitters that cannot reach the grid
    may be missing.
    ``shape``: rows and columns of the population grid. ``offsets``: int64 (n + 1); transmitter i has the entries
    ``offsets[i]`` to before ``offsets[i + 1]``.
    ``cell``: int32 or int64, flat index (row · columns + column) of a grid cell, rising within a transmitter.
    ``share``: uint8 (entries, 3), with low coverage, central and with high coverage, in steps of 1/250 (0 none, 250 all),
    rounded to the nearest: the share of all places of the grid cell where a receiver is covered by this transmitter alone.
    Places of which nothing is known count as not covered. Grid cells whose share with high coverage rounds to 0 are left out.
    """

    transmitters: pd.DataFrame
    shape: tuple[int, int]
    offsets: np.ndarray
    cell: np.ndarray
    share: np.ndarray

    def __len__(self) -> int:
        return len(self.transmitters)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays [bytes]; the table is small beside them."""
        return self.offsets.nbytes + self.cell.nbytes + self.share.nbytes

    def of(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Grid cells and shares of one transmitter. Raises IndexError for one that is not there."""
        if not 0 <= index < len(self):
            raise IndexError(f"transmitter {index} of {len(self)}")
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.cell[part], self.share[part]

    def block(self, rows: slice) -> Footprints:
        """The same transmitters in some rows of the grid alone, which are numbered from 0."""
        first, past = rows.start * self.shape[1], rows.stop * self.shape[1]
        inside = (self.cell >= first) & (self.cell < past)
        before = np.concatenate([[0], np.cumsum(inside)])
        return Footprints(
            self.transmitters,
            (rows.stop - rows.start, self.shape[1]),
            before[self.offsets],
            self.cell[inside] - self.cell.dtype.type(first),
            self.share[inside],
        )

    def union(self, chosen: np.ndarray, case: Case, rows: slice) -> np.ndarray:
        """Share covered by the best of the chosen transmitters, float32 (rows, columns), 0 where none of them covers.

        ``chosen``: a mask of all transmitters, or indices of some. This is the maximum of the shares of single transmitters.
        The share of the places of a grid cell that at least one of them covers is never smaller, and larger only where they
        cover different places of one grid cell.
        """
        from ewcm_kernels.footprints import largest_shares
        from ewcm_kernels.places import SHARE_STEPS

        index = chosen_indices(chosen, len(self))
        out = np.zeros((rows.stop - rows.start, self.shape[1]), np.uint8)
        first, past = rows.start * self.shape[1], rows.stop * self.shape[1]
        shares = self.share[:, CASES.index(case)]
        largest_shares(self.offsets, self.cell, shares, index, first, past, out.reshape(-1))
        return out.astype(np.float32) / np.float32(SHARE_STEPS)

    def write(self, path: Path) -> None:
        """Write to an ``.npz`` file (docs/formats.md). The same footprints give the same bytes."""
        write_arrays(path, _encoded(self))

    @classmethod
    def read(cls, path: Path, shape: tuple[int, int]) -> Footprints:
        """Footprints of a file of :meth:`write`. ``shape``: rows and columns of the grid they must be of.

        Raises :class:`InputError`, in one line, for a file that is damaged or of another grid.
        """
        arrays = read_arrays(path, _TYPES, MOST_BYTES)
        try:
            return _decoded(arrays, shape)
        except ValueError as error:
            raise InputError(f"{path}: {error}; run the country again") from error


def chosen_indices(chosen: np.ndarray, count: int) -> np.ndarray:
    """Indices (int64) of a mask or of indices. Raises IndexError for an index, or a mask, of something else."""
    chosen = np.asarray(chosen)
    if chosen.dtype == bool:
        if chosen.shape != (count,):
            raise IndexError(f"a mask of {chosen.shape} for {count} transmitters")
        return np.flatnonzero(chosen)
    index = chosen.astype(np.int64).reshape(-1)
    if index.size and not (index.min() >= 0 and index.max() < count):
        raise IndexError(f"transmitters {index.min()} to {index.max()} of {count}")
    return index


def transmitters_of(sites: pd.DataFrame) -> pd.DataFrame:
    """Positions of each technology and operator, sorted: ``TRANSMITTER_COLUMNS`` without the range.

    ``sites``: ``site_id``, ``technology``, ``operator``, ``lat``, ``lon``.
    """
    key = ["technology", "operator", "lat", "lon"]
    rows = sites[[*key, "site_id"]].astype({"site_id": str}).drop_duplicates().sort_values([*key, "site_id"])
    first = ~rows.duplicated(key).to_numpy()
    names, bounds = rows["site_id"].tolist(), [*np.flatnonzero(first).tolist(), len(rows)]
    found = rows.loc[first, key].reset_index(drop=True)
    found.insert(2, "site_ids", [join_site_ids(names[at:end]) for at, end in itertools.pairwise(bounds)])
    return found


def join_site_ids(site_ids: Iterable[object]) -> str:
    """Identifiers joined by ``;``. A ``;`` or ``%`` within one is written as ``%3B`` or ``%25``."""
    return ";".join(str(name).replace("%", "%25").replace(";", "%3B") for name in site_ids)


def split_site_ids(text: str) -> list[str]:
    """The identifiers that :func:`join_site_ids` joined."""
    return [name.replace("%3B", ";").replace("%25", "%") for name in text.split(";")]


def compressed_size(cell: np.ndarray, share: np.ndarray) -> int:
    """Bytes that one footprint takes in a file, as an estimate from compressing it alone."""
    skip, length, _ = _runs_of(np.array([0, cell.size]), cell)
    parts = skip.astype(np.int32), length, np.ascontiguousarray(share)
    return sum(len(zlib.compress(part.tobytes(), 6)) for part in parts)


def _encoded(footprints: Footprints) -> dict[str, np.ndarray]:
    """The arrays of a file: grid cells as runs of consecutive ones, and the shares as they are."""
    table = footprints.transmitters
    columns = {name: [str(value) for value in table[name]] for name in ("technology", "operator", "site_ids")}
    skip, length, runs = _runs_of(footprints.offsets, footprints.cell)
    large = footprints.shape[0] * footprints.shape[1] > np.iinfo(np.int32).max
    return {
        "format": np.array([_FORMAT, *footprints.shape], np.int64),
        "text": np.frombuffer(json.dumps(columns, sort_keys=True).encode(), np.uint8),
        **{name: table[name].to_numpy(np.float64) for name in ("lat", "lon", "range_km")},
        "runs": runs,
        "skip": skip.astype(np.int64 if large else np.int32),
        "length": length,
        "share": footprints.share.reshape(-1),
    }


def _runs_of(offsets: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of consecutive cells: grid cells skipped before each (from the first grid cell, or from the end of the run
    before it), their lengths, and how many each footprint has."""
    begins = np.ones(cell.size, bool)
    begins[1:] = np.diff(cell) != 1
    starts = offsets[:-1][offsets[:-1] < cell.size]
    begins[starts] = True
    at = np.flatnonzero(begins)
    length = np.diff(at, append=cell.size)
    skip = cell[at].copy()
    skip[1:] -= cell[at[1:] - 1] + 1
    first = np.searchsorted(at, starts)  # the first run of each footprint counts from the first grid cell
    skip[first] = cell[starts]
    runs = np.diff(np.searchsorted(at, offsets))
    return skip, length.astype(np.int32), runs.astype(np.int32)


def _decoded(arrays: Mapping[str, np.ndarray], shape: tuple[int, int]) -> Footprints:
    """The footprints of a file's arrays. Raises ValueError where they cannot be."""
    if arrays["format"].size != 3 or arrays["format"][0] != _FORMAT:
        raise ValueError(f"footprints of a format that is not {_FORMAT}")
    if tuple(arrays["format"][1:].tolist()) != tuple(shape):
        raise ValueError(
            f"footprints of a grid of {arrays['format'][1]} x {arrays['format'][2]}, not {shape[0]} x {shape[1]}"
        )
    table = _table_of(arrays)
    runs, length, skip = (arrays[name].astype(np.int64) for name in ("runs", "length", "skip"))
    if arrays["share"].size % len(CASES):
        raise ValueError("its shares are not three for each grid cell")
    share = arrays["share"].reshape(-1, len(CASES))
    if runs.size != len(table) or (runs < 0).any() or runs.sum() != skip.size or skip.size != length.size:
        raise ValueError("its runs are not those of its transmitters")
    cells = shape[0] * shape[1]
    if ((length < 1) | (length > cells) | (skip < 0) | (skip >= cells)).any() or length.sum() != len(share):
        raise ValueError("its runs of grid cells are not those of its shares")
    from ewcm_kernels.places import SHARE_STEPS  # compiled kernels take half a second to load

    low, central, high = share.T
    if ((low > central) | (central > high) | (high > SHARE_STEPS) | (high == 0)).any():
        raise ValueError("its shares are not low <= central <= high <= 250")
    first_run = np.concatenate([[0], np.cumsum(runs)])
    later = np.ones(skip.size, bool)
    later[first_run[:-1][runs > 0]] = False
    if (skip[later] < 1).any():
        raise ValueError("its runs of grid cells touch")
    # Where each run begins: what was skipped and passed since the first grid cell, within its transmitter.
    passed = np.concatenate([[0], np.cumsum(skip + length)])
    begin = passed[:-1] + skip - np.repeat(passed[first_run[:-1]], runs)
    if begin.size and (begin + length).max() > cells:
        raise ValueError("its grid cells lie outside the grid")
    entries = np.concatenate([[0], np.cumsum(length)])
    cell = np.arange(len(share)) + np.repeat(begin - entries[:-1], length)
    dtype = np.int64 if cells > np.iinfo(np.int32).max else np.int32
    return Footprints(table, (int(shape[0]), int(shape[1])), entries[first_run], cell.astype(dtype), share)


def _table_of(arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The table of transmitters. Raises ValueError where it cannot be."""
    try:
        columns = json.loads(arrays["text"].tobytes().decode())
    except (ValueError, RecursionError) as error:
        raise ValueError("its text is not JSON in UTF-8") from error
    names = ("technology", "operator", "site_ids")
    if not isinstance(columns, dict) or sorted(columns) != sorted(names):
        raise ValueError(f"its text is not the columns {', '.join(names)}")
    count = arrays["lat"].size
    for name in names:
        values = columns[name]
        if not isinstance(values, list) or len(values) != count or not all(isinstance(value, str) for value in values):
            raise ValueError(f"its column {name} is not a text for each of {count} transmitters")
    lat, lon, range_km = arrays["lat"], arrays["lon"], arrays["range_km"]
    if lon.size != count or range_km.size != count:
        raise ValueError("its positions are not those of its transmitters")
    if not ((np.abs(lat) <= 90.0) & (np.abs(lon) <= 180.0) & (range_km >= 0.0) & (range_km < 1e6)).all():
        raise ValueError("its positions are not degrees")
    return pd.DataFrame(columns | {"lat": lat, "lon": lon, "range_km": range_km})[list(TRANSMITTER_COLUMNS)]
