"""Rows of a table that name their country, as lists of a whole region do."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ewcm.countries import LANGUAGES, Country, every_country
from ewcm.sources.headings import words_of

#: Headings, as :func:`words_of` writes them without blanks, of a column that names the country of a row.
_HEADINGS = {
    *("country", "countryname", "countrycode", "countryiso", "countryiso2", "countryiso3", "iso", "iso2", "iso3", "iso2c"),
    *("iso3c", "isocode", "isoa2", "isoa3", "isoalpha2", "isoalpha3", "adm0", "adm0name", "adm0en", "adm0fr", "adm0es", "adm0pt"),
    *("adm0ar", "adm0code", "adm0pcode", "adm0a3", "admin0", "admin0name", "admin0pcode", "pays", "nomdupays", "nompays"),
    *("codepays", "codedupays", "pais", "nombredelpais", "codigopais", "codigodelpais", "nomedopais", "codigodopais"),
    *("البلد", "الدولة", "اسمالدولة", "رمزالدولة"),
}  # fmt: skip


@cache
def _codes() -> dict[str, str]:
    """The alpha-3 code of every country by its codes and its names in the languages of the registry."""
    found: dict[str, str] = {}
    for country in every_country():
        for text in (country.iso3, country.iso2, *(country.names[language] for language in LANGUAGES)):
            found.setdefault("".join(words_of(text)), country.iso3)
    return found


def of_other_countries(table: pd.DataFrame, country: Country) -> tuple[np.ndarray, str]:
    """Which rows name another country than ``country``, and an example of such a name.

    Asked are columns whose heading says country and nearly all of whose filled values are codes of ISO 3166-1 or names of
    countries; they are believed only where some row names ``country`` (a list may state the country of a firm's seat). Rows
    that state nothing, or nothing known, are not among them.
    """
    others, example = np.zeros(len(table), dtype=bool), ""
    for heading in table.columns:
        if "".join(words_of(str(heading))) not in _HEADINGS:
            continue
        texts = table[heading].astype(str).str.strip()
        code_of = {text: _codes().get("".join(words_of(text)), "") for text in texts.unique() if text}
        codes = texts.map(lambda text, code_of=code_of: code_of.get(text, ""))
        filled = texts != ""
        if not (codes == country.iso3).any() or (codes[filled] == "").mean() > 0.1:
            continue
        hit = ((codes != "") & (codes != country.iso3)).to_numpy()
        if hit.any() and not example:
            example = str(texts[hit].iloc[0])[:40]
        others |= hit
    return others, example
