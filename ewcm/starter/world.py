"""Outline and plain facts of every country of ISO 3166-1, from the pinned packages: for rasters that hold other countries too.

The outlines are WorldPop's, which draw every country and territory apart and leave no gap between two of them; they are made
coarser all together, so that neighbours still share their border.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.basemap import countries_file
from ewcm.core import longitude
from ewcm.countries import LANGUAGES

#: Corners of an outline that span less than the square of this are dropped [degrees].
SIMPLIFY_DEG = 0.015

#: Islands smaller than this [square degrees] are left out, but for the largest ones of a country and those that stand apart.
ISLAND_DEG2, LARGEST, APART_DEG = 2e-4, 3, 0.15

#: Decimals of the coordinates (110 m), and of the boxes.
DECIMALS = 3

#: What the package of mobile country codes says of numbers that belong to no country.
_NO_COUNTRY = ("International", "Test")

COLUMNS = (
    *("iso3", "iso2", "m49", "name", *(f"name_{language}" for language in LANGUAGES if language != "en")),
    *("mccs", "west", "south", "east", "north", "crosses_180", "people", "people_year"),
)


def outlines(table: gpd.GeoDataFrame) -> dict[str, BaseGeometry]:
    """The coarse outline of each country and territory, by its code. ``table``: a row a landmass, with ``iso3``."""
    shapes, codes = np.asarray(table.geometry.to_numpy()), table["iso3"].to_numpy()
    kept = _large(shapes, codes)
    coarse = shapely.coverage_simplify(shapes[kept], SIMPLIFY_DEG)
    found = {}
    for code in sorted(set(codes)):
        whole = shapely.union_all(shapely.make_valid(coarse[codes[kept] == code]), grid_size=10.0**-DECIMALS)
        parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
        if parts:
            found[code] = shapely.MultiPolygon(parts)
    return found


def _large(shapes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Which landmasses are kept."""
    area = shapely.area(shapes)
    kept = area > ISLAND_DEG2
    for code in np.unique(codes):
        mine = np.flatnonzero(codes == code)
        kept[mine[np.argsort(-area[mine], kind="stable")[:LARGEST]]] = True
        small = mine[~kept[mine]]
        near, _ = shapely.STRtree(shapes[mine[kept[mine]]]).query(shapes[small], "dwithin", APART_DEG)
        added: list[int] = []
        # One after the other, so that a group of islets that stands apart keeps one of them.
        for islet in np.delete(small, near):
            if not shapely.dwithin(shapes[added], shapes[islet], APART_DEG).any():
                added.append(islet)
        kept[added] = True
    return kept


def text_of(shapes: Mapping[str, BaseGeometry]) -> bytes:
    """A file of outlines: JSON, a feature a line, compressed without a time."""
    lines = []
    for code, shape in shapes.items():
        bounds = [round(float(edge), DECIMALS) for edge in shape.bounds]
        geometry = shapely.geometry.mapping(shape)
        outline = {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}
        # Code and box stand first, so that whoever looks for a country need not read the others.
        feature = {"type": "Feature", "id": code, "bbox": bounds, "properties": {}, "geometry": outline}
        lines.append(json.dumps(feature, separators=(",", ":")))
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0)


def _rounded(value: Any) -> object:
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(float(value), DECIMALS)


def box_of(shape: BaseGeometry) -> tuple[float, float, float, float]:
    """West, south, east and north [degrees] of a shape, the shorter way around the earth; east may exceed 180."""
    bounds = shapely.bounds(shapely.get_parts(shape))
    _, south, _, north = shape.bounds
    order = np.argsort(bounds[:, 0], kind="stable")
    west, reach = bounds[order, 0], np.maximum.accumulate(bounds[order, 2])
    gaps = np.append(west[1:], west[0] + 360.0) - reach
    widest = int(np.argmax(gaps))
    start = float(west[(widest + 1) % west.size])
    return start, float(south), longitude.east_of(float(reach[widest]), start), float(north)


def registry(
    known: Iterable[Mapping[str, str]],
    shapes: Mapping[str, BaseGeometry],
    natural_earth: gpd.GeoDataFrame,
    codes: Iterable[Mapping[str, Any]],
) -> str:
    """The text of ``iso3166.csv``: what ``known`` (its rows) says of each country, and what the packages know beside it.

    ``natural_earth``: its countries, with names and people. ``codes``: networks with ``mcc`` and ``countryCode``.
    """
    mccs: dict[str, set[int]] = {}
    for network in codes:
        if network["type"] not in _NO_COUNTRY:
            for iso2 in str(network["countryCode"]).replace("/", ",").split(","):
                mccs.setdefault(iso2.strip(), set()).add(int(network["mcc"]))
    facts = natural_earth.sort_values("POP_EST", ascending=False, kind="stable").drop_duplicates("ISO_A3_EH")
    facts = facts.set_index("ISO_A3_EH")
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    table.writeheader()
    for row in known:
        iso3 = row["iso3"]
        entry: dict[str, object] = {key: row[key] for key in ("iso3", "iso2", "m49", "name")}
        entry["mccs"] = " ".join(str(mcc) for mcc in sorted(mccs.get(row["iso2"], ())))
        if iso3 in facts.index:
            about = facts.loc[iso3]
            entry |= {
                f"name_{language}": about[f"NAME_{language.upper()}"] for language in LANGUAGES if language != "en"
            }
            if about["POP_EST"] > 0:
                entry |= {"people": round(about["POP_EST"]), "people_year": int(about["POP_YEAR"])}
        if iso3 in shapes:
            west, south, east, north = box_of(shapes[iso3])
            # Rounded outwards: a tenth of a degree, as in countries.toml.
            edges = (
                np.floor(west * 10) / 10,
                np.floor(south * 10) / 10,
                np.ceil(east * 10) / 10,
                np.ceil(north * 10) / 10,
            )
            entry |= dict(zip(("west", "south", "east", "north"), (f"{edge:.1f}" for edge in edges), strict=True))
            entry["crosses_180"] = "yes" if east > 180.0 else ""
        table.writerow(entry)
    return out.getvalue()


def write(
    folder: Path, registry_file: Path, table: gpd.GeoDataFrame, natural_earth: gpd.GeoDataFrame, networks: Path
) -> None:
    """Write the outlines of all countries into ``folder`` and the registry over itself."""
    shapes = outlines(table)
    folder.mkdir(parents=True, exist_ok=True)
    for initial in sorted({code[0] for code in shapes}):
        path = folder / countries_file(initial)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text_of({code: shape for code, shape in shapes.items() if code[0] == initial}))
    known = list(csv.DictReader(registry_file.read_text(encoding="utf-8").splitlines()))
    codes = json.loads(networks.read_text(encoding="utf-8"))
    registry_file.write_text(registry(known, shapes, natural_earth, codes), encoding="utf-8", newline="\n")
