"""Geometry: every way a grid or a shape may lie, each a small country with an answer known beforehand."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import Geod, Transformer
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from ewcm.cli import main
from ewcm.core.record import Meta
from ewcm.countries import country as registered
from ewcm.errors import InputError
from ewcm.sources.boundaries import read_boundaries
from ewcm.sources.population import read_population
from ewcm.sources.terrain import open_terrain
from tests.reliability.files import AREAS_TOML as AREAS
from tests.reliability.files import COLS, ROWS, by_area, cells, collection, country, figures, people, refused, run
from tests.sources.files import NORTH, STEP, WEST, raster

COVERAGE = '[[coverage]]\npath = "c.tif"\ntechnology = "4G"'
MAP = '[[coverage]]\npath = "c.geojson"\ntechnology = "4G"'


# --- grids -----------------------------------------------------------------------------------------------------------


def steps():
    """People that tell where every cell went: no two alike."""
    return np.arange(1, ROWS * COLS + 1, dtype="float32").reshape(ROWS, COLS)


def test_south_up_rasters_are_the_same_country(tmp_path):
    """Population and coverage, each stored north-up and south-up."""
    covered = np.zeros((ROWS, COLS), "uint8")
    covered[:3, :7] = 1
    upside = Affine(STEP, 0, WEST, 0, STEP, NORTH - ROWS * STEP)
    found = []
    for number, (flip_people, flip_coverage) in enumerate([(False, False), (True, False), (False, True), (True, True)]):
        folder = tmp_path / str(number)
        values = steps()
        country(
            folder, values[::-1] if flip_people else values, tables=COVERAGE, transform=upside if flip_people else None
        )
        raster(
            folder / "c.tif", covered[::-1] if flip_coverage else covered, transform=upside if flip_coverage else None
        )
        found.append(figures(run(folder), "4G"))
    expected = float(steps()[:3, :7].sum())
    assert all(answer == pytest.approx((expected, steps().sum() - expected, 0)) for answer in found), found


@pytest.mark.parametrize(("down", "right"), [(0, 0.5), (0.5, 0), (0.5, 0.5), (0.25, -0.25)])
def test_a_coverage_raster_shifted_by_part_of_a_cell_covers_part_of_the_cells(tmp_path, down, right):
    covered = np.zeros((ROWS + 8, COLS + 8), "uint8")
    covered[7:10, 8:12] = 1  # 3 x 4 cells
    shifted = Affine(STEP, 0, WEST + (right - 4) * STEP, 0, -STEP, NORTH - (down - 4) * STEP)
    raster(country(tmp_path / "UGA", tables=COVERAGE) / "c.tif", covered, transform=shifted)
    result = run(tmp_path / "UGA")
    assert figures(result, "4G")[0] == pytest.approx(12 * 10, rel=2e-3)
    level = result.fraction("4G").to_numpy()
    rows = min(down % 1, 1 - down % 1)
    columns = min(right % 1, 1 - right % 1)
    corner = level[level > 0].min()
    assert corner == pytest.approx((rows or 1) * (columns or 1), abs=2e-3)


def test_cells_that_are_not_square(tmp_path):
    """One column in degrees is three times a row; the circle is round on the ground all the same."""
    transform = Affine(3 * STEP, 0, WEST, 0, -STEP, NORTH)
    folder = country(tmp_path / "UGA", people(1.0), tables='[[sites]]\npath = "s.csv"', transform=transform)
    lat, lon = NORTH - 5.5 * STEP, WEST + 30 * STEP
    (folder / "s.csv").write_text(f"site_id,lat,lon,technology\nA,{lat},{lon},2G\n")
    row, col = np.mgrid[:ROWS, :COLS] + 0.5
    sphere = Geod(a=6371008.8, b=6371008.8)
    away = sphere.inv(np.full(row.shape, lon), np.full(row.shape, lat), WEST + col * 3 * STEP, NORTH - row * STEP)[2]
    assert figures(run(folder, radius_km={"2G": 8.0}), "2G")[0] == (away <= 8000).sum()


def test_rotated_rasters_are_refused_in_one_line(tmp_path, capsys):
    turned = Affine.translation(WEST, NORTH) @ Affine.rotation(5) @ Affine.scale(STEP, -STEP)
    line = refused(country(tmp_path / "people", transform=turned), capsys)
    assert "people.tif" in line and "rotated" in line and "gdalwarp" in line
    folder = country(tmp_path / "coverage", tables=COVERAGE)
    raster(folder / "c.tif", np.ones((ROWS, COLS), "uint8"), transform=turned)
    assert "c.tif: its grid is rotated" in refused(folder, capsys)
    raster(tmp_path / "dem.tif", people(), transform=turned)
    with pytest.raises(InputError, match="rotated"):
        open_terrain([tmp_path / "dem.tif"], False, Meta())


def test_longitudes_of_0_to_360_are_the_same_country(tmp_path):
    """Haiti at 287.5 E: people, map and raster of coverage in either count of longitudes."""
    west, north = -72.5, 19.2
    covered = np.zeros((ROWS, COLS), "uint8")
    covered[:, :5] = 1
    answers = []
    for number, (turn_people, turn_coverage) in enumerate([(0, 0), (360, 0), (0, 360), (360, 360)]):
        folder = country(tmp_path / str(number), tables=COVERAGE, west=west + turn_people, north=north)
        raster(folder / "c.tif", covered, west=west + turn_coverage, north=north)
        answers.append(figures(run(folder, "HTI"), "4G"))
    assert answers == [answers[0]] * 4
    assert answers[0] == pytest.approx((600, 1800, 0))


def test_a_coverage_raster_of_0_to_360_meets_a_projected_grid(tmp_path):
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32618", always_xy=True)
    x, y = to_utm.transform(-72.4, 19.1)
    answers = []
    for turn in (0, 360):
        folder = country(
            tmp_path / str(turn), tables=COVERAGE, crs="EPSG:32618", transform=Affine(1000, 0, x, 0, -1000, y)
        )
        covered = np.ones((60, 60), "uint8")
        covered[:, 30:] = 0
        raster(folder / "c.tif", covered, west=-72.55 + turn, north=19.2)
        answers.append(figures(run(folder, "HTI"), "4G"))
    assert answers[0] == pytest.approx(answers[1])
    assert answers[0][0] > 500 and answers[0][1] > 500 and answers[0][2] == 0


def test_ground_beyond_a_coverage_raster_is_unknown_or_said_to_be_uncovered(tmp_path):
    half = np.ones((ROWS, COLS // 2), "uint8")
    half[:6] = 0
    folder = country(tmp_path / "UGA", tables=COVERAGE)
    raster(folder / "c.tif", half)
    assert figures(run(folder), "4G") == pytest.approx((600, 600, 1200), rel=1e-6)
    raster(folder / "c.tif", half, nodata=0)  # ones and nodata only
    result = run(folder)
    assert figures(result, "4G") == pytest.approx((600, 1800, 0), rel=1e-6)
    assert "the ground beyond its edges" in " ".join(caveat.text for caveat in result.caveats)


def test_mollweides_projection_counts_the_same_people(tmp_path):
    """ESRI:54009, in which GHS-POP comes: leaning columns, areas split by ground, circles round on the earth."""
    x, y = Transformer.from_crs("EPSG:4326", "ESRI:54009", always_xy=True).transform(85.0, 27.9)
    transform = Affine(1000, 0, x, 0, -1000, y)
    folder = country(
        tmp_path / "NPL",
        np.ones((40, 50), "float32"),
        tables='[[sites]]\npath = "s.csv"\n' + AREAS,
        crs="ESRI:54009",
        transform=transform,
    )
    row, col = np.mgrid[:40, :50] + 0.5
    lon, lat = Transformer.from_crs("ESRI:54009", "EPSG:4326", always_xy=True).transform(x + col * 1000, y - row * 1000)
    middle = float(np.median(lat))
    collection(folder / "a.geojson", ("North", box(84, middle, 87, 29)), ("South", box(84, 26, 87, middle)))
    site = float(lat[20, 25]), float(lon[20, 25])
    (folder / "s.csv").write_text(f"site_id,lat,lon,technology\nA,{site[0]},{site[1]},2G\n")
    result = run(folder, "NPL", radius_km={"2G": 9.0})
    sphere = Geod(a=6371008.8, b=6371008.8)
    away = sphere.inv(np.full(lat.shape, site[1]), np.full(lat.shape, site[0]), lon, lat)[2]
    assert figures(result, "2G")[0] == (away <= 9000).sum()
    assert result.summary["people"] == 2000
    assert by_area(result)["North"] + by_area(result)["South"] == pytest.approx(2000)
    assert by_area(result)["North"] == pytest.approx((lat > middle).sum(), rel=0.03)
    # 1 km² a cell, as the projection is equal-area.
    assert result.coldspots["area_km2"].sum() == pytest.approx(result.coldspots["cells"].sum(), rel=1e-3)


@pytest.mark.parametrize("crs", ["EPSG:4807", "EPSG:4901"])  # NTF (Paris) and ATF (Paris): grads from Paris
def test_degrees_that_are_not_counted_from_greenwich_are_refused(tmp_path, capsys, crs):
    """They were taken for degrees from Greenwich: a country 260 km beside its network."""
    assert "does not count degrees from Greenwich" in refused(country(tmp_path / "UGA", crs=crs), capsys)
    raster(tmp_path / "dem.tif", people(), crs=crs)
    with pytest.raises(InputError, match="Greenwich"):
        open_terrain([tmp_path / "dem.tif"], True, Meta())


# --- shapes ----------------------------------------------------------------------------------------------------------


def areas(folder, *rows, values=None):
    collection(country(folder, values, tables=AREAS) / "a.geojson", *rows)
    return run(folder)


def test_an_area_in_two_pieces_and_one_in_two_rows_are_one_area_each(tmp_path):
    """Rows of one code and name became two areas, each with a part of the people."""
    west, east = cells(0, 0, ROWS, 4), cells(0, 16, ROWS, 20)
    middle = cells(0, 4, ROWS, 16)
    result = areas(tmp_path / "pieces", ("Split", MultiPolygon([west, east])), ("Middle", middle))
    assert by_area(result) == {"Split": 8 * ROWS * 10, "Middle": 12 * ROWS * 10}
    result = areas(tmp_path / "rows", ("Split", west), ("Middle", middle), ("Split", east))
    assert by_area(result) == {"Split": 8 * ROWS * 10, "Middle": 12 * ROWS * 10}
    record = next(record for record in result.data.records if record.layer == "boundaries")
    assert any("1 row is a further piece of an area" in text for text in record.assumptions)


def test_rows_of_one_code_that_differ_in_a_word_are_two_areas(tmp_path):
    """Natural Earth has Mbarara County and Mbarara District under one code."""
    rows = [("county", cells(0, 0, ROWS, 4)), ("district", cells(0, 4, ROWS, COLS))]
    frame = gpd.GeoDataFrame(
        {"name": "Twin", "code": "T", "type": [kind for kind, _ in rows]},
        geometry=[shape for _, shape in rows],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "a.gpkg")
    table = read_boundaries(tmp_path / "a.gpkg", 1, registered("UGA")).table
    assert table["area_id"].tolist() == ["T", "T.2"]


def test_a_shape_that_crosses_itself_keeps_both_its_halves(tmp_path):
    west, north, east, south = WEST, NORTH, WEST + COLS * STEP, NORTH - ROWS * STEP
    bow = Polygon([(west, north), (east, south), (east, north), (west, south)])
    rest = box(west, south, east, north).difference(shapely.make_valid(bow))
    result = areas(tmp_path / "UGA", ("Bow", bow), ("Rest", rest))
    assert by_area(result) == {"Bow": pytest.approx(1200), "Rest": pytest.approx(1200)}
    folder = country(tmp_path / "map", tables=MAP)
    collection(folder / "c.geojson", ("4G", bow))
    assert figures(run(folder), "4G") == pytest.approx((1200, 1200, 0), rel=1e-4)


def test_slivers_between_areas_and_in_them_change_nobody(tmp_path):
    """Borders that were not drawn by one hand: gaps and overlaps of a metre."""
    left, right = cells(0, 0, ROWS, 9.999), cells(0, 10.001, ROWS, COLS)
    sliver = cells(0, 9.9995, ROWS, 10.0005)
    result = areas(tmp_path / "UGA", ("Left", left), ("Right", right), ("Sliver", sliver))
    assert by_area(result)["Left"] + by_area(result)["Right"] + by_area(result)["Sliver"] == pytest.approx(2400)
    assert by_area(result)["Left"] == pytest.approx(1200, rel=2e-3)
    assert by_area(result)["Sliver"] == pytest.approx(0.12, rel=0.6)
    assert result.summary["ledger"]["outside"] == 0


def test_people_of_islets_smaller_than_a_cell_are_counted_in_the_right_area(tmp_path):
    values = np.zeros((ROWS, COLS), "float32")
    values[5, 3], values[5, 12], values[2, 18] = 400, 60, 7
    mainland = cells(0, 0, ROWS, 6)
    near = cells(5.4, 12.4, 5.41, 12.41)  # 10 m wide
    # The third islet is so small that nobody drew it; it is 1 cell from Near's other rock and 12 from the mainland.
    rock = cells(2.5, 16.99, 2.51, 17)
    result = areas(tmp_path / "UGA", ("Mainland", mainland), ("Near", MultiPolygon([near, rock])), values=values)
    assert by_area(result) == {"Mainland": 400, "Near": 67}


def test_an_enclave_is_counted_for_itself_and_not_for_its_neighbour(tmp_path):
    town = cells(3.5, 5.25, 6.5, 8.25)
    land = cells(0, 0, ROWS, COLS).difference(town)
    assert by_area(areas(tmp_path / "UGA", ("Land", land), ("Town", town))) == {
        "Land": pytest.approx(2400 - 90),
        "Town": pytest.approx(90),
    }


def test_empty_areas_and_areas_beyond_the_grid_have_rows_and_nobody(tmp_path):
    values = people()
    values[:, 10:] = 0
    beyond = affinity.translate(cells(0, 0, 4, 4), 0.5, 0.2)
    result = areas(
        tmp_path / "UGA", ("Full", cells(0, 0, ROWS, 10)), ("Empty", cells(0, 10, ROWS, COLS)), ("Beyond", beyond),
        values=values,
    )  # fmt: skip
    assert by_area(result) == {"Full": 1200, "Empty": 0, "Beyond": 0}
    table = result.areas.set_index("name")
    assert (table["area_km2"] > 0).all()
    assert table.loc["Empty", ["covered_any", "uncovered_any", "unknown_any"]].sum() == 0


# --- axes ------------------------------------------------------------------------------------------------------------


def swapped(shape):
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def test_swapped_axes_are_refused_and_called_so(tmp_path, capsys):
    """Every kind of input of Uganda with latitude and longitude exchanged."""
    inside = cells(0, 0, ROWS, COLS)
    cases = {
        "a.geojson": (AREAS, lambda path: collection(path, ("A", swapped(inside)))),
        "c.geojson": (MAP, lambda path: collection(path, ("A", swapped(inside)))),
        "s.csv": ('[[sites]]\npath = "s.csv"', lambda path: path.write_text("lat,lon,technology\n31.1,1.9,2G\n")),
        "p.csv": ('[[places]]\npath = "p.csv"', lambda path: path.write_text("name,lat,lon\nA,31.1,1.9\n")),
    }
    for name, (tables, write) in cases.items():
        folder = country(tmp_path / name, tables=tables)
        write(folder / name)
        line = refused(folder, capsys)
        assert f"{name}: latitude and longitude are swapped" in line
    folder = country(tmp_path / "people", west=NORTH, north=WEST)
    assert "people.tif: latitude and longitude are swapped" in refused(folder, capsys)


@pytest.mark.parametrize("crs", [None, "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"])
def test_epsg_4326_is_longitude_then_latitude_whatever_its_axes_are_called(tmp_path, crs):
    folder = country(tmp_path / "UGA", tables=AREAS)
    rows = [("West", cells(0, 0, ROWS, 5)), ("East", cells(0, 5, ROWS, COLS))]
    collection(folder / "a.geojson", *rows, crs=crs)
    assert by_area(run(folder)) == {"West": 600, "East": 1800}
    frame = gpd.GeoDataFrame({"name": [row[0] for row in rows]}, geometry=[row[1] for row in rows], crs="EPSG:4326")
    for suffix in ("gpkg", "fgb", "shp"):
        frame.to_file(tmp_path / f"a.{suffix}")
        table = read_boundaries(tmp_path / f"a.{suffix}", 1, registered("UGA")).table
        assert dict(zip(table["name"], table.geometry.bounds["minx"], strict=True)) == pytest.approx(
            {"West": WEST, "East": WEST + 5 * STEP}
        )


def test_a_map_in_another_projection_keeps_its_straight_edges(tmp_path):
    """Of a rectangle in metres only the corners were brought to degrees: its long edges cut the corner by kilometres."""
    projection = "+proj=lcc +lat_0=1.5 +lon_0=32.5 +lat_1=20 +lat_2=30"
    to_plane = Transformer.from_crs("EPSG:4326", projection, always_xy=True)
    x, y = to_plane.transform(29.0, 1.5)
    far, _ = to_plane.transform(36.0, 1.5)
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"name": ["A"]}, geometry=[box(x, y, far, y + 100_000)], crs=projection)
    frame.to_file(path)
    shape = read_boundaries(path, 1, registered("UGA")).table.geometry[0]
    middle = to_plane.transform((x + far) / 2, y, direction="INVERSE")
    assert shape.exterior.distance(shapely.Point(middle)) < 1e-4


def test_an_islands_country_in_both_hemispheres_is_one(tmp_path, capsys):
    """Fiji in -180..180 and in 0..360, its islands on both sides: the same people in the same areas."""
    values = np.zeros((40, 43200), "float32")
    values[10, 42000], values[20, 100] = 900, 90  # 170 E + … and 179.2 W
    found = []
    for name, roll, west in (("plain", 0, -180.0), ("turned", 21600, 0.0)):
        folder = tmp_path / name
        country(folder, np.roll(values, roll, axis=1), tables=AREAS, west=west, north=-16.5, compress="deflate")
        lau, levu = box(-179.5, -17.0, -178.8, -16.5), box(169.9, -17.0, 170.1, -16.5)
        collection(folder / "a.geojson", ("Lau", lau), ("Levu", levu))
        assert main(["check", "FJI", "--inputs", str(folder)]) == 0
        capsys.readouterr()
        found.append(by_area(run(folder, "FJI")))
    assert found == [{"Lau": 90, "Levu": 900}] * 2


@pytest.mark.parametrize(
    ("crs", "west", "north", "tolerance"),
    [
        ("EPSG:32636", 32.0, 2.0, 2e-4),
        ("+proj=lcc +lat_0=1 +lon_0=20 +lat_1=20 +lat_2=30", 30.0, 3.0, 2e-4),
        # These two draw a sphere: their own square kilometre is up to 0.7 % off the ellipsoid's.
        ("EPSG:3857", 31.0, 2.0, 0.007),
        ("ESRI:54009", 31.0, 2.0, 0.007),
    ],
)
def test_density_in_a_projection_is_multiplied_by_the_true_area_of_each_cell(tmp_path, crs, west, north, tolerance):
    """Every cell of a row was taken as large as the one in the middle column."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(west, north)
    step = 10_000.0
    transform = Affine(step, 0, x, 0, -step, y)
    found = read_population(
        raster(tmp_path / "p.tif", np.full((30, 40), 2.0, "float32"), crs=crs, transform=transform),
        registered("UGA"),
        unit="people_per_km2",
    )
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    for row, col in ((0, 0), (29, 0), (0, 39), (13, 21), (29, 39)):
        ring = shapely.segmentize(box(x + col * step, y - (row + 1) * step, x + (col + 1) * step, y - row * step), 500)
        lon, lat = to_degrees.transform(*shapely.get_coordinates(ring).T)
        area_km2 = abs(Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)[0]) / 1e6
        assert found.people[row, col] == pytest.approx(2 * area_km2, rel=tolerance)
