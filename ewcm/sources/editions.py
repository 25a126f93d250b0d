"""Names that differ by the edition alone: a month, a date, a quarter, a version, a copy. Two editions of a list or of a map hold
what was taken down or lost since, and are not to be counted together."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ewcm.sources.plain_words import plain_words

#: Months in English, French, Spanish and Portuguese, whole and as they are shortened, and in Arabic.
_MONTHS = (
    r"jan(?:uary|v|vier|eiro)?|ene(?:ro)?|feb(?:ruary|rero)?|fev(?:rier|ereiro)?|fevr|mar(?:ch|s|zo|co)?|apr(?:il)?|avr(?:il)?"
    r"|abr(?:il)?|may|mai|mayo|maio|june?|juin|junio|junho|july?|juil(?:let)?|julio|julho|aug(?:ust)?|aout|ago(?:sto)?"
    r"|sept?(?:ember|embre|iembre)?|set(?:embro|iembre)?|oct(?:ober|obre|ubre)?|out(?:ubro)?|nov(?:ember|embre|iembre|embro)?"
    r"|dec(?:ember|embre)?|dic(?:iembre)?|dez(?:embro)?|"
    + "|".join(plain_words("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر").split())
)
_YEAR = r"(?:19|20)\d\d"
_COPY = r"cop(?:y|ie|ia|ies|ias)|conflict\w*|duplicate|doublon|duplicad[oa]|نسخه"
_EDITION = re.compile(
    rf"{_YEAR}|(?:\d{{1,2}})?(?:{_MONTHS})(?:\d\d|{_YEAR})?|{_YEAR}(?:0[1-9]|1[0-2])(?:[0-3]\d)?|[0-3]\d[01]\d{_YEAR}"
    rf"|(?:{_YEAR})?[qths][1-4](?:{_YEAR}|\d\d)?|[1-4][qt](?:{_YEAR}|\d\d)?|{_YEAR}[wsf]\d\d?|v(?:er|ersion)?\d+|rev\d*"
    rf"|version|{_COPY}"
    r"|old|new|newest|latest|last|previous|current|updated?|revised|corrected|final|draft|backup|bak|archived?|orig(?:inal)?"
    r"|ancien(?:ne)?|nouveau|nouvelle|dernier|derniere|precedente?|actuel(?:le)?|provisoire|definiti[fv]\w*|corrigee?"
    r"|antigu[oa]|viej[oa]|nuev[oa]|ultim[oa]|anterior|actual(?:izad[oa])?|corregid[oa]|antig[oa]|velh[oa]|nov[oa]|atual"
    r"|atualizad[oa]|corrigid[oa]|قديمه?|جديده?|نهائيه?|محدثه?"
)
#: As programs name what they save a second time.
_SAVED_AGAIN = re.compile(
    rf"\([^()]*\b(?:{_COPY})\b[^()]*\)|\((\d{{1,2}})\)|\b(?:copy|copie|copia) (?:of|de|da|do)\b", re.IGNORECASE
)


def without_edition(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a name without those of its edition, and these."""
    edition = [found.group() for found in _SAVED_AGAIN.finditer(name)]
    words = plain_words(_SAVED_AGAIN.sub(" ", name)).split()
    dated = [_EDITION.fullmatch(word) is not None for word in words]
    if any(dated):
        # Days, and what follows the point of a version; without a date beside them such numbers may be parts.
        near = [any(dated[max(0, at - 2) : at + 3]) for at in range(len(words))]
        dated = [
            is_dated or (close and re.fullmatch(r"\d{1,2}", word) is not None)
            for word, is_dated, close in zip(words, dated, near, strict=True)
        ]
    rest = tuple(word for word, is_dated in zip(words, dated, strict=True) if not is_dated)
    return rest, tuple(edition + [word for word, is_dated in zip(words, dated, strict=True) if is_dated])


def editions_among(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The groups of names that differ by their edition alone, each in the order of the names."""
    groups: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
    for name in names:
        rest, edition = without_edition(name)
        groups.setdefault(rest, {})[name] = edition
    return tuple(tuple(group) for group in groups.values() if len(set(group.values())) > 1)
