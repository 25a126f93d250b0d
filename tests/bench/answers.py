"""Questions to published countries: an alert with all channels, as a whole process, at 1 km and at 100 m."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from odc.geo.geobox import GeoBox

from ewcm import pipeline
from ewcm.countries import country
from ewcm.report import publish
from ewcm.settings import Settings
from tests.bench.row import Row
from tests.made import made_data, made_grid, made_places, made_sites
from tests.made_alerts import cap, info

#: People of the made country, as many as live in Uganda.
PEOPLE = 45e6

CHANNELS = """
[[channel]]
name = "cell broadcast"
technologies = ["4G"]
state = "assumed"

[[channel]]
name = "SMS"
share = 0.6
technologies = ["2G", "3G", "4G", "5G"]
state = "assumed"

[[channel]]
name = "satellite"
share = 0.1
everywhere = true
state = "assumed"
"""


def rows(scale: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        for name, cells, budget in (("1 km", 120, 2.0), ("100 m", 1200, 10.0)):
            folder = Path(place) / name.replace(" ", "")
            side = max(40, round(5.6 * cells * scale))
            publish.write(_country(made_grid(side, side, north=4.0, step=1 / cells)), folder / "UGA")
            alert = folder / "alert.xml"
            alert.write_text(cap(info(polygon="0.2,31.0 0.2,33.5 3.0,33.5 3.0,31.0 0.2,31.0")))
            (folder / "channels.toml").write_text(CHANNELS)
            taken: list[float] = []
            yield Row(
                f"ewcm alert on a published country of 45 million people, {name} ({side} x {side}), the whole process",
                lambda folder=folder, taken=taken: taken.append(_answer(folder)),
                {},
                note=lambda taken=taken: f"processor time: {statistics.median(taken):.2f} s",
                most_s=budget,
            )


def _country(geobox: GeoBox):
    generator = np.random.default_rng(20)
    people = generator.gamma(0.3, 1, geobox.shape.yx).astype(np.float32)
    people *= PEOPLE / people.sum(dtype=np.float64)
    west, south, east, north = geobox.extent.boundingbox
    lat, lon = generator.uniform(south, north, 400), generator.uniform(west, east, 400)
    sites = made_sites(
        *((a, b, ("2G", "3G", "4G")[n % 3], "Alpha") for n, (a, b) in enumerate(zip(lat, lon, strict=True)))
    )
    places = made_places(*((f"Place {n}", a, b) for n, (a, b) in enumerate(zip(lat[:200], lon[:200], strict=True))))
    data = replace(made_data(people, geobox, sites=sites, places=places), country=country("UGA"))
    return pipeline.run(data, Settings(next_sites=0, coldspot_services=("any",)))


def _answer(folder: Path) -> float:
    """Processor time [s] of one alert."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [
        sys.executable,
        "-m",
        "ewcm",
        "alert",
        "alert.xml",
        "UGA",
        "--results",
        ".",
        "--channels",
        "channels.toml",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
