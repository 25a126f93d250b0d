"""Records and doubts of input files."""

import copy
import json
import pickle

from ewcm.sources.doubts import Doubt


def test_a_doubt_is_its_sentence_and_keeps_its_code_when_copied():
    doubt = Doubt("rows", "3 of 4 rows were not used.", {"lost": 3, "rows": 4})
    assert json.dumps([doubt]) == '["3 of 4 rows were not used."]'
    for same in (copy.deepcopy(doubt), pickle.loads(pickle.dumps(doubt))):
        assert (same, same.code, same.values) == (doubt, "rows", {"lost": 3, "rows": 4})
