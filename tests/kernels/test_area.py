"""Losses over an area: against the C++ grids of the vectors, against single profiles, and the laws both ways must obey."""

import math

import numpy as np
import pytest
from ewcm_kernels import p1812
from ewcm_kernels.area import METHODS, area_loss_db
from ewcm_kernels.link import Profile, Radio, Receivers, Terrain, Transmitter

from tests.kernels.threads import under_threads

STEP = 1 / 1200
KM_PER_DEG = math.pi / 180 * 6371.0088


def _dem(rows=161, cols=161, seed=3):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols]
    hills = sum(
        size * np.sin(x * a + y * b + c)
        for size, a, b, c in zip(
            (90, 50, 25), rng.uniform(0.02, 0.12, 3), rng.uniform(0.02, 0.12, 3), (0.0, 1.0, 2.0), strict=True
        )
    )
    return (400 + hills).astype(np.float32)


def _run(method, dem, *, tx=(0.03, 0.04), north=0.1, west=0.0, half=40, **more):
    """Cells of about 92 m around the transmitter."""
    lat = tx[0] + STEP * np.arange(half, -half - 1, -1) + more.pop("off", 0.0003)
    lon = tx[1] + STEP * np.arange(-half, half + 1) + 0.0002
    step_km = more.pop("step_km", 0.1)
    receivers = Receivers(lat, lon, more.pop("rx_height_m", 1.5), max_km=30.0, step_km=step_km)
    terrain = Terrain(dem, north, west, STEP, STEP, more.pop("clutter_m", None), more.pop("zone", None))
    transmitter = Transmitter(*tx, more.pop("tx_height_m", 30.0))
    radio = Radio(**({"frequency_ghz": 0.9} | more))
    return area_loss_db(method, receivers, terrain, transmitter, radio), lat, lon


@pytest.mark.parametrize("name", ["mountain_900", "plain_800"])
def test_against_the_reference_grids(vectors, name):
    with np.load(vectors / "p1812" / f"area_{name}.npz") as stored:
        case = {key: stored[key] for key in stored.files}
    dem = case["dem"].astype(np.float32)
    one = {
        key: float(case[key]) for key in ("dem_north", "dem_west", "dem_step_deg", "tx_lat", "tx_lon", "tx_m", "rx_m")
    }

    def loss(method, rows, cols):
        return area_loss_db(
            method,
            Receivers(case["lats"][rows], case["lons"][cols], one["rx_m"], max_km=60.0),
            Terrain(dem, one["dem_north"], one["dem_west"], one["dem_step_deg"], one["dem_step_deg"]),
            Transmitter(one["tx_lat"], one["tx_lon"], one["tx_m"]),
            Radio(float(case["f_mhz"]) / 1000),
        )

    every = slice(None, None, 8)
    expected = case["loss_db"][every, every]
    known = expected > 0.0
    wrong = np.abs(loss("exact", every, every) - expected)[known]
    assert (wrong <= 1.0).mean() >= 0.995
    expected = case["loss_db"]
    known = expected > 0.0
    swept = loss("sweep", slice(None), slice(None))
    wrong = np.abs(swept - expected)[known]
    assert math.sqrt((wrong**2).mean()) <= 0.9
    assert (wrong <= 1.0).mean() >= 0.91
    assert ((swept < 145.0) != (expected < 145.0))[known].mean() <= 0.008


def test_exact_is_the_single_profile():
    dem = np.full((161, 161), 100.0, np.float32)
    dem[60:64] += 150.0  # a ridge
    loss, lat, lon = _run("exact", dem)
    for r, c in ((0, 40), (3, 70), (75, 12)):
        path_km = 6371.0088 * math.acos(
            math.sin(math.radians(0.03)) * math.sin(math.radians(lat[r]))
            + math.cos(math.radians(0.03)) * math.cos(math.radians(lat[r])) * math.cos(math.radians(lon[c] - 0.04))
        )
        steps = math.ceil(path_km / 0.1)
        row = np.linspace((0.1 - 0.03) / STEP, (0.1 - lat[r]) / STEP, steps + 1)
        whole = np.floor(row).astype(int)
        height = dem[whole, 0] + (dem[whole + 1, 0] - dem[whole, 0]) * (row - whole)
        profile = Profile(
            np.linspace(0, path_km, steps + 1), height.astype(float), np.zeros(steps + 1), np.full(steps + 1, 4)
        )
        expected = p1812.path_loss_db(profile, 30.0, 1.5, Radio(0.9), 0.5 * (0.03 + lat[r]))
        assert loss[r, c] == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("clutter", [False, True])
@pytest.mark.parametrize("sea", [False, True])
def test_the_sweep_follows_exact_with_clutter_and_sea(clutter, sea):
    dem = _dem()
    zone = np.full(dem.shape, 4, np.uint8)
    height = np.zeros(dem.shape, np.float32)
    if sea:
        zone[:, 90:] = 1
        zone[:, 84:90] = 3
        dem[:, 90:] = 0.0
    if clutter:
        height[np.arange(161) // 10 % 3 == 0] = 12.0
        height[zone == 1] = 0.0
    more = {"clutter_m": height if clutter else None, "zone": zone if sea else None}
    exact, _, _ = _run("exact", dem, **more)
    sweep, _, _ = _run("sweep", dem, **more)
    assert np.array_equal(np.isnan(exact), np.isnan(sweep))
    wrong = (sweep - exact)[np.isfinite(exact)]
    assert math.sqrt((wrong**2).mean()) < 2.0
    assert abs(wrong.mean()) < 0.5


@pytest.mark.parametrize(
    ("mast", "frequency_ghz", "height_m"), [((300.3, 420.7), 1.8, 60.0), ((500.0, 560.0), 0.7, 15.0)]
)
@pytest.mark.parametrize("name", ["mountain_900", "plain_800"])
def test_the_sweep_follows_exact_elsewhere(vectors, name, mast, frequency_ghz, height_m):
    """Other masts, heights and frequencies than those of the reference grids, on the same real terrain."""
    with np.load(vectors / "p1812" / f"area_{name}.npz") as stored:
        dem, north, west = stored["dem"].astype(np.float32), float(stored["dem_north"]), float(stored["dem_west"])
    tx = north - mast[0] * STEP, west + mast[1] * STEP
    lat = tx[0] + 0.9 * STEP * np.arange(180, -181, -1)
    lon = tx[1] + 0.9 * STEP * np.arange(-180, 181)

    def loss(method, every):
        return area_loss_db(
            method,
            Receivers(lat[::every], lon[::every], 1.5, max_km=60.0),
            Terrain(dem, north, west, STEP, STEP),
            Transmitter(*tx, height_m),
            Radio(frequency_ghz),
        )

    wrong = np.abs(loss("sweep", 1)[::4, ::4] - loss("exact", 4))
    assert np.isfinite(wrong).all()
    assert math.sqrt((wrong**2).mean()) <= 1.0
    assert (wrong <= 1.0).mean() >= 0.89


def test_the_sweep_of_cells_much_larger_than_those_of_the_terrain(vectors):
    """1 km cells: the radials stand closer than the cells, as a turn holds only for about a cell of the terrain."""
    with np.load(vectors / "p1812" / "area_mountain_900.npz") as stored:
        dem, north, west = stored["dem"].astype(np.float32), float(stored["dem_north"]), float(stored["dem_west"])
    tx = north - 380 * STEP, west + 380 * STEP
    lat, lon = tx[0] + 11 * STEP * np.arange(25, -26, -1), tx[1] + 11 * STEP * np.arange(-25, 26)
    exact, sweep = (
        area_loss_db(
            method,
            Receivers(lat, lon, 1.5, max_km=60.0),
            Terrain(dem, north, west, STEP, STEP),
            Transmitter(*tx, 30.0),
            Radio(0.9),
        )
        for method in METHODS
    )
    wrong = (sweep - exact)[np.isfinite(exact)]
    assert np.array_equal(np.isnan(exact), np.isnan(sweep))
    assert math.sqrt((wrong**2).mean()) < 2.0


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_the_same_for_any_number_of_threads(method, everything):
    zone = np.full((161, 161), 4, np.uint8)
    zone[:, 90:] = 1
    more = {"clutter_m": _dem(seed=4) * 0.02, "zone": zone} if everything else {}
    results = under_threads(lambda: _run(method, _dem(), **more)[0])
    assert np.isfinite(results[0]).any()
    assert all(np.array_equal(results[0], other, equal_nan=True) for other in results[1:])


@pytest.mark.parametrize("method", METHODS)
def test_places_without_terrain_are_unknown(method):
    dem = _dem()
    edge, lat, lon = _run(method, dem, tx=(0.1, 0.0))  # the mast stands on the corner cell
    inside = (lat[:, None] <= 0.1) & (lon[None, :] >= 0.0)
    assert np.array_equal(np.isfinite(edge), inside)
    outside, _, _ = _run(method, dem, tx=(0.2, 0.04))
    assert np.isnan(outside).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_height_hides_what_is_behind_it(method):
    dem = _dem()
    dem[40, :] = np.nan
    loss, lat, _ = _run(method, dem)
    behind = lat > 0.1 - 39 * STEP
    assert np.isnan(loss[behind]).all()
    assert np.isfinite(loss[lat < 0.1 - 42 * STEP]).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_hole_beside_the_way_hides_nothing(method):
    dem = _dem()
    clear, _, lon = _run(method, dem)
    dem[60:, 70] = np.nan  # south of the mast, and one cell wide
    loss, _, _ = _run(method, dem)
    west = lon < 0.04 - STEP
    assert np.isfinite(loss[:, west]).all()
    assert loss[:, lon < 0.04 - 20 * STEP] == pytest.approx(clear[:, lon < 0.04 - 20 * STEP], abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_known_of_a_mast_on_missing_terrain(method):
    dem = _dem()
    dem[80:90, 40:60] = np.nan
    assert np.isnan(_run(method, dem)[0]).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(2, 161), (161, 2)])
def test_a_strip_of_terrain(method, shape):
    dem = np.full(shape, 100.0, np.float32)
    on_strip, lat, lon = _run(method, dem, tx=(0.1 - 0.4 * STEP, 0.4 * STEP), off=0.3 * STEP)
    inside = (lat <= 0.1) & (lat >= 0.1 - (shape[0] - 1) * STEP), (lon >= 0.0) & (lon <= (shape[1] - 1) * STEP)
    assert np.array_equal(np.isfinite(on_strip), inside[0][:, None] & inside[1][None, :])


@pytest.mark.parametrize("method", METHODS)
def test_a_mast_at_sea(method):
    """All sea and level: the loss of one profile over the sea, the same on all sides."""
    dem, zone = np.zeros((161, 161), np.float32), np.ones((161, 161), np.uint8)
    loss, _, _ = _run(method, dem, zone=zone, off=0.0, frequency_ghz=0.1)
    on_land, _, _ = _run(method, dem, off=0.0, frequency_ghz=0.1)
    profile = Profile(np.linspace(0.0, 40 * STEP * KM_PER_DEG, 41), np.zeros(41), np.zeros(41), np.ones(41, int))
    expected = p1812.path_loss_db(profile, 30.0, 1.5, Radio(0.1), 0.03)
    assert np.isfinite(loss).all()
    assert loss[[0, 80], 40] == pytest.approx(expected, abs=0.1)
    assert (loss[[0, 80], 40] < on_land[[0, 80], 40] - 5.0).all()


@pytest.mark.parametrize("method", METHODS)
def test_between_high_masts_over_level_ground_is_free_space(method):
    loss, lat, lon = _run(method, np.full((161, 161), 300.0, np.float32), tx_height_m=80.0, rx_height_m=80.0, off=0.0)
    km = KM_PER_DEG * np.hypot(lat[:, None] - 0.03, lon[None, :] - 0.04)
    far = km > 0.1
    expected = 92.4 + 20 * math.log10(0.9) + 20 * np.log10(km[far])
    assert loss[far] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_a_knife_edge_between_high_masts(method):
    """Bullington's loss of one thin edge, far above ground that the smooth earth can play no part in."""
    wall_row, edge_m = 74, 40.0  # ten rows north of the mast; the ray is 150 m above ground
    dem = np.zeros((161, 161), np.float32)
    dem[wall_row] = 150.0 + edge_m
    more = {"tx_height_m": 150.0, "rx_height_m": 150.0, "off": 0.0, "step_km": STEP * KM_PER_DEG * 1.01}
    loss, lat, _ = _run(method, dem, **more)
    first_km = 10 * STEP * KM_PER_DEG
    for r in (5, 10, 15, 20, 25):
        path_km = (lat[r] - 0.03) * KM_PER_DEG
        rest_km = path_km - first_km
        above_m = edge_m + 500 / (6371.0 * 157 / 112) * first_km * rest_km
        nu = above_m * math.sqrt(0.002 * 0.9 / 0.2998 * path_km / (first_km * rest_km))
        edge_db = 6.9 + 20 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1)
        bullington_db = edge_db + (1 - math.exp(-edge_db / 6)) * (10 + 0.02 * path_km)
        expected = 92.4 + 20 * math.log10(0.9) + 20 * math.log10(path_km) + bullington_db
        assert loss[r, 40] == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize("method", METHODS)
def test_across_the_180th_meridian_as_anywhere(method):
    here, _, _ = _run(method, _dem())
    there, _, _ = _run(method, _dem(), tx=(0.03, 179.99), west=179.95)
    assert there == pytest.approx(here, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_the_site_itself_has_the_least_loss(method):
    loss, _, _ = _run(method, _dem(), off=0.0)
    assert np.unravel_index(np.nanargmin(loss), loss.shape)[0] in (39, 40, 41)
    assert np.nanmin(loss) < 75.0
    on_it, _, _ = _run(method, np.zeros((161, 161), np.float32), tx=(0.03, 0.04))
    assert np.isfinite(on_it).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_higher_wall_never_covers_more_behind_it(method):
    # A wall that only just does not stand in the way may by the Recommendation itself lower the loss (0.6 dB, its smooth
    # surface rises); every wall here does stand in the way.
    before = None
    for wall_m in (40.0, 60.0, 100.0, 150.0, 300.0, 600.0):
        dem = np.full((161, 161), 100.0, np.float32)
        dem[70, :] += wall_m
        loss, lat, _ = _run(method, dem)
        behind = loss[lat > 0.1 - 69 * STEP]
        if before is not None:
            assert (behind >= before - 0.05).all()
        before = behind


def test_unusable_arguments():
    with pytest.raises(ValueError, match="use one of exact, sweep"):
        _run("fast", _dem())
    with pytest.raises(ValueError, match="median of time"):
        _run("sweep", _dem(), time_pct=10.0)


@pytest.mark.parametrize("method", METHODS)
def test_losses_that_are_not_asked_for_are_left_out_and_change_no_other(method):
    """Some cells, a whole quadrant without any, and the transmitter's own cell."""
    dem = _dem()
    whole, lat, lon = _run(method, dem)
    wanted = np.random.default_rng(5).random(whole.shape) < 0.2
    wanted[: lat.size // 2, : lon.size // 2] = False
    wanted[np.argmin(np.abs(lat - 0.03)), np.argmin(np.abs(lon - 0.04))] = False
    receivers = Receivers(lat, lon, 1.5, 30.0, 0.1, wanted)
    terrain, radio = Terrain(dem, 0.1, 0.0, STEP, STEP), Radio(frequency_ghz=0.9)
    found = area_loss_db(method, receivers, terrain, Transmitter(0.03, 0.04, 30.0), radio)
    assert np.isnan(found[~wanted]).all() and np.isfinite(found[wanted]).any()
    # In batches of other receivers single precision may round another way.
    np.testing.assert_allclose(found[wanted], whole[wanted], rtol=0, atol=0 if method == "exact" else 1e-3)
