"""Damaged files of every format: read, or refused with one line; nothing written, nothing crashed, nothing without end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.reliability.doors import READ, REFUSED
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


def test_a_shape_whose_corners_were_lost_is_one_line(doors, tmp_path):
    """One of 99,677 damaged files that ended in a traceback: a byte of the coordinates of a MapInfo table is gone."""
    seed = seeds()["boundaries map"]
    content = seed.content[:269] + seed.content[270:388] + b"\x00" + seed.content[388:]
    answer = doors.ask(seed.door, seed.put(tmp_path, content))
    assert answer.outcome == REFUSED and "holds shapes that are damaged" in answer.text, answer
