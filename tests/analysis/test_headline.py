"""What a headline rests on, said beside it: an estimate, sources of some operators alone, the oldest input."""

import numpy as np
import pytest

import ewcm
from ewcm import pipeline
from ewcm.analysis.inputs import oldest_year
from ewcm.core.record import InputRecord
from ewcm.errors import InputError
from ewcm.of_one import of_one
from ewcm.report.headline import headline
from ewcm.settings import Settings
from tests.made import cell_box, made_data, made_declared, made_grid
from tests.sources.files import raster

GRID = made_grid(12, 16)


@pytest.fixture(scope="module")
def of_one_operator():
    people = np.full(GRID.shape.yx, 10.0, np.float32)
    return pipeline.run(
        made_data(people, GRID, declared=(made_declared("2G", "MTN", cell_box(GRID, 0, 0, 6, 16)),)), Settings()
    )


def test_the_only_operator_is_named_in_the_headline(of_one_operator):
    assert "counted with MTN only, taken as all operators there are" in headline(of_one_operator).splitlines()[0]


@pytest.mark.parametrize(
    ("people", "said"), [(1.2, "about 1 person (no range known) lives out"), (2.0, "about 2 people (")]
)
def test_one_person_is_no_people(people, said):
    grid = np.full(GRID.shape.yx, 0.0, np.float32)
    grid[0, :2] = people, 5000.0
    result = pipeline.run(
        made_data(grid, GRID, declared=(made_declared("2G", "", cell_box(GRID, 0, 1, 12, 16)),)), Settings()
    )
    assert said in headline(result)
    assert of_one("1 people live in 1 grid cells on the border.") == "1 person lives in 1 grid cell on the border."


@pytest.mark.parametrize(
    ("records", "targets", "year"),
    [
        ([("population", "uga_ppp_2020_1km.tif", ""), ("cells", "641.csv", "2025-03-01")], (), 2020),
        ([("cells", "641.csv", "2025")], (2022,), 2022),
        ([("population", "change_2010_2020.tif", "")], (), None),
        ([("population", "people_2010.tif", "2021-06")], (), 2021),
        ([("population", "p120200.tif", "")], (), None),
        # The year in the name of a hazard is that of an event or of a projection.
        ([("hazard", "inunriver_rcp4p5_MIROC_2030_rp00100.tif", "")], (), None),
    ],
)
def test_the_oldest_input_is_that_of_dates_names_and_targets(records, targets, year):
    made = [InputRecord(layer, path, date=date) for layer, path, date in records]
    assert oldest_year(made, targets) == year


def test_a_raster_of_one_and_nothing_says_what_nothing_was_taken_for(tmp_path):
    people = raster(tmp_path / "people.tif", np.full((12, 16), 9.0, "float32"), west=32.0, north=1.5, step=1 / 120)
    values = np.full((12, 16), 255, "uint8")
    values[:6] = 1
    declared = raster(tmp_path / "coverage.tif", values, west=32.0, north=1.5, step=1 / 120, nodata=255)
    result = ewcm.run("UGA", population=people, coverage={"2G": declared})
    assert "nodata was taken as not covered" in " ".join(caveat.text for caveat in result.caveats)


def test_a_plot_shows_the_service_of_the_headline_and_never_empty_axes():
    people = np.full(GRID.shape.yx, 10.0, np.float32)
    shapes = (made_declared("4G", "", cell_box(GRID, 0, 0, 6, 16)),)
    result = ewcm.api.with_methods(pipeline.run(made_data(people, GRID, declared=shapes), Settings()))
    assert "uncovered_4Gplus" in result.plot().get_title()
    assert "uncovered_any is unknown" in result.plot("uncovered_any").get_title()
    with pytest.raises(InputError, match="areas have no column 'nope'"):
        result.plot("nope")
