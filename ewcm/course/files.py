"""Files for the exercises of the course: people, terrain, site lists, measurements and an alert of a made-up north of Uganda.

Names of towns are real, so that the map is one that people can talk about. Everything else is made: the people, the hills, the
operators and their sites. The same files come out every time, on any machine: noise is a hash of whole numbers.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin

from ewcm.core.record import EXERCISE, GRADE
from ewcm.countries import country
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.learning.links import links_of
from ewcm.settings import Settings
from ewcm.sources.measurements import read_measurements

#: The country whose north is made up.
ISO3 = "UGA"

#: West, south, east, north [degrees] of the made country part, and the sides of its cells [degrees].
WEST, SOUTH, EAST, NORTH = 32.0, 2.1, 33.2, 3.3
PEOPLE_STEP, TERRAIN_STEP = 1 / 120, 1 / 1200

#: Towns: name, latitude, longitude, people.
TOWNS = (
    ("Gulu", 2.7746, 32.2990, 180_000),
    ("Lira", 2.2499, 32.8999, 150_000),
    ("Kitgum", 3.2783, 32.8867, 60_000),
    ("Pader", 2.8800, 33.0900, 24_000),
)

#: Sites of the first operator: identifier, latitude, longitude, technologies, height [m], words of its state.
NILE = (
    ("NM-001", 2.7746, 32.2990, "GSM/LTE", 40, "on air"),
    ("NM-002", 2.7900, 32.3300, "GSM/LTE", 30, "on air"),
    ("NM-003", 2.2499, 32.8999, "GSM/LTE", 40, "on air"),
    ("NM-004", 2.2300, 32.8700, "GSM/LTE", 30, "on air"),
    ("NM-005", 3.2783, 32.8867, "GSM/LTE", 45, "on air"),
    ("NM-006", 2.5100, 32.5400, "GSM", 50, "on air"),
    ("NM-007", 2.6400, 32.4200, "GSM", 45, "on air"),
    ("NM-008", 2.3700, 32.7200, "GSM", 45, "on air"),
    ("NM-009", 3.0200, 32.5600, "GSM", 50, "on air"),
    ("NM-010", 3.1500, 32.7300, "GSM", 45, "on air"),
    ("NM-011", 2.9100, 32.1200, "GSM", 40, "planned"),
    ("NM-012", 2.8800, 33.0900, "GSM/LTE", 40, "planned"),
)

#: Sites of the second operator, which hands in a clean list.
LAKE = (
    ("LT01", 2.7600, 32.3100, "2G;4G", 35),
    ("LT02", 2.2600, 32.9100, "2G;4G", 35),
    ("LT03", 3.2700, 32.8800, "2G", 40),
    ("LT04", 2.4400, 32.1500, "2G", 45),
    ("LT05", 2.1900, 32.5000, "2G", 45),
)

#: The exercise alert: a flood along a river through the emptier east; latitude, longitude.
FLOOD = ((2.35, 32.75), (2.35, 33.05), (2.75, 33.17), (3.05, 33.12), (3.05, 32.85), (2.70, 32.80), (2.35, 32.75))

#: Measurements: sites that phones measured, how many around each, and up to how far [km].
MEASURED = (("NM-001", 2.7746, 32.2990), ("NM-003", 2.2499, 32.8999), ("NM-006", 2.5100, 32.5400))
MEASUREMENTS_A_SITE, FARTHEST_KM = 24, 11.0


def make_files(folder: Path) -> None:
    """Write the files of the exercises: ``first`` as offices hand them in, ``mended`` as they are at the end of the exercise."""
    for state in ("first", "mended"):
        place = folder / state / ISO3
        place.mkdir(parents=True)
        _raster(place / "people.tif", people(), PEOPLE_STEP, -99999.0)
        _raster(place / "terrain.tif", terrain(), TERRAIN_STEP, -32768)
        (place / "districts.geojson").write_text(json.dumps(_districts()) + "\n", encoding="utf-8")
        (place / "lake_telecom.csv").write_bytes(_clean("Lake Telecom", LAKE))
        faulty = state == "first"
        (place / "nile_mobile.csv").write_bytes(_as_handed_in() if faulty else _mended())
        if faulty:
            (place / "transmitters_old.csv").write_bytes(b"name;where;remarks\nTower 7;behind the market;ask Okello\n")
        else:
            (place / "inputs.toml").write_text(_INPUTS, encoding="utf-8")
    inputs = find_inputs(country(ISO3), folder / "mended" / ISO3)
    (folder / "measurements.csv").write_bytes(_measurements(load(inputs), inputs.settings))
    (folder / "exercise-alert.xml").write_text(_alert(), encoding="utf-8")


def noise(count: int, stream: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) that are the same everywhere: a hash of whole numbers (splitmix64, Steele et al. 2014)."""
    start = (stream + 1) * 1_000_003
    value = np.arange(start, start + count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        value = (value ^ (value >> np.uint64(shift))) * np.uint64(factor)
    value ^= value >> np.uint64(31)
    return np.asarray((value >> np.uint64(11)).astype(np.float64) / 2.0**53)


def _centres(step: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitudes and longitudes of the cells' middles, of shapes (rows, 1) and (1, columns)."""
    rows, cols = round((NORTH - SOUTH) / step), round((EAST - WEST) / step)
    lat, lon = NORTH - (np.arange(rows) + 0.5) * step, WEST + (np.arange(cols) + 0.5) * step
    return np.asarray(lat[:, None], np.float64), np.asarray(lon[None], np.float64)


def people() -> NDArray[np.float32]:
    """People in each grid cell: a scattered countryside, denser in the south-west, and four towns. Whole people."""
    lat, lon = _centres(PEOPLE_STEP)
    shape = lat.shape[0], lon.shape[1]
    scattered = noise(lat.size * lon.size, 1).reshape(shape)
    density = 45.0 * np.exp(-((lat - 2.2) ** 2 + (lon - 32.3) ** 2) / 0.9) + 12.0
    found = density * np.where(scattered < 0.45, 0.0, 2.6 * (scattered - 0.2))
    for _, town_lat, town_lon, size in TOWNS:
        away = np.exp(-((lat - town_lat) ** 2 + (lon - town_lon) ** 2) / (2 * 0.022**2))
        found += size * away / away.sum()
    return np.round(found).astype(np.float32)


def terrain() -> NDArray[np.int16]:
    """Heights [m]: a plateau that rises to the east, with hills and two ridges."""
    lat, lon = _centres(TERRAIN_STEP)
    hills = 45 * np.sin(lon * 41) * np.cos(lat * 37) + 25 * np.sin(lon * 97 + lat * 61)
    ridges = 320 * np.exp(-(((lon - 32.78 - 0.15 * (lat - 2.7)) / 0.035) ** 2)) * (lat > 2.45)
    ridges = ridges + 260 * np.exp(-(((lat - 3.02 + 0.3 * (lon - 32.4)) / 0.03) ** 2)) * (lon < 32.5)
    return np.asarray(np.round(1000 + 90 * (lon - WEST) + hills + ridges), dtype=np.int16)


def _raster(path: Path, values: NDArray[np.float32] | NDArray[np.int16], step: float, nodata: float) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype.name,
        crs="EPSG:4326",
        transform=from_origin(WEST, NORTH, step, step),
        nodata=nodata,
        compress="deflate",
        predictor=2 if values.dtype.kind == "i" else 3,
    ) as file:
        file.write(values, 1)
        file.update_tags(**{GRADE: EXERCISE})  # whatever is made from them says so


def _districts() -> dict[str, object]:
    """Six districts of the made country part, by the points of the compass."""
    wide, high = (EAST - WEST) / 3, (NORTH - SOUTH) / 2
    names = (("South-West", "South", "South-East"), ("North-West", "North", "North-East"))
    features = []
    for row, line in enumerate(names):
        for col, name in enumerate(line):
            west, south = WEST + col * wide, SOUTH + row * high
            ring = [
                [west, south],
                [west + wide, south],
                [west + wide, south + high],
                [west, south + high],
                [west, south],
            ]
            corners = [[round(x, 6), round(y, 6)] for x, y in ring]
            features.append(
                {
                    "type": "Feature",
                    "properties": {"name": name, "code": f"T{row * 3 + col + 1}", GRADE: EXERCISE},
                    "geometry": {"type": "Polygon", "coordinates": [corners]},
                }
            )
    return {"type": "FeatureCollection", "features": features}


def _table(rows: Iterable[Iterable[object]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _clean(operator: str, sites: Iterable[tuple[str, float, float, str, int]]) -> bytes:
    head = ("site_id", "lat", "lon", "technology", "operator", "height_m", GRADE)
    rows = [
        (name, f"{lat:.4f}", f"{lon:.4f}", what, operator, height, EXERCISE) for name, lat, lon, what, height in sites
    ]
    return _table([head, *rows], ",").encode()


def _as_handed_in() -> bytes:
    """The list of the first operator with the faults of real ones: words of an office as headings, semicolons and decimal commas,
    an old encoding, planned sites among those on air, a site twice, one whose coordinates are swapped, one at 0, 0, one across
    the ocean and one without a technology."""
    head = ("Site ID", "Latitude", "Longitude", "Technology", "Operator", "Height (m)", "Status", "Remarks", GRADE)

    def row(site: tuple[str, float, float, str, int, str], remark: str = "") -> tuple[object, ...]:
        name, lat, lon, what, height, state = site
        return (
            name,
            f"{lat:.4f}".replace(".", ","),
            f"{lon:.4f}".replace(".", ","),
            what,
            "Nile Mobile",
            height,
            state,
            remark,
            EXERCISE,
        )

    wrong = (
        ("NM-013", 32.4600, 2.4200, "GSM", 40, "on air"),
        ("NM-014", 0.0, 0.0, "GSM", 40, "on air"),
        ("NM-015", 2.6100, -32.6400, "GSM", 40, "on air"),
        ("NM-016", 2.9400, 32.8000, "", 40, "on air"),
    )
    rows = [row(site) for site in NILE] + [row(NILE[5], "déplacé en 2021")] + [row(site) for site in wrong]
    return _table([head, *rows], ";").encode("cp1252")


def _mended() -> bytes:
    """The same after a word with the operator: what is on air only, and the wrong rows put right."""
    asked = (
        ("NM-013", 2.4200, 32.4600, "GSM", 40),
        ("NM-015", 2.6100, 32.6400, "GSM", 40),
        ("NM-016", 2.9400, 32.8000, "GSM", 40),
    )
    on_air = [site[:5] for site in NILE if site[5] == "on air"]
    words = {"GSM": "2G", "GSM/LTE": "2G;4G"}
    return _clean(
        "Nile Mobile", [(name, lat, lon, words[what], height) for name, lat, lon, what, height in (*on_air, *asked)]
    )


_INPUTS = """\
# Made for the course, not for decisions: people, hills, operators and sites are invented.
country = "UGA"
operators = ["Nile Mobile", "Lake Telecom"]

[population]
path = "people.tif"
unit = "people"
year = 2025
licence = "CC0-1.0"
attribution = "made for the course of ewcm"

[[sites]]
path = "nile_mobile.csv"
licence = "CC0-1.0"
attribution = "made for the course of ewcm"

[[sites]]
path = "lake_telecom.csv"
licence = "CC0-1.0"
attribution = "made for the course of ewcm"

[terrain]
path = "terrain.tif"
licence = "CC0-1.0"
attribution = "made for the course of ewcm"

[[boundaries]]
level = 1
path = "districts.geojson"
name = "name"
code = "code"
licence = "CC0-1.0"
attribution = "made for the course of ewcm"
"""


def _measurements(data: CountryData, settings: Settings) -> bytes:
    """Levels that phones measured around some sites: 9 dB below those computed over the terrain, with 7 dB of scatter."""
    head = ("lat", "lon", "dbm", "technology", "operator", "site", "site_lat", "site_lon")
    places: list[tuple[object, ...]] = []
    for number, (site, lat, lon) in enumerate(MEASURED):
        turn, far = (noise(MEASUREMENTS_A_SITE, 10 + 2 * number + each) for each in range(2))
        for i in range(MEASUREMENTS_A_SITE):
            km = 0.8 + (FARTHEST_KM - 0.8) * float(far[i])
            angle = 2 * math.pi * float(turn[i])
            north = km * math.sin(angle) / 111.195
            east = km * math.cos(angle) / (111.195 * math.cos(math.radians(lat)))
            about = ("2G", "Nile Mobile", site, f"{lat:.4f}", f"{lon:.4f}")
            places.append((f"{lat + north:.5f}", f"{lon + east:.5f}", "-80.0", *about))
    with TemporaryDirectory(prefix="ewcm-course-") as work:
        asked = Path(work) / "places.csv"
        asked.write_bytes(_table([head, *places], ",").encode())
        links = links_of(read_measurements(asked, data.country).table, data, settings).table
    computed = {
        (f"{lat:.5f}", f"{lon:.5f}"): float(level)
        for lat, lon, level in zip(links["lat"], links["lon"], links["computed_db"], strict=True)
    }
    rows = []
    for number, place in enumerate(places):
        # The sum of hashed numbers is nearly normal; -2 and the factor make its mean 0 and its deviation 1.
        scatter = (float(np.sum(noise(4, 100 + number))) - 2.0) * math.sqrt(3.0)
        level = computed[str(place[0]), str(place[1])] - 9.0 + 7.0 * scatter
        rows.append((*place[:2], f"{level:.1f}", *place[3:]))
    return _table([head, *rows], ",").encode()


def _alert() -> str:
    polygon = " ".join(f"{lat},{lon}" for lat, lon in FLOOD)
    alert_texts = {
        "en": (
            "Flood",
            "EXERCISE: floods along the river east of the ridge",
            "Go to higher ground at once. Carry the message on.",
        ),
        "fr": (
            "Inondation",
            "EXERCICE : crues le long de la rivière à l’est de la crête",
            "Gagnez tout de suite les hauteurs. Transmettez le message.",
        ),
    }
    infos = "".join(
        f"  <info><language>{language}</language><category>Met</category><event>{event}</event><urgency>Immediate</urgency>"
        f"<severity>Severe</severity><certainty>Observed</certainty><expires>2026-03-02T06:00:00+03:00</expires>"
        f"<headline>{headline}</headline><instruction>{instruction}</instruction>"
        f"<area><areaDesc>River plain</areaDesc><polygon>{polygon}</polygon></area></info>\n"
        for language, (event, headline, instruction) in alert_texts.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- Written for the course: an exercise, never sent by anybody. -->\n'
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">\n'
        "  <identifier>course-flood</identifier><sender>course@example.org</sender><sent>2026-03-01T06:00:00+03:00</sent>\n"
        f"  <status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>\n{infos}</alert>\n"
    )
