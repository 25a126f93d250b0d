"""Shapes of the map: simplified within a budget of vertices and written as short lists of whole numbers."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.core.geojson import geometries

#: Coordinates are whole numbers of 1/SCALE degree (about 1 m).
SCALE = 100_000

#: Corners of all outlines of areas on a page that shows them as lines only.
_OUTLINE_VERTICES = 20_000


def simplify_together(shapes: np.ndarray, vertices: int) -> np.ndarray:
    """Neighbouring polygons with at most about ``vertices`` vertices in all; shared borders stay shared."""
    extent = shapely.total_bounds(shapes)
    tolerance = max(extent[2] - extent[0], extent[3] - extent[1]) / 16_384
    result = shapes
    while shapely.get_num_coordinates(result).sum() > vertices and tolerance < 1:
        result = shapely.coverage_simplify(shapes, tolerance)
        tolerance *= 2
    return result


def outlines_of_areas(areas: gpd.GeoDataFrame) -> list[list[list[int]]]:
    """The rings of the areas of the finest level, each as :func:`encode_each` writes it, for a page that shows them as lines."""
    finest = areas[areas["level"] == areas["level"].max()].geometry.to_numpy()
    simple = simplify_together(shapely.make_valid(finest), _OUTLINE_VERTICES)
    return [ring for shape in encode_each(np.asarray(simple)) for ring in shape]


def simplify_apart(shapes: np.ndarray, vertices: int, step: float) -> np.ndarray:
    """Separate polygons within ``vertices`` in all: each simplified by up to four times ``step`` [degrees], and then the
    last ones dropped (None)."""
    result = shapes
    for tolerance in (step, 2 * step, 4 * step):
        if shapely.get_num_coordinates(result).sum() <= vertices:
            break
        result = shapely.simplify(shapes, tolerance)
    kept = np.cumsum(shapely.get_num_coordinates(result)) <= vertices
    result = result.copy()
    result[~kept] = None
    return result


def encode(geometry: BaseGeometry | None) -> list[list[list[int]]]:
    """Polygons of rings of longitude, latitude: the first point, then differences; lines are polygons of open rings."""
    return encode_each(np.array([geometry]))[0]


def encode_each(geometries: np.ndarray) -> list[list[list[list[int]]]]:
    """:func:`encode` of many geometries."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    lines = np.flatnonzero(shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING)
    rings, part = np.concatenate([rings, parts[lines]]), np.concatenate([part, lines])
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = np.rint(points * SCALE).astype(np.int64)
    first = np.diff(ring, prepend=-1) > 0
    kept = first | np.any(np.diff(points, axis=0, prepend=points[:1]) != 0, axis=1)
    points, first, ring = points[kept], first[kept], ring[kept]
    steps = np.where(first[:, None], points, np.diff(points, axis=0, prepend=points[:1])).ravel().tolist()
    edges = [*(2 * np.flatnonzero(first)).tolist(), len(steps)]
    polygons: list[list[list[int]]] = [[] for _ in parts]
    for number, (start, end) in zip(part[ring[first]], pairwise(edges), strict=True):
        polygons[number].append(steps[start:end])
    shapes: list[list[list[list[int]]]] = [[] for _ in geometries]
    for number, polygon in zip(owner, polygons, strict=True):
        if polygon:
            shapes[number].append(polygon)
    return shapes


def encode_collection(collection: dict | None, vertices: int) -> list[list[list[int]]]:
    """The polygons or lines of a GeoJSON FeatureCollection as one encoded shape, within a budget of vertices."""
    if not collection or not collection.get("features"):
        return []
    shapes = geometries([feature["geometry"] for feature in collection["features"] if feature.get("geometry")])
    parts = shapely.get_parts(shapes)
    parts = parts[np.isin(shapely.get_type_id(parts), (1, 3)) & ~shapely.is_empty(parts)]
    if parts.size == 0:
        return []
    extent = shapely.total_bounds(parts)
    tolerance = max(extent[2] - extent[0], extent[3] - extent[1]) / 16_384
    result = parts
    while shapely.get_num_coordinates(result).sum() > vertices and tolerance < 1:
        result = shapely.simplify(parts, tolerance)
        tolerance *= 2
    return [polygon for polygons in encode_each(result) for polygon in polygons]
