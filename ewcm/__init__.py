"""Early Warning Connectivity Map: who cannot be reached by an alert, and where they live.

>>> import ewcm
>>> result = ewcm.run("UGA", inputs="my_files/uganda")
>>> result.summary["services"]["any"]["uncovered"], result.areas, result.coldspots, result.layers
>>> result.write("maps/UGA")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ewcm.countries import Country, countries, country
from ewcm.errors import EwcmError
from ewcm.version import VERSION

if TYPE_CHECKING:
    from ewcm.api import Result, alert, brief, compare, loss, open_result, run
    from ewcm.settings import Settings

__version__ = VERSION

__all__ = [
    "Country",
    "EwcmError",
    "Result",
    "Settings",
    "alert",
    "brief",
    "compare",
    "countries",
    "country",
    "loss",
    "open_result",
    "run",
]

#: What reads and computes takes two seconds to import: nobody waits for it who only lists the countries.
_IN_API = ("Result", "alert", "brief", "compare", "loss", "open_result", "run")


def __getattr__(name: str) -> Any:
    """What brings much along (pandas, xarray, pydantic), when somebody asks for it."""
    if name in _IN_API:
        from ewcm import api

        return getattr(api, name)
    if name == "Settings":
        from ewcm.settings import Settings

        return Settings
    raise AttributeError(f"module 'ewcm' has no attribute '{name}'")
