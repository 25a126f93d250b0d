"""What stands where a file names an operator and is more than one: words for all of them, and names of several who share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ewcm.sources.plain_words import plain_words

_ALL = (
    r"all|any|tous|toutes|todos|todas|combined|aggregated?|union|total|overall|ensemble|consolidat\w+|various|multiple|varios"
    r"|plusieurs"
)
_BETWEEN = r"the|les|des|los|las|os|as|of|de|mobile|moviles|moveis|mobiles|network|national|nationaux"
_OPERATORS = (
    r"operators?|mnos?|networks?|operateurs?|reseaux|reseau|operador\w*|redes?|telcos|carriers|providers|companies"
    r"|empresas"
)
_MEANS_ALL = re.compile(
    rf"(?:{_ALL})(?: (?:{_BETWEEN}))*(?: (?:{_OPERATORS}))?"
    r"(?: (?:combined|together|confondus|reunis|juntos|moviles|mobiles|moveis))?"
    rf"|multi ?operat\w+|multi ?operador\w*|(?:{_OPERATORS}) (?:combined|confondus)"
    r"|(?:جميع|كل) (?:المشغلين|الشبكات|شركات الاتصالات)|الكل|الجميع"
)

#: Signs that stand between the names of several, and those that stand within the name of one too.
_SIGNS = re.compile(r"\s*[/;,|+]\s*")
_WORDS = re.compile(r"\s*[/;,|+&]\s*|\s+-\s+|\s+(?:and|et|y|e|und|with|avec)\s+|\s+و\s*", re.IGNORECASE)

#: What follows a comma in the name of one company.
_LEGAL = re.compile(
    r"(?:ltd|ltda|limited|inc|llc|plc|gmbh|s ?a|s ?a ?e|s ?a ?r ?l|s ?p ?a|ag|co|corp|company|limitada|sucursal|branch)(?: .*)?"
)


def means_all(name: str) -> bool:
    """Whether words in the place of an operator's name mean all operators together (``"All operators"``, ``"Tous"``)."""
    return _MEANS_ALL.fullmatch(plain_words(name)) is not None


def names_in(name: str, others: Iterable[str] = ()) -> tuple[str, ...]:
    """The operators whose names stand in one cell (``"MTN/Airtel"``), or the one. What may stand within a name too (``&``,
    "and", a hyphen) parts it only where each part is one of the ``others`` that are named alone."""
    known = {plain_words(other) for other in others}
    for signs, sure in ((_SIGNS, True), (_WORDS, False)):
        parts = [part.strip() for part in signs.split(name) if part.strip()]
        told = [part for part in parts if plain_words(part)]
        if len(told) < 2 or any(_LEGAL.fullmatch(plain_words(part)) for part in told):
            continue
        if any(len(plain_words(part)) < 2 for part in told) and not all(plain_words(part) in known for part in told):
            continue
        if sure or all(plain_words(part) in known for part in told):
            return tuple(dict.fromkeys(each for part in told for each in names_in(part, others)))
    return (name,)
