"""docs/reliability.md names the test of each promise: all of them are there."""

import re

from hypothesis import settings

from tests.batch import test_killed as batches
from tests.conftest import ROOT
from tests.reliability import fuzzing, test_killed
from tests.reliability.doors import MEMORY_BYTES, PATIENCE_S
from tests.reliability.mutations import LONGEST_S, long_examples
from tests.reliability.seeds import seeds
from tests.reliability.test_hostile_files import WRONG

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
FOLDERS = {"R": "tests/reliability", "O": "tests/oracles", "tests": "tests"}


def test_every_test_that_the_page_names_is_there():
    names = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    named = re.findall(r"`(test_\w+…?)`", PAGE)
    assert len(named) > 50
    lacking = [
        name
        for name in named
        if not any(name == known or (name[-1] == "…" and known.startswith(name[:-1])) for known in names)
    ]
    assert lacking == []


def test_every_file_that_the_page_names_is_there():
    named = re.findall(r"`(R|O|tests)/([\w/]+\.py)", PAGE)
    assert len(named) > 20
    assert [path for root, path in named if not (ROOT / FOLDERS[root] / path).is_file()] == []


def test_every_promise_of_a_table_names_who_shows_it():
    rows = [
        line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ") and "shown by" not in line
    ]
    promises = [row for row in rows if len(row) == 2 and row[0].strip() not in ("promise", "what")]
    assert len(promises) > 50
    told = ("test_", "tests/", "the same", "R/", "O/")
    assert [row[0].strip() for row in promises if not any(word in row[1] for word in told)] == []


def cases(test) -> int:
    """The cases of the long form of a test."""
    (numbers,) = (mark.args[1] for mark in test.pytestmark if mark.name == "parametrize" and "seed" in mark.args[0])
    return len([one for one in numbers if getattr(one, "id", "") != "0"])


def test_the_numbers_of_the_page_are_those_of_the_tests():
    quick, much = (settings.get_profile(name).max_examples for name in ("quick", "long"))
    runs = cases(test_killed.test_a_run_is_ended_at_any_moment) * test_killed.KILLS
    batch = cases(batches.test_the_batch_is_killed) * batches.BATCH_KILLS
    lost = cases(batches.test_workers_are_killed)
    for words in (
        f"({much} where the quick form tries {quick})",
        f"kills `ewcm run` {runs} times, a batch {batch} times, workers of a batch some {round(lost * batches.WORKER_KILLS, -1)}",
        f"in each of {lost} batches",
        f"its scheduler {cases(batches.test_the_scheduler_is_killed)} times, asks a run to end {runs} times",
        f"({long_examples()} of each of {len(seeds())} seeds",
        f"of text for {fuzzing.SECONDS // 60} minutes",
        f"with {MEMORY_BYTES >> 30} GiB of memory and {PATIENCE_S:g} s",
        f"none of which takes {LONGEST_S:g} s of processor time",
    ):
        assert " ".join(words.split()) in " ".join(PAGE.split()), words
    assert len(WRONG) == 15 and "fifteen wrong types" in PAGE
