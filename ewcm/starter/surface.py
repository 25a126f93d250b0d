"""The people rule: where the people of each unit live, on a 30″ grid.

Within a unit people are spread in proportion to a weight,

    weight = land × attraction^1.1 × exp(−0.9·remoteness − 0.85·cold − 20·slope − 0.45·dryness)

* land: area of the grid cell's ground in the unit, lakes left out [km²];
* attraction = 1 + Σ over places (people / 1000)^0.75 / (1 + (distance / 5 km)²), people taken as at least 500;
* remoteness: by how many times 100 km the nearest place is farther than 50 km;
* cold: by how many times 10 °C the yearly mean temperature is below 12 °C;
* slope: of the 5′ ground, as a ratio (0.05 is 5 m in 100 m);
* dryness: how far yearly rain is below 500 mm, as a natural logarithm of the ratio.

The five weights were fitted together to two things: how the people of a country are shared among its units (all 33), and
how WorldPop 2020 spreads them inside the units (Uganda, Somalia, Nepal). See data/starter/README.md for how well it does.

The weights of a unit are then scaled to its figure. A cell on a border holds people of each unit that has ground in it;
whoever splits it by ground again (``ewcm.analysis.areas``) finds each unit's figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from ewcm_kernels.polygons import polygon_fraction
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from ewcm.core import grid
from ewcm.core.clipped import clipped

#: Grid cells a degree: 30″.
CELLS_PER_DEGREE = 120

#: A share of a cell below this is rounding, not ground (as in ``ewcm.analysis.areas``).
_SHARE_MIN = 1e-9

#: Units are scaled until each is this near to its figure [people], at most so many times.
_PEOPLE_OFF = 1e-4
_ROUNDS = 5000


@dataclass(frozen=True)
class Rule:
    """The numbers of the rule."""

    people_min: float = 500.0  # of a place with fewer people, or whose people are not known
    people_power: float = 0.75
    core_km: float = 5.0  # half-value distance of a place's attraction
    reach_km: float = 150.0  # a place attracts nobody beyond
    attraction: float = 1.1
    cold_from_c: float = 12.0
    cold: float = 0.85
    slope: float = 20.0
    dry_from_mm: float = 500.0
    dryness: float = 0.45
    remote_from_km: float = 50.0
    remoteness: float = 0.9


RULE = Rule()


@dataclass(frozen=True)
class Ground:
    """The ground of each unit on the grid, sparse: one row a cell and unit. ``cell``: flat index; ``land``: share of the
    cell that is the unit's; sorted by cell. ``lake``: share of each cell that is lake, shape of the grid."""

    geobox: GeoBox
    cell: np.ndarray
    unit: np.ndarray
    land: np.ndarray
    lake: np.ndarray


def grid_of(bounds: tuple[float, float, float, float]) -> GeoBox:
    """The smallest 30″ grid on multiples of 30″ that holds ``bounds`` (west, south, east, north)."""
    west, north = np.floor(bounds[0] * CELLS_PER_DEGREE), np.ceil(bounds[3] * CELLS_PER_DEGREE)
    east, south = np.ceil(bounds[2] * CELLS_PER_DEGREE), np.floor(bounds[1] * CELLS_PER_DEGREE)
    step = 1 / CELLS_PER_DEGREE
    affine = Affine(step, 0.0, west / CELLS_PER_DEGREE, 0.0, -step, north / CELLS_PER_DEGREE)
    return GeoBox((int(north - south), int(east - west)), affine, "EPSG:4326")


def ground(units: Sequence[BaseGeometry], lakes: Sequence[BaseGeometry], geobox: GeoBox) -> Ground:
    """Exact shares of the cells in each of ``units``, and of lakes. Polygons in EPSG:4326, in step with the grid."""
    cells, owners, shares = [], [], []
    for unit, shape in enumerate(units):
        row, col, share = _shares(shape, geobox)
        cells.append(row * geobox.shape[1] + col)
        owners.append(np.full(row.size, unit))
        shares.append(share)
    cell, owner, share = (np.concatenate(parts) for parts in (cells, owners, shares))
    order = np.argsort(cell, kind="stable")
    lake = np.zeros(geobox.shape, dtype=np.float32)
    for shape in lakes:
        row, col, water = _shares(clipped(shape, *geobox.extent.boundingbox), geobox)
        lake[row, col] += water
    return Ground(geobox, cell[order], owner[order], share[order], np.minimum(lake, 1.0))


def _shares(shape: BaseGeometry, geobox: GeoBox) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and shares of the cells that ``shape`` meets."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    if not polygons:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    x, y, offsets = grid.pixel_polygon(shapely.MultiPolygon(polygons), geobox)
    row0, col0, fraction = polygon_fraction(x, y, offsets, *geobox.shape)
    row, col = np.nonzero(fraction > _SHARE_MIN)
    return row + row0, col + col0, fraction[row, col]


def attraction(geobox: GeoBox, lat: np.ndarray, lon: np.ndarray, people: np.ndarray, rule: Rule = RULE) -> np.ndarray:
    """1 + the attraction of every place on every grid cell, shape of the grid.

    Places are first counted in their grid cells; the attraction is then one convolution for each band of rows, with east-west
    distances true at the band's middle. ``lon`` in step with the grid; ``people``: NaN where not known.
    """
    rows, cols = geobox.shape
    col, row = ~geobox.affine @ (lon, lat)
    row, col = np.floor(row).astype(int), np.floor(col).astype(int)
    attraction = (np.fmax(people, rule.people_min) / 1000.0) ** rule.people_power
    km = np.radians(1 / CELLS_PER_DEGREE) * grid.EARTH_RADIUS_KM
    reach = int(rule.reach_km / km)
    result = np.ones((rows, cols))
    latitudes = grid.row_latitudes(geobox)
    for band in grid.blocks(rows):
        width_km = km * np.cos(np.radians(latitudes[band].mean()))
        reach_cols = int(rule.reach_km / width_km)
        top, left = row - band.start + reach, col + reach_cols
        shape = band.stop - band.start + 2 * reach, cols + 2 * reach_cols
        near = (top >= 0) & (top < shape[0]) & (left >= 0) & (left < shape[1])
        if not near.any():
            continue
        count = np.zeros(shape)
        np.add.at(count, (top[near], left[near]), attraction[near])
        dy, dx = np.arange(-reach, reach + 1) * km, np.arange(-reach_cols, reach_cols + 1) * width_km
        distance2 = dy[:, None] ** 2 + dx[None, :] ** 2
        kernel = np.where(distance2 <= rule.reach_km**2, 1.0 / (1.0 + distance2 / rule.core_km**2), 0.0)
        # The transform leaves rounding noise of either sign; attraction is never negative.
        result[band] += np.maximum(_convolved(count, kernel), 0.0)
    return result


def _convolved(values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolution where the kernel lies wholly on ``values``. Wrapping spoils only the rim, which is cut off."""
    shape = tuple(-(-size // 64) * 64 for size in values.shape)  # the transform is fast where sizes have small factors
    spectrum = np.fft.rfft2(values, shape) * np.fft.rfft2(kernel, shape)
    whole = np.fft.irfft2(spectrum, shape)
    return whole[kernel.shape[0] - 1 : values.shape[0], kernel.shape[1] - 1 : values.shape[1]]


def hardship(
    geobox: GeoBox, environment: np.ndarray, affine: Affine, lat: np.ndarray, lon: np.ndarray, rule: Rule = RULE
) -> np.ndarray:
    """The exponent of the rule, as a positive number, in every grid cell.

    ``environment``: altitude [m], rain [mm a year] and temperature [°C] on a 5′ grid with ``affine``. ``lat``, ``lon``: places.
    """
    altitude_m, rain_mm, temperature_c = environment
    rows, cols = altitude_m.shape
    km = np.radians(abs(affine.e)) * grid.EARTH_RADIUS_KM
    latitude = affine.f + affine.e * (np.arange(rows)[:, None] + 0.5)
    longitude = affine.c + affine.a * (np.arange(cols)[None, :] + 0.5)
    south, east = np.gradient(altitude_m / 1000.0, km)
    slope = np.hypot(south, east / np.cos(np.radians(latitude)))
    cold = np.maximum(rule.cold_from_c - temperature_c, 0.0) / 10.0
    dryness = np.log(np.maximum(rule.dry_from_mm / np.maximum(rain_mm, 1.0), 1.0))
    nearest_km = np.full((rows, cols), np.inf)
    for place_lat, place_lon in zip(lat, lon, strict=True):
        nearest_km = np.minimum(nearest_km, grid.distance_km(place_lat, place_lon, latitude, longitude))
    remoteness = np.maximum(nearest_km - rule.remote_from_km, 0.0) / 100.0
    total = rule.cold * cold + rule.slope * slope + rule.dryness * dryness + rule.remoteness * remoteness
    return at_cells(total, affine, geobox)


def weight(attraction: np.ndarray, hardship: np.ndarray, rule: Rule = RULE) -> np.ndarray:
    """The weight of a km² of land: attraction^1.1 · exp(−hardship)."""
    return attraction**rule.attraction * np.exp(-hardship)


def at_cells(values: np.ndarray, affine: Affine, geobox: GeoBox) -> np.ndarray:
    """Bilinear values of a coarse grid at the centres of the grid cells (both in degrees)."""
    row = ((grid.row_latitudes(geobox) - affine.f) / affine.e) - 0.5
    col = ((grid.column_longitudes(geobox) - affine.c) / affine.a) - 0.5
    north_south = between(values, row)
    return between(north_south.T, col).T


def between(values: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Linear values along the first axis."""
    low = np.clip(np.floor(position).astype(int), 0, len(values) - 2)
    part = np.clip(position - low, 0.0, 1.0)[:, None]
    return values[low] * (1 - part) + values[low + 1] * part


def people(ground: Ground, weight: np.ndarray, figures: np.ndarray) -> np.ndarray:
    """Spread each unit's people (``figures``) over its ground by ``weight`` (per km² of land, shape of the grid).

    float32, shape of the grid, NaN where there is no land. A cell's people are those of its units together, and each unit
    finds its figure when every cell is split among its units by their ground.
    """
    rows, cols = ground.geobox.shape
    dry = ground.land * (1.0 - ground.lake.ravel()[ground.cell])
    area = grid.row_cell_area_km2(ground.geobox)[ground.cell // cols]
    amount = weight.ravel()[ground.cell] * dry * area
    first = np.flatnonzero(np.diff(ground.cell, prepend=-1))
    group = np.cumsum(np.diff(ground.cell, prepend=-1) > 0) - 1
    amount = _somewhere(amount, ground, group, figures)
    share = ground.land / np.add.reduceat(ground.land, first)[group]
    density, too_many = _scales(ground.unit, amount, group, share, figures)
    while too_many.any():
        # A dense unit gave its neighbour, by the cells they share, more than the neighbour's figure: leave those empty. Its
        # other cells become denser by that, so that it may now give too much to another neighbour.
        shared = (np.bincount(group) > 1)[group] & (np.bincount(group, too_many[ground.unit]) > 0)[group]
        if not (shared & (amount > 0)).any():
            break
        amount = np.where(shared, 0.0, amount)
        density, too_many = _scales(ground.unit, amount, group, share, figures)
    result = np.full(rows * cols, np.nan)
    result[ground.cell[first]] = np.add.reduceat(amount * density[ground.unit], first)
    return result.reshape(rows, cols).astype(np.float32)


def _somewhere(amount: np.ndarray, ground: Ground, group: np.ndarray, figures: np.ndarray) -> np.ndarray:
    """No weight in a unit without people, nor in the cells it shares; but a unit that is left with none keeps its land."""
    empty = (figures <= 0)[ground.unit]
    shared = np.bincount(group, empty)[group] > 0
    for candidate in (np.where(shared, 0.0, amount), np.where(empty, 0.0, amount)):
        total = np.bincount(ground.unit, candidate, minlength=len(figures))
        if np.all(total[figures > 0] > 0):
            return candidate
    lost = ((total <= 0) & (figures > 0))[ground.unit]
    return np.where(lost, ground.land, candidate)


def _scales(
    unit: np.ndarray, amount: np.ndarray, group: np.ndarray, share: np.ndarray, figures: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """People per unit of weight in each unit, such that splitting every cell by ``share`` gives ``figures``.

    The people of cell c are Σ_v amount_cv·f_v, of which unit u gets share_cu; so A·f = figures, where
    A_uv = Σ_c share_cu·amount_cv. A is diagonal but for the border cells, and f is found by scaling each unit in turn to
    its figure: this keeps it positive. Returns f, and which units are left with more than their figure.
    """
    units = len(figures)
    matrix = np.zeros((units, units))
    np.add.at(matrix, (unit, unit), share * amount)
    other = 1
    while (same := group[other:] == group[:-other]).any():  # the entries of a cell stand beside each other
        one, two = np.flatnonzero(same), np.flatnonzero(same) + other
        np.add.at(matrix, (unit[one], unit[two]), share[one] * amount[two])
        np.add.at(matrix, (unit[two], unit[one]), share[two] * amount[one])
        other += 1
    inhabited = figures > 0
    scale = np.where(inhabited, 1.0, 0.0)
    found = matrix @ scale
    for _ in range(_ROUNDS):
        scale *= np.where(inhabited, figures / np.where(found > 0, found, 1.0), 0.0)
        found = matrix @ scale
        if np.all(np.abs(found - figures)[inhabited] <= _PEOPLE_OFF):
            break
    return scale, found - figures > 2 * _PEOPLE_OFF
