"""Sums over a whole grid, cut into blocks of rows. Each block is a piece of the country (``ewcm.core.pieces``).

The caller adds the sums of the blocks in the order of the blocks, so that the total does not depend on who made them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ewcm.core import grid, pieces, storage
from ewcm.coverage.combine import Stack


@dataclass(frozen=True)
class Band:
    """A block of rows. ``people`` is of these rows alone, ``stack`` of the whole grid."""

    rows: slice
    people: np.ndarray
    stack: Stack

    @property
    def inside(self) -> slice:
        """The rows, counted from the first of the band."""
        return slice(0, self.people.shape[0])


AnyBand = TypeVar("AnyBand", bound=Band)
Sums = TypeVar("Sums")


def bands(people: np.ndarray, stack: Stack) -> list[Band]:
    """The whole grid in blocks of rows."""
    return [Band(rows, people[rows], stack) for rows in grid.blocks(people.shape[0])]


def summed(function: Callable[[AnyBand], Sums], parts: Sequence[AnyBand]) -> Iterator[Sums]:
    """``function`` of every band, in order. Only grids on disk are shared with other processes, which open the file; a grid in
    memory would have to be copied to them, which takes longer than the sum."""
    shared = any(isinstance(part.people, storage.ArrayOnDisk) for part in parts)
    return pieces.results_of(function, parts) if shared else map(function, parts)
