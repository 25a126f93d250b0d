"""A published country whose settings are checked when somebody asks for them: an alert asks for one number of them, and the
check takes longer than the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from ewcm.core.finding import Finding
from ewcm.coverage.combine import Coverage
from ewcm.inputs.country_data import CountryData
from ewcm.result import CountryResult

if TYPE_CHECKING:
    from ewcm.settings import Settings


class StoredResult(CountryResult):
    """See :class:`CountryResult`."""

    def __init__(
        self,
        data: CountryData,
        settings: Settings | Callable[[], Settings],
        coverage: Coverage,
        findings: tuple[Finding, ...],
        nearest_area_km: float | None = None,
    ) -> None:
        """``settings``: all, or what makes them. ``nearest_area_km``: that of the settings, where they are not made yet."""
        self.__dict__.update(
            data=data, coverage=coverage, findings=findings, _settings=settings, _nearest=nearest_area_km
        )

    @cached_property
    def settings(self) -> Settings:
        """See :class:`CountryResult`. Raises :class:`ewcm.errors.InputError` where they are damaged."""
        stated = self.__dict__["_settings"]
        found: Settings = stated() if callable(stated) else stated
        return found

    @property
    def nearest_area_km(self) -> float:
        """See :class:`CountryResult`."""
        stated: float | None = self.__dict__["_nearest"]
        return self.settings.nearest_area_km if stated is None else stated
