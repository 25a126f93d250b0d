"""``ewcm learn coverage``: its arguments and what is said. Imports what it needs when called."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ewcm.errors import SettingsError, one_line
from ewcm.learning.command import Shared, add_crs, add_output, folder_of, refuse_strangers
from ewcm.of_one import of_one


def add_coverage(kinds: Any, shared: Shared) -> None:
    """Add ``coverage`` to the kinds of ``ewcm learn``."""
    parser = kinds.add_parser(
        "coverage",
        parents=shared("iso3", "inputs", "json"),
        help="estimated coverage, from places whose coverage is known, or set to official shares",
    )
    parser.add_argument(
        "places",
        nargs="?",
        type=Path,
        metavar="PLACES",
        help="CSV or workbook of places: lat, lon, and 2G, 3G, 4G (1 covered, 0 not, or shares)",
    )
    parser.add_argument(
        "--definition", default="", metavar="TEXT", help="what covered means in that file, and its date"
    )
    add_crs(parser)
    add_output(parser)
    parser.set_defaults(command=_coverage)


def _coverage(options: argparse.Namespace) -> int:
    from ewcm.countries import country
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load
    from ewcm.learning.coverage import learn_from_official, learn_from_places, without_extra
    from ewcm.learning.coverage_files import lines_of, table_of_inputs, write_learnt
    from ewcm.option_files import states_of_options
    from ewcm.sources.coverage_truth import read_truth

    selected = country(options.iso3)
    refuse_strangers(options, selected, "coverage")
    read_from = states_of_options(vars(options))
    inputs = find_inputs(selected, options.inputs)
    for line in inputs.guesses:
        print(one_line(line), file=sys.stderr if options.json else sys.stdout)
    if inputs.folder is None:
        raise SettingsError(f"{selected.iso3}: has no folder of inputs; there is nothing to learn from starter data")
    data = load(inputs)
    notes: list[str] = []
    if options.places is None:
        learnt = learn_from_official(data, inputs.settings)
    else:
        truth = read_truth(options.places, selected, options.definition, crs=options.crs)
        notes = [f"note: {text}" for text in (*truth.record.assumptions, *map(str, truth.record.warnings))]
        learnt = learn_from_places(data, truth, inputs.settings)
    read_from.refuse_changed()
    data.read_from.refuse_changed()
    written = write_learnt(learnt, folder_of(options, selected, "coverage"))
    if options.json:
        print(written[0].read_text(encoding="utf-8"), end="")
        return 0
    for line in [*notes, *lines_of(learnt), *without_extra()]:
        print(one_line(of_one(line), 400))
    for path in written:
        print(one_line(path, 400))
    print("Add to inputs.toml:")
    print(table_of_inputs(written[0], inputs.folder))
    return 0
