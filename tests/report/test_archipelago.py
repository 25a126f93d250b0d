"""A country of islands: pictures of each group, the first view, the insets, and the list of the islands."""

import json

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.report.webmap import opening, relief, sheet
from ewcm.report.webmap.map import render
from tests.made import made_grid
from tests.report.make_archipelago import COLS, ISLANDS, WEST, archipelago, people_of


@pytest.fixture(scope="module")
def data():
    page = render(archipelago())
    start = page.index('<script type="application/json"')
    start = page.index(">", start) + 1
    return json.loads(page[start : page.index("</script>", start)])


def test_every_island_is_drawn_with_the_cells_of_the_grid_in_its_place():
    result = archipelago()
    people = result.data.population.people
    frame = sheet.frame(result.geobox, people)
    assert len(frame.parts) > 1 and frame.source.size < people.size / 10
    shown = np.unique(frame.source[frame.source >= 0])
    held = np.flatnonzero(~np.isnan(people.reshape(-1)))
    assert np.isin(held, shown).all()  # none is left out, as it is where pixels are three cells wide
    for part in frame.parts:
        source = frame.source[part.y : part.y + part.height, part.x : part.x + part.width]
        west, _, east, north = part.bounds
        _, column = np.divmod(source, COLS)
        middle = west + (np.arange(part.width) + 0.5) / part.width * (east - west)
        assert np.abs(WEST + (column + 0.5) / 120 - middle).max() < 1e-6
        assert abs((2.0 - north) * 120 - source[0, 0] // COLS) < 1e-6
        assert part.x % sheet.ALIGNED == part.y % sheet.ALIGNED == 0 and part.pixel_km == pytest.approx(0.92, abs=0.02)


def test_where_a_sheet_would_be_too_large_the_smallest_groups_keep_their_cells(monkeypatch):
    monkeypatch.setattr(sheet, "SHEET_PIXELS", 6_000)
    people = np.full((1200, 3000), np.nan, dtype=np.float32)
    people[100:164, 100:164] = 1.0
    people[1000:1010, 2900:2910] = 1.0
    frame = sheet.frame(GeoBox(people.shape, Affine(1 / 120, 0, 30, 0, -1 / 120, 5), "EPSG:4326"), people)
    widths = {part.pixel_km for part in frame.parts}
    assert len(widths) == 2
    small = min(frame.parts, key=lambda part: part.bounds[2] - part.bounds[0])
    assert small.pixel_km == min(widths)


def test_a_country_in_one_piece_has_one_picture_and_is_seen_whole():
    people = np.ones((2100, 40), dtype=np.float32)
    geobox = made_grid(2100, 40)
    assert sheet.frame(geobox, people).parts == () and opening.opening(geobox, people) is None


def test_the_first_view_holds_nearly_all_and_the_remote_island_is_an_inset(data):
    total = sum(map(people_of, ISLANDS))
    (_, west), (_, east) = data["opening"]["bounds"]
    assert east - west < 4.0 and west <= WEST + 40 / 120
    assert data["opening"]["share"] == pytest.approx(1 - people_of(ISLANDS[4]) / total, abs=1e-4)
    (inset,) = data["opening"]["insets"]
    assert inset["name"] == "Far" and inset["people"] == pytest.approx(people_of(ISLANDS[4]))
    assert data["opening"]["outside"] == 0.0
    assert data["places"][0][4] == {"ar": "سوفا"} and len(data["places"][1]) == 4


def test_islands_are_listed_where_one_area_holds_them_all():
    result = archipelago()
    table = next(finding for finding in result.findings if finding.name == "islands").table("islands")
    assert len(table) == len(ISLANDS)
    assert table["people"].tolist() == pytest.approx(
        [people_of(ISLANDS[number]) for number in (1, 4, 2, 3, 0)]
    )  # by people out of reach: the site stands on the largest island
    assert table["uncovered"].sum() == pytest.approx(result.services["any"].uncovered)
    assert (table["uncovered"] + table["covered"] + table["unknown"]).to_numpy() == pytest.approx(table["people"])
    far = table[table["place"] == "Far"].iloc[0]
    assert far["place_distance_km"] == 0 and -180 <= far["lon"] <= -160
    assert result.summary["islands"]["inhabited"] == 5


def test_shadows_fall_on_slopes_that_turn_away_from_the_light():
    lat, lon = 1.0 - np.arange(60) / 120, 30.0 + np.arange(80) / 120
    ridge = 800.0 * np.exp(-(((np.arange(80) - 40) / 6.0) ** 2))[None, :] * np.ones((60, 1))
    dark = relief.shadow(ridge, lat, lon)
    assert dark[:, 46].mean() > 3 and dark[:, 34].mean() < 1  # light comes from the north-west
    assert not relief.shadow(np.full((60, 80), 500.0), lat, lon).any()


def test_zooming_ends_where_a_cell_fills_64_pixels():
    from ewcm.report.webmap.map import _deepest_zoom

    for step, lat in ((1 / 120, 0.0), (1 / 1200, 40.0)):
        zoom = _deepest_zoom(GeoBox((10, 10), Affine(step, 0, 30, 0, -step, lat + 5 * step), "EPSG:4326"))
        pixels = step / 360 * 256 * 2**zoom
        assert 64 / 2**0.15 <= pixels <= 64 * 2**0.15


def test_next_sites_and_points_stand_where_their_tables_say(data):
    result = archipelago()
    table = next(finding for finding in result.findings if finding.name == "next_sites").table("next_sites")
    assert [row[0] for row in data["marks"]["next_sites"]] == table["rank"].tolist()
    assert [row[1] for row in data["marks"]["next_sites"]] == pytest.approx(table["lat"].tolist(), abs=1e-5)
    assert all(
        WEST <= row[2] <= WEST + COLS / 120 for row in data["marks"]["next_sites"]
    )  # beside the country, over 180°
    assert data["marks"]["states"] == ["no", "unknown", "yes"] and data["marks"]["counts"] == [1, 0, 1]
    assert [row[2] for row in data["marks"]["points"]] == [0, 2] and data["marks"]["points"][0][1] > 190
