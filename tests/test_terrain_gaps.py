"""Ground without a height, and heights that are none: nobody is reached because of what terrain does not say."""

import numpy as np
import pytest

import ewcm
from ewcm.core.fraction import UNKNOWN
from ewcm.core.record import Meta
from ewcm.errors import InputError
from ewcm.sources.terrain import open_terrain
from tests.made import level_of
from tests.test_terrain_runs import _country, _hgt, _site, _write_dem

#: Inland in Ethiopia, where four tiles of 1° meet; the ground lies at about 2500 m.
WEST, NORTH = 38.9, 10.1


def _ridges(rows=1201, cols=1201):
    y, x = np.mgrid[:rows, :cols]
    return (2400 + 250 * np.sin(x / 17) * np.cos(y / 23)).astype(np.int16)


def _tiles(folder, lost=(), change=lambda heights: heights):
    for lat in (9, 10):
        for lon in (38, 39):
            if (lat, lon) not in lost:
                _hgt(folder / "dem" / f"N{lat:02d}E{lon:03d}.hgt", change(_ridges()))
    return folder


def _made(tmp_path, name, **how):
    sites = [_site(lat=NORTH - 0.06, lon=WEST + 0.05), _site(lat=NORTH - 0.15, lon=WEST + 0.16)]
    return _tiles(_country(tmp_path / name, sites, west=WEST, north=NORTH), **how)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The country with all its heights, computed."""
    return ewcm.run("ETH", _made(tmp_path_factory.mktemp("whole"), "whole"))


def _holes(heights):
    heights[300:900, 400:1000] = -32768
    heights[1150:, :60] = heights[1150:, 1150:] = heights[:60, 1150:] = heights[:60, :60] = -32768
    return heights


def _codes(result):
    return {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}


def test_complete_terrain_has_nothing_to_say(whole):
    assert "input_no_height" not in _codes(whole)
    assert whole.summary["services"]["4G"]["unknown"] == 0
    assert whole.data.records[-1].facts.get("places_without_height", 0) == 0


@pytest.mark.parametrize(
    "how",
    [{"lost": [(9, 38), (10, 39)]}, {"lost": [(9, 39)]}, {"change": _holes}, {"change": lambda heights: np.where(
        np.arange(1201) < 600, 0, heights)}],
    ids=["two tiles", "one tile", "holes", "filled with 0"],
)  # fmt: skip
def test_ground_without_a_height_is_unknown_and_nobody_more_is_reached(how, whole, tmp_path):
    result = ewcm.run("ETH", _made(tmp_path, "gaps", **how))
    found, all_known = level_of(result, "4G"), level_of(whole, "4G")
    assert (found == UNKNOWN).sum() > 20
    known = found != UNKNOWN
    more = np.maximum(found[known].astype(int) - all_known[known], 0).sum()
    assert more < 0.01 * all_known.sum()  # of a cell partly over unknown ground the known part counts
    services, before = result.summary["services"]["4G"], whole.summary["services"]["4G"]
    assert services["covered"] < before["covered"]
    assert services["unknown"] > 0
    said = _codes(result)["input_no_height"]
    assert 0 < said["count"] < said["places"]
    terrain = next(record for record in result.data.records if record.layer == "terrain")
    assert terrain.facts["places_without_height"] == said["count"]


@pytest.mark.parametrize(
    "change",
    [
        lambda heights: np.full_like(heights, 30_000),
        lambda heights: (heights.astype(np.int32) * 10).clip(max=32_000),
        lambda heights: heights // 10,
        lambda heights: heights // 100,
        lambda heights: heights * 0,
        lambda heights: np.full_like(heights, -32768),
    ],
    ids=["30,000 m", "decimetres", "tenths", "hundredths", "all 0", "no height"],
)
def test_heights_that_are_no_metres_are_refused(change, tmp_path):
    folder = _made(tmp_path, "units", change=change)
    with pytest.raises(InputError, match=r"\.hgt: .* in metres") as caught:
        ewcm.run("ETH", folder)
    assert "\n" not in str(caught.value)


def test_one_tile_in_other_units_is_refused(tmp_path):
    folder = _made(tmp_path, "one")
    _hgt(folder / "dem" / "N10E039.hgt", _ridges() // 10)
    with pytest.raises(InputError, match=r"N10E039\.hgt: its heights are 2[0-9.]+ on average"):
        ewcm.run("ETH", folder)


def test_the_sea_is_sea_where_the_coastline_says_so(tmp_path):
    """Around Mogadishu: no height at sea, none in a strip of the shore, and none in a hole inland."""
    west, north, step = 44.9, 2.6, 1 / 1200
    lat, lon = north - step * (np.arange(1000) + 0.5), west + step * (np.arange(1000) + 0.5)
    inland = (lat[:, None] - 2.04) * 0.8 - (lon[None, :] - 45.34) * 0.6  # degrees from a straight coast
    heights = np.where(inland > 0.01, 60, -32768).astype(np.int16)
    hole = (inland > 0.2) & (inland < 0.3) & (lat[:, None] > 2.3) & (lat[:, None] < 2.45)
    heights[hole] = -32768
    (tmp_path / "dem").mkdir()
    _write_dem(tmp_path / "dem" / "dem.tif", heights, west=west, north=north, step=step, nodata=-32768)
    window = open_terrain([tmp_path / "dem"], False, Meta(), "SOM").window(west + 0.01, 1.8, west + 0.8, north - 0.01)
    row = np.rint((north - step / 2 - window.north) / step).astype(int)
    col = np.rint((window.west - west - step / 2) / step).astype(int)
    rows, cols = window.values_m.shape
    place = np.s_[-row : -row + rows, col : col + cols]
    assert np.isnan(window.values_m[hole[place]]).all()
    assert (window.values_m[inland[place] < -0.1] == 0).all()
    assert (window.values_m[heights[place] == 60] == 60).all()


def test_a_country_without_a_base_map_has_the_coast_of_the_world(tmp_path):
    (tmp_path / "dem").mkdir()
    for lat, lon in ((50, 14), (50, 16), (45, -40), (45, -38)):
        name = f"N{lat:02d}{'E' if lon > 0 else 'W'}{abs(lon):03d}"
        _hgt(tmp_path / "dem" / f"{name}.hgt", np.full((1201, 1201), 300))
    terrain = open_terrain([tmp_path / "dem"], False, Meta(), "CZE")
    assert np.isnan(terrain.window(15.3, 50.3, 15.6, 50.6).values_m).all()
    assert (terrain.window(-38.7, 45.3, -38.4, 45.6).values_m == 0).all()
