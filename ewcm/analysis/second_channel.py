"""Whom a second channel beside mobile networks reaches, and where it is missing.

Nothing is known of how two channels go together inside a grid cell: with the shares a and b of two conditions, at least
max(0, a + b − 1) and at most min(a, b) of the people are in both (Fréchet 1935), a·b as if they were independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ewcm.analysis.reach import COVERED
from ewcm.core import grid
from ewcm.core.finding import Figure, Finding, Table
from ewcm.core.fraction import CASES, LEVELS, Case, Shares, separate
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage

#: Who is counted, by whether a mobile network and another channel reach them.
GROUPS = {"both": (True, True), "mobile_only": (True, False), "other_only": (False, True), "neither": (False, False)}


def second_channel_finding(people: np.ndarray, coverage: Coverage, zones: Sequence[Zones]) -> Finding:
    """People reached by any mobile network, by any other channel, by both and by neither, by area.

    ``people``: persons in each grid cell. Where the coverage has no channel beside mobile networks there is no table. What is
    unknown of either enters no group.
    """
    further = [name for name in coverage.chosen if name in coverage.services and coverage.services[name].separate]
    if not further:
        return Finding("second_channel", (Figure(("second_channel",), {}),))
    tables = [_table(people, coverage, areas, further) for areas in zones]
    whole = pd.concat(tables, ignore_index=True)
    names = [name for name in whole if name not in ("level", "area_id", "name")]
    country = whole.iloc[0]
    figures = [Figure(("second_channel", "channels"), further)]
    figures += [
        Figure(("second_channel", name), None if pd.isna(country[name]) else float(country[name]), "persons")
        for name in names
    ]
    return Finding("second_channel", tuple(figures), (Table("second_channel", whole, dict.fromkeys(names, "persons")),))


def _table(people: np.ndarray, coverage: Coverage, areas: Zones, further: Sequence[str]) -> pd.DataFrame:
    total = np.zeros(areas.size)
    sums = {name: np.zeros((3, areas.size)) for name in GROUPS}
    for rows in grid.blocks(people.shape[0]):
        here, block, inside = people[rows], areas.block(rows), slice(0, people[rows].shape[0])
        total += block.sum(here, inside)
        mobile = {case: coverage.shares("any", case, rows) for case in CASES}
        other = {case: separate([coverage.shares(name, case, rows) for name in further], case) for case in CASES}
        for name, (by_mobile, by_other) in GROUPS.items():
            for place, case in enumerate(CASES):
                share = _together(mobile, other, by_mobile, by_other, case)
                level = np.rint(share * LEVELS).astype(np.uint16)
                sums[name][place] += block.reach(here, Shares(level), inside)[:, COVERED]
    uncovered_known = coverage.tells_uncovered("any")
    columns: dict[str, np.ndarray] = {"people": total}
    for name, (by_mobile, _) in GROUPS.items():
        known = coverage.known("any") and (by_mobile or uncovered_known)
        for place, end in ((1, ""), (0, "_low"), (2, "_high")):
            columns[f"{name}{end}"] = sums[name][place] if known else np.full(areas.size, np.nan)
    names = areas.table[["level", "area_id", "name"]].reset_index(drop=True)
    return pd.concat([names, pd.DataFrame(columns)], axis=1)


def _together(
    mobile: dict[Case, Shares], other: dict[Case, Shares], by_mobile: bool, by_other: bool, figure: Case
) -> np.ndarray:
    """The share of each cell in both conditions: at least (``low``), central, at most (``high``). Fewest are covered with low
    coverage, and fewest uncovered with high coverage."""
    parts = [_share(shares, met, figure) for shares, met in ((mobile, by_mobile), (other, by_other))]
    join: dict[Case, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "low": lambda a, b: np.maximum(0.0, a + b - 1.0),
        "central": lambda a, b: a * b,
        "high": lambda a, b: np.minimum(a, b),
    }
    return join[figure](*parts)


def _share(shares: dict[Case, Shares], met: bool, figure: Case) -> np.ndarray:
    opposite: dict[Case, Case] = {"low": "high", "central": "central", "high": "low"}
    part = shares[figure if met else opposite[figure]]
    level = part.covered_level() if met else part.uncovered_level()
    return level.astype(np.float64) / LEVELS
