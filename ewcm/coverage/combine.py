"""Combining: which model speaks for which technology, and the levels of every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from odc.geo.geobox import GeoBox

from ewcm.core.fraction import LEVELS, UNKNOWN, union
from ewcm.coverage.declared import DeclaredModel
from ewcm.coverage.model import Model, Variant
from ewcm.coverage.p1812.model import PropagationModel
from ewcm.coverage.radius import RadiusModel
from ewcm.inputs.country_data import CountryData
from ewcm.settings import SERVICES, TECHNOLOGIES, Settings


@dataclass(frozen=True)
class Stack:
    """The chosen model of each technology. A technology without one is unknown."""

    geobox: GeoBox
    chosen: dict[str, Model]

    def service(self, service: str, variant: Variant, rows: slice, operator: str | None = None) -> np.ndarray:
        """Levels (uint16, shape (rows, columns)) of a service of ``ewcm.settings.SERVICES`` in a block of rows.

        Networks nest: where nothing is known about the oldest technology of a service, those whom the newer ones do not
        reach may still be reached by it. The high variant then covers them all, so that the range says so.
        """
        levels = []
        for model in self._models():
            technologies = tuple(name for name in SERVICES[service] if self.chosen.get(name) is model)
            level = model.level(technologies, operator, variant, rows) if technologies else None
            if level is not None:
                levels.append(level)
        if not levels:
            return np.full((rows.stop - rows.start, self.geobox.shape[1]), UNKNOWN, dtype=np.uint16)
        level = levels[0] if len(levels) == 1 else union(levels)
        oldest = self.chosen.get(SERVICES[service][0])
        if variant != "high" or (oldest is not None and oldest.everywhere):
            return level
        return self._at_most(level, SERVICES[service][0], rows, operator)

    def _at_most(self, level: np.ndarray, oldest: str, rows: slice, operator: str | None) -> np.ndarray:
        """``level``, but whole where something is known and nothing about the technology ``oldest``."""
        model = self.chosen.get(oldest)
        known = None if model is None else model.level((oldest,), operator, "high", rows)
        blind = level != UNKNOWN
        if known is not None:
            blind &= known == UNKNOWN
        return np.where(blind, np.uint16(LEVELS), level)

    def prepare(self, *operators: str) -> None:
        """Have the models make now what they make once for the whole grid, and not once in every piece of a country."""
        for service in SERVICES:
            for operator in operators or (None,):
                self.service(service, "central", slice(0, 1), operator)

    def known(self, service: str) -> tuple[str, ...]:
        """The technologies of a service that a model speaks for."""
        return tuple(technology for technology in SERVICES[service] if technology in self.chosen)

    def like(self, service: str) -> tuple[tuple[str, ...], bool]:
        """What the levels of a service depend on: services that are alike in it have the same levels."""
        return self.known(service), SERVICES[service][0] in self.chosen

    def model_of(self, service: str) -> str:
        """``declared``, ``p1812``, ``radius``, ``mixed`` or ``unknown``."""
        names = {self.chosen[name].name for name in self.known(service)}
        if not names:
            return "unknown"
        return names.pop() if len(names) == 1 else "mixed"

    @property
    def operators(self) -> tuple[str, ...]:
        """Every operator named in any source, sorted."""
        found = {
            operator
            for technology, model in self.chosen.items()
            for operator in model.operators[technology]
            if operator
        }
        return tuple(sorted(found))

    def _models(self) -> list[Model]:
        return list({id(model): model for model in self.chosen.values()}.values())


def build(data: CountryData, settings: Settings, progress: Callable[[int, int], None]) -> Stack:
    """Choose a model for each technology, the best that its inputs allow: declared, then p1812, then radius.

    ``progress`` is called with the sites done and their number where coverage is computed over terrain.
    """
    geobox = data.population.geobox
    models: list[Model] = []
    for name in settings.models:
        if name == "declared" and data.declared:
            models.append(DeclaredModel(data.declared, geobox))
        elif name == "p1812" and data.sites is not None and data.terrain is not None:
            taken = [technology for model in models for technology in model.operators]
            sites = data.sites.table[~data.sites.table["technology"].isin(taken)]
            models.append(PropagationModel(sites, data.terrain, data.clutter, geobox, settings, progress))
        elif name == "radius" and data.sites is not None:
            models.append(RadiusModel(data.sites.table, geobox, settings))
    chosen: dict[str, Model] = {}
    for technology in TECHNOLOGIES:
        for model in models:
            if technology in model.operators:
                chosen[technology] = model
                break
    return Stack(geobox, chosen)
