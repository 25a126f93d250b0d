"""ShakeMaps of the USGS: grid.xml, the shaking of one earthquake on a grid of degrees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine

from ewcm.errors import InputError
from ewcm.sources.xml import read_xml

_SPACE = "{http://earthquake.usgs.gov/eqcenter/shakemap}"

#: A grid of more points than this is no ShakeMap (the largest have some 2 million).
MOST_POINTS = 4_000_000

#: grid.xml of 4 million points and eleven columns has some 300 MB, nearly all of it in one element.
_MOST_BYTES = 400_000_000

#: Units as grid.xml names them, and as the engine does.
UNITS = {"intensity": "MMI", "pctg": "%g", "cms": "cm/s", "ms": "m/s"}

#: Spacing and corners are written with six decimals; the rows of the table with four.
_SLACK_DEG = 2e-4


@dataclass(frozen=True)
class ShakeMap:
    """``fields``: float32 (rows, columns) by name (``MMI``, ``PGA``, ``PGV`` …), row 0 in the north. ``units``: by name.
    ``transform``: of cells that have the points in their middle, EPSG:4326. ``event``: identifier, magnitude, place and time."""

    event: dict[str, str]
    fields: dict[str, np.ndarray]
    units: dict[str, str]
    transform: Affine
    rows_read: int


def read_shakemap(path: Path) -> ShakeMap:
    """Read a grid.xml by the safe door of XML. Raises :class:`InputError` for a grid that does not have the points it states."""
    root = read_xml(path, "ShakeMap", max_bytes=_MOST_BYTES)
    if root.tag != f"{_SPACE}shakemap_grid":
        raise InputError(f"{path}: is XML but no ShakeMap grid; give the grid.xml of an event of the USGS")
    grid = root.find(f"{_SPACE}grid_specification")
    event = root.find(f"{_SPACE}event")
    data = root.findtext(f"{_SPACE}grid_data")
    names = [(field.get("name", ""), field.get("units", "")) for field in root.iter(f"{_SPACE}grid_field")]
    if grid is None or event is None or data is None or [name for name, _ in names[:2]] != ["LON", "LAT"]:
        raise InputError(f"{path}: lacks its grid, its event or the columns LON and LAT; download it again")
    try:
        cols, rows = int(grid.attrib["nlon"]), int(grid.attrib["nlat"])
        west, north, east, south = (float(grid.attrib[key]) for key in ("lon_min", "lat_max", "lon_max", "lat_min"))
        spacing = float(grid.get("nominal_lon_spacing", "nan"))
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: its grid specification is no grid ({error}); download it again") from error
    if not (cols >= 2 and rows >= 2 and cols * rows <= MOST_POINTS):
        raise InputError(f"{path}: claims {cols} x {rows} points; no ShakeMap has so many or so few")
    values = _values(path, data, rows * cols, len(names)).reshape(rows, cols, len(names))
    step_x, step_y = (east - west) / (cols - 1), (north - south) / (rows - 1)
    _check_points(path, values, (west, north), (step_x, step_y), spacing)
    fields = {name: values[:, :, number].astype(np.float32) for number, (name, _) in enumerate(names) if number > 1}
    units = {name: UNITS.get(unit, unit) for name, unit in names[2:]}
    transform = Affine(step_x, 0.0, west - step_x / 2, 0.0, -step_y, north + step_y / 2)
    stated = {key: str(event.get(key, "")) for key in ("event_id", "magnitude", "event_description", "event_timestamp")}
    return ShakeMap(stated, fields, units, transform, rows * cols)


def _values(path: Path, data: str, points: int, columns: int) -> np.ndarray:
    try:
        values = np.array(data.split(), dtype=np.float64)
    except ValueError as error:
        raise InputError(f"{path}: holds a value that is no number ({error}); download it again") from error
    if values.size != points * columns:
        raise InputError(
            f"{path}: states {points} points of {columns} values and holds {values.size / columns:g}; it is cut off or "
            "damaged: download it again"
        )
    if not np.isfinite(values).all():
        raise InputError(f"{path}: holds values that are not finite numbers; download it again")
    return values.reshape(points, columns)


def _check_points(
    path: Path, values: np.ndarray, corner: tuple[float, float], step: tuple[float, float], nominal: float
) -> None:
    """Rows run from north to south and columns from west to east, evenly, where the specification says."""
    rows, cols = values.shape[:2]
    lon = corner[0] + step[0] * np.arange(cols)
    lat = corner[1] - step[1] * np.arange(rows)
    off = max(float(np.abs(values[:, :, 0] - lon[None, :]).max()), float(np.abs(values[:, :, 1] - lat[:, None]).max()))
    if off > _SLACK_DEG:
        raise InputError(
            f"{path}: its points lie up to {off:.4g} degrees from where its grid specification puts them; download it again"
        )
    if min(step) <= 0 or not abs(step[0] - nominal) < 0.01 * step[0] or abs(corner[1]) > 90:
        raise InputError(f"{path}: its grid specification contradicts itself (spacing or corners); download it again")
