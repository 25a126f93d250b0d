"""Named settlements from the GeoNames dump of a country."""

from __future__ import annotations

import csv
from pathlib import Path

from ewcm.errors import FetchError
from ewcm.fetch.archives import check_zip, extract_one
from ewcm.fetch.checks import Damaged
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import Product

#: Columns of the dump that are kept, with their positions, under the names that its own documentation uses.
_COLUMNS = {
    "geonameid": 0, "name": 1, "asciiname": 2, "latitude": 4, "longitude": 5, "feature_class": 6, "feature_code": 7,
    "country_code": 8, "population": 14,
}  # fmt: skip
_ALL_COLUMNS = 19

#: Populated places that nobody lives in: abandoned, destroyed, historical.
_GONE = ("PPLQ", "PPLW", "PPLH", "PPLCH")


def geonames(job: Job) -> Product:
    """``places.csv``: the populated places (feature class P)."""
    if kept := job.kept():
        return kept
    url = job.address()
    dump = job.folder / ".geonames.txt"
    with job.raw(url, f"geonames-{job.country.iso2}.zip", check_zip) as archive:
        try:
            extract_one(archive, f"{job.country.iso2}.txt", dump)
            file = job.make("places.csv", url, lambda part: _write_places(dump, part, job.country.iso2))
        finally:
            dump.unlink(missing_ok=True)
    return job.product([{"path": file.path, **job.provenance(date=file.date)}], [file])


def _write_places(dump: Path, target: Path, iso2: str) -> None:
    rows = foreign = broken = places = 0
    with (
        dump.open(encoding="utf-8", errors="replace", newline="\n") as lines,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            rows += 1
            if len(fields) != _ALL_COLUMNS:
                broken += 1
            elif fields[8] != iso2:
                foreign += 1
            elif fields[6] == "P" and fields[7] not in _GONE:
                places += 1
                writer.writerow([fields[position] for position in _COLUMNS.values()])
    if broken > 0.05 * rows:
        raise Damaged(f"{broken} of {rows} rows have not {_ALL_COLUMNS} columns; run the command again")
    if foreign > 0.05 * rows:
        raise FetchError(f"{foreign} of {rows} rows are not of {iso2}; report it to the source")
    if not places:
        raise FetchError("the dump names no populated place; report it to the source")
