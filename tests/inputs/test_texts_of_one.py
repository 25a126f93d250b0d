"""Sentences about inputs in Spanish and Portuguese, which said "1 filas no se usaron" of one row."""

import json
import re

import pytest

from tests.conftest import ROOT

#: Of these there are always several.
SEVERAL = {"caveat.input_bands", "caveat.input_colours"}


@pytest.mark.parametrize("language", ["es", "pt"])
def test_no_sentence_counts_before_a_plural(language):
    texts = json.loads((ROOT / "ewcm" / "texts" / f"inputs.{language}.json").read_text(encoding="utf-8"))
    counted = re.compile(r"\{(count|rows|lost|others)\} (?!d[oa]s )[^\W\d_]+s\b")
    assert [key for key, text in texts.items() if counted.search(text) and key not in SEVERAL] == []
