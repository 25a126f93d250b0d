"""Archives that the starter pack is made from: fetched by name and exact version, refused unless their SHA-256 agrees."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ewcm.core.record import sha256_of
from ewcm.errors import FetchError

PINS = Path(__file__).with_name("packages.toml")


@dataclass(frozen=True)
class Package:
    """One pinned archive of a public package registry. ``members``: the files or folders in it that are used."""

    registry: str  # "pypi" or "npm"
    name: str
    version: str
    archive: str  # file name
    sha256: str
    members: tuple[str, ...]


def pinned() -> dict[str, Package]:
    """The pinned packages, by what they are used for."""
    tables = tomllib.loads(PINS.read_text(encoding="utf-8"))
    return {key: Package(**{**table, "members": tuple(table["members"])}) for key, table in tables.items()}


def fetch(package: Package, cache: Path) -> Path:
    """The archive of ``package`` in ``cache``, downloaded if it is not there yet.

    Raises FetchError when the registry's client fails or the archive is not the pinned one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / package.archive
    if not path.exists():
        if package.registry == "pypi":
            wanted = f"{package.name}=={package.version}"
            client = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), wanted]
        else:
            npm = shutil.which("npm")
            if npm is None:
                raise FetchError(
                    f"{package.archive}: npm is not installed; install Node.js to rebuild the starter pack"
                )
            wanted = f"{package.name}@{package.version}"
            client = [npm, "pack", "--silent", "--pack-destination", str(cache), wanted]
        done = subprocess.run(client, capture_output=True, text=True, check=False)
        if done.returncode or not path.exists():
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            raise FetchError(f"{package.archive}: the {package.registry} client could not fetch {wanted}: {last[0]}")
    found = sha256_of(path)
    if found != package.sha256:
        raise FetchError(
            f"{package.archive}: SHA-256 is {found}, pinned is {package.sha256}; delete the file, fetch again"
        )
    return path


def unpack(package: Package, archive: Path, folder: Path) -> Path:
    """``package.members`` of ``archive`` written below ``folder``; returns the path of the first."""
    for name, read in _members(archive):
        if any(name == member or name.startswith(member + "/") for member in package.members):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read())
    return folder / package.members[0]


def _members(archive: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """(name, function that reads it) of every plain file of a wheel or a tarball.

    Without the limits of :mod:`ewcm.core.archive`: the archive is the very one whose SHA-256 is pinned.
    """
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if not name.endswith("/"):
                    yield name, partial(wheel.read, name)
    else:
        with tarfile.open(archive) as tarball:
            for member in tarball:
                content = tarball.extractfile(member)  # None for a folder
                if content is not None:
                    yield member.name, content.read
