"""Damaged files of one seed, each opened in a process of its own under limits (see :mod:`tests.reliability.doors`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from hypothesis import given, settings

from tests.reliability.damage import damaged
from tests.reliability.doors import REFUSED, Doors
from tests.reliability.listener import listening
from tests.reliability.seeds import seeds

#: Seeds whose door writes on purpose (it brings inputs.toml up to date).
WRITES = ("ledger",)

#: Damaged files in the long form, over all seeds.
ALTOGETHER = 100_000

#: No damaged file may take longer, of the processor's time [s].
LONGEST_S = 10.0

#: No refusal has more characters.
LONGEST_LINE = 1510

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


def says_it_in_one_line(text: str, files: Iterable[str]) -> bool:
    """Whether a refusal is one printable line of bounded length that names one of the files."""
    return text.isprintable() and len(text) <= LONGEST_LINE and any(name in text for name in files)


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
            assert answer.outcome != REFUSED or says_it_in_one_line(answer.text, seed.files), answer.text
            assert answer.seconds < LONGEST_S
            assert not listener.asked()
            if name not in WRITES:
                assert state(folder) == before
            assert not list(doors.folder.iterdir())

        check()
