"""Reach: people × coverage fraction, by service, case, area and operator, and the ledger that must close."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.analysis.areas import geodesic_area_km2
from ewcm.core import grid
from ewcm.core.finding import Figure, Finding, Table
from ewcm.core.fraction import CASES, Case
from ewcm.core.row_blocks import RowBlock, summed
from ewcm.core.zones import OUTSIDE, Zones
from ewcm.coverage.combine import Coverage

#: SDG indicator 9.c.1 counts people within reach of at least this technology.
SDG_SERVICES = {"2G": "any", "3G": "3G+", "4G": "4G+"}

#: Columns of a reach array.
COVERED, UNCOVERED, UNKNOWN_PEOPLE = range(3)


@dataclass(frozen=True)
class Reach:
    """People by zone for one set of zones.

    ``people``: float64 (zones,). ``by_service[service][case]``: float64 (zones, 3), people covered, uncovered and unknown;
    the three add up to ``people``.
    """

    people: np.ndarray
    by_service: dict[str, dict[Case, np.ndarray]]


@dataclass(frozen=True)
class ServiceFigures:
    """People [persons] of a country by one service. ``_low`` and ``_high`` are the lowest and the highest of a figure in the
    cases of the coverage: ``uncovered_low`` is that of the case of high coverage. Shares are of all people, None where nobody
    lives there. What is not known is None: see :func:`people_of`."""

    model: str
    covered: float | None
    covered_share: float | None
    uncovered: float | None
    uncovered_share: float | None
    unknown: float
    unknown_share: float | None
    covered_low: float | None
    covered_high: float | None
    uncovered_low: float | None
    uncovered_high: float | None
    unknown_low: float
    unknown_high: float


@dataclass(frozen=True)
class _Block(RowBlock):
    """A block of rows with its zones; the coverage is that of the whole grid."""

    coverage: Coverage
    zones: list[Zones]


#: See :meth:`ewcm.coverage.combine.Coverage.depends_on`.
_Kind = tuple[tuple[str, ...], bool, bool, bool]


def _blocks(people: np.ndarray, coverage: Coverage, zones: Sequence[Zones]) -> list[_Block]:
    return [
        _Block(rows, people[rows], coverage, [each.block(rows) for each in zones])
        for rows in grid.blocks(people.shape[0])
    ]


def reach(
    people: np.ndarray,
    coverage: Coverage,
    zones: Sequence[Zones],
    progress: Callable[[float], None] = lambda done: None,
) -> list[Reach]:
    """Reach of every service and case over each set of zones, summed by blocks of rows in fixed order.

    ``people``: persons in each grid cell of ``coverage``, NaN where there is no data.
    """
    results = [Reach(np.zeros(each.size), _no_reach(coverage, each.size)) for each in zones]
    coverage.prepare()
    done = summed(_block_reach, _blocks(people, coverage, zones))
    for rows, block in zip(grid.blocks(people.shape[0]), done, strict=True):
        for result, (here, by_kind) in zip(results, block, strict=True):
            result.people[:] += here
            for service in coverage.services:
                for case in CASES:
                    result.by_service[service][case][:] += by_kind[coverage.depends_on(service)][case]
        progress(rows.stop / people.shape[0])
    return results


def _block_reach(block: _Block) -> list[tuple[np.ndarray, dict[_Kind, dict[Case, np.ndarray]]]]:
    """For each set of zones the people by zone, and the reach by what the shares of services depend on."""
    results: list[tuple[np.ndarray, dict[_Kind, dict[Case, np.ndarray]]]] = [
        (zones.sum(block.people, block.inside), {}) for zones in block.zones
    ]
    coverage = block.coverage
    for kind, service in {coverage.depends_on(service): service for service in coverage.services}.items():
        for case in CASES:
            shares = coverage.shares(service, case, block.rows)
            for zones, (_, by_kind) in zip(block.zones, results, strict=True):
                by_kind.setdefault(kind, {})[case] = zones.reach(block.people, shares, block.inside)
    return results


def _share(part: float | None, people: float) -> float | None:
    """The share that ``part`` is of all people, never above 1 by a rounding; None where nobody lives, or it is not known."""
    return None if part is None or not people else min(1.0, part / people)


#: What is told of each zone and service, in this order.
FIGURES = (
    *("covered", "uncovered", "unknown"),
    *("covered_low", "covered_high", "uncovered_low", "uncovered_high", "unknown_low", "unknown_high"),
)


def people_of(
    service: str, people: np.ndarray, by_case: Mapping[Case, np.ndarray], coverage: Coverage
) -> dict[str, np.ndarray]:
    """People by zone of one service: the columns of ``FIGURES``, float64, NaN where something is not known.

    ``people``: of each zone. ``by_case``: as in :class:`Reach`. Nobody is known to be out of reach of a service whose oldest
    technology has no source, or none for some of the operators: its uncovered people are not known, and the unknown ones are
    all whom it does not cover. Where nothing is known of anybody in a zone, the covered people are not known either.
    """
    cases = np.stack([by_case[case] for case in ("low", "central", "high")])
    low, central, high = cases
    nothing = np.zeros(people.shape, dtype=bool)
    if coverage.known(service):
        nothing |= (people > 0) & ~(cases[:, :, (COVERED, UNCOVERED)] > 0).any(axis=(0, 2))
    else:
        nothing |= True
    open_ = nothing | (not coverage.tells_uncovered(service))
    unknown = cases[:, :, UNKNOWN_PEOPLE]
    found = {
        "covered": np.where(nothing, np.nan, central[:, COVERED]),
        "uncovered": np.where(open_, np.nan, central[:, UNCOVERED]),
        "unknown": central[:, UNKNOWN_PEOPLE],
        "covered_low": np.where(nothing, np.nan, low[:, COVERED]),
        "covered_high": np.where(nothing, np.nan, high[:, COVERED]),
        "uncovered_low": np.where(open_, np.nan, high[:, UNCOVERED]),
        "uncovered_high": np.where(open_, np.nan, low[:, UNCOVERED]),
        "unknown_low": unknown.min(axis=0),
        "unknown_high": unknown.max(axis=0),
    }
    return {name: found[name] for name in FIGURES}


def country_figures(country: Reach, coverage: Coverage) -> dict[str, ServiceFigures]:
    """Figures of the whole country by service."""
    people = float(country.people.sum())
    found = {}
    for service, by_case in country.by_service.items():
        summed_up = {case: values.sum(axis=0, keepdims=True) for case, values in by_case.items()}
        figures = people_of(service, np.array([people]), summed_up, coverage)
        # Of these, only the unknown are always a number.
        values: dict[str, Any] = {
            name: None if np.isnan(value[0]) else float(value[0]) for name, value in figures.items()
        }
        values |= {f"{name}_share": _share(values[name], people) for name in ("covered", "uncovered", "unknown")}
        found[service] = ServiceFigures(model=coverage.model_of(service), **values)
    return found


#: Services that a headline may speak of, the widest first.
HEADLINE_SERVICES = ("any", "3G+", "4G+")

#: A service without which fewer than this share of all people live has nearly nobody out of reach.
NEARLY_NOBODY = 0.001


def headline_service(services: Mapping[str, ServiceFigures]) -> str | None:
    """The service that a headline speaks of: the widest of those that are known of which more than nearly nobody is out of
    reach, the widest of all known where there is none; None where nothing is known."""
    with_uncovered = [name for name in HEADLINE_SERVICES if services[name].uncovered is not None]
    return next(
        (name for name in with_uncovered if not _nearly_nobody(services[name])), next(iter(with_uncovered), None)
    )


def nearly_all_covered(services: Mapping[str, ServiceFigures]) -> list[str]:
    """The services wider than that of the headline of which nearly nobody is out of reach."""
    with_uncovered = [name for name in HEADLINE_SERVICES if services[name].uncovered is not None]
    headline = headline_service(services)
    return [] if headline is None else with_uncovered[: with_uncovered.index(headline)]


def _nearly_nobody(figures: ServiceFigures) -> bool:
    return figures.uncovered_share is not None and figures.uncovered_share < NEARLY_NOBODY


def reach_finding(
    zones: Sequence[Zones],
    reached: Sequence[Reach],
    coverage: Coverage,
    total: float,
    outside: float,
    further: Sequence[Mapping[str, np.ndarray]] = (),
) -> Finding:
    """Who is reached in the country and in each of its areas.

    ``zones``, ``reached``: the country, then each level of areas. ``total``: all people of the grid, and of these those
    ``outside`` the country [persons]. ``further``: columns [persons] by zone, for each of ``zones``.
    """
    services = country_figures(reached[0], coverage)
    figures = [Figure(("headline_service",), headline_service(services))]
    figures.append(Figure(("nearly_all_covered",), list(nearly_all_covered(services))))
    figures += [
        Figure(("services", name, key), value, "" if key == "model" else "1" if key.endswith("share") else "persons")
        for name, of_service in services.items()
        for key, value in asdict(of_service).items()
    ]
    parts = {"people": total, **{key: getattr(services["any"], key) for key in ("covered", "uncovered", "unknown")}}
    figures += [Figure(("ledger", key), value, "persons") for key, value in {**parts, "outside": outside}.items()]
    return Finding("reach", tuple(figures), (_areas(zones, reached, coverage, further or [{}] * len(zones)),))


def reach_table(people: np.ndarray, coverage: Coverage, zones: Zones) -> pd.DataFrame:
    """People of each zone, and by service those covered, uncovered and unknown, with the cases of the coverage.

    Only the blocks of rows are looked at that a zone touches.
    """
    total, found = np.zeros(zones.size), _no_reach(coverage, zones.size)
    for rows in grid.blocks(people.shape[0]):
        block = _Block(rows, people[rows], coverage, [zones.block(rows)])
        if not (block.zones[0].labels != OUTSIDE).any():
            continue
        ((here, by_kind),) = _block_reach(block)
        total += here
        for service, by_case in found.items():
            for case in CASES:
                by_case[case] += by_kind[coverage.depends_on(service)][case]
    names = zones.table[["area_id", "name"]].reset_index(drop=True)
    columns = {"people": total, **_columns(total, found, coverage)}
    return pd.concat([names, pd.DataFrame(columns)], axis=1)


def zones_finding(table: pd.DataFrame) -> Finding:
    """A table of :func:`reach_table` as a finding of its own."""
    units = {name: "persons" for name in table.columns if name not in ("area_id", "name")}
    return Finding("zones", tables=(Table("zones", table, units),))


def _no_reach(coverage: Coverage, zones: int) -> dict[str, dict[Case, np.ndarray]]:
    return {service: {case: np.zeros((zones, 3)) for case in CASES} for service in coverage.services}


def _columns(
    people: np.ndarray, by_service: Mapping[str, Mapping[Case, np.ndarray]], coverage: Coverage
) -> dict[str, np.ndarray]:
    """The columns of a table of zones, people [persons] by service."""
    found: dict[str, np.ndarray] = {}
    for service, by_case in by_service.items():
        column = coverage.services[service].column
        for name, values in people_of(service, people, by_case, coverage).items():
            figure, _, end = name.partition("_")
            found[f"{figure}_{column}_{end}" if end else f"{figure}_{column}"] = values
    return found


def _areas(
    zones: Sequence[Zones], reached: Sequence[Reach], coverage: Coverage, further: Sequence[Mapping[str, np.ndarray]]
) -> Table:
    """A row an area, coarse levels first."""
    tables = []
    units = {"people": "persons", "area_km2": "km²"}
    for areas, result, more in zip(zones, reached, further, strict=True):
        table = areas.table
        people = _columns(result.people, result.by_service, coverage) | dict(more)
        figures = {"people": result.people, "area_km2": geodesic_area_km2(table), **people}
        units |= dict.fromkeys(people, "persons")
        names = table[["level", "area_id", "name", "parent_id"]]
        tables.append(pd.concat([names, pd.DataFrame(figures, index=table.index), table["geometry"]], axis=1))
    frame = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs="EPSG:4326")
    return Table("areas", frame, units, geometry="MultiPolygon")


class BestOperator(NamedTuple):
    """The operator that covers most people with at least a technology: ``people``. ``at_most``: how many one of the operators
    could cover, if all were covered of whom it is not known [persons]."""

    operator: str
    people: float
    at_most: float


def best_operator(people: np.ndarray, coverage: Coverage, country: Zones) -> dict[str, BestOperator | None]:
    """The best operator of 2G, 3G and 4G.

    None where no source names an operator. SDG 9.c.1 metadata (ITU, 2023): where several operators serve a country the
    figure is that of the one with the largest coverage, not of their union.
    """
    operators = coverage.operators
    found = {name: {operator: np.zeros(2) for operator in operators} for name in SDG_SERVICES}
    inhabitants = 0.0
    coverage.prepare(*operators)
    for block, here in summed(_block_by_operator, _blocks(people, coverage, [country])):
        inhabitants += here
        for name, by_operator in block.items():
            for operator, persons in by_operator.items():
                found[name][operator] += persons
    silent = set().union(*coverage.missing.values()) - set(operators)
    return {name: _best(by_operator, inhabitants, bool(silent)) for name, by_operator in found.items()}


def _best(by_operator: Mapping[str, np.ndarray], people: float, others: bool) -> BestOperator | None:
    """The best of some operators. ``by_operator``: people whom each covers, and those of whom it is not known. ``others``:
    whether there are operators of whom nothing is known."""
    leader = max(by_operator, key=lambda operator: by_operator[operator][0], default=None)
    if leader is None or by_operator[leader][0] == 0:
        return None
    at_most = people if others else max(float(persons.sum()) for persons in by_operator.values())
    return BestOperator(leader, float(by_operator[leader][0]), at_most)


def _block_by_operator(block: _Block) -> tuple[dict[str, dict[str, np.ndarray]], float]:
    """People whom each operator covers in a block, and those of whom it is not known, by technology of the indicator; and all."""
    (country,) = block.zones

    def known(service: str, operator: str) -> np.ndarray:
        shares = block.coverage.shares(service, "central", block.rows, operator)
        return np.asarray(country.reach(block.people, shares, block.inside)[:, (COVERED, UNKNOWN_PEOPLE)].sum(axis=0))

    by_operator = {
        name: {operator: known(service, operator) for operator in block.coverage.operators}
        for name, service in SDG_SERVICES.items()
    }
    return by_operator, float(country.sum(block.people, block.inside).sum())


def best_operator_finding(best: Mapping[str, BestOperator | None], people: float) -> Finding:
    """The best single operator by technology, beside which official figures stand. ``people``: of the country [persons]."""
    figures: list[Figure] = []
    for name, leader in best.items():
        if leader is None or people == 0:
            figures.append(Figure(("sdg_9c1", name), None))
            continue
        figures.append(Figure(("sdg_9c1", name, "operator"), leader.operator))
        figures.append(Figure(("sdg_9c1", name, "people"), leader.people, "persons"))
        figures.append(Figure(("sdg_9c1", name, "share"), _share(leader.people, people), "1"))
        figures.append(Figure(("sdg_9c1", name, "share_at_most"), _share(leader.at_most, people), "1"))
    return Finding("best_operator", tuple(figures))


def people_in(people: np.ndarray) -> float:
    """All people of a grid [persons], in float64."""
    from ewcm_kernels.sums import masked_sum

    return float(masked_sum(people))
