"""Made grids that look like countries: people in clusters, and a patchwork of areas with jagged borders."""

import numpy as np
from scipy import ndimage


def full_side(scale: float, side: int = 12_000) -> int:
    """Rows and columns of a grid at this scale."""
    return max(64, int(side * scale))


def people(side: int, seed: int = 0) -> np.ndarray:
    """Persons per grid cell, float32, one in ten NaN (sea) in one block."""
    random = np.random.default_rng(seed)
    values = random.random((side, side), dtype=np.float32)
    values[: side // 10] = np.nan
    return values


def clusters(side: int, share: float, seed: int = 0) -> np.ndarray:
    """uint8: ``share`` of the cells populated, in villages and towns with ragged rims."""
    random = np.random.default_rng(seed)
    coarse = ndimage.gaussian_filter(random.random((side // 8 + 1, side // 8 + 1), dtype=np.float32), 1.5)
    field = np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1)[:side, :side]
    field += np.float32(0.5 * coarse.std()) * random.standard_normal((side, side), dtype=np.float32)
    sample = field[:: max(1, side // 1000), :: max(1, side // 1000)]
    return (field > np.quantile(sample, 1 - share)).astype(np.uint8)


def patchwork(side: int, across: int = 10, vertices: int = 60, seed: int = 0) -> list[np.ndarray]:
    """across × across polygons that tile the grid, as (n, 2) pixel coordinates; each side has this many vertices."""
    random = np.random.default_rng(seed)
    step = side / across
    corner = np.stack(np.meshgrid(np.arange(across + 1), np.arange(across + 1)), axis=-1) * step
    corner[1:-1, 1:-1] += random.uniform(-0.25, 0.25, (across - 1, across - 1, 2)) * step

    def jagged(start, end, is_rim):
        along = np.linspace(0, 1, vertices, endpoint=False)[:, None]
        points = start + along * (end - start)
        if not is_rim:
            # Across the side only, and less towards its ends, so that borders do not cross.
            normal = np.array([start[1] - end[1], end[0] - start[0]])
            points += 0.01 * random.standard_normal((vertices, 1)) * np.sin(np.pi * along) * normal
        return points

    across_top = [
        [jagged(corner[r, c], corner[r, c + 1], r in (0, across)) for c in range(across)] for r in range(across + 1)
    ]
    down_left = [
        [jagged(corner[r, c], corner[r + 1, c], c in (0, across)) for c in range(across + 1)] for r in range(across)
    ]

    def backwards(points, end):
        return np.concatenate([[end], points[:0:-1]])

    return [
        np.concatenate(
            [
                across_top[r][c],
                down_left[r][c + 1],
                backwards(across_top[r + 1][c], corner[r + 1, c + 1]),
                backwards(down_left[r][c], corner[r + 1, c]),
            ]
        )
        for r in range(across)
        for c in range(across)
    ]
