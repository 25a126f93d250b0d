"""Whose networks a source speaks for: where some operators of a country have none, who is outside the others' is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.record import InputRecord
from ewcm.coverage.model import Model
from ewcm.sources.cells import Sites
from ewcm.sources.coverage_maps import DeclaredMap


class _List(NamedTuple):
    """A list of sites: its technologies, and the operators it speaks for; None where it speaks for all of them."""

    technologies: frozenset[str]
    operators: frozenset[str] | None


def named_operators(declared: Iterable[DeclaredMap], sites: Sites | None, stated: Iterable[str]) -> frozenset[str]:
    """Every operator that any input names, or that the user has ``stated``."""
    listed = set() if sites is None else set(sites.table["operator"])
    return frozenset({*stated, *listed, *(one.operator for one in declared)} - {""})


def speaks_for(
    channel: str, model: Model, declared: Iterable[DeclaredMap], sites: Sites | None
) -> frozenset[str] | None:
    """The operators that the sources of a channel speak for; None where they speak for all of them.

    A map without an operator speaks for all, and so do crowd-sourced cells, arrays, and a list of sites that names no operator
    for some of them. A list speaks for every operator that it names, for each of its technologies.
    """
    if model.name == "declared":
        found = frozenset(one.operator for one in declared if one.technology == channel)
        return None if "" in found or channel not in TECHNOLOGIES else found
    if model.name not in ("p1812", "radius") or sites is None or channel not in TECHNOLOGIES:
        return None
    lists = [each for each in _lists(sites) if channel in each.technologies]
    if any(each.operators is None for each in lists):
        return None
    return frozenset[str]().union(*(each.operators or () for each in lists))


def missing_operators(
    chosen: Mapping[str, Model], declared: Iterable[DeclaredMap], sites: Sites | None, stated: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The operators for whom a channel has no source although it has one for others, by channel."""
    declared = tuple(declared)
    named = named_operators(declared, sites, stated)
    found = {}
    for channel, model in chosen.items():
        spoken = speaks_for(channel, model, declared, sites)
        if spoken is not None and named - spoken:
            found[channel] = tuple(sorted(named - spoken))
    return found


def taken_as_all(
    chosen: Mapping[str, Model],
    missing: Mapping[str, tuple[str, ...]],
    declared: Iterable[DeclaredMap],
    sites: Sites | None,
    stated: Iterable[str],
) -> dict[tuple[str, ...], list[str]]:
    """Channels whose sources name operators, who were taken as all there are: the channels by these operators. Nothing where
    the user has ``stated`` the operators. ``missing``: as of :func:`missing_operators`."""
    found: dict[tuple[str, ...], list[str]] = {}
    declared = tuple(declared)
    for channel, model in {} if tuple(stated) else chosen.items():
        spoken = speaks_for(channel, model, declared, sites)
        if spoken and channel not in missing:
            found.setdefault(tuple(sorted(spoken)), []).append(channel)
    return found


def _lists(sites: Sites) -> list[_List]:
    """What each list speaks for, by its record; by the table where the records do not say."""
    stated_lists = [_list_of(record) for record in sites.records]
    if stated_lists and all(each.technologies for each in stated_lists):
        return stated_lists
    return [_List(*_of_table(sites.table))]


def _list_of(record: InputRecord) -> _List:
    technologies = _names(record, "cells" if record.layer == "cells" else "technologies")
    operators = _names(record, "operators")
    speaks_for_all = record.layer == "cells" or not operators or "" in operators
    return _List(technologies, None if speaks_for_all else operators)


def _names(record: InputRecord, fact: str) -> frozenset[str]:
    """The names that a record states: a list of them, or how many there are of each."""
    stated = record.facts.get(fact)
    return frozenset(map(str, stated)) if isinstance(stated, Mapping | list | tuple) else frozenset()


def _of_table(table: pd.DataFrame) -> tuple[frozenset[str], frozenset[str] | None]:
    operators = frozenset(table["operator"])
    return frozenset(table["technology"]), None if "" in operators else operators
