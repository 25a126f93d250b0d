"""The project's own rules: declared dependencies, pinned versions, rooms and their order, modules of a readable size."""

import ast
import importlib
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from ewcm.core.extras import EXTRAS
from tests.bench.__main__ import TOPICS
from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted([*(ROOT / "ewcm").rglob("*.py"), *(ROOT / "kernels").rglob("*.py")])

#: An extra may hold another one of the project's own.
OWN = {"ewcm"}

#: Loaded by fsspec when an address asks for it.
LOADED_BY_NAME = {"s3fs"}

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
    for extra in EXTRAS:
        declared |= {_normal(text) for text in PYPROJECT["project"]["optional-dependencies"][extra]} - OWN
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
    assert declared - used == LOADED_BY_NAME, "declared and never imported"


def test_the_engine_knows_the_packages_of_each_extra():
    """So that it can say which are missing, and how to get them."""
    known = packages_distributions()
    for extra, modules in EXTRAS.items():
        declared = {_normal(text) for text in PYPROJECT["project"]["optional-dependencies"][extra]} - OWN
        assert {_normal(name) for module in modules for name in known[module] if _normal(name) in declared} == declared


def test_every_dependency_is_pinned_exactly():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {_normal(line) for line in lines if line and not line.startswith("#")}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^=\s]+", line) for line in lines if line and not line.startswith("#"))
    project = PYPROJECT["project"]
    for text in [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra if _normal(item) not in OWN),
    ]:
        assert _normal(text) in pinned, f"constraints.txt lacks {text}"


#: The rooms of docs/architecture.md, from left to right: a module imports from its own room and from rooms of earlier lines.
ROOMS = (
    ("ewcm_kernels", "version", "of_one"),
    ("errors",),
    ("countries",),
    ("core",),
    ("settings", "loss_settings", "packaged", "option_files"),
    ("basemap",),
    ("sources", "fetch"),
    ("starter",),
    ("inputs", "coverage"),
    ("analysis",),
    ("result",),
    ("losses", "comparison"),
    ("planning",),
    ("pipeline",),
    ("report",),
    ("learning",),
    ("api", "progress_bar"),
    ("progress",),
    ("",),  # ewcm itself: the names of the public API
    ("course",),
    (
        "batch",
        "completion",
        "streams",
        "plan_command",
        "alert_command",
        "loss_command",
        "compare_command",
        "brief_command",
        "course_command",
    ),
    ("cli",),
    ("documentation",),
    ("__main__",),
)
LINE = {room: number for number, rooms in enumerate(ROOMS) for room in rooms}


def _module(path) -> str:
    root = ROOT / "kernels" if path.is_relative_to(ROOT / "kernels") else ROOT
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_module(path): path for path in SOURCES}


def _room(module: str) -> str:
    first, _, rest = module.partition(".")
    return first if first == "ewcm_kernels" else rest.partition(".")[0]


def _imported(module: str) -> set[str]:
    """The project's modules that a module imports anywhere in it: at its head, in a function or for types only."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, f"{module} imports from above its own folder"
            source = ".".join([*module.split(".")[:-1], *filter(None, [node.module])]) if node.level else node.module
            names = {f"{source}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else str(source) for name in names}
    return {name for name in found if name in MODULES} - {module}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 600
    if path.is_relative_to(ROOT / "kernels"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            assert lines <= 80, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_rooms_to_its_left(module):
    room = _room(module)
    if module == "ewcm":  # gives names of the API when they are asked for
        assert {_room(name) for name in _imported(module)} <= {"api", "countries", "errors", "settings", "version"}
        return
    for name in _imported(module):
        other = _room(name)
        assert other == room or LINE[other] < LINE[room], f"{module} imports {name}"
    if room == "ewcm_kernels":
        outside = {name.split(".")[0] for name in _imports(MODULES[module])} - set(sys.stdlib_module_names)
        assert outside <= {"numpy", "numba", "ewcm_kernels"}


def test_every_room_has_a_place():
    assert {_room(module) for module in MODULES} == set(LINE)


def _circle(imported: dict[str, set[str]]) -> list[str]:
    """The modules that are left when, again and again, those are taken away that import none of the rest."""
    left = {module: set(names) for module, names in imported.items()}
    while free := {module for module, names in left.items() if not names & left.keys()}:
        left = {module: names for module, names in left.items() if module not in free}
    return sorted(left)


def test_there_is_no_circle_of_imports():
    assert _circle({"a": {"b"}, "b": {"a"}, "c": set()}) == ["a", "b"]
    assert _circle({module: _imported(module) for module in MODULES}) == []


def test_the_rooms_are_those_of_the_architecture():
    described = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room in LINE.keys() - {"", "version", "__main__"}:
        assert f"`{room}" in described, room


def test_every_topic_of_the_benchmarks_can_be_timed():
    for topic in TOPICS:
        assert callable(importlib.import_module(f"tests.bench.{topic}").rows), topic
