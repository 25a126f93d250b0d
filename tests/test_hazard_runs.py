"""A country with hazards, from files to outputs, through the command line; and one of which no hazard is known."""

import csv
import json
import re

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio

import ewcm
from ewcm.cli import main
from ewcm.countries import country
from ewcm.inputs.discovery import look_through
from ewcm.report.webmap.area_hazards import area_hazards
from tests.made_files import COLS, NORTH, ROWS, STEP, WEST, write_areas, write_population, write_sites
from tests.sources.files import raster

PERIODS = {10: 6, 100: 18, 1000: 30}

HEAD = '[population]\npath = "people.tif"\n[[sites]]\npath = "sites.csv"\n[[boundaries]]\npath = "areas.geojson"\nlevel = 1\n'


def folder_of(folder, hazards=True):
    """People, sites, areas, and floods that reach ever more columns from the west; a slope that nobody knows in the east."""
    folder.mkdir()
    write_population(folder / "people.tif")
    write_sites(folder / "sites.csv")
    write_areas(folder / "areas.geojson")
    tables = ""
    for period, columns in PERIODS.items() if hazards else ():
        depth = np.zeros((ROWS, COLS), np.float32)
        depth[:, :columns] = 0.3
        raster(folder / f"rp{period}.tif", depth, west=WEST, north=NORTH, step=STEP)
        tables += f'[[hazard]]\npath = "rp{period}.tif"\nkind = "flood"\nreturn_period = {period}\n'
    if hazards:
        steep = np.full((ROWS, COLS), 5, np.uint8)
        steep[:, 36:] = 255
        raster(folder / "steep.tif", steep, west=WEST, north=NORTH, step=STEP, nodata=255)
        tables += '[[hazard]]\npath = "steep.tif"\nkind = "landslide"\nvalues = "class"\n'
        tables += 'licence = "CC BY-NC 4.0"\nnon_commercial = true\n'
    (folder / "inputs.toml").write_text(HEAD + tables + "[settings]\nmin_people = 1\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    place = tmp_path_factory.mktemp("hazards")
    folder_of(place / "data")
    assert main(["run", "UGA", "--inputs", str(place / "data"), "--output", str(place / "UGA"), "--quiet"]) == 0
    return place / "UGA"


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def out_of_order(folder):
    """Figures of published tables that are below the column of their least, or above that of their most."""
    found, compared = [], 0
    for path in sorted(folder.glob("*.csv")):
        table = pd.DataFrame(rows_of(path))
        for low in table.columns:
            name, high = low.removesuffix("_low"), low.removesuffix("_low") + "_high"
            if low.endswith("_low") and name in table and high in table:
                least, central, most = (pd.to_numeric(table[one]) for one in (low, name, high))
                slack = 1e-6 + 1e-6 * most.abs()
                wrong = (least > central + slack) | (central > most + slack)
                found += [f"{path.name} {name}: {wrong.sum()} rows"] if wrong.any() else []
                compared += int(central.notna().sum())
    assert compared > 100
    return found


def number(text):
    return np.nan if text == "" else float(text)


def test_the_tables_close_and_agree_with_each_other(published):
    people = rasterio.open(published / "reach.tif").read(1)
    rows = [row for row in rows_of(published / "hazards.csv") if row["service"] == "any"]
    country = [row for row in rows if row["level"] == "0" and row["hazard"] == "flood" and row["threshold"] == "0.15"]
    assert [number(row["return_period"]) for row in country] == list(PERIODS)
    for row, columns in zip(country, PERIODS.values(), strict=True):
        assert number(row["exposed"]) == pytest.approx(people[:, :columns].sum(), rel=1e-6)
    unknown = [row for row in rows if row["exposed"] == ""]  # a whole area in the east
    assert unknown and all(row["unknown_hazard"] == row["people"] and row["not_exposed"] == "" for row in unknown)
    for row in (row for row in rows if row not in unknown):
        total = number(row["exposed"]) + number(row["not_exposed"]) + number(row["unknown_hazard"])
        assert total == pytest.approx(number(row["people"]), rel=1e-9)
        parts = ("exposed_covered", "exposed_uncovered", "exposed_unknown_coverage")
        assert sum(number(row[part]) for part in parts) == pytest.approx(number(row["exposed"]), rel=1e-9, abs=1e-6)
    # The areas of a level add up to the country.
    keys = ("hazard", "return_period", "threshold")
    for whole in (row for row in rows if row["level"] == "0"):
        of_level = [row for row in rows if row["level"] == "1" and all(row[key] == whole[key] for key in keys)]
        for column in ("exposed", "unknown_hazard", "exposed_uncovered", "exposed_uncovered_low"):
            assert np.nansum([number(row[column]) for row in of_level]) == pytest.approx(
                number(whole[column]), rel=1e-6, abs=1e-4
            )
    slide = next(row for row in rows if row["level"] == "0" and row["hazard"] == "landslide")
    assert number(slide["unknown_hazard"]) == pytest.approx(people[:, 36:].sum(), rel=1e-6)
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert summary["hazards_unknown"] == pytest.approx(number(slide["unknown_hazard"]), rel=1e-6)
    assert len(summary["hazards"]) == len([row for row in rows_of(published / "hazards.csv") if row["level"] == "0"])
    assert {"hazards_even", "hazards_partly"} <= {caveat["code"] for caveat in summary["caveats"]}
    yearly = next(
        row for row in rows_of(published / "hazards_annual.csv") if row["level"] == "0" and row["threshold"] == "0.15"
    )
    exposed = [number(row["exposed"]) for row in country]
    expected = (exposed[0] + exposed[1]) / 2 * 0.09 + (exposed[1] + exposed[2]) / 2 * 0.009 + exposed[2] / 1000
    assert number(yearly["exposed_annual"]) == pytest.approx(expected, rel=1e-6)
    assert number(yearly["exposed_annual_tail"]) == pytest.approx(exposed[2] / 1000, rel=1e-6)
    assert out_of_order(published) == []
    together = rows_of(published / "hazards_together.csv")[0]
    # Where the slope is known everybody is exposed to it; elsewhere the two together are unknown.
    assert number(together["unknown_hazard"]) == pytest.approx(number(slide["unknown_hazard"]), rel=1e-6)
    assert together["hazards"] == "flood 100, landslide"


def test_coldspots_layers_and_rasters_carry_them(published):
    spots = pd.DataFrame(rows_of(published / "coldspots.csv"))
    assert {"worst_hazard", "worst_hazard_people", "unknown_hazard_people", "annual_exposed", "priority"} <= set(spots)
    one = spots[(spots["service"] == "any") & (spots["case"] == "central")]
    assert sorted(one["priority"].astype(int)) == list(range(1, len(one) + 1))
    assert set(one["worst_hazard"]) <= {"flood", "landslide", ""}
    assert (one["worst_hazard_people"].map(number).fillna(0) <= one["people"].map(number) + 1e-6).all()
    areas = pyogrio.read_dataframe(published / "layers.gpkg", layer="hazard_areas")
    assert set(areas["hazard"]) == {"flood", "landslide"} and len(areas) == 8
    with rasterio.open(published / "hazards.tif") as source:
        assert source.descriptions == (*(f"hazard_1 return_period={period}" for period in PERIODS), "hazard_2")
        assert source.read(2)[:, :18].min() == 1 and source.read(2)[:, 18:].max() == 0
        assert np.isnan(source.read(4)[:, 36:]).all()
    with rasterio.open(published / "reach.tif") as source:
        assert source.descriptions[-2:] == ("hazard_1 return_period=100", "hazard_2")
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    slope = next(one for one in manifest["inputs"] if one["path"] == "steep.tif")
    assert slope["non_commercial"] and slope["facts"]["thresholds"] == [4.0]


def test_the_page_and_a_country_that_is_opened_again(published):
    page = re.search(r'id="page-data">(.*?)</script>', (published / "index.html").read_text(), re.DOTALL).group(1)
    (shown,) = [one for one in json.loads(page)["findings"] if one["name"] == "hazards"]
    flood, slide = shown["layers"]
    assert flood["steps"] == [10, 100, 1000] and len(flood["pictures"]) == 3 and slide["steps"] == []
    # Of the slope alone some ground is unknown; maps of one edge share one picture of it.
    assert flood["unknown"] == [None] * 3 and flood["unknown_images"] == []
    assert slide["unknown"] == [0] and len(slide["unknown_images"]) == 1 and not slide["only_inhabited"]
    assert flood["title"]["en"] == "Flood: share of the ground at 0.15 m or more"
    assert flood["title"]["fr"] == "Inondation : part du sol à 0,15 m ou plus"
    # Sheets of areas name them by their kind in the reader's language, and not in English beside it.
    of_sheets = json.loads(page)["area_hazards"]["hazards"]
    assert [(one["name"], one["kind"]["fr"]) for one in of_sheets] == [
        ("", "Inondation"),
        ("", "Glissement de terrain"),
    ]
    again = ewcm.open_result(published)
    assert len(again.table("hazards")) == len(rows_of(published / "hazards.csv"))
    assert again.coldspots["worst_hazard"].tolist() == [
        row["worst_hazard"] for row in rows_of(published / "coldspots.csv")
    ]
    (finding,) = [one for one in again.findings if one.name == "hazards"]
    assert finding.layers[0].block(slice(0, 2)).shape == (3, 2, COLS)


def test_without_hazards_every_output_says_that_they_are_unknown(tmp_path):
    folder_of(tmp_path / "data", hazards=False)
    assert main(["run", "UGA", "--inputs", str(tmp_path / "data"), "--output", str(tmp_path / "UGA"), "--quiet"]) == 0
    summary = json.loads((tmp_path / "UGA" / "summary.json").read_text(encoding="utf-8"))
    assert summary["hazards"] == [] and summary["hazards_unknown"] == pytest.approx(summary["people"])
    (caveat,) = [one for one in summary["caveats"] if one["code"] == "hazards_unknown"]
    assert "ewcm fetch UGA --only jrc-floods" in caveat["text"]
    spots = rows_of(tmp_path / "UGA" / "coldspots.csv")
    assert spots and {row["worst_hazard_people"] for row in spots} == {""} == {row["annual_exposed"] for row in spots}
    assert "hazards_unknown" in (tmp_path / "UGA" / "index.html").read_text(encoding="utf-8")
    assert not list((tmp_path / "UGA").glob("hazard*"))
    # No 0 stands for what nobody knows, in no table and no layer.
    unknown = ("worst_hazard_people", "annual_exposed", "annual_exposed_high", "exposed")
    tables = {path.name: pd.DataFrame(rows_of(path)) for path in (tmp_path / "UGA").glob("*.csv")}
    tables |= pd.read_excel(tmp_path / "UGA" / "tables.xlsx", sheet_name=None, header=1)
    layers = pyogrio.list_layers(tmp_path / "UGA" / "layers.gpkg")
    tables |= {
        name: pyogrio.read_dataframe(tmp_path / "UGA" / "layers.gpkg", layer=name) for name, kind in layers if kind
    }
    found = {(name, column) for name, table in tables.items() for column in unknown if column in table}
    assert {name for name, _ in found} == {
        *("coldspots.csv", "Coldspots", "coldspots", "next_sites.csv", "Next sites", "next_sites")
    }
    for name, column in found:
        assert len(tables[name]) and tables[name][column].replace("", np.nan).isna().all(), (name, column)
    with rasterio.open(tmp_path / "UGA" / "reach.tif") as source:
        assert not [band for band in source.descriptions if band.startswith("hazard")]


def test_hazards_are_found_by_name_and_a_slip_is_one_line(tmp_path, capsys):
    folder = folder_of(tmp_path / "data", hazards=False)
    (folder / "inputs.toml").unlink()
    (folder / "people.tif").rename(folder / "uga_ppp_2020.tif")
    (folder / "areas.geojson").rename(folder / "admin1.geojson")
    for period in (10, 100):
        name = f"inunriver_historical_000000000WATCH_1980_rp{period:05d}.tif"
        raster(folder / name, np.full((ROWS, COLS), period / 100, np.float32), west=WEST, north=NORTH, step=STEP)
    for name in ("STORM_FIXED_RETURN_PERIODS_SI_50_YR_RP.tif", "ID77_N10_E30_RP500_depth.tif"):
        raster(tmp_path / name, np.full((ROWS, COLS), 30, np.float32), west=WEST, north=NORTH, step=STEP)
    (tmp_path / "IBTrACS.SI.v04r01.nc").write_bytes(b"CDF")
    own = ("STORM_FIXED_RETURN_PERIODS_SI_50_YR_RP.tif", "ID77_N10_E30_RP500_depth.tif", "IBTrACS.SI.v04r01.nc")
    for name in own:
        (tmp_path / name).rename(folder / name)
    found = {table["path"].name: table for table in look_through(country("UGA"), folder).tables["hazard"]}
    storm, tile, tracks = (found[name] for name in own)
    # Winds of STORM are means over ten minutes, which were taken for 1-min means.
    assert (storm["kind"], storm["return_period"], storm["averaging_minutes"]) == ("wind", 50, 10)
    assert (tile["kind"], tile["return_period"]) == ("flood", 500) and tracks["values"] == "tracks"
    for name in own:
        (folder / name).unlink()
    result = ewcm.run("UGA", inputs=folder)
    assert [(hazard.kind, hazard.return_period) for hazard in result.data.hazards] == [("flood", 10), ("flood", 100)]
    name = "inunriver_historical_000000000WATCH_1980_rp00100.tif"
    head = HEAD.replace("people", "uga_ppp_2020").replace("areas", "admin1")
    table = f'[[hazard]]\npath = "{name}"\nkind = "flood"\nrp = 100\n'
    (folder / "inputs.toml").write_text(head + table, encoding="utf-8")
    assert main(["check", "UGA", "--inputs", str(folder)]) == 2
    assert "'rp' is not a key that is read" in capsys.readouterr().err


def test_a_plan_by_those_exposed_takes_other_sites_and_says_how_many(published, tmp_path, capsys):
    result = ewcm.open_result(published)
    plans = {weight: result.plan(towers=2, radius_km=2.0, weight=weight) for weight in ("people", "exposed", "annual")}
    for weight, column in (("exposed", "exposed"), ("annual", "annual_exposed")):
        sums = {name: plan.table[column].sum() for name, plan in plans.items()}
        assert sums[weight] == max(sums.values()) and plans[weight].weighed == pytest.approx(sums[weight])
        assert plans[weight].people <= plans["people"].people + 1e-9
        assert plans[weight].at_least <= 1.0
    # Whoever lives under all three floods is expected to be exposed once in ten years: no one more often.
    table = plans["people"].table
    assert (table["annual_exposed"] <= 0.1 * table["people"] + 1e-9).all()
    assert (table["exposed"] <= table["people"] + 1e-9).all()
    folder = tmp_path / "plan"
    asked = ["plan", "UGA", "--results", str(published), "--output", str(folder), "--towers", "2", "--weight", "annual"]
    assert main(asked) == 0
    assert "expected to be exposed in a year" in capsys.readouterr().out
    assert json.loads((folder / "plan.json").read_text())["asked"]["weight"] == "annual"


def test_words_of_the_engine_in_the_name_of_a_hazard_are_those_of_the_reader(tmp_path):
    """What tells it from others of its kind stays as it is: “flood RCP4.5 2050” stood in English on every page."""
    folder = folder_of(tmp_path / "data", hazards=False)
    depth = np.full((ROWS, COLS), 0.3, np.float32)
    depth[:, 20:] = 0
    raster(folder / "depth.tif", depth, west=WEST, north=NORTH, step=STEP)
    table = '[[hazard]]\npath = "depth.tif"\nkind = "flood"\nscenario = "RCP4.5"\nyear = 2050\nreturn_period = 100\n'
    (folder / "inputs.toml").write_text(HEAD + table + "[settings]\nmin_people = 1\n", encoding="utf-8")
    result = ewcm.run("UGA", inputs=folder)
    (found,) = [one for one in result.findings if one.name == "hazards"]
    words = {language: texts["hazard.flood RCP4.5 2050"] for language, texts in found.texts.items()}
    assert words["fr"].endswith(" RCP4.5 2050") and len(set(words.values())) == len(words)
    assert found.layers[0].title.startswith(words["en"])
    assert area_hazards(result)["words"] == {"flood RCP4.5 2050": words}, (
        "caveats of pages and sheets say it in the same words"
    )


def test_an_area_of_which_a_hazard_is_unknown_as_a_whole_has_no_0_on_its_sheet(tmp_path):
    folder = folder_of(tmp_path / "data", hazards=False)
    depth = np.full((ROWS, COLS // 2), 0.3, np.float32)  # a map that ends in the middle
    raster(folder / "depth.tif", depth, west=WEST, north=NORTH, step=STEP)
    table = '[[hazard]]\npath = "depth.tif"\nkind = "flood"\n'
    (folder / "inputs.toml").write_text(HEAD + table + "[settings]\nmin_people = 1\n", encoding="utf-8")
    result = ewcm.run("UGA", inputs=folder)
    rows, table = area_hazards(result)["rows"], result.table("hazards").set_index("area_id")
    whole = [
        code
        for code in table.index.unique()
        if (table.loc[[code], "unknown_hazard"] == table.loc[[code], "people"]).all()
    ]
    assert whole and len(whole) < len(table.index.unique())
    for key, ((_, exposed, unknown, services),) in rows.items():
        parts = [value for service in services.values() for value in service]
        empty = key.split("/")[1] in whole
        assert (
            (exposed is None) == empty
            and all((value is None) == empty for value in parts)
            and (unknown > 0 or not empty)
        )
