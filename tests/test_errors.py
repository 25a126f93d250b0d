"""What is shown of text from outside: one printable line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.errors import InputError, one_line


@given(st.text(max_size=500), st.integers(10, 300))
def test_text_from_outside_is_one_short_printable_line(text: str, longest: int) -> None:
    shown = one_line(text, longest)
    assert len(shown) <= longest and shown.isprintable()


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=300))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  two  spaces", "  two  spaces"),
        ("\r\nfirst\n\n\tsecond \n", "first second"),
        ("a\x1b[31mb\x00", "a?[31mb?"),
        ("line\u2028break\u00a0here", "line break here"),
        (ValueError("bad\nvalue"), "bad value"),
        (MemoryError(), "MemoryError"),
        (42, "42"),
    ],
)
def test_breaks_become_spaces_and_controls_question_marks(text: object, shown: str) -> None:
    assert one_line(text) == shown


def test_a_long_message_keeps_the_file_and_the_mend() -> None:
    said = str(InputError(f"people.tif: holds {'x' * 10_000}; correct it"))
    assert said.startswith("people.tif: holds xx") and said.endswith("xx; correct it") and len(said) <= 1500
