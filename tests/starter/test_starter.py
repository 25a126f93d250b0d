"""The starter pack: complete, exact, on land, in one piece, and marked as modelled."""

import csv
import json
import re
from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ewcm import starter
from ewcm.analysis.areas import partition
from ewcm.core import grid
from ewcm.core.record import sha256_of
from ewcm.core.zones import OUTSIDE
from ewcm.countries import LANGUAGES, countries, country
from ewcm.errors import CountryError, InputError
from ewcm.inputs.country_data import CountryData
from ewcm.sources.cells import SITE_COLUMNS
from ewcm.starter import pack

ALL = [one.iso3 for one in countries()]
QUICK = ["FJI", "KIR", "MDV", "SOM", "SSD", "TON"]


@cache
def data_of(iso3: str) -> CountryData:
    return starter.country_data(iso3)


def figures() -> dict[str, dict[str, float]]:
    """Country -> unit -> people, straight from the table of figures."""
    found: dict[str, dict[str, float]] = {}
    with pack.path_of(pack.POPULATION).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["iso3"], {})[row["adm1_code"]] = float(row["population_2025"])
    return found


def area_people(data: CountryData) -> tuple[np.ndarray, float]:
    """People of each level-1 area as the analysis counts them, and those outside every area."""
    people, table = data.population.people, data.boundaries.table
    parts = partition(table[table["level"] == 1], people, data.population.geobox, 25.0)
    sums = sum(parts.sum(people[rows], rows) for rows in grid.blocks(people.shape[0]))
    return sums, float(np.nansum(people[parts.labels == OUTSIDE]))


def check_people(iso3: str) -> None:
    data = data_of(iso3)
    expected = np.array(list(figures()[iso3].values()))
    sums, outside = area_people(data)
    assert np.abs(sums - expected).max() < 1.0
    assert outside == 0.0
    assert np.nansum(data.population.people, dtype=np.float64) == pytest.approx(expected.sum(), abs=1.0)
    assert np.nanmin(data.population.people) >= 0.0


def test_the_pack_holds_every_country_of_the_registry():
    assert sorted(ALL) == list(starter.available()) == sorted(figures())


def test_the_pack_is_small():
    assert sum(path.stat().st_size for path in pack.FOLDER.rglob("*") if path.is_file()) <= 12_000_000


@pytest.mark.parametrize("iso3", ALL)
def test_areas_are_the_units_of_the_figures_in_their_order(iso3):
    areas = pack.areas(iso3)
    assert list(areas["adm1_code"]) == list(figures()[iso3])
    assert areas.geometry.is_valid.all() and not areas.geometry.is_empty.any()


@pytest.mark.parametrize("iso3", QUICK)
def test_every_unit_has_its_figure(iso3):
    check_people(iso3)


@pytest.mark.long
@pytest.mark.parametrize("iso3", sorted(set(ALL) - set(QUICK)))
def test_every_unit_of_the_other_countries_has_its_figure(iso3):
    check_people(iso3)


@pytest.mark.parametrize("iso3", ["FJI", "KIR", "MDV", "TON"])
def test_every_island_of_a_peopled_unit_has_people_and_the_sea_has_none(iso3):
    population = data_of(iso3).population
    row, col = np.nonzero(population.people > 0)
    west, north = population.geobox.affine @ (col, row)
    east, south = population.geobox.affine @ (col + 1, row + 1)
    cells = shapely.box(west, south, east, north)
    areas = pack.areas(iso3)
    islands = shapely.get_parts(areas.geometry.to_numpy())
    tree = shapely.STRtree(cells)
    on_land, _ = shapely.STRtree(islands).query(cells, predicate="intersects")
    assert len(np.unique(on_land)) == len(cells)
    peopled = shapely.get_parts(areas.geometry[areas["people"] > 0].to_numpy())
    found, _ = tree.query(peopled, predicate="intersects")
    assert len(np.unique(found)) == len(peopled)


@pytest.mark.parametrize(("iso3", "widest_deg"), [("FJI", 6.0), ("KIR", 41.0)])
def test_a_country_across_180_is_in_one_piece(iso3, widest_deg):
    data = data_of(iso3)
    box = data.population.geobox.extent.boundingbox
    assert box.left > 0 and box.right > 180 and box.right - box.left < widest_deg
    bounds = data.boundaries.table.total_bounds
    assert bounds[0] >= box.left and bounds[2] <= box.right
    assert data.places.table["lon"].between(-180, 180).all()


def test_the_grid_lies_on_whole_multiples_of_30_seconds():
    affine = data_of("SOM").population.geobox.affine
    assert np.allclose([affine.c * 120, affine.f * 120], np.rint([affine.c * 120, affine.f * 120]), atol=1e-6)
    assert (affine.a, affine.e) == (1 / 120, -1 / 120)


def test_somalia_includes_the_northern_regions():
    data = data_of("SOM")
    people, affine = data.population.people, data.population.geobox.affine
    col, row = ~affine @ (44.065, 9.56)  # Hargeysa
    around = people[int(row) - 10 : int(row) + 11, int(col) - 10 : int(col) + 11]
    assert np.nansum(around) > 100_000
    assert data.boundaries.table.total_bounds[3] > 11.5


def test_lakes_hold_nobody():
    data = starter.country_data("UGA")
    col, row = ~data.population.geobox.affine @ (33.0, -0.5)  # Lake Victoria
    assert data.population.people[int(row), int(col)] == 0.0


def test_names_keep_their_letters_in_five_languages():
    banaadir = data_of("SOM").boundaries.table.set_index("area_id").loc["SO-BN"]
    assert (banaadir["name_ar"], banaadir["name_es"]) == ("بنادر", "Benadir")
    assert data_of("SOM").boundaries.table.iloc[0]["name_fr"] == country("SOM").names["fr"]
    assert "Nuku‘alofa" in set(data_of("TON").places.table["name"])
    assert {f"name_{language}" for language in LANGUAGES} < set(data_of("TON").boundaries.table.columns)


@pytest.mark.parametrize("iso3", ALL)
def test_area_ids_are_unique(iso3):
    ids = starter._area_ids(pack.areas(iso3))
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("iso3", ALL)
def test_each_country_has_one_capital_and_ranked_places(iso3):
    places = pack.places(iso3)
    assert (places["rank"] == 0).sum() == 1
    assert set(places["rank"]) <= {0, 1, 3}
    assert not (places["population"] <= 0).any()


def test_the_network_follows_its_rule():
    data = data_of("SOM")
    table, places = data.sites.table, pack.places("SOM")
    assert tuple(table.columns) == SITE_COLUMNS
    assert (table["operator"] == "").all() and table[list(SITE_COLUMNS[5:])].isna().all().all()
    has = table.groupby("technology")["site_id"].agg(set)
    assert has["2G"] >= has["3G"] >= has["4G"] >= has["5G"]
    assert len(has["2G"]) == len(places)
    capital = places.loc[places["rank"] == 0, "geonameid"].item()
    assert f"starter-{capital}" in has["4G"]


@pytest.mark.parametrize("iso3", QUICK)
def test_everything_says_that_it_is_modelled(iso3):
    data = data_of(iso3)
    assert data.starter
    assert {record.layer for record in data.records} == {"population", "sites", "boundaries", "places"}
    for record in data.records:
        assert "not for decisions" in record.assumptions[0] and f"data/{iso3}/" in record.assumptions[0]
        assert record.licence != "not stated" and record.attribution and record.source
        assert record.sha256 == sha256_of(pack.FOLDER / record.path.removeprefix("data/starter/"))


@pytest.mark.parametrize("iso3", ["SOM", "FJI", "UGA", "MDG"])
def test_the_basemap_reaches_as_far_as_a_window_of_another_shape_shows(iso3):
    west, south, east, north = pack.basemap_window(pack.areas(iso3).total_bounds)
    assert (east - west) >= (north - south) / 2.01 and (north - south) >= (east - west) / 2.01
    layers = starter.basemap(iso3)
    assert set(layers) == {"land", "lakes", "borders", "far"}
    own = [feature for feature in layers["land"]["features"] if feature["properties"]["iso_a3"] == iso3]
    assert len(own) == 1 and own[0]["properties"]["name_fr"] == country(iso3).names["fr"]
    for name, layer in layers.items():
        assert json.dumps(layer)
        if layer["features"] and name != "far":
            found = gpd.GeoDataFrame.from_features(layer).total_bounds
            assert (found[:2] >= (west - 1e-4, south - 1e-4)).all() and (found[2:] <= (east + 1e-4, north + 1e-4)).all()


def test_beyond_the_basemap_there_is_still_land():
    window = shapely.box(*pack.basemap_window(pack.areas("MDG").total_bounds))
    far = shapely.union_all(
        [shapely.geometry.shape(part["geometry"]) for part in starter.basemap("MDG")["far"]["features"]]
    )
    assert far.contains(shapely.Point(25.0, -20.0))  # Botswana
    assert far.intersection(window).area == pytest.approx(0.0, abs=1e-9)
    # On both sides of the 180th meridian: Australia west and Mexico east of Fiji.
    far = shapely.union_all(
        [shapely.geometry.shape(part["geometry"]) for part in starter.basemap("FJI")["far"]["features"]]
    )
    assert far.contains(shapely.Point(145.0, -22.0)) and far.bounds[2] > 190


def names_around(iso3):
    return {feature["properties"]["name_en"] for feature in starter.basemap(iso3)["land"]["features"]}


def test_lands_overseas_have_their_own_names_and_no_land_a_name_that_is_not_a_country():
    assert {"Réunion", "Mayotte"} <= names_around("MDG") and "France" not in names_around("MDG")
    assert {"Tokelau"} <= names_around("KIR")
    assert "Martinique" in names_around("BRB")
    assert "Netherlands" not in names_around("ATG")
    assert "Somalia" in names_around("DJI")
    assert not {"Somaliland", "Bir Tawil", "Siachen Glacier"} & (
        names_around("DJI") | names_around("SDN") | names_around("TJK")
    )


def test_lake_victoria_is_on_the_basemap_of_uganda():
    lakes = starter.basemap("UGA")["lakes"]["features"]
    assert any("Victoria" in feature["properties"]["name_en"] for feature in lakes)


def test_a_country_that_the_pack_has_not():
    assert starter.basemap("FRA") is None
    with pytest.raises(CountryError, match="data/FRA/"):
        starter.country_data("FRA")


def test_a_missing_file_of_the_pack_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(pack, "FOLDER", tmp_path)
    with pytest.raises(InputError, match=re.escape("data/starter/places.csv")):
        pack.places("SOM")
