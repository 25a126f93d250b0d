"""Combining: which model speaks for which channel, and the coverage of every service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core.channels import CHANNELS, TECHNOLOGIES, Service, services_of
from ewcm.core.fraction import LEVELS, UNKNOWN, Case, Shares, nested, separate
from ewcm.coverage.declared import DeclaredModel
from ewcm.coverage.given import GivenModel, grid_of
from ewcm.coverage.model import Model
from ewcm.coverage.p1812.model import PropagationModel
from ewcm.coverage.radius import RadiusModel
from ewcm.settings import Settings
from ewcm.sources.clutter import Clutter
from ewcm.sources.coverage_maps import DeclaredMap
from ewcm.sources.terrain import Terrain


class Coverage:
    """The coverage of one country on its analysis grid, of each service and case, for one operator or for all together.

    Two shares of each grid cell are given, covered and unknown (:class:`ewcm.core.fraction.Shares`); what is left is
    uncovered. Made from the model that speaks for each channel; a channel without one is unknown.
    """

    def __init__(self, geobox: GeoBox, chosen: Mapping[str, Model]) -> None:
        """``chosen``: the model of each channel that has one."""
        self.geobox = geobox
        self.chosen = dict(chosen)
        self.services: dict[str, Service] = services_of(self.chosen)

    @classmethod
    def from_layers(
        cls, layers: Mapping[str, Any], unknown: Mapping[str, Any] | None = None, geobox: GeoBox | None = None
    ) -> Coverage:
        """Coverage from a user's arrays.

        ``layers[channel]``: the share (0..1) of each grid cell that is covered, NaN where nothing is known; an
        `xarray.DataArray` with a CRS, a :class:`ewcm.core.layer.Layer` or a plain array, of shape (rows, columns), or
        (3, rows, columns) for low coverage, central and high coverage. ``unknown[channel]``: the share of each grid cell of
        which nothing is known, where it is known in part. ``geobox``: the grid, needed with plain arrays alone.

        Raises :class:`ewcm.errors.InputError` where an array does not lie on the grid or holds other values.
        """
        geobox = geobox or grid_of(layers.values())
        model = GivenModel(geobox, layers, unknown or {})
        return cls(geobox, dict.fromkeys(channels_in_order(model.operators), model))

    def shares(self, service: str, case: Case, rows: slice, operator: str | None = None) -> Shares:
        """Covered and unknown share (arrays of shape (rows, columns)) of a service of ``services`` in a block of rows.

        Networks nest: where nothing is known about the oldest technology of a service, those whom the newer ones do not
        reach may still be reached by it. The case of high coverage then covers them all, so that the range says so.
        """
        wanted = self.services[service]
        parts = [self._nested(wanted.nested, case, rows, operator)] if wanted.nested else []
        for channel in wanted.separate:
            model = self.chosen.get(channel)
            part = None if model is None else model.shares((channel,), operator, case, rows)
            parts.append(self._nothing(rows) if part is None else part)
        return separate(parts, case)

    def _nothing(self, rows: slice) -> Shares:
        return Shares(np.full((rows.stop - rows.start, self.geobox.shape[1]), UNKNOWN, dtype=np.uint16))

    def _nested(self, channels: tuple[str, ...], case: Case, rows: slice, operator: str | None) -> Shares:
        """The shares of the channels that nest, oldest first."""
        parts = []
        for model in self._models():
            mine = tuple(name for name in channels if self.chosen.get(name) is model)
            part = model.shares(mine, operator, case, rows) if mine else None
            if part is not None:
                parts.append(part)
        if not parts:
            return self._nothing(rows)
        shares = nested(parts)
        oldest = self.chosen.get(channels[0])
        if case != "high" or (oldest is not None and oldest.everywhere):
            return shares
        return self._at_most(shares, channels[0], rows, operator)

    def _at_most(self, shares: Shares, oldest: str, rows: slice, operator: str | None) -> Shares:
        """``shares``, but whole where something is known and nothing about the technology ``oldest``."""
        model = self.chosen.get(oldest)
        known = None if model is None else model.shares((oldest,), operator, "high", rows)
        blind = shares.covered != UNKNOWN
        if known is not None:
            blind &= known.covered == UNKNOWN
        covered = np.where(blind, np.uint16(LEVELS), shares.covered)
        return Shares(covered, None if shares.unknown is None else np.where(blind, np.uint16(0), shares.unknown))

    def prepare(self, *operators: str) -> None:
        """Have the models make now what they make once for the whole grid, and not once in every piece of a country."""
        for service in self.services:
            for operator in operators or (None,):
                self.shares(service, "central", slice(0, 1), operator)

    def known(self, service: str) -> tuple[str, ...]:
        """The channels of a service that a model speaks for."""
        return tuple(name for name in self.services[service].channels if name in self.chosen)

    def depends_on(self, service: str) -> tuple[tuple[str, ...], bool, bool]:
        """What the shares of a service depend on: services that agree in it have the same shares."""
        wanted = self.services[service]
        oldest = bool(wanted.nested) and wanted.nested[0] in self.chosen
        unknown = any(name not in self.chosen for name in wanted.separate) or (
            bool(wanted.separate) and not any(name in self.chosen for name in wanted.nested)
        )
        return self.known(service), oldest, unknown

    def model_of(self, service: str) -> str:
        """``declared``, ``p1812``, ``radius``, ``given``, ``mixed`` or ``unknown``."""
        names = {self.chosen[name].name for name in self.known(service)}
        if not names:
            return "unknown"
        return names.pop() if len(names) == 1 else "mixed"

    @property
    def operators(self) -> tuple[str, ...]:
        """Every operator named in any source, sorted."""
        found = {
            operator
            for channel, model in self.chosen.items()
            for operator in model.operators.get(channel, ())
            if operator
        }
        return tuple(sorted(found))

    def _models(self) -> list[Model]:
        return list({id(model): model for model in self.chosen.values()}.values())


def channels_in_order(names: Iterable[str]) -> list[str]:
    """Channels in the order in which they are shown: mobile technologies, others that the engine knows, then by name."""
    known = list(CHANNELS)
    return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))


def build(
    geobox: GeoBox,
    settings: Settings,
    *,
    given: Mapping[str, Any] | None = None,
    given_unknown: Mapping[str, Any] | None = None,
    declared: tuple[DeclaredMap, ...] = (),
    sites: pd.DataFrame | None = None,
    terrain: Terrain | None = None,
    clutter: Clutter | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Coverage:
    """Choose a model for each channel, the best that its inputs allow: given or declared, then p1812, then radius.

    ``given``, ``given_unknown``: as ``layers`` and ``unknown`` of :meth:`Coverage.from_layers`.
    ``sites``: rows of `ewcm.sources.cells.SITE_COLUMNS`.
    ``progress`` is called with the sites done and their number where coverage is computed over terrain.
    """
    models: list[Model] = [GivenModel(geobox, given, given_unknown or {})] if given else []
    for name in settings.models:
        if name == "declared" and declared:
            models.append(DeclaredModel(declared, geobox))
        elif name == "p1812" and sites is not None and terrain is not None:
            taken = [channel for model in models for channel in model.operators]
            left = sites[sites["technology"].isin(TECHNOLOGIES) & ~sites["technology"].isin(taken)]
            models.append(
                PropagationModel(
                    left,
                    terrain,
                    clutter,
                    geobox,
                    settings,
                    progress,
                    collect_footprints=settings.footprints_limit_mb > 0,
                    footprints_limit_mb=settings.footprints_limit_mb,
                )
            )
        elif name == "radius" and sites is not None:
            models.append(RadiusModel(sites, geobox, settings))
    chosen: dict[str, Model] = {}
    for channel in channels_in_order(channel for model in models for channel in model.operators):
        chosen[channel] = next(model for model in models if channel in model.operators)
    return Coverage(geobox, chosen)
