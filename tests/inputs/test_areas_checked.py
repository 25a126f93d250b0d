"""Areas as offices draw them, through `ewcm check`: overlaps, holes, slivers and codes that stand twice are named."""

import shutil

import geopandas as gpd
import pytest
from shapely.geometry import box

from ewcm.cli import main
from ewcm.inputs.boundary_levels import levels_of_layers
from tests.made_files import COLS, NORTH, ROWS, STEP, WEST, write_population

#: The ground of the people, in a west and an east half of two areas each.
WIDE, TALL = COLS * STEP, ROWS * STEP
MIDDLE, HALF = WEST + WIDE / 2, NORTH - TALL / 2
#: 20 m in degrees.
SLIVER = 0.02 / 111.195


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return write_population(tmp_path_factory.mktemp("people") / "uga_ppp_2020.tif")


def quarters(overlap=0.0, hole=0.0):
    """Four quarters with codes and names; the two of the north overlap by some degrees, a hole is where the four meet."""
    south, east = NORTH - TALL, WEST + WIDE
    shapes = {
        "Northwest": box(WEST, HALF, MIDDLE + overlap, NORTH),
        "Northeast": box(MIDDLE, HALF, east, NORTH),
        "Southwest": box(WEST, south, MIDDLE, HALF),
        "Southeast": box(MIDDLE, south, east, HALF),
    }
    gap = box(MIDDLE - hole, HALF - hole, MIDDLE + hole, HALF + hole) if hole else None
    cut = [shape if gap is None else shape.difference(gap) for shape in shapes.values()]
    codes = [f"UG{number}" for number in range(1, 5)]
    return gpd.GeoDataFrame({"name": list(shapes), "pcode": codes}, geometry=cut, crs="EPSG:4326")


def checked(frame, people, folder, capsys):
    shutil.copy(people, folder / people.name)
    frame.to_file(folder / "admin1.gpkg", driver="GPKG")
    status = main(["check", "UGA", "--inputs", str(folder)])
    return status, capsys.readouterr().out


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (quarters(overlap=0.05), ("Areas of level 1 overlap on", "Northwest and Northeast", "counted once")),
        (quarters(hole=0.03), ("leave 1 hole among them", "the largest at")),
        (quarters(overlap=SLIVER), ("slivers: 1 along borders, less than 50 m wide",)),
        (
            quarters().assign(pcode=["UG1", "UG1", "UG3", "UG4"]),
            ("shares a code with another", "UG1", "given a code of its own"),
        ),
    ],
    ids=["overlap", "hole", "sliver", "code twice"],
)
def test_what_is_wrong_with_areas_is_named(frame, words, people, tmp_path, capsys):
    status, said = checked(frame, people, tmp_path, capsys)
    assert status == 0 and all(word in said for word in words), said


def test_areas_that_fit_together_are_not_doubted(people, tmp_path, capsys):
    status, said = checked(quarters(), people, tmp_path, capsys)
    assert status == 0 and not any(word in said for word in ("overlap", "holes", "sliver", "share a code"))


def test_lines_and_points_beside_the_levels_of_a_common_dataset_are_no_levels(tmp_path):
    """With them the archive of OCHA, as it is downloaded, was not read."""
    path = tmp_path / "uga_adm_ubos.gpkg"
    area = box(32, 1, 33, 2)
    for name, shape in (
        ("uga_admbnda_adm0_ubos", area),
        ("uga_admbnda_adm1_ubos", area),
        ("uga_admbndl_admALL_ubos", area.boundary),
        ("uga_admbndp_admALL_ubos", area.centroid),
    ):
        gpd.GeoDataFrame({"ADM0_EN": ["Uganda"]}, geometry=[shape], crs=4326).to_file(path, layer=name)
    assert levels_of_layers(path, called_areas=False) == {"uga_admbnda_adm0_ubos": 0, "uga_admbnda_adm1_ubos": 1}
