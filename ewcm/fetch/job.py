"""One source for one country: what a recipe is given to work with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ewcm.core.files import replacing
from ewcm.core.record import sha256_of
from ewcm.countries import Country
from ewcm.errors import FetchError, one_line
from ewcm.fetch.catalogue import Source
from ewcm.fetch.download import Web
from ewcm.fetch.ledger import File, Ledger, Product


@dataclass
class Job:
    """What a recipe needs to bring ``source`` for ``country`` into ``folder``.

    ``shared`` is a folder that all countries share. ``transfers`` lists the sizes [bytes] of what came for this job.
    """

    country: Country
    source: Source
    folder: Path
    shared: Path
    year: int | None
    resolution: str
    web: Web
    ledger: Ledger
    token: str = ""
    transfers: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def address(self, variant: str = "", **more: object) -> str:
        """The address of a variant of the source with everything filled in."""
        key = variant or self.source.variant_of(self.resolution)
        return self.source.url[key].format(
            iso3=self.country.iso3.lower(),
            ISO3=self.country.iso3,
            ISO2=self.country.iso2,
            M49=int(self.country.m49),
            Y=self.effective_year,
            **more,
        )

    @property
    def effective_year(self) -> int | None:
        """The year asked for, or the source's own choice."""
        return (self.year or self.source.year) if self.source.years else None

    def kept(self, variant: str = "") -> Product | None:
        """What an earlier run brought, if it is whole and of the same variant: then nothing need be asked."""
        product = self.ledger.find(self.source.name)
        if product is None or product.variant != variant:
            return None
        states = {each.path: each.state(self.folder) for each in product.files}
        if "missing" in states.values():
            return None
        changed = [path for path, state in states.items() if state == "changed"]
        if changed:
            self.notes.append(
                f"{', '.join(changed)} was changed since it came and is kept; delete it to fetch it again"
            )
        return product

    def bring(self, url: str, name: str, check: Callable[[Path], None], *, sha256: str = "") -> File:
        """One file under its name in the folder: the one that is there, or one from ``url``."""
        target = self.folder / name
        known = self.ledger.file(name)
        if known is not None and known.state(self.folder) == "intact":
            return known
        if target.exists():  # renamed by a run that ended before it could say so, so it was checked; check it again
            try:
                check(target)
            except FetchError as error:
                raise FetchError(f"{name} is there, but {error}; or delete it to fetch it again") from None
            return self.file(target, url)
        received = self.web.get(url, target, check, max_bytes=self.source.max_bytes, sha256=sha256)
        self.transfers.append(received.size)
        return self.file(target, url, received.sha256)

    def read(self, url: str, label: str, max_bytes: int = 2_000_000) -> bytes:
        """A small answer, in memory."""
        data = self.web.read(url, max_bytes=max_bytes, label=label)
        self.transfers.append(len(data))
        return data

    @contextmanager
    def raw(self, url: str, name: str, check: Callable[[Path], None]) -> Iterator[Path]:
        """A file that is only needed to make another one; removed when that is done."""
        target = self.folder / f".{name}"
        if target.exists():
            check(target)
        else:
            received = self.web.get(url, target, check, max_bytes=self.source.max_bytes, label=name)
            self.transfers.append(received.size)
        try:
            yield target
        finally:
            target.unlink(missing_ok=True)

    def make(self, name: str, url: str, write: Callable[[Path], None]) -> File:
        """One file made here: ``write`` fills a part file, which is then put in place."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, part=target.with_name(target.name + ".making")) as part:
            write(part)
        return self.file(target, url)

    def file(self, target: Path, url: str, sha256: str = "") -> File:
        """The ledger's entry for a file that stands."""
        status = target.stat()
        today = dt.datetime.now(dt.UTC).date().isoformat()
        return File(
            path=target.relative_to(self.folder).as_posix(),
            size=status.st_size,
            sha256=sha256 or sha256_of(target),
            url=self.web.hide(url),
            date=today,
            mtime_ns=status.st_mtime_ns,
        )

    def provenance(
        self, *, licence: str = "", attribution: str = "", date: str = "", source: str = ""
    ) -> dict[str, Any]:
        """The provenance keys of a table of inputs.toml: the catalogue's, unless the file says better."""
        stated: dict[str, Any] = {
            "licence": one_line(licence or self.source.licence),
            "attribution": one_line(attribution or self.source.attribution),
            "source": one_line(source or f"{self.source.title}, {self.source.home}"),
        }
        if date:
            stated["date"] = one_line(date, 40)
        redistributable, non_commercial = licence_flags(stated["licence"])
        if not (self.source.redistributable and redistributable):
            stated["redistributable"] = False
        if self.source.non_commercial or non_commercial:
            stated["non_commercial"] = True
        return stated

    def product(
        self, tables: list[dict[str, Any]], files: list[File], *, variant: str = "", absent: tuple[str, ...] = ()
    ) -> Product:
        """What the recipe returns."""
        return Product(
            self.source.name, self.source.layer, variant, tuple(tables), tuple(files), absent, tuple(self.notes)
        )


def licence_flags(licence: str) -> tuple[bool, bool]:
    """(redistributable, non_commercial) as far as the name of a licence tells; unknown names count as open."""
    words = licence.lower().replace("-", " ").replace("_", " ")
    non_commercial = any(mark in f" {words} " for mark in ("non commercial", "noncommercial", " nc ", "academic use"))
    restricted = any(mark in words for mark in ("no redistribution", "not redistributable", "all rights reserved"))
    return not restricted, non_commercial
