"""Calls that compile the slowest kernels, in tasks that take about the same time."""

from functools import partial

import numpy as np
from ewcm_kernels.area import area_loss_db

from ewcm import pipeline
from ewcm.settings import Settings
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_sites


def losses(method: str) -> None:
    """The losses around a mast. The fast way takes the slow one near the mast: it meets it when somebody has compiled it."""
    step, side = 1 / 1200, 41
    lat, lon = -0.01 - step * np.arange(8), 0.01 + step * np.arange(8)
    dem = np.random.default_rng(0).uniform(0, 300, (side, side)).astype(np.float32)
    more = {"tx_height_m": 30.0, "rx_height_m": 1.5, "frequency_ghz": 0.9, "max_km": 5.0}
    area_loss_db(method, lat, lon, dem, 0.0, 0.0, step, step, -0.012, 0.012, **more)


def circles_and_areas() -> None:
    """A country of circles, polygons and areas."""
    grid = made_grid()
    people = np.random.default_rng(0).uniform(0, 9, grid.shape)
    data = made_data(
        people,
        grid,
        sites=made_sites((1.8, 30.2, "2G", "")),
        declared=(made_declared("4G", "", cell_box(grid, 0, 0, 10.5, 60)),),
        boundaries=made_areas((1, "A", cell_box(grid, -1, -1, 17.3, 61))),
    )
    pipeline.run(data, Settings())


TASKS = (partial(losses, "sweep"), circles_and_areas, partial(losses, "exact"))
