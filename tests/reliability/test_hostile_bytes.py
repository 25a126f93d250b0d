"""Damaged files of every format: read, or refused with one line; nothing written, nothing crashed, nothing without end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.reliability.doors import READ
from tests.reliability.mutations import check_damaged
from tests.reliability.seeds import seeds


@pytest.mark.parametrize("name", seeds())
def test_the_good_file_is_read(name, doors, tmp_path):
    answer = doors.ask(seeds()[name].door, seeds()[name].put(tmp_path))
    assert answer.outcome == READ, answer.text


@pytest.mark.parametrize("name", seeds())
def test_a_damaged_file_is_read_or_refused_in_one_line(name, doors, counted, tmp_path):
    check_damaged(name, doors, tmp_path, counted)


@examples(0.5)
@given(content=st.binary(max_size=200), name=st.sampled_from(sorted(seeds())))
def test_any_bytes_are_read_or_refused_in_one_line(doors, tmp_path_factory, content, name):
    folder = tmp_path_factory.mktemp("any")
    answer = doors.ask(seeds()[name].door, seeds()[name].put(folder, content))
    assert answer.fine, answer.text
    assert "\n" not in answer.text and len(answer.text) < 2000
