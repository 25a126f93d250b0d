"""Where an alert of CAP (Common Alerting Protocol) holds: polygons, circles and codes of areas.

CAP writes points as ``latitude,longitude`` (CAP 1.2, section 3.3.2 of OASIS, 2010). Longitudes count modulo 360 here: a ring
that crosses 180° is one piece, whichever way its corners are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import Geod
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from ewcm.core import longitude
from ewcm.sources.alert_outlines import MOST_LONGITUDE, NUMBER, outlines_in
from ewcm.sources.vectors import crossings

#: Corners of the polygon that stands for a disc: its area is then 2·10⁻⁵ smaller than the disc's.
DISC_CORNERS = 720

#: A disc larger than half of the earth is a mistake [km].
MOST_RADIUS_KM = 10_000.0

#: A ring that crosses itself more often is no outline.
MOST_CROSSINGS = 1_000


@dataclass(frozen=True)
class AlertArea:
    """One ``<area>`` of an alert.

    ``description``: its words. ``shape``: the ground of its polygons and circles in longitude and latitude, parts not joined;
    None where there is none. ``points``: of circles without a radius (longitude, latitude), which hold no ground. ``codes``:
    names of schemes and codes (``("UGC", "NMZ501")``). ``broken``: what was written as a polygon or circle and is none.
    ``swapped``: whether a polygon or circle was written as longitude, latitude. ``altitude``: whether heights were given.
    ``widest_km``: the largest radius of its circles. ``crossed``: whether an outline crosses itself. ``forms``: in which its
    polygons were written, other than CAP's own (see :class:`~ewcm.sources.alert_outlines.Outlines`).
    """

    description: str
    shape: BaseGeometry | None
    points: tuple[tuple[float, float], ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    broken: tuple[str, ...] = ()
    swapped: bool = False
    altitude: bool = False
    widest_km: float = 0.0
    crossed: bool = False
    forms: tuple[str, ...] = ()

    @property
    def vertices(self) -> int:
        """Corners of all its shapes."""
        return 0 if self.shape is None else int(shapely.get_num_coordinates(self.shape))

    def ground(
        self, of_code: Mapping[str, BaseGeometry], with_codes: bool = False
    ) -> tuple[list[BaseGeometry], list[str]]:
        """The ground of the area, and those of its codes that no table knows and whose ground is therefore not known.

        Polygons and circles say it where there are any; codes only where there are none, or beside them (``with_codes``).
        ``of_code``: the ground of codes by :func:`code_key`.
        """
        found = [] if self.shape is None else [self.shape]
        if found and not with_codes:
            return found, []
        unknown = []
        for scheme, code in self.codes:
            own = of_code.get(code_key(scheme, code), of_code.get(code_key("", code)))
            if own is None:
                unknown.append(f"{scheme} {code}".strip())
            else:
                found.append(own)
        return found, unknown


def code_key(scheme: str, code: str) -> str:
    """How a code of a scheme is looked up: upper and lower case, spaces and punctuation of the scheme do not matter."""
    return f"{re.sub(r'[^a-z0-9]', '', scheme.lower())}|{code.strip().upper()}"


def area_of(
    description: str,
    polygons: list[str],
    circles: list[str],
    codes: list[tuple[str, str]],
    *,
    altitude: bool = False,
) -> AlertArea:
    """An area from the texts of its elements. Empty elements are none at all."""
    shapes: list[BaseGeometry] = []
    points, broken, widest = [], [], 0.0
    swapped = crossed = False
    forms: list[str] = []
    for text in filter(str.strip, (each.replace("\u2212", "-") for each in polygons)):
        found = outlines_in(text)
        turned = found is not None and any(_is_swapped(rings[0]) for rings in found.polygons)
        rings_of = () if found is None else found.exchanged().polygons if turned else found.polygons
        grounds = [_ground_of(rings) for rings in rings_of]
        if found is None or any(ground is None for ground in grounds):
            broken.append(f"polygon {_beginning(text)}")
            continue
        shapes += [ground for ground in grounds if ground is not None]
        swapped, forms = swapped or turned, [*forms, found.form]
        crossed = crossed or any(_crosses_itself(rings[0][:, 1], rings[0][:, 0]) for rings in rings_of)
    for text in filter(str.strip, (each.replace("\u2212", "-") for each in circles)):
        centre, turned = _circle(text)
        swapped = swapped or turned
        if centre is None:
            broken.append(f"circle {_beginning(text)}")
        elif centre[2] == 0:
            points.append((centre[1], centre[0]))
        else:
            shapes.append(disc(*centre))
            widest = max(widest, centre[2])
    return AlertArea(
        description.strip(),
        _together(shapes),
        tuple(points),
        tuple(codes),
        tuple(broken),
        swapped,
        altitude or "heights" in forms,
        widest,
        crossed,
        tuple(dict.fromkeys(form for form in forms if form != "pairs")),
    )


def _ground_of(rings: tuple[np.ndarray, ...]) -> BaseGeometry | None:
    """The ground within the first of some rings of latitude and longitude and outside the others; None where it has none."""
    whole, *holes = (ring_shape(ring[:, 1], ring[:, 0]) for ring in rings)
    for hole in holes:
        if whole is not None and hole is not None:
            west = hole.bounds[0]
            beside = affinity.translate(hole, longitude.east_of(west, whole.bounds[0]) - west)
            whole = _together([part for part in shapely.get_parts(whole.difference(beside)) if part.area > 0])
    return whole


def _beginning(text: str) -> str:
    """The first words of a text of numbers, none cut within."""
    words = text.split()
    kept = [word for number, word in enumerate(words[:40]) if len(" ".join(words[: number + 1])) <= 40] or [
        text.strip()[:40]
    ]
    return " ".join(kept) + (" …" if len(kept) < len(words) else "")


def _crosses_itself(lon: np.ndarray, lat: np.ndarray) -> bool:
    """Whether the outline of a ring, from corner to corner the short way round the earth, crosses itself so that it holds other
    ground than it would in a better order; a loop at a corner of a coastline does not."""
    along = lon[0] + np.concatenate([[0.0], np.cumsum(longitude.to_180(np.diff(lon)))])
    ring = shapely.Polygon(np.column_stack([along, lat]))
    if ring.is_valid:
        return False
    mended = shapely.make_valid(ring).area
    return bool(abs(mended - ring.area) > 0.01 * mended)


def _together(shapes: list[BaseGeometry]) -> BaseGeometry | None:
    parts = [part for shape in shapes for part in shapely.get_parts(shape)]
    return None if not parts else parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _is_swapped(pairs: np.ndarray) -> bool:
    """Whether points can only be longitude, latitude: what stands first is no latitude, what stands second is one."""
    return bool((np.abs(pairs[:, 0]) > 90).any() and (np.abs(pairs[:, 1]) <= 90).all())


def _circle(text: str) -> tuple[tuple[float, float, float] | None, bool]:
    """Latitude, longitude [degrees] and radius [km] of a circle, None where it is none; and whether its centre can only be
    longitude, latitude."""
    words = re.split(r"[\s,;]+", text.strip().lower().removesuffix("km").strip())  # CAP counts in kilometres
    if len(words) != 3 or not all(NUMBER.fullmatch(word) for word in words):
        return None, False
    lat, lon, radius = (float(word) for word in words)
    swapped = abs(lat) > 90 and abs(lon) <= 90
    lat, lon = (lon, lat) if swapped else (lat, lon)
    if abs(lat) > 90 or abs(lon) > MOST_LONGITUDE or not 0 <= radius <= MOST_RADIUS_KM:
        return None, False
    return (lat, lon, radius), swapped


def ring_shape(lon: np.ndarray, lat: np.ndarray) -> BaseGeometry | None:
    """The ground within a ring of corners [degrees]; None where there is none.

    From each corner to the next the short way round the earth is meant. A ring once round the earth holds the pole on its side.
    A frame of the whole earth, whose corners lie a full turn apart, stays as it is written.
    """
    if (np.abs(lat) > 90).any():
        return None
    if lon[0] != lon[-1] or lat[0] != lat[-1]:
        lon, lat = np.append(lon, lon[0]), np.append(lat, lat[0])  # an open ring is closed
    steps = np.diff(lon)
    turn = np.where(np.abs(steps) == 180, steps, longitude.to_180(steps))
    along = lon[0] + np.concatenate([[0.0], np.cumsum(turn)])
    if abs(along[-1] - along[0]) > 180:
        pole = 90.0 if lat.mean() > 0 else -90.0
        ring = [*along, along[-1], along[0], along[0]], [*lat, pole, pole, lat[0]]
        return _ground_within(np.column_stack(ring))
    # The digits that were written, moved by whole turns.
    found = _ground_within(np.column_stack([lon + 360 * np.rint((along - lon) / 360), lat]))
    return _ground_within(np.column_stack([lon, lat])) if found is None else found


def _ground_within(corners: np.ndarray) -> BaseGeometry | None:
    """The ground within corners in a row, its western end in −180..180; None where it has no area or is a tangle."""
    west = float(corners[:, 0].min())
    corners[:, 0] += longitude.east_of(west, -180.0) - west
    corners[-1] = corners[0]
    if len(np.unique(corners, axis=0)) < 3:
        return None
    ring = shapely.Polygon(corners)
    if not ring.is_valid and crossings(ring, MOST_CROSSINGS) > MOST_CROSSINGS:
        return None  # no outline of ground, and it would take very long to mend
    shape = shapely.make_valid(ring)
    areal = [part for part in shapely.get_parts(shape) if part.geom_type.endswith("Polygon")]
    return _together([piece for part in areal for piece in shapely.get_parts(part) if piece.area > 0])


@cache
def _ellipsoid() -> Geod:
    return Geod(ellps="WGS84")


def disc(lat: float, lon: float, radius_km: float) -> BaseGeometry:
    """The ground within ``radius_km`` of a point along geodesics of WGS 84, in longitude and latitude [degrees]."""
    azimuth = np.linspace(0.0, 360.0, DISC_CORNERS, endpoint=False)
    many = np.ones_like(azimuth)
    lons, lats, _ = _ellipsoid().fwd(longitude.to_180(lon) * many, lat * many, azimuth, radius_km * 1000 * many)
    found = ring_shape(np.asarray(lons), np.asarray(lats))
    assert found is not None, "a disc has ground"
    return found
