"""What ``ewcm learn people`` leaves behind: the raster with its mark, the ledger, the bands and the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from odc.geo.geobox import GeoBox

from ewcm.core.files import replacing, write_atomically
from ewcm.core.modelled import TAG
from ewcm.core.record import GRADE, STARTER
from ewcm.learning import people as model
from ewcm.learning.people_grid import Made

#: What stands where there are no people to tell.
NODATA = -99999.0


def write_raster(path: Path, people: np.ndarray, geobox: GeoBox, how: str, *, starter: bool) -> None:
    """Write people as a GeoTIFF that says how they were made, and carries the mark of STARTER DATA on."""
    rows, cols = geobox.shape
    with replacing(path) as part, rasterio.open(
        part, "w", driver="GTiff", height=rows, width=cols, count=1, dtype="float32", crs=str(geobox.crs),
        transform=geobox.affine, nodata=NODATA, compress="deflate", predictor=3, tiled=True,
    ) as target:  # fmt: skip
        target.write(np.where(np.isnan(people), np.float32(NODATA), people), 1)
        target.update_tags(**{TAG: how}, **({GRADE: STARTER} if starter else {}))
        target.set_band_description(1, "people")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV in one step; names that a spreadsheet would take for a formula are made text."""
    plain = table.copy()
    for name in plain.columns:
        if plain[name].dtype == object or str(plain[name].dtype) in ("str", "string"):
            plain[name] = [f"'{text}" if str(text)[:1] in ("=", "+", "-", "@") else text for text in plain[name]]
    write_atomically(path, plain.to_csv(index=False, float_format="%.3f", lineterminator="\n").encode("utf-8"))


def content(made: Made, how: str, digest: str) -> dict[str, Any]:
    """What the card says beside its files, seed and versions."""
    learnt = made.learnt
    everything = made.ledger.iloc[-1]
    return {
        "definition": "residents of units, as the totals count them",
        "how": how,
        "verdict": "refused" if learnt.refused else "helps",
        "refused": [learnt.refused] if learnt.refused else [],
        "used": learnt.best_other if learnt.refused else learnt.shape,
        "covariates": list(made.names),
        "validation": model.validation(learnt, made.sample),
        "notes": list(made.notes),
        "ledger": {name: everything[name] for name in ("before", "total", "after")},
        "raster": {"path": "people.tif", "sha256": digest},
    }


def sentences(made: Made, how: str) -> list[str]:
    """What the command prints."""
    learnt, sample = made.learnt, made.sample
    lines = [f"note: {note}" for note in made.notes]
    lines.append(
        f"{sample.people.size} units in {np.unique(sample.group).size} groups; people in the wrong unit, groups left out:"
    )
    lines += [f"  {name:<22} {model.misplaced(value, sample.people):6.1%}" for name, value in learnt.estimates.items()]
    lines.append(
        f"  its band of 90 % held {learnt.band_held:.0%} of left-out units (a factor of {np.exp(learnt.half_band):.2f})"
    )
    if learnt.refused:
        lines.append(f"Refused: {learnt.refused}. The raster is made by '{learnt.best_other}', held to the totals.")
    else:
        card = model.validation(learnt, sample)
        least = (
            ""
            if card["gain_people_a_unit"] > card["standard_error"]
            else ", less than one standard error over the groups"
        )
        lines.append(
            f"Helps: the {how} is {learnt.shape}; it misplaces {card['gain_people_a_unit']:,.0f} people a unit fewer than "
            f"'{learnt.best_other}' (± {card['standard_error']:,.0f}{least})."
        )
    everything = made.ledger.iloc[-1]
    outside = made.ledger.iloc[-2]
    lines.append(
        f"Ledger: {everything['before']:,.0f} people before, {everything['total']:,.0f} in the totals, {everything['after']:,.0f}"
        f" after, {outside['after']:,.0f} of them outside every unit (left as they were)."
        if np.isfinite(everything["before"])
        else f"Ledger: {everything['total']:,.0f} people in the totals, {everything['after']:,.0f} on the grid."
    )
    return lines
