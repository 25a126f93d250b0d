"""Layers of a file of coverage that no table of the inputs reads, of which it reads others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord
from ewcm.inputs.country_data import CountryData


def with_unread_layers(data: CountryData) -> CountryData:
    """The inputs, with a warning in the record of each map whose file has layers that none of the maps was read from."""
    records = list({id(one.record): one.record for one in data.declared}.values())
    changed_records: dict[int, InputRecord] = {}
    for record in records:
        same = [other for other in records if (other.path, other.sha256) == (record.path, record.sha256)]
        left = _left(same)
        # Once for each file.
        if left and record is same[0]:
            shown = ", ".join(left[:12])
            text = (
                f"The file holds further layers that are not read: {shown}. Each that is to be read needs a table of its own "
                "with layer = …."
            )
            warning = InputWarning("layers", text, {"layers": shown, "count": len(left)})
            changed_records[id(record)] = replace(record, warnings=(*record.warnings, warning))
    if not changed_records:
        return data
    return replace(
        data,
        declared=tuple(replace(one, record=changed_records.get(id(one.record), one.record)) for one in data.declared),
    )


def _left(records: Iterable[InputRecord]) -> list[str]:
    """The layers of one file that none of its records was read from."""
    read: set[str] = set()
    others: list[str] = []
    for record in records:
        read |= _names(str(record.facts.get("layer", "")))
        stated = record.facts.get("other_layers", ())
        others += [str(name) for name in stated] if isinstance(stated, list | tuple) else []
    return [name for name in dict.fromkeys(others) if not _names(name) & read]


def _names(layer: str) -> set[str]:
    """What a layer, or a file of an archive, may be called; nothing for no name."""
    path = PurePosixPath(layer)
    return {str(path).casefold(), path.name.casefold(), path.stem.casefold()} if layer else set()
