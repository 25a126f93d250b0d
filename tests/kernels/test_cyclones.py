"""Winds of cyclones: a plain oracle, stored winds of another implementation, and what must hold whatever the storm."""

import numpy as np
import pandas as pd
import pytest
from ewcm_kernels.cyclones import KNOT_MS, MODELS, NAUTICAL_MILE_M, SURFACE_SHARE, Track, finer, max_wind_ms, motion
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import TEST_DATA
from tests.examples import examples
from tests.kernels.threads import under_threads
from tests.oracles import cyclones as oracle

#: The radius of the earth [km] of the stored winds: 111.12 km a degree.
REFERENCE_RADIUS_KM = float(np.degrees(111.12))

REFERENCE = TEST_DATA / "hazards" / "cyclone" / "reference"


def at_rest(lat=-15.0, rows=3, wind_kt=100.0, drop_hpa=60.0, radius_nmile=20.0):
    """A storm that stays where it is."""
    ones = np.ones(rows)
    return Track(
        np.arange(rows, dtype=float), lat * ones, 178.0 * ones, wind_kt * ones, (1005 - drop_hpa) * ones, 1005 * ones,
        radius_nmile * ones,
    )  # fmt: skip


def random_track(seed, south, lon):
    random = np.random.default_rng(seed)
    rows = int(random.integers(2, 30))
    lat = random.uniform(5, 35) + np.cumsum(random.normal(0, 0.3, rows))
    central = random.uniform(890, 1010, rows)
    return Track(
        np.cumsum(random.choice([0.25, 1.0, 3.0], rows)),
        np.where(south, -lat, lat),
        lon + np.cumsum(random.normal(0, 0.4, rows)),
        random.uniform(0, 160, rows),
        central,
        np.where(random.random(rows) < 0.1, central - 5, random.uniform(990, 1015, rows)),
        random.uniform(4, 80, rows),
    )


def as_mapping(track):
    names = ("hours", "lat", "lon", "vmax_kt", "pc_hpa", "penv_hpa", "rmw_nm")
    return dict(zip(names, track, strict=True))


def around(track, count=400, seed=0):
    random = np.random.default_rng(seed)
    middle = len(track.hours) // 2
    return (
        np.clip(track.lat_deg[middle] + random.normal(0, 2.5, count), -89, 89),
        track.lon_deg[middle] + random.normal(0, 2.5, count),
    )


@pytest.mark.parametrize("model", MODELS)
@examples(0.6)
@given(seed=st.integers(0, 2**32 - 1), south=st.booleans(), lon=st.sampled_from([-180.0, 0.0, 88.0, 179.5, 359.0]))
def test_winds_are_those_of_the_plain_oracle(model, seed, south, lon):
    track = random_track(seed, south, lon)
    lat, lon = around(track, seed=seed)
    expected = oracle.max_wind_ms(as_mapping(track), lat, lon, model)
    np.testing.assert_allclose(max_wind_ms(lat, lon, track, model), expected, rtol=0, atol=1e-6)


def stored(storm):
    table = pd.read_csv(REFERENCE / f"track_{storm}.csv", parse_dates=["time"])
    hours = (table["time"] - table["time"].iloc[0]).dt.total_seconds() / 3600
    columns = ("lat", "lon", "vmax_kt", "pc_hpa", "penv_hpa", "rmw_nm")
    return Track(hours.to_numpy(), *(table[name].to_numpy(float) for name in columns))


@pytest.mark.real
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no stored winds: set EWCM_TEST_DATA")
@pytest.mark.parametrize("storm", ["PAM", "WINSTON", "HAROLD", "YASA"])
def test_winds_are_those_that_another_implementation_stored(storm):
    winds = pd.read_csv(REFERENCE / "climada_6.1_max_wind.csv.gz").query("event == @storm")
    lat, lon = winds["lat"].to_numpy(), winds["lon"].to_numpy()
    track = stored(storm)
    for model in MODELS:
        found = max_wind_ms(lat, lon, track, model, REFERENCE_RADIUS_KM)
        assert np.abs(found - winds[f"{model}_ms"]).max() < 1e-3
        # Steps of 3 minutes, as a run takes them, are within half a metre a second of steps of one.
        fine, finest = (max_wind_ms(lat, lon, finer(track, 1 / steps), model) for steps in (20, 60))
        assert np.abs(finest - fine).max() < 0.5


@pytest.mark.parametrize("model", MODELS)
@examples(0.4)
@given(seed=st.integers(0, 2**32 - 1), south=st.booleans())
def test_a_track_moved_round_the_earth_and_positions_in_between(model, seed, south):
    track = random_track(seed, south, 179.0)
    lat, lon = around(track, seed=seed)
    wind = max_wind_ms(lat, lon, track, model)
    moved = track._replace(lon_deg=track.lon_deg - 360.0)
    np.testing.assert_allclose(max_wind_ms(lat, lon + 720.0, moved, model), wind, rtol=0, atol=1e-8)
    mirrored = track._replace(lat_deg=-track.lat_deg)
    np.testing.assert_allclose(max_wind_ms(-lat, lon, mirrored, model), wind, rtol=0, atol=1e-9)
    # A row that is kept brings nearly the same wind (its motion is that of the last step), so that more rows bring no less.
    assert (max_wind_ms(lat, lon, finer(track, 0.125), model) >= wind - 0.2).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_storm_at_rest_is_the_same_on_every_side(model):
    track = at_rest(lat=0.0)
    bearing = np.radians(np.arange(0, 360, 15))
    far = np.radians(0.7)
    lat = np.degrees(np.arcsin(np.sin(far) * np.cos(bearing)))
    lon = 178 + np.degrees(np.arctan2(np.sin(bearing) * np.sin(far), np.cos(far)))
    wind = max_wind_ms(lat, lon, track, model)
    assert wind.min() > 15
    np.testing.assert_allclose(wind, wind[0], rtol=0, atol=1e-9)


def at_the_radius(track):
    """A point due north of the eye, at the radius of maximum wind."""
    angle = np.degrees(track.radius_nmile[0] * NAUTICAL_MILE_M / 6_371_008.8)
    return np.array([track.lat_deg[0] + angle]), np.array([track.lon_deg[0]])


def test_the_reported_wind_is_that_at_its_radius():
    track = at_rest(lat=0.0)
    assert max_wind_ms(*at_the_radius(track), track, "H1980")[0] == pytest.approx(100 * KNOT_MS, abs=1e-9)
    turning = at_rest(lat=-15.0)
    c = turning.radius_nmile[0] * NAUTICAL_MILE_M * 7.29e-5 * np.sin(np.radians(15))
    expected = SURFACE_SHARE * (np.hypot(100 * KNOT_MS / SURFACE_SHARE, c) - c)
    assert max_wind_ms(*at_the_radius(turning), turning, "H1980")[0] == pytest.approx(expected, abs=1e-9)


def test_forward_speed_is_added_once_on_the_left_of_a_southern_storm():
    rows = np.arange(12.0)
    ones = np.ones(12)
    track = Track(rows, -18 * ones, 170 + 0.15 * rows, 100 * ones, 940 * ones, 1005 * ones, 20 * ones)
    speed, east, _ = motion(track)
    assert speed[0] == 0 and speed[5] == pytest.approx(4.4, abs=0.1) and east[5] == pytest.approx(speed[5], rel=1e-4)
    side = 20 * 1852 / 111_195
    # Clockwise and eastward: at the middle the wind blows with the motion on the north side.
    points = np.array([-18 + side, -18 - side]), np.array([170.75, 170.75])
    moving = max_wind_ms(*points, track, "H1980")
    still = max_wind_ms(*at_the_radius(at_rest(-18.0, wind_kt=100 - speed[5] / KNOT_MS)), at_rest(
        -18.0, wind_kt=100 - speed[5] / KNOT_MS, drop_hpa=65), "H1980")[0]  # fmt: skip
    assert moving[0] == pytest.approx(still + speed[5], abs=0.1)
    assert moving[1] < moving[0] - speed[5]


def test_what_the_stored_winds_do_not_reach():
    far = (np.array([-15.0, -15.0, -15.0]), np.array([178.0, 178.0 + 4.1, 10.0]))
    for model in MODELS:
        # The eye itself, beyond 400 km, and the other side of the earth.
        assert max_wind_ms(*far, at_rest(), model).tolist() == [0, 0, 0]
        assert max_wind_ms(*far, at_rest(rows=1), model).tolist() == [0, 0, 0]
        # A pressure above that of the surroundings is no storm.
        assert np.isfinite(max_wind_ms(*around(at_rest()), at_rest(drop_hpa=-3.0), model)).all()
    jump = at_rest(rows=2)._replace(lon_deg=np.array([178.0, 182.0]))
    assert motion(jump)[0][1] == pytest.approx(30 * KNOT_MS)
    with pytest.raises(ValueError, match="H08"):
        max_wind_ms(*far, at_rest(), "H99")


def test_any_number_of_threads_gives_the_same_winds():
    track = random_track(5, True, 178.0)
    lat, lon = around(track, 3000)
    one, two, eight = under_threads(lambda: max_wind_ms(lat, lon, track))
    assert (one == two).all() and (one == eight).all() and one.max() > 0
