"""What a calibration leaves behind: the card, the table of before and after, and lines for inputs.toml."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ewcm.coverage.p1812.calibration import CLUTTER_FROM_M, distance_offsets_db
from ewcm.learning import offsets
from ewcm.learning.card import significant
from ewcm.learning.propagation import MOST_DB, SHARE, Learnt
from ewcm.settings import Settings

#: The box of an entry reaches so far [degrees] beyond what was measured, and the transmitters it was measured from.
_MARGIN_DEG = 0.05


def entries(learnt: Learnt) -> list[dict[str, Any]]:
    """The entries of ``calibration`` for the settings, each place with a box, and one for everywhere where it serves there.

    ``interval`` (90 %) and ``places`` are beside them; :func:`toml` writes them as comments.
    """
    if learnt.refused or learnt.model.fit is None:
        return []
    found = []
    for (technology, place), links in learnt.links.groupby(["technology", "place"], sort=True):
        found.append(_entry(learnt, str(technology), str(place), links))
    if learnt.places.get("serves_elsewhere"):
        found += [_entry(learnt, str(name), "", part) for name, part in learnt.links.groupby("technology", sort=True)]
    return found


def untaken_offset(learnt: Learnt) -> list[dict[str, Any]]:
    """The entries of an offset alone, where no step gained more than it costs; empty where it was taken or harms."""
    if learnt.offset is None:
        return []
    found = entries(replace(learnt, model=learnt.offset, refused=""))
    return [] if any(abs(entry["offset_db"]) > MOST_DB for entry in found) else found


def _entry(learnt: Learnt, technology: str, place: str, links: pd.DataFrame) -> dict[str, Any]:
    fit = learnt.model.fit
    assert fit is not None
    offset = fit.effects["technology"][technology]
    half = fit.half_width_db("technology", technology)
    key = f"{technology}|{place}"
    if place and key in fit.effects.get("place", {}):
        offset += fit.effects["place"][key]
        half = _half_of_both(learnt, technology, key)
    entry: dict[str, Any] = {"technology": technology, "offset_db": offset, "interval": (offset - half, offset + half)}
    entry["links"] = len(links)
    if place:
        entry["within"] = _box(links)
    for name, factor in (("operators", "operator"), ("sites", "site"), ("clutter", "clutter")):
        effects = _named(fit.effects.get(factor, {}), technology, links, factor)
        if effects:
            entry[name] = effects
    knots = _knots(learnt)
    if knots:
        entry["by_distance"] = knots
    return entry


def _half_of_both(learnt: Learnt, technology: str, key: str) -> float:
    """Half the width of the interval of the offset of a technology and a place together."""
    fit = learnt.model.fit
    assert fit is not None
    one, two = fit.place_of["technology"][technology], fit.place_of["place"][key]
    part = fit.covariance[np.ix_([one, two], [one, two])]
    return offsets.student_quantile(0.5 + SHARE / 2, fit.freedom) * fit.spread_db * math.sqrt(float(part.sum()))


def _box(links: pd.DataFrame) -> tuple[float, float, float, float]:
    lat = pd.concat([links["lat"], links["site_lat"].dropna()])
    lon = pd.concat([links["lon"], links["site_lon"].dropna()])
    edges = (lon.min() - _MARGIN_DEG, lat.min() - _MARGIN_DEG, lon.max() + _MARGIN_DEG, lat.max() + _MARGIN_DEG)
    west, south, east, north = (round(float(edge), 3) for edge in edges)
    return west, south, east, north


def _named(effects: Mapping[str, float], technology: str, links: pd.DataFrame, factor: str) -> dict[str, float]:
    """Effects by the last part of their level, of levels that the links have; clutter of the engine's own classes only."""
    present = set(links[f"level_{factor}"])
    found = {
        level.split("|")[-1]: value
        for level, value in effects.items()
        if level in present and level.startswith(f"{technology}|") and level.split("|")[-1] and abs(value) >= 0.05
    }
    return {name: value for name, value in found.items() if factor != "clutter" or name in CLUTTER_FROM_M}


def _knots(learnt: Learnt) -> list[tuple[float, float]]:
    """The slope and the boosted part together, as knots (km, dB)."""
    model = learnt.model
    assert model.fit is not None
    if model.step not in ("slope", "boosting"):
        return []
    km = sorted({10 ** model.span[0], 10 ** model.span[1], *(at for at, _ in model.knots)})
    slope = model.fit.slope * (np.log10(km) - model.middle)
    boosted = distance_offsets_db(model.knots, np.array(km)) if model.knots else np.zeros(len(km))
    knots = [(round(at, 4), round(float(db), 2)) for at, db in zip(km, slope + boosted, strict=True)]
    return [knot for before, knot in zip([(0.0, 0.0), *knots[:-1]], knots, strict=True) if knot[0] > before[0]]


def spreads(learnt: Learnt, settings: Settings) -> dict[str, Any]:
    """What the spread of links and of their neighbourhoods says of ``location_sigma_db`` and ``threshold_margin_db``.

    σ is the spread of links about their computed level; the margin is half of the 90 % interval of the offset of a neighbourhood
    that was not measured. One place widens both and narrows neither.
    """
    fit = learnt.model.fit
    if fit is None:
        return {}
    doubt = fit.unknown.get("block", 0.0) + max(
        fit.covariance[column, column] for column in fit.place_of["technology"].values()
    )
    factor = offsets.student_quantile(0.5 + SHARE / 2, fit.freedom)
    spread = {
        "location_sigma_db": fit.spread_db,
        "threshold_margin_db": min(50.0, factor * fit.spread_db * math.sqrt(doubt)),
    }
    half = factor * math.sqrt(0.5 / fit.freedom)  # of a standard deviation, relative
    found: dict[str, Any] = {"location_sigma_interval": [fit.spread_db * (1 - half), fit.spread_db * (1 + half)]}
    for name, value in spread.items():
        now = float(getattr(settings, name))
        stated = value if learnt.places.get("serves_elsewhere") else max(now, value)
        found[name] = {"learnt": value, "now": now, "stated": stated}
    return found


def table(learnt: Learnt, margin_db: float) -> pd.DataFrame:
    """Before and after, on links of blocks that were left out: one row a way."""
    rows = []
    for trial in learnt.trials:
        row: dict[str, Any] = {"way": trial.name, "links": len(trial.error_db), "rmse_db": trial.rmse_db}
        row["mean_error_db"] = float(np.mean(trial.error_db))
        row |= {f"within_{margin}_db": share for margin, share in trial.within_db.items()}
        rows.append(row | {"in_band_of_90": trial.band})
    return pd.DataFrame(rows)


def content(learnt: Learnt, settings: Settings, left_out: Mapping[str, int], by_engine: int) -> dict[str, Any]:
    """What the card says beside its files, seed and versions."""
    rows = table(learnt, settings.threshold_margin_db)
    return {
        "definition": "measured level − level computed by Recommendation ITU-R P.1812, outdoors [dB]; of losses the reverse",
        "verdict": "refused" if learnt.refused else "helps",
        "refused": [learnt.refused] if learnt.refused else [],
        "step": learnt.model.step,
        "steps": list(learnt.steps),
        "links": len(learnt.links),
        "links_without_signal": int(learnt.links["silent"].sum()),
        "links_near_the_floor": int(np.isfinite(learnt.links["floor"]).sum()),
        "computed_by_the_engine": by_engine,
        "not_used": dict(left_out),
        "validation": {
            "left_out": f"{learnt.blocks} squares of {learnt.side_deg:g}°, in groups; the step is chosen anew without them",
            "table": rows.to_dict("records"),
            "reliability": reliability(learnt),
            "band_factor": learnt.band_factor,
        },
        "margin": {
            "band_db": settings.threshold_margin_db,
            "should_hold": SHARE,
            "holds": learnt.trials[2].within_db[f"{settings.threshold_margin_db:g}"],
            "five_db_holds": learnt.trials[2].within_db["5"],
        },
        "spread": spreads(learnt, settings),
        "places": learnt.places,
        "learnt_elsewhere": learnt.elsewhere,
        "calibration": entries(learnt),
        "offset_that_was_not_taken": untaken_offset(learnt),
    }


def reliability(learnt: Learnt) -> list[dict[str, float]]:
    """Share of left-out links that bands of a nominal share hold."""
    heard = ~learnt.links["silent"].to_numpy(bool)
    ratio = np.abs(learnt.links["y"].to_numpy() - learnt.predicted)[heard] / learnt.scale[heard]
    freedom = learnt.model.fit.freedom if learnt.model.fit else offsets.SPREAD_WORTH
    # The width is that of Student's t, made wider or narrower as the band of 90 % is by the errors that were left out.
    stretch = learnt.band_factor / offsets.student_quantile(0.5 + SHARE / 2, freedom)
    return [
        {
            "nominal": nominal,
            "held": float(np.mean(ratio <= stretch * offsets.student_quantile(0.5 + nominal / 2, freedom))),
        }
        for nominal in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
    ]


def toml(learnt: Learnt, settings: Settings, card_name: str) -> str:
    """Lines for inputs.toml: offsets with their intervals, σ and the margin. Where it was refused, a comment that says so."""
    lines = [f"# Statistical estimate, cross-validated; see {card_name}. Add it to inputs.toml."]
    if learnt.refused:
        untaken = _lines_of_entries(untaken_offset(learnt))
        how = ["# An offset alone; take the signs # away to use it nonetheless:"] if untaken else []
        return "\n".join([f"# Refused: {learnt.refused}.", *how, *(f"# {line}".rstrip() for line in untaken)]) + "\n"
    found = spreads(learnt, settings)
    low, high = found["location_sigma_interval"]
    sigma, margin = found["location_sigma_db"], found["threshold_margin_db"]
    lines += [
        "# If there is a [settings] table already, put the two lines there.",
        "[settings]",
        f"location_sigma_db = {_number(sigma['stated'])} # learnt {sigma['learnt']:.1f}, 90 % interval {low:.1f} to {high:.1f}",
        f"threshold_margin_db = {_number(margin['stated'])} # learnt {margin['learnt']:.1f}; one place narrows nothing",
    ]
    return "\n".join([*lines, *_lines_of_entries(entries(learnt))]) + "\n"


def _lines_of_entries(found: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for entry in found:
        low, high = entry["interval"]
        lines += [
            "",
            "[[settings.calibration]]",
            f"technology = {_text(entry['technology'])}",
            f"offset_db = {_number(entry['offset_db'])} # 90 % interval {low:.1f} to {high:.1f}, {entry['links']} places",
        ]
        if "within" in entry:
            lines.append(
                f"within = [{', '.join(_number(edge, 3) for edge in entry['within'])}] # west, south, east, north"
            )
        lines += [f"{name} = {_table(entry[name])}" for name in ("operators", "sites", "clutter") if name in entry]
        if "by_distance" in entry:
            pairs = ", ".join(f"[{_number(km, 4)}, {_number(db)}]" for km, db in entry["by_distance"])
            lines.append(f"by_distance = [{pairs}] # km, dB")
    return lines


def _number(value: float, decimals: int = 2) -> str:
    number = significant(round(float(value), decimals), 12)
    return f"{number:.{decimals}f}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)


def _table(values: Mapping[str, float]) -> str:
    return "{ " + ", ".join(f"{_text(name)} = {_number(value)}" for name, value in sorted(values.items())) + " }"


def sentences(learnt: Learnt, settings: Settings, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the command prints: what helps, by how much, or why not."""
    before, plain, after, _ = learnt.trials
    lines = [
        f"{len(learnt.links)} measured places in {learnt.blocks} blocks; errors on blocks that were left out:",
        *(
            f"  {row['way']:<14} {row['rmse_db']:6.1f} dB rms, {row['within_5_db']:.0%} within ±5 dB, "
            f"{row[f'within_{settings.threshold_margin_db:g}_db']:.0%} within ±{settings.threshold_margin_db:g} dB"
            + ("" if math.isnan(row["in_band_of_90"]) else f", {row['in_band_of_90']:.0%} in its band of 90 %")
            for row in rows
        ),
    ]
    lines += [f"  {step['step']}: not taken, {step['why']}" for step in learnt.steps if not step["taken"]]
    if learnt.elsewhere:
        other = learnt.elsewhere
        lines.append(
            f"  Calibration from elsewhere: refused, {other['why']}."
            if other["refused"]
            else f"  Calibration from elsewhere: {other['rmse_db']:.1f} dB rms here, no worse than the own offset."
        )
    if learnt.refused:
        return [*lines, f"Refused: {learnt.refused}.", *_of_untaken_offset(learnt)]
    held = after.within_db[f"{settings.threshold_margin_db:g}"]
    lines.append(
        f"Helps: {before.rmse_db:.1f} dB becomes {after.rmse_db:.1f} dB (plain offset {plain.rmse_db:.1f} dB), by {after.name}."
    )
    lines.append(
        f"The margin of ±{settings.threshold_margin_db:g} dB holds {held:.0%} of links after it; 90 % need "
        f"±{learnt.band_factor * float(np.median(learnt.scale)):.0f} dB."
    )
    if not learnt.places.get("serves_elsewhere"):
        lines.append(f"It holds in the measured places only: {learnt.places['why']}.")
    return lines


def _of_untaken_offset(learnt: Learnt) -> list[str]:
    """What an offset alone would be, and how to use it, as it may err less than the engine as it is."""
    before, plain = learnt.trials[:2]
    said = []
    for entry in untaken_offset(learnt):
        low, high = entry["interval"]
        interval = f"90 % interval {low:+.1f} to {high:+.1f}, {entry['links']} places"
        said.append(f"{entry['technology']} {entry['offset_db']:+.1f} dB ({interval})")
    if not said:
        return []
    return [
        f"An offset alone would be {'; '.join(said)}. On blocks that were left out one offset for all errs by "
        f"{plain.rmse_db:.1f} dB, the engine as it is by {before.rmse_db:.1f} dB. To use it nonetheless, take the lines of "
        "propagation.toml without the signs #."
    ]
