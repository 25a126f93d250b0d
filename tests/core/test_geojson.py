"""Geometries made many at once are those that shapely makes one by one."""

import numpy as np
import shapely
from shapely.geometry import mapping, shape

from ewcm.core.geojson import geometries


def test_each_geometry_is_what_shapely_makes_of_it():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    given = [
        shapely.MultiPolygon([ring, shapely.box(5, 5, 6, 7)]),
        shapely.LineString([(0, 0), (1, 2), (3, 1)]),
        ring,
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 5)]]),
        shapely.box(-180, -1, 180.5, 1),
    ]
    found = [mapping(geometry) for geometry in given]
    assert shapely.equals_identical(geometries(found), [shape(geometry) for geometry in found]).all()


def test_what_is_neither_line_nor_polygon_is_left_out():
    made = geometries([mapping(shapely.Point(1, 2)), mapping(shapely.box(0, 0, 1, 1))])
    assert made[0] is None and made[1].area == 1
    assert geometries([]).shape == (0,) and geometries([]).dtype == np.dtype(object)
