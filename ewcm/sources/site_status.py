"""Which rows of a site list are of sites in service: by their status, and what other columns say of plans and closures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.colour_words import are_colours, are_signal_colours
from ewcm.sources.coverage_words import is_of_launch, is_of_status
from ewcm.sources.headings import Column, words_of
from ewcm.sources.plain_words import plain_words
from ewcm.sources.quantities import is_nothing, number_of
from ewcm.sources.site_words import YES_NO, CellNotes, answer_of
from ewcm.sources.status_words import (
    MOST_STATES,
    are_states,
    asks_whether_live,
    gone_among,
    heads_an_end,
    heads_what_is_over,
    is_existing,
    is_gone,
    is_licensed,
    is_live,
    is_unsure,
)
from ewcm.sources.years import is_day, is_to_come, year_of_day, years_in

#: Headings that mean a state of a country as well as that of a site.
_TWO_MEANINGS = {"estado", "etat"}

#: Beginnings of words for how much of the time a site works, or how much it carries.
_AT_WORK = ("availab", "disponib", "uptime", "traffic", "trafic", "trafego", "erlang", "التوافر", "الحركه")

#: Headings of how many transmitters a site has.
_HOW_MANY = re.compile(
    r"\b(?:no|number|nb|nbre|nombre|num|numero|n|count|qty)\b.*\b(?:sectors?|secteurs?|sectores|setores|trx|cells?|cellules?|celdas?)\b"
    r"|^(?:trxs?|(?:sectors?|cells?) count)$"
)

#: Headings of whether a site works, and of what disturbs it.
_HEALTH = re.compile(
    r"(?:(?:site|cell|network|bts) )*(?:health|condition|functional\w*|functioning|working|fonctionn\w*|funciona\w*|operativ\w*)"
    r"(?: (?:status|site|du site|del sitio|do site))*"
)
_DISTURBED = re.compile(
    r"\b(?:alarms?|alarmes?|alarmas?|outages?|coupures?|pannes?|faults?|fallas?|fallos?|falhas?|avarias?|averias?|incidents?"
    r"|incidencias?|down since|انذار|انذارات|عطل|اعطال)\b"
)
_OF_ALARM_SYSTEMS = re.compile(
    r"\b(?:system\w*|install\w*|panel|equipment|hours?|heures?|horas?|minutes?|duration|duree|number|nombre|count)\b"
)
_UNDISTURBED = re.compile(
    r"(?:no(?: active| open)? (?:alarms?|outages?|faults?)|clear(?:ed)?|normal\w*|ok|ras|rien a signaler|neant|sin \w+|sem \w+"
    r"|aucune?(?: \w+)?|pas d \w+|restored|resolved|resolu\w*|closed|fermee?)"
)


#: What KoBo says of every answer that came in, below ``_status``.
_OF_A_FORM = {"submitted_via_web", ""}


def out_of_service(
    table: pd.DataFrame, column: Column | None, notes: CellNotes, *, stated: bool = False
) -> tuple[np.ndarray, str]:
    """Rows of sites that are planned or out of service, by a column of their status, and an example of its words. A column of
    other things (the states of a country) says nothing. ``stated``: the user names it."""
    nothing = np.zeros(len(table), dtype=bool), ""
    if column is None:
        return nothing
    texts = table[column.heading].astype(str)
    if set(texts) <= _OF_A_FORM:
        return nothing
    told = texts.unique().tolist()
    if stated and (over := _over_by_heading(column.heading, told) or _unfinished(column.heading, told)):
        rows = texts.isin(over).to_numpy()
        return rows, _first(texts, rows)
    counted = Counter(text for text in texts if not is_nothing(text))
    gone = {text for text in counted if is_gone(text, status=True) or answer_of(text) is False}
    gone |= {text for text in counted if stated and _is_to_come(text)}
    there = {text for text in counted if text not in gone and (is_live(text) or answer_of(text) is True)}
    # A site that is licensed stands, where the list tells no others that do.
    there |= {text for text in counted if text not in gone and not there and is_licensed(text)}
    understood = sum(counted[text] for text in gone | there)
    other = ~texts.isin(gone | there).to_numpy(dtype=bool)
    is_state = "".join(words_of(column.heading)) in _TWO_MEANINGS and not _are_marks(list(counted))
    if not stated and understood < 0.5 * sum(counted.values()) and (is_state or not gone):
        if gone or (len(counted) <= MOST_STATES and not is_state):
            _warn(notes, column.heading, texts, other & ~texts.map(is_nothing).to_numpy(dtype=bool))
        return nothing
    # Where only the exceptions are marked, an empty cell is the rule.
    empty = texts.map(is_nothing).to_numpy(dtype=bool)
    _warn(notes, column.heading, texts, other if there else other & ~empty)
    rows = texts.isin(gone).to_numpy()
    return rows, _first(texts, rows)


def _are_marks(texts: Sequence[str]) -> bool:
    """Whether a column holds several colours, or letters and digits alone, and so no names of states."""
    return are_colours(texts) or (len(texts) > 1 and all(len(text) == 1 for text in texts))


def _warn(notes: CellNotes, heading: str, texts: pd.Series, rows: np.ndarray) -> None:
    """Say of rows whose status is empty or not understood that they were taken as in service."""
    if not rows.any():
        return
    shown, count = _first(texts, rows), int(rows.sum())
    values: dict[str, object] = {"rows": count, "column": heading, "example": shown}
    if not shown:
        text = f"{count} rows have no '{heading}', which others have; they were taken as in service."
        notes.warnings.append(InputWarning("no_status", text, {"rows": count, "column": heading}))
        return
    text = (
        f"{count} rows have a '{heading}' that is not understood (such as '{shown}'); they were taken as in service: write of "
        "them what is meant, such as 'on air' or 'planned'."
    )
    notes.warnings.append(InputWarning("status", text, values))


def _first(texts: pd.Series, rows: np.ndarray) -> str:
    """A text of some rows, the first that is not empty."""
    return next((one_line(text, 40) for text in texts[rows].unique()[:50] if text), "")


def maybe_planned(table: pd.DataFrame, used: Iterable[str], left: np.ndarray, notes: CellNotes) -> None:
    """Say of columns that are not read what they say of networks that are planned or out of service, and of days to come.
    ``used``: headings that are read; ``left``: rows that are left out anyway."""
    for heading in (str(name) for name in table.columns if name not in set(used)):
        texts = table[heading].astype(str)
        words = [text for text in texts[~left].unique().tolist() if text]
        is_status = (
            is_of_status(heading)
            or asks_whether_live(heading)
            or _HEALTH.fullmatch(plain_words(heading)) is not None
            or are_states(words)
        )
        # A word that may be part of a name says nothing of a site that is called so.
        gone = gone_among([text for text in words if len(text) <= 300], status=is_status)
        if is_of_launch(heading):
            gone = [text for text in words if text in gone or _is_to_come(text)]
        elif is_status and any(is_live(text) and text not in gone for text in words):
            gone = [text for text in words if text in gone or not is_live(text)]
        further = (
            *_over_by_heading(heading, words),
            *_idle(heading, words),
            *_days_to_come(heading, words),
            *_disturbed(heading, words),
            *_unfinished(heading, words),
        )
        gone += [text for text in further if text not in gone]
        if is_status and not gone and any(answer_of(text) is True for text in words):
            gone = [text for text in words if answer_of(text) is False and not is_nothing(text)]
        if gone:
            _say_planned(notes, heading, int((texts.isin(gone).to_numpy() & ~left).sum()), gone[0])
        elif asks_whether_live(heading) and all(answer_of(text) is True for text in words if not is_nothing(text)):
            # Where the yes alone is marked, an empty cell may be the no.
            empty = texts.map(is_nothing).to_numpy(dtype=bool)
            _warn(notes, heading, texts, empty & ~left & (not empty[~left].all()))
        elif is_status or are_signal_colours(words) or any(map(is_existing, words[:MOST_STATES])):
            _say_codes(notes, heading, texts, left)
        elif is_of_launch(heading):
            _say_no_day(notes, heading, texts, left)


#: Words beside a status that say of what it is: of no network.
_OTHER_STATUS = re.compile(
    r"\b(?:power|energ\w*|grid|battery|fuel|fib\w+|backhaul|transmission|lease|land|rent|payment|invoice|ownership|owner|road"
    r"|access|security|fenc\w*|marital|alarm\w*|audit\w*|survey\w*|verif\w*)\b"
)

#: A status is one of a few short words or codes.
_MOST_CODES, _LONGEST_CODE = 8, 30


def _say_codes(notes: CellNotes, heading: str, texts: pd.Series, left: np.ndarray) -> None:
    """Say of a column that is headed by a word for a status and that nothing reads, which of its codes are not understood."""
    counted = Counter(text for text in texts[~left] if not is_nothing(text))
    if not 2 <= len(counted) <= _MOST_CODES or max(map(len, counted)) > _LONGEST_CODE:
        return
    is_state = "".join(words_of(heading)) in _TWO_MEANINGS and not _are_marks(list(counted))
    if _OTHER_STATUS.search(plain_words(heading)) or is_state:
        return
    # Of numbers 1 alone may say yes: 3 is a code here, and no number of cells.
    other = [text for text in counted if not (is_live(text) or YES_NO.get(text.casefold()))]
    # What most rows say is the rule, and the others are those that may be meant.
    rule = counted.most_common(1)[0][0]
    _warn(notes, heading, texts, texts.isin([text for text in other if text != rule]).to_numpy() & ~left)


#: Headings of the day on which a network begins, and of no work on one that stands; of these so large a share may lack it.
_BEGINS = re.compile(
    r"\b(?:on ?air|commission\w*|launch\w*|lancement|lanzamiento|lancamento|mise en service|puesta en (?:servicio|marcha)"
    r"|entrada em (?:servico|operacao)|(?:in|en|em) (?:service|servicio|servico|operation)|go ?live|تشغيل|التشغيل)\b"
)
_MOST_LACKING = {True: 0.8, False: 0.5}


def _say_no_day(notes: CellNotes, heading: str, texts: pd.Series, left: np.ndarray) -> None:
    """Say how many rows have no day on which they begin, where others have one."""
    empty = texts.map(is_nothing).to_numpy(dtype=bool)
    filled = texts[~empty & ~left].unique().tolist()
    most = _MOST_LACKING[_BEGINS.search(plain_words(heading)) is not None]
    if (
        filled
        and (empty & ~left).sum() <= most * (~left).sum()
        and all(is_day(text) or years_in(text) for text in filled)
    ):
        _warn(notes, heading, texts, empty & ~left)


#: Headings of years, and those of days to come that say nothing of whether a site stands.
_OF_YEARS = re.compile(r"\b(?:years?|annees?|ano|anos|anio|سنه|عام)\b")
_OTHER_DAYS = re.compile(
    r"\b(?:next|maintenance|mantenimiento|manutencao|inspection|inspeccion|inspecao|audit\w*|visit\w*|lease|contract|contrat\w*"
    r"|bail|warranty|insurance|review|prochaine?|proxim[oa])\b"
)


def _days_to_come(heading: str, texts: Sequence[str]) -> list[str]:
    """The cells of a column of days (or headed by a year) that lie ahead, whatever the days are of, where it does not say that
    something ends then."""
    plain = plain_words(heading)
    if heads_an_end(heading) or heads_what_is_over(heading) or _OTHER_DAYS.search(plain):
        return []
    has_years = _OF_YEARS.search(plain) is not None
    filled = [text for text in texts if not is_nothing(text)]
    days = [text for text in filled if is_day(text) or (has_years and years_in(text))]
    return [text for text in days if is_to_come(text)] if 2 * len(days) > len(filled) else []


def _idle(heading: str, texts: Iterable[str]) -> list[str]:
    """The cells of a column of how much of the time a site works, or how much it carries, that say not at all."""
    if not any(word.startswith(_AT_WORK) for word in words_of(heading)) and not _HOW_MANY.search(plain_words(heading)):
        return []
    return [text for text in texts if (found := number_of(text.rstrip("% "))) is not None and found[0] == 0]


def _disturbed(heading: str, texts: Sequence[str]) -> list[str]:
    """The cells of a column of alarms or outages that tell one."""
    plain = plain_words(heading)
    if _DISTURBED.search(plain) is None or _OF_ALARM_SYSTEMS.search(plain) is not None:
        return []
    told = [text for text in texts if not is_nothing(text) and YES_NO.get(text.casefold()) is not False]
    return [text for text in told if _UNDISTURBED.fullmatch(plain_words(text)) is None]


#: Headings of how far the works at a site have come.
_PROGRESS = re.compile(
    r"\b(?:progress\w*|progreso|progresso|avancement|avance|andamento|completion|completed|complete|realisation|execution|ejecucion"
    r"|execucao|انجاز|الانجاز|اكتمال)\b"
)


def _unfinished(heading: str, texts: Iterable[str]) -> list[str]:
    """The cells of a column of how far works have come that say less than wholly (per cent, or shares of 1)."""
    if _PROGRESS.search(plain_words(heading)) is None:
        return []
    shares = {text: found[0] for text in texts if (found := number_of(text.rstrip("% "))) is not None}
    whole = 1.0 if shares and max(shares.values()) <= 1 else 100.0
    return [text for text, share in shares.items() if 0 <= share < whole]


def _over_by_heading(heading: str, texts: Iterable[str]) -> list[str]:
    """The cells of a column headed by a word for what is over (``Decommissioned``, ``Off-air date``) or planned that say so: with
    a yes, of what is over also with a day or year that is not to come; below that of a day on which something ends, years that
    have passed."""
    now = datetime.now(UTC).year
    if heads_an_end(heading):
        return [text for text in map(str, texts) if (years := years_in(text)) and max(years) < now]
    is_over = heads_what_is_over(heading)
    if not is_over and not is_gone(heading, status=False):
        return []
    return [
        text
        for text in map(str, texts)
        if text
        and (
            answer_of(text) is True
            or (is_over and any(0 < year <= now for year in (*years_in(text), year_of_day(text))))
        )
    ]


def _is_to_come(text: str) -> bool:
    """Whether a date lies in a year to come, or is not known yet."""
    return is_unsure(text) or is_to_come(text)


def _say_planned(notes: CellNotes, heading: str, rows: int, example: str) -> None:
    shown = one_line(example, 40)
    mend = f'columns = {{ status = "{one_line(heading, 60)}" }}'
    text = (
        f"Column '{heading}' says of {rows} rows that they may be planned or out of service (such as '{shown}'), and is not "
        f"read; they were taken as in service. If so, leave them out with {mend}, or take them out of the list."
    )
    values = {"rows": rows, "column": heading, "example": shown, "mend": mend}
    notes.warnings.append(InputWarning("site_maybe_planned", text, values))
