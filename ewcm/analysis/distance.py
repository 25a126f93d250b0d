"""How far the people who cannot be reached are from coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ewcm.analysis.bands import Band, bands, summed
from ewcm.analysis.coldspots import unreached_people
from ewcm.coverage.stack import Stack

#: Edges [km] of the classes of distance; the last class is open.
EDGES_KM = (0.0, 2.0, 5.0, 10.0, 20.0, 50.0, np.inf)


@dataclass(frozen=True)
class _Band(Band):
    service: str
    distance_km: np.ndarray


def _by_class(band: _Band) -> np.ndarray:
    unreached = unreached_people(band.people, band.stack.service(band.service, "central", band.rows))
    inside = unreached > 0
    return np.histogram(band.distance_km[inside], bins=EDGES_KM, weights=unreached[inside])[0]


def people_by_distance(
    people: np.ndarray, distance_km: np.ndarray, stack: Stack, service: str
) -> list[dict[str, float | None]]:
    """Uncovered people of a service in classes of distance to the nearest covered grid cell."""
    counts = np.zeros(len(EDGES_KM) - 1)
    parts = [_Band(band.rows, band.people, stack, service, distance_km[band.rows]) for band in bands(people, stack)]
    for by_class in summed(_by_class, parts):
        counts += by_class
    return [
        {"from_km": low, "to_km": None if np.isinf(high) else high, "people": float(count)}
        for low, high, count in zip(EDGES_KM[:-1], EDGES_KM[1:], counts, strict=True)
    ]
