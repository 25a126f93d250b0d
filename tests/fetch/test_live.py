"""The real servers, for a maintainer with internet: ``EWCM_LIVE=1 pytest -m live tests/fetch/test_live.py``.

Small countries, so that it is over in minutes; the Mozilla archive (950 MB) is left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ewcm.fetch import fetch

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    "name",
    ["geoboundaries", "cod-ab", "worldpop", "worldpop-unadj", "geonames", "sdg", "osm-masts", "opencellid"],
)
@pytest.mark.parametrize("iso3", ["BRB", "TON"])
def test_a_source_still_answers_as_the_catalogue_says(name: str, iso3: str, tmp_path: Path) -> None:
    report = fetch(iso3, folder=tmp_path / iso3, only=(name,))
    assert [outcome.message for outcome in report.outcomes if outcome.state == "failed"] == []


def test_what_needs_another_layer(tmp_path: Path) -> None:
    report = fetch("BRB", folder=tmp_path / "BRB", only=("boundaries", "ghs-pop", "terrain"))
    assert [outcome.message for outcome in report.outcomes if outcome.state == "failed"] == []


def test_the_100_m_grid(tmp_path: Path) -> None:
    report = fetch("BRB", folder=tmp_path / "BRB", only=("worldpop",), resolution="100m")
    assert not report.partial, report.outcomes[0].message
