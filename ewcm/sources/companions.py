"""What stands beside a file and is read with it: it too holds its own data only, and is a regular file."""

from __future__ import annotations

from pathlib import Path

from ewcm.core.drivers import raster_format
from ewcm.core.record import companions_of
from ewcm.errors import InputError
from ewcm.sources.crs_texts import check_crs
from ewcm.sources.files import check_file
from ewcm.sources.xml import parse_xml

#: Companions that GDAL opens as rasters, by any driver that will have them.
_RASTERS = (".msk", ".ovr", ".aux", ".rrd")

#: Rasters that may be such: those whose files hold nothing but themselves.
_PLAIN = ("GTiff", "HFA")

#: No notes of a raster are longer [bytes]; those of a raster with many classes take some MB.
_MAX_NOTES_BYTES = 20_000_000

#: Definitions of a coordinate system are no longer [bytes].
_MAX_CRS_BYTES = 100_000


def check_companions(path: Path) -> None:
    """Refuse companions that are no regular files, that would lead GDAL elsewhere, or that nobody can read; an empty one is
    none. Raises :class:`InputError` in one line that names the companion."""
    for companion in companions_of(path, regular=False).values():
        if companion.is_file() and not companion.stat().st_size:
            continue
        head = check_file(companion)
        ending = companion.suffix.lower()
        if ending in _RASTERS:
            found = raster_format(head)
            if found is None or found.driver not in _PLAIN:
                raise InputError(
                    f"{companion}: stands beside {path.name} as a part of it and is no raster; remove it, or build it again"
                )
        elif ending == ".xml":
            _check_notes(companion)
        elif ending == ".prj":
            with companion.open("rb") as stream:
                check_crs(stream.read(_MAX_CRS_BYTES).decode("latin-1"), companion)


def _check_notes(path: Path) -> None:
    """Refuse notes of GDAL (.aux.xml) that name another file or a coordinate system by one."""
    with path.open("rb") as stream:
        data = stream.read(_MAX_NOTES_BYTES + 1)
    for element in parse_xml(data, path, "notes of a raster", max_bytes=_MAX_NOTES_BYTES).iter():
        if element.tag in ("SourceFilename", "SourceDataset") or element.get("key") == "OVERVIEW_FILE":
            raise InputError(f"{path}: (beside the raster) takes its overviews from elsewhere; remove it")
        if element.tag == "SRS":
            check_crs(element.text or "", path)
