"""What the columns of a map of coverage say of a polygon in words: covered or not, in service or planned, how good; in English,
French, Spanish, Portuguese and Arabic."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ewcm.sources.headings import words_of
from ewcm.sources.plain_words import plain_words


def _plain(*words: str) -> frozenset[str]:
    return frozenset(map(plain_words, words))


#: Single words of yes and of no, whole cells.
_YES = _plain(
    *("yes", "y", "true", "t", "1", "oui", "o", "vrai", "si", "s", "v", "verdadero", "sim", "verdadeiro", "نعم", "x", "ok"),
    *("covered", "served", "coverage", "couvert", "couverte", "couverts", "couvertes", "zone couverte", "desservi", "desservie"),
    *("cubierto", "cubierta", "zona cubierta", "con cobertura", "cobertura", "atendido", "atendida", "coberto", "coberta"),
    *("com cobertura", "مغطى", "مغطاة", "مخدوم", "في التغطية", "in coverage", "with coverage", "avec couverture", "couverture"),
    *("available", "disponible", "disponível", "good coverage", "bonne couverture", "voice and data", "reached"),
    *("متوفر", "متوفرة", "متاح", "متاحة", "موجودة"),
)  # fmt: skip
_NO = _plain(
    *("no", "n", "false", "f", "0", "non", "faux", "não", "falso", "لا", "none", "nil", "null", "nul", "nulle", "zero", "zéro"),
    *("nada", "ninguno", "ninguna", "nulo", "nula", "nenhum", "nenhuma", "absent", "absente", "ausente", "inexistant"),
    *("inexistante", "inexistente", "outside", "unavailable", "not available", "indisponible", "no disponible", "indisponível"),
    *("معدوم", "معدومة", "لا شيء", "لا يوجد", "غير متوفر", "غير متوفرة"),
    *("غير متاح", "غير متاحة", "very bad to none", "aucun", "aucune", "hors"),
)  # fmt: skip

#: Signs in place of words.
_SIGNS = {**dict.fromkeys("✓✔☑●√•■+", True), **dict.fromkeys("✗✘×☐○□-–—", False)}

#: Words for what ground has where it is covered.
NETWORK = (
    r"(?:coverage|cover|signals?|service|network|reception|couverture|signal|reseau|cobertura|senal|servicio|red|sinal|servico"
    r"|rede)"
)
_COVERED = (
    r"(?:covered|served|reached|available|couvert\w*|desservi\w*|cubiert\w*|atendid\w*|cobert\w*|servid\w*|alcanzad\w*"
    r"|abrangid\w*)"
)
#: Phrases that say of ground, wherever they stand in a cell, that nobody reaches it.
_UNCOVERED = re.compile(
    rf"\b(?:not?|non|nao|never|pas)(?: yet| encore| aun| ainda)? {_COVERED}\b"
    rf"|(?:^|\b(?:area|areas|zone|zones|zona|with|avec|con|com) )(?:no|pas de|aucune?|ningun\w*|nenhum\w*)"
    rf" (?:\dg |lte |gsm |umts |mobile |cellular |outdoor )?{NETWORK}\b"
    r"|^(?:no|aucun|sin|sem) (?:best |dominant |meilleur |mejor |melhor )?(?:servers?|serveurs?|servidor(?:es)?)$"
    r"|\b(?:without|outside|out of|sans|hors|sin|sem|fora d[aeo]|fuera de|lack of)(?: any| la| le| de| the| mobile| network)*"
    rf" {NETWORK}\b"
    r"|^(?:no|not|sans|sin|sem|pas de) (?:[2-5] ?g|lte|gsm|umts|nr)$"
    r"|^0 (?:bars?|barras?|barres?)$|\bdescobert[oa]s?\b|\bdescubiert[oa]s?\b"
    r"|\b(?:uncovered|unserved|noncovered|notcovered|nocoverage|nosignal|noservice|notserved)\b"
    r"|\b(?:white|dead|black|blank) ?(?:zone|spot|area)s?\b|\bnot ?spots?\b|\bzones? (?:blanches?|mortes?|d ombre)\b"
    r"|\bzonas? (?:blancas?|brancas?|de sombra|muertas?|mortas?)\b|\bhors zone\b"
    r"|\b(?:coverage|couverture|cobertura) (?:gaps?|holes?)\b|\bgaps? (?:in|of) coverage\b|\btrous? de couverture\b"
    r"|\b(?:brechas?|lacunas?|huecos?|falhas?|vacios?) (?:de|en la|na) cobertura\b"
    rf"|(?:غير|ليست?|ليس) (?:{plain_words('مغطى')}|{plain_words('مغطاة')}|{plain_words('مخدومة')}|{plain_words('مخدوم')})"
    rf"|(?:بدون|بلا|خارج|لا توجد|لا يوجد|دون|عديم) (?:ال)?(?:{plain_words('تغطية')}|{plain_words('إشارة')}"
    rf"|{plain_words('خدمة')}|{plain_words('شبكة')})"
    rf"|{plain_words('منطقة')} بيضاء"
)  # fmt: skip

#: Grades of a signal: those that nobody doubts, and those of which a file does not say whether they are coverage.
_GOOD = _plain(
    *("very good", "good", "excellent", "strong", "very strong", "high", "fair", "medium", "moderate", "average", "acceptable"),
    *("normal", "full", "indoor", "outdoor", "deep indoor", "in car", "incar", "in vehicle", "urban", "rural", "suburban"),
    *("très bon", "très bonne", "bon", "bonne", "excellente", "fort", "forte", "moyen", "moyenne", "correct", "correcte"),
    *("intérieur", "extérieur", "très forte", "élevé", "élevée", "muy bueno", "muy buena", "bueno", "buena", "excelente"),
    *("fuerte", "alto", "alta", "medio", "media", "aceptable", "interior", "exterior", "muito bom", "muito boa", "bom", "boa"),
    *("ótimo", "ótima", "médio", "média", "razoável", "aceitável", "ممتاز", "ممتازة", "جيد", "جيدة", "جيد جدا", "جيدة جدا"),
    *("قوي", "قوية", "متوسط", "متوسطة", "مقبول", "مقبولة", "عالي", "عالية", "dense urban"),
)  # fmt: skip
_POOR = _plain(
    *("poor", "very poor", "weak", "very weak", "bad", "very bad", "low", "very low", "limited", "marginal", "variable"),
    *("patchy", "unreliable", "partial", "faible", "très faible", "mauvais", "mauvaise", "très mauvais", "très mauvaise"),
    *("limité", "limitée", "médiocre", "partiel", "partielle", "malo", "mala", "muy malo", "muy mala", "débil", "muy débil"),
    *("pobre", "bajo", "baja", "muy bajo", "muy baja", "limitado", "limitada", "parcial", "regular", "deficiente", "ruim"),
    *("fraco", "fraca", "muito fraco", "muito fraca", "baixo", "baixa", "muito baixo", "muito baixa", "ضعيف", "ضعيفة"),
    *("ضعيف جدا", "ضعيفة جدا", "سيئ", "سيئة", "محدود", "محدودة", "منخفض", "منخفضة", "جزئي", "جزئية"),
)  # fmt: skip


def says_uncovered(text: str) -> bool:
    """Whether a cell says in so many words that its ground is not covered."""
    return _UNCOVERED.search(plain_words(text)) is not None


def answer(text: str) -> bool | None:
    """What a cell says to the question whether ground is covered; None where it is no answer."""
    if text.strip() in _SIGNS:
        return _SIGNS[text.strip()]
    plain = plain_words(text)
    if plain in _NO or says_uncovered(text):
        return False
    return True if plain in _YES or plain in _GOOD else None


def is_grade(text: str) -> bool:
    """Whether a cell says how good a signal is, good or poor."""
    return plain_words(text) in _GOOD or is_poor(text)


#: Letters for covered and not covered (couvert, cubierto, coberto; con, com; served), which mean it only side by side.
_LETTERS = (
    ("c", "nc"),
    ("c", "n/c"),
    ("c", "n.c."),
    ("c", "sc"),
    ("c", "s/c"),
    ("cc", "sc"),
    ("c/c", "s/c"),
    ("s", "ns"),
)


def in_letters(texts: Iterable[str]) -> dict[str, bool]:
    """Yes and no of a column of letters for covered and not covered (``C``, ``NC``) and nothing else; empty for any other."""
    filled = {text: text.strip().casefold() for text in texts if text.strip()}
    pair = next((pair for pair in _LETTERS if set(filled.values()) == set(pair)), None)
    return {} if pair is None else {text: plain == pair[0] for text, plain in filled.items()}


def name_in_where(heading: str) -> str:
    """A heading as the key ``where`` writes it: in brackets where it is more than a plain word."""
    return heading if re.fullmatch(r"[^\W\d]\w*", heading) else f"[{heading}]"


def is_poor(text: str) -> bool:
    """Whether a cell is a grade of which it cannot be told whether it counts as coverage."""
    return plain_words(text) in _POOR


#: Beginnings of the words of headings of columns that say whether ground is covered, and such words.
_COVER_BEGINS = (
    "cov",
    "couv",
    "cubiert",
    "cubrim",
    "cobert",
    "cober",
    "desserv",
    "atendid",
    "تغطي",
    "مغط",
    "iscov",
    "incov",
)
_COVER_WORDS = {"cob", "cub", "served", "service", "serviced", "serv", "signal", "senal", "sinal", "reached", "reach"}
_NOT = {"not", "no", "non", "un", "sans", "sin", "sem", "without", "hors", "outside", "nao", "غير", "بدون"}
_UNCOVERED_HEADINGS = re.compile(
    r"uncovered|unserved|noncovered|notcovered|nocov\w*|nosignal|noservice|whitezones?|whitespots?|notspots?|deadzones?|deadspots?"
    r"|blackspots?|zonesblanches|zoneblanche|zonasblancas|zonablanca|zonabranca|zonasbrancas|outofcoverage|coveragegaps?"
    r"|planned|prevue?s?|previst[oa]s?|planificad[oa]s?|planead[oa]s?"
    r"|planifiee?s?|proposed|future|futur|futur[oa]|decommissioned|closed"
)
#: Words of headings of classes and grades.
_CLASS_WORDS = {
    *("dn", "gridcode", "value", "val", "rastervalue", "class", "classe", "clase", "quality", "qualite", "calidad", "qualidade"),
    *("level", "niveau", "nivel", "grade", "legend", "legende", "leyenda", "legenda", "category", "categorie", "categoria"),
    *("bin", "bins", "score", "domain", "bars", "barres", "barras", "mbps", "kbps", "speed", "throughput", "debit", "velocidad"),
    *("velocidade", "vitesse"),
    *("range", "rating", "strength", "intensity", "qos", "availability", "الجوده", "المستوي", "الحاله", "مستوي", "جوده"),
}  # fmt: skip
_STATUS_WORDS = {
    *("status", "statut", "etat", "estado", "situacao", "situation", "phase", "fase", "stage", "etape", "etapa", "operational"),
    *("scenario", "escenario", "cenario"),
    *("live", "active", "actif", "activo", "ativo", "existing", "existant", "existente", "estatus", "stat", "الحاله"),
    *("حاله", "onair", "enservice", "inservice", "planning", "deployment", "deploiement"),
    *("despliegue", "activa", "ativa", "activated", "rfs", "readyforservice", "sts", "lifecycle", "adminstate", "opstate"),
    *("rag", "administrativestate", "operationalstate", "sitestate", "cellstate", "servicestate", "etatadministratif"),
    *("estadoadministrativo", "estadooperativo", "estadooperacional"),
}  # fmt: skip
#: Beginnings of the words of headings of columns that say when a network begins.
_LAUNCH_BEGINS = (
    *(
        "launch",
        "lancement",
        "lanzamiento",
        "lancamento",
        "onair",
        "activat",
        "activac",
        "ativac",
        "commission",
        "rollout",
    ),
    *(
        "miseenservice",
        "puestaen",
        "entradaem",
        "inservice",
        "enservice",
        "deploy",
        "deploi",
        "desplieg",
        "opening",
        "ouverture",
    ),
    *(
        "apertura",
        "abertura",
        "golive",
        "livedate",
        "livesince",
        "servicedate",
        "startdate",
        "datestart",
        "since",
        "depuis",
    ),
    *(
        "desde",
        "ready",
        "swap",
        "target",
        "accept",
        "acept",
        "aceit",
        "recette",
        "handover",
        "handedover",
        "completion",
        "integration",
        "integracion",
        "integracao",
        "planneddate",
        "build",
        "deadline",
        "duedate",
        "echeance",
        "fechalimite",
        "plazo",
        "prazo",
    ),
)
#: Words of headings of people, whose share may be meant too.
_PEOPLE_WORDS = {
    *("pop", "population", "people", "persons", "habitants", "habitantes", "poblacion", "populacao", "pob", "users"),
    *("households", "السكان", "سكان"),
}  # fmt: skip
#: Words that say that a number is another thing than whether ground is covered.
_QUANTITY_WORDS = {
    *("area", "km2", "km", "sqkm", "ha", "m2", "id", "fid", "objectid", "code", "date", "year", "annee", "ano", "name", "nom"),
    *("nombre", "nome", "surface", "superficie", "length", "leng", "perimeter"),
    *("perim", "count", "num", "numero", "sites", "cells", "source", "shape", "version"),
    *_PEOPLE_WORDS,
}  # fmt: skip
_SHARE_WORDS = {
    *("pct", "perc", "percent", "percentage", "pourcentage", "pourcent", "porcentaje", "porcentagem", "percentual", "share"),
    *("fraction", "ratio", "rate", "taux", "tasa", "taxa", "prob", "probability", "probabilite", "probabilidad", "probabilidade"),
    *("confidence", "confiance", "confianza", "confianca", "part", "proportion", "نسبه", "النسبه"),
}  # fmt: skip
_COORDINATE_WORDS = {
    *("lat", "lon", "long", "lng", "latitude", "longitude", "latitud", "longitud", "x", "y", "xmin", "xmax", "ymin", "ymax"),
    *("easting", "northing", "xcoord", "ycoord", "centroid", "west", "east", "south", "north", "left", "right", "top", "bottom"),
    *("minx", "maxx", "miny", "maxy", "depth", "offset"),
}  # fmt: skip
_LEVEL_BEGINS = ("rsrp", "rscp", "rssi", "rxlev", "dbm", "siglev", "signallevel", "signalstrength", "rsl")
_LEVEL_WORDS = {
    "level",
    "niveau",
    "nivel",
    "signal",
    "strength",
    "rx",
    "rxlevel",
    "threshold",
    "seuil",
    "umbral",
    "limiar",
    "elev",
    "elevation",
    "power",
}
_FIELD = re.compile(r"db ?[uµμ]v|fieldstrength|champ|campo|شدهالمجال")


def _words(heading: str) -> tuple[list[str], str]:
    words = [plain_words(word) for word in words_of(heading)]
    return words, "".join(words)


def _one_of(heading: str, words: set[str]) -> bool:
    parts, joined = _words(heading)
    # Shapefiles cut their headings after ten letters.
    is_cut = len(heading) == 10 and any(len(word) > len(parts[-1]) > 4 and word.startswith(parts[-1]) for word in words)
    return joined in words or is_cut or any(part in words for part in parts)


def asks_covered(heading: str) -> bool:
    """Whether a column is headed by words for coverage."""
    parts, joined = _words(heading)
    return joined.startswith(_COVER_BEGINS) or any(p in _COVER_WORDS or p.startswith(_COVER_BEGINS) for p in parts)


def asks_uncovered(heading: str) -> bool:
    """Whether a column is headed by words for ground without coverage, so that yes means not covered."""
    parts, joined = _words(heading)
    return _UNCOVERED_HEADINGS.fullmatch(joined.removeprefix("is")) is not None or (
        bool(_NOT & set(parts)) and asks_covered(heading)
    )


def is_of_classes(heading: str) -> bool:
    """Whether a column is headed by a word for classes or grades."""
    return _one_of(heading, _CLASS_WORDS)


def is_of_status(heading: str) -> bool:
    """Whether a column is headed by a word for a status."""
    return _one_of(heading, _STATUS_WORDS)


#: What stands before the event in the heading of its day (``Date de mise en service``).
_DATE_OF = re.compile(r"^(?:date|data|fecha|annee|anio|ano|year|day|jour|dia)(?:of|del|de|da|du|d)?(?:la)?")


def is_of_launch(heading: str) -> bool:
    """Whether a column is headed by a word for when something begins."""
    parts, joined = _words(heading)
    return any(one.startswith(_LAUNCH_BEGINS) for one in (*parts, joined, _DATE_OF.sub("", joined)))


def is_quantity(heading: str) -> bool:
    """Whether a column counts or names something else than coverage."""
    return _one_of(heading, _QUANTITY_WORDS)


def is_of_people(heading: str) -> bool:
    """Whether a column is headed by a word for people or their homes."""
    return _one_of(heading, _PEOPLE_WORDS)


def is_share(heading: str) -> bool:
    """Whether a column is headed by a word for a share or a probability."""
    return "%" in heading or _one_of(heading, _SHARE_WORDS)


def is_coordinate(heading: str) -> bool:
    """Whether a column holds positions, which may be as negative as levels."""
    return _one_of(heading, _COORDINATE_WORDS)


def is_level(heading: str) -> bool:
    """Whether a column is headed by a word for levels in dBm."""
    parts, joined = _words(heading)
    return _one_of(heading, _LEVEL_WORDS) or any(
        w.startswith(_LEVEL_BEGINS) or w.endswith("dbm") for w in (*parts, joined)
    )


def is_field_strength(heading: str) -> bool:
    """Whether a column is headed by words for levels in dB(µV/m)."""
    return _FIELD.search(_words(heading)[1]) is not None or _FIELD.search(heading.casefold()) is not None


def without_cover_words(heading: str) -> str:
    """A heading without its words for coverage and shares (``"cov_4G_pct"`` → ``"4g"``)."""
    parts, _ = _words(re.sub(r"(?i)(?<=[a-z])(?=[2-5]G(?![a-z]))|(?<=[2-5]G)(?=cov|couv|cob)", " ", heading))
    return " ".join(p for p in parts if not (p in _COVER_WORDS | _SHARE_WORDS or p.startswith(_COVER_BEGINS)))
