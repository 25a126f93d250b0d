"""People by block in the page: whole cells, sums that hold, circles that agree with the engine's own, whatever the grid."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from PIL import Image

from ewcm import pipeline
from ewcm.core.fraction import CASES
from ewcm.report.webmap.counts import LEAST_PEOPLE, Blocks, codes, counts, masts
from ewcm.settings import Settings
from tests.examples import examples
from tests.made import made_data, made_grid
from tests.report.make_result import made_result


def read(address):
    """The bytes of a picture."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def values(code, scale):
    """What the bytes of a picture stand for."""
    least, most = scale
    return np.where(code == 0, 0.0, least * (most / least) ** ((code.astype(float) - 1) / 254))


def people_of(found):
    return values(read(found["people"]), found["people_scale"])


def uncovered_of(found, service, case):
    shares = found["shares"][found["services"][service]]["uncovered"][CASES.index(case)]
    return people_of(found) * values(read(shares), found["share_scale"])


def test_blocks_add_up_to_the_figures_of_the_tables(result):
    found = counts(result)
    assert found["factor"] == 1 and (found["rows"], found["cols"]) == result.data.population.people.shape
    assert people_of(found).sum() == pytest.approx(result.inhabitants, rel=0.003)
    for service in found["services"]:
        figures = result.services[service]
        for case, figure in zip(CASES, (figures.uncovered_high, figures.uncovered, figures.uncovered_low), strict=True):
            assert uncovered_of(found, service, case).sum() == pytest.approx(figure, rel=0.005), (service, case)


def test_a_service_of_which_nobody_knows_who_is_out_of_reach_cannot_be_counted(result, unknown):
    assert counts(result)["services"].keys() == {"any", "3G+", "4G+"}
    assert result.services["5G"].uncovered is None
    assert counts(unknown)["services"] == {}
    assert counts(unknown)["people_scale"][1] > 0


def test_unknown_people_are_counted_apart(result):
    known = result.data.population
    shares = {"2G": np.where(np.arange(known.people.shape[1]) < 40, np.nan, 0.25) * np.ones(known.people.shape)}
    data = made_data(known.people, result.geobox, given=shares)
    found = counts(pipeline.run(data, Settings()))
    (rest,) = [one["unknown"] for one in found["shares"]]
    missing = (people_of(found) * values(read(rest), found["share_scale"])).sum()
    assert missing == pytest.approx(float(np.nansum(known.people[:, :40])), rel=0.005)
    assert not uncovered_of(found, "any", "central")[:, :40].any()


def test_a_large_grid_has_blocks_of_whole_cells(result):
    blocks = Blocks.over(result.geobox, most=1500)
    assert blocks.factor == 3 and blocks.shape == (32, 43)
    cells = np.arange(result.geobox.shape[0] * result.geobox.shape[1])
    place = blocks.of(result.geobox, slice(0, result.geobox.shape[0]), cells)
    row, col = np.divmod(cells, result.geobox.shape[1])
    assert (place == row // 3 * blocks.shape[1] + col // 3).all()


def test_a_projected_grid_and_one_across_180_keep_everybody():
    projected = GeoBox.from_bbox((300_000, 100_000, 380_000, 160_000), crs="EPSG:32636", resolution=2000)
    blocks = Blocks.over(projected)
    place = blocks.of(projected, slice(0, 30), np.arange(30 * 40))
    assert len(np.unique(place)) > 0.9 * 30 * 40 and place.max() < blocks.shape[0] * blocks.shape[1]
    across = made_result(west=178.5)
    found = counts(across)
    assert found["west"] == pytest.approx(178.5)
    assert people_of(found).sum() == pytest.approx(across.inhabitants, rel=0.003)


def test_nobody_is_nothing_to_count():
    data = made_data(np.zeros((8, 8), dtype=np.float32), made_grid(8, 8))
    assert counts(pipeline.run(data, Settings())) is None


def test_radii_are_those_of_the_settings():
    settings = Settings(radius_km={"2G": 20.0}, radius_low=0.5)
    assert masts(settings)["2G"] == [10.0, 20.0, 26.0] and masts(settings)["4G"] == [4.0, 8.0, 10.4]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
@examples()
def test_a_byte_is_within_four_per_cent_of_its_value(numbers):
    given_, most = np.array(numbers), max(*numbers, 1.0)
    found = values(codes(given_, LEAST_PEOPLE, most), (LEAST_PEOPLE, most))
    assert (found[given_ < LEAST_PEOPLE / 2] == 0).all()
    large = given_ >= LEAST_PEOPLE
    assert np.allclose(found[large], given_[large], rtol=0.04)
