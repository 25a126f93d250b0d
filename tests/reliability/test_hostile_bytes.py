"""Damaged files of every format: read, or refused with one line; nothing written, nothing crashed, nothing without end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reliability.damage import damaged
from tests.reliability.doors import READ, Doors
from tests.reliability.seeds import seeds

#: Seeds whose door writes on purpose (it brings inputs.toml up to date).
WRITES = ("ledger",)


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    process = Doors()
    yield process
    process.close()


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """What stands in a folder: size and time of change of each file."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("name", seeds())
def test_the_good_file_is_read(name, doors, tmp_path):
    answer = doors.ask(seeds()[name].door, seeds()[name].put(tmp_path))
    assert answer.outcome == READ, answer.text


@pytest.mark.parametrize("name", seeds())
def test_a_damaged_file_is_read_or_refused_in_one_line(name, doors, tmp_path):
    seed = seeds()[name]
    others = tuple(other.content[:4096] for other in seeds().values() if other.door == seed.door)

    @given(damaged(seed.content, others))
    def check(content: bytes) -> None:
        path = seed.put(tmp_path, content)
        before = state(tmp_path)
        answer = doors.ask(seed.door, path)
        assert answer.fine, answer.text
        assert "\n" not in answer.text and len(answer.text) < 2000
        if name not in WRITES:
            assert state(tmp_path) == before
        assert not list(doors.folder.iterdir())

    check()


@given(content=st.binary(max_size=200), name=st.sampled_from(sorted(seeds())))
def test_any_bytes_are_read_or_refused_in_one_line(doors, tmp_path_factory, content, name):
    folder = tmp_path_factory.mktemp("any")
    answer = doors.ask(seeds()[name].door, seeds()[name].put(folder, content))
    assert answer.fine, answer.text
    assert "\n" not in answer.text and len(answer.text) < 2000
