"""The package as a wheel: it has every file it needs, and the examples of the documentation run from it without the checkout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from ewcm.batch.fingerprint import engine
from tests.conftest import ROOT
from tests.docs.notebooks import NOTEBOOKS, code_of, readme_code
from tests.made_files import write_population

#: Folders of the checkout, and where a wheel puts their files.
SHIPPED = {
    "ewcm": "ewcm",
    "kernels/ewcm_kernels": "ewcm_kernels",
    "data/starter": "share/ewcm/starter",
    "data/basemap": "share/ewcm/basemap",
}

#: Runs the files that are named, in one interpreter, and says where the engine came from.
RUN = """
import pathlib, sys
import ewcm, ewcm_kernels
for name in sys.argv[1:]:
    exec(compile(pathlib.Path(name).read_text(encoding="utf-8"), name, "exec"), {"__name__": "__main__"})
print(ewcm.__file__, ewcm_kernels.__file__, sep="\\n")
"""

#: What a notebook does with a grid: written, opened with xarray, the same numbers.
FORMATS = """
import numpy as np
import xarray as xr
import ewcm
grid = ewcm.open_result("maps/UGA").to_xarray()
grid.to_netcdf("grid.nc", engine="scipy")
grid.to_zarr("grid.zarr", consolidated=False)
for opened in (xr.open_dataset("grid.nc"), xr.open_dataset("grid.zarr", engine="zarr", consolidated=False)):
    for name in ("people", "covered", "unknown"):
        np.testing.assert_array_equal(opened[name].values, grid[name].values)
        assert grid[name].attrs.items() <= opened[name].attrs.items()
    assert list(opened["service"].values) == list(grid["service"].values) and "any" in opened["service"]
    assert float(opened["covered"].max()) == 1.0
"""


#: What tells one engine from another.
ENGINE = """
from ewcm.batch.fingerprint import engine
print(engine(), file=open("engine.txt", "w"))
"""


def files_of(folder: Path) -> set[str]:
    """The files below a folder, by their paths in it; what Python compiled is left out."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def pip(*arguments: object) -> None:
    """Run pip without a network."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def as_compiled_here(kernels: Path) -> bool:
    """Give an installation the kernels that this checkout has compiled: doing so again takes longer than the examples. False
    where there are none."""
    source = ROOT / "kernels" / "ewcm_kernels"
    if not list((source / "__pycache__").glob("*.nbi")):
        return False
    shutil.copytree(source / "__pycache__", kernels / "__pycache__", dirs_exist_ok=True)
    for path in source.glob("*.py"):  # what is compiled holds for sources of that time alone
        os.utime(kernels / path.name, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    return True


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with nothing but the wheel of this checkout in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in SHIPPED:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder / "dist", source)
    (wheel,) = (folder / "dist").glob("*.whl")
    pip("install", "--no-deps", "--no-index", "--no-compile", "--target", folder / "installed", wheel)
    shutil.rmtree(source)
    return folder / "installed"


def run(installed: Path, folder: Path, programs: dict[str, str], **environment: str) -> None:
    """Run programs in a folder, with the installed wheel alone on the path."""
    for name, text in programs.items():
        (folder / name).write_text(text, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *programs],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    engine, kernels = done.stdout.splitlines()[-2:]
    assert Path(engine).is_relative_to(installed) and Path(kernels).is_relative_to(installed)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_wheel_has_every_file(installed, name):
    assert files_of(ROOT / name) == files_of(installed / SHIPPED[name])


def test_types_are_shipped(installed):
    assert (installed / "ewcm" / "py.typed").is_file() and (installed / "ewcm_kernels" / "py.typed").is_file()


def test_the_examples_of_the_readme_run_and_the_engine_is_that_of_the_checkout(installed, tmp_path):
    inputs = tmp_path / "my_files" / "uganda"
    inputs.mkdir(parents=True)
    write_population(inputs / "population.tif", np.random.default_rng(3).uniform(0, 90, (20, 24)))
    shape = {"type": "Polygon", "coordinates": [[[32.0, 0.9], [32.1, 0.9], [32.1, 1.4], [32.0, 1.4], [32.0, 0.9]]]}
    feature = {"type": "Feature", "geometry": shape, "properties": {}}
    content = {"type": "FeatureCollection", "features": [feature]}
    (inputs / "coverage_4G_Red.geojson").write_text(json.dumps(content), encoding="utf-8")
    basins = gpd.GeoDataFrame({"name": ["Basin"]}, geometry=[box(32.0, 1.0, 32.1, 1.5)], crs="EPSG:4326")
    basins.to_file(tmp_path / "basins.gpkg")
    programs = {f"readme_{number}.py": code for number, code in enumerate(readme_code())}
    assert programs and "open_result" in "".join(programs.values())
    compiled = as_compiled_here(installed / "ewcm_kernels")
    environment = {} if compiled else {"NUMBA_DISABLE_JIT": "1"}
    run(installed, tmp_path, {**programs, "formats.py": FORMATS, "engine.py": ENGINE}, **environment)
    assert (tmp_path / "engine.txt").read_text(encoding="utf-8").strip() == engine()
    summary = json.loads((tmp_path / "maps" / "UGA" / "summary.json").read_text(encoding="utf-8"))
    assert summary["services"]["4G"]["model"] == "declared"


@pytest.mark.long
def test_the_notebooks_run_and_a_country_without_files_does(installed, tmp_path):
    starter = 'import ewcm\nassert ewcm.run("FJI").data.starter\n'
    run(installed, tmp_path, {**{f"{path.stem}.py": code_of(path) for path in NOTEBOOKS}, "starter.py": starter})
