"""What of a sheet is not as somebody sees it who opens the workbook: formulas without values, hidden rows, what is struck out."""

from __future__ import annotations

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.workbooks import Sheet

#: So many rows are named one by one.
_NAMED = 8


def doubts_of_sheet(name: str, sheet: Sheet, first: int = 0) -> tuple[InputWarning, ...]:
    """What is to be said of a sheet whose table begins with row ``first`` (the first of all is 0)."""
    shown = one_line(name, 60)
    found = []
    if sheet.not_calculated:
        example = f" (such as {sheet.formula})" if sheet.formula else ""
        text = (
            f"{sheet.not_calculated} formulas of sheet '{shown}'{example} were never calculated and were read as empty cells; "
            "open the workbook, and save it again."
        )
        found.append(InputWarning("formulas", text, {"count": sheet.not_calculated, "example": sheet.formula}))
    if sheet.hidden_rows:
        text = (
            f"{sheet.hidden_rows} rows of sheet '{shown}' are hidden in the workbook, by a filter or by hand, and were read "
            "too."
        )
        found.append(InputWarning("hidden_rows", text, {"count": sheet.hidden_rows, "sheet": shown}))
    return (*found, *_struck(shown, sheet, first))


def _struck(name: str, sheet: Sheet, first: int) -> list[InputWarning]:
    """That rows, or single cells, are struck through and were read as all others."""
    rows, cells = sheet.struck.rows(sheet.rows, first)
    found = []
    if sheet.struck.by_rule:
        text = (
            f"A rule of sheet '{name}' (conditional formatting) strikes cells through, and all of them were read; if that means "
            "removed, delete those rows."
        )
        found.append(InputWarning("struck_by_rule", text, {"sheet": name}))
    if rows:
        named = ", ".join(str(row + 1) for row in rows[:_NAMED]) + (", …" if len(rows) > _NAMED else "")
        example = one_line(next(cell for cell in sheet.rows[rows[0]] if cell), 40)
        text = (
            f"{len(rows)} rows of sheet '{name}' are struck through in the workbook (row {named}, such as '{example}') and were "
            "read as all others; if that means removed, delete them."
        )
        values = {"count": len(rows), "sheet": name, "rows": named, "example": example}
        found.append(InputWarning("struck_rows", text, values))
    if cells:
        row, column = cells[0]
        example = one_line(sheet.rows[row][column], 40)
        place = f"{letters_of(column)}{row + 1}"
        text = (
            f"{len(cells)} cells of sheet '{name}' are struck through, wholly or in part (such as {place}, '{example}'), and "
            "were read as all others; if that means removed, delete what is struck."
        )
        values = {"count": len(cells), "sheet": name, "place": place, "example": example}
        found.append(InputWarning("struck_cells", text, values))
    return found


def letters_of(column: int) -> str:
    """The name of a column: A, B, …, AA."""
    letters, column = "", column + 1
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters
