"""Lists that name operator and technology in one cell (``MTN 4G``, ``LTE (Airtel)``)."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from ewcm.errors import one_line
from ewcm.sources.headings import ALIASES, BY_VALUES, Column, Found, words_of
from ewcm.sources.operator_brands import operator_named
from ewcm.sources.operator_columns import OPERATOR, TECHNOLOGY
from ewcm.sources.quantities import is_nothing
from ewcm.sources.technologies import technologies_of

#: A column of more different cells is of names.
_MOST = 200


def with_operators_of_cells(table: pd.DataFrame, found: Found) -> tuple[pd.DataFrame, Found, tuple[str, ...]]:
    """The table with columns of its own for what the cells of one column name together, its columns, and what to say; as it is
    where other columns tell operators beside technologies, or not every cell names one known operator and technologies."""
    both = {"technology", "operator"} <= found.columns.keys()
    for heading in () if both or found.flags or found.owned else _columns(table, found):
        texts = table[heading].astype(str)
        halves = {text: _halves(text) for text in texts.unique()[: _MOST + 1] if not is_nothing(text)}
        if not halves or len(halves) > _MOST or not all(halves.values()):
            continue
        parts = texts.map({text: both for text, both in halves.items() if both})
        named = {
            name: parts.map(lambda one, part=part: one[part], na_action="ignore").fillna("")
            for part, name in enumerate((OPERATOR, TECHNOLOGY))
        }
        table = table.drop(columns=heading).assign(**named)
        columns = {**found.columns, "operator": Column(OPERATOR), "technology": Column(TECHNOLOGY)}
        example = one_line(next(iter(halves)), 40)
        said = f"Column '{one_line(heading, 60)}' names operator and technology in one cell (such as '{example}')."
        return table, replace(found, columns=columns), (said,)
    return table, found, ()


def _columns(table: pd.DataFrame, found: Found) -> list[str]:
    """The columns that may name both."""
    taken = [found.columns[name].heading for name in ("technology", "operator") if name in found.columns]
    if "technology" in found.columns:
        return taken[:1]
    likely = {*BY_VALUES["technology"], *ALIASES["operator"]}
    return taken + [
        str(name) for name in table.columns if str(name) not in taken and "".join(words_of(str(name))) in likely
    ]


def _halves(text: str) -> tuple[str, str] | None:
    """The operator and the technologies of a cell; None where it names not one of the first and some of the second alone."""
    apart = re.sub(r"(?i)(?<=[a-z])(?=[2-5]g(?![a-z0-9]))", " ", text)
    words = [word for word in re.split(r"[\s_().:/+,;|&-]+", apart) if word]
    technologies = [word for word in words if technologies_of(word).technologies]
    owner = operator_named(" ".join(word for word in words if word not in technologies))
    return (owner, ", ".join(technologies)) if owner and technologies else None
