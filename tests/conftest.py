"""What every test may ask for: the real data, the vectors, and how many examples to try."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The quick form always tries the same examples, so that a red run is a change and not luck.
settings.register_profile(
    "quick", max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("long" if os.environ.get("EWCM_LONG") else "quick")


#: Data that do not belong to the project, where somebody has put them: folders ``real``, ``vectors`` and more.
TEST_DATA = Path(os.environ.get("EWCM_TEST_DATA") or ROOT.parent / "shared")


def _test_data(name: str) -> Path:
    path = TEST_DATA / name
    if not path.is_dir():
        pytest.skip(f"no test data: set EWCM_TEST_DATA to a folder with {name}/ in it")
    return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real country data."""
    return _test_data("real")


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of validation vectors."""
    return _test_data("vectors")


@pytest.fixture(scope="session")
def hazard_data() -> Path:
    """The folder of hazards, tracks and outages."""
    return _test_data("hazards")


@pytest.fixture(scope="session")
def learning_data() -> Path:
    """The folder of real data to learn from."""
    return _test_data("learning")


#: Files that take long and stand late in the alphabet; batches and pages, which take longest, stand early.
_FIRST = ("test_uganda.py", "test_mountain.py", "test_cli.py", "test_terrain_runs.py", "test_wheel.py")

#: Files whose long form takes from five minutes to an hour, the longest first.
_FIRST_OF_LONG = (
    "test_faults.py",
    "test_mutated_people.py",
    "test_mutated_shapes.py",
    "test_mutated_others.py",
    "test_killed.py",
    "test_large.py",
    *(f"test_fuzz_{name}.py" for name in ("cells", "inputs", "official", "places", "sites")),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No tester is left with a long file at the end; tests that ask servers on the internet run only when told to."""
    first = _FIRST_OF_LONG if os.environ.get("EWCM_LONG") else _FIRST
    place = {name: number for number, name in enumerate(first)}
    items.sort(key=lambda item: place.get(item.path.name, len(first)))
    if not os.environ.get("EWCM_LIVE"):
        skip = pytest.mark.skip(reason="asks servers on the internet; set EWCM_LIVE=1 to run it")
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(skip)


#: A run of fewer tests than this compiles what it meets.
_MANY = 500


def pytest_collection_finish(session: pytest.Session) -> None:
    """The workers of a large run share the compilation of the kernels, which each would do in full otherwise: a minute
    each in a fresh checkout, a second where they are compiled."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or len(session.items) < _MANY or os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        return
    from tests.kernels.compiled import TASKS

    for task in TASKS[int(worker["workerid"].removeprefix("gw")) :: int(worker["workercount"])]:
        task()


#: What tests have tried and how often, such as damaged files and kills: the sums over all testers.
_COUNTED = "counted: "
_counts: Counter[str] = Counter()


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Takes down what a test tries, and how often; the sums are printed when all tests have run."""
    found: Counter[str] = Counter()

    def count(what: str, number: int = 1) -> None:
        found[what] += number

    request.addfinalizer(lambda: request.node.user_properties.extend((_COUNTED + what, n) for what, n in found.items()))
    return count


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        for name, number in report.user_properties:
            if name.startswith(_COUNTED):
                _counts[name.removeprefix(_COUNTED)] += int(str(number))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, number in sorted(_counts.items()):
        terminalreporter.write_line(f"{what}: {number:,}")
