"""Radio-climatic zones from terrain."""

import numpy as np

from ewcm.coverage.p1812.radio_climate import COASTAL, INLAND, SEA, zones
from ewcm.sources.terrain import Heights

STEP = 1 / 1200  # about 93 m: 50 km are 540 cells


def _window(values):
    return Heights(values.astype(np.float32), 5.0, 38.0, STEP, STEP)


def test_sea_shore_and_inland():
    values = np.full((200, 900), 60.0)
    values[:, :100] = 0.0
    values[50, 500] = 101.0
    zone = zones(_window(values))
    assert zone.dtype == np.uint8
    assert (zone[:, :100] == SEA).all()
    assert (zone[:, 100:635][values[:, 100:635] < 100] == COASTAL).all()
    assert (zone[:, 645:] == INLAND).all()
    assert zone[50, 500] == INLAND  # above 100 m


def test_ponds_and_lakes_are_land():
    values = np.full((200, 200), 60.0)
    assert zones(_window(values)) is None
    values[10:30, 10:30] = 0.0
    assert zones(_window(values)) is None
    values[100:150, 100:150] = 0.0
    zone = zones(_window(values))
    assert (zone == SEA).sum() == 2500 and zone[20, 20] == COASTAL


def test_unknown_land_is_no_sea():
    values = np.full((100, 100), np.nan)
    values[:, :50] = 0.0
    zone = zones(_window(values))
    assert (zone[:, :50] == SEA).all() and (zone[:, 50:] != SEA).all()
