"""The registry of countries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """One country. ``names`` by language code (en, fr, es, pt, ar). ``membership``: ``ew4all``, ``pilot``, ``assumed``
    or ``""`` (not in the registry: brought by the user)."""

    iso3: str
    iso2: str
    m49: str  # three digits, as text
    names: dict[str, str]
    mccs: tuple[int, ...]
    language: str  # default language of the map
    crosses_180: bool
    membership: str

    @property
    def name(self) -> str:
        """The English name."""
        return self.names["en"]
