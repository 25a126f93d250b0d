"""What a table of places says of coverage, as shares: a column for each technology, a row for each place and technology, or a
column that names the technologies of each place; in words, shares or per cents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_flags import headed, is_yes
from ewcm.sources.coverage_words import answer, asks_covered, asks_uncovered, in_letters, is_quantity, is_share
from ewcm.sources.headings import Found, words_of
from ewcm.sources.quantities import decimal_sign, is_nothing, notes_on_numbers, number_of
from ewcm.sources.technologies import BAND_MHZ, technologies_of

#: Signs and words behind a number that is a per cent, and words of headings of per cents (a share or a ratio may be of 1).
_PER_CENT = re.compile(
    r"\s*(?:%|٪|pct\.?|per ?cent|pour ?cent|por ?ciento|por ?cento|بالمئة|بالمائة|في المئة|في المائة)\s*$",
    re.IGNORECASE,
)
_PER_CENT_WORDS = {
    *("pct", "perc", "percent", "percentage", "pourcentage", "pourcent", "porcentaje", "porcentagem", "percentual", "cent"),
    *("ciento", "cento", "المئة", "المائة", "المئوية", "مئوية"),
}  # fmt: skip

#: The year that a column speaks of, which is no band.
_YEAR = re.compile(r"\b20(?:0[1-9]|[1-4]\d)\b")

#: What a heading says of the answers in its column ("(oui/non)"), which is no denial.
_MARKS = re.compile(
    r"[(\[]?\s*\b(?:yes|y|oui|o|s[ií]|s|sim|1|نعم)\s*[/|]\s*(?:no|n|non|n[aã]o|0|لا)\b\s*[)\]]?", re.IGNORECASE
)

#: Words of headings by which nobody can tell whether yes is covered or not covered.
_DENIALS = {*("no", "non", "not", "sans", "sin", "sem", "without", "uncovered", "unserved", "nao", "بدون", "غير")}


#: Whose share is told, in headings of shares ("% moradores cobertos 4G").
_OF_PEOPLE = re.compile(
    r"(?i)\b(?:moradores|domic[ií]lios|habitant[es]*|population|pobladores|poblaci[oó]n|popula[cç][aã]o|people|personas|pessoas"
    r"|residents|السكان)\b"
)


@dataclass
class Said:
    """``shares``: by technology, of each row of the table, 0 to 1, NaN where it is silent. ``operators``: of each row, ""
    where none is named. ``by_row``: whether each row tells of one technology."""

    shares: dict[str, np.ndarray] = field(default_factory=dict)
    operators: list[str] = field(default_factory=list)
    by_row: bool = False
    notes: list[str] = field(default_factory=list)
    warnings: list[InputWarning] = field(default_factory=list)


def shares_of(path: Path, table: pd.DataFrame, found: Found) -> Said:
    """What the rows say of coverage. Raises :class:`InputError` where no column says it, and where one has two readings."""
    said = Said()
    placed = {name for name in found.columns if name.startswith(("lat", "lon"))} | {"x", "y", "pair", "zone"}
    taken = {found.columns[name].heading for name in placed & found.columns.keys()}
    texts = {str(name): table[name].astype(str).str.strip() for name in table.columns if name not in taken}
    technology, operator = (
        found.columns[one].heading if one in found.columns else None for one in ("technology", "operator")
    )
    if technology is None and operator is not None and _names_technologies(texts[operator]):
        technology, operator = operator, None
    if technology is None:
        likely = [name for name in texts if name != operator and not _asks(name) and _names_technologies(texts[name])]
        technology = likely[0] if len(likely) == 1 else None
    said.operators = [] if operator is None else texts.pop(operator).tolist()
    of_technologies = texts.pop(technology) if technology is not None else None
    reader = _Reader(path, texts, said)
    if wide := _wide(path, texts, said):
        for name in TECHNOLOGIES:
            if name in wide:
                said.shares[name] = _union([reader.column(heading, (name,)) for heading in wide[name]])
    elif of_technologies is not None:
        _by_rows(path, reader, of_technologies)
    else:
        _by_lists(path, texts, said)
    reader.finish()
    return said


def _names_technologies(texts: pd.Series) -> bool:
    # Most places of a list may have none: "no coverage" says nothing against the others.
    filled = texts[texts.map(lambda text: not is_nothing(text) and answer(text) is not False)]
    return len(filled) > 0 and bool(filled.map(lambda text: bool(technologies_of(text).found)).mean() > 0.5)


def _plain(heading: str) -> str:
    """A heading without what it says of its answers, of their year, and of whose share they are."""
    plain = _YEAR.sub(" ", _MARKS.sub(" ", heading))
    return _OF_PEOPLE.sub(" ", plain) if is_share(plain) else plain


def _wide(path: Path, texts: dict[str, pd.Series], said: Said) -> dict[str, list[str]]:
    """The columns that tell of each technology. Refuses two of one technology that are not two bands or two operators of it."""
    bare: dict[str, list[str]] = {}
    owned: dict[str, list[str]] = {}
    for heading in texts:
        plain = _plain(heading)
        one = headed(plain)
        if one is None:
            if _speaks_of(plain) and (texts[heading] != "").any():
                said.notes.append(
                    f"Column '{one_line(heading, 60)}' was not used: its heading says more than "
                    f"{' and '.join(_speaks_of(plain))}."
                )
            continue
        owner, which = one
        if len(which) > 1 or asks_uncovered(plain) or _DENIALS & set(words_of(plain)):
            why = "names several technologies" if len(which) > 1 else "may ask for ground without coverage"
            said.notes.append(f"Column '{one_line(heading, 60)}' was not used: its heading {why}.")
        elif not owner:
            bare.setdefault(which[0], []).append(heading)
        elif not is_quantity(plain) and _answers_only(texts[heading], which):
            owned.setdefault(which[0], []).append(heading)
        elif (texts[heading] != "").any():
            said.notes.append(f"Column '{one_line(heading, 60)}' was not used: it does not hold yes and no.")
    for technology, headings in bare.items():
        if len(headings) > 1 and not _are_bands(headings):
            raise InputError(
                f"{path}: two columns tell of {technology} ('{one_line(headings[0], 40)}', '{one_line(headings[1], 40)}'); keep "
                "the one of the definition that is meant"
            )
    for technology in owned.keys() & bare.keys():
        listed = ", ".join(f"'{one_line(heading, 30)}'" for heading in owned[technology][:4])
        said.notes.append(f"{technology}: column '{one_line(bare[technology][0], 40)}' was used, and not {listed}.")
    joined = owned | bare
    several = {name: headings for name, headings in joined.items() if len(headings) > 1}
    for technology, headings in several.items():
        listed = ", ".join(f"'{one_line(heading, 30)}'" for heading in headings[:4])
        said.notes.append(f"{technology}: a place is covered where one of the columns {listed} covers it.")
    return joined


def _speaks_of(heading: str) -> tuple[str, ...]:
    """The technologies that a heading names beside other words."""
    return technologies_of(" ".join(words_of(heading))).technologies


def _are_bands(headings: Sequence[str]) -> bool:
    """Whether headings of one technology differ by their bands (and not by years, or by how coverage was told)."""
    bands = [frequency for heading in headings for _, frequency in technologies_of(" ".join(words_of(heading))).found]
    return len(set(bands)) == len(headings) and all(one in BAND_MHZ for one in bands)


def _answers_only(texts: pd.Series, technologies: tuple[str, ...]) -> bool:
    """Whether a column holds yes and no alone."""
    filled = [text for text in texts.unique() if text and not is_nothing(text)]
    numbers = [number_of(text) for text in filled]
    if filled and all(one is not None for one in numbers):
        return {one[0] for one in numbers if one is not None} <= {0.0, 1.0}
    return bool(filled) and all(is_yes(text, technologies) is not None for text in filled)


def _union(parts: list[np.ndarray]) -> np.ndarray:
    """The largest share of several networks; not known where one is not told and the others do not cover all."""
    together = np.stack(parts)
    known = np.isfinite(together)
    most = np.where(known, together, -np.inf).max(axis=0)
    return np.where(known.all(axis=0) | (most >= 1), most, np.nan)


def _by_rows(path: Path, reader: _Reader, technologies: pd.Series) -> None:
    """A row for each place and technology, with a column that says whether it covers."""
    said = reader.said
    asked = [name for name in reader.texts if _asks(name)]
    if not asked:
        raise InputError(
            f"{path}: has a column of technologies and none that says whether they cover a place; add a column covered (1 or 0), "
            "with rows for places that are not covered too"
        )
    if len(asked) > 1:
        raise InputError(
            f"{path}: two columns tell of coverage ('{one_line(asked[0], 40)}', '{one_line(asked[1], 40)}'); keep one of them"
        )
    named = technologies.map(lambda text: technologies_of(text).technologies)
    nameless = technologies[(named.map(len) == 0) & (technologies != "")]
    if len(nameless):
        example = one_line(nameless.iloc[0], 40)
        text = f"{len(nameless)} rows are of no known technology (such as '{example}'); they were not used."
        said.warnings.append(InputWarning("values", text, {"count": len(nameless), "example": example}))
    values = reader.column(asked[0], ())
    for name in TECHNOLOGIES:
        here = named.map(lambda which, name=name: name in which).to_numpy(bool)
        if here.any():
            said.shares[name] = np.where(here, values, np.nan)
    if not said.shares:
        raise InputError(f"{path}: its column of technologies names none; write 2G, 3G, 4G or 5G")
    said.by_row = True
    said.notes.append(
        "A row tells of one place and one technology; a technology that no row of a place names is not known there."
    )


def _asks(heading: str) -> bool:
    plain = _plain(heading)
    if asks_uncovered(plain) or _DENIALS & set(words_of(plain)):
        return False
    return (asks_covered(plain) or is_share(plain)) and not is_quantity(plain)


def _by_lists(path: Path, texts: dict[str, pd.Series], said: Said) -> None:
    """A column of coverage whose cells name the technologies of each place."""
    lists = [name for name in texts if _asks(name) and _names_technologies(texts[name])]
    if not lists:
        shown = ", ".join(one_line(name, 40) for name in list(texts)[:12])
        near = [name for name in texts if _speaks_of(_plain(name)) and not _DENIALS & set(words_of(name))]
        how = f"; rename the one that is meant, such as '{one_line(near[0], 40)}'" if near else ""
        raise InputError(
            f"{path}: has no column 2G, 3G or 4G (it has {shown}); places need lat, lon and 2G, 3G, 4G (1 covered, 0 not){how}"
        )
    column = texts[lists[0]]
    named = column.map(lambda text: technologies_of(text).technologies)
    none = column.map(lambda text: answer(text) is False and (_is_none(text) or not is_nothing(text))).to_numpy(bool)
    known = (named.map(len) > 0).to_numpy(bool) | none
    for name in TECHNOLOGIES:
        here = named.map(lambda which, name=name: name in which).to_numpy(bool)
        if here.any():
            said.shares[name] = np.where(known, here.astype(np.float64), np.nan)
    said.notes.append(
        f"Column '{one_line(lists[0], 60)}' names the technologies of each place: those that it does not name count as not there."
    )


def _is_none(text: str) -> bool:
    """Whether a cell says "none", which is no signal in a column of coverage and nothing in any other."""
    return text.strip().casefold() == "none"


class _Reader:
    """Reads columns as shares; what it read otherwise than as 0 to 1 is said once for all of them."""

    def __init__(self, path: Path, texts: dict[str, pd.Series], said: Said) -> None:
        self.path, self.texts, self.said = path, texts, said
        self.used: list[str] = []
        self.yes_no = ""
        asked = [heading for heading in texts if headed(_plain(heading)) is not None or _asks(heading)]
        numbers = [_PER_CENT.sub("", text) for heading in asked for text in texts[heading].unique()]
        self.decimal = decimal_sign(numbers)
        # "4G (%)" with nothing above 1 is of per cents too where "2G (%)" of the same file shows that it is.
        self.per_cent = any(
            found is not None and found[0] > 1 and not found[1]
            for heading in asked
            if _says_per_cent(heading)
            for found in map(self._number, texts[heading].unique())
        )

    def _number(self, text: str) -> tuple[float, str] | None:
        return number_of(text, self.decimal, False, (0.0, 100.0))

    def column(self, heading: str, technologies: tuple[str, ...]) -> np.ndarray:
        """A column as shares. Refuses what may be a share and a per cent."""
        code, unique = pd.factorize(self.texts[heading])
        self.used.append(heading)
        values, plain = np.full(len(unique), np.nan), np.zeros(len(unique), bool)
        signed, unread = "", np.zeros(len(unique), bool)
        letters = in_letters(map(str, unique))
        for row, text in enumerate(map(str, unique)):
            bare = _PER_CENT.sub("", text)
            found = self._number(bare)
            if found is not None and not found[1]:
                values[row], plain[row] = found[0] / (100.0 if bare != text else 1.0), bare == text
                signed = signed or (text if bare != text else "")
            elif not is_nothing(text) or text in letters or _is_none(text):
                says = letters.get(text, is_yes(text, technologies))
                unread[row] = says is None
                values[row] = np.nan if says is None else float(says)
                self.yes_no = self.yes_no or ("" if says is None else text)
        values = self._scaled(heading, values, plain, signed, unique)
        wrong = np.isfinite(values) & ((values < 0) | (values > 1))
        if wrong.any():
            shown = one_line(str(unique[int(wrong.argmax())]), 30)
            raise InputError(
                f"{self.path}: column '{one_line(heading, 40)}' holds the coverage {shown}; write 1 for covered, 0 for not, or "
                "a share between them; for per cents add a sign to the numbers, or to the heading, as in '2G (%)'"
            )
        self._say(heading, values[code] if len(unique) else values, unread[code], unique)
        return values[code] if len(unique) else np.full(len(code), np.nan)

    def _scaled(
        self, heading: str, values: np.ndarray, plain: np.ndarray, signed: str, unique: Sequence[str]
    ) -> np.ndarray:
        numbers = plain & (values != 0) & np.isfinite(values)
        name = one_line(heading, 40)
        if _says_per_cent(heading):
            if self.per_cent or signed:
                return np.where(plain, values / 100.0, values)
            if numbers.any():
                self.said.notes.append(
                    f"Column '{name}' says per cent and holds nothing above 1: it was read as shares of 1."
                )
        elif signed and numbers.any():
            other = one_line(str(unique[int(numbers.argmax())]), 30)
            raise InputError(
                f"{self.path}: column '{name}' holds '{one_line(signed, 30)}' and '{other}'; write all of it with a sign "
                "for per cent, or nothing of it"
            )
        return values

    def _say(self, heading: str, values: np.ndarray, unread: np.ndarray, unique: Sequence[str]) -> None:
        name = one_line(heading, 40)
        if count := int(unread.sum()):
            example = one_line(str(self.texts[heading][unread].iloc[0]), 40)
            if count > int(np.isfinite(values).sum()):
                raise InputError(
                    f"{self.path}: most of what column '{name}' holds is no share of coverage ({count} values, such as "
                    f"'{example}'); write 1 for covered and 0 for not, or leave the column out"
                )
            text = f"{count} values of {name} are no share of coverage (such as '{example}'); they count as not known."
            self.said.warnings.append(
                InputWarning("values", text, {"count": count, "column": name, "example": example})
            )
        empty = int((self.texts[heading] == "").sum())
        if empty and (values[np.isfinite(values)] == 1).all() and np.isfinite(values).any():
            text = f"{empty} empty cells of {name} count as not known, the others all say yes; where empty means no, write no."
            self.said.warnings.append(InputWarning("empty_cells", text, {"count": empty, "column": name}))

    def finish(self) -> None:
        """Say how words, commas and per cents were read."""
        texts = [text for heading in self.used for text in self.texts[heading].unique()]
        if any(_PER_CENT.search(text) for text in texts) or (self.per_cent and any(map(_says_per_cent, self.used))):
            self.said.notes.append("Per cents were read as shares of 1.")
        self.said.notes += notes_on_numbers([_PER_CENT.sub("", text) for text in texts], self.decimal)
        if self.yes_no:
            self.said.notes.append(f"Words for yes and no were read as 1 and 0, such as '{one_line(self.yes_no, 40)}'.")


def _says_per_cent(heading: str) -> bool:
    return "%" in heading or "٪" in heading or bool(_PER_CENT_WORDS & set(words_of(heading)))
