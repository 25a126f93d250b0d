"""A folder that holds one answer of the engine and nothing else: written beside its place and exchanged in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ewcm.core import work_folder
from ewcm.core.files import exchange, regular_bytes
from ewcm.errors import PublishError
from ewcm.report.publication import names_in


def replace_folder(folder: Path, files: Sequence[str], mark: str, what: str, write: Callable[[Path], object]) -> Path:
    """Write an answer into ``folder``, in the place of an earlier one, and return it.

    ``files``: all that may stand there. ``mark``: the JSON file that says by its ``ewcm_version`` that they are the engine's.
    ``what``: of which they are ("a plan"). ``write``: makes the files in an empty folder. Raises
    :class:`ewcm.errors.PublishError` where the folder holds anything else.
    """
    folder = Path(os.path.realpath(folder))
    foreign = _foreign(folder, files, mark)
    if foreign:
        raise PublishError(
            f"{folder}: holds files that are not {what}'s ({', '.join(foreign[:3])}); choose another folder"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with work_folder.work_folder(folder.parent, f".{folder.name}.new-") as work:
            fresh = work / "answer"
            fresh.mkdir(mode=0o755)
            write(fresh)
            exchange(fresh, folder)
    except OSError as error:
        raise PublishError(f"{folder}: cannot be written ({error.strerror or error}); choose another folder") from error
    return folder


def _foreign(folder: Path, files: Sequence[str], mark: str) -> list[str]:
    """What stands in a folder and is no file of an answer; all of it where its mark is not the engine's."""
    if not folder.exists():
        return []
    if not folder.is_dir():
        return [folder.name]
    found = names_in(folder)
    try:
        ours = "ewcm_version" in json.loads(regular_bytes(folder / mark))
    except (OSError, ValueError, TypeError, RecursionError):
        ours = False
    return [name for name in found if name not in files or not ours]
