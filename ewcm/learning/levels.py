"""A model of the offsets of computed levels, in steps of rising effort; P.1812 is inside all of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ewcm.coverage.p1812.calibration import clutter_class, distance_offsets_db
from ewcm.learning import blocks, censoring, offsets

#: Steps, the simplest first. Each has what those before it have.
STEPS = ("none", "offset", "groups", "slope", "boosting")

#: Factors of a step.
_OFFSET = ("technology", "place", "block", "device")
_GROUPS = ("technology", "place", "operator", "clutter", "site", "block", "device")

#: A step needs so many links. Links spread by some 10 dB about the offset of their group (``offsets.SPREAD_DB``), so that a group
#: of five has an offset that is 5 dB wrong, and of a gain over a handful of blocks the standard error is as doubtful.
LEAST = {"groups": 50, "slope": 50, "boosting": 500}

#: Of fewer links each counts as much as any other. What neighbours have in common is not known of a handful of blocks well
#: enough to weigh them by it: that moved the offset of 20 links by up to 4 dB, and came no nearer on average.
_LEAST_TO_WEIGH = 50

#: A slope needs distances that differ by this factor (from the 10th to the 90th per cent).
SLOPE_WIDTH = 3.0

#: Boosting of stumps (L2 boosting, Bühlmann and Yu, J. Am. Stat. Assoc. 98, 2003): rounds, how much of each stump is taken,
#: thresholds by quantiles of the distance, and the bound of the whole [dB].
_ROUNDS, _RATE, _BINS, _BOUND_DB = 60, 0.1, 12, 10.0

#: Columns that fits read, beside those of the levels.
_OF_FITS = ("technology", "at_lat", "at_lon", "y", "floor", "silent", "distance_km")

#: Measured squares of this side [degrees] that touch make one place.
_PLACE_DEG = 0.2

#: A site or a device has an offset of its own from so many places on (of five the mean is 5 dB wrong), and so many of them at
#: most have one, those with most places: logs of phones name thousands of cells, and the work grows with their number cubed.
_LEAST_OF_GROUP, _MOST_GROUPS = 5, 60

#: Blocks are not more than this, so that fits stay quick.
_MOST_BLOCKS = 150


@dataclass(frozen=True)
class Model:
    """What a step has learnt. ``middle``: log₁₀ of the distance [km] from which slopes count, ``span``: of the nearest and
    farthest link; beyond them nothing changes. ``knots``: (km, dB) of the boosted part, empty where there is none."""

    step: str
    fit: offsets.Fit | None
    middle: float = 0.0
    span: tuple[float, float] = (0.0, 0.0)
    knots: tuple[tuple[float, float], ...] = ()

    def predict(self, links: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Offset [dB] of links and its scale [dB]."""
        if self.fit is None:
            return np.zeros(len(links)), np.full(len(links), offsets.SPREAD_DB)
        mean, scale = self.fit.predict(levels_of(links), self.decades(links))
        if self.knots:
            mean = mean + distance_offsets_db(self.knots, _known_km(links, self.middle))
        return mean, scale

    def decades(self, links: pd.DataFrame) -> np.ndarray:
        """log₁₀ of the distance from the middle one, within the distances that were measured; 0 where it is not known."""
        found = np.log10(_known_km(links, self.middle))
        limited: np.ndarray = np.clip(found, *self.span) - self.middle
        return limited


def _known_km(links: pd.DataFrame, middle: float) -> np.ndarray:
    km = links["distance_km"].to_numpy(np.float64)
    return np.maximum(np.where(np.isfinite(km), km, 10.0**middle), 0.01)


def prepared(links: pd.DataFrame) -> pd.DataFrame:
    """Links with what a fit needs: ``y`` (measured − computed), its ``floor``, the ``place``, and the classes of clutter.

    Blocks lie where the end of a link is that moves: a campaign may carry the transmitter around and leave the receiver.
    """
    ends = [("lat", "lon"), ("site_lat", "site_lon")]
    lat, lon = max(ends, key=lambda end: len(links[[*end]].dropna().drop_duplicates()))
    at_lat, at_lon = links[lat].fillna(links["lat"]), links[lon].fillna(links["lon"])
    heights = clutter_class(links["clutter_m"].to_numpy(np.float64))
    table = links.assign(
        at_lat=at_lat,
        at_lon=at_lon,
        y=links["measured_db"] - links["computed_db"],
        clutter=np.where(links["clutter"] == "", heights, links["clutter"]),
        place=_places(links["lat"].to_numpy(), links["lon"].to_numpy()),
    )
    hears = table.groupby("technology")["silent"].transform("any")
    floor = table["floor_db"] - table["computed_db"]
    # Where phones also say that they found nothing, what they found is no selection.
    table["floor"] = np.where(hears & ~table["silent"], -np.inf, floor)
    order = [
        "technology",
        "operator",
        "site",
        "at_lat",
        "at_lon",
        "lat",
        "lon",
        "frequency_mhz",
        "y",
        "device",
        "clutter",
    ]
    return _with_levels(table.sort_values(order, kind="stable").reset_index(drop=True))


def _places(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Name of the place of each link: squares that touch, named after their south-western one."""
    row, col = np.floor(lat / _PLACE_DEG).astype(int), np.floor(lon / _PLACE_DEG).astype(int)
    squares = sorted(set(zip(row.tolist(), col.tolist(), strict=True)))
    place: dict[tuple[int, int], int] = {}
    for number, first in enumerate(squares):
        stack = [first] if first not in place else []
        while stack:
            here = stack.pop()
            if here in place:
                continue
            place[here] = number
            stack += [
                (here[0] + down, here[1] + right)
                for down in (-1, 0, 1)
                for right in (-1, 0, 1)
                if (here[0] + down, here[1] + right) in squares and (here[0] + down, here[1] + right) not in place
            ]
    names = [place[key] for key in zip(row.tolist(), col.tolist(), strict=True)]
    return np.array([f"{squares[n][0] * _PLACE_DEG:.1f} {squares[n][1] * _PLACE_DEG:.1f}" for n in names])


def levels_of(links: pd.DataFrame) -> dict[str, np.ndarray]:
    """The level of each prepared link by factor, groups within groups as one text."""
    return {factor: links[f"level_{factor}"].to_numpy() for factor in offsets.RATIOS if f"level_{factor}" in links}


def _with_levels(links: pd.DataFrame) -> pd.DataFrame:
    technology, operator = (links[name].astype(str) for name in ("technology", "operator"))
    return links.assign(
        level_technology=technology,
        level_place=technology + "|" + links["place"].astype(str),
        level_operator=technology + "|" + operator,
        level_clutter=technology + "|" + links["clutter"].astype(str),
        level_site=technology + "|" + operator + "|" + _often(links["site"], technology + "|" + operator),
        level_device=_often(links["device"]),
    )


def _often(names: pd.Series, beside: pd.Series | None = None) -> pd.Series:
    """Names that stand often enough for an offset of their own, together with what stands ``beside`` them; "" for the others."""
    text = names.astype(str)
    whole = text if beside is None else beside + "|" + text
    counts = whole[text != ""].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    kept = counts[counts >= _LEAST_OF_GROUP].index[:_MOST_GROUPS]
    return text.where(whole.isin(kept), "")


def of_fits(links: pd.DataFrame) -> pd.DataFrame:
    """Prepared links with what the fits read alone: they are divided into blocks hundreds of times."""
    names = [name for name in links if name in _OF_FITS or str(name).startswith("level_")]
    return links[names].copy()


def possible(step: str, links: pd.DataFrame) -> str:
    """Why a step cannot be tried; "" where it can."""
    if len(links) < LEAST.get(step, 0):
        return f"it needs {LEAST[step]} places and there are {len(links)}"
    if step == "groups":
        levels = levels_of(links)
        if all(len(set(levels[name])) == len(set(links["technology"])) for name in ("operator", "clutter", "site")):
            return "there is one operator, site and class of clutter only"
    if step in ("slope", "boosting"):
        km = links["distance_km"].dropna()
        if len(km) < 0.9 * len(links):
            return "the distance to the site is not known"
        if km.quantile(0.9) < SLOPE_WIDTH * km.quantile(0.1):
            return f"the distances differ by less than a factor of {SLOPE_WIDTH:g}"
    return ""


def fit_step(step: str, links: pd.DataFrame, base: str = "groups") -> Model:
    """Fit one step to prepared links. ``base``: the factors that a slope or boosting stands on, ``offset`` or ``groups``."""
    if step == "none":
        return Model("none", None)
    km = links["distance_km"].to_numpy(np.float64)
    logs = np.log10(np.maximum(km[np.isfinite(km)], 0.01))
    middle = float(np.median(logs)) if logs.size else 0.0
    span = (float(logs.min()), float(logs.max())) if logs.size else (middle, middle)
    plain = Model(step, None, middle, span)
    side = blocks.side_of(links["at_lat"].to_numpy(), links["at_lon"].to_numpy())
    block = blocks.squares(links["at_lat"].to_numpy(), links["at_lon"].to_numpy(), side)
    links = links.assign(level_block=(block % _MOST_BLOCKS).astype(str))
    factors = _OFFSET if "offset" in (step, base) else _GROUPS
    levels = offsets.factors_in(levels_of(links), factors)
    if len(set(levels["place"])) == len(set(links["technology"])):
        levels.pop("place")
    decades = plain.decades(links)
    fit = functools.partial(
        offsets.fit, levels=levels, decades=decades, slope=step in ("slope", "boosting"),
        equal_weights=len(links) < _LEAST_TO_WEIGH,
    )  # fmt: skip
    silent = links["silent"].to_numpy(bool)
    floor = links["floor"].to_numpy(np.float64)
    found, values = censoring.fitted(
        fit, lambda made: made.predict(levels, decades)[0], links["y"].to_numpy(np.float64), floor, silent
    )
    model = Model(step, found, middle, span)
    if step == "boosting":
        rest = values - found.predict(levels, decades)[0]
        model = Model(step, found, middle, span, _boosted(_known_km(links, middle), rest))
    return model


def _boosted(km: np.ndarray, rest_db: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Knots (km, dB) of what boosted stumps of the distance make of the rest, within ±10 dB."""
    edges = np.unique(np.quantile(km, np.linspace(0, 1, _BINS + 1)[1:-1]))
    place = np.searchsorted(edges, km, side="right")
    count = np.bincount(place, minlength=edges.size + 1).astype(float)
    total = np.bincount(place, weights=rest_db, minlength=edges.size + 1)
    level = np.zeros(edges.size + 1)
    for _ in range(_ROUNDS):
        left = total - count * level
        below, above = np.cumsum(left)[:-1], left.sum() - np.cumsum(left)[:-1]
        few, many = np.cumsum(count)[:-1], count.sum() - np.cumsum(count)[:-1]
        best = int(np.argmax(below**2 / np.maximum(few, 1) + above**2 / np.maximum(many, 1)))
        level[: best + 1] += _RATE * below[best] / max(few[best], 1)
        level[best + 1 :] += _RATE * above[best] / max(many[best], 1)
    level = np.clip(level, -_BOUND_DB, _BOUND_DB)
    middle = np.bincount(place, weights=np.log10(km), minlength=edges.size + 1) / np.maximum(count, 1)
    return tuple((float(10**at), float(db)) for at, db, n in zip(middle, level, count, strict=True) if n > 0)
