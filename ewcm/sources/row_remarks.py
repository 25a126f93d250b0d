"""What columns say of single sites or shapes that may not be ground of an operator's own network, or not stand where it says:
roaming on the network of another, not verified, for tests, within a building, equipment that serves no phones, positions that
are those of a village or a district. They count, and it is said how many they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.plain_words import plain_words
from ewcm.sources.quantities import is_nothing
from ewcm.sources.site_words import answer_of
from ewcm.sources.status_words import is_unsure

_NOT = r"(?:no|not|non|nao|pas|sin|sem|sans|without|never|jamais|غير|بدون|لا)"


@dataclass(frozen=True)
class _Kind:
    """``heading``: words that head a column of yes and no; ``no``: whether it is the no that is said; ``words``: what cells
    of any other column hold that say it, as a part of them or (``alone``) as all of them; ``text``: the sentence;
    ``within``: words of which the headings of these other columns must have one, and ``not_within`` none."""

    code: str
    heading: re.Pattern[str]
    words: re.Pattern[str]
    text: str
    no: bool = False
    alone: bool = False
    within: re.Pattern[str] = re.compile("")
    not_within: re.Pattern[str] = re.compile(r"(?!)")


_ROAMING = r"(?:roaming|roamed|itinerance|itinerancia|التجوال|تجوال)"
_VERIFIED = (
    r"(?:verified|verification|verifie|verifiee|verifiees|verificad[oa]|verificacion|verificacao|validated|validation|valide"
    r"|validee|validad[oa]|validacion|validacao|confirmed|confirme|confirmee|confirmad[oa]|approved|approval|approuve|approuvee"
    r"|aprobad[oa]|aprovad[oa]|accepted|checked|محقق|مؤكد|موكد|متحقق|تم التحقق)"
)
_TEST = (
    r"(?:test|tests|testing|trial|trials|pilot|dummy|demo|lab|essai|essais|pilote|prueba|pruebas|piloto|teste|testes|ensaio"
    r"|تجريبي|تجربه|اختبار|temporary|temporaire|provisoire|temporal|temporario|temporaria|provisional|provisorio|موقت|cow"
    r"|cell on wheels)"
)
_BUILDING = r"(?:ibs|das|in building|inbuilding|indoor (?:das|ibs|solution|site)|femto ?cells?|pico ?cells?|femto|pico)"
#: Equipment between masts, or behind them. What a site is linked by stands in columns of its own, and says nothing here.
_LINK = (
    r"(?:repeaters?|repetidor(?:a|as|es)?|repeteurs?|microwaves?|microondas?|mw|mini ?link|radio ?links?|radio ?enlaces?|relais"
    r"|relay|transmission|transmision|transmissao|transmissoes|backhaul|backbone|transport|transporte|fh|faisceaux? hertziens?"
    r"|pop|switch|exchange|msc|bsc|rnc|broadcast|broadcasting|radiodiffusion|radiodifusion|radiodifusao|data cent(?:er|re)"
    r"|earth station|offices?|bureaux?|oficinas?|escritorios?|warehouses?|entrepots?|almacen(?:es)?|shops?|agences?"
    r"|tiendas?|lojas?|isp|(?:private|internal|enterprise|corporate) networks?|reseaux? prives?|redes? privadas?|rede privada"
    r"|(?:fixed|home|fixe|fij[oa]|fix[oa])(?: (?:wireless|broadband|internet))?(?: access)?"
    r"|(?:internet|acces|acceso|acesso) (?:fixe|fij[oa]|fix[oa])|fwa|wll|مكتب|مكرر|ميكروويف|تراسل)"
)
_LINK_BESIDE = (
    r"(?:fib(?:er|re|ra)|link|links|hop|only|seule|seulement|solo|so|node|enlace|point|of|de|station|telephone|equipment|tv"
    r"|radio)"
)
_SITE = r"(?:site|sites|cell|cells|bts|station|node|only|de|du|of|sitio|emplazamiento|is|was|status|field|flag|موقع)"

#: Positions that nobody measured at the mast.
_ROUGH = (
    r"(?:centroids?|centroides?|approx|approximat\w*|aprox|aproximad[oa]s?|aproximativ\w*|estimated"
    r"|estimations?|estime|estimee|estimad[oa]s?|estimacion|estimacao|interpolated|interpolad[oa]|interpole|geocod\w*|imprecise"
    r"|imprecis[oa]?|inexact\w*|guess(?:ed)?|assumed|random|desk(?:top)?|google(?: (?:maps?|earth))?|تقريبي|تقريبيه|تقديري"
    r"|مقدر)"
)
_ROUGHLY = (
    r"(?:of|the|du|de|la|le|del|do|da|des|area|admin|administrative|district|districts|village|town|commune|ward|county|province"
    r"|region|distrito|municipio|aldea|aldeia|vila|position|location|locations?|coordinates?|coord|gps|level|low|study|only|from"
    r"|القريه|المنطقه|القضاء)"
)
_PLACED = (
    r"(?:positions?|location|localisation|localizacion|localizacao|coordinates?|coords?|coordonnees|coordenadas|gps|xy|lat lon"
    r"|geo)"
)

KINDS = (
    _Kind(
        "position",
        re.compile(rf"(?:{_PLACED} |is )*{_ROUGH}(?: (?:{_PLACED}|only))*"),
        re.compile(rf"(?:{_ROUGHLY} )*{_ROUGH}(?: (?:{_ROUGHLY}|{_ROUGH}))*"),
        "that their positions may be those of a village or an area, or estimated",
        alone=True,
        within=re.compile(
            rf"\b(?:{_PLACED}|accuracy|precision|exactitude|exactitud|precisao|source|fuente|fonte|origin\w*|method\w*|metod\w*"
            r"|quality|qualite|calidad|qualidade|remarks?|remarques?|observ\w*|comments?|commentaires?|comentarios?|notes?|notas?"
            r"|الموقع|الاحداثيات|دقه|مصدر|ملاحظات)\b"
        ),
    ),
    _Kind(
        "roaming",
        re.compile(rf"(?:.* )?{_ROAMING}(?: .*)?"),
        re.compile(rf"\b{_ROAMING}\b"),
        "that they may be roaming on the network of another operator",
    ),
    _Kind(
        "unverified",
        re.compile(rf"(?:{_SITE} |gps |position |data |donnees |location )*{_VERIFIED}(?: {_SITE})*"),
        re.compile(rf"\bunverified\b|\bunconfirmed\b|\b{_NOT} (?:yet |encore |aun |ainda )?{_VERIFIED}\b"),
        "that they are not verified",
        no=True,
    ),
    _Kind(
        "test",
        re.compile(rf"(?:{_SITE} )*{_TEST}(?: {_SITE})*"),
        re.compile(rf"(?:{_SITE} )*{_TEST}(?: (?:{_SITE}|{_TEST}))*(?: \d+)?"),
        "that they may be for tests, or stand there for a time only",
        alone=True,
    ),
    _Kind(
        "building",
        re.compile(rf"(?:{_SITE} )*{_BUILDING}(?: {_SITE})*"),
        re.compile(rf"(?:{_SITE} )*{_BUILDING}(?: {_SITE})*"),
        "that they may serve within a building only",
        alone=True,
    ),
    _Kind(
        "link",
        re.compile(rf"(?:{_SITE} )*(?:is )?{_LINK}(?: (?:only|{_SITE}))*"),
        re.compile(rf"(?:(?:{_SITE}|{_LINK_BESIDE}) )*{_LINK}(?: (?:{_SITE}|{_LINK}|{_LINK_BESIDE}))*(?: \d+)?"),
        "that they may be equipment that serves no phones (a repeater, a link, an exchange)",
        alone=True,
        within=re.compile(
            r"\b(?:types?|tipos?|services?|servicios?|servicos?|kinds?|categor\w*|class|classe|clase|function|fonction|funcion|funcao|usages?|uses?|usos?|role"
            r"|nature|naturaleza|natureza|equip\w*|node|نوع|فيه|فئه)\b"
        ),
        not_within=re.compile(r"\b(?:transmi\w*|back ?haul\w*|backbone|links?|liaison|enlaces?|transport\w*|conne\w*)\b"),
    ),
    _Kind(
        "no_site",
        re.compile(r"(?!)"),
        re.compile(
            r"(?:(?:grand|sub|sous) ?)?(?:total|totaux|totales|totais|average|mean|moyenne|promedio|example|exemple|ejemplo"
            r"|exemplo|e g|p ex|p ej|مثال|المجموع|المتوسط)(?: [^\W_]+){0,3}|min|max|minimum|maximum"
        ),
        "that they may be totals, means or examples, and no sites",
        alone=True,
    ),
)  # fmt: skip


#: Parts of all words that cells may say it in, in small letters: most texts of a large list have none of them.
_MAY_HOLD = re.compile(
    r"centro|appro|aprox|estim|interpol|geocod|imprec|inexa|guess|assum|random|desk|google|تقر|تقدير|مقدر"
    r"|roam|itin[eé]r|v[eé]rif|valid|confirm|appro[uv]|apro[bv]|accept|check|test|trial|pilot|dummy|demo|\blab\b|essai|prueba"
    r"|ensaio|tempor|provis|\bcow\b|wheels|tota[lu]|averag|\bmean\b|\bm(?:in|ax)|moyen|promedi"
    r"|ex[ae]mpl|ejempl|\be\.? ?g\b|\bp\.? ?e[xj]\b|مثال|مجموع|متوسط"
    r"|\bibs\b|\bdas\b|building|indoor|femto|pico|repe[at]|rep[eé]t|micro|\bmw\b|mini|relai|relay|enlace|transm|transport|back|\bfh\b|hertz|\bpop\b|switch|exchange"
    r"|\b(?:msc|bsc|rnc)\b|broadcast|radiodif|data cent|earth|link"
    r"|offic|bureau|oficin|escrit|wareh|entrep|almac|shop|agence|tienda|\bloja|\bisp\b|network|r[eé]seau|\bred|\bfi[xj]|\bhome|fwa|wll|مكتب|مكرر|ميكرو|تراسل|تجوال|حقق|كد|تجريب|تجرب|ختبار|قت"
)


def heads_a_remark(heading: str) -> bool:
    """Whether a column of yes and no is headed by what one of these kinds is."""
    plain = plain_words(heading)
    return any(kind.heading.fullmatch(plain) for kind in KINDS)


def remarks_on(
    texts_of: Mapping[str, pd.Series], left: np.ndarray, unread: Iterable[str] | None = None
) -> list[InputWarning]:
    """What the columns say of rows that are not ``left`` out, a sentence for each column and kind. ``unread``: the columns that
    nothing else reads (default: all)."""
    found = []
    for heading in texts_of if unread is None else unread:
        texts = texts_of[heading].astype(str)
        here = texts[~left].unique().tolist()
        may_hold = [text for text in here if len(text) <= 300 and _MAY_HOLD.search(text.casefold())]
        for kind in KINDS:
            said = _cells_that_say(kind, heading, here, may_hold)
            if not said:
                continue
            rows = int((texts.isin(said).to_numpy() & ~left).sum())
            example = one_line(next((text for text in said if text.strip()), "—"), 40)
            sentence = (
                f"Column '{one_line(heading, 60)}' says of {rows} rows {kind.text} (such as '{example}'); they were taken as all "
                "others. Take them out, if they are not meant."
            )
            values = {"rows": rows, "column": one_line(heading, 60), "example": example}
            found.append(InputWarning(f"{kind.code}_rows", sentence, values))
    return found


def _cells_that_say(kind: _Kind, heading: str, texts: list[str], may_hold: list[str]) -> list[str]:
    """The cells of a column that say it; ``may_hold``: those in which a part of its words stands."""
    plain = plain_words(heading)
    if kind.heading.fullmatch(plain):
        answers = {text: answer_of(text) for text in texts if not is_nothing(text)}
        if kind.no:
            no = [text for text, answer in answers.items() if answer is False or is_unsure(text) or _holds(kind, text)]
            # Where the yes alone is marked, an empty cell is the no.
            return no or ([text for text in texts if is_nothing(text)] if any(answers.values()) else [])
        if kind.code == "roaming":  # the name of who lends his network is a yes too
            return [text for text, answer in answers.items() if answer is not False and not _is_denied(text)]
        if all(answer in (True, False) or _holds(kind, text) for text, answer in answers.items()):
            return [text for text, answer in answers.items() if answer or _holds(kind, text)]
        return []
    if kind.within.search(plain) is None or kind.not_within.search(plain) is not None:
        return []
    return [text for text in may_hold if _holds(kind, text)]


@lru_cache(maxsize=50_000)
def _holds(kind: _Kind, text: str) -> bool:
    plain = plain_words(text)
    if kind.alone:
        return kind.words.fullmatch(plain) is not None
    return kind.words.search(plain) is not None and (kind.no or not _is_denied(text))


def _is_denied(text: str) -> bool:
    return re.search(rf"\b{_NOT}\b", plain_words(text)) is not None
