"""Notes on an alert, what was assumed or left out when it was read: English texts that can be told in other languages."""

from __future__ import annotations

from collections.abc import Mapping

from ewcm.core.texts import filled, texts_of


class AlertNote(str):
    """A note: its English text, and ``code`` and ``values`` with which others are made."""

    code: str
    values: Mapping[str, object]


def note(code: str, **values: object) -> AlertNote:
    """The note of a code (``note.<code>`` in the texts of alerts) with its values."""
    found = AlertNote(filled(texts_of("alert")["en"][f"note.{code}"], values))
    found.code, found.values = code, values
    return found


def in_language(text: str, language: str) -> str:
    """A note in a language; texts of other origin as they are."""
    if not isinstance(text, AlertNote):
        return text
    words = {**texts_of("alert")["en"], **texts_of("alert")[language]}
    return filled(words[f"note.{text.code}"], text.values, language)
