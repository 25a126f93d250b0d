"""How far a modelled people surface is from a counted one, in two figures on blocks of about 10 km."""

from __future__ import annotations

import numpy as np
from odc.geo.geobox import GeoBox
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import maximum_flow
from scipy.spatial import cKDTree
from scipy.stats import spearmanr

from ewcm.core import grid

#: Rows of a 30″ grid in a block: 10.2 km.
BLOCK_ROWS = 11
FAR_KM = 20.0

#: People are counted in this many parts of the total, so that the flow problem has whole numbers.
_PARTS = 100_000_000


def agreement(modelled: np.ndarray, counted: np.ndarray, geobox: GeoBox) -> tuple[float, float]:
    """(rank correlation, share displaced) of two people surfaces on a 30″ grid; the modelled one is scaled to the other's total.

    Rank correlation: Spearman's, over the blocks with land or people. Share displaced: the part of the people that is
    left over when as many as possible are paired, modelled with counted, in blocks whose centres are within ``FAR_KM`` of
    each other (a maximum flow). It is the least share of the people that any re-arrangement must move farther than that.
    """
    rows, cols = geobox.shape
    latitude, longitude = grid.row_latitudes(geobox), grid.column_longitudes(geobox)
    shrink = np.cos(np.radians(latitude.mean()))
    block_row, block_col = np.arange(rows) // BLOCK_ROWS, np.arange(cols) // round(BLOCK_ROWS / shrink)
    across = block_col[-1] + 1
    block = (block_row[:, None] * across + block_col[None, :]).ravel()

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(block, np.nan_to_num(values, nan=0.0).ravel().astype(np.float64))

    land, model, truth = summed(np.isfinite(modelled)), summed(modelled), summed(counted)
    model *= truth.sum() / model.sum()
    kept = np.flatnonzero((land > 0) | (truth > 0))
    y = np.array([latitude[block_row == row].mean() for row in range(block_row[-1] + 1)])[kept // across]
    x = np.array([longitude[block_col == col].mean() for col in range(across)])[kept % across]
    km = np.radians(1.0) * grid.EARTH_RADIUS_KM * np.column_stack([x * shrink, y])
    rank = float(spearmanr(truth[kept], model[kept])[0])
    return rank, 1.0 - _paired(model[kept], truth[kept], km)


def _paired(model: np.ndarray, truth: np.ndarray, km: np.ndarray) -> float:
    """The largest share of people that can be paired within ``FAR_KM``."""
    blocks = np.arange(len(model))
    pairs = cKDTree(km).query_pairs(FAR_KM, output_type="ndarray")
    one, two = np.r_[pairs[:, 0], pairs[:, 1], blocks], np.r_[pairs[:, 1], pairs[:, 0], blocks]
    supply, demand = (np.floor(people * (_PARTS / truth.sum())) for people in (model, truth))
    source, sink, count = 0, 2 * len(blocks) + 1, len(blocks)
    start = np.r_[np.full(count, source), 1 + one, 1 + count + blocks]
    end = np.r_[1 + blocks, 1 + count + two, np.full(count, sink)]
    capacity = np.r_[supply, np.full(len(one), 2**30), demand].astype(np.int32)
    network = coo_matrix((capacity, (start, end)), shape=(sink + 1, sink + 1)).tocsr()
    return float(maximum_flow(network, source, sink).flow_value / demand.sum())
