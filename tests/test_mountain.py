"""End to end with terrain: a made-up country in real-looking mountains, 300 sites, people in clusters."""

import json

import numpy as np
import pytest
import rasterio
from affine import Affine

from ewcm.cli import main
from tests.made_files import write_population

SIDE = 72


@pytest.fixture(scope="module")
def country(vectors, tmp_path_factory):
    """A folder of inputs; the sites stand in the middle of the people."""
    folder = tmp_path_factory.mktemp("mountain")
    with np.load(vectors / "p1812" / "area_mountain_900.npz") as case:
        dem, north, west, step = (case[key] for key in ("dem", "dem_north", "dem_west", "dem_step_deg"))
    top, left, cell = float(north) - 0.01, float(west) + 0.01, 1 / 120
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", height=dem.shape[0], width=dem.shape[1], count=1, dtype="int16",
        crs="EPSG:4326", transform=Affine(step, 0, west - step / 2, 0, -step, north + step / 2),
    ) as target:  # fmt: skip
        target.write(dem, 1)
    random = np.random.default_rng(11)
    people = np.zeros((SIDE, SIDE))
    places = np.array(list(zip(*random.integers(2, SIDE - 2, (2, 60)), strict=True)))
    sizes = np.sort(random.lognormal(6, 1, 60))[::-1]
    for (row, col), size in zip(places, sizes, strict=True):
        people[row - 1 : row + 2, col - 1 : col + 2] += size / 9
    write_population(folder / "people.tif", people, transform=Affine(cell, 0, left, 0, -cell, top))
    # where the most people live the most masts stand; every third has three sectors
    at = places[random.choice(60, 300, p=sizes / sizes.sum())] + random.uniform(-1.5, 1.5, (300, 2))
    lines = ["site_id,lat,lon,technology,operator,eirp_dbm,height_m,azimuth_deg,beamwidth_deg"]
    for index, (row, col) in enumerate(at):
        place = f"s{index},{top - (row + 0.5) * cell:.6f},{left + (col + 0.5) * cell:.6f},4G,{('Blue', 'Red')[index % 2]},15,20"
        lines += [f"{place},{azimuth},65" for azimuth in (0, 120, 240)] if index % 3 == 0 else [f"{place},,"]
    (folder / "sites.csv").write_text("\n".join(lines))
    (folder / "inputs.toml").write_text(
        'country = "ETH"\n[population]\npath = "people.tif"\nunit = "people"\n[[sites]]\npath = "sites.csv"\n'
        '[terrain]\npath = "dem.tif"\n[settings]\nmax_range_km = 8.0\n'
    )
    return folder


def test_shadows_behind_the_ridges(country, tmp_path):
    for models in ("p1812", "radius"):
        arguments = ["run", "ETH", "--inputs", str(country), "--output", str(tmp_path / models), "--quiet"]
        assert main([*arguments, "--models", models]) == 0
    summary = json.loads((tmp_path / "p1812" / "summary.json").read_text())
    assert summary["services"]["4G"]["model"] == "p1812"
    assert 0.0 < summary["services"]["4G"]["uncovered_share"] < 1.0
    ledger = summary["services"]["4G"]
    assert ledger["uncovered_low"] <= ledger["uncovered"] <= ledger["uncovered_high"]
    shares = {}
    for models in ("p1812", "radius"):
        with rasterio.open(tmp_path / models / "reach.tif") as layers:
            band = next(i for i, name in enumerate(layers.descriptions, 1) if "4G" in (name or ""))
            shares[models] = layers.read(band)
    inside = shares["radius"] > 0.5
    shadow = inside & (shares["p1812"] < 0.5)
    assert 0.02 < shadow.sum() / inside.sum() < 0.98  # terrain takes places out of the circles
    assert (tmp_path / "p1812" / "index.html").stat().st_size > 100_000
