"""Recommendation ITU-R P.1812 on one profile: published vectors, closed forms and the laws it must obey."""

import csv
import gzip
import json
import math

import numpy as np
import pytest
from ewcm_kernels import p1812, p1812_diffraction
from ewcm_kernels.link import Profile, Radio
from hypothesis import given
from hypothesis import strategies as st


def _itu_cases(path):
    with path.open(newline="", encoding="utf-8", errors="replace") as stream:
        rows = list(csv.reader(stream))
    stated = {row[0]: row[1] for row in rows if len(row) > 1}
    profile, measured, block = [], [], None
    for row in rows:
        if row and row[0].startswith("{"):
            block = row[0]
        elif block == "{Begin of Profile}" and not row[0].startswith("Number"):
            profile.append([float(value) for value in row[:5]])
        elif block == "{Begin of Measurements}":
            measured.append(row)
    distance, height, _, clutter, zone = np.array(profile).T.copy()  # each contiguous, as the other callers pass them
    # the great-circle middle of two points a few degrees apart lies on the mean direction
    ends = [
        (math.radians(float(stated[f"{end} LAT:"])), math.radians(float(stated[f"{end} LON:"]))) for end in ("Tx", "Rx")
    ]
    (lat_t, lon_t), (lat_r, lon_r) = ends
    bearing = math.atan2(
        math.cos(lat_r) * math.sin(lon_r - lon_t),
        math.cos(lat_t) * math.sin(lat_r) - math.sin(lat_t) * math.cos(lat_r) * math.cos(lon_r - lon_t),
    )
    half = distance[-1] / 2 / 6371
    middle = math.asin(math.sin(lat_t) * math.cos(half) + math.cos(lat_t) * math.sin(half) * math.cos(bearing))
    for row in measured:
        radio = Radio(
            float(row[0]) / 1000,
            float(row[14]),
            row[4] == "1",
            float(stated["Average annual values dN (N-units/km):"]),
            float(stated["Average annual sea-level surface refractivity No (N-units):"]),
        )
        profile = Profile(distance, height, clutter, zone.astype(np.int64))
        loss = p1812.path_loss_db(profile, float(row[1]), float(row[3]), radio, math.degrees(middle))
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
        profile = Profile(
            np.linspace(0.0, case["distance_km"], height.size),
            height,
            np.array(case["clutter_m"]),
            np.array(case["zone"]),
        )
        radio = Radio(case["f_ghz"], case["time_pct"], case["pol"] == "h", case["delta_n"], case["n0"])
        centre_lat_deg = 0.5 * (case["tx_lat"] + case["rx_lat"])
        loss = p1812.path_loss_db(profile, case["tx_m"], case["rx_m"], radio, centre_lat_deg)
        worst = max(worst, abs(loss - case["loss_db"]))
    assert worst <= 0.05


def _loss(height, length_km, *, frequency_ghz=0.9, tx_m=30.0, rx_m=1.5, time_pct=50.0, **more):
    height = np.asarray(height, float)
    return p1812.path_loss_db(
        Profile(
            np.linspace(0.0, length_km, height.size),
            height,
            more.get("clutter_m", np.zeros(height.size)),
            more.get("zone", np.full(height.size, 4)),
        ),
        tx_m,
        rx_m,
        Radio(frequency_ghz, time_pct, more.get("horizontal", False)),
        more.get("centre_lat_deg", 9.0),
        more.get("location_pct", 50.0),
        more.get("location_sigma_db", 0.0),
    )


def test_free_space_when_far_above_the_ground():
    """Two antennas 1000 m over a plain, 5 km apart, have the loss of Friis: 92.4 + 20 log f + 20 log d."""
    assert _loss(np.zeros(51), 5.0, tx_m=1000.0, rx_m=1000.0) == pytest.approx(
        92.4 + 20 * math.log10(0.9) + 20 * math.log10(5.0), abs=0.01
    )


def test_knife_edge_in_closed_form():
    """A thin wall on an otherwise deep profile: Lee's J(ν), with the Bullington correction of eq. 21."""
    height = np.zeros(101)
    height[50] = 1200.0
    d, f, radius = 10.0, 0.9, p1812.effective_earth_radius_km(45.0)
    over = 1200.0 + 500.0 / radius * 25.0 - 1000.0
    nu = over * math.sqrt(0.002 * d / (0.2998 / f * 25.0))
    edge = 6.9 + 20 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1)
    expected = edge + (1 - math.exp(-edge / 6)) * (10 + 0.02 * d)
    found = p1812_diffraction.bullington_profile_db(np.linspace(0, d, 101), height, 1000.0, 1000.0, radius, f)
    assert found == pytest.approx(expected, abs=1e-9)


@given(
    path_km=st.floats(1.0, 200.0), tx_m=st.floats(5.0, 500.0), rx_m=st.floats(1.5, 50.0), frequency=st.floats(0.1, 3.0)
)
def test_smooth_bullington_is_the_limit_of_fine_profiles(path_km, tx_m, rx_m, frequency):
    count = 4001
    distance = np.linspace(0.0, path_km, count)
    fine = p1812_diffraction.bullington_profile_db(distance, np.zeros(count), tx_m, rx_m, 8900.0, frequency)
    closed = p1812_diffraction.smooth_bullington_db(path_km, tx_m, rx_m, 8900.0, frequency)
    assert closed == pytest.approx(fine, abs=0.1)


def test_over_a_flat_earth_it_is_the_spherical_earth():
    """On a smooth earth delta-Bullington is free space and the spherical-earth loss, as long as nothing ducts."""
    radius = p1812.effective_earth_radius_km(45.0)
    spherical = p1812_diffraction.spherical_loss_db(20.0, 30.0, 10.0, radius, 0.9, 0.0, False)
    found = _loss(np.zeros(2001), 20.0, rx_m=10.0)
    assert found == pytest.approx(p1812.free_space_loss_db(20.0, 30.0, 10.0, 0.9) + spherical, abs=0.2)


@given(st.lists(st.floats(0.0, 300.0), min_size=8, max_size=60), st.floats(1.0, 40.0))
def test_never_below_free_space_at_the_median(height, length_km):
    free = p1812.free_space_loss_db(length_km, height[0] + 30.0, height[-1] + 1.5, 0.9)
    assert _loss(height, length_km) >= free - 1e-9


def test_a_higher_wall_never_lowers_the_loss():
    """Once it stands in the way; just below the ray the smooth surface that it raises may win (up to 0.6 dB)."""
    for place in (10, 30, 50):
        losses = []
        for wall_m in range(0, 400, 10):
            height = np.full(61, 100.0)
            height[place] += wall_m
            losses.append(_loss(height, 6.0))
        steps = np.diff(losses)
        assert (steps > -0.6).all()
        assert (steps[3:] > 0.0).all()


def test_more_time_more_loss():
    height = 100.0 + 80.0 * np.sin(np.arange(400) / 17.0)
    losses = [_loss(height, 40.0, time_pct=p) for p in (1.0, 5.0, 10.0, 25.0, 50.0)]
    assert (np.diff(losses) >= 0.0).all()


def test_location_percentage_adds_its_quantile():
    height = np.full(101, 100.0)
    middle = _loss(height, 10.0)
    most = _loss(height, 10.0, location_pct=95.0, location_sigma_db=5.5)
    assert most - middle == pytest.approx(1.645 * 5.5, abs=0.02)
    at_sea = np.full(101, 4)
    at_sea[-1] = 1
    assert _loss(height, 10.0, zone=at_sea) == _loss(
        height, 10.0, zone=at_sea, location_pct=95.0, location_sigma_db=5.5
    )


def test_location_deviation_fades_above_the_clutter():
    full = p1812.location_deviation_db(0.9, 100.0, 1.5, 10.0)
    assert full == pytest.approx((0.52 + 0.024 * 0.9) * 100.0**0.28)
    assert p1812.location_deviation_db(0.9, 100.0, 15.0, 10.0) == pytest.approx(full / 2)
    assert p1812.location_deviation_db(0.9, 100.0, 25.0, 10.0) == 0.0
