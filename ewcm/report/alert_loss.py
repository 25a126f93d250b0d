"""The same alert after a loss of sites, and whom the choice of sites misses or reaches too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ewcm.analysis.alerts import AlertCells, by_area, cells_inside, left_by_place, sums, together
from ewcm.analysis.targeting import Ground, ring_around, targeting
from ewcm.losses import LossRequest, loss_of, masts_in
from ewcm.report.alert_reach import PLACE, AlertReach, channel_reach, named_by
from ewcm.sources.alert_channels import CARRIED, CELL_BROADCAST, AlertChannel


def with_loss(reach: AlertReach, channels: Sequence[AlertChannel], request: LossRequest, hours: float) -> AlertReach:
    """The reach of an alert with ``figures["after_loss"]`` and ``areas_after``: channels that travel by mobile networks with the
    sites that are left after some hours, all others as before.

    Raises :class:`ewcm.errors.EwcmError` in one line.
    """
    cells = _cells(reach)
    if cells is None:
        return reach
    result = reach.result
    loss = loss_of(result, replace(request, hours=(hours,)), near=cells.cell)
    after = loss.after(result, hours)
    found = [channel_reach(channel, after, cells) for channel in channels]
    everything = together(found, CARRIED)
    out = "out" if loss.by_list else f"out_{hours:g}h"
    figures = {
        "event": loss.name,
        "hours": None if loss.by_list else hours,
        "sites": len(loss.masts),
        **{f"sites_out{end}": float(loss.masts[f"{out}{end}"].sum()) for end in ("", "_low", "_high")},
        "channels": [
            {
                "channel": each.name,
                "state": each.state,
                **({"of_map": True} if by.of_map else {}),
                **sums(each, cells.people),
            }
            for by, each in zip(channels, found, strict=True)
        ],
        "together": sums(everything, cells.people),
        "caveats": [one.to_dict() for one in loss.caveats],
    }
    areas = by_area(cells, [*found, everything], result.zones[-1]) if cells.inside > 0 else reach.areas.iloc[:0]
    areas = areas.copy()
    about = named_by(reach.alert, result)
    if len(areas):
        for number, (name, value) in enumerate(about.items()):
            areas.insert(number, name, value)
    places = result.data.places
    remaining = left_by_place(cells, everything, pd.DataFrame() if places is None else places.table)
    for number, (name, value) in enumerate((about | {"kind": PLACE}).items()):
        remaining.insert(number, name, value)
    sites = loss.masts.copy()
    sites.insert(0, "iso3", result.data.country.iso3)
    return replace(
        reach,
        figures={**reach.figures, "after_loss": figures},
        areas_after=areas,
        remaining_after=remaining,
        sites_after=sites,
    )


def with_targeting(reach: AlertReach, channels: Sequence[AlertChannel]) -> AlertReach:
    """The reach of an alert with ``figures["targeting"]``: by the service that carries cell broadcast, or by any network."""
    cells, result = _cells(reach), reach.result
    if cells is None or reach.ground is None:
        return reach
    masts = masts_in(result)
    service = _service(channels, result.coverage.services)
    if not len(masts) or not result.coverage.known(service):
        return replace(reach, figures={**reach.figures, "targeting": None})
    ring = cells_inside([ring_around(reach.ground)], result.own_people_at, result.geobox)
    rows = targeting(
        Ground(reach.ground, cells.cell, cells.people),
        Ground(reach.ground, ring.cell, ring.people),
        result.own_people,
        masts,
        result.coverage,
        service,
    )
    found: dict[str, Any] = {"service": service, "sites": len(masts), "methods": rows}
    return replace(reach, figures={**reach.figures, "targeting": found})


def _cells(reach: AlertReach) -> AlertCells | None:
    if reach.ground is None:
        return None
    return cells_inside([reach.ground], reach.result.own_people_at, reach.result.geobox)


def _service(channels: Sequence[AlertChannel], services: Any) -> str:
    """The service of the technologies that carry cell broadcast; any network where no channel says them."""
    carriers = {name for channel in channels if channel.name == CELL_BROADCAST for name in channel.technologies}
    return next((one.name for one in services.values() if carriers and set(one.channels) == carriers), "any")
