"""Great-circle discs beside plane circles of about the same size."""

from collections.abc import Iterator

import cv2
import numpy as np
from ewcm_kernels.discs import paint_discs, paint_discs_scattered

from tests.bench.made import full_side
from tests.bench.row import Budget, Row

_SITES = 10_000
_RADIUS_KM = 15.0
_NORTH, _WEST = 5.0, 29.0


def rows(scale: float) -> Iterator[Row]:
    random = np.random.default_rng(0)
    for step_deg, full, name in ((1 / 120, 1500, "30 arc seconds"), (1 / 1200, 12_000, "3 arc seconds")):
        side = full_side(scale, full)
        lat, lon = _NORTH - step_deg * side * random.random(_SITES), _WEST + step_deg * side * random.random(_SITES)
        col, row = (np.round((lon - _WEST) / step_deg).astype(int), np.round((_NORTH - lat) / step_deg).astype(int))
        centres = list(zip(col.tolist(), row.tolist(), strict=True))
        radius = round(_RADIUS_KM / (111.195 * step_deg))
        ours_out, cv2_out = np.zeros((2, side, side), np.uint8)

        def ours(lat=lat, lon=lon, step_deg=step_deg, out=ours_out):
            paint_discs(lat, lon, _RADIUS_KM, _NORTH, -step_deg, _WEST, step_deg, out)

        def circles(centres=centres, radius=radius, out=cv2_out):
            for centre in centres:
                cv2.circle(out, centre, radius, 1, -1)

        yield Row(
            f"{_SITES} discs of {_RADIUS_KM:g} km ({radius} cells), {side} x {side} at {name}",
            ours,
            {"cv2.circle": circles},
            Budget("at most 1.5 times cv2.circle", "cv2.circle", 1.5),
            lambda ours_out=ours_out, cv2_out=cv2_out: f"cells: {ours_out.sum()} ours, {cv2_out.sum()} cv2",
        )
    side = full_side(scale, 1500)
    step_deg = 1 / 120
    lat, lon = _NORTH - step_deg * side * random.random(_SITES), _WEST + step_deg * side * random.random(_SITES)
    cell_lat = np.repeat(_NORTH - step_deg * np.arange(side), side).reshape(side, side)
    cell_lon = np.tile(_WEST + step_deg * np.arange(side), (side, 1))
    first_row, first_col = ((_NORTH - lat) / step_deg - 17).astype(int), ((lon - _WEST) / step_deg - 17).astype(int)
    window = np.stack([first_row, first_row + 36, first_col, first_col + 36], axis=1)
    scattered, spans = np.zeros((2, side, side), np.uint8)
    yield Row(
        f"{_SITES} discs of {_RADIUS_KM:g} km, cells anywhere, {side} x {side}",
        lambda: paint_discs_scattered(lat, lon, _RADIUS_KM, window, cell_lat, cell_lon, scattered),
        {"the same as spans": lambda: paint_discs(lat, lon, _RADIUS_KM, _NORTH, -step_deg, _WEST, step_deg, spans)},
        None,
        lambda: f"cells that differ: {(scattered != spans).sum()}",
    )
