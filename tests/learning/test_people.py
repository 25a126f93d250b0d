"""People of today: made countries whose change is known, through the command line and a run."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import box

import ewcm
from ewcm.cli import main
from ewcm.core.texts import texts_of
from ewcm.countries import LANGUAGES, country
from ewcm.errors import InputError
from ewcm.learning import displacement
from ewcm.sources.population import read_population
from ewcm.sources.totals import read_units
from ewcm.sources.unit_names import UnitNames
from tests.examples import examples
from tests.made_files import NORTH, STEP, WEST, write_areas, write_population

#: 9 districts of 9 units of 4 × 4 cells.
SIDE, UNIT = 36, 4
GRID = GeoBox((SIDE, SIDE), Affine(STEP, 0, WEST, 0, -STEP, NORTH), "EPSG:4326")


def cells_box(row, col, size):
    west, north = WEST + col * STEP, NORTH - row * STEP
    return box(west, north - size * STEP, west + size * STEP, north)


def write_country(folder, *, growth=1.5, seed=4):
    """A grid, the covariate that tells where it has grown, districts with totals, and units of two thirds of them."""
    random = np.random.default_rng(seed)
    people = random.lognormal(3.0, 0.5, (SIDE, SIDE))
    field = np.kron(random.standard_normal((9, 9)), np.ones((UNIT, UNIT)))
    today = people * np.exp(growth * field)
    write_population(folder / "people.tif", people)
    write_population(folder / "lights.tif", field, nodata=None)
    units = []
    for row in range(0, SIDE, UNIT):
        for col in range(0, SIDE, UNIT):
            name = f"D{row // 12}{col // 12}"
            count = float(today[row : row + UNIT, col : col + UNIT].sum())
            units.append(
                {"code": f"U{row}-{col}", "district": name, "people": count, "geometry": cells_box(row, col, UNIT)}
            )
    districts = [
        {"district": f"D{row // 12}{col // 12}", "geometry": cells_box(row, col, 12)}
        for row in range(0, SIDE, 12)
        for col in range(0, SIDE, 12)
    ]
    fine = gpd.GeoDataFrame(units, crs="EPSG:4326")
    totals = fine.groupby("district")["people"].sum().reset_index()
    fine.loc[fine["district"].isin(["D22", "D21", "D12"]), "people"] = np.nan
    fine.to_file(folder / "units.geojson", driver="GeoJSON")
    gpd.GeoDataFrame(districts, crs="EPSG:4326").to_file(folder / "districts.geojson", driver="GeoJSON")
    totals.to_csv(folder / "totals.csv", index=False)
    return today


def learn(folder, *more):
    files = ["--units", str(folder / "districts.geojson"), "--totals", str(folder / "totals.csv")]
    return main(["learn", "people", "UGA", *files, "--output", str(folder / "learnt"), *more])


def test_outlines_with_an_attribute_that_is_no_text_are_read(tmp_path):
    """An object or a list of GeoJSON among the attributes ended in a traceback (found among 15,000 damaged files)."""
    write_country(tmp_path)
    outlines = json.loads((tmp_path / "districts.geojson").read_text())
    for number, each in enumerate(outlines["features"]):
        each["properties"] |= {"more": {"a": number}, "codes": [1, number]}
    (tmp_path / "districts.geojson").write_text(json.dumps(outlines))
    units, _ = read_units(tmp_path / "districts.geojson", country("UGA"), totals=tmp_path / "totals.csv", layer="units")
    assert len(units.table) == 9


def test_outlines_that_lack_an_attribute_stay_apart(tmp_path):
    """An empty cell among the attributes of outlines ended in a traceback, or, beside an island drawn by itself, made one unit of
    all that lacked it."""
    write_country(tmp_path)
    outlines = json.loads((tmp_path / "districts.geojson").read_text())
    for number, each in enumerate(outlines["features"]):
        each["properties"]["note"] = None if number < 4 else "x"
    outlines["features"].append(outlines["features"][8])
    (tmp_path / "districts.geojson").write_text(json.dumps(outlines))
    units, _ = read_units(tmp_path / "districts.geojson", country("UGA"), totals=tmp_path / "totals.csv", layer="units")
    assert len(units.table) == 9


def card_of(folder):
    return json.loads((folder / "learnt" / "people.json").read_text())


@pytest.fixture(scope="module")
def nowcast(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nowcast")
    today = write_country(folder)
    more = ["--finer", folder / "units.geojson", "--grid", folder / "people.tif", "--covariate", folder / "lights.tif"]
    assert learn(folder, *map(str, more)) == 0
    return folder, today


def test_a_change_that_a_covariate_tells_is_found_where_nobody_counted(nowcast):
    folder, today = nowcast
    with rasterio.open(folder / "learnt" / "people.tif") as raster:
        made, tags = raster.read(1), raster.tags()
    assert tags["ewcm_modelled"] == "nowcast"
    assert made.sum() == pytest.approx(today.sum(), rel=1e-5)
    old = rasterio.open(folder / "people.tif").read(1)
    corner = (slice(24, 36), slice(24, 36))  # a district without finer totals
    held = old[corner] * today[corner].sum() / old[corner].sum()
    assert np.abs(made[corner] - today[corner]).sum() < 0.5 * np.abs(held - today[corner]).sum()
    card = card_of(folder)
    ways = card["validation"]["ways"]
    assert card["verdict"] == "helps" and card["kind"] == "people"
    assert ways["model"]["misplaced_share"] < 0.95 * ways["grid held to totals"]["misplaced_share"]


def test_the_ledger_closes_for_every_unit(nowcast):
    ledger = pd.read_csv(nowcast[0] / "learnt" / "people_ledger.csv")
    assert len(ledger) == 9 + 2
    assert ledger["after"][:9].to_numpy() == pytest.approx(ledger["total"][:9].to_numpy(), rel=1e-5)
    bands = pd.read_csv(nowcast[0] / "learnt" / "people_units.csv")
    assert (bands["low"] <= bands["people"]).all() and (bands["people"] <= bands["high"]).all()
    assert (bands["low"] < bands["high"]).sum() == 27


def test_the_same_files_give_the_same_bytes(nowcast):
    folder, _ = nowcast
    names = ("people.json", "people.tif", "people_ledger.csv", "people_units.csv")
    before = [(folder / "learnt" / name).read_bytes() for name in names]
    more = ["--finer", folder / "units.geojson", "--grid", folder / "people.tif", "--covariate", folder / "lights.tif"]
    assert learn(folder, *map(str, more)) == 0
    assert [(folder / "learnt" / name).read_bytes() for name in names] == before


def test_a_run_says_that_its_people_are_modelled(nowcast, tmp_path):
    inputs = tmp_path / "UGA"
    inputs.mkdir()
    (inputs / "people.tif").write_bytes((nowcast[0] / "learnt" / "people.tif").read_bytes())
    write_areas(inputs / "admin1.geojson")
    (inputs / "inputs.toml").write_text(
        '[population]\npath = "people.tif"\n[[boundaries]]\npath = "admin1.geojson"\nlevel = 1\n'
    )
    result = ewcm.run("UGA", inputs)
    assert any(caveat.code == "input_modelled_nowcast" for caveat in result.caveats)


@pytest.mark.parametrize("how", ["nowcast", "disaggregation", "displacement"])
def test_modelled_people_of_every_kind_are_said(how, tmp_path):
    with rasterio.open(write_population(tmp_path / "p.tif"), "r+") as raster:
        raster.update_tags(ewcm_modelled=how)
    said = {
        warning.code: str(warning) for warning in read_population(tmp_path / "p.tif", country("UGA")).record.warnings
    }
    assert said[f"modelled_{how}"]
    caveat = f"caveat.input_modelled_{how}"
    assert len({texts_of("inputs")[language][caveat] for language in LANGUAGES}) == len(LANGUAGES)


def test_a_change_that_nothing_tells_is_refused(tmp_path, capsys):
    write_country(tmp_path, growth=1.0)
    write_population(tmp_path / "noise.tif", np.random.default_rng(1).standard_normal((SIDE, SIDE)), nodata=None)
    more = [
        "--finer",
        tmp_path / "units.geojson",
        "--grid",
        tmp_path / "people.tif",
        "--covariate",
        tmp_path / "noise.tif",
    ]
    units = gpd.read_file(tmp_path / "units.geojson")
    units.loc[units["district"] == "D00", "people"] /= 2.0  # of an older census
    units.to_file(tmp_path / "units.geojson", driver="GeoJSON")
    assert learn(tmp_path, *map(str, more)) == 0
    said = capsys.readouterr().out
    assert "Refused:" in said and card_of(tmp_path)["verdict"] == "refused"
    assert "most of all in 'D00':" in said and "in its finer units" in said
    # Without a grid the totals would be spread by it.
    assert learn(tmp_path, "--no-grid", *map(str, [*more[:2], *more[4:]])) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Refused:" in line]
    assert "The raster is made by 'areal', held to the totals." in line
    assert card_of(tmp_path)["verdict"] == "refused"


def test_totals_are_spread_without_a_grid(tmp_path, capsys):
    today = write_country(tmp_path)
    assert (
        learn(
            tmp_path,
            "--no-grid",
            "--finer",
            str(tmp_path / "units.geojson"),
            "--covariate",
            str(tmp_path / "lights.tif"),
        )
        == 0
    )
    with rasterio.open(tmp_path / "learnt" / "people.tif") as raster:
        assert np.maximum(raster.read(1), 0).sum() == pytest.approx(today.sum(), rel=1e-4)
        assert raster.tags()["ewcm_modelled"] == "disaggregation"
    # Thousands of people, in a column called people, were spread over a country without a word.
    said = capsys.readouterr().out
    assert "Without a grid nothing tells whether they are thousands or households" in said and " in Uganda" in said
    assert {"areal", "pack rule", "model"} == set(card_of(tmp_path)["validation"]["ways"]) | {"pack rule"}
    pd.read_csv(tmp_path / "totals.csv").assign(people=9e8).to_csv(tmp_path / "totals.csv", index=False)
    assert learn(tmp_path, "--no-grid") == 2
    assert "Uganda has some" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("totals", "text"),
    [
        ("district,people\nD00,5\n", "has no total of 8 units"),
        ("district,people\nD00,5\nD00,6\n", "stands twice"),
        ("district,people\nD99,5\n", "shares no column of codes or names"),
        ("district,people\nD00,many\n", "has no total of 8 units"),
        ("place,people\nD00,5\n", "has no total of 8 units"),
        ("district,people\n" + "".join(f"D{number // 3}{number % 3},1\n" for number in range(9)), "rather thousands"),
    ],
)
def test_totals_that_cannot_be_matched_are_one_line(nowcast, tmp_path, capsys, totals, text):
    (tmp_path / "t.csv").write_text(totals)
    files = ["--units", str(nowcast[0] / "districts.geojson"), "--totals", str(tmp_path / "t.csv"), "--no-grid"]
    assert main(["learn", "people", "UGA", *files, "--output", str(tmp_path / "o")]) == 2
    said = capsys.readouterr().err.strip()
    assert text in said and len(said.splitlines()) == 1


def moves_of(*rows):
    return pd.DataFrame(rows, columns=["origin", "destination", "people"])


UNITS = gpd.GeoDataFrame({"key": ["A", "B"]}, geometry=[cells_box(0, 0, 18), cells_box(18, 18, 18)], crs="EPSG:4326")


@examples(0.6)
@given(st.integers(0, 10_000), st.floats(0, 300), st.floats(0, 300), st.floats(0, 100))
def test_nobody_is_lost_when_people_move(seed, there, back, abroad):
    people = np.random.default_rng(seed).uniform(5, 9, (SIDE, SIDE)).astype(np.float32)
    moves = moves_of(("A", "B", there), ("B", "A", back), ("", "A", abroad), ("B", "", abroad))
    made, ledger = displacement.moved(people, GRID, UNITS, moves)
    assert (made >= 0).all() and made.sum(dtype=float) == pytest.approx(people.sum(dtype=float), rel=1e-6)
    gap = ledger["before"] - ledger["left"] + ledger["came"] - ledger["after"]
    assert np.abs(gap[:2]).max() < 0.01
    untouched = (slice(0, 18), slice(18, 36))
    assert (made[untouched] == people[untouched]).all()


def test_more_people_than_live_there_cannot_leave():
    with pytest.raises(InputError, match="people leave 'A', where the grid holds 324"):
        displacement.moved(np.ones((SIDE, SIDE), np.float32), GRID, UNITS, moves_of(("A", "B", 400.0)))


def test_a_table_of_displacement_through_the_command_line(tmp_path, capsys):
    write_population(tmp_path / "people.tif", np.full((SIDE, SIDE), 10.0))
    UNITS.rename(columns={"key": "code"}).to_file(tmp_path / "units.geojson", driver="GeoJSON")
    files = [
        "--units",
        str(tmp_path / "units.geojson"),
        "--grid",
        str(tmp_path / "people.tif"),
        "--output",
        str(tmp_path / "o"),
    ]
    (tmp_path / "dtm.csv").write_text("from,to,people\nA,B,500\n,B,40\n")
    assert main(["learn", "people", "UGA", *files, "--moves", str(tmp_path / "dtm.csv")]) == 0
    assert "540 displaced people in 2 moves" in capsys.readouterr().out
    with rasterio.open(tmp_path / "o" / "people.tif") as raster:
        assert raster.tags()["ewcm_modelled"] == "displacement"
        assert raster.read(1).sum() == pytest.approx(10.0 * SIDE**2 + 40.0)
    # A row of people without either end was left out without a word, as were copies and moves within a unit.
    (tmp_path / "dtm.csv").write_text("from,to,people\nA,B,5\nA,B,5\nB,B,3\n")
    assert main(["learn", "people", "UGA", *files, "--moves", str(tmp_path / "dtm.csv")]) == 0
    said = capsys.readouterr().out
    assert "1 row says the same as another" in said and "1 row goes from a unit to itself: 3 people" in said
    for text, fault in (
        ("A,B,5\n,,10\n", "1 row says neither from nor to"),
        (",,10\n", "1 row says neither"),
        ("", "no moves"),
    ):
        (tmp_path / "dtm.csv").write_text("from,to,people\n" + text)
        assert main(["learn", "people", "UGA", *files, "--moves", str(tmp_path / "dtm.csv")]) == 2
        assert fault in capsys.readouterr().err
    (tmp_path / "dtm.csv").write_text("from,to,people\nA,Z,500\n")
    assert main(["learn", "people", "UGA", *files, "--moves", str(tmp_path / "dtm.csv")]) == 2
    assert "'Z' is no unit of the outlines" in capsys.readouterr().err


def test_numbers_beside_the_people_that_do_not_equal_them_are_said(tmp_path, capsys):
    """A column of totals, or men and women, that contradict the column of people were passed over without a word."""
    write_population(tmp_path / "people.tif", np.full((SIDE, SIDE), 10.0))
    UNITS.rename(columns={"key": "code"}).to_file(tmp_path / "units.geojson", driver="GeoJSON")
    files = ["--units", str(tmp_path / "units.geojson"), "--grid", str(tmp_path / "people.tif")]
    table = tmp_path / "moves.csv"
    files += ["--moves", str(table), "--output", str(tmp_path / "o")]
    for text, words in (
        (
            "from,to,people,total\nA,B,50,70\nB,A,20,20\n",
            "Column 'total' says another number than 'people' for 1 of 2 rows",
        ),
        (
            "from,to,men,women,total\nA,B,20,30,70\nB,A,10,10,20\n",
            "'men' and 'women' together say another number than 'total'",
        ),
    ):
        table.write_text(text)
        assert main(["learn", "people", "UGA", *files]) == 0
        said = capsys.readouterr().out
        assert words in said and "first: " in said
    table.write_text("from,to,people,total\nA,B,50,50\n")
    assert main(["learn", "people", "UGA", *files]) == 0
    said = capsys.readouterr().out
    assert "another number" not in said and "50 displaced people in 1 move between units." in said
    table.write_text("from,to,people\nA,B,5000\n")
    assert main(["learn", "people", "UGA", *files]) == 2
    assert f"{table}: 5,000 people leave 'A'" in capsys.readouterr().err


def test_nobody_is_lost_by_zeros_in_totals_and_grids(tmp_path, capsys):
    """Finer units of 0 people in a district that has some emptied the country: "Helps", nan % misplaced, 0 people after."""
    write_country(tmp_path, growth=0.2)
    units = gpd.read_file(tmp_path / "units.geojson")
    more = ["--finer", str(tmp_path / "units.geojson"), "--grid", str(tmp_path / "people.tif")]
    for zero, words in (
        (units["district"] == "D01", "finer totals of 'D01' add up to 0, and its total is"),
        (units["people"].notna(), "would be lost"),
    ):
        units.assign(people=units["people"].mask(zero, 0.0)).to_file(tmp_path / "units.geojson", driver="GeoJSON")
        assert learn(tmp_path, *more) == 2
        assert words in capsys.readouterr().err
    units.to_file(tmp_path / "units.geojson", driver="GeoJSON")
    totals = pd.read_csv(tmp_path / "totals.csv")
    totals.assign(people=0).to_csv(tmp_path / "totals.csv", index=False)
    assert learn(tmp_path, *more) == 2
    assert "the totals add up to 0 people" in capsys.readouterr().err
    totals.to_csv(tmp_path / "totals.csv", index=False)
    with rasterio.open(tmp_path / "people.tif") as raster:
        people = raster.read(1)
    people[24:36, 24:36] = 0.0
    write_population(tmp_path / "people.tif", people)
    assert learn(tmp_path, *more) == 0
    assert "1 unit has people in the totals and nobody on the grid (first: 'D22')" in capsys.readouterr().out


def test_units_of_one_name_in_several_provinces_are_refused_with_the_reason(tmp_path, capsys):
    write_country(tmp_path)
    units = gpd.read_file(tmp_path / "districts.geojson")
    units["province"], units["district"] = "P" + units["district"].str[1], "North" + units["district"].str[2]
    units.to_file(tmp_path / "districts.geojson", driver="GeoJSON")
    units[["province", "district"]].assign(people=100).to_csv(tmp_path / "totals.csv", index=False)
    assert learn(tmp_path, "--no-grid") == 2
    said = capsys.readouterr().err
    assert "several are called 'North0' (as in different provinces); add a column of codes to both" in said


@pytest.mark.parametrize(
    ("name", "written"),
    [("Çankırı", "CANKIRI"), ("Đắk Lắk", "Dak Lak"), ("Haʻapai", "Ha'apai"), ("Haʻapai", "Haapai"), ("Łódź", "Lodz")],
)
def test_letters_without_accents_and_signs_of_the_pacific_are_found(name, written):
    """The letters ı, đ, ł, ø and ʻ have no accent to take off, so that their units were not found."""
    names = UnitNames([name, "Elsewhere"])
    assert names.find(written) == 0 and names.notes()


@pytest.mark.real
@pytest.mark.long
def test_nepal_with_districts_left_out(tmp_path, learning_data, real_data):
    folder = learning_data / "people"
    files = ["--units", str(folder / "nepal_districts.geojson"), "--totals", str(folder / "nepal_districts_2021.csv")]
    files += ["--finer", str(folder / "nepal_local_levels_2021.geojson")]
    files += ["--covariate", str(real_data / "NPL" / "globe30s_dem.tif"), "--output", str(tmp_path)]
    grid = str(real_data / "NPL" / "npl_ppp_2020_1km_Aggregated_UNadj.tif")
    assert main(["learn", "people", "NPL", *files, "--grid", grid]) == 0
    ways = json.loads((tmp_path / "people.json").read_text())["validation"]["ways"]
    assert ways["model"]["misplaced_share"] <= 0.95 * ways["grid held to totals"]["misplaced_share"]
    assert main(["learn", "people", "NPL", *files, "--no-grid"]) == 0
    ways = json.loads((tmp_path / "people.json").read_text())["validation"]["ways"]
    assert ways["model"]["misplaced_share"] <= 0.15


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda people: (people / 1000).round(), "write people (not thousands"),
        (lambda people: np.roll(people, 1), "sorted by itself or shifted by a row"),
        (lambda people: people.iloc[::-1].to_numpy(), "sorted by itself or shifted by a row"),
    ],
    ids=["thousands", "shifted", "turned round"],
)
def test_totals_that_do_not_go_with_the_grid_are_refused(change, words, tmp_path, capsys):
    """Totals in thousands emptied the country, and shuffled ones moved its people: both "helped"."""
    write_country(tmp_path, growth=0.1)
    grid = tmp_path / "people.tif"
    with rasterio.open(grid) as raster:
        people = raster.read(1)
    # Districts of very different size, as districts are.
    people *= np.kron(np.array([[1, 9, 2], [30, 1, 4], [3, 60, 1]]), np.ones((12, 12)))
    write_population(grid, people)
    totals = pd.read_csv(tmp_path / "totals.csv")
    sums = people.reshape(3, 12, 3, 12).sum(axis=(1, 3)).reshape(-1)
    totals["people"] = change(pd.Series(sums))
    totals.to_csv(tmp_path / "totals.csv", index=False)
    assert learn(tmp_path, "--grid", str(grid)) == 2
    assert words in capsys.readouterr().err


def test_the_line_for_the_inputs_names_the_raster_where_it_is(nowcast, tmp_path, capsys):
    folder, _ = nowcast
    files = ["--units", str(folder / "districts.geojson"), "--moves", str(tmp_path / "moves.csv")]
    (tmp_path / "moves.csv").write_text("from,to,people\nD00,D11,50\n")
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    more = ["--grid", str(folder / "people.tif"), "--inputs", str(inputs), "--output", str(tmp_path / "out")]
    assert main(["learn", "people", "UGA", *files, *more]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("To use it"))
    assert (inputs / line.split('path = "')[1].rstrip('"')).resolve() == (tmp_path / "out" / "people.tif").resolve()
