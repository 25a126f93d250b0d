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
from ewcm_kernels.footprints import largest_shares
from ewcm_kernels.link import Profile, Radio, Receivers, Terrain, Transmitter
from ewcm_kernels.p1812 import path_loss_db
from ewcm_kernels.places import Window, block_shares

from tests.bench.row import Budget, Rate, Row
from tests.conftest import TEST_DATA
from tests.oracles import places as oracle

_STEP = 1 / 1200
_REFERENCE_PATHS_PER_S = 26_000.0
_NORTH, _WEST = 9.33, 38.66
_VECTORS = TEST_DATA / "vectors" / "p1812"


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
    yield from _footprint_rows(side)


def _footprint_rows(side: int) -> Iterator[Row]:
    """Footprints of one transmitter from its codes, and the best of a thousand, against the plain way in numpy."""
    random = np.random.default_rng(0)
    code = random.integers(2, 256, (side // 10 * 10, side // 10 * 10)).astype(np.uint8)
    share_of_code = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[:, None], 3, axis=1)
    cells, shares = np.empty((side // 10 + 2) ** 2, np.int64), np.empty(((side // 10 + 2) ** 2, 3), np.uint8)
    yield Row(
        f"Mean shares of blocks of 10 x 10 fine cells, {code.size / 1e6:.2f} million",
        lambda: block_shares(Window(code, 0, 0), 10, code.shape[1] // 10, share_of_code, cells, shares),
        {"numpy": lambda: oracle.mean_shares(code, 10, share_of_code)},
        Budget("at most half of numpy's time", "numpy", 0.5),
    )
    count, each = 1000, 4000
    offsets = np.arange(count + 1) * each
    cell = np.concatenate([np.arange(each, dtype=np.int32) + first for first in random.integers(0, 900_000, count)])
    share = random.integers(1, 251, cell.size).astype(np.uint8)
    best = np.zeros(1_000_000, np.uint8)
    yield Row(
        f"The best of {count} footprints of {each} grid cells",
        lambda: largest_shares(offsets, cell, share, np.arange(count), 0, best.size, best),
        {"numpy maximum.at": lambda: np.maximum.at(np.zeros(best.size, np.uint8), cell, share)},
        Budget("at most numpy's time", "numpy maximum.at", 1.0),
    )


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
