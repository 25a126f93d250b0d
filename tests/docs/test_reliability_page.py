"""docs/reliability.md names the test of each promise: all of them are there, and as often as it says."""

import re

from hypothesis import settings

from tests.batch import test_killed as of_batches
from tests.conftest import ROOT
from tests.reliability import fuzzing, mutations
from tests.reliability import test_killed as of_runs
from tests.reliability.doors import MEMORY_BYTES, PATIENCE_S
from tests.reliability.seeds import seeds
from tests.reliability.test_hostile_files import WRONG
from tests.sources import test_site_lists as of_lists

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


def test_the_page_says_how_often_what_is_tried():
    def cases(test):
        """How many, of the long form too, by each parameter of a test."""
        return [len(mark.args[1]) for mark in test.pytestmark if mark.name == "parametrize"]

    quick, long = (settings.get_profile(name).max_examples for name in ("quick", "long"))
    ended, seeds_of_runs = cases(of_runs.test_a_run_is_ended_at_any_moment)
    runs = of_runs.KILLS * seeds_of_runs
    (batches,), (of_workers,) = cases(of_batches.test_the_batch_is_killed), cases(of_batches.test_workers_are_killed)
    (schedulers,) = cases(of_batches.test_the_scheduler_is_killed)
    (forms,), (of_uganda,) = (
        cases(test)
        for test in (
            of_lists.test_every_form_gives_the_same_sites,
            of_lists.test_uganda_in_any_form_covers_the_same_people,
        )
    )
    readers = [path.stem for path in (ROOT / "tests" / "reliability").glob("test_fuzz_*.py")]
    words = {2: "two", 3: "three", 5: "five", 8: "eight"}
    page = " ".join(PAGE.split())
    for said in (
        f"{round(long / quick)} times the examples of most properties ({long} where the quick form tries {quick})",
        f"kills `ewcm run` {runs} times, a batch {of_batches.BATCH_KILLS * (batches - 1)} times",  # one in the quick form
        f"({words[of_batches.WORKER_KILLS]} in each of {of_workers} batches",
        f"its scheduler {schedulers} times, asks a run to end {runs} times",
        f"fuzzes {words[len(readers)]} readers of text (",
        f"for {fuzzing.SECONDS // 60} minutes each",
        f"({mutations.long_examples()} of each of {len(seeds())} seeds",
        f"one list of sites in {forms} forms",
        f"Uganda's cells in {words[of_uganda]} of them",
        f"with {MEMORY_BYTES >> 30} GiB of memory and {PATIENCE_S:g} s",
        f"none of which takes {mutations.LONGEST_S:g} s of processor time",
    ):
        assert said in page, said
    assert ended == 2  # killed, and asked to end
    assert len(WRONG) == 15 and "fifteen wrong types" in PAGE
