"""What of the layout of a site list may not have come through: titles between its rows, cells that only the first row of a site
fills, names of a file that speak of plans, numbers of channels in place of frequencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.coordinates import degrees_of
from ewcm.sources.headed import Headed
from ewcm.sources.headings import Found, says_more, words_of
from ewcm.sources.names_of_files import name_that_speaks
from ewcm.sources.operator_brands import brands_in
from ewcm.sources.plain_words import plain_words
from ewcm.sources.quantities import is_nothing
from ewcm.sources.status_words import is_gone
from ewcm.sources.technologies import technologies_of
from ewcm.sources.years import years_in

#: Words of headings of operators who share a mast.
_OF_OPERATORS = {
    *("operator", "operators", "operateur", "operateurs", "operador", "operadores", "operadora", "host", "guest"),
    *("tenant", "tenants", "mno", "sharing", "shared", "anchor", "colocation", "colocated", "hebergeur", "locataire"),
    *("inquilino", "المشغل"),
}  # fmt: skip

#: Frequencies that networks of a technology have [MHz].
_FREQUENCIES = {"2G": (380.0, 2000.0), "3G": (400.0, 2700.0), "4G": (380.0, 6000.0), "5G": (380.0, 72_000.0)}


#: Words of names for what is aimed at.
_AIMED_AT = re.compile(
    r"\b(?:targets?|targeted|future|futures|futurs?|futur[oa]s?|projected|projections?|forecasts?|roadmap|cibles?"
    r"|objectifs?|objetivos?|prevision(?:es)?|previsions|previsao|scenarios? (?:20\d\d|cible|futur)|مستقبليه?|مستهدفه?"
    r"|tenders?|tendering|bids?|bidding|rfp|appels?(?: d)? ?offres?|aao|dao|licitacion(?:es)?|licitac(?:ao|oes)|concurso|pregao"
    r"|concession|obligations?|obligaciones|obligacion|obrigac(?:ao|oes)|requirements?|exigences?|usf|uasf|universal service"
    r"|service universel|servicio universal|servico universal|phases?|fases?|lots?|lotes?|expansion|extension|expansao"
    r"|deploiement|despliegue|implantacao|deployment|candidates?|design|proposals?|project|projet|proyecto|projeto|plan|plans|planes|planos"
    r"|مناقصه|عطاء|خطه|مشروع|مرحله|توسعه)\b"
)


def planned_by_name(names: Iterable[str]) -> tuple[InputWarning, ...]:
    """That the name of a file, a sheet or a layer, or a title above a table, speaks of a network that is not there yet, or no
    more."""
    shown = name_that_speaks(names, is_planned_name)
    text = (
        f"Its name or title speaks of a network that is planned or out of service ('{shown}'); it was taken as in service. Take "
        "it out of the inputs, if so."
    )
    return (InputWarning("planned_name", text, {"name": shown}),) if shown else ()


def is_planned_name(name: str) -> bool:
    """Whether the name of a file, a sheet or a layer, or a title, speaks of a network that is not there yet, or no more."""
    return len(name) <= 200 and (is_gone(name, status=False) or _is_of_a_time_to_come(name))


def _is_of_a_time_to_come(name: str) -> bool:
    """Whether a name has a word for what is aimed at, or a year that is to come."""
    return _AIMED_AT.search(plain_words(name)) is not None or any(
        year > datetime.now(UTC).year for year in years_in(name)
    )


def titles_not_read(headed: Headed, found: Found, stated_operator: bool) -> list[InputWarning]:
    """That titles between the rows tell technologies, plans or owners of what stands below them, which nothing else tells."""
    cells = {str(text).casefold() for name in headed.table.columns for text in headed.table[name].unique()[:1000]}
    titles = [title for title in headed.titles if title.casefold() not in cells]
    names_owners = not stated_operator and "operator" not in found.columns and not found.owned
    telling = [
        title for title in titles if technologies_of(title).technologies or is_gone(title, status=True) or names_owners
    ]
    if not telling:
        return []
    shown = ", ".join(f"'{one_line(title, 40)}'" for title in telling[:3])
    text = (
        f"Titles between the rows were not read, such as {shown}: what they say of the rows below them (an operator, a "
        "technology, plans) holds for none of these; write it in a column, or give each part a table of its own."
    )
    return [InputWarning("titles", text, {"titles": shown, "count": len(telling)})]


def footnotes_of_plans(headed: Headed) -> tuple[InputWarning, ...]:
    """That a note below the rows speaks of sites that are planned or out of service, which a sign beside their names may mark."""
    shown = next(
        (one_line(text, 60) for text in headed.footnotes if len(text) <= 300 and is_gone(text, status=False)), None
    )
    if shown is None:
        return ()
    text = (
        f"A note below the rows ('{shown}') speaks of sites that are planned or out of service; all rows were taken as in "
        "service. Take those that it means out of the list."
    )
    return (InputWarning("planned_note", text, {"note": shown}),)


#: So many places that fill at least half of a grid are its cells, where so large a share of them has as many rows as the
#: others: of masts whose positions were rounded some places would have several.
_LEAST_OF_A_GRID, _ALIKE = 100, 0.95


def refuse_grid(path: Path, lat: np.ndarray, lon: np.ndarray) -> None:
    """Raise :class:`InputError` for positions that fill a grid: its cells, each of which would count as a mast."""
    good = np.isfinite(lat) & np.isfinite(lon)
    places, count = np.unique(np.stack([lat[good], lon[good]]), axis=1, return_counts=True)
    rows, columns = (np.unique(axis).size for axis in places)
    if places.shape[1] < _LEAST_OF_A_GRID or min(rows, columns) < 5 or places.shape[1] < 0.5 * rows * columns:
        return
    if np.count_nonzero(count == np.median(count)) < _ALIKE * count.size:
        return
    raise InputError(
        f"{path}: its positions fill a grid ({rows} latitudes by {columns} longitudes), so that its rows are cells of a map and "
        "no masts; save it as a raster (1 covered, 0 not), or as polygons, under [[coverage]]"
    )


#: A column of more different texts is of no technologies.
_MOST_TECHNOLOGIES = 300


def technologies_not_read(
    table: pd.DataFrame, named: Sequence[Sequence[tuple[str, float | None]]], unread: Iterable[str]
) -> list[InputWarning]:
    """That a column which nothing reads names technologies, and others than those that were read of its rows."""
    for heading in unread:
        if says_more(heading):
            continue
        texts = table[heading].astype(str)
        values = [text for text in texts.unique().tolist() if not is_nothing(text)]
        if len(values) > _MOST_TECHNOLOGIES or not any(technologies_of(text).found for text in values[:10]):
            continue
        readings = {text: technologies_of(text) for text in values}
        good = [text for text, one in readings.items() if one.found and not one.unknown and not one.others]
        if not good or len(good) < 0.9 * len(readings):
            continue
        more = [
            text in good and not set(readings[text].technologies) <= {technology for technology, _ in row}
            for text, row in zip(texts, named, strict=True)
        ]
        if any(more):
            shown = one_line(texts[np.array(more)].iloc[0], 40)
            told = {"column": one_line(heading, 60), "rows": sum(more), "example": shown}
            text = (
                f"Column '{told['column']}' names technologies too, and is not read: of {sum(more)} rows others than those "
                f"that were taken (such as '{shown}'). Write all technologies of a row in one column, or a row for each operator."
            )
            return [InputWarning("technologies_not_read", text, told)]
    return []


def partly_named(table: pd.DataFrame, found: Found, usable: np.ndarray) -> list[InputWarning]:
    """That some rows name no operator where others do."""
    column = found.columns.get("operator")
    if column is None or column.heading not in table or column.heading.endswith("(by heading)"):
        return []
    empty = table[column.heading].map(lambda text: is_nothing(str(text))).to_numpy(dtype=bool)[usable]
    if not empty.any() or empty.all():
        return []
    text = (
        f"{int(empty.sum())} rows have no '{column.heading}', which others have: they count for any network and for no single "
        "operator; if the name above holds for them too, fill it down."
    )
    return [InputWarning("no_operator", text, {"rows": int(empty.sum()), "column": column.heading})]


def operators_not_read(table: pd.DataFrame, found: Found, unread: Iterable[str]) -> list[InputWarning]:
    """That columns which nothing reads name operators (``Tenant 1``), where no column tells them."""
    if found.owned:
        return []
    if "operator" in found.columns:
        return _further_operators(table, found.columns["operator"].heading, unread)
    for heading in unread:
        texts = [str(text) for text in table[heading].unique()[:1000] if not is_nothing(str(text))]
        named = [text for text in texts if brands_in(text)]
        if named and 2 * len(named) >= len(texts):
            shown = one_line(named[0], 40)
            text = (
                f"Column '{one_line(heading, 60)}' may name operators too (such as '{shown}'); the list was taken to speak for "
                "all of them together."
            )
            return [InputWarning("operator_words", text, {"column": one_line(heading, 60), "example": shown})]
    return []


def _further_operators(table: pd.DataFrame, operator: str, unread: Iterable[str]) -> list[InputWarning]:
    """That a further column headed by a word for operators names others than the one that is read."""
    taken = set(table[operator].astype(str).str.casefold()) if operator in table else set()
    for heading in unread:
        if not _OF_OPERATORS & set(words_of(heading)):
            continue
        texts = [str(text) for text in table[heading].unique()[:1000] if not is_nothing(str(text))]
        named = [text for text in texts if brands_in(text) and text.casefold() not in taken]
        if named and 2 * len(named) >= len(texts):
            values = {
                "column": one_line(heading, 60),
                "read": one_line(operator, 60),
                "example": one_line(named[0], 40),
            }
            text = (
                f"Column '{values['column']}' names operators too (such as '{values['example']}'), and is not read: the rows "
                f"count for those of '{values['read']}' alone. Write all operators of a row in one column."
            )
            return [InputWarning("further_operators", text, values)]
    return []


def positions_above(table: pd.DataFrame, found: Found, lat: np.ndarray) -> list[InputWarning]:
    """That rows without a position follow one that has it, and name no other site: sectors of a site of which only the first row
    is filled."""
    column = found.columns.get("site_id")
    empty = np.isnan(lat)
    if empty.all() or not empty[1:].any():
        return []
    names = None if column is None else table[column.heading].astype(str).to_numpy()
    above = np.maximum.accumulate(np.where(empty, -1, np.arange(len(lat))))
    rows = empty & (above >= 0)
    if names is not None:
        rows &= (names == "") | (names == names[above])
    if not rows.any():
        return []
    text = (
        f"{int(rows.sum())} rows without a position stand below one that has it, and name no other site: if they are of that "
        "site, fill its position down."
    )
    return [InputWarning("positions_above", text, {"rows": int(rows.sum())})]


def without_channels(technology: np.ndarray, mhz: np.ndarray) -> tuple[np.ndarray, list[InputWarning]]:
    """Frequencies without those that no network of their technology has, which may be numbers of channels (ARFCN), and how many
    these are."""
    low = np.array([_FREQUENCIES[name][0] for name in technology])
    high = np.array([_FREQUENCIES[name][1] for name in technology])
    with np.errstate(invalid="ignore"):
        wrong = (mhz < low) | (mhz > high)
    if not wrong.any():
        return mhz, []
    first = int(np.flatnonzero(wrong)[0])
    shown = f"{mhz[first]:g}"
    text = (
        f"{int(wrong.sum())} frequencies are none of their technology (such as {shown} MHz of {technology[first]}) and were not "
        "used; if they are numbers of channels (ARFCN, EARFCN), write MHz or bands."
    )
    values = {"count": int(wrong.sum()), "example": shown, "technology": str(technology[first])}
    return np.where(wrong, np.nan, mhz), [InputWarning("channels", text, values)]


#: Degrees by which the columns of a layer may differ from its points: rounded minutes do.
_ALIKE_DEG = 0.02


def other_positions(table: pd.DataFrame, found: Found, lat: np.ndarray, lon: np.ndarray) -> list[InputWarning]:
    """That columns of degrees tell other positions than the points of a layer, of a tenth of the rows or more."""
    if not {"lat", "lon"} <= found.columns.keys():
        return []
    north, east = (degrees_of(table[found.columns[axis].heading], axis).values for axis in ("lat", "lon"))
    known = np.isfinite(north) & np.isfinite(east) & np.isfinite(lat)
    apart = np.maximum(np.abs(north - lat), np.abs(east - lon)) > _ALIKE_DEG
    rows = int((known & apart).sum())
    if rows == 0 or rows < 0.1 * known.sum():
        return []
    first = int(np.flatnonzero(known & apart)[0])
    read, told = f"{lat[first]:.5g}, {lon[first]:.5g}", f"{north[first]:.5g}, {east[first]:.5g}"
    text = (
        f"The columns of {rows} points tell other positions than the points themselves (such as {told} of one at {read}); the "
        "points were taken. Correct the ones that are wrong, or hand in the table alone."
    )
    return [InputWarning("other_positions", text, {"rows": rows, "told": told, "read": read})]


#: A place of so many names, and of so many times more than nine in ten of the others have, is no mast.
_NAMES_AT_A_PLACE, _TIMES_AS_MANY = 10, 10


def one_for_many(sites: pd.DataFrame) -> tuple[InputWarning, ...]:
    """A doubt where one position is that of many more sites than the others are: a place to be filled in, or a town's."""
    names = sites.drop_duplicates(["site_id", "lat", "lon"]).groupby(["lat", "lon"]).size().sort_values()
    if len(names) < 2 or names.iloc[-1] < max(_NAMES_AT_A_PLACE, _TIMES_AS_MANY * names.quantile(0.9)):
        return ()
    (lat, lon), count = names.index[-1], int(names.iloc[-1])
    shown = f"{lat:.6g}, {lon:.6g}"
    text = (
        f"{count} sites stand at one place ({shown}), where others stand by themselves: it may be that of a town or an office; "
        "write where each stands."
    )
    return (InputWarning("one_for_many", text, {"count": count, "example": shown}),)
