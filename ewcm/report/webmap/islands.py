"""The opening view and the insets as the page's scripts take them."""

from __future__ import annotations

from ewcm.report.webmap import places
from ewcm.report.webmap.opening import Bounds, Group, opening
from ewcm.result import CountryResult


def opening_of(result: CountryResult, east: float) -> dict[str, object] | None:
    """``bounds`` of the opening view, ``share`` of the people who live there, and the ``insets``; None: the whole country."""
    found = opening(result.data.population.geobox, result.data.population.people)
    if found is None:
        return None
    listed = places.places(result, east)
    return {
        "bounds": _corners(found.main.bounds),
        "share": round(found.main.people / found.people, 4),
        "outside": round(found.people_outside, 1),
        "insets": [_inset(group, listed) for group in found.insets],
    }


def _inset(group: Group, listed: list[list[object]]) -> dict[str, object]:
    """``name``: the most important place in the group, with its names by language; none has one where no place is known."""
    west, south, east, north = group.bounds
    inside = [
        place for place in listed if west <= float(str(place[2])) <= east and south <= float(str(place[1])) <= north
    ]
    place = inside[0] if inside else []
    return {
        "bounds": _corners(group.bounds),
        "people": round(group.people, 1),
        "name": place[0] if place else "",
        "names": place[4] if len(place) > 4 else {},
    }


def _corners(bounds: Bounds) -> list[list[float]]:
    west, south, east, north = (round(edge, 4) for edge in bounds)
    return [[south, west], [north, east]]
