"""The ground of coldspots: connected groups of cells out of reach, which of them are listed, and where their people are met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ewcm_kernels.centres import Centres, Groups
from ewcm_kernels.claims import FREE, NOT_GROUND, add_to_points
from ewcm_kernels.components import Components, label_image

from ewcm.analysis.cell_points import CellPoints
from ewcm.analysis.unreached import unreached_people
from ewcm.core import grid
from ewcm.core.fraction import Case
from ewcm.core.row_blocks import RowBlock, summed
from ewcm.coverage.combine import Coverage

#: People are counted in this fraction of a person, so that their sums are exact in any order (see the kernel).
QUANTUM = 2.0**-28


def counted(unreached: np.ndarray) -> np.ndarray:
    """Unreached people of cells of the ground as multiples of the quantum, at least one."""
    return np.maximum(np.rint(unreached / QUANTUM), 1.0) * QUANTUM


class CodeRuns(NamedTuple):
    """Runs of cells of the ground in a block of rows, counted from its first, and the code of each run."""

    row: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    code: np.ndarray

    def image(self, shape: tuple[int, int]) -> np.ndarray:
        """The codes cell by cell (int32), NOT_GROUND elsewhere."""
        return label_image(self.row, self.start, self.stop, self.code, shape)


def code_runs(found: Components, code: np.ndarray, rows: slice) -> CodeRuns:
    """Runs in a block of rows of the components whose ``code`` (int32, by component) is another than NOT_GROUND."""
    first, past_last = np.searchsorted(found.run_row, [rows.start, rows.stop])
    of_run = code[found.run_component[first:past_last]]
    keep = of_run != NOT_GROUND
    part = slice(first, past_last)
    row = (found.run_row[part][keep] - rows.start).astype(np.int32)
    return CodeRuns(row, found.run_start[part][keep], found.run_stop[part][keep], of_run[keep])


# --- people by component ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block(RowBlock):
    """A block of rows with the components (``runs.code``) that have cells in it."""

    coverage: Coverage
    service: str
    case: Case
    runs: CodeRuns


def people_by_component(
    service: str, case: Case, people: np.ndarray, coverage: Coverage, found: Components
) -> np.ndarray:
    """Unreached people (float64) of each component."""
    every = np.arange(found.cells.size, dtype=np.int32)
    blocks = [
        _Block(rows, people[rows], coverage, service, case, code_runs(found, every, rows))
        for rows in grid.blocks(people.shape[0])
    ]
    sums = np.zeros(found.cells.size)
    for component, values in summed(_component_sums, blocks):
        sums[component] += values
    return sums


def _component_sums(block: _Block) -> tuple[np.ndarray, np.ndarray]:
    """The components of a block, and the unreached people of each there."""
    runs = block.runs
    component, of_run = np.unique(runs.code, return_inverse=True)
    if runs.row.size == 0:
        return component, np.zeros(0)
    unreached = unreached_people(block.people, block.coverage.shares(block.service, block.case, block.rows))
    line = runs.row.astype(np.int64) * unreached.shape[1]
    edges = np.stack([line + runs.start, line + runs.stop], axis=1)
    # reduceat sums from each edge to the next: every second sum is a run. The zero lets a run end with the block.
    by_run = np.add.reduceat(np.append(unreached, 0.0), edges.ravel())[::2]
    return component, np.bincount(of_run, weights=by_run, minlength=component.size)


# --- what is listed ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """The components that are listed.

    ``components``: all of them. ``listed``: numbers of those with enough people. ``groups``: those that fit in the radius,
    ``group_component``: their numbers. ``at_point``: numbers of those that lie within the margin of one point of a lattice, and
    go with it whole; ``point_row``, ``point_col``: that point.
    """

    components: Components
    listed: np.ndarray
    groups: Groups
    group_component: np.ndarray
    at_point: np.ndarray
    at_point_people: np.ndarray
    point_row: np.ndarray
    point_col: np.ndarray

    def code(self, centres: Centres) -> np.ndarray:
        """By component (int32): the centre it goes to whole, FREE where its cells go one by one, NOT_GROUND if not listed."""
        code = self._free()
        code[self.group_component] = centres.group_owner
        code[self.at_point] = centres.owner[self.point_row, self.point_col]
        return code

    def whole(self) -> np.ndarray:
        """By component (int32): FREE where its cells go one by one, 0 where it goes whole, NOT_GROUND if not listed."""
        code = self._free()
        code[self.group_component] = code[self.at_point] = 0
        return code

    def _free(self) -> np.ndarray:
        code = np.full(self.components.cells.size, NOT_GROUND, np.int32)
        code[self.listed] = FREE
        return code


def listed_ground(
    found: Components, people: np.ndarray, points: CellPoints, min_people: float, radius_km: float
) -> Ground:
    """The components with at least ``min_people`` (``people``: by component), and which of them go to one centre whole: those
    all of whose cells lie within the radius of the point in the middle of their rows and columns."""
    listed = np.flatnonzero(people >= min_people)
    box = found.box[listed]
    middle_row, middle_col = (box[:, 0] + box[:, 1] - 1) // 2, (box[:, 2] + box[:, 3] - 1) // 2
    row, col = points.of_cells(middle_row, middle_col)
    extent = _extents(found, listed, points, points.point_deg(row, col), radius_km)
    at_point = extent <= points.margin_km[row]
    if points.corner is None:
        # A cell alone is a point as it is.
        at_point[:] = False
    group = (extent <= radius_km) & ~at_point & ((found.cells[listed] > 1) | (points.corner is not None))
    amount = counted(people[listed])
    return Ground(
        found,
        listed,
        Groups(row[group], col[group], amount[group], extent[group]),
        listed[group],
        listed[at_point],
        amount[at_point],
        row[at_point],
        col[at_point],
    )


def _extents(
    found: Components,
    listed: np.ndarray,
    points: CellPoints,
    middle_deg: tuple[np.ndarray, np.ndarray],
    radius_km: float,
) -> np.ndarray:
    """Distance [km] from the middle of each listed component to its farthest cell; infinite where it is surely too large."""
    _, height_km = grid.row_cell_size_km(points.geobox)
    tall = (found.box[listed, 1] - found.box[listed, 0] - 1) * float(np.nanmin(height_km))
    small = tall <= 2.2 * radius_km + 4.0
    extent = np.where(small, 0.0, np.inf)
    place = np.full(found.cells.size, -1, np.int64)
    place[listed[small]] = np.flatnonzero(small)
    of_run = place[found.run_component]
    mine = np.flatnonzero(of_run >= 0)
    of_run = of_run[mine]
    row = found.run_row[mine].astype(np.int64)
    for col in (found.run_start[mine].astype(np.int64), found.run_stop[mine].astype(np.int64) - 1):
        lat, lon = points.positions(row, col)
        np.maximum.at(extent, of_run, grid.distance_km(middle_deg[0][of_run], middle_deg[1][of_run], lat, lon))
    return extent


# --- where they are met -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _PointBlock(_Block):
    points: CellPoints


def people_at_points(
    service: str, case: Case, people: np.ndarray, coverage: Coverage, ground: Ground, points: CellPoints
) -> tuple[np.ndarray, np.ndarray]:
    """Unreached people (float64, shape of the lattice) of the listed ground at each point: those who belong to no group, and
    everybody. Sums are exact, whatever the blocks."""
    shape = points.lattice.row_lat_deg.size, points.lattice.cols
    free, everybody = np.zeros(shape), np.zeros(shape)
    code = ground.whole()
    blocks = [
        _PointBlock(rows, people[rows], coverage, service, case, code_runs(ground.components, code, rows), points)
        for rows in grid.blocks(people.shape[0])
    ]
    for first, free_part, part in summed(_point_sums, blocks):
        free[first : first + part.shape[0]] += free_part
        everybody[first : first + part.shape[0]] += part
    np.add.at(free, (ground.point_row, ground.point_col), ground.at_point_people)
    return free, everybody


def _point_sums(block: _PointBlock) -> tuple[int, np.ndarray, np.ndarray]:
    """The first row of the lattice that cells of a block are met in, and the people from there on: in no group, and all."""
    cols = block.points.lattice.cols
    if block.runs.row.size == 0:
        return 0, np.zeros((0, cols)), np.zeros((0, cols))
    unreached = unreached_people(block.people, block.coverage.shares(block.service, block.case, block.rows))
    _, _, row, col = block.points.block(block.rows)
    first, last = int(row.min()), int(row.max())
    code = block.runs.image((unreached.shape[0], unreached.shape[1]))
    free, everybody = np.zeros((last - first + 1, cols)), np.zeros((last - first + 1, cols))
    add_to_points(code, counted(unreached), (row - first, col), code == 0, free, everybody)
    return first, free, everybody


def rows_of(
    points: CellPoints, rows: slice, owner: np.ndarray, rim: tuple[np.ndarray, np.ndarray]
) -> tuple[int, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """The rows of the lattice that a block of rows of the grid needs: the first of them, their owners and their rims."""
    if points.corner is None:
        return rows.start, owner[rows], rim
    _, _, row, _ = points.block(rows)
    first, past_last = int(row.min()), int(row.max()) + 1
    offsets, centre = rim
    part = offsets[first * points.lattice.cols : past_last * points.lattice.cols + 1]
    return first, owner[first:past_last], (part, centre[part[0] : part[-1]])
