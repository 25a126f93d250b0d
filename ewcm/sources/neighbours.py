"""Land of other countries around one: whether a raster of people reaches beyond the country's border.

A raster that holds one country ends at its border; those who live in a cell of it are the country's. One that was clipped to a
box, or that holds the whole world, has the neighbours' people too.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from ewcm import basemap, packaged
from ewcm.core import grid, longitude, storage
from ewcm.core.clipped import clipped
from ewcm.core.zones import cells_of
from ewcm.countries import Country
from ewcm.sources.boundaries import Boundaries

#: People who live farther than this [km] outside the outline, on a neighbour's land, show that a raster reaches beyond it.
BEYOND_KM = 5.0

#: It does where they are more than this share of all people of the raster, or live in more grid cells than this.
BEYOND_SHARE, BEYOND_CELLS = 0.01, 100

#: Corners of an outline that are nearer to its line than this share of the distance do not count when it is widened.
_CORNER = 0.02

#: Outlines are widened in bands of latitude as high as this [degrees], in which a degree of longitude has one width.
_BAND_DEG = 2.0


@dataclass(frozen=True)
class Beyond:
    """What of a raster lies on the land of other countries.

    ``people``, ``cells``: those of cells that lie whole more than ``BEYOND_KM`` outside the outline. ``on_land``: people of
    all cells whose centre is on a neighbour's land. ``border_cells``, ``border_people``: populated cells that both the country
    and a neighbour touch.
    """

    people: float
    cells: int
    on_land: float
    border_cells: int
    border_people: float

    def reaches(self, all_people: float) -> bool:
        """Whether the raster reaches beyond the country."""
        return self.people > BEYOND_SHARE * all_people or self.cells > BEYOND_CELLS


def lent_outline(country: Country) -> Boundaries | None:
    """The outline of a country that comes with the engine, as boundaries of level 0; None where it has none."""
    own = iso3_outline(country.iso3)
    if own is None:
        return None
    if country.crosses_180:
        parts = shapely.get_parts(own)
        astride = (shapely.bounds(parts)[:, 0] < 0.0) & (shapely.bounds(parts)[:, 2] > 0.0)
        # Joining the halves of a large country takes a minute, and a seam does no harm to what is asked of an outline.
        own = longitude.shape_to_360(own) if astride.any() else shapely.MultiPolygon(longitude.corners_to_360(parts))
    table = gpd.GeoDataFrame(
        {"level": [0], "area_id": [country.iso3], "name": [country.name], "parent_id": [""]},
        geometry=[own],
        crs="EPSG:4326",
    )
    starter = country.iso3 in packaged.available()
    package, file = (
        (packaged.STARTER, packaged.areas_file(country.iso3))
        if starter
        else (packaged.BASEMAP, basemap.countries_file(country.iso3))
    )
    record = package.record(
        "boundaries",
        file,
        format="GeoJSON",
        crs="EPSG:4326",
        licence="public domain (Natural Earth); CC BY 4.0 (WorldPop)" if starter else "CC BY 4.0",
        attribution="WorldPop, University of Southampton." + (" Made with Natural Earth (1:10m)." if starter else ""),
        source="Natural Earth 1:10m admin-1" if starter else "WorldPop country outlines, 500 m, coarsened",
        assumptions=(
            "No boundaries were given: the country is what the outline that comes with the engine holds. Borders do not imply an "
            "opinion on the status of any territory.",
        ),
        facts={"level": 0, "areas": 1},
        lent=True,
    )
    return Boundaries(table, (record,))


def iso3_outline(iso3: str) -> BaseGeometry | None:
    """The outline of a country: that of the starter pack's areas, else the coarse one of all countries."""
    return packaged.outline(iso3) if iso3 in packaged.available() else basemap.outline(iso3)


def outline_of(areas: gpd.GeoDataFrame) -> BaseGeometry:
    """The country: all areas of the coarsest level together."""
    level = areas.get("level")
    mine = areas if level is None else areas[level == level.min()]
    return mine.geometry.iloc[0] if len(mine) == 1 else shapely.union_all(mine.geometry.to_numpy())


def land_beyond(iso3: str, own: BaseGeometry, geobox: GeoBox) -> dict[str, BaseGeometry]:
    """Land of other countries in and around a grid, by their codes, without the ground inside ``own``.

    Longitudes are those of ``own``. Nothing where the engine does not know the country itself: it could not tell its land from
    that of others.
    """
    if basemap.outline(iso3) is None:
        return {}
    found = basemap.countries_in(_box(own, geobox))
    found.pop(iso3, None)
    shapely.prepare(own)
    return {
        code: shapely.difference(land, own) if shapely.intersects(own, land) else land for code, land in found.items()
    }


def land_within(iso3: str, own: BaseGeometry, geobox: GeoBox) -> dict[str, BaseGeometry]:
    """Land inside ``own``, the boundaries that were given, that the outlines of the engine show as that of other countries, by
    their codes."""
    if basemap.outline(iso3) is None:
        return {}
    found = basemap.countries_in(_box(own, geobox))
    found.pop(iso3, None)
    shapely.prepare(own)
    return {code: shapely.intersection(land, own) for code, land in found.items() if shapely.intersects(own, land)}


def _box(own: BaseGeometry, geobox: GeoBox) -> tuple[float, float, float, float]:
    """West, south, east and north of the grid, on the turn of the earth on which ``own`` lies."""
    rows, cols = geobox.shape
    along = np.linspace(0.0, 1.0, 41)
    row = np.concatenate([along * 0, along * 0 + rows, along * rows, along * rows])
    col = np.concatenate([along * cols, along * cols, along * 0, along * 0 + cols])
    lat, lon = grid.latlon(geobox, row, col)
    there = np.isfinite(lat) & np.isfinite(lon)
    west, south, east, north = own.bounds
    if grid.is_geographic(geobox):
        left, _, right, _ = geobox.boundingbox
        turn = 360.0 * round(((west + east) - (left + right)) / 720.0)
        west, east = left + turn, right + turn
    elif there.any():
        lon = longitude.near(lon[there], (west + east) / 2)
        west, east = min(west, float(lon.min())), max(east, float(lon.max()))
    low, high = (float(lat[there].min()), float(lat[there].max())) if there.any() else (south, north)
    return west - 0.1, max(-90.0, min(south, low) - 0.1), east + 0.1, min(90.0, max(north, high) + 0.1)


def widened(shape: BaseGeometry, km: float) -> BaseGeometry:
    """A shape in degrees and all ground within ``km`` of it, to a few per cent of ``km``.

    In two steps: the first, of a tenth, fills the bays of a coast, whose every corner the whole step would go round.
    """
    for part in (0.1 * km, 0.9 * km):
        shape = _widened(shapely.simplify(shape, _CORNER * part / grid.KM_PER_DEG), part)
    return shape


def _widened(shape: BaseGeometry, km: float) -> BaseGeometry:
    """The same in one step."""
    west, south, east, north = shape.bounds
    high = km / grid.KM_PER_DEG
    parts = []
    for band in np.arange(np.floor((south - high) / _BAND_DEG), np.ceil((north + high) / _BAND_DEG)) * _BAND_DEG:
        cut = clipped(shape, west, band - high, east, band + _BAND_DEG + high)
        if cut.is_empty:
            continue
        shrink = np.array([max(0.02, float(np.cos(np.radians(min(85.0, abs(band + _BAND_DEG / 2)))))), 1.0])
        plane = shapely.buffer(shapely.transform(cut, lambda xy, by=shrink: xy * by), high, quad_segs=4)
        wide = shapely.transform(plane, lambda xy, by=shrink: xy / by)
        parts.append(clipped(wide, -720.0, band, 720.0, band + _BAND_DEG))
    return shapely.union_all(parts)


def beyond(people: np.ndarray, geobox: GeoBox, own: BaseGeometry, land: dict[str, BaseGeometry]) -> Beyond:
    """What of a raster lies on the land of others. ``people``: f32 of the grid's shape. ``own``: the outline in degrees."""
    on_land, touched = (_burnt([(part, 1) for part in land.values()], geobox, whole) for whole in (False, True))
    people_on_land, _ = _counted(people, on_land.view(bool))
    # Of a coarse grid a cell of the country's own may have its centre far outside: one that lies there whole is a neighbour's.
    near = _burnt([(widened(own, BEYOND_KM), 1)], geobox, True)
    on_land[near.view(bool)] = 0
    far_people, far_cells = _counted(people, on_land.view(bool))
    touched &= _burnt([(own, 1)], geobox, True)
    border_people, border_cells = _counted(people, touched.view(bool))
    return Beyond(far_people, far_cells, people_on_land, border_cells, border_people)


def within_reach(geobox: GeoBox, own: BaseGeometry, land: dict[str, BaseGeometry], km: float) -> np.ndarray:
    """Grid cells that may hold a country's people, bool: those that it touches, and those within ``km`` of it whose centre is
    on nobody else's land."""
    found = _burnt([(widened(own, km), 1), *((part, 0) for part in land.values())], geobox, False)
    found |= _burnt([(own, 1)], geobox, True)
    return found.view(bool)


def people_inside(people: np.ndarray, geobox: GeoBox, shape: BaseGeometry) -> float:
    """People of all grid cells that a shape in degrees touches."""
    return _counted(people, _burnt([(shape, 1)], geobox, True).view(bool))[0]


def own_people(
    people: np.ndarray, geobox: GeoBox, own: BaseGeometry, land: dict[str, BaseGeometry], km: float
) -> float:
    """People of a raster who are the country's: those of the cells that it has alone, or that nobody has within ``km`` of it,
    and of those on its border by the ground of either side."""
    others = shapely.union_all(list(land.values()))
    on_land = _burnt([(others, 1)], geobox, True).view(bool)
    reached = within_reach(geobox, own, land, km)
    np.copyto(reached, False, where=on_land)
    total, _ = _counted(people, reached)
    del reached
    own, others = (
        grid.on_grid(shape, geobox)
        for shape in grid.projected_to(geobox, gpd.GeoSeries([own, others], crs="EPSG:4326"))
    )
    # Cell numbers rise: the border is looked up in order, and no second grid is needed.
    shared = [
        (cell[here], part[here]) for cell, part in cells_of(own, geobox) if (here := on_land.reshape(-1)[cell]).any()
    ]
    border = np.concatenate([np.zeros(0, np.int64), *(cell for cell, _ in shared)])
    share = np.concatenate([np.zeros(0), *(part for _, part in shared)]).astype(np.float32)
    theirs = np.zeros_like(share)
    for cell, part in cells_of(others, geobox) if border.size else ():
        place = np.minimum(np.searchsorted(border, cell), border.size - 1)
        mine = border[place] == cell
        theirs[place[mine]] = part[mine]
    here = np.nan_to_num(people.reshape(-1)[border].astype(np.float64))
    return total + float((here * share / (share + theirs)).sum())


def _burnt(shapes: list[tuple[BaseGeometry, int]], geobox: GeoBox, touched: bool) -> np.ndarray:
    """Shapes in degrees on the grid, uint8, a later one over an earlier one; by centres, or wherever they touch a cell."""
    found = storage.full(geobox.shape.yx, 0, np.uint8)
    there = [(shape, value) for shape, value in shapes if not shape.is_empty]
    if not there:
        return found
    series = gpd.GeoSeries([shape for shape, _ in there], crs="EPSG:4326")
    placed = [grid.on_grid(shape, geobox) for shape in grid.projected_to(geobox, series)]
    burnt = [(shape, value) for shape, (_, value) in zip(placed, there, strict=True) if not shape.is_empty]
    if burnt:
        rasterize(burnt, out=found, transform=geobox.affine, all_touched=touched)
    return found


def _counted(people: np.ndarray, where: np.ndarray) -> tuple[float, int]:
    """People and populated cells of some cells."""
    total, cells = 0.0, 0
    for rows in grid.blocks(people.shape[0]):
        here = people[rows][where[rows]]
        total += float(np.nansum(here, dtype=np.float64))
        cells += int(np.count_nonzero(here > 0))
    return total, cells
