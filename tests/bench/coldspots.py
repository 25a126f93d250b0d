"""Coldspots of a large country: where half of the inhabited cells of 100 m have nobody, from coverage to the table."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
from affine import Affine
from ewcm_kernels.centres import Groups, Lattice, choose
from odc.geo.geobox import GeoBox

from ewcm.analysis.areas import whole_grid
from ewcm.analysis.coldspots import Rules, coldspots
from ewcm.coverage.combine import Coverage
from tests.bench.made import clusters, full_side
from tests.bench.row import Row


def rows(scale: float) -> Iterator[Row]:
    side = full_side(scale, 1300)
    random = np.random.default_rng(3)
    people = np.round(random.gamma(0.3, 100.0, (side, side)) * 2**20) / 2**20
    people *= clusters(side, 0.6)
    lattice = Lattice(15.0 - np.arange(side) / 120, 1 / 120, side)
    nobody = Groups(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    yield Row(
        f"centres for 15 km, {side} x {side} cells of 30 arc seconds", lambda: choose(people, nobody, lattice, 15.0), {}
    )
    yield _one_list(full_side(scale, 6325), most_s=20.0)
    # 4·10⁸ cells.
    yield _one_list(full_side(scale, 20_000), most_s=240.0, once=True)


def _one_list(side: int, most_s: float, once: bool = False) -> Row:
    geobox = GeoBox((side, side), Affine(1 / 1200, 0, 30, 0, -1 / 1200, 9), "EPSG:4326")
    random = np.random.default_rng(3)
    people = clusters(side, 0.4).astype(np.float32)
    people *= random.random((side, side), dtype=np.float32) < 0.5
    people *= random.standard_gamma(0.5, (side, side), dtype=np.float32)
    people *= np.float32(4)
    covered = np.zeros((side, side), np.float32)
    covered[: side // 4] = 1.0
    coverage = Coverage.from_layers({"2G": covered}, geobox=geobox)
    areas = whole_grid(geobox, "Nowhere", "XYZ")
    rules = Rules(fraction=0.5, min_people=100.0, radius_km=15.0)
    found: list[gpd.GeoDataFrame] = []

    def ours() -> None:
        found[:] = [coldspots("2G", "central", people, coverage, None, areas, None, rules).table]

    return Row(
        f"coldspots of one list, {side} x {side} cells of 3 arc seconds, half of the inhabited ones empty",
        ours,
        {},
        note=lambda: f"{len(found[0])} coldspots",
        most_s=most_s,
        once=once,
    )
