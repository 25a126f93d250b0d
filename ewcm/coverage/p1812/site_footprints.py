"""Collecting the footprints of single transmitters while the best server is computed.

Each piece of work gives back what its transmitters cover; the collector puts the pieces together, in their order, and stops
when the file would become larger than asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from ewcm_kernels.places import NODES_EVERY, Nodes, Window, block_shares, place_shares
from odc.geo.geobox import GeoBox

from ewcm.core import longitude
from ewcm.core.footprints import TRANSMITTER_COLUMNS, Footprints, compressed_size
from ewcm.core.fraction import CASES, Case
from ewcm.coverage.p1812.mosaic import Fine, blocks_of, nodes_of


@dataclass(frozen=True)
class Cells:
    """How grid cells of the population lie in the fine grid, and what a code is worth in them.

    ``shape``: rows and columns of the population grid. ``nodes``: of a projected population grid, by block of rows; empty
    where its cells are blocks of fine cells. ``share_of_code``: f32[256, 3], low, central and high. ``wanted``: bool of that
    shape, the grid cells that are asked about; None: all.
    """

    shape: tuple[int, int]
    nodes: tuple[Nodes, ...]
    share_of_code: np.ndarray
    wanted: np.ndarray | None = None


@dataclass(frozen=True)
class Part:
    """Footprints of a piece's transmitters: positions, number of entries of each, and the entries of one after the other
    (see `ewcm.core.footprints.Footprints`)."""

    lat: np.ndarray
    lon: np.ndarray
    entries: np.ndarray
    cell: np.ndarray
    share: np.ndarray


def nodes_of_grid(fine: Fine, geobox: GeoBox) -> tuple[Nodes, ...]:
    """The nodes of a projected population grid, the same between which its places are interpolated in the mosaic."""
    if fine.aligned:
        return ()
    rows, cols = geobox.shape
    return tuple(nodes_of(fine, geobox, block) for block in blocks_of(rows, cols, fine.split))


def cells_of(shape: tuple[int, int], nodes: tuple[Nodes, ...], shares: Mapping[Case, np.ndarray]) -> Cells:
    """``shares``: share of places covered for each code, by variant; unknown (NaN) counts as not covered."""
    table = np.stack([np.nan_to_num(shares[case], nan=0.0) for case in CASES], axis=1)
    return Cells(shape, nodes, np.ascontiguousarray(table, np.float32))


def wanted_in(cells: Cells, rows: slice, cols: slice, fine: Fine) -> np.ndarray | None:
    """The fine cells of a window that lie in grid cells that are asked about; None where all are looked at, as on projected
    grids, whose places take the fine cell nearest to them."""
    if cells.wanted is None or not fine.aligned:
        return None
    row, col = (np.arange(part.start, part.stop) // fine.split for part in (rows, cols))
    return cells.wanted[np.ix_(row, col)]


def near(cells: Cells, rows: slice, cols: slice) -> Cells:
    """The same with only the nodes around places in a window of the fine grid: less to send to a worker."""
    found = []
    for nodes in cells.nodes:
        inside = _touching(nodes.fine_row, rows) & _touching(nodes.fine_col, cols)
        across = np.flatnonzero(inside.any(axis=0))
        if across.size:
            first, past = int(across[0]), int(across[-1]) + 1
            found.append(
                nodes._replace(
                    first_col=first * NODES_EVERY,
                    past_col=min(past * NODES_EVERY, nodes.past_col),
                    fine_row=np.ascontiguousarray(nodes.fine_row[:, first : past + 1]),
                    fine_col=np.ascontiguousarray(nodes.fine_col[:, first : past + 1]),
                )
            )
    return replace(cells, nodes=tuple(found))


def _touching(node: np.ndarray, window: slice) -> np.ndarray:
    """Whether places between four nodes may lie in some fine rows (or columns), for each four of neighbours."""
    corners = np.stack([node[:-1, :-1], node[:-1, 1:], node[1:, :-1], node[1:, 1:]])
    return (corners.max(axis=0) >= window.start - 1) & (corners.min(axis=0) <= window.stop)


def footprint_of(code: np.ndarray, rows: slice, cols: slice, cells: Cells, fine: Fine) -> tuple[np.ndarray, np.ndarray]:
    """Grid cells and shares of one transmitter from its codes (uint8) in a window of the fine grid."""
    window = Window(np.ascontiguousarray(code), rows.start, cols.start)
    width = cells.shape[1]
    dtype = np.int64 if cells.shape[0] * width > np.iinfo(np.int32).max else np.int32
    if fine.aligned:
        most = ((rows.stop - rows.start) // fine.split + 2) * ((cols.stop - cols.start) // fine.split + 2)
        cell, share = np.empty(most, np.int64), np.empty((most, 3), np.uint8)
        found = block_shares(window, fine.split, width, cells.share_of_code, cell, share)
        return cell[:found].astype(dtype), share[:found].copy()
    parts = []
    for nodes in cells.nodes:
        most = (nodes.past_row - nodes.first_row) * (nodes.past_col - nodes.first_col)
        cell, share = np.empty(most, np.int64), np.empty((most, 3), np.uint8)
        shape = fine.rows, fine.cols
        found = place_shares(window, nodes, fine.split, width, shape, cells.share_of_code, cell, share)
        parts.append((cell[:found].astype(dtype), share[:found].copy()))
    return (
        np.concatenate([np.empty(0, dtype), *(cell for cell, _ in parts)]),
        np.concatenate([np.empty((0, 3), np.uint8), *(share for _, share in parts)]),
    )


def part_of(positions: Sequence[tuple[float, float]], found: Sequence[tuple[np.ndarray, np.ndarray]]) -> Part:
    """``positions``: latitude and longitude of each transmitter. ``found``: grid cells and shares of each."""
    lat, lon = np.array(positions, np.float64).reshape(-1, 2).T
    return Part(
        lat,
        lon,
        np.array([cell.size for cell, _ in found], np.int64),
        np.concatenate([cell for cell, _ in found]) if found else np.empty(0, np.int32),
        np.concatenate([np.empty((0, 3), np.uint8), *(share for _, share in found)]),
    )


class Collector:
    """Footprints of all pieces, as long as their file stays below a limit."""

    def __init__(self, shape: tuple[int, int], range_km: float, limit_mb: float | None) -> None:
        """``limit_mb``: size of the file [10⁶ bytes], estimated from the first transmitter of each piece; None: no limit."""
        self._shape = shape
        self._range_km = range_km
        self._limit_mb = limit_mb
        self._parts: list[tuple[str, str, Part]] = []
        self._entries = 0
        self._tried = np.zeros(2)  # entries compressed as a trial, and the bytes they took
        self.left_out = ""

    def add(self, technology: str, operator: str, part: Part) -> None:
        """Footprints of one piece; pieces of one technology and operator come one after the other."""
        if self.left_out:
            return
        if self._parts and self._parts[-1][:2] == (technology, operator):
            part = self._joined(part)
        self._parts.append((technology, operator, part))
        self._entries += part.cell.size
        if part.entries.size and part.entries[0]:
            first = slice(0, part.entries[0])
            self._tried += part.entries[0], compressed_size(part.cell[first], part.share[first])
        megabytes = self._entries * self._tried[1] / max(1.0, self._tried[0]) / 1e6
        if self._limit_mb is not None and megabytes > self._limit_mb:
            self._parts.clear()
            self.left_out = (
                f"footprints of single sites are left out: their file would be larger than footprints_limit_mb = "
                f"{self._limit_mb:g}"
            )

    def _joined(self, part: Part) -> Part:
        """``part`` without its first transmitter where that is the last of the part before, cut between two pieces because
        it has several antennas: the larger shares of the two are put there."""
        technology, operator, before = self._parts[-1]
        if not (before.lat.size and part.lat.size and before.lat[-1] == part.lat[0] and before.lon[-1] == part.lon[0]):
            return part
        own, start = int(part.entries[0]), before.cell.size - int(before.entries[-1])
        cell, at = np.unique(np.concatenate([before.cell[start:], part.cell[:own]]), return_inverse=True)
        share = np.zeros((cell.size, 3), np.uint8)
        np.maximum.at(share, at, np.concatenate([before.share[start:], part.share[:own]]))
        joined = Part(
            before.lat,
            before.lon,
            np.append(before.entries[:-1], cell.size),
            np.concatenate([before.cell[:start], cell]),
            np.concatenate([before.share[:start], share]),
        )
        self._parts[-1] = technology, operator, joined
        self._entries += joined.cell.size - before.cell.size
        return Part(part.lat[1:], part.lon[1:], part.entries[1:], part.cell[own:], part.share[own:])

    def footprints(self, transmitters: pd.DataFrame) -> Footprints | None:
        """All together, or None above the limit. ``transmitters``: of `ewcm.core.footprints.transmitters_of`, every
        position that was added."""
        if self.left_out:
            return None
        parts = [part for _, _, part in self._parts]
        table = pd.DataFrame(
            {
                "technology": [name for name, _, part in self._parts for _ in range(part.lat.size)],
                "operator": [name for _, name, part in self._parts for _ in range(part.lat.size)],
                "lat": np.concatenate([np.empty(0), *(part.lat for part in parts)]),
                "lon": np.concatenate([np.empty(0), *(part.lon for part in parts)]),
            }
        )
        table = table.merge(
            transmitters, on=["technology", "operator", "lat", "lon"], how="left", validate="many_to_one"
        )
        table = table.assign(lon=longitude.to_180(table["lon"]), range_km=self._range_km)
        entries = np.concatenate([np.zeros(1, np.int64), *(part.entries for part in parts)])
        cell = np.concatenate([part.cell for part in parts]) if parts else np.empty(0, np.int32)
        share = np.concatenate([np.empty((0, 3), np.uint8), *(part.share for part in parts)])
        self._parts.clear()
        return Footprints(table[list(TRANSMITTER_COLUMNS)], self._shape, np.cumsum(entries), cell, share)
