"""One spelling of each operator: names that differ in capitals, blanks, points or dashes alone mean one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord
from ewcm.errors import one_line
from ewcm.inputs.country_data import CountryData
from ewcm.sources.cells import Sites
from ewcm.sources.operator_columns import folded


def with_one_spelling(data: CountryData) -> CountryData:
    """The inputs with one name for each operator: as the user states it in ``operators``, else as most sites and maps have it.
    The record of every input whose names change says so."""
    listed = Counter[str]()
    if data.sites is not None and any(record.layer != "cells" for record in data.sites.records):
        listed.update(data.sites.table["operator"].value_counts().to_dict())
    listed.update(one.operator for one in data.declared)
    name_of = _spellings(data.operators, listed)
    names = {name_of.get(name, name) for name in listed} - {""}
    sites = _alike_said(data.sites, names)
    of_record: dict[int, set[str]] = {}
    for one in data.declared:
        of_record.setdefault(id(one.record), set()).add(one.operator)
    changed_records = {
        id(one.record): _with_alike(one.record, (name_of.get(name, name) for name in of_record[id(one.record)]), names)
        for one in data.declared
    }
    if sites is not None:
        table = sites.table.assign(operator=sites.table["operator"].replace(name_of))
        records = tuple(_renamed(record, _operators(record), name_of) for record in sites.records)
        sites = replace(sites, table=table, records=records)
    changed_records = {key: _renamed(record, of_record[key], name_of) for key, record in changed_records.items()}
    declared = tuple(
        replace(one, operator=name_of.get(one.operator, one.operator), record=changed_records[id(one.record)])
        for one in data.declared
    )
    stated = tuple(dict.fromkeys(name_of.get(name, name) for name in data.operators))
    return replace(data, sites=sites, declared=declared, operators=stated)


def _alike_said(sites: Sites | None, names: set[str]) -> Sites | None:
    """Sites whose records say which of their operators may be one: of two names the one begins with the words of the other."""
    if sites is None:
        return None
    return replace(
        sites,
        records=tuple(
            _with_alike(record, _operators(record) if record.layer != "cells" else (), names)
            for record in sites.records
        ),
    )


def _with_alike(record: InputRecord, own: Iterable[str], names: set[str]) -> InputRecord:
    """The record of an input, which says which of its ``own`` operators may be one of the ``names``."""
    alike = sorted(
        {
            one_line(name, 40)
            for mine in own
            for other in names
            if mine and folded(mine) != folded(other) and (_begins(mine, other) or _begins(other, mine))
            for name in (mine, other)
        }
    )
    if not alike:
        return record
    shown = ", ".join(alike[:8])
    text = f"The operators {shown} may be one; if they are, write one name for them."
    return replace(record, warnings=(*record.warnings, InputWarning("operators_alike", text, {"names": shown})))


def _operators(record: InputRecord) -> list[str]:
    """The operators that the record of a list names."""
    stated = record.facts.get("operators")
    return [str(name) for name in stated] if isinstance(stated, list | tuple) else []


def _begins(short: str, long: str) -> bool:
    """Whether a name is another with further words."""
    words = long.split()
    return any(folded(" ".join(words[:count])) == folded(short) for count in range(1, len(words)))


def _spellings(stated: Iterable[str], listed: Mapping[str, int]) -> dict[str, str]:
    """The name in place of each that is another way to write it."""
    ways: dict[str, list[str]] = {}
    for name in (*stated, *sorted(listed, key=lambda name: (-listed[name], name))):
        ways.setdefault(folded(name), []).append(name)
    return {name: first for first, *others in ways.values() for name in others if name != first}


def _renamed(record: InputRecord, operators: Iterable[str], name_of: Mapping[str, str]) -> InputRecord:
    """The record of an input, which says which of its ``operators`` go by another name."""
    changed = sorted(name for name in operators if name in name_of)
    if not changed:
        return record
    shown = ", ".join(f"'{one_line(name, 40)}'" for name in changed[:8])
    names = ", ".join(sorted({one_line(name_of[name], 40) for name in changed}))
    text = f"The operator {shown} was taken for {names}: capitals, blanks, points and dashes alone do not make another."
    warning = InputWarning("operator_names", text, {"written": shown, "operator": names})
    facts: dict[str, Any] = dict(record.facts)
    if isinstance(facts.get("operators"), list):
        facts["operators"] = sorted({name_of.get(name, name) for name in facts["operators"]})
    return replace(record, facts=facts, warnings=(*record.warnings, warning))
