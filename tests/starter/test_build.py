"""How the pack is made: only from the pinned archives, and the same bit for bit."""

import dataclasses
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from ewcm.core.longitude import corners_to_360
from ewcm.errors import FetchError
from ewcm.packaged import BASEMAP, STARTER
from ewcm.starter import pack
from ewcm.starter.areas import unit_areas
from ewcm.starter.build import REGISTRY, build
from ewcm.starter.packages import Package, fetch, pinned, unpack


def archive(folder: Path, name: str) -> Package:
    """A small archive of two files, and its pin."""
    path = folder / name
    files = {"a/wanted/one.txt": b"one", "a/other.txt": b"other"}
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as wheel:
            for member, content in files.items():
                wheel.writestr(member, content)
    else:
        with tarfile.open(path, "w:gz") as tarball:
            for member, content in files.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tarball.addfile(info, io.BytesIO(content))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Package("pypi", "a", "1.0", name, digest, ("a/wanted",))


@pytest.mark.parametrize("name", ["a-1.0-py3-none-any.whl", "a-1.0.tgz"])
def test_only_the_named_members_are_unpacked(tmp_path, name):
    package = archive(tmp_path, name)
    found = unpack(package, fetch(package, tmp_path), tmp_path / "out")
    assert (found / "one.txt").read_bytes() == b"one"
    assert not (tmp_path / "out" / "a" / "other.txt").exists()


def test_another_archive_than_the_pinned_one_is_refused(tmp_path):
    package = archive(tmp_path, "a-1.0-py3-none-any.whl")
    with pytest.raises(FetchError, match=r"a-1\.0-py3-none-any\.whl: SHA-256 is .* pinned is"):
        fetch(dataclasses.replace(package, sha256="0" * 64), tmp_path)


def test_every_package_is_pinned_by_exact_version_and_digest():
    for package in pinned().values():
        assert package.version in package.archive and len(package.sha256) == 64
        assert package.registry in ("pypi", "npm")


def test_a_country_of_islands_takes_the_outline_cut_by_the_units():
    units = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    outline = np.array([shapely.box(-0.1, -0.1, 2.1, 1.1), shapely.box(3, 0, 3.1, 0.1)], dtype=object)
    west, east = unit_areas(units, outline, islands=True)
    assert west.area + east.area == pytest.approx(sum(land.area for land in outline), rel=1e-3)
    assert east.contains(shapely.Point(3.05, 0.05)) and west.contains(shapely.Point(-0.05, 0.5))
    assert west.intersection(east).area == pytest.approx(0.0, abs=1e-9)


def test_elsewhere_only_the_missing_islands_are_added():
    units = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    outline = np.array([shapely.box(-0.1, -0.1, 2.1, 1.1), shapely.box(3, 0, 3.1, 0.1)], dtype=object)
    west, east = unit_areas(units, outline, islands=False)
    assert west.area == pytest.approx(1.0) and east.area == pytest.approx(1.01)


def test_land_at_both_ends_of_the_map_comes_together():
    (turned,) = corners_to_360(np.array([shapely.box(-180, -17, -179, -16)], dtype=object))
    assert turned.bounds == (180.0, -17.0, 181.0, -16.0)


@pytest.mark.live
@pytest.mark.long
def test_a_rebuild_is_the_committed_pack_bit_for_bit(tmp_path):
    registry = tmp_path / "iso3166.csv"
    registry.write_bytes(REGISTRY.read_bytes())
    build(tmp_path / "cache", tmp_path / "pack", report=lambda line: None, registry=registry)
    assert registry.read_bytes() == REGISTRY.read_bytes()
    made = {path.relative_to(tmp_path / "pack"): path.read_bytes() for path in (tmp_path / "pack").rglob("*.*")}
    data = STARTER.folder.parent
    kept = {
        path.relative_to(data): path.read_bytes()
        for package in (STARTER, BASEMAP)
        for path in package.folder.rglob("*.*")
    }
    sources = {Path("basemap/README.md"), Path("starter/README.md"), Path("starter") / pack.POPULATION}
    assert made == {name: content for name, content in kept.items() if name not in sources}
