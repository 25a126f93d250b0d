"""Lists and maps that hold several years: a column of years of which each may be a list or a map of its own, and technologies
with a year in their heading (``4G 2022``, ``4G 2024``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_words import answer, is_of_launch, name_in_where
from ewcm.sources.headings import words_of, years_of_technologies
from ewcm.sources.quantities import is_nothing, number_of
from ewcm.sources.years import years_in

#: A year, alone or as a part of a period of it.
_OF_A_YEAR = re.compile(
    r"(?:[A-Za-zÀ-ÿ]{3,10}|[QTSH][1-4]|FY|\d{1,2}[-/.]\d{1,2}|\d{1,2})?[-/. ]?(?:19|20)\d\d"
    r"(?:[-/. ]?(?:[QTSH][1-4]|\d{1,2}(?:[-/.]\d{1,2})?))?(?:\.0)?"
    r"(?: 00:00:00)?",
    re.IGNORECASE,
)

#: So many parts of shapes of a year are looked for in those of the next one; so large a share of them makes a vintage.
_MOST_PARTS, _SHARE = 60, 0.5

_CHOSEN_BY_NAME = "call those of the year that is meant by the technology alone, as in '4G'"


def years_in_headings(texts_of: Mapping[str, pd.Series], asked: Iterable[str] | None) -> tuple[InputWarning, ...]:
    """A doubt of columns that tell a technology in some year, which are not read. ``asked``: words of headings that the user
    chooses rows by, None of a list, which has no such choice."""
    named = _filled(texts_of)
    chosen = set(asked or ())
    if not named or any("".join(words_of(name)) in chosen for name in named):
        return ()
    shown = ", ".join(f"'{one_line(name, 40)}'" for name in named[:6])
    mend = _CHOSEN_BY_NAME if asked is None else f"choose by one of them, as in {_chosen_by(texts_of, named)}"
    text = f"Columns {shown} tell technologies of a year, and are not read; {mend}."
    return (InputWarning("technology_years", text, {"columns": shown}),)


def refuse_years(path: Path, texts_of: Mapping[str, pd.Series], *, of_map: bool) -> None:
    """Raise :class:`InputError` where nothing but such columns tells the technologies."""
    named = _filled(texts_of)
    if not named:
        return
    shown = ", ".join(one_line(name, 40) for name in named[:6])
    mend = f"say which is meant, as in {_chosen_by(texts_of, named)}" if of_map else _CHOSEN_BY_NAME
    raise InputError(f"{path}: columns {shown} tell technologies of one year each; {mend}")


def _filled(texts_of: Mapping[str, pd.Series]) -> tuple[str, ...]:
    return tuple(name for name in years_of_technologies(texts_of) if not texts_of[name].map(is_nothing).all())


def _chosen_by(texts_of: Mapping[str, pd.Series], named: tuple[str, ...]) -> str:
    """The keys of inputs.toml that choose the rows of the newest year that is not to come."""
    now = datetime.now(UTC).year
    newest = max(named, key=lambda name: (years_in(name)[0] <= now, years_in(name)[0]))
    technology = re.sub(rf"[\W_]*{years_in(newest)[0]}[\W_]*", "", newest)
    values = [text for text in texts_of[newest].unique() if not is_nothing(text)]
    numbers = [one[0] for one in map(number_of, values) if one is not None]
    yes = next((text for text in values if answer(text) is True), values[0])
    how = f">= {50 if max(numbers) > 1 else 1}" if len(numbers) == len(values) else f"= '{yes}'"
    return f'technology = "{one_line(technology, 20)}", where = "{name_in_where(newest)} {how}"'


def _years_by_column(texts_of: Mapping[str, pd.Series]) -> dict[str, np.ndarray]:
    """The columns that hold several years and nothing else, with the year of each row (0 where it has none)."""
    found = {}
    for name, texts in texts_of.items():
        values = [text for text in texts.unique().tolist() if not is_nothing(text)]
        if not 2 <= len(values) <= 400 or is_of_launch(name) or not all(map(_OF_A_YEAR.fullmatch, values)):
            continue
        year_of = {text: max(years_in(text), default=0) for text in values}
        if len(set(year_of.values())) > 1:
            found[name] = texts.map(lambda text, year_of=year_of: year_of.get(text, 0)).to_numpy(np.int64)
    return found


def of_shapes(frame: gpd.GeoDataFrame, texts_of: Mapping[str, pd.Series], kinds: list[object]) -> list[InputWarning]:
    """A doubt where the shapes of one year lie on those of another of the same ``kinds`` (technology, operator): each year may
    be a map of its own, and ground that was lost since counts as covered."""
    for name, years in _years_by_column(texts_of).items():
        groups: dict[tuple[object, int], list[int]] = {}
        for row, (kind, year) in enumerate(zip(kinds, years.tolist(), strict=True)):
            if year:
                groups.setdefault((kind, year), []).append(row)
        alike = compared = 0
        for kind in dict.fromkeys(kind for kind, _ in groups):
            in_order = sorted(year for other, year in groups if other == kind)
            for old, new in zip(in_order, in_order[1:], strict=False):
                here = _share_within(frame.geometry.iloc[groups[kind, old]], frame.geometry.iloc[groups[kind, new]])
                alike, compared = alike + (here >= _SHARE), compared + 1
        if compared and 2 * alike >= compared:
            newest = int(years.max())
            mend = f'where = "{name_in_where(name)} = {_of_year(texts_of[name], newest)}"'
            listed = ", ".join(str(year) for year in sorted(set(years.tolist()) - {0}))
            text = (
                f"Column '{one_line(name, 60)}' tells {listed}, and shapes of one year lie on those of the next: each year may "
                f"be a map of its own, and all were taken together; choose one, as in {mend}."
            )
            values = {"column": one_line(name, 60), "years": listed, "mend": mend}
            return [InputWarning("vintages", text, values)]
    return []


def _of_year(texts: pd.Series, year: int) -> str:
    text = next(text for text in texts.unique() if year in years_in(text))
    return text if text.isdigit() else f"'{text}'"


def _share_within(old: gpd.GeoSeries, new: gpd.GeoSeries) -> float:
    """The share of the parts of some shapes that lie within others, each by a point on it."""
    parts = shapely.get_parts(old[old.notna()].to_numpy())
    parts = parts[~shapely.is_empty(parts)]
    others = new[new.notna()].to_numpy()
    if not len(parts) or not len(others):
        return 0.0
    points = shapely.point_on_surface(parts[:: max(1, len(parts) // _MOST_PARTS)])
    shapely.prepare(others)
    within = np.unique(shapely.STRtree(others).query(points, predicate="intersects")[0])
    return len(within) / len(points)


def of_sites(table: pd.DataFrame, keys: np.ndarray, unread: Iterable[str]) -> list[InputWarning]:
    """A doubt where most sites stand in a list once for each year, and some not in the newest. ``keys``: what a row is of (a site
    and its technologies), "" where it is not used; ``unread``: columns that nothing reads."""
    for name, years in _years_by_column({name: table[name].astype(str) for name in unread}).items():
        rows = (years > 0) & (keys != "")
        pairs = pd.DataFrame({"key": keys[rows], "year": years[rows]}).drop_duplicates()
        if pairs.empty:
            continue
        times = pairs.groupby("key")["year"].agg(["size", "max"])
        newest = int(pairs["year"].max())
        gone = int((times["max"] < newest).sum())
        if gone and (times["size"] > 1).mean() >= _SHARE:
            listed = ", ".join(str(year) for year in sorted(pairs["year"].unique()))
            text = (
                f"Column '{one_line(name, 60)}' tells {listed}, and most sites stand in the list once a year: {gone} that the "
                f"rows of {newest} do not hold were taken as in service too; keep the rows of one year."
            )
            values = {"column": one_line(name, 60), "years": listed, "count": gone, "year": str(newest)}
            return [InputWarning("vintage_sites", text, values)]
    return []
