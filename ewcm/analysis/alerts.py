"""Who is inside an alert, whom each channel reaches there, and who is left: sums over the grid cells of its ground.

Of each grid cell i with people Pᵢ the share αᵢ lies inside (exact, people taken to live evenly over the cell), and of them a
channel c reaches the share sᵢ: inside = Σ Pᵢ αᵢ, reached = Σ Pᵢ αᵢ sᵢ. Together (docs/method-alerts.md) channels are bounded
as :func:`ewcm.core.fraction.separate` bounds them; what is not known enters no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from ewcm.analysis.naming import nearest_number
from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS, Case, Shares, separate, side_by_side
from ewcm.core.grouped import places_by_number
from ewcm.core.polygon_shares import polygon_shares
from ewcm.core.zones import MIXED, OUTSIDE, Zones, cells_of
from ewcm.coverage.combine import Coverage

#: The three parts of the people inside, as columns of sums.
REACHED, LEFT, NOT_KNOWN = range(3)


@dataclass(frozen=True)
class AlertCells:
    """The inhabited grid cells that the ground of an alert touches. ``cell``: flat indices, in order. ``people``: persons inside,
    of each cell (Pᵢ αᵢ). ``geobox``: the grid. ``known``: whether the ground is."""

    geobox: GeoBox
    cell: np.ndarray
    people: np.ndarray
    known: bool = True

    @property
    def inside(self) -> float:
        """People inside [persons]."""
        return float(self.people.sum())


@dataclass(frozen=True)
class ChannelReach:
    """What one channel reaches of the people inside.

    ``shares``: by case, of each cell; None where nothing is known of the channel. ``tells_left``: whether it is known of
    anybody that the channel does not reach them.
    """

    name: str
    state: str
    shares: Mapping[Case, Shares] | None
    tells_left: bool = True

    def of(self, cells: slice | np.ndarray) -> ChannelReach:
        """The same channel in some of the cells (places in the arrays)."""
        shares = None if self.shares is None else {case: part.cells(cells) for case, part in self.shares.items()}
        return replace(self, shares=shares)


def cells_inside(
    ground: Sequence[shapely.Geometry], people_at: Callable[[np.ndarray], np.ndarray], geobox: GeoBox
) -> AlertCells:
    """The cells of shapes in longitude and latitude with people inside; ground of several shapes counts once.

    ``people_at``: the people of some cells (flat indices).
    """
    whole = gpd.GeoSeries([united(ground)], crs="EPSG:4326")
    found = []
    for shape in grid.projected_to(geobox, whole):
        found += list(cells_of(grid.on_grid(shape, geobox), geobox, polygon_shares))
    cell = np.concatenate([np.zeros(0, np.int64), *(each[0] for each in found)])
    share = np.concatenate([np.zeros(0), *(each[1] for each in found)])
    inside = np.nan_to_num(people_at(cell).astype(np.float64)) * np.minimum(share, 1.0)
    some = inside > 0
    cell, inside = cell[some], inside[some]
    if (np.diff(cell) < 0).any():  # each shape has its cells in order
        order = np.argsort(cell, kind="stable")
        cell, inside = cell[order], inside[order]
    return AlertCells(geobox, cell, inside)


def united(ground: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Shapes as one; where parts overlap, the overlap stays."""
    parts = shapely.get_parts(np.array(list(ground), dtype=object))
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])


def coverage_in(
    coverage: Coverage, service: str, case: Case, cells: AlertCells, operators: Sequence[str] = ()
) -> Shares:
    """The shares of a service in the cells of an alert, for all operators together or for some of them side by side."""
    rows, cols = cells.geobox.shape
    found: dict[str | None, list[Shares]] = {each: [] for each in operators or (None,)}
    for block in grid.blocks(rows):
        start, stop = np.searchsorted(cells.cell, [block.start * cols, block.stop * cols])
        if start == stop:
            continue
        here = cells.cell[start:stop]
        near = slice(int(here[0] // cols), int(here[-1] // cols) + 1)
        for operator, parts in found.items():
            parts.append(coverage.shares(service, case, near, operator).flat(here - near.start * cols))
    return side_by_side([_joined(parts) for parts in found.values()])


def _joined(parts: list[Shares]) -> Shares:
    covered = np.concatenate([np.zeros(0, np.uint16), *(part.covered for part in parts)])
    if all(part.unknown is None for part in parts):
        return Shares(covered)
    return Shares(covered, np.concatenate([part.unknown_level() for part in parts]))


def with_devices(shares: Mapping[Case, Shares], devices: Mapping[Case, float] | None) -> dict[Case, Shares]:
    """The shares of people who are within a channel's footprint and have its device.

    With the footprint's share f and that of people with the device p: at least max(0, f + p − 1), at most min(f, p) (the
    bounds of Fréchet, 1935), and f p as if the two were independent. ``devices``: p by case, None where it is not known: then
    nobody in the low case, at most f in the high one, and nothing is known in between.
    """
    found: dict[Case, Shares] = {}
    for case, part in shares.items():
        share = None if devices is None else devices[case]
        if share == 1.0:
            found[case] = part
            continue
        found[case] = _some_at_a_time(partial(_with_devices, devices=share, case=case), [part])
    return found


def _with_devices(part: Shares, *, devices: float | None, case: Case) -> Shares:
    covered = part.covered_level().astype(np.float64)
    possible = covered + part.unknown_level()
    if devices is None:
        reached = covered if case == "high" else np.zeros_like(covered)
        most = possible
    else:
        reached, most = (_both(each, devices * LEVELS, case) for each in (covered, possible))
    level = np.rint(reached).astype(np.uint16)
    return Shares(level, np.maximum(np.rint(most) - level, 0).astype(np.uint16))


#: Cells that are worked out at a time: arrays in between then fit into memory that is there already.
_AT_A_TIME = 1 << 18


def _some_at_a_time(work: Callable[..., Shares], parts: Sequence[Shares]) -> Shares:
    """The shares that ``work`` makes of some others, where each cell can be worked out without the rest."""
    cells = parts[0].covered.size
    if cells <= _AT_A_TIME:
        return work(*parts)
    covered, unknown = np.empty(cells, np.uint16), np.empty(cells, np.uint16)
    for start in range(0, cells, _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        found = work(*(part.cells(some) for part in parts))
        covered[some], unknown[some] = found.covered, found.unknown_level()
    return Shares(covered, unknown)


def _both(footprint: np.ndarray, devices: float, case: Case) -> np.ndarray:
    """Levels of those who are in a footprint and have a device."""
    if case == "low":
        return np.maximum(footprint + devices - LEVELS, 0.0)
    return np.minimum(footprint, devices) if case == "high" else footprint * devices / LEVELS


def together(channels: Sequence[ChannelReach], carried: Sequence[str]) -> ChannelReach:
    """All channels of which something is known, bounded. ``carried``: those that travel by mobile networks and mostly on the
    same phones: among these the largest share counts, so that nobody is added twice."""
    known = [channel for channel in channels if channel.shares is not None]
    if not known:
        return ChannelReach("together", "unknown", None, False)
    mobile = [channel for channel in known if channel.name in carried]
    others = [channel for channel in known if channel.name not in carried]
    shares: dict[Case, Shares] = {}
    for case in CASES:
        parts = [each.shares[case] for each in others if each.shares is not None]
        group = [each.shares[case] for each in mobile if each.shares is not None]
        shares[case] = _some_at_a_time(partial(_together, carried=len(group), case=case), [*group, *parts])
    state = "assumed" if any(channel.state == "assumed" for channel in known) else "known"
    return ChannelReach("together", state, shares, all(channel.tells_left for channel in known))


def _together(*parts: Shares, carried: int, case: Case) -> Shares:
    """``carried``: how many of the parts, the first ones, travel by mobile networks. Whoever has no signal gets none of what it
    carries: together they say who is left."""
    group, others = list(parts[:carried]), parts[carried:]
    return separate([_carried(group), *others] if group else others, case)


def _carried(group: list[Shares]) -> Shares:
    if len(group) == 1:
        return group[0]
    covered = np.maximum.reduce([each.covered_level() for each in group])
    possible = np.maximum.reduce([each.covered_level() + each.unknown_level() for each in group])
    return Shares(covered, (possible - covered).astype(np.uint16))


def sums(channel: ChannelReach, people: np.ndarray) -> dict[str, float | None]:
    """People reached, left and not known [persons] of some people by cell, with the range over the cases.

    ``_low`` and ``_high`` are the least and the most of a figure. Where nothing is known of anybody, reached is not known; where
    nobody can be known to be left, left is not.
    """
    everybody = float(people.sum())
    names = ("reached", "reached_low", "reached_high", "left", "left_low", "left_high")
    unknown = {"unknown": everybody, "unknown_low": everybody, "unknown_high": everybody}
    if channel.shares is None:
        return {**dict.fromkeys(names), **unknown}
    by_case = np.array([_parts(channel.shares[case], people) for case in CASES])
    low, central, high = (by_case[CASES.index(case)] for case in ("low", "central", "high"))
    if everybody > 0 and not by_case[:, :NOT_KNOWN].any():
        return {**dict.fromkeys(names), **unknown}
    left = (central[LEFT], by_case[:, LEFT].min(), by_case[:, LEFT].max()) if channel.tells_left else (None, None, None)
    reached = (central[REACHED], low[REACHED], high[REACHED])
    nothing = (central[NOT_KNOWN], by_case[:, NOT_KNOWN].min(), by_case[:, NOT_KNOWN].max())
    values = [None if value is None else float(value) for value in (*reached, *left, *nothing)]
    return dict(zip((*names, *unknown), values, strict=True))


def _parts(shares: Shares, people: np.ndarray) -> np.ndarray:
    """People reached, left and not known."""
    found = np.zeros(3)
    for start in range(0, people.size, _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        part = shares.cells(some)
        for number, level in enumerate((part.covered_level(), part.uncovered_level(), part.unknown_level())):
            # No dot product: its digits depend on the threads of the machine, and threads that wait for each other take longer.
            if level.any():
                share = level / LEVELS
                share *= people[some]
                found[number] += share.sum()
    return found


def by_area(
    cells: AlertCells, channels: Sequence[ChannelReach], zones: Zones, places: np.ndarray | None = None
) -> pd.DataFrame:
    """A row for each area with people inside and each channel; the last area, without a name, is the ground of the alert that
    lies in none. ``places``: of the cells in the grid of the zones (flat, rising), where that is a part of theirs."""
    parts = _by_zone(cells.people, zones, cells.cell if places is None else places)
    rows = []
    for area, where, people in parts:
        if people.sum() <= 0:
            continue
        about: dict[str, object] = {"level": None, "area_id": "", "name": ""}
        if area is not None:
            about = {key: zones.table[key].iloc[area] for key in ("level", "area_id", "name") if key in zones.table}
        for channel in channels:
            figures = sums(channel.of(where), people)
            rows.append({**about, "channel": channel.name, "state": channel.state, "inside": people.sum(), **figures})
    return pd.DataFrame(rows)


def _by_zone(
    people: np.ndarray, zones: Zones, cells: np.ndarray
) -> list[tuple[int | None, slice | np.ndarray, np.ndarray]]:
    """The people of some cells by zone: its number, the places of its cells, and the people in each of them; at last those in no
    zone, whose number is None. ``cells``: flat indices in the grid of the zones, rising."""
    label = zones.labels.reshape(-1)[cells].astype(np.int32)
    labelled = places_by_number(label - MIXED, zones.size - MIXED)
    whole = {number + MIXED: _consecutive(where) for number, where in labelled}
    outside, split = whole.pop(OUTSIDE, slice(0)), whole.pop(MIXED, slice(0))
    mixed = zones.mixed[zones.mixed["cell"].isin(cells[split])]
    place, area = np.searchsorted(cells, mixed["cell"]), mixed["area"].to_numpy()
    amount = people[place] * mixed["share"].to_numpy()
    parts: list[tuple[int | None, slice | np.ndarray, np.ndarray]] = []
    for number in sorted({*whole, *area.tolist()}):
        where, mine = whole.get(number, slice(0)), area == number
        here = people[where]
        if mine.any():
            where = np.concatenate([np.arange(people.size)[where], place[mine]])
            here = np.concatenate([here, amount[mine]])
        parts.append((number, where, here))
    nowhere = np.concatenate([np.arange(people.size)[each] for each in (outside, split)])
    rest = people[nowhere] - np.bincount(place, weights=amount, minlength=people.size)[nowhere]
    some = rest > 1e-9 * people[nowhere]
    return [*parts, (None, nowhere[some], rest[some])]


def _consecutive(places: np.ndarray) -> slice | np.ndarray:
    """Rising numbers without a gap as a slice, with which an array is looked at instead of copied."""
    first, last = int(places[0]), int(places[-1])
    return slice(first, last + 1) if last - first == places.size - 1 else places


def left_by_place(cells: AlertCells, channel: ChannelReach, places: pd.DataFrame) -> pd.DataFrame:
    """Where the people are whom no channel reaches: a row for each nearest place, most people first, then unknown ones.

    ``places``: ``name``, ``lat``, ``lon``. ``distance_km``: from the place to those left, in the mean. ``left_lat``,
    ``left_lon``: the grid cell in their middle, which may be on another island. Where it is not known who is left, those of whom
    nothing is known stand for them.
    """
    columns = [
        "place", "lat", "lon", "distance_km", "left_lat", "left_lon", "inside", "left", "left_low", "left_high", "unknown",
    ]  # fmt: skip
    if not len(places) or not cells.cell.size:
        return pd.DataFrame(columns=columns)
    rows, cols = grid.rows_and_columns(cells.geobox, cells.cell)
    lat, lon = grid.latlon(cells.geobox, rows + 0.5, cols + 0.5)
    nearest = nearest_number(lat, lon, places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64))
    found = []
    for number, where in places_by_number(nearest, len(places)):
        people, here = cells.people[where], channel.of(where)
        figures = sums(here, people)
        if people.sum() <= 0 or (not figures["left_high"] and not figures["unknown_high"]):
            continue
        about = places.iloc[number]
        weight = _weights(here, people)
        away = grid.distance_km(lat[where], lon[where], *np.array([[about["lat"]], [about["lon"]]], np.float64))
        middle = float(np.average(away, weights=weight)) if weight.any() else 0.0
        left_lat, left_lon = about["lat"], about["lon"]
        if weight.any():
            cell = where[_in_the_middle(lat[where], lon[where], weight)]
            left_lat = lat[cell]
            left_lon = lon[cell] + 360.0 * np.rint((about["lon"] - lon[cell]) / 360.0)  # in the frame of the place
        values = [figures["left"], figures["left_low"], figures["left_high"], figures["unknown"]]
        found.append([about["name"], about["lat"], about["lon"], middle, left_lat, left_lon, people.sum(), *values])
    table = pd.DataFrame(found, columns=columns)
    ranks = table[["left", "unknown"]].astype(float).fillna(-1.0)
    return table.loc[ranks.sort_values(["left", "unknown"], ascending=False, kind="stable").index].reset_index(
        drop=True
    )


def _in_the_middle(lat: np.ndarray, lon: np.ndarray, weight: np.ndarray) -> int:
    """Of some cells with people the one nearest to their median latitude and longitude: on the island where more than half of
    them live, where there is one."""

    def median(values: np.ndarray) -> np.ndarray:
        order = np.argsort(values, kind="stable")
        below = np.cumsum(weight[order])
        return values[order[[np.searchsorted(below, below[-1] / 2)]]]

    some = np.flatnonzero(weight)
    away = grid.distance_km(lat[some], lon[some], median(lat), median(lon))
    return int(some[np.argmin(away)])


def points_left(cells: AlertCells, channel: ChannelReach, points: pd.DataFrame) -> pd.DataFrame:
    """Points of interest in grid cells of whose people at least half are left or nothing is known, most people first: nobody
    would call a hospital in a covered town left since a thousandth of its cell is.

    ``points``: ``name``, ``kind``, ``lat``, ``lon``, those inside. ``inside``, ``left`` and the rest: people of the grid cell of
    the point; several points of one cell have the same people around them, so that these rows are not for adding up.
    """
    columns = ["place", "kind", "lat", "lon", "inside", "left", "left_low", "left_high", "unknown"]
    if not len(points) or not cells.cell.size:
        return pd.DataFrame(columns=columns)
    row, col = grid.cells_at(cells.geobox, points["lat"].to_numpy(np.float64), points["lon"].to_numpy(np.float64))
    height, width = cells.geobox.shape
    flat = np.where((row >= 0) & (row < height) & (col >= 0) & (col < width), row * width + col, -1)
    place = np.minimum(np.searchsorted(cells.cell, flat), cells.cell.size - 1)
    rows = []
    mine = np.flatnonzero(cells.cell[place] == flat)
    if channel.shares is not None:  # a look at all of them at once: most points have a signal
        central = channel.of(place[mine]).shares["central"]  # type: ignore[index]
        level = central.unknown_level().astype(np.int64)
        level += central.uncovered_level() if channel.tells_left else 0
        mine = mine[level >= LEVELS // 2]
    for number in mine:
        here = place[number : number + 1]
        figures = sums(channel.of(here), cells.people[here])
        inside = float(cells.people[here].sum())
        if inside > 0 and (figures["left"] or 0.0) + (figures["unknown"] or 0.0) >= inside / 2:
            about = points.iloc[int(number)]
            values = [figures[name] for name in ("left", "left_low", "left_high", "unknown")]
            rows.append([about["name"], about["kind"], about["lat"], about["lon"], inside, *values])
    table = pd.DataFrame(rows, columns=columns)
    ranks = table[["left", "unknown"]].astype(float).fillna(-1.0)
    order = ranks.sort_values(["left", "unknown"], ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _weights(channel: ChannelReach, people: np.ndarray) -> np.ndarray:
    if channel.shares is None:
        return people
    left = channel.shares["central"].uncovered_level() if channel.tells_left else np.zeros(1)
    part = left if left.any() else channel.shares["central"].unknown_level()
    weight: np.ndarray = people * part
    return weight
