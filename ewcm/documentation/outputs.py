"""What stands in the outputs: the tables of docs/formats.md, and docs/summary.schema.json.

Names and units come from the findings of :func:`ewcm.documentation.examples.example_results`, the words from ``ewcm/texts``.
A column or figure without words is an error, so that none can be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ewcm.core.channels import SERVICES
from ewcm.core.finding import Finding, Json, Table
from ewcm.core.record import GRADE
from ewcm.core.texts import texts_of
from ewcm.report.tables import grade
from ewcm.result import CountryResult

#: The file of ``ewcm/texts`` with the words for what belongs to no finding.
_COMMON = "summary"

#: What stands for a key that differs from country to country in a path, and how docs/formats.md writes it.
_ANY = "*"
_LETTERS = {"services": "S", "coldspots": "S", "sdg_9c1": "T", "official": "T"}

#: Types of JSON by those of Python.
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def tables(results: Sequence[CountryResult]) -> dict[str, str]:
    """A table in Markdown for each table of the findings, by ``table.<name>``, and ``summary`` for summary.json."""
    found = {}
    for finding in (finding for result in results for finding in result.findings):
        for table in finding.tables:
            found[f"table.{table.name}"] = _table(finding, table)
    rows = [(f"`{_letters(path)}`", node.units, node.text) for path, node in _described(_tree(results))]
    return {**found, "summary": _markdown("key", rows)}


def schema_text(results: Sequence[CountryResult]) -> str:
    """The JSON Schema of summary.json, from the types that figures have in any of the results."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "summary.json of a published country",
        "description": "x-units are the units of a figure: 1 for shares, persons for people.",
        **_tree(results).schema(),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _table(finding: Finding, table: Table) -> str:
    columns = {GRADE: "", **{str(name): table.units.get(str(name), "") for name in table.frame.columns}}
    texts = {**texts_of(_COMMON)["en"], **texts_of(finding.name)["en"]}
    rows: dict[str, tuple[str, str, str]] = {}
    for column, units in columns.items():
        if column != "geometry":
            name = _of_any_service(column)
            rows[name] = (f"`{name}`", units, texts[f"column.{name}"])
    return f"{texts[f'table.{table.name}']}\n\n{_markdown('column', rows.values())}"


def _of_any_service(column: str) -> str:
    """``covered_4Gplus`` as ``covered_S``."""
    names = {service.column for service in SERVICES.values()}
    return "_".join("S" if part in names else part for part in column.split("_"))


def _markdown(heading: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"| {heading} | unit | meaning |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


@dataclass
class _Node:
    """What is known of one key of summary.json, over all places and results where it stands."""

    text: str = ""
    units: str = ""
    types: set[str] = field(default_factory=set)
    properties: dict[str, _Node] = field(default_factory=dict)
    others: _Node | None = None
    items: _Node | None = None
    required: set[str] | None = None

    def schema(self) -> dict[str, Json]:
        """As JSON Schema. An integer is a number, so that a figure that may be either is a number."""
        types = sorted(self.types - {"integer"} if "number" in self.types else self.types)
        found: dict[str, Json] = {"type": types[0] if len(types) == 1 else types}
        if self.text:
            found["description"] = self.text
        if self.units:
            found["x-units"] = self.units
        if self.properties:
            found["properties"] = {name: node.schema() for name, node in self.properties.items()}
        if self.required:
            found["required"] = sorted(self.required)
        if self.others is not None:
            found["additionalProperties"] = self.others.schema()
        if self.items is not None:
            found["items"] = self.items.schema()
        return found


def _tree(results: Sequence[CountryResult]) -> _Node:
    """The keys of the summaries of all results, with words and units."""
    words: dict[tuple[str, ...], str] = {}
    units: dict[tuple[str, ...], str] = {}
    for name in (_COMMON, *(finding.name for finding in results[0].findings)):
        for key, text in texts_of(name)["en"].items():
            if key.startswith("figure."):
                words[tuple(key.split(".")[1:])] = text
    for figure in (figure for result in results for finding in result.findings for figure in finding.figures):
        units[_words_of(figure.path, words)] = figure.units
    root = _Node()
    for result in results:
        _add(root, {GRADE: grade(result), **result.summary}, (), words, units)
    return root


def _words_of(path: tuple[str, ...], words: Mapping[tuple[str, ...], str]) -> tuple[str, ...]:
    """A path without the keys that differ from country to country: those that no text names."""
    found: tuple[str, ...] = ()
    for key in path:
        if any(named[: len(found) + 1] == (*found, key) for named in words):
            found = (*found, key)
    return found


def _add(
    node: _Node,
    value: Json,
    path: tuple[str, ...],
    words: Mapping[tuple[str, ...], str],
    units: Mapping[tuple[str, ...], str],
) -> None:
    """Take one value into what is known of its key. ``path``: see :func:`_words_of`."""
    if isinstance(value, Mapping):
        node.types.add("object")
        node.required = set(value) if node.required is None else node.required & set(value)
        for key, inner in value.items():
            if (*path, key) in {named[: len(path) + 1] for named in words}:
                child = node.properties.setdefault(key, _Node(words.get((*path, key), ""), units.get((*path, key), "")))
                _add(child, inner, (*path, key), words, units)
            elif path == ("caveats", "values"):
                node.required = None  # whatever the sentence is about
            elif path:
                node.others = node.others or _Node(units=units.get(path, ""))
                _add(node.others, inner, path, words, units)
            else:
                raise KeyError(f"no text figure.{key} in ewcm/texts")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        node.types.add("array")
        for inner in value:
            node.items = node.items or _Node()
            _add(node.items, inner, path, words, units)
    else:
        node.types.add(_TYPES[type(value)])


def _described(node: _Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], _Node]]:
    """Every key that has words, from the outside in."""
    if node.text:
        yield path, node
    for key, inner in node.properties.items():
        yield from _described(inner, (*path, key))
    if node.others is not None:
        yield from _described(node.others, (*path, _ANY))
    if node.items is not None:
        yield from _described(node.items, (*path[:-1], f"{path[-1]}[]"))


def _letters(path: tuple[str, ...]) -> str:
    return ".".join(_LETTERS.get(path[0], "KEY") if key == _ANY else key for key in path)
