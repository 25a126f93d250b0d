"""What is installed: by digest, listed, and under licences that let anybody use the engine."""

import json
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, distributions, metadata

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tests.dependencies import BILL, HASHES, LOOKED_AT, licence_of, normal, pinned, refused

COMPONENTS = json.loads(BILL.read_text(encoding="utf-8"))["components"]


def test_digests_and_bill_of_materials_name_what_is_pinned():
    lines = [line for line in HASHES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line) for line in lines]
    assert all(found)
    assert {normal(one[1]): one[2] for one in found} == pinned()
    assert {normal(one["name"]): one["version"] for one in COMPONENTS} == pinned()
    assert {normal(one[1]): one[3] for one in found} == {
        normal(one["name"]): one["hashes"][0]["content"] for one in COMPONENTS
    }


def test_what_every_extra_brings_is_pinned_whole():
    """Also what is needed by what is needed, and what is needed to build."""
    installed = {normal(one.metadata["Name"]): one for one in distributions()}
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [*about["build-system"]["requires"], *about["project"]["dependencies"]]
    texts += [text for extra in about["project"]["optional-dependencies"].values() for text in extra]
    to_do, seen = [Requirement(text) for text in texts], set()
    while to_do:
        wanted = to_do.pop()
        name = normal(wanted.name)
        if name == "ewcm" or (name, str(wanted)) in seen:
            continue
        seen.add((name, str(wanted)))
        if name in installed:
            needs = map(Requirement, installed[name].requires or [])
            extras = [{"extra": extra} for extra in ("", *wanted.extras)]
            to_do += [one for one in needs if one.marker is None or any(map(one.marker.evaluate, extras))]
    assert {name for name, _ in seen} - set(pinned()) == set()
    assert set(installed) - set(pinned()) <= {"ewcm", "pip"}


def test_verified_installs_files_with_digests_only(tmp_path):
    """Also in the place of those that were installed without, and of what builds the package."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    shutil.copy(ROOT / "Makefile", tmp_path)
    said = subprocess.run([make, "-n", "verified"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    first, second = (line for line in said.splitlines() if "-m pip install " in line)
    assert {"--require-hashes", "--no-deps", "--force-reinstall", HASHES.name} <= set(first.split())
    assert {"--no-build-isolation", "--no-deps", "--editable", "."} <= set(second.split())
    assert "--only-binary :all:" in first  # building one would fetch what builds it


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component["name"])
def test_every_licence_is_permissive_or_was_looked_at(component):
    name = component["name"]
    assert not refused(name, component["licenses"][0]["license"]["name"])
    try:
        about = metadata(name)
    except PackageNotFoundError:  # of another extra than the installed ones
        return
    assert not refused(name, licence_of(name, about.get("License"), about.get_all("Classifier") or []))


@pytest.mark.parametrize(
    "licence",
    [
        *("GPL-3.0-only", "GNU Affero General Public License v3", "LGPL-2.1", "SSPL-1.0", "MIT AND GPL-2.0-or-later"),
        *(
            "CC-BY-NC-4.0",
            "Elastic-2.0",
            "EPL-2.0",
            "OSL-3.0",
            "LicenseRef-ours",
            "UNKNOWN",
            "see LICENSE",
            "MIT OR",
            "",
        ),
    ],
)
def test_other_licences_are_refused(licence):
    assert refused("anything", licence)
    assert refused("certifi", licence)


@pytest.mark.parametrize(
    "said",
    [
        (None, ["License :: OSI Approved :: GNU General Public License v3 (GPLv3)"]),
        ("MIT", ["License :: OSI Approved :: MIT License", "License :: Other/Proprietary License"]),
        ("GPL-3.0-only", ["Programming Language :: Python"]),
        ("UNKNOWN", ["License :: OSI Approved"]),
        (None, []),
    ],
)
def test_what_a_package_says_is_refused_whichever_way_it_says_it(said):
    assert refused("not-installed", licence_of("not-installed", *said))


def test_exceptions_are_described():
    text = (ROOT / "docs" / "adr" / "0001-dependencies.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in LOOKED_AT)


def test_what_checks_the_scripts_of_the_page_has_digests_and_permissive_licences():
    lock = json.loads((ROOT / "tests" / "page_scripts" / "package-lock.json").read_text(encoding="utf-8"))
    found = {name: about for name, about in lock["packages"].items() if name}
    assert len(found) > 50
    assert [name for name, about in found.items() if not about.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, about in found.items() if refused(name, about.get("license", ""))] == []


def test_the_script_of_others_in_the_pages_is_in_the_bill_and_keeps_its_notice():
    from ewcm.report.webmap.page import _leaflet

    (leaflet,) = (one for one in COMPONENTS if one["name"] == "XStatic-Leaflet")
    number = ".".join(leaflet["version"].split(".")[:3])
    assert re.match(rf"/\* @preserve\s+\* Leaflet {number},.*\s+\* \(c\) 2010-", _leaflet("leaflet.js"))
    own = (ROOT / "ewcm" / "report" / "webmap" / "templates").rglob("*.*")
    notice = re.compile(r"@licen[cs]e|@preserve|copyright|\(c\) \d{4}", re.IGNORECASE)
    assert [path.name for path in own if notice.search(path.read_text(encoding="utf-8"))] == []
