"""People of today: a grid brought to new totals by a model of the change, or totals spread by covariates.

Both are one model (:mod:`ewcm.learning.kernel`): of the people of units over a base, which is the grid held to the totals
(nowcast) or the area of the unit (disaggregation). It is judged by units of groups (districts) that were left out, beside the
grid held to totals, areal weighting and the pack's rule, and refused where it does not win.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ewcm.errors import InputError
from ewcm.learning import blocks, kernel

#: Fewer units with known people, or fewer groups, are not enough.
LEAST_UNITS, LEAST_GROUPS = 20, 5

#: A model serves where it misplaces at least this share fewer people than the best other way. One standard error over the groups
#: stands beside it in the card; a few large cities make it wide.
LEAST_GAIN = 0.05

#: Share that bands are to hold.
SHARE = 0.9


@dataclass(frozen=True)
class Sample:
    """Units to learn from: people, their group (0, 1, …), covariates, the base, and what else could serve as weights by name
    (the base among them). ``scaled``: whether the base is first held to the total of each group. ``together``: groups are
    single units whose totals are not known beforehand, only that of all."""

    people: np.ndarray
    group: np.ndarray
    covariates: np.ndarray
    base: np.ndarray
    others: dict[str, np.ndarray]
    scaled: bool
    together: bool = False


@dataclass(frozen=True)
class Learnt:
    """A model of people (``shape``, in words), and how it did on groups that were left out. ``estimates``: people of each
    unit of the sample, left out, by way (``model`` and the others). ``half_band``: of the 90 % band of a
    unit, in natural logarithms."""

    shape: str
    estimates: dict[str, np.ndarray]
    best_other: str
    refused: str
    half_band: float
    band_held: float
    reliability: tuple[tuple[float, float], ...]


def to_totals(weight: np.ndarray, sample: Sample) -> np.ndarray:
    """Weights held to the total of each group, or of all."""
    group = np.zeros_like(sample.group) if sample.together else sample.group
    count = int(group.max()) + 1
    total = np.bincount(group, weights=sample.people, minlength=count)[group]
    now = np.bincount(group, weights=weight, minlength=count)[group]
    found: np.ndarray = np.where(now > 0, weight * total / np.where(now > 0, now, 1.0), 0.0)
    return found


def learn(sample: Sample, seed: int = 0) -> Learnt:
    """Fit, and judge by groups that are left out in turn.

    Raises :class:`InputError` with too few units or groups.
    """
    units, groups = sample.people.size, np.unique(sample.group).size
    if units < LEAST_UNITS or groups < LEAST_GROUPS:
        raise InputError(
            f"{units} units with known people in {groups} groups are too few to learn from; {LEAST_UNITS} units in {LEAST_GROUPS}"
            " groups are needed"
        )
    x = kernel.standardised(sample.covariates, np.ones(units, bool))
    fold = blocks.folds(sample.group, seed)
    estimate = np.zeros(units)
    for number in range(int(fold.max()) + 1):
        out, rest = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        estimate[out] = _at(sample, x, rest, out)
    estimates = {name: to_totals(weight, sample) for name, weight in sample.others.items()}
    estimates["model"] = to_totals(estimate, sample)
    errors = {name: np.abs(value - sample.people) for name, value in estimates.items()}
    best = min(sample.others, key=lambda name: float(errors[name].sum()))
    refused = ""
    if not errors["model"].sum() <= (1.0 - LEAST_GAIN) * errors[best].sum():
        refused = (
            f"with groups left out the model misplaces {misplaced(estimates['model'], sample.people):.1%} of the people and "
            f"'{best}' {misplaced(estimates[best], sample.people):.1%}; it serves only where that is {LEAST_GAIN:.0%} less"
        )
    used = estimates[best] if refused else estimates["model"]
    half, held, reliability = _bands(used, sample.people, fold)
    return Learnt(_shapes(units), estimates, best, refused, half, held, reliability)


def _shapes(units: int) -> str:
    """What is averaged, in words."""
    kinds = "log-linear models" if units < 200 else "models with a log-linear and a smooth part"
    return f"the mean of {len(kernel.choices(units))} {kinds}"


def base_of(sample: Sample) -> np.ndarray:
    """The base over which people are modelled: nowhere nobody, and held to the totals where it is to be."""
    base = np.maximum(sample.base, 1e-6 * max(1.0, float(sample.base.mean())))
    if not sample.scaled or sample.together:
        return base * float(sample.people.sum()) / float(base.sum())
    return np.maximum(to_totals(base, sample), 1e-3)


def target(sample: Sample) -> np.ndarray:
    """ln(people/base); nobody counts as half a person."""
    found: np.ndarray = np.log(np.maximum(sample.people, 0.5) / base_of(sample))
    return found


def _at(sample: Sample, x: np.ndarray, rest: np.ndarray, out: np.ndarray) -> np.ndarray:
    """People of left-out units by the others."""
    f = kernel.predicted(x[rest], target(sample)[rest], kernel.weights(sample.people[rest]), x[out])
    found: np.ndarray = base_of(sample)[out] * np.exp(f)
    return found


def factors(sample: Sample, covariates: np.ndarray) -> np.ndarray:
    """exp(f) at other units, by all of the sample."""
    units = sample.people.size
    both = np.concatenate([sample.covariates, covariates])
    x = kernel.standardised(both, np.arange(both.shape[0]) < units)
    found: np.ndarray = np.exp(kernel.predicted(x[:units], target(sample), kernel.weights(sample.people), x[units:]))
    return found


def misplaced(estimate: np.ndarray, people: np.ndarray) -> float:
    """Share of the people who are in the wrong unit: half of the sum of the errors over all people."""
    return float(np.abs(estimate - people).sum() / (2.0 * people.sum()))


def _bands(
    estimate: np.ndarray, people: np.ndarray, fold: np.ndarray
) -> tuple[float, float, tuple[tuple[float, float], ...]]:
    """Half of the 90 % band of ln(people) by left-out errors, the share it holds with each fold judged by the others, and the
    same for other nominal shares (split conformal prediction, Vovk, Gammerman and Shafer 2005)."""
    off = np.abs(np.log(np.maximum(people, 0.5) / np.maximum(estimate, 0.5)))

    def half(members: np.ndarray, share: float) -> float:
        place = min(members.size, math.ceil((members.size + 1) * share))
        return float(np.sort(members)[place - 1])

    def held(share: float) -> float:
        inside = [off[fold == number] <= half(off[fold != number], share) for number in range(int(fold.max()) + 1)]
        return float(np.concatenate(inside).mean())

    nominal = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
    return half(off, SHARE), held(SHARE), tuple((share, held(share)) for share in nominal)


def validation(learnt: Learnt, sample: Sample) -> dict[str, Any]:
    """How each way did, for the card."""
    rows = {}
    for name, estimate in learnt.estimates.items():
        relative = np.abs(estimate - sample.people) / np.maximum(sample.people, 1.0)
        rows[name] = {
            "misplaced_share": misplaced(estimate, sample.people),
            "mean_error_people": float(np.abs(estimate - sample.people).mean()),
            "median_relative_error": float(np.median(relative)),
        }
    gain, error = blocks.gain(
        np.abs(learnt.estimates[learnt.best_other] - sample.people),
        np.abs(learnt.estimates["model"] - sample.people),
        sample.group,
    )
    return {
        "units": int(sample.people.size),
        "groups": int(np.unique(sample.group).size),
        "left_out": "whole groups",
        "ways": rows,
        "gain_over": learnt.best_other,
        "gain_people_a_unit": gain,
        "standard_error": error,
        "band_of_90_held": learnt.band_held,
        "band_factor": math.exp(learnt.half_band),
        "reliability": [{"nominal": nominal, "held": held} for nominal, held in learnt.reliability],
    }
