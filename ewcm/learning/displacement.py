"""Displaced people moved between units of a grid: a ledger, and no model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.errors import InputError
from ewcm.learning.unit_cells import unit_cells


def moved(
    people: np.ndarray, geobox: GeoBox, units: gpd.GeoDataFrame, moves: pd.DataFrame
) -> tuple[np.ndarray, pd.DataFrame]:
    """People after they have moved (f32, shape of the grid), and the ledger by unit.

    ``units``: outlines with ``key``. ``moves``: ``origin``, ``destination`` ("" where that is outside), ``people``. Who leaves a
    unit leaves each of its cells in proportion to the people there, and whoever comes is spread in the same way; where nobody
    lived, by ground. Raises :class:`InputError` where more people leave than live there.
    """
    cells = unit_cells(units, geobox)
    number = {key: place for place, key in enumerate(units["key"])}
    leaving, coming = np.zeros(cells.size), np.zeros(cells.size)
    for name, total in (("origin", leaving), ("destination", coming)):
        known = moves[moves[name] != ""]
        np.add.at(total, known[name].map(number).to_numpy(np.int64), known["people"].to_numpy(np.float64))
    before = cells.sum(people)
    short = np.flatnonzero(leaving > before * (1 + 1e-9) + 1e-6)
    if short.size:
        first = int(short[0])
        raise InputError(
            f"{leaving[first]:,.0f} people leave '{units['key'].iloc[first]}', where the grid holds {before[first]:,.0f}; "
            "correct the table, or bring the grid to newer totals first"
        )
    ground = cells.sum(np.ones(people.shape))
    nowhere = np.flatnonzero((coming > 0) & (ground <= 0))
    if nowhere.size:
        raise InputError(
            f"people come to '{units['key'].iloc[int(nowhere[0])]}', which lies outside the grid; correct the outlines"
        )
    net = coming - leaving
    lived = before > 0
    values = np.nan_to_num(people).astype(np.float64)
    change = values * cells.back(np.where(lived, net / np.where(lived, before, 1.0), 0.0))
    change += cells.back(np.where(lived, 0.0, net / np.maximum(ground, 1e-12)))
    result = np.maximum(values + change, 0.0)
    result = np.where(np.isnan(people) & (result <= 0), np.nan, result).astype(np.float32)
    after = cells.sum(result)
    table = pd.DataFrame({"unit": units["key"], "before": before, "left": leaving, "came": coming, "after": after})
    everybody = [
        float(sum(np.nansum(each[rows], dtype=np.float64) for rows in grid.blocks(each.shape[0])))
        for each in (people, result)
    ]
    came_from_outside = float(moves.loc[moves["origin"] == "", "people"].sum())
    left_the_country = float(moves.loc[moves["destination"] == "", "people"].sum())
    outside = {
        "unit": "(all)", "before": everybody[0], "left": left_the_country, "came": came_from_outside, "after": everybody[1],
    }  # fmt: skip
    return result, pd.concat([table, pd.DataFrame([outside])], ignore_index=True)
