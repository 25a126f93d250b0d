"""kill -9 of ``ewcm run`` at any moment, again and again: the country of before or the new one is there, whole.

Nobody else's file is touched, and the next run leaves what one leaves that nobody disturbs. The batch, its workers and its
scheduler: tests/batch/test_killed.py.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.batch.made import hashes, make_country
from tests.reliability.forked import Commands

#: Kills of each seed.
KILLS = 10

#: What somebody else has put at the place of results, in forms that are much like the engine's own.
FOREIGN = {
    "notes.txt": "mine",
    ".UGA.new-draft/essay.txt": "mine too",
    "XYZ/index.html": "<p>mine</p>",
    ".UGA.old/x": "mine",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lists of sites of one country, and files of somebody else at the place of results."""
    root = tmp_path_factory.mktemp("killed")
    make_country(root / "data", "UGA")
    for name, content in FOREIGN.items():
        (root / "maps" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "maps" / name).write_text(content)
    return root


@pytest.fixture(scope="module")
def commands(folder: Path) -> Iterator[Commands]:
    found = Commands(folder)
    yield found
    found.close()


def run(version: int) -> tuple[str, ...]:
    """The command that makes one of two versions of the country."""
    return ("run", "UGA", "--quiet", "--radius-km", str(4 + 3 * version))


@pytest.fixture(scope="module")
def whole(folder: Path, commands: Commands) -> tuple[list[dict[str, str]], float]:
    """What runs leave that nobody disturbs, and how long one takes [s]."""
    found = []
    for version in (0, 1):
        begun = time.monotonic()
        assert commands.end(commands.start(*run(version))) == 0, commands.said()
        found.append(hashes(folder / "maps"))
    assert found[0] != found[1]
    return found, time.monotonic() - begun


def of_country(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if name.startswith("UGA/")}


def paths(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*"))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked to end"])
def test_a_run_is_ended_at_any_moment(seed, number, folder, commands, whole, counted: Callable[[str, int], None]):
    versions, lasts_s = whole
    place, dice = folder / "maps", random.Random(seed)
    before, there = hashes(folder / "data"), paths(place)
    ended = 0
    for trial in range(6 * KILLS):
        if ended == KILLS:
            break
        version = (seed + trial) % 2
        # While it computes, or while the new country is written beside the old one.
        process = commands.start(*run(version))
        late = dice.random() < 0.5
        if late:
            end = time.monotonic() + 30 * lasts_s
            while not list(place.glob(".UGA.new-????????/country")) and time.monotonic() < end:
                time.sleep(0.002)
        status = commands.end(process, dice.uniform(0, 0.6 * lasts_s if late else lasts_s), number)
        assert status in (-number, 128 + number, 0), commands.said()
        if status:  # else it was done before
            ended += 1
            counted(f"runs ended by {number.name}", 1)
        assert of_country(hashes(place)) in [of_country(files) for files in versions]
        assert all((place / name).read_text() == content for name, content in FOREIGN.items())
        if number == signal.SIGTERM:
            assert paths(place) == there
    assert commands.end(commands.start(*run(version))) == 0, commands.said()
    assert hashes(place) == versions[version]
    assert paths(place) == there and hashes(folder / "data") == before
    assert "Traceback" not in commands.said(), commands.said()
