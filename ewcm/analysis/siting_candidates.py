"""Where a new site may stand: where the people of coldspots live, among people out of reach, at masts that lack the service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from ewcm.analysis.siting_demand import Demand
from ewcm.core import grid, longitude
from ewcm.core.fraction import Case

#: Columns of a table of candidates: position [degrees, −180..180]; where it comes from; its cost (1 where none is stated).
COLUMNS = ("candidate_id", "origin", "name", "lat", "lon", "cost")

#: Where candidates may come from.
ORIGINS = ("coldspots", "lattice", "masts", "points")

#: Points of a lattice in a degree, by which candidates are named.
_ID_PER_DEGREE = 1000


def candidates_at(
    origin: str, lat: np.ndarray, lon: np.ndarray, name: Sequence[str] | None = None, cost: np.ndarray | None = None
) -> pd.DataFrame:
    """A table of candidates, named by where they come from and their position to 0.001°; of several at one the first."""
    lat, lon = np.asarray(lat, np.float64), longitude.to_180(np.asarray(lon, np.float64))
    table = pd.DataFrame(
        {
            "candidate_id": [
                f"{origin}{_degrees(south, 2)}{_degrees(east, 3)}" for south, east in zip(lat, lon, strict=True)
            ],
            "origin": origin,
            "name": [""] * lat.size if name is None else list(name),
            "lat": lat,
            "lon": lon,
            "cost": np.ones(lat.size) if cost is None else cost,
        },
        columns=list(COLUMNS),
    )
    return table.drop_duplicates("candidate_id", ignore_index=True)


def _degrees(value: float, digits: int) -> str:
    thousandths = round(abs(value) * _ID_PER_DEGREE)
    return f"{'-' if value < 0 else '+'}{thousandths / _ID_PER_DEGREE:0{digits + 4}.3f}"


def among_people(demand: Demand, spacing_km: float, most: int, case: Case = "central") -> tuple[pd.DataFrame, int]:
    """The point with most people out of reach in each square of ``spacing_km`` of ground; of more than ``most`` squares those
    with most, and how many are left out. ``case``: of the coverage, by which people are out of reach."""
    if not demand.size:
        return candidates_at("lattice", np.zeros(0), np.zeros(0)), 0
    step = max(spacing_km / grid.KM_PER_DEG, 1e-9)
    band = np.floor((demand.lat + 90.0) / step).astype(np.int64)
    wide = step / np.maximum(np.cos(np.radians((band + 0.5) * step - 90.0)), 1e-6)
    across = np.floor(longitude.to_360(demand.lon) / wide).astype(np.int64)
    people = demand.people_in(case)
    _, square = np.unique(band * (across.max() + 1) + across, return_inverse=True)
    total = np.bincount(square, weights=people)
    order = np.lexsort((np.arange(people.size), -people))
    _, first = np.unique(square[order], return_index=True)
    best = order[first]  # of each square, in their order
    squares = np.lexsort((np.arange(total.size), -total))[: int((total > 0).sum())]
    chosen = np.sort(best[squares[:most]])
    return candidates_at("lattice", demand.lat[chosen], demand.lon[chosen]), max(0, squares.size - most)


def at_coldspots(coldspots: pd.DataFrame, service: str, case: Case = "central") -> pd.DataFrame:
    """The points of the coldspots of a service and case."""
    own = coldspots[(coldspots["service"] == service) & (coldspots["case"] == case)]
    return candidates_at("coldspots", own["lat"].to_numpy(), own["lon"].to_numpy())


def at_masts(sites: pd.DataFrame | None, technologies: Collection[str]) -> pd.DataFrame:
    """The positions of masts on which none of ``technologies`` is, each once."""
    if sites is None or sites.empty:
        return candidates_at("masts", np.zeros(0), np.zeros(0))
    have = sites["technology"].isin(list(technologies))
    place = [sites[name].round(3) for name in ("lat", "lon")]
    with_it = have.groupby(place).transform("any")
    lacking = sites[~with_it].sort_values(["lat", "lon"]).drop_duplicates(["lat", "lon"])
    return candidates_at(
        "masts", lacking["lat"].to_numpy(), lacking["lon"].to_numpy(), lacking["site_id"].astype(str).tolist()
    )


def at_points(points: pd.DataFrame | None) -> pd.DataFrame:
    """The points of interest of a run."""
    if points is None:
        return candidates_at("points", np.zeros(0), np.zeros(0))
    return candidates_at("points", points["lat"].to_numpy(), points["lon"].to_numpy(), points["name"].tolist())


def together(
    tables: Sequence[pd.DataFrame], most: int, alone: Callable[[pd.DataFrame], np.ndarray]
) -> tuple[pd.DataFrame, int]:
    """All candidates by their identifiers, and how many were left out.

    Of more than ``most`` each source gives in turn the one that would serve most by itself (``alone``: people whom each of a
    table serves). The first sources would else take the places of the others, and those that serve most often lie together.
    """
    parts = [table for table in tables if len(table)]
    if not parts:
        return candidates_at("lattice", np.zeros(0), np.zeros(0)), 0
    table = pd.concat(parts, ignore_index=True).drop_duplicates("candidate_id", ignore_index=True)
    left_out = max(0, len(table) - most)
    if left_out:
        people = pd.Series(alone(table), index=table.index)
        turn = people.groupby(table["origin"]).rank(method="first", ascending=False)
        table = table.iloc[np.argsort(turn.to_numpy(), kind="stable")[:most]]
    return table.sort_values("candidate_id", ignore_index=True), left_out
