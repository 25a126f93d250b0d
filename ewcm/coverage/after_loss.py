"""Coverage after a loss of sites: what standing sites still cover, what is lost, and what is no longer known.

Of the covered share f of a grid cell, known sites hold k = min(f, largest footprint). What else covers it, a declared map or an
estimate that no known site explains, cannot be lost or kept site by site: after the loss nothing is known of it. Where a
technology has a map and no list of sites at all, whoever loses the sites of another technology inside that map is not known to
be lost either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from ewcm_kernels.outages import bounds, expected_share
from ewcm_kernels.places import SHARE_STEPS
from odc.geo.geobox import GeoBox
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ewcm.core import grid
from ewcm.core.footprints import SiteFootprints, split_site_ids
from ewcm.core.fraction import CASES, LEVELS, UNKNOWN, Case, Shares, both, separate, shares_of
from ewcm.coverage.circles import CircleFootprints
from ewcm.coverage.combine import Coverage
from ewcm.sources.cell_sites import ONE_SITE_KM

#: Places of masts nearer than this [degrees] are one.
_SAME_PLACE_DEG = 1e-6

#: Widens circles by less than a micrometre, as the kernel that paints them does.
_SLACK_KM = 1e-10

#: Masts whose cells are looked up at a time.
_MASTS_AT_A_TIME = 4_000


@dataclass(frozen=True)
class Chances:
    """Chances of each mast in one case, at each moment. ``order``: of the masts, as the kernels want them. ``group``, ``off``,
    ``parent``, ``depth``: in that order. ``stand_on``, ``stand_off``, ``stand``: (moments, masts), in that order; ``stand`` holds
    the masts that each hangs on. ``sure``: by number of mast, whether it stands for certain at every moment."""

    order: np.ndarray
    group: np.ndarray
    off: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    stand_on: np.ndarray
    stand_off: np.ndarray
    stand: np.ndarray
    sure: np.ndarray


@dataclass(frozen=True)
class Masts:
    """The masts of a country: sites that are lost or kept as a whole, whatever stands on them.

    ``table``: a row a mast: ``lat``, ``lon`` (of the first of its transmitters), ``site_ids`` (list), ``technologies``,
    ``operators`` (lists). ``transmitters``: a row each, with ``technology``, ``operator``, ``lat``, ``lon``, ``range_km``,
    ``mast`` (number), ``place`` (number, one for each position of a mast), and ``part`` and ``index``: which footprint of
    which of ``parts`` is its own.
    """

    table: pd.DataFrame
    transmitters: pd.DataFrame
    parts: tuple[SiteFootprints, ...]

    def __len__(self) -> int:
        return len(self.table)

    def entries(
        self,
        chosen: np.ndarray,
        case: Case,
        rows: slice,
        cells: np.ndarray,
        geobox: GeoBox,
        safe: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which masts cover some cells, and how much of them: cell (place in ``cells``, rising), mast and share (0..1), each pair
        once with its largest share.

        ``chosen``: a mask of the transmitters. ``safe``: those of them that have no circle around any of the cells. ``cells``:
        rising flat indices within ``rows``.
        """
        found = [
            self._circles(number, case, chosen if safe is None else chosen & ~safe, cells, geobox)
            if isinstance(part, CircleFootprints)
            else self._kept(number, case, chosen, rows, cells)
            for number, part in enumerate(self.parts)
        ]
        cell, mast, share = (np.concatenate([each[place] for each in found]) for place in range(3))
        if not cell.size:
            return cell, mast, share
        order = np.lexsort((-share, mast, cell))
        cell, mast, share = cell[order], mast[order], share[order]
        first = np.ones(cell.size, bool)
        first[1:] = (np.diff(cell) != 0) | (np.diff(mast) != 0)
        return cell[first], mast[first], share[first]

    def wholly_covered(
        self, chosen: np.ndarray, case: Case, rows: slice, cells: np.ndarray, geobox: GeoBox
    ) -> np.ndarray:
        """Whether each of some cells (as of ``entries``) lies in the circle of any of the ``chosen`` transmitters."""
        found = np.zeros(cells.size, bool)
        local = cells - rows.start * int(geobox.shape[1])
        for number, part in enumerate(self.parts):
            mine = self.transmitters["index"][chosen & (self.transmitters["part"] == number).to_numpy()].to_numpy()
            if isinstance(part, CircleFootprints) and mine.size:
                found |= part.union(mine, case, rows).reshape(-1)[local] > 0
        return found

    def _circles(
        self, part: int, case: Case, chosen: np.ndarray, cells: np.ndarray, geobox: GeoBox
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        footprints = self.parts[part]
        assert isinstance(footprints, CircleFootprints)
        factor = {"low": footprints.low, "central": 1.0, "high": footprints.high}[case]
        mine = self.transmitters[chosen & (self.transmitters["part"] == part).to_numpy()]
        of_place = mine.groupby("place")
        widest, first = of_place["range_km"].max(), of_place[["lat", "lon", "mast"]].first()
        none = np.zeros(0, np.int64)
        found: list[tuple[np.ndarray, np.ndarray]] = [(none, none)]
        if not len(widest) or not cells.size:
            return none, none, np.zeros(0)
        row, col = grid.rows_and_columns(geobox, cells)
        near = cKDTree(grid.unit_vectors(*grid.latlon(geobox, row + 0.5, col + 0.5)).T)
        for range_km, of_range in widest.groupby(widest):
            chord = 2.0 * np.sin(min(np.pi, (range_km * factor + _SLACK_KM) / grid.EARTH_RADIUS_KM) / 2.0)
            everybody = first.loc[of_range.index]
            for start in range(0, len(everybody), _MASTS_AT_A_TIME):
                places = everybody.iloc[start : start + _MASTS_AT_A_TIME]
                mast = places["mast"].to_numpy(np.int64)
                tree = cKDTree(
                    grid.unit_vectors(places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64)).T
                )
                pairs = tree.sparse_distance_matrix(near, chord, output_type="ndarray")
                found.append((pairs["j"].astype(np.int64), mast[pairs["i"]]))
        cell, masts = (np.concatenate([each[place] for each in found]) for place in (0, 1))
        return cell, masts, np.ones(cell.size)

    def _kept(
        self, part: int, case: Case, chosen: np.ndarray, rows: slice, cells: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        footprints = self.parts[part].block(rows)
        mine = self.transmitters[chosen & (self.transmitters["part"] == part).to_numpy()]
        found = []
        for index, mast in zip(mine["index"], mine["mast"], strict=True):
            cell, share = footprints.of(int(index))
            cell, share = cell.astype(np.int64), share[:, CASES.index(case)]
            place = np.searchsorted(cells, cell + rows.start * footprints.shape[1])
            there = np.append(cells, -1)[place] == cell + rows.start * footprints.shape[1]
            there &= share > 0
            found.append((place[there], np.full(int(there.sum()), mast, np.int64), share[there] / SHARE_STEPS))
        none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        cell, masts, shares = (np.concatenate([none[place], *(each[place] for each in found)]) for place in range(3))
        return cell, masts, shares


def masts_of(parts: Sequence[tuple[SiteFootprints, np.ndarray]], stated: Mapping[str, object] | None = None) -> Masts:
    """The masts behind footprints: what stands at one place, or within :data:`ONE_SITE_KM` under one site_id, is one.

    ``parts``: footprints, and which of their transmitters (indices) count. ``stated``: by site_id, anything that tells masts at
    one place from each other (what operators state of them differs).
    """
    tables = []
    for number, (footprints, index) in enumerate(parts):
        table = footprints.transmitters.iloc[index].reset_index(drop=True)
        tables.append(table.assign(part=number, index=index))
    columns = ["technology", "operator", "site_ids", "lat", "lon", "range_km", "part", "index"]
    whole = pd.concat([pd.DataFrame(columns=columns), *tables], ignore_index=True) if tables else pd.DataFrame()
    if not len(whole):
        return Masts(
            pd.DataFrame(columns=["lat", "lon", "site_ids", "technologies", "operators"]),
            pd.DataFrame(columns=[*columns, "mast", "place"]),
            (),
        )
    names = [split_site_ids(text) for text in whole["site_ids"]]
    own = [next((repr((stated or {})[name]) for name in of_one if name in (stated or {})), "") for of_one in names]
    degrees = [np.rint(whole[axis].to_numpy(np.float64) / _SAME_PLACE_DEG).astype(np.int64) for axis in ("lat", "lon")]
    place, _ = pd.factorize(pd.MultiIndex.from_arrays([*degrees, own]), sort=True)
    mast = _joined(place, names, whole["lat"].to_numpy(np.float64), whole["lon"].to_numpy(np.float64))
    whole = whole.assign(mast=mast, place=place, names=names)
    of_mast: list[dict[str, set[str]]] = [
        {"ids": set(), "technologies": set(), "operators": set()} for _ in range(mast.max() + 1)
    ]
    for number, ids, technology, operator in zip(
        mast.tolist(), names, whole["technology"], whole["operator"], strict=True
    ):
        of_mast[number]["ids"].update(ids)
        of_mast[number]["technologies"].add(technology)
        of_mast[number]["operators"].update([operator] if operator else [])
    first = np.unique(mast, return_index=True)[1]
    table = pd.DataFrame(
        {
            "lat": whole["lat"].to_numpy(np.float64)[first],
            "lon": whole["lon"].to_numpy(np.float64)[first],
            "site_ids": [sorted(each["ids"]) for each in of_mast],
            "technologies": [sorted(each["technologies"]) for each in of_mast],
            "operators": [sorted(each["operators"]) for each in of_mast],
        }
    )
    used = whole.drop(columns="names").astype({"range_km": float, "part": int, "index": int})
    return Masts(table, used, tuple(part for part, _ in parts))


def _joined(place: np.ndarray, names: Sequence[Sequence[str]], lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """A number for each mast, in the order of the places: places whose transmitters share a site_id are one, unless they lie
    too far from the first that has it."""
    row = np.repeat(np.arange(len(names)), [len(each) for each in names])
    name = pd.factorize(np.array([one for each in names for one in each], dtype=object))[0]
    first = np.full(int(name.max(initial=-1)) + 1, -1, np.int64)
    first[name[::-1]] = row[::-1]
    near = grid.distance_km(lat[row], lon[row], lat[first[name]], lon[first[name]]) <= ONE_SITE_KM
    count = int(place.max()) + 1
    pairs = (np.ones(int(near.sum()), np.int8), (place[row[near]], place[first[name[near]]]))
    _, part = connected_components(coo_array(pairs, shape=(count, count)), directed=False)
    lowest = np.full(int(part.max()) + 1, count, np.int64)
    np.minimum.at(lowest, part, np.arange(count))
    found: np.ndarray = pd.factorize(lowest[part][place], sort=True)[0]
    return found


class CoverageAfterLoss(Coverage):
    """The coverage of a country after a loss, at one moment: with low coverage most sites are lost, and their dependence is the
    worst that can be; with high coverage fewest and the best; central, as if groups failed by themselves."""

    differs_from_findings = True

    def __init__(self, loss: LostCoverage, moment: int) -> None:
        super().__init__(loss.before.geobox, loss.before.chosen, loss.before.missing)
        self.services = loss.before.services
        self._loss, self._moment = loss, moment

    def shares(self, service: str, case: Case, rows: slice, operator: str | None = None) -> Shares:
        """See :meth:`Coverage.shares`. Grid cells without people are unknown."""
        return self._loss.shares(service, case, rows, operator)[self._moment]

    def may_be_known_in_part(self, service: str, operator: str | None = None) -> bool:
        """See :meth:`Coverage.may_be_known_in_part`."""
        return True

    def prepare(self, *operators: str) -> None:
        """Each service is worked out when it is asked for."""


@dataclass
class LostCoverage:
    """What a loss leaves of a coverage, at several moments.

    ``cells``: grid cells (rising flat indices) that are looked at; of all others nothing is said. ``chances``: by case.
    ``without_sites``: channels of the coverage of which no site is known.
    """

    before: Coverage
    masts: Masts
    chances: Mapping[Case, Chances]
    cells: np.ndarray
    without_sites: tuple[str, ...]
    _made: dict[tuple[str, Case, str | None], list[tuple[np.ndarray, np.ndarray]]] = field(default_factory=dict)

    @property
    def moments(self) -> int:
        """How many moments there are."""
        return len(self.chances["central"].stand)

    def at(self, moment: int) -> CoverageAfterLoss:
        """The coverage at a moment, by its number."""
        return CoverageAfterLoss(self, moment)

    def shares(self, service: str, case: Case, rows: slice, operator: str | None) -> list[Shares]:
        """Covered and unknown shares of a block of rows at each moment."""
        wanted = self.before.services[service]
        if wanted.separate:
            others = [self.before.shares(name, case, rows, operator) for name in wanted.separate]
            inner = next(
                (one.name for one in self.before.services.values() if one.channels == wanted.nested and wanted.nested),
                None,
            )
            if inner is None:
                return [separate(others, case)] * self.moments
            parts = self.shares(inner, case, rows, operator)
            return [both(one, others, case) if wanted.both else separate([one, *others], case) for one in parts]
        key = (service, case, operator)
        if key not in self._made:
            self._made[key] = self._worked_out(service, case, operator)
        cols = int(self.before.geobox.shape[1])
        start, stop = np.searchsorted(self.cells, [rows.start * cols, rows.stop * cols])
        place = self.cells[start:stop] - rows.start * cols
        found = []
        for covered, unknown in self._made[key]:
            dense = [np.full((rows.stop - rows.start) * cols, fill, np.uint16) for fill in (UNKNOWN, LEVELS)]
            part = shares_of(covered[start:stop], unknown[start:stop])
            dense[0][place], dense[1][place] = part.covered, part.unknown_level()
            shape = (rows.stop - rows.start, cols)
            found.append(Shares(dense[0].reshape(shape), dense[1].reshape(shape)))
        return found

    def _worked_out(self, service: str, case: Case, operator: str | None) -> list[tuple[np.ndarray, np.ndarray]]:
        """Levels of the covered and unknown share of each of the cells, at each moment."""
        count = self.cells.size
        found = [(np.zeros(count, np.uint16), np.zeros(count, np.uint16)) for _ in range(self.moments)]
        rows, cols = self.before.geobox.shape
        for block in grid.blocks(rows):
            start, stop = np.searchsorted(self.cells, [block.start * cols, block.stop * cols])
            if start == stop:
                continue
            here = self.cells[start:stop]
            part = self._block(service, case, operator, block, here)
            for (covered, unknown), (mine, missing) in zip(found, part, strict=True):
                covered[start:stop], unknown[start:stop] = mine, missing
        return found

    def _block(
        self, service: str, case: Case, operator: str | None, rows: slice, cells: np.ndarray
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        cols = int(self.before.geobox.shape[1])
        local = cells - rows.start * cols
        shares = self.before.shares(service, case, rows, operator).flat(local)
        covered, unknown = (level / LEVELS for level in (shares.covered_level(), shares.unknown_level()))
        beyond = np.minimum(self._of_no_site(service, case, operator, rows, local), covered)
        channels = self.before.services[service].nested
        sent = self.masts.transmitters
        chosen = sent["technology"].isin(channels).to_numpy()
        if operator is not None:
            chosen &= (sent["operator"] == operator).to_numpy()
        chances = self.chances[case]
        # Whoever lives in the circle of a mast that stands for certain keeps all: no other mast matters there.
        safe = chosen & chances.sure[sent["mast"].to_numpy(np.int64)]
        whole = self.masts.wholly_covered(safe, case, rows, cells, self.before.geobox)
        open_cells = np.flatnonzero(~whole)
        found = [
            (
                shares.covered_level().copy(),
                np.minimum(shares.unknown_level(), LEVELS - shares.covered_level()).astype(np.uint16),
            )
            for _ in range(self.moments)
        ]
        if not open_cells.size:
            return found
        cells, covered, unknown, beyond = (each[open_cells] for each in (cells, covered, unknown, beyond))
        cell, mast, share = self.masts.entries(chosen, case, rows, cells, self.before.geobox, safe)
        place = np.empty(len(self.masts), np.int64)
        place[chances.order] = np.arange(len(self.masts))
        order = np.lexsort((place[mast], cell))
        cell, site, share = cell[order], place[mast][order].astype(np.int32), share[order]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cells.size))])
        held = np.zeros(cells.size)
        np.maximum.at(held, cell, share)
        held = np.minimum(held, covered)
        for moment in range(self.moments):
            kept, lost = expected_share(
                offsets, site, share, covered, beyond, chances.group, chances.off, chances.stand_on[moment],
                chances.stand_off[moment], chances.parent, chances.depth,
            )  # fmt: skip
            if case != "central":
                least, most = bounds(offsets, site, share, held, chances.stand[moment])
                kept = least if case == "low" else np.maximum(most, kept)
                lost = np.maximum(0.0, held - np.maximum(kept, np.minimum(beyond, held)))
            level = np.rint(np.minimum(kept, covered) * LEVELS).astype(np.int64)
            missing = np.rint((unknown + np.maximum(0.0, covered - kept - lost)) * LEVELS).astype(np.int64)
            missing = np.clip(missing, 0, LEVELS - level)
            found[moment][0][open_cells], found[moment][1][open_cells] = level, missing
        return found

    def _of_no_site(self, service: str, case: Case, operator: str | None, rows: slice, local: np.ndarray) -> np.ndarray:
        """The share of each cell that a technology without any known site may cover: nobody there is known to be lost."""
        wanted = self.before.services[service]
        told = self.before.tells_uncovered(service)
        if operator is not None:
            model = self.before.chosen.get(wanted.nested[0])
            told = model is not None and operator in model.operators.get(wanted.nested[0], ())
        found = np.full(local.size, 0.0 if told else 1.0)
        for name in wanted.nested:
            if told and name in self.without_sites:
                shares = self.before.shares(name, case, rows, operator).flat(local)
                level = shares.covered_level().astype(np.int64)
                level += shares.unknown_level() if name == wanted.nested[0] else np.uint16(0)
                found = np.maximum(found, level / LEVELS)
        return found
