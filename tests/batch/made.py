"""Small made-up countries as folders of files, and what a batch left of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.windows import Window

from ewcm.batch.store import MANIFEST
from ewcm.core import grid
from ewcm.countries import country

STEP = 1 / 120


def make_country(root: Path, iso3: str, rows: int = 60, cols: int = 80, seed: int = 0, step: float = STEP) -> Path:
    """A folder ``root/<ISO3>`` with people, sites, two areas, places and an inputs.toml, in the middle of the country."""
    folder = root / iso3
    folder.mkdir(parents=True, exist_ok=True)
    west, south, east, north = country(iso3).bbox
    left = round((west + east - cols * step) / 2, 2)
    top = round((south + north + rows * step) / 2, 2)
    right, bottom = left + cols * step, top - rows * step
    random = np.random.default_rng([seed, *iso3.encode()])
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": "EPSG:4326", "nodata": -99999.0}
    transform = Affine(step, 0, left, 0, -step, top)
    layout = {"compress": "deflate", "zlevel": 1, "tiled": True, "BIGTIFF": "IF_SAFER"} if rows * cols > 10**7 else {}
    with rasterio.open(
        folder / "people.tif", "w", height=rows, width=cols, transform=transform, **profile, **layout
    ) as raster:
        for block in grid.blocks(rows):
            people = settle(random, block.stop - block.start, cols)
            if block.start == 0:
                people[0, :3] = -99999
            raster.write(people, 1, window=Window(0, block.start, cols, block.stop - block.start))
    sites = ["site_id,lat,lon,technology,operator"]
    for i in range(max(6, rows * cols // 100_000)):
        lat, lon = random.uniform(bottom, top), random.uniform(left, right)
        sites.append(f"{i},{lat:.5f},{lon:.5f},{('2G', '4G')[i % 2]},{('North', 'South')[i % 3 % 2]}")
    (folder / "sites.csv").write_text("\n".join(sites) + "\n")
    middle = (left + right) / 2
    halves = [("East", middle, right), ("West", left, middle)]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[a, bottom], [b, bottom], [b, top], [a, top], [a, bottom]]],
            },
        }
        for name, a, b in halves
    ]
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "inputs.toml").write_text(
        f'country = "{iso3}"\n[population]\npath = "people.tif"\n[[sites]]\npath = "sites.csv"\n'
        '[[boundaries]]\nlevel = 1\npath = "areas.geojson"\n[settings]\nradius_km = {"2G" = 6.0, "4G" = 4.0}\n'
    )
    return folder


def settle(random: np.random.Generator, rows: int, cols: int) -> np.ndarray:
    """People in a fifth of the grid cells of a small grid, in villages on a large one."""
    if rows * cols < 10**6:
        people = np.where(random.uniform(size=(rows, cols)) < 0.2, random.lognormal(4, 1, (rows, cols)), 0)
        return people.astype(np.float32)
    people = np.zeros((rows, cols), dtype=np.float32)
    for _ in range(rows * cols // 30_000):
        size = int(random.integers(3, 50))
        row, col = int(random.integers(0, rows - size)), int(random.integers(0, cols - size))
        houses = random.uniform(size=(size, size)) < 0.5
        people[row : row + size, col : col + size] += houses * random.uniform(0, 3, (size, size))
    return people


def hashes(output: Path) -> dict[str, str]:
    """SHA-256 of every file below a place of results, but the manifests (which alone hold times) and the lock."""
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(output.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
