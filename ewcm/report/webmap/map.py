"""The map of one country: one HTML file that needs no network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.analysis.coldspots import COLUMNS as COLDSPOT_COLUMNS
from ewcm.core import grid, longitude
from ewcm.core.channels import Service
from ewcm.core.fraction import CASES
from ewcm.coverage.combine import channels_in_order
from ewcm.report.numbers import DECIMALS, rounded, shortened
from ewcm.report.webmap import counts, islands, marks, rasters, relief, shapes, sheet
from ewcm.report.webmap import places as place_names
from ewcm.report.webmap.area_hazards import area_hazards
from ewcm.report.webmap.findings import page_findings
from ewcm.report.webmap.offline_map import map_script
from ewcm.report.webmap.page import Page, strings
from ewcm.result import CountryResult
from ewcm.version import VERSION

#: Coldspots of each service and case in the page, by people; the others stay in coldspots.csv, and the page says so.
COLDSPOTS_LISTED = 500

#: Width of a grid cell on the screen [pixels] at which zooming in ends.
CELL_PIXELS = 64

#: Budgets of vertices, which bound the size of the page.
AREA_VERTICES = 40_000
COLDSPOT_VERTICES = 60_000
BASEMAP_VERTICES = 20_000

#: Dots of sites in the page; where there are more sites, near ones share a dot, and the page says so.
SITES_DRAWN = 20_000

#: Coordinates of the dots are whole numbers of 1/_SITE_SCALE degree (about 11 m).
_SITE_SCALE = 10_000

#: Files of ``templates/``, in the order in which they are written into the page.
STYLES = ["base.css", "map.css", "places.css", "print.css", "sheet.css", "tools.css", "training.css"]
SCRIPTS = [
    "dom.js",
    "words.js",
    "state.js",
    "address.js",
    "colours.js",
    "canvas_layer.js",
    "parts.js",
    "relief.js",
    "textures.js",
    "pictures.js",
    "mosaic.js",
    "sites.js",
    "marks.js",
    "labels.js",
    "charts.js",
    "band.js",
    "headline.js",
    "overview.js",
    "findings.js",
    "vectors.js",
    "layers.js",
    "insets.js",
    "areas.js",
    "coldspots.js",
    "selection.js",
    "details.js",
    "readout.js",
    "legend.js",
    "controls.js",
    "tables.js",
    "credits.js",
    "about.js",
    "coordinates.js",
    "coordinate_forms.js",
    "search.js",
    "geodesic.js",
    "measure.js",
    "swipe_cut.js",
    "other_page.js",
    "side_by_side.js",
    "picture.js",
    "view_code.js",
    "map_menu.js",
    "area_map.js",
    "area_sheet.js",
    "paper.js",
    "counts.js",
    "activity.js",
    "tour.js",
    "build.js",
    "exercise.js",
    "trainer.js",
    "map_main.js",
    "start.js",
]

#: A GeoJSON-like frame around the country: FeatureCollections ``land``, ``lakes``, ``borders`` and ``far`` (each may be absent).
Basemap = dict[str, dict[str, Any]]


def render(result: CountryResult, basemap: Basemap | None = None) -> str:
    """The map of one country as the text of one HTML file.

    ``basemap``: land of the neighbours, lakes and borders around the country, and coarse land farther off, in the longitudes
    of its grid (0..360 for one that crosses 180°). Every figure in the page comes from ``result``.
    """
    country = result.data.country
    language = country.language if country.language in strings() else "en"
    page = Page(
        title=f"{country.names.get(language, country.name)} · {strings()[language]['product']}",
        language=language,
        body=("map.html", "textures.html"),
        styles=STYLES,
        scripts=SCRIPTS,
        figures_in=("summary.json", "areas.csv", "coldspots.csv"),
        data=page_data(result, basemap or {}, language),
        map_script=map_script(min_zoom=2, max_zoom=_deepest_zoom(result.data.population.geobox)),
    )
    return page.render()


def _deepest_zoom(geobox: GeoBox) -> float:
    """The zoom [quarters] at which a grid cell fills about ``CELL_PIXELS``: nearer there is nothing more to see."""
    rows, _ = geobox.shape
    width_km = float(np.median(grid.row_cell_size_km(geobox)[0]))
    lat, _ = grid.latlon(geobox, np.array([rows / 2]), np.array([geobox.shape[1] / 2]))
    pixel_km = 2 * math.pi * 6378.137 * math.cos(math.radians(float(lat[0]))) / 256  # at zoom 0
    zoom = math.log2(pixel_km * CELL_PIXELS / width_km)
    return min(max(round(4 * zoom) / 4, 9.0), 18.0)


def page_data(
    result: CountryResult, basemap: Basemap, language: str, coldspots: pd.DataFrame | None = None
) -> dict[str, object]:
    """Everything the page knows: once, for the map and for the panel. ``coldspots``: those to list (default: the
    ``COLDSPOTS_LISTED`` largest of each service and case)."""
    geobox = result.data.population.geobox
    frame = sheet.frame(geobox, result.data.population.people)
    west, south, east, north = _bounds(result, frame.bounds)
    return {
        "language": language,
        "iso2": result.data.country.iso2,
        "version": VERSION,
        "files": _files(result),
        "strings": strings(),
        "summary": rounded(result.summary),
        "services": {name: list(service.channels) for name, service in result.coverage.services.items()},
        "figures": {name: _by_case(asdict(figures), 6) for name, figures in result.services.items()},
        "threshold": result.settings.coldspot_fraction,
        "bounds": [[south, west], [north, east]],
        "cell_km": [round(float(np.median(size)), 3) for size in grid.row_cell_size_km(geobox)],
        "pictures": _pictures(result, frame),
        "counts": counts.counts(result),
        "areas": _areas(result),
        "coldspots": _coldspots(result, east, coldspots),
        "places": place_names.places(result, east),
        "sites": _sites(result, east),
        "marks": marks.marks(result, east),
        "area_hazards": area_hazards(result),
        "findings": page_findings(result, frame),
        "basemap": _basemap(result, basemap),
        "neighbours": place_names.land_and_water(basemap, result.data.country.iso3),
        "opening": islands.opening_of(result, east),
        "relief": relief.picture(result, (west, south, east, north)),
        "relief_left_out": relief.is_left_out(result),
        "scale": shapes.SCALE,
    }


def _files(result: CountryResult) -> list[str]:
    """Files that are published beside the page, for the reader to open."""
    tables = [f"{table.name}.csv" for finding in result.findings for table in finding.tables if "csv" in table.files]
    rasters_of = [f"{finding.name}.tif" for finding in result.findings if finding.layers]
    return [
        "summary.json",
        "tables.xlsx",
        *tables,
        "layers.gpkg",
        "reach.tif",
        "coverage.tif",
        *rasters_of,
        "overview.png",
        "manifest.json",
    ]


def _pictures(result: CountryResult, frame: rasters.Frame) -> dict[str, object]:
    """The rasters as PNGs: classes of people, and standings of the grid cells for every service that is known."""
    people, coverage = result.data.population.people, result.coverage
    # Services that have the same shares have one picture.
    kinds = {service: coverage.depends_on(service) for service in coverage.services if coverage.known(service)}
    drawn = {kind: service for service, kind in reversed(kinds.items())}
    pictures = {kind: np.zeros(frame.source.shape, dtype=np.uint8) for kind in drawn}
    marked = {kind: name for kind, name in drawn.items() if coverage.is_estimated(name)}
    estimated = {kind: np.zeros(frame.source.shape, dtype=np.uint8) for kind in marked}
    for rows, pixels, cells in frame.blocks((people.shape[0], people.shape[1])):
        here = people[rows].reshape(-1)[cells]
        for kind, service in drawn.items():
            shares = [coverage.shares(service, case, rows).flat(cells) for case in CASES]
            classes = rasters.standing_classes(shares, here, result.settings.coldspot_fraction)
            pictures[kind].reshape(-1)[pixels] = classes
        for kind, service in marked.items():
            level = coverage.estimated_alone(service, rows)
            estimated[kind].reshape(-1)[pixels] = (level.reshape(-1)[cells] >= rasters.MARKED_FROM) & ~np.isnan(here)
    people_classes = rasters.people_classes(people, grid.row_cell_area_km2(result.geobox))
    return {
        "bounds": [[frame.bounds[1], frame.bounds[0]], [frame.bounds[3], frame.bounds[2]]],
        "parts": [[part.x, part.y, part.width, part.height, *part.bounds] for part in frame.pictures()],
        "parts_km": sorted({part.pixel_km for part in frame.parts}),
        "people": rasters.png(frame.take(people_classes), rasters.PEOPLE_COLOURS),
        "people_colours": rasters.PEOPLE_COLOURS,
        "people_edges": rasters.PEOPLE_EDGES,
        "standing": {service: list(pictures).index(kind) for service, kind in kinds.items()},
        "standing_images": [rasters.png(picture, rasters.STANDING_COLOURS) for picture in pictures.values()],
        "estimated": {service: list(estimated).index(kind) for service, kind in kinds.items() if kind in estimated},
        "estimated_images": [rasters.png(picture, rasters.MARK_COLOURS) for picture in estimated.values()],
        "estimated_colours": rasters.MARK_COLOURS,
        "standing_colours": rasters.STANDING_COLOURS,
        "standings": rasters.STANDINGS,
        "cases": CASES,
    }


def _bounds(result: CountryResult, picture: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Where the country is: its boundaries when given, its grid otherwise."""
    west, south, east, north = picture
    if result.data.boundaries is None or result.areas.empty:
        return west, south, east, north
    a_west, a_south, a_east, a_north = result.areas.total_bounds
    return max(west, a_west), max(south, a_south), min(east, a_east), min(north, a_north)


def _number(value: Any, digits: int = 3) -> float | None:
    """A number of a table for JSON: rounded, None where it is not known."""
    number = float(value)
    return shortened(number, digits) if math.isfinite(number) else None


#: The columns of covered and of uncovered people in each case of the coverage, in the order of ``CASES``. The ends of a
#: figure's range name the figure: with low coverage most people are uncovered.
_OF_CASES = (("covered_low", "uncovered_high"), ("covered", "uncovered"), ("covered_high", "uncovered_low"))


def _by_case(figures: Mapping[str, Any], digits: int = 3) -> list[list[float | None]]:
    """``[covered, uncovered, unknown]`` in each of the ``CASES``; ``figures`` are those of a service, by the names of reach.

    Of unknown people the tables hold the central figure, the fewest and the most: that one is a case's which adds up to all.
    """

    def value(name: str) -> float:
        number = figures[name]
        return math.nan if number is None else float(number)

    everybody = np.nansum([value("covered"), value("uncovered"), value("unknown")])
    found: list[list[float | None]] = []
    for covered, uncovered in _OF_CASES:
        left = everybody - np.nansum([value(covered), value(uncovered)])
        candidates = [value(name) for name in ("unknown", "unknown_low", "unknown_high")]
        unknown = min(candidates, key=lambda one: abs(one - left))
        found.append([_number(number, digits) for number in (value(covered), value(uncovered), unknown)])
    return found


def _areas(result: CountryResult) -> list[dict[str, object]]:
    """Every area with its figures by service: ``[covered, uncovered, unknown]`` in each of the ``CASES``."""
    found: list[dict[str, object]] = []
    known = result.data.boundaries is not None
    names = place_names.area_names(result)
    levels: Iterable[tuple[Any, gpd.GeoDataFrame]] = result.areas.groupby("level", sort=True)
    for level, table in levels:
        outlines = shapes.encode_each(shapes.simplify_together(table.geometry.to_numpy(), AREA_VERTICES))
        for position, (_, row) in enumerate(table.iterrows()):
            figures = {}
            for service in result.coverage.services.values():
                ends = ("", "_low", "_high")
                columns = {
                    f"{kind}{end}": row[f"{kind}_{service.column}{end}"]
                    for kind in ("covered", "uncovered", "unknown")
                    for end in ends
                }
                figures[service.name] = _by_case(columns)
            found.append(
                {
                    "level": int(level),
                    "id": str(row["area_id"]),
                    "name": str(row["name"]),
                    "names": names.get((int(level), str(row["area_id"])), {}),
                    "parent": str(row["parent_id"]),
                    "people": _number(row["people"]),
                    "km2": _number(row["area_km2"]),
                    "figures": figures,
                    "bands": _bands(row, result.coverage.services.values()),
                    # Without boundaries the only area is the frame of the grid, which is no shape to draw.
                    "shape": outlines[position] if known else [],
                    "box": [shortened(float(edge), 5) for edge in row.geometry.bounds]
                    if not row.geometry.is_empty
                    else None,
                }
            )
    return found


def _bands(row: pd.Series, services: Iterable[Service]) -> dict[str, list[float | None]]:
    """The band of the people covered of an area, by service; of the services and areas that have one."""
    found = {}
    for service in services:
        ends = [f"covered_band_{service.column}_{end}" for end in ("low", "high")]
        if ends[0] in row and pd.notna(row[ends[0]]):
            found[service.name] = [_number(row[end]) for end in ends]
    return found


def _coldspots(result: CountryResult, east: float, wanted: pd.DataFrame | None) -> dict[str, object]:
    """The largest coldspots of every service and case, as rows of ``COLDSPOT_COLUMNS``, and as many outlines as the budget
    allows."""
    spots = result.coldspots
    kept = [table.head(COLDSPOTS_LISTED) for _, table in spots.groupby(["service", "case"], sort=False)]
    kept = kept if wanted is None else [wanted]
    listed = gpd.GeoDataFrame(pd.concat(kept)) if kept else spots
    step = grid.row_cell_size_km(result.data.population.geobox)[0].mean() / 111.2
    outlines = listed.geometry.to_numpy()
    # The largest of every list are drawn, before the smaller ones of any.
    first = np.argsort(listed["rank"].to_numpy(), kind="stable")
    outlines[first] = shapes.simplify_apart(outlines[first], COLDSPOT_VERTICES, step)
    columns = {name: _coldspot_column(name, listed[name].tolist()) for name in COLDSPOT_COLUMNS}
    columns["lon"] = [place_names.beside(lon, east) for lon in columns["lon"]]
    return {
        "columns": COLDSPOT_COLUMNS,
        "rows": list(zip(*columns.values(), strict=True)),
        "outlines": shapes.encode_each(outlines),
        "outlined": int(sum(outline is not None for outline in outlines)),
        # Whether none of an area is missing that its sheet would show.
        "all": wanted is not None or len(listed) == len(spots),
        "listed": COLDSPOTS_LISTED,
        "counts": _spots_by_area(spots),
        "radius_km": result.settings.coldspot_radius_km,
        "min_people": result.settings.min_people,
    }


def _spots_by_area(spots: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many coldspots each area of the finest level has, by ``service/case``."""
    counts = spots.groupby(["service", "case", "area_id"], sort=False).size()
    found: dict[str, dict[str, int]] = {}
    for (service, case, area), count in counts.items():
        found.setdefault(f"{service}/{case}", {})[str(area)] = int(count)
    return found


def _coldspot_column(name: str, values: list[Any]) -> list[Any]:
    """A column of the table of coldspots for JSON."""
    if name in ("rank", "cells"):
        return [int(value) for value in values]
    digits = {"lat": 5, "lon": 5, "area_share": 3}.get(name, 3)
    return [value if isinstance(value, str) else _number(value, digits) for value in values]


def _basemap(result: CountryResult, basemap: Basemap) -> dict[str, object]:
    """Land, lakes and borders; the country's own land apart, for a country without boundaries."""
    land = (basemap.get("land") or {}).get("features", [])
    own = [feature for feature in land if _is_own(feature, result)] if result.data.boundaries is None else []
    layers = {**basemap, "own": {"features": own}}
    return {
        name: shapes.encode_collection(layers.get(name), BASEMAP_VERTICES)
        for name in ("far", "land", "own", "lakes", "borders")
    }


def _is_own(feature: dict[str, dict[str, object]], result: CountryResult) -> bool:
    return bool((feature.get("properties") or {}).get("iso_a3") == result.data.country.iso3)


def _sites(result: CountryResult, east: float) -> dict[str, object]:
    """Where the radio sites are: at most ``SITES_DRAWN`` dots, each with its technologies.

    ``points``: longitude and latitude in 1/``scale`` degree, each as the difference from the dot before. ``channels``: names;
    ``sets``: the sets of channels (places in ``channels``) that stand at a dot, and ``kinds``: which of the sets each dot has.
    ``counts``: sites by service. ``step``: the width [degrees] within which sites share a dot, 0 where none had to.
    """
    sites = result.data.sites
    if sites is None or sites.table.empty:
        return {"points": [], "channels": [], "sets": [], "kinds": [], "counts": {}, "scale": _SITE_SCALE, "step": 0}
    table = sites.table[["site_id", "technology", "lat", "lon"]].round({"lat": DECIMALS, "lon": DECIMALS})
    channels = channels_in_order(table["technology"])
    bit = table["technology"].map({name: 1 << number for number, name in enumerate(channels)})
    # The cells of one site may each have an estimated place of their own.
    by_site = table.assign(lon=longitude.on_map(table["lon"].to_numpy(), east)).groupby("site_id", sort=True)
    where = by_site[["lon", "lat"]].mean()
    bits = np.zeros(len(where), dtype=np.int64)
    np.bitwise_or.at(bits, by_site.ngroup().to_numpy(), bit.to_numpy())
    counts = {
        service.name: int(
            (bits & sum(1 << channels.index(name) for name in service.channels if name in channels) > 0).sum()
        )
        for service in result.coverage.services.values()
    }
    for step in (1, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000):
        points = np.rint(where.to_numpy() * (_SITE_SCALE / step)).astype(np.int64) * step
        dots, dot_of = np.unique(points[:, ::-1], axis=0, return_inverse=True)
        if len(dots) <= SITES_DRAWN:
            break
    technologies = np.zeros(len(dots), dtype=np.int64)
    np.bitwise_or.at(technologies, dot_of.reshape(-1), bits)
    kinds, kind_of = np.unique(technologies, return_inverse=True)
    return {
        "points": np.diff(dots[:, ::-1], axis=0, prepend=0).ravel().tolist(),
        "channels": channels,
        "sets": [[number for number in range(len(channels)) if kind >> number & 1] for kind in kinds.tolist()],
        "kinds": kind_of.reshape(-1).tolist(),
        "counts": counts,
        "scale": _SITE_SCALE,
        "step": step / _SITE_SCALE if step > 1 else 0,
    }
