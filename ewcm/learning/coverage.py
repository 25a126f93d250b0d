"""`ewcm learn coverage`: estimated coverage fitted to local truth, or the assumed shape set to official shares, with its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ewcm.core.record import InputRecord
from ewcm.coverage.curves import features_of, forest_log_odds
from ewcm.coverage.estimate_plan import plan_of
from ewcm.coverage.evidence import Evidence
from ewcm.errors import InputError
from ewcm.inputs.country_data import CountryData
from ewcm.learning import forest, ladder
from ewcm.learning.blocks import squares
from ewcm.learning.card import card
from ewcm.learning.districts import DistrictBand, district_band
from ewcm.learning.logistic import covariance_by_block, fit, probability
from ewcm.settings import Settings
from ewcm.sources.cells import crowd_sourced
from ewcm.sources.coverage_cards import FEATURES, SERVICES, Curve
from ewcm.sources.coverage_truth import CoverageTruth

#: Fewest places, places of either kind, and blocks of the smaller size that a fit is made of.
LEAST_PLACES, LEAST_OF_A_KIND, LEAST_BLOCKS = 50, 10, 10

#: Where more than this share of the places lie off the grid of people, they are of other ground.
MOST_OFF_GRID = 0.1

SEED = 0


@dataclass(frozen=True)
class Fitted:
    """The fit of one service. ``share``: of each place, calibrated, by models that have not seen its block (the larger size, the
    mean of the seeds); ``truth``, ``lat``, ``lon``: of the places. ``districts``: how many there are, and ``nameless``: how many
    places state none; where some do not, squares serve for the band in the place of districts."""

    service: str
    step: str
    curve: Curve
    scores: list[Mapping[str, Any]]
    band: DistrictBand | None
    truth: np.ndarray
    share: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    districts: int
    nameless: int


@dataclass(frozen=True)
class Learnt:
    """What was found. ``fitted``: by service; ``refused``: why a service was not fitted, in one line. ``content``: the card."""

    fitted: tuple[Fitted, ...]
    refused: dict[str, str]
    content: dict[str, Any] = field(default_factory=dict)


def learn_from_places(data: CountryData, truth: CoverageTruth, settings: Settings) -> Learnt:
    """Fit every service that the places speak of. Raises :class:`InputError` where none can be fitted, with the reason."""
    if data.sites is None or not crowd_sourced(data.sites):
        raise InputError(
            f"{data.country.iso3}: has no crowd-sourced cells whose coverage could be estimated; bring a cells file first"
        )
    people, geobox = data.population.people, data.population.geobox
    evidence = Evidence(data.sites.table, people, geobox)
    fitted, refused = [], {}
    lat, lon = (truth.table[name].to_numpy(np.float64) for name in ("lat", "lon"))
    of_places = evidence.of_points(lat, lon)
    off = ~evidence.on_grid(lat, lon)
    if off.mean() > MOST_OFF_GRID:
        raise InputError(
            f"{truth.record.path}: {int(off.sum())} of {off.size} places lie off the population grid of {data.country.iso3}, "
            "where nothing is known of the people around; bring people of the whole country, or the places of this grid"
        )
    for service in SERVICES:
        shares = truth.of(service)
        if shares is None:
            refused[service] = f"the places say nothing of {SERVICES[service]}"
            continue
        known = np.isfinite(shares) & ~off
        reason = _too_few(shares[known], lat[known], lon[known])
        if not reason:
            found = _fitted(service, shares[known], lat[known], lon[known], of_places[known], truth, known, settings)
            if isinstance(found, Fitted):
                fitted.append(found)
                continue
            reason = found
        refused[service] = reason
    if not fitted:
        service, reason = next(iter(refused.items()))
        raise InputError(f"{truth.record.path}: no coverage was learnt: {service}: {reason}")
    return Learnt(tuple(fitted), refused, _card_of(data, truth, fitted, refused))


def _too_few(shares: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> str:
    """Why places are too few to learn from; "" where they are not."""
    if shares.size < LEAST_PLACES:
        return f"{shares.size} places; at least {LEAST_PLACES} are needed"
    yes = int((shares >= 0.5).sum())
    for count, what in ((yes, "covered"), (shares.size - yes, "uncovered")):
        if count < LEAST_OF_A_KIND:
            return f"{count} {what} places; at least {LEAST_OF_A_KIND} are needed"
    blocks = int(squares(lat, lon, ladder.SIDES_DEG[0]).max()) + 1
    if blocks < LEAST_BLOCKS:
        return f"the places lie in {blocks} blocks of {ladder.SIDES_DEG[0]:g}°; at least {LEAST_BLOCKS} are needed"
    return ""


def _fitted(
    service: str,
    shares: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    evidence: np.ndarray,
    truth: CoverageTruth,
    known: np.ndarray,
    settings: Settings,
) -> Fitted | str:
    """The fit of one service, or why there is none."""
    technologies = list(SERVICES.values())
    newer = technologies[technologies.index(SERVICES[service]) :]
    by_technology = {name: evidence[:, FEATURES.index(f"ln_km_{name}")].astype(np.float64) for name in newer}
    nearest = f"ln_km_{SERVICES[service]}_or_newer"
    own_km = features_of(evidence, [nearest])[:, 0]
    circle = np.max([far <= np.log(settings.radius_km[name]) for name, far in by_technology.items()], axis=0)
    if ladder.is_upside_down(own_km, shares):
        return (
            f"places near the cells are covered less often than places far from them (AUC {ladder.auc(-own_km, shares):.2f}, 0.5 "
            "is chance), as where 1 and 0 are exchanged; write 1 for covered and 0 for not"
        )
    found = ladder.trials(lat, lon, evidence, shares, own_km, circle)
    step = ladder.chosen_step(found, shares)
    if not ladder.is_better(found, shares, ladder.CONSTANT, step):
        return "no gain over the share of all places, on blocks left out; the cells say nothing of these places"
    wide = found[-1]
    seen = np.clip(wide.share[step].mean(axis=0), 1e-6, 1.0 - 1e-6)
    odds = np.log(seen / (1.0 - seen))
    # Platt: calibration on predictions of places that the models had not seen (Advances in Large Margin Classifiers, 1999).
    platt = fit(odds[:, None], shares, ridge=1e-6)
    platt[0] = max(platt[0], 0.0)
    share = probability(platt[0] * odds + platt[1])
    names = (nearest,) if step == ladder.NEAREST else ladder.LOGISTIC.get(step, ())
    curve = _curve(names, evidence, shares, wide.block, platt)
    district = truth.table["district"].to_numpy()[known]
    nameless = int((district == "").sum())
    district = wide.block.astype(str) if nameless else district
    band = district_band(share, shares, district, lat, lon)
    rows = ladder.scores(found, shares, step)
    return Fitted(service, step, curve, rows, band, shares, share, lat, lon, np.unique(district).size, nameless)


def _curve(
    names: tuple[str, ...], evidence: np.ndarray, shares: np.ndarray, block: np.ndarray, platt: np.ndarray
) -> Curve:
    """The curve of a step fitted to all places, calibrated: weights times the slope of Platt, plus its constant. ``names``: of
    its features, none of a forest."""
    if not names:
        trees = forest.grown(evidence, shares, SEED)
        odds = forest_log_odds(trees, evidence)[:, None]
        return Curve(("forest",), platt.copy(), covariance_by_block(odds, shares, platt, block), tuple(trees))
    x = features_of(evidence, names)
    weights = fit(x, shares)
    covariance = covariance_by_block(x, shares, weights, block) * platt[0] ** 2
    calibrated = weights * platt[0]
    calibrated[-1] += platt[1]
    return Curve(names, calibrated, covariance)


def curve_as_json(curve: Curve) -> dict[str, Any]:
    """A curve as it stands in a card."""
    weights = dict(zip((*curve.features, "constant"), curve.weights.tolist(), strict=True))
    found: dict[str, Any] = {
        "features": list(curve.features),
        "weights": weights,
        "covariance": curve.covariance.tolist(),
    }
    if curve.trees:
        found["trees"] = [{name: part.tolist() for name, part in tree.items()} for tree in curve.trees]
    return found


def _card_of(data: CountryData, truth: CoverageTruth, fitted: list[Fitted], refused: dict[str, str]) -> dict[str, Any]:
    files = [truth.record, *_used(data)]
    versions = {}
    if any(one.curve.trees for one in fitted):
        import sklearn

        versions["forest"] = f"scikit-learn {sklearn.__version__}"
    return card(
        "coverage",
        data.country.iso3,
        seed=SEED,
        files=files,
        mode="local_truth",
        definition=truth.definition,
        source=truth.record.attribution,
        services={one.service: curve_as_json(one.curve) for one in fitted},
        validation={
            one.service: {
                "step": one.step,
                "places": int(one.truth.size),
                "share_covered": float(one.truth.mean()),
                "scores": one.scores,
                "district_band": None if one.band is None else vars(one.band),
            }
            for one in fitted
        },
        verdict="helps",
        refused=refused,
        extra=versions,
    )


def _used(data: CountryData) -> list[InputRecord]:
    assert data.sites is not None, "there are cells"
    return [record for record in data.sites.records if record.layer == "cells"] + [data.population.record]


def learn_from_official(data: CountryData, settings: Settings) -> Learnt:
    """The card of a country that has official shares alone: the assumed shape, whose level a run sets to them.

    Raises :class:`InputError` where it would serve for nothing, with the reason.
    """
    iso3 = data.country.iso3
    plan = plan_of(
        data.sites,
        data.official,
        None,
        settings,
        {one.technology for one in data.declared},
        data.population.people,
        data.population.geobox,
    )
    if plan is None:
        raise InputError(
            f"{iso3}: has no technology that crowd-sourced cells alone know; nothing can be estimated (a list of "
            f"sites, a map, or "
            "models and radii of your own come first)"
        )
    refused = {}
    for one in plan.refused:
        if one.reason == "far":
            assert one.share is not None and one.circles is not None, "both were compared"
            refused[one.technology] = (
                f"the official share is {100 * one.share:.1f} % and circles around the cells show {100 * one.circles:.1f} %, "
                "more than 3 apart in log-odds"
            )
        elif one.reason == "kept":
            refused[one.technology] = "its official share is stated to be a check (role), so that nothing is set to it"
        else:
            refused[one.technology] = "neither an official share nor places with local truth"
    if not plan.targets:
        technology, reason = next(iter(refused.items()))
        raise InputError(f"{iso3}: no coverage was learnt: {technology}: {reason}")
    content = card(
        "coverage",
        iso3,
        seed=SEED,
        files=[*_used(data), *data.official.records],
        mode="assumed_shape",
        definition="SDG indicator 9.c.1, as reported",
        source=plan.card.source,
        services={name: curve_as_json(plan.card.curves[name]) for name in plan.targets},
        validation={
            "assumed_shape": plan.card.validation,
            "level": {
                name: {"official_share": share, "circles_share": plan.circles[name], "of_newer": name in plan.lifted}
                for name, share in plan.targets.items()
            },
        },
        verdict="an assumed shape, set to official shares; not tried in this country",
        refused=refused,
    )
    return Learnt((), refused, content)


def without_extra() -> list[str]:
    """What the extra `ewcm[learn]` would add, in one line, where it is not installed."""
    if forest.available():
        return []
    return ["The forest, the highest step, was not tried: pip install 'ewcm[learn]' (scikit-learn) adds it."]
