"""Named cases: odd kinds of files, odd texts, odd numbers. Each was tried because somebody would."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from ewcm.cli import main
from ewcm.core.record import Meta
from ewcm.countries import country
from ewcm.errors import CountryError, EwcmError, InputError
from ewcm.fetch.ledger import Ledger, write_inputs
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.report.publish import write
from ewcm.sources.boundaries import read_boundaries
from ewcm.sources.cells import read_cells
from ewcm.sources.clutter import open_clutter
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.places import read_places
from ewcm.sources.population import read_population
from ewcm.sources.site_lists import read_sites
from ewcm.sources.terrain import open_terrain
from ewcm.sources.vectors import read_vector
from tests.batch.made import make_country
from tests.made_files import write_country, write_population
from tests.reliability.seeds import INPUTS, seeds
from tests.report.make_result import made_result
from tests.sources.files import CELL_HEADER, UGA, cell, feature, raster, square, text

PEOPLE = '[population]\npath = "uga_ppp_2020.tif"\n'


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_country(tmp_path / "in")


def refused(read, *match: str) -> str:
    """The one line with which something is refused."""
    with pytest.raises(EwcmError) as error:
        read()
    said = str(error.value)
    assert "\n" not in said and said.isprintable() and len(said) < 2000
    for part in match:
        assert part in said
    return said


# --- what is no plain file ---------------------------------------------------------------------------------------------

#: A name for each layer, as files are found by.
NAMES = ["uga_ppp_2020.tif", "641.csv", "sites.csv", "4g_coverage.geojson", "dem.tif", "admin1.geojson", "places.csv"]


@pytest.mark.parametrize("name", [*NAMES, "official.json", "inputs.toml"])
@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "nothing"])
def test_what_is_no_plain_file_is_refused_and_never_opened(folder, name, kind):
    """A pipe waits for a writer for ever; /dev/zero never ends."""
    path = folder / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/zero", "loop": path, "nothing": folder / "gone"}[kind])
    refused(lambda: load(find_inputs(UGA, folder)), name)


def test_folders_with_the_names_of_files(folder):
    (folder / "uga_ppp_2020.tif").rename(folder / "other.xyz")
    (folder / "uga_ppp_2020.tif").mkdir()
    refused(lambda: find_inputs(UGA, folder), "no population raster found")
    (folder / "inputs.toml").mkdir()
    refused(lambda: find_inputs(UGA, folder), "inputs.toml: is a folder")


def test_a_linked_input_works_and_its_record_is_that_of_the_file_behind_it(folder, tmp_path):
    target = folder / "uga_ppp_2020.tif"
    target.rename(tmp_path / "shared.tif")
    target.symlink_to(tmp_path / "shared.tif")
    record = load(find_inputs(UGA, folder)).population.record
    assert record.size_bytes == (tmp_path / "shared.tif").stat().st_size
    assert (record.path, len(record.sha256)) == ("uga_ppp_2020.tif", 64)
    assert any("symbolic link" in said for said in record.assumptions)
    assert str(tmp_path) not in json.dumps([*record.assumptions, record.path])


def test_a_linked_folder_of_inputs_works(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert load(find_inputs(UGA, tmp_path / "link")).sites is not None
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere")
    refused(lambda: find_inputs(UGA, tmp_path / "lost"), "no such folder")


def test_a_data_folder_that_is_a_link_to_nothing_is_not_replaced_by_starter_data(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "UGA").symlink_to(tmp_path / "unmounted")
    monkeypatch.chdir(tmp_path)
    refused(lambda: find_inputs(UGA), "no such folder")


def test_terrain_folders_with_links_in_circles_end(tmp_path):
    tiles = tmp_path / "dem"
    (tiles / "deep").mkdir(parents=True)
    (tiles / "deep" / "up").symlink_to(tiles)
    refused(lambda: open_terrain([tiles], False, Meta()), "holds no elevation raster")


@pytest.mark.parametrize("names", [("sites.csv",), ("sites.csv", "b.csv")], ids=["itself", "another and back"])
def test_a_file_that_is_a_link_in_a_circle_is_refused(names, tmp_path, capsys):
    """It was a traceback where inputs.toml names it."""
    make_country(tmp_path, "UGA", rows=20, cols=24)
    (tmp_path / "UGA" / "sites.csv").unlink()
    for name, to in zip(names, (*names[1:], names[0]), strict=True):
        (tmp_path / "UGA" / name).symlink_to(to)
    assert main(["check", "UGA", "--inputs", str(tmp_path / "UGA")]) == 2
    assert "sites.csv: is a symbolic link to nothing" in capsys.readouterr().err


def test_an_output_that_is_a_link_in_a_circle_is_refused_before_the_work(tmp_path, monkeypatch, capsys):
    make_country(tmp_path, "UGA", rows=20, cols=24)
    (tmp_path / "out").symlink_to("out")
    monkeypatch.setattr("ewcm.inputs.read.load", None)
    assert main(["run", "UGA", "--inputs", str(tmp_path / "UGA"), "--output", str(tmp_path / "out")]) == 2
    assert "out: is a symbolic link that leads to itself" in capsys.readouterr().err
    assert (tmp_path / "out").is_symlink()


def test_too_many_files_for_a_folder_of_tiles(tmp_path, monkeypatch):
    monkeypatch.setattr("ewcm.sources.rasters._MOST_ENTRIES", 20)
    for number in range(30):
        (tmp_path / f"{number}.txt").touch()
    refused(lambda: open_terrain([tmp_path], False, Meta()), "holds more than 20 files")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read(folder):
    (folder / "sites.csv").chmod(0)
    refused(lambda: load(find_inputs(UGA, folder)), "sites.csv: cannot be read", "permissions")
    folder.chmod(0)
    refused(lambda: find_inputs(UGA, folder), "permissions")
    folder.chmod(0o755)


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000, "a\x00b", "\udcff"])
def test_names_that_cannot_be(tmp_path, name):
    refused(lambda: find_inputs(UGA, tmp_path / name))
    refused(lambda: read_cells(tmp_path / name, UGA))
    refused(lambda: read_population(tmp_path / name, UGA))


@pytest.mark.parametrize(
    "name", ["caf\udce9", "a\nb", "a\x1b[31mb", "a#b?c%20!d", "-rf", "=1+1", "ህዝብ קובץ", "a.zip", "{a}"]
)
def test_odd_names_of_folders(tmp_path, name, capsys):
    """Whatever a folder is called, its country is made, or refused in a printable line a file that cannot steer a terminal."""
    folder = write_country(tmp_path / "in").rename(tmp_path / name)
    (folder / "notes caf\udce9\x1b[2J.txt").write_text("x")
    code = main(["check", "UGA", "--inputs", str(folder)])
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    (said.out + said.err).encode()
    if name.isprintable():
        assert code == 0
    else:
        files = sum(path.suffix in (".tif", ".csv", ".geojson") for path in folder.iterdir())
        assert code in (0, 2) and said.err.count("\n") <= files
        assert all(line.startswith("ewcm: ") for line in said.err.splitlines())


def test_the_content_of_a_file_never_steers_a_terminal(folder, capsys):
    """Operators and columns are printed by `ewcm check`; a terminal would obey what they say."""
    text(
        folder / "sites.csv",
        "site_id,lat,lon,technology,operator,\x1b[2Jx",
        "a,0.9,32.1,2G,\x1b]0;title\x07Blue,\x9b31m",
    )
    assert main(["check", "UGA", "--inputs", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "Blue" in said and all(line.isprintable() for line in said.splitlines())


# --- country codes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["../../x", "SOM;rm", "", "SOMA", "\u212aEN", "\u017fOM", "SOM/..", "SOM\x00", ".", "..", "/", "~"]
)
def test_a_code_never_becomes_a_path(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CountryError):
        country(code)
    assert main(["run", "--quiet", "--", code]) == 2
    assert main(["fetch", "--dry-run", "--", code]) == 2
    assert list(tmp_path.iterdir()) == []
    assert all(line.isprintable() for line in capsys.readouterr().err.splitlines())


def test_small_letters_mean_the_same_country(tmp_path):
    assert country("som") is country("SOM")


# --- tables ------------------------------------------------------------------------------------------------------------

GOOD = [CELL_HEADER, cell(), cell("LTE", lon=32.6)]
SITES = ["site_id,lat,lon,technology", "a,0.3,32.5,4G", "b,0.4,32.6,2G"]
PLACES = ["name,lat,lon", "a,0.3,32.5", "b,0.4,32.6"]
TABLES = [(read_cells, GOOD), (read_sites, SITES), (read_places, PLACES)]


@pytest.mark.parametrize(("read", "lines"), TABLES, ids=["cells", "sites", "places"])
def test_every_encoding_and_line_end_gives_the_same_table(tmp_path, read, lines):
    expected = read(text(tmp_path / "plain.csv", *lines), UGA).table
    for encoding, end in itertools.product(
        ("utf-8", "utf-8-sig", "utf-16", "latin-1"), ("\n", "\r\n", "\r", "\n\r\n\n")
    ):
        content = end.join(["", *lines, "", ""]).encode(encoding)
        (tmp_path / "t.csv").write_bytes(content)
        (tmp_path / "t.csv.gz").write_bytes(gzip.compress(content))
        assert read(tmp_path / "t.csv", UGA).table.equals(expected), (encoding, end)
    assert read(tmp_path / "t.csv.gz", UGA).table.equals(expected)


@pytest.mark.parametrize(("read", "lines"), TABLES, ids=["cells", "sites", "places"])
@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xc2\xa0\n\xc2\xa0", b"\xe2\x80\xa8", b"\x1c\n", b"\x85"]
)
def test_texts_of_nothing_but_marks_and_blanks_are_empty(tmp_path, read, lines, content):
    """A byte-order mark alone once ended in a StopIteration."""
    (tmp_path / "t.csv").write_bytes(content)
    refused(lambda: read(tmp_path / "t.csv", UGA), "t.csv")


@pytest.mark.parametrize(("read", "lines"), TABLES, ids=["cells", "sites", "places"])
def test_a_nul_far_into_the_text_is_no_text(tmp_path, read, lines):
    (tmp_path / "t.csv").write_bytes("\n".join([*lines, *([lines[-1]] * 3000)]).encode() + b"\x00\n")
    refused(lambda: read(tmp_path / "t.csv", UGA), "is not a text file")


@pytest.mark.parametrize(("read", "lines"), TABLES, ids=["cells", "sites", "places"])
@pytest.mark.parametrize(
    "number",
    ["1e400", "nan", "inf", "-inf", "1,5", "0,3", "0x10", "1_0", "１２", "", "NULL", "9" * 400, "1e-400", "--1"],
)
def test_numbers_that_are_none_cost_their_row_only(tmp_path, read, lines, number):
    bad = lines[-1].replace("32.6", f'"{number}"')
    table = read(text(tmp_path / "t.csv", *lines[:-1], bad), UGA).table
    assert len(table) in (1, 2) and np.isfinite(table[["lat", "lon"]].to_numpy()).all()
    assert table["lon"].max() < 33


def test_decimal_commas_are_no_columns(tmp_path):
    path = text(tmp_path / "s.csv", "site_id,lat,lon,technology", "a,0,3,32,5,4G")
    refused(lambda: read_sites(path, UGA), "more fields than the heading", "semicolons")


@pytest.mark.parametrize(
    ("change", "value"),
    [("net", 1e300), ("net", -1), ("net", "nan"), ("number", 1e300), ("number", 2**60), ("number", -5)],
)
def test_network_and_cell_numbers_beyond_any_standard_are_broken_rows(tmp_path, change, value):
    """1e300 once became the operator 641--9223372036854775808."""
    sites = read_cells(text(tmp_path / "c.csv", *GOOD, cell("NR", lon=33, **{change: value})), UGA)
    assert sites.records[0].facts["not_used"] == {"with a broken network or cell number": 1}
    assert set(sites.table["operator"]) == {"641-10"}


def test_any_country_takes_no_impossible_mcc(tmp_path):
    lines = [cell(mcc=mcc, lon=3.4, lat=-54.4) for mcc in (639, 1e300, -1)]
    table = read_cells(text(tmp_path / "c.csv", *lines), country("BVT")).table
    assert set(table["operator"]) == {"639-10"}


def test_a_line_end_within_quotes_costs_no_other_row(tmp_path):
    """A quote is taken to end with its line: the first half of such a row is counted as lost, its neighbours stay."""
    path = text(tmp_path / "p.csv", "name,lat,lon", "a,0.2,32.4", '"two\nlines",0.3,32.5', "b,0.4,32.6")
    places = read_places(path, UGA)
    assert {"a", "b"} <= set(places.table["name"])
    assert sum(places.records[0].facts["not_used"].values()) == 1


# --- vectors -----------------------------------------------------------------------------------------------------------


def areas(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


@pytest.mark.parametrize("name", [["a", "b"], {"en": "a"}, 5, 5.5, True, None, "", "x" * 100_000, "\u202e\x00\x1b", []])
def test_properties_of_any_kind_are_names(tmp_path, name):
    """A list as a name once ended in a ValueError of an array without a truth value."""
    path = areas(tmp_path / "b.geojson", feature(square(31, 0), name=name, code=name), feature(square(32, 0), name="b"))
    table = read_boundaries(path, 1, UGA).table
    assert table["name"].map(type).eq(str).all() and table["area_id"].is_unique


@pytest.mark.parametrize("column", ["geometry", "level", "area_id", "fid", "ogc_fid", "", "a\x00b", "index"])
def test_columns_with_the_names_of_ours(tmp_path, column):
    path = areas(tmp_path / "b.geojson", feature(square(31, 0), name="a", **{column: "x"}))
    try:
        assert read_boundaries(path, 1, UGA).table["name"].tolist() == ["a"]
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("kind", ["gpkg", "shp", "fgb", "geojson"])
def test_parts_of_one_feature_that_overlap_stay_covered(tmp_path, kind):
    """Two antenna footprints in one feature: mended by line work, their overlap became a hole."""
    both = shapely.MultiPolygon([shapely.box(31, 0, 33, 2), shapely.box(32, 1, 34, 3)])
    path = tmp_path / f"c.{kind}"
    gpd.GeoDataFrame({"name": ["c"]}, geometry=[both], crs=4326).to_file(path)
    (declared,) = read_declared(path, "4G", UGA)
    assert declared.polygons.geometry.union_all().area == pytest.approx(7.0)


@pytest.mark.parametrize("corner", [[1e400, 0], [None, 0], ["31", "0"], [31], [], {}, [31, 0, 0, 0], [1e300, 1e300]])
def test_corners_that_are_none(tmp_path, corner):
    ring = json.dumps(square(31, 0)[0][:-1]).replace("31, 0", "31.0, 0.0")[:-1] + f", {json.dumps(corner)}]"
    content = f'{{"type":"Polygon","coordinates":[{ring}]}}'.replace("Infinity", "1e400")
    (tmp_path / "b.geojson").write_text(content)
    try:
        frame = read_vector(tmp_path / "b.geojson").frame
        assert np.isfinite(frame.total_bounds).all()
    except InputError as error:
        assert "\n" not in str(error)


# --- rasters -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["complex64", "complex_int16"])
def test_values_that_are_no_plain_numbers_are_refused_everywhere(tmp_path, kind):
    """A coverage map of complex numbers once ended in a TypeError, one of complex integers in another."""
    path = tmp_path / "p.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": kind, "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=rasterio.Affine(0.01, 0, 31, 0, -0.01, 2), **profile):
        pass
    for read in (
        lambda: read_population(path, UGA),
        lambda: read_declared(path, "4G", UGA),
        lambda: open_terrain([path], True, Meta()),
    ):
        refused(read, "not plain numbers")


@pytest.mark.parametrize(
    "transform",
    [
        (np.nan, 0, 31, 0, -0.01, 2), (0.01, 0, np.inf, 0, -0.01, 2), (1e-300, 0, 31, 0, -1e-300, 2), (0.01, 0, 31, 0, -1e-9, 2),
        (1e300, 0, 31, 0, -1e300, 2), (0.01, 0, 31, 0, -0.01, 1e9), (-0.01, 0, 31, 0, -0.01, 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32636", "EPSG:3857"])
def test_grids_that_are_nowhere(tmp_path, transform, crs):
    """Terrain with a step of 1e-9 degrees once asked for 8·10¹⁸ cells."""
    path = raster(tmp_path / "p.tif", np.ones((4, 4), "uint8"), transform=rasterio.Affine(*transform), crs=crs)
    for read in (
        lambda: read_population(path, UGA),
        lambda: read_declared(path, "4G", UGA),
        lambda: open_terrain([path], True, Meta()).window(31, 1.9, 31.1, 2),
    ):
        try:
            read()
        except InputError as error:
            assert "\n" not in str(error)


def test_tiles_named_after_no_place_and_damaged_archives(tmp_path):
    (tmp_path / "N95E031.hgt").write_bytes(bytes(1201 * 1201 * 2))
    refused(lambda: open_terrain([tmp_path / "N95E031.hgt"], False, Meta()), "no place on the earth")
    content = bytearray(seeds()["terrain zip"].content)
    content[60:120] = b"\xff" * 60
    (tmp_path / "N01E031.hgt.zip").write_bytes(content)
    terrain = open_terrain([tmp_path / "N01E031.hgt.zip"], False, Meta())
    refused(lambda: terrain.window(31.1, 1.1, 31.2, 1.2), "damaged .zip")


# --- inputs.toml -------------------------------------------------------------------------------------------------------

WRONG = [
    "1",
    "-1.5",
    "true",
    '"text"',
    "[]",
    "[1]",
    "{}",
    "{ a = 1 }",
    "2020-01-01",
    "nan",
    "inf",
    "9" * 400,
    "0.0",
    '""',
    '"\\u0000"',
]
KEYS = [
    line.partition(" =")[0] if not line.startswith("[") else line
    for line in INPUTS.splitlines()
]  # fmt: skip


@pytest.mark.parametrize("row", [number for number, key in enumerate(KEYS) if not key.startswith("[")])
def test_every_key_with_a_value_of_every_wrong_type(tmp_path, row):
    for value in WRONG:
        lines = INPUTS.splitlines()
        lines[row] = f"{KEYS[row]} = {value}"
        seeds()["inputs"].put(tmp_path, "\n".join(lines).encode())
        try:
            load(find_inputs(UGA, tmp_path))
        except EwcmError as error:
            assert "\n" not in str(error) and len(str(error)) < 2000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[population]\npath = 'a'\npath = 'b'\n", "not valid TOML"),
        ("[population]\npath = 'a'\n[population]\n", "not valid TOML"),
        ("x = " + "1" * 5000, "not valid TOML"),
        ("x = " + "[" * 100_000, "not valid TOML"),
        ("a." * 100_000 + "b = 1", "is no description"),
        ("[cells]\npath = 'x'", "has no [population] table; add one, or let `ewcm fetch UGA`"),
        (PEOPLE + "[[sites]]\npath = 'sites.csv'\n[[sites]]\npath = './sites.csv'\n", "names the file 'sites.csv' twice"),
        (PEOPLE + "[[boundaries]]\npath = 'admin1.geojson'\nlevel = 1\n" * 2, "names the file 'admin1.geojson' twice"),
        (PEOPLE + "nodata = 1" + "0" * 400, "nodata is a number of 401 digits"),
        (PEOPLE + "[settings]\nmin_people = -1", "min_people is -1.0"),
        (PEOPLE + "[settings]\nthreshold_margin_db = -5", "threshold_margin_db is -5.0"),
        (PEOPLE + "[settings.link_budgets.4G]\nfrequency_mhz = 0", "frequency_mhz is 0.0"),
        (PEOPLE + "[settings.link_budgets.4G]\nheight_m = -30", "height_m is -30.0"),
        (PEOPLE + "lincence = 'x'", "did you mean licence?"),
        (PEOPLE + "[[coverge]]\n", "did you mean coverage?"),
    ],
)  # fmt: skip
def test_texts_of_inputs_toml(folder, content, message):
    (folder / "inputs.toml").write_text(content)
    said = refused(lambda: find_inputs(UGA, folder), "inputs.toml")
    assert any(part in said for part in message.split("|"))


@pytest.mark.parametrize("threshold", ["nan", "inf", "-1e6", "500"])
def test_a_threshold_that_is_no_level(folder, threshold):
    """nan once made everybody uncovered."""
    raster(folder / "level.tif", np.full((4, 4), -90, "float32"))
    table = f"[[coverage]]\npath = 'level.tif'\ntechnology = '4G'\nvalues = 'dbm'\nthreshold_dbm = {threshold}\n"
    (folder / "inputs.toml").write_text(PEOPLE + table)
    refused(lambda: load(find_inputs(UGA, folder)), "threshold_dbm", "no level in dBm")


def test_paths_out_of_the_folder_are_the_users_own_and_their_records_show_no_folders(folder, tmp_path):
    write_population(tmp_path / "elsewhere.tif")
    for stated in ("../elsewhere.tif", str(tmp_path / "elsewhere.tif")):
        (folder / "inputs.toml").write_text(f"[population]\npath = '{stated}'\n")
        assert load(find_inputs(UGA, folder)).population.record.path == "elsewhere.tif"


# --- what the engine wrote itself, damaged --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"products": 5}',
        '{"products": [{"source": 1, "layer": [], "files": [{"path": 5}]}]}',
        "\x00",
        "{}",
        "9" * 9999,
    ],
)
def test_a_damaged_ledger_of_downloads_counts_as_none(tmp_path, content):
    (tmp_path / "fetched.json").write_text(content)
    assert Ledger.read(tmp_path).products == []
    assert write_inputs(Ledger.read(tmp_path), "UGA") == ()


def test_a_ledger_that_would_break_inputs_toml_is_refused(tmp_path):
    row = {
        "source": "s",
        "layer": "places",
        "variant": "",
        "files": [],
        "absent": [],
        "notes": [],
        "tables": [{"path": None}],
    }
    (tmp_path / "fetched.json").write_text(json.dumps({"products": [row]}))
    refused(lambda: write_inputs(Ledger.read(tmp_path), "UGA"), "fetched.json: is damaged")
    assert not (tmp_path / "inputs.toml").exists()


def test_a_damaged_manifest_where_a_country_is_to_go(tmp_path):
    """It speaks for no file: what is not a country's own stops the publisher."""
    result = made_result(rows=8, cols=8)
    place = tmp_path / "UGA"
    place.mkdir()
    (place / "precious.txt").write_text("mine")
    manifest = place / "manifest.json"
    for content in ("[" * 100_000, "[]", '{"outputs": 5}', '{"outputs": [[]]}', "\x00\xff", "1" * 9999):
        manifest.write_text(content)
        refused(lambda: write(result, place), "precious.txt")
    manifest.unlink()
    os.mkfifo(manifest)
    refused(lambda: write(result, place), "precious.txt")
    assert (place / "precious.txt").read_text() == "mine"


def test_a_missing_part_of_the_engine_is_not_called_a_place_that_cannot_be_written(tmp_path, monkeypatch):
    """Every OSError was once answered with "choose another folder"."""
    gone = tmp_path / "engine" / "page.html"
    monkeypatch.setattr("ewcm.report.webmap.map.render", lambda *_: gone.read_text())
    said = refused(lambda: write(made_result(rows=8, cols=8), tmp_path / "out" / "UGA"), f"{gone}: cannot be read")
    assert "choose another folder" not in said
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("encoding", ["TTF-8", "utf-7", "shift_jis", "UTF-8\x00"])
def test_a_kml_in_an_encoding_that_is_none(tmp_path, encoding):
    """expat asks Python for encodings that it does not know, and Python raised."""
    kml = seeds()["coverage kml"].content.replace(b'encoding="UTF-8"', f'encoding="{encoding}"'.encode())
    path = tmp_path / "c.kml"
    path.write_bytes(kml)
    assert encoding.encode() in kml
    refused(lambda: read_declared(path, "4G", UGA), "c.kml: is not well-formed XML")


def test_rasters_on_a_local_plane_have_no_place_on_earth(tmp_path):
    """An engineering CRS ended the terrain reader with an error of GDAL."""
    local = rasterio.CRS.from_wkt('LOCAL_CS["plane",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]')
    path = raster(tmp_path / "r.tif", np.ones((4, 4), np.uint8), crs=local)
    doors = (
        lambda: open_terrain([path], True, Meta()),
        lambda: open_clutter([path], "metres", Meta()),
        lambda: read_declared(path, "4G", UGA),
        lambda: read_population(path, UGA),
    )
    for read in doors:
        refused(read, "r.tif: its coordinate system (CRS) is a local one")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        pytest.param(12, 0x00FFFE00, id="dimensions"),
        pytest.param(12, -1, id="fewer than none"),
        pytest.param(16, 0x7FFFFFFF, id="letters of a name"),
        pytest.param(8, 11, id="another list"),
        pytest.param(3, 9, id="another version"),
    ],
)
def test_a_netcdf_whose_header_counts_more_than_it_holds(tmp_path, at, value):
    """The library of netCDF crashed at some, now and then."""
    content = bytearray(seeds()["population nc"].content)
    assert content.startswith(b"CDF\x01")
    content[at : at + 4] = (value & 0xFFFFFFFF).to_bytes(4, "big") if at != 3 else bytes([value]) + content[4:7]
    path = tmp_path / "p.nc"
    path.write_bytes(content)
    refused(lambda: read_population(path, UGA), "p.nc: its netCDF header is damaged")
