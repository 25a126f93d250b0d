"""The card of a fit: what was learnt from what, how it was tried, what was refused. JSON, never a pickle."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ewcm.core.card_digest import KEY, digest_of
from ewcm.core.files import write_atomically
from ewcm.core.record import InputRecord
from ewcm.version import VERSION

#: Version of the form of cards.
SCHEMA = 1

#: Significant digits of numbers, so that the last digits of a machine's arithmetic do not show.
_DIGITS = 6

#: What every card says that it is.
WORDS = "statistical estimate, cross-validated"


def card(kind: str, iso3: str, *, seed: int, files: Iterable[InputRecord], **content: Any) -> dict[str, Any]:
    """The card of a fit. ``kind``: ``propagation``, ``people``, ``coverage``. ``files``: what it was learnt from.

    ``content`` should hold ``definition``, ``validation``, ``verdict`` and ``refused``.
    """
    return {
        "card": SCHEMA,
        "kind": kind,
        "country": iso3,
        "words": WORDS,
        "files": [_file(record) for record in files],
        "seed": seed,
        "versions": {"ewcm": VERSION, "numpy": np.__version__, "python": platform.python_version()},
        **content,
    }


def _file(record: InputRecord) -> dict[str, Any]:
    return {
        "layer": record.layer,
        "path": record.path,
        "sha256": record.sha256,
        "licence": record.licence,
        "attribution": record.attribution,
        "data_grade": record.origin,
        "facts": dict(record.facts),
        "assumptions": list(record.assumptions),
        "warnings": [str(warning) for warning in record.warnings],
    }


def text_of(content: Mapping[str, Any]) -> str:
    """A card as JSON text: numbers of six significant digits, no NaN (null), the digest of it all, a final newline."""
    plain = _plain(content)
    return json.dumps({**plain, KEY: digest_of(plain)}, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write_card(path: Path, content: Mapping[str, Any]) -> Path:
    """Write a card in one step."""
    write_atomically(path, text_of(content).encode("utf-8"))
    return path


def _plain(value: Any) -> Any:
    """Python's own types; numbers rounded to significant digits, whole ones and texts as they are."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(part) for part in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return significant(float(value))
    return value if value is None else str(value)


def significant(value: float, digits: int = _DIGITS) -> float | None:
    """A number of so many significant digits; None where it is not finite."""
    if not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}") + 0.0  # no minus zero
