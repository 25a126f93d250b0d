"""docs/api.md: the public Python API, from its docstrings."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import ewcm
from ewcm.core.finding import Caveat, Figure, Finding, Table
from ewcm.core.footprints import Footprints
from ewcm.core.layer import Layer
from ewcm.core.zones import Zones, classes, polygons
from ewcm.coverage.combine import Coverage
from ewcm.result import CountryResult

_INTRODUCTION = """# Python API

Generated from the docstrings by `make docs`. What is described here stays as it is within a minor version. The three
[notebooks](index.md) show it at work; the words are those of the glossary in [architecture.md](architecture.md).
"""

#: What comes first of ``ewcm``; the rest follows in alphabetical order.
_FIRST = ("run", "open_result", "Result", "Settings")

#: Headings, and what stands below each. What is public of ``ewcm`` itself comes first.
_SECTIONS: dict[str, tuple[Callable[..., Any], ...]] = {
    "ewcm": tuple(getattr(ewcm, name) for name in (*_FIRST, *sorted(set(ewcm.__all__) - set(_FIRST)))),
    "Grids, zones and coverage": (Layer, Zones, polygons, classes, Coverage, Footprints),
    "What an analysis returns": (Finding, Figure, Table, Caveat),
}

#: Operators that are listed, as they are written.
_OPERATORS = {"__and__": "one & other", "__len__": "len(…)"}

#: Signatures of this length [characters] have one argument a line.
_LONG = 100

#: Methods that are listed with those of the class itself.
_BASES = (CountryResult,)


def reference() -> str:
    """The page."""
    parts = [_INTRODUCTION]
    for heading, members in _SECTIONS.items():
        parts.append(f"## {heading}\n")
        parts += [part for member in members for part in _entry(member)]
    return "\n".join(parts)


def _entry(member: Callable[..., Any]) -> Iterator[str]:
    """Heading, signature and text of a function or class, and of what is public in a class."""
    name, module = str(getattr(member, "__name__", "")), str(getattr(member, "__module__", ""))
    label = f"ewcm.{name}" if name in ewcm.__all__ else f"{module}.{name}"
    yield f"### {name}\n\n```python\n{label}{_signature(member)}\n```\n\n{_text(member)}\n"
    if isinstance(member, type) and not issubclass(member, Exception):
        rows = [f"- `{line}`: {text}" for line, text in _methods(member)]
        if rows:
            yield "\n".join(rows) + "\n"


def _methods(owner: type) -> Iterator[tuple[str, str]]:
    """Methods and properties of a class with their texts, in the order in which they are written."""
    bases = [base for base in _BASES if issubclass(owner, base)]
    for source in dict.fromkeys((owner, *bases)):
        for name, value in vars(source).items():
            inner = getattr(value, "func", getattr(value, "fget", getattr(value, "__func__", value)))
            if (name.startswith("_") and name not in _OPERATORS) or not inspect.isfunction(inner):
                continue
            call = _signature(inner, sys.maxsize) if isinstance(value, classmethod) or inspect.isfunction(value) else ""
            yield (
                _OPERATORS.get(name, f"{name}{call}"),
                _text(inner).replace("\n\n", "\n").replace("\n", "\n  "),
            )


class _Words(str):
    """An annotation that is shown as it is written."""

    def __repr__(self) -> str:
        return str(self)


def _signature(member: Callable[..., Any], longest: int = _LONG) -> str:
    """Arguments and what is returned, as they are written; one argument a line where it would be long otherwise."""
    if isinstance(member, type) and issubclass(member, Exception):
        return ""
    if member is ewcm.Settings:
        return "(**settings)"
    found = inspect.signature(member)
    arguments = [_shown(value) for name, value in found.parameters.items() if name not in ("self", "cls")]
    returned = inspect.Signature.empty if isinstance(member, type) else _words(found.return_annotation)
    shown = found.replace(parameters=arguments, return_annotation=returned)
    text = str(shown)
    return (
        text if len(text) < longest else "(\n    " + ",\n    ".join(_separate(text)) + ",\n" + text[text.rindex(")") :]
    )


def _separate(signature: str) -> list[str]:
    """The arguments of a signature, each as it is written."""
    inner = signature[1 : signature.rindex(")")]
    depth, parts = 0, [""]
    for character in inner:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _shown(argument: inspect.Parameter) -> inspect.Parameter:
    default = argument.default
    if inspect.isfunction(default) or type(default).__name__ == "_HAS_DEFAULT_FACTORY_CLASS":
        default = _Words("…")
    return argument.replace(annotation=_words(argument.annotation), default=default)


def _words(annotation: object) -> object:
    return _Words(annotation) if isinstance(annotation, str) else annotation


def _text(member: object) -> str:
    """The docstring in Markdown."""
    text = inspect.getdoc(member) or ""
    text = re.sub(r":(?:class|func|meth|mod):`~?\.?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`").strip()
