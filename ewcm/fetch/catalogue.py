"""The catalogue of open data: which source serves which layer, from where, under which licence."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from ewcm.errors import SettingsError

#: Layers in the order they are fetched: boundaries cut population, people and cells choose terrain.
LAYERS = ("boundaries", "population", "cells", "sites", "places", "official", "terrain", "hazard")

#: Resolutions of population grids that can be asked for.
RESOLUTIONS = ("1km", "100m")


@dataclass(frozen=True)
class Source:
    """One source, as ``catalogue.toml`` describes it (see the head of that file for every field)."""

    name: str
    layer: str
    recipe: str
    title: str
    home: str
    format: str
    licence: str
    attribution: str
    mend: str
    url: dict[str, str]
    size_mb: dict[str, float]
    max_mb: float = 1000.0
    default: bool = False
    crs: str = ""
    nodata: float | None = None
    step_deg: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    years: tuple[int, ...] = ()  # first, last, step
    year: int | None = None
    token_env: str = ""
    without_token: str = ""
    redistributable: bool = True
    non_commercial: bool = False

    @property
    def max_bytes(self) -> int:
        """More than this is not taken from the server."""
        return int(self.max_mb * 1e6)

    def variant_of(self, resolution: str) -> str:
        """The key of ``url`` for a resolution; sources of a single resolution serve it whatever is asked for."""
        return resolution if resolution in self.url else next(iter(self.url), "")

    def check_options(self, year: int | None, resolution: str) -> None:
        """Refuse a year or resolution that the source does not have."""
        if resolution in RESOLUTIONS and self.step_deg and resolution not in self.url:
            raise SettingsError(f"{self.name} has no {resolution} grid; it has {', '.join(self.url)}; {self.mend}")
        if year is not None and self.years:
            first, last, step = self.years
            if not first <= year <= last or (year - first) % step:
                every = "every year" if step == 1 else f"one year in {step}"
                raise SettingsError(f"{self.name} has no year {year}; it has {first} to {last}, {every}; {self.mend}")


@cache
def sources() -> dict[str, Source]:
    """Every source by name, in the order of the catalogue."""
    text = resources.files("ewcm.fetch").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {
        name: Source(name=name, **(row | {"years": tuple(row.get("years", ()))}))
        for name, row in tomllib.loads(text).items()
    }


def select(only: Sequence[str], *, has_token: bool) -> tuple[Source, ...]:
    """The sources that ``only`` (names of sources or layers) asks for, or the defaults, in the order of :data:`LAYERS`.

    Without the token that a default source needs, the source that does without takes its place.
    """
    known = sources()
    asked: list[Source] = []
    for word in only:
        if word in known:
            asked.append(known[word])
        elif word in LAYERS:
            of_layer = [source for source in known.values() if source.layer == word]
            chosen = [source for source in of_layer if source.default] or of_layer
            asked += [_with_token(source, has_token) for source in chosen]
        else:
            raise SettingsError(
                f"--only: '{word}' is neither a layer ({', '.join(LAYERS)}) nor a source ({', '.join(known)})"
            )
    if not only:
        asked = [_with_token(source, has_token) for source in known.values() if source.default]
    unique = dict.fromkeys(source.name for source in asked)
    return tuple(sorted((known[name] for name in unique), key=lambda source: LAYERS.index(source.layer)))


def _with_token(source: Source, has_token: bool) -> Source:
    return source if has_token or not source.token_env else sources()[source.without_token]
