"""Computed levels calibrated by measurements: which step serves, how it was tried, and what it is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ewcm.errors import InputError
from ewcm.learning import blocks, offsets
from ewcm.learning.censoring import seen_above_db
from ewcm.learning.levels import STEPS, Model, fit_step, of_fits, possible, prepared

#: Fewer places than this are not enough, nor are fewer blocks.
LEAST_PLACES, LEAST_BLOCKS = 10, 4

#: Of more places than this so many are taken, evenly by technology, operator, site and position, so that a fit stays quick.
MOST_PLACES = 4000

#: An offset beyond this [dB] is another unit or a wrong power, and no propagation.
MOST_DB = 70.0

#: Share that bands are to hold.
SHARE = 0.9

#: From so many left-out links on their own errors make the width of the band, and not Student's t.
_CONFORMAL_LEAST = 60


@dataclass(frozen=True)
class Trial:
    """How a step did on links of blocks that were left out: errors [dB] of each, and the shares that bands held."""

    name: str
    error_db: np.ndarray
    within_db: Mapping[str, float]
    band: float  # share of links in the band of 90 %; NaN where there is none

    @property
    def rmse_db(self) -> float:
        """Root of the mean square of the errors."""
        return math.sqrt(float(np.mean(self.error_db**2)))


@dataclass(frozen=True)
class Learnt:
    """A calibration, or why there is none (``refused``, one sentence)."""

    links: pd.DataFrame
    model: Model
    trials: tuple[Trial, ...]  # as it is, plain offset, the chosen one, and one level for every place
    steps: tuple[dict[str, Any], ...]  # each step that was looked at, and what became of it
    band_factor: float  # half of the band in scales
    side_deg: float
    blocks: int
    predicted: np.ndarray  # of each link, left out
    scale: np.ndarray
    refused: str = ""
    places: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[str, Any] = field(default_factory=dict)
    offset: Model | None = None  # where no step gained: what an offset alone would be


def learn(
    links: pd.DataFrame, *, seed: int = 0, margin_db: float, elsewhere: Sequence[Mapping[str, Any]] = ()
) -> Learnt:
    """Learn from links (see :class:`ewcm.learning.links.Links`). ``margin_db``: of the settings, whose band is judged.
    ``elsewhere``: entries of a calibration from another place, to be judged by these links.

    Raises :class:`InputError` where there are too few places or blocks to judge anything.
    """
    table = prepared(links)
    if len(table) > MOST_PLACES:
        table = table.iloc[np.linspace(0, len(table) - 1, MOST_PLACES).astype(int)].reset_index(drop=True)
    heard = ~table["silent"].to_numpy(bool)
    if heard.sum() < LEAST_PLACES:
        raise InputError(
            f"only {int(heard.sum())} measured places"
            + (f", and {int((~heard).sum())} where nothing was heard" if not heard.all() else "")
            + f"; {LEAST_PLACES} are needed (repeated ones within 28 m count once)"
        )
    lat, lon = table["at_lat"].to_numpy(), table["at_lon"].to_numpy()
    side = blocks.side_of(lat, lon)
    block = blocks.squares(lat, lon, side)
    count = int(block.max()) + 1
    if count < LEAST_BLOCKS:
        raise InputError(f"the {len(table)} measured places lie in {count} blocks of 30 m; {LEAST_BLOCKS} are needed")
    model, steps = chosen(table, seed)
    fold = blocks.folds(block, seed)
    y = table["y"].to_numpy(np.float64)
    mean, scale = np.zeros(len(table)), np.zeros(len(table))
    plain, constant = np.zeros(len(table)), np.zeros(len(table))
    level, technology = table["measured_db"].to_numpy(np.float64), table["technology"].to_numpy()
    for number in range(int(fold.max()) + 1):
        out = fold == number
        made, _ = chosen(table[~out].reset_index(drop=True), seed)
        mean[out], scale[out] = made.predict(table[out])
        plain[out] = float(np.mean(y[~out & heard]))
        constant[out] = _mean_of(level, technology, ~out & heard, out) - table.loc[out, "computed_db"].to_numpy(
            np.float64
        )
    factors = _factors(y - mean, scale, fold, heard, _freedom(model))
    trials = (
        _trial("as it is", y, np.zeros(len(y)), None, heard, table, margin_db),
        _trial("plain offset", y, plain, None, heard, table, margin_db),
        _trial(model.step, y, mean, factors[0] * scale, heard, table, margin_db),
        _trial("one level", y, constant, None, heard, table, margin_db),
    )
    refused = _refusal(model, trials, block[heard])
    return Learnt(
        table, model, trials, tuple(steps), factors[1], side, count, mean, scale, refused,
        _by_place(table, seed), _judged(table, elsewhere, trials[1], heard),
        fit_step("offset", of_fits(table)) if model.step == "none" else None,
    )  # fmt: skip


def _mean_of(level: np.ndarray, technology: np.ndarray, known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The mean level of the known links of the technology of each wanted one; of all where none of it is known."""
    means = {name: float(level[known & (technology == name)].mean()) for name in set(technology[known])}
    everywhere = float(level[known].mean())
    return np.array([means.get(name, everywhere) for name in technology[wanted]])


def _freedom(model: Model) -> float:
    return model.fit.freedom if model.fit else offsets.SPREAD_WORTH


def chosen(table: pd.DataFrame, seed: int) -> tuple[Model, list[dict[str, Any]]]:
    """The highest step that gains more than one standard error over the one below it, with blocks of two sizes left out."""
    table = of_fits(table)
    lat, lon = table["at_lat"].to_numpy(), table["at_lon"].to_numpy()
    side = blocks.side_of(lat, lon)
    best, base = "none", "offset"
    report: list[dict[str, Any]] = []
    errors: dict[tuple[str, str, float], np.ndarray] = {}
    for step in STEPS[1:]:
        why = possible(step, table)
        if not why:
            gains = []
            for size in (side, blocks.next_side(side)):
                block = blocks.squares(lat, lon, size)
                pair = [_left_out(table, name, base, block, size, seed, errors) for name in (best, step)]
                heard = ~table["silent"].to_numpy(bool)
                gains.append((*blocks.gain(pair[0][heard], pair[1][heard], block[heard]), size))
            if all(mean > error for mean, error, _ in gains):
                best = step
                base = "groups" if step == "groups" else base
                report.append({"step": step, "taken": True, "gains": _gains(gains)})
                continue
            why = "it gains less than one standard error on blocks that were left out"
            report.append({"step": step, "taken": False, "why": why, "gains": _gains(gains)})
        else:
            report.append({"step": step, "taken": False, "why": why})
    return fit_step(best, table, base), report


def _gains(gains: Sequence[tuple[float, float, float]]) -> list[dict[str, float]]:
    return [{"block_deg": size, "gain_db2": mean, "standard_error": error} for mean, error, size in gains]


def _left_out(
    table: pd.DataFrame,
    step: str,
    base: str,
    block: np.ndarray,
    size: float,
    seed: int,
    known: dict[tuple[str, str, float], np.ndarray],
) -> np.ndarray:
    """Squared errors [dB²] of a step on links whose block was left out."""
    base = step if step in ("offset", "groups") else base
    key = (step, base, size)
    if key not in known:
        fold = blocks.folds(block, seed, most=5)
        error = np.zeros(len(table))
        for number in range(int(fold.max()) + 1):
            out = fold == number
            model = fit_step(step, table[~out].reset_index(drop=True), base)
            mean, scale = model.predict(table[out])
            error[out] = _error(table[out], mean, scale)
        known[key] = error**2
    return known[key]


def _error(table: pd.DataFrame, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What was seen less what was to be seen, above the floor of the phones."""
    floor = table["floor"].to_numpy(np.float64)
    found: np.ndarray = table["y"].to_numpy(np.float64) - mean - seen_above_db(mean, scale, floor)
    return found


def _factors(
    error: np.ndarray, scale: np.ndarray, fold: np.ndarray, heard: np.ndarray, freedom: float
) -> tuple[np.ndarray, float]:
    """Half the width of the band of 90 % in scales: of each link by the errors of the other folds, and by those of all."""
    student = offsets.student_quantile(0.5 + SHARE / 2, freedom)
    ratio = np.abs(error) / scale

    def of(members: np.ndarray) -> float:
        if members.sum() < _CONFORMAL_LEAST:
            return student
        place = min(int(members.sum()), math.ceil((members.sum() + 1) * SHARE))
        return float(np.sort(ratio[members])[place - 1])

    by_fold = [of(heard & (fold != number)) for number in range(int(fold.max()) + 1)]
    return np.array(by_fold)[fold], of(heard)


def _trial(
    name: str,
    y: np.ndarray,
    mean: np.ndarray,
    half_db: np.ndarray | None,
    heard: np.ndarray,
    table: pd.DataFrame,
    margin_db: float,
) -> Trial:
    raw = (y - mean)[heard]
    error = _error(table, mean, np.full(len(y), offsets.SPREAD_DB))[heard]
    within = {f"{margin:g}": float(np.mean(np.abs(raw) <= margin)) for margin in sorted({5.0, 10.0, margin_db})}
    band = math.nan if half_db is None else float(np.mean(np.abs(raw) <= half_db[heard]))
    return Trial(name, error, within, band)


def _refusal(model: Model, trials: Sequence[Trial], block: np.ndarray) -> str:
    """Why the calibration does not serve; "" where it does."""
    if model.step == "none":
        least = 2.0 * offsets.SPREAD_DB / math.sqrt(block.size)
        return (
            "no step comes nearer to the measurements than the engine as it is, by more than one standard error (of "
            f"{block.size} places an offset below some {least:.0f} dB cannot be told from none)"
        )
    offset = _largest(model)
    if abs(offset) > MOST_DB:
        return f"an offset of {offset:.0f} dB is no propagation; check units (dBm), technology, power and height of the sites"
    before, after = trials[0].error_db ** 2, trials[2].error_db ** 2
    if not blocks.is_gain(before, after, block):
        return (
            f"with whole blocks left out it errs by {trials[2].rmse_db:.1f} dB where the engine as it is errs by "
            f"{trials[0].rmse_db:.1f} dB"
        )
    if blocks.is_gain(after, trials[3].error_db ** 2, block):
        return (
            f"it errs by {trials[2].rmse_db:.1f} dB where one and the same level for every place errs by "
            f"{trials[3].rmse_db:.1f} dB: what was measured does not go with what was computed; check that levels stand beside "
            "their own positions and sites"
        )
    return ""


def _largest(model: Model) -> float:
    assert model.fit is not None
    return max(model.fit.effects["technology"].values(), key=abs)


def _by_place(table: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Whether an offset learnt in some places serves another: each place left out as a whole."""
    names = sorted(set(table["place"]))
    y, heard = table["y"].to_numpy(np.float64), ~table["silent"].to_numpy(bool)
    own, other = np.zeros(len(table)), np.zeros(len(table))
    for name in names if len(names) > 1 else ():
        here = (table["place"] == name).to_numpy()
        other[here] = fit_step("offset", table[~here].reset_index(drop=True)).predict(table[here])[0]
        own[here] = y[here & heard].mean() if (here & heard).any() else 0.0
    if len(names) < 2:
        return {"places": len(names), "serves_elsewhere": False, "why": "it was measured in one place"}
    number = np.unique(table["place"], return_inverse=True)[1].reshape(-1)
    serves = len(names) >= 3 and blocks.is_gain((y**2)[heard], ((y - other) ** 2)[heard], number[heard])
    why = "" if serves else "fewer than 3 places" if len(names) < 3 else "it does not serve places that were left out"
    return {
        "places": len(names),
        "serves_elsewhere": bool(serves),
        "why": why,
        "rmse_db_as_it_is": math.sqrt(float(np.mean(y[heard] ** 2))),
        "rmse_db_learnt_elsewhere": math.sqrt(float(np.mean((y - other)[heard] ** 2))),
        "rmse_db_own_offset": math.sqrt(float(np.mean((y - own)[heard] ** 2))),
    }


def _judged(
    table: pd.DataFrame, elsewhere: Sequence[Mapping[str, Any]], plain: Trial, heard: np.ndarray
) -> dict[str, Any]:
    """Whether a calibration from elsewhere may serve here: only where it is no worse than the offset of these links."""
    if not elsewhere:
        return {}
    by_technology = {str(entry["technology"]): float(entry.get("offset_db", 0.0)) for entry in reversed(elsewhere)}
    mean = table["technology"].map(by_technology).fillna(0.0).to_numpy(np.float64)
    rmse = math.sqrt(float(np.mean((table["y"].to_numpy(np.float64) - mean)[heard] ** 2)))
    refused = rmse > plain.rmse_db
    return {
        "rmse_db": rmse,
        "own_offset_rmse_db": plain.rmse_db,
        "refused": refused,
        "why": f"learnt elsewhere it errs by {rmse:.1f} dB here, the offset of these measurements by {plain.rmse_db:.1f} dB"
        if refused
        else "",
    }
