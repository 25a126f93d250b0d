"""``ewcm learn people``: a nowcast, a disaggregation, or displaced people."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewcm.errors import InputError, SettingsError, one_line
from ewcm.learning.command import Shared, add_common, folder_of, refuse_strangers, say
from ewcm.of_one import of_one

if TYPE_CHECKING:
    from ewcm.core.file_states import FileStates
    from ewcm.core.record import InputRecord
    from ewcm.countries import Country
    from ewcm.sources.population import Population


def add_people(kinds: Any, shared: Shared) -> None:
    """Add ``people`` to the kinds of ``ewcm learn``."""
    parser = kinds.add_parser(
        "people",
        parents=shared("iso3", "inputs", "json"),
        help="bring people to new totals, spread totals, or move displaced people (docs/method-learning.md)",
    )
    parser.add_argument(
        "--units", type=Path, required=True, metavar="FILE", help="outlines of the units that have totals"
    )
    parser.add_argument(
        "--totals",
        type=Path,
        metavar="FILE",
        help="CSV or workbook of their people, by their names or codes (default: in --units)",
    )
    parser.add_argument(
        "--finer", type=Path, metavar="FILE", help="outlines of finer units, with people where they are known"
    )
    parser.add_argument(
        "--moves",
        type=Path,
        metavar="FILE",
        help="CSV or workbook of displaced people: from,to,people; no totals are needed",
    )
    parser.add_argument(
        "--grid", type=Path, metavar="TIF", help="existing grid of people (default: that of the inputs)"
    )
    parser.add_argument(
        "--no-grid", action="store_true", help="disaggregation: spread the totals without an existing grid"
    )
    parser.add_argument(
        "--covariate",
        type=Path,
        action="append",
        default=[],
        metavar="TIF",
        help="raster that may tell where people live; may be repeated",
    )
    parser.add_argument("--column", metavar="NAME", help="column of the people (default: found by its name)")
    add_common(parser)
    parser.set_defaults(command=_people)


def _people(options: argparse.Namespace) -> int:
    from ewcm.countries import country
    from ewcm.option_files import states_of_options

    selected = country(options.iso3)
    refuse_strangers(options, selected, "people")
    read_from = states_of_options(vars(options))
    if options.moves is not None:
        return _displacement(options, selected, read_from)
    return _totals(options, selected, read_from)


def _totals(options: argparse.Namespace, selected: Country, read_from: FileStates) -> int:
    from ewcm.core.record import sha256_of
    from ewcm.learning import card as cards
    from ewcm.learning import people_files, people_grid
    from ewcm.report.fit_pictures import Rasters, write_pictures
    from ewcm.sources.totals import read_units

    units, key = read_units(options.units, selected, totals=options.totals, column=options.column, layer="units")
    finer, records = None, [*units.records]
    if options.finer is not None:
        found, _ = read_units(options.finer, selected, column=options.column, parent_key=key, layer="finer units")
        finer, records = found.table, [*records, *found.records]
    if options.grid is not None and options.no_grid:
        raise SettingsError("--grid and --no-grid exclude each other; leave one out")
    population = None if options.no_grid else _grid(options, selected)
    how = "disaggregation" if population is None else "nowcast"
    geobox = _new_grid(units.table.total_bounds) if population is None else population.geobox
    covariates, rule, notes = people_grid.covariates_of(selected.iso3, geobox, options.covariate)
    notes += people_grid.against_country(units.table, selected) if population is None else ()
    records += _covariate_records(options.covariate)
    records += [population.record] if population else []
    people = None if population is None else population.people
    case = people_grid.Case(geobox, units.table, finer, people, covariates, rule)
    try:
        made = people_grid.make(case, options.seed)
    except InputError as error:
        raise InputError(f"{options.finer or options.totals or options.units}: {error}") from None
    read_from.refuse_changed()
    folder = folder_of(options, selected, "people")
    raster = folder / "people.tif"
    starter = any(record.starter for record in records)
    people_files.write_raster(raster, made.people, geobox, how, starter=starter)
    people_files.write_table(folder / "people_ledger.csv", made.ledger)
    people_files.write_table(folder / "people_units.csv", made.bands)
    content = people_files.content(made, how, sha256_of(raster))
    content["notes"] = [*notes, *content["notes"]]
    card = cards.card("people", selected.iso3, seed=options.seed, files=records, **content)
    cards.write_card(folder / "people.json", card)
    import numpy as np

    box = geobox.extent.boundingbox
    before = made.people if people is None else people
    step = max(1, max(geobox.shape) // 800)
    write_pictures(
        folder / "people.png",
        f"{selected.name}: {how} of people (statistical estimate, cross-validated)",
        made.learnt.reliability,
        ("nominal share of the band", "share of left-out units in it"),
        Rasters(
            np.asarray(before[::step, ::step]), made.people[::step, ::step], (box.left, box.bottom, box.right, box.top),
            "log10(1 + people in a cell)",
        ),
    )  # fmt: skip
    said = [
        one_line(f"note: {text}") for record in records for text in (*record.assumptions, *map(str, record.warnings))
    ]
    said += [f"note: {note}" for note in notes] + people_files.sentences(made, how)
    return say(options, card, [*said, *_line(folder, options)], folder)


def _displacement(options: argparse.Namespace, selected: Country, read_from: FileStates) -> int:
    from ewcm.core.record import sha256_of
    from ewcm.learning import card as cards
    from ewcm.learning import displacement, people_files
    from ewcm.sources.totals import read_moves, read_units

    for name in ("totals", "finer", "no_grid"):
        if getattr(options, name):
            raise SettingsError(
                f"--moves and --{name.replace('_', '-')} exclude each other: first bring the grid to the totals"
            )
    units, _ = read_units(options.units, selected, layer="outlines")
    population = _grid(options, selected)
    if population is None:
        raise InputError(
            "displaced people need a grid to move them on; name one with --grid, or put one into the inputs"
        )
    moves = read_moves(options.moves, units.table["key"].tolist(), options.column)
    try:
        people, ledger = displacement.moved(population.people, population.geobox, units.table, moves.table)
    except InputError as error:
        raise InputError(f"{options.moves}: {error}") from None
    read_from.refuse_changed()
    folder = folder_of(options, selected, "people")
    raster = folder / "people.tif"
    people_files.write_raster(raster, people, population.geobox, "displacement", starter=population.record.starter)
    people_files.write_table(folder / "people_ledger.csv", ledger)
    last = ledger.iloc[-1]
    records = [*units.records, moves.record, population.record]
    card = cards.card(
        "people", selected.iso3, seed=options.seed, files=records, how="displacement",
        definition="people of the grid, less those who left each unit, and with those who came", verdict="ledger, no model",
        refused=[], validation={}, moves=moves.table.to_dict("records"),
        ledger={name: last[name] for name in ("before", "left", "came", "after")},
        raster={"path": raster.name, "sha256": sha256_of(raster)},
    )  # fmt: skip
    cards.write_card(folder / "people.json", card)
    said = [one_line(f"note: {text}") for record in records for text in record.assumptions]
    said += [
        of_one(
            f"{float(moves.table['people'].sum()):,.0f} displaced people in {len(moves.table)} moves between units."
        ),
        f"Ledger: {last['before']:,.0f} people before, {last['left']:,.0f} left the country, {last['came']:,.0f} came from "
        f"outside, {last['after']:,.0f} after.",
    ]
    return say(options, card, [*said, *_line(folder, options)], folder)


def _line(folder: Path, options: argparse.Namespace) -> list[str]:
    """The line of inputs.toml that takes the raster as the people."""
    from ewcm.inputs.find import DATA

    inputs = options.inputs or DATA / options.iso3.upper()
    name = Path(os.path.relpath(folder / "people.tif", inputs)).as_posix()
    return [f'To use it, in {one_line(inputs)}/inputs.toml: [population] path = "{name}"']


def _grid(options: argparse.Namespace, selected: Country) -> Population | None:
    """The existing grid: that of ``--grid``, else of the inputs; None where there is none of the user's own."""
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load
    from ewcm.sources.neighbours import lent_outline
    from ewcm.sources.population import read_population

    if options.grid is not None:
        areas = lent_outline(selected)
        return read_population(options.grid, selected, boundaries=areas.table if areas else None)
    inputs = find_inputs(selected, options.inputs)
    if inputs.starter or not inputs.of("population"):
        return None
    return load(inputs).population


def _new_grid(bounds: Any) -> Any:
    from ewcm.starter import surface

    west, south, east, north = (float(edge) for edge in bounds)
    return surface.grid_of((west, south, east, north))


def _covariate_records(paths: list[Path]) -> list[InputRecord]:
    from ewcm.core.record import Meta, record_of

    return [record_of("covariate", path, Meta(), format="raster") for path in paths]
