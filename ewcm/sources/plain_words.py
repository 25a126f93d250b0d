"""Words of cells and headings without what does not change their meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")

#: So many letters of a text are looked at. A heading of more is not searched for parts: that takes as long as the square of them.
LONGEST = 300

#: Letters that have no accent to take off and are often written without their stroke or dot (Đắk Lắk, Çankırı, Łódź), and the
#: signs of the glottal stop of the Pacific (Haʻapai), which many write as an apostrophe.
_LETTERS = str.maketrans({
    "ı": "i", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
    "ʻ": "'", "ʼ": "'", "ʽ": "'", "ʹ": "'", "ة": "ه", "ى": "ي", "ـ": None,
})  # fmt: skip


@lru_cache(maxsize=20_000)
def plain_words(text: str) -> str:
    """A text in small letters without accents, with one blank between its words and no other sign: ``"Zone-Blanche (ANO)"`` →
    ``"zone blanche ano"``. Letters that Arabic writes in two ways are one."""
    plain = text[:LONGEST]
    if not plain.isascii():  # most texts are: they have no accents to take off
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(_LETTERS)
    return " ".join(_WORD.findall(plain.casefold()))
