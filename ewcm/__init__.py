"""Early Warning Connectivity Map: who cannot be reached by an alert, and where they live.

>>> import ewcm
>>> result = ewcm.run("UGA", inputs="my_files/uganda")
>>> result.summary["services"]["any"]["uncovered"], result.areas, result.coldspots, result.layers
>>> result.write("maps/UGA")
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewcm.countries import Country, countries, country
from ewcm.errors import EwcmError
from ewcm.version import VERSION

if TYPE_CHECKING:
    from ewcm.pipeline import Progress
    from ewcm.result import CountryResult
    from ewcm.settings import Settings

__version__ = VERSION

__all__ = ["Country", "CountryResult", "EwcmError", "Settings", "countries", "country", "run"]


def run(
    iso3: str,
    inputs: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> CountryResult:
    """Compute one country.

    ``iso3``: ISO 3166-1 alpha-3 code. ``inputs``: folder with its files (default ``data/<ISO3>``; where there is none, the
    starter pack serves). ``settings`` replace those of the folder's ``inputs.toml``. Raises :class:`EwcmError`.
    """
    # What reads and computes takes two seconds to import: nobody waits for it who only lists the countries.
    from ewcm import pipeline
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load

    found = find_inputs(country(iso3), None if inputs is None else Path(inputs))
    if settings is not None:
        found = replace(found, settings=settings)
    return pipeline.run(load(found), found.settings, progress or pipeline.silent)


def __getattr__(name: str) -> Any:
    """Types that bring much along (pandas, xarray, pydantic), when somebody asks for them."""
    if name == "CountryResult":
        from ewcm.result import CountryResult

        return CountryResult
    if name == "Settings":
        from ewcm.settings import Settings

        return Settings
    raise AttributeError(f"module 'ewcm' has no attribute '{name}'")
