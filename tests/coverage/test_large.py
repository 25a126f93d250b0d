"""A country of the size of Sudan at 3″ with terrain: memory is bounded from the sites to the tables."""

import json

import numpy as np
import pytest
import rasterio

from ewcm.batch import run_batch
from ewcm.sources.ground import altitude_m
from tests.batch.made import make_country

GIB = 2**30
SITES = 40


def _make_terrain(folder, bounds):
    """SRTM tiles of waves and ridges on ground as high as the engine knows it to be there, as wide as the country."""
    folder.mkdir()
    y, x = np.mgrid[:1201, :1201]
    down, across = np.mgrid[:61, :61] / 60
    for lat in range(int(np.floor(bounds.bottom)), int(np.ceil(bounds.top))):
        for lon in range(int(np.floor(bounds.left)), int(np.ceil(bounds.right))):
            east, south = (x + 1200 * lon) / 57, (1200 * lat - y) / 41
            ground = np.nan_to_num(altitude_m("SDN", lat + 1 - down, lon + across), nan=400.0)
            heights = np.kron(ground, np.ones((20, 20)))[:1201, :1201]
            heights += 120 * np.sin(east) * np.cos(south) + 60 * np.sin((x + y) / 9)
            (folder / f"N{lat:02d}E{lon:03d}.hgt").write_bytes(heights.astype(">i2").tobytes())


@pytest.mark.long
def test_a_country_of_the_size_of_sudan_at_3_seconds(tmp_path):
    folder = make_country(tmp_path, "SDN", rows=20_400, cols=17_400, step=1 / 1200)
    with rasterio.open(folder / "people.tif") as people:
        bounds = people.bounds
    _make_terrain(folder / "dem", bounds)
    random = np.random.default_rng(3)
    lines = ["site_id,lat,lon,technology,operator"]
    for i in range(SITES):
        lat, lon = random.uniform(bounds.bottom, bounds.top), random.uniform(bounds.left, bounds.right)
        lines.append(f"{i},{lat:.5f},{lon:.5f},{('2G', '4G')[i % 2]},{('North', 'South')[i // 2 % 2]}")
    (folder / "sites.csv").write_text("\n".join(lines) + "\n")
    inputs = folder / "inputs.toml"
    inputs.write_text(inputs.read_text().replace("[settings]", '[terrain]\npath = "dem"\n[settings]'))

    report = run_batch(["SDN"], inputs=tmp_path, output=tmp_path / "maps", workers=1, memory_limit=6 * GIB)
    (sudan,) = report.countries
    assert report.exit_code == 0, report.to_json()
    assert sudan.peak_bytes <= 6 * GIB
    summary = json.loads((tmp_path / "maps" / "SDN" / "summary.json").read_text())
    assert summary["services"]["4G"]["model"] == "p1812" and summary["services"]["4G"]["covered"] > 0
