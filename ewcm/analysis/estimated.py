"""What of the coverage is an estimate: the people whom it adds to those within circles of known cells, and what to
know about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ewcm.analysis.reach import Reach
from ewcm.core import grid
from ewcm.core.finding import Caveat, Figure, Finding, Json
from ewcm.core.fraction import Case, Shares
from ewcm.core.row_blocks import RowBlock, summed
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage
from ewcm.coverage.district_bands import within
from ewcm.coverage.estimate_plan import YEARS_APART, EstimatePlan
from ewcm.sources.coverage_cards import SERVICES
from ewcm.sources.official import Official

#: Columns of the areas, with the service at the end.
COLUMNS = ("covered_estimated", "covered_circles")

#: The low-coverage list leads where more than this share of the expected people out of reach live in partly covered cells.
_LEADS_FROM = 0.5


@dataclass(frozen=True)
class _Block(RowBlock):
    """A block of rows with its zones; the coverage is that of the whole grid."""

    coverage: Coverage
    zones: list[Zones]


def estimated_people(people: np.ndarray, coverage: Coverage, zones: Sequence[Zones]) -> list[dict[str, np.ndarray]]:
    """People by zone, float64 (zones,), for each set of zones and each of its further columns (``COLUMNS`` and the service)."""
    services = () if coverage.estimate is None else tuple(coverage.estimate.plan.targets)
    found: list[dict[str, np.ndarray]] = [
        {f"{name}_{coverage.services[service].column}": np.zeros(each.size) for service in services for name in COLUMNS}
        for each in zones
    ]
    if not services:
        return found
    blocks = [
        _Block(rows, people[rows], coverage, [each.block(rows) for each in zones])
        for rows in grid.blocks(people.shape[0])
    ]
    for block in summed(_block_people, blocks):
        for result, part in zip(found, block, strict=True):
            for name, persons in part.items():
                result[name] += persons
    return found


def _block_people(block: _Block) -> list[dict[str, np.ndarray]]:
    assert block.coverage.estimate is not None, "there is an estimate"
    results: list[dict[str, np.ndarray]] = [{} for _ in block.zones]
    for service in block.coverage.estimate.plan.targets:
        alone = block.coverage.estimated_alone(service, block.rows)
        levels = alone, block.coverage.estimate.circle_level(service, block.rows)
        for zones, result in zip(block.zones, results, strict=True):
            for name, level in zip(COLUMNS, levels, strict=True):
                column = f"{name}_{block.coverage.services[service].column}"
                result[column] = zones.reach(block.people, Shares(level), block.inside)[:, 0]
    return results


def with_district_bands(
    further: list[dict[str, np.ndarray]], reached: Sequence[Reach], coverage: Coverage
) -> list[dict[str, np.ndarray]]:
    """``further`` with the band of the people covered in each zone of the finest set, where the coverage was fitted to local
    truth: columns ``covered_band_S_low`` and ``covered_band_S_high`` [persons]."""
    model = coverage.estimate
    if model is None or len(further) < 2:
        return further
    found = dict(further[-1])
    for service, target in model.plan.targets.items():
        band = model.plan.card.bands.get(service)
        if band is None or target is not None:
            continue
        people = reached[-1].people
        covered = reached[-1].by_service[service]["central"][:, 0]
        share = np.divide(covered, people, out=np.full(people.shape, np.nan), where=people > 0)
        for end, edge in zip(("low", "high"), within(share, band), strict=True):
            found[f"covered_band_{coverage.services[service].column}_{end}"] = edge * people
    return [*further[:-1], found]


def estimated_finding(coverage: Coverage, country: Mapping[str, np.ndarray], leads: Mapping[str, float]) -> Finding:
    """The figures of the country by service; null where nothing is estimated.

    ``country``: as of :func:`estimated_people`. ``leads``: services whose list of low coverage leads, with the share of their
    people out of reach who live in partly covered cells.
    """
    model = coverage.estimate
    if model is None:
        return Finding("estimated", (Figure(("estimated",), None),))
    figures: list[Figure] = []
    for service, target in model.plan.targets.items():
        column = coverage.services[service].column
        values: dict[str, tuple[Json, str]] = {
            "covered_estimated": (float(country[f"covered_estimated_{column}"].sum()), "persons"),
            "covered_circles": (float(country[f"covered_circles_{column}"].sum()), "persons"),
            "set_to_share": (target, "1"),
            "shift": (model.shifts[service], ""),
            "mode": (model.plan.card.mode, ""),
            "low_coverage_leads": (service in leads, ""),
        }
        figures += [Figure(("estimated", service, key), value, units) for key, (value, units) in values.items()]
    caveats = [_leads(name, share) for name, share in leads.items()]
    return Finding("estimated", tuple(figures), caveats=tuple(caveats))


def leading_cases(partly: Mapping[tuple[str, Case], tuple[float, float]], coverage: Coverage) -> dict[str, float]:
    """Services whose list of low coverage leads: more than half of the people out of reach, as expected, live in cells that are
    partly covered, of which no list can say who. ``partly``: people out of reach, and those of them in such cells."""
    model = coverage.estimate
    found = {}
    for (service, case), (uncovered, in_cells) in partly.items():
        if (
            model is not None
            and case == "central"
            and service in model.plan.targets
            and in_cells > _LEADS_FROM * uncovered
        ):
            found[service] = in_cells / uncovered
    return found


def _leads(service: str, share: float) -> Caveat:
    percent = round(100 * share)
    named = "any technology" if service == "any" else service
    text = (
        f"{percent} % of the people expected to be out of reach of {named} live in places that are covered with some "
        f"probability, so "
        "that no list can say which of them: the list of the low-coverage case leads. It shows where nobody is known "
        "to be covered."
    )
    return Caveat("low_coverage_leads", text, {"services": [service], "percent": percent})


def estimate_caveats(
    plan: EstimatePlan | None, official: Official, cells_year: int | None, exceeded: Sequence[str] = ()
) -> list[Caveat]:
    """What to know about estimated coverage, and about what could not be estimated."""
    if plan is None:
        return []
    found: list[Caveat] = []
    local = [SERVICES[name] for name, share in plan.targets.items() if share is None]
    target = [SERVICES[name] for name, share in plan.targets.items() if share is not None]
    if target:
        found.append(_assumed(target, {name: share for name, share in plan.targets.items() if share is not None}))
    if local:
        found.append(_local(local, plan.card.definition))
    if target or local:
        found.append(_RANGE)
    if target:
        found.append(_ONE_OPERATOR)
    for technology in target:
        figure = official.of(technology)
        year = None if figure is None else figure.year
        if year is not None and cells_year is not None and abs(year - cells_year) > YEARS_APART:
            found.append(_apart(technology, year, cells_year))
    found += [_exceeded(SERVICES[name]) for name in exceeded]
    found += [_lifted(SERVICES[name]) for name in plan.lifted]
    found += [_not_learnt(plan)] if any(one.reason == "card" for one in plan.refused) else []
    found += [_not_estimated(plan)] if any(one.reason == "share" for one in plan.refused) else []
    found += [_kept(plan)] if any(one.reason == "kept" for one in plan.refused) else []
    found += [
        _far(one.technology, one.share, one.circles)
        for one in plan.refused
        if one.share is not None and one.circles is not None
    ]
    return found


def _assumed(technologies: list[str], shares: Mapping[str, float]) -> Caveat:
    levels = ", ".join(f"{SERVICES[name]} {round(100 * share, 2):g} %" for name, share in shares.items())
    text = (
        f"Coverage of {', '.join(technologies)} is a statistical estimate, not measured: it grows with the nearness of known "
        "cells of any generation and with the people around. Its shape is assumed (learnt and cross-validated in Peru), its "
        f"level is set to the official shares ({levels}), which are therefore no check of it. One more site may change the "
        "rank of places, never the total."
    )
    return Caveat("estimated_model", text, {"technologies": technologies, "levels": levels})


def _local(technologies: list[str], definition: str) -> Caveat:
    text = (
        f"Coverage of {', '.join(technologies)} is a statistical estimate, cross-validated, from known cells and the "
        f"people around, "
        f"fitted to places of this country where it is known. Covered means here: {definition}."
    )
    return Caveat("estimated_local", text, {"technologies": technologies, "definition": definition})


_RANGE = Caveat(
    "estimated_range",
    "The range of an estimate spans what circles around the known cells alone show and the band of the fit (90 %). That the "
    "official share itself may be wrong is not in it.",
)

_ONE_OPERATOR = Caveat(
    "estimated_one_operator",
    "The official share is usually that of the operator with the largest network, so that all networks together reach "
    "at least as "
    "many; some countries report nearer to all together.",
)


def _apart(technology: str, year: int, cells_year: int) -> Caveat:
    text = (
        f"The official share of {technology} is of {year} and the newest cells are of {cells_year}: the network may "
        f"have changed in "
        "between. Bring a newer share."
    )
    return Caveat("estimated_apart", text, {"technology": technology, "year": str(year), "cells_year": str(cells_year)})


def _lifted(technology: str) -> Caveat:
    text = (
        f"The official share of at least {technology} is below that of a newer technology, which counts for it too: the larger "
        "was taken."
    )
    return Caveat("estimated_lifted", text, {"technology": technology})


def _exceeded(technology: str) -> Caveat:
    text = f"Other sources alone cover more people with at least {technology} than the official share: the estimate adds nobody."
    return Caveat("estimated_exceeded", text, {"technology": technology})


def _not_learnt(plan: EstimatePlan) -> Caveat:
    names = [one.technology for one in plan.refused if one.reason == "card"]
    text = (
        f"Coverage of {', '.join(names)} was not estimated: the places that were learnt from do not say it, or did not help. One "
        "definition is not mixed with another."
    )
    return Caveat("estimate_not_learnt", text, {"technologies": names})


def _not_estimated(plan: EstimatePlan) -> Caveat:
    names = [one.technology for one in plan.refused if one.reason == "share"]
    text = (
        f"Coverage of {', '.join(names)} was not estimated: there is neither an official share nor a list of places with known "
        "coverage. Give one, or learn from such places."
    )
    return Caveat("estimate_no_share", text, {"technologies": names})


def _kept(plan: EstimatePlan) -> Caveat:
    names = [one.technology for one in plan.refused if one.reason == "kept"]
    text = (
        f"Coverage of {', '.join(names)} was not estimated: its official share is stated to be a check (role), so that nothing "
        'is set to it. Leave out the role, or write "target", to have it estimated.'
    )
    return Caveat("estimate_kept", text, {"technologies": names})


def _far(technology: str, share: float, circles: float) -> Caveat:
    official, shown = round(100 * share, 1), round(100 * circles, 1)
    text = (
        f"Coverage of {technology} was not estimated: the official share ({official:g} %) is too far from what the "
        f"known cells show "
        f"({shown:g} % within their circles) to be reached by an estimate."
    )
    return Caveat("estimate_far", text, {"technology": technology, "official": official, "shown": shown})
