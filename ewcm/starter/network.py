"""The modelled network: sites where most people live around, as many as the official shares of the country ask for.

4G first, then 3G, then 2G. A technology stands beside newer ones as far as its official share allows, and then at further places,
those first within whose radius most people live. The rule knows nothing of operators, masts or frequencies;
data/starter/README.md
says how it did where the real cells are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude
from ewcm.settings import RADIUS_KM
from ewcm.sources.cell_sites import SITE_COLUMNS

#: Technologies of the network, the newest first. The pack holds no official figure of 5G, which is therefore unknown.
TECHNOLOGIES = ("4G", "3G", "2G")

#: A network is done where it covers the official share but for this share of the people.
NEAR = 0.001

#: How far it may be off where single sites cover many people.
TOLERANCE = 0.004

#: So many last sites at most, each the best of so many places.
_LAST, _TRIED = 20, 3000

#: Side [grid cells] of the squares in which one place may have a site.
_SQUARE = 4


class _Ground:
    """The people of a country, and who of them is covered so far."""

    def __init__(self, people: np.ndarray, geobox: GeoBox) -> None:
        self.people = np.nan_to_num(people).astype(np.float64)
        self.total = float(self.people.sum())
        self.lat, self.lon = grid.row_latitudes(geobox), grid.column_longitudes(geobox)
        self.covered = np.zeros(people.shape, bool)
        self.reached = 0.0
        row = abs(geobox.affine.e) * np.radians(1.0) * grid.EARTH_RADIUS_KM
        self.row_km = float(row)

    def disc(self, row: int, col: int, radius_km: float) -> tuple[tuple[slice, slice], np.ndarray]:
        """The window around a place, and which of its grid cells lie within the radius, by their centres."""
        high = int(radius_km / self.row_km) + 1
        wide = int(radius_km / (self.row_km * max(0.1, np.cos(np.radians(self.lat[row]))))) + 1
        rows = slice(max(0, row - high), min(self.lat.size, row + high + 1))
        cols = slice(max(0, col - wide), min(self.lon.size, col + wide + 1))
        far_km = grid.distance_km(self.lat[rows, None], self.lon[None, cols], self.lat[row], self.lon[col])
        return (rows, cols), far_km <= radius_km

    def gain(self, row: int, col: int, radius_km: float) -> float:
        """People [persons] whom a site would cover who are not covered so far."""
        window, near = self.disc(row, col, radius_km)
        return float(self.people[window][near & ~self.covered[window]].sum())

    def cover(self, row: int, col: int, radius_km: float) -> None:
        """Add a site."""
        window, near = self.disc(row, col, radius_km)
        self.reached += float(self.people[window][near & ~self.covered[window]].sum())
        self.covered[window] |= near


def sites(people: np.ndarray, geobox: GeoBox, shares: Mapping[str, float], iso3: str) -> pd.DataFrame:
    """Modelled sites, columns ``SITE_COLUMNS``, one row a site and technology; operator "" and radio numbers NaN.

    ``people``: persons in each grid cell, NaN where there is no data; ``geobox``: their grid, in degrees.
    ``shares``: the share of
    the people (0..1) that each technology of ``TECHNOLOGIES`` covers with the newer ones; a technology without one has no sites.
    """
    ground = _Ground(people, geobox)
    standing: list[tuple[int, int]] = []
    rows = []
    for technology in TECHNOLOGIES:
        if technology in shares and ground.total:
            chosen = _placed(ground, shares[technology] * ground.total, RADIUS_KM[technology], standing)
            standing = list(dict.fromkeys([*standing, *chosen]))
            rows += [(row, col, technology) for row, col in chosen]
    number = {place: f"starter-{iso3}-{order:04d}" for order, place in enumerate(standing, start=1)}
    table = pd.DataFrame(
        {
            "site_id": [number[row, col] for row, col, _ in rows],
            "lat": [round(float(ground.lat[row]), 5) for row, _, _ in rows],
            "lon": [round(float(longitude.to_180(ground.lon[col])), 5) for _, col, _ in rows],
            "technology": [technology for *_, technology in rows],
        }
    ).assign(operator="")
    for column in SITE_COLUMNS[5:]:
        table[column] = np.nan
    return table.sort_values(["site_id", "technology"], ignore_index=True)[list(SITE_COLUMNS)]


def _placed(ground: _Ground, wanted: float, radius_km: float, standing: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of the sites of one technology: beside those that stand, then where most people live around.

    A site that would lead above ``wanted`` [persons] is left out, and the next one is tried.
    """
    chosen = []
    for row, col in standing:
        if ground.reached + ground.gain(row, col, radius_km) <= wanted:
            ground.cover(row, col, radius_km)
            chosen.append((row, col))
    for row, col in _densest(ground, radius_km):
        if ground.reached >= wanted - NEAR * ground.total:
            break
        if not ground.covered[row, col] and 0.0 < ground.gain(row, col, radius_km) <= wanted - ground.reached:
            ground.cover(row, col, radius_km)
            chosen.append((row, col))
    chosen += _last(ground, wanted, radius_km)
    if not chosen:
        # A technology that nobody has a site of would be unknown: it stands where it adds least.
        options = standing or list(_densest(ground, radius_km))
        row, col = min(options, key=lambda place: ground.gain(place[0], place[1], radius_km), default=(0, 0))
        ground.cover(row, col, radius_km)
        chosen.append((row, col))
    return chosen


def _last(ground: _Ground, wanted: float, radius_km: float) -> list[tuple[int, int]]:
    """Where every further site would cover too many: those, on covered ground too, that come nearest without it."""
    chosen: list[tuple[int, int]] = []
    while ground.reached < wanted - TOLERANCE * ground.total and len(chosen) < _LAST:
        room = wanted + TOLERANCE * ground.total - ground.reached
        row, col = np.nonzero(ground.people > 0)
        step = max(1, row.size // _TRIED)
        places = list(zip(row[::step].tolist(), col[::step].tolist(), strict=True))
        gains = [ground.gain(place[0], place[1], radius_km) for place in places]
        fitting = [(gain, place) for gain, place in zip(gains, places, strict=True) if 0.0 < gain <= room]
        if not fitting:
            break
        _, place = max(fitting)
        ground.cover(place[0], place[1], radius_km)
        chosen.append(place)
    return chosen


def _densest(ground: _Ground, radius_km: float) -> Iterator[tuple[int, int]]:
    """Places with people, one in a square of grid cells, those first around which most people live.

    People around are those of a window of the area of the circle; of a square that place which has most people.
    """
    around = people_around(ground, radius_km)
    rows, cols = ground.people.shape
    high, wide = -(-rows // _SQUARE) * _SQUARE, -(-cols // _SQUARE) * _SQUARE
    padded = np.zeros((high, wide))
    padded[:rows, :cols] = np.where(ground.covered, 0.0, ground.people)
    squares = padded.reshape(high // _SQUARE, _SQUARE, wide // _SQUARE, _SQUARE).transpose(0, 2, 1, 3)
    flat = squares.reshape(high // _SQUARE, wide // _SQUARE, _SQUARE * _SQUARE)
    best, most = flat.argmax(axis=2), flat.max(axis=2)
    i, j = np.nonzero(most > 0)
    row, col = i * _SQUARE + best[i, j] // _SQUARE, j * _SQUARE + best[i, j] % _SQUARE
    order = np.lexsort((col, row, -around[row, col]))
    return ((int(row[one]), int(col[one])) for one in order)


def people_around(ground: _Ground, radius_km: float) -> np.ndarray:
    """People in a window around each grid cell that is as large as a circle of the radius, float64 (rows, columns)."""
    rows, cols = ground.people.shape
    sums = np.zeros((rows + 1, cols + 1))
    np.cumsum(np.cumsum(ground.people, axis=0), axis=1, out=sums[1:, 1:])
    side_km = radius_km * np.sqrt(np.pi) / 2.0
    high = round(side_km / ground.row_km)
    col, found = np.arange(cols), np.empty((rows, cols))
    for row in range(rows):
        wide = round(side_km / (ground.row_km * max(0.1, float(np.cos(np.radians(ground.lat[row]))))))
        top, bottom = max(0, row - high), min(rows, row + high + 1)
        left, right = np.maximum(col - wide, 0), np.minimum(col + wide + 1, cols)
        found[row] = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return found
