"""Damaged files of one seed, each opened in a process of its own under limits (see :mod:`tests.reliability.doors`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings

from tests.reliability.damage import damaged
from tests.reliability.doors import Doors
from tests.reliability.listener import listening
from tests.reliability.seeds import seeds

#: Seeds whose door writes on purpose (it brings inputs.toml up to date).
WRITES = ("ledger",)

#: Damaged files in the long form, over all seeds.
ALTOGETHER = 100_000

#: No damaged file may take longer, of the processor's time [s].
LONGEST_S = 10.0

#: The address in damage that leads elsewhere; in a test it is that of a port which notices calls.
ELSEWHERE = b"127.0.0.1:9"

#: Says what was tried and how often (the fixture ``counted``).
Count = Callable[[str, int], None]


def long_examples() -> int:
    """Damaged files of each seed in the long form."""
    return math.ceil(ALTOGETHER / len(seeds()))


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """What stands in a folder: size and time of change of each file."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


def check_damaged(name: str, doors: Doors, folder: Path, count: Count, examples: int | None = None) -> None:
    """Damaged files of a seed are read, or refused in one line; nothing is written, nobody is asked, none takes long.
    ``examples``: how many, where it is not the number of the form."""
    seed = seeds()[name]
    others = tuple(other.content[:4096] for other in seeds().values() if other.door == seed.door)
    with listening() as listener:

        @settings(max_examples=examples or settings().max_examples)
        @given(damaged(seed.content, others))
        def check(content: bytes) -> None:
            path = seed.put(folder, content.replace(ELSEWHERE, listener.address.encode()))
            before = state(folder)
            answer = doors.ask(seed.door, path)
            count("damaged files", 1)
            assert answer.fine, answer.text
            assert "\n" not in answer.text and len(answer.text) < 2000
            assert answer.seconds < LONGEST_S
            assert not listener.asked()
            if name not in WRITES:
                assert state(folder) == before
            assert not list(doors.folder.iterdir())

        check()
