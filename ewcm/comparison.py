"""Two results of one country side by side: what may be called change, what changed, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.analysis.areas import whole_shares
from ewcm.analysis.compare import Side, became_known, compared, levels_at, offset_of
from ewcm.core.finding import Caveat
from ewcm.core.fraction import LEVELS
from ewcm.core.grid import blocks
from ewcm.core.layer import Layer
from ewcm.core.record import EXERCISE, STARTER
from ewcm.core.texts import caveat_texts
from ewcm.countries import Country
from ewcm.errors import InputError, SettingsError
from ewcm.result import CountryResult

#: Settings that a model's coverage depends on, beside those of a technology.
_OF_MODEL = {
    "radius": ("radius_low", "radius_high"),
    "p1812": (
        "calibration", "threshold_margin_db", "location_sigma_db", "receiver_height_m", "max_range_km", "delta_n", "n0",
        "time_pct", "propagation_method", "propagation_step_m",
    ),
    "estimated": ("radius_low", "radius_high"),
}  # fmt: skip

#: Settings of a technology that a model's coverage of it depends on.
_OF_TECHNOLOGY = {"radius": "radius_km", "estimated": "radius_km", "p1812": "link_budgets"}

#: What stands where two results may be called before and after, and where they may not.
CHANGE, DIFFERENCE = "change", "difference"

#: How many areas a sentence names.
_NAMED = 5


@dataclass(frozen=True)
class Comparison:
    """What differs between two results of one country.

    ``table``: a row an area and service, the country first; columns ``level``, ``area_id``, ``name``, ``service``, ``kind`` and
    :data:`ewcm.analysis.compare.FIGURES` [persons]. ``kind``: ``change``, or ``difference`` where two methods or operators are
    set side by side. ``not_comparable``: names of areas and why. ``caveats``: what to know first. ``operators``: of before and
    after, None for all together.
    """

    before: CountryResult
    after: CountryResult
    kind: str
    table: pd.DataFrame
    not_comparable: tuple[tuple[str, str], ...]
    caveats: tuple[Caveat, ...]
    refused: dict[str, str]
    operators: tuple[str | None, str | None] = (None, None)
    names: tuple[str, str] = ("before", "after")

    @property
    def services(self) -> tuple[str, ...]:
        """The services that are compared."""
        return tuple(dict.fromkeys(self.table["service"]))

    @property
    def about(self) -> Country:
        """The country that both are of; where one of them is made up for an exercise, under the names that say so."""
        return next(
            (one.data.country for one in (self.before, self.after) if one.data.exercise), self.after.data.country
        )

    @property
    def country(self) -> pd.DataFrame:
        """The rows of the country, one a service."""
        return self.table[self.table["level"] == self.table["level"].min()].reset_index(drop=True)

    def row(self, service: str) -> dict[str, Any]:
        """The figures of the country for a service; None where they are not known."""
        rows = self.country
        found = rows[rows["service"] == service].iloc[0].to_dict()
        return {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in found.items()}

    @property
    def headline_service(self) -> str | None:
        """The first of `any`, `3G+` and `4G+` whose change is told; None where there is none."""
        with_uncovered = (name for name in ("any", "3G+", "4G+") if name in self.services and name not in self.refused)
        return next((name for name in with_uncovered if self.row(name)["uncovered_change"] is not None), None)

    def geobox(self) -> GeoBox:
        """The grid that holds both: that of before, made larger where after reaches farther."""
        rows, cols = offset_of(self.before.geobox, self.after.geobox)
        first, second = self.before.geobox, self.after.geobox
        top, left = min(0, rows), min(0, cols)
        bottom = max(int(first.shape[0]), rows + int(second.shape[0]))
        right = max(int(first.shape[1]), cols + int(second.shape[1]))
        return GeoBox((bottom - top, right - left), first.affine @ Affine.translation(left, top), first.crs)

    def layers(self, service: str) -> list[Layer]:
        """People out of reach before and after, their change, and the change of the covered share that did not merely become
        known, of a service, on the grid that holds both; NaN where a result has no people or does not know."""
        before, after = sides(self.before, self.after, self.operators)
        whole = self.geobox()
        column = self.before.coverage.services[service].column
        found = {name: np.full(whole.shape.yx, np.nan, np.float32) for name in ("before", "after", "covered")}
        for side, other, name in ((before, after, "before"), (after, before, "after")):
            row, col = offset_of(whole, side.geobox)
            offset = offset_of(side.geobox, other.geobox)
            for rows in blocks(side.people.shape[0]):
                own, there = levels_at(side, other, offset, service, rows)
                people = side.people[rows]
                target = slice(rows.start + row, rows.stop + row), slice(col, col + people.shape[1])
                known = (own.unknown < LEVELS) & (np.isfinite(people) if side.tells_uncovered(service) else False)
                found[name][target] = np.where(known, people * (own.uncovered / LEVELS), np.nan)
                if name == "before":
                    real = there.covered - own.covered - became_known(own, there).covered
                    both = np.isfinite(people) & ((own.unknown < LEVELS) | (there.unknown < LEVELS))
                    found["covered"][target] = np.where(both, real / LEVELS, np.nan)
        change = found["after"] - found["before"]
        return [
            Layer(f"uncovered_before_{column}", "persons", whole, found["before"]),
            Layer(f"uncovered_after_{column}", "persons", whole, found["after"]),
            Layer(f"uncovered_change_{column}", "persons", whole, change),
            Layer(f"coverage_change_{column}", "1", whole, found["covered"]),
        ]


def sides(before: CountryResult, after: CountryResult, operators: tuple[str | None, str | None]) -> tuple[Side, Side]:
    """Both results as they are compared: the people of the country alone, and its areas."""
    found = []
    for result, operator in zip((before, after), operators, strict=True):
        zones = tuple(whole_shares(each) for each in result.zones) if result.outside > 0 else result.zones
        found.append(Side(result.geobox, result.own_people, result.coverage, zones, operator))
    return found[0], found[1]


def compare_results(
    before: CountryResult,
    after: CountryResult,
    *,
    services: Sequence[str] = (),
    operators: Sequence[str] = (),
    difference: bool = False,
    names: tuple[str, str] = ("before", "after"),
) -> Comparison:
    """Set two results of one country side by side.

    ``services``: which (default: all that both know of). ``operators``: one name for the network of one operator in both, two
    for two operators. ``difference``: what differs between methods is told too, and called a difference.

    Raises :class:`InputError` or :class:`SettingsError` in one line: for two countries, grids whose cells are not the same,
    modelled people beside a user's, and where nothing is left that may be called change.
    """
    one, two = before.data.country, after.data.country
    if one.iso3 != two.iso3:
        raise InputError(f"compare: {one.name} and {two.name} are two countries; name two results of one")
    grades = before.data.grade, after.data.grade
    if grades[0] != grades[1] and not difference:
        made = next(grade for grade in (STARTER, EXERCISE) if grade in grades)
        what = "STARTER DATA" if made == STARTER else "made up for an exercise"
        raise InputError(
            f"compare: {names[grades.index(made)]} is {what} and the other is not: what differs is no change; "
            "run it with your own data, or ask for the difference (--difference)"
        )
    pair = _operators(before, after, operators)
    offset = offset_of(before.geobox, after.geobox)
    wanted = _services(before, after, services)
    refused = {} if difference else {name: text for name in wanted if (text := _methods_apart(before, after, name))}
    apart = {name: text for name in wanted if (text := _methods_apart(before, after, name))} if difference else refused
    if refused and len(refused) == len(wanted):
        raise InputError(
            f"compare: coverage was worked out differently ({next(iter(refused.values()))}), so that what differs is no change; "
            "run both with the same models and settings, or ask for the difference (--difference)"
        )
    kind = DIFFERENCE if (apart and difference) or pair[0] != pair[1] or grades[0] != grades[1] else CHANGE
    first, second = sides(before, after, pair)
    table, others = compared(first, second, offset, {name: name not in refused for name in wanted})
    table.insert(table.columns.get_loc("service") + 1, "kind", kind)
    caveats = tuple(_caveats(before, after, kind, apart, others, offset))
    return Comparison(before, after, kind, table, others, caveats, refused, pair, names)


def _operators(before: CountryResult, after: CountryResult, operators: Sequence[str]) -> tuple[str | None, str | None]:
    if not operators:
        return None, None
    if isinstance(operators, str) or len(operators) > 2:
        raise SettingsError("compare: operators is a list of one name (in both) or of two (before, after)")
    pair = operators[0], operators[-1]
    for result, name in zip((before, after), pair, strict=True):
        if name not in result.coverage.operators:
            known = ", ".join(result.coverage.operators) or "none"
            raise SettingsError(f"compare: '{name[:40]}' is no operator of {result.data.country.name} there ({known})")
    return pair


def _services(before: CountryResult, after: CountryResult, services: Sequence[str]) -> list[str]:
    known = [name for name in before.coverage.services if name in after.coverage.services]
    known = [name for name in known if before.coverage.known(name) or after.coverage.known(name)]
    if not known:
        raise InputError("compare: nothing is known of the coverage in either result; there is nothing to compare")
    if missing := [name for name in services if name not in known]:
        raise SettingsError(f"compare: '{missing[0][:40]}' is known in neither; use some of {', '.join(known)}")
    return list(services) or known


def _methods_apart(before: CountryResult, after: CountryResult, service: str) -> str:
    """How the methods differ by which the coverage of a service was worked out; empty where they do not."""
    for channel in before.coverage.services[service].channels:
        one, two = before.coverage.chosen.get(channel), after.coverage.chosen.get(channel)
        if one is None or two is None:
            continue
        if one.name != two.name:
            return f"{channel}: {one.name}, then {two.name}"
        for name in _OF_MODEL.get(one.name, ()):
            first, second = getattr(before.settings, name), getattr(after.settings, name)
            if first != second:
                return f"{channel}: {name} {first}, then {second}"
        setting = _OF_TECHNOLOGY.get(one.name)
        if setting is not None:
            first, second = (getattr(each.settings, setting).get(channel) for each in (before, after))
            if first != second:
                return f"{channel}: {setting} {first}, then {second}"
    return ""


def _caveats(
    before: CountryResult,
    after: CountryResult,
    kind: str,
    apart: dict[str, str],
    others: Sequence[tuple[str, str]],
    offset: tuple[int, int],
) -> list[Caveat]:
    """What a reader must know, the gravest first."""
    found: list[Caveat] = []

    def say(code: str, **values: Any) -> None:
        text = caveat_texts("en")[f"compare_{code}"].format(**values)
        found.append(Caveat(f"compare_{code}", text, values))

    if kind == DIFFERENCE:
        say("difference")
    if apart:
        say("methods" if kind == CHANGE else "methods_shown", services=", ".join(apart), how=next(iter(apart.values())))
    channels = [set(result.coverage.chosen) for result in (before, after)]
    if one_sided := sorted(channels[0] ^ channels[1]):
        say("sources", technologies=", ".join(one_sided))
    estimated = [
        name
        for name, model in before.coverage.chosen.items()
        if name in after.coverage.chosen and model.name == after.coverage.chosen[name].name == "estimated"
    ]
    if estimated:
        say("estimated", technologies=", ".join(estimated))
    alone: list[Any] = [
        caveat.values["operators"]
        for result in (before, after)
        for caveat in result.caveats
        if caveat.code == "operators_taken_as_all"
    ]
    if operators := list(dict.fromkeys(str(name) for names in alone for name in names)):
        say("operators", operators=", ".join(operators))
    records = [result.data.records for result in (before, after)]
    if all(any(record.layer == "cells" for record in each) for each in records):
        say("crowd")
    people = [next((record for record in each if record.layer == "population"), None) for each in records]
    if people[0] is not None and people[1] is not None and people[0].sha256 != people[1].sha256:
        say("people")
    if offset != (0, 0) or before.geobox.shape != after.geobox.shape:
        say("grids")
    if others:
        names = [name for name, _ in others]
        more = f" … ({len(names)})" if len(names) > _NAMED else ""
        say("areas", areas=", ".join(names[:_NAMED]) + more)
    return found
