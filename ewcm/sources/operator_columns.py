"""Lists with a column of yes and no for each operator and technology (``"MTN 2G"``, ``"Airtel LTE 800"``)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_words import answer, is_poor
from ewcm.sources.headings import Column, Found, flags_of, is_name_of_owner
from ewcm.sources.operator_brands import network_code, operator_named
from ewcm.sources.operator_words import means_all, names_in
from ewcm.sources.quantities import is_nothing
from ewcm.sources.site_words import MOST_CELLS, answer_of, answers_to_each
from ewcm.sources.status_words import is_gone, is_live, is_unsure
from ewcm.sources.technologies import BAND_MHZ, technologies_of

#: The column of the operators that were read from headings.
OPERATOR = "operator (by heading)"


def by_operator(
    path: Path, table: pd.DataFrame, found: Found, wanted: str | None
) -> tuple[pd.DataFrame, Found, np.ndarray, tuple[str, ...]]:
    """A row for each operator whose columns say yes, in place of those columns: the table, its columns, the row of ``table``
    that each comes from, and what to say.

    ``wanted``: the operator whose columns alone are read; None for all. As it is where no heading names an operator, where
    another column tells the technologies, and where the values are no answers. Raises :class:`InputError` where the headings
    name several operators and not the one that is wanted.
    """
    same = table, found, np.arange(len(table)), ()
    mine = {heading: one for heading, one in found.owned.items() if _are_answers(table[heading])}
    if "technology" in found.columns:
        return _with_marks(path, table, found, wanted) or same
    if not mine:
        return _with_names(path, table, found, wanted) or _with_lists(path, table, found, wanted) or same
    if _is_beginning(table, found, {owner for owner, _ in mine.values()}):
        nobodys = {heading: flags_of(plain) for heading, (_, plain) in mine.items()}
        return table, Found(found.columns, found.flags | nobodys), np.arange(len(table)), ()
    operators = _operators({heading: owner for heading, (owner, _) in mine.items()})
    notes = _note_on_columns(mine, operators)
    names = list(dict.fromkeys(operators.values()))
    if wanted is not None and len(names) > 1:
        others = [heading for heading in mine if folded(operators[heading]) != folded(wanted)]
        if len(others) == len(mine):
            raise _no_such(path, wanted, names)
        notes += (f"The columns of other operators than {one_line(wanted, 40)} were left out: {_listed(others)}.",)
        table = table.drop(columns=others)
        mine = {heading: one for heading, one in mine.items() if heading not in others}
    parts, rows = [], []
    flags: dict[str, tuple[str, ...]] = {}
    served = np.zeros(len(table), dtype=bool)
    for owner in dict.fromkeys(operators[heading] for heading in mine):
        own = {heading: plain for heading, (_, plain) in mine.items() if operators[heading] == owner}
        yes = np.any([_is_yes(table[heading]) for heading in own], axis=0)
        parts.append(_part(table, list(mine), found, own, yes, owner))
        rows.append(np.flatnonzero(yes))
        flags |= {plain: flags_of(plain) for plain in own.values()}
        served |= yes
    plain_yes = np.zeros(len(table), dtype=bool)
    for heading in found.flags:
        plain_yes |= _is_yes(table[heading])
    # What the columns without an operator say, and rows of which nothing says yes, stay as they are.
    left = plain_yes | ~served
    parts.append(_part(table, list(mine), found, {}, left, None))
    rows.append(np.flatnonzero(left))
    order = np.argsort(np.concatenate(rows), kind="stable")
    together = pd.concat(parts, ignore_index=True).fillna("").iloc[order].reset_index(drop=True)
    if len(together) > len(table):
        notes += (f"{len(table)} rows were read as {len(together)}, one for each operator at a place.",)
    columns = {name: column for name, column in found.columns.items() if name != "operator"}
    columns["operator"] = Column(OPERATOR)
    return together, Found(columns, found.flags | flags), np.concatenate(rows)[order], notes


def _is_beginning(table: pd.DataFrame, found: Found, owners: set[str]) -> bool:
    """Whether the one further word of all headings (``communication:gsm``) is nobody's name, as a column of operators stands
    beside them that does not hold it."""
    if "operator" not in found.columns or len({folded(owner) for owner in owners}) != 1:
        return False
    named = {
        folded(str(text)) for text in table[found.columns["operator"].heading].unique() if not is_nothing(str(text))
    }
    return bool(named) and not named & {folded(owner) for owner in owners}


def _no_such(path: Path, wanted: str, names: list[str]) -> InputError:
    return InputError(
        f"{path}: operator = '{one_line(wanted, 40)}' is stated and the headings name {_listed(names)}; "
        "write it as there, or remove that key to read all of them"
    )


def _with_names(
    path: Path, table: pd.DataFrame, found: Found, wanted: str | None
) -> tuple[pd.DataFrame, Found, np.ndarray, tuple[str, ...]] | None:
    """The same for a list whose columns of technologies hold names of operators (``"MTN, Airtel"`` below ``2G``); None where they
    hold anything else that is no answer, or a column of operators stands beside them."""
    if not found.flags or "operator" in found.columns:
        return None
    every_text = {str(text) for heading in found.flags for text in table[heading].unique()}
    # Who writes yes, or a band, in some cells does not write names in others.
    if any(answer_of(text) or answers_to_each(heading, text) for heading in found.flags for text in every_text):
        return None
    texts = {text for text in every_text if not is_nothing(text) and answer_of(text) is None}
    unsure = {text for text in texts if is_unsure(text)}
    texts -= unsure
    each = {text: names_in(text, texts - {text}) for text in texts}
    every = sorted({name for names in each.values() for name in names})
    if not every or not all(_may_be_operator(name) for name in every):
        return None
    operators = _operators({name: name for name in every})
    names = [name for name in dict.fromkeys(operators.values()) if wanted is None or folded(name) == folded(wanted)]
    if len(names) > _MOST_OPERATORS:
        return None
    if not names:
        raise _no_such(path, str(wanted), every)
    of_cell = {text: {operators[name] for name in those} for text, those in each.items()}
    parts, rows = [], []
    has_name = np.zeros(len(table), dtype=bool)
    for owner in (*names, ""):
        answers = {}
        for heading in found.flags:
            column = table[heading].map(str)
            if owner:
                answers[heading] = column.map(
                    lambda text, owner=owner: "yes" if owner in of_cell.get(text, ()) else "no"
                )
            else:
                answers[heading] = column.map(lambda text: "no" if text in of_cell else text)
        yes = np.any([_is_yes(column) for column in answers.values()], axis=0)
        left = yes if owner else yes | ~has_name
        has_name |= yes
        parts.append(table.assign(**answers, **{OPERATOR: owner}).loc[left])
        rows.append(np.flatnonzero(left))
    order = np.argsort(np.concatenate(rows), kind="stable")
    together = pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
    said: tuple[str, ...] = (
        f"Cells of {_listed(list(found.flags))} name operators ({_listed(names)}): each was taken to serve there.",
    )
    if unsure:
        cells = sum(int(table[heading].isin(unsure).sum()) for heading in found.flags)
        said += (f"{cells} cells that say neither yes nor no nor a name (such as '{min(unsure)[:40]}') were not used.",)
    columns = {**found.columns, "operator": Column(OPERATOR)}
    return together, Found(columns, found.flags, found.owned), np.concatenate(rows)[order], said


def _may_be_operator(name: str) -> bool:
    """Whether a word may be the name of an operator: no number, and no word for how good, planned or unsure something is."""
    words = re.findall(r"[^\W\d_]+", name)
    plain = name.strip()
    doubtful = (
        answer(plain) is not None or is_poor(plain) or is_gone(plain, status=True) or is_live(plain) or means_all(plain)
    )
    doubtful = doubtful or is_nothing(plain) or is_unsure(plain) or plain.casefold() in _VENDORS
    is_code = len("".join(words)) < 2  # A and P are codes of something
    return (
        bool(words)
        and len(words) <= 4
        and not re.search(r"[\d?%]", name)
        and not (doubtful or is_code)
        and len(name) <= 40
    )


#: Who makes the equipment of networks, and runs none.
_VENDORS = {
    *("huawei", "ericsson", "nokia", "nsn", "nokia siemens", "zte", "alcatel", "alcatel lucent", "alcatel-lucent", "samsung"),
    *("motorola", "siemens", "nortel", "parallel wireless", "mavenir", "datang", "fiberhome", "kathrein", "commscope", "vanu"),
}  # fmt: skip

#: A country has no more operators than this.
_MOST_OPERATORS = 12

#: The column of the technologies that stand below names of operators.
TECHNOLOGY = "technology (by operator)"


def _with_lists(
    path: Path, table: pd.DataFrame, found: Found, wanted: str | None
) -> tuple[pd.DataFrame, Found, np.ndarray, tuple[str, ...]] | None:
    """The same for a list with a column for each operator that holds technologies (``"2G, 3G"`` below ``MTN``); None where there
    are not two of them, or other columns tell the technologies."""
    used = {column.heading for column in found.columns.values()} | found.flags.keys() | found.owned.keys()
    names = [str(name) for name in table.columns if name not in used and _are_technologies(table[name])]
    # "Existing technology" and "Planned technology" are nobody's; nor is any, where a column of its own names who it is.
    if len(names) < 2 or found.flags or "operator" in found.columns or not all(map(is_name_of_owner, names)):
        return None
    parts, rows = [], []
    left = np.ones(len(table), dtype=bool)
    plain = table.drop(columns=names)
    chosen = [name for name in names if wanted is None or folded(name) == folded(wanted)]
    if not chosen:
        raise _no_such(path, str(wanted), names)
    for name in chosen:
        there = ~table[name].map(lambda text: answer_of(str(text)) is False).to_numpy(dtype=bool)
        parts.append(plain.loc[there].assign(**{TECHNOLOGY: table.loc[there, name], OPERATOR: name}))
        rows.append(np.flatnonzero(there))
        left &= ~there
    parts.append(plain.loc[left].assign(**{TECHNOLOGY: "", OPERATOR: ""}))
    rows.append(np.flatnonzero(left))
    order = np.argsort(np.concatenate(rows), kind="stable")
    together = pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
    columns = {name: column for name, column in found.columns.items() if name != "operator"}
    columns |= {"technology": Column(TECHNOLOGY), "operator": Column(OPERATOR)}
    notes: tuple[str, ...] = (f"Columns headed by operators tell their technologies: {_listed(chosen)}.",)
    if len(chosen) < len(names):
        others = [name for name in names if name not in chosen]
        notes += (f"The columns of other operators were left out: {_listed(others)}.",)
    return together, Found(columns, found.flags, found.owned), np.concatenate(rows)[order], notes


def _with_marks(
    path: Path, table: pd.DataFrame, found: Found, wanted: str | None
) -> tuple[pd.DataFrame, Found, np.ndarray, tuple[str, ...]] | None:
    """The same for a list with a column of technologies and one of yes and no for each operator (``x`` below ``MTN``); None where
    there are not two that are headed by brands and nothing else, or a column names the operators."""
    if "operator" in found.columns:
        return None
    used = {column.heading for column in found.columns.values()}
    names = [
        name
        for name in map(str, table.columns)
        if name not in used and operator_named(name) and _are_answers(table[name])
    ]
    if len(names) < 2:
        return None
    chosen = [name for name in names if wanted is None or folded(name) == folded(wanted)]
    if not chosen:
        raise _no_such(path, str(wanted), names)
    plain = table.drop(columns=names)
    yes = {name: _is_yes(table[name]) for name in chosen}
    left = ~np.any([_is_yes(table[name]) for name in names], axis=0)
    parts = [plain.loc[rows].assign(**{OPERATOR: name}) for name, rows in yes.items()]
    parts.append(plain.loc[left].assign(**{OPERATOR: ""}))
    rows = np.concatenate([*(np.flatnonzero(each) for each in yes.values()), np.flatnonzero(left)])
    order = np.argsort(rows, kind="stable")
    together = pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
    columns = {**found.columns, "operator": Column(OPERATOR)}
    notes = (f"Columns of yes and no tell the operators: {_listed(chosen)}.",)
    return together, Found(columns, found.flags, found.owned), rows[order], notes


def _are_technologies(column: pd.Series) -> bool:
    """Whether a column holds technologies or nothing, and some."""
    texts = [str(text) for text in column.unique() if answer_of(str(text)) is not False]
    readings = [technologies_of(text) for text in texts]
    return bool(readings) and all(one.found and not one.unknown and not one.others for one in readings)


def _part(
    table: pd.DataFrame, mine: list[str], found: Found, own: dict[str, str], rows: np.ndarray, owner: str | None
) -> pd.DataFrame:
    """Some rows with the columns of one operator alone (of ``mine``), under their headings without it; of nobody (None) with
    the columns that name no operator."""
    # An answer that no operator gives belongs to the rows without one.
    others = [heading for heading in mine if heading not in own] + (list(found.flags) if owner is not None else [])
    part = table.loc[rows].drop(columns=others)
    answers: dict[str, pd.Series] = {}
    for heading, plain in own.items():
        column = part.pop(heading)
        answers[plain] = column if plain not in answers else answers[plain].where(_is_yes(answers[plain]), column)
    return part.assign(**answers, **{OPERATOR: owner or ""})


def _is_yes(column: pd.Series) -> np.ndarray:
    return column.map(lambda text: bool(answer_of(str(text)))).to_numpy(dtype=bool)


def _are_answers(column: pd.Series) -> bool:
    """Whether a column answers with yes and no, cells of a site or bands, and nothing else."""
    texts = [str(text) for text in column.unique() if not is_nothing(str(text))]
    if not texts:
        return False
    for text in texts:
        if re.fullmatch(r"-?\d+([.,]\d+)?", text.strip()):
            if not text.strip().isdigit() or (int(text) > MOST_CELLS and int(text) not in BAND_MHZ):
                return False
        elif answer_of(text) is None:
            return False
    return True


def _operators(owners: dict[str, str]) -> dict[str, str]:
    """The operator of each heading: of several ways to write one, the first."""
    first: dict[str, str] = {}
    return {heading: first.setdefault(folded(owner), owner) for heading, owner in owners.items()}


def folded(name: str) -> str:
    """A name of an operator without what does not tell it from another: capitals, blanks, and points and dashes."""
    return re.sub(r"[\s.,'’_-]+", "", name).casefold() or name


def with_one_spelling(operators: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    """The operator of each row by the name that most rows have of those which differ in capitals, blanks, points and dashes
    alone; and what is to be said of them."""
    listed = operators.astype(str).str.strip().value_counts()
    ways: dict[str, list[str]] = {}
    for name in sorted(filter(None, listed.index), key=lambda name: (-int(listed[name]), name)):
        ways.setdefault(folded(name), []).append(name)
    name_of = {name: first for first, *others in ways.values() for name in others}
    said = tuple(
        f"The operator {', '.join(repr(one_line(name, 40)) for name in others[:8])} was taken for {one_line(first, 40)}: "
        "capitals, blanks, points and dashes alone do not make another."
        for first, *others in ways.values()
        if others
    )
    return operators.astype(str).str.strip().replace(name_of), said


def _note_on_columns(mine: dict[str, tuple[str, str]], operators: dict[str, str]) -> tuple[str, ...]:
    names = ", ".join(dict.fromkeys(one_line(name, 40) for name in operators.values()))
    return (f"Columns of yes and no tell operators ({names}) and technologies: {_listed(list(mine))}.",)


def _listed(headings: list[str]) -> str:
    shown = ", ".join(one_line(heading, 40) for heading in headings[:12])
    return f"{shown} and {len(headings) - 12} others" if len(headings) > 12 else shown


def with_network_codes(table: pd.DataFrame, found: Found, country: Country) -> tuple[pd.DataFrame, Found]:
    """The table with the codes of networks in its column of operators as OpenCelliD has them (``64110`` → ``641-10``), and what
    its columns are: where it has nothing but the codes of operators (MNC) these, with that of the country if it has one."""
    column = found.columns.get("operator")
    if column is None and "mnc" in found.columns and "mcc" not in found.columns and len(country.mccs) == 1:
        column = found.columns["mnc"]
        codes = table[column.heading].map(lambda text: f"{country.mccs[0]}{str(text).removesuffix('.0').zfill(2)}")
        table = table.assign(**{column.heading: codes.where(table[column.heading] != "", "")})
        found = replace(found, columns={**found.columns, "operator": column})
    if column is None:
        return table, found
    texts = table[column.heading]
    named = texts.map(lambda text: network_code(str(text), country.mccs) or text)
    return table.assign(**{column.heading: named}), found
