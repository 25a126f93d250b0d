"""Warnings about an input: what looks wrong in a file and does not stop a run."""

from __future__ import annotations

from typing import Any

from ewcm.of_one import of_one


class InputWarning(str):
    """A full English sentence, and what it takes to say it in another language: a ``code``, and the ``values`` in it."""

    code: str
    values: dict[str, Any]

    def __new__(cls, code: str, text: str, values: dict[str, Any] | None = None) -> InputWarning:
        warning = super().__new__(cls, of_one(text))
        warning.code, warning.values = code, values or {}
        return warning

    def __getnewargs__(self) -> tuple[str, str, dict[str, Any]]:  # type: ignore[override]  # of a copy, with its code
        return self.code, str(self), self.values


class InputNote(InputWarning):
    """How an input was read, in the same form: nothing to doubt."""
