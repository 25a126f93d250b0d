"""Model cards of estimated coverage: what `ewcm learn coverage` found, as JSON that a run reads. Never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ewcm.core.card_digest import is_changed
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError
from ewcm.sources.files import check_file, read_text

#: What a card says that it is, and the version of its form that is read.
KIND = "coverage"
VERSION = 1

#: ``assumed_shape``: coefficients of another country, whose level must be set to the official share. ``local_truth``: fitted to
#: places of this country, whose level is theirs.
MODES = ("assumed_shape", "local_truth")

#: Services that are estimated, and the technology that stands for each.
SERVICES = {"any": "2G", "3G+": "3G", "4G+": "4G"}

#: The evidence of a place, in the order in which trees count it; see `ewcm.coverage.evidence`.
FEATURES = ("ln_km_2G", "ln_km_3G", "ln_km_4G", "log10_people_per_km2")

#: Numbers that are made of the evidence: the least of several distances, to the nearest cell of any of their technologies.
NEAREST_OF = {
    "ln_km_2G_or_newer": ("ln_km_2G", "ln_km_3G", "ln_km_4G"),
    "ln_km_3G_or_newer": ("ln_km_3G", "ln_km_4G"),
    "ln_km_4G_or_newer": ("ln_km_4G",),
}

#: A card is some kilobytes; a forest some megabytes.
_LARGEST = 50_000_000

#: What no fit exceeds: weights, trees, their nodes and how deep they branch.
_MOST_WEIGHT, _MOST_TREES, _MOST_NODES, _MOST_DEPTH = 1000.0, 1000, 1_000_000, 200


@dataclass(frozen=True)
class Curve:
    """Log-odds of coverage of one service from evidence.

    ``features``: names of the numbers that it takes, of ``FEATURES`` and ``NEAREST_OF``. ``weights``: their weights and
    then the constant, float64. ``covariance``: of the weights. ``trees``: of a forest, whose mean prediction is the only
    feature then (``forest``, as log-odds). How both become log-odds: `ewcm.coverage.curves`.
    """

    features: tuple[str, ...]
    weights: np.ndarray
    covariance: np.ndarray
    trees: tuple[Mapping[str, np.ndarray], ...] = ()


@dataclass(frozen=True)
class Band:
    """The band of districts of one service: half its width in standard deviations (`ewcm.coverage.district_bands`), and the
    places of a district that it was made of, in the median."""

    factor: float
    places: float


@dataclass(frozen=True)
class CoverageCard:
    """A model card. ``curves``: by service; ``bands``: of districts, of the services that have one. ``records``: of its file;
    none for the card that comes with the engine."""

    mode: str
    country: str
    definition: str
    curves: dict[str, Curve]
    source: str = ""
    validation: Mapping[str, Any] = field(default_factory=dict)
    bands: Mapping[str, Band] = field(default_factory=dict)
    records: tuple[InputRecord, ...] = ()


def read_card(path: Path, meta: Meta) -> CoverageCard:
    """A card of `ewcm learn coverage`. Raises :class:`InputError` with the file, the value and the mend."""
    check_file(path)
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path}: is larger than a model card can be; make it again with `ewcm learn coverage`")
    text, assumptions = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON; make it again with `ewcm learn coverage`") from error
    card = card_of(content, str(path))
    facts = {"mode": card.mode, "country": card.country, "definition": card.definition, "services": sorted(card.curves)}
    warnings: tuple[InputWarning, ...] = ()
    if is_changed(content):
        text = "The card was changed after `ewcm learn` had written it: what it says of its trial is no longer of these numbers."
        warnings = (InputWarning("card_changed", text),)
    record = record_of("learnt", path, meta, format="JSON", assumptions=assumptions, facts=facts, warnings=warnings)
    return CoverageCard(**(vars(card) | {"records": (record,)}))


def card_of(content: object, where: str) -> CoverageCard:
    """The card that a JSON value is; ``where``: how it is called in an error."""

    def wrong(what: str) -> InputError:
        return InputError(f"{where}: {what}; make it again with `ewcm learn coverage`")

    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise wrong("is no model card of estimated coverage")
    if content.get("card") != VERSION:
        raise wrong(f"is a card of version {str(content.get('card'))[:20]}, and this engine reads version {VERSION}")
    if content.get("mode") not in MODES:
        raise wrong(f"mode is {str(content.get('mode'))[:40]!r}, and must be one of {', '.join(MODES)}")
    services = content.get("services")
    if not isinstance(services, dict) or not services:
        raise wrong("names no service")
    curves = {}
    for name, about in services.items():
        if name not in SERVICES:
            raise wrong(f"names the service {str(name)[:40]!r}, and must name {', '.join(SERVICES)}")
        try:
            curves[name] = _curve(about)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise wrong(f"the curve of {name} cannot be used ({str(error)[:80]})") from None
    texts = {key: content.get(key, "") for key in ("country", "definition", "source")}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise wrong(f"{key} is {str(text)[:40]!r} and must be text")
    validation = content.get("validation", {})
    if not isinstance(validation, dict):
        validation = {}
    try:
        bands = {name: band for name in curves if (band := _band(validation.get(name))) is not None}
    except (KeyError, TypeError, ValueError, OverflowError):
        raise wrong("the band of districts cannot be used") from None
    return CoverageCard(content["mode"], **texts, curves=curves, validation=validation, bands=bands)


def _band(about: Any) -> Band | None:
    """The band of districts of one service; None where there is none, and in cards that do not tell their places."""
    stated = about.get("district_band") if isinstance(about, dict) else None
    if stated is None or "places" not in stated:
        return None
    band = Band(float(stated["factor"]), float(stated["places"]))
    if not (np.isfinite(band.factor) and band.factor >= 0 and np.isfinite(band.places) and band.places >= 1):
        raise ValueError("numbers that no band has")
    return band


def _curve(about: Any) -> Curve:
    features = tuple(about["features"])
    if len(about.get("trees", ())) > _MOST_TREES:
        raise ValueError(f"has more than {_MOST_TREES} trees")
    trees = tuple(_tree(tree) for tree in about.get("trees", ()))
    known = ("forest",) if trees else (*FEATURES, *NEAREST_OF)
    for name in features:
        if name not in known:
            raise ValueError(f"feature {str(name)[:40]!r} is not one of {', '.join(known)}")
    weights = np.array([*(about["weights"][name] for name in features), about["weights"]["constant"]], np.float64)
    covariance = np.array(about["covariance"], np.float64)
    if covariance.shape != (weights.size, weights.size):
        raise ValueError("covariance does not belong to the weights")
    if not np.isfinite(weights).all() or not np.isfinite(covariance).all():
        raise ValueError("holds a number that is not finite")
    if np.abs(weights).max() > _MOST_WEIGHT or np.abs(covariance).max() > _MOST_WEIGHT**2:
        raise ValueError("holds a number that no fit has")
    least, *_, most = np.linalg.eigvalsh(0.5 * (covariance + covariance.T))
    if not np.allclose(covariance, covariance.T, rtol=1e-3, atol=1e-9) or least < -1e-3 * max(most, 0.0) - 1e-12:
        raise ValueError("covariance is none: it is not symmetric, or a variance of it is negative")
    return Curve(features, weights, covariance, trees)


def _tree(about: Any) -> dict[str, np.ndarray]:
    """A tree: ``feature`` (−1 at a leaf), ``threshold``, ``left``, ``right`` and ``share``, one entry a node; children follow
    their parent, so that a way down always ends."""
    tree = {name: _whole(about[name]) for name in ("feature", "left", "right")}
    tree |= {name: np.array(about[name], np.float64) for name in ("threshold", "share")}
    count = tree["feature"].size
    if not count or any(part.shape != (count,) for part in tree.values()):
        raise ValueError("a tree has lists of different lengths")
    inner, number = tree["feature"] >= 0, np.arange(count)
    if (tree["feature"] >= len(FEATURES)).any():
        raise ValueError("a tree asks for a feature that is not there")
    leaf = tree["share"][~inner]
    if not np.isfinite(tree["threshold"][inner]).all() or not ((leaf >= 0) & (leaf <= 1)).all():
        raise ValueError("a tree has a threshold or a share that is none")
    for side in ("left", "right"):
        if (inner & ((tree[side] <= number) | (tree[side] >= count))).any():
            raise ValueError("a tree has a branch that leads nowhere")
    _check_depth(tree, inner)
    return tree


def _whole(values: Any) -> np.ndarray:
    """Whole numbers, as they are."""
    found = np.array(values)
    if found.size and (found.dtype.kind not in "iu" or np.abs(found).max() > _MOST_NODES):
        raise ValueError("a tree counts in numbers that are not whole, or has too many nodes")
    return found.astype(np.int32)


def _check_depth(tree: Mapping[str, np.ndarray], inner: np.ndarray) -> None:
    """Refuses a tree through which a run would walk for hours: branch after branch in one line."""
    depth = np.zeros(inner.size, np.int64)
    for number in np.flatnonzero(inner):
        for side in ("left", "right"):
            depth[tree[side][number]] = depth[number] + 1
    if depth.max() > _MOST_DEPTH:
        raise ValueError(f"a tree is deeper than {_MOST_DEPTH} branches")
