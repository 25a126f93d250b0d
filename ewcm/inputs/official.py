"""The official figures of SDG indicator 9.c.1 that a user brings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError, unknown_key
from ewcm.sources.files import check_file, read_text

_KNOWN = ("2G", "3G", "4G", "5G", "year")


def read_official(path: Path, meta: Meta) -> tuple[dict[str, float], InputRecord]:
    """A JSON object of per cents by technology, and the year. Raises :class:`InputError`."""
    check_file(path)
    text, assumptions = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f'{path}: is not valid JSON; write {{"2G": 98.0, "4G": 61.0, "year": 2023}}') from error
    if not isinstance(content, dict):
        raise InputError(f'{path}: is not a JSON object; write {{"2G": 98.0, "4G": 61.0, "year": 2023}}')
    figures: dict[str, float] = {}
    for key, value in content.items():
        if key not in _KNOWN:
            raise InputError(f"{path}: {unknown_key(key, _KNOWN)}")
        top = 2200 if key == "year" else 100
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= top:
            raise InputError(
                f"{path}: {key} is {str(value)[:40]!r}; it must be a {'year' if key == 'year' else 'per cent'}"
            )
        figures[key] = int(value) if key == "year" else float(value)
    if not meta.date and "year" in figures:
        meta = replace(meta, date=str(figures["year"]))
    record = record_of("official", path, meta, format="JSON", assumptions=assumptions, facts=dict(figures))
    return figures, record
