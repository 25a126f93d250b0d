"""Small made-up countries as folders of files, and what a batch left of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from ewcm.batch.store import MANIFEST
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
    people = np.where(random.uniform(size=(rows, cols)) < 0.2, random.lognormal(4, 1, (rows, cols)), 0).astype(
        np.float32
    )
    people[0, :3] = -99999
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": "EPSG:4326", "nodata": -99999.0}
    with rasterio.open(
        folder / "people.tif", "w", height=rows, width=cols, transform=Affine(step, 0, left, 0, -step, top), **profile
    ) as raster:
        raster.write(people, 1)
    sites = ["site_id,lat,lon,technology,operator"]
    for i in range(6):
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


def hashes(output: Path) -> dict[str, str]:
    """SHA-256 of every file below a place of results, but the manifests (which alone hold times) and the lock."""
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(output.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
