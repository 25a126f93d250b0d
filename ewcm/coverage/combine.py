"""Combining: which model speaks for which channel, and the coverage of every service.

Models are imported where they are made: who opens a published country needs none of them, and the kernels of propagation take a
second to load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core.channels import CHANNELS, TECHNOLOGIES, Service, services_of
from ewcm.core.fraction import LEVELS, UNKNOWN, Case, Shares, both, nested, separate

if TYPE_CHECKING:
    from ewcm.coverage.estimate_plan import EstimatePlan
    from ewcm.coverage.estimated import EstimatedModel
    from ewcm.coverage.model import Model
    from ewcm.settings import Settings
    from ewcm.sources.clutter import Clutter
    from ewcm.sources.coverage_maps import DeclaredMap
    from ewcm.sources.terrain import Terrain


class Coverage:
    """The coverage of one country on its analysis grid, of each service and case, for one operator or for all together.

    Two shares of each grid cell are given, covered and unknown (:class:`ewcm.core.fraction.Shares`); what is left is
    uncovered. Made from the model that speaks for each channel; a channel without one is unknown.
    """

    #: Whether it is another coverage than that of which the findings of its result tell.
    differs_from_findings = False

    def __init__(
        self, geobox: GeoBox, chosen: Mapping[str, Model], missing: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """``chosen``: the model of each channel that has one. ``missing``: by channel, operators of the country for whom its
        model has no source; outside the networks of the others the channel is unknown."""
        self.geobox = geobox
        self.chosen = dict(chosen)
        self.missing = dict(missing or {})
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
        from ewcm.coverage.given import GivenModel, grid_of

        geobox = geobox or grid_of(layers.values())
        model = GivenModel(geobox, layers, unknown or {})
        return cls(geobox, dict.fromkeys(channels_in_order(model.operators), model))

    def shares(self, service: str, case: Case, rows: slice, operator: str | None = None) -> Shares:
        """Covered and unknown share (arrays of shape (rows, columns)) of a service of ``services`` in a block of rows.

        Networks nest: where nothing is known about the oldest technology of a service, those whom the newer ones do not
        reach may still be reached by it, and are unknown.
        """
        wanted = self.services[service]
        parts = [self._nested(wanted.nested, case, rows, operator)] if wanted.nested else []
        for channel in wanted.separate:
            model = self.chosen.get(channel)
            part = None if model is None else model.shares((channel,), operator, case, rows)
            parts.append(self._nothing(rows) if part is None else part)
        return both(parts[0], parts[1:], case) if wanted.both else separate(parts, case)

    def _nothing(self, rows: slice) -> Shares:
        return Shares(np.full((rows.stop - rows.start, self.geobox.shape[1]), UNKNOWN, dtype=np.uint16))

    def _nested(self, channels: tuple[str, ...], case: Case, rows: slice, operator: str | None) -> Shares:
        """The shares of the channels that nest, oldest first."""
        oldest, own = channels[0], None
        parts = []
        for model in self._models():
            mine = tuple(name for name in channels if self.chosen.get(name) is model)
            part = model.shares(mine, operator, case, rows) if mine else None
            if part is not None:
                parts.append(part)
                own = part if mine == (oldest,) else own
        if not parts:
            return self._nothing(rows)
        if not self._is_told(oldest, operator):
            return nested(parts, np.full(parts[0].covered.shape, LEVELS, dtype=np.uint16))
        model = self.chosen[oldest]
        if own is None and not model.everywhere:
            own = model.shares((oldest,), operator, case, rows)
        if own is None or model.everywhere:
            return nested(parts, None)
        return own if len(parts) == 1 and parts[0] is own else nested(parts, own.unknown_level())

    def prepare(self, *operators: str) -> None:
        """Have the models make now what they make once for the whole grid, and not once in every piece of a country."""
        for service in self.services:
            for operator in operators or (None,):
                self.shares(service, "central", slice(0, 1), operator)

    def known(self, service: str) -> tuple[str, ...]:
        """The channels of a service that a model speaks for."""
        return tuple(name for name in self.services[service].channels if name in self.chosen)

    def depends_on(self, service: str) -> tuple[tuple[str, ...], bool, bool, bool]:
        """What the shares of a service depend on: services that agree in it have the same shares."""
        wanted = self.services[service]
        oldest = bool(wanted.nested) and self._is_told(wanted.nested[0])
        unknown = any(name not in self.chosen for name in wanted.separate) or (
            bool(wanted.separate) and not any(name in self.chosen for name in wanted.nested)
        )
        return self.known(service), oldest, unknown, wanted.both

    def tells_uncovered(self, service: str) -> bool:
        """Whether anybody can be known to be out of reach of a service: its oldest technology and each channel that does not
        nest have a source, which speaks for all operators."""
        wanted = self.services[service]
        return all(self._is_told(name) for name in (*wanted.nested[:1], *wanted.separate))

    def may_be_known_in_part(self, service: str, operator: str | None = None) -> bool:
        """Whether grid cells may be known in part: as channels that do not nest come together, by a model that says so, or as
        the oldest technology does not say of all whom the newer ones leave that they are out of reach."""
        wanted = self.services[service]
        if wanted.separate or not self._is_told(wanted.nested[0], operator):
            return True
        oldest = self.chosen[wanted.nested[0]]
        return not oldest.everywhere and (oldest.known_in_part or len(self.known(service)) > 1)

    def _is_told(self, channel: str, operator: str | None = None) -> bool:
        """Whether the model of a channel says who is out of its reach: for an operator, or for all of them together (None)."""
        if channel not in self.chosen:
            return False
        if operator is None:
            return channel not in self.missing
        return operator in self.chosen[channel].operators.get(channel, ())

    @property
    def estimate(self) -> EstimatedModel | None:
        """The model of the technologies whose coverage is estimated, where there is one."""
        from ewcm.coverage.estimated import EstimatedModel

        return next((model for model in self.chosen.values() if isinstance(model, EstimatedModel)), None)

    def is_estimated(self, service: str) -> bool:
        """Whether the coverage of the oldest technology of a service is an estimate."""
        wanted = self.services[service]
        return not wanted.separate and self._is_estimate(wanted.nested[0])

    def includes_estimate(self, service: str) -> bool:
        """Whether the coverage of any channel of a service is an estimate."""
        return any(self._is_estimate(channel) for channel in self.services[service].channels)

    def _is_estimate(self, channel: str) -> bool:
        from ewcm.coverage.estimated import EstimatedModel

        return channel in self.chosen and self.chosen[channel].name == EstimatedModel.name

    def estimated_alone(self, service: str, rows: slice) -> np.ndarray:
        """Levels (uint16) of the central share of each grid cell that the estimate alone covers, of a service that is estimated:
        beyond what circles of known cells and other sources cover."""
        from ewcm.coverage.estimated import SERVICE_OF

        oldest, *newer = self.services[service].nested
        model = self.chosen[oldest]
        covered = self.shares(service, "central", rows).covered_level()
        shown: np.ndarray = model.circle_level(SERVICE_OF[oldest], rows)  # type: ignore[attr-defined]  # of an estimate
        for name in newer:
            if name in self.chosen and not self._is_estimate(name):
                shown = np.maximum(shown, self.shares(name, "central", rows).covered_level())
        found: np.ndarray = covered - np.minimum(covered, shown)
        return found

    def model_of(self, service: str) -> str:
        """``declared``, ``estimated``, ``p1812``, ``radius``, ``given``, ``mixed`` or ``unknown``."""
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
    plan: EstimatePlan | None = None,
    further: Sequence[Model] = (),
    people: np.ndarray | None = None,
    inhabitants: np.ndarray | None = None,
) -> Coverage:
    """Choose a model for each channel, the best that its inputs allow: given or declared, then estimated, p1812, radius.

    ``given``, ``given_unknown``: as ``layers`` and ``unknown`` of :meth:`Coverage.from_layers`. ``plan``: what is
    estimated, by the
    ``people`` of each grid cell and the ``inhabitants`` of the country alone.
    ``sites``: rows of `ewcm.sources.cells.SITE_COLUMNS`.
    ``further``: models of channels beside mobile networks.
    ``progress`` is called with the sites done and their number where coverage is computed over terrain.
    """
    from ewcm.coverage.declared import DeclaredModel
    from ewcm.coverage.estimated import EstimatedModel
    from ewcm.coverage.given import GivenModel
    from ewcm.coverage.p1812.model import PropagationModel
    from ewcm.coverage.radius import RadiusModel

    models: list[Model] = [GivenModel(geobox, given, given_unknown or {})] if given else []
    models += further
    estimated = () if plan is None else plan.technologies
    for name in settings.models:
        if name == "declared" and declared:
            models.append(DeclaredModel(declared, geobox))
        elif name == "p1812" and sites is not None and terrain is not None:
            taken = [channel for model in models for channel in model.operators]
            left = sites[sites["technology"].isin(TECHNOLOGIES) & ~sites["technology"].isin((*taken, *estimated))]
            if left.empty:  # all of them are better known, or estimated
                continue
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
        if channel not in estimated:
            chosen[channel] = next(model for model in models if channel in model.operators)
    if plan is None or not estimated:
        return Coverage(geobox, chosen)
    assert sites is not None and people is not None and inhabitants is not None, (
        "an estimate is made of cells and people"
    )
    others = Coverage(geobox, chosen)

    def floor(service: str, rows: slice) -> np.ndarray | None:
        """What the other sources cover of a service, which its level counts with."""
        return others.shares(service, "central", rows).covered_level() if others.known(service) else None

    model = EstimatedModel(plan, sites, people, inhabitants, geobox, settings, floor)
    chosen |= dict.fromkeys(estimated, model)
    return Coverage(geobox, {name: chosen[name] for name in channels_in_order(chosen)})
