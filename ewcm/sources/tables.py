"""Reading tables of text: separators, headers and broken lines, every lost line counted."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.core.record import GRADE, grade_of
from ewcm.errors import InputError
from ewcm.sources.files import first_line

#: How the reasons begin that say nothing against a row.
_NOT_BROKEN = ("of another", "that are no")


#: Characters that are parsed at once where a table is read by pieces.
_PIECE = 1 << 24

#: A table with more columns is none.
MOST_COLUMNS = 500


def parse_rows(text: str, names: list[str], separator: str = ",", quoted: bool = True) -> tuple[pd.DataFrame, int]:
    """All lines of a text without a header as text columns, and how many had too many fields (they are left out).

    ``quoted``: whether ``"`` encloses fields (a GeoNames dump has bare quotes). Missing fields are "".
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it means that fields were dropped
            table = _parse(text, names, separator, quoted)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, ValueError, OverflowError):
        return _parse_by_line(text, names, separator, quoted)
    # An open quote that closes again lines later swallows those in between without an error.
    return (table, 0) if len(table) == len(_lines(text)) else _parse_by_line(text, names, separator, quoted)


def parse_pieces(
    text: str, start: int, names: list[str], wanted: Sequence[str], numeric: Sequence[str], separator: str = ","
) -> Iterator[tuple[pd.DataFrame, int]]:
    """As :func:`parse_rows` from ``start`` on, some lines at a time and with the ``wanted`` columns only, for tables of which
    every column as text would fill the memory (10⁷ rows of 14 columns: 8 GB) and take minutes.

    Columns are text; those among the ``numeric`` ones are float64 where each of their fields is a number or empty, of which
    :func:`numbers` gives the same.
    """
    kept = [name for name in names if name in wanted]
    types = {name: "float64" if name in numeric else "str" for name in kept}
    while start < len(text):
        end = text.find("\n", start + _PIECE) + 1 or len(text)
        piece = text[start:end]
        start = end
        if _is_plain(piece, len(names), separator):
            try:
                table = _parse(piece, names, separator, quoted=False, columns=kept, types=types)
            except (ValueError, OverflowError):  # a number that is none: it costs its row only
                table = _parse(piece, names, separator, quoted=False, columns=kept)
            yield table, 0
        elif not piece.isspace():
            table, lost = parse_rows(piece, names, separator)
            yield table[kept], lost


def _is_plain(piece: str, columns: int, separator: str) -> bool:
    """Whether lines hold no quotes, no other alphabets and so many fields each: then columns may be skipped."""
    if '"' in piece or not piece.isascii() or piece.isspace():
        return False
    data = np.frombuffer(piece.encode("ascii"), dtype=np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if not ends.size or ends[-1] != data.size - 1:
        ends = np.append(ends, data.size)
    before = np.searchsorted(np.flatnonzero(data == ord(separator)), ends)
    return bool((np.diff(before, prepend=0) == columns - 1).all())


def _lines(text: str) -> list[str]:
    """The lines with anything in them (``str.splitlines`` would also split at signs that stand inside names)."""
    return [line for line in text.split("\n") if line.strip()]


def _parse(
    text: str,
    names: list[str],
    separator: str,
    quoted: bool,
    columns: list[str] | None = None,
    types: dict[str, str] | None = None,
) -> pd.DataFrame:
    """All columns as text, or those that are asked for; ``types`` may name others, and then a number may be lacking."""
    absent = [name for name, kind in (types or {}).items() if kind == "float64"]
    return pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=None,
        names=names,
        usecols=columns,
        dtype=types or str,
        keep_default_na=False,
        na_values={name: [""] for name in absent} or None,
        na_filter=bool(absent),
        skipinitialspace=True,
        index_col=False,
        on_bad_lines="error",
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )


def _parse_by_line(text: str, names: list[str], separator: str, quoted: bool) -> tuple[pd.DataFrame, int]:
    """For a table with broken lines: every line is judged by itself, so that an open quote costs one line only."""
    whole_lines, lost = [], 0
    for line in _lines(text):
        if quoted and '"' in line:
            fields = _fields(line, separator)
            count = len(fields)
            line = separator.join('"' + field.replace('"', '""') + '"' for field in fields)
        else:
            count = line.count(separator) + 1
        if 0 < count <= len(names):
            whole_lines.append(line)
        else:
            lost += 1
    if not whole_lines:
        return pd.DataFrame(columns=names, dtype=str), lost
    return _parse("\n".join(whole_lines), names, separator, quoted), lost


def _fields(line: str, separator: str) -> list[str]:
    """The fields of a line with quotes; none where they cannot be told."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return []


def guess_separator(path: Path, text: str) -> str:
    """The separator of the header line: the commonest of comma, semicolon and tab."""
    line = first_line(text)
    separator = max(",;\t", key=line.count)
    if not line.count(separator):
        raise InputError(f"{path}: its first line is not a header with several columns; export it as CSV with commas")
    return separator


def read_headed(path: Path, text: str) -> tuple[pd.DataFrame, int]:
    """A table with a header; column names in lower case without surrounding blanks. See :func:`parse_rows`."""
    names, separator, start = read_heading(path, text)
    rest = text[start:]
    if not rest.strip():
        return pd.DataFrame(columns=names, dtype=str), 0
    return parse_rows(rest, names, separator)


def read_heading(path: Path, text: str) -> tuple[list[str], str, int]:
    """The names of the columns as :func:`read_headed` gives them, the separator, and where the rows begin."""
    separator = guess_separator(path, text)
    begin = len(text) - len(text.lstrip())
    start = text.find("\n", begin) + 1 or len(text)
    first = text[begin:start]
    if first.count(separator) >= MOST_COLUMNS:
        raise InputError(f"{path}: has more than {MOST_COLUMNS} columns; export only those that are read")
    names = [name.strip().strip('"').strip().lower() for name in first.rstrip("\r").split(separator)]
    double = next((name for name in names if name and names.count(name) > 1), None)
    if double is not None:
        raise InputError(f"{path}: has two columns named '{double[:60]}'; rename one")
    # A column without a heading cannot be asked for; its place keeps the others in theirs.
    names = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    return names, separator, start


def grade_of_table(table: pd.DataFrame) -> str:
    """The mark in a table's column ``data_grade`` (columns in lower case), as :func:`grade_of` reads it."""
    return grade_of(table[GRADE].unique()) if GRADE in table.columns else ""


def numbers(column: pd.Series) -> np.ndarray:
    """A column of text (or of numbers) as float64; what is no finite number becomes NaN."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def decimal_numbers(column: pd.Series) -> np.ndarray:
    """A column of text as float64, with decimal commas too, as lists with semicolons have them."""
    return numbers(column.astype(str).str.replace(r"^(\s*[-+]?\d+),(\d+\s*)$", r"\1.\2", regex=True))


def reasons_text(counts: dict[str, int]) -> str:
    """``3 with no position, 1 of another country``: the reasons that happened."""
    return ", ".join(f"{count} {reason}" for reason, count in counts.items() if count)


def warning_of(counts: dict[str, int], rows: int) -> tuple[InputWarning, ...]:
    """The warning about a table of ``rows`` rows, some of which were not used; none if all were."""
    lost = sum(counts.values())
    if not lost:
        return ()
    return (
        InputWarning(
            "rows", f"{lost} of {rows} rows were not used: {reasons_text(counts)}.", {"lost": lost, "rows": rows}
        ),
    )


def facts_of(counts: dict[str, int]) -> dict[str, object]:
    """For a record: rows not used by reason, and how many of them are broken (and not merely of no concern here)."""
    broken = sum(count for reason, count in counts.items() if not reason.startswith(_NOT_BROKEN))
    return {"broken_rows": broken, "not_used": {reason: count for reason, count in counts.items() if count}}
