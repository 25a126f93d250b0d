"""Coverage that a user brings as arrays on the analysis grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from odc.geo.geobox import GeoBox

from ewcm.core.channels import channel_name
from ewcm.core.fraction import CASES, LEVELS, UNKNOWN, Case, Shares, encode, nested, shares_of
from ewcm.core.grid import is_geographic
from ewcm.core.layer import Layer
from ewcm.errors import InputError


class GivenModel:
    """The coverage fraction of each channel as it was given; nobody is named as its operator."""

    name = "given"
    footprints = None
    footprints_left_out = ""

    def __init__(self, geobox: GeoBox, layers: Mapping[str, Any], unknown: Mapping[str, Any]) -> None:
        """``layers``, ``unknown``: see :meth:`ewcm.coverage.combine.Coverage.from_layers`. Raises :class:`InputError`."""
        names = {channel_name(channel): values for channel, values in layers.items()}
        missing = {channel_name(channel): values for channel, values in unknown.items()}
        if len(names) < len(layers) or missing.keys() - names.keys():
            raise InputError(
                "coverage: a channel is given twice, or an unknown share without a covered one; mend the keys"
            )
        self._shares = {
            channel: _shares(channel, values, missing.get(channel), geobox) for channel, values in names.items()
        }
        self.known_in_part = any(
            shares.unknown is not None for cases in self._shares.values() for shares in cases.values()
        )
        self.everywhere = all(
            shares.unknown is None and not (shares.covered == UNKNOWN).any()
            for cases in self._shares.values()
            for shares in cases.values()
        )

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """The channels that were given; no operator has a name."""
        return dict.fromkeys(self._shares, ("",))

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`."""
        if operator not in (None, ""):
            return None
        found = [self._shares[channel][case].cells(rows) for channel in channels if channel in self._shares]
        return nested(found, np.minimum.reduce([part.unknown_level() for part in found])) if found else None


def grid_of(values: Iterable[Any]) -> GeoBox:
    """The grid of the first array that says where it lies; raises :class:`InputError` where none does."""
    for array in values:
        geobox = array.geobox if isinstance(array, Layer) else getattr(getattr(array, "odc", None), "geobox", None)
        if isinstance(geobox, GeoBox):
            return geobox
    raise InputError(
        "coverage: no array says where it lies; give geobox=, or an xarray.DataArray with coordinates and a CRS"
    )


def _shares(channel: str, values: Any, unknown: Any, geobox: GeoBox) -> dict[Case, Shares]:
    """The shares of each case, checked."""
    low, central, high = _cases(f"coverage of {channel}", values, geobox)
    if (np.isnan(low) != np.isnan(central)).any() or (np.isnan(high) != np.isnan(central)).any():
        raise InputError(
            f"coverage of {channel}: some grid cells are known in one case and unknown in another; make the three agree"
        )
    if (low > central).any() or (central > high).any():
        raise InputError(
            f"coverage of {channel}: low coverage must not be above the central one, nor that above high coverage"
        )
    if unknown is None:
        made = Shares(encode(central))
        same = low is central and high is central
        return dict.fromkeys(CASES, made) if same else {
            "low": Shares(encode(low)), "central": made, "high": Shares(encode(high))
        }  # fmt: skip
    missing = _cases(f"unknown share of {channel}", unknown, geobox)[1]
    if np.isnan(missing[~np.isnan(central)]).any():
        raise InputError(
            f"unknown share of {channel}: holds no number where coverage is known; give a share from 0 to 1"
        )
    return {case: _partly(channel, part, missing) for case, part in zip(CASES, (low, central, high), strict=True)}


def _partly(channel: str, covered: np.ndarray, unknown: np.ndarray) -> Shares:
    share = np.where(np.isnan(covered), 1.0, np.nan_to_num(unknown))
    level = np.rint(np.nan_to_num(covered) * LEVELS).astype(np.int64)
    missing = np.rint(share * LEVELS).astype(np.int64)
    if (level + missing > LEVELS + 1).any():
        raise InputError(f"coverage of {channel}: covered and unknown share add up to more than 1 in some grid cells")
    return shares_of(level, np.minimum(missing, LEVELS - level))


def _cases(what: str, values: Any, geobox: GeoBox) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays of the three cases on the grid, float64; one that is the same in all is the same object three times."""
    if hasattr(values, "dims") and hasattr(values, "coords"):
        values = Layer.from_xarray(values, what)
    if isinstance(values, Layer):
        array = np.asarray(_by_case(what, values, geobox), dtype=np.float64)
    elif isinstance(values, np.ndarray | list | tuple):
        array = np.asarray(values, dtype=np.float64)
    else:
        raise InputError(
            f"{what}: a {type(values).__name__} was given; give an array of the covered share of each grid cell"
        )
    shape = tuple(geobox.shape.yx)
    if array.shape not in (shape, (len(CASES), *shape)):
        raise InputError(
            f"{what}: has the shape {array.shape}, the population grid {shape}; bring it onto that grid first"
        )
    wrong = np.isinf(array) | (array < 0) | (array > 1)
    if wrong.any():
        raise InputError(
            f"{what}: holds the value {float(array[wrong][0]):g}; give a share of each grid cell, from 0 to 1"
        )
    return (array, array, array) if array.ndim == 2 else (array[0], array[1], array[2])


def _by_case(what: str, layer: Layer, geobox: GeoBox) -> np.ndarray:
    """The values of a layer, NaN where unknown, with low coverage, central and high coverage in this order."""
    if not _same_grid(layer.geobox, geobox):
        raise InputError(
            f"{what}: lies on the grid {layer.geobox.shape.yx} at {tuple(layer.geobox.boundingbox)[:4]}, the population on "
            f"{geobox.shape.yx} at {tuple(geobox.boundingbox)[:4]}; bring it onto that grid first"
        )
    values = layer.decoded(slice(0, layer.shape[0]))
    if not layer.dims:
        return values
    ((name, labels), *more) = layer.dims.items()
    if more or name != "case" or sorted(map(str, labels)) != sorted(CASES):
        raise InputError(
            f"{what}: has the dimension {name} with {', '.join(map(str, labels))}; choose one of them, or give a dimension "
            f"case with {', '.join(CASES)}"
        )
    return values[[labels.index(case) for case in CASES]]


def _same_grid(first: GeoBox, second: GeoBox) -> bool:
    """Whether two grids lie within a hundredth of a cell of one another; longitudes may be a whole turn apart."""
    if first.shape != second.shape or first.crs != second.crs:
        return False
    step = max(abs(second.affine.a), abs(second.affine.e))
    corners = [(0, 0), (first.shape[1], first.shape[0])]
    turn = 360.0 * round((first.affine.c - second.affine.c) / 360.0) if is_geographic(second) else 0.0
    return all(
        abs(a - b) < 0.01 * step
        for corner in corners
        for a, b in zip(
            first.affine @ corner, second.affine @ (corner[0], corner[1]) + np.array([turn, 0.0]), strict=True
        )
    )
