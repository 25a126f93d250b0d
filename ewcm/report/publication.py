"""Whether a folder is one that the engine has published: its manifest says so, and names every file in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ewcm.core.record import GRADE, sha256_of
from ewcm.errors import PublishError
from ewcm.report.manifest import FILE


def outputs_in(manifest: str | bytes) -> dict[str, str] | None:
    """The files that a manifest of the engine says it was written with, and their SHA-256; None where the text is no such
    manifest."""
    try:
        content = json.loads(manifest)
        outputs = content["outputs"]
        if isinstance(content["ewcm_version"], str) and isinstance(content["schema_version"], int):
            return {str(name): str(output["sha256"]) for name, output in outputs.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    return None


def published_files(folder: Path) -> frozenset[str] | None:
    """The files of a folder that the engine has published, as its manifest has them; None for any other folder."""
    try:
        # A pipe under that name would be read for ever.
        found = outputs_in((folder / FILE).read_bytes()) if (folder / FILE).is_file() else None
    except OSError:
        return None
    return None if found is None else frozenset({*found, FILE})


class Published(NamedTuple):
    """What a folder holds: ``iso3`` of the country and ``data_grade`` (``user``, ``exercise``, ``starter``); "" where nothing
    says it."""

    iso3: str
    grade: str


def about_published(summary: str | bytes) -> Published:
    """The same in the text of a published ``summary.json``."""
    try:
        content = json.loads(summary)
        return Published(*(str(content.get(key, "")) for key in ("iso3", GRADE)))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Published("", "")


def published_in(folder: Path) -> Published:
    """What a folder holds."""
    try:
        summary = folder / "summary.json"
        return about_published(summary.read_bytes() if summary.is_file() else b"")
    except OSError:
        return Published("", "")


def is_publication(folder: Path) -> bool:
    """Whether a folder was published by the engine and nobody has put anything else there."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    known = published_files(folder)
    return known is not None and not strangers(names_in(folder), known)


def refuse_strangers(folder: Path, digests: Mapping[str, str] | None = None) -> None:
    """Raise :class:`PublishError` unless ``folder`` may be replaced as a whole: it is not there, is empty, or holds nothing but
    what the engine has published.

    ``digests``: SHA-256 of the files that a batch has put there; they are known by these where the manifest was lost.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise PublishError(f"{folder}: a file stands where a folder should be; move it away or choose another folder")
    found = names_in(folder)
    known = published_files(folder)
    if known is None and digests:
        known = frozenset(
            name
            for name in found
            if name in digests and (folder / name).is_file() and sha256_of(folder / name) == digests[name]
        )
    foreign = strangers(found, known or frozenset())
    if foreign:
        raise PublishError(
            f"{folder}: holds files that are not a published country's ({', '.join(foreign[:3])}); move them away or choose "
            "another folder"
        )


def names_in(folder: Path) -> list[str]:
    """Everything below a folder that is not a plain folder with something in it, relative to it."""
    names: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            names += [f"{path.name}/{name}" for name in names_in(path)] or [f"{path.name}/"]
        else:
            names.append(path.name)
    return names


def strangers(found: list[str], known: frozenset[str]) -> list[str]:
    """What was found and is not known, without the folders that only hold what is known."""
    return sorted({PurePosixPath(name).parts[0] for name in found if name not in known})
