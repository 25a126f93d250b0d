"""The circle model: a grid cell is covered where its centre lies within a radius of a site, along the great circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core.fraction import LEVELS, Case, Shares
from ewcm.coverage.circles import CircleFootprints, circle_footprints, painted

if TYPE_CHECKING:
    from ewcm.settings import Settings


class RadiusModel:
    """Circles around sites, with the radii of ``Settings.radius_km`` and its low and high factors."""

    name = "radius"
    known_in_part = False
    everywhere = True

    #: Why there are no footprints; "" where there are.
    footprints_left_out = ""

    def __init__(self, sites: pd.DataFrame, geobox: GeoBox, settings: Settings) -> None:
        self._geobox = geobox
        self._settings = settings
        self._table = sites
        self._sites = {
            (technology, operator): (table["lat"].to_numpy(np.float64), table["lon"].to_numpy(np.float64))
            for (technology, operator), table in sites.groupby(["technology", "operator"], sort=True)
        }

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies with at least one site, and their operators."""
        found: dict[str, tuple[str, ...]] = {}
        for technology, operator in self._sites:
            found[technology] = (*found.get(technology, ()), operator)
        return found

    @property
    def footprints(self) -> CircleFootprints:
        """The circles of single sites, in every case."""
        return circles_of(self._table, self._geobox, self._settings)

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`. Every grid cell is known: where no circle reaches, the level is 0."""
        factor = {"low": self._settings.radius_low, "central": 1.0, "high": self._settings.radius_high}[case]
        chosen = [
            (lat, lon, self._settings.radius_km[technology] * factor)
            for (technology, name), (lat, lon) in self._sites.items()
            if technology in channels and operator in (None, name)
        ]
        if not chosen:
            return None
        lat = np.concatenate([item[0] for item in chosen])
        lon = np.concatenate([item[1] for item in chosen])
        radius_km = np.concatenate([np.full(item[0].size, item[2]) for item in chosen])
        return Shares(painted(lat, lon, radius_km, self._geobox, rows) * np.uint16(LEVELS))


def circles_of(sites: pd.DataFrame, geobox: GeoBox, settings: Settings) -> CircleFootprints:
    """The circles of single sites with the radii of the settings; sites of channels without a radius are left out."""
    drawn = sites[sites["technology"].isin(list(settings.radius_km))]
    return circle_footprints(drawn, geobox, settings.radius_km, settings.radius_low, settings.radius_high)
