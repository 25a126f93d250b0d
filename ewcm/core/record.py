"""The record of one input: what was read, and what was assumed about it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ewcm.core.input_warning import InputWarning
from ewcm.of_one import of_one

#: The column of every table and layer of the engine, and the tag of its rasters, that tells modelled data from a user's own.
GRADE = "data_grade"
STARTER = "starter"
EXERCISE = "exercise"  # made up for a course or a drill

#: What is said of a file that carries a mark: of what is modelled as a doubt; what is made up is meant to be.
_OF_STARTER = InputWarning(
    "starter",
    "The file was made from STARTER DATA, which is modelled and not for decisions; so is all that is made from it.",
)
_OF_EXERCISE = "The file says that it is made up for an exercise (data_grade); so is all that is made from it."

#: What stands beside a file under its whole name, and under its name without the ending, and is read with it: masks, notes
#: and coarser copies of rasters; tables and coordinate systems of shapefiles and grids.
_AFTER_NAME = (".aux.xml", ".msk", ".ovr", ".msk.ovr", ".aux", ".msk.aux.xml", ".ovr.aux.xml")
_AFTER_STEM = (
    *(".aux.xml", ".aux", ".prj", ".wld", ".rrd", ".ige", ".ovr", ".msk"),
    *(".dbf", ".shx", ".cpg", ".qix", ".sbn", ".sbx", ".idm", ".ind"),
)

#: The same of files of one ending only.
_OF_ENDING = {"tab": (".dat", ".map", ".id", ".ind"), "mif": (".mid",)}


@dataclass(frozen=True)
class InputRecord:
    """Everything the manifest says of one input file.

    ``assumptions`` are the things the reader decided because the file did not say them; ``warnings`` are the things that
    look wrong but do not stop a run. Both are full sentences, shown to the user.
    """

    layer: str  # population, cells, sites, coverage, terrain, clutter, boundaries, places, official, basemap
    path: str  # relative to the inputs folder where possible, never an absolute path of a machine
    sha256: str = ""
    size_bytes: int = 0
    format: str = ""  # GDAL driver or "CSV"
    crs: str = ""
    nodata: str = ""
    licence: str = "not stated"
    attribution: str = ""
    source: str = ""  # address or citation
    date: str = ""  # of the data, ISO 8601 (a year will do)
    redistributable: bool = True
    non_commercial: bool = False
    assumptions: tuple[str, ...] = ()
    warnings: tuple[InputWarning, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)  # layer-specific: sums, counts, extents, broken rows
    starter: bool = False  # modelled STARTER DATA, or made from it
    exercise: bool = False  # made up for an exercise, or made from what is
    lent: bool = False  # of the files that come with the engine, as the user brought none of this layer; never modelled
    companions: dict[str, str] = field(default_factory=dict)  # SHA-256 of the files read with it, by their suffix

    @property
    def year(self) -> int | None:
        """The year of the data: as stated, else the one year in the name of the file; None where there is none or several. The
        name of a hazard's file tells the year of an event or of a projection."""
        stated = re.match(r"(?:19|20)\d\d(?!\d)", self.date)
        name = "" if self.layer == "hazard" else self.path
        named = {int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)}
        return int(stated[0]) if stated else named.pop() if len(named) == 1 else None

    @property
    def origin(self) -> str:
        """Where it is from, in a word: ``user``, ``lent``, ``exercise`` for what is made up, or ``starter`` for what is modelled;
        the last two also for what is made from it."""
        return STARTER if self.starter else EXERCISE if self.exercise else "lent" if self.lent else "user"


@dataclass(frozen=True)
class Meta:
    """What a user states about a file beside its content: the provenance fields of :class:`InputRecord`.

    ``root`` is the inputs folder; paths in records are relative to it.
    """

    root: Path | None = None
    licence: str = "not stated"
    attribution: str = ""
    source: str = ""
    date: str = ""
    redistributable: bool = True
    non_commercial: bool = False


def record_of(
    layer: str,
    path: Path,
    meta: Meta,
    *,
    assumptions: tuple[str, ...] = (),
    warnings: tuple[InputWarning, ...] = (),
    grade: str = "",
    **more: Any,
) -> InputRecord:
    """The record of one file: its size and hash, the stated provenance, and what the reader found (``more``).

    ``grade``: the mark that the file carries, as :func:`grade_of` finds it.
    """
    return InputRecord(
        layer=layer,
        path=path_in_record(path, meta.root),
        sha256=sha256_of(path),
        size_bytes=sum(file.stat().st_size for file in _files_of(path)),
        licence=meta.licence,
        attribution=meta.attribution,
        source=meta.source,
        date=meta.date,
        redistributable=meta.redistributable,
        non_commercial=meta.non_commercial,
        assumptions=(
            *_link_assumption(path, meta.root),
            *map(of_one, assumptions),
            *((_OF_EXERCISE,) if grade == EXERCISE else ()),
        ),
        warnings=(*warnings, _OF_STARTER) if grade == STARTER else warnings,
        starter=grade == STARTER,
        exercise=grade == EXERCISE,
        companions={after: sha256_of(file) for after, file in companions_of(path).items()},
        **more,
    )


def grade_of(grades: Iterable[object]) -> str:
    """The mark of a file, from what stands in its column or tag ``data_grade``: ``starter`` where any of it is of STARTER DATA,
    else ``exercise`` where any is made up for one, else ""."""
    found = " ".join(str(grade).lower() for grade in grades)
    return next((mark for mark in (STARTER, EXERCISE) if mark in found), "")


def companions_of(path: Path, *, regular: bool = True) -> dict[str, Path]:
    """The files beside ``path`` that GDAL reads with it, by what their names have after the stem; the case of letters does
    not count. Without ``regular`` also pipes, folders and links to nothing of such names."""
    ending = path.suffix[1:].lower()
    stem, name = path.stem.lower(), path.name.lower()
    # A world file of people.tif is people.tfw, people.tifw or people.wld.
    world = (f".{ending[0]}{ending[-1]}w", f".{ending}w") if ending else ()
    wanted = {name + after for after in _AFTER_NAME} | {
        stem + after for after in (*_AFTER_STEM, *_OF_ENDING.get(ending, ()), *world)
    }
    try:
        beside = sorted(file for file in path.parent.iterdir() if file.name.lower() in wanted)
    except OSError:
        return {}
    return {
        file.name[len(path.stem) :]: file
        for file in beside
        if file.name != path.name and (file.is_file() or not regular)
    }


def path_in_record(path: Path, root: Path | None) -> str:
    """``path`` relative to the inputs folder, else its bare name: a record never shows a machine's folders."""
    if root is not None and path.is_relative_to(root) and ".." not in path.relative_to(root).parts:
        return path.relative_to(root).as_posix()
    return path.name


def _link_assumption(path: Path, root: Path | None) -> tuple[str, ...]:
    """A symbolic link out of the inputs folder is followed (it is the user's own file), and said."""
    if root is None or not path.is_relative_to(root) or ".." in path.relative_to(root).parts:
        return ()  # a path that is stated to lie elsewhere is no link
    if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        return ()
    return ("The file is a symbolic link to a place outside the inputs folder; it was followed.",)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal, read in blocks so that a 10 GB raster needs no memory; of a folder (a file geodatabase)
    that of the names and digests of its files."""
    if path.is_dir():
        listed = "".join(f"{sha256_of(file)}  {file.name}\n" for file in _files_of(path))
        return hashlib.sha256(listed.encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files_of(path: Path) -> list[Path]:
    """The file, or the files of a folder."""
    return sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
