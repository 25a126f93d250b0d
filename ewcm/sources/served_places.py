"""Lists of places that have signal (villages, schools) in the place of lists of sites: their positions are where people live, and
circles around them would count ground of which nobody says that it is covered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.headings import words_of
from ewcm.sources.people_columns import is_of_people
from ewcm.sources.plain_words import plain_words

#: Headings that tell how far a mast is, or which one is the nearest: the row is none itself.
_MAST = r"(?:sites?|towers?|bts|masts?|antenn?[ae]s?|pylones?|torres?|estac(?:ao|ion)|برج|محطه)"
_NEAREST = r"(?:nearest|closest|proche|cercan[oa]|proxim[oa]|dist(?:ance|ancia)?|المسافه|اقرب)"
_TO_A_MAST = re.compile(rf"\b{_NEAREST}\b.*\b{_MAST}\b|\b{_MAST}\b.*\b{_NEAREST}\b")

#: Words of headings that name a mast.
_MASTS = re.compile(
    rf"\b(?:{_MAST}|e?g?(?:node)?b|node b|e node b|g node b|cells?|stations?|sitios?|emplazamientos?|البرج|الموقع)\b"
)

#: Words of headings of places where people learn or are looked after, and of where they live.
_SERVICES = re.compile(
    r"\b(?:schools?|ecoles?|escuelas?|escolas?|colegios?|health (?:facilit(?:y|ies)|cent(?:er|re)s?|posts?)|clinics?|hospitals?"
    r"|centres? de sante|(?:polling|police) (?:stations?|cent(?:er|re)s?)|bureaux? de vote"
    r"|(?:centros?|locais|local|mesas?) de votac(?:ion|ao)|(?:test|measurement|measuring) (?:points?|locations?)"
    r"|points? de mesure|puntos? de medicion|pontos? de medicao|churches|mosques?|boreholes?|water points?|points? d eau"
    r"|bank branch(?:es)?|مدرسه|المدرسه|مدارس)\b"
)
_VILLAGES = re.compile(
    r"\b(?:villages?|settlements?|hamlets?|localit(?:y|ies)|localites?|localidades?|(?:centros?|cen) ?pob(?:lados?)?|ccpp"
    r"|aldei?as?|povoados?|veredas?|caserios?|communit(?:y|ies)|comunidades?|communautes?|قرى|قريه|القريه|تجمع سكاني)\b"
)
#: Words of headings that count households.
_HOMES = re.compile(r"\b(?:households?|menages?|hogares|viviendas|agregados|familias|الاسر)\b")


def served_places(path: Path, table: pd.DataFrame, above: Iterable[str]) -> tuple[InputWarning, ...]:
    """A doubt where no column names a mast, and one speaks of schools, clinics and the like, of villages whose people are
    counted (or of which the name of the file speaks), or of the nearest mast. ``above``: what stands above the table."""
    plain = {heading: plain_words(" ".join(words_of(heading))) for heading in map(str, table.columns)}
    of_masts = [heading for heading, words in plain.items() if _TO_A_MAST.search(words)]
    services = [heading for heading, words in plain.items() if _SERVICES.search(words)]
    if any(_MASTS.search(words) for heading, words in plain.items() if heading not in (*of_masts, *services)):
        return ()
    is_counted = any(is_of_people(heading) or _HOMES.search(words) for heading, words in plain.items())
    called = any(_VILLAGES.search(plain_words(text)) for text in (path.stem, *above) if len(text) <= 200)
    villages = [heading for heading, words in plain.items() if _VILLAGES.search(words) and (is_counted or called)]
    if not (shown := one_line(next(iter(of_masts + services + villages), ""), 40)):
        return ()
    text = (
        f"Column '{shown}' speaks of places where people live or are served, and none names a mast: if the rows are places that "
        "have signal, circles around them count ground that nobody calls covered. Take the file out of the inputs then "
        "(`ewcm learn coverage` is for such places)."
    )
    return (InputWarning("served_places", text, {"column": shown}),)
