"""Every input that cannot be read, where one cannot: whoever mends them wants to know all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ewcm.errors import EwcmError
from ewcm.inputs import read
from ewcm.inputs.find import Inputs
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.neighbours import lent_outline

_T = TypeVar("_T")


def bad_files(inputs: Inputs) -> tuple[str, ...]:
    """The errors of every table of the inputs that is read by itself, in the order in which a run reads them, each once."""
    errors: dict[str, None] = {}

    def tried(action: Callable[[], _T]) -> _T | None:
        try:
            return action()
        except EwcmError as error:
            errors[str(error)] = None
            return None

    def each(name: str, action: Callable[[Mapping[str, Any]], _T]) -> list[_T]:
        found = [tried(partial(action, table)) for table in inputs.of(name)]
        return [one for one in found if one is not None]

    areas: list[Boundaries] = each("boundaries", lambda table: read.read_boundary_table(inputs, table))
    country = inputs.country
    bbox = country.bbox or (read.bbox_of(areas[0]) if areas else None)
    outline = areas[0] if areas else lent_outline(country)
    people = tried(lambda: read.read_people(inputs, outline)) if inputs.of("population") else None
    each("cells", lambda table: read.read_cell_table(inputs, table, bbox))
    each("sites", lambda table: read.read_site_table(inputs, table, bbox))
    each("coverage", lambda table: read.read_coverage_table(inputs, table, bbox))
    terrain = tried(lambda: read.read_terrain(inputs, people)) if people is not None else None
    tried(lambda: read.read_clutter(inputs))
    each("places", lambda table: read.read_places_of(one_table(inputs, "places", table), bbox))
    each("official", lambda table: read.read_official_table(inputs, table))
    tried(lambda: read.read_coverage_card(inputs))
    if people is not None:
        each("hazard", lambda table: read.read_hazards(one_table(inputs, "hazard", table), people, terrain))
    each("poi", lambda table: read.read_points_of(one_table(inputs, "poi", table), bbox))
    each("channel", lambda table: read.read_channel(inputs, table, bbox))
    return tuple(errors)


def one_table(inputs: Inputs, name: str, table: Mapping[str, Any]) -> Inputs:
    """The inputs with one table of a name alone."""
    return replace(inputs, tables={**inputs.tables, name: (table,)})
