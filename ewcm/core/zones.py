"""Zones: sets of places that people are counted in, as shares of grid cells.

Compiled kernels are imported by the functions that call them: who only opens a published country needs none of them, and they
take half a second to load.

A zone is an administrative area, a flood class, an alert polygon, a basin, a buffer. How the zones of one set deal with
overlaps, with gaps and with people near them is a matter of the set: administrative areas hold everybody exactly once and adopt
the people of a coast that is drawn coarsely (``ewcm.analysis.areas``); the polygons of :func:`polygons` hold exactly the ground
inside them and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from ewcm.core import grid, storage
from ewcm.core.fraction import Shares
from ewcm.errors import InputError

#: A share of a cell below this is rounding, not a zone's ground.
SHARE_MIN = 1e-9

#: Marks in ``Zones.labels``.
OUTSIDE = -1
MIXED = -2

#: Gives the share of each cell inside a polygon in pixel coordinates: (x, y, ring offsets, rows, columns) → (first row, first
#: column, shares), as `ewcm_kernels.polygons.polygon_fraction` and `ewcm.core.polygon_shares.polygon_shares` do.
SharesInside = Callable[[np.ndarray, np.ndarray, np.ndarray, int, int], tuple[int, int, np.ndarray]]

#: Labels in 16 bits where there are fewer zones than this.
_MOST_SHORT = 2**15


@dataclass(frozen=True)
class Zones:
    """One set of zones on the grid.

    ``table``: a row a zone, with at least ``area_id`` and ``name``. ``labels``: integers of the shape of the grid, the zone of a
    cell that belongs to one zone whole and to no other, ``OUTSIDE``, or ``MIXED``. ``mixed``: the cells that several zones, or a
    zone and the outside, have parts of: one row a cell and zone, columns ``cell`` (flat index), ``area`` (number of the zone)
    and ``share`` (of the cell's people), sorted by cell. ``exclusive``: whether nobody is in two zones. ``adopted``: people of
    cells that touch no zone and were given to the nearest one. ``doubled``: people whom several zones claim, as often as they
    are claimed too much, where each was counted once all the same. ``geobox``: the grid, where it is known.
    """

    table: gpd.GeoDataFrame
    labels: np.ndarray
    mixed: pd.DataFrame
    adopted: float = 0.0
    doubled: float = 0.0
    exclusive: bool = True
    geobox: GeoBox | None = None

    @property
    def size(self) -> int:
        """How many zones there are."""
        return len(self.table)

    @property
    def level(self) -> int:
        """Level of administrative areas; 0 where there are none."""
        return int(self.table["level"].iloc[0]) if self.size and "level" in self.table else 0

    def sum(self, values: np.ndarray, rows: slice) -> np.ndarray:
        """Sums of ``values`` (shape of the block ``rows``) by zone, float64, shape (zones,)."""
        from ewcm_kernels.sums import zonal_sum

        total = zonal_sum(values, self.labels[rows], self.size)
        mixed = self._mixed_in(rows)
        amount = values.ravel()[mixed["cell"].to_numpy() - rows.start * self.labels.shape[1]].astype(np.float64)
        share = np.nan_to_num(amount) * mixed["share"].to_numpy()
        return total + np.bincount(mixed["area"], weights=share, minlength=self.size)

    def reach(self, people: np.ndarray, shares: Shares, rows: slice) -> np.ndarray:
        """Covered, uncovered and unknown people by zone in a block of rows, float64, shape (zones, 3)."""
        from ewcm_kernels.sums import reach_sum

        total = reach_sum(people, shares.covered, self.labels[rows], self.size, shares.unknown)
        mixed = self._mixed_in(rows)
        cell = mixed["cell"].to_numpy() - rows.start * self.labels.shape[1]
        # Each cell and zone is a zone of its own, so that the split cells go through the same kernel as the whole ones.
        part = shares.flat(cell)
        parts = reach_sum(
            people.ravel()[cell][None, :],
            part.covered[None, :],
            np.arange(len(mixed), dtype=np.int32)[None, :],
            len(mixed),
            None if part.unknown is None else part.unknown[None, :],
        )
        parts *= mixed["share"].to_numpy()[:, None]
        for column in range(3):
            total[:, column] += np.bincount(mixed["area"], weights=parts[:, column], minlength=self.size)
        return total

    def block(self, rows: slice) -> Zones:
        """The same zones in a block of rows alone, without their outlines."""
        mixed = self._mixed_in(rows)
        mixed = mixed.assign(cell=mixed["cell"] - rows.start * self.labels.shape[1])
        return Zones(self.table.drop(columns="geometry", errors="ignore"), self.labels[rows], mixed)

    def of_cells(self, cells: np.ndarray) -> Zones:
        """The same zones on some cells alone (rising flat indices), as a grid of one row, without their outlines."""
        place = np.searchsorted(cells, self.mixed["cell"])
        there = np.append(cells, -1)[place] == self.mixed["cell"]
        mixed = self.mixed[there].assign(cell=place[there])
        return Zones(
            self.table.drop(columns="geometry", errors="ignore"), self.labels.reshape(-1)[cells][None, :], mixed
        )

    def area_of(self, row: np.ndarray, col: np.ndarray) -> np.ndarray:
        """The zone of each cell (of a mixed cell the one with the largest share), ``OUTSIDE`` where there is none."""
        label: np.ndarray = self.labels[row, col].astype(np.int64)
        first = self.mixed.sort_values(["cell", "share"], ascending=[True, False]).drop_duplicates("cell")
        split = label == MIXED
        position = np.searchsorted(first["cell"], (row * self.labels.shape[1] + col)[split])
        label[split] = first["area"].to_numpy()[position]
        return label

    def shares_of(self, cells: np.ndarray) -> pd.DataFrame:
        """Which zones have which share of some cells (flat indices): columns ``cell``, ``area`` and ``share``."""
        label = self.labels.reshape(-1)[cells]
        whole = pd.DataFrame({"cell": cells[label >= 0], "area": label[label >= 0], "share": 1.0})
        return pd.concat([whole, self.mixed[self.mixed["cell"].isin(cells)]])

    def lies_on(self, geobox: GeoBox | None) -> bool:
        """Whether these are zones of a grid, as far as is known."""
        return self.geobox is None or geobox is None or self.geobox == geobox

    def __and__(self, other: Zones) -> Zones:
        """The zones that each zone of one set has in common with each of the other, those that share no cell left out.

        ``first`` and ``second`` of the table are the numbers of the two zones. Where both sets split a cell, its people are
        taken to be spread evenly, so that the share in both is the product of the two: the parts of a zone add up to it
        wherever the other set holds everybody. Raises :class:`ewcm.errors.InputError` for sets of different grids.
        """
        if self.labels.shape != other.labels.shape or not self.lies_on(other.geobox):
            raise InputError(f"zones: of different grids ({self.labels.shape} and {other.labels.shape})")
        codes, labels, mixed = _pairs(self, other)
        first, second = codes // max(1, other.size), codes % max(1, other.size)
        names = [
            [f"{a} / {b}" for a, b in zip(one.to_numpy()[first], two.to_numpy()[second], strict=True)]
            for one, two in ((self.table[key], other.table[key]) for key in ("area_id", "name"))
        ]
        table = pd.DataFrame({"area_id": names[0], "name": names[1], "first": first, "second": second})
        return Zones(
            table, labels, mixed, exclusive=self.exclusive and other.exclusive, geobox=self.geobox or other.geobox
        )

    def _mixed_in(self, rows: slice) -> pd.DataFrame:
        cols = self.labels.shape[1]
        start, stop = np.searchsorted(self.mixed["cell"], [rows.start * cols, rows.stop * cols])
        return self.mixed.iloc[start:stop]


def no_mixed() -> pd.DataFrame:
    """The table of mixed cells where there are none."""
    return pd.DataFrame({"cell": np.zeros(0, np.int64), "area": np.zeros(0, np.int32), "share": np.zeros(0)})


def empty_labels(shape: tuple[int, int], zones: int) -> np.ndarray:
    """Labels of a grid on which every cell is outside."""
    return storage.full(shape, OUTSIDE, np.int16 if zones < _MOST_SHORT else np.int32)


def polygons(table: gpd.GeoDataFrame, geobox: GeoBox) -> Zones:
    """Zones that hold exactly the ground inside their polygons: of a cell on the edge the share that lies inside.

    Nobody outside is adopted and no ground is given up: zones that overlap each hold all of theirs, so that people may be in
    several. ``table``: polygons in any CRS, with ``name`` and ``area_id`` where they have them. Longitudes are taken modulo
    360, on grids on either side of 180°. Raises :class:`ewcm.errors.InputError` for shapes that are no polygons.
    """
    shapes = _polygons_of(table)
    labels = empty_labels(geobox.shape.yx, len(table))
    rows: list[pd.DataFrame] = []
    flat = labels.reshape(-1)
    for area, shape in enumerate(grid.projected_to(geobox, shapes)):
        for cell, share in cells_of(grid.on_grid(shape, geobox), geobox):
            whole = share > 1.0 - SHARE_MIN
            free = whole & (flat[cell] == OUTSIDE)
            flat[cell[free]] = area
            cell, share = cell[~free], np.where(whole, 1.0, share)[~free]
            earlier = flat[cell]
            taken = earlier >= 0
            rows.append(pd.DataFrame({"cell": cell[taken], "area": earlier[taken].astype(np.int32), "share": 1.0}))
            rows.append(pd.DataFrame({"cell": cell, "area": np.int32(area), "share": share}))
            flat[cell] = MIXED
    mixed = pd.concat([no_mixed(), *rows]).sort_values(["cell", "area"], kind="stable").reset_index(drop=True)
    return Zones(
        _named(table), labels, mixed.astype({"cell": np.int64, "area": np.int32}), exclusive=False, geobox=geobox
    )


def classes(codes: np.ndarray, table: pd.DataFrame) -> Zones:
    """Zones of a raster of classes on the grid: ``codes`` (integers) are the rows of ``table``, −1 is no class."""
    if codes.ndim != 2 or not np.issubdtype(codes.dtype, np.integer):
        raise InputError("zones: classes are whole numbers on the grid, of shape (rows, columns); -1 is none")
    codes = codes.astype(np.int64)
    largest = int(codes.max(initial=-1))
    if largest >= len(table):
        raise InputError(
            f"zones: a class {largest} where there are {len(table)} (counted from 0); name it in the table"
        )
    labels = empty_labels((codes.shape[0], codes.shape[1]), len(table))
    np.copyto(labels, np.where(codes < 0, OUTSIDE, codes), casting="unsafe")
    return Zones(_named(table), labels, no_mixed())


def cells_of(
    shape: shapely.Geometry, geobox: GeoBox, shares_inside: SharesInside | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cells (flat index, int64, rising) of a grid that a (multi)polygon in its CRS touches, and the exact share of each that lies
    inside, by blocks of rows. ``shares_inside``: the compiled kernel where it is None."""
    if shape.is_empty:
        return
    inside = shares_inside or compiled_shares()
    rows, cols = geobox.shape
    x, y, offsets = grid.pixel_polygon(shape, geobox)
    for block in grid.blocks(rows):
        row0, col0, fraction = inside(x, y - block.start, offsets, block.stop - block.start, cols)
        row, col = np.nonzero(fraction > SHARE_MIN)
        if row.size:
            yield (row + row0 + block.start) * cols + col + col0, fraction[row, col]


def compiled_shares() -> SharesInside:
    """The compiled kernel, for many polygons or fine grids."""
    from ewcm_kernels.polygons import polygon_fraction

    return polygon_fraction


def _polygons_of(table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The polygons of a table in longitude and latitude, parts that overlap joined."""
    if table.crs is None:
        raise InputError("zones: the polygons have no CRS; set one, for example with polygons.set_crs('EPSG:4326')")
    _check_degrees(table)
    shapes = table.geometry.to_crs("EPSG:4326").to_numpy()
    # Part by part: made valid at once, ground where two parts overlap would become a hole.
    parts = [shapely.get_parts(shapely.make_valid(shapely.get_parts(shape))) for shape in shapes]
    ground = [shapely.union_all([part for part in mine if part.geom_type.endswith("Polygon")]) for mine in parts]
    for number, shape in enumerate(ground):
        if shape.is_empty:
            raise InputError(f"zones: shape {number} is no polygon; give areas, not points or lines")
    return gpd.GeoSeries(ground, crs="EPSG:4326")


def _check_degrees(table: gpd.GeoDataFrame) -> None:
    """Raises InputError for shapes in longitude and latitude that lie where there are none: numbers in metres."""
    if table.empty or not table.crs.is_geographic:
        return
    west, south, east, north = table.total_bounds
    if south < -90.001 or north > 90.001 or west < -540.0 or east > 540.0:
        far = next(value for value in (south, north, west, east) if abs(value) > 90.001)
        raise InputError(
            f"zones: the coordinate {far:g} is no degree, and the polygons are said to be in longitude and latitude; set the CRS "
            "that they are in, for example with polygons.set_crs('EPSG:32636', allow_override=True)"
        )


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """A table of zones with a name and a code for each."""
    plain = table.reset_index(drop=True)
    numbers = [str(number + 1) for number in range(len(plain))]
    if "area_id" not in plain:
        plain = plain.assign(area_id=numbers)
    return plain if "name" in plain else plain.assign(name=numbers)


def _pairs(first: Zones, second: Zones) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Codes (first zone × zones of the second + second zone) of the pairs that share a cell, the labels by place in these
    codes, and the mixed cells."""
    size = max(1, second.size)
    whole = []
    for rows in grid.blocks(first.labels.shape[0]):
        one, two = first.labels[rows].astype(np.int64), second.labels[rows].astype(np.int64)
        whole.append(np.unique((one * size + two)[(one >= 0) & (two >= 0)]))
    split = np.union1d(first.mixed["cell"], second.mixed["cell"])
    joined = first.shares_of(split).merge(second.shares_of(split), on="cell", suffixes=("", "_2"))
    joined["code"] = joined["area"].astype(np.int64) * size + joined["area_2"]
    codes = np.unique(np.concatenate([*whole, joined["code"].to_numpy(np.int64)]))
    labels = empty_labels((first.labels.shape[0], first.labels.shape[1]), codes.size)
    for rows in grid.blocks(labels.shape[0]):
        one, two = first.labels[rows].astype(np.int64), second.labels[rows].astype(np.int64)
        both = (one >= 0) & (two >= 0)
        labels[rows][both] = np.searchsorted(codes, (one * size + two)[both])
    labels.reshape(-1)[joined["cell"].unique()] = MIXED
    mixed = pd.DataFrame(
        {
            "cell": joined["cell"].to_numpy(np.int64),
            "area": np.searchsorted(codes, joined["code"]).astype(np.int32),
            "share": (joined["share"] * joined["share_2"]).to_numpy(np.float64),
        }
    )
    return codes, labels, mixed.sort_values(["cell", "area"], kind="stable").reset_index(drop=True)
