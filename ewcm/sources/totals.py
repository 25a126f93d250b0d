"""Totals of people by unit, and tables of displacement: what a census or a tracking matrix brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.headings import words_of
from ewcm.sources.people_columns import column_of_people, doubts_of_people, is_of_people, people_in
from ewcm.sources.plain_words import plain_words
from ewcm.sources.position import check_position
from ewcm.sources.unit_names import UnitNames, listed, names_in
from ewcm.sources.unit_tables import read_totals, rows_of
from ewcm.sources.vectors import polygons_only, read_vector

#: Outlines that share more than this of the smaller of them are no neighbours drawn roughly.
_SHARED = 0.2

#: Columns that name a unit, the likeliest first, where no other tells.
_KEYS = ("pcode", "code", "area_id", "id", "adm2_pcode", "adm1_pcode", "district", "unit", "name")


@dataclass(frozen=True)
class Units:
    """Outlines of units, EPSG:4326, with ``key`` (text, unique), ``people`` (NaN where not known) and ``parent`` ("" where the
    file does not say it)."""

    table: gpd.GeoDataFrame
    records: tuple[InputRecord, ...]


def read_units(
    path: Path,
    country: Country,
    *,
    totals: Path | None = None,
    column: str | None = None,
    parent_key: str = "",
    layer: str,
) -> tuple[Units, str]:
    """Outlines with their people, from one file or from outlines and a table that share a column. ``column``: that of the people.
    ``parent_key``: column that names the unit above. ``layer``: what the file is, for the record. Returns the units and the name
    of the column that tells them apart.

    Raises :class:`InputError` where units cannot be told apart or matched, and where numbers are no people.
    """
    vector = read_vector(path)
    frame, made = polygons_only(path, vector.frame)
    other = frame.drop(columns=frame.geometry.name)
    other.columns = [str(name).lower() for name in other.columns]
    frame = gpd.GeoDataFrame(
        other.drop(columns="geometry", errors="ignore"), geometry=frame.geometry.to_numpy(), crs="EPSG:4326"
    ).reset_index(drop=True)
    frame, parts = _joined_parts(frame)
    made = (*made, *parts)
    records = []
    if totals is not None:
        found_totals = read_totals(totals, path, frame, column)
        people, key = found_totals.people, found_totals.key
        records.append(record_of("totals", totals, Meta(), format=found_totals.format, assumptions=found_totals.notes,
                                 facts={"rows": found_totals.rows, "people": float(people.sum())}))  # fmt: skip
    else:
        key = _own_key(path, frame, parent_key)
        people, notes = _own_people(path, frame, column, layer)
        made = (*made, *notes)
    unit = names_in(frame[key]) if key else pd.Series([str(n + 1) for n in range(len(frame))])
    twice = unit[unit.duplicated()]
    if len(twice):
        raise InputError(f"{path}: '{twice.iloc[0][:60]}' stands twice in column {key}; join its rows, or correct it")
    above = names_in(frame[parent_key]) if parent_key and parent_key in frame else ""
    found = gpd.GeoDataFrame({"key": unit, "people": people, "parent": above}, geometry=frame.geometry, crs="EPSG:4326")
    points = found.geometry.representative_point()
    check_position(path, "units", points.y.to_numpy(), points.x.to_numpy(), country, country.bbox)
    made = (*made, *_overlaps(found))
    facts = {
        "units": len(found),
        "with_people": int(np.isfinite(people).sum()),
        "people": float(np.nansum(people)),
        "key": key,
    }
    records.insert(0, record_of(layer, path, Meta(), format=vector.format, crs=vector.crs,
                                assumptions=(*vector.assumptions, *made), facts=facts, grade=vector.grade))  # fmt: skip
    return Units(found, tuple(records)), key


def _overlaps(units: gpd.GeoDataFrame) -> tuple[str, ...]:
    """What is to be said of outlines that share ground: people are counted in one place, and their totals in two."""
    shapes = units.geometry.to_numpy()
    one, two = units.sindex.query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    much = shared > _SHARED * np.minimum(shapely.area(shapes[one]), shapely.area(shapes[two]))
    if not much.any():
        return ()
    first = int(np.argmax(np.where(much, shared, -1.0)))
    names = [one_line(str(units["key"].iloc[place]), 40) for place in (one[first], two[first])]
    return (
        f"{int(much.sum())} pairs of outlines share more than {_SHARED:.0%} of their ground (first: '{names[0]}', '{names[1]}'): "
        "each has its part of the cells; leave one out where they are the same unit, or of two levels.",
    )


def _joined_parts(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Outlines of which those that agree in every attribute (an island drawn by itself) are one unit; and what is to be said."""
    names = [name for name in frame.columns if name != "geometry"]
    # An attribute of GeoJSON may be an object or a list; what is missing is a value like others, and no group of its own.
    texts = frame[names].astype(str).fillna("")
    if not names or not texts.duplicated().any():
        return frame, ()
    rows = texts.groupby(names, sort=False).ngroup().to_numpy()
    shapes = frame.geometry.groupby(rows).agg(lambda each: each.union_all())
    first = ~pd.Series(rows).duplicated()
    joined = gpd.GeoDataFrame(
        frame.loc[first.to_numpy(), names].reset_index(drop=True), geometry=shapes.tolist(), crs=frame.crs
    )
    return joined, (f"{len(frame) - len(joined)} shapes agree with others in all they say and were joined with them.",)


def _own_people(path: Path, frame: pd.DataFrame, column: str | None, layer: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """People of outlines that bring them, NaN where they are not known, and what is to be said."""
    if layer == "outlines":
        return np.full(len(frame), np.nan), ()
    if layer != "units" and column is not None and column.strip().casefold() not in frame.columns:
        column = None  # it is that of the totals
    heading = column_of_people(path, frame, column, needed=layer == "units")
    if heading is None:
        return np.full(len(frame), np.nan), ()
    people, notes = people_in(path, heading, frame[heading], needed=layer == "units")
    return people, (*notes, f"Column '{one_line(heading, 60)}' was taken for people.")


def _own_key(path: Path, frame: pd.DataFrame, parent_key: str) -> str:
    candidates = [name for name in frame.columns if name not in ("geometry", parent_key)]
    for name in (*_KEYS, *candidates):
        if name in candidates and not is_of_people(str(name)):
            values = names_in(frame[name])
            if values.is_unique and (values != "").all():
                return str(name)
    return ""


@dataclass(frozen=True)
class Moves:
    """Displaced people: ``origin`` and ``destination`` are keys of units ("" where not known), ``people`` how many."""

    table: pd.DataFrame
    record: InputRecord


#: Words of headings of where people left and where they came to, and of what names a unit there.
_FROM = {
    "from", "origin", "origine", "origen", "origem", "provenance", "procedencia", "proveniencia", "المنشا", "الاصل", "من",
}  # fmt: skip
_TO = {
    *("to", "destination", "displacement", "destino", "destinacion", "deplacement", "desplazamiento", "deslocamento", "accueil"),
    *("current", "actuel", "actuelle", "actual", "atual", "الحالي", "الحاليه"),
    *("acogida", "acolhimento", "arrival", "host", "hosting", "النزوح", "الوجهه", "الي"),
}  # fmt: skip


def read_moves(path: Path, names: Sequence[str], column: str | None = None) -> Moves:
    """Read a table of displacement: columns from, to, people, or those of tracking tables (``Admin 2 of origin``, ``IDP
    individuals``). Either end may be empty, not both. ``names``: of the units.

    Raises :class:`InputError` for units that are not among them.
    """
    sheets, kind, assumptions = rows_of(path)
    sheet = _sheet_of_moves(path, sheets)
    if len(sheets) > 1:
        assumptions += (f"Sheet '{one_line(sheet, 60)}' of {len(sheets)} was read.",)
    table = _of_moves(path, sheets[sheet])
    units = UnitNames(names)
    ends = {
        name: _end(path, table, words, units, asked)
        for name, words, asked in (("origin", _FROM, "from"), ("destination", _TO, "to"))
    }
    heading = column_of_people(path, table, column, needed=True)
    assert heading is not None
    moves = pd.DataFrame({name: names_in(table[one]) for name, one in ends.items()})
    people, notes = people_in(path, heading, table[heading], needed=True)
    moves["people"] = people
    notes += doubts_of_people(table, heading, people)
    moves, totals = _without_totals(moves)
    if moves.empty:
        raise InputError(f"{path}: holds no moves below its heading; fill it")
    for name in ends:
        known = {text: units.find(text) for text in moves[name].unique() if text}
        strange = sorted(text for text, place in known.items() if place < 0)
        if strange:
            raise InputError(
                f"{path}: '{one_line(strange[0], 60)}' is no unit of the outlines ({len(strange)} such names: "
                f"{listed(strange, units)}); correct it"
            )
        moves[name] = [names[known[text]] if text else "" for text in moves[name]]
    nowhere = (moves["origin"] == "") & (moves["destination"] == "")
    if nowhere.any():
        raise InputError(f"{path}: {int(nowhere.sum())} rows say neither from nor to; fill in one of the two")
    assumptions += (*notes, *units.notes(), *totals, *_of_outside(moves), *_doubtful_moves(moves))
    used = {"from": ends["origin"], "to": ends["destination"], "people": heading}
    if other := [f"'{one_line(one, 40)}' as {name}" for name, one in used.items() if one.casefold() != name]:
        assumptions += (f"Columns were taken for others: {', '.join(other)}.",)
    moves = moves.groupby(["origin", "destination"], as_index=False, sort=True)["people"].sum()
    facts = {"rows": len(table), "people": float(moves["people"].sum())}
    return Moves(moves, record_of("displacement", path, Meta(), format=kind, assumptions=assumptions, facts=facts))


def _sheet_of_moves(path: Path, sheets: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """The sheet that has columns of both ends; the only one, whatever it has."""
    names = list(sheets)
    if not names:
        raise InputError(f"{path}: holds no rows; fill it")
    both = [name for name in names if any(_has_both_ends(row) for row in sheets[name][:40])]
    if len(both) == 1 or len(names) == 1:
        return (both or names)[0]
    shown = ", ".join(f"'{one_line(name, 30)}'" for name in (both or names)[:6])
    which = "several sheets with columns from and to" if both else "no sheet with columns from and to"
    raise InputError(f"{path}: has {which} ({shown}); save the one of moves as a file of its own")


def _has_both_ends(row: Sequence[str]) -> bool:
    """Whether a row heads where people left and, in another column, where they came to."""
    return sum(map(bool, row)) > 2 and any(map(_is_origin, row)) and any(map(_is_destination, row))


def _of_moves(path: Path, rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    """The table below the first row that speaks of both ends, or of one, or the first; rows of tags (``#adm1``) are left out."""
    ways = (
        lambda row: any(map(_is_origin, row)) and any(map(_is_destination, row)),
        lambda row: any(map(_is_origin, row)) or any(map(_is_destination, row)),
        lambda _: True,
    )
    # A number alone, and not in the first column, is no title: it may be people of whom neither end is told.
    rows = [row for row in rows if sum(map(bool, row)) > 1 or any(cell[:1].isdigit() for cell in row[1:])]
    if not rows:
        raise InputError(f"{path}: has no row with several columns; a table of displacement has from,to,people")
    first = next(at for way in ways for at, row in enumerate(rows[:40]) if way(row))
    heading = [cell or f"column {number}" for number, cell in enumerate(rows[first], start=1)]
    if len(set(heading)) < len(heading):
        twice = next(cell for cell in heading if heading.count(cell) > 1)
        raise InputError(f"{path}: has two columns named '{one_line(twice, 60)}'; rename one")
    body = [[*row, *[""] * (len(heading) - len(row))] for row in rows[first + 1 :]]
    if long := sum(1 for row in body if any(row[len(heading) :])):
        raise InputError(
            f"{path}: {long} rows have more fields than the heading has columns; put numbers with commas into quotes"
        )
    body = [row[: len(heading)] for row in body if not all(not cell or cell.startswith("#") for cell in row)]
    return pd.DataFrame(body, columns=heading, dtype=object)


def _is_origin(heading: str) -> bool:
    return bool(_FROM & {plain_words(word) for word in words_of(heading)})


def _is_destination(heading: str) -> bool:
    return bool(_TO & {plain_words(word) for word in words_of(heading)})


def _end(path: Path, table: pd.DataFrame, words: set[str], units: UnitNames, asked: str) -> str:
    """The column of one end: of those headed by its words the one that names most units."""
    of_words = [name for name in table.columns if words & {plain_words(word) for word in words_of(name)}]
    if not of_words:
        what = " of where people came from: a list of who is where moves nobody" if asked == "from" else ""
        raise InputError(f"{path}: has no column {asked}{what}; a table of displacement has from,to,people")
    best: str = max(of_words, key=lambda name: units.matched(names_in(table[name])))
    units.said.clear()
    return best


def _without_totals(moves: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Moves without a last row that is the sum of those above it."""
    if len(moves) < 3:
        return moves, ()
    last, above = moves.iloc[-1], float(moves["people"].iloc[:-1].sum())
    if abs(float(last["people"]) - above) > 0.5 or (last["origin"] and last["destination"]):
        return moves, ()
    return moves.iloc[:-1].copy(), ("The last row is the sum of the others and was left out.",)


def _doubtful_moves(moves: pd.DataFrame) -> tuple[str, ...]:
    """That rows are told twice, or lead from a unit to itself."""
    said = []
    if twice := int(moves.duplicated().sum()):
        said.append(f"{twice} rows say the same as another and were added to it; take them out if they are copies.")
    within = moves["origin"] == moves["destination"]
    if within.any():
        said.append(
            f"{int(within.sum())} rows go from a unit to itself: {moves.loc[within, 'people'].sum():,.0f} people change "
            "nothing in the grid."
        )
    return tuple(said)


def _of_outside(moves: pd.DataFrame) -> tuple[str, ...]:
    said = []
    for name, other, words in (("origin", "destination", "came into"), ("destination", "origin", "left")):
        away = (moves[name] == "") & (moves[other] != "")
        if away.any():
            said.append(
                f"{int(away.sum())} rows name no {name}: {moves.loc[away, 'people'].sum():,.0f} people were taken as such "
                f"who {words} "
                "the country; name the unit where they did not."
            )
    return tuple(said)
