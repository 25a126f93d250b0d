"""Layers with a column of yes and no for each technology, or for each operator and technology (``has_4G``, ``"MTN 4G"``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_words import answer, is_gone, is_live, is_share, without_cover_words
from ewcm.sources.headings import flags_of, owner_of, words_of
from ewcm.sources.quantities import is_nothing, number_of
from ewcm.sources.technologies import technologies_of


@dataclass(frozen=True)
class Flags:
    """``rows``: of the layer, once for each operator; ``technologies``, ``operators`` ("" where no heading names one): of each of
    them; ``columns``: their headings; ``without``: rows of the layer of which no column says yes."""

    rows: np.ndarray
    technologies: list[tuple[str, ...]]
    operators: list[str]
    columns: list[str]
    without: np.ndarray


def by_heading(
    path: Path, texts_of: Mapping[str, pd.Series], technology: str | None, operator: str, asked: tuple[str, ...]
) -> Flags | None:
    """What columns headed by technologies say of the rows; None where there are none, or where the user has chosen rows by one.

    Raises :class:`InputError` where such a column holds something else than yes and no, and where the technology that is stated
    is in none of them.
    """
    headed = {name: one for name in texts_of if (one := _headed(name)) is not None}
    if not headed or any("".join(words_of(name)) in asked for name in headed):
        return None
    wanted = {name: one for name, one in headed.items() if technology is None or technology in one[1]}
    said = {name: _answers(path, name, texts_of[name], one[1], name in wanted) for name, one in headed.items()}
    told = {name: answers for name, answers in said.items() if answers is not None}
    if not told:
        return None
    used = {name: answers for name, answers in told.items() if name in wanted}
    if operator and len({headed[name][0] for name in used} - {""}) > 1:
        used = {name: yes for name, yes in used.items() if headed[name][0].casefold() in ("", operator.casefold())}
    if not used:
        what = f"technology = '{technology}'" + (f" and operator = '{operator}' are" if operator else " is")
        raise InputError(
            f"{path}: {what} stated, and the columns of yes and no are {', '.join(one_line(name, 40) for name in told)}; state "
            "another, or choose rows with where"
        )
    owners = list(dict.fromkeys(headed[name][0] for name in used))
    rows, technologies, operators = [], [], []
    length = len(next(iter(texts_of.values())))
    for row in range(length):
        for owner in owners:
            mine = {
                one for name, yes in used.items() if headed[name][0] == owner and yes[row] for one in headed[name][1]
            }
            if technology is not None:
                mine &= {technology}
            if mine:
                rows.append(row)
                technologies.append(tuple(one for one in TECHNOLOGIES if one in mine))
                operators.append(owner)
    index = np.array(rows, dtype=int)
    without = np.ones(length, dtype=bool)
    without[index] = False
    return Flags(index, technologies, operators, list(used), without)


def _headed(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The operator ("" where none is named) and the technologies of a heading; None where it names no technology."""
    if technologies := flags_of(name) or flags_of(without_cover_words(name)):
        return "", technologies
    owned = owner_of(name)
    return None if owned is None else (owned[0], flags_of(owned[1]))


def _answers(path: Path, name: str, texts: pd.Series, technologies: tuple[str, ...], wanted: bool) -> np.ndarray | None:
    """Where a column says yes; None where it is of something else. Raises where it says of coverage what is neither."""
    values = [text for text in texts.unique() if text and (not is_nothing(text) or answer(text) is False)]
    if not values:
        return None
    numbers = [number_of(value) for value in values]
    if all(number is not None for number in numbers):
        found = sorted({number[0] for number in numbers if number is not None})
        if set(found) <= {0.0, 1.0} or set(found) <= {0.0, 100.0}:
            return np.asarray(
                texts.isin([v for v, number in zip(values, numbers, strict=True) if number and number[0]])
            )
        shares = found[0] >= 0 and found[-1] <= 100
        if wanted and shares and (_is_bare(name) or is_share(name)):
            bound = 0.5 if found[-1] <= 1 else 50
            raise InputError(
                f"{path}: column {name} holds {found[0]:g} to {found[-1]:g}, and a polygon is covered or not; say which are, "
                f'as in technology = "{technologies[-1]}", where = "{_name(name)} >= {bound:g}"'
            )
        return None
    yes = [value for value in values if answer(value) is True or _names(value, technologies) or is_live(value)]
    no = [value for value in values if answer(value) is False or is_gone(value, status=True)]
    yes = [value for value in yes if value not in no]
    if len(yes) + len(no) == len(values):
        return np.asarray(texts.isin(yes))
    unclear = next(value for value in values if value not in yes and value not in no)
    if wanted and (_is_bare(name) or yes or no):
        quoted = unclear.replace("'", "''")
        raise InputError(
            f"{path}: column {name} holds '{one_line(unclear, 40)}', which is neither yes nor no; say which rows are covered, "
            f'as in technology = "{technologies[-1]}", where = "{_name(name)} = \'{one_line(quoted, 40)}\'"'
        )
    return None


def _names(value: str, technologies: tuple[str, ...]) -> bool:
    """Whether a cell says its heading again."""
    reading = technologies_of(value)
    return not reading.unknown and not reading.others and set(reading.technologies) == set(technologies)


def _is_bare(name: str) -> bool:
    """Whether a heading is of a technology and words for coverage alone."""
    return bool(flags_of(name) or flags_of(without_cover_words(name)))


def _name(name: str) -> str:
    return name if name.isidentifier() else f"[{name}]"
