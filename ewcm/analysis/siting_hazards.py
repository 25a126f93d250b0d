"""Which people out of reach a hazard is known to reach: what next sites are listed with, and may be chosen by."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ewcm.analysis.hazard_bounds import annual
from ewcm.core.finding import Finding
from ewcm.core.layer import Layer


class ExposedShares(NamedTuple):
    """``of_rows``: of some rows of the grid, shares of people, shape (3, rows, columns): exposed to the hazard that reaches most,
    by its map of a reference return period; expected to be exposed in a year, by the hazard with most; and 1 where no hazard is
    known. ``yearly``: whether any hazard has the maps of return periods that a yearly figure needs."""

    of_rows: Callable[[slice], np.ndarray]
    yearly: bool


def exposed_shares(hazards: Finding | None, period: float) -> ExposedShares | None:
    """The shares from the finding on hazards; None where none is known.

    ``period``: the reference return period [years]: of each hazard the map of the longest up to it counts, else its shortest.
    Of winds, whoever has the first threshold or more is exposed. Several hazards are never added.
    """
    if hazards is None or not hazards.layers:
        return None
    table = hazards.table("hazards_country")
    assert table is not None, "hazards have their table"
    first = table.drop_duplicates("hazard")["threshold"].to_numpy(np.float64)
    about = list(zip(hazards.layers, first, strict=True))

    def of_rows(rows: slice) -> np.ndarray:
        found = None
        for layer, threshold in about:
            exposed, yearly = _of_layer(layer, float(threshold), period, rows)
            here = np.stack([exposed, yearly, np.isnan(exposed).astype(np.float64)])
            if found is None:
                found = here
            else:
                found = np.stack(
                    [np.fmax(found[0], here[0]), np.fmax(found[1], here[1]), np.minimum(found[2], here[2])]
                )
        assert found is not None
        sums: np.ndarray = np.nan_to_num(found)
        return sums

    return ExposedShares(of_rows, any(len(layer.dims.get("return_period") or ()) > 1 for layer in hazards.layers))


def _of_layer(layer: Layer, threshold: float, period: float, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """Share exposed at the reference period, and expected in a year (NaN with one map, or where nothing is known)."""
    values = np.asarray(layer.block(rows), np.float64)
    periods = layer.dims.get("return_period")
    if layer.units == "m/s":
        values = np.where(np.isnan(values), np.nan, values >= threshold)
    if periods is None:
        return values, np.full(values.shape, np.nan)
    years = [float(one or np.inf) for one in periods]
    within = [number for number, one in enumerate(years) if one <= period]
    exposed = values[within[-1] if within else 0]
    if len(years) < 2:
        return exposed, np.full(exposed.shape, np.nan)
    found = annual(np.nan_to_num(values), years, 1.0)
    return exposed, np.where(np.isnan(values).any(axis=0), np.nan, found.central)
