"""What terrain shows of the ground that stands among the hazards: low beside drainage, low beside the sea, steep."""

from __future__ import annotations

from dataclasses import dataclass

from ewcm.sources.terrain import Terrain


@dataclass(frozen=True)
class GroundKind:
    """Ground that terrain shows: its usual name, unit and thresholds, that which exposes most first, whether ground at or below
    them is meant, and the largest threshold that is no slip."""

    name: str
    unit: str
    thresholds: tuple[float, ...]
    at_most: bool
    largest: float


#: Low above drainage (Nobre and others 2011), low beside the sea (McGranahan and others 2007), steep and very steep (FAO 2006).
GROUND = {
    "drainage": GroundKind("flood-prone ground", "m", (5.0,), True, 100.0),
    "low_coast": GroundKind("low coastal ground", "m", (10.0, 5.0, 2.0, 1.0), True, 100.0),
    "steep": GroundKind("steep ground", "%", (30.0, 60.0), False, 1000.0),
}


@dataclass(frozen=True)
class GroundSource:
    """Ground that is made from terrain: ``values`` of ``GROUND``; streams begin where ``stream_km2`` drain through."""

    terrain: Terrain
    values: str
    stream_km2: float
    coarse: bool
