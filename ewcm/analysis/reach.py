"""Reach: people × coverage fraction, by service, variant, area and operator, and the ledger that must close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ewcm_kernels.sums import masked_sum

from ewcm import grid
from ewcm.analysis.areas import Partition
from ewcm.coverage.model import VARIANTS, Variant
from ewcm.coverage.stack import Stack
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
    for rows in grid.blocks(people.shape[0]):
        here = people[rows]
        for partition, result in zip(partitions, results, strict=True):
            result.people[:] += partition.sum(here, rows)
        for service in SERVICES:
            for variant in VARIANTS:
                level = stack.service(service, variant, rows)
                for partition, result in zip(partitions, results, strict=True):
                    result.by_service[service][variant][:] += partition.reach(here, level, rows)
        progress(rows.stop / people.shape[0])
    return results


def best_operator(people: np.ndarray, stack: Stack, country: Partition) -> dict[str, tuple[str, float] | None]:
    """For 2G, 3G and 4G the operator that covers most people with at least that technology, and how many [persons].

    None where no source names an operator. SDG 9.c.1 metadata (ITU, 2023): where several operators serve a country the
    figure is that of the one with the largest coverage, not of their union.
    """
    covered = {name: dict.fromkeys(stack.operators, 0.0) for name in SDG_SERVICES}
    for operator in stack.operators:
        for rows in grid.blocks(people.shape[0]):
            for name, service in SDG_SERVICES.items():
                level = stack.service(service, "central", rows, operator)
                covered[name][operator] += float(country.reach(people[rows], level, rows)[:, COVERED].sum())
    best: dict[str, tuple[str, float] | None] = {}
    for name, by_operator in covered.items():
        leader = max(by_operator, key=lambda operator: by_operator[operator], default=None)
        best[name] = None if leader is None or by_operator[leader] == 0 else (leader, by_operator[leader])
    return best


def people_in(people: np.ndarray) -> float:
    """All people of a grid [persons], in float64."""
    return float(masked_sum(people))
