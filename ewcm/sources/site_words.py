"""What the cells of a site list say beside the place: technologies and bands, yes and no, in service or not, numbers with
units."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.coverage_words import is_share
from ewcm.sources.headings import ALIASES, BY_VALUES, Column, Found, flags_of, says_more, words_of
from ewcm.sources.plain_words import plain_words
from ewcm.sources.quantities import UNITS, is_nothing, number_of, numbers_of
from ewcm.sources.status_words import is_gone, is_live, is_unsure
from ewcm.sources.technologies import BAND_MHZ, Reading, generations, technologies_of
from ewcm.sources.years import is_to_come, years_in

#: Limits of the numbers a site list may state: (lowest, highest), both allowed.
LIMITS = {
    "frequency_mhz": (30.0, 100_000.0),
    "eirp_dbm": (-20.0, 120.0),
    "height_m": (0.5, 1000.0),
    "azimuth_deg": (-360.0, 360.0),
    "beamwidth_deg": (1.0, 360.0),
}

_YES = {
    *("yes", "y", "x", "1", "true", "t", "oui", "o", "vrai", "si", "sí", "s", "sim"),
    *("verdadero", "verdadeiro", "✓", "✔", "☑", "√", "●", "•", "■", "ok", "v", "ü"),
    *("on", "active", "actif", "activo", "ativo", "available", "disponible", "disponível", "on air", "onair", "live", "deployed"),
    *("in service", "en service", "en servicio", "em serviço", "installed", "installé", "operational", "opérationnel", "present"),
    *("نعم", "موجود", "متوفر", "متاح"),
}  # fmt: skip
_NO = {
    *("no", "n", "0", "false", "f", "non", "faux", "não", "nao", "falso", "✗"),
    *("✘", "×", "û", "off", "inactive", "inactif", "inactivo"),
    *("inativo", "not available", "indisponible", "absent", "none", "-", "", "0.0"),
    *("لا", "غير موجود", "غير متوفر", "غير متاح", "لا يوجد"),
}  # fmt: skip

#: Words of a heading below which the newest technology of a site stands alone.
_HIGHEST = {
    *("highest", "max", "maximum", "best", "latest", "newest", "top", "haute", "elevee", "recente", "meilleure", "maximale"),
    *("alta", "maxima", "mejor", "melhor", "reciente", "superior"),
}  # fmt: skip

#: More cells than this of one technology and operator no site has; larger numbers are of something else.
MOST_CELLS = 24

#: Whole numbers of the sectors of a site (``0/120/240``, ``2+2+2``).
_SECTORS = re.compile(r"\d{1,3}(?:\s*[/|+;,-]\s*\d{1,3}){1,11}")

#: A year, which is no number of cells and no band.
_YEAR = re.compile(r"\b(?:19[89]|20[0-4])\d\b")

_COMPASS = {
    point: 22.5 * number
    for number, point in enumerate(
        ["n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw"]
    )
}
_COMPASS |= {"sso": 202.5, "so": 225.0, "oso": 247.5, "o": 270.0, "ono": 292.5, "no": 315.0, "nno": 337.5}
_COMPASS |= {"north": 0.0, "south": 180.0}
_COMPASS |= {
    "nord": 0.0,
    "norte": 0.0,
    "est": 90.0,
    "east": 90.0,
    "este": 90.0,
    "leste": 90.0,
    "sud": 180.0,
    "sur": 180.0,
    "sul": 180.0,
}
_COMPASS |= {"west": 270.0, "ouest": 270.0, "oeste": 270.0}
_ALL_ROUND = re.compile(r"omni\w*|omni[- ]?dir\w*|all( round)?|nd|360 ?°? omni", re.IGNORECASE)

Named = tuple[tuple[str, float | None], ...]


@dataclass
class CellNotes:
    """What was counted on the way: values by column that could not be read, with an example, and sentences."""

    warnings: list[InputWarning] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    def unread(self, column: str, count: int, example: str) -> None:
        """Count values of a column that were not used."""
        if count:
            values = {"count": count, "column": column, "example": example[:40]}
            text = f"{count} values of '{column}' could not be read (such as '{example[:40]}') and were not used."
            self.warnings.append(InputWarning("unread", text, values))


@dataclass(frozen=True)
class Technologies:
    """The technologies of each row: none where ``unknown`` or ``others`` (no network for phones) say why, with examples."""

    named: list[Named]
    unknown: np.ndarray
    others: np.ndarray
    unknown_example: str
    others_example: str
    used: tuple[str, ...]  # the columns that were used
    further: np.ndarray | None = None  # rows of other technologies than the one that is stated
    guessed: bool = False  # by the values of a column whose heading does not say it


def technologies_in(table: pd.DataFrame, found: Found, stated: str | None, notes: CellNotes) -> Technologies | None:
    """The technologies of the rows of a list: by a column of words, or by columns of yes and no; as stated for all where no
    column tells them. Of a list whose columns do, the rows of the stated technology alone are meant."""
    ways = []
    column = found.columns.get("technology")
    numbered = None if column is not None else _numbered(table)
    if numbered is not None:
        heading, said, headings = numbered
        ways.append(replace(_by_words(pd.DataFrame({heading: said}), heading, notes), used=headings))
        notes.assumptions.append(f"Columns {', '.join(headings[:6])} tell the technologies together.")
    if column is not None:
        ways.append(_by_words(table, column.heading, notes))
    if found.flags:
        ways.append(_by_flags(table, found, notes))
    if not any(any(way.named) for way in ways) and stated is None and (filled := _by_filled(table, notes)):
        ways.append(filled)
    if not any(any(way.named) for way in ways) and stated is None:
        ways += [replace(_by_words(table, heading, notes), guessed=True) for heading in _likely(table)]
    # The way that tells most rows; of equals the first.
    best = max(ways, key=lambda way: sum(map(bool, way.named)), default=None)
    if best is not None and stated is None and len(best.used) == 1 and _HIGHEST & set(words_of(best.used[0])):
        heading = one_line(best.used[0], 60)
        said = (
            f"Column '{heading}' tells the highest technology of each site alone; the older ones on the same mast, which reach "
            "farther, are not known and were not counted."
        )
        notes.warnings.append(InputWarning("highest", said, {"column": heading}))
    if best is not None and best.guessed and stated is None:
        notes.assumptions.append(f"Column '{best.used[0]}' tells the technologies, by its values.")
    if stated is None:
        return best
    if best is None or sum(map(bool, best.named)) < 0.5 * len(table):
        named: list[Named] = [((stated, None),)] * len(table)
        nothing = np.zeros(len(table), dtype=bool)
        return Technologies(named, nothing, nothing, "", "", ())
    return _of_one(best, stated, notes)


def tells_technologies(table: pd.DataFrame, found: Found) -> bool:
    """Whether the columns of a list tell the technologies of any of its rows."""
    named = technologies_in(table, found, None, CellNotes())
    return named is not None and any(named.named)


def _of_one(way: Technologies, stated: str, notes: CellNotes) -> Technologies:
    """The rows of the stated technology, of a list whose columns tell technologies; those of others are none of its rows."""
    named: list[Named] = [tuple(one for one in row if one[0] == stated) for row in way.named]
    further = np.array([bool(row) and not mine for row, mine in zip(way.named, named, strict=True)], dtype=bool)
    if further.any():
        column = ", ".join(way.used[:6])
        values: dict[str, object] = {"column": column, "technology": stated, "count": int(further.sum())}
        text = (
            f"Column {column} tells the technologies: the rows of {stated}, which is stated, were used, and {int(further.sum())} "
            "rows of others were not; leave out technology to read all of them."
        )
        notes.warnings.append(InputWarning("one_technology", text, values))
    return replace(way, named=named, further=further)


def _numbered(table: pd.DataFrame) -> tuple[str, pd.Series, tuple[str, ...]] | None:
    """Columns of technologies that a list counts (``Technology 1``, ``Technology 2``) as one: its heading, texts, and theirs."""
    by_word: dict[str, list[str]] = {}
    for heading in map(str, table.columns):
        word = "".join(words_of(heading))
        plain = word.rstrip("0123456789")
        # Of two years one alone holds.
        if plain != word and plain in ALIASES["technology"] and not years_in(word):
            by_word.setdefault(plain, []).append(heading)
    several = next((headings for headings in by_word.values() if len(headings) > 1), None)
    if several is None:
        return None
    texts = table[several].apply(lambda row: ", ".join(text for text in row if not is_nothing(str(text))), axis=1)
    return several[0], texts, tuple(several)


def _likely(table: pd.DataFrame) -> list[str]:
    """Columns whose values are technologies: most of them where the heading may mean it, nearly all below any other that does
    not speak of plans."""
    found = []
    for heading in map(str, table.columns):
        words = words_of(heading)
        may_mean = "".join(words) in BY_VALUES["technology"] or any(
            word.startswith(("tech", "tecno")) for word in words
        )
        if says_more(heading):
            continue
        readings = [technologies_of(text) for text in table[heading].unique()[:200] if not is_nothing(text)]
        good = sum(bool(reading.found) and not reading.unknown for reading in readings)
        if readings and good >= (0.5 if may_mean else 0.9) * len(readings):
            found.append(heading)
    return found


#: From one generation to another that is not the next: whether those between are meant is not said.
_FROM_TO = re.compile(r"\b([2-5])\s*G\s*[-–—]\s*([2-5])\s*G\b", re.IGNORECASE)


#: Between the technologies of one cell; a remark in brackets or behind a dash is a part where it names one itself.
_NAMES_ONE = r"(?=[^)\]]*?\b(?:[2-5] ?G|GSM|UMTS|HSPA|W-?CDMA|LTE|NR)\b)"
_PARTS = re.compile(rf"[,;/+&|\n]|\s(?:and|et|y|e|و)\s|[(\[]{_NAMES_ONE}|\s[-–—]\s{_NAMES_ONE}", re.IGNORECASE)
_NOT_THIS = re.compile(r"\s*(?:no|not|non|sans|sin|sem|without|pas de)\b", re.IGNORECASE)


def _without_plans(text: str) -> Reading | None:
    """What a cell names without the parts that are planned, not decided or denied (``"2G, 3G, 4G (planned)"``); None where
    anything else is left that is not understood."""
    found: list[Reading] = []
    for part in _PARTS.split(text[:400]):
        reading = technologies_of(part)
        if not reading.unknown:
            found.append(reading)
        elif not (is_gone(part, status=True) or is_unsure(part) or _NOT_THIS.match(part) or _YEAR.search(part)):
            return None
    named = tuple(dict.fromkeys(one for reading in found for one in reading.found))
    return Reading(found=named) if named else None


def _by_words(table: pd.DataFrame, heading: str, notes: CellNotes) -> Technologies:
    code, texts = pd.factorize(table[heading])
    by_number = generations(map(str, texts))
    readings = [technologies_of(by_number.get(str(text), str(text))) for text in texts]
    parts = {place: _without_plans(str(text)) for place, text in enumerate(texts) if readings[place].unknown}
    for place, reading in parts.items():
        readings[place] = reading or readings[place]
    for place, text in enumerate(texts):
        ends = _FROM_TO.search(str(text))
        if ends and abs(int(ends[1]) - int(ends[2])) > 1:
            readings[place] = Reading(unknown=(ends[0],))
    good = [reading.found if not reading.unknown else () for reading in readings]
    in_part = np.array([bool(parts.get(place)) for place in range(len(texts))], dtype=bool)[code]
    if in_part.any():
        shown = _first(table[heading], in_part)
        values: dict[str, object] = {"count": int(in_part.sum()), "column": heading, "example": shown}
        said = (
            f"{int(in_part.sum())} cells of '{heading}' name technologies that are not there yet, or not surely (such as "
            f"'{shown}'); the others in these cells were used."
        )
        notes.warnings.append(InputWarning("parts", said, values))
    beside = np.array([bool(r.others and r.found and not r.unknown) for r in readings], dtype=bool)[code]
    if beside.any():
        notes.assumptions.append(
            f"{int(beside.sum())} cells of '{heading}' name other things beside networks for phones (such as "
            f"'{_first(table[heading], beside)}'), which were left out."
        )
    other = np.array([bool(r.others) and not r.found and not r.unknown for r in readings], dtype=bool)[code]
    unknown = np.array([not named for named in good], dtype=bool)[code] & ~other
    return Technologies(
        [good[each] for each in code],
        unknown,
        other,
        _first(table[heading], unknown),
        _first(table[heading], other),
        (heading,),
    )


def _first(column: pd.Series, rows: np.ndarray) -> str:
    """A text of some rows, the first that is not empty."""
    texts = [text for text in column[rows].head(50) if text]
    return str(texts[0])[:40] if texts else ""


def _by_flags(table: pd.DataFrame, found: Found, notes: CellNotes) -> Technologies:
    """Columns headed by a technology: yes, no, how many cells, or on which band."""
    named: list[list[tuple[str, float | None]]] = [[] for _ in range(len(table))]
    unknown_example, used = "", []
    bad = np.zeros(len(table), dtype=bool)
    for heading, technologies in found.flags.items():
        frequencies = dict(technologies_of(" ".join(words_of(heading))).found)
        answers = _answers_of(heading, table[heading])
        each = {text: answers_to_each(heading, str(text)) for text in answers}
        answers |= {text: bool(mine) for text, mine in each.items() if mine is not None}
        if all(is_nothing(str(text)) for text in answers):
            continue
        used.append(heading)
        unread = table[heading].map(lambda text, answers=answers: answers[text] is None).to_numpy()
        notes.unread(heading, int(unread.sum()), _first(table[heading], unread))
        unknown_example = unknown_example or _first(table[heading], unread)
        bad |= unread
        for row, text in enumerate(table[heading]):
            answer = answers[text]
            if answer:
                bands: list[float | None] = [None] if isinstance(answer, bool) else list(answer)
                meant = each[text] or _meant(technologies, str(text))
                named[row] += [
                    (technology, mhz or frequencies.get(technology)) for technology in meant for mhz in bands
                ]
    rows: list[Named] = [tuple(dict.fromkeys(one)) for one in named]
    without = np.array([not one for one in rows], dtype=bool)
    if used:
        _warn_of_codes(table, used, notes)
        notes.assumptions.append(f"Columns of yes and no tell the technologies: {', '.join(used)}.")
    return Technologies(rows, without, np.zeros(len(table), dtype=bool), unknown_example, "", tuple(used))


#: Words beside a technology in the heading of a column that holds something of its cells, where there are any.
_OF_CELLS = re.compile(
    r"\b(?:azimuths?|azimuts?|azimutes?|acimuts?|height|hauteur|altura|tilt|cell ?ids?|site ?ids?"
    r"|ci|cgi|ecgi|eci|pci|psc|bcch|bsic|lac|tac"
    r"|e?u?arfcn|trx|on air date|onair date|launch(?: date)?|date|fecha|mise en service|vendor|fournisseur|proveedor)\b"
)


def _by_filled(table: pd.DataFrame, notes: CellNotes) -> Technologies | None:
    """Columns headed by a technology and by something else of its cells (``Azimuth G900``, ``2G Cell ID``, ``4G launch``): where
    a cell is filled the technology is taken to stand, unless it names a day to come; with a doubt that says so."""
    flags: dict[str, tuple[str, ...]] = {}
    for heading in map(str, table.columns):
        plain = plain_words(heading)
        rest = _OF_CELLS.sub(" ", plain)
        if rest != plain and not says_more(rest) and (named := flags_of(rest)) and (table[heading] != "").any():
            flags[heading] = named
    if len({one for named in flags.values() for one in named}) < 2:
        return None  # of one technology it may be said beside others that nothing tells
    named_rows: list[list[tuple[str, float | None]]] = [[] for _ in range(len(table))]
    example = ""
    for heading, technologies in flags.items():
        mhz = dict(technologies_of(" ".join(words_of(heading))).found)
        for row, text in enumerate(table[heading].astype(str)):
            is_north = text.strip() == "0" and "azim" in heading.casefold()
            if not is_north and (answer_of(text) is False or is_nothing(text)):
                continue
            if is_to_come(text) or is_unsure(text):
                continue
            example = example or text
            named_rows[row] += [(one, mhz.get(one)) for one in technologies]
    shown = ", ".join(one_line(heading, 40) for heading in list(flags)[:6])
    said = (
        f"Columns {shown} name technologies and hold something else (such as '{one_line(example, 40)}'): each was taken to stand "
        "where its cell is filled; write yes and no below '2G', '3G' and so on, if that is not meant."
    )
    notes.warnings.append(InputWarning("filled_cells", said, {"column": shown, "example": one_line(example, 40)}))
    rows: list[Named] = [tuple(dict.fromkeys(one)) for one in named_rows]
    without = np.array([not one for one in rows], dtype=bool)
    return Technologies(rows, without, np.zeros(len(table), dtype=bool), "", "", tuple(flags))


def _answers_of(heading: str, column: pd.Series) -> dict[str, bool | tuple[float, ...] | None]:
    """What each text of a column headed by a technology says; None of all numbers of a column of shares, or most of which are
    larger than the cells of a site."""
    texts = [str(text) for text in column.unique()]
    answers = {text: answer_of(text) for text in texts}
    if {"x", "o"} <= {text.strip().casefold() for text in texts}:
        # Beside a cross the letter is no "oui": a circle, which may mean no.
        answers |= {text: None for text in texts if text.strip().casefold() == "o"}
    numbers = {text: found[0] for text in texts if (found := number_of(text)) is not None and found[0] > 0}
    unread = [text for text in numbers if answers[text] is None]
    if is_share(heading) or 2 * len(unread) > len(numbers):
        answers |= dict.fromkeys(numbers, None)
    return answers


#: Between the answers of one cell to several technologies.
_EACH = re.compile(r"\s*[/|;+]\s*|\s*,\s*|(?<=\d)\s*-\s*(?=\d)")


def answers_to_each(heading: str, text: str) -> tuple[str, ...] | None:
    """The technologies to which a cell says yes that answers each of a heading's, in its order (``3/3/0`` below ``Sectors
    (2G/3G/4G)``); None for any other cell."""
    asked = list(dict.fromkeys(technology for technology, _ in technologies_of(" ".join(words_of(heading))).found))
    parts = _EACH.split(text.strip())
    if len(asked) < 2 or len(parts) != len(asked) or len(text) > 100:
        return None
    answers = [answer_of(part) for part in parts]
    if not all(isinstance(answer, bool) for answer in answers) or any(technologies_of(part).found for part in parts):
        return None
    return tuple(technology for technology, answer in zip(asked, answers, strict=True) if answer)


def _meant(technologies: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The technologies of a heading that a cell means: below several (``2G/3G/4G``) those that it names."""
    named = technologies_of(text).technologies if len(technologies) > 1 else ()
    return tuple(one for one in technologies if one in named) or technologies


def _warn_of_codes(table: pd.DataFrame, used: list[str], notes: CellNotes) -> None:
    """Say of columns that hold 1 and 2 alone that these may be codes of yes and no."""
    texts = {str(text).strip() for heading in used for text in table[heading].unique()}
    if texts != {"1", "2"}:
        return
    shown = ", ".join(one_line(heading, 40) for heading in used[:6])
    said = f"Columns {shown} hold 1 and 2 and nothing else, and both were taken as yes (how many cells); if 2 means no, write 0."
    notes.warnings.append(InputWarning("one_two", said, {"column": shown}))


#: Words that mean yes or no in a cell, in small letters; those that may mean that nothing is known are none of them.
YES_NO = {word: word in _YES for word in _YES | _NO if not is_nothing(word)}


def answer_of(text: str) -> bool | tuple[float, ...] | None:
    """Yes, no, the bands that stand there [MHz], or None for what is neither."""
    word = text.strip().casefold()
    if word in _NO or (is_nothing(text) and word not in _YES):
        return False
    if word in _YES:
        return True
    if _YEAR.search(word) and not (word.isdigit() and int(word) in BAND_MHZ):
        return None  # built or planned in that year: the list does not say which
    if is_gone(word, status=True):
        return False
    number = number_of(text)
    if number is not None and number[1] == "" and number[0] < 100:
        # How many cells; of more, and of parts of one, these are shares of an area or counts of its sites.
        return number[0] > 0 if number[0] <= MOST_CELLS and number[0].is_integer() else None
    if _SECTORS.fullmatch(word):
        each = [int(part) for part in re.findall(r"\d+", word)]
        if max(each) <= 360:
            return any(each)  # the directions of its sectors, or how many cells each has
    first, _, rest = re.sub(r"[()\[\]:–-]", " ", word).partition(" ")
    reading = technologies_of(rest if first in _YES else text)
    if reading.unknown or reading.others:
        return True if is_live(word, whole=True) else None
    bands = [*reading.bare, *(mhz for _, mhz in reading.found if mhz is not None)]
    return tuple(bands) if bands else True if reading.found or first in _YES else None


def bands_in(
    table: pd.DataFrame, column: Column | None, decimal: str, stated: bool, notes: CellNotes
) -> list[Reading | float | None]:
    """What the column of frequencies or bands says of each row: one frequency [MHz], several by technology or not, or nothing."""
    if column is None:
        return [None] * len(table)
    factor = UNITS["frequency_mhz"].get(column.unit, 1.0)
    answers: dict[str, Reading | float | None] = {}
    for text in table[column.heading].unique():
        number = number_of(str(text), decimal, stated, LIMITS["frequency_mhz"] if factor == 1.0 else None)
        if number is not None and number[1] in UNITS["frequency_mhz"]:
            value = number[0] * (UNITS["frequency_mhz"][number[1]] if number[1] else factor)
            if not number[1] and factor == 1.0 and 0.4 <= value < 6 and "." in str(text):
                value *= 1000.0  # 0.9, 1.8: gigahertz
            answers[text] = value
            continue
        reading = technologies_of(str(text))
        usable = bool(reading.bare or reading.found) and not reading.unknown
        answers[text] = reading if usable else None
    bad = (
        table[column.heading].map(lambda text: answers[text] is None and not is_nothing(str(text))).to_numpy(dtype=bool)
    )
    notes.unread(column.heading, int(bad.sum()), _first(table[column.heading], bad))
    return [answers[text] for text in table[column.heading]]


def with_bands(named: Named, bands: Reading | float | None) -> tuple[Named, bool]:
    """Technologies with their frequencies, by what both columns say; and whether bands were left over that belong to nobody."""
    if bands is None or not named:
        return named, False
    if isinstance(bands, float):
        return tuple((technology, mhz if mhz is not None else bands) for technology, mhz in named), False
    by_technology: dict[str, list[float]] = {}
    for technology, mhz in bands.found:
        if mhz is not None:
            by_technology.setdefault(technology, []).append(mhz)
    open_ones = [technology for technology, mhz in named if mhz is None and technology not in by_technology]
    bare = list(bands.bare)
    result: list[tuple[str, float | None]] = []
    left = False
    for technology, mhz in named:
        if mhz is not None:
            result.append((technology, mhz))
        elif technology in by_technology:
            result += [(technology, each) for each in by_technology[technology]]
        elif len(bare) == 1 or (bare and len(open_ones) == 1):
            result += [(technology, each) for each in bare]
        elif bare and len(bare) == len(open_ones):
            result.append((technology, bare[open_ones.index(technology)]))
        else:
            left = left or bool(bare)
            result.append((technology, None))
    return tuple(dict.fromkeys(result)), left


#: Metres in a unit of length that stands in a heading.
_METRES_IN = {"ft": 0.3048, "km": 1000.0}


def quantity(
    table: pd.DataFrame, name: str, column: Column | None, decimal: str, stated: bool, notes: CellNotes
) -> np.ndarray:
    """A column of numbers in the unit of ``name``; NaN where there is none. Values outside :data:`LIMITS` are not used, and
    counted."""
    if column is None:
        return np.full(len(table), np.nan)
    found = numbers_of(table[column.heading], name, decimal, stated, LIMITS[name])
    values = found.values
    notes.unread(column.heading, found.unread, found.example)
    unit = np.where(found.units == "", column.unit, found.units)
    if name == "eirp_dbm":
        values = _in_dbm(values, unit)
    elif column.unit in _METRES_IN:
        values = np.where(found.units == "", values * _METRES_IN[column.unit], values)
    return within_limits(values, name, column.heading, notes)


def within_limits(values: np.ndarray, name: str, heading: str, notes: CellNotes) -> np.ndarray:
    """Values without those that nothing real has, which are counted."""
    low, high = LIMITS[name]
    wrong = (values < low) | (values > high)
    if wrong.any():
        shown = {"count": int(wrong.sum()), "column": name, "low": low, "high": high}
        text = (
            f"{int(wrong.sum())} values of {name} lie outside {low:g}..{high:g} and were not used (such as "
            f"{values[wrong][0]:g})."
        )
        notes.warnings.append(InputWarning("values", text, shown))
    return np.where(wrong, np.nan, values)


def _in_dbm(values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Powers in dBm, of numbers in dBm, dBW, W, kW or mW."""
    factors = {"w": 1000.0, "watt": 1000.0, "watts": 1000.0, "kw": 1e6, "mw": 1.0}
    result = values.copy()
    result[unit == "dbw"] += 30.0
    for name, factor in factors.items():
        rows = unit == name
        with np.errstate(divide="ignore", invalid="ignore"):
            result[rows] = 10.0 * np.log10(values[rows] * factor)
    return result


def directions_in(
    table: pd.DataFrame, column: Column | None, decimal: str, stated: bool, notes: CellNotes
) -> list[tuple[float, ...]]:
    """The directions of the antennas of each row [degrees], several where a cell lists its sectors (``0/120/240``); none where
    they radiate all round or nothing is said."""
    if column is None:
        return [()] * len(table)
    answers: dict[str, tuple[float, ...] | None] = {}
    low, high = LIMITS["azimuth_deg"]
    outside = Counter[str]()
    for text in table[column.heading].unique():
        answers[text] = found = _directions(str(text), decimal, stated)
        if found and not all(low <= value <= high for value in found):
            answers[text] = None
            outside[text] += 1
    texts = table[column.heading]
    beyond = texts.isin(list(outside)).to_numpy()
    if beyond.any():
        example = number_of(_first(texts, beyond))
        within_limits(
            np.full(int(beyond.sum()), example[0] if example else high + 1), "azimuth_deg", column.heading, notes
        )
    bad = texts.map(lambda text: answers[text] is None).to_numpy(dtype=bool) & ~beyond
    notes.unread(column.heading, int(bad.sum()), _first(texts, bad))
    return [answers[text] or () for text in texts]


def _directions(text: str, decimal: str, stated: bool) -> tuple[float, ...] | None:
    word = text.strip().casefold()
    if is_nothing(word) or _ALL_ROUND.fullmatch(word):
        return ()
    parts = [part.strip() for part in re.split(r"[/;|&+]|\s+-\s+|,\s+|(?<=\d)\s+(?=\d)", word) if part.strip()]
    if len(parts) == 1 and (word.count(",") > 1 or (word.count(",") == 1 and decimal == ".")):
        parts = [part.strip() for part in word.split(",")]
    if len(parts) == 1 and re.fullmatch(r"\d{1,3}(-\d{1,3})+", word):
        parts = word.split("-")
    values = []
    for part in parts:
        if part in _COMPASS:
            values.append(_COMPASS[part])
            continue
        number = number_of(part, decimal, stated, LIMITS["azimuth_deg"])
        if number is None or number[1] not in UNITS["azimuth_deg"]:
            return None
        values.append(number[0])
    return tuple(dict.fromkeys(values))


def unread_columns(path: Path, table: pd.DataFrame, used: set[str]) -> tuple[str, ...]:
    """Which columns were not read."""
    unknown = [str(name) for name in table.columns if name not in used and (table[name] != "").any()]
    return (f"Columns that are not read: {', '.join(unknown[:20])}.",) if unknown else ()
