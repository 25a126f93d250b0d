from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ewcm.fetch import FetchReport, fetch
from tests.fetch import made
from tests.fetch.made import QUICK, TOKEN
from tests.fetch.server import Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("EWCM_OPENCELLID_TOKEN", raising=False)
    with Server() as started:
        yield started


Fetch = Callable[..., FetchReport]


@pytest.fixture
def barbados(server: Server, tmp_path: Path) -> Fetch:
    made.play_barbados(server)

    def run(**options: object) -> FetchReport:
        return fetch(
            "BRB",
            **({"folder": tmp_path / "BRB", "mirror": server.address, "token": TOKEN, "retry_policy": QUICK} | options),
        )  # type: ignore[arg-type]

    return run
