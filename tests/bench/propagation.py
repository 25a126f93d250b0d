"""P.1812 over an area, both ways, on a made-up mountain; and on the vectors where they are, with their accuracy.

There is no reference program here to race. The design says that one thread of it makes 26,000 paths a second on the machine
on which the budgets were set; the rows compare cells a second with that figure, on all threads, wherever they run.
"""

import gzip
import json
import math
from collections.abc import Iterator

import numpy as np
from ewcm_kernels.area import area_loss_db
from ewcm_kernels.link import Profile, Radio, Receivers, Terrain, Transmitter
from ewcm_kernels.p1812 import path_loss_db

from tests.bench.row import Budget, Rate, Row
from tests.conftest import VECTORS

_STEP = 1 / 1200
_REFERENCE_PATHS_PER_S = 26_000.0
_NORTH, _WEST = 9.33, 38.66
_VECTORS = VECTORS / "p1812"


def rows(scale: float) -> Iterator[Row]:
    side = max(61, round(601 * scale))
    y, x = np.mgrid[: side + 160, : side + 160]
    dem = (1900 + 260 * np.sin(x / 23) * np.cos(y / 31) + 120 * np.sin(x / 7 + y / 11)).astype(np.float32)
    lat = _NORTH - _STEP * (80 + np.arange(side))
    lon = _WEST + _STEP * (80 + np.arange(side))
    mast = float(lat[side // 2]), float(lon[side // 2])

    def loss(method: str) -> np.ndarray:
        return area_loss_db(
            method,
            Receivers(lat, lon, 1.5, max_km=60.0),
            Terrain(dem, _NORTH, _WEST, _STEP, _STEP),
            Transmitter(*mast, 30.0),
            Radio(0.9),
        )

    def profiles() -> None:
        """Sixteen by sixteen cells, one after the other."""
        for r in np.linspace(0, side - 1, 16).astype(int):
            for c in np.linspace(0, side - 1, 16).astype(int):
                path_km = max(
                    0.2, 111.195 * math.hypot(lat[r] - mast[0], (lon[c] - mast[1]) * math.cos(math.radians(9)))
                )
                count = max(5, math.ceil(path_km / 0.1) + 1)
                row = np.linspace(80 + side // 2, 80 + r, count).astype(int)
                col = np.linspace(80 + side // 2, 80 + c, count).astype(int)
                height = dem[row, col].astype(float)
                profile = Profile(np.linspace(0, path_km, count), height, np.zeros(count), np.full(count, 4))
                path_loss_db(profile, 30.0, 1.5, Radio(0.9), 9.0)

    profiles()
    cells = side * side
    for method, others, budget, least_times in (
        ("exact", {}, None, 20.0),
        ("sweep", {"exact": lambda: loss("exact")}, Budget("at least 5 times exact", "exact", 0.2), 250.0),
    ):
        yield Row(
            f"P.1812 {method}, {side} x {side} cells ({cells / 1e6:.2f} million)",
            lambda method=method: loss(method),
            others,
            budget,
            lambda method=method: _accuracy(method),
            rate=Rate(
                cells, "cells", _REFERENCE_PATHS_PER_S, "one thread of the reference (the design's figure)", least_times
            ),
        )
    yield Row("P.1812 on one profile, 256 profiles", profiles, {}, None, _single_accuracy)


def _accuracy(method: str) -> str:
    """Differences from the stored reference grids."""
    lines = []
    for path in sorted(_VECTORS.glob("area_*.npz")):
        with np.load(path) as case:
            number = {key: float(case[key]) for key in case.files if case[key].ndim == 0}
            step_deg = number["dem_step_deg"]
            found = area_loss_db(
                method,
                Receivers(case["lats"], case["lons"], number["rx_m"], max_km=60.0),
                Terrain(case["dem"].astype(np.float32), number["dem_north"], number["dem_west"], step_deg, step_deg),
                Transmitter(number["tx_lat"], number["tx_lon"], number["tx_m"]),
                Radio(number["f_mhz"] / 1000),
            )
            expected = case["loss_db"]
        known = expected > 0.0
        wrong = (found - expected)[known]
        flips = ((found < 145.0) != (expected < 145.0))[known].mean()
        lines.append(
            f"{path.stem}: rms {math.sqrt((wrong**2).mean()):.3f} dB, {100 * (np.abs(wrong) <= 1).mean():.2f} % within 1 dB, "
            f"{100 * flips:.2f} % flip at 145 dB"
        )
    return "; ".join(lines) or "no vectors to compare with"


def _single_accuracy() -> str:
    """The largest difference from the stored cases."""
    path = _VECTORS / "cellular.jsonl.gz"
    if not path.exists():
        return "no vectors to compare with"
    worst = 0.0
    with gzip.open(path, "rt") as stream:
        for case in map(json.loads, stream):
            height = np.array(case["height_m"])
            profile = Profile(
                np.linspace(0.0, case["distance_km"], height.size),
                height,
                np.array(case["clutter_m"]),
                np.array(case["zone"]),
            )
            radio = Radio(case["f_ghz"], case["time_pct"], case["pol"] == "h", case["delta_n"], case["n0"])
            centre_lat_deg = 0.5 * (case["tx_lat"] + case["rx_lat"])
            loss = path_loss_db(profile, case["tx_m"], case["rx_m"], radio, centre_lat_deg)
            worst = max(worst, abs(loss - case["loss_db"]))
    return f"400 cases: largest difference {worst:.4f} dB"
