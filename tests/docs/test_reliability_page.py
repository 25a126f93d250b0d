"""docs/reliability.md names the test of each promise: all of them are there."""

import re

from tests.conftest import ROOT

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
