"""Which rows of a list of sites say that their site is lost: reports of outages often list the standing ones too."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from ewcm.errors import InputError
from ewcm.of_one import of_one
from ewcm.sources import coverage_words
from ewcm.sources.plain_words import plain_words
from ewcm.sources.status_words import is_gone

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
    r"|out of (?:service|order)|not in (?:service|use)|oos|switched off|shut ?down"
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


#: Words that say of a site that it is not lost beside those of :data:`_STANDS`, in columns of colours or of power.
_FINE = re.compile(
    r"green|amber|yellow|orange|vert|jaune|verde|amarill[oa]|amarel[oa]|on grid|on battery|on generator|اخضر"
)

#: Headings of how much of a site is left or how sure its loss is, and of the moment at which it came back.
_OF_SHARE = re.compile(
    r"\b(availability|available|disponib\w*|disponiv\w*|uptime|capacity|capacit\w*|capacid\w*|prob\w*|p out|chance|confidence)\b"
)
_CAME_BACK = re.compile(
    r"\b(restored?|restoration|retabli\w*|restablec\w*|restaurad[oa]|restabelec\w*|repaired|fixed|back|resumed|cleared|closed)\b"
)
_TO_COME = re.compile(r"\b(estimated?|expected|eta|etr|planned|target|prevu\w*|previst[oa]|estimad[oa])\b")

#: Columns that name or place a site and say nothing of its state.
_NAMING = {
    "site_id", "lat", "lon", "name", "site name", "nom", "nom du site", "nombre", "nome", "operator", "technology",
}  # fmt: skip


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
    asked = asked or [name for name, plain in headings.items() if _ASKS_STANDS.fullmatch(plain)]
    further = [name for name, plain in headings.items() if name not in asked and not {name, plain} & _NAMING]
    for name in further:
        _refuse_unread_state(path, name, headings[name], table[name], bool(asked))
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
    if "site_id" in table:
        both = set(table.loc[stands, "site_id"]) & set(table.loc[~stands, "site_id"]) - {""}
        if both:
            notes.append(
                f"{path.name}: {len(both)} sites are lost by one row and standing by another (such as '{min(both)[:40]}'); they "
                "are lost: keep the last word on each."
            )
    if further:
        notes.append(f"{path.name}: columns that are not read: {', '.join(further)[:120]}.")
    return table[~stands], tuple(of_one(text) for text in notes)


def out_of_order(table: pd.DataFrame) -> tuple[pd.Series, str]:
    """Rows of a list of sirens or transmitters that say that theirs does not work or is not there yet, and such a word with its
    column; "" where no row does."""
    out, example = pd.Series(False, index=table.index), ""
    for name in table:
        heading = plain_words(str(name))
        asks = _ASKS_LOST.fullmatch(heading) or _ASKS_STANDS.fullmatch(heading)
        if not (asks or coverage_words.is_of_status(str(name)) or heading in _OF_STATUS):
            continue
        texts = table[name].astype(str)
        gone = {
            text
            for text in texts.unique()
            if _lost(heading, text) or (_lost(heading, text) is None and is_gone(text, status=True))
        }
        mine = texts.isin(gone)
        if mine.any() and not example:
            example = f"'{texts[mine].iloc[0].strip()[:40]}' in column {name}"
        out |= mine
    return out, example


def _refuse_unread_state(path: Path, name: str, heading: str, column: pd.Series, has_state: bool) -> None:
    """Refuse a list one of whose columns, which is not read, says of some rows that their site is not lost, or lost in part.

    ``has_state``: whether another column tells lost from standing sites, beside which only a return of the site matters.
    """
    filled = column[column.str.strip() != ""]
    if not len(filled):
        return
    example = filled.iloc[0].strip()[:40]
    about = ""
    if _CAME_BACK.search(heading) and not _TO_COME.search(heading):
        if not has_state and len(filled) < len(column):
            about = f"is filled in {len(filled)} of {len(column)} rows (such as '{example}'), whose sites may be back"
    elif not has_state:
        plain = filled.map(plain_words)
        fine = plain.map(lambda text: bool(_STANDS.fullmatch(text) or _FINE.fullmatch(text)))
        parts = "%" in name or bool(_OF_SHARE.search(heading))
        if fine.any():
            about = (
                f"says of {int(fine.sum())} rows that something works (such as '{filled[fine].iloc[0].strip()[:40]}')"
            )
        elif parts and filled.nunique() > 1:
            about = f"has different figures (such as '{example}'), which may mean sites that stand"
    if about:
        raise InputError(
            f"{path}: column {name} {about}, and it is not read; keep the rows of lost sites alone and leave the column out, or "
            "head it status and write down or up"
        )


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
