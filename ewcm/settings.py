"""Every number a user may change, with its default and its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ewcm.core.channels import CHANNELS, SERVICES
from ewcm.errors import SettingsError

#: Coverage models, best first.
MODELS = ("declared", "p1812", "radius")

#: Rural planning radii [km] of the circle model.
RADIUS_KM = {"2G": 15.0, "3G": 10.0, "4G": 8.0, "5G": 3.0}


#: Frequencies [MHz] for which Recommendation ITU-R P.1812 holds.
FREQUENCIES_MHZ = (30.0, 6000.0)


@dataclass(frozen=True)
class LinkBudget:
    """Radio parameters of one technology for the propagation model, used where a site list is silent."""

    frequency_mhz: float
    eirp_dbm: float
    threshold_dbm: float
    height_m: float = 30.0


LINK_BUDGETS = {
    "2G": LinkBudget(900.0, 58.0, -95.0),  # GSM 900 broadcast channel
    "3G": LinkBudget(2100.0, 48.0, -105.0),  # UMTS 2100 pilot, RSCP
    "4G": LinkBudget(800.0, 33.0, -115.0),  # LTE 800 per resource element, RSRP
    "5G": LinkBudget(700.0, 33.0, -115.0),  # NR 700, as LTE
}


#: Lowest and highest value of the settings that are plain numbers. A margin below 0 would turn low and high round.
_LIMITS = {
    "min_people": (0.0, 1e12),
    "nearest_area_km": (0.0, 1e5),
    "threshold_margin_db": (0.0, 50.0),
    "receiver_height_m": (1.0, 3000.0),
    "delta_n": (1.0, 300.0),
    "n0": (100.0, 500.0),
    "radius_high": (1.0, 10.0),
}
_BUDGET_LIMITS = {
    "frequency_mhz": (30.0, 6000.0),
    "eirp_dbm": (-20.0, 120.0),
    "threshold_dbm": (-200.0, 0.0),
    "height_m": (1.0, 3000.0),
}


@dataclass(frozen=True)
class Settings:
    """Settings of one run. Every one of them goes into the manifest."""

    radius_km: dict[str, float] = field(default_factory=lambda: dict(RADIUS_KM))
    radius_low: float = 0.7  # factor on the radius for the low-coverage variant
    radius_high: float = 1.3  # factor on the radius for the high-coverage variant
    min_people: float = 100.0  # smallest coldspot that is listed
    coldspot_fraction: float = 0.5  # a grid cell belongs to a coldspot where its coverage fraction is below this
    coldspot_services: tuple[str, ...] = ("any",)
    nearest_area_km: float = 25.0  # people this near to an area belong to it; farther ones are shown as outside
    models: tuple[str, ...] = MODELS  # allowed, best first
    link_budgets: dict[str, LinkBudget] = field(default_factory=lambda: dict(LINK_BUDGETS))
    threshold_margin_db: float = 5.0  # low/high variants of the propagation model
    location_sigma_db: float = 5.5  # location variability (P.1812 section 4.8, outdoor)
    receiver_height_m: float = 1.5
    max_range_km: float = 35.0  # no cell is computed farther from a site than this
    delta_n: float = 45.0  # refractivity lapse rate through the lowest km [N-units/km]
    n0: float = 325.0  # sea-level surface refractivity [N-units]
    time_pct: float = 50.0  # of the time a level is exceeded (1 to 50); below 50 only with the method exact
    propagation_method: str = "sweep"  # or "exact"
    propagation_step_m: float = 100.0
    allow_coarse_terrain: bool = False  # accept terrain with a step above 300 m, and the error it makes

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Settings:
        """The settings of a manifest."""
        budgets = {name: LinkBudget(**budget) for name, budget in content["link_budgets"].items()}
        lists = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
        return cls(**{**content, **lists, "link_budgets": budgets})

    def __post_init__(self) -> None:
        # Whoever names one technology leaves the others as they are.
        object.__setattr__(self, "radius_km", RADIUS_KM | self.radius_km)
        object.__setattr__(self, "link_budgets", LINK_BUDGETS | self.link_budgets)
        for name, (low, high) in _LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"{name} is {getattr(self, name)}; give a number from {low:g} to {high:g}")
        for technology, budget in self.link_budgets.items():
            for name, (low, high) in _BUDGET_LIMITS.items():
                if not low <= getattr(budget, name) <= high:
                    raise SettingsError(
                        f"link_budgets of {technology}: {name} is {getattr(budget, name)}; give {low:g} to {high:g}"
                    )
        for technology, radius in self.radius_km.items():
            if technology not in CHANNELS:
                raise SettingsError(f"radius_km: '{technology}' is not a channel; use one of {', '.join(CHANNELS)}")
            if not 0 < radius <= 200:
                raise SettingsError(f"radius_km of {technology} is {radius}; give a radius in km between 0 and 200")
        if not 0 < self.radius_low <= 1 <= self.radius_high:
            raise SettingsError(
                "radius_low must lie in (0, 1] and radius_high be at least 1; the defaults are 0.7 and 1.3"
            )
        if not 0 < self.coldspot_fraction <= 1:
            raise SettingsError("coldspot_fraction must lie in (0, 1]; the default is 0.5")
        if self.propagation_method not in ("sweep", "exact"):
            raise SettingsError(f"propagation_method is '{self.propagation_method}'; use sweep or exact")
        if not 10 <= self.propagation_step_m <= 100:
            raise SettingsError(
                f"propagation_step_m is {self.propagation_step_m}; give 10 to 100 (coarser profiles lose the ridges)"
            )
        if not 0 < self.max_range_km <= 200:
            raise SettingsError(f"max_range_km is {self.max_range_km}; give a range in km between 0 and 200")
        if not self.location_sigma_db > 0:
            raise SettingsError(f"location_sigma_db is {self.location_sigma_db}; give a positive number of dB")
        if not 1 <= self.time_pct <= 50:
            raise SettingsError(f"time_pct is {self.time_pct:g}; P.1812 holds from 1 to 50 per cent of the time")
        if self.time_pct != 50 and self.propagation_method == "sweep":
            raise SettingsError(
                f"time_pct is {self.time_pct:g}; the sweep is for the median of time: set propagation_method to exact as well"
            )
        if not 1 <= self.receiver_height_m <= 3000:
            raise SettingsError(f"receiver_height_m is {self.receiver_height_m:g}; P.1812 holds from 1 to 3000 m")
        if not 0 < self.delta_n < 150 or not 0 < self.n0 < 1000:
            raise SettingsError(
                f"delta_n is {self.delta_n:g} and n0 {self.n0:g}; give N-units such as 45 and 325 (docs/method-propagation.md)"
            )
        for technology, budget in self.link_budgets.items():
            if not FREQUENCIES_MHZ[0] <= budget.frequency_mhz <= FREQUENCIES_MHZ[1]:
                raise SettingsError(
                    f"link_budgets of {technology}: frequency_mhz is {budget.frequency_mhz:g}; P.1812 holds from 30 to 6000 MHz"
                )
            if not 1 <= budget.height_m <= 3000:
                raise SettingsError(
                    f"link_budgets of {technology}: height_m is {budget.height_m:g}; P.1812 holds from 1 to 3000 m"
                )
        for model in self.models:
            if model not in MODELS:
                raise SettingsError(f"models: '{model}' is not a model; use some of {', '.join(MODELS)}")
        for service in self.coldspot_services:
            if service not in SERVICES:
                raise SettingsError(f"coldspot_services: '{service}' is not known; use one of {', '.join(SERVICES)}")
