"""Small TOML files that a user writes by hand beside the inputs: channels of an alert, a scenario of a loss."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ewcm.errors import InputError
from ewcm.sources.files import check_file

#: More than anybody writes by hand.
_MOST_BYTES = 1_000_000


def read_small_toml(path: Path, holds: str, see: str) -> dict[str, Any]:
    """The content of such a file. ``holds``: what it is for; ``see``: where a user finds how it is written.

    Raises :class:`ewcm.errors.InputError` for one that is no TOML or too large.
    """
    check_file(path)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path}: is larger than 1 MB; it holds {holds} only")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # a number of 5000 digits is a bare ValueError
        raise InputError(f"{path}: is no TOML ({error}); see {see}") from None
