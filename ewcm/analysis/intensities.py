"""The intensity of an event at single positions: winds of one storm, values of a raster or a ShakeMap, inside polygons or not."""

from __future__ import annotations

import numpy as np
import rasterio
import shapely
from pyproj import Transformer
from rasterio.windows import Window

from ewcm.analysis.cyclone_winds import winds_at
from ewcm.core import longitude
from ewcm.errors import InputError
from ewcm.sources.hazards import ArraySource, Hazard, PolygonSource, RasterSource, TrackSource
from ewcm.sources.onto_grid import CELLS_AT_A_TIME
from ewcm.sources.rasters import crs_name, open_raster, own_crs, read_values


def intensity_at(hazard: Hazard, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """The intensity at positions [degrees], in the unit of the hazard: NaN where it is not known; of polygons 1 inside, 0
    outside.

    Raises :class:`ewcm.errors.InputError` for a map of a return period, which is no event: its values never come at one time.
    """
    if hazard.return_period is not None:
        raise InputError(
            f"{hazard.record.path}: is a map of a return period, whose places are not hit by one event; name an event"
        )
    source = hazard.source
    if isinstance(source, TrackSource):
        return winds_at(source.tracks.table, source.model, lat, lon)
    if isinstance(source, PolygonSource):
        inside = np.zeros(lat.size)
        ground = source.polygons.union_all()
        for turn in longitude.TURNS:
            inside[_contains(ground, lat, lon + turn)] = 1.0
        return inside
    if isinstance(source, ArraySource):
        cols = source.intensity.shape[1]
        col, row = _inverse(
            source.transform, longitude.near(lon, source.transform.c + source.transform.a * cols / 2), lat
        )
        return _picked(source.intensity.astype(np.float64), row, col)
    if isinstance(source, RasterSource):
        return _of_raster(source, lat, lon)
    raise InputError(
        f"{hazard.record.path}: shows no event; name a storm, a ShakeMap, polygons or a raster of intensities"
    )


def _contains(ground: shapely.Geometry, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.contains_xy(ground, lon, lat))


def _inverse(transform: rasterio.Affine, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    back = ~transform
    return back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f


def _picked(values: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """The values of cells, NaN beyond the edges."""
    row, col = (np.floor(np.where(np.isfinite(place), place, -1.0)).astype(np.int64) for place in (row, col))
    there = (row >= 0) & (row < values.shape[0]) & (col >= 0) & (col < values.shape[1])
    found = np.full(row.size, np.nan)
    found[there] = values[row[there], col[there]]
    return found


def _of_raster(source: RasterSource, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    with open_raster(source.path) as dataset:
        crs = own_crs(dataset, source.path)
        if crs.is_geographic:
            x, y = longitude.near(lon, (dataset.bounds.left + dataset.bounds.right) / 2), lat
        else:
            x, y = Transformer.from_crs("EPSG:4326", crs_name(crs), always_xy=True).transform(lon, lat)
        col, row = _inverse(dataset.transform, np.asarray(x), np.asarray(y))
        if dataset.width * dataset.height <= CELLS_AT_A_TIME:
            found = _picked(_values(dataset, Window(0, 0, dataset.width, dataset.height)), row, col)
        else:
            found = np.full(lat.size, np.nan)
            for place, (at_row, at_col) in enumerate(zip(np.floor(row), np.floor(col), strict=True)):
                if 0 <= at_row < dataset.height and 0 <= at_col < dataset.width:
                    found[place] = _values(dataset, Window(int(at_col), int(at_row), 1, 1))[0, 0]
        within = (row >= 0) & (row < dataset.height) & (col >= 0) & (col < dataset.width)
    if source.nodata_is == "none":  # which says nothing of ground beyond the raster's edges
        found = np.where(within & np.isnan(found), 0.0, found)
    return found * (1.0 if source.values == "fraction" else source.factor)


def _values(dataset: rasterio.DatasetReader, window: Window) -> np.ndarray:
    values, gone = read_values(dataset, window)
    return np.where(gone, np.nan, values.astype(np.float64))
