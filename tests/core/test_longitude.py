"""Longitudes of any turn: ranges, whole turns, and shapes at the 180th meridian."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from ewcm.core import longitude

#: Eighths of a degree are exact in binary, so that a whole turn more or less must give the very same number.
EIGHTHS = st.integers(-4 * 1440, 4 * 1440).map(lambda eighth: eighth / 8)
ANY = st.floats(-1000, 1000)
WHOLE_TURNS = st.integers(-3, 3).map(lambda turns: 360.0 * turns)


def _same_meridian(one: float, other: float) -> bool:
    return abs((one - other + 180) % 360 - 180) < 1e-9


@given(ANY, ANY)
def test_each_frame_holds_its_numbers_and_keeps_the_meridian(lon: float, reference: float) -> None:
    for moved, low, high in (
        (longitude.to_180(lon), -180, 180),
        (longitude.to_360(lon), 0, 360),
        (longitude.near(lon, reference), reference - 180, reference + 180),
        (longitude.east_of(lon, reference), reference, reference + 360),
    ):
        assert low - 1e-9 <= moved <= high + 1e-9
        assert _same_meridian(moved, lon)


@given(EIGHTHS, EIGHTHS, WHOLE_TURNS)
def test_a_whole_turn_changes_nothing(lon: float, reference: float, turn: float) -> None:
    assert longitude.to_180(lon + turn) == longitude.to_180(lon)
    assert longitude.to_360(lon + turn) == longitude.to_360(lon)
    assert longitude.near(lon + turn, reference) == longitude.near(lon, reference)
    assert longitude.east_of(lon + turn, reference) == longitude.east_of(lon, reference)
    assert longitude.is_within(lon + turn, reference, reference + 20) == longitude.is_within(
        lon, reference, reference + 20
    )


@given(st.floats(-180, 179.999))
def test_what_is_in_its_frame_keeps_every_digit_where_turns_are_added(lon: float) -> None:
    assert longitude.east_of(lon, -180.0) == lon


def test_the_180th_meridian_is_the_western_end() -> None:
    assert longitude.to_180(180.0) == -180.0
    assert longitude.to_180(np.array([-180.0, 179.5, 540.0])).tolist() == [-180.0, 179.5, -180.0]
    assert longitude.to_360(np.array([-180.0, -0.5, 360.0])).tolist() == [180.0, 359.5, 0.0]
    assert longitude.near(-179.0, 178.0) == 181.0
    assert longitude.near(179.0, -178.0) == -181.0


def test_a_box_across_180_holds_points_of_both_frames() -> None:
    fiji = (176.0, 183.0)
    inside = longitude.is_within(np.array([177.0, -178.0, 182.0, -176.9, 0.0, 175.9]), *fiji)
    assert inside.tolist() == [True, True, True, False, False, False]
    assert longitude.is_within(-176.5, *fiji, margin=1.0)


def test_places_of_the_western_hemisphere_stand_beside_a_map_that_ends_beyond_180() -> None:
    assert longitude.on_map(np.array([177.0, -179.0, -177.5, -170.0]), 182.0).tolist() == [177.0, 181.0, 182.5, -170.0]
    assert longitude.on_map(-179.0, 180.0) == -179.0


def test_a_span_meets_a_window_by_the_turns_that_bring_it_there() -> None:
    assert longitude.turns_onto((-180.0, -178.0), (177.0, 183.0)) == [360.0]
    assert longitude.turns_onto((177.0, 183.0), (-180.0, -178.0)) == [-360.0]
    assert longitude.turns_onto((-180.0, 180.0), (177.0, 183.0)) == [0.0, 360.0]
    assert longitude.turns_onto((10.0, 20.0), (20.0, 30.0)) == []
    assert longitude.turns_onto((10.0, 20.0), (20.0, 30.0), touching=True) == [0.0]


@given(
    st.floats(-180, 175), st.floats(0.5, 5), st.floats(-180, 175), st.floats(0.5, 20), st.sampled_from([-360, 0, 360])
)
def test_a_shape_comes_onto_a_window_from_any_turn(
    west: float, width: float, left: float, reach: float, turn: float
) -> None:
    window = box(left, -10, left + reach, 10)
    met = longitude.shape_onto(box(west, 0, west + width, 1), (left, left + reach))
    same = longitude.shape_onto(box(west + turn, 0, west + width + turn, 1), (left, left + reach))
    if -180 <= west + turn <= 180:
        assert shapely.intersection(met, window).area == pytest.approx(
            shapely.intersection(same, window).area, abs=1e-9
        )
    assert met.area == pytest.approx(width, abs=1e-9)


def test_a_polygon_split_at_180_becomes_one_piece() -> None:
    split = shapely.MultiPolygon([box(177, -19, 180, -16), box(-180, -19, -178, -16)])
    whole = longitude.shape_to_360(split)
    assert whole.geom_type == "Polygon"
    assert whole.bounds == (177, -19, 182, -16)
    assert whole.area == pytest.approx(15)
    assert longitude.shape_to_180(box(181, 0, 182, 1)).bounds == (-179, 0, -178, 1)
    assert longitude.shape_to_180(box(179, 0, 182, 1)).bounds == (179, 0, 182, 1)


def test_an_empty_shape_stays_empty() -> None:
    assert longitude.shape_onto(shapely.Polygon(), (0.0, 10.0)).is_empty
    assert longitude.shape_to_360(shapely.Polygon()).is_empty
