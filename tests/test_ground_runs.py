"""Ground that terrain shows, through the command line: a made coast whose answer is known, and slips of one line each."""

import csv
import json

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from ewcm import basemap
from ewcm.cli import main
from tests.made_files import write_population

#: A made island in the open sea west of Fiji, of cells of 3″; tests tell the base map that it is there.
STEP = 1 / 1200
WEST, NORTH = 176.5, -17.5
SIDE = 240

TABLES = '[[hazard]]\nkind = "ground"\nvalues = "low_coast"\n[[hazard]]\nkind = "ground"\nvalues = "steep"\n'


@pytest.fixture(autouse=True)
def made_coast(monkeypatch):
    """The base map has an island that is a little smaller than the made one."""
    land = shapely.box(WEST + 45 * STEP, NORTH - 195 * STEP, WEST + 195 * STEP, NORTH - 45 * STEP)
    monkeypatch.setattr(basemap, "land", lambda iso3: np.array([land], dtype=object))


def write_dem(path, heights, step=STEP, **more):
    rows, cols = heights.shape
    profile = {"driver": "GTiff", "height": rows, "width": cols, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", **profile, transform=Affine(step, 0, WEST, 0, -step, NORTH), **more) as target:
        target.write(heights.astype(np.float32), 1)


def island():
    """A square island of 30 m in the sea with a beach of 4 m in the west, behind a dyke of 20 m a plain of 3 m, in the east a
    hollow of −5 m that is not connected, and a cliff."""
    heights = np.zeros((SIDE, SIDE))
    heights[40:200, 40:200] = 30
    heights[80:160, 40:60] = 4
    heights[80:160, 60:62] = 20
    heights[80:160, 62:90] = 3
    heights[80:160, 120:150] = -5
    return heights


def folder_of(folder, heights, tables=TABLES, terrain=True, people=None):
    folder.mkdir()
    if people is None:
        people = np.ones((24, 24))
    transform = Affine(10 * STEP, 0, WEST, 0, -10 * STEP, NORTH)
    write_population(folder / "people.tif", people, transform=transform)
    write_dem(folder / "dem.tif", heights, nodata=-9999)
    text = '[population]\npath = "people.tif"\n' + ('[terrain]\npath = "dem.tif"\n' if terrain else "") + tables
    (folder / "inputs.toml").write_text(text + "[lend]\nall = false\n[settings]\nmin_people = 1\n", encoding="utf-8")
    return folder


def run(folder, output):
    return main(["run", "FJI", "--inputs", str(folder), "--output", str(output), "--quiet"])


def rows_of(output):
    with (output / "hazards.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["level"] == "0"]


def test_a_made_island_with_a_dyke_a_hollow_and_a_void(tmp_path):
    people = np.zeros((24, 24))
    people[8:16, 4] = 1  # the beach
    people[8:16, 7] = 2  # behind the dyke
    people[8:16, 13] = 4  # in the hollow
    people[5, 5] = 8  # on the high ground
    people[2, 2] = 16  # at sea by the terrain: houses on stilts
    heights = island()
    heights[82:122, 92:118] = -9999  # more than a hole that is filled from its rim
    people[9, 10] = 32  # no height
    folder = folder_of(tmp_path / "data", heights, people=people)
    assert run(folder, tmp_path / "FJI") == 0
    rows = rows_of(tmp_path / "FJI")
    coast = {row["threshold"]: row for row in rows if row["hazard"] == "low coastal ground"}
    found = {threshold: float(row["exposed"]) for threshold, row in coast.items()}
    assert found == {"10.0": 24, "5.0": 24, "2.0": 16, "1.0": 16}
    assert {float(row["unknown_hazard"]) for row in coast.values()} == {32}
    assert {(row["kind"], row["return_period"], row["unit"]) for row in coast.values()} == {("ground", "", "m")}
    summary = json.loads((tmp_path / "FJI" / "summary.json").read_text(encoding="utf-8"))
    assert {"hazards_low_coast", "hazards_steep"} <= {caveat["code"] for caveat in summary["caveats"]}
    page = (tmp_path / "FJI" / "index.html").read_text(encoding="utf-8")
    assert "Low coastal ground, no return period: share of the ground at 10 m or less" in page
    assert "Terrain côtier bas, sans période de retour" in page


def test_a_gap_in_the_dyke_floods_the_plain_and_a_void_in_it_leaves_it_unknown(tmp_path):
    people = np.zeros((24, 24))
    people[8:16, 7] = 2
    for name, columns, gap, exposed, unknown in (
        ("gap", slice(60, 62), 4, "16.0", "0.0"),
        ("void", slice(50, 68), -9999, "", "16.0"),
    ):
        heights = island()
        heights[90:150, columns] = gap
        folder = folder_of(
            tmp_path / name, heights, '[[hazard]]\nkind = "ground"\nvalues = "low_coast"\n', people=people
        )
        assert run(folder, tmp_path / f"out {name}") == 0
        first = next(row for row in rows_of(tmp_path / f"out {name}") if row["threshold"] == "5.0")
        assert (first["exposed"], first["unknown_hazard"]) == (exposed, unknown)


def test_flood_prone_ground_of_a_tilted_valley(tmp_path):
    """A valley that falls to the west coast, its sides rising by 1 m a cell, in two windows of the grid."""
    row, col = np.mgrid[0:SIDE, 0:SIDE]
    heights = np.where(col < 30, 0.0, 1 + 0.05 * (col - 30) + abs(row - 124.5))
    heights[:20] = heights[-20:] = 0
    heights[:, -20:] = 0
    folder = folder_of(
        tmp_path / "data", heights, '[[hazard]]\nkind = "ground"\nvalues = "drainage"\nthresholds = [5, 20]\n'
    )
    assert run(folder, tmp_path / "FJI") == 0
    rows = {row["threshold"]: row for row in rows_of(tmp_path / "FJI")}
    assert list(rows) == ["20.0", "5.0"] and rows["5.0"]["hazard"] == "flood-prone ground"
    assert float(rows["5.0"]["exposed"]) <= float(rows["20.0"]["exposed"])
    with rasterio.open(tmp_path / "FJI" / "reach.tif") as source:
        share = source.read(source.descriptions.index("hazard_1") + 1)
    # The widest threshold is that of maps: some 20 cells of 1 m on either side of the stream between rows 124 and 125.
    inner = share[:, 10:20]
    np.testing.assert_allclose(inner[8:17].sum(axis=0), 4.0, atol=0.4)
    assert inner[3:9].max() == 0 and inner[16:21].max() == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('kind = "flood"\nvalues = "drainage"', 'state kind = "ground"'),
        ('kind = "ground"', "has no values; state one of drainage, low_coast, steep"),
        ('kind = "flood"', "has no path; add it"),
        ('kind = "ground"\npath = "dem.tif"', "needs values; state one of"),
        ('kind = "ground"\nvalues = "steep"\nreturn_period = 100', "return_period is not for"),
        ('kind = "ground"\nvalues = "low_coast"\nthresholds = [-1]', "above 0 and up to 100 m"),
        ('kind = "ground"\nvalues = "drainage"\nstream_km2 = 400', "not within 0.1 to 25"),
        ('kind = "ground"\nvalues = "steep"\nstream_km2 = 1', 'of values = "drainage" only'),
        ('kind = "ground"\nvalues = "steep"\npath = "coarse.tif"', "has a step of about 185 m"),
    ],
)
def test_a_slip_is_one_line(tmp_path, capsys, table, words):
    folder = folder_of(tmp_path / "data", np.zeros((SIDE, SIDE)) + 30, f"[[hazard]]\n{table}\n", terrain=False)
    write_dem(folder / "coarse.tif", np.zeros((SIDE // 2, SIDE // 2)) + 30, step=2 * STEP)
    assert main(["check", "FJI", "--inputs", str(folder)]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said


def test_without_any_terrain_ground_is_refused(tmp_path, capsys):
    folder = folder_of(tmp_path / "data", island(), terrain=False)
    assert main(["check", "FJI", "--inputs", str(folder)]) == 2
    assert "needs a terrain; name a DEM of 90 m or finer in path or in [terrain]" in capsys.readouterr().err
