"""What is wrong with the areas of one level as a whole: overlaps, holes and slivers among them."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from ewcm.core.input_warning import InputWarning

#: Narrower pieces of ground [km] are slivers: two hands drew one line.
_SLIVER_KM = 0.05

#: Overlaps and holes of less than this share of the ground of all areas are facts, more is a warning.
_NOTABLE = 1e-3

#: Of the ground of the areas above, less than this share in no area is a coast that was drawn in two ways.
_NOTABLE_GAP = 1e-2

#: Smaller pieces of ground [km²] are none.
_LEAST_KM2 = 1e-4

#: Pairs of areas whose common ground is worked out, and corners of areas that are joined to look for holes.
_MOST_PAIRS, _MOST_CORNERS = 4000, 3_000_000

_KM_A_DEGREE = 111.195


@dataclass
class AreaChecks:
    """``facts`` for the record, in words, and ``warnings``."""

    facts: dict[str, object] = field(default_factory=dict)
    warnings: list[InputWarning] = field(default_factory=list)


def check_areas(table: gpd.GeoDataFrame) -> AreaChecks:
    """Overlaps, holes and slivers of the areas of one level (columns ``level``, ``name``, ``geometry`` in degrees). Ground is
    measured on a sphere, which is good to one per cent."""
    found = AreaChecks()
    shapes = table.geometry.to_numpy()
    level = int(table["level"].iloc[0])
    if len(shapes) < 2:
        return found
    ground = float(_km2(shapes).sum())
    is_coverage = bool(shapely.coverage_is_valid(shapes))
    slivers = 0
    if not is_coverage:
        pairs = _pairs(shapes)
        pieces = shapely.intersection(shapes[pairs[:_MOST_PAIRS, 0]], shapes[pairs[:_MOST_PAIRS, 1]])
        slivers += _overlaps(found, table, pairs, pieces, level, ground)
    if shapely.get_num_coordinates(shapes).sum() > _MOST_CORNERS and not is_coverage:
        found.facts["holes"] = "not looked for, as the outlines have very many corners"
    else:
        whole = shapely.coverage_union_all(shapes) if is_coverage else shapely.union_all(shapes)
        slivers += _holes(found, whole, level, ground)
    if slivers:
        found.facts["slivers"] = f"{slivers} along borders, less than {1000 * _SLIVER_KM:.0f} m wide"
    return found


def _pairs(shapes: np.ndarray) -> np.ndarray:
    """Areas that share more than a border may: indices, one pair a row, only of those whose edges do not fit together."""
    bad = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    tree = shapely.STRtree(shapes[bad])
    first, second = tree.query(shapes[bad], predicate="intersects")
    pairs = np.stack([bad[first], bad[second]], axis=1)
    return pairs[pairs[:, 0] < pairs[:, 1]]


def _overlaps(
    found: AreaChecks, table: gpd.GeoDataFrame, pairs: np.ndarray, pieces: np.ndarray, level: int, ground: float
) -> int:
    """Note the overlaps; returns how many are mere slivers."""
    km2 = _km2(pieces)
    narrow = _width_km(pieces, km2) < _SLIVER_KM
    wide = (km2 > _LEAST_KM2) & ~narrow
    if wide.any():
        total, most = float(km2[wide].sum()), int(np.where(wide, km2, 0).argmax())
        names = " and ".join(str(table["name"].iloc[area])[:40] for area in pairs[most])
        more = " at least" if len(pairs) > _MOST_PAIRS else ""
        found.facts["overlaps"] = f"{int(wide.sum())}, together{more} {total:,.3g} km², most of it of {names}"
        if total > _NOTABLE * ground:
            values: dict[str, object] = {"level": level, "km2": round(total, 1), "example": names}
            text = (
                f"Areas of level {level} overlap on {total:,.1f} km² (such as {names}); people there are counted once."
            )
            found.warnings.append(InputWarning("overlaps", text, values))
    return int((narrow & (km2 > _LEAST_KM2)).sum())


def _holes(found: AreaChecks, whole: shapely.Geometry, level: int, ground: float) -> int:
    """Note the holes among the areas; returns how many are mere slivers."""
    rings = [ring for part in shapely.get_parts(whole) for ring in getattr(part, "interiors", ())]
    if not rings:
        return 0
    holes = shapely.polygons(rings)
    km2 = _km2(holes)
    narrow = _width_km(holes, km2) < _SLIVER_KM
    wide = (km2 > _LEAST_KM2) & ~narrow
    if wide.any():
        total, most = float(km2[wide].sum()), int(np.where(wide, km2, 0).argmax())
        middle = shapely.point_on_surface(holes[most])
        place = f"{middle.y:.3f}, {middle.x:.3f}"
        found.facts["holes"] = f"{int(wide.sum())}, together {total:,.3g} km², the largest at {place}"
        if total > _NOTABLE * ground:
            values: dict[str, object] = {
                "level": level,
                "count": int(wide.sum()),
                "km2": round(total, 1),
                "example": place,
            }
            text = (
                f"Areas of level {level} leave {int(wide.sum())} holes among them, {total:,.1f} km² together (the largest at "
                f"{place})."
            )
            found.warnings.append(InputWarning("holes", text, values))
    return int((narrow & (km2 > _LEAST_KM2)).sum())


def gap_warnings(table: gpd.GeoDataFrame, above: gpd.GeoDataFrame, level: int) -> tuple[InputWarning, ...]:
    """That the areas of a level leave more than a hundredth of the ground of those above in none of them."""
    own, whole = table.geometry.to_numpy(), above.geometry.to_numpy()
    ground = float(_km2(whole).sum())
    # Where they fill as much ground, the pieces between two drawings of one coast are no gap.
    if float(_km2(own).sum()) > (1 - _NOTABLE_GAP) * ground or shapely.get_num_coordinates(own).sum() > _MOST_CORNERS:
        return ()
    left = shapely.get_parts(shapely.difference(shapely.union_all(whole), shapely.union_all(own)))
    km2 = _km2(left)
    wide = _width_km(left, km2) >= _SLIVER_KM
    missing = float(km2[wide].sum())
    if missing <= _NOTABLE_GAP * ground:
        return ()
    middle = shapely.point_on_surface(left[int(np.where(wide, km2, 0).argmax())])
    place = f"{middle.y:.3f}, {middle.x:.3f}"
    percent = round(100 * missing / ground, 1)
    text = (
        f"Areas of level {level} leave {percent:g}% of the ground of the areas above them in none (the largest piece near "
        f"{place}): is an area missing? People there are counted in the nearest area, or outside."
    )
    values: dict[str, object] = {"level": level, "percent": percent, "example": place}
    return (InputWarning("gap", text, values),)


def _km2(shapes: np.ndarray) -> np.ndarray:
    """Ground of shapes in degrees [km²]."""
    bounds = shapely.bounds(shapes)
    middle = np.nan_to_num((bounds[:, 1] + bounds[:, 3]) / 2.0)
    return np.asarray(shapely.area(shapes) * _KM_A_DEGREE**2 * np.cos(np.radians(middle)))


def _width_km(shapes: np.ndarray, km2: np.ndarray) -> np.ndarray:
    """Width of long shapes [km]."""
    length = shapely.length(shapes) * _KM_A_DEGREE
    return np.divide(2.0 * km2, length, out=np.zeros(len(km2)), where=length > 0)
