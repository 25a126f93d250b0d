"""Which rows of a list of sites say that their site is lost: reports of outages often list the standing ones too."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from ewcm.errors import InputError
from ewcm.sources import coverage_words
from ewcm.sources.plain_words import plain_words

#: Headings that ask whether a site is lost, and whether it stands; of others that are headed by a status nothing is known.
_ASKS_LOST = re.compile(
    r"(?:is |site )?(?:out|outage|down|lost|offline|off|hors service|hs|en panne|panne|perdu|caido|perdido|fora)"
)
_ASKS_STANDS = re.compile(
    r"(?:is |site )?(?:up|online|on ?air|live|active|actif|activo|ativo|working|operational|in ?service|en ?service|standing)"
)
_OF_STATUS = {
    *("state", "condition", "site status", "site state", "service", "availability", "service status", "current status"),
}  # fmt: skip

_LOST = re.compile(
    r"(?:site )?(?:down|out|off|off ?line|off ?air|lost|dead|fail(?:ed|ure)?|faulty|outage|fallen|collapsed|destroyed|damaged"
    r"|inactive|disconnected|unreachable|(?:not|non) ?(?:working|operational|active|available|functional)|unavailable|no service"
    r"|out of (?:service|order)|oos|switched off|shut ?down"
    r"|hs|hors service|hors ligne|en panne|panne|arret|a l arret|coupee?|detruite?|perdue?|tombee?|inactif|endommagee?"
    r"|non (?:operationnel|fonctionnel)(?:le)?|indisponible"
    r"|caid[oa]|fuera de servicio|apagad[oa]|destruid[oa]|perdid[oa]|averiad[oa]|inactiv[oa]|danad[oa]|no operativ[oa]"
    r"|fora (?:de servico|do ar)|inativ[oa]|desligad[oa]|avariad[oa]|danificad[oa]|nao operacional|em baixo"
    r"|خارج الخدمه|معطل|متوقف|مدمر)"
)
_STANDS = re.compile(
    r"(?:site )?(?:up|on|ok|on ?line|on ?air|live|alive|working|operational|active|standing|in service|normal|restored|running"
    r"|available|functional|unaffected"
    r"|en (?:service|marche|ligne)|operationnel(?:le)?|fonctionnel(?:le)?|actif|active|retablie?|disponible|intact"
    r"|operativ[oa]|operacional|activ[oa]|en servicio|em servico|ativ[oa]|funcionando|restaurad[oa]|ligad[oa]|no ar"
    r"|يعمل|في الخدمه|عامل)"
)


def lost_rows(path: Path, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of a list of lost sites but for those that say that their site stands, and what was left out.

    ``table``: columns of text, named in small letters. Raises :class:`InputError` where a column tells lost from standing sites
    in words that are not understood.
    """
    headings = {name: plain_words(name) for name in table}
    asked = [name for name, plain in headings.items() if _ASKS_LOST.fullmatch(plain)]
    asked = asked or [
        name for name, plain in headings.items() if coverage_words.is_of_status(name) or plain in _OF_STATUS
    ]
    stands = pd.Series(False, index=table.index)
    notes: list[str] = []
    for name in asked:
        found = {value: _lost(headings[name], value) for value in table[name].unique()}
        unclear = [value for value, lost in found.items() if lost is None]
        if unclear and len(found) > 1:
            example = f"'{unclear[0].strip()[:40]}'" if unclear[0].strip() else "an empty cell"
            raise InputError(
                f"{path}: column {name} does not say of every site whether it is lost ({example}); keep the rows of lost sites "
                "alone and leave the column out (chances to be out are for --values)"
            )
        mine = table[name].map(found).eq(False)
        if mine.any():
            example = table.loc[mine, name].iloc[0].strip()[:40]
            notes.append(
                f"{path.name}: {int(mine.sum())} of {len(table)} rows say in column {name} that their site stands (such as "
                f"'{example}'); they are not lost."
            )
            stands |= mine
    if len(table) and stands.all():
        raise InputError(f"{path}: column {asked[0]} says of every row that its site stands; list the lost sites")
    return table[~stands], tuple(notes)


def _lost(heading: str, value: str) -> bool | None:
    """Whether a cell says that its site is lost; None where it cannot be told."""
    plain = plain_words(value)
    if _LOST.fullmatch(plain):
        return True
    if _STANDS.fullmatch(plain):
        return False
    answer = coverage_words.answer(value)
    if answer is None or not (_ASKS_LOST.fullmatch(heading) or _ASKS_STANDS.fullmatch(heading)):
        return None
    return answer if _ASKS_LOST.fullmatch(heading) else not answer
