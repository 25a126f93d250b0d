"""Shapes of the map: simplified within a budget of vertices and written as short lists of whole numbers."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

#: Coordinates are whole numbers of 1/SCALE degree (about 1 m).
SCALE = 100_000


def simplify_together(shapes: np.ndarray, vertices: int) -> np.ndarray:
    """Neighbouring polygons with at most about ``vertices`` vertices in all; shared borders stay shared."""
    extent = shapely.total_bounds(shapes)
    tolerance = max(extent[2] - extent[0], extent[3] - extent[1]) / 16_384
    result = shapes
    while shapely.get_num_coordinates(result).sum() > vertices and tolerance < 1:
        result = shapely.coverage_simplify(shapes, tolerance)
        tolerance *= 2
    return result


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


def encode(geometry: BaseGeometry | None, scale: int = SCALE) -> list[list[list[int]]]:
    """Polygons of rings of longitude, latitude: the first point, then differences; lines are polygons of open rings."""
    if geometry is None or geometry.is_empty:
        return []
    polygons = []
    for part in shapely.get_parts(geometry):
        rings = [part] if part.geom_type == "LineString" else shapely.get_rings(part)
        coded = []
        for ring in rings:
            points = np.rint(shapely.get_coordinates(ring) * scale).astype(np.int64)
            moved = np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])
            coded.append(np.diff(points[moved], axis=0, prepend=[[0, 0]]).ravel().tolist())
        polygons.append(coded)
    return polygons


def encode_collection(collection: dict | None, vertices: int) -> list[list[list[int]]]:
    """The polygons or lines of a GeoJSON FeatureCollection as one encoded shape, within a budget of vertices."""
    if not collection or not collection.get("features"):
        return []
    shapes = np.array([shape(feature["geometry"]) for feature in collection["features"] if feature.get("geometry")])
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
    return [polygon for part in result for polygon in encode(part)]
