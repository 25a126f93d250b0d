"""Results to report on, computed once, and a page that takes no time to make."""

from pathlib import Path

import pytest

from ewcm.report import publish
from ewcm.result import CountryResult
from tests.report.make_result import made_result


@pytest.fixture(scope="session")
def result() -> CountryResult:
    return made_result()


@pytest.fixture(scope="session")
def hostile() -> CountryResult:
    return made_result(hostile=True, starter=True)


@pytest.fixture(scope="session")
def unknown() -> CountryResult:
    return made_result(known=False)


@pytest.fixture
def plain_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has tests of its own."""
    monkeypatch.setattr(publish, "render", lambda result, basemap: "<!doctype html><title>page</title>")


@pytest.fixture
def published(result: CountryResult, plain_page: None, tmp_path: Path) -> Path:
    return publish.write(result, tmp_path / "maps" / "XYZ")
