"""Brands of mobile networks by which files are called (``MTN_2G_coverage.geojson``), so that one's map is not taken for all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ewcm.sources.plain_words import plain_words

#: Brands in the 33 countries of Early Warnings for All and of the groups that own networks in several countries. Words
#: that a file may be called by for another reason (Free, Smart, One) are left out.
_BRANDS = (
    *("MTN", "Airtel", "Vodafone", "Vodacom", "Orange", "Safaricom", "Tigo", "Claro", "Movistar", "Telcel", "Digicel", "Econet"),
    *("NetOne", "Telecel", "Moov", "Ooredoo", "Zain", "Etisalat", "Mobilis", "Djezzy", "Inwi", "Unitel", "Movitel", "Tmcel"),
    *("Halotel", "TTCL", "Zantel", "Telma", "Lonestar", "Africell", "9mobile", "Expresso", "Sudani", "Ethio Telecom"),
    *("Hormuud", "Somtel", "Golis", "Telesom", "Somnet", "Nepal Telecom", "Ncell", "Grameenphone", "Robi", "Banglalink"),
    *("Teletalk", "Telenor", "Zong", "Ufone", "Roshan", "Mobitel", "Dhiraagu", "Beeline", "Metfone", "Cellcard"),
    *("Viettel", "bmobile", "Natcom", "Altice", "Altel", "Comium", "QCell", "Gamcel", "Lycamobile"),
    *("Uganda Telecom", "UTL", "TNM", "Zamtel", "Mascom", "Telkom", "Cell C", "Malitel", "Onatel", "Telmob", "Sonatel"),
    *("Camtel", "Nexttel", "Evatis", "Djibouti Telecom", "Mauritel", "Mattel", "Chinguitel", "MegaFon", "Tcell"),
    *("Babilon", "Zet Mobile", "Mobicom", "Skytel", "G-Mobile", "Telemor", "Timor Telecom", "Tonga UCC", "ATHKL", "Our Telekom"),
    *("Kcell", "Telkomsel", "Indosat", "XL Axiata", "Mytel", "MPT", "Entel", "Tuenti", "Conecel", "Antel"),
)  # fmt: skip

_NAME_OF = {plain_words(brand): brand for brand in _BRANDS}
_MOST_WORDS = max(len(words.split()) for words in _NAME_OF)


#: Words by which a file, a sheet or a folder calls an operator that has no name ("Operator A").
_UNNAMED = re.compile(r"(?:operator|operateur|operador|operadora|mno|المشغل) (?:[a-z]|\d{1,2}|[ابجد])")

#: Further words of such names, of nobody.
_NOBODYS = {
    *("coverage", "cover", "cov", "couverture", "cobertura", "site", "sites", "list", "liste", "lista", "layer", "map", "sheet"),
    *("network", "reseau", "red", "rede", "data", "donnees", "datos", "dados", "towers", "bts", "cells", "mobile", "sa"),
    *("operador", "limited", "feuille", "hoja", "folha", "operator", "operateur", "final", "export", "telecom", "networks"),
    *("ltd", "plc"),
}  # fmt: skip


def operator_named(name: str, of_country: Iterable[str] = ()) -> str:
    """The operator by which alone a sheet, a layer or a folder is called; "" for any other name. ``of_country``: further words
    that belong to nobody, such as the name of the country."""
    plain = plain_words(name)
    if _UNNAMED.fullmatch(plain):
        return " ".join(name.replace("_", " ").split())
    brands = brands_in(name)
    if len(brands) != 1:
        return ""
    others = set(plain.split()) - set(plain_words(brands[0]).split()) - _NOBODYS
    others -= {word for one in of_country for word in plain_words(one).split()}
    return brands[0] if not others else ""


#: Headings of columns that name somebody else than whose network it is.
_OF_OTHERS = re.compile(
    r"\b(?:tower|mast|owner|owned|landlord|proprietaire|propietario|proprietario|vendor|nearest|competitor|roaming|"
    r"host|former|old|ancien|anterior|previous|tenant|colocat\w*|remarks?|comments?|path|file\w*)\b"
)


def owners_of(heading: str, values: Iterable[str]) -> dict[str, str]:
    """The operator that each text of a column names, where every one names one and no other word says more: of a single operator
    in all of them nothing but his name. Empty for any other column."""
    texts = list(values)
    if not texts or _OF_OTHERS.search(plain_words(heading)):
        return {}
    brands = {text: brands_in(text) for text in texts}
    if any(len(found) != 1 for found in brands.values()):
        return {}
    named = {text: found[0] for text, found in brands.items()}
    if len(set(named.values())) < 2 and not all(map(operator_named, texts)):
        return {}
    return named


#: The codes of a network: three digits of the country and two or three of the operator.
_CODES = re.compile(r"(?<!\d)(\d{3})[-_ /.]?(\d{2,3})(?!\d)")


def network_code(text: str, mccs: Iterable[int]) -> str:
    """The network that a text of nothing but its codes means, as OpenCelliD has it (``64110``, ``641/10`` → ``641-10``); "" for
    any other text, and for codes of another country."""
    found = _CODES.fullmatch(text.strip().removesuffix(".0"))
    return f"{found[1]}-{found[2]}" if found is not None and int(found[1]) in set(mccs) else ""


def operator_in_name(name: str, mccs: Iterable[int] = ()) -> str:
    """The one operator whose brand, or whose codes, stand in the name of a file or layer; "" where there are none, or several."""
    own = set(mccs)
    codes = [f"{found[1]}-{found[2]}" for found in _CODES.finditer(name) if int(found[1]) in own]
    named = tuple(dict.fromkeys((*brands_in(name), *codes)))
    return named[0] if len(named) == 1 else ""


def apart_from_generations(words: str) -> str:
    """Words in small letters with a blank before a generation that follows without one (``mtn4g``)."""
    return re.sub(r"(?<=[a-z])(?=[2-5]g(?![a-z0-9]))", " ", words)


def brands_in(name: str) -> tuple[str, ...]:
    """The brands that stand as words of their own in the name of a file or layer, in their order, each once."""
    words = apart_from_generations(plain_words(name)).split()
    found: dict[str, None] = {}
    for at in range(len(words)):
        for count in range(_MOST_WORDS, 0, -1):
            if brand := _NAME_OF.get(" ".join(words[at : at + count])):
                found[brand] = None
                break
    return tuple(found)
