"""The Python API as a notebook uses it: arrays, tables and files in; questions, arrays and files out."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from odc.geo.xr import xr_coords
from shapely.geometry import box

import ewcm
from ewcm.core.layer import Layer
from ewcm.errors import InputError, SettingsError
from tests.made import cell_box, made_grid
from tests.made_files import write_population
from tests.report.make_result import made_result

GRID = made_grid(24, 36, west=32.0, north=1.5)  # in Uganda


def array(values, name="people", grid=GRID):
    """An xarray.DataArray as a notebook has it."""
    return xr.DataArray(values, dims=grid.dimensions, coords=xr_coords(grid), name=name)


def named(shapes):
    """Polygons with names."""
    return gpd.GeoDataFrame({"name": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326")


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(4)
    return array(np.where(random.random(GRID.shape) < 0.1, np.nan, random.uniform(0, 50, GRID.shape)).astype("float32"))


@pytest.fixture(scope="module")
def covered():
    share = np.zeros(GRID.shape)
    share[:, :18], share[:, 18:20], share[20:] = 1.0, 0.5, np.nan
    return array(share, "4G")


@pytest.fixture(scope="module")
def result(people, covered):
    return ewcm.run("UGA", population=people, coverage={"2G": covered}, settings={"min_people": 10})


def test_arrays_in_figures_out(result, people, covered):
    expected = float((people.astype(float) * covered.fillna(0)).sum())
    assert result.summary["services"]["any"]["covered"] == pytest.approx(expected, rel=1e-5)
    assert result.services["any"].unknown == pytest.approx(float(people[20:].astype(float).sum()), rel=1e-6)
    assert result.services["any"].model == "given" and not result.data.starter
    assert "given_model" in [caveat.code for caveat in result.caveats]
    assert result.settings.min_people == 10


def test_polygons_of_operators_and_settings_in_words(people):
    shapes = {("4G", "Red"): box(32.0, 1.4, 32.1, 1.5), ("4G", "Blue"): box(32.05, 1.4, 32.2, 1.5)}
    coverage = {key: gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326") for key, shape in shapes.items()}
    result = ewcm.run("UGA", population=people, coverage=coverage, settings={"coldspot_services": ["4G"]})
    inside = result.reach_in(box(32.0, 1.4, 32.2, 1.5)).loc[0]
    assert inside["covered_4G"] == pytest.approx(inside["people"], rel=1e-9)
    assert result.coverage.operators == ("Blue", "Red")
    assert result.summary["sdg_9c1"]["4G"]["operator"] == "Blue"


def test_files_and_arrays_go_together(tmp_path, people):
    write_population(tmp_path / "people.tif", np.ones((30, 30)))
    (tmp_path / "inputs.toml").write_text('[population]\npath = "people.tif"\n[settings]\nmin_people = 7\n')
    whole = ewcm.run("UGA", tmp_path)
    assert whole.settings.min_people == 7
    replaced = ewcm.run("UGA", tmp_path, population=people)
    assert replaced.inhabitants == pytest.approx(float(people.astype(float).sum()), rel=1e-6)
    assert replaced.settings.min_people == 7
    from_path = ewcm.run("UGA", population=tmp_path / "people.tif")
    assert from_path.inhabitants == whole.inhabitants


def test_zones_are_a_table_of_their_own_and_boundaries_the_areas(people, covered, tmp_path):
    basins = named({"Upper": cell_box(GRID, 0, 0, 8, 36), "Lower": cell_box(GRID, 6.5, 3, 24, 20)})
    districts = named({"West": cell_box(GRID, 0, 0, 24, 18), "East": cell_box(GRID, 0, 18, 24, 36)})
    result = ewcm.run("UGA", population=people, coverage={"2G": covered}, zones=basins, boundaries=districts)
    assert result.areas["name"].tolist() == ["Uganda", "West", "East"]
    table = result.table("zones")
    assert table["name"].tolist() == ["Upper", "Lower"]
    whole = people.astype(float).to_numpy()
    assert table["people"][0] == pytest.approx(np.nansum(whole[:8]), rel=1e-9)
    folder = result.write(tmp_path / "UGA")
    again = ewcm.open_result(folder)
    assert again.reach_in(basins)["uncovered_any"].tolist() == pytest.approx(table["uncovered_any"].tolist(), abs=1e-5)
    assert again.table("zones")["name"].tolist() == ["Upper", "Lower"]


def test_reach_in_any_crs_and_geometry_and_what_is_no_polygon(result):
    shape = cell_box(GRID, 2.25, 3, 10, 15.5)
    one = result.reach_in(shape)
    projected = gpd.GeoSeries([shapely.segmentize(shape, 0.002)], crs="EPSG:4326").to_crs("EPSG:32636")
    assert result.reach_in(projected)["people"][0] == pytest.approx(one["people"][0], rel=1e-6)
    added = one[["covered_any", "uncovered_any", "unknown_any"]].sum(axis=1)[0]
    assert added == pytest.approx(one["people"][0], rel=1e-9)
    assert result.reach_in(box(0, 0, 1, 1))["people"].tolist() == [0.0]  # elsewhere
    with pytest.raises(InputError, match="no polygon"):
        result.reach_in(shapely.Point(32.1, 1.4))
    with pytest.raises(InputError, match="str"):
        result.reach_in("Kampala")


@pytest.mark.parametrize("kind", ["netcdf", "zarr"])
def test_what_is_written_reads_back_as_the_same_numbers(result, tmp_path, kind):
    dataset = result.to_xarray()
    assert dataset["covered"].dims == ("service", "case", "latitude", "longitude")
    if kind == "netcdf":
        dataset.to_netcdf(tmp_path / "grid.nc", engine="scipy")
        again = xr.open_dataset(tmp_path / "grid.nc", engine="scipy")
    else:
        dataset.to_zarr(tmp_path / "grid.zarr")
        again = xr.open_zarr(tmp_path / "grid.zarr")
    for name in ("people", "covered", "unknown"):
        np.testing.assert_array_equal(again[name].values, dataset[name].values)
        assert again[name].attrs["units"] == dataset[name].attrs["units"]
    assert again["covered"].sel(service="any", case="central").max() == 1.0
    back = Layer.from_xarray(again["people"])
    assert back.geobox.crs == GRID.crs and back.shape == (24, 36)
    np.testing.assert_array_equal(back.values, result.data.population.people)
    # and it serves as an input again
    same = ewcm.run("UGA", population=again["people"], coverage={"2G": again["covered"].sel(service="2G")})
    for part in ("covered", "uncovered", "unknown"):  # what is unknown stays so
        assert getattr(same.services["any"], part) == pytest.approx(getattr(result.services["any"], part), rel=1e-6)


def test_fractions_carry_no_packing_and_are_not_scaled_twice(result, tmp_path):
    fraction = result.fraction("any")
    assert not {"scale_factor", "add_offset", "_FillValue"} & (set(fraction.attrs) | set(fraction.encoding))
    fraction.to_netcdf(tmp_path / "any.nc", engine="scipy")
    again = xr.open_dataarray(tmp_path / "any.nc", engine="scipy")
    assert float(again.max()) == 1.0 and again.isnull().equals(fraction.isnull())
    packed = fraction.assign_attrs(scale_factor=1 / 60_000)
    with pytest.raises(InputError, match="scale_factor"):
        Layer.from_xarray(packed)


def test_a_short_text_and_a_table_for_notebooks(result):
    starter = made_result(starter=True)
    for shown in (repr(result), result._repr_html_()):
        assert "Uganda" in shown and "out of reach" in shown and len(shown) < 1500
    assert "STARTER DATA" in repr(ewcm.api.with_methods(starter))
    hostile = ewcm.api.with_methods(made_result(known=False))
    assert "any network: unknown" in repr(hostile)


def test_plots_are_drawn_by_geopandas_and_xarray(result):
    import matplotlib as mpl

    mpl.use("Agg")
    assert result.plot().get_figure() is not None
    assert result.fraction("any").plot() is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"population": array(np.full(GRID.shape, -1.0))}, "-1"),
        ({"population": array(np.full(GRID.shape, np.nan))}, "no number"),
        ({"population": xr.DataArray(np.ones((3, 3)), dims=("y", "x"))}, "CRS"),
        ({"population": array(np.ones(GRID.shape)), "coverage": {"4G": np.ones((2, 2))}}, r"\(2, 2\)"),
        ({"population": array(np.ones(GRID.shape)), "coverage": {"4G": array(np.full(GRID.shape, 2.0))}}, "from 0 to 1"),
        ({"coverage": {"4G": array(np.ones(GRID.shape))}, "inputs": None}, "modelled ones"),
        ({"population": array(np.ones(GRID.shape)), "boundaries": gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)])}, "CRS"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no data/UGA here
    with pytest.raises(InputError, match=words) as refused:
        ewcm.run("UGA", **arguments)
    assert "\n" not in str(refused.value)


def test_an_unknown_setting_names_the_nearest(people):
    with pytest.raises(SettingsError, match="min_people"):
        ewcm.run("UGA", population=people, settings={"min_peopel": 3})


def test_codes_of_a_layer_that_mean_unknown_are_not_counted():
    values = np.full(GRID.shape, 3, np.uint16)
    values[:4] = 65_535
    layer = Layer("people", "persons", GRID, values, nodata=65_535)
    share = Layer("4G", "1", GRID, np.where(values == 65_535, 9, 1).astype(np.uint8), nodata=9)
    result = ewcm.run("UGA", population=layer, coverage={"4G": share, "2G": share})
    assert result.inhabitants == 20 * 36 * 3
    result = ewcm.run("UGA", population=array(np.full(GRID.shape, 3.0)), coverage={"2G": share})
    assert result.services["any"].unknown == 4 * 36 * 3


def test_arrays_are_met_by_their_names_and_not_by_their_order(people, covered):
    turned = covered.transpose("longitude", "latitude")
    upside = covered[::-1]
    for given in (turned, upside):
        result = ewcm.run("UGA", population=people, coverage={"lte": given})
        straight = ewcm.run("UGA", population=people, coverage={"4G": covered})
        assert result.services["4G"].covered == pytest.approx(straight.services["4G"].covered, rel=1e-12)
    cases = xr.concat([covered, covered * 0.5, covered * 0.25], "case").assign_coords(case=["high", "central", "low"])
    ranged = ewcm.run("UGA", population=people, coverage={"2G": cases}).services["2G"]
    assert ranged.covered_low < ranged.covered < ranged.covered_high


def test_a_population_as_rioxarray_reads_it(people):
    file = people.rename(latitude="y", longitude="x").assign_attrs(scale_factor=1.0, add_offset=0.0, _FillValue=np.nan)
    assert ewcm.run("UGA", population=file).inhabitants == pytest.approx(float(people.sum()), rel=1e-5)


def test_what_is_unknown_in_part_can_be_given_back():
    half = np.full(GRID.shape, 0.25)
    people = array(np.ones(GRID.shape))
    result = ewcm.run("UGA", population=people, coverage={"2G": half}, unknown={"2G": 2 * half})
    figures, cells = result.services["2G"], GRID.shape[0] * GRID.shape[1]
    assert (figures.covered, figures.unknown, figures.uncovered) == pytest.approx((cells / 4, cells / 2, cells / 4))
    grid = result.to_xarray().sel(service="2G", case="central")
    again = ewcm.run("UGA", population=people, coverage={"2G": grid["covered"]}, unknown={"2G": grid["unknown"]})
    assert again.services["2G"] == figures


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        ({"any": np.ones(GRID.shape)}, "any"),
        ({"": np.ones(GRID.shape)}, "channel"),
        ({"4g": np.ones(GRID.shape), "LTE": np.ones(GRID.shape)}, "twice"),
        ({"4G": array(np.ones(GRID.shape, "u1")).assign_attrs(scale_factor=0.01)}, "scale_factor"),
        ({"4G": array(np.ones(GRID.shape)).expand_dims(time=[2020, 2021, 2022])}, "time"),
        ({"4G": np.ones(GRID.shape), ("4G", "Red"): named({"a": box(32, 1, 33, 2)})}, "array and as a map"),
        ([1, 2], "list"),
        ({"4G": None}, "NoneType"),
    ],
)
def test_coverage_that_could_be_misunderstood_is_refused(people, coverage, words):
    with pytest.raises(InputError, match=words) as refused:
        ewcm.run("UGA", population=people, coverage=coverage)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"population": np.ones((3, 3))}, "ndarray"),
        ({"population": array(np.ones(GRID.shape))[::-1], "coverage": {"4G": np.ones(GRID.shape)}}, "from the south"),
        ({"population": array(np.ones((24, 3)), grid=made_grid(24, 3)).assign_coords(longitude=[32, 32.1, 32.5])}, "even"),
        ({"population": array(np.ones((3, 3)), grid=made_grid(3, 3, west=100))}, "lies outside Uganda"),
        ({"population": array(np.ones(GRID.shape)), "settings": "min_people=3"}, "str"),
        ({"population": array(np.ones(GRID.shape)), "unknown": {"4G": np.ones(GRID.shape)}}, "without coverage"),
        ({"population": array(np.ones(GRID.shape)), "boundaries": named({"a": shapely.Point(32, 1)})}, "no polygon"),
    ],
)  # fmt: skip
def test_people_and_areas_that_could_be_misunderstood_are_refused(arguments, words):
    with pytest.raises(InputError, match=words) as refused:
        ewcm.run("UGA", **arguments)
    assert "\n" not in str(refused.value)


def test_arrays_of_one_band_or_a_turn_of_the_earth_away_are_the_same_grid(people, covered, result):
    """As rioxarray reads a file, and with longitudes of 0..360 beside −180..180."""
    far = made_grid(24, 36, west=32.0 + 360.0, north=1.5)
    found = ewcm.run(
        "UGA",
        population=people.expand_dims("band"),
        coverage={"2G": array(covered.values, grid=far).expand_dims(band=[1])},
        settings={"min_people": 10},
    )
    assert found.services["any"] == result.services["any"]


@pytest.mark.parametrize("units", ["people km-2", "persons per sq km", "1/km2", "thousands", "inhabitants per hectare"])
def test_an_array_that_says_it_is_a_density_is_no_count(people, units):
    with pytest.raises(InputError, match=r"its units are '.*', and persons per grid cell are read; multiply"):
        ewcm.run("UGA", population=people.assign_attrs(units=units))


@pytest.mark.parametrize("units", ["", "1", "people", "persons per grid cell", "people per pixel", "count"])
def test_units_of_persons_are_read(people, units):
    assert ewcm.run("UGA", population=people.assign_attrs(units=units)).inhabitants > 0


def test_places_that_cannot_be_meant_are_refused_and_places_elsewhere_hold_nobody(result):
    with pytest.raises(InputError, match="the coordinate 100000 is no degree"):
        result.reach_in(box(300_000, 0, 400_000, 100_000))
    with pytest.raises(InputError, match="latitude and longitude are exchanged"):
        result.reach_in(box(1.3, 32.0, 1.4, 32.1))
    assert result.reach_in(box(0.0, 0.0, 1.0, 1.0))["people"].tolist() == [0.0]
    with pytest.raises(InputError, match="plot: there are no areas of level 9; use one of 0"):
        result.plot(level=9)


def test_a_folder_that_is_none_of_a_country_is_named_with_the_one_inside(result, tmp_path):
    published = result.write(tmp_path / "maps" / "UGA")
    with pytest.raises(InputError, match=r"is not the folder of a published country .* did you mean .*UGA"):
        ewcm.open_result(tmp_path / "maps")
    with pytest.raises(InputError, match="is a file; name the folder"):
        ewcm.open_result(published / "index.html")


def test_zones_and_layers_of_another_grid_are_refused(result):
    from ewcm.core.finding import Finding
    from ewcm.core.zones import polygons

    elsewhere = made_grid(24, 36, west=10.0)
    with pytest.raises(InputError, match="grid of this result"):
        result.reach_in(polygons(named({"a": box(10, 1, 11, 2)}), elsewhere))
    layer = Layer("depth", "m", elsewhere, np.ones(elsewhere.shape))
    with pytest.raises(InputError, match="grid of the result"):
        result.with_finding(Finding("flood", layers=(layer,)))


def test_a_finding_takes_the_place_of_nothing_else(result):
    import pandas as pd

    from ewcm.core.finding import Figure, Finding, Table

    frame = pd.DataFrame({"a": [1]})
    for finding, words in (
        (Finding("mine", (Figure(("people",), 1.0),)), "'people' already"),
        (Finding("mine", (Figure(("services", "any", "covered"), 1.0),)), "'services' already"),
        (Finding("mine", tables=(Table("areas", frame),)), "'areas' already"),
        (Finding("coverage", layers=(Layer("x", "1", GRID, np.ones(GRID.shape)),)), "file of that name"),
    ):
        with pytest.raises(InputError, match=words):
            result.with_finding(finding)
    for name in ("../evil", "", "a b", "sheet[1]"):
        with pytest.raises(InputError, match="names are letters"):
            Table(name, frame)
        with pytest.raises(InputError, match="names are letters"):
            Finding(name)
    with pytest.raises(InputError, match="4326"):
        Table("x", gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=3857), geometry="Point")


def test_an_opened_result_does_not_mix_two_publications(result, people, tmp_path):
    from ewcm.core.finding import Finding

    height = np.arange(GRID.shape[0] * GRID.shape[1], dtype="float32").reshape(GRID.shape)
    layer = Layer("altitude", "m", GRID, height, edges=(0.0, 9.0))
    folder = result.with_finding(Finding("altitude", layers=(layer,))).write(tmp_path / "UGA")
    old = ewcm.open_result(folder)
    again = old.write(tmp_path / "copy")  # layers of findings come along
    assert (again / "altitude.tif").read_bytes() == (folder / "altitude.tif").read_bytes()
    ewcm.run("UGA", population=people, coverage={"2G": people * 0}).write(folder)
    with pytest.raises(InputError, match="changed since the result was opened"):
        old.reach_in(box(32, 1, 33, 2))
