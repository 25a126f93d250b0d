"""A loss of sites in a country: what is asked for, and what it leaves of the coverage."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ewcm.analysis.intensities import intensity_at
from ewcm.analysis.outages import TABLES, Fragility, Outages, Tree, arguments, order_of, outages, tree_of
from ewcm.core import grid
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.finding import Caveat, Json
from ewcm.core.fraction import CASES, Case
from ewcm.core.number import is_number
from ewcm.core.record import EXERCISE, STARTER
from ewcm.core.texts import texts_of
from ewcm.core.zones import OUTSIDE
from ewcm.coverage.after_loss import Chances, LostCoverage, Masts, masts_of
from ewcm.coverage.radius import circles_of
from ewcm.errors import InputError, SettingsError
from ewcm.loss_settings import HOURS, STATED_NUMBERS, STATED_TEXTS, LossSettings, loss_settings
from ewcm.result import CountryResult
from ewcm.sources.hazard_values import in_first_unit
from ewcm.sources.hazards import KINDS, Hazard, RasterSource, TrackSource, read_hazard, winds_of
from ewcm.sources.loss_files import (
    SCENARIO_KEYS,
    SiteRows,
    names_sites,
    read_fragility,
    read_scenario,
    read_site_rows,
    read_stated,
)
from ewcm.starter.tracks import lent

#: A row of a list without a site_id is the mast within this distance [km].
SAME_SITE_KM = 0.25

#: The longest time after an event for which a loss without repair says anything [hours].
MOST_HOURS = 72.0


@dataclass(frozen=True)
class LossRequest:
    """What is lost. Exactly one of ``sites`` and ``hazard``.

    ``sites``: a list of lost sites (CSV with ``site_id``, or ``lat`` and ``lon``), or their identifiers. ``hazard``: a storm of
    the tracks that come with the engine ("PAM 2015"), or a file: tracks, a raster of intensities, a ShakeMap, polygons. ``kind``,
    ``event``, ``unit``: of that file. ``threshold``: every site at or above this intensity, in that unit, is lost, whatever
    the tables say.
    ``values``: what operators state of their sites (CSV). ``fragility``: a table in place of the published one. ``hours``: after
    the event. ``settings``: changes of :class:`ewcm.loss_settings.LossSettings`.
    """

    sites: str | Path | Sequence[str] | None = None
    hazard: str | Path | None = None
    kind: str | None = None
    event: str | None = None
    unit: str | None = None
    threshold: float | None = None
    values: str | Path | None = None
    fragility: str | Path | None = None
    hours: Sequence[float] = HOURS
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Loss:
    """A loss of sites.

    ``name``: the event; "" for a list of sites. ``by_list``: the lost sites are listed or stand at or above a threshold, so that
    nothing is left to chance. ``hours``: the moments. ``masts``: a row a mast with its chances to be out. ``lost``: the coverage
    after it. ``settings``: with the share of sites on the grid of the country. ``said``: what a reader must know.
    """

    name: str
    by_list: bool
    hours: tuple[float, ...]
    masts: pd.DataFrame
    lost: LostCoverage
    settings: LossSettings
    caveats: tuple[Caveat, ...]

    def after(self, result: CountryResult, hours: float) -> CountryResult:
        """The result with the coverage that is left after some hours."""
        if self.by_list:
            moment = 0
        elif hours in self.hours:
            moment = self.hours.index(hours)
        else:
            raise SettingsError(f"loss: {hours:g} hours were not worked out; use one of {_numbers(self.hours)}")
        return dataclasses.replace(result, coverage=self.lost.at(moment))


def request_of(what: str, **further: Any) -> LossRequest:
    """A request from one text: a scenario (TOML), a list of lost sites (CSV with ``site_id`` or positions), or a hazard."""
    path = Path(what)
    if path.suffix.lower() == ".toml":
        stated = read_scenario(path)
        stated.update({key: value for key, value in further.items() if value is not None})
        return LossRequest(**stated)
    is_table = path.is_file() and path.name.lower().endswith((".csv", ".csv.gz", ".txt"))
    if is_table and _lists_sites(path):
        return LossRequest(sites=path, **further)
    return LossRequest(hazard=what, **further)


def _lists_sites(path: Path) -> bool:
    """Whether a table lists sites, by its heading; tracks have a time. What its rows lack is said when it is read."""
    head = path.read_bytes()[:4096].lower()
    return names_sites(path) and b"iso_time" not in head and b"max_sustained" not in head


def loss_of(result: CountryResult, request: LossRequest, near: np.ndarray | None = None) -> Loss:
    """The loss in a country.

    ``near``: grid cells (rising flat indices) that are asked about; None: all with people. Raises
    :class:`ewcm.errors.EwcmError` in one line.
    """
    hours = _checked(request)
    # A threshold is stated in the unit that is, as the values of a file are.
    asked, told = request, _kind(request)
    if request.threshold is not None and told in KINDS:
        request = dataclasses.replace(request, threshold=in_first_unit(told, request.unit, request.threshold))
    settings = loss_settings(request.settings).in_country(result.data.country.iso3)
    parts, without = _parts(result)
    own = None if request.values is None else read_stated(Path(request.values))
    rows = _listed(request)
    by_id = _by_id(own)
    masts = masts_of(parts, by_id | {name: (by_id.get(name), "lost") for name in _ids(rows)})
    if not len(masts):
        raise InputError(
            f"{result.data.country.name}: no site of its mobile networks is known, so that none can be lost; run it with a list "
            "of sites or cells"
        )
    stated, caveats = _stated(masts, own)
    if rows is not None:
        name, hazard, fragility, intensity = "", None, None, np.full(len(masts), np.nan)
        listed, list_notes = _mark(masts, rows)
        stated = stated.assign(out=np.where(listed, 1.0, 0.0))
        caveats += list_notes
    else:
        hazard = _hazard(asked, result)
        lat, lon = (masts.table[axis].to_numpy(np.float64) for axis in ("lat", "lon"))
        intensity = intensity_at(hazard, lat, lon)
        name = hazard.event or hazard.name
        fragility = None if request.threshold is not None else _fragility(request, hazard)
        caveats += (
            *_notes_on_intensity(request, hazard, intensity),
            *_notes_on_hazard(hazard, intensity, request.threshold),
        )
    by_list = rows is not None or request.threshold is not None
    if not by_list and not (stated["backhaul"].astype(str) != "").any():
        caveats = (_say("no_backhaul"), *caveats)
    hours = (0.0,) if by_list else hours
    group, tree, tree_notes = _tree(result, masts, stated)
    # With fewest lost nothing hangs on another.
    trees: dict[Case, Tree] = {case: tree.alone() if case == "high" else tree for case in CASES}
    kind = "" if hazard is None else hazard.kind
    chances: dict[Case, list[Outages]] = {}
    for case in CASES:
        of_case = stated
        if request.threshold is not None:
            of_case = stated.assign(out=_above(intensity, request.threshold, case))
        chances[case] = [
            outages(of_case, intensity, kind, fragility, settings, case, each, trees[case]) for each in hours
        ]
    if by_list:
        caveats = _where_given(caveats, chances, own)
    cells = _cells(result) if near is None else near
    found = {case: _chances(chances[case], trees[case]) for case in CASES}
    lost = LostCoverage(result.coverage, masts, found, cells, without)
    if hazard is not None and not any(each.out.any() for each in chances["low"]):
        caveats = (_say("untouched"), *caveats)
    table = _table(masts, group, tree, intensity, chances, hours, by_list)
    first = [_say(result.data.grade)] if result.data.grade in (STARTER, EXERCISE) else []
    caveats = (*first, *caveats, *tree_notes, *_notes_on_coverage(result, without))
    return Loss(name, by_list, hours, table, lost, settings, caveats)


def masts_in(result: CountryResult) -> Masts:
    """The known masts of a country."""
    return masts_of(_parts(result)[0])


def _checked(request: LossRequest) -> tuple[float, ...]:
    """The moments of a request. Raises :class:`SettingsError`."""
    if (request.sites is None) == (request.hazard is None):
        raise SettingsError("loss: give a list of sites, or a hazard, and not both")
    if request.hazard is None and (request.threshold is not None or request.fragility is not None):
        raise SettingsError("loss: threshold and fragility are for a hazard; leave them out with a list of sites")
    if request.threshold is not None and not (math.isfinite(request.threshold) and request.threshold > 0):
        raise SettingsError(
            f"loss: threshold is {request.threshold:g}; give an intensity above 0, in the hazard's unit"
        )
    stated = request.hours if isinstance(request.hours, list | tuple) else [request.hours]
    plain = [each for each in stated if is_number(each)]
    if not plain or len(plain) != len(stated) or not all(0 <= each <= MOST_HOURS for each in plain):
        raise SettingsError(
            f"loss: hours are {str(request.hours)[:40]}; give some from 0 to {MOST_HOURS:g} (nobody repairs in this model)"
        )
    return tuple(sorted({float(each) for each in plain}))


def _parts(result: CountryResult) -> tuple[list[tuple[Any, np.ndarray]], tuple[str, ...]]:
    """The footprints of known sites, with the transmitters that count, and the technologies of which no site is known."""
    parts: list[tuple[Any, np.ndarray]] = []
    without: list[str] = []
    mine: dict[int, tuple[Any, list[np.ndarray]]] = {}
    circles = None if result.data.sites is None else circles_of(result.data.sites.table, result.geobox, result.settings)
    for channel in TECHNOLOGIES:
        if channel not in result.coverage.chosen:
            continue
        kept = result.footprints(channel)
        if kept is None and circles is not None:
            index = np.flatnonzero((circles.transmitters["technology"] == channel).to_numpy())
            kept = (circles, index) if index.size else None
        if kept is None or not kept[1].size:
            without.append(channel)
            continue
        mine.setdefault(id(kept[0]), (kept[0], []))[1].append(kept[1])
    parts = [(footprints, np.sort(np.concatenate(index))) for footprints, index in mine.values()]
    return parts, tuple(without)


def _listed(request: LossRequest) -> SiteRows | None:
    if request.sites is None:
        return None
    if isinstance(request.sites, str | Path):
        return read_site_rows(Path(request.sites), lost=True)
    names = [str(name).strip() for name in request.sites]
    table = pd.DataFrame({"site_id": names, "lat": np.nan, "lon": np.nan})
    if not names:
        raise SettingsError("loss: the list of lost sites is empty; name some")
    return SiteRows(Path("sites"), table, ())


def _ids(rows: SiteRows | None) -> list[str]:
    return [] if rows is None else [name for name in rows.table["site_id"] if name]


def _by_id(own: SiteRows | None) -> dict[str, object]:
    """What is stated of each site by its identifier, as something that tells it from others."""
    if own is None:
        return {}
    columns = [*STATED_NUMBERS, *STATED_TEXTS]
    return {
        name: tuple(str(value) for value in row)
        for name, *row in own.table[["site_id", *columns]].itertuples(index=False, name=None)
        if name
    }


def _places(masts: Masts, rows: SiteRows) -> tuple[np.ndarray, np.ndarray, int]:
    """Which row of a table names which mast (a row each pair: a site_id may stand at several places), and how many rows name
    none. A row without a site_id is the mast whose next position is within :data:`SAME_SITE_KM`."""
    of_id = _of_id(masts)
    sent = masts.transmitters
    lat, lon = (sent[axis].to_numpy(np.float64) for axis in ("lat", "lon"))
    found: list[list[int]] = []
    for name, row_lat, row_lon in rows.table[["site_id", "lat", "lon"]].itertuples(index=False, name=None):
        if name:
            found.append(of_id.get(name, []))
            continue
        away = grid.distance_km(lat, lon, row_lat, row_lon)
        found.append([int(sent["mast"].iloc[int(away.argmin())])] if away.min() <= SAME_SITE_KM else [])
    row = np.repeat(np.arange(len(found)), [len(each) for each in found])
    mast = np.array([one for each in found for one in each], np.int64)
    return row, mast, sum(not each for each in found)


def _of_id(masts: Masts) -> dict[str, list[int]]:
    """The masts on which each site_id stands."""
    found: dict[str, list[int]] = {}
    for number, names in enumerate(masts.table["site_ids"]):
        for name in names:
            found.setdefault(name, []).append(number)
    return found


def _mark(masts: Masts, rows: SiteRows) -> tuple[np.ndarray, tuple[Caveat, ...]]:
    """Which masts are in a list of lost sites, and what was not found."""
    _, mast, gone = _places(masts, rows)
    if gone == len(rows.table):
        first = rows.table.iloc[0]
        example = str(first["site_id"])[:40] or f"{first['lat']:g}, {first['lon']:g}"
        raise InputError(
            f"{rows.path}: holds {gone} sites, and none of them is one of the country's (the first: {example}); name them by "
            f"site_id as the layer sites of layers.gpkg does, or by positions within {SAME_SITE_KM * 1000:g} m of those"
        )
    listed = np.zeros(len(masts), bool)
    listed[mast] = True
    return listed, (*_further(rows), *([_say("not_found", count=gone, rows=len(rows.table))] if gone else []))


def _stated(masts: Masts, own: SiteRows | None) -> tuple[pd.DataFrame, tuple[Caveat, ...]]:
    """What operators state of each mast."""
    stated = pd.DataFrame(
        {name: np.full(len(masts), np.nan) for name in STATED_NUMBERS}
        | {name: np.full(len(masts), "", dtype=object) for name in STATED_TEXTS}
    )
    if own is None:
        return stated, ()
    row, mast, gone = _places(masts, own)
    twice: set[int] = set()
    for name in (*STATED_NUMBERS, *STATED_TEXTS):
        values = own.table[name].to_numpy()[row]
        says = values != "" if name in STATED_TEXTS else ~np.isnan(values.astype(np.float64))
        different = pd.Series(values[says]).groupby(mast[says]).nunique()
        twice.update(different.index[different > 1])
        stated.loc[mast[says], name] = values[says]
    placed = _say("stated", count=len(np.unique(mast)), sites=len(masts))
    lacking = [_say("stated_lacking", count=gone, rows=len(own.table), file=own.path.name)] if gone else []
    doubled = [_say("stated_twice", count=len(twice), file=own.path.name)] if twice else []
    return stated, (*_further(own), placed, *lacking, *doubled)


def _kind(request: LossRequest) -> str | None:
    """The kind of the event of a request: what is stated, else what the name of a file tells; a storm is a wind."""
    if request.hazard is None:
        return None
    path = Path(request.hazard)
    if not path.exists():
        return "wind"
    told = {".xml": "earthquake", ".csv": "wind", ".gz": "wind", ".nc": "wind"}
    return request.kind or told.get(path.suffix.lower())


def _hazard(request: LossRequest, result: CountryResult) -> Hazard:
    """The event of a request."""
    named, iso3, kind = str(request.hazard), result.data.country.iso3, _kind(request)
    path = Path(named)
    if not path.exists():
        tracks = lent(iso3)
        if tracks is None or path.suffix:
            raise InputError(
                f"{named}: is no file, and "
                + ("no storm" if tracks is not None else f"no tracks come with the engine for {iso3}")
                + "; name a file of tracks, a raster of intensities, a ShakeMap or polygons"
            )
        if request.unit not in (None, *(units := KINDS["wind"].units)):
            raise SettingsError(f"loss: unit = '{str(request.unit)[:30]}' is none of wind; use {', '.join(units)}")
        return winds_of(tracks, result.geobox, {"event": named})[0]
    if kind is None:
        raise SettingsError(f"loss: of what kind is {named}? give --kind, one of {', '.join(KINDS)}")
    stated: dict[str, Any] = {"event": request.event, "unit": request.unit}
    if request.threshold is not None and kind != "ground" and path.suffix.lower() not in (".gpkg", ".geojson", ".shp"):
        stated["thresholds"] = (request.threshold,)
        stated["values"] = "intensity"  # a map of an extent, too: sites within it are lost from a threshold of 1
    found = read_hazard(path, kind, result.geobox, **stated)
    if len(found) > 1 or found[0].return_period is not None:
        raise InputError(f"{named}: holds many storms; name one with --event, such as --event 'PAM 2015'")
    return found[0]


def _fragility(request: LossRequest, hazard: Hazard) -> Fragility:
    if request.fragility is not None:
        lower, shares = read_fragility(Path(request.fragility))
        return Fragility(lower, shares, str(request.fragility))
    binary = not isinstance(hazard.source, TrackSource | RasterSource) and hazard.kind not in TABLES
    if hazard.kind not in TABLES or binary or any(math.isnan(each) for each in hazard.thresholds):
        raise SettingsError(
            f"loss: no table says how many sites {hazard.kind} takes ({hazard.record.path}); give --fragility, or --threshold "
            "(1 for all inside polygons)"
        )
    return TABLES[hazard.kind]


def _above(intensity: np.ndarray, threshold: float, case: Case) -> np.ndarray:
    """1 at or above a threshold; where the intensity is not known, 1 with low coverage alone."""
    least = np.float32(threshold)
    return np.where(np.isnan(intensity), float(case == "low"), (intensity.astype(np.float32) >= least).astype(float))


def _tree(result: CountryResult, masts: Masts, stated: pd.DataFrame) -> tuple[np.ndarray, Tree, tuple[Caveat, ...]]:
    """The group of each mast by name, what loses power together and hangs on what, and what must be said of it."""
    areas = result.zones[min(1, len(result.zones) - 1)]
    row, col = grid.cells_at(
        result.geobox, masts.table["lat"].to_numpy(np.float64), masts.table["lon"].to_numpy(np.float64)
    )
    rows, cols = result.geobox.shape
    on_grid = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    area = np.full(len(masts), OUTSIDE, np.int64)
    area[on_grid] = areas.area_of(row[on_grid], col[on_grid])
    names = areas.table["name"].astype(str).to_numpy()
    feeder = stated["feeder"].astype(str).to_numpy()
    group = np.array(
        [own or (names[number] if number >= 0 else "outside") for own, number in zip(feeder, area, strict=True)],
        dtype=object,
    )
    of_id = _of_id(masts)
    hubs = [str(name) for name in stated["backhaul"]]
    gone = len({name for name in hubs if name and name not in of_id})
    tree = tree_of(pd.Series(group), np.array([of_id.get(name, [-1])[0] if name else -1 for name in hubs]))
    return group, tree, (_say("hubs", count=gone),) if gone else ()


def _where_given(
    caveats: tuple[Caveat, ...], chances: Mapping[Case, Sequence[Outages]], own: SiteRows | None
) -> tuple[Caveat, ...]:
    """What is said where the lost sites are given: of what operators state only what hangs on what counts."""
    central = chances["central"][0]
    falling = int(((central.out > 0) & (central.damage == 0)).sum())
    kept = tuple(each for each in caveats if each.code != "stated")
    alone = () if own is None else (_say("backhaul_alone", file=own.path.name),)
    return (*kept, *alone, *((_say("falling", count=falling),) if falling else ()))


def _chances(found: Sequence[Outages], tree: Tree) -> Chances:
    order = order_of(tree.group, found[0].off)
    group, off, _, _, parent, depth = arguments(order, found[0], tree)
    return Chances(
        order,
        group,
        off,
        parent,
        depth,
        np.stack([each.stand_on[order] for each in found]),
        np.stack([each.stand_off[order] for each in found]),
        np.stack([1.0 - each.out[order] for each in found]),
        np.all([each.out == 0.0 for each in found], axis=0),
    )


def _cells(result: CountryResult) -> np.ndarray:
    """Grid cells with people."""
    people = result.own_people
    cols = people.shape[1]
    found = [
        np.flatnonzero((people[rows] > 0).reshape(-1)) + rows.start * cols for rows in grid.blocks(people.shape[0])
    ]
    return np.concatenate([np.zeros(0, np.int64), *found])


def _table(
    masts: Masts,
    group: np.ndarray,
    tree: Tree,
    intensity: np.ndarray,
    chances: Mapping[Case, Sequence[Outages]],
    hours: Sequence[float],
    by_list: bool,
) -> pd.DataFrame:
    """A row a mast, the likeliest to be out first."""
    about = masts.table
    central = chances["central"]
    columns: dict[str, Any] = {
        "mast": np.arange(len(masts)) + 1,
        "lat": about["lat"].to_numpy(np.float64),
        "lon": about["lon"].to_numpy(np.float64),
        **{name: [";".join(each) for each in about[name]] for name in ("site_ids", "technologies", "operators")},
        "power_group": group,
        "hangs_on": [about["site_ids"].iloc[each][0] if each >= 0 else "" for each in tree.parent],
        "intensity": intensity,
        "damage": central[0].damage,
        "grid_off": central[0].off,
    }
    for number, each in enumerate(hours):
        name = "out" if by_list else f"out_{each:g}h"
        columns[name] = central[number].out
        columns[f"{name}_low"] = chances["high"][number].out
        columns[f"{name}_high"] = chances["low"][number].out
    table = pd.DataFrame(columns)
    last = "out" if by_list else f"out_{hours[-1]:g}h"
    return table.sort_values([last, "mast"], ascending=[False, True], kind="stable", ignore_index=True)


def _notes_on_hazard(hazard: Hazard, intensity: np.ndarray, threshold: float | None) -> tuple[Caveat, ...]:
    unknown = int(np.isnan(intensity).sum())
    codes = {
        "storm_winds": isinstance(hazard.source, TrackSource),
        "prior": threshold is None and hazard.kind == "wind",
        "water": threshold is None and hazard.kind in ("flood", "coastal", "tsunami"),
        "groups": threshold is None,
        "no_repair": threshold is None,
    }
    found = [_say("unknown_intensity", count=unknown, sites=intensity.size)] if unknown else []
    if threshold is not None and hazard.unit and math.isfinite(hazard.thresholds[0]):
        found.append(_say("threshold", threshold=f"{threshold:.4g}", unit=hazard.unit))
    return (*found, *(_say(code) for code, holds in codes.items() if holds))


def _notes_on_intensity(request: LossRequest, hazard: Hazard, intensity: np.ndarray) -> tuple[Caveat, ...]:
    """How strong the hazard is at the sites, in its unit, so that a wrong unit is seen; and what its reader doubts."""
    found = [_say("further", text=str(text)) for text in hazard.record.warnings]
    known = intensity[np.isfinite(intensity)]
    if not isinstance(hazard.source, RasterSource | TrackSource) or not known.size:
        return tuple(found)
    values: dict[str, Json] = {"low": f"{known.min():.3g}", "high": f"{known.max():.3g}", "unit": hazard.unit}
    units = list(KINDS[hazard.kind].units)
    if isinstance(hazard.source, RasterSource) and request.unit is None and hazard.unit in units and len(units) > 1:
        others = ", ".join(unit for unit in units if unit != hazard.unit)
        return (_say("intensity_taken", **values, others=others), *found)
    return (_say("intensity", **values), *found)


def _notes_on_coverage(result: CountryResult, without: Sequence[str]) -> tuple[Caveat, ...]:
    drawn = [
        name
        for name, model in result.coverage.chosen.items()
        if model.name in ("estimated", "declared", "given") and name in TECHNOLOGIES and name not in without
    ]
    found = [_say("circles", technologies=", ".join(drawn))] if drawn else []
    return (*found, *([_say("without", technologies=", ".join(without))] if without else []))


def _say(code: str, **values: Json) -> Caveat:
    return Caveat(code, texts_of("loss")["en"][f"said.{code}"].format(**values), values)


def _further(rows: SiteRows) -> list[Caveat]:
    return [_say("further", text=text) for text in rows.notes]


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


#: What a loss may be asked for, beside the settings.
REQUEST = tuple(each.name for each in dataclasses.fields(LossRequest))
assert set(SCENARIO_KEYS) <= set(REQUEST)
