"""Hazard files: what is read of each kind, and what is refused in one line."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from odc.geo.geobox import GeoBox
from shapely.geometry import box

from ewcm.analysis.hazard_bounds import annual
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.analysis.intensities import intensity_at
from ewcm.core.grid import latlon
from ewcm.errors import InputError
from ewcm.sources.gdacs import read_gdacs
from ewcm.sources.hazards import PolygonSource, RasterSource, checked, read_hazard
from tests.conftest import TEST_DATA
from tests.sources.files import GRID, NORTH, STEP, WEST, raster, text

DATA = TEST_DATA / "hazards"
real = pytest.mark.skipif(not DATA.is_dir(), reason="no hazard data: set EWCM_TEST_DATA")

ROWS = slice(0, 12)


def depth(value=0.0, side=24):
    values = np.zeros((side, side), np.float32)
    values[:, : side // 2] = value
    return values


def share(hazard, people=None, threshold=0):
    people = np.ones(GRID.shape, np.float32) if people is None else people
    return HazardShares([hazard], people, GRID).exposed(0, threshold, ROWS)


def test_a_finer_raster_gives_exact_shares_and_a_coarser_one_its_value(tmp_path):
    values = depth(0.2)
    values[0, 12] = 0.15  # of the four cells of one grid cell; 0.15 reaches a threshold of 0.15
    (fine,) = read_hazard(raster(tmp_path / "fine.tif", values), "flood", GRID, return_period=100)
    found = share(fine)
    assert found[0].tolist() == [1] * 6 + [0.25] + [0] * 5 and "exact share" in fine.record.assumptions[-1]
    assert fine.thresholds == (0.15, 0.5, 1.0) and fine.name == "flood" and share(fine, threshold=1).max() == 0
    coarse_values = np.array([[2.0, 0.0], [0.0, 0.0]], np.float32)
    coarse = raster(tmp_path / "coarse.tif", coarse_values, step=12 * STEP)
    (map_,) = read_hazard(coarse, "flood", GRID)
    assert "value at its middle" in map_.record.assumptions[-1]
    assert share(map_).sum() == 36 and set(np.unique(share(map_))) == {0.0, 1.0}


def test_missing_cells_are_unknown_unless_they_are_said_to_be_free(tmp_path):
    values = depth(0.3)
    values[:2] = -9999
    path = raster(tmp_path / "flood.tif", values, nodata=-9999)
    (unknown,) = read_hazard(path, "flood", GRID)
    assert np.isnan(share(unknown)[0]).all() and not np.isnan(share(unknown)[1:]).any()
    (free,) = read_hazard(path, "flood", GRID, nodata_is="none")
    assert (share(free)[0] == 0).all() and any("as stated" in said for said in free.record.assumptions)


def test_beyond_the_edges_of_a_raster_nothing_is_known_whatever_its_nodata_means(tmp_path):
    """Half a country without a map counted as not reached where nodata_is = "none"."""
    half = depth(0.3)[:, : depth(0.3).shape[1] // 2]
    half[:2] = -9999
    (free,) = read_hazard(raster(tmp_path / "half.tif", half, nodata=-9999), "flood", GRID, nodata_is="none")
    cols = GRID.shape[1] // 2
    assert (share(free)[0, :cols] == 0).all() and np.isnan(share(free)[:, cols:]).all()
    lat, lon = latlon(GRID, np.array([0.5, 0.5]), np.array([0.5, cols + 1.5]))
    at_sites = intensity_at(free, lat, lon)
    assert at_sites[0] == 0 and np.isnan(at_sites[1])


def test_bands_called_by_return_periods_are_not_read_as_one_map(tmp_path):
    """The first, of 10 years, was taken for the map of 100 years that the inputs stated."""
    one = raster(tmp_path / "one.tif", depth(0.1))
    path = tmp_path / "all.tif"
    with rasterio.open(one) as source, rasterio.open(path, "w", **{**source.profile, "count": 2}) as dataset:
        dataset.write(np.stack([depth(0.1), depth(0.3)]))
        dataset.descriptions = ("RP10", "RP100")
    refused(r"several return periods in its bands \(RP10, RP100\)", path, return_period=100)


def test_units_means_fractions_classes_and_polygons(tmp_path):
    centimetres = raster(tmp_path / "cm.tif", depth(30.0))
    (found,) = read_hazard(centimetres, "flood", GRID, unit="cm")
    assert found.unit == "m" and share(found).sum() == 72 and share(found, threshold=1).sum() == 0
    wind = raster(tmp_path / "wind.tif", depth(30.0))
    assert share(read_hazard(wind, "wind", GRID)[0]).sum() == 0
    (ten,) = read_hazard(wind, "wind", GRID, averaging_minutes=10)  # 30 / 0.88 = 34.1 m/s
    assert share(ten).sum() == 72 and any("0.88" in said for said in ten.record.assumptions)
    (fraction,) = read_hazard(raster(tmp_path / "f.tif", depth(0.5)), "flood", GRID, values="fraction")
    assert share(fraction).sum() == 36 and np.isnan(fraction.thresholds[0])
    (classes,) = read_hazard(raster(tmp_path / "c.tif", depth(4).astype(np.uint8)), "landslide", GRID, values="class")
    assert share(classes).sum() == 72 and classes.thresholds == (4.0,)
    corner = f"[[{WEST},{NORTH}],[{WEST + 0.05},{NORTH}],[{WEST + 0.05},1.9],[{WEST},1.9],[{WEST},{NORTH}]]"
    area = text(
        tmp_path / "zone.geojson",
        '{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[' + corner + "]}}",
    )
    (zone,) = read_hazard(area, "volcano", GRID, name="ash")
    assert isinstance(zone.source, PolygonSource)
    assert share(zone).sum() == pytest.approx(3 * 6, abs=1e-5) and not np.isnan(share(zone)).any()


def refused(words, path, kind="flood", **stated):
    with pytest.raises(InputError, match=words) as caught:
        read_hazard(path, kind, GRID, **stated)
    assert str(path.name) in str(caught.value) and "\n" not in str(caught.value)


def test_rasters_that_cannot_be_what_they_are_said_to_be(tmp_path):
    good = raster(tmp_path / "good.tif", depth(0.3))
    refused("no coordinate system", raster(tmp_path / "bare.tif", depth(0.3), crs=None))
    refused("none of flood in m", raster(tmp_path / "deep.tif", depth(350.0)))
    refused("none of flood in m", raster(tmp_path / "negative.tif", depth(-9999.0)))
    refused("not finite", raster(tmp_path / "infinite.tif", depth(np.inf)))
    refused("nothing but nodata", raster(tmp_path / "empty.tif", np.full((24, 24), np.nan, np.float32)))
    refused("lies elsewhere", raster(tmp_path / "away.tif", depth(0.3), west=100.0))
    refused("no shares", raster(tmp_path / "fraction.tif", depth(2.0)), values="fraction")
    refused("no classes", raster(tmp_path / "classes.tif", depth(2.5)), "landslide", values="class")
    refused("no classes .whole numbers.; state values = .fraction", raster(tmp_path / "p.tif", depth(0.7)), "landslide")
    classes = depth(4).astype(np.uint8)
    classes[0] = 255
    missing = raster(tmp_path / "missing.tif", classes)
    refused("holds a class 255, which is mostly ground without data; declare", missing, "landslide", values="class")
    assert read_hazard(missing, "other", GRID, values="class", thresholds=[255])[0].thresholds == (255.0,)
    refused("use m, cm, mm, ft", good, unit="feet")
    refused("no number of years", good, return_period=0.5)
    refused("needs its unit", good, "volcano")
    refused("state at least one", good, "volcano", unit="kPa")
    refused("over 1 or 10 minutes", good, averaging_minutes=10)
    refused("kind = 'floods' is not known", good, "floods")
    centimetres = raster(tmp_path / "units.tif", depth(0.3))
    import rasterio

    with rasterio.open(centimetres, "r+") as dataset:
        dataset.units = ("cm",)
    refused("the file says its values are in cm", centimetres)


def test_an_extent_is_no_depth_and_per_cent_are_no_metres(tmp_path):
    """The usual product after a flood is 1 where water stood; as a depth it would be a metre everywhere."""
    extent = raster(tmp_path / "extent.tif", depth(1).astype(np.uint8))
    refused("an extent and no depths; state values = .fraction", extent)
    (mask,) = read_hazard(extent, "flood", GRID, values="fraction")
    assert share(mask).sum() == 72 and np.isnan(mask.thresholds[0])
    assert share(read_hazard(extent, "flood", GRID, values="intensity")[0], threshold=2).sum() == 72
    only_ones = raster(tmp_path / "ones.tif", depth(1).astype(np.uint8), nodata=0)
    refused("with nodata_is = .none", only_ones)
    (ones,) = read_hazard(only_ones, "flood", GRID, values="fraction", nodata_is="none")
    assert share(ones).sum() == 72 and not np.isnan(share(ones)).any()
    per_cent = raster(tmp_path / "percent.tif", depth(50.0))
    refused("no shares of a cell .0..1.; state values = .percent", per_cent, values="fraction")
    (half,) = read_hazard(per_cent, "flood", GRID, values="percent")
    assert share(half).sum() == 36 and half.record.facts["range"] == [0, 0.5]
    refused(
        "holds values of 0..350, which are no per cent", raster(tmp_path / "much.tif", depth(350.0)), values="percent"
    )


def test_classes_taken_for_metres_dry_maps_and_periods_that_names_contradict_are_doubted(tmp_path):
    def doubts(name, depths, **stated):
        (found,) = read_hazard(raster(tmp_path / name, depths), "flood", GRID, **stated)
        return [warning.code for warning in found.record.warnings]

    classes = np.clip(depth(3), 0, 3).astype(np.uint8)
    assert doubts("classes.tif", classes) == ["maybe_classes"]
    assert doubts("metres.tif", classes, values="intensity", unit="m") == []
    assert doubts("whole.tif", depth(15)) == doubts("whole.tif", depth(15), unit="m") == ["maybe_classes"]
    assert doubts("gorge.tif", depth(20.5)) == ["deep"] and doubts("river.tif", depth(19.5)) == []
    assert doubts("inunriver_rp00100.tif", depth(0.7), return_period=100) == []
    assert doubts("inunriver_rp00100.tif", depth(0.7), return_period=500) == ["period_of_name"]
    assert doubts("river_100yr.tif", depth(0.7)) == ["period_of_name"]
    assert doubts("inunriver_rcp4p5_MIROC-ESM-CHEM_2030.tif", depth(0.7)) == ["scenario_of_name"]
    assert doubts("inunriver_rcp4p5_2030.tif", depth(0.7), scenario="RCP4.5", year=2030) == []
    assert doubts("dry.tif", depth(0.01), return_period=100) == ["none_exposed"]
    assert doubts("often.tif", depth(0.01), return_period=2) == []
    assert doubts("wet.tif", depth(0.7)) == []
    assert doubts("cm.tif", depth(70), unit="cm", thresholds=[0.15]) == ["low_threshold"]
    assert doubts("cm.tif", depth(70), unit="cm", thresholds=[15]) == []
    assert doubts("shares.tif", depth(0.7), values="percent") == ["maybe_shares"]
    assert doubts("percent.tif", depth(70), values="percent") == []
    (winds,) = read_hazard(raster(tmp_path / "w.tif", depth(180)), "wind", GRID, unit="km/h", thresholds=[33, 50])
    assert [warning.code for warning in winds.record.warnings] == ["low_threshold"]


def test_units_that_a_file_tells_by_name_or_words_and_thresholds_in_the_unit_that_is_stated(tmp_path):
    import rasterio

    def named(name, values, unit="", description="", **tags):
        path = raster(tmp_path / name, values)
        with rasterio.open(path, "r+") as dataset:
            dataset.units, dataset.descriptions = (unit or None,), (description or None,)
            dataset.update_tags(**tags)
        return path

    # Centimetres that nobody would miss among metres.
    for path in (
        named("flood_depth_cm.tif", depth(15.0)),
        named("a.tif", depth(15.0), description="Water depth (cm)"),
        named("b.tif", depth(15.0), units="centimetres"),
    ):
        refused('may be in cm, not in m; state unit = "cm"', path)
        (found,) = read_hazard(path, "flood", GRID, unit="cm", thresholds=[15, 50])
        assert found.thresholds == (0.15, 0.5) and share(found).sum() == 72
    refused("may be in dm, not in m; write them in metres", named("depth_dm.tif", depth(1.5)))
    refused('state unit = "kt"', named("gust_kt.tif", depth(70.0)), "wind")
    (found,) = read_hazard(tmp_path / "gust_kt.tif", "wind", GRID, unit="kt", thresholds=[64])
    assert found.thresholds == (32.9244444,) and share(found).sum() == 72
    (found,) = read_hazard(named("w.tif", depth(40.0)), "wind", GRID)
    assert "No unit is stated: values were taken as m/s." in found.record.assumptions
    (found,) = read_hazard(named("w.tif", depth(100.0)), "wind", GRID)
    assert [warning.code for warning in found.record.warnings] == ["fast"]
    (found,) = read_hazard(named("d.tif", depth(0.7), unit="metres of water"), "flood", GRID, unit="m")
    assert [warning.code for warning in found.record.warnings] == ["other_unit"]
    # What is no depth, and what is no mean over a minute.
    for name in ("annual_flood_probability.tif", "flood_velocity.tif", "HAND_5m.tif", "tsunami_arrival_time.tif"):
        refused("is no depth; give a map of depths", named(name, depth(0.2)))
    assert read_hazard(named("flood_velocity.tif", depth(0.2)), "flood", GRID, values="fraction")
    (found,) = read_hazard(named("g.tif", depth(60.0), description="3-s gust"), "wind", GRID, unit="m/s")
    assert [warning.code for warning in found.record.warnings] == ["gusts"]
    # Accelerations that would pass for MMI, and their logarithms.
    refused("accelerations and no MMI", named("pga_475yr.tif", depth(0.4)), "earthquake", thresholds=[0.1])
    refused("which is no MMI", named("c.tif", depth(0.4)), "earthquake", thresholds=[0.1])
    refused("its values end at 0.4, which is no MMI", named("c.tif", depth(0.4)), "earthquake")
    refused("a speed or a way of the ground", named("PGV.tif", depth(9.0)), "earthquake")
    refused("which are logarithms", named("d.tif", depth(0.2), unit="ln(g)"), "earthquake", unit="g", thresholds=[0.1])
    refused("which are logarithms", named("ln_pga.tif", depth(0.2)), "earthquake", unit="g", thresholds=[0.1])
    (found,) = read_hazard(tmp_path / "pga_475yr.tif", "earthquake", GRID, unit="g", thresholds=[0.2, 0.5])
    assert found.unit == "%g" and found.thresholds == (20.0, 50.0)
    assert share(found).sum() == 72 and share(found, threshold=1).sum() == 0


def zones(tmp_path, name, *rows):
    """Squares of a twentieth of a degree side by side, each with its attributes."""
    shapes = [box(WEST + 0.05 * k, NORTH - 0.05, WEST + 0.05 * (k + 1), NORTH) for k in range(len(rows))]
    path = tmp_path / f"{name}.geojson"
    gpd.GeoDataFrame(list(rows), geometry=shapes, crs="EPSG:4326").to_file(path)
    return path


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("RP", (10, 100, 500)),
        ("PARAMVALUE", (4.5, 6.0, 7.0)),  # polygons of a ShakeMap
        ("T_RETOUR", ("10 ans", "100 ans", "500 ans")),
        ("freq", ("rare", "often", "seldom")),
        ("what", ("1 in 10", "1 in 100", "1 in 500")),
        ("susceptib", ("Very high", "High", "Low")),
        ("remark", ("Fort", "Moyen", "Faible")),
    ],
)
def test_polygons_of_several_return_periods_or_grades_are_told(tmp_path, column, values):
    (found,) = read_hazard(zones(tmp_path, "zones", *({column: value} for value in values)), "flood", GRID)
    assert [warning.code for warning in found.record.warnings] == ["hazard_classes"]
    assert column in str(found.record.warnings[0])


def test_polygons_that_are_all_of_a_low_grade_are_doubted(tmp_path):
    for values, doubts in ((("Low", "Low"), ["hazard_low"]), (("très faible",), ["hazard_low"]), (("High",), [])):
        (found,) = read_hazard(zones(tmp_path, "low", *({"hazard": value} for value in values)), "landslide", GRID)
        assert [warning.code for warning in found.record.warnings] == doubts


def test_polygons_that_say_that_they_are_not_reached_are_left_out_and_classes_are_told(tmp_path):
    depths = zones(tmp_path, "depths", {"DEPTH_M": 0.0}, {"DEPTH_M": 0.1}, {"DEPTH_M": 2.0})
    (found,) = read_hazard(depths, "flood", GRID)
    assert len(found.source.polygons) == 2 and "by their DEPTH_M: 1 left out" in " ".join(found.record.assumptions)
    (warning,) = found.record.warnings
    assert warning.code == "hazard_classes" and warning.values == {"column": "DEPTH_M", "values": "0.1, 2"}
    (deep,) = read_hazard(depths, "flood", GRID, where="DEPTH_M >= 0.5")
    assert len(deep.source.polygons) == 1 and not deep.record.warnings
    words = zones(tmp_path, "words", {"status": "not flooded"}, {"status": "flooded"}, {"status": "Non inondée"})
    (found,) = read_hazard(words, "flood", GRID)
    assert len(found.source.polygons) == 1 and not found.record.warnings
    (found,) = read_hazard(zones(tmp_path, "names", {"name": "Dry Creek"}, {"name": "No 7"}), "flood", GRID)
    assert len(found.source.polygons) == 2 and not found.record.warnings
    # In other languages they counted as exposed, most of them without a word.
    for column, reached, free in (
        ("ZONAGE", "zone inondable", "hors zone inondable"),
        ("alea", "fort", "aucun aléa"),
        ("inundable", "SI", "NO"),
        ("amenaza", "Alta", "Sin amenaza"),
        ("SUSCETIB", "Muito Alta", "Não inundável"),
        ("perigo", "alto", "sem perigo"),
        ("الخطر", "مرتفع", "لا خطر"),
        ("flooded", True, False),
        ("remarks", "flooded", "not flooded"),
    ):
        (found,) = read_hazard(zones(tmp_path, "free", {column: reached}, {column: free}), "flood", GRID)
        assert len(found.source.polygons) == 1, (column, free)
    (found,) = read_hazard(zones(tmp_path, "deny", {"remarks": "wet"}, {"remarks": "no standing water"}), "flood", GRID)
    assert [warning.code for warning in found.record.warnings] == ["hazard_denied"] and len(found.source.polygons) == 2
    (found,) = read_hazard(zones(tmp_path, "t", *({"T": years} for years in (10, 100))), "flood", GRID)
    assert [warning.code for warning in found.record.warnings] == ["hazard_classes"]
    refused("says of every polygon", zones(tmp_path, "none", {"class": "none"}, {"class": "none"}))
    refused("has no row where", depths, where="DEPTH_M > 9")


def test_maps_of_one_hazard_that_contradict_each_other(tmp_path):
    def maps(*values, **stated):
        return [
            read_hazard(
                raster(tmp_path / f"rp{period}.tif", depth(value)), "flood", GRID, return_period=period, **stated
            )[0]
            for period, value in values
        ]

    ordered = checked(maps((100, 0.5), (10, 0.2)))
    assert [hazard.return_period for hazard in ordered] == [10, 100]
    with pytest.raises(InputError, match="correct the return periods"):
        checked(maps((100, 0.0), (10, 0.5)))
    with pytest.raises(InputError, match="two maps of 10 years"):
        checked(2 * maps((10, 0.5)))
    with pytest.raises(InputError, match="other thresholds"):
        checked([*maps((10, 0.5)), *maps((100, 0.5), thresholds=[0.3])])


# --- floods of Djibouti ------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_the_nine_rasters_of_djibouti():
    import rasterio

    files = sorted((DATA / "flood" / "DJI_aqueduct").glob("*.tif"))
    with rasterio.open(files[0]) as dataset:
        grid = GeoBox(dataset.shape, dataset.transform, str(dataset.crs))
    maps = checked(
        [
            read_hazard(path, "flood", grid, return_period=float(path.stem[-5:]), thresholds=[0, 0.15, 0.3])[0]
            for path in files
        ]
    )
    assert [isinstance(hazard.source, RasterSource) for hazard in maps] == [True] * 9
    shares = HazardShares(maps, np.ones(grid.shape, np.float32), grid)
    rows = slice(0, grid.shape[0])
    found = np.array([[100 * np.nanmean(shares.exposed(n, t, rows), dtype=float) for n in range(9)] for t in range(3)])
    assert found[1].round(3).tolist() == [0, 0, 0.038, 0.105, 1.799, 3.305, 3.419, 5.437, 9.874]
    assert found[:, 8].round(1).tolist() == [14.6, 9.9, 0.1] and np.ptp(found[0]) < 0.15
    yearly = annual(found[1], [hazard.return_period for hazard in maps], 100.0)
    assert (round(float(yearly.central - yearly.tail), 4), round(float(yearly.tail), 4)) == (0.0874, 0.0099)
    assert float(yearly.low) == pytest.approx(0.0643, abs=1e-4)


@pytest.mark.real
@real
def test_a_real_raster_without_a_place_is_refused():
    refused("no coordinate system", DATA / "landslide" / "test_ls_prob.tif", "landslide", unit="class")


# --- GDACS -------------------------------------------------------------------------------------------------------------------

ITEM = """<item><title>Storm</title><gdacs:bbox>{box}</gdacs:bbox><gdacs:eventtype>TC</gdacs:eventtype>
<gdacs:alertlevel>Red</gdacs:alertlevel><gdacs:eventid>{number}</gdacs:eventid><gdacs:eventname>MADE</gdacs:eventname></item>"""


#: A frame over a quarter of the grid.
HERE = f"{WEST} {WEST + 0.1} {NORTH - 0.1} {NORTH}"


def feed(path, *items):
    inside = "".join(items)
    return text(path, f'<rss version="2.0" xmlns:gdacs="http://www.gdacs.org"><channel>{inside}</channel></rss>')


def test_a_feed_of_gdacs_gives_frames_and_says_that_they_are_none_of_people_in_danger(tmp_path):
    path = feed(tmp_path / "gdacs.xml", ITEM.format(box=HERE, number=7), ITEM.format(box="179 -179 -18 -16", number=8),
                ITEM.format(box="nowhere", number=9))  # fmt: skip
    events = read_gdacs(path)
    assert events.table["event"].tolist() == ["TC7", "TC8"] and events.broken == 1
    assert events.table.geometry.iloc[1].bounds == (179, -18, 181, -16)
    (hazard,) = read_hazard(path, "wind", GRID, event="TC7")
    assert share(hazard).sum() == pytest.approx(36, abs=1e-4) and "frame" in hazard.record.assumptions[0]
    refused("has no event TC5", path, "wind", event="TC5")
    (here,) = read_hazard(path, "wind", GRID)
    assert here.record.facts["events"] == ["TC7"] and any(
        "1 event lies elsewhere and was left out" in each for each in here.record.assumptions
    )
    refused("events of this kind lie elsewhere .TC8., and none where", path, "wind", event="TC8")
    refused("no feed of GDACS", text(tmp_path / "other.xml", "<rss></rss>"), "wind")


def test_what_a_hurried_user_brings(tmp_path):
    raster(tmp_path / "percent.tif", depth(80))
    (hazard,) = read_hazard(tmp_path / "percent.tif", "flood", GRID, return_period=100)
    assert [warning.code for warning in hazard.record.warnings] == ["deep"]
    refused("none of wind in m/s", raster(tmp_path / "fast.tif", depth(120)), "wind")
    with pytest.raises(InputError, match="thresholds hold -1, at or above which all ground lies"):
        read_hazard(tmp_path / "percent.tif", "flood", GRID, thresholds=[-1.0, 2.0])
    maps = [read_hazard(tmp_path / "percent.tif", "flood", GRID, return_period=period)[0] for period in (10, 100)]
    with pytest.raises(InputError, match="of 100 years is the same map as"):
        checked(maps)
