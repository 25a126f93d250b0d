"""Points that a user brings: schools, clinics and shelters (points of interest), or places where a site may be built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from ewcm.core import longitude
from ewcm.core.input_warning import InputNote, InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.country_rows import of_other_countries
from ewcm.sources.coverage_words import is_of_status
from ewcm.sources.headed import Headed, read_any_table
from ewcm.sources.headings import Found, columns_of, words_of
from ewcm.sources.plain_words import plain_words
from ewcm.sources.position import Bbox, check_position, exchanged
from ewcm.sources.quantities import Numbers, decimal_sign, notes_on_numbers, numbers_of
from ewcm.sources.site_places import Places, Stated, places_of
from ewcm.sources.status_words import is_gone, is_live
from ewcm.sources.tables import facts_of, grade_of_table, reasons_text, warning_of
from ewcm.sources.vectors import VECTOR_SUFFIXES, read_vector

#: Columns of a table of points: texts, ``people`` and ``cost`` NaN where they are not stated, position [degrees, −180..180].
POINT_COLUMNS = ("point_id", "name", "kind", "people", "cost", "lat", "lon")

#: Headings of the columns beside positions, as :func:`words_of` writes them without blanks, the first that a file has.
_ALIASES: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "name": """
            name facilityname schoolname hospitalname sheltername sitename placename nom nombre nome nometablissement
            nomdeletablissement nomdelecole nomecole nomdelastructure formationsanitaire nombredelaescuela
            nombreescuela nombredelestablecimiento nombreestablecimiento nombredelcentro nomedaescola nomeescola
            nomdusite nomsite nombredelsitio nombresitio nomedosite nomedositio
            nomedaunidade nomeunidade noentidade etablissement ecole escuela escola establecimiento
            estabelecimento facility school site الاسم اسم اسمالمدرسة المدرسة اسمالمرفق اسمالموقع
        """,
        "kind": """
            kind type amenity healthcare facilitytype schooltype category categorie categoria tipo
            typedetablissement typeetablissement tipodeestablecimiento tipoestablecimiento tipodeestabelecimento
            النوع نوع نوعالمرفق
        """,
        "people": """
            people pupils students learners numberofpupils numberofstudents noofpupils noofstudents totalpupils
            totalstudents pupilstotal studentstotal enrolment enrollment totalenrolment totalenrollment eleves
            nombredeleves nbeleves nbreeleves nbdeleves totaleleves effectif effectifs effectiftotal
            effectifdeseleves alumnos estudiantes numerodealumnos numerodeestudiantes totalalumnos
            totaldealumnos matricula matriculatotal alunos estudantes numerodealunos totaldealunos totalalunos
            matriculas الطلاب التلاميذ عددالطلاب عددالتلاميذ beds numberofbeds lits nombredelits camas
            numerodecamas leitos numerodeleitos عددالاسرة capacity capacite capacidad capacidade السعة personnes
            personas pessoas
        """,
        "cost": "cost totalcost cout couttotal costo costototal coste custo custototal التكلفة",
        "point_id": "pointid candidateid id osmid gigaidschool schoolidgiga schoolid facilityid emiscode",
    }.items()
}

#: Words of money in the heading of a column, and of a status that says no.
_MONEY = {
    "cost", "costs", "cout", "couts", "costo", "costos", "coste", "costes", "custo", "custos", "price", "prix", "precio", "preco",
    "capex", "budget", "usd", "eur", "التكلفه", "التكلفة",
}  # fmt: skip
_REFUSED = re.compile(
    r"\b(rejected|refused|declined|cancell?ed|abandoned|unsuitable|dropped|not (?:approved|suitable|feasible)|rejetee?|refusee?"
    r"|annulee?|abandonnee?|rechazad[oa]|cancelad[oa]|descartad[oa]|rejeitad[oa]|recusad[oa])\b|مرفوض|ملغى"
)

#: A number beside the sign or code of a currency; MIL and the like are thousands and millions.
_CURRENCY = r"(?!MIL|MLN|MIO|MRD)[A-Z]{3}|US\$|[$€£¥]|F ?CFA|FCFA|Rs\.?|/="
_PRICED = re.compile(rf"(?P<before>{_CURRENCY})? *(?P<number>[-−]?\d[\d.,'’ \u00a0\u202f]*?) *(?P<after>{_CURRENCY})?")

#: Positions this near to 0° north, 0° east [degrees] are those of nothing.
_NULL_ISLAND = 0.01


@dataclass(frozen=True)
class Points:
    """``table``: ``POINT_COLUMNS``, a row a point with a usable position, in the order of the file. ``not_used``: rows left out,
    by reason; with those of the table they are all rows of the file."""

    table: pd.DataFrame
    not_used: dict[str, int]
    records: tuple[InputRecord, ...]


def read_points(
    path: Path,
    country: Country,
    meta: Meta | None = None,
    bbox: Bbox | None = None,
    *,
    layer: str | None = None,
    kind: str = "",
    role: str = "poi",
) -> Points:
    """Read points from a table of text or a workbook with a heading (positions in any form that a site list may have, and
    optionally ``name``, ``kind``, ``people``, ``cost``), or from a vector file (of lines and areas, a point on them).

    ``layer``: of a file with several, or a sheet. ``kind``: of points that state none. ``role``: the layer of the record. Raises
    :class:`InputError` when a needed column is missing or no point is left; rows that cannot be used are counted by reason, and
    so are numbers that cannot be read.
    """
    meta, bbox, crs, currency = meta or Meta(), bbox or country.bbox, "EPSG:4326", ""
    if path.suffix.lower() in VECTOR_SUFFIXES:
        headed, crs, grade, place = _of_shapes(path, layer)
        texts, decimal = [], ""
    else:
        headed = read_any_table(path, layer, whole=True)
        grade = grade_of_table(headed.table.rename(columns=lambda name: str(name).lower()))
        if not headed.found.has_place:
            shown = ", ".join(str(name)[:40] for name in headed.table.columns[:20])
            raise InputError(
                f"{path}: has no column lat, lon (it has {shown}); points need lat and lon (and name, kind, people)"[
                    :900
                ]
            )
        place = None
    table, rows = headed.table, len(headed.table) + headed.lost + headed.notes
    chosen = _columns(table, headed.found)
    if role == "candidates":
        chosen |= _cost(table, chosen)
        _refuse_decided(path, table)
        table, currency = _without_currency(table, chosen.get("cost"))
    if not len(table):
        raise InputError(f"{path}: holds no points; fill it, or remove it from the inputs")
    if place is None:
        texts = _texts_of_numbers(table, headed.found, chosen)
        decimal = decimal_sign(texts)
        place = places_of(path, table, headed.found, Stated(None, decimal, False), country, bbox)
    figures: dict[str, Numbers] = {
        name: numbers_of(table[heading], "", decimal, False)
        for name, heading in chosen.items()
        if name in ("people", "cost")
    }
    elsewhere, _ = of_other_countries(table, country)
    points, broken = _clean(table, chosen, place, figures, kind, path.stem, bbox, elsewhere)
    broken = {"with too many fields": headed.lost, "that are no points (titles, totals, notes)": headed.notes, **broken}
    if points.empty:
        raise InputError(f"{path}: holds no usable point of {rows} rows ({reasons_text(broken)}); check its columns")
    lat, lon = points["lat"].to_numpy(), points["lon"].to_numpy()
    warnings = check_position(path, "points", lat, lon, country, bbox)
    warnings += headed.warnings + warning_of(broken, rows) + tuple(place.warnings) + _on_figures(figures, chosen)
    assumptions = (
        *headed.assumptions,
        *notes_on_numbers(texts, decimal),
        *place.assumptions,
        *_on_columns(table, headed.found, chosen, role),
        *(
            [InputNote("currency", f"Costs are in {currency}, as they say.", {"currency": currency})]
            if currency
            else []
        ),
    )
    record = record_of(
        role,
        path,
        meta,
        format=headed.format,
        crs=crs,
        assumptions=assumptions,
        warnings=warnings,
        grade=grade,
        facts={"rows": rows, "points": len(points), **facts_of(broken)},
    )
    return Points(points, {reason: count for reason, count in broken.items() if count}, (record,))


def _texts_of_numbers(table: pd.DataFrame, found: Found, chosen: dict[str, str]) -> list[str]:
    """What stands in the columns of positions, people and costs, each text of a column once."""
    positions = [column.heading for name, column in found.columns.items() if name in ("lat", "lon", "x", "y")]
    numeric = [*positions, *(chosen[name] for name in ("people", "cost") if name in chosen)]
    return [text for heading in numeric for text in table[heading].astype(str).unique()]


def _columns(table: pd.DataFrame, found: Found) -> dict[str, str]:
    """The heading of each column beside the positions that a table has, by what it holds."""
    placed = {
        column.heading
        for name, column in found.columns.items()
        if name.startswith(("lat", "lon")) or name in ("x", "y", "pair")
    }
    by_word: dict[str, str] = {}
    for heading in table.columns:
        if heading not in placed:
            by_word.setdefault("".join(words_of(str(heading))), str(heading))
    named = {name: next((word for word in words if word in by_word), None) for name, words in _ALIASES.items()}
    return {name: by_word[word] for name, word in named.items() if word is not None}


def _cost(table: pd.DataFrame, chosen: dict[str, str]) -> dict[str, str]:
    """The one column of money of a list without a plain one (``cost_usd``, ``CAPEX (EUR)``, ``Prix``), as its cost."""
    if "cost" in chosen:
        return {}
    found = [str(name) for name in table if set(words_of(str(name))) & _MONEY and str(name) not in chosen.values()]
    return {"cost": found[0]} if len(found) == 1 else {}


def _without_currency(table: pd.DataFrame, heading: str | None) -> tuple[pd.DataFrame, str]:
    """The table with its costs as numbers alone, and the one currency that they name beside the number; as it is, and "",
    where they name none, or several."""
    if heading is None:
        return table, ""
    found = table[heading].astype(str).str.strip().map(_PRICED.fullmatch)
    named = found.dropna().map(lambda one: (one["before"] or "") + (one["after"] or ""))
    if len(marks := sorted(set(named) - {""})) != 1:
        return table, ""
    numbers = found.dropna().map(lambda one: one["number"])
    costs = table[heading].astype(object)
    costs[numbers.index] = numbers
    return table.assign(**{heading: costs}), marks[0]


def _refuse_decided(path: Path, table: pd.DataFrame) -> None:
    """Refuse candidates whose status says that they are built already, or will not be."""
    for name in (str(each) for each in table if is_of_status(str(each))):
        texts = table[name].astype(str).str.strip()
        decided = texts.map(
            lambda text: bool(text) and (_REFUSED.search(plain_words(text)) is not None or _is_built(text))
        )
        if decided.any():
            raise InputError(
                f"{path}: column {name} says of {int(decided.sum())} of {len(table)} rows that they are built or "
                f"refused (such as '{texts[decided].iloc[0][:40]}'); keep those that may still be built, and leave the column out"
            )


def _is_built(text: str) -> bool:
    """Whether a status says that something is there."""
    return is_live(text) and not is_gone(text, status=True)


def _on_columns(table: pd.DataFrame, found: Found, chosen: dict[str, str], role: str) -> Iterator[InputNote]:
    """What columns were taken for, and which are not read: a list of points of interest has what it has; of candidates every
    column is meant to decide something."""
    if used := [f"{heading} as {name}" for name, heading in chosen.items() if heading.lower() != name]:
        shown = ", ".join(used)
        yield InputNote("columns_taken", f"Columns were taken for others: {shown}.", {"columns": shown})
    read = {*chosen.values(), *(column.heading for column in found.columns.values())}
    unread = [str(name)[:40] for name in table if str(name) not in read and table[name].astype(str).str.strip().any()]
    if unread and role == "candidates":
        shown = ", ".join(unread)[:200]
        yield InputNote("columns_not_read", f"Columns that are not read: {shown}.", {"columns": shown})


def _of_shapes(path: Path, layer: str | None) -> tuple[Headed, str, str, Places]:
    """The attributes of a vector file as texts, its coordinate system, its mark, and a point on each
    shape."""
    vector = read_vector(path, layer)
    shapes = vector.frame.geometry.to_numpy()
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    inside = shapely.point_on_surface(np.where(missing, shapely.Point(0, 0), shapes))
    table = pd.DataFrame(vector.frame.drop(columns=vector.frame.geometry.name)).reset_index(drop=True)
    table.columns = [str(name).strip() for name in table.columns]
    table = table.loc[:, ~table.columns.duplicated()].astype(object)
    table = table.where(table.notna(), "").astype(str).apply(lambda column: column.str.strip())
    lat, lon = np.where(missing, np.nan, shapely.get_y(inside)), np.where(missing, np.nan, shapely.get_x(inside))
    headed = Headed(table, columns_of([]), 0, 0, vector.format, vector.assumptions)
    return headed, vector.crs, vector.grade, Places(lat, lon, np.zeros(len(table), bool))


def _on_figures(figures: dict[str, Numbers], chosen: dict[str, str]) -> tuple[InputWarning, ...]:
    """What is to be said of numbers of people and costs: those that are none, and people who are no whole number."""
    found = []
    for name, read in figures.items():
        negative = read.values[read.values < 0]
        count, example = read.unread + negative.size, read.example or (f"{negative[0]:g}" if negative.size else "")
        if count:
            text = f"{count} values of {chosen[name]} are no number of 0 or more (such as '{example}') and count as not stated."
            found.append(
                InputWarning(f"unread_{name}", text, {"count": count, "column": chosen[name], "example": example})
            )
    if "people" in figures:
        values = figures["people"].values
        parts = values[np.isfinite(values) & (values != np.rint(values))]
        if parts.size:
            shown = f"{parts[0]:g}"
            text = (
                f"{parts.size} values of {chosen['people']} are no whole numbers (such as {shown}); if their points stand "
                "between thousands, write the numbers without them."
            )
            found.append(InputWarning("parts_of_people", text, {"count": int(parts.size), "example": shown}))
    return tuple(found)


def _clean(
    table: pd.DataFrame,
    chosen: dict[str, str],
    place: Places,
    figures: dict[str, Numbers],
    kind: str,
    stem: str,
    bbox: Bbox | None,
    elsewhere: np.ndarray,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The usable points, and the number of the other rows by reason; ``elsewhere``: rows that name another country."""

    def text(name: str) -> pd.Series:
        return table[chosen[name]].astype(str).str.strip() if name in chosen else pd.Series("", index=table.index)

    def number(name: str) -> np.ndarray:
        found = figures[name].values if name in figures else np.full(len(table), np.nan)
        return np.where(found >= 0, found, np.nan)

    lat, lon = place.lat, place.lon
    names, kinds = text("name"), text("kind")
    points = pd.DataFrame(
        {
            "point_id": text("point_id"),
            "name": names,
            "kind": kinds.where(kinds != "", kind),
            "people": number("people"),
            "cost": number("cost"),
            "lat": lat,
            "lon": lon,
        }
    )
    nowhere = ~(np.isfinite(lat) & np.isfinite(lon))
    reasons = {
        "of another country": elsewhere,
        "with a position that cannot be read": nowhere & place.unread,
        "with no position": nowhere,
        "with an impossible position": ~((np.abs(lat) <= 90) & (np.abs(lon) <= 360)),
        "at 0° north, 0° east": (np.abs(lat) < _NULL_ISLAND) & (np.abs(lon) < _NULL_ISLAND),
        "with latitude and longitude exchanged": exchanged(lat, lon, bbox),
        "that stand there twice": points.duplicated(["point_id", "name", "kind", "lat", "lon"]).to_numpy(),
    }
    usable = np.ones(len(table), bool)
    broken = {}
    for reason, bad in reasons.items():
        broken[reason] = int((usable & bad).sum())
        usable &= ~bad
    points = points[usable].reset_index(drop=True)
    points["lon"] = longitude.to_180(points["lon"])
    rank = np.flatnonzero(usable) + 1  # rows without an identifier are named by their line
    nameless = points["point_id"] == ""
    points.loc[nameless, "point_id"] = [f"{stem}-{row}" for row in rank[nameless.to_numpy()]]
    return points, broken


def joined(parts: list[Points]) -> Points | None:
    """Several files as one; None when there is none."""
    if not parts:
        return None
    reasons = dict.fromkeys(reason for part in parts for reason in part.not_used)
    parts = [parts[0], *(_said_again(part, parts[:place]) for place, part in enumerate(parts[1:], start=1))]
    return Points(
        pd.concat([part.table for part in parts], ignore_index=True),
        {reason: sum(part.not_used.get(reason, 0) for part in parts) for reason in reasons},
        tuple(record for part in parts for record in part.records),
    )


def _said_again(part: Points, before: list[Points]) -> Points:
    """The points of a file, with a doubt about those that stand in a file before it too, by their names and places."""

    def keys(table: pd.DataFrame) -> pd.Series:
        where = table["lat"].map("{:.4f}".format) + " " + table["lon"].map("{:.4f}".format)
        return where + " " + table["name"].str.casefold()

    again = keys(part.table).isin(pd.concat([keys(one.table) for one in before])).to_numpy()
    if not again.any() or not part.records:
        return part
    example = one_line(str(part.table["name"][again].iloc[0]), 40)
    values = {"count": int(again.sum()), "example": example}
    text = (
        f"{int(again.sum())} points stand in another file of points too, at the same place and under the same name (such as "
        f"'{example}'), and count twice; take them out of one."
    )
    record = part.records[0]
    warnings = (*record.warnings, InputWarning("points_twice", text, values))
    return replace(part, records=(replace(record, warnings=warnings), *part.records[1:]))
