"""What a raster says of its band: a unit, a scale, colours; numbers of another kind are refused or brought to ours, and said."""

import numpy as np
import pytest
import rasterio
from odc.geo.geobox import GeoBox

from ewcm.core.record import Meta
from ewcm.errors import InputError
from ewcm.sources.clutter import open_clutter
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.hazards import read_hazard
from ewcm.sources.population import read_population
from tests.sources.files import NORTH, STEP, UGA, WEST

GRID = GeoBox((30, 40), rasterio.Affine(STEP, 0, WEST, 0, -STEP, NORTH), "EPSG:4326")
EVEN = np.arange(1200).reshape(30, 40) % 2 == 0


def written(folder, values, *, unit="", words="", scale=1.0, step=STEP, colours=None, **options):
    """A raster of one band or more, and what it says of the first."""
    values = np.asarray(values)
    values = values if values.ndim == 3 else values[None]
    with rasterio.open(
        folder / "r.tif", "w", driver="GTiff", height=30, width=40, count=len(values), dtype=values.dtype, crs="EPSG:4326",
        transform=rasterio.Affine(step, 0, WEST, 0, -step, NORTH), **options,
    ) as target:  # fmt: skip
        target.write(values)
        if colours:
            target.write_colormap(1, colours)
        target.set_band_unit(1, unit)
        if words:
            target.set_band_description(1, words)
        if scale != 1.0:
            target.scales = (scale,) * len(values)
    return folder / "r.tif"


@pytest.mark.parametrize(
    "says",
    [
        {"unit": "people/km2"}, {"unit": "inhabitants per sq. km"}, {"words": "Population density 2020"}, {"unit": "hab/ha"},
        {"words": "Densité de population"}, {"words": "pop_per_km2"}, {"unit": "people per acre"}, {"words": "pop_per_sqmi"},
        {"words": "habitantes por quilómetro quadrado"}, {"words": "كثافة السكان"},
    ],
)  # fmt: skip
def test_a_density_is_not_taken_as_people_of_a_cell(tmp_path, says):
    path = written(tmp_path, np.full((30, 40), 7, np.float32), **says)
    with pytest.raises(InputError, match=r'r\.tif: calls its values .* state unit = "people_per_km2"'):
        read_population(path, UGA)
    assert read_population(path, UGA, unit="people_per_km2").people.sum() > 0


@pytest.mark.parametrize(
    "says",
    [
        {"unit": "thousand persons"}, {"words": "log population"}, {"unit": "%"}, {"words": "ln(population + 1)"},
        {"words": "elevation (m)"}, {"words": "avg_rad nW/cm2/sr"}, {"words": "households"}, {"words": "sqrt(people)"},
        {"words": "Number of households"}, {"words": "nombre de ménages"}, {"words": "Número de hogares"},
        {"words": "total dwellings"}, {"words": "Average household size"}, {"words": "mean elevation"},
        {"words": "terrain height"},
        {"words": "Digital Elevation Model"}, {"words": "Night lights 2020"}, {"words": "nighttime-lights"},
        {"words": "lights at night"}, {"words": "lumières nocturnes"}, {"words": "luces nocturnas"}, {"words": "raíz cuadrada"},
        {"words": "racine carrée"}, {"unit": "persons (000s)"}, {"unit": "people x 1000"}, {"words": "people '000"},
    ],
)  # fmt: skip
def test_what_is_no_number_of_people_is_refused(tmp_path, says):
    path = written(tmp_path, np.full((30, 40), 7, np.float32), **says)
    with pytest.raises(InputError, match="write numbers of people into the raster"):
        read_population(path, UGA)


@pytest.mark.parametrize(
    "words",
    [
        *("population", "household population", "Elevation population", "people in buildings"),
        *(
            "total household population",
            "number of people in households",
            "population by night lights",
            "people per pixel",
        ),
        *("Estimated total number of people per grid-cell", "UN 2020 population per 100 m", "mean population"),
    ],
)
def test_numbers_of_people_are_read_whatever_they_are_counted_from(tmp_path, words):
    path = written(tmp_path, np.full((30, 40), 7, np.float32), words=words)
    assert read_population(path, UGA).people.sum() > 0


@pytest.mark.parametrize(
    "says", [{}, {"unit": "people"}, {"words": "Number of people in each grid cell"}, {"unit": "1"}]
)
def test_people_are_people_whatever_they_are_called(tmp_path, says):
    assert read_population(written(tmp_path, np.full((30, 40), 7, np.float32), **says), UGA).people.sum() == 8400


def test_a_picture_by_its_compression_is_no_population_and_further_bands_are_said(tmp_path):
    path = written(tmp_path, (np.arange(1200) % 200).reshape(30, 40).astype(np.uint8), compress="JPEG")
    with pytest.raises(InputError, match="is compressed as a picture"):
        read_population(path, UGA)
    record = read_population(written(tmp_path, np.full((5, 30, 40), 7, np.float32)), UGA).record
    assert {warning.code: warning.values for warning in record.warnings}["bands"] == {"count": 5}


@pytest.mark.parametrize(
    ("kind", "unit", "mend"),
    [
        ("flood", "feet", 'state unit = "ft"'), ("flood", "centimeters", 'state unit = "cm"'), ("wind", "km h-1", '"km/h"'),
        ("wind", "knots", '"kt"'), ("flood", "mm", '"mm"'), ("wind", "mph", '"mph"'),
        ("flood", "degrees", "no unit of flood"), ("earthquake", "g", "no unit of earthquake"),
    ],
)  # fmt: skip
def test_a_hazard_in_another_unit_is_not_taken_as_ours(tmp_path, kind, unit, mend):
    path = written(tmp_path, np.where(EVEN, 9, 0).astype(np.float32), unit=unit)
    with pytest.raises(InputError, match=mend):
        read_hazard(path, kind, GRID)


def test_a_hazard_in_our_unit_by_another_name_with_a_scale_is_read_and_said(tmp_path):
    path = written(tmp_path, np.where(EVEN, 150, 0).astype(np.int16), unit="Metres", scale=0.01)
    (hazard,) = read_hazard(path, "flood", GRID)
    assert hazard.record.facts["range"] == [0.0, 1.5]
    assert "Values were multiplied by 0.01 and 0 was added, as the raster states." in hazard.record.assumptions


@pytest.mark.parametrize("kind", ["people", "clutter", "flood"])
def test_a_scale_an_offset_and_further_bands_are_said(tmp_path, kind):
    """Of heights: tests/test_terrain_gaps.py."""
    fine = {"step": 1 / 1200} if kind == "clutter" else {}
    path = written(tmp_path, np.where(EVEN, np.arange(1200).reshape(30, 40) % 30, 0).astype(np.int16), **fine)
    with rasterio.open(path) as plain, rasterio.open(tmp_path / "two.tif", "w", **plain.profile | {"count": 2}) as two:
        two.write(np.stack([plain.read(1)] * 2))
        two.scales, two.offsets = (0.5, 0.5), (1.0, 1.0)
    if kind == "people":
        record = read_population(tmp_path / "two.tif", UGA).record
    elif kind == "clutter":
        record = open_clutter([tmp_path / "two.tif"], "metres", Meta()).records[0]
    else:
        record = read_hazard(tmp_path / "two.tif", "flood", GRID, unit="m")[0].record
    assert "Values were multiplied by 0.5 and 1 was added, as the raster states." in record.assumptions
    assert {warning.code: warning.values for warning in record.warnings}["bands"] == {"count": 2}


def test_places_in_a_table_of_colours_are_no_depths(tmp_path):
    colours = {0: (0, 0, 0, 0), 1: (0, 0, 255, 255), 3: (0, 0, 99, 255)}
    path = written(tmp_path, np.where(EVEN, 3, 1).astype(np.uint8), colours=colours, photometric="palette")
    with pytest.raises(InputError, match="is a picture, with a band of colours"):
        read_hazard(path, "flood", GRID)
    assert read_hazard(path, "flood", GRID, values="class", thresholds=[2.0])
    extent = written(tmp_path, EVEN.astype(np.uint8), colours=colours, photometric="palette")
    assert read_hazard(extent, "flood", GRID, values="fraction")


@pytest.mark.parametrize(
    ("values", "unit", "mend"), [("dbm", "dBuV/m", "not in dBm"), ("fraction", "%", 'state values = "percent"')]
)
def test_coverage_in_another_unit_is_refused(tmp_path, values, unit, mend):
    path = written(tmp_path, np.where(EVEN, 0.9, 0.1).astype(np.float32) * (-100 if values == "dbm" else 1), unit=unit)
    with pytest.raises(InputError, match=mend):
        read_declared(path, "4G", UGA, values=values, threshold_dbm=-95.0 if values == "dbm" else None)


def test_heights_of_clutter_in_feet_are_metres(tmp_path):
    path = written(tmp_path, np.full((30, 40), 30, np.float32), unit="ft", step=1 / 1200)
    clutter = open_clutter([path], "metres", Meta())
    assert any("they are in 'ft'" in text for text in clutter.records[0].assumptions)
    with rasterio.open(path, "r+") as raster:
        raster.set_band_unit(1, "percent")
    with pytest.raises(InputError, match="no unit of heights"):
        open_clutter([path], "metres", Meta())
