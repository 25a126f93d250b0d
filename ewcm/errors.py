"""Errors a user can mend: one base, one line each.

The message names the file (or the argument), says what is wrong and how to mend it. The command line prints that one
line and exits with status 2; a traceback appears only with ``--debug``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from ewcm.of_one import of_one_after_name

#: Characters of a message that are shown; a damaged file may bring a "name" of a hundred megabytes.
_LONGEST = 1500

#: Line breaks, tabs and other white space than plain spaces, with the spaces around them.
_BREAK = re.compile(r"\s*[^\S ]\s*")
_BREAK_AT_AN_END = re.compile(r"\A\s*[^\S ]\s*|\s*[^\S ]\s*\Z")


def one_line(text: object, longest: int = _LONGEST) -> str:
    """Anything as one printable line of at most ``longest`` characters, whatever a file or its name put into it.

    Line breaks and tabs become a space, other control characters a question mark; the middle of a long text is left out,
    as its beginning names the file and its end the mend. An exception without a text gives its kind.
    """
    plain = str(text) or (type(text).__name__ if isinstance(text, BaseException) else "")
    if len(plain) > longest:
        half = (longest - 3) // 2
        plain = f"{plain[:half]} … {plain[-half:]}"
    plain = _BREAK.sub(" ", _BREAK_AT_AN_END.sub("", plain))
    return "".join(character if character.isprintable() else "?" for character in plain)


def unknown_key(key: str, known: Sequence[str]) -> str:
    """What is said of a key that nobody reads: the nearest one that is read, else all of them."""
    close = [name for name in known if name.lower() == key.lower()] or difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    return f"'{key[:60]}' is not a key that is read; {hint}"


class EwcmError(Exception):
    """Base of every error that the engine raises on purpose. As text it is one line."""

    def __str__(self) -> str:
        return of_one_after_name(one_line(super().__str__()))


class InputError(EwcmError):
    """An input file is missing, unreadable, or says something that cannot be."""


class InputChangedError(InputError):
    """An input was written to while it was read."""


class SettingsError(EwcmError):
    """A setting or an argument has a value that cannot be used."""


class CountryError(EwcmError):
    """The country code is not known and the inputs do not make up for it."""


class FetchError(EwcmError):
    """A download failed or brought something other than what was asked for."""


class PublishError(EwcmError):
    """The results could not be written to their place."""


class MissingPackageError(EwcmError):
    """What was asked for needs packages that this installation lacks; the message has the command that brings them."""


class BatchError(EwcmError):
    """A batch of countries could not be started or resumed."""
