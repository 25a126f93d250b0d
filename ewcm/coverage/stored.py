"""The coverage of a published country in its coverage.tif: every service and case, for each operator and for all together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.windows import Window

from ewcm.core import grid
from ewcm.core.drivers import opened_raster
from ewcm.core.file_states import state_of
from ewcm.core.footprints import SiteFootprints
from ewcm.core.fraction import CASES, UNKNOWN, Case, Shares
from ewcm.coverage.combine import Coverage
from ewcm.errors import InputError

if TYPE_CHECKING:
    from ewcm.coverage.model import Model

#: The tag of the file that says which bands hold which shares, and which model speaks for which channel.
_TAG = "coverage"

_TILE = 512

#: Levels (uint16) of what circles around known cells cover of a service, in some rows.
CircleLevel = Callable[[str, slice], np.ndarray]


@dataclass
class StoredModel:
    """What a published country says of the model of a channel; its shares are asked of :class:`StoredCoverage`.

    ``read_footprints``: reads the footprints of single sites when somebody asks for them. ``circle_level``: levels (uint16) of
    what circles around known cells alone cover of a service, in some rows; for a model that is estimated.
    """

    name: str
    everywhere: bool
    known_in_part: bool
    operators: dict[str, tuple[str, ...]]
    footprints_left_out: str = ""
    read_footprints: Callable[[], SiteFootprints | None] = lambda: None
    circle_level: CircleLevel | None = None

    @cached_property
    def footprints(self) -> SiteFootprints | None:
        """See :class:`ewcm.coverage.model.Model`."""
        return self.read_footprints()

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """None: a published country keeps services, not channels."""
        return None


class StoredCoverage(Coverage):
    """Coverage whose shares stand in a file."""

    def __init__(
        self,
        path: Path,
        geobox: GeoBox,
        footprints: Callable[[str], SiteFootprints | None] = lambda model: None,
        circle_level: CircleLevel | None = None,
    ) -> None:
        """``footprints`` gives those of a model by its name, when they are asked for; ``circle_level``: see :class:`StoredModel`.

        Raises :class:`ewcm.errors.InputError` for a file that is not a coverage.tif of this grid."""
        try:
            with opened_raster(path) as dataset:
                content = json.loads(dataset.tags()[_TAG])
                shape, count = dataset.shape, dataset.count
        except (rasterio.errors.RasterioError, KeyError, ValueError) as error:
            raise InputError(
                f"{path}: is not the coverage of a published country ({error}); run the country again"
            ) from error
        if shape != tuple(geobox.shape.yx):
            raise InputError(
                f"{path}: has {shape} cells, the grid of the country {tuple(geobox.shape.yx)}; run it again"
            )
        chosen: dict[str, Model] = {
            channel: StoredModel(
                one["model"],
                one["everywhere"],
                one["known_in_part"],
                {channel: tuple(one["operators"])},
                one["footprints_left_out"],
                partial(footprints, one["model"]),
                circle_level,
            )
            for channel, one in content["channels"].items()
        }
        missing = {channel: tuple(one["missing"]) for channel, one in content["channels"].items() if one["missing"]}
        super().__init__(geobox, chosen, missing)
        self._path = path
        self._state = state_of(path)
        self._bands: dict[str, list[int]] = content["bands"]
        if any(not 1 <= band <= count for bands in self._bands.values() for band in bands):
            raise InputError(f"{path}: names bands that it does not have; run the country again")

    def shares(self, service: str, case: Case, rows: slice, operator: str | None = None) -> Shares:
        """See :meth:`Coverage.shares`."""
        bands = self._bands.get(_key(service, case, operator))
        if bands is None:
            return self._nothing(rows)
        if state_of(self._path) != self._state:
            raise InputError(f"{self._path}: was changed since the result was opened; open it again")
        window = Window(0, rows.start, self.geobox.shape[1], rows.stop - rows.start)
        with opened_raster(self._path) as dataset:
            read = dataset.read(bands, window=window)
        return Shares(read[0], read[1] if len(bands) > 1 else None)

    def prepare(self, *operators: str) -> None:
        """Nothing is made: all of it stands in the file."""


def _key(service: str, case: Case, operator: str | None) -> str:
    return f"{service}/{case}" if operator is None else f"{service}/{case}/{operator}"


def write_coverage(coverage: Coverage, path: Path, tags: Mapping[str, str], threads: int) -> None:
    """Write coverage.tif: levels (uint16, 60000 = whole, 65535 = nothing known) of the covered share of every service that is
    known, in each case, for all operators together and for each, and of the unknown share where it is known in part.

    Shares that are the same stand once: the tag ``coverage`` (JSON) names the bands of each service, case and operator. ``tags``:
    further ones, such as the grade of the data.
    """
    rows, cols = coverage.geobox.shape
    origins = _origins(coverage)
    bands: dict[_Wanted, list[int]] = {}
    names: list[str] = []
    for (service, operator), origin in origins.items():
        for case in CASES if service == origin else ():
            written = [_key(service, case, operator)]
            if coverage.may_be_known_in_part(service, operator):
                written.append(f"{written[0]} unknown")
            bands[service, case, operator] = [len(names) + 1 + number for number in range(len(written))]
            names += written
    content = {"channels": _channels(coverage), "bands": _all_bands(origins, bands)}
    profile = {
        "driver": "GTiff",
        "dtype": "uint16",
        "count": max(1, len(names)),
        "height": rows,
        "width": cols,
        "crs": str(coverage.geobox.crs),
        "transform": coverage.geobox.affine,
        "nodata": UNKNOWN,
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
        "compress": "zstd",
        "zstd_level": 1,
        "predictor": 2,
        "interleave": "band",
        "num_threads": threads,
        "BIGTIFF": "IF_SAFER",
    }
    with rasterio.open(path, "w", **profile) as target:
        target.update_tags(**tags, **{_TAG: json.dumps(content, ensure_ascii=False)})
        for number, name in enumerate(names, start=1):
            target.set_band_description(number, name)
        for (service, case, operator), mine in bands.items():
            for block in grid.blocks(rows):
                shares = coverage.shares(service, case, block, operator)
                parts = [shares.covered] if len(mine) == 1 else [shares.covered, shares.unknown_level()]
                window = Window(0, block.start, cols, block.stop - block.start)
                target.write(np.stack(parts), mine, window=window)


#: A service, a case and an operator (None: all together).
_Wanted = tuple[str, Case, str | None]


def _origins(coverage: Coverage) -> dict[tuple[str, str | None], str]:
    """For each service and operator of which anything is known, the first service with the same shares."""
    found: dict[tuple[str, str | None], str] = {}
    for operator in (None, *coverage.operators):
        first: dict[object, str] = {}
        for service in coverage.services:
            channels = tuple(
                name
                for name in coverage.known(service)
                if operator is None or operator in coverage.chosen[name].operators.get(name, ())
            )
            if channels:
                has_oldest = coverage.services[service].nested[:1] == channels[:1]
                found[service, operator] = first.setdefault(
                    (channels, has_oldest, coverage.depends_on(service)[1:]), service
                )
    return found


def _all_bands(origins: dict[tuple[str, str | None], str], bands: dict[_Wanted, list[int]]) -> dict[str, list[int]]:
    """The bands of every service, case and operator, whether they are written for it or for one with the same shares."""
    return {
        _key(service, case, operator): bands[origin, case, operator]
        for (service, operator), origin in origins.items()
        for case in CASES
    }


def _channels(coverage: Coverage) -> dict[str, dict[str, object]]:
    return {
        channel: {
            "model": model.name,
            "everywhere": model.everywhere,
            "known_in_part": model.known_in_part,
            "footprints_left_out": model.footprints_left_out,
            "operators": list(model.operators.get(channel, ())),
            "missing": list(coverage.missing.get(channel, ())),
        }
        for channel, model in coverage.chosen.items()
    }
