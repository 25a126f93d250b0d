"""Every number of a loss of sites that a user may change, with its default, its bounds and its source (docs/method-loss.md).

Most are three numbers: with which fewest sites are lost, the central one, and with which most are lost. What an operator states
of a site (``ewcm.sources.loss_files``) goes before all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ewcm.core.fraction import Case
from ewcm.core.number import is_number
from ewcm.errors import SettingsError, unknown_key

#: Which of three numbers goes with a case of the coverage: with high coverage fewest sites are lost.
PLACE: dict[Case, int] = {"high": 0, "central": 1, "low": 2}

#: Moments [hours after the event] of which a loss tells; without repair nothing holds beyond the last.
HOURS = (0.0, 8.0, 24.0, 72.0)

#: Share of people with electricity in 2023 (World Bank EG.ELC.ACCS.ZS, through Our World in Data, CC BY 4.0): of people, not of
#: sites. It stands for the share of sites that hang on the grid where nobody says better.
ELECTRICITY = {
    "ATG": 1.0, "BGD": 0.995, "BRB": 1.0, "COM": 0.898, "DJI": 0.652, "ECU": 0.987, "ETH": 0.554, "FJI": 0.993, "GTM": 1.0,
    "GUY": 0.989, "HTI": 0.513, "KHM": 0.95, "KIR": 0.959, "LAO": 0.965, "LBR": 0.325, "MDG": 0.394, "MDV": 1.0, "MOZ": 0.36,
    "MUS": 1.0, "MWI": 0.156, "NER": 0.201, "NPL": 0.94, "SDN": 0.66, "SLB": 0.813, "SOM": 0.503, "SSD": 0.054, "TCD": 0.12,
    "TJK": 1.0, "TON": 1.0, "TZA": 0.483, "UGA": 0.515, "VUT": 0.616, "WSM": 1.0,
}  # fmt: skip

#: What may be stated of a site; NaN or "" where nothing is. ``out``, ``damage``, ``grid_off``: chances; ``on_grid``,
#: ``generator``: shares (0 or 1 for one site).
STATED_NUMBERS = ("out", "damage", "grid_off", "on_grid", "battery_hours", "generator", "fuel_hours")
STATED_TEXTS = ("feeder", "backhaul")

Three = tuple[float, float, float]


def _about(low: float, high: float, rising: bool | None, about: str, source: str) -> dict[str, Any]:
    """What is known of a field of three numbers: bounds, whether they rise (True) or fall (False) from fewest to most sites lost,
    what it is, and where its default comes from."""
    return {"bounds": (low, high), "rising": rising, "about": about, "source": source}


@dataclass(frozen=True, kw_only=True)
class LossSettings:
    """Settings of a loss. Raises :class:`ewcm.errors.SettingsError`, one line with the setting, the value and the mend.

    Each is one number, or three: fewest sites lost, central, most sites lost.
    """

    gust_factor: Three = field(
        default=(1.11, 1.23, 1.49),
        metadata=_about(
            1.0,
            3.0,
            True,
            "gust (3 s) over 1-min mean wind, with which the table of damage is entered",
            "Harper and others 2010, WMO/TD-1555: at sea, off sea, in land; that the table means such gusts is an assumption",
        ),
    )
    grid_median_ms: Three = field(
        default=(33.0, 28.0, 23.0),
        metadata=_about(
            5.0,
            100.0,
            False,
            "1-min wind at which the power grid is off at half of the places [m/s]",
            "a prior, fitted to no records of outages",
        ),
    )
    grid_slope: Three = field(
        default=(0.25, 0.25, 0.25),
        metadata=_about(0.01, 5.0, None, "steepness of that curve (logistic) [per m/s]", "a prior, as above"),
    )
    grid_share: Three | None = field(
        default=None,
        metadata=_about(
            0.0,
            1.0,
            True,
            "share of the sites that hang on the power grid (default: people with electricity in the country, and 1 with most "
            "sites lost)",
            "World Bank EG.ELC.ACCS.ZS 2023: of people, not of sites",
        ),
    )
    battery_hours: Three = field(
        default=(8.0, 4.0, 2.0),
        metadata=_about(0.0, 1000.0, False, "hours that batteries last", "usual sizes of 2 to 8 hours; a prior"),
    )
    generator_share: Three = field(
        default=(0.6, 0.4, 0.2),
        metadata=_about(
            0.0,
            1.0,
            False,
            "share of the sites with a generator",
            "after Ian (FCC, 29 September 2022) 795 of 1,322 sites without power were out: 0.6 had nothing left; the range is a "
            "prior",
        ),
    )
    fuel_hours: Three = field(
        default=(96.0, 72.0, 48.0),
        metadata=_about(0.0, 2000.0, False, "hours that the fuel of a generator lasts; nobody refuels", "a prior"),
    )

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if value is not None:
                object.__setattr__(self, each.name, _three(each.name, value, each.metadata))

    def of(self, name: str, case: Case) -> float:
        """One number of a setting, for a case of the coverage."""
        return float(getattr(self, name)[PLACE[case]])

    def in_country(self, iso3: str) -> LossSettings:
        """These settings with the share of sites on the grid that stands for a country."""
        if self.grid_share is not None:
            return self
        share = ELECTRICITY.get(iso3, 1.0)
        return dataclasses.replace(self, grid_share=(share, share, 1.0))

    def to_dict(self) -> dict[str, Any]:
        """Every setting by its name."""
        return dataclasses.asdict(self)


def loss_settings(stated: Mapping[str, Any]) -> LossSettings:
    """Settings from names and values. Raises :class:`ewcm.errors.SettingsError`."""
    known = [each.name for each in dataclasses.fields(LossSettings)]
    for name in stated:
        if name not in known:
            raise SettingsError(f"loss: {unknown_key(str(name), known)}")
    return LossSettings(**stated)


def _three(name: str, value: object, about: Mapping[str, Any]) -> Three:
    parts = list(value) if isinstance(value, list | tuple) else [value] * 3
    low, high = about["bounds"]
    numbers = [part for part in parts if is_number(part)]
    plain = [float(part) for part in numbers if low <= part <= high]
    if not len(parts) == 3 == len(plain):
        raise SettingsError(
            f"loss: {name} is {str(value)[:60]}; give one number from {low:g} to {high:g}, or three: fewest sites lost, "
            "central, most sites lost"
        )
    wanted = sorted(plain, reverse=about["rising"] is False)
    if about["rising"] is not None and plain != wanted:
        raise SettingsError(
            f"loss: {name} is {str(value)[:60]}, which loses fewest sites with another number than the first; give them as "
            f"{wanted}"
        )
    return plain[0], plain[1], plain[2]
