"""What differs between two results of one country, split into people and coverage without a rest.

Of a grid cell with people p and uncovered share n, before (b) and after (a), the change p_a n_a − p_b n_b is

    (p_a − p_b) (n_a + n_b) / 2   by people, and   (n_a − n_b) (p_a + p_b) / 2   by coverage,

the symmetric split (Bennet 1920; the value of Shapley 1953 for two factors; Kitagawa 1955 for rates): no rest, and the order of
the two results changes the sign only. An ordered split would give what both do together to one of them.

What merely became known is apart. Of a cell the unknown share shrinks by d = u_b − u_a; of Δn = n_a − n_b as much is of what
became known as lies between 0 and d, the rest is change of coverage: the least change that the two results allow. Where a cell
is known whole or not at all, which is the rule, nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS, Case, Shares, nothing_known
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage
from ewcm.errors import InputError

#: Areas of one code are compared where their ground differs by no more than this share.
SAME_GROUND = 0.001

#: Columns of figures of the table, in order; all in persons.
FIGURES = (
    "people_before", "people_after", "people_change",
    "uncovered_before", "uncovered_after", "uncovered_change", "uncovered_change_low", "uncovered_change_high",
    "uncovered_by_people", "uncovered_by_coverage", "uncovered_newly_known",
    "covered_before", "covered_after", "covered_change",
    "covered_by_people", "covered_by_coverage", "covered_newly_known",
    "unknown_before", "unknown_after", "unknown_change", "unknown_by_people", "unknown_newly_known",
    "newly_known", "newly_unknown",
)  # fmt: skip

#: The sums of one side, as rows: of its own shares, of those of the other result, and of what became known.
_OWN = {"covered": 0, "uncovered": 1, "unknown": 2}
_OTHER = {"covered": 3, "uncovered": 4, "unknown": 5}
_KNOWN = {"covered": 6, "uncovered": 7, "unknown": 8}
_GAINED, _FORGOTTEN, _PEOPLE = 9, 10, 11
_ROWS = 12


@dataclass(frozen=True)
class Side:
    """One of the two results. ``people``: persons by grid cell. ``zones``: the country, then each level of areas.
    ``operator``: one network alone."""

    geobox: GeoBox
    people: np.ndarray
    coverage: Coverage
    zones: Sequence[Zones]
    operator: str | None = None

    def tells_uncovered(self, service: str) -> bool:
        """Whether anybody can be known to be out of reach."""
        if service not in self.coverage.services:
            return False
        if self.operator is None:
            return self.coverage.tells_uncovered(service)
        oldest = self.coverage.services[service].channels[0]
        model = self.coverage.chosen.get(oldest)
        return model is not None and self.operator in model.operators.get(oldest, ())


@dataclass(frozen=True)
class Levels:
    """Covered, uncovered and unknown levels (int32, 0..60000) of some cells."""

    covered: np.ndarray
    uncovered: np.ndarray
    unknown: np.ndarray

    @classmethod
    def of(cls, shares: Shares) -> Levels:
        """Those of shares."""
        covered, unknown = shares.covered_level().astype(np.int32), shares.unknown_level().astype(np.int32)
        return cls(covered, LEVELS - covered - unknown, unknown)

    def placed(self, shape: tuple[int, int], row: int, col: int, elsewhere: Levels) -> Levels:
        """These, their first cell at a row and column (which may be outside), and ``elsewhere`` where they are not."""
        found = [part.copy() for part in (elsewhere.covered, elsewhere.uncovered, elsewhere.unknown)]
        rows, cols = self.covered.shape
        top, left = max(row, 0), max(col, 0)
        bottom, right = min(row + rows, shape[0]), min(col + cols, shape[1])
        if bottom > top and right > left:
            for target, part in zip(found, (self.covered, self.uncovered, self.unknown), strict=True):
                target[top:bottom, left:right] = part[top - row : bottom - row, left - col : right - col]
        return Levels(*found)


def became_known(before: Levels, after: Levels) -> Levels:
    """How many levels of the change of each share are of what became known; they add up to 0."""
    gained = before.unknown - after.unknown
    least, most = np.minimum(gained, 0), np.maximum(gained, 0)
    uncovered = np.clip(after.uncovered - before.uncovered, least, most)
    return Levels(gained - uncovered, uncovered, -gained)


def offset_of(before: GeoBox, after: GeoBox) -> tuple[int, int]:
    """Rows and columns from the first cell of one grid to that of the other.

    Raises :class:`InputError` in one line where their cells are not the same.
    """
    one, two = before.affine, after.affine
    if str(before.crs) != str(after.crs):
        raise InputError(
            f"the grids are in {before.crs} and {after.crs}, whose cells are not the same; run both with people on one grid"
        )
    if any(abs(a - b) > 1e-6 * abs(one.a) for a, b in ((one.a, two.a), (one.b, two.b), (one.d, two.d), (one.e, two.e))):
        raise InputError(
            f"grid cells of {abs(one.a):g} and {abs(two.a):g} cannot be compared one by one; run both with people on one grid"
        )
    col, row = ~one @ (two.c, two.f)
    if max(abs(row - round(row)), abs(col - round(col))) > 1e-3:
        raise InputError(
            f"the cells of the grids lie {abs(col - round(col)):.3f} and {abs(row - round(row)):.3f} of a cell apart; "
            "run both with people on one grid"
        )
    row, col = round(row), round(col)
    if row >= before.shape[0] or col >= before.shape[1] or row <= -after.shape[0] or col <= -after.shape[1]:
        raise InputError("the grids have no cell in common; name two results of one country")
    return row, col


def levels_of(side: Side, service: str, case: Case, rows: slice) -> Levels:
    """The levels of a service in a block of rows; all unknown for a service of which the result knows nothing."""
    if service not in side.coverage.services:
        shape = rows.stop - rows.start, int(side.geobox.shape[1])
        nothing = np.zeros(shape, np.int32)
        return Levels(nothing, nothing, np.full(shape, LEVELS, np.int32))
    return Levels.of(side.coverage.shares(service, case, rows, side.operator))


def levels_at(side: Side, other: Side, offset: tuple[int, int], service: str, rows: slice) -> tuple[Levels, Levels]:
    """The central levels of a side in a block of its rows, and those of the other there; its own where the other's grid has no
    cell. ``offset``: of the other's first cell on this side's grid."""
    own = levels_of(side, service, "central", rows)
    first, last = max(0, rows.start - offset[0]), min(int(other.geobox.shape[0]), rows.stop - offset[0])
    if last <= first:
        return own, own
    there = levels_of(other, service, "central", slice(first, last))
    shape = own.covered.shape[0], own.covered.shape[1]
    return own, there.placed(shape, first + offset[0] - rows.start, offset[1], own)


def sums_of(
    side: Side, other: Side, offset: tuple[int, int], service: str, is_before: bool
) -> list[dict[str, np.ndarray]]:
    """For each set of zones of a side the sums by zone: ``central`` (figures × zones), and ``low`` and ``high``, the uncovered
    people of the other two cases."""
    found = [
        {
            "central": np.zeros((_ROWS, zones.size)),
            **{case: np.zeros(zones.size) for case in CASES if case != "central"},
        }
        for zones in side.zones
    ]
    for rows in grid.blocks(side.people.shape[0]):
        people = np.nan_to_num(side.people[rows].astype(np.float64)).reshape(-1)
        cells = np.flatnonzero(people > 0)
        if not cells.size:
            continue
        persons = people[cells]
        own, there = levels_at(side, other, offset, service, rows)
        known = became_known(own, there) if is_before else became_known(there, own)
        gained = -known.unknown
        values = [
            *(part for each in (own, there, known) for part in (each.covered, each.uncovered, each.unknown)),
            np.maximum(gained, 0),
            np.maximum(-gained, 0),
        ]
        weighted = [persons * (value.reshape(-1)[cells] / LEVELS) for value in values]
        margins = {
            case: persons * (levels_of(side, service, case, rows).uncovered.reshape(-1)[cells] / LEVELS)
            for case in CASES
            if case != "central"
        }
        for zones, sums in zip(side.zones, found, strict=True):
            of_cells = zones.block(rows).of_cells(cells)
            sums["central"] += np.stack([_by_zone(of_cells, value) for value in (*weighted, persons)])
            for case, value in margins.items():
                sums[case] += _by_zone(of_cells, value)
    return found


def _by_zone(zones: Zones, values: np.ndarray) -> np.ndarray:
    """Sums of the values of some cells by zone."""
    label = zones.labels.reshape(-1)
    whole = label >= 0
    total = np.bincount(label[whole], weights=values[whole], minlength=zones.size)
    mixed = zones.mixed
    share = values[mixed["cell"].to_numpy()] * mixed["share"].to_numpy()
    return total + np.bincount(mixed["area"].to_numpy(), weights=share, minlength=zones.size)


def parts(
    before: dict[str, np.ndarray], after: dict[str, np.ndarray], uncovered_known: tuple[bool, bool], is_change: bool
) -> dict[str, np.ndarray]:
    """The columns ``FIGURES`` from the sums of both sides for the same zones; NaN where a figure is not known.

    ``uncovered_known``: whether it is known of anybody before and after that they are out of reach. ``is_change``: False leaves
    what was before and after, and nothing of their difference.
    """
    b, a = before["central"], after["central"]
    found = {"people_before": b[_PEOPLE], "people_after": a[_PEOPLE], "people_change": a[_PEOPLE] - b[_PEOPLE]}
    for name in ("uncovered", "covered", "unknown"):
        own, other, known = _OWN[name], _OTHER[name], _KNOWN[name]
        found[f"{name}_before"], found[f"{name}_after"] = b[own], a[own]
        # In this order, so that it is 0 to the last digit where nobody moved.
        by_people = ((a[own] - b[other]) + (a[other] - b[own])) / 2
        newly = (a[known] + b[known]) / 2
        found[f"{name}_by_people"], found[f"{name}_newly_known"] = by_people, newly
        if name == "unknown":
            found["unknown_change"] = by_people + newly
            continue
        by_coverage = (a[own] - a[other] + b[other] - b[own]) / 2 - newly
        found[f"{name}_by_coverage"] = by_coverage
        found[f"{name}_change"] = by_people + by_coverage + newly
    cases = np.stack([found["uncovered_change"], *(after[case] - before[case] for case in ("low", "high"))])
    found["uncovered_change_low"], found["uncovered_change_high"] = cases.min(axis=0), cases.max(axis=0)
    found["newly_known"], found["newly_unknown"] = ((a[row] + b[row]) / 2 for row in (_GAINED, _FORGOTTEN))
    for is_known, names in (
        (uncovered_known[0], ("uncovered_before",)),
        (uncovered_known[1], ("uncovered_after",)),
        (
            all(uncovered_known),
            [name for name in FIGURES if name.startswith("uncovered_") and not name.endswith(("before", "after"))],
        ),
        (is_change, [name for name in FIGURES if not name.endswith(("_before", "_after")) and name != "people_change"]),
    ):
        for name in names:
            found[name] = found[name] if is_known else np.full_like(found[name], np.nan)
    _leave_out_unknown(found)
    return {name: found[name] for name in FIGURES}


def _leave_out_unknown(found: dict[str, np.ndarray]) -> None:
    """NaN for people covered and out of reach in zones where nothing is known of anybody, in place: on the side where that is
    so, and of the change where it is so on both."""
    nothing = {end: nothing_known(found[f"people_{end}"], found[f"unknown_{end}"]) for end in ("before", "after")}
    for name in FIGURES:
        figure, _, end = name.partition("_")
        if figure in ("covered", "uncovered"):
            unknown = nothing.get(end, nothing["before"] & nothing["after"])
            found[name] = np.where(unknown, np.nan, found[name])


@dataclass(frozen=True)
class Matched:
    """The zones of one set in both results: rows of both tables by ``area_id``; numbers of those that can be compared, and the
    names and reasons of the others."""

    table: pd.DataFrame
    before: np.ndarray
    after: np.ndarray
    others: tuple[tuple[str, str], ...]


def matched(before: Zones, after: Zones, is_country: bool) -> Matched:
    """The zones that two sets have in common, by their codes; the country is itself whatever its code.

    Zones of one code whose ground differs by more than ``SAME_GROUND`` of both together are not compared.
    """
    if is_country:
        columns = [name for name in ("level", "area_id", "name") if name in after.table]
        return Matched(pd.DataFrame(after.table[columns].iloc[:1]), np.array([0]), np.array([0]), ())
    second = {str(code): number for number, code in enumerate(after.table["area_id"])}
    pairs, others = [], []
    for number, (code, name) in enumerate(zip(before.table["area_id"], before.table["name"], strict=True)):
        other = second.pop(str(code), None)
        if other is None:
            others.append((str(name), "before"))
        elif _apart(before.table.geometry.iloc[number], after.table.geometry.iloc[other]):
            others.append((str(name), "ground"))
        else:
            pairs.append((number, other))
    others += [(str(after.table["name"].iloc[number]), "after") for number in second.values()]
    pairs.sort(key=lambda pair: str(before.table["area_id"].iloc[pair[0]]))
    one, two = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    table = pd.DataFrame(before.table.iloc[one][["level", "area_id", "name"]]).reset_index(drop=True)
    return Matched(table, one, two, tuple(others))


def _apart(one: shapely.Geometry, two: shapely.Geometry) -> bool:
    if one.equals_exact(two, 1e-9):
        return False
    both = shapely.union(one, two).area
    return bool(both > 0 and shapely.symmetric_difference(one, two).area > SAME_GROUND * both)


def compared(
    before: Side,
    after: Side,
    offset: tuple[int, int],
    services: Mapping[str, bool],
) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """A row an area and service, the country first, and the areas that cannot be compared with the reason (``before`` or
    ``after``: only that result has them; ``ground``).

    ``services``: which are compared, and whether what differs is known.
    """
    sets = list(_sets(before.zones, after.zones))
    frames, others = [], tuple(each for match, *_ in sets for each in match.others)
    for service, is_known in services.items():
        one = sums_of(before, after, offset, service, True)
        two = sums_of(after, before, (-offset[0], -offset[1]), service, False)
        uncovered_known = before.tells_uncovered(service), after.tells_uncovered(service)
        for match, first, second in sets:
            b = {key: value[..., match.before] for key, value in one[first].items()}
            a = {key: value[..., match.after] for key, value in two[second].items()}
            figures = pd.DataFrame(parts(b, a, uncovered_known, is_known))
            frames.append(match.table.reset_index(drop=True).assign(service=service).join(figures))
    table = pd.concat(frames, ignore_index=True)
    order = {service: number for number, service in enumerate(services)}
    place = table["service"].map(order)
    return table.iloc[np.lexsort((place, table["area_id"].astype(str), table["level"]))].reset_index(drop=True), others


def _sets(before: Sequence[Zones], after: Sequence[Zones]) -> Iterator[tuple[Matched, int, int]]:
    """The country, then each level of areas that both results have, with the numbers of the sets."""
    yield matched(before[0], after[0], True), 0, 0
    second = {zones.level: number for number, zones in enumerate(after) if number}
    for number, zones in enumerate(before):
        if number and zones.level in second:
            yield matched(zones, after[second[zones.level]], False), number, second[zones.level]
