"""Names and codes of units as tables write them: with or without accents, leading zeros and the word for the kind of unit."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ewcm.errors import one_line
from ewcm.sources.plain_words import plain_words

#: Words for kinds of units that lists add to names. Not "city", "municipality" or "rural": units beside a district are called so.
_KINDS = {
    *("district", "districts", "province", "region", "county", "governorate", "department", "departement"),
    *("departamento", "state"),
    *("distrito", "provincia", "regiao", "prefecture", "prefeitura", "of", "de", "du", "da", "do", "la", "محافظه"),
    *("مديريه", "ولايه"),
}  # fmt: skip


def names_in(column: pd.Series) -> pd.Series:
    """The names or codes that stand in a column, without blanks around them; "" where there is none."""
    return column.astype(str).fillna("").str.strip()


def _number(text: str) -> str:
    """A code of digits without leading zeros, as a spreadsheet leaves it."""
    found = re.fullmatch(r"0*(\d+)(?:\.0+)?", text)
    return "" if found is None else found[1]


def _without_kind(text: str) -> str:
    words = plain_words(text).split()
    return " ".join(word for word in words if word not in _KINDS) or " ".join(words)


#: What tables write behind a name for a footnote, and before it for its place in the list or its code.
_MARK = re.compile(r"\s*(?:\(\d{1,2}\)|\(?[a-z]\)|\d{1,2}/|[*†‡]+)\s*$", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s*(?:[A-Z]{0,3}\d+\s*[-–.:)]\s*|\d{2,}\s+)(?=[^\W\d])")


def _without_mark(text: str) -> str:
    return _without_kind(_MARK.sub("", text))


def _without_number(text: str) -> str:
    return _without_mark(_NUMBERED.sub("", text))


#: How names are compared, the strictest way first, and what is said of a match by another than the first.
_FORMS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("", lambda text: text),
    ("with other accents, capitals or signs", plain_words),
    ("with other blanks or signs", lambda text: plain_words(text).replace(" ", "")),
    ("without leading zeros", _number),
    ("without the word for the kind of unit", _without_kind),
    ("without the mark of a footnote", _without_mark),
    ("without the number or code before them", _without_number),
)


@dataclass
class UnitNames:
    """Finds units by their names (or codes), which are those of one column of their outlines."""

    names: Sequence[str]
    by_form: list[dict[str, int]] = field(init=False)
    said: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.by_form = []
        for _, form in _FORMS:
            found: dict[str, int] = {}
            twice = set()
            for place, name in enumerate(self.names):
                key = form(name)
                twice |= {key} if key in found else set()
                found[key] = place
            self.by_form.append({key: place for key, place in found.items() if key and (key not in twice)})

    def find(self, text: str) -> int:
        """The place of a unit in the list, −1 where there is none of that name."""
        for (words, form), known in zip(_FORMS, self.by_form, strict=True):
            place = known.get(form(text), -1)
            if place >= 0:
                if words and text not in self.said.setdefault(words, []):
                    self.said[words].append(text)
                return place
        return -1

    def matched(self, texts: Iterable[str]) -> int:
        """How many units are named by some of the texts."""
        return len({place for text in set(texts) if text and (place := self.find(text)) >= 0})

    def notes(self) -> tuple[str, ...]:
        """What is to be said of units that were found by another spelling than their own."""
        return tuple(
            f"{len(texts)} units were found {words}, such as '{one_line(texts[0], 40)}'."
            for words, texts in self.said.items()
            if texts
        )

    def nearest_name(self, text: str) -> str:
        """The name that is spelled most like a text; "" where none is."""
        by_plain = {plain_words(name): name for name in self.names}
        near = difflib.get_close_matches(plain_words(text), list(by_plain), n=1, cutoff=0.8)
        return by_plain[near[0]] if near else ""


def listed(texts: Sequence[str], names: UnitNames | None = None) -> str:
    """The first of some texts in quotes, each with the name that it is spelled most like."""
    shown = []
    for text in list(texts)[:4]:
        near = names.nearest_name(text) if names is not None else ""
        shown.append(f"'{one_line(text, 40)}'" + (f" (like '{one_line(near, 40)}')" if near else ""))
    return ", ".join(shown) + (", …" if len(texts) > 4 else "")
