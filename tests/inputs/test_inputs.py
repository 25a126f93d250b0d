"""inputs.toml, discovery, and all inputs of a country together."""

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ewcm.countries import country
from ewcm.errors import EwcmError, InputError
from ewcm.inputs.check import describe
from ewcm.inputs.find import find_inputs
from ewcm.inputs.outlook import outlook
from ewcm.inputs.read import load
from ewcm.settings import LINK_BUDGETS, RADIUS_KM, Settings
from ewcm.sources.official import Official
from tests.conftest import ROOT
from tests.sources.files import CELL_HEADER, UGA, cell, feature, raster, square, text


@pytest.fixture
def folder(tmp_path):
    """A small folder of Uganda: people, cells, boundaries, places, one coverage map, official figures."""
    raster(tmp_path / "uga_ppp_2020.tif", np.full((6, 6), 10.0, "float32"), nodata=-99999)
    text(tmp_path / "641.csv", CELL_HEADER, cell(lon=31.02, lat=1.99), cell("LTE", lon=31.03, lat=1.98))
    text(tmp_path / "places.csv", "name,lat,lon,population", "Town,1.98,31.02,500")
    areas = {"type": "FeatureCollection", "features": [feature(square(31.5, 1.5), name="A", iso_3166_2="UG-1")]}
    (tmp_path / "admin1.geojson").write_text(json.dumps(areas), encoding="utf-8")
    gpd.GeoDataFrame(geometry=[shapely.box(31, 1.9, 31.1, 2)], crs=4326).to_file(tmp_path / "coverage_4g.gpkg")
    (tmp_path / "official.json").write_text('{"2G": 98, "4G": 61.5, "year": 2023}', encoding="utf-8")
    text(tmp_path / "health_facilities.csv", "Country,Facility name,Lat,Long", "Uganda,x,1,32")
    return tmp_path


def write(folder, content):
    return text(folder / "inputs.toml", content)


# --- discovery ---------------------------------------------------------------------------------------------------------


def test_a_folder_without_inputs_toml_is_discovered_and_the_guesses_are_told(folder):
    inputs = find_inputs(UGA, folder)
    assert {name: len(tables) for name, tables in inputs.tables.items()} == {
        "population": 1,
        "cells": 1,
        "boundaries": 1,
        "places": 1,
        "coverage": 1,
        "official": 1,
        "poi": 1,
    }
    told = "\n".join(inputs.guesses)
    for name in (
        "uga_ppp_2020.tif: taken as population",
        "641.csv: taken as cells",
        "health_facilities.csv: taken as poi",
    ):
        assert name in told
    data = load(inputs)
    assert data.population.people.sum() == 360
    assert len(data.sites.table) == 2
    assert data.boundaries.table["level"].tolist() == [1]
    assert data.places.table["name"].tolist() == ["Town"]
    assert data.declared[0].technology == "4G"
    own = [(figure.technology, figure.share, figure.year) for figure in data.official.figures if not figure.lent]
    assert own == [("2G", 0.98, 2023), ("4G", 0.615, 2023)]
    brought = [record for record in data.records if not record.lent]
    assert [record.layer for record in brought] == [
        "population",
        "cells",
        "coverage",
        "boundaries",
        "places",
        "poi",
        "official",
    ]
    assert not data.starter
    assert all("/" not in record.path for record in brought)


def test_coarse_terrain_is_left_out_and_said(folder):
    raster(folder / "dem.tif", np.full((6, 6), 1000, "int16"))
    inputs = find_inputs(UGA, folder)
    assert not inputs.of("terrain")
    assert any("dem.tif: terrain with a step of about 927 m, too coarse" in line for line in inputs.guesses)


def test_fine_terrain_is_taken(folder):
    raster(folder / "dem.tif", np.full((6, 6), 1000, "int16"), step=1 / 1200)
    raster(folder / "N00E031.tif", np.full((6, 6), 1000, "int16"), step=1 / 1200)
    terrain = find_inputs(UGA, folder).of("terrain")[0]
    assert [path.name for path in terrain["paths"]] == ["N00E031.tif", "dem.tif"]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("ghs_pop_2020.tif", "population"),
        ("uga_pop_2025_CN_1km_R2025A_UA_v1.tif", "population"),
        ("population.tif", "population"),
        ("hrsl_uga.tif", "population"),
        ("lte_coverage.tif", "coverage"),
        ("mce_2g.tif", "coverage"),
        ("srtm.tif", ""),
        ("popular_places.tif", ""),
    ],
)
def test_rasters_by_their_name(folder, name, layer):
    (folder / "uga_ppp_2020.tif").rename(folder / name)
    if layer != "population":
        raster(folder / "pop.tif", np.ones((3, 3), "float32"))
    tables = find_inputs(UGA, folder).tables
    taken = [key for key, entries in tables.items() for entry in entries if entry.get("path") == folder / name]
    assert taken == [layer] * bool(layer)


def test_density_by_its_name(folder):
    (folder / "uga_ppp_2020.tif").rename(folder / "pop_density.tif")
    assert find_inputs(UGA, folder).of("population")[0]["unit"] == "people_per_km2"


def test_two_population_rasters_need_a_word(folder):
    raster(folder / "pop.tif", np.ones((3, 3), "float32"))
    with pytest.raises(InputError, match=r"several files look like population \(pop.tif, uga_ppp_2020.tif\)"):
        find_inputs(UGA, folder)


def test_two_boundaries_of_one_level_need_a_word(folder):
    (folder / "adm1.geojson").write_bytes((folder / "admin1.geojson").read_bytes())
    with pytest.raises(InputError, match="both look like boundaries of level 1"):
        find_inputs(UGA, folder)


def test_a_folder_without_people_is_refused(tmp_path):
    with pytest.raises(InputError, match="no population raster found"):
        find_inputs(UGA, tmp_path)


def test_cells_that_cannot_be_read_stop_the_run(folder):
    (folder / "641.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"641\.csv: is empty"):
        load(find_inputs(UGA, folder))


def test_other_files_are_left_alone(folder):
    (folder / "notes.txt").write_bytes(b"")
    (folder / "archive.gz").write_bytes(b"\x1f\x8bxx")
    (folder / "report.pdf").write_bytes(b"%PDF")
    (folder / ".hidden.csv").write_bytes(b"")
    (folder / "old").mkdir()
    told = "\n".join(find_inputs(UGA, folder).guesses)
    for name in ("notes.txt", "archive.gz", "report.pdf"):
        assert f"{name}: not used" in told
    assert "hidden" not in told and "old" not in told


def test_folders_that_are_not_there(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no such folder"):
        find_inputs(UGA, tmp_path / "none")
    with pytest.raises(InputError, match="is a file"):
        find_inputs(UGA, text(tmp_path / "file", "x"))
    monkeypatch.chdir(tmp_path)
    inputs = find_inputs(UGA)
    assert inputs.starter and inputs.folder is None
    assert "starter" in inputs.guesses[0]
    # The starter pack has no such country: that one error says so, after which nothing may promise the pack.
    assert find_inputs(country("PHL")).guesses == ()


def test_data_iso3_is_the_usual_folder(folder, monkeypatch):
    root = folder.parent / "root"
    (root / "data").mkdir(parents=True)
    (root / "data" / "UGA").symlink_to(folder)
    monkeypatch.chdir(root)
    assert not find_inputs(UGA).starter


# --- inputs.toml -------------------------------------------------------------------------------------------------------


FULL = """
country = "UGA"

[population]
path = "uga_ppp_2020.tif"
unit = "people"
nodata = -99999
crs = "EPSG:4326"
year = 2020
licence = "CC BY 4.0"
attribution = "WorldPop"

[[cells]]
path = "641.csv"
licence = "CC BY-SA 4.0"
redistributable = false
non_commercial = true

[[coverage]]
path = "coverage_4g.gpkg"
technology = "4G"
operator = "MTN"
layer = "coverage_4g"

[[boundaries]]
level = 1
path = "admin1.geojson"
name = "name"
code = "iso_3166_2"

[[places]]
path = "places.csv"

[official]
path = "official.json"

[settings]
min_people = 50
radius_km = { "2G" = 20 }
coldspot_services = ["any", "4G+"]

[settings.link_budgets.4G]
threshold_dbm = -110
"""


def test_every_key_of_inputs_toml(folder):
    write(folder, FULL)
    inputs = find_inputs(UGA, folder)
    assert inputs.guesses == ()
    data = load(inputs)
    people = data.population.record
    assert (people.licence, people.attribution, people.date) == ("CC BY 4.0", "WorldPop", "2020")
    cells = data.sites.records[0]
    assert (cells.redistributable, cells.non_commercial) == (False, True)
    assert data.declared[0].operator == "MTN"
    settings = inputs.settings
    assert settings.min_people == 50.0
    assert settings.radius_km == RADIUS_KM | {"2G": 20.0}
    assert settings.coldspot_services == ("any", "4G+")
    assert settings.link_budgets["4G"] == dataclasses.replace(LINK_BUDGETS["4G"], threshold_dbm=-110.0)
    assert settings.link_budgets["2G"] == LINK_BUDGETS["2G"]


def test_the_smallest_inputs_toml(folder):
    write(folder, '[population]\npath = "uga_ppp_2020.tif"')
    inputs = find_inputs(UGA, folder)
    assert inputs.settings == Settings()
    assert load(inputs).sites is None


def test_one_radius_is_for_every_technology(folder):
    write(folder, PEOPLE + "[settings]\nradius_km = 12")
    assert find_inputs(UGA, folder).settings == Settings(radius_km=12)


def test_paths_are_relative_to_the_file(folder):
    (folder / "in").mkdir()
    write(folder / "in", '[population]\npath = "../uga_ppp_2020.tif"')
    data = load(find_inputs(UGA, folder / "in"))
    assert data.population.record.path == "uga_ppp_2020.tif"


PEOPLE = '[population]\npath = "uga_ppp_2020.tif"\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"is empty|no \[population\]"),
        ("x = 1", "'x' is not a key that is read"),
        ("[populaton]\npath = 'x'", "'populaton' is not a key that is read; did you mean population?"),
        ("[population]\n", r"\[population\] has no path"),
        ("[population]\npath = 5", "path must be text, not '5'"),
        ("[population]\npath = 'none.tif'", r"path 'none\.tif' does not exist"),
        ("[population]\npath = '.'", "is a folder"),
        ("[population]\npath = 'https://x/y.tif'", "not a file on this machine"),
        ("[population]\npath = '/vsicurl/http://x/y.tif'", "not a file on this machine"),
        ("[[population]]\npath = 'uga_ppp_2020.tif'", "may stand only once"),
        (PEOPLE + "nodat = -1", r"\[population\] 'nodat' is not a key that is read; did you mean nodata?"),
        (PEOPLE + "nodata = true", "nodata must be a whole number|nodata must be"),
        (PEOPLE + "redistributable = 'no'", "redistributable must be true or false"),
        (PEOPLE + "[[coverage]]\ntechnology = '4G'", r"\[coverage\] has no path"),
        (PEOPLE + "[[boundaries]]\npath = 'admin1.geojson'", r"\[boundaries\] has no level"),
        (PEOPLE + "[[boundaries]]\npath = 'admin1.geojson'\nlevel = 5", "must be 0, 1, 2, 3 or 4"),
        (PEOPLE + "[terrain]\npath = [1]", "must be a path or a list of paths"),
        (PEOPLE + "[settings]\nmin_peple = 1", "did you mean min_people?"),
        (PEOPLE + "[settings]\nmin_people = 'many'", "min_people must be a number, not 'many'"),
        (PEOPLE + "[settings]\nradius_km = '5'", "radius_km must be a table"),
        (PEOPLE + "[settings]\nradius_km = [5]", "radius_km must be a table"),
        (PEOPLE + "[settings]\nlocation_sigma_db = inf", "location_sigma_db must be a number that is finite"),
        (
            PEOPLE + "[settings.link_budgets.4G]\neirp = 5",
            "link_budgets of 4G: 'eirp' is not .* did you mean eirp_dbm?",
        ),
        (PEOPLE + "[settings]\n__dataclass_self__ = 5", "__dataclass_self__"),
        (PEOPLE + "pth = 'x'", "'pth' is not a key that is read; did you mean path?"),
        ("[population]\npth = 'x'", "'pth' is not a key that is read; did you mean path?"),
        ("country = 5\n" + PEOPLE, "country must be text, not '5'"),
        (PEOPLE + "[terrain]\npath = []", "must be a path or a list of paths"),
        (PEOPLE + "[settings]\nradius_km = {'6G' = 5}", "'6G' is not a key that is read"),
        (PEOPLE + "[settings]\nradius_km = {'2G' = -5}", "give a radius in km"),
        (PEOPLE + "[settings]\nmodels = 'radius'", "must be a list of texts"),
        (PEOPLE + "[settings]\nmin_people = nan", "must be a number"),
        ("settings = 1\n" + PEOPLE, "settings is not a table"),
        ("cells = 1\n" + PEOPLE, r"cells is not a table; write \[\[cells\]\]"),
        ("country = 'SOM'\n" + PEOPLE, "is for country 'SOM', not UGA"),
        ("[population\n", "is not valid TOML"),
    ],
)
def test_what_inputs_toml_may_not_say(folder, content, message):
    path = write(folder, content)
    with pytest.raises(EwcmError, match=message) as error:
        find_inputs(UGA, folder)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@given(st.data())
def test_damaged_inputs_toml_is_understood_or_an_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "uga_ppp_2020.tif").write_bytes(b"x")
    content = bytearray((PEOPLE + "[settings]\nmin_people = 5\nradius_km = { '2G' = 20 }\n").encode())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "inputs.toml").write_bytes(bytes(content))
    try:
        find_inputs(UGA, folder)
    except EwcmError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ('{"2G": 980}', "must be a per cent"),
        ('{"2G": "98"}', "must be a per cent"),
        ('{"2G": 0.98, "4G": 0.61}', "2G is 0.98, which is a share of 1; write per cents"),
        ('{"2g": 98}', "'2g' is not a key that is read; did you mean 2G?"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_official_figures_that_cannot_be(folder, content, message):
    (folder / "official.json").write_text(content)
    with pytest.raises(InputError, match=message):
        load(find_inputs(UGA, folder))


# --- all together ------------------------------------------------------------------------------------------------------


def test_a_country_across_180_is_in_one_frame(tmp_path):
    values = np.zeros((10, 360), "float32")
    values[4, [0, 359]] = 50
    raster(tmp_path / "pop.tif", values, west=-180.0, north=-12.0, step=1.0)
    split = [square(179, -17), square(-180, -17)]
    areas = {"type": "FeatureCollection", "features": [feature(split, "MultiPolygon", name="A")]}
    (tmp_path / "adm1.geojson").write_text(json.dumps(areas))
    text(tmp_path / "542.csv", cell(mcc=542, lat=-16.5, lon=179.99), cell(mcc=542, lat=-16.5, lon=-179.99))
    data = load(find_inputs(country("FJI"), tmp_path))
    assert data.population.beyond_180
    assert np.nansum(data.population.people) == 100
    assert data.boundaries.table.geometry[0].geom_type == "Polygon"
    assert data.boundaries.table.total_bounds == pytest.approx([179, -17, 181, -16])
    assert sorted(data.sites.table["lon"]) == [-179.99, 179.99]


def test_boundaries_follow_a_grid_that_had_to_be_turned(tmp_path):
    values = np.zeros((10, 360), "float32")
    values[4, [0, 359]] = 50
    raster(tmp_path / "pop.tif", values, west=-180.0, north=70.0, step=1.0)
    split = [square(179, 65), square(-180, 65)]
    areas = {"type": "FeatureCollection", "features": [feature(split, "MultiPolygon", name="A")]}
    (tmp_path / "adm1.geojson").write_text(json.dumps(areas))
    data = load(find_inputs(country("RUS"), tmp_path))
    assert data.population.beyond_180
    assert data.boundaries.table.total_bounds == pytest.approx([179, 65, 181, 66])


def test_check_prints_what_each_input_is(folder):
    text(folder / "641.csv", CELL_HEADER, cell(lon=31.02, lat=1.99), cell("CDMA"), "GSM,641")
    inputs = find_inputs(UGA, folder)
    data = load(inputs)
    said = describe(data, inputs, outlook(data, inputs))
    for part in (
        "UGA Uganda",
        "population: uga_ppp_2020.tif",
        "GTiff, EPSG:4326",
        "nodata -99999",
        "people: 360",
        "cells: 641.csv",
        "1 of another radio standard (CDMA)",
        "WARNING: 2 of 3 rows were not used",
        "not given: terrain",
        "health_facilities.csv: taken as poi",
        # As a run would: cells that volunteers saw are not all there are, and the share is known.
        "2G: estimated around 1 transmitter, set to the official share of 98 % (2023)",
    ):
        assert part in said
    circles = dataclasses.replace(data, official=Official())
    assert "2G: circles of 15 km around 1 transmitter" in describe(circles, inputs, outlook(circles, inputs))


def test_reading_writes_nothing(folder):
    before = {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()}
    load(find_inputs(UGA, folder))
    assert {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()} == before


@pytest.mark.real
@pytest.mark.parametrize(
    ("iso3", "layers"),
    [
        ("UGA", ["population", "cells", "boundaries", "poi"]),
        ("SOM", ["population", "boundaries", "poi"]),
        ("NPL", ["population", "boundaries"]),
    ],
)
def test_real_folders(real_data, iso3, layers):
    inputs = find_inputs(country(iso3), real_data / iso3)
    data = load(inputs)
    assert [record.layer for record in data.records if not record.lent] == layers
    told = "\n".join(inputs.guesses)
    if iso3 != "SOM":
        assert "globe30s_dem.tif: terrain with a step of about 927 m, too coarse" in told
    if iso3 != "NPL":
        assert "health_facilities.csv: taken as poi" in told


def test_the_templates_are_read(tmp_path):
    """What a user copies must work: every key of the template is known, its tables have the columns they need."""
    from ewcm.sources.places import read_places
    from ewcm.sources.site_lists import read_sites

    templates = ROOT / "data" / "templates"
    somalia = country("SOM")
    sites = read_sites(templates / "sites.csv", somalia)
    assert sites.records[0].warnings == ()
    assert sites.table["technology"].value_counts().to_dict() == {"2G": 4, "4G": 2}
    assert read_places(templates / "places.csv", somalia).records[0].warnings == ()
    (tmp_path / "inputs.toml").write_bytes((templates / "inputs.toml").read_bytes())
    names = ["som_pop_2025.tif", "637.csv.gz", "sites.csv", "coverage_4g.gpkg", "coverage_2g_dbm.tif", "adm1.geojson"]
    for name in [*names, "places.csv", "official.json", "N02E045.hgt", "more_tiles", "worldcover"]:
        (tmp_path / name).write_bytes(b"x")
    inputs = find_inputs(somalia, tmp_path)
    assert {name: len(tables) for name, tables in inputs.tables.items()} == {
        "population": 1,
        "cells": 1,
        "sites": 1,
        "coverage": 2,
        "terrain": 1,
        "clutter": 1,
        "boundaries": 1,
        "places": 1,
        "official": 2,
    }


def test_a_hazard_map_of_a_projection_says_so_by_its_name(folder):
    """Aqueduct's names: without scenario and year a map of 2030 would stand there as that of today."""
    raster(folder / "inunriver_rcp4p5_MIROC-ESM-CHEM_2030_rp00100.tif", np.full((6, 6), 0.5, np.float32))
    raster(folder / "inunriver_historical_000000000WATCH_1980_rp00100.tif", np.full((6, 6), 0.5, np.float32))
    (folder / "grid.xml.gz").write_bytes(b"")
    inputs = find_inputs(UGA, folder)
    found = [(table.get("scenario"), table.get("year"), table["return_period"]) for table in inputs.of("hazard")]
    assert sorted(found, key=str) == [("RCP4.5", 2030, 100), (None, None, 100)]
    told = "\n".join(inputs.guesses)
    assert "projection RCP4.5 of 2030" in told and "grid.xml.gz: not used (it is packed; unpack it" in told
