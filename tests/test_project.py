"""The project's own promises: declared dependencies, pinned versions, layers of rooms, modules of a readable size."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted([*(ROOT / "ewcm").rglob("*.py"), *(ROOT / "kernels").rglob("*.py")])

#: Built with one tool only, by hand (make starter), with its own extra.
STARTER_ONLY = {"build.py", "packages.py"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def _imports(path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module))
    return found


def test_every_import_is_a_declared_dependency_and_the_reverse():
    declared = {_normal(text) for text in PYPROJECT["project"]["dependencies"]}
    known = packages_distributions()
    used = set()
    for path in SOURCES:
        if path.name in STARTER_ONLY and path.parent.name == "starter":
            continue
        for name in {module.split(".")[0] for module in _imports(path)} - set(sys.stdlib_module_names):
            if name not in {"ewcm", "ewcm_kernels"}:
                distributions = {_normal(item) for item in known.get(name, [name])}
                assert distributions & declared, f"{path.relative_to(ROOT)} imports {name}, which pyproject.toml lacks"
                used |= distributions & declared
    assert declared - used == set(), "declared and never imported"


def test_every_dependency_is_pinned_exactly():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {_normal(line) for line in lines if line and not line.startswith("#")}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^=\s]+", line) for line in lines if line and not line.startswith("#"))
    project = PYPROJECT["project"]
    for text in [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
    ]:
        assert _normal(text) in pinned, f"constraints.txt lacks {text}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_short_and_rooms_are_kept(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 600
    imports = _imports(path)
    room = path.relative_to(ROOT).parts
    if room[0] == "kernels":
        outside = {name.split(".")[0] for name in imports} - set(sys.stdlib_module_names)
        assert outside <= {"numpy", "numba", "ewcm_kernels"}
    right = {
        "basemap.py": ("sources", "starter", "inputs", "coverage", "analysis", "report"),
        "packaged.py": ("basemap", "sources", "starter", "inputs", "coverage", "analysis", "report"),
        "sources": ("starter", "inputs", "coverage", "analysis", "report"),
        "starter": ("inputs", "coverage", "analysis", "report"),
        "coverage": ("analysis", "report"),
        "analysis": ("report",),
    }
    for other in right.get(room[1], ()) if room[0] == "ewcm" else ():
        assert not any(name.startswith(f"ewcm.{other}") for name in imports), f"imports from {other}"
    if path.name not in {"__main__.py", "cli.py"}:
        assert not any(name.startswith("ewcm.cli") for name in imports)
