"""Choosing rows of a layer by its columns: ``where`` as a condition, and columns that say technology, operator or yes and no."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources import vintages
from ewcm.sources.coverage_columns import MOST_VALUES, look_at
from ewcm.sources.coverage_flags import answered, by_heading
from ewcm.sources.coverage_words import answer
from ewcm.sources.headings import ALIASES, words_of
from ewcm.sources.operator_brands import network_code, owners_of
from ewcm.sources.operator_words import means_all, names_in
from ewcm.sources.quantities import is_nothing, number_of
from ewcm.sources.row_remarks import remarks_on
from ewcm.sources.technologies import generations, technologies_of

#: A part of a condition: a column, how it is compared, and with what.
_PART = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|\[(?P<bracketed>[^\]]+)\]|`(?P<ticked>[^`]+)`|(?P<plain>[^\W\d]\w*))\s*
    (?P<how>=|==|!=|<>|<=|>=|<|>|(?:not\s+)?in\b)\s*
    (?P<value>\((?:[^()']|'(?:[^']|'')*')*\)|'(?:[^']|'')*'|[-+]?[\d.]+(?:e[-+]?\d+)?)\s*(?P<rest>and\b|$)""",
    re.IGNORECASE | re.VERBOSE,
)
#: Codes of countries in those of networks.
_ALL_MCC = range(200, 800)

_LITERAL = re.compile(r"'((?:[^']|'')*)'|([-+]?[\d.]+(?:e[-+]?\d+)?)", re.IGNORECASE)
_LONGEST_CONDITION = 2000


@dataclass
class Chosen:
    """Rows of a layer with what they are: ``technologies`` and ``operator`` of each row, None where the file does not say."""

    frame: gpd.GeoDataFrame
    technologies: list[tuple[str, ...]] | None
    operators: list[str] | None
    columns: dict[str, str] = field(default_factory=dict)  # what was used for what
    lost: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    warnings: list[InputWarning] = field(default_factory=list)


def choose(
    path: Path,
    frame: gpd.GeoDataFrame,
    *,
    where: str | None = None,
    technology: str | None = None,
    technology_column: str | None = None,
    operator: str = "",
    operator_column: str | None = None,
    by_placemark: bool = False,
) -> Chosen:
    """The rows that ``where`` and the stated technology and operator mean, with what the columns say of the others.
    ``technology`` and ``operator`` are those of the table of inputs.toml; the columns are found where they are not stated.
    ``by_placemark``: the names of the shapes are those that their maker gave them (KML), and may be operators.

    Raises :class:`InputError` where no row is left, and where columns contradict what is stated or tell levels that nobody has
    chosen from.
    """
    if where is not None:
        frame = rows_where(path, frame, where)
    frame = _with_texts(frame, technology_column)
    chosen = Chosen(frame, None, None)
    if where is not None:
        chosen.assumptions.append(f"Rows were chosen by: {one_line(where, 200)} ({len(frame)} of them).")
    chosen_columns = () if where is None else tuple("".join(words_of(name)) for name in _columns_of(where))
    chosen_columns += tuple(
        "".join(words_of(name)) for name in (technology_column, operator_column) if name is not None
    )
    in_a_column = technology_column is not None or _technology_column(path, frame) is not None
    # What a column of a technology answers is of that technology alone.
    of_technologies = () if in_a_column else answered(_columns(frame))
    _leave_out(path, chosen, chosen_columns + tuple("".join(words_of(name)) for name in of_technologies))
    if in_a_column:
        _by_technology(path, chosen, technology, technology_column)
    elif not _by_heading(path, chosen, technology, operator, chosen_columns):
        if not set(chosen_columns):
            vintages.refuse_years(path, _columns(chosen.frame), of_map=True)
        _by_technology(path, chosen, technology, None)
    if chosen.operators is None:
        _by_operator(path, chosen, operator, operator_column)
    _of_years(chosen, chosen_columns)
    if by_placemark and not operator and chosen.operators is None:
        _warn_of_placemarks(chosen)
    return chosen


def _of_years(chosen: Chosen, chosen_columns: tuple[str, ...]) -> None:
    """Say what columns of several years leave open."""
    texts_of = _columns(chosen.frame)
    chosen.warnings += vintages.years_in_headings(texts_of, chosen_columns)
    nothing: list[object] = [""] * len(chosen.frame)
    kinds: list[object] = list(zip(chosen.technologies or nothing, chosen.operators or nothing, strict=True))
    asked = set(chosen_columns)
    left = {name: texts for name, texts in texts_of.items() if "".join(words_of(name)) not in asked}
    chosen.warnings += vintages.of_shapes(chosen.frame, left, kinds)


def rows_where(path: Path, frame: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """The rows that meet a condition. Raises :class:`InputError` where there are none."""
    found = frame[_condition(path, frame, where)].reset_index(drop=True)
    if found.empty:
        raise InputError(f"{path}: has no row where {one_line(where, 120)}; correct the condition")
    return found


def column_named(path: Path, frame: pd.DataFrame, name: str) -> str:
    """A column in any case. Raises :class:`InputError` that names those that are there."""
    names = [str(column) for column in frame.columns if column != getattr(frame, "_geometry_column_name", None)]
    for same in (str.__eq__, lambda a, b: a.casefold() == b.casefold()):
        found = next((one for one in names if same(one, name)), None)
        if found is not None:
            return found
    raise InputError(f"{path}: has no column '{one_line(name, 60)}'; it has {', '.join(names)}"[:500])


def texts_of_column(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as texts, whole numbers without decimals."""

    def text(value: Any) -> str:
        if np.ndim(value) == 0 and pd.isna(value):
            return ""
        if isinstance(value, float | np.floating) and float(value).is_integer():
            return str(int(value))
        return str(value).strip()

    values = frame[column]
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) != "string":
        return values.map(text).astype(object)  # lists cannot be compared, and True would be the number 1
    code, distinct = pd.factorize(values)
    texts = np.array([*map(text, distinct), ""], dtype=object)
    return pd.Series(texts[code], index=values.index, name=values.name, dtype=object)


def _with_texts(frame: gpd.GeoDataFrame, technology_column: str | None) -> gpd.GeoDataFrame:
    """A layer with the texts of its columns in their place, which are asked for again and again; of a column of technologies by
    the numbers of their generations (``3``) with these written out, of one of operators by the codes of their networks
    (``64110``) with these as sites have them (``641-10``)."""
    stated = "" if technology_column is None else technology_column.casefold()
    texts_of = _columns(frame)
    for name, texts in texts_of.items():
        if "".join(words_of(name)) in ALIASES["technology"] or name.casefold() == stated:
            texts_of[name] = texts.replace(generations(texts.unique()))
        elif {"".join(words_of(name)), *words_of(name)} & set(ALIASES["operator"]):
            codes = {text: network_code(text, _ALL_MCC) for text in texts.unique() if not is_nothing(text)}
            texts_of[name] = texts.replace(codes) if codes and all(codes.values()) else texts
    return frame.assign(**texts_of)


# --- where --------------------------------------------------------------------------------------------------------------


def _condition(path: Path, frame: gpd.GeoDataFrame, where: str) -> np.ndarray:
    """Rows for which a condition holds: comparisons of columns with texts and numbers, joined by AND."""
    rows = np.ones(len(frame), dtype=bool)
    at = 0
    if len(where) > _LONGEST_CONDITION:
        raise _no_condition(path, where)
    while True:
        part = _PART.match(where, at)
        if part is None:
            raise _no_condition(path, where[at:] or where)
        name = part["quoted"] or part["bracketed"] or part["ticked"] or part["plain"]
        column = column_named(path, frame, name)
        values = [
            text.replace("''", "'") if text or not number else number
            for text, number in _LITERAL.findall(part["value"])
        ]
        if not values:
            raise _no_condition(path, where[at:])
        rows &= _compared(path, frame, column, part["how"].lower().replace("not in", "!=").strip(), values)
        at = part.end()
        if not part["rest"]:
            return rows


def _columns_of(where: str) -> list[str]:
    """The columns that a condition compares."""
    names = (part["quoted"] or part["bracketed"] or part["ticked"] or part["plain"] for part in _PART.finditer(where))
    return [name for name in names if name]


def _compared(path: Path, frame: gpd.GeoDataFrame, column: str, how: str, values: list[str]) -> np.ndarray:
    texts = texts_of_column(frame, column)
    if how in ("<", ">", "<=", ">="):
        bound = number_of(values[0])
        numbers = texts.map(lambda text: (number_of(text) or (np.nan, ""))[0]).to_numpy(dtype=float)
        if bound is None:
            raise InputError(f"{path}: where compares {column} with '{values[0][:40]}', which is no number; correct it")
        compare: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
            "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal
        }  # fmt: skip
        return np.asarray(compare[how](numbers, bound[0]))
    same = texts.map(str.casefold).isin([value.casefold() for value in values]).to_numpy()
    if "!" not in how and "<>" not in how and not same.any():
        there = ", ".join(one_line(text, 40) for text in texts.unique()[:12])
        raise InputError(f"{path}: column {column} never holds '{one_line(values[0], 40)}'; it holds {there}"[:500])
    return np.asarray(~same if "!" in how or how == "<>" else same)


def _no_condition(path: Path, where: str) -> InputError:
    return InputError(
        f"{path}: where = '{one_line(where, 80)}' is no condition that is read; write comparisons such as TECH = '4G' AND "
        "STATUS IN ('on air', 'live')"
    )


# --- technology, operator, covered or not --------------------------------------------------------------------------------


def _classes(frame: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """The columns with few values, by name, and these values."""
    found = {}
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        values = [text for text in texts_of_column(frame, name).unique()[: MOST_VALUES + 1] if not is_nothing(text)]
        if values and len(values) <= MOST_VALUES:
            found[str(name)] = values
    return found


def _leave_out(path: Path, chosen: Chosen, chosen_columns: tuple[str, ...]) -> None:
    """Polygons that say of themselves that they are not covered, or not yet."""
    frame = chosen.frame
    notes = look_at(path, frame, _columns(frame), chosen_columns)
    asked = set(chosen_columns)
    unread = [name for name in _columns(frame) if "".join(words_of(name)) not in asked]
    notes.warnings += remarks_on(_columns(frame), notes.out, unread)
    chosen.frame = frame[~notes.out].reset_index(drop=True)
    chosen.lost |= notes.lost
    chosen.examples |= notes.examples
    chosen.assumptions += notes.assumptions
    chosen.warnings += notes.warnings


def _columns(frame: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """The columns of a layer as texts."""
    return {str(name): texts_of_column(frame, name) for name in frame.columns if name != frame.geometry.name}


def _by_heading(
    path: Path, chosen: Chosen, technology: str | None, operator: str, chosen_columns: tuple[str, ...]
) -> bool:
    """Technologies, and operators, by columns of yes and no; whether there are such columns."""
    found = by_heading(path, _columns(chosen.frame), technology, operator, chosen_columns)
    if found is None:
        return False
    shown = ", ".join(one_line(name, 40) for name in found.columns[:12])
    if found.without.any():
        reason = f"without a yes in {shown}"
        chosen.lost[reason] = int(found.without.sum())
    if not found.rows.size:
        raise InputError(f"{path}: no row says yes in {shown}; check the file, or choose rows with where")
    chosen.frame = chosen.frame.iloc[found.rows].reset_index(drop=True)
    chosen.technologies = found.technologies
    named = list(dict.fromkeys(name for name in found.operators if name))
    if named and not operator:
        chosen.operators = found.operators
    chosen.columns["technologies"] = shown
    whose = f" and the operators ({', '.join(one_line(name, 40) for name in named[:12])})" if named else ""
    chosen.assumptions.append(f"Columns of yes and no tell the technologies{whose}: {shown}.")
    return True


def _by_technology(path: Path, chosen: Chosen, technology: str | None, column: str | None) -> None:
    frame = chosen.frame
    if column is not None:
        column = column_named(path, frame, column)
    found = column or _technology_column(path, frame)
    if found is None:
        if technology is None:
            raise InputError(
                f'{path}: tells no technology; state it, as in technology = "4G", or technology_column = "…"'
            )
        return
    texts = texts_of_column(frame, found)
    named = {text: _technologies_named(text) for text in texts.unique()}
    all_named = {name for names in named.values() for name in names}
    if technology is not None and column is None and all(names == (technology,) for names in named.values()):
        return  # it only says again what is stated
    if technology is not None and technology not in all_named:
        shown = ", ".join(one_line(text, 40) for text in list(named)[:8])
        raise InputError(
            f"{path}: technology = '{technology}' is stated and column {found} holds {shown}; state another "
            f"technology, or choose rows "
            "with where"
        )
    rows = [named[text] for text in texts]
    _count(chosen, texts, [not names for names in rows], found, "technology")
    keep = np.array([technology in names if technology is not None else bool(names) for names in rows], dtype=bool)
    others = int(np.sum(~keep & np.array([bool(names) for names in rows], dtype=bool)))
    if not keep.any():
        raise InputError(
            f"{path}: column {found} names no technology for phones (it holds {', '.join(list(named)[:8])}); choose another"
        )
    chosen.frame = frame[keep].reset_index(drop=True)
    kept = [names if technology is None else (technology,) for names, good in zip(rows, keep, strict=True) if good]
    chosen.technologies = kept
    chosen.columns["technology"] = found
    if others:
        values: dict[str, object] = {
            "column": found,
            "technology": technology,
            "rows": int(keep.sum()),
            "others": others,
        }
        chosen.warnings.append(
            InputWarning(
                "of_technology",
                f"Column '{found}' tells several technologies: the {int(keep.sum())} shapes of {technology} were used, {others} "
                "of others were left out.",
                values,
            )
        )
    elif technology is None:
        chosen.assumptions.append(f"Column '{found}' tells the technology ({', '.join(sorted(all_named))}).")


def _technologies_named(text: str) -> tuple[str, ...]:
    """The technologies in a text that may hold other words too (``MTN_4G``)."""
    return technologies_of(text).technologies


def _technology_column(path: Path, frame: gpd.GeoDataFrame) -> str | None:
    """The column that tells technologies: by its heading, else by its values."""
    classes = _classes(frame)
    good = {}
    for name, values in classes.items():
        readings = [technologies_of(value) for value in values]
        good[name] = (
            sum(bool(reading.found) or bool(reading.others) for reading in readings) / len(values)
            if any(reading.found for reading in readings)
            else 0.0
        )
    named = [name for name in good if "".join(words_of(name)) in ALIASES["technology"] and good[name] > 0]
    if named:
        return named[0]
    by_values = [name for name, share in good.items() if share >= 0.8]
    several = [name for name in by_values if len({_technologies_named(value) for value in classes[name]}) > 1]
    if len(several) > 1:
        _refuse_columns_that_differ(path, frame, several)
    return next(iter(several or by_values), None)


def _refuse_columns_that_differ(path: Path, frame: gpd.GeoDataFrame, names: list[str]) -> None:
    """Refuse columns that tell different technologies of a row: rather one for each operator."""
    notes = [texts_of_column(frame, name).map(_technologies_named) for name in names]
    for name, other in zip(names[1:], notes[1:], strict=True):
        if (notes[0] != other).any():
            raise InputError(
                f"{path}: columns {one_line(names[0], 40)} and {one_line(name, 40)} tell different technologies; read one at a "
                f'time, as in technology_column = "{one_line(names[0], 40)}", with operator where it is that of one'
            )


def _count(chosen: Chosen, texts: pd.Series, bad: list[bool], column: str, what: str) -> None:
    rows = np.array(bad, dtype=bool)
    if not rows.any():
        return
    reason = f"of no known {what} ('{column}')"
    chosen.lost[reason] = int(rows.sum())
    shown = [text for text in texts[rows] if text]
    if shown:
        chosen.examples[reason] = one_line(shown[0], 40)


def _by_operator(path: Path, chosen: Chosen, operator: str, column: str | None) -> None:
    frame = chosen.frame
    if column is not None:
        column = column_named(path, frame, column)
    found = column or _operator_column(frame, chosen.columns.get("technology"))
    if found is None:
        if not _by_brands(path, chosen, operator) and not operator:
            _warn_of_operators(chosen)
        return
    texts = texts_of_column(frame, found)
    listed = sorted({text for text in texts if not is_nothing(text) and not means_all(text)})
    several = {text: names_in(text, (other for other in listed if other != text)) for text in listed}
    names = sorted({name for text in listed for name in several[text]})
    if operator:
        if len(names) < 2 and column is None and len(set(texts)) < 2:
            return  # one name in the file, another in inputs.toml
        folded_name = operator.strip().casefold()
        mine = texts.map(
            lambda text: folded_name in (one.casefold() for one in (text, *several.get(text, ())))
        ).to_numpy(dtype=bool)
        _of_one_operator(path, chosen, operator, found, names, mine)
        return
    if any(means_all(text) for text in texts):
        words = ", ".join(f"'{one_line(text, 40)}'" for text in sorted({text for text in texts if means_all(text)})[:4])
        chosen.assumptions.append(f"Column '{found}' says {words}: these shapes speak for all operators together.")
    if not names:
        return
    shared = [text for text in listed if len(several[text]) > 1]
    if shared:
        rows = [(row, name) for row, text in enumerate(texts) for name in several.get(text, ("",))]
        index = [row for row, _ in rows]
        chosen.frame = frame.iloc[index].reset_index(drop=True)
        if chosen.technologies is not None:
            chosen.technologies = [chosen.technologies[row] for row in index]
        chosen.operators = [name for _, name in rows]
        words = ", ".join(f"'{one_line(text, 40)}'" for text in shared[:4])
        chosen.assumptions.append(
            f"Column '{found}' names several operators in one cell ({words}): such shapes are of each of them."
        )
    else:
        chosen.operators = [text if text in several else "" for text in texts]
    chosen.columns["operator"] = found
    chosen.assumptions.append(
        f"Column '{found}' tells the operator ({', '.join(one_line(name, 40) for name in names[:12])})."
    )


def _by_brands(path: Path, chosen: Chosen, operator: str) -> bool:
    """Operators by a column whose heading does not say so and each of whose texts holds the name of one; whether there is one."""
    for column, values in _classes(chosen.frame).items():
        owners = owners_of(column, values)
        if not owners:
            continue
        texts = texts_of_column(chosen.frame, column)
        named = sorted(set(owners.values()))
        if operator:
            mine = texts.map(
                lambda text, owners=owners: owners.get(text, "").casefold() == operator.casefold()
            ).to_numpy(dtype=bool)
            if len(named) < 2 or not mine.any():
                return False
            _of_one_operator(path, chosen, operator, column, named, mine)
            return True
        chosen.operators = [owners.get(text, "") for text in texts]
        chosen.columns["operator"] = column
        chosen.assumptions.append(
            f"Column '{one_line(column, 40)}' tells the operator by its values ({', '.join(named[:12])})."
        )
        return True
    return False


def _of_one_operator(
    path: Path, chosen: Chosen, operator: str, column: str, names: list[str], mine: np.ndarray
) -> None:
    """The rows of the operator that is stated alone."""
    if not mine.any():
        shown = ", ".join(one_line(name, 40) for name in names[:8])
        raise InputError(
            f"{path}: operator = '{operator}' is stated and column {column} holds {shown}; write it as there, or "
            "choose rows with where"
        )
    if (~mine).any():
        rows, others = int(mine.sum()), int((~mine).sum())
        values: dict[str, object] = {"column": column, "operator": operator, "rows": rows, "others": others}
        text = (
            f"Column '{column}' tells several operators: the {rows} shapes of {operator} were used, {others} of "
            "others were left out."
        )
        chosen.warnings.append(InputWarning("of_operator", text, values))
    chosen.frame = chosen.frame[mine].reset_index(drop=True)
    if chosen.technologies is not None:
        chosen.technologies = [names for names, good in zip(chosen.technologies, mine, strict=True) if good]


def _warn_of_operators(chosen: Chosen) -> None:
    """Say where the column that tells the technology holds further words, which may be operators (``MTN_4G``)."""
    column = chosen.columns.get("technology")
    if column is None:
        return
    texts = [text for text in texts_of_column(chosen.frame, column).unique() if text]
    further = {" ".join(technologies_of(text).unknown) for text in texts} - {""}
    if len(further) > 1:
        values: dict[str, object] = {"column": column, "example": one_line(texts[0], 40)}
        text = (
            f"Column '{column}' may name operators too (such as '{one_line(texts[0], 40)}'); the map was taken to speak for "
            "all of them together."
        )
        chosen.warnings.append(InputWarning("operator_words", text, values))


def _warn_of_placemarks(chosen: Chosen) -> None:
    """Say where shapes go by a few names that are neither technologies nor answers, such as those of operators."""
    found = next((name for name in chosen.frame.columns if str(name).casefold() == "name"), None)
    if found is None or chosen.columns.get("technology") == found:
        return
    names = [text for text in texts_of_column(chosen.frame, found).unique() if not is_nothing(text)]
    plain = [
        text for text in names if re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)?", text) and not technologies_of(text).found
    ]
    if 2 <= len(names) <= 8 and len(plain) == len(names) and all(answer(text) is None for text in names):
        values: dict[str, object] = {"column": str(found), "example": one_line(names[0], 40)}
        text = (
            f"Column '{found}' may name operators (such as '{one_line(names[0], 40)}'); the map was taken to speak for all of "
            f'them together. If so, state operator_column = "{found}".'
        )
        chosen.warnings.append(InputWarning("operator_words", text, values))


def _operator_column(frame: gpd.GeoDataFrame, other: str | None) -> str | None:
    """The column headed by a word for operators, with texts in it that are no technologies."""
    for name, values in _classes(frame).items():
        words = words_of(name)
        if name == other or not {"".join(words), *words} & set(ALIASES["operator"]):
            continue
        if any(not technologies_of(value).found and number_of(value) is None for value in values):
            return name
    return None
