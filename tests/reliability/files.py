"""A small Uganda in files, for cases with an answer known beforehand: one grid, one list of sites or map, areas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from shapely.geometry import box, mapping

import ewcm
from ewcm.cli import main
from ewcm.result import CountryResult
from tests.sources.files import NORTH, STEP, WEST, raster

ROWS, COLS = 12, 20

#: A table of inputs.toml for areas of level 1.
AREAS_TOML = '[[boundaries]]\npath = "a.geojson"\nlevel = 1'


def people(value: float = 10.0, dtype: str = "float32") -> np.ndarray:
    """The same number of people in every cell."""
    return np.full((ROWS, COLS), value, dtype=dtype)


def cells(row0: float, col0: float, row1: float, col1: float) -> object:
    """A rectangle of grid cells in degrees."""
    return box(WEST + col0 * STEP, NORTH - row1 * STEP, WEST + col1 * STEP, NORTH - row0 * STEP)


def collection(path: Path, *rows: tuple[str, object], crs: str | None = None) -> Path:
    """A GeoJSON of (name, shape); the name is the code too."""
    features = [
        {"type": "Feature", "properties": {"name": name, "code": name}, "geometry": mapping(shape)}
        for name, shape in rows
    ]
    content: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def country(
    folder: Path,
    values: np.ndarray | None = None,
    population: str = "",
    tables: str = "",
    **profile: object,
) -> Path:
    """A folder with population and an inputs.toml of ``population`` (more keys) and ``tables``."""
    folder.mkdir(parents=True, exist_ok=True)
    raster(folder / "people.tif", people() if values is None else values, **profile)
    (folder / "inputs.toml").write_text(
        f'[population]\npath = "people.tif"\n{population}\n{tables}\n', encoding="utf-8"
    )
    return folder


def run(folder: Path, iso3: str = "UGA", **changes: object) -> CountryResult:
    """The result of a folder, by the front door; everything is listed as a coldspot."""
    return ewcm.run(iso3, inputs=folder, settings=ewcm.Settings(**({"min_people": 0.0} | changes)))  # type: ignore[arg-type]


def refused(folder: Path, capsys: object, iso3: str = "UGA") -> str:
    """The one line with which the command line refuses a folder; nothing is written."""
    output = folder / "out"
    assert main(["run", iso3, "--inputs", str(folder), "--output", str(output), "--quiet"]) == 2
    assert not output.exists()
    lines = capsys.readouterr().err.strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1, lines
    return str(lines[0])


def figures(result: CountryResult, service: str = "any") -> tuple[float, float, float]:
    """Covered, uncovered and unknown people of a service."""
    found = result.summary["services"][service]  # type: ignore[index]
    return found["covered"], found["uncovered"], found["unknown"]


def by_area(result: CountryResult, level: int = 1) -> dict[str, float]:
    """People of each area of a level by its name."""
    table = result.areas[result.areas["level"] == level]
    return {str(name): round(float(value), 6) for name, value in zip(table["name"], table["people"], strict=True)}
