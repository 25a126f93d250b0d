"""Files beside a raster that GDAL reads with it and that change what it says: its scale, its mask, its place."""

from __future__ import annotations

import warnings
from pathlib import Path

import rasterio
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ewcm.core.drivers import opened_raster
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import companions_of


def sidecar_warnings(dataset: rasterio.DatasetReader, path: Path) -> tuple[InputWarning, ...]:
    """What the files beside an open raster change in it, a sentence each: compared with the raster by itself."""
    names = [file.name for file in companions_of(path).values()]
    if not names:
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with opened_raster(path, dataset.driver, alone=True) as alone:
                return tuple(_changes(dataset, alone, ", ".join(names)))
    except (RasterioError, ValueError, OSError):
        return ()  # a format whose cells lie in a second file


def _changes(dataset: rasterio.DatasetReader, alone: rasterio.DatasetReader, names: str) -> list[InputWarning]:
    found = []

    def say(code: str, what: str, **values: object) -> None:
        text = f"{names} beside it {what}; remove it where that is not meant."
        found.append(InputWarning(f"sidecar_{code}", text, {"sidecar": names, **values}))

    scale, offset = dataset.scales[0], dataset.offsets[0]
    if (scale, offset) != (alone.scales[0], alone.offsets[0]):
        say(
            "scale",
            f"multiplies every value by {scale:g} and adds {offset:g}",
            scale=f"{scale:g}",
            offset=f"{offset:g}",
        )
    masked, masks_itself = (MaskFlags.per_dataset in one.mask_flag_enums[0] for one in (dataset, alone))
    if masked and (not masks_itself or _takes(dataset, ".msk")):
        say("mask", "masks cells, which were read as missing")
    if str(dataset.nodata) != str(alone.nodata):
        nodata = "none" if dataset.nodata is None else f"{dataset.nodata:g}"
        say("nodata", f"changes the value that means missing to {nodata}", nodata=nodata)
    if dataset.transform != alone.transform:
        say("position", "changes the place of its grid")
    if dataset.crs != alone.crs and not all(name.lower().endswith(".prj") for name in names.split(", ")):
        say("crs", "changes its coordinate system")
    if dataset.overviews(1) and (dataset.overviews(1) != alone.overviews(1) or _takes(dataset, ".ovr")):
        say("overviews", "holds a coarser copy of it")
    return found


def _takes(dataset: rasterio.DatasetReader, ending: str) -> bool:
    """Whether GDAL reads a file of that ending with a raster. Beside HFA and netCDF it does so even where it is told to look at
    no other file, so that the raster by itself shows no difference."""
    return any(file.lower().endswith(ending) for file in dataset.files[1:])
