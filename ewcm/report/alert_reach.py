"""What an alert means for one published country: people inside, reached by each channel, left, and where those are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ewcm.analysis.alerts import (
    AlertCells,
    ChannelReach,
    by_area,
    cells_inside,
    coverage_in,
    left_by_place,
    points_left,
    sums,
    together,
    united,
    with_devices,
)
from ewcm.core import grid, longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.fraction import CASES, LEVELS, Shares, side_by_side
from ewcm.report.tables import grade
from ewcm.result import CountryResult
from ewcm.sources.alert_areas import code_key
from ewcm.sources.alert_channels import CARRIED, SMS, AlertChannel
from ewcm.sources.alerts import Alert, AlertGroup, bounds_of

#: After how many minutes the share of SMS that were sent is told.
SMS_MINUTES = (5, 15, 30, 60, 120)

#: The kind of the rows of remaining.csv that are settlements, and add up; points of interest have theirs.
PLACE = "place"

#: Schemes whose codes are those of areas (P-codes, ISO 3166-2; of the whole country ISO 3166-1, three letters); others need a
#: table of their own.
_AREA_SCHEMES = ("pcode", "iso31662", "admin", "admincode", "subdivision", "iso31661", "iso31661alpha3", "iso3")


@dataclass(frozen=True)
class AlertReach:
    """What one alert means in one country.

    ``figures``: as an entry of reach.json. ``areas``: rows of reach.csv. ``remaining``: rows of remaining.csv. ``ground``: the
    whole ground of the alert (longitude, latitude), None where none is known. ``result``: the country. ``areas_after``,
    ``remaining_after``: as ``areas`` and ``remaining``, after a loss of sites that was asked for; ``sites_after``: a row a
    site of the country with its chances to be out then. ``points``: further rows of remaining.csv, of points of interest.
    """

    alert: Alert
    result: CountryResult
    figures: dict[str, Any]
    areas: pd.DataFrame
    remaining: pd.DataFrame
    ground: BaseGeometry | None
    areas_after: pd.DataFrame | None = None
    remaining_after: pd.DataFrame | None = None
    sites_after: pd.DataFrame | None = None
    points: pd.DataFrame = field(default_factory=pd.DataFrame)


def touches(alert: Alert, bbox: Sequence[float] | None) -> bool:
    """Whether the shapes of an alert may meet a country's box (west, south, east, north); without a box they may."""
    bounds = bounds_of(alert)
    if bounds is None:
        return False
    if bbox is None:
        return True
    return longitude.boxes_meet(bounds, bbox, touching=True)


def codes_of_areas(result: CountryResult) -> dict[str, BaseGeometry]:
    """The ground of the areas of a country by their codes."""
    areas = result.areas
    return {
        code_key(scheme, str(code)): shape
        for code, shape in zip(areas["area_id"], areas.geometry, strict=True)
        for scheme in _AREA_SCHEMES
        if str(code)
    }


def reach_of(
    alert: Alert,
    result: CountryResult,
    channels: Sequence[AlertChannel],
    of_code: Mapping[str, BaseGeometry],
    at: datetime,
    with_codes: bool = False,
) -> AlertReach:
    """Who is reached in a country. ``at``: the moment at which an alert is in force or expired."""
    codes = {**codes_of_areas(result), **of_code}
    groups, ground, unknown = [], [], []
    counted = alert.counted(at)
    for group in alert.groups:
        own, missing = _ground_of(group, codes, with_codes)
        groups.append((group, own))
        if any(group is each for each in counted):
            ground += own
            unknown += missing
    cells = _cells(ground, result)
    reached = [channel_reach(channel, result, cells) for channel in channels]
    everything = together(reached, CARRIED)
    shown = [*reached, everything]
    area_rows = by_area(cells, shown, *result.areas_of(cells.cell)) if cells.inside > 0 else pd.DataFrame()
    remaining = left_by_place(cells, everything, _places(result))
    figures = {
        "iso3": result.data.country.iso3,
        "name": result.data.country.name,
        "data_grade": grade(result),
        "inside": cells.inside if ground else None,
        "area_known": bool(ground) and not unknown,
        **_exchanged(cells, ground, result),
        **_wide_circle(counted, result),
        "unknown_areas": list(dict.fromkeys(unknown)),
        "channels": [
            {
                "channel": each.name,
                "state": each.state,
                **_of_map(by),
                **_elsewhere(by, result),
                **_sums(each, cells),
                **_sms(by, each, cells),
            }
            for by, each in zip(channels, reached, strict=True)
        ],
        "together": {
            **_sums(everything, cells),
            "unknown_channels": [e.name for e in reached if e.shares is None],
            "unknown_devices": [
                by.name
                for by, each in zip(channels, reached, strict=True)
                if each.shares is not None and by.devices is None
            ],
        },
        "services": _services(result, cells, channels, reached),
        "events": [
            {
                **about_event(group, at),
                "counted": any(group is each for each in counted),
                "areas": [area.description for area in group.areas],
                **(
                    _event_sums(own, everything, cells)
                    if len(groups) == 1
                    else _event_sums(own, *_reached(own, channels, result))
                ),
            }
            for group, own in groups
        ],
    }
    remaining.insert(0, "kind", PLACE)
    whole = united(ground) if ground else None
    points = points_left(cells, everything, _points(result, whole))
    return AlertReach(
        alert,
        result,
        figures,
        _table(area_rows, alert, result),
        _table(remaining, alert, result),
        whole,
        points=_table(points, alert, result),
    )


def _ground_of(
    group: AlertGroup, codes: Mapping[str, BaseGeometry], with_codes: bool
) -> tuple[list[BaseGeometry], list[str]]:
    """The ground of a group, and the words for the ground that is not known."""
    ground, unknown = [], []
    for area in group.areas:
        own, missing = area.ground(codes, with_codes)
        ground += own
        unknown += missing
        if area.broken or (not own and not missing):
            unknown.append(area.description or "an area without a name")
    if not group.areas:
        unknown.append("an event without an area")
    return ground, unknown


def _cells(ground: Sequence[BaseGeometry], result: CountryResult) -> AlertCells:
    if not ground:
        return AlertCells(result.geobox, np.zeros(0, np.int64), np.zeros(0), known=False)
    return cells_inside(ground, result.own_people_at, result.geobox)


def _exchanged(cells: AlertCells, ground: Sequence[BaseGeometry], result: CountryResult) -> dict[str, bool]:
    """Whether nobody is inside, and somebody would be if latitude and longitude had been written the other way round."""
    if not ground or cells.inside > 0:
        return {}
    bounds = shapely.total_bounds(np.array(list(ground), dtype=object))
    if (np.abs(bounds[[0, 2]]) > 90).any():
        return {}
    turned = [shapely.transform(shape, lambda corners: corners[:, ::-1]) for shape in ground]
    return {"exchanged": True} if _cells(turned, result).inside > 0 else {}


def _wide_circle(groups: Sequence[AlertGroup], result: CountryResult) -> dict[str, int]:
    """The radius of the widest circle [km] where it is as long as the whole grid of the country is from corner to corner."""
    widest = max((area.widest_km for group in groups for area in group.areas), default=0.0)
    rows, cols = result.geobox.shape
    lat, lon = grid.latlon(result.geobox, np.array([0.5, rows - 0.5]), np.array([0.5, cols - 0.5]))
    across = float(grid.distance_km(lat[:1], lon[:1], lat[1:], lon[1:])[0])
    return {"wide_circle_km": round(widest)} if widest >= max(across, 1.0) else {}


def _of_map(channel: AlertChannel) -> dict[str, bool]:
    return {"of_map": True} if channel.of_map else {}


def _elsewhere(channel: AlertChannel, result: CountryResult) -> dict[str, bool]:
    """Whether the ground that a file of channels gives lies outside the whole grid of the country."""
    if not channel.ground or channel.of_map:
        return {}
    meets = longitude.boxes_meet(channel.ground["high"].bounds, grid.box_deg(result.geobox), touching=True)
    return {} if meets else {"elsewhere": True}


def _sums(reach: ChannelReach, cells: AlertCells) -> dict[str, float | None]:
    """The figures of a channel; none of them is known where the ground of the alert is not."""
    figures = sums(reach, cells.people)
    return figures if cells.known else dict.fromkeys(figures)


def channel_reach(channel: AlertChannel, result: CountryResult, cells: AlertCells) -> ChannelReach:
    """The shares of the people inside whom a channel reaches."""
    if channel.state == "unknown":
        return ChannelReach(channel.name, "unknown", None, False)
    coverage = result.coverage
    tells = True
    shares: dict[Any, Shares] = {}
    services = _services_of(channel.technologies)
    if services:
        if not any(coverage.known(service) for service in services):
            return ChannelReach(channel.name, "unknown", None, False)
        tells = all(coverage.tells_uncovered(service) for service in services)
    for case in CASES:
        if channel.everywhere:
            shares[case] = Shares(np.full(cells.cell.size, LEVELS, np.uint16))
        elif services:
            parts = [coverage_in(coverage, service, case, cells, channel.operators) for service in services]
            shares[case] = side_by_side(parts)
        else:
            shares[case] = _within(channel.ground[case], cells)
    if services and cells.cell.size and all((part.unknown_level() == LEVELS).all() for part in shares.values()):
        # Of its operators nothing is known: how many people have phones does not matter.
        return ChannelReach(channel.name, "unknown", None, False)
    return ChannelReach(channel.name, channel.state, with_devices(shares, channel.devices), tells)


def _services_of(technologies: Sequence[str]) -> tuple[str, ...]:
    return ("any",) if set(technologies) == set(TECHNOLOGIES) else tuple(technologies)


def _within(ground: BaseGeometry, cells: AlertCells) -> Shares:
    """The share of each cell that lies in the ground of a channel.

    Both edges may cross a cell of the alert's edge; people and footprint are taken to be spread evenly there.
    """
    found = cells_inside([ground], lambda here: np.ones(here.size), cells.geobox)
    share = np.zeros(cells.cell.size)
    place = np.searchsorted(cells.cell, found.cell)
    place_in = np.minimum(place, max(cells.cell.size - 1, 0))
    mine = (cells.cell[place_in] == found.cell) if cells.cell.size else np.zeros(found.cell.size, bool)
    share[place_in[mine]] = found.people[mine]
    return Shares(np.rint(np.minimum(share, 1.0) * LEVELS).astype(np.uint16))


def _sms(channel: AlertChannel, reach: ChannelReach, cells: AlertCells) -> dict[str, Any]:
    """How long the sending of SMS takes, where a rate was given: to all, and the share that was sent after some minutes."""
    if channel.name != SMS or not channel.messages_per_minute or reach.shares is None:
        return {}
    receivers = sums(reach, cells.people)["reached_high"] or 0.0
    minutes = receivers / channel.messages_per_minute
    sent = {str(after): min(1.0, after / minutes) if minutes else 1.0 for after in SMS_MINUTES}
    return {"minutes_to_all": minutes, "sent_share_after_minutes": sent}


def _services(
    result: CountryResult, cells: AlertCells, channels: Sequence[AlertChannel], reached: Sequence[ChannelReach]
) -> dict[str, Any]:
    """The mobile signal inside by service, as in the tables of the country. ``reached``: by ``channels``; the shares of a signal
    that counts everybody are not read again."""
    read = {
        services[0]: reach.shares
        for channel, reach in zip(channels, reached, strict=True)
        if len(services := _services_of(channel.technologies)) == 1
        and not channel.operators
        and channel.devices == dict.fromkeys(CASES, 1.0)
        and channel.state != "unknown"
    }
    found = {}
    for service in ("any", "3G+", "4G+"):
        known = bool(result.coverage.known(service))
        shares = read.get(service) if known else None
        if known and shares is None:
            shares = {case: coverage_in(result.coverage, service, case, cells) for case in CASES}
        found[service] = _sums(ChannelReach(service, "", shares, result.coverage.tells_uncovered(service)), cells)
    return found


def _reached(
    ground: Sequence[BaseGeometry], channels: Sequence[AlertChannel], result: CountryResult
) -> tuple[ChannelReach, AlertCells]:
    """What all channels together reach on some ground."""
    cells = _cells(ground, result)
    return together([channel_reach(channel, result, cells) for channel in channels], CARRIED), cells


def about_event(group: AlertGroup, at: datetime) -> dict[str, Any]:
    """What an alert says of one event, without its ground."""
    return {
        "event": group.event,
        "state": group.state(at),
        "severity": group.severity,
        "urgency": group.urgency,
        "certainty": group.certainty,
        "effective": _text(group.effective),
        "onset": _text(group.onset),
        "expires": _text(group.expires),
        "event_in": group.event_in,
        "headlines": group.headlines,
        "responses": list(group.responses),
    }


def _event_sums(ground: Sequence[BaseGeometry], reached: ChannelReach, cells: AlertCells) -> dict[str, Any]:
    return {"inside": cells.inside if ground else None, **_sums(reached, cells)}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _places(result: CountryResult) -> pd.DataFrame:
    return pd.DataFrame() if result.data.places is None else result.data.places.table


def _points(result: CountryResult, ground: BaseGeometry | None) -> pd.DataFrame:
    """The points of interest of a country on the ground of an alert."""
    found = [table for each in result.findings if (table := each.table("points")) is not None]
    whole = outline(ground)
    if not found or not len(found[0]) or whole is None:
        return pd.DataFrame()
    inside = shapely.contains_xy(whole, found[0]["lon"].to_numpy(np.float64), found[0]["lat"].to_numpy(np.float64))
    return pd.DataFrame(found[0][inside])


def _table(frame: pd.DataFrame, alert: Alert, result: CountryResult) -> pd.DataFrame:
    """Rows with the alert and the country in front. Sender, identifier and time together tell an alert from others."""
    frame = frame.copy()
    for number, (name, value) in enumerate(named_by(alert, result).items()):
        frame.insert(number, name, value)
    return frame


def named_by(alert: Alert, result: CountryResult) -> dict[str, str | None]:
    """The first columns of every row: what tells the alert from others, and the country."""
    about = {"identifier": alert.identifier, "sender": alert.sender, "sent": _text(alert.sent)}
    return {**about, "iso3": result.data.country.iso3}


def outline(ground: BaseGeometry | None) -> BaseGeometry | None:
    """The ground of an alert as GeoJSON takes it: polygons cut at 180° where they cross it."""
    if ground is None:
        return None
    world = shapely.box(-180, -90, 180, 90)
    pieces = [shapely.intersection(each, world) for each in longitude.turned(ground)]
    parts = [
        part for piece in pieces for part in shapely.get_parts(piece) if part.geom_type == "Polygon" and part.area > 0
    ]
    return shapely.MultiPolygon(parts)
