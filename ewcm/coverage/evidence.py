"""What the known cells and the people around say of the coverage of a place: the evidence of the estimated coverage.

Of each place four numbers: the natural logarithms of the distances [km] to the nearest known cells of 2G, 3G and 4G,
and the decimal
logarithm of 1 + the people per km² of a window of some 10 km (``ewcm.sources.coverage_cards.FEATURES``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from ewcm_kernels.nearest import nearest_site_km
from odc.geo.geobox import GeoBox

from ewcm.core import grid

#: Technologies whose cells are evidence. Older networks are: whoever has 4G today mostly had 2G and 3G before.
GENERATIONS = ("2G", "3G", "4G")

#: Distances [km] are taken as no less and no more than these: positions of cells are some hundred metres out, and beyond the
#: largest of cells a farther one says nothing more.
NEAREST_KM, FARTHEST_KM = 0.3, 100.0

#: Half the side [km] of the window in which people are counted.
AROUND_KM = 5.0


class Evidence:
    """The evidence of places around the sites of a country."""

    def __init__(self, sites: pd.DataFrame, people: np.ndarray, geobox: GeoBox) -> None:
        """``sites``: with ``technology``, ``lat`` and ``lon``; ``people``: in each grid cell, NaN where there is no data."""
        self._people, self._geobox = people, geobox
        self._sites = {
            name: tuple(sites.loc[sites["technology"] == name, key].to_numpy(np.float64) for key in ("lat", "lon"))
            for name in GENERATIONS
        }
        width_km, height_km = grid.row_cell_size_km(geobox)
        self._half_rows = _half(float(np.median(height_km)))
        self._half_cols = np.array([_half(float(width)) for width in width_km])

    def of_rows(self, rows: slice) -> np.ndarray:
        """Evidence of the centres of the grid cells of some rows, float32 (rows, columns, 4)."""
        lat, lon = grid.cell_positions(self._geobox, rows)
        found = np.empty((*lat.shape, len(GENERATIONS) + 1), np.float32)
        for number, values in enumerate(self._distances(lat, lon)):
            found[..., number] = values
        found[..., -1] = self._people_around(rows)
        return found

    def of_points(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Evidence of points, float32 (points, 4). People around a point are those around its grid cell, nobody off the grid."""
        row, col = grid.cells_at(self._geobox, lat, lon)
        inside = self.on_grid(lat, lon)
        around = np.zeros(lat.shape)
        for rows in grid.blocks(int(self._geobox.shape[0])):
            here = inside & (row >= rows.start) & (row < rows.stop)
            if here.any():
                around[here] = self._people_around(rows)[row[here] - rows.start, col[here]]
        return np.stack([*self._distances(lat, lon), around], axis=-1).astype(np.float32)

    def on_grid(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Which points lie on the grid of people, bool (points,)."""
        row, col = grid.cells_at(self._geobox, lat, lon)
        found: np.ndarray = (row >= 0) & (row < self._geobox.shape[0]) & (col >= 0) & (col < self._geobox.shape[1])
        return found

    def _distances(self, lat: np.ndarray, lon: np.ndarray) -> Iterator[np.ndarray]:
        for name in GENERATIONS:
            yield np.log(np.clip(nearest_site_km(lat, lon, *self._sites[name]), NEAREST_KM, FARTHEST_KM))

    def _people_around(self, rows: slice) -> np.ndarray:
        """Logarithm of the density in the window around each grid cell of some rows; ground off the grid is empty."""
        height, cols = self._people.shape
        half = self._half_rows
        above, below = max(0, rows.start - half), min(height, rows.stop + half)
        sums = np.zeros((below - above + 1, cols + 1))
        np.cumsum(np.nan_to_num(self._people[above:below]), axis=0, dtype=np.float64, out=sums[1:, 1:])
        np.cumsum(sums, axis=1, out=sums)
        area_km2 = grid.row_cell_area_km2(self._geobox)
        found = np.empty((rows.stop - rows.start, cols))
        col = np.arange(cols)
        for place, row in enumerate(range(rows.start, rows.stop)):
            top, bottom = max(above, row - half) - above, min(below, row + half + 1) - above
            wide = int(self._half_cols[row])
            left, right = np.maximum(col - wide, 0), np.minimum(col + wide + 1, cols)
            persons = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
            ground_km2 = area_km2[row] * (2 * half + 1) * (2 * wide + 1)
            found[place] = np.log10(1.0 + np.maximum(persons, 0.0) / ground_km2)
        return found


def _half(cell_km: float) -> int:
    """Grid cells on each side of the middle one that make a window."""
    return max(0, round((AROUND_KM - cell_km / 2) / cell_km))
