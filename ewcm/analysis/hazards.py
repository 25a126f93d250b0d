"""Hazards: people exposed, exposed and covered, exposed and out of reach, and those of whom one or the other is unknown.

With a hazard on the share e of a cell's ground and a service whose covered, uncovered and unknown shares are c, n and u:
exposed are P·e; of these P·e·c covered, P·e·n out of reach and P·e·u of unknown coverage, as if people lived evenly over the
ground and hazard and coverage were independent inside a cell. Where they are not, those out of reach lie between P·max(0, e +
n − 1), with n of the case of high coverage, and P·min(e, n), with n of the case of low coverage (docs/method-hazards.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.analysis import hazard_caveats
from ewcm.analysis.hazard_bounds import Annual, annual, at_least, overlap
from ewcm.analysis.hazard_shares import HazardShares
from ewcm.core import grid
from ewcm.core.finding import Figure, Finding, Json, Table
from ewcm.core.fraction import CASES, LEVELS, Case, Shares, nothing_known
from ewcm.core.layer import Layer
from ewcm.core.row_blocks import RowBlock, summed
from ewcm.core.texts import decimal_text, texts_of
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage
from ewcm.sources.ground_source import GROUND, GroundSource
from ewcm.sources.hazards import TRACK_WINDS, Hazard

#: Sums of a map and threshold that no service is needed for, and those of each service.
_GROUND = ("exposed", "unknown_hazard")
_SERVICE = (
    "exposed_covered",
    "exposed_uncovered",
    "exposed_uncovered_low",
    "exposed_uncovered_high",
    "exposed_unknown_coverage",
)

#: Of each service further: people of known hazard who may be out of reach, whom the rarest events can expose at most.
_MOST = "uncovered_high"
_SUMS = (*_SERVICE, _MOST)

#: Classes of the layers of the page: lower edges of winds [m/s] (gale, storm, hurricane and its third and fourth categories),
#: and of shares.
WIND_EDGES = (17.0, 25.0, 33.0, 50.0, 58.0)
SHARE_EDGES = (0.01, 0.25, 0.5, 0.75)

_ABOUT = ("hazard", "kind", "return_period", "event", "scenario", "year", "threshold", "unit")
_AREA = ("level", "area_id", "area_name")
_UNITS = {
    "return_period": "years",
    **dict.fromkeys(("people", "not_exposed", *_GROUND, *_SERVICE), "persons"),
    **dict.fromkeys(
        (f"{what}_annual{end}" for what in ("exposed", "exposed_uncovered") for end in ("", "_tail", "_low", "_high")),
        "persons a year",
    ),
}


@dataclass(frozen=True)
class _Block(RowBlock):
    """A block of rows with its zones; hazards and coverage are those of the whole grid."""

    coverage: Coverage
    hazards: HazardShares
    zones: list[Zones]
    services: tuple[str, ...]
    reference: tuple[int, ...]


@dataclass(frozen=True)
class Exposure:
    """People by zone of each set of zones, for every map and threshold of the hazards.

    ``uncovered_known``: of each of ``services``, whether anybody can be known to be out of its reach; who is exposed and
    uncovered is not known where it is not.

    ``people``: a float64 (zones,) each. ``sums``: float64 (maps and thresholds, sums, zones) each; the sums are those of
    ``_GROUND`` and then those of ``_SUMS`` for each of ``services``. ``together``: (count of hazards, low and high and of
    each service low and high, zones), and ``together_unknown`` (zones,), for the reference maps of several hazards.
    """

    hazards: HazardShares
    services: tuple[str, ...]
    uncovered_known: tuple[bool, ...]
    reference: tuple[int, ...]
    zones: tuple[Zones, ...]
    people: tuple[np.ndarray, ...]
    sums: tuple[np.ndarray, ...]
    together: tuple[np.ndarray, ...]
    together_unknown: tuple[np.ndarray, ...]


def maps_and_thresholds(hazards: Sequence[Hazard]) -> list[tuple[int, int]]:
    """Numbers of every map and threshold, in the order of the tables."""
    return [(number, place) for number, hazard in enumerate(hazards) for place in range(len(hazard.thresholds))]


def by_name(hazards: Sequence[Hazard]) -> dict[str, list[int]]:
    """Numbers of the maps of each hazard, by return period."""
    found: dict[str, list[int]] = {}
    for number, hazard in enumerate(hazards):
        found.setdefault(hazard.name, []).append(number)
    return found


def reference_maps(hazards: Sequence[Hazard], period: float) -> tuple[int, ...]:
    """Of each hazard the map that stands for it: that of the longest return period up to ``period``, else its shortest."""
    found = []
    for numbers in by_name(hazards).values():
        within = [number for number in numbers if (hazards[number].return_period or 0.0) <= period]
        found.append(within[-1] if within else numbers[0])
    return tuple(found)


def exposure(
    people: np.ndarray,
    coverage: Coverage,
    zones: Sequence[Zones],
    hazards: HazardShares,
    services: Sequence[str],
    period: float,
) -> Exposure:
    """People exposed in each set of zones. ``services``: those that are asked for, as far as they are known."""
    known = tuple(service for service in services if coverage.known(service))
    reference = reference_maps(hazards.hazards, period)
    fields, count = len(maps_and_thresholds(hazards.hazards)), len(reference)
    totals = [np.zeros(each.size) for each in zones]
    sums = [np.zeros((fields, len(_GROUND) + len(_SUMS) * len(known), each.size)) for each in zones]
    together = [np.zeros((count, 2 + 2 * len(known), each.size)) for each in zones]
    unknown = [np.zeros(each.size) for each in zones]
    blocks = [
        _Block(rows, people[rows], coverage, hazards, [each.block(rows) for each in zones], known, reference)
        for rows in grid.blocks(people.shape[0])
    ]
    for block in summed(_block_exposure, blocks):
        for number, (here, part, several, missing) in enumerate(block):
            totals[number] += here
            sums[number] += part
            together[number] += several
            unknown[number] += missing
    uncovered_known = tuple(coverage.tells_uncovered(service) for service in known)
    sets = (tuple(zones), tuple(totals), tuple(sums), tuple(together), tuple(unknown))
    return Exposure(hazards, known, uncovered_known, reference, *sets)


def _block_exposure(block: _Block) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    fields = maps_and_thresholds(block.hazards.hazards)
    width = len(_GROUND) + len(_SUMS) * len(block.services)
    found = [
        (
            np.zeros(zones.size),
            np.zeros((len(fields), width, zones.size)),
            np.zeros((len(block.reference), 2 + 2 * len(block.services), zones.size)),
            np.zeros(zones.size),
        )
        for zones in block.zones
    ]
    # Only where people live: most of a country, and nearly all of a country of islands, is empty.
    cells = np.flatnonzero(block.people.reshape(-1) > 0)
    if not cells.size:
        return found
    people = block.people.reshape(-1)[cells].astype(np.float64)
    inhabited = [zones.of_cells(cells) for zones in block.zones]
    for zones, (everybody, _, _, _) in zip(inhabited, found, strict=True):
        everybody += _sum(zones, people)
    shares = {
        service: {case: _levels(block.coverage.shares(service, case, block.rows).flat(cells)) for case in CASES}
        for service in block.services
    }
    for place, (number, threshold) in enumerate(fields):
        e = block.hazards.exposed_at(number, threshold, block.rows, cells).astype(np.float64)
        for column, values in enumerate(_parts(people, e, shares)):
            if values.any():
                for zones, (_, sums, _, _) in zip(inhabited, found, strict=True):
                    sums[place, column] = _sum(zones, values)
    if len(block.reference) > 1:
        each = np.stack([block.hazards.exposed_at(number, 0, block.rows, cells) for number in block.reference])
        for zones, (_, _, several, missing) in zip(inhabited, found, strict=True):
            for values, of, part in _together(each.astype(np.float64), people, shares):
                if part is None:
                    missing += _sum(zones, values)
                else:
                    several[of, part] = _sum(zones, values)
    return found


def _sum(zones: Zones, values: np.ndarray) -> np.ndarray:
    """Sums of the values of some cells by zone; ``zones``: of these cells."""
    return zones.sum(values[None, :], slice(0, 1))


#: Covered, uncovered and unknown share of some cells, float64.
_Levels = tuple[np.ndarray, np.ndarray, np.ndarray]


def _levels(shares: Shares) -> _Levels:
    covered, uncovered, unknown = shares.covered_level(), shares.uncovered_level(), shares.unknown_level()
    return covered / LEVELS, uncovered / LEVELS, unknown / LEVELS


def _parts(people: np.ndarray, e: np.ndarray, shares: dict[str, dict[Case, _Levels]]) -> list[np.ndarray]:
    """People [persons] by the sums of ``_GROUND`` and, of each service, of ``_SUMS``, cell by cell."""
    unknown = np.isnan(e)
    e = np.where(unknown, 0.0, e)
    exposed = people * e
    parts = [exposed, np.where(unknown, people, 0.0)]
    for by_case in shares.values():
        covered, uncovered, missing = by_case["central"]
        central = exposed * uncovered
        low = people * overlap(e, by_case["high"][1])[0]
        high = people * overlap(e, by_case["low"][1])[1]
        # Coverage that grows with the case can only take people away; rounding must not say otherwise.
        most = np.where(unknown, 0.0, people * np.maximum(by_case["low"][1], uncovered))
        parts += [exposed * covered, central, np.minimum(low, central), np.maximum(high, central), exposed * missing]
        parts.append(most)
    return parts


def _together(
    each: np.ndarray, people: np.ndarray, shares: dict[str, dict[Case, _Levels]]
) -> Iterator[tuple[np.ndarray, int, int | None]]:
    """People by cell whom at least one, two … of the hazards reach, where all of them are known, each with its place among the
    counts and among the bounds; and those of whom one is unknown, with no place."""
    unknown = np.isnan(each).any(axis=0)
    here = np.where(unknown, 0.0, people)
    each = np.nan_to_num(each)
    yield people - here, 0, None
    for place in range(len(each)):
        low, high = at_least(each, place + 1)
        bounds = [here * low, here * high]
        for by_case in shares.values():
            bounds += [here * overlap(low, by_case["high"][1])[0], here * overlap(high, by_case["low"][1])[1]]
        for column, values in enumerate(bounds):
            yield values, place, column


# --- the finding ---------------------------------------------------------------------------------------------------------


def hazards_finding(found: Exposure | None, iso3: str, people: float) -> Finding:
    """The exposure of a country and its areas. ``found``: None where no hazard is known. ``people``: of the country [persons]."""
    if found is None:
        figures = (
            Figure(("hazards",), []),
            Figure(("hazards_annual",), []),
            Figure(("hazards_unknown",), people, "persons"),
        )
        return Finding("hazards", figures, caveats=(hazard_caveats.unknown(iso3),))
    exposed, yearly = _exposed_table(found), _annual_table(found)
    together = _together_table(found)
    country = exposed[exposed["level"] == exposed["level"].min()].drop(columns=list(_AREA))
    country_yearly = yearly[yearly["level"] == yearly["level"].min()].drop(columns=list(_AREA))
    units = {name: _UNITS[name] for name in _UNITS if name in exposed}
    tables = [
        Table("hazards", exposed, units, files=("csv", "workbook")),
        Table("hazards_country", country.reset_index(drop=True), units, files=("csv", "page")),
    ]
    if len(yearly):
        of_year = {name: _UNITS[name] for name in _UNITS if name in yearly}
        tables.append(Table("hazards_annual", yearly, of_year, files=("csv", "workbook", "page")))
    if len(together):
        several = dict.fromkeys((name for name in together if name.startswith(("exposed", "unknown"))), "persons")
        tables.append(Table("hazards_together", together, several, files=("csv", "workbook")))
    tables.append(Table("hazard_areas", _places(found, exposed), units, geometry="MultiPolygon", files=("geopackage",)))
    unknown = float(found.sums[0][:, 1].sum(axis=1).max()) if len(exposed) else people
    figures = (
        Figure(("hazards",), _json(country)),
        Figure(("hazards_annual",), _json(country_yearly)),
        Figure(("hazards_unknown",), unknown, "persons"),
    )
    caveats = hazard_caveats.of_hazards(found.hazards, found.sums[0].sum(axis=2)[:, :2], found.reference)
    return Finding("hazards", figures, tuple(tables), _layers(found.hazards), caveats, _texts(found.hazards))


def _json(table: pd.DataFrame) -> list[Json]:
    """Rows of a table for JSON; None for what is not known."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _about(hazard: Hazard, threshold: int) -> dict[str, object]:
    return {
        "hazard": hazard.name,
        "kind": hazard.kind,
        "return_period": np.nan if hazard.return_period is None else hazard.return_period,
        "event": hazard.event,
        "scenario": hazard.scenario,
        "year": "" if hazard.year is None else str(hazard.year),
        "threshold": hazard.thresholds[threshold],
        "unit": hazard.unit,
    }


def _area_columns(zones: Zones) -> dict[str, object]:
    """Level, code and name of each zone."""
    return {
        "level": zones.level,
        "area_id": zones.table["area_id"].to_numpy(dtype=object),
        "area_name": zones.table["name"].to_numpy(dtype=object),
    }


def _service_column(found: Exposure, service: int, name: str) -> int:
    return len(_GROUND) + service * len(_SUMS) + _SUMS.index(name)


def _where_known(figures: dict[str, np.ndarray], people: np.ndarray, unknown: np.ndarray) -> dict[str, np.ndarray]:
    """Figures of zones, NaN where the hazard is unknown for everybody: nobody is known to be exposed there, which is no 0."""
    nothing = nothing_known(people, unknown)
    return {name: np.where(nothing, np.nan, values) for name, values in figures.items()}


def _exposed_table(found: Exposure) -> pd.DataFrame:
    """A row an area, hazard map, threshold and service."""
    fields = maps_and_thresholds(found.hazards.hazards)
    services = found.services or ("",)
    tables = []
    for zones, people, sums in zip(found.zones, found.people, found.sums, strict=True):
        for place, (number, threshold) in enumerate(fields):
            exposed, unknown = sums[place, 0], sums[place, 1]
            for index, service in enumerate(services):
                of_service = {
                    name: sums[place, _service_column(found, index, name)] if service else np.full(zones.size, np.nan)
                    for name in _SERVICE
                }
                if service and not found.uncovered_known[index]:
                    of_service |= {name: np.full(zones.size, np.nan) for name in _SERVICE if "uncovered" in name}
                if not service:  # nothing is known of any network
                    of_service["exposed_unknown_coverage"] = exposed
                figures = {"exposed": exposed, "not_exposed": np.maximum(0.0, people - exposed - unknown)}
                columns = {
                    **_area_columns(zones),
                    **_about(found.hazards.hazards[number], threshold),
                    "service": service or "any",
                    "people": people,
                    **_where_known(figures, people, unknown),
                    "unknown_hazard": unknown,
                    **_where_known(of_service, people, unknown),
                }
                tables.append(pd.DataFrame(columns, index=range(zones.size)))
    return pd.concat(tables, ignore_index=True)


def _annual_table(found: Exposure) -> pd.DataFrame:
    """A row an area, hazard of several return periods, threshold and service."""
    hazards = found.hazards.hazards
    fields = maps_and_thresholds(hazards)
    tables = []
    for zones, people, sums in zip(found.zones, found.people, found.sums, strict=True):
        for numbers in by_name(hazards).values():
            periods = [float(hazards[number].return_period or 0.0) for number in numbers]
            if len(numbers) < 2:
                continue
            for threshold in range(len(hazards[numbers[0]].thresholds)):
                places = [fields.index((number, threshold)) for number in numbers]
                known = people - sums[places, 1].max(axis=0)
                columns: dict[str, object] = {**_area_columns(zones), **_about(hazards[numbers[-1]], threshold)}
                del columns["return_period"], columns["event"]
                columns |= {"shortest_period": periods[0], "longest_period": periods[-1]}
                yearly = annual(sums[places, 0], periods, known)
                unknown = sums[places, 1].min(axis=0)  # to all of the maps
                columns |= _where_known(_annual_columns("exposed", yearly), people, unknown)
                for index, service in enumerate(found.services or ("",)):
                    mine = {"service": service or "any"}
                    if service and found.uncovered_known[index]:
                        of_service = _annual_of_service(found, index, sums[places], periods, yearly)
                    else:
                        of_service = yearly._replace(**dict.fromkeys(yearly._fields, np.full(zones.size, np.nan)))
                    uncovered = _where_known(_annual_columns("exposed_uncovered", of_service), people, unknown)
                    rows = {**columns, **mine, **uncovered}
                    tables.append(pd.DataFrame(rows, index=range(zones.size)))
    if not tables:
        return pd.DataFrame(columns=[*_AREA, "hazard"])
    return pd.concat(tables, ignore_index=True)


def _annual_of_service(
    found: Exposure, service: int, sums: np.ndarray, periods: Sequence[float], yearly: Annual
) -> Annual:
    """The yearly figure of the exposed out of reach, from the sums of the maps by rising period. ``yearly``: of all exposed."""

    def of(name: str) -> np.ndarray:
        return sums[:, _service_column(found, service, name)]

    # What is rarer than the rarest map can expose those who may be out of reach, and nobody else.
    # Those whom the rarest map says nothing of are in `yearly.high` by their exposure to a commoner one.
    most = of(_MOST)[-1]
    central = annual(of("exposed_uncovered"), periods, most)
    low = annual(of("exposed_uncovered_low"), periods, most).low
    high = annual(of("exposed_uncovered_high"), periods, most).high
    return central._replace(low=low, high=np.minimum(high, yearly.high))


def _annual_columns(what: str, yearly: Annual) -> dict[str, np.ndarray]:
    return dict(zip((f"{what}_annual{end}" for end in ("", "_tail", "_low", "_high")), yearly, strict=True))


def _together_table(found: Exposure) -> pd.DataFrame:
    """A row an area, number of hazards and service: who is reached by at least so many of the reference maps."""
    if len(found.reference) < 2:
        return pd.DataFrame()
    names = ", ".join(
        f"{hazard.name} {hazard.return_period:g}" if hazard.return_period else hazard.name
        for hazard in (found.hazards.hazards[number] for number in found.reference)
    )
    tables = []
    for zones, people, several, unknown in zip(
        found.zones, found.people, found.together, found.together_unknown, strict=True
    ):
        for place in range(len(found.reference)):
            for index, service in enumerate(found.services or ("",)):
                uncovered_known = bool(service) and found.uncovered_known[index]
                bounds = (
                    several[place, 2 + 2 * index : 4 + 2 * index]
                    if uncovered_known
                    else np.full((2, zones.size), np.nan)
                )
                figures = {
                    "exposed_low": several[place, 0],
                    "exposed_high": several[place, 1],
                    "exposed_uncovered_low": bounds[0],
                    "exposed_uncovered_high": bounds[1],
                }
                columns = {
                    **_area_columns(zones),
                    "hazards": names,
                    "at_least": place + 1,
                    "service": service or "any",
                    "people": people,
                    **_where_known(figures, people, unknown),
                    "unknown_hazard": unknown,
                }
                tables.append(pd.DataFrame(columns, index=range(zones.size)))
    return pd.concat(tables, ignore_index=True)


def _places(found: Exposure, exposed: pd.DataFrame) -> gpd.GeoDataFrame:
    """The areas of the finest level with the figures of the reference maps, one service: rows for a GIS."""
    finest = found.zones[-1]
    hazards = found.hazards.hazards
    rows = exposed[(exposed["level"] == finest.level) & (exposed["service"] == (found.services or ("any",))[0])]
    kept = []
    for number in found.reference:
        hazard = hazards[number]
        same = (rows["hazard"] == hazard.name) & _equal(rows["threshold"], hazard.thresholds[0])
        kept.append(rows[same & _equal(rows["return_period"], hazard.return_period)])
    table = pd.concat(kept, ignore_index=True)
    outlines = dict(zip(finest.table["area_id"], finest.table.geometry, strict=True))
    return gpd.GeoDataFrame(table, geometry=[outlines[code] for code in table["area_id"]], crs="EPSG:4326")


def _equal(column: pd.Series, value: float | None) -> pd.Series:
    return column.isna() if value is None or np.isnan(value) else column == value


def _layers(hazards: HazardShares) -> tuple[Layer, ...]:
    """A layer for each hazard, with a map for each return period."""
    layers, titles = [], _texts(hazards)["en"]
    for place, numbers in enumerate(by_name(hazards.hazards).values()):
        periods = tuple(_plain(hazards.hazards[number].return_period) for number in numbers)
        wind = hazards.is_wind(numbers[0])

        def rows_of(rows: slice, numbers: list[int] = numbers) -> np.ndarray:
            shown = np.stack([hazards.shown(number, rows) for number in numbers])
            return shown if len(numbers) > 1 or hazards.hazards[numbers[0]].return_period else shown[0]

        layers.append(
            Layer(
                f"hazard_{place + 1}",
                "m/s" if wind else "1",
                hazards.geobox,
                rows_of,
                dims={"return_period": periods} if periods[0] is not None else {},
                title=titles[f"layer.hazard_{place + 1}"],
                edges=WIND_EDGES if wind else SHARE_EDGES,
                only_inhabited=hazards.is_only_inhabited(numbers[0]),
            )
        )
    return tuple(layers)


def _plain(period: float | None) -> float | None:
    """A return period as it is written: 100, not 100.0."""
    return int(period) if period is not None and period == int(period) else period


def _texts(hazards: HazardShares) -> dict[str, dict[str, str]]:
    """In every language the titles of the layers (the hazard, what is shown of it, the threshold), and words for plain names."""
    found: dict[str, dict[str, str]] = {}
    for language, words in texts_of("hazards").items():
        titles = {}
        for place, numbers in enumerate(by_name(hazards.hazards).values()):
            hazard = hazards.hazards[numbers[0]]
            least = hazard.thresholds[0]
            shown = "wind" if hazards.is_wind(numbers[0]) else "share" if np.isnan(least) else "share_at"
            ground = GROUND.get(hazard.source.values) if isinstance(hazard.source, GroundSource) else None
            shown += "_most" if ground is not None and ground.at_most else ""
            # Words of the engine, and what tells the hazard from others of its kind, which is no word.
            told = " ".join(part for part in (hazard.scenario, str(hazard.year or ""), hazard.event) if part)
            own = (hazard.kind, TRACK_WINDS, *([] if ground is None else [ground.name]))
            plain = hazard.name in (*own, *(f"{name} {told}" for name in own if told))
            word = words[f"kind.{hazard.kind}" if ground is None else f"ground.{ground.name}"]
            name = (word if hazard.name in own else f"{word} {told}") if plain else hazard.name
            title = (
                words[f"layer.{shown}"]
                .replace("{threshold}", decimal_text(f"{least:g}", language))
                .replace("{unit}", hazard.unit)
            )
            titles[f"layer.hazard_{place + 1}"] = title.replace("{hazard}", name)
            if plain:
                titles[f"hazard.{hazard.name}"] = name
        found[language] = titles
    return found
