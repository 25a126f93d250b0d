"""Words of cells and headings without what does not change their meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def plain_words(text: str) -> str:
    """A text in small letters without accents, with one blank between its words and no other sign: ``"Zone-Blanche (ANO)"`` →
    ``"zone blanche ano"``. Letters that Arabic writes in two ways are one."""
    plain = text[:300]
    if not plain.isascii():  # most texts are: they have no accents to take off
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign) and sign != "ـ")
        plain = plain.replace("ة", "ه").replace("ى", "ي")
    return " ".join(_WORD.findall(plain.casefold()))
