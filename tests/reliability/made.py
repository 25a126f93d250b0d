"""Random countries: any grid, any areas, any network, as Hypothesis draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from shapely import affinity
from shapely.geometry import box

from ewcm.core import grid
from ewcm.inputs.country_data import CountryData
from tests.made import made_areas, made_data, made_sites

#: Coordinate systems, and places [lon, lat] of the grid's corner that they are made for. Longitudes above 180 stand for a
#: country across the 180th meridian, whose grid runs in 0..360.
PLACES = {
    "EPSG:4326": [(30.0, 2.0), (-72.0, 19.0), (179.9, -16.0), (20.0, 60.0), (-0.1, 0.1)],
    "ESRI:54009": [(45.0, 3.0), (84.0, 28.0), (-72.0, 19.0)],
    "EPSG:32636": [(32.0, 1.0), (34.5, -14.0)],
    "ESRI:102024": [(38.0, 9.0), (15.0, -4.0)],
}


@dataclass(frozen=True)
class Made:
    """A drawn country: its inputs in memory, and the parts they are made of."""

    people: np.ndarray
    geobox: GeoBox
    areas: list[tuple[int, str, object]]
    sites: list[tuple[float, float, str, str]]

    def data(self, sites: list[tuple[float, float, str, str]] | None = None, **others: object) -> CountryData:
        sites = self.sites if sites is None else sites
        boundaries = made_areas(*self.areas) if self.areas else None
        return made_data(
            self.people, self.geobox, boundaries=boundaries, sites=made_sites(*sites) if sites else None, **others
        )

    @property
    def total(self) -> float:
        return float(np.nansum(self.people.astype(np.float32), dtype=np.float64))


@st.composite
def grids(draw: st.DrawFn, most: int = 30) -> GeoBox:
    """A grid somewhere on the earth, cells of 0.2 to 5 km, square or not."""
    crs = draw(st.sampled_from(sorted(PLACES)))
    lon, lat = draw(st.sampled_from(PLACES[crs]))
    rows, cols = draw(st.integers(1, most)), draw(st.integers(1, most))
    width_km, stretch = draw(st.sampled_from([0.2, 0.93, 5.0])), draw(st.sampled_from([1.0, 1.0, 0.7, 1.9]))
    shift = draw(st.sampled_from([0.0, 0.5, 0.123]))
    unit = 1 / 111.2 if crs == "EPSG:4326" else 1000.0
    x, y = (
        (lon, lat) if crs == "EPSG:4326" else Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    )
    dx, dy = width_km * unit, width_km * stretch * unit
    return GeoBox((rows, cols), Affine(dx, 0, x + shift * dx, 0, -dy, y + shift * dy), crs)


@st.composite
def peoples(draw: st.DrawFn, geobox: GeoBox) -> np.ndarray:
    """People of a grid: full or nearly empty, whole persons or fractions of one, with holes."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people = random.lognormal(draw(st.sampled_from([-6.0, 3.0, 9.0])), 2, geobox.shape)
    people[random.uniform(size=geobox.shape) > draw(st.sampled_from([0.02, 0.5, 1.0]))] = 0
    people[random.uniform(size=geobox.shape) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    people[draw(st.integers(0, geobox.shape[0] - 1)), draw(st.integers(0, geobox.shape[1] - 1))] = 12.5
    return people.astype(np.float32)


def on_earth(geobox: GeoBox, shape: shapely.Geometry) -> shapely.Geometry:
    """A shape of columns and rows in degrees, in the longitudes of the grid."""

    def place(xy: np.ndarray) -> np.ndarray:
        lat, lon = grid.latlon(geobox, xy[:, 1], xy[:, 0])
        if grid.is_geographic(geobox):
            lon = geobox.affine.c + xy[:, 0] * geobox.affine.a
        return np.column_stack([lon, lat])

    return shapely.transform(shapely.segmentize(shape, 3.0), place)


@st.composite
def splits(draw: st.DrawFn, geobox: GeoBox) -> list[shapely.Geometry]:
    """Areas in columns and rows: a mosaic with shared edges, and what goes wrong with real ones."""
    rows, cols = geobox.shape
    count = draw(st.integers(1, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = shapely.MultiPoint(random.uniform((0, 0), (cols, rows), (count, 2)))
    frame = box(0, 0, cols, rows)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame)) if count > 1 else [frame]
    shapes = [shape for cell in cells if not (shape := shapely.intersection(cell, frame)).is_empty]
    for fault in draw(
        st.lists(st.sampled_from(["gap", "overlap", "enclave", "islet", "sliver", "off", "jut"]), max_size=3)
    ):
        x, y = random.uniform(0, cols), random.uniform(0, rows)
        if fault == "gap":
            hole = shapely.Point(x, y).buffer(random.uniform(0.1, 4))
            shapes = [shape for part in shapes if not (shape := part.difference(hole)).is_empty] or shapes
        elif fault == "overlap":
            shapes[0] = shapes[0].buffer(random.uniform(0.1, 3))
        elif fault == "enclave":
            town = shapely.Point(x, y).buffer(random.uniform(0.1, 3))
            shapes = [shape for part in shapes if not (shape := part.difference(town)).is_empty] + [town]
        elif fault == "islet":
            shapes.append(box(x, y, x + 0.01, y + 0.01))
        elif fault == "sliver":
            shapes.append(box(0, y, cols, y + 1e-7))
        elif fault == "off":
            shapes.append(box(cols + 5, 0, cols + 9, 3))
        else:
            shapes[-1] = shapely.union(shapes[-1], affinity.translate(frame, cols / 2, rows / 3))
    return [shape for shape in shapes if shape.area > 0] or [frame]


@st.composite
def countries(draw: st.DrawFn, most: int = 30) -> Made:
    """A whole country: grid, people, one or two levels of areas (or none), and a network (or none)."""
    geobox = draw(grids(most))
    rows, cols = geobox.shape
    areas: list[tuple[int, str, object]] = []
    for level in draw(st.sampled_from([(), (1,), (0, 1), (1, 2)])):
        shapes = [box(0, 0, cols, rows * 0.9)] if level == 0 else draw(splits(geobox))
        areas += [(level, f"{level}-{number}", on_earth(geobox, shape)) for number, shape in enumerate(shapes)]
    sites = draw(
        st.lists(
            st.tuples(
                st.floats(-0.5, 1.5),
                st.floats(-0.5, 1.5),
                st.sampled_from(["2G", "3G", "4G", "5G"]),
                st.sampled_from("ab"),
            ),
            max_size=5,
        )
    )
    return Made(draw(peoples(geobox)), geobox, areas, [site_at(geobox, *site) for site in sites])


def site_at(
    geobox: GeoBox, down: float, across: float, technology: str, operator: str
) -> tuple[float, float, str, str]:
    """A site at a share of the grid's height and width."""
    lat, lon = grid.latlon(geobox, np.array([down * geobox.shape[0]]), np.array([across * geobox.shape[1]]))
    return float(lat[0]), float(lon[0]), technology, operator
