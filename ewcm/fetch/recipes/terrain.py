"""Elevation: one-degree tiles of the Copernicus model, only where people or sites are."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ewcm.core import longitude
from ewcm.core.archive import opened_gzip
from ewcm.errors import FetchError
from ewcm.fetch.download import NotFound
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import File, Product, described_path
from ewcm.fetch.rasters import check_tile, settled_degrees

#: Tiles asked for at a time.
_AT_ONCE = 4

Degree = tuple[int, int]  # south, west


def copernicus(job: Job) -> Product:
    """The tiles of GLO-30; where one is missing that of GLO-90; where that is missing too it is sea.

    The tiles that came are kept even if others fail, so that the next run asks only for the rest.
    """
    degrees = sorted(wanted_degrees(job.folder))
    if not degrees:
        raise FetchError("it is not known where people or sites are; fetch population or cells first")
    variant = hashlib.sha256(repr(degrees).encode()).hexdigest()[:16]
    if kept := job.kept(variant):
        return kept
    before = job.ledger.find(job.source.name)
    sea = set(before.absent) if before else set()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pending = {degree: pool.submit(_tile, job, degree) for degree in degrees if tile_name(*degree) not in sea}
    files: list[File] = []
    failures: list[str] = []
    for degree, future in pending.items():
        error = future.exception()
        if error is None:
            file = future.result()
            if file:
                files.append(file)
            else:
                sea.add(tile_name(*degree))
        elif isinstance(error, FetchError | OSError):
            failures.append(f"{tile_name(*degree)}: {error}")
        else:
            raise error
    wanted = {tile_name(*degree) for degree in degrees}
    tables = [{"path": "terrain", **job.provenance()}] if files else []
    absent = tuple(sorted(sea & wanted))
    if failures:
        job.ledger.add(job.product(tables, files, variant="incomplete", absent=absent))
        more = f" (and {len(failures) - 1} more tiles)" if len(failures) > 1 else ""
        raise FetchError(f"{failures[0]}{more}")
    if any("_COG_30_" in file.path for file in files):
        job.notes.append("some tiles are of GLO-90: GLO-30 has none there")
    return job.product(tables, files, variant=variant, absent=absent)


def wanted_degrees(folder: Path) -> set[Degree]:
    """One-degree squares with people or sites, by the files that inputs.toml names."""
    found: set[Degree] = set()
    for path, _ in described_path(folder, "population"):
        found |= settled_degrees(path)
    for layer, columns in (("cells", None), ("sites", ("lat", "lon"))):
        for path, _ in described_path(folder, layer):
            found |= _degrees_of_rows(path, columns)
    return found


def _degrees_of_rows(path: Path, names: tuple[str, str] | None) -> set[Degree]:
    """Squares of the rows of a CSV: by the names of its columns, or as cell exports order them (lon 7th, lat 8th)."""
    if path.suffix not in (".csv", ".gz"):
        return set()
    found = set()
    with opened_gzip(path) if path.suffix == ".gz" else path.open("rb") as stream:
        rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8", errors="replace"))
        lat_at, lon_at = 7, 6
        for number, row in enumerate(rows):
            try:
                if names and number == 0:
                    lat_at, lon_at = (row.index(name) for name in names)
                    continue
                lat, lon = float(row[lat_at]), float(row[lon_at])
            except (ValueError, IndexError):
                continue  # a heading or a broken row, which the reader of the cells counts and reports
            if -90 <= lat < 90 and -180 <= lon <= 180:
                found.add((int(lat // 1), math.floor(longitude.to_180(lon))))
    return found


def tile_name(south: int, west: int) -> str:
    """The tile's position as Copernicus writes it: ``N00_00_E032_00`` has its south-west corner at 0° N, 32° E."""
    return f"{'N' if south >= 0 else 'S'}{abs(south):02d}_00_{'E' if west >= 0 else 'W'}{abs(west):03d}_00"


def _tile(job: Job, degree: Degree) -> File | None:
    for variant in ("30m", "90m"):
        url = job.address(variant, TILE=tile_name(*degree))
        try:
            return job.bring(
                url,
                f"terrain/{url.rsplit('/', 1)[1]}",
                partial(check_tile, south=degree[0], west=degree[1], rows=job.source.rows[variant]),
            )
        except NotFound:
            continue
    return None
