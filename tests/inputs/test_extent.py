"""People of neighbouring countries in a raster: outside where it reaches beyond the country, its own where it does not."""

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

import ewcm
from ewcm import basemap, packaged
from ewcm.analysis.areas import country_and_areas
from ewcm.cli import main
from ewcm.core import grid
from ewcm.core.texts import texts_of
from ewcm.core.zones import cells_of
from ewcm.countries import LANGUAGES, country
from ewcm.errors import InputError
from ewcm.inputs.extent import plausible
from ewcm.sources.neighbours import Beyond, lent_outline, widened
from tests.examples import examples
from tests.made import made_areas, made_grid
from tests.sources.files import raster

FINE, COARSE = 1 / 120, 1 / 12


def _grid(box, step):
    west, south, east, north = box
    return made_grid(round((north - south) / step), round((east - west) / step), west, north, step)


def _even(box, step, density, among=None):
    """People in proportion to the ground of countries, and how many each has: ``density`` by code, 1 elsewhere."""
    geobox = _grid(box, step)
    people, each = np.zeros(geobox.shape.yx), {}
    for code, land in basemap.countries_in(box).items():
        if among is not None and code not in among:
            continue
        each[code] = 0.0
        for cell, share in cells_of(land, geobox):
            people.reshape(-1)[cell] += share * density.get(code, 1.0) * 100
            each[code] += float(share.sum() * density.get(code, 1.0) * 100)
    return people.astype("float32"), each


@pytest.fixture(scope="module")
def rwanda(tmp_path_factory):
    """Rwanda, which the starter pack does not have, in a box with its neighbours, and within its border alone."""
    folder = tmp_path_factory.mktemp("rwanda")
    box = (28.0, -3.5, 32.0, -0.5)
    made = {}
    for name, step, among in (("fine", FINE, None), ("coarse", COARSE, None), ("national", FINE, {"RWA"})):
        people, each = _even(box, step, {"RWA": 1.0}, among)
        path = raster(folder / f"pop_{name}.tif", people, west=box[0], north=box[3], step=step)
        made[name] = path, each["RWA"], float(people.sum(dtype=np.float64))
    return made


@pytest.mark.parametrize("name", ["fine", "coarse"])
@pytest.mark.parametrize("with_boundaries", [False, True])
def test_a_raster_clipped_to_a_box_gives_the_country_its_own_people(rwanda, name, with_boundaries):
    path, own, everybody = rwanda[name]
    given = {}
    if with_boundaries:
        given = {"boundaries": gpd.GeoDataFrame(geometry=[basemap.outline("RWA")], crs="EPSG:4326")}
    result = ewcm.run("RWA", population=path, **given)
    assert result.inhabitants == pytest.approx(own, rel=0.01)
    ledger = result.summary["ledger"]
    assert ledger["outside"] == pytest.approx(everybody - own, rel=0.01)
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["input_neighbours"]["people"] > 0.5 * ledger["outside"]
    assert said["input_neighbours"]["border"] > 10
    assert said["outside_people"]["people"] == pytest.approx(ledger["outside"])


def test_boundaries_of_a_part_of_the_country_are_said_to_be_that(rwanda, tmp_path):
    path, own, _ = rwanda["coarse"]
    west = gpd.GeoDataFrame({"name": ["West"]}, geometry=[shapely.box(28.8, -2.9, 29.6, -1.0)], crs="EPSG:4326")
    result = ewcm.run("RWA", population=path, boundaries=west)
    said = {caveat["code"]: caveat for caveat in result.summary["caveats"]}
    assert 0.3 * own < said["input_part"]["values"]["people"] < 0.9 * own
    assert "that part of the country alone" in said["input_part"]["text"]
    whole = ewcm.run("RWA", population=path, boundaries=lent_outline(country("RWA")).table)
    assert "input_part" not in {caveat["code"] for caveat in whole.summary["caveats"]}


def test_boundaries_that_hold_ground_of_others_are_said_and_those_of_another_country_are_refused(rwanda, tmp_path):
    path, own, _ = rwanda["coarse"]
    wide = gpd.GeoDataFrame({"name": ["Wide"]}, geometry=[shapely.box(28.85, -2.85, 31.2, -1.0)], crs="EPSG:4326")
    result = ewcm.run("RWA", population=path, boundaries=wide)
    said = {caveat["code"]: caveat for caveat in result.summary["caveats"]}["input_of_others"]
    assert 0.1 * own < said["values"]["people"] < said["values"]["total"]
    assert "UGA" in said["values"]["countries"] and "Every figure counts them" in said["text"]
    for ground, what in (
        (basemap.outline("BDI"), "people inside these boundaries live in other countries (BDI"),
        (shapely.box(60.0, -2.0, 61.0, -1.0), "nobody of .* lives inside these boundaries"),
    ):
        with pytest.raises(InputError, match=f"{what.replace('(', '[(]')}"):
            ewcm.run("RWA", population=path, boundaries=gpd.GeoDataFrame(geometry=[ground], crs="EPSG:4326"))
    own_outline = gpd.GeoDataFrame(geometry=[basemap.outline("RWA")], crs="EPSG:4326")
    codes = {caveat["code"] for caveat in ewcm.run("RWA", population=path, boundaries=own_outline).summary["caveats"]}
    assert "input_of_others" not in codes
    assert len({texts_of("inputs")[language]["caveat.input_of_others"] for language in LANGUAGES}) == len(LANGUAGES)


def test_a_country_smaller_than_a_cell_is_told_from_its_neighbours_and_said_to_be_a_guess(tmp_path):
    """San Marino at 5': its total was doubted by all people of the cells on its border, and those of the coast beside."""
    box = (11.5, 43.0, 13.5, 45.0)
    density = country("SMR").people / _even(box, COARSE, {})[1]["SMR"]
    people, each = _even(box, COARSE, {"SMR": density, "ITA": density})
    result = ewcm.run(
        "SMR", population=raster(tmp_path / "pop_2019.tif", people, west=box[0], north=box[3], step=COARSE)
    )
    said = {caveat["code"]: caveat for caveat in result.summary["caveats"]}
    assert result.inhabitants == pytest.approx(each["SMR"], rel=0.1)
    assert "input_total" not in said
    assert said["border_share"]["values"]["people"] == pytest.approx(result.inhabitants)
    thousands = raster(tmp_path / "t_2019.tif", people / 1000, west=box[0], north=box[3], step=COARSE)
    doubt = {caveat.code: caveat.text for caveat in ewcm.run("SMR", population=thousands).caveats}["input_total"]
    assert "gives San Marino 35 people, but it has about 33,860 (2019); does it count people in thousands?" in doubt


def test_a_raster_that_holds_the_country_and_more_people_elsewhere_is_cut(tmp_path):
    """Some degrees around Rwanda, where more people live than in it: it was refused as lying outside of Rwanda, as was the box of
    the United States, which goes round the earth in degrees of -180..180."""
    box = (27.0, -4.5, 33.0, 1.0)
    people, each = _even(box, COARSE, {})
    path = raster(tmp_path / "p.tif", people, west=box[0], north=box[3], step=COARSE)
    result = ewcm.run("RWA", population=path)
    assert result.inhabitants == pytest.approx(each["RWA"], rel=0.01)
    assert "input_cut" in {caveat.code for caveat in result.caveats}
    with pytest.raises(InputError, match="lies outside Gabon"):
        ewcm.run("GAB", population=path)


def test_an_outline_that_the_quick_cut_cannot_cut_is_cut_all_the_same(monkeypatch):
    def stops(*_):
        raise shapely.GEOSException("Invalid number of points in LinearRing found 3 - must be 0 or >= 4")

    monkeypatch.setattr(shapely, "clip_by_rect", stops)
    land = basemap.countries_in((28.0, -3.5, 32.0, -0.5))
    assert land["RWA"].equals_exact(basemap.outline("RWA"), 1e-9) or land["RWA"].area == pytest.approx(
        basemap.outline("RWA").area
    )


def test_the_raster_of_people_out_of_reach_leaves_out_the_neighbours(rwanda, tmp_path):
    path, own, _ = rwanda["coarse"]
    nobody = {"2G": np.zeros(ewcm.run("RWA", population=path).geobox.shape.yx)}
    result = ewcm.run("RWA", population=path, coverage=nobody)
    with rasterio.open(result.write(tmp_path / "RWA") / "reach.tif") as source:
        band = source.descriptions.index("uncovered_people") + 1
        assert np.nansum(source.read(band), dtype=float) == pytest.approx(result.services["any"].uncovered, rel=1e-5)
    assert result.services["any"].uncovered == pytest.approx(own, rel=0.01)


def test_a_national_raster_keeps_its_border_cells_whole(rwanda):
    path, own, everybody = rwanda["national"]
    assert everybody == pytest.approx(own)
    result = ewcm.run("RWA", population=path)
    assert result.inhabitants == pytest.approx(own, rel=1e-9)
    facts = result.data.population.record.facts
    assert facts["border"] == "kept whole" and facts["border_cells"] > 100
    assert "input_neighbours" not in {caveat["code"] for caveat in result.summary["caveats"]}


def test_what_was_published_knows_who_is_outside(rwanda, tmp_path):
    path, own, _ = rwanda["coarse"]
    result = ewcm.run("RWA", population=path)
    again = ewcm.open_result(result.write(tmp_path / "RWA"))
    assert again.zones[0].sum(again.data.population.people, slice(0, again.geobox.shape[0]))[0] == pytest.approx(
        own, rel=0.01
    )
    assert "input_neighbours" in (tmp_path / "RWA" / "index.html").read_text(encoding="utf-8")
    written = json.loads((tmp_path / "RWA" / "summary.json").read_text(encoding="utf-8"))
    assert any("neighbours" in caveat["text"] for caveat in written["caveats"])


def test_check_says_that_a_raster_reaches_beyond(rwanda, tmp_path, capsys):
    (tmp_path / "pop.tif").write_bytes(rwanda["coarse"][0].read_bytes())
    assert main(["check", "RWA", "--inputs", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "more than 5 km outside the country, on neighbours' land" in shown
    assert "border: split by ground" in shown


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Even people on the land of some countries and their neighbours, at 15′."""
    box = (-180.0, -60.0, 180.0, 84.0)
    geobox = _grid(box, 0.25)
    people = np.zeros(geobox.shape.yx)
    for code in (
        "PHL",
        "IDN",
        "MYS",
        "TWN",
        "LSO",
        "ZAF",
        "NZL",
        "SRB",
        "HUN",
        "ROU",
        "BGR",
        "MKD",
        "KOS",
        "MNE",
        "BIH",
    ):
        for cell, share in cells_of(basemap.outline(code), geobox):
            people.reshape(-1)[cell] += share * 400_000
    path = raster(
        tmp_path_factory.mktemp("world") / "pop_world.tif", people.astype("float32"), west=-180.0, north=84.0, step=0.25
    )
    return path, geobox


@pytest.mark.parametrize("iso3", ["PHL", "LSO", "NZL", "SRB"])
def test_a_world_raster_is_cut_to_any_country(world, iso3, tmp_path):
    path, geobox = world
    own = sum(float(share.sum()) * 400_000 for _, share in cells_of(basemap.outline(iso3), geobox))
    result = ewcm.run(iso3, population=path)
    assert result.inhabitants == pytest.approx(own, rel=0.01)
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["input_cut"]["people"] >= round(result.inhabitants)


def test_a_world_raster_of_a_country_that_the_engine_does_not_know_is_refused_in_one_line(world, tmp_path, capsys):
    (tmp_path / "pop.tif").write_bytes(world[0].read_bytes())
    assert country("CXR").bbox is None
    assert main(["run", "CXR", "--inputs", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert (
        said.startswith("ewcm: pop.tif") and "holds other countries too: add [[boundaries]] of Christmas Island" in said
    )
    assert not (tmp_path / "out").exists()


def test_people_beyond_the_outline_are_outside_and_not_adopted():
    """A made country of two areas, sea to the west and a neighbour to the east: the islet off the coast belongs to it, the
    neighbour's village one cell beyond the border does not, and a border cell is shared by its ground and by who lives around."""
    geobox = made_grid(10, 20)
    people = np.zeros(geobox.shape.yx, dtype=np.float32)
    people[5, 0] = 7.0  # an islet, not drawn
    people[5, 5], people[2, 5] = 100.0, 50.0
    people[5, 12] = 40.0  # on the border, a quarter of the ground is the country's
    people[5, 13], people[5, 19] = 1000.0, 2000.0
    x = [geobox.affine.c + col * geobox.affine.a for col in (3, 12.25, 20)]
    north, south = geobox.affine.f, geobox.affine.f + 10 * geobox.affine.e
    middle = (north + south) / 2
    areas = made_areas(
        (0, "Country", shapely.box(x[0], south, x[1], north)),
        (1, "North", shapely.box(x[0], middle, x[1], north)),
        (1, "South", shapely.box(x[0], south, x[1], middle)),
    )
    neighbour = shapely.box(x[1], south, x[2], north)
    rows = slice(0, 10)
    whole, parts = country_and_areas(people, geobox, areas.table, "Country", "XYZ", 25.0, neighbour)
    # Nobody in three cells here, 1,000 people in three there, and the mean of all nine as one cell more on each side.
    mean = (40 + 1000) / 9
    here, there = 0.25 * mean / 4, 0.75 * (1000 + mean) / 4
    border = 40 * here / (here + there)
    assert 1 < border < 2
    assert whole.sum(people, rows) == pytest.approx([100 + 50 + 7 + border])
    assert parts.sum(people, rows) == pytest.approx([50, 100 + 7 + border])
    # The same without level 0, whose place all areas together take.
    whole, parts = country_and_areas(
        people, geobox, areas.table[areas.table["level"] == 1], "Country", "XYZ", 25.0, neighbour
    )
    assert whole.sum(people, rows) == pytest.approx([157 + border])
    assert parts.sum(people, rows).sum() == pytest.approx(157 + border)
    # A national raster: who is left in it is the country's.
    whole, _ = country_and_areas(people, geobox, areas.table, "Country", "XYZ", 25.0)
    assert whole.sum(people, rows) == pytest.approx([3197])


@examples(0.5)
@given(st.floats(3.0, 16.0), st.floats(-2.0, 2.0), st.integers(0, 9))
def test_each_level_holds_everybody_of_the_country_wherever_the_border_runs(border, lean, seed):
    geobox = made_grid(10, 20)
    people = np.random.default_rng(seed).lognormal(3, 1, geobox.shape.yx).astype(np.float32)

    def at(col, row):
        return geobox.affine @ (col, row)

    top, bottom, split = border + lean, border - lean, 4.3
    mine = shapely.Polygon([at(0, 0), at(top, 0), at(bottom, 10), at(0, 10)])
    other = shapely.Polygon([at(top, 0), at(20, 0), at(20, 10), at(bottom, 10)])
    upper = shapely.intersection(mine, shapely.box(*at(0, split), *at(20, 0)))
    areas = made_areas((0, "A", mine), (1, "upper", upper), (1, "lower", shapely.difference(mine, upper)))
    whole, parts = country_and_areas(people, geobox, areas.table, "A", "XYZ", 25.0, other)
    rows = slice(0, 10)
    touched = [(people.reshape(-1)[cell], share) for cell, share in cells_of(mine, geobox)]
    least = sum(float(here[share > 1 - 1e-6].sum()) for here, share in touched)
    most = sum(float(here.sum()) for here, _ in touched)
    assert least * (1 - 1e-6) <= whole.sum(people, rows)[0] <= most * (1 + 1e-6)
    assert parts.sum(people, rows).sum() == pytest.approx(whole.sum(people, rows)[0], rel=1e-6)
    # Where people live as densely on both sides the ground decides.
    even = np.full_like(people, 5.0)
    whole, parts = country_and_areas(even, geobox, areas.table, "A", "XYZ", 25.0, other)
    exact = 5.0 * sum(float(share.sum()) for _, share in cells_of(mine, geobox))
    assert whole.sum(even, rows)[0] == pytest.approx(exact, rel=1e-6)
    assert parts.sum(even, rows).sum() == pytest.approx(exact, rel=1e-6)


def test_people_on_the_border_are_said_where_the_raster_was_cut_to_the_country(tmp_path):
    """A raster of a continent: nobody far beyond the border is left in it, and those on it are in doubt all the same."""
    box = (8.0, -15.0, 50.0, 15.0)
    people, each = _even(box, 0.25, {}, {"RWA", "UGA", "TZA", "BDI", "COD", "KEN"})
    result = ewcm.run("RWA", population=raster(tmp_path / "p.tif", people, west=box[0], north=box[3], step=0.25))
    said = {caveat["code"]: caveat for caveat in result.summary["caveats"]}
    values = said["input_border"]["values"]
    assert 0.3 * each["RWA"] < values["people"] < 3 * each["RWA"] and values["cells"] > 10
    assert "on which side of it is not known" in said["input_border"]["text"] and "input_neighbours" not in said
    assert len({texts_of("inputs")[language]["caveat.input_border"] for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(("here", "there"), [(300.0, 5.0), (5.0, 300.0)])
def test_cells_on_the_border_are_shared_by_how_densely_people_live_on_either_side(tmp_path, here, there):
    """Rwanda in a box at 5', among neighbours where people live sixty times as densely or as far apart."""
    box = (28.0, -3.5, 32.0, -0.5)
    people, each = _even(box, COARSE, {"RWA": here / 100} | dict.fromkeys(("UGA", "TZA", "BDI", "COD"), there / 100))
    result = ewcm.run("RWA", population=raster(tmp_path / "p.tif", people, west=box[0], north=box[3], step=COARSE))
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}["input_neighbours"]
    on_border = said["border_people"]
    assert 0 < on_border < people.sum() and said["border"] > 30
    cells = cells_of(basemap.outline("RWA"), _grid(box, COARSE))
    by_ground = sum(float((people.reshape(-1)[cell] * share).sum()) for cell, share in cells)
    assert abs(result.inhabitants - each["RWA"]) < 0.5 * abs(by_ground - each["RWA"])
    published = result.write(tmp_path / "RWA")
    assert f"{on_border:,} people live in {said['border']:,} grid cells on the border" in (
        published / "summary.json"
    ).read_text(encoding="utf-8")
    again = ewcm.open_result(published)
    assert again.inhabitants == pytest.approx(result.inhabitants, rel=1e-9)
    cell = np.flatnonzero(result.own_people.reshape(-1) > 0)
    zones, place = again.areas_of(cell)
    full = result.zones[-1].shares_of(cell).sort_values("cell")["share"].to_numpy()
    assert zones.shares_of(place).sort_values("cell")["share"].to_numpy() == pytest.approx(full, abs=1e-6)


def test_the_band_of_the_total_is_as_wide_as_the_year_is_far():
    ecuador = country("ECU")
    low, high = plausible(ecuador, 2025)
    assert (low, high) == pytest.approx((0.95 * ecuador.people, 1.05 * ecuador.people))
    assert plausible(ecuador, 2015)[0] < plausible(ecuador, 2020)[0] < low
    low, high = plausible(ecuador, None)
    assert low < 15.5e6 and 18.4e6 < high < 23.9e6  # what a box around the country holds is too much in any year


def test_a_total_that_the_country_cannot_have_is_said(rwanda, tmp_path):
    path, own, _ = rwanda["national"]
    result = ewcm.run("RWA", population=path)
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["input_total"] == {
        "file": "pop_national.tif", "people": round(own), "expected": round(country("RWA").people), "year": 2019
    }  # fmt: skip


def test_people_far_out_at_sea_do_not_make_up_for_those_who_are_missing(tmp_path):
    people, _ = _even((41.0, 10.5, 45.0, 13.0), COARSE, {"DJI": 0.1, "ETH": 5.0})
    assert people[-1 - round((11.9 - 10.5) / COARSE), round((44.8 - 41.0) / COARSE)] == 0
    people[-1 - round((11.9 - 10.5) / COARSE), round((44.8 - 41.0) / COARSE)] = 1.1e6
    path = raster(tmp_path / "pop_2023.tif", people, west=41.0, north=13.0, step=COARSE)
    result = ewcm.run("DJI", population=path)
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["input_total"]["people"] < 60_000


def test_every_country_has_an_outline_or_no_box():
    without = {code for code in ("CXR", "CCK") if basemap.outline(code) is None}
    assert without == {"CXR", "CCK"}
    for iso3 in ("PHL", "USA", "RUS", "NZL", "FJI", "KIR", "VAT", "GLP", "ESH", "PSE", "UGA"):
        outline = lent_outline(country(iso3))
        west, south, east, north = outline.table.total_bounds
        box = country(iso3).bbox
        assert box[0] - 0.2 <= west < east <= box[2] + 0.2 and box[1] - 0.2 <= south < north <= box[3] + 0.2
        assert outline.records[0].sha256
    assert country("USA").crosses_180 and country("RUS").crosses_180 and not country("PHL").crosses_180


@pytest.mark.real
@pytest.mark.parametrize("step", [FINE, COARSE])
@pytest.mark.parametrize("with_boundaries", [False, True])
def test_uganda_in_a_box_has_its_own_people(real_data, tmp_path, step, with_boundaries):
    """WorldPop's Uganda, its neighbours filled evenly with as many people a cell as it has itself."""
    with rasterio.open(real_data / "UGA" / "uga_ppp_2020_1km_Aggregated_UNadj.tif") as source:
        values, affine = source.read(1), source.transform
    values = np.where(values > 0, values, 0)
    box = (29.0, -2.0, 36.0, 5.0)
    geobox = _grid(box, FINE)
    people = np.zeros(geobox.shape.yx)
    row, col = round((box[3] - affine.f) / FINE), round((affine.c - box[0]) / FINE)
    people[row : row + values.shape[0], col : col + values.shape[1]] = values
    own, density = float(values.sum(dtype=np.float64)), float(values[values > 0].mean())
    for code, land in basemap.countries_in(box).items():
        rest = shapely.difference(land, packaged.outline("UGA"))
        for cell, share in [] if code == "UGA" else cells_of(rest, geobox):
            people.reshape(-1)[cell] += share * density
    if step == COARSE:
        people = people.reshape(84, 10, 84, 10).sum(axis=(1, 3))
    path = raster(tmp_path / "pop_2020.tif", people.astype("float32"), west=box[0], north=box[3], step=step)
    given = {}
    if with_boundaries:
        given = {"boundaries": gpd.read_file(real_data / "UGA" / "admin1.geojson")}
    result = ewcm.run("UGA", population=path, **given)
    assert float(people.sum()) > 2 * own
    assert result.inhabitants == pytest.approx(own, rel=0.01)
    codes = {caveat["code"] for caveat in result.summary["caveats"]}
    assert "input_neighbours" in codes and "input_total" not in codes


@pytest.mark.real
@pytest.mark.parametrize("iso3", ["UGA", "SOM", "NPL"])
def test_national_rasters_of_worldpop_do_not_reach_beyond(real_data, iso3):
    path = next((real_data / iso3).glob("*_ppp_2020_1km_*.tif"))
    result = ewcm.run(iso3, population=path)
    record = result.data.population.record
    assert record.facts["border"] == "kept whole"
    assert result.inhabitants == pytest.approx(record.facts["people"], rel=1e-9)
    assert "total" not in {warning.code for warning in record.warnings}


def test_a_coarse_outline_is_refused_where_it_may_not_serve(rwanda):
    from ewcm.inputs.country_data import CountryData
    from ewcm.inputs.extent import with_extent
    from ewcm.sources.population import read_population

    data = CountryData(country("RWA"), read_population(rwanda["coarse"][0], country("RWA")))
    with pytest.raises(InputError, match=r"people of neighbouring countries; add \[\[boundaries\]\] of Rwanda"):
        with_extent(data, may_lend=False)


@pytest.mark.parametrize(("people", "said"), [(580_368.4, True), (0.2, False)])
def test_people_beyond_are_told_with_separators_and_only_where_there_are_any(people, said, monkeypatch, rwanda):
    found = Beyond(people=people, cells=1234, on_land=0.0, border_cells=3, border_people=1.0)
    monkeypatch.setattr(Beyond, "reaches", lambda *_: True)
    monkeypatch.setattr("ewcm.inputs.extent.beyond", lambda *_: found)
    caveats = ewcm.run("RWA", population=rwanda["coarse"][0]).summary["caveats"]
    told = [caveat["text"] for caveat in caveats if caveat["code"] == "input_neighbours"]
    assert bool(told) == said
    assert not said or "580,368 people in 1,234 grid cells" in told[0]


@pytest.mark.parametrize("step", [1 / 4, 1 / 2])
def test_a_coarse_raster_of_one_country_keeps_its_people(tmp_path, step):
    """Cells of 28 and 55 km have their centres far outside the border, and were taken for a neighbour's."""
    box = (28.0, -3.5, 32.0, -0.5)
    people, each = _even(box, step, {"RWA": 1.0}, {"RWA"})
    path = raster(tmp_path / "people.tif", people, west=box[0], north=box[3], step=step)
    result = ewcm.run("RWA", population=path)
    assert result.inhabitants == pytest.approx(each["RWA"], rel=1e-6)
    assert "input_neighbours" not in {caveat.code for caveat in result.caveats}


def test_people_of_others_count_in_no_question_about_polygons(rwanda):
    path, _own, total = rwanda["coarse"]
    result = ewcm.run(
        "RWA", population=path, coverage={"2G": gpd.GeoDataFrame(geometry=[shapely.box(28, -2, 29, -1)], crs=4326)}
    )
    everywhere = result.reach_in(shapely.box(28.0, -3.5, 32.0, -0.5))
    assert everywhere["people"].sum() == pytest.approx(result.inhabitants, rel=1e-6)
    assert result.reach_in(shapely.box(31.2, -3.5, 32.0, -2.6))["people"].sum() == 0.0  # Tanzania
    assert float(result.to_xarray().people.sum()) == pytest.approx(result.inhabitants, rel=1e-6)
    assert result.inhabitants < total


def test_where_nothing_tells_whose_people_they_are_that_is_said(tmp_path):
    path = raster(tmp_path / "people.tif", np.full((5, 5), 9.0, "float32"), west=105.6, north=-10.4, step=FINE)
    caveats = {caveat.code: caveat.text for caveat in ewcm.run("CXR", population=path).caveats}
    assert "knows no outline of Christmas Island" in caveats["input_no_outline"]


@pytest.mark.parametrize("code", ["RWA", "FJI"])
def test_an_outline_is_widened_by_the_distance(code):
    own = shapely.union_all(lent_outline(country(code)).table.geometry.to_numpy())
    wide = widened(own, 20.0)
    assert shapely.covers(wide, own)
    random = np.random.default_rng(1)
    west, south, east, north = shapely.bounds(wide)
    lon, lat = random.uniform(west - 0.2, east + 0.2, 60), random.uniform(south - 0.2, north + 0.2, 60)
    edge = shapely.get_coordinates(shapely.segmentize(own.boundary, 0.01))
    for x, y in zip(lon, lat, strict=True):
        if shapely.contains_xy(own, x, y):
            continue
        away = float(grid.distance_km(np.full(len(edge), y), np.full(len(edge), x), edge[:, 1], edge[:, 0]).min())
        if not 18.0 < away < 22.0:
            assert shapely.contains_xy(wide, x, y) == (away < 20.0), (x, y, away)
