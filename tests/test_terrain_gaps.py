"""Ground without a height, and heights that are none: nobody is reached because of what terrain does not say."""

import numpy as np
import pytest
import rasterio
from affine import Affine

import ewcm
from ewcm.core.fraction import UNKNOWN
from ewcm.core.record import Meta
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.ground import altitude_m, settle_missing
from ewcm.sources.population import read_population
from ewcm.sources.terrain import open_terrain
from ewcm.sources.terrain_check import checked
from tests.made import level_of
from tests.made_files import write_population
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


def _filled(number):
    """Holes that somebody has filled with a number, which nothing declares."""
    return lambda heights: np.where(_holes(heights.copy()) == -32768, number, heights).astype(np.int16)


def _codes(result):
    return {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}


def test_complete_terrain_has_nothing_to_say(whole):
    assert "input_no_height" not in _codes(whole)
    assert whole.summary["services"]["4G"]["unknown"] == 0
    assert whole.data.records[-1].facts.get("places_without_height", 0) == 0


@pytest.mark.parametrize(
    "how",
    [{"lost": [(9, 38), (10, 39)]}, {"lost": [(9, 39)]}, {"change": _holes}, {"change": lambda heights: np.where(
        np.arange(1201) < 600, 0, heights)}, {"change": _filled(1)}, {"change": _filled(255)}, {"change": _filled(-99)},
     {"change": _filled(12_000)}],
    ids=["two tiles", "one tile", "holes", "filled with 0", "with 1", "with 255", "with -99", "impossible heights"],
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
        lambda heights: (heights * 3.2808).astype(np.int16),
        lambda heights: heights // 10,
        lambda heights: heights // 100,
        lambda heights: heights * 0,
        lambda heights: np.full_like(heights, -32768),
    ],
    ids=["30,000 m", "decimetres", "feet", "tenths", "hundredths", "all 0", "no height"],
)
def test_heights_that_are_no_metres_are_refused(change, tmp_path):
    folder = _made(tmp_path, "units", change=change)
    with pytest.raises(InputError, match=r"\.hgt: .* in metres") as caught:
        ewcm.run("ETH", folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("times", "begins"), [(0.1, "2"), (3.2808, "7")], ids=["tenths", "feet"])
def test_one_tile_in_other_units_is_refused(times, begins, tmp_path):
    folder = _made(tmp_path, "one")
    _hgt(folder / "dem" / "N10E039.hgt", (_ridges() * times).astype(np.int16))
    with pytest.raises(InputError, match=rf"N10E039\.hgt: its heights are {begins}[0-9.]+ on average"):
        ewcm.run("ETH", folder)


@pytest.mark.parametrize(
    ("turned", "shift", "says"),
    [(lambda heights: heights, 0, ""), (lambda heights: heights[::-1], 0, "refused"),
     (lambda heights: heights[:, ::-1], 0, "refused"), (lambda heights: np.full_like(heights, 1500), 0, "refused"),
     (lambda heights: np.roll(heights, heights.shape[1] // 6, axis=1), 0, "doubted"),
     (lambda heights: heights, 0.25, "shifted"), (lambda heights: heights, 0.5, "shifted"),
     (lambda heights: heights, 0.75, "shifted")],
    ids=["right", "upside down", "left and right exchanged", "constant", "shifted by a degree", "by a quarter", "by half",
         "by three quarters"],
)  # fmt: skip
def test_heights_that_do_not_rise_and_fall_with_the_ground_are_refused_or_doubted(turned, shift, says, tmp_path):
    """Nepal's ground as the engine knows it, coarse, with hills on it; people in each 225th cell."""
    rows, cols, step = 180, 420, 1 / 60
    lat, lon = np.meshgrid(30.0 - step * (np.arange(rows) + 0.5), 81.0 + step * (np.arange(cols) + 0.5), indexing="ij")
    ground = altitude_m("NPL", lat.ravel(), lon.ravel()).reshape(rows, cols) + 100 * np.sin(np.arange(cols) / 3)
    folder = _country(tmp_path / "nepal", [_site(lat=28.2, lon=84.0)], west=81.0, north=30.0)
    people = np.zeros((rows, cols))
    people[::15, ::15] = 10.0
    write_population(folder / "people.tif", people, transform=Affine(step, 0, 81.0, 0, -step, 30.0))
    _write_dem(folder / "dem" / "dem.tif", turned(ground).astype(np.int16), west=81.0 + shift, north=30.0, step=step)
    terrain = open_terrain([folder / "dem"], True, Meta(), "NPL")
    population = read_population(folder / "people.tif", country("NPL"))
    if says == "refused":
        with pytest.raises(InputError, match=r"dem\.tif: its heights do not rise and fall where the ground does"):
            checked(terrain, population)
    else:
        warnings = {warning.code: warning.values for warning in checked(terrain, population).records[0].warnings}
        assert ("terrain_elsewhere" in warnings) == (says == "doubted")
        assert ("terrain_shifted" in warnings) == (says == "shifted")
        if says == "shifted":
            facts = warnings["terrain_shifted"]
            assert (facts["north_deg"], facts["east_deg"]) == (
                pytest.approx(0, abs=0.1),
                pytest.approx(-shift, abs=0.1),
            )


@pytest.mark.parametrize(("share", "said"), [(1 / 400, False), (1 / 50, True)], ids=["one cell of 400", "one of 50"])
@pytest.mark.parametrize("form", ["hgt", "tif"])
def test_single_cells_that_stand_out_are_said(share, said, form, tmp_path):
    def change(heights):
        return heights + (2500 * (np.random.default_rng(3).random(heights.shape) < share)).astype(np.int16)

    folder = _made(tmp_path, "spikes", change=change)
    if form == "tif":
        for tile in (folder / "dem").iterdir():
            tile.unlink()
        _write_dem(folder / "dem" / "dem.tif", change(_ridges(2401, 2401)), west=38.0, north=11.0, step=1 / 1200)
    terrain = open_terrain([folder / "dem"], True, Meta(), "ETH")
    found = checked(terrain, read_population(folder / "people.tif", country("ETH"))).records[0].warnings
    spikes = [warning.values for warning in found if warning.code == "terrain_spikes"]
    assert bool(spikes) == said
    if said:
        assert 0 < spikes[0]["count"] < 0.05 * spikes[0]["places"]


def test_water_lies_flat_and_is_no_hole():
    """A lake of one height that meets its shore, beside a piece of ground of one height with cliffs all around."""
    y, x = np.mgrid[:300, :300]
    heights = 1000 + np.abs(np.hypot(y - 100, x - 100) - 60).astype(np.float32) * 3
    heights[np.hypot(y - 100, x - 100) < 60] = 1000
    heights[220:260, 200:280] = 127
    lat, lon = NORTH - np.arange(300) / 1200, WEST + np.arange(300) / 1200
    hole = np.zeros(heights.shape, bool)
    hole[220:260, 200:280] = True
    settle_missing(heights, np.ones(heights.shape, bool), lat, lon, "ETH")
    assert (np.isnan(heights) == hole).all()


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("ft", 1 / 0.3048), ("Feet", 1 / 0.3048), ("cm", 100), ("dm", 10), ("US survey foot", 3937 / 1200)],
)
def test_heights_in_a_unit_that_the_raster_states_are_brought_to_metres(unit, factor, tmp_path):
    heights = np.full((600, 600), 800.0, np.float32)
    _write_dem(tmp_path / "dem.tif", heights * factor, west=WEST, north=NORTH)
    with rasterio.open(tmp_path / "dem.tif", "r+") as raster:
        raster.units = (unit,)
    terrain = open_terrain([tmp_path / "dem.tif"], False, Meta(), "ETH")
    window = terrain.window(WEST + 0.1, NORTH - 0.2, WEST + 0.2, NORTH - 0.1)
    assert np.allclose(window.values_m, 800, atol=0.01)
    assert any(f"they are in '{unit}'" in text for text in terrain.records[0].assumptions)


def test_heights_in_the_unit_of_their_coordinate_system_are_brought_to_metres(tmp_path):
    """NAVD88 height in feet: the band says nothing, the system does."""
    heights = np.full((600, 600), 800 / 0.3048, np.float32)
    _write_dem(tmp_path / "dem.tif", heights, west=WEST, north=NORTH, crs="EPSG:4326+8228")
    terrain = open_terrain([tmp_path / "dem.tif"], False, Meta(), "ETH")
    assert np.allclose(terrain.window(WEST + 0.1, NORTH - 0.2, WEST + 0.2, NORTH - 0.1).values_m, 800, atol=0.01)
    assert any("they are in 'foot'" in text for text in terrain.records[0].assumptions)


def test_a_scale_of_heights_and_further_bands_are_said(tmp_path):
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", height=600, width=600, count=2, dtype="int16", crs="EPSG:4326",
        transform=rasterio.Affine(1 / 1200, 0, WEST, 0, -1 / 1200, NORTH),
    ) as raster:  # fmt: skip
        raster.write(np.full((2, 600, 600), 8000, np.int16))
        raster.scales, raster.offsets = (0.1, 0.1), (5, 5)
    record = open_terrain([tmp_path / "dem.tif"], False, Meta(), "ETH").records[0]
    assert "Values were multiplied by 0.1 and 5 was added, as the raster states." in record.assumptions
    assert [warning.code for warning in record.warnings] == ["bands"]


@pytest.mark.parametrize("kind", ["picture", "slope"])
def test_what_says_that_it_is_no_heights_is_refused(kind, tmp_path):
    count = 3 if kind == "picture" else 1
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", height=60, width=60, count=count, dtype="uint8", crs="EPSG:4326",
        transform=rasterio.Affine(1 / 1200, 0, WEST, 0, -1 / 1200, NORTH),
    ) as raster:  # fmt: skip
        raster.write(np.full((count, 60, 60), 90, np.uint8))
        if kind == "slope":
            raster.units = ("percent",)
    with pytest.raises(InputError, match=r"dem\.tif: (is a picture|says that its values are in 'percent')"):
        open_terrain([tmp_path / "dem.tif"], False, Meta(), "ETH")


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
