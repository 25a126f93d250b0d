"""``python -m tests.bench [topic ...]``: print every benchmark row, or those of some topics.

Times are medians of rounds in which each competitor runs once; compare the ratios, not the times. Exits with 1 when
a budget is not met.
"""

import argparse
import importlib
import sys

import numba

from tests.bench.row import measure

#: Modules of this package with a function ``rows(scale)``.
TOPICS = (
    "sums",
    "polygons",
    "discs",
    "estimates",
    "levels",
    "components",
    "distance",
    "coldspots",
    "siting",
    "cyclones",
    "propagation",
    "page",
    "cells",
    "country",
    "answers",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "topics", nargs="*", metavar="topic", help=f"any of {', '.join(TOPICS)}; all when none is given"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="side of the grids as a share of the full size")
    arguments = parser.parse_args()
    unknown = set(arguments.topics) - set(TOPICS)
    if unknown:
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    print(f"{numba.get_num_threads()} threads, scale {arguments.scale:g}\n", flush=True)
    missed = []
    for topic in arguments.topics or TOPICS:
        for row in importlib.import_module(f"tests.bench.{topic}").rows(arguments.scale):
            timed = measure(row)
            print("\n".join(timed.lines()), end="\n\n", flush=True)
            if timed.met() is False:
                missed.append(row.work)
    if missed:
        print("Budgets not met: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
