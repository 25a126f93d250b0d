"""Publishing a country: everything is written beside its final place, then moved there in one step."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import shutil
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numba
import pyogrio.errors
import rasterio.errors

from ewcm import basemap
from ewcm.core import extras, work_folder
from ewcm.core.files import LockHeldError, aside, exchange, only_one
from ewcm.core.footprints import Footprints
from ewcm.countries import country
from ewcm.coverage.stored import write_coverage
from ewcm.errors import CountryError, PublishError
from ewcm.report.geopackage import write_geopackage
from ewcm.report.geotiff import check_readable, tags_of, write_findings, write_reach
from ewcm.report.manifest import FOOTPRINTS, write_manifest
from ewcm.report.publication import is_publication, refuse_strangers
from ewcm.report.tables import write_summary, write_tables, write_workbook
from ewcm.result import CountryResult

#: Every file of a published country; places.csv where places were given.
OUTPUTS = (
    "index.html",
    "summary.json",
    "areas.csv",
    "coldspots.csv",
    "coldspot_areas.csv",
    "next_sites.csv",
    "places.csv",
    "tables.xlsx",
    "layers.gpkg",
    "reach.tif",
    "coverage.tif",
    "overview.png",
    "manifest.json",
)

#: How long a second publisher of the same country waits for the first [s].
LOCK_WAIT_S = 120.0

#: Names of what a publisher of a country has beside its folder while it works, or had in earlier versions.
_LEFTOVER = re.compile(r"\.([A-Z]{3})\.(new-.+|old|lock|ewcm\.lock)")

#: The new country in a work folder.
_FRESH = "country"

_MENDS = {
    errno.ENOSPC: "free some space, or choose another folder",
    errno.EDQUOT: "free some space of your quota, or choose another folder",
    errno.EFBIG: "the file system allows no file so large; choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "you may not write there; choose another folder",
    errno.EPERM: "you may not write there; choose another folder",
    errno.ENOTDIR: "a file stands where a folder should be; choose another folder",
    errno.EEXIST: "move it away, or choose another folder",
}


def write(
    result: CountryResult, folder: Path, wait_s: float = LOCK_WAIT_S, digests: Mapping[str, str] | None = None
) -> Path:
    """Publish a result in ``folder`` and return it.

    All files are written in a hidden folder beside it, brought to disk, and exchanged with ``folder`` in one step: a
    reader, or a run killed at any moment, sees the old country or the new one and never a mixture. A second publisher of
    the same folder waits up to ``wait_s`` for the first. ``digests``: see :func:`ewcm.report.publication.refuse_strangers`.
    Raises :class:`PublishError` and leaves everything as it was if anything fails, or if ``folder`` holds files that are not a
    published country's.
    """
    folder = Path(os.path.realpath(folder))
    check_name(folder)
    if result.coverage.differs_from_findings:
        raise PublishError(
            f"{folder}: nothing was written, since the tables of this result tell of the time before sites were lost and its "
            "coverage of that after it; write the answer of the loss"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(folder, wait_s):
            _clear_leftovers(folder)
            refuse_strangers(folder, digests)
            with work_folder.work_folder(folder.parent, _work_prefix(folder)) as work:
                fresh = work / _FRESH
                fresh.mkdir()
                fresh.chmod(0o755)
                write_files(result, fresh)
                exchange(fresh, folder)  # what is in the work folder after it is the old country
    except OSError as error:
        raise PublishError(_cause(error, folder)) from error
    except (rasterio.errors.RasterioError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PublishError(f"{folder}: a layer cannot be written ({reason}); is the disk full?") from error
    return folder


def check_name(place: Path) -> None:
    """Raise :class:`PublishError` for a place whose name no library can write to, or that is a link which leads to itself.
    ``place``: with all links followed."""
    try:
        os.fspath(place).encode()
    except UnicodeEncodeError:
        raise PublishError(f"{place}: its name is not UTF-8 text, which GDAL needs; choose another folder") from None
    if not str(place).isprintable() and any(unicodedata.category(sign) == "Cc" for sign in str(place)):
        raise PublishError(
            f"{place}: its name has a line break or another control character, which SQLite cannot write to; choose another "
            "folder"
        )
    if not place.name:
        raise PublishError(f"{place}: is the root of a file system; choose a folder in it")
    if place.is_symlink() and os.path.realpath(place) == str(place.absolute()):
        raise PublishError(f"{place}: is a symbolic link that leads to itself; remove it, or choose another folder")


def try_place(folder: Path) -> None:
    """Raise :class:`PublishError` where a country could not be published in ``folder``, before anything is computed for it.

    Leaves everything as it was, but for folders above ``folder``, which are made.
    """
    folder = Path(os.path.realpath(folder))
    check_name(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        refuse_strangers(folder)
        with work_folder.work_folder(folder.parent, _work_prefix(folder)):
            pass
    except OSError as error:
        raise PublishError(_cause(error, folder)) from error


def _cause(error: OSError, folder: Path) -> str:
    """What kept a country from being published: its folder, or a file elsewhere (an input, or a part of the engine)."""
    elsewhere = error.filename is not None and not os.path.realpath(os.fsdecode(error.filename)).startswith(
        str(folder.parent)
    )
    if elsewhere and error.errno not in _MENDS:
        return f"{os.fsdecode(error.filename)}: cannot be read ({error.strerror}); put it back, or install ewcm again"
    mend = _MENDS.get(error.errno or 0, "choose another folder, or see that it can be written")
    return f"{folder}: cannot be written ({error.strerror or error}); {mend}"


def sweep(parent: Path) -> None:
    """Remove what killed runs left beside the countries published in ``parent``: what is named after a country and carries
    the mark of the engine. Those being published now are left alone."""
    if not parent.is_dir():
        return
    leftovers = [found for path in parent.iterdir() if (found := _LEFTOVER.fullmatch(path.name))]
    for name in sorted({found[1] for found in leftovers}):
        with contextlib.suppress(PublishError, CountryError, OSError):
            folder = parent / country(name).iso3
            with _only_one(folder, wait_s=0.0), only_one(parent / f".{name}.lock", wait_s=0.0):
                _clear_leftovers(folder)


def write_files(result: CountryResult, folder: Path) -> None:
    """Write all files of a country into an existing empty folder, the manifest last; without the page and the picture where
    this installation cannot make them (:func:`left_out`)."""
    write_tables(result, folder)
    write_workbook(result, folder / "tables.xlsx")
    write_summary(result, folder / "summary.json")
    write_geopackage(result, folder / "layers.gpkg")
    write_reach(result, folder / "reach.tif", threads=numba.get_num_threads())
    write_coverage(result.coverage, folder / "coverage.tif", tags_of(result), threads=numba.get_num_threads())
    check_readable(folder / "coverage.tif")
    for model in {id(model): model for model in result.coverage.chosen.values()}.values():
        footprints = model.footprints
        if isinstance(footprints, Footprints):
            footprints.write(folder / FOOTPRINTS)
    write_findings(result, folder, threads=numba.get_num_threads())
    if not extras.missing("map"):
        _write_map(result, folder)
    write_manifest(result, folder, datetime.now(UTC).isoformat(timespec="seconds"))
    result.data.read_late.refuse_changed()


def import_ahead() -> None:
    """Begin to import what draws the page and the picture, in a thread: it takes most of a second, which nobody has to wait
    for while a country is computed. What goes wrong is said by whoever draws."""

    def imports() -> None:
        with contextlib.suppress(ImportError):
            _drawing()

    if not extras.missing("map"):
        threading.Thread(target=imports, name="imports").start()


def _drawing() -> tuple[Callable[..., None], Callable[..., str]]:
    """What draws the picture and the page. Imported late: a batch, which only sweeps here, draws nothing itself."""
    # Where there is no home to write to matplotlib says so in two lines; it draws all the same.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from ewcm.report.overview import write_overview
    from ewcm.report.webmap.map import render

    return write_overview, render


def _write_map(result: CountryResult, folder: Path) -> None:
    """Write the page and the picture."""
    write_overview, render = _drawing()
    around = None if result.data.basemap is None else basemap.around(result.data.country.iso3)
    write_overview(result, folder / "overview.png", around)
    (folder / "index.html").write_text(render(result, around), encoding="utf-8")


def left_out() -> str:
    """What this installation cannot publish of a country, and the mend, in one line; "" where it publishes all."""
    lacking = extras.missing("map")
    if not lacking:
        return ""
    return (
        f"index.html and overview.png are left out: packages are not installed ({', '.join(lacking)}); "
        f"{extras.how_to_install('map')}"
    )


@contextlib.contextmanager
def _only_one(folder: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock of ``folder``, a hidden file beside it."""
    try:
        with only_one(folder.parent / f".{folder.name}.ewcm.lock", wait_s):
            yield
    except LockHeldError:
        raise PublishError(
            f"{folder}: another run has been publishing there for {wait_s:.0f} s; wait for it, or end it"
        ) from None


def _work_prefix(folder: Path) -> str:
    """What the names of the work folders of a published folder begin with."""
    return f".{folder.name}.new-"


def _clear_leftovers(folder: Path) -> None:
    """Remove what killed runs left; while the lock is held none of it can be in use. What carries no mark of the engine is
    somebody else's and stays."""
    works = [path for path in folder.parent.iterdir() if path.name.startswith(_work_prefix(folder))]
    # Earlier versions put the old country beside its place.
    for old in (*(aside(work / _FRESH) for work in works if work_folder.is_ours(work)), _old_of_earlier(folder)):
        if is_publication(old) and not folder.exists():
            old.rename(folder)  # killed between the two renames of a file system that cannot exchange
    for work in works:
        work_folder.remove(work)
    if is_publication(_old_of_earlier(folder)):
        shutil.rmtree(_old_of_earlier(folder), ignore_errors=True)


def _old_of_earlier(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.old"
