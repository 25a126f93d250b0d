"""What several of these tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reliability.doors import Doors


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    process = Doors()
    yield process
    process.close()
