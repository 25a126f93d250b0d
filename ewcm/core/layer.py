"""A layer: one grid of values that knows its name, its units, its place and what means unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.core.record import InputRecord
from ewcm.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

#: Dimensions that files give to a single grid, which say nothing where there is one of them.
_SINGLE = ("band", "time", "year")

#: Gives the values of some rows, of shape (further dimensions …, rows, columns).
Rows = Callable[[slice], np.ndarray]


@dataclass(frozen=True)
class Layer:
    """One grid of values.

    ``name``: as in files. ``units``: UDUNITS text, ``1`` for a share. ``source``: the whole array, of shape (further
    dimensions …, rows, columns), or a function that gives the values of a block of rows, for grids that never need to be in
    memory whole. Floats are NaN, and integers equal ``nodata``, where the value is unknown. ``dims``: names and coordinates
    of the further dimensions, such as ``{"return_period": (10, 100)}``. ``edges``: lower edges of the classes in which the
    page shows the values (none: it is not shown). ``only_inhabited``: the values are worked out only where people live, and
    what is missing elsewhere is not unknown but was never asked. ``record``: the file that the values were read from.
    """

    name: str
    units: str
    geobox: GeoBox
    source: np.ndarray | Rows
    nodata: float | None = None
    dims: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    title: str = ""
    edges: tuple[float, ...] = ()
    only_inhabited: bool = False
    record: InputRecord | None = None

    def __post_init__(self) -> None:
        shape = (*(len(values) for values in self.dims.values()), *self.geobox.shape.yx)
        if isinstance(self.source, np.ndarray) and self.source.shape != shape:
            raise InputError(f"layer {self.name}: has the shape {self.source.shape}, its grid and dimensions {shape}")

    @classmethod
    def from_xarray(cls, array: xr.DataArray, name: str = "", units: str = "") -> Layer:
        """A layer from an `xarray.DataArray` with coordinates and a CRS (rioxarray's or odc-geo's).

        ``array`` is decoded: one that still carries ``scale_factor``, ``add_offset`` or ``_FillValue`` among its attributes
        was read without its scale, and is refused. Raises :class:`ewcm.errors.InputError`.
        """
        import odc.geo.xr  # noqa: F401  # gives arrays their .odc

        label = name or str(array.name or "layer")
        unpacked = {"scale_factor": 1, "add_offset": 0}  # what says nothing
        packed = [
            key
            for key in ("scale_factor", "add_offset", "_FillValue", "missing_value")
            if key in array.attrs
            and array.attrs[key] != unpacked.get(key)
            and not (np.issubdtype(array.dtype, np.floating) and np.all(np.isnan(np.asarray(array.attrs[key], float))))
        ]
        if packed:
            raise InputError(
                f"layer {label}: still carries {' and '.join(packed)}; open it with mask_and_scale=True (rioxarray: "
                "masked=True), or drop them"
            )
        if array.ndim == 3 and array.shape[0] == 1 and str(array.dims[0]) in _SINGLE:
            array = array.isel({array.dims[0]: 0}, drop=True)
        geobox = array.odc.geobox
        if not isinstance(geobox, GeoBox) or geobox.crs is None:
            raise InputError(
                f"layer {label}: has no CRS; set one, for example with array.odc.assign_crs('EPSG:4326') or "
                "array.rio.write_crs('EPSG:4326')"
            )
        y, x = array.odc.spatial_dims
        _check_even(label, np.asarray(array[y].values, float), np.asarray(array[x].values, float))
        further = [str(dim) for dim in array.dims if dim not in (y, x)]
        array = array.transpose(*further, y, x)
        dims = {dim: tuple(array[dim].values.tolist()) for dim in further}
        values = np.asarray(array.values)
        if geobox.affine.e > 0:  # rows from the south
            values, geobox = values[..., ::-1, :], geobox.flipy()
        stated = units or str(array.attrs.get("units", ""))
        return cls(label, stated, geobox, values, dims=dims, title=str(array.attrs.get("long_name", "")))

    @classmethod
    def from_file(cls, path: str | Path, name: str = "", units: str = "") -> Layer:
        """A layer from the first band of a GeoTIFF, decoded (scale, offset, mask), NaN where it says nothing.

        The file is trusted, as one that the engine wrote; readers of foreign files are in ``ewcm.sources``.
        """
        from ewcm.core.drivers import opened_raster

        with opened_raster(path) as dataset:
            geobox = GeoBox(dataset.shape, dataset.transform, str(dataset.crs))
            values = dataset.read(1, masked=True)
            scaled = np.ma.filled(values.astype(np.float64), np.nan) * dataset.scales[0] + dataset.offsets[0]
            label = name or dataset.descriptions[0] or Path(path).stem
            return cls(label, units or dataset.units[0] or "", geobox, scaled.astype(np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.geobox.shape.yx
        return int(rows), int(cols)

    @property
    def values(self) -> np.ndarray:
        """The whole array."""
        if isinstance(self.source, np.ndarray):
            return self.source
        return np.concatenate([self.source(rows) for rows in grid.blocks(self.shape[0])], axis=-2)

    def block(self, rows: slice) -> np.ndarray:
        """The values of some rows, of shape (further dimensions …, rows, columns)."""
        return self.source[..., rows, :] if isinstance(self.source, np.ndarray) else self.source(rows)

    def decoded(self, rows: slice) -> np.ndarray:
        """The values of some rows, floats that are NaN where the value is unknown; other numbers as they are where all of them
        are known."""
        values = self.block(rows)
        if self.nodata is None or np.isnan(self.nodata):
            return values
        missing = values == self.nodata
        if not missing.any():
            return values
        return np.where(missing, np.nan, values.astype(np.result_type(values.dtype, np.float32)))

    def to_xarray(self) -> xr.DataArray:
        """The decoded values as an `xarray.DataArray` with coordinates and CRS, float where anything can be unknown.

        Its attributes say units and title and nothing of packing, so that writing and reading it again gives the same
        numbers.
        """
        import xarray as xr
        from odc.geo.xr import xr_coords

        values = self.decoded(slice(0, self.shape[0]))
        attributes = {"units": self.units, "long_name": self.title or self.name}
        coords: dict[Any, Any] = dict(xr_coords(self.geobox))
        coords |= {name: list(labels) for name, labels in self.dims.items()}
        dims = (*self.dims, *self.geobox.dimensions)
        array = xr.DataArray(values, dims=dims, coords=coords, name=self.name, attrs=attributes)
        # GDAL looks for the first of these, and xarray's open_dataset makes a coordinate of it again by the second.
        array.encoding |= {"grid_mapping": "spatial_ref", "coordinates": "spatial_ref"}
        return array

    def __repr__(self) -> str:
        further = "".join(f"{name} {len(values)} × " for name, values in self.dims.items())
        return (
            f"<Layer {self.name} [{self.units or '-'}], {further}{self.shape[0]} × {self.shape[1]}, {self.geobox.crs}>"
        )


def _check_even(label: str, *axes: np.ndarray) -> None:
    """Raises InputError for coordinates that are not evenly spaced: their cells are not those of a grid."""
    for values in axes:
        steps = np.diff(values)
        if steps.size and np.ptp(steps) > 0.01 * abs(float(np.mean(steps))):
            raise InputError(
                f"layer {label}: its coordinates are not evenly spaced; bring it onto a regular grid first"
            )
