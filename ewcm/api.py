"""What a notebook uses: a country is computed, a published one is opened, and questions are asked of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ewcm import pipeline
from ewcm.countries import country
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.report import publish
from ewcm.result import CountryResult
from ewcm.settings import Settings

if TYPE_CHECKING:
    from ewcm.pipeline import Progress


@dataclass(frozen=True)
class Result(CountryResult):
    """Who can be reached in one country, where, and how sure that is (see :class:`ewcm.result.CountryResult`)."""

    def write(self, folder: str | Path) -> Path:
        """Publish the map, the tables and the layers in ``folder``, all or nothing, and return it.

        Raises :class:`ewcm.errors.PublishError` and leaves what was there before as it was.
        """
        return publish.write(self, Path(folder))


def with_methods(result: CountryResult) -> Result:
    """A result as notebooks know it."""
    return Result(**{field.name: getattr(result, field.name) for field in fields(CountryResult)})


def run(
    iso3: str,
    inputs: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = pipeline.silent,
) -> Result:
    """Compute one country.

    ``iso3``: ISO 3166-1 alpha-3 code. ``inputs``: folder with its files (default ``data/<ISO3>``; where there is none, the
    starter pack serves). ``settings`` replace those of the folder's ``inputs.toml``. Raises :class:`ewcm.errors.EwcmError`.
    """
    found = find_inputs(country(iso3), None if inputs is None else Path(inputs))
    if settings is not None:
        found = replace(found, settings=settings)
    return with_methods(pipeline.run(load(found), found.settings, progress))
