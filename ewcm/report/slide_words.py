"""The words and numbers of overview.png in a country's language."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ewcm.core.texts import words_in
from ewcm.countries import LANGUAGES, Country
from ewcm.report.numbers import NO_RANGE, percent, rough_percent, rough_range, roughly

#: What stands between thousands and before decimals, where it is no comma and no point.
_MARKS = {"fr": ("\u202f", ","), "es": ("\u00a0", ","), "pt": ("\u00a0", ",")}

#: "million" and "billion": of one and a part, and of more (Unicode CLDR).
_SIZES = {
    "fr": {"million": ("million", "millions"), "billion": ("milliard", "milliards")},
    "es": {"million": ("millón", "millones"), "billion": ("mil millones", "mil millones")},
    "pt": {"million": ("milhão", "milhões"), "billion": ("mil milhões", "mil milhões")},
    "ar": {"million": ("مليون", "مليون"), "billion": ("مليار", "مليار")},
}

#: Countries whose readers of Arabic expect its own digits (as the page has them from the CLDR).
_OWN_DIGITS = ("TD", "KM", "DJ", "SO", "SS", "SD")


@dataclass(frozen=True)
class SlideWords:
    """Words, numbers and ranges in one language; English where it lacks one."""

    language: str
    own_digits: bool = False

    def text(self, key: str, **values: str) -> str:
        """A text with its blanks filled in."""
        return words_in(self.language, "slide")[key].format(**values)

    def count(self, people: float) -> str:
        """People with two significant figures; ``?`` where they are not known."""
        if not math.isfinite(people):
            return "?"
        number, _, size = roughly(people).partition(" ")
        return self.digits(self._number(number) + self._size(number, size))

    def share(self, share: float, *, exact: bool = False) -> str:
        """A share (0..1) with two significant figures; an official one is told as it was reported (``exact``)."""
        text = percent(share) if exact else rough_percent(share)
        if self.language in _MARKS:
            text = text.replace(".", _MARKS[self.language][1]).replace("%", "\u00a0%")
        return self.digits(text)

    def between(self, low: float | None, high: float | None) -> str:
        """A range of people with two significant figures, in whole people where these do not tell its ends apart."""
        text = rough_range(low, high)
        if text == NO_RANGE or low is None or high is None:
            return self.text("no_range")
        first, last = text.split(" to ")
        ends = [one.partition(" ") for one in (first, last)]
        words = [self._number(number) + self._size(number, size) for number, _, size in ends]
        return self.digits(self.text("range", low=words[0], high=words[1]))

    def service(self, name: str) -> str:
        """A service as it is named where any network is one of them."""
        return self.text("any_network") if name == "any" else name

    def length(self, km: float) -> str:
        """A length for the bar of the scale."""
        number, unit = (km, "km") if km >= 1 else (km * 1000, "m")
        return self.digits(f"{self._number(f'{number:,.0f}')} {self.text(unit)}")

    def digits(self, text: str) -> str:
        """The digits and signs of numbers that the readers expect."""
        if not self.own_digits:
            return text
        for sign, own in ((",", "٬"), (r"\.", "٫")):
            text = re.sub(rf"(?<=\d){sign}(?=\d)", own, text)
        return re.sub(r"(?<=\d)%", "٪", text).translate(_ARABIC)

    def _number(self, english: str) -> str:
        """A number as English writes it, in the signs of the language."""
        if self.language not in _MARKS:
            return english
        thousands, decimal = _MARKS[self.language]
        return english.translate(str.maketrans(",.", thousands + decimal))

    def _size(self, number: str, size: str) -> str:
        if not size or self.language not in _SIZES:
            return f" {size}" if size else ""
        one, more = _SIZES[self.language][size]
        value = float(number.replace(",", ""))
        single = value < 2 if self.language in ("fr", "pt") else value == 1
        few = (
            "ملايين" if self.language == "ar" and size == "million" and 3 <= value <= 10 and value.is_integer() else ""
        )
        return f"\u00a0{few or (one if single else more)}"


_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def words_of(about: Country) -> SlideWords:
    """The words for a country: in its language, English where there are none in it."""
    language = about.language if about.language in LANGUAGES else "en"
    return SlideWords(language, language == "ar" and about.iso2 in _OWN_DIGITS)
