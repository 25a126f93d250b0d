"""Run by the tests in a process of its own: the tables of made-up countries, as digests or as figures, in JSON.

``python -m tests.reliability.answers FOLDER whole`` prints the figures of a tiny one with every model in it, however the
interpreter was told to compile; with ``threads`` besides, the digests of a larger one, made with 1, 2 and 8 threads.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numba
import numpy as np
import rasterio
from affine import Affine

from ewcm import pipeline
from ewcm.core.record import Meta
from ewcm.report.tables import write_summary, write_tables
from ewcm.result import CountryResult
from ewcm.settings import Settings
from ewcm.sources.terrain import open_terrain
from tests.made import cell_box, made_areas, made_data, made_declared, made_grid, made_sites


def large() -> CountryResult:
    """So many grid cells that the kernels cut them into bands for their threads."""
    random = np.random.default_rng(11)
    geobox = made_grid(540, 1000, step=1 / 600)
    people = np.where(random.uniform(size=geobox.shape) < 0.05, random.lognormal(2, 2, geobox.shape), 0)
    rows = random.uniform((1.1, 30.0), (2.0, 31.6), (40, 2))
    sites = made_sites(*((lat, lon, ("2G", "3G", "4G")[i % 3], "ab"[i % 2]) for i, (lat, lon) in enumerate(rows)))
    areas = [
        (1, f"{row}-{col}", cell_box(geobox, row * 135.4, col * 250.7, (row + 1) * 135.4, (col + 1) * 250.7))
        for row in range(4)
        for col in range(4)
    ]
    return pipeline.run(made_data(people, geobox, sites=sites, boundaries=made_areas(*areas)), Settings())


def digests(result: CountryResult) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(result, folder)
        write_summary(result, folder / "summary.json")
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def whole(folder: Path) -> dict[str, object]:
    """2G from circles, 3G from sites over terrain, 4G declared: every kernel has a part in the figures."""
    geobox = made_grid(6, 7)
    random = np.random.default_rng(3)
    heights = np.kron(random.uniform(0, 300, (12, 14)), np.ones((5, 5))).astype(np.float32)
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", height=60, width=70, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(1 / 1200, 0, 30.0, 0, -1 / 1200, 2.0),
    ) as target:  # fmt: skip
        target.write(heights, 1)
    data = made_data(
        random.lognormal(3, 1, geobox.shape),
        geobox,
        sites=made_sites((1.98, 30.02, "3G", "a"), (1.965, 30.04, "3G", "b"), (1.97, 30.01, "2G", "a")),
        terrain=open_terrain([folder / "dem.tif"], False, Meta()),
        declared=(made_declared("4G", "b", cell_box(geobox, 1.3, 1.7, 3.9, 4.2)),),
        boundaries=made_areas((1, "A", cell_box(geobox, 0, 0, 6, 3.4)), (1, "B", cell_box(geobox, 0, 3.4, 6, 7))),
    )
    settings = Settings(min_people=1.0, max_range_km=2.5, coldspot_services=("any", "3G", "4G"), radius_km={"2G": 1.5})
    found: dict[str, object] = {}
    for name, models in (("terrain", ("declared", "p1812")), ("circles", ("declared", "radius"))):
        result = pipeline.run(data, Settings(**(vars(settings) | {"models": models})))
        spots = result.coldspots.drop(columns="geometry")
        found[name] = {
            "services": result.summary["services"],
            "distance": result.summary["distance"],
            "sdg_9c1": result.summary["sdg_9c1"],
            "areas": result.areas.drop(columns="geometry").select_dtypes("number").to_numpy().tolist(),
            "coldspots": spots.select_dtypes("number").fillna(-1.0).to_numpy().tolist(),
        }
    return found


def threads(_: Path) -> dict[str, object]:
    """The larger country by 1, 2 and 8 threads."""
    found: dict[str, object] = {}
    for number in (1, 2, 8):
        numba.set_num_threads(number)
        found[str(number)] = digests(large())
    return found


if __name__ == "__main__":
    questions = {"whole": whole, "threads": threads}
    print(json.dumps({name: questions[name](Path(sys.argv[1])) for name in sys.argv[2:]}))
