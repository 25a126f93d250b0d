"""Layers with a column of yes and no for each technology, or for each operator and technology (``has_4G``, ``"MTN 4G"``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_words import answer, in_letters, is_share, name_in_where, without_cover_words
from ewcm.sources.headings import flags_of, owner_of, words_of
from ewcm.sources.quantities import is_nothing, number_of
from ewcm.sources.status_words import is_gone, is_live
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
    found = {name: one for name in texts_of if (one := headed(name)) is not None}
    if not found or any("".join(words_of(name)) in asked for name in found):
        return None
    wanted = {name: one for name, one in found.items() if technology is None or technology in one[1]}
    answers_of = {name: _answers(path, name, texts_of[name], one[1], name in wanted) for name, one in found.items()}
    flags = {name: answers for name, answers in answers_of.items() if answers is not None}
    if not flags:
        return None
    used = {name: answers for name, answers in flags.items() if name in wanted}
    if operator and len({found[name][0] for name in used} - {""}) > 1:
        used = {name: yes for name, yes in used.items() if found[name][0].casefold() in ("", operator.casefold())}
    if not used:
        what = f"technology = '{technology}'" + (f" and operator = '{operator}' are" if operator else " is")
        raise InputError(
            f"{path}: {what} stated, and the columns of yes and no are {', '.join(one_line(name, 40) for name in flags)}; state "
            "another, or choose rows with where"
        )
    owners = list(dict.fromkeys(found[name][0] for name in used))
    rows, technologies, operators = [], [], []
    length = len(next(iter(texts_of.values())))
    for row in range(length):
        for owner in owners:
            mine = {one for name, yes in used.items() if found[name][0] == owner and yes[row] for one in found[name][1]}
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


def headed(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The operator ("" where none is named) and the technologies of a heading; None where it names no technology."""
    if technologies := flags_of(name) or flags_of(without_cover_words(name)):
        return "", technologies
    owned = owner_of(name)
    return None if owned is None else (owned[0], flags_of(owned[1]))


def answered(texts_of: Mapping[str, pd.Series]) -> tuple[str, ...]:
    """The columns that are headed by technologies and say yes and no, and nothing else."""
    headings = {name: one for name in texts_of if (one := headed(name)) is not None}
    return tuple(name for name, (_, which) in headings.items() if _yes(texts_of[name], which) is not None)


def _values(texts: pd.Series) -> list[str]:
    """What a column holds beside nothing."""
    there = texts.unique().tolist()
    letters = in_letters(there)
    return [text for text in there if text and (not is_nothing(text) or answer(text) is False or text in letters)]


def _numbers(values: list[str]) -> list[float] | None:
    """The numbers that a column holds; None where it holds something else."""
    found = [number_of(value) for value in values]
    return None if any(one is None for one in found) else [one[0] for one in found if one is not None]


def _yes(texts: pd.Series, technologies: tuple[str, ...]) -> np.ndarray | None:
    """Where a column says yes; None where it holds something else than yes and no."""
    values = _values(texts)
    if not values:
        return None
    numbers = _numbers(values)
    if numbers is not None:
        if not (set(numbers) <= {0.0, 1.0} or set(numbers) <= {0.0, 100.0}):
            return None
        return np.asarray(texts.isin([value for value, number in zip(values, numbers, strict=True) if number]))
    letters = in_letters(values)
    says = [letters.get(value, is_yes(value, technologies)) for value in values]
    if any(one is None for one in says):
        return None
    return np.asarray(texts.isin([value for value, one in zip(values, says, strict=True) if one]))


def is_yes(value: str, technologies: tuple[str, ...]) -> bool | None:
    """What one cell says; None for neither yes nor no."""
    if answer(value) is False or is_gone(value, status=True):
        return False
    return True if answer(value) is True or _names(value, technologies) or is_live(value) else None


def _answers(path: Path, name: str, texts: pd.Series, technologies: tuple[str, ...], wanted: bool) -> np.ndarray | None:
    """Where a column says yes; None where it is of something else. Raises where it says of coverage what is neither."""
    yes, values = _yes(texts, technologies), _values(texts)
    if yes is not None or not values or not wanted:
        return yes
    numbers = _numbers(values)
    if numbers is not None:
        low, high = min(numbers), max(numbers)
        if low >= 0 and high <= 100 and (_is_bare(name) or is_share(name)):
            bound = 0.5 if high <= 1 else 50
            raise InputError(
                f"{path}: column {name} holds {low:g} to {high:g}, and a polygon is covered or not; say which are, "
                f'as in technology = "{technologies[-1]}", where = "{name_in_where(name)} >= {bound:g}"'
            )
        return None
    unclear = [value for value in values if is_yes(value, technologies) is None]
    if _is_bare(name) or len(unclear) < len(values):
        quoted = one_line(unclear[0], 40).replace("'", "''")
        raise InputError(
            f"{path}: column {name} holds '{one_line(unclear[0], 40)}', which is neither yes nor no; say which rows are covered, "
            f'as in technology = "{technologies[-1]}", where = "{name_in_where(name)} = \'{quoted}\'"'
        )
    return None


def _names(value: str, technologies: tuple[str, ...]) -> bool:
    """Whether a cell says its heading again."""
    reading = technologies_of(value)
    return not reading.unknown and not reading.others and set(reading.technologies) == set(technologies)


def _is_bare(name: str) -> bool:
    """Whether a heading is of a technology and words for coverage alone."""
    return bool(flags_of(name) or flags_of(without_cover_words(name)))
