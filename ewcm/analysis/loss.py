"""Before and after a loss of sites: people by area, service and moment; the ledger of each row closes in every case.

people = reached + lost + no longer known + unknown before + uncovered before
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ewcm.analysis.reach import COVERED, UNCOVERED, UNKNOWN_PEOPLE
from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS, Case
from ewcm.core.layer import Layer
from ewcm.core.zones import Zones
from ewcm.coverage.after_loss import LostCoverage

#: Columns of a row that name it, before its figures.
NAMES = ("level", "area_id", "name", "service", "hours")

#: Figures of a row [persons].
FIGURES = (
    "people", "reached_before", "reached_before_low", "reached_before_high", "reached", "reached_low", "reached_high", "lost",
    "lost_low", "lost_high", "no_longer_known", "no_longer_known_low", "no_longer_known_high", "unknown_before",
    "uncovered_before",
)  # fmt: skip


def loss_areas(
    people: np.ndarray, lost: LostCoverage, zones: Sequence[Zones], services: Sequence[str], hours: Sequence[float]
) -> pd.DataFrame:
    """A row an area, service and moment, coarse levels first.

    ``people``: persons in each grid cell, NaN where there is no data. ``lost`` is what nobody covers any more and was covered;
    where nobody is known to be out of reach of a service it is not known (NaN), and ``no_longer_known`` holds all of it. The
    cases go with each other: ``reached_low`` is that of low coverage and most sites lost.
    """
    tables = []
    for areas in zones:
        found = _sums(people, lost, areas, services, len(hours))
        total = sum(areas.block(rows).sum(people[rows], _all(people, rows)) for rows in grid.blocks(people.shape[0]))
        for service in services:
            for moment, after in enumerate(hours):
                figures = _figures(found[service], moment, lost.before.tells_uncovered(service))
                about = areas.table[["level", "area_id", "name"]].reset_index(drop=True)
                about = about.assign(service=service, hours=after, people=total)
                tables.append(pd.concat([about, pd.DataFrame(figures)], axis=1))
    whole = pd.concat(tables, ignore_index=True)
    whole = whole.sort_values(["level", "area_id"], kind="stable", ignore_index=True)
    return whole[[*NAMES, *FIGURES]]


def _all(people: np.ndarray, rows: slice) -> slice:
    return slice(0, people[rows].shape[0])


#: By case, people before and at each moment, (1 + moments, zones, 3).
_ByCase = dict[Case, np.ndarray]


def _sums(
    people: np.ndarray, lost: LostCoverage, areas: Zones, services: Sequence[str], moments: int
) -> dict[str, _ByCase]:
    found = {service: {case: np.zeros((1 + moments, areas.size, 3)) for case in CASES} for service in services}
    for rows in grid.blocks(people.shape[0]):
        here, block, inside = people[rows], areas.block(rows), _all(people, rows)
        for service, by_case in found.items():
            for case, sums in by_case.items():
                sums[0] += block.reach(here, lost.before.shares(service, case, rows), inside)
                for moment, shares in enumerate(lost.shares(service, case, rows, None)):
                    sums[1 + moment] += block.reach(here, shares, inside)
    return found


def _figures(sums: _ByCase, moment: int, uncovered_known: bool) -> dict[str, np.ndarray]:
    before, after = ({case: sums[case][place] for case in CASES} for place in (0, 1 + moment))
    gone = {case: np.maximum(0.0, after[case][:, UNCOVERED] - before[case][:, UNCOVERED]) for case in CASES}
    dim = {case: np.maximum(0.0, after[case][:, UNKNOWN_PEOPLE] - before[case][:, UNKNOWN_PEOPLE]) for case in CASES}
    least, most = (
        {name: func([part[case] for case in CASES], axis=0) for name, part in (("gone", gone), ("dim", dim))}
        for func in (np.min, np.max)
    )
    unknown = np.full(len(gone["central"]), np.nan)
    return {
        "reached_before": before["central"][:, COVERED],
        "reached_before_low": before["low"][:, COVERED],
        "reached_before_high": before["high"][:, COVERED],
        "reached": after["central"][:, COVERED],
        "reached_low": after["low"][:, COVERED],
        "reached_high": after["high"][:, COVERED],
        "lost": gone["central"] if uncovered_known else unknown,
        "lost_low": least["gone"] if uncovered_known else unknown,
        "lost_high": most["gone"] if uncovered_known else unknown,
        "no_longer_known": dim["central"],
        "no_longer_known_low": least["dim"],
        "no_longer_known_high": most["dim"],
        "unknown_before": before["central"][:, UNKNOWN_PEOPLE],
        "uncovered_before": before["central"][:, UNCOVERED] if uncovered_known else unknown,
    }


def loss_layers(people: np.ndarray, lost: LostCoverage, service: str, hours: Sequence[float]) -> list[Layer]:
    """Coverage before, and at each moment after, what is gone (the difference), and what is no longer known: shares (0..1) of
    each grid cell's people, NaN where nobody lives or nothing is known."""
    geobox = lost.before.geobox

    def share(moment: int | None, case: Case, part: str) -> Any:
        def rows_of(rows: slice) -> np.ndarray:
            before = lost.before.shares(service, case, rows)
            after = before if moment is None else lost.shares(service, case, rows, None)[moment]
            if part == "covered":
                value = after.covered_level().astype(np.float32)
                known = after.unknown_level() < LEVELS
            elif part == "difference":
                value = before.covered_level().astype(np.float32) - after.covered_level()
                known = before.unknown_level() < LEVELS
            else:
                value = after.unknown_level().astype(np.float32) - before.unknown_level()
                known = np.ones(value.shape, bool)
            return np.where(known & (people[rows] > 0), value / np.float32(LEVELS), np.nan).astype(np.float32)

        return rows_of

    found = [Layer("covered_before", "1", geobox, share(None, "central", "covered"))]
    for moment, after in enumerate(hours):
        end = f"{after:g}h"
        found += [
            Layer(f"covered_{end}", "1", geobox, share(moment, "central", "covered")),
            Layer(f"covered_{end}_low", "1", geobox, share(moment, "low", "covered")),
            Layer(f"covered_{end}_high", "1", geobox, share(moment, "high", "covered")),
            Layer(f"difference_{end}", "1", geobox, share(moment, "central", "difference")),
            Layer(f"no_longer_known_{end}", "1", geobox, share(moment, "central", "unknown")),
        ]
    return found
