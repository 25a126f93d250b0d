"""Whole runs over terrain: every kind of elevation raster, odd sites, the sea, the 180th meridian."""

import json
import pickle
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.shutil import copy as copy_raster

import ewcm
from ewcm import Settings
from ewcm.cli import main
from ewcm.core import pieces, storage
from ewcm.core.fraction import LEVELS, UNKNOWN
from tests.made import level_of
from tests.made_files import write_population

#: The country stands here: 24 grid cells of 1/120° a side.
WEST, NORTH, SIDE, CELL = 32.0, 1.0, 24, 1 / 120
STEP = 1 / 1200
MIDDLE = (NORTH - 0.1, WEST + 0.1)


def _hills(rows, cols):
    y, x = np.mgrid[:rows, :cols]
    return (500 + 90 * np.sin(x / 13) * np.cos(y / 19)).astype(np.int16)


def _write_dem(path, values, west=WEST - 0.15, north=NORTH + 0.15, step=STEP, crs="EPSG:4326", up=False, **options):
    affine = Affine(step, 0, west, 0, -step, north)
    if up:
        values, affine = values[::-1], Affine(step, 0, west, 0, step, north - step * values.shape[0])
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=values.dtype, crs=crs,
        transform=affine, **options,
    ) as target:  # fmt: skip
        target.write(values, 1)


def _country(folder, sites, west=WEST, north=NORTH, settings="max_range_km = 12.0"):
    """A folder with people everywhere and these sites; the elevation model is the caller's."""
    folder.mkdir(exist_ok=True)
    write_population(
        folder / "people.tif", np.full((SIDE, SIDE), 10.0), transform=Affine(CELL, 0, west, 0, -CELL, north)
    )
    columns = sorted({name for site in sites for name in site} - {"lat", "lon", "technology"})
    lines = [",".join(["lat", "lon", "technology", *columns])]
    lines += [",".join(str(site.get(name, "")) for name in ("lat", "lon", "technology", *columns)) for site in sites]
    (folder / "sites.csv").write_text("\n".join(lines))
    (folder / "inputs.toml").write_text(
        '[population]\npath = "people.tif"\n[[sites]]\npath = "sites.csv"\n[terrain]\npath = "dem"\n'
        f"[settings]\n{settings}\n"
    )
    (folder / "dem").mkdir(exist_ok=True)
    return folder


def _site(lat=MIDDLE[0], lon=MIDDLE[1], technology="4G", **more):
    return {"lat": lat, "lon": lon, "technology": technology} | more


def _levels(folder, iso3="UGA", technology="4G", settings=None):
    return level_of(ewcm.run(iso3, folder, settings=settings), technology)


@pytest.fixture(scope="module")
def hilly(tmp_path_factory):
    """A country over one elevation raster, and its levels."""
    folder = _country(tmp_path_factory.mktemp("hilly") / "UGA", [_site()])
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    return folder, _levels(folder)


def test_a_receiver_on_the_site_is_covered_and_hills_hide_others(hilly):
    levels = hilly[1]
    assert levels[11:13, 11:13].min() == LEVELS
    assert levels.min() < LEVELS / 2 and not (levels == UNKNOWN).any()


def _south_up(folder):
    _write_dem(folder / "dem.tif", _hills(600, 600), up=True)


def _cog_tiles(folder):
    values = _hills(600, 600).astype(np.float32)
    for row in (0, 300):
        for col in (0, 300):
            plain = folder / "plain.tif"
            west, north = WEST - 0.15 + col * STEP, NORTH + 0.15 - row * STEP
            _write_dem(plain, values[row : row + 300, col : col + 300], west, north)
            copy_raster(plain, folder / f"Copernicus_DSM_COG_30_{row}_{col}_DEM.tif", driver="COG", BLOCKSIZE=128)
            plain.unlink()


def _small_voids(folder):
    values = _hills(600, 600)
    smooth = values.copy()
    for row, col in ((100, 100), (333, 310), (400, 250)):
        values[row : row + 2, col : col + 2] = -32768
    _write_dem(folder / "dem.tif", values)
    assert (values != smooth).any()


@pytest.mark.parametrize("made", [_south_up, _cog_tiles, _small_voids])
def test_other_elevation_rasters_of_the_same_land(made, hilly, tmp_path):
    folder = _country(tmp_path / "UGA", [_site()])
    made(folder / "dem")
    off = np.abs(_levels(folder).astype(int) - hilly[1])
    assert off.max() < (0.02 * LEVELS if made is _small_voids else 1)


def test_a_projected_elevation_raster_with_a_void(hilly, tmp_path):
    folder = _country(tmp_path / "UGA", [_site()])
    with rasterio.open(hilly[0] / "dem" / "dem.tif") as source:
        values, transform = source.read(1), source.transform
    target = Affine(90.0, 0, 380_000.0, 0, -90.0, 130_000.0)
    warped = np.full((720, 900), -32768, np.int16)
    rasterio.warp.reproject(
        values, warped, src_transform=transform, src_crs="EPSG:4326", dst_transform=target, dst_crs="EPSG:32636",
        src_nodata=-1, dst_nodata=-32768, resampling=rasterio.warp.Resampling.bilinear,
    )  # fmt: skip
    inside = np.argwhere(warped[300:400, 300:400] > 0)
    assert len(inside) == 10_000
    warped[350:352, 350:352] = -32768
    with rasterio.open(
        folder / "dem" / "utm.tif", "w", driver="GTiff", height=720, width=900, count=1, dtype="int16", crs="EPSG:32636",
        transform=target,
    ) as dataset:  # fmt: skip
        dataset.write(warped, 1)
    assert np.abs(_levels(folder).astype(int) - hilly[1]).mean() < 0.02 * LEVELS


def _hgt(path, values, zipped=False):
    if zipped:
        with zipfile.ZipFile(path.with_suffix(".hgt.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.name, values.astype(">i2").tobytes())
    else:
        path.write_bytes(values.astype(">i2").tobytes())


def test_srtm_tiles_zipped_or_not(tmp_path):
    found = []
    for zipped in (False, True):
        folder = _country(tmp_path / f"zip{zipped}", [_site()])
        for lat in (0, 1):
            for lon in (31, 32):
                _hgt(folder / "dem" / f"N{lat:02d}E{lon:03d}.hgt", _hills(1201, 1201), zipped)
        found.append(_levels(folder))
    assert np.array_equal(*found)
    assert found[0][12, 12] == LEVELS


def test_a_site_on_the_edge_of_the_terrain(tmp_path):
    """West of the site nothing is known of the land; east of it all is as usual."""
    folder = _country(tmp_path / "UGA", [_site(lon=WEST + 0.1)])
    _write_dem(folder / "dem" / "dem.tif", np.full((600, 420), 700, np.int16), west=WEST + 0.1)
    levels = _levels(folder)
    assert levels[12, 12] == LEVELS
    assert (levels[4:20, 5:11] == UNKNOWN).all()
    assert not (levels[:, 12:] == UNKNOWN).any()


def test_a_site_at_sea_where_no_tile_is(tmp_path):
    folder = _country(tmp_path / "KIR", [_site(lat=1.5, lon=173.5)], west=173.4, north=1.6)
    for name in ("N01E172", "N01E174", "N02E173"):
        _hgt(folder / "dem" / f"{name}.hgt", np.full((1201, 1201), 3))
    levels = _levels(folder, "KIR")
    assert levels[12, 12] == LEVELS and not (levels == UNKNOWN).any()


def test_a_site_far_from_all_terrain_is_unknown_around(tmp_path):
    folder = _country(tmp_path / "UGA", [_site()])
    _write_dem(folder / "dem" / "dem.tif", _hills(300, 300), west=34.0)
    levels = _levels(folder)
    assert (levels[8:16, 8:16] == UNKNOWN).all()


@pytest.mark.parametrize("lon", [180.0, -180.0, 179.9999, -179.9999])
def test_a_site_at_180_degrees(lon, tmp_path):
    folder = _country(tmp_path / "FJI", [_site(lat=-16.5, lon=lon)], west=179.9, north=-16.4)
    for name in ("S17E179", "S17W180"):
        _hgt(folder / "dem" / f"{name}.hgt", np.full((1201, 1201), 40))
    levels = _levels(folder, "FJI")
    assert levels[11:13, 11:13].min() == LEVELS
    assert np.abs(levels.astype(int) - levels[:, ::-1]).max() < 0.05 * LEVELS


def test_two_sites_in_one_place(hilly, tmp_path):
    folder = _country(tmp_path / "UGA", [_site(operator="Blue"), _site(operator="Red"), _site(operator="Red")])
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    assert np.array_equal(_levels(folder), hilly[1])


def test_sites_of_only_some_operators(hilly, tmp_path):
    folder = _country(tmp_path / "UGA", [_site(), _site(lat=NORTH - 0.05, operator="Blue", technology="2G;4G")])
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    result = ewcm.run("UGA", folder)
    assert (level_of(result, "4G") >= hilly[1]).all()
    assert result.summary["services"]["2G"]["covered"] > 0
    assert result.summary["services"]["3G"]["unknown_share"] == 1


def test_absurd_numbers_of_a_site_are_not_used_and_reported(hilly, tmp_path):
    absurd = [{"height_m": 0}, {"height_m": -20}, {"height_m": 90_000}, {"frequency_mhz": 8}, {"eirp_dbm": 900}]
    folder = _country(tmp_path / "UGA", [_site(**more) for more in absurd])
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    result = ewcm.run("UGA", folder)
    assert np.array_equal(level_of(result, "4G"), hilly[1])
    warnings = " ".join(result.data.sites.records[0].warnings)
    assert (
        "3 values of height_m" in warnings
        and "1 value of frequency_mhz" in warnings
        and "1 value of eirp_dbm" in warnings
    )


def test_half_a_direction_is_none_and_reported(hilly, tmp_path):
    folder = _country(tmp_path / "UGA", [_site(beamwidth_deg=65), _site(azimuth_deg=90)])
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    result = ewcm.run("UGA", folder)
    assert np.array_equal(level_of(result, "4G"), hilly[1])
    assert "2 rows have a direction without a beamwidth" in " ".join(result.data.sites.records[0].assumptions)


def test_a_frequency_beyond_the_recommendation_stops_the_run(tmp_path, capsys):
    folder = _country(tmp_path / "UGA", [_site(site_id="mm-1", technology="5G", frequency_mhz=26_000)])
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]) == 2
    assert (
        "mm-1" in (message := capsys.readouterr().err)
        and "30 to 6000 MHz" in message
        and len(message.splitlines()) == 1
    )
    assert not (tmp_path / "out").exists()


def test_coarse_terrain_is_refused_until_the_error_is_accepted(tmp_path, capsys):
    folder = _country(tmp_path / "UGA", [_site()])
    _write_dem(folder / "dem" / "dem.tif", _hills(60, 60), step=CELL)
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]) == 2
    message = capsys.readouterr().err
    assert "927 m" in message and "7 dB" in message and "allow_coarse_terrain" in message
    result = ewcm.run("UGA", folder, settings=Settings(max_range_km=12.0, allow_coarse_terrain=True))
    caveats = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert caveats["p1812_range"] == {"margin": 12.2}  # 10 dB of the settings and 7 dB of the terrain
    assert "coarse_terrain" in caveats and caveats["input_coarse_step"]["decibels"] == 7
    inputs = folder / "inputs.toml"
    inputs.write_text(inputs.read_text() + "allow_coarse_terrain = true\n")
    assert main(["check", "UGA", "--inputs", str(folder)]) == 0
    assert "not given: clutter" in capsys.readouterr().out


def test_progress_counts_the_transmitters(hilly):
    steps = []
    ewcm.run("UGA", hilly[0], progress=lambda step, done: steps.append((step, done)))
    assert ("coverage 0 of 1 transmitters", 0.0) in steps and ("coverage 1 of 1 transmitters", 1.0) in steps


def _elsewhere(function, work):
    """Other processes, which get what they need by post; the last piece first."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        sent = [pool.submit(function, piece) for piece in reversed(work)]
        return [future.result() for future in reversed(sent)]


@pytest.mark.long  # the quick form: tests/batch/test_split.py
def test_whoever_does_the_pieces_the_bytes_are_the_same(tmp_path):
    random = np.random.default_rng(5)
    sites = [
        _site(
            NORTH - random.uniform(-0.05, 0.2),
            WEST + random.uniform(0, 0.2),
            ("2G", "4G")[i % 2],
            operator="AB"[i % 3 % 2],
        )
        for i in range(12)
    ]
    folder = _country(tmp_path / "UGA", sites)
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    sizes = []

    def counted(function, work):
        if function.__module__.startswith("ewcm.coverage"):  # the outlines of coldspots are pieces too
            sizes.extend(len(pickle.dumps(piece)) for piece in work)
        return _elsewhere(function, work)

    here = ewcm.run("UGA", folder)
    with pieces.executed_by(counted):
        there = ewcm.run("UGA", folder)
    assert (
        len(sizes) == 6
    )  # two squares of masts, two technologies and two operators, of which two have no masts in one
    assert max(sizes) < 20_000
    assert here.layers.equals(there.layers) and here.summary == there.summary


def test_where_the_arrays_stand_changes_no_byte(hilly, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "LARGE_CELLS", 100)
    with storage.on_disk(tmp_path):
        assert np.array_equal(_levels(hilly[0]), hilly[1])


def test_other_shares_of_time_go_the_exact_way(hilly):
    with pytest.raises(ewcm.EwcmError, match="propagation_method to exact"):
        Settings(time_pct=10.0)
    with pytest.raises(ewcm.EwcmError, match="1 to 50"):
        Settings(time_pct=90.0)
    settings = Settings(max_range_km=12.0, propagation_method="exact")
    median = _levels(hilly[0], settings=settings)
    tenth = _levels(hilly[0], settings=replace(settings, time_pct=10.0))
    assert (tenth >= median).all() and tenth.sum() > median.sum()


def _write_cover(path, classes):
    _write_dem(path, classes.astype(np.uint8))


def test_forest_takes_coverage_away(hilly, tmp_path):
    """Land cover is found by its name, used, recorded and checked; the caveat of bare ground goes."""
    folder = _country(tmp_path / "UGA", [_site()])
    (folder / "inputs.toml").unlink()
    (folder / "people.tif").rename(folder / "uga_ppp_2020.tif")
    _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
    settings = Settings(max_range_km=12.0)
    bare = ewcm.run("UGA", folder, settings=settings)
    assert np.array_equal(level_of(bare, "4G"), hilly[1])
    cover = np.full((600, 600), 10)
    cover[:, 300:] = 30
    _write_cover(folder / "ESA_WorldCover_10m_2021_v200_N00E030_Map.tif", cover)
    grown = ewcm.run("UGA", folder, settings=settings)
    levels = level_of(grown, "4G")
    assert (levels[:, :11] <= hilly[1][:, :11]).all() and levels[:, :11].sum() < 0.8 * hilly[1][:, :11].sum()
    assert np.abs(levels[:, 14:].astype(int) - hilly[1][:, 14:]).max() < 0.05 * LEVELS
    codes = [{caveat["code"] for caveat in result.summary["caveats"]} for result in (bare, grown)]
    assert "no_clutter" in codes[0] and "no_clutter" not in codes[1]
    record = next(record for record in grown.data.records if record.layer == "clutter")
    assert len(record.sha256) == 64 and record.facts["values"] == "worldcover"


def test_higher_clutter_never_covers_more(tmp_path, capsys):
    before = None
    for height in (0, 5, 15, 25):
        folder = _country(tmp_path / f"h{height}", [_site()])
        _write_dem(folder / "dem" / "dem.tif", _hills(600, 600))
        _write_dem(folder / "clutter.tif", np.full((600, 600), height, np.float32))
        inputs = folder / "inputs.toml"
        stated = '[clutter]\npath = "clutter.tif"\nvalues = "metres"\nlicence = "CC0"\n'
        inputs.write_text(stated + inputs.read_text())
        levels = _levels(folder)
        assert before is None or ((levels.astype(int) - before).max() < 0.02 * LEVELS and levels.sum() < before.sum())
        before = levels.astype(int)
    assert main(["check", "UGA", "--inputs", str(folder)]) == 0
    output = capsys.readouterr().out
    assert "clutter: clutter.tif" in output and "licence CC0" in output and "metres above ground" in output
    inputs.write_text(inputs.read_text().replace('"metres"', '"worldcover"'))
    assert main(["check", "UGA", "--inputs", str(folder)]) == 2
    assert "no classes of ESA WorldCover" in capsys.readouterr().err


def test_the_sea_is_seen_at_low_frequencies(tmp_path):
    """Over salt water a vertically polarised wave of 100 MHz goes farther than over land of the same shape. In the Pacific:
    inland ground at 0 m is ground without a height."""
    west, north = 173.4, 1.6
    site = _site(lat=north - 0.1, lon=west + 0.1, eirp_dbm=18, height_m=10)
    levels = {}
    for name, height in (("sea", 0), ("land", 1)):
        folder = _country(
            tmp_path / name, [site], west, north, "max_range_km = 12.0\nlink_budgets = { 4G = { frequency_mhz = 100 } }"
        )
        values = np.full((600, 600), height, np.int16)
        _write_dem(folder / "dem" / "dem.tif", values, west=west - 0.15, north=north + 0.15)
        levels[name] = _levels(folder, "KIR").astype(float)
    assert (levels["sea"] >= levels["land"]).all() and levels["sea"].sum() > 1.1 * levels["land"].sum()


def test_a_country_that_is_opened_again_has_the_page_of_its_run_and_says_what_it_lacks(hilly, tmp_path):
    """Shares and positions were rounded twice, and the shading of the terrain became the software's without a word."""
    folder, _ = hilly
    first = ewcm.run("UGA", folder, settings=Settings(max_range_km=12.0)).write(tmp_path / "UGA")
    again = ewcm.open_result(first).write(tmp_path / "again")
    (mine, page), (kept, other) = (_page_data(each / "index.html") for each in (first, again))
    assert mine == kept  # scripts, styles and words
    shading = {name: page.pop(name) for name in ("relief", "relief_left_out")}
    assert shading["relief"]["source"] == "given" and not shading["relief_left_out"]
    assert other.pop("relief")["source"] == "pack" and other.pop("relief_left_out")
    assert page == other and page["basemap"]["land"] and page["basemap"]["lakes"]
    names = {path.name for path in first.iterdir()}
    assert {path.name for path in again.iterdir()} == names
    differing = {name for name in names if (first / name).read_bytes() != (again / name).read_bytes()}
    assert differing - {"overview.png"} == {"index.html", "manifest.json"}  # its lines begin elsewhere, a shade apart


def _page_data(path):
    before, rest = path.read_text(encoding="utf-8").split('id="page-data">', 1)
    data, _, after = rest.partition("</script>")
    return before + after, json.loads(data)
