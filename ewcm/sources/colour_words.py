"""Colours in words and codes, by which offices mark what works and what does not, in English, French, Spanish, Portuguese and
Arabic."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ewcm.sources.plain_words import plain_words


def _plain(*words: str) -> frozenset[str]:
    return frozenset(map(plain_words, words))


_GREEN = _plain("green", "vert", "verte", "verde", "أخضر", "خضراء")
_RED = _plain("red", "rouge", "rojo", "roja", "vermelho", "vermelha", "أحمر", "حمراء")
_AMBER = _plain(
    *("amber", "yellow", "orange", "jaune", "ambre", "amarillo", "amarilla", "naranja", "ambar", "amarelo", "amarela"),
    *("laranja", "أصفر", "صفراء", "برتقالي"),
)  # fmt: skip
_OTHERS = _plain(
    *("blue", "bleu", "bleue", "azul", "أزرق", "black", "noir", "noire", "negro", "negra", "preto", "preta", "أسود"),
    *("white", "blanc", "blanche", "blanco", "blanca", "branco", "branca", "أبيض", "grey", "gray", "gris", "grise", "cinza"),
    *("رمادي", "purple", "violet", "violette", "morado", "roxo", "pink", "rose", "rosa", "brown", "marron", "cyan", "magenta"),
)  # fmt: skip
_SHADES = re.compile(r"\b(?:light|dark|pale|clair|fonce|claro|oscuro|escuro)\b")
_CODE = re.compile(r"#?[0-9a-f]{6}(?:[0-9a-f]{2})?|rgba?\([\d\s,.]+\)|\d{1,3}(?:[,; ]\s*\d{1,3}){2}")


def _word(text: str) -> str:
    return _SHADES.sub("", plain_words(text)).strip()


def _is_code(text: str) -> bool:
    """Whether a text is a colour of the web, with a letter or a sign that no plain number has."""
    found = text.strip().casefold()
    return _CODE.fullmatch(found) is not None and not found.isdigit()


def are_colours(texts: Sequence[str]) -> bool:
    """Whether a column holds several colours and nothing else, by their names or as codes of the web (``#00ff00``)."""
    named = _GREEN | _RED | _AMBER | _OTHERS
    return len(texts) > 1 and all(_word(text) in named or _is_code(text) for text in texts)


def are_signal_colours(texts: Sequence[str]) -> bool:
    """Whether a column holds green, and red or amber, and nothing else but colours: marks of what works and what does not."""
    words = set(map(_word, texts[:20]))
    return len(texts) <= 20 and bool(words & _GREEN) and bool(words & (_RED | _AMBER)) and are_colours(texts)
