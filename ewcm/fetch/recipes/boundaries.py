"""Administrative boundaries of levels 0 to 2."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ewcm.errors import FetchError, one_line
from ewcm.fetch.archives import check_zip, extract_one
from ewcm.fetch.checks import check_format, check_geojson, check_geopackage, lfs_pointer, parse_json
from ewcm.fetch.download import NotFound
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import File, Product

_LEVELS = (0, 1, 2)


def geoboundaries(job: Job) -> Product:
    """One GeoJSON a level, each under the licence that its own metadata name. Levels 1 and 2 may not exist."""
    if kept := job.kept():
        return kept
    files, tables, absent = [], [], []
    for level in _LEVELS:
        try:
            facts = _facts(job, level)
        except NotFound:
            if level == 0:
                raise
            absent.append(f"ADM{level}")
            continue
        file = _geojson(job, facts["gjDownloadURL"], f"boundaries/geoBoundaries-{job.country.iso3}-ADM{level}.geojson")
        source = ", ".join(part for part in (str(facts.get("boundarySource", "")), job.source.home) if part)
        files.append(file)
        tables.append(
            {"level": level, "path": file.path, "name": "shapeName", "code": "shapeID"}
            | job.provenance(
                licence=str(facts.get("boundaryLicense", "")),
                source=f"{job.source.title}: {source}",
                date=str(facts.get("boundaryYearRepresented", "")),
            )
        )
    return job.product(tables, files, absent=tuple(absent))


def _facts(job: Job, level: int) -> dict[str, Any]:
    answer = parse_json(job.read(job.address("api", LEVEL=f"ADM{level}"), f"boundaries of level {level}"))
    if isinstance(answer, list):
        answer = answer[0] if answer else None
    if not answer:
        raise NotFound(f"the source has no level {level}")
    if not isinstance(answer, dict) or not str(answer.get("gjDownloadURL", "")).startswith("https://"):
        raise FetchError("the answer names no file to download; report it to the source")
    if answer.get("boundaryISO", job.country.iso3) != job.country.iso3:
        raise FetchError(
            f"the answer is about {one_line(answer['boundaryISO'], 20)}, not {job.country.iso3}; report it to the source"
        )
    return answer


def _geojson(job: Job, url: str, name: str) -> File:
    """A GeoJSON, by way of the media host where the plain address gives only a Git LFS pointer.

    The pointer states the size and SHA-256 of the real file, which is held to both.
    """

    def check(path: Path) -> None:
        check_geojson(path, job.country.iso3)

    pointer: tuple[str, int] | None = None

    def check_or_pointer(path: Path) -> None:
        nonlocal pointer
        pointer = lfs_pointer(path.read_bytes()[:1000])
        if pointer:
            raise FetchError("a Git LFS pointer came instead of the file")
        check(path)

    try:
        return job.bring(url, name, check_or_pointer)
    except FetchError:
        media = _media_address(url)
        if pointer is None or media is None:
            raise
    sha256, size = pointer
    if size > job.source.max_bytes:
        raise FetchError(f"the file has {size / 1e6:,.0f} MB, more than it can sensibly have; report it to the source")
    return job.bring(media, name, check, sha256=sha256)


def _media_address(url: str) -> str | None:
    """Where GitHub serves the content behind an LFS pointer, for either form of its plain addresses."""
    parts = urlsplit(url)
    steps = parts.path.strip("/").split("/")
    if parts.hostname == "raw.githubusercontent.com" and len(steps) > 3:
        owner, repository, reference, *path = steps
    elif parts.hostname == "github.com" and len(steps) > 4 and steps[2] in ("raw", "blob"):
        owner, repository, _, reference, *path = steps
    else:
        return None
    return f"https://media.githubusercontent.com/media/{owner}/{repository}/{reference}/{'/'.join(path)}"


def cod_ab(job: Job) -> Product:
    """OCHA's boundaries: one GeoPackage with a layer a level."""
    if kept := job.kept():
        return kept
    name = f"boundaries/cod-ab-{job.country.iso3}.gpkg"
    url = job.address()
    with job.raw(url, f"{job.country.iso3}.gpkg.zip", check_zip) as archive:

        def write(part: Path) -> None:
            extract_one(archive, ".gpkg", part)
            check_geopackage(part)

        file = job.make(name, url, write)
    tables = []
    for level, layer, columns in _layers(job.folder / name):
        table: dict[str, Any] = {"level": level, "path": file.path, "layer": layer}
        for key, patterns in (
            ("name", (rf"adm{level}_(en|fr|es|pt)", rf"adm{level}_name\d?", rf"adm{level}_\w\w")),
            ("code", (rf"adm{level}_pcode",)),
            ("parent", (rf"adm{level - 1}_pcode",)),
        ):
            column = next((each for pattern in patterns for each in columns if re.fullmatch(pattern, each, re.I)), None)
            if column:
                table[key] = column
        tables.append(table | job.provenance())
    if not tables:
        raise FetchError("the GeoPackage has no layer whose name ends in adm0, adm1 or adm2; report it to the source")
    return job.product(tables, [file])


def _layers(path: Path) -> list[tuple[int, str, list[str]]]:
    """Level, name and columns of each layer of levels 0 to 2."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        names = [str(row[0]) for row in connection.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")]
        found = []
        for name in names:
            match = re.search(r"adm(?:in)?_?([012])$", name, re.I)
            if match:
                quoted = name.replace('"', '""')
                columns = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{quoted}")')]
                found.append((int(match[1]), name, columns))
        return sorted(found)
    finally:
        connection.close()


def gadm(job: Job) -> Product:
    """GADM's licence forbids redistribution and commercial use: its files are brought by hand, and flagged."""
    files, tables = [], []
    for level in _LEVELS:
        path = job.folder / f"gadm41_{job.country.iso3}_{level}.json"
        if path.exists():
            check_format(path, "JSON")
            files.append(job.file(path, job.source.home))
            columns = {"name": "COUNTRY" if level == 0 else f"NAME_{level}", "code": f"GID_{level}"}
            tables.append({"level": level, "path": path.name} | columns | job.provenance())
    if not files:
        raise FetchError(
            f"its licence lets nobody but you download it; {job.source.mend.format(ISO3=job.country.iso3)}"
        )
    return job.product(tables, files)
