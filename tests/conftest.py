"""What every test may ask for: the real data, the vectors, and how many examples to try."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The quick form always tries the same examples, so that a red run is a change and not luck.
settings.register_profile(
    "quick", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("long" if os.environ.get("EWCM_LONG") else "quick")


def _beside(variable: str, folder: str) -> Path:
    path = Path(os.environ.get(variable, ROOT.parent / "shared" / folder))
    if not path.is_dir():
        pytest.skip(f"no {folder} data: put it in ../shared/{folder} or name its folder in {variable}")
    return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real country data."""
    return _beside("EWCM_REAL_DATA", "real")


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of validation vectors."""
    return _beside("EWCM_VECTORS", "vectors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask servers on the internet run only when told to."""
    if not os.environ.get("EWCM_LIVE"):
        skip = pytest.mark.skip(reason="asks servers on the internet; set EWCM_LIVE=1 to run it")
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(skip)
