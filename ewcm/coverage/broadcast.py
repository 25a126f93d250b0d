"""Models of channels beside mobile networks: ground that is drawn, circles, sirens by their sound, broadcasting by P.1812."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS, Case, Shares
from ewcm.coverage.circles import painted
from ewcm.coverage.declared import polygon_levels
from ewcm.coverage.model import Model
from ewcm.coverage.p1812.model import PropagationModel
from ewcm.errors import InputError
from ewcm.settings import LinkBudget, Settings
from ewcm.sources.alert_areas import disc
from ewcm.sources.alert_channels import siren_radius_km
from ewcm.sources.broadcast import FIELD_DBUV, TRANSMITTER, Broadcast
from ewcm.sources.cell_sites import SITE_COLUMNS
from ewcm.sources.clutter import Clutter
from ewcm.sources.terrain import Terrain

#: Sound that is heard outdoors [dB(C)] where people live densely, and elsewhere; the density [people/km²] between the two is
#: 2,000 people per square mile (FEMA CPG 1-17, 1980).
LOUD_DB, QUIET_DB, DENSE_KM2 = 70.0, 60.0, 772.0

#: Height of a receiving antenna of radio and TV [m], and the distance beyond which no field is computed [km].
ANTENNA_M, BROADCAST_KM = 10.0, 120.0

#: Field [dB(µV/m)] of 0 dBm e.i.r.p. at 1 MHz without loss (ITU-R P.1812, section 4.10 of its edition of 2021).
_FIELD_DB = 77.2

#: What the propagation model takes a transmitter of broadcasting for.
_AS = "2G"


class _OneChannel:
    """What models of a single channel have in common: nobody's in particular, known whole where it is known."""

    known_in_part = False
    footprints = None
    footprints_left_out = ""

    def __init__(self, channel: str) -> None:
        self._channel = channel

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """See :class:`ewcm.coverage.model.Model`."""
        return {self._channel: ("",)}

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`."""
        if self._channel not in channels or operator not in (None, ""):
            return None
        return self._own(case, rows)

    def _own(self, case: Case, rows: slice) -> Shares | None:
        """The shares of the channel."""
        raise NotImplementedError


class GroundModel(_OneChannel):
    """Ground of one channel by case, as levels on the grid."""

    everywhere = True

    def __init__(self, channel: str, name: str, levels: dict[Case, np.ndarray]) -> None:
        """``name``: of the kind of model. ``levels``: of the whole grid."""
        super().__init__(channel)
        self.name, self._levels = name, levels

    def _own(self, case: Case, rows: slice) -> Shares | None:
        return Shares(self._levels[case][rows])


class FieldModel(_OneChannel):
    """Broadcasting by its median field at the height of a receiving antenna, Recommendation ITU-R P.1812."""

    name = "p1812"
    everywhere = False

    def __init__(self, channel: str, inner: PropagationModel) -> None:
        super().__init__(channel)
        self._inner = inner

    def _own(self, case: Case, rows: slice) -> Shares | None:
        return self._inner.shares((_AS,), None, case, rows)


def broadcast_models(
    channels: Sequence[Broadcast],
    people: np.ndarray,
    geobox: GeoBox,
    settings: Settings,
    terrain: Terrain | None,
    clutter: Clutter | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Model]:
    """A model for each channel.

    Raises :class:`ewcm.errors.InputError` for a channel that is named twice, and for transmitters without a terrain and without a
    radius.
    """
    found: list[Model] = []
    names = [one.name for one in channels]
    twice = next((one for one in channels if names.count(one.name) > 1), None)
    if twice is not None:
        raise InputError(f"{twice.record.path}: there are two channels '{twice.name}'; join their files into one")
    for one in channels:
        if one.everywhere:
            whole = np.full(geobox.shape.yx, LEVELS, np.uint16)
            found.append(GroundModel(one.name, "declared", dict.fromkeys(CASES, whole)))
        elif one.ground is not None:
            levels = _drawn(one.ground.geometry, geobox)
            found.append(GroundModel(one.name, "declared", dict.fromkeys(CASES, levels)))
        elif one.radius_km is not None:
            found.append(GroundModel(one.name, "radius", _circles(one, geobox, settings)))
        elif one.name == "siren":
            found.append(GroundModel(one.name, "radius", _sirens(one, people, geobox)))
        elif terrain is None:
            raise InputError(
                f"{one.record.path}: the field of {one.name} needs a terrain; add [terrain], or state radius_km of its sites"
            )
        else:
            found.append(FieldModel(one.name, _field(one, geobox, settings, terrain, clutter, progress)))
    return found


def field_threshold_dbm(field_dbuv: float, frequency_mhz: float) -> float:
    """The received level [dBm] of an isotropic antenna where the field is ``field_dbuv`` [dB(µV/m)]."""
    return float(field_dbuv - _FIELD_DB - 20.0 * np.log10(frequency_mhz))


def siren_levels(
    sites: pd.DataFrame, people: np.ndarray, geobox: GeoBox, threshold_db: float | None
) -> dict[Case, np.ndarray]:
    """Levels (uint16) of the ground where a siren is heard, by case.

    ``threshold_db``: None is :data:`LOUD_DB` in cells of :data:`DENSE_KM2` people and more, :data:`QUIET_DB` elsewhere.
    """
    thresholds = (LOUD_DB, QUIET_DB) if threshold_db is None else (threshold_db,)
    found: dict[Case, np.ndarray] = {}
    for case in CASES:
        levels = []
        for threshold in thresholds:
            radius = siren_radius_km(sites["level_db"].to_numpy(np.float64), case, threshold)
            places = zip(sites["lat"], sites["lon"], radius, strict=True)
            levels.append(_drawn(gpd.GeoSeries([disc(*place) for place in places], crs="EPSG:4326"), geobox))
        found[case] = levels[0] if len(levels) == 1 else np.where(_is_dense(people, geobox), *levels)
    return found


def _is_dense(people: np.ndarray, geobox: GeoBox) -> np.ndarray:
    dense = np.zeros(people.shape, bool)
    for rows in grid.blocks(people.shape[0]):
        dense[rows] = people[rows] >= DENSE_KM2 * grid.cell_area_km2(geobox, rows)
    return dense


def _drawn(shapes: gpd.GeoSeries, geobox: GeoBox) -> np.ndarray:
    return polygon_levels(shapely.union_all(list(grid.projected_to(geobox, shapes))), geobox)


def _circles(one: Broadcast, geobox: GeoBox, settings: Settings) -> dict[Case, np.ndarray]:
    assert one.sites is not None and one.radius_km is not None
    lat, lon = (one.sites[axis].to_numpy(np.float64) for axis in ("lat", "lon"))
    factors: dict[Case, float] = {"low": settings.radius_low, "central": 1.0, "high": settings.radius_high}
    whole = slice(0, int(geobox.shape[0]))
    return {
        case: painted(lat, lon, np.full(lat.size, one.radius_km * factor), geobox, whole) * np.uint16(LEVELS)
        for case, factor in factors.items()
    }


def _sirens(one: Broadcast, people: np.ndarray, geobox: GeoBox) -> dict[Case, np.ndarray]:
    assert one.sites is not None
    return siren_levels(one.sites, people, geobox, one.threshold)


def _field(
    one: Broadcast,
    geobox: GeoBox,
    settings: Settings,
    terrain: Terrain,
    clutter: Clutter | None,
    progress: Callable[[int, int], None],
) -> PropagationModel:
    assert one.sites is not None
    frequency, eirp, height = TRANSMITTER[one.name]
    table = one.sites.fillna({"frequency_mhz": frequency, "eirp_dbm": eirp, "height_m": height})
    # One threshold holds for a model: levels are moved to where they would be at the usual frequency of the channel.
    moved = 20.0 * np.log10(table["frequency_mhz"] / frequency)
    sites = table.assign(
        site_id=[f"{one.name}-{row + 1}" for row in range(len(table))],
        technology=_AS,
        operator="",
        eirp_dbm=table["eirp_dbm"] + moved,
    ).reindex(columns=list(SITE_COLUMNS))
    threshold = field_threshold_dbm(FIELD_DBUV[one.name] if one.threshold is None else one.threshold, frequency)
    own = replace(
        settings,
        link_budgets={**settings.link_budgets, _AS: LinkBudget(frequency, eirp, threshold, height)},
        receiver_height_m=ANTENNA_M,
        max_range_km=BROADCAST_KM,
        calibration=(),
    )
    return PropagationModel(sites, terrain, clutter, geobox, own, progress)
