"""Points of interest: which schools, clinics and shelters have a signal at their own position, and how far it is to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from ewcm_kernels.siting import points_within

from ewcm.analysis import naming
from ewcm.analysis.siting_demand import Demand
from ewcm.analysis.siting_reach import reach_of
from ewcm.core import grid, longitude
from ewcm.core.finding import Caveat, Figure, Finding, Json, Table
from ewcm.core.fraction import LEVELS
from ewcm.core.zones import OUTSIDE, Zones
from ewcm.coverage.combine import Coverage

#: People out of reach are counted within this distance of a point [km].
NEAR_KM = 5.0

#: States of a point.
STATES = ("no", "unknown", "yes")

#: Names of the counts of points in a state.
_COUNTED = {"no_signal": "no", "unknown": "unknown", "with_signal": "yes"}


@dataclass(frozen=True)
class Circles:
    """Circles of a run: ``sites`` (``technology``, ``operator``, ``lat``, ``lon``) and ``radius_km`` by technology."""

    sites: pd.DataFrame
    radius_km: Mapping[str, float]


def points_table(
    points: pd.DataFrame,
    services: Sequence[str],
    coverage: Coverage,
    circles: Circles | None,
    demand: Demand,
    siren_km: float,
    areas: Zones,
    beyond_180: bool,
) -> gpd.GeoDataFrame:
    """One row a point: its signal by service, its distance to coverage of the first, and who lives around it out of reach.

    ``points``: columns of ``ewcm.sources.points.POINT_COLUMNS``. ``services``: the first is the one that ranks. ``demand``: of
    that service. Where all of a service comes from circles its signal is that of the very position, otherwise that of the cell.
    An estimate alone tells no signal: a point has one where a known cell reaches its grid cell as well, none where neither the
    estimate nor a known cell does, and else it is unknown.
    """
    lat, lon = points["lat"].to_numpy(np.float64), points["lon"].to_numpy(np.float64)
    row, col = grid.cells_at(coverage.geobox, lat, lon)
    rows, cols = coverage.geobox.shape
    on_grid = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    area = np.full(lat.size, OUTSIDE)
    if areas.size:
        area[on_grid] = areas.area_of(row[on_grid], col[on_grid])
    columns: dict[str, object] = {name: points[name].to_numpy() for name in ("point_id", "name", "kind", "people")}
    has_area = area >= 0
    for name, column in (("area_id", "area_id"), ("area_name", "name")):
        known = areas.table[column].to_numpy(dtype=object)[np.maximum(area, 0)] if areas.size else ""
        columns[name] = np.where(has_area, known, "")
    headline = services[0]
    by_circles = circles if circles is not None and _all_circles(headline, coverage) else None
    estimated = np.full(lat.size, np.nan)
    for service in services:
        if circles is not None and _all_circles(service, coverage):
            found = _signal_of_circles(service, coverage, circles, lat, lon)
        else:
            found, expected = _signal_of_cells(service, coverage, np.where(on_grid, row, -1), col)
            estimated = expected if service == headline else estimated
        columns[f"signal_{coverage.services[service].column}"] = found
    signal = np.asarray(columns[f"signal_{coverage.services[headline].column}"])
    if by_circles is not None:
        gap, direction = _gap_to_circles(headline, coverage, by_circles, lat, lon)
    else:
        gap, direction = _gap_to_cells(headline, coverage, lat, lon)
    gap, direction = np.where(signal == "yes", 0.0, gap), np.where(signal == "yes", "", direction)
    known_at = "position" if by_circles is not None else "grid cell"
    columns |= {
        "signal": signal,
        "estimated_share": estimated,
        "operators": _operators(headline, coverage, by_circles, lat, lon),
        "known_at": np.where(np.isnan(estimated), known_at, "estimate").astype(object),
        "distance_to_coverage_km": gap,
        "coverage_direction": direction,
        "unreached_within_5km": _unreached(demand, *points_within(demand.lat, demand.lon, lat, lon, NEAR_KM)),
        "unreached_in_siren_sound": _unreached(demand, *reach_of(demand, lat, lon, np.full(lat.size, siren_km))),
        "lat": lat,
        "lon": lon,
    }
    frame = pd.DataFrame(columns, index=range(lat.size))
    state = np.array([STATES.index(one) for one in signal], np.int64)
    order = np.lexsort((np.arange(lat.size), -frame["unreached_within_5km"].to_numpy(), state))
    frame = frame.iloc[order].reset_index(drop=True)
    rank = np.where(frame["signal"] == "no", np.arange(1.0, len(frame) + 1), np.nan)  # unknown is never ranked
    frame.insert(0, "rank", rank)
    on_map = longitude.to_360(frame["lon"]) if beyond_180 else frame["lon"]
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(on_map, frame["lat"]), crs="EPSG:4326")


def _all_circles(service: str, coverage: Coverage) -> bool:
    known = coverage.known(service)
    return bool(known) and all(coverage.chosen[name].name == "radius" for name in known)


def _trees(service: str, coverage: Coverage, circles: Circles) -> list[tuple[float, str, pd.DataFrame]]:
    """Radius, operator and positions of each technology and operator of a service."""
    sites = circles.sites[circles.sites["technology"].isin(list(coverage.known(service)))]
    return [
        (circles.radius_km[str(technology)], str(operator), table[["lat", "lon"]].drop_duplicates())
        for (technology, operator), table in sites.groupby(["technology", "operator"], sort=True)
        if technology in circles.radius_km
    ]


def _nearest(there: pd.DataFrame, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance [km] and number of the nearest of some positions to each point."""
    from scipy.spatial import cKDTree

    tree = cKDTree(grid.unit_vectors(there["lat"].to_numpy(), there["lon"].to_numpy()).T)
    chord, nearest = tree.query(grid.unit_vectors(lat, lon).T)
    return 2 * grid.EARTH_RADIUS_KM * np.arcsin(np.minimum(np.asarray(chord) / 2, 1.0)), np.asarray(nearest)


def _signal_of_circles(
    service: str, coverage: Coverage, circles: Circles, lat: np.ndarray, lon: np.ndarray
) -> np.ndarray:
    inside = np.zeros(lat.size, bool)
    for radius, _, there in _trees(service, coverage, circles):
        inside |= _nearest(there, lat, lon)[0] <= radius
    without = "no" if coverage.tells_uncovered(service) and not _missing(service, coverage) else "unknown"
    return np.where(inside, "yes", without).astype(object)


def _missing(service: str, coverage: Coverage) -> bool:
    return any(coverage.missing.get(name) for name in coverage.known(service))


def _signal_of_cells(
    service: str, coverage: Coverage, row: np.ndarray, col: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """By the share of the grid cell: yes from a half of what is known on; unknown where half of it is. Where coverage is
    estimated also unknown where the estimate and the reach of known cells do not agree.

    Also the share of the cell that an estimate takes for covered, where it alone tells anything; else NaN.
    """
    found, estimated = np.full(row.size, "unknown", dtype=object), np.full(row.size, np.nan)
    if not coverage.known(service):
        return found, estimated
    for rows in grid.blocks(coverage.geobox.shape[0]):
        here = np.flatnonzero((row >= rows.start) & (row < rows.stop))
        if not here.size:
            continue
        shares = coverage.shares(service, "central", rows)
        at = row[here] - rows.start, col[here]
        covered, unknown = shares.covered_level()[at] / LEVELS, shares.unknown_level()[at] / LEVELS
        state = np.where(covered >= 0.5 * (1 - unknown), "yes", "no")
        state = np.where((unknown > 0.5) & (covered < 0.5), "unknown", state)
        if coverage.includes_estimate(service):
            reached = _known_to_reach(service, coverage, rows)[at]
            state = np.where((state == "yes") == reached, state, "unknown")
            estimated[here] = np.where(reached, np.nan, covered)
        found[here] = state
    return found, estimated


def _known_to_reach(service: str, coverage: Coverage, rows: slice) -> np.ndarray:
    """Whether something else than the estimate reaches a grid cell: with low coverage an estimate is kept within the circles of
    known cells."""
    found: np.ndarray = coverage.shares(service, "low", rows).covered_level() > 0
    return found


def _gap_to_circles(
    service: str, coverage: Coverage, circles: Circles, lat: np.ndarray, lon: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance [km] to the rim of the nearest circle, and the direction to go."""
    gap, direction = np.full(lat.size, np.nan), np.full(lat.size, "", dtype=object)
    for radius, _, there in _trees(service, coverage, circles):
        far, nearest = _nearest(there, lat, lon)
        closer = ~(np.maximum(far - radius, 0.0) >= gap)  # true where gap is not known yet
        position = there.to_numpy(np.float64)[nearest]
        heading = naming.direction(lat, lon, position[:, 0], position[:, 1])
        gap, direction = (
            np.where(closer, np.maximum(far - radius, 0.0), gap),
            np.where(closer, heading, direction),
        )
    return gap, direction


def _gap_to_cells(service: str, coverage: Coverage, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance [km] to the centre of the nearest grid cell that is mostly covered (of an estimate: that a known cell reaches as
    well), and the direction; NaN where there is none."""
    parts = []
    for rows in grid.blocks(coverage.geobox.shape[0]) if coverage.known(service) else ():
        covered = coverage.shares(service, "central", rows).covered_level() >= LEVELS / 2
        if coverage.includes_estimate(service):
            covered &= _known_to_reach(service, coverage, rows)
        row, col = np.nonzero(covered)
        parts.append(np.stack(grid.latlon(coverage.geobox, row + rows.start + 0.5, col + 0.5)))
    there = pd.DataFrame(np.concatenate([np.zeros((2, 0)), *parts], axis=1).T, columns=["lat", "lon"])
    if there.empty:
        return np.full(lat.size, np.nan), np.full(lat.size, "", dtype=object)
    far, nearest = _nearest(there, lat, lon)
    position = there.to_numpy()[nearest]
    return far, naming.direction(lat, lon, position[:, 0], position[:, 1])


def _operators(
    service: str, coverage: Coverage, circles: Circles | None, lat: np.ndarray, lon: np.ndarray
) -> np.ndarray:
    """Names of the operators whose circles hold each point, "" where none does or coverage comes from no circles."""
    found = np.full(lat.size, "", dtype=object)
    inside: dict[str, np.ndarray] = {}
    for radius, operator, there in [] if circles is None else _trees(service, coverage, circles):
        if operator:
            within = _nearest(there, lat, lon)[0] <= radius
            inside[operator] = inside.get(operator, np.zeros(lat.size, bool)) | within
    for place in range(lat.size):
        found[place] = "; ".join(name for name, within in sorted(inside.items()) if within[place])
    return found


def _unreached(demand: Demand, offsets: np.ndarray, point: np.ndarray, share: np.ndarray | float = 1.0) -> np.ndarray:
    """People out of reach around each point."""
    site = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    return np.bincount(site, weights=demand.people[1, point] * share, minlength=offsets.size - 1)


def points_finding(
    table: gpd.GeoDataFrame | None, service: str, areas: Zones | None, not_used: Mapping[str, int]
) -> Finding:
    """The points of interest and their numbers by area and kind; nothing where none were brought."""
    if table is None:
        return Finding("points", (Figure(("points",), {}),))
    signal = table["signal"]
    figures: dict[str, Json] = {
        "service": service,
        "points": len(table),
        **{name: int((signal == state).sum()) for name, state in _COUNTED.items()},
        "outside": int((table["area_id"] == "").sum()) if areas is not None and areas.size else 0,
        "not_used": sum(not_used.values()),
        "not_used_reasons": [{"reason": reason, "rows": count} for reason, count in not_used.items()],
    }  # fmt: skip
    grouped = table.assign(**{name: signal == state for name, state in _COUNTED.items()})
    by_area = grouped.groupby(["area_id", "area_name", "kind"], sort=True, as_index=False).agg(
        points=("signal", "size"), **{name: (name, "sum") for name in _COUNTED}
    )
    told_by_estimate = int((table["known_at"] == "estimate").sum())
    caveats = (_estimated(told_by_estimate),) if told_by_estimate else ()
    units = {
        "estimated_share": "1",
        **dict.fromkeys(("people", "unreached_within_5km", "unreached_in_siren_sound"), "persons"),
        **dict.fromkeys(("lat", "lon"), "degrees"),
        "distance_to_coverage_km": "km",
    }
    return Finding(
        "points",
        tuple(Figure(("points", name), value) for name, value in figures.items()),
        (
            Table("points", table, units, geometry="Point"),
            Table("points_by_area", pd.DataFrame(by_area), files=("csv", "workbook", "page")),
        ),
        caveats=caveats,
    )


def _estimated(count: int) -> Caveat:
    text = (
        f"No known cell reaches {count} points of interest: what is said of their signal is an estimate. Where it expects "
        "one, they are counted as unknown, not as with a signal."
    )
    return Caveat("points_estimated", text, {"count": count})
