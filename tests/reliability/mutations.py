"""Damaged files of one seed, each opened in a process of its own under limits (see :mod:`tests.reliability.doors`)."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings

from tests.reliability.damage import damaged
from tests.reliability.doors import Doors
from tests.reliability.seeds import seeds

#: Seeds whose door writes on purpose (it brings inputs.toml up to date).
WRITES = ("ledger",)

#: Damaged files of each seed in the long form: together 10⁵.
LONG_EXAMPLES = 3000


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """What stands in a folder: size and time of change of each file."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


def check_damaged(name: str, doors: Doors, folder: Path, examples: int | None = None) -> None:
    """Damaged files of a seed are read, or refused in one line; nothing is written. ``examples``: how many, where it is not
    the number of the form."""
    seed = seeds()[name]
    others = tuple(other.content[:4096] for other in seeds().values() if other.door == seed.door)

    @settings(max_examples=examples or settings().max_examples)
    @given(damaged(seed.content, others))
    def check(content: bytes) -> None:
        path = seed.put(folder, content)
        before = state(folder)
        answer = doors.ask(seed.door, path)
        assert answer.fine, answer.text
        assert "\n" not in answer.text and len(answer.text) < 2000
        if name not in WRITES:
            assert state(folder) == before
        assert not list(doors.folder.iterdir())

    check()
