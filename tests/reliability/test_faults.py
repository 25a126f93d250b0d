"""Every file-system call of publishing and of a batch's state fails once, and is the last one of its process once.

What is there afterwards is the country of before or the new one, whole; what others have put beside it is untouched; the next
time all is well and nothing is left over.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.faults import FAIL, ISO3, KILL, NOTHING, Publisher

LONG = bool(os.environ.get("EWCM_LONG"))

#: Calls that are tried in the quick form: the first ones, the last ones and some in between.
SAMPLE = 3

#: Calls that take away a folder of work: where one of them fails, the next run does it.
REMOVALS = ("os.remove", "os.rmdir", "os.scandir", "os.listdir", "os.rename")

#: What somebody else has put beside the countries.
FOREIGN = {"notes.txt": b"mine", ".UGA.new-draft": b"mine too", "XYZ/index.html": b"<p>mine</p>", ".batch-notes": b"3"}


def files_of(place: Path) -> dict[str, bytes]:
    """Every file but those of other people and of locks; the one file with a time in it without the time."""
    found = {}
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.is_file() and name not in FOREIGN and not name.endswith("lock"):
            content = path.read_bytes()
            if path.name == "manifest.json":
                content = json.dumps({**json.loads(content), "written_at": ""}, sort_keys=True).encode()
            found[name] = content
    return found


def country_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.startswith(f"{ISO3}/")}


class Scene:
    """A place with other people's files, and what a country of each version looks like in it."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "maps"
        for name, content in FOREIGN.items():
            (self.place / name).parent.mkdir(parents=True, exist_ok=True)
            (self.place / name).write_bytes(content)
        self.publisher = Publisher(self.place)
        self.calls = 0
        self.whole = []
        for version in (1, 0):
            outcome = self.publisher.ask(NOTHING, version=version)
            assert outcome.error == "", outcome
            self.calls = outcome.calls
            self.whole.insert(0, files_of(self.place))
        assert country_of(self.whole[0]) != country_of(self.whole[1])

    def check(self, kind: str, call: int, version: int) -> None:
        """One fault on the way from the other version to this one."""
        outcome = self.publisher.ask(kind, call, version)
        assert outcome.known and "\n" not in outcome.error, outcome
        assert outcome.call, outcome
        assert outcome.killed == (kind == KILL)
        published = country_of(files_of(self.place))
        assert published in [country_of(whole) for whole in self.whole], outcome
        self.foreign_files_are_untouched(outcome)
        # What could not be removed after a success is removed by the next.
        if kind == FAIL and outcome.error and not outcome.call.startswith(REMOVALS):
            left = [path.name for path in self.place.iterdir() if path.name.startswith(f".{ISO3}.new-")]
            assert [name for name in left if name not in FOREIGN] == [], outcome
        again = self.publisher.ask(NOTHING, version=version)
        assert again.error == "", (outcome, again)
        assert files_of(self.place) == self.whole[version], outcome
        self.foreign_files_are_untouched(outcome)

    def foreign_files_are_untouched(self, outcome: object) -> None:
        for name, content in FOREIGN.items():
            assert (self.place / name).read_bytes() == content, outcome


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    found = Scene(tmp_path_factory.mktemp("faults"))
    yield found
    found.publisher.close()


@pytest.mark.parametrize("kind", [FAIL, KILL])
def test_a_fault_at_any_call_leaves_the_old_country_or_the_new_one(scene, kind, counted):
    assert scene.calls > 50
    calls = range(1, scene.calls + 1)
    if not LONG:
        calls = sorted({1, scene.calls, *random.Random(kind).sample(calls, SAMPLE - 2)})
    version = 1
    for call in calls:
        scene.check(kind, call, version)
        version = 1 - version
        counted(f"faults of publishing ({kind})", 1)
