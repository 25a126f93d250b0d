"""Headings of tables in the languages of the engine, from the machine names of their columns."""

from __future__ import annotations

from collections.abc import Mapping

from ewcm.core.channels import Service
from ewcm.core.texts import words_in

#: The file of ``ewcm/texts`` that has them.
_TEXTS = "headings"

#: What ends the name of a column and is said by words around its heading.
_RANGES = ("low", "high")


def heading(column: str, services: Mapping[str, Service], language: str) -> str:
    """What stands over a column: ``uncovered_4Gplus_low`` is "People out of reach of 4G or newer, at least".

    ``services``: those of the result, by name. In English where the language lacks it; a column that has no words is called by
    its name.
    """
    texts = words_in(language, _TEXTS)
    found = texts.get(f"heading.{column}")
    if found:
        return found
    stem, _, end = column.rpartition("_")
    if end in _RANGES and stem:
        return texts[f"range.{end}"].format(heading=heading(stem, services, language))
    for name, service in services.items():
        parts = column.split(f"_{service.column}")
        pattern = f"heading.{parts[0]}_S{parts[-1]}"
        if len(parts) == 2 and (not parts[1] or parts[1].startswith("_")) and pattern in texts:
            return texts[pattern].format(service=_service(name, texts))
    return column.replace("_", " ").capitalize()


def has_heading(column: str, services: Mapping[str, Service]) -> bool:
    """Whether a column has words, and is not called by its name."""
    return heading(column, services, "en") != column.replace("_", " ").capitalize() or (
        f"heading.{column}" in words_in("en", _TEXTS)
    )


def _service(name: str, texts: Mapping[str, str]) -> str:
    """A service in words: the name of a channel stays as it is."""
    if name == "any":
        return texts["service.any"]
    return texts["service.newer"].format(technology=name[:-1]) if name.endswith("+") else name
