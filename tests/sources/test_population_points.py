"""People as points are summed exactly onto a grid."""

from __future__ import annotations

import numpy as np
import pytest

from ewcm.errors import InputError
from ewcm.sources.population_points import read_population_points
from tests.sources.files import UGA, text


def hrsl(path, count=4000, separator=",", head="latitude,longitude,population"):
    """Points at the middles of cells of one arc second, as HRSL has them, and a dictionary of the exact sums by 30″."""
    random = np.random.default_rng(3)
    row, col = random.integers(0, 900, (2, count))
    people = random.uniform(0, 9, count).round(6)
    lat, lon = 1.25 - (row + 0.5) / 3600, 32.0 + (col + 0.5) / 3600
    lines = [separator.join(map(str, line)) for line in zip(lat, lon, people, strict=True)]
    text(path, head.replace(",", separator), *lines)
    sums: dict[tuple[int, int], float] = {}
    for place in zip(row // 30, col // 30, people, strict=True):
        sums[place[:2]] = sums.get(place[:2], 0.0) + place[2]
    return sums


@pytest.mark.parametrize(
    "head", ["latitude,longitude,population", "Lat,Lon,hrsl_uga_pop", "latitude,longitude,population_2020"]
)
def test_each_cell_is_the_exact_sum_of_its_points(tmp_path, head):
    sums = hrsl(tmp_path / "p.csv", head=head)
    found = read_population_points(tmp_path / "p.csv", UGA)
    step = found.geobox.affine.a
    assert step == pytest.approx(1 / 120, abs=1e-15)
    row0, col0 = round((1.25 - found.geobox.affine.f) / step), round((found.geobox.affine.c - 32.0) / step)
    for (row, col), people in sums.items():
        assert found.people[row - row0, col - col0] == pytest.approx(people, rel=1e-6)
    assert np.nansum(found.people, dtype=float) == pytest.approx(sum(sums.values()), rel=1e-7)
    assert found.record.facts["points"] == 4000 and found.record.path == "p.csv"


def test_any_step_and_separator_keeps_everybody(tmp_path):
    sums = hrsl(tmp_path / "p.csv", separator=";")
    found = read_population_points(tmp_path / "p.csv", UGA, step_arcsec=3)
    assert found.geobox.affine.a == pytest.approx(3 / 3600)
    assert np.nansum(found.people, dtype=float) == pytest.approx(sum(sums.values()), rel=1e-7)


def test_rows_that_cannot_be_used_are_counted(tmp_path):
    hrsl(tmp_path / "p.csv", 50)
    with (tmp_path / "p.csv").open("a") as stream:
        stream.write("1.2,32.1,n/a\n,32.1,5\n1.2,32.1,-4\n1.2,32.1,1,2\n")
    warnings = " ".join(read_population_points(tmp_path / "p.csv", UGA).record.warnings)
    assert (
        "4 of 54 rows were not used: without a position or a possible number of people, or totals (such as '1.2, 32.1, n/a')"
        in warnings
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,b,c", "1,32,5"], "has not the columns of people as points"),
        (["latitude,longitude,population,population_2015", "1,32,5,5"], None),
        (["latitude,longitude,population_2015,population_2020", "1,32,5,5"], "several columns of people"),
        (["latitude,longitude,population", "x,y,z"], "holds no point with a position"),
        (["latitude,longitude,population", "50,10,5"], "lies outside Uganda"),
    ],
)
def test_tables_that_are_no_points(tmp_path, lines, message):
    path = text(tmp_path / "p.csv", *lines)
    if message is None:
        assert read_population_points(path, UGA).record.facts["people"] == 5
        return
    with pytest.raises(InputError, match=message):
        read_population_points(path, UGA)


def test_signs_between_thousands_are_read(tmp_path):
    """Rows such as "1,071.16" were dropped: the largest cells of a country."""
    lines = [f'{1.0 + number / 100},32.0,"{people}"' for number, people in enumerate(("1,071.16", "12.5", "2,000"))]
    path = text(tmp_path / "p.csv", "\n".join(["latitude,longitude,population", *lines]) + "\n")
    found = read_population_points(path, UGA)
    assert float(np.nansum(found.people)) == pytest.approx(3083.66) and found.record.facts["not_used"] == 0


def test_copies_totals_and_thousands_are_said_or_read(tmp_path):
    """Copies of rows and a row of totals counted everybody twice; thousands of people were people."""
    rows = [f"Village {n},{1 + n / 100},32.0,{10 + n}" for n in range(20)]
    head = "Village,Latitude,Longitude,Population"
    plain = text(tmp_path / "p.csv", head, *rows)
    wanted = float(np.nansum(read_population_points(plain, UGA).people, dtype=float))
    found = read_population_points(text(tmp_path / "q.csv", head, *rows, rows[3], "Total,1.03,32.0,390"), UGA)
    assert float(np.nansum(found.people, dtype=float)) == pytest.approx(wanted + 13)
    said = " ".join(found.record.warnings)
    assert "1 row says the same people at the same place as another row, 13 people in all" in said
    assert "1 of 22 rows were not used" in said or "1 of 22 rows was not used" in said
    spaced = [f"{1 + n / 100};32.0;1 00{n}" for n in range(9)]
    found = read_population_points(text(tmp_path / "r.csv", "latitude;longitude;population", *spaced), UGA)
    assert found.record.facts["people"] == 9036
    shorter = [f"{1 + n / 100},32.0,{n + 1}" for n in range(9)]
    found = read_population_points(text(tmp_path / "s.csv", "latitude,longitude,Population (thousands)", *shorter), UGA)
    assert found.record.facts["people"] == 45_000
    assert "was read as thousands of people" in " ".join(found.record.assumptions)
    with pytest.raises(InputError, match="has not the columns of people as points"):
        read_population_points(text(tmp_path / "t.csv", "latitude,longitude,population density", "1,32,5"), UGA)


def test_what_is_wrong_with_the_sums_is_said_of_the_table(tmp_path):
    path = text(tmp_path / "p.csv", "latitude,longitude,population", "1.0,32.0,5", "1.0,0.0,40", "-11.0,32.0,70")
    with pytest.raises(InputError, match="holds people far outside Uganda") as error:
        read_population_points(path, UGA)
    assert str(error.value).startswith(f"{path}: ")
