"""Coverage levels: the 16-bit code in which every coverage fraction travels, and the two shares that coverage is made of.

A level of 0..60000 is a coverage fraction of level/60000; 65535 means that nothing is known. 60000 = 2⁵·3·5⁴, so halves,
thirds, tenths and thousandths are exact, and a country of 4·10⁸ grid cells takes half the memory of float32. Every sum is
made from levels, so that the tables and the layers agree to the last person (docs/adr/0002).

Of each grid cell two shares are kept, covered and unknown; what is left is uncovered (:class:`Shares`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

LEVELS = 60_000
UNKNOWN = 65_535

#: Cases of the coverage: ``low`` covers least, ``high`` covers most. A case always names the coverage: the figure of people
#: out of reach is highest in the case of low coverage.
Case = Literal["low", "central", "high"]
CASES: tuple[Case, ...] = ("low", "central", "high")


@dataclass(frozen=True)
class Shares:
    """Which share of the people of each grid cell is covered, and of which share nothing is known.

    ``covered``: levels (uint16), ``UNKNOWN`` where nothing at all is known of a cell. ``unknown``: levels (uint16, 0..LEVELS)
    of the share that is unknown, LEVELS where nothing is known; None where every cell is known whole or not at all, so that
    no second array is stored. Covered and unknown never add up to more than LEVELS; the rest is uncovered.
    """

    covered: np.ndarray
    unknown: np.ndarray | None = None

    def covered_level(self) -> np.ndarray:
        """Levels (uint16) of the covered share; 0 where nothing is known."""
        return np.where(self.covered == UNKNOWN, np.uint16(0), self.covered)

    def unknown_level(self) -> np.ndarray:
        """Levels (uint16) of the unknown share of every cell."""
        if self.unknown is not None:
            return self.unknown
        return np.where(self.covered == UNKNOWN, np.uint16(LEVELS), np.uint16(0))

    def uncovered_level(self) -> np.ndarray:
        """Levels (uint16) of the uncovered share of every cell."""
        if self.unknown is not None:
            level: np.ndarray = (LEVELS - self.covered_level() - self.unknown).astype(np.uint16)
            return level
        return np.where(self.covered == UNKNOWN, np.uint16(0), np.uint16(LEVELS) - self.covered)

    def fractions(self) -> tuple[np.ndarray, np.ndarray]:
        """Covered share (float32, NaN where nothing at all is known) and unknown share (float32) of every cell."""
        return decode(self.covered), self.unknown_level().astype(np.float32) / np.float32(LEVELS)

    def cells(self, key: Any) -> Shares:
        """The shares of some of the cells, by any index of the arrays."""
        return Shares(self.covered[key], None if self.unknown is None else self.unknown[key])

    def flat(self, cells: np.ndarray) -> Shares:
        """The shares of the cells of these flat indices."""
        return Shares(self.covered.reshape(-1), None if self.unknown is None else self.unknown.reshape(-1)).cells(cells)


def nothing_known(people: Any, unknown: Any) -> Any:
    """Whether of none of some people, who are somebody, anything is known; of numbers or arrays [persons]. What is lost in adding
    up shares is not people."""
    return (people > 0) & (unknown >= people * (1 - 1e-12))


def encode(fraction: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
    """Levels (uint16) of coverage fractions (0..1, clipped; NaN is unknown), unknown too where ``known`` is false."""
    missing = np.isnan(fraction)
    if known is not None:
        missing |= ~known
    level: np.ndarray = np.rint(np.clip(np.where(missing, 0.0, fraction), 0.0, 1.0) * LEVELS).astype(np.uint16)
    level[missing] = UNKNOWN
    return level


def decode(level: np.ndarray) -> np.ndarray:
    """Coverage fractions (float32, 0..1, NaN where unknown) of levels."""
    fraction = level.astype(np.float32) / np.float32(LEVELS)
    fraction[level == UNKNOWN] = np.nan
    return fraction


def shares_of(covered: np.ndarray, unknown: np.ndarray) -> Shares:
    """Shares from the levels (any integers, 0..LEVELS) of the covered and of the unknown share of each cell."""
    whole = unknown >= LEVELS
    level = np.where(whole, UNKNOWN, covered).astype(np.uint16)
    partly = (unknown > 0) & ~whole
    return Shares(level, unknown.astype(np.uint16) if partly.any() else None)


def union(levels: Iterable[np.ndarray]) -> np.ndarray:
    """The larger fraction, cell by cell; unknown only where every one of ``levels`` is unknown.

    Networks nest (a 4G site carries 2G, rivals share masts), so the larger of two fractions is the union where one
    footprint holds the other, and a lower bound of it elsewhere.
    """
    result: np.ndarray | None = None
    for level in levels:
        if result is None:
            result = level.copy()
            continue
        # Adding 1 modulo 2¹⁶ sends unknown to 0, below every fraction, so that one maximum does it all.
        np.add(result, np.uint16(1), out=result)
        np.maximum(result, level + np.uint16(1), out=result)
        np.subtract(result, np.uint16(1), out=result)
    if result is None:
        raise ValueError("union of no levels")
    return result


def nested(parts: Sequence[Shares], unknown: np.ndarray | None) -> Shares:
    """The union of coverages that nest: the largest covered share is covered, and ``unknown`` is unknown as far as it is not.

    ``unknown``: levels of the share of which nothing is known for the oldest of them, None where all of it is known. Whoever has
    the newer has the older too, so that only the oldest can say that somebody has none of them.
    """
    if unknown is None:
        whole = [part.covered if part.unknown is None else part.covered_level() for part in parts]
        level = whole[0] if len(whole) == 1 else union(whole)
        if level.size and level.max() != UNKNOWN:
            return Shares(level)
        return Shares(np.where(level == UNKNOWN, np.uint16(0), level))
    from ewcm_kernels.levels import capped  # compiled kernels take half a second to load

    return Shares(*capped([part.covered for part in parts], [unknown]))


def side_by_side(parts: Sequence[Shares]) -> Shares:
    """The union of networks of which none says anything of another: the largest covered share is covered, and of the rest the
    largest share is unknown that is so for any of them."""
    if len(parts) == 1:
        return parts[0]
    from ewcm_kernels.levels import capped  # compiled kernels take half a second to load

    return Shares(*capped([part.covered for part in parts], [part.unknown_level() for part in parts]))


def both(first: Shares, others: Sequence[Shares], case: Case) -> Shares:
    """Whom the first reaches and at least one of the others, with the same bounds: out of reach is who lacks either."""
    opposite: dict[Case, Case] = {"low": "high", "central": "central", "high": "low"}
    lacking = [shares_of(part.uncovered_level(), part.unknown_level()) for part in (first, separate(others, case))]
    found = separate(lacking, opposite[case])
    return shares_of(found.uncovered_level(), found.unknown_level())


def separate(parts: Sequence[Shares], case: Case) -> Shares:
    """The union of coverages of which nothing is known about who has two of them: bounds, and the independent case between.

    With covered shares cᵢ and uncovered shares nᵢ of k channels: in the case of low coverage max(cᵢ) are covered and min(nᵢ)
    uncovered; in the central case 1 − Π(1 − cᵢ) and Πnᵢ, as if the channels were independent; in the case of high coverage
    min(1, Σcᵢ) and max(0, Σnᵢ − (k − 1)) (the bounds of Fréchet, 1935). The rest is unknown: somebody whom no known channel
    reaches is uncovered only where every channel is known.
    """
    if len(parts) == 1:
        return parts[0]
    covered = [part.covered_level().astype(np.float64) for part in parts]
    uncovered = [part.uncovered_level().astype(np.float64) for part in parts]
    if case == "low":
        reached, missed = np.maximum.reduce(covered), np.minimum.reduce(uncovered)
    elif case == "high":
        reached = np.minimum(np.add.reduce(covered), LEVELS)
        missed = np.maximum(np.add.reduce(uncovered) - (len(parts) - 1) * LEVELS, 0.0)
    else:
        reached = LEVELS * (1.0 - np.multiply.reduce([1.0 - share / LEVELS for share in covered]))
        missed = LEVELS * np.multiply.reduce([share / LEVELS for share in uncovered])
    reached = np.rint(reached).astype(np.int64)
    missed = np.minimum(np.rint(missed).astype(np.int64), LEVELS - reached)
    return shares_of(reached, LEVELS - reached - missed)
