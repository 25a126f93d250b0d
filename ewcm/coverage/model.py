"""What every coverage model gives: levels of a set of technologies, for one operator or all, by block of rows."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

#: Variants of the coverage: ``low`` covers least, ``high`` covers most.
Variant = Literal["low", "central", "high"]
VARIANTS: tuple[Variant, ...] = ("low", "central", "high")


class Model(Protocol):
    """A coverage model of one country on its analysis grid."""

    #: ``declared``, ``p1812`` or ``radius``.
    name: str

    #: Whether every grid cell is known for each technology that the model knows.
    everywhere: bool

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """Technologies this model knows, and the operators named for each ("" where no name is given)."""

    def level(
        self, technologies: tuple[str, ...], operator: str | None, variant: Variant, rows: slice
    ) -> np.ndarray | None:
        """Levels (uint16, shape (rows, columns)) of "at least one of ``technologies``", of one operator or of all
        together (None); None where the model knows none of them."""
