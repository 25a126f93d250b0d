"""Pages to print: a heading, what must be said, pictures and tables, without a network and without a script."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1b1b}"
    "table{border-collapse:collapse;font-size:13px}th,td{border-bottom:1px solid #ccc;padding:.25em .5em;text-align:start;"
    "vertical-align:top}td.n{text-align:end;font-variant-numeric:tabular-nums}.starter{background:#ffc107;padding:.5em}"
    "th{font-weight:600;max-width:11em}@media print{body{margin:0}}"
)


def printed_page(
    title: str, text: str, notes: Iterable[str], body: str, language: str, starter: bool, language_of_notes: str = ""
) -> str:
    """The page. Title, text and notes are plain text, ``body`` is HTML; the notes may have a language of their own."""
    items = "".join(f"<li>{html.escape(one)}</li>" for one in notes)
    mark = '<p class="starter">STARTER DATA</p>' if starter else ""
    language_of_notes = language_of_notes or language
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{_direction(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body>{mark}<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        f'<ul lang="{language_of_notes}" dir="{_direction(language_of_notes)}">{items}</ul>{body}</body></html>\n'
    )


def printed_table(headings: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as HTML: numbers to the right, empty where they are not known."""
    heads = "".join(f"<th>{html.escape(one)}</th>" for one in headings)
    cells = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"


def _direction(language: str) -> str:
    return "rtl" if language == "ar" else "ltr"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"<td>{html.escape(value)}</td>"
    if pd.isna(value):
        return "<td></td>"
    number = float(value)
    text = f"{number:,.0f}" if abs(number) >= 200 or number.is_integer() else f"{number:.3f}"
    return f'<td class="n">{text}</td>'
