"""Thousands of damaged files of each seed: rasters of people. Testers share the files ``test_mutated_….py`` out."""

from __future__ import annotations

import pytest

from tests.reliability.mutations import check_damaged, long_examples
from tests.reliability.seeds import seeds

NAMES = [name for name, seed in seeds().items() if seed.door.startswith("population")]


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_thousands_of_damaged_files_are_read_or_refused_in_one_line(name, doors, counted, tmp_path):
    check_damaged(name, doors, tmp_path, counted, long_examples())
