"""The words of the analyses, by language: one small file for each analysis and language in ``ewcm/texts``.

Keys: ``title`` and ``text`` of the finding, ``table.<name>``, ``caption.<name>`` (of a table, where its text speaks of its file
rather than to readers of the page), ``column.<name>``, ``heading.<name>`` (of a column, where
its text is too long for the head of a table), ``<column>.<value>`` (words for a value), ``figure.<key>``, ``layer.<name>``,
``unknown`` (what ground of which a layer says nothing is) and ``caveat.<code>``. English has all of them; where another language
lacks one, the English word stands.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from ewcm.core.finding import Finding
from ewcm.countries import LANGUAGES
from ewcm.of_one import of_one


@cache
def texts_of(analysis: str) -> dict[str, dict[str, str]]:
    """The texts of an analysis by language; empty for one that brings its own with its finding."""
    folder = resources.files("ewcm").joinpath("texts")
    found = {}
    for language in LANGUAGES:
        path = folder.joinpath(f"{analysis}.{language}.json")
        found[language] = dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    return found


def words_in(language: str, analysis: str) -> dict[str, str]:
    """The texts of an analysis in a language; in English where the language lacks one."""
    texts = texts_of(analysis)
    return {**texts["en"], **texts[language]}


@cache
def analyses() -> tuple[str, ...]:
    """The analyses that have texts of their own, in alphabetical order."""
    folder = resources.files("ewcm").joinpath("texts")
    return tuple(sorted({path.name.split(".")[0] for path in folder.iterdir() if path.name.endswith(".json")}))


def language_of_user(language: str | None, environment: Mapping[str, str] | None = None) -> str:
    """The language in which a command speaks to its user: the one asked for, else that of the environment (``LC_ALL``,
    ``LC_MESSAGES``, ``LANG``, as other programs take it) where there are texts in it, else English."""
    if language is not None:
        return language
    found = os.environ if environment is None else environment
    stated = next((found[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if found.get(name)), "")
    code = stated[:2].lower()
    return code if code in LANGUAGES and not stated[2:3].isalpha() else "en"


#: What stands between thousands, where it is no comma.
_THOUSANDS = dict.fromkeys(("fr", "es", "pt"), "\u00a0")


def number_text(value: float | None, language: str = "en", signed: bool = False) -> str:
    """A whole number as a terminal shows it in a language, with its sign where it is asked for; ``–`` where it is not known."""
    if value is None:
        return "–"
    whole = round(value)
    text = f"{abs(whole):,}".replace(",", _THOUSANDS.get(language, ","))
    sign = "−" if whole < 0 else "+" if signed and whole > 0 else ""
    return f"{sign}{text}"


def decimal_text(text: str, language: str = "en") -> str:
    """A text that is a number with decimals, as a terminal shows it in a language; any other one as it stands."""
    if language not in _THOUSANDS or not re.fullmatch(r"-?(\d+|\d{1,3}(,\d{3})+)\.\d+", text):
        return text
    return text.replace(",", _THOUSANDS[language]).replace(".", ",")


def filled(text: str, values: Mapping[str, object], language: str = "en") -> str:
    """A text with its blanks filled; numbers as the language writes them: whole, or with the decimals that a text has."""

    def shown(value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return number_text(value, language)
        return decimal_text(value, language) if isinstance(value, str) else value

    said = text.format(**{name: shown(value) for name, value in values.items()})
    return of_one(said) if language == "en" else said


def finding_text(finding: Finding, key: str, language: str = "en") -> str:
    """A text of a finding, its own before that of the file of its name; in English where the language lacks it, and the key's
    last part where English does too."""
    own, of_file = finding.texts or {}, texts_of(finding.name)
    fallback = finding.name if key in ("title", "text") else key.rpartition(".")[2]
    for wanted in (language, "en"):
        found = own.get(wanted, {}).get(key) or of_file[wanted].get(key)
        if found:
            return found
    return fallback.replace("_", " ")


def in_every_language(finding: Finding, key: str) -> dict[str, str]:
    """A text of a finding by language."""
    return {language: finding_text(finding, key, language) for language in LANGUAGES}


def has_text(finding: Finding, key: str) -> bool:
    """Whether there is an English text of that key."""
    return key in (finding.texts or {}).get("en", {}) or key in texts_of(finding.name)["en"]


def caveat_texts(language: str) -> dict[str, str]:
    """The sentence of every caveat by its code, with the blanks for its values."""
    return {
        key.removeprefix("caveat."): text
        for analysis in analyses()
        for key, text in texts_of(analysis)[language].items()
        if key.startswith("caveat.")
    }
