"""Centres that each serve most of the people whom no earlier one serves, on a lattice of degrees.

Greedy choice for maximal coverage (Cornuéjols, Fisher and Nemhauser, Management Science 23(8), 1977), lazily: what a place could
serve only falls as people are claimed, so that an old value is a bound, and is worked out anew only where it is the largest
(Minoux, LNCIS 7, 1978); here for tiles of near places, all of which take hardly more time than one. A disc is a span of columns
in each row, and the people in a span are a difference of two running sums of the row. People stand at the points of the lattice,
or are *whole groups* with a place and an extent, served by a centre only where all of the extent lies within the radius. Sums are
exact, and so independent of order and threads, where people are multiples of 2**-28 and fewer than 3·10⁷ in a disc.
"""

import math
from typing import NamedTuple

import numpy as np

from ewcm_kernels.bands import run
from ewcm_kernels.compiled import njit
from ewcm_kernels.discs import EARTH_RADIUS_KM

#: Side of the tiles of places that are worked out together, and tiles that a thread works out in one go.
_TILE = 32
_TILES_A_JOB = 256

#: A column this near [columns] to the edge of a disc is in it: rounding must not depend on the side of the centre.
_SLACK_COLS = 1e-9


class Lattice(NamedTuple):
    """Points in rows of one latitude each, in columns of one step.

    ``row_lat_deg``: float64 (rows,), steadily rising or falling. ``step_deg``: from column to column, eastwards. ``cols``:
    columns; where they go round the earth once, the last is beside the first.
    """

    row_lat_deg: np.ndarray
    step_deg: float
    cols: int

    @property
    def wraps(self) -> bool:
        """Whether the last column is beside the first."""
        return abs(self.cols * self.step_deg - 360.0) < 1e-6


class Groups(NamedTuple):
    """Groups of people that go to one centre whole: ``row``, ``col`` (int64), ``people`` (float64, above 0) and ``extent_km``
    (float64), the distance from that point of the lattice to their farthest member, at most the radius."""

    row: np.ndarray
    col: np.ndarray
    people: np.ndarray
    extent_km: np.ndarray


class Centres(NamedTuple):
    """Centres in the order in which they were chosen.

    ``row``, ``col``: int64 (centres,). ``owner``: int32 (rows, cols), the first centre within whose radius each point of the
    lattice lies, -1 where none does. ``group_owner``: int32 (groups,).
    """

    row: np.ndarray
    col: np.ndarray
    owner: np.ndarray
    group_owner: np.ndarray


@njit(cache=True, nogil=True)
def _half_widths(lat, step, cols, limit, reach, first, past_last, out):
    # Haversine: sin²(d/2) = sin²(Δlat/2) + cos·cos·sin²(Δlon/2); limit: sin²(angle/2) for each row that holds people.
    for row in range(first, past_last):
        for place in range(2 * reach + 1):
            other = row - reach + place
            out[row, place] = -1
            if other < 0 or other >= lat.size or limit[other] < 0.0:
                continue
            rest = limit[other] - math.sin(0.5 * (lat[other] - lat[row])) ** 2
            if rest < 0.0:
                # The row of the centre itself is always reached.
                out[row, place] = 0 if other == row else -1
                continue
            share = math.cos(lat[other]) * math.cos(lat[row])
            if rest >= share:
                out[row, place] = cols
            else:
                width = 2.0 * math.asin(math.sqrt(rest / share)) / step + _SLACK_COLS
                out[row, place] = cols if width >= cols else np.int32(width)


def half_widths(lattice: Lattice, limit_km: np.ndarray) -> np.ndarray:
    """Columns on either side that lie within ``limit_km`` (float64 (rows,), of the row where the people are; below 0: none) of
    a point of each row: int32 (rows, 2·n + 1), from the n-th row before to the n-th after it, -1 where none does."""
    lat = np.radians(lattice.row_lat_deg)
    spacing = np.abs(np.diff(lat)).min(initial=math.pi)
    angle = max(0.0, float(limit_km.max(initial=0.0))) / EARTH_RADIUS_KM
    reach = min(lat.size, int(angle / spacing + 1e-9))
    limit = np.where(limit_km < 0, -1.0, np.sin(0.5 * np.minimum(limit_km / EARTH_RADIUS_KM, math.pi)) ** 2)
    out = np.empty((lat.size, 2 * reach + 1), np.int32)
    jobs = [(first, min(lat.size, first + 256)) for first in range(0, lat.size, 256)]
    run(_half_widths, [(lat, math.radians(lattice.step_deg), lattice.cols, limit, reach, *job, out) for job in jobs])
    return out


@njit(cache=True, nogil=True)
def _running_sum(people, running, row, start):
    total = running[row, start]
    for col in range(start, people.shape[1]):
        total += people[row, col]
        running[row, col + 1] = total


@njit(cache=True, nogil=True)
def _running_sums(people, running, first, past_last):
    for row in range(first, past_last):
        running[row, 0] = 0.0
        _running_sum(people, running, row, 0)


@njit(cache=True, nogil=True)
def _in_span(running, row, col, half, wraps):
    cols = running.shape[1] - 1
    if 2 * half + 1 >= cols and wraps:
        return running[row, cols]
    start, stop = col - half, col + half + 1
    total = running[row, min(stop, cols)] - running[row, max(start, 0)]
    if wraps and start < 0:
        total += running[row, cols] - running[row, cols + start]
    if wraps and stop > cols:
        total += running[row, stop - cols]
    return total


@njit(cache=True, nogil=True)
def _is_near(lat, cos_lat, half_step, wraps, cols, row, col, other_row, other_col, limit, span):
    """Whether a group at another place is served from a place: its ``limit`` is sin²(angle/2), its ``span`` in columns."""
    away = abs(other_col - col)
    if away > span and not (wraps and cols - away <= span):
        return False
    down = math.sin(0.5 * (lat[other_row] - lat[row]))
    across = math.sin((other_col - col) * half_step)
    return down * down + cos_lat[row] * cos_lat[other_row] * across * across <= limit


@njit(cache=True, nogil=True)
def _spans(lat, step, cols, row, limit, out):
    # Farthest in longitude where the great circle touches a meridian: sin(Δlon) = sin(angle) / cos(lat).
    for group in range(row.size):
        angle = 2.0 * math.asin(math.sqrt(max(0.0, limit[group])))
        if abs(lat[row[group]]) + angle >= 0.5 * math.pi:
            out[group] = cols
        else:
            out[group] = min(cols, int(math.asin(math.sin(angle) / math.cos(lat[row[group]])) / step) + 1)


@njit(cache=True, nogil=True)
def _gains(
    row, left, out, running, half, wraps, lat, cos_lat, half_step,
    group_first, group_col, group_people, group_limit, group_span,
):  # fmt: skip
    """People whom centres at places of a row, from column ``left`` on, would serve. Groups are sorted by row; one that is
    claimed has 0 people."""
    reach = half.shape[1] // 2
    cols = running.shape[1] - 1
    top, bottom = max(0, row - reach), min(lat.size, row + reach + 1)
    out[:] = 0.0
    for other in range(top, bottom):
        width = half[row, other - row + reach]
        if width < 0:
            continue
        start, stop = left - width, left + width + 1
        if start >= 0 and stop + out.size - 1 <= cols:
            before, after = running[other, start : start + out.size], running[other, stop : stop + out.size]
            for place in range(out.size):
                out[place] += after[place] - before[place]
        else:
            for place in range(out.size):
                out[place] += _in_span(running, other, left + place, width, wraps)
    if group_first[top] == group_first[bottom]:
        return
    for other in range(top, bottom):
        for group in range(group_first[other], group_first[other + 1]):
            if group_people[group] <= 0.0:
                continue
            for place in range(out.size):
                if _is_near(
                    lat, cos_lat, half_step, wraps, cols, row, left + place, other, group_col[group], group_limit[group],
                    group_span[group],
                ):  # fmt: skip
                    out[place] += group_people[group]


@njit(cache=True, nogil=True)
def _before(row, col, other_row, other_col, lat):
    """Whether one of two places of equal people comes first: the southern, then the western one."""
    if row != other_row:
        return lat[row] < lat[other_row]
    return col < other_col


@njit(cache=True, nogil=True)
def _settle_tile(
    tile, gain, best, most, running, half, wraps, lat, cos_lat, half_step,
    group_first, group_col, group_people, group_limit, group_span,
):  # fmt: skip
    """Work out which place of a tile serves most, all places of a row in one go. Rows whose old values do not reach the largest
    one found keep them."""
    rows, cols = gain.shape
    across = (cols + _TILE - 1) // _TILE
    top, left = tile // across * _TILE, tile % across * _TILE
    bottom = min(rows, top + _TILE)
    # The row that was best before comes first: its value is a bar that most old values of the others do not reach.
    first = min(max(top, best[tile] // cols), bottom - 1)
    most[tile] = 0.0
    now = np.empty(min(_TILE, cols - left))
    for turn in range(bottom - top):
        row = first if turn == 0 else top + turn - 1 if top + turn - 1 < first else top + turn
        wanted = False
        for col in range(left, left + now.size):
            wanted |= gain[row, col] > 0.0 and gain[row, col] >= most[tile]
        if not wanted:
            continue
        _gains(
            row, left, now, running, half, wraps, lat, cos_lat, half_step,
            group_first, group_col, group_people, group_limit, group_span,
        )  # fmt: skip
        for place in range(now.size):
            col = left + place
            if gain[row, col] <= 0.0:
                continue
            gain[row, col] = now[place]
            if now[place] > most[tile] or (
                now[place] == most[tile]
                and now[place] > 0.0
                and _before(row, col, best[tile] // cols, best[tile] % cols, lat)
            ):
                most[tile] = now[place]
                best[tile] = row * cols + col


@njit(cache=True, nogil=True)
def _settle_tiles(
    first, past_last, gain, best, most, running, half, wraps, lat, cos_lat, half_step,
    group_first, group_col, group_people, group_limit, group_span
):  # fmt: skip
    for tile in range(first, past_last):
        _settle_tile(
            tile, gain, best, most, running, half, wraps, lat, cos_lat, half_step,
            group_first, group_col, group_people, group_limit, group_span,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _touch(row, col, half, wraps, lat, rows, cols, stale):
    """Mark the tiles whose places may share somebody with a centre."""
    across = (cols + _TILE - 1) // _TILE
    reach = half.shape[1] - 1
    top, bottom = max(0, row - reach), min(rows - 1, row + reach)
    # A span of columns is longest in the rows nearest to a pole; two discs that touch lie at most two spans apart.
    width = 0
    for other in range(top, bottom + 1):
        for place in range(half.shape[1]):
            width = max(width, half[other, place])
    start, stop = col - 2 * width - 1, col + 2 * width + 1
    everywhere = wraps and stop - start >= cols
    for tile_row in range(top // _TILE, bottom // _TILE + 1):
        if everywhere:
            stale[tile_row * across : (tile_row + 1) * across] = True
            continue
        for turn in range(-1, 2):
            if turn != 0 and not wraps:
                continue
            first, last = max(0, start + turn * cols), min(cols - 1, stop + turn * cols)
            if first <= last:
                stale[tile_row * across + first // _TILE : tile_row * across + last // _TILE + 1] = True


@njit(cache=True, nogil=True)
def _claim(number, row, col, people, running, half, wraps, owner):
    """Give every point within the radius that is nobody's to a centre; returns how many of them have people."""
    rows, cols = people.shape
    reach = half.shape[1] // 2
    claimed = 0
    for other in range(max(0, row - reach), min(rows, row + reach + 1)):
        width = half[row, other - row + reach]
        if width < 0:
            continue
        start, stop = col - width, col + width + 1
        if not wraps:
            start, stop = max(start, 0), min(stop, cols)
        elif stop - start >= cols:
            start, stop = 0, cols
        changed = cols
        for at in range(start, stop):
            here = at % cols
            if owner[other, here] < 0:
                owner[other, here] = number
                if people[other, here] > 0.0:
                    claimed += 1
                    people[other, here] = 0.0
                    changed = min(changed, here)
        if changed < cols:
            _running_sum(people, running, other, changed)
    return claimed


@njit(cache=True, nogil=True)
def _serve(
    number, row, col, people, running, half, wraps, lat, cos_lat, half_step,
    group_first, group_col, group_people, group_limit, group_span, owner, group_owner,
):  # fmt: skip
    """Give a centre the points and groups that it serves; returns how many of them have people."""
    claimed = _claim(number, row, col, people, running, half, wraps, owner)
    cols = people.shape[1]
    reach = half.shape[1] // 2
    for other in range(max(0, row - reach), min(lat.size, row + reach + 1)):
        for group in range(group_first[other], group_first[other + 1]):
            if group_people[group] > 0.0 and _is_near(
                lat, cos_lat, half_step, wraps, cols, row, col, other, group_col[group], group_limit[group],
                group_span[group],
            ):  # fmt: skip
                group_people[group] = 0.0
                group_owner[group] = number
                claimed += 1
    return claimed


@njit(cache=True, nogil=True)
def _first_of_equals(value, largest, best, most, stale, across, cols, lat):
    """Of the tiles of this value one that is stale, so that it is worked out before it is compared, else the first."""
    top = -1
    for line in range(largest.size):
        if largest[line] != value:
            continue
        for tile in range(line * across, (line + 1) * across):
            if most[tile] != value:
                continue
            if stale[tile]:
                return tile
            if top < 0 or _before(best[tile] // cols, best[tile] % cols, best[top] // cols, best[top] % cols, lat):
                top = tile
    return top


@njit(cache=True, nogil=True)
def _choose(
    gain, best, most, left, people, running, half, wraps, lat, half_step,
    group_first, group_col, group_people, group_limit, group_span, owner, group_owner,
):  # fmt: skip
    """Choose until everybody is served; returns the centres as places (row · columns + column). ``left``: points and groups."""
    rows, cols = people.shape
    cos_lat = np.cos(lat)
    chosen = np.empty(left, np.int64)
    count = 0
    stale = np.zeros(most.size, np.bool_)
    # The largest value of each row of tiles, so that few are looked at for the largest of all.
    across = (cols + _TILE - 1) // _TILE
    largest = np.zeros(most.size // across)
    for line in range(largest.size):
        largest[line] = most[line * across : (line + 1) * across].max()
    while left > 0:
        value = largest.max()
        if value <= 0.0:
            break
        top = _first_of_equals(value, largest, best, most, stale, across, cols, lat)
        line = top // across
        if stale[top]:
            _settle_tile(
                top, gain, best, most, running, half, wraps, lat, cos_lat, half_step,
                group_first, group_col, group_people, group_limit, group_span,
            )  # fmt: skip
            stale[top] = False
            largest[line] = most[line * across : (line + 1) * across].max()
            continue
        row, col = best[top] // cols, best[top] % cols
        claimed = _serve(
            count, row, col, people, running, half, wraps, lat, cos_lat, half_step,
            group_first, group_col, group_people, group_limit, group_span, owner, group_owner,
        )  # fmt: skip
        gain[row, col] = 0.0
        _touch(row, col, half, wraps, lat, rows, cols, stale)
        stale[top] = True
        if claimed > 0:
            chosen[count] = best[top]
            count += 1
            left -= claimed
    # Sums that are not exact can take a few people for nobody: those are served one after the other.
    for place in range(rows * cols):
        if left == 0:
            break
        row, col = place // cols, place % cols
        somebody = people[row, col] > 0.0
        for group in range(group_first[row], group_first[row + 1]):
            somebody |= group_col[group] == col and group_people[group] > 0.0
        if somebody:
            claimed = _serve(
                count, row, col, people, running, half, wraps, lat, cos_lat, half_step,
                group_first, group_col, group_people, group_limit, group_span, owner, group_owner,
            )  # fmt: skip
            chosen[count] = place
            count += 1
            left -= claimed
    return chosen[:count]


def choose(
    people: np.ndarray, groups: Groups, lattice: Lattice, radius_km: float, margin_km: np.ndarray | None = None
) -> Centres:
    """Centres among the points of the lattice that have people or hold the place of a group, until everybody is served.

    ``people``: float64 (rows, cols), 0 where there is nobody. Each centre is where most of those whom no earlier one serves
    are served: the people of points within ``radius_km`` less ``margin_km`` (float64 (rows,), by the row of the people) along
    the great circle, and the groups all of whose extent lies within the radius. Of equal places the southern comes first, and
    of these the western. Every radius less its margin must be at least 0.
    """
    if people.shape != (lattice.row_lat_deg.size, lattice.cols):
        raise ValueError("people must have a number for each point of the lattice")
    if groups.row.size and not (groups.extent_km <= radius_km).all():
        raise ValueError("a whole group must fit in the radius")
    rows, cols = people.shape
    people = np.array(people, np.float64)
    limit_km = radius_km - (np.zeros(rows) if margin_km is None else margin_km)
    if rows and not (limit_km >= 0).all():
        raise ValueError("the margin must not be wider than the radius")
    half = half_widths(lattice, limit_km)
    # Groups may be met as far as the radius itself, in rows that no point is met in.
    whole = half_widths(lattice, np.full(rows, float(radius_km)))
    grown = (whole.shape[1] - half.shape[1]) // 2
    half = np.ascontiguousarray(np.pad(half, ((0, 0), (grown, grown)), constant_values=-1))
    order = np.lexsort((groups.col, groups.row))
    group_first = np.searchsorted(groups.row[order], np.arange(rows + 1)).astype(np.int64)
    group_col, group_people = groups.col[order].astype(np.int64), groups.people[order].astype(np.float64)
    group_limit = np.sin(0.5 * np.minimum((radius_km - groups.extent_km[order]) / EARTH_RADIUS_KM, math.pi)) ** 2
    lat, half_step = np.radians(lattice.row_lat_deg), 0.5 * math.radians(lattice.step_deg)
    group_span = np.empty(order.size, np.int64)
    _spans(lat, 2.0 * half_step, cols, groups.row[order], group_limit, group_span)

    running = np.empty((rows, cols + 1))
    bands = [(first, min(rows, first + 256)) for first in range(0, rows, 256)]
    run(_running_sums, [(people, running, *band) for band in bands])
    gain = np.where(people > 0, np.inf, 0.0)
    left = int((people > 0).sum()) + order.size
    gain[groups.row, groups.col] = np.inf
    if people.size == 0:
        nothing = np.zeros(0, np.int64)
        return Centres(nothing, nothing, np.full((rows, cols), -1, np.int32), np.zeros(0, np.int32))
    tiles = -(-rows // _TILE) * -(-cols // _TILE)
    best, most = np.zeros(tiles, np.int64), np.zeros(tiles)
    state = (
        running,
        half,
        lattice.wraps,
        lat,
        np.cos(lat),
        half_step,
        group_first,
        group_col,
        group_people,
        group_limit,
        group_span,
    )
    jobs = [(first, min(tiles, first + _TILES_A_JOB)) for first in range(0, tiles, _TILES_A_JOB)]
    run(_settle_tiles, [(*job, gain, best, most, *state) for job in jobs])

    owner, group_owner = np.full((rows, cols), -1, np.int32), np.full(order.size, -1, np.int32)
    chosen = _choose(
        gain, best, most, left, people, running, half, lattice.wraps, lat, half_step,
        group_first, group_col, group_people, group_limit, group_span, owner, group_owner,
    )  # fmt: skip
    unsorted = np.empty_like(group_owner)
    unsorted[order] = group_owner
    return Centres(chosen // cols, chosen % cols, owner, unsorted)


@njit(cache=True, nogil=True)
def _disc_sums(row, col, running, half, wraps, out):
    reach = half.shape[1] // 2
    for index in range(row.size):
        for other in range(max(0, row[index] - reach), min(running.shape[0], row[index] + reach + 1)):
            width = half[row[index], other - row[index] + reach]
            if width >= 0:
                out[index] += _in_span(running, other, col[index], width, wraps)


def disc_sums(
    people: np.ndarray, row: np.ndarray, col: np.ndarray, lattice: Lattice, limit_km: np.ndarray
) -> np.ndarray:
    """People (float64 (centres,)) of the points within ``limit_km`` (by row, below 0: none) of each centre."""
    running = np.empty((people.shape[0], lattice.cols + 1))
    _running_sums(people, running, 0, people.shape[0])
    out = np.zeros(row.size)
    _disc_sums(row, col, running, half_widths(lattice, limit_km), lattice.wraps, out)
    return out
