"""The reader of exports of cells under a fuzzer."""

import pytest

from tests.reliability.fuzzing import fuzz


@pytest.mark.long
def test_a_fuzzer_finds_nothing_in_the_reader_of_cells(tmp_path):
    fuzz("cells", tmp_path)
