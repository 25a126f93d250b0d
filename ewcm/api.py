"""What a notebook uses: a country is computed, a published one is opened, and questions are asked of it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from ewcm.analysis.reach import reach_table, zones_finding
from ewcm.core.extras import need
from ewcm.core.fraction import CASES
from ewcm.core.grid import blocks
from ewcm.core.layer import Layer
from ewcm.core.zones import OUTSIDE, Zones, polygons
from ewcm.countries import country
from ewcm.errors import InputError, SettingsError, unknown_key
from ewcm.inputs.country_data import CountryData
from ewcm.report import read
from ewcm.report.alert_countries import areas_without_ground, exchanged_in, folders_of, ground_of_codes
from ewcm.report.alert_own_channels import with_own
from ewcm.report.alert_reach import reach_of
from ewcm.report.numbers import exact_range
from ewcm.result import CountryResult
from ewcm.sources.alert_channels import SIGNAL, read_channels
from ewcm.sources.alert_files import read_alerts
from ewcm.sources.alert_notes import note

if TYPE_CHECKING:
    import xarray as xr
    from odc.geo.geobox import GeoBox

    from ewcm.analysis.siting import Plan
    from ewcm.inputs.schema import Lend
    from ewcm.losses import LossRequest
    from ewcm.pipeline import Progress
    from ewcm.report.alert_files import AlertAnswer
    from ewcm.report.alert_reach import AlertReach
    from ewcm.report.brief import Briefing
    from ewcm.report.compare import ComparisonAnswer
    from ewcm.report.loss import LossAnswer
    from ewcm.settings import Settings
    from ewcm.sources.alert_channels import AlertChannel
    from ewcm.sources.alerts import Alert, AlertFile


@dataclass(frozen=True, repr=False)
class Result(CountryResult):
    """Who can be reached in one country, where, and how sure that is.

    ``summary``: the headline figures, as in summary.json. ``areas``, ``coldspots``: tables with outlines. ``layers``: people
    and coverage fractions on the grid. ``services``: the figures of the country by service, typed.
    """

    def write(self, folder: str | Path) -> Path:
        """Publish the map, the tables and the layers in ``folder``, all or nothing, and return it.

        Raises :class:`ewcm.errors.PublishError` and leaves what was there before as it was.
        """
        from ewcm.report import publish

        return publish.write(self, Path(folder))

    def reach_in(self, places: gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry | Zones) -> pd.DataFrame:
        """People inside polygons, and by service how many of them are covered, uncovered and unknown.

        ``places``: polygons in any CRS (a bare shapely geometry is in longitude and latitude), or zones of the grid. Exactly
        the ground inside counts: nobody near it is adopted, and polygons that overlap each hold all of theirs. People whom the
        grid holds outside of the country count nowhere. One row a polygon, with its ``name``; columns as in areas.csv. Raises
        :class:`ewcm.errors.InputError`.
        """
        if isinstance(places, Zones):
            zones = places
        else:
            zones = polygons(_table_of(places), self.geobox)
            if (zones.labels == OUTSIDE).all():
                _refuse_exchanged(_table_of(places), self.geobox)
        if zones.labels.shape != self.people.shape or not zones.lies_on(self.geobox):
            raise InputError("zones: do not lie on the grid of this result; make them with its geobox")
        return reach_table(self.own_people, self.coverage, zones)

    def plan(self, towers: int = 10, sirens: int = 0, **asked: Any) -> Plan:
        """The sites and sirens that together serve most of the people out of reach; ``plan.table`` lists them, ``plan.at_least``
        is what they are sure to reach of the best possible (0..1).

        ``asked``: what :class:`ewcm.planning.Request` takes, such as ``service="4G+"``, ``radius_km=8``, ``budget=1e6``,
        ``exact_s=60``. Raises :class:`ewcm.errors.SettingsError`.
        """
        from ewcm.planning import Request, plan_of

        known = {one.name for one in fields(Request)}
        try:
            request = Request(towers=towers, sirens=sirens, **asked)
        except TypeError as error:
            raise SettingsError(f"plan: {unknown_key(next(iter(set(asked) - known)), sorted(known))}") from error
        return plan_of(self, request)

    def to_xarray(self) -> xr.Dataset:
        """The grid, decoded: ``people`` of the country [persons] (y, x), and ``covered`` and ``unknown``, shares (0..1,
        float32) of each grid cell's people by service and case (service, case, y, x); what is left is uncovered.

        Where nothing at all is known of a cell ``covered`` is NaN and ``unknown`` 1. It can be written with ``to_netcdf`` or
        ``to_zarr`` and reads back as the same numbers.
        """
        import xarray as xr

        services = list(self.coverage.services)
        dims: dict[str, tuple[Any, ...]] = {"service": tuple(services), "case": CASES}
        shape = (len(services), len(CASES), *self.geobox.shape.yx)
        covered, unknown = np.empty(shape, np.float32), np.empty(shape, np.float32)
        for number, service in enumerate(services):
            for place, case in enumerate(CASES):
                for rows in blocks(shape[2]):
                    fraction, missing = self.coverage.shares(service, case, rows).fractions()
                    covered[number, place, rows] = fraction
                    unknown[number, place, rows] = missing
        layers = [
            replace(self.people, source=self.own_people),
            Layer("covered", "1", self.geobox, covered, dims=dims, title="share of the people who are covered"),
            Layer(
                "unknown", "1", self.geobox, unknown, dims=dims, title="share of the people of whom nothing is known"
            ),
        ]
        attributes = {"title": self._title(), "data_grade": self.data.grade}
        return xr.Dataset({layer.name: layer.to_xarray() for layer in layers}, attrs=attributes)

    def plot(self, column: str | None = None, level: int | None = None, **style: Any) -> Any:
        """Areas shaded by a column of ``areas``, with a title (geopandas' plot; returns its axes).

        ``column``: people out of reach of the service of the headline if None. ``level``: the finest if None. Areas of which the
        column holds nothing are grey. Raises :class:`ewcm.errors.InputError` for a column or a level that is not there.
        """
        service = self.coverage.services[self.headline_service or "any"]
        column = f"uncovered_{service.column}" if column is None else column
        areas = self.areas
        if column not in areas:
            raise InputError(f"plot: areas have no column '{column[:60]}'; use one of {', '.join(areas.columns)}")
        finest = areas["level"].max() if level is None else level
        if finest not in set(areas["level"]):
            there = ", ".join(str(one) for one in sorted(areas["level"].unique()))
            raise InputError(f"plot: there are no areas of level {level}; use one of {there}")
        shown = areas[areas["level"] == finest]
        # Where every value is missing matplotlib draws empty axes.
        shading = {"column": column, "legend": True} if shown[column].notna().any() else {"color": "lightgrey"}
        missing = {"missing_kwds": {"color": "lightgrey"}} if "column" in shading else {}
        axes = shown.plot(**{**shading, **missing, **style})
        title = column if "column" in shading else f"{column} is unknown"
        axes.set_title(f"{self._title()}: {title}")
        return axes

    def _title(self) -> str:
        about = self.data.country
        return f"{'STARTER DATA, not for decisions: ' if self.data.starter else ''}{about.name} ({about.iso3})"

    def _lines(self) -> list[tuple[str, str]]:
        """What a notebook shows of the country, a name and a value each."""
        rows = [("people", f"{self.inhabitants:,.0f}")]
        for name, figures in self.services.items():
            if not self.inhabitants:
                rows.append((name, "nobody lives here"))
            elif figures.uncovered is None:
                covered = "" if figures.covered is None else f"{figures.covered:,.0f} covered, "
                rows.append((name, f"{covered}{figures.unknown:,.0f} unknown" if covered else "unknown"))
            else:
                text = f"{figures.uncovered:,.0f} out of reach"
                between = exact_range(figures.uncovered_low, figures.uncovered_high)
                text += f" ({between})"
                rows.append((name, f"{text}, {figures.unknown:,.0f} unknown" if figures.unknown else text))
        return rows

    def __repr__(self) -> str:
        (_, people), *services = self._lines()
        return f"<Result {self._title()}: {people} people, any network: {dict(services)['any']}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>" for name, text in self._lines()
        )
        return f"<table><caption>{html.escape(self._title())}</caption>{rows}</table>"


def run(
    iso3: str,
    inputs: str | Path | None = None,
    *,
    population: str | Path | xr.DataArray | Layer | None = None,
    coverage: Mapping[Any, Any] | None = None,
    unknown: Mapping[str, Any] | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    operators: Sequence[str] = (),
    settings: Settings | Mapping[str, Any] | None = None,
    lend: bool | Mapping[str, bool] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Compute one country.

    ``iso3``: ISO 3166-1 alpha-3 code. ``inputs``: folder with its files (default ``data/<ISO3>``; where there is none, the
    starter pack serves). What is given beside it takes the place of its files:

    - ``population``: persons per grid cell, a raster file or an array with a CRS; without ``inputs`` it stands alone, and
      neither ``data/<ISO3>`` nor modelled people or network are read.
    - ``coverage``: by technology (or channel), the covered share (0..1) of each grid cell as an array on the population's
      grid, polygons, or a file. Technologies that are not named keep what the folder says of them.
    - ``unknown``: by technology, the share (0..1) of each grid cell of which nothing is known, beside a ``coverage`` array that
      is known in part; where ``coverage`` is NaN nothing at all is known.
    - ``boundaries``: areas of the country, with ``name``, ``area_id`` and ``level`` where they have them.
    - ``zones``: further polygons (a basin, a flood plain) in which people are counted, as a table of their own.
    - ``operators``: all mobile operators of the country: a technology with a source for some of them is unknown outside theirs.
    - ``settings``: changes of the folder's settings, such as ``{"min_people": 50}``, or all of them.
    - ``lend``: whether boundaries, places, official figures and the base map that nobody gave are taken from the files that come
      with the engine: True, False, or by layer as ``[lend]`` of inputs.toml says it (default: as the folder says, else True).

    Raises :class:`ewcm.errors.EwcmError`, one line that names what is wrong and the mend.
    """
    # What reads inputs and computes takes two seconds to import; an alert on a published country needs none of it.
    from ewcm import pipeline
    from ewcm.inputs.extent import with_extent
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.from_python import boundaries_from, population_from
    from ewcm.inputs.operator_names import with_one_spelling
    from ewcm.inputs.read import completed, load
    from ewcm.inputs.schema import Lend
    from ewcm.settings import Settings

    about = country(iso3)
    given_people = None if population is None else population_from(population, about)
    lending = _lending(lend)
    alone = given_people is not None and inputs is None
    if given_people is not None and alone:
        data, found_settings = CountryData(about, given_people), _changed(Settings(), settings)
    else:
        found = find_inputs(about, None if inputs is None else Path(inputs))
        if found.starter and coverage:
            raise InputError(
                f"{about.iso3}: coverage was given, and there are no people but modelled ones; give population= or inputs="
            )
        found = replace(found, settings=_changed(found.settings, settings))  # some settings are for the readers
        found = found if lending is None else replace(found, lend=lending)
        data, found_settings = load(found, given_people), found.settings
    if coverage:
        data = _with_coverage(data, coverage, unknown or {}, population)
    elif unknown:
        raise InputError("unknown: was given without coverage; give both")
    if isinstance(operators, str):
        raise InputError(f"operators: the text '{operators}' was given; give a list of names, such as ['{operators}']")
    if operators:
        data = replace(data, operators=tuple(dict.fromkeys(operators)))
    data = with_one_spelling(data)
    if boundaries is not None:
        data = replace(data, boundaries=boundaries_from(boundaries, about))
    may_lend = lending or Lend()
    data = completed(data, may_lend) if alone else data
    if alone or boundaries is not None:
        data = with_extent(data, may_lend=may_lend.allows("boundaries"), nearest_km=found_settings.nearest_area_km)
    result = pipeline.run(data, found_settings, progress or pipeline.silent)
    if zones is not None:
        result = result.with_finding(zones_finding(with_methods(result).reach_in(zones)))
    return with_methods(result)


def _with_coverage(
    data: CountryData, coverage: Mapping[Any, Any], unknown: Mapping[str, Any], population: Any
) -> CountryData:
    """Inputs with the coverage that was given, in the place of that of the same technologies."""
    from ewcm.inputs.from_python import coverage_from, runs_from_the_south

    if runs_from_the_south(population) and any(isinstance(value, np.ndarray) for value in coverage.values()):
        raise InputError(
            "coverage: a bare array was given beside people whose rows run from the south; give it as an xarray.DataArray too"
        )
    arrays, declared = coverage_from(coverage, data.country)
    own = {one.technology for one in declared}
    kept = tuple(one for one in data.declared if one.technology not in own)
    return replace(data, given=arrays, given_unknown=unknown, declared=(*kept, *declared))


def alert(
    path: str | Path,
    countries: Sequence[str] = (),
    *,
    maps: str | Path = "maps",
    channels: str | Path | None = None,
    geocodes: str | Path | None = None,
    with_codes: bool = False,
    at: datetime | None = None,
    results: Mapping[str, CountryResult] | None = None,
    loss: str | Path | LossRequest | None = None,
    loss_hours: float = 24.0,
    targeting: bool = False,
) -> AlertAnswer:
    """Who gets an alert, by which channel, and who does not, in published countries.

    ``path``: a file of CAP, EDXL-DE, RSS or Atom, or a folder of such files. ``countries``: ISO 3166-1 alpha-3 codes; without
    them every country under ``maps`` that an alert touches. ``channels``: a TOML file of channels beside the mobile signal; those
    that the country's own run declares count too, but for one that the file names.
    ``geocodes``: polygons of codes of areas, with columns ``code`` and, where they have it, ``scheme``. ``with_codes``: codes
    count beside polygons and circles too. ``at``: the moment that tells what has expired (default: now). ``results``: opened
    results by code, which need not be opened again. ``loss``: the same once more with sites lost, ``loss_hours`` after the event:
    a storm of the tracks that come with the engine ("PAM 2015"), a list of sites (CSV), a file of a hazard, or a scenario (TOML).
    ``targeting``: whom the choice of sites misses inside, and reaches outside.

    Raises :class:`ewcm.errors.EwcmError` in one line.
    """
    need("map", "The page of an alert")
    from ewcm.report.alert_files import AlertAnswer

    if str(path).lower().startswith(("http:/", "https:/")):
        raise InputError(
            f"{path}: is an address, and nothing is fetched; save what it gives as a file first (curl -o FILE) and name that"
        )
    found = read_alerts(Path(path))
    moment = at or datetime.now(UTC)
    if moment.tzinfo is None:
        raise InputError(f"at: {moment} has no time zone; give one, such as datetime(…, tzinfo=UTC)")
    ways = (SIGNAL,) if channels is None else read_channels(Path(channels))
    of_code = {} if geocodes is None else ground_of_codes(Path(geocodes))
    opened: dict[str, CountryResult] = dict(results or {})
    folders = folders_of(found.alerts, [country(iso3).iso3 for iso3 in countries], Path(maps), of_code)
    reaches = []
    for iso3, (folder, of_alerts) in folders.items():
        if iso3 not in opened:
            opened[iso3] = _opened(iso3, folder)
        here = with_own(ways, opened[iso3])
        found_here = [reach_of(each, opened[iso3], here, of_code, moment, with_codes) for each in of_alerts]
        reaches += [_with_sites(each, here, loss, loss_hours, targeting) for each in found_here]
    if not countries:  # the box of a country holds land of its neighbours too
        reaches = [each for each in reaches if each.figures["inside"] or not each.figures["area_known"]]
        found = _with_doubts(found, [each.alert for each in reaches], Path(maps))
    order = {id(each): number for number, each in enumerate(found.alerts)}
    reaches.sort(key=lambda reach: (order[id(reach.alert)], reach.figures["iso3"]))
    return AlertAnswer(found, tuple(reaches), moment)


def _with_doubts(found: AlertFile, touching: Sequence[Alert], maps: Path) -> AlertFile:
    """The alerts, with lines on each that touches no country: areas whose ground is not known, and whether it may have its
    latitude and longitude exchanged."""
    caveats = []
    for each in found.alerts:
        if any(each is other for other in touching):
            continue
        if areas := areas_without_ground(each):
            caveats.append(note("ground_not_known", identifier=each.identifier, areas=", ".join(areas[:5])))
        if names := exchanged_in(each, maps):
            caveats.append(note("exchanged_country", identifier=each.identifier, countries=", ".join(names[:5])))
    return replace(found, caveats=(*found.caveats, *caveats))


def _with_sites(
    reach: AlertReach,
    channels: Sequence[AlertChannel],
    loss: str | Path | LossRequest | None,
    hours: float,
    targeting: bool,
) -> AlertReach:
    """What is asked of the single sites of an alert's country."""
    if loss is None and not targeting:
        return reach
    from ewcm.losses import request_of
    from ewcm.report.alert_loss import with_loss, with_targeting

    if targeting:
        reach = with_targeting(reach, channels)
    if loss is None:
        return reach
    return with_loss(reach, channels, request_of(str(loss)) if isinstance(loss, str | Path) else loss, hours)


def loss(
    iso3: str, folder: str | Path | None = None, *, services: Sequence[str] | None = None, **asked: Any
) -> LossAnswer:
    """Who is still reached in a published country when sites of its mobile networks are lost.

    ``folder``: of the country (default ``maps/<ISO3>``). ``services``: those to tell of (default: ``any``, ``3G+`` and ``4G+``,
    as far as they are known). ``asked``: what :class:`ewcm.losses.LossRequest` takes, such as ``sites="lost.csv"`` or
    ``hazard="PAM 2015"``, and ``hours``, ``values``, ``threshold``, ``settings``. The answer has ``areas`` and ``sites``
    (tables), ``sentences()``, ``summary``, ``after(hours)`` (the country with what is left, for further questions) and
    ``write(folder)``.

    Raises :class:`ewcm.errors.EwcmError` in one line.
    """
    return loss_in(open_country(iso3, folder), services, **asked)


def loss_in(result: CountryResult, services: Sequence[str] | None = None, **asked: Any) -> LossAnswer:
    """The same of a result that is open, computed or read."""
    from ewcm.losses import REQUEST, LossRequest, loss_of
    from ewcm.report.loss import LossAnswer

    if unknown := set(asked) - set(REQUEST):
        raise SettingsError(f"loss: {unknown_key(min(unknown), list(REQUEST))}")
    known = [name for name in ("any", "3G+", "4G+") if result.coverage.known(name)]
    wanted = tuple(dict.fromkeys(services or known))
    for name in wanted:
        if name not in result.coverage.services or not result.coverage.known(name):
            choices = ", ".join(each for each in result.coverage.services if result.coverage.known(each))
            raise SettingsError(f"loss: of '{name[:40]}' nothing is known here; use some of {choices or 'none'}")
    if not wanted:
        raise SettingsError("loss: the coverage of this country is unknown, so that none of it can be lost")
    return LossAnswer(result, loss_of(result, LossRequest(**asked)), wanted)


def open_country(iso3: str, folder: str | Path | None = None) -> CountryResult:
    """The published result of a country. ``folder``: its own, or one of several published countries (default: ``maps/<ISO3>``).

    Raises :class:`ewcm.errors.InputError` in one line, for another country's folder too.
    """
    return with_methods(_opened(country(iso3).iso3, None if folder is None else Path(folder)))


def _opened(iso3: str, folder: Path | None) -> CountryResult:
    place = read.folder_of(iso3, folder)
    result = read.open_result(place)
    found = result.data.country
    if found.iso3 != iso3:
        raise InputError(f"{place}: is {found.name} ({found.iso3}), not {iso3}; name the other")
    return result


def brief(
    result: CountryResult | str | Path,
    areas: Sequence[str] = (),
    *,
    level: int | None = None,
    service: str | None = None,
    case: Literal["low", "central", "high"] = "central",
    made: str | None = None,
) -> Briefing:
    """A page of A4 for each area of a country: its map, figures with their range, coldspots, next sites, hazards, caveats.

    ``result``: a result, or the folder of a published one. ``areas``: codes of areas, as in areas.csv; without them all of a
    ``level`` (default: the first). ``service``: that the sheets lead with (default: that of the headline). ``case``: of the
    coverage. ``made``: the date on the sheets, in ISO 8601 (default: today). The answer has ``html(language)`` and
    ``write(folder, language, pdf=True)``, which makes a PDF by a Chromium that is installed, or says why there is none
    (``no_pdf``).

    Raises :class:`ewcm.errors.EwcmError` in one line.
    """
    need("map", "A briefing")
    from ewcm.report.brief import briefing_of

    opened = result if isinstance(result, CountryResult) else read.open_result(result)
    return briefing_of(opened, areas, level=level, service=service, case=case, made=made)


def compare(
    before: CountryResult | str | Path,
    after: CountryResult | str | Path,
    *,
    services: Sequence[str] = (),
    operators: Sequence[str] = (),
    difference: bool = False,
) -> ComparisonAnswer:
    """What differs between two results of one country, split into people and coverage without a rest.

    ``before``, ``after``: results, or folders of published ones. ``services``: such as ``["any", "4G+"]`` (default: all that are
    known). ``operators``: one name for one operator's network in both, two names for two operators. ``difference``: what differs
    between two methods is told too, and called a difference.

    Raises :class:`ewcm.errors.EwcmError` in one line: for two countries, grids whose cells are not the same, and methods so
    different that nothing may be called change.
    """
    from ewcm.comparison import Comparison, compare_results
    from ewcm.report.compare import ComparisonAnswer

    opened = [each if isinstance(each, CountryResult) else read.open_result(each) for each in (before, after)]
    names = ["before" if isinstance(each, CountryResult) else Path(each).name for each in (before, after)]
    if names[0] == names[1]:  # two folders of one name, such as 2024/UGA and 2026/UGA
        named = [each for each in (before, after) if not isinstance(each, CountryResult)]
        names = [Path(each).resolve().parent.name for each in named] if len(named) == 2 else ["before", "after"]
    found = compare_results(
        *opened, services=services, operators=operators, difference=difference, names=(names[0], names[1])
    )
    return ComparisonAnswer(**{field.name: getattr(found, field.name) for field in fields(Comparison)})


def _lending(lend: bool | Mapping[str, bool] | None) -> Lend | None:
    from pydantic import ValidationError

    from ewcm.inputs.schema import Lend

    if lend is None or isinstance(lend, bool):
        return None if lend is None else Lend(all=lend)
    try:
        return Lend(**lend)
    except (TypeError, ValidationError):
        raise InputError(
            f"lend: {str(lend)[:60]!r} was given; give True, False, or a mapping such as {{'places': False}}"
        ) from None


def _changed(own: Settings, settings: Settings | Mapping[str, Any] | None) -> Settings:
    from ewcm.settings import Settings

    if settings is None or isinstance(settings, Settings):
        return settings or own
    if not isinstance(settings, Mapping):
        raise InputError(
            f"settings: a {type(settings).__name__} was given; give a mapping such as {{'min_people': 50}}"
        )
    return own.changed(**settings)


def open_result(folder: str | Path) -> Result:
    """The result that was published in ``folder``, such as ``maps/UGA``: people, coverage, areas, sites and figures.

    Raises :class:`ewcm.errors.InputError` in one line that names a file that is missing or was changed since, and for a
    country that an older version has published.
    """
    return with_methods(read.open_result(folder))


def with_methods(result: CountryResult) -> Result:
    """A result as notebooks know it."""
    return Result(**{field.name: getattr(result, field.name) for field in fields(CountryResult)})


def _table_of(places: gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry) -> gpd.GeoDataFrame:
    if isinstance(places, gpd.GeoDataFrame):
        return places
    if isinstance(places, BaseGeometry):
        return gpd.GeoDataFrame(geometry=[places], crs="EPSG:4326")
    if isinstance(places, gpd.GeoSeries):
        return gpd.GeoDataFrame(geometry=places)
    raise InputError(f"polygons: a {type(places).__name__} was given; give a GeoDataFrame, or one polygon of shapely")


def _refuse_exchanged(table: gpd.GeoDataFrame, geobox: GeoBox) -> None:
    """Refuse polygons none of which lies on the grid, where one would with its latitudes and longitudes exchanged."""
    shapes = table.geometry.to_crs("EPSG:4326")
    turned = shapes.transform(lambda corners: corners[:, ::-1])
    here = geobox.extent.to_crs("EPSG:4326").geom
    if turned.is_valid.all() and turned.intersects(here).any():
        west, south, east, north = shapes.total_bounds
        raise InputError(
            f"polygons: latitude and longitude are exchanged ({west:.2f}..{east:.2f} east, {south:.2f}..{north:.2f} north, where "
            "this country has nobody); give longitude first"
        )
