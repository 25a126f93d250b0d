"""Checks of grids: cut, flipped, misplaced; and how much of a flipped byte can be found at all."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import from_origin

from ewcm.countries import country
from ewcm.errors import FetchError
from ewcm.fetch.checks import Damaged
from ewcm.fetch.rasters import check_population, check_tile, settled_degrees
from tests.fetch import made

STEP = 1 / 120


def check(path: Path, iso3: str = "BRB") -> None:
    check_population(path, country(iso3), crs="EPSG:4326", step_deg=STEP, nodata=-99999.0)


@pytest.mark.parametrize("compress", ["lzw", "deflate", "none"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_grid_cut_off_anywhere_is_refused(tmp_path: Path, compress: str, share: float) -> None:
    body = made.population(compress=compress)
    path = tmp_path / "grid.tif"
    path.write_bytes(body)
    check(path)
    path.write_bytes(body[: int(len(body) * share)])
    with pytest.raises(FetchError):
        check(path)


@pytest.mark.parametrize(("compress", "found_at_least"), [("deflate", 1.0), ("zstd", 0.3), ("lzw", 0.3), ("none", 0.2)])
def test_flipped_bytes_are_found_where_the_format_checks_itself(
    tmp_path: Path, compress: str, found_at_least: float
) -> None:
    """Deflate carries a checksum; the others only betray values that cannot be (docs/fetch.md says what that means)."""
    body = made.population(compress=compress)
    dice = random.Random(3)
    found = 0
    for _ in range(60):
        damaged = bytearray(body)
        damaged[dice.randrange(len(body) // 2, len(body))] ^= 1 << dice.randrange(8)  # in the second half: no header
        path = tmp_path / "grid.tif"
        path.write_bytes(damaged)
        try:
            check(path)
        except FetchError:
            found += 1
    assert found >= 60 * found_at_least, found


@pytest.mark.parametrize("value", [-5.0, np.inf, 1e12])
def test_impossible_numbers_of_people_are_damage(tmp_path: Path, value: float) -> None:
    values = np.full((48, 36), 160, dtype=np.float32)
    values[3, 4] = value
    path = tmp_path / "grid.tif"
    path.write_bytes(made.tiff(values, -59.7, 13.4, STEP, nodata=-99999.0))
    with pytest.raises(Damaged, match="numbers of people"):
        check(path)


def test_an_empty_grid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "grid.tif"
    path.write_bytes(made.tiff(np.full((48, 36), -99999, dtype=np.float32), -59.7, 13.4, STEP, nodata=-99999.0))
    with pytest.raises(FetchError, match="nobody lives"):
        check(path)


@pytest.mark.real
def test_real_grids_pass_as_themselves_and_as_nobody_else(real_data: Path) -> None:
    for iso3 in ("UGA", "SOM", "NPL"):
        path = real_data / iso3 / f"{iso3.lower()}_ppp_2020_1km_Aggregated_UNadj.tif"
        check(path, iso3)
        for other in ("UGA", "SOM", "NPL", "SSD", "ETH", "TZA", "DJI", "SDN", "BGD"):
            if other != iso3:
                with pytest.raises(FetchError):
                    check(path, other)


def test_people_of_fiji_on_both_sides_of_the_180th_meridian_are_in_fiji(tmp_path: Path) -> None:
    columns = 43200
    values = np.full((620, columns), -99999, dtype=np.float32)
    random_cells = np.random.default_rng(1)
    values[20:600, columns - 360 : columns] = 3.0 * random_cells.random((580, 360))
    values[20:600, :180] = 3.0 * random_cells.random((580, 180))
    path = tmp_path / "fji.tif"
    path.write_bytes(made.tiff(values, -180.0, -14.0, STEP, nodata=-99999.0, compress="deflate"))
    check(path, "FJI")
    squares = settled_degrees(path)
    assert {west for _, west in squares} == {177, 178, 179, -180, -179}
    assert {south for south, _ in squares} == {-15, -16, -17, -18, -19}


def test_squares_with_people_of_a_projected_grid(tmp_path: Path) -> None:
    values = np.zeros((40, 60), dtype=np.float32)
    values[20, 30] = 5
    path = tmp_path / "utm.tif"
    path.write_bytes(made.tiff(values, 0, 0, 1, crs="EPSG:32636", transform=from_origin(400_000, 120_000, 1000, 1000)))
    assert settled_degrees(path) == {(0, 32)}


@pytest.mark.parametrize("south", [13, -1])
def test_tiles_of_any_width_pass_in_their_place_only(tmp_path: Path, south: int) -> None:
    path = tmp_path / "tile.tif"
    heights = np.ones((1200, 600), dtype=np.float32)
    path.write_bytes(made.tiff(heights, -60, south + 1, 1 / 1200, step_x=1 / 600))
    check_tile(path, south, -60, 1200)
    for place in ((south + 1, -60), (south, -59), (south, 60)):
        with pytest.raises(FetchError, match="elsewhere"):
            check_tile(path, *place, 1200)


def test_impossible_heights_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "tile.tif"
    heights = np.ones((1200, 1200), dtype=np.float32)
    heights[5, 5] = np.nan
    path.write_bytes(made.tiff(heights, -60, 14, 1 / 1200))
    with pytest.raises(Damaged, match="heights"):
        check_tile(path, 13, -60, 1200)
