"""When coverage is estimated, and to what its level is set.

Estimated is what is known by crowd-sourced cells alone, where an official share of the country or local truth
exists. A technology
with a site list of an operator or regulator never is, nor one with a declared map or given arrays.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.coverage.circles import painted
from ewcm.coverage.curves import logit
from ewcm.settings import Settings
from ewcm.sources.cells import Sites, crowd_sourced
from ewcm.sources.coverage_cards import SERVICES, CoverageCard, card_of
from ewcm.sources.official import Official

#: A level that lies farther [log-odds] from what the cells show is not reached by an estimate, but by the wish alone.
FARTHEST_SHIFT = 3.0

#: Circles around cells that cover more than this share of the people are a network, whatever was reported.
_SOMEBODY = 0.005

#: Years between an official figure and the cells above which they may describe two networks.
YEARS_APART = 3


@dataclass(frozen=True)
class Refusal:
    """Why a technology that crowd-sourced cells alone know is not estimated. ``reason``: ``share`` (no official
    share and no local truth), ``kept`` (its official share was kept as a check), ``card`` (the model card does not have it) or
    ``far``. Shares (0..1): the official one, and what the circles of the service and of any technology show."""

    technology: str
    reason: str
    share: float | None = None
    circles: float | None = None


@dataclass(frozen=True)
class EstimatePlan:
    """What is to be estimated. ``targets``: the services, oldest first, each with the share of the people (0..1) that its level
    is set to; None where the card says the level. ``lifted``: services whose official share was below that of a newer one, whose
    figure was taken. ``circles``: shares of the people that circles around the cells alone show."""

    card: CoverageCard
    targets: dict[str, float | None]
    refused: tuple[Refusal, ...] = ()
    lifted: tuple[str, ...] = ()
    circles: Mapping[str, float] = field(default_factory=dict)

    @property
    def technologies(self) -> tuple[str, ...]:
        """The technologies that are estimated."""
        return tuple(SERVICES[name] for name in self.targets)

    @property
    def set_to_official(self) -> tuple[str, ...]:
        """The technologies whose official figure is what the level was set to."""
        return tuple(SERVICES[name] for name, share in self.targets.items() if share is not None)


@cache
def shipped_card() -> CoverageCard:
    """The card that comes with the engine: the shape of coverage learnt in one region, whose level says nothing elsewhere."""
    text = files("ewcm.coverage").joinpath("assumed_shape.json").read_text(encoding="utf-8")
    return card_of(json.loads(text), "assumed_shape.json")


def newest_cells(sites: Sites | None) -> int | None:
    """The year of the newest crowd-sourced cells; None where it is not known."""
    dates = [record.date[:4] for record in ([] if sites is None else sites.records) if record.layer == "cells"]
    years = [int(date) for date in dates if date.isdigit()]
    return max(years, default=None)


def plan_of(
    sites: Sites | None,
    official: Official,
    card: CoverageCard | None,
    settings: Settings,
    taken: Collection[str],
    people: np.ndarray,
    geobox: GeoBox,
) -> EstimatePlan | None:
    """What is to be estimated; None where nothing could be, so that nothing need be said.

    ``card``: of local truth, or None for the one that comes with the engine. ``taken``: technologies that better sources speak
    for. ``people``: of the country alone, in each grid cell.
    """
    open_ = [name for name in crowd_sourced(sites) if name not in taken]
    if "estimated" not in settings.models or not open_:
        return None
    assert sites is not None, "cells come from sites"
    used = card or shipped_card()
    figures = {name: figure for name in open_ if (figure := official.of(name)) is not None}
    shares = {name: figure.share for name, figure in figures.items() if not figure.kept}
    circles = circle_shares(sites.table, settings, people, geobox)
    targets: dict[str, float | None] = {}
    refused: list[Refusal] = []
    for service, technology in SERVICES.items():
        if technology not in open_:
            continue
        if used.mode == "local_truth" and service in used.curves:
            targets[service] = None
        elif service not in used.curves:
            # The card that was learnt does not have it.
            refused.append(Refusal(technology, "card"))
        elif technology not in shares:
            refused.append(Refusal(technology, "kept" if technology in figures else "share"))
        elif _far(shares[technology], circles[service], circles["any"]):
            refused.append(Refusal(technology, "far", shares[technology], circles[service]))
        else:
            targets[service] = shares[technology]
    lifted = []
    least = 0.0
    for service in reversed(targets):
        share = targets[service]
        if share is not None:
            if share < least:
                targets[service] = least
                lifted.append(service)
            least = max(least, share)
    return EstimatePlan(used, targets, tuple(refused), tuple(reversed(lifted)), circles)


def _far(share: float, own: float, any_: float) -> bool:
    """Whether an official share lies farther than may be from everything between what the circles around the cells of a service
    show and what those around the cells of any technology do: sites of an older technology are where newer ones are built. A
    share of nothing is, wherever cells of the service show people within reach."""
    if share == 0.0 and own > _SOMEBODY:
        return True  # logit takes it as half a per cent
    low, high = logit(min(own, any_)), logit(max(own, any_))
    return max(low - logit(share), logit(share) - high) > FARTHEST_SHIFT


def circle_shares(sites: pd.DataFrame, settings: Settings, people: np.ndarray, geobox: GeoBox) -> dict[str, float]:
    """The share of the people (0..1) that circles around the sites cover, by service; 0 where nobody lives."""
    found = dict.fromkeys(SERVICES, 0.0)
    total = 0.0
    for rows in grid.blocks(int(geobox.shape[0])):
        here = np.nan_to_num(people[rows])
        total += float(here.sum(dtype=np.float64))
        for service in SERVICES:
            found[service] += float((here * circles(sites, service, settings, geobox, rows)).sum(dtype=np.float64))
    return {service: persons / total if total else 0.0 for service, persons in found.items()}


def circles(sites: pd.DataFrame, service: str, settings: Settings, geobox: GeoBox, rows: slice) -> np.ndarray:
    """1 in the grid cells of some rows that lie within the radius of a site of the service, else 0; uint8."""
    names = list(SERVICES.values())
    wanted = names[names.index(SERVICES[service]) :]
    chosen = sites[sites["technology"].isin(wanted)]
    radius_km = chosen["technology"].map(settings.radius_km).to_numpy(np.float64)
    return painted(chosen["lat"].to_numpy(np.float64), chosen["lon"].to_numpy(np.float64), radius_km, geobox, rows)
