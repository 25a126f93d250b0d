"""People who do not live where the settlements of the country are."""

import numpy as np
import pytest
import rasterio

from ewcm.core.texts import texts_of
from ewcm.countries import LANGUAGES, country
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.starter import lent
from tests.sources.files import raster

WEST, NORTH, STEP, SHAPE = 29.5, 4.3, 1 / 60, (350, 340)
TURNS = {
    "turned_rows": (slice(None, None, -1), slice(None)),
    "turned_columns": (slice(None), slice(None, None, -1)),
    "turned_both": (slice(None, None, -1), slice(None, None, -1)),
}
CODES = {*TURNS, "settlements_empty"}


@pytest.fixture(scope="module")
def box_of_uganda() -> np.ndarray:
    """People everywhere in a box with the neighbours, more of them where Uganda's settlements are."""
    people = np.random.default_rng(1).gamma(0.3, 20.0, SHAPE).astype(np.float32)
    places = lent.places("UGA").table
    row = np.floor((NORTH - places["lat"]) / STEP).astype(int)
    col = np.floor((places["lon"] - WEST) / STEP).astype(int)
    people[row, col] += 20_000
    return people * np.float32(70e6 / people.sum())


def _said(folder, people, iso3="UGA", **place):
    raster(folder / "people.tif", people, **{"west": WEST, "north": NORTH, "step": STEP, **place})
    here = country(iso3)
    record = load(find_inputs(here, folder)).population.record
    return [warning for warning in record.warnings if getattr(warning, "code", "") in CODES]


def test_people_at_the_settlements_are_no_doubt(box_of_uganda, tmp_path):
    assert _said(tmp_path, box_of_uganda) == []


@pytest.mark.parametrize("code", TURNS)
def test_a_raster_that_is_turned_over_is_a_doubt(box_of_uganda, tmp_path, code):
    """Between others' land people are everywhere, whichever way it is stored: only the settlements tell."""
    (warning,) = _said(tmp_path, box_of_uganda[TURNS[code]])
    assert warning.code == code
    assert warning.values["places"] == len(lent.places("UGA").table) and warning.values["count"] > 100
    for language in LANGUAGES:
        assert f"caveat.input_{code}" in texts_of("inputs")[language]


def test_a_raster_with_nobody_at_the_settlements_is_a_doubt(tmp_path):
    people = np.zeros(SHAPE, np.float32)
    people[:20] = 45e6 / people[:20].size
    (warning,) = _said(tmp_path, people)
    assert warning.code == "settlements_empty"


@pytest.mark.parametrize("ground", [0.0, -1.0], ids=["nobody", "no value"])
def test_a_raster_of_one_district_is_no_doubt(tmp_path, ground):
    """One district in the corner of its box has nobody at the settlements of the others there, whichever way it is stored."""
    people = np.full(SHAPE, ground, np.float32)[150:250, 150:250]
    people[:60, :35] = 400.0
    near = {"west": WEST + 150 * STEP, "north": NORTH - 150 * STEP, "nodata": -1}
    assert _said(tmp_path, people, **near) == []


@pytest.mark.real
@pytest.mark.parametrize("iso3", ["UGA", "NPL", "SOM"])
def test_real_people_live_at_the_settlements(real_data, tmp_path, iso3):
    (path,) = (real_data / iso3).glob("*ppp*.tif")
    with rasterio.open(path) as dataset:
        people, place = dataset.read(1), dataset.transform
    people = np.where(people < 0, 0, people).astype(np.float32)
    at = {"west": place.c, "north": place.f, "step": place.a}
    assert _said(tmp_path, people, iso3, **at) == []
    (warning,) = _said(tmp_path, people[::-1], iso3, **at)
    assert warning.code == "turned_rows"
