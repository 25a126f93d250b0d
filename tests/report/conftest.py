"""Results to report on, computed once, and a page that takes no time to make."""

import shutil
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


def with_a_plain_page(patch: pytest.MonkeyPatch) -> None:
    """The page has tests of its own."""
    patch.setattr("ewcm.report.webmap.map.render", lambda result, basemap: "<!doctype html><title>page</title>")


@pytest.fixture
def plain_page(monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_plain_page(monkeypatch)


@pytest.fixture(scope="session")
def just_published(result: CountryResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A country as it was published, to be looked at only."""
    with pytest.MonkeyPatch.context() as patch:
        with_a_plain_page(patch)
        return publish.write(result, tmp_path_factory.mktemp("maps") / "XYZ")


@pytest.fixture
def published(just_published: Path, plain_page: None, tmp_path: Path) -> Path:
    """The same in a place of its own."""
    return Path(shutil.copytree(just_published, tmp_path / "maps" / "XYZ"))
