"""How long a run will take and how much memory, said before the work.

The rates were measured on two cores of 2.5 GHz; what a run takes there is known within a factor of two, on another machine not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ewcm.core import grid
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.outlook import estimated_from
from ewcm.settings import Settings

#: Seconds for each million grid cells: reading, sums, coldspots and writing (a made country of 30 million: 54 s, ADR 0003);
#: and for each hazard map more.
_CELLS_S, _HAZARD_S = 1.8, 0.25

#: Seconds for each million pairs of a grid cell and a place with a site within the radius (circles), and for each million
#: cells of loss that the propagation model works out (by method; docs/method-propagation.md).
_CIRCLES_S = 0.004
_LOSS_S = {"sweep": 0.15, "exact": 1.5}

#: Every run: imports, compiled kernels, the page.
_ALWAYS_S = 5.0

#: Bytes for each grid cell, and what a process takes without any.
_CELL_BYTES, _ALWAYS_BYTES = 60.0, 6e8

#: A run that is expected to take less is not announced [s].
WORTH_SAYING_S = 20.0

_KM_A_DEGREE = 111.195


@dataclass(frozen=True)
class Estimate:
    """What a run will take. ``cells``: of the grid; ``transmitters``: places of a technology and operator with a site."""

    seconds: float
    memory_bytes: float
    cells: int
    transmitters: int

    def __str__(self) -> str:
        minutes = self.seconds / 60.0
        time = f"{minutes:.0f} minutes" if self.seconds > 90 else f"{math.ceil(self.seconds / 10.0) * 10} seconds"
        return (
            f"About {time} and {self.memory_bytes / 2**30:.1f} GiB of memory on two cores ({self.cells / 1e6:,.1f} million "
            f"grid cells, {self.transmitters:,} transmitters)."
        )


def estimate(data: CountryData, settings: Settings) -> Estimate:
    """What a run with these inputs and settings will take, by the size of its grid and of its network."""
    geobox = data.population.geobox
    cells = geobox.shape[0] * geobox.shape[1]
    seconds = _ALWAYS_S + cells / 1e6 * (_CELLS_S + _HAZARD_S * len(data.hazards))
    transmitters = 0
    if data.sites is not None:
        declared = {one.technology for one in data.declared} if "declared" in settings.models else set()
        table = data.sites.table
        counted = table[~table["technology"].isin(declared)].drop_duplicates(["technology", "operator", "lat", "lon"])
        transmitters = len(counted)
        box = grid.box_deg(geobox) if geobox.crs is not None else tuple(geobox.boundingbox)[:4]
        cell_km2 = _ground_km2(*box) / cells
        by_circles = counted
        if data.terrain is not None and "p1812" in settings.models:
            estimated = [name for name in counted["technology"].unique() if estimated_from(str(name), data, settings)]
            over_terrain = counted[~counted["technology"].isin(estimated)]
            by_circles = counted[counted["technology"].isin(estimated)]
            sites = over_terrain["site_id"].nunique() * max(1, over_terrain["technology"].nunique())
            area = math.pi * (1000.0 * settings.max_range_km / settings.propagation_step_m) ** 2
            seconds += min(sites, len(over_terrain)) * area / 1e6 * _LOSS_S[settings.propagation_method]
        for technology, part in by_circles.groupby("technology"):
            seconds += (
                len(part) * math.pi * settings.radius_km[str(technology)] ** 2 / max(cell_km2, 1e-9) / 1e6 * _CIRCLES_S
            )
    return Estimate(seconds, _ALWAYS_BYTES + _CELL_BYTES * cells, cells, transmitters)


def _ground_km2(west: float, south: float, east: float, north: float) -> float:
    """Ground of a box of degrees [km²]."""
    height = (north - south) * _KM_A_DEGREE
    return height * (east - west) * _KM_A_DEGREE * math.cos(math.radians((south + north) / 2.0))
