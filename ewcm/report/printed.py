"""Pages to print: a heading, what must be said, pictures and tables, without a network and without a script."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from ewcm.core.texts import decimal_text, number_text

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1b1b}"
    "table{border-collapse:collapse;font-size:13px}th,td{border-bottom:1px solid #ccc;padding:.25em .5em;text-align:start;"
    "vertical-align:top}td.n{text-align:end;font-variant-numeric:tabular-nums}.starter{background:#ffc107;padding:.5em;font-weight:700}"
    "th{font-weight:600;max-width:11em}h2{font-size:17px;margin:1.5em 0 .5em}@media print{body{margin:0}}"
)


def printed_page(
    title: str, text: str, notes: Iterable[str], body: str, language: str, mark: str = "", language_of_notes: str = ""
) -> str:
    """The page. All but ``body``, which is HTML, is plain text. ``mark``: that of the data (:func:`ewcm.report.marks.mark_of`).
    The notes may have a language of their own."""
    items = "".join(f"<li>{html.escape(one)}</li>" for one in notes)
    banner = f'<p class="starter">{html.escape(mark)}</p>' if mark else ""
    language_of_notes = language_of_notes or language
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{_direction(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body>{banner}<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        f'<ul lang="{language_of_notes}" dir="{_direction(language_of_notes)}">{items}</ul>{body}</body></html>\n'
    )


def printed_table(headings: Iterable[str], rows: Iterable[Sequence[Any]], language: str = "en") -> str:
    """A table as HTML: numbers to the right and as the language writes them, empty where they are not known."""
    heads = "".join(f"<th>{html.escape(one)}</th>" for one in headings)
    cells = "".join(f"<tr>{''.join(_cell(value, language) for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"


def _direction(language: str) -> str:
    return "rtl" if language == "ar" else "ltr"


def _cell(value: Any, language: str) -> str:
    if isinstance(value, str):
        return f"<td>{html.escape(value)}</td>"
    if pd.isna(value):
        return "<td></td>"
    number = float(value)
    whole = abs(number) >= 200 or number.is_integer()
    text = number_text(number, language) if whole else decimal_text(f"{number:.3f}", language)
    return f'<td class="n">{text}</td>'
