"""The propagation model: coverage computed from sites and terrain with Recommendation ITU-R P.1812."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.coverage.fraction import union
from ewcm.coverage.model import VARIANTS, Variant
from ewcm.coverage.propagation import propagation_levels
from ewcm.settings import Settings
from ewcm.sources.terrain import Terrain


class PropagationModel:
    """Best-server coverage of every technology and operator, computed once; operators are joined by the better server."""

    name = "p1812"
    everywhere = False

    def __init__(
        self,
        sites: pd.DataFrame,
        terrain: Terrain,
        geobox: GeoBox,
        settings: Settings,
        progress: Callable[[float], None],
    ) -> None:
        self._levels: dict[tuple[str, str], dict[Variant, np.ndarray]] = {}
        before = 0

        def report(done: int, _: int) -> None:
            progress((before + done) / len(sites))

        for (technology, operator), table in sites.groupby(["technology", "operator"], sort=True):
            levels = propagation_levels(table, terrain, geobox, settings, report)
            self._levels[technology, operator] = dict(zip(VARIANTS, levels, strict=True))
            before += len(table)

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies with at least one site, and their operators."""
        found: dict[str, tuple[str, ...]] = {}
        for technology, operator in self._levels:
            found[technology] = (*found.get(technology, ()), operator)
        return found

    def level(
        self, technologies: tuple[str, ...], operator: str | None, variant: Variant, rows: slice
    ) -> np.ndarray | None:
        """See :class:`ewcm.coverage.model.Model`."""
        levels = [
            variants[variant][rows]
            for (technology, name), variants in self._levels.items()
            if technology in technologies and operator in (None, name)
        ]
        return union(levels) if levels else None
