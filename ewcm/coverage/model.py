"""What every coverage model gives: the shares of a set of technologies, for one operator or all, by block of rows."""

from __future__ import annotations

from typing import Protocol

from ewcm.core.footprints import SiteFootprints
from ewcm.core.fraction import Case, Shares


class Model(Protocol):
    """A coverage model of one country on its analysis grid."""

    #: ``declared``, ``estimated``, ``p1812``, ``radius`` or ``given``.
    name: str

    #: Whether every grid cell is known for each channel that the model knows.
    everywhere: bool

    #: Whether a grid cell may be known in part.
    known_in_part: bool

    #: Why there are no footprints of single sites where there could be; "" where there are, or cannot be any.
    footprints_left_out: str

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Channels this model knows, and the operators named for each ("" where no name is given)."""

    @property
    def footprints(self) -> SiteFootprints | None:
        """The footprints of single sites; None where coverage does not come from sites, or they were left out."""

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """Shares (arrays of shape (rows, columns)) of "at least one of ``channels``", which nest or are one alone, of one
        operator or of all together (None); None where the model knows none of them."""
