"""Footprints of single sites from both models: what they add up to, and when they are left out."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.core import pieces
from ewcm.core.footprints import CASES, Footprints
from ewcm.core.fraction import LEVELS, UNKNOWN
from ewcm.coverage.circles import circle_footprints
from ewcm.coverage.p1812 import transmitters
from ewcm.coverage.p1812.model import PropagationModel
from ewcm.coverage.radius import RadiusModel
from ewcm.settings import Settings
from tests.coverage.test_propagation import GRID, SETTINGS, STEP, made_terrain, sites_table

#: As fine as the mosaic, so that a grid cell has one place.
FINE_GRID = GeoBox((240, 240), Affine(STEP, 0, 38.0, 0, -STEP, 9.2), "EPSG:4326")
UTM_GRID = GeoBox((29, 28), Affine(700, 0, 391_000, 0, -700, 1_016_200), "EPSG:32637")
FINE_UTM_GRID = GeoBox((180, 190), Affine(95, 0, 394_000, 0, -95, 1_015_000), "EPSG:32637")

SITES = sites_table(
    {"site_id": "a", "lat": 9.1, "lon": 38.1, "operator": "Blue"},
    {"site_id": "b", "lat": 9.13, "lon": 38.05, "operator": "Blue"},
    {"site_id": "c", "lat": 9.13, "lon": 38.05, "operator": "Blue", "frequency_mhz": 1800.0, "eirp_dbm": 20.0},
    {"site_id": "d", "lat": 9.04, "lon": 38.16, "operator": "Red", "azimuth_deg": 90.0, "beamwidth_deg": 65.0},
    {"site_id": "e", "lat": 9.18, "lon": 38.02, "operator": "Red", "technology": "2G"},
)


@pytest.fixture(scope="module")
def mountain(tmp_path_factory):
    y, x = np.mgrid[:240, :240]
    values = 900 + 300 * np.sin(x / 17) * np.cos(y / 23) + 120 * np.sin(x / 5 + y / 9)
    return made_terrain(tmp_path_factory.mktemp("mountain"), values)


def _model(terrain, geobox, sites=SITES, settings=SETTINGS, **more):
    arguments = {"collect_footprints": True} | more
    return PropagationModel(sites, terrain, None, geobox, settings, lambda done, total: None, **arguments)


def _networks(model):
    """Each technology and operator with the mask of its transmitters."""
    table = model.footprints.transmitters
    for technology, operators in model.operators.items():
        for operator in operators:
            mask = (table["technology"] == technology) & (table["operator"] == operator)
            yield technology, operator, mask.to_numpy()


@pytest.mark.parametrize("geobox", [FINE_GRID, FINE_UTM_GRID], ids=["geographic", "projected"])
def test_on_a_grid_as_fine_as_the_mosaic_the_union_is_the_model(mountain, geobox):
    model = _model(mountain, geobox)
    rows = slice(0, geobox.shape[0])
    networks = list(_networks(model))
    assert len(networks) == 3
    for technology, operator, mask in networks:
        for case in CASES:
            level = model.shares((technology,), operator, case, rows).covered
            assert not (level == UNKNOWN).any()
            union = model.footprints.union(mask, case, rows)
            assert np.abs(union - level / LEVELS).max() <= 0.5 / 250 + 1e-6
            assert union.max() > 0.9 and union.min() < 0.5


@pytest.mark.parametrize("geobox", [GRID, UTM_GRID], ids=["geographic", "projected"])
def test_on_a_coarser_grid_the_best_of_means_is_at_most_the_mean_of_the_best(mountain, geobox):
    model = _model(mountain, geobox)
    rows = slice(0, geobox.shape[0])
    for technology, operator, mask in _networks(model):
        for case in CASES:
            level = model.shares((technology,), operator, case, rows).covered
            known = level != UNKNOWN
            more = (level / LEVELS - model.footprints.union(mask, case, rows))[known]
            assert more.min() >= -0.5 / 250 - 1e-5  # the rounding of a share
            assert more.mean() < 0.02
            if mask.sum() == 1:  # a network of one transmitter is its footprint
                assert more.max() <= 0.5 / 250 + 1e-5


def test_collecting_changes_no_level(mountain):
    rows = slice(0, GRID.shape[0])
    with_them, without = _model(mountain, GRID), _model(mountain, GRID, collect_footprints=False)
    for case in CASES:
        one, other = (model.shares(("2G", "4G"), None, case, rows).covered for model in (with_them, without))
        assert np.array_equal(one, other)
    assert without.footprints is None and "not asked for" in without.footprints_left_out
    assert with_them.footprints_left_out == ""


def test_one_row_a_position_with_all_its_sites(mountain):
    footprints = _model(mountain, GRID).footprints
    table = footprints.transmitters
    assert table["site_ids"].tolist() == ["e", "a", "b;c", "d"]
    assert table["technology"].tolist() == ["2G", "4G", "4G", "4G"]
    assert table["operator"].tolist() == ["Red", "Blue", "Blue", "Red"]
    assert table["lat"].tolist() == pytest.approx([9.18, 9.1, 9.13, 9.04])
    assert table["lon"].tolist() == pytest.approx([38.02, 38.1, 38.05, 38.16])
    assert (table["range_km"] == SETTINGS.max_range_km).all()
    cell, share = footprints.of(1)
    assert (np.diff(cell) > 0).all() and (np.diff(share.astype(int), axis=1) >= 0).all() and (share[:, 2] > 0).all()
    assert (share[cell == 12 * 24 + 12] > 230).all()  # around the site itself


def test_a_position_cut_between_two_pieces_is_one_row(mountain, monkeypatch):
    rows = slice(0, GRID.shape[0])
    whole = _model(mountain, GRID)
    monkeypatch.setitem(transmitters._CELLS_A_PIECE, "sweep", 1)  # one antenna and carrier a piece
    cut = _model(mountain, GRID)
    pd.testing.assert_frame_equal(cut.footprints.transmitters, whole.footprints.transmitters)
    for case in CASES:
        for index in range(len(whole.footprints)):
            one, other = (model.footprints.union(np.array([index]), case, rows) for model in (whole, cut))
            assert (other <= one).all() and np.abs(one - other).max() < 0.2
            assert index == 2 or np.array_equal(one, other)


def test_pieces_done_elsewhere_bring_their_footprints_back(mountain):
    def sent(function, work):
        return [pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(piece))))) for piece in work]

    here = _model(mountain, UTM_GRID).footprints
    with pieces.executed_by(sent):
        there = _model(mountain, UTM_GRID).footprints
    assert np.array_equal(here.cell, there.cell) and np.array_equal(here.share, there.share)
    assert here.cell.size > 100


def test_above_the_limit_they_are_left_out_and_the_reason_is_stated(mountain):
    model = _model(mountain, GRID, footprints_limit_mb=0.0001)
    assert model.footprints is None and "footprints_limit_mb = 0.0001" in model.footprints_left_out
    assert _model(mountain, GRID, footprints_limit_mb=None).footprints is not None
    assert model.shares(("4G",), None, "central", slice(0, 24)).covered.max() == LEVELS


def test_the_estimate_of_the_limit_is_near_the_size_of_the_file(mountain, tmp_path):
    footprints = _model(mountain, FINE_GRID).footprints
    footprints.write(tmp_path / "f.npz")
    size_mb = (tmp_path / "f.npz").stat().st_size / 1e6
    assert _model(mountain, FINE_GRID, footprints_limit_mb=1.3 * size_mb).footprints is not None
    assert _model(mountain, FINE_GRID, footprints_limit_mb=0.6 * size_mb).footprints is None


def test_unknown_terrain_is_in_no_footprint(tmp_path):
    terrain = made_terrain(tmp_path, np.full((240, 120), 300.0))  # the west half only
    model = _model(terrain, GRID, sites_table({"lat": 9.1, "lon": 38.09}))
    union = model.footprints.union(np.array([0]), "high", slice(0, 24))
    assert (union[:, 13:] == 0).all() and union[12, 10] == 1


def test_without_a_site_near_there_are_none(mountain, tmp_path):
    footprints = _model(mountain, GRID, sites_table({"lat": 20.0, "lon": 38.1})).footprints
    assert len(footprints) == 0 and footprints.cell.size == 0
    assert (footprints.union(np.ones(0, bool), "high", slice(0, 24)) == 0).all()
    footprints.write(tmp_path / "f.npz")
    assert len(Footprints.read(tmp_path / "f.npz", GRID.shape)) == 0


def test_across_the_180th_meridian_longitudes_are_those_of_the_sites(tmp_path):
    grid = GeoBox((24, 24), Affine(1 / 120, 0, 179.9, 0, -1 / 120, 9.2), "EPSG:4326")
    terrain = made_terrain(tmp_path, np.full((240, 240), 300.0), west=179.9)
    footprints = _model(terrain, grid, sites_table({"lat": 9.1, "lon": -179.99})).footprints
    assert footprints.transmitters["lon"].tolist() == pytest.approx([-179.99])
    assert footprints.union(np.array([0]), "low", slice(0, 24))[12, 13] == 1


@pytest.mark.parametrize("geobox", [GRID, UTM_GRID], ids=["geographic", "projected"])
def test_the_union_of_circles_is_the_radius_model(geobox):
    settings = Settings(radius_km={"2G": 9.0, "3G": 5.0, "4G": 4.0, "5G": 1.0})
    model = RadiusModel(SITES, geobox, settings)
    kept = model.footprints.kept()
    for technology, operator, mask in _networks(model):
        for case in CASES:
            for rows in (slice(0, geobox.shape[0]), slice(5, 17)):
                level = model.shares((technology,), operator, case, rows).covered / LEVELS
                assert np.array_equal(model.footprints.union(mask, case, rows), level)
                assert np.array_equal(kept.union(mask, case, rows), level.astype(np.float32))
                block = model.footprints.block(rows)
                assert np.array_equal(block.union(mask, case, slice(0, block.shape[0])), level)
    assert model.footprints.transmitters["site_ids"].tolist() == ["e", "a", "b;c", "d"]


def test_circles_of_sites_beside_the_grid_and_far_from_it():
    sites = sites_table({"lat": 9.201, "lon": 38.1}, {"lat": 20.0, "lon": 38.1}, {"lat": 9.1, "lon": 38.1})
    circles = circle_footprints(sites, GRID, {"4G": 3.0}, 0.5, 2.0)
    order = circles.transmitters["lat"].tolist()
    assert order == [9.1, 9.201, 20.0]
    sizes = [circles.of(index)[0].size for index in range(3)]
    assert sizes[2] == 0 and 0 < sizes[1] < sizes[0]
    cell, share = circles.of(0)
    assert share.max(axis=1).min() == 250 and (share.sum(axis=0) / 250).tolist() == sorted(share.sum(axis=0) / 250)
    lower = circles.block(slice(12, 24))
    assert lower.of(0)[0].tolist() == (cell[cell >= 12 * 24] - 12 * 24).tolist()
    with pytest.raises(IndexError):
        circles.of(3)


def test_a_new_site_adds_to_a_union_and_a_lost_one_takes_away(mountain):
    footprints = _model(mountain, GRID, settings=replace(SETTINGS, max_range_km=9.0)).footprints
    rows = slice(0, 24)
    all_, without = (footprints.union(np.array(chosen), "central", rows) for chosen in ([1, 2, 3], [2, 3]))
    assert (without <= all_).all() and (without < all_).any()
