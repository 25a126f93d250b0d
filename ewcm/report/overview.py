"""overview.png: one picture for a slide."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from ewcm_kernels.sums import block_sum
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from odc.geo.geobox import GeoBox
from PIL import Image
from pyproj import CRS, Transformer
from shapely import Geometry, get_coordinates, get_parts, get_rings, normalize

from ewcm.core import grid, longitude
from ewcm.core.geojson import geometries
from ewcm.report.headline import estimate_of, taken_alone
from ewcm.report.slide_words import SlideWords, words_of
from ewcm.report.webmap.map import Basemap
from ewcm.report.webmap.page import RIGHT_TO_LEFT, strings
from ewcm.report.webmap.places import area_names
from ewcm.result import CountryResult

#: Size of the picture [pixels] and its resolution.
WIDTH, HEIGHT, _DPI = 1600, 1000, 100

#: The grid is summed down to at most this many cells a side before it is drawn.
_MOST_CELLS = 800

#: Blue and orange are told apart by every eye and on every projector. In grey what is reached is pale, what is not is dark, what
#: is reached in part has dots, and what is not known crossed lines. They are never blended: half of each would be grey. Ground
#: that is reached and water are as on the page: while both were pale blue, ground with few people was taken for a lake.
_REACHED, _PARTLY, _UNREACHED, _UNKNOWN = "#c0dcf5", "#e39b3f", "#b23a06", "#d0d0d0"
_DOTS, _CROSSES = ("..", "#6b3a00"), ("xxxx", "#5a5a5a")

#: Share of the people of a cell from which it counts as reached, and from which as reached in part (or, of an estimate, by
#: chance). The words of the legend say both.
_REACHED_FROM, _PARTLY_FROM = 0.95, 0.5

#: The classes of the map, their colours, and the least opacity of ground with few people in each.
_IS_REACHED, _IS_PARTLY, _IS_UNREACHED, _IS_UNKNOWN = range(4)
_COLOURS, _FAINTEST = (_REACHED, _PARTLY, _UNREACHED, _UNKNOWN), (0.5, 0.4, 0.75, 0.5)
_INK, _MUTED, _LAND, _LINE, _PAPER, _WARNING = "#1c2733", "#5f6b76", "#fdfcf9", "#8a8578", "#ffffff", "#ffc107"
_WATER, _AROUND = "#acb9bb", "#e6e3dc"

#: Areas (coldspots where areas are few) with a number on the map and a line beside it, and places that are named.
_LISTED, _NAMED = 5, 12

#: Signs of a line of the panel that is of the size of notes.
_WIDE = 68

#: Where fewer of the frame's cells than this share hold people, as among islets, each is drawn as a dot: its cell is too small.
_ISLETS = 0.01

#: Name, people out of reach, longitude and latitude of an area or a coldspot.
Worst = tuple[str, float, float, float]


def write_overview(result: CountryResult, path: Path, basemap: Basemap | None = None) -> None:
    """Draw the country's unreached people, three figures and where most of them live; 1600 × 1000 pixels.

    ``basemap``: as of :func:`ewcm.report.webmap.map.render`. Names from the inputs are drawn as plain text. Same result, same
    bytes.
    """
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=_PAPER)
    canvas = FigureCanvasAgg(figure)
    mark = "starter" if result.data.starter else "exercise" if result.data.exercise else ""
    top = 0.93 if mark else 1.0
    if mark:
        band = figure.add_axes((0, top, 1, 1 - top))
        band.set_axis_off()
        band.add_patch(Rectangle((0, 0), 1, 1, color=_WARNING))
        band.text(
            0.5, 0.5, words_of(result.data.country).text(mark),
            ha="center", va="center", fontsize=22 if result.data.starter else 18, fontweight="bold", color=_INK,
        )  # fmt: skip
    worst = _worst(result)
    drawn = _map(figure.add_axes((0.0, 0.0, 0.62, top)), result, basemap or {}, worst)
    panel = figure.add_axes((0.64, 0.03, 0.34, top - 0.05))
    panel.set_axis_off()
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)
    _panel(panel, result, worst, drawn)
    canvas.draw()
    # Nothing shines through, and the fourth level of compression is within 2 % of the sixth, in two thirds of its time.
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(
        path, format="PNG", dpi=(_DPI, _DPI), compress_level=4
    )


def _map(axes: Axes, result: CountryResult, basemap: Basemap, worst: list[Worst]) -> set[int]:
    """Draw the map; the classes of ground that are on it."""
    geobox = result.data.population.geobox
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_facecolor(_WATER)
    picture, classes, box = _picture(result)
    west, south, east, north = box
    height, width = picture.shape[:2]
    # Empty rims of the raster are not drawn.
    used = np.argwhere(picture[..., 3] > 0)
    row0, col0, row1, col1 = (*used.min(0), *(used.max(0) + 1)) if len(used) else (0, 0, height, width)
    frame = (
        west + (east - west) * col0 / width, north - (north - south) * row1 / height,
        west + (east - west) * col1 / width, north - (north - south) * row0 / height,
    )  # fmt: skip
    stretch = 1.0
    areas = result.areas
    if grid.is_geographic(geobox):
        stretch = 1 / max(0.1, math.cos(math.radians((frame[1] + frame[3]) / 2)))
        _draw(axes, basemap, ("far", "land"), _AROUND, 0.5)
    else:
        areas = areas.to_crs(str(geobox.crs))
    areas = areas[areas["level"] <= 1]  # finer borders would hide the people
    _fill(axes, areas.geometry, _LAND, 1)
    if grid.is_geographic(geobox):
        _draw(axes, basemap, ("lakes",), _WATER, 1.5)
    islets = 0 < len(used) < _ISLETS * (row1 - row0) * (col1 - col0)
    if islets:
        x, y = west + (east - west) * (used[:, 1] + 0.5) / width, north - (north - south) * (used[:, 0] + 0.5) / height
        axes.scatter(x, y, s=14, c=picture[used[:, 0], used[:, 1]], linewidths=0, zorder=2)
    else:
        axes.imshow(picture, extent=(west, east, south, north), interpolation="nearest", aspect="auto", zorder=2)
        for kind, texture in ((_IS_PARTLY, _DOTS), (_IS_UNKNOWN, _CROSSES)):
            _cover(axes, classes == kind, texture, (west, east, south, north))
    borders = [get_coordinates(line) for line in get_parts(normalize(areas.boundary))]
    axes.add_collection(LineCollection(borders, color=_LINE, linewidth=0.5, zorder=3), autolim=False)
    # The frame and a margin, widened to the shape of the picture.
    (x0, y0, x1, y1), room = frame, axes.get_window_extent()
    unit = 1.12 * max((x1 - x0) / room.width, (y1 - y0) * stretch / room.height)
    axes.set_xlim((x0 + x1 - unit * room.width) / 2, (x0 + x1 + unit * room.width) / 2)
    axes.set_ylim((y0 + y1 - unit * room.height / stretch) / 2, (y0 + y1 + unit * room.height / stretch) / 2)
    axes.set_aspect("auto")
    numbers = [_on_grid(lon, lat, geobox) for _, _, lon, lat in worst]
    _places(axes, result, geobox, numbers)
    words = words_of(result.data.country)
    for number, (x, y) in enumerate(numbers, start=1):
        # Beside an islet, not on it.
        axes.annotate(
            words.digits(str(number)), (x, y), (-13, 11) if islets else (0, 0), textcoords="offset points", ha="center",
            va="center", fontsize=12, fontweight="bold", color="white", zorder=6,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": _INK, "edgecolor": "white", "linewidth": 1.2},
        )  # fmt: skip
    _scale_bar(axes, geobox, words)
    return {int(each) for each in np.unique(classes[picture[..., 3] > 0])}


def _cover(axes: Axes, where: np.ndarray, texture: tuple[str, str], extent: tuple[float, float, float, float]) -> None:
    """A texture (a hatch and its colour) over some cells."""
    if not where.any() or min(where.shape) < 2:
        return
    hatch, colour = texture
    with rc_context({"hatch.color": colour, "hatch.linewidth": 0.6}):
        axes.contourf(
            where.astype(float), levels=[0.5, 1.5], hatches=[hatch], colors="none", extent=extent, origin="upper",
            zorder=2.5,
        )  # fmt: skip


def _draw(axes: Axes, basemap: Basemap, layers: tuple[str, ...], colour: str, order: float) -> None:
    """Fill the polygons of some layers of the basemap."""
    for name in layers:
        features = (basemap.get(name) or {}).get("features", [])
        _fill(axes, geometries([feature["geometry"] for feature in features]), colour, order)


def _fill(axes: Axes, polygons: Iterable[Geometry], colour: str, order: float) -> None:
    """Fill polygons; GeoPandas would draw the whole picture anew after each layer."""
    outlines = [_outline(polygon) for polygon in polygons]
    axes.add_collection(PathCollection(outlines, facecolor=colour, edgecolor="none", zorder=order), autolim=False)


def _outline(polygon: Geometry) -> Outline:
    """The rings of a polygon, of one part or many, as one path: normal ones, as a hole is a ring that runs the other way."""
    points, ring = get_coordinates(get_rings(get_parts(normalize(polygon))), return_index=True)
    codes = np.full(len(points), Outline.LINETO, dtype=Outline.code_type)
    codes[np.diff(ring, prepend=-1) > 0] = Outline.MOVETO
    codes[np.diff(ring, append=len(points)) > 0] = Outline.CLOSEPOLY
    return Outline(points, codes)


def _places(axes: Axes, result: CountryResult, geobox: GeoBox, numbers: list[tuple[float, float]]) -> None:
    """Name the capital and the largest places, as far as they cover neither one another nor the numbers."""
    if result.data.places is None:
        return
    table = result.data.places.table.sort_values(["rank", "population"], ascending=[True, False], na_position="last")
    canvas = axes.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    renderer = canvas.get_renderer()
    circles = [axes.transData.transform(point) for point in numbers]
    apart = [Bbox.from_bounds(x - 14, y - 14, 28, 28) for x, y in circles]
    taken: list[Bbox] = []
    outline = [withStroke(linewidth=2.6, foreground="white", alpha=0.85)]
    own = f"name_{words_of(result.data.country).language}"
    if own in table.columns:
        table = table.assign(name=table[own].where(table[own].fillna("") != "", table["name"]))
    for rank, name, lon, lat in table[["rank", "name", "lon", "lat"]].head(60).itertuples(index=False):
        if len(taken) == _NAMED:
            break
        x, y = _on_grid(float(lon), float(lat), geobox)
        label = axes.annotate(
            _plain(name), (x, y), (6, 0), textcoords="offset points", va="center", color=_INK, zorder=5,
            fontsize=13 if rank == 0 else 10, fontweight="bold" if rank == 0 else "normal", path_effects=outline,
        )  # fmt: skip
        where = label.get_window_extent(renderer).expanded(1.05, 1.3)
        inside = axes.bbox.x0 < where.x0 and where.x1 < axes.bbox.x1
        if not inside or any(where.overlaps(other) for other in (taken if rank == 0 else taken + apart)):
            label.remove()
            continue
        taken.append(where)
        axes.plot([x], [y], "s" if rank == 0 else "o", color=_INK, markeredgecolor="white", markersize=6, zorder=5)


def _picture(result: CountryResult) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float, float]]:
    """RGBA picture of the people, the class of each of its cells, and its bounds: hue says reached, in part, out of reach or
    unknown, strength says how many people."""
    geobox, people = result.data.population.geobox, result.data.population.people
    rows, cols = people.shape
    factor = max(1, math.ceil(max(rows, cols) / _MOST_CELLS))
    total, uncovered, unknown = [], [], []
    strip = factor * max(1, grid.BLOCK_ROWS // factor)
    for start in range(0, rows, strip):
        here = people[start : start + strip]
        rows_here = slice(start, start + len(here))
        shares = result.coverage.shares(result.headline_service or "any", "central", rows_here)
        fraction, missing = shares.fractions()
        total.append(block_sum(here, factor))
        uncovered.append(block_sum(here * (1 - fraction - np.where(np.isnan(fraction), 0, missing)), factor))
        unknown.append(block_sum(here * missing, factor))
    sums, out_of_reach, not_known = (np.concatenate(part) for part in (total, uncovered, unknown))
    populated = sums > 0
    known = sums - not_known
    reached = 1 - np.divide(out_of_reach, known, out=np.zeros_like(sums), where=known > 0)
    classes = np.where(
        reached >= _REACHED_FROM, _IS_REACHED, np.where(reached >= _PARTLY_FROM, _IS_PARTLY, _IS_UNREACHED)
    )
    classes[2 * not_known > sums] = _IS_UNKNOWN
    rgb = np.array([to_rgb(colour) for colour in _COLOURS])[classes]
    alpha = np.zeros(sums.shape)
    if populated.any():
        strong = max(float(np.quantile(sums[populated], 0.98)), 1e-9)
        least = np.array(_FAINTEST)[classes[populated]]
        alpha[populated] = least + (1 - least) * np.clip(np.log1p(sums[populated]) / math.log1p(strong), 0, 1)
    rgba = np.clip(np.dstack([rgb, alpha]), 0, 1)
    affine = geobox.affine
    west, north = affine.c, affine.f
    # The last block may reach beyond the grid.
    return (
        rgba,
        classes,
        (west, north + affine.e * sums.shape[0] * factor, west + affine.a * sums.shape[1] * factor, north),
    )


def _worst(result: CountryResult) -> list[Worst]:
    """The areas where most people out of reach live; the largest coldspots where the country has fewer than four areas."""
    if result.headline_service is None:
        return []
    column = f"uncovered_{result.coverage.services[result.headline_service].column}"
    areas = result.areas[(result.areas["level"] > 0) & (result.areas[column] >= 1)]
    areas = areas[areas["level"] == areas["level"].min()]
    if len(areas) > 3:
        finest = areas.nlargest(_LISTED, column)
        points = [max(get_parts(area), key=lambda part: part.area).representative_point() for area in finest.geometry]
        others, language = area_names(result), words_of(result.data.country).language
        codes = zip(finest["level"], finest["area_id"], finest["name"], strict=True)
        names = [others.get((int(level), str(code)), {}).get(language, name) for level, code, name in codes]
        figures = zip(names, finest[column], points, strict=True)
        return [(_plain(name), float(people), point.x, point.y) for name, people, point in figures]
    spots = result.coldspots
    central = spots[spots["case"] == "central"]
    first = central[central["service"] == result.headline_service]
    return [
        (
            _plain(spot["place"]) or words_of(result.data.country).text("no_name"),
            float(spot["people"]),
            float(spot["lon"]),
            float(spot["lat"]),
        )
        for spot in first.sort_values("rank").head(_LISTED).drop(columns="geometry").to_dict("records")
    ]


def _on_grid(lon: float, lat: float, geobox: GeoBox) -> tuple[float, float]:
    """A position in the grid's coordinates."""
    if grid.is_geographic(geobox):
        return longitude.east_of(lon, geobox.affine.c), lat
    to_grid = Transformer.from_crs("EPSG:4326", CRS.from_user_input(str(geobox.crs)), always_xy=True)
    x, y = to_grid.transform(lon, lat)
    return float(x), float(y)


def _scale_bar(axes: Axes, geobox: GeoBox, words: SlideWords) -> None:
    """A bar of a round length, true at the middle of the map, and where north is."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    width_km, _ = grid.row_cell_size_km(geobox)
    middle = int(np.clip((geobox.affine.f - (south + north) / 2) / -geobox.affine.e, 0, len(width_km) - 1))
    units_per_km = geobox.affine.a / width_km[middle]
    wanted_km = (east - west) / units_per_km / 5
    power = 10 ** math.floor(math.log10(wanted_km))
    length_km = max(step * power for step in (1, 2, 5) if step * power <= wanted_km)
    length = length_km * units_per_km / (east - west)
    label = words.length(length_km)
    across, left = axes.transAxes, 0.03
    axes.add_patch(Rectangle((0.02, 0.018), length + 0.16, 0.035, color=_PAPER, alpha=0.8, transform=across, zorder=7))
    axes.plot([left, left + length], [0.03, 0.03], color=_INK, linewidth=2.5, transform=across, zorder=8)
    axes.text(left + length + 0.012, 0.035, label, va="center", fontsize=11, color=_INK, transform=across, zorder=8)
    axes.text(
        left + length + 0.13, 0.035, f"▲ {words.text('north')}", va="center", ha="center", fontsize=11, fontweight="bold",
        color=_INK, transform=across, zorder=8,
    )  # fmt: skip


def _panel(panel: Axes, result: CountryResult, worst: list[Worst], drawn: set[int]) -> None:
    words = words_of(result.data.country)
    start, end, rtl = _sides(words)
    service = result.headline_service or "any"
    figures = result.services[service]
    people = result.inhabitants
    about, ending = result.data.country, "_any" if service == "any" else ""
    y = _line(panel, start, 0.985, _plain(about.names.get(words.language) or about.name), 30, bold=True)
    y = _line(panel, start, y - 0.005, words.text(f"asked{ending}", service=service), 15, colour=_MUTED)
    year = result.summary.get("oldest_input_year")
    oldest = words.text("no_date") if year is None else words.text("oldest", year=words.digits(str(year)))
    every = words.text("all", people=words.count(people), oldest=oldest)
    y = _line(panel, start, y - 0.005, every, 13, colour=_MUTED) - 0.02
    is_known = people > 0 and figures.uncovered is not None
    between = words.between(figures.uncovered_low, figures.uncovered_high)
    if not is_known:
        between = words.text("untold")
    elif result.data.starter:
        between = words.text("example", range=between)
    inside = "in" if is_known or figures.covered is None else "in_known"
    within, unsure = (words.text(f"{key}{ending}", service=service) for key in (inside, "unknown"))
    rows = (
        (_UNREACHED, words.text(f"out{ending}", service=service), figures.uncovered, figures.uncovered_share, between),
        (_REACHED, within, figures.covered, figures.covered_share, _nearly_all(result, words)),
        (
            _UNKNOWN,
            unsure,
            figures.unknown,
            figures.unknown_share,
            "" if service == "any" else _any_unknown(result, words),
        ),
    )
    for colour, label, count, share, note in rows:
        shown = count is not None and people > 0
        panel.add_patch(Rectangle((0.988 if rtl else 0, y - 0.085), 0.012, 0.085, color=colour))
        text = words.count(count) if count is not None and shown else "?"
        panel.text(start.x(0.04), y, text, fontsize=26, fontweight="bold", color=_INK, va="top", ha=start.ha)
        if shown and share is not None:
            panel.text(end.x(0.0), y - 0.005, words.share(share), fontsize=20, color=_MUTED, va="top", ha=end.ha)
        panel.text(start.x(0.04), y - 0.05, label, fontsize=13, color=_INK, va="top", ha=start.ha)
        if note:
            panel.text(start.x(0.04), y - 0.078, note, fontsize=11, color=_MUTED, va="top", ha=start.ha)
        y -= 0.125
    y -= 0.005
    listed = worst if is_known else []
    if listed:
        y = _line(panel, start, y, words.text("where"), 14, bold=True) - 0.005
    for number, (name, unreached, _, _) in enumerate(listed, start=1):
        panel.text(
            start.x(0.0),
            y,
            words.digits(f"{number}"),
            fontsize=12,
            fontweight="bold",
            color=_INK,
            va="top",
            ha=start.ha,
        )
        panel.text(start.x(0.04), y, _shortened(name, 36), fontsize=12, color=_INK, va="top", ha=start.ha)
        panel.text(end.x(0.0), y, words.count(unreached), fontsize=12, color=_INK, va="top", ha=end.ha)
        y -= 0.036
    if basis := _basis(result, words):
        panel.text(start.x(0), 0.128, basis, fontsize=11.5, color=_INK, va="bottom", ha=start.ha, linespacing=1.35)
    _legend(panel, words, drawn)
    models = sorted({service.model for service in result.services.values()} - {"unknown"})
    named = ", ".join(words.text(f"model_{name}") for name in models) or words.text("model_none")
    made = f"{words.text('made', models=named)}\n{words.text('more')}"
    panel.text(start.x(0), 0.008, made, fontsize=9.5, color=_MUTED, va="bottom", ha=start.ha, linespacing=1.4)


def _legend(panel: Axes, words: SlideWords, drawn: set[int]) -> None:
    """What the colours mean; that of ground reached in part only where it is on the map."""
    ends = {"from_share": words.share(_PARTLY_FROM), "to_share": words.share(_REACHED_FROM)}
    handles = [Patch(color=_REACHED, label=words.text("reached"))]
    if _IS_PARTLY in drawn:
        handles.append(
            Patch(facecolor=_PARTLY, edgecolor=_DOTS[1], hatch="...", linewidth=0, label=words.text("partly", **ends))
        )
    handles += [
        Patch(color=_UNREACHED, label=words.text("unreached")),
        Patch(facecolor=_UNKNOWN, edgecolor=_CROSSES[1], hatch=_CROSSES[0], label=words.text("unknown_any")),
    ]
    panel.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 0.05), ncol=3 if len(handles) == 3 else 2, frameon=False,
        fontsize=11, handlelength=1.2, columnspacing=1.2, labelspacing=0.35, borderpad=0,
    )  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """A side of the panel from which texts begin: the left one, or the right one."""

    left: bool

    @property
    def ha(self) -> Literal["left", "right"]:
        """How a text stands at it, as matplotlib calls it."""
        return "left" if self.left else "right"

    def x(self, inwards: float) -> float:
        """Where a text stands that begins so far from the side (0..1 of the panel)."""
        return inwards if self.left else 1 - inwards


def _sides(words: SlideWords) -> tuple[_Side, _Side, bool]:
    """Where lines begin and where they end, and whether they run from right to left."""
    rtl = words.language in RIGHT_TO_LEFT
    return _Side(not rtl), _Side(rtl), rtl


def _basis(result: CountryResult, words: SlideWords) -> str:
    """What the figures rest on that a reader could take for more than it is, as the page says it below its headline."""
    texts, found = strings()[words.language], []
    if (estimate := estimate_of(result)) is not None:
        share = estimate.get("set_to_share")
        shown = words.share(share, exact=True) if isinstance(share, float) else ""
        found.append(str(texts["headline_estimated_set" if shown else "headline_estimated"]).format(share=shown))
    alone = (", ".join(map(_plain, names)) for names in taken_alone(result))
    found += [str(texts["headline_operators"]).format(operators=names) for names in alone]
    return "\n".join(textwrap.wrap(" ".join(found), _WIDE, max_lines=4, placeholder="…"))


def _nearly_all(result: CountryResult, words: SlideWords) -> str:
    """Who is out of reach of the services before that of the slide: nearly nobody."""
    out = [
        words.text(
            "nearly_out", network=words.service(name), people=words.count(result.services[name].uncovered or 0.0)
        )
        for name in result.nearly_all_covered
    ]
    return words.text("nearly", out=", ".join(out)) if out else ""


def _any_unknown(result: CountryResult, words: SlideWords) -> str:
    """How many people are unknown for any network, for a slide whose figures are of another service."""
    figures = result.services["any"]
    if not figures.unknown or figures.unknown_share is None:
        return ""
    return words.text("any_unknown", people=words.count(figures.unknown), share=words.share(figures.unknown_share))


def _line(panel: Axes, side: _Side, y: float, text: str, size: float, colour: str = _INK, bold: bool = False) -> float:
    """Write one line with its top at ``y``; where the next one may begin."""
    weight = "bold" if bold else "normal"
    panel.text(side.x(0), y, text, fontsize=size, color=colour, va="top", ha=side.ha, fontweight=weight)
    return y - size / 72 * _DPI / HEIGHT * 1.45


def _plain(text: object) -> str:
    """A name without matplotlib's own markup: a pair of dollar signs would start a formula."""
    return "" if text is None or text != text else str(text).replace("$", r"\$")


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
