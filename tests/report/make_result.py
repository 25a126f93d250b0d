"""A small country with everything in it, computed by the pipeline itself: what the report and the map are tested on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ewcm import pipeline
from ewcm.core.finding import Caveat, figures_of
from ewcm.countries import Country
from ewcm.result import CountryResult
from ewcm.settings import Settings
from ewcm.sources.places import Places
from tests.made import cell_box, made_areas, made_data, made_grid, made_places, made_sites

#: Names that run as a formula in a spreadsheet or as a script in a page, if somebody forgets.
HOSTILE = ("=1+1", "<script>alert(1)</script>", "${alert(1)}", "'\"&`\\x3cb\\x3e", "محافظة الشمال", "Ñandú — 北")


def made_result(
    *,
    starter: bool = False,
    known: bool = True,
    hostile: bool = False,
    west: float = 30.0,
    rows: int = 96,
    cols: int = 128,
    settings: Settings | None = None,
) -> CountryResult:
    """The result of a made-up country of about 1.5 million people in six areas, two operators, 2G to 4G.

    ``known=False``: no coverage at all. ``hostile``: names that try to break out of every format. ``west=178.5`` makes a
    country across the 180th meridian.
    """
    geobox = made_grid(rows, cols, west=west)
    half = (rows // 2, cols // 3)
    names = HOSTILE if hostile else ("North", "Hill", "Lake", "Plain", "Coast", "Forest")
    shapes = [
        cell_box(
            geobox,
            i * half[0],
            j * half[1],
            (i + 1) * half[0] if i == 0 else rows,
            (j + 1) * half[1] if j < 2 else cols,
        )
        for i in range(2)
        for j in range(3)
    ]
    areas = made_areas(*((1, name, shape) for name, shape in zip(names, shapes, strict=True)))
    sites = None
    if known:
        sites = made_sites(
            *(
                (*_position(geobox, row * rows, col * cols), technology, operator)
                for row, col, technology, operator in (
                    (0.30, 0.25, "2G", "Alpha"),
                    (0.30, 0.25, "3G", "Alpha"),
                    (0.62, 0.40, "2G", names[0] if hostile else "Beta"),
                    (0.62, 0.40, "4G", names[1] if hostile else "Beta"),
                    (0.35, 0.70, "2G", "Alpha"),
                )
            )
        )
    data = made_data(_people(rows, cols), geobox, sites=sites, boundaries=areas, places=_places(geobox, names))
    country: Country = replace(data.country, crosses_180=west < 180 < west + cols / 120)
    return pipeline.run(replace(data, starter=starter, country=country), settings or Settings())


def _people(rows: int, cols: int) -> np.ndarray:
    """Three towns on a thin, seeded countryside; a strip of sea in the east."""
    row, col = np.mgrid[0:rows, 0:cols].astype(np.float64)
    random = np.random.default_rng(7)
    people = random.gamma(0.4, 120.0, (rows, cols)) * (random.random((rows, cols)) < 0.3)
    for r, c, size, spread in ((0.3, 0.25, 4000, 4), (0.62, 0.4, 2500, 5), (0.8, 0.8, 900, 3)):
        people += size * np.exp(-((row - r * rows) ** 2 + (col - c * cols) ** 2) / (2 * spread**2))
    people[people < 1] = 0
    people[:, int(cols * 0.95) :] = np.nan
    return people.astype(np.float32)


def _position(geobox, row: float, col: float) -> tuple[float, float]:
    lon, lat = geobox.affine @ (col, row)
    return lat, (lon + 180) % 360 - 180


def _places(geobox, names: tuple[str, ...]) -> Places:
    rows, cols = geobox.shape
    points = zip(names, ((0.3, 0.25), (0.62, 0.4), (0.8, 0.8), (0.1, 0.9), (0.9, 0.1), (0.5, 0.6)), strict=True)
    return made_places(
        *(
            (f"{name} town" if name[0].isalpha() else name, *_position(geobox, r * rows, c * cols))
            for name, (r, c) in points
        )
    )


def changed(
    result: CountryResult,
    *,
    tables: dict[str, pd.DataFrame] | None = None,
    figures: dict[str, object] | None = None,
    caveats: list[Caveat] | None = None,
) -> CountryResult:
    """A result with other tables, other content of some keys of summary.json, or other caveats."""
    for finding in result.findings:
        kept = tuple(
            replace(table, frame=tables[table.name]) if tables and table.name in tables else table
            for table in finding.tables
        )
        mine = {figure.path[0] for figure in finding.figures} & set(figures or ())
        own = tuple(figure for figure in finding.figures if figure.path[0] not in mine)
        new = tuple(figures_of({key: (figures or {})[key] for key in mine}))
        said = tuple(caveats) if caveats is not None and finding.name == "inputs" else finding.caveats
        result = result.with_finding(replace(finding, tables=kept, figures=own + new, caveats=said))
    return result
