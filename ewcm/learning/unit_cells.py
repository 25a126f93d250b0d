"""Units on a grid: sums of cells by unit, and numbers of units brought back to cells, by exact shares of ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
from odc.geo.geobox import GeoBox

from ewcm.analysis.areas import partition
from ewcm.core import grid, zones
from ewcm.core.zones import OUTSIDE, Zones

#: People this near [km] to a unit belong to it.
_NEAREST_KM = 2.0

#: Rounds in which cells on borders are brought to the totals of all their units, and the relative error at which that ends.
_ROUNDS, _ENOUGH = 200, 1e-7


@dataclass(frozen=True)
class UnitCells:
    """Units and the cells they hold, on one grid. ``label``: the unit with most of each cell, ``OUTSIDE`` where there is none."""

    zones: Zones
    label: np.ndarray

    @property
    def size(self) -> int:
        """How many units there are."""
        return self.zones.size

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Sums of cells by unit, f64[units]; what is NaN counts as 0."""
        total = np.zeros(self.size)
        for rows in grid.blocks(self.label.shape[0]):
            total += self.zones.sum(np.nan_to_num(np.ascontiguousarray(values[rows])), rows)
        return total

    def back(self, values: np.ndarray) -> np.ndarray:
        """Σ over the units of a cell of its share in them × the unit's number, f64 of the shape of the grid; 0 outside."""
        padded = np.append(values, 0.0)
        labels = self.zones.labels.astype(np.int64)
        whole = np.where(labels >= 0, labels, self.size)
        found = padded[whole]
        mixed = self.zones.mixed
        flat = found.reshape(-1)
        np.add.at(flat, mixed["cell"].to_numpy(), mixed["share"].to_numpy() * values[mixed["area"].to_numpy()])
        return found


def unit_cells(table: gpd.GeoDataFrame, geobox: GeoBox, people: np.ndarray | None = None) -> UnitCells:
    """Units of a table with ``key``, on a grid, by their ground alone; where they overlap each has its part of the cell.

    With ``people`` the units are the whole country: a cell on its border is theirs whole, and people off a coast that is drawn
    coarsely belong to the nearest unit, as in the areas of a run.
    """
    named = table.assign(area_id=table["key"], name=table["key"])
    if people is not None:
        found = partition(named.assign(parent_id="", level=1), people, geobox, _NEAREST_KM)
    else:
        found = zones.polygons(named, geobox)
        together = np.maximum(found.mixed.groupby("cell")["share"].transform("sum"), 1.0)
        found = replace(found, mixed=found.mixed.assign(share=found.mixed["share"] / together))
    label = found.labels.astype(np.int64)
    cell = np.unique(found.mixed["cell"].to_numpy())
    row, col = np.divmod(cell, label.shape[1])
    label[row, col] = found.area_of(row, col)
    return UnitCells(found, label)


def held_to(people: np.ndarray, sets: list[tuple[UnitCells, np.ndarray]]) -> np.ndarray:
    """People of cells scaled so that each unit holds its total, f64; cells outside every unit stay as they are.

    ``sets``: units with their totals (NaN: not stated), the finest first. A cell on a border is scaled by the mean of its units,
    again and again (iterative proportional fitting, Deming and Stephan, *Ann. Math. Stat.* 11, 1940).
    """
    result = np.nan_to_num(people.astype(np.float64))
    # Where nobody lives by the grid and somebody does by the totals, people are spread evenly.
    for units, totals in sets:
        empty = (units.sum(result) <= 0) & (np.nan_to_num(totals) > 0)
        if empty.any():
            result += units.back(np.where(empty, 1.0, 0.0)) * (result <= 0)
    shares = [units.back(np.ones(units.size)) for units, _ in sets]
    for _ in range(_ROUNDS):
        worst = 0.0
        for (units, totals), share in zip(sets, shares, strict=True):
            now = units.sum(result)
            stated = np.isfinite(totals)
            ratio = np.where(stated & (now > 0), np.nan_to_num(totals) / np.where(now > 0, now, 1.0), 1.0)
            off = np.abs(now - totals)[stated] / np.maximum(totals[stated], 1.0)
            worst = max(worst, float(off.max(initial=0.0)))
            result *= units.back(ratio) + np.maximum(0.0, 1.0 - share)
        if worst < _ENOUGH:
            break
    return result


def sums_by(label: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sums of cells by label (0 … size − 1, negative: none), f64; NaN counts as 0."""
    inside = label >= 0
    return np.bincount(label[inside], weights=np.nan_to_num(values[inside]).astype(np.float64), minlength=size)


def features(
    label: np.ndarray,
    size: int,
    area_km2: np.ndarray,
    covariates: Mapping[str, np.ndarray],
    people: np.ndarray | None,
    *,
    sized: bool,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Covariates of units from those of cells, f64[units, p], and their names.

    Mean and standard deviation by area of each covariate; of ``people`` (an existing grid) their density, how it is made up, and
    how much of the ground is empty. ``sized``: also the logarithm of the area: units are drawn small where many live.
    """
    km2 = np.maximum(sums_by(label, area_km2, size), 1e-9)
    found: dict[str, np.ndarray] = {}
    for name, values in covariates.items():
        known = np.maximum(sums_by(label, np.where(np.isnan(values), 0.0, area_km2), size), 1e-12)
        mean = sums_by(label, values * area_km2, size) / known
        there = known > 1e-9
        found[name] = np.where(there, mean, np.nan)
        if not name.startswith("pack "):
            square = sums_by(label, values.astype(np.float64) ** 2 * area_km2, size) / known
            found[f"{name}, spread"] = np.where(there, np.sqrt(np.maximum(square - mean**2, 0.0)), np.nan)
    if people is not None:
        found |= _of_people(label, size, area_km2, km2, np.nan_to_num(people), sized)
    if sized:
        found["ln area"] = np.log(km2)
    return np.stack(list(found.values()), axis=1) if found else np.zeros((size, 1)), tuple(found)


def _of_people(
    label: np.ndarray, size: int, area_km2: np.ndarray, km2: np.ndarray, people: np.ndarray, sized: bool
) -> dict[str, np.ndarray]:
    density = people / area_km2
    total = np.maximum(sums_by(label, people, size), 1e-3)
    found = {
        "ln density": np.log(total / km2),
        "mean ln density": sums_by(label, np.log1p(density) * area_km2, size) / km2,
        "ln density where people live": np.log1p(sums_by(label, density * people, size) / total),
        "above 500 per km²": sums_by(label, np.where(density > 500, people, 0.0), size) / total,
        "above 1500 per km²": sums_by(label, np.where(density > 1500, people, 0.0), size) / total,
        "empty": sums_by(label, np.where(people < 5, area_km2, 0.0), size) / km2,
    }
    return found | {"ln people": np.log(total)} if sized else found


def squares(label: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Squares of ``side`` cells within each unit: their labels (negative: none), and the unit of each."""
    rows, cols = label.shape
    across = -(-cols // side)
    place = (np.arange(rows) // side)[:, None] * across + (np.arange(cols) // side)[None, :]
    most = int(place.max()) + 1
    code = np.where(label >= 0, label.astype(np.int64) * most + place, -1)
    numbers, index = np.unique(code, return_inverse=True)
    index = index.reshape(label.shape)
    if numbers[0] == -1:
        return index - 1, (numbers[1:] // most)
    return index, numbers // most


__all__ = ["OUTSIDE", "UnitCells", "features", "held_to", "squares", "sums_by", "unit_cells"]
