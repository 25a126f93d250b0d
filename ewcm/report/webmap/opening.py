"""What the page opens on: where nearly all people live, and the remote groups of islands that then lie outside, as insets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ewcm_kernels.components import components, label_image
from ewcm_kernels.distance import nearest_covered_km
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from ewcm.core import grid

#: The opening view leaves out no more than this share of the people, where that makes it smaller at all.
LEFT_OUT = 0.05

#: A country whose people live so far apart [km] that nothing can be read on one view opens on the part in which most live, if
#: that is more than half of them.
SCATTERED_KM = 1200.0

#: Gaps [km] at which groups are told apart, tried from the widest to the narrowest.
GAPS_KM = (2000.0, 1000.0, 500.0, 300.0, 150.0)

#: Insets, the groups with most people first, and the least gap between two of them [km].
INSETS, INSET_GAP_KM = 4, 300.0

#: Blocks that people are summed in: at most this many a side.
_BLOCKS = 256

#: Share of the side of a view that it has to shrink to for people to be left out of it.
_SHRINKS = 0.8

#: Room around the people of a group, as a share of its longer side.
RIM = 0.03

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Group:
    """People who live together, far from others. ``bounds``: west, south, east, north [degrees] in the longitudes of the grid."""

    bounds: Bounds
    people: float


@dataclass(frozen=True)
class Opening:
    """The view that the page opens on, and the groups outside of it, those with most people first."""

    main: Group
    insets: tuple[Group, ...]
    people: float  # of the country

    @property
    def people_outside(self) -> float:
        """People who live neither in the view nor in an inset."""
        return max(self.people - self.main.people - sum(group.people for group in self.insets), 0.0)


def opening(geobox: GeoBox, people: np.ndarray) -> Opening | None:
    """The opening view; None for a country that is seen whole (or lies on a grid that is not in degrees)."""
    if not grid.is_geographic(geobox):
        return None
    blocks = _Blocks.of(geobox, people)
    everybody = float(blocks.people.sum())
    inhabited = blocks.people > 0
    if everybody <= 0:
        return None
    main, base = inhabited, everybody
    for gap in GAPS_KM:
        labels = blocks.labels(inhabited, gap)
        sums = np.bincount(labels.ravel(), blocks.people.ravel())
        sums[0] = 0.0
        wanted = labels == int(np.argmax(sums))
        candidate, held = main & wanted, float(blocks.people[main & wanted].sum())
        before, after = blocks.side_km(main), blocks.side_km(candidate)
        if held >= (1 - LEFT_OUT) * base and after <= _SHRINKS * before:
            main = candidate
        elif before > SCATTERED_KM and held > everybody / 2 and after <= before / 2:
            main, base = candidate, held
    if main is inhabited:
        return None
    rest = inhabited & ~main
    labels = blocks.labels(rest, INSET_GAP_KM)
    groups = [blocks.group(labels == number) for number in range(1, int(labels.max()) + 1)]
    groups.sort(key=lambda group: (-group.people, group.bounds))
    return Opening(blocks.group(main), tuple(group for group in groups[:INSETS] if group.people >= 1.0), everybody)


@dataclass(frozen=True)
class _Blocks:
    """Sums of people in blocks of grid cells."""

    people: NDArray[np.float64]
    size_km: tuple[float, float]  # height and width of a block
    geobox: GeoBox
    cells: np.ndarray  # people of the grid cells
    step: int  # cells along a block

    @classmethod
    def of(cls, geobox: GeoBox, people: np.ndarray) -> _Blocks:
        rows, cols = people.shape
        step = max(1, -(-max(rows, cols) // _BLOCKS))
        starts = np.arange(0, cols, step)
        sums = [
            np.add.reduceat(np.nansum(people[top : top + step].astype(np.float64), axis=0), starts)
            for top in range(0, rows, step)
        ]
        width, height = (float(np.median(size)) for size in grid.row_cell_size_km(geobox))
        return cls(np.array(sums), (height * step, width * step), geobox, people, step)

    def labels(self, mask: NDArray[np.bool_], gap_km: float) -> NDArray[np.int32]:
        """A number for each group of blocks of ``mask`` that no gap wider than ``gap_km`` parts; 0 elsewhere."""
        if not mask.any():
            return np.zeros(mask.shape, np.int32)
        height_km, width_km = (np.full(mask.shape[0], side) for side in self.size_km)
        near = nearest_covered_km(mask, height_km, width_km) <= max(gap_km / 2, 0.75 * max(self.size_km))
        found = components(near)
        numbers = label_image(found.run_row, found.run_start, found.run_stop, found.run_component, mask.shape)
        return np.where(mask, numbers + 1, 0)

    def side_km(self, mask: NDArray[np.bool_]) -> float:
        """The longer side of the box around the blocks of ``mask``."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        return float(max((np.ptp(rows) + 1) * self.size_km[0], (np.ptp(columns) + 1) * self.size_km[1]))

    def group(self, mask: NDArray[np.bool_]) -> Group:
        """The people of the blocks of ``mask``, with the cells that they live in and some around."""
        found = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left = (int(blocks[0]) * self.step for blocks in found)
        part = self.cells[top : (found[0][-1] + 1) * self.step, left : (found[1][-1] + 1) * self.step]
        # Blocks of other groups may lie within the box.
        inside = np.kron(
            mask[found[0][0] : found[0][-1] + 1, found[1][0] : found[1][-1] + 1], np.ones((self.step,) * 2)
        )
        held = (part > 0) & (inside[: part.shape[0], : part.shape[1]] > 0)
        rows, columns = np.flatnonzero(held.any(axis=1)) + top, np.flatnonzero(held.any(axis=0)) + left
        rim = max(2, round(RIM * max(np.ptp(rows), np.ptp(columns))))
        affine = self.geobox.affine
        west, north = affine @ (float(columns[0] - rim), float(rows[0] - rim))
        east, south = affine @ (float(columns[-1] + 1 + rim), float(rows[-1] + 1 + rim))
        return Group((west, max(south, -85.0), east, min(north, 85.0)), float(self.people[mask].sum()))
