"""Archives as people send them: shapefiles in folders, several files in one, a KML with its pictures, a geodatabase.

What is asked for is unpacked into a folder of its own for as long as it is read, where it meets every check that a file by itself
meets; nothing is opened inside an archive.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ewcm.core import archive
from ewcm.core.drivers import ARCHIVES, FOLDERS, VECTORS
from ewcm.errors import InputError, one_line

#: Vector files that are copied away from what stands beside them before they are read: GDAL would take their classes, or the
#: pieces of their shapes, from there.
_COPIED = (".gml",)

#: Files that are not read where they lie.
ALONE_IN_A_FOLDER = (*ARCHIVES, *_COPIED)

_FOLDER_ENDINGS = tuple(ending for one in FOLDERS for ending in one.endings)
_FILE_ENDINGS = tuple(ending for one in VECTORS for ending in one.endings)


@contextmanager
def _in_the_name_of(path: Path, folder: str) -> Iterator[None]:
    """What is said of a file in the folder is said of ``path``, the archive that it came from or the file that it is."""
    try:
        yield
    except InputError as error:
        said = str(error).replace(f"{folder}/", f"{path}: ")
        raise InputError(said.replace(f"{path}: {path.name}:", f"{path}:")) from error


@contextmanager
def unpacked(
    path: Path, layer: str | None = None
) -> Iterator[tuple[Path, str | None, tuple[str, ...], tuple[str, ...]]]:
    """The one vector file in an archive, or the one that ``layer`` names, in a folder of its own; the layer of it that is
    still to be chosen; what is to be said; and the
    files of the archive that are not read. Raises :class:`InputError` in one line that names what the archive holds; one that
    is raised about the unpacked file names the archive."""
    with tempfile.TemporaryDirectory(prefix="ewcm-unpacked-") as name, _in_the_name_of(path, name):
        folder = Path(name)
        if path.suffix.lower() in _COPIED:
            shutil.copyfile(path, folder / path.name)
            yield folder / path.name, layer, (), ()
            return
        try:
            with archive.opened_zip(path) as opened:
                members = [member for member in archive.check_members(opened, archive.IN_PLACE) if _counts(member)]
                found = _with_shapes(opened, _files_in(members))
                chosen = _chosen(path, found, layer)
                beside = _with_its_companions(chosen, members)
                for member in beside:
                    target = folder / PurePosixPath(member.filename).name
                    if chosen.suffix.lower() in _FOLDER_ENDINGS:
                        (folder / chosen.name).mkdir(exist_ok=True)
                        target = folder / chosen.name / target.name
                    with target.open("wb") as stream:
                        archive.unpack(opened, member, stream, archive.IN_PLACE)
        except (archive.DamagedArchive, OSError) as error:
            raise InputError(f"{path}: is a damaged or cut-off zip file; download it again") from error
        except archive.ArchiveError as error:
            raise InputError(f"{path}: {str(error).removeprefix('the archive ')}; clip it to the country") from error
        named = layer is not None and layer.casefold() in _names(chosen)
        notes = (
            (f"Of the archive '{one_line(str(chosen), 120)}' was read.",)
            if len(found) > 1 or "/" in str(chosen)
            else ()
        )
        others = tuple(one_line(str(one.with_suffix("")), 60) for one in found if one != chosen)
        yield folder / chosen.name, None if named else layer, notes, others


def files_in(path: Path) -> tuple[str, ...]:
    """The vector files in an archive, as ``layer`` may name them."""
    try:
        with archive.opened_zip(path) as opened:
            members = [member for member in archive.check_members(opened, archive.IN_PLACE) if _counts(member)]
            return tuple(str(one.with_suffix("")) for one in _with_shapes(opened, _files_in(members)))
    except (archive.DamagedArchive, archive.ArchiveError, OSError) as error:
        raise InputError(f"{path}: is a damaged or cut-off zip file; download it again") from error


def _counts(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a file of its maker: not what macOS puts beside each."""
    path = PurePosixPath(member.filename)
    return not member.is_dir() and "__MACOSX" not in path.parts and not path.name.startswith("._")


def _files_in(members: list[zipfile.ZipInfo]) -> list[PurePosixPath]:
    """The vector files among the members; a geodatabase is its folder."""
    found: dict[PurePosixPath, None] = {}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        above = next((part for part in path.parents if part.suffix.lower() in _FOLDER_ENDINGS), None)
        if above is not None:
            found[above] = None
        elif path.suffix.lower() in _FILE_ENDINGS:
            found[path] = None
    return list(found)


def _with_shapes(opened: zipfile.ZipFile, found: list[PurePosixPath]) -> list[PurePosixPath]:
    """Of several files those that are no mere KML of links to the others."""
    names = {str(PurePosixPath(name.replace("\\", "/"))): name for name in opened.namelist()}

    def has_shapes(path: PurePosixPath) -> bool:
        if path.suffix.lower() != ".kml":
            return True
        target = io.BytesIO()
        archive.unpack(opened, opened.getinfo(names[str(path)]), target, archive.IN_PLACE)
        return b"Placemark" in target.getvalue()

    return [path for path in found if has_shapes(path)] if len(found) > 1 else found


def _chosen(path: Path, found: list[PurePosixPath], layer: str | None) -> PurePosixPath:
    if not found:
        raise InputError(
            f"{path}: holds no vector file that is read (such as a .shp or a .gdb); unpack it and name the file"
        )
    if len(found) == 1:
        return found[0]
    names = ", ".join(one_line(str(one), 60) for one in found[:12])
    meant = [one for one in found if layer is not None and layer.casefold() in _names(one)]
    if len(meant) != 1:
        what = "has no file" if layer is not None and not meant else "holds several files"
        quoted = f" '{layer}'; it has" if layer is not None and not meant else ":"
        raise InputError(
            f'{path}: {what}{quoted} {names}; name each that is to be read with layer = "{one_line(found[0].stem, 60)}", in a '
            "table of its own"
        )
    return meant[0]


def _names(member: PurePosixPath) -> tuple[str, ...]:
    """What a file of an archive may be called."""
    return tuple(name.casefold() for name in (member.stem, member.name, str(member), str(member.with_suffix(""))))


def _with_its_companions(chosen: PurePosixPath, members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members that are the file: the folder's own, or those of its name in its folder."""
    found = []
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if chosen.suffix.lower() in _FOLDER_ENDINGS:
            mine = path.parent == chosen
        elif chosen.suffix.lower() in (".shp", ".tab", ".mif"):
            mine = path.parent == chosen.parent and path.name.lower().startswith(chosen.stem.lower() + ".")
        else:
            mine = path == chosen
        if mine:
            found.append(member)
    return found
