"""The modelled network: official shares are met, technologies nest, and the rule finds whom the real cells leave out."""

import numpy as np
import pandas as pd
import pytest

from ewcm import starter
from ewcm.coverage.estimate_plan import circle_shares, circles
from ewcm.settings import Settings
from ewcm.starter import network
from tests.made import made_grid

SERVICES = {"2G": "any", "3G": "3G+", "4G": "4G+"}


@pytest.mark.parametrize("iso3", ["BRB", "HTI", "TON", "COM"])
def test_official_shares_are_met_within_half_a_point(iso3):
    _meets(iso3)


@pytest.mark.long
@pytest.mark.parametrize("iso3", starter.available())
def test_official_shares_are_met_in_every_country(iso3):
    _meets(iso3)


def _meets(iso3):
    layers = starter.layers(iso3)
    found = circle_shares(layers.sites.table, Settings(), layers.population.people, layers.population.geobox)
    for technology, service in SERVICES.items():
        figure = layers.official.of(technology)
        assert figure.role == "target"
        assert found[service] == pytest.approx(figure.share, abs=0.005), (iso3, technology)
    assert set(layers.sites.table["technology"]) == set(SERVICES)


def test_it_is_the_same_each_time_and_nobody_needs_no_network():
    people = np.random.default_rng(5).gamma(0.2, 100.0, (60, 60)).astype(np.float32)
    made = made_grid(60, 60)
    shares = {"2G": 0.9, "3G": 0.5, "4G": 0.2}
    first, second = (network.sites(people, made, shares, "XYZ") for _ in range(2))
    assert first.equals(second) and len(first)
    found = circle_shares(first, Settings(), people, made)
    assert found["any"] >= found["3G+"] >= found["4G+"]
    assert network.sites(np.zeros((60, 60), np.float32), made, shares, "XYZ").empty


@pytest.mark.real
def test_the_rule_finds_half_of_those_whom_ugandas_cells_leave_out(real_data):
    from ewcm.countries import country
    from ewcm.sources.cells import read_cells
    from ewcm.sources.population import read_population

    folder = real_data / "UGA"
    population = read_population(folder / "uga_ppp_2020_1km_Aggregated_UNadj.tif", country("UGA"))
    cells = read_cells(folder / "641.csv", country("UGA")).table
    people, rows = np.nan_to_num(population.people).astype(float), slice(0, population.people.shape[0])
    for service, radius_km, chance, least in (("any", 15.0, 0.106, 0.47), ("3G+", 10.0, 0.541, 0.70)):
        outside = circles(cells, service, Settings(), population.geobox, rows) == 0
        missed = float(people[outside].sum())
        assert missed / people.sum() == pytest.approx(chance, abs=0.002)
        ground = network._Ground(people, population.geobox)
        network._placed(ground, people.sum() - missed, radius_km, [])
        assert float(people[outside & ~ground.covered].sum()) / missed > least


@pytest.fixture(scope="module")
def lima(learning_data):
    """People of Lima's surroundings on a grid of 30″, their sums of 5′ spread evenly, and the ground of the rule."""
    import rasterio
    from affine import Affine
    from odc.geo.geobox import GeoBox

    with rasterio.open(learning_data / "coverage" / "worldpop_2020_5arcmin_lima.tif") as source:
        sums, affine = np.nan_to_num(source.read(1).astype(float)), source.transform
    people = np.repeat(np.repeat(sums, 10, axis=0), 10, axis=1) / 100.0
    return people, GeoBox(people.shape, affine * Affine.scale(0.1), "EPSG:4326")


@pytest.mark.real
def test_the_rule_finds_half_of_those_whom_limas_cells_leave_out(learning_data, lima):
    from ewcm.countries import country
    from ewcm.sources.cells import read_cells

    people, geobox = lima
    cells = read_cells(learning_data / "coverage" / "cells_lima_2020.csv.gz", country("PER")).table
    for service, radius_km, chance, least in (
        ("any", 15.0, 0.025, 0.47),
        ("3G+", 10.0, 0.050, 0.68),
        ("4G+", 8.0, 0.105, 0.73),
    ):
        outside = circles(cells, service, Settings(), geobox, slice(0, people.shape[0])) == 0
        missed = float(people[outside].sum())
        assert missed / people.sum() == pytest.approx(chance, abs=0.002)
        ground = network._Ground(people, geobox)
        network._placed(ground, people.sum() - missed, radius_km, [])
        assert float(people[outside & ~ground.covered].sum()) / missed > least


@pytest.mark.real
def test_settlements_without_declared_coverage_are_those_with_few_people_around(learning_data, lima):
    """What operators declare, not circles: as many settlements as are out of reach, those with the fewest people around."""
    people, geobox = lima
    ground = network._Ground(people, geobox)
    places = pd.read_csv(learning_data / "coverage" / "settlements_lima_2023.csv")
    row = np.abs(ground.lat[:, None] - places["lat"].to_numpy()).argmin(axis=0)
    col = np.abs(ground.lon[:, None] - places["lon"].to_numpy()).argmin(axis=0)
    wanted = (("2G", 15.0, 0.683, 0.88), ("3G", 10.0, 0.704, 0.90), ("4G", 8.0, 0.776, 0.88))
    for technology, radius_km, chance, least in wanted:
        outside = (places.loc[:, technology:"5G"] == 0).all(axis=1).to_numpy()
        assert outside.mean() == pytest.approx(chance, abs=0.002)
        around = network.people_around(ground, radius_km)[row, col]
        assert outside[np.argsort(around, kind="stable")[: outside.sum()]].mean() > least
