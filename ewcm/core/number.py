"""What counts as a number in files and calls."""

from __future__ import annotations

from typing import TypeGuard

#: A number of so many digits is no figure of anything here, and may be none that a computer's own numbers reach.
_NO_NUMBER = 1e300


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number: no true or false, which Python counts as 1 and 0, nor NaN, an infinity or more than any figure
    can be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_NO_NUMBER < value < _NO_NUMBER
