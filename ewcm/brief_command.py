"""``ewcm brief``: its arguments and what is printed. Imports what it needs when called."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewcm.countries import LANGUAGES
from ewcm.errors import one_line


def add_brief(commands: Any, shared: Callable[..., list[argparse.ArgumentParser]]) -> None:
    """Add ``brief`` to the commands."""
    brief = commands.add_parser(
        "brief",
        parents=shared("iso3", "results", "json", "quiet"),
        help="a page of A4 for each area of a published country, to print: HTML, and PDF where a Chromium is installed",
    )
    brief.add_argument(
        "--area",
        action="append",
        default=[],
        metavar="CODE",
        help="this area only, by its code in areas.csv (again for more)",
    )
    brief.add_argument("--level", type=int, metavar="N", help="all areas of this level (default: the first)")
    brief.add_argument(
        "--service", metavar="S", help="that the sheets lead with, such as 4G+ (default: the headline's)"
    )
    brief.add_argument(
        "--case", choices=("low", "central", "high"), default="central", help="of the coverage (default: central)"
    )
    brief.add_argument("--no-pdf", action="store_true", help="write the HTML page only")
    brief.add_argument(
        "--pdf-seconds", type=float, metavar="S", help="that the browser may take (default: 60, and 2 for each area)"
    )
    brief.add_argument("--output", type=Path, metavar="DIR", help="where to write (default: briefings/<ISO3>)")
    brief.add_argument(
        "--language", choices=LANGUAGES, help="of the sheets and of what is printed (default: the country's)"
    )
    brief.set_defaults(command=_brief)


def _brief(options: argparse.Namespace) -> int:
    from ewcm.api import open_country
    from ewcm.core.extras import need
    from ewcm.core.texts import language_of_user
    from ewcm.countries import country
    from ewcm.report.brief import briefing_of
    from ewcm.report.tables import json_text

    need("map", "A briefing")
    about = country(options.iso3)
    result = open_country(about.iso3, options.results)
    briefing = briefing_of(result, options.area, level=options.level, service=options.service, case=options.case)
    output = options.output or Path("briefings") / _folder_name(about.iso3, options.area)
    written = briefing.write(output, options.language or "", pdf=not options.no_pdf, seconds=options.pdf_seconds)
    language = language_of_user(options.language)
    if options.json:
        print(json_text(written.content(not options.no_pdf and not written.no_pdf)), end="")
    elif not options.quiet:
        for line in written.lines(language):
            print(one_line(line))
        print(one_line(output / "brief.html"))
        if not options.no_pdf and not written.no_pdf:
            print(one_line(output / "brief.pdf"))
    if written.no_pdf:
        print(f"ewcm: {one_line(written.no_pdf)}", file=sys.stderr)
    return 0


def _folder_name(iso3: str, areas: list[str]) -> str:
    """Of the folder of a briefing: that of some areas stands beside that of all."""
    if not areas:
        return iso3
    return f"{iso3}_{re.sub(r'[^A-Za-z0-9-]+', '-', '_'.join(areas))[:40]}"
