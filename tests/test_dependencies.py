"""What is installed: by digest, listed, and under licences that let anybody use the engine."""

import json
import re
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from tests.dependencies import BILL, HASHES, LOOKED_AT, NOT_PERMISSIVE, licence_of, normal, pinned

COMPONENTS = json.loads(BILL.read_text(encoding="utf-8"))["components"]


def _refused(name: str, licence: str) -> bool:
    return not licence or (bool(NOT_PERMISSIVE.search(licence)) and name not in {normal(one) for one in LOOKED_AT})


def test_digests_and_bill_of_materials_name_what_is_pinned():
    lines = [line for line in HASHES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line) for line in lines]
    assert all(found)
    assert {normal(one[1]): one[2] for one in found} == pinned()
    assert {normal(one["name"]): one["version"] for one in COMPONENTS} == pinned()
    assert {normal(one[1]): one[3] for one in found} == {
        normal(one["name"]): one["hashes"][0]["content"] for one in COMPONENTS
    }


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component["name"])
def test_every_licence_is_permissive_or_was_looked_at(component):
    name = normal(component["name"])
    assert not _refused(name, component["licenses"][0]["license"]["name"])
    try:
        about = metadata(name)
    except PackageNotFoundError:  # of another extra than the installed ones
        return
    assert not _refused(name, licence_of(name, about.get("License"), about.get_all("Classifier") or []))


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "GNU Affero General Public License v3", "LGPL-2.1", "SSPL-1.0", ""]
)
def test_other_licences_are_refused(licence):
    assert _refused("anything", licence)


def test_exceptions_are_described():
    from tests.conftest import ROOT

    text = (ROOT / "docs" / "adr" / "0001-dependencies.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text or name in text for name in LOOKED_AT)
