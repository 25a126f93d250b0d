"""``ewcm learn propagation``: its arguments and what is said, and what all kinds share. Imports what it needs when called."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewcm.errors import InputError, one_line
from ewcm.of_one import of_one

if TYPE_CHECKING:
    from ewcm.countries import Country
    from ewcm.inputs.country_data import CountryData
    from ewcm.settings import Settings

#: Folder of what was learnt, in the folder of a country's inputs.
LEARNT = "learnt"

#: Makes the parent parsers of shared options.
Shared = Callable[..., list[argparse.ArgumentParser]]


def add_propagation(kinds: Any, shared: Shared) -> None:
    """Add ``propagation`` to the kinds of ``ewcm learn``."""
    parser = kinds.add_parser(
        "propagation",
        parents=shared("iso3", "inputs", "json"),
        help="calibrate computed levels by measurements (docs/method-learning.md)",
    )
    parser.add_argument(
        "measurements",
        type=Path,
        metavar="FILE",
        help="CSV or workbook: lat, lon, dbm, technology, operator[, site, …]",
    )
    parser.add_argument("--technology", metavar="T", help="of all rows, where no column says it: 2G, 3G, 4G, 5G")
    parser.add_argument("--computed", metavar="COLUMN", help="column with the losses by P.1812 (default: p1812_db)")
    parser.add_argument(
        "--elsewhere", type=Path, metavar="CARD", help="card of another place, to be judged by this file"
    )
    add_crs(parser)
    add_common(parser)
    parser.set_defaults(command=_propagation)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options of every kind."""
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the groups of blocks (default: 0)")
    add_output(parser)


def add_crs(parser: argparse.ArgumentParser) -> None:
    """The coordinate system of positions in metres."""
    parser.add_argument(
        "--crs",
        metavar="EPSG:CODE",
        help="coordinate system of the positions, where they are metres (such as EPSG:32636)",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where a kind writes; see :func:`folder_of`."""
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help=f"where to write (default: {LEARNT} in the folder of the inputs)"
    )


def _propagation(options: argparse.Namespace) -> int:
    from ewcm.countries import country
    from ewcm.learning import card as cards
    from ewcm.learning import propagation, propagation_files
    from ewcm.learning.links import links_of
    from ewcm.option_files import states_of_options
    from ewcm.report.fit_pictures import Points, write_pictures
    from ewcm.sources.measurements import read_measurements

    selected = country(options.iso3)
    refuse_strangers(options, selected, "propagation")
    read_from = states_of_options(vars(options))
    measured = read_measurements(
        options.measurements,
        selected,
        technology=_technology(options.technology),
        computed=options.computed,
        crs=options.crs,
    )
    brought = measured.table["computed_loss_db"].notna() | measured.table["computed_level_dbm"].notna()
    data, settings, unread = _inputs(
        selected, options.inputs, lacking=int((~brought).sum()), brought=bool(brought.any())
    )
    elsewhere = _card(options.elsewhere)
    try:
        links = links_of(measured.table, data, settings)
        learnt = propagation.learn(
            links.table, seed=options.seed, margin_db=settings.threshold_margin_db, elsewhere=elsewhere
        )
    except InputError as error:
        raise InputError(f"{options.measurements}: {error}") from None
    read_from.refuse_changed()
    if data is not None:
        data.read_from.refuse_changed()
    folder = folder_of(options, selected, "propagation")
    records = [measured.record]
    if data is not None and links.by_engine:
        records += [record for record in data.records if record.layer in ("terrain", "clutter", "sites", "cells")]
    content = propagation_files.content(learnt, settings, links.left_out, links.by_engine)
    card = cards.card("propagation", selected.iso3, seed=options.seed, files=records, **content)
    cards.write_card(folder / "propagation.json", card)
    rows = propagation_files.table(learnt, settings.threshold_margin_db)
    _write(folder / "propagation.csv", rows.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
    _write(folder / "propagation.toml", propagation_files.toml(learnt, settings, f"{folder.name}/propagation.json"))
    shown = learnt.links[~learnt.links["silent"]]
    heard = (~learnt.links["silent"]).to_numpy(bool)
    write_pictures(
        folder / "propagation.png",
        f"{selected.name}: measured less computed level (statistical estimate, cross-validated)",
        [(row["nominal"], row["held"]) for row in content["validation"]["reliability"]],
        ("nominal share of the band", "share of left-out links in it"),
        Points(
            shown["at_lat"].to_numpy(), shown["at_lon"].to_numpy(), shown["y"].to_numpy(),
            (shown["y"].to_numpy() - learnt.predicted[heard]), 40.0, "measured less computed [dB]",
        ),
    )  # fmt: skip
    notes = [
        one_line(f"note: {text}")
        for text in (*measured.record.assumptions, *map(str, measured.record.warnings), *links.notes)
    ]
    notes += [one_line(f"note: {text}", 600) for text in unread]
    notes += [one_line(f"note: {count} measurements not used: {reason}.") for reason, count in links.left_out.items()]
    notes += propagation_files.sentences(learnt, settings, rows.to_dict("records"))
    if not learnt.refused:
        notes.append(f"Add {folder / 'propagation.toml'} to inputs.toml to use it.")
    return say(options, card, notes, folder)


def _technology(stated: str | None) -> str | None:
    from ewcm.errors import SettingsError
    from ewcm.sources.cells import TECHNOLOGY_OF

    if stated is None:
        return None
    if stated.upper() not in TECHNOLOGY_OF:
        raise SettingsError(f"--technology: '{stated[:40]}' is not known; use 2G, 3G, 4G or 5G")
    return TECHNOLOGY_OF[stated.upper()]


def _inputs(
    country: Country, folder: Path | None, *, lacking: int, brought: bool
) -> tuple[CountryData | None, Settings, tuple[str, ...]]:
    """The country's inputs, read only where measurements are ``lacking`` what was computed, its settings without an earlier
    calibration, and what to say where the inputs cannot be read and others have ``brought`` it."""
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load
    from ewcm.settings import Settings

    settings = Settings()
    try:
        inputs = find_inputs(country, folder)
        settings = inputs.settings.changed(calibration=())
        return None if inputs.starter or not lacking else load(inputs), settings, ()
    except InputError as error:
        # What a file brings itself needs no inputs; a folder that is not there is a slip all the same.
        if not brought or (folder is not None and not folder.is_dir()):
            raise
        whose = "the settings of the engine hold" if settings == Settings() else "its settings hold"
        note = f"the inputs were not read ({error}); {whose}"
        return None, settings, () if folder is None and not lacking else (note,)


def _card(path: Path | None) -> Sequence[dict[str, Any]]:
    """The calibration of a card of another place."""
    import json

    from ewcm.sources.files import read_text

    if path is None:
        return ()
    try:
        content = json.loads(read_text(path)[0])
        entries = content["calibration"] if content["kind"] == "propagation" else None
        found = [{"technology": str(one["technology"]), "offset_db": float(one["offset_db"])} for one in entries or ()]
        if not all(math.isfinite(float(one["offset_db"])) for one in entries or ()):
            raise ValueError("an offset that is no number")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{path}: is no card of ewcm learn propagation; name its propagation.json") from None
    if not found:
        raise InputError(f"{path}: holds no calibration (it was refused, or is of another kind); name another card")
    return found


def folder_of(options: argparse.Namespace, country: Country, kind: str) -> Path:
    """Where to write what was learnt of a ``kind``; made if it is not there. Raises :class:`InputError` as
    :func:`refuse_strangers` does."""
    folder = refuse_strangers(options, country, kind)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def refuse_strangers(options: argparse.Namespace, country: Country, kind: str) -> Path:
    """The same before the work. Raises :class:`InputError` where a file of somebody else has the name of one that would be
    written: the raster of people itself, where the folder of inputs is named."""
    from ewcm.inputs.find import DATA
    from ewcm.learning.answers import foreign_file

    folder: Path = options.output or (options.inputs or DATA / country.iso3) / LEARNT
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder with --output")
    if name := foreign_file(folder, kind):
        raise InputError(
            f"{folder}: holds a {name} that ewcm learn has not written; name another folder with --output, or move it away"
        )
    return folder


def _write(path: Path, text: str) -> None:
    from ewcm.core.files import write_atomically

    write_atomically(path, text.encode("utf-8"))


def say(options: argparse.Namespace, card: dict[str, Any], lines: Sequence[str], folder: Path) -> int:
    """Print the lines and the folder, or the card alone where JSON was asked for."""
    from ewcm.learning.card import text_of

    if options.json:
        print(text_of(card), end="")
        return 0
    for line in lines:
        print(of_one(line))
    print(one_line(folder), file=sys.stdout)
    return 0
