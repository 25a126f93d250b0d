"""Tables of a published country that are read when somebody asks for them: a question needs few of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd

from ewcm.core.file_states import State, state_of
from ewcm.core.finding import Table
from ewcm.core.record import InputRecord
from ewcm.errors import InputError
from ewcm.sources.cells import Sites


class StoredTable(Table):
    """A table whose rows stand in a file."""

    def __init__(
        self,
        name: str,
        path: Path,
        state: State,
        read: Callable[[Path], pd.DataFrame],
        units: Mapping[str, str],
        geometry: str,
        files: tuple[str, ...],
    ) -> None:
        """``read`` reads the rows from the file, which is refused where it is not in its ``state`` any more.

        What :class:`Table` checks of rows held when the file was written.
        """
        values = {"name": name, "units": units, "geometry": geometry, "files": files}
        self.__dict__.update(values, _path=path, _read=read, _state=state)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """See :class:`Table`. Raises :class:`ewcm.errors.InputError` where the file was changed since the result was opened."""
        path: Path = self.__dict__["_path"]
        if state_of(path) != self.__dict__["_state"]:
            raise InputError(f"{path}: was changed since the result was opened; open it again")
        found: pd.DataFrame = self.__dict__["_read"](path)
        return found


class StoredSites(Sites):
    """The transmitters of a published country."""

    def __init__(self, table: Table, records: tuple[InputRecord, ...]) -> None:
        """``table``: the sites as points."""
        self.__dict__.update(_points=table, records=records)

    @cached_property
    def table(self) -> pd.DataFrame:
        """See :class:`Sites`."""
        points: Table = self.__dict__["_points"]
        return pd.DataFrame(points.frame.drop(columns="geometry"))
