"""The propagation model: coverage computed from sites and terrain with Recommendation ITU-R P.1812."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from ewcm_kernels.levels import Networks
from odc.geo.geobox import GeoBox

from ewcm.core import pieces, storage
from ewcm.core.footprints import Footprints, transmitters_of
from ewcm.core.fraction import Case, Shares
from ewcm.coverage.p1812.mosaic import NOTHING, Signal, fine_grid, shares_of
from ewcm.coverage.p1812.site_footprints import Collector, cells_of, nodes_of_grid
from ewcm.coverage.p1812.transmitters import levels_of, pieces_of, placed, sectors_of
from ewcm.settings import Settings
from ewcm.sources.clutter import Clutter
from ewcm.sources.terrain import Terrain

#: Size [10⁶ bytes] of the file above which the footprints of single sites are left out.
FOOTPRINTS_LIMIT_MB = 50.0


class PropagationModel:
    """Best-server coverage of every technology and operator, computed once; operators are joined by the better server."""

    name = "p1812"
    everywhere = False

    def __init__(
        self,
        sites: pd.DataFrame,
        terrain: Terrain,
        clutter: Clutter | None,
        geobox: GeoBox,
        settings: Settings,
        progress: Callable[[int, int], None],
        *,
        collect_footprints: bool = False,
        footprints_limit_mb: float | None = FOOTPRINTS_LIMIT_MB,
    ) -> None:
        """``sites``: rows of `ewcm.sources.cells.SITE_COLUMNS`. ``progress`` is called with the antennas done and their
        number (a position, height and carrier of one technology and operator counts once, and only where it can reach the
        grid). ``collect_footprints``: whether :attr:`footprints` are kept, which takes a little time and memory;
        ``footprints_limit_mb``: size of their file [10⁶ bytes, estimated] above which they are left out, None: never."""
        self.footprints: Footprints | None = None
        #: Why there are no footprints; "" where there are.
        self.footprints_left_out = "" if collect_footprints else "footprints of single sites were not asked for"
        self._signals: dict[tuple[str, str], Signal] = {}
        #: The best server of all operators, of a technology that has several: two of them may each cover another part of a grid
        #: cell. Where the grid is as fine as the mosaics there is no such part.
        self._together: dict[str, Signal] = {}
        fine = fine_grid(geobox, settings.propagation_step_m)
        # What goes to the pieces is sent often: without the records of the files.
        bare = replace(terrain, records=()), replace(clutter, records=()) if clutter else None
        shape = int(geobox.shape[0]), int(geobox.shape[1])
        self._cols = shape[1]
        nodes = nodes_of_grid(fine, geobox) if collect_footprints else ()
        tables = []
        work = {}
        for (technology, operator), table in sites.groupby(["technology", "operator"], sort=True):
            shares = shares_by_case(str(technology), terrain, settings)
            cells = cells_of(shape, nodes, shares) if collect_footprints else None
            tables.append(placed(table, fine))
            parts = list(pieces_of(sectors_of(tables[-1], settings), fine, *bare, settings, cells))
            work[str(technology), str(operator)] = parts, shares
        every = [piece for parts, _ in work.values() for piece in parts]
        total = sum(piece.count for piece in every)
        done = 0
        progress(done, total)
        # One list for all, so that workers of a batch need not wait for the last piece of an operator.
        results = pieces.results_of(levels_of, every)
        collector = Collector(shape, settings.max_range_km, footprints_limit_mb)
        together: dict[str, np.ndarray] = {}
        for (technology, operator), (parts, shares) in work.items():
            mosaic = storage.full((fine.rows, fine.cols), NOTHING, np.uint8)
            for piece in parts:
                window = mosaic[piece.rows, piece.cols]
                codes, footprints = next(results)
                np.maximum(window, codes, out=window)
                if footprints is not None:
                    collector.add(technology, operator, footprints)
                done += piece.count
                progress(done, total)
            self._signals[technology, operator] = Signal(mosaic, fine, geobox, shares)
            last = [name for kind, name in work if kind == technology][-1]
            if technology in together:
                np.maximum(together[technology], mosaic, out=together[technology])
                if operator == last:
                    self._together[technology] = Signal(together.pop(technology), fine, geobox, shares)
            elif fine.split > 1 and operator != last:
                together[technology] = mosaic.copy()
            del mosaic
        #: Ground may be unknown for one operator where another covers a part of the cell.
        self.known_in_part = any(len(names) > 1 for names in self.operators.values())
        if collect_footprints:
            positions = transmitters_of(pd.concat(tables)) if tables else transmitters_of(sites)
            self.footprints, self.footprints_left_out = collector.footprints(positions), collector.left_out

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies with at least one site, and their operators."""
        found: dict[str, tuple[str, ...]] = {}
        for technology, operator in self._signals:
            found[technology] = (*found.get(technology, ()), operator)
        return found

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`."""
        own: dict[str, list[Signal]] = {}
        for (technology, name), signal in self._signals.items():
            if technology in channels and operator in (None, name):
                own.setdefault(name, []).append(signal)
        if not own:
            return None
        networks = Networks((rows.stop - rows.start, self._cols))
        # That one network is out of range says nothing of another whose terrain is not known.
        for layers in own.values():
            for signal in layers:
                signal.add_to(networks, case, rows)
            networks.end_network()
        if operator is None:
            for technology, signal in self._together.items():
                if technology in channels:
                    signal.add_to(networks, case, rows)
                    # What is not known stands above.
                    networks.end_network(leaves_unknown=False)
        return Shares(*networks.joined())


def margin_of(terrain: Terrain | None, settings: Settings) -> float:
    """How far [dB] the cases of low and high coverage lie from the central one: the margin of the settings and the error of a
    coarse terrain, which are independent."""
    return math.hypot(settings.threshold_margin_db, terrain.error_db if terrain else 0.0)


def shares_by_case(technology: str, terrain: Terrain, settings: Settings) -> dict[Case, np.ndarray]:
    """Share of places covered of each case, for every code of the mosaic."""
    threshold_dbm = settings.link_budgets[technology].threshold_dbm
    margin_db = margin_of(terrain, settings)
    moved: dict[Case, float] = {"low": margin_db, "central": 0.0, "high": -margin_db}
    return {case: shares_of(threshold_dbm + by_db, settings.location_sigma_db) for case, by_db in moved.items()}
