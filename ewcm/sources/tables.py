"""Reading tables of text: separators, headers and broken lines, every lost line counted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.errors import InputError

#: No line of a table is longer than this; a longer one is no line of text.
_MAX_FIELD = 1_000_000


def parse_rows(
    path: Path, text: str, names: list[str] | None, separator: str = ",", quoted: bool = True
) -> tuple[pd.DataFrame, int]:
    """All lines as text columns, and how many had more fields than the header (they are left out).

    ``quoted``: whether ``"`` encloses fields (a GeoNames dump has bare quotes). ``names``: column names of a file without a header; None when the first line is the header. Missing fields are "".
    Raises :class:`InputError` when nothing of it is a table.
    """
    try:
        table = _parse(text, names, separator, on_bad_lines="error", quoting=0 if quoted else csv.QUOTE_NONE)
        return table, 0
    except (pd.errors.ParserError, csv.Error, ValueError, OverflowError):
        pass
    lost = 0

    def lose(_: list[str]) -> None:
        nonlocal lost
        lost += 1

    try:
        table = _parse(text, names, separator, engine="python", on_bad_lines=lose, quoting=csv.QUOTE_NONE)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError, OverflowError) as error:
        raise InputError(f"{path}: is not a table of text; export it as CSV with commas") from error
    return table.apply(lambda column: column.str.strip('"')), lost


def _parse(text: str, names: list[str] | None, separator: str, **options: object) -> pd.DataFrame:
    csv.field_size_limit(_MAX_FIELD)
    return pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=0 if names is None else None,
        names=names,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        skipinitialspace=True,
        index_col=False,
        skip_blank_lines=True,
        **options,  # type: ignore[arg-type]
    )


def guess_separator(path: Path, text: str) -> str:
    """The separator of the header line: the commonest of comma, semicolon and tab."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=line.count)
    if not line.count(separator):
        raise InputError(f"{path}: its first line is not a header with several columns; export it as CSV with commas")
    return separator


def read_headed(path: Path, text: str) -> tuple[pd.DataFrame, int]:
    """A table with a header; column names in lower case without surrounding blanks. See :func:`parse_rows`."""
    table, lost = parse_rows(path, text, None, guess_separator(path, text))
    table.columns = [str(name).strip().lower() for name in table.columns]
    if table.columns.duplicated().any():
        double = table.columns[table.columns.duplicated()][0]
        raise InputError(f"{path}: has two columns named '{double}'; rename one")
    return table, lost


def numbers(column: pd.Series) -> np.ndarray:
    """A text column as float64; what is no finite number becomes NaN."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def told(counts: dict[str, int]) -> str:
    """``3 with no position, 1 of another country``: the reasons that happened."""
    return ", ".join(f"{count} {reason}" for reason, count in counts.items() if count)
