"""``ewcm course``: its arguments and what it prints. Imports what it needs when called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewcm.errors import one_line


def add_course(commands: Any, shared: Callable[..., list[argparse.ArgumentParser]]) -> None:
    """Add ``course`` to the commands."""
    course = commands.add_parser(
        "course",
        parents=shared("quiet"),
        help="make the folder of a training course: maps, files, slides and sheets (docs/training)",
    )
    course.add_argument("folder", type=Path, metavar="DIR", help="folder to make, such as course")
    course.add_argument(
        "--files-only", action="store_true", help="the files of the exercises only, anew, for one who begins again"
    )
    course.set_defaults(command=_course)


def _course(options: argparse.Namespace) -> int:
    from ewcm.course.folder import make_course, make_exercise_files

    def announce(what: str) -> None:
        if not options.quiet:
            print(f"making {what}", file=sys.stderr)

    if options.files_only:
        made = make_exercise_files(options.folder)
    else:
        from ewcm.core.extras import need

        need("map", "The maps of a course")
        made = make_course(options.folder, announce) / "index.html"
    if not options.quiet:
        print(one_line(made))
    return 0
