"""Estimated coverage: a probability of coverage from the known cells of all generations and the people around.

The probability of each service is σ(η + δ) with the log-odds η of a model card. δ sets the level ("raking"): so that the people
covered are the official share of the country, or 0 where the card was fitted to local truth. Services nest in every
grid cell, and so
do the cases: low coverage ≤ central ≤ high coverage (docs/method-learning.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid, storage
from ewcm.core.fraction import LEVELS, Case, Shares
from ewcm.coverage.curves import log_odds
from ewcm.coverage.estimate_plan import EstimatePlan, circles
from ewcm.coverage.evidence import Evidence
from ewcm.settings import Settings
from ewcm.sources.coverage_cards import SERVICES

#: Standard errors of the fit from the central case to the case of low, and to that of high coverage: 90 %.
BAND = 1.645

#: A probability below this is none, one above 1 less this is certain, and those between are stretched: otherwise no ground at
#: all would be out of reach, and none surely within it.
CERTAIN = 0.02

#: Log-odds are kept as whole numbers of this, standard errors as whole numbers of that.
_STEP, _ERROR_STEP = 1e-3, 0.02

#: Shifts beyond this [log-odds] make every probability 0 or 1.
_LARGEST_SHIFT = 60.0

#: The service whose estimate is that of a technology.
SERVICE_OF = {technology: service for service, technology in SERVICES.items()}

#: The share of the people (levels) that other sources cover of a service, in some rows.
Floor = Callable[[str, slice], np.ndarray | None]


class EstimatedModel:
    """Coverage of the technologies of a plan, of all operators together."""

    name = "estimated"
    everywhere = True
    known_in_part = False

    #: Coverage does not come from single sites, so that there are no footprints of them.
    footprints = None
    footprints_left_out = ""

    def __init__(
        self,
        plan: EstimatePlan,
        sites: pd.DataFrame,
        people: np.ndarray,
        inhabitants: np.ndarray,
        geobox: GeoBox,
        settings: Settings,
        floor: Floor = lambda service, rows: None,
    ) -> None:
        """``people``: in each grid cell, whoever's; ``inhabitants``: of the country alone, to whom the level belongs. ``floor``:
        what other sources cover of a service, which counts for its level."""
        self.plan = plan
        self._geobox = geobox
        shape = int(geobox.shape[0]), int(geobox.shape[1])
        self._centre = {name: storage.empty(shape, np.int16) for name in plan.targets}
        self._error = {name: storage.empty(shape, np.uint8) for name in plan.targets}
        self._circle = {name: storage.empty(shape, np.uint8) for name in plan.targets}
        evidence = Evidence(sites, people, geobox)
        for rows in grid.blocks(shape[0]):
            here = evidence.of_rows(rows)
            for service in plan.targets:
                centre, error = log_odds(plan.card.curves[service], here)
                self._centre[service][rows] = np.rint(np.clip(centre, -32.0, 32.0) / _STEP).astype(np.int16)
                self._circle[service][rows] = circles(sites, service, settings, geobox, rows)
                self._error[service][rows] = np.rint(np.minimum(error / _ERROR_STEP, 255.0)).astype(np.uint8)
        #: The shift [log-odds] that sets the level of each service.
        self.shifts: dict[str, float] = {}
        #: Services of which other sources alone cover more people than the official share.
        self.exceeded: list[str] = []
        for service, share in plan.targets.items():
            self.shifts[service] = 0.0 if share is None else self._raked(service, share, inhabitants, floor)

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """The technologies that are estimated; of single operators nothing is."""
        return dict.fromkeys(self.plan.technologies, ("",))

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`. Every grid cell is known, as an estimate."""
        service = next((name for name in self.plan.targets if SERVICES[name] in channels), None)
        return None if service is None or operator else Shares(self.level(service, case, rows))

    def level(self, service: str, case: Case, rows: slice) -> np.ndarray:
        """Levels (uint16) of a service of the plan."""
        found = None
        for name in self.plan.targets:
            found = self._within(name, case, rows, self.shifts[name], found)
            if name == service:
                return np.rint(found * LEVELS).astype(np.uint16)
        raise KeyError(service)

    def alone(self, service: str, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """Levels (uint16) of the share of each grid cell that the estimate alone covers, outside the circles of
        known cells, and of
        what these circles cover."""
        shown = self.circle_level(service, rows)
        covered = self.level(service, "central", rows)
        return covered - np.minimum(covered, shown), shown

    def circle_level(self, service: str, rows: slice) -> np.ndarray:
        """Levels (uint16) of what circles around the known cells alone cover."""
        return self._circle[service][rows] * np.uint16(LEVELS)

    def _within(self, service: str, case: Case, rows: slice, shift: float, older: np.ndarray | None) -> np.ndarray:
        """Shares (0..1) of a service, which are within those of the ``older`` one. In the case of low coverage no more than what
        the circles show, in that of high coverage no less."""
        band = {"low": -BAND, "central": 0.0, "high": BAND}[case]
        centre = self._centre[service][rows].astype(np.float64) * _STEP + shift
        share = _probability(centre + band * _ERROR_STEP * self._error[service][rows])
        if case != "central":
            shown = self._circle[service][rows]
            share = np.minimum(share, shown) if case == "low" else np.maximum(share, shown)
        return share if older is None else np.minimum(share, older)

    def _raked(self, service: str, target: float, inhabitants: np.ndarray, floor: Floor) -> float:
        """The shift at which the people covered of a service are the share ``target`` of all, which rises with the shift."""
        persons, centre, older, least = (
            np.concatenate(part) for part in zip(*self._parts(service, inhabitants, floor), strict=True)
        )
        wanted = target * float(persons.sum(dtype=np.float64))
        if float((persons * least).sum(dtype=np.float64)) > wanted:
            self.exceeded.append(service)

        def above(shift: float) -> float:
            share = np.maximum(np.minimum(_probability(centre * _STEP + shift), older), least)
            return float((persons * share).sum(dtype=np.float64)) - wanted

        return round(_rising_root(above, -_LARGEST_SHIFT, _LARGEST_SHIFT), 9)

    def _parts(self, service: str, inhabitants: np.ndarray, floor: Floor) -> Iterator[tuple[np.ndarray, ...]]:
        """Of the grid cells where somebody lives, by blocks: people, log-odds, the share of the older service, and the floor."""
        for rows in grid.blocks(int(self._geobox.shape[0])):
            here = inhabitants[rows] > 0
            older: np.ndarray | None = None
            for name in self.plan.targets:
                if name == service:
                    break
                older = self._within(name, "central", rows, self.shifts[name], older)
            other = floor(service, rows)
            yield (
                inhabitants[rows][here].astype(np.float64),
                self._centre[service][rows][here].astype(np.float64),
                np.ones(int(here.sum())) if older is None else older[here],
                np.zeros(int(here.sum())) if other is None else other[here] / LEVELS,
            )


def _probability(odds: np.ndarray) -> np.ndarray:
    """The probability of some log-odds, stretched so that ``CERTAIN`` of it is nothing."""
    share = 1.0 / (1.0 + np.exp(-np.clip(odds, -80.0, 80.0)))
    return np.clip((share - CERTAIN) / (1.0 - 2.0 * CERTAIN), 0.0, 1.0)


def _rising_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that nowhere falls passes zero, to 1e-10; the end of the interval where it does not.

    By a line between two points on either side of it; where one of them stays twice its value is halved (the Illinois method,
    M. Dowell and P. Jarratt, BIT 11, 1971), and each third step halves the interval, as flat parts would hold the line up.
    """
    at_low, at_high = function(low), function(high)
    if at_low >= 0.0 or at_high <= 0.0:
        return low if at_low >= 0.0 else high
    step, stayed = 0, ""
    while high - low > 1e-10:
        step += 1
        middle = 0.5 * (low + high)
        if step % 3:
            # No nearer to an end than the tolerance: the other end follows as soon as this one has converged.
            middle = (low * at_high - high * at_low) / (at_high - at_low)
            middle = min(max(middle, low + 4e-11), high - 4e-11)
        value = function(middle)
        if value < 0.0:
            low, at_low = middle, value
            at_high, stayed = (at_high / 2.0 if stayed == "high" else at_high), "high"
        else:
            high, at_high = middle, value
            at_low, stayed = (at_low / 2.0 if stayed == "low" else at_low), "low"
    return high
