"""Opening files that may be anything: the checks every reader makes before it trusts a file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ewcm.core import archive
from ewcm.core.input_warning import InputNote
from ewcm.errors import InputError

#: What a download that went wrong starts with, and how to say it.
_WRONG_KINDS = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the file itself; download the real file"),
    (b"<!doctype html", "is a web page, not data; download the file again"),
    (b"<html", "is a web page, not data; download the file again"),
    (b"rate_limited", "is an error message of the download server (rate limit reached); download it again later"),
    (
        b"invalid_token",
        "is an error message of the download server (invalid token); check the token and download it again",
    ),
)


_LATIN_1 = "The text is not UTF-8 and was read as Latin-1 (Windows-1252); check accented names."


def check_file(path: Path) -> bytes:
    """Make sure that ``path`` is a regular, non-empty file and no failed download; returns its first 4096 bytes."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{path}: its name is not UTF-8 text, which GDAL needs; rename it") from None
    try:
        # A device or a pipe must not be opened: reading it may never end.
        if path.is_dir():
            raise InputError(f"{path}: is a folder; name the file in it")
        if path.is_symlink() and not path.exists():
            raise InputError(f"{path}: is a symbolic link to nothing; mend the link, or put a copy of the data there")
        if not path.exists():
            raise InputError(f"{path}: does not exist; check the name, or remove it from the inputs")
        if not path.is_file():
            raise InputError(f"{path}: is not a regular file; put a copy of the data there")
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    if not head:
        raise InputError(f"{path}: is empty; download or export it again")
    if not is_web_table(path, head):
        refuse_wrong_kind(path, head)
    return head


def is_web_table(path: Path, head: bytes) -> bool:
    """Whether a file that is called ``.xls`` begins as a web page with a table, or as a workbook in XML. ``head``: its first
    bytes."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096].lower()
    return path.suffix.lower() == ".xls" and (
        (start.startswith((b"<html", b"<table", b"<!doctype html", b"<meta", b"<head", b"<style")) and b"<t" in start)
        or b"urn:schemas-microsoft-com:office:spreadsheet" in start
    )


def refuse_wrong_kind(path: Path, head: bytes) -> None:
    """Refuse the first bytes of a web page, a server's error message or an LFS pointer."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower().lstrip(b'"{')
    for mark, what in _WRONG_KINDS:
        if start.startswith(mark):
            raise InputError(f"{path}: {what}")


def read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a (gzipped) text file, its lines ended by ``\\n``, and the assumptions made about its encoding.

    UTF-8 with or without a byte-order mark; anything else is read as Latin-1 and said. Raises :class:`InputError` on
    damaged or exploding gzip, on binary content, on a failed download and where there is nothing but blanks.
    """
    text, assumptions = _decoded(path)
    if text.startswith("PK\x03\x04"):
        raise InputError(f"{path}: is a workbook or an archive by its content; call it .xlsx, or .zip, as what it is")
    if "\x00" in text:
        raise InputError(f"{path}: is not a text file; export it as CSV")
    if text.isspace() or not text:
        raise InputError(f"{path}: is empty; download or export it again")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text, assumptions


def first_line(text: str) -> str:
    """The first line with anything in it."""
    body = text.lstrip()
    return body[: body.find("\n")] if "\n" in body else body


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    head = check_file(path)
    data = _gunzip(path) if head.startswith(b"\x1f\x8b") else _read_capped(path)
    if head.startswith(b"\x1f\x8b"):
        refuse_wrong_kind(path, data[:4096])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16"), (InputNote("utf_16", "The file is UTF-16 text."),)
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: is damaged UTF-16 text; save it as UTF-8 CSV") from error
    if order := _order_of_utf_16(data):
        try:
            return data.decode(order), (InputNote("utf_16", "The file is UTF-16 text, without a byte-order mark."),)
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: is damaged UTF-16 text; save it as UTF-8 CSV") from error
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    # No word of a language in Latin letters has three letters in a row that Windows would write as Arabic ones.
    arabic = data.decode("cp1256")
    if _ARABIC.search(arabic):
        return arabic, (InputNote("windows_1256", "The file is in the Arabic letters of Windows (1256)."),)
    try:  # what Windows writes: Latin-1 with curly quotes
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text, (InputNote("latin_1", _LATIN_1),)


_ARABIC = re.compile("[\u0621-\u064a]{3}")


def _order_of_utf_16(data: bytes) -> str:
    """The order of bytes of UTF-16 text that does not state it; "" for other texts. Digits, separators and line ends have an
    empty byte on one side, and no side of such a text is without."""
    head = data[:4096]
    first, second = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 16:
        return ""
    for mine, other, order in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if mine > 0.2 * half and other < 0.02 * half and len(data) % 2 == 0:
            return order
    return ""


def _read_capped(path: Path) -> bytes:
    try:
        if path.stat().st_size > archive.TEXT.total_bytes:
            raise InputError(
                f"{path}: is larger than {archive.TEXT.total_bytes / 1e9:.0f} GB; keep only the country's rows"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); copy it again") from error


def _gunzip(path: Path) -> bytes:
    try:
        return b"".join(archive.gunzipped(path, archive.TEXT))
    except (archive.DamagedArchive, OSError) as error:
        raise InputError(f"{path}: is a damaged or cut-off .gz file; download it again") from error
    except archive.ArchiveError as error:
        raise InputError(f"{path}: unpacks to far more than a cell export can hold; it was not read further") from error
