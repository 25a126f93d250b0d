"""The reader of lists of sites under a fuzzer."""

import pytest

from tests.reliability.fuzzing import fuzz


@pytest.mark.long
def test_a_fuzzer_finds_nothing_in_the_reader_of_sites(tmp_path):
    fuzz("sites", tmp_path)
