"""What at a place of results is the engine's own. Everything else there is somebody else's and is never touched."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable

from ewcm.countries import country
from ewcm.errors import BatchError, CountryError, PublishError
from ewcm.report.summaries import CSV, WORKBOOK

#: The atlas page.
PAGE = "index.html"

#: What killed batches leave in their state folder: marks half written.
LEFTOVER_MARK = re.compile(r"\.(?:[A-Z]{3}|failures)\.json\.[0-9a-f]{8}\.part")

#: How every mark of a published country begins.
_MARK_HEAD = b'{\n "fingerprint"'

#: How every page and table of the engine can be told from others.
_IN_PAGE = (b'id="page-data"', b"Early Warning Connectivity Map")
_CSV_HEAD = "data_grade,iso3,name,people".encode("utf-8-sig")
_IN_SHEET = (b">data_grade<", b">iso3<")
_LARGEST_SHEET = 50_000_000


def refuse_foreign_atlas(place: str, read: Callable[[str], bytes | None]) -> None:
    """Raise :class:`BatchError` where one of the files that the atlas would replace is somebody else's.

    ``read``: the content of a file of the place by name, None where there is none.
    """
    tests = {PAGE: _is_page, CSV: lambda content: content.startswith(_CSV_HEAD), WORKBOOK: _is_workbook}
    foreign = [name for name, is_ours in tests.items() if (content := read(name)) is not None and not is_ours(content)]
    if foreign:
        raise BatchError(
            f"{place}: holds files that are not an atlas of ewcm ({', '.join(foreign)}); move them away, or give --output "
            "another place"
        )


def refuse_foreign_mark(place: str, content: bytes) -> None:
    """Raise :class:`PublishError` where what stands in the place of a country's mark is none, and no torn one."""
    if not content.startswith(_MARK_HEAD) and not (content and _MARK_HEAD.startswith(content)):
        raise PublishError(f"{place}: is not a mark of ewcm; move it away, or give --output another place")


def _is_page(content: bytes) -> bool:
    return all(part in content for part in _IN_PAGE)


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book, book.open("xl/worksheets/sheet1.xml") as stream:
            sheet = stream.read(_LARGEST_SHEET)
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, OSError):
        return False
    return all(part in sheet for part in _IN_SHEET)


def codes_among(names: Iterable[str]) -> list[str]:
    """Those of some names that are the code of a country, as the engine writes it; sorted."""
    return sorted(name for name in names if re.fullmatch("[A-Z]{3}", name) and _is_code(name))


def _is_code(name: str) -> bool:
    try:
        return country(name).iso3 == name
    except CountryError:
        return False


def summary_in(content: bytes, sha256: object, iso3: str) -> dict[str, object] | None:
    """The summary of a country, None where the text is not the one that was published (its digest is another)."""
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("iso3") == iso3 else None
