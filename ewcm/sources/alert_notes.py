"""What is said of an alert that was read: what was assumed, left out or is doubted, as codes of ``cap.<language>.json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ewcm.core.finding import Caveat, Json
from ewcm.core.texts import filled, texts_of, words_in
from ewcm.sources.alert_areas import AlertArea

#: A circle of this radius or more is doubted [km].
WIDE_KM = 500.0

#: A description that names a distance further from the radius of its circle than this factor is another one.
_FACTOR = 2.5

#: Words of units of length in the descriptions of areas, and what they are [km].
_UNITS = (
    (re.compile(r"(?:km|kilom[eè]t|kilóm|quilóm|كم|كيلو)", re.I), 1.0),
    (re.compile(r"(?:nm\b|nautical|naut|millas? náut|milles? naut|milhas? náut|ميل بحري)", re.I), 1.852),
    (re.compile(r"(?:mi\b|miles?|millas?|milhas?)", re.I), 1.609),
    (re.compile(r"(?:m\b|met|mèt|متر)", re.I), 0.001),
)

_LENGTH = re.compile(r"(\d+(?:[.,]\d+)?)[\s\u00a0-]*([^\W\d_]+(?:\s+[^\W\d_]+)?)")

#: Words of a test or an exercise in the texts of a sender.
_TEST = re.compile(
    r"\b(?:test(?:ing)?|exercise|drill|exercice|essai|ejercicio|simulacro|prueba|exercício|simulado|teste)\b|تمرين|اختبار|تجربة",
    re.I,
)


def note(code: str, **values: Json) -> Caveat:
    """A sentence by its code, with its values and its English text."""
    return Caveat(code, filled(texts_of("cap")["en"][f"said.{code}"], values), values)


def each_once(caveats: Iterable[Caveat]) -> tuple[Caveat, ...]:
    """Caveats without those that say the same as another."""
    return tuple({each.text: each for each in caveats}.values())


def words_of_cap(language: str) -> dict[str, str]:
    """The words of CAP (``severity.Severe``) and what is said of its messages (``said.<code>``) in a language."""
    return words_in(language, "cap")


def in_language(caveat: Caveat, language: str) -> str:
    """What is said, in a language."""
    return filled(words_of_cap(language)[f"said.{caveat.code}"], caveat.values, language)


#: Codes of three letters (ISO 639-2) that alerts have for the languages of the engine.
_LONG_CODES = {"eng": "en", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt", "ara": "ar"}


def own_words(texts: Mapping[str, str], language: str) -> str:
    """What a sender wrote, by codes such as ``fr-CA``: in a language where it did, else in its first; "" for no text."""
    for code, text in texts.items():
        primary = re.split("[-_]", code.strip().lower())[0]
        if text and _LONG_CODES.get(primary, primary) == language:
            return text
    return next((text for text in texts.values() if text), "")


def word_of_cap(kind: str, word: str, language: str) -> str:
    """A word of CAP (``severity``, ``Severe``) in a language; one that is none of CAP as it is written."""
    return words_of_cap(language).get(f"{kind}.{word}", word)


def time_text(moment: datetime | None) -> str:
    """A moment as every language reads it; a question mark where it is not known."""
    return "?" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def notes_of_areas(areas: Sequence[AlertArea]) -> Iterator[Caveat]:
    """What is said of the ground of an alert."""
    if any(area.altitude for area in areas):
        yield note("heights")
    if any(area.swapped for area in areas):
        yield note("exchanged")
    if any(area.crossed for area in areas):
        yield note("crossed")
    for form in ("decimal_commas", "compass", "wkt", "geojson"):
        if any(form in area.forms for area in areas):
            yield note(form)
    widest = max((area.widest_km for area in areas), default=0.0)
    if widest >= WIDE_KM:
        yield note("wide_circle", radius=round(widest))
    for area in areas:
        if stated := _other_length(area):
            yield note("described", area=area.description[:60], stated=stated, radius=f"{area.widest_km:,.5g}")
    for text in [text for area in areas for text in area.broken][:5]:
        yield note("no_shape", shape=text)
    for area in areas:
        if area.shape is None and area.points and not area.codes:
            lon, lat = area.points[0]
            yield note("point", area=area.description[:60], lat=f"{lat:g}", lon=f"{lon:g}")


def _other_length(area: AlertArea) -> str:
    """The length that the description of an area names where it is far from the radius of its circle; empty where it is not.

    Metres may be heights: they count only where the number of the circle is the same one, which CAP takes as kilometres.
    """
    if area.widest_km <= 0:
        return ""
    found = []
    for number, word in _LENGTH.findall(area.description):
        value = float(number.replace(",", "."))
        unit = next((km for words, km in _UNITS if words.match(word)), None)
        if unit is None or (unit == 0.001 and abs(value - area.widest_km) > 0.01 * value):
            continue
        found.append((value * unit, f"{number} {word.split()[0]}"))
    near = [length for length, _ in found if length > 0 and 1 / _FACTOR <= area.widest_km / length <= _FACTOR]
    return found[0][1] if found and not near else ""


def test_words(texts: Iterable[str]) -> str:
    """The first word of a test or an exercise in texts; empty where there is none."""
    return next((found[0] for text in texts if (found := _TEST.search(text))), "")
