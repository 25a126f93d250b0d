"""What the columns of a map of coverage say of each polygon beside technology and operator: that it is not covered, that its
network is planned, at which level it was drawn. Rows that are surely not covered are left out and counted. Where a column leaves
it open, the rows count as covered with a warning if the map may well be meant so, and the file is refused if either way would be
wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources import coverage_words as words
from ewcm.sources.colour_words import are_colours
from ewcm.sources.coverage_dates import dates_in
from ewcm.sources.coverage_words import answer
from ewcm.sources.headings import words_of
from ewcm.sources.plain_words import plain_words
from ewcm.sources.quantities import is_nothing, number_of
from ewcm.sources.row_remarks import heads_a_remark
from ewcm.sources.status_words import are_states, is_existing, is_gone, is_live
from ewcm.sources.technologies import technologies_of

#: A column of texts with more values holds names or remarks, not classes.
MOST_VALUES = 400

#: Levels outdoors [dBm] lie between these, both excluded; in a column whose heading says nothing of levels, between the others.
_LEVELS = (-200.0, 0.0)
_LIKELY_LEVELS = (-150.0, -40.0)

_ONE_LEVEL = "Column '{}' holds one level ({}): the shapes were taken as ground at or above it."

#: A text with a bound or a range of levels: ``"< -120 dBm"``, ``"-95 to -85"``, ``"(-105, -95]"``.
_RANGE = re.compile(
    r"(?:[<>≤≥=\[\](]|\bto\b|\bà\b|\ba\b|\bfrom\b|\bde\b|\bbetween\b|\.\.|dbm|db ?[uµμ]v|\bإلى\b|\bالى\b).*?\d"
    r"|[-−]\s*\d+(?:[.,]\d+)?\s*(?:dbm|db ?[uµμ]v|to|à|a|\.\.|[-–])",
    re.IGNORECASE,
)  # fmt: skip
#: Words of cells that call a shape coverage, beside others in a column of a few kinds of shapes.
_COVER, _MOST_KINDS = re.compile(r"\b(?:cov|cover|coverage|couverture|cobertura|تغطيه)\b"), 12
_GENERATION = re.compile(r"\s*[2-5]\s?G(?![a-z])", re.IGNORECASE)
_UNIT = re.compile(r"db\s?m\b|db\s?\(?[uµμ]v", re.IGNORECASE)
_LEVEL_IN_TEXT = re.compile(r"[-−]\s?(?:[3-9]\d|1[0-5]\d)\b")
_AT_MOST = re.compile(
    r"^\s*(?:<|≤|<=|below|under|less than|inf[ée]rieur|moins de|menor|menos de|abaixo|inferior|أقل من)", re.IGNORECASE
)


@dataclass
class ColumnNotes:
    """What was found in the columns. ``out``: rows that are left out; ``lost``, ``examples``: how many by reason, and a value of
    each."""

    out: np.ndarray
    lost: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    warnings: list[InputWarning] = field(default_factory=list)


@dataclass(frozen=True)
class _Column:
    """A column as texts of its rows, the texts that occur without those that say nothing, and their numbers (NaN: none)."""

    name: str
    texts: pd.Series
    values: list[str]
    numbers: np.ndarray
    units: frozenset[str]

    @property
    def is_numeric(self) -> bool:
        return bool(self.values) and not np.isnan(self.numbers).any()

    @property
    def shown(self) -> str:
        """Some of its values."""
        texts = (
            sorted(self.values, key=lambda text: (number_of(text) or (0.0, ""))[0]) if self.is_numeric else self.values
        )
        more = "" if len(texts) <= 5 else " …"
        return ", ".join(one_line(text, 30) for text in texts[:5]) + more


def look_at(path: Path, frame: gpd.GeoDataFrame, texts_of: dict[str, pd.Series], chosen: Iterable[str]) -> ColumnNotes:
    """What the columns of a layer say of its rows. ``texts_of``: its columns as texts; those ``asked`` for by the user (words of
    their headings without blanks) are left alone.

    Raises :class:`InputError` in one line that names the column, what it holds and the condition that mends it: for levels and
    shares, of which nobody has said where coverage begins, and where no row would be left.
    """
    notes = ColumnNotes(np.zeros(len(frame), dtype=bool))
    alone = set(chosen)
    told = any("".join(words_of(name)) in alone and _tells_levels(name, texts) for name, texts in texts_of.items())
    for name, texts in texts_of.items():
        if "".join(words_of(name)) in alone or words.is_coordinate(name):
            continue
        column = _column_of(name, texts)
        if not column.values or (told and _tells_levels(name, texts)):
            continue  # a level that is chosen in one column is so in all that tell it again
        dates = dates_in(path, name, column.values)
        if dates is not None:
            notes.warnings += [] if dates.warning is None else [dates.warning]
            continue
        if column.is_numeric:
            _read_numbers(path, column, notes)
        elif len(column.values) <= MOST_VALUES:
            _read_texts(path, column, notes)
    if len(frame) and notes.out.all():
        reason, example = next(iter(notes.examples.items()))
        raise InputError(
            f"{path}: every row is {reason} (such as '{example}'); check the file, or say which rows are covered with where"
        )
    return notes


def _tells_levels(name: str, texts: pd.Series) -> bool:
    """Whether a column holds levels, as numbers or in words."""
    values = [text for text in texts.unique()[:MOST_VALUES].tolist() if not is_nothing(text)]
    return bool(values) and all(
        _LEVEL_IN_TEXT.search(text) is not None and (_RANGE.search(text) or _UNIT.search(text) or number_of(text))
        for text in values
    )


def _column_of(name: str, texts: pd.Series) -> _Column:
    there = texts.unique().tolist()
    named = words.asks_covered(name) or words.is_of_classes(name) or any(map(words.is_grade, there[:MOST_VALUES]))
    letters = words.in_letters(there) if named else {}
    # "None" is a grade of a signal, and nothing in any other column.
    values = [
        text
        for text in there
        if text and not (is_nothing(text) and not (named and answer(text) is False) and text not in letters)
    ]
    found = [_number(text) if len(values) <= 100_000 else None for text in values]
    numbers = np.array([np.nan if one is None else one[0] for one in found], dtype=float)
    return _Column(name, texts, values, numbers, frozenset(one[1] for one in found if one is not None and one[1]))


def _number(text: str) -> tuple[float, str] | None:
    """As :func:`number_of`, with per cent for a unit; the number of a generation (``4G planned``) is none."""
    if _GENERATION.match(text):
        return None
    found = number_of(text.strip().removesuffix("%"))
    return (found[0], "%") if found is not None and text.strip().endswith("%") else found


def _leave_out(notes: ColumnNotes, column: _Column, values: Iterable[str], reason: str) -> None:
    gone = list(values)
    rows = column.texts.isin(gone).to_numpy() & ~notes.out
    if rows.any():
        said = f"{reason} '{column.name}'"
        notes.lost[said] = notes.lost.get(said, 0) + int(rows.sum())
        notes.examples[said] = one_line(gone[0], 40)
        notes.out |= rows


def _condition(column: _Column, value: float | str | list[str], how: str = ">=") -> str:
    """The key of inputs.toml that chooses rows by a column."""
    texts = value if isinstance(value, list) else [str(value)]
    quoted = ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
    shown = f"{value:g}" if isinstance(value, float) else quoted
    if len(texts) > 1:
        how, shown = "IN", f"({quoted})"
    return f'where = "{words.name_in_where(column.name)} {how} {shown}"'


def _warn_of_classes(notes: ColumnNotes, column: _Column, mend: str) -> None:
    values = {"column": column.name, "example": column.shown, "mend": mend}
    text = (
        f"Column '{column.name}' holds {column.shown}: it does not say which of them are covered, and all were taken as covered; "
        f"say it, as in {mend}."
    )
    notes.warnings.append(InputWarning("classes", text, values))


# --- numbers -------------------------------------------------------------------------------------------------------------


def _read_numbers(path: Path, column: _Column, notes: ColumnNotes) -> None:
    distinct = sorted(set(map(float, column.numbers)))
    heading = column.name
    if _are_levels(path, column, distinct, notes):
        return
    is_cover, is_class, is_share = words.asks_covered(heading), words.is_of_classes(heading), words.is_share(heading)
    is_status = words.is_of_status(heading)
    negated = words.asks_uncovered(heading)
    # 0 and 100 % in the cells themselves say covered and not, whatever heads them.
    is_share |= "%" in column.units and set(distinct) <= {0.0, 100.0}
    within = distinct[0] >= 0 and distinct[-1] <= 100 * (1 + 1e-9)
    # "pop_cov_4G" counts people or tells their share; nowhere do as few people live.
    is_share |= is_cover and within and words.is_of_people(heading) and any(not one.is_integer() for one in distinct)
    if not (is_cover or is_class or is_share or negated or is_status) or (words.is_quantity(heading) and not is_share):
        if distinct == [0.0, 1.0] and len(column.texts) > 2:
            _warn_of_yes_and_no(column, notes)
        return
    if set(distinct) <= {0.0, 1.0} or (set(distinct) <= {0.0, 100.0}) or (set(distinct) <= {0.0, 255.0}):
        no = (lambda number: number != 0) if negated else (lambda number: number == 0)
        out = [value for value, number in zip(column.values, column.numbers, strict=True) if no(number)]
        _leave_out(notes, column, out, "not covered by their own")
        if not negated and 0.0 not in distinct:
            _warn_of_empty_cells(notes, column)
        return
    middle = distinct[len(distinct) // 2]
    if ((is_cover and is_share) or (is_cover and within and _are_many_shares(distinct))) and not negated:
        bound = 0.5 if distinct[-1] <= 1 else 50.0
        raise InputError(
            f"{path}: column {heading} holds shares ({distinct[0]:g} to {distinct[-1]:g}), and a polygon is covered or not; say "
            f"which are, as in {_condition(column, bound)}"
        )
    if is_cover and not words.is_level(heading):
        raise InputError(
            f"{path}: column {heading} holds {column.shown}, and none of them says covered or not; say which rows are, as in "
            f"{_condition(column, middle, '=')}"
        )
    if "".join(words_of(heading)) in ("dn", "gridcode") and len(distinct) > 2:
        raise InputError(
            f"{path}: column {heading} holds {len(distinct)} classes ({column.shown}); say which are covered, as in "
            f"{_condition(column, max(1.0, distinct[1]))}"
        )
    if len(distinct) > 1 and not (
        len(column.values) == len(column.texts) > 12
    ):  # a number of its own for each row is none of a class
        _warn_of_classes(notes, column, _condition(column, middle))


def _are_many_shares(distinct: list[float]) -> bool:
    """Whether numbers are shares rather than classes: with decimals, or above ten."""
    return any(not number.is_integer() for number in distinct) or distinct[-1] > 10


def _are_levels(path: Path, column: _Column, distinct: list[float], notes: ColumnNotes) -> bool:
    """Levels are asked for; true where the column holds some."""
    heading = column.name
    low = _LEVELS[0]
    inside = [number for number in distinct if low < number <= -20]
    headed = words.is_level(heading) or bool(column.units & {"dbm", "db m"})
    if words.is_field_strength(heading) and distinct[0] > low:
        if len(distinct) > 1:
            raise InputError(
                f"{path}: column {heading} holds levels ({distinct[0]:g} to {distinct[-1]:g}); say which are covered, as in "
                f" {_condition(column, distinct[len(distinct) // 2])}"
            )
        notes.assumptions.append(
            f"Column '{heading}' holds one level ({distinct[0]:g}): the shapes were taken as ground at or above it."
        )
        return True
    if headed and inside and 2 * len(inside) >= len([number for number in distinct if number]):
        if len(distinct) > 1:
            raise InputError(
                f"{path}: column {heading} holds levels ({distinct[0]:g} to {distinct[-1]:g}); say which are covered, as in "
                f"{_condition(column, -105.0)}"
            )
        notes.assumptions.append(
            f"Column '{heading}' holds one level ({distinct[0]:g} dBm): the shapes were taken as ground at or above it."
        )
        return True
    parts = "".join(words_of(heading))
    if (
        any(name in parts for name in ("rsrp", "rscp", "rssi", "rxlev", "dbm"))
        and len(distinct) > 1
        and distinct[0] >= 30
    ):
        raise InputError(
            f"{path}: column {heading} holds {distinct[0]:g} to {distinct[-1]:g}, perhaps levels without their sign; say which "
            f"are covered, as in {_condition(column, distinct[len(distinct) // 2], '<=')}"
        )
    if len(distinct) > 1 and _LIKELY_LEVELS[0] <= distinct[0] and distinct[-1] <= _LIKELY_LEVELS[1]:
        mend = _condition(column, -105.0)
        values = {"column": heading, "low": distinct[0], "high": distinct[-1], "mend": mend}
        text = (
            f"Column '{heading}' holds {distinct[0]:g} to {distinct[-1]:g}, which may be levels in dBm; all its shapes were "
            f"taken as covered. Say which are, as in {mend}."
        )
        notes.warnings.append(InputWarning("maybe_levels", text, values))
        return True
    return False


# --- texts ---------------------------------------------------------------------------------------------------------------


def _read_texts(path: Path, column: _Column, notes: ColumnNotes) -> None:
    if _are_ranges(path, column, notes) or _are_networks_gone(column, notes):
        return
    heading = column.name
    is_cover, is_class = words.asks_covered(heading), words.is_of_classes(heading)
    is_status, negated = words.is_of_status(heading), words.asks_uncovered(heading)
    letters = words.in_letters(column.values) if is_cover or is_class else {}
    answers = {
        value: letters.get(value, answer(value) or (True if _is_technology(value) else answer(value)))
        for value in column.values
    }
    if negated:
        yes = [value for value, said in answers.items() if said is True or words.says_uncovered(value)]
        _leave_out(notes, column, yes, "not covered by their own")
        return
    strong = [value for value in column.values if words.says_uncovered(value)]
    negative = [value for value, said in answers.items() if said is False]
    poor = [value for value in column.values if words.is_poor(value)]
    unclear = [value for value, said in answers.items() if said is None and value not in poor]
    if is_cover or ((is_class or is_status) and not unclear):
        _leave_out(notes, column, negative, "not covered by their own")
        if not negative and is_cover and not unclear:
            _warn_of_empty_cells(notes, column)
        if poor or (negative and unclear and not strong):
            sure = [value for value, said in answers.items() if said]
            column = replace(column, values=[value for value in column.values if value not in negative])
            _warn_of_classes(notes, column, _condition(column, (sure or unclear or poor)[0], "="))
    elif len(column.values) > 1 and (
        (
            (is_status or is_class)
            and (all(len(value) <= 3 for value in column.values) or (is_status and _is_scenario(column)))
        )
        or (len(column.values) <= 8 and any(map(is_existing, column.values)))
        or are_colours(column.values)
    ):
        _warn_of_classes(notes, column, _condition(column, column.values[0], "="))
    elif strong:
        _leave_out(notes, column, strong, "not covered by their own")
        if poor:
            column = replace(column, values=[value for value in column.values if value not in strong])
            _warn_of_classes(notes, column, _condition(column, column.values[0], "="))
    elif (covers := [value for value, said in answers.items() if _is_cover(value, said)]) and (
        any(value not in covers for value in unclear) and len(column.values) <= _MOST_KINDS
    ):
        # Coverage and something else in one layer, such as districts, lakes or the frame of the map.
        covered = covers[0]
        _warn_of_classes(notes, column, _condition(column, covered, "="))
    elif negative and any(map(words.is_grade, column.values)):
        _leave_out(notes, column, negative, "not covered by their own")
    elif poor and len(poor) + sum(said is not None for said in answers.values()) == len(column.values) > 1:
        _warn_of_classes(notes, column, _condition(column, column.values[0], "="))
    elif negative and not poor and not unclear and len(negative) < len(column.values):
        _warn_of_yes_and_no(column, notes)


def _is_scenario(column: _Column) -> bool:
    """Whether a column of a few texts is headed by the word for a scenario, which are of different networks."""
    return len(column.values) <= 8 and any(
        word.startswith(("scenari", "escenari", "cenari")) for word in words_of(column.name)
    )


#: Headings of which a yes says that the ground does not count.
_YES_IS_OUT = re.compile(r"hole|trou|hueco|buraco|delet|exclu|remov|suppr|elimin|obsolet|invalid|former|void")


def _warn_of_yes_and_no(column: _Column, notes: ColumnNotes) -> None:
    """A doubt about a column of yes and no whose heading is not understood (``hole``, ``valid``)."""
    if words.is_quantity(column.name.casefold().removesuffix("code")) or heads_a_remark(column.name):
        return
    wanted = _YES_IS_OUT.search(column.name.casefold()) is None
    value = next((value for value in column.values if answer(value) is wanted), column.values[0])
    _warn_of_classes(notes, column, _condition(column, float(value) if column.is_numeric else value, "="))


def _warn_of_empty_cells(notes: ColumnNotes, column: _Column) -> None:
    """Cells that hold nothing in a column of which all others say covered."""
    empty = ~column.texts.isin(column.values).to_numpy()
    if not empty.any():
        return
    mend = _condition(column, column.values[0], "=")
    values = {"column": column.name, "rows": int(empty.sum()), "example": one_line(column.values[0], 30), "mend": mend}
    text = (
        f"Column '{column.name}' says '{values['example']}', and nothing of {int(empty.sum())} shapes, which were taken as "
        f"covered too; {mend} leaves them out."
    )
    notes.warnings.append(InputWarning("empty_cells", text, values))


def _are_ranges(path: Path, column: _Column, notes: ColumnNotes) -> bool:
    """Levels that stand in words (``"-95 to -85 dBm"``) are asked for; true where the column holds some."""
    some = [
        value
        for value in column.values
        if (_UNIT.search(value) and re.search(r"\d", value)) or (_LEVEL_IN_TEXT.search(value) and _RANGE.search(value))
    ]
    headed = words.is_level(column.name) or words.is_of_classes(column.name) or words.asks_covered(column.name)
    with_unit = any(_UNIT.search(value) for value in some)
    if not some or not (with_unit or (headed and 2 * len(some) >= len(column.values))):
        return False
    if len(column.values) > 1 or _AT_MOST.search(some[0]):
        best = next((value for value in some if not _AT_MOST.search(value)), some[0])
        raise InputError(
            f"{path}: column {column.name} holds levels ({column.shown}); say which are covered, as in "
            f"{_condition(column, [value for value in some if _is_enough(value)] or best, '=')}"
        )
    notes.assumptions.append(
        f"Column '{column.name}' says '{one_line(some[0], 60)}' of all its shapes, which were taken as covered."
    )
    return True


def _is_enough(text: str) -> bool:
    """Whether a text holds levels of -105 dBm and above alone, as a condition may choose them."""
    levels = [-float(found.strip("-− ")) for found in _LEVEL_IN_TEXT.findall(text)]
    return bool(levels) and min(levels) >= -105.0 and not _AT_MOST.search(text)


def _is_cover(text: str, said: bool | None) -> bool:
    """Whether a cell calls its shape coverage; ``said``: what it answers."""
    return (said is True and words.asks_covered(text)) or _COVER.search(plain_words(text)) is not None


def _is_technology(text: str) -> bool:
    """Whether a cell names technologies and nothing else."""
    reading = technologies_of(text)
    return bool(reading.found) and not reading.unknown and not reading.others


def _warn_of_status(notes: ColumnNotes, column: _Column, unclear: list[str]) -> None:
    """Say of rows whose status is empty or not understood that they were taken as in service."""
    rows = int((column.texts.isin(unclear).to_numpy() & ~notes.out).sum())
    example = next((one_line(value, 40) for value in unclear if value), "")
    if not rows:
        return
    values: dict[str, object] = {"rows": rows, "column": column.name, "example": example}
    if not example:
        text = f"{rows} rows have no '{column.name}', which others have; they were taken as in service."
        notes.warnings.append(InputWarning("no_status", text, values))
        return
    text = f"{rows} rows have a '{column.name}' that is not understood (such as '{example}'); they were taken as in service."
    notes.warnings.append(InputWarning("status", text, values))


def _are_networks_gone(column: _Column, notes: ColumnNotes) -> bool:
    """Networks that are planned or out of service are left out where a column states it of all its rows, and a warning is given
    where it may mean so of some; true where rows were left out."""
    status = words.is_of_status(column.name) or are_states(column.values)
    gone = [value for value in column.values if is_gone(value, status=status)]
    others = [value for value in column.values if value not in gone]
    live = [value for value in others if is_live(value)]
    if not gone and not (status and live):
        return False
    known = [value for value in others if value in live or answer(value) is True or _is_technology(value)]
    if status or (known and len(known) == len(others)):
        _leave_out(notes, column, gone, "planned or out of service by their own")
        unclear = [value for value in others if value not in known and answer(value) is None]
        # Where only the exceptions are marked, an empty cell is the rule.
        unclear += [value for value in column.texts.unique() if live and value not in column.values]
        if unclear:
            _warn_of_status(notes, column, unclear)
        _leave_out(notes, column, [v for v in others if answer(v) is False], "not covered by their own")
        return True
    rows = int(column.texts.isin(gone).sum())
    mend = _condition(column, gone[0], "!=")
    values = {"column": column.name, "rows": rows, "example": one_line(gone[0], 40), "mend": mend}
    text = (
        f"Column '{column.name}' says of {rows} shapes that they may be planned or out of service (such as "
        f"'{values['example']}'); they were taken as covered. Leave them out with {mend}, if so."
    )
    notes.warnings.append(InputWarning("maybe_planned", text, values))
    return False
