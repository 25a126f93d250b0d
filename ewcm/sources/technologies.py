"""Technologies, bands and frequencies in the words of lists and maps: ``"GSM900, UMTS2100"``, ``"2G/3G/LTE1800"``, ``"Band
20"``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ewcm.core.channels import TECHNOLOGIES

#: Names of mobile standards (regular expressions of whole words in capitals), the longest first where one begins another.
_STANDARDS = (
    ("5G", r"5G[-_ ]?NR|5G[-_ ]?(?:N?SA)|5G\+?|NR(?=\b|[-_ ]?\d)|الجيل ?(?:الخامس|5)"),
    (
        "4G",
        r"LTE[-_ ]?ADVANCED(?:[-_ ]?PRO)?|LTE[-_ ]?A(?:[-_ ]?PRO)?(?![A-Z])|LTE[-_ ]?(?:TDD|FDD)|(?:TDD?|FDD)[-_ ]?LTE",
    ),
    ("4G", r"VOLTE|LTE\+?|4\.5G|4G\+?|E-?UTRAN?|الجيل ?(?:الرابع|4)"),
    (
        "3G",
        r"TD-?SCDMA|W-?CDMA|UMTS(?:[-_ ]?[FT]DD)?|H[SD][DU]?PA\+?|HSPA\+?|HSUPA|3\.5G|3\.75G|3G\+?|UTRAN?|الجيل ?(?:الثالث|3)",
    ),
    ("2G", r"E-?GSM|GSM(?![-_ ]?R\b)|DCS|PCS|EDGE|GPRS|2\.5G|2\.75G|2G\+?|GERAN|الجيل ?(?:الثاني|2)"),
)

#: What stands on masts and reaches no ordinary phone, or is no mobile network.
_OTHERS = (
    r"EC[-_ ]?GSM(?:[-_ ]?IOT)?|(?:LTE|4G)[-_ ]*CAT[-_ ]?(?:M|NB)[12]?\b"
    r"|NB[-_ ]?IOT|LTE[-_ ]?M(?:1|TC)?\b|CAT[-_ ]?(?:M|NB)[12]?\b|E-?MTC|NARROW ?BAND ?IOT|LORA(?:WAN)?|SIGFOX|IOT|M2M"
    r"|GSM[-_ ]?R\b|CDMA[-_ ]?2000(?:[-_ ]?1X)?|CDMA(?:[-_ ]?(?:1X|450|800|1900))?|EV-?DO|IDEN|AMPS|WI-?MAX"
    r"|TETRA(?:POL)?|DMR|PMR|P25"
    r"|WI-?FI|WLAN|FWA|WLL|FM\b|AM\b|DAB\+?|DVB[-_ ]?[TSC]?2?\b|D?TV\b|TNT\b|TELEVISION|RADIODIFFUSION|BROADCAST(?:ING)?|RADIO\b"
    r"|[VU]HF|\bHF\b|MICRO[-_ ]?WAVES?|FAISCEAUX? HERTZIENS?|FH\b|MW\b|BACKHAUL|TRANSMISSION|VSAT|SATELLITE"
    r"|FTTH|FIB(?:ER|RE)|FIBRA"
    r"|OPTIC(?:AL)?|REPEATER|REPETIDOR|FIXED|FI[XJ][EOA]|ثابتة?|WTTX|CPE"
)

#: One technology and, without a sign of a list between them, what it serves in place of phones (``LTE IoT``, ``5G FWA``,
#: ``NB-IoT (LTE)``), alone in its part of the text: both together are one network, for things or houses.
_FOR_THINGS = r"NB[-_ ]?IOT|NARROW ?BAND ?IOT|IOT|M2M|E-?MTC|CAT[-_ ]?(?:M|NB)[12]?"
_FOR_HOUSES = (
    r"HOME[-_ ](?:INTERNET|BROADBAND)|FWA|WLL|WTTX|CPE"
    r"|(?:(?:ACC[EÈ]S|ACCESO|ACESSO) )?FI[XJ][EOA](?: INALAMBRIC[OA])?|ثابتة?"
)
_SERVED = rf"{_FOR_THINGS}|{_FOR_HOUSES}|FIXED(?: WIRELESS(?: ACCESS)?)?"
_ONE = (
    r"(?:(?:TDD?[-_ ]?|[45]G[-_ ])?LTE(?:[-_ ]?(?:[TF]DD|ADVANCED(?:[-_ ]PRO)?|A))?|(?:5G[-_ ]?)?NR|[2-5]G\+?|GSM|UMTS)"
    r"(?:[-_ ]?\d{3,4}(?: ?MHZ)?)?"
)
_EITHER_WAY = (
    rf"(?:INTERNET )?{_ONE}[-_ (]+(?:(?:FOR|POUR|PARA) )?(?:{_SERVED})|(?:{_SERVED})[-_ (]+{_ONE}"
    r"|4G[-_ (]+WI-?MAX|WI-?MAX[-_ (]+4G"
)
_NOT_FOR_PHONES = rf"(?<![A-Z0-9])(?<![A-Z0-9][-_ ])(?:{_EITHER_WAY})(?=[ )]*(?:$|[,;/+&|\n]))"

#: The same in the name of a file or a layer. What is called ``fixed`` may be a file that was mended.
_IN_NAMES = re.compile(
    rf"(?<![^\W_])(?:{_FOR_THINGS}|LTE[-_ ]?M[12]?|{_FOR_HOUSES}|FIXED[-_ ](?:WIRELESS|ACCESS))(?![^\W_])",
    re.IGNORECASE,
)

#: Words that say nothing more about a technology.
_FILLERS = (
    r"MHZ|AND|ET|Y|E|WITH|AVEC|BAND|BANDE|BANDA|TECHNOLOGY|TECHNOLOGIE|TECNOLOGIA|ONLY|NETWORK|MOBILE|CELLULAR|RESEAU"
    r"|MACRO"
)

_TOKEN = re.compile(
    "|".join(
        (
            rf"(?P<other>{_NOT_FOR_PHONES}|{_OTHERS})",
            *(rf"(?P<t{number}>{pattern})" for number, (_, pattern) in enumerate(_STANDARDS)),
            r"(?P<nr>N(?P<nr_number>\d{1,3})\b)",
            r"(?P<band>(?:BAND|BANDE|BANDA|B)[-_ ]?(?P<band_number>\d{1,2})\b)",
            r"(?P<short>(?P<short_letter>[GUL])[-_ ]?(?P<short_mhz>\d{3,4}|0?[789]|18|19|21|23|26)(?![\d]))",
            r"(?P<number>\d+(?:[.,]\d+)?)(?P<unit>[ ]?(?:MHZ|GHZ|KHZ|M\b))?",
            rf"(?P<filler>(?:{_FILLERS})(?![A-Z0-9]))",
            r"(?P<gap>[\s;,/|+&()\[\]:_\-–—.'\"]+)",
        )
    )
)

#: Centres of the bands in round figures [MHz], by their number: of LTE (and UMTS, whose numbers are the same), of 5G NR.
_BANDS = {
    1: 2100, 2: 1900, 3: 1800, 4: 2100, 5: 850, 7: 2600, 8: 900, 12: 700, 13: 700, 14: 700, 17: 700, 18: 850, 19: 850, 20: 800,
    25: 1900, 26: 850, 28: 700, 31: 450, 32: 1500, 38: 2600, 39: 1900, 40: 2300, 41: 2500, 42: 3500, 43: 3700, 48: 3600, 66: 2100,
    71: 600, 72: 450,
}  # fmt: skip
_NR_BANDS = {
    **{number: _BANDS[number] for number in (1, 2, 3, 5, 7, 8, 12, 14, 18, 20, 25, 26, 28, 38, 39, 40, 41, 48, 66, 71)},
    75: 1500,
    77: 3700,
    78: 3500,
    79: 4700,
    257: 28000,
    258: 26000,
    260: 39000,
    261: 28000,
}

#: The centres of all bands in round figures [MHz].
BAND_MHZ = frozenset((*_BANDS.values(), *_NR_BANDS.values()))

#: Two digits of operators' own words (``L18``).
_SHORT_MHZ = {
    "7": 700,
    "8": 800,
    "9": 900,
    "07": 700,
    "08": 800,
    "09": 900,
    "18": 1800,
    "19": 1900,
    "21": 2100,
    "23": 2300,
    "26": 2600,
}
_SHORT_OF = {"G": "2G", "U": "3G", "L": "4G"}

#: Frequencies of mobile networks [MHz]; other numbers beside a technology are none.
_LOWEST_MHZ, _HIGHEST_MHZ = 380.0, 72_000.0

#: No channel of a network is wider [MHz].
_WIDEST_MHZ = 100.0

#: No text that names technologies is longer.
_LONGEST = 400


@dataclass(frozen=True)
class Reading:
    """What a text says. ``found``: technologies with a frequency [MHz] (None where none is named), in the order of the text;
    ``bare``: frequencies without a technology; ``others``: what is no network for phones; ``unknown``: words not understood."""

    found: tuple[tuple[str, float | None], ...] = ()
    bare: tuple[float, ...] = ()
    others: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def technologies(self) -> tuple[str, ...]:
        """The technologies, oldest first, each once."""
        named = {technology for technology, _ in self.found}
        return tuple(technology for technology in TECHNOLOGIES if technology in named)


_ORDER = "(?:e|eme|ème|nd|rd|th|ª|a|º)"

#: Generations as words and numbers of an order, and letters for all that stand on a mast.
_IN_WORDS = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), f" {technologies} ")
    for words, technologies in (
        *(
            (rf"(?:{order}|{number} ?{_ORDER}) (?:generation|génération|generaci[oó]n|gera[cç][aã]o|gen)", f"{number}G")
            for number, order in (
                (2, "second|deuxi[eè]me|seconde|segunda"), (3, "third|troisi[eè]me|tercera|terceira"),
                (4, "fourth|quatri[eè]me|cuarta|quarta"), (5, "fifth|cinqui[eè]me|quinta"),
            )
        ),
        ("GULN", "GSM UMTS LTE NR"),
        ("GUL", "GSM UMTS LTE"),
    )
)  # fmt: skip

#: Generations by their number alone (``3``, ``2/3/4``, ``G2``).
_BY_NUMBER = re.compile(r"G?[2-5](?:\.0)?(?:\s*[,;/+&]\s*G?[2-5](?:\.0)?)*", re.IGNORECASE)


def generations(texts: Iterable[str]) -> dict[str, str]:
    """The texts of a column of technologies that holds nothing but the numbers of their generations, as they are written out
    (``3``, ``G3`` → ``3G``); empty of any other column."""
    found = {text: re.sub(r"G?([2-5])(?:\.0)?", r"\1G", text.strip().upper()) for text in texts if text.strip()}
    return found if found and all(_BY_NUMBER.fullmatch(text.strip()) for text in found) else {}


def serves_no_phones(name: str) -> bool:
    """Whether the name of a file or a layer speaks of a network for things or for houses (``4g_fwa``, ``lte-m``)."""
    return _IN_NAMES.search(name) is not None


#: Letters and digits that stand together.
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def technologies_of(text: str) -> Reading:
    """Every technology and band that a text names. A number after a technology is its frequency; one before the first
    technology belongs to that."""
    if len(text) > _LONGEST:
        return Reading(unknown=(text[:40],))
    for pattern, technologies in _IN_WORDS:
        text = pattern.sub(technologies, text)
    upper = text.upper().replace("É", "E").replace("Á", "A").replace(" ", " ")
    found: list[tuple[str, list[float]]] = []
    bare: list[float] = []
    others: list[str] = []
    unknown: list[str] = []
    after_other = False
    at = 0
    while at < len(upper):
        match = _TOKEN.match(upper, at)
        if match is None or _inside_a_word(upper, match):
            word = _WORD.match(upper, at)
            end = word.end() if word else at + 1
            unknown.append(upper[at:end])
            at = end
            continue
        at = match.end()
        kind = match.lastgroup
        technology, mhz = _of(match)
        if match["other"]:
            others.append(match["other"].strip())
            after_other = True
        elif technology is not None:
            found.append((technology, [] if mhz is None else [mhz]))
            after_other = False
        elif match["number"] and _is_width(match):
            continue
        elif match["number"] and _is_year(match):
            unknown.append(match.group())  # built in that year, or planned for it
        elif mhz is not None and after_other:
            continue  # of what it stands beside
        elif mhz is not None and found:
            found[-1][1].append(mhz)
        elif mhz is not None:
            bare.append(mhz)
        elif kind not in ("gap", "filler") and not match["gap"] and not match["filler"]:
            unknown.append(match.group())
    if bare and found:
        found[0] = (found[0][0], [*bare, *found[0][1]])
        bare = []
    return Reading(_merged(found), tuple(bare), tuple(others), tuple(unknown))


def _is_width(match: re.Match[str]) -> bool:
    """Whether a number of megahertz is the width of a channel."""
    return (match["unit"] or "").strip() == "MHZ" and float(match["number"].replace(",", ".")) <= _WIDEST_MHZ


def _is_year(match: re.Match[str]) -> bool:
    """Whether a number without a unit may be a year, and is none of the usual frequencies."""
    digits = match["number"]
    return not match["unit"] and digits.isdigit() and 1990 <= int(digits) <= 2050 and int(digits) not in BAND_MHZ


def _inside_a_word(text: str, match: re.Match[str]) -> bool:
    """Whether a token is only a part of a longer word of letters (the AM of CAMEROON)."""
    start, end = match.span()
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    first, last = text[start], text[end - 1]
    if match["gap"] or match["number"]:
        return bool(match["number"]) and after.isalpha()
    return (before.isalpha() and first.isalpha()) or (after.isalpha() and last.isalpha())


def _of(match: re.Match[str]) -> tuple[str | None, float | None]:
    """The technology and the frequency of a token."""
    for number, (technology, _) in enumerate(_STANDARDS):
        if match[f"t{number}"]:
            return technology, None
    if match["nr"]:
        mhz = _NR_BANDS.get(int(match["nr_number"]))
        return ("5G", float(mhz)) if mhz else (None, None)
    if match["band"]:
        mhz = _BANDS.get(int(match["band_number"]))
        return None, None if mhz is None else float(mhz)
    if match["short"]:
        digits = match["short_mhz"]
        return _SHORT_OF[match["short_letter"]], float(_SHORT_MHZ.get(digits, int(digits)))
    if match["number"]:
        unit = (match["unit"] or "").strip()
        mhz_stated = float(match["number"].replace(",", ".")) * {"GHZ": 1000.0, "KHZ": 0.001}.get(unit, 1.0)
        if not unit and mhz_stated < 6 and re.search(r"[.,]", match["number"]):
            mhz_stated *= 1000.0  # 0.9, 1.8, 2.6: gigahertz
        return None, mhz_stated if _LOWEST_MHZ <= mhz_stated <= _HIGHEST_MHZ else None
    return None, None


def _merged(found: list[tuple[str, list[float]]]) -> tuple[tuple[str, float | None], ...]:
    """Each technology and frequency once; ``4G LTE 800`` and ``3G HSPA+`` name one technology twice."""
    by_technology: dict[str, list[float]] = {}
    for technology, frequencies in found:
        by_technology.setdefault(technology, []).extend(frequencies)
    return tuple(
        (technology, mhz)
        for technology, frequencies in by_technology.items()
        for mhz in (dict.fromkeys(frequencies) or (None,))
    )
