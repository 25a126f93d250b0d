"""What comes out, opened as others will open it: the same names and figures in every format, valid by the formats' own rules."""

from __future__ import annotations

import csv
import itertools
import json
import re
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pytest
import rasterio
import shapely

import ewcm
from ewcm.report.numbers import rounded
from ewcm.report.publish import write
from tests.made_files import NORTH, STEP, WEST, write_population
from tests.report import cog
from tests.sources.files import text

#: Names as they stand in the files of an adversary, or only of a country with four scripts.
AREAS = ["=1+1", "<script>document.title='x'</script>", "محافظة الشمال", "Ñandú — 北 \U0001f4e1"]
OPERATORS = ['=HYPERLINK("http://x")', "@SUM(A1)", "ኢትዮ ቴሌኮም", "</script><b>"]
PLACES = ["+1", "-2+3", "\u202eهرجيسا", "${alert(1)}"]
LICENCE = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """A small Uganda read from files with such names, and written as for anybody."""
    folder = tmp_path_factory.mktemp("in")
    write_population(folder / "=pop ህዝብ.tif")
    quoted = ['"' + name.replace('"', '""') + '"' for name in OPERATORS]
    rows = [f"{n},{0.9 - 0.1 * n},{32.1 + 0.1 * n},{['2G', '3G', '4G', '2G'][n]},{quoted[n]}" for n in range(4)]
    text(folder / "sites.csv", "site_id,lat,lon,technology,operator", *rows)
    text(folder / "places.csv", "name,lat,lon", *(f'"{name}",{0.62 + n / 10},{32.5}' for n, name in enumerate(PLACES)))
    boxes = [
        shapely.box(
            WEST + col * 36 * STEP, NORTH - (row + 1) * 27 * STEP, WEST + (col + 1) * 36 * STEP, NORTH - row * 27 * STEP
        )
        for row in range(2)
        for col in range(2)
    ]
    codes = [f"UG-{number}" for number in range(4)]
    gpd.GeoDataFrame({"name": AREAS, "iso_3166_2": codes}, geometry=boxes, crs=4326).to_file(folder / "a.gpkg")
    (folder / "inputs.toml").write_text(
        f'[population]\npath = "=pop ህዝብ.tif"\nlicence = "{LICENCE}"\n[[sites]]\npath = "sites.csv"\n'
        '[[places]]\npath = "places.csv"\n[[boundaries]]\npath = "a.gpkg"\nlevel = 1\n[settings]\nmin_people = 5\n'
        'radius_km = { "2G" = 9, "3G" = 8, "4G" = 7 }\n',
        encoding="utf-8",
    )
    result = ewcm.run("UGA", folder)
    assert len(result.coldspots) > 3
    return write(result, tmp_path_factory.mktemp("out") / "UGA")


def table(published: Path, name: str) -> list[dict[str, str]]:
    with (published / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def summary(published: Path) -> dict:
    return json.loads((published / "summary.json").read_text(encoding="utf-8"))


def page_data(published: Path) -> tuple[str, dict]:
    html = (published / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return html, json.loads(found.group(1))


def sheet(published: Path, title: str) -> list[list[object]]:
    """The rows of a sheet from the machine names on; words are above them."""
    return [list(row) for row in openpyxl.load_workbook(published / "tables.xlsx")[title].values][1:]


def strings(value: object) -> set[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return set().union(*map(strings, value.values()), set())
    if isinstance(value, list):
        return set().union(*map(strings, value), set())
    return {value} if isinstance(value, str) else set()


# --- names ---------------------------------------------------------------------------------------------------------------


def test_names_come_whole_through_every_format(published):
    safe = {name: f"'{name}" if name[0] in "=+-@" else name for name in (*AREAS, *OPERATORS, *PLACES)}
    level_1 = [row["name"] for row in table(published, "areas.csv") if row["level"] == "1"]
    assert level_1 == [safe[name] for name in AREAS]
    header, *rows = sheet(published, "Areas")
    assert [row[header.index("name")] for row in rows if row[header.index("level")] == 1] == level_1
    layer = gpd.read_file(published / "layers.gpkg", layer="areas")
    assert layer["name"][layer["level"] == 1].tolist() == AREAS
    assert set(gpd.read_file(published / "layers.gpkg", layer="sites")["operator"]) == set(OPERATORS)
    _, data = page_data(published)
    assert set(AREAS) <= strings(data)
    named = {row["place"] for row in table(published, "coldspots.csv")} - {""}
    assert named and named <= {safe[name] for name in PLACES}
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"][0]["path"] == "=pop ህዝብ.tif" and manifest["inputs"][0]["licence"] == LICENCE


def test_no_cell_of_any_table_is_a_formula(published):
    names = sorted(path.name for path in published.glob("*.csv"))
    assert {"areas.csv", "coldspots.csv"} < set(names)
    for name in names:
        content = (published / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf") and b"\x00" not in content
        for row in table(published, name):
            for value in row.values():
                assert not value.startswith(("=", "+", "@", "\t")) and not re.match(r"-\D", value)
    book = openpyxl.load_workbook(published / "tables.xlsx")
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert not any(isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")) for cell in cells)
    assert not any(cell.hyperlink for cell in cells)


def test_no_name_becomes_markup_or_script(published):
    html, _ = page_data(published)
    for name in (*AREAS, *OPERATORS, *PLACES):
        if "<" in name:
            assert name not in html, name
    assert "http://x" not in re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)


# --- figures -------------------------------------------------------------------------------------------------------------


def test_every_format_has_the_same_figures(published):
    whole = summary(published)
    country = next(row for row in table(published, "areas.csv") if row["level"] == "0")
    layer = gpd.read_file(published / "layers.gpkg", layer="areas")
    header, *rows = sheet(published, "Areas")
    excel = dict(zip(header, rows[0], strict=True))
    assert float(country["people"]) == excel["people"] == whole["people"]
    for service, figures in whole["services"].items():
        suffix = service.replace("+", "plus")
        for what in ("covered", "uncovered", "unknown"):
            name, figure = f"{what}_{suffix}", figures[what]
            lines = [row[name] for row in table(published, "areas.csv") if row["level"] == "1"]
            drawn = layer.loc[layer["level"] == 0, name].item()
            if figure is None:  # in every format: empty
                assert country[name] == "" and excel[name] is None and np.isnan(drawn) and set(lines) == {""}
                continue
            assert float(country[name]) == excel[name] == figure, name
            assert drawn == pytest.approx(figure, abs=1e-6)
            assert sum(float(line or 0) for line in lines) == pytest.approx(figure, rel=1e-9, abs=1e-5)
        for what, end in itertools.product(("covered", "uncovered", "unknown"), ("low", "high")):
            name, figure = f"{what}_{suffix}_{end}", figures[f"{what}_{end}"]
            drawn = layer.loc[layer["level"] == 0, name].item()
            if figure is None:
                assert country[name] == "" and excel[name] is None and np.isnan(drawn)
            else:
                assert float(country[name]) == excel[name] == figure and drawn == pytest.approx(figure, abs=1e-6)
    first = [row[0] for row in sheet(published, "Summary")]
    service_row = sheet(published, "Summary")[first.index("any")]
    assert service_row[2] == pytest.approx(whole["services"]["any"]["covered"], rel=1e-12)
    # Further tables of the sheet may have a row of the same name.
    rows = [row for row in sheet(published, "Summary") if isinstance(row[1], int | float)]
    ledger = {row[0]: row[1] for row in reversed(rows)}
    assert {name: ledger[name] for name in whole["ledger"]} == pytest.approx(whole["ledger"], rel=1e-12)


def test_coldspots_are_the_same_in_every_format(published):
    rows = table(published, "coldspots.csv")
    header, *excel = sheet(published, "Coldspots")
    layer = gpd.read_file(published / "layers.gpkg", layer="coldspots")
    people = [float(row["people"]) for row in rows]
    assert [row[header.index("people")] for row in excel] == people
    assert layer["people"].tolist() == pytest.approx(people, abs=1e-6)
    whole = summary(published)["coldspots"]
    for service, found in whole.items():
        for case, end in (("central", ""), ("low_coverage", "_low_coverage")):
            mine = [float(row["people"]) for row in rows if (row["service"], row["case"]) == (service, case)]
            assert found[f"count{end}"] == len(mine) and found[f"people{end}"] == pytest.approx(sum(mine), rel=1e-9)
    assert sum(found["count"] + found["count_low_coverage"] for found in whole.values()) == len(rows)
    assert layer.geometry.is_valid.all()


def test_the_raster_adds_up_to_the_tables(published):
    whole = summary(published)
    with rasterio.open(published / "reach.tif") as source:
        bands = {name: source.read(index).astype(float) for index, name in enumerate(source.descriptions, start=1)}
    assert np.nansum(bands["people"]) == pytest.approx(whole["ledger"]["people"], rel=1e-9)
    assert np.nansum(bands["uncovered_people"]) == pytest.approx(whole["services"]["any"]["uncovered"], rel=1e-6)
    for service in ("any", "2G", "3G", "4G"):
        covered = np.nansum(bands["people"] * bands[f"fraction_{service}"])
        assert covered == pytest.approx(whole["services"][service]["covered"], rel=1e-6), service
    assert "fraction_5G" not in bands and whole["services"]["5G"]["unknown"] == whole["people"]


def test_the_page_has_the_figures_of_the_tables(published):
    _, data = page_data(published)
    whole = summary(published)
    assert data["summary"]["people"] == rounded(whole["people"])
    for service, figures in whole["services"].items():
        for what in ("covered", "uncovered", "unknown", "uncovered_low", "uncovered_high"):
            assert data["summary"]["services"][service][what] == figures[what]


# --- GeoPackage ----------------------------------------------------------------------------------------------------------


def test_the_geopackage_keeps_the_rules_of_the_standard(published):
    """OGC 12-128r18: GDAL's validator is no part of its wheels, so what it asks is asked here."""
    path = published / "layers.gpkg"
    names = {"areas": "MULTIPOLYGON", "coldspots": "MULTIPOLYGON", "sites": "POINT", "next_sites": "POINT"}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:

        def ask(sql: str) -> list[tuple]:
            return database.execute(sql).fetchall()

        assert ask("PRAGMA application_id") == [(0x47504B47,)]  # "GPKG", requirement 2
        assert ask("PRAGMA user_version")[0][0] >= 10200
        assert ask("PRAGMA integrity_check") == [("ok",)] and ask("PRAGMA foreign_key_check") == []
        assert {-1, 0, 4326} <= {row[0] for row in ask("SELECT srs_id FROM gpkg_spatial_ref_sys")}
        contents = ask("SELECT table_name, data_type, srs_id, min_x, min_y, max_x, max_y FROM gpkg_contents")
        styles = contents.pop()  # how QGIS shows them
        assert styles[:3] == ("layer_styles", "attributes", 0)
        assert [row[:3] for row in contents] == [(name, "features", 4326) for name in names]
        columns = ask("SELECT table_name, column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns")
        assert columns == [(name, "geom", kind, 4326, 0, 0) for name, kind in names.items()]
        extensions = ask("SELECT table_name, extension_name FROM gpkg_extensions")
        assert set(extensions) == {(name, "gpkg_rtree_index") for name in names}
        for name, *_, west, south, east, north in contents:
            assert any(
                row[5] == 1 and row[2] == "INTEGER" for row in ask(f'PRAGMA table_info("{name}")')
            )  # a key, requirement 29
            blobs = [row[0] for row in ask(f'SELECT geom FROM "{name}"')]
            assert len(blobs) > 0
            for blob in blobs:  # magic, version 0, no extended type, 4326 (requirement 19)
                assert blob[:3] == b"GP\x00" and blob[3] & 0b110000 == 0
                order = "little" if blob[3] & 1 else "big"
                assert int.from_bytes(blob[4:8], order) == 4326
            frame = gpd.read_file(path, layer=name)
            assert tuple(frame.total_bounds) == pytest.approx((west, south, east, north))
            assert ask(f'SELECT COUNT(*) FROM "rtree_{name}_geom"') == [(len(blobs),)]
        assert ask("SELECT table_name, feature_count FROM gpkg_ogr_contents") == [
            (name, ask(f'SELECT COUNT(*) FROM "{name}"')[0][0]) for name in (*names, "layer_styles")
        ]
    assert [name for name, kind in pyogrio.list_layers(path) if kind] == list(names)
    assert pyogrio.read_info(path, layer="areas")["driver"] == "GPKG"


def test_what_the_engine_wrote_it_also_reads(published, tmp_path):
    """Areas and sites of one run are inputs of the next."""
    folder = tmp_path / "again"
    folder.mkdir()
    write_population(folder / "pop.tif")
    (folder / "layers.gpkg").write_bytes((published / "layers.gpkg").read_bytes())
    (folder / "inputs.toml").write_text(
        '[population]\npath = "pop.tif"\n[[boundaries]]\npath = "layers.gpkg"\nlayer = "areas"\nlevel = 1\n'
        '[[coverage]]\npath = "layers.gpkg"\nlayer = "coldspots"\ntechnology = "4G"\n'
    )
    assert ewcm.run("UGA", folder).summary["people"] == pytest.approx(summary(published)["people"], rel=1e-6)


# --- GeoTIFF -------------------------------------------------------------------------------------------------------------


def test_the_raster_is_a_cog_and_says_what_it_holds(published):
    assert cog.complaints(published / "reach.tif") == []
    with rasterio.open(published / "reach.tif") as source:
        assert source.crs.to_epsg() == 4326 and np.isnan(source.nodata) and source.dtypes[0] == "float32"
        assert set(source.scales) == {1.0} and set(source.offsets) == {0.0}
        assert source.units[:3] == ("persons", "persons", "1")
        assert source.tags()["iso3"] == "UGA" and source.tags()["data_grade"] == "user"
        assert source.tags()["AREA_OR_POINT"] == "Area"
        assert source.transform.e < 0 < source.transform.a


def test_the_raster_opens_in_rioxarray_with_its_names_and_holes(published):
    import rioxarray  # one tester of a run needs them
    import xarray as xr

    with rioxarray.open_rasterio(published / "reach.tif", masked=True) as opened:
        assert isinstance(opened, xr.DataArray)
        assert opened.rio.crs.to_epsg() == 4326
        assert opened.attrs["long_name"][:3] == ("people", "uncovered_people", "fraction_any")
        assert float(opened.sel(band=1).sum()) == pytest.approx(summary(published)["people"], rel=1e-5)
        fraction = opened.sel(band=3)
        assert float(fraction.min()) >= 0 and float(fraction.max()) <= 1


def test_the_raster_lies_where_the_population_lay(published):
    with rasterio.open(published / "reach.tif") as source:
        assert source.transform.almost_equals(rasterio.Affine(STEP, 0, WEST, 0, -STEP, NORTH))
        row, col = source.index(WEST + 1.5 * STEP, NORTH - 2.5 * STEP)
        assert (row, col) == (2, 1)
