"""Reach: people × coverage fraction, by service, variant, area and operator, and the ledger that must close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ewcm_kernels.sums import masked_sum

from ewcm.analysis.areas import Partition
from ewcm.core import grid
from ewcm.core.row_blocks import Band, bands, summed
from ewcm.coverage.combine import Stack
from ewcm.coverage.model import VARIANTS, Variant
from ewcm.settings import SERVICES

#: SDG indicator 9.c.1 counts people within reach of at least this technology.
SDG_SERVICES = {"2G": "any", "3G": "3G+", "4G": "4G+"}

#: Columns of a reach array.
COVERED, UNCOVERED, UNKNOWN_PEOPLE = range(3)


@dataclass(frozen=True)
class Reach:
    """People by area for one level of areas.

    ``people``: float64 (areas,). ``by_service[service][variant]``: float64 (areas, 3), people covered, uncovered and
    unknown; the three add up to ``people``.
    """

    people: np.ndarray
    by_service: dict[str, dict[Variant, np.ndarray]]


@dataclass(frozen=True)
class _Band(Band):
    """A block of rows with its areas."""

    partitions: list[Partition]


#: See :meth:`ewcm.coverage.combine.Stack.like`.
_Kind = tuple[tuple[str, ...], bool]


def _bands(people: np.ndarray, stack: Stack, partitions: list[Partition]) -> list[_Band]:
    return [
        _Band(band.rows, band.people, stack, [partition.band(band.rows) for partition in partitions])
        for band in bands(people, stack)
    ]


def reach(
    people: np.ndarray, stack: Stack, partitions: list[Partition], progress: Callable[[float], None]
) -> list[Reach]:
    """Reach of every service and variant over the areas of each partition, summed by blocks of rows in fixed order."""
    results = [
        Reach(
            np.zeros(partition.size),
            {service: {variant: np.zeros((partition.size, 3)) for variant in VARIANTS} for service in SERVICES},
        )
        for partition in partitions
    ]
    stack.prepare()
    done = summed(_band_reach, _bands(people, stack, partitions))
    for rows, band in zip(grid.blocks(people.shape[0]), done, strict=True):
        for result, (here, by_kind) in zip(results, band, strict=True):
            result.people[:] += here
            for service in SERVICES:
                for variant in VARIANTS:
                    result.by_service[service][variant][:] += by_kind[stack.like(service)][variant]
        progress(rows.stop / people.shape[0])
    return results


def _band_reach(band: _Band) -> list[tuple[np.ndarray, dict[_Kind, dict[Variant, np.ndarray]]]]:
    """For each partition the people by area, and the reach by what the levels of services depend on."""
    results: list[tuple[np.ndarray, dict[_Kind, dict[Variant, np.ndarray]]]] = [
        (partition.sum(band.people, band.inside), {}) for partition in band.partitions
    ]
    for kind, service in {band.stack.like(service): service for service in SERVICES}.items():
        for variant in VARIANTS:
            level = band.stack.service(service, variant, band.rows)
            for partition, (_, by_kind) in zip(band.partitions, results, strict=True):
                by_kind.setdefault(kind, {})[variant] = partition.reach(band.people, level, band.inside)
    return results


def best_operator(people: np.ndarray, stack: Stack, country: Partition) -> dict[str, tuple[str, float] | None]:
    """For 2G, 3G and 4G the operator that covers most people with at least that technology, and how many [persons].

    None where no source names an operator. SDG 9.c.1 metadata (ITU, 2023): where several operators serve a country the
    figure is that of the one with the largest coverage, not of their union.
    """
    covered = {name: dict.fromkeys(stack.operators, 0.0) for name in SDG_SERVICES}
    stack.prepare(*stack.operators)
    for band in summed(_band_by_operator, _bands(people, stack, [country])):
        for name, by_operator in band.items():
            for operator, persons in by_operator.items():
                covered[name][operator] += persons
    best: dict[str, tuple[str, float] | None] = {}
    for name, by_operator in covered.items():
        leader = max(by_operator, key=lambda operator: by_operator[operator], default=None)
        best[name] = None if leader is None or by_operator[leader] == 0 else (leader, by_operator[leader])
    return best


def _band_by_operator(band: _Band) -> dict[str, dict[str, float]]:
    """People covered in a band by each operator, by technology of the indicator."""
    (country,) = band.partitions

    def covered(service: str, operator: str) -> float:
        level = band.stack.service(service, "central", band.rows, operator)
        return float(country.reach(band.people, level, band.inside)[:, COVERED].sum())

    return {
        name: {operator: covered(service, operator) for operator in band.stack.operators}
        for name, service in SDG_SERVICES.items()
    }


def people_in(people: np.ndarray) -> float:
    """All people of a grid [persons], in float64."""
    return float(masked_sum(people))
