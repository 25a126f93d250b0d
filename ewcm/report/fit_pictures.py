"""Pictures of a fit: a reliability diagram, and before and after on a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

#: Width and height [inches], and the resolution.
_SIZE, _DPI = (15.0, 5.0), 100

#: Low, middle and high of what is drawn: blue, white and orange are told apart by every eye.
_MAP = "RdYlBu_r"


@dataclass(frozen=True)
class Points:
    """Values at places: the left map is before, the right one after. ``limit``: what the ends of the colours stand for."""

    lat: np.ndarray
    lon: np.ndarray
    before: np.ndarray
    after: np.ndarray
    limit: float
    label: str


@dataclass(frozen=True)
class Rasters:
    """Two rasters of one extent (west, south, east, north), before and after, and what their difference is called."""

    before: np.ndarray
    after: np.ndarray
    extent: tuple[float, float, float, float]
    label: str


def write_pictures(
    path: Path, title: str, diagram: Sequence[tuple[float, float]], labels: tuple[str, str], shown: Points | Rasters
) -> None:
    """Draw a reliability diagram (nominal, held) and two maps. Same content, same bytes."""
    figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(1, 3)
    figure.suptitle(_plain(title), fontsize=12)
    _diagram(axes[0], diagram, labels)
    if isinstance(shown, Points):
        _points(figure, axes[1:], shown)
    else:
        _rasters(figure, axes[1:], shown)
    canvas.draw()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(path, format="PNG", dpi=(_DPI, _DPI))


def _plain(text: str) -> str:
    """A text in which a dollar sign is no formula."""
    return text.replace("$", r"\$")


def _diagram(axes: Axes, diagram: Sequence[tuple[float, float]], labels: tuple[str, str]) -> None:
    nominal, held = zip(*diagram, strict=True) if diagram else ((), ())
    axes.plot([0, 1], [0, 1], color="#8f8f8f", linewidth=1)
    axes.plot(nominal, held, "o-", color="#3182bd")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=labels[0], ylabel=labels[1], title="Reliability, left-out blocks")
    axes.set_aspect("equal")


def _points(figure: Figure, axes: Sequence[Axes], shown: Points) -> None:
    for place, values, title in zip(axes, (shown.before, shown.after), ("before", "after"), strict=True):
        drawn = place.scatter(
            shown.lon, shown.lat, c=values, s=9, cmap=_MAP, vmin=-shown.limit, vmax=shown.limit, linewidths=0
        )
        place.set(title=title, xlabel="longitude", ylabel="latitude")
        place.ticklabel_format(useOffset=False)
        place.tick_params(axis="x", labelrotation=30)
        figure.colorbar(drawn, ax=place, label=shown.label)
    figure.subplots_adjust(left=0.05, right=0.97, bottom=0.16, wspace=0.35)


def _rasters(figure: Figure, axes: Sequence[Axes], shown: Rasters) -> None:
    west, south, east, north = shown.extent
    most = max(float(np.nanmax(values, initial=0.0)) for values in (shown.before, shown.after))
    for place, values, title in zip(axes, (shown.before, shown.after), ("before", "after"), strict=True):
        drawn = place.imshow(
            np.log10(1.0 + np.nan_to_num(values)),
            extent=(west, east, south, north),
            cmap="YlGnBu",
            vmin=0.0,
            vmax=max(0.1, float(np.log10(1.0 + most))),
            aspect="auto",
        )
        place.set(title=title, xlabel="longitude", ylabel="latitude")
        figure.colorbar(drawn, ax=place, label=shown.label)
    figure.subplots_adjust(left=0.05, right=0.97, bottom=0.14, wspace=0.35)
