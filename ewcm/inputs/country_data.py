"""All inputs of one country, read and checked: what the pipeline works on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapely.geometry.base import BaseGeometry

from ewcm.core.file_states import FileStates
from ewcm.core.record import EXERCISE, STARTER, InputRecord
from ewcm.countries import Country
from ewcm.sources.official import Official

if TYPE_CHECKING:  # who opens a published country needs no reader of inputs
    from ewcm.sources.boundaries import Boundaries
    from ewcm.sources.broadcast import Broadcast
    from ewcm.sources.cells import Sites
    from ewcm.sources.clutter import Clutter
    from ewcm.sources.coverage_cards import CoverageCard
    from ewcm.sources.coverage_maps import DeclaredMap
    from ewcm.sources.hazards import Hazard
    from ewcm.sources.places import Places
    from ewcm.sources.points import Points
    from ewcm.sources.population import Population
    from ewcm.sources.terrain import Terrain


@dataclass(frozen=True)
class CountryData:
    """The typed inputs of one country. ``starter`` is true when any of them is modelled starter data, whatever was asked for;
    what the pack lends beside a user's files is not."""

    country: Country
    population: Population
    sites: Sites | None = None
    declared: tuple[DeclaredMap, ...] = ()
    terrain: Terrain | None = None
    clutter: Clutter | None = None
    boundaries: Boundaries | None = None
    places: Places | None = None
    hazards: tuple[Hazard, ...] = ()
    points: Points | None = None  # of interest
    channels: tuple[Broadcast, ...] = ()  # beside mobile networks
    neighbours: BaseGeometry | None = None  # their land [degrees], where the raster of people reaches onto it
    official: Official = field(default_factory=Official)  # SDG 9.c.1
    coverage_card: CoverageCard | None = None  # what was learnt of the coverage from local data
    basemap: InputRecord | None = None  # of the base map that the page shows around the country; None: it shows none
    starter: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)  # coverage by channel that was given as arrays
    given_unknown: Mapping[str, Any] = field(default_factory=dict)  # and the share of which nothing is known
    operators: tuple[str, ...] = ()  # all operators of the country, where the user has named them
    read_from: FileStates = field(default_factory=FileStates)  # the user's files as they were before they were read
    stated_records: tuple[InputRecord, ...] | None = None  # of a published country: all, in place of those of its parts

    def __post_init__(self) -> None:
        # The mark is that of the records: whoever puts modelled and own inputs together cannot lose it.
        object.__setattr__(self, "starter", self.starter or any(record.starter for record in self.records))

    def better_known(self, models: Collection[str]) -> set[str]:
        """Technologies of which given arrays or declared maps tell the coverage, so that no estimate is made. ``models``: those
        that may be used."""
        return {*self.given, *(one.technology for one in self.declared if "declared" in models)}

    @property
    def read_late(self) -> FileStates:
        """Of the user's files those that parts of a result are still read from while it is written: terrain and clutter."""
        late = [tile.path for tile in self.terrain.tiles] if self.terrain else []
        late += [tile.path for tile in self.clutter.tiles] if self.clutter else []
        states = self.read_from.states
        return FileStates({path: states[path] for path in late if path in states})

    @property
    def exercise(self) -> bool:
        """Whether any input is made up for an exercise."""
        return any(record.exercise for record in self.records)

    @property
    def grade(self) -> str:
        """``starter`` where any input is modelled starter data, ``exercise`` where any is made up, otherwise ``user``."""
        return STARTER if self.starter else EXERCISE if self.exercise else "user"

    @property
    def records(self) -> tuple[InputRecord, ...]:
        """The record of every file read, in the order of the layers."""
        if self.stated_records is not None:
            return self.stated_records
        found = [self.population.record]
        found += self.sites.records if self.sites else ()
        # Several maps may come from one file.
        found += {id(declared.record): declared.record for declared in self.declared}.values()
        found += [channel.record for channel in self.channels]
        found += self.terrain.records if self.terrain else ()
        found += self.clutter.records if self.clutter else ()
        found += self.boundaries.records if self.boundaries else ()
        found += self.places.records if self.places else ()
        found += self.points.records if self.points else ()
        found += self.official.records
        found += self.coverage_card.records if self.coverage_card else ()
        found += [self.basemap] if self.basemap else []
        found += {id(hazard.record): hazard.record for hazard in self.hazards}.values()
        return tuple(found)
