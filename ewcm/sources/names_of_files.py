"""What the name of a file, a sheet or a layer says of all that it holds and no column says: whose it is, that it is the network
of another, or the ground without coverage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from ewcm.core.input_warning import InputWarning
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_words import NETWORK, says_uncovered
from ewcm.sources.operator_brands import operator_in_name
from ewcm.sources.plain_words import plain_words

#: Words of names for ground without coverage, which in a cell may mean something else.
_UNCOVERED = re.compile(
    rf"\b(?:no|non|nao|zero|sans|sin|sem|without) (?:\dg |lte |gsm |umts |mobile )?{NETWORK}\b|\b(?:gaps?|holes?|sombras?|ombres?"
    r"|exclu(?:sion|sions|ded|siones|sao)|trous?|huecos?|brechas?|lacunas?|unreached|unconnected|disconnected|deficits?"
    r"|(?:non|not|nao|no) (?:connected|reached|desservi\w*|atendid\w*))\b"
)
_ROAMING = re.compile(r"\b(?:roaming|itinerance|itinerancia|التجوال|تجوال)\b")
_INDOOR = re.compile(
    r"\b(?:in ?doors?|in ?building|in ?car|in ?vehicle|en interieur|couverture interieure?|(?:en|de|em) interiores"
    rf"|cobertura interior|{plain_words('داخل المباني')})\b"
)
_OUTDOOR = re.compile(rf"\b(?:out ?doors?|exterieur\w*|exterior\w*|{plain_words('خارج المباني')})\b")


def refuse_uncovered(path: Path, layer: str | None) -> None:
    """Raise :class:`InputError` for a map that is called by the ground without coverage."""
    for name in (layer or "", path.stem):
        if says_uncovered(name) or _UNCOVERED.search(plain_words(name)):
            raise InputError(
                f"{path}: its name speaks of ground without coverage ('{one_line(name, 60)}'), and what it holds would count as "
                "covered; give the ground that is covered, or another name if that is what it holds"
            )


def name_that_speaks(names: Iterable[str], speaks_of_it: Callable[[str], bool]) -> str:
    """The first name that speaks of something, as it is shown; "" where none does."""
    return next((one_line(name, 60) for name in names if speaks_of_it(name)), "")


def of_another_network(names: Iterable[str]) -> tuple[InputWarning, ...]:
    """That a name says that what it holds is reached by roaming."""
    shown = name_that_speaks(names, lambda name: _ROAMING.search(plain_words(name)) is not None)
    text = (
        f"Its name speaks of roaming on the network of another operator ('{shown}'); it was taken for ground of an operator's "
        "own. Take it out of the inputs, if so."
    )
    return (InputWarning("roaming_name", text, {"name": shown}),) if shown else ()


def of_indoors(names: Iterable[str]) -> tuple[InputWarning, ...]:
    """That a name says that what it holds is what reaches into buildings or cars."""
    shown = name_that_speaks(names, _is_indoors)
    text = (
        f"Its name speaks of coverage inside buildings or cars ('{shown}'). Outdoors a network reaches farther: people whom it "
        "reaches there may count as out of reach. Give the map of coverage outdoors, if there is one."
    )
    return (InputWarning("indoor_name", text, {"name": shown}),) if shown else ()


def _is_indoors(name: str) -> bool:
    plain = plain_words(name)
    return _INDOOR.search(plain) is not None and _OUTDOOR.search(plain) is None


def of_one_operator(names: Iterable[str], country: Country) -> tuple[InputWarning, ...]:
    """That a name is that of one operator, where none is stated and what it holds speaks for all."""
    for name in names:
        if owner := operator_in_name(name, country.mccs):
            text = (
                f"Its name speaks of one operator ({owner}); what it holds was taken to speak for all networks together. If it "
                f"is of that one alone, state operator = '{owner}'; if it is not, operator = 'all'."
            )
            return (InputWarning("operator_in_name", text, {"operator": owner}),)
    return ()
