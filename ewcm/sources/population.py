"""Population rasters: people per grid cell on the analysis grid.

The raster is the grid. Other rasters are brought onto it by :mod:`ewcm.sources.onto_grid`; this one is never resampled, but
read in whole cells, its columns in another order where a country crosses the 180th meridian.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.crs import CRS
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from ewcm.core import grid, longitude, storage
from ewcm.core.input_warning import InputWarning
from ewcm.core.modelled import HOW, TAG
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.band_units import refuse_other_people, refuse_picture, scale_said
from ewcm.sources.classes import check_numbers_of_people
from ewcm.sources.coverage_values import warnings_of_bands
from ewcm.sources.neighbours import land_beyond, outline_of, within_reach
from ewcm.sources.position import MARGIN_DEG, Bbox, check_position, share_inside
from ewcm.sources.rasters import (
    MAX_CELLS,
    check_plain_grid,
    crs_name,
    crs_of,
    grade_of_raster,
    is_value,
    open_raster,
    read_band,
)
from ewcm.sources.repeated_values import repeated_values
from ewcm.sources.sidecars import sidecar_warnings

#: Units of the raster values that are understood.
UNITS = ("people", "people_per_km2")

#: Values that products use for "no data"; taken as such where the raster does not declare its own, and said.
_SENTINELS = (-99999.0, -9999.0, -999.0, -200.0, -32768.0, -2147483648.0, float(np.finfo(np.float32).min), -1e308)

#: No grid cell holds more people than the world.
_WORLD_PEOPLE = 8.5e9

#: Above this density [people per km²] a cell gets a warning; the densest quarters on earth stay below 2e5.
_DENSE_PER_KM2 = 1e6

#: Cells of a raster that is cut are kept as far as this [km] from the country where they are on nobody else's land.
_SHORE_KM = 25.0

#: A raster whose area is this many times that of the country's box is cut to the country.
_WIDE = 4.0

#: So is a smaller one that holds the country's whole box and has less than this share of its populated cells in it.
_MOSTLY_HERE = 0.6


@dataclass(frozen=True)
class Population:
    """People on the analysis grid.

    ``people``: float32, shape ``geobox.shape`` (rows from north to south), persons in each grid cell, 0 where there are
    none, NaN where the raster has no data (sea, other countries). ``geobox`` carries CRS and affine. On a geographic
    grid of a country that crosses the 180th meridian longitudes run in 0..360, in one piece. ``cut``: whether the raster held
    other countries too and was cut to this one.
    """

    people: np.ndarray
    geobox: GeoBox
    record: InputRecord
    cut: bool = False

    def part(self, rows: slice, cols: slice) -> np.ndarray:
        """People in a part of the grid, float32."""
        found: np.ndarray = self.people[rows, cols]
        return found

    @property
    def beyond_180(self) -> bool:
        """Whether the grid's longitudes run in 0..360 because the country crosses the 180th meridian."""
        return grid.is_geographic(self.geobox) and self.geobox.boundingbox.right > 180.0 + abs(self.geobox.affine.a)


@dataclass
class _Counts:
    """What the decoder met, for the record."""

    negative: int = 0
    lowest: float = 0.0
    infinite: int = 0
    enormous: int = 0
    sentinels: dict[float, int] = field(default_factory=dict)
    largest: int = 0  # cells with the largest number that the type holds, where another one is declared as nodata


@dataclass(frozen=True)
class _Plan:
    """Which source cells become which grid cells: rows ``row0 .. row0+rows`` (north first), and per target column the
    source column (-1: a gap, only beside the 180th meridian)."""

    row0: int
    rows: int
    columns: np.ndarray
    affine: Affine
    wide: bool = False


@dataclass
class _Decoded:
    """The values of the file that belong to the country, and what the file says of itself."""

    people: np.ndarray
    counts: _Counts
    plan: _Plan
    system: CRS
    nodata: float | None
    elsewhere: bool
    assumptions: tuple[str, ...]
    driver: str
    bands: tuple[InputWarning, ...]  # that one of several was read
    grade: str
    scaled: tuple[str, ...]  # that its scale and offset were applied
    largest: int  # the largest number that an integer type holds, 0 for floats
    sidecars: tuple[InputWarning, ...]  # what is said of the files beside it
    modelled: str  # how a model or a transfer made it; "" for a grid of somebody's own


def read_population(
    path: Path,
    country: Country,
    *,
    unit: str = "people",
    nodata: float | None = None,
    crs: str | None = None,
    meta: Meta | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
) -> Population:
    """Read a population raster onto its own grid.

    ``unit``: ``people`` (per grid cell) or ``people_per_km2``. ``nodata`` and ``crs`` override what the file says.
    ``boundaries``: areas of the country in EPSG:4326 (0..360 when it crosses 180°); needed when the raster holds other
    countries too, which are then cut away. Raises :class:`InputError` when the file cannot be what it is taken for.
    """
    if unit not in UNITS:
        raise InputError(f"{path}: unit '{unit}' is not known; use {' or '.join(UNITS)}")
    bbox = _country_bbox(country, boundaries)
    with open_raster(path) as dataset:
        refuse_other_people(dataset, path, unit)
        raw = _decoded(dataset, path, country, bbox, boundaries is not None, nodata, crs)
    _refuse_bad_values(path, raw.counts)
    assumptions, people = list(raw.assumptions), raw.people
    doubts = check_numbers_of_people(path, people, of_bytes=raw.largest in (127, 255))
    del raw.people  # so that it leaves memory as soon as it is cut
    geobox = GeoBox(people.shape, raw.plan.affine, crs_name(raw.system))
    if unit == "people_per_km2":
        for rows in grid.blocks(people.shape[0]):
            people[rows] *= grid.cell_area_km2(geobox, rows).astype(np.float32)
        assumptions.append("Values are people per km² and were multiplied by the true area of each grid cell.")
    assumptions += raw.scaled
    for value, count in raw.counts.sentinels.items():
        assumptions.append(f"{count} cells hold {value:g}, which is not declared as nodata but was taken as such.")
    cut = raw.elsewhere and boundaries is not None
    warnings: tuple[InputWarning, ...] = ()
    if cut:
        people, warnings = _cut(people, geobox, boundaries, country)
    crossing = country.crosses_180
    if country.bbox is None and raw.system.is_geographic:
        people, geobox, crossing = _in_one_piece(people, geobox)
    columns = raw.plan.columns
    if raw.plan.wide or crossing or not np.array_equal(columns, np.arange(columns.size)):
        people, geobox = _crop_to_people(people, geobox)
    total, populated, missing = _totals(people)
    if not total > 0:
        raise InputError(f"{path}: holds no people at all; check that it is a population raster of {country.iso3}")
    lat, lon = _some_people(people, geobox)
    warnings += check_position(path, "populated grid cells", lat, lon, country, bbox)
    warnings += raw.bands + _fill_warnings(raw) + doubts + raw.sidecars + _warnings(people, geobox)
    warnings += repeated_values(people) if unit == "people" else ()
    if raw.modelled in HOW:
        warnings = (InputWarning(f"modelled_{raw.modelled}", HOW[raw.modelled]), *warnings)
    if bbox is None:
        assumptions.append(f"Where {country.name} lies is not known to the engine, so the position was not checked.")
    facts = {
        "unit": unit,
        "people": total,
        **_grid_facts(geobox),
        "populated_cells": populated,
        "nodata_cells": missing,
    } | ({"modelled": raw.modelled} if raw.modelled in HOW else {})
    record = record_of(
        "population",
        path,
        meta or Meta(),
        format=raw.driver,
        crs=crs_name(raw.system),
        nodata="" if raw.nodata is None else f"{raw.nodata:.9g}",
        assumptions=tuple(assumptions),
        warnings=warnings,
        grade=raw.grade,
        facts=facts,
    )
    return Population(people, geobox, record, cut)


def _decoded(
    dataset: rasterio.DatasetReader,
    path: Path,
    country: Country,
    bbox: Bbox | None,
    can_be_cut: bool,
    nodata: float | None,
    crs: str | None,
) -> _Decoded:
    """What the file holds of the country, as it is stored. ``can_be_cut``: whether boundaries are there."""
    _check_band(dataset, path)
    system, assumptions = crs_of(dataset, path, crs)
    check_plain_grid(dataset, path, system)
    plan = _plan(dataset, system, country, bbox, path)
    if plan.rows * plan.columns.size > MAX_CELLS:
        raise InputError(
            f"{path}: would be {plan.columns.size} x {plan.rows} grid cells, above the limit of {MAX_CELLS:.0e}; "
            "clip it to the country or use a coarser product"
        )
    elsewhere = plan.wide and _people_elsewhere(dataset, system, bbox)
    if elsewhere and not can_be_cut:
        raise InputError(
            f"{path}: holds people far outside {country.name} and there are no boundaries to cut it by; "
            "add [[boundaries]] to the inputs or clip the raster to the country"
        )
    declared = dataset.nodata if nodata is None else nodata
    people, counts = _read(dataset, plan, declared)
    if dataset.nodata is not None and declared != dataset.nodata and not np.isnan(dataset.nodata):
        assumptions += (f"The file says nodata is {dataset.nodata:g}; {declared:g} was taken instead, as stated.",)
    kind = np.dtype(dataset.dtypes[0])
    largest = int(np.iinfo(kind).max) if kind.kind in "iu" else 0
    return _Decoded(
        people, counts, plan, system, declared, bool(elsewhere), tuple(assumptions),
        dataset.driver, warnings_of_bands(dataset), grade_of_raster(dataset), scale_said(dataset),
        largest, sidecar_warnings(dataset, path), dataset.tags().get(TAG, "").lower(),
    )  # fmt: skip


def _fill_warnings(raw: _Decoded) -> tuple[InputWarning, ...]:
    """Cells with the largest number that fits, which often stands for missing data."""
    if not raw.counts.largest:
        return ()
    text = (
        f"{raw.counts.largest} cells hold {raw.largest}, the largest number that fits; check whether that marks missing data, "
        "and state it as nodata."
    )
    return (InputWarning("byte_fill", text, {"cells": raw.counts.largest, "value": raw.largest}),)


def _grid_facts(geobox: GeoBox) -> dict[str, object]:
    """The grid, as the record of the file says it."""
    return {
        "rows": geobox.shape[0],
        "cols": geobox.shape[1],
        "cell_size": [abs(geobox.affine.a), abs(geobox.affine.e)],
        "extent": [float(value) for value in geobox.boundingbox],
    }


def _country_bbox(country: Country, boundaries: gpd.GeoDataFrame | None) -> Bbox | None:
    """Where the country is: the registry's box, else that of its boundaries."""
    if country.bbox is not None or boundaries is None:
        return country.bbox
    west, south, east, north = (float(value) for value in boundaries.total_bounds)
    return west, south, east, north


def _check_band(dataset: rasterio.DatasetReader, path: Path) -> None:
    kind = np.dtype(dataset.dtypes[0]).kind
    if kind not in "iuf":
        raise InputError(
            f"{path}: its values are {dataset.dtypes[0]}, not numbers of people; give a real-valued raster"
        )
    refuse_picture(dataset, path, "numbers of people")


# --- which part of the file ------------------------------------------------------------------------------------------


def _plan(dataset: rasterio.DatasetReader, crs: CRS, country: Country, bbox: Bbox | None, path: Path) -> _Plan:
    """The part of the file to read, north up, west to east, in one piece across 180° and cut to the country if wide."""
    source = dataset.transform
    height, width = dataset.height, dataset.width
    dx, dy = abs(source.a), abs(source.e)
    west, north = source.c + min(0.0, source.a * width), source.f + max(0.0, source.e * height)
    columns = np.arange(width) if source.a > 0 else np.arange(width)[::-1]
    wide = _is_wide(dataset, crs, bbox)
    if crs.is_geographic:
        if width * dx > 360.0 + 1.5 * dx:
            raise InputError(f"{path}: spans more than 360 degrees of longitude; cut the repeated columns off")
        frame = 0.0 if country.crosses_180 or (bbox is not None and bbox[2] > 180.0) else -180.0
        columns, west = _columns_in_frame(columns, west, dx, frame, bbox if wide else None)
    elif wide and bbox is not None and bbox[2] > 180.0:
        raise InputError(f"{path}: a projected raster this wide cannot be cut across 180°; use its EPSG:4326 edition")
    first, last = 0, height
    if wide and bbox is not None:
        south, top = bbox[1] - MARGIN_DEG, bbox[3] + MARGIN_DEG
        if not crs.is_geographic:
            left, south, right, top = _projected_box(bbox, crs)
            start, stop = int(np.floor((left - west) / dx)), int(np.ceil((right - west) / dx))
            start, stop = max(0, start), min(width, stop)
            columns, west = columns[start:stop], west + start * dx
        first = max(0, int(np.floor((north - top) / dy)))
        last = min(height, int(np.ceil((north - south) / dy)))
    if last <= first or columns.size == 0:
        raise InputError(f"{path}: lies outside {country.name}; check that it is the file of {country.iso3}")
    return _Plan(first, last - first, columns, Affine(dx, 0, west, 0, -dy, north - first * dy), wide)


def _columns_in_frame(
    columns: np.ndarray, west: float, dx: float, frame_west: float, bbox: Bbox | None
) -> tuple[np.ndarray, float]:
    """Source column of every target column, in the frame ``frame_west .. frame_west + 360``, and the new west edge.

    A raster already inside the frame (to one cell) is left as it is. Where the file's last column and its first do not
    meet exactly, a gap of -1 columns stays between them.
    """
    east = west + columns.size * dx
    if bbox is None and west >= frame_west - 1.5 * dx and east <= frame_west + 360.0 + 1.5 * dx:
        return columns, west
    tolerance = dx / 1000.0
    plain = west + (np.arange(columns.size) + 0.5) * dx
    centre = longitude.to_360(plain - frame_west + tolerance) + frame_west - tolerance
    if bbox is not None:
        inside = longitude.is_within(centre, bbox[0], bbox[2], MARGIN_DEG)
        columns, plain, centre = columns[inside], plain[inside], centre[inside]
        if not centre.size:
            return columns, west
    place = np.round((centre - centre.min()) / dx).astype(np.int64)
    target = np.full(place.max() + 1, -1, dtype=np.int64)
    target[place[::-1]] = columns[::-1]  # of two columns at one place the first counts
    first = int(centre.argmin())
    turns = round((centre[first] - plain[first]) / 360.0)  # whole turns only, so that the edge keeps its exact value
    return target, float(plain[first] - dx / 2 + 360.0 * turns)


def _projected_box(bbox: Bbox, crs: CRS) -> Bbox:
    west, south, east, north = bbox
    margin = MARGIN_DEG
    box = (max(west - margin, -180), max(south - margin, -90), min(east + margin, 180), min(north + margin, 90))
    left, bottom, right, top = transform_bounds("EPSG:4326", crs, *box, densify_pts=41)
    return left, bottom, right, top


def _is_wide(dataset: rasterio.DatasetReader, crs: CRS, bbox: Bbox | None) -> bool:
    """Whether the raster's extent is several times the country's."""
    if bbox is None:
        return False
    west, south, east, north = bbox
    if crs.is_geographic:
        area = (east - west + 2 * MARGIN_DEG) * (north - south + 2 * MARGIN_DEG)
    else:
        try:
            left, bottom, right, top = _projected_box(bbox, crs)
        except (rasterio.errors.RasterioError, ValueError):
            return False
        area = (right - left) * (top - bottom)
    extent = abs(dataset.transform.a * dataset.width * dataset.transform.e * dataset.height)
    if not np.isfinite(area) or area <= 0:
        return False
    if extent > _WIDE * area:
        return True
    return extent > area and _holds(dataset, crs, bbox) and _share_inside(dataset, crs, bbox) < _MOSTLY_HERE


def _holds(dataset: rasterio.DatasetReader, crs: CRS, bbox: Bbox) -> bool:
    """Whether a raster in degrees holds the whole box of the country."""
    west, south, east, north = bbox
    left, bottom, right, top = dataset.bounds
    if not crs.is_geographic or not bottom <= south < north <= top:
        return False
    return right - left >= 360.0 - abs(dataset.transform.a) or any(
        left <= west + turn and east + turn <= right for turn in (-360.0, 0.0, 360.0)
    )


def _people_elsewhere(dataset: rasterio.DatasetReader, crs: CRS, bbox: Bbox | None) -> bool:
    """Whether a coarse look at the whole raster finds people outside the country's box."""
    return bbox is not None and _share_inside(dataset, crs, bbox) < 0.999


def _share_inside(dataset: rasterio.DatasetReader, crs: CRS, bbox: Bbox) -> float:
    """Share of the populated cells, in a coarse look at the whole raster, that lie in the country's box; 1 without any."""
    shape = (min(dataset.height, 1500), min(dataset.width, 3000))
    look = dataset.read(1, out_shape=shape, masked=True).astype(np.float64).filled(0.0)
    row, col = np.nonzero((look > 0) & (look < _WORLD_PEOPLE))
    if not row.size:
        return 1.0
    affine = dataset.transform @ Affine.scale(dataset.width / shape[1], dataset.height / shape[0])
    box = GeoBox(shape, affine, crs_name(crs))
    lat, lon = grid.latlon(box, row + 0.5, col + 0.5)
    return share_inside(bbox, lat, lon)


# --- values ----------------------------------------------------------------------------------------------------------


def _read(dataset: rasterio.DatasetReader, plan: _Plan, declared: float | None) -> tuple[np.ndarray, _Counts]:
    """The planned cells as float32, NaN where there is no data, read in bands of rows."""
    people = storage.empty((plan.rows, plan.columns.size), np.float32)
    counts = _Counts()
    scaled = (dataset.scales[0], dataset.offsets[0])
    used = plan.columns[plan.columns >= 0]
    col0, cols = int(used.min()), int(used.max() - used.min()) + 1
    pick = plan.columns - col0
    straight = np.array_equal(pick, np.arange(cols))
    south_up = dataset.transform.e > 0
    for rows in grid.blocks(plan.rows):
        first, count = plan.row0 + rows.start, rows.stop - rows.start
        if south_up:
            first = dataset.height - first - count
        window = Window(col0, first, cols, count)
        raw, missing = read_band(dataset, window, nodata=declared)
        band = _decode(raw, missing, declared, scaled, counts)
        if south_up:
            band = band[::-1]
        if not straight:
            band = np.where(plan.columns >= 0, band[:, np.clip(pick, 0, cols - 1)], np.float32(np.nan))
        people[rows] = band
    return people, counts


def _decode(
    raw: np.ndarray, missing: np.ndarray, declared: float | None, scaled: tuple[float, float], counts: _Counts
) -> np.ndarray:
    """Raw values as float32 people (raw × scale + offset), NaN for no data; what is not possible is counted.

    Scale and offset are applied here and not by ``read_values``: undeclared nodata shows in the numbers as they are stored.
    """
    plain = scaled == (1.0, 0.0)
    values = raw if plain else raw * scaled[0] + scaled[1]
    odd = (values < 0) | (values > _WORLD_PEOPLE)
    possible_nodata: tuple[float, ...] = _SENTINELS
    if raw.dtype.kind in "iu" and declared is None:  # its largest number is only suspect where nothing is declared
        possible_nodata = (*_SENTINELS, float(np.iinfo(raw.dtype).max))
        odd |= raw == np.iinfo(raw.dtype).max
    if not plain:  # a sentinel may turn into something possible
        for value in possible_nodata:
            odd |= is_value(raw, value)
    if raw.dtype.kind in "iu" and declared is not None:
        counts.largest += int(np.count_nonzero((raw == np.iinfo(raw.dtype).max) & ~missing))
    odd &= ~missing
    with np.errstate(over="ignore"):
        people = values.astype(np.float32)
    people[missing] = np.nan
    if odd.any():
        people[odd] = np.nan
        _count_odd(raw[odd], values[odd], possible_nodata, counts)
    return people


def _count_odd(raw: np.ndarray, values: np.ndarray, possible_nodata: tuple[float, ...], counts: _Counts) -> None:
    """Sort values that are no people into sentinels (by what the file holds) and impossible ones."""
    for value in possible_nodata:
        found_here = is_value(raw, value)
        if found := int(np.count_nonzero(found_here)):
            counts.sentinels[value] = counts.sentinels.get(value, 0) + found
            raw, values = raw[~found_here], values[~found_here]
    infinite = np.isinf(values)
    counts.infinite += int(np.count_nonzero(infinite))
    values = values[~infinite]
    counts.enormous += int(np.count_nonzero(values > 0))
    if (values < 0).any():
        counts.negative += int(np.count_nonzero(values < 0))
        counts.lowest = min(counts.lowest, float(values.min()))


def _refuse_bad_values(path: Path, counts: _Counts) -> None:
    if counts.infinite:
        raise InputError(f"{path}: {counts.infinite} cells hold infinity; set them to nodata")
    if counts.negative:
        raise InputError(
            f"{path}: {counts.negative} cells hold negative people (lowest {counts.lowest:g}); if that marks missing data, "
            "state it as nodata in inputs.toml, else correct the raster"
        )
    if counts.enormous:
        raise InputError(
            f"{path}: {counts.enormous} cells hold more people than the world; if the value marks missing data, "
            "state it as nodata in inputs.toml"
        )


# --- the country in it -----------------------------------------------------------------------------------------------


def _cut(
    people: np.ndarray, geobox: GeoBox, boundaries: gpd.GeoDataFrame, country: Country
) -> tuple[np.ndarray, tuple[InputWarning, ...]]:
    """Blank every grid cell that is out of the country's reach, and say how many people went.

    Cells on a border are kept, and those off a shore that is drawn coarsely.
    """
    own = outline_of(boundaries)
    kept = within_reach(geobox, own, land_beyond(country.iso3, own, geobox), _SHORE_KM)
    before = float(np.nansum(people, dtype=np.float64))
    for rows in grid.blocks(people.shape[0]):
        people[rows][~kept[rows]] = np.nan
    after = float(np.nansum(people, dtype=np.float64))
    text = (
        f"The raster holds other countries too: it was cut to the grid cells of {country.name} "
        f"({after:,.0f} of {before:,.0f} people around it were kept)."
    )
    return people, (InputWarning("cut", text, {"people": round(after), "before": round(before)}),)


def _in_one_piece(people: np.ndarray, geobox: GeoBox) -> tuple[np.ndarray, GeoBox, bool]:
    """Roll a -180..180 raster to 0..360 when its people live at both ends and nobody at 0°: it crosses 180°."""
    cols = geobox.shape[1]
    dx = geobox.affine.a
    if cols * dx < 350.0 or geobox.affine.c > -170.0:
        return people, geobox, False
    populated = np.flatnonzero((people > 0).any(axis=0))
    if populated.size < 2:
        return people, geobox, False
    gap = int(np.diff(populated).argmax())
    outer = cols - 1 - populated[-1] + populated[0]
    if populated[gap + 1] - populated[gap] <= max(outer, cols // 3):
        return people, geobox, False
    turn = int(populated[gap + 1]) - 1  # one empty column before the people of the eastern hemisphere
    lost = round(360.0 / dx) - cols  # columns missing (or doubled) where the raster's ends meet
    middle = np.full((people.shape[0], max(lost, 0)), np.nan, dtype=np.float32)
    rolled = np.concatenate([people[:, turn:], middle, people[:, max(-lost, 0) : turn]], axis=1)
    affine = Affine(dx, 0, geobox.affine.c + turn * dx, 0, geobox.affine.e, geobox.affine.f)
    return rolled, GeoBox(rolled.shape, affine, geobox.crs), True


def _crop_to_people(people: np.ndarray, geobox: GeoBox) -> tuple[np.ndarray, GeoBox]:
    """The smallest window with all people, and one grid cell around it."""
    row, col = np.flatnonzero((people > 0).any(axis=1)), np.flatnonzero((people > 0).any(axis=0))
    if not row.size:
        return people, geobox
    top, bottom = max(row[0] - 1, 0), min(row[-1] + 2, people.shape[0])
    left, right = max(col[0] - 1, 0), min(col[-1] + 2, people.shape[1])
    cropped = np.ascontiguousarray(people[top:bottom, left:right])
    return cropped, GeoBox(cropped.shape, geobox.affine @ Affine.translation(left, top), geobox.crs)


def _totals(people: np.ndarray) -> tuple[float, int, int]:
    """People, populated cells and cells without data, block by block: a whole-array nansum would copy the array."""
    total, populated, missing = 0.0, 0, 0
    for rows in grid.blocks(people.shape[0]):
        block = people[rows]
        total += float(np.nansum(block, dtype=np.float64))
        populated += int(np.count_nonzero(block > 0))
        missing += int(np.count_nonzero(np.isnan(block)))
    return total, populated, missing


def _some_people(people: np.ndarray, geobox: GeoBox) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of a sample of the populated grid cells."""
    step = max(1, int(np.sqrt(people.size / 4e6)))
    row, col = np.nonzero(people[::step, ::step] > 0)
    if row.size < 100:
        step = 1
        row, col = np.nonzero(people > 0)
    return grid.latlon(geobox, row * step + 0.5, col * step + 0.5)


def _warnings(people: np.ndarray, geobox: GeoBox) -> tuple[InputWarning, ...]:
    warnings: tuple[InputWarning, ...] = ()
    area = grid.row_cell_area_km2(geobox)
    dense = sum(
        int(np.count_nonzero(people[rows] > _DENSE_PER_KM2 * area[rows, None])) for rows in grid.blocks(people.shape[0])
    )
    if dense:
        text = f"{dense} grid cells hold more than a million people per km²; check the unit and the nodata value."
        warnings += (InputWarning("dense", text, {"cells": dense}),)
    if float(np.median(area)) > 100.0:
        text = "Grid cells are larger than 100 km²; the coverage of a cell cannot be told well."
        warnings += (InputWarning("large_cells", text),)
    return warnings
