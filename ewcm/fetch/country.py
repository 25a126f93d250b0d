"""Fetch: everything that is wanted for one country, each source on its own feet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ewcm.core.signals import end_if_asked
from ewcm.countries import Country
from ewcm.countries import country as country_of
from ewcm.errors import EwcmError, SettingsError, one_line
from ewcm.fetch.catalogue import RESOLUTIONS, Source, select, sources
from ewcm.fetch.download import Progress, RetryPolicy, Web
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import Ledger, Product, described_path, write_inputs
from ewcm.fetch.recipes import RECIPES
from ewcm.fetch.recipes.terrain import wanted_degrees

#: A mirror may also be named here: the address of a folder with one folder a host in it.
MIRROR_VARIABLE = "EWCM_FETCH_MIRROR"


@dataclass(frozen=True)
class Outcome:
    """What became of one source. ``state``: ``fetched``, ``present`` (nothing needed to come), ``failed`` or
    ``planned`` (dry run). ``transferred`` and ``expected`` are bytes; ``message`` is for the user, free of secrets."""

    source: Source
    state: str
    files: tuple[str, ...] = ()
    transferred: int = 0
    expected: float = 0.0
    address: str = ""
    message: str = ""


@dataclass(frozen=True)
class FetchReport:
    """What became of every source asked for, in the order in which they were fetched."""

    country: Country
    folder: Path
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether anything is missing that was asked for."""
        return any(outcome.state == "failed" for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0 when all is there, 3 when something is missing."""
        return 3 if self.partial else 0


def fetch(
    country: str | Country,
    *,
    folder: Path | None = None,
    only: Sequence[str] = (),
    year: int | None = None,
    resolution: str = "1km",
    dry_run: bool = False,
    mirror: str | None = None,
    token: str | None = None,
    shared: Path | None = None,
    retry_policy: RetryPolicy | None = None,
    progress: Progress | None = None,
) -> FetchReport:
    """Bring open data for a country into ``folder`` (default ``data/<ISO3>``) and describe it in ``inputs.toml``.

    ``only``: names of layers or sources; the defaults of the catalogue otherwise. ``year``, ``resolution`` (``1km``,
    ``100m``): of population. ``mirror``: see :class:`~ewcm.fetch.download.Web`; default from the environment
    variable ``EWCM_FETCH_MIRROR``. ``token``: for OpenCelliD; default from ``EWCM_OPENCELLID_TOKEN``. ``shared``: a
    folder that all countries share (default ``.shared`` beside ``folder``).

    What is there is not fetched again, and needs no network. A source that fails does not stop the others; the report
    says so. Raises :class:`SettingsError`, :class:`CountryError` or :class:`InputError` for what no source can mend.
    """
    selected = country_of(country) if isinstance(country, str) else country
    if resolution not in RESOLUTIONS:
        raise SettingsError(f"resolution '{resolution}' is not known; use {' or '.join(RESOLUTIONS)}")
    token = os.environ.get(sources()["opencellid"].token_env, "") if token is None else token
    mirror = os.environ.get(MIRROR_VARIABLE, "") if mirror is None else mirror
    folder = Path("data") / selected.iso3 if folder is None else Path(folder)
    shared = folder.parent / ".shared" if shared is None else Path(shared)
    chosen = select(only, has_token=bool(token))
    for source in chosen:
        source.check_options(year, resolution)
    ledger = Ledger.read(folder)
    web = Web(mirror=mirror, secrets=(token,), retry_policy=retry_policy, progress=progress)
    jobs = [Job(selected, source, folder, shared, year, resolution, web, ledger, token.strip()) for source in chosen]
    if dry_run:
        return FetchReport(selected, folder, tuple(_planned(job) for job in jobs))
    notes = write_inputs(ledger, selected.iso3)  # a broken inputs.toml is said before anything is fetched
    outcomes = []
    with web:
        for job in jobs:
            outcomes.append(_outcome_of(job))
            notes = write_inputs(ledger, selected.iso3)
    _remove_empty(folder)  # an empty folder would hide the starter data
    return FetchReport(selected, folder, tuple(outcomes), notes)


def _remove_empty(folder: Path) -> None:
    """Remove a folder in which there is no file."""
    if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
        for empty in sorted(folder.rglob("*"), reverse=True):
            empty.rmdir()
        folder.rmdir()


def _outcome_of(job: Job) -> Outcome:
    """Run one recipe. Whatever goes wrong with one source stays with it."""
    source = job.source
    before = job.ledger.find(source.name)
    try:
        product = RECIPES[source.recipe](job)
    except (EwcmError, OSError) as error:
        return _failed(job, job.web.hide(error))
    except Exception as error:  # a server may answer anything; an answer that trips a recipe must not stop the others
        return _failed(job, job.web.hide(f"sent something unforeseen ({type(error).__name__}: {error}); report it"))
    job.ledger.add(product)
    return Outcome(
        source,
        "fetched" if job.transfers and product is not before else "present",
        files=tuple(each.path for each in product.files),
        transferred=sum(job.transfers),
        message=job.web.hide("; ".join(job.notes)),
    )


def _failed(job: Job, why: str) -> Outcome:
    end_if_asked()
    mend = job.source.mend.format(ISO3=job.country.iso3)
    message = f"{job.source.name}: {one_line(why, 400)}" + ("" if mend in why else f"; or {mend}")
    return Outcome(job.source, "failed", transferred=sum(job.transfers), message=message)


def _planned(job: Job) -> Outcome:
    """What a run would do, as far as it can be known without asking anyone."""
    source = job.source
    product = job.ledger.find(source.name)
    expected = 1e6 * source.size_mb.get(source.variant_of(job.resolution), source.size_mb.get("any", 0.0))
    message = "" if source.url else source.mend.format(ISO3=job.country.iso3)
    if source.layer == "terrain":
        expected, message = _planned_tiles(job, expected)
    address = job.web.hide(next(iter(source.url.values()), source.home))
    if source.url and source.layer == "population":
        address = source.url[source.variant_of(job.resolution)]
    for name, value in {"iso3": job.country.iso3.lower(), "ISO3": job.country.iso3, "ISO2": job.country.iso2,
                        "M49": str(int(job.country.m49)), "Y": str(job.effective_year)}.items():  # fmt: skip
        address = address.replace(f"{{{name}}}", value)
    if product and all(each.state(job.folder) != "missing" for each in product.files) and _same_variant(job, product):
        return Outcome(source, "present", tuple(each.path for each in product.files), address=address)
    return Outcome(source, "planned", expected=expected, address=address, message=message)


def _same_variant(job: Job, product: Product) -> bool:
    if job.source.layer == "population":
        return product.variant.split()[0] == str(job.effective_year) and (
            " " not in product.variant or product.variant.split()[1] == job.source.variant_of(job.resolution)
        )
    return product.variant != "incomplete"


def _planned_tiles(job: Job, each: float) -> tuple[float, str]:
    """The size of the terrain: by the squares with people or sites, or at most the whole box of the country."""
    if described_path(job.folder, "population"):
        number, about = len(wanted_degrees(job.folder)), "tiles with people or sites"
    elif job.country.bbox:
        west, south, east, north = job.country.bbox
        number = int(north // 1 - south // 1 + 1) * int(east // 1 - west // 1 + 1)
        about = "tiles at most; fewer once it is known where people are"
    else:
        return 0.0, "as many tiles as there are squares with people or sites"
    return number * each, f"{number} {about}"
