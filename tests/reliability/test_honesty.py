"""Honesty: what is not known is not counted, what a figure was made from can be found, ranges do not shrink with ignorance."""

import csv
import dataclasses
import json
import math
import re

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

import ewcm
from ewcm.cli import main
from ewcm.core.channels import SERVICES
from ewcm.errors import SettingsError
from ewcm.report.manifest import manifest
from ewcm.settings import LinkBudget, Settings
from tests.examples import examples
from tests.made import cell_box, made_data, made_declared, made_grid, made_sites
from tests.made_files import write_country
from tests.reliability.files import AREAS_TOML, COLS, ROWS, cells, collection, country, figures, people, run
from tests.reliability.test_conservation import run as run_made
from tests.sources.files import NORTH, STEP, WEST, raster

# --- unknown ---------------------------------------------------------------------------------------------------------


def page(folder):
    """What the page holds: the JSON that all its figures come from."""
    html = (folder / "index.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)[1])


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("how", ["no file", "no model"])
def test_without_coverage_nothing_is_covered_or_uncovered_in_any_file(tmp_path, capsys, how):
    folder = country(tmp_path / "UGA", tables='[[sites]]\npath = "s.csv"' if how == "no model" else "")
    (folder / "s.csv").write_text("site_id,lat,lon,technology\nA,1.95,31.05,2G\n")
    out = tmp_path / "out"
    models = ["--models", ""] if how == "no model" else []
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(out), "--progress", "none", *models]) == 0
    said = capsys.readouterr().out
    assert "Unknown is not uncovered" in said and "coverage unknown" in said
    summary = json.loads((out / "summary.json").read_text())
    for figures_ in summary["services"].values():
        assert (figures_["covered"], figures_["uncovered"], figures_["unknown"]) == (None, None, 2400)
        assert figures_["unknown_share"] == 1 and figures_["model"] == "unknown"
    assert summary["sdg_9c1"] == {"2G": None, "3G": None, "4G": None} and summary["distance"] is None
    assert page(out)["pictures"]["standing"] == {} and rows(out / "coldspots.csv") == []
    with rasterio.open(out / "reach.tif") as source:
        assert source.descriptions == ("people", "uncovered_people") and np.isnan(source.read(2)).all()


# --- ranges ----------------------------------------------------------------------------------------------------------

GRID = made_grid(12, 14)
PEOPLE = np.random.default_rng(4).lognormal(3, 1, GRID.shape).astype(np.float32)


@examples(0.4)
@given(
    st.lists(
        st.tuples(
            st.floats(1.9, 2.0), st.floats(30.0, 30.12), st.sampled_from(["2G", "3G", "4G"]), st.sampled_from("ab")
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["2G", "3G", "4G"]),
    st.floats(0, 10),
)
def test_taking_a_source_of_a_technology_away_never_narrows_its_range(sites, technology, row):
    """Declared map, then circles, then nothing: those who may be unreached are a wider range each time, or all."""
    declared = (made_declared(technology, "", cell_box(GRID, row, 1, row + 3, 9)),)
    every = run_made(made_data(PEOPLE, GRID, sites=made_sites(*sites), declared=declared)).summary["services"]
    listed = run_made(made_data(PEOPLE, GRID, sites=made_sites(*sites))).summary["services"]
    nothing = run_made(made_data(PEOPLE, GRID)).summary["services"]
    for name in ("2G", "3G", "4G", "5G"):
        assert nothing[name]["unknown"] == pytest.approx(float(PEOPLE.sum(dtype=np.float64)))
        assert nothing[name]["uncovered"] is None
        if listed[name]["uncovered"] is not None:
            with_all, without = (
                found[name]["uncovered_high"] - found[name]["uncovered_low"] for found in (every, listed)
            )
            assert without >= with_all - 1e-9


@pytest.mark.parametrize("service", [name for name, asked in SERVICES.items() if len(asked.channels) > 1])
def test_a_service_whose_oldest_technology_is_unknown_has_no_uncovered_figure(service):
    """With a map of 4G alone, all without 4G were out of reach of any phone, in a range from nobody to them."""
    newest, oldest = SERVICES[service].channels[-1], SERVICES[service].channels[0]
    new = made_declared(newest, "", cell_box(GRID, 0, 0, 5, 14))
    old = made_declared(oldest, "", cell_box(GRID, 0, 0, 7, 14))
    both = run_made(made_data(PEOPLE, GRID, declared=(new, old))).summary["services"][service]
    alone = run_made(made_data(PEOPLE, GRID, declared=(new,))).summary["services"][service]
    assert both["uncovered_low"] == both["uncovered"] == both["uncovered_high"] and both["unknown"] == 0
    assert [alone[key] for key in ("uncovered", "uncovered_share", "uncovered_low", "uncovered_high")] == [None] * 4
    assert alone["covered"] + alone["unknown"] == pytest.approx(float(PEOPLE.sum(dtype=np.float64)))
    assert 0 < alone["covered"] < both["covered"]


@pytest.mark.parametrize("technology", ["3G", "4G", "5G"])
def test_a_technology_alone_keeps_its_own_range(technology):
    """What is not known of older technologies leaves `any`, made of the same map, without a figure, and not its own."""
    alone = (made_declared(technology, "", cell_box(GRID, 0, 0, 5, 14)),)
    services = run_made(made_data(PEOPLE, GRID, declared=alone)).summary["services"]
    own, every = services[technology], services["any"]
    assert own["uncovered_low"] == own["uncovered"] == own["uncovered_high"] == every["unknown"] > 0
    assert every["uncovered"] is None and every["covered"] == own["covered"]


def test_where_the_oldest_technology_is_a_hole_in_its_raster_only_that_ground_is_unknown(tmp_path):
    """2G covers five columns of ten cells, says no in five, and nothing in five more; 4G covers nobody."""
    tables = '[[coverage]]\npath = "g.tif"\ntechnology = "2G"\n[[coverage]]\npath = "l.tif"\ntechnology = "4G"'
    folder = country(tmp_path / "UGA", tables=tables)
    gsm = np.zeros((ROWS, COLS), "uint8")
    gsm[:, :5], gsm[:, 10:] = 1, 255
    raster(folder / "g.tif", gsm, nodata=255)
    raster(folder / "l.tif", np.zeros((ROWS, COLS), "uint8"))
    found = run(folder).summary["services"]["any"]
    assert (found["covered"], found["uncovered"], found["unknown"]) == (600, 600, 1200)
    assert found["uncovered_low"] == found["uncovered_high"] == 600


# --- settings that would turn figures round --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"threshold_margin_db": -5.0},
        {"min_people": math.nan},
        {"min_people": -1.0},
        {"nearest_area_km": math.nan},
        {"receiver_height_m": 0.0},
        {"radius_high": math.inf},
        {"delta_n": math.nan},
        {"link_budgets": {"2G": LinkBudget(900.0, math.nan, -95.0)}},
        {"link_budgets": {"2G": LinkBudget(900.0, 58.0, 95.0)}},
    ],
)
def test_settings_that_would_make_wrong_figures_are_refused(change):
    """A margin below 0 exchanged low and high; a smallest coldspot of NaN listed none."""
    with pytest.raises(SettingsError, match=next(iter(change))):
        Settings(**change)


def test_settings_of_one_technology_leave_the_others():
    """Settings(radius_km={"2G": 20}) ended in a KeyError where a list had 3G too."""
    settings = Settings(radius_km={"2G": 20.0}, link_budgets={"4G": LinkBudget(1800.0, 33.0, -115.0)})
    assert settings.radius_km == {"2G": 20.0, "3G": 10.0, "4G": 8.0, "5G": 3.0}
    assert settings.link_budgets["2G"] == Settings().link_budgets["2G"]


# --- sites -----------------------------------------------------------------------------------------------------------


def test_two_lists_that_count_from_one_are_not_one_network(tmp_path):
    """Without a site_id both lists began with site-1: propagation put one mast in the middle of the two."""
    folder = country(tmp_path / "UGA", tables='[[sites]]\npath = "a.csv"\n[[sites]]\npath = "b.csv"')
    (folder / "a.csv").write_text("lat,lon,technology\n1.95,31.02,2G\n")
    (folder / "b.csv").write_text("lat,lon,technology\n1.95,31.14,2G\n")
    table = ewcm.run("UGA", inputs=folder).data.sites.table
    assert table["site_id"].nunique() == 2 and table["lon"].tolist() == pytest.approx([31.02, 31.14])


def test_rows_of_one_site_id_in_two_places_are_two_sites_and_it_is_said(tmp_path):
    folder = country(tmp_path / "UGA", tables='[[sites]]\npath = "a.csv"')
    lines = ["site_id,lat,lon,technology", "K,1.95,31.02,2G", "K,1.9501,31.0201,2G", "K,1.95,31.14,2G"]
    (folder / "a.csv").write_text("\n".join(lines))
    sites = ewcm.run("UGA", inputs=folder).data.sites
    assert sites.table["site_id"].tolist() == ["K", "K", "K @ 1.9500,31.1400"]
    assert any(
        "1 row stands more than 1 km from another row of their site_id" in text for text in sites.records[0].warnings
    )


def test_sites_that_a_declared_map_leaves_out_are_said(tmp_path):
    tables = '[[sites]]\npath = "a.csv"\n[[coverage]]\npath = "c.geojson"\ntechnology = "4G"\noperator = "Small"'
    folder = country(tmp_path / "UGA", tables=tables)
    (folder / "a.csv").write_text("lat,lon,technology,operator\n1.95,31.02,4G,Large\n1.95,31.02,2G,Large\n")
    collection(folder / "c.geojson", ("Small", cells(0, 0, 2, 2)))
    said = {caveat["code"]: caveat["values"] for caveat in run(folder).summary["caveats"]}
    assert said["sites_unused"] == {"technologies": ["4G"]}


# --- every figure and every input can be found -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Everything of a small country, by the command line."""
    folder = write_country(tmp_path_factory.mktemp("in") / "UGA")
    out = tmp_path_factory.mktemp("out") / "UGA"
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(out), "--quiet", "--coldspots", "any,4G"]) == 0
    return out


def test_every_figure_of_the_page_is_in_the_tables_and_the_summary(published):
    data = page(published)
    assert {finding["name"] for finding in data["findings"]} == {"hazards", "next_sites"}
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    grade = summary.pop("data_grade")
    assert data["summary"] == summary and grade == "user"
    told = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    assert data["threshold"] == told["settings"]["coldspot_fraction"]
    assert {name: found["model"] for name, found in summary["services"].items()} == told["models"]
    assert [entry["path"] for entry in summary["inputs"]] == [entry["path"] for entry in told["inputs"]]
    for service, found in data["figures"].items():
        stated = summary["services"][service]
        for case, parts in zip(data["pictures"]["cases"], found, strict=True):
            other = {"low": "_high", "high": "_low"}.get(case, "")  # with low coverage most are out of reach
            names = (f"covered_{case}" if other else "covered", f"uncovered{other}")
            assert parts[:2] == [stated[name] for name in names], (service, case)
    areas = {(row["level"], row["area_id"]): row for row in rows(published / "areas.csv")}
    assert len(areas) == len(data["areas"])
    for area in data["areas"]:
        row = areas[str(area["level"]), area["id"]]
        assert (area["people"], area["km2"]) == pytest.approx(
            (float(row["people"]), float(row["area_km2"])), abs=0.05001
        )
        for service, found in area["figures"].items():
            name = service.replace("+", "plus")
            by_case = dict(zip(data["pictures"]["cases"], found, strict=True))
            columns = {
                f"{part}_{name}": by_case["central"][place]
                for place, part in enumerate(("covered", "uncovered", "unknown"))
            }
            columns |= {f"uncovered_{name}_low": by_case["high"][1], f"uncovered_{name}_high": by_case["low"][1]}
            for column, value in columns.items():
                text = row[column]
                assert (text == "") if value is None else value == pytest.approx(float(text), abs=0.05001)
    spots = rows(published / "coldspots.csv")
    assert len(spots) == len(data["coldspots"]["rows"]) > 0
    for row, listed in zip(spots, data["coldspots"]["rows"], strict=True):
        for column, value in zip(data["coldspots"]["columns"], listed, strict=True):
            if isinstance(value, str) or value is None:
                assert row[column] == (value or "")
            else:
                assert value == pytest.approx(float(row[column]), abs=0.05001)
    for finding in data["findings"]:
        stated = summary if finding["name"] == "hazards" else summary[finding["name"]]
        for figure in finding["figures"]:
            assert stated[figure["name"]] == pytest.approx(figure["value"], abs=0.51)  # people are whole there
        for table in finding["tables"]:
            written = rows(published / f"{table['name']}.csv")
            assert len(written) == table["total"] == len(table["rows"]) > 0
            for row, listed in zip(written, table["rows"], strict=True):
                for column, value in zip(table["columns"], listed, strict=True):
                    text = row[column["name"]]
                    assert (
                        text == (value or "") if isinstance(value, str | None) else float(text) == pytest.approx(value)
                    )


def test_the_totals_of_all_formats_are_one(published):
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    total = summary["people"]
    layers = gpd.read_file(published / "layers.gpkg", layer="areas")
    for level, table in layers.groupby("level"):
        assert table["people"].sum() == pytest.approx(total, rel=1e-9), level
        assert table["uncovered_any"].sum() == pytest.approx(summary["services"]["any"]["uncovered"], rel=1e-9)
    with rasterio.open(published / "reach.tif") as source:
        assert np.nansum(source.read(1), dtype=np.float64) == pytest.approx(total, rel=1e-7)
        assert np.nansum(source.read(2), dtype=np.float64) == pytest.approx(
            summary["services"]["any"]["uncovered"], rel=1e-6
        )


def whole_country(folder):
    """One of every input, all named in inputs.toml."""
    tables = "\n".join(
        [
            '[[sites]]\npath = "s.csv"',
            '[[coverage]]\npath = "c.gpkg"\ntechnology = "4G"\nlayer = "now"\noperator = "Blue"',
            '[[coverage]]\npath = "d.tif"\ntechnology = "3G"\nvalues = "dbm"\nthreshold_dbm = -100',
            '[[boundaries]]\npath = "a.shp"\nlevel = 1\nname = "first"',
            '[[places]]\npath = "p.csv"',
            '[official]\npath = "o.json"',
        ]
    )
    country(folder, population='nodata = -1\nunit = "people"', tables=tables)
    (folder / "s.csv").write_text("site_id,lat,lon,technology,operator\nA,1.95,31.05,2G,Red\n")
    for layer, shape in (("now", cells(0, 0, 5, 9)), ("planned", cells(0, 0, 9, 9))):
        frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shape], crs="EPSG:4326")
        frame.to_file(folder / "c.gpkg", layer=layer)
    levels = np.linspace(-120, -80, ROWS * COLS, dtype="float32").reshape(ROWS, COLS)
    raster(folder / "d.tif", levels)
    names = {"first": ["A", "B"], "second": ["X", "Y"]}
    halves = [box(WEST, NORTH - 1, WEST + 8 * STEP, NORTH), box(WEST + 8 * STEP, NORTH - 1, WEST + 1, NORTH)]
    gpd.GeoDataFrame(names, geometry=halves, crs="EPSG:4326").to_file(folder / "a.shp")
    (folder / "p.csv").write_text("name,lat,lon\nTown,1.93,31.08\n")
    (folder / "o.json").write_text('{"2G": 90.0}')
    return folder


#: Something to change in a folder: a file and what to replace in it, or what to write over it.
CHANGES = {
    "nodata": ("inputs.toml", "nodata = -1", "nodata = 10"),
    "unit": ("inputs.toml", 'unit = "people"', 'unit = "people_per_km2"'),
    "layer": ("inputs.toml", 'layer = "now"', 'layer = "planned"'),
    "operator": ("inputs.toml", 'operator = "Blue"', 'operator = "Red"'),
    "technology": ("inputs.toml", 'technology = "4G"', 'technology = "5G"'),
    "threshold": ("inputs.toml", "threshold_dbm = -100", "threshold_dbm = -90"),
    "column": ("inputs.toml", 'name = "first"', 'name = "second"'),
    "level": ("inputs.toml", "level = 1", "level = 2"),
    "setting": ("inputs.toml", "[official]", "[settings]\nradius_km = { 2G = 3 }\n[official]"),
    "sites": ("s.csv", "31.05", "31.06"),
    "places": ("p.csv", "Town", "Village"),
    "official": ("o.json", "90", "91"),
    "datum": ("a.prj", 'DATUM["D_WGS_1984"', 'DATUM["D_Arc_1960"'),
}


def told(result, tmp_path):
    """The manifest without its time, its outputs and the versions."""
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    return {
        name: part for name, part in manifest(result, empty, "").items() if name in ("inputs", "settings", "models")
    }


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_whatever_changes_a_result_changes_its_manifest(tmp_path, change):
    """Keys of inputs.toml, the files themselves and those beside a shapefile."""
    folder = whole_country(tmp_path / "UGA")
    before = told(ewcm.run("UGA", inputs=folder), tmp_path)
    name, old, new = CHANGES[change]
    if change == "nodata":
        raster(folder / "people.tif", people() + np.eye(ROWS, COLS, dtype="float32"))
    text = (folder / name).read_text()
    if change == "datum" and old not in text:
        pytest.skip("GDAL writes this datum under another name")
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    after = told(ewcm.run("UGA", inputs=folder), tmp_path)
    assert after != before


def test_keys_of_hazards_points_and_channels_change_the_manifest_too(tmp_path):
    tables = """[[hazard]]\npath = "f.tif"\nkind = "flood"\nthresholds = [0.2]\nnodata_is = "unknown"
        [[poi]]\npath = "q.csv"\nkind = "school"\n[[channel]]\nname = "satellite"\neverywhere = true\ndevices = 0.3"""
    folder = country(tmp_path / "UGA", tables=tables)
    depths = np.linspace(0, 0.6, ROWS * COLS, dtype="float32").reshape(ROWS, COLS)
    depths[:2] = -9999
    raster(folder / "f.tif", depths, nodata=-9999)
    (folder / "q.csv").write_text("name,lat,lon\nHill,1.95,31.05\n")
    text, found = (folder / "inputs.toml").read_text(), [told(ewcm.run("UGA", inputs=folder), tmp_path)]
    for old, new in (("[0.2]", "[0.4]"), ('"unknown"', '"none"'), ('"school"', '"clinic"'), ("0.3", "0.4")):
        assert text.count(old) == 1
        (folder / "inputs.toml").write_text(text.replace(old, new))
        after = told(ewcm.run("UGA", inputs=folder), tmp_path)
        assert after not in found, old
        found.append(after)


def test_every_setting_is_in_the_manifest(tmp_path):
    result = ewcm.run("UGA", inputs=country(tmp_path / "UGA"))
    assert told(result, tmp_path)["settings"].keys() == {entry.name for entry in dataclasses.fields(Settings)}


def test_what_was_assumed_of_a_country_is_printed_and_kept(tmp_path, capsys):
    """An undeclared sentinel and a mended shape: in `ewcm check`, and in the manifest of the run."""
    values = people()
    values[0, 0] = -99999
    folder = country(tmp_path / "UGA", values, tables=AREAS_TOML)
    shape = cells(0, 0, ROWS, COLS)
    collection(folder / "a.geojson", ("A", shape))
    assert main(["check", "UGA", "--inputs", str(folder)]) == 0
    assert "assumed: 1 cell holds -99999, which is not declared" in capsys.readouterr().out
    assert "1 cell holds -99999" in json.dumps(told(run(folder), tmp_path))
    assert figures(run(folder))[2] == pytest.approx(2390)
