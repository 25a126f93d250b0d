"""Coverage whose shares are computed once and kept, for what is asked of it several times."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ewcm.core import grid, storage
from ewcm.core.fraction import CASES, Case, Shares
from ewcm.coverage.combine import Coverage

#: The shares of every service and case are kept where they take less than this [bytes]; else those of the central case.
_SMALL_BYTES = 48_000_000


class KeptCoverage(Coverage):
    """The same coverage, some cases of which stand in arrays of the whole grid."""

    def __init__(self, coverage: Coverage, cases: Iterable[Case]) -> None:
        """Services that have the same shares have one array."""
        super().__init__(coverage.geobox, coverage.chosen, coverage.missing)
        self._kept: dict[tuple[object, Case], Shares] = {}
        for service in self.services:
            for case in cases:
                key = (self.depends_on(service), case)
                if key not in self._kept and self.known(service):
                    self._kept[key] = _whole(coverage, service, case)

    def shares(self, service: str, case: Case, rows: slice, operator: str | None = None) -> Shares:
        """See :meth:`Coverage.shares`."""
        kept = self._kept.get((self.depends_on(service), case)) if operator is None else None
        return super().shares(service, case, rows, operator) if kept is None else kept.cells(rows)


def kept_whole(coverage: Coverage) -> Coverage:
    """``coverage`` with every case kept, where its grid is small enough; as it is where it is not."""
    kinds = {coverage.depends_on(service) for service in coverage.services if coverage.known(service)}
    rows, cols = coverage.geobox.shape
    small = 2 * rows * cols * len(kinds) * len(CASES) < _SMALL_BYTES
    return KeptCoverage(coverage, CASES) if small else coverage


def kept_central(coverage: Coverage) -> Coverage:
    """``coverage`` with at least the central case kept."""
    return coverage if isinstance(coverage, KeptCoverage) else KeptCoverage(coverage, ("central",))


def _whole(coverage: Coverage, service: str, case: Case) -> Shares:
    """The shares of the whole grid, computed by blocks of rows."""
    rows, cols = coverage.geobox.shape
    covered = storage.empty((rows, cols), np.uint16)
    unknown: np.ndarray | None = None
    for block in grid.blocks(rows):
        part = coverage.shares(service, case, block)
        covered[block] = part.covered
        if part.unknown is not None and unknown is None:
            unknown = storage.empty((rows, cols), np.uint16)
            before = Shares(covered[: block.start])
            unknown[: block.start] = before.unknown_level()
        if unknown is not None:
            unknown[block] = part.unknown_level()
    return Shares(covered, unknown)
