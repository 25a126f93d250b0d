"""What `ewcm learn coverage` writes and prints: the model card, its table, a reliability diagram and a map of before
and after."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ewcm.core.files import write_atomically
from ewcm.learning.card import write_card
from ewcm.learning.coverage import Fitted, Learnt
from ewcm.learning.districts import LEAST as LEAST_DISTRICTS
from ewcm.learning.ladder import SIDES_DEG

if TYPE_CHECKING:  # matplotlib takes a while to import
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CARD, RELIABILITY, MAP = "coverage.json", "coverage_reliability.png", "coverage_map.png"

#: Classes of probability in the reliability diagram.
_CLASSES = 10

_NAMES = {
    "constant": "share of all places",
    "circle": "circles",
    "nearest_cell": "nearest cell of the service",
    "three_distances": "three distances",
    "small_model": "small model (with people around)",
    "forest": "forest",
}


def write_learnt(learnt: Learnt, folder: Path) -> list[Path]:
    """Write the card and, where it was fitted to places, the two pictures into ``folder``; returns what was written."""
    written = [write_card(folder / CARD, learnt.content)]
    if learnt.fitted:
        for name, picture in ((RELIABILITY, _reliability(learnt.fitted)), (MAP, _map(learnt.fitted))):
            write_atomically(folder / name, picture)
            written.append(folder / name)
    return written


def lines_of(learnt: Learnt) -> list[str]:
    """The table that is printed: each model on blocks left out, the step that was chosen, bands of districts, refusals."""
    lines = []
    for one in learnt.fitted:
        lines.append(f"{one.service}: {one.truth.size} places, {100 * one.truth.mean():.1f} % covered")
        lines.append(f"  {'model':<34}{'blocks':>8}{'Brier':>9}{'least':>9}{'most':>9}{'AUC':>8}")
        for row in one.scores:
            auc = "" if row["auc"] is None else f"{row['auc']:.3f}"
            mark = "  chosen" if row["chosen"] else ""
            lines.append(
                f"  {_NAMES[row['model']]:<34}{row['block_deg']:>7g}°{row['brier']:>9.4f}{row['brier_least']:>9.4f}"
                f"{row['brier_most']:>9.4f}{auc:>8}{mark}"
            )
        lines.append("  " + _of_bands(one))
    level = learnt.content.get("validation", {}).get("level", {})
    for service, about in level.items():
        newer = " of a newer technology, below which its own lies" if about["of_newer"] else ""
        lines.append(
            f"{service}: assumed shape, level set to the official share of {100 * about['official_share']:.1f} %{newer} by every "
            f"run (circles around the cells show {100 * about['circles_share']:.1f} %); not tried in this country"
        )
    lines += [f"{service}: refused: {reason}" for service, reason in learnt.refused.items()]
    return lines


def _of_bands(one: Fitted) -> str:
    """What became of the bands of districts of a service."""
    what = f"squares of {SIDES_DEG[-1]:g}°" if one.nameless else "districts"
    if one.band is None:
        return f"no bands of districts: {one.districts} {what}; at least {LEAST_DISTRICTS} are needed"
    why = f"; {one.nameless} places state no district" if one.nameless else ""
    return f"bands of districts (90 %): {one.band.held:.3f} of {one.band.districts} {what} lie within that of the others{why}"


def _picture(columns: int, height: float) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * columns, height), dpi=100, layout="constrained")
    return figure, np.atleast_1d(figure.subplots(1, columns)).tolist()


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    # Without the version of the library and the time, so that the same fit makes the same picture.
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _reliability(fitted: Sequence[Fitted]) -> bytes:
    """How many of the places that were given some probability are covered; every place by a model that had not seen its block."""
    figure, panels = _picture(len(fitted), 4.2)
    for one, panel in zip(fitted, panels, strict=True):
        number = np.minimum((one.share * _CLASSES).astype(int), _CLASSES - 1)
        count = np.bincount(number, minlength=_CLASSES)
        here = count > 0
        expected = np.bincount(number, one.share, minlength=_CLASSES)[here] / count[here]
        true = np.bincount(number, one.truth, minlength=_CLASSES)[here] / count[here]
        panel.plot([0, 1], [0, 1], color="0.7")
        panel.plot(expected, true, "o-", color="#2166ac")
        for x, y, places in zip(expected, true, count[here], strict=True):
            panel.annotate(str(places), (x, y), textcoords="offset points", xytext=(6, -9), fontsize=7)
        panel.set(
            title=f"{one.service} (places left out)",
            xlabel="estimated probability",
            ylabel="share covered",
            aspect="equal",
        )
    return _png(figure)


def _map(fitted: Sequence[Fitted]) -> bytes:
    """The places, as they are and as they were estimated by a model that had not seen their block."""
    figure, panels = _picture(2, 5.0)
    one = fitted[-1]
    for panel, share, title in zip(
        panels, (one.truth, one.share), ("as stated", "as estimated, block left out"), strict=True
    ):
        panel.scatter(one.lon, one.lat, c=share, s=4, cmap="RdYlBu", vmin=0, vmax=1)
        panel.set(title=f"{one.service}, {title}", xlabel="longitude", ylabel="latitude")
        panel.set_aspect(1 / np.cos(np.radians(float(np.mean(one.lat)))))
    return _png(figure)


def table_of_inputs(card: Path, inputs: Path) -> str:
    """The lines of inputs.toml by which a run takes a card."""
    return f'[[learnt]]\npath = "{Path(os.path.relpath(card, inputs)).as_posix()}"'
