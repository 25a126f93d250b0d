"""Distance to the nearest covered cell, on the earth and on a plane."""

from collections.abc import Iterator

import cv2
import numpy as np
from ewcm_kernels.distance import nearest_covered_km
from scipy import ndimage

from tests.bench.made import clusters, full_side
from tests.bench.row import Row


def rows(scale: float) -> Iterator[Row]:
    side = full_side(scale, 4000)
    covered = clusters(side, 0.02)
    covered[:, : side // 2] = 0
    uncovered = (covered == 0).astype(np.uint8)
    lat = np.radians(10.0 - np.arange(side) / 1200)
    height = np.full(side, 6371.0088 * np.radians(1 / 1200))
    width = height * np.cos(lat)
    square = np.ones(side)
    yield Row(
        f"distance to coverage with the widths of rows, {side} x {side}",
        lambda: nearest_covered_km(covered, height, width),
        {
            "ours on a plane": lambda: nearest_covered_km(covered, square, square),
            "cv2.distanceTransform, plane": lambda: cv2.distanceTransform(
                uncovered, cv2.DIST_L2, cv2.DIST_MASK_PRECISE
            ),
            "scipy distance_transform_edt, plane": lambda: ndimage.distance_transform_edt(uncovered),
        },
        None,
        lambda: (
            "largest difference from scipy on a plane: "
            f"{np.abs(nearest_covered_km(covered, square, square) - ndimage.distance_transform_edt(uncovered)).max():.1e}"
        ),
    )
