"""How far the people who cannot be reached are from coverage."""

from __future__ import annotations

import numpy as np

from ewcm import grid
from ewcm.analysis.coldspots import unreached_people
from ewcm.coverage.stack import Stack

#: Edges [km] of the classes of distance; the last class is open.
EDGES_KM = (0.0, 2.0, 5.0, 10.0, 20.0, 50.0, np.inf)


def people_by_distance(
    people: np.ndarray, distance_km: np.ndarray, stack: Stack, service: str
) -> list[dict[str, float | None]]:
    """Uncovered people of a service in classes of distance to the nearest covered grid cell."""
    counts = np.zeros(len(EDGES_KM) - 1)
    for rows in grid.blocks(people.shape[0]):
        unreached = unreached_people(people[rows], stack.service(service, "central", rows))
        inside = unreached > 0
        counts += np.histogram(distance_km[rows][inside], bins=EDGES_KM, weights=unreached[inside])[0]
    return [
        {"from_km": low, "to_km": None if np.isinf(high) else high, "people": float(count)}
        for low, high, count in zip(EDGES_KM[:-1], EDGES_KM[1:], counts, strict=True)
    ]
