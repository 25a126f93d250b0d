"""Radio cells: OpenCelliD by country code, or the last export of the Mozilla Location Service, filtered as it streams."""

from __future__ import annotations

import gzip
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote

from ewcm.core import longitude
from ewcm.core.files import exchange
from ewcm.countries import Country, countries
from ewcm.errors import FetchError, one_line
from ewcm.fetch.archives import Gunzip, gunzipped
from ewcm.fetch.checks import Damaged, check_answer, check_format
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import File, Product
from ewcm.fetch.part import lock_or_fail

#: Columns of a row of a cell export.
_COLUMNS = 14


def opencellid(job: Job) -> Product:
    """One file a mobile country code. The token comes from the environment and goes nowhere but into the request."""
    codes = _codes(job.country)
    variant = " ".join(map(str, codes))
    if kept := job.kept(variant):
        return kept
    if not job.token:
        raise FetchError(f"needs a free token of opencellid.org; set {job.source.token_env} to it, or use --only mls")
    files = []
    for mcc in codes:
        url = job.address(TOKEN=quote(job.token, safe=""), MCC=mcc)
        check = partial(check_cells, codes={mcc}, country=job.country)
        files.append(job.bring(url, f"cells/opencellid_{mcc}.csv.gz", check))
    tables = [{"path": file.path, **job.provenance(date=file.date)} for file in files]
    return job.product(tables, files, variant=variant)


def mls(job: Job) -> Product:
    """The rows of the country's codes out of one file for the whole world.

    The stream is filtered for every country of the registry in one pass, into a folder shared by all countries, so that
    the next country needs no download. Only what is filtered out is stored.
    """
    codes = _codes(job.country)
    variant = " ".join(map(str, codes))
    if kept := job.kept(variant):
        return kept
    filtered = job.shared / "mls"
    if any(not (filtered / f"{mcc}.csv.gz").exists() for mcc in codes):
        wanted = sorted({mcc for country in countries() for mcc in country.mccs} | set(codes))
        _filter(job, filtered, wanted)
        if not job.token:
            job.notes.append("cells of 2024; newer ones come from OpenCelliD with a token in EWCM_OPENCELLID_TOKEN")
    files: list[File] = []
    for mcc in codes:
        source = filtered / f"{mcc}.csv.gz"
        check_cells(source, {mcc}, job.country)

        def copy(part: Path, source: Path = source) -> None:
            shutil.copyfile(source, part)

        files.append(job.make(f"cells/mls_{mcc}.csv.gz", job.address(), copy))
    tables = [{"path": file.path, **job.provenance(date="2024")} for file in files]
    return job.product(tables, files, variant=variant)


def _codes(country: Country) -> tuple[int, ...]:
    if not country.mccs:
        raise FetchError(
            f"the mobile country codes of {country.iso3} are not in the registry; bring a cell export of your own"
        )
    return country.mccs


class CellFilter:
    """A transfer's end that keeps the rows of some country codes and forgets the rest.

    It can go on after a broken connection while the program runs (the server resumes, or sends from the start again and
    the rows are then filtered anew), but not after the program ended.
    """

    def __init__(self, folder: Path, codes: Iterable[int]) -> None:
        self._folder = folder
        self._codes = tuple(codes)
        codes_pattern = b"|".join(b"%d" % code for code in self._codes)
        self._rows = re.compile(rb"\n([A-Za-z]+,(%s),[^\n]*)" % codes_pattern)  # a literal first byte is found fast
        self.validator = ""
        self._start()

    def _start(self) -> None:
        self.size = 0
        self._unpacker = Gunzip()
        self._rest = b""
        self._outputs = {
            b"%d" % code: gzip.GzipFile(self._folder / f"{code}.csv.gz", "wb", compresslevel=6, mtime=0)
            for code in self._codes
        }

    def write(self, block: bytes) -> None:
        """Take the next piece of the packed file."""
        if self.size == 0:
            check_answer(block[:4096])
            if not block.startswith(b"\x1f\x8b"):
                raise FetchError(
                    f"what came is no gzip file (it begins with '{one_line(block[:24].decode('latin-1'))}')"
                )
        self.size += len(block)
        for text in self._unpacker.feed(block):
            self._filter(text)

    def _filter(self, text: bytes) -> None:
        whole, _, self._rest = (self._rest + text).rpartition(b"\n")
        if len(self._rest) > 1 << 16:
            raise Damaged("the rows of the cell export have no end, so it is damaged; run the command again")
        kept: dict[bytes, list[bytes]] = defaultdict(list)
        for row in self._rows.finditer(b"\n" + whole):
            kept[row[2]].append(row[1].rstrip(b"\r"))
        for code, rows in kept.items():
            self._outputs[code].write(b"\n".join(rows) + b"\n")

    def restart(self) -> None:
        """Sift anew."""
        self.close()
        self._start()

    def remember(self, validator: str, checksums: Mapping[str, str]) -> None:
        """Note how the server can resume."""
        self.validator = validator

    def finish(self) -> None:
        """The stream is whole (its CRC was compared): write what is left."""
        self._unpacker.finish()
        self._filter(b"\n")

    def close(self) -> None:
        """Close the files."""
        for output in self._outputs.values():
            output.close()


def _filter(job: Job, folder: Path, codes: list[int]) -> None:
    """Stream the world once; the folder of filtered files appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("wb") as lock:
        lock_or_fail(lock, "another fetch is sifting the cells of the world; wait for it to end")
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        _filter_into(job, part, codes)
        exchange(part, folder)
        shutil.rmtree(part, ignore_errors=True)  # what stood there before


def _filter_into(job: Job, part: Path, codes: list[int]) -> None:
    cell_filter = CellFilter(part, codes)
    try:
        job.web.transfer(
            job.address(), cell_filter, max_bytes=job.source.max_bytes, label="cells of the world, filtered"
        )
        cell_filter.finish()
        cell_filter.close()
        job.transfers.append(cell_filter.size)
    except BaseException:
        cell_filter.close()
        shutil.rmtree(part, ignore_errors=True)
        raise


def check_cells(path: Path, codes: set[int], country: Country) -> None:
    """A gzipped cell export of these country codes: whole, 14 columns, in the country."""
    check_format(path, "gzip")
    wanted = {b"%d" % code for code in codes}
    rows = broken = foreign = outside = 0
    rest = b""
    blocks = gunzipped(path)
    for number, block in enumerate(blocks):
        if number == 0:
            check_answer(block[:4096])
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            fields = line.split(b",")
            if fields[0] == b"radio":
                continue
            rows += 1
            if len(fields) != _COLUMNS:
                broken += 1
            elif fields[1] not in wanted:
                foreign += 1
            elif not _inside(fields, country):
                outside += 1
    if rest.strip():
        rows += 1
        broken += len(rest.split(b",")) != _COLUMNS
    if rows == 0:
        return  # nothing was ever seen there: an answer too
    if broken > 0.05 * rows:
        raise Damaged(
            f"{broken} of {rows} rows have not {_COLUMNS} columns, so it is no cell export or damaged; "
            "run the command again"
        )
    if foreign > 0.05 * rows:
        raise FetchError(
            f"{foreign} of {rows} rows are of another country (not MCC {', '.join(map(str, sorted(codes)))}); "
            "report it to the source"
        )
    if outside > 0.5 * rows:
        raise FetchError(f"{outside} of {rows} cells lie outside {country.name}; report it to the source")


def _inside(fields: list[bytes], country: Country) -> bool:
    """Whether a cell lies in the country's box, a degree around it included."""
    if country.bbox is None:
        return True
    west, south, east, north = country.bbox
    try:
        lon, lat = float(fields[6]), float(fields[7])
    except ValueError:
        return False
    return south - 1 <= lat <= north + 1 and bool(longitude.is_within(lon, west, east, 1.0))
