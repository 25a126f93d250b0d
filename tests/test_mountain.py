"""End to end with terrain: a made-up country in real-looking mountains, 120 sites, people in clusters."""

import json

import numpy as np
import pytest
import rasterio
from affine import Affine

from ewcm.cli import main
from tests.made_files import write_population

#: Grid cells a side, and their size in degrees (about 250 m).
SIDE, CELL = 288, 1 / 480

#: Towns and masts.
PLACES, SITES = 30, 120

RANGE_KM = 12.0


@pytest.fixture(scope="module")
def country(vectors, tmp_path_factory):
    """A folder of inputs; the masts stand in and around the towns, the more the larger the town."""
    folder = tmp_path_factory.mktemp("mountain")
    with np.load(vectors / "p1812" / "area_mountain_900.npz") as case:
        dem, north, west, step = (case[key] for key in ("dem", "dem_north", "dem_west", "dem_step_deg"))
    top, left = float(north) - 0.01, float(west) + 0.01
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", height=dem.shape[0], width=dem.shape[1], count=1, dtype="int16",
        crs="EPSG:4326", transform=Affine(step, 0, west - step / 2, 0, -step, north + step / 2),
    ) as target:  # fmt: skip
        target.write(dem, 1)
    random = np.random.default_rng(11)
    places = random.integers(10, SIDE - 10, (PLACES, 2))
    sizes = np.sort(random.lognormal(6, 1, PLACES))[::-1]
    people = np.zeros((SIDE, SIDE))
    for (row, col), size in zip(places, sizes, strict=True):
        people[row - 4 : row + 5, col - 4 : col + 5] += size / 81
    write_population(folder / "people.tif", people, transform=Affine(CELL, 0, left, 0, -CELL, top))
    at = places[random.choice(PLACES, SITES, p=sizes / sizes.sum())] + random.uniform(-6, 6, (SITES, 2))
    lines = ["site_id,lat,lon,technology,operator,eirp_dbm,height_m,azimuth_deg,beamwidth_deg"]
    for index, (row, col) in enumerate(at):
        operator = ("Blue", "Red")[index % 2]
        mast = f"s{index},{top - (row + 0.5) * CELL:.6f},{left + (col + 0.5) * CELL:.6f},4G,{operator},5,20"
        # every third has three sectors
        lines += [f"{mast},{azimuth},65" for azimuth in (0, 120, 240)] if index % 3 == 0 else [f"{mast},,"]
    (folder / "sites.csv").write_text("\n".join(lines))
    (folder / "inputs.toml").write_text(
        'country = "ETH"\n[population]\npath = "people.tif"\nunit = "people"\n[[sites]]\npath = "sites.csv"\n'
        f'[terrain]\npath = "dem.tif"\n[settings]\nmax_range_km = {RANGE_KM}\nradius_km = {{ "4G" = {RANGE_KM} }}\n'
    )
    return folder, dem, at, (float(step), float(north), float(west), top, left)


def _in_sight(dem, at, geometry, cells):
    """Whether the straight line to the nearest mast (20 m) of each cell (1.5 m) clears the terrain."""
    step, north, west, top, left = geometry
    towards = np.argmin(((cells[:, None, :] - at[None, :, :]) ** 2).sum(axis=2), axis=1)
    ends = [np.stack([north - top + (p[:, 0] + 0.5) * CELL, left + (p[:, 1] + 0.5) * CELL - west], axis=1) / step
            for p in (cells, at[towards])]  # fmt: skip
    share = np.linspace(0, 1, 200)[None, :]
    row, col = (ends[0][:, i, None] * (1 - share) + ends[1][:, i, None] * share for i in (0, 1))
    ground = dem[np.rint(row).astype(int), np.rint(col).astype(int)]
    line = (ground[:, :1] + 1.5) * (1 - share) + (ground[:, -1:] + 20.0) * share
    return (ground[:, 5:-5] < line[:, 5:-5]).all(axis=1)


def test_shadows_behind_the_ridges(country, tmp_path):
    folder, dem, at, geometry = country
    for models in ("p1812", "radius"):
        arguments = ["run", "ETH", "--inputs", str(folder), "--output", str(tmp_path / models), "--quiet"]
        assert main([*arguments, "--models", models]) == 0
    summary = json.loads((tmp_path / "p1812" / "summary.json").read_text())
    assert summary["services"]["4G"]["model"] == "p1812"
    assert 0.0 < summary["services"]["4G"]["uncovered_share"] < 1.0
    ledger = summary["services"]["4G"]
    assert ledger["uncovered_low"] < ledger["uncovered"] < ledger["uncovered_high"]
    said = {caveat["code"]: caveat for caveat in summary["caveats"]}
    assert {"p1812_model", "no_clutter", "p1812_range"} <= set(said)
    assert said["p1812_range"]["values"] == {"margin": 10.0}
    shares = {}
    for models in ("p1812", "radius"):
        with rasterio.open(tmp_path / models / "reach.tif") as layers:
            band = next(i for i, name in enumerate(layers.descriptions, 1) if "4G" in (name or ""))
            shares[models] = layers.read(band)
    inside = shares["radius"] > 0.5
    shadow = inside & (shares["p1812"] < 0.5)
    assert 0.1 < shadow.sum() / inside.sum() < 0.9  # terrain takes places out of the circles
    # and these are the places that something hides
    hidden = 1 - _in_sight(dem, at, geometry, np.argwhere(shadow)).mean()
    open_ = 1 - _in_sight(dem, at, geometry, np.argwhere(inside & ~shadow)).mean()
    assert hidden > 0.9 > 0.7 > open_, (hidden, open_)
    assert (tmp_path / "p1812" / "index.html").stat().st_size > 100_000
