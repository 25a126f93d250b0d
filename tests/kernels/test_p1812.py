"""Recommendation ITU-R P.1812 on one profile: published vectors, closed forms and the laws it must obey."""

import csv
import gzip
import json
import math

import numpy as np
import pytest
from ewcm_kernels import p1812

# ITU profiles state the latitude of both ends and the loss at a given frequency and time


def _itu_cases(path):
    with path.open(newline="", encoding="utf-8", errors="replace") as stream:
        rows = list(csv.reader(stream))
    said = {row[0]: row[1] for row in rows if len(row) > 1}
    profile, measured, block = [], [], None
    for row in rows:
        if row and row[0].startswith("{"):
            block = row[0]
        elif block == "{Begin of Profile}" and not row[0].startswith("Number"):
            profile.append([float(value) for value in row[:5]])
        elif block == "{Begin of Measurements}":
            measured.append(row)
    distance, height, _, clutter, zone = np.array(profile).T
    # the great-circle middle of two points a few degrees apart lies on the mean direction
    ends = [
        (math.radians(float(said[f"{end} LAT:"])), math.radians(float(said[f"{end} LON:"]))) for end in ("Tx", "Rx")
    ]
    (lat_t, lon_t), (lat_r, lon_r) = ends
    bearing = math.atan2(
        math.cos(lat_r) * math.sin(lon_r - lon_t),
        math.cos(lat_t) * math.sin(lat_r) - math.sin(lat_t) * math.cos(lat_r) * math.cos(lon_r - lon_t),
    )
    half = distance[-1] / 2 / 6371
    middle = math.asin(math.sin(lat_t) * math.cos(half) + math.cos(lat_t) * math.sin(half) * math.cos(bearing))
    for row in measured:
        loss = p1812.path_loss_db(
            distance,
            height,
            clutter,
            zone.astype(np.int64),
            float(row[0]) / 1000,
            float(row[14]),
            float(row[1]),
            float(row[3]),
            row[4] == "1",
            math.degrees(middle),
            float(said["Average annual values dN (N-units/km):"]),
            float(said["Average annual sea-level surface refractivity No (N-units):"]),
        )
        yield loss, float(row[17])


def test_itu_validation_profiles(vectors):
    files = sorted((vectors / "p1812" / "itu").glob("*.csv"))
    assert files
    for path in files:
        for loss, expected in _itu_cases(path):
            assert loss == pytest.approx(expected, abs=0.01), path.name


def test_cellular_vectors(vectors):
    with gzip.open(vectors / "p1812" / "cellular.jsonl.gz", "rt") as stream:
        cases = [json.loads(line) for line in stream]
    assert len(cases) == 400
    worst = 0.0
    for case in cases:
        height = np.array(case["height_m"])
        loss = p1812.path_loss_db(
            np.linspace(0.0, case["distance_km"], height.size),
            height,
            np.array(case["clutter_m"]),
            np.array(case["zone"]),
            case["f_ghz"],
            case["time_pct"],
            case["tx_m"],
            case["rx_m"],
            case["pol"] == "h",
            0.5 * (case["tx_lat"] + case["rx_lat"]),
            case["delta_n"],
            case["n0"],
        )
        worst = max(worst, abs(loss - case["loss_db"]))
    assert worst <= 0.05
