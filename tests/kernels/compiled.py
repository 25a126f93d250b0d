"""Calls that compile the slowest kernels, in tasks that take about the same time."""

from functools import partial

import numpy as np
from ewcm_kernels.area import area_loss_db
from ewcm_kernels.link import Radio, Receivers, Terrain, Transmitter

from ewcm import pipeline
from ewcm.settings import Settings
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_sites


def losses(method: str) -> None:
    """The losses around a mast. The fast way takes the slow one near the mast: it meets it when somebody has compiled it."""
    step, side = 1 / 1200, 41
    lat, lon = -0.01 - step * np.arange(8), 0.01 + step * np.arange(8)
    dem = np.random.default_rng(0).uniform(0, 300, (side, side)).astype(np.float32)
    receivers = Receivers(lat, lon, height_m=1.5, max_km=5.0)
    terrain = Terrain(dem, 0.0, 0.0, step, step)
    area_loss_db(method, receivers, terrain, Transmitter(-0.012, 0.012, 30.0), Radio(frequency_ghz=0.9))


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
