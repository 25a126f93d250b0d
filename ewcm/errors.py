"""Errors a user can mend: one base, one line each.

The message names the file (or the argument), says what is wrong and how to mend it. The command line prints that one
line and exits with status 2; a traceback appears only with ``--debug``.
"""


class EwcmError(Exception):
    """Base of every error that the engine raises on purpose."""


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
