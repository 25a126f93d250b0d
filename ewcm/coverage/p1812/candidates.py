"""What sites that do not stand yet would cover: Recommendation ITU-R P.1812 over the terrain, as for those that do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import pieces
from ewcm.core.footprints import Footprints, split_site_ids, transmitters_of
from ewcm.coverage.p1812.model import shares_by_case
from ewcm.coverage.p1812.mosaic import fine_grid
from ewcm.coverage.p1812.site_footprints import Collector, cells_of, nodes_of_grid
from ewcm.coverage.p1812.transmitters import levels_of, pieces_of, placed, sectors_of
from ewcm.errors import SettingsError
from ewcm.settings import Settings
from ewcm.sources.terrain import Terrain


@dataclass(frozen=True)
class Radio:
    """Of a new tower, antennas in all directions. None: as the link budget of its technology has it."""

    technology: str
    frequency_mhz: float | None = None
    eirp_dbm: float | None = None
    height_m: float | None = None


def with_budget(radio: Radio, settings: Settings) -> Radio:
    """The radio with what it leaves open from the settings. Raises :class:`SettingsError` for a technology without a budget."""
    budget = settings.link_budgets.get(radio.technology)
    if budget is None:
        raise SettingsError(
            f"plan: {radio.technology[:40]} has no link budget, so its towers cannot be computed over terrain; leave --terrain"
        )
    return Radio(
        radio.technology,
        budget.frequency_mhz if radio.frequency_mhz is None else radio.frequency_mhz,
        budget.eirp_dbm if radio.eirp_dbm is None else radio.eirp_dbm,
        budget.height_m if radio.height_m is None else radio.height_m,
    )


def candidate_footprints(
    candidates: pd.DataFrame,
    radio: Radio,
    terrain: Terrain,
    geobox: GeoBox,
    settings: Settings,
    wanted: np.ndarray | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Footprints, np.ndarray]:
    """Footprints of ``candidates`` (``lat``, ``lon``) on the population grid, and which of them is that of each row, -1 where a
    candidate cannot reach the grid. Ground of unknown height is not covered.

    ``wanted``: flat indices of the grid cells that are asked about; what a footprint covers elsewhere is left out, which on a
    grid in degrees saves the work of computing it. None: all.
    """
    sites = pd.DataFrame(
        {
            "site_id": [str(number) for number in range(len(candidates))],
            "lat": candidates["lat"].to_numpy(np.float64),
            "lon": candidates["lon"].to_numpy(np.float64),
            "technology": radio.technology,
            "operator": "",
            "frequency_mhz": radio.frequency_mhz,
            "eirp_dbm": radio.eirp_dbm,
            "height_m": radio.height_m,
            "azimuth_deg": np.nan,
            "beamwidth_deg": np.nan,
        }
    )
    fine, shape = fine_grid(geobox, settings.propagation_step_m), (int(geobox.shape[0]), int(geobox.shape[1]))
    cells = cells_of(shape, nodes_of_grid(fine, geobox), shares_by_case(radio.technology, terrain, settings))
    if wanted is not None:
        asked = np.zeros(shape, bool)
        asked.reshape(-1)[wanted] = True
        cells = replace(cells, wanted=asked)
    table = placed(sites, fine)
    collector = Collector(shape, settings.max_range_km, None)
    bare = replace(terrain, records=())
    parts = list(pieces_of(sectors_of(table, settings), fine, bare, None, settings, cells)) if len(table) else []
    done, total = 0, sum(piece.count for piece in parts)
    progress(done, total)
    # The best server of all is of no interest here, and working it out for a whole country takes seconds.
    for piece, (_, found) in zip(parts, pieces.results_of(levels_of, parts), strict=True):
        assert found is not None, "footprints were asked for"
        collector.add(radio.technology, "", found)
        done += piece.count
        progress(done, total)
    footprints = collector.footprints(transmitters_of(table))
    assert footprints is not None, "footprints without a limit are kept"
    of_row = np.full(len(candidates), -1, np.int64)
    for number, names in enumerate(footprints.transmitters["site_ids"]):
        of_row[[int(name) for name in split_site_ids(names)]] = number
    return footprints, of_row
