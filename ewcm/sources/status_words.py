"""What a list or a map says in words of a network: in service, or planned, under way, broken or taken down; in English, French,
Spanish, Portuguese and Arabic."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from functools import lru_cache

from ewcm.sources.plain_words import plain_words

#: Beginnings and words that say that something is in service; what stands before them may turn them round.
_IN_SERVICE = (
    r"live|on ?air|in service|in use|in operation|en service|en servicio|em servico|operational|operating"
    r"|operationnel\w*|operativ[oa]s?|operaciona\w*|active?s?|activated|actif\w*|activ[oa]s?|ativ[oa]s?|activee?s?|existing"
    r"|existante?s?|existentes?|built|constructed|commissioned|integrated|installed|installee?s?|instalad[oa]s?|deployed"
    r"|unblocked|cell unblock|deployee?s?|desplegad[oa]s?|em operacao|en operacion|en exploitation|unlocked"
    r"|implantad[oa]s?|working|fonctionnel\w*|launched"
)
_AVAILABLE = r"available|disponibles?|disponive[li]s?"
_IN_SERVICE_ARABIC = tuple(
    map(
        plain_words,
        ("في الخدمة", "عامل", "عاملة", "يعمل", "تعمل", "نشط", "نشطة", "قائم", "قائمة", "مشغل", "مشغلة", "منفذ"),
    )
)
_NOT = (
    r"(?:not|non|nao|no|never|pas|jamais|sin|sem)(?: (?:yet|encore|aun|todavia|ainda|currently|fully|en|in|em|being))*"
)
_NOT_ARABIC = rf"(?:غير|ليس|ليست|لا|{plain_words('لم')})"

#: Words of networks that are not there yet, or no more, wherever they stand in a cell; those that are names too only as a status.
_GONE = (
    r"planned|unbuilt|planifie\w*|planificad[oa]s?|planejad[oa]s?|planead[oa]s?|prevue?s?|previst[oa]s?|proposed"
    r"|proposee?s?|propuest[oa]s?|propost[oa]s?|upcoming|forthcoming|coming (?:soon|in|by)|a venir"
    r"|(?:under|en|em) (?:construction|construccion|construcao)|en cours(?: de \w+)?"
    r"|roll ?out|decommissioned|decommissioning|dismantled|demonte\w*|desmontad[oa]s?|desativad[oa]s?|desactivad[oa]s?"
    r"|desaffecte\w*|closed|fermee?s?|cerrad[oa]s?|fechad[oa]s?"
    r"|out of service|hors service|fuera de servicio|fora de servico|inactive?s?|inactif\w*|inactiv[oa]s?"
    r"|inativ[oa]s?|off ?air|switched off|turned off"
    r"|shut ?down|suspended|suspendue?s?|suspendid[oa]s?|suspens[oa]s?"
    r"|no longer (?:exists?|there|in use|active|operational)|n existe plus|ya no existe|nao existe mais|ja nao existe"
    r"|demanteler|demantele\w*|(?:a|por) desmontar|to be (?:dismantled|removed|decommissioned|closed)|looted|destroyed"
    r"|detruite?s?|destruid[oa]s?|vandali[sz]ed"
    r"|(?:sites?|cells?|bts|stations?|towers?|service|network|gone|broken|went) (?:is |are |was |has been |still )?down"
    r"|down (?:since|from|due to|because)|en panne depuis|caid[oa]s? desde|fora do ar|fuera del aire|hors ligne|fuera de linea"
    r"|relocated|merged (?:with|into)|reubicad[oa]s?|trasladad[oa]s?|retired|a construire|por construir|a construir"
    r"|(?:yet )?to be (?:built|deployed|commissioned|installed|integrated"
    r"|activated|launched|constructed|erected|covered|served|connected)|(?:a|por) (?:couvrir|desservir|raccorder|cubrir|cobrir"
    r"|atender)"
)
_GONE_STATUS = (
    r"plan|planning|plans|project|projects|projected|projete?e?s?|projets?|proyectos?|proyectad[oa]s?"
    r"|projetos?|projectos?|projetad[oa]s?|futures?|futurs?|futur[oa]s?|(?:new )?build"
    r"|historic\w*|historiques?|superseded|archived?|archivee?s?|archivad[oa]s?|arquivad[oa]s?"
    r"|pending|pendientes?|pendentes?|candidate|design|phase out|off|down|prevision\w*|pipeline|target|acquisition"
    r"|(?:en|em) (?:licenciamento|licencia|licitacion|licitacao|proceso|processo|implantacion|implantacao|implementacion"
    r"|implementacao|ejecucion|execucao|montaje|montagem|instalacion|instalacao|negociacion|negociacao|planificacion"
    r"|planejamento)"
    r"|awaiting|waiting|en attente|en espera|aguard\w+|(?:en|em) tramite|ready|wip|(?:work )?in progress|ongoing"
    r"|under \w+|civil works?|(?:en )?travaux|(?:en|em) obras?|on hold|to come|later"
    r"|abandon\w*|damaged|vandali\w+|stolen|burn(?:ed|t)|faulty|broken|defect\w*"
    r"|(?:en )?panne|averiad[oa]s?|avariad[oa]s?|locked|blocked|bloque\w*"
    r"|cell block|deactivated|(?:cell )?deactive|parked|cancell?ed|annulee?s?|cancelad[oa]s?"
    r"|anulad[oa]s?|terminated|rejected|rejetee?s?|rechazad[oa]s?|rejeitad[oa]s?|arretee?s?|stopped|halted|apagad[oa]s?"
    r"|desligad[oa]s?|removed|retiree?s?|retirad[oa]s?|(?:dad[oa]s? de )?baja|(?:por|a) (?:instalar|installer|activar|activer"
    r"|desplegar|deployer|implantar|implementar)"
)
_GONE_ARABIC = (
    "مخطط|مخططة|مخطط لها|قيد الإنشاء|قيد التنفيذ|تحت الإنشاء|مشروع|مقترح|مقترحة|مستقبلي|مستقبلية|متوقف|متوقفة"
    "|معطل|معطلة|خارج الخدمة|مغلق|مغلقة|ملغى|مدمر|مفكك"
)
_GONE_EVERYWHERE = "|".join(
    (
        _GONE,
        rf"{_NOT} (?:{_IN_SERVICE})",
        *(rf"{_NOT_ARABIC} {word}" for word in _IN_SERVICE_ARABIC),
        *map(plain_words, _GONE_ARABIC.split("|")),
    )
)
_IS_GONE = re.compile(rf"\b(?:{_GONE_EVERYWHERE})\b")
_IS_GONE_STATUS = re.compile(rf"\b(?:{_GONE_EVERYWHERE}|{_NOT} (?:{_AVAILABLE})|{_GONE_STATUS})\b")
_IS_LIVE = re.compile(
    rf"\b(?:{_IN_SERVICE}|{_AVAILABLE}|current|actuelle?s?|actual|atual|atuais|ok|on|yes|oui|si|sim|completed?|done|up|"
    rf"{'|'.join(_IN_SERVICE_ARABIC)})\b"
)

#: Words of which nobody knows yet what they will come to: no name, no yes and no no.
_UNSURE = re.compile(
    r"\b(?:tbc|tbd|tba|wip|to be (?:confirmed|determined|decided|advised|verified|checked)|(?:a|por) (?:confirmer|confirmar"
    r"|definir|verifier|verificar|determiner|determinar)|unknown|unsure|unclear|inconnue?s?|desconocid[oa]s?"
    r"|desconhecid[oa]s?|not sure|maybe|possibl[ey]|peut etre|quiza|talvez|review|revision|pendientes?|pendentes?|pending"
    r"|ongoing|in progress|not yet|pas encore|aun no|todavia no|ainda nao|soon|bientot|proximamente|em breve"
    r"|awaiting|waiting|on hold|u c)\b|غير معروف|للتاكيد|لاحقا"
)


#: Headings of what is over.
_OVER = re.compile(
    r"\b(?:decommission\w*|dismantl\w*|clos(?:ed|ure|ing)|off ?air|shut ?down|switched? ?off|retired?|suspend\w*"
    r"|terminat\w*|deleted|obsolete|supprime\w*|eliminad[oa]|removed|removal"
    r"|deactivat\w*|sunset|desligamento"
    r"|end(?:ed|s)?(?: of service| date)|out of service|demonte\w*|demontage|ferme(?:e|ture)?|arret\w*"
    r"|hors service|depose\w*|desmont\w*|desactiv\w*|desativ\w*|cerrad[oa]|cierre|baja|fuera de servicio|fechad[oa]|encerramento"
    r"|encerrad[oa]|retirad[oa]|fora de servico)\b"
)


#: Headings of the day on which a licence or a site ends.
_ENDS = re.compile(
    r"\b(?:expir\w*|valid (?:to|till|until|thru|through)|validade|validez|validite|vencimiento|vencimento|caducidad"
    r"|end of validity|انتهاء)\b"
)


@lru_cache(maxsize=20_000)
def heads_an_end(heading: str) -> bool:
    """Whether a column is headed by a word for the day on which something ends (``Licence expiry``)."""
    return _ENDS.search(plain_words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading))) is not None


@lru_cache(maxsize=20_000)
def heads_what_is_over(heading: str) -> bool:
    """Whether a column is headed by a word for what is over (``Decommissioned``, ``Off-air date``)."""
    return _OVER.search(plain_words(heading)) is not None


@lru_cache(maxsize=20_000)
def is_gone(text: str, *, status: bool) -> bool:
    """Whether a cell speaks of a network that is planned or out of service; in a column of a ``status`` more words mean it."""
    return (_IS_GONE_STATUS if status else _IS_GONE).search(plain_words(text)) is not None


def gone_among(texts: Sequence[str], *, status: bool) -> list[str]:
    """The cells of a column of which :func:`is_gone` holds. Most columns have none, which one search in all of them tells."""
    words = _IS_GONE_STATUS if status else _IS_GONE
    if words.search("\n".join(map(plain_words, texts))) is None:
        return []
    return [text for text in texts if is_gone(text, status=status)]


@lru_cache(maxsize=20_000)
def is_live(text: str, *, whole: bool = False) -> bool:
    """Whether a cell speaks of a network in service (``whole``: of nothing else). What is not in service yet may hold the same
    words: ask :func:`is_gone` first."""
    plain = plain_words(text)
    return (_IS_LIVE.fullmatch(plain) if whole else _IS_LIVE.search(plain)) is not None


#: A column of more different texts holds names or remarks, no status.
MOST_STATES = 20


def are_states(texts: Sequence[str]) -> bool:
    """Whether a column holds words for in service and out of service, and nothing else, whatever its heading (a month)."""
    if not 2 <= len(texts) <= MOST_STATES:
        return False
    there = [is_live(text, whole=True) for text in texts]
    gone = [len(text) <= 60 and is_gone(text, status=True) for text in texts]
    return any(there) and any(gone) and all(map(operator.or_, there, gone))


#: Words of headings that ask whether a site is in service, and those that may stand beside them.
_ASKS_LIVE = re.compile(
    rf"(?:(?:is|est|esta|currently|site|cell|bts|radio|station|ran) )*(?:{_IN_SERVICE}|enabled|energi[sz]ed|habilitad[oa])"
    r"(?: (?:site|cell|flag|status|yes no|y n|oui non|si no|sim nao))*"
)
_IS_EXISTING = re.compile(_IN_SERVICE)


def asks_whether_live(heading: str) -> bool:
    """Whether a column is headed by nothing but a word for in service (``Commissioned``, ``is_built``)."""
    return _ASKS_LIVE.fullmatch(plain_words(heading)) is not None


def is_existing(text: str) -> bool:
    """Whether a cell is a word for in service, other than a mere yes (``ok``, ``on``)."""
    return _IS_EXISTING.fullmatch(plain_words(text)) is not None


_IS_LICENSED = re.compile(
    r"\b(?:licensed|licencee?s?|licenciad[oa]s?|autorizad[oa]s?|authori[sz]ed|autorisee?s?|مرخص|مرخصه)\b"
)


def is_licensed(text: str) -> bool:
    """Whether a cell says that a site is licensed, which it may be before it stands."""
    return _IS_LICENSED.search(plain_words(text)) is not None


def is_unsure(text: str) -> bool:
    """Whether a cell says that something is not decided or not known."""
    return "?" in text or _UNSURE.search(plain_words(text)) is not None
