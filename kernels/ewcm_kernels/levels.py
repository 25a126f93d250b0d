"""Coverage levels of networks put together, a grid cell at a time, where whole arrays one after the other would be
read ten times over.

Levels are 0..LEVELS, the coverage fraction times LEVELS, or UNKNOWN, where nothing is known (`ewcm.core.fraction`). A network is
what one operator has, of one technology or several that nest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ewcm_kernels.compiled import njit
from ewcm_kernels.sums import LEVELS, UNKNOWN


class Networks:
    """The union of networks of which none says anything of another, of a block of grid cells.

    Each network is described by :meth:`add_level` or :meth:`add_code`, once for each of its layers, and then by
    :meth:`end_network`.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        # Of the network described now: its level and 1 more, so that 0 stands for unknown and a maximum joins its layers.
        self._own = np.zeros(shape[0] * shape[1], np.uint16)
        self._covered = np.zeros_like(self._own)
        self._unknown = np.zeros_like(self._own)

    def add_level(self, level: np.ndarray) -> None:
        """A layer of the network that is described: ``level``, uint16 of the shape of the block."""
        _raise_by_level(np.asarray(level).reshape(-1), self._own)

    def add_code(self, code: np.ndarray, level_of: np.ndarray) -> None:
        """The same as codes (uint8, of the shape of the block), with the level of each of the 256 (uint16)."""
        _raise_by_code(np.asarray(code).reshape(-1), level_of, self._own)

    def end_network(self, *, leaves_unknown: bool = True) -> None:
        """The network is described. ``leaves_unknown``: whether a cell of which it says nothing is unknown where no network
        covers it."""
        _end_network(self._own, self._covered, self._unknown, leaves_unknown)

    def joined(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Levels (uint16) of the share that any network covers, UNKNOWN where none covers anything and one is unknown; and of
        the share that is unknown (0..LEVELS), None where every cell is known whole or not at all. No network may be added
        after it."""
        return _shares(self._covered, self._unknown, self._shape)


def capped(covered: Sequence[np.ndarray], unknown: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
    """The largest of some covered levels (uint16, 0 counts where one is UNKNOWN), and as much of the largest of some unknown ones
    (uint16, 0..LEVELS) as is not covered, all of one shape; as :meth:`Networks.joined` gives them."""
    shape = covered[0].shape
    reached, missing = np.zeros(covered[0].size, np.uint16), np.zeros(covered[0].size, np.uint16)
    for level in covered:
        _raise_known(np.asarray(level).reshape(-1), reached)
    for level in unknown:
        _raise_known(np.asarray(level).reshape(-1), missing)
    return _shares(reached, missing, shape)


def _shares(covered: np.ndarray, unknown: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray | None]:
    is_partly_unknown = _cap(covered, unknown)
    return covered.reshape(shape), unknown.reshape(shape) if is_partly_unknown else None


# All arrays of the kernels are flat: only then does the compiler see that they do not overlap, and work in lanes.


@njit(cache=True, nogil=True)
def _raise_by_level(level, own):
    for i in range(own.size):
        own[i] = max(own[i], np.uint16(level[i] + 1))


@njit(cache=True, nogil=True)
def _raise_by_code(code, level_of, own):
    for i in range(own.size):
        own[i] = max(own[i], np.uint16(level_of[code[i]] + 1))


@njit(cache=True, nogil=True)
def _end_network(own, covered, unknown, leaves_unknown):
    left = np.uint16(LEVELS if leaves_unknown else 0)
    for i in range(own.size):
        found = own[i]
        unknown[i] = max(unknown[i], left if found == 0 else np.uint16(0))
        covered[i] = max(covered[i], np.uint16(found - (found > 0)))
        own[i] = 0


@njit(cache=True, nogil=True)
def _raise_known(level, largest):
    for i in range(largest.size):
        largest[i] = max(largest[i], level[i] if level[i] != UNKNOWN else np.uint16(0))


@njit(cache=True, nogil=True)
def _cap(covered, unknown):
    partly_unknown = 0
    for i in range(covered.size):
        reached = covered[i]
        left = min(unknown[i], np.uint16(LEVELS - reached))
        unknown[i] = left
        covered[i] = UNKNOWN if left == LEVELS else reached
        # A cell that is wholly covered has nothing left that could be unknown.
        partly_unknown |= (left > 0) & (left < LEVELS)
    return partly_unknown != 0
