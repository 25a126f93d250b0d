"""The words of alerts in five languages."""

import re

from ewcm.core.texts import texts_of


def test_every_language_has_every_word_of_the_page():
    for language, words in [each for name in ("alert", "cap") for each in texts_of(name).items()]:
        texts = texts_of("alert" if "title" in words else "cap")
        assert set(words) == set(texts["en"]), language
        for key, text in words.items():
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", texts["en"][key])), (
                language,
                key,
            )
