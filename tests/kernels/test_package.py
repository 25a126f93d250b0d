"""The package as installed: where compiled kernels are kept, and doing without the compiler."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import ewcm_kernels
import pytest

SOURCE = Path(ewcm_kernels.__file__).parent

CALL = """
import numpy as np
from ewcm_kernels.sums import _sum_rows, masked_sum
print(masked_sum(np.ones((700, 900), np.float32)))
stats = _sum_rows.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), stats.cache_path)
"""

EVERYTHING = """
import numpy as np
np.seterr(over="ignore")  # words of eight cells wrap round, of which only interpreted numpy warns
from ewcm_kernels import centres, components, cyclones, discs, distance, footprints, places, polygons, siting, sums
values, size = np.ones((9, 12), np.float32), np.ones(9)
labels, level, out = np.zeros((9, 12), np.int32), np.full((9, 12), 60000, np.uint16), np.zeros((9, 12), np.uint8)
x, y, rings = np.array([1, 5, 5, 1.0]), np.array([2, 2, 7, 7.0]), np.array([0, 4])
assert sums.masked_sum(values) == 108
assert sums.block_sum(values, 5).sum() == 108
assert sums.zonal_sum(values, labels, 1) == 108
assert sums.reach_sum(values, level, labels, 1).tolist() == [[108, 0, 0]]
assert abs(polygons.polygon_sum(values, x, y, rings) - 20) < 1e-9
assert abs(polygons.polygon_fraction(x, y, rings, 9, 12)[2].sum() - 20) < 1e-9
discs.paint_discs(np.zeros(1), np.zeros(1), 120.0, 4.0, -1.0, -5.0, 1.0, out)
assert out.sum() == 5
found = components.components(out, (values,), size)
assert found.cells.tolist() == [5] and found.sums.tolist() == [[5.0]]
assert (components.label_image(*components.runs_of(found, np.array([0])), out.shape) == 0).sum() == 5
assert distance.nearest_covered_km(out, size, size).min() == 0
discs.paint_discs_scattered(np.zeros(1), np.zeros(1), 1.0, np.array([[0, 9, 0, 12]]), values * 0, values * 0, out)
assert out.all()
cells, shares, best = np.empty(9, np.int64), np.empty((9, 3), np.uint8), np.zeros(9, np.uint8)
window = places.Window(np.full((2, 2), 9, np.uint8), 0, 0)
assert places.block_shares(window, 1, 3, np.ones((256, 3), np.float32), cells, shares) == 4
footprints.largest_shares(np.array([0, 4]), cells[:4], shares[:4, 0], np.array([0]), 0, 9, best)
assert best.tolist() == [250, 250, 0, 250, 250, 0, 0, 0, 0]
lattice = centres.Lattice(np.arange(9.0), 1.0, 12)
nobody = centres.Groups(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0))
served = centres.choose(values.astype(float), nobody, lattice, 120.0)
assert (served.row[0], served.col[0], served.owner.min()) == (1, 1, 0)
storm = cyclones.Track(np.arange(3.0), size[:3] * -9, size[:3], size[:3] * 90, size[:3] * 950, size[:3] * 1005, size[:3] * 20)
assert 20 < cyclones.max_wind_ms(np.array([-9.4]), np.ones(1), storm)[0] < 90
problem = siting.Problem(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32), size[:3], size[:3], np.zeros(2, int), size[:2])
assert siting.choose(problem, np.array([1])).gain.tolist() == [2.0]
assert siting.points_within(size, size, size[:1], size[:1], 1.0)[0].tolist() == [0, 9]
print("done")
"""


def python(code, package_root, **environment):
    """Lines printed by a fresh interpreter that imports the package from ``package_root``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment = {**inherited, "PYTHONPATH": str(package_root), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


@pytest.fixture
def installed(tmp_path):
    """A fresh copy of the package in a folder of its own, and a home."""
    shutil.copytree(SOURCE, tmp_path / "lib" / "ewcm_kernels", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "home").mkdir()
    return tmp_path


def home(installed):
    return {"HOME": str(installed / "home"), "XDG_CACHE_HOME": str(installed / "home" / "cache")}


def close(folder):
    """Make a folder impossible to write into, also for the superuser: a file stands where the folder would be."""
    folder.write_text("not a folder")


@pytest.mark.long
def test_compiled_once_whatever_the_number_of_threads(installed):
    for threads, hits, misses in (("1", 0, 1), ("8", 1, 0), ("2", 1, 0)):
        total, counts = python(CALL, installed / "lib", NUMBA_NUM_THREADS=threads, **home(installed))
        assert total == "630000.0"
        assert counts.split()[:2] == [str(hits), str(misses)]
        assert Path(counts.split()[2]) == installed / "lib" / "ewcm_kernels" / "__pycache__"


def test_a_read_only_installation_uses_the_users_cache_folder(installed):
    close(installed / "lib" / "ewcm_kernels" / "__pycache__")
    for hits, misses in ((0, 1), (1, 0)):
        _, counts = python(CALL, installed / "lib", **home(installed))
        assert counts.split()[:2] == [str(hits), str(misses)]
        assert (installed / "home") in Path(counts.split()[2]).parents


def test_a_read_only_installation_and_a_read_only_home_still_work(installed):
    close(installed / "lib" / "ewcm_kernels" / "__pycache__")
    close(installed / "home" / "cache")
    temporary = installed / "temporary"
    temporary.mkdir()
    total, counts = python(CALL, installed / "lib", TMPDIR=str(temporary), **home(installed))
    assert total == "630000.0"
    assert temporary in Path(counts.split()[2]).parents
    assert list(temporary.iterdir()) == []


@pytest.mark.long  # the quick form changes a helper
def test_a_changed_kernel_is_compiled_anew(installed):
    python(CALL, installed / "lib", **home(installed))
    source = installed / "lib" / "ewcm_kernels" / "sums.py"
    source.write_text(source.read_text().replace("total += row_sum", "total += 2.0 * row_sum"))
    assert python(CALL, installed / "lib", **home(installed))[0] == "1260000.0"


def test_a_changed_helper_in_another_file_is_compiled_anew(installed):
    package = installed / "lib" / "ewcm_kernels"
    (package / "helper.py").write_text("from numba import njit\n@njit\ndef factor():\n    return 2\n")
    (package / "caller.py").write_text(
        "from numba import njit\nfrom ewcm_kernels.helper import factor\n"
        "@njit(cache=True)\ndef double(x):\n    return factor() * x\n"
    )
    call = "from ewcm_kernels.caller import double\nprint(double(21))"
    assert python(call, installed / "lib", **home(installed)) == ["42"]
    source = package / "helper.py"
    source.write_text(source.read_text().replace("return 2", "return 3"))
    assert python(call, installed / "lib", **home(installed)) == ["63"]


def test_without_the_compiler(installed):
    assert python(EVERYTHING, installed / "lib", NUMBA_DISABLE_JIT="1", **home(installed)) == ["done"]


def test_kernels_import_nothing_but_numpy_numba_and_the_standard_library():
    names = sorted(path.stem for path in SOURCE.glob("*.py") if path.stem != "__init__")
    code = "import sys, numba\nbefore = set(sys.modules)\n" + "".join(f"import ewcm_kernels.{name}\n" for name in names)
    code += (
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - sys.stdlib_module_names - {'ewcm_kernels', 'numba', 'numpy', 'llvmlite'}))"
    )
    assert python(code, SOURCE.parent) == [""]
