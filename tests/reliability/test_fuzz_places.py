"""The reader of tables of places under a fuzzer."""

import pytest

from tests.reliability.fuzzing import fuzz


@pytest.mark.long
def test_a_fuzzer_finds_nothing_in_the_reader_of_places(tmp_path):
    fuzz("places", tmp_path)
