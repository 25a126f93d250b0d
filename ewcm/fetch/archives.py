"""Archives that are fetched: what :mod:`ewcm.core.archive` finds in them, as errors of a download."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ewcm.core import archive as archives
from ewcm.core.archive import TO_DISK, ArchiveError, DamagedArchive, Limits
from ewcm.errors import FetchError
from ewcm.fetch.checks import Damaged, check_format


@contextmanager
def _errors_of_a_download() -> Iterator[None]:
    try:
        yield
    except DamagedArchive as error:
        raise Damaged(f"{error}; run the command again") from None
    except ArchiveError as error:
        raise FetchError(str(error)) from None


def check_zip(path: Path, limits: Limits = TO_DISK) -> None:
    """A ZIP archive with a whole list of contents, all of them harmless."""
    check_format(path, "ZIP")
    with _errors_of_a_download(), archives.opened_zip(path) as opened:
        archives.check_members(opened, limits)


def extract_one(archive: Path, suffix: str, target: Path, limits: Limits = TO_DISK) -> str:
    """Write the only member of a ZIP whose name ends in ``suffix`` to ``target``; returns the member's name.

    Every member is checked, also those that are not wanted.
    """
    with _errors_of_a_download(), archives.opened_zip(archive) as opened:
        members = archives.check_members(opened, limits)
        wanted = [info for info in members if info.filename.lower().endswith(suffix.lower())]
        if len(wanted) != 1:
            raise FetchError(f"the archive holds {len(wanted)} files *{suffix} instead of one; report it to the source")
        with target.open("wb") as stream:
            archives.unpack(opened, wanted[0], stream, limits)
        return wanted[0].filename


class Gunzip(archives.Gunzip):
    """Unpack a gzip file piece by piece while it is downloaded."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The unpacked blocks (of at most 1 MiB) of the next piece of the file."""
        with _errors_of_a_download():
            yield from super().feed(data)

    def finish(self) -> None:
        """Raise :class:`Damaged` unless the last member ended where it should (its CRC was then compared too)."""
        with _errors_of_a_download():
            super().finish()


def gunzipped(path: Path, limits: Limits = TO_DISK) -> Iterator[bytes]:
    """The unpacked blocks of a gzip file."""
    with _errors_of_a_download():
        yield from archives.gunzipped(path, limits)
