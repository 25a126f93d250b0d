"""Sums over a whole grid, cut into blocks of rows. Each block is a piece of the country (``ewcm.core.pieces``).

The caller adds the sums of the blocks in the order of the blocks, so that the total does not depend on who made them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ewcm.core import pieces, storage


@dataclass(frozen=True)
class RowBlock:
    """A block of rows of the grid, and the people (float32) of these rows alone."""

    rows: slice
    people: np.ndarray

    @property
    def inside(self) -> slice:
        """The rows, counted from the first of the block."""
        return slice(0, self.people.shape[0])


AnyBlock = TypeVar("AnyBlock", bound=RowBlock)
Sums = TypeVar("Sums")


def summed(function: Callable[[AnyBlock], Sums], blocks: Sequence[AnyBlock]) -> Iterator[Sums]:
    """``function`` of every block, in order. Only grids on disk are shared with other processes, which open the file; a grid in
    memory would have to be copied to them, which takes longer than the sum."""
    shared = any(isinstance(block.people, storage.ArrayOnDisk) for block in blocks)
    return pieces.results_of(function, blocks) if shared else map(function, blocks)
