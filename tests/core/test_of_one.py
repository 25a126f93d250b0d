"""Sentences about one thing."""

from __future__ import annotations

import pytest

from ewcm.of_one import of_one


@pytest.mark.parametrize(
    ("several", "one"),
    [
        (
            "1 rows have no 'Status'; they were taken as in service.",
            "1 row has no 'Status'; it was taken as in service.",
        ),
        ("1 values of 'H' could not be read and were not used.", "1 value of 'H' could not be read and was not used."),
        (
            "1 formulas of 'A' (such as E2) were never calculated.",
            "1 formula of 'A' (such as E2) was never calculated.",
        ),
        ("1 shapes crossed themselves and were mended.", "1 shape crossed itself and was mended."),
        ("1 values of 'they lie' are no numbers.", "1 value of 'they lie' is no number."),
        ("Assumed: 1 cells hold 0.", "Assumed: 1 cell holds 0."),
        ("11 rows have none.", "11 rows have none."),
        ("2.1 rows have none.", "2.1 rows have none."),
        ("1 of 8 rows were not used.", "1 of 8 rows were not used."),
    ],
)
def test_one_thing_is_said_in_the_singular(several, one):
    assert of_one(several) == one
