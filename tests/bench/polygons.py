"""Zonal sums of polygons with exact shares of the grid cells."""

from collections.abc import Iterator

import exactextract
import numpy as np
import rasterstats
import shapely
from affine import Affine
from ewcm_kernels.polygons import polygon_fraction, polygon_sums
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource

from tests.bench.made import full_side, patchwork, people
from tests.bench.row import Budget, Row


def rows(scale: float) -> Iterator[Row]:
    side = full_side(scale)
    values = np.nan_to_num(people(side))
    polygons = patchwork(side)
    x, y = np.concatenate(polygons).T
    ring_offsets = np.cumsum([0] + [len(points) for points in polygons])
    # exactextract counts y upwards.
    upright = [shapely.Polygon(points * (1, -1) + (0, side)) for points in polygons]
    features = [
        {"type": "Feature", "id": number, "properties": {}, "geometry": shapely.geometry.mapping(polygon)}
        for number, polygon in enumerate(upright)
    ]
    raster = NumPyRasterSource(values, 0, 0, side, side)

    def ours():
        return polygon_sums(values, x, y, ring_offsets, np.arange(len(polygons) + 1))

    def exact(strategy):
        found = exactextract.exact_extract(raster, JSONFeatureSource(features), ["sum"], strategy=strategy)
        return np.array([feature["properties"]["sum"] for feature in found])

    def stats():
        found = rasterstats.zonal_stats(
            upright, values, affine=Affine(1, 0, 0, 0, -1, side), nodata=-1, stats=["sum"], all_touched=False
        )
        return np.array([area["sum"] for area in found])

    def note():
        mine, exactly, whole = ours(), exact("raster-sequential"), values.sum(dtype=float)
        worst = np.abs(mine - exactly).max() / exactly.max()
        return f"largest difference from exactextract: {worst:.1e}; from all people: {mine.sum() / whole - 1:.1e}"

    yield Row(
        f"sums of 100 polygons over {side} x {side} float32",
        ours,
        {
            "exactextract raster-sequential": lambda: exact("raster-sequential"),
            "exactextract feature-sequential": lambda: exact("feature-sequential"),
            "rasterstats (cell centres)": stats,
        },
        Budget("at least 5 times as fast", "exactextract raster-sequential", 1 / 5),
        note,
    )

    def exact_shares():
        return exactextract.exact_extract(raster, JSONFeatureSource(features[:1]), ["coverage"])

    def one_window():
        return polygon_fraction(*polygons[0].T, np.array([0, len(polygons[0])]), side, side)[2]

    def share_note():
        theirs = exact_shares()[0]["properties"]["coverage"].sum(dtype=float)
        return f"difference in area from exactextract: {one_window().sum() / theirs - 1:.1e}"

    yield Row(
        f"shares of the cells of one polygon, {' x '.join(str(length) for length in one_window().shape)}",
        one_window,
        {"exactextract coverage": exact_shares},
        None,
        share_note,
    )
