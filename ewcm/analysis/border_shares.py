"""How the people of a grid cell on the border are shared between the two sides of it.

The ground of each side alone says little where people live close together on one side and far apart on the other, as in the
plain below a mountain range. The grid cells around tell which: people live as densely in the parts of a cell as in the whole
cells of the same side beside it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

#: The cell itself and the eight around it, by rows and columns.
_AROUND = [(row, col) for row in (-1, 0, 1) for col in (-1, 0, 1)]


def by_density(mixed: pd.DataFrame, people: np.ndarray, labels: np.ndarray, neighbours: int) -> pd.DataFrame:
    """The shares of cells that several zones have, weighted by the people of the whole cells of either side around each.

    ``mixed``: columns ``cell``, ``area``, ``share`` (of the ground; they add up to 1), sorted by cell. ``people``: f32 of the
    grid's shape, NaN where there is no data. ``labels``: of the same shape, which zone has a cell whole. ``neighbours``: the
    number of the zone on the other side of the border; all others are on this one, and keep their shares among themselves. The
    density of a side is the mean of its whole cells among the nine, with the mean of all nine as one cell more: where a side
    has none of its own the ground alone decides. A cell that one side has alone stays as it is.
    """
    ground = mixed.assign(own=mixed["share"].where(mixed["area"] != neighbours, 0.0))
    cells = ground.groupby("cell", sort=True).agg(
        own=("own", "sum"), here=("area", lambda area: (area == neighbours).any())
    )
    cells = cells[cells["here"] & (cells["own"] > 0.0) & (cells["own"] < 1.0)]
    if cells.empty:
        return mixed
    own = cells["own"].to_numpy(np.float64)
    density = _densities(cells.index.to_numpy(np.int64), people, labels, neighbours)
    there = own * density[0] + (1.0 - own) * density[1]
    share = np.where(there > 0.0, own * density[0] / np.where(there > 0.0, there, 1.0), own)
    share = np.clip(share, 0.0, 1.0)
    place = np.minimum(np.searchsorted(cells.index, mixed["cell"]), len(cells) - 1)
    shared = cells.index.to_numpy()[place] == mixed["cell"].to_numpy()
    is_other = (mixed["area"] == neighbours).to_numpy()
    factor = np.where(is_other, ((1.0 - share) / (1.0 - own))[place], (share / own)[place])
    return mixed.assign(share=np.where(shared, mixed["share"] * factor, mixed["share"]))


def _densities(cells: np.ndarray, people: np.ndarray, labels: np.ndarray, neighbours: int) -> np.ndarray:
    """People of a whole cell on this side and on the other, float64 (2, cells)."""
    rows, cols = people.shape
    row, col = np.divmod(cells, cols)
    total, count = np.zeros((3, cells.size)), np.zeros((3, cells.size))  # this side, the other, all
    for down, right in _AROUND:
        near_row, near_col = row + down, col + right
        inside = (near_row >= 0) & (near_row < rows) & (near_col >= 0) & (near_col < cols)
        near = np.where(inside, near_row, 0), np.where(inside, near_col, 0)
        here = people[near].astype(np.float64)
        label = labels[near]
        known = inside & np.isfinite(here)
        sides = (known & (label >= 0) & (label != neighbours), known & (label == neighbours), known)
        for side, of_side in enumerate(sides):
            total[side] += np.where(of_side, here, 0.0)
            count[side] += of_side
    around = total[2] / np.maximum(count[2], 1.0)
    density: np.ndarray = (total[:2] + around) / (count[:2] + 1.0)
    return density
