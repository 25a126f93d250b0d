"""``ewcm compare``: its arguments and what is printed. Imports what it needs when called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewcm.errors import one_line


def add_compare(commands: Any, shared: Callable[..., list[argparse.ArgumentParser]]) -> None:
    """Add ``compare`` to the commands."""
    compare = commands.add_parser(
        "compare",
        parents=shared("json", "language"),
        help="what differs between two results of one country, split into people and coverage",
    )
    compare.add_argument("before", metavar="A", help="folder of a published country, or its code (maps/<ISO3>)")
    compare.add_argument("after", metavar="B", help="the other one")
    compare.add_argument("--services", metavar="LIST", help="services, such as any,4G+ (default: all that are known)")
    compare.add_argument(
        "--operators", metavar="NAMES", help="one operator's network in both, or two names: of A and of B"
    )
    compare.add_argument(
        "--difference",
        action="store_true",
        help="tell what differs between two methods too, and call it a difference, not a change",
    )
    compare.add_argument("--output", type=Path, metavar="DIR", help="where to write (default: comparisons/<ISO3>)")
    compare.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    from ewcm.api import compare
    from ewcm.core.texts import language_of_user
    from ewcm.report.compare import check_place, compare_json, compare_lines
    from ewcm.report.tables import json_text

    if options.output is not None:
        check_place(options.output)  # before the work
    found = compare(
        _folder(options.before),
        _folder(options.after),
        services=_names(options.services),
        operators=_names(options.operators),
        difference=options.difference,
    )
    language = language_of_user(options.language)
    output = options.output or Path("comparisons") / found.after.data.country.iso3
    folder = found.write(output, language)
    if options.json:
        print(json_text(compare_json(found)), end="")
        return 0
    for line in compare_lines(found, language):
        print(one_line(line))
    print(one_line(folder / "index.html"))
    return 0


def _folder(text: str) -> Path:
    """A folder of that name, else the published country of that code."""
    path = Path(text)
    return path if path.exists() or len(text) != 3 else Path("maps") / text.upper()


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
