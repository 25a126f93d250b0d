"""Other systems than Linux, other installations than the whole one: what is missing there is not needed, or named in a line."""

import os
import subprocess
import sys

import pytest

from ewcm.cli import main
from ewcm.core import extras
from tests.conftest import ROOT
from tests.made_files import write_country

#: Imports every module of the engine where names and modules of POSIX are missing, and does what would use them.
ELSEWHERE = """
import importlib, mmap, os, pathlib, signal, socket, sys, tempfile

MODULES = sys.argv[1:]
import psutil, numpy, numba, rasterio, pyogrio, geopandas, distributed, pandas, xlsxwriter, matplotlib, folium, filelock, httpx

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource", "pwd", "grp", "termios"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Missing())
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules.pop(name, None)
for module, names in {
    os: ("fork", "posix_fallocate", "getuid", "geteuid", "sched_getaffinity", "register_at_fork", "mkfifo", "killpg"),
    signal: ("SIGHUP", "pthread_sigmask", "SIGKILL"),
    mmap: ("MADV_DONTNEED",),
}.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

opened = open, pathlib.Path.read_text, pathlib.Path.write_text
def outside_proc(call):
    def checked(path, *rest, **more):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(2, "No such file", str(path))
        return call(path, *rest, **more)
    return checked
pathlib.Path.read_text, pathlib.Path.write_text = map(outside_proc, opened[1:])

for name in MODULES:
    importlib.import_module(name)

from ewcm.batch import lock
from ewcm.batch.memory import MemoryWatch, resident_bytes
from ewcm.core import storage
from ewcm.core.signals import ending_in_order, undisturbed

assert resident_bytes() > 10**7
with MemoryWatch(None) as watch:
    import time; time.sleep(0.2)
assert watch.peak_bytes > 10**7
me = lock.holder("batch", "now")
assert not lock.is_stale(me) and lock.is_stale({**me, "pid": 2**22 + 5}) and lock.is_stale({**me, "process": "x"})
storage.LARGE_CELLS = 10
with tempfile.TemporaryDirectory() as folder, storage.on_disk(pathlib.Path(folder)):
    array = storage.full((1500, 1100), 3.0, numpy.float32)
    storage.release()
    assert isinstance(array, storage.ArrayOnDisk) and float(array.sum()) == 3 * 1500 * 1100
with ending_in_order(), undisturbed():
    print("all of it")
"""


def _modules() -> list[str]:
    """Every module of the engine but those that act when they are imported, or need what only makers of the pack have."""
    names = []
    for path in sorted((ROOT / "ewcm").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__") and name not in ("ewcm.starter.build", "ewcm.starter.packages"):
            names.append(name)
    return names


def _run(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **more}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, env=environment
    )


def test_every_module_loads_and_works_without_what_only_posix_has():
    done = _run(ELSEWHERE, *_modules())
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all of it\n"


#: Python where packages are missing: their names come first.
WITHOUT = """
import importlib.machinery, sys
lacking = sys.argv[1].split(",")
found_by = importlib.machinery.PathFinder.find_spec
importlib.machinery.PathFinder.find_spec = staticmethod(
    lambda name, *more: None if name.split(".")[0] in lacking else found_by(name, *more)
)
"""

OF_EXTRAS = ",".join(name for names in extras.EXTRAS.values() for name in names)


def test_without_its_extra_a_command_is_refused_in_one_line_and_nothing_else_needs_it(tmp_path):
    program = (
        "import ewcm.api, ewcm.inputs.check, ewcm.report.publish\n"
        "from ewcm.cli import main\n"
        "print(main(['batch', 'FJI']), main(['fetch', 'FJI']), main(['countries']))\n"
    )
    done = _run(WITHOUT + program, OF_EXTRAS)
    assert done.stdout.endswith("2 2 0\n"), done.stderr
    batch, fetch = done.stderr.splitlines()
    assert batch.endswith("pip install 'ewcm[batch]'") and "distributed" in batch
    assert fetch.endswith("pip install 'ewcm[fetch]'") and "httpx" in fetch


@pytest.mark.parametrize("address", ["s3://bucket/maps"])
def test_an_object_store_without_its_extra_is_one_line(address, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(extras.EXTRAS, "s3", ("no_such_package",))
    monkeypatch.setattr("ewcm.batch.store.AddressStore", _lacks_its_package)
    assert main(["batch", "FJI", "--output", address]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("pip install 'ewcm[s3]'") and address in line


def _lacks_its_package(address: str) -> None:
    raise ImportError("Install s3fs to access S3")


def test_where_no_page_can_be_made_the_rest_is_and_a_line_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "map", ("folium", "no_such_package"))
    monkeypatch.setitem(extras.EXTRAS, "learn", ("no_such_package",))
    folder = write_country(tmp_path / "in")
    arguments = ["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--progress", "none"]
    assert main(arguments) == 0
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert "index.html and overview.png are left out" in line and "(no_such_package)" in line
    assert line.endswith("pip install 'ewcm[map]'") and "index.html" not in said.out
    # What no run needs is said, with what it would add.
    assert (
        "not needed here: no_such_package" in said.out
        and "tries a forest as well; pip install 'ewcm[learn]'" in said.out
    )
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"summary.json", "tables.xlsx", "layers.gpkg", "reach.tif", "manifest.json"} <= written
    assert not written & {"index.html", "overview.png"}


@pytest.mark.long
def test_a_plain_installation_makes_tables_and_layers(tmp_path):
    folder = write_country(tmp_path / "in")
    program = "from ewcm.cli import main\nsys.exit(main(sys.argv[2:]))\n"
    arguments = ["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]
    done = _run(WITHOUT + program, OF_EXTRAS, *arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "layers.gpkg").is_file()
