"""Estimated coverage: a probability of coverage from the known cells of all generations and the people around.

The probability of each service is σ(η + δ) with the log-odds η of a model card. δ sets the level ("raking"): so that the people
covered are the official share of the country, or 0 where the card was fitted to local truth. Services nest in every
grid cell, and so
do the cases: low coverage ≤ central ≤ high coverage (docs/method-learning.md).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from ewcm_kernels.estimates import ERRORS, ODDS, covered_people, estimated_levels
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

#: Every whole number that log-odds are kept as, in the order of the tables by log-odds.
_ODDS = np.arange(-(ODDS // 2), ODDS // 2)

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
        shape = int(geobox.shape[0]), int(geobox.shape[1])
        odds = {name: storage.empty(shape, np.int16) for name in plan.targets}
        errors = {name: storage.empty(shape, np.uint8) for name in plan.targets}
        self._circle = {name: storage.empty(shape, np.uint8) for name in plan.targets}
        evidence = Evidence(sites, people, geobox)
        for rows in grid.blocks(shape[0]):
            here = evidence.of_rows(rows)
            for service in plan.targets:
                centre, error = log_odds(plan.card.curves[service], here)
                odds[service][rows] = np.rint(np.clip(centre, -32.0, 32.0) / _STEP).astype(np.int16)
                self._circle[service][rows] = circles(sites, service, settings, geobox, rows)
                errors[service][rows] = np.rint(np.minimum(error / _ERROR_STEP, 255.0)).astype(np.uint8)
        #: The shift [log-odds] that sets the level of each service.
        self.shifts: dict[str, float] = {}
        #: Services of which other sources alone cover more people than the official share.
        self.exceeded: list[str] = []
        #: Levels of the central case, and of the other that circles leave open: of low coverage within them, of high outside.
        self._central: dict[str, np.ndarray] = {}
        self._bound: dict[str, np.ndarray] = {}
        floors: dict[str, np.ndarray | None] = {}
        older: str | None = None
        for service, share in plan.targets.items():
            floors[service] = _whole(floor, service, shape)
            shift = 0.0 if share is None else self._raked(service, share, inhabitants, odds, floors)
            self.shifts[service] = shift
            within = None if older is None else self._reach(older, floors[older])
            self._set_levels(service, odds[service], errors.pop(service), within)
            older = service

    @property
    def operators(self) -> dict[str, tuple[str, ...]]:
        """The technologies that are estimated; of single operators nothing is."""
        return dict.fromkeys(self.plan.technologies, ("",))

    def shares(self, channels: tuple[str, ...], operator: str | None, case: Case, rows: slice) -> Shares | None:
        """See :class:`ewcm.coverage.model.Model`. Every grid cell is known, as an estimate."""
        service = next((name for name in self.plan.targets if SERVICES[name] in channels), None)
        return None if service is None or operator else Shares(self.level(service, case, rows))

    def level(self, service: str, case: Case, rows: slice) -> np.ndarray:
        """Levels (uint16) of a service of the plan. In the case of low coverage no more than what the circles show, in that of
        high coverage no less."""
        if case == "central":
            return self._central[service][rows]
        edge = np.uint16(0 if case == "low" else LEVELS)
        is_bound = self._circle[service][rows] == (case == "low")
        return np.where(is_bound, self._bound[service][rows], edge)

    def circle_level(self, service: str, rows: slice) -> np.ndarray:
        """Levels (uint16) of what circles around the known cells alone cover."""
        return self._circle[service][rows] * np.uint16(LEVELS)

    def _reach(self, service: str, floor: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Levels of the central case and of the other, and the circles of a service, with what other sources cover of it: who
        has a newer one lives where either reaches."""
        levels = [self._central[service], self._bound[service]]
        if floor is not None:
            levels = [np.maximum(level, floor, out=storage.empty(floor.shape, np.uint16)) for level in levels]
        return levels[0], levels[1], self._circle[service]

    def _set_levels(
        self,
        service: str,
        odds: np.ndarray,
        error: np.ndarray,
        within: tuple[np.ndarray, np.ndarray, np.ndarray] | None,
    ) -> None:
        """Work out the levels of a service, which are within the reach of an older one (see :meth:`_reach`)."""
        odds_of = _ODDS * _STEP + self.shifts[service]
        band = BAND * _ERROR_STEP * np.arange(ERRORS)
        shape = odds.shape[0], odds.shape[1]
        self._central[service] = storage.empty(shape, np.uint16)
        self._bound[service] = storage.empty(shape, np.uint16)
        estimated_levels(
            odds,
            error,
            self._circle[service],
            np.rint(_probability(odds_of) * LEVELS).astype(np.uint16),
            np.exp(-odds_of),
            np.exp(band),
            np.exp(-band),
            CERTAIN,
            within,
            self._central[service],
            self._bound[service],
        )

    def _raked(
        self,
        service: str,
        target: float,
        inhabitants: np.ndarray,
        odds: dict[str, np.ndarray],
        floors: dict[str, np.ndarray | None],
    ) -> float:
        """The shift at which the people covered of a service are the share ``target`` of all, which rises with the shift."""
        older = list(self.shifts)
        mine = [odds[name] for name in (*older, service)]
        shares = [_probability(_ODDS * _STEP + self.shifts[name]) for name in older]
        least = [floors[name] for name in (*older, service)]
        wanted = target * covered_people(inhabitants, mine[-1:], np.ones((1, ODDS)), [None])

        def above(share_of: np.ndarray) -> float:
            return covered_people(inhabitants, mine, np.stack([*shares, share_of]), least) - wanted

        if least[-1] is not None and above(np.zeros(ODDS)) > 0.0:
            self.exceeded.append(service)
        found = _rising_root(lambda shift: above(_probability(_ODDS * _STEP + shift)), -_LARGEST_SHIFT, _LARGEST_SHIFT)
        return round(found, 9)


def _whole(floor: Floor, service: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """The floor of a service on the whole grid; None where no other source knows it."""
    if floor(service, slice(0, 1)) is None:
        return None
    found = storage.empty((shape[0], shape[1]), np.uint16)
    for rows in grid.blocks(shape[0]):
        found[rows] = floor(service, rows)
    return found


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
