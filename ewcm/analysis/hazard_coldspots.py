"""Columns of the coldspots that say which hazard threatens them most, and an order in which they may be served."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.analysis.coldspots import COLUMNS, HAZARD_COLUMNS, Coldspots
from ewcm.analysis.hazard_bounds import annual, at_least
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.analysis.hazards import by_name

#: What the priority goes by: the people out of reach whom a hazard is expected to reach in a year, or all people out of reach.
Order = Literal["hazard", "people"]
ORDERS = ("hazard", "people")


class HazardFields:
    """Shares of the people of some grid cells, for the coldspots: exposed to each map, and of unknown hazard, at the first
    threshold; then exposed to at least one of the reference maps, lowest and highest, and those of whom one of them is
    unknown."""

    def __init__(self, hazards: HazardShares, reference: tuple[int, ...]) -> None:
        self.hazards, self.reference = hazards, reference

    def __call__(self, rows: slice, cells: np.ndarray) -> np.ndarray:
        numbers = range(len(self.hazards.hazards))
        each = np.stack([self.hazards.exposed_at(number, 0, rows, cells) for number in numbers])
        chosen = each[list(self.reference)].astype(np.float64)
        unknown = np.isnan(chosen).any(axis=0)
        low, high = at_least(np.nan_to_num(chosen), 1)
        together = [np.where(unknown, 0.0, low), np.where(unknown, 0.0, high), unknown]
        return np.concatenate([np.nan_to_num(each), np.isnan(each), np.stack(together)])


def with_hazards(spots: Coldspots, fields: HazardFields | None, order: Order) -> Coldspots:
    """Coldspots with the columns of ``HAZARD_COLUMNS``; those of hazards are empty where none is known."""
    table = spots.table
    columns: dict[str, object] = {
        "worst_hazard": np.full(len(table), "", dtype=object),
        **{name: np.full(len(table), np.nan) for name in HAZARD_COLUMNS[1:-1]},
    }
    if fields is not None and len(table):
        columns |= _columns(spots, fields)
    columns["priority"] = priority(table["people"].to_numpy(), columns, order)
    extra = pd.DataFrame(columns, index=table.index)[list(HAZARD_COLUMNS)]
    joined = pd.concat([table[list(COLUMNS)], extra], axis=1)
    return spots._replace(table=gpd.GeoDataFrame(joined, geometry=table.geometry, crs=table.crs))


def _columns(spots: Coldspots, fields: HazardFields) -> dict[str, object]:
    hazards, reference = fields.hazards.hazards, fields.reference
    count = len(hazards)
    exposed, unknown = spots.fields[:count], spots.fields[count : 2 * count]
    low, high, missing = spots.fields[2 * count :]
    people = spots.table["people"].to_numpy()
    at_reference = exposed[list(reference)]
    worst = at_reference.argmax(axis=0)
    most = at_reference[worst, np.arange(people.size)]
    maps = [hazards[reference[place]] for place in worst.tolist()]
    # Of whom no hazard is known at all, nothing is the worst.
    known = most > 0
    yearly = [np.full((3, people.size), np.nan)]
    for numbers in by_name(hazards).values():
        if len(numbers) > 1:
            periods = [float(hazards[number].return_period or 0.0) for number in numbers]
            whole = people - unknown[numbers].max(axis=0)
            found = annual(exposed[numbers], periods, whole)
            none = whole <= 0
            yearly.append(np.where(none, np.nan, np.stack([found.central, found.low, found.high])))
    # Years of different hazards are no one year: the figure is that of the hazard with the highest.
    central = np.stack([each[0] for each in yearly])
    highest = np.where(np.isnan(central), -1.0, central).argmax(axis=0)
    chosen = np.stack(yearly)[highest, :, np.arange(people.size)]
    return {
        "worst_hazard": np.array([each.name if there else "" for each, there in zip(maps, known, strict=True)], object),
        "worst_hazard_return_period": np.where(known, [each.return_period or np.nan for each in maps], np.nan),
        "worst_hazard_threshold": np.where(known, [each.thresholds[0] for each in maps], np.nan),
        "worst_hazard_people": np.where(people - missing > 0, most, np.where(known, most, np.nan)),
        "hazards_people_low": np.where(people - missing > 0, low, np.nan),
        "hazards_people_high": np.where(people - missing > 0, high, np.nan),
        "unknown_hazard_people": missing,
        "annual_exposed": chosen[:, 0],
        "annual_exposed_low": chosen[:, 1],
        "annual_exposed_high": chosen[:, 2],
    }


def priority(people: np.ndarray, columns: dict[str, object], order: Order) -> np.ndarray:
    """The order in which coldspots may be served, 1 first.

    ``hazard``: by the people expected to be exposed in a year, then by those exposed to the worst hazard, then by people.
    Coldspots of unknown hazard stand after those that a hazard is known to reach and before those that none is known to reach.
    ``people``: by people.
    """
    if order == "people":
        ordered = np.argsort(-people, kind="stable")
    else:
        yearly, worst = (np.asarray(columns[name], np.float64) for name in ("annual_exposed", "worst_hazard_people"))
        reached = (np.nan_to_num(yearly) > 0) | (np.nan_to_num(worst) > 0)
        unknown = np.isnan(yearly) & np.isnan(worst)
        group = np.where(reached, 0, np.where(unknown, 1, 2))
        ordered = np.lexsort((-people, -np.nan_to_num(worst), -np.nan_to_num(yearly), group))
    found = np.empty(people.size, dtype=np.int64)
    found[ordered] = np.arange(1, people.size + 1)
    return found
