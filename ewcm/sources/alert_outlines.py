"""What senders write into ``<polygon>``: CAP's own ``latitude,longitude`` points, and the other forms that can be told for sure.

Those are points with heights, degrees with letters of the compass or with minutes, WKT and GeoJSON. What may be read in two ways
is not read at all: its ground is then unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely

from ewcm.sources.coordinates import LETTERS, SIGNS, degree_of

#: Longitudes beyond this are no longitudes in any frame [degrees].
MOST_LONGITUDE = 540.0

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?")

#: A number with a decimal comma, or two whole ones; and the same or a whole one.
_WITH_COMMA = re.compile(r"[-+]?\d+,\d+")
_MAY_HAVE_COMMA = re.compile(r"[-+]?\d+(?:,\d+)?")

#: Four whole numbers in a row: two points, or one with decimal commas.
_FOUR_WHOLE = re.compile(r"[-+]?\d+,\d+,[-+]?\d+,\d+")

_WKT = re.compile(
    r"(?:SRID\s*=\s*4326\s*;)?\s*((?:MULTI)?POLYGON\s*(?:ZM|Z|M)?\s*\(.*\))\s*;?", re.IGNORECASE | re.DOTALL
)

#: Letters of the compass and their axes; O is west in four languages of the engine and east in others, so it tells nothing here.
_AXIS = {letter: axis for axis, letters in LETTERS.items() for letter in letters if letter != "O"}

#: Degrees and minutes as aviation packs them: ``S1730``, ``E17720``.
_PACKED = re.compile(r"(?:[NS](\d{2})|[EW](\d{3}))([0-5]\d)")


@dataclass(frozen=True)
class Outlines:
    """``polygons``: the rings of each, the outer one first, as rows of latitude, longitude in the frame that is written.
    ``form``: ``pairs``, ``decimal_commas``, ``heights``, ``compass`` (letters or minutes), ``wkt`` or ``geojson``."""

    polygons: tuple[tuple[np.ndarray, ...], ...]
    form: str = "pairs"

    def exchanged(self) -> Outlines:
        """The same with latitude and longitude the other way round."""
        return Outlines(tuple(tuple(ring[:, ::-1] for ring in rings) for rings in self.polygons), self.form)


def outlines_in(text: str) -> Outlines | None:
    """The outlines of a text; None where it holds none, or none that can be told for sure."""
    text = text.strip()
    if wkt := _WKT.fullmatch(text):
        return _of_geometry(shapely.from_wkt(wkt[1], on_invalid="ignore"), "wkt")
    if text.startswith("{"):
        # A collection may hold collections, as deep as a sender likes.
        found = None if "GeometryCollection" in text else shapely.from_geojson(text, on_invalid="ignore")
        return _of_geometry(found, "geojson")
    plain = _with_decimal_points(text)
    for form, points in (
        ("heights", _with_heights(plain)),
        ("pairs" if plain == text else "decimal_commas", _pairs(plain)),
        ("compass", _of_compass(text)),
    ):
        if points is not None:
            return Outlines(((points,),), form) if len(points) >= 3 and _on_earth(points) else None
    return None


def corners_in(text: str) -> int:
    """About how many corners a text of points has."""
    return len(re.findall(r"\d+(?:\.\d*)?", text)) // 2


def _on_earth(points: np.ndarray) -> bool:
    return bool((np.abs(points) <= MOST_LONGITUDE).all())


def _of_geometry(found: shapely.Geometry | None, form: str) -> Outlines | None:
    """The polygons of WKT or GeoJSON, which write longitude first."""
    parts = [] if found is None else list(shapely.get_parts(shapely.get_parts(found)))
    if not parts or any(part.geom_type != "Polygon" or part.is_empty for part in parts):
        return None
    polygons = tuple(
        tuple(shapely.get_coordinates(ring)[:, ::-1] for ring in (part.exterior, *part.interiors)) for part in parts
    )
    return Outlines(polygons, form) if all(_on_earth(ring) for rings in polygons for ring in rings) else None


def _with_decimal_points(text: str) -> str:
    """A polygon whose commas are those of decimals, with points in their place; any other one as it stands.

    A semicolon tells so, be it between the two numbers of every point (``-17,3;177,2 -17,3;178``) or between points
    (``-17,3 177,2;-17,3 178``). Without one it is told where what stands before the comma can be no latitude, and pairs of such
    words can be a point.
    """
    within = text.strip(" \t\r\n;")
    for end_of_point, end_of_number in ((None, ";"), (";", None)):
        points = [list(filter(None, point.split(end_of_number))) for point in within.split(end_of_point)]
        pairs = all(len(point) == 2 and all(map(_MAY_HAVE_COMMA.fullmatch, point)) for point in points)
        if pairs and "," in within and ";" in within:
            return within.replace(",", ".")
    words = within.split()
    if len(words) % 2 or not all(_WITH_COMMA.fullmatch(word) for word in words):
        return text
    latitudes = [float(word.replace(",", ".")) for word in words[::2]]
    first = [float(word.partition(",")[0]) for word in words]
    return text.replace(",", ".") if max(map(abs, first)) > 90 and max(map(abs, latitudes)) <= 90 else text


def _numbers(words: list[str]) -> np.ndarray | None:
    return np.array(words, dtype=np.float64) if all(NUMBER.fullmatch(word) for word in words) else None


def _pairs(text: str) -> np.ndarray | None:
    """The points of a polygon as rows of two numbers, as they are written; None where they are none.

    GeoRSS separates all numbers by spaces, CAP the two of a point by a comma; some files put a space behind the comma.
    """
    if all(_FOUR_WHOLE.fullmatch(word) for word in text.split()):
        return None
    words = re.split(r"[\s,;]+", text.strip().strip(",;"))
    numbers = None if len(words) % 2 or len(words) < 6 else _numbers(words)
    if numbers is None or _may_have_heights(numbers):
        return None
    return numbers.reshape(-1, 2)


def _may_have_heights(numbers: np.ndarray) -> bool:
    """Whether every third of many numbers is the same: as likely points with one height as points of two numbers."""
    return len(numbers) >= 12 and len(numbers) % 3 == 0 and bool((numbers[2::3] == numbers[2]).all())


def _with_heights(text: str) -> np.ndarray | None:
    """Points of latitude, longitude and a height, without the heights; None where three numbers do not stand together.

    They do where blanks separate points and commas their numbers, or where each line or piece between semicolons has three.
    Whole numbers alone may be pairs with a decimal comma.
    """
    by_blank = re.split(r"[ ;]+", re.sub(" ?, ?", ",", " ".join(text.strip(" \t\r\n;,").split())))
    by_line = [piece for piece in re.split(r"[\r\n;]+", text) if piece.strip()]
    for pieces in (by_blank, by_line):
        points = [[word for word in re.split(r"[\s,]+", piece.strip(" \t,")) if word] for piece in pieces]
        if len(points) < 3 or any(len(point) != 3 for point in points):
            continue
        numbers = _numbers([word for point in points for word in point])
        if numbers is not None and any("." in word for point in points for word in point[:2]):
            return numbers.reshape(-1, 3)[:, :2]
    return None


def _of_compass(text: str) -> np.ndarray | None:
    """Points of degrees with letters of the compass (in either order), or of degrees and minutes that a comma separates."""
    text = text.upper().translate(SIGNS)
    pieces = _lettered(text)
    if pieces is None:
        words = [word for chunk in re.split(r"[\s;]+", text.strip(" ;")) for word in chunk.split(",")]
        if len(words) % 2 or not all("°" in word for word in words):
            return None
        pieces = [(word, ("lat", "lon")[number % 2]) for number, word in enumerate(words)]
    axes = [axis for _, axis in pieces]
    if len(axes) % 2 or axes != axes[:2] * (len(axes) // 2) or len(set(axes[:2])) != 2:
        return None
    degrees = [_degrees(piece, axis) for piece, axis in pieces]
    if any(value is None for value in degrees):
        return None
    points = np.array(degrees, dtype=np.float64).reshape(-1, 2)
    return points if axes[0] == "lat" else points[:, ::-1]


def _lettered(text: str) -> list[tuple[str, str]] | None:
    """Pieces of a text that each have one letter of the compass, all in front or all behind, and their axes."""
    letters, text = "".join(_AXIS), text.strip(" \t\r\n,;")
    for one in (rf"[{letters}][^{letters}]+", rf"[^{letters}]+[{letters}]"):
        if re.fullmatch(rf"(?:{one})+", text):
            # Aviation puts a dash between points whose letters stand in front.
            pieces = [piece.strip(" \t\r\n,;/").rstrip("- ").rstrip(",;") for piece in re.findall(one, text)]
            return [(piece, next(_AXIS[sign] for sign in piece if sign in _AXIS)) for piece in pieces]
    return None


def _degrees(piece: str, axis: str) -> float | None:
    if packed := _PACKED.fullmatch(piece.replace(" ", "")):
        value = float(packed[1] or packed[2]) + float(packed[3]) / 60.0
        return LETTERS[axis][piece[0]] * value
    found = degree_of(piece, axis)
    return None if isinstance(found, str) else found[0]
