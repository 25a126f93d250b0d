"""A small made-up Uganda as files in a folder: what an analyst has."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

#: Nine cells of the grid a side make an area; the grid lies around Kampala.
WEST, NORTH, STEP = 32.0, 1.0, 1 / 120
ROWS, COLS = 54, 72


def write_population(
    path: Path, people: np.ndarray | None = None, crs: str | None = "EPSG:4326", **options: object
) -> Path:
    """A GeoTIFF of people per grid cell; by default a village here and there."""
    if people is None:
        random = np.random.default_rng(7)
        people = np.where(random.uniform(size=(ROWS, COLS)) < 0.4, random.lognormal(3, 1, (ROWS, COLS)), 0.0)
    profile = {
        "driver": "GTiff",
        "height": people.shape[0],
        "width": people.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": crs,
        "transform": Affine(STEP, 0, WEST, 0, -STEP, NORTH),
        "nodata": -99999.0,
    } | options
    with rasterio.open(path, "w", **profile) as target:
        target.write(people.astype(profile["dtype"]), 1)
    return path


def write_sites(path: Path, rows: list[tuple[str, float, float, str, str]] | None = None) -> Path:
    """A list of sites of two operators."""
    if rows is None:
        rows = [
            ("K1", 0.90, 32.10, "2G", "Blue"),
            ("K1", 0.90, 32.10, "3G", "Blue"),
            ("K2", 0.80, 32.35, "2G", "Red"),
            ("K3", 0.65, 32.20, "4G", "Red"),
        ]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["site_id", "lat", "lon", "technology", "operator"])
        writer.writerows(rows)
    return path


def write_areas(path: Path) -> Path:
    """Four areas of level 1 that share their edges."""
    features = []
    for row in range(2):
        for col in range(2):
            west, north = WEST + col * 36 * STEP, NORTH - row * 27 * STEP
            east, south = west + 36 * STEP, north - 27 * STEP
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            name = f"{'North' if row == 0 else 'South'} {'West' if col == 0 else 'East'}"
            features.append(
                {
                    "type": "Feature",
                    "properties": {"name": name, "iso_3166_2": f"UG-{row}{col}"},
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            )
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write_country(folder: Path) -> Path:
    """All of it, found by name: population, sites and areas."""
    folder.mkdir(parents=True, exist_ok=True)
    write_population(folder / "uga_ppp_2020.tif")
    write_sites(folder / "sites.csv")
    write_areas(folder / "admin1.geojson")
    return folder
