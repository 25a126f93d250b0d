"""Errors a user can mend: one base, one line each.

The message names the file (or the argument), says what is wrong and how to mend it. The command line prints that one
line and exits with status 2; a traceback appears only with ``--debug``.
"""

import difflib
from collections.abc import Sequence

#: Signs of a message that are shown; a damaged file may bring a "name" of a hundred megabytes.
_LONGEST = 1500


def one_line(text: str) -> str:
    """Text for a terminal: one line of printable signs of a bearable length, whatever a file or its name put into it."""
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
    return "".join(sign if sign.isprintable() else "?" for sign in shown)


def unknown_key(key: str, known: Sequence[str]) -> str:
    """What is said of a key that nobody reads: the nearest one that is read, else all of them."""
    close = [name for name in known if name.lower() == key.lower()] or difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    return f"'{key[:60]}' is not a key that is read; {hint}"


class EwcmError(Exception):
    """Base of every error that the engine raises on purpose. As text it is one line."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class InputError(EwcmError):
    """An input file is missing, unreadable, or says something that cannot be."""


class SettingsError(EwcmError):
    """A setting or an argument has a value that cannot be used."""


class CountryError(EwcmError):
    """The country code is not known and the inputs do not make up for it."""


class FetchError(EwcmError):
    """A download failed or brought something other than what was asked for."""


class PublishError(EwcmError):
    """The results could not be written to their place."""


class BatchError(EwcmError):
    """A batch of countries could not be started or resumed."""
