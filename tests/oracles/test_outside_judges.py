"""Judges that are not ours: the ellipsoid of PROJ, closed integrals, exactextract, scipy.

P.1812 has its own: the Recommendation's validation profiles and 400 cases of another implementation, in
tests/kernels/test_p1812.py and test_area.py.
"""

import math

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from odc.geo.geobox import GeoBox
from pyproj import Geod, Transformer
from shapely.geometry import box

from ewcm import pipeline
from ewcm.analysis.areas import partition
from ewcm.analysis.distance import nearest_km
from ewcm.core import grid
from ewcm.settings import Settings
from tests.examples import examples
from tests.made import made_areas, made_data, made_declared, made_grid, made_sites

WGS84 = Geod(ellps="WGS84")

#: A sphere of the mean radius is nowhere farther from the ellipsoid than this, relative (at the poles and at the equator).
SPHERE = 0.0057


def ellipsoid_km(geobox, covered):
    """Distance of every cell's centre to the nearest covered one on the ellipsoid, trying them all."""
    lat, lon = grid.cell_positions(geobox, slice(0, geobox.shape[0]))
    nearest = np.full(lat.shape, np.inf)
    for row, col in zip(*np.nonzero(covered), strict=True):
        here = np.full(lat.shape, lat[row, col]), np.full(lat.shape, lon[row, col])
        nearest = np.minimum(nearest, WGS84.inv(here[1], here[0], lon, lat)[2] / 1000)
    return nearest


def scattered(shape, seed, count=5):
    random = np.random.default_rng(seed)
    covered = np.zeros(shape, np.uint8)
    covered[random.integers(0, shape[0], count), random.integers(0, shape[1], count)] = 1
    return covered


@pytest.mark.parametrize(("north", "west"), [(0.4, 30.0), (60.2, 20.0), (-16.0, 179.7), (60.2, 179.6), (-60.0, -179.9)])
@pytest.mark.parametrize("step", [1 / 120, 1 / 10, 1 / 5])
def test_distances_in_degrees_are_those_of_the_ellipsoid(north, west, step):
    """Up to 1300 km and 72 degrees of latitude: the sphere (0.57 %) and the kernel's own metric (0.5 %) together."""
    geobox = made_grid(60, 70, west=west, north=north, step=step)
    covered = scattered(geobox.shape, seed=round(north) % 7)
    if step == 1 / 5:  # one cell near a corner, from which the opposite one is far
        covered = np.zeros_like(covered)
        covered[3, 5] = 1
    found, truth = nearest_km(covered, geobox), ellipsoid_km(geobox, covered)
    assert step < 1 / 5 or truth.max() > 1300
    assert found[covered > 0].max() == 0
    assert np.allclose(found, truth, rtol=SPHERE + 0.005, atol=1e-4)


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [
        ("ESRI:54009", 84.0, 28.0),  # Nepal, where its columns lean by 21 degrees and distances were out by 28 %
        ("ESRI:54009", 45.0, 5.0),
        ("ESRI:54009", -72.0, 19.0),
        ("EPSG:32636", 33.0, 1.0),
        ("ESRI:102024", 38.0, 9.0),  # Lambert's conformal conic
        ("ESRI:102022", 38.0, 9.0),  # Albers' equal-area conic
        ("EPSG:3857", 84.0, 28.0),
    ],
)
def test_distances_on_projected_grids_are_those_of_the_ellipsoid(crs, lon, lat):
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    geobox = GeoBox((60, 70), Affine(1000, 0, x, 0, -1000, y), crs)
    covered = scattered(geobox.shape, seed=3)
    found, truth = nearest_km(covered, geobox), ellipsoid_km(geobox, covered)
    # An eighth of a cell is what setting out by longitude may cost at its two ends.
    assert np.allclose(found, truth, rtol=SPHERE + 0.002, atol=0.13)


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 30.0), (60.0, 30.0), (-17.0, 180.0)])
def test_people_in_a_disc_are_the_integral_of_their_density(lat, lon):
    """Uniform, and thinning out from the site as a bell: both have closed integrals over the cap of a sphere."""
    step, radius_km, bell_km = 1 / 600, 15.0, 6.0
    half = 0.2 / math.cos(math.radians(lat))
    geobox = GeoBox((240, round(2 * half / step)), Affine(step, 0, lon - half, 0, -step, lat + 0.2), "EPSG:4326")
    cell_lat, cell_lon = grid.cell_positions(geobox, slice(0, 240))
    sphere_km2 = (np.radians(step) * grid.EARTH_RADIUS_KM) ** 2 * np.cos(np.radians(cell_lat))
    away_km = grid.distance_km(cell_lat, cell_lon, np.full(cell_lat.shape, lat), np.full(cell_lat.shape, lon))
    angle = radius_km / grid.EARTH_RADIUS_KM
    cap = 2 * math.pi * grid.EARTH_RADIUS_KM**2 * (1 - math.cos(angle))
    bell = 2 * math.pi * bell_km**2 * (1 - math.exp(-(radius_km**2) / (2 * bell_km**2)))
    for density, expected in ((np.ones_like(away_km), cap), (np.exp(-(away_km**2) / (2 * bell_km**2)), bell)):
        data = made_data(100 * density * sphere_km2, geobox, sites=made_sites((lat, lon, "2G", "")))
        reached = pipeline.run(data, Settings(radius_km={"2G": radius_km})).summary["services"]["2G"]["covered"]
        assert reached == pytest.approx(100 * expected, rel=0.002)


@examples(0.4)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_people_of_areas_are_those_of_exactextract(seed, count):
    import exactextract  # one tester of a run needs it

    random = np.random.default_rng(seed)
    geobox = made_grid(25, 31)
    people = random.lognormal(2, 2, geobox.shape).astype(np.float32)
    people[random.uniform(size=geobox.shape) < 0.1] = np.nan
    frame = box(*geobox.extent.boundingbox)
    points = shapely.MultiPoint(random.uniform(frame.bounds[:2], frame.bounds[2:], (count, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    areas = made_areas(*((1, str(i), shapely.intersection(cell, frame)) for i, cell in enumerate(cells))).table
    ours = partition(areas, people, geobox, 25.0).sum(people, slice(0, 25))
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=25, width=31, count=1, dtype="float32", crs="EPSG:4326", transform=geobox.affine,
            nodata=float("nan"),
        ) as target:  # fmt: skip
            target.write(people, 1)
        with memory.open() as source:
            theirs = exactextract.exact_extract(source, gpd.GeoDataFrame(areas), ["sum"], output="pandas")["sum"]
    assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-5 * np.nansum(people))


@examples()
@given(arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24))), st.integers(0, 99))
def test_the_ground_of_coldspots_are_the_components_of_scipy(settled, seed):
    """With coverage known and nowhere, every group of cells with enough people is ground, joined over edges and corners, and
    the coldspots hold it all."""
    from scipy import ndimage  # one tester of a run needs it

    geobox = made_grid(*settled.shape)
    people = np.where(settled, np.random.default_rng(seed).integers(1, 50, settled.shape), 0).astype(np.float32)
    data = made_data(people, geobox, declared=(made_declared("2G", "", box(0, -60, 0.001, -59.999)),))
    spots = pipeline.run(data, Settings(min_people=60.0, coldspot_services=("2G",))).coldspots
    spots = spots[spots["case"] == "central"]
    labels, count = ndimage.label(settled, np.ones((3, 3)))
    expected = ndimage.sum_labels(people, labels, np.arange(1, count + 1)) if count else np.zeros(0)
    cells = ndimage.sum_labels(settled, labels, np.arange(1, count + 1)) if count else np.zeros(0)
    listed = expected >= 60
    assert (spots["people"].sum(), spots["cells"].sum()) == (expected[listed].sum(), cells[listed].sum())
