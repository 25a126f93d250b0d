"""Winds of a storm at many points, beside the plain oracle; and points and positions a second beside those of CLIMADA.

CLIMADA 6.1 took 0.16 to 0.35 s a model for 513 to 880 points and 169 to 451 hourly positions on the machine on which the budgets
were set: at its best 0.66 million points and positions a second. The design asks for twenty times as many.
"""

from collections.abc import Iterator

import numpy as np
from ewcm_kernels.cyclones import MODELS, Track, finer, max_wind_ms

from tests.bench.row import Rate, Row
from tests.oracles import cyclones as oracle

_CLIMADA_PER_S = 231_000 / 0.35


def _storm() -> Track:
    hours = np.arange(0.0, 240.0)
    return Track(
        hours,
        -12 - 0.05 * hours,
        185 - 0.06 * hours,
        40 + 110 * np.sin(np.pi * hours / 240),
        1000 - 90 * np.sin(np.pi * hours / 240),
        np.full(240, 1005.0),
        40 - 25 * np.sin(np.pi * hours / 240),
    )


def rows(scale: float) -> Iterator[Row]:
    random = np.random.default_rng(0)
    count = max(200, round(880 * scale))
    lat, lon = random.uniform(-20, -15, count), random.uniform(176, 182, count)
    for model in MODELS:
        for track, name in ((_storm(), "hourly"), (finer(_storm(), 1 / 20), "3-minute")):
            names = ("hours", "lat", "lon", "vmax_kt", "pc_hpa", "penv_hpa", "rmw_nm")
            plain = dict(zip(names, track, strict=True))

            def ours(track=track, model=model):
                return max_wind_ms(lat, lon, track, model)

            def theirs(plain=plain, model=model):
                return oracle.max_wind_ms(plain, lat, lon, model)

            yield Row(
                f"{model}, {count} points, {len(track.hours)} {name} positions",
                ours,
                {"numpy, row by row": theirs} if name == "hourly" else {},
                note=lambda ours=ours, theirs=theirs: f"largest difference {np.abs(ours() - theirs()).max():.1e} m/s",
                rate=Rate(count * len(track.hours), "points and positions", _CLIMADA_PER_S, "CLIMADA 6.1", 20),
            )
