"""The starter pack: complete, exact, on land, in one piece, and marked as modelled."""

import csv
import re
from functools import cache

import numpy as np
import pytest
import shapely

from ewcm import packaged, starter
from ewcm.analysis.areas import partition
from ewcm.core import grid
from ewcm.core.record import sha256_of
from ewcm.core.zones import OUTSIDE
from ewcm.countries import LANGUAGES, countries, country
from ewcm.errors import CountryError, InputError
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.find import Inputs
from ewcm.inputs.read import load
from ewcm.packaged import STARTER
from ewcm.sources.cell_sites import SITE_COLUMNS
from ewcm.starter import lent, pack, tracks

ALL = [one.iso3 for one in countries()]
QUICK = ["FJI", "KIR", "MDV", "SOM", "SSD", "TON"]


@cache
def data_of(iso3: str) -> CountryData:
    return load(Inputs(country(iso3), None))


def figures() -> dict[str, dict[str, float]]:
    """Country -> unit -> people, straight from the table of figures."""
    found: dict[str, dict[str, float]] = {}
    with STARTER.path_of(pack.POPULATION).open(encoding="utf-8", newline="") as stream:
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
    assert sum(path.stat().st_size for path in STARTER.folder.rglob("*") if path.is_file()) <= 8_000_000


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
    data = data_of("UGA")
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
    ids = lent.area_ids(pack.areas(iso3))
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("iso3", ALL)
def test_each_country_has_one_capital_and_ranked_places(iso3):
    places = pack.places(iso3)
    assert (places["rank"] == 0).sum() == 1
    assert set(places["rank"]) <= {0, 1, 3}
    assert not (places["population"] <= 0).any()


def test_the_network_follows_its_rule():
    data = data_of("SOM")
    table = data.sites.table
    assert tuple(table.columns) == SITE_COLUMNS
    assert (table["operator"] == "").all() and table[list(SITE_COLUMNS[5:])].isna().all().all()
    has = table.groupby("technology")["site_id"].agg(set)
    # No official share of 5G is in the pack; what the shares ask for is in test_network.py.
    assert set(has.index) == {"2G", "3G", "4G"}
    assert len(has["4G"] & has["2G"]) > 0.8 * len(has["4G"])


@pytest.mark.parametrize("iso3", QUICK)
def test_what_is_modelled_says_so_and_what_is_lent_is_not_modelled(iso3):
    data = data_of(iso3)
    assert data.starter
    assert [record.layer for record in data.records if record.starter] == ["population", "sites"]
    lent = [record for record in data.records if not record.starter]
    hazards = ["hazard"] if iso3 in tracks.COUNTRIES else []
    assert [record.layer for record in lent] == ["boundaries", "places", "official", "basemap", *hazards]
    assert all(record.lent for record in lent)
    for record in data.records:
        modelled = any("not for decisions" in text and f"data/{iso3}/" in text for text in record.assumptions)
        assert modelled == record.starter != record.lent
        assert record.licence != "not stated" and record.attribution and record.source
        assert record.sha256 == sha256_of(
            packaged.Package(record.path.split("/")[1]).folder / record.path.split("/", 2)[2]
        )


def test_a_country_that_the_pack_has_not():
    with pytest.raises(CountryError, match="data/FRA/"):
        starter.layers("FRA")


def test_a_missing_file_of_the_pack_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged.Package, "folder", tmp_path)
    with pytest.raises(InputError, match=re.escape("data/starter/places.csv")):
        pack.places("SOM")
