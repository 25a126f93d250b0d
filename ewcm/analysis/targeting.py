"""Who misses an alert, or gets it without being meant, by the way in which a network chooses its sites.

Three ways: ``mast_inside`` (sites that stand inside the alert send it), ``footprint_touches`` (sites that serve any place
inside), and ``device`` (as the second, and phones keep it to themselves farther than 0.1 mile from the polygon, 47 CFR 10.450).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from shapely import affinity

from ewcm.core import grid, longitude
from ewcm.core.fraction import CASES, LEVELS, Case
from ewcm.coverage.after_loss import Masts
from ewcm.coverage.combine import Coverage

METHODS = ("mast_inside", "footprint_touches", "device")

#: How far outside the polygon phones show an alert [m]: 0.1 mile.
DEVICE_M = 160.934


@dataclass(frozen=True)
class Ground:
    """The ground of an alert: its shapes (longitude, latitude), and people of each cell inside it (rising flat indices), of the
    whole cell and of the part inside [persons]."""

    shapes: shapely.Geometry
    cell: np.ndarray
    inside: np.ndarray


def targeting(
    ground: Ground,
    ring: Ground,
    people: np.ndarray,
    masts: Masts,
    coverage: Coverage,
    service: str,
) -> list[dict[str, object]]:
    """A row a method: sites that send, people missed inside and people reached outside [persons], with the range over the cases
    of the coverage, and people inside of whom it is not known.

    ``ring``: the ground with :data:`DEVICE_M` around it. ``people``: of every grid cell. ``under_alert``: inside, and served only
    by sites that do not send. ``overshoot``: outside, and served by one that does. ``unknown``: inside, and of unknown coverage
    or covered by a map or an estimate without a known site.
    """
    geobox = coverage.geobox
    sent = masts.transmitters
    mine = sent["technology"].isin(coverage.services[service].nested).to_numpy()
    stands = _inside(ground.shapes, masts)
    found: dict[str, dict[Case, tuple[float, float, float, int]]] = {name: {} for name in METHODS}
    for case in CASES:
        cell, mast, share = _entries(masts, mine, case, ground.cell, geobox)
        covered, missing = _shares(coverage, service, case, ground.cell)
        held = _best(cell, share, ground.cell.size, covered)
        unknown = float(ground.inside @ (missing + covered - held))
        touching = np.zeros(len(masts), bool)
        touching[mast[ground.inside[cell] > 0]] = True
        for name in METHODS:
            sends = stands if name == "mast_inside" else touching
            chosen = sends[mast]
            reached = _best(cell[chosen], share[chosen], ground.cell.size, covered)
            missed = float(ground.inside @ (held - reached))
            outside = ring if name == "device" else None
            beyond = _overshoot(
                masts, mine & sends[sent["mast"].to_numpy(int)], case, people, ground, outside, coverage, service
            )
            found[name][case] = (missed, beyond, unknown, int(sends[np.unique(sent["mast"].to_numpy(int)[mine])].sum()))
    return [_row(name, by_case) for name, by_case in found.items()]


def ring_around(shapes: shapely.Geometry, metres: float = DEVICE_M) -> shapely.Geometry:
    """Shapes in longitude and latitude with so many metres around them; each polygon is widened at the scale of its middle."""
    found = []
    for part in shapely.get_parts(shapes):
        lat = float(np.clip(part.centroid.y, -85.0, 85.0))
        narrow = float(np.cos(np.radians(lat)))
        flat = affinity.scale(part, narrow, 1.0, origin=(0, 0))
        found.append(affinity.scale(flat.buffer(metres / grid.M_PER_DEG), 1.0 / narrow, 1.0, origin=(0, 0)))
    return shapely.union_all(found)


def _row(name: str, by_case: dict[Case, tuple[float, float, float, int]]) -> dict[str, object]:
    row: dict[str, object] = {"method": name, "sites": by_case["central"][3]}
    for place, figure in enumerate(("under_alert", "overshoot", "unknown")):
        values = [by_case[case][place] for case in CASES]
        row |= {figure: by_case["central"][place], f"{figure}_low": min(values), f"{figure}_high": max(values)}
    return row


def _inside(shapes: shapely.Geometry, masts: Masts) -> np.ndarray:
    lat, lon = (masts.table[axis].to_numpy(np.float64) for axis in ("lat", "lon"))
    shapely.prepare(shapes)
    found = np.zeros(len(masts), bool)
    for turn in longitude.TURNS:
        found |= np.asarray(shapely.intersects_xy(shapes, lon + turn, lat))
    return found


def _by_block(cells: np.ndarray, geobox: GeoBox, of_block: Callable[[slice, np.ndarray, int], None]) -> None:
    rows, cols = geobox.shape
    for block in grid.blocks(rows):
        start, stop = np.searchsorted(cells, [block.start * cols, block.stop * cols])
        if start < stop:
            of_block(block, cells[start:stop], int(start))


def _entries(
    masts: Masts, chosen: np.ndarray, case: Case, cells: np.ndarray, geobox: GeoBox
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cell (place in ``cells``), mast and share of every footprint there."""
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0))]

    def of_block(block: slice, here: np.ndarray, start: int) -> None:
        cell, mast, share = masts.entries(chosen, case, block, here, geobox)
        found.append((cell + start, mast, share))

    _by_block(cells, geobox, of_block)
    cell, mast, share = (np.concatenate([part[place] for part in found]) for place in range(3))
    return cell, mast, share


def _shares(coverage: Coverage, service: str, case: Case, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    covered, unknown = np.zeros(cells.size), np.zeros(cells.size)
    cols = int(coverage.geobox.shape[1])

    def of_block(block: slice, here: np.ndarray, start: int) -> None:
        near = slice(int(here[0] // cols), int(here[-1] // cols) + 1)
        shares = coverage.shares(service, case, near).flat(here - near.start * cols)
        covered[start : start + here.size] = shares.covered_level() / LEVELS
        unknown[start : start + here.size] = shares.unknown_level() / LEVELS

    _by_block(cells, coverage.geobox, of_block)
    return covered, unknown


def _best(cell: np.ndarray, share: np.ndarray, count: int, covered: np.ndarray) -> np.ndarray:
    """The share of each cell that the best footprint holds, at most what is covered."""
    best = np.zeros(count)
    np.maximum.at(best, cell, share)
    found: np.ndarray = np.minimum(best, covered)
    return found


def _overshoot(
    masts: Masts,
    chosen: np.ndarray,
    case: Case,
    people: np.ndarray,
    ground: Ground,
    ring: Ground | None,
    coverage: Coverage,
    service: str,
) -> float:
    """People outside whom the chosen transmitters serve; ``ring``: only those within it."""
    geobox = coverage.geobox
    if not chosen.any():
        return 0.0
    cells = _near(masts, chosen, geobox, people) if ring is None else ring.cell
    amount = np.nan_to_num(people.reshape(-1)[cells].astype(np.float64)) if ring is None else ring.inside.copy()
    place = np.searchsorted(cells, ground.cell)
    there = np.append(cells, -1)[place] == ground.cell
    amount[place[there]] = np.maximum(0.0, amount[place[there]] - ground.inside[there])
    cell, _, share = _entries(masts, chosen, case, cells, geobox)
    touched = np.unique(cell)  # of far cells nothing is asked
    covered = np.zeros(cells.size)
    covered[touched] = _shares(coverage, service, case, cells[touched])[0]
    return float(amount @ _best(cell, share, cells.size, covered))


def _near(masts: Masts, chosen: np.ndarray, geobox: GeoBox, people: np.ndarray) -> np.ndarray:
    """Grid cells with people in the rows that the chosen transmitters may reach."""
    sent = masts.transmitters[chosen]
    lat = sent["lat"].to_numpy(np.float64)
    reach = np.degrees(1.5 * sent["range_km"].to_numpy(np.float64) / grid.EARTH_RADIUS_KM)
    rows, cols = geobox.shape
    first, past = 0, int(rows)
    if grid.is_geographic(geobox):
        north, south = float((lat + reach).max()), float((lat - reach).min())
        edges = sorted((edge - geobox.affine.f) / geobox.affine.e for edge in (north, south))
        first, past = int(np.clip(np.floor(edges[0]), 0, rows)), int(np.clip(np.ceil(edges[1]), 0, rows))
    found = np.flatnonzero((people[first:past] > 0).reshape(-1))
    return found + first * int(cols)
