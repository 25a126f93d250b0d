"""Records and warnings of input files."""

import copy
import json
import pickle

from ewcm.core.input_warning import InputWarning


def test_an_input_warning_is_its_sentence_and_keeps_its_code_when_copied():
    warning = InputWarning("rows", "3 of 4 rows were not used.", {"lost": 3, "rows": 4})
    assert json.dumps([warning]) == '["3 of 4 rows were not used."]'
    for same in (copy.deepcopy(warning), pickle.loads(pickle.dumps(warning))):
        assert (same, same.code, same.values) == (warning, "rows", {"lost": 3, "rows": 4})
