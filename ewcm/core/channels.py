"""Channels: the ways in which an alert arrives, and the services that are asked of them.

Mobile technologies nest by definition: a figure for 3G+ means "at least 3G", and a person whom 4G covers is counted as covered
by "any". That is how SDG indicator 9.c.1 counts; it says nothing about radio (2G networks are being switched off). Other
channels (FM radio, television, sirens, satellite) do not nest: who hears the radio may or may not have a mobile signal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ewcm.errors import InputError, unknown_key


@dataclass(frozen=True)
class Channel:
    """A way in which an alert arrives.

    ``name``: as in tables and files. ``generation``: the place among channels that nest, the oldest first; None for a channel
    that does not nest with any other.
    """

    name: str
    generation: int | None = None

    @property
    def nests(self) -> bool:
        """Whether whoever is covered by a newer channel of this kind counts as covered by this one too."""
        return self.generation is not None


#: Radio technologies, oldest first (GSM, UMTS, LTE, NR).
TECHNOLOGIES = ("2G", "3G", "4G", "5G")

#: Channels that the engine knows by name.
CHANNELS: dict[str, Channel] = {
    **{name: Channel(name, generation) for generation, name in enumerate(TECHNOLOGIES, start=2)},
    **{name: Channel(name) for name in ("FM", "AM", "TV", "siren", "satellite")},
}


def channel(name: str) -> Channel:
    """The channel of a name; one that the engine does not know is taken for one that does not nest."""
    return CHANNELS.get(name, Channel(name))


#: Other names of technologies.
ALIASES = {"GSM": "2G", "UMTS": "3G", "LTE": "4G", "NR": "5G"}


def channel_name(text: object) -> str:
    """The name of a channel as the engine writes it, for one that a user has written (`` lte`` is 4G).

    Raises :class:`ewcm.errors.InputError` for a service (``any``, ``3G+``) and for any other name that is no channel.
    """
    word = str(text).strip()
    known = {name.upper(): name for name in CHANNELS} | ALIASES
    if isinstance(text, str) and word.upper() in known:
        return known[word.upper()]
    raise InputError(f"coverage: {unknown_key(str(text), [*CHANNELS])[:200].replace('key that is read', 'channel')}")


@dataclass(frozen=True)
class Service:
    """What is asked of the channels: at least one of ``channels``, the oldest of those that nest first. ``both``: at least one of
    those that nest and at least one of the others, so that a second channel stands where the first fails."""

    name: str
    channels: tuple[str, ...]
    both: bool = False

    @cached_property
    def nested(self) -> tuple[str, ...]:
        """The channels that nest, oldest first."""
        return tuple(name for name in self.channels if channel(name).nests)

    @cached_property
    def separate(self) -> tuple[str, ...]:
        """The channels that do not nest; of these nothing is known about who is covered by two of them."""
        return tuple(name for name in self.channels if not channel(name).nests)

    @property
    def column(self) -> str:
        """The name as part of the name of a column or key, such as ``4Gplus``."""
        return re.sub(r"\W+", "_", self.name.replace("+", "plus"))


def _services(*services: Service) -> dict[str, Service]:
    return {service.name: service for service in services}


#: What mobile coverage is counted for. ``any`` = at least 2G; ``3G+`` = at least 3G, ``4G+`` = at least 4G (as SDG 9.c.1 counts).
SERVICES: dict[str, Service] = _services(
    Service("any", TECHNOLOGIES),
    *(Service(name, (name,)) for name in TECHNOLOGIES),
    Service("3G+", TECHNOLOGIES[1:]),
    Service("4G+", TECHNOLOGIES[2:]),
)


def services_of(channels: Iterable[str]) -> dict[str, Service]:
    """The services of a country for which these channels have a source, by name.

    Always those of mobile networks; for further channels one each, one for everything together (``any or FM``), and one for a
    mobile network with a second channel beside it (``any and FM``).
    """
    further = [name for name in dict.fromkeys(channels) if name not in TECHNOLOGIES]
    found = dict(SERVICES)
    for name in further:
        found[name] = Service(name, (name,))
    if further:
        name = " or ".join(("any", *further))
        found[name] = Service(name, (*TECHNOLOGIES, *further))
        name = f"any and {' or '.join(further)}"
        found[name] = Service(name, (*TECHNOLOGIES, *further), both=True)
    return found
