"""English sentences about one thing, which are written for several: "1 rows have" → "1 row has"."""

from __future__ import annotations

import re

_NOUNS = {
    **{name + "s": name for name in (
        *("row", "value", "cell", "shape", "formula", "area", "polygon", "position", "site", "line", "layer", "column"),
        *("transmitter", "hole", "cost", "title", "sheet", "file", "place", "point", "storm", "number", "tile", "operator"),
        *("feature", "candidate", "tower", "siren", "measurement", "link", "unit", "record", "mast", "name", "event"),
        *("block", "move", "district", "square"),
    )},
    "frequencies": "frequency",
    "people": "person",
}  # fmt: skip
_VERBS = {
    "have": "has", "were": "was", "are": "is", "go": "goes", "do": "does", "state": "states", "count": "counts",
    **{verb: verb + "s" for verb in ("stand", "lie", "name", "hold", "tell", "say", "share", "leave", "speak", "mark", "live")},
}  # fmt: skip
_VERBS["cross"] = "crosses"

_ONE = re.compile(
    r"(?<![\d.,])\b1 (?P<kind>(?:grid|measured|such|covered|uncovered|displaced) )?"
    rf"(?P<noun>{'|'.join(sorted(_NOUNS, key=len, reverse=True))})\b"
    rf"(?: (?P<verb>{'|'.join(_VERBS)})\b)?"
)
#: What follows in the same sentence and speaks of the same.
_LATER = re.compile(r"(; they|, which|, and|\) and| and) (were|are|have|count)\b|; they\b")

#: Further words that agree with it.
_REST = {
    " themselves ": " itself ",
    " codes of their own": " a code of its own",
    " of their own": " of its own",
    " is no numbers": " is no number",
    " is further pieces ": " is a further piece ",
}


#: What is quoted, such as a name that a file brought.
_QUOTED = re.compile(r"('[^']*'|\"[^\"]*\"|“[^”]*”)")


def of_one_after_name(text: str) -> str:
    """The line of an error in the singular where it speaks of one row or other thing. The name of the file that begins it, and
    what is quoted in it, stay as they are."""
    name, colon, said = text.partition(": ")
    if not colon:
        name, said = "", text
    parts = _QUOTED.split(said)
    return name + colon + "".join(part if number % 2 else _nouns_of_one(part) for number, part in enumerate(parts))


def _nouns_of_one(text: str) -> str:
    def singular(found: re.Match[str]) -> str:
        verb = f" {_VERBS[found['verb']]}" if found["verb"] else ""
        return f"1 {found['kind'] or ''}{_NOUNS[found['noun']]}{verb}"

    return _ONE.sub(singular, text)


def of_one(text: str) -> str:
    """The sentence in the singular where it speaks of one row, value or other thing; as it is where not."""
    first = _ONE.search(text)
    if first is None:
        return text
    text = _nouns_of_one(text)
    if first.start() > 0:
        return text
    if not first["verb"]:
        text = _with_first_verb(text)
    later = {"were": "was", "are": "is", "have": "has", "count": "counts"}

    def singular(found: re.Match[str]) -> str:
        before = (found[1] or "; they").replace("they", "it")
        return f"{before} {later[found[2]]}" if found[2] else before

    text = _LATER.sub(singular, text)
    for several, one in _REST.items():
        text = text.replace(several, one)
    return text


def _with_first_verb(text: str) -> str:
    """The sentence with the first of the verbs that stands in it, outside of what is quoted, in the singular."""
    for found in re.finditer(rf"'[^']*'|\"[^\"]*\"|\b({'|'.join(_VERBS)})\b", text):
        if found[1]:
            return text[: found.start()] + _VERBS[found[1]] + text[found.end() :]
    return text
