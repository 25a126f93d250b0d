"""The reader of official figures under a fuzzer."""

import pytest

from tests.reliability.fuzzing import fuzz


@pytest.mark.long
def test_a_fuzzer_finds_nothing_in_the_reader_of_official(tmp_path):
    fuzz("official", tmp_path)
